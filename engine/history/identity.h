/* Identity of a signer: whose certificate it is, against whom the message names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "history/history.h"

/* The claims of the signer's message compared with its certificate. `session` is the MSRP message's, with session NULL when there is none. Owned by the
 * arena. */
const sm_identity *history_identity(sm_arena *arena, const sm_inspection *inspection, const sm_signer *signer, const sm_msrp_match *session);
