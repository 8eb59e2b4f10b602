/* Lists, quoted strings and parameters of SIP header field values.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sip/field_value.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

sm_bytes sm_field_trim(sm_bytes text)
{
    while (text.length > 0 && is_blank(text.data[0]))
        text = sm_bytes_from(text, 1);
    while (text.length > 0 && is_blank(text.data[text.length - 1]))
        text.length--;
    return text;
}

size_t sm_field_quoted_length(sm_bytes text)
{
    for (size_t i = 1; i < text.length; i++) {
        if (text.data[i] == '\\')
            i++;
        else if (text.data[i] == '"')
            return i + 1;
    }
    return text.length;
}

size_t sm_field_find(sm_bytes text, const char *stops, bool brackets)
{
    size_t depth = 0;
    for (size_t i = 0; i < text.length;) {
        uint8_t c = text.data[i];
        if (c != '\0' && depth == 0 && strchr(stops, c))
            return i;
        if (c == '"' && depth == 0) { /* within brackets it opens nothing: a URI holds no quotation mark */
            i += sm_field_quoted_length(sm_bytes_from(text, i));
            continue;
        }
        if (brackets && c == '<')
            depth++;
        else if (brackets && c == '>' && depth > 0)
            depth--;
        i++;
    }
    return text.length;
}

bool sm_field_next(sm_bytes *list, sm_bytes *element)
{
    while (list->length > 0) {
        size_t end = sm_field_find(*list, ",", true);
        *element = sm_field_trim(sm_bytes_cut(*list, 0, end));
        *list = sm_bytes_from(*list, end + 1);
        if (element->length > 0)
            return true;
    }
    return false;
}

bool sm_field_next_parameter(sm_bytes *text, sm_bytes *name, sm_bytes *value)
{
    size_t start = sm_field_find(*text, ";", true);
    if (start == text->length)
        return false;
    *text = sm_bytes_from(*text, start + 1);
    sm_bytes parameter = sm_bytes_cut(*text, 0, sm_field_find(*text, ";", true));
    *text = sm_bytes_from(*text, parameter.length);
    size_t equals = sm_field_find(parameter, "=", true);
    *name = sm_field_trim(sm_bytes_cut(parameter, 0, equals));
    *value = equals < parameter.length ? sm_field_trim(sm_bytes_from(parameter, equals + 1)) : SM_BYTES_NONE;
    return true;
}

sm_bytes sm_field_parameter(sm_bytes text, const char *name)
{
    sm_bytes found, value;
    while (sm_field_next_parameter(&text, &found, &value))
        if (found.length == strlen(name) &&
            g_ascii_strncasecmp((const char *)found.data, name, found.length) == 0)
            return sm_bytes_present(value) ? value : sm_bytes_from(found, found.length);
    return SM_BYTES_NONE;
}
