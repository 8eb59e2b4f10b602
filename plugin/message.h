/* Message: one SIP or MSRP message judged once and kept for as long as the capture is open.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "plugin.h"
#include "tap.h"

/* A judged message; lives in file scope. */
typedef struct smime_message {
    smime_tap_message tap; /* conclusion, findings, number */
    uint32_t frame;        /* frame that completed it */
} smime_message;

/* The message that was judged under this key in this frame, NULL when there is none yet. Keys are the carriers': 0 and up for SIP, see below for
 * MSRP. */
const smime_message *smime_message_find(packet_info *pinfo, uint32_t key);

/* Judges a message that this frame completes - inspection, conclusion, findings -, and keeps it under the key; or, where
 * the session has an observer, hands it to that and returns NULL. `octets`: the body as received. Called on the first pass only. */
const smime_message *smime_message_judge(packet_info *pinfo, uint32_t key, const sm_carrier *carrier, GBytes *octets);

/* Judges in the same way a message that no frame completed. `frame`: the last one that has a part of it. */
const smime_message *smime_message_judge_unfinished(uint32_t frame, const sm_carrier *carrier, GBytes *octets);

/* Queues the message for the tap "smime"; NULL does nothing. */
void smime_message_tap(packet_info *pinfo, const smime_message *message);

/* Fills the members of a carrier that every carrier has: frames (this frame alone), time, addresses, transport, file. The texts live in
 * pinfo->pool. */
void smime_message_carrier(packet_info *pinfo, sm_carrier *carrier);

/* Keys of messages within one frame. */
#define SMIME_KEY_SIP_BODY(n) ((uint32_t)(n))                /* n-th SIP message whose body was dissected by us */
#define SMIME_KEY_SIP_PLAIN(n) (0x10000000u + (uint32_t)(n)) /* n-th other SIP message */
#define SMIME_KEY_MSRP(n) (0x20000000u + (uint32_t)(n))      /* n-th MSRP chunk of the frame */

/* Registers the tap. */
void smime_message_register(void);
