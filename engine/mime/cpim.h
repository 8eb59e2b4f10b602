/* Message/CPIM (RFC 3862): common presence and instant messaging format.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"
#include "mime/entity.h"

typedef struct sm_cpim_header {
    sm_bytes field;         /* whole line with its line end */
    const char *namespace_; /* URI the prefix is bound to by an NS header before it; "urn:ietf:params:cpim-headers:" without prefix;
                               NULL when the prefix was not declared */
    const char *prefix;     /* "imdn" in "imdn.Message-ID"; "" without */
    const char *name;       /* case matters (RFC 3862 2.4) */
    const char *language;   /* ;lang= parameter or NULL */
    const char *value;      /* escapes of RFC 3862 2.3.1 undone, UTF-8 */
} sm_cpim_header;

typedef struct sm_cpim {
    const sm_cpim_header *headers;
    unsigned header_count;
    const char *from_uri, *to_uri;   /* URI inside <> of the first From / To header; NULL when absent or without one */
    const char *from_name, *to_name; /* display names, NULL without */
    const char *date_time;           /* value of DateTime, NULL when absent */
    const char *imdn_message_id;     /* imdn.Message-ID (RFC 5438), NULL when absent */
    sm_bytes message_headers;        /* the CPIM header block with its empty line */
    const sm_entity *content;        /* the encapsulated MIME entity */
    const char *fault;               /* one line or NULL */
    bool limit;                      /* the fault is a limit of bounds.h: headers may be missing */
} sm_cpim;

/* Reads the body of a message/cpim entity (after its transfer encoding is undone). Always returns a structure. Limits as
 * for entities. */
const sm_cpim *sm_cpim_parse(sm_arena *arena, sm_bytes body);
