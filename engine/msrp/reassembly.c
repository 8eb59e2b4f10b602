/* MSRP reassembly (RFC 4975 5.1, 7.3.1).
 *
 * A message under way holds the octets seen as segments: sorted, apart from each other or touching, never overlapping. A
 * chunk that follows a segment is appended to it, so that chunks in order make one growing buffer, which becomes the
 * message without a copy. Chunks in any other order cost a search each and one copy at the end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "msrp/reassembly.h"

#include "base/bounds.h"

typedef struct segment {
    uint64_t start; /* position of its first octet in the message, 0 is the first */
    GByteArray *octets;
} segment;

/* A message under way. */
typedef struct pending_message {
    char *key;
    sm_msrp_message *message; /* in the arena; filled as far as it is known */
    sm_msrp_facts *facts;
    GArray *chunks;      /* of sm_msrp_chunk */
    GSequence *segments; /* of segment, by start */
    uint64_t held;       /* octets in all segments */
    GSequenceIter *
        prefix; /* last segment of those that follow each other from position 0 on; NULL before there is one */
    uint64_t prefix_end;   /* and its end */
    uint64_t previous_end; /* end of the chunk before */
    uint64_t furthest_start, furthest_end;
    bool first_known; /* the chunk that begins the message was seen: its header fields are taken */
    bool final_known; /* "$" was seen, and ended at `final_end` */
    uint64_t final_end;
    GList under_way, holding; /* its places in the queues of the reassembly */
} pending_message;

struct sm_msrp_reassembly {
    sm_arena *arena;     /* messages, facts and their texts; all stay */
    GPtrArray *finished; /* of sm_msrp_message, for their octets */
    GTree
        *by_key; /* pending, by key; a tree, because a hash of hostile Message-IDs could be made to collide */
    GQueue under_way; /* all pending, oldest first */
    GQueue holding;   /* those that hold octets, oldest first */
    uint64_t held;    /* octets of all of them */
};

/* ---- Segments ---- */

static uint64_t segment_end(const segment *part)
{
    return part->start + part->octets->len;
}

static void segment_free(gpointer data)
{
    segment *part = data;
    g_byte_array_free(part->octets, TRUE);
    g_free(part);
}

static int segment_compare(gconstpointer a, gconstpointer b, gpointer unused)
{
    const segment *left = a, *right = b;
    (void)unused;
    return left->start < right->start ? -1 : left->start > right->start;
}

static segment *segment_at(GSequenceIter *place)
{
    return g_sequence_iter_is_end(place) ? NULL : g_sequence_get(place);
}

/* The first segment that ends behind `position`. */
static GSequenceIter *first_behind(GSequence *segments, uint64_t position)
{
    segment probe = {position, NULL};
    GSequenceIter *place = g_sequence_search(segments, &probe, segment_compare, NULL);
    if (g_sequence_iter_is_begin(place))
        return place;
    GSequenceIter *before = g_sequence_iter_prev(place);
    return segment_end(segment_at(before)) > position ? before : place;
}

/* Puts octets that were never seen before into the gap in front of `place`. */
static void fill_gap(GSequenceIter *place, uint64_t position, sm_bytes octets)
{
    segment *before = g_sequence_iter_is_begin(place) ? NULL : segment_at(g_sequence_iter_prev(place));
    if (before == NULL || segment_end(before) != position) {
        before = g_new(segment, 1);
        *before = (segment){position, g_byte_array_new()};
        g_sequence_insert_before(place, before);
    }
    g_byte_array_append(before->octets, octets.data, (guint)octets.length);
}

/* Octets go over those seen before: the last received win (RFC 4975 7.3.1). Returns whether they were others. */
static bool overwrite(segment *part, uint64_t position, sm_bytes octets)
{
    uint8_t *old = part->octets->data + (position - part->start);
    if (memcmp(old, octets.data, octets.length) == 0)
        return false;
    memcpy(old, octets.data, octets.length);
    return true;
}

/* ---- Limits ---- */

static void hit_limit(pending_message *pending, const char *name)
{
    pending->facts->limit = true;
    if (pending->facts->limit_name == NULL)
        pending->facts->limit_name = name;
}

static void release_octets(sm_msrp_reassembly *reassembly, pending_message *pending)
{
    if (pending->holding.data) {
        g_queue_unlink(&reassembly->holding, &pending->holding);
        pending->holding.data = NULL;
    }
    reassembly->held -= pending->held;
    pending->held = 0;
    g_clear_pointer(&pending->segments, g_sequence_free);
    pending->prefix = NULL;
    pending->prefix_end = 0;
}

