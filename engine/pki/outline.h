/* What a key ring must know of a certificate to find it: everything but the key.
 *
 * OpenSSL decodes the public key of each certificate it reads, which takes ten times as long as all the rest of it. The outline
 * is read with the same grammar, in which the key stays a BIT STRING: what it accepts sm_certificate_parse() accepts, and what
 * one of them refuses the other refuses. So a ring can check and index its certificates at once, and read in full those that
 * somebody asks for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

#include <glib.h>
#include <stdbool.h>

/* Extensions of one certificate that are looked at; finding repeated ones is quadratic. */
enum { SM_CERTIFICATE_EXTENSIONS = 256 };

/* Members of a TBSCertificate (RFC 5280 4.1) as slices of its encoding. */
typedef struct sm_certificate_members {
    sm_bytes serial;          /* content octets of the INTEGER */
    sm_bytes issuer, subject; /* complete Name encodings */
    sm_bytes public_key_info; /* complete SubjectPublicKeyInfo encoding */
} sm_certificate_members;

/* False when the encoding is not DER as far as these members, or has octets after it. Checks nothing else. */
bool sm_certificate_locate(sm_bytes encoding, sm_certificate_members *members);

typedef struct sm_certificate_outline {
    sm_certificate_members members;
    guint issuer_hash, subject_hash;  /* sm_openssl_name_hash() */
    sm_bytes key_id, key_id_computed; /* as in sm_certificate; owned by the arena */
    const char *const *uris; /* the clean ones of the subjectAltName, lower-cased; owned by the arena */
    unsigned uri_count;
} sm_certificate_outline;

/* Reads one DER certificate. The members are slices of `der`, which must live as long as they are used. False for octets that
 * sm_certificate_parse() refuses; it says why. */
bool sm_certificate_outline_read(sm_arena *arena, sm_bytes der, sm_certificate_outline *outline);

/* Key identifier of a public key: SHA-1 of the octets of its subjectPublicKey (RFC 5280 4.2.1.2, method 1), owned by the arena.
 * Absent for no octets. */
sm_bytes sm_public_key_id(sm_arena *arena, const uint8_t *octets, size_t length);

/* Comparable text: what RFC 5280 4.2.1.6 allows in an IA5String name, and no octet that a C string or a terminal would take
 * for something else. */
bool sm_san_is_clean(sm_bytes octets);
