/* Content-Transfer-Encoding (RFC 2045 6) and Content-Encoding (RFC 3261 20.12) undone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"
#include "mime/entity.h"

typedef struct sm_decoded {
    sm_bytes octets;   /* the decoded octets; the input slice itself when nothing had to be undone; absent on failure */
    bool copied;       /* octets are a new buffer owned by the arena, not a slice of the input */
    const char *fault; /* one line; octets may still hold what was readable before it; or NULL */
    bool truncated;    /* the fault is an early end */
    bool limit;        /* the fault is a limit of bounds.h */
} sm_decoded;

/* Undoes a transfer encoding. base64: line ends and blanks are skipped, anything else outside the alphabet, octets after the
 * padding, and a missing padding are faults. Quoted-printable: a soft line break is removed, "=" before anything but two
 * hexadecimal digits or a line end is a fault and kept literally. */
sm_decoded sm_transfer_decode(sm_arena *arena, sm_bytes octets, sm_transfer_encoding encoding);

/* Undoes "gzip", "x-gzip" or "deflate" (zlib, or raw deflate as some stacks send it); NULL, "" and "identity" do nothing;
 * any other name is a fault. Limits: SM_LIMIT_DECOMPRESSED_OCTETS, SM_LIMIT_DECOMPRESSED_RATIO. */
sm_decoded sm_content_decode(sm_arena *arena, sm_bytes octets, const char *encoding);

/* zlib inflate with the same limits; window_bits as inflateInit2() takes it. Used for CompressedData (RFC 3274) too. */
sm_decoded sm_inflate(sm_arena *arena, sm_bytes octets, int window_bits);
