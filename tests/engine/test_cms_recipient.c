/* Recipients: how they are described, and the key wrap and key derivation beneath them against the standards'
 * test vectors. */
#include "cms/recipient.h"

#include "base/bounds.h"
#include "cms/algorithms.h"
#include "cms/key_wrap.h"
#include "cms_interop.h"

#include <glib.h>
#include <openssl/evp.h>

static sm_bytes hex(sm_arena *arena, const char *text)
{
    size_t length = strlen(text) / 2;
    uint8_t *octets = sm_arena_alloc(arena, length);
    for (size_t i = 0; i < length; i++)
        octets[i] = (uint8_t)(g_ascii_xdigit_value(text[2 * i]) << 4 | g_ascii_xdigit_value(text[2 * i + 1]));
    return sm_bytes_of(octets, length);
}

static sm_algorithm algorithm(const char *oid, size_t length)
{
    return (sm_algorithm){.oid = sm_bytes_of(oid, length)};
}

#define ALGORITHM(oid) algorithm(oid, sizeof(oid) - 1)
#define AES_128_WRAP ALGORITHM("\x60\x86\x48\x01\x65\x03\x04\x01\x05")
#define AES_192_WRAP_PAD ALGORITHM("\x60\x86\x48\x01\x65\x03\x04\x01\x1c")
#define AES_256_WRAP ALGORITHM("\x60\x86\x48\x01\x65\x03\x04\x01\x2d")

/* ---- key wrap ----------------------------------------------------------------------------------- */

static void assert_unwraps(sm_algorithm wrap, const char *kek, const char *wrapped, const char *key)
{
    sm_arena *arena = sm_arena_new();
    sm_bytes octets = hex(arena, kek), sealed = hex(arena, wrapped);
    sm_secret cek;
    const char *fault = NULL;
    g_assert_true(sm_key_unwrap(arena, &wrap, octets.data, octets.length, sealed, &cek, &fault));
    assert_same_octets(sm_bytes_of(cek.octets, cek.length), hex(arena, key));
    for (size_t i = 0; i < sealed.length; i++) {
        sm_bytes changed = sm_arena_copy(arena, sealed);
        ((uint8_t *)(uintptr_t)changed.data)[i] ^= 1;
        g_assert_false(sm_key_unwrap(arena, &wrap, octets.data, octets.length, changed, &cek, &fault));
        g_assert_cmpuint(cek.length, ==, 0);
    }
    sm_arena_free(arena);
}

/* RFC 3394 4.1 and 4.6, RFC 5649 6. */
static void test_wrap_vectors(void)
{
    assert_unwraps(AES_128_WRAP, "000102030405060708090a0b0c0d0e0f",
                   "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5", "00112233445566778899aabbccddeeff");
    assert_unwraps(AES_256_WRAP, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                   "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
                   "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f");
    assert_unwraps(AES_192_WRAP_PAD, "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8",
                   "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a",
                   "c37b7e6492584340bed12207808941155068f738");
    assert_unwraps(AES_192_WRAP_PAD, "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8",
                   "afbeb0f07dfbf5419200f2ccb50bb24f", "466f7250617369");
}

/* No length that cannot be reaches OpenSSL. */
static void test_wrap_lengths(void)
{
    static const uint8_t zeros[1024] = {0};
    sm_arena *arena = sm_arena_new();
    sm_algorithm wraps[] = {AES_128_WRAP, AES_192_WRAP_PAD, AES_256_WRAP,
                            ALGORITHM("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x06")};
    for (size_t i = 0; i < G_N_ELEMENTS(wraps); i++) {
        size_t kek;
        g_assert_nonnull(sm_wrap_lookup(&wraps[i], &kek));
        for (size_t length = 0; length < 200; length++) {
            sm_secret cek;
            const char *fault = NULL;
            g_assert_false(sm_key_unwrap(arena, &wraps[i], zeros, kek,
                                         sm_arena_copy(arena, sm_bytes_of(zeros, length)), &cek, &fault));
            g_assert_nonnull(fault);
            if (length % 8 != 0 || length < 16 || length > 80)
                g_assert_nonnull(strstr(fault, "cannot be a key wrapped"));
        }
    }
    sm_algorithm digest = ALGORITHM("\x60\x86\x48\x01\x65\x03\x04\x02\x01");
    size_t kek;
    g_assert_null(sm_wrap_lookup(&digest, &kek));
    sm_arena_free(arena);
}

