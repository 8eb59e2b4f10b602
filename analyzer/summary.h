/* Summary: the counts at the end of a report, and the exit status they make.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "capture.h"
#include "options.h"
#include "record.h"

#define VERDICT_KINDS (SM_PASS + 1)
#define SEVERITIES (SM_SEVERITY_ERROR + 1)

typedef struct audit_summary {
    unsigned inputs[AUDIT_INPUT_UNRECOGNISED + 1]; /* by audit_input_status */
    guint64 frames;
    guint64 messages, sip_messages, msrp_messages, smime_messages;
    guint64 signed_[VERDICT_KINDS], encrypted[VERDICT_KINDS],
        identity[VERDICT_KINDS]; /* of S/MIME messages */
    guint64 unevaluated;         /* S/MIME messages with a verdict that could not be reached */
    guint64 findings[SEVERITIES];
    GHashTable *rules; /* rule id -> guint64 *: findings */
    bool trouble;      /* something makes status 2 */
} audit_summary;

void audit_summary_init(audit_summary *summary);
void audit_summary_clear(audit_summary *summary);

void audit_summary_count_message(audit_summary *summary, const audit_record *record);
void audit_summary_count_input(audit_summary *summary, const capture_outcome *outcome);

/* Rule ids with findings, sorted; release the array with g_ptr_array_unref(). */
GPtrArray *audit_summary_rules(const audit_summary *summary);
guint64 audit_summary_rule_count(const audit_summary *summary, const char *rule);

audit_status audit_summary_status(const audit_summary *summary, const audit_options *options);
