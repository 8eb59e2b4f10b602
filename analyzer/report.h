/* Report: what every format of report has to do. A report is written as the captures are delivered, in their order, and keeps nothing of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "options.h"
#include "output.h"
#include "summary.h"

typedef struct audit_report {
    FILE *stream;
    const audit_options *options;
    bool colour;      /* text: the stream is a terminal that may be coloured */
    guint64 messages; /* written so far */
    GString *inputs;  /* json: written after the messages */
    bool heading;     /* text: this input's name stands there already */
} audit_report;

/* One format. In this order: begin once; for each input its messages, then its end; end once. */
typedef struct audit_report_format {
    bool detailed; /* needs the messages' JSON form and the files' SHA-256 */
    void (*begin)(audit_report *report);
    void (*message)(audit_report *report, const audit_input *input, const audit_record *record);
    void (*input)(audit_report *report, const audit_input *input, const capture_outcome *outcome);
    void (*end)(audit_report *report, const audit_summary *summary);
} audit_report_format;

extern const audit_report_format report_text, report_json, report_jsonl, report_csv;

/* "read", "incomplete", "unreadable" */
const char *audit_input_status_word(audit_input_status status);
