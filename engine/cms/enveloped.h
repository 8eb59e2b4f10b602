/* EnvelopedData, AuthEnvelopedData, EncryptedData and AuthenticatedData opened (RFC 5652 6 to 9, RFC 5083,
 * RFC 5084, RFC 8103).
 *
 * Nothing is handed out before its tag verified. Unauthenticated modes (CBC) are marked as such.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "cms/recipient.h"

typedef struct sm_decryption {
    /* pass: opened (for AuthenticatedData: the MAC holds, and the message-digest attribute); fail
     * tag-mismatch, unwrap-failed, padding, parameters, and for AuthenticatedData digest-mismatch,
     * signed-attributes; not evaluated no-key, no-certificate (of a static originator key),
     * unsupported-algorithm, password-recipients-off, truncated, not-parsed, no-content, limit. */
    sm_verdict verdict;
    const char *algorithm; /* content encryption for people: "AES-128-GCM", never NULL */
    bool authenticated;    /* the algorithm authenticates the content (AEAD, MAC) */
    const sm_recipient *recipients;
    unsigned recipient_count;
    sm_key_attempts content_keys; /* content keys of the ring tried, whoever the recipients are */
    const char *key;  /* label of the key that opened it, or NULL */
    sm_bytes content; /* the plaintext, owned by the arena; absent unless the verdict is pass */
    /* SHA-256 of the content key when opened, to see keys used twice; zeros otherwise. */
    uint8_t key_digest[32];
    /* Opened, not authenticated, and what came out does not begin as its content type does: what somebody changed, or what a
     * wrong key gave. */
    bool implausible;
    /* "opened the way BouncyCastle derives the key": worth knowing about how it was opened, or NULL. */
    const char *note;
} sm_decryption;

/* Opens a layer with the ring's keys: first those that recipients name, then content keys, then private keys
 * without a certificate. A key that the message does not name and that fails is no failure of the message
 * (no-key), unless what it was wrapped in proves that it is the right one. Where the content is not authenticated (CBC), a key
 * without such proof is believed only when its plaintext begins as a MIME entity or, for a content type other than id-data, as an
 * ASN.1 SEQUENCE: one wrong key in 256 gives a right padding. One that the message names is believed last of all, when no
 * other key opens the content: a damaged encryptedKey of RSA v1.5 around CBC may open to nonsense, and `implausible` says so.
 * Nonce, tag and key lengths are checked before OpenSSL sees an octet; the AEAD must be one where
 * AuthEnvelopedData requires it and none where EnvelopedData does (a mismatch is "parameters").
 * Of content keys as many are tried as SM_LIMIT_CONTENT_KEY_OCTETS lets, and at least SM_LIMIT_KEY_TRIALS.
 * ring: may be NULL. passwords: also try the ring's passwords on password recipients.
 * Thread-safe; everything is owned by the arena. */
const sm_decryption *sm_envelope_open(sm_arena *arena, const sm_cms *cms, const sm_keyring *ring,
                                      bool passwords);
