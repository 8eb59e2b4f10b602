/* Fields: everything the plugin registers with epan to show and filter. The names are a contract; rename none.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "plugin.h"

#include <epan/expert.h>

extern int proto_smime;

extern int hf_smime_summary;
extern int hf_smime_signed_verdict, hf_smime_encrypted_verdict;
extern int hf_smime_layer, hf_smime_layer_depth;
extern int hf_smime_type, hf_smime_media_type, hf_smime_smime_type, hf_smime_detached;
extern int hf_smime_structure_verdict, hf_smime_structure_reason;
extern int hf_smime_decrypt_verdict, hf_smime_decrypt_reason, hf_smime_decrypt_key;
extern int hf_smime_content_encryption;
extern int hf_smime_recipient, hf_smime_recipient_id, hf_smime_recipient_key_management, hf_smime_recipient_owner;
extern int hf_smime_recipient_addressed, hf_smime_recipient_compared;
extern int hf_smime_recipient_opened, hf_smime_recipient_reason, hf_smime_key_tried, hf_smime_key_stopped_at;
extern int hf_smime_signer;
extern int hf_smime_signature_verdict, hf_smime_signature_reason, hf_smime_digest_verdict, hf_smime_digest_reason;
extern int hf_smime_path_verdict, hf_smime_path_reason, hf_smime_revocation_verdict, hf_smime_revocation_reason;
extern int hf_smime_valid_at_capture, hf_smime_valid_at_signing, hf_smime_valid_now;
extern int hf_smime_signer_subject, hf_smime_signer_issuer, hf_smime_signer_serial, hf_smime_signer_uri, hf_smime_signer_algorithm;
extern int hf_smime_signer_extended_key_usage;
extern int hf_smime_signing_time;
extern int hf_smime_countersignature, hf_smime_countersignature_verdict, hf_smime_countersignature_reason, hf_smime_countersignature_path_verdict;
extern int hf_smime_countersignature_algorithm, hf_smime_countersignature_signing_time;
extern int hf_smime_identity_verdict, hf_smime_identity_reason, hf_smime_identity_compared, hf_smime_identity_matched;
extern int hf_smime_detail;
extern int hf_smime_content_type, hf_smime_content_length, hf_smime_content;
extern int hf_smime_finding, hf_smime_finding_rule, hf_smime_finding_severity, hf_smime_finding_citation;
extern int hf_smime_limit;
extern int hf_smime_scope;
extern int hf_smime_tunnel, hf_smime_tunnel_header, hf_smime_tunnel_differing, hf_smime_aib;
extern int hf_smime_imdn_message_id, hf_smime_imdn_message_in;
extern int hf_smime_from, hf_smime_to;
extern int hf_smime_recipient_accepts, hf_smime_recipient_accepts_in;
extern int hf_smime_msrp_chunk_overlap, hf_smime_msrp_chunk_conflict, hf_smime_msrp_reassembled_length, hf_smime_msrp_reassembled_data;
extern int hf_smime_msrp_message_id, hf_smime_msrp_chunk, hf_smime_msrp_chunks, hf_smime_reassembled_in, hf_smime_msrp_chunk_ended_in;
extern int hf_smime_msrp_session, hf_smime_msrp_closed_in;
extern int hf_smime_msrp_request_in, hf_smime_msrp_response_in, hf_smime_msrp_response_time;
extern int hf_smime_msrp_report_in, hf_smime_msrp_report_for, hf_smime_msrp_reported, hf_smime_msrp_confirmed, hf_smime_msrp_report_elsewhere;
extern int hf_smime_msrp_challenge_in, hf_smime_msrp_use_path_in;

extern int ett_smime, ett_smime_layer, ett_smime_decryption, ett_smime_recipient, ett_smime_signer, ett_smime_countersignature, ett_smime_identity,
    ett_smime_content, ett_smime_finding, ett_smime_msrp, ett_smime_tunnel, ett_smime_msrp_exchange;

extern expert_field ei_smime_verdict_fail;      /* a verdict is fail */
extern expert_field ei_smime_not_evaluated;     /* a verdict could not be given */
extern expert_field ei_smime_finding_error, ei_smime_finding_warning, ei_smime_finding_note;
extern expert_field ei_smime_limit;
extern expert_field ei_smime_tunnel_differs;    /* a header field inside is not the one outside */
extern expert_field ei_smime_msrp;              /* framing or reassembly of MSRP */
extern expert_field ei_smime_msrp_dashes;       /* content that the built-in dissector takes for an end-line */
extern expert_field ei_smime_msrp_failure;      /* a response or report that says no */
extern expert_field ei_smime_msrp_challenge;    /* a relay asks for credentials */
extern expert_field ei_smime_msrp_unmatched;    /* what an answer belongs to, or the answer, is not in the capture */
extern expert_field ei_smime_msrp_unexpected;   /* an answer that must not be, or a request that must not be any more */

/* Registers them all for the protocol. */
void smime_fields_register(int proto);
