/* Reassembly against a naive model: two messages at a time, kept in arrays with a mark for each octet seen.
 * Four octets of input are one chunk: message, flag, form of its range; start; length; first octet of its body. */

#include "msrp/reassembly.h"

#include <glib.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGES = 2, POSITIONS = 16384, LONGEST = 63 };

typedef struct model {
    uint8_t octets[POSITIONS];
    bool seen[POSITIONS];
    size_t previous_end, furthest, final_end;
    unsigned chunks;
    bool final_known, aborted;
} model;

static const char *const ids[MESSAGES] = {"first", "second"};

typedef struct operation {
    unsigned message;
    bool ranged;
    size_t start, length;
    char flag;
    uint8_t body[LONGEST];
} operation;

static operation decode(const uint8_t *octets)
{
    static const char flags[] = "+++++$$#";
    operation op = {
        .message = octets[0] & 1,
        .flag = flags[octets[0] >> 1 & 7],
        .ranged = (octets[0] >> 4 & 7) != 0,
        .start = octets[1],
        .length = octets[2] % (LONGEST + 1),
    };
    for (size_t i = 0; i < op.length; i++)
        op.body[i] = (uint8_t)(octets[3] + i);
    return op;
}

/* Applies the chunk to the model and tells what the chunk must have met. */
static sm_msrp_chunk model_apply(model *m, const operation *op)
{
    size_t start = op->ranged ? op->start : op->flag == '$' ? 0 : m->previous_end;
    bool all_seen = op->length > 0;
    sm_msrp_chunk met = {.start = start, .length = op->length};
    for (size_t i = 0; i < op->length; i++) {
        met.overlap |= m->seen[start + i];
        met.conflict |= m->seen[start + i] && m->octets[start + i] != op->body[i];
        all_seen &= m->seen[start + i];
        m->octets[start + i] = op->body[i];
        m->seen[start + i] = true;
    }
    met.duplicate = all_seen && !met.conflict;
    m->previous_end = start + op->length;
    m->furthest = MAX(m->furthest, m->previous_end);
    m->chunks++;
    if (op->flag == '$') {
        m->final_known = true;
        m->final_end = m->previous_end;
    }
    m->aborted = op->flag == '#';
    return met;
}

static size_t model_missing(const model *m)
{
    size_t missing = 0;
    for (size_t i = 0; i < (m->final_known ? m->final_end : m->furthest); i++)
        missing += !m->seen[i];
    return missing;
}

static size_t model_contiguous(const model *m)
{
    size_t length = 0;
    while (length < (m->final_known ? m->final_end : m->furthest) && m->seen[length])
        length++;
    return length;
}

static bool model_complete(const model *m)
{
    return m->final_known && model_missing(m) == 0 && !m->aborted;
}

static void assert_same(const sm_msrp_message *message, const model *m)
{
    gsize length = 0;
    const uint8_t *octets = g_bytes_get_data(message->octets, &length);
    g_assert_cmpmem(octets, length, m->octets, model_contiguous(m));
    g_assert_cmpint(message->complete, ==, model_complete(m));
    g_assert_cmpint(message->aborted, ==, m->aborted);
    g_assert_cmpuint(message->missing, ==, model_missing(m));
    g_assert_cmpuint(message->facts->chunk_count, ==, m->chunks);
    g_assert_cmpint(message->facts->beyond_total, ==, m->final_known && m->furthest > m->final_end);
    g_assert_false(message->facts->limit);
}

static void assert_met(const sm_msrp_message *message, const sm_msrp_chunk *met, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const sm_msrp_chunk *chunk = &message->facts->chunks[i];
        g_assert_cmpuint(chunk->start, ==, met[i].start);
        g_assert_cmpuint(chunk->length, ==, met[i].length);
        g_assert_true(chunk->overlap == met[i].overlap && chunk->conflict == met[i].conflict &&
                      chunk->duplicate == met[i].duplicate);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST = POSITIONS / (LONGEST + 1) - 8 }; /* chunks; with these, no position leaves the arrays */
    sm_msrp_reassembly *reassembly = sm_msrp_reassembly_new();
    model *models = g_new0(model, MESSAGES);
    sm_msrp_chunk *met[MESSAGES] = {g_new0(sm_msrp_chunk, MOST), g_new0(sm_msrp_chunk, MOST)};
    for (uint32_t i = 0; i < MOST && size - (size_t)i * 4 >= 4; i++) {
        operation op = decode(data + (size_t)i * 4);
        model *m = &models[op.message];
        sm_msrp_frame frame = {.method = "SEND", .message_id = ids[op.message], .flag = op.flag};
        frame.range =
            (sm_msrp_range){.present = op.ranged, .valid = op.ranged, .start = (uint64_t)op.start + 1};
        frame.body = op.length > 0 ? sm_bytes_of(op.body, op.length) : SM_BYTES_NONE;
        const sm_msrp_message *message = sm_msrp_reassembly_add(reassembly, "session", &frame, i);
        met[op.message][m->chunks] = model_apply(m, &op);
        g_assert_cmpint(message != NULL, ==, model_complete(m) || m->aborted);
        if (!message)
            g_assert_cmpuint(sm_msrp_reassembly_missing(reassembly, "session", ids[op.message]), ==, model_missing(m));
        if (message) {
            assert_same(message, m);
            assert_met(message, met[op.message], m->chunks);
            *m = (model){0};
        }
    }
    for (unsigned i = 0; i < MESSAGES; i++) {
        const sm_msrp_message *message = sm_msrp_reassembly_give_up(reassembly, "session", ids[i]);
        g_assert_cmpint(message != NULL, ==, models[i].chunks > 0);
        if (message) {
            assert_same(message, &models[i]);
            assert_met(message, met[i], models[i].chunks);
        }
        g_free(met[i]);
    }
    g_free(models);
    sm_msrp_reassembly_free(reassembly);
    return 0;
}
