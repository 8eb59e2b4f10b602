/* Algorithms: the table against OpenSSL's own and the standards' numbers, and parameters written by hand or by openssl. */

#include "cms/algorithms.h"

#include <glib.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/objects.h>
#include <openssl/provider.h>

static sm_bytes hex(sm_arena *arena, const char *text)
{
    size_t length = 0;
    uint8_t *octets = sm_arena_alloc(arena, strlen(text) / 2 + 1);
    for (; *text; text++)
        if (*text != ' ') {
            octets[length++] = (uint8_t)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));
            text++;
        }
    return sm_arena_copy(arena, sm_bytes_of(octets, length));
}

/* The content octets that OpenSSL makes of dotted decimal. */
static sm_bytes encoded(sm_arena *arena, const char *dotted)
{
    ASN1_OBJECT *object = OBJ_txt2obj(dotted, 1);
    g_assert_nonnull(object);
    sm_bytes octets = sm_arena_copy(arena, sm_bytes_of(OBJ_get0_data(object), OBJ_length(object)));
    ASN1_OBJECT_free(object);
    return octets;
}

static sm_algorithm algorithm(sm_arena *arena, const char *dotted, const char *parameters)
{
    return (sm_algorithm){.oid = encoded(arena, dotted), .parameters = parameters ? hex(arena, parameters) : SM_BYTES_NONE};
}

/* ---- the table ---- */

static void test_lookup(void)
{
    sm_arena *arena = sm_arena_new();
    const sm_algorithm_info *row;
    for (unsigned i = 0; (row = sm_algorithm_row(i)) != NULL; i++) {
        sm_bytes oid = encoded(arena, row->oid);
        g_assert_cmpstr(sm_oid_text(arena, oid), ==, row->oid);
        g_assert_true(sm_algorithm_lookup(oid) == row); /* each OID once */
        g_assert_nonnull(row->name);
        g_assert_cmpint(row->class_, !=, SM_ALGORITHM_UNKNOWN);
        g_assert_null(sm_algorithm_lookup(sm_bytes_cut(oid, 0, oid.length - 1)));
    }
    g_assert_null(sm_algorithm_lookup(encoded(arena, "1.2.3")));
    g_assert_null(sm_algorithm_lookup(SM_BYTES_NONE));
    sm_algorithm unknown = algorithm(arena, "1.2.3", NULL), absent = {0}, sha256 = algorithm(arena, "2.16.840.1.101.3.4.2.1", NULL);
    g_assert_cmpstr(sm_algorithm_name(arena, &unknown), ==, "1.2.3");
    g_assert_cmpstr(sm_algorithm_name(arena, &absent), ==, "none");
    g_assert_cmpstr(sm_algorithm_name(arena, &sha256), ==, "SHA-256");
    sm_arena_free(arena);
}

/* OpenSSL's names for the numbers: what each row says it is, OpenSSL says too. Rows that 3.0 has no name for stand in
 * test_standards. */
