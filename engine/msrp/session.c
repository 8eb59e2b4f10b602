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

#include "bounds.h"

#include <arpa/inet.h>

/* What one SDP after the other made of one m=message line of a dialog. A session is never changed once it was handed out: the
 * next SDP makes a new one, and the one before still serves the messages that were sent to its paths. */
typedef struct known_session {
    sm_msrp_session session;             /* first: what is handed out */
    const char *caller_key, *callee_key; /* endpoint URIs in comparable form; NULL unknown or refused */
} known_session;

typedef struct known_dialog {
    const char *caller_tag, *callee_tag; /* "" before there is one */
    GPtrArray *lines; /* of known_session, by place among the m=message lines; NULL where none was seen */
} known_dialog;

struct sm_msrp_sessions {
    sm_arena *arena;
    GTree *
        dialogs; /* known_dialog, by Call-ID and both tags; trees, because hashes of hostile text could be made to collide */
    GTree *pairs;  /* known_session, by both endpoint URIs, caller first; the newest */
    GTree *halves; /* known_session of which one SDP was seen, by that party's endpoint URI; the newest */
    GQueue order;  /* of known_session, oldest first */
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

/* A dialog that begins with what the INVITE offered that it answers to (`offer`, may be NULL): each fork has its own. */
static known_dialog *dialog_begin(sm_msrp_sessions *sessions, const char *call_id, const char *caller_tag,
                                  const char *callee_tag, const known_dialog *offer)
{
    known_dialog *begun = g_new0(known_dialog, 1);
    begun->caller_tag = sm_arena_strdup(sessions->arena, caller_tag);
    begun->callee_tag = sm_arena_strdup(sessions->arena, callee_tag);
    begun->lines = g_ptr_array_new();
    for (guint i = 0; offer && i < offer->lines->len; i++)
        g_ptr_array_add(begun->lines, offer->lines->pdata[i]);
    g_tree_insert(sessions->dialogs, dialog_key(call_id, caller_tag, callee_tag), begun);
    return begun;
}

/* The dialog of a message that carries an SDP, begun when it is new; `by_caller`: the SDP is the caller's. */
static known_dialog *dialog_of(sm_msrp_sessions *sessions, const sm_sip_message *message, bool *by_caller)
{
    const char *const call_id = message->call_id;
    const char *sender = tag_of(message->request ? message->from : message->to);
    const char *other = tag_of(message->request ? message->to : message->from);

    known_dialog *known = dialog_find(sessions, call_id, sender, other);
    *by_caller = known != NULL;
    if (known == NULL)
        known = dialog_find(sessions, call_id, other, sender);
    if (known)
        return known;

    /* The first SDP with these tags. Of a dialog of which the INVITE's offer is known, its From tag is the caller's; of
     * another one, whoever sends the request counts as the caller. */
    const known_dialog *offer = dialog_find(sessions, call_id, other, "");
    if (offer == NULL) {
        offer = dialog_find(sessions, call_id, sender, "");
        *by_caller = offer != NULL || message->request;
    }
    return *by_caller ? dialog_begin(sessions, call_id, sender, other, offer)
                      : dialog_begin(sessions, call_id, other, sender, offer);
}

/* ---- Index ---- */

static char *pair_key(const char *caller, const char *callee)
{
    return g_strconcat(caller, "\n", callee, NULL);
}

/* Takes `key`, which is freed. Removes it as far as it still leads to this session. */
static void remove_key(GTree *tree, char *key, const known_session *session)
{
    if (g_tree_lookup(tree, key) == session)
        g_tree_remove(tree, key);
    g_free(key);
}

static bool is_half(const known_session *known)
{
    return (known->session.caller.sdp == NULL) != (known->session.callee.sdp == NULL);
}

static void index_session(sm_msrp_sessions *sessions, known_session *known)
{
    const char *one = known->caller_key ? known->caller_key : known->callee_key;
    if (known->caller_key && known->callee_key)
        g_tree_replace(sessions->pairs, pair_key(known->caller_key, known->callee_key), known);
    else if (one && is_half(known))
        g_tree_replace(sessions->halves, g_strdup(one), known);
}

static void forget_session(sm_msrp_sessions *sessions, const known_session *known)
{
    const char *one = known->caller_key ? known->caller_key : known->callee_key;
    if (known->caller_key && known->callee_key)
        remove_key(sessions->pairs, pair_key(known->caller_key, known->callee_key), known);
    else if (one)
        remove_key(sessions->halves, g_strdup(one), known);
}

static void remember_session(sm_msrp_sessions *sessions, known_session *known)
{
    index_session(sessions, known);
    g_queue_push_tail(&sessions->order, known);
    if (sessions->order.length > SM_LIMIT_MSRP_SESSIONS)
        forget_session(sessions, g_queue_pop_head(&sessions->order));
}

/* ---- Learning ---- */

static int compare_keys(gconstpointer a, gconstpointer b, gpointer unused)
{
    (void)unused;
    return strcmp(a, b);
}

sm_msrp_sessions *sm_msrp_sessions_new(void)
{
    sm_msrp_sessions *sessions = g_new0(sm_msrp_sessions, 1);
    sessions->arena = sm_arena_new();
    sessions->dialogs = g_tree_new_full(compare_keys, NULL, g_free, dialog_free);
    sessions->pairs = g_tree_new_full(compare_keys, NULL, g_free, NULL);
    sessions->halves = g_tree_new_full(compare_keys, NULL, g_free, NULL);
    g_queue_init(&sessions->order);
    return sessions;
}

void sm_msrp_sessions_free(sm_msrp_sessions *sessions)
{
    if (sessions == NULL)
        return;
    g_tree_destroy(sessions->dialogs);
    g_tree_destroy(sessions->pairs);
    g_tree_destroy(sessions->halves);
    g_queue_clear(&sessions->order);
    sm_arena_free(sessions->arena);
    g_free(sessions);
}

/* Sets the address-of-record where it is not known yet, or where the party itself sent another one in a request (RFC 4916). */
static void set_aor(sm_arena *arena, sm_msrp_party *party, const sm_address *address, bool own_request)
{
    if (address == NULL || address->uri_text == NULL || (party->aor && !own_request) ||
        g_strcmp0(party->aor, address->uri_text) == 0)
        return;
    party->aor = sm_arena_strdup(arena, address->uri_text);
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

/* The session that follows `before` (NULL at first) by an SDP of one party. */
static known_session *next_session(sm_arena *arena, const known_session *before,
                                   const sm_sip_message *message, const sm_sdp_msrp *sdp, bool by_caller,
                                   uint32_t frame, bool protected_sdp)
{
    known_session *next = sm_arena_new0(arena, known_session);
    sm_msrp_session *session = &next->session;
    if (before)
        *next = *before;
    else
        session->call_id = sm_arena_strdup(arena, message->call_id);

    sm_msrp_party *caller = &session->caller, *callee = &session->callee;
    const bool from_is_caller = by_caller == message->request;
    caller->header = "From";
    callee->header = "To";
    set_aor(arena, caller, from_is_caller ? message->from : message->to, by_caller && message->request);
    set_aor(arena, callee, from_is_caller ? message->to : message->from, !by_caller && message->request);

    sm_msrp_party *sender = by_caller ? caller : callee;
    unsigned asserted_count = 0;
    const char *const *asserted = asserted_uris(arena, message, &asserted_count);
    if (asserted_count > 0) {
        sender->asserted = asserted;
        sender->asserted_count = asserted_count;
    }
    sender->sdp = copy_sdp(arena, sdp);
    sender->frame = frame;
    sender->protected_sdp = protected_sdp;
    session->protected_sdp =
        (caller->sdp == NULL || caller->protected_sdp) && (callee->sdp == NULL || callee->protected_sdp);
    next->caller_key = endpoint_of_sdp(arena, caller->sdp);
    next->callee_key = endpoint_of_sdp(arena, callee->sdp);
    return next;
}

/* Whether the message says again what this party said last: a retransmission, or a refresh of the dialog (RFC 4975 8.4). */
static bool says_again(const sm_msrp_party *party, const sm_sip_message *message, const sm_sdp_msrp *sdp,
                       bool protected_sdp)
{
    const sm_address *own = message->request ? message->from : message->to;
    if (party->sdp == NULL || party->protected_sdp != protected_sdp || !sdp_equal(party->sdp, sdp))
        return false;
    if (message->request && g_strcmp0(own ? own->uri_text : NULL, party->aor) != 0)
        return false;
    sm_arena *arena = sm_arena_new();
    unsigned count = 0;
    const char *const *asserted = asserted_uris(arena, message, &count);
    bool same = count == 0 || texts_equal(asserted, count, party->asserted, party->asserted_count);
    sm_arena_free(arena);
    return same;
}

void sm_msrp_sessions_learn(sm_msrp_sessions *sessions, const sm_sip_message *message, const sm_sdp *sdp,
                            uint32_t frame, bool protected_sdp)
{
    if (message->call_id == NULL || sdp->msrp_count == 0)
        return;
    bool by_caller = false;
    known_dialog *dialog = dialog_of(sessions, message, &by_caller);
    for (unsigned i = 0; i < sdp->msrp_count; i++) {
        const known_session *before = i < dialog->lines->len ? dialog->lines->pdata[i] : NULL;
        if (before && says_again(by_caller ? &before->session.caller : &before->session.callee, message,
                                 &sdp->msrp[i], protected_sdp))
            continue;
        known_session *next =
            next_session(sessions->arena, before, message, &sdp->msrp[i], by_caller, frame, protected_sdp);
        if (before && is_half(before)) /* it is answered now: one path alone names it no more */
            forget_session(sessions, before);
        if (i >= dialog->lines->len)
            g_ptr_array_set_size(dialog->lines, (gint)i + 1);
        dialog->lines->pdata[i] = next;
        remember_session(sessions, next);
    }
}

/* ---- Finding ---- */

static sm_msrp_match no_match(const char *why)
{
    return (sm_msrp_match){.how = why};
}

static sm_msrp_match match(sm_arena *arena, const known_session *known, bool by_caller, const char *matched)
{
    const sm_msrp_session *session = &known->session;
    sm_msrp_match found = {
        .session = session,
        .sender = by_caller ? &session->caller : &session->callee,
        .receiver = by_caller ? &session->callee : &session->caller,
    };
    if (session->caller.sdp && session->callee.sdp)
        found.how = sm_arena_printf(arena, "%s, %s (SDP in frames %u and %u)",
                                    by_caller ? "From-Path is the caller's" : "From-Path is the callee's",
                                    matched, session->caller.frame, session->callee.frame);
    else
        found.how = sm_arena_printf(arena, "%s is the %s's (SDP in frame %u); the other SDP was not seen",
                                    matched, session->caller.sdp ? "caller" : "callee",
                                    session->caller.sdp ? session->caller.frame : session->callee.frame);
    return found;
}

/* The later one of two, by the frame of its last SDP. */
static bool is_newer(const known_session *a, const known_session *b)
{
    return MAX(a->session.caller.frame, a->session.callee.frame) >
           MAX(b->session.caller.frame, b->session.callee.frame);
}

static const known_session *find_pair(sm_msrp_sessions *sessions, const char *caller, const char *callee)
{
    char *key = pair_key(caller, callee);
    const known_session *found = g_tree_lookup(sessions->pairs, key);
    g_free(key);
    return found;
}

static sm_msrp_match find_endpoints(sm_msrp_sessions *sessions, sm_arena *arena, const char *from,
                                    const char *to)
{
    if (strcmp(from, to) == 0)
        return no_match("From-Path and To-Path end in the same URI");
    const known_session *calling = find_pair(sessions, from, to), *called = find_pair(sessions, to, from);
    if (calling && (called == NULL || is_newer(calling, called)))
        return match(arena, calling, true, "To-Path the callee's");
    if (called)
        return match(arena, called, false, "To-Path the caller's");

    const known_session *half = g_tree_lookup(sessions->halves, from);
    if (half)
        return match(arena, half, half->session.caller.sdp != NULL, "From-Path");
    half = g_tree_lookup(sessions->halves, to);
    if (half)
        return match(arena, half, half->session.callee.sdp != NULL, "To-Path");
    return no_match("no SDP seen before offered or answered these paths");
}

sm_msrp_match sm_msrp_sessions_find(sm_msrp_sessions *sessions, sm_arena *arena, const char *from_path,
                                    const char *to_path)
{
    if (from_path == NULL || to_path == NULL)
        return no_match(from_path ? "no To-Path" : "no From-Path");
    char *from = endpoint_of_path(from_path), *to = endpoint_of_path(to_path);
    sm_msrp_match found = from && to ? find_endpoints(sessions, arena, from, to)
                                     : no_match(from ? "To-Path does not end in an MSRP URI"
                                                     : "From-Path does not end in an MSRP URI");
    g_free(from);
    g_free(to);
    return found;
}
