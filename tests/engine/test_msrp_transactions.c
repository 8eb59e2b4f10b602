/* MSRP transactions and reports: RFC 4975 7.1.2-7.2, 10; RFC 4976 5.1, 6.4. */

#include "msrp/transactions.h"

#include <glib.h>

typedef struct fixture {
    sm_arena *arena;
    sm_msrp_transactions *transactions;
    sm_msrp_links links;
} fixture;

static void set_up(fixture *f, gconstpointer unused)
{
    (void)unused;
    f->arena = sm_arena_new();
    f->transactions = sm_msrp_transactions_new();
}

static void tear_down(fixture *f, gconstpointer unused)
{
    (void)unused;
    sm_msrp_transactions_free(f->transactions);
    sm_arena_free(f->arena);
}

static const sm_msrp_hop there = {1, 0}, back = {1, 1}, elsewhere = {2, 1};

/* Frames are known by numbers. */
#define HANDLE(n) GUINT_TO_POINTER(n)
#define assert_links(handle, n) g_assert_cmpuint(GPOINTER_TO_UINT(handle), ==, (n))

/* Frame `n`, of a start line behind "MSRP id " and header fields; with a body of `length` octets, -1 for none. */
static const sm_msrp_links *take(fixture *f, unsigned n, sm_msrp_hop hop, const char *id, const char *start, const char *fields,
                                 int length, char flag)
{
    GString *text = g_string_new(NULL);
    g_string_printf(text, "MSRP %s %s\r\nTo-Path: msrp://b.example.com:1/b;tcp\r\nFrom-Path: msrp://a.example.com:2/a;tcp\r\n%s", id, start,
                    fields);
    if (length >= 0) {
        g_string_append(text, "Content-Type: text/plain\r\n\r\n");
        for (int i = 0; i < length; i++)
            g_string_append_c(text, 'x');
        g_string_append(text, "\r\n");
    }
    g_string_append_printf(text, "-------%s%c\r\n", id, flag);
    sm_msrp_frame frame;
    g_assert_cmpint(sm_msrp_frame_read(f->arena, sm_bytes_of(text->str, text->len), NULL, &frame, NULL), ==, SM_MSRP_COMPLETE);
    sm_msrp_transactions_take(f->transactions, hop, &frame, HANDLE(n), &f->links);
    g_string_free(text, TRUE);
    return &f->links;
}

static const sm_msrp_links *send_chunk(fixture *f, unsigned n, const char *id, const char *fields, int length, char flag)
{
    return take(f, n, there, id, "SEND", fields, length, flag);
}

static const sm_msrp_links *answer(fixture *f, unsigned n, const char *id, const char *status)
{
    return take(f, n, back, id, status, "", -1, '$');
}

static const sm_msrp_links *report(fixture *f, unsigned n, const char *fields)
{
    char id[16];
    g_snprintf(id, sizeof id, "report%u", n);
    return take(f, n, back, id, "REPORT", fields, -1, '$');
}

/* ---- Transactions ---- */

static void test_response_finds_its_request(fixture *f, gconstpointer unused)
{
    (void)unused;
    send_chunk(f, 1, "aaaa", "Message-ID: mmmm\r\n", 5, '$');
    send_chunk(f, 2, "bbbb", "Message-ID: nnnn\r\n", 5, '$');
    assert_links(answer(f, 3, "bbbb", "200 OK")->request, 2);
    g_assert_false(f->links.again || f->links.forbidden);
    assert_links(answer(f, 4, "aaaa", "415")->request, 1);
    assert_links(answer(f, 5, "aaaa", "200 OK")->request, 1);
    g_assert_true(f->links.again);
}

