/* Message text: what reports say of a judged message in words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "history/history.h"

/* UTF-8 without characters that a terminal obeys; "" for NULL. Owned by the arena. */
const char *audit_shown(sm_arena *arena, const char *text);

/* RFC 3339 in UTC with a fraction of six digits, nine where the capture has them; "" when not known. */
const char *audit_time_text(sm_arena *arena, sm_moment moment);

/* "text/plain", the media type of a readable part; RFC 2045 5.2 says text/plain where it has none. */
const char *audit_content_type(const sm_part *part);

/* The last URI of a From-Path or To-Path value (RFC 4975 5.1.1: the end itself, after its relays); NULL for NULL. */
const char *audit_path_end(sm_arena *arena, const char *path);

/* Who says what to whom; members are NULL when unknown. */
typedef struct audit_parties {
    const char *method;    /* of a request, or a response's status in digits */
    const char *from, *to; /* URIs */
} audit_parties;

audit_parties audit_parties_of(sm_arena *arena, const sm_conclusion *conclusion);
