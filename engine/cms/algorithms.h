/* Algorithms: the identifiers of CMS, what they are called, what class they belong to, and their parameters.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"
#include "cms/content.h"
#include "cms/der.h"

#include <stdbool.h>

typedef enum sm_algorithm_class {
    SM_ALGORITHM_UNKNOWN = 0,
    SM_ALGORITHM_DIGEST,
    SM_ALGORITHM_SIGNATURE,
    SM_ALGORITHM_PUBLIC_KEY,
    SM_ALGORITHM_KEY_TRANSPORT,
    SM_ALGORITHM_KEY_AGREEMENT,
    SM_ALGORITHM_KEY_WRAP,
    SM_ALGORITHM_KEY_DERIVATION,
    SM_ALGORITHM_KEM,
    SM_ALGORITHM_CONTENT_ENCRYPTION, /* not authenticated */
    SM_ALGORITHM_AEAD,
    SM_ALGORITHM_MAC,
    SM_ALGORITHM_COMPRESSION,
} sm_algorithm_class;

typedef enum sm_algorithm_standing {
    SM_STANDING_CURRENT = 0,
    SM_STANDING_LEGACY, /* RFC 8551 appendix B: read, and reported (SHA-1, MD5, 3DES, RC2, DES, DSA) */
} sm_algorithm_standing;

typedef enum sm_signature_family {
    SM_FAMILY_NONE = 0,
    SM_FAMILY_RSA_PKCS1,
    SM_FAMILY_RSA_PSS,
    SM_FAMILY_RSA_PSS_SHAKE, /* RFC 8702 3.2.1: SHAKE is hash and mask generation function */
    SM_FAMILY_ECDSA,
    SM_FAMILY_EDDSA,
    SM_FAMILY_DSA,
    SM_FAMILY_ML_DSA,
    SM_FAMILY_SLH_DSA,
} sm_signature_family;

/* One row of the table. */
typedef struct sm_algorithm_info {
    const char *oid;            /* dotted decimal */
    const char *name;           /* as people say it: "SHA-256", "ECDSA with SHA-256", "AES-128-GCM" */
    const char *openssl;        /* name EVP_*_fetch() knows (digests, ciphers, key wraps) or EVP_PKEY_is_a() knows (of the
                                 * key, with signatures, public keys, key transport and KEM), or NULL */
    sm_algorithm_class class_;
    sm_algorithm_standing standing;
    sm_signature_family family; /* signature algorithms */
    const char *digest;         /* EVP name of the digest a signature or KDF scheme implies, or NULL */
    unsigned key_octets;        /* content encryption, key wrap: key length; 0 variable or not applicable */
    unsigned block_octets;      /* CBC: block and IV length */
    const char *kdf;            /* EVP name of the KDF of a key agreement scheme or key derivation ("X963KDF", "HKDF",
                                 * "PBKDF2"), or NULL */
    bool cofactor;              /* key agreement: cofactor Diffie-Hellman */
} sm_algorithm_info;

/* The row for an OID's content octets, or NULL when it is not in the table. Constant, never freed.
 *
 * An OID has one row. rsaEncryption is SM_ALGORITHM_KEY_TRANSPORT with family SM_FAMILY_RSA_PKCS1 and no digest: as a
 * signature algorithm (RFC 3370 3.2) its digest is digestAlgorithm. id-alg-cek-hkdf-sha256 is SM_ALGORITHM_KEY_DERIVATION:
 * sm_cipher_parameters_parse gives the cipher inside. Public keys have no family. */
const sm_algorithm_info *sm_algorithm_lookup(sm_bytes oid);

/* The table, for lists and tests: row 0 to count - 1; NULL beyond. */
const sm_algorithm_info *sm_algorithm_row(unsigned index);

/* Takes an AlgorithmIdentifier (RFC 5280 4.1.1.2) with this tag, SM_TAG_SEQUENCE or an implicit one. *algorithm is absent
 * when it cannot be read to its end. */
