/* Options: see options.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "options.h"

#include "complain.h"

#include <ws_version.h>

#include <limits.h>

#define JOBS_MAX 1024
#define JOBS_UNSET INT_MIN

/* What GOption fills in, before it is checked. */
typedef struct raw_options {
    char *time, *profile, *format, *fail_on, *explain;
    int jobs;
    gboolean password_recipients, require_evaluated, verbose, list_rules, version;
} raw_options;

static void free_raw(raw_options *raw)
{
    g_free(raw->time);
    g_free(raw->profile);
    g_free(raw->format);
    g_free(raw->fail_on);
    g_free(raw->explain);
}

static bool wrong_word(const char *option, const char *word, const char *choices)
{
    complain("%s %s: choose one of %s", option, word, choices);
    return false;
}

static bool check_time(audit_options *options, const char *word)
{
    if (!word || g_str_equal(word, "capture"))
        options->time_choice = SM_TIME_CAPTURE;
    else if (g_str_equal(word, "signing"))
        options->time_choice = SM_TIME_SIGNING;
    else if (g_str_equal(word, "now"))
        options->time_choice = SM_TIME_NOW;
    else {
        options->time_choice = SM_TIME_FIXED;
        options->fixed = sm_moment_parse_rfc3339(word);
        if (!options->fixed.known)
            return wrong_word("--time", word,
                              "capture, signing, now, or a time such as 2026-01-15T10:00:00Z");
    }
    return true;
}

static bool check_format(audit_options *options, const char *word)
{
    static const struct {
        const char *word;
        audit_format format;
    } formats[] = {{"text", AUDIT_TEXT}, {"json", AUDIT_JSON}, {"jsonl", AUDIT_JSONL}, {"csv", AUDIT_CSV}};
    for (size_t i = 0; word && i < G_N_ELEMENTS(formats); i++)
        if (g_str_equal(word, formats[i].word)) {
            options->format = formats[i].format;
            return true;
        }
    return !word || wrong_word("--format", word, "text, json, jsonl, csv");
}

static bool check_fail_on(audit_options *options, const char *word)
{
    options->fail_on = SM_SEVERITY_ERROR;
    if (!word)
        return true;
    if (g_str_equal(word, "none")) {
        options->fail_on = SM_SEVERITY_OFF;
        return true;
    }
    return (sm_severity_parse(word, &options->fail_on) && options->fail_on != SM_SEVERITY_OFF) ||
           wrong_word("--fail-on", word, "error, warning, note, none");
}

static bool check_explain(audit_options *options, const char *id)
{
    if (!id)
        return true;
    options->explain = sm_rule_by_id(id);
    if (!options->explain)
        complain("--explain %s: there is no such rule, see --list-rules", id);
    return options->explain != NULL;
}

static bool check_jobs(audit_options *options, int jobs)
{
    if (jobs == JOBS_UNSET)
        jobs = (int)CLAMP(g_get_num_processors(), 1, JOBS_MAX);
    if (jobs < 1 || jobs > JOBS_MAX) {
        complain("--jobs %d: give a number from 1 to %d", jobs, JOBS_MAX);
        return false;
    }
    options->jobs = (unsigned)jobs;
    return true;
}

static bool check_inputs(const audit_options *options)
{
    bool wanted = !options->list_rules && !options->explain;
    unsigned standard_inputs = 0;
    for (char **input = options->inputs; input && *input; input++)
        standard_inputs += g_str_equal(*input, "-");
    if (standard_inputs > 1)
        complain("- stands for standard input and can be given once");
    else if (wanted && (!options->inputs || !*options->inputs))
        complain("name a capture, a directory of captures, or - for standard input; see --help");
    else
        return true;
    return false;
}

static bool check(audit_options *options, const raw_options *raw)
{
    options->password_recipients = raw->password_recipients;
    options->require_evaluated = raw->require_evaluated;
    options->verbose = raw->verbose;
    options->list_rules = raw->list_rules;
    return check_time(options, raw->time) &&
           (!raw->profile || sm_profile_parse(raw->profile, &options->profile) ||
            wrong_word("--profile", raw->profile, "rfc8591, rfc3261, strict")) &&
           check_format(options, raw->format) && check_fail_on(options, raw->fail_on) &&
           check_explain(options, raw->explain) && check_jobs(options, raw->jobs) && check_inputs(options);
}

