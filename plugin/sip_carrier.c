/* SIP: finds the message around a body and hands both to the engine.
 *
 * The built-in SIP dissector gives a body to the table "media_type" and keeps the header fields to itself. They are found again in the
 * octets: the message whose Call-ID, method and status the SIP dissector has put beside the packet. Bodies that may hold S/MIME come through the
 * media types, while they are dissected; all other messages (answers, plain bodies, none at all) when the frame has been dissected, for what history learns from
 * them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "carriers.h"
#include "cpim_dissector.h"
#include "fields.h"
#include "layers.h"
#include "message.h"
#include "session.h"
#include "tree.h"

#include <epan/dissectors/packet-sip.h>
#include <epan/exceptions.h>
#include <epan/proto_data.h>

#define SIP_VERSION "SIP/2.0"
#define SIP_CALL_ID_KEPT 127 /* epan's SIP dissector keeps no more octets of a Call-ID */
#define SIP_LAYERS 255       /* protocol layers looked at for SIP: Wireshark numbers no more */

static int proto_sip = -1;
static dissector_handle_t our_handle;
static GHashTable *originals; /* media type -> the handle that stood there before ours; epan scope */

/* The media types in which S/MIME comes, whole or as a part: those that Wireshark has a dissector for are taken over. */
static const char *const media_types[] = {
    "application/pkcs7-mime",    "application/x-pkcs7-mime", "application/pkcs7-signature", "application/x-pkcs7-signature",
    "application/cms",           "multipart/signed",         "multipart/mixed",             "multipart/alternative",
    "multipart/related",         "multipart/report",         "multipart/",                  "message/cpim",
    "message/imdn+xml",
};

/* ---- A SIP message in a buffer ---------------------------------------------------------------------------------- */

typedef struct sip_place {
    tvbuff_t *tvb;     /* data source */
    int head, body;    /* offsets of the start line and of what follows the empty line */
    int content_length; /* -1 when there is none to be believed */
} sip_place;

static bool is_uri_octet(uint8_t octet)
{
    return octet > ' ' && octet < 0x7f;
}

/* The start of the request line whose " SIP/2.0" stands at `version`, or -1. `method` (may be NULL) is the one that must stand there: octets
 * before it, of a lower protocol, may happen to look like letters. */
static int request_line_start(const uint8_t *octets, int floor, int version, const char *method)
{
    int at = version - 1; /* the blank before SIP/2.0 */
    if (at <= floor || octets[at] != ' ')
        return -1;
    int uri = at;
    while (uri > floor && is_uri_octet(octets[uri - 1]))
        uri--;
    if (uri == at || uri - 1 <= floor || octets[uri - 1] != ' ')
        return -1;
    int end = uri - 1, start = end;
    if (method && *method) {
        int length = (int)strlen(method);
        return end - length >= floor && memcmp(octets + end - length, method, (size_t)length) == 0 ? end - length : -1;
    }
    while (start > floor && g_ascii_isupper(octets[start - 1]))
        start--;
    return start == end ? -1 : start;
}

static bool is_status_line(const uint8_t *octets, int length, int version)
{
    int after = version + (int)strlen(SIP_VERSION);
    return after + 4 <= length && octets[after] == ' ' && g_ascii_isdigit(octets[after + 1]) && g_ascii_isdigit(octets[after + 2]) &&
           g_ascii_isdigit(octets[after + 3]);
}

/* Offset after the empty line that ends the header block, or -1. SIP lines end in CRLF; a lone LF is accepted as the built-in dissector does. */
static int head_end(const uint8_t *octets, int length, int start)
{
    for (int at = start; at < length; at++) {
        if (octets[at] != '\n')
            continue;
        int next = at + 1;
        if (next < length && octets[next] == '\r')
            next++;
        if (next < length && octets[next] == '\n')
            return next + 1;
    }
    return -1;
}

