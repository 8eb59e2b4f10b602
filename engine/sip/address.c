/* name-addr and addr-spec: the addresses of From, To, Contact and their like (RFC 3261 20, 20.10, 25.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sip/uri.h"

#include "limits.h"

static bool is_blank(uint8_t c) /* LWS, unfolded or not */
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static sm_bytes trim(sm_bytes text)
{
    while (text.length > 0 && is_blank(text.data[0]))
        text = sm_bytes_from(text, 1);
    while (text.length > 0 && is_blank(text.data[text.length - 1]))
        text.length--;
    return text;
}

/* Octets of the quoted-string that starts the text, with both marks; up to the end when it is not closed. */
static size_t quoted_length(sm_bytes text)
{
    for (size_t i = 1; i < text.length; i++) {
        if (text.data[i] == '\\')
            i++;
        else if (text.data[i] == '"')
            return i + 1;
    }
    return text.length;
}

/* Position of the first octet out of `stops` that is neither quoted nor, when `brackets` is set, in angle brackets; or the length. */
static size_t find_outside(sm_bytes text, const char *stops, bool brackets)
{
    size_t depth = 0;
    for (size_t i = 0; i < text.length;) {
        uint8_t c = text.data[i];
        if (c != '\0' && depth == 0 && strchr(stops, c))
            return i;
        if (c == '"' && depth == 0) { /* a URI holds no quotation mark: one inside the brackets opens nothing */
            i += quoted_length(sm_bytes_from(text, i));
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

/* quoted-string without its marks, escapes undone. */
static const char *unquote(sm_arena *arena, sm_bytes quoted)
{
    uint8_t *out = sm_arena_alloc(arena, quoted.length + 1);
    size_t length = 0;
    for (size_t i = 1; i < quoted.length && quoted.data[i] != '"'; i++) {
        if (quoted.data[i] == '\\' && i + 1 < quoted.length)
            i++;
        out[length++] = quoted.data[i];
    }
    return sm_arena_printable(arena, sm_bytes_of(out, length), SM_LIMIT_SHOWN_OCTETS);
}

static const char *read_display_name(sm_arena *arena, sm_bytes text)
{
    text = trim(text);
    if (text.length == 0)
        return NULL;
    if (text.data[0] == '"')
        return unquote(arena, text);
    return sm_arena_printable(arena, text, SM_LIMIT_SHOWN_OCTETS);
}

/* The text between the "<" that starts `text` and its ">"; `after` gets what follows. */
static sm_bytes in_brackets(sm_bytes text, sm_bytes *after)
{
    size_t depth = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '<')
            depth++;
        else if (text.data[i] == '>' && --depth == 0) {
            *after = sm_bytes_from(text, i + 1);
            return sm_bytes_cut(text, 1, i - 1);
        }
    }
    *after = sm_bytes_from(text, text.length);
    return sm_bytes_from(text, 1);
}

/* The value of the header field's parameter tag, or NULL. `text` starts with the first ';' or is empty. */
static const char *read_tag(sm_arena *arena, sm_bytes text)
{
    while (text.length > 0) {
        size_t start = find_outside(text, ";", true);
        text = sm_bytes_from(text, start + 1);
        sm_bytes parameter = sm_bytes_cut(text, 0, find_outside(text, ";", true));
        size_t equals = find_outside(parameter, "=", true);
        sm_bytes name = trim(sm_bytes_cut(parameter, 0, equals));
        if (name.length == 3 && g_ascii_strncasecmp((const char *)name.data, "tag", 3) == 0)
            return sm_arena_printable(arena, trim(sm_bytes_from(parameter, equals + 1)), SIZE_MAX);
        text = sm_bytes_from(text, parameter.length);
    }
    return NULL;
}

static bool is_anonymous(const sm_uri *uri)
{
    if (uri == NULL || uri->host == NULL)
        return false;
    if (strcmp(uri->host, "anonymous.invalid") == 0)
        return true;
    return uri->user && g_ascii_strcasecmp(uri->user, "anonymous") == 0 && g_str_has_suffix(uri->host, ".invalid");
}

const sm_address *sm_address_parse(sm_arena *arena, sm_bytes value)
{
    sm_address *address = sm_arena_new0(arena, sm_address);
    value = trim(value);
    size_t open = find_outside(value, "<", false);
    sm_bytes uri, rest;
    if (open < value.length) {
        address->display_name = read_display_name(arena, sm_bytes_cut(value, 0, open));
        uri = trim(in_brackets(sm_bytes_from(value, open), &rest));
    } else {
        size_t end = find_outside(value, ";", false);
        uri = trim(sm_bytes_cut(value, 0, end));
        rest = sm_bytes_from(value, end);
    }
    address->uri_text = sm_arena_printable(arena, uri, SIZE_MAX);
    address->uri = sm_uri_parse(arena, uri, &address->fault);
    address->tag = read_tag(arena, rest);
    address->anonymous = is_anonymous(address->uri);
    return address;
}

const sm_address *const *sm_address_list(sm_arena *arena, sm_bytes value, unsigned *count)
{
    const sm_address *found[SM_LIMIT_SIP_VALUES];
    unsigned n = 0;
    while (value.length > 0 && n < SM_LIMIT_SIP_VALUES) {
        size_t end = find_outside(value, ",", true);
        sm_bytes element = trim(sm_bytes_cut(value, 0, end));
        if (element.length > 0)
            found[n++] = sm_address_parse(arena, element);
        value = sm_bytes_from(value, end + 1);
    }
    *count = n;
    if (n == 0)
        return NULL;
    const sm_address **list = sm_arena_array(arena, const sm_address *, n);
    memcpy(list, found, n * sizeof(*list));
    return list;
}
