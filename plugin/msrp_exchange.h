/* MSRP exchanges: responses linked to their requests, REPORTs to what they report on, AUTH to its challenge; shown, and said in the Info column.
 *
 * Links are made on the first pass, in the order of the frames. A frame keeps what it is linked to; what comes later adds itself to what it
 * answers, so that later passes know it there too.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "plugin.h"

#include "msrp/transactions.h"

/* One request or response in one frame, and its links; file scope. */
typedef struct smime_msrp_exchange smime_msrp_exchange;

/* Links the frame's n-th chunk, of any method, or response; on the first pass alone. NULL where a program observes the session: nothing is shown. */
const smime_msrp_exchange *smime_msrp_exchange_take(packet_info *pinfo, unsigned n, sm_msrp_hop hop, const sm_msrp_frame *frame);

/* What was linked as the frame's n-th chunk; NULL when nothing was. */
const smime_msrp_exchange *smime_msrp_exchange_taken(packet_info *pinfo, unsigned n);

/* Shows the links and what is wrong with them; `tvb` is the chunk. */
void smime_msrp_exchange_show(const smime_msrp_exchange *exchange, const sm_msrp_frame *frame, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

/* Before the built-in dissector writes the Info column: the octets of it that stay. */
size_t smime_msrp_info_begin(packet_info *pinfo);

/* Behind it: adds to the built-in dissector's text what the chunk is of and what it answers; what the dissector of a body wrote over it follows.
 * `exchange` may be NULL. */
void smime_msrp_info_end(const smime_msrp_exchange *exchange, const sm_msrp_frame *frame, size_t begin, packet_info *pinfo);

/* Makes the links anew with each capture. Called once, by the protocol's registration. */
void smime_msrp_exchange_register(void);
