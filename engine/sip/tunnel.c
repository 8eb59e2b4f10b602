/* Tunnelled SIP against the message around it (RFC 3261 23.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sip/tunnel.h"

#include "base/bounds.h"
#include "sip/field_value.h"

/* How a header field's values are compared. */
typedef enum comparison {
    AS_TEXT,
    AS_ADDRESS, /* name-addr or addr-spec, one or a list */
    AS_NUMBER,
    AS_EXACT, /* with case */
    AS_CSEQ,
    AS_DATE,
} comparison;

/* What RFC 3261 23.4.1 says of a header field. */
typedef enum treatment {
    END_TO_END,  /* whoever changes it breaks the integrity (23.4.1.1) */
    ALTERNATIVE, /* the same, but an encrypted message may have another value (23.4.1.2) */
    BY_PROXIES,  /* proxies change it (23.4.1.1) */
    OF_BODY,     /* describes the body of its own message (23.4.1.2) */
    EXTENSION,   /* not defined in RFC 3261 (23.4.1.2, last paragraph) */
} treatment;

typedef struct field_kind {
    const char *name;
    treatment treatment;
    comparison comparison;
    bool useless_inside; /* 23.4.1.2: not to be included inside alone */
} field_kind;

static const field_kind kinds[] = {
    {"Accept", ALTERNATIVE, AS_TEXT, false},
    {"Accept-Encoding", ALTERNATIVE, AS_TEXT, false},
    {"Accept-Language", ALTERNATIVE, AS_TEXT, false},
    {"Alert-Info", ALTERNATIVE, AS_TEXT, false},
    {"Allow", END_TO_END, AS_TEXT, false},
    {"Authentication-Info", ALTERNATIVE, AS_TEXT, false},
    {"Authorization", END_TO_END, AS_TEXT, true},
    {"Call-ID", END_TO_END, AS_EXACT, false},
    {"Call-Info", END_TO_END, AS_TEXT, false},
    {"Contact", END_TO_END, AS_ADDRESS, false},
    {"Content-Disposition", OF_BODY, AS_TEXT, false},
    {"Content-Encoding", OF_BODY, AS_TEXT, false},
    {"Content-Language", OF_BODY, AS_TEXT, false},
    {"Content-Length", OF_BODY, AS_NUMBER, false},
    {"Content-Transfer-Encoding", OF_BODY, AS_TEXT, false},
    {"Content-Type", OF_BODY, AS_TEXT, false},
    {"CSeq", END_TO_END, AS_CSEQ, false},
    {"Date", END_TO_END, AS_DATE, false},
    {"Error-Info", ALTERNATIVE, AS_TEXT, false},
    {"Expires", ALTERNATIVE, AS_NUMBER, false},
    {"From", ALTERNATIVE, AS_ADDRESS, false},
    {"In-Reply-To", ALTERNATIVE, AS_EXACT, false},
    {"Max-Forwards", BY_PROXIES, AS_NUMBER, true},
    {"MIME-Version", OF_BODY, AS_TEXT, false},
    {"Min-Expires", END_TO_END, AS_NUMBER, true},
    {"Organization", ALTERNATIVE, AS_TEXT, false},
    {"Priority", END_TO_END, AS_TEXT, true},
    {"Proxy-Authenticate", END_TO_END, AS_TEXT, false},
    {"Proxy-Authorization", BY_PROXIES, AS_TEXT, true},
    {"Proxy-Require", END_TO_END, AS_TEXT, false},
    {"Record-Route", BY_PROXIES, AS_ADDRESS, true},
    {"Reply-To", ALTERNATIVE, AS_ADDRESS, false},
    {"Require", ALTERNATIVE, AS_TEXT, false},
    {"Retry-After", ALTERNATIVE, AS_TEXT, false},
    {"Route", BY_PROXIES, AS_ADDRESS, true},
    {"Server", ALTERNATIVE, AS_TEXT, false},
    {"Subject", ALTERNATIVE, AS_TEXT, false},
    {"Supported", ALTERNATIVE, AS_TEXT, false},
    {"Timestamp", END_TO_END, AS_TEXT, true},
    {"To", ALTERNATIVE, AS_ADDRESS, false},
    {"Unsupported", ALTERNATIVE, AS_TEXT, false},
    {"User-Agent", ALTERNATIVE, AS_TEXT, false},
    {"Via", BY_PROXIES, AS_TEXT, true},
    {"Warning", ALTERNATIVE, AS_TEXT, false},
    {"WWW-Authenticate", END_TO_END, AS_TEXT, true},
    {"P-Asserted-Identity", EXTENSION, AS_ADDRESS, false},
    {"P-Preferred-Identity", EXTENSION, AS_ADDRESS, false},
    {"Referred-By", EXTENSION, AS_ADDRESS, false},
    {"Refer-To", EXTENSION, AS_ADDRESS, false},
};

