/* Moments: a date read wrongly turns an expired certificate into a valid one. Expected seconds are those of `date -u +%s`. */

#include "base/moment.h"

static void assert_parses(const char *text, int64_t seconds, uint32_t nanoseconds)
{
    sm_moment moment = sm_moment_parse_rfc3339(text);
    if (!moment.known || moment.seconds != seconds || moment.nanoseconds != nanoseconds)
        g_error("%s: %d %" G_GINT64_FORMAT " %u", text, moment.known, moment.seconds, moment.nanoseconds);
}

static void test_parse(void)
{
    assert_parses("1970-01-01T00:00:00Z", 0, 0);
    /* RFC 3339 5.8: the first two examples; the second names the same instant with an offset */
    assert_parses("1985-04-12T23:20:50.52Z", 482196050, 520000000);
    assert_parses("1996-12-19T16:39:57-08:00", 851042397, 0);
    assert_parses("1996-12-20T00:39:57Z", 851042397, 0);
    /* RFC 3339 5.8: the leap second of 1990, in UTC and in Pacific time */
    assert_parses("1990-12-31T23:59:60Z", 662688000, 0);
    assert_parses("1990-12-31T15:59:60-08:00", 662688000, 0);
    /* RFC 3339 5.8: Netherlands time of 1937 */
    assert_parses("1937-01-01T12:00:27.87+00:20", -1041337173, 870000000);
    /* RFC 3862 4.4 */
    assert_parses("2001-02-01T12:16:49-05:00", 981047809, 0);
    assert_parses("2024-02-29t12:00:00.123456789987z", 1709208000, 123456789);
    assert_parses("2000-02-29T00:00:00Z", 951782400, 0);
    assert_parses("2050-01-01T00:00:00-00:00", 2524608000, 0);
    assert_parses("0000-01-01T00:00:00Z", -62167219200, 0);
    assert_parses("9999-12-31T23:59:59Z", 253402300799, 0);
}

static void test_refuse(void)
{
    static const char *const wrong[] = {
        "",
        "2024",
        "2024-01-01",
        "2024-01-01T00:00:00",
        "2024-01-01 00:00:00Z",
        "2024-1-01T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2024-00-01T00:00:00Z",
        "2024-13-01T00:00:00Z",
        "2024-04-31T00:00:00Z",
        "2024-01-00T00:00:00Z",
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z",
        "2024-01-01T00:00:61Z",
        "2024-01-01T00:00:60Z",
        "2024-01-31T22:59:60Z",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00,5Z",
        "2024-01-01T00:00:00+0100",
        "2024-01-01T00:00:00+24:00",
        "2024-01-01T00:00:00+01:60",
        "2024-01-01T00:00:00+01",
        "2024-01-01T00:00:00Zx",
        "2024-01-01T00:00:00+01:00 ",
        "-024-01-01T00:00:00Z",
        "2024-01-01T00:00:00 Z",
        "+2024-01-01T00:00:00Z",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "2024-01-15T23:59:60Z",
        "20240101T000000Z",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        if (sm_moment_parse_rfc3339(wrong[i]).known)
            g_error("taken for a date: %s", wrong[i]);
    }
    g_assert_false(sm_moment_parse_rfc3339(NULL).known);
}

