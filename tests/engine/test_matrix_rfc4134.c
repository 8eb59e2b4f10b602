/* The examples of RFC 4134 with the keys that RFC 4134 gives, as bodies of SIP messages. What is expected is what its text
 * says of each: who signed with what, and that the content is ExContent. */
#include "cms/dsa_inheritance.h"
#include "matrix.h"

#define EX_CONTENT "This is some sample content."

static char *example_path(const char *name)
{
    return g_test_build_filename(G_TEST_DIST, "..", "data", "rfc4134", name, NULL);
}

static GBytes *example(const char *name)
{
    g_autofree char *path = example_path(name);
    char *octets;
    gsize length;
    g_assert_true(g_file_get_contents(path, &octets, &length, NULL));
    return g_bytes_new_take(octets, length);
}

/* Everybody's keys and certificates, and Carl's two CAs as anchors; not Carl's CRLs. */
static sm_keyring *example_ring(void)
{
    static const char *const anchors[] = {"keys/CarlDSSSelf.cer", "keys/CarlRSASelf.cer"};
    sm_keyring *ring = sm_keyring_new();
    g_autofree char *keys = example_path("keys");
    GDir *directory = g_dir_open(keys, 0, NULL);
    g_assert_nonnull(directory);
    for (const char *name; (name = g_dir_read_name(directory));) {
        g_autofree char *path = g_build_filename(keys, name, NULL);
        if (!g_str_has_suffix(name, ".crl"))
            g_assert_cmpuint(sm_keyring_add_keys(ring, path), ==, 1);
    }
    g_dir_close(directory);
    g_assert_cmpuint(sm_keyring_private_key_count(ring), ==, 7);
    for (size_t i = 0; i < G_N_ELEMENTS(anchors); i++) {
        g_autofree char *path = example_path(anchors[i]);
        g_assert_cmpuint(sm_keyring_add_trust(ring, path), ==, 1);
    }
    return ring;
}

/* The content, which has no MIME header: its octets are what was signed. */
static void assert_covered(const sm_layer *layer)
{
    g_assert_cmpmem(layer->covered.data, layer->covered.length, EX_CONTENT, strlen(EX_CONTENT));
}

static const sm_signer *assert_holds(const char *name, const sm_inspection *inspection, unsigned index,
                                     const char *subject)
{
    const sm_signer *signer = inspection->signers[index];
    matrix_assert(name, "signature", signer->signature->signature, SM_PASS, SM_REASON_NONE);
    matrix_assert(name, "digest", signer->signature->digest, SM_PASS, SM_REASON_NONE);
    matrix_assert(name, "path", signer->path_verdict, SM_PASS, SM_REASON_NONE);
    g_assert_cmpstr(signer->certificate->subject, ==, subject);
    return signer;
}

/* 4.1, 4.2, 4.5, 4.7, 4.10: signed by Alice, content inside. */
static void test_signed(void)
{
    static const struct {
        const char *name, *subject, *algorithm, *digest;
    } examples[] = {
        {"4.1.bin", "CN=AliceDSS", "DSA with SHA-1", "SHA-1"},
        {"4.2.bin", "CN=AliceRSA", "RSA PKCS#1 v1.5 with SHA-1", "SHA-1"},
        {"4.5.bin", "CN=AliceRSA", "RSA PKCS#1 v1.5 with SHA-1", "SHA-1"},
        {"4.7.bin", "CN=AliceDSS", "DSA with SHA-1", "SHA-1"},
        {"4.10.bin", "CN=AliceDSS", "DSA with SHA-1", "SHA-1"},
    };
    sm_keyring *ring = example_ring();
    for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
        GBytes *octets = example(examples[i].name);
        matrix_result result = matrix_conclude(octets, matrix_media_type(SM_CMS_SIGNED), ring, 0);
        g_assert_cmpuint(result.inspection->signer_count, ==, 1);
        const sm_signer *signer = assert_holds(examples[i].name, result.inspection, 0, examples[i].subject);
        g_assert_cmpstr(signer->signature->signature_algorithm, ==, examples[i].algorithm);
        g_assert_cmpstr(signer->signature->digest_algorithm, ==, examples[i].digest);
        assert_covered(signer->layer);
        matrix_assert(examples[i].name, "signed", result.conclusion->signed_, SM_PASS, SM_REASON_NONE);
        matrix_result_clear(&result);
        g_bytes_unref(octets);
    }
    sm_keyring_unref(ring);
}

