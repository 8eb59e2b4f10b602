/* One key ring, many threads: each inspection says what it says alone. Worth its salt under the thread sanitizer. */

#include "inspect_given.h"

#define THREADS 8
#define ROUNDS 6

static const char *const captures[] = {
    "sip-signed",        "sip-signed-no-certificate", "sip-signed-detached", "sip-signed-rsa-pss", "sip-ed25519", "sip-base64",
    "sip-tampered",      "sip-revoked",               "sip-unknown-issuer",  "sip-encrypted-rsa",  "sip-encrypted-kek",
    "sip-enveloped-cbc", "sip-unwanted-recipient",    "sip-signed-then-encrypted", "sip-not-cms",  "sip-message-sip-tunnel-differs",
};

typedef struct shared {
    sm_keyring *ring;
    given_message messages[G_N_ELEMENTS(captures)];
    char *expected[G_N_ELEMENTS(captures)];
} shared;

/* Each thread starts at another message, so that the same one is in several hands at a time. */
static gpointer inspect_all(gpointer data)
{
    static gint next;
    const shared *all = data;
    unsigned start = (unsigned)g_atomic_int_add(&next, 1);
    for (unsigned i = 0; i < ROUNDS * G_N_ELEMENTS(captures); i++) {
        unsigned which = (start + i) % G_N_ELEMENTS(captures);
        sm_inspection *inspection = given_inspection(all->ring, &all->messages[which]);
        g_autofree char *said = describe(inspection);
        sm_inspection_unref(inspection);
        if (!g_str_equal(said, all->expected[which]))
            return (gpointer)captures[which];
    }
    return NULL;
}

static void test_one_ring(void)
{
    sm_keyring *other = given_ring(); /* so that what the ring remembers comes into being in the threads */
    shared all = {.ring = given_ring()};
    for (unsigned i = 0; i < G_N_ELEMENTS(captures); i++) {
        all.messages[i] = given_capture(captures[i]);
        sm_inspection *inspection = given_inspection(other, &all.messages[i]);
        all.expected[i] = describe(inspection);
        sm_inspection_unref(inspection);
    }
    GThread *threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = g_thread_new("inspect", inspect_all, &all);
    for (unsigned i = 0; i < THREADS; i++)
        g_assert_cmpstr(g_thread_join(threads[i]), ==, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(captures); i++) {
        given_free(all.messages[i]);
        g_free(all.expected[i]);
    }
    sm_keyring_unref(all.ring);
    sm_keyring_unref(other);
}

/* References are given back in any thread, the last one there. */
static gpointer let_go(gpointer inspection)
{
    for (unsigned i = 0; i < 1000; i++)
        sm_inspection_unref(sm_inspection_ref(inspection));
    sm_inspection_unref(inspection);
    return NULL;
}

static void test_references(void)
{
    sm_keyring *ring = given_ring();
    given_message message = given_capture("sip-signed");
    sm_inspection *inspection = given_inspection(ring, &message);
    given_free(message);
    sm_keyring_unref(ring);
    GThread *threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = g_thread_new("unref", let_go, sm_inspection_ref(inspection));
    sm_inspection_unref(inspection);
    for (unsigned i = 0; i < THREADS; i++)
        g_thread_join(threads[i]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/inspect/threads/one-ring", test_one_ring);
    g_test_add_func("/inspect/threads/references", test_references);
    return g_test_run();
}
