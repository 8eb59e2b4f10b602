/* SIP and related URIs: reading (RFC 3261 19.1, 25.1, RFC 5954, RFC 3966, RFC 3860).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sip/uri.h"

#include "base/bounds.h"

#include <arpa/inet.h>

#define HOST_OCTETS 255 /* a domain name is not longer (RFC 1035 2.3.4), an address neither */

/* What is being read, and the first thing found wrong with it. */
typedef struct reader {
    sm_arena *arena;
    sm_uri *uri;
    const char *fault;
} reader;

static bool refuse(reader *r, const char *fault)
{
    if (r->fault == NULL)
        r->fault = fault;
    return false;
}

/* Position of the first `c`, or the length. */
static size_t find(sm_bytes text, char c)
{
    const uint8_t *at = text.length ? memchr(text.data, c, text.length) : NULL;
    return at ? (size_t)(at - text.data) : text.length;
}

/* Cuts `text` at the first `c`: true and what follows it in `rest`; false, with nothing in `rest`, when there
 * is none. */
static bool cut_at(sm_bytes *text, char c, sm_bytes *rest)
{
    size_t at = find(*text, c);
    if (at == text->length) {
        *rest = SM_BYTES_NONE;
        return false;
    }
    *rest = sm_bytes_from(*text, at + 1);
    *text = sm_bytes_cut(*text, 0, at);
    return true;
}

static bool is_reserved(uint8_t c) /* RFC 2396 2.2, which RFC 3261 19.1.4 names */
{
    return c != '\0' && strchr(";/?:@&=+$,", c) != NULL;
}

static bool is_uri_octet(
    uint8_t c) /* nothing that breaks the header field or the angle brackets around a URI */
{
    return c > 0x20 && c < 0x7f && c != '<' && c != '>' && c != '"' && c != '\\';
}

/* The spelling for comparison (see uri.h); NULL when a "%" is not followed by two hexadecimal digits. */
static char *normalise(reader *r, sm_bytes text)
{
    char *out = sm_arena_alloc(r->arena, text.length + 1);
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] != '%') {
            out[length++] = (char)text.data[i];
            continue;
        }
        if (text.length - i < 3 || !g_ascii_isxdigit(text.data[i + 1]) ||
            !g_ascii_isxdigit(text.data[i + 2])) {
            refuse(r, "\"%\" without two hexadecimal digits (RFC 3261 25.1)");
            return NULL;
        }
        uint8_t octet = (uint8_t)(g_ascii_xdigit_value((char)text.data[i + 1]) * 16 +
                                  g_ascii_xdigit_value((char)text.data[i + 2]));
        if (octet == 0 || octet == '%' || is_reserved(octet)) {
            out[length++] = '%';
            out[length++] = g_ascii_toupper((char)text.data[i + 1]);
            out[length++] = g_ascii_toupper((char)text.data[i + 2]);
        } else {
            out[length++] = (char)octet;
        }
        i += 2;
    }
    return out;
}

static char *normalise_lower(reader *r, sm_bytes text)
{
    char *out = normalise(r, text);
    for (char *c = out; c && *c; c++)
        *c = g_ascii_tolower(*c);
    return out;
}

/* One list of "name=value" (uri-parameters, headers). Empty elements are passed over. */
static bool read_list(reader *r, sm_bytes text, char separator, const sm_uri_parameter **list,
                      unsigned *count)
{
    sm_uri_parameter found[SM_LIMIT_URI_PARAMETERS];
    unsigned n = 0;
    for (sm_bytes rest; sm_bytes_present(text); text = rest) {
        cut_at(&text, separator, &rest);
        if (text.length == 0)
            continue;
        if (n == SM_LIMIT_URI_PARAMETERS)
            return refuse(r, "more parameters than SM_LIMIT_URI_PARAMETERS");
        sm_bytes value;
        cut_at(&text, '=', &value);
        found[n].name = normalise_lower(r, text);
        found[n].value = sm_bytes_present(value) ? normalise(r, value) : NULL;
        if (found[n].name == NULL || (sm_bytes_present(value) && found[n].value == NULL))
            return false;
        if (*found[n].name == '\0')
            return refuse(r, "a parameter has no name (RFC 3261 25.1)");
        n++;
    }
    sm_uri_parameter *kept = sm_arena_array(r->arena, sm_uri_parameter, n);
    if (n > 0)
        memcpy(kept, found, n * sizeof(*kept));
    *list = kept;
    *count = n;
    return true;
}

