/* Entities: which octets are header and which are signed body, whatever shape the header has. */

#include "mime/entity.h"

#include "base/bounds.h"

static sm_arena *arena;

#define parse(text, flags) sm_entity_parse(arena, SM_BYTES_LITERAL(text), flags)

static void assert_bytes(sm_bytes bytes, const char *expected)
{
    g_assert_true(sm_bytes_present(bytes));
    g_assert_cmpmem(bytes.data, bytes.length, expected, strlen(expected));
}

static void test_plain(void)
{
    static const char text[] = "Content-Type: text/plain; charset=utf-8\r\nX-Other:a\r\n\r\nHello\r\n";
    sm_bytes octets = SM_BYTES_LITERAL(text);
    const sm_entity *entity = sm_entity_parse(arena, octets, SM_ENTITY_DEFAULT);
    g_assert_true(entity->octets.data == octets.data && entity->octets.length == octets.length);
    g_assert_true(sm_bytes_within(entity->head, octets) && sm_bytes_within(entity->body, octets));
    assert_bytes(entity->body, "Hello\r\n");
    g_assert_cmpuint(entity->head.length + entity->body.length, ==, octets.length);
    g_assert_cmpuint(entity->header_count, ==, 2);
    assert_bytes(entity->headers[0].field, "Content-Type: text/plain; charset=utf-8\r\n");
    assert_bytes(entity->headers[0].name_raw, "Content-Type");
    assert_bytes(entity->headers[0].value_raw, "text/plain; charset=utf-8");
    assert_bytes(entity->headers[1].value_raw, "a");
    g_assert_true(sm_media_type_is(entity->content_type, "text/plain"));
    g_assert_cmpint(entity->encoding, ==, SM_ENCODING_BINARY);
    g_assert_null(entity->encoding_word);
    g_assert_null(entity->disposition);
    g_assert_null(entity->fault);
    g_assert_null(sm_entity_header(entity, "X-Othe"));
    g_assert_cmpstr(sm_entity_header(entity, "x-OTHER")->value, ==, "a");
}

/* RFC 2046 5.1.1: the header of a part may be empty. */
static void test_empty_header(void)
{
    const sm_entity *entity = parse("\r\nContent-Type: is/body\r\n\r\n", SM_ENTITY_DEFAULT);
    g_assert_cmpuint(entity->header_count, ==, 0);
    assert_bytes(entity->head, "\r\n");
    assert_bytes(entity->body, "Content-Type: is/body\r\n\r\n");
    g_assert_null(entity->fault);

    entity = parse("", SM_ENTITY_DEFAULT);
    assert_bytes(entity->body, "");
    g_assert_null(entity->fault);
    entity = sm_entity_parse(arena, SM_BYTES_NONE, SM_ENTITY_DEFAULT);
    assert_bytes(entity->body, "");
}

static void test_no_empty_line(void)
{
    const sm_entity *entity = parse("Content-Type: a/b\r\nX: y", SM_ENTITY_DEFAULT);
    g_assert_cmpuint(entity->header_count, ==, 2);
    g_assert_cmpuint(entity->body.length, ==, 0);
    g_assert_nonnull(entity->fault);
    g_assert_cmpstr(entity->headers[1].value, ==, "y");

    entity = parse("Just text\r\nContent-Type: a/b\r\n", SM_ENTITY_DEFAULT);
    assert_bytes(entity->body, "Just text\r\nContent-Type: a/b\r\n");
    g_assert_cmpuint(entity->head.length, ==, 0);
    g_assert_cmpuint(entity->header_count, ==, 0);
    g_assert_null(entity->content_type);
    g_assert_nonnull(entity->fault);

    /* an LF alone ends nothing unless asked to */
    entity = parse("Content-Type: a/b\n\nbody", SM_ENTITY_DEFAULT);
    g_assert_cmpuint(entity->body.length, ==, 0);
    g_assert_nonnull(entity->fault);
    entity = parse("Content-Type: a/b\n\nbody", SM_ENTITY_BARE_LF);
    assert_bytes(entity->body, "body");
    g_assert_cmpstr(entity->content_type->text, ==, "a/b");
    g_assert_null(entity->fault);
    /* nor may it hide a field from a reader that holds to CRLF */
    entity = parse("X: 1\nContent-Type: a/b\r\n\r\nbody", SM_ENTITY_DEFAULT);
    g_assert_null(entity->content_type);
    assert_bytes(entity->body, "body");
}

