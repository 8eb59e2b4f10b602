/* MSRP exchanges: see msrp_exchange.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "msrp_exchange.h"

#include "fields.h"
#include "session.h"

#include <epan/expert.h>
#include <epan/proto_data.h>

/* What success reports have confirmed of a message up to now. */
typedef struct confirmation {
    bool known, length_known;
    uint64_t confirmed, length; /* octets */
} confirmation;

struct smime_msrp_exchange {
    uint32_t frame;
    nstime_t time;
    const char *name;                  /* "SEND"; "415 Unsupported" */
    bool credentials;                  /* an AUTH with Authorization */
    const uint32_t *way_back;          /* last frame that has anything of the other direction, 0 none */
    sm_msrp_links links;               /* `chunks` stand in `chunks` below */
    const smime_msrp_exchange **chunks; /* of a REPORT */
    const smime_msrp_exchange *response; /* of a request; the first one */
    wmem_array_t *reports;             /* of a SEND: const smime_msrp_exchange *, at most SM_LIMIT_MSRP_LINKED_CHUNKS; or NULL */
    confirmation confirmation;         /* of the first chunk of a message */
};

#define EXCHANGE_KEY(n) (0x60000000u + (n))

static sm_msrp_transactions *transactions; /* of the capture that is open */
static wmem_map_t *heard; /* number of a connection -> uint32_t[2]: last frame of each direction; emptied with each capture */

/* ---- Taking, on the first pass ------------------------------------------------------------------------------------- */

/* A received text as it can be shown, in the scope. */
static const char *printable(wmem_allocator_t *scope, const char *text)
{
    sm_arena *arena = sm_arena_new();
    const char *kept = wmem_strdup(scope, sm_arena_printable(arena, sm_bytes_of(text, strlen(text)), SM_LIMIT_SHOWN_OCTETS));
    sm_arena_free(arena);
    return kept;
}

/* "SEND", "415 Unsupported Media Type", "415 media type not understood" where the response has no comment of its own. */
static const char *name_of(wmem_allocator_t *scope, const sm_msrp_frame *frame)
{
    if (frame->method)
        return printable(scope, frame->method);
    const char *comment = frame->comment && *frame->comment ? printable(scope, frame->comment) : sm_msrp_status_meaning(frame->status);
    return comment ? wmem_strdup_printf(scope, "%03u %s", frame->status, comment) : wmem_strdup_printf(scope, "%03u", frame->status);
}

static void add_report(smime_msrp_exchange *chunk, const smime_msrp_exchange *report)
{
    if (!chunk->reports)
        chunk->reports = wmem_array_new(wmem_file_scope(), sizeof(const smime_msrp_exchange *));
    if (wmem_array_get_count(chunk->reports) < SM_LIMIT_MSRP_LINKED_CHUNKS)
        wmem_array_append_one(chunk->reports, report);
}

/* The last frames of the connection's directions. */
static uint32_t *heard_of(uint32_t connection)
{
    uint32_t *frames = wmem_map_lookup(heard, GUINT_TO_POINTER(connection));
    if (!frames) {
        frames = wmem_alloc0_array(wmem_file_scope(), uint32_t, 2);
        wmem_map_insert(heard, GUINT_TO_POINTER(connection), frames);
    }
    return frames;
}

/* The other end of each link learns of this one. */
static void link_back(smime_msrp_exchange *exchange, sm_msrp_links *links)
{
    smime_msrp_exchange *request = links->request, *first = links->reported;
    if (request && !request->response)
        request->response = exchange;
    if (links->chunk_count)
        exchange->chunks = wmem_alloc_array(wmem_file_scope(), const smime_msrp_exchange *, links->chunk_count);
    for (unsigned i = 0; i < links->chunk_count; i++) {
        exchange->chunks[i] = links->chunks[i];
        add_report(links->chunks[i], exchange);
    }
    if (first && links->delivery.status == 200)
        first->confirmation = (confirmation){links->confirmed_known, links->length_known, links->confirmed, links->length};
}

const smime_msrp_exchange *smime_msrp_exchange_take(packet_info *pinfo, unsigned n, sm_msrp_hop hop, const sm_msrp_frame *frame)
{
    if (smime_session_is_observed())
        return NULL;
    smime_msrp_exchange *exchange = wmem_new0(wmem_file_scope(), smime_msrp_exchange);
    exchange->frame = pinfo->num;
    exchange->time = pinfo->abs_ts;
    exchange->name = name_of(wmem_file_scope(), frame);
    exchange->credentials = frame->credentials != NULL;
    uint32_t *frames = heard_of(hop.connection);
    frames[hop.direction] = pinfo->num;
    exchange->way_back = &frames[!hop.direction];
    sm_msrp_transactions_take(transactions, hop, frame, exchange, &exchange->links);
    link_back(exchange, &exchange->links);
    p_add_proto_data(wmem_file_scope(), pinfo, proto_smime, EXCHANGE_KEY(n), exchange);
    return exchange;
}

