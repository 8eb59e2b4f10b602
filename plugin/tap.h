/* The tap "smime": one packet for every SIP and MSRP message that was judged.
 *
 * Queued once for a message in each dissection of the frame that completed it, S/MIME or not, in frame order on the first pass.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "history/history.h"
#include "rules/rule.h"

#define SMIME_TAP_NAME "smime"

typedef struct smime_tap_message {
    const sm_conclusion *conclusion; /* and through it the inspection and its carrier */
    const sm_findings *findings;     /* never NULL */
    unsigned number;                 /* counts the messages of the capture from 1 */
} smime_tap_message;