static void test_odd_lines(void)
{
    const sm_entity *entity =
        parse("A: 1\r\nthis is none\r\nB : 2\r\nC\t :3\r\n: 4\r\nD E: 5\r\nF:\r\n\r\n", SM_ENTITY_DEFAULT);
    g_assert_cmpuint(entity->header_count, ==, 4);
    g_assert_nonnull(strstr(entity->fault, "octet 6 "));
    assert_bytes(entity->headers[1].name_raw, "B");
    g_assert_cmpstr(entity->headers[1].value, ==, "2");
    g_assert_cmpstr(entity->headers[2].name, ==, "C");
    g_assert_cmpstr(entity->headers[3].name, ==, "F");
    g_assert_cmpstr(entity->headers[3].value, ==, "");
    entity = parse(" begins: with a blank\r\n\r\nbody", SM_ENTITY_DEFAULT);
    g_assert_cmpuint(entity->header_count, ==, 0);
    g_assert_nonnull(entity->fault);
    assert_bytes(entity->body, "body");
}

static void test_folding(void)
{
    const sm_entity *entity =
        parse("Content-Type:\r\n application/pkcs7-mime;\r\n\t smime-type=signed-data; \t\r\n"
              "\tname=smime.p7m \t \r\nX: a\r\n \r\n  b\r\n\r\nbody",
              SM_ENTITY_DEFAULT);
    g_assert_null(entity->fault);
    g_assert_cmpuint(entity->header_count, ==, 2);
    g_assert_cmpstr(entity->headers[0].value, ==,
                    "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m");
    assert_bytes(sm_bytes_cut(entity->headers[0].value_raw, 0, 11), "application");
    g_assert_cmpstr(sm_media_type_parameter(entity->content_type, "name"), ==, "smime.p7m");
    g_assert_cmpstr(entity->headers[1].value, ==,
                    "a b"); /* a line of blanks folds, it does not end the header */
    assert_bytes(entity->body, "body");
    /* RFC 5322 2.2.3's own example */
    entity = parse("Subject: This\r\n is a test\r\n\r\n", SM_ENTITY_DEFAULT);
    g_assert_cmpstr(entity->headers[0].value, ==, "This is a test");
}

static void test_content_fields(void)
{
    const sm_entity *entity =
        parse("CONTENT-TYPE: A/B\r\ncontent-transfer-encoding: Base64 (of \"x\")\r\n"
              "Content-Disposition: Attachment; filename=x\r\nContent-Encoding: GZIP\r\n\r\n",
              SM_ENTITY_DEFAULT);
    g_assert_cmpstr(entity->content_type->text, ==, "a/b");
    g_assert_cmpint(entity->encoding, ==, SM_ENCODING_BASE64);
    g_assert_cmpstr(entity->encoding_word, ==, "base64");
    g_assert_cmpstr(entity->disposition->text, ==, "attachment");
    g_assert_cmpstr(entity->content_encoding, ==, "gzip");
    g_assert_null(entity->fault);

    static const struct {
        const char *word;
        sm_transfer_encoding encoding;
    } words[] = {{"7bit", SM_ENCODING_BINARY},
                 {"8BIT", SM_ENCODING_BINARY},
                 {"binary ", SM_ENCODING_BINARY},
                 {"quoted-Printable", SM_ENCODING_QUOTED_PRINTABLE},
                 {"x-uuencode", SM_ENCODING_UNKNOWN},
                 {"base64, 8bit", SM_ENCODING_UNKNOWN},
                 {"", SM_ENCODING_UNKNOWN}};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        const char *text = sm_arena_printf(arena, "Content-Transfer-Encoding: %s\r\n\r\n", words[i].word);
        entity = sm_entity_parse(arena, sm_bytes_of(text, strlen(text)), SM_ENTITY_DEFAULT);
        g_assert_cmpint(entity->encoding, ==, words[i].encoding);
        g_assert_nonnull(entity->encoding_word);
    }
    entity = parse("Content-Encoding: gzip\r\nContent-Encoding: deflate\r\n\r\n", SM_ENTITY_DEFAULT);
    g_assert_cmpstr(entity->content_encoding, ==, "gzip, deflate");
}

