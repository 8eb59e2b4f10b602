/* MSRP: framing in front of the built-in dissector.
 *
 * The built-in dissector takes one chunk from a segment, ends it at any line of dashes and gives a part of a message to the dissector of
 * the whole. So the stream is framed here, by the exact end-line; each chunk goes to the built-in dissector for its fields, and to
 * msrp_message.c to be put together.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE /* memmem */
#include "carriers.h"
#include "fields.h"
#include "layers.h"
#include "message.h"
#include "msrp_exchange.h"
#include "msrp_message.h"
#include "msrp_ports.h"
#include "session.h"

#include "base/bounds.h"
#include "msrp/gather.h"

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/exceptions.h>
#include <epan/expert.h>
#include <epan/proto_data.h>
#include <epan/show_exception.h>

#define START_LINE_RECOGNISED 5  /* octets of an unfinished start line that are taken for MSRP: "MSRP " */

static int proto_stream = -1; /* ours; of use only while "smime" is enabled too */
static int proto_tcp = -1;
static dissector_handle_t framed, built_in;
static wmem_map_t *rests; /* direction -> its unfinished; emptied with each capture */

/* ---- What is kept between frames ---------------------------------------------------------------------------------- */

/* A chunk whose end has not been seen; file scope. A short one waits with TCP, out of sight: this is what is left of it when no more comes.
 * A long one is gathered. */
typedef struct unfinished {
    const char *direction;
    uint32_t first, frame;  /* the first and the last one that showed octets of it */
    wmem_array_t *octets;   /* from its start line on, no more than SM_LIMIT_MSRP_UNFINISHED_OCTETS, while TCP has it */
    sm_msrp_gather *gather; /* NULL while TCP has it */
    uint32_t *ended_in;     /* of a gathered one: frame that completes it, 0 until it has come; kept with its pieces */
    sm_carrier carrier;     /* of the first frame */
    bool taken;             /* its octets count for the message */
} unfinished;

/* One direction of a connection. */
typedef struct flow {
    bool known;
    uint32_t next; /* TCP sequence number behind what has been framed */
    bool closing;  /* a FIN was seen, and what it ends has not been given up yet */
    uint32_t fin;  /* its sequence number, behind the last octet of the stream */
    unfinished *rest; /* NULL when the last chunk seen is whole */
} flow;

/* One connection; file scope. */
typedef struct connection {
    address host; /* of the end that sent the first chunk */
    uint32_t port;
    uint32_t since; /* frame of that chunk: no pass takes what stands before for MSRP */
    flow flows[2];  /* from there, and to there */
} connection;

/* One call of our dissector. */
typedef struct stream {
    tvbuff_t *tvb;
    packet_info *pinfo;
    proto_tree *tree;
    bool sequenced;    /* `sequence` is known */
    uint32_t sequence; /* of the first octet */
    flow *flow;
    const char *direction; /* key of the connection and this direction */
    sm_msrp_hop hop;       /* the same, for the engine */
    unsigned layers;       /* of the frame up to us */
} stream;

/* Keys beside the packet. In file scope and by chunk: */
#define LOST_KEY(n) (0x40000000u + (n)) /* octets that could not be framed before the n-th piece, as uint32_t */
#define GATHERED_KEY(n) (0x70000000u + (n)) /* the n-th piece is a segment of a long chunk: a gathered_segment */
/* For one dissection: */
#define COUNT_KEY 0xfffffff0u
#define BODY_KEY 0xfffffff1u

/* What was met of this frame so far in this dissection, all calls together. */
typedef struct frame_count {
    unsigned pieces; /* chunks, and stretches between them that are none: what is kept of them is found by their number */
    unsigned chunks; /* that stand in the columns */
} frame_count;

static frame_count *count_of(packet_info *pinfo)
{
    frame_count *count = p_get_proto_data(pinfo->pool, pinfo, proto_smime, COUNT_KEY);
    if (!count) {
        count = wmem_new0(pinfo->pool, frame_count);
        p_add_proto_data(pinfo->pool, pinfo, proto_smime, COUNT_KEY, count);
    }
    return count;
}

static connection *connection_of(packet_info *pinfo, const conversation_t *conversation)
{
    connection *known = conversation_get_proto_data(conversation, proto_smime);
    if (!known) {
        known = wmem_new0(wmem_file_scope(), connection);
        copy_address_wmem(wmem_file_scope(), &known->host, &pinfo->src);
        known->port = pinfo->srcport;
        known->since = pinfo->num;
        conversation_add_proto_data((conversation_t *)conversation, proto_smime, known);
    }
    return known;
}

/* Which of the connection's directions the packet goes. */
static unsigned direction_of(const packet_info *pinfo, const connection *known)
{
    return addresses_equal(&known->host, &pinfo->src) && known->port == pinfo->srcport ? 0 : 1;
}

/* The direction's name, in the packet's scope. */
static const char *direction_name(packet_info *pinfo, const conversation_t *conversation, unsigned direction)
{
    return wmem_strdup_printf(pinfo->pool, "%u%c", conversation->conv_index, "><"[direction]);
}

static void find_flow(stream *s)
{
    const conversation_t *conversation = find_or_create_conversation(s->pinfo);
    connection *known = connection_of(s->pinfo, conversation);
    unsigned direction = direction_of(s->pinfo, known);
    s->flow = &known->flows[direction];
    s->direction = direction_name(s->pinfo, conversation, direction);
    s->hop = (sm_msrp_hop){conversation->conv_index, direction};
}

/* Whether the protocol that called us is TCP itself, and `data` so a struct tcpinfo. Behind TCP our layer stands first: in a segment with several
 * chunks, layers of those before may follow it. */
