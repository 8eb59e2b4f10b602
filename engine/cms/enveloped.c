/* EnvelopedData, AuthEnvelopedData, EncryptedData and AuthenticatedData opened.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/enveloped.h"

#include "base/bounds.h"
#include "cms/algorithms.h"
#include "cms/attribute_octets.h"
#include "cms/content_cipher.h"
#include "cms/der.h"
#include "cms/embedded.h"
#include "cms/openssl_library.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string.h>

#define RECIPIENTS_NAMED 8 /* in a detail; the rest is counted */
#define RECOMMENDED_TAG 12 /* octets */

/* One layer being opened. */
typedef struct opening {
    sm_arena *arena;
    const sm_cms *cms;
    const sm_enveloped_data *data;
    const sm_keyring *ring;
    sm_decryption *out;
    sm_recipient *recipients;
    sm_key_search search;
    sm_sealed sealed;       /* everything but AuthenticatedData */
    const char *mac_digest; /* AuthenticatedData: EVP name of the HMAC's digest */
    sm_bytes mac_message;   /* AuthenticatedData: what the MAC covers */
    uint8_t *plaintext;     /* allocated at the first candidate key, used by all */
    unsigned content_keys_left; /* not tried: SM_LIMIT_CONTENT_KEY_OCTETS */
    bool refused;           /* a key that the message names, or that is proven, came out, and the content refused it */
    bool received_order;    /* ... but its tag holds over the authenticated attributes as received */
    bool doubtful;          /* a key that the message names gave a right padding around nonsense */
    unsigned doubtful_recipient; /* ... for the first time with this one */
    bool last_resort;       /* take such a key */
} opening;

/* ---- what the layer is made of ------------------------------------------------------------------ */

static bool is_mac(const opening *open)
{
    return open->cms->type == SM_CMS_AUTHENTICATED;
}

static sm_verdict unsupported_content(const opening *open)
{
    return sm_not_evaluated(SM_REASON_UNSUPPORTED,
                            sm_arena_printf(open->arena, "content encryption %s", open->out->algorithm));
}

/* The only authenticated attribute with this OID, NULL without; false when there are two, or it has not one value. */
static bool single_attribute(const opening *open, sm_bytes oid, const sm_attribute **found)
{
    const sm_attributes *attributes = &open->data->authenticated_attributes;
    *found = NULL;
    for (unsigned i = 0; i < attributes->count; i++) {
        if (!sm_bytes_equal(attributes->items[i].oid, oid))
            continue;
        if (*found || attributes->items[i].value_count != 1)
            return false;
        *found = &attributes->items[i];
    }
    return true;
}

static sm_verdict repeated_attribute(void)
{
    return sm_fail(SM_REASON_ATTRIBUTES, "an authenticated attribute is repeated or has not one value (RFC 5652 11)");
}

/* The content-type attribute against the content's type, which no tag and no MAC covers by itself (RFC 5652 11.1). */
static sm_verdict check_content_type(const opening *open, bool required)
{
    const sm_attribute *type;
    if (!single_attribute(open, SM_OID_CONTENT_TYPE, &type))
        return repeated_attribute();
    if (type == NULL)
        return required ? sm_fail(SM_REASON_ATTRIBUTES, "the content-type attribute is missing (RFC 5652 9.1)") : SM_VERDICT_PASS;
    sm_bytes oid;
    sm_der reader = sm_der_start_whole(type->values[0], SM_DER_BER);
    if (!sm_der_oid(&reader, &oid, "content-type") || sm_der_more(&reader))
        return sm_fail(SM_REASON_ATTRIBUTES, "the content-type attribute is no object identifier (RFC 5652 11.1)");
    if (sm_bytes_equal(oid, open->data->content_type))
        return SM_VERDICT_PASS;
    return sm_fail(SM_REASON_ATTRIBUTES,
                   sm_arena_printf(open->arena, "the content-type attribute says %s, the content's type is %s (RFC 5652 11.1)",
                                   sm_oid_text(open->arena, oid), sm_oid_text(open->arena, open->data->content_type)));
}

