/* Whose message it is, to whom, and whether it bears anything. For this room alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "history/history.h"
#include "history/table.h"

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
