/* History: disposition notifications and the messages they speak of, see history/notifications.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "history/notifications.h"

#include "base/bounds.h"
#include "history/table.h"

struct history_notifications {
    history_digest *digest;
    history_table *messages; /* Message-ID -> uint32_t, the frame it was last seen in */
};

history_notifications *history_notifications_new(void)
{
    history_notifications *notifications = g_new0(history_notifications, 1);
    notifications->digest = history_digest_new();
    notifications->messages = history_table_new(sizeof(uint32_t), SM_LIMIT_HISTORY_ENTRIES, NULL);
    return notifications;
}

void history_notifications_free(history_notifications *notifications)
{
    if (!notifications)
        return;
    history_table_free(notifications->messages);
    history_digest_free(notifications->digest);
    g_free(notifications);
}

static history_key key_of(history_notifications *notifications, const char *message_id)
{
    history_digest_begin(notifications->digest, 'n');
    history_digest_text(notifications->digest, message_id);
    return history_digest_end(notifications->digest);
}

void history_notifications_link(history_notifications *notifications, const sm_inspection *inspection, sm_links *out)
{
    const sm_carrier *carrier = inspection->carrier;
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_imdn *imdn = inspection->parts[i]->imdn;
        if (!imdn || !imdn->message_id)
            continue;
        const uint32_t *frame = history_table_find(notifications->messages, key_of(notifications, imdn->message_id));
        if (frame)
            out->notified_frame = *frame;
    }
    if (out->retransmission_of || carrier->quoted || carrier->frame_count == 0)
        return;
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_cpim *cpim = inspection->parts[i]->cpim;
        if (cpim && cpim->imdn_message_id)
            *(uint32_t *)history_table_add(notifications->messages, key_of(notifications, cpim->imdn_message_id)) =
                carrier->frames[carrier->frame_count - 1];
    }
}