/* 4.3: the same without content, which a body alone has not. */
static void test_detached(void)
{
    sm_keyring *ring = example_ring();
    GBytes *octets = example("4.3.bin");
    matrix_result result = matrix_conclude(octets, matrix_media_type(SM_CMS_SIGNED), ring, 0);
    matrix_assert("4.3", "signed", result.conclusion->signed_, SM_NOT_EVALUATED, SM_REASON_NO_CONTENT);
    matrix_result_clear(&result);
    g_bytes_unref(octets);
    sm_keyring_unref(ring);
}

/* 4.4: signed attributes, Diane's countersignature, and Carl's CRL, which revokes Alice's certificate. */
static void test_fancier(void)
{
    sm_keyring *ring = example_ring();
    GBytes *octets = example("4.4.bin");
    matrix_result result = matrix_conclude(octets, matrix_media_type(SM_CMS_SIGNED), ring, 0);
    const sm_signer *signer = assert_holds("4.4", result.inspection, 0, "CN=AliceDSS");
    assert_covered(signer->layer);
    g_assert_true(signer->signature->signing_time.known);
    g_assert_cmpuint(signer->countersigner_count, ==, 1);
    const sm_countersigner *diane = &signer->countersigners[0];
    matrix_assert("4.4", "countersignature", diane->verdict, SM_PASS, SM_REASON_NONE);
    matrix_assert("4.4", "its path", diane->path_verdict, SM_PASS, SM_REASON_NONE);
    matrix_assert("4.4", "revocation", signer->revocation, SM_FAIL, SM_REASON_REVOKED);
    matrix_assert("4.4", "signed", result.conclusion->signed_, SM_FAIL, SM_REASON_REVOKED);
    matrix_result_clear(&result);
    g_bytes_unref(octets);
    sm_keyring_unref(ring);
}