static void test_response_on_another_way_answers_nothing(fixture *f, gconstpointer unused)
{
    (void)unused;
    send_chunk(f, 1, "aaaa", "Message-ID: mmmm\r\n", 5, '$');
    const struct {
        sm_msrp_hop hop;
        const char *id;
    } wrong[] = {{elsewhere, "aaaa"}, {{2, 0}, "aaaa"}, {there, "aaaa"}, {back, "aaab"}, {back, "AAAA"}, {back, "aaaa1"}};
    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        take(f, 2 + i, wrong[i].hop, wrong[i].id, "200 OK", "", -1, '$');
        g_assert_null(f->links.request);
        g_assert_true(f->links.unknown_sure);
    }
    assert_links(answer(f, 20, "aaaa", "200 OK")->request, 1);
    g_assert_false(f->links.again);
}

static void test_response_before_its_request(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(answer(f, 1, "aaaa", "200 OK")->request);
    g_assert_true(f->links.unknown_sure);
    g_assert_cmpint(send_chunk(f, 2, "aaaa", "Message-ID: mmmm\r\n", 5, '$')->due, ==, SM_MSRP_DUE);
    assert_links(answer(f, 3, "aaaa", "200 OK")->request, 2);
    g_assert_false(f->links.again);
}

/* 7.1: no two at the same time; one after the other is allowed. */
static void test_transaction_id_used_twice(fixture *f, gconstpointer unused)
{
    (void)unused;
    send_chunk(f, 1, "aaaa", "Message-ID: mmmm\r\n", 5, '$');
    assert_links(send_chunk(f, 2, "aaaa", "Message-ID: nnnn\r\n", 5, '$')->same_id, 1);
    assert_links(answer(f, 3, "aaaa", "200 OK")->request, 2);
    g_assert_null(send_chunk(f, 4, "aaaa", "Message-ID: oooo\r\n", 5, '$')->same_id);
    assert_links(answer(f, 5, "aaaa", "200 OK")->request, 4);
    g_assert_false(f->links.again);
}

/* 7.1.4, 7.2. */
static void test_what_is_to_be_answered(fixture *f, gconstpointer unused)
{
    (void)unused;
    const struct {
        const char *method, *fields;
        sm_msrp_due due;
        bool success_forbidden, failure_forbidden;
    } cases[] = {
        {"SEND", "", SM_MSRP_DUE, false, false},
        {"SEND", "Failure-Report: yes\r\n", SM_MSRP_DUE, false, false},
        {"SEND", "Failure-Report: no\r\n", SM_MSRP_DUE_NONE, true, true},
        {"SEND", "Failure-Report: partial\r\n", SM_MSRP_DUE_FAILURE, true, false},
        {"SEND", "Failure-Report: maybe\r\n", SM_MSRP_DUE, false, false},
        {"AUTH", "", SM_MSRP_DUE, false, false},
        {"NICKNAME", "", SM_MSRP_DUE, false, false},
        {"REPORT", "Status: 000 200 OK\r\n", SM_MSRP_DUE_NONE, true, true},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        take(f, 1, there, "aaaa", cases[i].method, cases[i].fields, -1, '$');
        g_assert_cmpint(f->links.due, ==, cases[i].due);
        g_assert_cmpint(answer(f, 2, "aaaa", "200 OK")->forbidden, ==, cases[i].success_forbidden);
        g_assert_cmpint(answer(f, 3, "aaaa", "400")->forbidden, ==, cases[i].failure_forbidden);
    }
}

/* 10.5: by a response and by a REPORT. "#" is how the sender stops. */
static void test_413_stops_a_message(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(send_chunk(f, 1, "aaaa", "Message-ID: mmmm\r\nByte-Range: 1-5/15\r\n", 5, '+')->stopped);
    answer(f, 2, "aaaa", "413 Stop");
    assert_links(send_chunk(f, 3, "bbbb", "Message-ID: mmmm\r\nByte-Range: 6-10/15\r\n", 5, '+')->stopped, 2);
    g_assert_null(send_chunk(f, 4, "cccc", "Message-ID: mmmm\r\nByte-Range: 11-*/15\r\n", 0, '#')->stopped);
    g_assert_null(send_chunk(f, 5, "dddd", "Message-ID: nnnn\r\nByte-Range: 1-5/10\r\n", 5, '+')->stopped);
    report(f, 6, "Message-ID: nnnn\r\nByte-Range: 1-5/10\r\nStatus: 000 413\r\n");
    assert_links(send_chunk(f, 7, "eeee", "Message-ID: nnnn\r\nByte-Range: 6-10/10\r\n", 5, '$')->stopped, 6);
}

