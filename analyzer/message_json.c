/* Message JSON: see message_json.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "message_json.h"

#include "json.h"
#include "message_text.h"
#include "msrp/reassembly.h"

/* The members of a verdict, within an object that may have more. */
static void verdict_members(json_writer *json, const sm_verdict *verdict)
{
    json_text(json, "verdict", sm_verdict_word(verdict->kind));
    json_text(json, "reason", sm_reason_word(verdict->reason));
    json_text(json, "detail", verdict->detail);
}

static void verdict_object(json_writer *json, const char *name, const sm_verdict *verdict)
{
    json_object(json, name);
    verdict_members(json, verdict);
    json_object_end(json);
}

/* NULL for "", which stands for what is not known. */
static const char *known(const char *text)
{
    return text && *text ? text : NULL;
}

/* The carrier */

static void frames(json_writer *json, const sm_carrier *carrier)
{
    json_array(json, "frames");
    for (unsigned i = 0; i < carrier->frame_count; i++)
        json_number(json, NULL, carrier->frames[i]);
    json_array_end(json);
}

static void sip(json_writer *json, const sm_inspection *inspection, const audit_parties *parties)
{
    const sm_sip_carrier *carrier = &inspection->carrier->sip;
    const sm_sip_message *message = inspection->sip;
    unsigned status = message ? message->status : carrier->status;
    json_object(json, "sip");
    if (status)
        json_number(json, "status", status);
    else
        json_text(json, "method", known(parties->method));
    json_text(json, "call_id", message && message->call_id ? message->call_id : carrier->call_id);
    json_text(json, "from", parties->from);
    json_text(json, "to", parties->to);
    json_text(json, "request_uri",
              message && message->request_uri ? message->request_uri : carrier->request_uri);
    json_array(json, "asserted");
    for (unsigned i = 0; message && i < message->asserted_count; i++)
        json_text(json, NULL, message->asserted[i]->uri_text);
    json_array_end(json);
    json_object_end(json);
}

/* Where the last octet seen of a message stands, from 1. */
static uint64_t length_seen(const sm_msrp_facts *facts)
{
    uint64_t end = 0;
    for (unsigned i = 0; i < facts->chunk_count; i++)
        if (facts->chunks[i].length <= UINT64_MAX - facts->chunks[i].start)
            end = MAX(end, facts->chunks[i].start + facts->chunks[i].length);
    return end;
}

static void words(json_writer *json, const char *name, const char *const *texts, unsigned count)
{
    json_array(json, name);
    for (unsigned i = 0; i < count; i++)
        json_text(json, NULL, texts[i]);
    json_array_end(json);
}

/* A party's SDP, the last with this path that was not refused. */
static void msrp_sdp(json_writer *json, const sm_msrp_party *party)
{
    const sm_sdp_msrp *sdp = party->sdp;
    json_object(json, "sdp");
    json_number(json, "frame", party->frame);
    json_bool(json, "protected", party->protected_sdp);
    json_text(json, "protocol", sdp->protocol);
    json_text(json, "address", sdp->connection);
    json_number(json, "port", sdp->port);
    words(json, "path", sdp->path, sdp->path_count);
    json_text(json, "setup", sdp->setup);
    json_bool(json, "cema", sdp->msrp_cema);
    if (sdp->accept_types_present)
        words(json, "accept_types", sdp->accept_types, sdp->accept_type_count);
    else
        json_null(json, "accept_types");
    words(json, "accept_wrapped_types", sdp->accept_wrapped_types, sdp->accept_wrapped_type_count);
    if (sdp->max_size_present)
        json_number(json, "max_size", sdp->max_size);
    else
        json_null(json, "max_size");
    json_text(json, "file_selector", sdp->file_selector);
    json_object_end(json);
}

