/* BER and DER reader (X.690), strict and bounded.
 *
 * Reads what was received without copying: a value is its tag, its header and its content octets, all slices of the input.
 * Indefinite lengths and constructed strings are accepted where the caller says BER is allowed (RFC 5652 5.2: CMS outside
 * the parts that must be DER). Recursion is bounded by SM_LIMIT_DER_DEPTH. "Truncated" (the octets end inside a value whose
 * header is sound) is told apart from "malformed".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/moment.h"

#include <stdbool.h>
#include <stdint.h>

/* Content octets of one OBJECT IDENTIFIER that are read; a longer one is SM_DER_LIMIT. */
#define SM_DER_OID_OCTETS 256

typedef enum sm_der_status {
    SM_DER_OK = 0,
    SM_DER_END,        /* a value is missing: nothing left where it must stand. A fault of the form, like malformed */
    SM_DER_TRUNCATED,  /* the received octets end inside a value */
    SM_DER_MALFORMED,  /* no BER, or not the BER that must stand here */
    SM_DER_LIMIT,      /* a limit of bounds.h */
} sm_der_status;

typedef enum sm_der_rules { SM_DER_STRICT, SM_DER_BER } sm_der_rules;

/* Tags as (class << 30) | (constructed is kept apart) number. */
#define SM_TAG_UNIVERSAL(number) ((uint32_t)(number))
#define SM_TAG_CONTEXT(number) (0x80000000u | (uint32_t)(number))
enum {
    SM_TAG_BOOLEAN = 1,
    SM_TAG_INTEGER = 2,
    SM_TAG_BIT_STRING = 3,
    SM_TAG_OCTET_STRING = 4,
    SM_TAG_NULL = 5,
    SM_TAG_OID = 6,
    SM_TAG_ENUMERATED = 10,
    SM_TAG_UTF8_STRING = 12,
    SM_TAG_SEQUENCE = 16,
    SM_TAG_SET = 17,
    SM_TAG_PRINTABLE_STRING = 19,
    SM_TAG_IA5_STRING = 22,
    SM_TAG_UTC_TIME = 23,
    SM_TAG_GENERALIZED_TIME = 24,
};

/* One tag-length-value. */
typedef struct sm_tlv {
    uint32_t tag;       /* SM_TAG_... */
    bool constructed;
    bool indefinite;    /* encoded with indefinite length: `encoding` includes the end-of-contents octets, `content` does not */
    sm_bytes encoding;  /* the whole value */
    sm_bytes content;   /* content octets */
} sm_tlv;

/* A reader walks the values that stand side by side in `input`. */
typedef struct sm_der {
    sm_bytes input;      /* what is left */
    sm_der_rules rules;
    unsigned depth;      /* constructed values around this one */
    sm_der_status status; /* the first thing that went wrong; sticky: later reads return false and change nothing */
    const char *what;    /* what was being read when it went wrong, for the detail (a literal); or NULL */
    const uint8_t *where; /* first octet of the faulty value, or NULL */
    bool ber;            /* something was encoded in a way DER does not allow (only with SM_DER_BER) */
    sm_der_status beyond; /* what a value that runs past the end of `input` is: truncated where the received octets end
                           * there, malformed where a definite length ends there */
    bool partial;        /* set by the caller, handed down: sm_der_enter also goes into a value that is truncated, or of
                          * indefinite length whose end cannot be found. sm_der_leave then always reports it, so that
                          * nothing partial passes as whole */
    bool unfinished;     /* this reader stands in such a value */
} sm_der;

/* A reader over `input`, the octets as received: a value that runs past their end is truncated. */
sm_der sm_der_start(sm_bytes input, sm_der_rules rules);

/* A reader over octets that are known to be complete (the content of a value, decrypted octets): a value that runs past
 * their end is malformed. */
sm_der sm_der_start_whole(sm_bytes input, sm_der_rules rules);

/* True while values are left and nothing went wrong. */
bool sm_der_more(const sm_der *der);

/* The tag of the next value without taking it; false at the end or after an error. */
bool sm_der_peek(const sm_der *der, uint32_t *tag);

/* Takes the next value whatever its tag. An indefinite-length value is walked to its end (iteratively or with bounded
 * recursion). False at the end (status SM_DER_END when `what` was required) or on error. `what` names it for the detail. */
bool sm_der_any(sm_der *der, sm_tlv *tlv, const char *what);

/* Takes the next value, which must have this tag. */
bool sm_der_take(sm_der *der, uint32_t tag, sm_tlv *tlv, const char *what);

/* Takes the next value only when it has this tag; false without error otherwise. */
bool sm_der_optional(sm_der *der, uint32_t tag, sm_tlv *tlv, const char *what);

