/* Recipients: from a RecipientInfo and a key to the content-encryption key.
 *
 * RSA PKCS#1 v1.5 and OAEP, ECDH on the NIST curves with X9.63 KDF (RFC 5753), X25519 and X448 (RFC 8418),
 * KEK, password, KEM (RFC 9629) where OpenSSL has the primitive. All primitives are OpenSSL's.
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
    const char *type; /* "ktri", "kari", "kekri", "pwri", "kemri", "ori" */
    const char *id;   /* who is meant: issuer and serial, key identifier, KEK identifier (hexadecimal) */
    const char *key_management; /* "RSA-OAEP (SHA-256)", "ECDH P-256, SHA-256 KDF, AES-128 wrap" */
    const char *owner; /* subject or URI of the ring's certificate that the identifier names; NULL unknown */
    const sm_certificate *certificate; /* that certificate, or NULL */
    unsigned tried;                    /* keys tried on it */
    sm_verdict opened; /* pass: yielded the content key; fail; not evaluated: no-key, unsupported-algorithm,
                          password-recipients-off */
    const char *key;   /* label of the key that opened it, or NULL */
} sm_recipient;

/* A candidate content key: true when it opens the content. `named`: the message names the key it came from
 * (identifier of a certificate or KEK); otherwise the key was only tried because its type fits, and its
 * failure says nothing about the message. */
typedef bool (*sm_accept_key)(void *context, const sm_secret *cek, const char *key_label, bool named);

/* What the search for a content key has to work with; one for a whole envelope. */
typedef struct sm_key_search {
    sm_arena *arena;
    const sm_keyring *ring;
    bool passwords;       /* also try the ring's passwords on password recipients */
    size_t cek_length;    /* octets the content cipher needs, 0 when unknown */
    sm_accept_key accept; /* called with each candidate key until it returns true: it tries the content */
    void *context;
    unsigned trials_left;     /* bound on the keys tried for one message: start with SM_LIMIT_KEY_TRIALS */
    uint32_t iterations_left; /* bound on PBKDF2's work, all passwords together: start with
                                 SM_LIMIT_PBKDF2_ITERATIONS */
    bool limit;               /* out: a bound was hit before everything was tried */
    const sm_certificate *const *originators; /* certificates of originatorInfo, for static originator keys */
    unsigned originator_count;
    const char *note; /* out: something worth knowing about how the key was found, or NULL */
} sm_key_search;

/* Describes a RecipientInfo; `opened` says "no-key" until a key was tried. ring may be NULL. Everything is
 * owned by the arena. */
void sm_recipient_describe(sm_arena *arena, const sm_recipient_info *info, const sm_keyring *ring,
                           sm_recipient *out);

/* Tries the keys that the RecipientInfo names (certificates' private keys, KEKs; passwords when asked for).
 * True when accept() took a key: `opened` is then pass and `key` its label. For RSA v1.5 a wrong key or a
 * damaged message yields other octets: only the content's authentication tells, nothing reported depends on
 * the padding. */
bool sm_recipient_open(sm_key_search *search, sm_recipient *out);

/* Tries private keys without a certificate whose type fits. A key that fails leaves `opened` as it was. */
bool sm_recipient_open_bare(sm_key_search *search, sm_recipient *out);