static void test_flood_of_requests(fixture *f, gconstpointer unused)
{
    (void)unused;
    sm_msrp_frame frame = {.method = "SEND", .flag = '$', .message_id = "mmmm"};
    char id[16];
    frame.transaction_id = id;
    for (unsigned n = 0; n <= SM_LIMIT_MSRP_TRANSACTIONS; n++) {
        g_snprintf(id, sizeof id, "t%05u", n);
        sm_msrp_transactions_take(f->transactions, there, &frame, HANDLE(n + 1), &f->links);
    }
    g_assert_null(answer(f, 1, "t00000", "200 OK")->request);
    g_assert_false(f->links.unknown_sure);
    g_snprintf(id, sizeof id, "t%05u", SM_LIMIT_MSRP_TRANSACTIONS);
    assert_links(answer(f, 2, id, "200 OK")->request, SM_LIMIT_MSRP_TRANSACTIONS + 1);
}

/* ---- Reports ---- */

#define ASKED "Message-ID: mmmm\r\nSuccess-Report: yes\r\n"

static void send_three(fixture *f, const char *fields)
{
    char *with[3];
    static const char *const ranges[] = {"1-5", "6-10", "11-15"};
    static const char *const ids[] = {"aaaa", "bbbb", "cccc"};
    for (unsigned i = 0; i < 3; i++) {
        with[i] = g_strdup_printf("%sByte-Range: %s/15\r\n", fields, ranges[i]);
        send_chunk(f, i + 1, ids[i], with[i], 5, i == 2 ? '$' : '+');
        g_free(with[i]);
    }
}

static void test_report_finds_the_chunks_of_its_range(fixture *f, gconstpointer unused)
{
    (void)unused;
    send_three(f, ASKED);
    report(f, 4, "Message-ID: mmmm\r\nByte-Range: 4-7/15\r\nStatus: 000 200 OK\r\n");
    assert_links(f->links.reported, 1);
    g_assert_cmpuint(f->links.chunk_count, ==, 2);
    assert_links(f->links.chunks[0], 1);
    assert_links(f->links.chunks[1], 2);
    g_assert_false(f->links.unasked || f->links.beyond || f->links.nothing_new || f->links.confirms_the_rest);
    g_assert_cmpuint(f->links.confirmed, ==, 4);
    g_assert_true(f->links.length_known);
    g_assert_cmpuint(f->links.length, ==, 15);

    report(f, 5, "Message-ID: mmmm\r\nByte-Range: 6-10/15\r\nStatus: 000 200 OK\r\n");
    g_assert_cmpuint(f->links.chunk_count, ==, 1);
    assert_links(f->links.chunks[0], 2);
    g_assert_cmpuint(f->links.confirmed, ==, 7);
}

/* 7.1.3: part by part, all so far, or the whole; what counts is the union. */
static void test_confirmed_octets(fixture *f, gconstpointer unused)
{
    (void)unused;
    send_three(f, ASKED);
    const struct {
        const char *range;
        uint64_t confirmed;
        bool nothing_new, the_rest;
    } reports[] = {
        {"11-15", 5, false, false}, {"1-5", 10, false, false}, {"2-4", 10, true, false}, {"1-5", 10, true, false},
        {"1-7", 12, false, false},  {"8-9", 14, false, false}, {"1-15", 15, false, true}, {"1-15", 15, true, false},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(reports); i++) {
        char *fields = g_strdup_printf("Message-ID: mmmm\r\nByte-Range: %s/15\r\nStatus: 000 200 OK\r\n", reports[i].range);
        report(f, 4 + i, fields);
        g_free(fields);
        g_assert_true(f->links.confirmed_known);
        g_assert_cmpuint(f->links.confirmed, ==, reports[i].confirmed);
        g_assert_cmpint(f->links.nothing_new, ==, reports[i].nothing_new);
        g_assert_cmpint(f->links.confirms_the_rest, ==, reports[i].the_rest);
    }
}