/* uri-parameters: no name may appear twice (RFC 3261 19.1.1). */
static bool read_parameters(reader *r, sm_bytes text)
{
    if (!read_list(r, text, ';', &r->uri->parameters, &r->uri->parameter_count))
        return false;
    for (unsigned i = 0; i < r->uri->parameter_count; i++)
        for (unsigned j = 0; j < i; j++)
            if (strcmp(r->uri->parameters[i].name, r->uri->parameters[j].name) == 0)
                return refuse(r, "a parameter appears twice (RFC 3261 19.1.1)");
    return true;
}

static bool read_headers(reader *r, sm_bytes text)
{
    return read_list(r, text, '&', &r->uri->headers, &r->uri->header_count);
}

static const char *parameter(const sm_uri *uri, const char *name)
{
    for (unsigned i = 0; i < uri->parameter_count; i++)
        if (strcmp(uri->parameters[i].name, name) == 0)
            return uri->parameters[i].value;
    return NULL;
}

/* IPv6reference (RFC 5954 4.1), rewritten so that equal addresses have equal text. */
static bool read_ipv6(reader *r, sm_bytes host)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (host.length - 2 >= sizeof(text))
        return refuse(r, "no IPv6 address in the brackets (RFC 5954 4.1)");
    memcpy(text, host.data + 1, host.length - 2);
    text[host.length - 2] = '\0';
    if (inet_pton(AF_INET6, text, &address) != 1)
        return refuse(r, "no IPv6 address in the brackets (RFC 5954 4.1)");
    inet_ntop(AF_INET6, &address, text, sizeof(text));
    r->uri->host = sm_arena_printf(r->arena, "[%s]", text);
    return true;
}

/* hostname (RFC 3261 25.1, with "_", which is in use) or IPv4address (RFC 5954 4.1): what ends in a number is
 * an address. */
static bool read_name_or_ipv4(reader *r, sm_bytes host)
{
    if (host.length > 0 && host.data[host.length - 1] == '.')
        host.length--;
    if (host.length == 0 || host.length > HOST_OCTETS)
        return refuse(r, "no host");
    char *text = sm_arena_alloc(r->arena, host.length + 1);
    const char *last_label = text;
    for (size_t i = 0; i < host.length; i++) {
        char c = (char)host.data[i];
        if (c == '.') {
            if (&text[i] == last_label)
                return refuse(r, "the host name has an empty label");
            last_label = &text[i + 1];
        } else if (!g_ascii_isalnum(c) && c != '-' && c != '_') {
            return refuse(r, "a character in the host that no host name has (RFC 3261 25.1)");
        }
        text[i] = g_ascii_tolower(c);
    }
    if (*last_label == '\0')
        return refuse(r, "the host name has an empty label");
    struct in_addr address;
    if (strspn(last_label, "0123456789") == strlen(last_label) && inet_pton(AF_INET, text, &address) != 1)
        return refuse(r, "no IPv4 address, and no host name ends in a number (RFC 5954 4.1)");
    r->uri->host = text;
    return true;
}

static bool read_host(reader *r, sm_bytes host)
{
    if (host.length >= 2 && host.data[0] == '[' && host.data[host.length - 1] == ']')
        return read_ipv6(r, host);
    return read_name_or_ipv4(r, host);
}

static bool read_port(reader *r, sm_bytes text)
{
    unsigned port = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (!g_ascii_isdigit(text.data[i]))
            return refuse(r, "the port is no number");
        port = port * 10 + (text.data[i] - '0');
        if (port > 65535)
            return refuse(r, "the port is above 65535");
    }
    if (port == 0)
        return refuse(r, "the port is empty or zero");
    r->uri->port = port;
    return true;
}