/* ---- key derivation ----------------------------------------------------------------------------- */

/* RFC 5869 A.1 and A.3. */
static void test_hkdf_vectors(void)
{
    sm_arena *arena = sm_arena_new();
    uint8_t key[42];
    sm_bytes z = hex(arena, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
    g_assert_true(sm_derive_hkdf("SHA256", hex(arena, "000102030405060708090a0b0c"), z,
                                 hex(arena, "f0f1f2f3f4f5f6f7f8f9"), key, 42));
    assert_same_octets(sm_bytes_of(key, 42),
                       hex(arena,
                           "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b8"
                           "87185865"));
    g_assert_true(sm_derive_hkdf("SHA256", SM_BYTES_NONE, z, SM_BYTES_LITERAL(""), key, 42));
    assert_same_octets(sm_bytes_of(key, 42),
                       hex(arena,
                           "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4"
                           "b61a96c8"));
    sm_arena_free(arena);
}

/* X9.63: ANS X9.63-2001 as in NIST CAVS 12.0, "ansx963_2001" (SHA-256, shared secret of 192 bits, no shared
 * info). KDF2 and KDF3 differ in where the counter stands: hash(Z || 1 || info) and hash(1 || Z || info),
 * computed here with the digest alone. */
static void test_one_step_derivation(void)
{
    sm_arena *arena = sm_arena_new();
    uint8_t key[16], digest[32];
    g_assert_true(sm_derive_x963("SHA256", hex(arena, "96c05619d56c328ab95fe84b18264b08725b85e33fd34f08"),
                                 SM_BYTES_NONE, key, 16));
    assert_same_octets(sm_bytes_of(key, 16), hex(arena, "443024c3dae66b95e6f5670601558f71"));

    static const uint8_t counter_last[] = "secret\0\0\0\1info", counter_first[] = "\0\0\0\1secretinfo";
    sm_bytes z = SM_BYTES_LITERAL("secret"), info = SM_BYTES_LITERAL("info");
    g_assert_true(EVP_Q_digest(NULL, "SHA256", NULL, counter_last, sizeof(counter_last) - 1, digest, NULL));
    g_assert_true(sm_derive_x963("SHA256", z, info, key, 16));
    g_assert_cmpmem(key, 16, digest, 16);
    g_assert_true(EVP_Q_digest(NULL, "SHA256", NULL, counter_first, sizeof(counter_first) - 1, digest, NULL));
    g_assert_true(sm_derive_kdf3("SHA256", z, info, key, 16));
    g_assert_cmpmem(key, 16, digest, 16);
    sm_arena_free(arena);
}

static void test_algorithm_identifier(void)
{
    sm_algorithm read;
    sm_bytes whole = SM_BYTES_LITERAL("\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x05");
    g_assert_true(sm_algorithm_read(whole, &read));
    assert_same_octets(read.encoding, whole);
    for (size_t length = 0; length < whole.length; length++)
        g_assert_false(sm_algorithm_read(sm_bytes_cut(whole, 0, length), &read));
    g_assert_false(sm_algorithm_read(
        SM_BYTES_LITERAL("\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x05\x00"), &read));
    g_assert_false(sm_algorithm_read(SM_BYTES_NONE, &read));
}

/* ---- description -------------------------------------------------------------------------------- */

static void test_description(void)
{
    static const struct {
        const char *message, *type, *id, *key_management, *owner;
    } cases[] = {
        {"enveloped/openssl-rsa-aes-128-cbc.p7m", "ktri", "issuer CN=CMS interoperability CA, serial 02",
         "RSA PKCS#1 v1.5", "sip:rsa@example.org"},
        {"enveloped/openssl-oaep-sha256-aes-128-gcm.p7m", "ktri", NULL, "RSA-OAEP (SHA-256)",
         "sip:rsa@example.org"},
        {"enveloped/openssl-ecdh-p256-sha256-aes-128-gcm.p7m", "kari", NULL,
         "ECDH P-256, SHA-256 KDF, AES-128 key wrap", "sip:p256@example.org"},
        {"enveloped/openssl-ecdh-cofactor-p256-aes-256-gcm.p7m", "kari", NULL,
         "cofactor ECDH P-256, SHA-256 KDF, AES-256 key wrap", "sip:p256@example.org"},
        {"enveloped/bc-x25519-hkdf-sha256-aes-128-gcm.p7m", "kari", NULL,
         "X25519, HKDF-SHA-256, AES-128 key wrap", "sip:x25519@example.org"},
        {"enveloped/openssl-kek-aes128-aes-128-gcm.p7m", "kekri", "KEK identifier 6b656b2d313238",
         "AES-128 key wrap", NULL},
        {"enveloped/openssl-password-aes-256-cbc.p7m", "pwri", "password", "PBKDF2, PWRI-KEK (AES-256-CBC)",
         NULL},
        {"enveloped/bc-rsa-kem-aes-256-gcm.p7m", "kemri", NULL, "RSA-KEM, KDF3, AES-256 key wrap",
         "sip:rsa@example.org"},
        {"pqc/bc-ml-kem-768-aes-256-gcm.p7m", "kemri", NULL,
         "ML-KEM-768, HKDF with SHA-256, AES-256 key wrap", NULL},
    };
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = interop_ring("keys/ring");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const sm_cms *cms = sm_cms_parse(arena, interop_octets(arena, cases[i].message));
        sm_recipient out;
        sm_recipient_describe(arena, &cms->enveloped_data->recipients[0], ring, &out);
        g_assert_cmpstr(out.type, ==, cases[i].type);
        g_assert_cmpstr(out.key_management, ==, cases[i].key_management);
        g_assert_cmpstr(out.owner, ==, cases[i].owner);
        if (cases[i].id)
            g_assert_cmpstr(out.id, ==, cases[i].id);
        g_assert_cmpint(out.opened.kind, ==, SM_NOT_EVALUATED);
        g_assert_cmpint(out.opened.reason, ==, SM_REASON_NO_KEY);

        sm_recipient_describe(arena, &cms->enveloped_data->recipients[0], NULL, &out); /* without any ring */
        g_assert_cmpstr(out.type, ==, cases[i].type);
        g_assert_null(out.certificate);
    }
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* ---- trials ------------------------------------------------------------------------------------- */

static bool count_and_refuse(void *context, const sm_secret *cek, const char *key_label, bool named)
{
    unsigned *count = context;
    g_assert_cmpuint(cek->length, >, 0);
    g_assert_nonnull(key_label);
    g_assert_true(named);
    (*count)++;
    return false;
}

/* A message cannot ask for more trials than the limit, however many recipients it lists. */
static void test_trials_limit(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = interop_ring("keys/ring");
    const sm_cms *cms =
        sm_cms_parse(arena, interop_octets(arena, "enveloped/openssl-kek-aes128-aes-128-gcm.p7m"));
    unsigned offered = 0;
    sm_key_search search = {.arena = arena,
                            .ring = ring,
                            .accept = count_and_refuse,
                            .context = &offered,
                            .trials_left = SM_LIMIT_KEY_TRIALS};
    for (unsigned i = 0; i < 3 * SM_LIMIT_KEY_TRIALS; i++) {
        sm_recipient out;
        sm_recipient_describe(arena, &cms->enveloped_data->recipients[0], ring, &out);
        g_assert_false(sm_recipient_open(&search, &out));
        g_assert_cmpint(search.limit, ==, i >= SM_LIMIT_KEY_TRIALS);
    }
    g_assert_cmpuint(offered, ==, SM_LIMIT_KEY_TRIALS);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

static void test_secret_clear(void)
{
    static const sm_secret zeros = {.length = 0};
    sm_secret secret = {.octets = {1, 2, 3}, .length = 3};
    sm_secret_clear(&secret);
    g_assert_cmpmem(&secret, sizeof(secret), &zeros, sizeof(zeros));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cms/recipient/wrap/vectors", test_wrap_vectors);
    g_test_add_func("/cms/recipient/wrap/lengths", test_wrap_lengths);
    g_test_add_func("/cms/recipient/derivation/hkdf", test_hkdf_vectors);
    g_test_add_func("/cms/recipient/derivation/one-step", test_one_step_derivation);
    g_test_add_func("/cms/recipient/algorithm-identifier", test_algorithm_identifier);
    g_test_add_func("/cms/recipient/description", test_description);
    g_test_add_func("/cms/recipient/trials-limit", test_trials_limit);
    g_test_add_func("/cms/recipient/secret-clear", test_secret_clear);
    return g_test_run();
}