static void test_report_without_range_speaks_of_the_whole(fixture *f, gconstpointer unused)
{
    (void)unused;
    send_three(f, ASKED);
    report(f, 4, "Message-ID: mmmm\r\nStatus: 000 200 OK\r\n");
    g_assert_cmpuint(f->links.chunk_count, ==, 3);
    g_assert_cmpuint(f->links.confirmed, ==, 15);
    g_assert_true(f->links.confirms_the_rest);
}

static void test_what_was_not_sent_is_not_confirmed(fixture *f, gconstpointer unused)
{
    (void)unused;
    send_chunk(f, 1, "aaaa", ASKED "Byte-Range: 1-5/15\r\n", 5, '+');
    report(f, 2, "Message-ID: mmmm\r\nByte-Range: 1-15/15\r\nStatus: 000 200 OK\r\n");
    g_assert_true(f->links.beyond);
    g_assert_cmpuint(f->links.confirmed, ==, 5);
    g_assert_false(f->links.confirms_the_rest);
    report(f, 3, "Message-ID: mmmm\r\nByte-Range: 9-18446744073709551615/15\r\nStatus: 000 200 OK\r\n");
    g_assert_true(f->links.beyond);
    g_assert_cmpuint(f->links.chunk_count, ==, 0);
    g_assert_cmpuint(f->links.confirmed, ==, 5);
}

/* 7.1.3 (success: only when asked), 7.1.4 (failure: unless told not to). */
static void test_report_that_nobody_asked_for(fixture *f, gconstpointer unused)
{
    (void)unused;
    const struct {
        const char *fields;
        bool success_unasked, failure_unasked;
    } cases[] = {
        {"", true, false},
        {"Success-Report: no\r\n", true, false},
        {"Success-Report: yes\r\n", false, false},
        {"Success-Report: yes\r\nFailure-Report: no\r\n", false, true},
        {"Failure-Report: partial\r\n", true, false},
        {"Failure-Report: no\r\n", true, true},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *fields = g_strdup_printf("Message-ID: mmm%u\r\n%s", i, cases[i].fields);
        send_chunk(f, 1, "aaaa", fields, 5, '$');
        g_free(fields);
        fields = g_strdup_printf("Message-ID: mmm%u\r\nStatus: 000 200 OK\r\n", i);
        g_assert_cmpint(report(f, 2, fields)->unasked, ==, cases[i].success_unasked);
        g_free(fields);
        fields = g_strdup_printf("Message-ID: mmm%u\r\nStatus: 000 408\r\n", i);
        g_assert_cmpint(report(f, 3, fields)->unasked, ==, cases[i].failure_unasked);
        g_free(fields);
    }
}

static void test_report_of_another_way(fixture *f, gconstpointer unused)
{
    (void)unused;
    send_three(f, ASKED);
    static const char fields[] = "Message-ID: mmmm\r\nStatus: 000 200 OK\r\n";
    g_assert_null(take(f, 4, elsewhere, "rrrr", "REPORT", fields, -1, '$')->reported);
    g_assert_true(f->links.unknown_sure);
    g_assert_null(take(f, 5, there, "rrrs", "REPORT", fields, -1, '$')->reported);
    g_assert_null(report(f, 6, "Message-ID: mmmM\r\nStatus: 000 200 OK\r\n")->reported);
    g_assert_null(report(f, 7, "Status: 000 200 OK\r\n")->reported);
}

static void test_status_header(void)
{
    static const char *const bad[] = {NULL, "", "000", "000 ", "000 20", "000 2000", "0 200", "00 200 OK", "000200", "000 200OK", "abc def"};
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(sm_msrp_delivery_read(bad[i]).valid);
    static const char *const good[] = {"000 413", "000 413 Stop", "000 413 "};
    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        sm_msrp_delivery read = sm_msrp_delivery_read(good[i]);
        g_assert_true(read.valid);
        g_assert_cmpuint(read.name_space, ==, 0);
        g_assert_cmpuint(read.status, ==, 413);
    }
    g_assert_cmpuint(sm_msrp_delivery_read("017 200").name_space, ==, 17);
}

