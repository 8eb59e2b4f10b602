/* Links between messages: a copy taken for a new message doubles every finding, a new message taken for a copy hides them. */

#include "history/table.h"
#include "history_talk.h"

/* --- copies ------------------------------------------------------------------------------------------------------------- */

static void test_retransmission(void)
{
    conversation talk = talk_begin(NULL);
    const sm_conclusion *first = say(&talk, (said){.type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)});
    g_assert_cmpuint(first->links.retransmission_of, ==, 0);

    const sm_conclusion *again = say(&talk, (said){.type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)});
    g_assert_cmpuint(again->links.retransmission_of, ==, 1);
    g_assert_false(again->links.other_hop);
    g_assert_cmpuint(again->links.replay_of, ==, 0);
    g_assert_cmpint(again->signed_.kind, ==, first->signed_.kind);
    g_autofree char *expected = g_strdup_printf("%s, retransmission of frame 1", first->summary);
    g_assert_cmpstr(again->summary, ==, expected);
    talk_end(&talk);
}

static void test_other_hop(void)
{
    conversation talk = talk_begin(NULL);
    say(&talk, (said){.type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)});
    const sm_conclusion *hop = say(&talk, (said){.start = "MESSAGE sip:bob@203.0.113.7 SIP/2.0",
                                                 .branch = "z9hG4bKproxy",
                                                 .more = "Record-Route: <sip:proxy.example.com;lr>\r\nP-Asserted-Identity: <sip:alice@example.com>\r\n",
                                                 .type = SIGNED_TYPE,
                                                 .body = interop_body(BY_P256, 0)});
    g_assert_cmpuint(hop->links.retransmission_of, ==, 1);
    g_assert_true(hop->links.other_hop);
    g_assert_nonnull(strstr(hop->summary, ", copy of frame 1 on another hop"));
    talk_end(&talk);
}

/* What a proxy must not change, and what a new message has anew. */
static void test_no_copy(void)
{
    const said others[] = {
        {.type = SIGNED_TYPE, .body = interop_body(BY_P256, 100)},
        {.type = "application/pkcs7-mime", .body = interop_body(BY_P256, 0)},
        {.from = "<sip:mallory@example.com>;tag=a", .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)},
        {.from = "<sip:alice@example.com>;tag=b", .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)},
        {.to = "<sip:carol@example.org>", .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)},
        {.to = "<sip:bob@example.org>;tag=b", .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)},
        {.cseq = 2, .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)},
        {.call_id = "second", .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)},
        {.more = "Date: Thu, 15 Jan 2026 10:00:00 GMT\r\n", .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)},
        {.start = "INFO sip:bob@example.org SIP/2.0", .method = "INFO", .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)},
        {.start = "SIP/2.0 200 OK", .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)},
        {.missing = 1, .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(others); i++) {
        conversation talk = talk_begin(NULL);
        say(&talk, (said){.type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)});
        g_assert_cmpuint(say(&talk, others[i])->links.retransmission_of, ==, 0);
        talk_end(&talk);
    }
}

/* P-Asserted-Identity is the sender's identity where From tells none: then it is no copy that has another. */
static void test_asserted(void)
{
    conversation talk = talk_begin(NULL);
    const char *anonymous = "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=a";
    say(&talk, (said){.from = anonymous, .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)});
    const sm_conclusion *asserted = say(&talk, (said){.from = anonymous,
                                                      .branch = "z9hG4bKproxy",
                                                      .more = "P-Asserted-Identity: <sip:alice@example.com>\r\n",
                                                      .type = SIGNED_TYPE,
                                                      .body = interop_body(BY_P256, 0)});
    g_assert_cmpuint(asserted->links.retransmission_of, ==, 0);
    talk_end(&talk);
}

