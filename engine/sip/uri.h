/* SIP, SIPS and related URIs: reading and comparison (RFC 3261 19.1, RFC 5954, RFC 3966, RFC 3859, RFC 3860).
 *
 * Text parts are kept in the one spelling that RFC 3261 19.1.4 compares: an escaped character is decoded, but
 * an escaped character of RFC 2396's reserved set, an escaped "%" and an escaped zero stay "%HH" in upper
 * case. So "%61lice" becomes "alice", "a%3bb" becomes "a%3Bb" and differs from "a;b", and no decoded octet
 * ends a string early (RFC 4475 3.1.1.5).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

#include <stdbool.h>

typedef enum sm_uri_scheme {
    SM_URI_SIP,
    SM_URI_SIPS,
    SM_URI_TEL,
    SM_URI_IM,
    SM_URI_PRES,
    SM_URI_MAILTO,
    SM_URI_OTHER
} sm_uri_scheme;

typedef struct sm_uri_parameter {
    const char *name;  /* in the spelling for comparison, see above, and in lower case */
    const char *value; /* in the spelling for comparison; NULL when absent */
} sm_uri_parameter;

typedef struct sm_uri {
    const char *text; /* as received, safe to show */
    sm_uri_scheme scheme;
    const char *user;     /* in the spelling for comparison, NULL when absent; may hold any octet but zero */
    const char *password; /* the same; NULL when absent */
    const char *host;     /* lower case; IPv6 in RFC 5952 form with brackets, a trailing dot removed; NULL for
                             tel: and other schemes */
    unsigned port;        /* 0 when absent (which is not equal to the default port, RFC 3261 19.1.4) */
    const sm_uri_parameter *parameters;
    unsigned parameter_count;
    const sm_uri_parameter *headers;
    unsigned header_count;
    const char *number; /* tel: and user=phone: digits with leading + when global, visual separators removed;
                             else NULL. Also NULL for user=phone when the user part has more parameters than
                             phone-context */
    const char *phone_context; /* of a local number; NULL */
} sm_uri;

/* Reads a URI, without angle brackets. NULL when it is none; `fault` (may be NULL) gets a literal that tells
 * why. Owned by the arena. Characters that no URI may hold (controls, blanks, octets above 126, and < > " \),
 * a second "@", a repeated parameter and an impossible host or port make it unreadable; other characters that
 * should be escaped are let pass. Limit: SM_LIMIT_URI_PARAMETERS. The time is linear in the length. */
const sm_uri *sm_uri_parse(sm_arena *arena, sm_bytes text, const char **fault);

/* Equality: RFC 3261 19.1.4 with RFC 5954 4.2 for sip: and sips:, RFC 3966 4 for tel:, user, host and header
 * components for im:, pres: and mailto:, else the same text. Symmetric and reflexive, not transitive
 * (19.1.4). `rule` (may be NULL) gets one line, a literal, that names what decided: "equal", "user differs",
 * "parameter transport stands in one only", ... */
bool sm_uri_equal(const sm_uri *a, const sm_uri *b, const char **rule);

/* Whether two URIs name the same address-of-record, as an identity is compared. `certified` is a
 * certificate's SAN, `received` stands in a header field. Not symmetric. `rule` (may be NULL) gets one line,
 * a literal. Decided so:
 * - The scheme, user (with case), password and host must be equal as in RFC 3261 19.1.4.
 * - Parameters of `received` are ignored, user=phone too: an address-of-record is compared after they are
 *   removed (RFC 3261 10.3 step 5). So are its port and header components, which a From or To does not have
 *   (RFC 3261 19.1.1 table 1: what a place does not allow is to be ignored there); `rule` says so. What `certified` has of these must stand in `received` with the same value:
 *   the certificate was issued for that alone.
 * - sip: and sips: never match, although RFC 3261 23.1 speaks of "a SIP or SIPS URI": 19.1.4 says they are
 *   never equivalent.
 * - A SAN without user names the domain and matches no user (RFC 5922 7.1).
 * - tel: matches tel: by RFC 3966 4. A certified global number matches a sip: or sips: URI with user=phone
 *   and the same number under any host (RFC 3261 19.1.6). The other way round it does not: who answers for
 *   sip:+1...@example.com answers for the numbers at example.com, not for the number as such.
 * - user=phone on both sides: the same number under the same host, visual separators ignored (RFC 3966 4).
 * - im: and pres: match each other, sip: and sips: by user and host (RFC 3860, RFC 3861: the domain resolves
 *   them to SIP).
 * - mailto: and other schemes never match. */
bool sm_uri_same_identity(const sm_uri *certified, const sm_uri *received, const char **rule);

/* Whether `certified` would be the same identity were it not for the scheme: sip: against sips:, or a
 * user=phone URI of a number against its tel:. */
bool sm_uri_near_identity(const sm_uri *certified, const sm_uri *received);

/* A name-addr or addr-spec header field value (From, To, P-Asserted-Identity, Reply-To, Contact; RFC 3261
 * 20.10, 25.1). */
typedef struct sm_address {
    const char *display_name; /* unquoted and safe to show, NULL when absent */
    const sm_uri *uri;        /* NULL when unreadable */
    const char *uri_text;     /* between the angle brackets or the bare addr-spec; the whole value where it is not clear which
                                 of two that is; safe to show */
    const char *tag;          /* ;tag= or NULL */
    const char *fault;        /* why uri is NULL; else NULL */
    bool anonymous;           /* RFC 3323 4.1.1.3: host "anonymous.invalid"; or user "anonymous" under another
                                 .invalid host (RFC 3261 23.4.3) */
} sm_address;

/* Reads one value, folded or not; never NULL. A bare addr-spec ends at the first ';' (RFC 3261 20): what
 * follows are parameters of the header field. An unclosed "<" reaches to the end, brackets inside brackets
 * count as part of the text (and make it no URI). An address
 * before the brackets, and anything behind them that is no parameter, make it unreadable too: which of two a
 * recipient takes nobody knows. */
const sm_address *sm_address_parse(sm_arena *arena, sm_bytes value);

/* Splits a header value that may hold a comma-separated list of them; commas in quotation marks and in angle
 * brackets do not separate, empty elements are left out. `count` gets the number; NULL for none. Limit:
 * SM_LIMIT_SIP_VALUES, the rest is left out. */
const sm_address *const *sm_address_list(sm_arena *arena, sm_bytes value, unsigned *count);