/* 7.3.2: another namespace means nothing that is known here. */
static void test_report_of_another_namespace(fixture *f, gconstpointer unused)
{
    (void)unused;
    send_three(f, "Message-ID: mmmm\r\n");
    report(f, 4, "Message-ID: mmmm\r\nStatus: 001 200 OK\r\n");
    assert_links(f->links.reported, 1);
    g_assert_false(f->links.unasked);
    g_assert_cmpuint(f->links.confirmed, ==, 0);
    report(f, 5, "Message-ID: mmmm\r\nStatus: 001 413\r\n");
    g_assert_null(send_chunk(f, 6, "dddd", "Message-ID: mmmm\r\n", 5, '$')->stopped);
}

static void test_flood_of_ranges(fixture *f, gconstpointer unused)
{
    (void)unused;
    sm_msrp_frame frame = {.method = "SEND", .flag = '$', .message_id = "mmmm", .transaction_id = "aaaa", .success_report = "yes"};
    frame.body = sm_bytes_of(g_malloc0(4 * SM_LIMIT_MSRP_REPORTED_RANGES), 4 * SM_LIMIT_MSRP_REPORTED_RANGES);
    sm_msrp_transactions_take(f->transactions, there, &frame, HANDLE(1), &f->links);
    g_free((void *)frame.body.data);
    sm_msrp_frame said = {.method = "REPORT", .flag = '$', .message_id = "mmmm", .transaction_id = "rrrr", .status_header = "000 200"};
    for (unsigned i = 0; i <= SM_LIMIT_MSRP_REPORTED_RANGES; i++) {
        said.range = (sm_msrp_range){true, true, 1 + 3 * i, true, true, 1 + 3 * i, 0};
        sm_msrp_transactions_take(f->transactions, back, &said, HANDLE(2), &f->links);
        g_assert_cmpint(f->links.confirmed_known, ==, i < SM_LIMIT_MSRP_REPORTED_RANGES);
    }
    g_assert_cmpuint(f->links.confirmed, ==, SM_LIMIT_MSRP_REPORTED_RANGES);
}

static void test_flood_of_chunks(fixture *f, gconstpointer unused)
{
    (void)unused;
    send_chunk(f, 1, "aaaa", "Message-ID: first\r\n", 5, '$');
    sm_msrp_frame frame = {.method = "SEND", .flag = '+', .message_id = "mmmm", .transaction_id = "bbbb",
                           .from_path = "msrp://a.example.com:2/a;tcp", .to_path = "msrp://b.example.com:1/b;tcp"};
    for (unsigned i = 0; i < 2 * SM_LIMIT_MSRP_REPORTED_CHUNKS; i++)
        sm_msrp_transactions_take(f->transactions, there, &frame, HANDLE(2), &f->links);
    g_assert_null(report(f, 3, "Message-ID: first\r\nStatus: 000 408\r\n")->reported);
    g_assert_false(f->links.unknown_sure);
    assert_links(report(f, 4, "Message-ID: mmmm\r\nStatus: 000 408\r\n")->reported, 2);
    g_assert_cmpuint(f->links.chunk_count, ==, SM_LIMIT_MSRP_LINKED_CHUNKS);
}

/* ---- Relays ---- */