static bool read_hostport(reader *r, sm_bytes text)
{
    sm_bytes host = text, port = SM_BYTES_NONE;
    if (text.length > 0 && text.data[0] == '[') { /* the colons inside are the address's own */
        size_t close = find(text, ']');
        if (close == text.length)
            return refuse(r, "the bracket of an IPv6 address is not closed");
        host = sm_bytes_cut(text, 0, close + 1);
        sm_bytes after = sm_bytes_from(text, close + 1);
        if (after.length > 0 && after.data[0] != ':')
            return refuse(r, "something other than a port follows the IPv6 address");
        if (after.length > 0)
            port = sm_bytes_from(after, 1);
    } else {
        cut_at(&host, ':', &port);
    }
    return read_host(r, host) && (!sm_bytes_present(port) || read_port(r, port));
}

/* userinfo without its "@": user [":" password]. The user may hold ";" and "?" (RFC 3261 19.1.3, the last
 * example). */
static bool read_userinfo(reader *r, sm_bytes text)
{
    sm_bytes password;
    cut_at(&text, ':', &password);
    if (text.length == 0)
        return refuse(r, "\"@\" without a user (RFC 3261 19.1.1)");
    r->uri->user = normalise(r, text);
    if (sm_bytes_present(password)) {
        if (find(password, ':') < password.length)
            return refuse(r, "more than one \":\" before the \"@\" (RFC 3261 25.1)");
        r->uri->password = normalise(r, password);
    }
    return r->fault == NULL;
}

/* A telephone number without its visual separators (RFC 3966 3), hexadecimal digits in lower case; NULL when
 * it is none. `length` octets of `text`, which holds no zero. */
static const char *read_number(sm_arena *arena, const char *text, size_t length)
{
    bool global = length > 0 && text[0] == '+';
    char *number = sm_arena_alloc(arena, length + 1);
    size_t digits = 0;
    for (size_t i = global ? 1 : 0; i < length; i++) {
        char c = text[i];
        if (strchr("-.()", c))
            continue;
        if (!(global ? g_ascii_isdigit(c) : g_ascii_isxdigit(c) || c == '*' || c == '#'))
            return NULL;
        number[global + digits++] = g_ascii_tolower(c);
    }
    if (global)
        number[0] = '+';
    return digits > 0 ? number : NULL;
}

/* phone-context: a global number's digits or a domain name (RFC 3966 5.1.5). */
static const char *read_phone_context(sm_arena *arena, const char *value)
{
    const char *number = value[0] == '+' ? read_number(arena, value, strlen(value)) : NULL;
    if (number)
        return number;
    char *name = sm_arena_alloc(arena, strlen(value) + 1);
    for (size_t i = 0; value[i]; i++)
        name[i] = g_ascii_tolower(value[i]);
    return name;
}

/* The telephone-subscriber in the user part of a URI with user=phone (RFC 3261 19.1.6). More than a number
 * and its context (an extension, a subaddress) is not reduced to the number. */
static void read_subscriber(reader *r)
{
    static const char context[] = ";phone-context=";
    const char *user = r->uri->user;
    size_t length = strcspn(user, ";");
    const char *rest = user + length;
    if (*rest != '\0') {
        if (g_ascii_strncasecmp(rest, context, strlen(context)) != 0)
            return;
        rest += strlen(context);
        if (*rest == '\0' || strchr(rest, ';'))
            return;
        r->uri->phone_context = read_phone_context(r->arena, rest);
    }
    r->uri->number = read_number(r->arena, user, length);
    if (r->uri->number == NULL)
        r->uri->phone_context = NULL;
}

static bool read_sip(reader *r, sm_bytes text)
{
    size_t at = find(text, '@');
    if (at < text.length) {
        if (!read_userinfo(r, sm_bytes_cut(text, 0, at)))
            return false;
        text = sm_bytes_from(text, at + 1);
        if (find(text, '@') < text.length)
            return refuse(r, "more than one \"@\" (RFC 3261 25.1)");
    }
    sm_bytes headers, parameters;
    cut_at(&text, '?', &headers);
    cut_at(&text, ';', &parameters);
    if (!read_hostport(r, text) || !read_parameters(r, parameters) || !read_headers(r, headers))
        return false;
    const char *kind = parameter(r->uri, "user");
    if (r->uri->user && kind && g_ascii_strcasecmp(kind, "phone") == 0)
        read_subscriber(r);
    return true;
}