static bool called_by_tcp(packet_info *pinfo)
{
    wmem_list_frame_t *above = NULL;
    for (wmem_list_frame_t *layer = wmem_list_tail(pinfo->layers); layer; layer = wmem_list_frame_prev(layer)) {
        if (GPOINTER_TO_INT(wmem_list_frame_data(layer)) == proto_tcp)
            return above && GPOINTER_TO_INT(wmem_list_frame_data(above)) == proto_stream;
        above = layer;
    }
    return false;
}

/* ---- The segment -------------------------------------------------------------------------------------------------- */

#define TCP_HEADER_SEARCHED 256 /* octets of a frame in which its TCP header is looked for */
#define TCP_HEADER_OCTETS 20
#define SEGMENT_OCTETS 65535 /* that a FIN may stand behind in its own segment */
#define TCP_FIN 0x01
#define TCP_RST 0x04
#define TCP_ACK 0x10

/* What of a TCP header tells when a connection ends. */
typedef struct tcp_segment {
    uint8_t flags;
    uint32_t sequence, acknowledged;
} tcp_segment;

/* Finds the header where addresses and ports stand in a row. The TCP dissector tells its flags to those alone who get octets of the stream, and the
 * segments that end a connection seldom have any. False behind IP options and where the frame does not begin with IP's own octets. */
static bool find_segment(tvbuff_t *tvb, const packet_info *pinfo, tcp_segment *segment)
{
    uint8_t wanted[2 * 16 + 4];
    size_t host = (size_t)pinfo->src.len, length = 2 * host + 4;
    if (host == 0 || host > 16 || pinfo->dst.len != pinfo->src.len)
        return false;
    memcpy(wanted, pinfo->src.data, host);
    memcpy(wanted + host, pinfo->dst.data, host);
    wanted[2 * host] = (uint8_t)(pinfo->srcport >> 8);
    wanted[2 * host + 1] = (uint8_t)pinfo->srcport;
    wanted[2 * host + 2] = (uint8_t)(pinfo->destport >> 8);
    wanted[2 * host + 3] = (uint8_t)pinfo->destport;
    int searched = (int)MIN(tvb_captured_length(tvb), TCP_HEADER_SEARCHED);
    const uint8_t *octets = tvb_get_ptr(tvb, 0, searched);
    const uint8_t *found = memmem(octets, (size_t)searched, wanted, length);
    if (!found || found + 2 * host + TCP_HEADER_OCTETS > octets + searched)
        return false;
    int tcp = (int)(found + 2 * host - octets);
    segment->sequence = tvb_get_ntohl(tvb, tcp + 4);
    segment->acknowledged = tvb_get_ntohl(tvb, tcp + 8);
    segment->flags = found[2 * host + 13];
    return true;
}

#define TCP_SYN_SEEN 0x03 /* of either end, in conversation_completeness */

/* Of a connection whose beginning was not captured, what came before its first chunk is a loss; else it may have been another protocol's. TCP tells
 * relative sequence numbers, the first octet captured being 1, unless the user wants them as they stand in the header. */
static void begin_flow(const stream *s, tvbuff_t *frame, const struct tcpinfo *tcp)
{
    const struct tcp_analysis *analysis = get_tcp_conversation_data(find_conversation_pinfo(s->pinfo, 0), s->pinfo);
    tcp_segment segment;
    if (!analysis || !analysis->fwd || (analysis->conversation_completeness & TCP_SYN_SEEN) || !find_segment(frame, s->pinfo, &segment))
        return;
    bool absolute = tcp->nxtseq - segment.sequence <= SEGMENT_OCTETS;
    s->flow->next = 1 + (absolute ? analysis->fwd->base_seq : 0);
    s->flow->known = true;
}

/* ---- One chunk ---------------------------------------------------------------------------------------------------- */

typedef struct chunk_body {
    tvbuff_t *tvb;
    bool whole;
} chunk_body;

tvbuff_t *smime_msrp_chunk_body(packet_info *pinfo, bool *whole)
{
    chunk_body *body = p_get_proto_data(pinfo->pool, pinfo, proto_smime, BODY_KEY);
    if (!body || !body->tvb)
        return NULL;
    tvbuff_t *tvb = body->tvb;
    body->tvb = NULL;
    *whole = body->whole;
    return tvb;
}

/* The built-in dissector looks for the ';' behind the media type too far, by the length of "Content-Type: ", and gives up on the chunk when it finds one
 * outside the line. Returns where the ';' that would stop it is to be put: the offset of that line's end; 0 when there is nothing to be done. */
static size_t missing_semicolon(sm_bytes octets, sm_bytes head)
{
    static const char name[] = "\r\nContent-Type:";
    for (size_t at = 0; at + sizeof(name) - 1 < head.length; at++) {
        if (g_ascii_strncasecmp((const char *)head.data + at, name, sizeof(name) - 1) != 0)
            continue;
        size_t line = at + 2, value = at + sizeof(name) - 1;
        const uint8_t *cr = memchr(head.data + value, '\r', head.length - value);
        if (!cr)
            return 0;
        size_t end = (size_t)(cr - head.data);
        while (value < end && (head.data[value] == ' ' || head.data[value] == '\t'))
            value++;
        if (memchr(head.data + value, ';', end - value))
            return 0;
        sm_bytes beyond = sm_bytes_cut(octets, end, value - line);
        return memchr(beyond.data, ';', beyond.length) ? end : 0;
    }
    return 0;
}

/* The chunk as the built-in dissector can read it: as received, but for a ';' behind a media type without parameters where it needs one. */
static tvbuff_t *readable(tvbuff_t *tvb, packet_info *pinfo, const sm_msrp_frame *frame)
{
    size_t end = missing_semicolon(frame->octets, frame->head);
    if (end == 0)
        return tvb;
    uint8_t *copy = g_malloc(frame->octets.length + 1);
    memcpy(copy, frame->octets.data, end);
    copy[end] = ';';
    memcpy(copy + end + 1, frame->octets.data + end, frame->octets.length - end);
    tvbuff_t *mended = tvb_new_child_real_data(tvb, copy, (unsigned)frame->octets.length + 1, (int)frame->octets.length + 1);
    tvb_set_free_cb(mended, g_free);
    add_new_data_source(pinfo, mended, "MSRP chunk");
    return mended;
}

