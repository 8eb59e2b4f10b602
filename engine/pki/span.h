/* A moment that is compared with events - a certificate's end, a revocation, a CRL's next update - and keeps in mind between which of
 * them it lies: whatever was concluded from those comparisons holds for every moment between the same events.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/moment.h"

typedef struct sm_span {
    sm_moment when;
    sm_moment after, before; /* the nearest events on either side, themselves left out; not known: none was compared */
    bool at_event;           /* `when` is itself an event: nothing is said of other moments */
} sm_span;

/* Of `when` alone, so far compared with nothing. */
static inline sm_span sm_span_at(sm_moment when)
{
    return (sm_span){.when = when};
}

/* Negative, zero or positive as the event lies before, at or after `when`; narrows the span. Both must be known. */
int sm_span_compare(sm_span *span, sm_moment event);

/* Whether every comparison made so far comes out the same at that moment. One that is not known is like itself alone. */
bool sm_span_holds(const sm_span *span, sm_moment when);
