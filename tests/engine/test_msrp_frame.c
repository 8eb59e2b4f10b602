/* MSRP framing: RFC 4975 7.1, 9, its examples; RFC 4976 4; RFC 8591 figures 3 and 4. */

#include "base/bounds.h"
#include "msrp/frame.h"

#include <glib.h>
#include <stdio.h>

typedef struct fixture {
    sm_arena *arena;
    sm_msrp_frame frame;
    size_t needed;
} fixture;

static void set_up(fixture *f, gconstpointer unused)
{
    (void)unused;
    f->arena = sm_arena_new();
}

static void tear_down(fixture *f, gconstpointer unused)
{
    (void)unused;
    sm_arena_free(f->arena);
}

static sm_msrp_status read_octets(fixture *f, const void *octets, size_t length)
{
    return sm_msrp_frame_read(f->arena, sm_bytes_of(octets, length), NULL, &f->frame, &f->needed);
}

static sm_msrp_status read_text(fixture *f, const char *text)
{
    return read_octets(f, text, strlen(text));
}

#define PATHS "To-Path: msrp://b.example.com:1/b;tcp\r\nFrom-Path: msrp://a.example.com:2/a;tcp\r\n"

static void assert_whole(const fixture *f, const char *text)
{
    g_assert_cmpuint(f->frame.octets.length, ==, strlen(text));
    g_assert_true(f->frame.octets.data == (const uint8_t *)text);
}

static void assert_body(const fixture *f, const char *body)
{
    g_assert_nonnull(f->frame.body.data);
    g_assert_cmpmem(f->frame.body.data, f->frame.body.length, body, strlen(body));
    g_assert_true(sm_bytes_within(f->frame.body, f->frame.octets));
}

/* ---- Examples of the standards ---- */

static void test_figure_2(fixture *f, gconstpointer unused)
{
    (void)unused;
    const char *send = "MSRP a786hjs2 SEND\r\n"
                       "To-Path: msrp://biloxi.example.com:12763/kjhd37s2s20w2a;tcp\r\n"
                       "From-Path: msrp://atlanta.example.com:7654/jshA7weztas;tcp\r\n"
                       "Message-ID: 87652491\r\n"
                       "Byte-Range: 1-25/25\r\n"
                       "Content-Type: text/plain\r\n"
                       "\r\n"
                       "Hey Bob, are you there?\r\n"
                       "\r\n"
                       "-------a786hjs2$\r\n";
    g_assert_cmpint(read_text(f, send), ==, SM_MSRP_COMPLETE);
    assert_whole(f, send);
    assert_body(f, "Hey Bob, are you there?\r\n"); /* 25 octets, as the range says */
    g_assert_cmpstr(f->frame.transaction_id, ==, "a786hjs2");
    g_assert_cmpstr(f->frame.method, ==, "SEND");
    g_assert_cmpuint(f->frame.status, ==, 0);
    g_assert_null(f->frame.comment);
    g_assert_cmpstr(f->frame.to_path, ==, "msrp://biloxi.example.com:12763/kjhd37s2s20w2a;tcp");
    g_assert_cmpstr(f->frame.from_path, ==, "msrp://atlanta.example.com:7654/jshA7weztas;tcp");
    g_assert_cmpstr(f->frame.message_id, ==, "87652491");
    g_assert_cmpstr(f->frame.content_type, ==, "text/plain");
    g_assert_true(f->frame.range.present && f->frame.range.valid && f->frame.range.end_known &&
                  f->frame.range.total_known);
    g_assert_cmpuint(f->frame.range.start, ==, 1);
    g_assert_cmpuint(f->frame.range.end, ==, 25);
    g_assert_cmpuint(f->frame.range.total, ==, 25);
    g_assert_cmpint(f->frame.flag, ==, '$');
    g_assert_true(f->frame.content_type_last && f->frame.range_fits);
    g_assert_false(f->frame.end_line_inside || f->frame.look_alike_inside);
    g_assert_null(f->frame.fault);
    g_assert_true(g_str_has_suffix(send, "Hey Bob, are you there?\r\n\r\n-------a786hjs2$\r\n"));
    g_assert_cmpuint(f->frame.head.length, ==, (size_t)(strstr(send, "Hey Bob") - send));

    const char *response = "MSRP a786hjs2 200 OK\r\n"
                           "To-Path: msrp://atlanta.example.com:7654/jshA7weztas;tcp\r\n"
                           "From-Path: msrp://biloxi.example.com:12763/kjhd37s2s20w2a;tcp\r\n"
                           "-------a786hjs2$\r\n";
    g_assert_cmpint(read_text(f, response), ==, SM_MSRP_COMPLETE);
    assert_whole(f, response);
    g_assert_null(f->frame.method);
    g_assert_cmpuint(f->frame.status, ==, 200);
    g_assert_cmpstr(f->frame.comment, ==, "OK");
    g_assert_null(f->frame.body.data);
    g_assert_null(f->frame.fault);
    g_assert_cmpuint(f->frame.head.length, ==, (size_t)(strstr(response, "-------") - response));
}

