/* Certification paths (RFC 5280 6, RFC 8550 4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/verdict.h"
#include "pki/certificate.h"
#include "pki/keyring.h"

/* What a certificate path came to. Time is kept apart from structure: `path` speaks of signatures, constraints and usages
 * along the best path found, whatever the date; each validity verdict speaks of every certificate on that path. */
typedef struct sm_path {
    sm_verdict path;        /* not evaluated no-anchor; fail untrusted, self-signed, key-usage, extended-key-usage, constraints,
                               certificate-signature, certificate-invalid; the detail names the certificate concerned. Not evaluated
                               unsupported-form: a leaf that bears its issuer's name and no key identifiers. A pass has a detail
                               where the leaf is for SIP domains too (id-kp-sipDomain, RFC 5924) */
    sm_verdict revocation;  /* not evaluated no-crl, path-not-passed, unsupported-form, unsupported-algorithm, limit; fail revoked (at the
                               time asked for), crl-invalid */
    const sm_certificate *const *chain; /* leaf first, anchor last; what could be built when there is no whole path */
    unsigned chain_length;
    sm_moment revoked_at;   /* known when the revocation failed */
} sm_path;

/* Builds the best path from `leaf` through `embedded` and the ring's certificates to an anchor of the ring, for a signature on
 * a message: key usage digitalSignature or nonRepudiation, EKU emailProtection or anyExtendedKeyUsage (RFC 8550 4.4). A leaf that is
 * itself an anchor is trusted as it is. CRLs are taken from the ring and `embedded_crls` (CertificateList encodings).
 * A path that is not valid, or on which a CRL revokes an authority, is left for another one that holds; where none does, the likeliest of
 * the best is told. A leaf that its issuer revoked is revoked, whatever other paths there are.
 * Revocation is judged at `when` (a certificate revoked later was good then; the detail says so). Several leaves with one name are the caller's to try. Thread-safe.
 * The ring remembers answers (path_cache.h): what was asked before is told again without any cryptography.
 * Limits: SM_LIMIT_PATH_DEPTH, SM_LIMIT_PATH_CACHE, SM_LIMIT_CRL_SIGNATURES, SM_LIMIT_CRL_SIGNERS. Everything returned is owned by the arena. No network is ever used. */
const sm_path *sm_path_validate(sm_arena *arena, const sm_keyring *ring, const sm_certificate *leaf, const sm_certificate *const *embedded,
                                unsigned embedded_count, const sm_bytes *embedded_crls, unsigned embedded_crl_count, sm_moment when);

/* The same without looking at what the ring remembers of earlier questions, and without remembering: what that must be equal to. */
const sm_path *sm_path_validate_anew(sm_arena *arena, const sm_keyring *ring, const sm_certificate *leaf,
                                     const sm_certificate *const *embedded, unsigned embedded_count, const sm_bytes *embedded_crls,
                                     unsigned embedded_crl_count, sm_moment when);

/* Every certificate of the chain at that time: pass, fail expired or not-yet-valid (the detail names certificate and dates),
 * not evaluated when the time is not known (`unknown` is the reason then, for example no-signing-time). */
sm_verdict sm_path_valid_at(sm_arena *arena, const sm_path *path, sm_moment when, sm_reason unknown);
