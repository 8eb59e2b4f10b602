/* SIP messages: start line and the header fields that the engine judges by (RFC 3261 7, 20).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sip/message.h"

#include "base/bounds.h"
#include "sip/field_value.h"

#include <stddef.h>

static void complain(sm_sip_message *message, const char *fault)
{
    if (message->fault == NULL)
        message->fault = fault;
}

static sm_bytes text_of(const char *text)
{
    return sm_bytes_of(text, strlen(text));
}

static const char *shown(sm_arena *arena, sm_bytes text)
{
    return sm_arena_printable(arena, text, SIZE_MAX);
}

/* The line at the start of the text, without its end. */
static sm_bytes first_line(sm_bytes text)
{
    const uint8_t *end = text.length ? memchr(text.data, '\n', text.length) : NULL;
    sm_bytes line = end ? sm_bytes_cut(text, 0, (size_t)(end - text.data)) : text;
    if (line.length > 0 && line.data[line.length - 1] == '\r')
        line.length--;
    return line;
}

/* Whether the first line ends in LF alone: then all may. */
static bool ends_in_bare_lf(sm_bytes text)
{
    const uint8_t *end = text.length ? memchr(text.data, '\n', text.length) : NULL;
    return end && (end == text.data || end[-1] != '\r');
}

/* RFC 3261 7.5: empty lines before the start line are passed over. */
static sm_bytes without_empty_lines(sm_bytes text)
{
    while (text.length >= 2 && text.data[0] == '\r' && text.data[1] == '\n')
        text = sm_bytes_from(text, 2);
    return text;
}

static bool is_token(sm_bytes text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!g_ascii_isalnum(text.data[i]) && (text.data[i] == '\0' || !strchr("-.!%*_+`'~", text.data[i])))
            return false;
    return text.length > 0;
}

static bool is_version(sm_bytes word)
{
    return word.length > 4 && g_ascii_strncasecmp((const char *)word.data, "SIP/", 4) == 0;
}

static void check_version(sm_sip_message *message, sm_bytes word)
{
    if (word.length != 7 || memcmp(word.data + 4, "2.0", 3) != 0)
        complain(message, "the start line's version is not SIP/2.0 (RFC 3261 7.1)");
}

/* Status-Line: SIP-Version SP Status-Code SP Reason-Phrase (RFC 3261 7.2). `rest` follows the version. */
static void read_status_line(sm_arena *arena, sm_sip_message *message, sm_bytes rest)
{
    message->request = false;
    size_t digits = 0;
    unsigned status = 0;
    for (; digits < rest.length && digits < 4 && g_ascii_isdigit(rest.data[digits]); digits++)
        status = status * 10 + (rest.data[digits] - '0');
    if (digits != 3 || status < 100 || status > 699) {
        complain(message, "the status code is no number from 100 to 699 (RFC 3261 7.2)");
        status = 0;
    }
    message->status = status;
    size_t space = 0;
    while (space < rest.length && rest.data[space] != ' ')
        space++;
    if (space == rest.length)
        complain(message, "no space after the status code (RFC 3261 7.2)");
    message->reason = shown(arena, sm_bytes_from(rest, space + 1));
}

/* Request-Line: Method SP Request-URI SP SIP-Version (RFC 3261 7.1). */
static bool read_request_line(sm_arena *arena, sm_sip_message *message, sm_bytes line)
{
    size_t space = 0, last = line.length;
    while (space < line.length && line.data[space] != ' ')
        space++;
    while (last > space && line.data[last - 1] != ' ')
        last--;
    sm_bytes method = sm_bytes_cut(line, 0, space), version = sm_bytes_from(line, last);
    if (last <= space || !is_token(method) || !is_version(version))
        return false;
    message->request = true;
    message->method = sm_arena_strndup(arena, method.data, method.length);
    sm_bytes uri = sm_bytes_cut(line, space + 1, last - space - 2);
    message->request_uri = shown(arena, sm_field_trim(uri));
    if (uri.length == 0 || memchr(uri.data, ' ', uri.length))
        complain(message, "the request line is not three words with one space between (RFC 3261 7.1)");
    else if (uri.data[0] == '<')
        complain(message, "the Request-URI stands in angle brackets (RFC 3261 7.1)");
    check_version(message, version);
    return true;
}

