/* Transactions (RFC 3261 17) and copies. For this room alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "history/parties.h"

/* A message seen again within this time is a copy of it: sent again (64 * T1 at most, RFC 3261 17.1, where T1 may be two seconds in mobile
 * networks), or seen on another hop. Later no transaction is alive that it could belong to. */
#define HISTORY_COPY_SECONDS 180

typedef struct history_transactions history_transactions;
history_transactions *history_transactions_new(history_digest *digest); /* digest: borrowed */
void history_transactions_free(history_transactions *transactions);

/* Fills in retransmission_of, other_hop, request*, rejected_*. Returns as history_link(). */
sm_inspection *history_transactions_link(history_transactions *transactions, sm_inspection *inspection, const history_parties *parties,
                                         sm_links *out);
