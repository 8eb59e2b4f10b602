/* The catalogue's shelves: each subject's file of rules exports one. For engine/rules/ alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "rules/rule.h"

typedef struct rule_shelf {
    const sm_rule *rules;
    unsigned count;
} rule_shelf;

#define RULE_SHELF(array) {(array), G_N_ELEMENTS(array)}

/* The same severity in every profile. */
#define SEVERITY_ALL(level) {(level), (level), (level)}
/* By profile: rfc8591, rfc3261, strict. */
#define SEVERITY_BY_PROFILE(rfc8591, rfc3261, strict) {(rfc8591), (rfc3261), (strict)}

extern const rule_shelf wrap_rules;
extern const rule_shelf signature_rules;
extern const rule_shelf encryption_rules;
extern const rule_shelf certificate_rules;
extern const rule_shelf identity_rules;
extern const rule_shelf key_management_rules;
extern const rule_shelf sip_rules;
extern const rule_shelf tunnel_rules;
extern const rule_shelf identity_body_rules;
extern const rule_shelf cpim_imdn_rules;
extern const rule_shelf policy_capture_rules;

/* Rules report over the layers that they concern: runs `body` for each layer of the conclusion as `layer`. */
#define FOR_EACH_LAYER(layer, conclusion)                                                                              \
    for (unsigned layer##_i = 0; layer##_i < (conclusion)->inspection->layer_count; layer##_i++)                       \
        for (const sm_layer *layer = (conclusion)->inspection->layers[layer##_i]; layer; layer = NULL)

#define FOR_EACH_SIGNER(signer, conclusion)                                                                            \
    for (unsigned signer##_i = 0; signer##_i < (conclusion)->inspection->signer_count; signer##_i++)                   \
        for (const sm_signer *signer = (conclusion)->inspection->signers[signer##_i]; signer; signer = NULL)

/* Common answers to applies(). */
bool rule_for_smime(const sm_conclusion *conclusion);
bool rule_for_signed(const sm_conclusion *conclusion);    /* some layer has a signer */
bool rule_for_encrypted(const sm_conclusion *conclusion); /* some layer encrypts */

bool rule_layer_encrypts(const sm_layer *layer);

/* Whether every octet of the message was captured. */
bool rule_sees_whole(const sm_conclusion *conclusion);
/* The same, and false makes the rule not evaluated: for rules on what a header inside the body lacks or says otherwise, which may be what was cut. */
bool rule_needs_whole(const sm_conclusion *conclusion, sm_finder *finder);

/* Reports a verdict: fail becomes a finding with the verdict's detail after `what`, not evaluated becomes "not evaluated". */
void rule_report_verdict(sm_finder *finder, const sm_layer *layer, sm_bytes where, const char *what, sm_verdict verdict);

/* The verdict with the diagnosis of the failure (may be NULL) after its detail. */
sm_verdict rule_explained(sm_finder *finder, sm_verdict verdict, const char *diagnosis);
