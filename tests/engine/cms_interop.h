/* What the tests of cms/ share: the fixtures of tests/data/cms-interop, made by other programs, and the keys
 * they were made with. */
#pragma once

#include "base/arena.h"
#include "cms/content.h"
#include "pki/keyring.h"

#include <glib.h>

#define INTEROP "data/cms-interop/"

static inline char *interop_path(const char *name)
{
    return g_build_filename(g_test_get_dir(G_TEST_DIST), "..", INTEROP, name, NULL);
}

/* A fixture's octets in a block of exactly their size, so that the sanitizer sees one octet too many. */
static inline sm_bytes interop_octets(sm_arena *arena, const char *name)
{
    g_autofree char *path = interop_path(name), *octets = NULL;
    gsize length = 0;
    g_autoptr(GError) error = NULL;
    g_assert_true(g_file_get_contents(path, &octets, &length, &error));
    return sm_arena_copy(arena, sm_bytes_of(octets, length));
}

/* What every fixture signs or seals. */
static inline sm_bytes interop_content(sm_arena *arena)
{
    return interop_octets(arena, "content.txt");
}

static inline sm_keyring *interop_ring(const char *folder)
{
    sm_keyring *ring = sm_keyring_new();
    g_autofree char *path = interop_path(folder);
    g_assert_cmpuint(sm_keyring_add_keys(ring, path), >, 0);
    return ring;
}

static inline gint interop_compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of a folder's files, sorted; release with g_ptr_array_unref(). */
static inline GPtrArray *interop_files(const char *folder)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *path = interop_path(folder);
    GDir *directory = g_dir_open(path, 0, NULL);
    g_assert_nonnull(directory);
    for (const char *name; (name = g_dir_read_name(directory));)
        g_ptr_array_add(names, g_build_filename(folder, name, NULL));
    g_dir_close(directory);
    g_ptr_array_sort(names, interop_compare);
    return names;
}

static inline void assert_same_octets(sm_bytes actual, sm_bytes expected)
{
    g_assert_true(sm_bytes_present(actual));
    g_assert_cmpmem(actual.data, actual.length, expected.data, expected.length);
}
