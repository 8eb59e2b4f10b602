/* MSRP messages: see msrp_message.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "msrp_message.h"

#include "fields.h"
#include "message.h"
#include "msrp_session.h"
#include "session.h"
#include "tree.h"

#include "base/bounds.h"

#include <epan/exceptions.h>
#include <epan/expert.h>
#include <epan/proto_data.h>
#include <epan/show_exception.h>

/* A message and what became of it; file scope. */
typedef struct message_record {
    unsigned order;          /* counts the records of a capture, for those still under way at its end */
    const char *direction, *message_id; /* what the reassembly knows it by; message_id NULL absent */
    const char *key;         /* both, in `under_way` */
    const char *shown_id;    /* message_id, safe to show */
    wmem_array_t *chunks;    /* of const smime_msrp_chunk *, as they came */
    const sm_msrp_message *message; /* NULL while it is under way */
    const smime_message *judged;    /* as long */
    uint32_t ended_in;       /* frame of the chunk that completed or ended it, 0 when none did */
    uint32_t closed_in;      /* frame in which its connection closed before it was complete, 0 none */
    unsigned counted;        /* chunks that had come when `missing` was counted */
    uint64_t missing;        /* octets, while it is under way: see missing_of() */
    sm_carrier carrier;      /* of the chunk that came last: time, addresses, transport */
} message_record;

struct smime_msrp_chunk {
    message_record *record;
    uint32_t frame;
    bool ends;               /* the chunk that completed or ended it */
};

#define FRAGMENT_LIST_OCTETS 180 /* of text in the line that lists the chunks of a message: Wireshark cuts lines at 240 */
#define CHUNK_KEY(n) (0x30000000u + (n))
#define CLOSED_KEY 0x50000000u /* wmem_array_t of message_record: messages that ended with their connection in this frame */

static wmem_map_t *under_way;  /* key -> message_record; emptied with each capture */
static wmem_map_t *directions; /* direction -> wmem_array_t of message_record that were begun on it; likewise */
static unsigned records;      /* made up to now; only their order matters */

/* ---- Taking chunks, on the first pass ------------------------------------------------------------------------------ */

static const char *printable(const char *text)
{
    sm_arena *arena = sm_arena_new();
    const char *safe = sm_arena_printable(arena, sm_bytes_of(text, strlen(text)), SM_LIMIT_SHOWN_OCTETS);
    const char *kept = wmem_strdup(wmem_file_scope(), safe);
    sm_arena_free(arena);
    return kept;
}

static void remember_direction(message_record *record)
{
    wmem_array_t *begun = wmem_map_lookup(directions, record->direction);
    if (!begun) {
        begun = wmem_array_new(wmem_file_scope(), sizeof(message_record *));
        wmem_map_insert(directions, record->direction, begun);
    }
    wmem_array_append_one(begun, record);
}

/* As the reassembly tells messages apart: no Message-ID is not an empty one. */
static message_record *record_of(const char *direction, const char *message_id)
{
    char *key = message_id ? g_strconcat(direction, "\n", message_id, NULL) : g_strdup(direction);
    message_record *record = wmem_map_lookup(under_way, key);
    if (!record) {
        record = wmem_new0(wmem_file_scope(), message_record);
        record->order = records++;
        record->direction = wmem_strdup(wmem_file_scope(), direction);
        record->message_id = message_id ? wmem_strdup(wmem_file_scope(), message_id) : NULL;
        record->shown_id = message_id ? printable(message_id) : NULL;
        record->key = wmem_strdup(wmem_file_scope(), key);
        record->chunks = wmem_array_new(wmem_file_scope(), sizeof(smime_msrp_chunk *));
        wmem_map_insert(under_way, record->key, record);
        remember_direction(record);
    }
    g_free(key);
    return record;
}

static const smime_msrp_chunk *chunk_at(const message_record *record, unsigned i)
{
    return *(const smime_msrp_chunk **)wmem_array_index(record->chunks, i);
}

