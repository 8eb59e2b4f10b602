/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pki/unlock.h"

#include "base/bounds.h"
#include "pki/tlv.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#define SCRYPT_MEMORY (128u << 20) /* octets of scrypt's 128 * N * r */

enum { BAG_DEPTH = 4, BAGS = 1000 }; /* SafeContents inside SafeContents; bags in one PKCS#12 file */

const char *sm_unlock_text(sm_unlock outcome)
{
    switch (outcome) {
    case SM_UNLOCK_DONE: break;
    case SM_UNLOCK_PASSWORD_NEEDED: return "password needed: give it in a password file";
    case SM_UNLOCK_WRONG_PASSWORD: return "wrong password";
    case SM_UNLOCK_DAMAGED: return "damaged";
    case SM_UNLOCK_UNSUPPORTED: return "encrypted with an algorithm this OpenSSL does not have";
    case SM_UNLOCK_LEGACY: return "encrypted with an old algorithm: install OpenSSL's legacy provider, or export it anew";
    case SM_UNLOCK_ITERATIONS:
        return "asks for more iterations of its password than " G_STRINGIFY(SM_LIMIT_PBKDF2_ITERATIONS);
    }
    return "opened";
}

/* ---- How much work a password costs ---- */

/* Adds the iterations an algorithm asks for to *total. */
static sm_unlock count_integer(const ASN1_INTEGER *iterations, uint64_t *total)
{
    uint64_t count = 0;
    if (iterations == NULL || !ASN1_INTEGER_get_uint64(&count, iterations))
        return SM_UNLOCK_DAMAGED;
    if (count > SM_LIMIT_PBKDF2_ITERATIONS || *total > SM_LIMIT_PBKDF2_ITERATIONS - count)
        return SM_UNLOCK_ITERATIONS;
    *total += count;
    return SM_UNLOCK_DONE;
}

static sm_unlock count_scrypt(const X509_ALGOR *algorithm, uint64_t *total)
{
    SCRYPT_PARAMS *scrypt = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), algorithm->parameter);
    uint64_t cost = 0, blocks = 0, parallel = 0;
    sm_unlock outcome = SM_UNLOCK_DAMAGED;
    if (scrypt != NULL && ASN1_INTEGER_get_uint64(&cost, scrypt->costParameter) &&
        ASN1_INTEGER_get_uint64(&blocks, scrypt->blockSize) &&
        ASN1_INTEGER_get_uint64(&parallel, scrypt->parallelizationParameter) && cost > 0 && blocks > 0 && parallel > 0) {
        bool large = cost > SCRYPT_MEMORY || blocks > SCRYPT_MEMORY || cost * blocks > SCRYPT_MEMORY / 128 || parallel > 16;
        outcome = large ? SM_UNLOCK_ITERATIONS : SM_UNLOCK_DONE;
        *total += large ? 0 : cost;
    }
    SCRYPT_PARAMS_free(scrypt);
    return outcome;
}

static sm_unlock count_pbkdf2(const X509_ALGOR *algorithm, uint64_t *total)
{
    PBKDF2PARAM *pbkdf2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), algorithm->parameter);
    sm_unlock outcome = pbkdf2 != NULL ? count_integer(pbkdf2->iter, total) : SM_UNLOCK_DAMAGED;
    PBKDF2PARAM_free(pbkdf2);
    return outcome;
}

/* PBES2 (RFC 8018 6.2), PBES1, and PKCS#12's own schemes. */
static sm_unlock count_encryption(const X509_ALGOR *algorithm, uint64_t *total)
{
    sm_unlock outcome = SM_UNLOCK_DAMAGED;
    if (OBJ_obj2nid(algorithm->algorithm) == NID_pbes2) {
        PBE2PARAM *pbes2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
        if (pbes2 != NULL) {
            int derivation = OBJ_obj2nid(pbes2->keyfunc->algorithm);
            outcome = derivation == NID_id_pbkdf2    ? count_pbkdf2(pbes2->keyfunc, total)
                      : derivation == NID_id_scrypt ? count_scrypt(pbes2->keyfunc, total)
                                                    : SM_UNLOCK_UNSUPPORTED;
        }
        PBE2PARAM_free(pbes2);
        return outcome;
    }
    PBEPARAM *pbe = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), algorithm->parameter);
    if (pbe != NULL)
        outcome = count_integer(pbe->iter, total);
    else if (EVP_PBE_find(EVP_PBE_TYPE_OUTER, OBJ_obj2nid(algorithm->algorithm), NULL, NULL, NULL) == 0)
        outcome = SM_UNLOCK_UNSUPPORTED;
    PBEPARAM_free(pbe);
    return outcome;
}