static void test_openssl_names(void)
{
    static const struct {
        const char *openssl, *name;
        sm_algorithm_class class_;
        const char *digest;
        unsigned key_octets;
    } rows[] = {
        {"MD5", "MD5", SM_ALGORITHM_DIGEST, NULL, 0},
        {"SHA1", "SHA-1", SM_ALGORITHM_DIGEST, NULL, 0},
        {"RIPEMD160", "RIPEMD-160", SM_ALGORITHM_DIGEST, NULL, 0},
        {"SHA224", "SHA-224", SM_ALGORITHM_DIGEST, NULL, 0},
        {"SHA256", "SHA-256", SM_ALGORITHM_DIGEST, NULL, 0},
        {"SHA384", "SHA-384", SM_ALGORITHM_DIGEST, NULL, 0},
        {"SHA512", "SHA-512", SM_ALGORITHM_DIGEST, NULL, 0},
        {"SHA512-224", "SHA-512/224", SM_ALGORITHM_DIGEST, NULL, 0},
        {"SHA512-256", "SHA-512/256", SM_ALGORITHM_DIGEST, NULL, 0},
        {"SHA3-224", "SHA3-224", SM_ALGORITHM_DIGEST, NULL, 0},
        {"SHA3-256", "SHA3-256", SM_ALGORITHM_DIGEST, NULL, 0},
        {"SHA3-384", "SHA3-384", SM_ALGORITHM_DIGEST, NULL, 0},
        {"SHA3-512", "SHA3-512", SM_ALGORITHM_DIGEST, NULL, 0},
        {"SHAKE128", "SHAKE128", SM_ALGORITHM_DIGEST, NULL, 0},
        {"SHAKE256", "SHAKE256", SM_ALGORITHM_DIGEST, NULL, 0},
        {"rsaEncryption", "RSA PKCS#1 v1.5", SM_ALGORITHM_KEY_TRANSPORT, NULL, 0},
        {"RSA-MD5", "RSA PKCS#1 v1.5 with MD5", SM_ALGORITHM_SIGNATURE, "MD5", 0},
        {"RSA-SHA1", "RSA PKCS#1 v1.5 with SHA-1", SM_ALGORITHM_SIGNATURE, "SHA1", 0},
        {"RSA-SHA1-2", "RSA PKCS#1 v1.5 with SHA-1", SM_ALGORITHM_SIGNATURE, "SHA1", 0},
        {"RSA-SHA224", "RSA PKCS#1 v1.5 with SHA-224", SM_ALGORITHM_SIGNATURE, "SHA224", 0},
        {"RSA-SHA256", "RSA PKCS#1 v1.5 with SHA-256", SM_ALGORITHM_SIGNATURE, "SHA256", 0},
        {"RSA-SHA384", "RSA PKCS#1 v1.5 with SHA-384", SM_ALGORITHM_SIGNATURE, "SHA384", 0},
        {"RSA-SHA512", "RSA PKCS#1 v1.5 with SHA-512", SM_ALGORITHM_SIGNATURE, "SHA512", 0},
        {"RSA-SHA512/224", "RSA PKCS#1 v1.5 with SHA-512/224", SM_ALGORITHM_SIGNATURE, "SHA512-224", 0},
        {"RSA-SHA512/256", "RSA PKCS#1 v1.5 with SHA-512/256", SM_ALGORITHM_SIGNATURE, "SHA512-256", 0},
        {"id-rsassa-pkcs1-v1_5-with-sha3-224", "RSA PKCS#1 v1.5 with SHA3-224", SM_ALGORITHM_SIGNATURE, "SHA3-224", 0},
        {"id-rsassa-pkcs1-v1_5-with-sha3-256", "RSA PKCS#1 v1.5 with SHA3-256", SM_ALGORITHM_SIGNATURE, "SHA3-256", 0},
        {"id-rsassa-pkcs1-v1_5-with-sha3-384", "RSA PKCS#1 v1.5 with SHA3-384", SM_ALGORITHM_SIGNATURE, "SHA3-384", 0},
        {"id-rsassa-pkcs1-v1_5-with-sha3-512", "RSA PKCS#1 v1.5 with SHA3-512", SM_ALGORITHM_SIGNATURE, "SHA3-512", 0},
        {"RSASSA-PSS", "RSASSA-PSS", SM_ALGORITHM_SIGNATURE, NULL, 0},
        {"RSAES-OAEP", "RSAES-OAEP", SM_ALGORITHM_KEY_TRANSPORT, NULL, 0},
        {"id-ecPublicKey", "EC", SM_ALGORITHM_PUBLIC_KEY, NULL, 0},
        {"ecdsa-with-SHA1", "ECDSA with SHA-1", SM_ALGORITHM_SIGNATURE, "SHA1", 0},
        {"ecdsa-with-SHA224", "ECDSA with SHA-224", SM_ALGORITHM_SIGNATURE, "SHA224", 0},
        {"ecdsa-with-SHA256", "ECDSA with SHA-256", SM_ALGORITHM_SIGNATURE, "SHA256", 0},
        {"ecdsa-with-SHA384", "ECDSA with SHA-384", SM_ALGORITHM_SIGNATURE, "SHA384", 0},
        {"ecdsa-with-SHA512", "ECDSA with SHA-512", SM_ALGORITHM_SIGNATURE, "SHA512", 0},
        {"id-ecdsa-with-sha3-224", "ECDSA with SHA3-224", SM_ALGORITHM_SIGNATURE, "SHA3-224", 0},
        {"id-ecdsa-with-sha3-256", "ECDSA with SHA3-256", SM_ALGORITHM_SIGNATURE, "SHA3-256", 0},
        {"id-ecdsa-with-sha3-384", "ECDSA with SHA3-384", SM_ALGORITHM_SIGNATURE, "SHA3-384", 0},
        {"id-ecdsa-with-sha3-512", "ECDSA with SHA3-512", SM_ALGORITHM_SIGNATURE, "SHA3-512", 0},
        {"X25519", "X25519", SM_ALGORITHM_PUBLIC_KEY, NULL, 0},
        {"X448", "X448", SM_ALGORITHM_PUBLIC_KEY, NULL, 0},
        {"ED25519", "Ed25519", SM_ALGORITHM_SIGNATURE, NULL, 0},
        {"ED448", "Ed448", SM_ALGORITHM_SIGNATURE, NULL, 0},
        {"dsaEncryption", "DSA", SM_ALGORITHM_PUBLIC_KEY, NULL, 0},
        {"DSA-SHA1", "DSA with SHA-1", SM_ALGORITHM_SIGNATURE, "SHA1", 0},
        {"dsa_with_SHA224", "DSA with SHA-224", SM_ALGORITHM_SIGNATURE, "SHA224", 0},
        {"dsa_with_SHA256", "DSA with SHA-256", SM_ALGORITHM_SIGNATURE, "SHA256", 0},
        {"id-dsa-with-sha384", "DSA with SHA-384", SM_ALGORITHM_SIGNATURE, "SHA384", 0},
        {"id-dsa-with-sha512", "DSA with SHA-512", SM_ALGORITHM_SIGNATURE, "SHA512", 0},
        {"dhpublicnumber", "X9.42 DH", SM_ALGORITHM_PUBLIC_KEY, NULL, 0},
        {"dhKeyAgreement", "PKCS#3 DH", SM_ALGORITHM_PUBLIC_KEY, NULL, 0},
        {"id-smime-alg-ESDH", "Ephemeral-static DH", SM_ALGORITHM_KEY_AGREEMENT, "SHA1", 0},
        {"dhSinglePass-stdDH-sha1kdf-scheme", "ECDH with SHA-1 KDF", SM_ALGORITHM_KEY_AGREEMENT, "SHA1", 0},
        {"dhSinglePass-stdDH-sha224kdf-scheme", "ECDH with SHA-224 KDF", SM_ALGORITHM_KEY_AGREEMENT, "SHA224", 0},
        {"dhSinglePass-stdDH-sha256kdf-scheme", "ECDH with SHA-256 KDF", SM_ALGORITHM_KEY_AGREEMENT, "SHA256", 0},
        {"dhSinglePass-stdDH-sha384kdf-scheme", "ECDH with SHA-384 KDF", SM_ALGORITHM_KEY_AGREEMENT, "SHA384", 0},
        {"dhSinglePass-stdDH-sha512kdf-scheme", "ECDH with SHA-512 KDF", SM_ALGORITHM_KEY_AGREEMENT, "SHA512", 0},
        {"dhSinglePass-cofactorDH-sha1kdf-scheme", "Cofactor ECDH with SHA-1 KDF", SM_ALGORITHM_KEY_AGREEMENT, "SHA1", 0},
        {"dhSinglePass-cofactorDH-sha224kdf-scheme", "Cofactor ECDH with SHA-224 KDF", SM_ALGORITHM_KEY_AGREEMENT, "SHA224", 0},
        {"dhSinglePass-cofactorDH-sha256kdf-scheme", "Cofactor ECDH with SHA-256 KDF", SM_ALGORITHM_KEY_AGREEMENT, "SHA256", 0},
        {"dhSinglePass-cofactorDH-sha384kdf-scheme", "Cofactor ECDH with SHA-384 KDF", SM_ALGORITHM_KEY_AGREEMENT, "SHA384", 0},
        {"dhSinglePass-cofactorDH-sha512kdf-scheme", "Cofactor ECDH with SHA-512 KDF", SM_ALGORITHM_KEY_AGREEMENT, "SHA512", 0},
        {"id-aes128-wrap", "AES-128 key wrap", SM_ALGORITHM_KEY_WRAP, NULL, 16},
        {"id-aes192-wrap", "AES-192 key wrap", SM_ALGORITHM_KEY_WRAP, NULL, 24},
        {"id-aes256-wrap", "AES-256 key wrap", SM_ALGORITHM_KEY_WRAP, NULL, 32},
        {"id-aes128-wrap-pad", "AES-128 key wrap with padding", SM_ALGORITHM_KEY_WRAP, NULL, 16},
        {"id-aes192-wrap-pad", "AES-192 key wrap with padding", SM_ALGORITHM_KEY_WRAP, NULL, 24},
        {"id-aes256-wrap-pad", "AES-256 key wrap with padding", SM_ALGORITHM_KEY_WRAP, NULL, 32},
        {"id-smime-alg-CMS3DESwrap", "Triple-DES key wrap", SM_ALGORITHM_KEY_WRAP, NULL, 24},
        {"id-smime-alg-CMSRC2wrap", "RC2 key wrap", SM_ALGORITHM_KEY_WRAP, NULL, 0},
        {"id-alg-PWRI-KEK", "PWRI-KEK", SM_ALGORITHM_KEY_WRAP, NULL, 0},
        {"id-camellia128-wrap", "Camellia-128 key wrap", SM_ALGORITHM_KEY_WRAP, NULL, 16},
        {"id-camellia192-wrap", "Camellia-192 key wrap", SM_ALGORITHM_KEY_WRAP, NULL, 24},
        {"id-camellia256-wrap", "Camellia-256 key wrap", SM_ALGORITHM_KEY_WRAP, NULL, 32},
        {"PBKDF2", "PBKDF2", SM_ALGORITHM_KEY_DERIVATION, NULL, 0},
        {"AES-128-CBC", "AES-128-CBC", SM_ALGORITHM_CONTENT_ENCRYPTION, NULL, 16},
        {"AES-192-CBC", "AES-192-CBC", SM_ALGORITHM_CONTENT_ENCRYPTION, NULL, 24},
        {"AES-256-CBC", "AES-256-CBC", SM_ALGORITHM_CONTENT_ENCRYPTION, NULL, 32},
        {"id-aes128-GCM", "AES-128-GCM", SM_ALGORITHM_AEAD, NULL, 16},
        {"id-aes192-GCM", "AES-192-GCM", SM_ALGORITHM_AEAD, NULL, 24},
        {"id-aes256-GCM", "AES-256-GCM", SM_ALGORITHM_AEAD, NULL, 32},
        {"id-aes128-CCM", "AES-128-CCM", SM_ALGORITHM_AEAD, NULL, 16},
        {"id-aes192-CCM", "AES-192-CCM", SM_ALGORITHM_AEAD, NULL, 24},
        {"id-aes256-CCM", "AES-256-CCM", SM_ALGORITHM_AEAD, NULL, 32},
        {"DES-EDE3-CBC", "Triple-DES-CBC", SM_ALGORITHM_CONTENT_ENCRYPTION, NULL, 24},
        {"DES-CBC", "DES-CBC", SM_ALGORITHM_CONTENT_ENCRYPTION, NULL, 8},
        {"RC2-CBC", "RC2-CBC", SM_ALGORITHM_CONTENT_ENCRYPTION, NULL, 0},
        {"CAMELLIA-128-CBC", "Camellia-128-CBC", SM_ALGORITHM_CONTENT_ENCRYPTION, NULL, 16},
        {"CAMELLIA-192-CBC", "Camellia-192-CBC", SM_ALGORITHM_CONTENT_ENCRYPTION, NULL, 24},
        {"CAMELLIA-256-CBC", "Camellia-256-CBC", SM_ALGORITHM_CONTENT_ENCRYPTION, NULL, 32},
        {"HMAC-MD5", "HMAC with MD5", SM_ALGORITHM_MAC, "MD5", 0},
        {"HMAC-SHA1", "HMAC with SHA-1", SM_ALGORITHM_MAC, "SHA1", 0},
        {"hmacWithSHA1", "HMAC with SHA-1", SM_ALGORITHM_MAC, "SHA1", 0},
        {"hmacWithSHA224", "HMAC with SHA-224", SM_ALGORITHM_MAC, "SHA224", 0},
        {"hmacWithSHA256", "HMAC with SHA-256", SM_ALGORITHM_MAC, "SHA256", 0},
        {"hmacWithSHA384", "HMAC with SHA-384", SM_ALGORITHM_MAC, "SHA384", 0},
        {"hmacWithSHA512", "HMAC with SHA-512", SM_ALGORITHM_MAC, "SHA512", 0},
        {"hmacWithSHA512-224", "HMAC with SHA-512/224", SM_ALGORITHM_MAC, "SHA512-224", 0},
        {"hmacWithSHA512-256", "HMAC with SHA-512/256", SM_ALGORITHM_MAC, "SHA512-256", 0},
        {"id-hmacWithSHA3-224", "HMAC with SHA3-224", SM_ALGORITHM_MAC, "SHA3-224", 0},
        {"id-hmacWithSHA3-256", "HMAC with SHA3-256", SM_ALGORITHM_MAC, "SHA3-256", 0},
        {"id-hmacWithSHA3-384", "HMAC with SHA3-384", SM_ALGORITHM_MAC, "SHA3-384", 0},
        {"id-hmacWithSHA3-512", "HMAC with SHA3-512", SM_ALGORITHM_MAC, "SHA3-512", 0},
        {"ZLIB", "zlib", SM_ALGORITHM_COMPRESSION, NULL, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].openssl);
        int nid = OBJ_txt2nid(rows[i].openssl);
        g_assert_cmpint(nid, !=, NID_undef);
        const ASN1_OBJECT *object = OBJ_nid2obj(nid);
        const sm_algorithm_info *row = sm_algorithm_lookup(sm_bytes_of(OBJ_get0_data(object), OBJ_length(object)));
        g_assert_nonnull(row);
        g_assert_cmpstr(row->name, ==, rows[i].name);
        g_assert_cmpint(row->class_, ==, rows[i].class_);
        g_assert_cmpstr(row->digest, ==, rows[i].digest);
        g_assert_cmpuint(row->key_octets, ==, rows[i].key_octets);
    }
}

