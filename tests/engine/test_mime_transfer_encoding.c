/* Encodings undone: every octet counts, since digests are computed over them, and no input may cost more than the limits. */

#include "mime/transfer_encoding.h"

#include "base/bounds.h"

#include <zlib.h>

static sm_arena *arena;

static sm_decoded decode(const char *text, sm_transfer_encoding encoding)
{
    return sm_transfer_decode(arena, sm_bytes_of(text, strlen(text)), encoding);
}

static void assert_decodes(sm_decoded decoded, const char *expected, size_t length)
{
    g_assert_cmpstr(decoded.fault, ==, NULL);
    g_assert_false(decoded.truncated);
    g_assert_cmpmem(decoded.octets.data, decoded.octets.length, expected, length);
}

static void test_base64(void)
{
    /* The vectors of RFC 4648 10. */
    static const char *const vectors[][2] = {{"", ""},
                                             {"Zg==", "f"},
                                             {"Zm8=", "fo"},
                                             {"Zm9v", "foo"},
                                             {"Zm9vYg==", "foob"},
                                             {"Zm9vYmE=", "fooba"},
                                             {"Zm9vYmFy", "foobar"}};
    for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++)
        assert_decodes(decode(vectors[i][0], SM_ENCODING_BASE64), vectors[i][1], strlen(vectors[i][1]));
    assert_decodes(decode("\r\nZm9v\r\n Ym\tFy\n", SM_ENCODING_BASE64), "foobar", 6);
    assert_decodes(decode("Zg=\r\n=\r\n", SM_ENCODING_BASE64), "f", 1);
    assert_decodes(decode("+/+/AAA/", SM_ENCODING_BASE64), "\xfb\xff\xbf\x00\x00\x3f", 6);
}

static void test_base64_all(void)
{
    uint8_t octets[512];
    for (size_t i = 0; i < sizeof(octets); i++)
        octets[i] = (uint8_t)(i * 37 + i / 256);
    for (size_t length = 0; length < sizeof(octets); length++) {
        g_autofree char *text = g_base64_encode(octets, length);
        assert_decodes(decode(text, SM_ENCODING_BASE64), (const char *)octets, length);
    }
}

static void test_base64_faults(void)
{
    static const struct {
        const char *text, *before;
        bool truncated;
    } faults[] = {
        {"Zm9v*Zm9v", "foo", false}, {"Zm9vYg", "foob", true},   {"Zm9vYg=", "foob", true},
        {"Zm9vY", "foo", true},      {"Zm9vYmE", "fooba", true}, {"Zg==Zg==", "f", false},
        {"Zg===", "f", false},       {"Zm9v=", "foo", false},    {"=", "", false},
        {"Z===", "", false},         {"Zm8=!", "fo", false},     {"Zm9v_-", "foo", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
        sm_decoded decoded = decode(faults[i].text, SM_ENCODING_BASE64);
        if (decoded.fault == NULL || decoded.truncated != faults[i].truncated)
            g_error("%s: %s, truncated %d", faults[i].text, decoded.fault, decoded.truncated);
        g_assert_cmpmem(decoded.octets.data, decoded.octets.length, faults[i].before,
                        strlen(faults[i].before));
    }
    g_assert_nonnull(strstr(decode("Zm9v*", SM_ENCODING_BASE64).fault, "octet 4 "));
    g_assert_nonnull(sm_transfer_decode(arena, SM_BYTES_LITERAL("Zm9v\0"), SM_ENCODING_BASE64).fault);
}

static void test_quoted_printable(void)
{
    /* RFC 2045 6.7 (5) */
    assert_decodes(decode("Now's the time =\r\nfor all folk to come=\r\n to the aid of their country.",
                          SM_ENCODING_QUOTED_PRINTABLE),
                   "Now's the time for all folk to come to the aid of their country.", 64);
    assert_decodes(decode("=0C=3D=e9=00", SM_ENCODING_QUOTED_PRINTABLE), "\x0c=\xe9\0", 4);
    assert_decodes(decode("a \t\r\nb  c\t \n d \t", SM_ENCODING_QUOTED_PRINTABLE), "a\r\nb  c\n d", 10);
    assert_decodes(decode("a= \t\r\nb=\nc=20\r\n", SM_ENCODING_QUOTED_PRINTABLE), "abc \r\n", 6);
    assert_decodes(decode("", SM_ENCODING_QUOTED_PRINTABLE), "", 0);
}

static void test_quoted_printable_faults(void)
{
    static const struct {
        const char *text, *decoded;
        bool truncated;
    } faults[] = {{"a=zz=41", "a=zzA", false}, {"a=4", "a=4", true},    {"a=", "a=", true},
                  {"a==41", "a=A", false},     {"a=4g", "a=4g", false}, {"a= b", "a= b", false},
                  {"a=\rb", "a=\rb", false}};
    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
        sm_decoded decoded = decode(faults[i].text, SM_ENCODING_QUOTED_PRINTABLE);
        if (decoded.fault == NULL || decoded.truncated != faults[i].truncated)
            g_error("%s: %s, truncated %d", faults[i].text, decoded.fault, decoded.truncated);
        g_assert_cmpmem(decoded.octets.data, decoded.octets.length, faults[i].decoded,
                        strlen(faults[i].decoded));
    }
}

