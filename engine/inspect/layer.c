/* Inspection: one CMS layer opened, its signers judged, its content walked.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "inspect/diagnosis.h"

#include "base/bounds.h"
#include "cms/algorithms.h"
#include "cms/compressed.h"
#include "cms/der.h"
#include "cms/embedded.h"
#include "cms/signed_attributes.h"

/* Certificates and signers */

static void read_certificates(inspect_walk *walk, sm_layer *layer, const sm_certificate_choice *choices, unsigned count)
{
    layer->certificates = sm_embedded_certificates(walk->arena, walk->settings->keyring, choices, count, &layer->certificate_count,
                                                   &layer->unreadable_certificates);
}

static sm_moment chosen_time(const inspect_walk *walk, sm_moment signing_time)
{
    switch (walk->settings->time_choice) {
    case SM_TIME_SIGNING:
        return signing_time;
    case SM_TIME_NOW:
        return walk->settings->now;
    case SM_TIME_FIXED:
        return walk->settings->fixed;
    case SM_TIME_CAPTURE:
    default:
        return walk->carrier->time;
    }
}

/* The verdict on the counter-signer's path; the one on its signature value is put right by it. */
static sm_verdict path_of_countersigner(inspect_walk *walk, const sm_layer *layer, sm_signature *signature)
{
    if (!signature->certificate)
        return sm_not_evaluated(SM_REASON_NO_CERTIFICATE, signature->signature.detail);
    const sm_signed_data *data = layer->cms->signed_data;
    const sm_path *path = sm_path_validate(walk->arena, walk->settings->keyring, signature->certificate, layer->certificates,
                                           layer->certificate_count, data->crls, data->crl_count, chosen_time(walk, signature->signing_time));
    signature->signature = sm_signature_on_path(walk->arena, signature, path->chain, path->chain_length);
    return path->path;
}

static void show_limit(inspect_walk *walk, sm_verdict verdict)
{
    if (verdict.kind == SM_NOT_EVALUATED && verdict.reason == SM_REASON_LIMIT)
        inspect_add_limit(walk, verdict.detail);
}

/* The counter-signatures on one SignerInfo's signature value, and those on theirs: as deep as they were read. */
static const sm_countersigner *judge_countersigners(inspect_walk *walk, const sm_layer *layer, const sm_signer_info *parent, unsigned *count)
{
    sm_countersigner *all = sm_arena_array(walk->arena, sm_countersigner, parent->countersignature_count);
    *count = 0;
    for (unsigned i = 0; i < parent->countersignature_count; i++) {
        if (walk->countersignatures == SM_LIMIT_COUNTERSIGNATURES) {
            inspect_add_limit(walk, "more than " G_STRINGIFY(SM_LIMIT_COUNTERSIGNATURES) " counter-signatures in one message");
            break;
        }
        walk->countersignatures++;
        sm_countersigner *one = &all[(*count)++];
        one->info = &parent->countersignatures[i];
        sm_signature *signature = sm_arena_new0(walk->arena, sm_signature);
        *signature = *sm_countersignature_judge(walk->arena, parent, one->info, layer->certificates, layer->certificate_count,
                                                walk->settings->keyring, &walk->signature_work);
        show_limit(walk, signature->signature);
        signature->signature = inspect_honest(walk, signature->signature);
        signature->digest = inspect_honest(walk, signature->digest);
        one->signature = signature;
        one->path_verdict = path_of_countersigner(walk, layer, signature);
        one->verdict = sm_verdict_and(signature->signature, signature->digest);
        one->countersigners = judge_countersigners(walk, layer, one->info, &one->countersigner_count);
    }
    return all;
}

enum { CERTIFICATES_OF_KEY = 8 }; /* whose paths are looked at for one signer */

/* The signer's certificate and the others of its key that the message names as well: a renewed certificate has the old one's key
 * identifier, and an issuer may have given a serial number twice. The ring's come before the message's, which nothing protects. */