/* Takes a constructed value with this tag and gives a reader over its content. Everything read through the inner reader
 * counts only once sm_der_leave returned true. */
bool sm_der_enter(sm_der *der, uint32_t tag, sm_der *inner, const char *what);
bool sm_der_enter_optional(sm_der *der, uint32_t tag, sm_der *inner, const char *what);

/* Requires that nothing is left in `inner` and hands its error, if any, on to `outer`. */
bool sm_der_leave(sm_der *outer, const sm_der *inner, const char *what);

/* A non-negative INTEGER that fits; anything else is malformed. Leading octets that X.690 8.3.2 forbids are malformed
 * under strict rules and only recorded in `ber` otherwise; so with sm_der_integer. */
bool sm_der_uint(sm_der *der, uint32_t *value, const char *what);

/* An INTEGER's content octets (at least one; minimal under strict rules). */
bool sm_der_integer(sm_der *der, sm_bytes *content, const char *what);

/* An OBJECT IDENTIFIER's content octets, checked to be well formed (X.690 8.19). Limit: SM_DER_OID_OCTETS. */
bool sm_der_oid(sm_der *der, sm_bytes *oid, const char *what);

/* The octets of an OCTET STRING (or of one with an implicit `tag`), primitive or constructed. A constructed one is joined into
 * a new buffer owned by the arena when it has more than one non-empty segment; `joined` (may be NULL) says so.
 * Limit: SM_LIMIT_DER_SEGMENTS. */
bool sm_der_octets(sm_der *der, sm_arena *arena, uint32_t tag, sm_bytes *octets, bool *joined, const char *what);

/* A BIT STRING's octets, primitive or constructed; the number of unused bits in the last octet goes to `unused`. A constructed one
 * is joined as with sm_der_octets; only its last piece may have unused bits (X.690 8.6.4). `arena` may be NULL under strict rules,
 * which have no constructed one. Limit: SM_LIMIT_DER_SEGMENTS. */
bool sm_der_bits(sm_der *der, sm_arena *arena, sm_bytes *octets, unsigned *unused, const char *what);

/* Marks the reader as failed, for faults that the caller finds in the value that is next or begins at `where`. The first
 * fault stays. Always false. */
bool sm_der_fail(sm_der *der, sm_der_status status, const char *what);
bool sm_der_fail_at(sm_der *der, sm_der_status status, const char *what, const uint8_t *where);

/* One line telling what went wrong, for example "truncated in encryptedContent at offset 412", offsets counted from
 * `origin`; owned by the arena. */
const char *sm_der_explain(sm_arena *arena, const sm_der *der, sm_bytes origin);

/* Dotted decimal of an OID's content octets ("1.2.840.113549.1.7.2"), "invalid" when malformed; owned by the arena. */
const char *sm_oid_text(sm_arena *arena, sm_bytes oid);

/* True when `encoding` is exactly one value with definite minimal lengths throughout, primitive strings, minimal INTEGERs
 * and DER BOOLEANs (X.690 10 and 11, as far as the tags tell without the module; SET OF order is not looked at). */
bool sm_der_is_der(sm_bytes encoding);

/* A UTCTime or GeneralizedTime value; false when its syntax is wrong. `fault` (may be NULL) gets a literal that tells a
 * readable but non-DER form (no seconds, an offset, a fraction), else NULL. Two-digit years by RFC 5280 4.1.2.5.1. A local
 * time without zone names no moment: false, with `fault` saying so. Fractions finer than a nanosecond are cut. */
bool sm_der_time(const sm_tlv *tlv, sm_moment *moment, const char **fault);

/* The same value as sm_der_is_der() would have it, in a new encoding owned by the arena: definite minimal lengths, primitive strings,
 * minimal INTEGERs, DER BOOLEANs, as far as the tags tell without the module; the order of a SET stays. Absent when `encoding` is not
 * exactly one value or a limit is hit (SM_LIMIT_DER_*). */
sm_bytes sm_der_anew(sm_arena *arena, sm_bytes encoding);

/* DER encodings of what OpenSSL or a digest must be fed. Owned by the arena. */
sm_bytes sm_der_wrap(sm_arena *arena, uint32_t tag, bool constructed, sm_bytes content);
/* Negative, zero or positive as encoding a stands before, with or after b in a DER SET OF (X.690 11.6). */
int sm_der_compare(sm_bytes a, sm_bytes b);
/* SET OF in DER order (X.690 11.6) from complete encodings, with the universal SET tag (RFC 5652 5.4). */
sm_bytes sm_der_set_of(sm_arena *arena, const sm_bytes *encodings, unsigned count);
