/* MSRP ports: the registered one, those that the user gave to the built-in dissector, and those that SDP announces.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "plugin.h"

#include <epan/packet.h>

/* Offers `framed` at the registered port (RFC 4975 15.4) and for WebSocket (RFC 7977). From now on, whenever a capture is opened or dissected anew, the
 * ports of TCP and TLS whose dissector is the built-in one of MSRP - by Decode As, by a preference of that protocol - belong to `framed`, which hands
 * every chunk to the built-in one. While the protocol "smime" is disabled all of this is undone. Called once, by the handoff. */
void smime_msrp_ports_handoff(dissector_handle_t framed);

/* SDP says that MSRP without TLS or WebSocket is spoken at this end. `host` is copied; it is forgotten with the capture. */
void smime_msrp_announce(const address *host, uint32_t port);

/* Whether that was said of one of the packet's two ends. */
bool smime_msrp_is_announced(const packet_info *pinfo);

/* Called once, by the protocol's registration. */
void smime_msrp_ports_register(void);
