/* docs/support.md: its tables are made here, from the messages in tests/data and the engine's algorithm table, and compared
 * with the file. SIPSMIME_RECORD=1 writes them. */
#include "matrix.h"

#include "cms/algorithms.h"
#include "cms/der.h"
#include "cms/openssl_library.h"

#include <glib/gstdio.h>
#include <openssl/evp.h>

/* Producers of one form or algorithm, and the number of their messages. */
typedef struct support {
    GHashTable *producers; /* set of names */
    unsigned messages;
    bool post_quantum, legacy; /* what OpenSSL must have */
} support;

static void support_free(gpointer data)
{
    support *s = data;
    g_hash_table_destroy(s->producers);
    g_free(s);
}

static bool is_post_quantum_name(const char *name)
{
    return strstr(name, "ML-") || strstr(name, "SLH-");
}

static void note(GTree *rows, const char *key, const char *producer, bool count, const char *uses)
{
    support *s = g_tree_lookup(rows, key);
    if (!s) {
        s = g_new0(support, 1);
        s->producers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_tree_insert(rows, g_strdup(key), s);
    }
    s->messages += count;
    s->post_quantum |= is_post_quantum_name(uses);
    s->legacy |= g_str_has_prefix(uses, "RC2-CBC") || g_str_has_prefix(uses, "DES-CBC");
    g_hash_table_add(s->producers, g_strdup(producer));
}

static char *producers_text(const support *s)
{
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(s->producers), (GCompareFunc)strcmp);
    GString *text = g_string_new(NULL);
    for (GList *name = names; name; name = name->next)
        g_string_append_printf(text, "%s%s", text->len ? ", " : "", (const char *)name->data);
    return g_string_free(text, FALSE);
}

static gint compare_keys(gconstpointer a, gconstpointer b, gpointer data)
{
    (void)data;
    return strcmp(a, b);
}

/* ---- What the messages hold ---- */

typedef struct survey {
    GTree *forms;      /* "use | form" -> support */
    GTree *algorithms; /* OID -> support */
    const char *producer;
} survey;

/* Whether a message proves what it uses: it opened or verified, or lacks nothing but a newer OpenSSL. */
static bool proven(sm_verdict verdict, const char *algorithm)
{
    return verdict.kind == SM_PASS || (!matrix_has_post_quantum() &&
                                       verdict.reason == SM_REASON_UNSUPPORTED && is_post_quantum_name(algorithm));
}

static void note_form(survey *all, const char *use, const char *form)
{
    g_autofree char *key = g_strdup_printf("%s | %s", use, form);
    note(all->forms, key, all->producer, true, form);
}

/* Notes every row of the algorithm table whose OID stands in these octets. Certificates and signed attributes, which may tell what
 * a signer could use (smimeCapabilities), are left out. */
static void survey_oids(survey *all, sm_bytes octets, const sm_layer *layer, unsigned depth)
{
    sm_der der = sm_der_start_whole(octets, SM_DER_BER);
    sm_tlv value;
    while (depth < 24 && sm_der_more(&der) && sm_der_any(&der, &value, "value")) {
        const sm_algorithm_info *row = value.tag == SM_TAG_OID ? sm_algorithm_lookup(value.content) : NULL;
        const sm_signed_data *data = layer->cms->signed_data;
        bool other = false;
        for (unsigned i = 0; data && i < data->certificate_count; i++)
            other |= value.encoding.data == data->certificates[i].encoding.data;
        for (unsigned i = 0; data && i < data->signer_count; i++)
            other |= value.encoding.data == data->signers[i].signed_attributes.encoding.data;
        if (row)
            note(all->algorithms, row->oid, all->producer, false, row->name);
        if (value.constructed && !other)
            survey_oids(all, value.content, layer, depth + 1);
    }
}

