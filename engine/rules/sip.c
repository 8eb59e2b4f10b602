/* Rules on the SIP message around S/MIME, and on the conversation it is part of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/catalogue.h"

#define MESSAGE_OCTETS 1300      /* RFC 3428 8 */
#define DATE_TOLERANCE_SECONDS 3600 /* "on the order of an hour or more", RFC 3261 23.4.2 */

static const sm_sip_message *sip_of(const sm_conclusion *conclusion)
{
    return conclusion->inspection->carrier->kind == SM_CARRIER_SIP ? conclusion->inspection->sip : NULL;
}

static bool is_request(const sm_conclusion *conclusion, const char *method)
{
    const sm_sip_message *sip = sip_of(conclusion);
    return sip && sip->request && (!method || g_str_equal(sip->method, method));
}

static bool is_response(const sm_conclusion *conclusion, unsigned from, unsigned to)
{
    const sm_sip_message *sip = sip_of(conclusion);
    return sip && !sip->request && sip->status >= from && sip->status <= to;
}

/* SMIME-SIP-001 */

static bool for_smime_message(const sm_conclusion *conclusion)
{
    return is_request(conclusion, "MESSAGE") && rule_for_smime(conclusion);
}

/* A congestion-controlled first hop does not lift the limit (RFC 3428 8), but most who use one know their network: only the strict profile
 * doubts it. */
static bool limit_holds(sm_finder *finder, sm_transport transport)
{
    return transport == SM_TRANSPORT_UDP || transport == SM_TRANSPORT_UNKNOWN || sm_finder_profile(finder) == SM_PROFILE_STRICT;
}

static void check_size(const sm_conclusion *conclusion, sm_finder *finder)
{
    const sm_carrier *carrier = conclusion->inspection->carrier;
    if (!limit_holds(finder, carrier->transport))
        return;
    size_t body = conclusion->inspection->sources[0].octets.length + carrier->missing;
    size_t octets = carrier->sip.head.length + body;
    if (octets > MESSAGE_OCTETS)
        sm_find(finder, NULL, SM_BYTES_NONE, "the request has %zu octets, %zu of them body: more than %d", octets, body, MESSAGE_OCTETS);
    else if (!sm_bytes_present(carrier->sip.head))
        sm_find_not_evaluated(finder);
}

/* SMIME-SIP-002: which types would be taken. Accept-Encoding and Accept-Language are right where these were the trouble. */

static bool for_unsupported(const sm_conclusion *conclusion)
{
    return is_response(conclusion, 415, 415) && conclusion->links.request_smime;
}

static void check_accept(const sm_conclusion *conclusion, sm_finder *finder)
{
    const sm_sip_message *sip = sip_of(conclusion);
    if (!sm_bytes_present(conclusion->inspection->carrier->sip.head)) {
        sm_find_not_evaluated(finder);
        return;
    }
    bool told = sip->accept_present || sm_entity_header(sip->entity, "Accept-Encoding") || sm_entity_header(sip->entity, "Accept-Language");
    if (!told)
        sm_find(finder, NULL, SM_BYTES_NONE, "the S/MIME body of frame %u is refused with 415 without an Accept header field that says what would be taken",
                (unsigned)conclusion->links.request_frame);
}

/* SMIME-SIP-003 */

static bool for_undecipherable(const sm_conclusion *conclusion)
{
    return is_response(conclusion, 493, 493) && (conclusion->links.request_frame == 0 || conclusion->links.request_smime);
}

static bool has_user_certificate(const sm_layer *layer)
{
    for (unsigned i = 0; i < layer->certificate_count; i++)
        if (!layer->certificates[i]->is_ca)
            return true;
    return false;
}

static void check_certificate_offered(const sm_conclusion *conclusion, sm_finder *finder)
{
    if (conclusion->inspection->carrier->missing > 0) {
        sm_find_not_evaluated(finder);
        return;
    }
    FOR_EACH_LAYER(layer, conclusion)
        if (layer->certs_only) {
            if (!has_user_certificate(layer))
                sm_find(finder, layer, layer->octets, "the certs-only body of this 493 holds no certificate of a user");
            return;
        }
    sm_find(finder, NULL, SM_BYTES_NONE, "493 without a certs-only body: the sender cannot learn which certificate to encrypt for");
}

/* SMIME-SIP-004 */

static bool for_repeated(const sm_conclusion *conclusion)
{
    return conclusion->links.rejected_frame != 0;
}

