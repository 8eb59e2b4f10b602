/* CSV report (RFC 4180): one message a row, under a row of names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report.h"

#define LINE_END "\r\n"

/* A cell that begins so is a formula to a spreadsheet; an apostrophe before it makes it text. */
#define FORMULA_STARTS "=+-@\t\r"

static void cell(audit_report *report, const char *text)
{
    fputc('"', report->stream);
    if (*text && strchr(FORMULA_STARTS, *text))
        fputc('\'', report->stream);
    for (const char *c = text; *c; c++) {
        if (*c == '"')
            fputc('"', report->stream);
        fputc(*c, report->stream);
    }
    fputs("\",", report->stream);
}

static void number_cell(audit_report *report, guint64 number)
{
    fprintf(report->stream, "%" G_GUINT64_FORMAT ",", number);
}

static void verdict_cells(audit_report *report, audit_verdict verdict)
{
    cell(report, sm_verdict_word(verdict.kind));
    cell(report, sm_reason_word(verdict.reason));
}

static void begin(audit_report *report)
{
    fputs(
        "file,number,first_frame,last_frame,time,carrier,transport,source,destination,method,from,to,layers,signed,signed_reason,"
        "encrypted,encrypted_reason,identity,identity_reason,signer,content_type,content_length,summary,errors,warnings,notes,rules" LINE_END,
        report->stream);
}

static void message(audit_report *report, const audit_input *input, const audit_record *record)
{
    cell(report, input->name);
    number_cell(report, record->number);
    number_cell(report, record->first_frame);
    number_cell(report, record->last_frame);
    cell(report, record->time);
    cell(report, sm_carrier_kind_word(record->carrier));
    cell(report, record->transport);
    cell(report, record->source);
    cell(report, record->destination);
    cell(report, record->method);
    cell(report, record->from);
    cell(report, record->to);
    cell(report, record->layers);
    verdict_cells(report, record->signed_);
    verdict_cells(report, record->encrypted);
    verdict_cells(report, record->identity);
    cell(report, record->signer);
    cell(report, record->content_type);
    if (record->has_content)
        number_cell(report, record->content_length);
    else
        fputc(',', report->stream);
    cell(report, record->summary);

    unsigned counts[SEVERITIES] = {0};
    GString *rules = g_string_new(NULL);
    for (unsigned i = 0; i < record->finding_count; i++) {
        counts[record->findings[i].severity]++;
        g_string_append_printf(rules, "%s%s", i ? " " : "", record->findings[i].rule);
    }
    for (int severity = SM_SEVERITY_ERROR; severity >= SM_SEVERITY_NOTE; severity--)
        number_cell(report, counts[severity]);
    fprintf(report->stream, "\"%s\"" LINE_END, rules->str);
    g_string_free(rules, TRUE);
}

static void input_end(audit_report *report, const audit_input *input, const capture_outcome *outcome)
{
    (void)report;
    (void)input;
    (void)outcome;
}

static void end(audit_report *report, const audit_summary *summary)
{
    (void)report;
    (void)summary;
}

const audit_report_format report_csv = {false, begin, message, input_end, end};
