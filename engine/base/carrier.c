/* Carrier: words and the deep copy.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/carrier.h"

const char *sm_carrier_kind_word(sm_carrier_kind kind)
{
    return kind == SM_CARRIER_MSRP ? "msrp" : "sip";
}

const char *sm_transport_word(sm_transport transport)
{
    switch (transport) {
    case SM_TRANSPORT_UDP:
        return "udp";
    case SM_TRANSPORT_TCP:
        return "tcp";
    case SM_TRANSPORT_TLS:
        return "tls";
    case SM_TRANSPORT_WS:
        return "ws";
    case SM_TRANSPORT_WSS:
        return "wss";
    case SM_TRANSPORT_SCTP:
        return "sctp";
    case SM_TRANSPORT_UNKNOWN:
        break;
    }
    return "unknown";
}

static void own_sip(sm_arena *arena, sm_sip_carrier *sip)
{
    sip->head = sm_arena_copy(arena, sip->head);
    sip->method = sm_arena_strdup(arena, sip->method);
    sip->call_id = sm_arena_strdup(arena, sip->call_id);
    sip->from = sm_arena_strdup(arena, sip->from);
    sip->to = sm_arena_strdup(arena, sip->to);
    sip->request_uri = sm_arena_strdup(arena, sip->request_uri);
}

static void own_msrp(sm_arena *arena, sm_msrp_carrier *msrp)
{
    msrp->head = sm_arena_copy(arena, msrp->head);
    msrp->method = sm_arena_strdup(arena, msrp->method);
    msrp->message_id = sm_arena_strdup(arena, msrp->message_id);
    msrp->transaction_id = sm_arena_strdup(arena, msrp->transaction_id);
    msrp->from_path = sm_arena_strdup(arena, msrp->from_path);
    msrp->to_path = sm_arena_strdup(arena, msrp->to_path);
    msrp->damage = sm_arena_strdup(arena, msrp->damage);
}

const sm_carrier *sm_carrier_copy(sm_arena *arena, const sm_carrier *carrier)
{
    sm_carrier *copy = sm_arena_new0(arena, sm_carrier);
    *copy = *carrier;
    copy->file = sm_arena_strdup(arena, carrier->file);
    copy->source = sm_arena_strdup(arena, carrier->source);
    copy->destination = sm_arena_strdup(arena, carrier->destination);
    copy->content_type = sm_arena_strdup(arena, carrier->content_type);
    if (carrier->frames) {
        uint32_t *frames = sm_arena_array(arena, uint32_t, carrier->frame_count);
        if (carrier->frame_count > 0)
            memcpy(frames, carrier->frames, carrier->frame_count * sizeof(*frames));
        copy->frames = frames;
    }
    own_sip(arena, &copy->sip);
    own_msrp(arena, &copy->msrp);
    return copy;
}