static smime_msrp_chunk *add_to_record(uint32_t number, message_record *record)
{
    smime_msrp_chunk *chunk = wmem_new0(wmem_file_scope(), smime_msrp_chunk);
    chunk->record = record;
    chunk->frame = number;
    wmem_array_append_one(record->chunks, chunk);
    return chunk;
}

static smime_msrp_chunk *add_chunk(packet_info *pinfo, unsigned n, message_record *record)
{
    smime_msrp_chunk *chunk = add_to_record(pinfo->num, record);
    p_add_proto_data(wmem_file_scope(), pinfo, proto_smime, CHUNK_KEY(n), chunk);
    return chunk;
}

/* What is known of the frame of a chunk, kept for a message that no later chunk may complete. */
static void keep_carrier(packet_info *pinfo, message_record *record)
{
    sm_carrier now = {0};
    smime_message_carrier(pinfo, &now);
    if (g_strcmp0(record->carrier.source, now.source) != 0)
        now.source = wmem_strdup(wmem_file_scope(), now.source);
    else
        now.source = record->carrier.source;
    if (g_strcmp0(record->carrier.destination, now.destination) != 0)
        now.destination = wmem_strdup(wmem_file_scope(), now.destination);
    else
        now.destination = record->carrier.destination;
    now.file = now.file ? wmem_strdup(wmem_file_scope(), now.file) : NULL;
    record->carrier = now;
}

/* ---- Judging a message that has come to its end --------------------------------------------------------------------- */

/* The frames of the chunks, each once; chunks are taken in frame order. To be freed with g_free(). */
static uint32_t *frames_of(const message_record *record, unsigned *count)
{
    unsigned chunks = wmem_array_get_count(record->chunks);
    uint32_t *frames = g_new(uint32_t, MAX(chunks, 1));
    *count = 0;
    for (unsigned i = 0; i < chunks; i++) {
        uint32_t frame = chunk_at(record, i)->frame;
        if (*count == 0 || frames[*count - 1] != frame)
            frames[(*count)++] = frame;
    }
    return frames;
}

static void add_damage(GString *line, const char *what)
{
    g_string_append_printf(line, "%s%s", line->len ? "; " : "", what);
}

/* One line on what is wrong with the message as it arrived, NULL for nothing. To be freed with g_free(). */
static char *damage_of(const sm_msrp_message *message)
{
    const sm_msrp_facts *facts = message->facts;
    GString *line = g_string_new(NULL);
    bool conflict = false;
    for (unsigned i = 0; i < facts->chunk_count; i++)
        conflict |= facts->chunks[i].conflict;
    if (message->aborted)
        add_damage(line, "the sender broke the message off (\"#\")");
    if (facts->limit)
        add_damage(line, facts->limit_name);
    if (message->missing > 0) {
        char *missing = g_strdup_printf("%" G_GUINT64_FORMAT " octets of the message were not seen", message->missing);
        add_damage(line, missing);
        g_free(missing);
    } else if (!message->complete && !message->aborted && !facts->limit)
        add_damage(line, "its last chunk was not seen");
    if (conflict)
        add_damage(line, "chunks that overlap have other octets");
    if (facts->totals_differ)
        add_damage(line, "chunks announce different totals");
    if (facts->beyond_total)
        add_damage(line, "octets lie behind the end of the message");
    if (message->complete && !facts->totals_differ && facts->total_known && facts->total > g_bytes_get_size(message->octets)) {
        char *announced = g_strdup_printf("%" G_GUINT64_FORMAT " octets were announced", facts->total);
        add_damage(line, announced);
        g_free(announced);
    }
    return g_string_free(line, line->len == 0);
}

