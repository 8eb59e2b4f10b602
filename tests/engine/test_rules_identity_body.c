/* Rules on authenticated identity bodies (RFC 3893): a message that keeps each of them and one that breaks it. The signatures are made for something
 * else, by sip:p256@example.org. */

#include "rules_talk.h"

#define DATE "Date: Thu, 15 Jan 2026 10:00:00 GMT\r\n"
#define CONTACT "Contact: <sip:192.0.2.10>\r\n"
#define USER "<sip:p256@example.org>;tag=a"
#define AIB "Content-Disposition: aib; handling=optional\r\n"
#define ID "Call-ID: first\r\nCSeq: 1 INVITE\r\n"
#define TO "To: <sip:bob@example.org>\r\n"

/* Message/sipfrag of these header fields, under these of its own. */
static char *fragment(const char *fields, const char *own)
{
    return g_strdup_printf("Content-Type: message/sipfrag\r\n%s\r\n%s\r\n", own, fields);
}

/* An INVITE that brings the identity body. */
static const sm_conclusion *invite(conversation *talk, const char *fields)
{
    g_autofree char *entity = fragment(fields, AIB);
    return say(talk, (said){.start = "INVITE sip:bob@example.org SIP/2.0", .method = "INVITE", .from = USER, .more = DATE CONTACT, .type = CLEAR_SIGNED_TYPE,
                            .body = clear_signed(entity)});
}

#define FROM "From: <sip:p256@example.org>\r\n"
#define WHOLE FROM TO CONTACT DATE ID

static void test_form(void)
{
    const char *id = "SMIME-AIB-001";
    conversation talk = talk_begin(NULL);
    const sm_conclusion *whole = invite(&talk, WHOLE);
    g_assert_true(whole->inspection->parts[1]->aib);
    g_assert_null(found(whole, id));
    g_assert_null(found_under(whole, SM_PROFILE_STRICT, "SMIME-AIB-002"));
    g_assert_null(found(whole, "SMIME-AIB-003"));

    said bare = {.start = "INVITE sip:bob@example.org SIP/2.0", .method = "INVITE", .from = USER, .more = DATE CONTACT AIB, .type = "message/sipfrag",
                 .text = WHOLE "\r\n"};
    const sm_conclusion *unsigned_ = say(&talk, bare);
    g_assert_cmpstr(found(unsigned_, id), ==, "the identity body is not signed: it is anybody's claim");
    g_assert_null(found(unsigned_, "SMIME-AIB-003"));

    static const struct {
        const char *own, *fields;
        bool unnamed;
    } fragments[] = {
        {"", WHOLE, true},
        {"Content-Disposition: render\r\n", WHOLE, false},
        {"", FROM CONTACT DATE "Call-ID: other\r\nCSeq: 1 INVITE\r\n", false}, /* of another message */
        {"", "From: <sip:p256@example.org>\r\n" ID, false},                    /* it may be for anything */
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(fragments); i++) {
        g_autofree char *entity = fragment(fragments[i].fields, fragments[i].own);
        const sm_conclusion *other = say(&talk, (said){.start = bare.start, .method = "INVITE", .from = USER, .more = DATE CONTACT, .type = CLEAR_SIGNED_TYPE,
                                                       .body = clear_signed(entity)});
        g_assert_cmpstr(found(other, id), ==,
                        fragments[i].unnamed ? "the signed message/sipfrag has no Content-Disposition aib, and so is no identity body" : NULL);
        g_assert_null(found(other, "SMIME-AIB-002"));
    }
    talk_end(&talk);
}

