/* MSRP framing (RFC 4975 7, 9).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "msrp/frame.h"

#include "base/bounds.h"

#include <glib.h>

#define IDENT_SHORTEST 4 /* ident = ALPHANUM 3*31ident-char */
#define IDENT_LONGEST 32
#define DASHES "-------"
#define DASH_COUNT (sizeof(DASHES) - 1)
#define CRLF_LENGTH 2

/* What the start line says; slices of the stream. */
typedef struct start_line {
    sm_bytes transaction_id;
    sm_bytes method;  /* absent in a response */
    unsigned status;  /* 0 in a request */
    sm_bytes comment; /* absent without one */
    size_t length;    /* with its CRLF */
} start_line;

/* The header fields a frame knows, as received; absent ones have data == NULL. */
typedef struct fields {
    sm_bytes to_path, from_path, message_id, byte_range, content_type, success_report, failure_report, status;
    sm_bytes use_path, challenge, credentials;
} fields;

/* Everything up to the body, or to the end of a chunk without one. */
typedef struct header_block {
    start_line start;
    fields fields;
    size_t end; /* offset behind the empty line, or behind the end-line when `flag` is set */
    char flag;  /* of an end-line that stood where a header field could; 0: a body follows */
    bool content_type_last;
    const char *fault;
} header_block;

/* ---- Characters (RFC 4975 9) ---- */

static bool is_ident_char(uint8_t c)
{
    return g_ascii_isalnum(c) || c == '.' || c == '-' || c == '+' || c == '%' || c == '=';
}

static bool is_token_char(uint8_t c)
{
    return c == 0x21 || (c >= 0x23 && c <= 0x27) || c == 0x2a || c == 0x2b || c == 0x2d || c == 0x2e ||
           g_ascii_isdigit(c) || g_ascii_isupper(c) || (c >= 0x5e && c <= 0x7e);
}

/* utf8text, whose multi-octet characters are checked elsewhere: what may stand in a line at all. */
static bool is_text_char(uint8_t c)
{
    return c == '\t' || (c >= 0x20 && c != 0x7f);
}

static bool is_flag(uint8_t c)
{
    return c == '+' || c == '$' || c == '#';
}

static bool begins_with(sm_bytes bytes, size_t at, const char *text, size_t length)
{
    return at <= bytes.length && bytes.length - at >= length && memcmp(bytes.data + at, text, length) == 0;
}

/* Offset, at or behind `from`, of the first place where `text` stands; octets.length when there is none. Its first character
 * is looked for: it is rare in what is sent, and hostile octets full of it cost a comparison each, no more. */
static size_t find_text(sm_bytes octets, size_t from, const char *text, size_t length)
{
    while (from < octets.length && octets.length - from >= length) {
        const uint8_t *hit = memchr(octets.data + from, text[0], octets.length - from - length + 1);
        if (hit == NULL)
            break;
        if (memcmp(hit, text, length) == 0)
            return (size_t)(hit - octets.data);
        from = (size_t)(hit - octets.data) + 1;
    }
    return octets.length;
}

/* ---- Start line ---- */

/* Reads "MSRP" SP before offset `*at`. */
static sm_msrp_status read_protocol(sm_bytes octets, size_t *at)
{
    static const char protocol[] = "MSRP ";
    size_t length = MIN(octets.length, sizeof(protocol) - 1);
    if (length > 0 && memcmp(octets.data, protocol, length) != 0)
        return SM_MSRP_NOT;
    *at = length;
    return length == sizeof(protocol) - 1 ? SM_MSRP_COMPLETE : SM_MSRP_MORE;
}

