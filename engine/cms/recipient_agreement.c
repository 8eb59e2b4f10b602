/* Key agreement recipients: ECDH with the X9.63 KDF (RFC 5753), X25519 and X448 with either KDF (RFC 8418).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/algorithms.h"
#include "cms/der.h"
#include "cms/key_wrap.h"
#include "cms/recipient_trial.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <string.h>

#define LONGEST_SHARED_SECRET 128 /* octets; P-521 has 66 */
#define LONGEST_POINT 256         /* octets of an originator's public key */

/* What the keyEncryptionAlgorithm says (RFC 5753 7.1.4, RFC 8418 7). */
typedef struct agreement_scheme {
    const char *digest; /* EVP name */
    bool hkdf;
    bool cofactor;
    sm_algorithm wrap;
    size_t kek_octets;
} agreement_scheme;

/* Where a trial stopped, and why. */
typedef struct stop {
    const char *step, *fault;
} stop;

static sm_trial not_unwrapped(sm_arena *arena, const sm_private_key *key, stop at)
{
    return sm_trial_stopped(at.step,
                            sm_arena_printf(arena, "%s unwrapped no content key (%s)", key->label, at.fault));
}

/* False with `fault` when a part of the scheme is unknown. */
static bool read_scheme(sm_arena *arena, const sm_recipient_info *info, agreement_scheme *out,
                        const char **fault)
{
    *out = (agreement_scheme){0};
    const sm_algorithm_info *row = sm_algorithm_lookup(info->key_encryption.oid);
    bool x963 = row && row->kdf && strcmp(row->kdf, "X963KDF") == 0;
    bool hkdf = row && row->kdf && strcmp(row->kdf, "HKDF") == 0;
    if (row == NULL || row->class_ != SM_ALGORITHM_KEY_AGREEMENT || !(x963 || hkdf)) {
        *fault =
            sm_arena_printf(arena, "key agreement with %s", sm_algorithm_name(arena, &info->key_encryption));
        return false;
    }
    out->digest = row->digest;
    out->cofactor = row->cofactor;
    out->hkdf = hkdf;
    if (!sm_algorithm_read(info->key_encryption.parameters, &out->wrap)) {
        *fault = sm_arena_printf(arena, "%s without a key wrap algorithm", row->name);
        return false;
    }
    if (sm_wrap_lookup(&out->wrap, &out->kek_octets) == NULL) {
        *fault = sm_arena_printf(arena, "key wrap %s", sm_algorithm_name(arena, &out->wrap));
        return false;
    }
    return true;
}

