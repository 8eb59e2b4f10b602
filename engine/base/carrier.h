/* Carrier: who sent a message, to whom, over what, and when.
 *
 * The plugin fills one for every message it finds and hands it to sm_inspect() with the message's body octets. The engine
 * reads it and never learns where it came from. All pointers are borrowed for the length of the call: the inspection keeps
 * its own copy.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/moment.h"

typedef enum sm_carrier_kind { SM_CARRIER_SIP, SM_CARRIER_MSRP } sm_carrier_kind;

typedef enum sm_transport {
    SM_TRANSPORT_UNKNOWN = 0,
    SM_TRANSPORT_UDP,
    SM_TRANSPORT_TCP,
    SM_TRANSPORT_TLS,
    SM_TRANSPORT_WS,
    SM_TRANSPORT_WSS,
    SM_TRANSPORT_SCTP,
} sm_transport;

/* SIP around a body. `head` is the truth; the other members serve where it could not be found in the capture. */
typedef struct sm_sip_carrier {
    sm_bytes head;           /* start line and header fields with the empty line, octets as received; or absent */
    const char *method;      /* of the request, or of CSeq in a response; NULL unknown */
    unsigned status;         /* 0 for a request */
    const char *call_id;     /* NULL unknown */
    const char *from;        /* header field value, or NULL */
    const char *to;          /* header field value, or NULL */
    const char *request_uri; /* NULL in a response */
    uint32_t cseq;           /* sequence number, 0 unknown */
} sm_sip_carrier;

/* One MSRP message (RFC 4975), reassembled from its chunks as far as they were captured. */
typedef struct sm_msrp_carrier {
    sm_bytes head;               /* start line and header fields of the first chunk seen, octets as received */
    const char *method;          /* SEND, REPORT, AUTH, ...; NULL for a response */
    unsigned status;             /* of a response, 0 for a request */
    const char *message_id;      /* NULL when the chunk has none */
    const char *transaction_id;  /* of the first chunk seen */
    const char *from_path;       /* header field value, all URIs; NULL unknown */
    const char *to_path;
    unsigned chunks;             /* chunks seen, 1 for an unchunked message */
    uint64_t total;              /* announced length in octets, 0 when unknown ("*") */
    bool total_known;
    bool aborted;                /* continuation flag "#" */
    bool complete;               /* every octet from the first to the last was seen */
    const char *damage;          /* one line: overlaps, contradicting totals, lost octets; or NULL */
    const struct sm_msrp_facts *facts; /* what the reassembly saw chunk by chunk (msrp/reassembly.h), for the rules; or NULL */
} sm_msrp_carrier;

typedef struct sm_carrier {
    sm_carrier_kind kind;
    sm_transport transport;
    const char *file;          /* capture file the message was read from, for reports; or NULL */
    const uint32_t *frames;    /* frame numbers, ascending, first to last */
    unsigned frame_count;
    sm_moment time;            /* capture time of the frame that completed the message */
    const char *source;        /* "192.0.2.1:5060", "[2001:db8::1]:5060" */
    const char *destination;
    const char *content_type;  /* header field value as received, or NULL */
    size_t missing;            /* octets of the body known to be missing from the capture (snap length, lost segments) */
    bool quoted;               /* the message is quoted in something else (ICMP): it was not sent, nothing is judged */
    sm_sip_carrier sip;        /* kind SM_CARRIER_SIP */
    sm_msrp_carrier msrp;      /* kind SM_CARRIER_MSRP */
} sm_carrier;

/* "sip", "msrp" */
const char *sm_carrier_kind_word(sm_carrier_kind kind);

/* "udp", "tcp", "tls", "ws", "wss", "sctp", "unknown" */
const char *sm_transport_word(sm_transport transport);

/* A deep copy, everything owned by the arena. msrp.facts is copied as a pointer: its owner must outlive the copy. */
const sm_carrier *sm_carrier_copy(sm_arena *arena, const sm_carrier *carrier);
