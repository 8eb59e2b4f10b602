/* Content-Type and values of its shape: type, subtype, parameters (RFC 2045 5.1, RFC 2183 2, RFC 2231 3 and 4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "mime/entity.h"

#include "base/bounds.h"
#include "mime/header_field.h"

typedef struct scanner {
    sm_arena *arena;
    sm_bytes text; /* unfolded */
    size_t at;
    const char *fault; /* the first one */
} scanner;

/* One parameter as written; several make one by RFC 2231 3. */
typedef struct piece {
    const char *name; /* lower case, without the asterisks */
    sm_bytes value;   /* unquoted */
    bool quoted;
    bool extended; /* name*= or name*N*=: percent-encoded */
    int section;   /* N of name*N; -1 without */
} piece;

static void complain(scanner *in, const char *fault)
{
    if (in->fault == NULL)
        in->fault = fault;
}

static bool at_end(const scanner *in)
{
    return in->at >= in->text.length;
}

static uint8_t peek(const scanner *in)
{
    return at_end(in) ? 0 : in->text.data[in->at];
}

static bool is_token(uint8_t octet)
{
    return octet > ' ' && octet < 0x7f && strchr("()<>@,;:\\\"/[]?=", octet) == NULL;
}

static bool is_space(uint8_t octet)
{
    return octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n';
}

/* Comments nest and know the backslash (RFC 5322 3.2.2). */
static void skip_comment(scanner *in)
{
    size_t depth = 0;
    for (; !at_end(in); in->at++) {
        uint8_t octet = peek(in);
        if (octet == '\\')
            in->at++;
        else if (octet == '(')
            depth++;
        else if (octet == ')' && --depth == 0) {
            in->at++;
            return;
        }
    }
    in->at = in->text.length; /* a backslash may have stepped over the end */
    complain(in, "a comment does not end");
}

static void skip_space(scanner *in)
{
    while (!at_end(in) && (is_space(peek(in)) || peek(in) == '(')) {
        if (peek(in) == '(')
            skip_comment(in);
        else
            in->at++;
    }
}

static sm_bytes read_token(scanner *in)
{
    size_t start = in->at;
    while (!at_end(in) && is_token(peek(in)))
        in->at++;
    return sm_bytes_cut(in->text, start, in->at - start);
}

/* Steps over a quoted string and returns what stands between its marks, backslashes and all. */
static sm_bytes skip_quoted(scanner *in)
{
    size_t start = ++in->at;
    while (!at_end(in) && peek(in) != '"')
        in->at += peek(in) == '\\' ? 2 : 1;
    if (at_end(in)) {
        in->at = in->text.length; /* a backslash may have stepped over the end */
        complain(in, "a quoted value does not end");
        return sm_bytes_from(in->text, start);
    }
    return sm_bytes_cut(in->text, start, in->at++ - start);
}

static sm_bytes read_quoted(scanner *in)
{
    sm_bytes quoted = skip_quoted(in);
    uint8_t *value = sm_arena_alloc(in->arena, quoted.length);
    size_t length = 0;
    for (size_t i = 0; i < quoted.length; i++) {
        if (quoted.data[i] == '\\' && i + 1 < quoted.length)
            i++;
        value[length++] = quoted.data[i];
    }
    return sm_bytes_of(value, length);
}

/* An unquoted value. What is no token but can be told from what follows is taken all the same: boundary=a:b and
 * protocol=application/pkcs7-signature without quotation marks are common, the latter even in RFC 3862 5.2. */
static sm_bytes read_unquoted(scanner *in)
{
    size_t start = in->at;
    bool token = true;
    for (; !at_end(in); in->at++) {
        uint8_t octet = peek(in);
        if (octet == ';' || octet == '"' || octet == '(' || is_space(octet))
            break;
        token = token && is_token(octet);
    }
    if (in->at == start)
        complain(in, "a parameter has no value");
    else if (!token)
        complain(in, "a value that is no token stands without quotation marks");
    return sm_bytes_cut(in->text, start, in->at - start);
}

static const char *lower_case(sm_arena *arena, sm_bytes token)
{
    char *text = sm_arena_alloc(arena, token.length + 1);
    for (size_t i = 0; i < token.length; i++)
        text[i] = g_ascii_tolower((char)token.data[i]);
    return text;
}