static void msrp_party(json_writer *json, const char *name, const sm_msrp_session *session, const sm_msrp_party *party)
{
    if (!party) {
        json_null(json, name);
        return;
    }
    json_object(json, name);
    json_text(json, "aor", party->aor);
    json_text(json, "role", party == &session->caller ? "caller" : "callee");
    words(json, "asserted", party->asserted, party->asserted_count);
    if (party->refused_in) {
        json_object(json, "refused_offer");
        json_number(json, "frame", party->refused_offer);
        json_number(json, "refused_in", party->refused_in);
        json_object_end(json);
    } else {
        json_null(json, "refused_offer");
    }
    if (party->sdp)
        msrp_sdp(json, party);
    else
        json_null(json, "sdp");
    json_object_end(json);
}

/* The session that the message belongs to, and what either party offered in it. */
static void msrp_session(json_writer *json, const sm_msrp_match *found)
{
    json_text(json, "session_detail", found->how);
    if (!found->session) {
        json_null(json, "session");
        return;
    }
    json_object(json, "session");
    json_text(json, "call_id", found->session->call_id);
    msrp_party(json, "sender", found->session, found->sender);
    msrp_party(json, "receiver", found->session, found->receiver);
    json_object_end(json);
}

static void msrp(json_writer *json, const sm_conclusion *conclusion, const audit_parties *parties)
{
    const sm_msrp_carrier *carrier = &conclusion->inspection->carrier->msrp;
    const sm_msrp_session *session = conclusion->links.session.session;
    json_object(json, "msrp");
    if (carrier->status)
        json_number(json, "status", carrier->status);
    else
        json_text(json, "method", known(parties->method));
    json_text(json, "message_id", carrier->message_id);
    json_text(json, "from_path", carrier->from_path);
    json_text(json, "to_path", carrier->to_path);
    json_number(json, "chunks", carrier->chunks);
    if (carrier->total_known || carrier->facts)
        json_number(json, "length", carrier->total_known ? carrier->total : length_seen(carrier->facts));
    else
        json_null(json, "length");
    if (carrier->facts) /* a SEND */
        json_text(json, "damage", carrier->damage);
    json_bool(json, "complete", carrier->complete);
    json_text(json, "session_call_id", session ? session->call_id : NULL);
    json_text(json, "from", conclusion->links.session.sender ? conclusion->links.session.sender->aor : NULL);
    json_text(json, "to",
              conclusion->links.session.receiver ? conclusion->links.session.receiver->aor : NULL);
    msrp_session(json, &conclusion->links.session);
    json_object_end(json);
}

/* Layers */

static void identity(json_writer *json, const char *name, const sm_identity *identity)
{
    json_object(json, name);
    verdict_members(json, &identity->verdict);
    json_array(json, "compared");
    for (unsigned i = 0; i < identity->compared_count; i++) {
        const sm_comparison *comparison = &identity->compared[i];
        json_object(json, NULL);
        json_text(json, "header", comparison->header);
        json_text(json, "value", comparison->value);
        json_text(json, "san", comparison->san);
        json_text(json, "san_kind", comparison->san_kind);
        json_bool(json, "match", comparison->match);
        json_text(json, "rule", comparison->rule);
        json_object_end(json);
    }
    json_array_end(json);
    json_text(json, "matched", identity->matched);
    json_text(json, "matched_header", identity->matched_header);
    json_object_end(json);
}

/* Keys tried, in their order, and the step at which each was refused. */
static void attempts(json_writer *json, const char *name, const sm_key_attempts *tried)
{
    json_array(json, name);
    for (const sm_key_attempt *attempt = tried->first; attempt; attempt = attempt->next) {
        json_object(json, NULL);
        json_text(json, "key", attempt->key);
        json_text(json, "stopped_at", attempt->step);
        json_text(json, "detail", attempt->detail);
        json_object_end(json);
    }
    json_array_end(json);
}

