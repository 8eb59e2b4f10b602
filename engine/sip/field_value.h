/* What SIP's header field values have in common: lists, quoted strings, parameters (RFC 3261 7.3.1, 25.1).
 * Used inside this room only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

/* Without leading and trailing blanks and line ends (LWS). */
sm_bytes sm_field_trim(sm_bytes text);

/* Octets of the quoted-string that starts `text`, with both marks; up to the end when it is not closed. */
size_t sm_field_quoted_length(sm_bytes text);

/* Position of the first octet out of `stops` that is neither in a quoted-string nor, when `brackets` is set,
 * between angle brackets; the length when there is none. Linear. */
size_t sm_field_find(sm_bytes text, const char *stops, bool brackets);

/* Takes the first element off a comma-separated list: true, with the trimmed element in `element`; empty ones
 * are passed over. False at the end. */
bool sm_field_next(sm_bytes *list, sm_bytes *element);

/* Takes the first parameter off ";name=value;...": true, with its trimmed name and value, the value absent
 * without "=". What stands before the first ';' is passed over. False at the end. Linear over all parameters. */
bool sm_field_next_parameter(sm_bytes *text, sm_bytes *name, sm_bytes *value);

/* The value of the parameter with this name (without regard to case), the first one when repeated. Absent
 * when there is no such parameter, empty when it has no value. */
sm_bytes sm_field_parameter(sm_bytes text, const char *name);
