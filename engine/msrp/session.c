/* MSRP sessions (RFC 4975 5.4, 6.1, 8; RFC 8591 8.4).
 *
 * Which end a path header names: the rightmost URI of To-Path is the last one visited (RFC 4975 7.1), the rightmost URI of
 * From-Path the original sender, as each relay takes its URI from the left of To-Path and puts it to the left of From-Path
 * (RFC 4976 3), and the rightmost URI of a=path identifies the endpoint (RFC 4975 8.2, 8.3). So the last URIs are compared on
 * every hop, and relays in between, like c= and m= lines that a middlebox rewrote (RFC 6714), do not matter.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "msrp/session.h"

#include "base/bounds.h"

#include <arpa/inet.h>

typedef enum known_side { CALLER, CALLEE } known_side; /* From and To side of the INVITE */

static known_side other_side(known_side side)
{
    return side == CALLER ? CALLEE : CALLER;
}

/* How a party is called. */
typedef struct known_name {
    const char *aor; /* NULL unknown */
    bool anonymous;
    const char *const *asserted;
    unsigned asserted_count;
} known_name;

/* The requests whose SDP negotiates (RFC 3264, RFC 3262 5, RFC 3311 5); an ACK belongs to its INVITE. */
typedef enum known_method { INVITE, UPDATE, PRACK, METHODS } known_method;

/* What an offer, or its answer, was part of. */
typedef struct known_transaction {
    known_method method;
    uint32_t cseq;
    known_side requester;
} known_transaction;

/* An SDP of a party. Until its offer has been answered it can be taken back: who refuses the request leaves the session as it was
 * (RFC 3261 14.1, RFC 3311 5.2). */
typedef struct known_statement {
    struct known_statement *before; /* with the same path, what holds again when this one is refused; NULL none */
    known_transaction in;
    bool settled;          /* answered: what comes later in the transaction does not undo it (RFC 6141 3) */
    uint64_t at;           /* by sm_msrp_sessions.clock */
    known_name name, peer; /* the party's own, and what its message calls the other one */
    const sm_sdp_msrp *sdp;
    uint32_t frame, refused_in; /* the latter of its refusal, 0 none */
    bool protected_sdp;
} known_statement;

/* One path that a party named for one m=message line of a dialog, with what its SDPs said. */
typedef struct known_end {
    struct known_line *line;
    known_side side;
    const char *key;          /* the endpoint's URI in comparable form; NULL refused or none */
    known_statement *said;    /* the last that was not refused; NULL when all were */
    known_statement *refused; /* the last that was; NULL none */
    GList age;                /* its place in the order of all */
    bool indexed;
} known_end;

typedef struct known_party {
    known_end *ends[SM_LIMIT_MSRP_PATHS]; /* oldest first, no path twice */
    unsigned count;
} known_party;

typedef struct known_line {
    struct known_dialog *dialog;
    struct known_line *offer; /* the INVITE's line that it took its offer from; or NULL */
    bool answered;            /* an INVITE's line that was answered in a dialog of its own */
    known_party parties[2];   /* by known_side */
} known_line;

/* The name that a party gave itself in a request within the dialog (RFC 4916), and who vouched for it last. */
typedef struct known_saying {
    known_name name, before; /* the latter holds again when the request is refused */
    known_transaction in;
    bool settled;
    uint64_t renamed_at, before_at; /* by sm_msrp_sessions.clock: SDPs from before go by the new name too; 0 never */
} known_saying;

/* A request that came with SDP, or was refused. */
typedef struct known_request {
    uint32_t cseq, frame; /* frame 0: none */
} known_request;

typedef struct known_dialog {
    const char *call_id;
    struct known_dialog *invite; /* what its INVITE began; NULL unknown */
    uint32_t cseq;               /* of that INVITE */
    bool confirmed;              /* a 2xx answered it */
    known_saying said[2];        /* by known_side */
    known_request described[2][METHODS], refusals[2][METHODS]; /* the last ones of each side */
    GPtrArray *lines;            /* of known_line, by place among the m=message lines */
    bool over;
} known_dialog;

/* Everybody who named one endpoint. */
typedef struct bucket {
    GPtrArray *ends; /* of known_end, oldest first */
    bool crowded;    /* SM_LIMIT_MSRP_RIVALS was hit */
} bucket;

struct sm_msrp_sessions {
    sm_arena *arena;
    /* Trees, because hashes of hostile text could be made to collide. */
    GTree *dialogs;   /* known_dialog, by Call-ID and both tags, the callee's "" in what an INVITE begins */
    GTree *endpoints; /* bucket, by known_end.key */
    GQueue order;     /* of known_end, oldest first */
    uint64_t clock;   /* counts what was learned */
};

/* ---- MSRP URIs (RFC 4975 6.1, 9) ---- */

