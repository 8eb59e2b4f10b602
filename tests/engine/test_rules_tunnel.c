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
    g_test_add_func("/rules/tunnel/003-date", test_date);
    g_test_add_func("/rules/tunnel/004-signed", test_signed);
    g_test_add_func("/rules/tunnel/quoted", test_quoted);
    return g_test_run();
}
