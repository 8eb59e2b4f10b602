/* MSRP reassembly: RFC 4975 5.1, 7.3.1, 14.5; RFC 8591 8. */

#include "base/bounds.h"
#include "msrp/reassembly.h"

#include <glib.h>
#include <stdio.h>

static const char session[] =
    "msrp://a.example.com:7654/jshA7weztas;tcp msrp://b.example.com:12763/kjhd37s2s20w2a;tcp";

typedef struct fixture {
    sm_arena *arena;
    sm_msrp_reassembly *reassembly;
    uint32_t frame;
} fixture;

static void set_up(fixture *f, gconstpointer unused)
{
    (void)unused;
    f->arena = sm_arena_new();
    f->reassembly = sm_msrp_reassembly_new();
}

static void tear_down(fixture *f, gconstpointer unused)
{
    (void)unused;
    sm_msrp_reassembly_free(f->reassembly);
    sm_arena_free(f->arena);
}

/* Frames one SEND of message `id` with the header lines `more` and adds it. */
static const sm_msrp_message *add_octets(fixture *f, const char *id, const char *more, const void *body,
                                         size_t length, char flag)
{
    GByteArray *octets = g_byte_array_new();
    char *head = g_strdup_printf("MSRP tid%08x SEND\r\n"
                                 "To-Path: msrp://b.example.com:12763/kjhd37s2s20w2a;tcp\r\n"
                                 "From-Path: msrp://a.example.com:7654/jshA7weztas;tcp\r\n"
                                 "%s%s%s%s%s\r\n",
                                 f->frame, id ? "Message-ID: " : "", id ? id : "", id ? "\r\n" : "", more,
                                 strstr(more, "Content-Type") ? "" : "Content-Type: text/plain\r\n");
    char *end_line = g_strdup_printf("\r\n-------tid%08x%c\r\n", f->frame, flag);
    g_byte_array_append(octets, (const guint8 *)head, (guint)strlen(head));
    if (length > 0)
        g_byte_array_append(octets, body, (guint)length);
    g_byte_array_append(octets, (const guint8 *)end_line, (guint)strlen(end_line));

    sm_msrp_frame frame;
    g_assert_cmpint(sm_msrp_frame_read(f->arena, sm_bytes_of(octets->data, octets->len), NULL, &frame, NULL),
                    ==, SM_MSRP_COMPLETE);
    g_assert_cmpuint(frame.octets.length, ==, octets->len);
    const sm_msrp_message *message = sm_msrp_reassembly_add(f->reassembly, session, &frame, ++f->frame);
    g_byte_array_free(octets, TRUE);
    g_free(head);
    g_free(end_line);
    return message;
}

static const sm_msrp_message *add(fixture *f, const char *id, const char *more, const char *body, char flag)
{
    return add_octets(f, id, more, body, strlen(body), flag);
}

#define RANGE(text) "Byte-Range: " text "\r\n"

static void assert_octets(const sm_msrp_message *message, const char *expected)
{
    gsize length = 0;
    const char *data = g_bytes_get_data(message->octets, &length);
    g_assert_cmpmem(data, length, expected, strlen(expected));
}

/* ---- The standards' own cases ---- */

static void test_rfc4975_figure_3(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(add(f, "4564dpWd", RANGE("1-*/8"), "abcd", '+'));
    const sm_msrp_message *message = add(f, "4564dpWd", RANGE("5-8/8"), "EFGH", '$');
    g_assert_nonnull(message);
    assert_octets(message, "abcdEFGH");
    g_assert_true(message->complete);
    g_assert_false(message->aborted);
    g_assert_cmpuint(message->missing, ==, 0);
    g_assert_cmpstr(message->message_id, ==, "4564dpWd");
    g_assert_cmpstr(message->content_type, ==, "text/plain");
    g_assert_cmpstr(message->transaction_id, ==, "tid00000000");
    g_assert_cmpstr(message->method, ==, "SEND");
    g_assert_cmpuint(message->facts->chunk_count, ==, 2);
    g_assert_true(message->facts->total_known);
    g_assert_cmpuint(message->facts->total, ==, 8);
    g_assert_false(message->facts->totals_differ || message->facts->beyond_total ||
                   message->facts->out_of_order);
    g_assert_cmpuint(message->facts->chunks[0].frame, ==, 1);
    g_assert_cmpuint(message->facts->chunks[1].frame, ==, 2);
    g_assert_cmpuint(message->facts->chunks[1].start, ==, 4);
    g_assert_cmpuint(message->facts->chunks[1].length, ==, 4);
    for (unsigned i = 0; i < 2; i++) {
        const sm_msrp_chunk *chunk = &message->facts->chunks[i];
        g_assert_true(chunk->in_order && chunk->range_fits && chunk->has_message_id);
        g_assert_false(chunk->overlap || chunk->conflict || chunk->duplicate);
        g_assert_false(chunk->content_type_differs || chunk->reports_differ || chunk->paths_differ ||
                       chunk->end_line_inside);
    }
}

