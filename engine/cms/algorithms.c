/* The algorithms of CMS and their parameters.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/algorithms.h"

#include "base/made_once.h"

#include <stdlib.h>

/* ---- OIDs ---- */

#define OID(text) {(const uint8_t *)(text), sizeof(text) - 1}

#define PKCS "\x2a\x86\x48\x86\xf7\x0d\x01" /* 1.2.840.113549.1 */

const sm_bytes SM_OID_DATA = OID(PKCS "\x07\x01"); /* 7.1 */
const sm_bytes SM_OID_SIGNED_DATA = OID(PKCS "\x07\x02"); /* 7.2 */
const sm_bytes SM_OID_ENVELOPED_DATA = OID(PKCS "\x07\x03"); /* 7.3 */
const sm_bytes SM_OID_AUTH_ENVELOPED_DATA = OID(PKCS "\x09\x10\x01\x17"); /* 9.16.1.23 */
const sm_bytes SM_OID_COMPRESSED_DATA = OID(PKCS "\x09\x10\x01\x09"); /* 9.16.1.9 */
const sm_bytes SM_OID_ENCRYPTED_DATA = OID(PKCS "\x07\x06"); /* 7.6 */
const sm_bytes SM_OID_AUTHENTICATED_DATA = OID(PKCS "\x09\x10\x01\x02"); /* 9.16.1.2 */
const sm_bytes SM_OID_DIGESTED_DATA = OID(PKCS "\x07\x05"); /* 7.5 */
const sm_bytes SM_OID_CONTENT_TYPE = OID(PKCS "\x09\x03"); /* 9.3 */
const sm_bytes SM_OID_MESSAGE_DIGEST = OID(PKCS "\x09\x04"); /* 9.4 */
const sm_bytes SM_OID_SIGNING_TIME = OID(PKCS "\x09\x05"); /* 9.5 */
const sm_bytes SM_OID_COUNTERSIGNATURE = OID(PKCS "\x09\x06"); /* 9.6 */
const sm_bytes SM_OID_SMIME_CAPABILITIES = OID(PKCS "\x09\x0f"); /* 9.15 */
const sm_bytes SM_OID_ENCRYPTION_KEY_PREFERENCE = OID(PKCS "\x09\x10\x02\x0b"); /* 9.16.2.11 */
const sm_bytes SM_OID_SIGNING_CERTIFICATE = OID(PKCS "\x09\x10\x02\x0c"); /* 9.16.2.12 */
const sm_bytes SM_OID_SIGNING_CERTIFICATE_V2 = OID(PKCS "\x09\x10\x02\x2f"); /* 9.16.2.47 */
const sm_bytes SM_OID_ALGORITHM_PROTECTION = OID(PKCS "\x09\x34"); /* 9.52 */

/* Only the parameters below name these. */
static const sm_bytes OID_MGF1 = OID(PKCS "\x01\x08"); /* 1.8 */
static const sm_bytes OID_P_SPECIFIED = OID(PKCS "\x01\x09"); /* 1.9 */
static const sm_bytes OID_SHA1 = OID("\x2b\x0e\x03\x02\x1a"); /* 1.3.14.3.2.26 */

/* ---- The table ---- */

