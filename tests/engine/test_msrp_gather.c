/* Long MSRP chunks gathered by sequence number: whatever the order and the cut of the segments, the chunks are those that were sent. */

#include "base/bounds.h"
#include "msrp/gather.h"

#include <glib.h>
#include <string.h>

#define FIRST 0xffffff00u /* sequence numbers wrap around soon */
#define PATHS "To-Path: msrp://b.example/b;tcp\r\nFrom-Path: msrp://a.example/a;tcp\r\n"

typedef struct fixture {
    sm_arena *arena;
    sm_msrp_gather *gather;
    GString *found; /* what came out: "id:length " for each chunk, "(length) " for octets that are none */
} fixture;

static void set_up(fixture *f, gconstpointer unused)
{
    (void)unused;
    f->arena = sm_arena_new();
    f->gather = sm_msrp_gather_new(FIRST);
    f->found = g_string_new(NULL);
}

static void tear_down(fixture *f, gconstpointer unused)
{
    (void)unused;
    sm_msrp_gather_free(f->gather);
    sm_arena_free(f->arena);
    g_string_free(f->found, TRUE);
}

/* Appends a chunk whose body is `length` octets, mostly look-alikes of an end-line. */
static void append_chunk(GString *stream, const char *transaction, const char *range, size_t length, char flag)
{
    g_string_append_printf(stream, "MSRP %s SEND\r\n" PATHS "Message-ID: m\r\nByte-Range: %s\r\nContent-Type: a/b\r\n\r\n", transaction, range);
    for (size_t i = 0; i < length; i++)
        g_string_append_c(stream, "\r\n-------"[i % 9]);
    g_string_append_printf(stream, "\r\n-------%s%c\r\n", transaction, flag);
}

/* Adds the octets from..to of the stream, in a copy of their own, and notes what has become whole. */
static sm_msrp_gathered add(fixture *f, const GString *stream, size_t from, size_t to)
{
    uint8_t *copy = g_memdup2(stream->str + from, to - from);
    sm_msrp_gathered status = sm_msrp_gather_add(f->gather, FIRST + (uint32_t)from, sm_bytes_of(copy, to - from));
    g_free(copy);
    sm_msrp_frame frame;
    uint32_t sequence;
    for (sm_msrp_status piece; (piece = sm_msrp_gather_next(f->gather, f->arena, &frame, &sequence)) != SM_MSRP_MORE;) {
        size_t at = sequence - FIRST;
        g_assert_cmpmem(frame.octets.data, frame.octets.length, stream->str + at, frame.octets.length);
        if (piece == SM_MSRP_COMPLETE)
            g_string_append_printf(f->found, "%s:%zu ", frame.transaction_id, frame.body.length);
        else
            g_string_append_printf(f->found, "(%zu) ", frame.octets.length);
    }
    return status;
}

static GString *three_chunks(void)
{
    GString *stream = g_string_new(NULL);
    append_chunk(stream, "aaaa", "1-9000/9000", 9000, '$');
    append_chunk(stream, "bbbb", "1-*/70000", 20000, '+'); /* interrupted */
    append_chunk(stream, "cccc", "20001-70000/70000", 50, '#'); /* aborted, long before its range ends */
    return stream;
}

static void test_in_order(fixture *f, gconstpointer unused)
{
    (void)unused;
    GString *stream = three_chunks();
    for (size_t at = 0; at < stream->len; at++) {
        g_assert_cmpint(add(f, stream, at, at + 1), ==, SM_MSRP_TAKEN);
        g_assert_cmpuint(sm_msrp_gather_end(f->gather), ==, FIRST + (uint32_t)at + 1);
    }
    g_assert_cmpstr(f->found->str, ==, "aaaa:9000 bbbb:20000 cccc:50 ");
    g_assert_cmpuint(sm_msrp_gather_rest(f->gather).length, ==, 0);
    g_string_free(stream, TRUE);
}

/* Cut at random, near segments exchanged, sent twice, overlapping. */
static void test_any_order(fixture *f, gconstpointer unused)
{
    GString *stream = three_chunks();
    for (unsigned seed = 0; seed < 200; seed++) {
        GRand *random = g_rand_new_with_seed(seed);
        g_string_truncate(f->found, 0);
        sm_msrp_gather_free(f->gather);
        f->gather = sm_msrp_gather_new(FIRST);
        GArray *cuts = g_array_new(FALSE, FALSE, sizeof(size_t));
        for (size_t at = 0; at < stream->len; at += (size_t)g_rand_int_range(random, 1, 1500))
            g_array_append_val(cuts, at);
        for (unsigned i = 1; i + 1 < cuts->len; i++) { /* near ones change places, within the first chunk: what follows is another's */
            unsigned other = i + (unsigned)g_rand_int_range(random, 0, 3);
            if (other >= cuts->len || g_array_index(cuts, size_t, other) >= 9000 || g_array_index(cuts, size_t, i) >= 9000)
                continue;
            size_t kept = g_array_index(cuts, size_t, i);
            g_array_index(cuts, size_t, i) = g_array_index(cuts, size_t, other);
            g_array_index(cuts, size_t, other) = kept;
        }
        for (unsigned i = 0; i < cuts->len; i++) {
            size_t from = g_array_index(cuts, size_t, i), to = MIN(stream->len, from + 1500); /* to the next cut and further */
            g_assert_cmpint(add(f, stream, from, to), !=, SM_MSRP_BEYOND);
            if (g_rand_boolean(random))
                g_assert_cmpint(add(f, stream, from, to), !=, SM_MSRP_BEYOND);
        }
        g_assert_cmpstr(f->found->str, ==, "aaaa:9000 bbbb:20000 cccc:50 ");
        g_assert_false(sm_msrp_gather_holds(f->gather));
        g_array_free(cuts, TRUE);
        g_rand_free(random);
    }
    g_string_free(stream, TRUE);
    (void)unused;
}

