/* Verdicts: their words, and how two are joined.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/verdict.h"

#include <stddef.h>

const char *sm_verdict_word(sm_verdict_kind kind)
{
    switch (kind) {
    case SM_PASS:
        return "pass";
    case SM_FAIL:
        return "fail";
    case SM_NOT_APPLICABLE:
        return "not-applicable";
    case SM_NOT_EVALUATED:
        break;
    }
    return "not-evaluated";
}

const char *sm_reason_word(sm_reason reason)
{
    static const char *const words[] = {
#define SM_REASON_WORD(name, word) [SM_REASON_##name] = word,
        SM_REASONS(SM_REASON_WORD)
#undef SM_REASON_WORD
    };
    size_t count = sizeof(words) / sizeof(words[0]);
    return (size_t)reason < count ? words[reason] : words[SM_REASON_NOT_CHECKED];
}

/* How bad a verdict is for the whole it is part of. */
static int badness(sm_verdict_kind kind)
{
    switch (kind) {
    case SM_FAIL:
        return 3;
    case SM_NOT_EVALUATED:
        return 2;
    case SM_PASS:
        return 1;
    case SM_NOT_APPLICABLE:
        return 0;
    }
    return 2; /* no verdict at all was not evaluated */
}

sm_verdict sm_verdict_and(sm_verdict a, sm_verdict b)
{
    return badness(b.kind) > badness(a.kind) ? b : a;
}