static void survey_signer(survey *all, const sm_signer *signer)
{
    const sm_signature *signature = signer->signature;
    if (!proven(signature->signature, signature->signature_algorithm))
        return;
    const char *key = signer->certificate ? signer->certificate->key_name : NULL;
    g_autofree char *form = g_strdup_printf(
        "%s%s%s%s%s", signature->signature_algorithm, key && g_str_has_prefix(key, "EC ") ? ", " : "",
        key && g_str_has_prefix(key, "EC ") ? key + 3 : "",
        strstr(signature->signature_algorithm, "with") ? "" : ", digest ",
        strstr(signature->signature_algorithm, "with") ? "" : signature->digest_algorithm);
    note_form(all, "signature", form);
    for (unsigned i = 0; i < signer->info->countersignature_count; i++)
        if (i < signer->countersigner_count && signer->countersigners[i].verdict.kind == SM_PASS)
            note_form(all, "signature", "countersignature");
    if (signature->parameters_from)
        note_form(all, "signature", "with DSA parameters of the issuer");
    note_form(all, "signature",
              signer->info->signed_attributes.present ? "over signed attributes" : "over the content alone");
    note_form(all, "signature",
              signer->info->sid.kind == SM_IDENTIFIER_KEY_ID ? "signer by subjectKeyIdentifier"
                                                             : "signer by issuerAndSerialNumber");
}

/* Whether the layer came to what it should with the keys there are. */
static bool layer_proven(const sm_layer *layer)
{
    if (layer->decryption)
        return proven(layer->decryption->verdict, layer->decryption->recipient_count
                                                      ? layer->decryption->recipients[0].key_management
                                                      : "");
    bool any = layer->signer_count == 0;
    for (unsigned i = 0; i < layer->signer_count; i++)
        any |= proven(layer->signers[i]->signature->signature,
                      layer->signers[i]->signature->signature_algorithm);
    return any;
}

static void survey_envelope(survey *all, const sm_layer *layer)
{
    static const char *const kinds[] = {
        [SM_RECIPIENT_KEY_TRANSPORT] = "key transport", [SM_RECIPIENT_KEY_AGREEMENT] = "key agreement",
        [SM_RECIPIENT_KEK] = "key-encryption key",      [SM_RECIPIENT_PASSWORD] = "password",
        [SM_RECIPIENT_KEM] = "key encapsulation",       [SM_RECIPIENT_OTHER] = "other recipient"};
    const sm_decryption *decryption = layer->decryption;
    note_form(all, layer->type == SM_CMS_AUTHENTICATED ? "authentication" : "content encryption",
              decryption->algorithm);
    for (unsigned i = 0; i < decryption->recipient_count; i++) {
        const sm_recipient *recipient = &decryption->recipients[i];
        if (!proven(recipient->opened, recipient->key_management))
            continue;
        note_form(all, kinds[recipient->info->kind], recipient->key_management);
        if (recipient->info->rid.kind == SM_IDENTIFIER_KEY_ID)
            note_form(all, kinds[recipient->info->kind], "recipient by subjectKeyIdentifier");
    }
    if (layer->cms->enveloped_data->authenticated_attributes.present)
        note_form(all, layer->type_word, "with authenticated attributes");
}

static void survey_message(survey *all, const char *producer, const matrix_body *body, const sm_keyring *ring)
{
    matrix_result result = matrix_conclude(body->octets, body->content_type, ring, 0);
    all->producer = producer;
    for (unsigned i = 0; i < result.inspection->layer_count; i++) {
        const sm_layer *layer = result.inspection->layers[i];
        g_assert_cmpint(layer->cms->structure.kind, ==, SM_PASS);
        if (!layer_proven(layer))
            continue;
        note_form(all, "layer",
                  layer->type == SM_CMS_SIGNED && layer->detached && !layer->certs_only
                      ? "signed-data, detached"
                      : layer->type_word);
        if (layer->outer && layer->outer->content == layer->part && !layer->part->entity->content_type)
            note_form(all, "layer", "by content type in another, without a MIME header");
        survey_oids(all, layer->octets, layer, 0);
        for (unsigned j = 0; j < layer->signer_count; j++)
            survey_signer(all, layer->signers[j]);
        if (layer->decryption)
            survey_envelope(all, layer);
    }
    matrix_result_clear(&result);
}

