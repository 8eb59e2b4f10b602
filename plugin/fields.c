/* Fields: see fields.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fields.h"

#include <epan/expert.h>

int proto_smime = -1;

int hf_smime_summary = -1;
int hf_smime_signed_verdict = -1, hf_smime_encrypted_verdict = -1;
int hf_smime_layer = -1, hf_smime_layer_depth = -1;
int hf_smime_type = -1, hf_smime_media_type = -1, hf_smime_smime_type = -1, hf_smime_detached = -1;
int hf_smime_structure_verdict = -1, hf_smime_structure_reason = -1;
int hf_smime_decrypt_verdict = -1, hf_smime_decrypt_reason = -1, hf_smime_decrypt_key = -1;
int hf_smime_content_encryption = -1;
int hf_smime_recipient = -1, hf_smime_recipient_id = -1, hf_smime_recipient_key_management = -1, hf_smime_recipient_owner = -1;
int hf_smime_recipient_addressed = -1, hf_smime_recipient_compared = -1;
int hf_smime_recipient_opened = -1, hf_smime_recipient_reason = -1, hf_smime_key_tried = -1, hf_smime_key_stopped_at = -1;
int hf_smime_signer = -1;
int hf_smime_signature_verdict = -1, hf_smime_signature_reason = -1, hf_smime_digest_verdict = -1, hf_smime_digest_reason = -1;
int hf_smime_path_verdict = -1, hf_smime_path_reason = -1, hf_smime_revocation_verdict = -1, hf_smime_revocation_reason = -1;
int hf_smime_valid_at_capture = -1, hf_smime_valid_at_signing = -1, hf_smime_valid_now = -1;
int hf_smime_signer_subject = -1, hf_smime_signer_issuer = -1, hf_smime_signer_serial = -1, hf_smime_signer_uri = -1, hf_smime_signer_algorithm = -1;
int hf_smime_signer_extended_key_usage = -1;
int hf_smime_signing_time = -1;
int hf_smime_countersignature = -1, hf_smime_countersignature_verdict = -1, hf_smime_countersignature_reason = -1;
int hf_smime_countersignature_path_verdict = -1, hf_smime_countersignature_algorithm = -1, hf_smime_countersignature_signing_time = -1;
int hf_smime_identity_verdict = -1, hf_smime_identity_reason = -1, hf_smime_identity_compared = -1, hf_smime_identity_matched = -1;
int hf_smime_detail = -1;
int hf_smime_content_type = -1, hf_smime_content_length = -1, hf_smime_content = -1;
int hf_smime_finding = -1, hf_smime_finding_rule = -1, hf_smime_finding_severity = -1, hf_smime_finding_citation = -1;
int hf_smime_limit = -1;
int hf_smime_scope = -1;
int hf_smime_tunnel = -1, hf_smime_tunnel_header = -1, hf_smime_tunnel_differing = -1, hf_smime_aib = -1;
int hf_smime_imdn_message_id = -1, hf_smime_imdn_message_in = -1;
int hf_smime_from = -1, hf_smime_to = -1;
int hf_smime_recipient_accepts = -1, hf_smime_recipient_accepts_in = -1;
int hf_smime_msrp_message_id = -1, hf_smime_msrp_chunk = -1, hf_smime_msrp_chunks = -1, hf_smime_reassembled_in = -1, hf_smime_msrp_chunk_ended_in = -1;
int hf_smime_msrp_chunk_overlap = -1, hf_smime_msrp_chunk_conflict = -1, hf_smime_msrp_reassembled_length = -1, hf_smime_msrp_reassembled_data = -1;
int hf_smime_msrp_session = -1, hf_smime_msrp_closed_in = -1;
int hf_smime_msrp_request_in = -1, hf_smime_msrp_response_in = -1, hf_smime_msrp_response_time = -1;
int hf_smime_msrp_report_in = -1, hf_smime_msrp_report_for = -1, hf_smime_msrp_reported = -1, hf_smime_msrp_confirmed = -1, hf_smime_msrp_report_elsewhere = -1;
int hf_smime_msrp_challenge_in = -1, hf_smime_msrp_use_path_in = -1;

int ett_smime = -1, ett_smime_layer = -1, ett_smime_decryption = -1, ett_smime_recipient = -1, ett_smime_signer = -1,
    ett_smime_countersignature = -1, ett_smime_identity = -1, ett_smime_content = -1, ett_smime_finding = -1, ett_smime_msrp = -1, ett_smime_tunnel = -1, ett_smime_msrp_exchange = -1;

expert_field ei_smime_verdict_fail = EI_INIT;
expert_field ei_smime_not_evaluated = EI_INIT;
expert_field ei_smime_finding_error = EI_INIT, ei_smime_finding_warning = EI_INIT, ei_smime_finding_note = EI_INIT;
expert_field ei_smime_limit = EI_INIT;
expert_field ei_smime_tunnel_differs = EI_INIT;
expert_field ei_smime_msrp = EI_INIT, ei_smime_msrp_dashes = EI_INIT;
expert_field ei_smime_msrp_failure = EI_INIT, ei_smime_msrp_challenge = EI_INIT, ei_smime_msrp_unmatched = EI_INIT, ei_smime_msrp_unexpected = EI_INIT;

#define TEXT(variable, title, filter, blurb) {&variable, {title, filter, FT_STRING, BASE_NONE, NULL, 0, blurb, HFILL}}
#define NUMBER(variable, title, filter, blurb) {&variable, {title, filter, FT_UINT32, BASE_DEC, NULL, 0, blurb, HFILL}}

#define VERDICT_BLURB "pass, fail, not-evaluated or not-applicable"

static hf_register_info fields[] = {
    TEXT(hf_smime_summary, "Summary", "smime.summary", "The message in one line"),
    TEXT(hf_smime_signed_verdict, "Signed", "smime.signed.verdict", "The message as a whole: " VERDICT_BLURB),
    TEXT(hf_smime_encrypted_verdict, "Encrypted", "smime.encrypted.verdict", "The message as a whole: " VERDICT_BLURB),
    TEXT(hf_smime_from, "From", "smime.from", "Who the message says it comes from"),
    TEXT(hf_smime_to, "To", "smime.to", "Whom the message is addressed to"),

    TEXT(hf_smime_layer, "Layer", "smime.layer", "One CMS layer"),
    NUMBER(hf_smime_layer_depth, "Depth", "smime.layer.depth", "CMS layers around this one"),
    TEXT(hf_smime_type, "Type", "smime.type", "CMS content type"),
    TEXT(hf_smime_media_type, "Media type", "smime.media_type", NULL),
    TEXT(hf_smime_smime_type, "smime-type parameter", "smime.smime_type", "As the sender wrote it"),
    {&hf_smime_detached, {"Detached", "smime.detached", FT_BOOLEAN, BASE_NONE, NULL, 0, "The content does not lie inside the CMS object", HFILL}},
    TEXT(hf_smime_structure_verdict, "Structure", "smime.structure.verdict", VERDICT_BLURB),
    TEXT(hf_smime_structure_reason, "Reason", "smime.structure.reason", NULL),

    TEXT(hf_smime_decrypt_verdict, "Decryption", "smime.decrypt.verdict", VERDICT_BLURB),
    TEXT(hf_smime_decrypt_reason, "Reason", "smime.decrypt.reason", NULL),
    TEXT(hf_smime_decrypt_key, "Key", "smime.decrypt.key", "Name of the key that opened it"),
    TEXT(hf_smime_content_encryption, "Content encryption", "smime.content_encryption", NULL),
    TEXT(hf_smime_recipient, "Recipient", "smime.recipient", NULL),
    TEXT(hf_smime_recipient_id, "Identifier", "smime.recipient.id", "Issuer and serial number, key identifier or KEK identifier"),
    TEXT(hf_smime_recipient_key_management, "Key management", "smime.recipient.key_management", NULL),
    TEXT(hf_smime_recipient_owner, "Owner", "smime.recipient.owner", "Whose certificate the identifier names, when the key ring has it"),

    TEXT(hf_smime_recipient_opened, "Opened", "smime.recipient.opened", "Whether a key of this recipient gave the content key: " VERDICT_BLURB),
    TEXT(hf_smime_recipient_reason, "Reason", "smime.recipient.reason", NULL),
    TEXT(hf_smime_key_tried, "Key tried", "smime.key.tried", "Name of a key that was tried, whether it opened the content or not"),
    TEXT(hf_smime_key_stopped_at, "Stopped at", "smime.key.stopped_at", "The step that refused the key: algorithm, key-type, parameters, originator, key-agreement, "
         "decapsulation, key-derivation, key-decryption, key-unwrap, content-key-length, tag, mac, content or limit"),
    TEXT(hf_smime_recipient_addressed, "Addressed by", "smime.recipient.addressed", "The header field that names the recipient; none: the message is addressed to others"),
    TEXT(hf_smime_recipient_compared, "Compared", "smime.recipient.compared", "Whom the message is addressed to and a name of the recipient's certificate"),

    TEXT(hf_smime_signer, "Signer", "smime.signer", NULL),
    TEXT(hf_smime_signature_verdict, "Signature value", "smime.signature.verdict", VERDICT_BLURB),
    TEXT(hf_smime_signature_reason, "Reason", "smime.signature.reason", NULL),
    TEXT(hf_smime_digest_verdict, "Content digest", "smime.digest.verdict", VERDICT_BLURB),
    TEXT(hf_smime_digest_reason, "Reason", "smime.digest.reason", NULL),
    TEXT(hf_smime_path_verdict, "Certificate path", "smime.path.verdict", VERDICT_BLURB),
    TEXT(hf_smime_path_reason, "Reason", "smime.path.reason", NULL),
    TEXT(hf_smime_revocation_verdict, "Revocation", "smime.revocation.verdict", VERDICT_BLURB),
    TEXT(hf_smime_revocation_reason, "Reason", "smime.revocation.reason", NULL),
    TEXT(hf_smime_valid_at_capture, "Valid at capture time", "smime.valid_at_capture", VERDICT_BLURB),
    TEXT(hf_smime_valid_at_signing, "Valid at signing time", "smime.valid_at_signing", VERDICT_BLURB),
    TEXT(hf_smime_valid_now, "Valid now", "smime.valid_now", VERDICT_BLURB),
    TEXT(hf_smime_signer_subject, "Subject", "smime.signer.subject", NULL),
    TEXT(hf_smime_signer_issuer, "Issuer", "smime.signer.issuer", NULL),
    TEXT(hf_smime_signer_serial, "Serial number", "smime.signer.serial", "Hexadecimal"),
    TEXT(hf_smime_signer_uri, "URI", "smime.signer.uri", "uniformResourceIdentifier in subjectAltName"),
    TEXT(hf_smime_signer_extended_key_usage, "Extended key usage", "smime.signer.extended_key_usage",
         "What the certificate is for; sipDomain stands for a SIP domain, not for a user of it (RFC 5924)"),
    TEXT(hf_smime_signer_algorithm, "Algorithm", "smime.signer.algorithm", NULL),
    {&hf_smime_signing_time, {"Signing time", "smime.signing_time", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC, NULL, 0, "As the signer says", HFILL}},

    TEXT(hf_smime_countersignature, "Counter-signature", "smime.countersignature", "Who signed the signature value above it"),
    TEXT(hf_smime_countersignature_verdict, "Value and digest", "smime.countersignature.verdict", VERDICT_BLURB),
    TEXT(hf_smime_countersignature_reason, "Reason", "smime.countersignature.reason", NULL),
    TEXT(hf_smime_countersignature_path_verdict, "Certificate path", "smime.countersignature.path.verdict", VERDICT_BLURB),
    TEXT(hf_smime_countersignature_algorithm, "Algorithm", "smime.countersignature.algorithm", NULL),
    {&hf_smime_countersignature_signing_time,
     {"Signing time", "smime.countersignature.signing_time", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC, NULL, 0, "As the counter-signer says", HFILL}},

    TEXT(hf_smime_identity_verdict, "Sender identity", "smime.identity.verdict", VERDICT_BLURB),
    TEXT(hf_smime_identity_reason, "Reason", "smime.identity.reason", NULL),
    TEXT(hf_smime_identity_compared, "Compared", "smime.identity.compared", "A claimed identity and a name of the certificate"),
    TEXT(hf_smime_identity_matched, "Matched", "smime.identity.matched", "The certificate's name that matched"),
    TEXT(hf_smime_detail, "Detail", "smime.detail", "What stands behind a verdict"),

    TEXT(hf_smime_content_type, "Content type", "smime.content.type", "Of the innermost readable entity"),
    NUMBER(hf_smime_content_length, "Content length", "smime.content.length", "Octets of the innermost readable entity's body"),
    {&hf_smime_content, {"Content", "smime.content", FT_BYTES, BASE_NONE, NULL, 0, "The innermost readable entity's body", HFILL}},

    TEXT(hf_smime_finding, "Finding", "smime.finding", "What a rule found"),
    TEXT(hf_smime_finding_rule, "Rule", "smime.finding.rule", NULL),
    TEXT(hf_smime_finding_severity, "Severity", "smime.finding.severity", "error, warning or note"),
    TEXT(hf_smime_finding_citation, "Citation", "smime.finding.citation", NULL),
    TEXT(hf_smime_scope, "Protects", "smime.scope", "Where protection begins: whole-body, cpim-payload, tunnelled-body or part"),
    TEXT(hf_smime_tunnel, "Tunnelled SIP", "smime.tunnel", "message/sip or message/sipfrag"),
    TEXT(hf_smime_tunnel_header, "Header field", "smime.tunnel.header", "Compared with the one of the message around it (RFC 3261 23.4.1)"),
    NUMBER(hf_smime_tunnel_differing, "Differing", "smime.tunnel.differing", "Header fields that differ and must not"),
    TEXT(hf_smime_aib, "Authenticated identity body", "smime.aib", "Who it says the sender is (RFC 3893)"),
    TEXT(hf_smime_imdn_message_id, "Notification of message", "smime.imdn.message_id", "The Message-ID that a disposition notification speaks of"),
    {&hf_smime_imdn_message_in, {"Message in", "smime.imdn.message_in", FT_FRAMENUM, BASE_NONE, NULL, 0, "Frame of that message", HFILL}},
    TEXT(hf_smime_recipient_accepts, "Recipient accepts", "smime.recipient_accepts",
         "Media types of S/MIME that the recipient said it takes, in Accept or in SDP; it may have several devices"),
    {&hf_smime_recipient_accepts_in, {"Recipient said so in", "smime.recipient_accepts_in", FT_FRAMENUM, BASE_NONE, NULL, 0, "Frame in which the recipient last told what it takes", HFILL}},
    TEXT(hf_smime_limit, "Limit", "smime.limit", "A limit on hostile input that was hit"),

    TEXT(hf_smime_msrp_message_id, "Message-ID", "smime.msrp.message_id", NULL),
    {&hf_smime_msrp_chunk, {"Chunk", "smime.msrp.chunk", FT_FRAMENUM, BASE_NONE, NULL, 0, "Frame of a chunk of the message", HFILL}},
    NUMBER(hf_smime_msrp_chunks, "Chunks", "smime.msrp.chunks", "Chunks the message was made of"),
    {&hf_smime_msrp_chunk_overlap,
     {"Overlap", "smime.msrp.chunk.overlap", FT_BOOLEAN, BASE_NONE, NULL, 0, "Octets of the chunk had been in chunks before it", HFILL}},
    {&hf_smime_msrp_chunk_conflict,
     {"Conflict", "smime.msrp.chunk.conflict", FT_BOOLEAN, BASE_NONE, NULL, 0, "And were others then: the last received count", HFILL}},
    NUMBER(hf_smime_msrp_reassembled_length, "Reassembled length", "smime.msrp.reassembled.length", "Octets of a message in several chunks"),
    {&hf_smime_msrp_reassembled_data,
     {"Reassembled data", "smime.msrp.reassembled.data", FT_BYTES, BASE_NONE, NULL, 0, "A message in several chunks, put together", HFILL}},
    TEXT(hf_smime_msrp_session, "Call-ID", "smime.msrp.session", "Call-ID of the SIP dialog that negotiated the MSRP session"),
    {&hf_smime_msrp_closed_in,
     {"Connection closed in", "smime.msrp.closed_in", FT_FRAMENUM, BASE_NONE, NULL, 0, "Frame that ended the connection before the message was complete", HFILL}},
    {&hf_smime_msrp_request_in,
     {"Request in", "smime.msrp.request_in", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0, "Frame of the request that this answers", HFILL}},
    {&hf_smime_msrp_response_in,
     {"Response in", "smime.msrp.response_in", FT_FRAMENUM, BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0, "Frame of the response to this request", HFILL}},
    {&hf_smime_msrp_response_time,
     {"Response time", "smime.msrp.response_time", FT_RELATIVE_TIME, BASE_NONE, NULL, 0, "From the end of the request to the response", HFILL}},
    {&hf_smime_msrp_report_in, {"Report in", "smime.msrp.report_in", FT_FRAMENUM, BASE_NONE, NULL, 0, "Frame of a REPORT on octets of this chunk", HFILL}},
    {&hf_smime_msrp_report_for,
     {"Report for", "smime.msrp.report_for", FT_FRAMENUM, BASE_NONE, NULL, 0, "Frame of a chunk that the REPORT speaks of", HFILL}},
    NUMBER(hf_smime_msrp_reported, "Reported status", "smime.msrp.reported", "Status code of a REPORT"),
    {&hf_smime_msrp_report_elsewhere,
     {"Over another connection", "smime.msrp.report_elsewhere", FT_BOOLEAN, BASE_NONE, NULL, 0,
      "The report came over another connection than the message, between the ends of its session", HFILL}},
    TEXT(hf_smime_msrp_confirmed, "Confirmed", "smime.msrp.confirmed", "Octets of the message that success reports have confirmed up to this one"),
    {&hf_smime_msrp_challenge_in,
     {"Challenge in", "smime.msrp.challenge_in", FT_FRAMENUM, BASE_NONE, NULL, 0, "Frame of the 401 that the credentials answer", HFILL}},
    {&hf_smime_msrp_use_path_in,
     {"Use-Path in", "smime.msrp.use_path_in", FT_FRAMENUM, BASE_NONE, NULL, 0, "Frame in which the relay handed out the first URI of To-Path", HFILL}},
    {&hf_smime_reassembled_in, {"Reassembled in", "smime.reassembled_in", FT_FRAMENUM, BASE_NONE, NULL, 0, "Frame that completes the message", HFILL}},
    {&hf_smime_msrp_chunk_ended_in, {"Chunk ends in", "smime.msrp.chunk.ended_in", FT_FRAMENUM, BASE_NONE, NULL, 0, "Frame that ends the MSRP chunk to which these octets belong", HFILL}},
};

static int *const subtrees[] = {
    &ett_smime,        &ett_smime_layer,   &ett_smime_decryption, &ett_smime_recipient, &ett_smime_signer,
    &ett_smime_countersignature, &ett_smime_identity, &ett_smime_content, &ett_smime_finding,    &ett_smime_msrp,
    &ett_smime_tunnel,   &ett_smime_msrp_exchange,
};

static ei_register_info experts[] = {
    {&ei_smime_verdict_fail, {"smime.expert.fail", PI_SECURITY, PI_ERROR, "A check failed", EXPFILL}},
    {&ei_smime_not_evaluated, {"smime.expert.not_evaluated", PI_SECURITY, PI_NOTE, "A check could not be made", EXPFILL}},
    {&ei_smime_finding_error, {"smime.expert.finding.error", PI_PROTOCOL, PI_ERROR, "A rule is violated", EXPFILL}},
    {&ei_smime_finding_warning, {"smime.expert.finding.warning", PI_PROTOCOL, PI_WARN, "A rule is violated", EXPFILL}},
    {&ei_smime_finding_note, {"smime.expert.finding.note", PI_PROTOCOL, PI_NOTE, "Worth knowing", EXPFILL}},
    {&ei_smime_limit, {"smime.expert.limit", PI_UNDECODED, PI_WARN, "A limit was hit", EXPFILL}},
    {&ei_smime_tunnel_differs, {"smime.expert.tunnel", PI_SECURITY, PI_NOTE, "Tunnelled SIP differs", EXPFILL}},
    {&ei_smime_msrp, {"smime.expert.msrp", PI_SEQUENCE, PI_WARN, "MSRP framing or reassembly", EXPFILL}},
    {&ei_smime_msrp_dashes, {"smime.expert.msrp.dashes", PI_SEQUENCE, PI_NOTE, "A line of dashes in an MSRP body", EXPFILL}},
    {&ei_smime_msrp_failure, {"smime.expert.msrp.failure", PI_RESPONSE_CODE, PI_NOTE, "An MSRP request failed", EXPFILL}},
    {&ei_smime_msrp_challenge, {"smime.expert.msrp.challenge", PI_RESPONSE_CODE, PI_CHAT, "An MSRP relay asks for credentials", EXPFILL}},
    {&ei_smime_msrp_unmatched, {"smime.expert.msrp.unmatched", PI_SEQUENCE, PI_NOTE, "An MSRP answer, or what it answers, is missing", EXPFILL}},
    {&ei_smime_msrp_unexpected, {"smime.expert.msrp.unexpected", PI_SEQUENCE, PI_WARN, "MSRP goes on as it must not", EXPFILL}},
};

void smime_fields_register(int proto)
{
    proto_smime = proto;
    proto_register_field_array(proto, fields, array_length(fields));
    proto_register_subtree_array(subtrees, array_length(subtrees));
    expert_register_field_array(expert_register_protocol(proto), experts, array_length(experts));
}
