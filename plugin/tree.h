/* Tree: a judged message as protocol tree, columns and expert information, its content handed to Wireshark's own dissectors.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "message.h"

/* Shows the message in the root of `tree` (which may be NULL: then columns, expert information and the dissection of the content all
 * the same happen). `body` holds the octets that were judged, so that everything can be highlighted in it: length equal to the inspection's source 0.
 * Of a message without S/MIME the findings alone are shown, when one is graver than a note, such as SMIME-SIP-009's that it lacks it. Does nothing when
 * there is none, or when the message is NULL: handed to the session's observer. */
void smime_tree_show(const smime_message *message, tvbuff_t *body, packet_info *pinfo, proto_tree *tree);

/* Whether the tree of a message is being built: dissectors of its content that come back to us leave the rest to the built-in ones. */
bool smime_tree_is_showing(packet_info *pinfo);