static void test_report_of_rfc4976(fixture *f, gconstpointer unused)
{
    (void)unused;
    const char *report =
        "MSRP yh67 REPORT\r\n"
        "To-Path: msrps://a.example.org:9000/kjfjan;tcp msrps://alice.example.org:7965/bar;tcp\r\n"
        "From-Path: msrps://b.example.net:9000/aeiug;tcp msrps://bob.example.net:8145/foo;tcp\r\n"
        "Message-ID: 87652\r\n"
        "Byte-Range: 1-39/39\r\n"
        "Status: 000 200 OK\r\n"
        "-------yh67$\r\n";
    g_assert_cmpint(read_text(f, report), ==, SM_MSRP_COMPLETE);
    assert_whole(f, report);
    g_assert_cmpstr(f->frame.method, ==, "REPORT");
    g_assert_cmpstr(f->frame.status_header, ==, "000 200 OK");
    g_assert_true(f->frame.range_fits); /* it speaks of the message reported on, not of this body */
    g_assert_null(f->frame.fault);
}

/* Octets such as CMS has them, among them ';' and line ends and dashes (RFC 8591 figures 3 and 4 carry application/pkcs7-mime). */
static void test_binary_body(fixture *f, gconstpointer unused)
{
    (void)unused;
    const char *head =
        "MSRP dsdfoe38sd SEND\r\n"
        "To-Path: msrp://alice.example.com:7777/iau39soe2843z;tcp\r\n"
        "From-Path: msrp://bob.example.com:8888/9di4eae923wzd;tcp\r\n"
        "Message-ID: 456so39s\r\n"
        "Byte-Range: 1-256/256\r\n"
        "Content-Disposition: signal;handling=required\r\n"
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=\"smime.p7m\"\r\n"
        "\r\n";
    GByteArray *octets = g_byte_array_new();
    g_byte_array_append(octets, (const guint8 *)head, (guint)strlen(head));
    for (unsigned i = 0; i < 256; i++) {
        guint8 octet = (guint8)i;
        g_byte_array_append(octets, &octet, 1);
    }
    g_byte_array_append(octets, (const guint8 *)"\r\n-------dsdfoe38sd$\r\nMSRP next", 31);
    g_assert_cmpint(read_octets(f, octets->data, octets->len), ==, SM_MSRP_COMPLETE);
    g_assert_cmpuint(f->frame.body.length, ==, 256);
    g_assert_cmpuint(f->frame.body.data[255], ==, 255);
    g_assert_cmpuint(f->frame.octets.length, ==, octets->len - 9);
    g_assert_cmpstr(f->frame.content_type, ==,
                    "application/pkcs7-mime; smime-type=enveloped-data; name=\"smime.p7m\"");
    g_assert_true(f->frame.range_fits);
    g_assert_null(f->frame.fault);
    g_byte_array_free(octets, TRUE);
}

/* ---- Where a chunk ends ---- */

