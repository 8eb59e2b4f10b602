/* JSON reports: one document (json), or one message a line (jsonl). docs/report.schema.json describes them.
 *
 * Each message stands on a line of its own in both, so that a large report is written as it comes and can be read with line tools.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report.h"

#include "json.h"

/* json */

static void begin_document(audit_report *report)
{
    report->inputs = g_string_new(NULL);
    fprintf(report->stream, "{\"tool\":\"%s\",\"version\":\"%s\",\"profile\":\"%s\",\n\"messages\":[",
            AUDIT_NAME, SIPSMIME_VERSION, sm_profile_word(report->options->profile));
}

static void write_element(audit_report *report, const audit_input *input, const audit_record *record)
{
    (void)input;
    fprintf(report->stream, "%s\n%s", report->messages++ ? "," : "", record->json);
}

static void keep_input(audit_report *report, const audit_input *input, const capture_outcome *outcome)
{
    sm_arena *arena = sm_arena_new();
    json_writer json;
    json_begin(&json, arena);
    json_text(&json, "file", input->name);
    if (outcome->has_sha256)
        json_text(&json, "sha256", sm_arena_hex(arena, sm_bytes_of(outcome->sha256, sizeof outcome->sha256)));
    else
        json_null(&json, "sha256");
    json_number(&json, "frames", outcome->frames);
    json_text(&json, "status", audit_input_status_word(outcome->status));
    json_text(&json, "error", *outcome->error ? outcome->error : NULL);
    char *text = json_end(&json);
    g_string_append_printf(report->inputs, "%s\n%s", report->inputs->len ? "," : "", text);
    g_free(text);
    sm_arena_free(arena);
}

static void verdict_counts(json_writer *json, const char *name, const guint64 *counts)
{
    json_object(json, name);
    for (int kind = SM_PASS; kind >= SM_NOT_EVALUATED; kind--)
        json_number(json, sm_verdict_word((sm_verdict_kind)kind), counts[kind]);
    json_object_end(json);
}

static char *summary_text(const audit_report *report, const audit_summary *summary)
{
    sm_arena *arena = sm_arena_new();
    json_writer json;
    json_begin(&json, arena);
    json_object(&json, "inputs");
    json_number(&json, "read", summary->inputs[AUDIT_INPUT_READ]);
    json_number(&json, "incomplete", summary->inputs[AUDIT_INPUT_INCOMPLETE]);
    json_number(&json, "unreadable",
                summary->inputs[AUDIT_INPUT_UNREADABLE] + summary->inputs[AUDIT_INPUT_UNRECOGNISED]);
    json_object_end(&json);
    json_number(&json, "frames", summary->frames);
    json_number(&json, "messages", summary->messages);
    json_number(&json, "sip_messages", summary->sip_messages);
    json_number(&json, "msrp_messages", summary->msrp_messages);
    json_number(&json, "smime_messages", summary->smime_messages);
    verdict_counts(&json, "signed", summary->signed_);
    verdict_counts(&json, "encrypted", summary->encrypted);
    verdict_counts(&json, "identity", summary->identity);
    json_number(&json, "not_evaluated_messages", summary->unevaluated);
    json_object(&json, "findings");
    for (int severity = SM_SEVERITY_ERROR; severity >= SM_SEVERITY_NOTE; severity--)
        json_number(&json, sm_severity_word((sm_severity)severity), summary->findings[severity]);
    json_object_end(&json);
    json_object(&json, "rules");
    GPtrArray *rules = audit_summary_rules(summary);
    for (unsigned i = 0; i < rules->len; i++)
        json_number(&json, g_ptr_array_index(rules, i),
                    audit_summary_rule_count(summary, g_ptr_array_index(rules, i)));
    g_ptr_array_unref(rules);
    json_object_end(&json);
    json_number(&json, "exit_status", audit_summary_status(summary, report->options));
    char *text = json_end(&json);
    sm_arena_free(arena);
    return text;
}

static void end_document(audit_report *report, const audit_summary *summary)
{
    char *counts = summary_text(report, summary);
    fprintf(report->stream, "\n],\n\"inputs\":[%s\n],\n\"summary\":%s}\n", report->inputs->str, counts);
    g_free(counts);
    g_string_free(report->inputs, TRUE);
    report->inputs = NULL;
}

const audit_report_format report_json = {true, begin_document, write_element, keep_input, end_document};

/* jsonl */

static void begin_lines(audit_report *report)
{
    (void)report;
}

static void write_line(audit_report *report, const audit_input *input, const audit_record *record)
{
    (void)input;
    fprintf(report->stream, "%s\n", record->json);
}

static void end_input_lines(audit_report *report, const audit_input *input, const capture_outcome *outcome)
{
    (void)report;
    (void)input;
    (void)outcome;
}

static void end_lines(audit_report *report, const audit_summary *summary)
{
    (void)report;
    (void)summary;
}

const audit_report_format report_jsonl = {true, begin_lines, write_line, end_input_lines, end_lines};
