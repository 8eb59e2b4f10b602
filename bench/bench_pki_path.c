/* What a certification path costs: one signer's certificate under the demonstration anchors and CRLs, as message after message brings it.
 *
 *     bench_pki_path KEYS [ROUNDS]
 *
 * KEYS is the demonstration directory of keys. Compares, per message: OpenSSL's X509_verify_cert alone with CRLs checked, in one store
 * made beforehand; the path built and judged anew each time; and the path as sm_path_validate() has it. */
#include "pki/path.h"

#include <glib.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct subject {
    const char *name;
    sm_arena *arena;
    sm_keyring *ring;
    const sm_certificate *leaf;
    X509_STORE *store;
    sm_moment when;
} subject;

static bool by_openssl(const subject *of)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_STORE_CTX_init(context, of->store, of->leaf->x509, NULL);
    X509_STORE_CTX_set_time(context, 0, (time_t)of->when.seconds);
    bool good = X509_verify_cert(context) == 1;
    X509_STORE_CTX_free(context);
    return good;
}

static bool passes(const sm_path *path)
{
    return path->path.kind == SM_PASS && path->revocation.kind == SM_PASS;
}

static bool anew(const subject *of)
{
    sm_arena *arena = sm_arena_new();
    bool good = passes(sm_path_validate_anew(arena, of->ring, of->leaf, NULL, 0, NULL, 0, of->when));
    sm_arena_free(arena);
    return good;
}

static bool remembered(const subject *of)
{
    sm_arena *arena = sm_arena_new();
    bool good = passes(sm_path_validate(arena, of->ring, of->leaf, NULL, 0, NULL, 0, of->when));
    sm_arena_free(arena);
    return good;
}

static double time_of(bool (*judge)(const subject *), const subject *of, unsigned rounds)
{
    gint64 start = g_get_monotonic_time();
    for (unsigned i = 0; i < rounds; i++)
        if (!judge(of)) {
            fprintf(stderr, "%s: does not pass\n", of->name);
            exit(1);
        }
    return (double)(g_get_monotonic_time() - start) / rounds;
}

static const sm_certificate *read_certificate(sm_arena *arena, const char *path)
{
    FILE *file = fopen(path, "r");
    X509 *x509 = file != NULL ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    if (file != NULL)
        fclose(file);
    unsigned char *der = NULL;
    int length = x509 != NULL ? i2d_X509(x509, &der) : 0;
    const sm_certificate *certificate =
        length > 0 ? sm_certificate_parse(arena, sm_bytes_of(der, (size_t)length), path, NULL) : NULL;
    OPENSSL_free(der);
    X509_free(x509);
    return certificate;
}

/* The store of OpenSSL's that has the same anchors, certificates and CRLs. */
static X509_STORE *make_store(const subject *of, const char *keys)
{
    X509_STORE *store = X509_STORE_new();
    static const char *const files[] = {"trust/demonstration-ca.cert.pem", "ring/alice-intermediate.cert.pem",
                                        "others/intermediate-ca.cert.pem"};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(keys, files[i], NULL);
        X509_STORE_add_cert(store, read_certificate(of->arena, path)->x509);
    }
    static const char *const lists[] = {"crl/demonstration-ca.crl.pem", "crl/intermediate-ca.crl.pem"};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_autofree char *path = g_build_filename(keys, lists[i], NULL);
        FILE *file = fopen(path, "r");
        X509_CRL *crl = PEM_read_X509_CRL(file, NULL, NULL, NULL);
        fclose(file);
        X509_STORE_add_crl(store, crl);
        X509_CRL_free(crl);
    }
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return store;
}

int main(int argc, char **argv)
{
    static const char *const leaves[] = {"alice", "alice-rsa", "alice-ed25519", "alice-intermediate"};
    unsigned rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 5000;
    if (argc < 2 || rounds == 0) {
        fprintf(stderr, "usage: bench_pki_path KEYS [ROUNDS]\n");
        return 2;
    }
    g_autofree char *trust = g_build_filename(argv[1], "trust", NULL), *crl = g_build_filename(argv[1], "crl", NULL),
                    *others = g_build_filename(argv[1], "others", "intermediate-ca.cert.pem", NULL);
    subject of = {.arena = sm_arena_new(), .ring = sm_keyring_new(), .when = sm_moment_parse_rfc3339("2026-01-15T10:00:00Z")};
    sm_keyring_add_trust(of.ring, trust);
    sm_keyring_add_crls(of.ring, crl);
    sm_keyring_add_keys(of.ring, others);
    of.store = make_store(&of, argv[1]);
    printf("%-20s %10s %10s %10s %8s %8s\n", "microseconds each", "OpenSSL", "anew", "remembered", "anew/O", "rem./O");
    for (size_t i = 0; i < G_N_ELEMENTS(leaves); i++) {
        g_autofree char *path = g_strdup_printf("%s/ring/%s.cert.pem", argv[1], leaves[i]);
        of.name = leaves[i];
        of.leaf = read_certificate(of.arena, path);
        double openssl = time_of(by_openssl, &of, rounds), fresh = time_of(anew, &of, rounds),
               again = time_of(remembered, &of, rounds);
        printf("%-20s %10.2f %10.2f %10.2f %8.2f %8.3f\n", leaves[i], openssl, fresh, again, fresh / openssl, again / openssl);
    }
    X509_STORE_free(of.store);
    sm_keyring_unref(of.ring);
    sm_arena_free(of.arena);
    return 0;
}