/* 4.6: Diane's certificate inherits Carl's DSA parameters (RFC 3279 2.3.2). */
static void test_two_signers(void)
{
    sm_keyring *ring = example_ring();
    GBytes *octets = example("4.6.bin");
    matrix_result result = matrix_conclude(octets, matrix_media_type(SM_CMS_SIGNED), ring, 0);
    g_assert_cmpuint(result.inspection->signer_count, ==, 2);
    assert_covered(assert_holds("4.6", result.inspection, 0, "CN=AliceDSS")->layer);
    const sm_signer *diane = result.inspection->signers[1];
    g_assert_cmpstr(diane->certificate->subject, ==, "CN=DianeDSS");
    matrix_assert("4.6", "signature", diane->signature->signature, SM_PASS, SM_REASON_NONE);
    matrix_assert("4.6", "digest", diane->signature->digest, SM_PASS, SM_REASON_NONE);
    g_assert_cmpstr(diane->signature->parameters_from->subject, ==, "CN=CarlDSS");
    matrix_assert("4.6", "path", diane->path_verdict, SM_PASS, SM_REASON_NONE);
    matrix_assert("4.6", "signed", result.conclusion->signed_, SM_PASS, SM_REASON_NONE);

    /* The same signature under parameters that the path does not go through: nothing is proven. */
    sm_arena *arena = sm_arena_new();
    sm_signature other_issuer = *diane->signature;
    other_issuer.parameters_from = result.inspection->signers[0]->certificate;
    matrix_assert("4.6", "on its path",
                  sm_signature_on_path(arena, diane->signature, diane->path->chain, diane->path->chain_length), SM_PASS,
                  SM_REASON_NONE);
    bool same = sm_dsa_same_parameters(other_issuer.parameters_from, diane->signature->parameters_from);
    g_assert_false(same);
    matrix_assert("4.6", "off its path",
                  sm_signature_on_path(arena, &other_issuer, diane->path->chain, diane->path->chain_length),
                  SM_NOT_EVALUATED, SM_REASON_UNTRUSTED);
    matrix_assert("4.6", "without a path", sm_signature_on_path(arena, diane->signature, NULL, 0), SM_NOT_EVALUATED,
                  SM_REASON_UNTRUSTED);
    sm_arena_free(arena);
    matrix_result_clear(&result);

    /* One octet of Diane's value, which is the message's last, changed: she fails, Alice does not. */
    gsize length;
    guint8 *changed = g_memdup2(g_bytes_get_data(octets, &length), g_bytes_get_size(octets));
    changed[length - 1] ^= 1;
    GBytes *other = g_bytes_new_take(changed, length);
    result = matrix_conclude(other, matrix_media_type(SM_CMS_SIGNED), ring, 0);
    assert_holds("4.6 changed", result.inspection, 0, "CN=AliceDSS");
    matrix_assert("4.6 changed", "signature", result.inspection->signers[1]->signature->signature, SM_FAIL,
                  SM_REASON_SIGNATURE_MISMATCH);
    matrix_result_clear(&result);
    g_bytes_unref(other);
    sm_keyring_unref(ring);

    /* Nobody has the issuer's certificate: there is no key to verify with. */
    ring = sm_keyring_new();
    result = matrix_conclude(octets, matrix_media_type(SM_CMS_SIGNED), ring, 0);
    const sm_layer *layer = result.inspection->layers[0];
    for (unsigned i = 0; i < layer->certificate_count; i++)
        g_assert_cmpstr(layer->certificates[i]->subject, !=, "CN=CarlDSS");
    matrix_assert("4.6 alone", "signature", result.inspection->signers[1]->signature->signature, SM_NOT_EVALUATED,
                  SM_REASON_UNSUPPORTED);
    matrix_result_clear(&result);
    g_bytes_unref(octets);
    sm_keyring_unref(ring);
}

/* 2.4: Carl's CRLs for all revoke both of Alice's certificates, and his other ones neither. */
static void test_crls(void)
{
    static const struct {
        const char *crl, *example;
        sm_verdict_kind kind;
        sm_reason reason;
    } cases[] = {
        {"keys/CarlDSSCRLForAll.crl", "4.1.bin", SM_FAIL, SM_REASON_REVOKED},
        {"keys/CarlRSACRLForAll.crl", "4.2.bin", SM_FAIL, SM_REASON_REVOKED},
        {"keys/CarlDSSCRLEmpty.crl", "4.1.bin", SM_PASS, SM_REASON_NONE},
        {"keys/CarlRSACRLForAll.crl", "4.1.bin", SM_PASS, SM_REASON_NONE},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        sm_keyring *ring = example_ring();
        g_autofree char *path = example_path(cases[i].crl);
        g_assert_cmpuint(sm_keyring_add_crls(ring, path), ==, 1);
        GBytes *octets = example(cases[i].example);
        matrix_result result = matrix_conclude(octets, matrix_media_type(SM_CMS_SIGNED), ring, 0);
        matrix_assert(cases[i].example, cases[i].crl, result.conclusion->signed_, cases[i].kind,
                      cases[i].reason);
        matrix_result_clear(&result);
        g_bytes_unref(octets);
        sm_keyring_unref(ring);
    }
}

/* The body of a mail message, with these line ends. The files have LF, as the RFC's text. */
static GBytes *mail_body(const char *name, const char *line_end)
{
    GBytes *octets = example(name);
    g_autofree char *text = g_strndup(g_bytes_get_data(octets, NULL), g_bytes_get_size(octets));
    g_bytes_unref(octets);
    g_assert_null(strchr(text, '\r'));
    const char *body = strstr(text, "\n\n");
    g_assert_nonnull(body);
    g_auto(GStrv) lines = g_strsplit(body + 2, "\n", -1);
    char *joined = g_strjoinv(line_end, lines);
    return g_bytes_new_take(joined, strlen(joined));
}