static void check_downgrade(const sm_conclusion *conclusion, sm_finder *finder)
{
    sm_find(finder, NULL, SM_BYTES_NONE, "sent without S/MIME after S/MIME was answered %u in frame %u", conclusion->links.rejected_status,
            (unsigned)conclusion->links.rejected_frame);
}

/* SMIME-SIP-005 */

static bool for_accepted_message(const sm_conclusion *conclusion)
{
    const sm_sip_message *sip = sip_of(conclusion);
    return is_response(conclusion, 200, 299) && g_str_equal(sip->method, "MESSAGE") &&
           (conclusion->links.request_smime || rule_for_smime(conclusion));
}

static void check_bare_answer(const sm_conclusion *conclusion, sm_finder *finder)
{
    const sm_inspection *inspection = conclusion->inspection;
    if (inspection->sources[0].octets.length + inspection->carrier->missing > 0)
        sm_find(finder, NULL, SM_BYTES_NONE, "%u to MESSAGE has a body", inspection->sip->status);
    if (inspection->sip->contact)
        sm_find(finder, NULL, SM_BYTES_NONE, "%u to MESSAGE has a Contact header field", inspection->sip->status);
}

/* SMIME-SIP-006, SMIME-SIP-007: when it was said */

typedef struct dated {
    const char *where; /* "Date", "CPIM DateTime", ... */
    sm_moment moment;
} dated;

static bool for_signed_message(const sm_conclusion *conclusion)
{
    const sm_sip_message *sip = sip_of(conclusion);
    return sip && g_str_equal(sip->method, "MESSAGE") && rule_for_signed(conclusion);
}

static bool for_signed_sip(const sm_conclusion *conclusion)
{
    return sip_of(conclusion) && rule_for_signed(conclusion);
}

static bool has_signed_date(const sm_inspection *inspection)
{
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_part *part = inspection->parts[i];
        if (part->is_signed && part->tunnel && part->tunnel->inner->date)
            return true;
    }
    return false;
}

/* What serves the same end where messages are signed without their header fields (RFC 8591): a time that the signer vouches for. */
static bool has_signed_time(const sm_inspection *inspection)
{
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_part *part = inspection->parts[i];
        if (part->is_signed && part->cpim && part->cpim->date_time)
            return true;
    }
    for (unsigned i = 0; i < inspection->signer_count; i++)
        if (inspection->signers[i]->signature->signing_time.known)
            return true;
    return false;
}

static void check_signed_date(const sm_conclusion *conclusion, sm_finder *finder)
{
    if (has_signed_date(conclusion->inspection))
        return;
    if (sm_finder_profile(finder) != SM_PROFILE_RFC8591)
        sm_find(finder, NULL, SM_BYTES_NONE, "no Date header field is covered by the signature");
    else if (!has_signed_time(conclusion->inspection))
        sm_find(finder, NULL, SM_BYTES_NONE, "the signature covers no time: no Date, no CPIM DateTime, no signing-time");
}

static bool is_off(sm_moment said, sm_moment captured, int64_t *seconds)
{
    if (!said.known || !captured.known)
        return false;
    *seconds = said.seconds - captured.seconds;
    return *seconds > DATE_TOLERANCE_SECONDS || *seconds < -DATE_TOLERANCE_SECONDS;
}

/* The first time in the message that the capture contradicts. */
static bool find_off(const sm_inspection *inspection, dated *found, int64_t *seconds)
{
    sm_moment captured = inspection->carrier->time;
    for (unsigned i = 0; i < inspection->signer_count; i++) {
        *found = (dated){"signing-time", inspection->signers[i]->signature->signing_time};
        if (is_off(found->moment, captured, seconds))
            return true;
    }
    *found = (dated){"Date", inspection->sip->date_moment};
    if (is_off(found->moment, captured, seconds))
        return true;
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_part *part = inspection->parts[i];
        if (!part->is_signed)
            continue;
        if (part->tunnel) {
            *found = (dated){"tunnelled Date", part->tunnel->inner->date_moment};
            if (is_off(found->moment, captured, seconds))
                return true;
        }
        if (part->cpim && part->cpim->date_time) {
            *found = (dated){"CPIM DateTime", sm_moment_parse_rfc3339(part->cpim->date_time)};
            if (is_off(found->moment, captured, seconds))
                return true;
        }
    }
    return false;
}

