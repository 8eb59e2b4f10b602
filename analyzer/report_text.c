/* Text report: what a person reads. S/MIME messages and whatever has a finding are shown, plain ones counted.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report.h"

#include "text_layout.h"

/* Columns where things stand. */
#define MARK_COLUMN 2
#define MARK_WIDTH 6
#define BODY_COLUMN (MARK_COLUMN + MARK_WIDTH)
#define SEVERITY_WIDTH 9 /* "warning" and a gap */
#define RULE_WIDTH 17    /* "SMIME-POLICY-001" and a gap */
#define MESSAGE_COLUMN (BODY_COLUMN + SEVERITY_WIDTH + RULE_WIDTH)
#define NAME_WIDTH 14 /* of the summary's first column */
#define COUNT_WIDTH 16

static const text_colour severity_colours[] = {
    [SM_SEVERITY_OFF] = TEXT_PLAIN,
    [SM_SEVERITY_NOTE] = TEXT_CYAN,
    [SM_SEVERITY_WARNING] = TEXT_YELLOW,
    [SM_SEVERITY_ERROR] = TEXT_RED,
};

static void put(audit_report *report, text_colour colour, const char *text)
{
    text_put(report->stream, report->colour, colour, text);
}

/* The text with blanks up to a width. */
static void put_padded(audit_report *report, text_colour colour, const char *text, int width)
{
    put(report, colour, text);
    fprintf(report->stream, "%*s", MAX(width - text_width(text), 1), "");
}

static void line_of(audit_report *report, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void line_of(audit_report *report, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    text_wrap(report->stream, text, BODY_COLUMN, BODY_COLUMN);
    g_free(text);
}

static void begin(audit_report *report)
{
    report->colour = text_may_colour(report->stream);
    report->heading = false;
}

/* Messages */

static void heading(audit_report *report, const audit_input *input)
{
    if (report->heading)
        return;
    put(report, TEXT_BOLD, input->name);
    fputc('\n', report->stream);
    report->heading = true;
}

/* One word for the message: what is wrong before what is open before what holds. */
static void put_mark(audit_report *report, const audit_record *record)
{
    const sm_verdict_kind kinds[] = {record->signed_.kind, record->encrypted.kind, record->identity.kind};
    bool fails = false, open = false, passes = false;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        fails = fails || kinds[i] == SM_FAIL;
        open = open || kinds[i] == SM_NOT_EVALUATED;
        passes = passes || kinds[i] == SM_PASS;
    }
    for (unsigned i = 0; i < record->finding_count; i++)
        fails = fails || record->findings[i].severity == SM_SEVERITY_ERROR;
    fprintf(report->stream, "%*s", MARK_COLUMN, "");
    if (fails)
        put_padded(report, TEXT_RED, "FAIL", MARK_WIDTH);
    else if (open)
        put_padded(report, TEXT_YELLOW, "?", MARK_WIDTH);
    else
        put_padded(report, passes ? TEXT_GREEN : TEXT_DIM, passes ? "pass" : "-", MARK_WIDTH);
}

static char *frames_text(const audit_record *record)
{
    if (record->first_frame == record->last_frame)
        return g_strdup_printf("frame %u", record->last_frame);
    return g_strdup_printf("frames %u to %u", record->first_frame, record->last_frame);
}

static void headline(audit_report *report, const audit_record *record)
{
    char *frames = frames_text(record);
    const char *carrier = record->carrier == SM_CARRIER_MSRP ? "MSRP" : "SIP";
    char *text =
        g_strdup_printf("%s, %s %s, %s -> %s", frames, carrier, record->method,
                        *record->from ? record->from : "unknown", *record->to ? record->to : "unknown");
    put_mark(report, record);
    text_wrap(report->stream, text, BODY_COLUMN, BODY_COLUMN);
    g_free(text);
    g_free(frames);
}

static void put_finding(audit_report *report, const audit_finding *finding)
{
    const sm_rule *rule = sm_rule_by_id(finding->rule);
    fprintf(report->stream, "%*s", BODY_COLUMN, "");
    put_padded(report, severity_colours[finding->severity], sm_severity_word(finding->severity),
               SEVERITY_WIDTH);
    put_padded(report, TEXT_PLAIN, finding->rule, RULE_WIDTH);
    char *text =
        rule ? g_strdup_printf("%s (%s)", finding->message, rule->citation) : g_strdup(finding->message);
    text_wrap(report->stream, text, MESSAGE_COLUMN, MESSAGE_COLUMN);
    g_free(text);
}

static void message(audit_report *report, const audit_input *input, const audit_record *record)
{
    if (!record->smime && record->finding_count == 0)
        return;
    heading(report, input);
    headline(report, record);
    fprintf(report->stream, "%*s", BODY_COLUMN, "");
    line_of(report, "%s", *record->summary ? record->summary : "not protected");
    for (unsigned i = 0; i < record->finding_count; i++)
        put_finding(report, &record->findings[i]);
}

static void input_end(audit_report *report, const audit_input *input, const capture_outcome *outcome)
{
    if (outcome->status != AUDIT_INPUT_READ) {
        heading(report, input);
        fprintf(report->stream, "%*s", MARK_COLUMN, "");
        put_padded(report, TEXT_RED, outcome->status == AUDIT_INPUT_INCOMPLETE ? "CUT" : "NONE", MARK_WIDTH);
        line_of(report, "%s: %s", audit_input_status_word(outcome->status), outcome->error);
    }
    if (report->heading)
        fputc('\n', report->stream);
    report->heading = false;
}

