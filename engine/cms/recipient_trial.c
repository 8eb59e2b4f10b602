/* The end of every trial: a content key handed to the search.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/recipient_trial.h"

sm_trial sm_trial_offer(sm_key_search *search, sm_secret *cek, const char *label, bool named)
{
    bool fits = search->cek_length == 0 || cek->length == search->cek_length;
    size_t length = cek->length;
    bool taken = fits && search->accept(search->context, cek, label, named);
    sm_secret_clear(cek);
    if (taken)
        return sm_trial_of(SM_TRIAL_OPENED, NULL);
    if (!fits)
        return sm_trial_of(SM_TRIAL_NOT_UNWRAPPED,
                           sm_arena_printf(search->arena,
                                           "%s unwrapped a content key of %zu octets, the content needs %zu",
                                           label, length, search->cek_length));
    return sm_trial_of(
        SM_TRIAL_REFUSED,
        sm_arena_printf(search->arena, "the content key from %s does not open the content", label));
}
