/* Recipients with a symmetric key: key-encryption keys distributed beforehand, and passwords.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/bounds.h"
#include "cms/algorithms.h"
#include "cms/der.h"
#include "cms/key_wrap.h"
#include "cms/openssl_library.h"
#include "cms/recipient_trial.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <string.h>

sm_trial sm_trial_kek(sm_key_search *search, const sm_recipient_info *info, const sm_symmetric_key *key)
{
    size_t kek_octets;
    if (sm_wrap_lookup(&info->key_encryption, &kek_octets) == NULL)
        return sm_trial_of(SM_TRIAL_UNSUPPORTED,
                           sm_arena_printf(search->arena, "key wrap %s",
                                           sm_algorithm_name(search->arena, &info->key_encryption)));
    sm_secret cek;
    const char *fault = NULL;
    if (!sm_key_unwrap(search->arena, &info->key_encryption, key->octets.data, key->octets.length,
                       info->encrypted_key, &cek, &fault))
        return sm_trial_stopped(
            SM_STEP_KEY_UNWRAP,
            sm_arena_printf(search->arena, "%s unwrapped no content key (%s)", key->label, fault));
    return sm_trial_offer(search, &cek, key->label, true);
}

/* ---- passwords ---------------------------------------------------------------------------------- */

#define OID_PBKDF2 "1.2.840.113549.1.5.12"
#define OID_PWRI_KEK "1.2.840.113549.1.9.16.3.9"
#define LONGEST_WRAP 128 /* octets of a PWRI-KEK wrapped key: length, check value, key and padding */
#define LARGEST_BLOCK 16

/* PBKDF2-params (RFC 8018 A.2) and the cipher of PWRI-KEK with its IV. */
typedef struct password_scheme {
    sm_bytes salt;
    uint32_t iterations, key_length; /* octets; 0: not said */
    const char *prf_digest;
    const sm_algorithm_info *cipher;
    sm_bytes iv;
} password_scheme;

/* EVP name of the digest of an HMAC; NULL unknown. */
static const char *hmac_digest(const sm_algorithm *algorithm)
{
    const sm_algorithm_info *info = sm_algorithm_lookup(algorithm->oid);
    return info && info->class_ == SM_ALGORITHM_MAC ? info->digest : NULL;
}

/* iterationCount, which has no upper bound: what is larger than a uint32_t is beyond every limit anyway. */
static bool read_iterations(sm_der *der, uint32_t *iterations)
{
    sm_bytes content;
    if (!sm_der_integer(der, &content, "iterationCount") || content.data[0] & 0x80)
        return false;
    uint64_t count = 0;
    for (size_t i = 0; i < content.length && count <= UINT32_MAX; i++)
        count = count << 8 | content.data[i];
    *iterations = (uint32_t)MIN(count, UINT32_MAX);
    return true;
}

/* False with the trial that says why not. */
static bool read_pbkdf2(sm_arena *arena, const sm_recipient_info *info, password_scheme *out, sm_trial *refusal)
{
    const sm_algorithm_info *row = sm_algorithm_lookup(info->key_derivation.oid);
    if (row == NULL || strcmp(row->oid, OID_PBKDF2) != 0) {
        *refusal = sm_trial_of(SM_TRIAL_UNSUPPORTED,
                               sm_bytes_present(info->key_derivation.oid)
                                   ? sm_arena_printf(arena, "key derivation %s", sm_algorithm_name(arena, &info->key_derivation))
                                   : "password recipient without a key derivation");
        return false;
    }
    *refusal = sm_trial_stopped(SM_STEP_PARAMETERS, "PBKDF2-params are missing or malformed (RFC 8018 A.2)");
    sm_der outer = sm_der_start_whole(info->key_derivation.parameters, SM_DER_BER), inner;
    uint32_t tag;
    sm_tlv prf;
    sm_algorithm prf_algorithm = {0};
    if (!sm_bytes_present(info->key_derivation.parameters) ||
        !sm_der_enter(&outer, SM_TAG_SEQUENCE, &inner, "PBKDF2-params") ||
        !sm_der_octets(&inner, arena, SM_TAG_OCTET_STRING, &out->salt, NULL, "salt") ||
        !read_iterations(&inner, &out->iterations))
        return false;
    if (sm_der_peek(&inner, &tag) && tag == SM_TAG_INTEGER &&
        !sm_der_uint(&inner, &out->key_length, "keyLength"))
        return false;
    out->prf_digest = "SHA1";
    bool has_prf = sm_der_optional(&inner, SM_TAG_SEQUENCE, &prf, "prf");
    if ((has_prf && !sm_algorithm_read(prf.encoding, &prf_algorithm)) || !sm_der_leave(&outer, &inner, "PBKDF2-params"))
        return false;
    if (has_prf)
        out->prf_digest = hmac_digest(&prf_algorithm);
    if (out->prf_digest == NULL)
        *refusal = sm_trial_of(SM_TRIAL_UNSUPPORTED,
                               sm_arena_printf(arena, "PBKDF2 with %s", sm_algorithm_name(arena, &prf_algorithm)));
    return out->prf_digest != NULL;
}

