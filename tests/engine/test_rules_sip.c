/* Rules on the SIP message around S/MIME: a message that keeps each of them and one that breaks it. */

#include "rules_talk.h"

#define SIGNED_AT 1795463747 /* signing-time of the signed fixtures: 2026-11-23 19:55:47 GMT */
#define BOB "<sip:bob@example.org>;tag=b"
#define UNTIMED "signed/openssl-ecdsa-p256-sha256-noattr.p7m"

/* A signed MESSAGE of exactly so many octets. */
static const sm_conclusion *sized(conversation *talk, size_t octets, sm_transport transport)
{
    GString *more = g_string_new("Subject: \r\n");
    const sm_conclusion *conclusion = NULL;
    for (unsigned i = 0; i < 2; i++) {
        conclusion = say(talk, (said){.cseq = talk->frame + 1, .more = more->str, .transport = transport, .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)});
        size_t now = conclusion->inspection->carrier->sip.head.length + conclusion->inspection->sources[0].octets.length;
        while (now++ < octets)
            g_string_insert_c(more, 9, 'x');
    }
    g_string_free(more, TRUE);
    return conclusion;
}

static void test_size(void)
{
    conversation talk = talk_begin(NULL);
    const char *id = "SMIME-SIP-001";
    g_assert_null(found(sized(&talk, 1300, SM_TRANSPORT_UDP), id));
    const char *message = found(sized(&talk, 1301, SM_TRANSPORT_UDP), id);
    g_assert_cmpstr(message, ==, "the request has 1301 octets, 949 of them body: more than 1300");
    const sm_conclusion *reliable = sized(&talk, 1301, SM_TRANSPORT_TLS);
    g_assert_null(found(reliable, id));
    g_assert_nonnull(found_under(reliable, SM_PROFILE_STRICT, id));
    g_autofree char *much = g_strnfill(2000, 'x');
    g_assert_null(found(say(&talk, (said){.cseq = 90, .text = much}), id));
    g_assert_null(found(say(&talk, (said){.start = "INFO sip:bob@example.org SIP/2.0", .method = "INFO", .cseq = 91, .type = SIGNED_TYPE, .body = interop_body(BY_RSA, 0)}), id));
    talk_end(&talk);
}

static void test_unsupported(void)
{
    const char *id = "SMIME-SIP-002", *start = "SIP/2.0 415 Unsupported Media Type";
    const char *const told[] = {"Accept: text/plain\r\n", "Accept:\r\n", "Accept-Encoding: identity\r\n", "Accept-Language: en\r\n"};
    for (unsigned i = 0; i <= G_N_ELEMENTS(told); i++) {
        conversation talk = talk_begin(NULL);
        say(&talk, (said){.type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)});
        const sm_conclusion *answer = say(&talk, (said){.start = start, .to = BOB, .more = i < G_N_ELEMENTS(told) ? told[i] : NULL});
        if (i < G_N_ELEMENTS(told))
            g_assert_null(found(answer, id));
        else
            g_assert_nonnull(strstr(found(answer, id), "frame 1"));
        talk_end(&talk);
    }
    conversation talk = talk_begin(NULL);
    say(&talk, (said){.type = "multipart/mixed; boundary=x", .text = "--x\r\n\r\nplain\r\n--x--\r\n"});
    g_assert_cmpuint(finding_count(say(&talk, (said){.start = start, .to = BOB})), ==, 0);
    talk_end(&talk);
}

static GBytes *certificates(void)
{
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "data", "cms", "certs-only.der", NULL);
    char *octets;
    gsize length;
    g_assert_true(g_file_get_contents(path, &octets, &length, NULL));
    return g_bytes_new_take(octets, length);
}

/* certs-only with a CA's certificate alone, by the openssl command; NULL without it. */
static GBytes *authority_alone(void)
{
    g_autofree char *ca = g_test_build_filename(G_TEST_DIST, "..", "data", "pki", "root.pem", NULL), *out = NULL;
    int file = g_file_open_tmp("certs-XXXXXX", &out, NULL), status = -1;
    g_autofree char *command = g_strdup_printf("openssl crl2pkcs7 -nocrl -certfile %s -outform DER -out %s", ca, out);
    char *octets = NULL;
    gsize length = 0;
    bool done = g_spawn_command_line_sync(command, NULL, NULL, &status, NULL) && status == 0 && g_file_get_contents(out, &octets, &length, NULL);
    g_close(file, NULL);
    g_unlink(out);
    return done ? g_bytes_new_take(octets, length) : NULL;
}

