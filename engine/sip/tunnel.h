/* Tunnelled SIP: message/sip inside S/MIME compared with the message outside (RFC 3261 23.4, RFC 3893).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "sip/message.h"

typedef enum sm_tunnel_relation {
    SM_TUNNEL_EQUAL,
    SM_TUNNEL_DIFFERS,        /* RFC 3261 23.4.1.1: must be reported */
    SM_TUNNEL_MAY_DIFFER,     /* differs, and 23.4.1.1 lets proxies change it */
    SM_TUNNEL_INNER_ONLY,
    SM_TUNNEL_OUTER_ONLY,
} sm_tunnel_relation;

typedef struct sm_tunnel_header {
    const char *name;
    const char *inner, *outer; /* unfolded values, NULL when absent */
    sm_tunnel_relation relation;
    const char *rule;          /* how it was compared */
} sm_tunnel_header;

typedef struct sm_tunnel {
    bool full;                 /* message/sip; false for message/sipfrag */
    const sm_sip_message *inner;
    const sm_tunnel_header *headers;
    unsigned header_count;
    unsigned differing;        /* relations SM_TUNNEL_DIFFERS */
} sm_tunnel;

/* Compares header by header by SIP's rules (URIs by 19.1.4, numbers as numbers, tokens without case). Owned by the arena. */
const sm_tunnel *sm_tunnel_compare(sm_arena *arena, const sm_sip_message *outer, const sm_sip_message *inner, bool full);