/* PBMAC1 (RFC 9579): OpenSSL 3.4 and later runs the PBKDF2 that stands in the MAC algorithm's parameters. */
static sm_unlock count_mac(const PKCS12 *p12, uint64_t *total)
{
    const X509_ALGOR *algorithm = NULL;
    const ASN1_INTEGER *iterations = NULL;
    PKCS12_get0_mac(NULL, &algorithm, NULL, &iterations, p12);
    char oid[64] = "";
    if (algorithm != NULL)
        OBJ_obj2txt(oid, sizeof oid, algorithm->algorithm, 1);
    if (strcmp(oid, "1.2.840.113549.1.5.14") == 0) {
        int type = 0;
        const void *value = NULL;
        X509_ALGOR_get0(NULL, &type, &value, algorithm);
        if (type != V_ASN1_SEQUENCE)
            return SM_UNLOCK_DAMAGED;
        sm_bytes rest = sm_bytes_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
        sm_tlv parameters, derivation;
        if (!sm_tlv_expect(&rest, SM_TLV_SEQUENCE, &parameters))
            return SM_UNLOCK_DAMAGED;
        rest = parameters.content;
        if (!sm_tlv_expect(&rest, SM_TLV_SEQUENCE, &derivation))
            return SM_UNLOCK_DAMAGED;
        const unsigned char *p = derivation.whole.data;
        X509_ALGOR *pbkdf2 = d2i_X509_ALGOR(NULL, &p, (long)derivation.whole.length);
        sm_unlock outcome = pbkdf2 != NULL ? count_pbkdf2(pbkdf2, total) : SM_UNLOCK_DAMAGED;
        X509_ALGOR_free(pbkdf2);
        if (outcome != SM_UNLOCK_DONE)
            return outcome;
    }
    return iterations != NULL ? count_integer(iterations, total) : SM_UNLOCK_DONE; /* left out: 1 */
}

/* Why the decryption that just failed did: the library lacks something, or the password does not fit. */
static sm_unlock why_it_failed(bool library_complete)
{
    for (unsigned long error; (error = ERR_get_error()) != 0;) {
        int reason = ERR_GET_REASON(error);
        bool unsupported =
            reason == ERR_R_UNSUPPORTED ||
            (ERR_GET_LIB(error) == ERR_LIB_EVP &&
             (reason == EVP_R_UNSUPPORTED_ALGORITHM || reason == EVP_R_UNKNOWN_PBE_ALGORITHM ||
              reason == EVP_R_UNKNOWN_CIPHER || reason == EVP_R_UNSUPPORTED_CIPHER || reason == EVP_R_UNSUPPORTED_PRF ||
              reason == EVP_R_UNSUPPORTED_KEY_DERIVATION_FUNCTION || reason == EVP_R_UNKNOWN_DIGEST)) ||
            (ERR_GET_LIB(error) == ERR_LIB_PKCS12 && reason == PKCS12_R_UNKNOWN_DIGEST_ALGORITHM);
        if (unsupported) {
            ERR_clear_error();
            return library_complete ? SM_UNLOCK_UNSUPPORTED : SM_UNLOCK_LEGACY;
        }
    }
    return SM_UNLOCK_WRONG_PASSWORD;
}

/* ---- Single keys ---- */

/* A OneAsymmetricKey that has its public key with it (RFC 5958 2, version 2), as BouncyCastle writes keys of RFC 8410, in the form
 * of version 1 that OpenSSL 3.0 reads: without the public key, which is that of the private one, and without attributes. */