/* Gives the chunk to the built-in dissector; what that throws or asks of TCP ends with the chunk. `body` is NULL without one. */
static void call_built_in(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, tvbuff_t *body, bool whole)
{
    chunk_body given = {body, whole};
    const char *match_string = pinfo->match_string;
    const uint16_t can_desegment = (uint16_t)pinfo->can_desegment;
    const int offset = pinfo->desegment_offset;
    const uint32_t length = pinfo->desegment_len;
    const compat_bool writable = col_get_writable(pinfo->cinfo, -1);
    pinfo->can_desegment = 0;
    p_add_proto_data(pinfo->pool, pinfo, proto_smime, BODY_KEY, &given);
    TRY
    {
        call_dissector(built_in, tvb, pinfo, tree);
    }
    CATCH_NONFATAL_ERRORS
    {
        show_exception(tvb, pinfo, tree, EXCEPT_CODE, GET_MESSAGE);
    }
    ENDTRY;
    p_remove_proto_data(pinfo->pool, pinfo, proto_smime, BODY_KEY);
    pinfo->can_desegment = can_desegment;
    pinfo->desegment_offset = offset;
    pinfo->desegment_len = length;
    pinfo->match_string = match_string;
    col_set_writable(pinfo->cinfo, -1, writable);
}

/* Octets of the stream before the chunk that were captured too badly to be framed: found on the first pass, kept for the others. */
static uint32_t lost_before(const stream *s, unsigned n, int offset)
{
    uint32_t *lost = p_get_proto_data(wmem_file_scope(), s->pinfo, proto_smime, LOST_KEY(n));
    if (lost || PINFO_FD_VISITED(s->pinfo) || !s->sequenced || !s->flow->known)
        return lost ? *lost : 0;
    uint32_t gap = s->sequence + (uint32_t)offset - s->flow->next;
    if (gap == 0 || gap > G_MAXINT32)
        return 0;
    lost = wmem_new(wmem_file_scope(), uint32_t);
    *lost = gap;
    p_add_proto_data(wmem_file_scope(), s->pinfo, proto_smime, LOST_KEY(n), lost);
    return gap;
}

static void show_lost(const stream *s, unsigned n, int offset, int length)
{
    uint32_t lost = lost_before(s, n, offset);
    if (lost)
        proto_tree_add_expert_format(s->tree, s->pinfo, &ei_smime_msrp, s->tvb, offset, length,
                                     "%u octets of the MSRP stream before this could not be framed: segments of it were not captured", lost);
}

/* The chunk that was waited for has come. */
static void forget_rest(flow *sent)
{
    if (!sent->rest)
        return;
    wmem_map_remove(rests, sent->rest->direction);
    wmem_destroy_array(sent->rest->octets);
    sm_msrp_gather_free(sent->rest->gather);
    sent->rest = NULL;
}

/* The stream is framed up to this offset. */
static void advance(const stream *s, int offset)
{
    if (PINFO_FD_VISITED(s->pinfo))
        return;
    uint32_t next = s->sequence + (uint32_t)offset;
    bool further = !s->sequenced || !s->flow->known || next - s->flow->next <= G_MAXINT32;
    bool gathered = s->flow->rest && s->flow->rest->gather; /* and what is missing of it may still come */
    if (further && offset > 0 && !gathered && (!s->sequenced || next != s->flow->next))
        forget_rest(s->flow);
    if (s->sequenced && further)
        s->flow->next = next;
    s->flow->known |= s->sequenced;
}

/* Whether TCP has brought these octets before: a retransmission is no second chunk. */
static bool repeated(const stream *s, int end)
{
    return s->sequenced && s->flow->known && (int32_t)(s->sequence + (uint32_t)end - s->flow->next) <= 0;
}

/* Takes the chunk on the first pass; what was taken then on later ones. NULL when it is not to be put together. */
static const smime_msrp_chunk *take(const stream *s, unsigned n, const sm_msrp_frame *frame, int end)
{
    if (PINFO_FD_VISITED(s->pinfo))
        return smime_msrp_taken(s->pinfo, n);
    bool send = frame->method && strcmp(frame->method, "SEND") == 0;
    return send && !s->pinfo->flags.in_error_pkt && !repeated(s, end) ? smime_msrp_take(s->pinfo, n, s->direction, frame) : NULL;
}

/* Links the chunk or response on the first pass; what it was linked to then on later ones. */
static const smime_msrp_exchange *link_exchange(const stream *s, unsigned n, const sm_msrp_frame *frame, int end)
{
    if (PINFO_FD_VISITED(s->pinfo))
        return smime_msrp_exchange_taken(s->pinfo, n);
    return !s->pinfo->flags.in_error_pkt && !repeated(s, end) ? smime_msrp_exchange_take(s->pinfo, n, s->hop, frame) : NULL;
}

static void show_faults(const stream *s, const sm_msrp_frame *frame, int offset, int length)
{
    static const char dashes[] = "\n-------";
    if (frame->fault)
        proto_tree_add_expert_format(s->tree, s->pinfo, &ei_smime_msrp, s->tvb, offset, length, "MSRP chunk: %s", frame->fault);
    if (sm_bytes_present(frame->body) && memmem(frame->body.data, frame->body.length, dashes, sizeof(dashes) - 1))
        proto_tree_add_expert_format(s->tree, s->pinfo, &ei_smime_msrp_dashes, s->tvb, offset, length,
                                     "A line of dashes in the body is content, though shown as msrp.end.line: the chunk ends with -------%s%c",
                                     frame->transaction_id, frame->flag);
}

