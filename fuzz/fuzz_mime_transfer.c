/* Encodings undone. The first octet chooses which one. */

#include "base/bounds.h"
#include "mime/transfer_encoding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(sm_decoded decoded, sm_bytes input)
{
    if (sm_bytes_present(decoded.octets) && !decoded.copied && !sm_bytes_within(decoded.octets, input))
        g_error("a slice of %zu octets lies outside the input", decoded.octets.length);
    g_assert_true(decoded.fault || sm_bytes_present(decoded.octets));
    g_assert_true(decoded.fault || (!decoded.truncated && !decoded.limit));
    uint8_t sum = 0; /* every decoded octet is there to be read */
    for (size_t i = 0; i < decoded.octets.length; i++)
        sum ^= decoded.octets.data[i];
    volatile uint8_t kept = sum;
    (void)kept;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    sm_arena *arena = sm_arena_new();
    sm_bytes input = sm_bytes_of(data + 1, size - 1);
    switch (data[0] % 6) {
    case 0: {
        sm_decoded decoded = sm_transfer_decode(arena, input, SM_ENCODING_BASE64);
        g_assert_cmpuint(decoded.octets.length, <=, input.length / 4 * 3 + 2);
        check(decoded, input);
        break;
    }
    case 1: {
        sm_decoded decoded = sm_transfer_decode(arena, input, SM_ENCODING_QUOTED_PRINTABLE);
        g_assert_cmpuint(decoded.octets.length, <=, input.length);
        check(decoded, input);
        break;
    }
    case 2:
        check(sm_content_decode(arena, input, "gzip"), input);
        break;
    case 3:
        check(sm_content_decode(arena, input, "deflate"), input);
        break;
    case 4:
        check(sm_transfer_decode(arena, input, SM_ENCODING_BINARY), input);
        break;
    default: { /* what is encoded comes back */
        g_autofree char *text = g_base64_encode(input.data, input.length);
        sm_decoded decoded = sm_transfer_decode(arena, sm_bytes_of(text, strlen(text)), SM_ENCODING_BASE64);
        g_assert_null(decoded.fault);
        g_assert_true(sm_bytes_equal(decoded.octets, input));
    }
    }
    sm_arena_free(arena);
    return 0;
}