/* The value of a header field in a block, without blanks around it; NULL when absent. */
static const char *field_value(const uint8_t *head, int length, const char *name, char compact, int *value_length)
{
    int name_length = (int)strlen(name);
    for (int line = 0; line < length;) {
        const uint8_t *end = memchr(head + line, '\n', (size_t)(length - line));
        int next = end ? (int)(end - head) + 1 : length;
        int colon = -1;
        if (line + name_length < next && g_ascii_strncasecmp((const char *)head + line, name, (size_t)name_length) == 0)
            colon = line + name_length;
        else if (line + 1 < next && g_ascii_tolower(head[line]) == compact)
            colon = line + 1;
        while (colon >= 0 && colon < next && (head[colon] == ' ' || head[colon] == '\t'))
            colon++;
        if (colon >= 0 && colon < next && head[colon] == ':') {
            int from = colon + 1, to = next;
            while (from < to && (head[from] == ' ' || head[from] == '\t'))
                from++;
            while (to > from && g_ascii_isspace(head[to - 1]))
                to--;
            *value_length = to - from;
            return (const char *)head + from;
        }
        line = next;
    }
    return NULL;
}

static int content_length_of(const uint8_t *head, int length)
{
    int digits;
    const char *value = field_value(head, length, "Content-Length", 'l', &digits);
    if (!value || digits == 0 || digits > 9)
        return -1;
    int number = 0;
    for (int i = 0; i < digits; i++) {
        if (!g_ascii_isdigit(value[i]))
            return -1;
        number = number * 10 + (value[i] - '0');
    }
    return number;
}

/* Without a Call-ID to compare with - the SIP dissector gave up before it - any will do. */
static bool has_call_id(const uint8_t *head, int length, const char *call_id)
{
    int value_length;
    const char *value = field_value(head, length, "Call-ID", 'i', &value_length);
    if (!call_id)
        return true;
    if (!value)
        return false;
    int kept = (int)strlen(call_id);
    bool cut = kept >= SIP_CALL_ID_KEPT && value_length > kept;
    return (value_length == kept || cut) && memcmp(value, call_id, (size_t)kept) == 0;
}

static bool is_the_message(const uint8_t *octets, int start, int body, const sip_info_value_t *info)
{
    bool response = memcmp(octets + start, SIP_VERSION, strlen(SIP_VERSION)) == 0;
    if (response) {
        unsigned status = (unsigned)g_ascii_strtoull((const char *)octets + start + strlen(SIP_VERSION) + 1, NULL, 10);
        if (info->response_code != status)
            return false;
    } else {
        const char *method = info->request_method ? (const char *)info->request_method : "";
        size_t length = strlen(method);
        if (info->response_code != 0 || (size_t)(body - start) <= length || memcmp(octets + start, method, length) != 0 || octets[start + length] != ' ')
            return false;
    }
    return has_call_id(octets + start, body - start, info->tap_call_id);
}

/* The first message from `from` on in a data source, whatever it is; false when there is none. Messages inside the body of another (tunnelled,
 * quoted) are passed over by its Content-Length. */
static bool next_message(tvbuff_t *tvb, int from, const char *method, sip_place *found)
{
    int length = (int)tvb_captured_length(tvb);
    const uint8_t *octets = length > 0 ? tvb_get_ptr(tvb, 0, length) : NULL;
    const int version_length = (int)strlen(SIP_VERSION);
    for (int at = from; octets && at + version_length <= length; at++) {
        const uint8_t *next = memchr(octets + at, 'S', (size_t)(length - version_length + 1 - at));
        if (!next)
            return false;
        at = (int)(next - octets);
        if (memcmp(next, SIP_VERSION, (size_t)version_length) != 0)
            continue;
        int after = at + version_length;
        bool ends_line = after < length && (octets[after] == '\r' || octets[after] == '\n');
        int start = is_status_line(octets, length, at) ? at : -1;
        if (start < 0 && ends_line && method)
            start = request_line_start(octets, from, at, method);
        if (start < 0 && ends_line)
            start = request_line_start(octets, from, at, NULL);
        int body = start < 0 ? -1 : head_end(octets, length, start);
        if (body < 0)
            continue;
        *found = (sip_place){tvb, start, body, content_length_of(octets + start, body - start)};
        return true;
    }
    return false;
}

/* ---- The messages of one frame's dissection ----------------------------------------------------------------------- */

/* A message that this dissection of the frame has come by. */
typedef struct seen_message {
    const sip_info_value_t *info; /* what the SIP dissector put beside the packet: its address tells messages apart; NULL: lost there */
    sip_place place;              /* tvb NULL when not found */
    const smime_message *message; /* NULL for a quoted one */
} seen_message;

#define SEEN_KEY 0xfffffffeu

