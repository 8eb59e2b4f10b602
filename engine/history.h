/* History: what earlier messages of a capture say about this one.
 *
 * Fed with finished inspections in frame order, it links an MSRP message to the SIP dialog that negotiated its session, compares
 * the signers with the identities the message claims, links requests and responses, and remembers certificates and signed objects. What it comes to is
 * a conclusion: inspection + history, all that rules and displays need. One owner, one thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "inspect.h"
#include "msrp/session.h"
#include "sip/identity.h"

typedef struct sm_history sm_history;

/* What other messages add to one message. */
typedef struct sm_links {
    sm_msrp_match session;             /* MSRP: the negotiated session; session NULL when there is none */
    uint32_t retransmission_of;        /* frame of the first copy of the same request or response; 0 none */
    uint32_t request_frame;            /* response: its request; 0 unknown */
    const sm_sip_message *request;     /* of a response; NULL unknown; valid as long as the history */
    bool request_smime, request_encrypted, request_signed; /* what the request carried */
    uint32_t rejected_frame;           /* request: an earlier one like it with S/MIME was answered 415 or 493 in this frame; 0 none */
    unsigned rejected_status;
    uint32_t certificate_changed;      /* frame in which the sender was last seen with another certificate; 0 none */
    const char *previous_certificate;  /* its label */
    uint32_t smime_before;             /* frame in which this sender used S/MIME before, for a message without; 0 none */
    uint32_t replay_of;                /* frame of the same signed object in another dialog or to another recipient; 0 none */
    uint32_t nonce_reuse;              /* frame of another object with the same content key (or wrapped key) and nonce; 0 none */
    uint32_t ephemeral_reuse;          /* frame of another object with the same ephemeral originator key; 0 none */
} sm_links;

typedef struct sm_conclusion {
    sm_inspection *inspection;             /* a reference is held */
    sm_links links;
    const sm_identity *const *identities;  /* by sm_signer.index; never NULL entries */
    sm_verdict signed_, encrypted, identity; /* of the message as a whole, see below */
    const char *signer;                    /* the identity it is signed by, for display; NULL when not signed or unknown */
    const char *summary;                   /* one line: "decrypted, signed by sip:alice@example.com, signature valid, ..." */
} sm_conclusion;

/* The message as a whole:
 * signed_    pass when the innermost content stands inside a signature all of whose verdicts (value, digest, path, validity at the chosen
 *            time, revocation where a CRL was there) pass; fail when any fails; not evaluated otherwise; not applicable not-signed.
 * encrypted  pass when every encrypting layer was opened with its tag verified or its padding sound (unauthenticated is said in the detail);
 *            not applicable not-encrypted.
 * identity   of the innermost signer. */

sm_history *sm_history_new(void);
void sm_history_free(sm_history *history); /* NULL is allowed */

/* Draws the conclusion for one inspection and learns from it. The conclusion is owned by the history and lives as long as it does
 * (or until sm_conclusion_release()). Messages must come in frame order. Limit: SM_LIMIT_HISTORY_ENTRIES. */
const sm_conclusion *sm_history_conclude(sm_history *history, sm_inspection *inspection);

/* Gives back a conclusion that nobody will look at again, for programs that read many messages. What the history learned stays. */
void sm_conclusion_release(sm_history *history, const sm_conclusion *conclusion);