static void test_undecipherable(void)
{
    const char *id = "SMIME-SIP-003", *start = "SIP/2.0 493 Undecipherable";
    conversation talk = talk_begin(NULL);
    g_assert_nonnull(found(say(&talk, (said){.start = start, .to = BOB}), id));
    g_assert_nonnull(found(say(&talk, (said){.start = start, .cseq = 2, .to = BOB, .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)}), id));
    g_assert_null(found(say(&talk, (said){.start = start, .cseq = 3, .to = BOB, .type = CERTS_TYPE, .body = certificates()}), id));
    const sm_conclusion *cut = say(&talk, (said){.start = start, .cseq = 4, .to = BOB, .type = CERTS_TYPE, .missing = 900});
    g_assert_null(found(cut, id));
    g_assert_true(is_undecided(cut, id));
    GBytes *authority = authority_alone();
    if (authority) {
        const sm_conclusion *useless = say(&talk, (said){.start = start, .cseq = 6, .to = BOB, .type = CERTS_TYPE, .body = authority});
        g_assert_cmpstr(found(useless, id), ==, "the certs-only body of this 493 holds no certificate of a user");
    }
    say(&talk, (said){.cseq = 5, .text = "plain"});
    g_assert_cmpuint(finding_count(say(&talk, (said){.start = start, .cseq = 5, .to = BOB})), ==, 0);
    talk_end(&talk);
}

static void test_downgrade(void)
{
    const char *id = "SMIME-SIP-004";
    conversation talk = talk_begin(NULL);
    say(&talk, (said){.type = SEALED_TYPE, .body = interop_body(FOR_P256, 0)});
    const sm_conclusion *answer = say(&talk, (said){.start = "SIP/2.0 415 No", .to = BOB, .more = "Accept: text/plain\r\n"});
    g_assert_null(found(answer, id));
    const sm_conclusion *again = say(&talk, (said){.cseq = 2, .text = "plain"});
    g_assert_cmpstr(found(again, id), ==, "sent without S/MIME after S/MIME was answered 415 in frame 2");
    g_assert_cmpuint(finding_count(again), ==, 1); /* SMIME-SIP-009 would say the same again */
    g_assert_cmpuint(finding_count(say(&talk, (said){.cseq = 2, .branch = "z9hG4bKproxy", .text = "plain"})), ==, 0);
    g_assert_cmpuint(finding_count(say(&talk, (said){.cseq = 3, .text = "plain"})), ==, 0);
    talk_end(&talk);
}

static void test_bare_answer(void)
{
    const char *id = "SMIME-SIP-005";
    conversation talk = talk_begin(NULL);
    say(&talk, (said){.type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)});
    g_assert_null(found(say(&talk, (said){.start = "SIP/2.0 200 OK", .to = BOB}), id));
    g_assert_cmpstr(found(say(&talk, (said){.start = "SIP/2.0 200 OK", .to = BOB, .text = "thanks"}), id), ==, "200 to MESSAGE has a body");
    g_assert_cmpstr(found(say(&talk, (said){.start = "SIP/2.0 202 Accepted", .to = BOB, .more = "Contact: <sip:bob@192.0.2.1>\r\n"}), id), ==,
                    "202 to MESSAGE has a Contact header field");
    g_assert_null(found(say(&talk, (said){.start = "SIP/2.0 486 Busy Here", .to = BOB, .text = "later"}), id));
    say(&talk, (said){.cseq = 2, .text = "plain"});
    g_assert_cmpuint(finding_count(say(&talk, (said){.start = "SIP/2.0 200 OK", .cseq = 2, .to = BOB, .text = "thanks"})), ==, 0);
    talk_end(&talk);
}

#define TUNNEL "Content-Type: message/sip\r\n\r\nMESSAGE sip:bob@example.org SIP/2.0\r\nFrom: <sip:alice@example.com>;tag=a\r\n%s\r\nhello\r\n"

static GBytes *dated_tunnel(const char *date)
{
    g_autofree char *entity = g_strdup_printf(TUNNEL, date);
    return clear_signed(entity);
}

