/* SDP for MSRP. The descriptions are the RFCs' own where a section is named. */
#include "sip/sdp.h"

#include "base/bounds.h"

#include <glib.h>

static sm_arena *arena;

static const sm_sdp *parse(const char *text)
{
    return sm_sdp_parse(arena, sm_bytes_of(text, strlen(text)));
}

static void assert_fault(const sm_sdp *sdp, const char *word)
{
    if (sdp->fault == NULL || !strstr(sdp->fault, word))
        g_error("%s where \"%s\" was expected", sdp->fault ? sdp->fault : "no fault", word);
}

/* RFC 4975 8.7, figure 9. */
static void rfc4975(void)
{
    static const char figure9[] = "v=0\r\n"
                                  "o=usera 2890844526 2890844527 IN IP4 alice.example.com\r\n"
                                  "s= -\r\n"
                                  "c=IN IP4 alice.example.com\r\n"
                                  "t=0 0\r\n"
                                  "m=message 7394 TCP/MSRP *\r\n"
                                  "a=accept-types:message/cpim text/plain text/html\r\n"
                                  "a=path:msrp://alice.example.com:7394/2s93i93idj;tcp\r\n";
    const sm_sdp *sdp = parse(figure9);
    g_assert_null(sdp->fault);
    g_assert_cmpstr(sdp->session_id, ==, "2890844526 2890844527");
    g_assert_cmpuint(sdp->media_count, ==, 1);
    g_assert_cmpuint(sdp->msrp_count, ==, 1);
    const sm_sdp_msrp *msrp = sdp->msrp;
    g_assert_cmpstr(msrp->protocol, ==, "TCP/MSRP");
    g_assert_cmpuint(msrp->port, ==, 7394);
    g_assert_cmpstr(msrp->format, ==, "*");
    g_assert_cmpstr(msrp->connection, ==, "alice.example.com");
    g_assert_cmpuint(msrp->path_count, ==, 1);
    g_assert_cmpstr(msrp->path[0], ==, "msrp://alice.example.com:7394/2s93i93idj;tcp");
    g_assert_true(msrp->accept_types_present);
    g_assert_cmpuint(msrp->accept_type_count, ==, 3);
    g_assert_cmpstr(msrp->accept_types[0], ==, "message/cpim");
    g_assert_cmpstr(msrp->accept_types[2], ==, "text/html");
    g_assert_false(msrp->max_size_present);
    g_assert_null(msrp->setup);
    g_assert_null(msrp->direction);
    g_assert_cmpuint(msrp->accept_wrapped_type_count, ==, 0);
}

/* Several media; what stands before the first holds for all, a media's own goes before. */
static void several(void)
{
    const sm_sdp *sdp =
        parse("v=0\n"
              "o=- 1 2 IN IP6 ::1\n"
              "c=IN IP6 2001:db8::1\n"
              "a=setup:actpass\n"
              "a=fingerprint:SHA-256 AA:BB\n"
              "a=recvonly\n"
              "m=audio 49170 RTP/AVP 0\n"
              "c=IN IP4 192.0.2.9\n"
              "a=sendonly\n"
              "a=path:msrp://not.this:1/x;tcp\n"
              "m=message 2855 TCP/TLS/MSRP *\n"
              "a=path:msrps://relay.example.com:9000/a;tcp msrps://alice.example.com:2855/b;tcp\n"
              "a=accept-types:Message/CPIM  *\n"
              "a=accept-wrapped-types:application/PKCS7-mime text/*\n"
              "a=max-size:4096\n"
              "a=msrp-cema\n"
              "m=message 0 TCP/WS/MSRP *\n"
              "c=IN IP4 192.0.2.1\n"
              "a=setup:passive\n"
              "a=fingerprint:SHA-1 CC\n"
              "a=inactive\n"
              "a=file-selector:name:\"a b.txt\" type:text/plain size:10\n");
    g_assert_null(sdp->fault);
    g_assert_cmpuint(sdp->media_count, ==, 3);
    g_assert_cmpuint(sdp->msrp_count, ==, 2);
    const sm_sdp_msrp *first = &sdp->msrp[0], *second = &sdp->msrp[1];
    g_assert_cmpstr(first->protocol, ==, "TCP/TLS/MSRP");
    g_assert_cmpstr(first->connection, ==, "2001:db8::1");
    g_assert_cmpstr(first->setup, ==, "actpass");
    g_assert_cmpstr(first->fingerprint, ==, "SHA-256 AA:BB");
    g_assert_cmpstr(first->direction, ==, "recvonly");
    g_assert_cmpuint(first->path_count, ==, 2);
    g_assert_cmpstr(first->path[1], ==, "msrps://alice.example.com:2855/b;tcp");
    g_assert_cmpuint(first->accept_type_count, ==, 2);
    g_assert_cmpstr(first->accept_types[0], ==, "message/cpim");
    g_assert_cmpstr(first->accept_types[1], ==, "*");
    g_assert_cmpuint(first->accept_wrapped_type_count, ==, 2);
    g_assert_cmpstr(first->accept_wrapped_types[0], ==, "application/pkcs7-mime");
    g_assert_true(first->max_size_present);
    g_assert_cmpuint(first->max_size, ==, 4096);
    g_assert_true(first->msrp_cema);
    g_assert_null(first->file_selector);
    g_assert_cmpuint(second->port, ==, 0);
    g_assert_cmpstr(second->connection, ==, "192.0.2.1");
    g_assert_cmpstr(second->setup, ==, "passive");
    g_assert_cmpstr(second->fingerprint, ==, "SHA-1 CC");
    g_assert_cmpstr(second->direction, ==, "inactive");
    g_assert_cmpuint(second->path_count, ==, 0);
    g_assert_false(second->accept_types_present);
    g_assert_false(second->msrp_cema);
    g_assert_cmpstr(second->file_selector, ==, "name:\"a b.txt\" type:text/plain size:10");
}

