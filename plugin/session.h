/* Session: what the dissection of one capture works with. The only place of the plugin with state that outlives a packet.
 *
 * Settings come from the preferences (preferences.c) or from a program that has the plugin linked in (sipsmime-audit). The
 * history is made anew whenever Wireshark opens or re-reads a capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "tap.h"

#include "msrp/reassembly.h"

/* Sets key ring, time and rules for the captures opened from now on. Both are copied; a reference is kept on the key ring. Until it is called there are no
 * keys and the default rules. A call makes later preference changes without effect when `fixed` is true. */
void smime_session_configure(const sm_settings *settings, const sm_rule_settings *rules, bool fixed);

/* Calls `observe` once for every message of a capture, S/MIME or not, when it is judged for the first time: in frame order. The
 * message is valid for the length of the call: with an observer nothing is kept, and so nothing is shown in a tree either. NULL ends it. */
typedef void (*smime_observer)(void *context, const smime_tap_message *message);
void smime_session_observe(smime_observer observe, void *context);

const sm_settings *smime_session_settings(void);
const sm_rule_settings *smime_session_rules(void);
sm_history *smime_session_history(void);
sm_msrp_reassembly *smime_session_reassembly(void);

/* Ends the capture's dissection: messages that wait for what does not come any more are judged as incomplete, and reported. Called once, by a program
 * that reads a capture to its end, after the last frame and before the capture is closed. */
void smime_session_finish(void);

/* Who knows of such messages registers here what smime_session_finish() calls. There is one. */
void smime_session_on_finish(void (*give_up)(void));

/* The next message's number in this capture, from 1. */
unsigned smime_session_next_number(void);

/* Hands a judged message to the observer, when there is one. */
void smime_session_report(const smime_tap_message *message);
bool smime_session_is_observed(void);

/* Registers the routines that make and release the history with each capture. Called once, by the protocol's registration. */
void smime_session_register(void);
