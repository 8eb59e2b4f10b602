/* Recipients: from a RecipientInfo and a key to the content-encryption key.
 *
 * RSA PKCS#1 v1.5 and OAEP, ECDH on the NIST curves with X9.63 KDF (RFC 5753), X25519 and X448 (RFC 8418),
 * KEK, password, KEM (RFC 9629) where OpenSSL has the primitive. All primitives are OpenSSL's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/verdict.h"
#include "cms/key_search.h"

/* What one RecipientInfo came to, for display. */
typedef struct sm_recipient {
    const sm_recipient_info *info;
    const char *type; /* "ktri", "kari", "kekri", "pwri", "kemri", "ori" */
    const char *id;   /* who is meant: issuer and serial, key identifier, KEK identifier (hexadecimal) */
    const char *key_management; /* "RSA-OAEP (SHA-256)", "ECDH P-256, SHA-256 KDF, AES-128 wrap" */
    const char *owner; /* subject or URI of the ring's certificate that the identifier names; NULL unknown */
    const sm_certificate *certificate; /* that certificate, or NULL */
    unsigned tried;                    /* keys tried on it */
    sm_key_attempts attempts; /* each of them, and the keys that it names but that do not fit it */
    sm_verdict opened; /* pass: yielded the content key; fail; not evaluated: no-key, unsupported-algorithm,
                          password-recipients-off */
    const char *key;   /* label of the key that opened it, or NULL */
} sm_recipient;

/* Describes a RecipientInfo; `opened` says "no-key" until a key was tried. ring may be NULL. Everything is
 * owned by the arena. */
void sm_recipient_describe(sm_arena *arena, const sm_recipient_info *info, const sm_keyring *ring,
                           sm_recipient *out);

/* Tries the keys that the RecipientInfo names (certificates' private keys, KEKs; passwords when asked for).
 * True when accept() took a key: `opened` is then pass and `key` its label. For RSA v1.5 a wrong key or a
 * damaged message yields other octets: only the content's authentication tells, nothing reported depends on
 * the padding. */
bool sm_recipient_open(sm_key_search *search, sm_recipient *out);

/* Tries private keys without a certificate whose type fits. A key that fails leaves `opened` as it was, unless its content key
 * is proven to be the message's: then the content is at fault. */
bool sm_recipient_open_bare(sm_key_search *search, sm_recipient *out);
