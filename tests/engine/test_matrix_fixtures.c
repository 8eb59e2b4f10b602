/* Every message of the independent producers as a user meets it: the body of a SIP MESSAGE, with the right keys, with
 * another person's, with none. */
#include "matrix.h"

#include "base/bounds.h"
#include "cms/algorithms.h"
#include "cms/der.h"

/* What a fixture comes to with all the keys. The name tells it, apart from the odd ones. */
typedef struct expectation {
    sm_verdict_kind signed_, encrypted;
    sm_reason signed_reason, encrypted_reason;
    bool readable;
} expectation;

static bool in_folder(const char *name, const char *folder)
{
    return g_str_has_prefix(name, folder) && name[strlen(folder)] == '/';
}

static bool is_authenticated_data(const char *name)
{
    return strstr(name, "bc-authenticated-") != NULL;
}

static bool is_post_quantum_signature(const char *name)
{
    return strstr(name, "ml-dsa") || strstr(name, "slh-dsa");
}

/* Which layers stand in a fixture, by its name: nested/PRODUCER-OUTER-INNER. */
static bool is_sealed(const char *name)
{
    if (in_folder(name, "nested"))
        return strstr(name, "gcm") != NULL;
    if (in_folder(name, "empty"))
        return strstr(name, "-aes-") != NULL;
    return (in_folder(name, "enveloped") && !is_authenticated_data(name)) || strstr(name, "ml-kem") != NULL;
}

static bool is_signed(const char *name)
{
    if (in_folder(name, "nested"))
        return strstr(name, "signed") != NULL;
    if (in_folder(name, "empty"))
        return !is_sealed(name);
    return (in_folder(name, "signed") && !strstr(name, "digested")) || is_post_quantum_signature(name);
}

static expectation expected(const char *name)
{
    expectation out = {SM_NOT_APPLICABLE, SM_NOT_APPLICABLE, SM_REASON_NOT_SIGNED, SM_REASON_NOT_ENCRYPTED,
                       true};
    if (is_signed(name)) {
        out.signed_ = SM_PASS;
        out.signed_reason = SM_REASON_NONE;
    }
    if (is_sealed(name)) {
        out.encrypted = SM_PASS;
        out.encrypted_reason = SM_REASON_NONE;
    }
    if (strstr(name, "pss-key-as-pkcs1")) { /* a key for RSASSA-PSS alone (RFC 4055 1.2) */
        out.signed_ = SM_FAIL;
        out.signed_reason = SM_REASON_KEY_MISMATCH;
    } else if (strstr(name, "bc-encrypted-data")) { /* nobody kept its content key */
        out.encrypted = SM_NOT_EVALUATED;
        out.encrypted_reason = SM_REASON_NO_KEY;
        out.signed_ = SM_NOT_EVALUATED;
        out.signed_reason = SM_REASON_NOT_DECRYPTED;
        out.readable = false;
    } else if (in_folder(name, "pqc") && !matrix_has_post_quantum()) {
        bool kem = strstr(name, "ml-kem") != NULL;
        out.signed_ = SM_NOT_EVALUATED;
        out.signed_reason = kem ? SM_REASON_NOT_DECRYPTED : SM_REASON_UNSUPPORTED;
        if (kem) {
            out.encrypted = SM_NOT_EVALUATED;
            out.encrypted_reason = SM_REASON_UNSUPPORTED;
        }
        out.readable = !kem;
    }
    return out;
}

static void assert_content(const char *name, const sm_inspection *inspection)
{
    const char *content = in_folder(name, "empty") ? "" : MATRIX_CONTENT;
    if (!inspection->content)
        g_error("%s: no content", name);
    g_assert_cmpmem(inspection->content->content.data, inspection->content->content.length, content,
                    strlen(content));
    g_autofree char *sha256 =
        g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)content, strlen(content));
    g_autoptr(GString) hex = g_string_new(NULL);
    for (size_t i = 0; i < sizeof(inspection->content_sha256); i++)
        g_string_append_printf(hex, "%02x", inspection->content_sha256[i]);
    g_assert_cmpstr(hex->str, ==, sha256);
}

