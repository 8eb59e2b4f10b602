/* MSRP transactions and reports: see transactions.h.
 *
 * Three tables: requests by transaction id, messages by Message-ID, and what relays handed out (nonces, URIs). Each is bounded, the oldest
 * entry gives way. They are trees, because a hash of hostile identifiers could be made to collide.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "msrp/transactions.h"

#include <glib.h>

#define STOP_SENDING 413
#define UNAUTHORIZED 401
#define CHUNKS_PASSED 256 /* chunks looked at for one report */

/* ---- Tables ---- */

typedef struct entry_key {
    char subject; /* of the table of what relays handed out: 'n'once or 'u'RI */
    sm_msrp_hop hop;
    const char *id;
} entry_key;

/* The head of every entry. */
typedef struct entry {
    entry_key key; /* with an id of its own */
    GList age;     /* its place in the table's queue */
} entry;

typedef struct table {
    GTree *by_key; /* entry.key -> entry */
    GQueue oldest_first;
    bool full_once; /* an entry gave way */
    void (*release)(entry *old);
} table;

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_keys(gconstpointer a, gconstpointer b, gpointer unused)
{
    (void)unused;
    const entry_key *left = a, *right = b;
    int order = compare_numbers((uint64_t)left->subject, (uint64_t)right->subject);
    if (order == 0)
        order = compare_numbers(left->hop.connection, right->hop.connection);
    if (order == 0)
        order = compare_numbers(left->hop.direction, right->hop.direction);
    return order ? order : strcmp(left->id, right->id);
}

static void table_init(table *entries, void (*release)(entry *old))
{
    entries->by_key = g_tree_new_full(compare_keys, NULL, NULL, NULL);
    g_queue_init(&entries->oldest_first);
    entries->release = release;
}

static void table_remove(table *entries, entry *old)
{
    g_tree_remove(entries->by_key, &old->key);
    g_queue_unlink(&entries->oldest_first, &old->age);
    if (entries->release)
        entries->release(old);
    g_free((char *)old->key.id);
    g_free(old);
}

static entry *table_oldest(const table *entries)
{
    return entries->oldest_first.head ? entries->oldest_first.head->data : NULL;
}

static void table_clear(table *entries)
{
    for (entry *old; (old = table_oldest(entries));)
        table_remove(entries, old);
    g_tree_destroy(entries->by_key);
}

static void *table_find(const table *entries, entry_key key)
{
    return g_tree_lookup(entries->by_key, &key);
}

/* A new entry of so many octets, zeroed but for its head. There must be none with this key. */
static void *table_add(table *entries, entry_key key, size_t size)
{
    if (entries->oldest_first.length >= SM_LIMIT_MSRP_TRANSACTIONS) {
        entries->full_once = true;
        table_remove(entries, table_oldest(entries));
    }
    entry *added = g_malloc0(size);
    added->key = key;
    added->key.id = g_strdup(key.id);
    added->age.data = added;
    g_tree_insert(entries->by_key, &added->key, added);
    g_queue_push_tail_link(&entries->oldest_first, &added->age);
    return added;
}

/* ---- What is remembered ---- */

/* A request, until it gives way: its second response is told by it. */
typedef struct request {
    entry head;
    void *handle;
    sm_msrp_due due;
    bool answered;
    char *message; /* id of a SEND's, NULL absent */
} request;

/* Octets from `start` up to, not including, `end`. */
typedef struct span {
    uint64_t start, end;
} span;

typedef struct chunk {
    span octets;
    void *handle;
} chunk;

/* A message that was sent. */
typedef struct message {
    entry head;        /* its id is that of message_key() */
    GTree *by_session; /* that it stands in, as long as no later one has its id */
    void *first, *stopped;
    bool success_wanted, failure_wanted;
    GSequence *chunks;  /* of chunk, by start */
    uint64_t furthest;  /* end of the octets seen */
    uint64_t next;      /* where a chunk without Byte-Range stands */
    bool total_known, end_known;
    uint64_t total, end; /* announced; end of the "$" chunk */
    GArray *confirmed;   /* of span, sorted, apart from each other */
    bool unconfirmable;  /* the limit of ranges was hit */
} message;

/* A nonce of a challenge, or a URI of a Use-Path. */
typedef struct token {
    entry head;
    void *handle;
} token;

struct sm_msrp_transactions {
    table requests, messages, tokens;
    GTree *by_session; /* id of a message -> message, the last one on any connection */
    size_t chunks; /* of all messages */
};

static void release_request(entry *old)
{
    g_free(((request *)old)->message);
}

