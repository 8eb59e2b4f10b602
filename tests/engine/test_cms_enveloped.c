/* Envelopes made by OpenSSL, BouncyCastle, NSS and gpgsm, opened; and what is done to them by a forger, a
 * truncated capture and a wrong key. */
#include "cms/enveloped.h"

#include "cms/algorithms.h"
#include "cms/der.h"
#include "cms/key_wrap.h"
#include "base/bounds.h"
#include "cms_interop.h"
#include "pki/keyring_store.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

static const sm_decryption *open_octets(sm_arena *arena, sm_bytes octets, const sm_keyring *ring)
{
    return sm_envelope_open(arena, sm_cms_parse(arena, octets), ring, true);
}

static const sm_decryption *open_fixture(sm_arena *arena, const char *name, const sm_keyring *ring)
{
    return open_octets(arena, interop_octets(arena, name), ring);
}

static void say(const char *name, sm_verdict verdict)
{
    g_test_message("%s: %s %s: %s", name, sm_verdict_word(verdict.kind), sm_reason_word(verdict.reason),
                   verdict.detail ? verdict.detail : "");
}

static void assert_verdict(const sm_decryption *out, sm_verdict_kind kind, sm_reason reason)
{
    say("verdict", out->verdict);
    g_assert_cmpint(out->verdict.kind, ==, kind);
    g_assert_cmpint(out->verdict.reason, ==, reason);
    g_assert_cmpint(sm_bytes_present(out->content), ==, kind == SM_PASS);
    g_assert_cmpint(out->key != NULL, ==, kind == SM_PASS);
}

static sm_keyring *right_ring(void)
{
    sm_keyring *ring = interop_ring("keys/ring");
    sm_keyring_add_password(ring, NULL, "correct horse");
    return ring;
}

/* ---- what independent producers make ------------------------------------------------------------ */

