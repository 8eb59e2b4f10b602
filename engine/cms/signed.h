/* SignedData judged: signature values and content digests (RFC 5652 5, RFC 8551 2.5, RFC 8419).
 *
 * The octets judged are the received ones. Only signed attributes are re-encoded, as DER, because RFC
 * 5652 5.4 says that this encoding is what was signed. All cryptography is OpenSSL's EVP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/verdict.h"
#include "cms/content.h"
#include "pki/certificate.h"
#include "pki/keyring.h"

/* What one SignerInfo came to. Certificate path and identity are other rooms' business. */
typedef struct sm_signature {
    /* The signature value over the signed attributes, or over the content without them: pass; fail
     * signature-mismatch, key-mismatch, parameters (contradictory algorithms), signed-attributes (mandatory
     * attributes missing, repeated, contradictory or unsigned, or those of another message presented as the content: the
     * detail tells whether the value itself verifies); not evaluated no-certificate, no-content, unsupported-algorithm, limit, library. */
    sm_verdict signature;
    /* The message-digest attribute against the content: pass; fail digest-mismatch, signed-attributes,
     * parameters; not evaluated no-content, unsupported-algorithm. Without signed attributes the same as
     * `signature`, because then the signature value itself covers the content. */
    sm_verdict digest;
    /* The one that verified it, else the one the verdict is about; NULL when there is none. */
    const sm_certificate *certificate;
    bool certificate_embedded;    /* it came with the message */
    unsigned candidates;          /* certificates that the identifier names; more than one is reported */
    sm_moment signing_time;       /* signing-time signed attribute */
    const char *digest_algorithm; /* names for people; never NULL */
    const char *signature_algorithm;
    /* The certificate whose DSA parameters the signer's key inherits (RFC 3279 2.3.2), NULL without. The verdict stands and
     * falls with it: a trusted path must go through these parameters, see sm_signature_on_path(). */
    const sm_certificate *parameters_from;
    bool attributes_reordered; /* verified over the sorted encoding, though received in another order */
    /* One line worth knowing beside the verdicts, or NULL: signed attributes that were not received in DER, a digest algorithm other than RFC 8419 says, two
     * digests, parameters that an algorithm has not, several certificates. */
    const char *note;
} sm_signature;

/* Work with public keys that the signatures of one message may still ask for, counted in verifications with a key of ordinary size: anybody
 * can add certificates and SignerInfos, and each of the one is tried for each of the other. Starts with SM_LIMIT_SIGNATURE_WORK; a
 * verification that it does not allow is not made and makes the verdict not evaluated limit, unless another certificate verifies. */
typedef unsigned sm_signature_work;

/* Judges one signer.
 * content: the octets the signature covers: eContent, or the detached part's octets; absent when they are not
 *   there.
 * embedded: certificates of the message, in order. The signer's certificate is looked for there, then in the
 *   ring; every candidate is tried until one verifies (issuer and serial are not unique in the wild).
 * ring: may be NULL.
 * work: what may be spent, and what is left afterwards; NULL for a single signature: nothing bounds it but SM_LIMIT_KEY_TRIALS.
 * Both verdicts are independent: a digest mismatch with a sound signature value says the content was changed,
 * the reverse says signature or attributes were.
 * Mandatory signed attributes are checked as RFC 5652 5.3 and 11 require before anything passes: content-type
 * present, single and equal to the eContentType, message-digest present and single, neither of them unsigned; and the
 * other attributes that must be signed, single, or in agreement with certificate and algorithms (signed_attributes.h).
 * Everything returned is owned by the arena. Thread-safe. */
const sm_signature *sm_signature_judge(sm_arena *arena, const sm_signed_data *signed_data,
                                       const sm_signer_info *signer, sm_bytes content,
                                       const sm_certificate *const *embedded, unsigned embedded_count,
                                       const sm_keyring *ring, sm_signature_work *work);

/* The verdict on the signature value, now that the signer's path is known (leaf first): where the key's parameters are inherited
 * and the path goes through other ones, it is not evaluated, because anybody can make parameters for which he can sign. */
sm_verdict sm_signature_on_path(sm_arena *arena, const sm_signature *signature, const sm_certificate *const *chain,
                                unsigned chain_length);

/* True when the message-digest signed attribute is `content`'s digest by the signer's digestAlgorithm: a
 * cheap test before a judgement, which it does not replace. False without signed attributes. `arena` gets
 * nothing that is worth keeping. */
bool sm_signature_digest_fits(sm_arena *arena, const sm_signer_info *signer, sm_bytes content);

/* Judges a counter-signature (RFC 5652 11.4) over the signature value of `parent`. */
const sm_signature *sm_countersignature_judge(sm_arena *arena, const sm_signer_info *parent,
                                              const sm_signer_info *countersigner,
                                              const sm_certificate *const *embedded, unsigned embedded_count,
                                              const sm_keyring *ring, sm_signature_work *work);

/* DigestedData: the digest against the content. */
sm_verdict sm_digest_judge(sm_arena *arena, const sm_digested_data *digested);