/* The recipient's key of RFC 4134 2.2, the signers' certificates, and the content key of its 7.1. */
static void add_rfc4134_keys(sm_keyring *ring)
{
    g_autofree char *keys = g_test_build_filename(G_TEST_DIST, "..", "data", "rfc4134", "keys", NULL);
    g_assert_cmpuint(sm_keyring_add_keys(ring, keys), >=, 14);
    g_autofree char *folder = g_dir_make_tmp("support-XXXXXX", NULL),
                    *key = g_build_filename(folder, "rfc4134.cek", NULL);
    g_assert_true(
        g_file_set_contents(key, "key = 737c791f25ead0e04629254352f7dc6291e5cb26917ada32\n", -1, NULL));
    g_assert_cmpuint(sm_keyring_add_keys(ring, key), ==, 1);
    g_unlink(key);
    g_rmdir(folder);
}

static survey survey_all(void)
{
    survey all = {.forms = g_tree_new_full(compare_keys, NULL, g_free, support_free),
                  .algorithms = g_tree_new_full(compare_keys, NULL, g_free, support_free)};
    sm_keyring *ring = matrix_ring();
    add_rfc4134_keys(ring);
    g_autoptr(GPtrArray) names = matrix_fixtures();
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *base = g_path_get_basename(names->pdata[i]);
        g_auto(GStrv) words = g_strsplit(base, "-", 2);
        matrix_body body = matrix_body_of(names->pdata[i]);
        survey_message(&all, words[0], &body, ring);
        matrix_body_clear(&body);
    }
    g_autofree char *folder = g_test_build_filename(G_TEST_DIST, "..", "data", "rfc4134", NULL);
    GDir *directory = g_dir_open(folder, 0, NULL);
    g_assert_nonnull(directory);
    for (const char *name; (name = g_dir_read_name(directory));) {
        if (!g_str_has_suffix(name, ".bin"))
            continue;
        g_autofree char *path = g_build_filename(folder, name, NULL);
        char *octets;
        gsize length;
        g_assert_true(g_file_get_contents(path, &octets, &length, NULL));
        matrix_body body = {.octets = g_bytes_new_take(octets, length),
                            .content_type = matrix_media_type(SM_CMS_SIGNED)};
        survey_message(&all, "RFC 4134", &body, ring);
        matrix_body_clear(&body);
    }
    g_dir_close(directory);
    sm_keyring_unref(ring);
    return all;
}

/* ---- The algorithm table ---- */

typedef struct class_row {
    const char *use, *code;
} class_row;

static const class_row classes[] = {
    [SM_ALGORITHM_DIGEST] = {"digest", "engine/cms/openssl_library.c"},
    [SM_ALGORITHM_SIGNATURE] = {"signature", "engine/cms/signature_value.c"},
    [SM_ALGORITHM_PUBLIC_KEY] = {"public key", "engine/pki/certificate.c"},
    [SM_ALGORITHM_KEY_TRANSPORT] = {"key transport", "engine/cms/recipient_rsa.c"},
    [SM_ALGORITHM_KEY_AGREEMENT] = {"key agreement", "engine/cms/recipient_agreement.c"},
    [SM_ALGORITHM_KEY_WRAP] = {"key wrap", "engine/cms/key_wrap.c"},
    [SM_ALGORITHM_KEY_DERIVATION] = {"key derivation", "engine/cms/key_wrap.c"},
    [SM_ALGORITHM_KEM] = {"key encapsulation", "engine/cms/recipient_kem.c"},
    [SM_ALGORITHM_CONTENT_ENCRYPTION] = {"content encryption", "engine/cms/content_cipher.c"},
    [SM_ALGORITHM_AEAD] = {"content encryption", "engine/cms/content_cipher.c"},
    [SM_ALGORITHM_MAC] = {"authentication", "engine/cms/enveloped.c"},
    [SM_ALGORITHM_COMPRESSION] = {"compression", "engine/cms/compressed.c"},
};

/* The file that processes a row; some rows' classes are shared. */
static const char *code_of(const sm_algorithm_info *row)
{
    if (g_str_equal(row->name, "PWRI-KEK") || g_str_equal(row->name, "PBKDF2"))
        return "engine/cms/recipient_symmetric.c";
    return g_str_has_prefix(row->name, "CEK-HKDF") ? "engine/cms/content_cipher.c"
                                                   : classes[row->class_].code;
}

/* What stands in for a producer's message where there is none. A row that a message proves needs none of these, and each of
 * these must be needed. */
