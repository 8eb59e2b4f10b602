/* Key encapsulation recipients (RFC 9629): RSA-KEM (RFC 9690) and ML-KEM (RFC 9936).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/bounds.h"
#include "cms/algorithms.h"
#include "cms/der.h"
#include "cms/key_wrap.h"
#include "cms/recipient_trial.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <string.h>

#define OID_KEM_RSA "1.0.18033.2.2.4"
#define OID_CEK_HKDF "1.2.840.113549.1.9.16.3.31"
#define LONGEST_SHARED_SECRET (SM_LIMIT_RSA_BITS / 8) /* octets: RSA-KEM's Z is as long as the modulus */

/* A key derivation function of the message. */
typedef struct kem_derivation {
    enum { DERIVE_HKDF, DERIVE_KDF2, DERIVE_KDF3 } function;
    const char *digest; /* EVP name */
} kem_derivation;

/* id-alg-hkdf-with-sha256 and others (RFC 8619). CEK-HKDF (RFC 9709) uses the same function and is none: it makes
 * a cipher of a cipher. */
static bool is_hkdf(const sm_algorithm_info *row)
{
    return row->kdf && strcmp(row->kdf, "HKDF") == 0 && strcmp(row->oid, OID_CEK_HKDF) != 0;
}

static bool read_derivation(const sm_algorithm *algorithm, kem_derivation *out)
{
    const sm_algorithm_info *row = sm_algorithm_lookup(algorithm->oid);
    sm_algorithm inner;
    if (row == NULL || row->class_ != SM_ALGORITHM_KEY_DERIVATION)
        return false;
    if (is_hkdf(row)) {
        *out = (kem_derivation){DERIVE_HKDF, row->digest};
        return row->digest != NULL;
    }
    if (strcmp(row->oid, "1.3.133.16.840.9.44.1.1") == 0)
        out->function = DERIVE_KDF2;
    else if (strcmp(row->oid, "1.3.133.16.840.9.44.1.2") == 0)
        out->function = DERIVE_KDF3;
    else
        return false;
    const sm_algorithm_info *digest =
        sm_algorithm_read(algorithm->parameters, &inner) ? sm_algorithm_lookup(inner.oid) : NULL;
    out->digest = digest && digest->class_ == SM_ALGORITHM_DIGEST ? digest->openssl : NULL;
    return out->digest != NULL;
}

static bool derive(const kem_derivation *function, sm_bytes z, sm_bytes info, uint8_t *key, size_t length)
{
    switch (function->function) {
    case DERIVE_HKDF:
        return sm_derive_hkdf(function->digest, SM_BYTES_NONE, z, info, key, length);
    case DERIVE_KDF2:
        return sm_derive_x963(function->digest, z, info, key, length);
    case DERIVE_KDF3:
        return sm_derive_kdf3(function->digest, z, info, key, length);
    }
    return false;
}

/* CMSORIforKEMOtherInfo (RFC 9629 5): wrap, kekLength and, when there is one, the ukm. */
static sm_bytes other_info(sm_arena *arena, const sm_recipient_info *info)
{
    uint8_t length[3] = {0, (uint8_t)(info->kek_length >> 8), (uint8_t)info->kek_length};
    size_t start = length[1] & 0x80   ? 0
                   : length[1]        ? 1
                   : length[2] & 0x80 ? 1
                                      : 2; /* a minimal, non-negative INTEGER */
    sm_bytes parts[3];
    unsigned count = 0;
    parts[count++] = sm_algorithm_der(arena, &info->wrap);
    parts[count++] =
        sm_der_wrap(arena, SM_TAG_INTEGER, false, sm_bytes_from(sm_bytes_of(length, sizeof(length)), start));
    if (sm_bytes_present(info->ukm))
        parts[count++] = sm_der_wrap(arena, SM_TAG_CONTEXT(0), true,
                                     sm_der_wrap(arena, SM_TAG_OCTET_STRING, false, info->ukm));
    return sm_encode_joined(arena, SM_TAG_SEQUENCE, parts, count);
}

/* RsaKemParameters (RFC 9690 2): the function that makes the shared secret of Z, and the secret's length in
 * octets. */
static bool read_rsa_kem(const sm_algorithm *kem, kem_derivation *out, uint32_t *length)
{
    sm_der outer = sm_der_start_whole(kem->parameters, SM_DER_BER), inner;
    sm_tlv function;
    sm_algorithm algorithm;
    return sm_bytes_present(kem->parameters) &&
           sm_der_enter(&outer, SM_TAG_SEQUENCE, &inner, "RsaKemParameters") &&
           sm_der_take(&inner, SM_TAG_SEQUENCE, &function, "keyDerivationFunction") &&
           sm_der_uint(&inner, length, "keyLength") && sm_der_leave(&outer, &inner, "RsaKemParameters") &&
           sm_algorithm_read(function.encoding, &algorithm) && read_derivation(&algorithm, out) &&
           *length > 0 && *length <= 128;
}