static unsigned certificates_of_key(const inspect_walk *walk, const sm_signer *signer, const sm_certificate *found[CERTIFICATES_OF_KEY])
{
    unsigned count = 0, in_ring = 0;
    const sm_keyring *ring = walk->settings->keyring;
    const sm_certificate *const *of_ring = ring ? sm_keyring_certificates(ring, &signer->info->sid, &in_ring) : NULL;
    found[count++] = signer->certificate;
    for (unsigned i = 0; i < in_ring + signer->layer->certificate_count && count < CERTIFICATES_OF_KEY; i++) {
        const sm_certificate *one = i < in_ring ? of_ring[i] : signer->layer->certificates[i - in_ring];
        bool known = false;
        for (unsigned j = 0; j < count; j++)
            known = known || sm_bytes_equal(found[j]->encoding, one->encoding);
        if (!known && sm_identifier_names(&signer->info->sid, one) && sm_bytes_equal(one->public_key_info, signer->certificate->public_key_info) &&
            sm_signing_certificate_judge(walk->arena, signer->info, one).kind == SM_PASS)
            found[count++] = one;
    }
    return count;
}

static bool is_embedded(const sm_layer *layer, const sm_certificate *certificate)
{
    for (unsigned i = 0; i < layer->certificate_count; i++)
        if (layer->certificates[i] == certificate)
            return true;
    return false;
}

/* How much a path is worth when there is a choice: it stands at the time, it is a path, or neither. */
static unsigned worth(const inspect_walk *walk, const sm_path *path, sm_moment when)
{
    if (path->path.kind != SM_PASS || path->revocation.kind == SM_FAIL)
        return 0;
    return sm_path_valid_at(walk->arena, path, when, SM_REASON_NOT_CHECKED).kind != SM_FAIL ? 2 : 1;
}

/* The path of the signer's certificate. The signature holds with every certificate of its key alike: the first whose path stands at the
 * chosen time is the signer's, as it is for whoever verifies the message with that one alone. */
static const sm_path *path_of_signer(const inspect_walk *walk, sm_signer *signer, sm_signature *signature, sm_moment when)
{
    const sm_layer *layer = signer->layer;
    const sm_signed_data *data = layer->cms->signed_data;
    const sm_certificate *certificates[CERTIFICATES_OF_KEY] = {signer->certificate};
    bool choice = signature->candidates > 1 && signature->signature.kind == SM_PASS && !signature->parameters_from;
    unsigned count = choice ? certificates_of_key(walk, signer, certificates) : 1, best_worth = 0, best = 0;
    const sm_path *path = NULL;
    for (unsigned i = 0; i < count && best_worth < 2; i++) {
        const sm_path *one = sm_path_validate(walk->arena, walk->settings->keyring, certificates[i], layer->certificates,
                                              layer->certificate_count, data->crls, data->crl_count, when);
        unsigned one_worth = count > 1 ? worth(walk, one, when) : 0;
        if (path && one_worth <= best_worth)
            continue;
        path = one;
        best = i;
        best_worth = one_worth;
    }
    if (best > 0) {
        signature->certificate = signer->certificate = certificates[best];
        signature->certificate_embedded = is_embedded(layer, certificates[best]);
    }
    return path;
}

static void judge_signer(inspect_walk *walk, sm_signer *signer)
{
    const sm_layer *layer = signer->layer;
    const sm_signed_data *data = layer->cms->signed_data;
    sm_signature *signature = sm_arena_new0(walk->arena, sm_signature);
    *signature = *sm_signature_judge(walk->arena, data, signer->info, layer->covered, layer->certificates, layer->certificate_count,
                                     walk->settings->keyring, &walk->signature_work);
    show_limit(walk, signature->signature);
    signature->signature = inspect_honest(walk, signature->signature);
    signature->digest = inspect_honest(walk, signature->digest);
    signer->signature = signature;
    signer->certificate = signature->certificate;

    if (!signer->certificate) {
        sm_verdict missing = sm_not_evaluated(SM_REASON_NO_CERTIFICATE, signature->signature.detail);
        signer->path_verdict = signer->revocation = missing;
        signer->valid = signer->valid_at_capture = signer->valid_at_signing = signer->valid_now = missing;
        return;
    }
    sm_moment when = chosen_time(walk, signature->signing_time);
    sm_reason unknown = walk->settings->time_choice == SM_TIME_SIGNING ? SM_REASON_NO_SIGNING_TIME : SM_REASON_NOT_CHECKED;
    signer->path = path_of_signer(walk, signer, signature, when);
    signature->signature = sm_signature_on_path(walk->arena, signature, signer->path->chain, signer->path->chain_length);
    if (!signer->info->signed_attributes.present)
        signature->digest = signature->signature;
    signer->path_verdict = signer->path->path;
    signer->revocation = signer->path->revocation;
    signer->valid = sm_path_valid_at(walk->arena, signer->path, when, unknown);
    signer->valid_at_capture = sm_path_valid_at(walk->arena, signer->path, walk->carrier->time, SM_REASON_NOT_CHECKED);
    signer->valid_at_signing = sm_path_valid_at(walk->arena, signer->path, signature->signing_time, SM_REASON_NO_SIGNING_TIME);
    signer->valid_now = sm_path_valid_at(walk->arena, signer->path, walk->settings->now, SM_REASON_NOT_CHECKED);
}

