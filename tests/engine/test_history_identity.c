/* Who must have signed: requests, retargeted answers, anonymous senders and both ends of an MSRP session; and the line a person reads. */

#include "history/history.h"
#include "inspect_given.h"

static sm_keyring *ring;

typedef struct conversation {
    sm_history *history;
    uint32_t frame;
} conversation;

/* One message: a start line and header fields, all with CRLF, and a body. */
static const sm_conclusion *said(conversation *talk, const char *head, GBytes *body)
{
    talk->frame++;
    sm_settings settings = given_settings(ring);
    sm_carrier carrier = {.kind = SM_CARRIER_SIP,
                          .transport = SM_TRANSPORT_UDP,
                          .frames = &talk->frame,
                          .frame_count = 1,
                          .time = sm_moment_at(CAPTURE_TIME + talk->frame, 0),
                          .source = "192.0.2.10:5060",
                          .destination = "198.51.100.20:5060",
                          .sip = {.head = sm_bytes_of(head, strlen(head))}};
    sm_inspection *inspection = sm_inspect(&settings, &carrier, body);
    const sm_conclusion *conclusion = sm_history_conclude(talk->history, inspection);
    sm_inspection_unref(inspection);
    return conclusion;
}

static const sm_conclusion *chunk(conversation *talk, const char *from_path, const char *to_path, GBytes *body)
{
    talk->frame++;
    sm_settings settings = given_settings(ring);
    sm_carrier carrier = {.kind = SM_CARRIER_MSRP,
                          .transport = SM_TRANSPORT_TCP,
                          .frames = &talk->frame,
                          .frame_count = 1,
                          .time = sm_moment_at(CAPTURE_TIME + talk->frame, 0),
                          .content_type = "application/pkcs7-mime; smime-type=signed-data",
                          .msrp = {.method = "SEND", .message_id = "m", .chunks = 1, .complete = true, .from_path = from_path, .to_path = to_path}};
    sm_inspection *inspection = sm_inspect(&settings, &carrier, body);
    const sm_conclusion *conclusion = sm_history_conclude(talk->history, inspection);
    sm_inspection_unref(inspection);
    return conclusion;
}

static void assert_identity(const sm_conclusion *conclusion, sm_verdict_kind kind, sm_reason reason)
{
    g_assert_cmpstr(sm_verdict_word(conclusion->identity.kind), ==, sm_verdict_word(kind));
    g_assert_cmpstr(sm_reason_word(conclusion->identity.reason), ==, sm_reason_word(reason));
}

/* Signed by Alice, and by Bob. */
static GBytes *by_alice, *by_bob;

#define REQUEST(from, more)                                                                                                          \
    "MESSAGE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKq\r\nFrom: " from ";tag=1\r\nTo: <sip:bob@example.org>\r\n" \
    "Call-ID: q\r\nCSeq: 1 MESSAGE\r\n" more "Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n\r\n"
#define RESPONSE(to, more)                                                                                                           \
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKq\r\nFrom: <sip:carol@example.net>;tag=1\r\nTo: " to ";tag=2\r\n"  \
    "Call-ID: q\r\nCSeq: 1 MESSAGE\r\n" more "Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n\r\n"

static void test_request(void)
{
    conversation talk = {sm_history_new(), 0};
    assert_identity(said(&talk, REQUEST("<sip:alice@example.com>", ""), by_alice), SM_PASS, SM_REASON_NONE);
    assert_identity(said(&talk, REQUEST("<sip:alice@example.com>", ""), by_bob), SM_FAIL, SM_REASON_DIFFERENT_IDENTITY);
    /* Who the network vouches for does not heal a From that names somebody else. */
    assert_identity(said(&talk, REQUEST("<sip:carol@example.net>", "P-Asserted-Identity: <sip:alice@example.com>\r\n"), by_alice), SM_FAIL,
                    SM_REASON_DIFFERENT_IDENTITY);
    sm_history_free(talk.history);
}