static void test_every_fixture(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    g_autoptr(GPtrArray) names = interop_files("enveloped");
    sm_bytes expected = interop_content(arena);
    static const uint8_t zeros[32] = {0};
    g_assert_cmpuint(names->len, >=, 100);
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        const sm_decryption *out = open_fixture(arena, name, ring);
        say(name, out->verdict);
        if (strstr(name, "bc-encrypted-data")) { /* its content key was not kept */
            assert_verdict(out, SM_NOT_EVALUATED, SM_REASON_NO_KEY);
            continue;
        }
        assert_verdict(out, SM_PASS, SM_REASON_NONE);
        assert_same_octets(out->content, expected);
        g_assert_cmpint(out->authenticated, ==,
                        !g_str_has_suffix(name, "cbc.p7m") && !strstr(name, "nss-") &&
                            !strstr(name, "gpgsm-"));
        g_assert_cmpint(memcmp(out->key_digest, zeros, sizeof(zeros)), !=, 0);
        bool bouncy_way = strstr(name, "hkdf-sha") && strstr(name, "-ukm-");
        g_assert_cmpint(out->note != NULL, ==, bouncy_way || strstr(name, "rsa-kem") != NULL);
    }
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* The report tells which of several recipients opened it and who the others are. */
static void test_recipients(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    const sm_decryption *out = open_fixture(arena, "enveloped/openssl-many-aes-256-gcm.p7m", ring);
    assert_verdict(out, SM_PASS, SM_REASON_NONE);
    g_assert_cmpuint(out->recipient_count, ==, 3);
    g_assert_cmpstr(out->key, ==, "p521.key.pem");
    unsigned opened = 0;
    for (unsigned i = 0; i < out->recipient_count; i++) {
        const sm_recipient *recipient = &out->recipients[i];
        opened += recipient->opened.kind == SM_PASS;
        if (recipient->opened.kind == SM_PASS) {
            g_assert_cmpstr(recipient->key_management, ==, "ECDH P-521, SHA-1 KDF, AES-256 key wrap");
            g_assert_cmpstr(recipient->owner, ==, "sip:p521@example.org");
        } else {
            g_assert_null(recipient->owner);
            g_assert_cmpuint(recipient->tried, ==, 0);
        }
    }
    g_assert_cmpuint(opened, ==, 1);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* ---- keys that do not fit ----------------------------------------------------------------------- */

/* Another person's keys open nothing and say whose key is wanted; nothing of it is the message's fault. */
static void test_wrong_ring(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = interop_ring("keys/other");
    g_autoptr(GPtrArray) names = interop_files("enveloped");
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        const sm_decryption *out = open_fixture(arena, name, ring);
        say(name, out->verdict);
        if (strstr(name, "openssl-many")) {
            g_assert_cmpint(out->verdict.kind, ==, SM_PASS);
            continue;
        }
        assert_verdict(out, SM_NOT_EVALUATED, SM_REASON_NO_KEY);
        if (out->recipient_count > 0 && !strstr(name, "password")) {
            g_assert_nonnull(strstr(out->verdict.detail, out->recipients[0].id));
            g_assert_nonnull(strstr(out->verdict.detail, out->recipients[0].key_management));
        }
    }
    const sm_decryption *out = open_fixture(arena, "enveloped/openssl-rsa-aes-128-cbc.p7m", NULL);
    assert_verdict(out, SM_NOT_EVALUATED, SM_REASON_NO_KEY);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

static sm_keyring *ring_of_file(const char *name)
{
    sm_keyring *ring = sm_keyring_new();
    g_autofree char *path = interop_path(name);
    g_assert_cmpuint(sm_keyring_add_keys(ring, path), ==, 1);
    return ring;
}

/* A key without its certificate is tried on any recipient of its type. */
static void test_bare_keys(void)
{
    static const struct {
        const char *key, *message;
    } cases[] = {
        {"keys/ring/rsa.key.pem", "enveloped/openssl-rsa-keyid-aes-128-gcm.p7m"},
        {"keys/ring/rsa.key.pem", "enveloped/openssl-rsa-aes-128-cbc.p7m"},
        {"keys/ring/rsa.key.pem", "enveloped/openssl-oaep-sha256-aes-128-gcm.p7m"},
        {"keys/ring/p384.key.pem", "enveloped/openssl-ecdh-p384-sha384-aes-128-gcm.p7m"},
        {"keys/ring/p521.key.pem", "enveloped/openssl-many-aes-256-gcm.p7m"},
        {"keys/ring/x25519.key.pem", "enveloped/bc-x25519-hkdf-sha256-aes-128-gcm.p7m"},
    };
    sm_arena *arena = sm_arena_new();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        sm_keyring *ring = ring_of_file(cases[i].key);
        const sm_decryption *out = open_fixture(arena, cases[i].message, ring);
        say(cases[i].message, out->verdict);
        assert_verdict(out, SM_PASS, SM_REASON_NONE);
        assert_same_octets(out->content, interop_content(arena));
        sm_keyring_unref(ring);
    }
    /* A P-521 key and an X25519 originator do not meet. */
    sm_keyring *ring = ring_of_file("keys/ring/p521.key.pem");
    assert_verdict(open_fixture(arena, "enveloped/bc-x25519-hkdf-sha256-aes-128-gcm.p7m", ring),
                   SM_NOT_EVALUATED, SM_REASON_NO_KEY);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* RSA v1.5 with a wrong key yields octets that, as a CBC key, give a right padding once in 256 times: none of
 * that may pass for content. 700 different messages: the chance of not meeting the case is below one in ten.
 */
static void test_wrong_bare_key_never_passes(void)
{
    sm_keyring *ring = ring_of_file("keys/other/rsa.key.pem");
    for (unsigned i = 0; i < 700; i++) {
        sm_arena *arena = sm_arena_new();
        sm_cms cms = *sm_cms_parse(arena, interop_octets(arena, "enveloped/openssl-rsa-aes-128-cbc.p7m"));
        sm_enveloped_data data = *cms.enveloped_data;
        uint8_t *changed = g_memdup2(data.content.data, data.content.length);
        changed[0] ^= (uint8_t)i;
        changed[data.content.length - 17] ^= (uint8_t)(i >> 8);
        changed[data.content.length - 18] ^= (uint8_t)i;
        data.content = sm_arena_copy(arena, sm_bytes_of(changed, data.content.length));
        sm_recipient_info recipient = data.recipients[0];
        uint8_t *wrapped = g_memdup2(recipient.encrypted_key.data, recipient.encrypted_key.length);
        wrapped[100] ^= (uint8_t)i;
        wrapped[101] ^= (uint8_t)(i >> 8);
        recipient.encrypted_key = sm_arena_copy(arena, sm_bytes_of(wrapped, recipient.encrypted_key.length));
        data.recipients = &recipient;
        cms.enveloped_data = &data;
        assert_verdict(sm_envelope_open(arena, &cms, ring, false), SM_NOT_EVALUATED, SM_REASON_NO_KEY);
        g_free(changed);
        g_free(wrapped);
        sm_arena_free(arena);
    }
    sm_keyring_unref(ring);
}

static sm_keyring *ring_of_text(const char *name, const char *text)
{
    g_autofree char *folder = g_dir_make_tmp("keys-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    sm_keyring *ring = sm_keyring_new();
    sm_keyring_add_keys(ring, path);
    g_unlink(path);
    g_rmdir(folder);
    return ring;
}

/* A KEK that bears the right identifier and is the wrong key: the message names it, so this is a failure. */
static void test_wrong_kek(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring =
        ring_of_text("wrong.kek", "id = 6b656b2d313238\nkey = 00112233445566778899aabbccddeeff\n");
    const sm_decryption *out = open_fixture(arena, "enveloped/openssl-kek-aes128-aes-128-gcm.p7m", ring);
    assert_verdict(out, SM_FAIL, SM_REASON_UNWRAP_FAILED);
    g_assert_nonnull(strstr(out->verdict.detail,
                            "wrong.kek unwrapped no content key (AES-128 key wrap integrity check failed)"));
    g_assert_cmpuint(out->recipients[0].tried, ==, 1);
    sm_keyring_unref(ring);

    ring = ring_of_text("short.kek", "id = 6b656b2d323536\nkey = 00112233445566778899aabbccddeeff\n");
    out = open_fixture(arena, "enveloped/openssl-kek-aes256-aes-128-gcm.p7m", ring);
    assert_verdict(out, SM_FAIL, SM_REASON_UNWRAP_FAILED);
    g_assert_nonnull(
        strstr(out->verdict.detail, "the key-encryption key has 16 octets, AES-256 key wrap needs 32"));
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

static void test_passwords(void)
{
    static const char *const message = "enveloped/openssl-password-aes-256-cbc.p7m";
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    const sm_cms *cms = sm_cms_parse(arena, interop_octets(arena, message));
    assert_verdict(sm_envelope_open(arena, cms, ring, false), SM_NOT_EVALUATED, SM_REASON_PASSWORD_OFF);
    const sm_decryption *out = sm_envelope_open(arena, cms, ring, true);
    assert_verdict(out, SM_PASS, SM_REASON_NONE);
    g_assert_cmpstr(out->key, ==, "a password"); /* never the password itself */
    sm_keyring_unref(ring);

    ring = sm_keyring_new();
    sm_keyring_add_password(ring, NULL, "incorrect horse");
    assert_verdict(sm_envelope_open(arena, cms, ring, true), SM_NOT_EVALUATED, SM_REASON_NO_KEY);

    /* PBKDF2 with 2^31 - 1 iterations is an attack on the reader. */
    sm_cms copy = *cms;
    sm_enveloped_data data = *cms->enveloped_data;
    sm_recipient_info recipient = data.recipients[0];
    recipient.key_derivation.parameters =
        SM_BYTES_LITERAL("\x30\x10\x04\x08saltsalt\x02\x04\x7f\xff\xff\xff");
    data.recipients = &recipient;
    copy.enveloped_data = &data;
    assert_verdict(sm_envelope_open(arena, &copy, ring, true), SM_NOT_EVALUATED, SM_REASON_LIMIT);

    /* What else the parameters may say: more iterations than a word holds, fewer than none, octets behind them, a PRF nobody knows. */
    static const struct {
        sm_bytes parameters;
        sm_reason reason;
        const char *word;
    } odd[] = {
        {SM_BYTES_LITERAL("\x30\x15\x04\x08saltsalt\x02\x09\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), SM_REASON_LIMIT,
         "more than 4294967294 iterations, the limit is 10000000"},
        {SM_BYTES_LITERAL("\x30\x0d\x04\x08saltsalt\x02\x01\xff"), SM_REASON_UNWRAP_FAILED, NULL},
        {SM_BYTES_LITERAL("\x30\x0d\x04\x08saltsalt\x02\x01\x00"), SM_REASON_UNWRAP_FAILED, NULL},
        {SM_BYTES_LITERAL("\x30\x0f\x04\x08saltsalt\x02\x01\x05\x05\x00"), SM_REASON_UNWRAP_FAILED, NULL},
        {SM_BYTES_LITERAL("\x30\x14\x04\x08saltsalt\x02\x01\x05\x30\x05\x06\x03\x2a\x03\x04"), SM_REASON_UNSUPPORTED, "PBKDF2 with 1.2.3.4"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(odd); i++) {
        recipient.key_derivation.parameters = odd[i].parameters;
        out = sm_envelope_open(arena, &copy, ring, true);
        assert_verdict(out, odd[i].word ? SM_NOT_EVALUATED : SM_FAIL, odd[i].reason);
        if (odd[i].word)
            g_assert_nonnull(strstr(out->verdict.detail, odd[i].word));
        else
            g_assert_cmpstr(out->recipients[0].attempts.first->step, ==, SM_STEP_PARAMETERS);
    }
    recipient.key_derivation.oid = SM_BYTES_LITERAL("\x2a\x03\x05");
    out = sm_envelope_open(arena, &copy, ring, true);
    assert_verdict(out, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED);
    g_assert_cmpstr(out->verdict.detail, ==, "key derivation 1.2.3.5");
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

static void add_content_keys(sm_keyring *ring, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint8_t key[16] = {(uint8_t)(i >> 8), (uint8_t)i, 0x5a};
        sm_keyring_take_symmetric_key(ring, SM_BYTES_NONE, sm_bytes_of(key, sizeof(key)), true, "other.cek");
    }
}

/* A content key for each message is how they are kept: the right one is found among hundreds. On large content no more are tried
 * than the limit lets, and that is told. */
static void test_many_content_keys(void)
{
    static const char *const name = "enveloped/openssl-encrypted-data-aes-128-cbc.p7m";
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = sm_keyring_new();
    add_content_keys(ring, 700);
    const sm_decryption *out = open_fixture(arena, name, ring);
    assert_verdict(out, SM_NOT_EVALUATED, SM_REASON_NO_KEY);
    g_assert_cmpuint(out->content_keys.count, ==, 700);
    g_autofree char *path = interop_path("keys/ring/content.cek");
    g_assert_cmpuint(sm_keyring_add_keys(ring, path), ==, 1);
    out = open_fixture(arena, name, ring);
    assert_verdict(out, SM_PASS, SM_REASON_NONE);
    assert_same_octets(out->content, interop_content(arena));
    g_assert_cmpstr(out->key, ==, "content.cek");
    sm_keyring_unref(ring);

    sm_cms cms = *sm_cms_parse(arena, interop_octets(arena, name));
    sm_enveloped_data data = *cms.enveloped_data;
    size_t length = SM_LIMIT_CONTENT_KEY_OCTETS / SM_LIMIT_KEY_TRIALS + 16;
    uint8_t *content = g_malloc0(length);
    data.content = sm_bytes_of(content, length);
    cms.enveloped_data = &data;
    ring = sm_keyring_new();
    add_content_keys(ring, SM_LIMIT_KEY_TRIALS);
    assert_verdict(sm_envelope_open(arena, &cms, ring, true), SM_NOT_EVALUATED, SM_REASON_NO_KEY);
    add_content_keys(ring, SM_LIMIT_KEY_TRIALS + 3);
    out = sm_envelope_open(arena, &cms, ring, true);
    assert_verdict(out, SM_NOT_EVALUATED, SM_REASON_LIMIT);
    g_assert_nonnull(strstr(out->verdict.detail, "3 content keys were not tried"));
    sm_keyring_unref(ring);
    g_free(content);
    sm_arena_free(arena);
}

/* ---- changed messages --------------------------------------------------------------------------- */

static bool inside(const uint8_t *at, sm_bytes bytes)
{
    return sm_bytes_present(bytes) && at >= bytes.data && at < bytes.data + bytes.length;
}

/* Octets whose change cannot be noticed, because no key of anybody covers them (RFC 5083 2.2 authenticates
 * the content and the authenticated attributes): the version numbers, the type of the encrypted content, the
 * unused parameters (NULL) of key transport and MAC algorithms, the parameters of the originator's key
 * algorithm. Everything else must refuse. */
static bool unprotected(const sm_enveloped_data *data, const uint8_t *at)
{
    const sm_recipient_info *recipient = &data->recipients[0];
    bool secret = inside(at, data->content) || inside(at, data->mac) ||
                  inside(at, recipient->encrypted_key) || inside(at, recipient->originator_key);
    bool version = at[-2] == 0x02 && at[-1] == 0x01 && !secret;
    bool transport =
        recipient->kind == SM_RECIPIENT_KEY_TRANSPORT && inside(at, recipient->key_encryption.parameters);
    bool mac =
        data->content_encryption.parameters.length == 2 && inside(at, data->content_encryption.parameters);
    return version || inside(at, data->content_type) || transport || mac ||
           inside(at, recipient->originator_algorithm.parameters);
}

/* Changes each octet of a message in turn, by one bit and by all: what is protected must not open. */
static void flip_every_octet(const char *name)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    sm_bytes original = interop_octets(arena, name);
    const sm_enveloped_data *data = sm_cms_parse(arena, original)->enveloped_data;
    unsigned opened = 0;
    for (size_t i = 0; i < original.length; i++) {
        for (unsigned change = 0; change < 2; change++) {
            sm_arena *inner = sm_arena_new();
            uint8_t *changed = g_memdup2(original.data, original.length);
            changed[i] ^= change ? 0xff : 0x01;
            const sm_decryption *out =
                open_octets(inner, sm_arena_copy(inner, sm_bytes_of(changed, original.length)), ring);
            if (out->verdict.kind == SM_PASS) {
                opened++;
                if (!unprotected(data, original.data + i))
                    g_error("%s: octet %zu (%02x) may be changed unnoticed", name, i, original.data[i]);
                assert_same_octets(out->content, interop_content(inner));
            }
            g_free(changed);
            sm_arena_free(inner);
        }
    }
    g_test_message("%s: %u changes of unprotected octets opened", name, opened);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

static void test_flip_gcm_ecdh(void)
{
    flip_every_octet("enveloped/openssl-ecdh-p256-sha256-aes-128-gcm.p7m");
}

static void test_flip_ccm_rsa(void)
{
    flip_every_octet("enveloped/bc-rsa-aes-128-ccm.p7m");
}

static void test_flip_chacha_kek(void)
{
    flip_every_octet("enveloped/bc-kek-chacha20-poly1305.p7m");
}

static void test_flip_attributes_and_x25519(void)
{
    flip_every_octet("enveloped/bc-rsa-attributes-aes-256-gcm.p7m");
    flip_every_octet("enveloped/bc-x25519-hkdf-sha256-ukm-aes-128-gcm.p7m");
}

static void test_flip_mac(void)
{
    flip_every_octet("enveloped/bc-authenticated-hmac-sha256.p7m");
}

/* A capture that ends early is told as such, at every length. */
static void test_truncated(void)
{
    static const char *const messages[] = {
        "enveloped/openssl-ecdh-p256-sha256-aes-128-gcm.p7m", "enveloped/openssl-rsa-stream-aes-128-cbc.p7m",
        "enveloped/bc-rsa-aes-128-ccm.p7m", "enveloped/openssl-encrypted-data-aes-128-cbc.p7m"};
    sm_keyring *ring = right_ring();
    for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
        sm_arena *arena = sm_arena_new();
        sm_bytes whole = interop_octets(arena, messages[i]);
        for (size_t length = 0; length < whole.length; length++) {
            const sm_decryption *out =
                open_octets(arena, sm_arena_copy(arena, sm_bytes_cut(whole, 0, length)), ring);
            g_assert_cmpint(out->verdict.kind, ==, SM_NOT_EVALUATED);
            g_assert_false(sm_bytes_present(out->content));
        }
        sm_arena_free(arena);
    }
    sm_keyring_unref(ring);
}

/* A message as received, parts of which a test exchanges. */
typedef struct exchanged {
    sm_cms cms;
    sm_enveloped_data data;
    sm_recipient_info recipient;
} exchanged;

static void load(exchanged *message, sm_arena *arena, const char *name)
{
    message->cms = *sm_cms_parse(arena, interop_octets(arena, name));
    g_assert_cmpint(message->cms.structure.kind, ==, SM_PASS);
    message->data = *message->cms.enveloped_data;
    message->recipient = message->data.recipients[0];
    message->data.recipients = &message->recipient;
    message->cms.enveloped_data = &message->data;
}

/* The forgeries that libraries fell for: a cipher that does not authenticate where one must, a shortened tag.
 */
static void test_forged_structure(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    exchanged message;
    load(&message, arena, "enveloped/openssl-rsa-aes-128-cbc.p7m");
    message.cms.type = SM_CMS_AUTH_ENVELOPED;
    assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_FAIL, SM_REASON_PARAMETERS);

    load(&message, arena, "enveloped/openssl-rsa-keyid-aes-128-gcm.p7m");
    message.cms.type = SM_CMS_ENVELOPED;
    const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
    assert_verdict(out, SM_FAIL, SM_REASON_PARAMETERS);
    g_assert_cmpuint(out->recipients[0].tried, ==, 0);

    for (size_t length = 0; length < 20; length++) {
        load(&message, arena, "enveloped/openssl-rsa-keyid-aes-128-gcm.p7m");
        if (length == message.data.mac.length)
            continue;
        uint8_t mac[20] = {0};
        memcpy(mac, message.data.mac.data, MIN(length, message.data.mac.length));
        message.data.mac = sm_bytes_of(mac, length);
        assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_FAIL, SM_REASON_PARAMETERS);
    }
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

static void append_verdict(GString *text, const char *name, sm_verdict verdict)
{
    g_string_append_printf(text, "%s %s %s %s; ", name, sm_verdict_word(verdict.kind), sm_reason_word(verdict.reason),
                           verdict.detail ? verdict.detail : "-");
}

/* Everything that is told about a decryption, in one line. */
static char *told(const sm_decryption *out)
{
    GString *text = g_string_new(NULL);
    append_verdict(text, "layer", out->verdict);
    g_string_append_printf(text, "%s, key %s, note %s; ", out->algorithm, out->key ? out->key : "-",
                           out->note ? out->note : "-");
    for (unsigned i = 0; i < out->recipient_count; i++) {
        const sm_recipient *recipient = &out->recipients[i];
        append_verdict(text, recipient->key_management, recipient->opened);
        g_string_append_printf(text, "%u tried, %u told: ", recipient->tried, recipient->attempts.count);
        for (const sm_key_attempt *attempt = recipient->attempts.first; attempt; attempt = attempt->next)
            g_string_append_printf(text, "%s %s %s, ", attempt->key, attempt->step ? attempt->step : "opened",
                                   attempt->detail ? attempt->detail : "-");
    }
    return g_string_free(text, FALSE);
}

/* A copy with one octet changed. */
static sm_bytes changed(sm_arena *arena, sm_bytes octets, size_t at, uint8_t by)
{
    sm_bytes copy = sm_arena_copy(arena, octets);
    ((uint8_t *)(uintptr_t)copy.data)[at] ^= by;
    return copy;
}

/* RSA v1.5: a wrong padding and a wrong key inside come to the same verdicts and words as changed content, whatever
 * is told of the layer, of its recipients and of the keys tried (RFC 3218 2.3.2). Where the content is not
 * authenticated a wrong key may give a right padding there; such a message opens, and says it is not authenticated. */
static void no_padding_oracle(const char *name, size_t block, sm_reason reason, const char *step)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    exchanged message;
    unsigned refused = 0;
    load(&message, arena, name);
    /* CBC: the octet a block before the last is added to the last octet of the padding. */
    message.data.content = changed(arena, message.data.content, message.data.content.length - 1 - block, 0xff);
    const sm_decryption *reference = sm_envelope_open(arena, &message.cms, ring, true);
    assert_verdict(reference, SM_FAIL, reason);
    g_assert_cmpuint(reference->recipients[0].attempts.count, ==, 1);
    g_assert_cmpstr(reference->recipients[0].attempts.first->step, ==, step);
    g_autofree char *expected = told(reference);

    for (unsigned i = 1; i < 16; i++) {
        load(&message, arena, name);
        message.recipient.encrypted_key = changed(arena, message.recipient.encrypted_key, i * 7, (uint8_t)i);
        const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
        if (out->verdict.kind == SM_PASS) {
            g_assert_false(out->authenticated);
            continue;
        }
        refused++;
        g_autofree char *said = told(out);
        g_assert_cmpstr(said, ==, expected);
    }
    g_assert_cmpuint(refused, >=, 12);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

static void test_no_padding_oracle(void)
{
    no_padding_oracle("enveloped/openssl-rsa-keyid-aes-128-gcm.p7m", 16, SM_REASON_TAG_MISMATCH, SM_STEP_TAG);
    no_padding_oracle("enveloped/openssl-rsa-aes-128-cbc.p7m", 16, SM_REASON_PADDING, SM_STEP_CONTENT);
    no_padding_oracle("enveloped/openssl-rsa-rc2-128-cbc.p7m", 8, SM_REASON_PADDING, SM_STEP_CONTENT);
}

/* RSA v1.5 around CBC, its encryptedKey changed: one in 256 opens to nonsense. That hides no key that opens the content, and
 * where there is none it is told for what it is. */
static void test_chance_padding(void)
{
    static const char *const name = "enveloped/openssl-rsa-aes-128-cbc.p7m";
    sm_keyring *ring = right_ring();
    unsigned by_chance = 0;
    for (unsigned i = 0; i < 700; i++) {
        sm_arena *arena = sm_arena_new();
        exchanged message;
        load(&message, arena, name);
        sm_recipient_info both[] = {message.recipient, message.recipient};
        both[0].encrypted_key = changed(arena, both[0].encrypted_key, 100 + i / 255, (uint8_t)(1 + i % 255));
        message.data.recipients = both;
        const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
        if (out->verdict.kind == SM_PASS && out->implausible) {
            by_chance++;
            g_assert_nonnull(strstr(out->note, "does not begin as a MIME entity does"));
            g_assert_cmpstr(out->key, ==, "rsa.key.pem");
            g_assert_cmpint(out->recipients[0].opened.kind, ==, SM_PASS);
            g_assert_cmpuint(out->recipients[0].attempts.count, ==, 1);
            g_assert_null(out->recipients[0].attempts.first->step);
        } else {
            assert_verdict(out, SM_FAIL, SM_REASON_PADDING);
            g_assert_null(out->note);
        }
        message.data.recipient_count = 2;
        out = sm_envelope_open(arena, &message.cms, ring, true);
        assert_verdict(out, SM_PASS, SM_REASON_NONE);
        assert_same_octets(out->content, interop_content(arena));
        g_assert_false(out->implausible);
        g_assert_null(out->note);
        g_assert_cmpint(out->recipients[0].opened.kind, ==, SM_FAIL);
        g_assert_cmpint(out->recipients[1].opened.kind, ==, SM_PASS);
        sm_arena_free(arena);
    }
    g_assert_cmpuint(by_chance, >, 0);
    g_assert_cmpuint(by_chance, <, 20);
    sm_keyring_unref(ring);
}

/* A key whose wrapping proves that it is the content's is right though nobody names it: the content is at fault. */
static void test_proven_key(void)
{
    static const struct {
        const char *message, *key;
    } cases[] = {
        {"enveloped/openssl-ecdh-p384-sha384-aes-128-gcm.p7m", "keys/ring/p384.key.pem"},
        {"enveloped/bc-x25519-hkdf-sha256-aes-128-gcm.p7m", "keys/ring/x25519.key.pem"},
        {"enveloped/openssl-oaep-sha256-aes-128-gcm.p7m", "keys/ring/rsa.key.pem"},
        {"enveloped/bc-password-hmacsha256-aes-128-gcm.p7m", NULL},
    };
    sm_arena *arena = sm_arena_new();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        sm_keyring *ring = cases[i].key ? ring_of_file(cases[i].key) : sm_keyring_new();
        sm_keyring_add_password(ring, NULL, "incorrect horse");
        sm_keyring_add_password(ring, NULL, "correct horse");
        sm_keyring_add_password(ring, NULL, "another horse");
        exchanged message;
        load(&message, arena, cases[i].message);
        assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_PASS, SM_REASON_NONE);
        message.data.content = changed(arena, message.data.content, 0, 1);
        const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
        assert_verdict(out, SM_FAIL, SM_REASON_TAG_MISMATCH);
        g_assert_cmpint(out->recipients[0].opened.kind, ==, SM_FAIL);
        sm_keyring_unref(ring);
    }

    /* RSA v1.5 proves nothing: the key may be anybody's. */
    sm_keyring *ring = ring_of_file("keys/ring/rsa.key.pem");
    exchanged message;
    load(&message, arena, "enveloped/bc-rsa-aes-256-gcm.p7m");
    message.data.content = changed(arena, message.data.content, 0, 1);
    assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_NOT_EVALUATED, SM_REASON_NO_KEY);
    sm_keyring_unref(ring);

    /* What no MIME entity is opens too, by such a key: the first block, and with it the header, is changed by the IV. */
    ring = sm_keyring_new();
    sm_keyring_add_password(ring, NULL, "correct horse");
    load(&message, arena, "enveloped/openssl-password-aes-256-cbc.p7m");
    g_assert_false(sm_envelope_open(arena, &message.cms, ring, true)->implausible);
    sm_bytes parameters = message.data.content_encryption.parameters;
    message.data.content_encryption.parameters = changed(arena, parameters, parameters.length - 16, 0x80);
    const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
    assert_verdict(out, SM_PASS, SM_REASON_NONE);
    g_assert_false(out->authenticated);
    g_assert_true(out->implausible);
    g_assert_nonnull(strstr(out->note, "AES-256-CBC does not authenticate"));
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* ---- where a key was refused -------------------------------------------------------------------- */

/* One key was tried on the only recipient, and this step refused it. */
static void assert_stopped(sm_arena *arena, const exchanged *message, const sm_keyring *ring, const char *step)
{
    const sm_decryption *out = sm_envelope_open(arena, &message->cms, ring, true);
    g_assert_cmpint(out->verdict.kind, !=, SM_PASS);
    const sm_key_attempts *attempts = &out->recipients[0].attempts;
    g_assert_cmpuint(attempts->count, ==, 1);
    g_assert_cmpstr(attempts->first->step, ==, step);
    g_assert_nonnull(attempts->first->key);
    g_assert_nonnull(attempts->first->detail);
    g_assert_null(attempts->first->next);
}

static void test_steps(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    exchanged message, other;

    load(&message, arena, "enveloped/bc-kek-aes-192-gcm.p7m");
    const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
    assert_verdict(out, SM_PASS, SM_REASON_NONE);
    g_assert_cmpuint(out->recipients[0].attempts.count, ==, 1);
    g_assert_null(out->recipients[0].attempts.first->step);
    g_assert_cmpstr(out->recipients[0].attempts.first->key, ==, out->key);
    load(&other, arena, "enveloped/bc-kek-aes-256-gcm.p7m");
    message.recipient.encrypted_key = other.recipient.encrypted_key; /* a key for AES-256 around AES-192 */
    assert_stopped(arena, &message, ring, SM_STEP_CONTENT_KEY);
    other.recipient.encrypted_key = changed(arena, other.recipient.encrypted_key, 3, 1);
    assert_stopped(arena, &other, ring, SM_STEP_KEY_UNWRAP);
    load(&message, arena, "enveloped/bc-kek-aes-192-gcm.p7m");
    message.data.content = changed(arena, message.data.content, 0, 1);
    assert_stopped(arena, &message, ring, SM_STEP_TAG);

    load(&message, arena, "enveloped/openssl-ecdh-p256-sha256-aes-128-gcm.p7m");
    message.recipient.encrypted_key = changed(arena, message.recipient.encrypted_key, 0, 1);
    assert_stopped(arena, &message, ring, SM_STEP_KEY_UNWRAP);
    load(&message, arena, "enveloped/openssl-ecdh-p256-sha256-aes-128-gcm.p7m");
    message.recipient.originator_key = changed(arena, message.recipient.originator_key, 40, 1);
    assert_stopped(arena, &message, ring, SM_STEP_KEY_AGREEMENT); /* no point on the curve */

    load(&message, arena, "enveloped/openssl-oaep-sha256-aes-128-gcm.p7m");
    message.recipient.encrypted_key = changed(arena, message.recipient.encrypted_key, 9, 1);
    assert_stopped(arena, &message, ring, SM_STEP_KEY_DECRYPTION);
    message.recipient.encrypted_key = sm_bytes_cut(message.recipient.encrypted_key, 0, 100);
    assert_stopped(arena, &message, ring, SM_STEP_PARAMETERS);

    load(&message, arena, "enveloped/bc-rsa-kem-aes-256-gcm.p7m");
    message.recipient.kem_ciphertext = changed(arena, message.recipient.kem_ciphertext, 9, 1);
    assert_stopped(arena, &message, ring, SM_STEP_KEY_UNWRAP); /* decapsulation yields some secret */
    message.recipient.kem_ciphertext = sm_bytes_cut(message.recipient.kem_ciphertext, 0, 100);
    assert_stopped(arena, &message, ring, SM_STEP_DECAPSULATION);

    load(&message, arena, "enveloped/bc-authenticated-hmac-sha256.p7m");
    message.data.content = changed(arena, message.data.content, 0, 1);
    assert_stopped(arena, &message, ring, SM_STEP_MAC);

    load(&message, arena, "enveloped/openssl-rsa-keyid-aes-128-gcm.p7m");
    load(&other, arena, "enveloped/openssl-ecdh-p256-sha256-aes-128-gcm.p7m");
    message.recipient.rid = other.recipient.rid; /* RSA for whom the ring has an elliptic-curve key */
    assert_stopped(arena, &message, ring, SM_STEP_KEY_TYPE);
    other.recipient.key_encryption.oid = SM_BYTES_LITERAL("\x2a\x03\x04");
    assert_stopped(arena, &other, ring, SM_STEP_ALGORITHM);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* With another person's ring nothing is tried, and the message is at nobody's fault; a password that is wrong is told
 * without the password. */
static void test_steps_of_wrong_keys(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = interop_ring("keys/other");
    const sm_decryption *out = open_fixture(arena, "enveloped/openssl-kek-aes128-aes-128-gcm.p7m", ring);
    g_assert_cmpuint(out->recipients[0].attempts.count, ==, 0);
    sm_keyring_unref(ring);

    ring = ring_of_text("wrong.kek", "id = 6b656b2d313238\nkey = 00112233445566778899aabbccddeeff\n");
    sm_keyring_add_password(ring, NULL, "incorrect horse");
    sm_keyring_add_password(ring, NULL, "wrong battery");
    out = open_fixture(arena, "enveloped/openssl-kek-aes128-aes-128-gcm.p7m", ring);
    g_assert_cmpuint(out->recipients[0].attempts.count, ==, 1);
    g_assert_nonnull(strstr(out->recipients[0].attempts.first->key, "wrong.kek"));
    g_assert_cmpstr(out->recipients[0].attempts.first->step, ==, SM_STEP_KEY_UNWRAP);

    const sm_cms *cms = sm_cms_parse(arena, interop_octets(arena, "enveloped/openssl-password-aes-256-cbc.p7m"));
    out = sm_envelope_open(arena, cms, ring, true);
    g_assert_cmpuint(out->recipients[0].attempts.count, ==, 2);
    g_autofree char *said = told(out);
    g_assert_nonnull(strstr(said, "a password key-unwrap"));
    g_assert_null(strstr(said, "horse"));
    out = sm_envelope_open(arena, cms, ring, false);
    g_assert_cmpuint(out->recipients[0].attempts.count, ==, 0);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* The same message comes to the same result, whatever random octets were needed on the way. */
static void test_repeatable(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    for (unsigned i = 0; i < 40; i++) {
        exchanged message;
        load(&message, arena, "enveloped/openssl-rsa-aes-128-cbc.p7m");
        uint8_t *wrapped = (uint8_t *)(uintptr_t)sm_arena_copy(arena, message.recipient.encrypted_key).data;
        wrapped[50] ^= (uint8_t)(i + 1);
        message.recipient.encrypted_key.data = wrapped;
        const sm_decryption *first = sm_envelope_open(arena, &message.cms, ring, true);
        const sm_decryption *second = sm_envelope_open(arena, &message.cms, ring, true);
        g_assert_cmpint(first->verdict.kind, ==, second->verdict.kind);
        g_assert_cmpstr(first->verdict.detail, ==, second->verdict.detail);
        g_assert_true(sm_bytes_equal(first->content, second->content));
        g_assert_false(sm_bytes_equal(first->content, interop_content(arena)));
    }
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

static void test_unknown_algorithms(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    sm_bytes unknown = SM_BYTES_LITERAL("\x2a\x03\x04");
    exchanged message;
    load(&message, arena, "enveloped/openssl-rsa-keyid-aes-128-gcm.p7m");
    message.data.content_encryption.oid = unknown;
    const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
    assert_verdict(out, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED);
    g_assert_cmpstr(out->algorithm, ==, "1.2.3.4");

    load(&message, arena, "enveloped/openssl-rsa-keyid-aes-128-gcm.p7m");
    message.recipient.key_encryption.oid = unknown;
    assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_NOT_EVALUATED,
                   SM_REASON_UNSUPPORTED);

    load(&message, arena, "enveloped/openssl-ecdh-p256-sha256-aes-128-gcm.p7m");
    message.recipient.key_encryption.oid = unknown;
    assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_NOT_EVALUATED,
                   SM_REASON_UNSUPPORTED);

    load(&message, arena, "enveloped/openssl-ecdh-p256-sha256-aes-128-gcm.p7m");
    message.data.detached = true;
    message.data.content = SM_BYTES_NONE;
    assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_NOT_EVALUATED, SM_REASON_NO_CONTENT);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* What docs/support.md calls named, not processed: each by its name, and nothing tried. */
static void test_named_algorithms(void)
{
    static const char ecdh[] = "enveloped/openssl-ecdh-p256-sha256-aes-128-gcm.p7m", kek[] = "enveloped/openssl-kek-aes128-aes-128-gcm.p7m",
                      mac[] = "enveloped/bc-authenticated-attributes-hmac-sha256.p7m", rsa[] = "enveloped/openssl-rsa-keyid-aes-128-gcm.p7m";
    static const struct {
        const char *message, *name;
        sm_bytes oid;
    } cases[] = {
        {ecdh, "Ephemeral-static DH", SM_BYTES_LITERAL("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x05")},
        {ecdh, "Static-static DH", SM_BYTES_LITERAL("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x0a")},
        {ecdh, "ECMQV with SHA-256 KDF", SM_BYTES_LITERAL("\x2b\x81\x04\x01\x0f\x01")},
        {kek, "RC2 key wrap", SM_BYTES_LITERAL("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x07")},
        {kek, "Camellia-128 key wrap", SM_BYTES_LITERAL("\x2a\x83\x08\x8c\x9a\x4b\x3d\x01\x01\x03\x02")},
        {rsa, "RSA-KEM key transport", SM_BYTES_LITERAL("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x0e")},
        {mac, "AES-128-GMAC", SM_BYTES_LITERAL("\x60\x86\x48\x01\x65\x03\x04\x01\x09")},
        {mac, "AES-256-GMAC", SM_BYTES_LITERAL("\x60\x86\x48\x01\x65\x03\x04\x01\x31")},
        {mac, "KMAC128", SM_BYTES_LITERAL("\x60\x86\x48\x01\x65\x03\x04\x02\x13")},
    };
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        exchanged message;
        load(&message, arena, cases[i].message);
        if (cases[i].message == mac)
            message.data.content_encryption.oid = cases[i].oid;
        else
            message.recipient.key_encryption.oid = cases[i].oid;
        const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
        assert_verdict(out, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED);
        if (strstr(out->verdict.detail, cases[i].name) == NULL)
            g_error("\"%s\" does not name %s", out->verdict.detail, cases[i].name);
        g_assert_cmpuint(out->recipients[0].tried, ==, 0);
        g_assert_false(sm_bytes_present(out->content));
    }
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* An originator point that is not on the recipient's curve gives nothing away. */
static void test_invalid_point(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    exchanged message;
    load(&message, arena, "enveloped/openssl-ecdh-p256-sha256-aes-128-gcm.p7m");
    uint8_t *point = (uint8_t *)(uintptr_t)sm_arena_copy(arena, message.recipient.originator_key).data;
    point[64] ^= 1;
    message.recipient.originator_key.data = point;
    const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
    assert_verdict(out, SM_FAIL, SM_REASON_UNWRAP_FAILED);
    g_assert_nonnull(strstr(out->verdict.detail, "no point on the curve"));

    /* The point at infinity, which has an encoding of one octet (SEC 1 2.3.3), and a compressed point whose x no point has. */
    uint8_t compressed[33] = {2};
    memset(compressed + 1, 0xff, 32);
    const sm_bytes points[] = {SM_BYTES_LITERAL("\0"), sm_bytes_of(compressed, sizeof(compressed)), SM_BYTES_LITERAL("")};
    for (size_t i = 0; i < G_N_ELEMENTS(points); i++) {
        message.recipient.originator_key = points[i];
        assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_FAIL, SM_REASON_UNWRAP_FAILED);
    }

    /* Points of small order: the shared secret is all zero (RFC 8418 2, RFC 7748 6). u = 0, 1, p - 1, p, p + 1, with the unused bit, and
     * the two of order eight. */
    static const uint8_t small_order[][32] = {
        {0},
        {1},
        {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
        {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
        {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
        {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
         0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
        {0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
         0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57},
    };
    load(&message, arena, "enveloped/bc-x25519-hkdf-sha256-aes-128-gcm.p7m");
    for (size_t i = 0; i < G_N_ELEMENTS(small_order); i++) {
        message.recipient.originator_key = sm_bytes_of(small_order[i], sizeof(small_order[i]));
        out = sm_envelope_open(arena, &message.cms, ring, true);
        assert_verdict(out, SM_FAIL, SM_REASON_UNWRAP_FAILED);
        g_assert_cmpstr(out->recipients[0].attempts.first->step, ==, SM_STEP_KEY_AGREEMENT);
    }
    static const uint8_t small_order_448[][56] = {{0}, {1}};
    load(&message, arena, "enveloped/bc-x448-hkdf-sha256-aes-128-gcm.p7m");
    for (size_t i = 0; i < G_N_ELEMENTS(small_order_448); i++) {
        message.recipient.originator_key = sm_bytes_of(small_order_448[i], sizeof(small_order_448[i]));
        out = sm_envelope_open(arena, &message.cms, ring, true);
        assert_verdict(out, SM_FAIL, SM_REASON_UNWRAP_FAILED);
        g_assert_cmpstr(out->recipients[0].attempts.first->step, ==, SM_STEP_KEY_AGREEMENT);
    }
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* AEAD attributes received in another order than DER's still open: RFC 5083 2.2 authenticates the DER
 * encoding. */
static void test_attribute_order(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    exchanged message;
    load(&message, arena, "enveloped/bc-rsa-attributes-aes-256-gcm.p7m");
    g_assert_cmpuint(message.data.authenticated_attributes.count, ==, 2);
    const sm_attribute turned[] = {message.data.authenticated_attributes.items[1],
                                   message.data.authenticated_attributes.items[0]};
    message.data.authenticated_attributes.items = turned;
    assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_PASS, SM_REASON_NONE);
    message.data.authenticated_attributes.count = 1;
    assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_FAIL, SM_REASON_TAG_MISMATCH);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* ---- forms no producer at hand makes: a fixture's content key, sealed again with OpenSSL's primitives alone  */

static bool keep_key(void *context, const sm_secret *cek, const char *key_label, bool named)
{
    (void)key_label;
    (void)named;
    *(sm_secret *)context = *cek;
    return true;
}

/* The content key of a message. */
static sm_secret content_key(const exchanged *message, const sm_keyring *ring, sm_arena *arena)
{
    sm_secret cek = {.length = 0};
    sm_key_search search = {
        .arena = arena, .ring = ring, .accept = keep_key, .context = &cek, .trials_left = 8};
    sm_recipient recipient;
    sm_recipient_describe(arena, &message->recipient, ring, &recipient);
    g_assert_true(sm_recipient_open(&search, &recipient));
    return cek;
}

static EVP_PKEY *private_key(const char *name)
{
    sm_keyring *ring = ring_of_file(name);
    unsigned count;
    EVP_PKEY *key = sm_keyring_bare_keys(ring, &count)[0]->pkey;
    EVP_PKEY_up_ref(key);
    sm_keyring_unref(ring);
    return key;
}

static size_t agree(EVP_PKEY *own, EVP_PKEY *peer, uint8_t z[64])
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
    size_t length = 64;
    g_assert_true(EVP_PKEY_derive_init(context) > 0 && EVP_PKEY_derive_set_peer(context, peer) > 0 &&
                  EVP_PKEY_derive(context, z, &length) > 0);
    EVP_PKEY_CTX_free(context);
    return length;
}

static void derive_with(const char *function, const char *digest, const uint8_t *z, size_t z_length, sm_bytes salt,
                        sm_bytes info, uint8_t *key, size_t length)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, function, NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    OSSL_PARAM parameters[5], *next = parameters;
    *next++ = OSSL_PARAM_construct_utf8_string("digest", (char *)(uintptr_t)digest, 0);
    *next++ = OSSL_PARAM_construct_octet_string("key", (void *)(uintptr_t)z, z_length);
    if (sm_bytes_present(info))
        *next++ = OSSL_PARAM_construct_octet_string("info", (void *)(uintptr_t)info.data, info.length);
    if (sm_bytes_present(salt))
        *next++ = OSSL_PARAM_construct_octet_string("salt", (void *)(uintptr_t)salt.data, salt.length);
    *next = OSSL_PARAM_construct_end();
    g_assert_cmpint(EVP_KDF_derive(context, key, length, parameters), >, 0);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
}

static void derive(const char *function, const uint8_t *z, size_t z_length, sm_bytes salt, sm_bytes info,
                   uint8_t *key, size_t length)
{
    derive_with(function, "SHA256", z, z_length, salt, info, key, length);
}

static sm_bytes wrap(sm_arena *arena, const char *cipher_name, const uint8_t *kek, const sm_secret *cek)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, cipher_name, NULL);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    uint8_t *out = sm_arena_alloc(arena, cek->length + 16);
    int length = 0;
    g_assert_true(EVP_EncryptInit_ex2(context, cipher, kek, NULL, NULL) > 0 &&
                  EVP_EncryptUpdate(context, out, &length, cek->octets, (int)cek->length) > 0);
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
    return sm_bytes_of(out, (size_t)length);
}

/* ECC-CMS-SharedInfo for AES-128 key wrap without parameters, with the ukm of BouncyCastle.java or none (RFC
 * 5753 7.2). */
#define SHARED_INFO_START "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x05"
#define SHARED_INFO_END "\xa2\x06\x04\x04\x00\x00\x00\x80"
#define SHARED_INFO "\x30\x15\x30\x0b" SHARED_INFO_START SHARED_INFO_END
#define SHARED_INFO_UKM \
    "\x30\x2d\x30\x0b" SHARED_INFO_START "\xa0\x16\x04\x14user keying material" SHARED_INFO_END

/* X25519 with the ukm as HKDF salt, as RFC 8418 2.2 has it, and with the other KDF. */
static void test_x25519_by_the_standard(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    exchanged message;
    load(&message, arena, "enveloped/bc-x25519-hkdf-sha256-ukm-aes-128-gcm.p7m");
    sm_secret cek = content_key(&message, ring, arena);
    EVP_PKEY *own = private_key("keys/ring/x25519.key.pem");
    sm_bytes point = message.recipient.originator_key;
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key_ex(NULL, "X25519", NULL, point.data, point.length);
    uint8_t z[64], kek[16];
    size_t length = agree(own, peer, z);
    derive("HKDF", z, length, message.recipient.ukm, SM_BYTES_LITERAL(SHARED_INFO_UKM), kek, sizeof(kek));
    message.recipient.encrypted_key = wrap(arena, "AES-128-WRAP", kek, &cek);
    const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
    assert_verdict(out, SM_PASS, SM_REASON_NONE);
    g_assert_null(out->note);

    /* And X25519 with the X9.63 KDF (RFC 8418 2.1). */
    message.recipient.key_encryption.oid = SM_BYTES_LITERAL("\x2b\x81\x04\x01\x0b\x01");
    derive("X963KDF", z, length, SM_BYTES_NONE, SM_BYTES_LITERAL(SHARED_INFO_UKM), kek, sizeof(kek));
    message.recipient.encrypted_key = wrap(arena, "AES-128-WRAP", kek, &cek);
    out = sm_envelope_open(arena, &message.cms, ring, true);
    assert_verdict(out, SM_PASS, SM_REASON_NONE);
    g_assert_null(out->note);
    EVP_PKEY_free(own);
    EVP_PKEY_free(peer);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* Every scheme of RFC 5753 7.1.4 with the X9.63 KDF, on P-256, whose cofactor is one: both kinds agree on one secret. */
static void test_every_agreement_scheme(void)
{
    static const struct {
        sm_bytes standard, cofactor;
        const char *digest;
    } schemes[] = {
        {SM_BYTES_LITERAL("\x2b\x81\x05\x10\x86\x48\x3f\x00\x02"), SM_BYTES_LITERAL("\x2b\x81\x05\x10\x86\x48\x3f\x00\x03"), "SHA1"},
        {SM_BYTES_LITERAL("\x2b\x81\x04\x01\x0b\x00"), SM_BYTES_LITERAL("\x2b\x81\x04\x01\x0e\x00"), "SHA224"},
        {SM_BYTES_LITERAL("\x2b\x81\x04\x01\x0b\x01"), SM_BYTES_LITERAL("\x2b\x81\x04\x01\x0e\x01"), "SHA256"},
        {SM_BYTES_LITERAL("\x2b\x81\x04\x01\x0b\x02"), SM_BYTES_LITERAL("\x2b\x81\x04\x01\x0e\x02"), "SHA384"},
        {SM_BYTES_LITERAL("\x2b\x81\x04\x01\x0b\x03"), SM_BYTES_LITERAL("\x2b\x81\x04\x01\x0e\x03"), "SHA512"},
    };
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    exchanged message;
    load(&message, arena, "enveloped/bc-p256-x963-sha256-aes-128-gcm.p7m");
    sm_secret cek = content_key(&message, ring, arena);
    EVP_PKEY *own = private_key("keys/ring/p256.key.pem"), *peer = EVP_PKEY_new();
    sm_bytes point = message.recipient.originator_key;
    g_assert_true(EVP_PKEY_copy_parameters(peer, own) > 0 &&
                  EVP_PKEY_set1_encoded_public_key(peer, point.data, point.length) > 0);
    uint8_t z[64], kek[16];
    size_t length = agree(own, peer, z);
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++) {
        derive_with("X963KDF", schemes[i].digest, z, length, SM_BYTES_NONE, SM_BYTES_LITERAL(SHARED_INFO), kek, sizeof(kek));
        message.recipient.encrypted_key = wrap(arena, "AES-128-WRAP", kek, &cek);
        for (size_t j = 0; j < G_N_ELEMENTS(schemes); j++) {
            sm_verdict_kind kind = i == j ? SM_PASS : SM_FAIL;
            message.recipient.key_encryption.oid = schemes[j].standard;
            g_assert_cmpint(sm_envelope_open(arena, &message.cms, ring, true)->verdict.kind, ==, kind);
            message.recipient.key_encryption.oid = schemes[j].cofactor;
            g_assert_cmpint(sm_envelope_open(arena, &message.cms, ring, true)->verdict.kind, ==, kind);
        }
    }
    EVP_PKEY_free(own);
    EVP_PKEY_free(peer);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* X448 with the X9.63 KDF (RFC 8418 2.1). */
static void test_x448_with_x963(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    exchanged message;
    load(&message, arena, "enveloped/bc-x448-hkdf-sha512-aes-128-gcm.p7m");
    sm_secret cek = content_key(&message, ring, arena);
    EVP_PKEY *own = private_key("keys/ring/x448.key.pem");
    sm_bytes point = message.recipient.originator_key;
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key_ex(NULL, "X448", NULL, point.data, point.length);
    uint8_t z[64], kek[16];
    size_t length = agree(own, peer, z);
    derive_with("X963KDF", "SHA512", z, length, SM_BYTES_NONE, SM_BYTES_LITERAL(SHARED_INFO), kek, sizeof(kek));
    message.recipient.encrypted_key = wrap(arena, "AES-128-WRAP", kek, &cek);
    message.recipient.key_encryption.oid = SM_BYTES_LITERAL("\x2b\x81\x04\x01\x0b\x03");
    assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_PASS, SM_REASON_NONE);
    EVP_PKEY_free(own);
    EVP_PKEY_free(peer);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

static sm_bytes sequence(sm_arena *arena, sm_bytes first, sm_bytes second)
{
    sm_bytes parts[] = {first, second};
    return sm_encode_joined(arena, SM_TAG_SEQUENCE, parts, sm_bytes_present(second) ? 2 : 1);
}

/* The content key sealed by RSAES-OAEP with these digests and label; false when this OpenSSL has no such digest. */
static bool seal_oaep(sm_arena *arena, EVP_PKEY *key, const char *digest, const char *mgf_digest, const char *label,
                      const sm_secret *cek, sm_bytes *sealed)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    size_t length = (size_t)EVP_PKEY_get_size(key);
    uint8_t *out = sm_arena_alloc(arena, length);
    bool known = EVP_PKEY_encrypt_init(context) > 0 && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) > 0 &&
                 EVP_PKEY_CTX_set_rsa_oaep_md_name(context, digest, NULL) > 0 &&
                 EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, mgf_digest, NULL) > 0;
    if (known) {
        g_assert_cmpint(EVP_PKEY_CTX_set0_rsa_oaep_label(context, OPENSSL_strdup(label), (int)strlen(label)), >, 0);
        g_assert_cmpint(EVP_PKEY_encrypt(context, out, &length, cek->octets, cek->length), >, 0);
        *sealed = sm_bytes_of(out, length);
    }
    EVP_PKEY_CTX_free(context);
    return known;
}