static const char summary[] =
    "Checks S/MIME in SIP and MSRP captures against RFC 8591 and the standards beneath it.";
static const char description[] =
    "A CAPTURE is a file of any format that Wireshark reads, compressed ones too, or - for standard\n"
    "input. A DIRECTORY is searched with its subdirectories.\n"
    "\n"
    "Exit status: 0 nothing found at or above --fail-on; 1 something was; 2 usage, configuration or\n"
    "unreadable input (what could be read is reported all the same).\n";

static void print_version(void)
{
    g_print("%s %s (built for Wireshark %d.%d)\n", AUDIT_NAME, SIPSMIME_VERSION, WIRESHARK_VERSION_MAJOR,
            WIRESHARK_VERSION_MINOR);
}

audit_parse audit_options_parse(audit_options *options, int argc, char **argv)
{
    *options = (audit_options){0};
    raw_options raw = {.jobs = JOBS_UNSET};
    const GOptionEntry entries[] = {
        {"keys", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->keys,
         "Private keys, certificates, PKCS#12, KEKs, content keys: a file or a directory", "PATH"},
        {"trust", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->trust,
         "Trust anchors: a file or a directory of certificates", "PATH"},
        {"crl", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->crls, "Certificate revocation lists", "PATH"},
        {"password-file", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->password_files,
         "Passwords of key files, one a line: PASSWORD or NAME=PASSWORD", "PATH"},
        {"password-recipients", 0, 0, G_OPTION_ARG_NONE, &raw.password_recipients,
         "Try the passwords on password recipients too", NULL},
        {"time", 0, 0, G_OPTION_ARG_STRING, &raw.time,
         "When certificates must be valid: capture (default), signing, now, or an RFC 3339 time", "WHEN"},
        {"profile", 0, 0, G_OPTION_ARG_STRING, &raw.profile,
         "Rules to apply: rfc8591 (default), rfc3261, strict", "NAME"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &raw.format, "Report: text (default), json, jsonl, csv",
         "NAME"},
        {"output", 0, 0, G_OPTION_ARG_FILENAME, &options->output,
         "Write the report to this file, whole or not at all", "FILE"},
        {"fail-on", 0, 0, G_OPTION_ARG_STRING, &raw.fail_on,
         "Findings that make exit status 1: error (default), warning, note, none", "LEVEL"},
        {"require-evaluated", 0, 0, G_OPTION_ARG_NONE, &raw.require_evaluated,
         "Count a message that could not be evaluated as an error", NULL},
        {"jobs", 0, 0, G_OPTION_ARG_INT, &raw.jobs,
         "Captures worked on at once; default the number of processors", "N"},
        {"preference", 'o', 0, G_OPTION_ARG_STRING_ARRAY, &options->preferences,
         "Set a preference of Wireshark, for example tls.keylog_file:keys.log", "NAME:VALUE"},
        {"decode-as", 'd', 0, G_OPTION_ARG_STRING_ARRAY, &options->decode_as,
         "Dissect as told, for example tcp.port==7777,msrp", "DECODE-AS"},
        {"list-rules", 0, 0, G_OPTION_ARG_NONE, &raw.list_rules, "List the rules", NULL},
        {"explain", 0, 0, G_OPTION_ARG_STRING, &raw.explain, "Explain one rule in full", "RULE"},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &raw.verbose,
         "Say which files of a directory were passed over", NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, &raw.version, "Print the version", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->inputs, NULL, NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    GOptionContext *context = g_option_context_new("CAPTURE|DIRECTORY...");
    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, description);
    g_option_context_add_main_entries(context, entries, NULL);

    GError *error = NULL;
    audit_parse result = AUDIT_PARSE_WRONG;
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        complain("%s; see --help", error->message);
        g_error_free(error);
    } else if (raw.version) {
        print_version();
        result = AUDIT_PARSE_DONE;
    } else if (check(options, &raw)) {
        result = AUDIT_PARSE_GO_ON;
    }
    g_option_context_free(context);
    free_raw(&raw);
    return result;
}

void audit_options_clear(audit_options *options)
{
    g_strfreev(options->inputs);
    g_strfreev(options->keys);
    g_strfreev(options->trust);
    g_strfreev(options->crls);
    g_strfreev(options->password_files);
    g_strfreev(options->preferences);
    g_strfreev(options->decode_as);
    g_free(options->output);
    *options = (audit_options){0};
}
