/* Summary: see summary.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "summary.h"

void audit_summary_init(audit_summary *summary)
{
    *summary = (audit_summary){.rules = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
}

void audit_summary_clear(audit_summary *summary)
{
    g_hash_table_unref(summary->rules);
    summary->rules = NULL;
}

static void count_rule(audit_summary *summary, const char *rule)
{
    guint64 *count = g_hash_table_lookup(summary->rules, rule);
    if (!count) {
        count = g_new0(guint64, 1);
        g_hash_table_insert(summary->rules, g_strdup(rule), count);
    }
    ++*count;
}

void audit_summary_count_message(audit_summary *summary, const audit_record *record)
{
    summary->messages++;
    if (record->carrier == SM_CARRIER_MSRP)
        summary->msrp_messages++;
    else
        summary->sip_messages++;
    if (record->smime) {
        summary->smime_messages++;
        summary->signed_[record->signed_.kind]++;
        summary->encrypted[record->encrypted.kind]++;
        summary->identity[record->identity.kind]++;
    }
    summary->unevaluated += audit_record_is_unevaluated(record);
    for (unsigned i = 0; i < record->finding_count; i++) {
        summary->findings[record->findings[i].severity]++;
        count_rule(summary, record->findings[i].rule);
    }
}

void audit_summary_count_input(audit_summary *summary, const capture_outcome *outcome)
{
    summary->inputs[outcome->status]++;
    summary->frames += outcome->frames;
    if (outcome->status != AUDIT_INPUT_READ)
        summary->trouble = true;
}

static int compare_ids(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *audit_summary_rules(const audit_summary *summary)
{
    GPtrArray *ids = g_ptr_array_new();
    GHashTableIter iterator;
    gpointer id;
    g_hash_table_iter_init(&iterator, summary->rules);
    while (g_hash_table_iter_next(&iterator, &id, NULL))
        g_ptr_array_add(ids, id);
    g_ptr_array_sort(ids, compare_ids);
    return ids;
}

guint64 audit_summary_rule_count(const audit_summary *summary, const char *rule)
{
    const guint64 *count = g_hash_table_lookup(summary->rules, rule);
    return count ? *count : 0;
}

audit_status audit_summary_status(const audit_summary *summary, const audit_options *options)
{
    if (summary->trouble)
        return AUDIT_TROUBLE;
    if (options->fail_on == SM_SEVERITY_OFF)
        return AUDIT_CLEAN;
    if (options->require_evaluated && summary->unevaluated)
        return AUDIT_FINDINGS; /* counts as an error, the highest level there is */
    for (sm_severity severity = options->fail_on; severity <= SM_SEVERITY_ERROR; severity++)
        if (summary->findings[severity])
            return AUDIT_FINDINGS;
    return AUDIT_CLEAN;
}