static bool read_pwri_kek(sm_arena *arena, const sm_recipient_info *info, password_scheme *out)
{
    const sm_algorithm_info *row = sm_algorithm_lookup(info->key_encryption.oid);
    sm_algorithm inner;
    sm_cipher_parameters parameters;
    const char *fault;
    if (row == NULL || strcmp(row->oid, OID_PWRI_KEK) != 0 ||
        !sm_algorithm_read(info->key_encryption.parameters, &inner) ||
        !sm_cipher_parameters_parse(arena, &inner, &parameters, &fault) || parameters.cipher == NULL ||
        parameters.cipher->class_ != SM_ALGORITHM_CONTENT_ENCRYPTION || parameters.cek_hkdf)
        return false;
    out->cipher = parameters.cipher;
    out->iv = parameters.nonce;
    return out->cipher->key_octets > 0 && out->cipher->key_octets <= 32 && out->cipher->block_octets >= 8 &&
           out->cipher->block_octets <= LARGEST_BLOCK && out->iv.length == out->cipher->block_octets;
}

/* One CBC decryption without padding. */
static bool cbc_decrypt(EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv, const uint8_t *in,
                        size_t length, uint8_t *out)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int written = 0, rest = 0;
    bool done = context && EVP_DecryptInit_ex2(context, cipher, key, iv, NULL) > 0 &&
                EVP_CIPHER_CTX_set_padding(context, 0) > 0 &&
                EVP_DecryptUpdate(context, out, &written, in, (int)length) > 0 &&
                EVP_DecryptFinal_ex(context, out + written, &rest) > 0 && (size_t)(written + rest) == length;
    EVP_CIPHER_CTX_free(context);
    return done;
}

/* RFC 3211 2.3.2: the last block is decrypted with the block before it as IV and is itself the IV of the
 * others; then once more with the IV of the parameters. What comes out: length, complement of the key's first
 * three octets, key, padding. */
static bool pwri_unwrap(const password_scheme *scheme, const uint8_t *kek, sm_bytes wrapped, sm_secret *cek)
{
    size_t block = scheme->cipher->block_octets, last = wrapped.length - block;
    uint8_t outer[LONGEST_WRAP], inner[LONGEST_WRAP];
    EVP_CIPHER *cipher = sm_cipher_fetch(scheme->cipher->openssl);
    bool done =
        cipher &&
        cbc_decrypt(cipher, kek, wrapped.data + last - block, wrapped.data + last, block, outer + last) &&
        cbc_decrypt(cipher, kek, outer + last, wrapped.data, last, outer) &&
        cbc_decrypt(cipher, kek, scheme->iv.data, outer, wrapped.length, inner);
    size_t length = done ? inner[0] : 0;
    done = done && length >= 3 && length <= wrapped.length - 4 && length <= sizeof(cek->octets) &&
           ((inner[1] ^ inner[4]) & (inner[2] ^ inner[5]) & (inner[3] ^ inner[6])) == 0xff;
    if (done) {
        memcpy(cek->octets, inner + 4, length);
        cek->length = length;
        cek->proven = true;
    }
    OPENSSL_cleanse(outer, sizeof(outer));
    OPENSSL_cleanse(inner, sizeof(inner));
    EVP_CIPHER_free(cipher);
    return done;
}

static bool password_kek(const password_scheme *scheme, const char *password, uint8_t *kek)
{
    EVP_MD *md = EVP_MD_fetch(NULL, scheme->prf_digest, NULL);
    bool done =
        md && PKCS5_PBKDF2_HMAC(password, (int)strlen(password), scheme->salt.data, (int)scheme->salt.length,
                                (int)scheme->iterations, md, (int)scheme->cipher->key_octets, kek) > 0;
    EVP_MD_free(md);
    return done;
}

sm_trial sm_trial_password(sm_key_search *search, const sm_recipient_info *info, const char *password,
                           const char *label)
{
    password_scheme scheme = {.iterations = 0};
    sm_trial refusal;
    if (!read_pbkdf2(search->arena, info, &scheme, &refusal))
        return refusal;
    if (!read_pwri_kek(search->arena, info, &scheme))
        return sm_trial_of(SM_TRIAL_UNSUPPORTED,
                           "password recipient with a key encryption other than PWRI-KEK");
    if (scheme.iterations > search->iterations_left)
        return sm_trial_of(SM_TRIAL_LIMIT,
                           sm_arena_printf(search->arena,
                                           "PBKDF2 with %s%u iterations, the limit is %d for one message",
                                           scheme.iterations == UINT32_MAX ? "more than " : "",
                                           scheme.iterations - (scheme.iterations == UINT32_MAX), SM_LIMIT_PBKDF2_ITERATIONS));
    size_t block = scheme.cipher->block_octets, length = info->encrypted_key.length;
    if (scheme.iterations == 0 || (scheme.key_length && scheme.key_length != scheme.cipher->key_octets) ||
        scheme.salt.length > SM_LIMIT_SHOWN_OCTETS || length % block != 0 || length < 2 * block ||
        length > LONGEST_WRAP)
        return sm_trial_stopped(SM_STEP_PARAMETERS,
                                "the password recipient's parameters or encryptedKey have no fitting lengths");

    search->iterations_left -= scheme.iterations;
    uint8_t kek[32];
    sm_secret cek = {.length = 0};
    bool done = password_kek(&scheme, password, kek) && pwri_unwrap(&scheme, kek, info->encrypted_key, &cek);
    OPENSSL_cleanse(kek, sizeof(kek));
    if (!done)
        return sm_trial_stopped(SM_STEP_KEY_UNWRAP, "the password unwrapped no content key");
    return sm_trial_offer(search, &cek, label, false);
}