/* Makes room for `length` octets by letting go of those of the oldest other messages, which then cannot be completed. */
static void make_room(sm_msrp_reassembly *reassembly, const pending_message *wanting, size_t length)
{
    GList *oldest = reassembly->holding.head;
    while (oldest && reassembly->held + length > SM_LIMIT_MSRP_PENDING_OCTETS) {
        pending_message *victim = oldest->data;
        oldest = oldest->next;
        if (victim == wanting)
            continue;
        hit_limit(victim, "more than 512 MiB of unfinished messages");
        release_octets(reassembly, victim);
    }
}

/* ---- One chunk ---- */

/* Where the chunk's octets stand. Without Byte-Range "$" ends a whole message (RFC 4975 7.3.1), and a first chunk stands
 * first (7.1.1); any other chunk that does not say its place is taken to follow the one before it. */
static uint64_t position_of(const pending_message *pending, const sm_msrp_frame *frame)
{
    if (frame->range.valid)
        return frame->range.start - 1;
    if (!frame->range.present && frame->flag == '$')
        return 0;
    return pending->previous_end;
}

/* Copies the body to its place, as far as the limits allow; tells in `chunk` what it met there. */
static void place_octets(sm_msrp_reassembly *reassembly, pending_message *pending, sm_bytes body,
                         sm_msrp_chunk *chunk)
{
    uint64_t position = chunk->start;
    bool all_seen = body.length > 0;
    GSequenceIter *place = first_behind(pending->segments, position);
    while (body.length > 0) {
        segment *part = segment_at(place);
        size_t length = body.length;
        if (part && part->start <= position) {
            length = (size_t)MIN(length, segment_end(part) - position);
            chunk->overlap = true;
            chunk->conflict |= overwrite(part, position, sm_bytes_cut(body, 0, length));
            place = g_sequence_iter_next(place);
        } else {
            length = part ? (size_t)MIN(length, part->start - position) : length;
            all_seen = false;
            if (pending->held + length > SM_LIMIT_MSRP_MESSAGE_OCTETS) {
                hit_limit(pending, "message of more than 256 MiB");
                return;
            }
            fill_gap(place, position, sm_bytes_cut(body, 0, length));
            pending->held += length;
            reassembly->held += length;
        }
        position += length;
        body = sm_bytes_from(body, length);
    }
    chunk->duplicate = all_seen && !chunk->conflict;
}

/* Follows the segments from position 0 on as far as they touch; each is passed once. */
static void extend_prefix(pending_message *pending)
{
    if (pending->prefix)
        pending->prefix_end = segment_end(segment_at(pending->prefix));
    GSequenceIter *next = pending->prefix ? g_sequence_iter_next(pending->prefix)
                                          : g_sequence_get_begin_iter(pending->segments);
    for (segment *part; (part = segment_at(next)) != NULL && part->start == pending->prefix_end;) {
        pending->prefix = next;
        pending->prefix_end = segment_end(part);
        next = g_sequence_iter_next(next);
    }
}

/* Compares values of Success-Report or Failure-Report; an absent one has its default (RFC 4975 7.1.1). */
static bool reports_equal(const char *a, const char *b, const char *absent)
{
    return g_ascii_strcasecmp(a ? a : absent, b ? b : absent) == 0;
}

/* The header fields that stand for the message: of the chunk that begins it, until then of the first one seen. */
static void take_header_fields(sm_arena *arena, pending_message *pending, const sm_msrp_frame *frame,
                               bool begins)
{
    if (pending->first_known || (pending->chunks->len > 0 && !begins))
        return;
    sm_msrp_message *message = pending->message;
    pending->first_known = begins;
    message->content_type = sm_arena_strdup(arena, frame->content_type);
    message->head = sm_arena_copy(arena, frame->head);
    message->from_path = sm_arena_strdup(arena, frame->from_path);
    message->to_path = sm_arena_strdup(arena, frame->to_path);
    message->transaction_id = sm_arena_strdup(arena, frame->transaction_id);
    message->method = sm_arena_strdup(arena, frame->method);
    if (pending->chunks->len == 0) {
        pending->facts->success_report = sm_arena_strdup(arena, frame->success_report);
        pending->facts->failure_report = sm_arena_strdup(arena, frame->failure_report);
    }
}

static void take_total(sm_msrp_facts *facts, sm_msrp_range range)
{
    if (!range.valid || !range.total_known)
        return;
    facts->totals_differ |= facts->total_known && facts->total != range.total;
    facts->total_known = true;
    facts->total = range.total;
}