/* 4.8: multipart/signed. Its lines end in CRLF (RFC 8551 3.1.1); with the file's LF the engine says what happened. */
static void test_multipart(void)
{
    static const char type[] = "multipart/signed; micalg=SHA1; protocol=\"application/pkcs7-signature\"; "
                               "boundary=\"----=_NextBoundry____Fri,_06_Sep_2002_00:25:21\"";
    sm_keyring *ring = example_ring();
    GBytes *body = mail_body("4.8.eml", "\r\n");
    matrix_result result = matrix_conclude(body, type, ring, 0);
    assert_holds("4.8", result.inspection, 0, "CN=AliceDSS");
    matrix_assert("4.8", "signed", result.conclusion->signed_, SM_PASS, SM_REASON_NONE);
    matrix_result_clear(&result);
    g_bytes_unref(body);

    body = mail_body("4.8.eml", "\n");
    result = matrix_conclude(body, type, ring, 0);
    matrix_assert("4.8", "signed", result.conclusion->signed_, SM_FAIL, SM_REASON_SIGNATURE_MISMATCH);
    g_assert_nonnull(strstr(result.inspection->signers[0]->diagnosis, "would verify with CRLF line ends"));
    matrix_result_clear(&result);
    g_bytes_unref(body);
    sm_keyring_unref(ring);
}

static sm_bytes decoded_base64(sm_arena *arena, const char *name)
{
    GBytes *body = mail_body(name, "");
    gsize length;
    g_autofree char *text = g_strndup(g_bytes_get_data(body, NULL), g_bytes_get_size(body));
    g_autofree guchar *octets = g_base64_decode(text, &length);
    g_bytes_unref(body);
    return sm_arena_copy(arena, sm_bytes_of(octets, length));
}

/* 4.9 and 5.3: the same in base64, inside a multipart that can tell the encoding. */
static void test_base64(void)
{
    sm_keyring *ring = example_ring();
    sm_arena *arena = sm_arena_new();
    for (unsigned sealed = 0; sealed < 2; sealed++) {
        const char *name = sealed ? "5.3.eml" : "4.9.eml";
        GBytes *text = mail_body(name, "\r\n");
        g_autofree char *multipart = g_strdup_printf(
            "--b\r\nContent-Type: application/pkcs7-mime; smime-type=%s\r\nContent-Transfer-Encoding: base64\r\n\r\n%.*s\r\n--b--\r\n",
            sealed ? "enveloped-data" : "signed-data", (int)g_bytes_get_size(text),
            (const char *)g_bytes_get_data(text, NULL));
        GBytes *body = g_bytes_new(multipart, strlen(multipart));
        matrix_result result = matrix_conclude(body, "multipart/mixed; boundary=b", ring, 0);
        const sm_layer *layer = result.inspection->layers[0];
        assert_same_octets(layer->octets, decoded_base64(arena, name));
        if (sealed) {
            matrix_assert(name, "encrypted", result.conclusion->encrypted, SM_PASS, SM_REASON_NONE);
            g_assert_cmpmem(layer->decryption->content.data, layer->decryption->content.length, EX_CONTENT,
                            strlen(EX_CONTENT));
        } else {
            assert_holds(name, result.inspection, 0, "CN=AliceDSS");
            matrix_assert(name, "signed", result.conclusion->signed_, SM_PASS, SM_REASON_NONE);
            g_assert_cmpmem(layer->covered.data, layer->covered.length, "\r\n" EX_CONTENT,
                            strlen("\r\n" EX_CONTENT));
        }
        matrix_result_clear(&result);
        g_bytes_unref(body);
        g_bytes_unref(text);
    }
    sm_arena_free(arena);
    sm_keyring_unref(ring);
}

