/* Key ring: the user's private keys, certificates, KEKs, content keys, passwords, trust anchors and CRLs.
 *
 * Built once, then read-only but for what it remembers under locks: any number of threads may use it at the same time. Lookups by identifier are hash lookups and do not
 * depend on the ring's size.
 *
 * A certificate is checked whole when it is added, by OpenSSL and with the grammar that sm_certificate_parse() has, so that every
 * file that holds none gets its notice then, however many there are. Left for later is decoding its public key, nine tenths of
 * the work, and making its texts: that is done once, when a lookup or a private key first asks for the certificate. It cannot
 * find a fault in the file any more; should it fail all the same (a provider of OpenSSL's that is gone), the certificate is
 * missing among the candidates.
 *
 * Private keys, KEKs and passwords are held in memory that is cleansed when the ring is released
 * and are never part of a text. What is left of them then is OpenSSL's: its decoders of DER give memory back that holds
 * what they decoded.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "pki/certificate.h"
#include "pki/crl.h"
#include "pki/identifier.h"

#include <glib.h>

typedef struct sm_keyring sm_keyring;

typedef struct sm_private_key {
    const char *label; /* file name for people: "bob.pem" */
    const char *path;
    const sm_certificate *certificate; /* the certificate it belongs to, NULL when the ring has none */
    sm_key_type type;
    sm_bytes
        key_id_computed; /* SHA-1 of the public key, as in sm_certificate; of an EC key, its point uncompressed */
    void *pkey;          /* OpenSSL's EVP_PKEY */
} sm_private_key;

typedef struct sm_symmetric_key {
    const char *label;
    sm_bytes id;     /* KEKIdentifier; absent for a content-encryption key that fits any message */
    sm_bytes octets; /* the key: never show it */
    bool content_key;
} sm_symmetric_key;

/* One thing the loader has to tell: what, where, why, what to do. */
typedef struct sm_notice {
    enum { SM_NOTICE_ERROR, SM_NOTICE_WARNING } level; /* error: the file (or directory) could not be used */
    const char *path;
    const char *text; /* "bob.p12: wrong password" - one line with the file's name, without a line end */
} sm_notice;

/* An empty ring; reference-counted. */
sm_keyring *sm_keyring_new(void);
sm_keyring *sm_keyring_ref(sm_keyring *ring);
void sm_keyring_unref(sm_keyring *ring); /* NULL is allowed */

/* Adding, before the ring is used. Each reads a file, or a directory recursively (limits SM_LIMIT_KEY_*), recognises what each
 * file is by its content (PEM with any number of objects, DER certificate / key / CRL / PKCS#12, *.kek, *.cek) and returns how
 * many objects it took. What cannot be used becomes a notice; nothing is fatal. Files that are plainly something else in a
 * directory (README.md, a script) are passed over; a file named directly that yields nothing is an error notice.
 * A private key file readable by others is a warning. */
unsigned sm_keyring_add_keys(sm_keyring *ring, const char *path);
unsigned sm_keyring_add_trust(sm_keyring *ring, const char *path); /* certificates become anchors */
unsigned sm_keyring_add_crls(sm_keyring *ring, const char *path);

/* Passwords for PKCS#12 and encrypted PEM, to be given before the keys. A line "NAME=PASSWORD", where NAME is a file's
 * base name with a dot in it, serves that file alone; any other line is tried for all. Returns false with an error notice when
 * unreadable. */
bool sm_keyring_add_password_file(sm_keyring *ring, const char *path);
/* `file_name` NULL: for all. Copied. */
void sm_keyring_add_password(sm_keyring *ring, const char *file_name, const char *password);

/* One DER certificate or CRL from memory (the RFC's examples, tests). */
bool sm_keyring_add_certificate(sm_keyring *ring, sm_bytes der, const char *label, bool anchor);

/* sm_certificate_parse() for a certificate that came with a message: what OpenSSL decoded of the same octets before is used again
 * (SM_LIMIT_CERTIFICATE_CACHE). The ring, which may be NULL, does not take the certificate. Thread-safe. */
const sm_certificate *sm_keyring_read_embedded(const sm_keyring *ring, sm_arena *arena, sm_bytes der, const char **fault);

/* Notices so far, in order. Owned by the ring. */
const sm_notice *sm_keyring_notices(const sm_keyring *ring, unsigned *count);

unsigned sm_keyring_anchor_count(const sm_keyring *ring);
unsigned sm_keyring_private_key_count(const sm_keyring *ring);
unsigned sm_keyring_certificate_count(const sm_keyring *ring);
unsigned sm_keyring_crl_count(const sm_keyring *ring);

/* Candidates for an identifier: issuer and serial are not unique in the wild and key identifiers may collide, so all are
 * returned, at most SM_LIMIT_KEY_TRIALS. The arrays are owned by the ring and last until something is added to it; what they
 * point to lasts as long as the ring. *count is 0 for none. A key identifier is compared with the extension and with the
 * computed one. */
const sm_certificate *const *sm_keyring_certificates(const sm_keyring *ring, const sm_identifier *id,
                                                     unsigned *count);
const sm_private_key *const *sm_keyring_private_keys(const sm_keyring *ring, const sm_identifier *id,
                                                     unsigned *count);
/* Private keys without a certificate in the ring: candidates for any recipient of their type. */
const sm_private_key *const *sm_keyring_bare_keys(const sm_keyring *ring, unsigned *count);
const sm_symmetric_key *const *sm_keyring_keks(const sm_keyring *ring, sm_bytes id, unsigned *count);
const sm_symmetric_key *const *sm_keyring_content_keys(const sm_keyring *ring, unsigned *count);
const char *const *sm_keyring_passwords(const sm_keyring *ring, unsigned *count);
/* Certificates whose subject has this Name encoding (issuers of a path; also anchors). */
const sm_certificate *const *sm_keyring_by_subject(const sm_keyring *ring, sm_bytes subject_der,
                                                   unsigned *count);
/* Certificates whose SAN holds this exact URI text (recipients' certificates for identity comparison); lower-cased whole text
 * key. */
const sm_certificate *const *sm_keyring_by_uri(const sm_keyring *ring, const char *uri, unsigned *count);
/* All CRLs whose issuer has this Name encoding, whatever their age and number; and all indirect ones, whoever issued them. Their signatures
 * are not checked. */
const sm_crl *const *sm_keyring_crls(const sm_keyring *ring, sm_bytes issuer_der, unsigned *count);
const sm_crl *const *sm_keyring_indirect_crls(const sm_keyring *ring, unsigned *count);
bool sm_keyring_is_anchor(const sm_keyring *ring, const sm_certificate *certificate); /* the same encoding */
