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
    const sm_sdp_msrp *sdp;      /* what it offered or answered last, NULL when its SDP was not seen */
    uint32_t frame;              /* frame of that SDP */
} sm_msrp_party;

typedef struct sm_msrp_session {
    const char *call_id;
    sm_msrp_party caller, callee; /* From side and To side of the dialog */
    bool protected_sdp;           /* its SDP stood inside S/MIME */
} sm_msrp_session;

/* Sessions of one capture; fed in frame order. Not thread-safe. */
typedef struct sm_msrp_sessions sm_msrp_sessions;
sm_msrp_sessions *sm_msrp_sessions_new(void);
void sm_msrp_sessions_free(sm_msrp_sessions *sessions);

/* Learns from an SDP in a SIP message (INVITE, UPDATE, PRACK, ACK, or their responses; RFC 3264): the SDP's sender is the From side in a
 * request sent by the caller and the To side in its response; requests within the dialog from the callee have the tags exchanged. Forked
 * responses (other To tag) open sessions of their own. */
void sm_msrp_sessions_learn(sm_msrp_sessions *sessions, const sm_sip_message *message, const sm_sdp *sdp, uint32_t frame, bool protected_sdp);

typedef struct sm_msrp_match {
    const sm_msrp_session *session; /* NULL: none negotiated these paths in the capture up to now */
    const sm_msrp_party *sender;    /* the party whose path is the From-Path's last URI */
    const sm_msrp_party *receiver;
    const char *how;                /* which URIs matched, for a person; or why nothing did */
} sm_msrp_match;

/* The session of a message by its From-Path and To-Path (RFC 4975 6.1 URI comparison: scheme, host, port, session-id exact, transport); either end
 * may be enough when only one SDP was seen. The newest matching session wins when a path was used again. Texts owned by the arena. */
sm_msrp_match sm_msrp_sessions_find(sm_msrp_sessions *sessions, sm_arena *arena, const char *from_path, const char *to_path);

/* MSRP URI comparison (RFC 4975 6.1). */
bool sm_msrp_uri_equal(const char *a, const char *b);