static void test_right_keys(void)
{
    sm_keyring *ring = matrix_ring();
    g_autoptr(GPtrArray) names = matrix_fixtures();
    g_assert_cmpuint(names->len, >=, 210);
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        matrix_body body = matrix_body_of(name);
        matrix_result result = matrix_conclude(body.octets, body.content_type, ring, 0);
        expectation out = expected(name);
        matrix_assert(name, "signed", result.conclusion->signed_, out.signed_, out.signed_reason);
        matrix_assert(name, "encrypted", result.conclusion->encrypted, out.encrypted, out.encrypted_reason);
        if (out.readable)
            assert_content(name, result.inspection);
        else
            g_assert_null(result.inspection->content);
        for (unsigned j = 0; j < result.inspection->layer_count; j++) {
            const sm_layer *layer = result.inspection->layers[j];
            g_assert_cmpint(layer->cms->structure.kind, ==, SM_PASS);
            if (out.readable)
                g_assert_cmpint(layer->opened.kind, ==, SM_PASS);
            if (out.signed_ == SM_PASS && out.encrypted != SM_NOT_EVALUATED)
                g_assert_null(layer->diagnosis);
        }
        matrix_result_clear(&result);
        matrix_body_clear(&body);
    }
    sm_keyring_unref(ring);
}

/* Nothing of the user's helps: signatures with an embedded certificate still hold, though nobody vouches for it; sealed
 * content stays closed, and that is never the message's fault. */
static void without_keys(const sm_keyring *ring, const char *opened)
{
    g_autoptr(GPtrArray) names = matrix_fixtures();
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        if (opened && strstr(name, opened))
            continue;
        matrix_body body = matrix_body_of(name);
        matrix_result result = matrix_conclude(body.octets, body.content_type, ring, 0);
        const sm_conclusion *conclusion = result.conclusion;
        matrix_say(name, "signed", conclusion->signed_);
        matrix_say(name, "encrypted", conclusion->encrypted);
        const sm_layer *outer = result.inspection->layers[0];
        bool kem_missing = strstr(name, "ml-kem") && !matrix_has_post_quantum();
        bool dsa_missing = is_post_quantum_signature(name) && !matrix_has_post_quantum();
        if (outer->decryption) { /* also AuthenticatedData, whose key is out of reach */
            matrix_assert(name, "opened", outer->opened, SM_NOT_EVALUATED,
                          kem_missing ? SM_REASON_UNSUPPORTED : SM_REASON_NO_KEY);
            g_assert_null(outer->content);
            g_assert_null(result.inspection->content);
            g_assert_cmpint(conclusion->signed_.kind, ==,
                            is_authenticated_data(name) ? SM_NOT_APPLICABLE : SM_NOT_EVALUATED);
        } else if (is_signed(name) && !is_sealed(name)) {
            const sm_signer *signer = result.inspection->signers[0];
            bool embedded = !strstr(name, "nocerts");
            if (strstr(name, "pss-key-as-pkcs1")) {
                matrix_assert(name, "signed", conclusion->signed_, SM_FAIL, SM_REASON_KEY_MISMATCH);
            } else {
                g_assert_cmpint(conclusion->signed_.kind, ==, SM_NOT_EVALUATED);
                matrix_assert(name, "signature", signer->signature->signature,
                              embedded && !dsa_missing ? SM_PASS : SM_NOT_EVALUATED,
                              dsa_missing ? SM_REASON_UNSUPPORTED
                              : embedded  ? SM_REASON_NONE
                                          : SM_REASON_NO_CERTIFICATE);
                matrix_assert(name, "path", signer->path_verdict, SM_NOT_EVALUATED,
                              embedded ? SM_REASON_NO_ANCHOR : SM_REASON_NO_CERTIFICATE);
            }
            assert_content(name, result.inspection);
        } else if (is_sealed(name)) { /* signed around sealed */
            matrix_assert(name, "encrypted", conclusion->encrypted, SM_NOT_EVALUATED, SM_REASON_NO_KEY);
            g_assert_cmpint(conclusion->signed_.kind, ==, SM_NOT_EVALUATED);
            g_assert_null(result.inspection->content);
        } else {
            assert_content(name, result.inspection);
        }
        matrix_result_clear(&result);
        matrix_body_clear(&body);
    }
}