static sm_verdict prepare_cipher(opening *open)
{
    const sm_algorithm *algorithm = &open->data->content_encryption;
    const char *fault = NULL;
    if (!sm_cipher_parameters_parse(open->arena, algorithm, &open->sealed.parameters, &fault)) {
        const sm_algorithm_info *cipher = open->sealed.parameters.cipher;
        if (cipher == NULL)
            return unsupported_content(open);
        return sm_fail(SM_REASON_PARAMETERS, sm_arena_printf(open->arena, "%s: %s", cipher->name, fault));
    }
    open->out->authenticated = open->sealed.parameters.cipher->class_ == SM_ALGORITHM_AEAD;
    open->sealed.content = open->data->content;
    bool aead = open->cms->type == SM_CMS_AUTH_ENVELOPED;
    if (aead) {
        open->sealed.mac = open->data->mac;
        open->sealed.aad = sm_attributes_der(open->arena, &open->data->authenticated_attributes);
    }
    sm_verdict verdict = sm_sealed_check(open->arena, &open->sealed, aead);
    open->search.cek_length = sm_sealed_key_octets(&open->sealed);
    return verdict.kind == SM_PASS && aead ? check_content_type(open, false) : verdict;
}

/* The message-digest attribute of AuthenticatedData against its content (RFC 5652 9.2 and 9.3). */
static sm_verdict check_attribute_digest(const opening *open)
{
    const sm_attribute *digest;
    sm_verdict type = check_content_type(open, true);
    if (type.kind != SM_PASS)
        return type;
    if (!single_attribute(open, SM_OID_MESSAGE_DIGEST, &digest))
        return repeated_attribute();
    sm_bytes expected;
    sm_der reader = sm_der_start_whole(digest ? digest->values[0] : SM_BYTES_LITERAL(""), SM_DER_BER);
    if (!sm_der_octets(&reader, open->arena, SM_TAG_OCTET_STRING, &expected, NULL, "message-digest") || sm_der_more(&reader))
        return sm_fail(SM_REASON_ATTRIBUTES,
                       "the message-digest attribute is missing or no OCTET STRING (RFC 5652 9.1)");
    uint8_t octets[SM_DIGEST_OCTETS];
    size_t length = 0;
    if (sm_digest_octets(&open->data->digest_algorithm, open->data->content, octets, &length) !=
        SM_DIGEST_DONE)
        return sm_not_evaluated(
            SM_REASON_UNSUPPORTED,
            sm_arena_printf(open->arena, "digest %s",
                            sm_algorithm_name(open->arena, &open->data->digest_algorithm)));
    if (sm_bytes_equal(sm_bytes_of(octets, length), expected))
        return SM_VERDICT_PASS;
    return sm_fail(SM_REASON_DIGEST_MISMATCH, "the message-digest attribute is not the content's digest");
}

static sm_verdict prepare_mac(opening *open)
{
    open->out->authenticated = true;
    const sm_algorithm_info *info = sm_algorithm_lookup(open->data->content_encryption.oid);
    if (info == NULL || info->class_ != SM_ALGORITHM_MAC || info->digest == NULL)
        return sm_not_evaluated(SM_REASON_UNSUPPORTED,
                                sm_arena_printf(open->arena, "MAC %s", open->out->algorithm));
    EVP_MD *md = EVP_MD_fetch(NULL, info->digest, NULL);
    size_t length = md ? (size_t)EVP_MD_get_size(md) : 0;
    EVP_MD_free(md);
    if (length == 0)
        return sm_not_evaluated(SM_REASON_UNSUPPORTED,
                                sm_arena_printf(open->arena, "this OpenSSL has no %s", info->name));
    if (open->data->mac.length != length)
        return sm_fail(SM_REASON_PARAMETERS, sm_arena_printf(open->arena, "mac has %zu octets, %s gives %zu",
                                                             open->data->mac.length, info->name, length));
    open->mac_digest = info->digest;
    open->mac_message = open->data->content;
    if (!open->data->authenticated_attributes.present)
        return sm_bytes_equal(open->data->content_type, SM_OID_DATA)
                   ? SM_VERDICT_PASS
                   : sm_fail(SM_REASON_ATTRIBUTES,
                             "authenticated attributes are missing though the content is not id-data "
                             "(RFC 5652 9.1)");
    open->mac_message = sm_attributes_der(open->arena, &open->data->authenticated_attributes);
    return check_attribute_digest(open);
}

