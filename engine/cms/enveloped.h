/* EnvelopedData, AuthEnvelopedData, EncryptedData and AuthenticatedData opened (RFC 5652 6 to 9, RFC 5083, RFC 5084, RFC 8103).
 *
 * Nothing is handed out before its tag verified. Unauthenticated modes (CBC) are marked as such.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "cms/recipient.h"

typedef struct sm_decryption {
    sm_verdict verdict;      /* pass: opened (for AuthenticatedData: the MAC holds); fail tag-mismatch, unwrap-failed, padding, parameters;
                                not evaluated no-key, unsupported-algorithm, password-recipients-off, truncated, no-content */
    const char *algorithm;   /* content encryption for people: "AES-128-GCM", never NULL */
    bool authenticated;      /* the algorithm authenticates the content (AEAD, MAC) */
    const sm_recipient *recipients;
    unsigned recipient_count;
    const char *key;         /* label of the key that opened it, or NULL */
    sm_bytes content;        /* the plaintext, owned by the arena; absent unless the verdict is pass */
    uint8_t key_digest[32];  /* SHA-256 of the content key when opened, to see keys used twice; zeros otherwise */
    const char *note;        /* "opened with the KDF as BouncyCastle has it (ukm left out)": worth knowing, or NULL */
} sm_decryption;

/* Opens a layer with the ring's keys. Nonce, tag and key lengths are checked before OpenSSL sees an octet; the AEAD must be
 * one where AuthEnvelopedData requires it and none where EnvelopedData does (a mismatch is "parameters").
 * passwords: also try the ring's passwords on password recipients. Thread-safe; everything is owned by the arena. */
const sm_decryption *sm_envelope_open(sm_arena *arena, const sm_cms *cms, const sm_keyring *ring, bool passwords);