/* RSAES-OAEP with every digest of the SHA-2 and SHA-3 families, another one in the mask generation, and a label (RFC 3560 3); a label
 * that is not the sender's opens nothing. */
static void test_every_oaep_digest(void)
{
    static const char *const digests[] = {"SHA256", "SHA384", "SHA512", "SHA224", "SHA512-224", "SHA512-256",
                                          "SHA3-224", "SHA3-256", "SHA3-384", "SHA3-512"};
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    exchanged message;
    load(&message, arena, "enveloped/openssl-oaep-sha256-aes-128-gcm.p7m");
    sm_secret cek = content_key(&message, ring, arena);
    EVP_PKEY *key = private_key("keys/ring/rsa.key.pem");
    for (unsigned i = 0; i < G_N_ELEMENTS(digests); i++) {
        unsigned j = (i + 1) % G_N_ELEMENTS(digests);
        uint8_t oid[] = {0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, (uint8_t)(i + 1)};
        uint8_t mgf_oid[] = {0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, (uint8_t)(j + 1)};
        sm_bytes mgf = sequence(arena, SM_BYTES_LITERAL("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"),
                                sequence(arena, sm_bytes_of(mgf_oid, sizeof(mgf_oid)), SM_BYTES_NONE));
        for (int right = 0; right < 2; right++) {
            sm_bytes label = right ? SM_BYTES_LITERAL("\x04\x05label") : SM_BYTES_LITERAL("\x04\x05Label");
            sm_bytes source = sequence(arena, SM_BYTES_LITERAL("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x09"), label);
            sm_bytes parts[] = {
                sm_der_wrap(arena, SM_TAG_CONTEXT(0), true, sequence(arena, sm_bytes_of(oid, sizeof(oid)), SM_BYTES_NONE)),
                sm_der_wrap(arena, SM_TAG_CONTEXT(1), true, mgf),
                sm_der_wrap(arena, SM_TAG_CONTEXT(2), true, source),
            };
            g_assert_true(seal_oaep(arena, key, digests[i], digests[j], "label", &cek, &message.recipient.encrypted_key));
            message.recipient.key_encryption.parameters = sm_encode_joined(arena, SM_TAG_SEQUENCE, parts, 3);
            const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
            assert_verdict(out, right ? SM_PASS : SM_FAIL, right ? SM_REASON_NONE : SM_REASON_UNWRAP_FAILED);
        }
    }
    EVP_PKEY_free(key);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* aes-ICVlen absent is 12 (RFC 5084 3.2); the tag of GCM is the first octets of the longest one (SP 800-38D 7.1). */
static void test_default_tag_length(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    exchanged message;
    load(&message, arena, "enveloped/openssl-kek-aes128-aes-128-gcm.p7m");
    sm_bytes mac = message.data.mac, with = message.data.content_encryption.parameters;
    g_assert_cmpuint(mac.length, ==, 16);
    g_assert_cmpuint(with.length, ==, 19); /* SEQUENCE { OCTET STRING of 12 octets, INTEGER 16 } */
    uint8_t without[16];
    memcpy(without, with.data, sizeof(without));
    without[1] = 14;
    message.data.content_encryption.parameters = sm_bytes_of(without, sizeof(without));
    assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_FAIL, SM_REASON_PARAMETERS);
    message.data.mac = sm_bytes_cut(mac, 0, 12);
    assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_PASS, SM_REASON_NONE);
    for (size_t i = 0; i < 12; i++) {
        message.data.mac = changed(arena, sm_bytes_cut(mac, 0, 12), i, 1);
        const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
        assert_verdict(out, SM_FAIL, SM_REASON_TAG_MISMATCH);
        g_assert_false(sm_bytes_present(out->content));
    }
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* CCM with every tag length of RFC 5084 3.1, sealed by OpenSSL's primitive: a short tag opens, and is told. */
static void test_ccm_tag_lengths(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    exchanged message;
    load(&message, arena, "enveloped/bc-kek-aes-128-ccm.p7m");
    sm_secret cek = content_key(&message, ring, arena);
    sm_bytes plain = interop_content(arena);
    for (int octets = 3; octets <= 17; octets++) {
        uint8_t parameters[] = {0x30, 17, 4, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 2, 1, (uint8_t)octets};
        uint8_t *content = sm_arena_alloc(arena, plain.length), tag[17] = {0};
        bool allowed = octets >= 4 && octets <= 16 && octets % 2 == 0;
        EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
        int length = 0;
        g_assert_true(EVP_EncryptInit_ex2(context, EVP_aes_128_ccm(), NULL, NULL, NULL) > 0 &&
                      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL) > 0 &&
                      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, allowed ? octets : 4, NULL) > 0 &&
                      EVP_EncryptInit_ex2(context, NULL, cek.octets, parameters + 4, NULL) > 0 &&
                      EVP_EncryptUpdate(context, NULL, &length, NULL, (int)plain.length) > 0 &&
                      EVP_EncryptUpdate(context, content, &length, plain.data, (int)plain.length) > 0 &&
                      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, allowed ? octets : 4, tag) > 0);
        EVP_CIPHER_CTX_free(context);
        message.data.content_encryption.parameters = sm_bytes_of(parameters, sizeof(parameters));
        message.data.content = sm_bytes_of(content, plain.length);
        message.data.mac = sm_bytes_of(tag, (size_t)octets);
        const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
        if (!allowed) {
            assert_verdict(out, SM_FAIL, SM_REASON_PARAMETERS);
            continue;
        }
        assert_verdict(out, SM_PASS, SM_REASON_NONE);
        assert_same_octets(out->content, plain);
        g_assert_cmpint(out->note != NULL, ==, octets < 12);
        if (octets == 4)
            g_assert_cmpstr(out->note, ==, "the tag has 4 octets alone: one forgery in 2^32 passes (RFC 5084 3.1 recommends 12)");
        message.data.mac = changed(arena, message.data.mac, (size_t)octets - 1, 0x80);
        out = sm_envelope_open(arena, &message.cms, ring, true);
        assert_verdict(out, SM_FAIL, SM_REASON_TAG_MISMATCH);
        g_assert_null(out->note);
    }
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* A SEQUENCE with an indefinite length instead. */
static sm_bytes in_ber(sm_arena *arena, sm_bytes sequence)
{
    g_assert_cmpuint(sequence.data[0], ==, 0x30);
    g_assert_cmpuint(sequence.data[1], ==, sequence.length - 2);
    uint8_t *octets = sm_arena_alloc(arena, sequence.length + 2);
    memcpy(octets, sequence.data, sequence.length);
    octets[1] = 0x80;
    return sm_bytes_of(octets, sequence.length + 2);
}