static bool is_unreserved(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/* Host in lower case; percent-encoded characters that need no encoding are decoded. */
static void append_host(GString *key, const char *host, size_t length)
{
    GString *plain = g_string_sized_new(length);
    for (size_t i = 0; i < length; i++) {
        char c = host[i];
        if (c == '%' && length - i > 2 && g_ascii_isxdigit(host[i + 1]) && g_ascii_isxdigit(host[i + 2])) {
            char decoded = (char)(g_ascii_xdigit_value(host[i + 1]) << 4 | g_ascii_xdigit_value(host[i + 2]));
            if (is_unreserved(decoded)) {
                c = decoded;
                i += 2;
            }
        }
        g_string_append_c(plain, g_ascii_tolower(c));
    }
    uint8_t address[sizeof(struct in6_addr)];
    char text[INET6_ADDRSTRLEN];
    const size_t last = plain->len > 0 ? plain->len - 1 : 0;
    if (plain->str[0] == '[' && plain->str[last] == ']') { /* an address has many spellings */
        plain->str[last] = '\0';
        if (inet_pton(AF_INET6, plain->str + 1, address) == 1 &&
            inet_ntop(AF_INET6, address, text, sizeof(text)))
            g_string_printf(plain, "[%s]", text);
        else
            plain->str[last] = ']';
    }
    g_string_append_len(key, plain->str, (gssize)plain->len);
    g_string_free(plain, TRUE);
}

/* "host:port" of an address in any spelling, with or without brackets. To be freed. */
static char *comparable_address(const char *host, unsigned port)
{
    GString *key = g_string_new(NULL);
    char *bracketed = strchr(host, ':') && host[0] != '[' ? g_strdup_printf("[%s]", host) : g_strdup(host);
    append_host(key, bracketed, strlen(bracketed));
    g_string_append_printf(key, ":%u", port);
    g_free(bracketed);
    return g_string_free(key, FALSE);
}

/* The same of an end of a connection, "192.0.2.1:7654"; NULL when it is none. To be freed. */
static char *comparable_end(const char *end)
{
    const char *colon = end ? strrchr(end, ':') : NULL;
    if (colon == NULL)
        return NULL;
    char *host = g_strndup(end, (gsize)(colon - end));
    char *key = comparable_address(host, (unsigned)g_ascii_strtoull(colon + 1, NULL, 10));
    g_free(host);
    return key;
}

/* Appends ":port", nothing when the port is empty. False when it is none. */
static bool append_port(GString *key, const char *port, size_t length)
{
    unsigned value = 0;
    for (size_t i = 0; i < length; i++) {
        if (!g_ascii_isdigit(port[i]) || value > 65535)
            return false;
        value = value * 10 + (unsigned)(port[i] - '0');
    }
    if (length > 0)
        g_string_append_printf(key, ":%u", value);
    return value <= 65535;
}

/* A text that is the same for equal URIs and for no others (RFC 4975 6.1): scheme, host and transport in lower case, port and
 * session-id; without userinfo and further parameters. NULL when it is no MSRP URI. To be freed. */
static char *comparable(const char *uri, size_t length)
{
    static const char *const schemes[] = {"msrps://", "msrp://"};
    const char *const end = uri + length;
    GString *key = g_string_sized_new(length);
    for (size_t i = 0; i < G_N_ELEMENTS(schemes) && key->len == 0; i++)
        if (g_ascii_strncasecmp(uri, schemes[i], MIN(length, strlen(schemes[i]))) == 0 &&
            length >= strlen(schemes[i]))
            g_string_append(key, schemes[i]);
    if (key->len == 0)
        return g_string_free(key, TRUE);
    uri += key->len;

    size_t until_path = strcspn(uri, "/");
    const char *at = g_strrstr_len(uri, MIN((gssize)until_path, end - uri), "@");
    if (at)
        uri = at + 1;
    const char *authority_end = uri;
    while (authority_end < end && *authority_end != '/' && *authority_end != ';')
        authority_end++;
    const char *bracket = g_strrstr_len(uri, authority_end - uri, "]");
    const char *colon =
        memchr(bracket ? bracket : uri, ':', (size_t)(authority_end - (bracket ? bracket : uri)));
    const char *host_end = colon ? colon : authority_end;
    if (host_end == uri)
        return g_string_free(key, TRUE);
    append_host(key, uri, (size_t)(host_end - uri));
    if (colon && !append_port(key, colon + 1, (size_t)(authority_end - colon - 1)))
        return g_string_free(key, TRUE);

    const char *path_end = authority_end;
    while (path_end < end && *path_end != ';')
        path_end++;
    g_string_append_len(key, authority_end, path_end - authority_end);
    for (const char *c = path_end; c < end && (c == path_end || *c != ';'); c++)
        g_string_append_c(key, g_ascii_tolower(*c));
    return g_string_free(key, FALSE);
}

bool sm_msrp_uri_equal(const char *a, const char *b)
{
    char *left = comparable(a, strlen(a)), *right = comparable(b, strlen(b));
    bool equal = left && right && strcmp(left, right) == 0;
    g_free(left);
    g_free(right);
    return equal;
}

/* The endpoint of a path header: its last URI in comparable form; NULL when it is none. To be freed. */
static char *endpoint_of_path(const char *path)
{
    size_t end = strlen(path);
    while (end > 0 && (path[end - 1] == ' ' || path[end - 1] == '\t'))
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != ' ' && path[begin - 1] != '\t')
        begin--;
    return comparable(path + begin, end - begin);
}

/* The endpoint of an offer or answer (RFC 4975 8.2); NULL when it refused the session or names none. */
static const char *endpoint_of_sdp(sm_arena *arena, const sm_sdp_msrp *sdp)
{
    if (sdp == NULL || sdp->path_count == 0 || sdp->port == 0)
        return NULL;
    const char *uri = sdp->path[sdp->path_count - 1];
    char *key = comparable(uri, strlen(uri));
    const char *kept = sm_arena_strdup(arena, key);
    g_free(key);
    return kept;
}

/* ---- Copies: what is learned outlives the message it was learned from ---- */

static const char *const *copy_texts(sm_arena *arena, const char *const *texts, unsigned count)
{
    const char **copies = sm_arena_array(arena, const char *, count);
    for (unsigned i = 0; i < count; i++)
        copies[i] = sm_arena_strdup(arena, texts[i]);
    return copies;
}

static const sm_sdp_msrp *copy_sdp(sm_arena *arena, const sm_sdp_msrp *sdp)
{
    sm_sdp_msrp *copy = sm_arena_new0(arena, sm_sdp_msrp);
    *copy = *sdp;
    copy->protocol = sm_arena_strdup(arena, sdp->protocol);
    copy->connection = sm_arena_strdup(arena, sdp->connection);
    copy->format = sm_arena_strdup(arena, sdp->format);
    copy->path = copy_texts(arena, sdp->path, sdp->path_count);
    copy->accept_types = copy_texts(arena, sdp->accept_types, sdp->accept_type_count);
    copy->accept_wrapped_types = copy_texts(arena, sdp->accept_wrapped_types, sdp->accept_wrapped_type_count);
    copy->setup = sm_arena_strdup(arena, sdp->setup);
    copy->fingerprint = sm_arena_strdup(arena, sdp->fingerprint);
    copy->file_selector = sm_arena_strdup(arena, sdp->file_selector);
    copy->direction = sm_arena_strdup(arena, sdp->direction);
    return copy;
}

static bool texts_equal(const char *const *a, unsigned a_count, const char *const *b, unsigned b_count)
{
    bool equal = a_count == b_count;
    for (unsigned i = 0; equal && i < a_count; i++)
        equal = g_strcmp0(a[i], b[i]) == 0;
    return equal;
}