/* Takes "*", "*N" or "*N*" off the end of the name. A name with other asterisks stays as it is. */
static void read_sections(scanner *in, sm_bytes name, piece *out)
{
    sm_bytes base = name;
    out->section = -1;
    if (base.length > 1 && base.data[base.length - 1] == '*') {
        out->extended = true;
        base.length--;
    }
    size_t digits = 0;
    int section = 0;
    while (digits < base.length && digits < 4 && g_ascii_isdigit(base.data[base.length - 1 - digits]))
        digits++;
    for (size_t i = base.length - digits; i < base.length; i++)
        section = section * 10 + (base.data[i] - '0');
    bool leading_zero = digits > 1 && base.data[base.length - digits] == '0';
    if (digits > 0 && !leading_zero && base.length > digits + 1 &&
        base.data[base.length - digits - 1] == '*') {
        out->section = section;
        base.length -= digits + 1;
    }
    out->name = lower_case(in->arena, base);
}

/* One parameter after its semicolon; false when there is none to be read there. */
static bool read_parameter(scanner *in, piece *out)
{
    skip_space(in);
    sm_bytes name = read_token(in);
    if (name.length == 0) {
        complain(in, at_end(in) ? "a semicolon with no parameter after it" : "a parameter has no name");
        return false;
    }
    skip_space(in);
    if (peek(in) != '=' || at_end(in)) {
        complain(in, "a parameter has no \"=\"");
        return false;
    }
    in->at++;
    skip_space(in);
    out->quoted = peek(in) == '"';
    out->value = out->quoted ? read_quoted(in) : read_unquoted(in);
    read_sections(in, name, out);
    return true;
}

/* On to the next semicolon outside quotation marks and comments, or to the end. */
static void skip_to_semicolon(scanner *in)
{
    skip_space(in);
    if (!at_end(in) && peek(in) != ';')
        complain(in, "something other than a semicolon stands after a value");
    while (!at_end(in) && peek(in) != ';') {
        if (peek(in) == '"')
            skip_quoted(in);
        else if (peek(in) == '(')
            skip_comment(in);
        else
            in->at++;
    }
}

static int hex_value(uint8_t octet)
{
    return g_ascii_xdigit_value((char)octet);
}

static void append_percent_decoded(scanner *in, GString *text, sm_bytes value)
{
    for (size_t i = 0; i < value.length; i++) {
        if (value.data[i] != '%') {
            g_string_append_c(text, (char)value.data[i]);
        } else if (i + 2 < value.length && hex_value(value.data[i + 1]) >= 0 &&
                   hex_value(value.data[i + 2]) >= 0) {
            g_string_append_c(text, (char)(hex_value(value.data[i + 1]) << 4 | hex_value(value.data[i + 2])));
            i += 2;
        } else {
            g_string_append_c(text, '%');
            complain(in, "\"%\" stands before something other than two hexadecimal digits");
        }
    }
}

/* Takes charset'language' off an initial extended value (RFC 2231 4); NULL when it is not there. */
static const char *take_charset(scanner *in, sm_bytes *value)
{
    const uint8_t *first = value->length > 0 ? memchr(value->data, '\'', value->length) : NULL;
    size_t rest = first ? value->length - (size_t)(first - value->data) - 1 : 0;
    const uint8_t *second = rest > 0 ? memchr(first + 1, '\'', rest) : NULL;
    if (second == NULL) {
        complain(in, "an extended value names no character set");
        return NULL;
    }
    const char *charset = lower_case(in->arena, sm_bytes_cut(*value, 0, (size_t)(first - value->data)));
    *value = sm_bytes_from(*value, (size_t)(second - value->data) + 1);
    return charset;
}

/* The decoded octets as UTF-8. Only the character sets that need no converter of the C library: its converters are loaded
 * by name, and the name is the sender's. */
static const char *to_utf8(scanner *in, const GString *text, const char *charset)
{
    sm_bytes octets = sm_bytes_of(text->str, text->len);
    if (charset && strcmp(charset, "iso-8859-1") == 0) {
        GString *wide = g_string_sized_new(2 * text->len);
        for (size_t i = 0; i < text->len; i++)
            g_string_append_unichar(wide, octets.data[i]);
        const char *result = sm_header_text(in->arena, sm_bytes_of(wide->str, wide->len));
        g_string_free(wide, TRUE);
        return result;
    }
    const char *result = sm_header_text(in->arena, octets);
    if (charset && *charset && strcmp(charset, "utf-8") != 0 && strcmp(charset, "us-ascii") != 0)
        complain(in, "an extended value is in a character set that is not decoded");
    else if (!g_utf8_validate(result, -1, NULL))
        complain(in, "an extended value is not the UTF-8 it says it is");
    return result;
}

/* The first piece with this name and section, or NULL. */
static const piece *find_section(const piece *pieces, unsigned count, const char *name, int section)
{
    for (unsigned i = 0; i < count; i++) {
        if (pieces[i].section == section && strcmp(pieces[i].name, name) == 0)
            return &pieces[i];
    }
    return NULL;
}

