/* Signature values: one public key, one algorithm, one message.
 *
 * Internal to cms/; what is signed and by whom is signed.c's business.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/verdict.h"
#include "cms/algorithms.h"
#include "pki/certificate.h"

/* Verifies `value` over `message` with the certificate's public key. The key type must fit the signature
 * algorithm (key-mismatch); RSASSA-PSS parameters are taken as they are and their digest must be the
 * digestAlgorithm's (RFC 4056 3); a value that is malformed for its algorithm is a signature-mismatch.
 * Algorithms: RSA PKCS #1 v1.5 (RFC 3370, RFC 5754; rsaEncryption takes the digestAlgorithm), RSASSA-PSS (RFC
 * 4056), ECDSA (RFC 5753), DSA (RFC 3370), EdDSA (RFC 8419) and, where OpenSSL has them, ML-DSA (RFC 9882)
 * and SLH-DSA (RFC 9814), these over the message itself. Verdict: pass; fail signature-mismatch,
 * key-mismatch, parameters; not evaluated unsupported-algorithm, limit, library. Details are owned by the
 * arena. */
sm_verdict sm_signature_value_verify(sm_arena *arena, const sm_certificate *certificate,
                                     const sm_algorithm *signature_algorithm,
                                     const sm_algorithm *digest_algorithm, sm_bytes message, sm_bytes value);