/* Reads one chunk that stands in RFC 8591 section 10. */
static const sm_msrp_message *add_figure(fixture *f, const char *name)
{
    char *path = g_test_build_filename(G_TEST_DIST, "..", "..", "captures", "rfc8591", name, NULL);
    char *octets = NULL;
    gsize length = 0;
    GError *error = NULL;
    g_file_get_contents(path, &octets, &length, &error);
    g_assert_no_error(error);
    sm_msrp_frame frame;
    g_assert_cmpint(sm_msrp_frame_read(f->arena, sm_bytes_of(octets, length), NULL, &frame, NULL), ==,
                    SM_MSRP_COMPLETE);
    g_assert_cmpuint(frame.octets.length, ==, length);
    g_assert_true(frame.range_fits && frame.content_type_last);
    g_assert_cmpstr(frame.fault, ==,
                    "a header field is folded"); /* as printed; MSRP has no folding (RFC 4976 3) */
    const sm_msrp_message *message = sm_msrp_reassembly_add(f->reassembly, "figure", &frame, ++f->frame);
    g_free(octets);
    g_free(path);
    return message;
}

/* Figure 4 is the message of Figure 3 in two chunks, whose paths are not the same. */
static void test_rfc8591_figures(fixture *f, gconstpointer unused)
{
    (void)unused;
    const sm_msrp_message *whole = add_figure(f, "figure3.msrp");
    g_assert_nonnull(whole);
    g_assert_true(whole->complete);
    g_assert_cmpuint(g_bytes_get_size(whole->octets), ==, 1940);
    g_assert_true(
        g_str_has_prefix(whole->content_type, "application/pkcs7-mime; smime-type=auth-enveloped-data;"));
    g_assert_true(g_str_has_suffix(whole->content_type, " name=\"smime.p7m\""));

    g_assert_null(add_figure(f, "figure4-chunk1.msrp"));
    const sm_msrp_message *chunked = add_figure(f, "figure4-chunk2.msrp");
    g_assert_nonnull(chunked);
    g_assert_true(chunked->complete);
    g_assert_true(g_bytes_equal(chunked->octets, whole->octets));
    g_assert_true(chunked->facts->chunks[1].paths_differ);
    g_assert_false(chunked->facts->chunks[0].paths_differ || chunked->facts->chunks[1].content_type_differs);
}

static void test_any_order(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(add(f, "id-1", RANGE("5-8/8") "Success-Report: yes\r\n", "EFGH", '$'));
    const sm_msrp_message *message = add(f, "id-1", RANGE("1-*/8") "Success-Report: yes\r\n", "abcd", '+');
    g_assert_nonnull(message);
    assert_octets(message, "abcdEFGH");
    g_assert_true(message->complete);
    g_assert_true(message->facts->out_of_order);
    g_assert_false(message->facts->chunks[0].in_order);
    g_assert_false(message->facts->chunks[1].reports_differ);
    g_assert_cmpstr(message->facts->success_report, ==, "yes");
    g_assert_cmpstr(message->transaction_id, ==, "tid00000001"); /* of the chunk that begins the message */
}

static void test_whole_without_range(fixture *f, gconstpointer unused)
{
    (void)unused;
    const sm_msrp_message *message = add(f, "id-1", "", "Hi, I'm Alice!\r\n", '$');
    g_assert_nonnull(message);
    assert_octets(message, "Hi, I'm Alice!\r\n");
    g_assert_true(message->complete);
    g_assert_false(message->facts->total_known);
    g_assert_false(message->facts->chunks[0].range.present);
}

static void test_empty(fixture *f, gconstpointer unused)
{
    (void)unused;
    const sm_msrp_message *message = add(f, "id-1", RANGE("1-0/0"), "", '$');
    g_assert_nonnull(message);
    g_assert_true(message->complete);
    assert_octets(message, "");
    g_assert_true(message->facts->chunks[0].range_fits);
    g_assert_false(message->facts->chunks[0].duplicate);
}

static void test_overlap_of_the_standard(fixture *f, gconstpointer unused)
{
    (void)unused;
    char first[100], second[101], expected[150];
    memset(first, 'a', sizeof first);
    memset(second, 'b', sizeof second);
    memset(expected, 'a', 49);
    memset(expected + 49, 'b', 101);
    g_assert_null(add_octets(f, "id-1", RANGE("1-*/150"), first, sizeof first, '+'));
    const sm_msrp_message *message = add_octets(f, "id-1", RANGE("50-150/150"), second, sizeof second, '$');
    g_assert_nonnull(message);
    gsize length = 0;
    const void *data = g_bytes_get_data(message->octets, &length);
    g_assert_cmpmem(data, length, expected, sizeof expected);
    g_assert_true(message->complete);
    g_assert_true(message->facts->chunks[1].overlap && message->facts->chunks[1].conflict);
    g_assert_false(message->facts->chunks[1].duplicate || message->facts->out_of_order);
}