/* ECC-CMS-SharedInfo (RFC 5753 7.2): keyInfo, the ukm, the key's length in bits. */
static sm_bytes shared_info(sm_arena *arena, const agreement_scheme *scheme, sm_bytes ukm)
{
    uint32_t bits = (uint32_t)scheme->kek_octets * 8;
    uint8_t length[4] = {(uint8_t)(bits >> 24), (uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits};
    sm_bytes parts[3];
    unsigned count = 0;
    parts[count++] = sm_algorithm_der(arena, &scheme->wrap);
    if (sm_bytes_present(ukm)) {
        sm_bytes octets = sm_der_wrap(arena, SM_TAG_OCTET_STRING, false, ukm);
        parts[count++] = sm_der_wrap(arena, SM_TAG_CONTEXT(0), true, octets);
    }
    sm_bytes octets = sm_der_wrap(arena, SM_TAG_OCTET_STRING, false, sm_bytes_of(length, sizeof(length)));
    parts[count++] = sm_der_wrap(arena, SM_TAG_CONTEXT(2), true, octets);
    return sm_encode_joined(arena, SM_TAG_SEQUENCE, parts, count);
}

/* ---- the originator's public key ---------------------------------------------------------------- */

/* The kind of key the originatorKey's algorithm asks for, as EVP names it; NULL when unknown. */
static const char *originator_type(const sm_recipient_info *info)
{
    const sm_algorithm_info *row = sm_algorithm_lookup(info->originator_algorithm.oid);
    if (row == NULL)
        return NULL;
    if (strcmp(row->oid, "1.2.840.10045.2.1") == 0)
        return "EC";
    if (strcmp(row->oid, "1.3.101.110") == 0)
        return "X25519";
    return strcmp(row->oid, "1.3.101.111") == 0 ? "X448" : NULL;
}

/* True unless the originatorKey names another curve than the key's (RFC 5753 3.1.1: parameters absent, NULL
 * or the curve). */
static bool same_curve(const sm_recipient_info *info, EVP_PKEY *key)
{
    sm_bytes parameters = info->originator_algorithm.parameters, oid;
    sm_der reader = sm_der_start_whole(parameters, SM_DER_BER);
    uint32_t tag;
    if (!sm_bytes_present(parameters) || !sm_der_peek(&reader, &tag) || tag != SM_TAG_OID ||
        !sm_der_oid(&reader, &oid, "namedCurve"))
        return true;
    char name[64];
    size_t length;
    if (EVP_PKEY_get_group_name(key, name, sizeof(name), &length) <= 0)
        return true; /* explicit parameters: the point has to tell */
    const ASN1_OBJECT *object = OBJ_nid2obj(OBJ_sn2nid(name));
    return object == NULL || sm_bytes_equal(sm_bytes_of(OBJ_get0_data(object), OBJ_length(object)), oid);
}

/* The ephemeral key on the recipient key's curve; OpenSSL checks that the point lies on it. To be freed. */
static EVP_PKEY *ephemeral_key(EVP_PKEY *own, sm_bytes octets)
{
    if (octets.length == 0 || octets.length > LONGEST_POINT)
        return NULL;
    if (!EVP_PKEY_is_a(own, "EC"))
        return EVP_PKEY_new_raw_public_key_ex(NULL, EVP_PKEY_get0_type_name(own), NULL, octets.data,
                                              octets.length);
    EVP_PKEY *peer = EVP_PKEY_new();
    if (peer && EVP_PKEY_copy_parameters(peer, own) > 0 &&
        EVP_PKEY_set1_encoded_public_key(peer, octets.data, octets.length) > 0)
        return peer;
    EVP_PKEY_free(peer);
    return NULL;
}

/* ---- agreement ---------------------------------------------------------------------------------- */

/* The shared secret, its length in octets; 0 when OpenSSL refuses the peer's key (not on the curve, all-zero
 * result). */
static size_t agree(EVP_PKEY *own, EVP_PKEY *peer, bool cofactor, uint8_t z[LONGEST_SHARED_SECRET])
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
    size_t length = LONGEST_SHARED_SECRET;
    bool done = context && EVP_PKEY_derive_init(context) > 0 &&
                (!EVP_PKEY_is_a(own, "EC") || EVP_PKEY_CTX_set_ecdh_cofactor_mode(context, cofactor) > 0) &&
                EVP_PKEY_derive_set_peer_ex(context, peer, 1) > 0 && EVP_PKEY_derive(context, z, &length) > 0;
    EVP_PKEY_CTX_free(context);
    return done ? length : 0;
}

/* Derives the key-encryption key and unwraps. `salt`: for HKDF. */
static bool derive_and_unwrap(sm_key_search *search, const agreement_scheme *scheme,
                              const sm_recipient_info *info, sm_bytes z, sm_bytes salt, sm_secret *cek,
                              stop *at)
{
    uint8_t kek[32];
    sm_bytes shared = shared_info(search->arena, scheme, info->ukm);
    bool derived = scheme->hkdf ? sm_derive_hkdf(scheme->digest, salt, z, shared, kek, scheme->kek_octets)
                                : sm_derive_x963(scheme->digest, z, shared, kek, scheme->kek_octets);
    *at = derived ? (stop){SM_STEP_KEY_UNWRAP, NULL}
                  : (stop){SM_STEP_KEY_DERIVATION, "OpenSSL refused the key derivation"};
    bool done = derived && sm_key_unwrap(search->arena, &scheme->wrap, kek, scheme->kek_octets,
                                         info->encrypted_key, cek, &at->fault);
    OPENSSL_cleanse(kek, sizeof(kek));
    return done;
}