static sm_msrp_status read_transaction_id(sm_bytes octets, size_t *at, sm_bytes *transaction_id)
{
    size_t begin = *at, end = begin;
    while (end < octets.length && is_ident_char(octets.data[end]) && end - begin <= IDENT_LONGEST)
        end++;
    size_t length = end - begin;
    if (length > IDENT_LONGEST || (length > 0 && !g_ascii_isalnum(octets.data[begin])))
        return SM_MSRP_NOT;
    if (end == octets.length)
        return SM_MSRP_MORE;
    if (length < IDENT_SHORTEST || octets.data[end] != ' ')
        return SM_MSRP_NOT;
    *transaction_id = sm_bytes_cut(octets, begin, length);
    *at = end + 1;
    return SM_MSRP_COMPLETE;
}

/* Reads CRLF at `*at`. */
static sm_msrp_status read_line_end(sm_bytes octets, size_t *at)
{
    if (*at < octets.length && octets.data[*at] != '\r')
        return SM_MSRP_NOT;
    if (octets.length - *at < CRLF_LENGTH)
        return SM_MSRP_MORE;
    if (octets.data[*at + 1] != '\n')
        return SM_MSRP_NOT;
    *at += CRLF_LENGTH;
    return SM_MSRP_COMPLETE;
}

static sm_msrp_status read_method(sm_bytes octets, size_t *at, sm_bytes *method)
{
    size_t begin = *at;
    while (*at < octets.length && g_ascii_isupper(octets.data[*at]))
        (*at)++;
    *method = sm_bytes_cut(octets, begin, *at - begin);
    return read_line_end(octets, at);
}

static sm_msrp_status read_status(sm_bytes octets, size_t *at, start_line *line)
{
    for (int digit = 0; digit < 3; digit++, (*at)++) {
        if (*at == octets.length)
            return SM_MSRP_MORE;
        if (!g_ascii_isdigit(octets.data[*at]))
            return SM_MSRP_NOT;
        line->status = line->status * 10 + (unsigned)(octets.data[*at] - '0');
    }
    if (*at < octets.length && octets.data[*at] == ' ') {
        size_t begin = ++*at;
        while (*at < octets.length && is_text_char(octets.data[*at]))
            (*at)++;
        line->comment = sm_bytes_cut(octets, begin, *at - begin);
    }
    return read_line_end(octets, at);
}

static sm_msrp_status read_start_line(sm_bytes octets, start_line *line)
{
    *line = (start_line){0};
    octets = sm_bytes_cut(octets, 0, SM_LIMIT_MSRP_HEADER_OCTETS);
    size_t at = 0;
    sm_msrp_status status = read_protocol(octets, &at);
    if (status == SM_MSRP_COMPLETE)
        status = read_transaction_id(octets, &at, &line->transaction_id);
    if (status == SM_MSRP_COMPLETE && at == octets.length)
        status = SM_MSRP_MORE;
    if (status == SM_MSRP_COMPLETE && g_ascii_isdigit(octets.data[at]))
        status = read_status(octets, &at, line);
    else if (status == SM_MSRP_COMPLETE && g_ascii_isupper(octets.data[at]))
        status = read_method(octets, &at, &line->method);
    else if (status == SM_MSRP_COMPLETE)
        status = SM_MSRP_NOT;
    if (status == SM_MSRP_MORE && octets.length == SM_LIMIT_MSRP_HEADER_OCTETS)
        status = SM_MSRP_NOT;
    line->length = at;
    return status;
}

sm_msrp_status sm_msrp_start_line(sm_bytes octets)
{
    start_line line;
    return read_start_line(octets, &line);
}

size_t sm_msrp_resynchronise(sm_bytes octets, size_t from)
{
    for (size_t at = from; at < octets.length;) {
        bool line_start = at == 0 || octets.data[at - 1] == '\n';
        if (line_start && sm_msrp_start_line(sm_bytes_from(octets, at)) != SM_MSRP_NOT)
            return at;
        const uint8_t *line_end = memchr(octets.data + at, '\n', octets.length - at);
        if (line_end == NULL)
            break;
        at = (size_t)(line_end - octets.data) + 1;
    }
    return octets.length;
}

/* ---- End-line ---- */