/* A segment that only waits for more stays TCP's, as with the dissectors of Wireshark: from 4.4 on it is not given to us on later passes. */
static void show_protocol(const stream *s)
{
    col_set_str(s->pinfo->cinfo, COL_PROTOCOL, "MSRP");
}

static void dissect_chunk(const stream *s, int offset, const sm_msrp_frame *frame)
{
    packet_info *pinfo = s->pinfo;
    show_protocol(s);
    unsigned n = count_of(pinfo)->pieces++;
    int length = (int)frame->octets.length;
    tvbuff_t *tvb = tvb_new_subset_length(s->tvb, offset, length);
    tvbuff_t *body = NULL;
    if (sm_bytes_present(frame->body))
        body = tvb_new_subset_length(tvb, (int)(frame->body.data - frame->octets.data), (int)frame->body.length);
    if (count_of(pinfo)->chunks++ > 0) { /* all chunks of the frame stand in the columns */
        col_append_str(pinfo->cinfo, COL_INFO, ", ");
        col_set_fence(pinfo->cinfo, COL_INFO);
    }
    show_lost(s, n, offset, length);
    const smime_msrp_exchange *exchange = link_exchange(s, n, frame, offset + length);
    const smime_msrp_chunk *chunk = take(s, n, frame, offset + length);
    size_t begin = smime_msrp_info_begin(pinfo);
    call_built_in(readable(tvb, pinfo, frame), pinfo, s->tree, body, chunk && smime_msrp_is_whole(chunk));
    smime_msrp_info_end(exchange, frame, begin, pinfo);
    show_faults(s, frame, offset, length);
    if (exchange)
        smime_msrp_exchange_show(exchange, frame, tvb, pinfo, s->tree);
    if (chunk)
        smime_msrp_show(chunk, body ? body : tvb_new_subset_length(tvb, length, 0), pinfo, s->tree);
    smime_layers_end(pinfo, s->layers);
}

/* Reads a chunk of which no more is to come. The end-line that was not captured is put behind a copy, in the arena, so that it is read like any other.
 * False when not even its header fields are there. */
static bool read_cut_chunk(sm_arena *arena, sm_bytes octets, sm_msrp_frame *frame)
{
    static const size_t protocol = 5; /* "MSRP " */
    const uint8_t *blank = memchr(octets.data + MIN(octets.length, protocol), ' ', octets.length - MIN(octets.length, protocol));
    if (!blank)
        return false;
    GString *text = g_string_new_len((const char *)octets.data, (gssize)octets.length);
    g_string_append(text, "\r\n-------");
    g_string_append_len(text, (const char *)octets.data + protocol, blank - (octets.data + protocol));
    g_string_append(text, "+\r\n");
    sm_bytes copy = sm_arena_copy(arena, sm_bytes_of(text->str, text->len));
    g_string_free(text, TRUE);
    bool read = sm_msrp_frame_read(arena, copy, NULL, frame, NULL) == SM_MSRP_COMPLETE && sm_bytes_present(frame->body) &&
                frame->octets.length == copy.length;
    frame->range_fits = true; /* the capture ends too early, not the chunk */
    frame->fault = NULL;
    return read;
}

/* A chunk that the snap length cut, or that TCP does not put together. Its octets count for the message. False when not even its header fields are there. */
static bool dissect_cut_chunk(const stream *s, int offset, sm_bytes octets, sm_arena *arena)
{
    sm_msrp_frame frame;
    bool read = read_cut_chunk(arena, octets, &frame);
    if (read) {
        unsigned n = count_of(s->pinfo)->pieces++;
        show_lost(s, n, offset, (int)octets.length);
        proto_tree_add_expert_format(s->tree, s->pinfo, &ei_smime_msrp, s->tvb, offset, (int)octets.length,
                                     "MSRP chunk %s was not captured to its end", frame.transaction_id);
        const smime_msrp_chunk *chunk = take(s, n, &frame, offset + (int)octets.length);
        tvbuff_t *body = tvb_new_subset_length(s->tvb, offset + (int)(frame.body.data - frame.octets.data), (int)frame.body.length);
        if (chunk)
            smime_msrp_show(chunk, body, s->pinfo, s->tree);
    }
    return read;
}

static unfinished *begin_rest(const stream *s)
{
    unfinished *rest = wmem_new0(wmem_file_scope(), unfinished);
    rest->first = s->pinfo->num;
    rest->direction = wmem_strdup(wmem_file_scope(), s->direction);
    rest->octets = wmem_array_new(wmem_file_scope(), 1);
    smime_message_carrier(s->pinfo, &rest->carrier);
    rest->carrier.frames = NULL;
    rest->carrier.frame_count = 0;
    rest->carrier.source = wmem_strdup(wmem_file_scope(), rest->carrier.source);
    rest->carrier.destination = wmem_strdup(wmem_file_scope(), rest->carrier.destination);
    wmem_map_insert(rests, rest->direction, rest);
    s->flow->rest = rest;
    return rest;
}

/* What has come of it, from its start line on. */
static sm_bytes octets_of_rest(const unfinished *rest)
{
    if (rest->gather)
        return sm_msrp_gather_rest(rest->gather);
    return sm_bytes_of(wmem_array_get_raw(rest->octets), wmem_array_get_count(rest->octets));
}

/* No more of it is to come: its octets count for the message. */
static void give_up_rest(unfinished *rest)
{
    sm_arena *arena = sm_arena_new();
    sm_bytes octets = sm_bytes_cut(octets_of_rest(rest), 0, SM_LIMIT_MSRP_UNFINISHED_OCTETS);
    sm_msrp_frame frame;
    if (!rest->taken && read_cut_chunk(arena, octets, &frame) && g_strcmp0(frame.method, "SEND") == 0)
        smime_msrp_take_unfinished(rest->frame, &rest->carrier, rest->direction, &frame);
    rest->taken = true;
    sm_arena_free(arena);
}

