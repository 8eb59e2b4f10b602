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

enum { /* ReasonFlags, bit for bit (RFC 5280 4.2.1.13) */
    SM_CRL_HOLD = 1 << 6,
    SM_CRL_ALL_REASONS = 0x1FE, /* all but `unused` */
};

typedef struct sm_crl {
    sm_bytes encoding;         /* DER */
    const char *origin;        /* a file's path, or "embedded" */
    const char *issuer;        /* RFC 4514 string, safe to show */
    sm_bytes issuer_der;       /* complete Name encoding */
    sm_bytes authority_key_id; /* of authorityKeyIdentifier; absent */
    sm_moment this_update, next_update; /* the second is not known when left out */
    const char *signature_algorithm;
    bool signature_legacy;     /* MD5 or SHA-1 */
    const char *unusable;      /* why nothing it says may be used: "CRL with the unknown critical extension ..."; NULL */
    bool delta;                /* tells what changed since `base_number` (RFC 5280 5.2.4) */
    bool indirect;             /* may list certificates of other issuers */
    bool users_only, authorities_only, attributes_only;
    unsigned reasons;          /* of which it tells, SM_CRL_ALL_REASONS unless onlySomeReasons */
    sm_bytes scope;            /* octets of issuingDistributionPoint (RFC 5280 5.2.5); absent */
    void *distribution_point;  /* OpenSSL's ISSUING_DIST_POINT, NULL without; for pki/ alone */
    void *number, *base_number; /* OpenSSL's ASN1_INTEGER of cRLNumber and of deltaCRLIndicator; NULL; for pki/ alone */
    void *x509_crl;            /* OpenSSL's X509_CRL, for pki/ alone */
} sm_crl;

/* What a CRL says of one certificate. */
typedef enum sm_crl_word {
    SM_CRL_SILENT,
    SM_CRL_LISTS,
    SM_CRL_REMOVES, /* a delta CRL: it is listed no more (RFC 5280 5.3.1) */
} sm_crl_word;

typedef struct sm_crl_entry {
    sm_moment since;    /* revocationDate, or invalidityDate when that is earlier (RFC 5280 5.3.2) */
    bool on_hold;       /* certificateHold: may end again */
    const char *reason; /* "keyCompromise"; "" when it gives none */
} sm_crl_entry;

/* Reads one DER CertificateList; octets after it are a fault. As sm_certificate_parse(). */
const sm_crl *sm_crl_parse(sm_arena *arena, sm_bytes der, const char *origin, const char **fault);

/* The reasons of a ReasonFlags, as bits SM_CRL_...; all of them for NULL. `flags` is OpenSSL's ASN1_BIT_STRING. */
unsigned sm_crl_reasons(const void *flags);

/* The name of one of those bits, 1 to 8: "keyCompromise". */
const char *sm_crl_reason_flag(unsigned bit);

/* Whether its authorityKeyIdentifier says that this certificate's key signed it, by key identifier, or, where it has none, by the
 * certificate's issuer and serial number (RFC 5280 5.2.1). The signature is not looked at. */
bool sm_crl_claims(const sm_crl *crl, const sm_certificate *issuer);

/* Whether its authorityKeyIdentifier names a key that is not this certificate's. */
bool sm_crl_disclaims(const sm_crl *crl, const sm_certificate *issuer);

/* What the CRL says of the certificate, by serial number and by the issuer that an entry speaks of (RFC 5280 5.3.3): *entry is set when it
 * lists it. Whether it may is another question (distribution.h). Thread-safe. */
sm_crl_word sm_crl_lookup(const sm_crl *crl, const sm_certificate *certificate, sm_crl_entry *entry);

/* Whether the delta CRL can be applied to that complete one of the same issuer: of the same scope and the same key by name, and
 * not before its base (RFC 5280 5.2.4, 6.3.3 (c)). Thread-safe. */
bool sm_crl_extends(const sm_crl *delta, const sm_crl *complete);
