/* Tree: see tree.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "tree.h"

#include "fields.h"

#include "sip/identity.h"

#include <epan/exceptions.h>
#include <epan/expert.h>
#include <epan/proto_data.h>
#include <epan/show_exception.h>

/* While a message is shown, everything the functions below pass on to one another; lives on the stack. */
typedef struct showing {
    const smime_tap_message *message;
    const sm_conclusion *conclusion;
    const sm_inspection *inspection;
    packet_info *pinfo;
    proto_tree *tree;  /* the message's subtree; NULL without a tree */
    tvbuff_t **buffers; /* by source; packet scope */
} showing;

#define SHOWING_KEY 0xffffffffu

bool smime_tree_is_showing(packet_info *pinfo)
{
    return p_get_proto_data(pinfo->pool, pinfo, proto_smime, SHOWING_KEY) != NULL;
}

/* Where octets stand */

typedef struct place {
    tvbuff_t *tvb;
    int start, length;
} place;

/* Octets that stand in no buffer (re-encoded, absent) are shown without a place, in the body. */
static place place_of(const showing *show, sm_bytes octets)
{
    unsigned source;
    size_t offset;
    if (sm_bytes_present(octets) && sm_inspection_locate(show->inspection, octets, &source, &offset) && show->buffers[source])
        return (place){show->buffers[source], (int)offset, (int)octets.length};
    return (place){show->buffers[0], 0, 0};
}

/* A buffer of its own for each source that came out of a layer, as a tab in the window. The octets are copied: a buffer may be looked at
 * after the capture's history is gone. */
static void make_buffers(showing *show, tvbuff_t *body)
{
    const sm_inspection *inspection = show->inspection;
    show->buffers = wmem_alloc0_array(show->pinfo->pool, tvbuff_t *, inspection->source_count);
    show->buffers[0] = body;
    for (unsigned i = 1; i < inspection->source_count; i++) {
        const sm_source *source = &inspection->sources[i];
        uint8_t *octets = g_malloc(source->octets.length ? source->octets.length : 1);
        memcpy(octets, source->octets.data, source->octets.length);
        tvbuff_t *parent = show->buffers[source->parent] ? show->buffers[source->parent] : body;
        tvbuff_t *tvb = tvb_new_child_real_data(parent, octets, (unsigned)source->octets.length, (int)source->octets.length);
        tvb_set_free_cb(tvb, g_free);
        add_new_data_source(show->pinfo, tvb, source->name);
        show->buffers[i] = tvb;
    }
}

/* Items */

/* What the octets say. NULL gives no item. */
static proto_item *add_text(proto_tree *tree, int field, place where, const char *text)
{
    return text ? proto_tree_add_string(tree, field, where.tvb, where.start, where.length, text) : NULL;
}

/* What we conclude: Wireshark shows it in brackets. */
static proto_item *add_judgement(proto_tree *tree, int field, place where, const char *text)
{
    proto_item *item = add_text(tree, field, where, text);
    proto_item_set_generated(item);
    return item;
}

static void add_hidden(proto_tree *tree, int field, place where, const char *text)
{
    proto_item_set_hidden(add_judgement(tree, field, where, text));
}

/* " (expired: CN=Alice ended ...)" */
static void append_reason(proto_item *item, sm_verdict verdict)
{
    if (verdict.reason != SM_REASON_NONE && verdict.detail)
        proto_item_append_text(item, " (%s: %s)", sm_reason_word(verdict.reason), verdict.detail);
    else if (verdict.reason != SM_REASON_NONE)
        proto_item_append_text(item, " (%s)", sm_reason_word(verdict.reason));
    else if (verdict.detail)
        proto_item_append_text(item, " (%s)", verdict.detail);
}

/* A check that could not be made because another one, told already, could not; and revocation without a CRL, which is the usual case. */
static bool is_consequence(int field, sm_reason reason)
{
    return reason == SM_REASON_NO_CRL || reason == SM_REASON_PATH_NOT_PASSED ||
           (reason == SM_REASON_NO_CERTIFICATE && field != hf_smime_signature_verdict && field != hf_smime_countersignature_verdict);
}

