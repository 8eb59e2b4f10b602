/* CompressedData made by BouncyCastle, and what is no CompressedData this tool can open. */
#include "cms/compressed.h"

#include "cms_interop.h"

#include <glib.h>

static sm_compressed_data fixture(sm_arena *arena)
{
    const sm_cms *cms = sm_cms_parse(arena, interop_octets(arena, "compressed/bc-zlib.p7m"));
    g_assert_cmpint(cms->structure.kind, ==, SM_PASS);
    g_assert_cmpint(cms->type, ==, SM_CMS_COMPRESSED);
    return *cms->compressed_data;
}

static void test_zlib(void)
{
    sm_arena *arena = sm_arena_new();
    sm_compressed_data data = fixture(arena);
    sm_decoded out = sm_compressed_open(arena, &data);
    g_assert_null(out.fault);
    assert_same_octets(out.octets, interop_content(arena));
    sm_arena_free(arena);
}

/* A capture that ends early must not pass for a shorter message. */
static void test_truncated(void)
{
    sm_arena *arena = sm_arena_new();
    sm_compressed_data data = fixture(arena);
    sm_bytes whole = data.content;
    for (size_t length = 0; length < whole.length; length++) {
        data.content = sm_arena_copy(arena, sm_bytes_cut(whole, 0, length));
        g_assert_nonnull(sm_compressed_open(arena, &data).fault);
    }
    sm_arena_free(arena);
}

static void test_not_zlib(void)
{
    sm_arena *arena = sm_arena_new();
    sm_compressed_data data = fixture(arena);
    data.compression.oid = SM_BYTES_LITERAL("\x2a\x03\x04");
    sm_decoded out = sm_compressed_open(arena, &data);
    g_assert_cmpstr(out.fault, ==, "unknown compression algorithm 1.2.3.4");
    g_assert_false(sm_bytes_present(out.octets));

    data = fixture(arena);
    data.detached = true;
    data.content = SM_BYTES_NONE;
    g_assert_nonnull(sm_compressed_open(arena, &data).fault);
    sm_arena_free(arena);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cms/compressed/zlib", test_zlib);
    g_test_add_func("/cms/compressed/truncated", test_truncated);
    g_test_add_func("/cms/compressed/not-zlib", test_not_zlib);
    return g_test_run();
}
