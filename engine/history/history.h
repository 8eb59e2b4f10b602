/* History: what earlier messages of a capture say about this one.
 *
 * Fed with finished inspections in frame order, it links an MSRP message to the SIP dialog that negotiated its session, compares
 * the signers with the identities the message claims, links requests and responses, and remembers certificates and signed objects. What it comes to is
 * a conclusion: inspection + history, all that rules and displays need. One owner, one thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "inspect/inspect.h"
#include "msrp/session.h"
#include "sip/identity.h"

typedef struct sm_history sm_history;

/* Media types that a user agent told it takes (Accept in a 2xx or 415 response, accept-types of its SDP); with or without parameters. */
enum {
    SM_ACCEPTS_PKCS7_MIME = 1 << 0,
    SM_ACCEPTS_PKCS7_SIGNATURE = 1 << 1,
    SM_ACCEPTS_MULTIPART_SIGNED = 1 << 2,
    SM_ACCEPTS_CPIM = 1 << 3,
    SM_ACCEPTS_ANYTHING = 1 << 4,
};

/* What other messages add to one message. */
typedef struct sm_links {
    sm_msrp_match session;             /* MSRP: the negotiated session; session NULL when there is none */
    uint32_t retransmission_of;        /* frame of the first copy of the same request or response, within minutes; 0 none. All that is judged
                                        * is the same in both, so rules report nothing of a copy. Such a frame may hold both */
    bool other_hop;                    /* with it: passed on by a proxy (another Via branch), or seen once more on its way, not sent again */
    uint32_t request_frame;            /* response: its request, on the same hop where that was captured; 0 unknown */
    const sm_sip_message *request;     /* of a response to a request with S/MIME; NULL unknown; valid as long as the conclusion */
    bool request_smime, request_encrypted, request_signed; /* what the request carried */
    bool request_tunnel_signed, request_tunnel_encrypted; /* how message/sip in it was protected (RFC 3261 23.4), as far as it could be read */
    uint32_t rejected_frame;           /* request without S/MIME, the first since an earlier one of the same method between the same parties
                                        * with S/MIME was answered 415 or 493 in this frame; 0 none */
    unsigned rejected_status;
    uint32_t certificate_changed;      /* a certificate that this sender's address-of-record never signed with before: frame in which
                                        * it last signed with another; 0 none */
    const char *previous_certificate;  /* its label */
    uint32_t smime_before;             /* request without S/MIME, the first since this sender used it towards this recipient with the same
                                        * method in this frame; 0 none */
    uint32_t replay_of;                /* frame of the same signature or ciphertext in another dialog, to another recipient, or in the very
                                        * request long after its transaction; passed on by a back-to-back user agent is none; 0 none */
    uint32_t notified_frame;           /* disposition notification (RFC 5438): the message it speaks of was last seen in this frame; 0 unknown */
    uint32_t nonce_reuse;              /* frame of another object with the same content key (or wrapped key) and nonce; 0 none */
    uint32_t ephemeral_reuse;          /* frame of another object with the same ephemeral originator key; 0 none */
    unsigned recipient_accepts;        /* S/MIME message: SM_ACCEPTS_..., what its recipient told last; it may have several devices */
    uint32_t recipient_accepts_frame;  /* and the frame it did so in; 0 never */
} sm_links;

typedef struct sm_conclusion {
    sm_inspection *inspection;             /* a reference is held */
    sm_links links;
    const sm_identity *const *identities;  /* by sm_signer.index; never NULL entries; NULL when nobody signed */
    sm_verdict signed_, encrypted, identity; /* of the message as a whole, see below */
    const char *signer;                    /* the identity it is signed by, for display; NULL when not signed or unknown */
    const char *summary;                   /* one line: "decrypted, signed by sip:alice@example.com, signature valid, ..." */
} sm_conclusion;

/* The message as a whole:
 * signed_    pass when the innermost content stands inside a signature all of whose verdicts (value, digest, path, validity at the chosen
 *            time, revocation where a CRL was there) pass; fail when any fails; not evaluated otherwise; not applicable not-signed.
 * encrypted  pass when every encrypting layer was opened with its tag verified or its padding sound (unauthenticated is said in the detail);
 *            not applicable not-encrypted.
 * identity   of the innermost signers; of all of them where several parts are signed side by side. */

/* Whether the certificate that a RecipientInfo names is one of whom the message is addressed to: To and Request-URI (a response's From),
 * the receiver of the MSRP session, CPIM To. NULL when its certificate is not known. Not matching is no fault: a sender may encrypt for
 * itself too. Owned by the arena; looks at the conclusion alone. */
const sm_identity *sm_recipient_addressed(sm_arena *arena, const sm_conclusion *conclusion, const sm_recipient *recipient);

/* The same for its sender: From, where that is anonymous the network's assertion or the From inside; the sender of the MSRP session. */
const sm_identity *sm_recipient_is_sender(sm_arena *arena, const sm_conclusion *conclusion, const sm_recipient *recipient);

sm_history *sm_history_new(void);
void sm_history_free(sm_history *history); /* NULL is allowed */

/* Draws the conclusion for one inspection and learns from it. The conclusion is owned by the history and lives as long as it does
 * (or until sm_conclusion_release()). Messages must come in frame order. Limit: SM_LIMIT_HISTORY_ENTRIES. */
const sm_conclusion *sm_history_conclude(sm_history *history, sm_inspection *inspection);

/* Gives back a conclusion that nobody will look at again, for programs that read many messages. What the history learned stays. */
void sm_conclusion_release(sm_history *history, const sm_conclusion *conclusion);