/* The carrier as the engine wants it. `frames` and `damage` are borrowed. */
static sm_carrier carrier_of(const message_record *record, const uint32_t *frames, unsigned frame_count, const char *damage)
{
    const sm_msrp_message *message = record->message;
    sm_carrier carrier = record->carrier;
    carrier.kind = SM_CARRIER_MSRP;
    carrier.frames = frames;
    carrier.frame_count = frame_count;
    carrier.content_type = message->content_type;
    carrier.missing = (size_t)MIN(message->missing, SIZE_MAX);
    carrier.msrp = (sm_msrp_carrier){
        .head = message->head,
        .method = message->method,
        .message_id = message->message_id,
        .transaction_id = message->transaction_id,
        .from_path = message->from_path,
        .to_path = message->to_path,
        .chunks = message->facts->chunk_count,
        .total = message->facts->total_known ? message->facts->total : 0,
        .total_known = message->facts->total_known,
        .aborted = message->aborted,
        .complete = message->complete,
        .damage = damage,
        .facts = message->facts,
    };
    return carrier;
}

/* Judges the message in the frame that ended it, or without one (pinfo NULL). */
static void judge(packet_info *pinfo, unsigned n, message_record *record, const sm_msrp_message *message)
{
    record->message = message;
    wmem_map_remove(under_way, record->key);
    unsigned frame_count;
    uint32_t *frames = frames_of(record, &frame_count);
    char *damage = damage_of(message);
    sm_carrier carrier = carrier_of(record, frames, frame_count, damage);
    if (pinfo)
        record->judged = smime_message_judge(pinfo, SMIME_KEY_MSRP(n), &carrier, message->octets);
    else
        record->judged = smime_message_judge_unfinished(frames[frame_count - 1], &carrier, message->octets);
    g_free(damage);
    g_free(frames);
}

const smime_msrp_chunk *smime_msrp_take(packet_info *pinfo, unsigned n, const char *direction, const sm_msrp_frame *frame)
{
    message_record *record = record_of(direction, frame->message_id);
    smime_msrp_chunk *chunk = add_chunk(pinfo, n, record);
    keep_carrier(pinfo, record);
    const sm_msrp_message *message = sm_msrp_reassembly_add(smime_session_reassembly(), direction, frame, pinfo->num);
    if (message) {
        chunk->ends = true;
        record->ended_in = pinfo->num;
        judge(pinfo, n, record, message);
    }
    return chunk;
}

void smime_msrp_take_unfinished(uint32_t number, const sm_carrier *carrier, const char *direction, const sm_msrp_frame *frame)
{
    message_record *record = record_of(direction, frame->message_id);
    add_to_record(number, record);
    if (!record->carrier.source)
        record->carrier = *carrier;
    const sm_msrp_message *message = sm_msrp_reassembly_add(smime_session_reassembly(), direction, frame, number);
    if (message)
        judge(NULL, 0, record, message);
}

const smime_msrp_chunk *smime_msrp_taken(packet_info *pinfo, unsigned n)
{
    return p_get_proto_data(wmem_file_scope(), pinfo, proto_smime, CHUNK_KEY(n));
}

bool smime_msrp_is_whole(const smime_msrp_chunk *chunk)
{
    return chunk->ends && chunk->record->message->complete && wmem_array_get_count(chunk->record->chunks) == 1;
}

/* ---- The end of a connection ----------------------------------------------------------------------------------------- */

/* Judges a message that nothing will complete. False when the reassembly does not know it. */
static bool end_incomplete(message_record *record)
{
    const sm_msrp_message *message = sm_msrp_reassembly_give_up(smime_session_reassembly(), record->direction, record->message_id);
    if (message)
        judge(NULL, 0, record, message);
    return message != NULL;
}

static message_record *record_at(const wmem_array_t *list, unsigned i)
{
    return *(message_record **)wmem_array_index((wmem_array_t *)list, i);
}

void smime_msrp_close(packet_info *pinfo, const char *direction)
{
    wmem_array_t *begun = wmem_map_remove(directions, direction);
    wmem_array_t *closed = p_get_proto_data(wmem_file_scope(), pinfo, proto_smime, CLOSED_KEY);
    for (unsigned i = 0; begun && i < wmem_array_get_count(begun); i++) {
        message_record *record = record_at(begun, i);
        if (record->message || !end_incomplete(record))
            continue;
        record->closed_in = pinfo->num;
        if (!closed) {
            closed = wmem_array_new(wmem_file_scope(), sizeof(message_record *));
            p_add_proto_data(wmem_file_scope(), pinfo, proto_smime, CLOSED_KEY, closed);
        }
        wmem_array_append_one(closed, record);
    }
}

