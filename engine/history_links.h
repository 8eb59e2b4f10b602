/* Links from one message to those before it: transactions, copies, capabilities, certificates and protected objects seen again. For
 * engine/history*.c alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "history.h"
#include "history_table.h"

/* Links */

typedef struct history_links history_links;
history_links *history_links_new(void);
void history_links_free(history_links *links); /* NULL is allowed */

/* Fills in all of `out` but the session, which must stand there already, and learns from the message. What `out` points to is owned by the
 * arena, except out->request. Returns the inspection that out->request belongs to, for the conclusion to hold a reference on; or NULL. */
sm_inspection *history_link(history_links *links, sm_arena *arena, sm_inspection *inspection, sm_links *out);

/* Parties: whose message it is, and to whom */

typedef struct history_parties {
    const sm_uri *sender, *recipient; /* addresses-of-record; NULL when the message does not tell, or in no readable URI */
    const char *dialog;               /* Call-ID, of an MSRP message that of its session; NULL unknown */
} history_parties;

/* A request goes from From to To, a response back. Where From is anonymous (RFC 3323) the network's assertion is taken (RFC 3325), else the From
 * that is tunnelled inside (RFC 3261 23.4.3). Of MSRP: the parties of the session. URIs that have to be read anew are owned by the arena. */
history_parties history_parties_of(sm_arena *arena, const sm_inspection *inspection, const sm_msrp_match *session);

/* Adds an address-of-record: user and host, without regard to port and parameters (RFC 3261 10.3) and to whether it is sip: or sips:. */
void history_digest_aor(history_digest *digest, const sm_uri *uri);

/* Whether the message bears something a person or an application sent: a body, and no typing notice (RFC 3994) or disposition notification
 * (RFC 5438), which follow messages on their own account. */
bool history_bears_content(const sm_inspection *inspection);

/* Transactions (RFC 3261 17) and copies */

/* A message seen again within this time is a copy of it: sent again (64 * T1 at most, RFC 3261 17.1, where T1 may be two seconds in mobile
 * networks), or seen on another hop. Later no transaction is alive that it could belong to. */
#define HISTORY_COPY_SECONDS 180

typedef struct history_transactions history_transactions;
history_transactions *history_transactions_new(history_digest *digest); /* digest: borrowed */
void history_transactions_free(history_transactions *transactions);

/* Fills in retransmission_of, other_hop, request*, rejected_*. Returns as history_link(). */
sm_inspection *history_transactions_link(history_transactions *transactions, sm_inspection *inspection, const history_parties *parties,
                                         sm_links *out);

/* What was seen before: certificates, protected objects, nonces and ephemeral keys, protection as such, capabilities */

typedef struct history_seen history_seen;
history_seen *history_seen_new(history_digest *digest); /* digest: borrowed */
void history_seen_free(history_seen *seen);

/* Fills in certificate_changed, previous_certificate, smime_before, replay_of, nonce_reuse, ephemeral_reuse and recipient_accepts*. Copies
 * (out->retransmission_of) teach nothing and get none of it. */
void history_seen_link(history_seen *seen, sm_arena *arena, const sm_inspection *inspection, const history_parties *parties, sm_links *out);