static void test_text(void)
{
    sm_arena *arena = sm_arena_new();
    g_assert_cmpstr(sm_moment_text(arena, sm_moment_at(0, 0)), ==, "1970-01-01T00:00:00Z");
    g_assert_cmpstr(sm_moment_text(arena, sm_moment_at(-1, 0)), ==, "1969-12-31T23:59:59Z");
    g_assert_cmpstr(sm_moment_text(arena, sm_moment_at(851042397, 123456000)), ==,
                    "1996-12-20T00:39:57.123456Z");
    g_assert_cmpstr(sm_moment_text(arena, sm_moment_at(851042397, 20000000)), ==, "1996-12-20T00:39:57.020Z");
    g_assert_cmpstr(sm_moment_text(arena, sm_moment_at(851042397, 1)), ==, "1996-12-20T00:39:57.000000001Z");
    g_assert_cmpstr(sm_moment_text(arena, sm_moment_at(951868799, 0)), ==, "2000-02-29T23:59:59Z");
    g_assert_cmpstr(sm_moment_text(arena, sm_moment_at(-62167219200, 0)), ==, "0000-01-01T00:00:00Z");
    g_assert_cmpstr(sm_moment_text(arena, sm_moment_at(253402300799, 0)), ==, "9999-12-31T23:59:59Z");
    g_assert_cmpstr(sm_moment_text(arena, (sm_moment){0}), ==, "unknown");
    g_assert_cmpstr(sm_moment_text(arena, sm_moment_at(253402300800, 0)), ==, "unknown");
    g_assert_cmpstr(sm_moment_text(arena, sm_moment_at(INT64_MAX, 0)), ==, "unknown");
    g_assert_cmpstr(sm_moment_text(arena, sm_moment_at(INT64_MIN, 0)), ==, "unknown");
    sm_arena_free(arena);
}

/* Every day of the range against GLib's calendar. */
static void test_every_day(void)
{
    sm_arena *arena = sm_arena_new();
    GDate date;
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, 1, G_DATE_JANUARY, 1);
    int64_t seconds = -62135596800;
    for (; g_date_get_year(&date) <= 9999; g_date_add_days(&date, 1), seconds += 86400) {
        sm_moment moment = sm_moment_from_civil(g_date_get_year(&date), g_date_get_month(&date),
                                                g_date_get_day(&date), 0, 0, 0);
        g_assert_true(moment.known);
        g_assert_cmpint(moment.seconds, ==, seconds);
        if (g_date_get_day(&date) == 1 || g_date_get_day(&date) >= 28) {
            char expected[40];
            g_snprintf(expected, sizeof(expected), "%04d-%02d-%02dT00:00:00Z", (int)g_date_get_year(&date),
                       (int)g_date_get_month(&date), (int)g_date_get_day(&date));
            g_assert_cmpstr(sm_moment_text(arena, moment), ==, expected);
        }
    }
    sm_arena_free(arena);
}

static void test_civil_range(void)
{
    g_assert_false(sm_moment_from_civil(-1, 1, 1, 0, 0, 0).known);
    g_assert_false(sm_moment_from_civil(10000, 1, 1, 0, 0, 0).known);
    g_assert_false(sm_moment_from_civil(2024, 0, 1, 0, 0, 0).known);
    g_assert_false(sm_moment_from_civil(2024, 13, 1, 0, 0, 0).known);
    g_assert_false(sm_moment_from_civil(2024, 1, 0, 0, 0, 0).known);
    g_assert_false(sm_moment_from_civil(2023, 2, 29, 0, 0, 0).known);
    g_assert_false(sm_moment_from_civil(2024, 1, 1, 24, 0, 0).known);
    g_assert_false(sm_moment_from_civil(2024, 1, 1, 0, -1, 0).known);
    g_assert_false(sm_moment_from_civil(2024, 1, 1, 0, 0, 60).known);
    g_assert_false(sm_moment_from_civil(2024, INT32_MAX, INT32_MIN, 0, 0, 0).known);
}

static void test_compare(void)
{
    g_assert_cmpint(sm_moment_compare(sm_moment_at(-5, 0), sm_moment_at(3, 0)), <, 0);
    g_assert_cmpint(sm_moment_compare(sm_moment_at(INT64_MAX, 0), sm_moment_at(INT64_MIN, 0)), >, 0);
    g_assert_cmpint(sm_moment_compare(sm_moment_at(3, 1), sm_moment_at(3, 2)), <, 0);
    g_assert_cmpint(sm_moment_compare(sm_moment_at(3, 2), sm_moment_at(3, 2)), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/moment/parse", test_parse);
    g_test_add_func("/base/moment/refuse", test_refuse);
    g_test_add_func("/base/moment/text", test_text);
    g_test_add_func("/base/moment/every-day", test_every_day);
    g_test_add_func("/base/moment/civil-range", test_civil_range);
    g_test_add_func("/base/moment/compare", test_compare);
    return g_test_run();
}
