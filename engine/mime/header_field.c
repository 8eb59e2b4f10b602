/* Header fields: lines, folding, names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "mime/header_field.h"

#include "base/bounds.h"

sm_line sm_line_at(sm_bytes octets, size_t start, bool bare_lf)
{
    sm_bytes rest = sm_bytes_from(octets, start);
    size_t searched = 0;
    while (searched < rest.length) {
        const uint8_t *lf = memchr(rest.data + searched, '\n', rest.length - searched);
        if (lf == NULL)
            break;
        size_t at = (size_t)(lf - rest.data);
        bool crlf = at > 0 && rest.data[at - 1] == '\r';
        if (crlf || bare_lf)
            return (sm_line){sm_bytes_cut(rest, 0, crlf ? at - 1 : at), start + at + 1, true, !crlf};
        searched = at + 1;
    }
    return (sm_line){rest, octets.length, false, false};
}

static bool is_line_end(uint8_t octet)
{
    return octet == '\r' || octet == '\n';
}

static bool is_space(uint8_t octet)
{
    return sm_is_blank(octet) || is_line_end(octet);
}

sm_bytes sm_header_trim(sm_bytes octets)
{
    while (octets.length > 0 && is_space(octets.data[0]))
        octets = sm_bytes_from(octets, 1);
    while (octets.length > 0 && is_space(octets.data[octets.length - 1]))
        octets.length--;
    return octets;
}

sm_bytes sm_header_unfold(sm_arena *arena, sm_bytes value)
{
    while (value.length > 0 && is_space(value.data[value.length - 1]))
        value.length--;

    uint8_t *text = sm_arena_alloc(arena, value.length + 1);
    size_t length = 0, at = 0;
    while (at < value.length) {
        if (!is_space(value.data[at])) {
            text[length++] = value.data[at++];
            continue;
        }
        size_t end = at;
        bool folded = false;
        for (; end < value.length && is_space(value.data[end]); end++)
            folded = folded || (end > at && value.data[end - 1] == '\n' && sm_is_blank(value.data[end]));
        if (folded) {
            text[length++] = ' ';
        } else {
            memcpy(text + length, value.data + at, end - at);
            length += end - at;
        }
        at = end;
    }
    return sm_bytes_of(text, length);
}

const char *sm_header_text(sm_arena *arena, sm_bytes octets)
{
    size_t zeros = 0;
    for (size_t i = 0; i < octets.length; i++)
        zeros += octets.data[i] == 0;
    if (zeros == 0)
        return sm_arena_strndup(arena, octets.length > 0 ? (const char *)octets.data : "", octets.length);

    char *text = sm_arena_alloc(arena, octets.length + 3 * zeros + 1), *end = text;
    for (size_t i = 0; i < octets.length; i++) {
        if (octets.data[i] != 0)
            *end++ = (char)octets.data[i];
        else
            end = (char *)memcpy(end, "\\x00", 4) + 4;
    }
    return text;
}

/* RFC 3261 20 and the registered extensions of its header field names. */
static const char *compact_form(uint8_t letter)
{
    switch (g_ascii_tolower((char)letter)) {
    case 'a':
        return "Accept-Contact"; /* RFC 3841 */
    case 'b':
        return "Referred-By"; /* RFC 3892 */
    case 'c':
        return "Content-Type";
    case 'd':
        return "Request-Disposition"; /* RFC 3841 */
    case 'e':
        return "Content-Encoding";
    case 'f':
        return "From";
    case 'i':
        return "Call-ID";
    case 'j':
        return "Reject-Contact"; /* RFC 3841 */
    case 'k':
        return "Supported";
    case 'l':
        return "Content-Length";
    case 'm':
        return "Contact";
    case 'n':
        return "Identity-Info"; /* RFC 4474 */
    case 'o':
        return "Event"; /* RFC 6665 */
    case 'r':
        return "Refer-To"; /* RFC 3515 */
    case 's':
        return "Subject";
    case 't':
        return "To";
    case 'u':
        return "Allow-Events"; /* RFC 6665 */
    case 'v':
        return "Via";
    case 'x':
        return "Session-Expires"; /* RFC 4028 */
    case 'y':
        return "Identity"; /* RFC 8224 */
    default:
        return NULL;
    }
}