static void test_end_lines_inside(fixture *f, gconstpointer unused)
{
    (void)unused;
    static const struct {
        const char *body;
        bool end_line_inside, look_alike_inside;
    } cases[] = {
        {"-----BEGIN PKCS7-----\r\n", false, false},
        {"a\r\n--------------0x0708\r\nb", false, false}, /* a MIME boundary */
        {"a\r\n-------\r\nb", false, false},
        {"a\r\n-------abcd2$\r\nb", false, true}, /* another transaction */
        {"a\r\n-------abc$\r\nb", false, false},  /* no ident */
        {"-------wxyz#\r\nb", false, true},       /* first line of the body */
        {"a\r\n-------wxyz+", false, true},       /* last line of the body */
        {"a\r\n-------abcd1\r\nb", false, false}, /* no flag */
        {"a\r\n-------abcd1!\r\nb", false, false},
        {"a\r\n-------ABCD1$\r\nb", false, true},  /* other case */
        {"a\n-------abcd1$\nb", true, false},      /* bare line feeds */
        {"a\r\n--------abcd1$\r\nb", true, false}, /* eight dashes */
        {"a-------abcd1$\r\nb", true, false},
        {"a\r\n-------abcd1$b", true, false},
        {"a\r\n-------abcd1$\n\r\n", true, false},
        {"\r\n\r\n\r", false, false},
        {"-------", false, false},
        {"", false, false},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *text = g_strdup_printf("MSRP abcd1 SEND\r\n" PATHS
                                     "Message-ID: 1234\r\nContent-Type: a/b\r\n\r\n%s\r\n-------abcd1+\r\n",
                                     cases[i].body);
        g_assert_cmpint(read_text(f, text), ==, SM_MSRP_COMPLETE);
        assert_whole(f, text);
        assert_body(f, cases[i].body);
        g_assert_cmpint(f->frame.flag, ==, '+');
        g_assert_cmpint(f->frame.end_line_inside, ==, cases[i].end_line_inside);
        g_assert_cmpint(f->frame.look_alike_inside, ==, cases[i].look_alike_inside);
        g_assert_null(f->frame.fault);
        g_free(text);
    }
}

/* The first end-line ends the chunk, wherever the range places it. */
static void test_range_is_not_believed(fixture *f, gconstpointer unused)
{
    (void)unused;
    const char *interrupted =
        "MSRP abcd SEND\r\n" PATHS "Message-ID: 1234\r\nByte-Range: 1-30/30\r\nContent-Type: a/b\r\n\r\n"
        "0123456789\r\n-------abcd+\r\n";
    g_assert_cmpint(read_text(f, interrupted), ==, SM_MSRP_COMPLETE);
    assert_body(f, "0123456789");
    g_assert_false(f->frame.range_fits);

    const char *longer =
        "MSRP abcd SEND\r\n" PATHS "Message-ID: 1234\r\nByte-Range: 1-3/3\r\nContent-Type: a/b\r\n\r\n"
        "0123456789\r\n-------abcd$\r\n";
    g_assert_cmpint(read_text(f, longer), ==, SM_MSRP_COMPLETE);
    assert_body(f, "0123456789");
    g_assert_false(f->frame.range_fits);

    char *twice = g_strconcat(interrupted, interrupted, NULL);
    g_assert_cmpint(read_text(f, twice), ==, SM_MSRP_COMPLETE);
    g_assert_cmpuint(f->frame.octets.length, ==, strlen(interrupted));
    g_free(twice);
}

static void test_bodies_that_are_none(fixture *f, gconstpointer unused)
{
    (void)unused;
    const char *bodiless =
        "MSRP abcd SEND\r\n" PATHS "Message-ID: 1234\r\nByte-Range: 1-0/0\r\n-------abcd$\r\n";
    g_assert_cmpint(read_text(f, bodiless), ==, SM_MSRP_COMPLETE);
    g_assert_null(f->frame.body.data);
    g_assert_true(f->frame.range_fits);
    g_assert_null(f->frame.fault);

    const char *empty =
        "MSRP abcd SEND\r\n" PATHS "Message-ID: 1234\r\nContent-Type: a/b\r\n\r\n\r\n-------abcd$\r\n";
    g_assert_cmpint(read_text(f, empty), ==, SM_MSRP_COMPLETE);
    assert_body(f, "");
    g_assert_null(f->frame.fault);

    const char *stray = "MSRP abcd SEND\r\n" PATHS "Message-ID: 1234\r\n\r\n-------abcd$\r\n";
    g_assert_cmpint(read_text(f, stray), ==, SM_MSRP_COMPLETE);
    assert_whole(f, stray);
    g_assert_null(f->frame.body.data);
    g_assert_nonnull(f->frame.fault);

    const char *one_line_end =
        "MSRP abcd SEND\r\n" PATHS "Message-ID: 1234\r\nContent-Type: a/b\r\n\r\n-------abcd$\r\n";
    g_assert_cmpint(read_text(f, one_line_end), ==, SM_MSRP_COMPLETE);
    assert_whole(f, one_line_end);
    assert_body(f, "");
    g_assert_nonnull(f->frame.fault);

    const char *announced =
        "MSRP abcd SEND\r\n" PATHS "Message-ID: 1234\r\nContent-Type: a/b\r\n-------abcd$\r\n";
    g_assert_cmpint(read_text(f, announced), ==, SM_MSRP_COMPLETE);
    g_assert_null(f->frame.body.data);
    g_assert_nonnull(f->frame.fault);
}

