/* BER and DER reader (X.690).
 *
 * One function reads a header, one finds the end of a value; everything else stands on these two. The end of an
 * indefinite-length value is found by stepping over its children, going down only into children of indefinite length
 * with a counter, so that finding it costs one pass however deep it nests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/der.h"

#include "base/bounds.h"

#include <stdlib.h>

enum {
    IDENTIFIER_CONSTRUCTED = 0x20,
    IDENTIFIER_LOW_NUMBER = 0x1f, /* all ones: the number follows in octets of its own (X.690 8.1.2.4) */
    TAG_CLASS_SHIFT = 30,
    LENGTH_LONG = 0x80,     /* alone: indefinite */
    LENGTH_RESERVED = 0xff, /* X.690 8.1.3.5 c */
    END_OF_CONTENTS_OCTETS = 2,
};
#define TAG_NUMBER_MAX 0x3fffffffu
#define LENGTH_MAX UINT32_MAX /* octets: nothing that is read is as long, so a longer value is no value that was cut */
#define TAG_END_OF_CONTENTS SM_TAG_UNIVERSAL(0)

typedef struct header {
    uint32_t tag;
    bool constructed;
    bool indefinite;
    size_t octets; /* of identifier and length */
    size_t length; /* of the content; 0 when indefinite */
} header;

sm_der sm_der_start(sm_bytes input, sm_der_rules rules)
{
    return (sm_der){.input = input, .rules = rules, .beyond = SM_DER_TRUNCATED};
}

sm_der sm_der_start_whole(sm_bytes input, sm_der_rules rules)
{
    return (sm_der){.input = input, .rules = rules, .beyond = SM_DER_MALFORMED};
}

bool sm_der_more(const sm_der *der)
{
    return der->status == SM_DER_OK && der->input.length > 0;
}

bool sm_der_fail_at(sm_der *der, sm_der_status status, const char *what, const uint8_t *where)
{
    if (der->status == SM_DER_OK) {
        der->status = status;
        der->what = what;
        der->where = where;
    }
    return false;
}

bool sm_der_fail(sm_der *der, sm_der_status status, const char *what)
{
    return sm_der_fail_at(der, status, what, der->input.data);
}

/* Notes an encoding that BER has and DER has not: a fault under strict rules. */
static bool only_ber(sm_der *der, const char *what, const uint8_t *where)
{
    if (der->rules == SM_DER_STRICT)
        return sm_der_fail_at(der, SM_DER_MALFORMED, what, where);
    der->ber = true;
    return true;
}

/* ---- Headers (X.690 8.1.2, 8.1.3) ---- */

/* Reads a tag number of 31 or more; *at stands on its first octet and is moved behind its last. */
static sm_der_status read_high_tag_number(sm_bytes input, size_t *at, uint32_t *number, sm_der_status beyond)
{
    uint32_t value = 0;
    for (bool first = true;; first = false) {
        if (*at == input.length)
            return beyond;
        uint8_t octet = input.data[(*at)++];
        if (first && octet == 0x80)
            return SM_DER_MALFORMED;
        if (value > TAG_NUMBER_MAX >> 7)
            return SM_DER_LIMIT;
        value = value << 7 | (octet & 0x7f);
        if ((octet & 0x80) == 0)
            break;
    }
    *number = value;
    return value < IDENTIFIER_LOW_NUMBER ? SM_DER_MALFORMED : SM_DER_OK;
}

/* Reads the length octets; `minimal` tells whether DER would have written them so. */
static sm_der_status read_length(sm_bytes input, size_t *at, header *out, bool *minimal, sm_der_status beyond)
{
    if (*at == input.length)
        return beyond;
    uint8_t first = input.data[(*at)++];
    *minimal = true;
    if (first < LENGTH_LONG) {
        out->length = first;
        return SM_DER_OK;
    }
    if (first == LENGTH_LONG) {
        out->indefinite = true;
        *minimal = false;
        return out->constructed ? SM_DER_OK : SM_DER_MALFORMED;
    }
    if (first == LENGTH_RESERVED)
        return SM_DER_MALFORMED;
    unsigned count = first & 0x7f;
    if (count > input.length - *at)
        return beyond;
    bool leading_zero = input.data[*at] == 0;
    size_t length = 0;
    for (unsigned i = 0; i < count; i++) {
        if (length > LENGTH_MAX >> 8)
            return SM_DER_MALFORMED;
        length = length << 8 | input.data[(*at)++];
    }
    *minimal = length >= LENGTH_LONG && !leading_zero;
    out->length = length;
    return SM_DER_OK;
}

