/* SDP as MSRP needs it (RFC 4566, RFC 4975 8, RFC 4145, RFC 6135, RFC 6714, RFC 5547).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

#include <stdbool.h>

typedef struct sm_sdp_msrp {
    const char *protocol;    /* "TCP/MSRP", "TCP/TLS/MSRP", "TCP/WS/MSRP", ... as received, safe to show */
    unsigned port;           /* of the m= line; 0 refused, or unreadable */
    const char *connection;  /* c= address that holds for it, NULL */
    const char *format;      /* of the m= line, "*" by RFC 4975 8.1 */
    const char *const *path; /* a=path URIs in order; the last is the endpoint's own */
    unsigned path_count;
    const char *const *accept_types; /* lower case, as listed */
    unsigned accept_type_count;
    bool accept_types_present;
    const char *const *accept_wrapped_types;
    unsigned accept_wrapped_type_count;
    uint64_t max_size; /* octets */
    bool max_size_present;
    const char *setup;         /* a=setup, NULL */
    const char *fingerprint;   /* a=fingerprint, NULL */
    const char *file_selector; /* NULL */
    const char *direction;     /* sendrecv, sendonly, recvonly, inactive, or NULL */
    bool msrp_cema;            /* RFC 6714 */
} sm_sdp_msrp;

typedef struct sm_sdp {
    const char *session_id;  /* sess-id and version of o=, "" when absent */
    const sm_sdp_msrp *msrp; /* one a m=message line */
    unsigned msrp_count;
    unsigned media_count; /* all m= lines */
    const char *fault;    /* the first thing wrong, one line, or NULL */
} sm_sdp;

/* Reads an SDP body (CRLF or LF line ends). Always returns a structure owned by the arena; every string is
 * safe to show. c=, a=setup, a=fingerprint and the direction hold for all media when they stand before the
 * first m= line, and are overridden by a media's own (RFC 4566 5.7, 6); the attributes of RFC 4975 belong to
 * their media. A repeated attribute: the first is taken, a fault. Limits: SM_LIMIT_SDP_LINES,
 * SM_LIMIT_SDP_MEDIA, SM_LIMIT_SDP_VALUES; the rest is left out, a fault. */
const sm_sdp *sm_sdp_parse(sm_arena *arena, sm_bytes body);