static void test_fields(void)
{
    static const struct {
        const char *fields, *says, *strict;
    } bodies[] = {
        {FROM CONTACT DATE ID, NULL, "the identity body has no To"},
        {FROM CONTACT DATE "Call-ID: first\r\n", NULL, "the identity body has no To, CSeq"},
        {FROM DATE ID TO, "the identity body has no Contact", "the identity body has no Contact"},
        {"f: <sip:p256@example.org>\r\nm: <sip:192.0.2.10>\r\n" DATE "i: first\r\nt: <sip:bob@example.org>\r\nCSeq: 1 INVITE\r\n", NULL, NULL},
        {ID TO, "the identity body has no From, Date, Contact", "the identity body has no From, Date, Contact"},
    };
    const char *id = "SMIME-AIB-002";
    conversation talk = talk_begin(NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(bodies); i++) {
        const sm_conclusion *conclusion = invite(&talk, bodies[i].fields);
        g_assert_cmpstr(found(conclusion, id), ==, bodies[i].says);
        g_assert_cmpstr(found_under(conclusion, SM_PROFILE_STRICT, id), ==, bodies[i].strict);
    }
    g_autofree char *entity = fragment(FROM DATE "Call-ID: first\r\n", AIB); /* a MESSAGE has no Contact to repeat */
    g_assert_null(found(say(&talk, (said){.from = USER, .more = DATE, .type = CLEAR_SIGNED_TYPE, .body = clear_signed(entity)}), id));
    talk_end(&talk);
}

/* RFC 3893 6: who responds, and not whom the request was for. */
static void test_response(void)
{
    conversation talk = talk_begin(NULL);
    said answer = {.start = "SIP/2.0 200 OK", .method = "INVITE", .to = "<sip:bob@example.org>;tag=b", .more = CONTACT DATE, .type = CLEAR_SIGNED_TYPE};
    g_autofree char *right = fragment(FROM CONTACT DATE ID, AIB), *with_to = fragment(FROM TO CONTACT DATE ID, AIB), *bare = fragment(CONTACT DATE ID, AIB);
    answer.body = clear_signed(right);
    const sm_conclusion *conclusion = say(&talk, answer);
    g_assert_null(found_under(conclusion, SM_PROFILE_STRICT, "SMIME-AIB-002"));
    g_assert_null(found(conclusion, "SMIME-AIB-003")); /* From outside says who asked */
    answer.cseq = 2;
    answer.body = clear_signed(with_to);
    conclusion = say(&talk, answer);
    g_assert_cmpstr(found(conclusion, "SMIME-AIB-002"), ==, "the response's identity body has a To, which is the request's");
    g_assert_cmpstr(found(conclusion, "SMIME-AIB-003"), ==, "CSeq is \"1 INVITE\" in the identity body, \"2 INVITE\" outside: it may be another message's");
    answer.body = clear_signed(bare);
    conclusion = say(&talk, answer);
    g_assert_cmpstr(found(conclusion, "SMIME-AIB-002"), ==, "the response's identity body has no From");
    talk_end(&talk);
}

static void test_values(void)
{
    static const struct {
        const char *fields, *says;
    } bodies[] = {
        {FROM TO CONTACT DATE "Call-ID: other\r\nCSeq: 1 INVITE\r\n", "Call-ID is \"other\" in the identity body, \"first\" outside: it may be another message's"},
        {FROM TO CONTACT DATE "Call-ID: first\r\nCSeq: 2 INVITE\r\n", "CSeq is \"2 INVITE\" in the identity body, \"1 INVITE\" outside: it may be another message's"},
        {FROM TO "Contact: <sip:192.0.2.66>\r\n" DATE ID,
         "Contact is \"<sip:192.0.2.66>\" in the identity body, \"<sip:192.0.2.10>\" outside: it may be another message's"},
        {FROM TO CONTACT "Date: Thu, 15 Jan 2026 09:00:00 GMT\r\n" ID,
         "Date is \"Thu, 15 Jan 2026 09:00:00 GMT\" in the identity body, \"Thu, 15 Jan 2026 10:00:00 GMT\" outside: it may be another message's"},
        {FROM "To: <sip:carol@example.org>\r\n" CONTACT DATE ID,
         "To is \"<sip:carol@example.org>\" in the identity body, \"<sip:bob@example.org>\" outside: it may be another message's"},
        {"From: <sip:p384@example.org>\r\n" TO CONTACT DATE ID,
         "From is \"<sip:p384@example.org>\" in the identity body, \"<sip:p256@example.org>;tag=a\" outside: it may be another message's"},
        {FROM "To: Bob <sip:bob@EXAMPLE.org>\r\n" CONTACT "Date:  Thu, 15 Jan 2026 10:00:00 GMT\r\n" "Call-ID: first\r\nCSeq: 01 INVITE\r\n", NULL},
    };
    const char *id = "SMIME-AIB-003";
    conversation talk = talk_begin(NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(bodies); i++)
        g_assert_cmpstr(found(invite(&talk, bodies[i].fields), id), ==, bodies[i].says);
    /* One body for a whole dialog (RFC 3893 10). */
    g_autofree char *entity = fragment(WHOLE, AIB);
    said later = {.start = "BYE sip:192.0.2.20 SIP/2.0", .method = "BYE", .from = USER, .to = "<sip:bob@example.org>;tag=b", .cseq = 2, .type = CLEAR_SIGNED_TYPE,
                  .body = clear_signed(entity)};
    g_assert_null(found(say(&talk, later), id));
    later.call_id = "second";
    later.body = clear_signed(entity);
    g_assert_nonnull(found(say(&talk, later), id));
    talk_end(&talk);
}