/* Keeps what has come of a chunk that waits for more, on the first pass. */
static void keep_rest(const stream *s, sm_bytes octets)
{
    unfinished *rest = s->flow->rest;
    octets = sm_bytes_cut(octets, 0, SM_LIMIT_MSRP_UNFINISHED_OCTETS);
    if (rest && rest->gather) { /* this one comes after it, and there is room for one */
        give_up_rest(rest);
        forget_rest(s->flow);
        rest = NULL;
    }
    unsigned kept = rest ? wmem_array_get_count(rest->octets) : 0;
    if (rest && (octets.length < kept || memcmp(wmem_array_get_raw(rest->octets), octets.data, kept) != 0)) {
        forget_rest(s->flow);
        rest = NULL;
        kept = 0;
    }
    if (!rest)
        rest = begin_rest(s);
    if (octets.length > kept)
        wmem_array_append(rest->octets, octets.data + kept, (unsigned)(octets.length - kept));
    rest->frame = s->pinfo->num;
}

/* Tells of a chunk whose end never came in the last frame that showed octets of it. That is known when all has been read. */
static void show_rest(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    if (!PINFO_FD_VISITED(pinfo) || wmem_map_size(rests) == 0)
        return;
    const conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    const connection *known = conversation ? conversation_get_proto_data(conversation, proto_smime) : NULL;
    const unfinished *rest = known ? known->flows[direction_of(pinfo, known)].rest : NULL;
    if (!rest || rest->frame != pinfo->num)
        return;
    size_t seen = octets_of_rest(rest).length;
    proto_tree_add_expert_format(tree, pinfo, &ei_smime_msrp, tvb, 0, 0, "The end of an MSRP chunk was not captured: %s%zu octets of it were seen",
                                 seen == SM_LIMIT_MSRP_UNFINISHED_OCTETS && !rest->gather ? "more than " : "", seen);
}

/* ---- Between chunks ------------------------------------------------------------------------------------------------ */

/* Octets between chunks that belong to none: returns the offset behind them. */
static int skip(const stream *s, int offset, sm_bytes octets, const char *fault)
{
    int length = (int)sm_msrp_resynchronise(octets, 1);
    show_protocol(s);
    show_lost(s, count_of(s->pinfo)->pieces++, offset, length);
    proto_tree_add_expert_format(s->tree, s->pinfo, &ei_smime_msrp, s->tvb, offset, length, "%d octets are no MSRP chunk%s%s", length,
                                 fault ? ": " : "; the beginning of theirs was not captured", fault ? fault : "");
    call_data_dissector(tvb_new_subset_length(s->tvb, offset, length), s->pinfo, s->tree);
    smime_layers_end(s->pinfo, s->layers);
    return offset + length;
}

/* ---- A long chunk -------------------------------------------------------------------------------------------------- */

/* For each segment of what it puts together TCP goes through the list of those before it, and copies all octets: what a chunk costs grows with the square
 * of its segments. Nor can TCP be told how many octets to wait for: where a chunk ends earlier than its Byte-Range says, TCP holds back what follows, and
 * has it dissected again with each further segment. So TCP puts together the first segments of a chunk, and a chunk that has more of them is gathered. */
#define LEFT_TO_TCP 64 /* frames since its first in which a chunk is left to TCP */

/* A chunk that was gathered, or octets in its place that are none; file scope. */
typedef struct gathered_piece {
    sm_bytes octets;
    uint32_t sequence; /* of its first octet */
    bool is_chunk;
    const char *fault; /* a literal, may be NULL */
} gathered_piece;

/* What one segment did for a long chunk; file scope, beside the packet. */
typedef struct gathered_segment {
    sm_msrp_gathered status;
    wmem_array_t *pieces; /* of gathered_piece: what it made whole */
    uint32_t first;       /* frame in which the chunk began that is not whole, 0 without one */
    uint32_t *ended_in;   /* of that chunk, see unfinished */
    size_t seen;          /* octets of it up to here */
} gathered_segment;

/* Takes off the front what has become whole. */
static void take_pieces(const stream *s, gathered_segment *segment, sm_arena *arena)
{
    unfinished *rest = s->flow->rest;
    gathered_piece piece = {.is_chunk = true};
    sm_msrp_frame frame;
    for (sm_msrp_status status; (status = sm_msrp_gather_next(rest->gather, arena, &frame, &piece.sequence)) != SM_MSRP_MORE;) {
        piece.is_chunk = status == SM_MSRP_COMPLETE;
        piece.fault = frame.fault;
        piece.octets = sm_bytes_of(wmem_memdup(wmem_file_scope(), frame.octets.data, frame.octets.length), frame.octets.length);
        wmem_array_append_one(segment->pieces, piece);
        *rest->ended_in = s->pinfo->num;
        rest->ended_in = wmem_new0(wmem_file_scope(), uint32_t);
        rest->first = s->pinfo->num;
        rest->taken = false;
    }
    rest->frame = s->pinfo->num;
}

