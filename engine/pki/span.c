/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pki/span.h"

int sm_span_compare(sm_span *span, sm_moment event)
{
    int order = sm_moment_compare(event, span->when);
    if (order == 0)
        span->at_event = true;
    else if (order < 0 && (!span->after.known || sm_moment_compare(event, span->after) > 0))
        span->after = event;
    else if (order > 0 && (!span->before.known || sm_moment_compare(event, span->before) < 0))
        span->before = event;
    return order;
}

bool sm_span_holds(const sm_span *span, sm_moment when)
{
    if (!span->when.known || !when.known)
        return span->when.known == when.known;
    if (span->at_event)
        return sm_moment_compare(when, span->when) == 0;
    return (!span->after.known || sm_moment_compare(when, span->after) > 0) &&
           (!span->before.known || sm_moment_compare(when, span->before) < 0);
}
