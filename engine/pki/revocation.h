/* Revocation by CRLs (RFC 5280 5, 6.3), for path.c alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/verdict.h"
#include "pki/certificate.h"
#include "pki/crl.h"
#include "pki/keyring.h"
#include "pki/span.h"

/* Where CRLs are taken from, and the time to judge at. */
typedef struct sm_crl_source {
    const sm_keyring *ring;
    const sm_crl *const *embedded;
    unsigned embedded_count;
    sm_span *when; /* narrowed by every date that is looked at */
} sm_crl_source;

/* Was `certificate` revoked by `issuer` at that time? Pass; fail revoked (then *revoked_at is when) or crl-invalid; not evaluated
 * no-crl, unsupported-form, unsupported-algorithm, or no-signing-time when there is no time to judge at. A CRL of the issuer's name
 * that another key signed concerns somebody else, unless its authorityKeyIdentifier names this issuer's key: then it is invalid. */
sm_verdict sm_revocation_judge(sm_arena *arena, const sm_crl_source *source, const sm_certificate *certificate,
                               const sm_certificate *issuer, sm_moment *revoked_at);