/* ---- Duplicates, overlaps, interleaving ---- */

static void test_duplicate(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(add(f, "id-1", RANGE("1-4/8"), "abcd", '+'));
    g_assert_null(add(f, "id-1", RANGE("1-4/8"), "abcd", '+'));
    g_assert_null(add(f, "id-1", RANGE("2-3/8"), "xy", '+'));
    const sm_msrp_message *message = add(f, "id-1", RANGE("5-8/8"), "EFGH", '$');
    g_assert_nonnull(message);
    assert_octets(message, "axydEFGH");
    const sm_msrp_chunk *chunks = message->facts->chunks;
    g_assert_true(chunks[1].duplicate && chunks[1].overlap && !chunks[1].conflict);
    g_assert_true(!chunks[2].duplicate && chunks[2].overlap && chunks[2].conflict);
    g_assert_false(chunks[3].overlap);
}

static void test_overlap_across_gaps(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(add(f, "id-1", RANGE("3-4/12"), "cd", '+'));
    g_assert_null(add(f, "id-1", RANGE("7-8/12"), "gh", '+'));
    g_assert_null(add(f, "id-1", RANGE("1-10/12"), "ABcDEFGHIJ", '+'));
    const sm_msrp_message *message = add(f, "id-1", RANGE("11-12/12"), "kl", '$');
    g_assert_nonnull(message);
    assert_octets(message, "ABcDEFGHIJkl");
    g_assert_true(message->facts->chunks[2].overlap && message->facts->chunks[2].conflict);
}

static void test_interleaved(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(add(f, "id-1", RANGE("1-*/8"), "abcd", '+'));
    g_assert_null(add(f, "id-2", RANGE("1-*/8"), "1234", '+'));
    const sm_msrp_message *one = add(f, "id-1", RANGE("5-8/8"), "EFGH", '$');
    const sm_msrp_message *two = add(f, "id-2", RANGE("5-8/8"), "5678", '$');
    assert_octets(one, "abcdEFGH");
    assert_octets(two, "12345678");
    g_assert_cmpuint(two->facts->chunks[1].frame, ==, 4);
}

static void test_same_id_in_other_session(fixture *f, gconstpointer unused)
{
    (void)unused;
    sm_msrp_frame frame = {
        .method = "SEND", .message_id = "id-1", .flag = '+', .body = SM_BYTES_LITERAL("abcd")};
    frame.range =
        (sm_msrp_range){.present = true, .valid = true, .start = 1, .total_known = true, .total = 8};
    g_assert_null(sm_msrp_reassembly_add(f->reassembly, "one", &frame, 1));
    frame.range.start = 5;
    frame.flag = '$';
    g_assert_null(sm_msrp_reassembly_add(f->reassembly, "other", &frame, 2));
    const sm_msrp_message *message = sm_msrp_reassembly_add(f->reassembly, "one", &frame, 3);
    g_assert_nonnull(message);
    assert_octets(message, "abcdabcd");
}

static void test_id_used_again(fixture *f, gconstpointer unused)
{
    (void)unused;
    const sm_msrp_message *first = add(f, "id-1", RANGE("1-3/3"), "one", '$');
    const sm_msrp_message *second = add(f, "id-1", RANGE("1-3/3"), "two", '$');
    g_assert_true(first != second);
    assert_octets(first, "one"); /* still there */
    assert_octets(second, "two");
    g_assert_false(second->facts->chunks[0].overlap);
}

/* ---- Endings ---- */

static void test_abort(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(add(f, "id-1", RANGE("1-*/100"), "abcd", '+'));
    const sm_msrp_message *message = add(f, "id-1", RANGE("5-*/100"), "ef", '#');
    g_assert_nonnull(message);
    g_assert_true(message->aborted);
    g_assert_false(message->complete);
    assert_octets(message, "abcdef");
    g_assert_cmpuint(message->missing, ==, 94);
}

static void test_give_up(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(add(f, "id-1", RANGE("1-*/10"), "abcd", '+'));
    g_assert_null(add(f, "id-1", RANGE("9-10/10"), "ij", '$'));
    g_assert_null(sm_msrp_reassembly_give_up(f->reassembly, session, "id-2"));
    g_assert_null(sm_msrp_reassembly_give_up(f->reassembly, session, NULL));
    const sm_msrp_message *message = sm_msrp_reassembly_give_up(f->reassembly, session, "id-1");
    g_assert_nonnull(message);
    g_assert_false(message->complete || message->aborted);
    assert_octets(message, "abcd");
    g_assert_cmpuint(message->missing, ==, 4);
    g_assert_null(sm_msrp_reassembly_give_up(f->reassembly, session, "id-1"));
}

