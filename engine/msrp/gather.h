/* Gathering of long MSRP chunks: one direction of a connection, put together by TCP sequence numbers.
 *
 * TCP dissectors put a message together at a cost that grows with the square of its segments. A chunk of many segments is gathered here instead, where
 * each octet costs the same, and where nothing is ever waited for behind a chunk's end, however its Byte-Range lies or its sender interrupts it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "msrp/frame.h"

#include <stdint.h>

typedef struct sm_msrp_gather sm_msrp_gather;

/* What became of a segment. */
typedef enum sm_msrp_gathered {
    SM_MSRP_TAKEN,    /* it goes on where the octets before ended: see sm_msrp_gather_next() */
    SM_MSRP_HELD,     /* octets before it are missing; it is kept until they come */
    SM_MSRP_REPEATED, /* all of it was taken before */
    SM_MSRP_BEYOND,   /* octets before it are missing, and it does not belong to the chunk, or more is held than is kept: it is not taken */
} sm_msrp_gathered;

/* `sequence` is the TCP sequence number of the first octet to come, which begins a chunk. Release with sm_msrp_gather_free(). */
sm_msrp_gather *sm_msrp_gather_new(uint32_t sequence);
void sm_msrp_gather_free(sm_msrp_gather *gather); /* NULL is fine */

/* Adds a segment; its octets are copied. Sequence numbers wrap around. Behind a gap a segment is held while it lies within the chunk by a numeric Byte-Range;
 * where there is none, unless it begins with a start line. The first one that does not belong bounds all later ones. The gap may still be filled.
 * Limits: SM_LIMIT_MSRP_HELD_OCTETS (then BEYOND). */
sm_msrp_gathered sm_msrp_gather_add(sm_msrp_gather *gather, uint32_t sequence, sm_bytes octets);

/* Takes the next piece off the front: COMPLETE, a chunk in `frame`; NOT or DAMAGED, octets that are none, in frame->octets, up to where the next chunk may
 * begin, why in frame->fault (may be NULL); MORE, there is none yet. `sequence` gets the number of the piece's first octet. The slices in `frame` live until
 * the next sm_msrp_gather_add(), its texts are the arena's. Limits: those of sm_msrp_frame_read(). */
sm_msrp_status sm_msrp_gather_next(sm_msrp_gather *gather, sm_arena *arena, sm_msrp_frame *frame, uint32_t *sequence);

/* What has come in order of the chunk that is not whole; empty between chunks. A slice that lives until the next sm_msrp_gather_add(). */
sm_bytes sm_msrp_gather_rest(const sm_msrp_gather *gather);

/* Sequence number behind the octets that came in order. */
uint32_t sm_msrp_gather_end(const sm_msrp_gather *gather);

/* Whether segments are held that came out of order. */
bool sm_msrp_gather_holds(const sm_msrp_gather *gather);
