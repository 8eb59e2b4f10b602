/* Rules on CPIM: a message that keeps each of them and one that breaks it. */

#include "rules_talk.h"

#define FROM "From: Alice <im:alice@example.com>\r\n"
#define TO "To: Bob <im:bob@example.org>\r\n"
#define TIME "DateTime: 2026-01-15T10:00:00Z\r\n"
#define WHOLE(headers) "Content-Type: message/cpim\r\n\r\n" headers "\r\nContent-Type: text/plain\r\n\r\nhello"

static void test_headers(void)
{
    const char *id = "SMIME-CPIM-001";
    conversation talk = talk_begin(NULL);
    g_assert_null(found(send(&talk, CLEAR_SIGNED_TYPE, clear_signed(WHOLE(FROM TO TIME)), true), id));
    g_assert_cmpstr(found(send(&talk, CLEAR_SIGNED_TYPE, clear_signed(WHOLE(FROM TO)), true), id), ==,
                    "the CPIM message has no DateTime header field, though S/MIME protects it");
    g_assert_cmpstr(found(send(&talk, CLEAR_SIGNED_TYPE, clear_signed(WHOLE(TO TIME)), true), id), ==, "the CPIM message has no From header field");
    g_assert_cmpstr(found(send(&talk, CLEAR_SIGNED_TYPE, clear_signed(WHOLE(FROM TIME)), true), id), ==, "the CPIM message has no To header field");
    g_assert_null(found(say(&talk, (said){.type = CLEAR_SIGNED_TYPE, .body = clear_signed(WHOLE(FROM))}), id));
    g_assert_cmpuint(finding_count(send(&talk, "message/cpim", g_bytes_new_static("\r\n\r\nhello", 9), true)), ==, 0);
    talk_end(&talk);
}

/* S/MIME inside a CPIM message. */
static GBytes *payload(const char *headers)
{
    GBytes *inside = clear_signed("Content-Type: text/plain\r\n\r\nhello");
    char *body = g_strdup_printf("%s\r\nContent-Type: " CLEAR_SIGNED_TYPE "\r\n\r\n%.*s", headers, (int)g_bytes_get_size(inside),
                                 (const char *)g_bytes_get_data(inside, NULL));
    g_bytes_unref(inside);
    return g_bytes_new_take(body, strlen(body));
}

static void test_payload(void)
{
    const char *id = "SMIME-CPIM-003";
    conversation talk = talk_begin(NULL);
    const sm_conclusion *inside = send(&talk, "message/cpim", payload(FROM TO), true);
    g_assert_cmpstr(found(inside, id), ==, "protection begins inside the CPIM message: its header fields (2) can be read and changed on the way");
    g_assert_null(found(inside, "SMIME-CPIM-001")); /* no DateTime wanted where it is not protected */
    g_assert_nonnull(found(say(&talk, (said){.type = "message/cpim", .body = payload(FROM TO)}), id));
    g_assert_null(found(send(&talk, CLEAR_SIGNED_TYPE, clear_signed(WHOLE(FROM TO TIME)), true), id));
    g_assert_null(found(send(&talk, CLEAR_SIGNED_TYPE, clear_signed("Content-Type: text/plain\r\n\r\nhello"), true), id));
    talk_end(&talk);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rules/cpim/001-headers", test_headers);
    g_test_add_func("/rules/cpim/003-payload", test_payload);
    return g_test_run();
}