static bool sdp_equal(const sm_sdp_msrp *a, const sm_sdp_msrp *b)
{
    return g_strcmp0(a->protocol, b->protocol) == 0 && a->port == b->port &&
           g_strcmp0(a->connection, b->connection) == 0 && g_strcmp0(a->format, b->format) == 0 &&
           texts_equal(a->path, a->path_count, b->path, b->path_count) &&
           a->accept_types_present == b->accept_types_present &&
           texts_equal(a->accept_types, a->accept_type_count, b->accept_types, b->accept_type_count) &&
           texts_equal(a->accept_wrapped_types, a->accept_wrapped_type_count, b->accept_wrapped_types,
                       b->accept_wrapped_type_count) &&
           a->max_size_present == b->max_size_present && a->max_size == b->max_size &&
           g_strcmp0(a->setup, b->setup) == 0 && g_strcmp0(a->fingerprint, b->fingerprint) == 0 &&
           g_strcmp0(a->file_selector, b->file_selector) == 0 && g_strcmp0(a->direction, b->direction) == 0 &&
           a->msrp_cema == b->msrp_cema;
}

/* ---- Dialogs (RFC 3261 12) ---- */

static const char *tag_of(const sm_address *address)
{
    return address && address->tag ? address->tag : "";
}

static int compare_keys(gconstpointer a, gconstpointer b, gpointer unused)
{
    (void)unused;
    return strcmp(a, b);
}

/* Call-ID and tags come from header fields and hold no line end. */
static char *dialog_key(const char *call_id, const char *caller_tag, const char *callee_tag)
{
    return g_strconcat(call_id, "\n", caller_tag, "\n", callee_tag, NULL);
}

static known_dialog *dialog_find(sm_msrp_sessions *sessions, const char *call_id, const char *caller_tag,
                                 const char *callee_tag)
{
    char *key = dialog_key(call_id, caller_tag, callee_tag);
    known_dialog *found = g_tree_lookup(sessions->dialogs, key);
    g_free(key);
    return found;
}

static void dialog_free(gpointer data)
{
    known_dialog *known = data;
    g_ptr_array_free(known->lines, TRUE);
    g_free(known);
}

/* ---- The index: an endpoint's URI, and who named it ---- */

static void bucket_free(gpointer data)
{
    bucket *named = data;
    g_ptr_array_free(named->ends, TRUE);
    g_free(named);
}

static void unindex(sm_msrp_sessions *sessions, known_end *end)
{
    if (!end->indexed)
        return;
    end->indexed = false;
    g_queue_unlink(&sessions->order, &end->age);
    bucket *named = g_tree_lookup(sessions->endpoints, end->key);
    if (named && g_ptr_array_remove(named->ends, end) && named->ends->len == 0 && !named->crowded)
        g_tree_remove(sessions->endpoints, end->key);
}

static bool same_aor(const char *a, const char *b)
{
    if (g_strcmp0(a, b) == 0)
        return true;
    if (!a || !b)
        return false;
    sm_arena *arena = sm_arena_new();
    const sm_uri *left = sm_uri_parse(arena, sm_bytes_of(a, strlen(a)), NULL);
    const sm_uri *right = sm_uri_parse(arena, sm_bytes_of(b, strlen(b)), NULL);
    bool same = left && right && sm_uri_same_identity(left, right, NULL) && sm_uri_same_identity(right, left, NULL);
    sm_arena_free(arena);
    return same;
}

/* The SDP that names the path; every end has one. */
static const known_statement *naming(const known_end *end)
{
    return end->said ? end->said : end->refused;
}

/* The name that a party goes by with an SDP, or the other one in it: what it said of itself since then counts (RFC 4916). */
static known_name name_since(const known_end *end, known_side side, known_name name, uint64_t at)
{
    const known_saying *said = &end->line->dialog->said[side];
    if (said->renamed_at > at && !same_aor(said->name.aor, name.aor)) {
        name.aor = said->name.aor;
        name.anonymous = said->name.anonymous;
    }
    return name;
}

static known_name name_of(const known_end *end)
{
    return name_since(end, end->side, naming(end)->name, naming(end)->at);
}

static known_name peer_of(const known_end *end)
{
    return name_since(end, other_side(end->side), naming(end)->peer, naming(end)->at);
}

static bool gives_way(const known_end *end)
{
    return end->line->dialog->over || !end->said;
}

/* Makes room in a bucket. Who goes and named the path for another than `coming` may still be its owner: from then on nobody can tell. */
static void make_room(sm_msrp_sessions *sessions, bucket *named, const known_end *coming)
{
    guint place = 0;
    while (place < named->ends->len && !gives_way(named->ends->pdata[place]))
        place++;
    if (place == named->ends->len) {
        place = 0;
        named->crowded = named->crowded || !same_aor(name_of(named->ends->pdata[0]).aor, name_of(coming).aor);
    }
    known_end *leaving = g_ptr_array_remove_index(named->ends, place);
    leaving->indexed = false;
    g_queue_unlink(&sessions->order, &leaving->age);
}

static void index_end(sm_msrp_sessions *sessions, known_end *end)
{
    if (end->key == NULL)
        return;
    bucket *named = g_tree_lookup(sessions->endpoints, end->key);
    if (named == NULL) {
        named = g_new0(bucket, 1);
        named->ends = g_ptr_array_new();
        g_tree_insert(sessions->endpoints, g_strdup(end->key), named);
    }
    if (named->ends->len == SM_LIMIT_MSRP_RIVALS)
        make_room(sessions, named, end);
    g_ptr_array_add(named->ends, end);
    end->age.data = end;
    end->indexed = true;
    g_queue_push_tail_link(&sessions->order, &end->age);
    if (sessions->order.length > SM_LIMIT_MSRP_SESSIONS)
        unindex(sessions, g_queue_peek_head(&sessions->order));
}

/* ---- Learning ---- */

sm_msrp_sessions *sm_msrp_sessions_new(void)
{
    sm_msrp_sessions *sessions = g_new0(sm_msrp_sessions, 1);
    sessions->arena = sm_arena_new();
    sessions->dialogs = g_tree_new_full(compare_keys, NULL, g_free, dialog_free);
    sessions->endpoints = g_tree_new_full(compare_keys, NULL, g_free, bucket_free);
    g_queue_init(&sessions->order);
    return sessions;
}

void sm_msrp_sessions_free(sm_msrp_sessions *sessions)
{
    if (sessions == NULL)
        return;
    g_tree_destroy(sessions->dialogs);
    g_tree_destroy(sessions->endpoints);
    sm_arena_free(sessions->arena);
    g_free(sessions);
}

static known_end *end_with(const known_party *party, const char *key)
{
    for (unsigned i = 0; i < party->count; i++)
        if (g_strcmp0(party->ends[i]->key, key) == 0)
            return party->ends[i];
    return NULL;
}

/* Whom a party with too many paths forgets: one that was refused, or the oldest. */
static known_end *least_wanted(const known_party *party)
{
    for (unsigned i = 0; i < party->count; i++)
        if (!party->ends[i]->said)
            return party->ends[i];
    return party->ends[0];
}

