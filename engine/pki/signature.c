/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pki/signature.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509.h>

/* What a verification that came out as `result` means, by the errors it left, which are taken away. */
static sm_signature outcome(int result)
{
    sm_signature signature = result == 1 ? SM_SIGNATURE_GOOD : SM_SIGNATURE_BAD;
    for (unsigned long error; (error = ERR_get_error()) != 0;) {
        int reason = ERR_GET_REASON(error);
        if (result != 1 && (reason == ERR_R_UNSUPPORTED ||
                            (ERR_GET_LIB(error) == ERR_LIB_ASN1 && (reason == ASN1_R_UNKNOWN_SIGNATURE_ALGORITHM ||
                                                                   reason == ASN1_R_UNKNOWN_MESSAGE_DIGEST_ALGORITHM))))
            signature = SM_SIGNATURE_UNSUPPORTED;
    }
    return signature;
}

sm_signature sm_certificate_signature(const sm_certificate *certificate, const sm_certificate *issuer)
{
    if (issuer->public_key == NULL)
        return SM_SIGNATURE_UNSUPPORTED;
    ERR_clear_error();
    return outcome(X509_verify(certificate->x509, issuer->public_key));
}

sm_signature sm_crl_signature(const sm_crl *crl, const sm_certificate *issuer)
{
    if (issuer->public_key == NULL)
        return SM_SIGNATURE_UNSUPPORTED;
    ERR_clear_error();
    return outcome(X509_CRL_verify(crl->x509_crl, issuer->public_key));
}