/* Numbers that OpenSSL 3.0 does not know, from the standards. */
static void test_standards(void)
{
    static const struct {
        const char *oid, *name;
        sm_algorithm_class class_;
    } rows[] = {
        {"2.16.840.1.101.3.4.2.18", "SHAKE256 with given length", SM_ALGORITHM_DIGEST},        /* RFC 8419 2.3 */
        {"1.2.840.113549.1.9.16.3.19", "ECDH with HKDF-SHA-256", SM_ALGORITHM_KEY_AGREEMENT},  /* RFC 8418 2 */
        {"1.2.840.113549.1.9.16.3.20", "ECDH with HKDF-SHA-384", SM_ALGORITHM_KEY_AGREEMENT},
        {"1.2.840.113549.1.9.16.3.21", "ECDH with HKDF-SHA-512", SM_ALGORITHM_KEY_AGREEMENT},
        {"1.3.133.16.840.63.0.16", "ECMQV with SHA-1 KDF", SM_ALGORITHM_KEY_AGREEMENT},        /* RFC 5753 7.1.4 */
        {"1.3.132.1.15.1", "ECMQV with SHA-256 KDF", SM_ALGORITHM_KEY_AGREEMENT},
        {"1.2.840.113549.1.9.16.3.10", "Static-static DH", SM_ALGORITHM_KEY_AGREEMENT},        /* RFC 3370 4.1.2 */
        {"1.2.840.113549.1.9.16.3.18", "ChaCha20-Poly1305", SM_ALGORITHM_AEAD},                /* RFC 8103 3 */
        {"1.2.840.113549.1.9.16.3.28", "HKDF with SHA-256", SM_ALGORITHM_KEY_DERIVATION},      /* RFC 8619 2 */
        {"1.2.840.113549.1.9.16.3.31", "CEK-HKDF with SHA-256", SM_ALGORITHM_KEY_DERIVATION},  /* RFC 9709 */
        {"1.2.840.113549.1.9.16.3.14", "RSA-KEM key transport", SM_ALGORITHM_KEY_TRANSPORT},   /* RFC 5990 */
        {"1.0.18033.2.2.4", "RSA-KEM", SM_ALGORITHM_KEM},                                      /* RFC 9690 */
        {"1.3.133.16.840.9.44.1.2", "KDF3", SM_ALGORITHM_KEY_DERIVATION},                      /* RFC 9690 */
        {"2.16.840.1.101.3.4.3.17", "ML-DSA-44", SM_ALGORITHM_SIGNATURE},                      /* NIST CSOR */
        {"2.16.840.1.101.3.4.3.19", "ML-DSA-87", SM_ALGORITHM_SIGNATURE},
        {"2.16.840.1.101.3.4.3.20", "SLH-DSA-SHA2-128s", SM_ALGORITHM_SIGNATURE},
        {"2.16.840.1.101.3.4.3.25", "SLH-DSA-SHA2-256f", SM_ALGORITHM_SIGNATURE},
        {"2.16.840.1.101.3.4.3.26", "SLH-DSA-SHAKE-128s", SM_ALGORITHM_SIGNATURE},
        {"2.16.840.1.101.3.4.3.31", "SLH-DSA-SHAKE-256f", SM_ALGORITHM_SIGNATURE},
        {"2.16.840.1.101.3.4.4.1", "ML-KEM-512", SM_ALGORITHM_KEM},
        {"2.16.840.1.101.3.4.4.3", "ML-KEM-1024", SM_ALGORITHM_KEM},
    };
    sm_arena *arena = sm_arena_new();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const sm_algorithm_info *row = sm_algorithm_lookup(encoded(arena, rows[i].oid));
        g_assert_nonnull(row);
        g_assert_cmpstr(row->name, ==, rows[i].name);
        g_assert_cmpint(row->class_, ==, rows[i].class_);
    }
    sm_arena_free(arena);
}