/* From as somebody would write it to pass for Alice, or as her own user agent might. */
static void test_disguises(void)
{
    static const struct {
        const char *from;
        sm_verdict_kind kind;
        sm_reason reason;
    } senders[] = {
        /* Alice, however written */
        {"sip:alice@example.com", SM_PASS, SM_REASON_NONE},
        {"Liddell, Alice <sip:alice@example.com>", SM_PASS, SM_REASON_NONE},
        {"Alice Liddell <sip:alice@EXAMPLE.com>", SM_PASS, SM_REASON_NONE},
        {"<sip:%61lice@example.com>", SM_PASS, SM_REASON_NONE},
        {"<sip:alice@example.com;user=phone;transport=tcp>", SM_PASS, SM_REASON_NONE},
        {"\"\xc3\x84lice, \\\"A\\\"\" <sip:alice@example.com>;x=\"<sip:bob@example.org>\"", SM_PASS, SM_REASON_NONE},
        {"\"Bob\\\" <sip:bob@example.org>\" <sip:alice@example.com>", SM_PASS, SM_REASON_NONE},
        {"\"Bob\"\r\n\t<sip:alice@example.com>", SM_PASS, SM_REASON_NONE},
        /* Bob, who shows Alice's name */
        {"\"<sip:alice@example.com>\" <sip:bob@example.org>", SM_FAIL, SM_REASON_DIFFERENT_IDENTITY},
        {"\"A\\\"<sip:alice@example.com>\" <sip:bob@example.org>", SM_FAIL, SM_REASON_DIFFERENT_IDENTITY},
        {"(sip:alice@example.com) <sip:bob@example.org>", SM_FAIL, SM_REASON_DIFFERENT_IDENTITY},
        {"<sip:bob@example.org>;x=\"<sip:alice@example.com>\"", SM_FAIL, SM_REASON_DIFFERENT_IDENTITY},
        {"<sip:bob@example.org;x=sip%3aalice%40example.com>", SM_FAIL, SM_REASON_DIFFERENT_IDENTITY},
        {"<sip:bob@example.org?From=sip:alice%40example.com>", SM_FAIL, SM_REASON_DIFFERENT_IDENTITY},
        {"sip:alice@example.com <sip:bob@example.org>", SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY},
        {"sip:bob@example.org, <sip:alice@example.com>", SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY},
        {"sip:bob@example.org;x=<sip:alice@example.com>", SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY},
        /* almost Alice */
        {"<sip:Alice@example.com>", SM_FAIL, SM_REASON_DIFFERENT_IDENTITY},
        {"<sip:alice@example.com.evil.example>", SM_FAIL, SM_REASON_DIFFERENT_IDENTITY},
        {"<sip:alice%40example.com@evil.example>", SM_FAIL, SM_REASON_DIFFERENT_IDENTITY},
        {"<sip:alice%00@example.com>", SM_FAIL, SM_REASON_DIFFERENT_IDENTITY},
        {"<sip:alice:secret@example.com>", SM_FAIL, SM_REASON_DIFFERENT_IDENTITY},
        {"<sip:alice;x=1@example.com>", SM_FAIL, SM_REASON_DIFFERENT_IDENTITY},
        {"<sips:alice@example.com>", SM_FAIL, SM_REASON_DIFFERENT_IDENTITY},
        {"<sip:example.com>", SM_FAIL, SM_REASON_DIFFERENT_IDENTITY},
        {"<mailto:alice@example.com>", SM_FAIL, SM_REASON_DIFFERENT_IDENTITY},
        /* no address that all would read alike */
        {"<sip:\xd0\xb0lice@example.com>", SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY},
        {"<sip:alice@example.com@evil.example>", SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY},
        {"<sip:alice@example.com>, <sip:bob@example.org>", SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY},
        {"<sip:alice@example.com> <sip:bob@example.org>", SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY},
        {"<sip:alice@example.com> (Bob)", SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY},
        {"<sip:alice@example.com>\r\n <sip:bob@example.org>", SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY},
        {"<<sip:alice@example.com>>", SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY},
        {"", SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY},
        /* two senders: neither by the field's name in another case or form, nor by a folded line that is none */
        {"<sip:alice@example.com>\r\nFrom: <sip:bob@example.org>", SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY},
        {"<sip:alice@example.com>\r\nf: <sip:bob@example.org>", SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY},
        {"<sip:alice@example.com>\r\nFROM : <sip:bob@example.org>", SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY},
        {"<sip:bob@example.org>\r\nFrom: <sip:alice@example.com>", SM_FAIL, SM_REASON_DIFFERENT_IDENTITY},
        {"<sip:alice@example.com>\r\nReply-To: <sip:bob@example.org>", SM_PASS, SM_REASON_NONE},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(senders); i++) {
        conversation talk = {sm_history_new(), 0};
        g_autofree char *head = g_strdup_printf("MESSAGE sip:bob@example.org SIP/2.0\r\nFrom: %s\r\nTo: <sip:bob@example.org>\r\n"
                                                "Call-ID: q\r\nCSeq: 1 MESSAGE\r\n"
                                                "Content-Type: application/pkcs7-mime; smime-type=signed-data\r\n\r\n",
                                                senders[i].from);
        sm_verdict verdict = said(&talk, head, by_alice)->identity;
        if (verdict.kind != senders[i].kind || verdict.reason != senders[i].reason)
            g_error("From: %s: %s, %s", senders[i].from, sm_verdict_word(verdict.kind), sm_reason_word(verdict.reason));
        sm_history_free(talk.history);
    }
}

