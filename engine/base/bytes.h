/* Byte slices: a view of octets that somebody else owns.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Everything the engine parses is a slice of one of the inspection's sources (the received body, a decoded or decrypted
 * part). A slice never owns its octets and carries no offset: where it stands follows from its address, see
 * sm_inspection_locate(). An absent thing has data == NULL; an empty one has data != NULL and length 0. */
typedef struct sm_bytes {
    const uint8_t *data;
    size_t length; /* octets */
} sm_bytes;

#define SM_BYTES_NONE ((sm_bytes){NULL, 0})
/* A slice over a string literal, without its terminating zero. */
#define SM_BYTES_LITERAL(text) ((sm_bytes){(const uint8_t *)(text), sizeof(text) - 1})

static inline sm_bytes sm_bytes_of(const void *data, size_t length)
{
    return (sm_bytes){data, length};
}

static inline bool sm_bytes_present(sm_bytes bytes)
{
    return bytes.data != NULL;
}

/* True when both hold the same octets; two absent slices are equal, an absent and an empty one are not. */
static inline bool sm_bytes_equal(sm_bytes a, sm_bytes b)
{
    if (a.data == NULL || b.data == NULL)
        return a.data == b.data;
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* The octets from `start` on, `length` of them; both are cut to what is there, so the result never leaves `bytes`. */
static inline sm_bytes sm_bytes_cut(sm_bytes bytes, size_t start, size_t length)
{
    if (bytes.data == NULL)
        return bytes;
    if (start > bytes.length)
        start = bytes.length;
    if (length > bytes.length - start)
        length = bytes.length - start;
    return (sm_bytes){bytes.data + start, length};
}

static inline sm_bytes sm_bytes_from(sm_bytes bytes, size_t start)
{
    return sm_bytes_cut(bytes, start, SIZE_MAX);
}

/* True when every octet of `inner` lies within `outer`. */
static inline bool sm_bytes_within(sm_bytes inner, sm_bytes outer)
{
    uintptr_t in = (uintptr_t)inner.data, out = (uintptr_t)outer.data;
    return inner.data && outer.data && in >= out && in - out <= outer.length && inner.length <= outer.length - (in - out);
}
