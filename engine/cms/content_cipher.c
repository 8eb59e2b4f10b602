/* Content encryption undone with a content key: AEAD and CBC.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/content_cipher.h"

#include "base/bounds.h"
#include "cms/key_wrap.h"
#include "cms/openssl_library.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <string.h>

#define LONGEST_BLOCK 16
#define RC2 "RC2-CBC"

static bool is_aead(const sm_sealed *sealed)
{
    return sealed->parameters.cipher->class_ == SM_ALGORITHM_AEAD;
}

/* The cipher's mode, from OpenSSL itself. */
static int mode_of(const sm_sealed *sealed)
{
    EVP_CIPHER *cipher = sm_cipher_fetch(sealed->parameters.cipher->openssl);
    int mode = cipher ? EVP_CIPHER_get_mode(cipher) : -1;
    EVP_CIPHER_free(cipher);
    return mode;
}

static sm_verdict check_aead(sm_arena *arena, const sm_sealed *sealed, int mode)
{
    const sm_cipher_parameters *parameters = &sealed->parameters;
    const char *name = parameters->cipher->name;
    if (!sm_bytes_present(sealed->mac) || sealed->mac.length != parameters->tag_length)
        return sm_fail(
            SM_REASON_PARAMETERS,
            sm_arena_printf(
                arena, "mac has %zu octets, %s says %u%s", sealed->mac.length, name, parameters->tag_length,
                parameters->tag_length_default ? " (aes-ICVlen absent: DEFAULT 12, RFC 5084 3)" : ""));
    size_t nonce = parameters->nonce.length;
    if (nonce == 0 || nonce > SM_LIMIT_SHOWN_OCTETS)
        return sm_fail(SM_REASON_PARAMETERS,
                       sm_arena_printf(arena, "%s with a nonce of %zu octets", name, nonce));
    if (mode != EVP_CIPH_CCM_MODE)
        return SM_VERDICT_PASS;
    if (nonce < 7 || nonce > 13)
        return sm_fail(SM_REASON_PARAMETERS,
                       sm_arena_printf(arena, "%s with a nonce of %zu octets (RFC 5084 3.1)", name, nonce));
    unsigned length_octets = 15 - (unsigned)nonce; /* CCM's L: octets that tell the content's length */
    if (length_octets < 4 && sealed->content.length >> (8 * length_octets) != 0)
        return sm_fail(SM_REASON_PARAMETERS,
                       sm_arena_printf(arena, "%s with a nonce of %zu octets cannot hold %zu octets", name,
                                       nonce, sealed->content.length));
    return SM_VERDICT_PASS;
}

static sm_verdict check_cbc(sm_arena *arena, const sm_sealed *sealed)
{
    const sm_cipher_parameters *parameters = &sealed->parameters;
    size_t block = parameters->cipher->block_octets;
    if (block == 0 || block > LONGEST_BLOCK || parameters->nonce.length != block)
        return sm_fail(SM_REASON_PARAMETERS,
                       sm_arena_printf(arena, "%s with an IV of %zu octets", parameters->cipher->name,
                                       parameters->nonce.length));
    if (sealed->content.length == 0 || sealed->content.length % block != 0)
        return sm_fail(SM_REASON_PADDING,
                       sm_arena_printf(arena, "the content of %zu octets is no whole number of %s blocks",
                                       sealed->content.length, parameters->cipher->name));
    return SM_VERDICT_PASS;
}

sm_verdict sm_sealed_check(sm_arena *arena, const sm_sealed *sealed, bool aead)
{
    const sm_algorithm_info *cipher = sealed->parameters.cipher;
    if (aead != is_aead(sealed))
        return sm_fail(
            SM_REASON_PARAMETERS,
            sm_arena_printf(
                arena,
                aead
                    ? "%s does not authenticate, as AuthEnvelopedData requires (RFC 5083 2.1): a sign of forgery"
                    : "%s authenticates and stands outside AuthEnvelopedData (RFC 5083 2.1): a sign of forgery",
                cipher->name));
    if (sealed->content.length > INT_MAX - LONGEST_BLOCK)
        return sm_not_evaluated(SM_REASON_LIMIT, "encrypted content of more than 2 GB");
    int mode = mode_of(sealed);
    if (mode < 0)
        return sm_not_evaluated(SM_REASON_UNSUPPORTED,
                                sm_arena_printf(arena, "this OpenSSL has no %s", cipher->name));
    return aead ? check_aead(arena, sealed, mode) : check_cbc(arena, sealed);
}

size_t sm_sealed_key_octets(const sm_sealed *sealed)
{
    return sealed->parameters.cipher->key_octets;
}

size_t sm_sealed_room(const sm_sealed *sealed)
{
    return sealed->content.length + LONGEST_BLOCK;
}

/* ---- AEAD --------------------------------------------------------------------------------------- */

static bool set_tag(EVP_CIPHER_CTX *context, sm_bytes mac)
{
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, (int)mac.length, (void *)(uintptr_t)mac.data) >
           0;
}

static bool add_aad(EVP_CIPHER_CTX *context, sm_bytes aad)
{
    int ignored;
    return !sm_bytes_present(aad) || aad.length == 0 ||
           (aad.length <= INT_MAX &&
            EVP_DecryptUpdate(context, NULL, &ignored, aad.data, (int)aad.length) > 0);
}

