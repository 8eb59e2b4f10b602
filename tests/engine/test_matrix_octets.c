/* One octet changed, every octet in turn: what the standards protect must never come out as a pass, through the whole engine.
 *
 * A pass with other content, with another signer or with another signing time is a forgery. A pass that shows what the
 * unchanged message shows is allowed only at octets that no signature and no tag covers; each kind of them is named below
 * with the reason. */
#include "matrix.h"

/* What a person is told of a message. */
typedef struct telling {
    bool signed_pass, sealed_pass;
    bool has_content;
    uint8_t sha256[32];
    char *content_type;
    GBytes *signer; /* certificate of the first signer, or NULL */
    sm_moment signing_time;
} telling;

static telling tell(const matrix_result *result)
{
    const sm_inspection *inspection = result->inspection;
    telling out = {.signed_pass = result->conclusion->signed_.kind == SM_PASS,
                   .sealed_pass = result->conclusion->encrypted.kind == SM_PASS,
                   .has_content = inspection->content != NULL};
    memcpy(out.sha256, inspection->content_sha256, sizeof(out.sha256));
    if (inspection->content && inspection->content->entity->content_type)
        out.content_type = g_strdup(inspection->content->entity->content_type->text);
    const sm_layer *outer = inspection->layer_count ? inspection->layers[0] : NULL;
    if (outer && outer->type == SM_CMS_AUTHENTICATED) /* neither signed nor sealed, but authenticated */
        out.sealed_pass = outer->opened.kind == SM_PASS;
    if (inspection->signer_count && inspection->signers[0]->certificate) {
        sm_bytes certificate = inspection->signers[0]->certificate->encoding;
        out.signer = g_bytes_new(certificate.data, certificate.length);
        out.signing_time = inspection->signers[0]->signature->signing_time;
    }
    return out;
}

static void telling_clear(telling *t)
{
    g_free(t->content_type);
    g_bytes_unref(t->signer);
}

static bool same_content(const telling *a, const telling *b)
{
    return a->has_content == b->has_content && memcmp(a->sha256, b->sha256, sizeof(a->sha256)) == 0 &&
           g_strcmp0(a->content_type, b->content_type) == 0;
}

static bool same_signer(const telling *a, const telling *b)
{
    bool same = a->signer && b->signer ? g_bytes_equal(a->signer, b->signer) : a->signer == b->signer;
    return same && a->signing_time.known == b->signing_time.known &&
           a->signing_time.seconds == b->signing_time.seconds;
}

/* --- octets that nothing protects */

static bool inside(const uint8_t *at, sm_bytes bytes)
{
    return sm_bytes_present(bytes) && at >= bytes.data && at < bytes.data + bytes.length;
}

static bool before(const uint8_t *at, sm_bytes bytes)
{
    return sm_bytes_present(bytes) && at < bytes.data;
}

/* The value of an INTEGER of one octet. */
static bool small_integer(const uint8_t *at)
{
    return at[-2] == 0x02 && at[-1] == 0x01;
}

/* A name compares by RFC 5280 7.1, without regard to letter case and string type. */
static bool same_name(const uint8_t *at, const sm_identifier *identifier, uint8_t change)
{
    return inside(at, identifier->issuer) &&
           (g_ascii_isalpha(*at) ? change == 0x20 : *at == 0x0c || *at == 0x13);
}

