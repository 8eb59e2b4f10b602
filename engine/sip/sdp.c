/* SDP: the m=message lines of a session description and what belongs to them (RFC 4566, RFC 4975 8).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sip/sdp.h"

#include "base/bounds.h"

/* What holds for a media description where it says nothing itself. */
typedef struct defaults {
    const char *connection, *setup, *fingerprint, *direction;
} defaults;

typedef struct reader {
    sm_arena *arena;
    sm_sdp *sdp;
    GArray *msrp; /* sm_sdp_msrp */
    defaults session;
    bool in_media; /* an m= line was seen */
    sm_sdp_msrp
        *current; /* the m=message description being read; NULL in the session part and in other media */
} reader;

static void complain(reader *r, const char *fault)
{
    if (r->sdp->fault == NULL)
        r->sdp->fault = fault;
}

static const char *shown(reader *r, sm_bytes text)
{
    return sm_arena_printable(r->arena, text, SIZE_MAX);
}

static sm_bytes trim(sm_bytes text)
{
    while (text.length > 0 && text.data[0] == ' ')
        text = sm_bytes_from(text, 1);
    while (text.length > 0 && text.data[text.length - 1] == ' ')
        text.length--;
    return text;
}

/* Takes the first word off the text; an absent one at the end. */
static sm_bytes next_word(sm_bytes *text)
{
    *text = trim(*text);
    if (text->length == 0)
        return SM_BYTES_NONE;
    const uint8_t *space = memchr(text->data, ' ', text->length);
    size_t length = space ? (size_t)(space - text->data) : text->length;
    sm_bytes word = sm_bytes_cut(*text, 0, length);
    *text = sm_bytes_from(*text, length);
    return word;
}

static bool is(sm_bytes word, const char *text)
{
    return word.length == strlen(text) && memcmp(word.data, text, word.length) == 0;
}

static bool read_number(sm_bytes text, uint64_t most, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.length; i++) {
        uint64_t digit = (uint64_t)(text.data[i] - '0');
        if (!g_ascii_isdigit(text.data[i]) || *number > (most - digit) / 10)
            return false;
        *number = *number * 10 + digit;
    }
    return text.length > 0;
}

/* The words of a list, separated by spaces; in lower case when `lower` is set. */
static const char *const *read_words(reader *r, sm_bytes text, bool lower, unsigned *count)
{
    const char *found[SM_LIMIT_SDP_VALUES];
    unsigned n = 0;
    for (sm_bytes word; sm_bytes_present(word = next_word(&text));) {
        if (n == SM_LIMIT_SDP_VALUES) {
            complain(r, "an attribute has more values than SM_LIMIT_SDP_VALUES");
            break;
        }
        char *copy = (char *)sm_arena_copy(r->arena, word).data;
        for (size_t i = 0; lower && i < word.length; i++)
            copy[i] = g_ascii_tolower(copy[i]);
        found[n++] = shown(r, sm_bytes_of(copy, word.length));
    }
    const char **kept = sm_arena_array(r->arena, const char *, n);
    if (n > 0)
        memcpy(kept, found, n * sizeof(*kept));
    *count = n;
    return kept;
}

/* o=<username> <sess-id> <sess-version> ... (RFC 4566 5.2). */
static void read_origin(reader *r, sm_bytes value)
{
    next_word(&value);
    sm_bytes id = next_word(&value), version = next_word(&value);
    if (!sm_bytes_present(version)) {
        complain(r, "o= has no session identifier and version (RFC 4566 5.2)");
        return;
    }
    r->sdp->session_id = sm_arena_printf(r->arena, "%s %s", shown(r, id), shown(r, version));
}

/* c=<nettype> <addrtype> <connection-address> (RFC 4566 5.7). */
static void read_connection(reader *r, sm_bytes value)
{
    next_word(&value);
    next_word(&value);
    sm_bytes address = next_word(&value);
    if (!sm_bytes_present(address))
        complain(r, "c= has no address (RFC 4566 5.7)");
    else if (r->current)
        r->current->connection = shown(r, address);
    else if (!r->in_media)
        r->session.connection = shown(r, address);
}

/* m=<media> <port>[/<number>] <proto> <fmt> ... (RFC 4566 5.14); only m=message is kept. */
static void read_media(reader *r, sm_bytes value)
{
    r->in_media = true;
    r->current = NULL;
    r->sdp->media_count++;
    sm_bytes media = next_word(&value), port = next_word(&value), protocol = next_word(&value);
    if (!is(media, "message"))
        return;
    if (r->msrp->len == SM_LIMIT_SDP_MEDIA) {
        complain(r, "more m=message lines than SM_LIMIT_SDP_MEDIA");
        return;
    }
    const uint8_t *slash = port.length ? memchr(port.data, '/', port.length) : NULL;
    if (slash)
        port.length = (size_t)(slash - port.data);
    uint64_t number;
    if (!read_number(port, 65535, &number)) {
        complain(r, "the port of an m=message line is no number up to 65535 (RFC 4566 5.14)");
        number = 0;
    }
    sm_sdp_msrp msrp = {
        .protocol = shown(r, protocol),
        .port = (unsigned)number,
        .connection = r->session.connection,
        .format = shown(r, trim(value)),
        .setup = r->session.setup,
        .fingerprint = r->session.fingerprint,
        .direction = r->session.direction,
    };
    g_array_append_val(r->msrp, msrp);
    r->current = &g_array_index(r->msrp, sm_sdp_msrp, r->msrp->len - 1);
}

/* An attribute with one value, which a media description may set once; what it has from the session is
 * overridden. */