/* Reads one field with its folded lines; false when it is none: no name, no colon, or blanks within the name. Blanks
 * before the colon are allowed (RFC 3261 25.1 HCOLON, RFC 5322 4.5.8). */
static bool read_field(sm_arena *arena, sm_bytes field, bool sip, sm_header *header)
{
    size_t name_end = 0;
    while (name_end < field.length && field.data[name_end] > ' ' && field.data[name_end] < 0x7f &&
           field.data[name_end] != ':')
        name_end++;
    size_t colon = name_end;
    while (colon < field.length && sm_is_blank(field.data[colon]))
        colon++;
    if (name_end == 0 || colon == field.length || field.data[colon] != ':')
        return false;

    header->field = field;
    header->name_raw = sm_bytes_cut(field, 0, name_end);
    sm_bytes value = sm_bytes_from(field, colon + 1);
    if (value.length > 0 && value.data[value.length - 1] == '\n') {
        value.length--;
        if (value.length > 0 && value.data[value.length - 1] == '\r')
            value.length--;
    }
    size_t start = 0; /* a fold may stand before the value; a line end that is no fold belongs to it */
    for (size_t i = 0; i < value.length && is_space(value.data[i]); i++) {
        if (sm_is_blank(value.data[i]))
            start = i + 1;
    }
    header->value_raw = sm_bytes_from(value, start);
    header->name = sip && name_end == 1 ? compact_form(field.data[0]) : NULL;
    if (header->name == NULL)
        header->name = sm_arena_strndup(arena, header->name_raw.data, name_end);
    header->value = sm_header_text(arena, sm_header_unfold(arena, header->value_raw));
    return true;
}

/* Sets head, rest and ended. */
static void find_end(sm_header_block *block, sm_bytes octets, bool bare_lf)
{
    for (size_t at = 0; at < octets.length;) {
        sm_line line = sm_line_at(octets, at, bare_lf);
        at = line.next;
        if (line.ended && line.content.length == 0) {
            block->head = sm_bytes_cut(octets, 0, at);
            block->rest = sm_bytes_from(octets, at);
            block->ended = true;
            return;
        }
    }
    block->head = octets;
    block->rest = sm_bytes_from(octets, octets.length);
}

static void set_limit(sm_header_block *block, const char *fault)
{
    if (!block->limit)
        block->fault = fault;
    block->limit = true;
}

sm_header_block sm_header_block_read(sm_arena *arena, sm_bytes octets, sm_entity_flags flags, bool start_line)
{
    sm_header_block block = {0};
    bool bare_lf = (flags & SM_ENTITY_BARE_LF) != 0, sip = (flags & SM_ENTITY_SIP) != 0;
    find_end(&block, octets, bare_lf);

    GArray *headers = g_array_new(FALSE, TRUE, sizeof(sm_header));
    size_t next;
    for (size_t at = 0; at < block.head.length; at = next) {
        sm_line line = sm_line_at(block.head, at, bare_lf);
        if (line.content.length == 0)
            break;
        next = line.next;
        while (next < block.head.length && sm_is_blank(block.head.data[next]))
            next = sm_line_at(block.head, next, bare_lf).next;
        if (next > SM_LIMIT_MIME_HEADER_OCTETS) {
            set_limit(&block, "the header is longer than SM_LIMIT_MIME_HEADER_OCTETS");
            break;
        }
        sm_header header = {0};
        if (read_field(arena, sm_bytes_cut(block.head, at, next - at), sip, &header)) {
            if (headers->len == SM_LIMIT_MIME_HEADERS) {
                set_limit(&block, "more header fields than SM_LIMIT_MIME_HEADERS");
                break;
            }
            g_array_append_val(headers, header);
        } else if (!(start_line && at == 0) && block.fault == NULL) {
            block.fault = sm_arena_printf(arena, "no header field at octet %zu of the header", at);
        }
    }
    block.count = headers->len;
    sm_header *copy = sm_arena_array(arena, sm_header, headers->len);
    if (headers->len > 0)
        memcpy(copy, headers->data, headers->len * sizeof(sm_header));
    block.headers = copy;
    g_array_free(headers, TRUE);
    return block;
}
