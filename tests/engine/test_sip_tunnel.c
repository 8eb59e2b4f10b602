/* Tunnelled SIP: RFC 3261 23.4 header by header. */
#include "sip/tunnel.h"

#include <glib.h>

static sm_arena *arena;

static const sm_sip_message *message(const char *text, bool fragment)
{
    return sm_sip_message_from_octets(arena, sm_bytes_of(text, strlen(text)), fragment);
}

static const sm_tunnel *compare(const char *outer, const char *inner)
{
    return sm_tunnel_compare(arena, outer ? message(outer, false) : NULL, message(inner, false), true);
}

static const sm_tunnel_header *header(const sm_tunnel *tunnel, const char *name)
{
    for (unsigned i = 0; i < tunnel->header_count; i++)
        if (strcmp(tunnel->headers[i].name, name) == 0)
            return &tunnel->headers[i];
    g_error("%s was not compared", name);
}

#define START "MESSAGE sip:bob@biloxi.com SIP/2.0\r\n"

/* One field outside and inside, the rest equal. */
static void assert_relation(const char *outer, const char *inner, const char *name,
                            sm_tunnel_relation relation)
{
    const sm_tunnel *tunnel = compare(sm_arena_printf(arena, START "%s\r\n\r\n", outer),
                                      sm_arena_printf(arena, START "%s\r\n\r\n", inner));
    const sm_tunnel_header *found = header(tunnel, name);
    if (found->relation != relation)
        g_error("outer %s, inner %s: relation %d, %s", outer, inner, found->relation, found->rule);
    g_assert_nonnull(found->rule);
    g_assert_cmpuint(tunnel->differing, ==, relation == SM_TUNNEL_DIFFERS);
}

/* RFC 3261 23.4.2's example with its To and From mended: in the RFC the inner ones lack "sip:". */
static void rfc3261(void)
{
#define EXAMPLE(to, from)                                         \
    "INVITE sip:bob@biloxi.com SIP/2.0\r\n"                       \
    "Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKnashds8\r\n" \
    "To: Bob <" to ">\r\n"                                        \
    "From: Alice <" from ">;tag=1928301774\r\n"                   \
    "Call-ID: a84b4c76e66710\r\n"                                 \
    "CSeq: 314159 INVITE\r\n"                                     \
    "Max-Forwards: 70\r\n"                                        \
    "Date: Thu, 21 Feb 2002 13:02:03 GMT\r\n"                     \
    "Contact: <sip:alice@pc33.atlanta.com>\r\n"
#define OUTER                                              \
    EXAMPLE("sip:bob@biloxi.com", "sip:alice@atlanta.com") \
    "Content-Type: multipart/signed;boundary=boundary42\r\n\r\n"
    const sm_tunnel *tunnel =
        compare(OUTER, EXAMPLE("sip:bob@biloxi.com",
                               "sip:alice@atlanta.com") "Content-Type: application/sdp\r\n\r\nv=0\r\n");
    g_assert_cmpuint(tunnel->differing, ==, 0);
    g_assert_cmpuint(tunnel->header_count, ==, 11);
    g_assert_true(tunnel->full);
    for (unsigned i = 0; i < tunnel->header_count; i++)
        g_assert_cmpint(tunnel->headers[i].relation, ==,
                        strcmp(tunnel->headers[i].name, "Content-Type") ? SM_TUNNEL_EQUAL
                                                                        : SM_TUNNEL_MAY_DIFFER);
    tunnel = compare(
        OUTER, EXAMPLE("bob@biloxi.com", "alice@atlanta.com") "Content-Type: application/sdp\r\n\r\nv=0\r\n");
    g_assert_cmpuint(tunnel->differing, ==, 2);
    g_assert_nonnull(strstr(header(tunnel, "From")->rule, "cannot be read"));
}

