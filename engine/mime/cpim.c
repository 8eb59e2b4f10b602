/* Message/CPIM (RFC 3862): header lines, escapes, namespaces, and the entity inside.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "mime/cpim.h"

#include "base/bounds.h"
#include "mime/header_field.h"

#define CPIM_NAMESPACE "urn:ietf:params:cpim-headers:"
#define IMDN_NAMESPACE "urn:ietf:params:imdn" /* RFC 5438 6 */

typedef struct reader {
    sm_arena *arena;
    sm_cpim *cpim;
    GArray *headers;               /* of sm_cpim_header */
    GHashTable *namespaces;        /* prefix -> URI, both owned by the arena */
    const char *default_namespace; /* of names without prefix, changed by an NS header without one */
} reader;

static void complain(reader *in, const char *fault)
{
    if (in->cpim->fault == NULL)
        in->cpim->fault = fault;
}

/* RFC 3862 3.6 NAMECHAR: neither control, separator nor the dot that ends a prefix. */
static bool is_name(uint8_t octet)
{
    return octet > ' ' && octet < 0x7f && strchr("()<>@,;:\\\"/[]?={}.", octet) == NULL;
}

/* The code unit of "uxxxx" at the start of `octets`, or -1. */
static int read_code_unit(sm_bytes octets)
{
    if (octets.length < 5 || octets.data[0] != 'u')
        return -1;
    int unit = 0;
    for (size_t i = 1; i < 5; i++) {
        int digit = g_ascii_xdigit_value((char)octets.data[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

/* Appends the character that \uxxxx stands for and returns its length behind the backslash. Two escapes may make one
 * character beyond UCS-2, as Java has it; half of such a pair makes none. */
static size_t append_escaped_unit(GString *text, sm_bytes escape, int unit)
{
    if (unit >= 0xd800 && unit < 0xdc00 && escape.length > 5 && escape.data[5] == '\\') {
        int low = read_code_unit(sm_bytes_from(escape, 6));
        if (low >= 0xdc00 && low < 0xe000) {
            g_string_append_unichar(text,
                                    0x10000u + ((gunichar)(unit - 0xd800) << 10) + (gunichar)(low - 0xdc00));
            return 11;
        }
    }
    g_string_append_unichar(text, unit >= 0xd800 && unit < 0xe000 ? 0xfffd : (gunichar)unit);
    return 5;
}

/* Undoes the escape behind a backslash (RFC 3862 2.3); returns its length. An unknown one is the character itself, a
 * backslash at the end nothing (2.3.1). */
static size_t append_escape(GString *text, sm_bytes escape)
{
    if (escape.length == 0)
        return 0;
    int unit = read_code_unit(escape);
    if (unit >= 0)
        return append_escaped_unit(text, escape, unit);
    static const char letters[] = "btnr", characters[] = "\b\t\n\r";
    const char *letter = memchr(letters, escape.data[0], strlen(letters));
    g_string_append_c(text, letter ? characters[letter - letters] : (char)escape.data[0]);
    return 1;
}

/* The octets with escapes undone, as UTF-8. Octets that are none become U+FFFD and are told. */
static const char *unescape(reader *in, sm_bytes octets)
{
    GString *text = g_string_sized_new(octets.length);
    for (size_t i = 0; i < octets.length; i++) {
        if (octets.data[i] == '\\')
            i += append_escape(text, sm_bytes_from(octets, i + 1));
        else
            g_string_append_c(text, (char)octets.data[i]);
    }
    const char *result = sm_header_text(in->arena, sm_bytes_of(text->str, text->len));
    g_string_free(text, TRUE);
    if (!g_utf8_validate(result, -1, NULL)) {
        complain(in, "a header is not UTF-8");
        g_autofree char *valid = g_utf8_make_valid(result, -1);
        result = sm_arena_strdup(in->arena, valid);
    }
    return result;
}

/* Offset of the quotation mark that ends the string whose first one stands at the start; the length when none does. */
static size_t string_end(sm_bytes octets)
{
    for (size_t i = 1; i < octets.length; i++) {
        if (octets.data[i] == '\\')
            i++;
        else if (octets.data[i] == '"')
            return i;
    }
    return octets.length;
}

/* Parts of [ Formal-name ] "<" URI ">". */
typedef struct address {
    sm_bytes name; /* absent when there is none; without quotation marks */
    sm_bytes uri;  /* absent when there are no angle brackets */
} address;

static address read_address(reader *in, sm_bytes value)
{
    address result = {SM_BYTES_NONE, SM_BYTES_NONE};
    sm_bytes rest = value;
    if (rest.length > 0 && rest.data[0] == '"') {
        size_t end = string_end(rest);
        result.name = sm_bytes_cut(rest, 1, end - 1);
        rest = sm_bytes_from(rest, end + 1);
    }
    const uint8_t *open = rest.length > 0 ? memchr(rest.data, '<', rest.length) : NULL;
    if (open == NULL) {
        complain(in, "an address has no URI in angle brackets");
        return result;
    }
    size_t at = (size_t)(open - rest.data);
    sm_bytes before = sm_header_trim(sm_bytes_cut(rest, 0, at));
    if (!sm_bytes_present(result.name) && before.length > 0)
        result.name = before;
    else if (before.length > 0)
        complain(in, "something stands between a display name and its URI");
    rest = sm_bytes_from(rest, at + 1);
    const uint8_t *close = rest.length > 0 ? memchr(rest.data, '>', rest.length) : NULL;
    if (close == NULL) {
        complain(in, "a URI lacks its closing angle bracket");
        return result;
    }
    result.uri = sm_bytes_cut(rest, 0, (size_t)(close - rest.data));
    if (result.uri.length + 1 < rest.length)
        complain(in, "something stands behind the URI of an address");
    return result;
}

/* NS binds a prefix, or without one what names without prefix belong to (RFC 3862 3.4). */
static void declare_namespace(reader *in, sm_bytes value)
{
    address declaration = read_address(in, value);
    if (!sm_bytes_present(declaration.uri))
        return;
    const char *uri = unescape(in, declaration.uri);
    if (sm_bytes_present(declaration.name))
        g_hash_table_insert(in->namespaces, (gpointer)(uintptr_t)unescape(in, declaration.name),
                            (gpointer)(uintptr_t)uri);
    else
        in->default_namespace = uri;
}

static void set_address(reader *in, sm_bytes value, const char **uri, const char **name)
{
    address parts = read_address(in, value);
    if (sm_bytes_present(parts.uri))
        *uri = unescape(in, parts.uri);
    if (sm_bytes_present(parts.name))
        *name = unescape(in, parts.name);
}

/* True for the first header of that name among those read so far. */
static bool is_first(const reader *in, const sm_cpim_header *header)
{
    for (guint i = 0; i < in->headers->len; i++) {
        const sm_cpim_header *other = &g_array_index(in->headers, sm_cpim_header, i);
        if (g_strcmp0(other->namespace_, header->namespace_) == 0 && strcmp(other->name, header->name) == 0)
            return false;
    }
    return true;
}

/* What the structure tells of the headers everybody asks for. */
static void note_header(reader *in, const sm_cpim_header *header, sm_bytes raw_value)
{
    sm_cpim *cpim = in->cpim;
    if (g_strcmp0(header->namespace_, CPIM_NAMESPACE) == 0) {
        if (strcmp(header->name, "NS") == 0)
            declare_namespace(in, raw_value);
        else if (strcmp(header->name, "From") == 0 && is_first(in, header))
            set_address(in, raw_value, &cpim->from_uri, &cpim->from_name);
        else if (strcmp(header->name, "To") == 0 && is_first(in, header))
            set_address(in, raw_value, &cpim->to_uri, &cpim->to_name);
        else if (strcmp(header->name, "DateTime") == 0 && cpim->date_time == NULL)
            cpim->date_time = header->value;
        return;
    }
    /* Some senders use the prefix without declaring it; it can mean nothing else then. */
    bool imdn = header->namespace_ ? strcmp(header->namespace_, IMDN_NAMESPACE) == 0
                                   : strcmp(header->prefix, "imdn") == 0;
    if (imdn && strcmp(header->name, "Message-ID") == 0 && cpim->imdn_message_id == NULL)
        cpim->imdn_message_id = header->value;
}

/* Reads [ prefix "." ] name; false when the line begins with none. Returns what follows in `rest`. */
static bool read_name(reader *in, sm_bytes line, sm_cpim_header *header, sm_bytes *rest)
{
    size_t end = 0, dot = 0;
    for (; end < line.length && (is_name(line.data[end]) || line.data[end] == '.'); end++) {
        if (line.data[end] == '.' && dot == 0)
            dot = end;
        else if (line.data[end] == '.')
            complain(in, "a header name has more than one dot");
    }
    if (end == 0 || end == line.length || line.data[end] != ':' || line.data[0] == '.' ||
        line.data[end - 1] == '.')
        return false;
    header->prefix = dot > 0 ? sm_arena_strndup(in->arena, line.data, dot) : "";
    size_t name = dot > 0 ? dot + 1 : 0;
    header->name = sm_arena_strndup(in->arena, line.data + name, end - name);
    *rest = sm_bytes_from(line, end + 1);
    return true;
}

/* Octets of one parameter's value: up to the next semicolon or space, strings as a whole. */
static size_t parameter_length(sm_bytes octets)
{
    if (octets.length > 0 && octets.data[0] == '"')
        return MIN(string_end(octets) + 1, octets.length);
    size_t length = 0;
    while (length < octets.length && octets.data[length] != ';' && octets.data[length] != ' ')
        length++;
    return length;
}

/* Reads *( ";" Parameter ) SP and returns the value behind it. */
static sm_bytes read_parameters(reader *in, sm_bytes rest, sm_cpim_header *header)
{
    while (rest.length > 0 && rest.data[0] == ';') {
        rest = sm_bytes_from(rest, 1);
        size_t name = 0;
        while (name < rest.length && is_name(rest.data[name]))
            name++;
        bool language = sm_bytes_equal(sm_bytes_cut(rest, 0, name), SM_BYTES_LITERAL("lang"));
        rest = sm_bytes_from(rest, name);
        if (name == 0 || rest.length == 0 || rest.data[0] != '=') {
            complain(in, "a header parameter has no name or no value");
            rest = sm_bytes_from(rest, parameter_length(rest));
            continue;
        }
        rest = sm_bytes_from(rest, 1);
        size_t length = parameter_length(rest);
        if (language && header->language == NULL)
            header->language = unescape(in, sm_bytes_cut(rest, 0, length));
        rest = sm_bytes_from(rest, length);
    }
    if (rest.length > 0 && rest.data[0] == ' ')
        return sm_bytes_from(rest, 1);
    complain(in, "no space stands between a header name and its value");
    return rest;
}

/* Control characters must be escaped, blanks at the ends are forbidden (RFC 3862 2.2); read, and told. */
static void check_value(reader *in, sm_bytes value)
{
    for (size_t i = 0; i < value.length; i++) {
        if (value.data[i] < ' ' || value.data[i] == 0x7f)
            complain(in, "a header holds a control character");
    }
    if (value.length > 0 && (value.data[0] == ' ' || value.data[value.length - 1] == ' '))
        complain(in, "a blank stands at the beginning or the end of a header value");
}

static void read_header(reader *in, sm_bytes field, sm_bytes line)
{
    sm_cpim_header header = {.field = field};
    sm_bytes value;
    if (!read_name(in, line, &header, &value)) {
        complain(in, sm_is_blank(line.data[0]) ? "a header line begins with a blank: CPIM has no folding"
                                               : "a line is no header");
        return;
    }
    value = read_parameters(in, value, &header);
    check_value(in, value);
    header.value = unescape(in, value);
    header.namespace_ =
        *header.prefix ? g_hash_table_lookup(in->namespaces, header.prefix) : in->default_namespace;
    if (header.namespace_ == NULL)
        complain(in, "a header name has a prefix that no NS header before it declares");
    note_header(in, &header, value);
    g_array_append_val(in->headers, header);
}

static void set_limit(reader *in, const char *fault)
{
    in->cpim->fault = fault;
    in->cpim->limit = true;
}

/* Reads the header lines; returns the offset behind the empty line, or the length when there is none. */
static size_t read_headers(reader *in, sm_bytes body, bool bare_lf)
{
    for (size_t at = 0; at < body.length;) {
        sm_line line = sm_line_at(body, at, bare_lf);
        if (line.ended && line.content.length == 0)
            return line.next;
        if (!in->cpim->limit && line.next > SM_LIMIT_MIME_HEADER_OCTETS)
            set_limit(in, "the CPIM header is longer than SM_LIMIT_MIME_HEADER_OCTETS");
        else if (!in->cpim->limit && in->headers->len == SM_LIMIT_MIME_HEADERS)
            set_limit(in, "more CPIM headers than SM_LIMIT_MIME_HEADERS");
        if (!in->cpim->limit)
            read_header(in, sm_bytes_cut(body, at, line.next - at), line.content);
        at = line.next;
    }
    complain(in, "no empty line ends the CPIM header");
    return body.length;
}

const sm_cpim *sm_cpim_parse(sm_arena *arena, sm_bytes body)
{
    if (!sm_bytes_present(body))
        body = SM_BYTES_LITERAL("");
    sm_cpim *cpim = sm_arena_new0(arena, sm_cpim);
    reader in = {.arena = arena, .cpim = cpim, .default_namespace = CPIM_NAMESPACE};
    in.headers = g_array_new(FALSE, TRUE, sizeof(sm_cpim_header));
    in.namespaces = g_hash_table_new(g_str_hash, g_str_equal);

    /* CRLF is a must (RFC 3862 2.2); a message that has none at its first line is read by its own line ends. */
    bool bare_lf = sm_line_at(body, 0, true).bare_lf;
    if (bare_lf)
        complain(&in, "lines end with LF alone");
    size_t end = read_headers(&in, body, bare_lf);
    cpim->message_headers = sm_bytes_cut(body, 0, end);
    cpim->content =
        sm_entity_parse(arena, sm_bytes_from(body, end), bare_lf ? SM_ENTITY_BARE_LF : SM_ENTITY_DEFAULT);

    cpim->header_count = in.headers->len;
    sm_cpim_header *headers = sm_arena_array(arena, sm_cpim_header, in.headers->len);
    if (in.headers->len > 0)
        memcpy(headers, in.headers->data, in.headers->len * sizeof(sm_cpim_header));
    cpim->headers = headers;
    g_array_free(in.headers, TRUE);
    g_hash_table_destroy(in.namespaces);
    return cpim;
}