static field_kind kind_of(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_ascii_strcasecmp(kinds[i].name, name) == 0)
            return kinds[i];
    return (field_kind){name, EXTENSION, AS_TEXT, false};
}

static sm_bytes text_of(const char *text)
{
    return sm_bytes_of(text, strlen(text));
}

static bool is_separator(uint8_t c)
{
    return c == ',' || c == ';' || c == '=' || c == '/';
}

/* The text as RFC 3261 7.3.1 compares it: lower case, one space for blanks and none beside separators; quoted
 * strings and what stands in angle brackets stay as they are. */
static const char *comparable(sm_arena *arena, const char *value)
{
    sm_bytes text = sm_field_trim(text_of(value));
    char *out = sm_arena_alloc(arena, text.length + 1);
    size_t length = 0;
    bool blank = false;
    for (size_t i = 0; i < text.length;) {
        uint8_t c = text.data[i];
        if (c == ' ' || c == '\t') {
            blank = true;
            i++;
            continue;
        }
        if (blank && length > 0 && !is_separator(c) && !is_separator((uint8_t)out[length - 1]))
            out[length++] = ' ';
        blank = false;
        size_t verbatim = 0;
        sm_bytes rest = sm_bytes_from(text, i);
        if (c == '"')
            verbatim = sm_field_quoted_length(rest);
        else if (c == '<')
            verbatim = MIN(sm_field_find(rest, ">", false) + 1, rest.length);
        if (verbatim > 0) {
            memcpy(out + length, rest.data, verbatim);
            length += verbatim;
            i += verbatim;
        } else {
            out[length++] = g_ascii_tolower((char)c);
            i++;
        }
    }
    return out;
}

static bool equal_text(sm_arena *arena, const char *inner, const char *outer, const char **rule)
{
    if (strcmp(inner, outer) == 0) {
        *rule = "the same text";
        return true;
    }
    bool equal = strcmp(comparable(arena, inner), comparable(arena, outer)) == 0;
    *rule = equal ? "equal but for case or blanks (RFC 3261 7.3.1)" : "the values differ";
    return equal;
}

/* Parameters of the header field, not of the URI: those that both have must match, and tag must not stand in
 * one only (RFC 3261 20.20: extension parameters in one only are ignored). A fragment may leave it out, as the
 * identity bodies of RFC 3893 2 do. */
static bool equal_parameters(sm_arena *arena, sm_bytes a, sm_bytes b, bool fragment)
{
    bool inside = sm_bytes_present(sm_field_parameter(a, "tag")), outside = sm_bytes_present(sm_field_parameter(b, "tag"));
    if (inside != outside && !(fragment && outside))
        return false;
    sm_bytes name, value;
    for (unsigned count = 0; sm_field_next_parameter(&a, &name, &value); count++) {
        if (count == SM_LIMIT_URI_PARAMETERS)
            return false; /* the texts are not the same, and to compare them all would cost too much */
        sm_bytes other = sm_field_parameter(b, sm_arena_strndup(arena, name.data, name.length));
        if (!sm_bytes_present(other))
            continue;
        const char *mine = sm_bytes_present(value) ? sm_arena_strndup(arena, value.data, value.length) : "";
        const char *theirs = sm_arena_strndup(arena, other.data, other.length);
        if (strcmp(comparable(arena, mine), comparable(arena, theirs)) != 0)
            return false;
    }
    return true;
}

static bool equal_address(sm_arena *arena, sm_bytes inner, sm_bytes outer, bool fragment, const char **rule)
{
    if (sm_bytes_equal(inner, outer)) {
        *rule = "the same text";
        return true;
    }
    const sm_address *a = sm_address_parse(arena, inner), *b = sm_address_parse(arena, outer);
    if (a->uri == NULL || b->uri == NULL) {
        const char *texts[] = {sm_arena_strndup(arena, inner.data, inner.length),
                               sm_arena_strndup(arena, outer.data, outer.length)};
        if (equal_text(arena, texts[0], texts[1], rule))
            return true;
        *rule = "a URI cannot be read, and the texts differ";
        return false;
    }
    if (!sm_uri_equal(a->uri, b->uri, rule))
        return false;
    if (!equal_parameters(arena, inner, outer, fragment)) {
        *rule = "parameters of the header field differ (RFC 3261 20.20)";
        return false;
    }
    bool named_alike = g_strcmp0(a->display_name, b->display_name) == 0;
    *rule =
        named_alike
            ? "equal URIs and parameters (RFC 3261 20.20)"
            : "equal URIs and parameters; the display name, which differs, is not compared (RFC 3261 20.20)";
    return true;
}

