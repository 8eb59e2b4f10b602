/* History: SIP transactions (RFC 3261 17), copies of one message, and requests repeated without S/MIME after they were rejected.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "history/transactions.h"

#include "base/bounds.h"

typedef struct request_entry {
    uint32_t frame;
    bool smime, encrypted, is_signed, tunnel_signed, tunnel_encrypted;
    uint64_t branch; /* digest of the topmost Via's branch */
} request_entry;

typedef struct message_entry {
    uint32_t frame;
    int64_t seconds;
    uint64_t branch;
} message_entry;

typedef struct rejection_entry {
    uint32_t frame; /* of the response; 0 when it was dealt with */
    unsigned status;
} rejection_entry;

typedef struct kept_entry {
    sm_inspection *inspection;
} kept_entry;

struct history_transactions {
    history_digest *digest;
    history_table *requests;   /* of request_entry, by transaction and, beyond the first hop, by branch */
    history_table *messages;   /* of message_entry, by all that is judged of a message */
    history_table *rejections; /* of rejection_entry, by sender, recipient and method */
    history_table *kept;       /* of kept_entry: requests with S/MIME, by the key in `requests` */
};

static void release_kept(void *entry)
{
    kept_entry *kept = entry;
    sm_inspection_unref(kept->inspection);
}

history_transactions *history_transactions_new(history_digest *digest)
{
    history_transactions *transactions = g_new0(history_transactions, 1);
    transactions->digest = digest;
    transactions->requests = history_table_new(sizeof(request_entry), SM_LIMIT_HISTORY_ENTRIES, NULL);
    transactions->messages = history_table_new(sizeof(message_entry), SM_LIMIT_HISTORY_ENTRIES, NULL);
    transactions->rejections = history_table_new(sizeof(rejection_entry), SM_LIMIT_HISTORY_ENTRIES, NULL);
    transactions->kept = history_table_new(sizeof(kept_entry), SM_LIMIT_HISTORY_REQUESTS, release_kept);
    return transactions;
}

void history_transactions_free(history_transactions *transactions)
{
    history_table_free(transactions->requests);
    history_table_free(transactions->messages);
    history_table_free(transactions->rejections);
    history_table_free(transactions->kept);
    g_free(transactions);
}

/* Keys */

static uint32_t frame_of(const sm_inspection *inspection)
{
    return inspection->carrier->frame_count ? inspection->carrier->frames[0] : 0;
}

/* The transaction, whichever hop it is seen on (RFC 3261 8.1.1.7: no proxy changes these). */
static history_key transaction_key(history_digest *digest, const sm_sip_message *sip)
{
    history_digest_begin(digest, 'T');
    history_digest_text(digest, sip->call_id);
    history_digest_number(digest, sip->cseq);
    history_digest_text(digest, sip->method);
    history_digest_text(digest, sip->from ? sip->from->tag : NULL);
    return history_digest_end(digest);
}

/* FNV-1a: tells the hops of one transaction apart, which a digest has found already. */
static uint64_t branch_digest(const sm_sip_message *sip)
{
    uint64_t sum = 0xcbf29ce484222325u;
    for (const char *at = sip->branch ? sip->branch : ""; *at; at++)
        sum = (sum ^ (uint8_t)*at) * 0x100000001b3u;
    return sum;
}

static history_key hop_key(history_key transaction, uint64_t branch)
{
    transaction.words[1] ^= branch | 1;
    return transaction;
}

static void add_address(history_digest *digest, const sm_address *address)
{
    history_digest_text(digest, address ? address->uri_text : NULL);
    history_digest_text(digest, address ? address->tag : NULL);
}

/* Header fields that describe the body; its length says nothing that the body does not. */
static void add_body_headers(history_digest *digest, const sm_inspection *inspection)
{
    const sm_entity *entity = inspection->root->entity;
    for (unsigned i = 0; i < entity->header_count; i++) {
        const sm_header *header = &entity->headers[i];
        if (g_ascii_strncasecmp(header->name, "Content-", 8) != 0 || g_ascii_strcasecmp(header->name + 8, "Length") == 0)
            continue;
        history_digest_text(digest, header->name + 8);
        history_digest_add(digest, header->value_raw);
    }
    if (entity->header_count == 0)
        history_digest_text(digest, inspection->carrier->content_type);
}

static void add_body(history_digest *digest, const sm_inspection *inspection)
{
    add_body_headers(digest, inspection);
    history_digest_add(digest, inspection->sources[0].octets);
    history_digest_number(digest, inspection->carrier->missing);
}