const smime_msrp_exchange *smime_msrp_exchange_taken(packet_info *pinfo, unsigned n)
{
    return p_get_proto_data(wmem_file_scope(), pinfo, proto_smime, EXCHANGE_KEY(n));
}

static void begin_capture(void)
{
    transactions = sm_msrp_transactions_new();
}

static void end_capture(void)
{
    sm_msrp_transactions_free(transactions);
    transactions = NULL;
}

void smime_msrp_exchange_register(void)
{
    heard = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash, g_direct_equal);
    register_init_routine(begin_capture);
    register_cleanup_routine(end_capture);
}

/* ---- Showing -------------------------------------------------------------------------------------------------------- */

/* Where something is shown. */
typedef struct place {
    const smime_msrp_exchange *exchange;
    const sm_msrp_frame *frame;
    tvbuff_t *tvb;
    packet_info *pinfo;
    proto_tree *tree;
    proto_item *item;
} place;

static uint32_t frame_of(const void *exchange)
{
    return ((const smime_msrp_exchange *)exchange)->frame;
}

static const char *name_in(const void *exchange)
{
    return ((const smime_msrp_exchange *)exchange)->name;
}

static void add_frame(const place *where, int field, const void *exchange)
{
    if (exchange)
        proto_item_set_generated(proto_tree_add_uint(where->tree, field, where->tvb, 0, 0, frame_of(exchange)));
}

G_GNUC_PRINTF(3, 4)
static void complain(const place *where, expert_field *field, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = wmem_strdup_vprintf(where->pinfo->pool, format, arguments);
    va_end(arguments);
    proto_tree_add_expert_format(where->tree, where->pinfo, field, where->tvb, 0, 0, "%s", text);
}

