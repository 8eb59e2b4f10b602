/* Tunnelled SIP: message/sip inside S/MIME compared with the message outside (RFC 3261 23.4, RFC 3893).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "sip/message.h"

typedef enum sm_tunnel_relation {
    SM_TUNNEL_EQUAL,
    SM_TUNNEL_DIFFERS,    /* RFC 3261 23.4.1.1: must be reported */
    SM_TUNNEL_MAY_DIFFER, /* differs, and may: 23.4.1.1 lets proxies change it, it describes its own
                                 message's body, or RFC 3261 does not define it (23.4.1.2) */
    SM_TUNNEL_INNER_ONLY,
    SM_TUNNEL_OUTER_ONLY,
} sm_tunnel_relation;

typedef struct sm_tunnel_header {
    const char
        *name; /* long form; "Method", "Request-URI", "Status-Code" and "Start line" for the start lines */
    const char *inner,
        *outer; /* unfolded values, safe to show, repeated fields joined by ", "; NULL when absent */
    sm_tunnel_relation relation;
    const char *rule; /* how it was compared, or why it may differ */
    bool alternative; /* RFC 3261 23.4.1.2 permits another value inside when the inner message is
                                  encrypted (From, To, Subject, ...): then the inner one is to be shown.
                                  Whether it is encrypted the caller knows */
    bool removed; /* inside only, of RFC 3261's own header fields none that proxies change or that describes a
                     body, and not Date: in a message that is signed and not encrypted somebody took it away (23.4.1.1, 23.4.2) */
    bool unprotected; /* outside only, of RFC 3261's own header fields one that its sender alone puts there (tables 2 and 3), and not Date:
                         the sender has not replicated it, or somebody added it (23.4.2) */
} sm_tunnel_header;

typedef struct sm_tunnel {
    bool full; /* message/sip; false for message/sipfrag */
    const sm_sip_message *inner;
    const sm_tunnel_header
        *headers; /* start line, then the inner message's in order, then those that are outside only */
    unsigned header_count;
    unsigned differing; /* relations SM_TUNNEL_DIFFERS */
} sm_tunnel;

/* Compares header by header by SIP's rules: From, To, Contact and their like by URI (RFC 3261 19.1.4) and
 * parameters, the display name aside (20.20); numbers as numbers, Date as a moment, Call-ID and CSeq's method
 * exactly; other values without regard to case outside quotation marks and to blanks between words (7.3.1).
 * `outer` NULL: there is no SIP message around. Owned by the arena. */
const sm_tunnel *sm_tunnel_compare(sm_arena *arena, const sm_sip_message *outer, const sm_sip_message *inner,
                                   bool full);
