/* The catalogue: every rule in the order of its id, and the run over one conclusion.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/catalogue.h"

#include "base/made_once.h"

#include <stdarg.h>

/* The table */

static const rule_shelf *const shelves[] = {
    &wrap_rules,     &signature_rules, &encryption_rules, &key_management_rules, &certificate_rules,
    &identity_rules, &sip_rules,       &tunnel_rules,     &identity_body_rules,  &cpim_imdn_rules,
    &policy_capture_rules,
};

static int compare_ids(gconstpointer a, gconstpointer b)
{
    const sm_rule *const *left = a, *const *right = b;
    return strcmp((*left)->id, (*right)->id);
}

static gpointer build_table(gconstpointer unused)
{
    (void)unused;
    GPtrArray *table = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(shelves); i++)
        for (unsigned j = 0; j < shelves[i]->count; j++)
            g_ptr_array_add(table, (gpointer)&shelves[i]->rules[j]);
    g_ptr_array_sort(table, compare_ids);
    return table;
}

static void drop_table(gpointer table)
{
    g_ptr_array_unref(table);
}

const sm_rule *const *sm_rules(unsigned *count)
{
    static gpointer kept;
    const GPtrArray *table = sm_made_once(&kept, build_table, NULL, drop_table);
    *count = table->len;
    return (const sm_rule *const *)table->pdata;
}

const sm_rule *sm_rule_by_id(const char *id)
{
    unsigned count;
    const sm_rule *const *rules = sm_rules(&count);
    for (unsigned i = 0; i < count; i++)
        if (g_ascii_strcasecmp(rules[i]->id, id) == 0)
            return rules[i];
    return NULL;
}

/* Words */

static const char *const severity_words[] = {"off", "note", "warning", "error"};
static const char *const profile_words[SM_PROFILE_COUNT] = {"rfc8591", "rfc3261", "strict"};

static int index_of(const char *word, const char *const *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (g_ascii_strcasecmp(words[i], word) == 0)
            return (int)i;
    return -1;
}

const char *sm_severity_word(sm_severity severity)
{
    return severity_words[severity];
}

bool sm_severity_parse(const char *word, sm_severity *severity)
{
    int found = index_of(word, severity_words, G_N_ELEMENTS(severity_words));
    if (found >= 0)
        *severity = (sm_severity)found;
    return found >= 0;
}

const char *sm_profile_word(sm_profile profile)
{
    return profile_words[profile];
}

bool sm_profile_parse(const char *word, sm_profile *profile)
{
    int found = index_of(word, profile_words, SM_PROFILE_COUNT);
    if (found >= 0)
        *profile = (sm_profile)found;
    return found >= 0;
}

/* The run */

struct sm_finder {
    sm_arena *arena;
    GArray *found;            /* sm_finding */
    GPtrArray *not_evaluated; /* rule ids */
    sm_profile profile;
    const sm_rule *rule;      /* the one that is running */
    sm_severity severity;
    bool undecided;
};

void sm_find(sm_finder *finder, const sm_layer *layer, sm_bytes where, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    sm_finding finding = {finder->rule, finder->severity, sm_arena_strdup(finder->arena, text), layer, where};
    g_array_append_val(finder->found, finding);
    g_free(text);
}

void sm_find_not_evaluated(sm_finder *finder)
{
    finder->undecided = true;
}

sm_profile sm_finder_profile(const sm_finder *finder)
{
    return finder->profile;
}

static sm_severity severity_of(const sm_rule_settings *settings, const sm_rule *rule)
{
    gpointer own = settings->severities ? g_hash_table_lookup(settings->severities, rule->id) : NULL;
    return own ? (sm_severity)(GPOINTER_TO_UINT(own) - 1) : rule->severity[settings->profile];
}

static void run_rule(sm_finder *finder, const sm_rule *rule, const sm_conclusion *conclusion)
{
    bool applies = rule->applies ? rule->applies(conclusion) : rule_for_smime(conclusion);
    if (!applies)
        return;
    finder->rule = rule;
    finder->undecided = false;
    rule->check(conclusion, finder);
    if (finder->undecided)
        g_ptr_array_add(finder->not_evaluated, (gpointer)rule->id);
}

