/* RSASSA-PSS with SHAKE as hash and as mask generation function.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/pss_shake.h"

#include "base/bounds.h"

#include <openssl/rsa.h>

#include <string.h>

enum { DIGEST_MAX = 64, MODULUS_MAX = SM_LIMIT_RSA_BITS / 8 };

/* SHAKE over three pieces, any of which may be empty. */
static bool shake(bool shake256, const sm_bytes pieces[3], uint8_t *output, size_t length)
{
    EVP_MD *md = EVP_MD_fetch(NULL, shake256 ? "SHAKE256" : "SHAKE128", NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = md && context && EVP_DigestInit_ex2(context, md, NULL) > 0;
    for (unsigned i = 0; done && i < 3; i++)
        done = pieces[i].length == 0 || EVP_DigestUpdate(context, pieces[i].data, pieces[i].length) > 0;
    done = done && EVP_DigestFinalXOF(context, output, length) > 0;
    EVP_MD_CTX_free(context);
    EVP_MD_free(md);
    return done;
}

/* The value raised to the public exponent: as many octets as the modulus has (RFC 8017 8.1.2, 2). */
static bool recover(EVP_PKEY *key, sm_bytes value, uint8_t *octets, size_t length)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    size_t got = length;
    bool done = context && EVP_PKEY_verify_recover_init(context) > 0 &&
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) > 0 &&
                EVP_PKEY_verify_recover(context, octets, &got, value.data, value.length) > 0 && got == length;
    EVP_PKEY_CTX_free(context);
    return done;
}

/* EMSA-PSS-VERIFY (RFC 8017 9.1.2) of the encoded message, `bits` of it. */
static bool encoding_holds(bool shake256, sm_bytes message, uint8_t *encoded, size_t bits)
{
    static const uint8_t zeros[8];
    const size_t digest_length = shake256 ? 64 : 32, salt_length = digest_length;
    size_t length = (bits + 7) / 8;
    if (length < digest_length + salt_length + 2 || encoded[length - 1] != 0xbc)
        return false;
    size_t block_length = length - digest_length - 1, padding = block_length - salt_length - 1;
    uint8_t *block = encoded, *digest = encoded + block_length;
    uint8_t unused = (uint8_t)(0xff << (8 - (8 * length - bits))); /* bits of the first octet that the modulus has not */
    if (bits % 8 != 0 && (block[0] & unused) != 0)
        return false;

    uint8_t mask[MODULUS_MAX], message_digest[DIGEST_MAX], expected[DIGEST_MAX];
    if (!shake(shake256, (const sm_bytes[3]){sm_bytes_of(digest, digest_length)}, mask, block_length) ||
        !shake(shake256, (const sm_bytes[3]){message}, message_digest, digest_length))
        return false;
    for (size_t i = 0; i < block_length; i++)
        block[i] ^= mask[i];
    if (bits % 8 != 0)
        block[0] &= (uint8_t)~unused;
    for (size_t i = 0; i < padding; i++)
        if (block[i] != 0)
            return false;
    const sm_bytes hashed[3] = {sm_bytes_of(zeros, sizeof zeros), sm_bytes_of(message_digest, digest_length),
                                sm_bytes_of(block + padding + 1, salt_length)};
    return block[padding] == 0x01 && shake(shake256, hashed, expected, digest_length) &&
           memcmp(expected, digest, digest_length) == 0;
}

bool sm_pss_shake_verify(EVP_PKEY *key, bool shake256, sm_bytes message, sm_bytes value)
{
    uint8_t octets[MODULUS_MAX];
    int bits = EVP_PKEY_get_bits(key);
    if (bits < 512 || bits > SM_LIMIT_RSA_BITS)
        return false;
    size_t length = ((size_t)bits + 7) / 8, encoded_bits = (size_t)bits - 1, encoded_length = (encoded_bits + 7) / 8;
    if (value.length != length || !recover(key, value, octets, length))
        return false;
    if (encoded_length < length && octets[0] != 0)
        return false;
    return encoding_holds(shake256, message, octets + (length - encoded_length), encoded_bits);
}