static bool equal_addresses(sm_arena *arena, const char *inner, const char *outer, bool fragment, const char **rule)
{
    sm_bytes inside = text_of(inner), outside = text_of(outer), a, b;
    *rule = "the same text";
    bool more;
    while ((more = sm_field_next(&inside, &a)) && sm_field_next(&outside, &b))
        if (!equal_address(arena, a, b, fragment, rule))
            return false;
    if (more || sm_field_next(&outside, &b)) {
        *rule = "one has more values than the other";
        return false;
    }
    return true;
}

/* 1*DIGIT without its leading zeros; NULL when it is none. */
static const char *digits_of(const char *text)
{
    size_t length = strspn(text, "0123456789");
    if (length == 0 || text[length] != '\0')
        return NULL;
    while (text[0] == '0' && text[1] != '\0')
        text++;
    return text;
}

static bool equal_number(sm_arena *arena, const char *inner, const char *outer, const char **rule)
{
    const char *a = digits_of(inner), *b = digits_of(outer);
    if (a == NULL || b == NULL)
        return equal_text(arena, inner, outer, rule);
    bool equal = strcmp(a, b) == 0;
    *rule = equal ? "the same number" : "the numbers differ";
    return equal;
}

static bool equal_exact(const char *inner, const char *outer, const char **rule)
{
    bool equal = strcmp(inner, outer) == 0;
    *rule = equal ? "the same text" : "the values differ; they have a case (RFC 3261 20.8)";
    return equal;
}

/* Number and method are identical (RFC 3261 20.16). */
static bool equal_cseq(sm_arena *arena, const char *inner, const char *outer, const char **rule)
{
    sm_bytes words[2][2];
    const char *values[] = {inner, outer};
    for (int i = 0; i < 2; i++) {
        size_t number = strspn(values[i], "0123456789");
        words[i][0] = sm_bytes_of(values[i], number);
        words[i][1] = sm_field_trim(text_of(values[i] + number));
    }
    const char *a = digits_of(sm_arena_strndup(arena, words[0][0].data, words[0][0].length));
    const char *b = digits_of(sm_arena_strndup(arena, words[1][0].data, words[1][0].length));
    if (a == NULL || b == NULL)
        return equal_exact(inner, outer, rule);
    if (strcmp(a, b) != 0 || !sm_bytes_equal(words[0][1], words[1][1])) {
        *rule = "sequence number or method differs (RFC 3261 20.16)";
        return false;
    }
    *rule = "the same number and method (RFC 3261 20.16)";
    return true;
}

static bool equal_date(sm_arena *arena, const sm_sip_message *inner, const sm_sip_message *outer,
                       const char *values[2], const char **rule)
{
    if (!inner->date_moment.known || !outer->date_moment.known)
        return equal_text(arena, values[0], values[1], rule);
    bool equal = sm_moment_compare(inner->date_moment, outer->date_moment) == 0;
    *rule = equal ? "the same moment" : "the dates differ and must not (RFC 3261 23.4.1.2)";
    return equal;
}

/* All values of the fields of that name, joined by ", " (RFC 3261 7.3.1); NULL for none. `count` gets the
 * number of fields. */
static const char *joined(sm_arena *arena, const sm_sip_message *message, const char *name, unsigned *count)
{
    *count = 0;
    GString *text = NULL;
    for (unsigned i = 0; message && i < message->entity->header_count; i++) {
        const sm_header *header = &message->entity->headers[i];
        if (g_ascii_strcasecmp(header->name, name) != 0)
            continue;
        ++*count;
        if (text == NULL)
            text = g_string_new(NULL);
        else
            g_string_append(text, ", ");
        g_string_append(text, header->value);
    }
    if (text == NULL)
        return NULL;
    const char *kept = sm_arena_strndup(arena, text->str, text->len);
    g_string_free(text, TRUE);
    return kept;
}

typedef struct comparing {
    sm_arena *arena;
    const sm_sip_message *inner, *outer;
    GArray *headers; /* sm_tunnel_header */
} comparing;

static void add(comparing *c, const char *name, const char *inner, const char *outer,
                sm_tunnel_relation relation, const char *rule, bool alternative)
{
    sm_tunnel_header header = {
        .name = name,
        .inner = inner ? sm_arena_printable(c->arena, text_of(inner), SIZE_MAX) : NULL,
        .outer = outer ? sm_arena_printable(c->arena, text_of(outer), SIZE_MAX) : NULL,
        .relation = relation,
        .rule = rule,
        .alternative = alternative,
    };
    g_array_append_val(c->headers, header);
}

