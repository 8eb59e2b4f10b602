/* Rules on tunnelled SIP: a message that keeps each of them and one that breaks it. */

#include "rules_talk.h"

#define DATE "Date: Thu, 15 Jan 2026 10:00:00 GMT\r\n"

/* Of the message that say() makes, with this From and these further header fields. */
static char *tunnel(const char *from, const char *more)
{
    return g_strdup_printf("Content-Type: message/sip\r\n\r\nMESSAGE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK1\r\n"
                           "From: %s\r\nTo: <sip:bob@example.org>\r\nCall-ID: first\r\nCSeq: 1 MESSAGE\r\n%sContent-Type: text/plain\r\n\r\nhello",
                           from, more);
}

#define ALICE "<sip:alice@example.com>;tag=a"
#define CAROL "<sip:carol@example.com>;tag=a"

static const sm_conclusion *signed_tunnel(conversation *talk, const char *from, const char *inside, const char *outside)
{
    g_autofree char *entity = tunnel(from, inside);
    return say(talk, (said){.more = outside, .type = CLEAR_SIGNED_TYPE, .body = clear_signed(entity)});
}

static void test_equal(void)
{
    const char *id = "SMIME-TUN-001";
    conversation talk = talk_begin(NULL);
    const sm_conclusion *equal = signed_tunnel(&talk, ALICE, DATE "Subject: Lunch\r\n", DATE "Subject: Lunch\r\nRecord-Route: <sip:proxy.example.com>\r\n");
    g_assert_cmpuint(equal->inspection->parts[1]->tunnel->full, ==, true);
    g_assert_null(found(equal, id));
    g_assert_cmpstr(found(signed_tunnel(&talk, CAROL, DATE, DATE), id), ==,
                    "From differs: \"<sip:carol@example.com>;tag=a\" inside, \"<sip:alice@example.com>;tag=a\" outside");
    g_assert_cmpstr(found(signed_tunnel(&talk, CAROL, DATE "Subject: Lunch\r\n", DATE "Subject: Dinner\r\n"), id), ==,
                    "From differs: \"<sip:carol@example.com>;tag=a\" inside, \"<sip:alice@example.com>;tag=a\" outside; so does Subject");
    talk_end(&talk);
}

/* RFC 3261 23.4.1.1, 23.4.2: what the signed copy has and the message has not was taken away; what is added outside nothing protects, and what proxies
 * or extensions do is their own affair. */
static void test_removed(void)
{
    const char *id = "SMIME-TUN-001";
    conversation talk = talk_begin(kek_ring());
    g_assert_cmpstr(found(signed_tunnel(&talk, ALICE, DATE "Reply-To: <sip:alice@example.net>\r\nSubject: Lunch\r\n", DATE), id), ==,
                    "Reply-To was taken away outside: \"<sip:alice@example.net>\" inside; so does Subject");
    g_assert_null(found(signed_tunnel(&talk, ALICE, DATE, DATE "Subject: Lunch\r\n"), id));
    g_assert_null(found(signed_tunnel(&talk, ALICE, DATE "Route: <sip:proxy.example.com>\r\nX-Own: 1\r\nContent-Language: en\r\n", DATE), id));
    const sm_conclusion *undated = signed_tunnel(&talk, ALICE, DATE, "");
    g_assert_null(found(undated, id));
    g_assert_cmpstr(found(undated, "SMIME-TUN-003"), ==, "Date stands inside only");
    g_autofree char *secret = tunnel(ALICE, DATE "Subject: Lunch\r\n"); /* 23.4.1.2 */
    GBytes *body = sealed(secret);
    if (body)
        g_assert_null(found(say(&talk, (said){.more = DATE, .type = SEALED_TYPE, .body = body}), id));
    talk_end(&talk);
}

