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

/* SMIME-ID-005 */

/* Whom an envelope can be opened by. */
typedef struct readers {
    unsigned addressed, senders, unknown;
    const char *stranger; /* the first who is neither; owned by the layer's recipients */
    unsigned strangers;
} readers;

static void count_reader(readers *found, sm_arena *arena, const sm_conclusion *conclusion, const sm_recipient *recipient)
{
    const sm_identity *addressed = sm_recipient_addressed(arena, conclusion, recipient);
    if (!addressed || (addressed->verdict.kind != SM_PASS && addressed->verdict.reason != SM_REASON_DIFFERENT_IDENTITY)) {
        found->unknown++;
    } else if (addressed->verdict.kind == SM_PASS) {
        found->addressed++;
    } else if (sm_recipient_is_sender(arena, conclusion, recipient)->verdict.kind == SM_PASS) {
        found->senders++;
    } else {
        found->strangers++;
        if (!found->stranger)
            found->stranger = recipient->owner ? recipient->owner : recipient->id;
    }
}

static void check_readers(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_LAYER(layer, conclusion) {
        const sm_decryption *decryption = rule_layer_encrypts(layer) ? layer->decryption : NULL;
        if (!decryption || decryption->recipient_count == 0)
            continue;
        sm_arena *arena = sm_arena_new();
        readers found = {0};
        for (unsigned i = 0; i < decryption->recipient_count; i++)
            count_reader(&found, arena, conclusion, &decryption->recipients[i]);
        const char *also = found.addressed ? "also " : "";
        if (found.strangers > 1)
            sm_find(finder, layer, SM_BYTES_NONE, "%sencrypted for %s and %u more, to whom the message is not addressed", also, found.stranger, found.strangers - 1);
        else if (found.strangers)
            sm_find(finder, layer, SM_BYTES_NONE, "%sencrypted for %s, to whom the message is not addressed", also, found.stranger);
        else if (!found.addressed && !found.unknown)
            sm_find(finder, layer, SM_BYTES_NONE, "encrypted for its sender alone: whom it is addressed to cannot read it");
        else if (!found.addressed)
            sm_find_not_evaluated(finder);
        sm_arena_free(arena);
    }
}

static const sm_rule rules[] = {
    {"SMIME-ID-001", "Signer is the SIP sender", "SHOULD", "RFC 3261 23.2; RFC 8591 4.4.1, 12",
     "A valid signature by somebody else says nothing about the sender that the message names: the signer's SIP URI must be the From address-of-record, or the user must be told.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), for_signed_request, check_identity},
    {"SMIME-ID-003", "MSRP signer is the session's peer", "MUST", "RFC 8591 8.4",
     "MSRP names no user. The signer must be the address-of-record of the SIP dialog's party whose path the message comes from.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), for_signed_msrp, check_identity},
    {"SMIME-ID-005", "Encrypted for whom it is addressed to", "POLICY", "RFC 3261 23.1; RFC 8591 8.4",
     "Whoever else the content key is encrypted for reads along: an archive, a gateway, or somebody who replaced the certificate that the sender's "
     "user agent holds of the recipient. Only recipients whose certificates are known can be told; the sender's own copy is none of them.",
     SEVERITY_ALL(SM_SEVERITY_WARNING), rule_for_encrypted, check_readers},
};

const rule_shelf identity_rules = RULE_SHELF(rules);