/* A quoted message was not sent, and what is wrong with a copy was said of the first one. */
static bool is_judged(const sm_conclusion *conclusion)
{
    return !conclusion->inspection->carrier->quoted && conclusion->links.retransmission_of == 0;
}

sm_findings *sm_rules_check(const sm_rule_settings *settings, const sm_conclusion *conclusion)
{
    sm_finder finder = {
        .arena = sm_arena_new(),
        .found = g_array_new(FALSE, FALSE, sizeof(sm_finding)),
        .not_evaluated = g_ptr_array_new(),
        .profile = settings->profile,
    };
    unsigned count;
    const sm_rule *const *rules = sm_rules(&count);
    for (unsigned i = 0; i < count && is_judged(conclusion); i++) {
        finder.severity = severity_of(settings, rules[i]);
        if (finder.severity != SM_SEVERITY_OFF)
            run_rule(&finder, rules[i], conclusion);
    }
    sm_findings *findings = g_new0(sm_findings, 1);
    findings->arena = finder.arena;
    findings->count = finder.found->len;
    if (findings->count > 0) { /* nothing is found in most messages: their arenas stay empty */
        sm_finding *items = sm_arena_array(finder.arena, sm_finding, findings->count);
        memcpy(items, finder.found->data, findings->count * sizeof(sm_finding));
        findings->items = items;
    }
    for (unsigned i = 0; i < findings->count; i++)
        findings->worst = MAX(findings->worst, findings->items[i].severity);
    findings->not_evaluated_count = finder.not_evaluated->len;
    if (findings->not_evaluated_count > 0) {
        const char **undecided = sm_arena_array(finder.arena, const char *, findings->not_evaluated_count);
        memcpy(undecided, finder.not_evaluated->pdata, findings->not_evaluated_count * sizeof(*undecided));
        findings->not_evaluated = undecided;
    }
    g_array_unref(finder.found);
    g_ptr_array_unref(finder.not_evaluated);
    return findings;
}

void sm_findings_free(sm_findings *findings)
{
    if (!findings)
        return;
    sm_arena_free(findings->arena);
    g_free(findings);
}

/* Common answers */

bool rule_for_smime(const sm_conclusion *conclusion)
{
    return conclusion->inspection->layer_count > 0;
}

bool rule_for_signed(const sm_conclusion *conclusion)
{
    return conclusion->inspection->signer_count > 0;
}

bool rule_sees_whole(const sm_conclusion *conclusion)
{
    const sm_carrier *carrier = conclusion->inspection->carrier;
    return carrier->missing == 0 && (carrier->kind != SM_CARRIER_MSRP || carrier->msrp.complete);
}

bool rule_needs_whole(const sm_conclusion *conclusion, sm_finder *finder)
{
    if (rule_sees_whole(conclusion))
        return true;
    sm_find_not_evaluated(finder);
    return false;
}

bool rule_layer_encrypts(const sm_layer *layer)
{
    return layer->type == SM_CMS_ENVELOPED || layer->type == SM_CMS_AUTH_ENVELOPED || layer->type == SM_CMS_ENCRYPTED;
}

bool rule_for_encrypted(const sm_conclusion *conclusion)
{
    FOR_EACH_LAYER(layer, conclusion)
        if (rule_layer_encrypts(layer))
            return true;
    return false;
}

void rule_report_verdict(sm_finder *finder, const sm_layer *layer, sm_bytes where, const char *what, sm_verdict verdict)
{
    if (verdict.kind == SM_FAIL)
        sm_find(finder, layer, where, "%s: %s", what, verdict.detail ? verdict.detail : sm_reason_word(verdict.reason));
    else if (verdict.kind == SM_NOT_EVALUATED)
        sm_find_not_evaluated(finder);
}

sm_verdict rule_explained(sm_finder *finder, sm_verdict verdict, const char *diagnosis)
{
    if (diagnosis)
        verdict.detail = sm_arena_printf(finder->arena, "%s; %s", verdict.detail ? verdict.detail : sm_reason_word(verdict.reason), diagnosis);
    return verdict;
}