/* "Signature value: fail (digest-mismatch: the content was changed ...)", with expert information for a failure. */
static proto_item *add_verdict(const showing *show, proto_tree *tree, int field, int reason_field, place where, sm_verdict verdict)
{
    proto_item *item = add_judgement(tree, field, where, sm_verdict_word(verdict.kind));
    const char *title = proto_registrar_get_name(field);
    append_reason(item, verdict);
    if (reason_field >= 0 && verdict.reason != SM_REASON_NONE)
        add_hidden(tree, reason_field, where, sm_reason_word(verdict.reason));
    if (verdict.kind == SM_FAIL)
        expert_add_info_format(show->pinfo, item, &ei_smime_verdict_fail, "%s: %s", title,
                               verdict.detail ? verdict.detail : sm_reason_word(verdict.reason));
    else if (verdict.kind == SM_NOT_EVALUATED && !is_consequence(field, verdict.reason))
        expert_add_info_format(show->pinfo, item, &ei_smime_not_evaluated, "%s not evaluated: %s", title,
                               verdict.detail ? verdict.detail : sm_reason_word(verdict.reason));
    return item;
}

/* Validity at a moment other than the one the settings choose is information, no fault: a message captured in time does not become wrong because
 * its certificate has expired since. */
static void add_validity(const showing *show, proto_tree *tree, int field, place where, sm_verdict verdict, bool decisive)
{
    if (decisive) {
        add_verdict(show, tree, field, -1, where, verdict);
        return;
    }
    append_reason(add_judgement(tree, field, where, sm_verdict_word(verdict.kind)), verdict);
}

/* Signers */

/* "From sip:alice@example.com equals URI sip:alice@example.com (the same user and host ...)" */
static const char *comparison_line(const showing *show, const sm_comparison *compared)
{
    return wmem_strdup_printf(show->pinfo->pool, "%s %s %s %s %s (%s)", compared->header, compared->value, compared->match ? "equals" : "is not",
                              compared->san_kind, compared->san, compared->rule);
}

static void show_identity(const showing *show, proto_tree *tree, const sm_identity *identity, place where)
{
    proto_item *item = add_verdict(show, tree, hf_smime_identity_verdict, hf_smime_identity_reason, where, identity->verdict);
    proto_tree *inside = proto_item_add_subtree(item, ett_smime_identity);
    if (identity->matched) {
        proto_item *matched = add_judgement(inside, hf_smime_identity_matched, where, identity->matched);
        proto_item_append_text(matched, " (%s)", identity->matched_header);
    }
    for (unsigned i = 0; i < identity->compared_count; i++)
        add_judgement(inside, hf_smime_identity_compared, where, comparison_line(show, &identity->compared[i]));
}

static void show_certificate(proto_tree *tree, const sm_certificate *certificate, place where)
{
    add_text(tree, hf_smime_signer_subject, where, certificate->subject);
    add_text(tree, hf_smime_signer_issuer, where, certificate->issuer);
    add_text(tree, hf_smime_signer_serial, where, certificate->serial);
    for (unsigned i = 0; i < certificate->san_count; i++)
        if (certificate->sans[i].kind == SM_SAN_URI)
            add_text(tree, hf_smime_signer_uri, where, certificate->sans[i].value);
    add_text(tree, hf_smime_signer_extended_key_usage, where, certificate->extended_key_usage);
}

static void show_signing_time(const showing *show, proto_tree *tree, int field, sm_moment moment, place where)
{
    if (!moment.known)
        return;
    nstime_t *time = wmem_new(show->pinfo->pool, nstime_t);
    time->secs = (time_t)moment.seconds;
    time->nsecs = (int)moment.nanoseconds;
    proto_item_set_generated(proto_tree_add_time(tree, field, where.tvb, where.start, where.length, time));
}

/* Where the signer's certificate stands in the message; it has octets of its own, so it is looked for by them. A certificate of the key ring's stands
 * nowhere: `otherwise`. */
static place place_of_certificate(const showing *show, const sm_signer *signer, place otherwise)
{
    const sm_signed_data *data = signer->layer->cms->signed_data;
    for (unsigned i = 0; signer->certificate && i < data->certificate_count; i++)
        if (sm_bytes_equal(data->certificates[i].encoding, signer->certificate->encoding))
            return place_of(show, data->certificates[i].encoding);
    return otherwise;
}

static const char *certificate_title(const sm_certificate *certificate)
{
    const char *uri = certificate ? sm_identity_name(certificate) : NULL;
    return uri ? uri : certificate ? certificate->subject : "certificate unknown";
}