/* CCM: nonce and tag lengths before the key, the content's length before the AAD; the only update checks the
 * tag. */
static bool open_ccm(EVP_CIPHER_CTX *context, EVP_CIPHER *cipher, const sm_sealed *sealed, const uint8_t *key,
                     uint8_t *plaintext, int *length)
{
    const sm_bytes nonce = sealed->parameters.nonce;
    int ignored;
    return EVP_DecryptInit_ex2(context, cipher, NULL, NULL, NULL) > 0 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, (int)nonce.length, NULL) > 0 &&
           set_tag(context, sealed->mac) && EVP_DecryptInit_ex2(context, NULL, key, nonce.data, NULL) > 0 &&
           EVP_DecryptUpdate(context, NULL, &ignored, NULL, (int)sealed->content.length) > 0 &&
           add_aad(context, sealed->aad) &&
           EVP_DecryptUpdate(context, plaintext, length, sealed->content.data, (int)sealed->content.length) >
               0;
}

/* GCM and ChaCha20-Poly1305: the tag is checked at the end. */
static bool open_streaming(EVP_CIPHER_CTX *context, EVP_CIPHER *cipher, const sm_sealed *sealed,
                           const uint8_t *key, uint8_t *plaintext, int *length)
{
    const sm_bytes nonce = sealed->parameters.nonce;
    int rest = 0;
    if (EVP_DecryptInit_ex2(context, cipher, NULL, NULL, NULL) <= 0 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, (int)nonce.length, NULL) <= 0 ||
        EVP_DecryptInit_ex2(context, NULL, key, nonce.data, NULL) <= 0 || !set_tag(context, sealed->mac) ||
        !add_aad(context, sealed->aad) ||
        EVP_DecryptUpdate(context, plaintext, length, sealed->content.data, (int)sealed->content.length) <=
            0 ||
        EVP_DecryptFinal_ex(context, plaintext + *length, &rest) <= 0)
        return false;
    *length += rest;
    return true;
}

/* ---- CBC ---------------------------------------------------------------------------------------- */

/* RC2 has keys of any length, and effective bits that the parameters tell (RFC 3370 5.2). */
static bool set_rc2(EVP_CIPHER_CTX *context, unsigned bits, size_t key_length)
{
    size_t effective = bits;
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_RC2_KEYBITS, &effective),
                               OSSL_PARAM_construct_end()};
    return bits > 0 && EVP_CIPHER_CTX_set_key_length(context, (int)key_length) > 0 &&
           EVP_CIPHER_CTX_set_params(context, parameters) > 0;
}

static bool open_cbc(EVP_CIPHER_CTX *context, EVP_CIPHER *cipher, const sm_sealed *sealed, const uint8_t *key,
                     size_t key_length, uint8_t *plaintext, int *length)
{
    const sm_cipher_parameters *parameters = &sealed->parameters;
    int rest = 0;
    if (EVP_DecryptInit_ex2(context, cipher, NULL, NULL, NULL) <= 0 ||
        (strcmp(parameters->cipher->openssl, RC2) == 0 &&
         !set_rc2(context, parameters->rc2_bits, key_length)) ||
        EVP_DecryptInit_ex2(context, NULL, key, parameters->nonce.data, NULL) <= 0 ||
        EVP_CIPHER_CTX_set_padding(context, 1) <= 0 ||
        EVP_DecryptUpdate(context, plaintext, length, sealed->content.data, (int)sealed->content.length) <=
            0 ||
        EVP_DecryptFinal_ex(context, plaintext + *length, &rest) <= 0)
        return false;
    *length += rest;
    return true;
}

/* ---- both --------------------------------------------------------------------------------------- */

/* RFC 9709 2: the key of the inner algorithm is derived from the content key and the inner
 * AlgorithmIdentifier. */
static bool inner_key(const sm_sealed *sealed, const sm_secret *cek, uint8_t key[sizeof(cek->octets)])
{
    if (!sealed->parameters.cek_hkdf) {
        memcpy(key, cek->octets, cek->length);
        return true;
    }
    return sm_derive_hkdf("SHA256", SM_BYTES_LITERAL("The Cryptographic Message Syntax"),
                          sm_bytes_of(cek->octets, cek->length), sealed->parameters.inner->encoding, key,
                          cek->length);
}

bool sm_sealed_open(const sm_sealed *sealed, const sm_secret *cek, uint8_t *plaintext, size_t *length)
{
    uint8_t key[sizeof(cek->octets)];
    size_t needed = sm_sealed_key_octets(sealed);
    if (cek->length == 0 || (needed && cek->length != needed) || !inner_key(sealed, cek, key))
        return false;
    EVP_CIPHER *cipher = sm_cipher_fetch(sealed->parameters.cipher->openssl);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int written = 0;
    bool done = false;
    if (cipher && context) {
        if (!is_aead(sealed))
            done = open_cbc(context, cipher, sealed, key, cek->length, plaintext, &written);
        else if (EVP_CIPHER_get_mode(cipher) == EVP_CIPH_CCM_MODE)
            done = open_ccm(context, cipher, sealed, key, plaintext, &written);
        else
            done = open_streaming(context, cipher, sealed, key, plaintext, &written);
    }
    OPENSSL_cleanse(key, sizeof(key));
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
    *length = done ? (size_t)written : 0;
    if (!done)
        OPENSSL_cleanse(plaintext, sm_sealed_room(sealed));
    return done;
}
