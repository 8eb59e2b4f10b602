/* Options: the command line of sipsmime-audit, checked.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "inspect/inspect.h"
#include "rules/rule.h"

#define AUDIT_NAME "sipsmime-audit"

/* The exit status, worse ones higher. */
typedef enum audit_status {
    AUDIT_CLEAN = 0, /* all evaluated as asked, nothing at or above --fail-on */
    AUDIT_FINDINGS = 1,
    AUDIT_TROUBLE = 2, /* usage, configuration, unreadable input, a report that could not be written */
} audit_status;

typedef enum audit_format { AUDIT_TEXT, AUDIT_JSON, AUDIT_JSONL, AUDIT_CSV } audit_format;

typedef struct audit_options {
    char **inputs; /* as given, NULL-terminated; never empty unless list_rules or explain is set */
    char **keys, **trust, **crls, **password_files; /* NULL-terminated; NULL for none */
    char **preferences;                             /* -o */
    char **decode_as;                               /* -d */
    bool password_recipients;
    sm_time_choice time_choice;
    sm_moment fixed; /* SM_TIME_FIXED */
    sm_profile profile;
    audit_format format;
    char *output;        /* NULL: standard output */
    sm_severity fail_on; /* SM_SEVERITY_OFF: none */
    bool require_evaluated;
    unsigned jobs; /* at least 1 */
    bool verbose;
    bool list_rules;
    const sm_rule *explain; /* NULL: not asked */
} audit_options;

typedef enum audit_parse { AUDIT_PARSE_GO_ON, AUDIT_PARSE_DONE, AUDIT_PARSE_WRONG } audit_parse;

/* Reads the command line into `options`, which is released with audit_options_clear() whatever comes back. DONE: --help or --version
 * was answered on standard output. WRONG: one line on standard error says what and where. */
audit_parse audit_options_parse(audit_options *options, int argc, char **argv);
void audit_options_clear(audit_options *options);