/* Counter-signatures on the signature value of `info`, and those on theirs. The engine reads them to a small depth alone. */
static void show_countersigners(const showing *show, proto_tree *tree, const sm_signer_info *info, const sm_countersigner *all, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const sm_countersigner *one = &all[i];
        const sm_signature *signature = one->signature;
        place where = place_of(show, one->info->encoding);
        proto_item *item = add_text(tree, hf_smime_countersignature, where, certificate_title(signature->certificate));
        proto_tree *inside = proto_item_add_subtree(item, ett_smime_countersignature);
        add_verdict(show, inside, hf_smime_countersignature_verdict, hf_smime_countersignature_reason, place_of(show, one->info->signature), one->verdict);
        add_verdict(show, inside, hf_smime_countersignature_path_verdict, -1, where, one->path_verdict);
        char *algorithm = wmem_strdup_printf(show->pinfo->pool, "%s, digest %s", signature->signature_algorithm, signature->digest_algorithm);
        add_text(inside, hf_smime_countersignature_algorithm, place_of(show, one->info->signature_algorithm.encoding), algorithm);
        show_signing_time(show, inside, hf_smime_countersignature_signing_time, signature->signing_time, where);
        add_judgement(inside, hf_smime_detail, where, signature->note);
        show_countersigners(show, inside, one->info, one->countersigners, one->countersigner_count);
    }
    if (info->countersignatures_unread > 0)
        add_judgement(tree, hf_smime_detail, place_of(show, info->encoding),
                      wmem_strdup_printf(show->pinfo->pool, "counter-signatures that could not be read or stand too deep: %u",
                                         info->countersignatures_unread));
}

static void show_signer(const showing *show, proto_tree *tree, const sm_signer *signer)
{
    const sm_signature *signature = signer->signature;
    const sm_certificate *certificate = signer->certificate;
    place where = place_of(show, signer->info->encoding);
    place value = place_of(show, signer->info->signature);
    place embedded = place_of_certificate(show, signer, where);
    sm_time_choice choice = show->inspection->settings->time_choice;

    proto_item *item = add_text(tree, hf_smime_signer, where, certificate_title(certificate));
    proto_tree *inside = proto_item_add_subtree(item, ett_smime_signer);
    add_verdict(show, inside, hf_smime_signature_verdict, hf_smime_signature_reason, value, signature->signature);
    add_verdict(show, inside, hf_smime_digest_verdict, hf_smime_digest_reason, place_of(show, signer->layer->covered), signature->digest);
    add_verdict(show, inside, hf_smime_path_verdict, hf_smime_path_reason, embedded, signer->path_verdict);
    add_verdict(show, inside, hf_smime_revocation_verdict, hf_smime_revocation_reason, embedded, signer->revocation);
    add_validity(show, inside, hf_smime_valid_at_capture, embedded, signer->valid_at_capture, choice == SM_TIME_CAPTURE);
    add_validity(show, inside, hf_smime_valid_at_signing, embedded, signer->valid_at_signing, choice == SM_TIME_SIGNING);
    add_validity(show, inside, hf_smime_valid_now, embedded, signer->valid_now, choice == SM_TIME_NOW);
    show_identity(show, inside, show->conclusion->identities[signer->index], where);
    if (certificate)
        show_certificate(inside, certificate, embedded);
    char *algorithm = wmem_strdup_printf(show->pinfo->pool, "%s, digest %s", signature->signature_algorithm, signature->digest_algorithm);
    add_text(inside, hf_smime_signer_algorithm, place_of(show, signer->info->signature_algorithm.encoding), algorithm);
    show_signing_time(show, inside, hf_smime_signing_time, signature->signing_time, where);
    add_judgement(inside, hf_smime_detail, where, signature->note);
    add_judgement(inside, hf_smime_detail, where, signer->diagnosis);
    show_countersigners(show, inside, signer->info, signer->countersigners, signer->countersigner_count);
}

/* Decryption */

/* Whether the recipient is one of those the message is addressed to, when its certificate is known. */
static void show_addressed(const showing *show, proto_tree *tree, const sm_recipient *recipient, place where)
{
    sm_arena *arena = sm_arena_new();
    const sm_identity *identity = sm_recipient_addressed(arena, show->conclusion, recipient);
    if (identity) {
        proto_item *item = add_judgement(tree, hf_smime_recipient_addressed, where, identity->matched_header ? identity->matched_header : "none");
        proto_tree *inside = proto_item_add_subtree(item, ett_smime_identity);
        for (unsigned i = 0; i < identity->compared_count; i++)
            add_judgement(inside, hf_smime_recipient_compared, where, comparison_line(show, &identity->compared[i]));
    }
    sm_arena_free(arena);
}

