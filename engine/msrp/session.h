/* MSRP sessions: which SIP dialog negotiated the paths of a message, and whose address-of-record stands at each end
 * (RFC 4975 5.4, 8; RFC 8591 8.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "sip/message.h"
#include "sip/sdp.h"

typedef struct sm_msrp_party {
    const char *aor;             /* URI of From or To in the dialog, or of the From it sent in it last (RFC 4916); NULL unknown */
    bool anonymous;              /* that URI says nobody (RFC 3323) */
    const char *header;          /* "From" or "To" of the INVITE, for display */
    const char *const *asserted; /* P-Asserted-Identity URIs it was vouched for with */
    unsigned asserted_count;
    const sm_sdp_msrp *sdp; /* what it offered or answered with this path, the last that was not refused; where all were, what it said before
                             * with another path. NULL when no such SDP was seen */
    uint32_t frame;         /* frame of that SDP */
    bool protected_sdp;     /* that SDP stood inside S/MIME */
    uint32_t refused_offer; /* this path was named in an offer that was refused, and in no other: its frame; 0 not so */
    uint32_t refused_in;    /* with it: the frame of the refusal */
} sm_msrp_party;

typedef struct sm_msrp_session {
    const char *call_id;
    sm_msrp_party caller, callee; /* From side and To side of the dialog */
    bool protected_sdp;           /* every SDP of it that was seen stood inside S/MIME */
    bool over;                    /* its dialog had ended before, as far as it is known */
} sm_msrp_session;

/* Sessions of one capture; fed in frame order. Not thread-safe. */
typedef struct sm_msrp_sessions sm_msrp_sessions;
sm_msrp_sessions *sm_msrp_sessions_new(void);
void sm_msrp_sessions_free(sm_msrp_sessions *sessions);

/* Learns from an SDP in a SIP message (INVITE, UPDATE, PRACK, ACK, or their 1xx and 2xx responses; RFC 3264; in others it is no offer or
 * answer and teaches nothing): the SDP's sender is the From side in a request sent by the caller and the To side in its response; requests
 * within the dialog from the callee have the tags exchanged. Forked responses (other To tag) open sessions of their own. Of a dialog whose
 * beginning was not seen, who sends the first request counts as the caller. The i-th m=message line of an answer belongs to the i-th of its
 * offer (RFC 3264 6). All paths that a party named for such a line stay its own as long as the dialog lasts: messages may be on their way
 * while others are negotiated, and a back-to-back user agent that keeps the Call-ID names other paths on its other leg. What is kept is
 * copied. A message without Call-ID teaches nothing.
 *
 * What was offered holds from then on, for the other may use it at once (RFC 4975 8.2), and until its request is refused. An answer that was given before
 * that, in a 1xx with RSeq or in another transaction, makes it stay (RFC 6141 3).
 * Limits: of more than SM_LIMIT_MSRP_SESSIONS paths, or SM_LIMIT_MSRP_PATHS of one party for one line, the oldest are found no more; no more than
 * SM_LIMIT_MSRP_UNANSWERED SDPs with one path can be taken back. */
void sm_msrp_sessions_learn(sm_msrp_sessions *sessions, const sm_sip_message *message, const sm_sdp *sdp,
                            uint32_t frame, bool protected_sdp);

/* Learns from any SIP message, with SDP or without, before its SDP is learned: that a dialog ended (BYE answered, RFC 3261 15; INVITE refused),
 * that a party goes by another name (RFC 4916), and that a request within the dialog was accepted or refused. What a refused one offered, or
 * its responses, and the name it was sent under, hold no more, and what was before holds again (RFC 3261 14.1, RFC 3311 5.2); by Call-ID, tags,
 * CSeq and who sent it. A path that it named stays its party's; it gives way to all that holds. */
void sm_msrp_sessions_follow(sm_msrp_sessions *sessions, const sm_sip_message *message, uint32_t frame);

typedef struct sm_msrp_match {
    const sm_msrp_session *session; /* NULL: none negotiated these paths in the capture up to now, or none can be told */
    const sm_msrp_party *sender;    /* the party whose path is the From-Path's last URI */
    const sm_msrp_party *receiver;  /* NULL also when the sender is certain and the receiver is not */
    bool ambiguous;  /* sessions of different senders fit: `how` names them */
    const char *how; /* which URIs matched, for a person; or why nothing did */
} sm_msrp_match;

/* The session of a SEND or REPORT by its From-Path and To-Path header values (NULL: no match). The last URI of each names the endpoint,
 * relays stand before it (RFC 4975 7.1, 8.3; RFC 4976 3); in a response to a SEND the last URIs name the hop (RFC 4975 7.2). Both ends must
 * match where both SDPs were seen; one is enough where the other SDP was not. Who opened the connection (RFC 6135) does not matter.
 *
 * Where several dialogs fit, one that is not over, and whose paths were not refused, goes before one that is, and one that announced, in c= and m=, `source` or `destination`
 * before one that did not: the ends of the connection that the message came over, "192.0.2.1:7654" or "[2001:db8::1]:7654", NULL unknown
 * (RFC 6714: a middlebox puts its own address there and leaves the path). If those that are left do not name the same sender, nothing matches.
 *
 * The session, its parties and `how` are owned by the arena, or literals; the texts in them by `sessions`. Limit: SM_LIMIT_MSRP_RIVALS. */
sm_msrp_match sm_msrp_sessions_find(sm_msrp_sessions *sessions, sm_arena *arena, const char *from_path,
                                    const char *to_path, const char *source, const char *destination);

/* MSRP URI comparison (RFC 4975 6.1): scheme, host, port and transport without case, session-id with; IPv6 addresses by value; a port on one
 * side only, and a session-id on one side only, differ (there is no default port, RFC 4975 6); userinfo and other parameters
 * do not count. False when one is no MSRP URI. */
bool sm_msrp_uri_equal(const char *a, const char *b);