static void remove_end(sm_msrp_sessions *sessions, known_end *end)
{
    known_party *party = &end->line->parties[end->side];
    unsigned place = 0;
    while (party->ends[place] != end)
        place++;
    unindex(sessions, end);
    memmove(&party->ends[place], &party->ends[place + 1], (party->count - place - 1) * sizeof(party->ends[0]));
    party->count--;
}

/* Puts an end that has its statement among its party's, as the newest. */
static void add_end(sm_msrp_sessions *sessions, known_end *end)
{
    known_party *party = &end->line->parties[end->side];
    if (party->count == SM_LIMIT_MSRP_PATHS)
        remove_end(sessions, least_wanted(party));
    party->ends[party->count++] = end;
    index_end(sessions, end);
}

static known_line *add_line(sm_msrp_sessions *sessions, known_dialog *dialog)
{
    known_line *line = sm_arena_new0(sessions->arena, known_line);
    line->dialog = dialog;
    g_ptr_array_add(dialog->lines, line);
    return line;
}

/* What the INVITE offered holds in the dialog that an answer to it begins: each fork has its own. What an INVITE with another sequence number
 * offered and had refused (a challenge, another try) does not. */
static void take_offer(sm_msrp_sessions *sessions, known_dialog *dialog, const known_dialog *offer, uint32_t cseq)
{
    for (guint i = 0; i < offer->lines->len; i++) {
        known_line *offered = offer->lines->pdata[i], *line = add_line(sessions, dialog);
        line->offer = offered;
        for (unsigned j = 0; j < offered->parties[CALLER].count; j++) {
            const known_end *known = offered->parties[CALLER].ends[j];
            known_end *end = sm_arena_new0(sessions->arena, known_end);
            *end = (known_end){.line = line, .side = CALLER, .key = known->key};
            known_statement *said = sm_arena_new0(sessions->arena, known_statement);
            *said = *naming(known);
            said->before = NULL;
            if (said->in.cseq == cseq)
                said->refused_in = 0; /* one fork refused it, another answers */
            *(said->refused_in ? &end->refused : &end->said) = said;
            add_end(sessions, end);
        }
    }
}

static known_dialog *dialog_begin(sm_msrp_sessions *sessions, const sm_sip_message *message, const char *caller_tag, const char *callee_tag,
                                  known_dialog *offer)
{
    known_dialog *begun = g_new0(known_dialog, 1);
    begun->call_id = sm_arena_strdup(sessions->arena, message->call_id);
    begun->lines = g_ptr_array_new();
    g_tree_insert(sessions->dialogs, dialog_key(message->call_id, caller_tag, callee_tag), begun);
    if (offer) {
        begun->said[CALLER] = offer->said[CALLER];
        begun->described[CALLER][INVITE] = offer->described[CALLER][INVITE];
        take_offer(sessions, begun, offer, message->cseq);
        begun->cseq = offer->cseq;
    }
    begun->invite = offer;
    return begun;
}

/* The dialog of a message, NULL when it is not known; `sender`: the side that sent it. */
static known_dialog *dialog_known(sm_msrp_sessions *sessions, const sm_sip_message *message, known_side *sender)
{
    const char *own = tag_of(message->request ? message->from : message->to);
    const char *other = tag_of(message->request ? message->to : message->from);
    known_dialog *known = dialog_find(sessions, message->call_id, own, other);
    *sender = known ? CALLER : CALLEE;
    return known ? known : dialog_find(sessions, message->call_id, other, own);
}

/* The dialog of a message that carries an SDP, begun when it is new. */
static known_dialog *dialog_of(sm_msrp_sessions *sessions, const sm_sip_message *message, known_side *sender)
{
    known_dialog *known = dialog_known(sessions, message, sender);
    if (known)
        return known;

    /* The first SDP with these tags. Of a dialog of which the INVITE's offer is known, its From tag is the caller's; of
     * another one, whoever sends the request counts as the caller. */
    const char *own = tag_of(message->request ? message->from : message->to);
    const char *other = tag_of(message->request ? message->to : message->from);
    known_dialog *offer = dialog_find(sessions, message->call_id, other, "");
    *sender = CALLEE;
    if (offer == NULL) {
        offer = dialog_find(sessions, message->call_id, own, "");
        *sender = offer || message->request ? CALLER : CALLEE;
    }
    return *sender == CALLER ? dialog_begin(sessions, message, own, other, offer)
                             : dialog_begin(sessions, message, other, own, offer);
}

/* P-Asserted-Identity of the message, as far as it can be read. */
static const char *const *asserted_uris(sm_arena *arena, const sm_sip_message *message, unsigned *count)
{
    const char **uris = sm_arena_array(arena, const char *, message->asserted_count);
    *count = 0;
    for (unsigned i = 0; i < message->asserted_count; i++)
        if (message->asserted[i]->uri_text)
            uris[(*count)++] = sm_arena_strdup(arena, message->asserted[i]->uri_text);
    return uris;
}

static void set_aor(sm_arena *arena, known_name *name, const sm_address *address)
{
    if (address && address->uri_text) {
        name->aor = sm_arena_strdup(arena, address->uri_text);
        name->anonymous = address->anonymous;
    }
}

static bool names_equal(const known_name *a, const known_name *b)
{
    return g_strcmp0(a->aor, b->aor) == 0 && a->anonymous == b->anonymous &&
           texts_equal(a->asserted, a->asserted_count, b->asserted, b->asserted_count);
}

static bool same_transaction(known_transaction a, known_transaction b)
{
    return a.method == b.method && a.cseq == b.cseq && a.requester == b.requester;
}

/* What a party says of itself in its own message: in a request within the dialog its name (RFC 4916), in any who vouches for it. That
 * holds from then on, whatever the other still calls it, unless the request is refused. */
static void take_name(sm_msrp_sessions *sessions, known_dialog *dialog, known_side side, const sm_sip_message *message, known_transaction in)
{
    known_saying *said = &dialog->said[side];
    known_name name = said->name;
    uint64_t renamed_at = said->renamed_at;
    const bool renaming = message->request && tag_of(message->to)[0] != '\0' && message->from && message->from->uri_text;
    if (renaming && !same_aor(name.aor, message->from->uri_text)) {
        set_aor(sessions->arena, &name, message->from);
        renamed_at = sessions->clock;
    }
    unsigned count = 0;
    const char *const *asserted = asserted_uris(sessions->arena, message, &count);
    if (count > 0) {
        name.asserted = asserted;
        name.asserted_count = count;
    }
    if (!names_equal(&name, &said->name))
        *said = (known_saying){.name = name, .before = said->name, .renamed_at = renamed_at, .before_at = said->renamed_at, .in = in};
    else if (!said->settled && renaming)
        said->in = in; /* said again: the request before had its answer, or its refusal, outside of the capture */
}