/* "Key tried: bob.key.pem (stopped at key-unwrap: ...)", one item a key. */
static void show_attempts(proto_tree *tree, const sm_key_attempts *attempts, place where)
{
    for (const sm_key_attempt *attempt = attempts->first; attempt; attempt = attempt->next) {
        proto_item *item = add_judgement(tree, hf_smime_key_tried, where, attempt->key);
        if (!attempt->step) {
            proto_item_append_text(item, " (opened the content)");
            continue;
        }
        proto_item_append_text(item, " (stopped at %s%s%s)", attempt->step, attempt->detail ? ": " : "", attempt->detail ? attempt->detail : "");
        add_hidden(tree, hf_smime_key_stopped_at, where, attempt->step);
    }
}

/* What became of one recipient. The layer's own verdict carries the expert information: of many recipients all but one are other people. */
static void show_opened(proto_tree *tree, const sm_recipient *recipient, place where)
{
    append_reason(add_judgement(tree, hf_smime_recipient_opened, where, sm_verdict_word(recipient->opened.kind)), recipient->opened);
    if (recipient->opened.reason != SM_REASON_NONE)
        add_hidden(tree, hf_smime_recipient_reason, where, sm_reason_word(recipient->opened.reason));
    show_attempts(tree, &recipient->attempts, where);
}

static void show_decryption(const showing *show, proto_tree *tree, const sm_layer *layer)
{
    const sm_decryption *decryption = layer->decryption;
    place content = place_of(show, layer->cms->enveloped_data->content);
    proto_item *item = add_verdict(show, tree, hf_smime_decrypt_verdict, hf_smime_decrypt_reason, content, decryption->verdict);
    proto_tree *inside = proto_item_add_subtree(item, ett_smime_decryption);
    proto_item *cipher = add_text(inside, hf_smime_content_encryption, place_of(show, layer->cms->enveloped_data->content_encryption.encoding),
                                  decryption->algorithm);
    if (!decryption->authenticated)
        proto_item_append_text(cipher, " (not authenticated)");
    add_judgement(inside, hf_smime_decrypt_key, content, decryption->key);
    add_judgement(inside, hf_smime_detail, content, decryption->note);
    show_attempts(inside, &decryption->content_keys, content);
    for (unsigned i = 0; i < decryption->recipient_count; i++) {
        const sm_recipient *recipient = &decryption->recipients[i];
        place where = place_of(show, recipient->info->encoding);
        proto_item *head = add_text(tree, hf_smime_recipient, where, recipient->owner ? recipient->owner : recipient->id);
        proto_tree *one = proto_item_add_subtree(head, ett_smime_recipient);
        add_text(one, hf_smime_recipient_id, where, recipient->id);
        add_judgement(one, hf_smime_recipient_owner, where, recipient->owner);
        add_text(one, hf_smime_recipient_key_management, where, recipient->key_management);
        show_opened(one, recipient, where);
        show_addressed(show, one, recipient, where);
    }
}

/* Content */

/* Calls Wireshark's dissector for an entity's media type; what it throws ends it and nothing else. The columns stay the carrier's: one line for
 * the message. */
static void dissect_entity(const showing *show, proto_tree *tree, const sm_part *part, tvbuff_t *tvb)
{
    const sm_media_type *type = part->entity->content_type;
    dissector_table_t media_types = find_dissector_table("media_type");
    compat_media_content_info_t info = {COMPAT_MEDIA_CONTAINER_OTHER, NULL, NULL, NULL};
    if (type) {
        const sm_header *header = sm_entity_header(part->entity, "Content-Type");
        const char *parameters = header ? strchr(header->value, ';') : NULL;
        info.media_str = wmem_strdup(show->pinfo->pool, parameters ? parameters + 1 : "");
    }
    const char *saved = show->pinfo->match_string;
    compat_bool writable = col_get_writable(show->pinfo->cinfo, -1);
    col_set_writable(show->pinfo->cinfo, -1, false);
    TRY
    {
        int done = 0;
        if (type)
            done = compat_dissector_try_string(media_types, type->text, tvb, show->pinfo, tree, &info);
        if (done == 0)
            call_data_dissector(tvb, show->pinfo, tree);
    }
    CATCH_NONFATAL_ERRORS
    {
        show_exception(tvb, show->pinfo, tree, EXCEPT_CODE, GET_MESSAGE);
    }
    ENDTRY;
    col_set_writable(show->pinfo->cinfo, -1, writable);
    show->pinfo->match_string = saved;
}

