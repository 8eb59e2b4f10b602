/* Links from a disposition notification (RFC 5438) to the message it speaks of. For this room alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "history/history.h"

typedef struct history_notifications history_notifications;
history_notifications *history_notifications_new(void);
void history_notifications_free(history_notifications *notifications); /* NULL is allowed */

/* Fills in out->notified_frame and learns the Message-IDs in CPIM. Copies (out->retransmission_of, which must stand there already) teach
 * nothing. */
void history_notifications_link(history_notifications *notifications, const sm_inspection *inspection, sm_links *out);