static const struct {
    const char *name; /* the row's, or its beginning with asterisks */
    const char *why;
} without_message[] = {
    {"RIPEMD-160", "no message; same code as its family"},
    {"SHA-512/*", "no message; same code as its family"},
    {"SHA3-224", "no message; same code as its family"},
    {"RSA PKCS#1 v1.5 with *", "no message; same code as its family"},
    {"ECDSA with SHA-224", "no message; same code as its family"},
    {"ECDSA with SHA3-*", "no message; same code as its family"},
    {"DSA", "in certificates alone"},
    {"DSA with SHA-*", "no message; same code as its family"},
    {"SLH-DSA-*", "no message; same code as its family"},
    {"ML-KEM-1024", "no message; same code as its family"},
    {"ECDH with SHA-224 KDF", "no message; same code as its family"},
    {"Cofactor ECDH with *", "no message; same code as its family"},
    {"AES-* key wrap with padding", "sealed with OpenSSL's primitives"},
    {"HKDF with SHA-*", "RFC 5869's vectors"},
    {"KDF2", "no message; same code as its family"},
    {"Camellia-192-CBC", "no message; same code as its family"},
    {"HMAC with *", "no message; same code as its family"},
};

static const char *stand_in(const char *name, bool used[G_N_ELEMENTS(without_message)])
{
    for (size_t i = 0; i < G_N_ELEMENTS(without_message); i++)
        if (g_pattern_match_simple(without_message[i].name, name)) {
            used[i] = true;
            return without_message[i].why;
        }
    return NULL;
}

/* Rows that the engine names and does not process, whether or not a message has them. */
static const char *const named_only[] = {
    "SHAKE128 with given length",
    "ECDH",
    "ECMQV*",
    "X9.42 DH",
    "PKCS#3 DH",
    "Ephemeral-static DH",
    "Static-static DH",
    "RSA-KEM key transport",
    "RC2 key wrap",
    "Camellia-* key wrap",
    "AES-*-GMAC",
    "KMAC*",
};

static bool is_named_only(const char *name, bool used[G_N_ELEMENTS(named_only)])
{
    for (size_t i = 0; i < G_N_ELEMENTS(named_only); i++)
        if (g_pattern_match_simple(named_only[i], name)) {
            used[i] = true;
            return true;
        }
    return false;
}

static bool is_post_quantum(const sm_algorithm_info *row)
{
    return row->openssl && (g_str_has_prefix(row->openssl, "ML-") || g_str_has_prefix(row->openssl, "SLH-"));
}

static bool is_legacy(const sm_algorithm_info *row)
{
    return row->openssl && (g_str_equal(row->openssl, "RC2-CBC") || g_str_equal(row->openssl, "DES-CBC"));
}

/* Whether the OpenSSL at hand has what the table says that it has from this version on. */
static void assert_primitive(const sm_algorithm_info *row)
{
    bool there = true;
    if (is_post_quantum(row) && row->class_ == SM_ALGORITHM_KEM) {
        EVP_KEM *kem = EVP_KEM_fetch(NULL, row->openssl, NULL);
        there = kem != NULL;
        EVP_KEM_free(kem);
    } else if (is_post_quantum(row)) {
        EVP_SIGNATURE *signature = EVP_SIGNATURE_fetch(NULL, row->openssl, NULL);
        there = signature != NULL;
        EVP_SIGNATURE_free(signature);
    } else if (row->openssl && (row->class_ == SM_ALGORITHM_CONTENT_ENCRYPTION ||
                                row->class_ == SM_ALGORITHM_AEAD || row->class_ == SM_ALGORITHM_KEY_WRAP)) {
        EVP_CIPHER *cipher = sm_cipher_fetch(row->openssl);
        there = cipher != NULL;
        EVP_CIPHER_free(cipher);
        EVP_CIPHER *plain = EVP_CIPHER_fetch(NULL, row->openssl, NULL);
        g_assert_cmpint(plain == NULL, ==, is_legacy(row));
        EVP_CIPHER_free(plain);
    }
    if (there != (!is_post_quantum(row) || matrix_has_post_quantum()))
        g_error("%s: this OpenSSL %s it", row->name, there ? "has" : "lacks");
}

