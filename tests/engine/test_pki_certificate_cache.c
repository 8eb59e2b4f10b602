/* Certificates of messages decoded once: shared where the octets are the same, told from one another by a single bit, kept within
 * bounds, and alive as long as anybody has one. */
#include "base/bounds.h"
#include "pki/keyring_store.h"

#include <glib.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

enum { THREADS = 4 };

static sm_bytes read_der(sm_arena *arena, const char *name)
{
    g_autofree char *file = g_strdup_printf("%s/../data/pki/%s.pem", g_test_get_dir(G_TEST_DIST), name);
    BIO *input = BIO_new_file(file, "r");
    if (input == NULL)
        g_error("cannot read %s", file);
    char *type = NULL, *header = NULL;
    unsigned char *data = NULL;
    long length = 0;
    g_assert_true(PEM_read_bio(input, &type, &header, &data, &length));
    sm_bytes der = sm_arena_copy(arena, sm_bytes_of(data, (size_t)length));
    OPENSSL_free(type);
    OPENSSL_free(header);
    OPENSSL_free(data);
    BIO_free(input);
    return der;
}

/* The same octets with another signature, numbered. */
static sm_bytes variant(sm_arena *arena, sm_bytes der, uint32_t number)
{
    sm_bytes copy = sm_arena_copy(arena, der);
    uint8_t *end = (uint8_t *)(uintptr_t)copy.data + copy.length - 8;
    for (unsigned i = 0; i < 4; i++)
        end[i] ^= (uint8_t)(number >> 8 * i);
    return copy;
}

static void assert_same(const sm_certificate *a, const sm_certificate *b)
{
    g_assert_cmpmem(a->encoding.data, a->encoding.length, b->encoding.data, b->encoding.length);
    g_assert_cmpstr(a->subject, ==, b->subject);
    g_assert_cmpstr(a->issuer, ==, b->issuer);
    g_assert_cmpstr(a->serial, ==, b->serial);
    g_assert_cmpstr(a->fingerprint, ==, b->fingerprint);
    g_assert_cmpstr(a->key_name, ==, b->key_name);
    g_assert_cmpuint(a->key_usage, ==, b->key_usage);
    g_assert_cmpuint(a->san_count, ==, b->san_count);
    g_assert_cmpint(a->self_signed, ==, b->self_signed);
    g_assert_cmpint(a->public_key != NULL, ==, b->public_key != NULL);
}

static void shared(void)
{
    static const char *const names[] = {"root", "leaf", "leaf-rsa", "leaf-ed25519", "leaf-names", "leaf-repeated", "leaf-critical"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        sm_keyring *ring = sm_keyring_new();
        sm_arena *first = sm_arena_new(), *second = sm_arena_new();
        sm_bytes der = read_der(first, names[i]);
        const sm_certificate *plain = sm_certificate_parse(first, der, "embedded", NULL);
        const sm_certificate *one = sm_keyring_read_embedded(ring, first, der, NULL);
        const sm_certificate *two = sm_keyring_read_embedded(ring, second, sm_arena_copy(second, der), NULL);
        const sm_certificate *alone = sm_keyring_read_embedded(NULL, first, der, NULL);
        g_assert_true(one->x509 == two->x509 && one->public_key == two->public_key);
        g_assert_true(plain->x509 != one->x509 && alone->x509 != one->x509);
        assert_same(one, plain);
        assert_same(two, plain);
        g_assert_cmpuint(sm_certificate_cache_count(sm_keyring_decoded(ring)), ==, 1);
        g_assert_cmpuint(sm_keyring_certificate_count(ring), ==, 0); /* it is not in the ring */

        sm_bytes altered = variant(first, der, 1u << 8);
        const sm_certificate *other = sm_keyring_read_embedded(ring, first, altered, NULL);
        g_assert_true(other->x509 != one->x509);
        g_assert_cmpstr(other->fingerprint, !=, one->fingerprint);
        g_assert_cmpuint(sm_certificate_cache_count(sm_keyring_decoded(ring)), ==, 2);
        sm_keyring_unref(ring);
        sm_arena_free(first);
        sm_arena_free(second);
    }
}