static void faults(void)
{
    assert_fault(parse(""), "v=0");
    assert_fault(parse("o=- 1 2 IN IP4 x\r\n"), "v=0");
    assert_fault(parse("v=0\r\nnonsense\r\n"), "<type>=<value>");
    assert_fault(parse("v=0\r\nm =message 1 TCP/MSRP *\r\n"),
                 "<type>=<value>"); /* RFC 4475 has such a line */
    assert_fault(parse("v=0\r\no=-\r\n"), "o=");
    assert_fault(parse("v=0\r\nc=IN IP4\r\n"), "c=");
    assert_fault(parse("v=0\r\nm=message x TCP/MSRP *\r\n"), "port");
    assert_fault(parse("v=0\r\nm=message 65536 TCP/MSRP *\r\n"), "port");
    assert_fault(parse("v=0\r\nm=message\r\n"), "port");
#define MEDIA "v=0\r\nm=message 1 TCP/MSRP *\r\n"
    const sm_sdp *sdp = parse(MEDIA "a=path:a\r\na=path:b\r\n");
    assert_fault(sdp, "a=path is repeated");
    g_assert_cmpstr(sdp->msrp->path[0], ==, "a");
    assert_fault(parse(MEDIA "a=accept-types:a/b\r\na=accept-types:*\r\n"), "accept-types is repeated");
    sdp = parse(MEDIA "a=max-size:18446744073709551616\r\n");
    assert_fault(sdp, "max-size");
    g_assert_false(sdp->msrp->max_size_present);
    assert_fault(parse(MEDIA "a=max-size:-1\r\n"), "max-size");
    sdp = parse(MEDIA "a=max-size:18446744073709551615\r\n");
    g_assert_null(sdp->fault);
    g_assert_cmpuint(sdp->msrp->max_size, ==, UINT64_MAX);
    sdp = parse(MEDIA "a=accept-types:\r\na=path:\r\na=PATH:x\r\n");
    g_assert_true(sdp->msrp->accept_types_present);
    g_assert_cmpuint(sdp->msrp->accept_type_count, ==, 0);
    g_assert_cmpuint(sdp->msrp->path_count, ==, 0);
}

static void limits(void)
{
    GString *text = g_string_new("v=0\n");
    for (int i = 0; i < SM_LIMIT_SDP_MEDIA + 1; i++)
        g_string_append(text, "m=message 1 TCP/MSRP *\n");
    const sm_sdp *sdp = parse(text->str);
    assert_fault(sdp, "SM_LIMIT_SDP_MEDIA");
    g_assert_cmpuint(sdp->msrp_count, ==, SM_LIMIT_SDP_MEDIA);
    g_assert_cmpuint(sdp->media_count, ==, SM_LIMIT_SDP_MEDIA + 1);

    g_string_assign(text, "v=0\nm=message 1 TCP/MSRP *\na=path:");
    for (int i = 0; i < SM_LIMIT_SDP_VALUES + 1; i++)
        g_string_append(text, "msrp://a:1/b;tcp ");
    sdp = parse(text->str);
    assert_fault(sdp, "SM_LIMIT_SDP_VALUES");
    g_assert_cmpuint(sdp->msrp->path_count, ==, SM_LIMIT_SDP_VALUES);

    g_string_assign(text, "v=0\n");
    for (int i = 0; i < SM_LIMIT_SDP_LINES + 1; i++)
        g_string_append(text, "\n");
    g_string_append(text, "m=message 1 TCP/MSRP *\n");
    sdp = parse(text->str);
    assert_fault(sdp, "SM_LIMIT_SDP_LINES");
    g_assert_cmpuint(sdp->msrp_count, ==, 0);
    g_string_free(text, TRUE);

    g_assert_nonnull(sm_sdp_parse(arena, SM_BYTES_NONE)->fault);
    static const char zeros[] =
        "v=0\nm=message\0 1 TCP/MSRP *\nm=message 1 TCP\0/MSRP *\na=\0\na=path:\0 x\n";
    sdp = sm_sdp_parse(arena, sm_bytes_of(zeros, sizeof(zeros) - 1));
    g_assert_cmpuint(sdp->msrp_count, ==, 1);
    g_assert_cmpstr(sdp->msrp->protocol, ==, "TCP\\x00/MSRP");
    g_assert_cmpstr(sdp->msrp->path[1], ==, "x");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    arena = sm_arena_new();
    g_test_add_func("/sip/sdp/rfc4975", rfc4975);
    g_test_add_func("/sip/sdp/several", several);
    g_test_add_func("/sip/sdp/faults", faults);
    g_test_add_func("/sip/sdp/limits", limits);
    int status = g_test_run();
    sm_arena_free(arena);
    return status;
}