static void judge_signers(inspect_walk *walk, sm_layer *layer)
{
    const sm_signed_data *data = layer->cms->signed_data;
    const sm_signer **signers = sm_arena_array(walk->arena, const sm_signer *, data->signer_count);
    for (unsigned i = 0; i < data->signer_count; i++) {
        sm_signer *signer = sm_arena_new0(walk->arena, sm_signer);
        signer->index = walk->signers->len;
        signer->layer = layer;
        signer->info = &data->signers[i];
        g_ptr_array_add(walk->signers, signer);
        signers[i] = signer;
        judge_signer(walk, signer);
        signer->countersigners = judge_countersigners(walk, layer, signer->info, &signer->countersigner_count);
    }
    layer->signers = signers;
    layer->signer_count = data->signer_count;
}

/* Content */

static const sm_layer *open_layer(inspect_walk *walk, sm_part *part, sm_bytes octets, sm_bytes covered, sm_bytes content_type, inspect_place place);

/* The bare structure of another CMS type (RFC 5652 5.2, 6.1): a layer whose entity has no header. S/MIME does not use the form
 * (RFC 8551 2.4), CMS does. NULL when a limit forbids it, which is recorded. */
static const sm_part *walk_typed_content(inspect_walk *walk, sm_bytes octets, sm_bytes content_type, inspect_place place)
{
    if (walk->parts->len >= SM_LIMIT_MIME_PARTS || place.depth >= SM_LIMIT_MIME_DEPTH || walk->layers->len >= SM_LIMIT_CMS_LAYERS) {
        inspect_add_limit(walk, "layers by content type are nested too deep");
        return NULL;
    }
    sm_part *part = sm_arena_new0(walk->arena, sm_part);
    part->index = walk->parts->len;
    part->parent = place.parent;
    part->depth = place.depth;
    part->entity = sm_entity_from_type(walk->arena, NULL, octets);
    part->inside = place.inside;
    part->is_signed = place.is_signed;
    part->is_encrypted = place.is_encrypted;
    part->kind = SM_PART_CMS;
    part->content = octets;
    part->decoding = SM_VERDICT_PASS;
    g_ptr_array_add(walk->parts, part);
    open_layer(walk, part, octets, SM_BYTES_NONE, content_type, place);
    return part;
}

/* The content of a layer is a MIME entity when its type is id-data (RFC 8551 2.4); `value` is the content's own encoding where it is
 * no octet string, absent otherwise. */
static void walk_content(inspect_walk *walk, sm_layer *layer, sm_bytes octets, sm_bytes value, sm_bytes content_type, inspect_place place)
{
    place.parent = layer->part;
    place.inside = layer;
    place.depth++;
    layer->opened = SM_VERDICT_PASS;
    if (!sm_bytes_present(content_type) || sm_bytes_equal(content_type, SM_OID_DATA)) {
        layer->content = inspect_entity(walk, sm_entity_parse(walk->arena, octets, SM_ENTITY_BARE_LF), place);
    } else if (sm_cms_type_of(content_type) == SM_CMS_UNKNOWN) {
        layer->opened = sm_not_evaluated(SM_REASON_UNSUPPORTED_FORM,
                                         sm_arena_printf(walk->arena, "content type %s, which is neither a MIME entity (id-data) nor a CMS type known here",
                                                         sm_oid_text(walk->arena, content_type)));
    } else {
        layer->content = walk_typed_content(walk, sm_bytes_present(value) ? value : octets, content_type, place);
        if (!layer->content)
            layer->opened = sm_not_evaluated(SM_REASON_LIMIT, "the layer inside exceeds the limit on layers");
    }
}

