/* MSRP: framing and reassembly in front of the built-in dissector.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "carriers.h"

void smime_msrp_carrier_register(int proto)
{
    (void)proto;
}

void smime_msrp_carrier_handoff(int proto)
{
    (void)proto;
}