static void read_start_line(sm_arena *arena, sm_sip_message *message, sm_bytes line)
{
    bool blank_end = line.length > 0 && line.data[line.length - 1] == ' ';
    size_t space = 0;
    while (space < line.length && line.data[space] != ' ')
        space++;
    sm_bytes word = sm_bytes_cut(line, 0, space);
    if (is_version(word)) {
        check_version(message, word);
        read_status_line(arena, message, sm_bytes_from(line, space + 1));
    } else if (!read_request_line(arena, message, sm_field_trim(line))) {
        complain(message, "the first line is no SIP start line (RFC 3261 7)");
    } else if (blank_end) {
        complain(message, "blanks end the request line (RFC 3261 7.1)");
    }
}

static bool is_ambiguous(const sm_entity *entity, const char *name)
{
    const sm_header *first = sm_entity_header(entity, name);
    for (unsigned i = 0; first && i < entity->header_count; i++)
        if (g_ascii_strcasecmp(entity->headers[i].name, name) == 0 && strcmp(entity->headers[i].value, first->value) != 0)
            return true;
    return false;
}

/* The first field of that name; a second one is a fault. */
static const char *single(sm_arena *arena, sm_sip_message *message, const char *name)
{
    const sm_header *first = sm_entity_header(message->entity, name);
    if (first == NULL)
        return NULL;
    const sm_header *end = message->entity->headers + message->entity->header_count;
    for (const sm_header *other = first + 1; other < end; other++)
        if (g_ascii_strcasecmp(other->name, name) == 0) {
            const char *how =
                strcmp(other->value, first->value) == 0 ? "is repeated" : "is repeated with another value";
            complain(message, sm_arena_printf(arena, "%s %s; the first is taken", name, how));
            break;
        }
    return first->value;
}

static const sm_address *single_address(sm_arena *arena, sm_sip_message *message, const char *name)
{
    const char *value = single(arena, message, name);
    if (value == NULL)
        return NULL;
    const sm_address *address = sm_address_parse(arena, text_of(value));
    if (address->fault)
        complain(message, sm_arena_printf(arena, "%s: %s", name, address->fault));
    return address;
}

/* The first value of a list header field. */
static const sm_address *first_address(sm_arena *arena, const sm_entity *entity, const char *name)
{
    const sm_header *header = sm_entity_header(entity, name);
    if (header == NULL)
        return NULL;
    sm_bytes list = text_of(header->value), element;
    return sm_field_next(&list, &element) ? sm_address_parse(arena, element) : NULL;
}

/* All values of all fields of that name. */
static const sm_address *const *all_addresses(sm_arena *arena, const sm_entity *entity, const char *name,
                                              unsigned *count)
{
    const sm_address *found[SM_LIMIT_SIP_VALUES];
    unsigned n = 0;
    for (unsigned i = 0; i < entity->header_count; i++) {
        if (g_ascii_strcasecmp(entity->headers[i].name, name) != 0)
            continue;
        sm_bytes list = text_of(entity->headers[i].value);
        for (sm_bytes element; n < SM_LIMIT_SIP_VALUES && sm_field_next(&list, &element);)
            found[n++] = sm_address_parse(arena, element);
    }
    *count = n;
    if (n == 0)
        return NULL;
    const sm_address **kept = sm_arena_array(arena, const sm_address *, n);
    memcpy(kept, found, n * sizeof(*kept));
    return kept;
}

/* CSeq = 1*DIGIT LWS Method (RFC 3261 20.16), below 2**31 (8.1.1.5). */
static void read_cseq(sm_arena *arena, sm_sip_message *message)
{
    const char *value = single(arena, message, "CSeq");
    if (value == NULL)
        return;
    uint64_t number = 0;
    const char *at = value;
    for (; g_ascii_isdigit(*at) && number <= G_MAXINT32; at++)
        number = number * 10 + (uint64_t)(*at - '0');
    sm_bytes method = sm_field_trim(text_of(at));
    if (at == value || number > G_MAXINT32 || !(*at == ' ' || *at == '\t') || !is_token(method)) {
        complain(message, "CSeq is not a number below 2**31 and a method (RFC 3261 8.1.1.5, 20.16)");
        return;
    }
    message->cseq = (uint32_t)number;
    if (message->request) {
        if (method.length != strlen(message->method) ||
            memcmp(method.data, message->method, method.length) != 0)
            complain(message, "CSeq and the start line name different methods (RFC 3261 8.1.1.5)");
    } else {
        message->method = sm_arena_strndup(arena, method.data, method.length);
    }
}

