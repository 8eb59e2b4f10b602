/* Rules on the identity of the signer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/catalogue.h"

static bool for_signed_request(const sm_conclusion *conclusion)
{
    const sm_inspection *inspection = conclusion->inspection;
    return inspection->signer_count > 0 && inspection->carrier->kind == SM_CARRIER_SIP && inspection->sip->request;
}

static bool for_signed_msrp(const sm_conclusion *conclusion)
{
    const sm_inspection *inspection = conclusion->inspection;
    return inspection->signer_count > 0 && inspection->carrier->kind == SM_CARRIER_MSRP;
}

/* A certificate without any SIP identity is SMIME-CERT-008's subject: one fault, one finding. */
static void check_identity(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_SIGNER(signer, conclusion) {
        const sm_identity *identity = conclusion->identities[signer->index];
        if (identity->verdict.reason != SM_REASON_NO_SIP_IDENTITY)
            rule_report_verdict(finder, signer->layer, SM_BYTES_NONE, "the signer is not the sender", identity->verdict);
    }
}

static const sm_rule rules[] = {
    {"SMIME-ID-001", "Signer is the SIP sender", "SHOULD", "RFC 3261 23.2; RFC 8591 4.4.1, 12",
     "A valid signature by somebody else says nothing about the sender that the message names: the signer's SIP URI must be the From address-of-record, or the user must be told.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), for_signed_request, check_identity},
    {"SMIME-ID-003", "MSRP signer is the session's peer", "MUST", "RFC 8591 8.4",
     "MSRP names no user. The signer must be the address-of-record of the SIP dialog's party whose path the message comes from.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), for_signed_msrp, check_identity},
};

const rule_shelf identity_rules = RULE_SHELF(rules);