static PKCS8_PRIV_KEY_INFO *read_version_2(sm_bytes der)
{
    static const uint8_t version_1[] = {SM_TLV_INTEGER, 1, 0};
    sm_tlv info, version, algorithm, key;
    if (!sm_tlv_expect(&der, SM_TLV_SEQUENCE, &info))
        return NULL;
    sm_bytes rest = info.content;
    if (!sm_tlv_expect(&rest, SM_TLV_INTEGER, &version) || version.content.length != 1 || version.content.data[0] != 1 ||
        !sm_tlv_expect(&rest, SM_TLV_SEQUENCE, &algorithm) || !sm_tlv_expect(&rest, SM_TLV_OCTET_STRING, &key))
        return NULL;
    size_t length = sizeof version_1 + algorithm.whole.length + key.whole.length, room = length + 5;
    if (length > G_MAXUINT16)
        return NULL;
    uint8_t *octets = g_malloc(room), *end = octets;
    *end++ = SM_TLV_SEQUENCE;
    if (length >= 0x100)
        *end++ = 0x82, *end++ = (uint8_t)(length >> 8);
    else if (length >= 0x80)
        *end++ = 0x81;
    *end++ = (uint8_t)length;
    memcpy(end, version_1, sizeof version_1);
    end += sizeof version_1;
    memcpy(end, algorithm.whole.data, algorithm.whole.length);
    end += algorithm.whole.length;
    memcpy(end, key.whole.data, key.whole.length);
    end += key.whole.length;
    const unsigned char *p = octets;
    PKCS8_PRIV_KEY_INFO *read = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)(end - octets));
    OPENSSL_cleanse(octets, room);
    g_free(octets);
    return read;
}

/* PKCS#8 in either version; NULL when it is none. */
static PKCS8_PRIV_KEY_INFO *read_key_info(sm_bytes der)
{
    const unsigned char *p = der.data;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.length);
    return info != NULL ? info : read_version_2(der);
}

/* The key info of an EncryptedPrivateKeyInfo with one password; NULL with the outcome. */
static PKCS8_PRIV_KEY_INFO *decrypt_key_info(const X509_SIG *encrypted, const char *password, int password_length,
                                             OSSL_LIB_CTX *library, bool library_complete, sm_unlock *outcome)
{
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OCTET_STRING *sealed = NULL;
    X509_SIG_get0(encrypted, &algorithm, &sealed);
    unsigned char *octets = NULL;
    int length = 0;
    ERR_clear_error();
    if (PKCS12_pbe_crypt_ex(algorithm, password, password_length, ASN1_STRING_get0_data(sealed), ASN1_STRING_length(sealed), &octets,
                            &length, 0, library, NULL) == NULL) {
        *outcome = why_it_failed(library_complete);
        return NULL;
    }
    PKCS8_PRIV_KEY_INFO *info = read_key_info(sm_bytes_of(octets, (size_t)MAX(length, 0)));
    OPENSSL_clear_free(octets, (size_t)MAX(length, 0));
    *outcome = info != NULL ? SM_UNLOCK_DONE : SM_UNLOCK_WRONG_PASSWORD; /* a padding that fits by chance */
    return info;
}

EVP_PKEY *sm_unlock_plain(const char *label, sm_bytes der)
{
    const unsigned char *p = der.data; /* of the traditional forms */
    EVP_PKEY *key = NULL;
    if (strcmp(label, "PRIVATE KEY") == 0) {
        PKCS8_PRIV_KEY_INFO *info = read_key_info(der);
        if (info != NULL)
            key = EVP_PKCS82PKEY(info);
        PKCS8_PRIV_KEY_INFO_free(info);
    } else {
        int type = strcmp(label, "RSA PRIVATE KEY") == 0   ? EVP_PKEY_RSA
                   : strcmp(label, "EC PRIVATE KEY") == 0  ? EVP_PKEY_EC
                   : strcmp(label, "DSA PRIVATE KEY") == 0 ? EVP_PKEY_DSA
                                                           : EVP_PKEY_NONE;
        if (type != EVP_PKEY_NONE)
            key = d2i_PrivateKey(type, NULL, &p, (long)der.length);
    }
    ERR_clear_error();
    return key;
}