static bool equal_values(comparing *c, const field_kind *kind, const char *inner, const char *outer,
                         bool single, const char **rule)
{
    switch (kind->comparison) {
    case AS_ADDRESS:
        return equal_addresses(c->arena, inner, outer, c->inner->fragment, rule);
    case AS_NUMBER:
        return equal_number(c->arena, inner, outer, rule);
    case AS_EXACT:
        return equal_exact(inner, outer, rule);
    case AS_CSEQ:
        return single ? equal_cseq(c->arena, inner, outer, rule) : equal_exact(inner, outer, rule);
    case AS_DATE:
        if (single)
            return equal_date(c->arena, c->inner, c->outer, (const char *[2]){inner, outer}, rule);
        break;
    case AS_TEXT:
        break;
    }
    return equal_text(c->arena, inner, outer, rule);
}

static void compare_both(comparing *c, const field_kind *kind, const char *inner, const char *outer,
                         bool single)
{
    const char *rule = NULL;
    bool equal = equal_values(c, kind, inner, outer, single, &rule);
    sm_tunnel_relation relation = equal ? SM_TUNNEL_EQUAL : SM_TUNNEL_MAY_DIFFER;
    switch (equal ? END_TO_END : kind->treatment) {
    case END_TO_END:
    case ALTERNATIVE:
        if (!equal)
            relation = SM_TUNNEL_DIFFERS;
        break;
    case BY_PROXIES:
        rule = "proxies may change it (RFC 3261 23.4.1.1)";
        break;
    case OF_BODY:
        rule = "describes the body of its own message (RFC 3261 23.4.1.2)";
        break;
    case EXTENSION:
        rule = "differs, is not defined in RFC 3261 and is to be ignored inside (RFC 3261 23.4.1.2)";
        break;
    }
    add(c, kind->name, inner, outer, relation, rule, !equal && kind->treatment == ALTERNATIVE);
}

static const char *inner_only_rule(const comparing *c, const field_kind *kind)
{
    if (c->outer == NULL)
        return "there is no SIP message around this one";
    if (c->outer->entity->header_count == 0)
        return "the outer header fields were not found in the capture";
    if (kind->treatment == OF_BODY)
        return "describes the body of its own message (RFC 3261 23.4.1.2)";
    if (kind->useless_inside)
        return "stands inside only, where it is to be ignored (RFC 3261 23.4.1.2)";
    return "stands inside only (RFC 3261 23.4.1.2)";
}

static const char *outer_only_rule(const field_kind *kind)
{
    if (kind->treatment == OF_BODY)
        return "describes the body of its own message (RFC 3261 23.4.1.2)";
    if (kind->treatment == BY_PROXIES)
        return "proxies may add it (RFC 3261 23.4.1.1)";
    return "not replicated inside, so nothing protects it (RFC 3261 23.4.2)";
}

/* Its maker copied it from outside (23.4.2), unless it was to be read by the recipient alone. */
static bool was_removed(const comparing *c, const field_kind *kind)
{
    bool outer_known = c->outer && c->outer->entity->header_count > 0;
    return outer_known && !c->inner->fragment && kind->comparison != AS_DATE && (kind->treatment == END_TO_END || kind->treatment == ALTERNATIVE);
}

/* Those that a proxy may add (RFC 3261 tables 2 and 3) and 23.4.1.1 does not name: outside only they are nobody's omission. */
static bool proxies_add(const char *name)
{
    static const char *const names[] = {"Alert-Info", "Call-Info", "Error-Info", "Organization", "Priority", "Proxy-Authenticate", "Proxy-Require", "Require",
                                        "WWW-Authenticate"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_equal(names[i], name))
            return true;
    return false;
}

static bool is_unprotected(const comparing *c, const field_kind *kind)
{
    return !c->inner->fragment && kind->comparison != AS_DATE && (kind->treatment == END_TO_END || kind->treatment == ALTERNATIVE) &&
           !proxies_add(kind->name);
}