static void decryption(json_writer *json, const sm_conclusion *conclusion, const sm_decryption *decryption)
{
    json_object(json, "decryption");
    verdict_members(json, &decryption->verdict);
    json_text(json, "algorithm", decryption->algorithm);
    json_bool(json, "authenticated", decryption->authenticated);
    json_array(json, "recipients");
    for (unsigned i = 0; i < decryption->recipient_count; i++) {
        const sm_recipient *recipient = &decryption->recipients[i];
        json_object(json, NULL);
        json_text(json, "type", recipient->type);
        json_text(json, "id", recipient->id);
        json_text(json, "key_management", recipient->key_management);
        json_text(json, "owner", recipient->owner);
        verdict_object(json, "opened", &recipient->opened);
        attempts(json, "tried", &recipient->attempts);
        const sm_identity *addressed = sm_recipient_addressed(json->arena, conclusion, recipient);
        if (addressed)
            identity(json, "addressed", addressed);
        else
            json_null(json, "addressed");
        json_object_end(json);
    }
    json_array_end(json);
    attempts(json, "content_keys_tried", &decryption->content_keys);
    json_text(json, "key", decryption->key);
    json_text(json, "note", decryption->note);
    json_object_end(json);
}

static void certificate(json_writer *json, const sm_identifier *id, const sm_certificate *certificate)
{
    json_text(json, "subject", certificate ? certificate->subject : NULL);
    json_text(json, "issuer", certificate ? certificate->issuer : NULL);
    if (certificate)
        json_text(json, "serial", certificate->serial);
    else
        json_text(json, "serial",
                  sm_bytes_present(id->serial) ? sm_arena_hex(json->arena, id->serial) : NULL);
    json_array(json, "san_uris");
    for (unsigned i = 0; certificate && i < certificate->san_count; i++)
        if (certificate->sans[i].kind == SM_SAN_URI)
            json_text(json, NULL, certificate->sans[i].value);
    json_array_end(json);
    json_text(json, "extended_key_usage", certificate ? certificate->extended_key_usage : NULL);
}

static void signature_members(json_writer *json, const sm_signer_info *info, const sm_signature *signature)
{
    json_text(json, "id", sm_identifier_text(json->arena, &info->sid));
    certificate(json, &info->sid, signature->certificate);
    json_text(json, "digest_algorithm", signature->digest_algorithm);
    json_text(json, "signature_algorithm", signature->signature_algorithm);
    json_text(json, "signing_time",
              signature->signing_time.known ? sm_moment_text(json->arena, signature->signing_time) : NULL);
    verdict_object(json, "signature", &signature->signature);
    verdict_object(json, "digest", &signature->digest);
}

/* Counter-signatures on the signature value of `info`, each with those on its own. The engine reads them to a small
 * depth alone. */
static void countersigners(json_writer *json, const sm_signer_info *info, const sm_countersigner *all, unsigned count)
{
    json_array(json, "countersignatures");
    for (unsigned i = 0; i < count; i++) {
        const sm_countersigner *one = &all[i];
        json_object(json, NULL);
        signature_members(json, one->info, one->signature);
        verdict_object(json, "path", &one->path_verdict);
        json_text(json, "note", one->signature->note);
        countersigners(json, one->info, one->countersigners, one->countersigner_count);
        json_object_end(json);
    }
    json_array_end(json);
    json_number(json, "countersignatures_unread", info->countersignatures_unread);
}

static void one_signer(json_writer *json, const sm_conclusion *conclusion, const sm_signer *signer)
{
    const sm_signature *signature = signer->signature;
    json_object(json, NULL);
    signature_members(json, signer->info, signature);
    verdict_object(json, "path", &signer->path_verdict);
    verdict_object(json, "revocation", &signer->revocation);
    verdict_object(json, "valid_at_capture", &signer->valid_at_capture);
    verdict_object(json, "valid_at_signing", &signer->valid_at_signing);
    identity(json, "identity", conclusion->identities[signer->index]);
    json_text(json, "diagnosis", signer->diagnosis);
    json_text(json, "note", signature->note);
    countersigners(json, signer->info, signer->countersigners, signer->countersigner_count);
    json_object_end(json);
}

