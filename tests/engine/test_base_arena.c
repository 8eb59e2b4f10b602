/* Arena: what every parser trusts it for - zeroed aligned memory, clean-ups in order, text that is safe to show. */

#include "base/arena.h"

#include <stddef.h>

static void test_alloc(void)
{
    sm_arena *arena = sm_arena_new();
    uint8_t *objects[2000];
    for (size_t i = 0; i < G_N_ELEMENTS(objects); i++) {
        size_t size = i * 7 % 3000; /* small ones, ones of their own, and nothing at all */
        objects[i] = sm_arena_alloc(arena, size);
        g_assert_nonnull(objects[i]);
        g_assert_cmpuint((uintptr_t)objects[i] % _Alignof(max_align_t), ==, 0);
        for (size_t k = 0; k < size; k++)
            g_assert_cmpuint(objects[i][k], ==, 0);
        memset(objects[i], (int)(i % 251 + 1), size);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(objects); i++) { /* none lies over another */
        for (size_t k = 0; k < i * 7 % 3000; k++)
            g_assert_cmpuint(objects[i][k], ==, i % 251 + 1);
    }
    sm_arena_free(arena);
    sm_arena_free(NULL);
}

static void test_array_overflow(void)
{
    if (g_test_subprocess()) {
        sm_arena *arena = sm_arena_new();
        sm_arena_alloc_array(arena, SIZE_MAX / 2, 3);
        sm_arena_free(arena);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
}

static GString *released;

static void note_release(void *object)
{
    g_string_append(released, object);
}

static void test_cleanups(void)
{
    released = g_string_new(NULL);
    sm_arena *arena = sm_arena_new();
    sm_arena_on_free(arena, note_release,
                     (void *)(uintptr_t)sm_arena_strdup(arena, "first ")); /* still readable then */
    sm_arena_on_free(arena, note_release, (void *)(uintptr_t)sm_arena_strdup(arena, "second "));
    sm_arena_on_free(arena, note_release, (void *)(uintptr_t)sm_arena_strdup(arena, "third "));
    g_assert_cmpstr(released->str, ==, "");
    sm_arena_free(arena);
    g_assert_cmpstr(released->str, ==, "third second first ");
    g_string_free(released, TRUE);
}

static void test_text(void)
{
    sm_arena *arena = sm_arena_new();
    g_assert_null(sm_arena_strdup(arena, NULL));
    g_assert_null(sm_arena_strndup(arena, NULL, 3));
    g_assert_cmpstr(sm_arena_strndup(arena, "abcdef", 3), ==, "abc");
    const char *with_zero = sm_arena_strndup(arena, "a\0b", 3);
    g_assert_cmpmem(with_zero, 4, "a\0b", 4);
    g_assert_cmpstr(sm_arena_printf(arena, "%s-%d", "x", 7), ==, "x-7");
    g_assert_cmpuint(strlen(sm_arena_printf(arena, "%9000d", 1)), ==, 9000);
    g_assert_false(sm_bytes_present(sm_arena_copy(arena, SM_BYTES_NONE)));
    sm_bytes empty = sm_arena_copy(arena, SM_BYTES_LITERAL(""));
    g_assert_true(sm_bytes_present(empty));
    g_assert_cmpuint(empty.length, ==, 0);
    g_assert_true(sm_bytes_equal(sm_arena_copy(arena, SM_BYTES_LITERAL("a\0b")), SM_BYTES_LITERAL("a\0b")));
    g_assert_cmpstr(sm_arena_hex(arena, SM_BYTES_LITERAL("\x00\x7f\xff\xa0")), ==, "007fffa0");
    g_assert_cmpstr(sm_arena_hex(arena, SM_BYTES_NONE), ==, "");
    sm_arena_free(arena);
}

static const char *show(sm_arena *arena, const char *text, size_t limit)
{
    return sm_arena_printable(arena, sm_bytes_of(text, strlen(text)), limit);
}

/* Alone, and behind a line end that is itself escaped. */
static void test_printable_octets(void)
{
    sm_arena *arena = sm_arena_new();
    for (int octet = 0; octet < 256; octet++) {
        const uint8_t octets[] = {'\n', (uint8_t)octet};
        char escaped[8], plain[2] = {(char)octet, 0};
        g_snprintf(escaped, sizeof(escaped), "\\x%02x", (unsigned)octet);
        g_autofree char *both = g_strconcat("\\x0a", g_ascii_isprint((gchar)octet) ? plain : escaped, NULL);
        g_assert_cmpstr(sm_arena_printable(arena, sm_bytes_of(octets + 1, 1), 1), ==, both + 4);
        g_assert_cmpstr(sm_arena_printable(arena, sm_bytes_of(octets, 2), 2), ==, both);
    }
    sm_arena_free(arena);
}

static void test_printable(void)
{
    sm_arena *arena = sm_arena_new();
    g_assert_cmpstr(show(arena, "plain \xc3\xa9 \xf0\x9f\x98\x80", 99), ==,
                    "plain \xc3\xa9 \xf0\x9f\x98\x80");
    g_assert_cmpstr(show(arena, "a\r\nb\x1b[2J\x7f", 99), ==, "a\\x0d\\x0ab\\x1b[2J\\x7f");
    g_assert_cmpstr(sm_arena_printable(arena, SM_BYTES_LITERAL("a\0b"), 99), ==, "a\\x00b");
    g_assert_cmpstr(show(arena, "\xc2\x85", 99), ==, "\\xc2\\x85");          /* C1 control NEL */
    g_assert_cmpstr(show(arena, "\xe2\x80\xae", 99), ==, "\\xe2\\x80\\xae"); /* right-to-left override */
    g_assert_cmpstr(show(arena, "\xc0\xaf\xff", 99), ==, "\\xc0\\xaf\\xff"); /* overlong, never valid */
    g_assert_cmpstr(show(arena, "\xed\xa0\x80", 99), ==, "\\xed\\xa0\\x80"); /* half of a surrogate pair */
    g_assert_cmpstr(show(arena, "abc\xe2\x82", 99), ==, "abc\\xe2\\x82");    /* ends within a character */
    g_assert_cmpstr(show(arena, "abcdef", 6), ==, "abcdef");
    g_assert_cmpstr(show(arena, "abcdef", 3), ==, "abc...");
    g_assert_cmpstr(show(arena, "ab\xe2\x82\xac", 4), ==, "ab..."); /* a character is not cut in two */
    g_assert_cmpstr(show(arena, "abc", 0), ==, "...");
    g_assert_cmpstr(show(arena, "", 0), ==, "");
    g_assert_cmpstr(sm_arena_printable(arena, SM_BYTES_NONE, 9), ==, "");
    sm_arena_free(arena);
}

static void test_cut(void)
{
    sm_bytes bytes = SM_BYTES_LITERAL("abcdef");
    g_assert_true(sm_bytes_equal(sm_bytes_cut(bytes, 2, 3), SM_BYTES_LITERAL("cde")));
    g_assert_cmpuint(sm_bytes_cut(bytes, 4, SIZE_MAX).length, ==, 2);
    g_assert_cmpuint(sm_bytes_cut(bytes, 7, 1).length, ==, 0);
    g_assert_true(sm_bytes_within(sm_bytes_from(bytes, 99), bytes));
    g_assert_false(sm_bytes_within(bytes, sm_bytes_from(bytes, 1)));
    g_assert_false(sm_bytes_within(bytes, sm_bytes_cut(bytes, 0, 5)));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/arena/alloc", test_alloc);
    g_test_add_func("/base/arena/array-overflow", test_array_overflow);
    g_test_add_func("/base/arena/cleanups", test_cleanups);
    g_test_add_func("/base/arena/text", test_text);
    g_test_add_func("/base/arena/printable", test_printable);
    g_test_add_func("/base/arena/printable-octets", test_printable_octets);
    g_test_add_func("/base/bytes/cut", test_cut);
    return g_test_run();
}
