/* Merge: see merge.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "merge.h"

#include "complain.h"
#include "workers.h"

static const audit_report_format *const formats[] = {
    [AUDIT_TEXT] = &report_text,
    [AUDIT_JSON] = &report_json,
    [AUDIT_JSONL] = &report_jsonl,
    [AUDIT_CSV] = &report_csv,
};

typedef struct merging {
    const audit_options *options;
    const audit_report_format *format;
    audit_report report;
    audit_output *output;
    audit_summary *summary;
    bool *captures; /* by argument of the command line: a directory in which a capture was found */
} merging;

static bool deliver(void *context, const audit_input *input, const capture_outcome *outcome, FILE *records)
{
    merging *merge = context;
    if (outcome->status == AUDIT_INPUT_UNRECOGNISED && !input->named) {
        if (merge->options->verbose)
            complain("%s: passed over: %s", input->name, outcome->error);
        return true;
    }
    merge->captures[input->directory] = true;
    for (audit_record *record; records && (record = audit_record_read(records));) {
        audit_summary_count_message(merge->summary, record);
        merge->format->message(&merge->report, input, record);
        audit_record_free(record);
    }
    audit_summary_count_input(merge->summary, outcome);
    merge->format->input(&merge->report, input, outcome);
    if (*outcome->error)
        complain("%s: %s", input->name, outcome->error);
    return audit_output_check(merge->output);
}

/* A directory without a capture is most likely the wrong one, and an audit of nothing must not look like a good one. */
static void look_for_empty_directories(merging *merge)
{
    for (unsigned i = 0; merge->options->inputs[i]; i++) {
        if (merge->captures[i + 1] || !g_file_test(merge->options->inputs[i], G_FILE_TEST_IS_DIR))
            continue;
        char *name = g_filename_display_name(merge->options->inputs[i]);
        complain("%s: there is no capture in this directory", name);
        g_free(name);
        merge->summary->trouble = true;
    }
}

void audit_merge(const audit_options *options, const GPtrArray *inputs, audit_output *output,
                 audit_summary *summary)
{
    merging merge = {
        .options = options,
        .format = formats[options->format],
        .report = {.stream = output->stream, .options = options},
        .output = output,
        .summary = summary,
        .captures = g_new0(bool, g_strv_length(options->inputs) + 1),
    };
    merge.format->begin(&merge.report);
    workers_run(inputs, options->jobs, merge.format->detailed, deliver, &merge);
    if (!output->failed) {
        look_for_empty_directories(&merge);
        merge.format->end(&merge.report, summary);
    }
    g_free(merge.captures);
}