static sm_verdict prepare(opening *open)
{
    sm_verdict structure = open->cms->structure;
    if (structure.kind != SM_PASS) {
        bool known = structure.reason == SM_REASON_TRUNCATED || structure.reason == SM_REASON_LIMIT;
        return sm_not_evaluated(known ? structure.reason : SM_REASON_NOT_PARSED, structure.detail);
    }
    if (open->data->detached || !sm_bytes_present(open->data->content))
        return sm_not_evaluated(SM_REASON_NO_CONTENT, is_mac(open)
                                                          ? "the authenticated content is not in the message"
                                                          : "the encrypted content is not in the message");
    return is_mac(open) ? prepare_mac(open) : prepare_cipher(open);
}

/* ---- a candidate key ---------------------------------------------------------------------------- */

static bool mac_holds(const opening *open, const sm_secret *key)
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    size_t length = 0;
    bool computed = key->length > 0 &&
                    EVP_Q_mac(NULL, "HMAC", NULL, open->mac_digest, NULL, key->octets, key->length,
                              open->mac_message.data, open->mac_message.length, mac, sizeof(mac), &length);
    return computed && length == open->data->mac.length &&
           CRYPTO_memcmp(mac, open->data->mac.data, length) == 0;
}

/* One key in 256 gives a right CBC padding by chance. A key that nothing proves is therefore believed only when
 * what comes out begins as S/MIME content does: a MIME entity (RFC 8551 3.1) or, for another content type, an
 * ASN.1 SEQUENCE. Little content has a long padding, which no chance gives. */
static bool plausible(const opening *open, sm_bytes plaintext)
{
    if (!sm_bytes_equal(open->data->content_type, SM_OID_DATA))
        return plaintext.length > 1 && plaintext.data[0] == 0x30;
    for (size_t i = 0; i < plaintext.length && i < 32; i++) {
        uint8_t octet = plaintext.data[i];
        if ((octet < 0x20 && octet != '\t' && octet != '\r' && octet != '\n') || octet > 0x7e)
            return false;
    }
    return true;
}

static bool unseal(opening *open, const sm_secret *cek, bool named)
{
    size_t length = 0;
    if (open->plaintext == NULL)
        open->plaintext = sm_arena_alloc(open->arena, sm_sealed_room(&open->sealed));
    if (!sm_sealed_open(&open->sealed, cek, open->plaintext, &length))
        return false;
    sm_bytes plaintext = sm_bytes_of(open->plaintext, length);
    bool implausible = !open->out->authenticated && !plausible(open, plaintext);
    if (implausible && !cek->proven && !(named && open->last_resort)) {
        OPENSSL_cleanse(open->plaintext, sm_sealed_room(&open->sealed));
        open->doubtful |= named;
        return false;
    }
    open->out->content = plaintext;
    open->out->implausible = implausible;
    return true;
}

/* Would the tag hold over the authenticated attributes as they were received? Only told, never accepted. */
static bool holds_as_received(opening *open, const sm_secret *cek)
{
    sm_sealed received = open->sealed;
    received.aad = sm_attributes_received(open->arena, &open->data->authenticated_attributes);
    size_t length;
    if (!sm_bytes_present(received.aad) || sm_bytes_equal(received.aad, open->sealed.aad) ||
        !sm_sealed_open(&received, cek, open->plaintext, &length))
        return false;
    OPENSSL_cleanse(open->plaintext, sm_sealed_room(&open->sealed));
    return true;
}

