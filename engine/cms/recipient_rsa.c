/* Key transport recipients: RSA PKCS #1 v1.5 and RSAES-OAEP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/bounds.h"
#include "cms/algorithms.h"
#include "cms/key_wrap.h"
#include "cms/recipient_trial.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <string.h>

#define OID_RSA_ENCRYPTION "1.2.840.113549.1.1.1"
#define OID_RSAES_OAEP "1.2.840.113549.1.1.7"
#define LONGEST_MODULUS (SM_LIMIT_RSA_BITS / 8) /* octets */

static bool set_oaep(EVP_PKEY_CTX *context, const sm_oaep_parameters *oaep)
{
    if (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) <= 0 ||
        EVP_PKEY_CTX_set_rsa_oaep_md_name(context, oaep->digest->openssl, NULL) <= 0 ||
        EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, oaep->mgf_digest->openssl, NULL) <= 0)
        return false;
    if (!sm_bytes_present(oaep->label) || oaep->label.length == 0)
        return true;
    void *label = OPENSSL_memdup(oaep->label.data, oaep->label.length);
    if (label && EVP_PKEY_CTX_set0_rsa_oaep_label(context, label, (int)oaep->label.length) > 0)
        return true; /* the context owns the label now */
    OPENSSL_free(label);
    return false;
}

/* Decrypts into `out`; the length, 0 on any failure. `oaep` NULL: PKCS #1 v1.5. */
static size_t decrypt(EVP_PKEY *key, const sm_oaep_parameters *oaep, sm_bytes encrypted,
                      uint8_t out[LONGEST_MODULUS])
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    size_t length = LONGEST_MODULUS;
    bool done =
        context && EVP_PKEY_decrypt_init(context) > 0 &&
        (oaep ? set_oaep(context, oaep) : EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0) &&
        EVP_PKEY_decrypt(context, out, &length, encrypted.data, encrypted.length) > 0;
    EVP_PKEY_CTX_free(context);
    return done ? length : 0;
}

/* All ones when a equals b, else zero, without a branch. */
static uint8_t equal_mask(size_t a, size_t b)
{
    size_t difference = a ^ b;
    return (uint8_t)(((difference | (0 - difference)) >> (8 * sizeof(size_t) - 1)) - 1);
}

/* Octets to stand in for a content key: secret, and the same for the same key and encryptedKey, as one
 * message must always come to one result. Derived from the private exponent. */
static bool stand_in(EVP_PKEY *key, sm_bytes encrypted, uint8_t *octets, size_t length)
{
    BIGNUM *d = NULL;
    uint8_t exponent[LONGEST_MODULUS];
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_D, &d) <= 0 || BN_num_bytes(d) > LONGEST_MODULUS) {
        BN_clear_free(d);
        return RAND_bytes(octets, (int)length) > 0; /* a key that does not give itself away */
    }
    int written = BN_bn2binpad(d, exponent, LONGEST_MODULUS);
    BN_clear_free(d);
    bool done = written == LONGEST_MODULUS &&
                sm_derive_hkdf("SHA256", SM_BYTES_LITERAL("stand-in for a content key"),
                               sm_bytes_of(exponent, LONGEST_MODULUS), encrypted, octets, length);
    OPENSSL_cleanse(exponent, sizeof(exponent));
    return done;
}

/* PKCS #1 v1.5 without an oracle (RFC 3218 2.3.2): when the padding is wrong, or right around a key of the
 * wrong length, other octets of the needed length take its place, so that only the content tells. OpenSSL 3.2
 * does as much itself for the padding, 3.0 does not. Octets are chosen by mask: the flow is the same either
 * way. Where the content is not authenticated, one wrong key in 256 gives a right padding there: nobody can
 * tell such content from the sender's. */
