/* Key wrap and key derivation, as recipients use them.
 *
 * Internal to cms/.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "cms/algorithms.h"
#include "cms/key_search.h"

/* Reads one complete AlgorithmIdentifier; false when it is none. */
bool sm_algorithm_read(sm_bytes encoding, sm_algorithm *algorithm);

/* The key wrap algorithm's row and its key length in octets; NULL when it is no key wrap this tool knows
 * (AES, AES with padding, Triple-DES). */
const sm_algorithm_info *sm_wrap_lookup(const sm_algorithm *wrap, size_t *kek_octets);

/* Unwraps `wrapped` (RFC 3394, RFC 5649, RFC 3217). The lengths of key and wrapped key are checked first;
 * false with one line in `fault` when they do not fit or the integrity check fails. What comes out is proven. */
bool sm_key_unwrap(sm_arena *arena, const sm_algorithm *wrap, const uint8_t *kek, size_t kek_length,
                   sm_bytes wrapped, sm_secret *cek, const char **fault);

/* X9.63 KDF (SEC 1 3.6.1), also KDF2 of RFC 9690: hash(Z || counter || info). */
bool sm_derive_x963(const char *digest, sm_bytes z, sm_bytes info, uint8_t *key, size_t key_length);

/* KDF3 of RFC 9690: hash(counter || Z || info). */
bool sm_derive_kdf3(const char *digest, sm_bytes z, sm_bytes info, uint8_t *key, size_t key_length);

/* HKDF (RFC 5869); salt may be absent. */
bool sm_derive_hkdf(const char *digest, sm_bytes salt, sm_bytes z, sm_bytes info, uint8_t *key,
                    size_t key_length);

/* Encodings joined under one tag, owned by the arena. */
sm_bytes sm_encode_joined(sm_arena *arena, uint32_t tag, const sm_bytes *parts, unsigned count);
