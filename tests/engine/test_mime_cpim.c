/* CPIM: who the message says it is from, to and when, and where the protected entity inside begins. */

#include "mime/cpim.h"

#include "base/bounds.h"

static sm_arena *arena;

#define parse(text) sm_cpim_parse(arena, SM_BYTES_LITERAL(text))

/* RFC 3862 5.1 */
static void test_rfc3862(void)
{
    sm_bytes body = SM_BYTES_LITERAL(
        "From: MR SANDERS <im:piglet@100akerwood.com>\r\nTo: Depressed Donkey <im:eeyore@100akerwood.com>\r\n"
        "DateTime: 2000-12-13T13:40:00-08:00\r\nSubject: the weather will be fine today\r\n"
        "Subject:;lang=fr beau temps prevu pour aujourd'hui\r\n"
        "NS: MyFeatures <mid:MessageFeatures@id.foo.com>\r\nRequire: MyFeatures.VitalMessageOption\r\n"
        "MyFeatures.VitalMessageOption: Confirmation-requested\r\n"
        "MyFeatures.WackyMessageOption: Use-silly-font\r\n\r\n"
        "Content-type: text/xml; charset=utf-8\r\nContent-ID: <1234567890@foo.com>\r\n\r\n"
        "<body>\r\nHere is the text of my message.\r\n</body>\r\n");
    const sm_cpim *cpim = sm_cpim_parse(arena, body);
    g_assert_cmpstr(cpim->fault, ==, NULL);
    g_assert_cmpstr(cpim->from_uri, ==, "im:piglet@100akerwood.com");
    g_assert_cmpstr(cpim->from_name, ==, "MR SANDERS");
    g_assert_cmpstr(cpim->to_uri, ==, "im:eeyore@100akerwood.com");
    g_assert_cmpstr(cpim->to_name, ==, "Depressed Donkey");
    g_assert_cmpstr(cpim->date_time, ==, "2000-12-13T13:40:00-08:00");
    g_assert_null(cpim->imdn_message_id);
    g_assert_cmpuint(cpim->header_count, ==, 9);
    g_assert_null(cpim->headers[3].language);
    g_assert_cmpstr(cpim->headers[4].language, ==, "fr");
    g_assert_cmpstr(cpim->headers[4].value, ==, "beau temps prevu pour aujourd'hui");
    g_assert_cmpstr(cpim->headers[4].namespace_, ==, "urn:ietf:params:cpim-headers:");
    g_assert_cmpstr(cpim->headers[8].prefix, ==, "MyFeatures");
    g_assert_cmpstr(cpim->headers[8].name, ==, "WackyMessageOption");
    g_assert_cmpstr(cpim->headers[8].namespace_, ==, "mid:MessageFeatures@id.foo.com");
    g_assert_cmpmem(cpim->headers[8].field.data, cpim->headers[8].field.length,
                    "MyFeatures.WackyMessageOption: Use-silly-font\r\n", 47);
    g_assert_true(cpim->message_headers.data == body.data);
    g_assert_true(cpim->content->octets.data == body.data + cpim->message_headers.length);
    g_assert_true(sm_media_type_is(cpim->content->content_type, "text/xml"));
    g_assert_cmpmem(cpim->content->body.data, cpim->content->body.length,
                    "<body>\r\nHere is the text of my message.\r\n</body>\r\n", 50);
}