/* Not protected, message/sip quotes any message; message/sipfrag is no tunnel. */
static void test_quoted(void)
{
    conversation talk = talk_begin(NULL);
    g_autofree char *entity = tunnel(CAROL, "");
    g_assert_cmpuint(finding_count(say(&talk, (said){.type = "message/sip", .text = strstr(entity, "MESSAGE")})), ==, 0);
    char *type = strstr(entity, "message/sip\r");
    g_autofree char *fragment = g_strdup_printf("%.*smessage/sipfrag%s", (int)(type - entity), entity, type + strlen("message/sip"));
    const sm_conclusion *frag = say(&talk, (said){.type = CLEAR_SIGNED_TYPE, .body = clear_signed(fragment)});
    g_assert_nonnull(frag->inspection->parts[1]->tunnel);
    g_assert_null(found(frag, "SMIME-TUN-001"));
    g_assert_null(found(frag, "SMIME-TUN-003"));
    talk_end(&talk);
}

/* RFC 3261 23.4.1.2: From may be another inside an encrypted message, Call-ID may not. */
static void test_encrypted(void)
{
    conversation talk = talk_begin(kek_ring());
    g_autofree char *other_from = tunnel(CAROL, DATE), *other_id = tunnel(ALICE, DATE);
    memcpy(strstr(other_id, "Call-ID: first"), "Call-ID: third", strlen("Call-ID: third"));
    GBytes *from = sealed(other_from), *id = from ? sealed(other_id) : NULL;
    if (from && id) {
        const sm_conclusion *alternative = say(&talk, (said){.more = DATE, .type = SEALED_TYPE, .body = from});
        g_assert_cmpint(alternative->encrypted.kind, ==, SM_PASS);
        g_assert_null(found(alternative, "SMIME-TUN-001"));
        g_assert_nonnull(found(alternative, "SMIME-TUN-004"));
        const sm_conclusion *differs = say(&talk, (said){.more = DATE, .type = SEALED_TYPE, .body = id});
        g_assert_cmpstr(found(differs, "SMIME-TUN-001"), ==, "Call-ID differs: \"third\" inside, \"first\" outside");
    }
    talk_end(&talk);
}

/* Signed inside the encryption, or around it, as RFC 3261 23.4.3 has it. */
static void test_signed(void)
{
    conversation talk = talk_begin(kek_ring());
    g_autofree char *entity = tunnel(ALICE, DATE);
    GBytes *inside = clear_signed(entity), *object = sealed(entity);
    g_autofree char *signed_entity =
        g_strdup_printf("Content-Type: " CLEAR_SIGNED_TYPE "\r\n\r\n%.*s", (int)g_bytes_get_size(inside), (const char *)g_bytes_get_data(inside, NULL));
    g_bytes_unref(inside);
    GBytes *sealed_signed = object ? sealed(signed_entity) : NULL;
    if (object && sealed_signed) {
        g_assert_null(found(say(&talk, (said){.more = DATE, .type = SEALED_TYPE, .body = sealed_signed}), "SMIME-TUN-004"));
        g_autofree char *text = g_base64_encode(g_bytes_get_data(object, NULL), g_bytes_get_size(object));
        g_autofree char *outer = g_strdup_printf("Content-Type: " SEALED_TYPE "\r\nContent-Transfer-Encoding: base64\r\n\r\n%s", text);
        const sm_conclusion *around = say(&talk, (said){.more = DATE, .type = CLEAR_SIGNED_TYPE, .body = clear_signed(outer)});
        g_assert_cmpint(around->encrypted.kind, ==, SM_PASS);
        g_assert_null(found(around, "SMIME-TUN-004"));
        g_bytes_unref(object);
    }
    g_assert_null(found(signed_tunnel(&talk, ALICE, DATE, DATE), "SMIME-TUN-004"));
    talk_end(&talk);
}