/* SEQUENCE and SET are constructed (X.690 8.9.1, 8.11.1); libraries that do not look take them for what they are not. */
static bool always_constructed(uint32_t tag)
{
    return tag == SM_TAG_SEQUENCE || tag == SM_TAG_SET;
}

/* Reads the header at the start of `input`, which may end inside it: `beyond` is what that means. */
static sm_der_status read_header(sm_bytes input, header *out, bool *minimal, sm_der_status beyond)
{
    *out = (header){0};
    *minimal = true;
    if (input.length == 0)
        return beyond;
    size_t at = 1;
    uint8_t identifier = input.data[0];
    uint32_t number = identifier & IDENTIFIER_LOW_NUMBER;
    out->constructed = (identifier & IDENTIFIER_CONSTRUCTED) != 0;
    sm_der_status status = SM_DER_OK;
    if (number == IDENTIFIER_LOW_NUMBER)
        status = read_high_tag_number(input, &at, &number, beyond);
    out->tag = (uint32_t)(identifier >> 6) << TAG_CLASS_SHIFT | number;
    if (status == SM_DER_OK && always_constructed(out->tag) && !out->constructed)
        status = SM_DER_MALFORMED;
    if (status == SM_DER_OK)
        status = read_length(input, &at, out, minimal, beyond);
    out->octets = at;
    return status;
}

/* ---- Values ---- */

/* Finds the end-of-contents octets that end the indefinite-length value whose content starts `input`. *content gets the
 * number of content octets before them. On a fault *content is where it stands. */
static sm_der_status find_end_of_contents(sm_bytes input, unsigned depth, sm_der_status beyond, size_t *content)
{
    unsigned open = 1;
    size_t at = 0;
    for (;;) {
        *content = at;
        header next;
        bool minimal;
        sm_der_status status = read_header(sm_bytes_from(input, at), &next, &minimal, beyond);
        if (status != SM_DER_OK)
            return status;
        if (next.tag == TAG_END_OF_CONTENTS) {
            if (next.constructed || next.length != 0 || next.octets != END_OF_CONTENTS_OCTETS)
                return SM_DER_MALFORMED;
            at += END_OF_CONTENTS_OCTETS;
            if (--open == 0)
                return SM_DER_OK;
        } else if (next.indefinite) {
            if (depth + ++open > SM_LIMIT_DER_DEPTH)
                return SM_DER_LIMIT;
            at += next.octets;
        } else {
            if (next.length > input.length - at - next.octets)
                return beyond;
            at += next.octets + next.length;
        }
    }
}

/* Takes the next value. A constructed value whose end is missing or not to be found is given as far as it goes, with
 * *unfinished set to the reason, when `unfinished` is not NULL and the reader reads partial values. */
static bool read_value(sm_der *der, sm_tlv *tlv, sm_der_status *unfinished, const char *what)
{
    *tlv = (sm_tlv){0};
    if (unfinished)
        *unfinished = SM_DER_OK;
    if (der->status != SM_DER_OK)
        return false;
    if (der->input.length == 0)
        return what ? sm_der_fail(der, der->unfinished ? der->beyond : SM_DER_END, what) : false;

    header head;
    bool minimal;
    sm_der_status status = read_header(der->input, &head, &minimal, der->beyond);
    if (status != SM_DER_OK)
        return sm_der_fail(der, status, what);
    if (head.tag == TAG_END_OF_CONTENTS)
        return sm_der_fail(der, SM_DER_MALFORMED, what);
    if (!minimal && !only_ber(der, what, der->input.data))
        return false;

    sm_bytes rest = sm_bytes_from(der->input, head.octets);
    size_t length = head.length, taken = head.length, fault = 0;
    if (head.indefinite) {
        status = find_end_of_contents(rest, der->depth, der->beyond, &length);
        taken = length + END_OF_CONTENTS_OCTETS;
        fault = head.octets + length;
    } else if (length > rest.length) {
        status = der->beyond;
    }
    if (status != SM_DER_OK) {
        bool enter = unfinished && der->partial && head.constructed && (head.indefinite || status == SM_DER_TRUNCATED);
        if (!enter)
            return sm_der_fail_at(der, status, what, der->input.data + fault);
        *unfinished = status;
        length = taken = rest.length;
    }
    tlv->tag = head.tag;
    tlv->constructed = head.constructed;
    tlv->indefinite = head.indefinite;
    tlv->encoding = sm_bytes_cut(der->input, 0, head.octets + taken);
    tlv->content = sm_bytes_cut(rest, 0, length);
    der->input = sm_bytes_from(der->input, head.octets + taken);
    return true;
}

