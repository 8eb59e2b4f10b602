/* OpenSSL as this room uses it: library contexts, digests by their CMS identifier, and the error queue.
 *
 * Internal to cms/.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "cms/algorithms.h"

#include <openssl/evp.h>

/* A context with the default and the legacy provider (DES, RC2), NULL when the legacy provider is not
 * installed. Created at the first call and kept; any thread may call. The application's own default context
 * is left as it is. */
OSSL_LIB_CTX *sm_legacy_library(void);

/* A cipher by its EVP name, from the default context or, failing that, from the legacy one; NULL when neither
 * has it. To be released with EVP_CIPHER_free(). */
EVP_CIPHER *sm_cipher_fetch(const char *name);

/* The longest digest sm_digest_octets() writes. */
#define SM_DIGEST_OCTETS EVP_MAX_MD_SIZE

typedef enum sm_digest_status {
    SM_DIGEST_DONE = 0,
    SM_DIGEST_UNSUPPORTED, /* unknown here, or refused by OpenSSL's configuration */
    SM_DIGEST_PARAMETERS,  /* id-shake256-len with a length that is none */
} sm_digest_status;

/* Digests `octets` with the algorithm a message names: SHA-1, SHA-2, SHA-3, MD5, SHAKE128 and SHAKE256 with
 * the output lengths of RFC 8702 3.1 (32 and 64 octets), id-shake256-len with the length of its parameter
 * (RFC 8419 2.3; 256 to 512 bits, as a shorter digest would make content easy to exchange). */
sm_digest_status sm_digest_octets(const sm_algorithm *algorithm, sm_bytes octets,
                                  uint8_t digest[SM_DIGEST_OCTETS], size_t *length);