/* RFC 3261 23.4.2 */
static void test_replicated(void)
{
    const char *id = "SMIME-TUN-002";
    conversation talk = talk_begin(kek_ring());
    g_assert_null(found_under(signed_tunnel(&talk, ALICE, DATE "Subject: Lunch\r\n", DATE "Subject: Lunch\r\n"), SM_PROFILE_STRICT, id));
    /* What proxies add, what describes the body, and what RFC 3261 does not know is nobody's omission. */
    g_assert_null(found_under(signed_tunnel(&talk, ALICE, DATE, DATE "Record-Route: <sip:p.example.com>\r\nOrganization: Example\r\nX-Own: 1\r\nMIME-Version: 1.0\r\n"),
                              SM_PROFILE_STRICT, id));
    const sm_conclusion *added = signed_tunnel(&talk, ALICE, DATE, DATE "Subject: Lunch\r\nReply-To: <sip:carol@example.com>\r\n");
    g_assert_null(found(added, id));
    g_assert_cmpstr(found_under(added, SM_PROFILE_RFC3261, id), ==, "outside only, where nothing protects it: Subject, Reply-To");

    g_autofree char *whole = tunnel(ALICE, DATE);
    static const struct {
        const char *line, *says;
    } lines[] = {
        {"To: <sip:bob@example.org>\r\n", "the signed message has no To, and so could be one of another dialog"},
        {"From: " ALICE "\r\n", "the signed message has no From, and so could be one of another dialog"},
        {"Call-ID: first\r\nCSeq: 1 MESSAGE\r\n", "the signed message has no Call-ID, CSeq, and so could be one of another dialog"},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
        const char *at = strstr(whole, lines[i].line);
        g_assert_nonnull(at);
        g_autofree char *cut = g_strdup_printf("%.*s%s", (int)(at - whole), whole, at + strlen(lines[i].line));
        g_assert_cmpstr(found(say(&talk, (said){.more = DATE, .type = CLEAR_SIGNED_TYPE, .body = clear_signed(cut)}), id), ==, lines[i].says);
        GBytes *encrypted = sealed(cut); /* encrypted alone ties nothing in any case: SMIME-TUN-004 */
        if (encrypted)
            g_assert_null(found(say(&talk, (said){.more = DATE, .type = SEALED_TYPE, .body = encrypted}), id));
    }
    talk_end(&talk);
}

/* An INVITE that tunnels itself, and its answer with this body. */
static const sm_conclusion *answer_to_tunnel(conversation *talk, said answer)
{
    static unsigned cseq = 0;
    g_autofree char *number = g_strdup_printf("CSeq: %u INVITE", ++cseq);
    g_autofree char *entity = g_strdup_printf("Content-Type: message/sip\r\n\r\nINVITE sip:bob@example.org SIP/2.0\r\nFrom: " ALICE
                                              "\r\nTo: <sip:bob@example.org>\r\nCall-ID: first\r\n%s\r\n" DATE "\r\n", number);
    say(talk, (said){.start = "INVITE sip:bob@example.org SIP/2.0", .method = "INVITE", .cseq = cseq, .more = DATE, .type = CLEAR_SIGNED_TYPE,
                     .body = clear_signed(entity)});
    answer.method = "INVITE";
    answer.cseq = cseq;
    answer.to = "<sip:bob@example.org>;tag=b";
    return say(talk, answer);
}

static void test_answer(void)
{
    const char *id = "SMIME-TUN-005", *ok = "SIP/2.0 200 OK";
    static const char copy[] = "Content-Type: message/sip\r\n\r\nSIP/2.0 200 OK\r\nFrom: " ALICE "\r\nTo: <sip:bob@example.org>;tag=b\r\nCall-ID: first\r\n" DATE "\r\n";
    conversation talk = talk_begin(kek_ring());
    g_assert_null(found(answer_to_tunnel(&talk, (said){.start = ok, .more = DATE, .type = CLEAR_SIGNED_TYPE, .body = clear_signed(copy)}), id));
    const sm_conclusion *bare = answer_to_tunnel(&talk, (said){.start = ok});
    g_assert_cmpuint(bare->links.request_frame, ==, 3);
    g_assert_true(bare->links.request_tunnel_signed && !bare->links.request_tunnel_encrypted);
    g_assert_cmpstr(found(bare, id), ==, "the request in frame 3 is tunnelled, its answer is not");
    g_assert_nonnull(found(answer_to_tunnel(&talk, (said){.start = ok, .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)}), id));
    const sm_conclusion *unsecured = answer_to_tunnel(&talk, (said){.start = ok, .type = "text/plain", .text = "hello"});
    g_assert_null(found(unsecured, id)); /* one fault, one finding */
    g_assert_nonnull(found(unsecured, "SMIME-SIP-009"));
    const sm_conclusion *unread = answer_to_tunnel(&talk, (said){.start = ok, .type = SEALED_TYPE, .body = interop_body(FOR_P256, 0)});
    g_assert_null(found(unread, id));
    g_assert_true(is_undecided(unread, id));
    g_assert_true(is_undecided(answer_to_tunnel(&talk, (said){.start = ok, .missing = 1000}), id));
    GBytes *encrypted = sealed(copy);
    if (encrypted)
        g_assert_cmpstr(found(answer_to_tunnel(&talk, (said){.start = ok, .more = DATE, .type = SEALED_TYPE, .body = encrypted}), id), ==,
                        "the answer is tunnelled encrypted, the request in frame 13 signed");
    /* A proxy may have refused it, and what is provisional is no answer yet. */
    g_assert_null(found(answer_to_tunnel(&talk, (said){.start = "SIP/2.0 503 Service Unavailable"}), id));
    g_assert_null(found(answer_to_tunnel(&talk, (said){.start = "SIP/2.0 180 Ringing"}), id));
    g_assert_false(is_undecided(answer_to_tunnel(&talk, (said){.start = "SIP/2.0 180 Ringing"}), id));
    talk_end(&talk);
}