/* Octets of "-------" transaction-id flag CRLF. */
static size_t end_line_length(sm_bytes transaction_id)
{
    return DASH_COUNT + transaction_id.length + 1 + CRLF_LENGTH;
}

/* Whether the end-line of `transaction_id` stands at `at`: COMPLETE, MORE when it is cut off, NOT. */
static sm_msrp_status end_line_at(sm_bytes octets, size_t at, sm_bytes transaction_id, char *flag)
{
    sm_bytes rest = sm_bytes_from(octets, at);
    size_t dashes = MIN(rest.length, DASH_COUNT);
    if (dashes > 0 && memcmp(rest.data, DASHES, dashes) != 0)
        return SM_MSRP_NOT;
    rest = sm_bytes_from(rest, dashes);
    size_t name = MIN(rest.length, transaction_id.length);
    if (name > 0 && memcmp(rest.data, transaction_id.data, name) != 0)
        return SM_MSRP_NOT;
    rest = sm_bytes_from(rest, name);
    if (rest.length == 0)
        return SM_MSRP_MORE;
    if (!is_flag(rest.data[0]))
        return SM_MSRP_NOT;
    size_t end = 1;
    sm_msrp_status status = read_line_end(rest, &end);
    if (status == SM_MSRP_COMPLETE)
        *flag = (char)rest.data[0];
    return status;
}

/* Looks from offset `from` on for CRLF and the end-line. COMPLETE: `*at` is the offset of that CRLF. MORE: nothing before
 * `*at` needs to be searched again. */
static sm_msrp_status find_end_line(sm_bytes octets, size_t from, sm_bytes transaction_id, size_t *at,
                                    char *flag)
{
    static const char opening[] = "\r\n" DASHES;
    const size_t opening_length = sizeof(opening) - 1;
    for (;;) {
        size_t hit = find_text(octets, from, opening, opening_length);
        if (hit == octets.length) {
            *at = MAX(from, octets.length - MIN(octets.length, opening_length - 1));
            return SM_MSRP_MORE;
        }
        *at = hit;
        sm_msrp_status status = end_line_at(octets, hit + CRLF_LENGTH, transaction_id, flag);
        if (status != SM_MSRP_NOT)
            return status;
        from = hit + opening_length;
    }
}

/* Whether seven dashes, the transaction id and a flag stand anywhere in the body (a sender must not let them, RFC 4975 7.1). */
static bool holds_end_line(sm_bytes body, sm_bytes transaction_id)
{
    char text[DASH_COUNT + IDENT_LONGEST];
    const size_t length = DASH_COUNT + transaction_id.length;
    memcpy(text, DASHES, DASH_COUNT);
    memcpy(text + DASH_COUNT, transaction_id.data, transaction_id.length);
    for (size_t hit = 0; (hit = find_text(body, hit, text, length)) < body.length; hit++)
        if (body.length - hit > length && is_flag(body.data[hit + length]))
            return true;
    return false;
}

/* Whether the line that begins at `at` has the form of an end-line: seven dashes, any ident, a flag, and its end. */
static bool is_look_alike(sm_bytes body, size_t at)
{
    if (!begins_with(body, at, DASHES, DASH_COUNT))
        return false;
    sm_bytes ident = sm_bytes_from(body, at + DASH_COUNT);
    size_t length = 0;
    while (length < ident.length && length <= IDENT_LONGEST && is_ident_char(ident.data[length]))
        length++;
    bool flagged = length < ident.length && is_flag(ident.data[length]);
    size_t end = length + 1;
    if (!flagged && length > 0 && ident.data[length - 1] == '+') { /* '+' is an ident-char too */
        flagged = true;
        end = length--;
    }
    return flagged && length >= IDENT_SHORTEST && length <= IDENT_LONGEST && g_ascii_isalnum(ident.data[0]) &&
           (end == ident.length || begins_with(ident, end, "\r\n", CRLF_LENGTH));
}