static const char *explain_signed(const sm_signed_data *data, const sm_certificate *signer_certificate,
                                  const uint8_t *at, uint8_t change)
{
    for (unsigned i = 0; i < data->digest_algorithm_count; i++)
        if (inside(at, data->digest_algorithms[i].encoding))
            return "digestAlgorithms is a hint for one-pass processing (RFC 5652 5.1)";
    if (before(at, data->content_type) && small_integer(at))
        return "SignedData version (RFC 5652 5.1)";
    sm_bytes needed = signer_certificate ? signer_certificate->encoding : SM_BYTES_NONE;
    for (unsigned i = 0; i < data->certificate_count; i++)
        if (inside(at, data->certificates[i].encoding) &&
            !sm_bytes_equal(data->certificates[i].encoding, needed))
            return "a certificate that is not needed: it is another's, or the key ring has it too";
    for (unsigned i = 0; i < data->signer_count; i++) {
        const sm_signer_info *signer = &data->signers[i];
        if (same_name(at, &signer->sid, change))
            return "the issuer's name under another spelling";
        if (inside(at, signer->unsigned_attributes.encoding))
            return "unsigned attributes (RFC 5652 5.3)";
        if (inside(at, signer->digest_algorithm.parameters) ||
            inside(at, signer->signature_algorithm.parameters))
            return "parameters that the algorithm does not use (RFC 5754 2, 3)";
        if (inside(at, signer->encoding) && before(at, signer->digest_algorithm.encoding) &&
            small_integer(at))
            return "SignerInfo version (RFC 5652 5.3)";
    }
    return NULL;
}

static const char *explain_sealed(const sm_enveloped_data *data, const uint8_t *at, uint8_t change)
{
    const sm_recipient_info *recipient = &data->recipients[0];
    bool secret = inside(at, data->content) || inside(at, data->mac) ||
                  inside(at, recipient->encrypted_key) || inside(at, recipient->originator_key);
    if (same_name(at, &recipient->rid, change))
        return "the issuer's name under another spelling";
    if (small_integer(at) && !secret)
        return "a version (RFC 5652 6.1, 6.2)";
    if (inside(at, data->content_type))
        return "the type of the content (RFC 5083 2.2 authenticates content and attributes alone)";
    if (recipient->kind == SM_RECIPIENT_KEY_TRANSPORT && recipient->key_encryption.parameters.length == 2 &&
        inside(at, recipient->key_encryption.parameters))
        return "parameters that key transport does not use (RFC 3370 4.2.1)";
    if (data->content_encryption.parameters.length == 2 && inside(at, data->content_encryption.parameters))
        return "parameters that the MAC does not use (RFC 3370 3.1)";
    if (inside(at, recipient->originator_algorithm.parameters))
        return "the originator key's curve, which is the recipient's (RFC 5753 3.1.1)";
    return NULL;
}

/* Why a change of this octet of the body may go unnoticed; NULL when it may not. `embedded`: the signer's certificate is to be
 * had from the message alone. */
static const char *explain(const sm_inspection *original, bool embedded, size_t offset, uint8_t change)
{
    const sm_layer *layer = original->layers[0];
    const uint8_t *at = original->sources[0].octets.data + offset;
    if (layer->type == SM_CMS_COMPRESSED)
        return "compression protects nothing, the signature inside it does";
    if (!inside(at, layer->octets))
        return inside(at, layer->covered) ? NULL : "MIME around the signature (RFC 1847 2.1)";
    if (layer->cms->signed_data)
        return explain_signed(layer->cms->signed_data, embedded ? layer->signers[0]->certificate : NULL, at,
                              change);
    return layer->cms->enveloped_data ? explain_sealed(layer->cms->enveloped_data, at, change) : NULL;
}

/* --- the loop */

static void try_change(const char *name, const matrix_body *body, const matrix_result *original,
                       const telling *expected, const sm_keyring *ring, bool embedded, size_t offset,
                       uint8_t change, unsigned *passed)
{
    gsize length;
    const uint8_t *octets = g_bytes_get_data(body->octets, &length);
    uint8_t *changed = g_memdup2(octets, length);
    changed[offset] ^= change;
    GBytes *altered = g_bytes_new_take(changed, length);
    matrix_result result = matrix_conclude(altered, body->content_type, ring, 0);
    telling told = tell(&result);
    if (told.signed_pass || told.sealed_pass) {
        const char *why = explain(original->inspection, embedded, offset, change);
        bool content = same_content(&told, expected);
        (*passed)++;
        if (!why)
            g_error("%s: octet %zu (%02x, changed by %02x) may be changed unnoticed: %s", name, offset,
                    octets[offset], change, result.conclusion->summary);
        /* nothing at all may be shown: a content type that is none of MIME's */
        if (told.has_content && !content)
            g_error("%s: octet %zu (%02x, changed by %02x): other content passes: %s", name, offset,
                    octets[offset], change, result.conclusion->summary);
        if (told.signed_pass && !same_signer(&told, expected))
            g_error("%s: octet %zu (%02x, changed by %02x): another signer or signing time passes: %s", name,
                    offset, octets[offset], change, result.conclusion->summary);
    }
    telling_clear(&told);
    matrix_result_clear(&result);
    g_bytes_unref(altered);
}