bool sm_der_peek(const sm_der *der, uint32_t *tag)
{
    header head;
    bool minimal;
    if (!sm_der_more(der) || read_header(der->input, &head, &minimal, SM_DER_TRUNCATED) != SM_DER_OK)
        return false;
    *tag = head.tag;
    return true;
}

bool sm_der_any(sm_der *der, sm_tlv *tlv, const char *what)
{
    return read_value(der, tlv, NULL, what);
}

/* True when the next value has this tag; otherwise notes why it cannot be taken. */
static bool require_tag(sm_der *der, uint32_t tag, const char *what)
{
    if (!sm_der_more(der))
        return sm_der_fail(der, der->unfinished ? der->beyond : SM_DER_END, what);
    header head;
    bool minimal;
    sm_der_status status = read_header(der->input, &head, &minimal, der->beyond);
    if (status == SM_DER_OK && head.tag != tag)
        status = SM_DER_MALFORMED;
    return status == SM_DER_OK || sm_der_fail(der, status, what);
}

/* True when a value with this tag is next. A header that cannot be read is a fault, whatever was looked for. */
static bool tag_is_next(sm_der *der, uint32_t tag, const char *what)
{
    if (!sm_der_more(der))
        return false;
    header head;
    bool minimal;
    sm_der_status status = read_header(der->input, &head, &minimal, der->beyond);
    if (status != SM_DER_OK)
        return sm_der_fail(der, status, what);
    return head.tag == tag;
}

bool sm_der_take(sm_der *der, uint32_t tag, sm_tlv *tlv, const char *what)
{
    *tlv = (sm_tlv){0};
    return require_tag(der, tag, what) && read_value(der, tlv, NULL, what);
}

bool sm_der_optional(sm_der *der, uint32_t tag, sm_tlv *tlv, const char *what)
{
    *tlv = (sm_tlv){0};
    return tag_is_next(der, tag, what) && read_value(der, tlv, NULL, what);
}

bool sm_der_enter(sm_der *der, uint32_t tag, sm_der *inner, const char *what)
{
    *inner = (sm_der){.status = SM_DER_END, .what = what, .where = der->input.data};
    if (!require_tag(der, tag, what))
        return false;
    const uint8_t *start = der->input.data;
    if (der->depth + 1 > SM_LIMIT_DER_DEPTH)
        return sm_der_fail(der, SM_DER_LIMIT, what);
    sm_tlv tlv;
    sm_der_status unfinished;
    if (!read_value(der, &tlv, &unfinished, what))
        return false;
    if (!tlv.constructed)
        return sm_der_fail_at(der, SM_DER_MALFORMED, what, start);
    *inner = (sm_der){
        .input = tlv.content,
        .rules = der->rules,
        .depth = der->depth + 1,
        .beyond = unfinished == SM_DER_OK ? SM_DER_MALFORMED : unfinished,
        .partial = der->partial,
        .unfinished = unfinished != SM_DER_OK,
    };
    return true;
}

bool sm_der_enter_optional(sm_der *der, uint32_t tag, sm_der *inner, const char *what)
{
    *inner = (sm_der){.status = SM_DER_END, .what = what, .where = der->input.data};
    return tag_is_next(der, tag, what) && sm_der_enter(der, tag, inner, what);
}

bool sm_der_leave(sm_der *outer, const sm_der *inner, const char *what)
{
    outer->ber |= inner->ber;
    if (inner->status != SM_DER_OK)
        return sm_der_fail_at(outer, inner->status, inner->what ? inner->what : what, inner->where);
    /* What is left of an unfinished value may be the first of its end-of-contents octets. */
    header head;
    bool minimal;
    if (inner->unfinished && read_header(inner->input, &head, &minimal, SM_DER_TRUNCATED) == SM_DER_TRUNCATED)
        return sm_der_fail_at(outer, inner->beyond, what, inner->input.data);
    if (inner->input.length > 0)
        return sm_der_fail_at(outer, SM_DER_MALFORMED, what, inner->input.data);
    return outer->status == SM_DER_OK;
}

/* ---- Primitive types ---- */

/* Takes a value with this universal tag, which must be primitive. */
static bool take_primitive(sm_der *der, uint32_t tag, sm_tlv *tlv, const char *what)
{
    if (!sm_der_take(der, tag, tlv, what))
        return false;
    return !tlv->constructed || sm_der_fail_at(der, SM_DER_MALFORMED, what, tlv->encoding.data);
}