/* Keys are derived with the DER encoding of an algorithm, which a message may have in BER. */
static void test_derived_with_der(void)
{
    static const char *const messages[] = {
        "enveloped/openssl-ecdh-p256-sha256-aes-128-gcm.p7m", "enveloped/bc-x25519-hkdf-sha256-ukm-aes-128-gcm.p7m",
        "enveloped/bc-rsa-kem-aes-256-gcm.p7m", "enveloped/bc-rsa-cek-hkdf-aes-256-gcm.p7m", "enveloped/bc-rsa-cek-hkdf-aes-256-cbc.p7m",
    };
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
        exchanged message;
        load(&message, arena, messages[i]);
        if (message.recipient.kind == SM_RECIPIENT_KEY_AGREEMENT)
            message.recipient.key_encryption.parameters = in_ber(arena, message.recipient.key_encryption.parameters);
        else if (message.recipient.kind == SM_RECIPIENT_KEM)
            g_assert_true(sm_algorithm_read(in_ber(arena, message.recipient.wrap.encoding), &message.recipient.wrap));
        else
            message.data.content_encryption.parameters = in_ber(arena, message.data.content_encryption.parameters);
        assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_PASS, SM_REASON_NONE);
    }
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* A static originator key, named by its certificate, which the ring has (RFC 5753 3.1.1). */
static void test_static_originator(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    exchanged message;
    load(&message, arena, "enveloped/bc-p256-x963-sha256-aes-128-gcm.p7m");
    sm_secret cek = content_key(&message, ring, arena);
    EVP_PKEY *originator = private_key("keys/other/p256.key.pem"),
             *recipient = private_key("keys/ring/p256.key.pem");
    uint8_t z[64], kek[16];
    size_t length = agree(originator, recipient, z);
    derive("X963KDF", z, length, SM_BYTES_NONE, SM_BYTES_LITERAL(SHARED_INFO), kek, sizeof(kek));
    message.recipient.encrypted_key = wrap(arena, "AES-128-WRAP", kek, &cek);
    message.recipient.originator_key = SM_BYTES_NONE;
    message.recipient.originator_algorithm = (sm_algorithm){.oid = SM_BYTES_NONE};

    /* A message to the originator names its certificate. */
    const sm_cms *many = sm_cms_parse(arena, interop_octets(arena, "enveloped/openssl-many-aes-256-gcm.p7m"));
    const sm_recipient_info *recipients = many->enveloped_data->recipients;
    unsigned i = 0;
    while (recipients[i].originator_key.length != 65)
        i++;
    message.recipient.originator = recipients[i].rid;
    assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_NOT_EVALUATED,
                   SM_REASON_NO_CERTIFICATE);
    g_autofree char *certificate = interop_path("keys/other/p256.cert.pem");
    g_assert_cmpuint(sm_keyring_add_keys(ring, certificate), ==, 1);
    assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_PASS, SM_REASON_NONE);
    EVP_PKEY_free(originator);
    EVP_PKEY_free(recipient);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* RSA-KEM as RFC 9690 2 has it: the shared secret is KDF3 of Z. */