sm_unlock sm_unlock_pkcs8(sm_keyring *ring, sm_bytes der, const GPtrArray *passwords, EVP_PKEY **key)
{
    *key = NULL;
    const unsigned char *p = der.data;
    X509_SIG *encrypted = d2i_X509_SIG(NULL, &p, (long)der.length);
    if (encrypted == NULL) {
        ERR_clear_error();
        return SM_UNLOCK_DAMAGED;
    }
    const X509_ALGOR *algorithm = NULL;
    uint64_t iterations = 0;
    X509_SIG_get0(encrypted, &algorithm, NULL);
    sm_unlock outcome = count_encryption(algorithm, &iterations);
    if (outcome == SM_UNLOCK_DONE)
        outcome = SM_UNLOCK_PASSWORD_NEEDED;
    for (guint i = 0; outcome != SM_UNLOCK_DONE && i < passwords->len; i++) {
        if (outcome != SM_UNLOCK_PASSWORD_NEEDED && outcome != SM_UNLOCK_WRONG_PASSWORD)
            break;
        bool complete = false;
        OSSL_LIB_CTX *library = sm_keyring_library(ring, &complete);
        const char *password = passwords->pdata[i];
        PKCS8_PRIV_KEY_INFO *info =
            decrypt_key_info(encrypted, password, (int)strlen(password), library, complete, &outcome);
        if (info == NULL)
            continue;
        *key = EVP_PKCS82PKEY(info); /* in the common library, where it will be used */
        PKCS8_PRIV_KEY_INFO_free(info);
        outcome = *key != NULL ? SM_UNLOCK_DONE : SM_UNLOCK_DAMAGED;
    }
    X509_SIG_free(encrypted);
    ERR_clear_error();
    return outcome;
}

/* Hands PEM_do_header() the one password to try: without a callback it would ask on the terminal. */
static int give_password(char *buffer, int size, int writing, void *password)
{
    (void)writing;
    size_t length = strlen(password);
    if (length > (size_t)MAX(size, 0))
        return -1;
    memcpy(buffer, password, length);
    return (int)length;
}

sm_unlock sm_unlock_traditional(const char *label, const char *header, sm_bytes octets, const GPtrArray *passwords,
                                EVP_PKEY **key)
{
    *key = NULL;
    g_autofree char *own_header = g_strdup(header); /* the call writes into it */
    EVP_CIPHER_INFO cipher;
    ERR_clear_error();
    if (!PEM_get_EVP_CIPHER_INFO(own_header, &cipher)) {
        bool unknown = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_UNSUPPORTED_ENCRYPTION;
        ERR_clear_error();
        return unknown ? SM_UNLOCK_UNSUPPORTED : SM_UNLOCK_DAMAGED;
    }
    sm_unlock outcome = SM_UNLOCK_PASSWORD_NEEDED;
    for (guint i = 0; i < passwords->len && *key == NULL; i++) {
        /* It is decrypted in place, and the final block may be written past what the plaintext needs. */
        uint8_t *copy = g_malloc(octets.length + EVP_MAX_BLOCK_LENGTH);
        memcpy(copy, octets.data, octets.length);
        long length = (long)octets.length;
        if (PEM_do_header(&cipher, copy, &length, give_password, passwords->pdata[i]))
            *key = sm_unlock_plain(label, sm_bytes_of(copy, (size_t)length));
        else
            outcome = SM_UNLOCK_WRONG_PASSWORD;
        if (*key == NULL && outcome == SM_UNLOCK_PASSWORD_NEEDED)
            outcome = SM_UNLOCK_WRONG_PASSWORD; /* a padding that fits by chance, in one of 256 */
        OPENSSL_cleanse(copy, octets.length + EVP_MAX_BLOCK_LENGTH);
        g_free(copy);
    }
    ERR_clear_error();
    return *key != NULL ? SM_UNLOCK_DONE : outcome;
}