/* RFC 3966 3: a number and parameters. */
static bool read_tel(reader *r, sm_bytes text)
{
    sm_bytes parameters;
    cut_at(&text, ';', &parameters);
    const char *subscriber = normalise(r, text);
    if (subscriber == NULL || !read_parameters(r, parameters))
        return false;
    r->uri->number = read_number(r->arena, subscriber, strlen(subscriber));
    if (r->uri->number == NULL)
        return refuse(r, "tel: without a telephone number (RFC 3966 3)");
    const char *context = parameter(r->uri, "phone-context");
    r->uri->phone_context = context ? read_phone_context(r->arena, context) : NULL;
    return true;
}

/* im:, pres:, mailto: one mailbox and header components (RFC 3860 A.2, RFC 3859 A.2). */
static bool read_mailbox(reader *r, sm_bytes text)
{
    sm_bytes headers, domain;
    cut_at(&text, '?', &headers);
    if (!cut_at(&text, '@', &domain))
        return refuse(r, "no mailbox: \"@\" is missing (RFC 3860 A.2)");
    if (text.length == 0)
        return refuse(r, "\"@\" without a user");
    r->uri->user = normalise(r, text);
    return r->uri->user && read_host(r, domain) && read_headers(r, headers);
}

/* scheme (RFC 3261 25.1): its length, 0 when the text does not start with a scheme and a colon. */
static size_t scheme_length(sm_bytes text)
{
    if (text.length == 0 || !g_ascii_isalpha(text.data[0]))
        return 0;
    size_t i = 1;
    while (i < text.length &&
           (g_ascii_isalnum(text.data[i]) || (text.data[i] && strchr("+-.", text.data[i]))))
        i++;
    return i < text.length && text.data[i] == ':' ? i : 0;
}

static sm_uri_scheme scheme_of(sm_bytes name)
{
    static const struct {
        const char *name;
        sm_uri_scheme scheme;
    } schemes[] = {{"sip", SM_URI_SIP}, {"sips", SM_URI_SIPS}, {"tel", SM_URI_TEL},
                   {"im", SM_URI_IM},   {"pres", SM_URI_PRES}, {"mailto", SM_URI_MAILTO}};
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (strlen(schemes[i].name) == name.length &&
            g_ascii_strncasecmp(schemes[i].name, (const char *)name.data, name.length) == 0)
            return schemes[i].scheme;
    return SM_URI_OTHER;
}

static bool read_uri(reader *r, sm_bytes text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!is_uri_octet(text.data[i]))
            return refuse(r, "a character that no URI may hold (RFC 3261 19.1.2)");
    size_t scheme = scheme_length(text);
    if (scheme == 0)
        return refuse(r, "no scheme");
    r->uri->text = sm_arena_strndup(r->arena, text.data, text.length);
    r->uri->scheme = scheme_of(sm_bytes_cut(text, 0, scheme));
    sm_bytes rest = sm_bytes_from(text, scheme + 1);
    if (rest.length == 0)
        return refuse(r, "nothing follows the scheme");
    switch (r->uri->scheme) {
    case SM_URI_SIP:
    case SM_URI_SIPS:
        return read_sip(r, rest);
    case SM_URI_TEL:
        return read_tel(r, rest);
    case SM_URI_IM:
    case SM_URI_PRES:
    case SM_URI_MAILTO:
        return read_mailbox(r, rest);
    case SM_URI_OTHER:
        break;
    }
    return true;
}

const sm_uri *sm_uri_parse(sm_arena *arena, sm_bytes text, const char **fault)
{
    reader r = {.arena = arena, .uri = sm_arena_new0(arena, sm_uri), .fault = NULL};
    bool readable = read_uri(&r, text);
    if (fault)
        *fault = r.fault;
    return readable ? r.uri : NULL;
}
