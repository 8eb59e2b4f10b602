/* Transactions and reports against a naive model: two Message-IDs with a mark for each octet sent and confirmed, four transaction ids.
 * Three octets of input are one frame: what it is and of whom; start; length. */

#include "msrp/transactions.h"

#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGES = 2, IDS = 4, POSITIONS = 512, MOST = 4096 };

typedef struct model {
    bool known, confirmed[POSITIONS];
    size_t furthest, first;
} model;

static const char *const message_ids[MESSAGES] = {"first", "second"};
static const char *const transaction_ids[IDS] = {"aaaa", "aaab", "bbbb", "cccc"};

static size_t confirmed_of(const model *m)
{
    size_t count = 0;
    for (size_t i = 0; i < POSITIONS; i++)
        count += m->confirmed[i];
    return count;
}

static void check_report(const sm_msrp_links *links, model *m, size_t start, size_t length)
{
    g_assert_cmpuint(GPOINTER_TO_SIZE(links->reported), ==, m->known ? m->first : 0);
    if (!m->known)
        return;
    size_t before = confirmed_of(m);
    for (size_t i = start; i < start + length && i < m->furthest; i++)
        m->confirmed[i] = true;
    g_assert_cmpuint(links->confirmed, ==, confirmed_of(m));
    g_assert_cmpint(links->beyond, ==, start + length > m->furthest);
    if (length > 0 && start < m->furthest)
        g_assert_cmpint(links->nothing_new, ==, before == confirmed_of(m));
    g_assert_cmpuint(links->chunk_count, <=, SM_LIMIT_MSRP_LINKED_CHUNKS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t body[256];
    sm_msrp_transactions *transactions = sm_msrp_transactions_new();
    model *models = g_new0(model, MESSAGES);
    size_t asked[IDS] = {0}; /* the newest request with that id */
    sm_msrp_links links;
    for (size_t n = 1; n <= MOST && size >= 3; n++, data += 3, size -= 3) {
        unsigned which = data[0] >> 2 & 1, id = data[0] >> 3 & 3;
        size_t start = data[1], length = data[2];
        model *m = &models[which];
        sm_msrp_frame frame = {.transaction_id = transaction_ids[id], .flag = '+'};
        frame.range = (sm_msrp_range){.present = true, .valid = true, .start = start + 1, .end_known = true, .end = start + length};
        switch (data[0] & 3) {
        case 0:
            frame.status = 200;
            sm_msrp_transactions_take(transactions, (sm_msrp_hop){7, 1}, &frame, GSIZE_TO_POINTER(n), &links);
            g_assert_cmpuint(GPOINTER_TO_SIZE(links.request), ==, asked[id]);
            break;
        case 1:
            frame.method = "REPORT";
            frame.message_id = message_ids[which];
            frame.status_header = "000 200 OK";
            sm_msrp_transactions_take(transactions, (sm_msrp_hop){7, 1}, &frame, GSIZE_TO_POINTER(n), &links);
            check_report(&links, m, start, length);
            break;
        default:
            frame.method = "SEND";
            frame.message_id = message_ids[which];
            frame.body = sm_bytes_of(body, length);
            sm_msrp_transactions_take(transactions, (sm_msrp_hop){7, 0}, &frame, GSIZE_TO_POINTER(n), &links);
            asked[id] = n;
            if (!m->known)
                m->first = n;
            m->known = true;
            m->furthest = MAX(m->furthest, start + length);
            g_assert_cmpuint(GPOINTER_TO_SIZE(links.message), ==, m->first);
        }
    }
    g_free(models);
    sm_msrp_transactions_free(transactions);
    return 0;
}
