/* Signature values: one public key, one algorithm, one message.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/signature_value.h"

#include "base/bounds.h"
#include "cms/openssl_library.h"
#include "cms/pss_shake.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <string.h>

#define OID_RSA_ENCRYPTION "1.2.840.113549.1.1.1"

typedef struct value_check {
    sm_arena *arena;
    const sm_certificate *certificate;
    EVP_PKEY *key;
    const sm_algorithm *signature_algorithm, *digest_algorithm;
    const sm_algorithm_info *info; /* of the signature algorithm */
    sm_signature_family family;
    const char *digest; /* EVP name of the digest to sign with; NULL: the message itself is signed */
    sm_pss_parameters pss;
} value_check;

static sm_verdict unsupported(const value_check *check, const char *why)
{
    const char *name = sm_algorithm_name(check->arena, check->signature_algorithm);
    return sm_not_evaluated(SM_REASON_UNSUPPORTED, sm_arena_printf(check->arena, "%s: %s", name, why));
}

/* EVP name of a digest a message names, NULL when there is none for a signature. */
static const char *digest_name(const sm_algorithm *algorithm)
{
    const sm_algorithm_info *info = sm_algorithm_lookup(algorithm->oid);
    return info && info->class_ == SM_ALGORITHM_DIGEST ? info->openssl : NULL;
}

static sm_verdict choose_pss(value_check *check)
{
    const char *fault = NULL;
    if (!sm_pss_parameters_parse(check->signature_algorithm, &check->pss, &fault))
        return g_str_has_prefix(fault, "unknown")
                   ? unsupported(check, fault)
                   : sm_fail(SM_REASON_PARAMETERS,
                             sm_arena_printf(check->arena, "RSASSA-PSS: %s (RFC 4056 2.2)", fault));
    const sm_algorithm_info *digest = sm_algorithm_lookup(check->digest_algorithm->oid);
    if (digest != check->pss.digest)
        return sm_fail(SM_REASON_PARAMETERS,
                       sm_arena_printf(check->arena,
                                       "RSASSA-PSS parameters say %s, digestAlgorithm says %s (RFC 4056 3)",
                                       check->pss.digest->name,
                                       sm_algorithm_name(check->arena, check->digest_algorithm)));
    check->digest = check->pss.digest->openssl;
    return check->digest && check->pss.mgf_digest->openssl ? SM_VERDICT_PASS
                                                           : unsupported(check, "OpenSSL has no such digest");
}

/* Which primitive and which digest the algorithm stands for. */
static sm_verdict choose_primitive(value_check *check)
{
    check->info = sm_algorithm_lookup(check->signature_algorithm->oid);
    if (check->info == NULL)
        return unsupported(check, "unknown signature algorithm");
    if (strcmp(check->info->oid, OID_RSA_ENCRYPTION) ==
        0) { /* RFC 3370 3.2, RFC 5754 3.2: the digest is digestAlgorithm's */
        check->family = SM_FAMILY_RSA_PKCS1;
        check->digest = digest_name(check->digest_algorithm);
        return check->digest ? SM_VERDICT_PASS : unsupported(check, "with an unknown digestAlgorithm");
    }
    check->family = check->info->family;
    switch (check->family) {
    case SM_FAMILY_RSA_PSS_SHAKE:
        if (sm_bytes_present(check->signature_algorithm->parameters))
            return sm_fail(SM_REASON_PARAMETERS,
                           sm_arena_printf(check->arena, "%s: parameters are present (RFC 8702 3)", check->info->name));
        check->digest = check->info->digest;
        return SM_VERDICT_PASS;
    case SM_FAMILY_RSA_PKCS1:
    case SM_FAMILY_ECDSA:
    case SM_FAMILY_DSA:
        check->digest = check->info->digest;
        return check->digest ? SM_VERDICT_PASS : unsupported(check, "names no digest");
    case SM_FAMILY_RSA_PSS:
        return choose_pss(check);
    case SM_FAMILY_EDDSA:
    case SM_FAMILY_ML_DSA:
    case SM_FAMILY_SLH_DSA:
        return SM_VERDICT_PASS;
    case SM_FAMILY_NONE:
        break;
    }
    return unsupported(check, "no signature algorithm this tool verifies");
}

