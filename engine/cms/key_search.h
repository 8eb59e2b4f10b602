/* The search for a content-encryption key: what it has to work with, and what becomes of a key it finds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "cms/content.h"
#include "pki/keyring.h"

/* A content-encryption key found; cleansed with sm_secret_clear(). */
typedef struct sm_secret {
    uint8_t octets[64];
    size_t length; /* octets; 0 none */
    bool proven;   /* what it was wrapped in has a check of its own, which held (key wrap, RSAES-OAEP, PWRI-KEK): it is the
                      content's key, whoever the message names. RSA v1.5 proves nothing */
} sm_secret;
void sm_secret_clear(sm_secret *secret);

/* One key tried, and where it ended. In what RSA v1.5 comes to no step tells the padding from the content: both stop
 * at the content (RFC 3218 2.3.2). */
typedef struct sm_key_attempt sm_key_attempt;
struct sm_key_attempt {
    const char *key;  /* its label, never the key */
    const char *step; /* the step that refused, a stable word of SM_STEP_*; NULL: it opened the content */
    const char *detail; /* one line; NULL when opened */
    const sm_key_attempt *next;
};

#define SM_STEP_ALGORITHM "algorithm"             /* unknown here or to this OpenSSL */
#define SM_STEP_KEY_TYPE "key-type"               /* the key's type or curve is not the algorithm's */
#define SM_STEP_PARAMETERS "parameters"           /* parameters or lengths in the RecipientInfo do not fit */
#define SM_STEP_ORIGINATOR "originator"           /* no certificate for a static originator key */
#define SM_STEP_KEY_AGREEMENT "key-agreement"     /* the originator's point, or no shared secret */
#define SM_STEP_DECAPSULATION "decapsulation"     /* KEM */
#define SM_STEP_KEY_DERIVATION "key-derivation"   /* X9.63 KDF, HKDF, PBKDF2 */
#define SM_STEP_KEY_DECRYPTION "key-decryption"   /* RSAES-OAEP */
#define SM_STEP_KEY_UNWRAP "key-unwrap"           /* key wrap's integrity check */
#define SM_STEP_CONTENT_KEY "content-key-length"  /* a key came out, of a length that the content cipher cannot use */
#define SM_STEP_TAG "tag"                         /* AEAD */
#define SM_STEP_MAC "mac"                         /* AuthenticatedData */
#define SM_STEP_CONTENT "content"                 /* unauthenticated content that does not decrypt */
#define SM_STEP_LIMIT "limit"

/* The attempts on one recipient, in the order made; those beyond SM_LIMIT_KEY_TRIALS are only counted. */
typedef struct sm_key_attempts {
    const sm_key_attempt *first;
    sm_key_attempt *last;
    unsigned count;
} sm_key_attempts;

/* Adds one; the strings are borrowed, the arena owns the rest. */
void sm_key_attempts_add(sm_arena *arena, sm_key_attempts *attempts, const char *key, const char *step,
                         const char *detail);

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
    const char *content_step; /* the step at which this content refuses a key: SM_STEP_TAG, _MAC or _CONTENT */
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