/* The value of `head` and of the sections that continue it, wherever they stand. */
static sm_parameter join_pieces(scanner *in, const piece *pieces, unsigned count, const piece *head)
{
    sm_parameter parameter = {head->name, NULL, false};
    GString *text = g_string_new(NULL);
    const char *charset = NULL;
    bool extended = false;
    for (const piece *next = head; next != NULL;) {
        sm_bytes value = next->value;
        if (next->extended && next == head)
            charset = take_charset(in, &value);
        if (next->extended)
            append_percent_decoded(in, text, value);
        else
            g_string_append_len(text, (const char *)value.data, (gssize)value.length);
        extended = extended || next->extended;
        parameter.quoted = parameter.quoted || next->quoted;
        next = next->section < 0 ? NULL : find_section(pieces, count, head->name, next->section + 1);
    }
    parameter.value =
        extended ? to_utf8(in, text, charset) : sm_header_text(in->arena, sm_bytes_of(text->str, text->len));
    g_string_free(text, TRUE);
    return parameter;
}

/* True when an earlier piece is the same parameter in the same form. */
static bool repeated(const piece *pieces, unsigned index)
{
    for (unsigned i = 0; i < index; i++) {
        if (strcmp(pieces[i].name, pieces[index].name) == 0 && pieces[i].section == pieces[index].section &&
            (pieces[i].section >= 0 || pieces[i].extended == pieces[index].extended))
            return true;
    }
    return false;
}

static void join_parameters(scanner *in, const piece *pieces, unsigned count, sm_media_type *type)
{
    sm_parameter *parameters = sm_arena_array(in->arena, sm_parameter, count);
    for (unsigned i = 0; i < count; i++) {
        if (repeated(pieces, i))
            complain(in, sm_arena_printf(in->arena, "the parameter %s is repeated",
                                         sm_arena_printable(
                                             in->arena, sm_bytes_of(pieces[i].name, strlen(pieces[i].name)),
                                             SM_LIMIT_SHOWN_OCTETS)));
        if (pieces[i].section <= 0)
            parameters[type->parameter_count++] = join_pieces(in, pieces, count, &pieces[i]);
        else if (find_section(pieces, count, pieces[i].name, 0) == NULL)
            complain(in, "a continued parameter lacks its first section");
    }
    type->parameters = parameters;
}

const sm_media_type *sm_media_type_parse(sm_arena *arena, sm_bytes value)
{
    if (!sm_bytes_present(value))
        return NULL;
    scanner in = {arena, sm_header_unfold(arena, value), 0, NULL};
    skip_space(&in);
    sm_bytes first = read_token(&in);
    if (first.length == 0)
        return NULL;

    sm_media_type *type = sm_arena_new0(arena, sm_media_type);
    type->text = type->type = lower_case(arena, first);
    type->subtype = "";
    skip_space(&in);
    if (peek(&in) == '/') {
        in.at++;
        skip_space(&in);
        type->subtype = lower_case(arena, read_token(&in));
        type->text = sm_arena_printf(arena, "%s/%s", type->type, type->subtype);
        if (*type->subtype == '\0')
            complain(&in, "the media type has no subtype");
    }

    piece pieces[SM_LIMIT_MIME_PARAMETERS] = {0};
    unsigned count = 0;
    skip_to_semicolon(&in);
    while (!at_end(&in)) {
        in.at++;
        if (count == SM_LIMIT_MIME_PARAMETERS) {
            in.fault = "more parameters than SM_LIMIT_MIME_PARAMETERS";
            type->limit = true;
            break;
        }
        if (read_parameter(&in, &pieces[count]))
            count++;
        skip_to_semicolon(&in);
    }
    join_parameters(&in, pieces, count, type);
    type->fault = in.fault;
    return type;
}

const char *sm_media_type_parameter(const sm_media_type *type, const char *name)
{
    for (unsigned i = 0; type && i < type->parameter_count; i++) {
        if (strcmp(type->parameters[i].name, name) == 0)
            return type->parameters[i].value;
    }
    return NULL;
}

bool sm_media_type_contradicts(const sm_media_type *type, const char *name)
{
    const char *first = sm_media_type_parameter(type, name);
    for (unsigned i = 0; first && i < type->parameter_count; i++) {
        if (strcmp(type->parameters[i].name, name) == 0 && strcmp(type->parameters[i].value, first) != 0)
            return true;
    }
    return false;
}

bool sm_media_type_is(const sm_media_type *type, const char *text)
{
    return type && g_ascii_strcasecmp(type->text, text) == 0;
}