/* ---- Start lines ---- */

static void test_start_lines(fixture *f, gconstpointer unused)
{
    (void)f;
    (void)unused;
    static const struct {
        const char *text;
        sm_msrp_status status;
    } cases[] = {
        {"", SM_MSRP_MORE},
        {"M", SM_MSRP_MORE},
        {"MSRP", SM_MSRP_MORE},
        {"MSRP ", SM_MSRP_MORE},
        {"MSRP a", SM_MSRP_MORE},
        {"MSRP abcd", SM_MSRP_MORE},
        {"MSRP abcd ", SM_MSRP_MORE},
        {"MSRP abcd S", SM_MSRP_MORE},
        {"MSRP abcd SEND\r", SM_MSRP_MORE},
        {"MSRP abcd SEND\r\n", SM_MSRP_COMPLETE},
        {"MSRP a.-+%= AUTH\r\n", SM_MSRP_COMPLETE},
        {"MSRP 0123456789abcdefghijklmnopqrstuv SEND\r\n", SM_MSRP_COMPLETE}, /* 32 */
        {"MSRP abcd 200 OK\r\n", SM_MSRP_COMPLETE},
        {"MSRP abcd 481\r\n", SM_MSRP_COMPLETE},
        {"MSRP abcd 403 \xc3\x84rger\r\n", SM_MSRP_COMPLETE},
        {"MSRP abcd 4", SM_MSRP_MORE},
        {"m", SM_MSRP_NOT},
        {"msrp abcd SEND\r\n", SM_MSRP_NOT},
        {"MSRP  abcd SEND\r\n", SM_MSRP_NOT},
        {"MSRP abc SEND\r\n", SM_MSRP_NOT},                      /* 3 */
        {"MSRP 0123456789abcdefghijklmnopqrstuvw", SM_MSRP_NOT}, /* 33 */
        {"MSRP .bcd SEND\r\n", SM_MSRP_NOT},
        {"MSRP ab_d", SM_MSRP_NOT},
        {"MSRP abcd send\r\n", SM_MSRP_NOT},
        {"MSRP abcd  SEND\r\n", SM_MSRP_NOT},
        {"MSRP abcd SEND \r\n", SM_MSRP_NOT},
        {"MSRP abcd SEND\n", SM_MSRP_NOT},
        {"MSRP abcd SEND\r\r", SM_MSRP_NOT},
        {"MSRP abcd 20 OK", SM_MSRP_NOT},
        {"MSRP abcd 2000", SM_MSRP_NOT},
        {"MSRP abcd 200 O\x01K\r\n", SM_MSRP_NOT},
        {"SIP/2.0 200 OK\r\n", SM_MSRP_NOT},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *exact = g_memdup2(cases[i].text, strlen(cases[i].text));
        g_test_message("%s", cases[i].text);
        g_assert_cmpint(sm_msrp_start_line(sm_bytes_of(exact, strlen(cases[i].text))), ==, cases[i].status);
        g_free(exact);
    }
}

/* ---- Damage ---- */