static void collect(void *context, const sm_msrp_message *message)
{
    g_ptr_array_add(context, (gpointer)message);
}

static void test_finish_oldest_first(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(add(f, "zzzz", RANGE("1-*/9"), "abcd", '+'));
    g_assert_null(add(f, "aaaa", RANGE("5-*/9"), "efgh", '+'));
    g_assert_nonnull(add(f, "mmmm", RANGE("1-2/2"), "ok", '$'));
    g_assert_null(add(f, "zzzz", RANGE("5-*/9"), "efgh", '+'));
    GPtrArray *messages = g_ptr_array_new();
    sm_msrp_reassembly_finish(f->reassembly, collect, messages);
    g_assert_cmpuint(messages->len, ==, 2);
    const sm_msrp_message *first = messages->pdata[0], *second = messages->pdata[1];
    g_assert_cmpstr(first->message_id, ==, "zzzz");
    assert_octets(first, "abcdefgh");
    g_assert_cmpuint(first->missing, ==, 1);
    g_assert_cmpstr(second->message_id, ==, "aaaa");
    assert_octets(second, ""); /* nothing is contiguous from the first octet */
    g_assert_cmpuint(second->missing, ==, 5);
    sm_msrp_reassembly_finish(f->reassembly, collect, messages);
    g_assert_cmpuint(messages->len, ==, 2);
    g_ptr_array_free(messages, TRUE);
}

/* ---- Senders that do not keep to the standard ---- */

static void test_total_lies(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(add(f, "id-1", RANGE("1-*/100"), "abcd", '+'));
    const sm_msrp_message *message = add(f, "id-1", RANGE("5-8/8"), "EFGH", '$');
    g_assert_nonnull(message); /* "$" defines the length */
    g_assert_true(message->complete);
    g_assert_true(message->facts->totals_differ);
    g_assert_cmpuint(message->facts->total, ==, 8);
    g_assert_false(message->facts->beyond_total);

    message = add(f, "id-2", RANGE("1-*/4"), "abcdefgh", '$');
    g_assert_true(message->complete);
    g_assert_true(message->facts->beyond_total);
    g_assert_false(message->facts->chunks[0].range_fits);
    assert_octets(message, "abcdefgh");

    message = add(f, "id-3", RANGE("1-*/400"), "abcd", '$');
    g_assert_true(message->complete);
    g_assert_false(message->facts->beyond_total || message->facts->totals_differ);
    g_assert_cmpuint(message->facts->total, ==, 400);
}

static void test_octets_behind_the_end(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(add(f, "id-1", RANGE("3-*/*"), "cdefgh", '+'));
    g_assert_null(add(f, "id-1", RANGE("3-4/4"), "CD", '$'));
    const sm_msrp_message *message = add(f, "id-1", RANGE("1-2/4"), "ab", '+');
    g_assert_nonnull(message);
    assert_octets(message, "abCD");
    g_assert_true(message->complete && message->facts->beyond_total);
}

static void test_range_end_lies(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(add(f, "id-1", RANGE("1-6/8"), "abcd", '+')); /* interrupted: the body counts */
    const sm_msrp_message *message = add(f, "id-1", RANGE("5-8/8"), "EFGH", '$');
    g_assert_nonnull(message);
    assert_octets(message, "abcdEFGH");
    g_assert_false(message->facts->chunks[0].range_fits);
    g_assert_true(message->facts->chunks[1].range_fits && message->facts->chunks[1].in_order);
}

static void test_without_ranges(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(add(f, "id-1", "", "abcd", '+'));
    g_assert_null(add(f, "id-1", "", "efgh", '+'));
    const sm_msrp_message *message = add(f, "id-1", RANGE("9-10/10"), "ij", '$');
    g_assert_nonnull(message);
    assert_octets(message, "abcdefghij");

    g_assert_null(add(f, "id-2", RANGE("1-*/8"), "abcd", '+'));
    message =
        add(f, "id-2", "", "whole!", '$'); /* no Byte-Range and "$": an entire message (RFC 4975 7.3.1) */
    g_assert_nonnull(message);
    assert_octets(message, "whole!");
    g_assert_true(message->facts->chunks[1].conflict);
}

static void test_without_message_id(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(add(f, "id-1", RANGE("1-*/8"), "abcd", '+'));
    const sm_msrp_message *message = add(f, NULL, RANGE("1-2/2"), "ok", '$');
    g_assert_nonnull(message);
    g_assert_null(message->message_id);
    assert_octets(message, "ok");
    g_assert_false(message->facts->chunks[0].has_message_id);
}

