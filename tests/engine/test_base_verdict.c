/* Verdicts: the words that filters stand on, and that joining never loses a fail. */

#include "base/verdict.h"

#include <glib.h>
#include <stdint.h>

static void test_words(void)
{
    g_assert_cmpstr(sm_verdict_word(SM_PASS), ==, "pass");
    g_assert_cmpstr(sm_verdict_word(SM_FAIL), ==, "fail");
    g_assert_cmpstr(sm_verdict_word(SM_NOT_EVALUATED), ==, "not-evaluated");
    g_assert_cmpstr(sm_verdict_word(SM_NOT_APPLICABLE), ==, "not-applicable");
    g_assert_cmpstr(sm_verdict_word((sm_verdict_kind)99), ==, "not-evaluated");
    g_assert_cmpstr(sm_reason_word(SM_REASON_NONE), ==, "none");
    g_assert_cmpstr(sm_reason_word(SM_REASON_NO_KEY), ==, "no-key");
    g_assert_cmpstr(sm_reason_word(SM_REASON_OPEN_FAILED), ==, "open-failed");
    g_assert_cmpstr(sm_reason_word((sm_reason)9999), ==, "not-checked");
}

/* A word that two reasons share could not be filtered for. */
static void test_words_unique(void)
{
    g_autoptr(GHashTable) words = g_hash_table_new(g_str_hash, g_str_equal);
    for (int reason = 0; reason <= SM_REASON_OPEN_FAILED; reason++) {
        const char *word = sm_reason_word((sm_reason)reason);
        g_assert_true(g_regex_match_simple("^[a-z0-9]+(-[a-z0-9]+)*$", word, 0, 0));
        g_assert_true(g_hash_table_add(words, (gpointer)(uintptr_t)word));
    }
}

static void test_and(void)
{
    static const sm_verdict_kind worst_first[] = {SM_FAIL, SM_NOT_EVALUATED, SM_PASS, SM_NOT_APPLICABLE};
    for (size_t a = 0; a < 4; a++) {
        for (size_t b = 0; b < 4; b++) {
            sm_verdict first = {worst_first[a], SM_REASON_NONE, "first"},
                       second = {worst_first[b], SM_REASON_NONE, "second"};
            sm_verdict both = sm_verdict_and(first, second);
            g_assert_cmpint(both.kind, ==, worst_first[MIN(a, b)]);
            g_assert_cmpstr(both.detail, ==, a <= b ? "first" : "second");
        }
    }
    sm_verdict zeroed = {0};
    g_assert_cmpint(sm_verdict_and(zeroed, SM_VERDICT_PASS).kind, ==, SM_NOT_EVALUATED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/verdict/words", test_words);
    g_test_add_func("/base/verdict/words-unique", test_words_unique);
    g_test_add_func("/base/verdict/and", test_and);
    return g_test_run();
}
