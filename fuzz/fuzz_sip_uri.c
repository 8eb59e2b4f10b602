/* URIs and addresses: two of them, parted by a line end. Equality is reflexive and symmetric, an identity that matches has
 * equal hosts or numbers, and what was read is a C string that can be read again. */
#include "sip/uri.h"

#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const sm_uri *a, const sm_uri *b)
{
    const char *rule = NULL;
    bool equal = sm_uri_equal(a, b, &rule);
    g_assert_nonnull(rule);
    g_assert_true(equal == sm_uri_equal(b, a, NULL));
    bool same = sm_uri_same_identity(a, b, &rule);
    g_assert_nonnull(rule);
    if (same && a->host && b->host)
        g_assert_cmpstr(a->host, ==, b->host);
    else if (same)
        g_assert_cmpstr(a->number, ==, b->number);
    g_assert_false(same && sm_uri_near_identity(a, b));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sm_arena *arena = sm_arena_new();
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    size_t first = end ? (size_t)(end - data) : size;
    sm_bytes texts[2] = {sm_bytes_of(data, first), sm_bytes_from(sm_bytes_of(data, size), first + 1)};
    const sm_uri *uris[2];
    for (int i = 0; i < 2; i++) {
        const char *fault = NULL;
        uris[i] = sm_uri_parse(arena, texts[i], &fault);
        g_assert_true((uris[i] == NULL) == (fault != NULL));
        if (uris[i]) {
            g_assert_true(sm_uri_equal(uris[i], uris[i], NULL));
            g_assert_nonnull(sm_uri_parse(arena, sm_bytes_of(uris[i]->text, strlen(uris[i]->text)), NULL));
            check(uris[i], uris[i]);
        }
        g_assert_nonnull(sm_address_parse(arena, texts[i])->uri_text);
        unsigned count;
        sm_address_list(arena, texts[i], &count);
    }
    if (uris[0] && uris[1])
        check(uris[0], uris[1]);
    sm_arena_free(arena);
    return 0;
}
