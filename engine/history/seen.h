/* What was seen before: certificates, protected objects, nonces and ephemeral keys, protection as such, capabilities. For
 * this room alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "history/parties.h"

typedef struct history_seen history_seen;
history_seen *history_seen_new(history_digest *digest); /* digest: borrowed */
void history_seen_free(history_seen *seen);

/* Fills in certificate_changed, previous_certificate, smime_before, replay_of, nonce_reuse, ephemeral_reuse and recipient_accepts*. Copies
 * (out->retransmission_of) teach nothing and get none of it. */
void history_seen_link(history_seen *seen, sm_arena *arena, const sm_inspection *inspection, const history_parties *parties, sm_links *out);
