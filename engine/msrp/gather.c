/* Gathering of long MSRP chunks: see gather.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "msrp/gather.h"

#include "base/bounds.h"

#include <glib.h>

#define HELD_OVERHEAD 256 /* counted for each held segment beside its octets: so there cannot be too many of them */

/* A segment that came before its turn. */
typedef struct held_segment {
    uint32_t sequence;
    GBytes *octets;
} held_segment;

struct sm_msrp_gather {
    GByteArray *octets; /* in order */
    size_t taken;       /* of them, off the front */
    uint32_t end;       /* sequence number behind them */
    sm_msrp_scan scan;  /* of what was not taken */
    size_t needed;      /* see sm_msrp_frame_read() */
    GArray *held;       /* of held_segment, by sequence number */
    size_t held_octets;
    bool bounded;       /* `bound` is known */
    uint32_t bound;     /* sequence number of a segment behind the gap that is another chunk's */
};

static void clear_held(void *data)
{
    g_bytes_unref(((held_segment *)data)->octets);
}

sm_msrp_gather *sm_msrp_gather_new(uint32_t sequence)
{
    sm_msrp_gather *gather = g_new0(sm_msrp_gather, 1);
    gather->octets = g_byte_array_sized_new(4096);
    gather->end = sequence;
    gather->needed = 1;
    gather->held = g_array_new(FALSE, FALSE, sizeof(held_segment));
    g_array_set_clear_func(gather->held, clear_held);
    return gather;
}

void sm_msrp_gather_free(sm_msrp_gather *gather)
{
    if (!gather)
        return;
    g_byte_array_free(gather->octets, TRUE);
    g_array_free(gather->held, TRUE);
    g_free(gather);
}

/* How far `sequence` lies ahead of what has come in order; negative when it lies within. */
static int32_t ahead(const sm_msrp_gather *gather, uint32_t sequence)
{
    return (int32_t)(sequence - gather->end);
}

/* Appends what is new of octets that leave no gap. */
static void append(sm_msrp_gather *gather, uint32_t sequence, sm_bytes octets)
{
    size_t known = (size_t)-(int64_t)ahead(gather, sequence);
    if (known >= octets.length)
        return;
    g_byte_array_append(gather->octets, octets.data + known, (unsigned)(octets.length - known));
    gather->end += (uint32_t)(octets.length - known);
}

static void append_held(sm_msrp_gather *gather)
{
    unsigned due = 0;
    for (; due < gather->held->len; due++) {
        const held_segment *segment = &g_array_index(gather->held, held_segment, due);
        if (ahead(gather, segment->sequence) > 0)
            break;
        size_t length = 0;
        const uint8_t *data = g_bytes_get_data(segment->octets, &length);
        append(gather, segment->sequence, sm_bytes_of(data, length));
        gather->held_octets -= length + HELD_OVERHEAD;
    }
    if (due > 0)
        g_array_remove_range(gather->held, 0, due);
}

static void hold(sm_msrp_gather *gather, uint32_t sequence, sm_bytes octets)
{
    held_segment segment = {sequence, g_bytes_new(octets.data, octets.length)};
    unsigned at = gather->held->len;
    while (at > 0 && ahead(gather, g_array_index(gather->held, held_segment, at - 1).sequence) > ahead(gather, sequence))
        at--;
    g_array_insert_val(gather->held, at, segment);
    gather->held_octets += octets.length + HELD_OVERHEAD;
}

/* A chunk that says how long it is ends there; of any other, only a start line tells that it is over. */
static bool may_belong(sm_msrp_gather *gather, uint32_t sequence, sm_bytes octets)
{
    if (gather->bounded)
        return (int32_t)(sequence - gather->bound) < 0;
    bool belongs = gather->needed > 1 ? (size_t)ahead(gather, sequence) < gather->needed : sm_msrp_start_line(octets) != SM_MSRP_COMPLETE;
    if (!belongs) {
        gather->bounded = true;
        gather->bound = sequence;
    }
    return belongs;
}

sm_msrp_gathered sm_msrp_gather_add(sm_msrp_gather *gather, uint32_t sequence, sm_bytes octets)
{
    if (ahead(gather, sequence) > 0) {
        if (gather->held_octets + octets.length + HELD_OVERHEAD > SM_LIMIT_MSRP_HELD_OCTETS || !may_belong(gather, sequence, octets))
            return SM_MSRP_BEYOND;
        hold(gather, sequence, octets);
        return SM_MSRP_HELD;
    }
    if (ahead(gather, sequence + (uint32_t)octets.length) <= 0)
        return SM_MSRP_REPEATED;
    if (gather->taken > 0) {
        g_byte_array_remove_range(gather->octets, 0, (unsigned)gather->taken);
        gather->taken = 0;
    }
    append(gather, sequence, octets);
    append_held(gather);
    if (gather->bounded && ahead(gather, gather->bound) <= 0)
        gather->bounded = false;
    return SM_MSRP_TAKEN;
}

sm_msrp_status sm_msrp_gather_next(sm_msrp_gather *gather, sm_arena *arena, sm_msrp_frame *frame, uint32_t *sequence)
{
    sm_bytes rest = sm_msrp_gather_rest(gather);
    *frame = (sm_msrp_frame){0};
    *sequence = gather->end - (uint32_t)rest.length;
    if (rest.length == 0) {
        gather->needed = 1;
        return SM_MSRP_MORE;
    }
    sm_msrp_status status = sm_msrp_frame_read(arena, rest, &gather->scan, frame, &gather->needed);
    if (status == SM_MSRP_MORE)
        return status;
    if (status != SM_MSRP_COMPLETE)
        frame->octets = sm_bytes_cut(rest, 0, sm_msrp_resynchronise(rest, 1));
    gather->taken += frame->octets.length;
    gather->scan = (sm_msrp_scan){0};
    return status;
}

sm_bytes sm_msrp_gather_rest(const sm_msrp_gather *gather)
{
    return sm_bytes_of(gather->octets->data + gather->taken, gather->octets->len - gather->taken);
}

uint32_t sm_msrp_gather_end(const sm_msrp_gather *gather)
{
    return gather->end;
}

bool sm_msrp_gather_holds(const sm_msrp_gather *gather)
{
    return gather->held->len > 0;
}
