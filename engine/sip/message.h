/* A SIP message's start line and header fields (RFC 3261 7).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "arena.h"
#include "carrier.h"
#include "mime/entity.h"
#include "sip/uri.h"

typedef struct sm_sip_message {
    bool request;
    const char *method;      /* of the request, or of CSeq in a response; "" unknown */
    const char *request_uri; /* NULL in a response */
    unsigned status;         /* 0 in a request */
    const char *reason;      /* reason phrase, NULL in a request */
    const sm_entity *entity; /* header fields and body; for a sip body seen alone the head is absent */
    const char *call_id;     /* NULL absent */
    uint32_t cseq;
    const char *branch;      /* branch of the topmost Via, NULL */
    const sm_address *from, *to, *reply_to, *contact;   /* NULL absent */
    const sm_address *const *asserted;  /* P-Asserted-Identity, all fields in order (RFC 3325) */
    unsigned asserted_count;
    const sm_address *const *preferred; /* P-Preferred-Identity */
    unsigned preferred_count;
    const char *date;        /* Date value, NULL */
    sm_moment date_moment;   /* RFC 3261 20.17 */
    const char *const *accept; /* media ranges of every Accept field, lower case, parameters removed; accept_present even when empty */
    unsigned accept_count;
    bool accept_present;
    bool fragment;           /* message/sipfrag: start line may be missing (RFC 3420) */
    const char *fault;       /* one line or NULL */
} sm_sip_message;

/* Reads the message whose start line and header fields are `head` and whose body is `body` (either may be absent). `fragment`: a
 * message/sipfrag, which may lack anything. Always returns a structure owned by the arena. Repeated single-value headers: the first is taken. */
const sm_sip_message *sm_sip_message_parse(sm_arena *arena, sm_bytes head, sm_bytes body, bool fragment);

/* What is known of a carrier whose header block was not found. */
const sm_sip_message *sm_sip_message_from_carrier(sm_arena *arena, const sm_carrier *carrier, sm_bytes body);

/* Cuts a message/sip body into head and body at its first empty line. */
const sm_sip_message *sm_sip_message_from_octets(sm_arena *arena, sm_bytes octets, bool fragment);
