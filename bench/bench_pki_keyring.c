/* How long a key ring of ten thousand certificates takes to load, to find the private key of one of them, and a lookup in it.
 *
 *     bench_pki_keyring CERTIFICATE.der [COUNT [KEY]]
 *
 * KEY is a file with the private key of some other certificate in it, and that certificate. The certificates are the given one with other subject key identifiers, each a file of a directory of its own making. */
#define _GNU_SOURCE /* memmem */
#include "pki/keyring.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    g_autofree char *octets = NULL;
    gsize length = 0;
    if (argc < 2 || !g_file_get_contents(argv[1], &octets, &length, NULL)) {
        fprintf(stderr, "usage: bench_pki_keyring CERTIFICATE.der [COUNT]\n");
        return 2;
    }
    unsigned wanted = argc > 2 ? (unsigned)atoi(argv[2]) : 10000;
    sm_arena *arena = sm_arena_new();
    const sm_certificate *model = sm_certificate_parse(arena, sm_bytes_of(octets, length), argv[1], NULL);
    if (model == NULL) {
        fprintf(stderr, "%s: no DER certificate\n", argv[1]);
        return 2;
    }
    /* Behind the OID and three headers stand the twenty octets that may be anything. */
    char *counter = memmem(octets, length, "\x55\x1d\x0e\x04\x16\x04\x14", 7);
    if (counter == NULL) {
        fprintf(stderr, "%s: has no subjectKeyIdentifier to vary\n", argv[1]);
        return 2;
    }
    counter += 7;
    g_autofree char *folder = g_dir_make_tmp("bench-XXXXXX", NULL);
    for (unsigned i = 0; i < wanted; i++) {
        g_autofree char *path = g_strdup_printf("%s/%06u.der", folder, i);
        memcpy(counter, &i, sizeof i);
        g_file_set_contents_full(path, octets, (gssize)length, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
    }
    gint64 start = g_get_monotonic_time();
    sm_keyring *ring = sm_keyring_new();
    unsigned taken = sm_keyring_add_keys(ring, folder);
    printf("%u certificates in %.3f s\n", taken, (double)(g_get_monotonic_time() - start) / 1e6);

    if (argc > 3) {
        start = g_get_monotonic_time();
        taken = sm_keyring_add_keys(ring, argv[3]);
        printf("%u objects of %s in %.3f ms\n", taken, argv[3],
               (double)(g_get_monotonic_time() - start) / 1e3);
    }
    sm_identifier id = {.kind = SM_IDENTIFIER_KEY_ID, .key_id = model->key_id_computed};
    unsigned count = 0, lookups = 1000000;
    start = g_get_monotonic_time();
    sm_keyring_certificates(ring, &id, &count);
    printf("first lookup by key identifier %.3f ms (%u found)\n",
           (double)(g_get_monotonic_time() - start) / 1e3, count);
    start = g_get_monotonic_time();
    for (unsigned i = 0; i < lookups; i++)
        sm_keyring_certificates(ring, &id, &count);
    printf("lookup by key identifier %.3f us (%u found)\n",
           (double)(g_get_monotonic_time() - start) / lookups, count);
    id = (sm_identifier){
        .kind = SM_IDENTIFIER_ISSUER_SERIAL, .issuer = model->issuer_der, .serial = model->serial_der};
    lookups = 100000;
    start = g_get_monotonic_time();
    for (unsigned i = 0; i < lookups; i++)
        sm_keyring_certificates(ring, &id, &count);
    printf("lookup by issuer and serial %.3f us (%u found)\n",
           (double)(g_get_monotonic_time() - start) / lookups, count);
    for (unsigned i = 0; i < wanted; i++) {
        g_autofree char *path = g_strdup_printf("%s/%06u.der", folder, i);
        g_unlink(path);
    }
    g_rmdir(folder);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
    return 0;
}