/* X.690 8.3.2: the first nine bits are neither all zero nor all one. */
static bool integer_is_minimal(sm_bytes content)
{
    if (content.length < 2)
        return true;
    bool negative = (content.data[1] & 0x80) != 0;
    return content.data[0] != (negative ? 0xff : 0x00);
}

bool sm_der_integer(sm_der *der, sm_bytes *content, const char *what)
{
    *content = SM_BYTES_NONE;
    sm_tlv tlv;
    if (!take_primitive(der, SM_TAG_INTEGER, &tlv, what))
        return false;
    if (tlv.content.length == 0)
        return sm_der_fail_at(der, SM_DER_MALFORMED, what, tlv.encoding.data);
    if (!integer_is_minimal(tlv.content) && !only_ber(der, what, tlv.encoding.data))
        return false;
    *content = tlv.content;
    return true;
}

bool sm_der_uint(sm_der *der, uint32_t *value, const char *what)
{
    *value = 0;
    sm_bytes content;
    const uint8_t *start = der->input.data;
    if (!sm_der_integer(der, &content, what))
        return false;
    if (content.data[0] & 0x80)
        return sm_der_fail_at(der, SM_DER_MALFORMED, what, start);
    uint64_t sum = 0;
    for (size_t i = 0; i < content.length; i++) {
        sum = sum << 8 | content.data[i];
        if (sum > UINT32_MAX)
            return sm_der_fail_at(der, SM_DER_MALFORMED, what, start);
    }
    *value = (uint32_t)sum;
    return true;
}

/* X.690 8.19.2: subidentifiers in the fewest octets, the last one complete. */
static bool oid_is_well_formed(sm_bytes oid)
{
    bool first = true;
    for (size_t i = 0; i < oid.length; i++) {
        if (first && oid.data[i] == 0x80)
            return false;
        first = (oid.data[i] & 0x80) == 0;
    }
    return oid.length > 0 && first;
}

bool sm_der_oid(sm_der *der, sm_bytes *oid, const char *what)
{
    *oid = SM_BYTES_NONE;
    sm_tlv tlv;
    if (!take_primitive(der, SM_TAG_OID, &tlv, what))
        return false;
    if (!oid_is_well_formed(tlv.content))
        return sm_der_fail_at(der, SM_DER_MALFORMED, what, tlv.encoding.data);
    if (tlv.content.length > SM_DER_OID_OCTETS)
        return sm_der_fail_at(der, SM_DER_LIMIT, what, tlv.encoding.data);
    *oid = tlv.content;
    return true;
}

/* ---- Strings of octets and of bits ---- */

/* The pieces of a constructed string: counted in a first walk, copied in a second. */
typedef struct segments {
    uint32_t tag;    /* of the pieces: OCTET STRING or BIT STRING */
    unsigned count; /* all pieces */
    unsigned filled; /* pieces that are not empty */
    unsigned unused; /* bits of the last piece, which alone may have any (X.690 8.6.4) */
    size_t octets;
    sm_bytes last;   /* the last piece that is not empty */
    uint8_t *copy;   /* where the next piece goes; NULL in the first walk */
} segments;

/* Takes the octet that counts the unused bits off the content octets of a primitive BIT STRING (X.690 8.6.2). */
static bool take_unused(sm_der *der, sm_bytes *content, unsigned *unused, const char *what, const uint8_t *start)
{
    if (content->length == 0)
        return sm_der_fail_at(der, SM_DER_MALFORMED, what, start);
    unsigned count = content->data[0];
    if (count > 7 || (count > 0 && content->length == 1))
        return sm_der_fail_at(der, SM_DER_MALFORMED, what, start);
    uint8_t last = content->data[content->length - 1];
    if (count > 0 && (last & ((1u << count) - 1)) != 0 && !only_ber(der, what, start))
        return false;
    *content = sm_bytes_from(*content, 1);
    *unused = count;
    return true;
}