static void test_late_copy(void)
{
    conversation talk = talk_begin(NULL);
    say(&talk, (said){.text = "late"});
    say(&talk, (said){.type = SIGNED_TYPE, .cseq = 2, .body = interop_body(BY_P256, 0)});
    talk.seconds += 3600;
    const sm_conclusion *plain = say(&talk, (said){.text = "late"});
    g_assert_cmpuint(plain->links.retransmission_of, ==, 0);
    const sm_conclusion *replay = say(&talk, (said){.type = SIGNED_TYPE, .cseq = 2, .body = interop_body(BY_P256, 0)});
    g_assert_cmpuint(replay->links.retransmission_of, ==, 0);
    g_assert_cmpuint(replay->links.replay_of, ==, 2);
    const sm_conclusion *refresh = say(&talk, (said){.type = SIGNED_TYPE, .cseq = 3, .body = interop_body(BY_P256, 0)});
    g_assert_cmpuint(refresh->links.replay_of, ==, 0);
    const sm_conclusion *copy = say(&talk, (said){.type = SIGNED_TYPE, .cseq = 2, .body = interop_body(BY_P256, 0)});
    g_assert_cmpuint(copy->links.retransmission_of, ==, 4);
    talk_end(&talk);
}

static void test_quoted(void)
{
    conversation talk = talk_begin(NULL);
    say(&talk, (said){.text = "hello"});
    g_assert_cmpuint(say(&talk, (said){.text = "hello", .quoted = true})->links.retransmission_of, ==, 0);
    talk_end(&talk);
}

/* A hop on which a tunnelled header field differs from the one outside, is not there or stands there alone, is what the tunnel is there to show. */
static void test_tunnel_hop(void)
{
    conversation talk = talk_begin(NULL);
    const char *tunnel = "--b\r\nContent-Type: message/sip\r\n\r\nMESSAGE sip:bob@example.org SIP/2.0\r\nSubject: Lunch\r\n\r\nhello\r\n--b--\r\n";
    const said sent = {.type = "multipart/mixed; boundary=b", .more = "Subject: Lunch\r\n", .text = tunnel};
    said changed = sent, removed = sent, added = sent, passed = sent;
    changed.more = "Subject: Dinner\r\n";
    removed.more = "";
    added.more = "Subject: Lunch\r\nReply-To: <sip:carol@example.com>\r\n";
    passed.more = "Subject: Lunch\r\nOrganization: Example\r\n";
    changed.branch = removed.branch = added.branch = passed.branch = "z9hG4bKproxy";
    say(&talk, sent);
    g_assert_cmpuint(say(&talk, changed)->links.retransmission_of, ==, 0);
    g_assert_cmpuint(say(&talk, removed)->links.retransmission_of, ==, 0);
    g_assert_cmpuint(say(&talk, added)->links.retransmission_of, ==, 0);
    g_assert_cmpuint(say(&talk, passed)->links.retransmission_of, ==, 1);
    talk_end(&talk);
}

static const sm_conclusion *send(conversation *talk, const char *from_path, const char *to_path, const char *message_id, unsigned chunks)
{
    GBytes *body = interop_body(BY_P256, 0);
    sm_carrier carrier = {.kind = SM_CARRIER_MSRP,
                          .content_type = SIGNED_TYPE,
                          .msrp = {.method = "SEND", .message_id = message_id, .from_path = from_path, .to_path = to_path, .chunks = chunks,
                                   .complete = true}};
    return conclude(talk, &carrier, body);
}

static void test_msrp_copy(void)
{
    conversation talk = talk_begin(NULL);
    const char *alice = "msrp://alice.example.com:7654/a;tcp", *bob = "msrp://bob.example.org:7654/b;tcp";
    send(&talk, alice, "msrps://relay.example.com:2855/r;tcp msrp://bob.example.org:7654/b;tcp", "m1", 1);
    const sm_conclusion *relayed = send(&talk, "msrps://relay.example.com:2855/r;tcp msrp://alice.example.com:7654/a;tcp", bob, "m1", 1);
    g_assert_cmpuint(relayed->links.retransmission_of, ==, 1);
    g_assert_cmpuint(send(&talk, alice, bob, "m2", 1)->links.retransmission_of, ==, 0);
    g_assert_cmpuint(send(&talk, alice, bob, "m2", 3)->links.retransmission_of, ==, 0); /* cut anew by a relay */
    g_assert_cmpuint(send(&talk, bob, alice, "m1", 1)->links.retransmission_of, ==, 0);
    g_assert_cmpuint(send(&talk, alice, bob, NULL, 1)->links.retransmission_of, ==, 0);
    g_assert_cmpuint(send(&talk, alice, bob, NULL, 1)->links.retransmission_of, ==, 0);
    talk_end(&talk);
}

