/* Rules: what the standards ask of a message, and whether it was kept.
 *
 * A rule is a row of metadata and two small functions. It reads a conclusion (inspection and links to other messages) and reports
 * through the finder it is given; it opens no file, calls no OpenSSL and keeps no state.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "history/history.h"

#include <glib.h>

typedef enum sm_severity { SM_SEVERITY_OFF = 0, SM_SEVERITY_NOTE, SM_SEVERITY_WARNING, SM_SEVERITY_ERROR } sm_severity;

typedef enum sm_profile { SM_PROFILE_RFC8591 = 0, SM_PROFILE_RFC3261, SM_PROFILE_STRICT, SM_PROFILE_COUNT } sm_profile;

typedef enum sm_rule_outcome { SM_RULE_NOT_APPLICABLE, SM_RULE_PASSED, SM_RULE_VIOLATED, SM_RULE_NOT_EVALUATED } sm_rule_outcome;

typedef struct sm_finding {
    const struct sm_rule *rule;
    sm_severity severity;
    const char *message;       /* one line: what is wrong in this message; owned by the findings */
    const sm_layer *layer;     /* the layer it concerns, NULL for the message */
    sm_bytes where;            /* octets it concerns, absent when none in particular */
} sm_finding;

/* What one message's check came to. */
typedef struct sm_findings {
    const sm_finding *items;   /* NULL when there are none */
    unsigned count;
    sm_severity worst;         /* SM_SEVERITY_OFF when there are none */
    const char *const *not_evaluated; /* rule ids that apply but could not be evaluated; NULL when none */
    unsigned not_evaluated_count;
    sm_arena *arena;
} sm_findings;

typedef struct sm_finder sm_finder;

/* For check(): reports a violation. `layer` and `where` may be NULL / absent; the text is formatted and kept. */
void sm_find(sm_finder *finder, const sm_layer *layer, sm_bytes where, const char *format, ...) G_GNUC_PRINTF(4, 5);
/* For check(): the rule applies but this could not be decided (a verdict it depends on was not evaluated). */
void sm_find_not_evaluated(sm_finder *finder);
/* For check(): the profile in force. */
sm_profile sm_finder_profile(const sm_finder *finder);

typedef struct sm_rule {
    const char *id;            /* "SMIME-SIG-001": stable */
    const char *title;         /* short, for lists */
    const char *level;         /* the standard's keyword: "MUST", "SHOULD NOT", "NOTE", "POLICY" */
    const char *citation;      /* "RFC 5652 5.6; RFC 8591 6" */
    const char *explanation;   /* why it matters and what to do, a short paragraph, our own words */
    sm_severity severity[SM_PROFILE_COUNT]; /* OFF: not part of that profile */
    bool (*applies)(const sm_conclusion *conclusion); /* NULL: to every S/MIME message */
    void (*check)(const sm_conclusion *conclusion, sm_finder *finder);
} sm_rule;

/* Every rule, ordered by id; the table behind --list-rules, the documentation and the checks. */
const sm_rule *const *sm_rules(unsigned *count);
const sm_rule *sm_rule_by_id(const char *id); /* NULL unknown; case does not matter */

/* Which rules run, at which severity. */
typedef struct sm_rule_settings {
    sm_profile profile;
    GHashTable *severities; /* rule id -> GUINT_TO_POINTER(sm_severity + 1), over the profile's; NULL none */
} sm_rule_settings;

/* Runs the rules over one conclusion. Release with sm_findings_free(). Quoted messages (carrier.quoted) give no findings, and neither do
 * copies (links.retransmission_of): theirs stand at the first. */
sm_findings *sm_rules_check(const sm_rule_settings *settings, const sm_conclusion *conclusion);
void sm_findings_free(sm_findings *findings);

const char *sm_severity_word(sm_severity severity); /* "error", "warning", "note", "off" */
bool sm_severity_parse(const char *word, sm_severity *severity);
const char *sm_profile_word(sm_profile profile);    /* "rfc8591", "rfc3261", "strict" */
bool sm_profile_parse(const char *word, sm_profile *profile);