static wmem_array_t *seen_messages(packet_info *pinfo)
{
    wmem_array_t *seen = p_get_proto_data(pinfo->pool, pinfo, proto_smime, SEEN_KEY);
    if (!seen) {
        seen = wmem_array_new(pinfo->pool, sizeof(seen_message));
        p_add_proto_data(pinfo->pool, pinfo, proto_smime, SEEN_KEY, seen);
    }
    return seen;
}

static seen_message *seen_by_info(wmem_array_t *seen, const sip_info_value_t *info)
{
    for (unsigned i = 0; i < wmem_array_get_count(seen); i++) {
        seen_message *message = wmem_array_index(seen, i);
        if (message->info == info)
            return message;
    }
    return NULL;
}

static bool is_taken(wmem_array_t *seen, const sip_place *place)
{
    for (unsigned i = 0; i < wmem_array_get_count(seen); i++) {
        const seen_message *message = wmem_array_index(seen, i);
        if (message->place.tvb == place->tvb && message->place.head == place->head)
            return true;
    }
    return false;
}

/* The outermost SIP message that was or is being dissected up to a protocol layer: the lowest layer that has one. */
static const sip_info_value_t *outermost_sip(packet_info *pinfo, int top)
{
    for (int layer = 1; layer <= MIN(top, SIP_LAYERS); layer++) {
        const sip_info_value_t *info = p_get_proto_data(pinfo->pool, pinfo, proto_sip, (uint32_t)layer);
        if (info)
            return info;
    }
    return NULL;
}

/* The message in one data source: the one whose body holds `offset`, or (offset -1) the first that nobody has taken. */
static bool find_in_source(tvbuff_t *source, int offset, const sip_info_value_t *info, wmem_array_t *seen, sip_place *found)
{
    int length = (int)tvb_captured_length(source);
    const char *method = (const char *)info->request_method;
    sip_place place;
    for (int from = 0; from < length && next_message(source, from, info->response_code ? NULL : method, &place);) {
        int end = place.content_length >= 0 && place.content_length < length - place.body ? place.body + place.content_length : length;
        bool holds = offset < 0 ? !is_taken(seen, &place) : offset >= place.body && (offset < end || (offset == end && end == place.body));
        if (holds && is_the_message(tvb_get_ptr(source, 0, length), place.head, place.body, info)) {
            *found = place;
            return true;
        }
        /* A Content-Length that is too small leaves the rest of the body to be looked at: harmless, a start line and this Call-ID must stand there. */
        from = MAX(end, place.body);
        if (place.content_length < 0)
            from = place.body;
    }
    return false;
}

/* The data source that holds `body`, or any when `body` is NULL or was made anew (an unpacked Content-Encoding). */
static bool find_message(packet_info *pinfo, tvbuff_t *body, const sip_info_value_t *info, wmem_array_t *seen, sip_place *found)
{
    if (body && find_in_source(tvb_get_ds_tvb(body), tvb_raw_offset(body), info, seen, found))
        return true;
    for (GSList *link = g_slist_last(pinfo->data_src); link;) {
        tvbuff_t *source = get_data_source_tvb(link->data);
        if (find_in_source(source, -1, info, seen, found))
            return true;
        GSList *before = pinfo->data_src;
        while (before != link && before && before->next != link)
            before = before->next;
        link = before == link ? NULL : before;
    }
    return false;
}

/* The body as received. The SIP dissector's own buffer is taken where it is the message's body; it knows best how long that is. */
static tvbuff_t *body_of(const sip_place *place, tvbuff_t *dissected)
{
    if (dissected && tvb_get_ds_tvb(dissected) == place->tvb && tvb_raw_offset(dissected) == place->body)
        return dissected;
    int captured = tvb_captured_length_remaining(place->tvb, place->body);
    int reported = tvb_reported_length_remaining(place->tvb, place->body);
    if (place->content_length >= 0)
        reported = place->content_length;
    captured = MAX(0, MIN(captured, reported));
    return tvb_new_subset_length_caplen(place->tvb, place->body, captured, MAX(reported, captured));
}

static GBytes *octets_of(tvbuff_t *body)
{
    int length = (int)tvb_captured_length(body);
    return length > 0 ? g_bytes_new(tvb_get_ptr(body, 0, length), (gsize)length) : g_bytes_new_static("", 0);
}