/* RFC 4976 5.1: the nonces and paths of its example. */
static void test_auth(fixture *f, gconstpointer unused)
{
    (void)unused;
    take(f, 1, there, "49fh", "AUTH", "", -1, '$');
    take(f, 2, back, "49fh", "401 Unauthorized",
         "WWW-Authenticate: Digest realm=\"intra.example.com\", qop=\"auth\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"\r\n", -1, '$');
    assert_links(f->links.request, 1);
    take(f, 3, there, "49fi", "AUTH",
         "Authorization: Digest username=\"Alice\", cnonce=\"0a4f113b\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"\r\n", -1, '$');
    assert_links(f->links.challenge, 2);
    take(f, 4, back, "49fi", "200 OK", "Use-Path: msrp://c.example.com:9/c;tcp msrp://b.example.com:1/b;tcp\r\n", -1, '$');
    assert_links(f->links.request, 3);
    assert_links(send_chunk(f, 5, "aaaa", "Message-ID: mmmm\r\n", 5, '$')->use_path, 4);
    g_assert_null(take(f, 6, elsewhere, "aaaa", "SEND", "Message-ID: mmmm\r\n", 5, '$')->use_path);
    take(f, 7, there, "49fj", "AUTH", "Authorization: Digest cnonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"\r\n", -1, '$');
    g_assert_null(f->links.challenge);
}

static void test_meanings(void)
{
    static const unsigned codes[] = {200, 400, 401, 403, 408, 413, 415, 423, 481, 501, 506};
    for (unsigned i = 0; i < G_N_ELEMENTS(codes); i++)
        g_assert_nonnull(sm_msrp_status_meaning(codes[i]));
    g_assert_null(sm_msrp_status_meaning(0));
    g_assert_null(sm_msrp_status_meaning(499));
}

#define ADD(path, function) g_test_add(path, fixture, NULL, set_up, function, tear_down)

/* A SEND of `length` octets, or with 0 a success report on three. */
static void take_between(fixture *f, unsigned n, sm_msrp_hop hop, const char *method, const char *from, const char *to, int length)
{
    GString *text = g_string_new(NULL);
    g_string_printf(text, "MSRP id%04u %s\r\nTo-Path: %s\r\nFrom-Path: %s\r\nMessage-ID: mmmm\r\n", n, method, to, from);
    if (length > 0)
        g_string_append_printf(text, "Success-Report: yes\r\nByte-Range: 1-%d/%d\r\nContent-Type: text/plain\r\n\r\n%.*s\r\n", length, length, length,
                               "xxxxxxxxxx");
    else
        g_string_append(text, "Byte-Range: 1-3/3\r\nStatus: 000 200 OK\r\n");
    g_string_append_printf(text, "-------id%04u$\r\n", n);
    sm_msrp_frame frame;
    g_assert_cmpint(sm_msrp_frame_read(f->arena, sm_bytes_of(text->str, text->len), NULL, &frame, NULL), ==, SM_MSRP_COMPLETE);
    sm_msrp_transactions_take(f->transactions, hop, &frame, HANDLE(n), &f->links);
    g_string_free(text, TRUE);
}

#define URI_OF(name) "msrp://" name ".example.com:1/" name ";tcp"

/* 7.1.2, 7.3.2: on another connection a report finds its message by the ends of the session, and none of another session with the same Message-ID, be it
 * on a connection that both share (5.4). */
static void test_report_over_another_connection(fixture *f, gconstpointer unused)
{
    (void)unused;
    take_between(f, 1, there, "SEND", URI_OF("a"), URI_OF("b"), 3);
    take_between(f, 2, there, "SEND", URI_OF("c"), URI_OF("d"), 3);
    take_between(f, 3, elsewhere, "REPORT", URI_OF("b"), URI_OF("a"), 0);
    assert_links(f->links.reported, 1);
    assert_links(f->links.chunks[0], 1);
    g_assert_true(f->links.elsewhere && f->links.confirms_the_rest);
    take_between(f, 4, back, "REPORT", URI_OF("d"), URI_OF("c"), 0);
    assert_links(f->links.reported, 2);
    g_assert_true(!f->links.elsewhere && f->links.confirms_the_rest);
    take_between(f, 5, elsewhere, "REPORT", "msrp://relay.example.com:2/r;tcp " URI_OF("d"), "msrp://r2.example.com:2/r;tcp " URI_OF("c"), 0);
    assert_links(f->links.reported, 2);
    g_assert_true(f->links.elsewhere && f->links.nothing_new);

    const char *const strangers[][2] = {{URI_OF("a"), URI_OF("b")}, {URI_OF("d"), URI_OF("a")}, {URI_OF("b"), URI_OF("c")}, {URI_OF("x"), URI_OF("a")}};
    for (unsigned i = 0; i < G_N_ELEMENTS(strangers); i++) {
        take_between(f, 10 + i, elsewhere, "REPORT", strangers[i][0], strangers[i][1], 0);
        g_assert_null(f->links.reported);
        g_assert_true(f->links.unknown_sure);
    }
    take_between(f, 20, back, "REPORT", URI_OF("b"), URI_OF("d"), 0); /* on their connection, between ends of two sessions */
    g_assert_null(f->links.reported);
}

/* Both hops of a relay have the message: each report is on its own; one on a third connection is on what was seen last. */
static void test_report_behind_a_relay(fixture *f, gconstpointer unused)
{
    (void)unused;
    const sm_msrp_hop second = {7, 0}, second_back = {7, 1}, third = {9, 1};
    take_between(f, 1, there, "SEND", URI_OF("a"), URI_OF("r") " " URI_OF("b"), 3);
    take_between(f, 2, second, "SEND", URI_OF("r") " " URI_OF("a"), URI_OF("b"), 3);
    take_between(f, 3, second_back, "REPORT", URI_OF("b"), URI_OF("r") " " URI_OF("a"), 0);
    assert_links(f->links.reported, 2);
    take_between(f, 4, back, "REPORT", URI_OF("r") " " URI_OF("b"), URI_OF("a"), 0);
    assert_links(f->links.reported, 1);
    g_assert_false(f->links.elsewhere);
    take_between(f, 5, third, "REPORT", URI_OF("b"), URI_OF("a"), 0);
    assert_links(f->links.reported, 2);
}

/* What gave way is found on no connection. */
static void test_report_on_what_was_forgotten(fixture *f, gconstpointer unused)
{
    (void)unused;
    take_between(f, 1, there, "SEND", URI_OF("a"), URI_OF("b"), 3);
    for (unsigned i = 0; i < SM_LIMIT_MSRP_TRANSACTIONS; i++) {
        char fields[32];
        g_snprintf(fields, sizeof fields, "Message-ID: m%u\r\n", i);
        send_chunk(f, 2, "aaaa", fields, 1, '$');
    }
    take_between(f, 3, elsewhere, "REPORT", URI_OF("b"), URI_OF("a"), 0);
    g_assert_null(f->links.reported);
    g_assert_false(f->links.unknown_sure);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/msrp/transactions/response-finds-its-request", test_response_finds_its_request);
    ADD("/msrp/transactions/response-on-another-way", test_response_on_another_way_answers_nothing);
    ADD("/msrp/transactions/response-before-request", test_response_before_its_request);
    ADD("/msrp/transactions/id-used-twice", test_transaction_id_used_twice);
    ADD("/msrp/transactions/what-is-due", test_what_is_to_be_answered);
    ADD("/msrp/transactions/413", test_413_stops_a_message);
    ADD("/msrp/transactions/flood", test_flood_of_requests);
    g_test_add_func("/msrp/transactions/meanings", test_meanings);
    ADD("/msrp/reports/another-connection", test_report_over_another_connection);
    ADD("/msrp/reports/relay", test_report_behind_a_relay);
    ADD("/msrp/reports/forgotten", test_report_on_what_was_forgotten);
    ADD("/msrp/reports/chunks", test_report_finds_the_chunks_of_its_range);
    ADD("/msrp/reports/confirmed", test_confirmed_octets);
    ADD("/msrp/reports/no-range", test_report_without_range_speaks_of_the_whole);
    ADD("/msrp/reports/not-sent", test_what_was_not_sent_is_not_confirmed);
    ADD("/msrp/reports/not-asked", test_report_that_nobody_asked_for);
    ADD("/msrp/reports/another-way", test_report_of_another_way);
    g_test_add_func("/msrp/reports/status", test_status_header);
    ADD("/msrp/reports/namespace", test_report_of_another_namespace);
    ADD("/msrp/reports/flood-of-ranges", test_flood_of_ranges);
    ADD("/msrp/reports/flood-of-chunks", test_flood_of_chunks);
    ADD("/msrp/relays/auth", test_auth);
    return g_test_run();
}