static void check_clock(const sm_conclusion *conclusion, sm_finder *finder)
{
    const sm_inspection *inspection = conclusion->inspection;
    dated off;
    int64_t seconds;
    if (!inspection->carrier->time.known)
        sm_find_not_evaluated(finder);
    else if (find_off(inspection, &off, &seconds))
        sm_find(finder, NULL, SM_BYTES_NONE, "%s is %" G_GINT64_FORMAT " minutes %s the time of capture", off.where,
                (seconds < 0 ? -seconds : seconds) / 60, seconds < 0 ? "before" : "after");
}

/* SMIME-SIP-008: multipart/signed alone promises no validation, and a UA may do without it. One that takes S/MIME as well must be able to validate (RFC 8591
 * 6): only there it is clear what multipart/signed means. */

typedef struct advertised {
    bool pkcs7_mime, multipart_signed, pkcs7_signature;
} advertised;

static bool is_range(const char *listed, const char *range)
{
    return strcspn(listed, "; \t") == strlen(range) && g_str_has_prefix(listed, range);
}

static void add_advertised(advertised *sum, const char *const *list, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        bool any = is_range(list[i], "*") || is_range(list[i], "*/*") || is_range(list[i], "application/*");
        sum->pkcs7_mime = sum->pkcs7_mime || is_range(list[i], "application/pkcs7-mime");
        sum->multipart_signed = sum->multipart_signed || is_range(list[i], "multipart/signed");
        sum->pkcs7_signature = sum->pkcs7_signature || any || is_range(list[i], "application/pkcs7-signature") || is_range(list[i], "application/x-pkcs7-signature");
    }
}

static bool is_half_advertised(advertised list)
{
    return list.pkcs7_mime && list.multipart_signed && !list.pkcs7_signature;
}

/* The answers in which Accept tells what the sender can receive; a request's speaks of the answer to it, but for REGISTER and OPTIONS, which are made to
 * tell capabilities. */
static advertised advertised_in_accept(const sm_conclusion *conclusion)
{
    const sm_sip_message *sip = sip_of(conclusion);
    advertised list = {0};
    if (is_request(conclusion, "REGISTER") || is_request(conclusion, "OPTIONS") || is_response(conclusion, 200, 299) || is_response(conclusion, 415, 415))
        add_advertised(&list, sip->accept, sip->accept_count);
    return list;
}

static advertised advertised_in_media(const sm_sdp_msrp *media)
{
    advertised list = {0};
    add_advertised(&list, media->accept_types, media->accept_type_count);
    add_advertised(&list, media->accept_wrapped_types, media->accept_wrapped_type_count);
    return list;
}

static bool tells_of_smime(advertised list)
{
    return list.pkcs7_mime && list.multipart_signed;
}

#define FOR_EACH_MEDIA(media, inspection)                                                                                                       \
    for (unsigned part_ = 0; part_ < (inspection)->part_count; part_++)                                                                         \
        for (const sm_sdp_msrp *media = (inspection)->parts[part_]->sdp ? (inspection)->parts[part_]->sdp->msrp : NULL,                         \
                               *end_ = media ? media + (inspection)->parts[part_]->sdp->msrp_count : NULL;                                      \
             media < end_; media++)

static bool for_capabilities(const sm_conclusion *conclusion)
{
    if (!sip_of(conclusion))
        return false;
    FOR_EACH_MEDIA(media, conclusion->inspection)
        if (tells_of_smime(advertised_in_media(media)))
            return true;
    return tells_of_smime(advertised_in_accept(conclusion));
}

static void check_capabilities(const sm_conclusion *conclusion, sm_finder *finder)
{
    static const char *const lacks = "%s lists application/pkcs7-mime and multipart/signed, but not application/pkcs7-signature";
    if (is_half_advertised(advertised_in_accept(conclusion)))
        sm_find(finder, NULL, SM_BYTES_NONE, lacks, "Accept");
    FOR_EACH_MEDIA(media, conclusion->inspection)
        if (is_half_advertised(advertised_in_media(media))) {
            sm_find(finder, NULL, SM_BYTES_NONE, lacks, "SDP");
            return;
        }
}

/* SMIME-SIP-009: where SMIME-SIP-004 has more to say, that says it. */

static bool is_unsecured_answer(const sm_conclusion *conclusion)
{
    return is_response(conclusion, 101, 299) && conclusion->links.request_smime && !rule_for_smime(conclusion) &&
           conclusion->inspection->sources[0].octets.length > 0;
}

static bool for_unsecured(const sm_conclusion *conclusion)
{
    return (conclusion->links.smime_before != 0 && conclusion->links.rejected_frame == 0) || is_unsecured_answer(conclusion);
}