static void test_wrong_keys(void)
{
    sm_keyring *ring = sm_keyring_new();
    static const char *const files[] = {"keys/other/p256.cert.pem", "keys/other/p256.key.pem",
                                        "keys/other/rsa.cert.pem", "keys/other/rsa.key.pem"};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = interop_path(files[i]);
        g_assert_cmpuint(sm_keyring_add_keys(ring, path), ==, 1);
    }
    sm_keyring_add_password(ring, NULL, "incorrect horse");
    without_keys(ring, "openssl-many"); /* which is for them too */
    sm_keyring_unref(ring);
}

static void test_no_keys(void)
{
    sm_keyring *ring = sm_keyring_new();
    without_keys(ring, NULL);
    sm_keyring_unref(ring);
    without_keys(NULL, NULL);
}

/* Another CA as the anchor: every signature's path is untrusted, and so the message is not validly signed. */
static void test_wrong_anchor(void)
{
    sm_keyring *ring = sm_keyring_new();
    g_autofree char *anchor = interop_path("keys/other/p256.cert.pem"), *folder = interop_path("keys/ring");
    g_assert_cmpuint(sm_keyring_add_trust(ring, anchor), ==, 1);
    sm_keyring_add_keys(ring, folder);
    g_autoptr(GPtrArray) names = interop_files("signed");
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        if (!is_signed(name) || strstr(name, "pss-key-as-pkcs1"))
            continue;
        matrix_body body = matrix_body_of(name);
        matrix_result result = matrix_conclude(body.octets, body.content_type, ring, 0);
        matrix_assert(name, "signed", result.conclusion->signed_, SM_FAIL, SM_REASON_UNTRUSTED);
        matrix_result_clear(&result);
        matrix_body_clear(&body);
    }
    sm_keyring_unref(ring);
}

/* A valid signature over one text, moved beside another: an opaque SignedData as the signature of a multipart/signed. What is
 * read is the other text, and no signature covers it. */
static void test_transplanted(void)
{
    static const char *const names[] = {"signed/openssl-ecdsa-p256-sha256.p7m",
                                        "signed/openssl-ecdsa-p256-sha256-noattr.p7m",
                                        "signed/bc-ed25519.p7m"};
    sm_keyring *ring = matrix_ring();
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        sm_arena *arena = sm_arena_new();
        sm_bytes cms = interop_octets(arena, names[i]);
        GByteArray *joined = g_byte_array_new();
        static const char start[] = "--b\r\nContent-Type: text/plain\r\n\r\nDinner is on you.\r\n--b\r\n"
                                    "Content-Type: application/pkcs7-signature\r\n\r\n";
        g_byte_array_append(joined, (const guint8 *)start, sizeof(start) - 1);
        g_byte_array_append(joined, cms.data, (guint)cms.length);
        g_byte_array_append(joined, (const guint8 *)"\r\n--b--\r\n", 9);
        GBytes *octets = g_byte_array_free_to_bytes(joined);
        matrix_result result = matrix_conclude(
            octets, "multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b", ring, 0);
        matrix_say(names[i], "signed", result.conclusion->signed_);
        sm_bytes shown = result.inspection->content->content;
        bool other = shown.length == 17 && memcmp(shown.data, "Dinner is on you.", 17) == 0;
        if (result.conclusion->signed_.kind == SM_PASS && other)
            g_error("%s: a text that nobody signed is shown as signed", names[i]);
        g_assert_cmpint(result.conclusion->signed_.kind, ==, SM_FAIL);
        matrix_result_clear(&result);
        g_bytes_unref(octets);
        sm_arena_free(arena);
    }
    sm_keyring_unref(ring);
}

static void append_text(GByteArray *body, const char *text)
{
    g_byte_array_append(body, (const guint8 *)text, (guint)strlen(text));
}

/* An unsigned text among signed parts: the message as a whole is not signed. With one signed part, that part is what is
 * read; with two, the whole multipart is. */