/* sm_accept_key: tries the content with a candidate key. */
static bool try_content(void *context, const sm_secret *cek, const char *key_label, bool named)
{
    opening *open = context;
    bool opened = is_mac(open) ? mac_holds(open, cek) : unseal(open, cek, named);
    if (!opened) {
        bool right = named || cek->proven;
        open->refused |= right;
        if (right && !is_mac(open) && open->out->authenticated)
            open->received_order |= holds_as_received(open, cek);
        return false;
    }
    if (is_mac(open))
        open->out->content = open->data->content;
    open->out->key = key_label;
    EVP_Q_digest(NULL, "SHA256", NULL, cek->octets, cek->length, open->out->key_digest, NULL);
    return true;
}

/* ---- the search --------------------------------------------------------------------------------- */

/* Content keys are often kept one for each message: as many are tried as the content's length lets. */
static unsigned content_key_trials(const opening *open)
{
    size_t length = MAX(open->data->content.length, 1);
    return (unsigned)MAX(SM_LIMIT_CONTENT_KEY_OCTETS / length, SM_LIMIT_KEY_TRIALS);
}

/* Content-encryption keys given by the user fit any message. */
static bool try_content_keys(opening *open)
{
    unsigned count = 0, trials = content_key_trials(open);
    const sm_symmetric_key *const *keys = open->ring ? sm_keyring_content_keys(open->ring, &count) : NULL;
    bool opened = false;
    for (unsigned i = 0; i < count && !opened; i++) {
        if (trials == 0) {
            open->content_keys_left = count - i;
            break;
        }
        sm_secret cek = {.length = 0};
        size_t length = keys[i]->octets.length;
        if (length > sizeof(cek.octets) || length == 0 ||
            (open->search.cek_length && length != open->search.cek_length)) {
            sm_key_attempts_add(open->arena, &open->out->content_keys, keys[i]->label, SM_STEP_CONTENT_KEY,
                                "the content key has another length than the cipher's");
            continue;
        }
        memcpy(cek.octets, keys[i]->octets.data, length);
        cek.length = length;
        trials--;
        opened = try_content(open, &cek, keys[i]->label, false);
        sm_secret_clear(&cek);
        sm_key_attempts_add(open->arena, &open->out->content_keys, keys[i]->label,
                            opened ? NULL : open->search.content_step,
                            opened ? NULL : "the content key does not open the content");
    }
    return opened;
}

static void pass_over_others(opening *open, unsigned opened)
{
    for (unsigned i = 0; i < open->data->recipient_count; i++)
        if (i != opened && open->recipients[i].tried == 0)
            open->recipients[i].opened =
                sm_not_evaluated(SM_REASON_NOT_CHECKED, "not tried: another recipient's key opened the content");
}

static bool try_recipients(opening *open, bool (*attempt)(sm_key_search *, sm_recipient *))
{
    for (unsigned i = 0; i < open->data->recipient_count; i++) {
        bool doubtful = open->doubtful;
        if (attempt(&open->search, &open->recipients[i])) {
            pass_over_others(open, i);
            return true;
        }
        if (open->doubtful && !doubtful)
            open->doubtful_recipient = i;
    }
    return false;
}

/* No key opened the content to anything plausible: one that it names, and that gave nonsense, is believed after all. */
static bool take_doubtful(opening *open)
{
    unsigned i = open->doubtful_recipient;
    sm_recipient_describe(open->arena, &open->data->recipients[i], open->ring, &open->recipients[i]);
    open->last_resort = true;
    open->search.trials_left = SM_LIMIT_KEY_TRIALS;
    if (!sm_recipient_open(&open->search, &open->recipients[i]))
        return false;
    pass_over_others(open, i);
    return true;
}

static bool search_key(opening *open)
{
    open->search.arena = open->arena;
    open->search.ring = open->ring;
    open->search.content_step = is_mac(open)                ? SM_STEP_MAC
                                : open->out->authenticated ? SM_STEP_TAG
                                                           : SM_STEP_CONTENT;
    open->search.accept = try_content;
    open->search.context = open;
    open->search.trials_left = SM_LIMIT_KEY_TRIALS;
    open->search.iterations_left = SM_LIMIT_PBKDF2_ITERATIONS;
    if (try_recipients(open, sm_recipient_open) || try_content_keys(open) ||
        try_recipients(open, sm_recipient_open_bare))
        return true;
    return open->doubtful && take_doubtful(open);
}

