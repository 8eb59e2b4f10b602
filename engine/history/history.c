/* History: finished inspections in frame order, linked to one another.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "history/history.h"

#include "history/identity.h"
#include "history/links.h"
#include "history/notifications.h"
#include "history/summary.h"

struct sm_history {
    sm_msrp_sessions *sessions;
    history_links *links;
    history_notifications *notifications;
    GHashTable *conclusions; /* set of conclusion_owner: what has not been released */
};

typedef struct conclusion_owner {
    sm_conclusion conclusion; /* first: the public pointer is this one's */
    sm_inspection *request;   /* what links.request belongs to; a reference is held; or NULL */
    sm_arena *arena;
} conclusion_owner;

static void conclusion_free(gpointer data)
{
    conclusion_owner *owner = data;
    sm_inspection_unref(owner->conclusion.inspection);
    sm_inspection_unref(owner->request);
    sm_arena_free(owner->arena);
    g_free(owner);
}

sm_history *sm_history_new(void)
{
    sm_history *history = g_new0(sm_history, 1);
    history->sessions = sm_msrp_sessions_new();
    history->links = history_links_new();
    history->notifications = history_notifications_new();
    history->conclusions = g_hash_table_new_full(g_direct_hash, g_direct_equal, conclusion_free, NULL);
    return history;
}

void sm_history_free(sm_history *history)
{
    if (!history)
        return;
    g_hash_table_destroy(history->conclusions);
    history_notifications_free(history->notifications);
    history_links_free(history->links);
    sm_msrp_sessions_free(history->sessions);
    g_free(history);
}

/* SDP anywhere in the message, also inside S/MIME, negotiates MSRP sessions. */
static void learn_sessions(sm_history *history, const sm_inspection *inspection)
{
    const sm_carrier *carrier = inspection->carrier;
    if (carrier->kind != SM_CARRIER_SIP || carrier->quoted)
        return;
    const uint32_t frame = carrier->frame_count > 0 ? carrier->frames[0] : 0;
    sm_msrp_sessions_follow(history->sessions, inspection->sip, frame);
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_part *part = inspection->parts[i];
        if (part->sdp)
            sm_msrp_sessions_learn(history->sessions, inspection->sip, part->sdp, frame, part->is_signed || part->is_encrypted);
    }
}

const sm_conclusion *sm_history_conclude(sm_history *history, sm_inspection *inspection)
{
    conclusion_owner *owner = g_new0(conclusion_owner, 1);
    sm_conclusion *conclusion = &owner->conclusion;
    owner->arena = sm_arena_new();
    conclusion->inspection = sm_inspection_ref(inspection);
    g_hash_table_add(history->conclusions, owner);

    learn_sessions(history, inspection);
    if (inspection->carrier->kind == SM_CARRIER_MSRP)
        conclusion->links.session = sm_msrp_sessions_find(history->sessions, owner->arena, inspection->carrier->msrp.from_path,
                                                          inspection->carrier->msrp.to_path, inspection->carrier->source,
                                                          inspection->carrier->destination);
    sm_inspection *request = history_link(history->links, owner->arena, inspection, &conclusion->links);
    history_notifications_link(history->notifications, inspection, &conclusion->links);
    owner->request = request ? sm_inspection_ref(request) : NULL;
    const sm_identity **identities = /* plain messages are many: their arenas stay empty */
        inspection->signer_count ? sm_arena_array(owner->arena, const sm_identity *, inspection->signer_count) : NULL;
    for (unsigned i = 0; i < inspection->signer_count; i++)
        identities[i] = history_identity(owner->arena, inspection, inspection->signers[i], &conclusion->links.session);
    conclusion->identities = identities;
    history_summarise(owner->arena, conclusion);
    return conclusion;
}

void sm_conclusion_release(sm_history *history, const sm_conclusion *conclusion)
{
    g_hash_table_remove(history->conclusions, conclusion);
}