/* The table at the end */

static void count_cell(audit_report *report, text_colour colour, guint64 count)
{
    char text[32];
    g_snprintf(text, sizeof text, "%*" G_GUINT64_FORMAT, COUNT_WIDTH, count);
    put(report, count ? colour : TEXT_DIM, text);
}

static void name_cell(audit_report *report, const char *name)
{
    fprintf(report->stream, "%*s%-*s", MARK_COLUMN, "", NAME_WIDTH, name);
}

/* A count and what it is made of. */
static void count_row(audit_report *report, const char *name, guint64 count, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
static void count_row(audit_report *report, const char *name, guint64 count, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *parts = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    name_cell(report, name);
    fprintf(report->stream, "%*" G_GUINT64_FORMAT "%s%s\n", COUNT_WIDTH, count, *parts ? "   " : "", parts);
    g_free(parts);
}

static void verdict_row(audit_report *report, const char *name, const guint64 *counts)
{
    name_cell(report, name);
    count_cell(report, TEXT_GREEN, counts[SM_PASS]);
    count_cell(report, TEXT_RED, counts[SM_FAIL]);
    count_cell(report, TEXT_YELLOW, counts[SM_NOT_EVALUATED]);
    count_cell(report, TEXT_PLAIN, counts[SM_NOT_APPLICABLE]);
    fputc('\n', report->stream);
}

static void verdict_table(audit_report *report, const audit_summary *summary)
{
    fprintf(report->stream, "\n%*s%*s%*s%*s%*s\n", MARK_COLUMN + NAME_WIDTH, "", COUNT_WIDTH, "pass",
            COUNT_WIDTH, "fail", COUNT_WIDTH, "not evaluated", COUNT_WIDTH, "not applicable");
    verdict_row(report, "signed", summary->signed_);
    verdict_row(report, "encrypted", summary->encrypted);
    verdict_row(report, "identity", summary->identity);
}

static void rule_row(audit_report *report, const audit_summary *summary, const char *id)
{
    const sm_rule *rule = sm_rule_by_id(id);
    fprintf(report->stream, "%*s%*" G_GUINT64_FORMAT "   %-*s", MARK_COLUMN + NAME_WIDTH, "", COUNT_WIDTH,
            audit_summary_rule_count(summary, id), RULE_WIDTH, id);
    int column = MARK_COLUMN + NAME_WIDTH + COUNT_WIDTH + 3 + RULE_WIDTH;
    text_wrap(report->stream, rule ? rule->title : "", column, column);
}

static void end(audit_report *report, const audit_summary *summary)
{
    guint64 unreadable = summary->inputs[AUDIT_INPUT_UNREADABLE] + summary->inputs[AUDIT_INPUT_UNRECOGNISED];
    guint64 inputs = summary->inputs[AUDIT_INPUT_READ] + summary->inputs[AUDIT_INPUT_INCOMPLETE] + unreadable;
    guint64 findings = summary->findings[SM_SEVERITY_ERROR] + summary->findings[SM_SEVERITY_WARNING] +
                       summary->findings[SM_SEVERITY_NOTE];

    put(report, TEXT_BOLD, "Summary");
    fprintf(report->stream, ", profile %s\n\n", sm_profile_word(report->options->profile));
    if (unreadable || summary->inputs[AUDIT_INPUT_INCOMPLETE])
        count_row(report, "captures", inputs, "read %u, incomplete %u, unreadable %" G_GUINT64_FORMAT,
                  summary->inputs[AUDIT_INPUT_READ], summary->inputs[AUDIT_INPUT_INCOMPLETE], unreadable);
    else
        count_row(report, "captures", inputs, "%s", "");
    count_row(report, "frames", summary->frames, "%s", "");
    count_row(report, "messages", summary->messages, "SIP %" G_GUINT64_FORMAT ", MSRP %" G_GUINT64_FORMAT,
              summary->sip_messages, summary->msrp_messages);
    count_row(report, "with S/MIME", summary->smime_messages, "%s", "");
    if (summary->smime_messages)
        verdict_table(report, summary);

    fputc('\n', report->stream);
    count_row(report, "findings", findings,
              "errors %" G_GUINT64_FORMAT ", warnings %" G_GUINT64_FORMAT ", notes %" G_GUINT64_FORMAT,
              summary->findings[SM_SEVERITY_ERROR], summary->findings[SM_SEVERITY_WARNING],
              summary->findings[SM_SEVERITY_NOTE]);
    GPtrArray *rules = audit_summary_rules(summary);
    for (unsigned i = 0; i < rules->len; i++)
        rule_row(report, summary, g_ptr_array_index(rules, i));
    g_ptr_array_unref(rules);
    if (report->options->require_evaluated && summary->unevaluated)
        fprintf(report->stream,
                "\n%*s%" G_GUINT64_FORMAT
                " messages could not be evaluated, which --require-evaluated counts as errors\n",
                MARK_COLUMN, "", summary->unevaluated);
}

const audit_report_format report_text = {false, begin, message, input_end, end};