/* RFC 3325 9.1: one value, or a SIP URI and a number. */
static void test_asserted_list(void)
{
    conversation talk = {sm_history_new(), 0};
#define ASSERTED(list) said(&talk, REQUEST("<sip:anonymous@anonymous.invalid>", "P-Asserted-Identity: " list "\r\n"), by_alice)
    assert_identity(ASSERTED("<sip:alice@example.com>, <tel:+12125550123>"), SM_PASS, SM_REASON_NONE);
    assert_identity(ASSERTED("tel:+12125550123\r\nP-Asserted-Identity: \"Bob, <sip:bob@example.org>\" <sip:alice@example.com>"), SM_PASS, SM_REASON_NONE);
    assert_identity(ASSERTED("\"A, <sip:alice@example.com>\" <sip:bob@example.org>"), SM_FAIL, SM_REASON_DIFFERENT_IDENTITY);
    assert_identity(ASSERTED("<sip:bob@example.org>, <sip:alice@example.com>"), SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY);
    assert_identity(ASSERTED("<sip:alice@example.com>\r\nP-Asserted-Identity: <sip:bob@example.org>"), SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY);
    assert_identity(said(&talk, REQUEST("<sip:anonymous@anonymous.invalid>", "P-Preferred-Identity: <sip:alice@example.com>\r\n"), by_alice),
                    SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY);
    sm_history_free(talk.history);
}

/* RFC 3323: From says nobody; RFC 3325: the network says who. */
static void test_anonymous(void)
{
    conversation talk = {sm_history_new(), 0};
#define NOBODY "\"Anonymous\" <sip:anonymous@anonymous.invalid>"
    const sm_conclusion *asserted = said(&talk, REQUEST(NOBODY, "P-Asserted-Identity: <sip:alice@example.com>\r\n"), by_alice);
    assert_identity(asserted, SM_PASS, SM_REASON_NONE);
    g_assert_cmpstr(asserted->identities[0]->matched_header, ==, "P-Asserted-Identity");
    g_assert_nonnull(strstr(asserted->summary, "sender matches P-Asserted-Identity"));
    assert_identity(said(&talk, REQUEST(NOBODY, "P-Asserted-Identity: <sip:alice@example.com>\r\n"), by_bob), SM_FAIL, SM_REASON_DIFFERENT_IDENTITY);
    assert_identity(said(&talk, REQUEST(NOBODY, ""), by_alice), SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY);
    sm_history_free(talk.history);
}

/* RFC 3261 23.2: the answer may come from whom the request was retargeted to. */
static void test_response(void)
{
    conversation talk = {sm_history_new(), 0};
    assert_identity(said(&talk, RESPONSE("<sip:bob@example.org>", ""), by_bob), SM_PASS, SM_REASON_NONE);
    const sm_conclusion *retargeted = said(&talk, RESPONSE("<sip:carol@example.net>", ""), by_bob);
    assert_identity(retargeted, SM_NOT_EVALUATED, SM_REASON_RETARGETED);
    g_assert_nonnull(strstr(retargeted->summary, "sender not compared (retargeted)"));
    assert_identity(said(&talk, RESPONSE("<sip:carol@example.net>", "P-Asserted-Identity: <sip:bob@example.org>\r\n"), by_bob), SM_PASS, SM_REASON_NONE);
    /* From of a response is whom it goes to. */
    assert_identity(said(&talk, "SIP/2.0 200 OK\r\nFrom: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.org>;tag=2\r\nCall-ID: r\r\n"
                                "CSeq: 1 MESSAGE\r\nContent-Type: application/pkcs7-mime; smime-type=signed-data\r\n\r\n",
                         by_alice),
                    SM_NOT_EVALUATED, SM_REASON_RETARGETED);
    assert_identity(said(&talk, RESPONSE("<sip:bob@example.org>;tag=2\r\nt: <sip:carol@example.net>", ""), by_bob), SM_NOT_EVALUATED,
                    SM_REASON_NO_IDENTITY);
    sm_history_free(talk.history);
}

