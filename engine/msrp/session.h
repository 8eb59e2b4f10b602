/* MSRP sessions: which SIP dialog negotiated the paths of a message, and whose address-of-record stands at each end
 * (RFC 4975 5.4, 8; RFC 8591 8.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "sip/message.h"
#include "sip/sdp.h"

typedef struct sm_msrp_party {
    const char *aor;             /* URI of From or To in the dialog, NULL unknown */
    const char *header;          /* "From" or "To" of the INVITE, for display */
    const char *const *asserted; /* P-Asserted-Identity URIs it was vouched for with */
    unsigned asserted_count;
    const sm_sdp_msrp *sdp; /* what it offered or answered last, NULL when its SDP was not seen */
    uint32_t frame;         /* frame of that SDP */
    bool protected_sdp;     /* that SDP stood inside S/MIME */
} sm_msrp_party;

typedef struct sm_msrp_session {
    const char *call_id;
    sm_msrp_party caller, callee; /* From side and To side of the dialog */
    bool protected_sdp;           /* every SDP of it that was seen stood inside S/MIME */
} sm_msrp_session;

/* Sessions of one capture; fed in frame order. Not thread-safe. */
typedef struct sm_msrp_sessions sm_msrp_sessions;
sm_msrp_sessions *sm_msrp_sessions_new(void);
void sm_msrp_sessions_free(sm_msrp_sessions *sessions);

/* Learns from an SDP in a SIP message (INVITE, UPDATE, PRACK, ACK, or their responses; RFC 3264): the SDP's sender is the From side in a
 * request sent by the caller and the To side in its response; requests within the dialog from the callee have the tags exchanged. Forked
 * responses (other To tag) open sessions of their own. Of a dialog whose beginning was not seen, who sends the first request counts as the
 * caller. The i-th m=message line of an answer belongs to the i-th of its offer (RFC 3264 6). An SDP that changes anything makes a new
 * session; those before stay, unchanged, for messages to their paths. What is kept is copied. A message without Call-ID teaches nothing.
 * Limit: of more than SM_LIMIT_MSRP_SESSIONS the oldest are found no more (structures handed out stay until the sessions are freed). */
void sm_msrp_sessions_learn(sm_msrp_sessions *sessions, const sm_sip_message *message, const sm_sdp *sdp,
                            uint32_t frame, bool protected_sdp);

typedef struct sm_msrp_match {
    const sm_msrp_session *session; /* NULL: none negotiated these paths in the capture up to now */
    const sm_msrp_party *sender;    /* the party whose path is the From-Path's last URI */
    const sm_msrp_party *receiver;
    const char *how; /* which URIs matched, for a person; or why nothing did */
} sm_msrp_match;

/* The session of a SEND or REPORT by its From-Path and To-Path header values (NULL: no match). The last URI of each names the endpoint,
 * relays stand before it (RFC 4975 7.1, 8.3; RFC 4976 3); in a response to a SEND the last URIs name the hop (RFC 4975 7.2). Both ends must
 * match where both SDPs were seen; one is enough where the other SDP was not. The newest session wins when paths were used again.
 * `how` is owned by the arena or a literal. */
sm_msrp_match sm_msrp_sessions_find(sm_msrp_sessions *sessions, sm_arena *arena, const char *from_path,
                                    const char *to_path);

/* MSRP URI comparison (RFC 4975 6.1): scheme, host, port and transport without case, session-id with; IPv6 addresses by value; a port on one
 * side only, and a session-id on one side only, differ (there is no default port, RFC 4975 6); userinfo and other parameters
 * do not count. False when one is no MSRP URI. */
bool sm_msrp_uri_equal(const char *a, const char *b);