static void test_header_fields_differ(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(add(f, "id-1", RANGE("1-*/8") "Failure-Report: YES\r\n", "abcd", '+'));
    g_assert_null(add(f, "id-1", RANGE("5-*/8") "Success-Report: no\r\n", "ef",
                      '+')); /* what is absent has its default */
    const sm_msrp_message *message =
        add(f, "id-1", RANGE("7-8/8") "Failure-Report: no\r\nContent-Type: text/html\r\n", "gh", '$');
    g_assert_nonnull(message);
    const sm_msrp_chunk *chunks = message->facts->chunks;
    g_assert_false(chunks[1].reports_differ || chunks[1].content_type_differs);
    g_assert_true(chunks[2].reports_differ && chunks[2].content_type_differs);
    g_assert_cmpstr(message->content_type, ==, "text/plain");
}

/* ---- Hostile ranges ---- */

/* What is missing is told at any time as at the end: up to the announced total until "$" says where the message ends. */
static void test_missing_so_far(fixture *f, gconstpointer unused)
{
    (void)unused;
    static const struct {
        const char *more, *body;
        char flag;
        uint64_t missing;
    } chunks[] = {
        {RANGE("1-3/100"), "abc", '+', 97},
        {RANGE("7-9/*"), "ghi", '+', 94}, /* the total is still known */
        {RANGE("7-9/20"), "ghi", '+', 14},
        {RANGE("10-12/20"), "jkl", '$', 3},
    };
    g_assert_cmpuint(sm_msrp_reassembly_missing(f->reassembly, session, "id-1"), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(chunks); i++) {
        g_assert_null(add(f, "id-1", chunks[i].more, chunks[i].body, chunks[i].flag));
        g_assert_cmpuint(sm_msrp_reassembly_missing(f->reassembly, session, "id-1"), ==, chunks[i].missing);
    }
    g_assert_cmpuint(sm_msrp_reassembly_missing(f->reassembly, session, "id-2"), ==, 0);
    g_assert_cmpuint(sm_msrp_reassembly_missing(f->reassembly, session, NULL), ==, 0);
    g_assert_cmpuint(sm_msrp_reassembly_give_up(f->reassembly, session, "id-1")->missing, ==, 3);
    g_assert_cmpuint(sm_msrp_reassembly_missing(f->reassembly, session, "id-1"), ==, 0);
}

static void test_far_away(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(add(f, "id-1", RANGE("1-4/*"), "abcd", '+'));
    g_assert_null(add(f, "id-1", RANGE("1152921504606846977-*/*"), "far", '+')); /* 2^60 */
    g_assert_null(add(f, "id-1", RANGE("18446744073709551610-*/18446744073709551615"), "end", '$'));
    const sm_msrp_message *message = sm_msrp_reassembly_give_up(f->reassembly, session, "id-1");
    g_assert_false(message->complete);
    g_assert_false(message->facts->limit);
    assert_octets(message, "abcd");
    g_assert_cmpuint(message->missing, ==, UINT64_C(18446744073709551612) - 10);
}

static void test_position_overflows(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(add(f, "id-1", RANGE("1-*/*"), "abcd", '+'));
    g_assert_null(add(f, "id-1", RANGE("18446744073709551615-*/*"), "overflow", '$')); /* 2^64 - 1 */
    const sm_msrp_message *message = sm_msrp_reassembly_give_up(f->reassembly, session, "id-1");
    g_assert_false(message->complete);
    g_assert_true(message->facts->limit);
    g_assert_cmpstr(message->facts->limit_name, ==, "position behind 2^64 octets");
    assert_octets(message, "abcd");
}

static void test_unreadable_ranges(fixture *f, gconstpointer unused)
{
    (void)unused;
    static const char *const unreadable[] = {
        RANGE("0-4/4"),  RANGE("5-2/8"), RANGE("18446744073709551616-*/*"),
        RANGE("1-4"),    RANGE("*-4/4"), RANGE("1-4/4x"),
        RANGE("-1-4/4"), RANGE(""),      RANGE("1 - 4 / 4"),
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(unreadable); i++) {
        g_assert_null(add(f, "id-1", RANGE("1-*/8"), "abcd", '+'));
        const sm_msrp_message *message = add(f, "id-1", unreadable[i], "efgh", '$');
        g_assert_nonnull(message);
        assert_octets(message, "abcdefgh");
        g_assert_true(message->facts->chunks[1].range.present);
        g_assert_false(message->facts->chunks[1].range.valid || message->facts->chunks[1].range_fits);
    }
}