static void addresses(void)
{
    /* 20.20: neither display name nor brackets matter, extension parameters in one only are ignored */
    assert_relation("From: \"A. G. Bell\" <sip:agb@bell-telephone.com> ;tag=a48s",
                    "f: sip:agb@BELL-telephone.com;tag=A48S", "From", SM_TUNNEL_EQUAL);
    assert_relation("From: <sip:a@example.com>;tag=1;x=1", "From: <sip:a@example.com>;tag=1", "From",
                    SM_TUNNEL_EQUAL);
    assert_relation("From: <sip:a@example.com>;tag=1;x=1", "From: <sip:a@example.com>;tag=1;x=2", "From",
                    SM_TUNNEL_DIFFERS);
    assert_relation("From: <sip:a@example.com>;tag=1", "From: <sip:a@example.com>;tag=2", "From",
                    SM_TUNNEL_DIFFERS);
    assert_relation("To: <sip:a@example.com>;tag=1", "To: <sip:a@example.com>", "To", SM_TUNNEL_DIFFERS);
    assert_relation("To: <sip:a@example.com>", "To: <sip:A@example.com>", "To", SM_TUNNEL_DIFFERS);
    assert_relation("To: <sip:a@example.com>", "To: <sips:a@example.com>", "To", SM_TUNNEL_DIFFERS);
    assert_relation("To: <sip:a@example.com>", "To: <sip:a@example.com:5060>", "To", SM_TUNNEL_DIFFERS);
    /* a second From is not overlooked behind an equal first one */
    assert_relation("From: <sip:a@example.com>\r\nFrom: <sip:evil@example.com>", "From: <sip:a@example.com>",
                    "From", SM_TUNNEL_DIFFERS);
    assert_relation("Contact: <sip:a@example.com>, <sip:b@example.com>",
                    "m: <sip:a@example.com>\r\nContact: <sip:b@EXAMPLE.com>", "Contact", SM_TUNNEL_EQUAL);
    assert_relation("Contact: <sip:a@example.com>, <sip:b@example.com>", "Contact: <sip:a@example.com>",
                    "Contact", SM_TUNNEL_DIFFERS);
    assert_relation("Contact: *", "Contact: *", "Contact", SM_TUNNEL_EQUAL);
    const sm_tunnel *tunnel = compare(START "From: Alice <sip:a@example.com>\r\n\r\n",
                                      START "From: Bob <sip:a@example.com>\r\n\r\n");
    g_assert_nonnull(strstr(header(tunnel, "From")->rule, "display name"));
}

static void values(void)
{
    assert_relation("Call-ID: Abc", "i: Abc", "Call-ID", SM_TUNNEL_EQUAL);
    assert_relation("Call-ID: Abc", "Call-ID: abc", "Call-ID", SM_TUNNEL_DIFFERS);
    assert_relation("CSeq: 0009 INVITE", "CSeq: 9  INVITE", "CSeq", SM_TUNNEL_EQUAL);
    assert_relation("CSeq: 9 INVITE", "CSeq: 9 invite", "CSeq", SM_TUNNEL_DIFFERS);
    assert_relation("CSeq: 9 INVITE", "CSeq: 10 INVITE", "CSeq", SM_TUNNEL_DIFFERS);
    assert_relation("CSeq: 18446744073709551617 INVITE", "CSeq: 1 INVITE", "CSeq", SM_TUNNEL_DIFFERS);
    assert_relation("Expires: 0060", "Expires: 60", "Expires", SM_TUNNEL_EQUAL);
    assert_relation("Expires: 60", "Expires: 6", "Expires", SM_TUNNEL_DIFFERS);
    assert_relation("Date: Thu, 21 Feb 2002 13:02:03 GMT", "Date: Thu, 21 Feb 2002 13:02:03 GMT", "Date",
                    SM_TUNNEL_EQUAL);
    assert_relation("Date: Thu, 21 Feb 2002 13:02:03 GMT", "Date: Thu, 21 Feb 2002 13:02:04 GMT", "Date",
                    SM_TUNNEL_DIFFERS);
    assert_relation("Date: never", "Date: Thu, 21 Feb 2002 13:02:04 GMT", "Date", SM_TUNNEL_DIFFERS);
    /* 7.3.1: without case outside quotation marks, however folded */
    assert_relation("Supported: 100rel,\r\n  Timer", "k: 100REL , timer", "Supported", SM_TUNNEL_EQUAL);
    assert_relation("Warning: 399 a.com \"Text\"", "Warning: 399  A.com \"Text\"", "Warning",
                    SM_TUNNEL_EQUAL);
    assert_relation("Warning: 399 a.com \"Text\"", "Warning: 399 a.com \"text\"", "Warning",
                    SM_TUNNEL_DIFFERS);
    assert_relation("Subject: lunch", "Subject: dinner", "Subject", SM_TUNNEL_DIFFERS);
    assert_relation("Alert-Info: <http://a.example/X>", "Alert-Info: <http://a.example/x>", "Alert-Info",
                    SM_TUNNEL_DIFFERS);
}