static bool key_fits(const value_check *check)
{
    switch (check->family) {
    case SM_FAMILY_RSA_PKCS1:
    case SM_FAMILY_RSA_PSS_SHAKE:
        return EVP_PKEY_is_a(check->key, "RSA");
    case SM_FAMILY_RSA_PSS:
        return EVP_PKEY_is_a(check->key, "RSA") || EVP_PKEY_is_a(check->key, "RSA-PSS");
    case SM_FAMILY_ECDSA:
        return EVP_PKEY_is_a(check->key, "EC");
    case SM_FAMILY_DSA:
        return EVP_PKEY_is_a(check->key, "DSA");
    case SM_FAMILY_EDDSA:
        return EVP_PKEY_is_a(check->key, strcmp(check->info->oid, "1.3.101.112") == 0 ? "ED25519" : "ED448");
    case SM_FAMILY_ML_DSA:
    case SM_FAMILY_SLH_DSA:
        return check->info->openssl && EVP_PKEY_is_a(check->key, check->info->openssl);
    case SM_FAMILY_NONE:
        break;
    }
    return false;
}

/* An RSA key whose public exponent is 1 or even (RFC 8017 3.1: odd, at least 3): with 1 anybody signs for it. */
static bool has_bad_exponent(EVP_PKEY *key)
{
    BIGNUM *exponent = NULL;
    bool bad = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) <= 0 || !BN_is_odd(exponent) || BN_is_one(exponent);
    BN_free(exponent);
    return bad;
}

/* A curve spelled out instead of named, which RFC 5480 2.1.1 forbids: with a generator of one's own choice anybody makes a private
 * key for the public key of somebody else. */
static bool has_explicit_curve(EVP_PKEY *key)
{
    int explicit_parameters = 0;
    return EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit_parameters) > 0 &&
           explicit_parameters == 1;
}

static sm_verdict check_key(const value_check *check)
{
    const char *label = sm_certificate_label(check->arena, check->certificate);
    if (check->key == NULL)
        return unsupported(
            check, sm_arena_printf(check->arena, "this OpenSSL cannot read the public key of %s", label));
    if (!key_fits(check))
        return sm_fail(
            SM_REASON_KEY_MISMATCH,
            sm_arena_printf(check->arena, "%s cannot be made with the %s key of %s",
                            sm_algorithm_name(check->arena, check->signature_algorithm),
                            check->certificate->key_name ? check->certificate->key_name : "unknown", label));
    bool rsa = check->family == SM_FAMILY_RSA_PKCS1 || check->family == SM_FAMILY_RSA_PSS ||
               check->family == SM_FAMILY_RSA_PSS_SHAKE;
    if (rsa && EVP_PKEY_get_bits(check->key) > SM_LIMIT_RSA_BITS)
        return sm_not_evaluated(SM_REASON_LIMIT,
                                sm_arena_printf(check->arena, "RSA key of %d bits, the limit is %d (%s)",
                                                EVP_PKEY_get_bits(check->key), SM_LIMIT_RSA_BITS, label));
    if (rsa && has_bad_exponent(check->key))
        return sm_fail(SM_REASON_PARAMETERS,
                       sm_arena_printf(check->arena, "the RSA key of %s has a public exponent that is 1 or even (RFC 8017 3.1)", label));
    if (check->family == SM_FAMILY_ECDSA && has_explicit_curve(check->key))
        return sm_fail(SM_REASON_PARAMETERS,
                       sm_arena_printf(check->arena, "the key of %s has an explicit curve (RFC 5480 2.1.1)", label));
    return SM_VERDICT_PASS;
}

/* RSA padding; a key restricted to other RSASSA-PSS parameters refuses here. */
static bool set_padding(const value_check *check, EVP_PKEY_CTX *context)
{
    if (check->family == SM_FAMILY_RSA_PKCS1)
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0;
    if (check->family != SM_FAMILY_RSA_PSS)
        return true;
    return check->pss.salt_length <= SM_LIMIT_RSA_BITS / 8 &&
           EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, check->pss.mgf_digest->openssl, NULL) > 0 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, (int)check->pss.salt_length) > 0;
}