static void test_too_many_chunks(fixture *f, gconstpointer unused)
{
    (void)unused;
    sm_msrp_frame frame = {
        .method = "SEND", .message_id = "id-1", .flag = '+', .body = SM_BYTES_LITERAL("x")};
    frame.range = (sm_msrp_range){.present = true, .valid = true, .start = 1};
    for (unsigned i = 0; i < SM_LIMIT_MSRP_CHUNKS + 5; i++, frame.range.start++)
        g_assert_null(sm_msrp_reassembly_add(f->reassembly, session, &frame, i));
    frame.flag = '$';
    const sm_msrp_message *message = sm_msrp_reassembly_add(f->reassembly, session, &frame, 0);
    g_assert_nonnull(message);
    g_assert_false(message->complete);
    g_assert_true(message->facts->limit);
    g_assert_cmpstr(message->facts->limit_name, ==, "message of more than 131072 chunks");
    g_assert_cmpuint(message->facts->chunk_count, ==, SM_LIMIT_MSRP_CHUNKS);
    g_assert_cmpuint(message->missing, ==, 6);
}

/* 24 chunks of 32 MiB, three messages: the third asks for room that the first, being the oldest, gives up. */
static void test_too_much_unfinished(fixture *f, gconstpointer unused)
{
    (void)unused;
    const size_t length = 32u << 20;
    uint8_t *octets = g_malloc0(length);
    static const char *const ids[] = {"id-1", "id-2", "id-3"};
    for (unsigned message = 0; message < 3; message++) {
        sm_msrp_frame frame = {
            .method = "SEND", .message_id = ids[message], .flag = '+', .body = sm_bytes_of(octets, length)};
        frame.range = (sm_msrp_range){.present = true, .valid = true, .start = 1};
        for (unsigned i = 0; i < 7; i++, frame.range.start += length)
            g_assert_null(sm_msrp_reassembly_add(f->reassembly, session, &frame, i));
    }
    g_free(octets);
    const sm_msrp_message *message = sm_msrp_reassembly_give_up(f->reassembly, session, "id-1");
    g_assert_true(message->facts->limit);
    g_assert_cmpstr(message->facts->limit_name, ==, "more than 512 MiB of unfinished messages");
    g_assert_cmpuint(g_bytes_get_size(message->octets), ==, 0);
    message = sm_msrp_reassembly_give_up(f->reassembly, session, "id-2");
    g_assert_false(message->facts->limit);
    g_assert_cmpuint(g_bytes_get_size(message->octets), ==, 7 * length);
}

static void test_too_long(fixture *f, gconstpointer unused)
{
    (void)unused;
    const size_t length = 64u << 20;
    uint8_t *octets = g_malloc0(length);
    sm_msrp_frame frame = {
        .method = "SEND", .message_id = "id-1", .flag = '+', .body = sm_bytes_of(octets, length)};
    frame.range = (sm_msrp_range){.present = true, .valid = true, .start = 1};
    for (unsigned i = 0; i < 4; i++, frame.range.start += length)
        g_assert_null(sm_msrp_reassembly_add(f->reassembly, session, &frame, i));
    frame.body.length = 1;
    frame.flag = '$';
    const sm_msrp_message *message = sm_msrp_reassembly_add(f->reassembly, session, &frame, 9);
    g_free(octets);
    g_assert_nonnull(message);
    g_assert_false(message->complete);
    g_assert_cmpstr(message->facts->limit_name, ==, "message of more than 256 MiB");
    g_assert_cmpuint(message->missing, ==, 1);
}

/* ---- A hundred thousand chunks, in order, backwards and shuffled ---- */

static void add_many(fixture *f, const char *id, const uint32_t *order, unsigned count)
{
    sm_msrp_frame frame = {.method = "SEND", .message_id = id};
    frame.range = (sm_msrp_range){.present = true, .valid = true};
    gint64 begun = g_get_monotonic_time();
    const sm_msrp_message *message = NULL;
    for (unsigned i = 0; i < count; i++) {
        char text[9];
        snprintf(text, sizeof text, "%08x", order[i]);
        g_assert_null(message);
        frame.range.start = (uint64_t)order[i] * 8 + 1;
        frame.body = sm_bytes_of(text, 8);
        frame.flag = order[i] == count - 1 ? '$' : '+';
        message = sm_msrp_reassembly_add(f->reassembly, session, &frame, i);
    }
    g_test_message("%s: %" G_GINT64_FORMAT " ms", id, (g_get_monotonic_time() - begun) / 1000);
    g_assert_nonnull(message);
    g_assert_true(message->complete);
    const char *data = g_bytes_get_data(message->octets, NULL);
    g_assert_cmpuint(g_bytes_get_size(message->octets), ==, count * 8);
    for (unsigned i = 0; i < count; i++) {
        char text[9];
        snprintf(text, sizeof text, "%08x", i);
        g_assert_cmpmem(data + i * 8, 8, text, 8);
    }
    g_assert_cmpint(g_get_monotonic_time() - begun, <,
                    20 * G_USEC_PER_SEC); /* a quadratic way would take minutes */
}