static void show_content(const showing *show, const sm_part *part)
{
    place where = place_of(show, part->content);
    if (!sm_bytes_present(part->content) || where.length == 0)
        return;
    const sm_media_type *type = part->entity->content_type;
    proto_tree *inside = proto_tree_add_subtree_format(show->tree, where.tvb, where.start, where.length, ett_smime_content, NULL,
                                                       "Content: %s, %d octets", type ? type->text : "text/plain (no Content-Type)", where.length);
    dissect_entity(show, inside, part, tvb_new_subset_length(where.tvb, where.start, where.length));
}

/* The media type and length of the innermost readable entity, once a message. */
static void show_innermost(const showing *show)
{
    const sm_part *part = show->inspection->content;
    if (!part)
        return;
    place where = place_of(show, part->content);
    const sm_media_type *type = part->entity->content_type;
    add_judgement(show->tree, hf_smime_content_type, where, type ? type->text : "text/plain");
    proto_item *length = proto_tree_add_uint(show->tree, hf_smime_content_length, where.tvb, where.start, where.length,
                                             (uint32_t)part->content.length);
    proto_item_set_generated(length);
    if (where.length > 0)
        proto_item_set_hidden(proto_tree_add_item(show->tree, hf_smime_content, where.tvb, where.start, where.length, ENC_NA));
}

/* Layers */

/* "authEnveloped-data, AES-128-GCM, decrypted with bob.key.pem" */
static const char *layer_line(const showing *show, const sm_layer *layer)
{
    GString *line = g_string_new(layer->type_word);
    if (layer->cms->structure.kind != SM_PASS)
        g_string_append_printf(line, ", not readable: %s", sm_reason_word(layer->cms->structure.reason));
    else if (layer->decryption) {
        g_string_append_printf(line, ", %s, ", layer->decryption->algorithm);
        if (layer->decryption->verdict.kind == SM_PASS)
            g_string_append_printf(line, "decrypted with %s", layer->decryption->key ? layer->decryption->key : "a key of the ring");
        else
            g_string_append_printf(line, "not decrypted: %s", sm_reason_word(layer->decryption->verdict.reason));
    }
    if (layer->detached)
        g_string_append(line, ", detached");
    for (unsigned i = 0; i < layer->signer_count; i++) {
        const sm_signer *signer = layer->signers[i];
        const char *uri = signer->certificate ? sm_identity_name(signer->certificate) : NULL;
        sm_verdict value = sm_verdict_and(signer->signature->signature, signer->signature->digest);
        g_string_append_printf(line, ", signed by %s: %s", uri ? uri : signer->certificate ? signer->certificate->subject : "an unknown certificate",
                               sm_verdict_word(value.kind));
    }
    if (layer->certs_only)
        g_string_append_printf(line, ", %u certificates", layer->certificate_count);
    char *text = wmem_strdup(show->pinfo->pool, line->str);
    g_string_free(line, TRUE);
    return text;
}

/* Where protection begins (RFC 8591 9.1): what stands around the outermost layer is open to everybody on the way. */
static void show_scope(proto_tree *tree, const sm_layer *layer, place where)
{
    static const struct {
        sm_part_kind around;
        const char *word, *meaning;
    } scopes[] = {
        {SM_PART_CPIM, "cpim-payload", "the CPIM header fields around it can be read and changed on the way, RFC 8591 9.1"},
        {SM_PART_SIP, "tunnelled-body", "the header fields of the tunnelled message can be read and changed on the way"},
        {SM_PART_MULTIPART, "part", "the multipart around it and its other parts can be read and changed on the way"},
    };
    if (layer->outer)
        return;
    const sm_part *around = layer->part->parent;
    const char *word = "whole-body", *meaning = "the message's body as a whole";
    if (layer->part->kind == SM_PART_SIGNED_MULTIPART && layer->part->multipart->part_count > 2) {
        word = "part";
        meaning = "the first part of the multipart; nothing protects those behind the signature";
    }
    for (size_t i = 0; around && i < G_N_ELEMENTS(scopes); i++)
        if (around->kind == scopes[i].around) {
            word = scopes[i].word;
            meaning = scopes[i].meaning;
        }
    proto_item_append_text(add_judgement(tree, hf_smime_scope, where, word), " (%s)", meaning);
}