/* --- transactions ----------------------------------------------------------------------------------------------------- */

static void test_response(void)
{
    conversation talk = talk_begin(NULL);
    const sm_conclusion *request = say(&talk, (said){.type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)});
    say(&talk, (said){.branch = "z9hG4bKproxy", .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)});
    const said ok = {.start = "SIP/2.0 200 OK", .to = "<sip:bob@example.org>;tag=b"};
    said from_proxy = ok, unseen = ok, other = ok, cancel = ok;
    from_proxy.branch = "z9hG4bKproxy";
    unseen.branch = "z9hG4bKunseen";
    other.cseq = 2;
    cancel.method = "CANCEL";

    const sm_conclusion *answer = say(&talk, from_proxy);
    g_assert_cmpuint(answer->links.request_frame, ==, 2);
    g_assert_true(answer->links.request_smime);
    g_assert_true(answer->links.request_signed);
    g_assert_false(answer->links.request_encrypted);
    answer = say(&talk, ok);
    g_assert_cmpuint(answer->links.request_frame, ==, 1);
    g_assert_true(answer->links.request == request->inspection->sip);
    g_assert_cmpuint(answer->links.retransmission_of, ==, 3);
    g_assert_true(answer->links.other_hop);
    g_assert_cmpuint(say(&talk, unseen)->links.request_frame, ==, 1);
    g_assert_cmpuint(say(&talk, other)->links.request_frame, ==, 0);
    g_assert_cmpuint(say(&talk, cancel)->links.request_frame, ==, 0);
    talk_end(&talk);
}

/* A Call-ID used again: a response belongs to the later request. */
static void test_used_again(void)
{
    conversation talk = talk_begin(NULL);
    say(&talk, (said){.text = "hello"});
    talk.seconds += 3600;
    say(&talk, (said){.text = "hello"});
    g_assert_cmpuint(say(&talk, (said){.start = "SIP/2.0 200 OK", .to = "<sip:bob@example.org>;tag=b"})->links.request_frame, ==, 2);
    talk_end(&talk);
}

/* The request stays readable for its responses when nobody else holds it any more. */
static void test_request_kept(void)
{
    conversation talk = talk_begin(NULL);
    sm_conclusion_release(talk.history, say(&talk, (said){.type = SEALED_TYPE, .body = interop_body(FOR_P256, 0)}));
    const sm_conclusion *answer = say(&talk, (said){.start = "SIP/2.0 493 Undecipherable", .to = "<sip:bob@example.org>;tag=b"});
    for (unsigned i = 2; i < 600; i++)
        sm_conclusion_release(talk.history, say(&talk, (said){.cseq = i, .type = SEALED_TYPE, .body = interop_body(FOR_P256, 0)}));
    g_assert_true(answer->links.request_encrypted);
    g_assert_false(answer->links.request_signed);
    g_assert_cmpstr(answer->links.request->call_id, ==, "first");
    const sm_conclusion *late = say(&talk, (said){.start = "SIP/2.0 408 Request Timeout", .to = "<sip:bob@example.org>;tag=b"});
    g_assert_null(late->links.request);
    g_assert_true(late->links.request_smime);
    talk_end(&talk);
}

static void test_rejected(void)
{
    static const unsigned statuses[] = {415, 493};
    for (unsigned i = 0; i < G_N_ELEMENTS(statuses); i++) {
        conversation talk = talk_begin(NULL);
        g_autofree char *start = g_strdup_printf("SIP/2.0 %u No", statuses[i]);
        say(&talk, (said){.type = SEALED_TYPE, .body = interop_body(FOR_P256, 0)});
        say(&talk, (said){.start = start, .to = "<sip:bob@example.org>;tag=b"});
        const sm_conclusion *elsewhere = say(&talk, (said){.cseq = 2, .call_id = "x", .to = "<sip:carol@example.org>", .text = "plain"});
        g_assert_cmpuint(elsewhere->links.rejected_frame, ==, 0);
        const sm_conclusion *again = say(&talk, (said){.cseq = 2, .text = "plain"});
        g_assert_cmpuint(again->links.rejected_frame, ==, 2);
        g_assert_cmpuint(again->links.rejected_status, ==, statuses[i]);
        g_assert_cmpuint(say(&talk, (said){.cseq = 3, .text = "plain too"})->links.rejected_frame, ==, 0);
        talk_end(&talk);
    }
}

