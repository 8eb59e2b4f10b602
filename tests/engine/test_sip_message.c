/* SIP messages: start lines and header fields. tests/data/sip/rfc4475 holds the torture messages of RFC 4475; what is
 * expected of each is what its section says of it. */
#include "sip/message.h"

#include "base/bounds.h"

#include <glib.h>

static sm_arena *arena;

static sm_bytes text_of(const char *text)
{
    return sm_bytes_of(text, strlen(text));
}

static const sm_sip_message *parse(const char *head)
{
    return sm_sip_message_parse(arena, text_of(head), SM_BYTES_NONE, false);
}

static const sm_sip_message *torture(const char *name)
{
    g_autofree char *file = g_strdup_printf("%s.dat", name);
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "data", "sip", "rfc4475", file, NULL);
    char *contents = NULL;
    gsize length = 0;
    g_autoptr(GError) error = NULL;
    g_file_get_contents(path, &contents, &length, &error);
    g_assert_no_error(error);
    sm_bytes octets = sm_arena_copy(arena, sm_bytes_of(contents, length));
    g_free(contents);
    return sm_sip_message_from_octets(arena, octets, false);
}

static void assert_fault(const sm_sip_message *message, const char *word)
{
    if (message->fault == NULL || !strstr(message->fault, word))
        g_error("%s where \"%s\" was expected", message->fault ? message->fault : "no fault", word);
}

#define REQUEST                                                                                         \
    "MESSAGE sip:bob@example.org SIP/2.0\r\n"                                                           \
    "Via: SIP/2.0/TCP proxy.example.org;branch=z9hG4bK1, SIP/2.0/UDP a.example.com;branch=z9hG4bK2\r\n" \
    "From: \"Alice, A.\" <sip:alice@example.com>;tag=1\r\n"                                             \
    "To: <sip:bob@example.org>\r\n"                                                                     \
    "Call-ID: Aa1@example.com\r\n"                                                                      \
    "CSeq: 7 MESSAGE\r\n"

static void request(void)
{
    const sm_sip_message *message = parse(REQUEST "P-Asserted-Identity: \"A\" <sip:alice@example.com>\r\n"
                                                  "P-Asserted-Identity: tel:+12015550123\r\n"
                                                  "P-Preferred-Identity: <sip:al@example.com>\r\n"
                                                  "Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n"
                                                  "Accept: Text/Plain ;q=0.5, multipart / signed\r\n"
                                                  "Accept: application/pkcs7-mime;x=\"a,b\"\r\n"
                                                  "Reply-To: Bob <sip:bob@biloxi.com>\r\n"
                                                  "m: <sip:a@192.0.2.1>, <sip:b@192.0.2.1>\r\n"
                                                  "\r\n");
    g_assert_null(message->fault);
    g_assert_true(message->request);
    g_assert_cmpstr(message->method, ==, "MESSAGE");
    g_assert_cmpstr(message->request_uri, ==, "sip:bob@example.org");
    g_assert_null(message->reason);
    g_assert_cmpstr(message->branch, ==, "z9hG4bK1");
    g_assert_cmpstr(message->from->display_name, ==, "Alice, A.");
    g_assert_cmpstr(message->from->uri->user, ==, "alice");
    g_assert_cmpstr(message->from->tag, ==, "1");
    g_assert_null(message->to->tag);
    g_assert_cmpstr(message->call_id, ==, "Aa1@example.com");
    g_assert_cmpuint(message->cseq, ==, 7);
    g_assert_cmpuint(message->asserted_count, ==, 2);
    g_assert_cmpstr(message->asserted[1]->uri->number, ==, "+12015550123");
    g_assert_cmpuint(message->preferred_count, ==, 1);
    g_assert_cmpstr(message->reply_to->uri->host, ==, "biloxi.com");
    g_assert_cmpstr(message->contact->uri->user, ==, "a");
    /* RFC 3261 20.17's example; 1289690940 is what date -u -d prints for it */
    g_assert_true(message->date_moment.known);
    g_assert_cmpint(message->date_moment.seconds, ==, 1289690940);
    g_assert_true(message->accept_present);
    g_assert_cmpuint(message->accept_count, ==, 3);
    g_assert_cmpstr(message->accept[0], ==, "text/plain");
    g_assert_cmpstr(message->accept[1], ==, "multipart/signed");
    g_assert_cmpstr(message->accept[2], ==, "application/pkcs7-mime");
}