static void open_signed(inspect_walk *walk, sm_layer *layer, sm_bytes detached_content, inspect_place place)
{
    const sm_signed_data *data = layer->cms->signed_data;
    read_certificates(walk, layer, data->certificates, data->certificate_count);
    layer->certs_only = sm_cms_is_certs_only(layer->cms);
    layer->detached = data->detached;
    /* multipart/signed: the signature must cover the part that is shown, also where the SignedData holds a content of its own
     * (RFC 8551 3.5.3.1 forbids it): a signature over another text, moved here, covers nothing that a person reads. */
    layer->covered = sm_bytes_present(detached_content) ? detached_content : data->content;
    inspect_add_source(walk, layer->covered, "Joined eContent", layer->octets);
    if (layer->certs_only) {
        layer->type_word = "certs-only";
        layer->opened = sm_not_applicable(SM_REASON_NONE, "certificates only, no content");
        return;
    }
    judge_signers(walk, layer);

    if (!sm_bytes_present(layer->covered)) {
        layer->opened = sm_not_evaluated(SM_REASON_NO_CONTENT, "detached signature, and its content is not here");
        return;
    }
    place.is_signed = place.is_signed || layer->signer_count > 0;
    bool multipart = sm_bytes_present(detached_content);
    walk_content(walk, layer, layer->covered, multipart ? SM_BYTES_NONE : data->content_value, multipart ? SM_OID_DATA : data->content_type, place);
}

static void open_enveloped(inspect_walk *walk, sm_layer *layer, inspect_place place)
{
    const sm_enveloped_data *data = layer->cms->enveloped_data;
    sm_decryption *decryption = sm_arena_new0(walk->arena, sm_decryption);
    *decryption = *sm_envelope_open(walk->arena, layer->cms, walk->settings->keyring, walk->settings->password_recipients);
    decryption->verdict = inspect_honest(walk, decryption->verdict);
    layer->decryption = decryption;
    layer->opened = decryption->verdict;
    layer->detached = data->detached;
    read_certificates(walk, layer, data->originator_certificates, data->originator_certificate_count);
    if (decryption->verdict.kind != SM_PASS || !sm_bytes_present(decryption->content))
        return;
    inspect_add_source(walk, decryption->content, "Decrypted S/MIME", data->content);
    place.is_encrypted = place.is_encrypted || layer->type != SM_CMS_AUTHENTICATED;
    walk_content(walk, layer, decryption->content, SM_BYTES_NONE, data->content_type, place);
}

static void open_compressed(inspect_walk *walk, sm_layer *layer, inspect_place place)
{
    const sm_compressed_data *data = layer->cms->compressed_data;
    sm_decoded plain = sm_compressed_open(walk->arena, data);
    layer->detached = data->detached;
    if (plain.fault) {
        if (plain.limit)
            inspect_add_limit(walk, plain.fault);
        layer->opened = plain.limit ? sm_not_evaluated(SM_REASON_LIMIT, plain.fault)
                                    : inspect_honest(walk, sm_fail(SM_REASON_OPEN_FAILED, plain.fault));
        return;
    }
    inspect_add_source(walk, plain.octets, "Decompressed S/MIME", data->content);
    walk_content(walk, layer, plain.octets, SM_BYTES_NONE, data->content_type, place);
}

static void open_digested(inspect_walk *walk, sm_layer *layer, inspect_place place)
{
    const sm_digested_data *data = layer->cms->digested_data;
    layer->detached = data->detached;
    inspect_add_source(walk, data->content, "Joined eContent", layer->octets);
    sm_verdict digest = inspect_honest(walk, sm_digest_judge(walk->arena, data));
    if (sm_bytes_present(data->content))
        walk_content(walk, layer, data->content, SM_BYTES_NONE, data->content_type, place);
    if (digest.kind != SM_PASS)
        layer->opened = digest;
}