/* The names of every row are ones that EVP fetches, and its sizes are EVP's. */
static void test_fetch(void)
{
    OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(NULL, "legacy"), *defaults = OSSL_PROVIDER_load(NULL, "default");
    g_assert_nonnull(defaults);
    const sm_algorithm_info *row;
    for (unsigned i = 0; (row = sm_algorithm_row(i)) != NULL; i++) {
        g_test_message("%s", row->name);
        const char *digest = row->class_ == SM_ALGORITHM_DIGEST ? row->openssl : row->digest;
        if (digest) {
            EVP_MD *md = EVP_MD_fetch(NULL, digest, NULL);
            g_assert_nonnull(md);
            EVP_MD_free(md);
        }
        if (row->kdf) {
            EVP_KDF *kdf = EVP_KDF_fetch(NULL, row->kdf, NULL);
            g_assert_nonnull(kdf);
            EVP_KDF_free(kdf);
        }
        bool cipher_row = row->class_ == SM_ALGORITHM_CONTENT_ENCRYPTION || row->class_ == SM_ALGORITHM_AEAD ||
                          row->class_ == SM_ALGORITHM_KEY_WRAP;
        if (!cipher_row || !row->openssl || (legacy == NULL && row->standing == SM_STANDING_LEGACY))
            continue;
        EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, row->openssl, NULL);
        g_assert_nonnull(cipher);
        if (row->key_octets)
            g_assert_cmpint(EVP_CIPHER_get_key_length(cipher), ==, (int)row->key_octets);
        if (row->class_ == SM_ALGORITHM_CONTENT_ENCRYPTION) {
            g_assert_cmpint(EVP_CIPHER_get_block_size(cipher), ==, (int)row->block_octets);
            g_assert_cmpint(EVP_CIPHER_get_iv_length(cipher), ==, (int)row->block_octets);
        }
        EVP_CIPHER_free(cipher);
    }
    ERR_clear_error();
    OSSL_PROVIDER_unload(defaults);
    if (legacy)
        OSSL_PROVIDER_unload(legacy);
}