/* What is no certificate is none the second time either, and nothing is kept of it. */
static void faults(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = sm_keyring_new();
    sm_bytes der = read_der(arena, "leaf");
    for (unsigned round = 0; round < 2; round++) {
        const char *fault = NULL;
        g_assert_null(sm_keyring_read_embedded(ring, arena, SM_BYTES_NONE, &fault));
        g_assert_cmpstr(fault, ==, "no octets");
        g_assert_null(sm_keyring_read_embedded(ring, arena, sm_bytes_cut(der, 0, der.length - 1), &fault));
        g_assert_cmpstr(fault, ==, "not a DER certificate");
        g_autofree uint8_t *longer = g_malloc0(der.length + 1);
        memcpy(longer, der.data, der.length);
        g_assert_null(sm_keyring_read_embedded(ring, arena, sm_bytes_of(longer, der.length + 1), &fault));
        g_assert_cmpstr(fault, ==, "octets after the certificate");
    }
    g_assert_cmpuint(sm_certificate_cache_count(sm_keyring_decoded(ring)), ==, 0);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

static void bounds(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = sm_keyring_new();
    sm_certificate_cache *cache = sm_keyring_decoded(ring);
    sm_bytes der = read_der(arena, "leaf");
    for (uint32_t i = 0; i < SM_LIMIT_CERTIFICATE_CACHE + 10; i++) {
        sm_arena *own = sm_arena_new();
        g_assert_nonnull(sm_keyring_read_embedded(ring, own, variant(own, der, i), NULL));
        sm_arena_free(own);
        g_assert_cmpuint(sm_certificate_cache_count(cache), ==,
                         i < SM_LIMIT_CERTIFICATE_CACHE ? i + 1 : i + 1 - SM_LIMIT_CERTIFICATE_CACHE);
    }

    sm_certificate_cache_clear(cache);
    X509 *x509 = sm_certificate_parse(arena, der, "x", NULL)->x509;
    const sm_sha256_key digest = {{1}};
    sm_certificate_cache_keep(cache, &digest, SM_LIMIT_CERTIFICATE_CACHE_OCTETS + 1, x509);
    g_assert_null(sm_certificate_cache_find(cache, &digest));
    sm_certificate_cache_keep(cache, &digest, SM_LIMIT_CERTIFICATE_CACHE_OCTETS, x509);
    X509 *found = sm_certificate_cache_find(cache, &digest);
    g_assert_true(found == x509);
    X509_free(found);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* A message's certificate outlives the cache that lent it, and the ring. */
static void outlives(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = sm_keyring_new();
    const sm_certificate *root = sm_keyring_read_embedded(ring, arena, read_der(arena, "root"), NULL);
    const sm_certificate *leaf = sm_keyring_read_embedded(ring, arena, read_der(arena, "leaf"), NULL);
    sm_certificate_cache_clear(sm_keyring_decoded(ring));
    g_assert_cmpint(X509_verify(leaf->x509, root->public_key), ==, 1);
    sm_keyring_unref(ring);
    g_assert_cmpint(X509_verify(leaf->x509, root->public_key), ==, 1);
    sm_arena_free(arena);
}

typedef struct work {
    sm_keyring *ring;
    sm_bytes root, leaf;
} work;

static gpointer read_and_verify(gpointer data)
{
    const work *of = data;
    for (unsigned i = 0; i < 200; i++) {
        sm_arena *arena = sm_arena_new();
        const sm_certificate *root = sm_keyring_read_embedded(of->ring, arena, of->root, NULL);
        const sm_certificate *leaf = sm_keyring_read_embedded(of->ring, arena, of->leaf, NULL);
        bool good = root != NULL && leaf != NULL && root->self_signed && X509_verify(leaf->x509, root->public_key) == 1;
        sm_arena_free(arena);
        if (!good)
            return data;
    }
    return NULL;
}

static void threads(void)
{
    sm_arena *arena = sm_arena_new();
    work of = {sm_keyring_new(), read_der(arena, "root"), read_der(arena, "leaf")};
    GThread *running[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        running[i] = g_thread_new("read", read_and_verify, &of);
    for (unsigned i = 0; i < THREADS; i++)
        g_assert_null(g_thread_join(running[i]));
    g_assert_cmpuint(sm_certificate_cache_count(sm_keyring_decoded(of.ring)), ==, 2);
    sm_keyring_unref(of.ring);
    sm_arena_free(arena);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pki/certificate-cache/shared", shared);
    g_test_add_func("/pki/certificate-cache/faults", faults);
    g_test_add_func("/pki/certificate-cache/bounds", bounds);
    g_test_add_func("/pki/certificate-cache/outlives", outlives);
    g_test_add_func("/pki/certificate-cache/threads", threads);
    return g_test_run();
}