static sm_trial trial_pkcs1(sm_key_search *search, EVP_PKEY *key, sm_bytes encrypted, const char *label,
                            bool named)
{
    uint8_t decrypted[LONGEST_MODULUS] = {0};
    sm_secret cek = {.length = 0};
    size_t needed = search->cek_length ? search->cek_length : 32;
    size_t length = decrypt(key, NULL, encrypted, decrypted);
    if (search->cek_length == 0 && length > 0 && length <= sizeof(cek.octets))
        needed = length; /* a MAC key or one of RC2 may have any length */
    if (needed > sizeof(cek.octets) || !stand_in(key, encrypted, cek.octets, needed)) {
        OPENSSL_cleanse(decrypted, sizeof(decrypted));
        return sm_trial_of(SM_TRIAL_UNSUPPORTED, "OpenSSL refused to derive octets");
    }
    uint8_t keep = equal_mask(length, needed);
    for (size_t i = 0; i < needed; i++)
        cek.octets[i] = (uint8_t)((decrypted[i] & keep) | (cek.octets[i] & ~keep));
    cek.length = needed;
    OPENSSL_cleanse(decrypted, sizeof(decrypted));
    return sm_trial_offer(search, &cek, label, named);
}

static sm_trial trial_oaep(sm_key_search *search, EVP_PKEY *key, const sm_recipient_info *info,
                           const char *label, bool named)
{
    sm_oaep_parameters oaep;
    const char *fault = NULL;
    if (!sm_oaep_parameters_parse(&info->key_encryption, &oaep, &fault))
        return sm_trial_of(SM_TRIAL_UNSUPPORTED, sm_arena_printf(search->arena, "RSAES-OAEP: %s", fault));
    if (oaep.digest->openssl == NULL || oaep.mgf_digest->openssl == NULL)
        return sm_trial_of(SM_TRIAL_UNSUPPORTED, "RSAES-OAEP with an unknown digest");
    uint8_t decrypted[LONGEST_MODULUS];
    sm_secret cek = {.length = 0};
    size_t length = decrypt(key, &oaep, info->encrypted_key, decrypted);
    if (length > 0 && length <= sizeof(cek.octets)) {
        memcpy(cek.octets, decrypted, length);
        cek.length = length;
        cek.proven = true;
    }
    OPENSSL_cleanse(decrypted, sizeof(decrypted));
    if (cek.length == 0)
        return sm_trial_stopped(SM_STEP_KEY_DECRYPTION,
                                sm_arena_printf(search->arena,
                                                "%s unwrapped no content key (RSAES-OAEP decoding failed)",
                                                label));
    return sm_trial_offer(search, &cek, label, named);
}

sm_trial sm_trial_rsa(sm_key_search *search, const sm_recipient_info *info, const sm_private_key *key,
                      bool named)
{
    const sm_algorithm_info *algorithm = sm_algorithm_lookup(info->key_encryption.oid);
    bool pkcs1 = algorithm && strcmp(algorithm->oid, OID_RSA_ENCRYPTION) == 0;
    bool oaep = algorithm && strcmp(algorithm->oid, OID_RSAES_OAEP) == 0;
    if (!pkcs1 && !oaep)
        return sm_trial_of(SM_TRIAL_UNSUPPORTED,
                           sm_arena_printf(search->arena, "key transport with %s",
                                           sm_algorithm_name(search->arena, &info->key_encryption)));
    if (!EVP_PKEY_is_a(key->pkey, "RSA"))
        return sm_trial_of(SM_TRIAL_UNFIT, sm_arena_printf(search->arena, "%s is no RSA key", key->label));
    if (EVP_PKEY_get_bits(key->pkey) > SM_LIMIT_RSA_BITS)
        return sm_trial_of(SM_TRIAL_LIMIT, sm_arena_printf(search->arena, "%s: RSA key of more than %d bits",
                                                           key->label, SM_LIMIT_RSA_BITS));
    size_t modulus = (size_t)EVP_PKEY_get_size(key->pkey);
    if (info->encrypted_key.length != modulus) {
        const char *detail =
            sm_arena_printf(search->arena, "encryptedKey has %zu octets, the RSA key %s needs %zu",
                            info->encrypted_key.length, key->label, modulus);
        return named ? sm_trial_stopped(SM_STEP_PARAMETERS, detail) : sm_trial_of(SM_TRIAL_UNFIT, detail);
    }
    return pkcs1 ? trial_pkcs1(search, key->pkey, info->encrypted_key, key->label, named)
                 : trial_oaep(search, key->pkey, info, key->label, named);
}