/* The encapsulated secret; its length in octets, 0 when OpenSSL refuses. */
static size_t decapsulate(EVP_PKEY *key, const char *operation, sm_bytes ciphertext,
                          uint8_t z[LONGEST_SHARED_SECRET])
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    size_t length = LONGEST_SHARED_SECRET;
    bool done = context && EVP_PKEY_decapsulate_init(context, NULL) > 0 &&
                (operation == NULL || EVP_PKEY_CTX_set_kem_op(context, operation) > 0) &&
                EVP_PKEY_decapsulate(context, z, &length, ciphertext.data, ciphertext.length) > 0;
    EVP_PKEY_CTX_free(context);
    return done ? length : 0;
}

static bool derive_and_unwrap(sm_key_search *search, const sm_recipient_info *info, const kem_derivation *kdf,
                              sm_bytes shared, sm_secret *cek, const char **step, const char **fault)
{
    uint8_t kek[32];
    bool derived = derive(kdf, shared, other_info(search->arena, info), kek, info->kek_length);
    *step = derived ? SM_STEP_KEY_UNWRAP : SM_STEP_KEY_DERIVATION;
    if (!derived)
        *fault = "OpenSSL refused the key derivation";
    bool done = derived && sm_key_unwrap(search->arena, &info->wrap, kek, info->kek_length,
                                         info->encrypted_key, cek, fault);
    OPENSSL_cleanse(kek, sizeof(kek));
    return done;
}

/* RFC 9690 2: the shared secret is derived from Z; BouncyCastle takes Z itself. */
static bool open_rsa_kem(sm_key_search *search, const sm_recipient_info *info, const kem_derivation *kdf,
                         sm_bytes z, sm_secret *cek, const char **note, const char **step, const char **fault)
{
    kem_derivation inner;
    uint32_t length = 0;
    uint8_t shared[128];
    bool done = false;
    if (read_rsa_kem(&info->kem, &inner, &length) && derive(&inner, z, SM_BYTES_NONE, shared, length))
        done = derive_and_unwrap(search, info, kdf, sm_bytes_of(shared, length), cek, step, fault);
    OPENSSL_cleanse(shared, sizeof(shared));
    if (done)
        return true;
    *note =
        "RSA-KEM's shared secret is Z itself, not derived from it as RFC 9690 2 has it: opened the way BouncyCastle does";
    return derive_and_unwrap(search, info, kdf, z, cek, step, fault);
}

sm_trial sm_trial_kem(sm_key_search *search, const sm_recipient_info *info, const sm_private_key *key,
                      bool named)
{
    const sm_algorithm_info *kem = sm_algorithm_lookup(info->kem.oid);
    kem_derivation kdf;
    size_t kek_octets;
    if (kem == NULL || kem->class_ != SM_ALGORITHM_KEM)
        return sm_trial_of(
            SM_TRIAL_UNSUPPORTED,
            sm_arena_printf(search->arena, "KEM %s", sm_algorithm_name(search->arena, &info->kem)));
    if (!read_derivation(&info->kdf, &kdf))
        return sm_trial_of(SM_TRIAL_UNSUPPORTED,
                           sm_arena_printf(search->arena, "key derivation %s",
                                           sm_algorithm_name(search->arena, &info->kdf)));
    if (sm_wrap_lookup(&info->wrap, &kek_octets) == NULL)
        return sm_trial_of(
            SM_TRIAL_UNSUPPORTED,
            sm_arena_printf(search->arena, "key wrap %s", sm_algorithm_name(search->arena, &info->wrap)));
    bool rsa = strcmp(kem->oid, OID_KEM_RSA) == 0;
    const char *type = rsa ? "RSA" : kem->openssl;
    if (type == NULL || !EVP_PKEY_is_a(key->pkey, type))
        return sm_trial_of(SM_TRIAL_UNFIT,
                           sm_arena_printf(search->arena, "%s is no %s key", key->label, kem->name));
    if (rsa && EVP_PKEY_get_bits(key->pkey) > SM_LIMIT_RSA_BITS)
        return sm_trial_of(SM_TRIAL_LIMIT, sm_arena_printf(search->arena, "%s: RSA key of more than %d bits",
                                                           key->label, SM_LIMIT_RSA_BITS));
    if (info->kek_length != kek_octets)
        return sm_trial_stopped(SM_STEP_PARAMETERS,
                                sm_arena_printf(search->arena, "kekLength is %u, %s needs %zu (RFC 9629 3)",
                                                info->kek_length, sm_algorithm_name(search->arena, &info->wrap),
                                                kek_octets));

    uint8_t octets[LONGEST_SHARED_SECRET];
    sm_secret cek = {.length = 0};
    const char *step = SM_STEP_DECAPSULATION, *fault = "decapsulation failed", *note = NULL;
    sm_bytes z =
        sm_bytes_of(octets, decapsulate(key->pkey, rsa ? "RSASVE" : NULL, info->kem_ciphertext, octets));
    bool done = z.length > 0 && (rsa ? open_rsa_kem(search, info, &kdf, z, &cek, &note, &step, &fault)
                                     : derive_and_unwrap(search, info, &kdf, z, &cek, &step, &fault));
    OPENSSL_cleanse(octets, sizeof(octets));
    if (!done)
        return sm_trial_stopped(
            step,
            sm_arena_printf(search->arena, "%s unwrapped no content key (%s)", key->label, fault));
    sm_trial trial = sm_trial_offer(search, &cek, key->label, named);
    if (trial.status == SM_TRIAL_OPENED && note)
        search->note = note;
    return trial;
}
