/* Content encryption undone with a content key: AEAD and CBC.
 *
 * Internal to cms/.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/verdict.h"
#include "cms/algorithms.h"
#include "cms/key_search.h"

/* Everything but the key. */
typedef struct sm_sealed {
    sm_cipher_parameters parameters;
    sm_bytes content; /* ciphertext */
    sm_bytes mac;     /* AEAD: the tag */
    sm_bytes aad;     /* AEAD: additional authenticated data; absent when there is none */
} sm_sealed;

/* Checks what can be checked without a key: nonce, tag and content lengths, and that this OpenSSL has the
 * cipher. `aead`: the cipher must authenticate (AuthEnvelopedData), or must not. Pass, fail parameters, fail
 * padding (CBC content of no whole blocks), not evaluated unsupported-algorithm or limit. */
sm_verdict sm_sealed_check(sm_arena *arena, const sm_sealed *sealed, bool aead);

/* Octets of the content key; 0 when the cipher takes keys of several lengths (RC2). */
size_t sm_sealed_key_octets(const sm_sealed *sealed);

/* Decrypts into `plaintext`, which has room for sm_sealed_room() octets; false when the tag or the padding is
 * wrong, and then the buffer is cleansed. The content key of CEK-HKDF (RFC 9709) is derived here. */
size_t sm_sealed_room(const sm_sealed *sealed);
bool sm_sealed_open(const sm_sealed *sealed, const sm_secret *cek, uint8_t *plaintext, size_t *length);
