/* The list of a frame's protocols, which grows with everything that is dissected in it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include <epan/packet.h>

/* Takes the protocols behind the first `kept` off the list, but for those by which a frame's protocols are told. Wireshark lists the protocols of
 * messages one behind the other, as if each stood inside the one before, and from gui.max_tree_depth (500) of them on calls no dissector any
 * more. A frame may have more messages than that. */
void smime_layers_end(packet_info *pinfo, unsigned kept);
