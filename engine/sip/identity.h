/* Identity: is the signer the one the message says it comes from (RFC 3261 23.2, RFC 8591 4.4.1, 8.4, RFC
 * 5922 7.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"
#include "base/verdict.h"
#include "pki/certificate.h"

/* One identity that the message claims. */
typedef struct sm_claim {
    const char *
        header; /* where it stands: "From", "P-Asserted-Identity", "CPIM From", "MSRP peer", "tunnelled From" */
    sm_bytes value; /* URI text without angle brackets */
    bool decisive;  /* the verdict hangs on it; others are compared and shown */
} sm_claim;

/* One comparison of a claim with a name of the certificate. */
typedef struct sm_comparison {
    const char *header;
    const char *value;    /* the claim, safe to show */
    const char *san;      /* the certificate's name, safe to show */
    const char *san_kind; /* "URI", "rfc822Name", "CN" */
    bool match;
    bool near_miss;   /* the same user and host, but of a kind that is no SIP identity (rfc822Name, CN), or
                       under a scheme that does not match (sip: and sips:, a number at a host and tel:) */
    const char *rule; /* what decided, for a person */
} sm_comparison;

typedef struct sm_identity {
    sm_verdict
        verdict; /* pass: a decisive claim matches a SAN URI; fail different-identity, no-sip-identity; not
                           evaluated no-identity, no-certificate, limit; see sm_identity_match() */
    const sm_comparison *compared;
    unsigned compared_count;
    const char *matched;        /* the SAN entry that matched, NULL */
    const char *matched_header; /* and the claim it matched, NULL */
} sm_identity;

/* Compares all claims with all names of the certificate. At least one decisive claim must match for pass:
 * From matches, or, where From is anonymous (RFC 3323) and so not decisive, P-Asserted-Identity. Only SAN
 * URIs can match, by sm_uri_same_identity(); rfc822Name and a CN that looks like an address are near misses
 * at most (RFC 8591 4.4.1), other kinds of names are left out. A name that is not plain ASCII is never
 * compared. Verdicts: fail no-sip-identity when no SAN URI of the certificate is a readable sip, sips, tel,
 * im or pres URI; fail different-identity when it has one and none matches; not evaluated no-certificate
 * (certificate NULL), no-identity (no decisive claim, or none whose URI can be read), limit
 * (SM_LIMIT_IDENTITY_COMPARISONS). The detail of a fail names both sides. What it does not check: whether the
 * certificate is valid or trusted. Owned by the arena; thread-safe. */
const sm_identity *sm_identity_match(sm_arena *arena, const sm_certificate *certificate,
                                     const sm_claim *claims, unsigned claim_count);

/* The first SAN URI that is an identity (sip, sips, tel, im, pres), for "signed by ..."; NULL when there is
 * none. Owned by the certificate. */
const char *sm_identity_name(const sm_certificate *certificate);