static void release_message(entry *old)
{
    message *sent = (message *)old;
    if (g_tree_lookup(sent->by_session, old->key.id) == sent)
        g_tree_remove(sent->by_session, old->key.id);
    g_sequence_free(sent->chunks);
    if (sent->confirmed)
        g_array_free(sent->confirmed, TRUE);
}

sm_msrp_transactions *sm_msrp_transactions_new(void)
{
    sm_msrp_transactions *transactions = g_new0(sm_msrp_transactions, 1);
    table_init(&transactions->requests, release_request);
    table_init(&transactions->messages, release_message);
    table_init(&transactions->tokens, NULL);
    transactions->by_session = g_tree_new((GCompareFunc)strcmp);
    return transactions;
}

void sm_msrp_transactions_free(sm_msrp_transactions *transactions)
{
    if (!transactions)
        return;
    table_clear(&transactions->requests);
    table_clear(&transactions->messages);
    table_clear(&transactions->tokens);
    g_tree_destroy(transactions->by_session);
    g_free(transactions);
}

static entry_key key_of(sm_msrp_hop hop, const char *id)
{
    return (entry_key){.hop = hop, .id = id};
}

static sm_msrp_hop back(sm_msrp_hop hop)
{
    return (sm_msrp_hop){hop.connection, !hop.direction};
}

/* ---- Words of the standards ---- */

static bool is_method(const sm_msrp_frame *frame, const char *method)
{
    return g_strcmp0(frame->method, method) == 0;
}

static bool says(const char *value, const char *word)
{
    return value && g_ascii_strcasecmp(value, word) == 0;
}

sm_msrp_due sm_msrp_response_due(const sm_msrp_frame *frame)
{
    if (is_method(frame, "REPORT") || says(frame->failure_report, "no"))
        return SM_MSRP_DUE_NONE;
    return says(frame->failure_report, "partial") ? SM_MSRP_DUE_FAILURE : SM_MSRP_DUE;
}

const char *sm_msrp_status_meaning(unsigned status)
{
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "request unintelligible";
    case 401:
        return "Unauthorized";
    case 403:
        return "action not allowed";
    case 404:
        return "recipient's URI not resolved";
    case 408:
        return "transaction downstream timed out";
    case 413:
        return "stop sending this message";
    case 415:
        return "media type not understood";
    case 423:
        return "parameter out of bounds";
    case 424:
        return "malformed nickname";
    case 425:
        return "nickname reserved or in use";
    case 428:
        return "private messages not supported";
    case 481:
        return "session does not exist";
    case 501:
        return "method not understood";
    case 506:
        return "session bound to another connection";
    default:
        return NULL;
    }
}

/* Three digits at the start of a text. */
static bool three_digits(const char *text, unsigned *number)
{
    *number = 0;
    for (int i = 0; i < 3; i++) {
        if (!g_ascii_isdigit(text[i]))
            return false;
        *number = *number * 10 + (unsigned)(text[i] - '0');
    }
    return true;
}

sm_msrp_delivery sm_msrp_delivery_read(const char *status_header)
{
    sm_msrp_delivery read = {0};
    if (!status_header || !three_digits(status_header, &read.name_space) || status_header[3] != ' ' ||
        !three_digits(status_header + 4, &read.status) || (status_header[7] != '\0' && status_header[7] != ' '))
        return (sm_msrp_delivery){0};
    read.valid = true;
    return read;
}

/* The value of nonce="..." in a challenge or in credentials (RFC 4976 7), to be freed with g_free(); NULL absent. */
static char *nonce_of(const char *value)
{
    static const char name[] = "nonce=\"";
    for (const char *at = value; at && (at = strstr(at, name)); at++) {
        bool begins = at == value || at[-1] == ' ' || at[-1] == ',' || at[-1] == '\t'; /* and no cnonce */
        const char *nonce = at + sizeof(name) - 1, *quote = strchr(nonce, '"');
        if (begins && quote)
            return g_strndup(nonce, (gsize)(quote - nonce));
    }
    return NULL;
}

/* ---- What relays hand out ---- */

static void remember_token(sm_msrp_transactions *transactions, entry_key key, void *handle)
{
    token *handed = table_find(&transactions->tokens, key);
    if (!handed)
        handed = table_add(&transactions->tokens, key, sizeof *handed);
    handed->handle = handle;
}

static void remember_challenge(sm_msrp_transactions *transactions, sm_msrp_hop hop, const sm_msrp_frame *response, void *handle)
{
    char *nonce = nonce_of(response->challenge);
    if (nonce)
        remember_token(transactions, (entry_key){'n', back(hop), nonce}, handle);
    g_free(nonce);
}

