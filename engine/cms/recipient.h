/* Recipients: from a RecipientInfo and a key to the content-encryption key.
 *
 * RSA PKCS#1 v1.5 and OAEP, ECDH on the NIST curves with X9.63 KDF (RFC 5753), X25519 and X448 (RFC 8418), KEK, password,
 * KEM (RFC 9629) where OpenSSL has the primitive. All primitives are OpenSSL's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "cms/content.h"
#include "pki/keyring.h"
#include "verdict.h"

/* A content-encryption key found; cleansed with sm_secret_clear(). */
typedef struct sm_secret {
    uint8_t octets[64];
    size_t length; /* octets; 0 none */
} sm_secret;
void sm_secret_clear(sm_secret *secret);

/* What one RecipientInfo came to, for display. */
typedef struct sm_recipient {
    const sm_recipient_info *info;
    const char *type;           /* "ktri", "kari", "kekri", "pwri", "kemri", "ori" */
    const char *id;             /* who is meant: issuer and serial, key identifier, KEK identifier (hexadecimal) */
    const char *key_management; /* "RSA-OAEP (SHA-256)", "ECDH P-256, SHA-256 KDF, AES-128 wrap" */
    const char *owner;          /* subject or URI of the ring's certificate that the identifier names; NULL unknown */
    const sm_certificate *certificate; /* that certificate, or NULL */
    unsigned tried;             /* keys tried on it */
    sm_verdict opened;          /* pass: yielded the content key; fail; not evaluated: no-key, unsupported-algorithm, password-recipients-off */
    const char *key;            /* label of the key that opened it, or NULL */
} sm_recipient;

/* Describes a RecipientInfo and tries the ring's keys that fit it. True when a candidate content key came out (for RSA v1.5
 * random octets do too, on a wrong key: only the content's authentication tells; nothing reported depends on the padding).
 * `cek_length`: octets the content cipher needs, 0 when unknown. `accept` is called with each candidate key until it returns true: it tries the content.
 * Everything but the secret is owned by the arena. */
typedef bool (*sm_accept_key)(void *context, const sm_secret *cek, const char *key_label);
bool sm_recipient_open(sm_arena *arena, const sm_recipient_info *info, const sm_keyring *ring, bool passwords, size_t cek_length,
                       sm_accept_key accept, void *context, sm_recipient *out);
