/* DSA public keys whose certificate leaves their domain parameters to the issuer's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/dsa_inheritance.h"

#include "cms/algorithms.h"
#include "cms/der.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

/* id-dsa 1.2.840.10040.4.1 */
#define OID_DSA SM_BYTES_LITERAL("\x2a\x86\x48\xce\x38\x04\x01")

/* The content octets of the DSAPublicKey INTEGER of a SubjectPublicKeyInfo whose algorithm has no parameters. */
static bool bare_public_key(sm_bytes public_key_info, sm_bytes *value)
{
    sm_der outer = sm_der_start_whole(public_key_info, SM_DER_STRICT), info;
    sm_algorithm algorithm = {0};
    sm_bytes bits = SM_BYTES_NONE;
    unsigned unused = 0;
    if (!sm_der_enter(&outer, SM_TAG_SEQUENCE, &info, "SubjectPublicKeyInfo"))
        return false;
    (void)(sm_algorithm_take(&info, SM_TAG_SEQUENCE, &algorithm, "algorithm") &&
           sm_der_bits(&info, NULL, &bits, &unused, "subjectPublicKey"));
    if (!sm_der_leave(&outer, &info, "SubjectPublicKeyInfo") || unused != 0 || !sm_bytes_equal(algorithm.oid, OID_DSA) ||
        sm_bytes_present(algorithm.parameters))
        return false;
    sm_der key = sm_der_start_whole(bits, SM_DER_STRICT);
    return sm_der_integer(&key, value, "DSAPublicKey") && !sm_der_more(&key) && (value->data[0] & 0x80) == 0;
}

bool sm_dsa_inherits(const sm_certificate *certificate)
{
    sm_bytes value;
    return certificate->public_key == NULL && certificate->key_type == SM_KEY_DSA &&
           bare_public_key(certificate->public_key_info, &value);
}

/* Adds one of the issuer's numbers. */
static bool push_copy(OSSL_PARAM_BLD *build, const EVP_PKEY *from, const char *name, BIGNUM **kept)
{
    return EVP_PKEY_get_bn_param(from, name, kept) > 0 && OSSL_PARAM_BLD_push_BN(build, name, *kept) > 0;
}

static EVP_PKEY *key_from(EVP_PKEY *issuer, const BIGNUM *value)
{
    EVP_PKEY *key = NULL;
    BIGNUM *p = NULL, *q = NULL, *g = NULL;
    OSSL_PARAM *parameters = NULL;
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
    if (build && context && push_copy(build, issuer, OSSL_PKEY_PARAM_FFC_P, &p) &&
        push_copy(build, issuer, OSSL_PKEY_PARAM_FFC_Q, &q) && push_copy(build, issuer, OSSL_PKEY_PARAM_FFC_G, &g) &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PUB_KEY, value) > 0 &&
        (parameters = OSSL_PARAM_BLD_to_param(build)) != NULL && EVP_PKEY_fromdata_init(context) > 0 &&
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) <= 0)
        key = NULL;
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(context);
    BN_free(p);
    BN_free(q);
    BN_free(g);
    return key;
}

/* Is it of the group of order q? */
static bool is_sound(EVP_PKEY *key)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool sound = context && EVP_PKEY_public_check(context) == 1;
    EVP_PKEY_CTX_free(context);
    return sound;
}

EVP_PKEY *sm_dsa_inherit(const sm_certificate *certificate, const sm_certificate *issuer)
{
    sm_bytes octets;
    if (certificate->public_key != NULL || !bare_public_key(certificate->public_key_info, &octets) ||
        issuer->public_key == NULL || !EVP_PKEY_is_a(issuer->public_key, "DSA") ||
        !sm_bytes_equal(certificate->issuer_der, issuer->subject_der) ||
        X509_verify(certificate->x509, issuer->public_key) != 1)
        return NULL;
    BIGNUM *value = octets.length <= 2048 ? BN_bin2bn(octets.data, (int)octets.length, NULL) : NULL;
    EVP_PKEY *key = value ? key_from(issuer->public_key, value) : NULL;
    BN_free(value);
    if (key && !is_sound(key)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}

bool sm_dsa_same_parameters(const sm_certificate *a, const sm_certificate *b)
{
    return a->public_key && b->public_key && EVP_PKEY_is_a(a->public_key, "DSA") && EVP_PKEY_is_a(b->public_key, "DSA") &&
           EVP_PKEY_parameters_eq(a->public_key, b->public_key) == 1;
}