/* Goes on with a gathered chunk, on the first pass: the call's octets are part of it, and what is to be known of them is kept. */
static void gather(const stream *s, sm_arena *arena)
{
    unfinished *rest = s->flow->rest;
    if (PINFO_FD_VISITED(s->pinfo) || s->pinfo->flags.in_error_pkt || !rest || !rest->gather)
        return;
    const size_t length = tvb_captured_length(s->tvb);
    if (!s->pinfo->can_desegment) { /* the snap length cut the segment: what was cut will not come */
        give_up_rest(rest);
        forget_rest(s->flow);
        return;
    }
    sm_msrp_gathered status = sm_msrp_gather_add(rest->gather, s->sequenced ? s->sequence : sm_msrp_gather_end(rest->gather),
                                                 sm_bytes_of(tvb_get_ptr(s->tvb, 0, (int)length), length));
    if (status == SM_MSRP_BEYOND) {
        s->flow->next = sm_msrp_gather_end(rest->gather); /* what is missing before the segment is told with it */
        return;
    }
    gathered_segment *segment = wmem_new0(wmem_file_scope(), gathered_segment);
    segment->status = status;
    segment->pieces = wmem_array_new(wmem_file_scope(), sizeof(gathered_piece));
    p_add_proto_data(wmem_file_scope(), s->pinfo, proto_smime, GATHERED_KEY(count_of(s->pinfo)->pieces), segment);
    if (status == SM_MSRP_TAKEN)
        take_pieces(s, segment, arena);
    segment->seen = sm_msrp_gather_rest(rest->gather).length;
    segment->first = segment->seen > 0 ? rest->first : 0;
    segment->ended_in = rest->ended_in;
    if (segment->seen == 0 && !sm_msrp_gather_holds(rest->gather))
        forget_rest(s->flow);
}

/* Begins to gather the chunk at the offset when TCP has had it long enough. */
static void begin_gathering(const stream *s, int offset, sm_arena *arena)
{
    unfinished *rest = s->flow->rest;
    if (PINFO_FD_VISITED(s->pinfo) || s->pinfo->flags.in_error_pkt || !rest || s->pinfo->num - rest->first < LEFT_TO_TCP)
        return;
    stream from = *s;
    from.tvb = tvb_new_subset_remaining(s->tvb, offset);
    from.sequence += (uint32_t)offset;
    rest->gather = sm_msrp_gather_new(from.sequence);
    rest->ended_in = wmem_new0(wmem_file_scope(), uint32_t);
    gather(&from, arena);
}

static void show_gathered_piece(const stream *s, const gathered_piece *piece, sm_arena *arena)
{
    stream own = *s;
    own.sequenced = false; /* it was gathered once, late or not */
    own.tvb = tvb_new_child_real_data(s->tvb, piece->octets.data, (unsigned)piece->octets.length, (int)piece->octets.length);
    add_new_data_source(s->pinfo, own.tvb, "Reassembled MSRP chunk");
    sm_msrp_frame frame;
    if (piece->is_chunk && sm_msrp_frame_read(arena, piece->octets, NULL, &frame, NULL) == SM_MSRP_COMPLETE)
        dissect_chunk(&own, 0, &frame);
    else
        skip(&own, 0, piece->octets, piece->fault ? piece->fault : "it does not begin with a start line");
    const uint32_t next = piece->sequence + (uint32_t)piece->octets.length;
    if (!PINFO_FD_VISITED(s->pinfo) && s->sequenced && (int32_t)(next - s->flow->next) > 0)
        s->flow->next = next;
}

/* The segment of a long chunk that begins at the call's next offset; NULL when that is none. */
static const gathered_segment *find_gathered(const stream *s)
{
    return p_get_proto_data(wmem_file_scope(), s->pinfo, proto_smime, GATHERED_KEY(count_of(s->pinfo)->pieces));
}

/* All octets from the offset on. */
static void dissect_gathered(const stream *s, int offset, const gathered_segment *segment, sm_arena *arena)
{
    const int length = (int)tvb_captured_length(s->tvb) - offset;
    show_protocol(s);
    for (unsigned i = 0; i < wmem_array_get_count(segment->pieces); i++)
        show_gathered_piece(s, wmem_array_index(segment->pieces, i), arena);
    count_of(s->pinfo)->pieces++;
    if (segment->status == SM_MSRP_REPEATED)
        proto_tree_add_subtree(s->tree, s->tvb, offset, length, ett_smime_msrp, NULL, "MSRP: octets that came before");
    if (segment->status == SM_MSRP_REPEATED || segment->first == 0)
        return;
    const bool early = segment->status == SM_MSRP_HELD;
    proto_tree *tree = proto_tree_add_subtree_format(s->tree, s->tvb, offset, length, ett_smime_msrp, NULL,
                                                     "MSRP chunk that began in frame %u: %zu octets of it %s", segment->first, segment->seen,
                                                     early ? "so far; octets between them and these have not come yet" : "up to here");
    if (*segment->ended_in)
        proto_item_set_generated(proto_tree_add_uint(tree, hf_smime_msrp_chunk_ended_in, s->tvb, 0, 0, *segment->ended_in));
    col_append_sep_str(s->pinfo->cinfo, COL_INFO, NULL, early ? "[MSRP chunk goes on, out of order]" : "[MSRP chunk goes on]");
}

/* ---- The stream ---------------------------------------------------------------------------------------------------- */

/* The chunk that is not whole. */
static void dissect_rest(const stream *s, int offset, sm_bytes octets, sm_arena *arena)
{
    if (s->pinfo->can_desegment) {
        if (!s->flow->known) /* else a gap before this chunk is told with it */
            advance(s, offset);
        if (!PINFO_FD_VISITED(s->pinfo) && !s->pinfo->flags.in_error_pkt)
            keep_rest(s, octets);
        begin_gathering(s, offset, arena);
        const gathered_segment *segment = find_gathered(s);
        if (segment) {
            dissect_gathered(s, offset, segment, arena);
        } else {
            s->pinfo->desegment_offset = offset;
            s->pinfo->desegment_len = DESEGMENT_ONE_MORE_SEGMENT;
        }
        return;
    }
    show_protocol(s);
    if (!dissect_cut_chunk(s, offset, octets, arena)) {
        proto_tree_add_expert_format(s->tree, s->pinfo, &ei_smime_msrp, s->tvb, offset, (int)octets.length,
                                     "MSRP chunk was not captured to its end");
        call_data_dissector(tvb_new_subset_length(s->tvb, offset, (int)octets.length), s->pinfo, s->tree);
    }
    advance(s, (int)tvb_reported_length(s->tvb));
}