static void fill_carrier(packet_info *pinfo, sm_carrier *carrier, const seen_message *seen, tvbuff_t *body, const char *content_type)
{
    const sip_info_value_t *info = seen->info;
    smime_message_carrier(pinfo, carrier);
    carrier->kind = SM_CARRIER_SIP;
    carrier->content_type = content_type;
    carrier->missing = tvb_reported_length(body) - tvb_captured_length(body);
    if (info) {
        carrier->sip.status = info->response_code;
        carrier->sip.method = (const char *)info->request_method;
        carrier->sip.call_id = info->tap_call_id;
        carrier->sip.from = info->tap_from_addr;
        carrier->sip.to = info->tap_to_addr;
        carrier->sip.cseq = info->tap_cseq_number;
    }
    if (seen->place.tvb) {
        int length = seen->place.body - seen->place.head;
        carrier->sip.head = sm_bytes_of(tvb_get_ptr(seen->place.tvb, seen->place.head, length), (size_t)length);
    }
}

/* Judges the message on the first pass, or takes what that judged. */
static void judge(packet_info *pinfo, seen_message *seen, uint32_t key, tvbuff_t *body, const char *content_type)
{
    seen->message = smime_message_find(pinfo, key);
    if (seen->message || PINFO_FD_VISITED(pinfo))
        return;
    sm_carrier carrier = {0};
    fill_carrier(pinfo, &carrier, seen, body, content_type);
    GBytes *octets = octets_of(body);
    seen->message = smime_message_judge(pinfo, key, &carrier, octets);
    g_bytes_unref(octets);
}

/* ---- Bodies, while they are dissected ---------------------------------------------------------------------------- */

/* What stands in the place of ours without the plugin, and our own dissectors of CPIM and notifications. Where the protocol "smime" is disabled SIP
 * and MSRP, which ask for any type, have what they have without the plugin. */
static int call_original(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    bool messaging = proto_is_frame_protocol(pinfo->layers, "sip") || proto_is_frame_protocol(pinfo->layers, "msrp");
    dissector_handle_t handle = smime_cpim_handle(pinfo->match_string);
    if (!handle || (messaging && !proto_is_protocol_enabled(find_protocol_by_id(proto_smime))))
        handle = g_hash_table_lookup(originals, pinfo->match_string);
    return handle ? call_dissector_with_data(handle, tvb, pinfo, tree, data) : 0;
}

static const char *content_type_of(packet_info *pinfo, const void *data)
{
    const compat_media_content_info_t *info = data;
    const char *parameters = info ? info->media_str : NULL;
    return parameters && *parameters ? wmem_strdup_printf(pinfo->pool, "%s; %s", pinfo->match_string, parameters)
                                     : wmem_strdup(pinfo->pool, pinfo->match_string);
}

/* SIP messages that were dissected above this layer, inside the one being shown, are its content and no messages of their own. */
static void pass_over_inner(packet_info *pinfo, wmem_array_t *seen, int layer)
{
    for (int top = MIN((int)pinfo->curr_layer_num, SIP_LAYERS); ++layer <= top;) {
        seen_message inner = {.info = p_get_proto_data(pinfo->pool, pinfo, proto_sip, (uint32_t)layer)};
        if (inner.info && !seen_by_info(seen, inner.info))
            wmem_array_append_one(seen, inner);
    }
}

/* Judges the SIP message around this body once in a dissection, and shows it. */
static void show_sip_message(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, const void *data)
{
    const sip_info_value_t *info = outermost_sip(pinfo, pinfo->curr_layer_num);
    if (!info || pinfo->flags.in_error_pkt)
        return;
    wmem_array_t *seen = seen_messages(pinfo);
    if (seen_by_info(seen, info))
        return;
    seen_message message = {.info = info};
    if (!find_message(pinfo, tvb, info, seen, &message.place))
        message.place.tvb = NULL;
    tvbuff_t *body = message.place.tvb ? body_of(&message.place, tvb) : tvb;
    uint32_t key = SMIME_KEY_SIP_BODY(wmem_array_get_count(seen));
    judge(pinfo, &message, key, body, content_type_of(pinfo, data));
    wmem_array_append_one(seen, message);
    smime_message_tap(pinfo, message.message);
    int layer = pinfo->curr_layer_num;
    smime_tree_show(message.message, body, pinfo, tree);
    pass_over_inner(pinfo, seen, layer);
}

/* Set while a body of our types is dissected: what comes to us from inside it - parts of a multipart - is shown with it, when all of it is done. */
#define AROUND_KEY 0xfffffffdu