/* What proxies changed, took away and added between a tunnelled message and the one around it is judged, and so tells copies apart. */
static void add_tunnels(history_digest *digest, const sm_inspection *inspection)
{
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_tunnel *tunnel = inspection->parts[i]->tunnel;
        for (unsigned j = 0; tunnel && j < tunnel->header_count; j++) {
            const sm_tunnel_header *header = &tunnel->headers[j];
            if (header->relation == SM_TUNNEL_DIFFERS || header->removed || header->unprotected) {
                history_digest_text(digest, header->name);
                history_digest_text(digest, header->outer);
            }
        }
    }
}

/* All that verdicts hang on. A message in which any of it differs is no copy: a proxy that changes it is what findings are about. Via, Route,
 * Max-Forwards and their like do change from hop to hop, and P-Asserted-Identity comes and goes at the edge of a network: it counts only
 * where the sender's identity is taken from it. */
static history_key message_key(history_digest *digest, const sm_inspection *inspection, history_key transaction)
{
    const sm_sip_message *sip = inspection->sip;
    history_digest_begin(digest, 'M');
    history_digest_number(digest, transaction.words[0]);
    history_digest_number(digest, transaction.words[1]);
    history_digest_number(digest, sip->status);
    add_address(digest, sip->from);
    add_address(digest, sip->to);
    history_digest_text(digest, sip->date);
    bool asserted = !sip->request || (sip->from && sip->from->anonymous);
    for (unsigned i = 0; asserted && i < sip->asserted_count; i++)
        history_digest_text(digest, sip->asserted[i]->uri_text);
    add_tunnels(digest, inspection);
    add_body(digest, inspection);
    return history_digest_end(digest);
}

static const char *last_uri(const char *path)
{
    const char *blank = path ? strrchr(path, ' ') : NULL;
    return blank ? blank + 1 : path;
}

/* A SEND is the same on both sides of a relay as long as the relay does not cut it anew (RFC 4976 3, 6.4). */
static history_key msrp_key(history_digest *digest, const sm_inspection *inspection)
{
    const sm_msrp_carrier *msrp = &inspection->carrier->msrp;
    history_digest_begin(digest, 'm');
    history_digest_text(digest, msrp->message_id);
    history_digest_text(digest, last_uri(msrp->from_path));
    history_digest_text(digest, last_uri(msrp->to_path));
    history_digest_number(digest, msrp->chunks);
    history_digest_number(digest, msrp->complete);
    add_body(digest, inspection);
    return history_digest_end(digest);
}

/* Copies */

static bool is_near(int64_t a, int64_t b)
{
    return a <= b ? b - a <= HISTORY_COPY_SECONDS : a - b <= HISTORY_COPY_SECONDS;
}

/* The earlier message that this one is a copy of; otherwise remembers it as the first. */
static void find_copy(history_table *messages, const sm_inspection *inspection, history_key key, uint64_t branch, sm_links *out)
{
    int64_t now = inspection->carrier->time.seconds;
    message_entry *entry = history_table_add(messages, key);
    if (entry->frame && is_near(entry->seconds, now)) {
        out->retransmission_of = entry->frame;
        out->other_hop = entry->branch != branch;
        return;
    }
    *entry = (message_entry){frame_of(inspection), now, branch};
}

/* Requests and responses */

static bool encrypts(const sm_layer *layer)
{
    return layer->type == SM_CMS_ENVELOPED || layer->type == SM_CMS_AUTH_ENVELOPED || layer->type == SM_CMS_ENCRYPTED;
}

static bool is_encrypted(const sm_inspection *inspection)
{
    for (unsigned i = 0; i < inspection->layer_count; i++)
        if (encrypts(inspection->layers[i]))
            return true;
    return false;
}

/* How the message/sip in it is protected; where nothing protects it, it quotes another message and is no tunnel. */
static void add_tunnel(request_entry *entry, const sm_inspection *inspection)
{
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_part *part = inspection->parts[i];
        if (!part->tunnel || !part->tunnel->full)
            continue;
        entry->tunnel_signed = entry->tunnel_signed || part->is_signed;
        entry->tunnel_encrypted = entry->tunnel_encrypted || part->is_encrypted;
    }
}

/* The first request of a transaction stands under the transaction's key, the same on other hops under its own. */
static request_entry *request_place(history_transactions *transactions, history_key *key, uint64_t branch)
{
    request_entry *first = history_table_add(transactions->requests, *key);
    if (first->frame == 0 || first->branch == branch)
        return first;
    *key = hop_key(*key, branch);
    return history_table_add(transactions->requests, *key);
}