static void test_not_rejected(void)
{
    conversation talk = talk_begin(NULL);
    say(&talk, (said){.text = "plain"});
    say(&talk, (said){.start = "SIP/2.0 415 No", .to = "<sip:bob@example.org>;tag=b"});
    g_assert_cmpuint(say(&talk, (said){.cseq = 2, .text = "plain"})->links.rejected_frame, ==, 0);
    say(&talk, (said){.cseq = 3, .type = SEALED_TYPE, .body = interop_body(FOR_P256, 0)});
    say(&talk, (said){.cseq = 3, .start = "SIP/2.0 493 No", .to = "<sip:bob@example.org>;tag=b"});
    say(&talk, (said){.cseq = 4, .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)}); /* with the certificate of the 493 */
    g_assert_cmpuint(say(&talk, (said){.cseq = 5, .text = "plain"})->links.rejected_frame, ==, 0);
    talk_end(&talk);
}

/* Copies neither end a rejection nor repeat it. */
static void test_rejected_copies(void)
{
    conversation talk = talk_begin(NULL);
    const said request = {.type = SEALED_TYPE, .branch = "z9hG4bKproxy"}, answer = {.start = "SIP/2.0 415 No", .to = "<sip:bob@example.org>;tag=b"};
    said copy = request;
    copy.body = interop_body(FOR_P256, 0);
    say(&talk, (said){.type = SEALED_TYPE, .body = interop_body(FOR_P256, 0)});
    say(&talk, answer);
    g_assert_cmpuint(say(&talk, copy)->links.retransmission_of, ==, 1);
    g_assert_cmpuint(say(&talk, (said){.cseq = 2, .text = "plain"})->links.rejected_frame, ==, 2);
    g_assert_cmpuint(say(&talk, answer)->links.retransmission_of, ==, 2);
    g_assert_cmpuint(say(&talk, (said){.cseq = 3, .text = "plain"})->links.rejected_frame, ==, 0);
    talk_end(&talk);
}

/* --- seen before ------------------------------------------------------------------------------------------------------ */

static void test_certificate_changed(void)
{
    conversation talk = talk_begin(interop_ring("keys/ring"));
    g_assert_cmpuint(say(&talk, (said){.cseq = 1, .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)})->links.certificate_changed, ==, 0);
    const sm_conclusion *changed =
        say(&talk, (said){.cseq = 2, .from = "<sips:alice@EXAMPLE.com:5061>;tag=a", .type = SIGNED_TYPE, .body = interop_body(BY_RSA, 0)});
    g_assert_cmpuint(changed->links.certificate_changed, ==, 1);
    g_assert_nonnull(strstr(changed->links.previous_certificate, "CN=p256"));
    /* both are known from now on: two devices */
    g_assert_cmpuint(say(&talk, (said){.cseq = 3, .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)})->links.certificate_changed, ==, 0);
    const sm_conclusion *carol = say(&talk, (said){.cseq = 4, .from = "<sip:carol@example.com>", .type = SIGNED_TYPE, .body = interop_body(BY_RSA, 0)});
    g_assert_cmpuint(carol->links.certificate_changed, ==, 0);
    talk_end(&talk);
}

/* Neither a signature that does not hold nor whoever answers in the callee's place shows a certificate of the user. */
static void test_certificate_of_others(void)
{
    conversation talk = talk_begin(interop_ring("keys/ring"));
    say(&talk, (said){.cseq = 1, .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)});
    const sm_conclusion *damaged = say(&talk, (said){.cseq = 2, .type = SIGNED_TYPE, .body = interop_body(BY_RSA, 1)});
    g_assert_cmpint(damaged->signed_.kind, ==, SM_FAIL);
    g_assert_cmpuint(damaged->links.certificate_changed, ==, 0);
    const sm_conclusion *answer = say(&talk, (said){.cseq = 3,
                                                    .start = "SIP/2.0 200 OK",
                                                    .from = "<sip:bob@example.org>;tag=b",
                                                    .to = "<sip:alice@example.com>;tag=a",
                                                    .type = SIGNED_TYPE,
                                                    .body = interop_body(BY_RSA, 0)});
    g_assert_cmpuint(answer->links.certificate_changed, ==, 0);
    talk_end(&talk);
}