static sm_verdict mismatch(const value_check *check)
{
    return sm_fail(SM_REASON_SIGNATURE_MISMATCH,
                   sm_arena_printf(check->arena, "the signature value does not verify with the key of %s",
                                   sm_certificate_label(check->arena, check->certificate)));
}

/* ECDSA over the output of SHAKE, 32 or 64 octets (RFC 8702 3.2.2): OpenSSL takes no extendable-output function for a signature's
 * digest, but the octets that one gave. */
static sm_verdict verify_shake_ecdsa(const value_check *check, sm_bytes message, sm_bytes value)
{
    bool shake256 = strcmp(check->digest, "SHAKE256") == 0;
    const sm_algorithm shake = {.oid = shake256 ? SM_BYTES_LITERAL("\x60\x86\x48\x01\x65\x03\x04\x02\x0c")
                                                : SM_BYTES_LITERAL("\x60\x86\x48\x01\x65\x03\x04\x02\x0b")};
    uint8_t digest[SM_DIGEST_OCTETS];
    size_t length;
    if (sm_bytes_present(check->signature_algorithm->parameters))
        return sm_fail(SM_REASON_PARAMETERS,
                       sm_arena_printf(check->arena, "%s: parameters are present (RFC 8702 3)", check->info->name));
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, check->key, NULL);
    bool ready = sm_digest_octets(&shake, message, digest, &length) == SM_DIGEST_DONE && context &&
                 EVP_PKEY_verify_init(context) > 0;
    bool good = ready && EVP_PKEY_verify(context, value.data, value.length, digest, length) == 1;
    EVP_PKEY_CTX_free(context);
    return good ? SM_VERDICT_PASS : ready ? mismatch(check) : unsupported(check, "refused by this OpenSSL or its configuration");
}

static sm_verdict verify(const value_check *check, EVP_MD_CTX *context, sm_bytes message, sm_bytes value)
{
    const char *label = sm_certificate_label(check->arena, check->certificate);
    if (check->family == SM_FAMILY_RSA_PSS_SHAKE)
        return sm_pss_shake_verify(check->key, strcmp(check->digest, "SHAKE256") == 0, message, value) ? SM_VERDICT_PASS
                                                                                                       : mismatch(check);
    if (check->family == SM_FAMILY_ECDSA && g_str_has_prefix(check->digest, "SHAKE"))
        return verify_shake_ecdsa(check, message, value);
    EVP_PKEY_CTX *key_context = NULL;
    if (EVP_DigestVerifyInit_ex(context, &key_context, check->digest, NULL, NULL, check->key, NULL) <= 0)
        return check->family == SM_FAMILY_RSA_PSS && EVP_PKEY_is_a(check->key, "RSA-PSS")
                   ? sm_fail(SM_REASON_KEY_MISMATCH,
                             sm_arena_printf(check->arena, "the RSASSA-PSS key of %s does not allow %s",
                                             label, check->digest))
                   : unsupported(check, "refused by this OpenSSL or its configuration");
    if (!set_padding(check, key_context))
        return sm_fail(
            SM_REASON_KEY_MISMATCH,
            sm_arena_printf(check->arena, "the key of %s does not allow these RSA parameters", label));
    /* 0 is a wrong value, less than 0 one that is malformed for the algorithm: neither verifies. */
    if (EVP_DigestVerify(context, value.data, value.length, message.data, message.length) == 1)
        return SM_VERDICT_PASS;
    return mismatch(check);
}

sm_verdict sm_signature_value_verify(sm_arena *arena, const sm_certificate *certificate,
                                     const sm_algorithm *signature_algorithm,
                                     const sm_algorithm *digest_algorithm, sm_bytes message, sm_bytes value)
{
    value_check check = {
        .arena = arena,
        .certificate = certificate,
        .key = certificate->public_key,
        .signature_algorithm = signature_algorithm,
        .digest_algorithm = digest_algorithm,
    };
    sm_verdict ready = choose_primitive(&check);
    if (ready.kind == SM_PASS)
        ready = check_key(&check);
    if (ready.kind != SM_PASS)
        return ready;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL)
        return sm_not_evaluated(SM_REASON_LIBRARY, "OpenSSL gives no digest context");
    sm_verdict verdict = verify(&check, context, message, value);
    EVP_MD_CTX_free(context);
    return verdict;
}