static bool holds_look_alike(sm_bytes body)
{
    if (is_look_alike(body, 0))
        return true;
    for (size_t line = 0; (line = find_text(body, line, "\r\n", CRLF_LENGTH)) < body.length;) {
        line += CRLF_LENGTH;
        if (is_look_alike(body, line))
            return true;
    }
    return false;
}

/* Offset of the line whose last octet, an LF, stands at `end`; or an offset inside it when it is longer than an end-line can be. */
static size_t line_before(sm_bytes octets, size_t end)
{
    size_t at = end, longest = DASH_COUNT + IDENT_LONGEST + 1 + CRLF_LENGTH;
    while (at > 0 && octets.data[at - 1] != '\n' && end - at < longest)
        at--;
    return at;
}

bool sm_msrp_holds_boundary(sm_bytes octets)
{
    static const char begins[] = "\nMSRP ", first_field[] = "To-Path:";
    const size_t length = sizeof(begins) - 1;
    for (size_t hit = 0; (hit = find_text(octets, hit, begins, length)) < octets.length; hit += length) {
        start_line line;
        if (read_start_line(sm_bytes_from(octets, hit + 1), &line) != SM_MSRP_COMPLETE ||
            !begins_with(octets, hit + 1 + line.length, first_field, sizeof(first_field) - 1))
            continue;
        size_t before = line_before(octets, hit);
        if (is_look_alike(sm_bytes_cut(octets, before, hit + 1 - before), 0))
            return true;
    }
    return false;
}

/* ---- Header fields ---- */

static void note(const char **fault, const char *text)
{
    if (*fault == NULL)
        *fault = text;
}

static bool is_named(sm_bytes name, const char *text)
{
    return name.length == strlen(text) &&
           g_ascii_strncasecmp((const char *)name.data, text, name.length) == 0;
}

/* Where a field of this name is kept, NULL for one that framing does not know. */
static sm_bytes *slot_of(fields *known, sm_bytes name)
{
    const struct {
        const char *name;
        sm_bytes *slot;
    } slots[] = {
        {"To-Path", &known->to_path},
        {"From-Path", &known->from_path},
        {"Message-ID", &known->message_id},
        {"Byte-Range", &known->byte_range},
        {"Content-Type", &known->content_type},
        {"Success-Report", &known->success_report},
        {"Failure-Report", &known->failure_report},
        {"Status", &known->status},
        {"Use-Path", &known->use_path},
        {"WWW-Authenticate", &known->challenge},
        {"Authorization", &known->credentials},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(slots); i++)
        if (is_named(name, slots[i].name))
            return slots[i].slot;
    return NULL;
}

static sm_bytes trim(sm_bytes value)
{
    while (value.length > 0 && (value.data[0] == ' ' || value.data[0] == '\t'))
        value = sm_bytes_from(value, 1);
    while (value.length > 0 && (value.data[value.length - 1] == ' ' || value.data[value.length - 1] == '\t'))
        value.length--;
    return value;
}

/* Takes one header line (without its CRLF). `last` is the slot of the field before it. False when it cannot be one. */
static bool take_field(header_block *head, sm_bytes line, unsigned number, sm_bytes **last)
{
    if (number > 0 &&
        (line.data[0] == ' ' || line.data[0] == '\t')) { /* a MIME field may be folded; MSRP's own may not */
        if (*last)
            (*last)->length = (size_t)(line.data + line.length - (*last)->data);
        note(&head->fault, "a header field is folded");
        return true;
    }
    size_t colon = 0;
    while (colon < line.length && is_token_char(line.data[colon]))
        colon++;
    if (colon == 0 || colon == line.length || line.data[colon] != ':')
        return false;

    sm_bytes name = sm_bytes_cut(line, 0, colon), value = sm_bytes_from(line, colon + 1);
    if (value.length == 0 || value.data[0] != ' ')
        note(&head->fault, "no space behind the colon of a header field");
    if (!g_utf8_validate_len((const char *)value.data, value.length, NULL))
        note(&head->fault, "a header field is not UTF-8");
    if ((number == 0 && !is_named(name, "To-Path")) || (number == 1 && !is_named(name, "From-Path")))
        note(&head->fault, "To-Path and From-Path are not the first header fields");

    *last = slot_of(&head->fields, name);
    if (*last && sm_bytes_present(**last)) {
        note(&head->fault, "a header field stands twice"); /* the first counts */
        *last = NULL;
    } else if (*last) {
        **last = trim(value);
    }
    head->content_type_last = *last == &head->fields.content_type;
    return true;
}

