/* SIP messages, whole and as fragments, and a message in a tunnel compared with itself: nothing differs. */
#include "sip/tunnel.h"

#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sm_arena *arena = sm_arena_new();
    sm_bytes octets = sm_bytes_of(data, size);
    const sm_sip_message *whole = sm_sip_message_from_octets(arena, octets, false);
    const sm_sip_message *fragment = sm_sip_message_from_octets(arena, octets, true);
    const sm_sip_message *split = sm_sip_message_parse(arena, octets, SM_BYTES_NONE, false);
    g_assert_nonnull(whole->entity);
    g_assert_nonnull(whole->method);
    g_assert_true(sm_bytes_within(whole->entity->body, octets) || whole->entity->body.length == 0);
    g_assert_cmpuint(sm_tunnel_compare(arena, whole, whole, true)->differing, ==, 0);
    sm_tunnel_compare(arena, split, fragment, false);
    sm_tunnel_compare(arena, NULL, whole, true);

    /* two messages, cut in the middle */
    const sm_sip_message *first = sm_sip_message_from_octets(arena, sm_bytes_cut(octets, 0, size / 2), true);
    const sm_sip_message *second = sm_sip_message_from_octets(arena, sm_bytes_from(octets, size / 2), true);
    sm_tunnel_compare(arena, first, second, true);
    sm_tunnel_compare(arena, second, first, false);
    sm_arena_free(arena);
    return 0;
}
