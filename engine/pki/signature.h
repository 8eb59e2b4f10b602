/* Whether one key signed a certificate or a CRL, for pki/ alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "pki/certificate.h"
#include "pki/crl.h"

typedef enum sm_signature {
    SM_SIGNATURE_GOOD,
    SM_SIGNATURE_BAD,         /* this key did not make it, or not over these octets */
    SM_SIGNATURE_UNSUPPORTED, /* of an algorithm that this OpenSSL lacks, or the key cannot be read */
} sm_signature;

/* The signature value alone, with the issuer's key: names, dates, and what the issuer may do are not looked at. Thread-safe. */
sm_signature sm_certificate_signature(const sm_certificate *certificate, const sm_certificate *issuer);
sm_signature sm_crl_signature(const sm_crl *crl, const sm_certificate *issuer);
