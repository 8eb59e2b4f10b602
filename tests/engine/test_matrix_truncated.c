/* Captures that end early: cut after every octet, and the carrier says that octets are missing. Nothing of that is the
 * message's fault, and nothing proves it. */
#include "matrix.h"

static void assert_open(const char *name, size_t length, const char *what, sm_verdict verdict)
{
    if (verdict.kind == SM_FAIL || verdict.kind == SM_PASS)
        g_error("%s cut after %zu octets: %s is %s (%s)", name, length, what, sm_verdict_word(verdict.kind),
                verdict.detail ? verdict.detail : "");
}

static void cut_everywhere(gconstpointer argument)
{
    const char *name = argument;
    sm_keyring *ring = matrix_ring();
    matrix_body body = matrix_body_of(name);
    size_t whole = g_bytes_get_size(body.octets);
    /* The delimiter that closes a multipart may be missing: then all that the signature needs is there. */
    size_t end = g_str_has_suffix(name, ".p7s") ? body.cms_start + body.cms_length : whole;
    for (size_t length = 0; length < end; length++) {
        sm_bytes part = sm_bytes_of(g_bytes_get_data(body.octets, NULL), length);
        uint8_t *copy = g_malloc(MAX(length, 1)); /* exactly so many, for the sanitizer */
        memcpy(copy, part.data, length);
        GBytes *octets = g_bytes_new_take(copy, length);
        matrix_result result = matrix_conclude(octets, body.content_type, ring, whole - length);
        assert_open(name, length, "signed", result.conclusion->signed_);
        assert_open(name, length, "encrypted", result.conclusion->encrypted);
        for (unsigned i = 0; i < result.inspection->layer_count; i++) {
            const sm_layer *layer = result.inspection->layers[i];
            assert_open(name, length, "structure", layer->cms->structure);
            if (layer->decryption)
                assert_open(name, length, "decryption", layer->decryption->verdict);
            assert_open(name, length, "opened", layer->opened);
        }
        for (unsigned i = 0; i < result.inspection->signer_count; i++) {
            assert_open(name, length, "signature", result.inspection->signers[i]->signature->signature);
            assert_open(name, length, "digest", result.inspection->signers[i]->signature->digest);
        }
        for (unsigned i = 0; i < result.inspection->part_count; i++)
            if (result.inspection->parts[i]->decoding.kind == SM_FAIL)
                assert_open(name, length, "decoding", result.inspection->parts[i]->decoding);
        matrix_result_clear(&result);

        /* The same as if it had been sent so: it may fail, it never passes. */
        result = matrix_conclude(octets, body.content_type, ring, 0);
        g_assert_cmpint(result.conclusion->signed_.kind, !=, SM_PASS);
        g_assert_cmpint(result.conclusion->encrypted.kind, !=, SM_PASS);
        matrix_result_clear(&result);
        g_bytes_unref(octets);
    }
    matrix_body_clear(&body);
    sm_keyring_unref(ring);
}

int main(int argc, char **argv)
{
    static const char *const names[] = {
        "signed/openssl-ecdsa-p256-sha256.p7m",
        "signed/openssl-ecdsa-p256-sha256.p7s",
        "signed/openssl-rsa-sha256-noattr.p7s",
        "signed/bc-ber-ecdsa-p256.p7m",
        "signed/openssl-digested-sha256.p7m",
        "enveloped/openssl-ecdh-p256-sha256-aes-128-gcm.p7m",
        "enveloped/openssl-rsa-stream-aes-128-cbc.p7m",
        "enveloped/openssl-encrypted-data-aes-128-cbc.p7m",
        "enveloped/bc-authenticated-attributes-hmac-sha256.p7m",
        "enveloped/bc-rsa-aes-128-ccm.p7m",
        "compressed/bc-zlib.p7m",
        "nested/openssl-gcm-signed.p7m",
        "nested/openssl-signed-gcm-signed.p7m",
    };
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_strconcat("/matrix/truncated/", names[i], NULL);
        g_test_add_data_func(path, names[i], cut_everywhere);
    }
    return g_test_run();
}
