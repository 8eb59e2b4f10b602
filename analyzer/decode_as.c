/* Decode-as: see decode_as.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "decode_as.h"

#include "complain.h"
#include "plugin.h"

#include <epan/packet.h>
#include <epan/proto.h>

#define NO_PROTOCOL "(none)"
/* Table entries that one rule may change: every port there is. */
#define SELECTORS_MAX 65536u

/* A rule cut into its words. */
typedef struct decode_rule {
    const char *text; /* as given */
    char *table, *protocol;
    char *selector; /* NULL without "==" */
} decode_rule;

static bool cut(decode_rule *rule, const char *text)
{
    const char *equals = strstr(text, "==");
    const char *comma = strrchr(text, ',');
    *rule = (decode_rule){.text = text};
    if (!comma || comma[1] == '\0' || comma == text || (equals && comma <= equals + 2)) {
        complain("-d %s: write TABLE==SELECTOR,PROTOCOL, for example tcp.port==7777,msrp", text);
        return false;
    }
    rule->protocol = g_strstrip(g_strdup(comma + 1));
    rule->table = g_strstrip(g_strndup(text, (size_t)((equals ? equals : comma) - text)));
    if (equals)
        rule->selector = g_strstrip(g_strndup(equals + 2, (size_t)(comma - equals - 2)));
    return true;
}

static bool names(dissector_handle_t handle, const char *protocol)
{
    int number = dissector_handle_get_protocol_index(handle);
    const char *filter = number >= 0 ? proto_get_protocol_filter_name(number) : NULL;
    const char *own = dissector_handle_get_dissector_name(handle);
    return (filter && g_ascii_strcasecmp(filter, protocol) == 0) ||
           (own && g_ascii_strcasecmp(own, protocol) == 0);
}

/* The table's dissector for the protocol; *handle stays NULL for "(none)". */
static bool find_dissector_of(const decode_rule *rule, dissector_table_t table, dissector_handle_t *handle)
{
    *handle = NULL;
    if (g_str_equal(rule->protocol, NO_PROTOCOL))
        return true;
    for (GSList *entry = dissector_table_get_dissector_handles(table); entry && !*handle; entry = entry->next)
        if (names(entry->data, rule->protocol))
            *handle = entry->data;
    if (!*handle)
        complain("-d %s: %s is no protocol for %s", rule->text, rule->protocol, rule->table);
    return *handle != NULL;
}

static bool read_number(const char **text, uint32_t *number)
{
    char *end;
    if (!g_ascii_isdigit(**text))
        return false;
    guint64 value = g_ascii_strtoull(*text, &end, 0);
    *text = end;
    *number = (uint32_t)value;
    return value <= UINT32_MAX;
}

/* "5", "5-7", "5:3" */
static bool read_selectors(const decode_rule *rule, uint32_t *first, uint32_t *last)
{
    const char *text = rule->selector;
    uint32_t second = 0;
    bool good = read_number(&text, first);
    *last = *first;
    if (good && *text == '-') {
        text++;
        good = read_number(&text, last) && *last >= *first;
    } else if (good && *text == ':') {
        text++;
        good = read_number(&text, &second) && second > 0 && second - 1 <= UINT32_MAX - *first;
        *last = *first + second - 1;
    }
    good = good && *text == '\0' && *last - *first < SELECTORS_MAX;
    if (!good)
        complain("-d %s: \"%s\" is no number, FIRST-LAST or FIRST:COUNT", rule->text, rule->selector);
    return good;
}

static bool change(const decode_rule *rule, ftenum_t type, dissector_handle_t handle)
{
    uint32_t first, last;
    switch (type) {
    case FT_UINT8:
    case FT_UINT16:
    case FT_UINT24:
    case FT_UINT32:
        if (!read_selectors(rule, &first, &last))
            return false;
        for (uint32_t selector = first;; selector++) {
            dissector_change_uint(rule->table, selector, handle);
            if (selector == last)
                return true;
        }
    case FT_STRING:
    case FT_STRINGZ:
    case FT_UINT_STRING:
    case FT_STRINGZPAD:
        dissector_change_string(rule->table, rule->selector, handle);
        return true;
    default:
        complain("-d %s: selectors of %s cannot be given here", rule->text, rule->table);
        return false;
    }
}

static bool apply(const decode_rule *rule)
{
    dissector_table_t table = find_dissector_table(rule->table);
    if (!table) {
        complain("-d %s: there is no dissector table %s, see tshark -G dissector-tables", rule->text,
                 rule->table);
        return false;
    }
    ftenum_t type = dissector_table_get_type(table);
    if ((type == FT_NONE) != (rule->selector == NULL)) {
        complain("-d %s: %s has %s selectors", rule->text, rule->table, type == FT_NONE ? "no" : "");
        return false;
    }
    dissector_handle_t handle;
    if (!find_dissector_of(rule, table, &handle))
        return false;
    if (rule->selector)
        return change(rule, type, handle);
    dissector_change_payload(rule->table, handle);
    return true;
}

bool audit_decode_as(const char *text)
{
    decode_rule rule;
    if (!cut(&rule, text))
        return false;
    bool good = apply(&rule);
    g_free(rule.table);
    g_free(rule.protocol);
    g_free(rule.selector);
    return good;
}