/* What is inside beside the content itself */

/* "Subject: differs: inside Stay there, outside Come here (values differ)" */
static const char *tunnel_line(const showing *show, const sm_tunnel_header *header)
{
    static const char *const relations[] = {
        [SM_TUNNEL_EQUAL] = "equal",          [SM_TUNNEL_DIFFERS] = "differs",      [SM_TUNNEL_MAY_DIFFER] = "may differ",
        [SM_TUNNEL_INNER_ONLY] = "inside only", [SM_TUNNEL_OUTER_ONLY] = "outside only",
    };
    wmem_allocator_t *pool = show->pinfo->pool;
    const char *line = wmem_strdup_printf(pool, "%s: %s", header->name, relations[header->relation]);
    if (header->inner && header->outer && header->relation != SM_TUNNEL_EQUAL)
        line = wmem_strdup_printf(pool, "%s: inside %s, outside %s", line, header->inner, header->outer);
    else if (header->inner || header->outer)
        line = wmem_strdup_printf(pool, "%s: %s", line, header->inner ? header->inner : header->outer);
    return header->rule ? wmem_strdup_printf(pool, "%s (%s)", line, header->rule) : line;
}

/* Whether a difference is one that RFC 3261 23.4.1.2 permits: the sender hides the true value from everybody but the recipient. */
static bool is_permitted_alternative(const sm_part *part, const sm_tunnel_header *header)
{
    return header->alternative && part->is_encrypted;
}

static bool is_discrepancy(const sm_part *part, const sm_tunnel_header *header)
{
    return (header->relation == SM_TUNNEL_DIFFERS && !is_permitted_alternative(part, header)) || (header->removed && part->is_signed && !part->is_encrypted);
}

static void show_tunnel(const showing *show, proto_tree *tree, const sm_part *part)
{
    const sm_tunnel *tunnel = part->tunnel;
    place where = place_of(show, part->content);
    unsigned differing = 0;
    for (unsigned i = 0; i < tunnel->header_count; i++)
        differing += is_discrepancy(part, &tunnel->headers[i]);
    proto_item *item = add_judgement(tree, hf_smime_tunnel, where, tunnel->full ? "message/sip" : "message/sipfrag");
    proto_item_append_text(item, differing ? ", %u header fields differ from those outside" : ", no header field differs that must not", differing);
    proto_tree *inside = proto_item_add_subtree(item, ett_smime_tunnel);
    proto_item_set_generated(proto_tree_add_uint(inside, hf_smime_tunnel_differing, where.tvb, where.start, where.length, differing));
    if (part->aib)
        add_judgement(inside, hf_smime_aib, where, tunnel->inner->from ? tunnel->inner->from->uri_text : "without From");
    for (unsigned i = 0; i < tunnel->header_count; i++) {
        const sm_tunnel_header *header = &tunnel->headers[i];
        if (!part->tunnel->full && header->relation == SM_TUNNEL_OUTER_ONLY) /* a fragment has what its maker chose */
            continue;
        const char *line = tunnel_line(show, header);
        proto_item *one = add_judgement(inside, hf_smime_tunnel_header, where, line);
        if (header->relation == SM_TUNNEL_DIFFERS && is_permitted_alternative(part, header))
            proto_item_append_text(one, " [an encrypted message may have another value inside, RFC 3261 23.4.1.2]");
        else if (is_discrepancy(part, header))
            expert_add_info_format(show->pinfo, one, &ei_smime_tunnel_differs, "Tunnelled SIP: %s", line);
    }
}

static void show_notification(const showing *show, proto_tree *tree, const sm_part *part)
{
    uint32_t frame = show->conclusion->links.notified_frame;
    place where = place_of(show, part->content);
    proto_item *item = add_judgement(tree, hf_smime_imdn_message_id, where, part->imdn->message_id);
    proto_item_append_text(item, " (%s)", part->imdn->status ? part->imdn->status : "no status");
    if (frame)
        proto_item_set_generated(proto_tree_add_uint(tree, hf_smime_imdn_message_in, where.tvb, where.start, 0, frame));
}

/* What the engine knows of the entities right inside a layer: SIP compared with the message around it, notifications. */
static void show_parts_inside(const showing *show, proto_tree *tree, const sm_layer *layer)
{
    for (unsigned i = 0; i < show->inspection->part_count; i++) {
        const sm_part *part = show->inspection->parts[i];
        if (part->inside != layer)
            continue;
        if (part->tunnel)
            show_tunnel(show, tree, part);
        if (part->imdn && part->imdn->message_id)
            show_notification(show, tree, part);
    }
}