/* The name a party has in a message that it sent itself (`own`, once take_name() has read it), or that the other sent. */
static known_name name_in(sm_arena *arena, const known_dialog *dialog, known_side side, const sm_sip_message *message, bool own)
{
    known_name name = dialog->said[side].name;
    if (name.aor == NULL)
        set_aor(arena, &name, message->request == own ? message->from : message->to);
    return name;
}

/* What the message that is being learned from is part of. */
typedef struct learning {
    const sm_sip_message *message;
    known_side side; /* that sent it */
    known_transaction in;
    bool settled;
    uint32_t refused_in; /* frame; 0 not refused */
    uint32_t frame;
    bool protected_sdp;
} learning;

/* Whether the end says again what is known: a retransmission, another hop, or a refresh of the dialog (RFC 4975 8.4). */
static bool says_again(const known_end *end, const known_statement *again, const sm_sdp_msrp *sdp)
{
    if (!end->said)
        return false;
    known_name name = name_of(end), peer = peer_of(end);
    return end->said->protected_sdp == again->protected_sdp && names_equal(&name, &again->name) &&
           g_strcmp0(peer.aor, again->peer.aor) == 0 && sdp_equal(end->said->sdp, sdp);
}

/* Whoever offers again has had an answer to the offer before, even if it is not in the capture; no more than some are kept. */
static void forget_oldest(known_statement *said)
{
    for (unsigned kept = 1; said; said = said->before, kept++)
        if (kept == SM_LIMIT_MSRP_UNANSWERED)
            said->before = NULL;
}

static void settle(known_statement *said)
{
    said->settled = true;
    said->before = NULL;
}

static void learn_line(sm_msrp_sessions *sessions, const learning *from, known_line *line, const sm_sdp_msrp *sdp)
{
    sm_arena *arena = sessions->arena;
    const char *key = endpoint_of_sdp(arena, sdp);
    known_end *end = end_with(&line->parties[from->side], key);
    known_statement said = {
        .in = from->in,
        .settled = from->settled,
        .at = sessions->clock,
        .name = name_in(arena, line->dialog, from->side, from->message, true),
        .peer = name_in(arena, line->dialog, other_side(from->side), from->message, false),
        .frame = from->frame,
        .protected_sdp = from->protected_sdp,
    };
    if (from->refused_in && end)
        return; /* retransmitted, or seen once more on its way */
    if (end && says_again(end, &said, sdp)) {
        if (!end->said->settled)
            end->said->in = from->in;
        if (from->settled)
            settle(end->said);
        return;
    }
    said.sdp = copy_sdp(arena, sdp);
    said.refused_in = from->refused_in;
    said.before = end && !from->settled ? end->said : NULL;
    known_statement *kept = sm_arena_new0(arena, known_statement);
    *kept = said;
    if (end) {
        remove_end(sessions, end);
    } else {
        end = sm_arena_new0(arena, known_end);
        *end = (known_end){.line = line, .side = from->side, .key = key};
    }
    *(from->refused_in ? &end->refused : &end->said) = kept;
    forget_oldest(kept);
    add_end(sessions, end);
    if (line->offer)
        line->offer->answered = true; /* one path alone names it no more */
}

/* INVITE, UPDATE, PRACK and ACK, or their responses. */
static bool transaction_of(const sm_sip_message *message, known_side sender, known_transaction *in)
{
    static const struct {
        const char *name;
        known_method method;
    } methods[] = {{"INVITE", INVITE}, {"UPDATE", UPDATE}, {"PRACK", PRACK}, {"ACK", INVITE}};
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++)
        if (g_str_equal(message->method, methods[i].name)) {
            *in = (known_transaction){methods[i].method, message->cseq, message->request ? sender : other_side(sender)};
            return true;
        }
    return false;
}

/* Whether an SDP in the message is an offer or answer. In others it tells what its sender could do: in an OPTIONS and its response, in an
 * INVITE's refusal (RFC 3261 11.2, 21.4.26), and it has nothing to say of this dialog in a MESSAGE. */
static bool is_negotiating(const sm_sip_message *message)
{
    known_transaction in;
    return transaction_of(message, CALLER, &in) && (message->request || message->status / 100 == 1 || message->status / 100 == 2);
}

/* ---- Offers that are answered or refused ---- */

/* Does the same to each end of a dialog. */
static void each_end(const known_dialog *dialog, void (*act)(known_end *end, known_transaction in, uint32_t frame), known_transaction in,
                     uint32_t frame)
{
    for (guint i = 0; i < dialog->lines->len; i++)
        for (int side = CALLER; side <= CALLEE; side++) {
            const known_party *party = &((known_line *)dialog->lines->pdata[i])->parties[side];
            for (unsigned j = 0; j < party->count; j++)
                act(party->ends[j], in, frame);
        }
}

/* A 2xx for what another hop refused: a back-to-back user agent between them made up its mind. */
static void take_back_refusal(known_end *end, known_transaction in, uint32_t unused)
{
    (void)unused;
    if (!end->refused || !same_transaction(end->refused->in, in))
        return;
    if (!end->said || end->said->at < end->refused->at)
        end->said = end->refused;
    end->refused->refused_in = 0;
    end->refused = NULL;
}

static void settle_end(known_end *end, known_transaction in, uint32_t unused)
{
    (void)unused;
    for (known_statement *said = end->said; said; said = said->before)
        if (same_transaction(said->in, in))
            settle(said);
}

static void settle_transaction(known_dialog *dialog, known_transaction in)
{
    each_end(dialog, settle_end, in, 0);
    for (int side = CALLER; side <= CALLEE; side++)
        if (same_transaction(dialog->said[side].in, in))
            dialog->said[side].settled = true;
}

/* The answer in a PRACK is to the offer in a 1xx of its INVITE (RFC 3262 5). */
static void settle_invite(known_end *end, known_transaction in, uint32_t unused)
{
    (void)unused;
    for (known_statement *said = end->said; said; said = said->before)
        if (said->in.method == INVITE && said->in.requester == in.requester)
            settle(said);
}