static void check_secured(const sm_conclusion *conclusion, sm_finder *finder)
{
    if (conclusion->links.smime_before)
        sm_find(finder, NULL, SM_BYTES_NONE, "sent without S/MIME, which this sender used towards this recipient in frame %u",
                (unsigned)conclusion->links.smime_before);
    else
        sm_find(finder, NULL, SM_BYTES_NONE, "the request with S/MIME in frame %u is answered with a body without it",
                (unsigned)conclusion->links.request_frame);
}

static const sm_rule rules[] = {
    {"SMIME-SIP-001", "MESSAGE of 1300 octets at most", "MUST NOT", "RFC 3428 8; RFC 8591 7.1",
     "A larger request is fragmented over UDP, and a lost fragment loses the message and congests the network. Leave out what the recipient has "
     "(certificates), or send it over MSRP. A reliable first hop says nothing of the hops after it; outside the strict profile it is trusted.",
     SEVERITY_BY_PROFILE(SM_SEVERITY_WARNING, SM_SEVERITY_WARNING, SM_SEVERITY_ERROR), for_smime_message, check_size},
    {"SMIME-SIP-002", "415 says what would be taken", "MUST", "RFC 3261 21.4.13; RFC 8591 7.3",
     "A sender whose S/MIME body is refused can choose another form only when the response lists the accepted types. Without the list all that is "
     "left is guessing, or sending in the clear.",
     SEVERITY_ALL(SM_SEVERITY_WARNING), for_unsupported, check_accept},
    {"SMIME-SIP-003", "493 offers a certificate", "SHOULD", "RFC 3261 23.2",
     "Who could not decrypt a message should send the certificate to encrypt for. A 493 without one says that encryption is not wanted at all, "
     "and invites the sender to do without.",
     SEVERITY_BY_PROFILE(SM_SEVERITY_NOTE, SM_SEVERITY_WARNING, SM_SEVERITY_WARNING), for_undecipherable, check_certificate_offered},
    {"SMIME-SIP-004", "No downgrade after a rejection", "NOTE", "RFC 3261 23.2",
     "Nothing protects a 415 or 493 response: anybody on the way can forge it to make the sender repeat the message where all can read it. The "
     "sender's user should have been asked.",
     SEVERITY_ALL(SM_SEVERITY_WARNING), for_repeated, check_downgrade},
    {"SMIME-SIP-005", "2xx to MESSAGE is bare", "MUST NOT", "RFC 3428 7",
     "A MESSAGE is answered, not replied to: content in the response reaches the sender outside of any protection, and a Contact makes believe that "
     "there is a dialog.",
     SEVERITY_BY_PROFILE(SM_SEVERITY_WARNING, SM_SEVERITY_WARNING, SM_SEVERITY_ERROR), for_accepted_message, check_bare_answer},
    {"SMIME-SIP-006", "Signed MESSAGE tells its time", "MUST", "RFC 3428 11.4",
     "Without a time under the signature an old message can be sent again as a new one. RFC 3428 asks for a Date header field that the signature "
     "covers; RFC 8591 signs the body alone, where CPIM's DateTime or the signing-time attribute does the same.",
     SEVERITY_BY_PROFILE(SM_SEVERITY_WARNING, SM_SEVERITY_WARNING, SM_SEVERITY_ERROR), for_signed_message, check_signed_date},
    {"SMIME-SIP-007", "Message is of its time", "SHOULD", "RFC 3428 11.4; RFC 3261 23.4.2",
     "A time more than an hour from the capture's own clock is the mark of a replayed message, of one that was stored and forwarded, or of a wrong "
     "clock.",
     SEVERITY_ALL(SM_SEVERITY_WARNING), for_signed_sip, check_clock},
    {"SMIME-SIP-008", "Validation is advertised whole", "MUST", "RFC 8591 6",
     "multipart/signed tells that a user agent can show clear-signed content, application/pkcs7-signature that it validates the signature. Where the second is "
     "missing a sender must take it that signatures go unchecked, and may send something else, or nothing.",
     SEVERITY_BY_PROFILE(SM_SEVERITY_NOTE, SM_SEVERITY_OFF, SM_SEVERITY_WARNING), for_capabilities, check_capabilities},
    {"SMIME-SIP-009", "What was secured stays secured", "SHOULD", "RFC 3261 23.2",
     "An answer without S/MIME to a request with it, or a plain message from somebody who protected those before, is what the conversation looks like "
     "when someone in between took the protection away.",
     SEVERITY_ALL(SM_SEVERITY_WARNING), for_unsecured, check_secured},
};

const rule_shelf sip_rules = RULE_SHELF(rules);