/* Walks the pieces in `inner`, which have the universal tag whatever tag the string itself has (X.690 8.6.4.1, 8.7.3.2). */
static void walk_segments(sm_der *inner, segments *all, const char *what)
{
    while (sm_der_more(inner)) {
        const uint8_t *start = inner->input.data;
        if ((*start & IDENTIFIER_CONSTRUCTED) != 0) {
            sm_der deeper;
            if (sm_der_enter(inner, all->tag, &deeper, what))
                walk_segments(&deeper, all, what);
            if (!sm_der_leave(inner, &deeper, what))
                return;
            continue;
        }
        sm_tlv tlv;
        if (!sm_der_take(inner, all->tag, &tlv, what))
            return;
        if (++all->count > SM_LIMIT_DER_SEGMENTS) {
            sm_der_fail_at(inner, SM_DER_LIMIT, what, start);
            return;
        }
        if (all->tag == SM_TAG_BIT_STRING) {
            if (all->unused > 0) {
                sm_der_fail_at(inner, SM_DER_MALFORMED, what, start);
                return;
            }
            if (!take_unused(inner, &tlv.content, &all->unused, what, start))
                return;
        }
        if (tlv.content.length == 0)
            continue;
        if (all->copy) {
            memcpy(all->copy, tlv.content.data, tlv.content.length);
            all->copy += tlv.content.length;
        }
        all->filled++;
        all->octets += tlv.content.length;
        all->last = tlv.content;
    }
}

/* The pieces of the constructed string `tlv`, which was taken from `der`, in one. */
static bool join_segments(sm_der *der, sm_arena *arena, const sm_tlv *tlv, uint32_t tag, sm_bytes *octets, unsigned *unused,
                          bool *joined, const char *what)
{
    if (!only_ber(der, what, tlv->encoding.data))
        return false;
    sm_der inner = {
        .input = tlv->content, .rules = der->rules, .depth = der->depth + 1, .beyond = SM_DER_MALFORMED};
    sm_der again = inner;
    segments all = {.tag = tag};
    if (inner.depth > SM_LIMIT_DER_DEPTH)
        return sm_der_fail_at(der, SM_DER_LIMIT, what, tlv->encoding.data);
    walk_segments(&inner, &all, what);
    if (!sm_der_leave(der, &inner, what))
        return false;
    *unused = all.unused;
    if (all.filled <= 1) {
        *octets = all.filled == 1 ? all.last : sm_bytes_cut(tlv->content, 0, 0);
        return true;
    }
    uint8_t *buffer = sm_arena_alloc(arena, all.octets);
    *octets = sm_bytes_of(buffer, all.octets);
    all = (segments){.tag = tag, .copy = buffer};
    walk_segments(&again, &all, what);
    *joined = true;
    return true;
}

bool sm_der_bits(sm_der *der, sm_arena *arena, sm_bytes *octets, unsigned *unused, const char *what)
{
    *octets = SM_BYTES_NONE;
    *unused = 0;
    bool joined = false;
    sm_tlv tlv;
    if (!sm_der_take(der, SM_TAG_BIT_STRING, &tlv, what))
        return false;
    if (tlv.constructed)
        return join_segments(der, arena, &tlv, SM_TAG_BIT_STRING, octets, unused, &joined, what);
    if (!take_unused(der, &tlv.content, unused, what, tlv.encoding.data))
        return false;
    *octets = tlv.content;
    return true;
}

bool sm_der_octets(sm_der *der, sm_arena *arena, uint32_t tag, sm_bytes *octets, bool *joined, const char *what)
{
    bool ignored;
    unsigned unused;
    joined = joined ? joined : &ignored;
    *octets = SM_BYTES_NONE;
    *joined = false;
    sm_tlv tlv;
    if (!sm_der_take(der, tag, &tlv, what))
        return false;
    if (tlv.constructed)
        return join_segments(der, arena, &tlv, SM_TAG_OCTET_STRING, octets, &unused, joined, what);
    *octets = tlv.content;
    return true;
}

/* ---- Is it DER? ---- */

static bool is_string_tag(uint32_t tag)
{
    /* BIT STRING, OCTET STRING, and the character strings and times of X.680 */
    return tag == SM_TAG_BIT_STRING || tag == SM_TAG_OCTET_STRING || tag == SM_TAG_UTF8_STRING ||
           (tag >= 18 && tag <= 30);
}

static bool primitive_is_der(const sm_tlv *tlv)
{
    switch (tlv->tag) {
    case SM_TAG_BOOLEAN:
        return tlv->content.length == 1 && (tlv->content.data[0] == 0x00 || tlv->content.data[0] == 0xff);
    case SM_TAG_INTEGER:
    case SM_TAG_ENUMERATED:
        return tlv->content.length > 0 && integer_is_minimal(tlv->content);
    case SM_TAG_NULL:
        return tlv->content.length == 0;
    case SM_TAG_OID:
        return oid_is_well_formed(tlv->content);
    default:
        return true;
    }
}