static void test_repeated(void)
{
    const sm_entity *entity = parse("Content-Type: a/b\r\ncontent-type: c/d\r\n\r\n", SM_ENTITY_DEFAULT);
    g_assert_cmpstr(entity->content_type->text, ==, "a/b");
    g_assert_nonnull(strstr(entity->fault, "Content-Type"));
    g_assert_true(sm_entity_contradicts(entity, "Content-Type"));
    g_assert_false(sm_entity_contradicts(entity, "Content-Disposition"));
    entity = parse("Content-Type: a/b\r\nX: y\r\nContent-Type: \r\n a/b \r\nX: z\r\n\r\n", SM_ENTITY_DEFAULT);
    g_assert_false(sm_entity_contradicts(entity, "content-type"));
    g_assert_true(sm_entity_contradicts(entity, "X"));
    entity = parse("Content-Type: a/b\r\nc: c/d\r\n\r\n", SM_ENTITY_DEFAULT);
    g_assert_false(sm_entity_contradicts(entity, "Content-Type")); /* another field but in SIP */
    entity = parse("MESSAGE sip:a SIP/2.0\r\nContent-Type: a/b\r\nc: c/d\r\n\r\n", SM_ENTITY_SIP);
    g_assert_true(sm_entity_contradicts(entity, "Content-Type"));
    entity = parse("Content-Type: ;x=y\r\n\r\n", SM_ENTITY_DEFAULT);
    g_assert_null(entity->content_type);
    g_assert_nonnull(entity->fault);
    entity = parse("Content-Type: text\r\n\r\n", SM_ENTITY_DEFAULT);
    g_assert_nonnull(entity->fault);
}

static void test_zero_octets(void)
{
    const sm_entity *entity = parse("X: a\0b\r\n\r\nc\0d", SM_ENTITY_DEFAULT);
    g_assert_cmpstr(entity->headers[0].value, ==, "a\\x00b");
    g_assert_cmpmem(entity->headers[0].value_raw.data, entity->headers[0].value_raw.length, "a\0b", 3);
    g_assert_cmpmem(entity->body.data, entity->body.length, "c\0d", 3);
    entity = parse("X\0: a\r\n\r\n", SM_ENTITY_DEFAULT);
    g_assert_cmpuint(entity->header_count, ==, 0);
}

/* RFC 3261 7.3.3 and 20; the message is cut from 24.2's F1 with compact forms put in. */
static void test_sip(void)
{
    static const char head[] =
        "INVITE sip:bob@biloxi.com SIP/2.0\r\nv: SIP/2.0/UDP pc33.atlanta.com\r\nt: Bob <sip:bob@biloxi.com>\r\n"
        "F: sip:alice@atlanta.com\r\ni: a84b4c76e66710\r\nm: <sip:alice@pc33.atlanta.com>\r\n"
        "c : application/pkcs7-mime;smime-type=enveloped-data\r\ne: gzip\r\ns: x\r\nk: 100rel\r\nl: 142\r\n\r\n";
    static const char *const names[] = {
        "Via",     "To",        "From",          "Call-ID", "Contact", "Content-Type", "Content-Encoding",
        "Subject", "Supported", "Content-Length"};
    sm_bytes body = SM_BYTES_LITERAL("c: not/header\r\n\r\n");
    const sm_entity *entity = sm_entity_from_message(arena, SM_BYTES_LITERAL(head), body, SM_ENTITY_SIP);
    g_assert_cmpuint(entity->header_count, ==, G_N_ELEMENTS(names));
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        g_assert_cmpstr(entity->headers[i].name, ==, names[i]);
    assert_bytes(entity->headers[5].name_raw, "c");
    g_assert_cmpstr(entity->headers[2].value, ==, "sip:alice@atlanta.com");
    g_assert_true(sm_media_type_is(entity->content_type, "application/pkcs7-mime"));
    g_assert_cmpstr(entity->content_encoding, ==, "gzip");
    g_assert_false(sm_bytes_present(entity->octets));
    g_assert_true(entity->body.data == body.data);
    g_assert_null(entity->fault);

    entity = parse("SIP/2.0 200 OK: fine\r\nc: text/plain\r\n\r\nbody", SM_ENTITY_SIP);
    g_assert_null(entity->fault);
    g_assert_cmpuint(entity->header_count, ==, 1);
    assert_bytes(entity->body, "body");
    entity =
        parse("From: sip:a@b\r\n\r\n", SM_ENTITY_SIP); /* message/sipfrag needs no start line (RFC 3420 2) */
    g_assert_cmpuint(entity->header_count, ==, 1);
    g_assert_null(entity->fault);
    entity = parse("c: text/plain\r\n\r\n", SM_ENTITY_DEFAULT); /* compact forms are SIP's alone */
    g_assert_null(entity->content_type);

    entity =
        sm_entity_from_message(arena, SM_BYTES_LITERAL("MSRP d93kswow SEND\r\nContent-Type: text/plain\r\n"),
                               body, SM_ENTITY_DEFAULT);
    g_assert_null(entity->fault);
    g_assert_cmpstr(entity->content_type->text, ==, "text/plain");
    entity = sm_entity_from_message(arena, SM_BYTES_NONE, SM_BYTES_NONE, SM_ENTITY_SIP);
    g_assert_cmpuint(entity->header_count, ==, 0);
    g_assert_null(entity->content_type);
}

