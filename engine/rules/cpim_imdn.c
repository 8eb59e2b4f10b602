/* Rules on CPIM messages and what S/MIME protects of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/catalogue.h"

static bool is_protected(const sm_part *part)
{
    return part->is_signed || part->is_encrypted;
}

static bool for_cpim(const sm_conclusion *conclusion)
{
    const sm_inspection *inspection = conclusion->inspection;
    for (unsigned i = 0; i < inspection->part_count; i++)
        if (inspection->parts[i]->cpim)
            return rule_for_smime(conclusion);
    return false;
}

static bool for_cpim_in_msrp(const sm_conclusion *conclusion)
{
    return conclusion->inspection->carrier->kind == SM_CARRIER_MSRP && for_cpim(conclusion);
}

/* The layer that is, or stands around, a part. */
static const sm_layer *layer_of(const sm_part *part)
{
    return part->layer ? part->layer : part->inside;
}

/* Whether a From or To stands there, be it that no URI can be read in it. */
static bool has_header(const sm_cpim *cpim, const char *name)
{
    for (unsigned i = 0; i < cpim->header_count; i++)
        if (!*cpim->headers[i].prefix && g_str_equal(cpim->headers[i].name, name))
            return true;
    return false;
}

/* SMIME-CPIM-001 */
static void check_headers(const sm_conclusion *conclusion, sm_finder *finder)
{
    static const char *const names[] = {"From", "To", "DateTime"};
    const sm_inspection *inspection = conclusion->inspection;
    if (!rule_needs_whole(conclusion, finder))
        return;
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_part *part = inspection->parts[i];
        if (!part->cpim)
            continue;
        if (part->cpim->limit) {
            sm_find_not_evaluated(finder);
            continue;
        }
        unsigned wanted = is_protected(part) ? 3 : 2;
        for (unsigned j = 0; j < wanted; j++)
            if (!has_header(part->cpim, names[j]))
                sm_find(finder, layer_of(part), part->cpim->message_headers, "the CPIM message has no %s header field%s", names[j],
                        j == 2 ? ", though S/MIME protects it" : "");
    }
}

/* Whether some protection begins inside the part. */
static bool protects_inside(const sm_inspection *inspection, const sm_part *part)
{
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_part *inner = inspection->parts[i];
        if (!inner->layer)
            continue;
        for (const sm_part *around = inner->parent; around; around = around->parent)
            if (around == part)
                return true;
    }
    return false;
}

/* SMIME-CPIM-003 */
static void check_protected(const sm_conclusion *conclusion, sm_finder *finder)
{
    const sm_inspection *inspection = conclusion->inspection;
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_part *part = inspection->parts[i];
        if (part->cpim && !is_protected(part) && protects_inside(inspection, part))
            sm_find(finder, NULL, part->cpim->message_headers,
                    "protection begins inside the CPIM message: its header fields (%u) can be read and changed on the way", part->cpim->header_count);
    }
}

static const sm_rule rules[] = {
    {"SMIME-CPIM-001", "CPIM names sender, recipient and time", "MUST", "RFC 4975 13",
     "A CPIM message in MSRP says itself who wrote it and to whom; with S/MIME also when. Without that a protected message can be delivered to "
     "somebody else, or once more, and nobody can tell.",
     SEVERITY_BY_PROFILE(SM_SEVERITY_WARNING, SM_SEVERITY_WARNING, SM_SEVERITY_ERROR), for_cpim_in_msrp, check_headers},
    {"SMIME-CPIM-003", "CPIM header fields protected", "NOTE", "RFC 8591 9.1",
     "Where servers on the way work with CPIM's header fields, only what is inside may be protected. It is worth knowing then that sender, "
     "recipient and time as shown come from the unprotected part.",
     SEVERITY_ALL(SM_SEVERITY_NOTE), for_cpim, check_protected},
};

const rule_shelf cpim_imdn_rules = RULE_SHELF(rules);