/* Takes every value of `der`, all the way down. Recursion is bounded by sm_der_enter. */
static bool all_der(sm_der *der)
{
    while (sm_der_more(der)) {
        sm_tlv tlv;
        sm_der ahead = *der;
        if (!sm_der_any(&ahead, &tlv, "value"))
            return false;
        if (!tlv.constructed) {
            if (!primitive_is_der(&tlv))
                return false;
        } else {
            sm_der inner;
            if (is_string_tag(tlv.tag) || !sm_der_enter(der, tlv.tag, &inner, "value") || !all_der(&inner))
                return false;
        }
        *der = ahead;
    }
    return der->status == SM_DER_OK;
}

bool sm_der_is_der(sm_bytes encoding)
{
    sm_der der = sm_der_start_whole(encoding, SM_DER_STRICT);
    sm_der rest = der;
    sm_tlv tlv;
    return sm_der_any(&rest, &tlv, "value") && !sm_der_more(&rest) && all_der(&der);
}

/* ---- Times ---- */

/* `count` decimal digits at *at, moved behind them; -1 when they are not there. */
static int digits(sm_bytes text, size_t *at, unsigned count)
{
    int value = 0;
    if (text.length - *at < count)
        return -1;
    for (unsigned i = 0; i < count; i++, (*at)++) {
        if (!g_ascii_isdigit((char)text.data[*at]))
            return -1;
        value = value * 10 + (text.data[*at] - '0');
    }
    return value;
}

static bool octet_at(sm_bytes text, size_t at, const char *any_of)
{
    return at < text.length && text.data[at] != '\0' && strchr(any_of, text.data[at]) != NULL;
}

/* Reads "." digits as nanoseconds. */
static bool read_fraction(sm_bytes text, size_t *at, uint32_t *nanoseconds)
{
    uint32_t scale = 100000000;
    size_t start = ++*at;
    for (; *at < text.length && g_ascii_isdigit((char)text.data[*at]); (*at)++, scale /= 10)
        *nanoseconds += (uint32_t)(text.data[*at] - '0') * scale;
    return *at > start;
}

/* Reads "Z" or an offset in seconds east of UTC. */
static bool read_zone(sm_bytes text, size_t *at, int *offset, const char **fault)
{
    if (octet_at(text, *at, "Z")) {
        ++*at;
        return true;
    }
    if (!octet_at(text, *at, "+-")) {
        if (*at == text.length)
            *fault = "local time without a zone";
        return false;
    }
    int sign = text.data[(*at)++] == '-' ? -1 : 1;
    int hours = digits(text, at, 2), minutes = digits(text, at, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *offset = sign * (hours * 3600 + minutes * 60);
    *fault = "an offset instead of Z";
    return true;
}

bool sm_der_time(const sm_tlv *tlv, sm_moment *moment, const char **fault)
{
    const char *ignored;
    fault = fault ? fault : &ignored;
    *fault = NULL;
    *moment = (sm_moment){0};
    bool utc_time = tlv->tag == SM_TAG_UTC_TIME;
    if ((!utc_time && tlv->tag != SM_TAG_GENERALIZED_TIME) || tlv->constructed)
        return false;

    sm_bytes text = tlv->content;
    size_t at = 0;
    int year = digits(text, &at, utc_time ? 2 : 4);
    int month = digits(text, &at, 2), day = digits(text, &at, 2);
    int hour = digits(text, &at, 2), minute = digits(text, &at, 2);
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return false;
    if (utc_time)
        year += year >= 50 ? 1900 : 2000;

    const char *form = NULL;
    int second = 0;
    uint32_t nanoseconds = 0;
    if (octet_at(text, at, "0123456789")) {
        second = digits(text, &at, 2);
        if (second < 0 || second > 59)
            return false;
        if (!utc_time && octet_at(text, at, ".,")) {
            form = "fractional seconds";
            if (!read_fraction(text, &at, &nanoseconds))
                return false;
        }
    } else {
        form = "no seconds";
    }
    int offset = 0;
    const char *zone = NULL;
    bool zoned = read_zone(text, &at, &offset, &zone);
    *fault = zone ? zone : form;
    if (!zoned || at != text.length)
        return false;
    *moment = sm_moment_from_civil(year, month, day, hour, minute, second);
    moment->seconds -= offset;
    moment->nanoseconds = nanoseconds;
    return moment->known;
}

/* ---- Words ---- */

const char *sm_der_explain(sm_arena *arena, const sm_der *der, sm_bytes origin)
{
    static const char *const phrases[] = {
        [SM_DER_OK] = "no fault in",
        [SM_DER_END] = "missing",
        [SM_DER_TRUNCATED] = "truncated in",
        [SM_DER_MALFORMED] = "malformed",
        [SM_DER_LIMIT] = "limit reached in",
    };
    const char *phrase = phrases[der->status], *what = der->what ? der->what : "value";
    if (!sm_bytes_within(sm_bytes_of(der->where, 0), origin))
        return sm_arena_printf(arena, "%s %s", phrase, what);
    return sm_arena_printf(arena, "%s %s at offset %zu", phrase, what, (size_t)(der->where - origin.data));
}

/* Appends an arc of any size in decimal: base 10^9 digits, least significant first. An OID is at most SM_DER_OID_OCTETS. */
static void append_arc(GString *text, sm_bytes arc, unsigned subtract)
{
    uint32_t limbs[SM_DER_OID_OCTETS * 7 / 29 + 1] = {0};
    unsigned count = 1;
    for (size_t i = 0; i < arc.length; i++) {
        uint64_t carry = arc.data[i] & 0x7f;
        for (unsigned limb = 0; limb < count; limb++) {
            carry += (uint64_t)limbs[limb] << 7;
            limbs[limb] = (uint32_t)(carry % 1000000000);
            carry /= 1000000000;
        }
        if (carry > 0)
            limbs[count++] = (uint32_t)carry;
    }
    for (unsigned limb = 0; subtract > 0; limb++) {
        unsigned borrow = limbs[limb] < subtract;
        limbs[limb] += borrow * 1000000000 - subtract;
        subtract = borrow;
    }
    while (count > 1 && limbs[count - 1] == 0)
        count--;
    g_string_append_printf(text, ".%u", limbs[count - 1]);
    for (unsigned limb = count - 1; limb-- > 0;)
        g_string_append_printf(text, "%09u", limbs[limb]);
}

const char *sm_oid_text(sm_arena *arena, sm_bytes oid)
{
    if (!oid_is_well_formed(oid) || oid.length > SM_DER_OID_OCTETS)
        return "invalid";
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t start = 0, end; start < oid.length; start = end) {
        for (end = start; (oid.data[end] & 0x80) != 0; end++)
            ;
        end++;
        unsigned root = 0;
        if (start == 0) { /* X.690 8.19.4: the first two arcs share a subidentifier */
            root = oid.data[0] >= 80 ? 2 : oid.data[0] / 40;
            g_string_append_printf(text, "%u", root);
        }
        append_arc(text, sm_bytes_cut(oid, start, end - start), root * 40);
    }
    return sm_arena_strndup(arena, text->str, text->len);
}