static char *algorithms_table(const survey *all)
{
    GString *text =
        g_string_new("| Algorithm | OID | Use | OpenSSL | Code | Proven by |\n|---|---|---|---|---|---|\n");
    bool used[G_N_ELEMENTS(without_message)] = {false}, used_names[G_N_ELEMENTS(named_only)] = {false};
    const sm_algorithm_info *row;
    for (unsigned i = 0; (row = sm_algorithm_row(i)); i++) {
        assert_primitive(row);
        g_autofree char *file = g_test_build_filename(G_TEST_DIST, "..", "..", code_of(row), NULL);
        g_assert_true(g_file_test(file, G_FILE_TEST_IS_REGULAR));
        const support *s = g_tree_lookup(all->algorithms, row->oid);
        g_autofree char *producers = s ? producers_text(s) : NULL;
        bool named = is_named_only(row->name, used_names);
        const char *proof = named       ? "named, not processed"
                            : producers ? producers
                                        : stand_in(row->name, used);
        if (!proof)
            g_error("%s (%s): no message in tests/data uses it, and nothing says why", row->name, row->oid);
        g_string_append_printf(text, "| %s | %s | %s | %s | %s | %s |\n", row->name, row->oid,
                               classes[row->class_].use,
                               named                  ? "-"
                               : is_post_quantum(row) ? "3.5"
                               : is_legacy(row)       ? "3.0, legacy"
                                                      : "3.0",
                               named ? "-" : strrchr(code_of(row), '/') + 1, proof);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(without_message); i++)
        if (!used[i])
            g_error("%s: a message proves it now, or it is no algorithm of the table: take it off the list",
                    without_message[i].name);
    for (size_t i = 0; i < G_N_ELEMENTS(named_only); i++)
        g_assert_true(used_names[i]);
    return g_string_free(text, FALSE);
}

static gboolean append_form(gpointer key, gpointer value, gpointer text)
{
    const support *s = value;
    g_autofree char *producers = producers_text(s);
    g_string_append_printf(text, "| %s | %s | %s | %u |\n", (const char *)key,
                           s->post_quantum ? "3.5"
                           : s->legacy     ? "3.0, legacy"
                                           : "3.0",
                           producers, s->messages);
    return FALSE;
}

static char *forms_table(const survey *all)
{
    GString *text = g_string_new("| Use | Form | OpenSSL | Producers | Times |\n|---|---|---|---|---|\n");
    g_tree_foreach(all->forms, append_form, text);
    return g_string_free(text, FALSE);
}

/* ---- The file ---- */

/* The file with the text between "<!-- NAME -->" and the next "<!-- end -->" exchanged. */
static char *with_table(const char *file, const char *name, const char *table)
{
    g_autofree char *start = g_strdup_printf("<!-- %s -->\n", name);
    const char *from = strstr(file, start);
    g_assert_nonnull(from);
    from += strlen(start);
    const char *to = strstr(from, "<!-- end -->");
    g_assert_nonnull(to);
    return g_strdup_printf("%.*s%s%s", (int)(from - file), file, table, to);
}

static void test_file(void)
{
    survey all = survey_all();
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "..", "docs", "support.md", NULL),
                    *file = NULL;
    g_assert_true(g_file_get_contents(path, &file, NULL, NULL));
    g_autofree char *forms = forms_table(&all), *algorithms = algorithms_table(&all);
    g_autofree char *half = with_table(file, "forms", forms),
                    *expected = with_table(half, "algorithms", algorithms);
    if (g_getenv("SIPSMIME_RECORD")) {
        g_assert_true(g_file_set_contents(path, expected, -1, NULL));
    } else if (!g_str_equal(file, expected)) {
        g_auto(GStrv) is = g_strsplit(file, "\n", -1), should = g_strsplit(expected, "\n", -1);
        unsigned line = 0;
        while (is[line] && should[line] && g_str_equal(is[line], should[line]))
            line++;
        g_error("docs/support.md:%u:\n  says   %s\n  should %s\nSIPSMIME_RECORD=1 writes it anew", line + 1,
                is[line] ? is[line] : "", should[line] ? should[line] : "");
    }
    g_tree_destroy(all.forms);
    g_tree_destroy(all.algorithms);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/matrix/support/file", test_file);
    return g_test_run();
}