/* RFC 8551 appendix B, and the families by which signatures are verified. */
static void test_standing(void)
{
    const sm_algorithm_info *row;
    for (unsigned i = 0; (row = sm_algorithm_row(i)) != NULL; i++) {
        g_test_message("%s", row->name);
        bool weak = strstr(row->name, "MD5") || strstr(row->name, "SHA-1") || strstr(row->name, "RC2") ||
                    strstr(row->name, "DES") || g_str_has_prefix(row->name, "DSA");
        if (weak)
            g_assert_cmpint(row->standing, ==, SM_STANDING_LEGACY);
        if (strstr(row->name, "SHA-256") || strstr(row->name, "AES"))
            g_assert_cmpint(row->standing, ==, g_str_has_prefix(row->name, "DSA") ? SM_STANDING_LEGACY : SM_STANDING_CURRENT);
        static const struct {
            const char *prefix;
            sm_signature_family family;
        } families[] = {{"RSA PKCS#1", SM_FAMILY_RSA_PKCS1}, {"ECDSA with SHA-", SM_FAMILY_ECDSA},
                        {"ECDSA with SHA3", SM_FAMILY_ECDSA}, {"ECDSA with SHAKE", SM_FAMILY_ECDSA}, {"RSASSA-PSS with SHAKE", SM_FAMILY_RSA_PSS_SHAKE}, {"Ed", SM_FAMILY_EDDSA}, {"DSA with", SM_FAMILY_DSA},
                        {"ML-DSA", SM_FAMILY_ML_DSA}, {"SLH-DSA", SM_FAMILY_SLH_DSA}};
        sm_signature_family expected = strcmp(row->name, "RSASSA-PSS") == 0 ? SM_FAMILY_RSA_PSS : SM_FAMILY_NONE;
        for (size_t f = 0; f < G_N_ELEMENTS(families); f++)
            if (g_str_has_prefix(row->name, families[f].prefix))
                expected = families[f].family;
        g_assert_cmpint(row->family, ==, expected);
        g_assert_cmpint(row->cofactor, ==, g_str_has_prefix(row->name, "Cofactor"));
    }
}

static void test_engine_oids(void)
{
    const struct {
        sm_bytes oid;
        const char *openssl;
    } oids[] = {
        {SM_OID_DATA, "pkcs7-data"},
        {SM_OID_SIGNED_DATA, "pkcs7-signedData"},
        {SM_OID_ENVELOPED_DATA, "pkcs7-envelopedData"},
        {SM_OID_AUTH_ENVELOPED_DATA, "id-smime-ct-authEnvelopedData"},
        {SM_OID_COMPRESSED_DATA, "id-smime-ct-compressedData"},
        {SM_OID_ENCRYPTED_DATA, "pkcs7-encryptedData"},
        {SM_OID_AUTHENTICATED_DATA, "id-smime-ct-authData"},
        {SM_OID_DIGESTED_DATA, "pkcs7-digestData"},
        {SM_OID_CONTENT_TYPE, "contentType"},
        {SM_OID_MESSAGE_DIGEST, "messageDigest"},
        {SM_OID_SIGNING_TIME, "signingTime"},
        {SM_OID_COUNTERSIGNATURE, "countersignature"},
        {SM_OID_SMIME_CAPABILITIES, "SMIME-CAPS"},
        {SM_OID_ENCRYPTION_KEY_PREFERENCE, "id-smime-aa-encrypKeyPref"},
        {SM_OID_SIGNING_CERTIFICATE, "id-smime-aa-signingCertificate"},
        {SM_OID_SIGNING_CERTIFICATE_V2, "id-smime-aa-signingCertificateV2"},
    };
    sm_arena *arena = sm_arena_new();
    for (size_t i = 0; i < G_N_ELEMENTS(oids); i++) {
        char dotted[80];
        g_test_message("%s", oids[i].openssl);
        g_assert_cmpint(OBJ_txt2nid(oids[i].openssl), !=, NID_undef);
        OBJ_obj2txt(dotted, sizeof(dotted), OBJ_nid2obj(OBJ_txt2nid(oids[i].openssl)), 1);
        g_assert_cmpstr(sm_oid_text(arena, oids[i].oid), ==, dotted);
    }
    g_assert_cmpstr(sm_oid_text(arena, SM_OID_ALGORITHM_PROTECTION), ==, "1.2.840.113549.1.9.52"); /* RFC 6211 2 */
    sm_arena_free(arena);
}