static void test_mixed(void)
{
    sm_keyring *ring = matrix_ring();
    for (unsigned signed_parts = 1; signed_parts <= 2; signed_parts++) {
        sm_arena *arena = sm_arena_new();
        sm_bytes cms = interop_octets(arena, "signed/openssl-ecdsa-p256-sha256.p7m");
        GByteArray *body = g_byte_array_new();
        append_text(body, "--b\r\nContent-Type: text/plain\r\n\r\nDinner is on you.\r\n");
        for (unsigned i = 0; i < signed_parts; i++) {
            append_text(body, "--b\r\nContent-Type: application/pkcs7-mime; smime-type=signed-data\r\n\r\n");
            g_byte_array_append(body, cms.data, (guint)cms.length);
            append_text(body, "\r\n");
        }
        append_text(body, "--b--\r\n");
        GBytes *octets = g_byte_array_free_to_bytes(body);
        matrix_result result = matrix_conclude(octets, "multipart/mixed; boundary=b", ring, 0);
        sm_bytes shown = result.inspection->content->content;
        matrix_say("mixed", "signed", result.conclusion->signed_);
        g_assert_cmpuint(result.inspection->layer_count, ==, signed_parts);
        bool other = g_strstr_len((const char *)shown.data, (gssize)shown.length, "Dinner") != NULL;
        g_assert_cmpint(other, ==, signed_parts == 2);
        matrix_assert("mixed", "signed", result.conclusion->signed_, other ? SM_NOT_EVALUATED : SM_PASS,
                      other ? SM_REASON_NOT_SIGNED : SM_REASON_NONE);
        matrix_result_clear(&result);
        g_bytes_unref(octets);
        sm_arena_free(arena);
    }
    sm_keyring_unref(ring);
}

/* Layers that a content type names, without a MIME header between them (RFC 5652 5.2, 6.1). */
static void test_typed(void)
{
    static const struct {
        const char *name, *types;
    } cases[] = {
        {"nested/bc-typed-gcm-signed.p7m", "authEnveloped-data signed-data"},
        {"nested/bc-typed-signed-gcm.p7m", "signed-data authEnveloped-data"},
        {"nested/bc-typed-zlib-signed.p7m", "compressed-data signed-data"},
        {"nested/bc-typed-signed-gcm-zlib-signed.p7m", "signed-data authEnveloped-data compressed-data signed-data"},
    };
    sm_keyring *ring = matrix_ring();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        matrix_body body = matrix_body_of(cases[i].name);
        matrix_result result = matrix_conclude(body.octets, body.content_type, ring, 0);
        g_autoptr(GString) types = g_string_new(NULL);
        for (unsigned j = 0; j < result.inspection->layer_count; j++) {
            const sm_layer *layer = result.inspection->layers[j];
            g_string_append_printf(types, "%s%s", j ? " " : "", layer->type_word);
            g_assert_cmpuint(layer->depth, ==, j);
            g_assert_true(j == 0 || layer->outer->content == layer->part);
            matrix_assert(cases[i].name, "opened", layer->opened, SM_PASS, SM_REASON_NONE);
        }
        g_assert_cmpstr(types->str, ==, cases[i].types);
        assert_content(cases[i].name, result.inspection);
        matrix_assert(cases[i].name, "signed", result.conclusion->signed_, SM_PASS, SM_REASON_NONE);
        matrix_result_clear(&result);
        matrix_body_clear(&body);
    }
    sm_keyring_unref(ring);
}

/* SignedData without signers, with this content under this type. */
static sm_bytes signed_around(sm_arena *arena, sm_bytes content_type, sm_bytes content)
{
    sm_bytes octets = sm_der_wrap(arena, SM_TAG_OCTET_STRING, false, content);
    sm_bytes parts[] = {sm_der_wrap(arena, SM_TAG_OID, false, content_type), sm_der_wrap(arena, SM_TAG_CONTEXT(0), true, octets)};
    GByteArray *encapsulated = g_byte_array_new(), *whole = g_byte_array_new();
    for (unsigned i = 0; i < 2; i++)
        g_byte_array_append(encapsulated, parts[i].data, (guint)parts[i].length);
    sm_bytes inner = sm_der_wrap(arena, SM_TAG_SEQUENCE, true, sm_bytes_of(encapsulated->data, encapsulated->len));
    g_byte_array_append(whole, (const guint8 *)"\x02\x01\x03\x31\x00", 5);
    g_byte_array_append(whole, inner.data, (guint)inner.length);
    g_byte_array_append(whole, (const guint8 *)"\x31\x00", 2);
    sm_bytes out = sm_der_wrap(arena, SM_TAG_SEQUENCE, true, sm_bytes_of(whole->data, whole->len));
    g_byte_array_unref(encapsulated);
    g_byte_array_unref(whole);
    return out;
}