static void refuse_end(known_end *end, known_transaction in, uint32_t frame)
{
    for (known_statement **said = &end->said; *said;) {
        known_statement *one = *said;
        if (!one->settled && same_transaction(one->in, in)) {
            *said = one->before;
            one->before = NULL;
            one->refused_in = frame;
            end->refused = one;
        } else {
            said = &one->before;
        }
    }
}

/* Of an INVITE that begins a dialog nothing goes back to what was before. */
static void mark_refused(known_end *end, known_transaction in, uint32_t frame)
{
    if (end->said && same_transaction(end->said->in, in))
        end->said->refused_in = frame;
}

/* The session is as it was before the request. */
static void refuse_transaction(known_dialog *dialog, known_transaction in, uint32_t frame)
{
    each_end(dialog, refuse_end, in, frame);
    for (int side = CALLER; side <= CALLEE; side++) {
        known_saying *said = &dialog->said[side];
        if (!said->settled && same_transaction(said->in, in))
            *said = (known_saying){.name = said->before, .renamed_at = said->before_at, .settled = true};
    }
    dialog->refusals[in.requester][in.method] = (known_request){in.cseq, frame};
}

/* The one of the transaction; NULL when it is none of them. */
static const known_request *request_of(const known_request requests[2][METHODS], known_transaction in)
{
    const known_request *last = &requests[in.requester][in.method];
    return last->frame && last->cseq == in.cseq ? last : NULL;
}

/* An answer in a 1xx that has an RSeq holds (RFC 3262 3, 5; RFC 6141 3); in any other it is what the 2xx may say (RFC 3261 13.2.1). */
static bool is_reliable(const sm_sip_message *message)
{
    return message->entity && sm_entity_header(message->entity, "RSeq");
}

/* An offer or answer for which the dialog lives, or lives again. */
static void revive(known_dialog *dialog, const sm_sip_message *message)
{
    const bool begins = message->request && tag_of(message->to)[0] == '\0';
    if (begins && dialog->over && dialog->cseq == message->cseq)
        return; /* an INVITE that was refused, retransmitted */
    dialog->over = false;
    if (begins && dialog->cseq != message->cseq) { /* another one, which has not been answered */
        dialog->cseq = message->cseq;
        for (guint i = 0; i < dialog->lines->len; i++)
            ((known_line *)dialog->lines->pdata[i])->answered = false;
    }
    if (!message->request && message->status / 100 == 2 && g_str_equal(message->method, "INVITE"))
        dialog->confirmed = true;
}

void sm_msrp_sessions_learn(sm_msrp_sessions *sessions, const sm_sip_message *message, const sm_sdp *sdp,
                            uint32_t frame, bool protected_sdp)
{
    if (message->call_id == NULL || sdp->msrp_count == 0 || !is_negotiating(message))
        return;
    learning from = {.message = message, .frame = frame, .protected_sdp = protected_sdp};
    known_dialog *dialog = dialog_of(sessions, message, &from.side);
    transaction_of(message, from.side, &from.in);
    sessions->clock++;
    const known_request *refused = request_of(dialog->refusals, from.in);
    if (refused) {
        from.refused_in = refused->frame;
    } else {
        revive(dialog, message);
        take_name(sessions, dialog, from.side, message, from.in);
        if (message->request && !g_str_equal(message->method, "ACK"))
            dialog->described[from.side][from.in.method] = (known_request){message->cseq, frame};
        bool answer = !message->request && is_reliable(message) && request_of(dialog->described, from.in);
        from.settled = answer || message->status / 100 == 2 || g_str_equal(message->method, "ACK");
        if (from.settled)
            settle_transaction(dialog, from.in);
    }
    for (unsigned i = 0; i < sdp->msrp_count; i++)
        learn_line(sessions, &from, i < dialog->lines->len ? dialog->lines->pdata[i] : add_line(sessions, dialog), &sdp->msrp[i]);
}

static void follow_request(sm_msrp_sessions *sessions, const sm_sip_message *message)
{
    known_side side;
    known_transaction in;
    known_dialog *dialog = message->to->tag && message->from->uri_text ? dialog_known(sessions, message, &side) : NULL;
    if (dialog && transaction_of(message, side, &in) && in.method != PRACK && !request_of(dialog->refusals, in)) {
        sessions->clock++;
        take_name(sessions, dialog, side, message, in);
    }
}

static void follow_refusal(sm_msrp_sessions *sessions, const sm_sip_message *message, known_dialog *dialog, known_transaction in, uint32_t frame)
{
    known_dialog *invite = in.method == INVITE ? dialog_find(sessions, message->call_id, tag_of(message->from), "") : NULL;
    if (invite)
        each_end(invite, mark_refused, in, frame);
    if (invite && invite->cseq == in.cseq && message->status != 401 && message->status != 407)
        invite->over = true;
    if (!dialog || dialog == invite)
        return;
    if (in.method == INVITE && dialog->invite && !dialog->confirmed && dialog->cseq == in.cseq && in.requester == CALLER)
        dialog->over = true; /* it never was more than an early one (RFC 3261 12.3) */
    else
        refuse_transaction(dialog, in, frame);
}

static void follow_success(known_dialog *dialog, known_transaction in)
{
    if (request_of(dialog->refusals, in)) {
        dialog->refusals[in.requester][in.method].frame = 0;
        each_end(dialog, take_back_refusal, in, 0);
    }
    if (in.method == PRACK && request_of(dialog->described, in))
        each_end(dialog, settle_invite, in, 0);
    settle_transaction(dialog, in);
    if (in.method == INVITE)
        dialog->confirmed = true;
}

void sm_msrp_sessions_follow(sm_msrp_sessions *sessions, const sm_sip_message *message, uint32_t frame)
{
    if (message->call_id == NULL || message->from == NULL || message->to == NULL)
        return;
    if (message->request) {
        follow_request(sessions, message);
        return;
    }
    known_side side;
    known_transaction in;
    known_dialog *dialog = dialog_known(sessions, message, &side);
    if (g_str_equal(message->method, "BYE")) {
        if (dialog && (message->status / 100 == 2 || message->status == 481 || message->status == 408)) /* RFC 3261 15.1.1 */
            dialog->over = true;
    } else if (transaction_of(message, side, &in)) {
        if (message->status >= 300)
            follow_refusal(sessions, message, dialog, in, frame);
        else if (dialog && message->status >= 200)
            follow_success(dialog, in);
    }
}

/* ---- Finding ---- */

/* A session that fits the paths of a message. */
typedef struct candidate {
    const known_end *from, *to; /* NULL where that party's SDP was not seen; never both */
} candidate;