static void response(void)
{
    const sm_sip_message *message =
        parse("SIP/2.0 415 Unsupported Media Type\r\nCSeq: 7 MESSAGE\r\nAccept:\r\n\r\n");
    g_assert_null(message->fault);
    g_assert_false(message->request);
    g_assert_cmpuint(message->status, ==, 415);
    g_assert_cmpstr(message->reason, ==, "Unsupported Media Type");
    g_assert_cmpstr(message->method, ==, "MESSAGE");
    g_assert_null(message->request_uri);
    g_assert_true(message->accept_present);
    g_assert_cmpuint(message->accept_count, ==, 0);
    g_assert_null(message->from);
    g_assert_null(message->branch);
    g_assert_false(parse(REQUEST "\r\n")->accept_present);
    assert_fault(parse("SIP/2.0 099 Low\r\n\r\n"), "status code");
    assert_fault(parse("SIP/2.0 700 High\r\n\r\n"), "status code");
    g_assert_cmpuint(parse("SIP/2.0 700 High\r\n\r\n")->status, ==, 0);
}

static void repeated(void)
{
    const sm_sip_message *message = parse(REQUEST "f: <sip:mallory@example.net>;tag=2\r\n\r\n");
    g_assert_cmpstr(message->from->uri->user, ==, "alice");
    assert_fault(message, "From is repeated with another value");
    message = parse(
        "MESSAGE sip:b@example.org SIP/2.0\r\nf: <sip:mallory@example.net>\r\nFrom: <sip:alice@example.com>\r\n\r\n");
    g_assert_cmpstr(message->from->uri->user, ==, "mallory");
    assert_fault(message, "From is repeated");
    assert_fault(parse(REQUEST "CSeq: 8 MESSAGE\r\n\r\n"), "CSeq is repeated");
    assert_fault(parse(REQUEST "t: <sip:bob@example.org>\r\n\r\n"), "To is repeated");
    assert_fault(parse(REQUEST "i: x\r\n\r\n"), "Call-ID is repeated");
}

static void odd_addresses(void)
{
    const sm_sip_message *message =
        parse("MESSAGE sip:b@example.org SIP/2.0\r\nFrom: <sip:NUMBER@<null>>;tag=9\r\n\r\n");
    g_assert_null(message->from->uri);
    g_assert_cmpstr(message->from->uri_text, ==, "sip:NUMBER@<null>");
    g_assert_cmpstr(message->from->tag, ==, "9");
    assert_fault(message, "From: ");
    message = parse(
        "MESSAGE sip:b@example.org SIP/2.0\r\nFrom: sip:example.com;tag=1\r\nTo: tel:+1-201-555-0123;tag=2\r\n\r\n");
    g_assert_null(message->fault);
    g_assert_null(message->from->uri->user);
    g_assert_cmpstr(message->to->uri->number, ==, "+12015550123");
    g_assert_cmpstr(message->to->tag, ==, "2");
    /* an octet of zero ends no string early and makes no other URI */
    static const char zero[] =
        "MESSAGE sip:b@example.org SIP/2.0\r\nFrom: <sip:alice@example.com\0.evil.example>\r\n\r\n";
    message = sm_sip_message_parse(arena, sm_bytes_of(zero, sizeof(zero) - 1), SM_BYTES_NONE, false);
    g_assert_null(message->from->uri);
}

static void dates(void)
{
    static const char *const bad[] = {"Sat, 13 Nov 2010 23:29:00 EST",
                                      "sat, 13 Nov 2010 23:29:00 GMT",
                                      "Sat, 31 Feb 2010 23:29:00 GMT",
                                      "Sat, 3 Nov 2010 23:29:00 GMT",
                                      "2010-11-13T23:29:00Z",
                                      "Sat, 13 Nov 2010 24:29:00 GMT",
                                      ""};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        const sm_sip_message *message = parse(sm_arena_printf(arena, REQUEST "Date: %s\r\n\r\n", bad[i]));
        g_assert_false(message->date_moment.known);
        assert_fault(message, "Date");
    }
}

static void line_ends(void)
{
    const sm_sip_message *message = sm_sip_message_from_octets(
        arena, text_of("OPTIONS sip:b@example.org SIP/2.0\nFrom: <sip:a@example.com>\n\nbody"), false);
    g_assert_cmpstr(message->from->uri->user, ==, "a");
    g_assert_cmpuint(message->entity->body.length, ==, 4);
    assert_fault(message, "LF alone");
    /* in a message that ends its lines in CRLF an LF hides no field */
    message = parse("OPTIONS sip:b@example.org SIP/2.0\r\nSubject: x\nFrom: <sip:evil@example.com>\r\n\r\n");
    g_assert_null(message->from);
    message = sm_sip_message_from_octets(arena, text_of("\r\n\r\nOPTIONS sip:b@example.org SIP/2.0\r\n\r\n"),
                                         false);
    g_assert_cmpstr(message->method, ==, "OPTIONS");
}