/* branch of the topmost Via (RFC 3261 20.42): of its first value. */
static const char *read_branch(sm_arena *arena, const sm_entity *entity)
{
    const sm_header *via = sm_entity_header(entity, "Via");
    if (via == NULL)
        return NULL;
    sm_bytes list = text_of(via->value), element;
    if (!sm_field_next(&list, &element))
        return NULL;
    sm_bytes branch = sm_field_parameter(element, "branch");
    return branch.length > 0 ? shown(arena, branch) : NULL;
}

/* One of a list of names of three letters each, its number from 1 on; 0 for none. They have a case (RFC 3261
 * 20.17). */
static int name_of(const char *names, const char *text)
{
    for (int i = 0; names[3 * i]; i++)
        if (strncmp(names + 3 * i, text, 3) == 0)
            return i + 1;
    return 0;
}

static int two_digits(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

/* SIP-date: "Sat, 13 Nov 2010 23:29:00 GMT", of a fixed length (RFC 3261 20.17, 25.1). */
static sm_moment read_date(const char *text)
{
    static const char shape[] = "aaa, 00 aaa 0000 00:00:00 GMT";
    static const sm_moment unknown = {false, 0, 0};
    if (strlen(text) != strlen(shape))
        return unknown;
    for (size_t i = 0; shape[i]; i++) {
        bool fits = shape[i] == 'a'   ? g_ascii_isalpha(text[i])
                    : shape[i] == '0' ? g_ascii_isdigit(text[i])
                                      : shape[i] == text[i];
        if (!fits)
            return unknown;
    }
    int month = name_of("JanFebMarAprMayJunJulAugSepOctNovDec", text + 8);
    if (name_of("MonTueWedThuFriSatSun", text) == 0 || month == 0)
        return unknown;
    return sm_moment_from_civil(two_digits(text + 12) * 100 + two_digits(text + 14), month,
                                two_digits(text + 5), two_digits(text + 17), two_digits(text + 20),
                                two_digits(text + 23));
}

/* media-range without parameters and blanks, in lower case. */
static const char *media_range(sm_arena *arena, sm_bytes element)
{
    element = sm_field_trim(sm_bytes_cut(element, 0, sm_field_find(element, ";", false)));
    char *text = sm_arena_alloc(arena, element.length + 1);
    size_t length = 0;
    for (size_t i = 0; i < element.length; i++)
        if (element.data[i] != ' ' && element.data[i] != '\t')
            text[length++] = g_ascii_tolower((char)element.data[i]);
    return shown(arena, sm_bytes_of(text, length));
}

static void read_accept(sm_arena *arena, sm_sip_message *message)
{
    const char *found[SM_LIMIT_SIP_VALUES];
    unsigned n = 0;
    for (unsigned i = 0; i < message->entity->header_count; i++) {
        const sm_header *header = &message->entity->headers[i];
        if (g_ascii_strcasecmp(header->name, "Accept") != 0)
            continue;
        message->accept_present = true;
        sm_bytes list = text_of(header->value);
        for (sm_bytes element; n < SM_LIMIT_SIP_VALUES && sm_field_next(&list, &element);)
            found[n++] = media_range(arena, element);
    }
    const char **kept = sm_arena_array(arena, const char *, n);
    if (n > 0)
        memcpy(kept, found, n * sizeof(*kept));
    message->accept = kept;
    message->accept_count = n;
}

static void read_headers(sm_arena *arena, sm_sip_message *message)
{
    message->from = single_address(arena, message, "From");
    message->to = single_address(arena, message, "To");
    message->from_ambiguous = is_ambiguous(message->entity, "From");
    message->to_ambiguous = is_ambiguous(message->entity, "To");
    message->reply_to = single_address(arena, message, "Reply-To");
    message->contact = first_address(arena, message->entity, "Contact");
    message->asserted =
        all_addresses(arena, message->entity, "P-Asserted-Identity", &message->asserted_count);
    message->preferred =
        all_addresses(arena, message->entity, "P-Preferred-Identity", &message->preferred_count);
    const char *call_id = single(arena, message, "Call-ID");
    message->call_id = call_id ? shown(arena, text_of(call_id)) : NULL;
    read_cseq(arena, message);
    message->branch = read_branch(arena, message->entity);
    const char *date = single(arena, message, "Date");
    if (date) {
        message->date = shown(arena, text_of(date));
        message->date_moment = read_date(date);
        if (!message->date_moment.known)
            complain(message, "Date is no RFC 1123 date in GMT (RFC 3261 20.17)");
    }
    read_accept(arena, message);
}

/* `head` begins with the start line or, in a fragment, with what there is. */
static sm_sip_message *read_message(sm_arena *arena, sm_bytes head, const sm_entity *entity, bool fragment)
{
    sm_sip_message *message = sm_arena_new0(arena, sm_sip_message);
    message->method = "";
    message->fragment = fragment;
    message->entity = entity;
    sm_bytes line = first_line(head);
    bool begins_with_field = entity->header_count > 0 && entity->headers[0].field.data == head.data;
    if (!begins_with_field && line.length > 0)
        read_start_line(arena, message, line);
    else if (!fragment)
        complain(message, "no start line (RFC 3261 7)");
    if (ends_in_bare_lf(head))
        complain(message, "lines end in LF alone (RFC 3261 7)");
    read_headers(arena, message);
    complain(message, entity->fault);
    return message;
}

static sm_entity_flags flags_for(sm_bytes head)
{
    return ends_in_bare_lf(head) ? SM_ENTITY_SIP | SM_ENTITY_BARE_LF : SM_ENTITY_SIP;
}

const sm_sip_message *sm_sip_message_parse(sm_arena *arena, sm_bytes head, sm_bytes body, bool fragment)
{
    if (!sm_bytes_present(head))
        head = SM_BYTES_LITERAL("");
    head = without_empty_lines(head);
    return read_message(arena, head, sm_entity_from_message(arena, head, body, flags_for(head)), fragment);
}

/* Content-Length against what is there (RFC 3261 18.3, 20.14). */
static void respect_content_length(sm_arena *arena, sm_sip_message *message)
{
    const char *value = single(arena, message, "Content-Length");
    if (value == NULL)
        return;
    char *end = NULL;
    guint64 length = g_ascii_isdigit(*value) ? g_ascii_strtoull(value, &end, 10) : 0;
    if (end == NULL || *end != '\0') {
        complain(message, "Content-Length is no number (RFC 3261 20.14)");
    } else if (length > message->entity->body.length) {
        complain(message, "the body is shorter than Content-Length says (RFC 3261 18.3)");
    } else if (length < message->entity->body.length) {
        sm_entity *entity = sm_arena_new0(arena, sm_entity);
        *entity = *message->entity;
        entity->body = sm_bytes_cut(entity->body, 0, (size_t)length);
        message->entity = entity;
        complain(message, "octets follow the end of the body that Content-Length gives (RFC 3261 18.3)");
    }
}

static bool ends_in_empty_line(sm_bytes head)
{
    const uint8_t *end = head.data + head.length;
    if (head.length == 0 || end[-1] != '\n')
        return false;
    size_t line_end = head.length >= 2 && end[-2] == '\r' ? 2 : 1;
    return head.length == line_end || end[-(ptrdiff_t)line_end - 1] == '\n';
}

const sm_sip_message *sm_sip_message_from_octets(sm_arena *arena, sm_bytes octets, bool fragment)
{
    if (!sm_bytes_present(octets))
        octets = SM_BYTES_LITERAL("");
    if (!fragment)
        octets = without_empty_lines(octets);
    const sm_entity *entity = sm_entity_parse(arena, octets, flags_for(octets));
    if (fragment &&
        !ends_in_empty_line(entity->head)) /* it may consist of header fields alone (RFC 3420 2) */
        entity =
            sm_entity_from_message(arena, octets, sm_bytes_from(octets, octets.length), flags_for(octets));
    sm_sip_message *message = read_message(arena, octets, entity, fragment);
    respect_content_length(arena, message);
    return message;
}

static const sm_address *carrier_address(sm_arena *arena, const char *value)
{
    return value ? sm_address_parse(arena, text_of(value)) : NULL;
}

const sm_sip_message *sm_sip_message_from_carrier(sm_arena *arena, const sm_carrier *carrier, sm_bytes body)
{
    const sm_sip_carrier *sip = &carrier->sip;
    sm_sip_message *message = sm_arena_new0(arena, sm_sip_message);
    message->request = sip->status == 0;
    message->status = sip->status;
    message->method = sip->method ? shown(arena, text_of(sip->method)) : "";
    message->request_uri = sip->request_uri ? shown(arena, text_of(sip->request_uri)) : NULL;
    message->entity = sm_entity_from_type(arena, carrier->content_type, body);
    message->call_id = sip->call_id ? shown(arena, text_of(sip->call_id)) : NULL;
    message->cseq = sip->cseq;
    message->from = carrier_address(arena, sip->from);
    message->to = carrier_address(arena, sip->to);
    message->fault = "the header fields were not found in the capture";
    return message;
}
