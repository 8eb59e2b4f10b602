/* Inspection: a message in, the one immutable result out. entity.c and layer.c walk through it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "inspect/walk.h"

#include "base/bounds.h"

struct inspection_owner {
    sm_inspection inspection; /* first: the public pointer is this one's */
    sm_arena *arena;
    GBytes *octets;
    sm_keyring *keyring;
    gint references;
};

/* The innermost readable entity: through layers, CPIM and tunnelled SIP; through a multipart where exactly one part is protected. */
static const sm_part *innermost_content(const sm_part *part)
{
    for (;;) {
        const sm_part *next = NULL;
        if (part->layer) {
            if (!part->layer->content)
                return NULL;
            next = part->layer->content;
        } else if (part->kind == SM_PART_CPIM || part->kind == SM_PART_SIP) {
            next = part->child_count ? part->children[0] : NULL;
        } else if (part->kind == SM_PART_MULTIPART) {
            unsigned protected_parts = 0;
            for (unsigned i = 0; i < part->child_count; i++)
                if (part->children[i]->layer) {
                    next = part->children[i];
                    protected_parts++;
                }
            if (protected_parts != 1)
                next = NULL;
        }
        if (!next)
            return sm_bytes_present(part->content) && part->decoding.kind == SM_PASS ? part : NULL;
        part = next;
    }
}

/* The inspection */

static const void *list_of(sm_arena *arena, GPtrArray *list, unsigned *count)
{
    void **items = sm_arena_array(arena, void *, list->len);
    for (guint i = 0; i < list->len; i++)
        items[i] = g_ptr_array_index(list, i);
    *count = list->len;
    g_ptr_array_unref(list);
    return items;
}

static const sm_entity *message_entity(inspect_walk *walk, sm_bytes body)
{
    const sm_carrier *carrier = walk->carrier;
    if (carrier->kind == SM_CARRIER_SIP && sm_bytes_present(carrier->sip.head))
        return walk->sip->entity;
    if (carrier->kind == SM_CARRIER_MSRP && sm_bytes_present(carrier->msrp.head))
        return sm_entity_from_message(walk->arena, carrier->msrp.head, body, SM_ENTITY_SIP);
    return sm_entity_from_type(walk->arena, carrier->content_type, body);
}

sm_inspection *sm_inspect(const sm_settings *settings, const sm_carrier *carrier, GBytes *octets)
{
    struct inspection_owner *owner = g_new0(struct inspection_owner, 1);
    sm_inspection *inspection = &owner->inspection;
    owner->arena = sm_arena_new();
    owner->octets = g_bytes_ref(octets);
    owner->references = 1;
    owner->keyring = settings->keyring ? sm_keyring_ref((sm_keyring *)settings->keyring) : sm_keyring_new();

    sm_settings *kept = sm_arena_new0(owner->arena, sm_settings);
    *kept = *settings;
    kept->keyring = owner->keyring;
    gsize length;
    const uint8_t *data = g_bytes_get_data(octets, &length);
    sm_bytes body = sm_bytes_of(data ? data : (const uint8_t *)"", length);

    inspect_walk walk = {
        .arena = owner->arena,
        .settings = kept,
        .carrier = sm_carrier_copy(owner->arena, carrier),
        .sources = g_array_new(FALSE, FALSE, sizeof(sm_source)),
        .parts = g_ptr_array_new(),
        .layers = g_ptr_array_new(),
        .signers = g_ptr_array_new(),
        .limits = g_ptr_array_new(),
        .signature_work = SM_LIMIT_SIGNATURE_WORK,
        .diagnosis_work = SM_LIMIT_SIGNATURE_WORK,
    };
    sm_source received = {body, "Body", -1};
    g_array_append_val(walk.sources, received);
    if (walk.carrier->kind == SM_CARRIER_SIP)
        walk.sip = sm_bytes_present(walk.carrier->sip.head)
                       ? sm_sip_message_parse(walk.arena, walk.carrier->sip.head, body, false)
                       : sm_sip_message_from_carrier(walk.arena, walk.carrier, body);

    inspection->root = inspect_entity(&walk, message_entity(&walk, body), (inspect_place){.sip = walk.sip});
    inspection->carrier = walk.carrier;
    inspection->settings = kept;
    inspection->sip = walk.sip;
    inspection->content = innermost_content(inspection->root);
    if (inspection->content) {
        GChecksum *sha256 = g_checksum_new(G_CHECKSUM_SHA256);
        gsize size = sizeof inspection->content_sha256;
        g_checksum_update(sha256, inspection->content->content.data, (gssize)inspection->content->content.length);
        g_checksum_get_digest(sha256, inspection->content_sha256, &size);
        g_checksum_free(sha256);
    }
    sm_source *sources = sm_arena_array(walk.arena, sm_source, walk.sources->len);
    memcpy(sources, walk.sources->data, walk.sources->len * sizeof(sm_source));
    inspection->sources = sources;
    inspection->source_count = walk.sources->len;
    g_array_unref(walk.sources);
    inspection->parts = list_of(walk.arena, walk.parts, &inspection->part_count);
    inspection->layers = list_of(walk.arena, walk.layers, &inspection->layer_count);
    inspection->signers = list_of(walk.arena, walk.signers, &inspection->signer_count);
    inspection->limits = list_of(walk.arena, walk.limits, &inspection->limit_count);
    return inspection;
}

sm_inspection *sm_inspection_ref(sm_inspection *inspection)
{
    g_atomic_int_inc(&((struct inspection_owner *)inspection)->references);
    return inspection;
}

void sm_inspection_unref(sm_inspection *inspection)
{
    struct inspection_owner *owner = (struct inspection_owner *)inspection;
    if (!owner || !g_atomic_int_dec_and_test(&owner->references))
        return;
    sm_arena_free(owner->arena);
    g_bytes_unref(owner->octets);
    sm_keyring_unref(owner->keyring);
    g_free(owner);
}

sm_arena *sm_inspection_arena(sm_inspection *inspection)
{
    return ((struct inspection_owner *)inspection)->arena;
}

bool sm_inspection_locate(const sm_inspection *inspection, sm_bytes slice, unsigned *source, size_t *offset)
{
    for (unsigned i = 0; i < inspection->source_count; i++)
        if (sm_bytes_within(slice, inspection->sources[i].octets)) {
            *source = i;
            *offset = (size_t)(slice.data - inspection->sources[i].octets.data);
            return true;
        }
    return false;
}

bool sm_inspection_is_smime(const sm_inspection *inspection)
{
    return inspection->layer_count > 0;
}
