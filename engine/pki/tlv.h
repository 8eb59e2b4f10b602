/* One DER value after another: just enough to find a member of a structure that OpenSSL reads as a whole, or to tell what a
 * file holds. Tags of one octet alone, and indefinite lengths only where asked for; the CMS reader in cms/der.h knows the rest.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/bounds.h"
#include "base/bytes.h"

#include <stdbool.h>

enum {
    SM_TLV_INTEGER = 0x02,
    SM_TLV_OCTET_STRING = 0x04,
    SM_TLV_OID = 0x06,
    SM_TLV_UTC_TIME = 0x17,
    SM_TLV_GENERALIZED_TIME = 0x18,
    SM_TLV_SEQUENCE = 0x30,
    SM_TLV_CONTEXT_0 = 0xa0,
};

typedef struct sm_tlv {
    uint8_t tag;
    sm_bytes whole; /* tag, length, and content; the end-of-contents octets of an indefinite length too */
    sm_bytes content;
} sm_tlv;

/* Takes the next value off the front of `rest`. False, with `rest` as it was, at its end or where no such value stands. */
static inline bool sm_tlv_next(sm_bytes *rest, sm_tlv *value)
{
    const uint8_t *p = rest->data;
    if (p == NULL || rest->length < 2 || (p[0] & 0x1f) == 0x1f)
        return false;
    size_t header = 2, length = p[1];
    if (length & 0x80) {
        size_t octets = length & 0x7f;
        if (octets == 0 || octets > 4 || rest->length < 2 + octets)
            return false;
        length = 0;
        for (size_t i = 0; i < octets; i++)
            length = length << 8 | p[2 + i];
        header += octets;
    }
    if (length > rest->length - header)
        return false;
    value->tag = p[0];
    value->whole = sm_bytes_of(p, header + length);
    value->content = sm_bytes_of(p + header, length);
    *rest = sm_bytes_of(p + header + length, rest->length - header - length);
    return true;
}

/* The same, for a value of this tag alone. */
static inline bool sm_tlv_expect(sm_bytes *rest, uint8_t tag, sm_tlv *value)
{
    sm_bytes before = *rest;
    if (!sm_tlv_next(rest, value))
        return false;
    if (value->tag == tag)
        return true;
    *rest = before;
    return false;
}

/* The same as sm_tlv_next(), for BER: a constructed value may be of indefinite length (X.690 8.1.3.6). Goes once over what is
 * inside it, down to SM_LIMIT_DER_DEPTH indefinite lengths inside one another; of definite length it looks at the header alone. */
static inline bool sm_tlv_next_ber(sm_bytes *rest, sm_tlv *value)
{
    const uint8_t *p = rest->data;
    if (p == NULL || rest->length < 2 || (p[0] & 0x20) == 0 || p[1] != 0x80)
        return sm_tlv_next(rest, value);
    if ((p[0] & 0x1f) == 0x1f)
        return false;
    sm_bytes inside = sm_bytes_from(*rest, 2);
    for (unsigned depth = 1; depth > 0;) {
        sm_tlv skipped;
        const uint8_t *at = inside.data;
        if (inside.length < 2)
            return false;
        bool end = at[0] == 0 && at[1] == 0,
             indefinite = (at[0] & 0x20) != 0 && (at[0] & 0x1f) != 0x1f && at[1] == 0x80;
        if (indefinite && depth >= SM_LIMIT_DER_DEPTH)
            return false;
        if (end || indefinite)
            inside = sm_bytes_from(inside, 2);
        else if (!sm_tlv_next(&inside, &skipped))
            return false;
        depth = end ? depth - 1 : indefinite ? depth + 1 : depth;
    }
    size_t length = rest->length - inside.length;
    value->tag = p[0];
    value->whole = sm_bytes_of(p, length);
    value->content = sm_bytes_of(p + 2, length - 4);
    *rest = inside;
    return true;
}