static const known_end *one_of(const candidate *fit)
{
    return fit->from ? fit->from : fit->to;
}

static known_side sender_of(const candidate *fit)
{
    return fit->from ? fit->from->side : other_side(fit->to->side);
}

static known_name sender_name(const candidate *fit)
{
    return fit->from ? name_of(fit->from) : peer_of(fit->to);
}

static known_name receiver_name(const candidate *fit)
{
    return fit->to ? name_of(fit->to) : peer_of(fit->from);
}

static bool is_over(const candidate *fit)
{
    return one_of(fit)->line->dialog->over;
}

/* A path of a refused offer is still its party's, and no part of the session. */
static bool was_refused(const known_end *end)
{
    return end && !end->said;
}

static uint32_t last_frame(const candidate *fit)
{
    return MAX(fit->from ? naming(fit->from)->frame : 0, fit->to ? naming(fit->to)->frame : 0);
}

/* What a party said last of those things that hold, with whatever path; NULL nothing. */
static const known_end *standing(const known_line *line, known_side side)
{
    const known_party *party = &line->parties[side];
    const known_end *last = NULL;
    for (unsigned i = 0; i < party->count; i++)
        if (party->ends[i]->said && party->ends[i]->key && (!last || party->ends[i]->said->at > last->said->at))
            last = party->ends[i];
    return last;
}

static sm_msrp_match no_match(const char *why)
{
    return (sm_msrp_match){.how = why};
}

static sm_msrp_party party_of(const candidate *fit, const known_end *end, known_name name, known_side side)
{
    sm_msrp_party party = {
        .aor = name.aor,
        .anonymous = name.anonymous,
        .header = side == CALLER ? "From" : "To",
        .asserted = name.asserted,
        .asserted_count = name.asserted_count,
    };
    if (was_refused(end)) {
        party.refused_offer = end->refused->frame;
        party.refused_in = end->refused->refused_in;
        end = standing(one_of(fit)->line, side);
    }
    if (end) {
        party.sdp = end->said->sdp;
        party.frame = end->said->frame;
        party.protected_sdp = end->said->protected_sdp;
    }
    return party;
}

static const char *how_refused(sm_arena *arena, const char *how, const sm_msrp_party *party)
{
    return party->refused_in == 0 ? how
                                  : sm_arena_printf(arena, "%s; the offer of the %s's path (frame %u) was refused in frame %u", how,
                                                    party->header[0] == 'F' ? "caller" : "callee", party->refused_offer, party->refused_in);
}

static bool is_protected(const known_end *end)
{
    return !end || naming(end)->protected_sdp;
}

static sm_msrp_match match(sm_arena *arena, const candidate *fit)
{
    static const char *const words[] = {[CALLER] = "caller", [CALLEE] = "callee"};
    const known_side side = sender_of(fit);
    sm_msrp_session *session = sm_arena_new0(arena, sm_msrp_session);
    sm_msrp_party *sender = side == CALLER ? &session->caller : &session->callee;
    sm_msrp_party *receiver = side == CALLER ? &session->callee : &session->caller;
    session->call_id = one_of(fit)->line->dialog->call_id;
    session->over = is_over(fit);
    session->protected_sdp = is_protected(fit->from) && is_protected(fit->to);
    *sender = party_of(fit, fit->from, sender_name(fit), side);
    *receiver = party_of(fit, fit->to, receiver_name(fit), other_side(side));

    sm_msrp_match found = {.session = session, .sender = sender, .receiver = receiver};
    if (fit->from && fit->to) {
        const known_end *caller = side == CALLER ? fit->from : fit->to, *callee = side == CALLER ? fit->to : fit->from;
        found.how = sm_arena_printf(arena, "From-Path is the %s's, To-Path the %s's (SDP in frames %u and %u)", words[side],
                                    words[other_side(side)], naming(caller)->frame, naming(callee)->frame);
    } else {
        found.how = sm_arena_printf(arena, "%s is the %s's (SDP in frame %u); the other SDP was not seen",
                                    fit->from ? "From-Path" : "To-Path", words[one_of(fit)->side], naming(one_of(fit))->frame);
    }
    found.how = how_refused(arena, how_refused(arena, found.how, &session->caller), &session->callee);
    return found;
}

/* The path of the other party in the same line; NULL when it named another one. */
static const known_end *other_end(const known_end *end, const char *key)
{
    return end_with(&end->line->parties[other_side(end->side)], key);
}

static bool is_half(const known_end *end)
{
    const known_party *other = &end->line->parties[other_side(end->side)];
    for (unsigned i = 0; i < other->count; i++)
        if (other->ends[i]->said)
            return false;
    return !end->line->answered;
}

/* The sessions that say whose From-Path is. */
static void collect_by_sender(const bucket *named, const char *to, GArray *fits)
{
    for (guint i = 0; named && i < named->ends->len; i++) {
        const known_end *end = named->ends->pdata[i];
        candidate fit = {end, other_end(end, to)};
        if (fit.to || is_half(end))
            g_array_append_val(fits, fit);
    }
}

/* The sessions of which To-Path alone is known. */
static void collect_by_receiver(const bucket *named, GArray *fits)
{
    for (guint i = 0; named && i < named->ends->len; i++) {
        const known_end *end = named->ends->pdata[i];
        candidate fit = {NULL, end};
        if (is_half(end))
            g_array_append_val(fits, fit);
    }
}

static const candidate *fit_at(const GArray *fits, guint i)
{
    return &g_array_index(fits, candidate, i);
}

static void keep(GArray *fits, bool (*holds)(const candidate *fit, const void *context), const void *context)
{
    for (guint i = fits->len; i-- > 0;)
        if (!holds(fit_at(fits, i), context))
            g_array_remove_index(fits, i);
}

static bool is_alive(const candidate *fit)
{
    return !is_over(fit) && !was_refused(fit->from) && !was_refused(fit->to);
}

static bool keeps_alive(const candidate *fit, const void *unused)
{
    (void)unused;
    return is_alive(fit);
}

static bool is_full(const candidate *fit)
{
    return fit->from && fit->to;
}

static bool any(const GArray *fits, bool (*holds)(const candidate *fit))
{
    for (guint i = 0; i < fits->len; i++)
        if (holds(fit_at(fits, i)))
            return true;
    return false;
}

static bool is_alive_and_full(const candidate *fit)
{
    return is_full(fit) && is_alive(fit);
}

typedef struct connection_ends {
    char *source, *destination; /* in comparable form */
} connection_ends;

