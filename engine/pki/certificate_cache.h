/* Certificates already decoded, remembered by a key ring: signers send the same ones with each message, and decoding a public key costs
 * more than verifying a signature with it.
 *
 * Only OpenSSL's object is shared, which nobody changes and which counts its users: what a message says of a certificate is its own,
 * and may outlive the ring.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "pki/certificate.h"
#include "pki/sha256_key.h"

#include <openssl/types.h>

typedef struct sm_certificate_cache sm_certificate_cache;

sm_certificate_cache *sm_certificate_cache_new(void);
void sm_certificate_cache_free(sm_certificate_cache *cache);

/* Forgets everything. Thread-safe. */
void sm_certificate_cache_clear(sm_certificate_cache *cache);
unsigned sm_certificate_cache_count(sm_certificate_cache *cache); /* certificates remembered */

/* What was decoded from the certificate whose encoding has this digest, NULL when it is not remembered. To be released with X509_free(). Thread-safe. */
X509 *sm_certificate_cache_find(sm_certificate_cache *cache, const sm_sha256_key *digest);

/* Remembers what was decoded from the octets of this digest, with a reference of its own; not if they are more than
 * SM_LIMIT_CERTIFICATE_CACHE_OCTETS. At most SM_LIMIT_CERTIFICATE_CACHE are kept: the one after that finds all others
 * forgotten. Thread-safe. */
void sm_certificate_cache_keep(sm_certificate_cache *cache, const sm_sha256_key *digest, size_t length, X509 *x509);

/* sm_certificate_parse() with a cache, which may be NULL. */
const sm_certificate *sm_certificate_parse_cached(sm_arena *arena, sm_certificate_cache *cache, sm_bytes der, const char *origin,
                                                  const char **fault);
