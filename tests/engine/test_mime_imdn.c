/* Disposition notifications: RFC 5438's own example, and what is none.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/bounds.h"
#include "mime/imdn.h"

static const sm_imdn *parse(sm_arena *arena, const char *text)
{
    return sm_imdn_parse(arena, sm_bytes_of(text, strlen(text)));
}

/* The values of the example in RFC 5438 7.2.1.1. */
static void test_delivery(void)
{
    sm_arena *arena = sm_arena_new();
    const sm_imdn *imdn = parse(arena,
                                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<imdn xmlns=\"urn:ietf:params:xml:ns:imdn\">\r\n"
                                " <message-id>34jk324j</message-id>\r\n <datetime>2008-04-04T12:16:49-05:00</datetime>\r\n"
                                " <recipient-uri>im:bob@example.com</recipient-uri>\r\n"
                                " <original-recipient-uri\r\n  >im:bob@example.com</original-recipient-uri>\r\n"
                                " <delivery-notification>\r\n  <status>\r\n   <delivered/>\r\n  </status>\r\n </delivery-notification>\r\n</imdn>\r\n");
    g_assert_null(imdn->fault);
    g_assert_cmpstr(imdn->message_id, ==, "34jk324j");
    g_assert_cmpstr(imdn->date_time, ==, "2008-04-04T12:16:49-05:00");
    g_assert_cmpstr(imdn->recipient, ==, "im:bob@example.com");
    g_assert_cmpstr(imdn->original_recipient, ==, "im:bob@example.com");
    g_assert_cmpstr(imdn->notification, ==, "delivery");
    g_assert_cmpstr(imdn->status, ==, "delivered");
    sm_arena_free(arena);
}

static void test_prefixes_and_repetitions(void)
{
    sm_arena *arena = sm_arena_new();
    const sm_imdn *imdn = parse(arena, "<i:imdn xmlns:i='urn:ietf:params:xml:ns:imdn'><i:message-id> a&amp;b </i:message-id><i:message-id>second"
                                       "</i:message-id><i:display-notification><i:status><i:displayed/><i:other/></i:status></i:display-notification></i:imdn>");
    g_assert_null(imdn->fault);
    g_assert_cmpstr(imdn->message_id, ==, "a&b");
    g_assert_cmpstr(imdn->notification, ==, "display");
    g_assert_cmpstr(imdn->status, ==, "displayed");
    sm_arena_free(arena);
}

static void test_faults(void)
{
    sm_arena *arena = sm_arena_new();
    g_assert_nonnull(parse(arena, "")->fault);
    g_assert_nonnull(parse(arena, "<imdn><message-id>x</imdn>")->fault);
    g_assert_nonnull(parse(arena, "<!DOCTYPE imdn [<!ENTITY e 'x'>]><imdn><message-id>&e;</message-id></imdn>")->fault); /* nothing is expanded */
    g_assert_nonnull(parse(arena, "<imdn><message-id>\xff</message-id></imdn>")->fault);
    g_assert_cmpstr(parse(arena, "<imdn><status><delivered/></status></imdn>")->fault, ==, "no message-id");
    g_assert_cmpstr(parse(arena, "<imdn><message-id>x</message-id><datetime>")->message_id, ==, "x"); /* cut short: what was read is there */
    g_autofree char *long_text = g_strnfill(SM_LIMIT_IMDN_OCTETS + 1, ' ');
    g_assert_true(parse(arena, long_text)->limit);
    long_text[SM_LIMIT_IMDN_OCTETS] = '\0';
    g_assert_false(parse(arena, long_text)->limit);
    sm_arena_free(arena);
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mime/imdn/delivery", test_delivery);
    g_test_add_func("/mime/imdn/prefixes-and-repetitions", test_prefixes_and_repetitions);
    g_test_add_func("/mime/imdn/faults", test_faults);
    return g_test_run();
}
