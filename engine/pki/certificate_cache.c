/* The lock is OpenSSL's, which the thread sanitizer understands; GLib's it does not see.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pki/certificate_cache.h"

#include "base/bounds.h"

#include <openssl/crypto.h>
#include <openssl/x509.h>

struct sm_certificate_cache {
    CRYPTO_RWLOCK *lock;   /* NULL: nothing is remembered */
    GHashTable *remembered; /* sm_sha256_key -> X509 */
};

static void release_x509(gpointer x509)
{
    X509_free(x509);
}

sm_certificate_cache *sm_certificate_cache_new(void)
{
    sm_certificate_cache *cache = g_new0(sm_certificate_cache, 1);
    cache->lock = CRYPTO_THREAD_lock_new();
    cache->remembered = g_hash_table_new_full(sm_sha256_key_hash, sm_sha256_key_equal, g_free, release_x509);
    return cache;
}

void sm_certificate_cache_free(sm_certificate_cache *cache)
{
    g_hash_table_destroy(cache->remembered);
    CRYPTO_THREAD_lock_free(cache->lock);
    g_free(cache);
}

void sm_certificate_cache_clear(sm_certificate_cache *cache)
{
    if (cache->lock == NULL || !CRYPTO_THREAD_write_lock(cache->lock))
        return;
    g_hash_table_remove_all(cache->remembered);
    CRYPTO_THREAD_unlock(cache->lock);
}

unsigned sm_certificate_cache_count(sm_certificate_cache *cache)
{
    if (cache->lock == NULL || !CRYPTO_THREAD_read_lock(cache->lock))
        return 0;
    unsigned count = g_hash_table_size(cache->remembered);
    CRYPTO_THREAD_unlock(cache->lock);
    return count;
}

X509 *sm_certificate_cache_find(sm_certificate_cache *cache, const sm_sha256_key *digest)
{
    if (cache->lock == NULL || !CRYPTO_THREAD_read_lock(cache->lock))
        return NULL;
    X509 *x509 = g_hash_table_lookup(cache->remembered, digest);
    if (x509 != NULL && !X509_up_ref(x509))
        x509 = NULL;
    CRYPTO_THREAD_unlock(cache->lock);
    return x509;
}

void sm_certificate_cache_keep(sm_certificate_cache *cache, const sm_sha256_key *digest, size_t length, X509 *x509)
{
    if (length > SM_LIMIT_CERTIFICATE_CACHE_OCTETS || cache->lock == NULL || !CRYPTO_THREAD_write_lock(cache->lock))
        return;
    if (!g_hash_table_contains(cache->remembered, digest) && X509_up_ref(x509)) { /* another thread may have been faster */
        if (g_hash_table_size(cache->remembered) >= SM_LIMIT_CERTIFICATE_CACHE)
            g_hash_table_remove_all(cache->remembered);
        g_hash_table_insert(cache->remembered, g_memdup2(digest, sizeof *digest), x509);
    }
    CRYPTO_THREAD_unlock(cache->lock);
}
