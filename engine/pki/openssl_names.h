/* What OpenSSL calls things, in the engine's words: names, dates, algorithms, digests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/moment.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

/* RFC 4514 string of a name, owned by the arena: valid UTF-8, in which zeros, controls, invisible and direction-changing
 * characters stand as \XX of their octets. "" for the empty name. */
const char *sm_openssl_name_text(sm_arena *arena, const X509_NAME *name);

/* The same from a complete Name encoding; its hexadecimal when it is none. */
const char *sm_openssl_name_text_der(sm_arena *arena, sm_bytes der);

/* Whether two complete Name encodings name the same: the same octets, or equal by RFC 5280 7.1 (letter case, spaces, and the
 * string type left aside). */
bool sm_openssl_name_equal(sm_bytes a, sm_bytes b);

/* A hash that is the same for all names that sm_openssl_name_equal() takes for equal. */
guint sm_openssl_name_hash(const X509_NAME *name);

/* The same from a complete Name encoding; false when it is none. */
bool sm_openssl_name_hash_der(sm_bytes der, guint *hash);

/* A date of a certificate or CRL; not known when there is none or it cannot be read. */
sm_moment sm_openssl_moment(const ASN1_TIME *time);

/* "ECDSA with SHA-256", or the OID of an algorithm without a name here; owned by the arena. `legacy` (may be NULL) becomes true
 * when its digest is SHA-1 or older. */
const char *sm_openssl_signature_name(sm_arena *arena, const X509_ALGOR *algorithm, bool *legacy);

/* Fetched once and kept: a fetch a certificate is most of the time that loading ten thousand takes. */
const EVP_MD *sm_openssl_sha1(void);
const EVP_MD *sm_openssl_sha256(void);