static void test_rsa_kem(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    exchanged message;
    load(&message, arena, "enveloped/bc-rsa-kem-aes-256-gcm.p7m");
    sm_secret cek = content_key(&message, ring, arena);
    EVP_PKEY *own = private_key("keys/ring/rsa.key.pem");
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
    uint8_t z[256], shared[16], kek[32];
    size_t length = sizeof(z);
    sm_bytes ciphertext = message.recipient.kem_ciphertext;
    g_assert_true(EVP_PKEY_decapsulate_init(context, NULL) > 0 &&
                  EVP_PKEY_CTX_set_kem_op(context, "RSASVE") > 0 &&
                  EVP_PKEY_decapsulate(context, z, &length, ciphertext.data, ciphertext.length) > 0);
    /* RsaKemParameters: KDF3 with SHA-256, 16 octets. CMSORIforKEMOtherInfo: AES-256 key wrap, 32. */
    message.recipient.kem.parameters =
        SM_BYTES_LITERAL("\x30\x1e\x30\x19\x06\x0a\x2b\x81\x05\x10\x86\x48\x09\x2c\x01\x02"
                         "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x02\x01\x10");
    derive("SSKDF", z, length, SM_BYTES_NONE, SM_BYTES_NONE, shared, sizeof(shared));
    sm_bytes info =
        SM_BYTES_LITERAL("\x30\x10\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2d\x02\x01\x20");
    derive("SSKDF", shared, sizeof(shared), SM_BYTES_NONE, info, kek, sizeof(kek));
    message.recipient.encrypted_key = wrap(arena, "AES-256-WRAP", kek, &cek);
    const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
    assert_verdict(out, SM_PASS, SM_REASON_NONE);
    g_assert_null(out->note);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(own);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* What a KEM derives its key with is a KDF: CEK-HKDF and key agreement schemes use HKDF too and are none. */
static void test_kem_derivation(void)
{
    static const struct {
        const char *oid; /* content octets */
        const char *detail;
    } cases[] = {
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x1f", "key derivation CEK-HKDF with SHA-256"},
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x13", "key derivation ECDH with HKDF-SHA-256"},
        {"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c", "key derivation PBKDF2"},
    };
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        exchanged message;
        load(&message, arena, "enveloped/bc-rsa-kem-aes-256-gcm.p7m");
        message.recipient.kdf.oid = sm_bytes_of(cases[i].oid, strlen(cases[i].oid));
        const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
        assert_verdict(out, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED);
        g_assert_cmpstr(out->verdict.detail, ==, cases[i].detail);
    }
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* AES key wrap with padding (RFC 5649), which no producer at hand puts into a message; a changed octet is refused. */
static void test_wrap_with_padding(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    unsigned count;
    exchanged message;
    load(&message, arena, "enveloped/bc-kek-aes-192-gcm.p7m");
    sm_secret cek = content_key(&message, ring, arena);
    const sm_symmetric_key *kek = sm_keyring_keks(ring, message.recipient.kek_id, &count)[0];
    g_assert_cmpuint(kek->octets.length, ==, 32);
    sm_bytes wrapped = wrap(arena, "AES-256-WRAP-PAD", kek->octets.data, &cek);
    message.recipient.encrypted_key = wrapped;
    assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_FAIL, SM_REASON_UNWRAP_FAILED);
    message.recipient.key_encryption.oid = SM_BYTES_LITERAL("\x60\x86\x48\x01\x65\x03\x04\x01\x30");
    const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
    assert_verdict(out, SM_PASS, SM_REASON_NONE);
    assert_same_octets(out->content, interop_content(arena));
    g_assert_cmpstr(out->recipients[0].key_management, ==, "AES-256 key wrap with padding");
    for (size_t i = 0; i < wrapped.length; i++) {
        uint8_t *changed = (uint8_t *)(uintptr_t)sm_arena_copy(arena, wrapped).data;
        changed[i] ^= 1;
        message.recipient.encrypted_key.data = changed;
        assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_FAIL, SM_REASON_UNWRAP_FAILED);
    }
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* A content of no octets is authenticated like any other: its tag must hold. */
static void test_empty_content(void)
{
    static const char *const messages[] = {"empty/bc-rsa-aes-128-ccm.p7m", "empty/openssl-p256-aes-128-gcm.p7m",
                                           "empty/openssl-rsa-aes-128-cbc.p7m"};
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
        exchanged message;
        load(&message, arena, messages[i]);
        const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
        assert_verdict(out, SM_PASS, SM_REASON_NONE);
        g_assert_cmpuint(out->content.length, ==, 0);
        sm_bytes mac = message.data.mac;
        for (size_t octet = 0; octet < mac.length; octet++) {
            uint8_t *changed = (uint8_t *)(uintptr_t)sm_arena_copy(arena, mac).data;
            changed[octet] ^= 1;
            message.data.mac.data = changed;
            assert_verdict(sm_envelope_open(arena, &message.cms, ring, true), SM_FAIL, SM_REASON_TAG_MISMATCH);
        }
    }
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* Seals the fixtures' content with AES-256-GCM and the message's own nonce. */
static void seal_gcm(sm_arena *arena, exchanged *message, const sm_secret *cek, sm_bytes aad)
{
    sm_cipher_parameters parameters;
    const char *fault;
    g_assert_true(sm_cipher_parameters_parse(arena, &message->data.content_encryption, &parameters, &fault));
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t *mac = sm_arena_alloc(arena, 16), *content = sm_arena_alloc(arena, message->data.content.length);
    sm_bytes plain = interop_content(arena);
    int length = 0;
    g_assert_true(EVP_EncryptInit_ex2(context, EVP_aes_256_gcm(), NULL, NULL, NULL) > 0 &&
                  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, (int)parameters.nonce.length, NULL) >
                      0 &&
                  EVP_EncryptInit_ex2(context, NULL, cek->octets, parameters.nonce.data, NULL) > 0 &&
                  EVP_EncryptUpdate(context, NULL, &length, aad.data, (int)aad.length) > 0 &&
                  EVP_EncryptUpdate(context, content, &length, plain.data, (int)plain.length) > 0 &&
                  EVP_EncryptFinal_ex(context, content + length, &length) > 0 &&
                  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, (int)parameters.tag_length, mac) > 0);
    EVP_CIPHER_CTX_free(context);
    message->data.content.data = content;
    message->data.mac = sm_bytes_of(mac, parameters.tag_length);
}

