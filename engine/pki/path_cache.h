/* Certification paths already judged, remembered by a key ring: signers send the same certificates again and again, and building and
 * checking their path costs more than checking their signature.
 *
 * What is remembered of a question is its whole answer, found again by the octets of everything that went into it besides the ring - the
 * certificate, the certificates and CRLs around it, in their order - and for those moments alone between which no date that was looked at
 * lies. A ring that grows forgets everything.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "pki/path.h"
#include "pki/sha256_key.h"
#include "pki/span.h"

typedef struct sm_path_cache sm_path_cache;

sm_path_cache *sm_path_cache_new(void);
void sm_path_cache_free(sm_path_cache *cache);

/* Forgets everything. Not while another thread uses the cache. */
void sm_path_cache_clear(sm_path_cache *cache);
unsigned sm_path_cache_count(sm_path_cache *cache); /* answers remembered */

/* What a path is asked for, besides ring and time. */
typedef struct sm_path_question {
    const sm_certificate *leaf;
    const sm_certificate *const *embedded;
    unsigned embedded_count;
    const sm_bytes *crls; /* CertificateList encodings */
    unsigned crl_count;
} sm_path_question;

/* SHA-256 over all octets of the question. */
typedef sm_sha256_key sm_path_key;

/* The key of a question; false when it cannot be computed: then nothing is remembered. */
bool sm_path_cache_key(const sm_path_question *question, sm_path_key *key);

/* The answer remembered for the question whose key this is, at that time, as a copy in the arena, whose chain is made of the question's and the
 * ring's certificates; NULL when there is none. Thread-safe. */
const sm_path *sm_path_cache_find(sm_path_cache *cache, sm_arena *arena, const sm_path_question *question, const sm_path_key *key,
                                  sm_moment when);

/* Remembers a copy of the answer for every moment of the span. `path` is of this question: each certificate of its chain is the
 * question's or the ring's that owns the cache. At most SM_LIMIT_PATH_CACHE answers are kept: the one after that
 * finds all others forgotten. Thread-safe. */
void sm_path_cache_keep(sm_path_cache *cache, const sm_path_question *question, const sm_path_key *key, const sm_span *span,
                        const sm_path *path);