static void test_signed_date(void)
{
    const char *id = "SMIME-SIP-006";
    conversation talk = talk_begin(NULL);
    const sm_conclusion *timed = say(&talk, (said){.cseq = 1, .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)});
    g_assert_null(found(timed, id));
    g_assert_nonnull(found_under(timed, SM_PROFILE_RFC3261, id));
    const sm_conclusion *untimed =
        say(&talk, (said){.cseq = 2, .more = "Date: Thu, 15 Jan 2026 10:00:00 GMT\r\n", .type = SIGNED_TYPE, .body = interop_body(UNTIMED, 0)});
    g_assert_nonnull(found(untimed, id));
    g_assert_nonnull(found_under(untimed, SM_PROFILE_STRICT, id));
    const sm_conclusion *dated =
        say(&talk, (said){.cseq = 3, .type = CLEAR_SIGNED_TYPE, .body = dated_tunnel("Date: Thu, 15 Jan 2026 10:00:00 GMT\r\n")});
    g_assert_null(found_under(dated, SM_PROFILE_RFC3261, id));
    const sm_conclusion *dateless = say(&talk, (said){.cseq = 4, .type = CLEAR_SIGNED_TYPE, .body = dated_tunnel("")});
    g_assert_nonnull(found_under(dateless, SM_PROFILE_RFC3261, id));
    talk_end(&talk);
}

static void test_clock(void)
{
    const char *id = "SMIME-SIP-007";
    conversation talk = talk_begin(NULL);
    const struct {
        int64_t after;
        const char *message;
    } cases[] = {
        {0, NULL},
        {3600, NULL},
        {-3600, NULL},
        {3660, "signing-time is 61 minutes before the time of capture"},
        {-7200, "signing-time is 120 minutes after the time of capture"},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        talk.seconds = SIGNED_AT + cases[i].after;
        const sm_conclusion *said_ = say(&talk, (said){.cseq = i + 1, .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)});
        g_assert_cmpstr(found(said_, id), ==, cases[i].message);
    }
    talk.seconds = 1768471200; /* 2026-01-15 10:00:00 GMT */
    const said old = {.cseq = 20, .more = "Date: Thu, 15 Jan 2026 08:00:00 GMT\r\n", .type = SIGNED_TYPE, .body = interop_body(UNTIMED, 0)};
    g_assert_cmpstr(found(say(&talk, old), id), ==, "Date is 120 minutes before the time of capture");
    g_assert_null(found(say(&talk, (said){.cseq = 21, .more = "Date: Thu, 15 Jan 2026 08:00:00 GMT\r\n", .text = "plain"}), id));
    talk_end(&talk);
}

#define OFFER "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=message 2855 TCP/MSRP *\r\na=path:msrp://192.0.2.1:2855/a;tcp\r\n"

static void test_capabilities(void)
{
    const char *id = "SMIME-SIP-008";
    static const char *const options = "OPTIONS sip:bob@example.org SIP/2.0", *const ok = "SIP/2.0 200 OK";
    static const struct {
        const char *start, *accept;
        bool breach;
    } lists[] = {
        {ok, "application/pkcs7-mime, multipart/signed", true},
        {ok, "Application/PKCS7-mime;smime-type=signed-data, text/plain\r\nAccept: multipart/signed;q=0.3", true},
        {options, "application/pkcs7-mime, multipart/signed", true},
        {"SIP/2.0 415 Unsupported Media Type", "application/pkcs7-mime, multipart/signed", true},
        {ok, "application/pkcs7-mime, multipart/signed, application/pkcs7-signature", false},
        {ok, "application/pkcs7-mime, multipart/signed\r\nAccept: application/x-pkcs7-signature", false},
        {ok, "application/*, application/pkcs7-mime, multipart/signed", false},
        {ok, "*/*, application/pkcs7-mime, multipart/signed", false},
        {ok, "application/pkcs7-mime", false},
        {ok, "multipart/signed", false}, /* may mean that it shows what it does not validate, or another protocol than S/MIME */
        {ok, "application/pkcs7-mime, multipart/signed-too", false},
        {"SIP/2.0 486 Busy Here", "application/pkcs7-mime, multipart/signed", false},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(lists); i++) {
        conversation talk = talk_begin(NULL);
        g_autofree char *more = g_strdup_printf("Accept: %s\r\n", lists[i].accept);
        const sm_conclusion *told = say(&talk, (said){.start = lists[i].start, .method = "OPTIONS", .to = BOB, .more = more});
        g_test_message("%s", lists[i].accept);
        g_assert_cmpstr(found(told, id), ==, lists[i].breach ? "Accept lists application/pkcs7-mime and multipart/signed, but not application/pkcs7-signature" : NULL);
        g_assert_null(found_under(told, SM_PROFILE_RFC3261, id));
        talk_end(&talk);
    }
    conversation talk = talk_begin(NULL);
    const char *invite = "INVITE sip:bob@example.org SIP/2.0", *sdp = "application/sdp";
    const said half = {.start = invite, .method = "INVITE", .type = sdp, .text = OFFER "a=accept-types:multipart/signed application/pkcs7-mime\r\n"};
    g_assert_cmpstr(found(say(&talk, half), id), ==, "SDP lists application/pkcs7-mime and multipart/signed, but not application/pkcs7-signature");
    const said wrapped = {.start = invite, .method = "INVITE", .cseq = 2, .type = sdp,
                          .text = OFFER "a=accept-types:multipart/signed application/pkcs7-mime\r\na=accept-wrapped-types:application/pkcs7-signature\r\n"};
    g_assert_null(found(say(&talk, wrapped), id));
    const said two_media = {.start = invite, .method = "INVITE", .cseq = 3, .type = sdp,
                            .text = OFFER "a=accept-types:multipart/signed text/plain\r\nm=message 2856 TCP/MSRP *\r\na=accept-types:application/pkcs7-mime\r\n"};
    g_assert_null(found(say(&talk, two_media), id));
    talk_end(&talk);
}