/* ---- RSA parameters ---- */

#define SHA256 "30 0b 06 09 60 86 48 01 65 03 04 02 01"
#define SHA256_NULL "30 0d 06 09 60 86 48 01 65 03 04 02 01 05 00"
#define MGF1_SHA256 "30 18 06 09 2a 86 48 86 f7 0d 01 01 08 " SHA256

static void test_pss(void)
{
    static const struct {
        const char *parameters, *digest, *mgf;
        uint32_t salt;
        const char *fault;
    } cases[] = {
        {"30 00", "SHA-1", "SHA-1", 20, NULL}, /* RFC 4055 3.1: the defaults */
        {"30 30 a0 0d " SHA256 " a1 1a " MGF1_SHA256 " a2 03 02 01 20", "SHA-256", "SHA-256", 32, NULL},
        {"30 35 a0 0d " SHA256 " a1 1a " MGF1_SHA256 " a2 03 02 01 20 a3 03 02 01 01", "SHA-256", "SHA-256", 32, NULL},
        {"30 11 a0 0f " SHA256_NULL, "SHA-256", "SHA-1", 20, NULL},
        {"30 05 a3 03 02 01 02", NULL, NULL, 0, "trailerField is not 1"},
        {"30 05 a2 03 02 01 ff", NULL, NULL, 0, "malformed saltLength"},
        {"30 06 a0 04 30 02 06 00", NULL, NULL, 0, "malformed hashAlgorithm"},
        {"30 08 a0 06 30 04 06 02 2a 03", NULL, NULL, 0, "unknown hashAlgorithm"},
        {"30 11 a0 0f 30 0d 06 09 60 86 48 01 65 03 04 01 02 05 00", NULL, NULL, 0, "unknown hashAlgorithm"}, /* a cipher */
        {"30 12 a0 10 30 0e 06 09 60 86 48 01 65 03 04 02 01 02 01 05", NULL, NULL, 0, "hashAlgorithm with parameters"},
        {"30 08 a1 06 30 04 06 02 2a 03", NULL, NULL, 0, "maskGenAlgorithm is not MGF1"},
        {"30 0f a1 0d 30 0b 06 09 2a 86 48 86 f7 0d 01 01 08", NULL, NULL, 0, "MGF1 without its hash"},
        {"30 02 05 00", NULL, NULL, 0, "malformed RSASSA-PSS-params"},
        {"05 00", NULL, NULL, 0, "the parameters are no SEQUENCE"},
        {NULL, NULL, NULL, 0, "the parameters are absent"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].parameters ? cases[i].parameters : "absent");
        sm_arena *arena = sm_arena_new();
        sm_algorithm pss = algorithm(arena, "1.2.840.113549.1.1.10", cases[i].parameters);
        sm_pss_parameters out;
        const char *fault;
        bool read = sm_pss_parameters_parse(&pss, &out, &fault);
        g_assert_cmpstr(fault, ==, cases[i].fault);
        g_assert_cmpint(read, ==, cases[i].fault == NULL);
        if (read) {
            g_assert_cmpstr(out.digest->name, ==, cases[i].digest);
            g_assert_cmpstr(out.mgf_digest->name, ==, cases[i].mgf);
            g_assert_cmpuint(out.salt_length, ==, cases[i].salt);
            g_assert_cmpuint(out.trailer, ==, 1);
        }
        sm_arena_free(arena);
    }
}

static const sm_cms *load(sm_arena *arena, const char *name)
{
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "data", "cms", name, NULL);
    g_autofree char *contents = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(path, &contents, &length, NULL));
    return sm_cms_parse(arena, sm_arena_copy(arena, sm_bytes_of(contents, length)));
}

/* What openssl was asked for in tests/data/cms/make. */
static void test_openssl_parameters(void)
{
    sm_arena *arena = sm_arena_new();
    const char *fault;
    sm_pss_parameters pss;
    const sm_cms *cms = load(arena, "signed-pss.der");
    g_assert_true(sm_pss_parameters_parse(&cms->signed_data->signers[0].signature_algorithm, &pss, &fault));
    g_assert_cmpstr(pss.digest->name, ==, "SHA-256");
    g_assert_cmpstr(pss.mgf_digest->name, ==, "SHA-256");
    g_assert_cmpuint(pss.salt_length, ==, 32);

    sm_oaep_parameters oaep;
    cms = load(arena, "enveloped-oaep.der");
    g_assert_true(sm_oaep_parameters_parse(&cms->enveloped_data->recipients[0].key_encryption, &oaep, &fault));
    g_assert_cmpstr(oaep.digest->name, ==, "SHA-256");
    g_assert_cmpstr(oaep.mgf_digest->name, ==, "SHA-256");
    g_assert_cmpuint(oaep.label.length, ==, 0);

    sm_cipher_parameters cipher;
    cms = load(arena, "auth-enveloped-many.der");
    g_assert_true(sm_cipher_parameters_parse(arena, &cms->enveloped_data->content_encryption, &cipher, &fault));
    g_assert_cmpuint(cipher.nonce.length, ==, 12);
    g_assert_cmpuint(cipher.tag_length, ==, 16);
    g_assert_false(cipher.tag_length_default);
    sm_arena_free(arena);
}