static void test_binary(void)
{
    sm_bytes octets = SM_BYTES_LITERAL("=41\0");
    sm_decoded decoded = sm_transfer_decode(arena, octets, SM_ENCODING_BINARY);
    g_assert_true(decoded.octets.data == octets.data && decoded.octets.length == octets.length);
    g_assert_false(decoded.copied);
    decoded = sm_transfer_decode(arena, octets, SM_ENCODING_UNKNOWN);
    g_assert_nonnull(decoded.fault);
    g_assert_false(sm_bytes_present(decoded.octets));
    g_assert_nonnull(sm_transfer_decode(arena, SM_BYTES_NONE, SM_ENCODING_BASE64).fault);
}

/* Compressed by zlib itself, in the form that window_bits names. */
static sm_bytes compress_as(sm_bytes octets, int window_bits)
{
    z_stream stream = {0};
    g_assert_cmpint(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY), ==, Z_OK);
    size_t size = deflateBound(&stream, octets.length) + 64;
    uint8_t *text = sm_arena_alloc(arena, size);
    stream.next_in = (Bytef *)(uintptr_t)octets.data;
    stream.avail_in = (uInt)octets.length;
    stream.next_out = text;
    stream.avail_out = (uInt)size;
    g_assert_cmpint(deflate(&stream, Z_FINISH), ==, Z_STREAM_END);
    sm_bytes result = sm_bytes_of(text, stream.total_out);
    deflateEnd(&stream);
    return result;
}

static sm_bytes joined(sm_bytes a, sm_bytes b)
{
    uint8_t *text = sm_arena_alloc(arena, a.length + b.length);
    memcpy(text, a.data, a.length);
    memcpy(text + a.length, b.data, b.length);
    return sm_bytes_of(text, a.length + b.length);
}

static void test_content_encoding(void)
{
    sm_bytes hello = SM_BYTES_LITERAL("hello hello hello hello\r\n");
    const char *text = (const char *)hello.data;
    assert_decodes(sm_content_decode(arena, compress_as(hello, 31), "gzip"), text, hello.length);
    assert_decodes(sm_content_decode(arena, compress_as(hello, 31), "X-GZIP"), text, hello.length);
    assert_decodes(sm_content_decode(arena, compress_as(hello, 15), "deflate"), text, hello.length);
    assert_decodes(sm_content_decode(arena, compress_as(hello, -15), "deflate"), text, hello.length);
    assert_decodes(sm_inflate(arena, compress_as(hello, 15), 15), text, hello.length);
    /* gzip members follow each other (RFC 1952 2.2) */
    sm_bytes twice =
        joined(compress_as(SM_BYTES_LITERAL("one "), 31), compress_as(SM_BYTES_LITERAL("two"), 31));
    assert_decodes(sm_content_decode(arena, twice, "gzip"), "one two", 7);

    g_assert_true(sm_content_decode(arena, hello, NULL).octets.data == hello.data);
    g_assert_true(sm_content_decode(arena, hello, "").octets.data == hello.data);
    g_assert_true(sm_content_decode(arena, hello, "Identity").octets.data == hello.data);
    g_assert_nonnull(sm_content_decode(arena, hello, "br").fault);
    g_assert_nonnull(sm_content_decode(arena, hello, "gzip, deflate").fault);
}