static void test_what_is_said_of_a_segment(fixture *f, gconstpointer unused)
{
    (void)unused;
    GString *stream = three_chunks();
    g_assert_cmpint(add(f, stream, 0, 1000), ==, SM_MSRP_TAKEN);
    g_assert_cmpint(add(f, stream, 0, 1000), ==, SM_MSRP_REPEATED);
    g_assert_cmpint(add(f, stream, 500, 999), ==, SM_MSRP_REPEATED);
    g_assert_cmpint(add(f, stream, 2000, 3000), ==, SM_MSRP_HELD);
    g_assert_true(sm_msrp_gather_holds(f->gather));
    g_assert_cmpuint(sm_msrp_gather_rest(f->gather).length, ==, 1000);
    g_assert_cmpint(add(f, stream, 900, 2000), ==, SM_MSRP_TAKEN);
    g_assert_cmpuint(sm_msrp_gather_rest(f->gather).length, ==, 3000);
    /* behind the end of the chunk as its range has it: what lies before will not come */
    size_t second = (size_t)(strstr(stream->str, "MSRP bbbb") - stream->str);
    g_assert_cmpint(add(f, stream, second, second + 100), ==, SM_MSRP_BEYOND);
    g_assert_cmpint(add(f, stream, second + 100, second + 200), ==, SM_MSRP_BEYOND);
    g_assert_cmpint(add(f, stream, second - 100, second), ==, SM_MSRP_HELD);
    /* the gap is filled all the same */
    g_assert_cmpint(add(f, stream, 3000, second - 100), ==, SM_MSRP_TAKEN);
    g_assert_cmpuint(sm_msrp_gather_rest(f->gather).length, ==, 0);
    g_assert_false(sm_msrp_gather_holds(f->gather));
    g_assert_cmpstr(f->found->str, ==, "aaaa:9000 ");
    g_string_free(stream, TRUE);
}

static void test_unknown_length_ends_at_a_start_line(fixture *f, gconstpointer unused)
{
    (void)unused;
    GString *stream = g_string_new(NULL);
    append_chunk(stream, "aaaa", "1-*/*", 3000, '$');
    size_t second = stream->len;
    append_chunk(stream, "bbbb", "1-2/2", 2, '$');
    g_assert_cmpint(add(f, stream, 0, 1000), ==, SM_MSRP_TAKEN);
    g_assert_cmpint(add(f, stream, 1500, 2000), ==, SM_MSRP_HELD);
    g_assert_cmpint(add(f, stream, second, second + 20), ==, SM_MSRP_BEYOND);
    g_assert_cmpint(add(f, stream, second + 20, stream->len), ==, SM_MSRP_BEYOND);
    g_assert_cmpint(add(f, stream, 2000, second), ==, SM_MSRP_HELD);
    g_assert_cmpint(add(f, stream, 1000, 1500), ==, SM_MSRP_TAKEN);
    g_assert_cmpstr(f->found->str, ==, "aaaa:3000 ");
    g_string_free(stream, TRUE);
}

/* Octets that are no chunk are given back, and the next start line is found. */
static void test_damage(fixture *f, gconstpointer unused)
{
    (void)unused;
    GString *stream = g_string_new(NULL);
    append_chunk(stream, "aaaa", "1-2/2", 2, '$');
    g_string_append(stream, "no chunk at all\r\n");
    append_chunk(stream, "bbbb", "1-3/3", 3, '$');
    g_assert_cmpint(add(f, stream, 0, stream->len), ==, SM_MSRP_TAKEN);
    g_assert_cmpstr(f->found->str, ==, "aaaa:2 (17) bbbb:3 ");
    g_string_free(stream, TRUE);
}

/* What is held for a gap that is never filled is bounded, in octets and in segments. */
static void test_limit(fixture *f, gconstpointer unused)
{
    (void)unused;
    for (size_t length = 1; length <= 65536; length *= 65536) {
        GString *stream = g_string_new(NULL);
        append_chunk(stream, "aaaa", "1-200000000/200000000", 10 << 20, '$');
        add(f, stream, 0, 1000);
        size_t at = 2000, segments = 0;
        while (add(f, stream, at, at + length) == SM_MSRP_HELD) {
            at += length;
            segments++;
        }
        g_assert_cmpuint(at - 2000, <=, SM_LIMIT_MSRP_HELD_OCTETS);
        g_assert_cmpuint(segments, <=, 20000);
        g_assert_cmpuint(segments, >, 50);
        g_string_free(stream, TRUE);
        tear_down(f, NULL);
        set_up(f, NULL);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, function) g_test_add("/msrp/gather/" name, fixture, NULL, set_up, function, tear_down)
    TEST("in-order", test_in_order);
    TEST("any-order", test_any_order);
    TEST("segment", test_what_is_said_of_a_segment);
    TEST("unknown-length", test_unknown_length_ends_at_a_start_line);
    TEST("damage", test_damage);
    TEST("limit", test_limit);
    return g_test_run();
}