static void test_secured(void)
{
    const char *id = "SMIME-SIP-009";
    conversation talk = talk_begin(NULL);
    say(&talk, (said){.start = "INVITE sip:bob@example.org SIP/2.0", .method = "INVITE", .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)});
    g_assert_null(found(say(&talk, (said){.start = "SIP/2.0 180 Ringing", .method = "INVITE", .to = BOB}), id));
    g_assert_null(found(say(&talk, (said){.start = "SIP/2.0 486 Busy Here", .method = "INVITE", .to = BOB, .text = "busy"}), id));
    g_assert_null(found(say(&talk, (said){.start = "SIP/2.0 200 OK", .method = "INVITE", .to = BOB, .type = SIGNED_TYPE, .body = interop_body(BY_RSA, 0)}), id));
    const sm_conclusion *plain = say(&talk, (said){.start = "SIP/2.0 200 OK", .method = "INVITE", .to = BOB, .type = "application/sdp", .text = "v=0\r\n"});
    g_assert_cmpstr(found(plain, id), ==, "the request with S/MIME in frame 1 is answered with a body without it");
    say(&talk, (said){.cseq = 2, .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)});
    g_assert_cmpstr(found(say(&talk, (said){.cseq = 3, .text = "plain"}), id), ==,
                    "sent without S/MIME, which this sender used towards this recipient in frame 6");
    g_assert_cmpuint(finding_count(say(&talk, (said){.cseq = 4, .text = "plain"})), ==, 0);
    talk_end(&talk);
}

/* What most captures hold: not a word about any of it. */
static void test_plain(void)
{
    conversation talk = talk_begin(NULL);
    g_autofree char *much = g_strnfill(5000, 'x');
    const said messages[] = {
        {.text = much},
        {.start = "SIP/2.0 200 OK", .to = BOB, .text = much, .more = "Contact: <sip:bob@192.0.2.1>\r\n"},
        {.cseq = 2, .type = "multipart/mixed; boundary=x", .text = "--x\r\n\r\na\r\n--x--\r\n"},
        {.cseq = 2, .start = "SIP/2.0 415 Unsupported Media Type", .to = BOB},
        {.cseq = 3, .text = "plain", .missing = 400},
        {.cseq = 4, .type = "message/sip", .text = "OPTIONS sip:x SIP/2.0\r\n\r\n"},
        {.cseq = 5, .type = "application/pkcs7-mime"},
        {.cseq = 6, .type = "multipart/signed; protocol=\"application/pgp-signature\"; boundary=x", .text = "--x\r\n\r\na\r\n", .missing = 9},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(messages); i++)
        g_assert_cmpuint(finding_count(say(&talk, messages[i])), ==, 0);
    talk_end(&talk);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rules/sip/001-size", test_size);
    g_test_add_func("/rules/sip/002-unsupported", test_unsupported);
    g_test_add_func("/rules/sip/003-undecipherable", test_undecipherable);
    g_test_add_func("/rules/sip/004-downgrade", test_downgrade);
    g_test_add_func("/rules/sip/005-bare-answer", test_bare_answer);
    g_test_add_func("/rules/sip/006-signed-date", test_signed_date);
    g_test_add_func("/rules/sip/007-clock", test_clock);
    g_test_add_func("/rules/sip/008-capabilities", test_capabilities);
    g_test_add_func("/rules/sip/009-secured", test_secured);
    g_test_add_func("/rules/sip/plain", test_plain);
    return g_test_run();
}
