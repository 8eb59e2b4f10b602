/* Rules on the signer's certificate.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/catalogue.h"

/* SMIME-CERT-001 */
static void check_path(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_SIGNER(signer, conclusion)
        rule_report_verdict(finder, signer->layer, SM_BYTES_NONE, "the signer's certificate does not lead to a trust anchor", signer->path_verdict);
}

/* SMIME-CERT-002: one finding a signer, whichever moments it concerns. A missing signing-time is SMIME-SIG-015's subject. */
static void check_validity(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_SIGNER(signer, conclusion) {
        const sm_verdict *capture = &signer->valid_at_capture, *signing = &signer->valid_at_signing;
        if (capture->kind == SM_FAIL && signing->kind == SM_FAIL)
            rule_report_verdict(finder, signer->layer, SM_BYTES_NONE, "not valid at signing nor at capture time", *signing);
        else if (signing->kind == SM_FAIL)
            rule_report_verdict(finder, signer->layer, SM_BYTES_NONE, "not valid at signing time", *signing);
        else
            rule_report_verdict(finder, signer->layer, SM_BYTES_NONE, "not valid at capture time", *capture);
    }
}

/* SMIME-CERT-003 */
static void check_revocation(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_SIGNER(signer, conclusion)
        rule_report_verdict(finder, signer->layer, SM_BYTES_NONE, "the signer's certificate does not stand", signer->revocation);
}

/* SMIME-CERT-008 */
static void check_sip_uri(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_SIGNER(signer, conclusion)
        if (signer->certificate && conclusion->identities[signer->index]->verdict.reason == SM_REASON_NO_SIP_IDENTITY)
            sm_find(finder, signer->layer, SM_BYTES_NONE, "%s has no SIP URI in subjectAltName",
                    *signer->certificate->subject ? signer->certificate->subject : "the signer's certificate");
}

/* SMIME-CERT-015 */
static void check_same_certificate(const sm_conclusion *conclusion, sm_finder *finder)
{
    if (conclusion->links.certificate_changed)
        sm_find(finder, NULL, SM_BYTES_NONE, "the sender signs with a certificate not seen before; in frame %u it was %s",
                (unsigned)conclusion->links.certificate_changed, conclusion->links.previous_certificate);
}

static const sm_rule rules[] = {
    {"SMIME-CERT-001", "Certificate leads to a trust anchor", "MUST", "RFC 8550 4.2; RFC 5280 6.1",
     "A signature tells who signed only as far as the certificate can be trusted. Give the auditor the anchors that the recipients trust.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), rule_for_signed, check_path},
    {"SMIME-CERT-002", "Certificate valid at signing and at capture", "MUST", "RFC 5280 6.1.3",
     "Outside its validity period nobody answers for a certificate. The two moments are judged apart: a message may have been signed in time and delivered late.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), rule_for_signed, check_validity},
    {"SMIME-CERT-003", "Certificate not revoked", "MUST", "RFC 8550 2.1, 4.1, 4.2",
     "A revoked certificate's key may be in other hands. Revocation is judged from the CRLs that come with the message or were given.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), rule_for_signed, check_revocation},
    {"SMIME-CERT-008", "SIP URI in subjectAltName", "MUST", "RFC 8591 4.4.1",
     "The identity of a SIP user is a uniformResourceIdentifier in subjectAltName. A mail address, a DNS name or the subject's common name is none, however alike it looks.",
     SEVERITY_BY_PROFILE(SM_SEVERITY_ERROR, SM_SEVERITY_WARNING, SM_SEVERITY_ERROR), rule_for_signed, check_sip_uri},
    {"SMIME-CERT-015", "The sender's certificate is the known one", "MUST", "RFC 3261 23.2",
     "Another certificate than before for the same address-of-record may be a new device or a renewed key, or somebody else who took the address. The "
     "recipient's user has to be told.",
     SEVERITY_ALL(SM_SEVERITY_WARNING), rule_for_signed, check_same_certificate},
};

const rule_shelf certificate_rules = RULE_SHELF(rules);