/* An anonymous sender is whom the network says it is. */
static void test_certificate_of_asserted(void)
{
    conversation talk = talk_begin(NULL);
    const char *alice = "P-Asserted-Identity: <sip:alice@example.com>\r\n", *carol = "P-Asserted-Identity: <sip:carol@example.com>\r\n";
    const said anonymous = {.from = "<sip:anonymous@anonymous.invalid>;tag=a", .type = SIGNED_TYPE};
    said first = anonymous, other = anonymous, changed = anonymous;
    first.more = changed.more = alice;
    other.more = carol;
    first.body = interop_body(BY_P256, 0);
    other.body = interop_body(BY_RSA, 0);
    changed.body = interop_body(BY_RSA, 0);
    other.cseq = 2;
    changed.cseq = 3;
    say(&talk, first);
    g_assert_cmpuint(say(&talk, other)->links.certificate_changed, ==, 0);
    g_assert_cmpuint(say(&talk, changed)->links.certificate_changed, ==, 1);
    talk_end(&talk);
}

static void test_smime_before(void)
{
    conversation talk = talk_begin(NULL);
    say(&talk, (said){.cseq = 1, .text = "plain from the start"});
    say(&talk, (said){.cseq = 2, .type = SEALED_TYPE, .body = interop_body(FOR_P256, 0)});
    const sm_conclusion *typing = say(&talk, (said){.cseq = 3, .type = "application/im-iscomposing+xml", .text = "<isComposing/>"});
    g_assert_cmpuint(typing->links.smime_before, ==, 0);
    g_assert_cmpuint(say(&talk, (said){.cseq = 4, .to = "<sip:carol@example.org>", .text = "plain"})->links.smime_before, ==, 0);
    const sm_conclusion *call = say(&talk, (said){.cseq = 5, .start = "INVITE sip:bob@example.org SIP/2.0", .method = "INVITE", .text = "v=0"});
    g_assert_cmpuint(call->links.smime_before, ==, 0);
    g_assert_cmpuint(say(&talk, (said){.cseq = 6, .text = "plain"})->links.smime_before, ==, 2);
    g_assert_cmpuint(say(&talk, (said){.cseq = 7, .text = "more"})->links.smime_before, ==, 0);
    talk_end(&talk);
}

/* A copy of the protected message that arrives late starts nothing anew. */
static void test_smime_copy(void)
{
    conversation talk = talk_begin(NULL);
    say(&talk, (said){.cseq = 1, .type = SEALED_TYPE, .body = interop_body(FOR_P256, 0)});
    g_assert_cmpuint(say(&talk, (said){.cseq = 2, .text = "plain"})->links.smime_before, ==, 1);
    say(&talk, (said){.cseq = 1, .branch = "z9hG4bKproxy", .type = SEALED_TYPE, .body = interop_body(FOR_P256, 0)});
    g_assert_cmpuint(say(&talk, (said){.cseq = 3, .text = "more"})->links.smime_before, ==, 0);
    talk_end(&talk);
}

static void test_replay(void)
{
    static const char *const bodies[] = {BY_P256, FOR_P256};
    for (unsigned i = 0; i < G_N_ELEMENTS(bodies); i++) {
        const char *type = i == 0 ? SIGNED_TYPE : SEALED_TYPE;
        conversation talk = talk_begin(NULL);
        say(&talk, (said){.type = type, .body = interop_body(bodies[i], 0)});
        const sm_conclusion *challenged = say(&talk, (said){.cseq = 2, .type = type, .body = interop_body(bodies[i], 0)});
        g_assert_cmpuint(challenged->links.replay_of, ==, 0);
        const sm_conclusion *dialog = say(&talk, (said){.call_id = "second", .type = type, .body = interop_body(bodies[i], 0)});
        g_assert_cmpuint(dialog->links.replay_of, ==, 1);
        const sm_conclusion *recipient = say(&talk, (said){.to = "<sip:carol@example.org>", .type = type, .body = interop_body(bodies[i], 0)});
        g_assert_cmpuint(recipient->links.replay_of, ==, 1);
        g_assert_cmpuint(recipient->links.nonce_reuse, ==, 0); /* nothing was sealed anew */
        g_assert_cmpuint(recipient->links.ephemeral_reuse, ==, 0);
        talk_end(&talk);
    }
}