/* ---- PKCS#12 ---- */

/* One attempt at a file: the password, the library, and what came out so far. */
typedef struct attempt {
    const char *password;
    int password_length;
    OSSL_LIB_CTX *library;
    bool library_complete;
    uint64_t iterations;
    unsigned bags;
    sm_pkcs12 *content;
} attempt;

static void take_certificate(attempt *try, const PKCS12_SAFEBAG *bag)
{
    X509 *x509 = PKCS12_SAFEBAG_get1_cert(bag); /* NULL for an SDSI certificate */
    unsigned char *der = NULL;
    int length = x509 != NULL ? i2d_X509(x509, &der) : 0;
    if (length > 0)
        g_ptr_array_add(try->content->certificates, g_bytes_new(der, (gsize)length));
    OPENSSL_free(der);
    X509_free(x509);
}

static void take_crl(attempt *try, const PKCS12_SAFEBAG *bag)
{
    X509_CRL *crl = PKCS12_SAFEBAG_get1_crl(bag);
    unsigned char *der = NULL;
    int length = crl != NULL ? i2d_X509_CRL(crl, &der) : 0;
    if (length > 0)
        g_ptr_array_add(try->content->crls, g_bytes_new(der, (gsize)length));
    OPENSSL_free(der);
    X509_CRL_free(crl);
}

static sm_unlock take_key(attempt *try, const PKCS8_PRIV_KEY_INFO *info)
{
    EVP_PKEY *key = EVP_PKCS82PKEY(info);
    if (key == NULL)
        return SM_UNLOCK_UNSUPPORTED;
    g_ptr_array_add(try->content->keys, key);
    return SM_UNLOCK_DONE;
}

static sm_unlock open_shrouded_key(attempt *try, const PKCS12_SAFEBAG *bag)
{
    const X509_ALGOR *algorithm = NULL;
    X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, NULL);
    sm_unlock outcome = count_encryption(algorithm, &try->iterations);
    if (outcome != SM_UNLOCK_DONE)
        return outcome;
    PKCS8_PRIV_KEY_INFO *info = decrypt_key_info(PKCS12_SAFEBAG_get0_pkcs8(bag), try->password, try->password_length,
                                                 try->library, try->library_complete, &outcome);
    if (info == NULL)
        return outcome;
    outcome = take_key(try, info);
    PKCS8_PRIV_KEY_INFO_free(info);
    return outcome;
}

static sm_unlock open_bags(attempt *try, const STACK_OF(PKCS12_SAFEBAG) *bags, int depth)
{
    sm_unlock outcome = SM_UNLOCK_DONE;
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags) && outcome == SM_UNLOCK_DONE; i++) {
        const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
        if (++try->bags > BAGS)
            return SM_UNLOCK_DAMAGED;
        switch (PKCS12_SAFEBAG_get_nid(bag)) {
        case NID_keyBag:
            outcome = take_key(try, PKCS12_SAFEBAG_get0_p8inf(bag));
            break;
        case NID_pkcs8ShroudedKeyBag:
            outcome = open_shrouded_key(try, bag);
            break;
        case NID_certBag:
            take_certificate(try, bag);
            break;
        case NID_crlBag:
            take_crl(try, bag);
            break;
        case NID_safeContentsBag:
            if (depth >= BAG_DEPTH)
                return SM_UNLOCK_DAMAGED;
            outcome = open_bags(try, PKCS12_SAFEBAG_get0_safes(bag), depth + 1);
            break;
        }
    }
    return outcome;
}

