/* Private keys behind a password: PKCS#8, traditional PEM, PKCS#12.
 *
 * Nothing here ever asks on a terminal, and the work a file asks for is read out of it and bounded before OpenSSL does it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/bytes.h"
#include "pki/keyring_store.h"

#include <glib.h>
#include <openssl/evp.h>

typedef enum sm_unlock {
    SM_UNLOCK_DONE,
    SM_UNLOCK_PASSWORD_NEEDED, /* no password was given for this file */
    SM_UNLOCK_WRONG_PASSWORD,  /* none of those given fits */
    SM_UNLOCK_DAMAGED,
    SM_UNLOCK_UNSUPPORTED,     /* an algorithm that this OpenSSL does not have */
    SM_UNLOCK_LEGACY,          /* that may be so because its legacy provider is not installed */
    SM_UNLOCK_ITERATIONS,      /* asks for more work than SM_LIMIT_PBKDF2_ITERATIONS */
} sm_unlock;

/* "wrong password": what to tell of each outcome but the first. */
const char *sm_unlock_text(sm_unlock outcome);

/* An EncryptedPrivateKeyInfo (RFC 5208 6). *key is the caller's to free. */
sm_unlock sm_unlock_pkcs8(sm_keyring *ring, sm_bytes der, const GPtrArray *passwords, EVP_PKEY **key);

/* A traditional PEM key: `header` with Proc-Type and DEK-Info, its still encrypted octets, its label ("RSA PRIVATE KEY"). */
sm_unlock sm_unlock_traditional(const char *label, const char *header, sm_bytes octets, const GPtrArray *passwords,
                                EVP_PKEY **key);

/* An unencrypted key: PKCS#8 for the label "PRIVATE KEY", or the traditional form that the label names. NULL when it is none. */
EVP_PKEY *sm_unlock_plain(const char *label, sm_bytes der);

/* Everything in a PKCS#12 file (RFC 7292). The members are empty arrays at first: EVP_PKEY, and GBytes of DER; they free
 * what they hold. */
typedef struct sm_pkcs12 {
    GPtrArray *keys, *certificates, *crls;
} sm_pkcs12;
sm_unlock sm_unlock_pkcs12(sm_keyring *ring, sm_bytes octets, const GPtrArray *passwords, sm_pkcs12 *content);
