/* SignedData judged: signature values and content digests (RFC 5652 5, RFC 8551 2.5, RFC 8419).
 *
 * The octets judged are the received ones. Only signed attributes are re-encoded, as DER, because RFC 5652 5.4 says that
 * this encoding is what was signed. All cryptography is OpenSSL's EVP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "cms/content.h"
#include "pki/certificate.h"
#include "pki/keyring.h"
#include "verdict.h"

/* What one SignerInfo came to. Certificate path and identity are other rooms' business. */
typedef struct sm_signature {
    sm_verdict signature; /* the signature value over the signed attributes, or over the content without them:
                             pass; fail signature-mismatch, key-mismatch, parameters, attributes; not evaluated no-certificate,
                             no-content, unsupported-algorithm, truncated, limit */
    sm_verdict digest;    /* message-digest attribute against the content; without signed attributes the same as `signature`,
                             because then the signature value itself covers the content */
    const sm_certificate *certificate; /* the one that verified it, else the first candidate; NULL when there is none */
    bool certificate_embedded;         /* it came with the message */
    unsigned candidates;               /* certificates that the identifier names; more than one is reported */
    sm_moment signing_time;            /* signing-time signed attribute */
    const char *digest_algorithm;      /* names for people; never NULL */
    const char *signature_algorithm;
    bool attributes_reordered;         /* verified over the sorted encoding, though received in another order */
    const char *note;                  /* one line worth knowing beside a pass (digest algorithm other than RFC 8419 says); or NULL */
} sm_signature;

/* Judges one signer.
 * content: the octets the signature covers: eContent, or the detached part's octets; absent when they are not there.
 * embedded: certificates of the message, in order. The signer's certificate is looked for there, then in the ring; every candidate is
 * tried until one verifies (issuer and serial are not unique in the wild).
 * Both verdicts are independent: a digest mismatch with a sound signature value says the content was changed, the reverse
 * says signature or attributes were.
 * Mandatory signed attributes are checked as RFC 5652 5.3 and 11 and RFC 8551 2.5 require before anything passes:
 * content-type present, single and equal to the eContentType, message-digest present and single, none of them repeated.
 * Everything returned is owned by the arena. Thread-safe. */
const sm_signature *sm_signature_judge(sm_arena *arena, const sm_signed_data *signed_data, const sm_signer_info *signer, sm_bytes content,
                                       const sm_certificate *const *embedded, unsigned embedded_count, const sm_keyring *ring);

/* Judges a counter-signature (RFC 5652 11.4) over the signature value of `parent`. */
const sm_signature *sm_countersignature_judge(sm_arena *arena, const sm_signer_info *parent, const sm_signer_info *countersigner,
                                              const sm_certificate *const *embedded, unsigned embedded_count, const sm_keyring *ring);

/* DigestedData: the digest against the content. */
sm_verdict sm_digest_judge(sm_arena *arena, const sm_digested_data *digested);
