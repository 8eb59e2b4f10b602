/* Moments in time, UTC.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct sm_moment {
    bool known;           /* false: there is no such time (no signing-time attribute, an unreadable date) */
    int64_t seconds;      /* since 1970-01-01T00:00:00Z, leap seconds not counted; negative before */
    uint32_t nanoseconds; /* 0 to 999999999 */
} sm_moment;

static inline sm_moment sm_moment_at(int64_t seconds, uint32_t nanoseconds)
{
    return (sm_moment){true, seconds, nanoseconds};
}

/* Negative, zero or positive as a is before, at or after b; both must be known. */
int sm_moment_compare(sm_moment a, sm_moment b);

/* RFC 3339 in UTC ("2026-01-15T10:00:00.123456Z", fraction only when not zero); "unknown" when not known or outside
 * the years 0 to 9999, which RFC 3339 cannot write. */
const char *sm_moment_text(sm_arena *arena, sm_moment moment);

/* Reads an RFC 3339 date-time with any offset; `known` is false when the text is none. */
sm_moment sm_moment_parse_rfc3339(const char *text);

/* From the parts of a calendar date in UTC (year 0 to 9999, month 1 to 12); not known when they make no date. */
sm_moment sm_moment_from_civil(int year, int month, int day, int hour, int minute, int second);
