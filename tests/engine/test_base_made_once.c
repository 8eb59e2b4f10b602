/* Made once: threads that come first together are all given the same object, and no other is left over. */

#include "base/made_once.h"

#define THREADS 8
#define ROUNDS 50

static gint made, discarded, ready;
static gpointer places[ROUNDS];

static gpointer make(gconstpointer count)
{
    g_atomic_int_inc((gint *)count);
    g_usleep(50); /* so that others come meanwhile */
    int *object = g_new(int, 1);
    *object = 4711;
    return object;
}

static void discard(gpointer object)
{
    g_atomic_int_inc(&discarded);
    g_free(object);
}

static gpointer ask_all(gpointer answers)
{
    g_atomic_int_inc(&ready);
    while (g_atomic_int_get(&ready) < THREADS)
        g_thread_yield();
    for (unsigned i = 0; i < ROUNDS; i++) {
        int *object = sm_made_once(&places[i], make, &made, discard);
        g_assert_cmpint(*object, ==, 4711); /* whole, whichever thread made it */
        ((gpointer *)answers)[i] = object;
    }
    return NULL;
}

static void test_threads(void)
{
    static gpointer answers[THREADS][ROUNDS];
    GThread *threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        threads[i] = g_thread_new("ask", ask_all, answers[i]);
    for (unsigned i = 0; i < THREADS; i++)
        g_thread_join(threads[i]);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < THREADS; i++)
            g_assert_true(answers[i][round] == places[round]);
        g_free(places[round]);
    }
    g_assert_cmpint(made - discarded, ==, ROUNDS);
}

static gpointer make_nothing(gconstpointer count)
{
    g_atomic_int_inc((gint *)count);
    return NULL;
}

static void test_nothing_is_not_kept(void)
{
    gpointer place = NULL;
    made = 0;
    g_assert_null(sm_made_once(&place, make_nothing, &made, discard));
    g_assert_null(sm_made_once(&place, make_nothing, &made, discard));
    g_assert_cmpint(made, ==, 2);
    int *object = sm_made_once(&place, make, &made, discard);
    g_assert_true(sm_made_once(&place, make_nothing, &made, discard) == object);
    g_free(object);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/made_once/threads", test_threads);
    g_test_add_func("/made_once/nothing_is_not_kept", test_nothing_is_not_kept);
    return g_test_run();
}