static GBytes *content_info(sm_arena *arena, sm_bytes content)
{
    sm_bytes wrapped = sm_der_wrap(arena, SM_TAG_CONTEXT(0), true, content), oid = sm_der_wrap(arena, SM_TAG_OID, false, SM_OID_SIGNED_DATA);
    GByteArray *both = g_byte_array_new();
    g_byte_array_append(both, oid.data, (guint)oid.length);
    g_byte_array_append(both, wrapped.data, (guint)wrapped.length);
    sm_bytes info = sm_der_wrap(arena, SM_TAG_SEQUENCE, true, sm_bytes_of(both->data, both->len));
    g_byte_array_unref(both);
    return g_bytes_new(info.data, info.length);
}

/* What a content type promises and the octets do not keep, an unknown one, and more layers than anybody needs. */
static void test_typed_faults(void)
{
    sm_arena *arena = sm_arena_new();
    sm_bytes text = SM_BYTES_LITERAL("Content-Type: text/plain\r\n\r\nhi"), unknown = SM_BYTES_LITERAL("\x2a\x03\x04");
    const char *type = matrix_media_type(SM_CMS_SIGNED);
    GBytes *octets = content_info(arena, signed_around(arena, SM_OID_ENVELOPED_DATA, text));
    matrix_result result = matrix_conclude(octets, type, NULL, 0);
    g_assert_cmpuint(result.inspection->layer_count, ==, 2);
    matrix_assert("text", "inner", result.inspection->layers[1]->cms->structure, SM_FAIL, SM_REASON_MALFORMED);
    g_assert_null(result.inspection->content);
    matrix_result_clear(&result);
    g_bytes_unref(octets);

    octets = content_info(arena, signed_around(arena, unknown, text));
    result = matrix_conclude(octets, type, NULL, 0);
    g_assert_cmpuint(result.inspection->layer_count, ==, 1);
    matrix_assert("unknown", "opened", result.inspection->layers[0]->opened, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM);
    g_assert_nonnull(strstr(result.inspection->layers[0]->opened.detail, "1.2.3.4"));
    matrix_result_clear(&result);
    g_bytes_unref(octets);

    sm_bytes inner = signed_around(arena, SM_OID_DATA, text);
    for (unsigned i = 0; i < 40; i++)
        inner = signed_around(arena, SM_OID_SIGNED_DATA, inner);
    octets = content_info(arena, inner);
    result = matrix_conclude(octets, type, NULL, 0);
    unsigned layers = result.inspection->layer_count;
    g_assert_cmpuint(layers, >=, 5);
    g_assert_cmpuint(layers, <=, SM_LIMIT_CMS_LAYERS);
    matrix_assert("deep", "opened", result.inspection->layers[layers - 1]->opened, SM_NOT_EVALUATED, SM_REASON_LIMIT);
    g_assert_cmpuint(result.inspection->limit_count, ==, 1);
    matrix_result_clear(&result);
    g_bytes_unref(octets);
    sm_arena_free(arena);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/matrix/fixtures/right-keys", test_right_keys);
    g_test_add_func("/matrix/fixtures/wrong-keys", test_wrong_keys);
    g_test_add_func("/matrix/fixtures/no-keys", test_no_keys);
    g_test_add_func("/matrix/fixtures/wrong-anchor", test_wrong_anchor);
    g_test_add_func("/matrix/fixtures/transplanted", test_transplanted);
    g_test_add_func("/matrix/fixtures/mixed", test_mixed);
    g_test_add_func("/matrix/fixtures/typed", test_typed);
    g_test_add_func("/matrix/fixtures/typed-faults", test_typed_faults);
    return g_test_run();
}
