/* name-addr and addr-spec: the addresses of From, To, Contact and their like (RFC 3261 20, 20.10, 25.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sip/uri.h"

#include "base/bounds.h"
#include "sip/field_value.h"

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
    text = sm_field_trim(text);
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

static bool is_anonymous(const sm_uri *uri)
{
    if (uri == NULL || uri->host == NULL)
        return false;
    if (strcmp(uri->host, "anonymous.invalid") == 0)
        return true;
    return uri->user && g_ascii_strcasecmp(uri->user, "anonymous") == 0 &&
           g_str_has_suffix(uri->host, ".invalid");
}

/* "sip:a@example.com;x=<sip:b@example.com>": without quotation marks no display name, but an address that is read up to its end by some and
 * overlooked by others. */
static bool is_address_itself(sm_arena *arena, sm_bytes display_name)
{
    sm_bytes text = sm_field_trim(display_name);
    size_t end = 0;
    while (end < text.length && text.data[end] != ';' && text.data[end] != ',' && text.data[end] != '"')
        end++;
    const sm_uri *uri = end > 0 ? sm_uri_parse(arena, sm_field_trim(sm_bytes_cut(text, 0, end)), NULL) : NULL;
    return uri && uri->scheme != SM_URI_OTHER;
}

const sm_address *sm_address_parse(sm_arena *arena, sm_bytes value)
{
    sm_address *address = sm_arena_new0(arena, sm_address);
    value = sm_field_trim(value);
    size_t open = sm_field_find(value, "<", false);
    sm_bytes uri, rest;
    bool two = open < value.length && is_address_itself(arena, sm_bytes_cut(value, 0, open));
    if (open < value.length) {
        address->display_name = read_display_name(arena, sm_bytes_cut(value, 0, open));
        uri = sm_field_trim(in_brackets(sm_bytes_from(value, open), &rest));
    } else {
        size_t end = sm_field_find(value, ";", false);
        uri = sm_field_trim(sm_bytes_cut(value, 0, end));
        rest = sm_bytes_from(value, end);
    }
    rest = sm_field_trim(rest);
    if (two)
        address->fault = "an address stands before the one in angle brackets";
    else if (rest.length > 0 && rest.data[0] != ';')
        address->fault = "something else than parameters stands behind the address";
    address->uri_text = sm_arena_printable(arena, address->fault ? value : uri, SIZE_MAX);
    if (!address->fault)
        address->uri = sm_uri_parse(arena, uri, &address->fault);
    sm_bytes tag = sm_field_parameter(rest, "tag");
    address->tag = sm_bytes_present(tag) ? sm_arena_printable(arena, tag, SIZE_MAX) : NULL;
    address->anonymous = is_anonymous(address->uri);
    return address;
}

const sm_address *const *sm_address_list(sm_arena *arena, sm_bytes value, unsigned *count)
{
    const sm_address *found[SM_LIMIT_SIP_VALUES];
    unsigned n = 0;
    for (sm_bytes element; n < SM_LIMIT_SIP_VALUES && sm_field_next(&value, &element);)
        found[n++] = sm_address_parse(arena, element);
    *count = n;
    if (n == 0)
        return NULL;
    const sm_address **list = sm_arena_array(arena, const sm_address *, n);
    memcpy(list, found, n * sizeof(*list));
    return list;
}