static const sm_algorithm_info table[] = {
    /* digests: RFC 3370 2, RFC 5754 2, RFC 8702 3, RFC 8419 2.3 */
    {"1.2.840.113549.2.5", "MD5", "MD5", .class_ = SM_ALGORITHM_DIGEST, .standing = SM_STANDING_LEGACY},
    {"1.3.14.3.2.26", "SHA-1", "SHA1", .class_ = SM_ALGORITHM_DIGEST, .standing = SM_STANDING_LEGACY},
    {"1.3.36.3.2.1", "RIPEMD-160", "RIPEMD160", .class_ = SM_ALGORITHM_DIGEST, .standing = SM_STANDING_LEGACY},
    {"2.16.840.1.101.3.4.2.4", "SHA-224", "SHA224", .class_ = SM_ALGORITHM_DIGEST},
    {"2.16.840.1.101.3.4.2.1", "SHA-256", "SHA256", .class_ = SM_ALGORITHM_DIGEST},
    {"2.16.840.1.101.3.4.2.2", "SHA-384", "SHA384", .class_ = SM_ALGORITHM_DIGEST},
    {"2.16.840.1.101.3.4.2.3", "SHA-512", "SHA512", .class_ = SM_ALGORITHM_DIGEST},
    {"2.16.840.1.101.3.4.2.5", "SHA-512/224", "SHA512-224", .class_ = SM_ALGORITHM_DIGEST},
    {"2.16.840.1.101.3.4.2.6", "SHA-512/256", "SHA512-256", .class_ = SM_ALGORITHM_DIGEST},
    {"2.16.840.1.101.3.4.2.7", "SHA3-224", "SHA3-224", .class_ = SM_ALGORITHM_DIGEST},
    {"2.16.840.1.101.3.4.2.8", "SHA3-256", "SHA3-256", .class_ = SM_ALGORITHM_DIGEST},
    {"2.16.840.1.101.3.4.2.9", "SHA3-384", "SHA3-384", .class_ = SM_ALGORITHM_DIGEST},
    {"2.16.840.1.101.3.4.2.10", "SHA3-512", "SHA3-512", .class_ = SM_ALGORITHM_DIGEST},
    {"2.16.840.1.101.3.4.2.11", "SHAKE128", "SHAKE128", .class_ = SM_ALGORITHM_DIGEST},
    {"2.16.840.1.101.3.4.2.12", "SHAKE256", "SHAKE256", .class_ = SM_ALGORITHM_DIGEST},
    {"2.16.840.1.101.3.4.2.17", "SHAKE128 with given length", NULL, .class_ = SM_ALGORITHM_DIGEST},
    {"2.16.840.1.101.3.4.2.18", "SHAKE256 with given length", "SHAKE256", .class_ = SM_ALGORITHM_DIGEST},
    /* RSA: RFC 3370 3.2 and 4.2.1, RFC 5754 3.2, RFC 4056, RFC 3560 */
    {"1.2.840.113549.1.1.1", "RSA PKCS#1 v1.5", "RSA", .class_ = SM_ALGORITHM_KEY_TRANSPORT,
     .family = SM_FAMILY_RSA_PKCS1},
    {"1.2.840.113549.1.1.4", "RSA PKCS#1 v1.5 with MD5", "RSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .standing = SM_STANDING_LEGACY, .family = SM_FAMILY_RSA_PKCS1, .digest = "MD5"},
    {"1.2.840.113549.1.1.5", "RSA PKCS#1 v1.5 with SHA-1", "RSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .standing = SM_STANDING_LEGACY, .family = SM_FAMILY_RSA_PKCS1, .digest = "SHA1"},
    {"1.2.840.113549.1.1.14", "RSA PKCS#1 v1.5 with SHA-224", "RSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_RSA_PKCS1, .digest = "SHA224"},
    {"1.2.840.113549.1.1.11", "RSA PKCS#1 v1.5 with SHA-256", "RSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_RSA_PKCS1, .digest = "SHA256"},
    {"1.2.840.113549.1.1.12", "RSA PKCS#1 v1.5 with SHA-384", "RSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_RSA_PKCS1, .digest = "SHA384"},
    {"1.2.840.113549.1.1.13", "RSA PKCS#1 v1.5 with SHA-512", "RSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_RSA_PKCS1, .digest = "SHA512"},
    {"1.2.840.113549.1.1.15", "RSA PKCS#1 v1.5 with SHA-512/224", "RSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_RSA_PKCS1, .digest = "SHA512-224"},
    {"1.2.840.113549.1.1.16", "RSA PKCS#1 v1.5 with SHA-512/256", "RSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_RSA_PKCS1, .digest = "SHA512-256"},
    {"1.3.14.3.2.29", "RSA PKCS#1 v1.5 with SHA-1", "RSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .standing = SM_STANDING_LEGACY, .family = SM_FAMILY_RSA_PKCS1, .digest = "SHA1"},
    {"2.16.840.1.101.3.4.3.13", "RSA PKCS#1 v1.5 with SHA3-224", "RSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_RSA_PKCS1, .digest = "SHA3-224"},
    {"2.16.840.1.101.3.4.3.14", "RSA PKCS#1 v1.5 with SHA3-256", "RSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_RSA_PKCS1, .digest = "SHA3-256"},
    {"2.16.840.1.101.3.4.3.15", "RSA PKCS#1 v1.5 with SHA3-384", "RSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_RSA_PKCS1, .digest = "SHA3-384"},
    {"2.16.840.1.101.3.4.3.16", "RSA PKCS#1 v1.5 with SHA3-512", "RSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_RSA_PKCS1, .digest = "SHA3-512"},
    {"1.2.840.113549.1.1.10", "RSASSA-PSS", "RSA", .class_ = SM_ALGORITHM_SIGNATURE, .family = SM_FAMILY_RSA_PSS},
    {"1.3.6.1.5.5.7.6.30", "RSASSA-PSS with SHAKE128", "RSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_RSA_PSS_SHAKE, .digest = "SHAKE128"},
    {"1.3.6.1.5.5.7.6.31", "RSASSA-PSS with SHAKE256", "RSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_RSA_PSS_SHAKE, .digest = "SHAKE256"},
    {"1.2.840.113549.1.1.7", "RSAES-OAEP", "RSA", .class_ = SM_ALGORITHM_KEY_TRANSPORT},
    /* elliptic curves: RFC 5480 2.1, RFC 5754 3.3, RFC 8410, RFC 8419, RFC 8702 3.2 */
    {"1.2.840.10045.2.1", "EC", "EC", .class_ = SM_ALGORITHM_PUBLIC_KEY},
    {"1.3.132.1.12", "ECDH", "EC", .class_ = SM_ALGORITHM_PUBLIC_KEY},
    {"1.3.132.1.13", "ECMQV", "EC", .class_ = SM_ALGORITHM_PUBLIC_KEY},
    {"1.2.840.10045.4.1", "ECDSA with SHA-1", "EC", .class_ = SM_ALGORITHM_SIGNATURE,
     .standing = SM_STANDING_LEGACY, .family = SM_FAMILY_ECDSA, .digest = "SHA1"},
    {"1.2.840.10045.4.3.1", "ECDSA with SHA-224", "EC", .class_ = SM_ALGORITHM_SIGNATURE, .family = SM_FAMILY_ECDSA,
     .digest = "SHA224"},
    {"1.2.840.10045.4.3.2", "ECDSA with SHA-256", "EC", .class_ = SM_ALGORITHM_SIGNATURE, .family = SM_FAMILY_ECDSA,
     .digest = "SHA256"},
    {"1.2.840.10045.4.3.3", "ECDSA with SHA-384", "EC", .class_ = SM_ALGORITHM_SIGNATURE, .family = SM_FAMILY_ECDSA,
     .digest = "SHA384"},
    {"1.2.840.10045.4.3.4", "ECDSA with SHA-512", "EC", .class_ = SM_ALGORITHM_SIGNATURE, .family = SM_FAMILY_ECDSA,
     .digest = "SHA512"},
    {"2.16.840.1.101.3.4.3.9", "ECDSA with SHA3-224", "EC", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_ECDSA, .digest = "SHA3-224"},
    {"2.16.840.1.101.3.4.3.10", "ECDSA with SHA3-256", "EC", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_ECDSA, .digest = "SHA3-256"},
    {"2.16.840.1.101.3.4.3.11", "ECDSA with SHA3-384", "EC", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_ECDSA, .digest = "SHA3-384"},
    {"2.16.840.1.101.3.4.3.12", "ECDSA with SHA3-512", "EC", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_ECDSA, .digest = "SHA3-512"},
    {"1.3.6.1.5.5.7.6.32", "ECDSA with SHAKE128", "EC", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_ECDSA, .digest = "SHAKE128"},
    {"1.3.6.1.5.5.7.6.33", "ECDSA with SHAKE256", "EC", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_ECDSA, .digest = "SHAKE256"},
    {"1.3.101.110", "X25519", "X25519", .class_ = SM_ALGORITHM_PUBLIC_KEY},
    {"1.3.101.111", "X448", "X448", .class_ = SM_ALGORITHM_PUBLIC_KEY},
    {"1.3.101.112", "Ed25519", "ED25519", .class_ = SM_ALGORITHM_SIGNATURE, .family = SM_FAMILY_EDDSA},
    {"1.3.101.113", "Ed448", "ED448", .class_ = SM_ALGORITHM_SIGNATURE, .family = SM_FAMILY_EDDSA},
    /* DSA and Diffie-Hellman: RFC 3370 3.1 and 4.1, RFC 5754 3.1, RFC 2631 */
    {"1.2.840.10040.4.1", "DSA", "DSA", .class_ = SM_ALGORITHM_PUBLIC_KEY, .standing = SM_STANDING_LEGACY},
    {"1.2.840.10040.4.3", "DSA with SHA-1", "DSA", .class_ = SM_ALGORITHM_SIGNATURE, .standing = SM_STANDING_LEGACY,
     .family = SM_FAMILY_DSA, .digest = "SHA1"},
    {"2.16.840.1.101.3.4.3.1", "DSA with SHA-224", "DSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .standing = SM_STANDING_LEGACY, .family = SM_FAMILY_DSA, .digest = "SHA224"},
    {"2.16.840.1.101.3.4.3.2", "DSA with SHA-256", "DSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .standing = SM_STANDING_LEGACY, .family = SM_FAMILY_DSA, .digest = "SHA256"},
    {"2.16.840.1.101.3.4.3.3", "DSA with SHA-384", "DSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .standing = SM_STANDING_LEGACY, .family = SM_FAMILY_DSA, .digest = "SHA384"},
    {"2.16.840.1.101.3.4.3.4", "DSA with SHA-512", "DSA", .class_ = SM_ALGORITHM_SIGNATURE,
     .standing = SM_STANDING_LEGACY, .family = SM_FAMILY_DSA, .digest = "SHA512"},
    {"1.2.840.10046.2.1", "X9.42 DH", "DHX", .class_ = SM_ALGORITHM_PUBLIC_KEY, .standing = SM_STANDING_LEGACY},
    {"1.2.840.113549.1.3.1", "PKCS#3 DH", "DH", .class_ = SM_ALGORITHM_PUBLIC_KEY, .standing = SM_STANDING_LEGACY},
    {"1.2.840.113549.1.9.16.3.5", "Ephemeral-static DH", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT,
     .standing = SM_STANDING_LEGACY, .digest = "SHA1", .kdf = "X942KDF-ASN1"},
    {"1.2.840.113549.1.9.16.3.10", "Static-static DH", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT,
     .standing = SM_STANDING_LEGACY, .digest = "SHA1", .kdf = "X942KDF-ASN1"},
    /* post-quantum: RFC 9881 and 9882 (ML-DSA), RFC 9814 (SLH-DSA), RFC 9935 and 9936 (ML-KEM) */
    {"2.16.840.1.101.3.4.3.17", "ML-DSA-44", "ML-DSA-44", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_ML_DSA},
    {"2.16.840.1.101.3.4.3.18", "ML-DSA-65", "ML-DSA-65", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_ML_DSA},
    {"2.16.840.1.101.3.4.3.19", "ML-DSA-87", "ML-DSA-87", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_ML_DSA},
    {"2.16.840.1.101.3.4.3.20", "SLH-DSA-SHA2-128s", "SLH-DSA-SHA2-128s", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_SLH_DSA},
    {"2.16.840.1.101.3.4.3.21", "SLH-DSA-SHA2-128f", "SLH-DSA-SHA2-128f", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_SLH_DSA},
    {"2.16.840.1.101.3.4.3.22", "SLH-DSA-SHA2-192s", "SLH-DSA-SHA2-192s", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_SLH_DSA},
    {"2.16.840.1.101.3.4.3.23", "SLH-DSA-SHA2-192f", "SLH-DSA-SHA2-192f", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_SLH_DSA},
    {"2.16.840.1.101.3.4.3.24", "SLH-DSA-SHA2-256s", "SLH-DSA-SHA2-256s", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_SLH_DSA},
    {"2.16.840.1.101.3.4.3.25", "SLH-DSA-SHA2-256f", "SLH-DSA-SHA2-256f", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_SLH_DSA},
    {"2.16.840.1.101.3.4.3.26", "SLH-DSA-SHAKE-128s", "SLH-DSA-SHAKE-128s", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_SLH_DSA},
    {"2.16.840.1.101.3.4.3.27", "SLH-DSA-SHAKE-128f", "SLH-DSA-SHAKE-128f", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_SLH_DSA},
    {"2.16.840.1.101.3.4.3.28", "SLH-DSA-SHAKE-192s", "SLH-DSA-SHAKE-192s", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_SLH_DSA},
    {"2.16.840.1.101.3.4.3.29", "SLH-DSA-SHAKE-192f", "SLH-DSA-SHAKE-192f", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_SLH_DSA},
    {"2.16.840.1.101.3.4.3.30", "SLH-DSA-SHAKE-256s", "SLH-DSA-SHAKE-256s", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_SLH_DSA},
    {"2.16.840.1.101.3.4.3.31", "SLH-DSA-SHAKE-256f", "SLH-DSA-SHAKE-256f", .class_ = SM_ALGORITHM_SIGNATURE,
     .family = SM_FAMILY_SLH_DSA},
    {"2.16.840.1.101.3.4.4.1", "ML-KEM-512", "ML-KEM-512", .class_ = SM_ALGORITHM_KEM},
    {"2.16.840.1.101.3.4.4.2", "ML-KEM-768", "ML-KEM-768", .class_ = SM_ALGORITHM_KEM},
    {"2.16.840.1.101.3.4.4.3", "ML-KEM-1024", "ML-KEM-1024", .class_ = SM_ALGORITHM_KEM},
    /* RSA-KEM: RFC 9690, and RFC 5990 as key transport */
    {"1.0.18033.2.2.4", "RSA-KEM", "RSA", .class_ = SM_ALGORITHM_KEM},
    {"1.2.840.113549.1.9.16.3.14", "RSA-KEM key transport", "RSA", .class_ = SM_ALGORITHM_KEY_TRANSPORT},
    /* elliptic-curve key agreement: RFC 5753 7.1.4, RFC 8418 2 */
    {"1.3.133.16.840.63.0.2", "ECDH with SHA-1 KDF", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT,
     .standing = SM_STANDING_LEGACY, .digest = "SHA1", .kdf = "X963KDF"},
    {"1.3.132.1.11.0", "ECDH with SHA-224 KDF", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT, .digest = "SHA224",
     .kdf = "X963KDF"},
    {"1.3.132.1.11.1", "ECDH with SHA-256 KDF", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT, .digest = "SHA256",
     .kdf = "X963KDF"},
    {"1.3.132.1.11.2", "ECDH with SHA-384 KDF", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT, .digest = "SHA384",
     .kdf = "X963KDF"},
    {"1.3.132.1.11.3", "ECDH with SHA-512 KDF", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT, .digest = "SHA512",
     .kdf = "X963KDF"},
    {"1.3.133.16.840.63.0.3", "Cofactor ECDH with SHA-1 KDF", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT,
     .standing = SM_STANDING_LEGACY, .digest = "SHA1", .kdf = "X963KDF", .cofactor = true},
    {"1.3.132.1.14.0", "Cofactor ECDH with SHA-224 KDF", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT,
     .digest = "SHA224", .kdf = "X963KDF", .cofactor = true},
    {"1.3.132.1.14.1", "Cofactor ECDH with SHA-256 KDF", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT,
     .digest = "SHA256", .kdf = "X963KDF", .cofactor = true},
    {"1.3.132.1.14.2", "Cofactor ECDH with SHA-384 KDF", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT,
     .digest = "SHA384", .kdf = "X963KDF", .cofactor = true},
    {"1.3.132.1.14.3", "Cofactor ECDH with SHA-512 KDF", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT,
     .digest = "SHA512", .kdf = "X963KDF", .cofactor = true},
    {"1.3.133.16.840.63.0.16", "ECMQV with SHA-1 KDF", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT,
     .standing = SM_STANDING_LEGACY},
    {"1.3.132.1.15.0", "ECMQV with SHA-224 KDF", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT},
    {"1.3.132.1.15.1", "ECMQV with SHA-256 KDF", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT},
    {"1.3.132.1.15.2", "ECMQV with SHA-384 KDF", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT},
    {"1.3.132.1.15.3", "ECMQV with SHA-512 KDF", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT},
    {"1.2.840.113549.1.9.16.3.19", "ECDH with HKDF-SHA-256", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT,
     .digest = "SHA256", .kdf = "HKDF"},
    {"1.2.840.113549.1.9.16.3.20", "ECDH with HKDF-SHA-384", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT,
     .digest = "SHA384", .kdf = "HKDF"},
    {"1.2.840.113549.1.9.16.3.21", "ECDH with HKDF-SHA-512", NULL, .class_ = SM_ALGORITHM_KEY_AGREEMENT,
     .digest = "SHA512", .kdf = "HKDF"},
    /* key wrap: RFC 3565 2.3.2, RFC 5649, RFC 3370 4.3, RFC 3211, RFC 3657 */
    {"2.16.840.1.101.3.4.1.5", "AES-128 key wrap", "AES-128-WRAP", .class_ = SM_ALGORITHM_KEY_WRAP, .key_octets = 16},
    {"2.16.840.1.101.3.4.1.8", "AES-128 key wrap with padding", "AES-128-WRAP-PAD", .class_ = SM_ALGORITHM_KEY_WRAP,
     .key_octets = 16},
    {"2.16.840.1.101.3.4.1.25", "AES-192 key wrap", "AES-192-WRAP", .class_ = SM_ALGORITHM_KEY_WRAP,
     .key_octets = 24},
    {"2.16.840.1.101.3.4.1.28", "AES-192 key wrap with padding", "AES-192-WRAP-PAD",
     .class_ = SM_ALGORITHM_KEY_WRAP, .key_octets = 24},
    {"2.16.840.1.101.3.4.1.45", "AES-256 key wrap", "AES-256-WRAP", .class_ = SM_ALGORITHM_KEY_WRAP,
     .key_octets = 32},
    {"2.16.840.1.101.3.4.1.48", "AES-256 key wrap with padding", "AES-256-WRAP-PAD",
     .class_ = SM_ALGORITHM_KEY_WRAP, .key_octets = 32},
    {"1.2.840.113549.1.9.16.3.6", "Triple-DES key wrap", "DES3-WRAP", .class_ = SM_ALGORITHM_KEY_WRAP,
     .standing = SM_STANDING_LEGACY, .key_octets = 24},
    {"1.2.840.113549.1.9.16.3.7", "RC2 key wrap", NULL, .class_ = SM_ALGORITHM_KEY_WRAP,
     .standing = SM_STANDING_LEGACY},
    {"1.2.840.113549.1.9.16.3.9", "PWRI-KEK", NULL, .class_ = SM_ALGORITHM_KEY_WRAP},
    {"1.2.392.200011.61.1.1.3.2", "Camellia-128 key wrap", NULL, .class_ = SM_ALGORITHM_KEY_WRAP, .key_octets = 16},
    {"1.2.392.200011.61.1.1.3.3", "Camellia-192 key wrap", NULL, .class_ = SM_ALGORITHM_KEY_WRAP, .key_octets = 24},
    {"1.2.392.200011.61.1.1.3.4", "Camellia-256 key wrap", NULL, .class_ = SM_ALGORITHM_KEY_WRAP, .key_octets = 32},
    /* key derivation: RFC 8018 5.2, RFC 8619, RFC 9690 (X9.44), RFC 9709 */
    {"1.2.840.113549.1.5.12", "PBKDF2", "PBKDF2", .class_ = SM_ALGORITHM_KEY_DERIVATION, .kdf = "PBKDF2"},
    {"1.2.840.113549.1.9.16.3.28", "HKDF with SHA-256", "HKDF", .class_ = SM_ALGORITHM_KEY_DERIVATION,
     .digest = "SHA256", .kdf = "HKDF"},
    {"1.2.840.113549.1.9.16.3.29", "HKDF with SHA-384", "HKDF", .class_ = SM_ALGORITHM_KEY_DERIVATION,
     .digest = "SHA384", .kdf = "HKDF"},
    {"1.2.840.113549.1.9.16.3.30", "HKDF with SHA-512", "HKDF", .class_ = SM_ALGORITHM_KEY_DERIVATION,
     .digest = "SHA512", .kdf = "HKDF"},
    {"1.3.133.16.840.9.44.1.1", "KDF2", NULL, .class_ = SM_ALGORITHM_KEY_DERIVATION},
    {"1.3.133.16.840.9.44.1.2", "KDF3", NULL, .class_ = SM_ALGORITHM_KEY_DERIVATION},
    {"1.2.840.113549.1.9.16.3.31", "CEK-HKDF with SHA-256", "HKDF", .class_ = SM_ALGORITHM_KEY_DERIVATION,
     .digest = "SHA256", .kdf = "HKDF"},
    /* content encryption: RFC 3565 2.1, RFC 5084, RFC 8103, RFC 3370 5, RFC 3657 */
    {"2.16.840.1.101.3.4.1.2", "AES-128-CBC", "AES-128-CBC", .class_ = SM_ALGORITHM_CONTENT_ENCRYPTION,
     .key_octets = 16, .block_octets = 16},
    {"2.16.840.1.101.3.4.1.6", "AES-128-GCM", "AES-128-GCM", .class_ = SM_ALGORITHM_AEAD, .key_octets = 16},
    {"2.16.840.1.101.3.4.1.7", "AES-128-CCM", "AES-128-CCM", .class_ = SM_ALGORITHM_AEAD, .key_octets = 16},
    {"2.16.840.1.101.3.4.1.22", "AES-192-CBC", "AES-192-CBC", .class_ = SM_ALGORITHM_CONTENT_ENCRYPTION,
     .key_octets = 24, .block_octets = 16},
    {"2.16.840.1.101.3.4.1.26", "AES-192-GCM", "AES-192-GCM", .class_ = SM_ALGORITHM_AEAD, .key_octets = 24},
    {"2.16.840.1.101.3.4.1.27", "AES-192-CCM", "AES-192-CCM", .class_ = SM_ALGORITHM_AEAD, .key_octets = 24},
    {"2.16.840.1.101.3.4.1.42", "AES-256-CBC", "AES-256-CBC", .class_ = SM_ALGORITHM_CONTENT_ENCRYPTION,
     .key_octets = 32, .block_octets = 16},
    {"2.16.840.1.101.3.4.1.46", "AES-256-GCM", "AES-256-GCM", .class_ = SM_ALGORITHM_AEAD, .key_octets = 32},
    {"2.16.840.1.101.3.4.1.47", "AES-256-CCM", "AES-256-CCM", .class_ = SM_ALGORITHM_AEAD, .key_octets = 32},
    {"1.2.840.113549.1.9.16.3.18", "ChaCha20-Poly1305", "ChaCha20-Poly1305", .class_ = SM_ALGORITHM_AEAD,
     .key_octets = 32},
    {"1.2.840.113549.3.7", "Triple-DES-CBC", "DES-EDE3-CBC", .class_ = SM_ALGORITHM_CONTENT_ENCRYPTION,
     .standing = SM_STANDING_LEGACY, .key_octets = 24, .block_octets = 8},
    {"1.3.14.3.2.7", "DES-CBC", "DES-CBC", .class_ = SM_ALGORITHM_CONTENT_ENCRYPTION,
     .standing = SM_STANDING_LEGACY, .key_octets = 8, .block_octets = 8},
    {"1.2.840.113549.3.2", "RC2-CBC", "RC2-CBC", .class_ = SM_ALGORITHM_CONTENT_ENCRYPTION,
     .standing = SM_STANDING_LEGACY, .block_octets = 8},
    {"1.2.392.200011.61.1.1.1.2", "Camellia-128-CBC", "CAMELLIA-128-CBC", .class_ = SM_ALGORITHM_CONTENT_ENCRYPTION,
     .key_octets = 16, .block_octets = 16},
    {"1.2.392.200011.61.1.1.1.3", "Camellia-192-CBC", "CAMELLIA-192-CBC", .class_ = SM_ALGORITHM_CONTENT_ENCRYPTION,
     .key_octets = 24, .block_octets = 16},
    {"1.2.392.200011.61.1.1.1.4", "Camellia-256-CBC", "CAMELLIA-256-CBC", .class_ = SM_ALGORITHM_CONTENT_ENCRYPTION,
     .key_octets = 32, .block_octets = 16},
    /* message authentication: RFC 3370 6, RFC 8018 B.1, NIST CSOR, RFC 9044, RFC 8702 3.4 */
    {"1.3.6.1.5.5.8.1.1", "HMAC with MD5", "HMAC", .class_ = SM_ALGORITHM_MAC, .standing = SM_STANDING_LEGACY,
     .digest = "MD5"},
    {"1.3.6.1.5.5.8.1.2", "HMAC with SHA-1", "HMAC", .class_ = SM_ALGORITHM_MAC, .standing = SM_STANDING_LEGACY,
     .digest = "SHA1"},
    {"1.2.840.113549.2.7", "HMAC with SHA-1", "HMAC", .class_ = SM_ALGORITHM_MAC, .standing = SM_STANDING_LEGACY,
     .digest = "SHA1"},
    {"1.2.840.113549.2.8", "HMAC with SHA-224", "HMAC", .class_ = SM_ALGORITHM_MAC, .digest = "SHA224"},
    {"1.2.840.113549.2.9", "HMAC with SHA-256", "HMAC", .class_ = SM_ALGORITHM_MAC, .digest = "SHA256"},
    {"1.2.840.113549.2.10", "HMAC with SHA-384", "HMAC", .class_ = SM_ALGORITHM_MAC, .digest = "SHA384"},
    {"1.2.840.113549.2.11", "HMAC with SHA-512", "HMAC", .class_ = SM_ALGORITHM_MAC, .digest = "SHA512"},
    {"1.2.840.113549.2.12", "HMAC with SHA-512/224", "HMAC", .class_ = SM_ALGORITHM_MAC, .digest = "SHA512-224"},
    {"1.2.840.113549.2.13", "HMAC with SHA-512/256", "HMAC", .class_ = SM_ALGORITHM_MAC, .digest = "SHA512-256"},
    {"2.16.840.1.101.3.4.2.13", "HMAC with SHA3-224", "HMAC", .class_ = SM_ALGORITHM_MAC, .digest = "SHA3-224"},
    {"2.16.840.1.101.3.4.2.14", "HMAC with SHA3-256", "HMAC", .class_ = SM_ALGORITHM_MAC, .digest = "SHA3-256"},
    {"2.16.840.1.101.3.4.2.15", "HMAC with SHA3-384", "HMAC", .class_ = SM_ALGORITHM_MAC, .digest = "SHA3-384"},
    {"2.16.840.1.101.3.4.2.16", "HMAC with SHA3-512", "HMAC", .class_ = SM_ALGORITHM_MAC, .digest = "SHA3-512"},
    {"2.16.840.1.101.3.4.1.9", "AES-128-GMAC", "GMAC", .class_ = SM_ALGORITHM_MAC, .key_octets = 16},
    {"2.16.840.1.101.3.4.1.29", "AES-192-GMAC", "GMAC", .class_ = SM_ALGORITHM_MAC, .key_octets = 24},
    {"2.16.840.1.101.3.4.1.49", "AES-256-GMAC", "GMAC", .class_ = SM_ALGORITHM_MAC, .key_octets = 32},
    {"2.16.840.1.101.3.4.2.19", "KMAC128", "KMAC128", .class_ = SM_ALGORITHM_MAC},
    {"2.16.840.1.101.3.4.2.20", "KMAC256", "KMAC256", .class_ = SM_ALGORITHM_MAC},
    /* compression: RFC 3274 2 */
    {"1.2.840.113549.1.9.16.3.8", "zlib", NULL, .class_ = SM_ALGORITHM_COMPRESSION},
};

enum { ROWS = G_N_ELEMENTS(table), OID_OCTETS = 16 };

/* The rows by their encoded OIDs, in order. */
typedef struct entry {
    uint8_t octets[OID_OCTETS];
    size_t length;
    const sm_algorithm_info *row;
} entry;

/* Encodes dotted decimal (X.690 8.19) of a row; the table's OIDs fit. */
static void encode_oid(const char *dotted, entry *out)
{
    char *rest;
    unsigned long root = strtoul(dotted, &rest, 10);
    for (bool first = true; *rest == '.'; first = false) {
        unsigned long arc = strtoul(rest + 1, &rest, 10) + (first ? root * 40 : 0);
        int shift = 0;
        while (arc >> shift >= 0x80)
            shift += 7;
        for (; shift >= 0; shift -= 7) {
            g_assert(out->length < OID_OCTETS);
            out->octets[out->length++] = (uint8_t)((arc >> shift & 0x7f) | (shift > 0 ? 0x80 : 0));
        }
    }
}

/* Any total order serves: by length, then by octets. */
static int compare_oids(sm_bytes a, sm_bytes b)
{
    if (a.length != b.length)
        return a.length < b.length ? -1 : 1;
    return memcmp(a.data, b.data, a.length);
}

static int compare_entries(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    return compare_oids(sm_bytes_of(a->octets, a->length), sm_bytes_of(b->octets, b->length));
}

static gpointer sort_table(gconstpointer unused)
{
    (void)unused;
    entry *entries = g_new0(entry, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        entries[i].row = &table[i];
        encode_oid(table[i].oid, &entries[i]);
    }
    qsort(entries, ROWS, sizeof(*entries), compare_entries);
    return entries;
}

static const entry *sorted_index(void)
{
    static gpointer kept;
    return sm_made_once(&kept, sort_table, NULL, g_free);
}

const sm_algorithm_info *sm_algorithm_lookup(sm_bytes oid)
{
    if (oid.length == 0 || oid.length > OID_OCTETS)
        return NULL;
    const entry *entries = sorted_index();
    size_t low = 0, high = ROWS;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_oids(oid, sm_bytes_of(entries[middle].octets, entries[middle].length));
        if (order == 0)
            return entries[middle].row;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const sm_algorithm_info *sm_algorithm_row(unsigned index)
{
    return index < ROWS ? &table[index] : NULL;
}

const char *sm_algorithm_name(sm_arena *arena, const sm_algorithm *algorithm)
{
    if (!sm_bytes_present(algorithm->oid))
        return "none";
    const sm_algorithm_info *row = sm_algorithm_lookup(algorithm->oid);
    return row ? row->name : sm_oid_text(arena, algorithm->oid);
}

/* ---- AlgorithmIdentifier ---- */

bool sm_algorithm_take(sm_der *der, uint32_t tag, sm_algorithm *algorithm, const char *what)
{
    *algorithm = (sm_algorithm){0};
    const uint8_t *start = der->input.data;
    sm_der inner;
    if (!sm_der_enter(der, tag, &inner, what))
        return false;
    sm_algorithm read = {0};
    sm_tlv parameters = {0};
    if (sm_der_oid(&inner, &read.oid, what) && sm_der_more(&inner))
        sm_der_any(&inner, &parameters, what);
    if (!sm_der_leave(der, &inner, what))
        return false;
    read.parameters = parameters.encoding;
    read.encoding = sm_bytes_of(start, (size_t)(der->input.data - start));
    *algorithm = read;
    return true;
}

sm_bytes sm_algorithm_der(sm_arena *arena, const sm_algorithm *algorithm)
{
    sm_bytes anew = sm_der_anew(arena, algorithm->encoding);
    return sm_bytes_present(anew) ? anew : algorithm->encoding;
}

/* Notes why parameters cannot be used. */
static bool refuse(const char **fault, const char *why)
{
    *fault = why;
    return false;
}

/* ---- RSASSA-PSS and RSAES-OAEP ---- */

static bool is_absent_or_null(sm_bytes parameters)
{
    return !sm_bytes_present(parameters) || (parameters.length == 2 && parameters.data[0] == SM_TAG_NULL);
}

/* Reads the explicitly tagged hash algorithm, when there is one. */
static bool read_digest(sm_der *der, uint32_t tag, const sm_algorithm_info **digest, const char **fault)
{
    sm_der wrapper;
    sm_algorithm algorithm;
    if (!sm_der_enter_optional(der, tag, &wrapper, "hashAlgorithm"))
        return der->status == SM_DER_OK || refuse(fault, "malformed hashAlgorithm");
    sm_algorithm_take(&wrapper, SM_TAG_SEQUENCE, &algorithm, "hashAlgorithm");
    if (!sm_der_leave(der, &wrapper, "hashAlgorithm"))
        return refuse(fault, "malformed hashAlgorithm");
    *digest = sm_algorithm_lookup(algorithm.oid);
    if (*digest == NULL || (*digest)->class_ != SM_ALGORITHM_DIGEST)
        return refuse(fault, "unknown hashAlgorithm");
    return is_absent_or_null(algorithm.parameters) || refuse(fault, "hashAlgorithm with parameters");
}

/* Reads the explicitly tagged mask generation function, when there is one: MGF1 (RFC 4055 2.2) and its hash. */
static bool read_mgf(sm_der *der, uint32_t tag, const sm_algorithm_info **digest, const char **fault)
{
    sm_der wrapper;
    sm_algorithm mgf, hash;
    if (!sm_der_enter_optional(der, tag, &wrapper, "maskGenAlgorithm"))
        return der->status == SM_DER_OK || refuse(fault, "malformed maskGenAlgorithm");
    sm_algorithm_take(&wrapper, SM_TAG_SEQUENCE, &mgf, "maskGenAlgorithm");
    if (!sm_der_leave(der, &wrapper, "maskGenAlgorithm"))
        return refuse(fault, "malformed maskGenAlgorithm");
    if (!sm_bytes_equal(mgf.oid, OID_MGF1))
        return refuse(fault, "maskGenAlgorithm is not MGF1");
    if (!sm_bytes_present(mgf.parameters))
        return refuse(fault, "MGF1 without its hash");
    sm_der inner = sm_der_start_whole(mgf.parameters, SM_DER_BER);
    if (!sm_algorithm_take(&inner, SM_TAG_SEQUENCE, &hash, "MGF1 hash"))
        return refuse(fault, "malformed MGF1 hash");
    *digest = sm_algorithm_lookup(hash.oid);
    if (*digest == NULL || (*digest)->class_ != SM_ALGORITHM_DIGEST)
        return refuse(fault, "unknown MGF1 hash");
    return is_absent_or_null(hash.parameters) || refuse(fault, "MGF1 hash with parameters");
}

/* Reads an explicitly tagged INTEGER, when there is one. */
static bool read_tagged_uint(sm_der *der, uint32_t tag, uint32_t *value, const char **fault, const char *why)
{
    sm_der wrapper;
    if (!sm_der_enter_optional(der, tag, &wrapper, why))
        return der->status == SM_DER_OK || refuse(fault, why);
    sm_der_uint(&wrapper, value, why);
    return sm_der_leave(der, &wrapper, why) || refuse(fault, why);
}

/* Enters the SEQUENCE that the parameters must be. */
static bool enter_parameters(const sm_algorithm *algorithm, sm_der *outer, sm_der *inner, const char **fault)
{
    *fault = NULL;
    if (!sm_bytes_present(algorithm->parameters))
        return refuse(fault, "the parameters are absent");
    *outer = sm_der_start_whole(algorithm->parameters, SM_DER_BER);
    return sm_der_enter(outer, SM_TAG_SEQUENCE, inner, "parameters") ||
           refuse(fault, "the parameters are no SEQUENCE");
}

bool sm_pss_parameters_parse(const sm_algorithm *algorithm, sm_pss_parameters *out, const char **fault)
{
    const sm_algorithm_info *sha1 = sm_algorithm_lookup(OID_SHA1);
    *out = (sm_pss_parameters){.digest = sha1, .mgf_digest = sha1, .salt_length = 20, .trailer = 1};
    sm_der outer, inner;
    if (!enter_parameters(algorithm, &outer, &inner, fault) ||
        !read_digest(&inner, SM_TAG_CONTEXT(0), &out->digest, fault) ||
        !read_mgf(&inner, SM_TAG_CONTEXT(1), &out->mgf_digest, fault) ||
        !read_tagged_uint(&inner, SM_TAG_CONTEXT(2), &out->salt_length, fault, "malformed saltLength") ||
        !read_tagged_uint(&inner, SM_TAG_CONTEXT(3), &out->trailer, fault, "malformed trailerField"))
        return false;
    if (!sm_der_leave(&outer, &inner, "parameters"))
        return refuse(fault, "malformed RSASSA-PSS-params");
    return out->trailer == 1 || refuse(fault, "trailerField is not 1");
}

bool sm_oaep_parameters_parse(const sm_algorithm *algorithm, sm_oaep_parameters *out, const char **fault)
{
    const sm_algorithm_info *sha1 = sm_algorithm_lookup(OID_SHA1);
    *out = (sm_oaep_parameters){.digest = sha1, .mgf_digest = sha1, .label = SM_BYTES_LITERAL("")};
    sm_der outer, inner, wrapper;
    if (!enter_parameters(algorithm, &outer, &inner, fault) ||
        !read_digest(&inner, SM_TAG_CONTEXT(0), &out->digest, fault) ||
        !read_mgf(&inner, SM_TAG_CONTEXT(1), &out->mgf_digest, fault))
        return false;
    if (sm_der_enter_optional(&inner, SM_TAG_CONTEXT(2), &wrapper, "pSourceAlgorithm")) {
        sm_algorithm source;
        sm_algorithm_take(&wrapper, SM_TAG_SEQUENCE, &source, "pSourceAlgorithm");
        if (!sm_der_leave(&inner, &wrapper, "pSourceAlgorithm"))
            return refuse(fault, "malformed pSourceAlgorithm");
        if (!sm_bytes_equal(source.oid, OID_P_SPECIFIED))
            return refuse(fault, "pSourceAlgorithm is not pSpecified");
        sm_der label = sm_der_start_whole(source.parameters, SM_DER_BER);
        sm_tlv tlv;
        if (!sm_der_take(&label, SM_TAG_OCTET_STRING, &tlv, "label") || tlv.constructed)
            return refuse(fault, "malformed pSpecified label");
        out->label = tlv.content;
    }
    return sm_der_leave(&outer, &inner, "parameters") || refuse(fault, "malformed RSAES-OAEP-params");
}

/* ---- Content encryption ---- */

/* An OCTET STRING as the whole of the parameters: IV or nonce. */
static bool read_iv(sm_arena *arena, const sm_algorithm *algorithm, sm_bytes *iv, const char **fault)
{
    if (!sm_bytes_present(algorithm->parameters))
        return refuse(fault, "the parameters are absent");
    sm_der der = sm_der_start_whole(algorithm->parameters, SM_DER_BER);
    return sm_der_octets(&der, arena, SM_TAG_OCTET_STRING, iv, NULL, "IV") ||
           refuse(fault, "the parameters are no OCTET STRING");
}

/* GCMParameters and CCMParameters (RFC 5084 3.1, 3.2): nonce, ICVlen DEFAULT 12. */
static bool read_aead(sm_arena *arena, const sm_algorithm *algorithm, sm_cipher_parameters *out, const char **fault)
{
    sm_der outer, inner;
    if (!enter_parameters(algorithm, &outer, &inner, fault))
        return false;
    uint32_t tag_length = 12;
    if (sm_der_octets(&inner, arena, SM_TAG_OCTET_STRING, &out->nonce, NULL, "aes-nonce")) {
        out->tag_length_default = !sm_der_more(&inner);
        if (!out->tag_length_default)
            sm_der_uint(&inner, &tag_length, "aes-ICVlen");
    }
    if (!sm_der_leave(&outer, &inner, "parameters"))
        return refuse(fault, "malformed GCMParameters or CCMParameters");
    out->tag_length = tag_length;
    return true;
}

static bool read_gcm(sm_arena *arena, const sm_algorithm *algorithm, sm_cipher_parameters *out, const char **fault)
{
    if (!read_aead(arena, algorithm, out, fault))
        return false;
    if (out->nonce.length == 0)
        return refuse(fault, "the nonce is empty");
    return (out->tag_length >= 12 && out->tag_length <= 16) || refuse(fault, "aes-ICVlen is not 12 to 16");
}

static bool read_ccm(sm_arena *arena, const sm_algorithm *algorithm, sm_cipher_parameters *out, const char **fault)
{
    if (!read_aead(arena, algorithm, out, fault))
        return false;
    if (out->nonce.length < 7 || out->nonce.length > 13)
        return refuse(fault, "the nonce is not 7 to 13 octets");
    bool allowed = out->tag_length >= 4 && out->tag_length <= 16 && out->tag_length % 2 == 0;
    return allowed || refuse(fault, "aes-ICVlen is not 4, 6, 8, 10, 12, 14 or 16");
}

/* AEADChaCha20Poly1305Nonce (RFC 8103 3). */
static bool read_chacha20(sm_arena *arena, const sm_algorithm *algorithm, sm_cipher_parameters *out,
                          const char **fault)
{
    out->tag_length = 16;
    return read_iv(arena, algorithm, &out->nonce, fault) &&
           (out->nonce.length == 12 || refuse(fault, "the nonce is not 12 octets"));
}

static bool read_cbc(sm_arena *arena, const sm_algorithm *algorithm, sm_cipher_parameters *out, const char **fault)
{
    return read_iv(arena, algorithm, &out->nonce, fault) &&
           (out->nonce.length == out->cipher->block_octets || refuse(fault, "the IV is not one block"));
}

/* What rc2ParameterVersion stands for (RFC 2268 6); 0 for what CMS does not use. */
static unsigned rc2_effective_bits(uint32_t version)
{
    switch (version) {
    case 160:
        return 40;
    case 120:
        return 64;
    case 58:
        return 128;
    default:
        return version >= 256 ? version : 0;
    }
}

/* RC2CBCParameter (RFC 3370 5.2): the version stands for the effective key bits; absent, they are 32 (RFC 2268 6). */
static bool read_rc2(sm_arena *arena, const sm_algorithm *algorithm, sm_cipher_parameters *out, const char **fault)
{
    sm_der outer, inner;
    if (!enter_parameters(algorithm, &outer, &inner, fault))
        return false;
    uint32_t version, tag;
    out->rc2_bits = 32;
    if (sm_der_peek(&inner, &tag) && tag == SM_TAG_INTEGER && sm_der_uint(&inner, &version, "rc2ParameterVersion"))
        out->rc2_bits = rc2_effective_bits(version);
    sm_der_octets(&inner, arena, SM_TAG_OCTET_STRING, &out->nonce, NULL, "iv");
    if (!sm_der_leave(&outer, &inner, "parameters"))
        return refuse(fault, "malformed RC2CBCParameter");
    if (out->rc2_bits == 0 || out->rc2_bits > 1024) /* RFC 2268 2 */
        return refuse(fault, "rc2ParameterVersion stands for no known key length");
    return out->nonce.length == out->cipher->block_octets || refuse(fault, "the IV is not one block");
}

/* The AlgorithmIdentifier inside id-alg-cek-hkdf-sha256 (RFC 9709). */
static bool unwrap_cek_hkdf(sm_arena *arena, const sm_algorithm *algorithm, sm_cipher_parameters *out,
                            const char **fault)
{
    if (!sm_bytes_present(algorithm->parameters))
        return refuse(fault, "CEK-HKDF without the algorithm it is for");
    sm_algorithm *inner = sm_arena_new0(arena, sm_algorithm);
    sm_der der = sm_der_start_whole(algorithm->parameters, SM_DER_BER);
    if (!sm_algorithm_take(&der, SM_TAG_SEQUENCE, inner, "CEK-HKDF parameters"))
        return refuse(fault, "malformed CEK-HKDF parameters");
    inner->encoding = sm_algorithm_der(arena, inner);
    out->cek_hkdf = true;
    out->inner = inner;
    return true;
}

bool sm_cipher_parameters_parse(sm_arena *arena, const sm_algorithm *algorithm, sm_cipher_parameters *out,
                                const char **fault)
{
    *out = (sm_cipher_parameters){.inner = algorithm};
    *fault = NULL;
    const sm_algorithm_info *row = sm_algorithm_lookup(algorithm->oid);
    if (row && row->class_ == SM_ALGORITHM_KEY_DERIVATION && strcmp(row->oid, "1.2.840.113549.1.9.16.3.31") == 0) {
        if (!unwrap_cek_hkdf(arena, algorithm, out, fault))
            return false;
        row = sm_algorithm_lookup(out->inner->oid);
    }
    if (row == NULL || (row->class_ != SM_ALGORITHM_AEAD && row->class_ != SM_ALGORITHM_CONTENT_ENCRYPTION))
        return refuse(fault, "no content-encryption algorithm that is known");
    out->cipher = row;
    if (g_str_has_suffix(row->name, "-GCM"))
        return read_gcm(arena, out->inner, out, fault);
    if (g_str_has_suffix(row->name, "-CCM"))
        return read_ccm(arena, out->inner, out, fault);
    if (row->class_ == SM_ALGORITHM_AEAD)
        return read_chacha20(arena, out->inner, out, fault);
    if (strcmp(row->openssl, "RC2-CBC") == 0)
        return read_rc2(arena, out->inner, out, fault);
    return read_cbc(arena, out->inner, out, fault);
}