/* ---- The end of a capture -------------------------------------------------------------------------------------------- */

static void collect(gpointer key, gpointer record, gpointer list)
{
    (void)key;
    g_ptr_array_add(list, record);
}

static int by_order(gconstpointer a, gconstpointer b)
{
    const message_record *left = *(message_record *const *)a, *right = *(message_record *const *)b;
    return left->order < right->order ? -1 : left->order > right->order;
}

/* No chunk is to come any more: what is still under way stays incomplete. Oldest first. */
void smime_msrp_give_up(void)
{
    GPtrArray *pending = g_ptr_array_new();
    wmem_map_foreach(under_way, collect, pending);
    g_ptr_array_sort(pending, by_order);
    for (unsigned i = 0; i < pending->len; i++)
        end_incomplete(g_ptr_array_index(pending, i));
    g_ptr_array_free(pending, TRUE);
}

void smime_msrp_message_register(void)
{
    under_way = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), wmem_str_hash, g_str_equal);
    directions = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), wmem_str_hash, g_str_equal);
}

/* ---- Showing ---------------------------------------------------------------------------------------------------------- */

/* Octets not seen of the message, up to now. Counted once for all its parts: there may be very many. */
static uint64_t missing_of(message_record *record)
{
    const unsigned count = wmem_array_get_count(record->chunks);
    if (record->message)
        return record->message->missing;
    if (record->counted != count)
        record->missing = sm_msrp_reassembly_missing(smime_session_reassembly(), record->direction, record->message_id);
    record->counted = count;
    return record->missing;
}

static void add_frame(proto_tree *tree, int field, tvbuff_t *tvb, uint32_t frame)
{
    proto_item_set_generated(proto_tree_add_uint(tree, field, tvb, 0, 0, frame));
}

static void add_message_id(proto_tree *tree, tvbuff_t *tvb, const message_record *record)
{
    if (record->shown_id)
        proto_item_set_generated(proto_tree_add_string(tree, hf_smime_msrp_message_id, tvb, 0, 0, record->shown_id));
}

/* A chunk that another one completes, or none. */
static void show_part(const smime_msrp_chunk *chunk, tvbuff_t *body, packet_info *pinfo, proto_tree *tree)
{
    message_record *record = chunk->record;
    proto_item *item;
    int length = (int)tvb_captured_length(body);
    proto_tree *inside = proto_tree_add_subtree_format(tree, body, 0, length, ett_smime_msrp, &item, "Part of an MSRP message: %d octets", length);
    proto_item_set_generated(item);
    add_message_id(inside, body, record);
    if (record->ended_in) {
        proto_item_append_text(item, ", reassembled in frame %u", record->ended_in);
        add_frame(inside, hf_smime_reassembled_in, body, record->ended_in);
    } else if (PINFO_FD_VISITED(pinfo)) {
        uint64_t missing = missing_of(record);
        const char *what = missing ? wmem_strdup_printf(pinfo->pool, "%" G_GUINT64_FORMAT " octets missing", missing) : "last chunk missing";
        proto_item_append_text(item, ", not reassembled: %s", what);
        if (record->closed_in) {
            proto_item_append_text(item, ", the connection closed in frame %u", record->closed_in);
            add_frame(inside, hf_smime_msrp_closed_in, body, record->closed_in);
        }
        expert_add_info_format(pinfo, item, &ei_smime_msrp, "Message not reassembled: %s", what);
    }
}

/* The message's octets as a buffer of its own. They are copied: a buffer may be looked at after the capture's history is gone. */
static tvbuff_t *reassembled(const sm_msrp_message *message, tvbuff_t *parent, packet_info *pinfo)
{
    gsize length;
    const void *octets = g_bytes_get_data(message->octets, &length);
    uint8_t *copy = g_malloc(MAX(length, 1));
    if (length)
        memcpy(copy, octets, length);
    tvbuff_t *tvb = tvb_new_child_real_data(parent, copy, (unsigned)length, (int)length);
    tvb_set_free_cb(tvb, g_free);
    add_new_data_source(pinfo, tvb, "Reassembled MSRP message");
    return tvb;
}

