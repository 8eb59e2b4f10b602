/* MSRP transactions and reports: which response answers which request, which REPORT speaks of which SEND (RFC 4975 5.3, 7.1.2-7.2;
 * RFC 4976 5.1, 6.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/bounds.h"
#include "msrp/frame.h"

/* One direction of one connection. A response comes back on the other direction of the same connection, and a REPORT does where it can. */
typedef struct sm_msrp_hop {
    uint32_t connection; /* tells connections of a capture apart */
    unsigned direction;  /* 0 or 1 */
} sm_msrp_hop;

/* Whether a request is to be answered (RFC 4975 7.1.4, 7.2). */
typedef enum sm_msrp_due {
    SM_MSRP_DUE_NONE,    /* Failure-Report: no, and every REPORT: no response is allowed */
    SM_MSRP_DUE_FAILURE, /* Failure-Report: partial: a response to what fails, and no 200 */
    SM_MSRP_DUE,         /* all others */
} sm_msrp_due;

sm_msrp_due sm_msrp_response_due(const sm_msrp_frame *request);

/* What a status code says, in a few words (RFC 4975 10, RFC 4976 10.3, RFC 7701); a literal, NULL for a code that none of them defines. */
const char *sm_msrp_status_meaning(unsigned status);

/* Status: namespace SP status-code [SP comment] (RFC 4975 9). */
typedef struct sm_msrp_delivery {
    bool valid;
    unsigned name_space; /* 0: the code means what it means in a response */
    unsigned status;
} sm_msrp_delivery;

/* The value of a Status header field; not valid for NULL and for what cannot be read. */
sm_msrp_delivery sm_msrp_delivery_read(const char *status_header);

/* What a frame is linked to. Every `void *` is a handle that the caller gave with an earlier frame (or with this one, where said), NULL none. */
typedef struct sm_msrp_links {
    /* a request */
    sm_msrp_due due;
    void *same_id; /* an earlier request with this transaction id, which still waits for its response */

    /* a SEND */
    void *message; /* the first chunk seen of its message; may be this one */
    void *stopped; /* the 413, a response or a REPORT, behind which nothing more of this message is to be sent (RFC 4975 10.5) */

    /* a request that goes through a relay */
    void *challenge; /* an AUTH with credentials: the 401 whose nonce they use */
    void *use_path;  /* the response with the Use-Path that has the first URI of To-Path */

    /* a response */
    void *request;     /* that it answers; the newest one where a transaction id was used twice */
    bool again;        /* it had been answered before */
    bool forbidden;    /* it asked for no such response */
    bool unknown_sure; /* without `request`: none is in what was taken; false when the limit let requests go */

    /* a REPORT */
    sm_msrp_delivery delivery;
    void *reported; /* the first chunk seen of the message that it speaks of */
    bool elsewhere; /* it came over another connection than the message, between the ends of the same session */
    void *chunks[SM_LIMIT_MSRP_LINKED_CHUNKS]; /* the last chunks, by place, that have octets of its range */
    unsigned chunk_count;
    bool unasked;           /* the message asked for no such report (RFC 4975 7.1.3, 7.1.4) */
    bool beyond;            /* its range ends behind the last octet of the message that was seen */
    bool nothing_new;       /* a success report on octets that others had confirmed */
    bool confirmed_known;   /* `confirmed` counts; false when a limit was hit */
    uint64_t confirmed;     /* octets that success reports have confirmed up to this one */
    bool length_known;      /* of the message: by its "$" chunk, else by the total last announced */
    uint64_t length;        /* octets */
    bool confirms_the_rest; /* with it the whole message is confirmed */
} sm_msrp_links;

/* Transactions and messages of one capture, as far as answers and reports may still come. Not thread-safe. */
typedef struct sm_msrp_transactions sm_msrp_transactions;
sm_msrp_transactions *sm_msrp_transactions_new(void);
void sm_msrp_transactions_free(sm_msrp_transactions *transactions); /* NULL is allowed */

/* Takes the next frame of that hop, in the order of the capture, and fills `links` with what it is linked to. `handle` stands for the frame in the links of
 * later ones; it is never looked into. What is kept is copied. Transaction ids, Message-IDs and nonces are compared octet by octet, and so are the
 * last URIs of the paths: a REPORT on a connection that has no message of its Message-ID speaks of the last one with it from its own receiver to itself.
 * A frame is linked to earlier ones alone: a response that the capture has before its request answers nothing.
 * Limits: of more than SM_LIMIT_MSRP_TRANSACTIONS requests, and of more chunks than SM_LIMIT_MSRP_REPORTED_CHUNKS, the oldest requests and the oldest
 * messages are forgotten. Cost: logarithmic in what is remembered. */
void sm_msrp_transactions_take(sm_msrp_transactions *transactions, sm_msrp_hop hop, const sm_msrp_frame *frame, void *handle,
                               sm_msrp_links *links);