static void test_damage(fixture *f, gconstpointer unused)
{
    (void)unused;
    static const char *const damaged[] = {
        "MSRP abcd SEND\r\nTo-Path: x\nFrom-Path: y\r\n", /* a bare line feed */
        "MSRP abcd SEND\r\nTo-Path: x\rFrom-Path: y\r\n", /* a bare carriage return */
        "MSRP abcd SEND\r\n" PATHS "-------abce$\r\n",    /* the end of another transaction */
        "MSRP abcd SEND\r\n" PATHS "-------abcd!\r\n",    /* no flag */
        "MSRP abcd SEND\r\n" PATHS "-------abcd$ \r\n",
        "MSRP abcd SEND\r\n" PATHS "MSRP efgh SEND\r\n", /* octets were lost between */
        "MSRP abcd SEND\r\n" PATHS ": nameless\r\n",
        "MSRP abcd SEND\r\n folded\r\n",
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(damaged); i++) {
        g_assert_cmpint(read_text(f, damaged[i]), ==, SM_MSRP_DAMAGED);
        g_assert_nonnull(f->frame.fault);
    }
    g_assert_cmpint(read_octets(f, "MSRP abcd SEND\r\nTo-Path: \0\r\n", 28), ==, SM_MSRP_DAMAGED);
    g_assert_cmpint(read_text(f, "INVITE sip:bob@example.com SIP/2.0\r\n"), ==, SM_MSRP_NOT);

    const char *stream =
        "MSRP abcd SEND\r\n" PATHS "MSRP efgh\r\nMSRP efgh SEND\r\n" PATHS "-------efgh$\r\n";
    g_assert_cmpint(read_text(f, stream), ==, SM_MSRP_DAMAGED);
    size_t next = sm_msrp_resynchronise(sm_bytes_of(stream, strlen(stream)), 1);
    g_assert_cmpuint(next, ==, (size_t)(strstr(stream, "MSRP efgh SEND") - stream));
    g_assert_cmpint(read_text(f, stream + next), ==, SM_MSRP_COMPLETE);

    g_assert_cmpuint(sm_msrp_resynchronise(SM_BYTES_LITERAL("xMSRP abcd SEND\r\nxyz"), 0), ==, 20);
    g_assert_cmpuint(sm_msrp_resynchronise(SM_BYTES_LITERAL("x\r\nMSR"), 0), ==, 3); /* the rest may follow */
    g_assert_cmpuint(sm_msrp_resynchronise(SM_BYTES_LITERAL("MSRP a"), 0), ==, 0);
    g_assert_cmpuint(sm_msrp_resynchronise(SM_BYTES_LITERAL("abc"), 9), ==, 3);
    g_assert_cmpuint(sm_msrp_resynchronise(SM_BYTES_NONE, 0), ==, 0);
}

/* All three must be there: an end-line, a start line behind it, To-Path. */
static void test_boundary(fixture *f, gconstpointer unused)
{
    (void)f;
    (void)unused;
#define NEXT "\r\nMSRP efgh SEND\r\nTo-Path: msrp://a;tcp"
    static const struct {
        const char *octets;
        bool holds;
    } cases[] = {
        {"xyz\r\n-------abcd$" NEXT, true},
        {"-------abcd+" NEXT, true},
        {"-------abcd#\r\nMSRP abcd 200 OK\r\nTo-Path:x", true},
        {"-------a2345678901234567890123456789012$" NEXT, true},
        {"\r\nMSRP abcd SEND\r\nx\r\n-------abcd$" NEXT, true}, /* not the first place that could be one */
        {"", false},
        {"\r\n", false},
        {NEXT, false},
        {"text" NEXT, false},
        {"abcd$" NEXT, false}, /* the dashes were not captured: the next chunk is found */
        {"------abcd$" NEXT, false},
        {"-------abcd" NEXT, false},
        {"-------abc$" NEXT, false},
        {"x-------abcd$" NEXT, false},
        {"x-------a2345678901234567890123456789012$" NEXT, false},
        {"-------a23456789012345678901234567890123$" NEXT, false},
        {"-------abcd$\r\n" NEXT, false},
        {"-------abcd$\r\nMSRP efgh SEND\r\n", false}, /* cut before To-Path */
        {"-------abcd$\r\nMSRP efgh SEND\r\nFrom-Path: msrp://a;tcp", false},
        {"-------abcd$\r\nMSRP efgh send\r\nTo-Path: msrp://a;tcp", false},
        {"-------abcd$\nMSRP efgh SEND\r\nTo-Path: msrp://a;tcp", false},
    };
#undef NEXT
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].octets);
        sm_bytes octets = sm_bytes_of(cases[i].octets, strlen(cases[i].octets));
        g_assert_cmpint(sm_msrp_holds_boundary(octets), ==, cases[i].holds);
    }
    g_assert_false(sm_msrp_holds_boundary(SM_BYTES_NONE));
}