/* The content of a message in several chunks, by the built-in dissector of its media type, as it would have been in one chunk. */
static void dissect_content(const sm_msrp_message *message, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    if (!message->content_type || tvb_captured_length(tvb) == 0)
        return;
    const char *semicolon = strchr(message->content_type, ';');
    size_t length = semicolon ? (size_t)(semicolon - message->content_type) : strlen(message->content_type);
    char *type = g_strchomp(wmem_strndup(pinfo->pool, message->content_type, length));
    for (char *c = type; *c; c++)
        *c = g_ascii_tolower(*c);
    compat_media_content_info_t info = {COMPAT_MEDIA_CONTAINER_OTHER, NULL, NULL, NULL};
    if (semicolon)
        info.media_str = g_strchug(wmem_strdup(pinfo->pool, semicolon + 1));

    const char *saved = pinfo->match_string;
    compat_bool writable = col_get_writable(pinfo->cinfo, -1);
    col_set_writable(pinfo->cinfo, -1, false); /* one line for the message, not one for each of its layers */
    TRY
    {
        if (compat_dissector_try_string(find_dissector_table("media_type"), type, tvb, pinfo, tree, &info) == 0)
            call_data_dissector(tvb, pinfo, tree);
    }
    CATCH_NONFATAL_ERRORS
    {
        show_exception(tvb, pinfo, tree, EXCEPT_CODE, GET_MESSAGE);
    }
    ENDTRY;
    col_set_writable(pinfo->cinfo, -1, writable);
    pinfo->match_string = saved;
}

/* One chunk in the list of those that make the message. Positions are counted from 1, as in Byte-Range. */
static void add_fragment(proto_tree *tree, tvbuff_t *tvb, uint32_t frame, const sm_msrp_chunk *chunk)
{
    if (!chunk) { /* the reassembly took no more */
        add_frame(tree, hf_smime_msrp_chunk, tvb, frame);
        return;
    }
    bool inside = chunk->start <= tvb_captured_length(tvb) && chunk->length <= tvb_captured_length(tvb) - chunk->start;
    proto_item *item = proto_tree_add_uint_format(
        tree, hf_smime_msrp_chunk, tvb, inside ? (int)chunk->start : 0, inside ? (int)chunk->length : 0, frame,
        "Frame: %u, octets: %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT " (%" G_GSIZE_FORMAT " octets)%s", frame, chunk->start + 1,
        chunk->start + chunk->length, chunk->length,
        chunk->conflict    ? ", other ones than those seen before"
        : chunk->duplicate ? ", all seen before"
        : chunk->overlap   ? ", some seen before"
                           : "");
    proto_item_set_generated(item);
    proto_tree *about = proto_item_add_subtree(item, ett_smime_msrp);
    if (chunk->overlap)
        proto_item_set_generated(proto_tree_add_boolean(about, hf_smime_msrp_chunk_overlap, tvb, 0, 0, true));
    if (chunk->conflict)
        proto_item_set_generated(proto_tree_add_boolean(about, hf_smime_msrp_chunk_conflict, tvb, 0, 0, true));
}

/* "#8(2048), #13(2048)", as far as it fits into a line. */
static const char *list_of_fragments(packet_info *pinfo, const message_record *record)
{
    const sm_msrp_facts *facts = record->message->facts;
    wmem_strbuf_t *list = wmem_strbuf_new(pinfo->pool, NULL);
    for (unsigned i = 0; i < facts->chunk_count; i++) {
        if (wmem_strbuf_get_len(list) > FRAGMENT_LIST_OCTETS) {
            wmem_strbuf_append(list, ", ...");
            break;
        }
        wmem_strbuf_append_printf(list, "%s#%u(%" G_GSIZE_FORMAT ")", i > 0 ? ", " : "", chunk_at(record, i)->frame, facts->chunks[i].length);
    }
    return wmem_strbuf_get_str(list);
}

