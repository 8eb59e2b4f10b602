/* Inspection: the walk through a message's MIME entities. CMS layers are opened in layer.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "inspect/walk.h"

#include "base/bounds.h"
#include "mime/transfer_encoding.h"

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

/* multipart/signed whose signature is said to be S/MIME's (RFC 1847 2.1). */
static bool announces_smime_signature(const sm_media_type *type)
{
    return sm_media_type_is(type, "multipart/signed") && is_smime_signature_type(sm_media_type_parameter(type, "protocol"));
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
    part->signature = signature;
    part->layer = inspect_layer(walk, part, sm_bytes_present(cms.octets) ? cms.octets : signature->body, multipart->parts[0], place);
}

/* Said to be signed, without a signature at its place: whoever took it away, or broke the multipart, has not made it an unsigned message. */
static void inspect_unsigned_multipart(inspect_walk *walk, sm_part *part, inspect_place place)
{
    const sm_multipart *multipart = part->multipart;
    const char *why = multipart->fault;
    if (!why && multipart->part_count < 2)
        why = "there is no second part, where the signature belongs";
    sm_layer *layer = inspect_missing_layer(walk, part, why ? why : "the second part is no application/pkcs7-signature", place);
    if (layer && part->child_count > 0)
        layer->content = part->children[0];
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
    inspect_place around = place;
    unsigned layers = walk->layers->len;
    place.parent = part;
    place.depth++;
    for (unsigned i = 0; i < multipart->part_count; i++) {
        const sm_part *child = inspect_entity(walk, sm_entity_parse(walk->arena, multipart->parts[i], SM_ENTITY_BARE_LF), place);
        if (child)
            g_ptr_array_add(children, (gpointer)child);
    }
    set_children(walk, part, children);
    if (announces_smime_signature(type) && walk->layers->len == layers && !multipart->limit)
        inspect_unsigned_multipart(walk, part, around);
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
        if (part->decoding.kind != SM_PASS && (is_cms_type(entity->content_type) || announces_smime_signature(entity->content_type))) {
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