static bool announces(const known_end *end, const connection_ends *over)
{
    const sm_sdp_msrp *sdp = end ? naming(end)->sdp : NULL;
    if (sdp == NULL || sdp->connection == NULL || sdp->port == 0)
        return false;
    char *announced = comparable_address(sdp->connection, sdp->port);
    bool equal = g_strcmp0(announced, over->source) == 0 || g_strcmp0(announced, over->destination) == 0;
    g_free(announced);
    return equal;
}

static bool was_announced(const candidate *fit, const void *context)
{
    return announces(fit->from, context) || announces(fit->to, context);
}

static bool any_announced(const GArray *fits, const connection_ends *over)
{
    for (guint i = 0; i < fits->len; i++)
        if (was_announced(fit_at(fits, i), over))
            return true;
    return false;
}

/* Whether both say the same of the sender, as far as it decides who must sign: of a caller From (RFC 8591 8.4), of a callee and of one who
 * hides (RFC 3323) whom the network asserts too. */
static bool same_sender(const candidate *a, const candidate *b)
{
    const known_name one = sender_name(a), other = sender_name(b);
    bool by_from = sender_of(a) == CALLER && sender_of(b) == CALLER && !one.anonymous;
    return same_aor(one.aor, other.aor) && one.anonymous == other.anonymous &&
           (by_from || texts_equal(one.asserted, one.asserted_count, other.asserted, other.asserted_count));
}

static bool same_receiver(const candidate *a, const candidate *b)
{
    return same_aor(receiver_name(a).aor, receiver_name(b).aor);
}

/* The first session that does not say the same as the first of all; NULL when they agree. */
static const candidate *dissenter(const GArray *fits, bool (*same)(const candidate *a, const candidate *b))
{
    for (guint i = 1; i < fits->len; i++)
        if (!same(fit_at(fits, 0), fit_at(fits, i)))
            return fit_at(fits, i);
    return NULL;
}

static const char *shown_name(known_name name)
{
    return name.asserted_count > 0 ? name.asserted[0] : name.aor ? name.aor : "unknown";
}

static sm_msrp_match ambiguous(sm_arena *arena, const candidate *one, const candidate *other)
{
    sm_msrp_match none = {.ambiguous = true};
    none.how = sm_arena_printf(arena, "%s (Call-ID %s, frame %u) and %s (Call-ID %s, frame %u) both negotiated these paths",
                               shown_name(sender_name(one)), one_of(one)->line->dialog->call_id, last_frame(one),
                               shown_name(sender_name(other)), one_of(other)->line->dialog->call_id, last_frame(other));
    return none;
}

/* Whether its path was named in a refused offer alone, under a name that is not its party's otherwise: whose it is nobody can tell. */
static bool is_renamed(const known_end *end)
{
    const known_end *known = was_refused(end) ? standing(end->line, end->side) : NULL;
    const known_end *other = was_refused(end) ? standing(end->line, other_side(end->side)) : NULL;
    known_name name = {0};
    if (known)
        name = name_of(known);
    else if (other)
        name = peer_of(other);
    return name.aor && !same_aor(name.aor, name_of(end).aor);
}

/* One session out of those that fit. */
static sm_msrp_match choose(sm_arena *arena, GArray *fits, const connection_ends *over)
{
    if (any_announced(fits, over))
        keep(fits, was_announced, over);
    const candidate *other = dissenter(fits, same_sender);
    if (other)
        return ambiguous(arena, fit_at(fits, 0), other);
    const candidate *newest = fit_at(fits, 0);
    for (guint i = 1; i < fits->len; i++) {
        const candidate *fit = fit_at(fits, i);
        if (is_full(fit) != is_full(newest) ? is_full(fit) : last_frame(fit) >= last_frame(newest))
            newest = fit;
    }
    if (is_renamed(newest->from))
        return (sm_msrp_match){.ambiguous = true,
                               .how = sm_arena_printf(arena, "only an offer in frame %u names From-Path, for %s, and was refused in frame %u",
                                                      newest->from->refused->frame, shown_name(sender_name(newest)),
                                                      newest->from->refused->refused_in)};
    sm_msrp_match found = match(arena, newest);
    if (is_renamed(newest->to)) {
        found.receiver = NULL;
        found.how = sm_arena_printf(arena, "%s, in which the receiver went by another name", found.how);
    } else if (dissenter(fits, same_receiver)) {
        found.receiver = NULL;
        found.how = sm_arena_printf(arena, "%s; another session with these paths names another receiver", found.how);
    }
    return found;
}

static sm_msrp_match find_endpoints(sm_msrp_sessions *sessions, sm_arena *arena, const char *from, const char *to,
                                    const connection_ends *over)
{
    if (strcmp(from, to) == 0)
        return no_match("From-Path and To-Path end in the same URI");
    const bucket *sender = g_tree_lookup(sessions->endpoints, from), *receiver = g_tree_lookup(sessions->endpoints, to);
    if ((sender && sender->crowded) || (receiver && receiver->crowded))
        return (sm_msrp_match){.ambiguous = true, .how = "more sessions name these paths than SM_LIMIT_MSRP_RIVALS"};
    GArray *fits = g_array_new(FALSE, FALSE, sizeof(candidate));
    collect_by_sender(sender, to, fits);
    if (!any(fits, is_alive))
        collect_by_receiver(receiver, fits);
    /* What is over may still have messages on their way. It gives way to a live session of both paths, or to one that knows as much as itself. */
    if (any(fits, is_alive_and_full) || (any(fits, is_alive) && !any(fits, is_full)))
        keep(fits, keeps_alive, NULL);
    sm_msrp_match found = fits->len > 0 ? choose(arena, fits, over)
                                        : no_match("no SDP seen before offered or answered these paths");
    g_array_free(fits, TRUE);
    return found;
}

sm_msrp_match sm_msrp_sessions_find(sm_msrp_sessions *sessions, sm_arena *arena, const char *from_path,
                                    const char *to_path, const char *source, const char *destination)
{
    if (from_path == NULL || to_path == NULL)
        return no_match(from_path ? "no To-Path" : "no From-Path");
    char *from = endpoint_of_path(from_path), *to = endpoint_of_path(to_path);
    connection_ends over = {comparable_end(source), comparable_end(destination)};
    sm_msrp_match found = from && to ? find_endpoints(sessions, arena, from, to, &over)
                                     : no_match(from ? "To-Path does not end in an MSRP URI"
                                                     : "From-Path does not end in an MSRP URI");
    g_free(over.source);
    g_free(over.destination);
    g_free(from);
    g_free(to);
    return found;
}