/* A 2xx to MESSAGE has no body (RFC 3428 7), and a quoted message is no tunnel. */
static void test_no_answer(void)
{
    const char *id = "SMIME-TUN-005";
    conversation talk = talk_begin(NULL);
    g_assert_true(signed_tunnel(&talk, ALICE, DATE, DATE)->inspection->parts[1]->tunnel->full);
    const sm_conclusion *answer = say(&talk, (said){.start = "SIP/2.0 200 OK", .to = "<sip:bob@example.org>;tag=b"});
    g_assert_true(answer->links.request_tunnel_signed);
    g_assert_null(found(answer, id));
    say(&talk, (said){.start = "INVITE sip:bob@example.org SIP/2.0", .method = "INVITE", .cseq = 2, .type = "message/sip", .text = "SIP/2.0 200 OK\r\nCall-ID: x\r\n\r\n"});
    answer = say(&talk, (said){.start = "SIP/2.0 200 OK", .method = "INVITE", .cseq = 2, .to = "<sip:bob@example.org>;tag=b"});
    g_assert_false(answer->links.request_tunnel_signed || answer->links.request_tunnel_encrypted);
    g_assert_null(found(answer, id));
    talk_end(&talk);
}

static void test_date(void)
{
    const char *id = "SMIME-TUN-003";
    conversation talk = talk_begin(NULL);
    g_assert_null(found(signed_tunnel(&talk, ALICE, DATE, DATE), id));
    g_assert_cmpstr(found(signed_tunnel(&talk, ALICE, "", ""), id), ==, "no Date, neither inside nor outside");
    g_assert_cmpstr(found(signed_tunnel(&talk, ALICE, DATE, ""), id), ==, "Date stands inside only");
    g_assert_cmpstr(found(signed_tunnel(&talk, ALICE, "Subject: x\r\n", DATE), id), ==, "Date stands outside only");
    g_assert_cmpstr(found(signed_tunnel(&talk, ALICE, DATE, "Date: Thu, 15 Jan 2026 10:00:01 GMT\r\n"), id), ==,
                    "Date is \"Thu, 15 Jan 2026 10:00:00 GMT\" inside, \"Thu, 15 Jan 2026 10:00:01 GMT\" outside");
    talk_end(&talk);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rules/tunnel/001-equal", test_equal);
    g_test_add_func("/rules/tunnel/001-removed", test_removed);
    g_test_add_func("/rules/tunnel/001-encrypted", test_encrypted);
    g_test_add_func("/rules/tunnel/002-replicated", test_replicated);
    g_test_add_func("/rules/tunnel/003-date", test_date);
    g_test_add_func("/rules/tunnel/004-signed", test_signed);
    g_test_add_func("/rules/tunnel/005-answer", test_answer);
    g_test_add_func("/rules/tunnel/005-no-answer", test_no_answer);
    g_test_add_func("/rules/tunnel/quoted", test_quoted);
    return g_test_run();
}