static void test_oaep(void)
{
    static const struct {
        const char *parameters, *digest, *mgf, *label, *fault;
    } cases[] = {
        {"30 00", "SHA-1", "SHA-1", "", NULL}, /* RFC 3560 3: the defaults */
        {"30 2b a0 0d " SHA256 " a1 1a " MGF1_SHA256, "SHA-256", "SHA-256", "", NULL},
        {"30 14 a2 12 30 10 06 09 2a 86 48 86 f7 0d 01 01 09 04 03 73 69 70", "SHA-1", "SHA-1", "736970", NULL},
        {"30 08 a2 06 30 04 06 02 2a 03", NULL, NULL, NULL, "pSourceAlgorithm is not pSpecified"},
        {"30 0f a2 0d 30 0b 06 09 2a 86 48 86 f7 0d 01 01 09", NULL, NULL, NULL, "malformed pSpecified label"},
        {"30 05 a3 03 02 01 01", NULL, NULL, NULL, "malformed RSAES-OAEP-params"},
        {NULL, NULL, NULL, NULL, "the parameters are absent"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].parameters ? cases[i].parameters : "absent");
        sm_arena *arena = sm_arena_new();
        sm_algorithm oaep = algorithm(arena, "1.2.840.113549.1.1.7", cases[i].parameters);
        sm_oaep_parameters out;
        const char *fault;
        bool read = sm_oaep_parameters_parse(&oaep, &out, &fault);
        g_assert_cmpstr(fault, ==, cases[i].fault);
        g_assert_cmpint(read, ==, cases[i].fault == NULL);
        if (read) {
            g_assert_cmpstr(out.digest->name, ==, cases[i].digest);
            g_assert_cmpstr(out.mgf_digest->name, ==, cases[i].mgf);
            g_assert_true(sm_bytes_present(out.label));
            g_assert_cmpstr(sm_arena_hex(arena, out.label), ==, cases[i].label);
        }
        sm_arena_free(arena);
    }
}

/* ---- cipher parameters ---- */

#define GCM "2.16.840.1.101.3.4.1.6"
#define CCM "2.16.840.1.101.3.4.1.7"
#define CBC "2.16.840.1.101.3.4.1.2"
#define TRIPLE_DES "1.2.840.113549.3.7"
#define RC2 "1.2.840.113549.3.2"
#define CHACHA20 "1.2.840.113549.1.9.16.3.18"
#define CEK_HKDF "1.2.840.113549.1.9.16.3.31"
#define NONCE12 "04 0c 00 01 02 03 04 05 06 07 08 09 0a 0b"
#define IV8 "04 08 00 01 02 03 04 05 06 07"