static void test_certificates_only(void)
{
    sm_keyring *ring = example_ring();
    GBytes *octets = example("4.11.bin");
    matrix_result result = matrix_conclude(octets, "application/pkcs7-mime; smime-type=certs-only", ring, 0);
    const sm_layer *layer = result.inspection->layers[0];
    g_assert_true(layer->certs_only);
    g_assert_cmpuint(layer->certificate_count + layer->unreadable_certificates, ==, 2);
    g_assert_cmpstr(layer->certificates[0]->subject, ==, "CN=CarlDSS");
    g_assert_cmpint(result.conclusion->signed_.kind, ==, SM_NOT_APPLICABLE);
    matrix_result_clear(&result);
    g_bytes_unref(octets);
    sm_keyring_unref(ring);
}

/* 5.1 and 5.2: for Bob; 7.1 and 7.2: with the content key that 7.1 prints. */
static void test_sealed(void)
{
    static const struct {
        const char *name, *algorithm, *key;
    } examples[] = {
        {"5.1.bin", "Triple-DES-CBC", "BobPrivRSAEncrypt.pri"},
        {"5.2.bin", "RC2-CBC", "BobPrivRSAEncrypt.pri"},
        {"7.1.bin", "Triple-DES-CBC", "rfc4134.cek"},
        {"7.2.bin", "Triple-DES-CBC", "rfc4134.cek"},
    };
    sm_keyring *ring = example_ring();
    g_autofree char *folder = g_dir_make_tmp("rfc4134-XXXXXX", NULL);
    g_autofree char *key = g_build_filename(folder, "rfc4134.cek", NULL);
    g_assert_true(
        g_file_set_contents(key, "key = 737c791f25ead0e04629254352f7dc6291e5cb26917ada32\n", -1, NULL));
    g_assert_cmpuint(sm_keyring_add_keys(ring, key), ==, 1);
    remove(key);
    remove(folder);
    for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
        GBytes *octets = example(examples[i].name);
        matrix_result result = matrix_conclude(octets, matrix_media_type(SM_CMS_ENVELOPED), ring, 0);
        matrix_assert(examples[i].name, "encrypted", result.conclusion->encrypted, SM_PASS, SM_REASON_NONE);
        const sm_decryption *decryption = result.inspection->layers[0]->decryption;
        g_assert_cmpmem(decryption->content.data, decryption->content.length, EX_CONTENT, strlen(EX_CONTENT));
        g_assert_cmpstr(decryption->algorithm, ==, examples[i].algorithm);
        g_assert_cmpstr(decryption->key, ==, examples[i].key);
        g_assert_false(decryption->authenticated);
        matrix_result_clear(&result);
        g_bytes_unref(octets);
    }
    sm_keyring_unref(ring);
}

static void test_data_and_digest(void)
{
    static const char *const names[] = {"3.1.bin", "3.2.bin", "6.0.bin"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        GBytes *octets = example(names[i]);
        matrix_result result = matrix_conclude(octets, matrix_media_type(SM_CMS_SIGNED), NULL, 0);
        const sm_layer *layer = result.inspection->layers[0];
        matrix_assert(names[i], "opened", layer->opened, SM_PASS, SM_REASON_NONE);
        sm_bytes content = layer->type == SM_CMS_DATA ? layer->cms->data : layer->cms->digested_data->content;
        g_assert_cmpmem(content.data, content.length, EX_CONTENT, strlen(EX_CONTENT));
        g_assert_cmpint(result.conclusion->signed_.kind, ==, SM_NOT_APPLICABLE);
        matrix_result_clear(&result);
        g_bytes_unref(octets);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/matrix/rfc4134/signed", test_signed);
    g_test_add_func("/matrix/rfc4134/detached", test_detached);
    g_test_add_func("/matrix/rfc4134/fancier", test_fancier);
    g_test_add_func("/matrix/rfc4134/two-signers", test_two_signers);
    g_test_add_func("/matrix/rfc4134/crls", test_crls);
    g_test_add_func("/matrix/rfc4134/multipart", test_multipart);
    g_test_add_func("/matrix/rfc4134/base64", test_base64);
    g_test_add_func("/matrix/rfc4134/certificates-only", test_certificates_only);
    g_test_add_func("/matrix/rfc4134/sealed", test_sealed);
    g_test_add_func("/matrix/rfc4134/data-and-digest", test_data_and_digest);
    return g_test_run();
}
