/* MIME entities, octet for octet (RFC 2045, RFC 2046, RFC 1847).
 *
 * Nothing here is re-encoded or normalised: every member that is a slice points into the octets that were given, so a
 * signature can be checked over exactly what was received and a display can highlight it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

#include <stdbool.h>

typedef struct sm_parameter {
    const char *name;  /* lower case */
    const char *value; /* unquoted, comments and folding removed; RFC 2231 forms decoded to UTF-8; an octet
                        of zero comes out as \x00 */
    bool quoted;       /* stood in quotation marks */
} sm_parameter;

/* "type/subtype; name=value; ..." (RFC 2045 5.1), or a value of the same shape such as Content-Disposition. */
typedef struct sm_media_type {
    const char *text;    /* "type/subtype" in lower case; a disposition's single word */
    const char *type;    /* "application" */
    const char *subtype; /* "pkcs7-mime"; "" for a disposition */
    const sm_parameter *parameters;
    unsigned parameter_count;
    const char *fault;   /* what is wrong with the syntax, or NULL; the readable rest is there all the same */
    bool limit;          /* the fault is a limit of bounds.h: parameters may be missing */
} sm_media_type;

/* Reads a Content-Type value, folded or not. NULL only when there is no type at all (the value is empty or starts with
 * something that is no token). Owned by the arena. */
const sm_media_type *sm_media_type_parse(sm_arena *arena, sm_bytes value);

/* The value of the parameter with this (lower-case) name, the first when repeated; NULL when there is none or type is NULL. */
const char *sm_media_type_parameter(const sm_media_type *type, const char *name);

/* Whether the parameter with this (lower-case) name stands there again with another value: which one counts is then each reader's own
 * choice. False when type is NULL. */
bool sm_media_type_contradicts(const sm_media_type *type, const char *name);

/* Compares with "type/subtype", without regard to case; false for NULL. */
bool sm_media_type_is(const sm_media_type *type, const char *text);

typedef struct sm_header {
    sm_bytes field;    /* the whole field with its folded lines and last line end */
    sm_bytes name_raw; /* as received, without trailing blanks before the colon */
    sm_bytes value_raw; /* after the colon, without leading blanks and the last line end; still folded */
    const char *name;  /* canonical long form: compact SIP forms are expanded when SM_ENTITY_SIP is given, else as received */
    const char *value; /* unfolded (RFC 5322 2.2.3: each fold one space), trailing blanks removed; may hold any octet but zero (zero: \x00) */
} sm_header;

typedef enum sm_transfer_encoding {
    SM_ENCODING_BINARY, /* also 7bit, 8bit and none: the octets are the content */
    SM_ENCODING_BASE64,
    SM_ENCODING_QUOTED_PRINTABLE,
    SM_ENCODING_UNKNOWN,
} sm_transfer_encoding;

typedef struct sm_entity sm_entity;
struct sm_entity {
    sm_bytes octets; /* header block and body, the octets a multipart/signed signature covers; absent for a SIP body, whose
                        header fields stand in the SIP message */
    sm_bytes head;   /* header fields with the empty line that ends them */
    sm_bytes body;   /* what follows, still transfer-encoded */
    const sm_header *headers;
    unsigned header_count;
    const sm_media_type *content_type; /* NULL when absent or unreadable: RFC 2045 5.2 says text/plain then */
    sm_transfer_encoding encoding;
    const char *encoding_word;        /* the Content-Transfer-Encoding value in lower case; NULL when absent */
    const sm_media_type *disposition; /* Content-Disposition (RFC 2183), NULL when absent */
    const char *content_encoding;     /* Content-Encoding as SIP has it ("gzip"), lower case; NULL when absent */
    const char *fault; /* one line: no empty line after the header, a limit hit, a header line that is none; or NULL */
    bool limit;        /* the fault is a limit of bounds.h */
};

typedef enum sm_entity_flags {
    SM_ENTITY_DEFAULT = 0,
    SM_ENTITY_SIP = 1 << 0,        /* header names may be SIP's compact forms (c, e, l, ...; RFC 3261 7.3.3), the first line is a SIP start line */
    SM_ENTITY_BARE_LF = 1 << 1,    /* accept LF alone as a line end (recorded by the caller, for entities inside CMS) */
} sm_entity_flags;

/* Splits an entity into header and body. Always returns an entity; what could not be read is told in `fault`. Without an
 * empty line everything is header, unless the first line is no header field, when everything is body (`fault` set).
 * Limits: SM_LIMIT_MIME_HEADERS, SM_LIMIT_MIME_HEADER_OCTETS. */
const sm_entity *sm_entity_parse(sm_arena *arena, sm_bytes octets, sm_entity_flags flags);

/* The entity made of a SIP (or MSRP) message's header block and its body, which need not be adjacent. */
const sm_entity *sm_entity_from_message(sm_arena *arena, sm_bytes head, sm_bytes body, sm_entity_flags flags);

/* An entity of which only the Content-Type value is known. content_type may be NULL. */
const sm_entity *sm_entity_from_type(sm_arena *arena, const char *content_type, sm_bytes body);

/* First header field with that name (canonical long form, without regard to case), or NULL. */
const sm_header *sm_entity_header(const sm_entity *entity, const char *name);

/* Whether that field, which may stand only once, stands there again with another value. */
bool sm_entity_contradicts(const sm_entity *entity, const char *name);

typedef struct sm_multipart {
    const sm_bytes *parts; /* each part's entity octets: from after the delimiter line to before the line end that belongs
                              to the next delimiter (RFC 2046 5.1.1) */
    unsigned part_count;
    sm_bytes preamble, epilogue; /* absent when there is none */
    bool closed;            /* the closing delimiter was there */
    bool bare_lf;           /* a delimiter was ended or introduced by LF alone */
    const char *fault;      /* no boundary parameter, no delimiter at all, a limit hit; or NULL */
    bool limit;             /* the fault is a limit of bounds.h: parts may be missing */
} sm_multipart;

/* Cuts a multipart body at its exact boundary: a delimiter line is CRLF "--" boundary, optional blanks, CRLF; a longer line
 * that merely begins so is content. Binary parts may hold any octet. Owned by the arena.
 * Limit: SM_LIMIT_MIME_PARTS. */
const sm_multipart *sm_multipart_split(sm_arena *arena, sm_bytes body, const char *boundary);
