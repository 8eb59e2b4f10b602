/* Summary: what a message is worth as a whole, in verdicts and in one line.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "history/history.h"

/* Fills in the verdicts on the message as a whole, the signer's name and the summary line, from the inspection and the identities. */
void history_summarise(sm_arena *arena, sm_conclusion *conclusion);
