/* What the files of history share. For engine/history*.c alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "history.h"

/* The identity of one signer: the claims of its message compared with its certificate. `session` is the MSRP message's, with
 * session NULL when there is none. Owned by the arena. */
const sm_identity *history_identity(sm_arena *arena, const sm_inspection *inspection, const sm_signer *signer, const sm_msrp_match *session);

/* Fills in the verdicts on the message as a whole, the signer's name and the summary line, from the inspection and the identities. */
void history_summarise(sm_arena *arena, sm_conclusion *conclusion);