/* ---- Writing ---- */

sm_bytes sm_der_wrap(sm_arena *arena, uint32_t tag, bool constructed, sm_bytes content)
{
    uint8_t head[16];
    size_t used = 0;
    uint32_t number = tag & TAG_NUMBER_MAX;
    uint8_t identifier = (uint8_t)(tag >> TAG_CLASS_SHIFT << 6 | (constructed ? IDENTIFIER_CONSTRUCTED : 0));
    if (number < IDENTIFIER_LOW_NUMBER) {
        head[used++] = (uint8_t)(identifier | number);
    } else {
        head[used++] = identifier | IDENTIFIER_LOW_NUMBER;
        for (int shift = 28; shift >= 0; shift -= 7)
            if (number >> shift || shift == 0)
                head[used++] = (uint8_t)((number >> shift & 0x7f) | (shift > 0 ? 0x80 : 0));
    }
    if (content.length < LENGTH_LONG) {
        head[used++] = (uint8_t)content.length;
    } else {
        unsigned octets = 0;
        for (size_t left = content.length; left > 0; left >>= 8)
            octets++;
        head[used++] = (uint8_t)(LENGTH_LONG | octets);
        while (octets-- > 0)
            head[used++] = (uint8_t)(content.length >> (8 * octets));
    }
    uint8_t *value = sm_arena_alloc(arena, used + content.length);
    memcpy(value, head, used);
    if (content.length > 0)
        memcpy(value + used, content.data, content.length);
    return sm_bytes_of(value, used + content.length);
}

static void append(GByteArray *out, sm_bytes octets)
{
    if (octets.length > 0)
        g_byte_array_append(out, octets.data, (guint)octets.length);
}

static void append_value(GByteArray *out, sm_arena *arena, uint32_t tag, bool constructed, sm_bytes content)
{
    append(out, sm_der_wrap(arena, tag, constructed, content));
}