static void test_many_chunks(fixture *f, gconstpointer unused)
{
    (void)unused;
    enum { COUNT = 100000 };
    uint32_t *order = g_new(uint32_t, COUNT);
    for (unsigned i = 0; i < COUNT; i++)
        order[i] = i;
    add_many(f, "in-order", order, COUNT);
    for (unsigned i = 0; i < COUNT; i++)
        order[i] = COUNT - 1 - i;
    add_many(f, "backwards", order, COUNT);
    GRand *random = g_rand_new_with_seed(4975);
    for (unsigned i = COUNT - 1; i > 0; i--) {
        unsigned other = (unsigned)g_rand_int_range(random, 0, (gint32)i + 1);
        uint32_t swapped = order[i];
        order[i] = order[other];
        order[other] = swapped;
    }
    add_many(f, "shuffled", order, COUNT);
    g_rand_free(random);
    g_free(order);
}

/* ---- Any cutting of a message gives the same message ---- */

enum { MESSAGES = 3, LONGEST = 9000 };

typedef struct cut {
    unsigned message;
    size_t start, length;
    bool last;
} cut;

/* Octets among which line ends and dashes are frequent, without any end-line used here. */
static void random_octets(GRand *random, uint8_t *octets, size_t length)
{
    static const char frequent[] = "\r\n-------tid$+#\r\n-------";
    for (size_t i = 0; i < length; i++)
        octets[i] = g_rand_boolean(random)
                        ? (uint8_t)g_rand_int_range(random, 0, 256)
                        : (uint8_t)frequent[g_rand_int_range(random, 0, sizeof frequent - 1)];
}

static void append_chunk(GRand *random, GByteArray *stream, const cut *piece, const uint8_t *octets,
                         size_t total)
{
    char id[17], end_text[24], total_text[24];
    snprintf(id, sizeof id, "%08x%08x", g_rand_int(random), g_rand_int(random));
    snprintf(end_text, sizeof end_text, "%zu", piece->start + piece->length);
    snprintf(total_text, sizeof total_text, "%zu", total);
    char *head = g_strdup_printf(
        "MSRP %s SEND\r\nTo-Path: msrp://b.example.com:1/b;tcp\r\nFrom-Path: msrp://a.example.com:2/a;tcp\r\n"
        "Message-ID: message-%u\r\nByte-Range: %zu-%s/%s\r\nContent-Type: a/b\r\n\r\n",
        id, piece->message, piece->start + 1, g_rand_boolean(random) ? end_text : "*",
        g_rand_boolean(random) ? total_text : "*");
    char *end_line = g_strdup_printf("\r\n-------%s%c\r\n", id, piece->last ? '$' : '+');
    g_byte_array_append(stream, (const guint8 *)head, (guint)strlen(head));
    g_byte_array_append(stream, octets + piece->start, (guint)piece->length);
    g_byte_array_append(stream, (const guint8 *)end_line, (guint)strlen(end_line));
    g_free(head);
    g_free(end_line);
}

/* The pieces of all messages, some twice or overlapping, in random order. */
static GArray *random_cuts(GRand *random, const size_t lengths[MESSAGES])
{
    GArray *cuts = g_array_new(FALSE, FALSE, sizeof(cut));
    for (unsigned message = 0; message < MESSAGES; message++) {
        const int longest = g_rand_int_range(random, 1, 2500);
        for (size_t at = 0; at < lengths[message];) {
            size_t wanted = (size_t)g_rand_int_range(random, 1, longest + 1),
                   length = MIN(wanted, lengths[message] - at);
            cut piece = {message, at, length, at + length == lengths[message]};
            g_array_append_val(cuts, piece);
            if (g_rand_int_range(random, 0, 4) == 0) { /* again, from further ahead: equal octets overlap */
                size_t back = (size_t)g_rand_int_range(random, 0, (gint32)at + 1);
                cut again = {message, at - back, length + back, piece.last};
                g_array_append_val(cuts, again);
            }
            at += length;
        }
    }
    for (guint i = cuts->len - 1; i > 0; i--) {
        guint other = (guint)g_rand_int_range(random, 0, (gint32)i + 1);
        cut swapped = g_array_index(cuts, cut, i);
        g_array_index(cuts, cut, i) = g_array_index(cuts, cut, other);
        g_array_index(cuts, cut, other) = swapped;
    }
    return cuts;
}

