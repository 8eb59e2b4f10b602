/* Instant message disposition notification (RFC 5438): the XML of message/imdn+xml.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"

typedef struct sm_imdn {
    const char *message_id;   /* of the message that it speaks of; NULL absent */
    const char *date_time;    /* when that message was sent; NULL absent */
    const char *recipient, *original_recipient; /* URIs; NULL absent */
    const char *notification; /* "delivery", "display", "processing"; NULL when there is none of them */
    const char *status;       /* "delivered", "displayed", "failed", ...: the first element in its <status>; NULL absent */
    const char *fault;        /* one line, or NULL; what was read before it is there all the same */
    bool limit;               /* the fault is a limit of bounds.h */
} sm_imdn;

/* Reads the elements of RFC 5438 11.1 wherever they stand in the document, names without regard to namespace prefixes; texts are UTF-8
 * without blanks around them. No entity but XML's own five is expanded. Always returns a structure owned by the arena. Limit:
 * SM_LIMIT_IMDN_OCTETS. */
const sm_imdn *sm_imdn_parse(sm_arena *arena, sm_bytes document);
