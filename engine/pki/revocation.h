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

/* What a certificate other than the issuer's is worth as one that signed a CRL. */
typedef struct sm_crl_signer {
    bool has_path;         /* a valid one to the anchor asked for */
    bool limit;            /* none was found because SM_LIMIT_CRL_SIGNERS or a limit of paths was hit */
    sm_verdict revocation; /* of that path; a pass where the certificate is itself the anchor */
} sm_crl_signer;

/* Where CRLs are taken from, who may have signed them, and the time to judge at. */
typedef struct sm_crl_source {
    const sm_keyring *ring;
    const sm_crl *const *embedded;
    unsigned embedded_count;
    const sm_certificate *const *certificates; /* that came with the message */
    unsigned certificate_count;
    sm_span *when; /* narrowed by every date that is looked at */

    /* Asks for the path of a certificate that signed a CRL (RFC 5280 6.3.3 (f)); NULL where that is what is being asked: then `assumed`,
     * the certificate asked about, counts as a signer, for a CRL may be the one that tells of its own signer. */
    sm_crl_signer (*vouch)(void *context, const sm_certificate *signer, const sm_certificate *anchor);
    void *context;
    const sm_certificate *assumed;

    unsigned signatures; /* checked so far */
} sm_crl_source;

/* Was `certificate`, issued by `issuer` on a path to `anchor`, revoked at that time? Pass; fail revoked (then *revoked_at is when) or
 * crl-invalid; not evaluated no-crl, unsupported-form, unsupported-algorithm, limit, or no-signing-time when there is no time to judge at.
 *
 * CRLs count whose signer is the issuer, or has the name of the CRL's issuer and a path to the same anchor; complete ones, with delta
 * CRLs applied to them; those of other issuers where the certificate names them as cRLIssuer. Silence counts only within a CRL's scope
 * and for its reasons (RFC 5280 6.3.3); an entry of the certificate's own issuer counts whatever the scope.
 * A CRL of the issuer's name that another key signed concerns somebody else, unless its authorityKeyIdentifier names this issuer's key: then
 * it is invalid. */
sm_verdict sm_revocation_judge(sm_arena *arena, sm_crl_source *source, const sm_certificate *certificate, const sm_certificate *issuer,
                               const sm_certificate *anchor, sm_moment *revoked_at);