/* 23.4.1.1 and 23.4.1.2: who may change or leave out what. */
static void treatments(void)
{
    assert_relation("Via: SIP/2.0/TCP p.example.com, SIP/2.0/TCP a.example.com",
                    "Via: SIP/2.0/TCP a.example.com", "Via", SM_TUNNEL_MAY_DIFFER);
    assert_relation("Max-Forwards: 69", "Max-Forwards: 70", "Max-Forwards", SM_TUNNEL_MAY_DIFFER);
    assert_relation("Route: <sip:p.example.com;lr>", "Route: <sip:q.example.com;lr>", "Route",
                    SM_TUNNEL_MAY_DIFFER);
    assert_relation("Record-Route: <sip:p.example.com;lr>", "Record-Route: <sip:q.example.com;lr>",
                    "Record-Route", SM_TUNNEL_MAY_DIFFER);
    assert_relation("Proxy-Authorization: Digest a=1", "Proxy-Authorization: Digest a=2",
                    "Proxy-Authorization", SM_TUNNEL_MAY_DIFFER);
    assert_relation("Proxy-Require: a", "Proxy-Require: b", "Proxy-Require", SM_TUNNEL_DIFFERS);
    assert_relation("Content-Length: 10", "Content-Length: 0", "Content-Length", SM_TUNNEL_MAY_DIFFER);
    assert_relation("X-Own: 1", "X-Own: 2", "X-Own", SM_TUNNEL_MAY_DIFFER);
    assert_relation("X-Own: 1", "X-Own: 1", "X-Own", SM_TUNNEL_EQUAL);
    assert_relation("P-Asserted-Identity: <sip:a@example.com>", "P-Asserted-Identity: sip:a@EXAMPLE.com",
                    "P-Asserted-Identity", SM_TUNNEL_EQUAL);
    assert_relation("Subject: x", "X-Own: 1", "Subject", SM_TUNNEL_OUTER_ONLY);
    assert_relation("X-Own: 1", "Subject: x", "Subject", SM_TUNNEL_INNER_ONLY);

    const sm_tunnel *tunnel = compare(START "From: <sip:anonymous@atlanta.com>\r\nCall-ID: 1\r\n\r\n",
                                      START "From: <sip:alice@atlanta.com>\r\nCall-ID: 2\r\n\r\n");
    g_assert_true(header(tunnel, "From")->alternative); /* 23.4.3: where it is encrypted */
    g_assert_false(header(tunnel, "Call-ID")->alternative);
    g_assert_cmpuint(tunnel->differing, ==, 2);
    g_assert_cmpstr(header(tunnel, "From")->inner, ==, "<sip:alice@atlanta.com>");
    g_assert_cmpstr(header(tunnel, "From")->outer, ==, "<sip:anonymous@atlanta.com>");
}

static void start_lines(void)
{
    const sm_tunnel *tunnel =
        compare("BYE sip:bob@biloxi.com SIP/2.0\r\n\r\n", "INVITE sip:bob@192.0.2.4 SIP/2.0\r\n\r\n");
    g_assert_cmpint(header(tunnel, "Method")->relation, ==, SM_TUNNEL_DIFFERS);
    g_assert_cmpint(header(tunnel, "Request-URI")->relation, ==, SM_TUNNEL_MAY_DIFFER);
    tunnel = compare("SIP/2.0 200 OK\r\n\r\n", "SIP/2.0 202 Fine\r\n\r\n");
    g_assert_cmpint(header(tunnel, "Status-Code")->relation, ==, SM_TUNNEL_DIFFERS);
    tunnel = compare("SIP/2.0 200 OK\r\n\r\n", START "\r\n");
    g_assert_cmpint(header(tunnel, "Start line")->relation, ==, SM_TUNNEL_DIFFERS);
}