/* One ContentInfo of the AuthenticatedSafe. */
static sm_unlock open_safe(attempt *try, PKCS7 *safe)
{
    STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
    sm_unlock outcome = SM_UNLOCK_DAMAGED;
    switch (OBJ_obj2nid(safe->type)) {
    case NID_pkcs7_data:
        bags = PKCS12_unpack_p7data(safe);
        break;
    case NID_pkcs7_encrypted:
        if (safe->d.encrypted == NULL || safe->d.encrypted->enc_data == NULL)
            return SM_UNLOCK_DAMAGED;
        outcome = count_encryption(safe->d.encrypted->enc_data->algorithm, &try->iterations);
        if (outcome != SM_UNLOCK_DONE)
            return outcome;
        ERR_clear_error();
        bags = PKCS12_unpack_p7encdata(safe, try->password, try->password_length);
        outcome = bags != NULL ? SM_UNLOCK_DONE : why_it_failed(try->library_complete);
        break;
    default: /* sealed for a public key */
        return SM_UNLOCK_UNSUPPORTED;
    }
    if (bags != NULL)
        outcome = open_bags(try, bags, 0);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    return outcome;
}

static sm_unlock open_safes(attempt *try, PKCS12 *p12)
{
    STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p12);
    if (safes == NULL)
        return SM_UNLOCK_DAMAGED;
    sm_unlock outcome = SM_UNLOCK_DONE;
    for (int i = 0; i < sk_PKCS7_num(safes) && outcome == SM_UNLOCK_DONE; i++)
        outcome = open_safe(try, sk_PKCS7_value(safes, i));
    sk_PKCS7_pop_free(safes, PKCS7_free);
    return outcome;
}

/* The file with one password; `mac_iterations` are spent already. */
static sm_unlock open_with(sm_keyring *ring, PKCS12 *p12, const char *password, uint64_t mac_iterations,
                           sm_pkcs12 *content)
{
    attempt try = {
        .password = password,
        .password_length = password != NULL ? (int)strlen(password) : 0,
        .iterations = mac_iterations,
        .content = content,
    };
    try.library = sm_keyring_library(ring, &try.library_complete);
    if (PKCS12_mac_present(p12)) {
        ERR_clear_error();
        if (!PKCS12_verify_mac(p12, password, try.password_length))
            return why_it_failed(try.library_complete);
    }
    sm_unlock outcome = open_safes(&try, p12);
    if (outcome != SM_UNLOCK_DONE) {
        g_ptr_array_set_size(content->keys, 0);
        g_ptr_array_set_size(content->certificates, 0);
        g_ptr_array_set_size(content->crls, 0);
    }
    /* The MAC says that the password is right: what does not open then was damaged before it was made. */
    if (outcome == SM_UNLOCK_WRONG_PASSWORD && PKCS12_mac_present(p12))
        outcome = SM_UNLOCK_DAMAGED;
    return outcome;
}

sm_unlock sm_unlock_pkcs12(sm_keyring *ring, sm_bytes octets, const GPtrArray *passwords, sm_pkcs12 *content)
{
    PKCS12 *p12 = PKCS12_init_ex(NID_pkcs7_data, sm_keyring_library(ring, NULL), NULL);
    const unsigned char *p = octets.data;
    if (p12 == NULL || d2i_PKCS12(&p12, &p, (long)octets.length) == NULL) {
        ERR_clear_error();
        return SM_UNLOCK_DAMAGED;
    }
    uint64_t mac_iterations = 0;
    sm_unlock outcome = PKCS12_mac_present(p12) ? count_mac(p12, &mac_iterations) : SM_UNLOCK_DONE;
    if (outcome == SM_UNLOCK_DONE) {
        /* No password has two forms, and both are in use: none at all, and an empty one (RFC 7292 B.1). */
        static const char *const empty[] = {NULL, ""};
        outcome = SM_UNLOCK_WRONG_PASSWORD;
        for (size_t i = 0; i < G_N_ELEMENTS(empty) && outcome == SM_UNLOCK_WRONG_PASSWORD; i++)
            outcome = open_with(ring, p12, empty[i], mac_iterations, content);
        for (guint i = 0; i < passwords->len && outcome == SM_UNLOCK_WRONG_PASSWORD; i++)
            outcome = open_with(ring, p12, passwords->pdata[i], mac_iterations, content);
        if (outcome == SM_UNLOCK_WRONG_PASSWORD && passwords->len == 0)
            outcome = SM_UNLOCK_PASSWORD_NEEDED;
    }
    PKCS12_free(p12);
    ERR_clear_error();
    return outcome;
}
