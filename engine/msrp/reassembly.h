/* MSRP reassembly (RFC 4975 5.1, 7.3.1; RFC 8591 8.1): from chunks to messages.
 *
 * Memory is bounded by what was seen, never by what was announced (RFC 4975 14.5).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "msrp/frame.h"

#include <glib.h>

/* What was seen of one message, chunk by chunk; read by rules and display. Owned by the reassembly that made it. */
typedef struct sm_msrp_chunk {
    uint32_t frame; /* capture frame in which the chunk ended */
    sm_msrp_range range;
    uint64_t start; /* position of its octets in the message, 0 is the first */
    size_t length;  /* octets of body */
    char flag;
    bool in_order;  /* its octets follow those of the chunk before it, or are the first of the message */
    bool duplicate; /* all its octets had been seen, and were the same */
    bool overlap;   /* some had been seen */
    bool conflict;  /* and were not the same (last received wins, RFC 4975 7.3.1) */
    bool range_fits;
    bool content_type_differs, reports_differ; /* header fields that must be the same in all chunks are not */
    bool
        paths_differ; /* From-Path or To-Path are not those of the chunk taken for the message (RFC 8591 figure 4) */
    bool end_line_inside, look_alike_inside;
    bool has_message_id;
} sm_msrp_chunk;

typedef struct sm_msrp_facts {
    const sm_msrp_chunk *chunks;
    unsigned chunk_count;
    bool total_known;
    uint64_t total;         /* last total announced */
    bool totals_differ;     /* chunks announced different totals */
    bool beyond_total;      /* octets lie after the announced total, or after the end of the "$" chunk */
    bool limit;             /* a limit was hit; the message is incomplete */
    const char *limit_name; /* "message of more than 256 MiB", NULL */
    const char *success_report, *failure_report; /* of the first chunk; NULL absent */
    bool
        out_of_order; /* a chunk begins before one that was received earlier (a gap alone is none: see missing) */
} sm_msrp_facts;

typedef struct sm_msrp_message {
    const char *message_id;
    GBytes *octets; /* the message as far as it was seen contiguously from its first octet; never NULL */
    bool complete;  /* final chunk seen ("$") and no octet missing */
    bool aborted;   /* "#" */
    uint64_t
        missing; /* octets not seen (or let go for a limit) up to the end of the "$" chunk, which defines the length
                                    (RFC 4975 7.3.1); before it was seen, up to the announced total or the last octet seen */
    const sm_msrp_facts *facts;
    const char *content_type; /* of the chunk that starts at 1, else of the first seen; NULL absent */
    sm_bytes head;            /* start line and header fields of that chunk, as sm_msrp_frame.head */
    const char *from_path, *to_path, *transaction_id, *method;
} sm_msrp_message;

/* All messages under way in one capture. Not thread-safe. */
typedef struct sm_msrp_reassembly sm_msrp_reassembly;
sm_msrp_reassembly *sm_msrp_reassembly_new(void);
void sm_msrp_reassembly_free(sm_msrp_reassembly *reassembly);

/* A chunk with Byte-Range stands where that says. Without one, "$" marks a whole message (RFC 4975 7.3.1) and a first chunk stands first
 * (7.1.1); another chunk, and one whose Byte-Range cannot be read, is taken to follow the chunk before it. Where octets were
 * seen before, the last received win (7.3.1). The length is that of the body, not of the range.
 *
 * Limits: SM_LIMIT_MSRP_MESSAGE_OCTETS and SM_LIMIT_MSRP_CHUNKS a message, SM_LIMIT_MSRP_PENDING_OCTETS for all under way: beyond it
 * the oldest message under way loses its octets. A message that hit a limit takes no more octets, is never complete, and ends
 * with its "$". */

/* Takes one chunk of a SEND (others are the caller's). `session` tells connections and directions apart, and holds no line end;
 * the key is session and Message-ID. The paths are no good `session`: chunks of one message may name different ones, as in RFC 8591
 * figure 4, and a Message-ID alone names a message (RFC 4975 7.1.1). Chunks may come in any order, twice, overlapping.
 * Returns the message when this chunk completed it (every octet seen and the "$" chunk too) or ended it ("#"), else NULL. The message is owned by the reassembly and stays
 * until it is freed; a later chunk with the same key begins a new message. The octets of the frame are copied. */
const sm_msrp_message *sm_msrp_reassembly_add(sm_msrp_reassembly *reassembly, const char *session,
                                              const sm_msrp_frame *frame, uint32_t frame_number);

/* What `missing` would be if the message under way with that key ended now; 0 when there is none. */
uint64_t sm_msrp_reassembly_missing(const sm_msrp_reassembly *reassembly, const char *session, const char *message_id);

/* Ends the message under way with that key, as incomplete (the connection closed, the capture ended); NULL when there is none. */
const sm_msrp_message *sm_msrp_reassembly_give_up(sm_msrp_reassembly *reassembly, const char *session,
                                                  const char *message_id);

/* Ends all messages under way and calls `each` for every one, oldest first. */
void sm_msrp_reassembly_finish(sm_msrp_reassembly *reassembly,
                               void (*each)(void *context, const sm_msrp_message *message), void *context);