static void show_layer(const showing *show, const sm_layer *layer)
{
    place where = place_of(show, layer->octets);
    proto_item *item = add_text(show->tree, hf_smime_layer, where, layer_line(show, layer));
    if (item)
        proto_item_set_text(item, "Layer %u: %s", layer->index + 1, layer_line(show, layer));
    proto_tree *inside = proto_item_add_subtree(item, ett_smime_layer);
    add_text(inside, hf_smime_type, where, layer->type_word);
    add_text(inside, hf_smime_media_type, where, layer->media_type);
    add_text(inside, hf_smime_smime_type, place_of(show, layer->part->entity->head), layer->smime_type);
    proto_item_set_generated(proto_tree_add_uint(inside, hf_smime_layer_depth, where.tvb, where.start, where.length, layer->depth));
    proto_item_set_generated(proto_tree_add_boolean(inside, hf_smime_detached, where.tvb, where.start, where.length, layer->detached));
    if (layer->cms->structure.kind != SM_PASS)
        add_verdict(show, inside, hf_smime_structure_verdict, hf_smime_structure_reason, where, layer->cms->structure);
    add_judgement(inside, hf_smime_detail, where, layer->diagnosis);
    show_scope(inside, layer, where);
    if (layer->decryption)
        show_decryption(show, inside, layer);
    for (unsigned i = 0; i < layer->signer_count; i++)
        show_signer(show, inside, layer->signers[i]);
    if (!layer->decryption && !layer->certs_only && layer->cms->structure.kind == SM_PASS && layer->opened.kind != SM_PASS)
        add_verdict(show, inside, hf_smime_structure_verdict, hf_smime_structure_reason, where, layer->opened);
    show_parts_inside(show, inside, layer);

    /* The outermost layer stands in the carrier's own tree already; what was inside another is shown by the built-in dissector here. */
    if (layer->outer && where.length > 0 && sm_bytes_present(layer->octets) && layer->part->kind == SM_PART_CMS)
        dissect_entity(show, inside, layer->part, tvb_new_subset_length(where.tvb, where.start, where.length));

    bool seen_in_carrier = !layer->outer && layer->part->kind == SM_PART_SIGNED_MULTIPART;
    if (layer->content && !layer->content->layer && !seen_in_carrier)
        show_content(show, layer->content);
}

/* Findings */

static void show_finding(const showing *show, const sm_finding *finding)
{
    static expert_field *const levels[] = {NULL, &ei_smime_finding_note, &ei_smime_finding_warning, &ei_smime_finding_error};
    place where = place_of(show, finding->where);
    proto_item *item = add_judgement(show->tree, hf_smime_finding, where, finding->message);
    if (item)
        proto_item_set_text(item, "Finding: %s %s: %s", sm_severity_word(finding->severity), finding->rule->id, finding->message);
    proto_tree *inside = proto_item_add_subtree(item, ett_smime_finding);
    add_judgement(inside, hf_smime_finding_rule, where, finding->rule->id);
    add_judgement(inside, hf_smime_finding_severity, where, sm_severity_word(finding->severity));
    add_judgement(inside, hf_smime_finding_citation, where, finding->rule->citation);
    expert_add_info_format(show->pinfo, item, levels[finding->severity], "%s: %s (%s)", finding->rule->id, finding->message,
                           finding->rule->citation);
}

/* The message */

static void show_parties(const showing *show)
{
    const sm_inspection *inspection = show->inspection;
    const sm_msrp_match *session = &show->conclusion->links.session;
    place body = {show->buffers[0], 0, 0};
    if (inspection->sip) {
        if (inspection->sip->from)
            add_judgement(show->tree, hf_smime_from, body, inspection->sip->from->uri_text);
        if (inspection->sip->to)
            add_judgement(show->tree, hf_smime_to, body, inspection->sip->to->uri_text);
        return;
    }
    if (session->sender)
        add_judgement(show->tree, hf_smime_from, body, session->sender->aor);
    if (session->receiver)
        add_judgement(show->tree, hf_smime_to, body, session->receiver->aor);
}

/* What is said of the message in one line: of one without S/MIME the gravest that was found. */
static const char *message_line(const smime_tap_message *message)
{
    if (message->conclusion->summary)
        return message->conclusion->summary;
    const sm_finding *finding = message->findings->items;
    while (finding->severity != message->findings->worst)
        finding++;
    return finding->message;
}

