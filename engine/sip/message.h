/* A SIP message's start line and header fields (RFC 3261 7).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"
#include "base/carrier.h"
#include "mime/entity.h"
#include "sip/uri.h"

typedef struct sm_sip_message {
    bool request;            /* false also for a fragment without start line, whose status is 0 */
    const char *method;      /* of the request, or of CSeq in a response; "" unknown */
    const char *request_uri; /* as received, safe to show; NULL in a response */
    unsigned status;         /* 0 in a request, and when it is no number of three digits */
    const char *reason;      /* reason phrase, NULL in a request */
    const sm_entity *entity; /* header fields and body; for a sip body seen alone the head is absent */
    const char *call_id;     /* safe to show; NULL absent */
    uint32_t cseq;           /* sequence number; 0 when absent or unreadable */
    const char *branch;      /* branch of the topmost Via, NULL */
    const sm_address *from, *to, *reply_to, *contact; /* NULL absent; the first value of Contact */
    bool from_ambiguous, to_ambiguous; /* repeated with another value: which of them a recipient reads nobody knows */
    const sm_address *const *asserted; /* P-Asserted-Identity, all fields in order (RFC 3325) */
    unsigned asserted_count;
    const sm_address *const *preferred; /* P-Preferred-Identity */
    unsigned preferred_count;
    const char *date;          /* Date value, safe to show, NULL */
    sm_moment date_moment;     /* RFC 3261 20.17; not known when it is no such date */
    const char *const *accept; /* media ranges of every Accept field, lower case, parameters removed */
    unsigned accept_count;
    bool accept_present; /* even when the list is empty */
    bool fragment;       /* message/sipfrag: start line may be missing (RFC 3420) */
    const char *fault;   /* the first thing wrong, one line, or NULL */
} sm_sip_message;

/* Reads the message whose start line and header fields are `head` and whose body is `body` (either may be
 * absent). `fragment`: a message/sipfrag, which may lack anything. Always returns a structure owned by the
 * arena. Lines end in CRLF; in LF alone when the first one does, which is a fault. A header field that may
 * stand once and is repeated, in its long or compact form: the first is taken, and it is a fault. Limits:
 * those of sm_entity_from_message(), SM_LIMIT_SIP_VALUES. */
const sm_sip_message *sm_sip_message_parse(sm_arena *arena, sm_bytes head, sm_bytes body, bool fragment);

/* What is known of a carrier whose header block was not found; its entity has no header fields but knows the
 * Content-Type. */
const sm_sip_message *sm_sip_message_from_carrier(sm_arena *arena, const sm_carrier *carrier, sm_bytes body);

/* As sm_sip_message_parse() for a message/sip body, cut into head and body at its first empty line. Octets
 * after Content-Length are no part of the body (RFC 3261 18.3); that there are some, or too few, is a fault. */
const sm_sip_message *sm_sip_message_from_octets(sm_arena *arena, sm_bytes octets, bool fragment);