/* A session border controller gives the message another Call-ID; the recipient who forwards it to somebody else does not. */
static void test_passed_on(void)
{
    conversation talk = talk_begin(NULL);
    const said passed = {.call_id = "second", .source = "198.51.100.20:5070", .destination = "203.0.113.7:5060", .type = SIGNED_TYPE};
    said on = passed, carol = passed, late = passed, loopback = passed;
    on.body = interop_body(BY_P256, 0);
    carol.to = "<sip:carol@example.net>";
    carol.call_id = "third";
    carol.body = interop_body(BY_P256, 0);
    late.call_id = "fourth";
    late.body = interop_body(BY_P256, 0);
    loopback.call_id = "fifth";
    loopback.destination = "198.51.100.20:5060";
    loopback.body = interop_body(BY_P256, 0);
    say(&talk, (said){.type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)});
    g_assert_cmpuint(say(&talk, on)->links.replay_of, ==, 0);
    g_assert_cmpuint(say(&talk, carol)->links.replay_of, ==, 1);
    g_assert_cmpuint(say(&talk, loopback)->links.replay_of, ==, 1);
    talk.seconds += 60;
    g_assert_cmpuint(say(&talk, late)->links.replay_of, ==, 1);
    talk_end(&talk);
}

/* Another ciphertext (its tag differs) under the same wrapped key, nonce and originator key. */
static void test_reuse(void)
{
    conversation talk = talk_begin(interop_ring("keys/ring"));
    const sm_conclusion *first = say(&talk, (said){.type = SEALED_TYPE, .body = interop_body(FOR_P256, 0)});
    g_assert_cmpint(first->encrypted.kind, ==, SM_PASS);
    const sm_conclusion *second = say(&talk, (said){.cseq = 2, .type = SEALED_TYPE, .body = interop_body(FOR_P256, 1)});
    g_assert_cmpuint(second->links.nonce_reuse, ==, 1);
    g_assert_cmpuint(second->links.ephemeral_reuse, ==, 1);
    g_assert_cmpuint(second->links.replay_of, ==, 0);
    const sm_conclusion *other =
        say(&talk, (said){.cseq = 3, .type = SEALED_TYPE, .body = interop_body("enveloped/openssl-oaep-sha256-aes-128-gcm.p7m", 0)});
    g_assert_cmpuint(other->links.nonce_reuse, ==, 0);
    g_assert_cmpuint(other->links.ephemeral_reuse, ==, 0);
    talk_end(&talk);
}

/* An IV of CBC is no nonce. */
static void test_no_reuse(void)
{
    conversation talk = talk_begin(NULL);
    const char *enveloped = "application/pkcs7-mime; smime-type=enveloped-data", *cbc = "enveloped/openssl-rsa-aes-128-cbc.p7m";
    say(&talk, (said){.type = enveloped, .body = interop_body(cbc, 0)});
    g_assert_cmpuint(say(&talk, (said){.cseq = 2, .type = enveloped, .body = interop_body(cbc, 1)})->links.nonce_reuse, ==, 0);
    talk_end(&talk);
}

static void test_accepts(void)
{
    conversation talk = talk_begin(NULL);
    say(&talk, (said){.start = "OPTIONS sip:bob@example.org SIP/2.0", .method = "OPTIONS"});
    say(&talk, (said){.start = "SIP/2.0 200 OK",
                      .method = "OPTIONS",
                      .to = "<sip:bob@example.org>;tag=b",
                      .more = "Accept: text/plain, application/pkcs7-mime;smime-type=signed-data\r\nAccept: message/cpim\r\n"});
    const sm_conclusion *signed_ = say(&talk, (said){.cseq = 2, .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)});
    g_assert_cmpuint(signed_->links.recipient_accepts, ==, SM_ACCEPTS_PKCS7_MIME | SM_ACCEPTS_CPIM);
    g_assert_cmpuint(signed_->links.recipient_accepts_frame, ==, 2);
    const sm_conclusion *carol = say(&talk, (said){.cseq = 3, .to = "<sip:carol@example.org>", .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)});
    g_assert_cmpuint(carol->links.recipient_accepts_frame, ==, 0);
    talk_end(&talk);
}

