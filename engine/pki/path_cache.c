/* Readers copy an answer out under the lock, so that no answer has to outlive the others: all of them live in one arena, which is
 * thrown away when it is full.
 *
 * The lock is OpenSSL's, which the thread sanitizer understands; GLib's it does not see.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pki/path_cache.h"

#include "base/bounds.h"
#include "pki/openssl_names.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

/* A certificate of a chain: the ring's, or the place where the question brings it along. */
typedef struct chain_link {
    const sm_certificate *of_ring; /* NULL: embedded */
    unsigned embedded;
} chain_link;

typedef struct answer {
    struct answer *next; /* to the same question, for another span */
    sm_path_key key;
    sm_span span;
    sm_path path; /* its chain stays empty */
    chain_link links[]; /* behind the leaf */
} answer;

struct sm_path_cache {
    CRYPTO_RWLOCK *lock; /* NULL: nothing is remembered */
    sm_arena *arena;     /* of the answers */
    GHashTable *answers; /* sm_path_key -> answer */
    unsigned count;
};

sm_path_cache *sm_path_cache_new(void)
{
    sm_path_cache *cache = g_new0(sm_path_cache, 1);
    cache->lock = CRYPTO_THREAD_lock_new();
    cache->arena = sm_arena_new();
    cache->answers = g_hash_table_new(sm_sha256_key_hash, sm_sha256_key_equal);
    return cache;
}

void sm_path_cache_free(sm_path_cache *cache)
{
    g_hash_table_destroy(cache->answers);
    sm_arena_free(cache->arena);
    CRYPTO_THREAD_lock_free(cache->lock);
    g_free(cache);
}

void sm_path_cache_clear(sm_path_cache *cache)
{
    if (cache->count == 0)
        return;
    g_hash_table_remove_all(cache->answers);
    sm_arena_free(cache->arena);
    cache->arena = sm_arena_new();
    cache->count = 0;
}

unsigned sm_path_cache_count(sm_path_cache *cache)
{
    if (cache->lock == NULL || !CRYPTO_THREAD_read_lock(cache->lock))
        return 0;
    unsigned count = cache->count;
    CRYPTO_THREAD_unlock(cache->lock);
    return count;
}

/* ---- Keys ---- */

static bool add_count(EVP_MD_CTX *digest, uint64_t count)
{
    uint8_t octets[8];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(count >> 8 * i);
    return EVP_DigestUpdate(digest, octets, sizeof octets);
}

/* The fingerprint stands for the certificate. */
static bool add_certificate(EVP_MD_CTX *digest, const sm_certificate *certificate)
{
    return certificate->fingerprint != NULL && strlen(certificate->fingerprint) == 64 &&
           EVP_DigestUpdate(digest, certificate->fingerprint, 64);
}

bool sm_path_cache_key(const sm_path_question *question, sm_path_key *key)
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    bool good = digest != NULL && EVP_DigestInit_ex(digest, sm_openssl_sha256(), NULL) && add_certificate(digest, question->leaf) &&
                add_count(digest, question->embedded_count);
    for (unsigned i = 0; good && i < question->embedded_count; i++)
        good = add_certificate(digest, question->embedded[i]);
    for (unsigned i = 0; good && i < question->crl_count; i++)
        good = add_count(digest, question->crls[i].length) &&
               EVP_DigestUpdate(digest, question->crls[i].data, question->crls[i].length);
    unsigned length = 0;
    good = good && EVP_DigestFinal_ex(digest, key->octets, &length) && length == sizeof key->octets;
    EVP_MD_CTX_free(digest);
    return good;
}

/* ---- Answers ---- */

static answer *find_answer(const sm_path_cache *cache, const sm_path_key *key, sm_moment when)
{
    answer *found = g_hash_table_lookup(cache->answers, key);
    while (found != NULL && !sm_span_holds(&found->span, when))
        found = found->next;
    return found;
}

static sm_verdict copy_verdict(sm_arena *arena, sm_verdict verdict)
{
    verdict.detail = sm_arena_strdup(arena, verdict.detail);
    return verdict;
}

static void copy_path(sm_arena *arena, sm_path *copy, const sm_path *path)
{
    *copy = *path;
    copy->path = copy_verdict(arena, path->path);
    copy->revocation = copy_verdict(arena, path->revocation);
    copy->chain = NULL;
}

const sm_path *sm_path_cache_find(sm_path_cache *cache, sm_arena *arena, const sm_path_question *question, const sm_path_key *key,
                                  sm_moment when)
{
    if (cache->lock == NULL || !CRYPTO_THREAD_read_lock(cache->lock))
        return NULL;
    sm_path *path = NULL;
    const answer *found = find_answer(cache, key, when);
    if (found != NULL) {
        path = sm_arena_new0(arena, sm_path);
        copy_path(arena, path, &found->path);
        const sm_certificate **chain = sm_arena_array(arena, const sm_certificate *, path->chain_length);
        chain[0] = question->leaf;
        for (unsigned i = 1; i < path->chain_length; i++) {
            const chain_link *to = &found->links[i - 1];
            chain[i] = to->of_ring != NULL ? to->of_ring : question->embedded[to->embedded];
        }
        path->chain = chain;
    }
    CRYPTO_THREAD_unlock(cache->lock);
    return path;
}

static chain_link link_to(const sm_path_question *question, const sm_certificate *certificate)
{
    for (unsigned i = 0; i < question->embedded_count; i++)
        if (question->embedded[i] == certificate)
            return (chain_link){NULL, i};
    return (chain_link){certificate, 0};
}

static void add_answer(sm_path_cache *cache, const sm_path_question *question, const sm_path_key *key, const sm_span *span,
                       const sm_path *path)
{
    answer *kept = sm_arena_alloc(cache->arena, sizeof *kept + path->chain_length * sizeof kept->links[0]);
    kept->key = *key;
    kept->span = *span;
    copy_path(cache->arena, &kept->path, path);
    for (unsigned i = 1; i < path->chain_length; i++)
        kept->links[i - 1] = link_to(question, path->chain[i]);
    answer *first = g_hash_table_lookup(cache->answers, key);
    if (first != NULL) { /* behind the first, whose key the table holds */
        kept->next = first->next;
        first->next = kept;
    } else {
        g_hash_table_insert(cache->answers, &kept->key, kept);
    }
    cache->count++;
}

void sm_path_cache_keep(sm_path_cache *cache, const sm_path_question *question, const sm_path_key *key, const sm_span *span,
                        const sm_path *path)
{
    if (path->chain_length == 0 || path->chain[0] != question->leaf || cache->lock == NULL || !CRYPTO_THREAD_write_lock(cache->lock))
        return;
    if (find_answer(cache, key, span->when) == NULL) { /* another thread may have been faster */
        if (cache->count >= SM_LIMIT_PATH_CACHE)
            sm_path_cache_clear(cache);
        add_answer(cache, question, key, span, path);
    }
    CRYPTO_THREAD_unlock(cache->lock);
}
