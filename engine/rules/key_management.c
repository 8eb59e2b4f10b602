/* Rules on the keys that content keys are encrypted with.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/catalogue.h"

/* SMIME-KM-006 */

static bool for_ephemeral(const sm_conclusion *conclusion)
{
    FOR_EACH_LAYER(layer, conclusion)
        for (unsigned i = 0; layer->cms->enveloped_data && i < layer->cms->enveloped_data->recipient_count; i++)
            if (sm_bytes_present(layer->cms->enveloped_data->recipients[i].originator_key))
                return true;
    return false;
}

static void check_ephemeral(const sm_conclusion *conclusion, sm_finder *finder)
{
    if (conclusion->links.ephemeral_reuse)
        sm_find(finder, NULL, SM_BYTES_NONE, "the originator's ephemeral key was used before, in frame %u", (unsigned)conclusion->links.ephemeral_reuse);
}

static const sm_rule rules[] = {
    {"SMIME-KM-006", "Ephemeral key used once", "MUST", "RFC 8418 2; RFC 5753 3.1.1",
     "The originator's key pair is made for one message. Used for a second one it lets anybody see that both come from one sender, and whoever "
     "learns it reads both. It is the mark of a random number generator that repeats itself.",
     SEVERITY_BY_PROFILE(SM_SEVERITY_WARNING, SM_SEVERITY_WARNING, SM_SEVERITY_ERROR), for_ephemeral, check_ephemeral},
};

const rule_shelf key_management_rules = RULE_SHELF(rules);