static void set_once(reader *r, const char **member, const char *inherited, const char *value,
                     const char *fault)
{
    if (*member != inherited)
        complain(r, fault);
    else
        *member = value;
}

static const char *const directions[] = {"sendrecv", "sendonly", "recvonly", "inactive"};

static const char *direction_of(sm_bytes name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(directions); i++)
        if (is(name, directions[i]))
            return directions[i];
    return NULL;
}

static void read_session_attribute(reader *r, sm_bytes name, sm_bytes value)
{
    if (is(name, "setup") && !r->session.setup)
        r->session.setup = shown(r, trim(value));
    else if (is(name, "fingerprint") && !r->session.fingerprint)
        r->session.fingerprint = shown(r, trim(value));
    else if (direction_of(name) && !r->session.direction)
        r->session.direction = direction_of(name);
}

static void read_max_size(reader *r, sm_bytes value)
{
    sm_sdp_msrp *msrp = r->current;
    uint64_t size;
    if (msrp->max_size_present)
        complain(r, "a=max-size is repeated");
    else if (!read_number(trim(value), UINT64_MAX, &size))
        complain(r, "a=max-size is no number (RFC 4975 8.6)");
    else {
        msrp->max_size = size;
        msrp->max_size_present = true;
    }
}

static void read_media_attribute(reader *r, sm_bytes name, sm_bytes value)
{
    sm_sdp_msrp *msrp = r->current;
    if (is(name, "path")) {
        if (msrp->path)
            complain(r, "a=path is repeated");
        else
            msrp->path = read_words(r, value, false, &msrp->path_count);
    } else if (is(name, "accept-types")) {
        if (msrp->accept_types_present)
            complain(r, "a=accept-types is repeated");
        else
            msrp->accept_types = read_words(r, value, true, &msrp->accept_type_count);
        msrp->accept_types_present = true;
    } else if (is(name, "accept-wrapped-types")) {
        if (msrp->accept_wrapped_types)
            complain(r, "a=accept-wrapped-types is repeated");
        else
            msrp->accept_wrapped_types = read_words(r, value, true, &msrp->accept_wrapped_type_count);
    } else if (is(name, "max-size")) {
        read_max_size(r, value);
    } else if (is(name, "setup")) {
        set_once(r, &msrp->setup, r->session.setup, shown(r, trim(value)), "a=setup is repeated");
    } else if (is(name, "fingerprint")) { /* several, one a hash function, are allowed (RFC 4572 5) */
        if (msrp->fingerprint == r->session.fingerprint)
            msrp->fingerprint = shown(r, trim(value));
    } else if (is(name, "file-selector")) {
        set_once(r, &msrp->file_selector, NULL, shown(r, trim(value)), "a=file-selector is repeated");
    } else if (is(name, "msrp-cema")) {
        msrp->msrp_cema = true;
    } else if (direction_of(name)) {
        set_once(r, &msrp->direction, r->session.direction, direction_of(name),
                 "the direction attribute is repeated");
    }
}

/* a=<name>[:<value>] (RFC 4566 5.13); names have a case (RFC 4566 9). */
static void read_attribute(reader *r, sm_bytes text)
{
    const uint8_t *colon = text.length ? memchr(text.data, ':', text.length) : NULL;
    size_t length = colon ? (size_t)(colon - text.data) : text.length;
    sm_bytes name = sm_bytes_cut(text, 0, length), value = sm_bytes_from(text, colon ? length + 1 : length);
    if (r->current)
        read_media_attribute(r, name, value);
    else if (!r->in_media)
        read_session_attribute(r, name, value);
}

static void read_line(reader *r, sm_bytes line)
{
    if (line.length < 2 || line.data[1] != '=') {
        complain(r, "a line is not of the form <type>=<value> (RFC 4566 5)");
        return;
    }
    sm_bytes value = sm_bytes_from(line, 2);
    switch (line.data[0]) {
    case 'o':
        read_origin(r, value);
        break;
    case 'c':
        read_connection(r, value);
        break;
    case 'm':
        read_media(r, value);
        break;
    case 'a':
        read_attribute(r, value);
        break;
    default:
        break;
    }
}

static void read_lines(reader *r, sm_bytes body)
{
    for (unsigned lines = 0; body.length > 0; lines++) {
        if (lines == SM_LIMIT_SDP_LINES) {
            complain(r, "more lines than SM_LIMIT_SDP_LINES");
            return;
        }
        const uint8_t *end = memchr(body.data, '\n', body.length);
        size_t length = end ? (size_t)(end - body.data) : body.length;
        sm_bytes line = sm_bytes_cut(body, 0, length);
        body = sm_bytes_from(body, length + 1);
        if (line.length > 0 && line.data[line.length - 1] == '\r')
            line.length--;
        if (line.length > 0)
            read_line(r, line);
    }
}

const sm_sdp *sm_sdp_parse(sm_arena *arena, sm_bytes body)
{
    reader r = {.arena = arena,
                .sdp = sm_arena_new0(arena, sm_sdp),
                .msrp = g_array_new(FALSE, FALSE, sizeof(sm_sdp_msrp))};
    r.sdp->session_id = "";
    if (body.length < 3 || memcmp(body.data, "v=0", 3) != 0)
        complain(&r, "the description does not begin with v=0 (RFC 4566 5)");
    read_lines(&r, body);
    sm_sdp_msrp *kept = sm_arena_array(arena, sm_sdp_msrp, r.msrp->len);
    if (r.msrp->len > 0)
        memcpy(kept, r.msrp->data, r.msrp->len * sizeof(*kept));
    r.sdp->msrp = kept;
    r.sdp->msrp_count = r.msrp->len;
    g_array_free(r.msrp, TRUE);
    return r.sdp;
}
