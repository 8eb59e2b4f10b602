/* The walk behind an inspection: its sources, its limits, and what it may claim of octets that are missing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "inspect/walk.h"

static int source_of(const inspect_walk *walk, sm_bytes slice)
{
    for (guint i = 0; i < walk->sources->len; i++)
        if (sm_bytes_within(slice, g_array_index(walk->sources, sm_source, i).octets))
            return (int)i;
    return -1;
}

void inspect_add_source(inspect_walk *walk, sm_bytes octets, const char *name, sm_bytes made_from)
{
    if (!sm_bytes_present(octets) || source_of(walk, octets) >= 0)
        return;
    int parent = source_of(walk, made_from);
    sm_source source = {octets, name, parent < 0 ? 0 : parent};
    g_array_append_val(walk->sources, source);
}

void inspect_add_limit(inspect_walk *walk, const char *text)
{
    for (guint i = 0; i < walk->limits->len; i++)
        if (g_str_equal(g_ptr_array_index(walk->limits, i), text))
            return;
    g_ptr_array_add(walk->limits, (gpointer)sm_arena_strdup(walk->arena, text));
}

sm_verdict inspect_honest(const inspect_walk *walk, sm_verdict verdict)
{
    const sm_carrier *carrier = walk->carrier;
    bool in_parts = carrier->kind == SM_CARRIER_MSRP && !carrier->msrp.complete;
    bool cut_short = verdict.kind == SM_NOT_EVALUATED && verdict.reason == SM_REASON_TRUNCATED;
    if (verdict.kind != SM_FAIL && !(in_parts && cut_short))
        return verdict;
    if (in_parts)
        return sm_not_evaluated(SM_REASON_MISSING_CHUNK,
                                carrier->msrp.damage ? carrier->msrp.damage : "octets of the message are missing from the capture");
    if (carrier->missing > 0)
        return sm_not_evaluated(SM_REASON_TRUNCATED,
                                sm_arena_printf(walk->arena, "%zu octets of the body are missing from the capture", carrier->missing));
    return verdict;
}