/* A content-type attribute under a tag that holds: the type beside it, which the tag does not cover, must be the same. */
static void test_content_type_attribute(void)
{
    static const struct {
        sm_bytes values[2];
        unsigned count;
        const char *detail; /* NULL: sound */
    } cases[] = {
        {{SM_BYTES_LITERAL("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01")}, 1, NULL},
        {{SM_BYTES_LITERAL("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")}, 1,
         "the content-type attribute says 1.2.840.113549.1.7.2, the content's type is 1.2.840.113549.1.7.1 (RFC 5652 11.1)"},
        {{SM_BYTES_LITERAL("\x0c\x02hi")}, 1, "the content-type attribute is no object identifier (RFC 5652 11.1)"},
        {{SM_BYTES_LITERAL("\x06\x03\x2a\x03\x04"), SM_BYTES_LITERAL("\x06\x03\x2a\x03\x05")}, 2,
         "an authenticated attribute is repeated or has not one value (RFC 5652 11)"},
    };
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        exchanged message;
        load(&message, arena, "enveloped/bc-rsa-attributes-aes-256-gcm.p7m");
        sm_secret cek = content_key(&message, ring, arena);
        const sm_bytes parts[] = {sm_der_wrap(arena, SM_TAG_OID, false, SM_OID_CONTENT_TYPE),
                                  sm_encode_joined(arena, SM_TAG_SET, cases[i].values, cases[i].count)};
        const sm_attribute attribute = {SM_OID_CONTENT_TYPE, sm_encode_joined(arena, SM_TAG_SEQUENCE, parts, 2), cases[i].values,
                                        cases[i].count};
        message.data.authenticated_attributes.items = &attribute;
        message.data.authenticated_attributes.count = 1;
        seal_gcm(arena, &message, &cek, sm_der_set_of(arena, &attribute.encoding, 1));
        const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
        assert_verdict(out, cases[i].detail ? SM_FAIL : SM_PASS, cases[i].detail ? SM_REASON_ATTRIBUTES : SM_REASON_NONE);
        g_assert_cmpstr(out->verdict.detail, ==, cases[i].detail);
        g_assert_cmpint(sm_bytes_present(out->content), ==, cases[i].detail == NULL);
    }
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* A producer that authenticates its attributes unsorted: refused, and told why. */
static void test_attributes_as_received(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = right_ring();
    exchanged message;
    load(&message, arena, "enveloped/bc-rsa-attributes-aes-256-gcm.p7m");
    sm_secret cek = content_key(&message, ring, arena);
    const sm_attribute *items = message.data.authenticated_attributes.items;
    const sm_attribute turned[] = {items[1], items[0]};
    sm_bytes joined = sm_bytes_of(sm_arena_alloc(arena, items[0].encoding.length + items[1].encoding.length),
                                  items[0].encoding.length + items[1].encoding.length);
    memcpy((uint8_t *)(uintptr_t)joined.data, items[1].encoding.data, items[1].encoding.length);
    memcpy((uint8_t *)(uintptr_t)joined.data + items[1].encoding.length, items[0].encoding.data,
           items[0].encoding.length);
    sm_bytes aad = sm_der_wrap(arena, SM_TAG_SET, true, joined);
    message.data.authenticated_attributes.items = turned;
    message.data.authenticated_attributes.encoding = sm_der_wrap(arena, SM_TAG_CONTEXT(1), true, joined);

    seal_gcm(arena, &message, &cek, aad);
    const sm_decryption *out = sm_envelope_open(arena, &message.cms, ring, true);
    assert_verdict(out, SM_FAIL, SM_REASON_TAG_MISMATCH);
    g_assert_nonnull(strstr(out->verdict.detail, "as received"));
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* Post-quantum recipients: opened where OpenSSL has ML-KEM (3.5), told as not evaluated otherwise. */
static void test_ml_kem(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = sm_keyring_new();
    g_autofree char *keys = interop_path("keys/pqc");
    sm_keyring_add_keys(ring, keys);
    static const char *const messages[] = {"pqc/bc-ml-kem-512-aes-256-gcm.p7m",
                                           "pqc/bc-ml-kem-768-aes-256-gcm.p7m"};
    for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
        const sm_decryption *out = open_fixture(arena, messages[i], ring);
        say(messages[i], out->verdict);
        g_assert_cmpstr(out->recipients[0].type, ==, "kemri");
        if (sm_keyring_private_key_count(ring) > 0) { /* OpenSSL 3.5 */
            assert_verdict(out, SM_PASS, SM_REASON_NONE);
            assert_same_octets(out->content, interop_content(arena));
        } else {
            assert_verdict(out, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED);
            g_assert_nonnull(strstr(out->verdict.detail, "has no such KEM"));
        }
    }
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cms/enveloped/every-fixture", test_every_fixture);
    g_test_add_func("/cms/enveloped/recipients", test_recipients);
    g_test_add_func("/cms/enveloped/wrong-ring", test_wrong_ring);
    g_test_add_func("/cms/enveloped/bare-keys", test_bare_keys);
    g_test_add_func("/cms/enveloped/wrong-bare-key", test_wrong_bare_key_never_passes);
    g_test_add_func("/cms/enveloped/wrong-kek", test_wrong_kek);
    g_test_add_func("/cms/enveloped/passwords", test_passwords);
    g_test_add_func("/cms/enveloped/many-content-keys", test_many_content_keys);
    g_test_add_func("/cms/enveloped/flip/gcm-ecdh", test_flip_gcm_ecdh);
    g_test_add_func("/cms/enveloped/flip/ccm-rsa", test_flip_ccm_rsa);
    g_test_add_func("/cms/enveloped/flip/chacha20-kek", test_flip_chacha_kek);
    g_test_add_func("/cms/enveloped/flip/attributes-and-x25519", test_flip_attributes_and_x25519);
    g_test_add_func("/cms/enveloped/flip/mac", test_flip_mac);
    g_test_add_func("/cms/enveloped/truncated", test_truncated);
    g_test_add_func("/cms/enveloped/forged-structure", test_forged_structure);
    g_test_add_func("/cms/enveloped/no-padding-oracle", test_no_padding_oracle);
    g_test_add_func("/cms/enveloped/chance-padding", test_chance_padding);
    g_test_add_func("/cms/enveloped/proven-key", test_proven_key);
    g_test_add_func("/cms/enveloped/steps", test_steps);
    g_test_add_func("/cms/enveloped/steps/wrong-keys", test_steps_of_wrong_keys);
    g_test_add_func("/cms/enveloped/repeatable", test_repeatable);
    g_test_add_func("/cms/enveloped/unknown-algorithms", test_unknown_algorithms);
    g_test_add_func("/cms/enveloped/named-algorithms", test_named_algorithms);
    g_test_add_func("/cms/enveloped/invalid-point", test_invalid_point);
    g_test_add_func("/cms/enveloped/attribute-order", test_attribute_order);
    g_test_add_func("/cms/enveloped/x25519-by-the-standard", test_x25519_by_the_standard);
    g_test_add_func("/cms/enveloped/every-agreement-scheme", test_every_agreement_scheme);
    g_test_add_func("/cms/enveloped/x448-with-x963", test_x448_with_x963);
    g_test_add_func("/cms/enveloped/every-oaep-digest", test_every_oaep_digest);
    g_test_add_func("/cms/enveloped/default-tag-length", test_default_tag_length);
    g_test_add_func("/cms/enveloped/ccm-tag-lengths", test_ccm_tag_lengths);
    g_test_add_func("/cms/enveloped/derived-with-der", test_derived_with_der);
    g_test_add_func("/cms/enveloped/static-originator", test_static_originator);
    g_test_add_func("/cms/enveloped/rsa-kem", test_rsa_kem);
    g_test_add_func("/cms/enveloped/kem-derivation", test_kem_derivation);
    g_test_add_func("/cms/enveloped/wrap-with-padding", test_wrap_with_padding);
    g_test_add_func("/cms/enveloped/empty-content", test_empty_content);
    g_test_add_func("/cms/enveloped/attributes-as-received", test_attributes_as_received);
    g_test_add_func("/cms/enveloped/content-type-attribute", test_content_type_attribute);
    g_test_add_func("/cms/enveloped/ml-kem", test_ml_kem);
    return g_test_run();
}