/* RFC 3893 7 */
static void test_domain(void)
{
    static const struct {
        const char *outside, *inside, *says;
    } names[] = {
        {"<sip:alice@example.org>;tag=a", "<sip:alice@example.org>", NULL}, /* SMIME-ID-001 says that it is not her */
        {"<sip:alice@EXAMPLE.ORG>;tag=a", "<sip:alice@example.org>", NULL},
        {"<sip:alice@example.com>;tag=a", "<sip:alice@example.com>", "the signer is of example.org, From of example.com"},
        {"<sip:alice@sip.example.org>;tag=a", "<sip:alice@sip.example.org>", "the signer is of example.org, From of sip.example.org: a minor variation"},
        {"<sip:alice@notexample.org>;tag=a", "<sip:alice@notexample.org>", "the signer is of example.org, From of notexample.org"},
        {"<sip:anonymous@anonymous.invalid>;tag=a", "<sip:p256@example.org>", NULL}, /* the one inside counts */
        {"<sip:anonymous@anonymous.invalid>;tag=a", "<sip:alice@example.com>", "the signer is of example.org, From of example.com"},
    };
    const char *id = "SMIME-AIB-003";
    conversation talk = talk_begin(NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *fields = g_strdup_printf("From: %s\r\n" TO CONTACT DATE ID, names[i].inside), *entity = fragment(fields, AIB);
        const sm_conclusion *conclusion = say(&talk, (said){.start = "INVITE sip:bob@example.org SIP/2.0", .method = "INVITE", .from = names[i].outside,
                                                            .more = DATE CONTACT, .type = CLEAR_SIGNED_TYPE, .body = clear_signed(entity)});
        g_assert_cmpstr(found(conclusion, id), ==, names[i].says);
    }
    g_autofree char *entity = fragment("From: <tel:+12125550123>\r\n" TO CONTACT DATE ID, AIB);
    const sm_conclusion *number = say(&talk, (said){.start = "INVITE sip:bob@example.org SIP/2.0", .method = "INVITE", .from = "<tel:+12125550123>;tag=a",
                                                    .more = DATE CONTACT, .type = CLEAR_SIGNED_TYPE, .body = clear_signed(entity)});
    g_assert_null(found(number, id));
    g_assert_true(is_undecided(number, id));
    talk_end(&talk);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rules/identity-body/001-form", test_form);
    g_test_add_func("/rules/identity-body/002-fields", test_fields);
    g_test_add_func("/rules/identity-body/002-response", test_response);
    g_test_add_func("/rules/identity-body/003-values", test_values);
    g_test_add_func("/rules/identity-body/003-domain", test_domain);
    return g_test_run();
}