/* The URIs that are the client's to use: on this connection, which the relay made them for (RFC 4976 6.3). Only as many as a header block of common
 * size holds are taken. */
static void remember_use_path(sm_msrp_transactions *transactions, sm_msrp_hop hop, const sm_msrp_frame *response, void *handle)
{
    char **uris = g_strsplit(response->use_path, " ", SM_LIMIT_MSRP_LINKED_CHUNKS);
    for (char **uri = uris; *uri; uri++)
        if (**uri)
            remember_token(transactions, (entry_key){'u', back(hop), *uri}, handle);
    g_strfreev(uris);
}

static void *token_handle(const sm_msrp_transactions *transactions, char subject, sm_msrp_hop hop, const char *id)
{
    const token *handed = id ? table_find(&transactions->tokens, (entry_key){subject, hop, id}) : NULL;
    return handed ? handed->handle : NULL;
}

static void link_to_relay(const sm_msrp_transactions *transactions, sm_msrp_hop hop, const sm_msrp_frame *frame,
                          sm_msrp_links *links)
{
    if (transactions->tokens.oldest_first.length == 0)
        return;
    char *nonce = is_method(frame, "AUTH") ? nonce_of(frame->credentials) : NULL;
    links->challenge = token_handle(transactions, 'n', hop, nonce);
    g_free(nonce);
    if (frame->to_path) {
        char *first = g_strndup(frame->to_path, strcspn(frame->to_path, " "));
        links->use_path = token_handle(transactions, 'u', hop, first);
        g_free(first);
    }
}

/* ---- Messages ---- */

static int by_start(gconstpointer a, gconstpointer b, gpointer unused)
{
    (void)unused;
    const chunk *left = a, *right = b;
    return compare_numbers(left->octets.start, right->octets.start);
}

static uint64_t plus(uint64_t start, uint64_t length)
{
    return length > UINT64_MAX - start ? UINT64_MAX : start + length;
}

/* The last URI of a path: the endpoint's, whatever relays stand before it (RFC 4976 3). */
static const char *endpoint(const char *path)
{
    const char *space = strrchr(path, ' ');
    return space ? space + 1 : path;
}

/* What is a message's own on every connection of its session (RFC 4975 7.1.1): its sender, its receiver and its Message-ID, none of which has a line
 * end. Sessions that share a connection may have the same Message-ID. To be freed. */
static char *message_key(const char *sender_path, const char *receiver_path, const char *message_id)
{
    return g_strconcat(sender_path ? endpoint(sender_path) : "", "\n", receiver_path ? endpoint(receiver_path) : "", "\n", message_id, NULL);
}

static message *add_message(sm_msrp_transactions *transactions, entry_key key, const sm_msrp_frame *send, void *handle)
{
    table *messages = &transactions->messages;
    if (messages->oldest_first.length >= SM_LIMIT_MSRP_TRANSACTIONS)
        transactions->chunks -= (size_t)g_sequence_get_length(((message *)table_oldest(messages))->chunks);
    message *sent = table_add(messages, key, sizeof *sent);
    sent->first = handle;
    sent->chunks = g_sequence_new(g_free);
    sent->success_wanted = says(send->success_report, "yes");
    sent->failure_wanted = !says(send->failure_report, "no");
    sent->by_session = transactions->by_session;
    g_tree_replace(sent->by_session, (char *)sent->head.key.id, sent); /* with its own key, not that of the one before */
    return sent;
}

static message *message_of(sm_msrp_transactions *transactions, sm_msrp_hop hop, const sm_msrp_frame *send, void *handle)
{
    char *id = message_key(send->from_path, send->to_path, send->message_id);
    entry_key key = key_of(hop, id);
    message *sent = table_find(&transactions->messages, key);
    if (!sent)
        sent = add_message(transactions, key, send, handle);
    g_free(id);
    return sent;
}

/* Lets the oldest messages go until there is room for one more chunk; never `sent` itself. False when there is none. */
static bool make_room(sm_msrp_transactions *transactions, const message *sent)
{
    while (transactions->chunks >= SM_LIMIT_MSRP_REPORTED_CHUNKS) {
        message *oldest = (message *)table_oldest(&transactions->messages);
        if (oldest == sent)
            return false;
        transactions->chunks -= (size_t)g_sequence_get_length(oldest->chunks);
        transactions->messages.full_once = true;
        table_remove(&transactions->messages, &oldest->head);
    }
    return true;
}