#define ALICE_PATH "msrp://192.0.2.10:7777/aaa;tcp"
#define BOB_PATH "msrp://198.51.100.20:8888/bbb;tcp"
#define SDP(path, port)                                                                                                              \
    "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=message " port " TCP/MSRP *\r\na=accept-types:*\r\na=path:" path "\r\n"

static void negotiate(conversation *talk, const char *callee)
{
    g_autofree char *invite = g_strdup_printf("INVITE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKi\r\n"
                                              "From: <sip:alice@example.com>;tag=1\r\nTo: <%s>\r\nCall-ID: s\r\nCSeq: 1 INVITE\r\n"
                                              "Content-Type: application/sdp\r\n\r\n",
                                              callee);
    g_autofree char *answer = g_strdup_printf("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKi\r\n"
                                              "From: <sip:alice@example.com>;tag=1\r\nTo: <%s>;tag=2\r\nCall-ID: s\r\nCSeq: 1 INVITE\r\n"
                                              "Content-Type: application/sdp\r\n\r\n",
                                              callee);
    g_autoptr(GBytes) offer = g_bytes_new_static(SDP(ALICE_PATH, "7777"), strlen(SDP(ALICE_PATH, "7777")));
    g_autoptr(GBytes) answered = g_bytes_new_static(SDP(BOB_PATH, "8888"), strlen(SDP(BOB_PATH, "8888")));
    said(talk, invite, offer);
    said(talk, answer, answered);
}

/* RFC 8591 8.4: the addresses-of-record of the dialog, each at its own end. */
static void test_msrp(void)
{
    conversation talk = {sm_history_new(), 0};
    negotiate(&talk, "sip:bob@example.org");
    const sm_conclusion *there = chunk(&talk, ALICE_PATH, BOB_PATH, by_alice), *back = chunk(&talk, BOB_PATH, ALICE_PATH, by_bob);
    assert_identity(there, SM_PASS, SM_REASON_NONE);
    assert_identity(back, SM_PASS, SM_REASON_NONE);
    g_assert_cmpstr(there->links.session.sender->aor, ==, "sip:alice@example.com");
    g_assert_cmpstr(there->links.session.receiver->aor, ==, "sip:bob@example.org");
    g_assert_cmpstr(back->links.session.sender->aor, ==, "sip:bob@example.org");
    assert_identity(chunk(&talk, ALICE_PATH, BOB_PATH, by_bob), SM_FAIL, SM_REASON_DIFFERENT_IDENTITY);
    assert_identity(chunk(&talk, BOB_PATH, ALICE_PATH, by_alice), SM_FAIL, SM_REASON_DIFFERENT_IDENTITY);
    sm_history_free(talk.history);
}

static void test_msrp_without_session(void)
{
    conversation talk = {sm_history_new(), 0};
    const sm_conclusion *conclusion = chunk(&talk, ALICE_PATH, BOB_PATH, by_alice);
    assert_identity(conclusion, SM_NOT_EVALUATED, SM_REASON_NO_SESSION);
    g_assert_cmpint(conclusion->signed_.kind, ==, SM_PASS);
    g_assert_null(conclusion->identities[0]->matched);
    negotiate(&talk, "sip:bob@example.org"); /* another's session is none for these paths */
    assert_identity(chunk(&talk, "msrp://192.0.2.10:7777/other;tcp", BOB_PATH, by_alice), SM_NOT_EVALUATED, SM_REASON_NO_SESSION);
    sm_history_free(talk.history);
}

/* The line */

