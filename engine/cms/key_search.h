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
} sm_secret;
void sm_secret_clear(sm_secret *secret);

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
