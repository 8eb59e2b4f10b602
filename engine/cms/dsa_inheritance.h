/* DSA public keys whose certificate leaves their domain parameters to the issuer's (RFC 3279 2.3.2).
 *
 * Internal to cms/ and inspect.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "pki/certificate.h"

#include <openssl/evp.h>

/* True when the subject's key is a DSA key whose parameters are absent: OpenSSL reads no such key. */
bool sm_dsa_inherits(const sm_certificate *certificate);

/* The subject's key with the parameters of `issuer`, whose DSA key must have signed the certificate. NULL when it is no such
 * pair, or when the key is none under these parameters. To be released with EVP_PKEY_free().
 *
 * That the issuer's key verifies the certificate does not make it the issuer: for any signature other parameters and another
 * key can be made that verify it too, and with chosen parameters anybody can sign for the subject. Whoever believes the
 * signature must see that a trusted path goes through this issuer, see sm_dsa_same_parameters(). */
EVP_PKEY *sm_dsa_inherit(const sm_certificate *certificate, const sm_certificate *issuer);

/* True when both certificates' keys are DSA keys with the same parameters. */
bool sm_dsa_same_parameters(const sm_certificate *a, const sm_certificate *b);