/* What the recipient said that it takes (RFC 8591 6). */
static void show_capabilities(const showing *show)
{
    static const struct {
        unsigned accepts;
        const char *type;
    } types[] = {
        {SM_ACCEPTS_ANYTHING, "*/*"},
        {SM_ACCEPTS_PKCS7_MIME, "application/pkcs7-mime"},
        {SM_ACCEPTS_PKCS7_SIGNATURE, "application/pkcs7-signature"},
        {SM_ACCEPTS_MULTIPART_SIGNED, "multipart/signed"},
        {SM_ACCEPTS_CPIM, "message/cpim"},
    };
    const sm_links *links = &show->conclusion->links;
    place body = {show->buffers[0], 0, 0};
    if (links->recipient_accepts_frame == 0)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (links->recipient_accepts & types[i].accepts)
            add_judgement(show->tree, hf_smime_recipient_accepts, body, types[i].type);
    if (links->recipient_accepts == 0)
        add_judgement(show->tree, hf_smime_recipient_accepts, body, "nothing of S/MIME");
    proto_item_set_generated(proto_tree_add_uint(show->tree, hf_smime_recipient_accepts_in, body.tvb, 0, 0, links->recipient_accepts_frame));
}

/* A note on a message without S/MIME is for the report: the dissection of what has nothing to do with S/MIME stays as it is. */
static bool is_worth_showing(const smime_tap_message *message)
{
    return sm_inspection_is_smime(message->conclusion->inspection) || message->findings->worst >= SM_SEVERITY_WARNING;
}

static void show_message(showing *show, tvbuff_t *body, proto_tree *root)
{
    const sm_inspection *inspection = show->inspection;
    const sm_conclusion *conclusion = show->conclusion;
    const char *line = message_line(show->message);
    proto_item *item = proto_tree_add_protocol_format(root, proto_smime, body, 0, -1, "S/MIME: %s", line);
    show->tree = proto_item_add_subtree(item, ett_smime);
    place whole = {body, 0, (int)tvb_captured_length(body)};

    if (inspection->layer_count > 0) {
        add_hidden(show->tree, hf_smime_summary, whole, line);
        add_hidden(show->tree, hf_smime_signed_verdict, whole, sm_verdict_word(conclusion->signed_.kind));
        add_hidden(show->tree, hf_smime_encrypted_verdict, whole, sm_verdict_word(conclusion->encrypted.kind));
    }
    show_parties(show);
    show_capabilities(show);
    for (unsigned i = 0; i < show->message->findings->count; i++)
        show_finding(show, &show->message->findings->items[i]);
    for (unsigned i = 0; i < inspection->layer_count; i++)
        show_layer(show, inspection->layers[i]);
    if (inspection->layer_count > 0)
        show_innermost(show);
    for (unsigned i = 0; i < inspection->limit_count; i++)
        expert_add_info_format(show->pinfo, add_judgement(show->tree, hf_smime_limit, whole, inspection->limits[i]), &ei_smime_limit, "Limit: %s",
                               inspection->limits[i]);
}

/* The line a person reads first. The SIP dissector leaves its separator behind when nothing follows it. */
static void append_info(packet_info *pinfo, const char *summary)
{
    const char *info = col_get_text(pinfo->cinfo, COL_INFO);
    bool separated = info && g_str_has_suffix(info, "| ");
    col_append_fstr(pinfo->cinfo, COL_INFO, "%sS/MIME: %s", separated ? "" : " | ", summary);
}

void smime_tree_show(const smime_message *message, tvbuff_t *body, packet_info *pinfo, proto_tree *tree)
{
    if (!message || !is_worth_showing(&message->tap))
        return;
    const sm_conclusion *conclusion = message->tap.conclusion;
    showing show = {
        .message = &message->tap,
        .conclusion = conclusion,
        .inspection = conclusion->inspection,
        .pinfo = pinfo,
    };
    p_add_proto_data(pinfo->pool, pinfo, proto_smime, SHOWING_KEY, &show);
    make_buffers(&show, body);
    show_message(&show, body, tree ? proto_tree_get_root(tree) : NULL);
    p_remove_proto_data(pinfo->pool, pinfo, proto_smime, SHOWING_KEY);
    append_info(pinfo, message_line(&message->tap));
}
