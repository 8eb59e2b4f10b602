/* Key wrap and key derivation, as recipients use them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/key_wrap.h"

#include "cms/der.h"
#include "cms/openssl_library.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <string.h>

bool sm_algorithm_read(sm_bytes encoding, sm_algorithm *algorithm)
{
    *algorithm = (sm_algorithm){0};
    if (!sm_bytes_present(encoding))
        return false;
    sm_der reader = sm_der_start_whole(encoding, SM_DER_BER);
    return sm_algorithm_take(&reader, SM_TAG_SEQUENCE, algorithm, "AlgorithmIdentifier") &&
           !sm_der_more(&reader);
}

/* ---- wrap --------------------------------------------------------------------------------------- */

typedef enum wrap_form { WRAP_AES, WRAP_AES_PAD, WRAP_TRIPLE_DES } wrap_form;

const sm_algorithm_info *sm_wrap_lookup(const sm_algorithm *wrap, size_t *kek_octets)
{
    const sm_algorithm_info *row = sm_algorithm_lookup(wrap->oid);
    bool known = row && row->class_ == SM_ALGORITHM_KEY_WRAP && row->openssl && row->key_octets > 0;
    *kek_octets = known ? row->key_octets : 0;
    return known ? row : NULL;
}

static wrap_form form_of(const sm_algorithm_info *row)
{
    if (strcmp(row->openssl, "DES3-WRAP") == 0)
        return WRAP_TRIPLE_DES;
    return g_str_has_suffix(row->openssl, "-PAD") ? WRAP_AES_PAD : WRAP_AES;
}

/* Octets a wrapped key can have: the key in whole blocks plus one block (AES), the same with a key of at
 * least one octet (padded), key, checksum and IV (Triple-DES). The key must fit sm_secret. */
static bool wrapped_length_fits(wrap_form form, size_t length)
{
    size_t most = sizeof(((sm_secret *)NULL)->octets);
    switch (form) {
    case WRAP_AES:
        return length % 8 == 0 && length >= 24 && length <= most + 8;
    case WRAP_AES_PAD:
        return length % 8 == 0 && length >= 16 && length <= most + 8;
    case WRAP_TRIPLE_DES:
        return length % 8 == 0 && length >= 24 && length <= most + 16;
    }
    return false;
}

static bool unwrap_octets(const sm_algorithm_info *row, const uint8_t *kek, sm_bytes wrapped, sm_secret *cek)
{
    uint8_t out[sizeof(cek->octets) + 32]; /* OpenSSL may use more than the key while it works */
    int written = 0, rest = 0;
    EVP_CIPHER *cipher = sm_cipher_fetch(row->openssl);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool done = false;
    if (cipher && context) {
        EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
        done = EVP_DecryptInit_ex2(context, cipher, kek, NULL, NULL) > 0 &&
               EVP_DecryptUpdate(context, out, &written, wrapped.data, (int)wrapped.length) > 0 &&
               written > 0 && EVP_DecryptFinal_ex(context, out + written, &rest) > 0 && rest == 0 &&
               (size_t)written <= sizeof(cek->octets);
    }
    if (done) {
        memcpy(cek->octets, out, (size_t)written);
        cek->length = (size_t)written;
        cek->proven = true;
    }
    OPENSSL_cleanse(out, sizeof(out));
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
    return done;
}

bool sm_key_unwrap(sm_arena *arena, const sm_algorithm *wrap, const uint8_t *kek, size_t kek_length,
                   sm_bytes wrapped, sm_secret *cek, const char **fault)
{
    size_t needed;
    const sm_algorithm_info *row = sm_wrap_lookup(wrap, &needed);
    *cek = (sm_secret){.length = 0};
    if (row == NULL) {
        *fault = sm_arena_printf(arena, "unknown key wrap %s", sm_algorithm_name(arena, wrap));
        return false;
    }
    if (kek_length != needed) {
        *fault = sm_arena_printf(arena, "the key-encryption key has %zu octets, %s needs %zu", kek_length,
                                 row->name, needed);
        return false;
    }
    if (!wrapped_length_fits(form_of(row), wrapped.length)) {
        *fault = sm_arena_printf(arena, "encryptedKey of %zu octets cannot be a key wrapped with %s",
                                 wrapped.length, row->name);
        return false;
    }
    if (unwrap_octets(row, kek, wrapped, cek))
        return true;
    *fault = sm_arena_printf(arena, "%s integrity check failed", row->name);
    return false;
}

/* ---- derivation --------------------------------------------------------------------------------- */

static bool derive(const char *function, OSSL_PARAM *parameters, uint8_t *key, size_t key_length)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, function, NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    bool done = context && EVP_KDF_derive(context, key, key_length, parameters) > 0;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return done;
}

/* OSSL_PARAM wants pointers to what may be changed; it changes nothing. */
static OSSL_PARAM octets_parameter(const char *name, sm_bytes octets)
{
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)octets.data, octets.length);
}

static OSSL_PARAM digest_parameter(const char *digest)
{
    return OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)digest, 0);
}

static bool derive_one_step(const char *function, const char *digest, sm_bytes z, sm_bytes info, uint8_t *key,
                            size_t key_length)
{
    OSSL_PARAM parameters[4] = {digest_parameter(digest), octets_parameter(OSSL_KDF_PARAM_KEY, z),
                                OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
    if (sm_bytes_present(info))
        parameters[2] = octets_parameter(OSSL_KDF_PARAM_INFO, info);
    return derive(function, parameters, key, key_length);
}

bool sm_derive_x963(const char *digest, sm_bytes z, sm_bytes info, uint8_t *key, size_t key_length)
{
    return derive_one_step(OSSL_KDF_NAME_X963KDF, digest, z, info, key, key_length);
}

bool sm_derive_kdf3(const char *digest, sm_bytes z, sm_bytes info, uint8_t *key, size_t key_length)
{
    return derive_one_step(OSSL_KDF_NAME_SSKDF, digest, z, info, key, key_length);
}

bool sm_derive_hkdf(const char *digest, sm_bytes salt, sm_bytes z, sm_bytes info, uint8_t *key,
                    size_t key_length)
{
    OSSL_PARAM parameters[5];
    size_t count = 0;
    parameters[count++] = digest_parameter(digest);
    parameters[count++] = octets_parameter(OSSL_KDF_PARAM_KEY, z);
    if (sm_bytes_present(salt) && salt.length > 0)
        parameters[count++] = octets_parameter(OSSL_KDF_PARAM_SALT, salt);
    parameters[count++] = octets_parameter(OSSL_KDF_PARAM_INFO, info);
    parameters[count] = OSSL_PARAM_construct_end();
    return derive(OSSL_KDF_NAME_HKDF, parameters, key, key_length);
}

sm_bytes sm_encode_joined(sm_arena *arena, uint32_t tag, const sm_bytes *parts, unsigned count)
{
    GByteArray *joined = g_byte_array_new();
    for (unsigned i = 0; i < count; i++)
        g_byte_array_append(joined, parts[i].data, (guint)parts[i].length);
    sm_bytes encoding = sm_der_wrap(
        arena, tag, true, sm_bytes_of(joined->data ? joined->data : (const guint8 *)"", joined->len));
    g_byte_array_free(joined, TRUE);
    return encoding;
}
