/* Repairs: the damages that octets are known to suffer on their way, undone on copies. Which copy holds, if
 * any, is for the caller to judge: see inspect/diagnosis.c.
 *
 * For this room alone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/bytes.h"

#include <glib.h>

/* One damage undone. */
typedef struct inspect_repair {
    const char *how; /* "with CRLF line ends": follows "would verify" */
    const char *why; /* "something on the way turned them into LF" */
} inspect_repair;

/* Takes a repaired copy, which lives as long as the call, and the one or two repairs that made it (`second`
 * NULL). True ends the search: it was explained, or a limit was reached. */
typedef bool (*inspect_try)(void *context, sm_bytes octets, const inspect_repair *first,
                            const inspect_repair *second);

/* Known damages of what a signature covers, undone one after the other: line ends; where `entity` says that
 * the octets are a MIME entity an intermediary can read (a part of multipart/signed), its header fields and
 * its transfer encoding too (RFC 1847 2.1 forbids all of it). True when `try` did. */
bool inspect_repair_content(sm_bytes content, bool entity, inspect_try try, void *context);

/* Known damages of binary CMS octets: sent as text (line ends turned, re-coded as UTF-8), line ends before
 * them, transfer encoding lost. `undecoded` are the octets before their transfer encoding was undone, absent
 * when they are not known. `octets` may be absent when undoing that failed. True when `try` did. */
bool inspect_repair_cms(sm_bytes octets, sm_bytes undecoded, inspect_try try, void *context);

/* The same for the header fields and the transfer encoding of a MIME entity. `also` is the repair that made
 * `content`, NULL when it is as received. */
bool inspect_repair_entity(sm_bytes content, const inspect_repair *also, inspect_try try, void *context);

/* Each character of UTF-8 text below U+0100 as one octet, when there is one above U+007F and none that does
 * not fit; else NULL. */
GString *inspect_octets_of_characters(sm_bytes octets);

/* The octets that the outermost value of `octets` says it has, header included; 0 when it does not say
 * (X.690 8.1.3). */
size_t inspect_announced_octets(sm_bytes octets);
