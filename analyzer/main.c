/* sipsmime-audit: checks S/MIME in SIP and MSRP captures and reports what it finds.
 *
 *     command line -> key ring, libwireshark -> workers, one capture each -> records -> report
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "catalogue_text.h"
#include "complain.h"
#include "dissection.h"
#include "keys.h"
#include "merge.h"
#include "options.h"
#include "session.h"

#include <locale.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

/* Tells the dissector what to judge with. */
static void configure(const audit_options *options, sm_keyring *ring)
{
    sm_settings settings = {
        .keyring = ring,
        .time_choice = options->time_choice,
        .fixed = options->fixed,
        .now = sm_moment_at(time(NULL), 0),
        .password_recipients = options->password_recipients,
    };
    sm_rule_settings rules = {.profile = options->profile};
    smime_session_configure(&settings, &rules, true);
}

static audit_status report(const audit_options *options, audit_summary *summary)
{
    audit_output output;
    if (!audit_output_open(&output, options->output)) {
        audit_output_discard(&output);
        return AUDIT_TROUBLE;
    }
    GPtrArray *inputs = audit_inputs_expand(options->inputs);
    audit_merge(options, inputs, &output, summary);
    g_ptr_array_unref(inputs);
    bool arrived = audit_output_close(&output);
    return arrived ? audit_summary_status(summary, options) : AUDIT_TROUBLE;
}

static audit_status audit(const audit_options *options, const char *program_path)
{
    if (!audit_dissection_start(program_path) || !audit_dissection_set(options))
        return AUDIT_TROUBLE;
    audit_summary summary;
    audit_summary_init(&summary);
    sm_keyring *ring = audit_keys_load(options, &summary.trouble);
    configure(options, ring);
    audit_status status = report(options, &summary);
    audit_summary_clear(&summary);
    sm_keyring_unref(ring);
    return status;
}

/* --list-rules and --explain */
static audit_status describe(const audit_options *options)
{
    audit_output output;
    if (!audit_output_open(&output, options->output)) {
        audit_output_discard(&output);
        return AUDIT_TROUBLE;
    }
    if (options->explain)
        catalogue_explain(output.stream, options->explain);
    else
        catalogue_list(output.stream, options->profile);
    return audit_output_close(&output) ? AUDIT_CLEAN : AUDIT_TROUBLE;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN); /* a reader that went away is a write error, and status 2 */
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* private keys stay out of core files */
    audit_options options;
    audit_status status = AUDIT_TROUBLE;
    switch (audit_options_parse(&options, argc, argv)) {
    case AUDIT_PARSE_DONE:
        status = AUDIT_CLEAN;
        break;
    case AUDIT_PARSE_WRONG:
        break;
    case AUDIT_PARSE_GO_ON:
        status = options.list_rules || options.explain ? describe(&options) : audit(&options, argv[0]);
        break;
    }
    audit_options_clear(&options);
    return (int)status;
}