/* Certificates of originatorInfo, for static originator keys. */
static void read_originators(opening *open)
{
    open->search.originators =
        sm_embedded_certificates(open->arena, open->ring, open->data->originator_certificates,
                                 open->data->originator_certificate_count, &open->search.originator_count, NULL);
}

/* ---- what it came to ---------------------------------------------------------------------------- */

/* "issuer CN=..., serial 0a (RSA PKCS #1 v1.5); key identifier ab (ECDH P-256, ...)". */
static const char *recipients_text(const opening *open)
{
    GString *text = g_string_new(NULL);
    unsigned count = open->data->recipient_count;
    for (unsigned i = 0; i < count && i < RECIPIENTS_NAMED; i++)
        g_string_append_printf(text, "%s%s (%s)", i ? "; " : "", open->recipients[i].id,
                               open->recipients[i].key_management);
    if (count > RECIPIENTS_NAMED)
        g_string_append_printf(text, "; and %u more", count - RECIPIENTS_NAMED);
    const char *result = sm_arena_strndup(open->arena, text->str, text->len);
    g_string_free(text, TRUE);
    return result;
}

/* The content refused a key that is its own. One text for a layer, whatever the step that failed. */
static sm_verdict refused(const opening *open)
{
    if (open->received_order)
        return sm_fail(
            SM_REASON_TAG_MISMATCH,
            "the tag holds over the authenticated attributes as received, not over their DER encoding, which RFC 5083 "
            "2.2 says is authenticated");
    if (is_mac(open))
        return sm_fail(SM_REASON_TAG_MISMATCH,
                       sm_arena_printf(open->arena, "the %s does not hold", open->out->algorithm));
    if (open->out->authenticated)
        return sm_fail(SM_REASON_TAG_MISMATCH,
                       sm_arena_printf(open->arena,
                                       "the %s tag does not hold: content, attributes or key were changed",
                                       open->out->algorithm));
    return sm_fail(SM_REASON_PADDING,
                   sm_arena_printf(open->arena,
                                   "%s decryption gives no padded content: content or key were changed",
                                   open->out->algorithm));
}

/* The first recipient whose `opened` has this kind and, unless `any`, this reason. */
static const sm_recipient *find_recipient(const opening *open, sm_verdict_kind kind, sm_reason reason,
                                          bool any)
{
    for (unsigned i = 0; i < open->data->recipient_count; i++) {
        const sm_verdict *opened = &open->recipients[i].opened;
        if (opened->kind == kind && (any || opened->reason == reason))
            return &open->recipients[i];
    }
    return NULL;
}

static sm_verdict not_opened(const opening *open)
{
    if (open->refused)
        return refused(open);
    if (open->search.limit || find_recipient(open, SM_NOT_EVALUATED, SM_REASON_LIMIT, false)) {
        const sm_recipient *recipient = find_recipient(open, SM_NOT_EVALUATED, SM_REASON_LIMIT, false);
        return sm_not_evaluated(SM_REASON_LIMIT,
                                recipient
                                    ? recipient->opened.detail
                                    : sm_arena_printf(open->arena, "%d keys were tried, which is the limit",
                                                      SM_LIMIT_KEY_TRIALS));
    }
    if (open->content_keys_left)
        return sm_not_evaluated(SM_REASON_LIMIT,
                                sm_arena_printf(open->arena, "%u content keys were not tried: more than %u octets would have been decrypted",
                                                open->content_keys_left, SM_LIMIT_CONTENT_KEY_OCTETS));
    const sm_recipient *recipient = find_recipient(open, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED, false);
    if (recipient == NULL)
        recipient = find_recipient(open, SM_NOT_EVALUATED, SM_REASON_NO_CERTIFICATE, false);
    if (recipient)
        return recipient->opened;
    recipient = find_recipient(open, SM_FAIL, SM_REASON_NONE, true);
    if (recipient)
        return sm_fail(SM_REASON_UNWRAP_FAILED, recipient->opened.detail);
    recipient = find_recipient(open, SM_NOT_EVALUATED, SM_REASON_PASSWORD_OFF, false);
    if (recipient)
        return sm_not_evaluated(SM_REASON_PASSWORD_OFF, recipient->opened.detail);
    if (open->data->recipient_count == 0)
        return sm_not_evaluated(SM_REASON_NO_KEY, "no content key was given that opens it");
    return sm_not_evaluated(SM_REASON_NO_KEY,
                            sm_arena_printf(open->arena, "no key for: %s", recipients_text(open)));
}