static void test_ciphers(void)
{
    static const struct {
        const char *oid, *parameters;
        size_t nonce;
        unsigned tag;
        bool by_default;
        const char *fault;
    } cases[] = {
        {GCM, "30 11 " NONCE12 " 02 01 10", 12, 16, false, NULL},
        {GCM, "30 0e " NONCE12, 12, 12, true, NULL}, /* RFC 5084 3.2: DEFAULT 12 */
        {GCM, "30 11 " NONCE12 " 02 01 0c", 12, 12, false, NULL},
        {GCM, "30 11 " NONCE12 " 02 01 0b", 0, 0, false, "aes-ICVlen is not 12 to 16"},
        {GCM, "30 11 " NONCE12 " 02 01 11", 0, 0, false, "aes-ICVlen is not 12 to 16"},
        {GCM, "30 11 " NONCE12 " 02 01 00", 0, 0, false, "aes-ICVlen is not 12 to 16"},
        {GCM, "30 06 04 01 00 02 01 10", 1, 16, false, NULL}, /* not recommended, not forbidden */
        {GCM, "30 05 04 00 02 01 10", 0, 0, false, "the nonce is empty"},
        {GCM, "30 13 " NONCE12 " 02 01 10 05 00", 0, 0, false, "malformed GCMParameters or CCMParameters"},
        {GCM, NONCE12, 0, 0, false, "the parameters are no SEQUENCE"},
        {GCM, NULL, 0, 0, false, "the parameters are absent"},
        {CCM, "30 0c 04 07 00 01 02 03 04 05 06 02 01 04", 7, 4, false, NULL},
        {CCM, "30 09 04 07 00 01 02 03 04 05 06", 7, 12, true, NULL},
        {CCM, "30 11 " NONCE12 " 02 01 10", 12, 16, false, NULL},
        {CCM, "30 11 " NONCE12 " 02 01 05", 0, 0, false, "aes-ICVlen is not 4, 6, 8, 10, 12, 14 or 16"},
        {CCM, "30 11 " NONCE12 " 02 01 02", 0, 0, false, "aes-ICVlen is not 4, 6, 8, 10, 12, 14 or 16"},
        {CCM, "30 0b 04 06 00 01 02 03 04 05 02 01 04", 0, 0, false, "the nonce is not 7 to 13 octets"},
        {CCM, "30 10 04 0e 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d", 0, 0, false, "the nonce is not 7 to 13 octets"},
        {CHACHA20, NONCE12, 12, 16, false, NULL},
        {CHACHA20, IV8, 0, 0, false, "the nonce is not 12 octets"},
        {CHACHA20, NULL, 0, 0, false, "the parameters are absent"},
        {CBC, "04 10 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f", 16, 0, false, NULL},
        {CBC, IV8, 0, 0, false, "the IV is not one block"},
        {CBC, "05 00", 0, 0, false, "the parameters are no OCTET STRING"},
        {TRIPLE_DES, IV8, 8, 0, false, NULL},
        {"2.16.840.1.101.3.4.2.1", NULL, 0, 0, false, "no content-encryption algorithm that is known"},
        {"1.2.3", NULL, 0, 0, false, "no content-encryption algorithm that is known"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s %s", cases[i].oid, cases[i].parameters ? cases[i].parameters : "absent");
        sm_arena *arena = sm_arena_new();
        sm_algorithm given = algorithm(arena, cases[i].oid, cases[i].parameters);
        sm_cipher_parameters out;
        const char *fault;
        bool read = sm_cipher_parameters_parse(arena, &given, &out, &fault);
        g_assert_cmpstr(fault, ==, cases[i].fault);
        g_assert_cmpint(read, ==, cases[i].fault == NULL);
        if (read) {
            g_assert_cmpuint(out.nonce.length, ==, cases[i].nonce);
            g_assert_cmpuint(out.tag_length, ==, cases[i].tag);
            g_assert_cmpint(out.tag_length_default, ==, cases[i].by_default);
            g_assert_cmpstr(out.cipher->oid, ==, cases[i].oid);
            g_assert_true(out.inner == &given);
            g_assert_false(out.cek_hkdf);
        }
        sm_arena_free(arena);
    }
}

/* RFC 3370 5.2 and RFC 2268 6; RFC 4134 5.2 is a message that has it. */
static void test_rc2(void)
{
    static const struct {
        const char *parameters;
        unsigned bits;
    } cases[] = {
        {"30 0e 02 02 00 a0 " IV8, 40},
        {"30 0d 02 01 78 " IV8, 64},
        {"30 0d 02 01 3a " IV8, 128},
        {"30 0e 02 02 01 00 " IV8, 256},
        {"30 0e 02 02 04 00 " IV8, 1024},
        {"30 0a " IV8, 32},
        {"30 0e 02 02 04 01 " IV8, 0},
        {"30 0d 02 01 28 " IV8, 0},
        {"30 0d 02 01 3a 04 07 00 01 02 03 04 05 06", 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].parameters);
        sm_arena *arena = sm_arena_new();
        sm_algorithm rc2 = algorithm(arena, RC2, cases[i].parameters);
        sm_cipher_parameters out;
        const char *fault;
        g_assert_cmpint(sm_cipher_parameters_parse(arena, &rc2, &out, &fault), ==, cases[i].bits != 0);
        if (cases[i].bits) {
            g_assert_cmpuint(out.rc2_bits, ==, cases[i].bits);
            g_assert_cmpuint(out.nonce.length, ==, 8);
        }
        sm_arena_free(arena);
    }
}

/* RFC 9709: the algorithm inside is the one that encrypts; it is not CEK-HKDF again. */
static void test_cek_hkdf(void)
{
    sm_arena *arena = sm_arena_new();
    sm_algorithm outer = algorithm(arena, CEK_HKDF, "30 1e 06 09 60 86 48 01 65 03 04 01 06 30 11 " NONCE12 " 02 01 10");
    sm_cipher_parameters out;
    const char *fault;
    g_assert_true(sm_cipher_parameters_parse(arena, &outer, &out, &fault));
    g_assert_true(out.cek_hkdf);
    g_assert_cmpstr(out.cipher->name, ==, "AES-128-GCM");
    g_assert_cmpuint(out.tag_length, ==, 16);
    g_assert_true(out.inner != &outer);
    g_assert_true(sm_bytes_equal(out.inner->encoding, outer.parameters));

    sm_algorithm absent = algorithm(arena, CEK_HKDF, NULL);
    g_assert_false(sm_cipher_parameters_parse(arena, &absent, &out, &fault));
    g_assert_cmpstr(fault, ==, "CEK-HKDF without the algorithm it is for");
    sm_algorithm twice = algorithm(arena, CEK_HKDF, "30 0d 06 0b 2a 86 48 86 f7 0d 01 09 10 03 1f");
    g_assert_false(sm_cipher_parameters_parse(arena, &twice, &out, &fault));
    g_assert_cmpstr(fault, ==, "no content-encryption algorithm that is known");
    sm_arena_free(arena);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cms/algorithms/lookup", test_lookup);
    g_test_add_func("/cms/algorithms/openssl-names", test_openssl_names);
    g_test_add_func("/cms/algorithms/standards", test_standards);
    g_test_add_func("/cms/algorithms/fetch", test_fetch);
    g_test_add_func("/cms/algorithms/standing", test_standing);
    g_test_add_func("/cms/algorithms/engine-oids", test_engine_oids);
    g_test_add_func("/cms/algorithms/pss", test_pss);
    g_test_add_func("/cms/algorithms/openssl-parameters", test_openssl_parameters);
    g_test_add_func("/cms/algorithms/oaep", test_oaep);
    g_test_add_func("/cms/algorithms/ciphers", test_ciphers);
    g_test_add_func("/cms/algorithms/rc2", test_rc2);
    g_test_add_func("/cms/algorithms/cek-hkdf", test_cek_hkdf);
    return g_test_run();
}
