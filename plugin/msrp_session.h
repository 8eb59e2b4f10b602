/* MSRP session: in the tree of a message, the SIP dialog that negotiated its session, and what either party offered.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "plugin.h"

#include "history/history.h"

#include <epan/packet.h>

/* Shows the session of an MSRP message, or why there is none, with the paths of the message. `tvb`: any buffer of the frame, for items that stand
 * nowhere in it. What the receiver accepts is what may be sent in this direction. */
void smime_msrp_session_show(const sm_conclusion *conclusion, tvbuff_t *tvb, proto_tree *tree);

/* Registers the fields. */
void smime_msrp_session_register(int proto);
