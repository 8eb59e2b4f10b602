/* Catalogue text: see catalogue_text.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "catalogue_text.h"

#include "text_layout.h"

#define ID_WIDTH 17
#define LEVEL_WIDTH 16
#define SEVERITY_WIDTH 9
#define NAME_WIDTH 10

void catalogue_list(FILE *stream, sm_profile profile)
{
    unsigned count;
    const sm_rule *const *rules = sm_rules(&count);
    int column = ID_WIDTH + LEVEL_WIDTH + SEVERITY_WIDTH;
    for (unsigned i = 0; i < count; i++) {
        const sm_rule *rule = rules[i];
        fprintf(stream, "%-*s %-*s %-*s ", ID_WIDTH - 1, rule->id, LEVEL_WIDTH - 1, rule->level,
                SEVERITY_WIDTH - 1, sm_severity_word(rule->severity[profile]));
        text_wrap(stream, rule->title, column, column);
    }
}

static void entry(FILE *stream, const char *name, const char *text)
{
    fprintf(stream, "%-*s", NAME_WIDTH, name);
    text_wrap(stream, text, NAME_WIDTH, NAME_WIDTH);
}

void catalogue_explain(FILE *stream, const sm_rule *rule)
{
    fprintf(stream, "%s  ", rule->id);
    text_wrap(stream, rule->title, text_width(rule->id) + 2, text_width(rule->id) + 2);
    fputc('\n', stream);
    text_wrap(stream, rule->explanation, 0, 0);
    fputc('\n', stream);
    entry(stream, "level", rule->level);
    entry(stream, "cited", rule->citation);
    GString *severities = g_string_new(NULL);
    for (int profile = 0; profile < SM_PROFILE_COUNT; profile++)
        g_string_append_printf(severities, "%s%s in %s", profile ? ", " : "",
                               sm_severity_word(rule->severity[profile]),
                               sm_profile_word((sm_profile)profile));
    entry(stream, "severity", severities->str);
    g_string_free(severities, TRUE);
}
