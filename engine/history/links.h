/* Links from one message to those before it: transactions and copies, and what was seen again. For this room alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "history/history.h"

typedef struct history_links history_links;
history_links *history_links_new(void);
void history_links_free(history_links *links); /* NULL is allowed */

/* Fills in all of `out` but the session, which must stand there already, and learns from the message. What `out` points to is owned by the
 * arena, except out->request. Returns the inspection that out->request belongs to, for the conclusion to hold a reference on; or NULL. */
sm_inspection *history_link(history_links *links, sm_arena *arena, sm_inspection *inspection, sm_links *out);