static void compare_field(comparing *c, const char *name)
{
    field_kind kind = kind_of(name);
    unsigned inside, outside;
    const char *inner = joined(c->arena, c->inner, name, &inside),
               *outer = joined(c->arena, c->outer, name, &outside);
    if (inner && outer) {
        compare_both(c, &kind, inner, outer, inside == 1 && outside == 1);
    } else if (inner) {
        add(c, kind.name, inner, NULL, SM_TUNNEL_INNER_ONLY, inner_only_rule(c, &kind), false);
        g_array_index(c->headers, sm_tunnel_header, c->headers->len - 1).removed = was_removed(c, &kind);
    } else {
        add(c, kind.name, NULL, outer, SM_TUNNEL_OUTER_ONLY, outer_only_rule(&kind), false);
        g_array_index(c->headers, sm_tunnel_header, c->headers->len - 1).unprotected = is_unprotected(c, &kind);
    }
}

static bool is_first(const sm_entity *entity, unsigned index)
{
    return sm_entity_header(entity, entity->headers[index].name) == &entity->headers[index];
}

static void compare_fields(comparing *c)
{
    const sm_entity *inner = c->inner->entity;
    for (unsigned i = 0; i < inner->header_count; i++)
        if (is_first(inner, i))
            compare_field(c, inner->headers[i].name);
    const sm_entity *outer = c->outer ? c->outer->entity : NULL;
    for (unsigned i = 0; outer && i < outer->header_count; i++)
        if (is_first(outer, i) && sm_entity_header(inner, outer->headers[i].name) == NULL)
            compare_field(c, outer->headers[i].name);
}

static void compare_requests(comparing *c)
{
    bool same = strcmp(c->inner->method, c->outer->method) == 0;
    add(c, "Method", c->inner->method, c->outer->method, same ? SM_TUNNEL_EQUAL : SM_TUNNEL_DIFFERS,
        same ? "the same text"
             : "the methods differ; the inner message is a copy of the outer one (RFC 3261 23.4)",
        false);
    if (c->inner->request_uri == NULL || c->outer->request_uri == NULL)
        return;
    const sm_uri *inner = sm_uri_parse(c->arena, text_of(c->inner->request_uri), NULL);
    const sm_uri *outer = sm_uri_parse(c->arena, text_of(c->outer->request_uri), NULL);
    bool equal = strcmp(c->inner->request_uri, c->outer->request_uri) == 0 ||
                 (inner && outer && sm_uri_equal(inner, outer, NULL));
    add(c, "Request-URI", c->inner->request_uri, c->outer->request_uri,
        equal ? SM_TUNNEL_EQUAL : SM_TUNNEL_MAY_DIFFER,
        equal ? "equal (RFC 3261 19.1.4)" : "proxies may change it (RFC 3261 23.4.1.1)", false);
}

static void compare_responses(comparing *c)
{
    bool same = c->inner->status == c->outer->status;
    add(c, "Status-Code", sm_arena_printf(c->arena, "%u", c->inner->status),
        sm_arena_printf(c->arena, "%u", c->outer->status), same ? SM_TUNNEL_EQUAL : SM_TUNNEL_DIFFERS,
        same ? "the same number"
             : "the status codes differ; the inner message is a copy of the outer one (RFC 3261 23.4)",
        false);
}

static const char *start_line_text(const sm_sip_message *message)
{
    return message->request ? "a request" : "a response";
}

/* A fragment need not have a start line (RFC 3420 2). */
static void compare_start_lines(comparing *c)
{
    bool inside = c->inner->request || c->inner->status,
         outside = c->outer && (c->outer->request || c->outer->status);
    if (!inside || !outside)
        return;
    if (c->inner->request != c->outer->request)
        add(c, "Start line", start_line_text(c->inner), start_line_text(c->outer), SM_TUNNEL_DIFFERS,
            "one is a request, the other a response (RFC 3261 23.4)", false);
    else if (c->inner->request)
        compare_requests(c);
    else
        compare_responses(c);
}

const sm_tunnel *sm_tunnel_compare(sm_arena *arena, const sm_sip_message *outer, const sm_sip_message *inner,
                                   bool full)
{
    comparing c = {arena, inner, outer, g_array_new(FALSE, FALSE, sizeof(sm_tunnel_header))};
    compare_start_lines(&c);
    compare_fields(&c);

    sm_tunnel *tunnel = sm_arena_new0(arena, sm_tunnel);
    tunnel->full = full;
    tunnel->inner = inner;
    sm_tunnel_header *kept = sm_arena_array(arena, sm_tunnel_header, c.headers->len);
    for (unsigned i = 0; i < c.headers->len; i++) {
        kept[i] = g_array_index(c.headers, sm_tunnel_header, i);
        tunnel->differing += kept[i].relation == SM_TUNNEL_DIFFERS;
    }
    tunnel->headers = kept;
    tunnel->header_count = c.headers->len;
    g_array_free(c.headers, TRUE);
    return tunnel;
}