static void test_from_type(void)
{
    sm_bytes body = SM_BYTES_LITERAL("x");
    const sm_entity *entity = sm_entity_from_type(arena, "text/plain; charset=utf-8", body);
    g_assert_cmpstr(entity->content_type->text, ==, "text/plain");
    g_assert_true(entity->body.data == body.data);
    g_assert_false(sm_bytes_present(entity->octets));
    g_assert_null(sm_entity_from_type(arena, NULL, body)->content_type);
    g_assert_null(sm_entity_from_type(arena, NULL, body)->fault);
}

static void test_limits(void)
{
    GString *text = g_string_new(NULL);
    for (int i = 0; i < SM_LIMIT_MIME_HEADERS; i++)
        g_string_append(text, "X: y\r\n");
    g_string_append(text, "\r\nbody");
    const sm_entity *entity = sm_entity_parse(arena, sm_bytes_of(text->str, text->len), SM_ENTITY_DEFAULT);
    g_assert_false(entity->limit);
    g_string_prepend(text, "no field\r\nX: y\r\n");
    entity = sm_entity_parse(arena, sm_bytes_of(text->str, text->len), SM_ENTITY_DEFAULT);
    g_assert_true(entity->limit);
    g_assert_nonnull(strstr(entity->fault, "SM_LIMIT_MIME_HEADERS"));
    assert_bytes(entity->body, "body");

    g_string_assign(text, "X: ");
    while (text->len < SM_LIMIT_MIME_HEADER_OCTETS - 2)
        g_string_append_c(text, 'a');
    g_string_append(text, "\r\n\r\nbody");
    entity = sm_entity_parse(arena, sm_bytes_of(text->str, text->len), SM_ENTITY_DEFAULT);
    g_assert_false(entity->limit);
    g_assert_cmpuint(entity->header_count, ==, 1);
    g_string_insert(text, 3, "a");
    entity = sm_entity_parse(arena, sm_bytes_of(text->str, text->len), SM_ENTITY_DEFAULT);
    g_assert_true(entity->limit);
    g_assert_nonnull(strstr(entity->fault, "SM_LIMIT_MIME_HEADER_OCTETS"));
    assert_bytes(entity->body, "body");
    g_string_free(text, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    arena = sm_arena_new();
    g_test_add_func("/mime/entity/plain", test_plain);
    g_test_add_func("/mime/entity/empty-header", test_empty_header);
    g_test_add_func("/mime/entity/no-empty-line", test_no_empty_line);
    g_test_add_func("/mime/entity/odd-lines", test_odd_lines);
    g_test_add_func("/mime/entity/folding", test_folding);
    g_test_add_func("/mime/entity/content-fields", test_content_fields);
    g_test_add_func("/mime/entity/repeated", test_repeated);
    g_test_add_func("/mime/entity/zero-octets", test_zero_octets);
    g_test_add_func("/mime/entity/sip", test_sip);
    g_test_add_func("/mime/entity/from-type", test_from_type);
    g_test_add_func("/mime/entity/limits", test_limits);
    int status = g_test_run();
    sm_arena_free(arena);
    return status;
}