static void test_summary(void)
{
    static const struct {
        const char *capture, *line;
    } lines[] = {
        {"sip-signed", "signed by sip:alice@example.com, signature valid, certificate valid, sender matches From"},
        {"sip-signed-then-encrypted", "decrypted, signed by sip:alice@example.com, signature valid, certificate valid, sender matches From"},
        {"sip-enveloped-cbc",
         "decrypted (not authenticated), signed by sip:alice@example.com, signature valid, certificate valid, sender matches From"},
        {"sip-encrypted-only", "decrypted, not signed"},
        {"sip-unwanted-recipient", "encrypted, no key fits"},
        {"sip-wrong-signer", "signed by sip:bob@example.org, signature valid, certificate valid, sender does NOT match"},
        {"sip-expired", "signed by sip:alice@example.com, signature valid, certificate EXPIRED, sender matches From"},
        {"sip-expired-since", "signed by sip:alice@example.com, signature valid, certificate valid then but expired now, sender matches From"},
        {"sip-revoked", "signed by sip:alice@example.com, signature valid, certificate REVOKED, sender matches From, but unproven"},
        {"sip-no-uri", "signed by CN=Alice, signature valid, certificate valid, certificate names NO SIP identity"},
        {"sip-unknown-issuer",
         "signed by sip:alice@example.com, signature valid, certificate NOT trusted (untrusted), sender matches From, but unproven"},
        {"sip-not-cms", "not readable as CMS (malformed)"},
        {"sip-plain", NULL},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
        given_message message = given_capture(lines[i].capture);
        sm_inspection *inspection = given_inspection(ring, &message);
        sm_history *history = sm_history_new();
        const sm_conclusion *conclusion = sm_history_conclude(history, inspection);
        sm_inspection_unref(inspection);
        g_assert_cmpstr(conclusion->summary, ==, lines[i].line);
        sm_history_free(history);
        given_free(message);
    }
}

static void test_summary_of_forms(void)
{
    static const struct {
        const char *file, *line;
    } lines[] = {
        {"certs-only.der", "certificates only (2)"},
        {"data.der", "not signed"},
        {"enveloped-password.der", "not decrypted (password-recipients-off)"},
        {"signed-detached.der", "said to be signed by sip:alice@example.com, signature not evaluated (no-content)"},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
        given_message message = given_fixture("application/pkcs7-mime", lines[i].file);
        sm_inspection *inspection = given_inspection(ring, &message);
        sm_history *history = sm_history_new();
        const sm_conclusion *conclusion = sm_history_conclude(history, inspection);
        sm_inspection_unref(inspection);
        if (!g_str_has_prefix(conclusion->summary, lines[i].line))
            g_error("%s: %s", lines[i].file, conclusion->summary);
        sm_history_free(history);
        given_free(message);
    }
}

/* A conclusion may be given back; what was learned stays. */
static void test_release(void)
{
    conversation talk = {sm_history_new(), 0};
    negotiate(&talk, "sip:bob@example.org");
    sm_conclusion_release(talk.history, chunk(&talk, ALICE_PATH, BOB_PATH, by_alice));
    assert_identity(chunk(&talk, ALICE_PATH, BOB_PATH, by_alice), SM_PASS, SM_REASON_NONE);
    sm_history_free(talk.history);
    sm_history_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ring = given_ring();
    given_message alice = given_capture("sip-signed"), bob = given_capture("sip-wrong-signer");
    by_alice = alice.body;
    by_bob = bob.body;
    g_test_add_func("/history/identity/request", test_request);
    g_test_add_func("/history/identity/disguises", test_disguises);
    g_test_add_func("/history/identity/asserted-list", test_asserted_list);
    g_test_add_func("/history/identity/anonymous", test_anonymous);
    g_test_add_func("/history/identity/response", test_response);
    g_test_add_func("/history/identity/msrp", test_msrp);
    g_test_add_func("/history/identity/msrp-without-session", test_msrp_without_session);
    g_test_add_func("/history/identity/summary", test_summary);
    g_test_add_func("/history/identity/summary-of-forms", test_summary_of_forms);
    g_test_add_func("/history/identity/release", test_release);
    int status = g_test_run();
    given_free(alice);
    given_free(bob);
    sm_keyring_unref(ring);
    return status;
}