static void test_header_limit(fixture *f, gconstpointer unused)
{
    (void)unused;
    GString *text = g_string_new("MSRP abcd SEND\r\n" PATHS "X: ");
    while (text->len < SM_LIMIT_MSRP_HEADER_OCTETS - 1)
        g_string_append_c(text, 'x');
    g_assert_cmpint(read_text(f, text->str), ==, SM_MSRP_MORE);
    g_string_append_c(text, 'x');
    g_assert_cmpint(read_text(f, text->str), ==, SM_MSRP_DAMAGED);
    g_assert_true(g_str_has_prefix(f->frame.fault, "limit: "));
    g_string_append(text, "\r\n-------abcd$\r\n");
    g_assert_cmpint(read_text(f, text->str), ==, SM_MSRP_DAMAGED);
    g_string_free(text, TRUE);
}

/* ---- Header fields ---- */

static void test_faults(fixture *f, gconstpointer unused)
{
    (void)unused;
    static const struct {
        const char *head, *fault;
    } cases[] = {
        {PATHS "Message-ID: 1234\r\nContent-Type: a/b\r\n", NULL},
        {PATHS "X-Name: \xc3\x84\xf0\x9f\x94\x92\r\nContent-Type: a/b\r\n", NULL},
        {PATHS "X-Name: \xff\r\nContent-Type: a/b\r\n", "a header field is not UTF-8"},
        {PATHS "Message-ID:1234\r\nContent-Type: a/b\r\n", "no space behind the colon of a header field"},
        {PATHS "Message-ID: 1\r\nMessage-ID: 2\r\nContent-Type: a/b\r\n", "a header field stands twice"},
        {PATHS "Content-Type: a/b;\r\n c=d\r\n", "a header field is folded"},
        {"Message-ID: 1234\r\n" PATHS "Content-Type: a/b\r\n",
         "To-Path and From-Path are not the first header fields"},
        {PATHS "Content-Type: a/b\r\nContent-ID: <x>\r\n", "Content-Type is not the last header field"},
        {PATHS "Message-ID: 1234\r\n", "a body without Content-Type"},
        {"To-Path: msrp://b:1/b;tcp\r\nFrom-Path: msrp://a:1/a;tcp\r\nByte-Range: x\r\nContent-Type: a/b\r\n",
         "the Byte-Range cannot be read"},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *text = g_strdup_printf("MSRP abcd SEND\r\n%s\r\nbody\r\n-------abcd$\r\n", cases[i].head);
        g_assert_cmpint(read_text(f, text), ==, SM_MSRP_COMPLETE);
        g_assert_cmpstr(f->frame.fault, ==, cases[i].fault);
        assert_body(f, "body");
        g_assert_cmpint(f->frame.content_type_last, ==, i != 7 && i != 8);
        g_free(text);
    }
    g_assert_cmpint(read_text(f, "MSRP abcd SEND\r\n" PATHS "mEsSaGe-Id: first\r\nMessage-ID: second\r\n"
                                 "Content-Type: a/b;\r\n\tc=d\r\n\r\nbody\r\n-------abcd$\r\n"),
                    ==, SM_MSRP_COMPLETE);
    g_assert_cmpstr(f->frame.message_id, ==, "first");
    g_assert_cmpstr(f->frame.content_type, ==, "a/b;\tc=d");
}

static void test_ranges(fixture *f, gconstpointer unused)
{
    (void)unused;
    static const struct {
        const char *text;
        bool valid, fits; /* of a body of four octets */
    } cases[] = {
        {"1-4/4", true, true},
        {"1-*/4", true, true},
        {"1-*/*", true, true},
        {"1-4/*", true, true},
        {"5-8/8", true, true},
        {"5-*/8", true, true},
        {"5-*/7", true, false},
        {"9-*/4", true, false},
        {"1-3/4", true, false},
        {"1-5/5", true, false},
        {"18446744073709551612-18446744073709551615/18446744073709551615", true, true},
        {"1-18446744073709551615/*", true, false},
        {"18446744073709551616-*/*", false, false},
        {"0-3/4", false, false},
        {"4-1/4", false, false},
        {"1-4", false, false},
        {"1/4", false, false},
        {"-4/4", false, false},
        {"1-4/4/4", false, false},
        {"+1-4/4", false, false},
        {"", false, false},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *text = g_strdup_printf("MSRP abcd SEND\r\n" PATHS
                                     "Byte-Range: %s\r\nContent-Type: a/b\r\n\r\nbody\r\n-------abcd$\r\n",
                                     cases[i].text);
        g_test_message("%s", cases[i].text);
        g_assert_cmpint(read_text(f, text), ==, SM_MSRP_COMPLETE);
        g_assert_true(f->frame.range.present);
        g_assert_cmpint(f->frame.range.valid, ==, cases[i].valid);
        g_assert_cmpint(f->frame.range_fits, ==, cases[i].fits);
        g_free(text);
    }
}