static void take_chunk(sm_msrp_reassembly *reassembly, pending_message *pending, const sm_msrp_frame *frame,
                       uint32_t frame_number)
{
    sm_msrp_facts *facts = pending->facts;
    sm_msrp_chunk chunk = {
        .frame = frame_number,
        .range = frame->range,
        .start = position_of(pending, frame),
        .length = frame->body.length,
        .flag = frame->flag,
        .range_fits = frame->range_fits,
        .end_line_inside = frame->end_line_inside,
        .look_alike_inside = frame->look_alike_inside,
        .has_message_id = frame->message_id != NULL,
    };
    const bool first = pending->chunks->len == 0;
    chunk.in_order = chunk.start == pending->previous_end;
    facts->out_of_order |= !first && chunk.start < pending->furthest_start;
    const char *content_type = pending->message->content_type;
    chunk.content_type_differs =
        content_type && frame->content_type && strcmp(content_type, frame->content_type) != 0;
    chunk.reports_differ = !first && (!reports_equal(facts->success_report, frame->success_report, "no") ||
                                      !reports_equal(facts->failure_report, frame->failure_report, "yes"));
    chunk.paths_differ = !first && (g_strcmp0(pending->message->from_path, frame->from_path) != 0 ||
                                    g_strcmp0(pending->message->to_path, frame->to_path) != 0);
    take_total(facts, frame->range);
    take_header_fields(reassembly->arena, pending, frame, chunk.start == 0);

    if (chunk.length > UINT64_MAX - chunk.start) {
        hit_limit(pending, "position behind 2^64 octets");
    } else {
        if (!facts->limit)
            make_room(reassembly, pending, chunk.length);
        if (!facts->limit)
            place_octets(reassembly, pending, frame->body, &chunk);
        if (pending->segments)
            extend_prefix(pending);
        pending->previous_end = chunk.start + chunk.length;
        pending->furthest_start = MAX(pending->furthest_start, chunk.start);
        pending->furthest_end = MAX(pending->furthest_end, pending->previous_end);
        if (frame->flag == '$') {
            pending->final_known = true;
            pending->final_end = pending->previous_end;
        }
    }
    if (pending->held > 0 && pending->holding.data == NULL) {
        pending->holding.data = pending;
        g_queue_push_tail_link(&reassembly->holding, &pending->holding);
    }
    if (pending->chunks->len < SM_LIMIT_MSRP_CHUNKS)
        g_array_append_val(pending->chunks, chunk);
    if (pending->chunks->len == SM_LIMIT_MSRP_CHUNKS &&
        !(pending->final_known && pending->prefix_end >= pending->final_end))
        hit_limit(pending, "message of more than 131072 chunks");
}

/* ---- Beginning and end of a message ---- */

static char *key_of(const char *session, const char *message_id)
{
    return message_id ? g_strconcat(session, "\n", message_id, NULL) : g_strdup(session);
}

/* Takes ownership of `key`. */
static pending_message *begin_message(sm_msrp_reassembly *reassembly, char *key, const char *message_id)
{
    pending_message *begun = g_new0(pending_message, 1);
    begun->key = key;
    begun->message = sm_arena_new0(reassembly->arena, sm_msrp_message);
    begun->facts = sm_arena_new0(reassembly->arena, sm_msrp_facts);
    begun->message->message_id = sm_arena_strdup(reassembly->arena, message_id);
    begun->message->facts = begun->facts;
    begun->chunks = g_array_new(FALSE, FALSE, sizeof(sm_msrp_chunk));
    begun->segments = g_sequence_new(segment_free);
    begun->under_way.data = begun;
    g_queue_push_tail_link(&reassembly->under_way, &begun->under_way);
    g_tree_insert(reassembly->by_key, key, begun);
    return begun;
}

/* Octets seen before position `end`. */
static uint64_t seen_before(GSequence *segments, uint64_t end)
{
    uint64_t seen = 0;
    if (segments == NULL)
        return 0;
    GSequenceIter *place = g_sequence_get_begin_iter(segments);
    for (segment *part; (part = segment_at(place)) != NULL && part->start < end;
         place = g_sequence_iter_next(place))
        seen += MIN(segment_end(part), end) - part->start;
    return seen;
}

/* Where the message ends, as far as that is known. "$" defines the length, whatever was announced (RFC 4975 7.3.1). */
static uint64_t extent_of(const pending_message *pending)
{
    if (pending->final_known)
        return pending->final_end;
    return MAX(pending->furthest_end, pending->facts->total_known ? pending->facts->total : 0);
}

/* The first `length` octets, which are all there. */
static GBytes *take_octets(pending_message *pending, size_t length)
{
    if (length == 0)
        return g_bytes_new_static("", 0);
    GSequenceIter *place = g_sequence_get_begin_iter(pending->segments);
    segment *first = segment_at(place);
    if (first->octets->len >= length) {
        uint8_t *octets = g_byte_array_free(first->octets, FALSE);
        first->octets = g_byte_array_new();
        return g_bytes_new_take(g_realloc(octets, length), length);
    }
    uint8_t *octets = g_malloc(length);
    for (size_t filled = 0; filled < length; place = g_sequence_iter_next(place)) {
        const segment *part = segment_at(place);
        size_t taken = MIN(part->octets->len, length - filled);
        memcpy(octets + filled, part->octets->data, taken);
        filled += taken;
    }
    return g_bytes_new_take(octets, length);
}

