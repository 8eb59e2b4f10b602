/* Gathering against the uncut stream: however it is cut, in whatever order its segments come, the pieces are the same.
 * The first octets of input say how: for each segment one octet, its length; a set top bit makes it change places with the next, which the octet
 * after them decides. The rest is the stream. */

#include "msrp/gather.h"

#include <glib.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CUTS = 8, FIRST = (int)0xfffffff0 };

typedef struct pieces {
    sm_arena *arena;
    sm_msrp_gather *gather;
    GString *told; /* sequence, status and octets of each */
    uint32_t next; /* sequence number behind the last piece */
    bool damaged;  /* a piece was no chunk */
} pieces;

static sm_msrp_gathered add(pieces *p, const uint8_t *stream, size_t from, size_t to)
{
    uint8_t *copy = g_memdup2(stream + from, to - from); /* so that the sanitizer sees a read of one octet too many */
    sm_msrp_gathered status = sm_msrp_gather_add(p->gather, (uint32_t)FIRST + (uint32_t)from, sm_bytes_of(copy, to - from));
    g_free(copy);
    sm_msrp_frame frame;
    uint32_t sequence;
    for (sm_msrp_status piece; (piece = sm_msrp_gather_next(p->gather, p->arena, &frame, &sequence)) != SM_MSRP_MORE;) {
        g_assert_cmpuint(sequence, ==, p->next);
        g_assert_cmpuint(frame.octets.length, >, 0);
        p->next += (uint32_t)frame.octets.length;
        p->damaged |= piece != SM_MSRP_COMPLETE;
        if (piece == SM_MSRP_COMPLETE)
            g_string_append_printf(p->told, "%u %zu %s\n", sequence, frame.octets.length, frame.transaction_id);
        g_assert_cmpmem(frame.octets.data, frame.octets.length, stream + (sequence - (uint32_t)FIRST), frame.octets.length);
    }
    g_assert_cmpuint(sm_msrp_gather_end(p->gather) - p->next, ==, sm_msrp_gather_rest(p->gather).length);
    return status;
}

static void begin(pieces *p)
{
    *p = (pieces){sm_arena_new(), sm_msrp_gather_new((uint32_t)FIRST), g_string_new(NULL), (uint32_t)FIRST, false};
}

static void end(pieces *p)
{
    sm_msrp_gather_free(p->gather);
    sm_arena_free(p->arena);
    g_string_free(p->told, TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < CUTS + 1)
        return 0;
    const uint8_t *stream = data + CUTS;
    const size_t length = size - CUTS, step = length / 64;
    pieces cut, uncut;
    begin(&cut);
    begin(&uncut);
    bool all_in_turn = true;
    size_t at = 0;
    for (unsigned i = 0; at < length; i++) {
        size_t middle = MIN(length, at + step + 1 + (data[i % CUTS] & 0x7f)), last = middle;
        if (data[i % CUTS] & 0x80) {
            last = MIN(length, middle + step + 1 + (data[(i + 1) % CUTS] & 0x7f));
            if (last > middle)
                all_in_turn &= add(&cut, stream, middle, last) == SM_MSRP_HELD;
        }
        all_in_turn &= add(&cut, stream, at, middle) == SM_MSRP_TAKEN;
        if (last > middle) /* once more: repeated when it was held, in order when it was not */
            g_assert_cmpint(add(&cut, stream, middle, last), <=, SM_MSRP_REPEATED);
        at = last;
    }
    add(&uncut, stream, 0, length);
    g_assert_cmpuint(sm_msrp_gather_end(cut.gather), ==, (uint32_t)FIRST + (uint32_t)length);
    g_assert_false(sm_msrp_gather_holds(cut.gather));
    /* What is given up as no chunk, and where a chunk is found behind it, depends on how much is there when that is certain. */
    if (all_in_turn && !uncut.damaged && !cut.damaged)
        g_assert_cmpstr(cut.told->str, ==, uncut.told->str);
    end(&cut);
    end(&uncut);
    return 0;
}
