/* MSRP messages: chunks put together to messages, judged, shown.
 *
 * Chunks are taken on the first pass, when nobody knows yet which frame completes the message. So every chunk keeps a pointer to the message's
 * record, and later passes read there what became of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "plugin.h"

#include "base/carrier.h"
#include "msrp/frame.h"

/* One SEND chunk in one frame, and through it the message it belongs to; file scope. */
typedef struct smime_msrp_chunk smime_msrp_chunk;

/* Takes the frame's n-th chunk, on the first pass alone; judges the message that it completes or ends. `direction` tells connections and
 * their directions apart; it holds no line end. */
const smime_msrp_chunk *smime_msrp_take(packet_info *pinfo, unsigned n, const char *direction, const sm_msrp_frame *frame);

/* Takes a chunk of which no more is to come, outside any dissection. `frame_number` is the last frame that showed octets of it; `carrier` is of one that
 * did, its texts in file scope. The message does not end with it. */
void smime_msrp_take_unfinished(uint32_t frame_number, const sm_carrier *carrier, const char *direction, const sm_msrp_frame *frame);

/* What was taken as the frame's n-th chunk; NULL when nothing was. */
const smime_msrp_chunk *smime_msrp_taken(packet_info *pinfo, unsigned n);

/* Whether the chunk is a whole message. */
bool smime_msrp_is_whole(const smime_msrp_chunk *chunk);

/* Shows where the chunk belongs and, in the frame that completes the message, the message: its chunks, its content, its verdicts. `body` is the chunk's
 * body as it stands in the frame. */
void smime_msrp_show(const smime_msrp_chunk *chunk, tvbuff_t *body, packet_info *pinfo, proto_tree *tree);

/* The sender of this direction sends no more: its messages that are still under way end here, as incomplete. They are judged on the first pass, and kept
 * with the frame. */
void smime_msrp_close(packet_info *pinfo, const char *direction);

/* Shows the messages that the frame's end of a connection ended, if any. `frame` is the frame's buffer. */
void smime_msrp_show_closed(tvbuff_t *frame, packet_info *pinfo, proto_tree *tree);

/* The capture ends: so do, as incomplete, the messages that are still under way, oldest first. */
void smime_msrp_give_up(void);

/* Called once, by the protocol's registration. */
void smime_msrp_message_register(void);