static void layers(json_writer *json, const sm_conclusion *conclusion)
{
    const sm_inspection *inspection = conclusion->inspection;
    json_array(json, "layers");
    for (unsigned i = 0; i < inspection->layer_count; i++) {
        const sm_layer *layer = inspection->layers[i];
        json_object(json, NULL);
        json_text(json, "type", layer->type_word);
        json_number(json, "depth", layer->depth);
        json_text(json, "media_type", layer->media_type);
        json_text(json, "smime_type", layer->smime_type);
        json_bool(json, "detached", layer->detached);
        json_text(json, "diagnosis", layer->diagnosis);
        verdict_object(json, "opened", &layer->opened);
        if (layer->decryption)
            decryption(json, conclusion, layer->decryption);
        json_array(json, "signers");
        for (unsigned j = 0; j < layer->signer_count; j++)
            one_signer(json, conclusion, layer->signers[j]);
        json_array_end(json);
        json_object_end(json);
    }
    json_array_end(json);
}

/* The message as a whole */

static void content(json_writer *json, const sm_inspection *inspection)
{
    const sm_part *part = inspection->content;
    if (!part)
        return;
    json_object(json, "content");
    json_text(json, "type", audit_content_type(part));
    json_number(json, "length", part->content.length);
    json_text(json, "sha256",
              sm_arena_hex(json->arena,
                           sm_bytes_of(inspection->content_sha256, sizeof inspection->content_sha256)));
    json_object_end(json);
}

static void findings(json_writer *json, const sm_findings *findings)
{
    json_array(json, "findings");
    for (unsigned i = 0; i < findings->count; i++) {
        const sm_finding *finding = &findings->items[i];
        json_object(json, NULL);
        json_text(json, "rule", finding->rule->id);
        json_text(json, "severity", sm_severity_word(finding->severity));
        json_text(json, "message", finding->message);
        json_text(json, "citation", finding->rule->citation);
        if (finding->layer)
            json_number(json, "layer", finding->layer->index);
        else
            json_null(json, "layer");
        json_object_end(json);
    }
    json_array_end(json);
    json_array(json, "not_evaluated");
    for (unsigned i = 0; i < findings->not_evaluated_count; i++)
        json_text(json, NULL, findings->not_evaluated[i]);
    json_array_end(json);
}

char *audit_message_json(sm_arena *arena, const smime_tap_message *message, const char *file)
{
    const sm_conclusion *conclusion = message->conclusion;
    const sm_inspection *inspection = conclusion->inspection;
    const sm_carrier *carrier = inspection->carrier;
    audit_parties parties = audit_parties_of(arena, conclusion);
    json_writer json;
    json_begin(&json, arena);
    json_text(&json, "file", file);
    json_number(&json, "number", message->number);
    frames(&json, carrier);
    json_text(&json, "time", known(audit_time_text(arena, carrier->time)));
    json_text(&json, "carrier", sm_carrier_kind_word(carrier->kind));
    json_text(&json, "transport", sm_transport_word(carrier->transport));
    json_text(&json, "source", carrier->source);
    json_text(&json, "destination", carrier->destination);
    if (carrier->kind == SM_CARRIER_SIP)
        sip(&json, inspection, &parties);
    else
        msrp(&json, conclusion, &parties);
    layers(&json, conclusion);
    content(&json, inspection);
    json_object(&json, "verdict");
    verdict_object(&json, "signed", &conclusion->signed_);
    verdict_object(&json, "encrypted", &conclusion->encrypted);
    verdict_object(&json, "identity", &conclusion->identity);
    json_object_end(&json);
    json_text(&json, "summary", conclusion->summary);
    findings(&json, message->findings);
    return json_end(&json);
}
