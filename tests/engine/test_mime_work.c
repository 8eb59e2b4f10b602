/* Work: what a hostile body can make the search for lines and boundaries do. The two sources are compiled here once more
 * with their comparisons and searches counted, so that the bound is one of octets looked at and not of time. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <glib.h>

static size_t looked_at; /* octets */

static int counted_memcmp(const void *a, const void *b, size_t length)
{
    const unsigned char *left = a, *right = b;
    size_t i = 0;
    while (i < length && left[i] == right[i])
        i++;
    looked_at += i < length ? i + 1 : length;
    return i < length ? left[i] - right[i] : 0;
}

static void *counted_memchr(const void *start, int octet, size_t length)
{
    const unsigned char *from = start, *found = memchr(start, octet, length);
    looked_at += found ? (size_t)(found - from) + 1 : length;
    return (void *)(uintptr_t)found;
}

#include "base/bounds.h"
#include "mime/entity.h"

#define memcmp counted_memcmp
#define memchr counted_memchr
#include "mime/header_field.c"
#include "mime/multipart.c"
#undef memcmp
#undef memchr

#define BODY_OCTETS (10u << 20)
#define TIMES \
    8 /* generous: two ways of line ends, a search and two comparisons each, and headers twice over */

static GString *filled(const char *unit, size_t unit_length)
{
    GString *body = g_string_sized_new(BODY_OCTETS + unit_length);
    while (body->len < BODY_OCTETS)
        g_string_append_len(body, unit, (gssize)unit_length);
    return body;
}

static void assert_linear(const char *unit, size_t unit_length, const char *boundary)
{
    GString *body = filled(unit, unit_length);
    sm_arena *arena = sm_arena_new();
    looked_at = 0;
    sm_multipart_split(arena, sm_bytes_of(body->str, body->len), boundary);
    g_assert_cmpuint(looked_at, >, body->len / 2); /* it is counted at all */
    g_assert_cmpuint(looked_at, <, TIMES * body->len);
    looked_at = 0;
    sm_header_block_read(arena, sm_bytes_of(body->str, body->len), SM_ENTITY_DEFAULT, false);
    g_assert_cmpuint(looked_at, <, TIMES * body->len);
    looked_at = 0;
    sm_header_block_read(arena, sm_bytes_of(body->str, body->len), SM_ENTITY_BARE_LF, false);
    g_assert_cmpuint(looked_at, <, TIMES * body->len);
    sm_arena_free(arena);
    g_string_free(body, TRUE);
}

static void test_near_boundaries(void)
{
    static const char boundary[] = "0123456789012345678901234567890123456789012345678901234567890123456789";
    g_autofree char *line = g_strdup_printf("\r\n--%.69s", boundary);
    assert_linear(line, strlen(line), boundary);
    g_autofree char *longer = g_strdup_printf("\r\n--%s-", boundary);
    assert_linear(longer, strlen(longer), boundary);
    assert_linear("\n--", 3, "-");
    assert_linear("\n", 1, "b");
    assert_linear("\r\n", 2, "b");
    assert_linear("\r", 1, "b");
    assert_linear("-", 1, "-");
    assert_linear("\n ", 2, "b");
    assert_linear("a:\r\n ", 5, "b");
    assert_linear("a:b\n", 4, "b");
}

/* A boundary as long as a header lets it be, met again and again by almost all of itself. */
static void test_long_boundary(void)
{
    g_autofree char *boundary = g_strnfill(60000, 'b');
    g_autofree char *line = g_strdup_printf("\r\n--%.59999s", boundary);
    assert_linear(line, strlen(line), boundary);
    g_autofree char *blank_end = g_strdup_printf("%.59000s  ", boundary);
    assert_linear(line, strlen(line), blank_end);
    assert_linear("\r\n--b", 5, boundary);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mime/work/near-boundaries", test_near_boundaries);
    g_test_add_func("/mime/work/long-boundary", test_long_boundary);
    return g_test_run();
}