static sm_trial trial_with_peer(sm_key_search *search, const agreement_scheme *scheme,
                                const sm_recipient_info *info, const sm_private_key *key, EVP_PKEY *peer,
                                bool named)
{
    uint8_t octets[LONGEST_SHARED_SECRET];
    sm_secret cek = {.length = 0};
    stop at = {SM_STEP_KEY_AGREEMENT, "the originator's public key does not fit"};
    const char *note = NULL;
    size_t length = agree(key->pkey, peer, scheme->cofactor, octets);
    sm_bytes z = sm_bytes_of(octets, length);
    bool done = length > 0 && derive_and_unwrap(search, scheme, info, z, info->ukm, &cek, &at);
    if (!done && length > 0 && scheme->hkdf && sm_bytes_present(info->ukm)) {
        done = derive_and_unwrap(search, scheme, info, z, SM_BYTES_NONE, &cek, &at);
        note =
            "the ukm is not the HKDF salt, as RFC 8418 2.2 has it: opened the way BouncyCastle derives the key";
    }
    OPENSSL_cleanse(octets, sizeof(octets));
    if (!done)
        return not_unwrapped(search->arena, key, at);
    sm_trial trial = sm_trial_offer(search, &cek, key->label, named);
    if (trial.status == SM_TRIAL_OPENED && note)
        search->note = note;
    return trial;
}

static sm_trial trial_ephemeral(sm_key_search *search, const agreement_scheme *scheme,
                                const sm_recipient_info *info, const sm_private_key *key, bool named)
{
    const char *type = originator_type(info);
    if (type == NULL)
        return sm_trial_of(SM_TRIAL_UNSUPPORTED,
                           sm_arena_printf(search->arena, "originator key of type %s",
                                           sm_algorithm_name(search->arena, &info->originator_algorithm)));
    if (!EVP_PKEY_is_a(key->pkey, type) || (strcmp(type, "EC") == 0 && !same_curve(info, key->pkey)))
        return sm_trial_of(
            SM_TRIAL_UNFIT,
            sm_arena_printf(search->arena, "%s is not on the originator key's curve", key->label));
    EVP_PKEY *peer = ephemeral_key(key->pkey, info->originator_key);
    if (peer == NULL) {
        const char *detail =
            sm_arena_printf(search->arena, "originatorKey is no point on the curve of %s", key->label);
        return named ? sm_trial_stopped(SM_STEP_KEY_AGREEMENT, detail) : sm_trial_of(SM_TRIAL_UNFIT, detail);
    }
    sm_trial trial = trial_with_peer(search, scheme, info, key, peer, named);
    EVP_PKEY_free(peer);
    return trial;
}

static sm_trial trial_static(sm_key_search *search, const agreement_scheme *scheme,
                             const sm_recipient_info *info, const sm_private_key *key, bool named)
{
    unsigned count = 0;
    const sm_certificate *const *ring =
        search->ring ? sm_keyring_certificates(search->ring, &info->originator, &count) : NULL;
    sm_trial trial = sm_trial_of(SM_TRIAL_NO_ORIGINATOR,
                                 sm_arena_printf(search->arena, "no certificate for the originator, %s",
                                                 sm_identifier_text(search->arena, &info->originator)));
    for (unsigned i = 0; i < search->originator_count + count && trial.status != SM_TRIAL_OPENED; i++) {
        const sm_certificate *originator =
            i < search->originator_count ? search->originators[i] : ring[i - search->originator_count];
        if (!sm_identifier_names(&info->originator, originator) || originator->public_key == NULL)
            continue;
        if (EVP_PKEY_is_a(originator->public_key, EVP_PKEY_get0_type_name(key->pkey)))
            trial = trial_with_peer(search, scheme, info, key, originator->public_key, named);
    }
    return trial;
}

sm_trial sm_trial_agreement(sm_key_search *search, const sm_recipient_info *info, const sm_private_key *key,
                            bool named)
{
    agreement_scheme scheme;
    const char *fault = NULL;
    if (!read_scheme(search->arena, info, &scheme, &fault))
        return sm_trial_of(SM_TRIAL_UNSUPPORTED, fault);
    if (!EVP_PKEY_is_a(key->pkey, "EC") && !EVP_PKEY_is_a(key->pkey, "X25519") &&
        !EVP_PKEY_is_a(key->pkey, "X448"))
        return sm_trial_of(SM_TRIAL_UNFIT,
                           sm_arena_printf(search->arena, "%s is no key agreement key", key->label));
    return sm_bytes_present(info->originator_key) ? trial_ephemeral(search, &scheme, info, key, named)
                                                  : trial_static(search, &scheme, info, key, named);
}
