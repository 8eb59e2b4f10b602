/* Message JSON: one judged message as docs/report.schema.json describes it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "tap.h"

/* One line of JSON without a line end, to be released with g_free(). `file` is the capture's name. The arena is for scratch. */
char *audit_message_json(sm_arena *arena, const smime_tap_message *message, const char *file);