/* ---- A growing buffer ---- */

static void test_one_octet_at_a_time(fixture *f, gconstpointer unused)
{
    (void)unused;
    const char *text =
        "MSRP abcd SEND\r\n" PATHS "Message-ID: 1234\r\nByte-Range: 1-*/*\r\nContent-Type: a/b\r\n\r\n"
        "\r\n-------abc\r\n-------abcde$\r\n\r\n-------abcd\r\n\r\n-------abcd+\r\n";
    const size_t length = strlen(text);
    sm_msrp_scan scan = {0};
    for (size_t there = 0; there < length; there++) {
        char *exact = g_memdup2(text, there);
        g_assert_cmpint(sm_msrp_frame_read(f->arena, sm_bytes_of(exact, there), &scan, &f->frame, &f->needed),
                        ==, SM_MSRP_MORE);
        g_assert_cmpuint(f->needed, ==, 1);
        g_assert_null(f->frame.octets.data);
        g_free(exact);
    }
    g_assert_cmpint(sm_msrp_frame_read(f->arena, sm_bytes_of(text, length), &scan, &f->frame, NULL), ==,
                    SM_MSRP_COMPLETE);
    assert_whole(f, text);
    assert_body(f, "\r\n-------abc\r\n-------abcde$\r\n\r\n-------abcd\r\n");
}

/* A chunk of 8 MiB: the range says how much is to come, to the octet. */
static void test_needed(fixture *f, gconstpointer unused)
{
    (void)unused;
    const size_t body = 8u << 20;
    char *head = g_strdup_printf("MSRP abcd SEND\r\n" PATHS
                                 "Message-ID: 1234\r\nByte-Range: 1-%zu/%zu\r\nContent-Type: a/b\r\n\r\n",
                                 body, body);
    const size_t length = strlen(head) + body + 16;
    uint8_t *octets = g_malloc(length);
    memcpy(octets, head, strlen(head));
    memset(octets + strlen(head), '-', body);
    memcpy(octets + strlen(head) + body, "\r\n-------abcd$\r\n", 16);
    sm_msrp_scan scan = {0};
    size_t there = strlen(head);
    while (sm_msrp_frame_read(f->arena, sm_bytes_of(octets, there), &scan, &f->frame, &f->needed) ==
           SM_MSRP_MORE) {
        g_assert_cmpuint(f->needed, ==, length - there);
        there = MIN(length, there + 146000);
    }
    g_assert_cmpuint(there, ==, length);
    g_assert_cmpuint(f->frame.body.length, ==, body);
    g_free(octets);

    /* A range that lies announces no more than a message may have. */
    const char *lie =
        "MSRP abcd SEND\r\n" PATHS
        "Message-ID: 1234\r\nByte-Range: 1-18446744073709551615/*\r\nContent-Type: a/b\r\n\r\nxyz";
    g_assert_cmpint(read_text(f, lie), ==, SM_MSRP_MORE);
    g_assert_cmpuint(f->needed, ==, SM_LIMIT_MSRP_MESSAGE_OCTETS + 16 - 3);
    g_free(head);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(path, function) g_test_add("/msrp/frame/" path, fixture, NULL, set_up, function, tear_down)
    TEST("rfc4975/figure-2", test_figure_2);
    TEST("rfc4976/report", test_report_of_rfc4976);
    TEST("binary-body", test_binary_body);
    TEST("end-lines-inside", test_end_lines_inside);
    TEST("range-is-not-believed", test_range_is_not_believed);
    TEST("bodies-that-are-none", test_bodies_that_are_none);
    TEST("start-lines", test_start_lines);
    TEST("damage", test_damage);
    TEST("boundary", test_boundary);
    TEST("header-limit", test_header_limit);
    TEST("faults", test_faults);
    TEST("ranges", test_ranges);
    TEST("one-octet-at-a-time", test_one_octet_at_a_time);
    TEST("needed", test_needed);
    return g_test_run();
}