static void absent(void)
{
    const sm_tunnel *tunnel = compare(NULL, START "From: <sip:a@example.com>\r\n\r\n");
    g_assert_cmpuint(tunnel->differing, ==, 0);
    g_assert_cmpint(header(tunnel, "From")->relation, ==, SM_TUNNEL_INNER_ONLY);
    g_assert_nonnull(strstr(header(tunnel, "From")->rule, "no SIP message"));

    /* RFC 3893: a fragment without start line */
    tunnel = sm_tunnel_compare(arena, message(START "From: <sip:a@example.com>\r\n\r\n", false),
                               message("From: <sip:b@example.com>\r\n", true), false);
    g_assert_false(tunnel->full);
    g_assert_cmpuint(tunnel->header_count, ==, 1);
    g_assert_cmpuint(tunnel->differing, ==, 1);

    /* Its From may lack the tag, as in RFC 3893's own examples; another tag is another dialog's. */
    static const struct {
        const char *inner;
        bool full;
        unsigned differing;
    } tags[] = {{"From: <sip:a@example.com>\r\n", false, 0}, {"From: <sip:a@example.com>;tag=2\r\n", false, 1},
                {"From: <sip:a@example.com>;tag=1\r\n", false, 0}, {START "From: <sip:a@example.com>\r\n\r\n", true, 1}};
    for (size_t i = 0; i < G_N_ELEMENTS(tags); i++) {
        tunnel = sm_tunnel_compare(arena, message(START "From: <sip:a@example.com>;tag=1\r\n\r\n", false),
                                   message(tags[i].inner, !tags[i].full), tags[i].full);
        g_assert_cmpuint(tunnel->differing, ==, tags[i].differing);
    }
    tunnel = sm_tunnel_compare(arena, message(START "From: <sip:a@example.com>\r\n\r\n", false),
                               message("From: <sip:a@example.com>;tag=1\r\n", true), false);
    g_assert_cmpuint(tunnel->differing, ==, 1); /* one that is not outside was put in */

    sm_carrier carrier = {.kind = SM_CARRIER_SIP,
                          .sip = {.method = "MESSAGE", .from = "<sip:a@example.com>"}};
    tunnel = sm_tunnel_compare(arena, sm_sip_message_from_carrier(arena, &carrier, SM_BYTES_NONE),
                               message(START "From: <sip:a@example.com>\r\n\r\n", false), true);
    g_assert_nonnull(strstr(header(tunnel, "From")->rule, "not found in the capture"));
}

/* Thousands of parameters, differing at the end: refused at the limit, quickly. */
static void hostile(void)
{
    GString *outer = g_string_new(START "From: <sip:a@example.com>"), *inner;
    while (outer->len < 60000)
        g_string_append(outer, ";a");
    inner = g_string_new(outer->str);
    g_string_append(outer, ";b=1\r\n\r\n");
    g_string_append(inner, ";b=2\r\n\r\n");
    g_assert_cmpuint(compare(outer->str, inner->str)->differing, ==, 1);
    g_string_free(outer, TRUE);
    g_string_free(inner, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    arena = sm_arena_new();
    g_test_add_func("/sip/tunnel/rfc3261", rfc3261);
    g_test_add_func("/sip/tunnel/addresses", addresses);
    g_test_add_func("/sip/tunnel/values", values);
    g_test_add_func("/sip/tunnel/treatments", treatments);
    g_test_add_func("/sip/tunnel/start-lines", start_lines);
    g_test_add_func("/sip/tunnel/absent", absent);
    g_test_add_func("/sip/tunnel/hostile", hostile);
    int status = g_test_run();
    sm_arena_free(arena);
    return status;
}