static const char *media_type_of(const sm_part *part)
{
    const sm_media_type *type = part->entity->content_type;
    return type ? type->text : "";
}

static sm_layer *add_layer(inspect_walk *walk, sm_part *part, sm_bytes octets, inspect_place place)
{
    if (walk->layers->len >= SM_LIMIT_CMS_LAYERS) {
        inspect_add_limit(walk, "more than " G_STRINGIFY(SM_LIMIT_CMS_LAYERS) " CMS layers in one message");
        return NULL;
    }
    sm_layer *layer = sm_arena_new0(walk->arena, sm_layer);
    layer->index = walk->layers->len;
    layer->outer = place.inside;
    layer->depth = place.inside ? place.inside->depth + 1 : 0;
    layer->part = part;
    layer->octets = octets;
    layer->media_type = media_type_of(part);
    layer->smime_type = sm_media_type_parameter(part->entity->content_type, "smime-type");
    g_ptr_array_add(walk->layers, layer);
    part->layer = layer;
    return layer;
}

static void set_cms(sm_layer *layer, const sm_cms *cms)
{
    layer->cms = cms;
    layer->type = cms->type;
    layer->type_word = sm_cms_type_word(cms->type);
    if (cms->structure.kind != SM_PASS)
        layer->opened = cms->structure;
}

sm_layer *inspect_missing_layer(inspect_walk *walk, sm_part *part, const char *why, inspect_place place)
{
    sm_layer *layer = add_layer(walk, part, SM_BYTES_NONE, place);
    if (!layer)
        return NULL;
    sm_cms *cms = sm_arena_new0(walk->arena, sm_cms);
    cms->structure = inspect_honest(walk, sm_fail(SM_REASON_MALFORMED, why));
    set_cms(layer, cms);
    return layer;
}

/* `content_type` is absent where the octets are a ContentInfo, and what they are where they stand bare. */
static const sm_layer *open_layer(inspect_walk *walk, sm_part *part, sm_bytes octets, sm_bytes covered, sm_bytes content_type, inspect_place place)
{
    sm_layer *layer = add_layer(walk, part, octets, place);
    if (!layer)
        return NULL;
    sm_cms *cms = sm_arena_new0(walk->arena, sm_cms);
    if (sm_bytes_present(octets)) {
        *cms = sm_bytes_present(content_type) ? *sm_cms_parse_content(walk->arena, content_type, octets) : *sm_cms_parse(walk->arena, octets);
        cms->structure = inspect_honest(walk, cms->structure);
    } else {
        cms->structure = part->decoding;
    }
    set_cms(layer, cms);
    layer->detached = sm_bytes_present(covered);

    bool readable = cms->structure.kind == SM_PASS;
    if (readable && cms->signed_data)
        open_signed(walk, layer, covered, place);
    else if (readable && cms->enveloped_data)
        open_enveloped(walk, layer, place);
    else if (readable && cms->compressed_data)
        open_compressed(walk, layer, place);
    else if (readable && cms->digested_data)
        open_digested(walk, layer, place);
    else if (readable && sm_bytes_present(cms->data))
        walk_content(walk, layer, cms->data, SM_BYTES_NONE, SM_OID_DATA, place);

    /* A clear-signed part can be read whatever became of its signature (RFC 8551 3.5.3). */
    if (!layer->content && sm_bytes_present(covered)) {
        place.parent = part;
        place.inside = layer;
        place.depth++;
        layer->content = inspect_entity(walk, sm_entity_parse(walk->arena, covered, SM_ENTITY_BARE_LF), place);
    }
    inspect_diagnose(walk, layer, covered);
    return layer;
}

const sm_layer *inspect_layer(inspect_walk *walk, sm_part *part, sm_bytes octets, sm_bytes covered, inspect_place place)
{
    return open_layer(walk, part, octets, covered, SM_BYTES_NONE, place);
}
