/* Certificate revocation lists (RFC 5280 5) as plain data.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/moment.h"
#include "pki/certificate.h"

#include <stdbool.h>

typedef struct sm_crl {
    sm_bytes encoding;         /* DER */
    const char *origin;        /* a file's path, or "embedded" */
    const char *issuer;        /* RFC 4514 string, safe to show */
    sm_bytes issuer_der;       /* complete Name encoding */
    sm_bytes authority_key_id; /* of authorityKeyIdentifier; absent */
    sm_moment this_update, next_update; /* the second is not known when left out */
    const char *signature_algorithm;
    bool signature_legacy;     /* MD5 or SHA-1 */
    const char *unsupported;   /* a form that cannot tell of all certificates of its issuer: "delta CRL", ...; NULL */
    bool entries_unusable;     /* and its entries may speak of other issuers' certificates, or mean what is not known here */
    void *x509_crl;            /* OpenSSL's X509_CRL, for pki/ alone */
} sm_crl;

/* What a CRL says of one certificate of its issuer. */
typedef struct sm_crl_entry {
    sm_moment since;    /* revocationDate, or invalidityDate when that is earlier (RFC 5280 5.3.2) */
    bool on_hold;       /* certificateHold: may end again */
    const char *reason; /* "keyCompromise"; "" when it gives none */
} sm_crl_entry;

/* Reads one DER CertificateList; octets after it are a fault. As sm_certificate_parse(). */
const sm_crl *sm_crl_parse(sm_arena *arena, sm_bytes der, const char *origin, const char **fault);

/* Whether its authorityKeyIdentifier says that this certificate's key signed it, by key identifier, or, where it has none, by the
 * certificate's issuer and serial number (RFC 5280 5.2.1). The signature is not looked at. */
bool sm_crl_claims(const sm_crl *crl, const sm_certificate *issuer);

/* Whether its authorityKeyIdentifier names a key that is not this certificate's. */
bool sm_crl_disclaims(const sm_crl *crl, const sm_certificate *issuer);

/* Whether the CRL lists the certificate's serial number; removeFromCRL is not listed. The issuer is not compared. Thread-safe. */
bool sm_crl_lists(const sm_crl *crl, const sm_certificate *certificate, sm_crl_entry *entry);