static void take_send(sm_msrp_transactions *transactions, sm_msrp_hop hop, const sm_msrp_frame *send, void *handle,
                      sm_msrp_links *links)
{
    if (!send->message_id)
        return;
    message *sent = message_of(transactions, hop, send, handle);
    uint64_t start = send->range.valid ? send->range.start - 1 : send->flag == '$' ? 0 : sent->next;
    span octets = {start, plus(start, send->body.length)};
    links->message = sent->first;
    if (send->flag != '#') /* that is how the sender stops */
        links->stopped = sent->stopped;

    sent->next = octets.end;
    sent->furthest = MAX(sent->furthest, octets.end);
    if (send->range.valid && send->range.total_known) {
        sent->total_known = true;
        sent->total = send->range.total;
    }
    if (send->flag == '$') {
        sent->end_known = true;
        sent->end = octets.end;
    }
    if (make_room(transactions, sent)) {
        chunk *kept = g_new(chunk, 1);
        *kept = (chunk){octets, handle};
        g_sequence_insert_sorted(sent->chunks, kept, by_start, NULL);
        transactions->chunks++;
    }
}

/* ---- Reports ---- */

/* Octets that a REPORT speaks of: without Byte-Range the whole message. */
static span reported_octets(const sm_msrp_frame *report)
{
    if (!report->range.valid)
        return (span){0, UINT64_MAX};
    return (span){report->range.start - 1, report->range.end_known ? report->range.end : UINT64_MAX};
}

/* The last chunks that have octets of the range, in the order of their places. Chunks that overlap others may be passed over. */
static void link_chunks(const message *sent, span range, sm_msrp_links *links)
{
    void *found[SM_LIMIT_MSRP_LINKED_CHUNKS];
    unsigned count = 0;
    chunk end = {.octets = {MAX(range.end, plus(range.start, 1)), 0}};
    GSequenceIter *at = g_sequence_search(sent->chunks, &end, by_start, NULL);
    for (unsigned passed = 0; passed < CHUNKS_PASSED && count < G_N_ELEMENTS(found) && !g_sequence_iter_is_begin(at); passed++) {
        at = g_sequence_iter_prev(at);
        const chunk *one = g_sequence_get(at);
        if (one->octets.start >= end.octets.start)
            continue; /* the search stands behind those that start where the range ends */
        if (MAX(one->octets.end, plus(one->octets.start, 1)) <= range.start)
            break;
        found[count++] = one->handle;
    }
    for (unsigned i = 0; i < count; i++)
        links->chunks[i] = found[count - 1 - i];
    links->chunk_count = count;
}

static span *confirmed_span(const message *sent, unsigned i)
{
    return &g_array_index(sent->confirmed, span, i);
}