/* RFC 3420 3.1 and 3.2. */
static void fragments(void)
{
    const sm_sip_message *message =
        sm_sip_message_from_octets(arena, text_of("INVITE sip:alice@atlanta.com SIP/2.0\r\n"), true);
    g_assert_cmpstr(message->method, ==, "INVITE");
    g_assert_null(message->fault);
    message = sm_sip_message_from_octets(arena, text_of("SIP/2.0 603 Declined\r\n"), true);
    g_assert_cmpuint(message->status, ==, 603);
    g_assert_null(message->fault);
    message = sm_sip_message_from_octets(
        arena,
        text_of("From: Alice <sip:alice@atlanta.com>\r\nTo: Bob <sip:bob@biloxi.com>\r\n"
                "Contact: <sip:alice@pc33.atlanta.com>\r\nDate: Thu, 21 Feb 2002 13:02:03 GMT\r\n"
                "Call-ID: a84b4c76e66710\r\nCseq: 314159 INVITE\r\n"),
        true);
    g_assert_null(message->fault);
    g_assert_false(message->request);
    g_assert_cmpuint(message->status, ==, 0);
    g_assert_cmpstr(message->method, ==, "INVITE");
    g_assert_cmpuint(message->cseq, ==, 314159);
    g_assert_cmpint(message->date_moment.seconds, ==, 1014296523); /* date -u -d */
    message = sm_sip_message_from_octets(
        arena, text_of("Content-Type: text/plain\r\nContent-Length: 9\r\n\r\nHi There!"), true);
    g_assert_null(message->fault);
    g_assert_cmpuint(message->entity->body.length, ==, 9);

    static const char *const invalid[] = {
        "INVITE\r\n", "INVITE sip:alice@atlanta.com SIP/1.09\r\n", "SIP/2.0\r\n", "404 Not Found\r\n",
        "INVITE sip:alice@atlanta.com SIP/2.0\r\nTo: <>;tag=39234\r\nTo: sip:alice@atlanta.com\r\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(invalid); i++)
        g_assert_nonnull(sm_sip_message_from_octets(arena, text_of(invalid[i]), true)->fault);
    g_assert_nonnull(
        sm_sip_message_from_octets(arena, text_of("From: <sip:a@example.com>\r\n\r\n"), false)->fault);
}

static void carrier(void)
{
    sm_carrier carrier = {.kind = SM_CARRIER_SIP,
                          .content_type = "text/plain",
                          .sip = {.method = "MESSAGE",
                                  .call_id = "x",
                                  .from = "<sip:alice@example.com>;tag=1",
                                  .request_uri = "sip:bob@example.org",
                                  .cseq = 3}};
    const sm_sip_message *message = sm_sip_message_from_carrier(arena, &carrier, text_of("hello"));
    g_assert_true(message->request);
    g_assert_cmpstr(message->from->uri->user, ==, "alice");
    g_assert_null(message->to);
    g_assert_cmpstr(message->request_uri, ==, "sip:bob@example.org");
    g_assert_cmpstr(message->entity->content_type->text, ==, "text/plain");
    g_assert_cmpuint(message->entity->header_count, ==, 0);
    g_assert_nonnull(message->fault);
    sm_carrier nothing = {.kind = SM_CARRIER_SIP, .sip = {.status = 200}};
    message = sm_sip_message_from_carrier(arena, &nothing, SM_BYTES_NONE);
    g_assert_false(message->request);
    g_assert_cmpstr(message->method, ==, "");
}

/* RFC 4475 3.1.1: valid messages; nothing may be found wrong with them. */
static void torture_valid(void)
{
    static const char *const valid[] = {"wsinv",   "intmeth", "esc01",   "esc02",    "escnull",  "lwsdisp",
                                        "longreq", "semiuri", "mpart01", "unreason", "noreason", "dblreq"};
    for (size_t i = 0; i < G_N_ELEMENTS(valid); i++) {
        const sm_sip_message *message = torture(valid[i]);
        bool may_fault = strcmp(valid[i], "dblreq") == 0; /* two requests in one datagram */
        if (message->fault && !may_fault)
            g_error("%s: %s", valid[i], message->fault);
        g_assert_nonnull(message->from->uri);
        g_assert_nonnull(message->to->uri);
        g_assert_nonnull(message->call_id);
        g_assert_cmpuint(message->cseq, >, 0);
    }
}

static void torture_details(void)
{
    const sm_sip_message *message = torture("wsinv"); /* 3.1.1.1 */
    g_assert_cmpstr(message->request_uri, ==, "sip:vivekg@chair-dnrc.example.com;unknownparam");
    g_assert_cmpstr(message->to->uri->user, ==, "vivekg");
    g_assert_cmpstr(message->to->tag, ==, "1918181833n");
    g_assert_cmpstr(message->from->display_name, ==, "J Rosenberg \\\"");
    g_assert_cmpstr(message->from->tag, ==, "98asjd8");
    g_assert_cmpuint(message->cseq, ==, 9);
    g_assert_cmpstr(message->branch, ==, "390skdjuw");
    g_assert_cmpstr(message->contact->display_name, ==, "Quoted string \"\"");
    g_assert_cmpuint(message->entity->body.length, ==, 150);

    message = torture("intmeth"); /* 3.1.1.2 */
    g_assert_cmpstr(message->method, ==, "!interesting-Method0123456789_*+`.%indeed'~");
    const sm_uri *uri = sm_uri_parse(arena, text_of(message->request_uri), NULL);
    g_assert_cmpstr(uri->user, ==, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
    g_assert_cmpstr(uri->password, ==, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
    g_assert_cmpstr(uri->host, ==, "example.com");
    g_assert_cmpstr(message->from->uri->user, ==, "mundane");

    message = torture("esc01"); /* 3.1.1.3 */
    g_assert_cmpstr(message->to->uri->user, ==, "user");
    g_assert_cmpstr(message->from->uri->user, ==, "I have spaces");
    g_assert_cmpstr(message->contact->uri->user, ==, "caller");
    g_assert_cmpstr(message->contact->uri->parameters[0].name, ==, "lr");
    g_assert_cmpstr(message->contact->uri->parameters[1].name, ==, "name");
    g_assert_cmpstr(message->contact->uri->parameters[1].value, ==, "value%2541");

    message = torture("esc02"); /* 3.1.1.4: the method is the token itself, and C%6Fntact is no Contact */
    g_assert_cmpstr(message->method, ==, "RE%47IST%45R");
    g_assert_cmpstr(message->contact->uri->user, ==, "alias1");
    g_assert_cmpstr(message->from->display_name, ==, "%Z%45");

    message = torture("escnull"); /* 3.1.1.5: the zero does not cut the user short */
    g_assert_cmpstr(message->from->uri->user, ==, "null-%00-null");
    unsigned count;
    const sm_address *const *contacts = sm_address_list(
        arena, text_of("<sip:%00@host5.example.com>, <sip:%00%00@host5.example.com>"), &count);
    g_assert_false(sm_uri_equal(contacts[0]->uri, contacts[1]->uri, NULL));

    message = torture("longreq"); /* 3.1.1.7 */
    g_assert_cmpuint(message->to->uri->port, ==, 6000);
    g_assert_null(message->branch);
    g_assert_cmpuint(torture("semiuri")->accept_count, ==, 6);       /* 3.1.1.9 */
    g_assert_cmpstr(torture("mpart01")->method, ==, "MESSAGE");      /* 3.1.1.11 */
    g_assert_cmpstr(torture("noreason")->reason, ==, "");            /* 3.1.1.13 */
    g_assert_cmpuint(torture("dblreq")->entity->body.length, ==, 0); /* 3.1.1.8: the first of two */
    g_assert_cmpstr(torture("dblreq")->method, ==, "REGISTER");
    g_assert_cmpstr(torture("inv2543")->from->uri->number, ==, "+13035551111"); /* 3.4 */
}

/* RFC 4475 3.1.2 and 3.3: each has the fault its section describes. */
static void torture_invalid(void)
{
    static const struct {
        const char *name, *fault;
    } invalid[] = {
        {"clerr", "shorter"},                /* 3.1.2.2 */
        {"ncl", "Content-Length"},           /* 3.1.2.3 */
        {"scalar02", "CSeq"},                /* 3.1.2.4 */
        {"quotbal", "To: "},                 /* 3.1.2.6 */
        {"ltgtruri", "angle"},               /* 3.1.2.7 */
        {"lwsruri", "one space"},            /* 3.1.2.8 */
        {"lwsstart", "one space"},           /* 3.1.2.9 */
        {"trws", "blanks end"},              /* 3.1.2.10 */
        {"baddate", "Date"},                 /* 3.1.2.12 */
        {"badvers", "SIP/2.0"},              /* 3.1.2.16 */
        {"mismatch01", "different methods"}, /* 3.1.2.17 */
        {"bigcode", "status code"},          /* 3.1.2.19 */
        {"test", "start line"},
        {"multi01", "is repeated"},              /* 3.3.8 */
        {"mcl01", "Content-Length is repeated"}, /* 3.3.9 */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(invalid); i++)
        assert_fault(torture(invalid[i].name), invalid[i].fault);
    g_assert_cmpstr(torture("multi01")->from->uri->host, ==, "example.com");
    /* 3.1.2.14: the blanks inside the brackets are wrong; what is meant is plain */
    g_assert_cmpstr(torture("badaspec")->to->uri->user, ==, "t.watson");
    /* 3.1.2.15: a comma in an unquoted display name is not taken for a second address */
    g_assert_cmpstr(torture("baddn")->from->uri->user, ==, "a.g.bell");
    g_assert_cmpint(torture("unksm2")->from->uri->scheme, ==, SM_URI_OTHER); /* 3.3.3 */
    g_assert_cmpstr(torture("badinv01")->from->uri->user, ==, "caller");     /* 3.1.2.1 */
}

/* RFC 8591's figures: what stands before their bodies. */
static void rfc8591(void)
{
    const sm_sip_message *message = parse("MESSAGE sip:bob@example.org SIP/2.0\r\n"
                                          "Via: SIP/2.0/TCP alice-pc.example.com;branch=z9hG4bK776sgdkfie\r\n"
                                          "Max-Forwards: 70\r\n"
                                          "From: sip:alice@example.com;tag=49597\r\n"
                                          "To: sip:bob@example.org\r\n"
                                          "Call-ID: asd88asd66b@1.2.3.4\r\n"
                                          "CSeq: 1 MESSAGE\r\n"
                                          "Content-Transfer-Encoding: binary\r\n"
                                          "Content-Type: application/pkcs7-mime; smime-type=signed-data;\r\n"
                                          "   name=\"smime.p7m\"\r\n"
                                          "Content-Disposition: attachment; filename=\"smime.p7m\"\r\n"
                                          "Content-Length: 762\r\n\r\n");
    g_assert_null(message->fault);
    g_assert_cmpstr(message->from->uri_text, ==, "sip:alice@example.com");
    g_assert_cmpstr(message->from->tag, ==, "49597");
    g_assert_cmpstr(sm_media_type_parameter(message->entity->content_type, "smime-type"), ==, "signed-data");
}

static void hostile(void)
{
    static const char *const heads[] = {
        "",
        "\r\n",
        "\n",
        " ",
        "SIP/2.0",
        "SIP/2.0 ",
        "SIP/2.0 2",
        "SIP/2.0 200",
        "INVITE",
        "INVITE ",
        "INVITE  SIP/2.0",
        " SIP/2.0",
        "A B SIP/",
        "INVITE sip:a SIP/2.0\r\nCSeq:\r\nVia:\r\nFrom:\r\nDate:\r\nContact:\r\n\r\n",
        "\r\n\r\n\r\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(heads); i++) {
        g_assert_nonnull(parse(heads[i])->fault);
        g_assert_nonnull(sm_sip_message_from_octets(arena, text_of(heads[i]), false)->entity);
        g_assert_nonnull(sm_sip_message_from_octets(arena, text_of(heads[i]), true)->entity);
    }
    g_assert_nonnull(sm_sip_message_parse(arena, SM_BYTES_NONE, SM_BYTES_NONE, false)->fault);
    GString *many = g_string_new("OPTIONS sip:a SIP/2.0\r\nP-Asserted-Identity: ");
    while (many->len < 60000)
        g_string_append(many, "<sip:a@b>,");
    g_string_append(many, "\r\n\r\n");
    g_assert_cmpuint(parse(many->str)->asserted_count, ==, SM_LIMIT_SIP_VALUES);
    g_string_free(many, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    arena = sm_arena_new();
    g_test_add_func("/sip/message/request", request);
    g_test_add_func("/sip/message/response", response);
    g_test_add_func("/sip/message/repeated", repeated);
    g_test_add_func("/sip/message/addresses", odd_addresses);
    g_test_add_func("/sip/message/dates", dates);
    g_test_add_func("/sip/message/line-ends", line_ends);
    g_test_add_func("/sip/message/fragments", fragments);
    g_test_add_func("/sip/message/carrier", carrier);
    g_test_add_func("/sip/message/rfc4475/valid", torture_valid);
    g_test_add_func("/sip/message/rfc4475/details", torture_details);
    g_test_add_func("/sip/message/rfc4475/invalid", torture_invalid);
    g_test_add_func("/sip/message/rfc8591", rfc8591);
    g_test_add_func("/sip/message/hostile", hostile);
    int status = g_test_run();
    sm_arena_free(arena);
    return status;
}