/* RFC 3862 2.3 and 2.3.1 */
static void test_escapes(void)
{
    static const char *const cases[][2] = {
        {"a\\\\b\\\"c\\'d", "a\\b\"c'd"},
        {"\\b\\t\\n\\r", "\b\t\n\r"},
        {"\\u0041\\u20aC", "A\xe2\x82\xac"},
        {"\\q\\U0041", "qU0041"},
        {"end\\", "end"},
        {"\\u12", "u12"},
        {"\\u00g0", "u00g0"},
        {"\\ud83d\\ude00!", "\xf0\x9f\x98\x80!"},
        {"\\ud83d!", "\xef\xbf\xbd!"},
        {"\\ude00\\ud83d", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"\\ud83d\\u0041", "\xef\xbf\xbd"
                           "A"},
        {"\\u0000x", "\\x00x"},
        {"\\u007f", "\x7f"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *text = sm_arena_printf(arena, "Subject: %s\r\n\r\n", cases[i][0]);
        const sm_cpim *cpim = sm_cpim_parse(arena, sm_bytes_of(text, strlen(text)));
        g_assert_cmpstr(cpim->headers[0].value, ==, cases[i][1]);
        g_assert_cmpstr(cpim->fault, ==, NULL);
    }
    const sm_cpim *cpim = parse("Subject: \xff\x80x\r\n\r\n");
    g_assert_true(g_utf8_validate(cpim->headers[0].value, -1, NULL));
    g_assert_nonnull(cpim->fault);
}

static void test_addresses(void)
{
    const sm_cpim *cpim = parse(
        "From: \"A \\\"<im:mallory@example.com>\\\" \" <im:alice@example.com>\r\nTo: <sip:bob@example.com>\r\n\r\n");
    g_assert_cmpstr(cpim->fault, ==, NULL);
    g_assert_cmpstr(cpim->from_uri, ==, "im:alice@example.com");
    g_assert_cmpstr(cpim->from_name, ==, "A \"<im:mallory@example.com>\" ");
    g_assert_cmpstr(cpim->to_uri, ==, "sip:bob@example.com");
    g_assert_null(cpim->to_name);

    cpim = parse(
        "From: <im:alice@example.com>\r\nFrom: <im:mallory@example.com>\r\nTo: <im:b>\r\nTo: <im:c>\r\n\r\n");
    g_assert_cmpstr(cpim->from_uri, ==, "im:alice@example.com"); /* the first */
    g_assert_cmpstr(cpim->to_uri, ==, "im:b");
    cpim = parse("From: im:alice@example.com\r\nFrom: <im:mallory@example.com>\r\n\r\n");
    g_assert_null(cpim->from_uri); /* the first has none: the second does not step in */
    g_assert_nonnull(cpim->fault);
    g_assert_nonnull(parse("From: <im:alice@example.com\r\n\r\n")->fault);
    g_assert_null(parse("From: \"<im:alice@example.com>\r\n\r\n")->from_uri);
    g_assert_nonnull(parse("From: <im:alice@example.com> <im:mallory@example.com>\r\n\r\n")->fault);
    cpim = parse("from: <im:alice@example.com>\r\nFROM: <im:b>\r\n\r\n"); /* case matters (2.2) */
    g_assert_null(cpim->from_uri);
    g_assert_cmpstr(cpim->fault, ==, NULL);
}

/* RFC 3862 3.4 and RFC 5438 */
static void test_namespaces(void)
{
    const sm_cpim *cpim =
        parse("NS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: 34jk324j\r\nxyz.Message-ID: 1\r\n\r\n");
    g_assert_cmpstr(cpim->imdn_message_id, ==, "34jk324j");
    g_assert_null(cpim->headers[2].namespace_);
    g_assert_nonnull(cpim->fault);
    cpim = parse("NS: i <urn:ietf:params:imdn>\r\ni.Message-ID: a\r\n\r\n");
    g_assert_cmpstr(cpim->imdn_message_id, ==, "a");
    cpim = parse("imdn.Message-ID: a\r\nNS: imdn <urn:ietf:params:imdn>\r\n\r\n");
    g_assert_cmpstr(cpim->imdn_message_id, ==, "a");
    g_assert_null(cpim->headers[0].namespace_); /* declared too late */
    g_assert_nonnull(cpim->fault);
    cpim = parse("NS: imdn <urn:example:other>\r\nimdn.Message-ID: a\r\n\r\n");
    g_assert_null(cpim->imdn_message_id);
    cpim = parse(
        "NS: c <urn:ietf:params:cpim-headers:>\r\nNS: <urn:example:other>\r\nFrom: <im:x>\r\nc.From: <im:y>\r\n\r\n");
    g_assert_cmpstr(cpim->from_uri, ==, "im:y");
    g_assert_cmpstr(cpim->headers[2].namespace_, ==, "urn:example:other");
    g_assert_cmpstr(cpim->fault, ==, NULL);
}

static void test_syntax_faults(void)
{
    static const char *const wrong[] = {
        "Subject:no space\r\n\r\n",
        "Subject:  two\r\n\r\n",
        "Subject: x \r\n\r\n",
        "Subject: a\tb\r\n\r\n",
        " Subject: x\r\n\r\n",
        "Subject: x\r\n folded\r\n\r\n",
        "no colon\r\n\r\n",
        ": x\r\n\r\n",
        "a.b.c: x\r\n\r\n",
        ".b: x\r\n\r\n",
        "b.: x\r\n\r\n",
        "Subject : x\r\n\r\n",
        "Subject:;lang x\r\n\r\n",
        "Subject:;=fr x\r\n\r\n",
        "Subject: x\r\n",
        "Subject: x",
        "",
        "Subject: x\n\n",
        "Subject: a\rb\r\n\r\n",
        "Subject: a\nb\r\n\r\nx",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        const char *text = wrong[i];
        const sm_cpim *cpim = sm_cpim_parse(arena, sm_bytes_of(text, strlen(text)));
        if (cpim->fault == NULL)
            g_error("no fault: %s", text);
        g_assert_nonnull(cpim->content);
    }
    g_assert_nonnull(sm_cpim_parse(arena, SM_BYTES_NONE)->fault);
    const sm_cpim *cpim = parse("From: <im:a>\r\n folded\r\nTo:<im:b>\r\n\r\nContent-Type: a/b\r\n\r\nx");
    g_assert_cmpstr(cpim->to_uri, ==, "im:b"); /* the readable rest is there */
    g_assert_cmpuint(cpim->header_count, ==, 2);
    cpim = parse("Subject:;x=\"a; b\";lang=en;y=1 text\r\n\r\n");
    g_assert_cmpstr(cpim->fault, ==, NULL);
    g_assert_cmpstr(cpim->headers[0].language, ==, "en");
    g_assert_cmpstr(cpim->headers[0].value, ==, "text");
    g_assert_cmpstr(parse("\r\nContent-Type: a/b\r\n\r\nx")->fault, ==, NULL);
}

static void test_line_ends(void)
{
    const sm_cpim *cpim = parse("From: <im:a>\nTo: <im:b>\n\nContent-Type: text/plain\n\nx\n");
    g_assert_cmpstr(cpim->to_uri, ==, "im:b");
    g_assert_cmpmem(cpim->content->body.data, cpim->content->body.length, "x\n", 2);
    g_assert_nonnull(cpim->fault);
    /* among CRLF lines an LF begins no header */
    cpim = parse("Subject: x\r\nSubject: y\nFrom: <im:mallory@example.com>\r\n\r\n");
    g_assert_null(cpim->from_uri);
    g_assert_nonnull(cpim->fault);
}

static void test_limits(void)
{
    GString *text = g_string_new(NULL);
    for (int i = 0; i < SM_LIMIT_MIME_HEADERS; i++)
        g_string_append(text, "X: y\r\n");
    g_string_append(text, "\r\nContent-Type: a/b\r\n\r\n");
    g_assert_false(sm_cpim_parse(arena, sm_bytes_of(text->str, text->len))->limit);
    g_string_prepend(text, "X: y\r\n");
    const sm_cpim *cpim = sm_cpim_parse(arena, sm_bytes_of(text->str, text->len));
    g_assert_true(cpim->limit);
    g_assert_nonnull(strstr(cpim->fault, "SM_LIMIT_MIME_HEADERS"));
    g_assert_cmpuint(cpim->header_count, ==, SM_LIMIT_MIME_HEADERS);
    g_assert_nonnull(cpim->content->content_type);

    g_string_assign(text, "X: ");
    while (text->len < SM_LIMIT_MIME_HEADER_OCTETS)
        g_string_append(text, "\\u0041");
    g_string_append(text, "\r\n\r\nContent-Type: a/b\r\n\r\n");
    cpim = sm_cpim_parse(arena, sm_bytes_of(text->str, text->len));
    g_assert_true(cpim->limit);
    g_assert_nonnull(strstr(cpim->fault, "SM_LIMIT_MIME_HEADER_OCTETS"));
    g_assert_nonnull(cpim->content->content_type);
    g_string_free(text, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    arena = sm_arena_new();
    g_test_add_func("/mime/cpim/rfc3862", test_rfc3862);
    g_test_add_func("/mime/cpim/escapes", test_escapes);
    g_test_add_func("/mime/cpim/addresses", test_addresses);
    g_test_add_func("/mime/cpim/namespaces", test_namespaces);
    g_test_add_func("/mime/cpim/syntax-faults", test_syntax_faults);
    g_test_add_func("/mime/cpim/line-ends", test_line_ends);
    g_test_add_func("/mime/cpim/limits", test_limits);
    int status = g_test_run();
    sm_arena_free(arena);
    return status;
}
