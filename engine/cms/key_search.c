/* Content-encryption keys leave no trace; what was tried does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/key_search.h"

#include "base/bounds.h"

#include <openssl/crypto.h>

void sm_secret_clear(sm_secret *secret)
{
    OPENSSL_cleanse(secret, sizeof(*secret));
}

void sm_key_attempts_add(sm_arena *arena, sm_key_attempts *attempts, const char *key, const char *step,
                         const char *detail)
{
    if (attempts->count++ >= SM_LIMIT_KEY_TRIALS)
        return;
    sm_key_attempt *attempt = sm_arena_new0(arena, sm_key_attempt);
    *attempt = (sm_key_attempt){.key = key, .step = step, .detail = detail};
    if (attempts->last)
        attempts->last->next = attempt;
    else
        attempts->first = attempt;
    attempts->last = attempt;
}