/* The list of chunks, before the message, as TCP shows its segments and IP its fragments. */
static void show_fragments(const message_record *record, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    const sm_msrp_message *message = record->message;
    unsigned count = wmem_array_get_count(record->chunks);
    int length = (int)tvb_captured_length(tvb);
    const char *plural = count == 1 ? "" : "s", *list = list_of_fragments(pinfo, record);
    proto_item *item;
    proto_tree *inside;
    if (message->complete)
        inside = proto_tree_add_subtree_format(tree, tvb, 0, length, ett_smime_msrp, &item, "%u reassembled MSRP chunk%s (%d octets): %s", count, plural,
                                               length, list);
    else
        inside = proto_tree_add_subtree_format(tree, tvb, 0, length, ett_smime_msrp, &item, "%u MSRP chunk%s, not reassembled: %s", count, plural, list);
    proto_item_set_generated(item);
    for (unsigned i = 0; i < count; i++)
        add_fragment(inside, tvb, chunk_at(record, i)->frame, i < message->facts->chunk_count ? &message->facts->chunks[i] : NULL);
    proto_item_set_generated(proto_tree_add_uint(inside, hf_smime_msrp_chunks, tvb, 0, 0, count));
    if (!message->complete)
        return;
    proto_item_set_generated(proto_tree_add_uint(inside, hf_smime_msrp_reassembled_length, tvb, 0, 0, (uint32_t)length));
    proto_item_set_generated(proto_tree_add_item(inside, hf_smime_msrp_reassembled_data, tvb, 0, length, ENC_NA));
}

/* The message, in the frame that completed or ended it. `body` is the body of its only chunk, or a buffer of that frame. */
static void show_message(const message_record *record, tvbuff_t *body, packet_info *pinfo, proto_tree *tree)
{
    const sm_msrp_message *message = record->message;
    unsigned count = wmem_array_get_count(record->chunks);
    bool in_place = count == 1 && record->ended_in && g_bytes_get_size(message->octets) == tvb_captured_length(body);
    tvbuff_t *tvb = in_place ? body : reassembled(message, body, pinfo);
    int length = (int)tvb_captured_length(tvb);

    if (!in_place)
        show_fragments(record, tvb, pinfo, tree);
    proto_item *item;
    proto_tree *inside = proto_tree_add_subtree_format(tree, tvb, 0, length, ett_smime_msrp, &item, "MSRP message: %d octets in %u chunk%s", length,
                                                       count, count == 1 ? "" : "s");
    proto_item_set_generated(item);
    add_message_id(inside, tvb, record);
    if (in_place) {
        proto_item_set_generated(proto_tree_add_uint(inside, hf_smime_msrp_chunks, tvb, 0, 0, count));
        add_frame(inside, hf_smime_msrp_chunk, tvb, chunk_at(record, 0)->frame);
    }
    char *damage = damage_of(message);
    if (damage) {
        proto_item_append_text(item, ", %s", damage);
        expert_add_info_format(pinfo, item, &ei_smime_msrp, "MSRP message: %s", damage);
    }
    g_free(damage);
    if (record->judged)
        smime_msrp_session_show(record->judged->tap.conclusion, tvb, inside);
    if (!in_place && message->complete)
        dissect_content(message, tvb, pinfo, inside);
    smime_message_tap(pinfo, record->judged);
    smime_tree_show(record->judged, tvb, pinfo, tree);
}

void smime_msrp_show(const smime_msrp_chunk *chunk, tvbuff_t *body, packet_info *pinfo, proto_tree *tree)
{
    if (chunk->ends)
        show_message(chunk->record, body, pinfo, tree);
    else
        show_part(chunk, body, pinfo, tree);
}

void smime_msrp_show_closed(tvbuff_t *frame, packet_info *pinfo, proto_tree *tree)
{
    wmem_array_t *closed = p_get_proto_data(wmem_file_scope(), pinfo, proto_smime, CLOSED_KEY);
    for (unsigned i = 0; closed && i < wmem_array_get_count(closed); i++)
        show_message(record_at(closed, i), frame, pinfo, tree);
}