static const char *octets_confirmed(packet_info *pinfo, confirmation sent)
{
    if (sent.length_known && sent.confirmed >= sent.length)
        return wmem_strdup_printf(pinfo->pool, "all %" G_GUINT64_FORMAT " octets", sent.length);
    if (sent.length_known)
        return wmem_strdup_printf(pinfo->pool, "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " octets", sent.confirmed, sent.length);
    return wmem_strdup_printf(pinfo->pool, "%" G_GUINT64_FORMAT " octets", sent.confirmed);
}

/* Whether an answer that is not known will not come: the capture has been read, and has what was said later on the way back. Of a capture with one
 * direction alone nothing is missed. */
static bool is_missed(const place *where)
{
    return PINFO_FD_VISITED(where->pinfo) && *where->exchange->way_back > where->exchange->frame;
}

/* A chunk that ends a message whose sender wants to know that it arrived. */
static void show_unconfirmed(const place *where, const smime_msrp_exchange *first)
{
    if (!is_missed(where) || where->frame->flag != '$' || !where->frame->success_report || !first ||
        g_ascii_strcasecmp(where->frame->success_report, "yes") != 0)
        return;
    const confirmation *sent = &first->confirmation;
    if (!sent->known && first->reports == NULL)
        complain(where, &ei_smime_msrp_unmatched, "A success report was asked for, none is in the capture");
    else if (sent->known && !(sent->length_known && sent->confirmed >= sent->length))
        complain(where, &ei_smime_msrp_unmatched, "Success reports in the capture confirm %s", octets_confirmed(where->pinfo, *sent));
}

static void show_request(const place *where)
{
    const smime_msrp_exchange *exchange = where->exchange;
    const sm_msrp_links *links = &exchange->links;
    if (exchange->response)
        proto_item_append_text(where->item, ", %s in frame %u", exchange->response->name, exchange->response->frame);
    add_frame(where, hf_smime_msrp_response_in, exchange->response);
    for (unsigned i = 0; exchange->reports && i < wmem_array_get_count(exchange->reports); i++)
        add_frame(where, hf_smime_msrp_report_in, *(const smime_msrp_exchange **)wmem_array_index(exchange->reports, i));
    add_frame(where, hf_smime_msrp_challenge_in, links->challenge);
    add_frame(where, hf_smime_msrp_use_path_in, links->use_path);
    if (!exchange->response && links->due == SM_MSRP_DUE && is_missed(where)) {
        proto_item_append_text(where->item, ", no response in the capture");
        complain(where, &ei_smime_msrp_unmatched, "The response to this request is not in the capture");
    }
    if (links->same_id)
        complain(where, &ei_smime_msrp_unexpected, "The transaction id is that of the request in frame %u, which still waits for its response",
                 frame_of(links->same_id));
    if (links->stopped)
        complain(where, &ei_smime_msrp_unexpected, "The message goes on, though the receiver asked to stop it in frame %u (413)",
                 frame_of(links->stopped));
    show_unconfirmed(where, links->message);
}

static void show_failure(const place *where, const smime_msrp_exchange *request)
{
    unsigned status = where->frame->status;
    const char *meaning = sm_msrp_status_meaning(status);
    if (status == 401 && request && request->credentials)
        complain(where, &ei_smime_msrp_failure, "The relay did not accept the credentials of frame %u", request->frame);
    else if (status == 401)
        complain(where, &ei_smime_msrp_challenge, "The relay asks for credentials");
    else if (status < 200 || status > 299)
        complain(where, &ei_smime_msrp_failure, "%03u%s%s", status, meaning ? ": " : "", meaning ? meaning : "");
}

static void show_response(const place *where)
{
    const sm_msrp_links *links = &where->exchange->links;
    const smime_msrp_exchange *request = links->request;
    if (request) {
        proto_item_append_text(where->item, " to %s in frame %u", request->name, request->frame);
        nstime_t elapsed;
        nstime_delta(&elapsed, &where->exchange->time, &request->time);
        add_frame(where, hf_smime_msrp_request_in, request);
        proto_item_set_generated(proto_tree_add_time(where->tree, hf_smime_msrp_response_time, where->tvb, 0, 0, &elapsed));
    }
    show_failure(where, request);
    if (links->again)
        complain(where, &ei_smime_msrp_unexpected, "The request in frame %u had its response in frame %u", request->frame,
                 request->response->frame);
    if (links->forbidden)
        complain(where, &ei_smime_msrp_unexpected, "The request in frame %u allows no such response", request->frame);
    if (!request && links->unknown_sure)
        complain(where, &ei_smime_msrp_unmatched, "The request of this response is not in the capture before it");
    if (where->frame->status == 200 && request && strcmp(request->name, "AUTH") == 0 && !where->frame->use_path)
        complain(where, &ei_smime_msrp_unexpected, "A response that accepts AUTH has no Use-Path");
}

static void show_report_fields(const place *where)
{
    const sm_msrp_frame *frame = where->frame;
    const sm_msrp_delivery *delivery = &where->exchange->links.delivery;
    const char *meaning = sm_msrp_status_meaning(delivery->status);
    if (delivery->valid)
        proto_item_set_generated(proto_tree_add_uint(where->tree, hf_smime_msrp_reported, where->tvb, 0, 0, delivery->status));
    if (delivery->valid && delivery->name_space == 0 && delivery->status != 200)
        complain(where, &ei_smime_msrp_failure, "The message is reported to have failed: %03u%s%s", delivery->status, meaning ? ": " : "",
                 meaning ? meaning : "");
    if (!delivery->valid)
        complain(where, &ei_smime_msrp_unexpected, "A REPORT has %s", frame->status_header ? "a Status that cannot be read" : "no Status");
    if (!frame->message_id)
        complain(where, &ei_smime_msrp_unexpected, "A REPORT has no Message-ID");
    if (frame->success_report || frame->failure_report)
        complain(where, &ei_smime_msrp_unexpected, "A REPORT asks for reports");
}

static void show_report(const place *where)
{
    const smime_msrp_exchange *exchange = where->exchange;
    const sm_msrp_links *links = &exchange->links;
    const bool success = links->delivery.valid && links->delivery.status == 200;
    for (unsigned i = 0; i < links->chunk_count; i++)
        add_frame(where, hf_smime_msrp_report_for, exchange->chunks[i]);
    show_report_fields(where);
    if (links->elsewhere) {
        proto_item_append_text(where->item, ", over another connection than the message");
        proto_item_set_generated(proto_tree_add_boolean(where->tree, hf_smime_msrp_report_elsewhere, where->tvb, 0, 0, true));
    }
    if (links->reported && success && links->confirmed_known) {
        const confirmation now = {true, links->length_known, links->confirmed, links->length};
        const char *octets = octets_confirmed(where->pinfo, now);
        proto_item_append_text(where->item, ", %s confirmed", octets);
        proto_item_set_generated(proto_tree_add_string(where->tree, hf_smime_msrp_confirmed, where->tvb, 0, 0, octets));
    }
    if (links->unasked)
        complain(where, &ei_smime_msrp_unexpected, "The message that begins in frame %u asks for no such report", frame_of(links->reported));
    if (links->beyond)
        complain(where, &ei_smime_msrp_unmatched, "The report speaks of octets that are not in the capture before it");
    if (links->nothing_new)
        complain(where, &ei_smime_msrp_unmatched, "These octets had been confirmed before");
    if (!links->reported && links->unknown_sure && where->frame->message_id)
        complain(where, &ei_smime_msrp_unmatched, "The message that is reported on is not in the capture before the report");
}

void smime_msrp_exchange_show(const smime_msrp_exchange *exchange, const sm_msrp_frame *frame, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    place where = {.exchange = exchange, .frame = frame, .tvb = tvb, .pinfo = pinfo};
    where.tree = proto_tree_add_subtree_format(tree, tvb, 0, 0, ett_smime_msrp_exchange, &where.item, "MSRP exchange: %s", exchange->name);
    proto_item_set_generated(where.item);
    if (!frame->method)
        show_response(&where);
    else
        show_request(&where);
    if (frame->method && strcmp(frame->method, "REPORT") == 0)
        show_report(&where);
}

/* ---- The Info column -------------------------------------------------------------------------------------------------- */

size_t smime_msrp_info_begin(packet_info *pinfo)
{
    col_clear(pinfo->cinfo, COL_INFO);
    const char *text = col_get_text(pinfo->cinfo, COL_INFO);
    return text ? strlen(text) : 0;
}

static void add_range(GString *line, sm_msrp_range range)
{
    if (!range.valid)
        return;
    g_string_append_printf(line, ", %" G_GUINT64_FORMAT "-", range.start);
    if (range.end_known)
        g_string_append_printf(line, "%" G_GUINT64_FORMAT "/", range.end);
    else
        g_string_append(line, "*/");
    if (range.total_known)
        g_string_append_printf(line, "%" G_GUINT64_FORMAT, range.total);
    else
        g_string_append_c(line, '*');
}

static void add_send(GString *line, const sm_msrp_frame *frame, packet_info *pinfo)
{
    add_range(line, frame->range);
    if (frame->content_type) {
        char *type = wmem_strndup(pinfo->pool, frame->content_type, strcspn(frame->content_type, "; \t"));
        g_string_append_printf(line, " [%s]", printable(pinfo->pool, type));
    } else if (!sm_bytes_present(frame->body))
        g_string_append(line, " [no body]");
    if (frame->flag == '#')
        g_string_append(line, ", broken off");
}

static void add_report_line(GString *line, const smime_msrp_exchange *exchange, const sm_msrp_frame *frame, packet_info *pinfo)
{
    if (frame->status_header)
        g_string_append_printf(line, ", %s", printable(pinfo->pool, frame->status_header));
    add_range(line, frame->range);
    if (frame->message_id)
        g_string_append_printf(line, " for %s", printable(pinfo->pool, frame->message_id));
    if (exchange && exchange->links.reported)
        g_string_append_printf(line, " (SEND in %u)", frame_of(exchange->links.chunk_count ? exchange->chunks[0] : exchange->links.reported));
}

/* What the built-in dissector writes, and what it leaves out. */
static char *line_of(const smime_msrp_exchange *exchange, const sm_msrp_frame *frame, packet_info *pinfo)
{
    GString *line = g_string_new(frame->method ? "Request: " : "Response: ");
    g_string_append_printf(line, "%s Transaction ID: %s", name_of(pinfo->pool, frame), frame->transaction_id);
    if (!frame->method && exchange && exchange->links.request)
        g_string_append_printf(line, ", to %s in %u", name_in(exchange->links.request), frame_of(exchange->links.request));
    else if (g_strcmp0(frame->method, "SEND") == 0)
        add_send(line, frame, pinfo);
    else if (g_strcmp0(frame->method, "REPORT") == 0)
        add_report_line(line, exchange, frame, pinfo);
    else if (g_strcmp0(frame->method, "AUTH") == 0)
        g_string_append(line, frame->credentials ? ", with credentials" : ", without credentials");
    return g_string_free(line, FALSE);
}

void smime_msrp_info_end(const smime_msrp_exchange *exchange, const sm_msrp_frame *frame, size_t begin, packet_info *pinfo)
{
    const char *text = col_get_text(pinfo->cinfo, COL_INFO);
    if (!text || strlen(text) < begin || !col_get_writable(pinfo->cinfo, COL_INFO))
        return;
    const char *written = wmem_strdup(pinfo->pool, text + begin);
    const char *id = strstr(written, frame->transaction_id);
    bool built_in = (g_str_has_prefix(written, "Request: ") || g_str_has_prefix(written, "Response: ")) && id;
    if (built_in)
        written = id + strlen(frame->transaction_id);
    if (g_str_has_prefix(written, " ("))
        written = ""; /* the media type, which stands in ours */
    col_clear(pinfo->cinfo, COL_INFO);
    text = col_get_text(pinfo->cinfo, COL_INFO);
    if (!text || strlen(text) != begin)
        return; /* the dissector of the body fenced it off */
    char *line = line_of(exchange, frame, pinfo);
    col_append_fstr(pinfo->cinfo, COL_INFO, "%s%s%s", line, *written && !built_in ? " | " : "", written);
    g_free(line);
}
