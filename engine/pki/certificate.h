/* Certificates (RFC 5280, RFC 8550) as plain data.
 *
 * Rules, reports and the tree read these members; only pki/ looks into the OpenSSL handle.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/moment.h"
#include "pki/identifier.h"

#include <stdbool.h>

typedef enum sm_san_kind {
    SM_SAN_URI,       /* uniformResourceIdentifier: the only one that can be a SIP identity (RFC 8591 4.4.1) */
    SM_SAN_EMAIL,     /* rfc822Name */
    SM_SAN_DNS,
    SM_SAN_IP,
    SM_SAN_DIRECTORY,
    SM_SAN_OTHER,
} sm_san_kind;

typedef struct sm_san {
    sm_san_kind kind;
    sm_bytes octets;   /* as in the certificate */
    const char *value; /* safe to show; for a URI with an embedded zero or non-IA5 octet `clean` is false */
    bool clean;        /* plain printable ASCII: only then may it be compared */
} sm_san;

typedef enum sm_key_type { SM_KEY_OTHER, SM_KEY_RSA, SM_KEY_RSA_PSS, SM_KEY_EC, SM_KEY_ED25519, SM_KEY_ED448, SM_KEY_X25519, SM_KEY_X448, SM_KEY_DSA, SM_KEY_ML_DSA, SM_KEY_ML_KEM } sm_key_type;

enum { /* keyUsage, RFC 5280 4.2.1.3 */
    SM_USAGE_DIGITAL_SIGNATURE = 1 << 0,
    SM_USAGE_NON_REPUDIATION = 1 << 1,
    SM_USAGE_KEY_ENCIPHERMENT = 1 << 2,
    SM_USAGE_DATA_ENCIPHERMENT = 1 << 3,
    SM_USAGE_KEY_AGREEMENT = 1 << 4,
    SM_USAGE_KEY_CERT_SIGN = 1 << 5,
    SM_USAGE_CRL_SIGN = 1 << 6,
};

typedef struct sm_certificate {
    sm_bytes encoding;         /* DER; owned as the certificate is */
    const char *origin;        /* where it came from: a file's path, or "embedded"; for details */
    const char *subject;       /* RFC 4514 string, safe to show; "" for an empty name */
    const char *issuer;
    const char *common_name;   /* last CN of the subject, or NULL */
    const char *serial;        /* lower-case hexadecimal of the INTEGER's content octets */
    const char *fingerprint;   /* SHA-256 of the encoding, lower-case hexadecimal */
    sm_bytes subject_der, issuer_der; /* complete Name encodings */
    sm_bytes serial_der;       /* content octets of the INTEGER */
    sm_bytes key_id;           /* subjectKeyIdentifier extension; absent */
    sm_bytes key_id_computed;  /* SHA-1 of the subjectPublicKey BIT STRING (RFC 5280 4.2.1.2 method 1) */
    sm_bytes authority_key_id; /* absent */
    sm_bytes public_key_info;  /* SubjectPublicKeyInfo, complete encoding */
    unsigned version;          /* 1, 2, 3 */
    sm_moment not_before, not_after;
    sm_key_type key_type;
    unsigned key_bits;
    const char *key_name;      /* "RSA 2048", "EC P-256", "Ed25519" */
    const char *signature_algorithm; /* "ECDSA with SHA-256" */
    bool signature_legacy;     /* MD5 or SHA-1 */
    bool has_key_usage, key_usage_critical;
    unsigned key_usage;        /* SM_USAGE_... */
    bool has_extended_key_usage;
    bool usage_email_protection, usage_any, usage_sip_domain; /* emailProtection, anyExtendedKeyUsage, id-kp-sipDomain (RFC 5924) */
    const char *extended_key_usage; /* all of them, names or OIDs, comma separated; NULL without */
    bool has_basic_constraints, is_ca;
    bool self_issued;          /* subject equals issuer */
    bool self_signed;          /* and its own key verifies it */
    bool san_present, san_critical;
    const sm_san *sans;
    unsigned san_count;
    const char *malformed_extensions; /* extensions that cannot be read or stand there twice, comma separated; NULL when none */
    const char *unknown_critical; /* OIDs of critical extensions nobody here understands, comma separated; NULL when none */
    void *x509;                /* OpenSSL's X509, for pki/ and cms/ alone */
    void *public_key;          /* EVP_PKEY of the subject, NULL when OpenSSL cannot read it */
} sm_certificate;

/* Reads one DER certificate; octets after it are a fault. NULL with one line in `fault` when it is none. The certificate and
 * its handles are released with the arena; the octets are copied. `origin` is copied. */
const sm_certificate *sm_certificate_parse(sm_arena *arena, sm_bytes der, const char *origin, const char **fault);

/* The last moment of its validity: the second that notAfter names is part of it, and lasts until the next one begins (RFC 5280
 * 4.1.2.5). Not known when notAfter is not. */
sm_moment sm_certificate_end(const sm_certificate *certificate);

/* "pass"-like test of the leaf alone: 0 valid at that time, -1 not yet valid, 1 expired; the time must be known. */
int sm_certificate_validity(const sm_certificate *certificate, sm_moment when);

/* "CN=Alice (serial 0a1b)": one line to name it in a detail; owned by the arena. */
const char *sm_certificate_label(sm_arena *arena, const sm_certificate *certificate);

/* "issuer CN=..., serial 0a1b" or "key identifier 0a1b...": one line for a person, owned by the arena. */
const char *sm_identifier_text(sm_arena *arena, const sm_identifier *identifier);

/* True when the identifier names this certificate; a key identifier is compared with the extension and with the computed one. */
bool sm_identifier_names(const sm_identifier *identifier, const sm_certificate *certificate);