static void dissect_chunks(const stream *s, sm_arena *arena)
{
    int length = (int)tvb_captured_length(s->tvb);
    const uint8_t *start = tvb_get_ptr(s->tvb, 0, length);
    bool first = true;
    gather(s, arena);
    for (int offset = 0; offset < length;) {
        const gathered_segment *segment = find_gathered(s);
        if (segment) {
            dissect_gathered(s, offset, segment, arena);
            return;
        }
        sm_bytes octets = sm_bytes_of(start + offset, (size_t)(length - offset));
        sm_msrp_frame frame;
        switch (sm_msrp_frame_read(arena, octets, NULL, &frame, NULL)) {
        case SM_MSRP_COMPLETE:
            dissect_chunk(s, offset, &frame);
            offset += (int)frame.octets.length;
            break;
        case SM_MSRP_MORE:
            dissect_rest(s, offset, octets, arena);
            return;
        case SM_MSRP_DAMAGED:
            offset = skip(s, offset, octets, frame.fault);
            break;
        case SM_MSRP_NOT:
        default:
            offset = skip(s, offset, octets, first ? NULL : "it does not begin with a start line");
            break;
        }
        first = false;
        advance(s, offset);
    }
}

/* Whether it looks like MSRP: a start line, or at least so many octets of one. */
static bool begins_chunk(tvbuff_t *tvb, size_t enough)
{
    size_t length = tvb_captured_length(tvb);
    if (length == 0 || !proto_is_protocol_enabled(find_protocol_by_id(proto_smime)))
        return false;
    switch (sm_msrp_start_line(sm_bytes_of(tvb_get_ptr(tvb, 0, (int)length), length))) {
    case SM_MSRP_COMPLETE:
        return true;
    case SM_MSRP_MORE:
        return length >= enough;
    default:
        return false;
    }
}

/* Whether a chunk begins somewhere in it: enough where the port says MSRP, in a capture that was begun inside another chunk. */
static bool holds_start_line(tvbuff_t *tvb)
{
    size_t length = tvb_captured_length(tvb);
    sm_bytes octets = sm_bytes_of(tvb_get_ptr(tvb, 0, (int)length), length);
    size_t at = sm_msrp_resynchronise(octets, 0);
    return at < length && sm_msrp_start_line(sm_bytes_cut(octets, at, length - at)) == SM_MSRP_COMPLETE;
}

/* Whether one chunk ends in it and another one begins: enough on any port. Where a capture was begun inside a chunk no segment need begin with one. */
static bool holds_boundary(tvbuff_t *tvb)
{
    size_t length = tvb_captured_length(tvb);
    return proto_is_protocol_enabled(find_protocol_by_id(proto_smime)) && sm_msrp_holds_boundary(sm_bytes_of(tvb_get_ptr(tvb, 0, (int)length), length));
}

/* Whether chunks were seen on the packet's connection before it, or in it. */
static bool is_recognised(packet_info *pinfo)
{
    const conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    const connection *known = conversation ? conversation_get_proto_data(conversation, proto_smime) : NULL;
    return known && known->since <= pinfo->num;
}

/* A connection that is MSRP may go on with octets that are no chunk, when segments are missing; any other must begin with one. */
static int dissect_stream(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    if (!proto_is_protocol_enabled(find_protocol_by_id(proto_smime))) /* the port is the built-in one's, as the user said */
        return call_dissector_only(built_in, tvb, pinfo, tree, data);
    if (tvb_captured_length(tvb) == 0 || (!is_recognised(pinfo) && !begins_chunk(tvb, 1) && !holds_start_line(tvb)))
        return 0;
    stream s = {.tvb = tvb, .pinfo = pinfo, .tree = tree, .layers = wmem_list_count(pinfo->layers)};
    find_flow(&s);
    if (data && called_by_tcp(pinfo)) {
        const struct tcpinfo *tcp = data;
        s.sequenced = true;
        s.sequence = tcp->seq;
        if (!PINFO_FD_VISITED(pinfo) && !s.flow->known && pinfo->data_src)
            begin_flow(&s, get_data_source_tvb(pinfo->data_src->data), tcp);
    }
    sm_arena *arena = sm_arena_new();
    dissect_chunks(&s, arena);
    sm_arena_free(arena);
    smime_layers_end(pinfo, s.layers - 1); /* ours is one too, and we may be called for each record of TLS */
    return (int)tvb_captured_length(tvb);
}

static compat_bool dissect_tcp_heuristic(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    if (!begins_chunk(tvb, START_LINE_RECOGNISED) && !holds_boundary(tvb))
        return false;
    conversation_set_dissector_from_frame_number(find_or_create_conversation(pinfo), pinfo->num, framed);
    return dissect_stream(tvb, pinfo, tree, data) > 0;
}

/* In TLS the conversation is TLS's own and stays so: each record is asked for, also those inside a chunk that is gathered. */
static compat_bool dissect_tls_heuristic(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    (void)data;
    bool enabled = proto_is_protocol_enabled(find_protocol_by_id(proto_smime));
    return enabled && (is_recognised(pinfo) || begins_chunk(tvb, START_LINE_RECOGNISED)) && dissect_stream(tvb, pinfo, tree, NULL) > 0;
}

/* ---- The end of a connection ----------------------------------------------------------------------------------------- */

static unsigned closing; /* flows of this capture with `closing` set */

static void close_flow(packet_info *pinfo, const conversation_t *conversation, connection *known, unsigned direction)
{
    if (known->flows[direction].closing)
        closing--;
    known->flows[direction].closing = false;
    if (known->flows[direction].rest)
        give_up_rest(known->flows[direction].rest);
    smime_msrp_close(pinfo, direction_name(pinfo, conversation, direction));
}

