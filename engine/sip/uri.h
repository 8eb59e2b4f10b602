/* SIP, SIPS and related URIs: reading and comparison (RFC 3261 19.1, RFC 5954, RFC 3966, RFC 3859, RFC 3860).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "arena.h"
#include "bytes.h"

#include <stdbool.h>

typedef enum sm_uri_scheme { SM_URI_SIP, SM_URI_SIPS, SM_URI_TEL, SM_URI_IM, SM_URI_PRES, SM_URI_MAILTO, SM_URI_OTHER } sm_uri_scheme;

typedef struct sm_uri_parameter {
    const char *name, *value; /* percent-decoded for comparison; value NULL when absent */
} sm_uri_parameter;

typedef struct sm_uri {
    const char *text;     /* as received, safe to show */
    sm_uri_scheme scheme;
    const char *user;     /* percent-decoded octets, NULL when absent; an encoded zero makes the URI unreadable */
    const char *password; /* NULL when absent */
    const char *host;     /* lower case; IPv6 in RFC 5952 form with brackets, a trailing dot removed */
    unsigned port;        /* 0 when absent (which is not equal to the default port, RFC 3261 19.1.4) */
    const sm_uri_parameter *parameters;
    unsigned parameter_count;
    const sm_uri_parameter *headers;
    unsigned header_count;
    const char *number;   /* tel: and user=phone: digits with leading + when global, visual separators removed; else NULL */
    const char *phone_context; /* of a local number; NULL */
} sm_uri;

/* Reads a URI, without angle brackets. NULL when it is none; `fault` (may be NULL) tells why. Owned by the arena. */
const sm_uri *sm_uri_parse(sm_arena *arena, sm_bytes text, const char **fault);

/* RFC 3261 19.1.4 equality. `rule` (may be NULL) gets one line, a literal, that names what decided: "equal", "user differs",
 * "parameter transport stands in one only", ... */
bool sm_uri_equal(const sm_uri *a, const sm_uri *b, const char **rule);

/* Whether two URIs name the same address-of-record, as an identity is compared: scheme, user and host; the parameters, port and headers that
 * an address-of-record does not have (RFC 3261 19.1.1 table 1, 10.2.1) are ignored in `received` (a header field), not in `certified` (a certificate's SAN).
 * sip and sips: the same user and host under the other scheme is equal only when `certified` is sips or the received one is sip...
 * the exact decision and its section stand in `rule`. tel: and user=phone compare by number (RFC 3966 5). im: and pres: compare with sip: by user and host (RFC 3860, 3861), said in the rule. */
bool sm_uri_same_identity(const sm_uri *certified, const sm_uri *received, const char **rule);

/* A name-addr or addr-spec header field value (From, To, P-Asserted-Identity, Reply-To, Contact; RFC 3261 20.10, 25.1). */
typedef struct sm_address {
    const char *display_name; /* unquoted, NULL when absent */
    const sm_uri *uri;        /* NULL when unreadable */
    const char *uri_text;     /* between the angle brackets or the bare addr-spec; safe to show */
    const char *tag;          /* ;tag= or NULL */
    bool anonymous;           /* RFC 3323: anonymous@anonymous.invalid, host "anonymous.invalid" */
} sm_address;

/* Reads one value; never NULL. A bare addr-spec ends at the first ';' (RFC 3261 20). */
const sm_address *sm_address_parse(sm_arena *arena, sm_bytes value);

/* Splits a header value that may hold a comma-separated list of them. */
const sm_address *const *sm_address_list(sm_arena *arena, sm_bytes value, unsigned *count);