/* --- tables ----------------------------------------------------------------------------------------------------------- */

static unsigned released;

static void count_release(void *entry)
{
    released += *(uint32_t *)entry;
}

static void test_table(void)
{
    history_table *table = history_table_new(sizeof(uint32_t), 3000, count_release);
    for (uint32_t i = 1; i <= 3002; i++)
        *(uint32_t *)history_table_add(table, (history_key){{i, 0}}) = i;
    g_assert_cmpuint(history_table_count(table), ==, 3000);
    g_assert_cmpuint(released, ==, 1 + 2);
    g_assert_null(history_table_find(table, (history_key){{1, 0}}));
    g_assert_null(history_table_find(table, (history_key){{2, 0}}));
    g_assert_null(history_table_find(table, (history_key){{3, 1}}));
    for (uint32_t i = 3; i <= 3002; i++)
        g_assert_cmpuint(*(uint32_t *)history_table_find(table, (history_key){{i, 0}}), ==, i);
    g_assert_cmpuint(*(uint32_t *)history_table_add(table, (history_key){{3002, 0}}), ==, 3002);
    g_assert_cmpuint(*(uint32_t *)history_table_add(table, (history_key){{1, 0}}), ==, 0);
    g_assert_null(history_table_find(table, (history_key){{3, 0}}));
    history_table_free(table);
    g_assert_cmpuint(released, ==, 3002 * 3003 / 2);
}

static void test_digest(void)
{
    history_digest *digest = history_digest_new();
    history_key keys[4];
    for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++) {
        history_digest_begin(digest, i == 3 ? 'b' : 'a');
        history_digest_text(digest, i == 0 ? "ab" : "a");
        history_digest_text(digest, i == 0 ? "c" : i == 2 ? NULL : "bc");
        keys[i] = history_digest_end(digest);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++)
        for (unsigned j = 0; j < i; j++)
            g_assert_false(history_key_equal(keys[i], keys[j]));
    history_digest_begin(digest, 'a');
    history_digest_text(digest, "ab");
    history_digest_text(digest, "c");
    g_assert_true(history_key_equal(history_digest_end(digest), keys[0]));
    history_digest_free(digest);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/history/links/retransmission", test_retransmission);
    g_test_add_func("/history/links/other-hop", test_other_hop);
    g_test_add_func("/history/links/no-copy", test_no_copy);
    g_test_add_func("/history/links/asserted", test_asserted);
    g_test_add_func("/history/links/late-copy", test_late_copy);
    g_test_add_func("/history/links/quoted", test_quoted);
    g_test_add_func("/history/links/tunnel-hop", test_tunnel_hop);
    g_test_add_func("/history/links/msrp-copy", test_msrp_copy);
    g_test_add_func("/history/links/response", test_response);
    g_test_add_func("/history/links/used-again", test_used_again);
    g_test_add_func("/history/links/request-kept", test_request_kept);
    g_test_add_func("/history/links/rejected", test_rejected);
    g_test_add_func("/history/links/not-rejected", test_not_rejected);
    g_test_add_func("/history/links/rejected-copies", test_rejected_copies);
    g_test_add_func("/history/links/certificate-changed", test_certificate_changed);
    g_test_add_func("/history/links/certificate-of-others", test_certificate_of_others);
    g_test_add_func("/history/links/certificate-of-asserted", test_certificate_of_asserted);
    g_test_add_func("/history/links/smime-before", test_smime_before);
    g_test_add_func("/history/links/smime-copy", test_smime_copy);
    g_test_add_func("/history/links/replay", test_replay);
    g_test_add_func("/history/links/passed-on", test_passed_on);
    g_test_add_func("/history/links/reuse", test_reuse);
    g_test_add_func("/history/links/no-reuse", test_no_reuse);
    g_test_add_func("/history/links/accepts", test_accepts);
    g_test_add_func("/history/links/table", test_table);
    g_test_add_func("/history/links/digest", test_digest);
    return g_test_run();
}