static int dissect_media_type(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    if (!proto_is_protocol_enabled(find_protocol_by_id(proto_smime)) || smime_tree_is_showing(pinfo))
        return call_original(tvb, pinfo, tree, data);
    bool whole;
    tvbuff_t *chunk = smime_msrp_chunk_body(pinfo, &whole);
    if (chunk) {
        /* With a tree alone do we come here: without writing, the columns are the same either way. The MSRP carrier makes them writable again. */
        col_set_writable(pinfo->cinfo, -1, false);
        return whole ? call_original(chunk, pinfo, tree, data) : call_data_dissector(chunk, pinfo, tree);
    }

    if (p_get_proto_data(pinfo->pool, pinfo, proto_smime, AROUND_KEY))
        return call_original(tvb, pinfo, tree, data);

    /* The built-in dissector goes first, so that ours has the last word in the columns; what it throws, on CMS that it does not know, must not
     * keep ours from being shown. */
    const char *media_type = pinfo->match_string;
    const unsigned layers = wmem_list_count(pinfo->layers);
    volatile int dissected = 0;
    p_add_proto_data(pinfo->pool, pinfo, proto_smime, AROUND_KEY, GINT_TO_POINTER(1));
    TRY
    {
        dissected = call_original(tvb, pinfo, tree, data);
    }
    FINALLY
    {
        p_remove_proto_data(pinfo->pool, pinfo, proto_smime, AROUND_KEY);
        pinfo->match_string = media_type;
        show_sip_message(tvb, pinfo, tree, data);
        smime_layers_end(pinfo, layers);
    }
    ENDTRY;
    return dissected;
}

/* ---- All other messages, behind the frame's dissection -------------------------------------------------------------- */

/* Adds the messages that the SIP dissector told of and whose body came through no media type of ours: there is none, it is of another type, or
 * the snap length cut it, so that the SIP dissector gave up before any was asked. */
static void add_told(packet_info *pinfo, wmem_array_t *seen)
{
    int top = MIN((int)pinfo->curr_layer_num, SIP_LAYERS); /* of the frame: what is shown later adds more */
    for (int layer = 1; layer <= top; layer++) {
        seen_message told = {.info = p_get_proto_data(pinfo->pool, pinfo, proto_sip, (uint32_t)layer)};
        if (!told.info || seen_by_info(seen, told.info))
            continue;
        if (!find_message(pinfo, NULL, told.info, seen, &told.place))
            told.place.tvb = NULL;
        wmem_array_append_one(seen, told);
    }
}

/* Offset behind a message of a stream, and behind the empty lines that may follow (RFC 3261 7.5); -1 when its body is not there whole. */
static int stream_end(const sip_place *place)
{
    int length = (int)tvb_captured_length(place->tvb);
    if (place->content_length < 0 || place->content_length > length - place->body)
        return -1;
    int end = place->body + place->content_length;
    const uint8_t *octets = tvb_get_ptr(place->tvb, 0, length);
    while (end < length && (octets[end] == '\r' || octets[end] == '\n'))
        end++;
    return end;
}

/* Whether the octets end another data source that holds a message: they are the last segment of that message, in which another one is quoted. */
static bool ends_a_message(const sip_place *place, wmem_array_t *seen)
{
    int length = place->body + MAX(place->content_length, 0) - place->head;
    for (unsigned i = 0; i < wmem_array_get_count(seen); i++) {
        tvbuff_t *whole = ((seen_message *)wmem_array_index(seen, i))->place.tvb;
        if (whole && whole != place->tvb && length <= (int)tvb_captured_length(whole) &&
            tvb_memeql(whole, (int)tvb_captured_length(whole) - length, tvb_get_ptr(place->tvb, place->head, length), (size_t)length) == 0)
            return true;
    }
    return false;
}

/* Adds messages of a stream that stand one behind the other with one that the SIP dissector told of, in one data source. What it tells goes by
 * the number of the protocol layer, and messages without a body have one number together, as have those of which a frame holds
 * more than there are numbers: the last one is told. */
