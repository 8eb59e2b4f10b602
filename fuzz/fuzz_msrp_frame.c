/* Framing must not depend on how TCP cut the stream: the chunks found in a growing buffer are those found in the whole one.
 * The first octet of the input says in what steps the buffer grows; the rest is the stream. */

#include "msrp/frame.h"

#include <glib.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of its own, so that the sanitizer sees a read of one octet too many. */
static sm_msrp_status read_copy(sm_arena *arena, sm_bytes octets, sm_msrp_scan *scan, sm_msrp_frame *frame,
                                size_t *needed)
{
    sm_bytes copy = sm_arena_copy(arena, octets);
    sm_msrp_status status = sm_msrp_frame_read(arena, copy, scan, frame, needed);
    if (status == SM_MSRP_COMPLETE) {
        g_assert_true(sm_bytes_within(frame->octets, copy) && frame->octets.data == copy.data);
        g_assert_true(sm_bytes_within(frame->head, frame->octets));
        g_assert_true(!sm_bytes_present(frame->body) || sm_bytes_within(frame->body, frame->octets));
        g_assert_true(frame->transaction_id &&
                      (frame->method == NULL) == (frame->status != 0 || frame->comment));
    } else {
        g_assert_null(frame->octets.data);
    }
    return status;
}

/* Feeds `stream` in steps; returns what the last, decisive call said. */
static sm_msrp_status read_in_steps(sm_arena *arena, sm_bytes stream, size_t step, sm_msrp_frame *frame)
{
    sm_msrp_scan scan = {0};
    for (size_t there = 0;;) {
        size_t needed = 0;
        sm_msrp_status status = read_copy(arena, sm_bytes_cut(stream, 0, there), &scan, frame, &needed);
        if (status != SM_MSRP_MORE || there == stream.length)
            return status;
        g_assert_cmpuint(needed, >=, 1);
        there = MIN(stream.length, there + step);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    sm_bytes stream = sm_bytes_of(data + 1, size - 1);
    size_t step = MAX(data[0], stream.length / 256) + 1;
    sm_msrp_holds_boundary(stream);
    while (stream.length > 0) {
        sm_arena *arena = sm_arena_new();
        sm_msrp_frame whole, stepped;
        sm_msrp_status status = read_copy(arena, stream, NULL, &whole, NULL);
        g_assert_cmpint(read_in_steps(arena, stream, step, &stepped), ==, status);
        g_assert_cmpstr(whole.fault, ==, stepped.fault);
        if (status == SM_MSRP_COMPLETE) {
            g_assert_cmpuint(whole.octets.length, ==, stepped.octets.length);
            g_assert_true(sm_bytes_equal(whole.head, stepped.head) &&
                          sm_bytes_equal(whole.body, stepped.body));
            g_assert_cmpint(whole.flag, ==, stepped.flag);
            g_assert_cmpstr(whole.message_id, ==, stepped.message_id);
            g_assert_true(whole.end_line_inside == stepped.end_line_inside &&
                          whole.range_fits == stepped.range_fits);
            stream = sm_bytes_from(stream, whole.octets.length);
        } else {
            size_t next = sm_msrp_resynchronise(stream, 1);
            g_assert_true(next >= 1 && next <= stream.length);
            stream = sm_bytes_from(stream, next);
        }
        sm_arena_free(arena);
    }
    return 0;
}
