/* What load.c, key_file.c, and unlock.c, which fill a key ring, and path.c, which has it remember, share with keyring.c; nobody
 * else includes it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "pki/certificate_cache.h"
#include "pki/keyring.h"
#include "pki/path_cache.h"

#include <openssl/evp.h>
#include <openssl/types.h>

/* Why a file is read: which of the objects in it are taken. */
typedef enum sm_key_role {
    SM_KEY_ROLE_KEYS,  /* everything; certificates do not become anchors */
    SM_KEY_ROLE_TRUST, /* certificates, as anchors, and CRLs */
    SM_KEY_ROLE_CRLS,  /* CRLs alone */
} sm_key_role;

/* What came of one file's octets. */
typedef struct sm_key_file {
    unsigned taken;   /* objects of its role, those already known among them */
    unsigned secrets; /* private keys and symmetric keys among them */
    bool told;        /* a notice was given */
} sm_key_file;

/* Recognises what the octets of a file are and takes what fits the role; tells of what cannot be used. `path` is the file's name
 * for notices, and for recognising *.kek and *.cek. `guess` is true for a file that was found in a directory: what is plainly
 * something else is passed over then. */
sm_key_file sm_key_file_read(sm_keyring *ring, sm_bytes octets, const char *path, sm_key_role role,
                             bool guess);

sm_arena *sm_keyring_arena(sm_keyring *ring); /* lives as long as the ring */

void sm_keyring_tell(sm_keyring *ring, bool error, const char *path, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* Each is true when the object is in the ring afterwards, new or not. */
bool sm_keyring_take_certificate(sm_keyring *ring, sm_bytes der, const char *path, bool anchor,
                                 const char **fault);
bool sm_keyring_take_crl(sm_keyring *ring, sm_bytes der, const char *path, const char **fault);
void sm_keyring_take_private_key(sm_keyring *ring, EVP_PKEY *key, const char *path); /* takes the reference */
void sm_keyring_take_symmetric_key(sm_keyring *ring, sm_bytes id, sm_bytes key, bool content_key,
                                   const char *path);

/* The paths judged with this ring, forgotten when a certificate or CRL is added, and the certificates of messages that were decoded. Of
 * all the ring these alone change in use: they have locks of their own. */
sm_path_cache *sm_keyring_paths(const sm_keyring *ring);
sm_certificate_cache *sm_keyring_decoded(const sm_keyring *ring);

/* How many certificates were read in full so far (their public key decoded, their texts made), of those in the ring. */
unsigned sm_keyring_read_in_full_count(const sm_keyring *ring);

/* Passwords to try on this file, those given for it alone first: an array of C strings of the ring, its container for the
 * caller to free. */
GPtrArray *sm_keyring_passwords_for(const sm_keyring *ring, const char *path);

/* OpenSSL with its old algorithms (RC2, single DES), for opening files alone; `complete` (may be NULL) becomes false when the
 * legacy provider is not installed. Owned by the ring. */
OSSL_LIB_CTX *sm_keyring_library(sm_keyring *ring, bool *complete);
