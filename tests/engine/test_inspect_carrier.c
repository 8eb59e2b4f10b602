/* Carrier: an inspection outlives the packet it came from, so its copy must own everything. */

#include "base/carrier.h"

static void test_words(void)
{
    static const char *const transports[] = {"unknown", "udp", "tcp", "tls", "ws", "wss", "sctp"};
    for (int i = SM_TRANSPORT_UNKNOWN; i <= SM_TRANSPORT_SCTP; i++)
        g_assert_cmpstr(sm_transport_word((sm_transport)i), ==, transports[i]);
    g_assert_cmpstr(sm_transport_word((sm_transport)99), ==, "unknown");
    g_assert_cmpstr(sm_carrier_kind_word(SM_CARRIER_SIP), ==, "sip");
    g_assert_cmpstr(sm_carrier_kind_word(SM_CARRIER_MSRP), ==, "msrp");
}

/* Each text is its own allocation, released before the copy is looked at: what was not copied is a use after free. */
static void test_copy(void)
{
    char *texts[16];
    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        texts[i] = g_strdup_printf("text %u", i);
    uint32_t *frames = g_new(uint32_t, 2);
    frames[0] = 7;
    frames[1] = 9;
    sm_carrier carrier = {.kind = SM_CARRIER_MSRP,
                          .transport = SM_TRANSPORT_TLS,
                          .file = texts[0],
                          .frames = frames,
                          .frame_count = 2,
                          .time = sm_moment_at(5, 6),
                          .source = texts[1],
                          .destination = texts[2],
                          .content_type = texts[3],
                          .missing = 4,
                          .quoted = true};
    carrier.sip = (sm_sip_carrier){.head = sm_bytes_of(texts[4], 6),
                                   .method = texts[5],
                                   .status = 200,
                                   .call_id = texts[6],
                                   .from = texts[7],
                                   .to = texts[8],
                                   .request_uri = texts[9],
                                   .cseq = 3};
    carrier.msrp = (sm_msrp_carrier){.head = sm_bytes_of(texts[10], 7),
                                     .method = texts[11],
                                     .message_id = texts[12],
                                     .transaction_id = texts[13],
                                     .from_path = texts[14],
                                     .to_path = texts[15],
                                     .chunks = 2};
    sm_arena *arena = sm_arena_new();
    const sm_carrier *copy = sm_carrier_copy(arena, &carrier);
    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_free(frames);
    memset(&carrier, 0xff, sizeof(carrier));

    const char *const copied[] = {copy->file,
                                  copy->source,
                                  copy->destination,
                                  copy->content_type,
                                  (const char *)copy->sip.head.data,
                                  copy->sip.method,
                                  copy->sip.call_id,
                                  copy->sip.from,
                                  copy->sip.to,
                                  copy->sip.request_uri,
                                  (const char *)copy->msrp.head.data,
                                  copy->msrp.method,
                                  copy->msrp.message_id,
                                  copy->msrp.transaction_id,
                                  copy->msrp.from_path,
                                  copy->msrp.to_path};
    for (unsigned i = 0; i < G_N_ELEMENTS(copied); i++) {
        char expected[16];
        g_snprintf(expected, sizeof(expected), "text %u", i);
        g_assert_cmpint(strncmp(copied[i], expected, i == 4 ? 6 : 7), ==, 0);
    }
    g_assert_cmpuint(copy->sip.head.length, ==, 6);
    g_assert_cmpuint(copy->msrp.head.length, ==, 7);
    g_assert_cmpuint(copy->frames[1], ==, 9);
    g_assert_cmpint(copy->kind, ==, SM_CARRIER_MSRP);
    g_assert_cmpint(copy->transport, ==, SM_TRANSPORT_TLS);
    g_assert_cmpint(copy->time.seconds, ==, 5);
    g_assert_cmpuint(copy->missing, ==, 4);
    g_assert_true(copy->quoted);
    g_assert_cmpuint(copy->sip.status, ==, 200);
    g_assert_cmpuint(copy->msrp.chunks, ==, 2);
    g_assert_null(copy->msrp.damage);
    sm_arena_free(arena);
}

static void test_copy_empty(void)
{
    sm_arena *arena = sm_arena_new();
    sm_carrier empty = {0};
    const sm_carrier *copy = sm_carrier_copy(arena, &empty);
    g_assert_null(copy->frames);
    g_assert_null(copy->file);
    g_assert_false(sm_bytes_present(copy->sip.head));
    g_assert_false(sm_bytes_present(copy->msrp.head));
    sm_arena_free(arena);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/carrier/words", test_words);
    g_test_add_func("/base/carrier/copy", test_copy);
    g_test_add_func("/base/carrier/copy-empty", test_copy_empty);
    return g_test_run();
}