static void test_content_encoding_faults(void)
{
    sm_bytes hello = SM_BYTES_LITERAL("hello hello hello hello\r\n"), gzip = compress_as(hello, 31);
    for (size_t length = 0; length < gzip.length; length++) {
        sm_decoded decoded = sm_content_decode(arena, sm_bytes_cut(gzip, 0, length), "gzip");
        g_assert_nonnull(decoded.fault);
        g_assert_true(decoded.truncated);
    }
    sm_decoded decoded = sm_content_decode(arena, joined(gzip, SM_BYTES_LITERAL("more")), "gzip");
    g_assert_nonnull(strstr(decoded.fault, "4 octets"));
    g_assert_cmpmem(decoded.octets.data, decoded.octets.length, hello.data, hello.length);
    sm_bytes damaged = sm_arena_copy(arena, gzip);
    ((uint8_t *)(uintptr_t)damaged.data)[gzip.length - 6] ^= 1; /* the check value */
    g_assert_nonnull(sm_content_decode(arena, damaged, "gzip").fault);
    g_assert_nonnull(sm_content_decode(arena, hello, "gzip").fault);
    g_assert_nonnull(sm_content_decode(arena, hello, "deflate").fault);
    g_assert_nonnull(sm_inflate(arena, hello, 99).fault);
    g_assert_nonnull(sm_inflate(arena, SM_BYTES_NONE, 15).fault);
}

static sm_bytes zeros(size_t length)
{
    return sm_bytes_of(sm_arena_alloc(arena, length), length);
}

static void test_limits(void)
{
    /* a megabyte of zeros is within the limits at any ratio, one octet more is not */
    sm_decoded decoded = sm_inflate(arena, compress_as(zeros(1 << 20), 15), 15);
    g_assert_cmpstr(decoded.fault, ==, NULL);
    g_assert_cmpuint(decoded.octets.length, ==, 1 << 20);
    decoded = sm_inflate(arena, compress_as(zeros((1 << 20) + 1), 15), 15);
    g_assert_true(decoded.limit);
    g_assert_nonnull(strstr(decoded.fault, "SM_LIMIT_DECOMPRESSED_RATIO"));
    g_assert_false(sm_bytes_present(decoded.octets));

    /* beyond it the whole limit counts, however many members the output comes from: stored octets carry the zeros */
    sm_bytes bomb = compress_as(zeros(SM_LIMIT_DECOMPRESSED_OCTETS), 31);
    sm_bytes filler = zeros(SM_LIMIT_DECOMPRESSED_OCTETS / SM_LIMIT_DECOMPRESSED_RATIO);
    decoded = sm_content_decode(arena, joined(bomb, filler), "gzip"); /* enough input for the ratio */
    g_assert_false(decoded.limit);
    g_assert_cmpuint(decoded.octets.length, ==, SM_LIMIT_DECOMPRESSED_OCTETS);
    decoded = sm_content_decode(arena, joined(joined(bomb, compress_as(SM_BYTES_LITERAL("x"), 31)), filler),
                                "gzip");
    g_assert_true(decoded.limit);
    g_assert_nonnull(strstr(decoded.fault, "SM_LIMIT_DECOMPRESSED_OCTETS"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    arena = sm_arena_new();
    g_test_add_func("/mime/transfer-encoding/base64", test_base64);
    g_test_add_func("/mime/transfer-encoding/base64-all", test_base64_all);
    g_test_add_func("/mime/transfer-encoding/base64-faults", test_base64_faults);
    g_test_add_func("/mime/transfer-encoding/quoted-printable", test_quoted_printable);
    g_test_add_func("/mime/transfer-encoding/quoted-printable-faults", test_quoted_printable_faults);
    g_test_add_func("/mime/transfer-encoding/binary", test_binary);
    g_test_add_func("/mime/content-encoding/forms", test_content_encoding);
    g_test_add_func("/mime/content-encoding/faults", test_content_encoding_faults);
    g_test_add_func("/mime/content-encoding/limits", test_limits);
    int status = g_test_run();
    sm_arena_free(arena);
    return status;
}
