/* Inspection: the walk through a message's MIME entities. CMS layers are opened in inspect_layer.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "inspect_walk.h"

#include "bounds.h"
#include "mime/transfer_encoding.h"

struct inspection_owner {
    sm_inspection inspection; /* first: the public pointer is this one's */
    sm_arena *arena;
    GBytes *octets;
    sm_keyring *keyring;
    gint references;
};

/* Sources and limits */

static int source_of(const inspect_walk *walk, sm_bytes slice)
{
    for (guint i = 0; i < walk->sources->len; i++)
        if (sm_bytes_within(slice, g_array_index(walk->sources, sm_source, i).octets))
            return (int)i;
    return -1;
}

void inspect_add_source(inspect_walk *walk, sm_bytes octets, const char *name, sm_bytes made_from)
{
    if (!sm_bytes_present(octets) || source_of(walk, octets) >= 0)
        return;
    int parent = source_of(walk, made_from);
    sm_source source = {octets, name, parent < 0 ? 0 : parent};
    g_array_append_val(walk->sources, source);
}

void inspect_add_limit(inspect_walk *walk, const char *text)
{
    for (guint i = 0; i < walk->limits->len; i++)
        if (g_str_equal(g_ptr_array_index(walk->limits, i), text))
            return;
    g_ptr_array_add(walk->limits, (gpointer)sm_arena_strdup(walk->arena, text));
}

sm_verdict inspect_honest(const inspect_walk *walk, sm_verdict verdict)
{
    const sm_carrier *carrier = walk->carrier;
    bool in_parts = carrier->kind == SM_CARRIER_MSRP && !carrier->msrp.complete;
    bool cut_short = verdict.kind == SM_NOT_EVALUATED && verdict.reason == SM_REASON_TRUNCATED;
    if (verdict.kind != SM_FAIL && !(in_parts && cut_short))
        return verdict;
    if (in_parts)
        return sm_not_evaluated(SM_REASON_MISSING_CHUNK,
                                carrier->msrp.damage ? carrier->msrp.damage : "octets of the message are missing from the capture");
    if (carrier->missing > 0)
        return sm_not_evaluated(SM_REASON_TRUNCATED,
                                sm_arena_printf(walk->arena, "%zu octets of the body are missing from the capture", carrier->missing));
    return verdict;
}

/* Entities */

static bool is_cms_type(const sm_media_type *type)
{
    return sm_media_type_is(type, "application/pkcs7-mime") || sm_media_type_is(type, "application/x-pkcs7-mime") ||
           sm_media_type_is(type, "application/pkcs7-signature") || sm_media_type_is(type, "application/x-pkcs7-signature") ||
           sm_media_type_is(type, "application/cms");
}

static bool is_multipart(const sm_media_type *type)
{
    return type && g_str_equal(type->type, "multipart");
}

static bool is_smime_signature_type(const char *text)
{
    return text && (g_ascii_strcasecmp(text, "application/pkcs7-signature") == 0 ||
                    g_ascii_strcasecmp(text, "application/x-pkcs7-signature") == 0);
}

/* Undoes the transfer encoding and then SIP's Content-Encoding. */
static void decode_content(inspect_walk *walk, sm_part *part)
{
    const sm_entity *entity = part->entity;
    part->decoding = SM_VERDICT_PASS;

    sm_decoded plain = sm_transfer_decode(walk->arena, entity->body, entity->encoding);
    if (plain.copied)
        inspect_add_source(walk, plain.octets,
                           entity->encoding == SM_ENCODING_BASE64 ? "Base64-decoded" : "Quoted-printable decoded", entity->body);
    if (!plain.fault && entity->content_encoding) {
        sm_bytes packed = plain.octets;
        plain = sm_content_decode(walk->arena, packed, entity->content_encoding);
        if (plain.copied)
            inspect_add_source(walk, plain.octets, "Decompressed", packed);
    }
    part->content = plain.octets;
    if (!plain.fault)
        return;
    if (plain.limit) {
        inspect_add_limit(walk, plain.fault);
        part->decoding = sm_not_evaluated(SM_REASON_LIMIT, plain.fault);
    } else if (plain.truncated) {
        part->decoding = inspect_honest(walk, sm_fail(SM_REASON_TRUNCATED, plain.fault));
    } else {
        part->decoding = inspect_honest(walk, sm_fail(SM_REASON_OPEN_FAILED, plain.fault));
    }
}

static void set_children(inspect_walk *walk, sm_part *part, GPtrArray *children)
{
    const sm_part **items = sm_arena_array(walk->arena, const sm_part *, children->len);
    for (guint i = 0; i < children->len; i++)
        items[i] = g_ptr_array_index(children, i);
    part->children = items;
    part->child_count = children->len;
    g_ptr_array_unref(children);
}

static void set_only_child(inspect_walk *walk, sm_part *part, const sm_entity *entity, inspect_place place)
{
    GPtrArray *children = g_ptr_array_new();
    const sm_part *child = inspect_entity(walk, entity, place);
    if (child)
        g_ptr_array_add(children, (gpointer)child);
    set_children(walk, part, children);
}