/* The line that begins at `at`, without its CRLF. NOT: it is no line of text that ends with CRLF. */
static sm_msrp_status read_line(sm_bytes octets, size_t at, sm_bytes *line)
{
    size_t end = at;
    while (end < octets.length && octets.data[end] != '\r' && octets.data[end] != '\n' &&
           octets.data[end] != '\0')
        end++;
    *line = sm_bytes_cut(octets, at, end - at);
    return read_line_end(octets, &end);
}

/* Reads start line and header fields up to the empty line or the end-line. `head->fault` tells what is DAMAGED. */
static sm_msrp_status read_header_block(sm_bytes octets, header_block *head)
{
    *head = (header_block){0};
    sm_msrp_status status = read_start_line(octets, &head->start);
    if (status != SM_MSRP_COMPLETE)
        return status;

    const sm_bytes block = sm_bytes_cut(octets, 0, SM_LIMIT_MSRP_HEADER_OCTETS);
    sm_bytes *last = NULL;
    size_t at = head->start.length;
    for (unsigned number = 0;; number++) {
        sm_bytes line;
        status = read_line(block, at, &line);
        if (status == SM_MSRP_MORE && block.length < SM_LIMIT_MSRP_HEADER_OCTETS)
            return SM_MSRP_MORE;
        if (status == SM_MSRP_MORE) {
            head->fault =
                "limit: header block of more than " G_STRINGIFY(SM_LIMIT_MSRP_HEADER_OCTETS) " octets";
            return SM_MSRP_DAMAGED;
        }
        if (status == SM_MSRP_NOT) {
            head->fault = "a header line does not end with CRLF";
            return SM_MSRP_DAMAGED;
        }
        size_t next = at + line.length + CRLF_LENGTH;
        if (line.length == 0) {
            head->end = next;
            return SM_MSRP_COMPLETE;
        }
        if (begins_with(line, 0, DASHES, DASH_COUNT)) {
            head->end = next;
            if (end_line_at(block, at, head->start.transaction_id, &head->flag) == SM_MSRP_COMPLETE)
                return SM_MSRP_COMPLETE;
            head->fault = "the end-line has not the transaction id of the start line and a flag";
            return SM_MSRP_DAMAGED;
        }
        if (!take_field(head, line, number, &last)) {
            head->fault = "a line among the header fields is none";
            return SM_MSRP_DAMAGED;
        }
        at = next;
    }
}

/* ---- Byte-Range ---- */

