/* Carriers: what brings S/MIME into a capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "plugin.h"

/* SIP (sip_carrier.c): bodies through the media types, all other messages behind the frame. */
void smime_sip_carrier_register(int proto);
void smime_sip_carrier_handoff(int proto);

/* MSRP (msrp_carrier.c): framing and reassembly in front of the built-in dissector. */
void smime_msrp_carrier_register(int proto);
void smime_msrp_carrier_handoff(int proto);

/* MSRP: connections announced by SDP (msrp_sdp.c). `framed` is our dissector of an MSRP stream. */
void smime_msrp_sdp_register(void);
void smime_msrp_sdp_handoff(dissector_handle_t framed);

/* While the built-in MSRP dissector has a chunk: the chunk's body, without the end-line that the built-in dissector leaves behind it, for the
 * dissector of a media type. `whole` tells whether it is a message of its own, or a part that makes no sense alone. The body is given
 * once: what lies inside it comes to the same dissectors and is no chunk. NULL otherwise. */
tvbuff_t *smime_msrp_chunk_body(packet_info *pinfo, bool *whole);