/* multipart/signed (RFC 1847, RFC 8551 3.5.3): part 0 is covered as received, part 1 holds the signature. */
static void inspect_signed_multipart(inspect_walk *walk, sm_part *part, inspect_place place)
{
    const sm_multipart *multipart = part->multipart;
    const sm_entity *signature = sm_entity_parse(walk->arena, multipart->parts[1], SM_ENTITY_BARE_LF);
    sm_decoded cms = sm_transfer_decode(walk->arena, signature->body, signature->encoding);
    if (cms.copied)
        inspect_add_source(walk, cms.octets, "Base64-decoded signature", signature->body);
    part->kind = SM_PART_SIGNED_MULTIPART;
    part->layer = inspect_layer(walk, part, sm_bytes_present(cms.octets) ? cms.octets : signature->body, multipart->parts[0], place);
}

static void inspect_multipart(inspect_walk *walk, sm_part *part, inspect_place place)
{
    const sm_media_type *type = part->entity->content_type;
    const sm_multipart *multipart = sm_multipart_split(walk->arena, part->content, sm_media_type_parameter(type, "boundary"));
    part->kind = SM_PART_MULTIPART;
    part->multipart = multipart;
    if (multipart->limit)
        inspect_add_limit(walk, multipart->fault);

    if (sm_media_type_is(type, "multipart/signed") && multipart->part_count >= 2) {
        const sm_entity *second = sm_entity_parse(walk->arena, multipart->parts[1], SM_ENTITY_BARE_LF);
        if (is_smime_signature_type(second->content_type ? second->content_type->text : NULL)) {
            inspect_signed_multipart(walk, part, place);
            return;
        }
    }
    GPtrArray *children = g_ptr_array_new();
    place.parent = part;
    place.depth++;
    for (unsigned i = 0; i < multipart->part_count; i++) {
        const sm_part *child = inspect_entity(walk, sm_entity_parse(walk->arena, multipart->parts[i], SM_ENTITY_BARE_LF), place);
        if (child)
            g_ptr_array_add(children, (gpointer)child);
    }
    set_children(walk, part, children);
}

static void inspect_cpim(inspect_walk *walk, sm_part *part, inspect_place place)
{
    part->kind = SM_PART_CPIM;
    part->cpim = sm_cpim_parse(walk->arena, part->content);
    if (!part->cpim->content)
        return;
    place.parent = part;
    place.depth++;
    set_only_child(walk, part, part->cpim->content, place);
}

/* message/sip and message/sipfrag (RFC 3261 23.4, RFC 3420): compared with the SIP message around it. */
static void inspect_tunnel(inspect_walk *walk, sm_part *part, bool full, inspect_place place)
{
    const sm_sip_message *inner = sm_sip_message_from_octets(walk->arena, part->content, !full);
    part->kind = SM_PART_SIP;
    part->tunnel = sm_tunnel_compare(walk->arena, place.sip, inner, full);
    part->aib = !full && part->entity->disposition && g_ascii_strcasecmp(part->entity->disposition->text, "aib") == 0;
    if (inner->entity->body.length == 0)
        return;
    place.parent = part;
    place.depth++;
    place.sip = inner;
    set_only_child(walk, part, inner->entity, place);
}

const sm_part *inspect_entity(inspect_walk *walk, const sm_entity *entity, inspect_place place)
{
    if (walk->parts->len >= SM_LIMIT_MIME_PARTS) {
        inspect_add_limit(walk, "more than " G_STRINGIFY(SM_LIMIT_MIME_PARTS) " MIME entities in one message");
        return NULL;
    }
    sm_part *part = sm_arena_new0(walk->arena, sm_part);
    part->index = walk->parts->len;
    part->parent = place.parent;
    part->depth = place.depth;
    part->entity = entity;
    part->inside = place.inside;
    part->is_signed = place.is_signed;
    part->is_encrypted = place.is_encrypted;
    g_ptr_array_add(walk->parts, part);
    if (entity->limit)
        inspect_add_limit(walk, entity->fault);

    decode_content(walk, part);
    if (place.depth >= SM_LIMIT_MIME_DEPTH) {
        inspect_add_limit(walk, "MIME entities nested more than " G_STRINGIFY(SM_LIMIT_MIME_DEPTH) " deep");
        return part;
    }
    if (!sm_bytes_present(part->content) || part->content.length == 0) {
        /* A Content-Type over an empty body is common in SIP and no missing body; a broken encoding under an S/MIME type is a layer
         * that cannot be read. */
        if (part->decoding.kind != SM_PASS && is_cms_type(entity->content_type)) {
            part->kind = SM_PART_CMS;
            part->layer = inspect_layer(walk, part, SM_BYTES_NONE, SM_BYTES_NONE, place);
        }
        return part;
    }
    const sm_media_type *type = entity->content_type;
    if (is_cms_type(type)) {
        part->kind = SM_PART_CMS;
        part->layer = inspect_layer(walk, part, part->content, SM_BYTES_NONE, place);
    } else if (is_multipart(type)) {
        inspect_multipart(walk, part, place);
    } else if (sm_media_type_is(type, "message/cpim")) {
        inspect_cpim(walk, part, place);
    } else if (sm_media_type_is(type, "message/sip")) {
        inspect_tunnel(walk, part, true, place);
    } else if (sm_media_type_is(type, "message/sipfrag")) {
        inspect_tunnel(walk, part, false, place);
    } else if (sm_media_type_is(type, "application/sdp")) {
        part->kind = SM_PART_SDP;
        part->sdp = sm_sdp_parse(walk->arena, part->content);
    } else if (sm_media_type_is(type, "message/imdn+xml")) {
        part->kind = SM_PART_IMDN;
        part->imdn = sm_imdn_parse(walk->arena, part->content);
        if (part->imdn->limit)
            inspect_add_limit(walk, part->imdn->fault);
    }
    return part;
}

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