/* Whether all octets before this sequence number of the packet's direction were framed. TCP told us relative numbers, unless the user wants them as
 * they stand in the header. */
static bool is_framed_up_to(packet_info *pinfo, const conversation_t *conversation, const flow *sent, uint32_t sequence)
{
    const struct tcp_analysis *analysis = get_tcp_conversation_data((conversation_t *)conversation, pinfo);
    uint32_t relative = analysis && analysis->fwd ? sequence - analysis->fwd->base_seq : sequence;
    return sent->known && (sent->next - sequence <= SEGMENT_OCTETS || sent->next - relative <= SEGMENT_OCTETS);
}

/* A FIN may overtake segments. It ends a direction when all octets before it were framed, or when the other end has them all, whether
 * the capture does or not: none will be sent again. */
static void follow_closing(packet_info *pinfo, const tcp_segment *segment)
{
    const conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    connection *known = conversation ? conversation_get_proto_data(conversation, proto_smime) : NULL;
    if (!known)
        return;
    unsigned there = direction_of(pinfo, known), back = 1 - there;
    flow *sent = &known->flows[there], *answered = &known->flows[back];
    if (segment->flags & TCP_RST) {
        close_flow(pinfo, conversation, known, there);
        close_flow(pinfo, conversation, known, back);
        return;
    }
    if ((segment->flags & TCP_FIN) && !sent->closing) {
        sent->closing = true;
        sent->fin = segment->sequence;
        closing++;
    }
    if (sent->closing && is_framed_up_to(pinfo, conversation, sent, sent->fin))
        close_flow(pinfo, conversation, known, there);
    if (answered->closing && (segment->flags & TCP_ACK) && (int32_t)(segment->acknowledged - answered->fin) > 0)
        close_flow(pinfo, conversation, known, back);
}

static void forget_closing(void)
{
    closing = 0;
}

/* ---- The end of a capture --------------------------------------------------------------------------------------------- */

static void collect_rest(gpointer direction, gpointer rest, gpointer list)
{
    (void)direction;
    g_ptr_array_add(list, rest);
}

static int by_frame(gconstpointer a, gconstpointer b)
{
    const unfinished *left = *(unfinished *const *)a, *right = *(unfinished *const *)b;
    return left->frame < right->frame ? -1 : left->frame > right->frame;
}

/* No segment is to come any more. */
static void give_up(void)
{
    GPtrArray *list = g_ptr_array_new();
    wmem_map_foreach(rests, collect_rest, list);
    g_ptr_array_sort(list, by_frame);
    for (unsigned i = 0; i < list->len; i++)
        give_up_rest(g_ptr_array_index(list, i));
    g_ptr_array_free(list, TRUE);
    smime_msrp_give_up();
}

static void free_gather(gpointer direction, gpointer rest, gpointer data)
{
    (void)direction;
    (void)data;
    sm_msrp_gather_free(((unfinished *)rest)->gather);
    ((unfinished *)rest)->gather = NULL;
}

static void free_gathers(void)
{
    wmem_map_foreach(rests, free_gather, NULL);
}

/* ---- Ports that SDP announces ----------------------------------------------------------------------------------------- */

/* A port of another protocol is asked before any heuristic. Where SDP says that it is MSRP, the connection is ours from its first segment on. */
static void bind_announced(packet_info *pinfo)
{
    if (!smime_msrp_is_announced(pinfo))
        return;
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    if (conversation && !conversation_get_dissector(conversation, pinfo->num))
        conversation_set_dissector_from_frame_number(conversation, pinfo->num, framed);
}

/* Called for every frame, behind the dissection of its segment. */
static int dissect_frame_end(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    (void)data;
    tcp_segment segment;
    if (pinfo->ptype != PT_TCP || pinfo->flags.in_error_pkt)
        return 0;
    if (!PINFO_FD_VISITED(pinfo))
        bind_announced(pinfo);
    if (!PINFO_FD_VISITED(pinfo) && find_segment(tvb, pinfo, &segment) && (closing > 0 || (segment.flags & (TCP_FIN | TCP_RST))))
        follow_closing(pinfo, &segment);
    show_rest(tvb, pinfo, tree);
    smime_msrp_show_closed(tvb, pinfo, tree);
    return 0;
}

/* ---- Registration --------------------------------------------------------------------------------------------------- */

void smime_msrp_carrier_register(int proto)
{
    register_postdissector(create_dissector_handle(dissect_frame_end, proto));
    register_init_routine(forget_closing);
    rests = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), wmem_str_hash, g_str_equal);
    register_cleanup_routine(free_gathers);
    smime_session_on_finish(give_up);
    proto_stream = proto_register_protocol("MSRP, framed for S/MIME", "MSRP stream", "msrp-stream");
    framed = register_dissector("msrp-stream", dissect_stream, proto_stream);
    smime_msrp_message_register();
    smime_msrp_exchange_register();
    smime_msrp_ports_register();
    smime_msrp_sdp_register();
}

void smime_msrp_carrier_handoff(int proto)
{
    (void)proto;
    proto_tcp = proto_get_id_by_filter_name("tcp");
    built_in = find_dissector("msrp");
    /* Lists of heuristics are searched from the newest on: ours comes before the built-in one. */
    heur_dissector_add("tcp", dissect_tcp_heuristic, "MSRP over TCP, framed", "msrp_stream_tcp", proto_stream, HEURISTIC_ENABLE);
    heur_dissector_add("tls", dissect_tls_heuristic, "MSRP over TLS, framed", "msrp_stream_tls", proto_stream, HEURISTIC_ENABLE);
    smime_msrp_sdp_handoff(framed);
    smime_msrp_ports_handoff(framed);
}