bool sm_algorithm_take(sm_der *der, uint32_t tag, sm_algorithm *algorithm, const char *what);

/* The AlgorithmIdentifier in DER, as what keys are derived with is encoded (RFC 5753 7.2, RFC 9629 5, RFC 9709 2), whatever encoding it
 * was received in. Owned by the arena. */
sm_bytes sm_algorithm_der(sm_arena *arena, const sm_algorithm *algorithm);

/* The row's name, or the dotted OID when unknown, "none" when absent; owned by the arena or constant. */
const char *sm_algorithm_name(sm_arena *arena, const sm_algorithm *algorithm);

/* Parameters. Each parser returns false with a literal in *fault when they are absent, malformed, contradict the standard
 * or name something that the table has not; *out is then not to be used. Slices are of the algorithm's parameters. */

/* RSASSA-PSS-params (RFC 4055 3.1, RFC 4056 2.2), defaults filled in; the trailer must be 1. */
typedef struct sm_pss_parameters {
    const sm_algorithm_info *digest, *mgf_digest;
    uint32_t salt_length; /* octets */
    uint32_t trailer;     /* 1 */
} sm_pss_parameters;
bool sm_pss_parameters_parse(const sm_algorithm *algorithm, sm_pss_parameters *out, const char **fault);

/* RSAES-OAEP-params (RFC 3560 3), defaults filled in. */
typedef struct sm_oaep_parameters {
    const sm_algorithm_info *digest, *mgf_digest;
    sm_bytes label; /* never absent: empty by default */
} sm_oaep_parameters;
bool sm_oaep_parameters_parse(const sm_algorithm *algorithm, sm_oaep_parameters *out, const char **fault);

/* Nonce or IV and tag length of a content-encryption algorithm, checked against RFC 5084 (GCM: nonce not empty, tag 12 to
 * 16; CCM: nonce 7 to 13, tag 4 to 16 even), RFC 8103 (nonce 12, tag 16), RFC 3565 and RFC 3370 (IV of one block). A GCM
 * nonce of other than the recommended 12 octets is no fault here: see nonce.length. */
typedef struct sm_cipher_parameters {
    sm_bytes nonce;       /* nonce or IV */
    unsigned tag_length;  /* octets; 0 without authentication */
    bool tag_length_default; /* aes-ICVlen was absent: DEFAULT 12 */
    unsigned rc2_bits;    /* effective key bits of RC2, from rc2ParameterVersion (RFC 3370 5.2); 32 when it is absent */
    bool cek_hkdf;        /* RFC 9709: the algorithm stands inside id-alg-cek-hkdf-sha256 */
    const sm_algorithm_info *cipher; /* the row of the cipher itself */
    const sm_algorithm *inner;       /* AlgorithmIdentifier inside CEK-HKDF, or the given one */
} sm_cipher_parameters;
bool sm_cipher_parameters_parse(sm_arena *arena, const sm_algorithm *algorithm, sm_cipher_parameters *out, const char **fault);

/* OIDs the engine compares with, as content octets. */
extern const sm_bytes SM_OID_DATA, SM_OID_SIGNED_DATA, SM_OID_ENVELOPED_DATA, SM_OID_AUTH_ENVELOPED_DATA, SM_OID_COMPRESSED_DATA,
    SM_OID_ENCRYPTED_DATA, SM_OID_AUTHENTICATED_DATA, SM_OID_DIGESTED_DATA;
extern const sm_bytes SM_OID_CONTENT_TYPE, SM_OID_MESSAGE_DIGEST, SM_OID_SIGNING_TIME, SM_OID_COUNTERSIGNATURE,
    SM_OID_SMIME_CAPABILITIES, SM_OID_ENCRYPTION_KEY_PREFERENCE, SM_OID_SIGNING_CERTIFICATE, SM_OID_SIGNING_CERTIFICATE_V2,
    SM_OID_ALGORITHM_PROTECTION;
