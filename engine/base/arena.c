/* Arena: memory that is released all at once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_OBJECTS_APART 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_OBJECTS_APART 1
#endif
#endif
#ifndef ARENA_OBJECTS_APART
#define ARENA_OBJECTS_APART \
    0 /* 1: each object is a block of its own, so that the sanitizer sees one octet too many */
#endif

#define FIRST_CHUNK 4096u /* octets; most messages are small, and there are many of them */
#define LARGEST_CHUNK 65536u
#define ALIGNMENT _Alignof(max_align_t)

typedef struct cleanup {
    GDestroyNotify release;
    void *object;
} cleanup;

struct sm_arena {
    GPtrArray *blocks; /* chunks, and objects too big to share one */
    uint8_t *next;     /* free octets of the current chunk, zeroed and aligned */
    size_t left;
    size_t chunk;     /* size of the next chunk */
    GArray *cleanups; /* of cleanup; NULL until one is registered */
};

sm_arena *sm_arena_new(void)
{
    sm_arena *arena = g_new0(sm_arena, 1);
    arena->blocks = g_ptr_array_new_with_free_func(g_free);
    arena->chunk = FIRST_CHUNK;
    return arena;
}

void sm_arena_free(sm_arena *arena)
{
    if (arena == NULL)
        return;
    while (arena->cleanups && arena->cleanups->len > 0) {
        cleanup last = g_array_index(arena->cleanups, cleanup, arena->cleanups->len - 1);
        g_array_set_size(arena->cleanups, arena->cleanups->len - 1);
        last.release(last.object);
    }
    if (arena->cleanups)
        g_array_free(arena->cleanups, TRUE);
    g_ptr_array_free(arena->blocks, TRUE);
    g_free(arena);
}

static void *new_block(sm_arena *arena, size_t size)
{
    void *block = g_malloc0(size);
    g_ptr_array_add(arena->blocks, block);
    return block;
}

void *sm_arena_alloc(sm_arena *arena, size_t size)
{
    if (size == 0)
        size = 1;
    if (ARENA_OBJECTS_APART || size > FIRST_CHUNK / 4)
        return new_block(arena, size);

    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (size > arena->left) {
        arena->next = new_block(arena, arena->chunk);
        arena->left = arena->chunk;
        arena->chunk = MIN(arena->chunk * 2, LARGEST_CHUNK);
    }
    void *object = arena->next;
    arena->next += size;
    arena->left -= size;
    return object;
}

void *sm_arena_alloc_array(sm_arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        g_error("sm_arena_alloc_array: %zu objects of %zu octets are too many", count, size);
    return sm_arena_alloc(arena, count * size);
}

const char *sm_arena_strdup(sm_arena *arena, const char *text)
{
    return text ? sm_arena_strndup(arena, text, strlen(text)) : NULL;
}

const char *sm_arena_strndup(sm_arena *arena, const void *text, size_t length)
{
    if (text == NULL)
        return NULL;
    if (length == SIZE_MAX)
        g_error("sm_arena_strndup: no room for the terminating zero");
    char *copy = sm_arena_alloc(arena, length + 1);
    if (length > 0)
        memcpy(copy, text, length);
    return copy;
}

const char *sm_arena_printf(sm_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return sm_arena_strdup(arena, text);
}

sm_bytes sm_arena_copy(sm_arena *arena, sm_bytes bytes)
{
    if (!sm_bytes_present(bytes))
        return bytes;
    uint8_t *copy = sm_arena_alloc(arena, bytes.length);
    if (bytes.length > 0)
        memcpy(copy, bytes.data, bytes.length);
    return sm_bytes_of(copy, bytes.length);
}

static const char hex_digits[] = "0123456789abcdef";

const char *sm_arena_hex(sm_arena *arena, sm_bytes bytes)
{
    if (!sm_bytes_present(bytes) || bytes.length == 0)
        return "";
    char *text = sm_arena_alloc_array(arena, bytes.length + 1, 2);
    for (size_t i = 0; i < bytes.length; i++) {
        text[2 * i] = hex_digits[bytes.data[i] >> 4];
        text[2 * i + 1] = hex_digits[bytes.data[i] & 15];
    }
    return text;
}

/* Characters that would move the cursor or turn the order of what is shown after them: C0, DEL and C1 controls, line and
 * paragraph separators, the bidirectional marks, embeddings, overrides and isolates. */
static bool disturbs_display(gunichar c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Octets of the well-formed UTF-8 character at the start of `bytes`, 0 when there is none. */
static size_t utf8_length(sm_bytes bytes, gunichar *c)
{
    if (bytes.data[0] < 0x80) { /* GLib takes a zero for an early end */
        *c = bytes.data[0];
        return 1;
    }
    *c = g_utf8_get_char_validated((const char *)bytes.data, (gssize)MIN(bytes.length, 6));
    if (*c == (gunichar)-1 || *c == (gunichar)-2)
        return 0;
    return (size_t)g_unichar_to_utf8(*c, NULL);
}

/* What nearly all that is received consists of. */
static bool is_plain_ascii(sm_bytes bytes)
{
    for (size_t i = 0; i < bytes.length; i++)
        if (bytes.data[i] < 0x20 || bytes.data[i] > 0x7e)
            return false;
    return true;
}

const char *sm_arena_printable(sm_arena *arena, sm_bytes bytes, size_t limit)
{
    if (!sm_bytes_present(bytes))
        return "";
    if (bytes.length <= limit && is_plain_ascii(bytes))
        return sm_arena_strndup(arena, bytes.data, bytes.length);
    GString *text = g_string_sized_new(MIN(bytes.length, limit) + 4);
    size_t at = 0;
    while (at < bytes.length && at < limit) {
        gunichar c = 0;
        size_t length = utf8_length(sm_bytes_from(bytes, at), &c);
        if (length > limit - at) /* do not cut a character in two */
            break;
        if (length > 0 && !disturbs_display(c)) {
            g_string_append_len(text, (const char *)bytes.data + at, (gssize)length);
            at += length;
            continue;
        }
        for (size_t end = at + MAX(length, 1); at < end; at++)
            g_string_append_printf(text, "\\x%02x", bytes.data[at]);
    }
    if (at < bytes.length)
        g_string_append(text, "...");
    const char *result = sm_arena_strndup(arena, text->str, text->len);
    g_string_free(text, TRUE);
    return result;
}

void sm_arena_on_free(sm_arena *arena, GDestroyNotify release, void *object)
{
    if (arena->cleanups == NULL)
        arena->cleanups = g_array_new(FALSE, FALSE, sizeof(cleanup));
    cleanup entry = {release, object};
    g_array_append_val(arena->cleanups, entry);
}
