/* For which certificates a CRL speaks, by the distribution points of both (RFC 5280 4.2.1.13, 5.2.5), for revocation.c alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "pki/certificate.h"
#include "pki/crl.h"

typedef struct sm_crl_coverage {
    bool may_list;    /* its issuer may revoke the certificate: it is the certificate's own issuer, or a distribution point of the
                         certificate names it as cRLIssuer and the CRL is indirect */
    unsigned reasons; /* SM_CRL_... of which its silence tells: 0 where the certificate lies outside its scope */
} sm_crl_coverage;

/* Names are compared and nothing else: neither who signed the CRL nor what it lists. A CRL of the issuer's name that no distribution point
 * announces counts as at the end of RFC 5280 6.3.3. A delta CRL covers what the complete one would. Thread-safe. */
sm_crl_coverage sm_distribution_covers(const sm_crl *crl, const sm_certificate *certificate);
