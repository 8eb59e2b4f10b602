/* MSRP framing (RFC 4975 7, 9): where one request or response begins and ends in a stream.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

#include <stdbool.h>

typedef enum sm_msrp_status {
    SM_MSRP_COMPLETE, /* one whole chunk stands at the start of the octets */
    SM_MSRP_MORE,     /* it begins well; more octets are needed */
    SM_MSRP_NOT,      /* this is no MSRP start line */
    SM_MSRP_DAMAGED,  /* a start line, and then something that cannot be MSRP: resynchronise */
} sm_msrp_status;

/* Byte-Range: start "-" end "/" total (RFC 4975 9). */
typedef struct sm_msrp_range {
    bool present, valid;
    uint64_t start;              /* 1 is the first octet */
    bool end_known, total_known; /* false for "*" */
    uint64_t end, total;
} sm_msrp_range;

/* One chunk: a SEND, REPORT, AUTH or other request, or a response. Slices of the stream octets given. */
typedef struct sm_msrp_frame {
    sm_bytes octets; /* start line to the line end of the end-line */
    sm_bytes head;   /* start line and header fields with the empty line, when there is a body */
    sm_bytes body;   /* absent without a body; without the CRLF before the end-line */
    const char *transaction_id;
    const char *method;              /* NULL in a response */
    unsigned status;                 /* 0 in a request */
    const char *comment;             /* of a response, NULL */
    const char *to_path, *from_path; /* header values, NULL absent */
    const char *message_id;
    sm_msrp_range range;
    const char *content_type;                    /* value, NULL absent */
    const char *success_report, *failure_report; /* values, NULL absent */
    const char *status_header;                   /* "000 200 OK" of a REPORT, NULL */
    const char *use_path, *challenge, *credentials; /* values of Use-Path, WWW-Authenticate, Authorization (RFC 4976 4) */
    char flag;                                   /* '+', '$', '#' */
    bool content_type_last;                      /* Content-Type was the last header field */
    bool
        end_line_inside; /* "-------", this transaction id and a flag occur in the body, which RFC 4975 7.1 forbids */
    bool
        look_alike_inside; /* a line of the body has the form of an end-line ("-------" ident flag); legal, and a trap */
    bool range_fits; /* the body's length equals the range's; with "*" it stays within the total. True without
                                 Byte-Range and where it does not speak of this body (REPORT) */
    const char *fault; /* what breaks RFC 4975 7 or 9, first thing found; a literal; one line or NULL */
} sm_msrp_frame;

/* What framing knows between calls on one growing buffer, so that it does not search the same octets twice. Zero it for each new chunk. */
typedef struct sm_msrp_scan {
    size_t searched; /* octets already searched for the end-line */
    size_t head_end; /* offset of the body, 0 until the header block is complete */
} sm_msrp_scan;

/* Looks for one chunk at the start of `octets`. The end-line is CRLF "-------" transaction-id flag CRLF, exactly; any other line of
 * dashes is content, and the first end-line ends the chunk, wherever Byte-Range places it.
 * `needed` (may be NULL) gets with SM_MSRP_MORE how many more octets the chunk should have by a numeric Byte-Range end (or total), at least 1, and 1
 * when nothing is known. A hint: ranges lie, and a chunk may be interrupted at any octet, so that nobody may wait for them all.
 * `scan` may be NULL. `frame` is filled on COMPLETE; its texts are owned by the arena; on DAMAGED only its `fault` is set, else it is
 * empty. Header values are octets as received without a zero, control characters may be among them: show them by
 * sm_arena_printable(). Of a repeated field the first counts. Linear in the octets.
 * Limits: SM_LIMIT_MSRP_HEADER_OCTETS, SM_LIMIT_MSRP_MESSAGE_OCTETS for the body (then DAMAGED). */
sm_msrp_status sm_msrp_frame_read(sm_arena *arena, sm_bytes octets, sm_msrp_scan *scan, sm_msrp_frame *frame,
                                  size_t *needed);

/* Whether octets could begin an MSRP chunk: "MSRP " transaction-id " " (method or three digits); decides on as few octets as there are:
 * NOT only when it cannot become one, MORE when it still could, COMPLETE when the start line is whole. */
sm_msrp_status sm_msrp_start_line(sm_bytes octets);

/* Offset, at or behind `from`, of the next place where a chunk may begin after damage: the start of a line that is a start line as far as
 * it is there; or octets.length. */
size_t sm_msrp_resynchronise(sm_bytes octets, size_t from);

/* Whether one chunk ends in the octets and the next one begins: an end-line of any transaction id, a whole start line behind it, and To-Path, which comes
 * first (RFC 4975 7.1). Text of another protocol has not all three. */
bool sm_msrp_holds_boundary(sm_bytes octets);