static void change_every_octet(const char *name, const sm_keyring *ring, bool embedded)
{
    matrix_body body = matrix_body_of(name);
    matrix_result original = matrix_conclude(body.octets, body.content_type, ring, 0);
    telling expected = tell(&original);
    g_assert_true(expected.signed_pass || expected.sealed_pass);
    g_assert_cmpint(original.conclusion->signed_.kind, !=, SM_FAIL);
    size_t length = g_bytes_get_size(body.octets);
    unsigned passed = 0;
    for (size_t i = 0; i < length; i++) {
        try_change(name, &body, &original, &expected, ring, embedded, i, (uint8_t)(1u << i % 8), &passed);
        try_change(name, &body, &original, &expected, ring, embedded, i, 0xff, &passed);
    }
    g_test_message("%s: %zu octets, %u changes of unprotected ones pass", name, length, passed);
    g_assert_cmpuint(passed, <, 2 * length);
    telling_clear(&expected);
    matrix_result_clear(&original);
    matrix_body_clear(&body);
}

static void test_with_keys(gconstpointer argument)
{
    sm_keyring *ring = matrix_ring();
    change_every_octet(argument, ring, false);
    sm_keyring_unref(ring);
}

/* The certificate comes with the message, and only its issuer is known: it is protected by the issuer's signature. */
static void test_with_anchor(gconstpointer argument)
{
    sm_keyring *ring = sm_keyring_new();
    g_autofree char *anchor = interop_path("keys/other/ca.cert.pem");
    g_assert_cmpuint(sm_keyring_add_trust(ring, anchor), ==, 1);
    change_every_octet(argument, ring, true);
    sm_keyring_unref(ring);
}

int main(int argc, char **argv)
{
    static const char *const names[] = {
        "signed/openssl-ecdsa-p256-sha256.p7m",        /* opaque */
        "signed/openssl-ecdsa-p256-sha256.p7s",        /* detached, in a multipart/signed */
        "signed/openssl-ecdsa-p256-sha256-noattr.p7m", /* no signed attributes */
        "signed/bc-ed25519.p7m",
        "signed/bc-ber-ecdsa-p256.p7m", /* indefinite lengths, constructed strings */
        "signed/openssl-pss-sha256-salt32.p7m",
        "signed/bc-countersigned.p7m",
        "enveloped/openssl-ecdh-p256-sha256-aes-128-gcm.p7m",
        "enveloped/bc-oaep-sha256-aes-128-gcm.p7m",
        "enveloped/bc-rsa-aes-128-ccm.p7m",
        "enveloped/bc-kek-chacha20-poly1305.p7m",
        "enveloped/bc-rsa-attributes-aes-256-gcm.p7m",
        "enveloped/bc-authenticated-attributes-hmac-sha256.p7m",
        "nested/openssl-gcm-signed.p7m",
        "nested/openssl-signed-zlib.p7m",
        "nested/bc-zlib-signed.p7m",
    };
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_strconcat("/matrix/octets/keys/", names[i], NULL);
        g_test_add_data_func(path, names[i], test_with_keys);
        if (!strstr(names[i], "signed/"))
            continue;
        g_autofree char *other = g_strconcat("/matrix/octets/anchor/", names[i], NULL);
        g_test_add_data_func(other, names[i], test_with_anchor);
    }
    return g_test_run();
}