static void add_lost(tvbuff_t *source, wmem_array_t *seen)
{
    sip_place place;
    wmem_array_t *run = wmem_array_new(NULL, sizeof(sip_place)); /* of messages one behind the other */
    bool told = false;
    for (int from = 0, end = 0; from >= 0;) {
        bool found = next_message(source, from, NULL, &place);
        if (!found || place.head != end) { /* the run is over */
            for (unsigned i = 0; told && i < wmem_array_get_count(run); i++) {
                seen_message lost = {.place = *(sip_place *)wmem_array_index(run, i)};
                if (!is_taken(seen, &lost.place) && !ends_a_message(&lost.place, seen))
                    wmem_array_append_one(seen, lost);
            }
            wmem_destroy_array(run);
            run = wmem_array_new(NULL, sizeof(sip_place));
            told = false;
        }
        if (!found)
            break;
        told = told || is_taken(seen, &place);
        end = stream_end(&place);
        if (end >= 0)
            wmem_array_append_one(run, place);
        from = end >= 0 ? end : -1;
    }
    wmem_destroy_array(run);
}

/* Whether one comes before the other, as far as they stand in one data source. */
static bool stands_before(const seen_message *one, const seen_message *other)
{
    return one->place.tvb && one->place.tvb == other->place.tvb && one->place.head < other->place.head;
}

/* Puts the messages from `first` on that stand in one data source into their order there, which is the order they were sent in. */
static void put_in_order(wmem_array_t *seen, unsigned first)
{
    for (unsigned i = first + 1; i < wmem_array_get_count(seen); i++)
        for (unsigned k = i; k > first; k--) {
            seen_message *later = wmem_array_index(seen, k), *earlier = wmem_array_index(seen, k - 1), moved = *later;
            if (!stands_before(later, earlier))
                break;
            *later = *earlier;
            *earlier = moved;
        }
}

static void judge_unseen(packet_info *pinfo, proto_tree *tree, seen_message *message, unsigned n)
{
    const unsigned layers = wmem_list_count(pinfo->layers);
    tvbuff_t *body = body_of(&message->place, NULL);
    judge(pinfo, message, SMIME_KEY_SIP_PLAIN(n), body, NULL);
    if (message->message) {
        smime_message_tap(pinfo, message->message);
        smime_tree_show(message->message, body, pinfo, tree);
    }
    smime_layers_end(pinfo, layers);
}

/* Called for every frame, on every pass, with a tree or without: a tap is not, and so would learn of an SDP too late. */
static int dissect_frame_end(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    (void)tvb;
    (void)data;
    if (!proto_is_frame_protocol(pinfo->layers, "sip") || proto_is_frame_protocol(pinfo->layers, "icmp") ||
        proto_is_frame_protocol(pinfo->layers, "icmpv6"))
        return 0;
    wmem_array_t *seen = seen_messages(pinfo);
    unsigned first = wmem_array_get_count(seen);
    add_told(pinfo, seen);
    bool stream = proto_is_frame_protocol(pinfo->layers, "tcp") && !proto_is_frame_protocol(pinfo->layers, "websocket");
    for (const GSList *source = pinfo->data_src; stream && source; source = source->next)
        add_lost(get_data_source_tvb(source->data), seen);
    put_in_order(seen, first);
    for (unsigned n = first; n < wmem_array_get_count(seen); n++) {
        seen_message *message = wmem_array_index(seen, n);
        if (message->place.tvb)
            judge_unseen(pinfo, tree, message, n);
    }
    return 0;
}

/* ---- Registration -------------------------------------------------------------------------------------------------- */

void smime_sip_carrier_register(int proto)
{
    /* A handle of no protocol: it is called even when ours is disabled, to hand on to the built-in dissector. */
    our_handle = compat_create_dissector_handle(dissect_media_type, "smime.media_type", "S/MIME in SIP and MSRP");
    register_postdissector(create_dissector_handle(dissect_frame_end, proto));
    originals = g_hash_table_new(g_str_hash, g_str_equal);
}

void smime_sip_carrier_handoff(int proto)
{
    (void)proto;
    dissector_table_t table = find_dissector_table("media_type");
    dissector_handle_t multipart = dissector_get_string_handle(table, "multipart/mixed");
    proto_sip = proto_get_id_by_filter_name("sip");
    for (size_t i = 0; i < G_N_ELEMENTS(media_types); i++) {
        const char *type = media_types[i];
        dissector_handle_t original = dissector_get_string_handle(table, type);
        if (!original && g_str_has_prefix(type, "multipart/"))
            original = multipart;
        if (!original && !smime_cpim_handle(type)) /* an entry would change what HTTP and mail show; in SIP such a body comes behind the frame */
            continue;
        if (original)
            g_hash_table_insert(originals, (gpointer)type, original);
        dissector_add_string("media_type", type, our_handle);
    }
}