/* Feeds the stream in segments of random size, as TCP would, and adds each chunk as soon as it is whole. */
static unsigned feed(fixture *f, GRand *random, const GByteArray *stream,
                     const sm_msrp_message *completed[MESSAGES])
{
    size_t begin = 0, arrived = 0;
    unsigned chunks = 0;
    sm_msrp_scan scan = {0};
    while (begin < stream->len) {
        /* an exact copy, so that the sanitizer sees a read of one octet too many */
        uint8_t *buffer = g_memdup2(stream->data + begin, arrived - begin);
        sm_msrp_frame frame;
        size_t needed = 0;
        sm_msrp_status status =
            sm_msrp_frame_read(f->arena, sm_bytes_of(buffer, arrived - begin), &scan, &frame, &needed);
        if (status == SM_MSRP_COMPLETE) {
            g_assert_null(frame.fault);
            g_assert_true(frame.range_fits);
            const sm_msrp_message *message = sm_msrp_reassembly_add(f->reassembly, session, &frame, ++chunks);
            if (message) {
                unsigned number = (unsigned)(message->message_id[8] - '0');
                if (completed[number] == NULL)
                    completed[number] = message;
            }
            begin += frame.octets.length;
            scan = (sm_msrp_scan){0};
        } else {
            g_assert_cmpint(status, ==, SM_MSRP_MORE);
            g_assert_cmpuint(needed, >, 0);
            size_t segment = (size_t)g_rand_int_range(random, 1, 3000);
            arrived = MIN(stream->len, arrived + segment);
        }
        g_free(buffer);
    }
    return chunks;
}

static void test_any_cutting(fixture *f, gconstpointer unused)
{
    (void)unused;
    GRand *random = g_rand_new_with_seed(8591);
    for (unsigned round = 0; round < 300; round++) {
        uint8_t octets[MESSAGES][LONGEST];
        size_t lengths[MESSAGES];
        for (unsigned i = 0; i < MESSAGES; i++) {
            lengths[i] = (size_t)g_rand_int_range(random, 1, LONGEST);
            random_octets(random, octets[i], lengths[i]);
        }
        GArray *cuts = random_cuts(random, lengths);
        GByteArray *stream = g_byte_array_new();
        for (guint i = 0; i < cuts->len; i++) {
            const cut *piece = &g_array_index(cuts, cut, i);
            append_chunk(random, stream, piece, octets[piece->message], lengths[piece->message]);
        }
        const sm_msrp_message *completed[MESSAGES] = {NULL};
        g_assert_cmpuint(feed(f, random, stream, completed), ==, cuts->len);
        for (unsigned i = 0; i < MESSAGES; i++) {
            g_assert_nonnull(completed[i]);
            gsize length = 0;
            const void *data = g_bytes_get_data(completed[i]->octets, &length);
            g_assert_cmpmem(data, length, octets[i], lengths[i]);
            g_assert_true(completed[i]->complete);
            for (unsigned c = 0; c < completed[i]->facts->chunk_count; c++)
                g_assert_false(completed[i]->facts->chunks[c].conflict);
        }
        g_byte_array_free(stream, TRUE);
        g_array_free(cuts, TRUE);
        sm_msrp_reassembly_free(f->reassembly); /* repeated pieces may have begun messages again */
        f->reassembly = sm_msrp_reassembly_new();
        sm_arena_free(f->arena);
        f->arena = sm_arena_new();
    }
    g_rand_free(random);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(path, function) g_test_add("/msrp/reassembly/" path, fixture, NULL, set_up, function, tear_down)
    TEST("rfc4975/figure-3", test_rfc4975_figure_3);
    TEST("rfc4975/overlap", test_overlap_of_the_standard);
    TEST("rfc8591/figures", test_rfc8591_figures);
    TEST("any-order", test_any_order);
    TEST("whole-without-range", test_whole_without_range);
    TEST("empty", test_empty);
    TEST("duplicate", test_duplicate);
    TEST("overlap-across-gaps", test_overlap_across_gaps);
    TEST("interleaved", test_interleaved);
    TEST("same-id-in-other-session", test_same_id_in_other_session);
    TEST("id-used-again", test_id_used_again);
    TEST("abort", test_abort);
    TEST("give-up", test_give_up);
    TEST("finish-oldest-first", test_finish_oldest_first);
    TEST("total-lies", test_total_lies);
    TEST("octets-behind-the-end", test_octets_behind_the_end);
    TEST("range-end-lies", test_range_end_lies);
    TEST("without-ranges", test_without_ranges);
    TEST("without-message-id", test_without_message_id);
    TEST("header-fields-differ", test_header_fields_differ);
    TEST("missing-so-far", test_missing_so_far);
    TEST("hostile/far-away", test_far_away);
    TEST("hostile/position-overflows", test_position_overflows);
    TEST("hostile/unreadable-ranges", test_unreadable_ranges);
    TEST("limit/chunks", test_too_many_chunks);
    TEST("limit/unfinished", test_too_much_unfinished);
    TEST("limit/message", test_too_long);
    TEST("many-chunks", test_many_chunks);
    TEST("any-cutting", test_any_cutting);
    return g_test_run();
}
