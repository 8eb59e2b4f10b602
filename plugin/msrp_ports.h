/* MSRP ports that the user gave to the built-in dissector.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "plugin.h"

#include <epan/packet.h>

/* From now on, whenever a capture is opened or dissected anew, the ports of TCP and TLS whose dissector is the built-in one of MSRP - by Decode As, by a
 * preference of that protocol - belong to `framed`, which hands every chunk to the built-in one. Called once, by the handoff. */
void smime_msrp_ports_handoff(dissector_handle_t framed);
