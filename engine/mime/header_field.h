/* Header fields: lines, folding, names (RFC 5322 2.2, RFC 3261 7.3). Used inside this room only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "mime/entity.h"

/* One line of `octets`: its content without line end, and where the next one begins. */
typedef struct sm_line {
    sm_bytes content;
    size_t next;  /* offset of the next line, octets.length after the last */
    bool ended;   /* false: the octets end before a line end */
    bool bare_lf; /* ended by LF alone */
} sm_line;

/* The line at offset `start`. With bare_lf false only CRLF ends a line and an LF alone is content. Walking over all lines
 * so is linear in the octets. */
sm_line sm_line_at(sm_bytes octets, size_t start, bool bare_lf);

static inline bool sm_is_blank(uint8_t octet)
{
    return octet == ' ' || octet == '\t';
}

/* The value with each fold (blanks, line end, blanks) made one space and trailing blanks removed; zero-terminated behind
 * its last octet, may hold zeros itself. Owned by the arena. */
sm_bytes sm_header_unfold(sm_arena *arena, sm_bytes value);

/* The octets as a C string: an octet of zero becomes the four characters \x00, so that nothing hides behind it. */
const char *sm_header_text(sm_arena *arena, sm_bytes octets);

/* The octets without leading and trailing blanks and line ends. */
sm_bytes sm_header_trim(sm_bytes octets);

typedef struct sm_header_block {
    sm_bytes head; /* the fields with the empty line that ends them */
    sm_bytes rest; /* what follows that line */
    bool ended;    /* the empty line is there */
    const sm_header *headers;
    unsigned count;
    const char *fault; /* one line or NULL */
    bool limit;        /* the fault is a limit of bounds.h */
} sm_header_block;

/* Reads header fields up to the first empty line, or to the end of `octets` when there is none. With `start_line` a first
 * line that is no header field is taken for a start line and passed over. Limits: SM_LIMIT_MIME_HEADERS,
 * SM_LIMIT_MIME_HEADER_OCTETS; the block's end is found beyond them, the fields behind them are not read. */
sm_header_block sm_header_block_read(sm_arena *arena, sm_bytes octets, sm_entity_flags flags,
                                     bool start_line);
