/* The end of every trial: the step it stopped at, or a content key handed to the search.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/recipient_trial.h"

sm_trial sm_trial_of(sm_trial_status status, const char *detail)
{
    static const char *const steps[] = {
        [SM_TRIAL_UNFIT] = SM_STEP_KEY_TYPE,
        [SM_TRIAL_UNSUPPORTED] = SM_STEP_ALGORITHM,
        [SM_TRIAL_NO_ORIGINATOR] = SM_STEP_ORIGINATOR,
        [SM_TRIAL_LIMIT] = SM_STEP_LIMIT,
    };
    return (sm_trial){.status = status, .step = steps[status], .detail = detail};
}

sm_trial sm_trial_offer(sm_key_search *search, sm_secret *cek, const char *label, bool named)
{
    bool fits = search->cek_length == 0 || cek->length == search->cek_length, proven = cek->proven;
    size_t length = cek->length;
    bool taken = fits && search->accept(search->context, cek, label, named);
    sm_secret_clear(cek);
    if (taken)
        return (sm_trial){.status = SM_TRIAL_OPENED};
    if (!fits)
        return sm_trial_stopped(SM_STEP_CONTENT_KEY,
                                sm_arena_printf(search->arena,
                                                "%s unwrapped a content key of %zu octets, the content needs %zu",
                                                label, length, search->cek_length));
    return (sm_trial){
        .status = SM_TRIAL_REFUSED,
        .step = search->content_step ? search->content_step : SM_STEP_CONTENT,
        .detail = sm_arena_printf(search->arena, "the content key from %s does not open the content", label),
        .proven = proven,
    };
}
