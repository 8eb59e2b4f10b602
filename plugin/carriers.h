/* Carriers: what brings S/MIME into a capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "plugin.h"

/* SIP (sip_carrier.c): bodies through the media types, all other messages through the tap "sip". */
void smime_sip_carrier_register(int proto);
void smime_sip_carrier_handoff(int proto);

/* MSRP (msrp_carrier.c): framing and reassembly in front of the built-in dissector. */
void smime_msrp_carrier_register(int proto);
void smime_msrp_carrier_handoff(int proto);
