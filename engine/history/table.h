/* Tables of what earlier messages were: bounded, the oldest entry gives way. For this room alone.
 *
 * Keys are digests, so that a million remembered messages cost their entries and no strings, and nobody who writes messages can make two of
 * them meet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/bytes.h"

#include <glib.h>

/* The first half of a SHA-256. */
typedef struct history_key {
    uint64_t words[2];
} history_key;

/* Digests a list of pieces into a key; one for all tables of a history, used by one thread. */
typedef struct history_digest history_digest;
history_digest *history_digest_new(void);
void history_digest_free(history_digest *digest); /* NULL is allowed */

/* begin, any number of adds, end. `subject` keeps the keys of different tables and uses apart. Every piece is digested with its length, so
 * that pieces do not run into each other; absent (NULL) differs from empty. */
void history_digest_begin(history_digest *digest, char subject);
void history_digest_add(history_digest *digest, sm_bytes piece);
void history_digest_text(history_digest *digest, const char *text);
void history_digest_number(history_digest *digest, uint64_t number);
history_key history_digest_end(history_digest *digest);

static inline bool history_key_equal(history_key a, history_key b)
{
    return a.words[0] == b.words[0] && a.words[1] == b.words[1];
}

/* A table of at most `limit` entries of `entry_size` octets each. `release` (may be NULL) is called with an entry that gives way, and with
 * all that are left in history_table_free(). */
typedef struct history_table history_table;
history_table *history_table_new(size_t entry_size, size_t limit, void (*release)(void *entry));
void history_table_free(history_table *table); /* NULL is allowed */

/* The entry with that key, or NULL. Owned by the table; it stays where it is until it gives way. */
void *history_table_find(const history_table *table, history_key key);

/* A new entry, zeroed; the one with that key when there is one already. In a full table the oldest gives way. */
void *history_table_add(history_table *table, history_key key);

size_t history_table_count(const history_table *table);