/* A string in pieces becomes one (X.690 10.2). */
static bool append_joined(GByteArray *out, sm_arena *arena, sm_der *der, uint32_t tag)
{
    sm_bytes octets;
    unsigned unused = 0;
    if (tag != SM_TAG_BIT_STRING) {
        if (!sm_der_octets(der, arena, tag, &octets, NULL, "string"))
            return false;
    } else {
        if (!sm_der_bits(der, arena, &octets, &unused, "string"))
            return false;
        uint8_t *bits = sm_arena_alloc(arena, octets.length + 1);
        bits[0] = (uint8_t)unused;
        if (octets.length > 0)
            memcpy(bits + 1, octets.data, octets.length);
        octets = sm_bytes_of(bits, octets.length + 1);
    }
    append_value(out, arena, tag, false, octets);
    return true;
}

static sm_bytes primitive_anew(const sm_tlv *tlv)
{
    sm_bytes content = tlv->content;
    if (tlv->tag == SM_TAG_BOOLEAN && content.length == 1)
        return content.data[0] ? SM_BYTES_LITERAL("\xff") : SM_BYTES_LITERAL("\x00");
    if (tlv->tag == SM_TAG_INTEGER || tlv->tag == SM_TAG_ENUMERATED)
        while (content.length > 1 && !integer_is_minimal(content))
            content = sm_bytes_from(content, 1);
    return content;
}

/* Takes every value of `der`, all the way down. Recursion is bounded by sm_der_enter; `arena` is for what is soon released. */
static bool append_all(GByteArray *out, sm_arena *arena, sm_der *der)
{
    while (sm_der_more(der)) {
        sm_tlv tlv;
        sm_der ahead = *der, inner;
        if (!sm_der_any(&ahead, &tlv, "value"))
            return false;
        if (!tlv.constructed) {
            append_value(out, arena, tlv.tag, false, primitive_anew(&tlv));
        } else if (is_string_tag(tlv.tag)) {
            if (!append_joined(out, arena, der, tlv.tag))
                return false;
        } else {
            g_autoptr(GByteArray) content = g_byte_array_new();
            if (!sm_der_enter(der, tlv.tag, &inner, "value") || !append_all(content, arena, &inner))
                return false;
            append_value(out, arena, tlv.tag, true, sm_bytes_of(content->data, content->len));
        }
        *der = ahead;
    }
    return der->status == SM_DER_OK;
}

sm_bytes sm_der_anew(sm_arena *arena, sm_bytes encoding)
{
    sm_der der = sm_der_start_whole(encoding, SM_DER_BER), rest = der;
    sm_tlv tlv;
    if (encoding.length > SM_LIMIT_DER_ANEW_OCTETS || !sm_der_any(&rest, &tlv, "value") || sm_der_more(&rest))
        return SM_BYTES_NONE;
    sm_arena *pieces = sm_arena_new();
    g_autoptr(GByteArray) out = g_byte_array_new();
    bool done = append_all(out, pieces, &der);
    sm_arena_free(pieces);
    return done ? sm_arena_copy(arena, sm_bytes_of(out->data, out->len)) : SM_BYTES_NONE;
}

int sm_der_compare(sm_bytes a, sm_bytes b)
{
    size_t shared = MIN(a.length, b.length);
    int order = shared > 0 ? memcmp(a.data, b.data, shared) : 0;
    if (order != 0)
        return order;
    /* The shorter one counts as padded with zero octets. */
    for (size_t i = shared; i < a.length; i++)
        if (a.data[i] != 0)
            return 1;
    for (size_t i = shared; i < b.length; i++)
        if (b.data[i] != 0)
            return -1;
    return 0;
}

static int compare_encodings(const void *left, const void *right)
{
    return sm_der_compare(*(const sm_bytes *)left, *(const sm_bytes *)right);
}

sm_bytes sm_der_set_of(sm_arena *arena, const sm_bytes *encodings, unsigned count)
{
    g_autofree sm_bytes *sorted = g_new(sm_bytes, count);
    size_t total = 0;
    for (unsigned i = 0; i < count; i++) {
        sorted[i] = encodings[i];
        total += encodings[i].length;
    }
    if (count > 1)
        qsort(sorted, count, sizeof(*sorted), compare_encodings);
    g_autofree uint8_t *content = g_malloc(total);
    size_t used = 0;
    for (unsigned i = 0; i < count; i++) {
        if (sorted[i].length > 0)
            memcpy(content + used, sorted[i].data, sorted[i].length);
        used += sorted[i].length;
    }
    return sm_der_wrap(arena, SM_TAG_SET, true, sm_bytes_of(content, total));
}