static void learn_request(history_transactions *transactions, sm_inspection *inspection, history_key key, uint64_t branch, bool copy)
{
    request_entry *entry = request_place(transactions, &key, branch);
    if (copy && entry->frame)
        return;
    *entry = (request_entry){.frame = frame_of(inspection),
                             .smime = inspection->layer_count > 0,
                             .encrypted = is_encrypted(inspection),
                             .is_signed = inspection->signer_count > 0,
                             .branch = branch};
    if (!entry->smime)
        return;
    add_tunnel(entry, inspection);
    kept_entry *kept = history_table_add(transactions->kept, key);
    sm_inspection_unref(kept->inspection);
    kept->inspection = sm_inspection_ref(inspection);
}

/* By branch and method (RFC 3261 17.1.3); where the request was not captured on that hop, the one that was captured on another. */
static sm_inspection *link_response(history_transactions *transactions, history_key key, uint64_t branch, sm_links *out)
{
    request_entry *entry = history_table_find(transactions->requests, key);
    if (!entry)
        return NULL;
    if (entry->branch != branch) {
        request_entry *hop = history_table_find(transactions->requests, hop_key(key, branch));
        if (hop) {
            entry = hop;
            key = hop_key(key, branch);
        }
    }
    out->request_frame = entry->frame;
    out->request_smime = entry->smime;
    out->request_encrypted = entry->encrypted;
    out->request_signed = entry->is_signed;
    out->request_tunnel_signed = entry->tunnel_signed;
    out->request_tunnel_encrypted = entry->tunnel_encrypted;
    kept_entry *kept = entry->smime ? history_table_find(transactions->kept, key) : NULL;
    if (!kept)
        return NULL;
    out->request = kept->inspection->sip;
    return kept->inspection;
}

/* Rejections (RFC 3261 23.2): a request with S/MIME answered 415 or 493, and then sent without */

static history_key rejection_key(history_digest *digest, const sm_uri *sender, const sm_uri *recipient, const char *method)
{
    history_digest_begin(digest, 'R');
    history_digest_aor(digest, sender);
    history_digest_aor(digest, recipient);
    history_digest_text(digest, method);
    return history_digest_end(digest);
}

static void learn_rejection(history_transactions *transactions, const sm_inspection *inspection, const history_parties *parties,
                            const sm_links *out)
{
    const sm_sip_message *sip = inspection->sip;
    bool rejects = (sip->status == 415 || sip->status == 493) && out->request_smime;
    if (!rejects || !parties->sender || !parties->recipient)
        return;
    history_key key = rejection_key(transactions->digest, parties->recipient, parties->sender, sip->method);
    rejection_entry *entry = history_table_add(transactions->rejections, key);
    *entry = (rejection_entry){frame_of(inspection), sip->status};
}

/* The first request without S/MIME after the rejection is the downgrade. What follows, follows from it. One with S/MIME ends it. */
static void link_rejection(history_transactions *transactions, const sm_inspection *inspection, const history_parties *parties, sm_links *out)
{
    if (history_table_count(transactions->rejections) == 0 || !parties->sender || !parties->recipient || !history_bears_content(inspection))
        return;
    history_key key = rejection_key(transactions->digest, parties->sender, parties->recipient, inspection->sip->method);
    rejection_entry *entry = history_table_find(transactions->rejections, key);
    if (!entry || entry->frame == 0)
        return;
    if (inspection->layer_count == 0) {
        out->rejected_frame = entry->frame;
        out->rejected_status = entry->status;
    }
    entry->frame = 0;
}

sm_inspection *history_transactions_link(history_transactions *transactions, sm_inspection *inspection, const history_parties *parties,
                                         sm_links *out)
{
    const sm_carrier *carrier = inspection->carrier;
    if (carrier->kind == SM_CARRIER_MSRP) {
        if (carrier->msrp.message_id && g_strcmp0(carrier->msrp.method, "SEND") == 0)
            find_copy(transactions->messages, inspection, msrp_key(transactions->digest, inspection), 0, out);
        return NULL;
    }
    const sm_sip_message *sip = inspection->sip;
    if (!sip->call_id || !*sip->method || (!sip->request && sip->status == 0))
        return NULL; /* too little is known of it to find it again */
    history_key key = transaction_key(transactions->digest, sip);
    uint64_t branch = branch_digest(sip);
    find_copy(transactions->messages, inspection, message_key(transactions->digest, inspection, key), branch, out);
    if (!sip->request) {
        sm_inspection *request = link_response(transactions, key, branch, out);
        if (!out->retransmission_of)
            learn_rejection(transactions, inspection, parties, out);
        return request;
    }
    learn_request(transactions, inspection, key, branch, out->retransmission_of != 0);
    if (!out->retransmission_of)
        link_rejection(transactions, inspection, parties, out);
    return NULL;
}
