/* Arena: memory that is released all at once.
 *
 * A parsed message is a web of small structures that live and die together. They are allocated from one arena, so that
 * no parser has a release path of its own and none can leak on an error. An arena is used by one thread at a time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/bytes.h"

#include <glib.h>

typedef struct sm_arena sm_arena;

/* A new, empty arena; release with sm_arena_free(). Running out of memory aborts, as everywhere in GLib. */
sm_arena *sm_arena_new(void);

/* Runs the clean-ups in reverse order of their registration, then releases everything. NULL is allowed. */
void sm_arena_free(sm_arena *arena);

/* `size` octets, zeroed, aligned for any type; size 0 gives a valid pointer. Owned by the arena. */
void *sm_arena_alloc(sm_arena *arena, size_t size);

/* One, or `count`, zeroed objects of `type`. */
#define sm_arena_new0(arena, type) ((type *)sm_arena_alloc((arena), sizeof(type)))
void *sm_arena_alloc_array(sm_arena *arena, size_t count, size_t size); /* aborts when count * size overflows */
#define sm_arena_array(arena, type, count) ((type *)sm_arena_alloc_array((arena), (count), sizeof(type)))

/* Zero-terminated copies owned by the arena; NULL stays NULL. */
const char *sm_arena_strdup(sm_arena *arena, const char *text);
const char *sm_arena_strndup(sm_arena *arena, const void *text, size_t length); /* octets as they are, zero added */
const char *sm_arena_printf(sm_arena *arena, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* A copy of the octets, owned by the arena; absent stays absent. */
sm_bytes sm_arena_copy(sm_arena *arena, sm_bytes bytes);

/* Lower-case hexadecimal of the octets, without separators; "" for none. */
const char *sm_arena_hex(sm_arena *arena, sm_bytes bytes);

/* Octets received from the network made safe to show: valid UTF-8 stays, control characters and invalid octets come out
 * as \xHH; at most `limit` octets are shown, a cut is marked with "...". */
const char *sm_arena_printable(sm_arena *arena, sm_bytes bytes, size_t limit);

/* Calls release(object) when the arena is freed (a foreign handle, memory that must be cleansed). */
void sm_arena_on_free(sm_arena *arena, GDestroyNotify release, void *object);