static const sm_msrp_message *end_message(sm_msrp_reassembly *reassembly, pending_message *pending)
{
    sm_msrp_message *message = pending->message;
    sm_msrp_facts *facts = pending->facts;

    const uint64_t extent = extent_of(pending);
    message->missing = extent - seen_before(pending->segments, extent);
    message->complete = pending->final_known && message->missing == 0 && !message->aborted && !facts->limit;
    facts->beyond_total = (facts->total_known && pending->furthest_end > facts->total) ||
                          (pending->final_known && pending->furthest_end > pending->final_end);
    message->octets = take_octets(pending, (size_t)MIN(pending->prefix_end, extent));

    facts->chunk_count = pending->chunks->len;
    sm_msrp_chunk *chunks = sm_arena_array(reassembly->arena, sm_msrp_chunk, facts->chunk_count);
    memcpy(chunks, pending->chunks->data, facts->chunk_count * sizeof(sm_msrp_chunk));
    facts->chunks = chunks;

    release_octets(reassembly, pending);
    g_array_free(pending->chunks, TRUE);
    g_queue_unlink(&reassembly->under_way, &pending->under_way);
    g_tree_remove(reassembly->by_key, pending->key);
    g_free(pending->key);
    g_free(pending);
    g_ptr_array_add(reassembly->finished, message);
    return message;
}

/* ---- Public ---- */

static void message_release(gpointer data)
{
    g_bytes_unref(((sm_msrp_message *)data)->octets);
}

sm_msrp_reassembly *sm_msrp_reassembly_new(void)
{
    sm_msrp_reassembly *reassembly = g_new0(sm_msrp_reassembly, 1);
    reassembly->arena = sm_arena_new();
    reassembly->finished = g_ptr_array_new_with_free_func(message_release);
    reassembly->by_key = g_tree_new((GCompareFunc)strcmp);
    g_queue_init(&reassembly->under_way);
    g_queue_init(&reassembly->holding);
    return reassembly;
}

void sm_msrp_reassembly_free(sm_msrp_reassembly *reassembly)
{
    if (reassembly == NULL)
        return;
    sm_msrp_reassembly_finish(reassembly, NULL, NULL);
    g_tree_destroy(reassembly->by_key);
    g_ptr_array_free(reassembly->finished, TRUE);
    sm_arena_free(reassembly->arena);
    g_free(reassembly);
}

const sm_msrp_message *sm_msrp_reassembly_add(sm_msrp_reassembly *reassembly, const char *session,
                                              const sm_msrp_frame *frame, uint32_t frame_number)
{
    char *key = key_of(session, frame->message_id);
    pending_message *pending = g_tree_lookup(reassembly->by_key, key);
    if (pending == NULL)
        pending = begin_message(reassembly, key, frame->message_id);
    else
        g_free(key);
    take_chunk(reassembly, pending, frame, frame_number);

    pending->message->aborted = frame->flag == '#';
    const bool whole = pending->final_known && pending->prefix_end >= pending->final_end;
    const bool hopeless = pending->facts->limit && pending->final_known;
    return whole || hopeless || pending->message->aborted ? end_message(reassembly, pending) : NULL;
}

uint64_t sm_msrp_reassembly_missing(const sm_msrp_reassembly *reassembly, const char *session, const char *message_id)
{
    char *key = key_of(session, message_id);
    const pending_message *pending = g_tree_lookup(reassembly->by_key, key);
    g_free(key);
    if (pending == NULL)
        return 0;
    const uint64_t extent = extent_of(pending);
    return extent - seen_before(pending->segments, extent);
}

const sm_msrp_message *sm_msrp_reassembly_give_up(sm_msrp_reassembly *reassembly, const char *session,
                                                  const char *message_id)
{
    char *key = key_of(session, message_id);
    pending_message *pending = g_tree_lookup(reassembly->by_key, key);
    g_free(key);
    return pending ? end_message(reassembly, pending) : NULL;
}

void sm_msrp_reassembly_finish(sm_msrp_reassembly *reassembly,
                               void (*each)(void *context, const sm_msrp_message *message), void *context)
{
    while (reassembly->under_way.head) {
        const sm_msrp_message *message = end_message(reassembly, reassembly->under_way.head->data);
        if (each)
            each(context, message);
    }
}