/* Reads 1*DIGIT that fits into 64 bits, or "*" where `known` is given. */
static bool read_number(sm_bytes *text, uint64_t *number, bool *known)
{
    if (known && text->length > 0 && text->data[0] == '*') {
        *known = false;
        *text = sm_bytes_from(*text, 1);
        return true;
    }
    size_t digits = 0;
    uint64_t value = 0;
    for (; digits < text->length && g_ascii_isdigit(text->data[digits]); digits++) {
        unsigned digit = text->data[digits] - '0';
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    if (known)
        *known = true;
    *text = sm_bytes_from(*text, digits);
    return digits > 0;
}

static bool read_character(sm_bytes *text, char c)
{
    if (text->length == 0 || text->data[0] != (uint8_t)c)
        return false;
    *text = sm_bytes_from(*text, 1);
    return true;
}

static sm_msrp_range read_range(sm_bytes value)
{
    sm_msrp_range range = {0};
    if (!sm_bytes_present(value))
        return range;
    range.present = true;
    sm_msrp_range read = range;
    if (!read_number(&value, &read.start, NULL) || !read_character(&value, '-') ||
        !read_number(&value, &read.end, &read.end_known) || !read_character(&value, '/') ||
        !read_number(&value, &read.total, &read.total_known) || value.length > 0)
        return range;
    /* "1-0/0" is how nothing at all is written (RFC 4975 7.1.1) */
    read.valid = read.start >= 1 && (!read.end_known || read.end >= read.start - 1);
    return read;
}

/* Octets of body that the range announces. False when it announces nothing. */
static bool announced_length(sm_msrp_range range, uint64_t *length)
{
    if (!range.valid)
        return false;
    if (range.end_known)
        *length = range.end - (range.start - 1);
    else if (range.total_known && range.total >= range.start - 1)
        *length = range.total - (range.start - 1);
    else
        return false;
    return true;
}

static bool range_fits(sm_msrp_range range, size_t length)
{
    uint64_t announced = 0;
    if (!range.present)
        return true;
    if (!range.valid)
        return false;
    if (!announced_length(range, &announced))
        return !range.total_known; /* begins behind its own total */
    return range.end_known ? length == announced : length <= announced;
}

/* ---- The frame ---- */

/* How many more octets the chunk should have by its range; 1 when that is not known or it should have ended already. */
static size_t more_needed(sm_bytes octets, const header_block *head)
{
    uint64_t announced = 0;
    if (!announced_length(read_range(head->fields.byte_range), &announced))
        return 1;
    const size_t received = octets.length - head->end;
    const size_t whole = (size_t)MIN(announced, SM_LIMIT_MSRP_MESSAGE_OCTETS) + CRLF_LENGTH +
                         end_line_length(head->start.transaction_id);
    return received < whole ? whole - received : 1;
}

/* A header field value as text: a fold's line end is left out. */
static const char *text_of(sm_arena *arena, sm_bytes value)
{
    if (!sm_bytes_present(value))
        return NULL;
    char *text = sm_arena_alloc(arena, value.length + 1);
    size_t length = 0;
    for (size_t i = 0; i < value.length; i++)
        if (value.data[i] != '\r' && value.data[i] != '\n')
            text[length++] = (char)value.data[i];
    return text;
}

static void note_faults(sm_msrp_frame *frame, bool stray_empty_line)
{
    const bool body = sm_bytes_present(frame->body);
    if (frame->to_path == NULL)
        note(&frame->fault, "no To-Path");
    if (frame->from_path == NULL)
        note(&frame->fault, "no From-Path");
    if (frame->range.present && !frame->range.valid)
        note(&frame->fault, "the Byte-Range cannot be read");
    if (frame->method == NULL && (body || frame->flag != '$'))
        note(&frame->fault, body ? "a response with a body" : "a response whose flag is not \"$\"");
    if (body && frame->content_type == NULL)
        note(&frame->fault, "a body without Content-Type");
    if (!body && frame->content_type)
        note(&frame->fault, "Content-Type without a body");
    if (frame->content_type && !frame->content_type_last)
        note(&frame->fault, "Content-Type is not the last header field");
    if (stray_empty_line)
        note(&frame->fault, body ? "no line end between the empty body and the end-line"
                                 : "an empty line before the end-line of a chunk without body");
}

static void fill_frame(sm_arena *arena, const header_block *head, sm_msrp_frame *frame)
{
    const start_line *start = &head->start;
    frame->transaction_id = text_of(arena, start->transaction_id);
    frame->method = text_of(arena, start->method);
    frame->status = start->status;
    frame->comment = text_of(arena, start->comment);
    frame->to_path = text_of(arena, head->fields.to_path);
    frame->from_path = text_of(arena, head->fields.from_path);
    frame->message_id = text_of(arena, head->fields.message_id);
    frame->range = read_range(head->fields.byte_range);
    frame->content_type = text_of(arena, head->fields.content_type);
    frame->success_report = text_of(arena, head->fields.success_report);
    frame->failure_report = text_of(arena, head->fields.failure_report);
    frame->status_header = text_of(arena, head->fields.status);
    frame->use_path = text_of(arena, head->fields.use_path);
    frame->challenge = text_of(arena, head->fields.challenge);
    frame->credentials = text_of(arena, head->fields.credentials);
    frame->content_type_last = head->content_type_last;
    frame->fault = head->fault;
    /* the Byte-Range of a REPORT speaks of the message that is reported on */
    frame->range_fits = g_strcmp0(frame->method, "SEND") != 0 || range_fits(frame->range, frame->body.length);
}

/* A chunk that ended among its header fields: it has no body. */
static sm_msrp_status complete_without_body(sm_arena *arena, sm_bytes octets, const header_block *head,
                                            sm_msrp_frame *frame)
{
    frame->octets = sm_bytes_cut(octets, 0, head->end);
    frame->head = sm_bytes_cut(octets, 0, head->end - end_line_length(head->start.transaction_id));
    frame->flag = head->flag;
    fill_frame(arena, head, frame);
    note_faults(frame, false);
    return SM_MSRP_COMPLETE;
}

/* A chunk whose end-line follows the CRLF at `closing`. */
static sm_msrp_status complete_with_body(sm_arena *arena, sm_bytes octets, const header_block *head,
                                         size_t closing, char flag, sm_msrp_frame *frame)
{
    /* The line end of the empty line may be the only one before the end-line. No chunk has that form: it is taken for one
     * without a body, or, where Content-Type announces one, for an empty body. */
    const bool stray_empty_line = closing < head->end;
    frame->octets =
        sm_bytes_cut(octets, 0, closing + CRLF_LENGTH + end_line_length(head->start.transaction_id));
    frame->head = sm_bytes_cut(octets, 0, head->end);
    frame->flag = flag;
    if (!stray_empty_line || sm_bytes_present(head->fields.content_type))
        frame->body = sm_bytes_cut(octets, head->end, stray_empty_line ? 0 : closing - head->end);
    fill_frame(arena, head, frame);
    frame->end_line_inside = holds_end_line(frame->body, head->start.transaction_id);
    frame->look_alike_inside = holds_look_alike(frame->body);
    note_faults(frame, stray_empty_line);
    return SM_MSRP_COMPLETE;
}

sm_msrp_status sm_msrp_frame_read(sm_arena *arena, sm_bytes octets, sm_msrp_scan *scan, sm_msrp_frame *frame,
                                  size_t *needed)
{
    size_t ignored;
    sm_msrp_scan fresh = {0};
    if (needed == NULL)
        needed = &ignored;
    if (scan == NULL)
        scan = &fresh;
    *needed = 1;
    *frame = (sm_msrp_frame){0};

    header_block head;
    sm_msrp_status status = read_header_block(octets, &head);
    if (status == SM_MSRP_DAMAGED)
        frame->fault = head.fault;
    if (status != SM_MSRP_COMPLETE)
        return status;
    if (head.flag)
        return complete_without_body(arena, octets, &head, frame);

    scan->head_end = head.end;
    size_t from = MAX(scan->searched, head.end - CRLF_LENGTH), at = 0;
    char flag = 0;
    if (find_end_line(octets, from, head.start.transaction_id, &at, &flag) == SM_MSRP_COMPLETE)
        return complete_with_body(arena, octets, &head, at, flag, frame);
    if (at - MIN(at, head.end) > SM_LIMIT_MSRP_MESSAGE_OCTETS) {
        frame->fault = "limit: chunk of more than 256 MiB";
        return SM_MSRP_DAMAGED;
    }
    scan->searched = at;
    *needed = more_needed(octets, &head);
    return SM_MSRP_MORE;
}
