/* Every fixture inspected by eight threads at once with one key ring, whose certificates nobody has asked for yet: each comes to
 * the verdicts and the content that one thread comes to alone. */
#include "matrix.h"

enum { THREADS = 8 };

typedef struct shared {
    const sm_keyring *ring;
    unsigned count;
    matrix_body *bodies;
    gint running; /* threads that have begun: each waits for the others */
} shared;

/* All that a user sees of a message, as one text. */
static char *describe(const matrix_body *body, const sm_keyring *ring)
{
    matrix_result result = matrix_conclude(body->octets, body->content_type, ring, 0);
    const sm_conclusion *conclusion = result.conclusion;
    const sm_verdict verdicts[] = {conclusion->signed_, conclusion->encrypted, conclusion->identity};
    GString *text = g_string_new(conclusion->summary);
    for (size_t i = 0; i < G_N_ELEMENTS(verdicts); i++)
        g_string_append_printf(text, "\n%s %s %s", sm_verdict_word(verdicts[i].kind),
                               sm_reason_word(verdicts[i].reason),
                               verdicts[i].detail ? verdicts[i].detail : "");
    for (size_t i = 0; i < sizeof(result.inspection->content_sha256); i++)
        g_string_append_printf(text, "%02x", result.inspection->content_sha256[i]);
    matrix_result_clear(&result);
    return g_string_free(text, FALSE);
}

/* What each message came to, an array of texts. */
static gpointer inspect_all(gpointer data)
{
    shared *all = data;
    unsigned start = (unsigned)g_atomic_int_add(&all->running, 1) * 7;
    while (g_atomic_int_get(&all->running) < THREADS)
        g_thread_yield();
    char **texts = g_new(char *, all->count);
    for (unsigned i = 0; i < all->count; i++) {
        unsigned which = (start + i) % all->count;
        texts[which] = describe(&all->bodies[which], all->ring);
    }
    return texts;
}

/* The threads come first: what is made once, when it is first needed, is then made by whichever of them is there. */
static void test_equal(void)
{
    g_autoptr(GPtrArray) names = matrix_fixtures();
    sm_keyring *together = matrix_ring();
    shared all = {.ring = together, .count = names->len, .bodies = g_new(matrix_body, names->len)};
    for (unsigned i = 0; i < names->len; i++)
        all.bodies[i] = matrix_body_of(names->pdata[i]);
    GThread *threads[THREADS];
    char **texts[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = g_thread_new("inspect", inspect_all, &all);
    for (unsigned i = 0; i < THREADS; i++)
        texts[i] = g_thread_join(threads[i]);

    sm_keyring *alone = matrix_ring();
    for (unsigned i = 0; i < names->len; i++) {
        g_autofree char *expected = describe(&all.bodies[i], alone);
        for (unsigned thread = 0; thread < THREADS; thread++) {
            if (!g_str_equal(texts[thread][i], expected))
                g_error("%s comes out otherwise in a thread: %s\nand alone: %s",
                        (const char *)names->pdata[i], texts[thread][i], expected);
            g_free(texts[thread][i]);
        }
        matrix_body_clear(&all.bodies[i]);
    }
    for (unsigned i = 0; i < THREADS; i++)
        g_free(texts[i]);
    g_free(all.bodies);
    sm_keyring_unref(alone);
    sm_keyring_unref(together);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/matrix/threads/equal", test_equal);
    return g_test_run();
}