/* What is to be known of content that nothing authenticates and that is no S/MIME. */
static const char *implausible_text(const opening *open)
{
    bool entity = sm_bytes_equal(open->data->content_type, SM_OID_DATA);
    return sm_arena_printf(open->arena,
                           "what came out does not begin as %s does, and %s does not authenticate: content or key may be wrong%s%s",
                           entity ? "a MIME entity" : "its content type", open->out->algorithm,
                           open->search.note ? "; " : "", open->search.note ? open->search.note : "");
}

/* A tag that a forger hits by trying, though the standard has it: 12 octets are recommended (RFC 5084 3.1). */
static const char *short_tag_text(const opening *open)
{
    unsigned octets = open->sealed.parameters.tag_length;
    return sm_arena_printf(open->arena, "the tag has %u octets alone: one forgery in 2^%u passes (RFC 5084 3.1 recommends 12)%s%s", octets,
                           8 * octets, open->search.note ? "; " : "", open->search.note ? open->search.note : "");
}

static const char *note_text(const opening *open)
{
    if (open->out->implausible)
        return implausible_text(open);
    bool aead = open->cms->type == SM_CMS_AUTH_ENVELOPED && open->out->verdict.kind == SM_PASS;
    return aead && open->sealed.parameters.tag_length < RECOMMENDED_TAG ? short_tag_text(open) : open->search.note;
}

static const char *algorithm_text(const opening *open)
{
    const char *name = sm_algorithm_name(open->arena, &open->data->content_encryption);
    if (!open->sealed.parameters.cek_hkdf || open->sealed.parameters.cipher == NULL)
        return name;
    return sm_arena_printf(open->arena, "%s (%s)", open->sealed.parameters.cipher->name, name);
}

static void describe_recipients(opening *open)
{
    unsigned count = open->data->recipient_count;
    open->recipients = sm_arena_array(open->arena, sm_recipient, count);
    for (unsigned i = 0; i < count; i++)
        sm_recipient_describe(open->arena, &open->data->recipients[i], open->ring, &open->recipients[i]);
    open->out->recipients = open->recipients;
    open->out->recipient_count = count;
}

static void open_layer(opening *open)
{
    sm_decryption *out = open->out;
    out->algorithm = algorithm_text(open);
    describe_recipients(open);
    sm_verdict ready = prepare(open);
    out->algorithm = algorithm_text(open);
    if (ready.kind != SM_PASS) {
        for (unsigned i = 0; i < out->recipient_count; i++)
            open->recipients[i].opened =
                sm_not_evaluated(SM_REASON_NOT_CHECKED, "not tried: the content cannot be opened");
        out->verdict = ready;
        return;
    }
    read_originators(open);
    out->verdict = search_key(open) ? SM_VERDICT_PASS : not_opened(open);
    out->note = note_text(open);
}

const sm_decryption *sm_envelope_open(sm_arena *arena, const sm_cms *cms, const sm_keyring *ring,
                                      bool passwords)
{
    sm_decryption *out = sm_arena_new0(arena, sm_decryption);
    out->algorithm = "none";
    if (cms->enveloped_data == NULL) {
        out->verdict = sm_not_evaluated(cms->structure.reason == SM_REASON_TRUNCATED ? SM_REASON_TRUNCATED
                                                                                     : SM_REASON_NOT_PARSED,
                                        cms->structure.detail);
        return out;
    }
    opening open = {
        .arena = arena,
        .cms = cms,
        .data = cms->enveloped_data,
        .ring = ring,
        .out = out,
        .search = {.passwords = passwords},
    };
    ERR_set_mark();
    open_layer(&open);
    ERR_pop_to_mark();
    return out;
}