/* First confirmed span that ends at or behind the octet. */
static unsigned confirmed_from(const message *sent, uint64_t octet)
{
    unsigned low = 0, high = sent->confirmed->len;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (confirmed_span(sent, middle)->end < octet)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Adds the range to what is confirmed. False when it is already. */
static bool confirm(message *sent, span range)
{
    if (!sent->confirmed)
        sent->confirmed = g_array_new(FALSE, FALSE, sizeof(span));
    unsigned first = confirmed_from(sent, range.start), behind = first;
    if (first < sent->confirmed->len && confirmed_span(sent, first)->start <= range.start && confirmed_span(sent, first)->end >= range.end)
        return false;
    for (; behind < sent->confirmed->len && confirmed_span(sent, behind)->start <= range.end; behind++) {
        range.start = MIN(range.start, confirmed_span(sent, behind)->start);
        range.end = MAX(range.end, confirmed_span(sent, behind)->end);
    }
    if (behind > first)
        g_array_remove_range(sent->confirmed, first, behind - first);
    if (sent->confirmed->len >= SM_LIMIT_MSRP_REPORTED_RANGES)
        sent->unconfirmable = true;
    else
        g_array_insert_val(sent->confirmed, first, range);
    return true;
}

static void count_confirmed(const message *sent, sm_msrp_links *links)
{
    links->confirmed_known = !sent->unconfirmable;
    for (unsigned i = 0; sent->confirmed && i < sent->confirmed->len; i++)
        links->confirmed += confirmed_span(sent, i)->end - confirmed_span(sent, i)->start;
}

/* The message that a REPORT speaks of: from its receiver to its sender, on its own connection, or else in its session on another (RFC 4975 7.1.2, 7.3.2):
 * the connection may have been opened anew, and relays have several. On its own connection it may name them in the wrong order. */
static message *reported_message(const sm_msrp_transactions *transactions, sm_msrp_hop hop, const sm_msrp_frame *report, bool *elsewhere)
{
    if (!report->message_id)
        return NULL;
    char *id = message_key(report->to_path, report->from_path, report->message_id);
    char *reversed = message_key(report->from_path, report->to_path, report->message_id);
    message *sent = table_find(&transactions->messages, key_of(back(hop), id));
    if (!sent)
        sent = table_find(&transactions->messages, key_of(back(hop), reversed));
    if (!sent) {
        sent = g_tree_lookup(transactions->by_session, id);
        *elsewhere = sent != NULL;
    }
    g_free(id);
    g_free(reversed);
    return sent;
}

static void take_report(sm_msrp_transactions *transactions, sm_msrp_hop hop, const sm_msrp_frame *report, void *handle,
                        sm_msrp_links *links)
{
    links->delivery = sm_msrp_delivery_read(report->status_header);
    message *sent = reported_message(transactions, hop, report, &links->elsewhere);
    if (!sent) {
        links->unknown_sure = !transactions->messages.full_once;
        return;
    }
    links->reported = sent->first;
    links->length_known = sent->end_known || sent->total_known;
    links->length = sent->end_known ? sent->end : sent->total;
    span range = reported_octets(report);
    link_chunks(sent, range, links);
    links->beyond = report->range.valid && report->range.end_known && range.end > sent->furthest;
    if (!links->delivery.valid || links->delivery.name_space != 0)
        return; /* nobody says what it means */

    bool success = links->delivery.status == 200;
    links->unasked = success ? !sent->success_wanted : !sent->failure_wanted;
    if (links->delivery.status == STOP_SENDING && !sent->stopped)
        sent->stopped = handle;
    if (success) {
        range.end = MIN(range.end, sent->furthest); /* what was not sent is not confirmed */
        bool any = range.end > range.start;
        bool new_ones = any && confirm(sent, range);
        links->nothing_new = any && !new_ones;
        count_confirmed(sent, links);
        links->confirms_the_rest = (new_ones || (!any && links->length == 0)) && links->length_known && links->confirmed_known &&
                                   links->confirmed >= links->length;
    }
}

/* ---- Requests and responses ---- */

static void take_request(sm_msrp_transactions *transactions, sm_msrp_hop hop, const sm_msrp_frame *frame, void *handle,
                         sm_msrp_links *links)
{
    links->due = sm_msrp_response_due(frame);
    entry_key key = key_of(hop, frame->transaction_id);
    request *asked = table_find(&transactions->requests, key);
    if (asked) {
        if (!asked->answered && asked->due == SM_MSRP_DUE)
            links->same_id = asked->handle;
        table_remove(&transactions->requests, &asked->head); /* the new one is the youngest */
    }
    asked = table_add(&transactions->requests, key, sizeof *asked);
    asked->handle = handle;
    asked->due = links->due;
    asked->message = is_method(frame, "SEND") && frame->message_id ? message_key(frame->from_path, frame->to_path, frame->message_id) : NULL;
}

static void take_response(sm_msrp_transactions *transactions, sm_msrp_hop hop, const sm_msrp_frame *frame, void *handle,
                          sm_msrp_links *links)
{
    request *asked = table_find(&transactions->requests, key_of(back(hop), frame->transaction_id));
    if (!asked) {
        links->unknown_sure = !transactions->requests.full_once;
        return;
    }
    links->request = asked->handle;
    links->again = asked->answered;
    links->forbidden = asked->due == SM_MSRP_DUE_NONE || (asked->due == SM_MSRP_DUE_FAILURE && frame->status == 200);
    asked->answered = true;
    if (frame->status == STOP_SENDING && asked->message) {
        message *sent = table_find(&transactions->messages, key_of(back(hop), asked->message));
        if (sent && !sent->stopped)
            sent->stopped = handle;
    }
    if (frame->status == UNAUTHORIZED && frame->challenge)
        remember_challenge(transactions, hop, frame, handle);
    if (frame->status == 200 && frame->use_path)
        remember_use_path(transactions, hop, frame, handle);
}

void sm_msrp_transactions_take(sm_msrp_transactions *transactions, sm_msrp_hop hop, const sm_msrp_frame *frame, void *handle,
                               sm_msrp_links *links)
{
    *links = (sm_msrp_links){0};
    if (!frame->method) {
        take_response(transactions, hop, frame, handle, links);
        return;
    }
    take_request(transactions, hop, frame, handle, links);
    link_to_relay(transactions, hop, frame, links);
    if (is_method(frame, "SEND"))
        take_send(transactions, hop, frame, handle, links);
    else if (is_method(frame, "REPORT"))
        take_report(transactions, hop, frame, handle, links);
}
