/* History: the links of one message, put together.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "history/links.h"

#include "history/parties.h"
#include "history/seen.h"
#include "history/transactions.h"

struct history_links {
    history_digest *digest;
    history_transactions *transactions;
    history_seen *seen;
};

history_links *history_links_new(void)
{
    history_links *links = g_new0(history_links, 1);
    links->digest = history_digest_new();
    links->transactions = history_transactions_new(links->digest);
    links->seen = history_seen_new(links->digest);
    return links;
}

void history_links_free(history_links *links)
{
    if (!links)
        return;
    history_seen_free(links->seen);
    history_transactions_free(links->transactions);
    history_digest_free(links->digest);
    g_free(links);
}

sm_inspection *history_link(history_links *links, sm_arena *arena, sm_inspection *inspection, sm_links *out)
{
    if (inspection->carrier->quoted)
        return NULL; /* it was not sent: it is no part of any transaction, and nobody used what it bears */
    history_parties parties = history_parties_of(arena, inspection, &out->session);
    sm_inspection *request = history_transactions_link(links->transactions, inspection, &parties, out);
    history_seen_link(links->seen, arena, inspection, &parties, out);
    return request;
}
