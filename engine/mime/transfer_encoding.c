/* Content-Transfer-Encoding (RFC 2045 6) and Content-Encoding (RFC 3261 20.12) undone.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "mime/transfer_encoding.h"

#include "base/bounds.h"
#include "mime/header_field.h"

#include <zlib.h>

#define ZLIB_WINDOW MAX_WBITS
#define GZIP_WINDOW (16 + MAX_WBITS)
#define RAW_WINDOW (-MAX_WBITS)
#define UNLIMITED_RATIO_OCTETS (1u << 20) /* the first megabyte may be of any ratio */
#define SMALLEST_BUFFER 4096u

/* Value of a base64 digit (RFC 2045 6.8, table 1), -1 for any other octet. */
static int base64_value(uint8_t octet)
{
    if (octet >= 'A' && octet <= 'Z')
        return octet - 'A';
    if (octet >= 'a' && octet <= 'z')
        return octet - 'a' + 26;
    if (octet >= '0' && octet <= '9')
        return octet - '0' + 52;
    return octet == '+' ? 62 : octet == '/' ? 63 : -1;
}

static bool is_space(uint8_t octet)
{
    return sm_is_blank(octet) || octet == '\r' || octet == '\n';
}

/* Reads the padding from the first "=" on; `digits` of the last quantum stand before it. NULL or a fault. */
static const char *check_padding(sm_arena *arena, sm_bytes octets, size_t at, unsigned digits,
                                 bool *truncated)
{
    unsigned wanted = digits == 2 ? 2 : digits == 3 ? 1 : 0, pads = 0;
    for (; at < octets.length; at++) {
        if (is_space(octets.data[at]))
            continue;
        if (octets.data[at] != '=')
            return sm_arena_printf(arena, "octet %zu follows the base64 padding", at);
        if (++pads > wanted)
            return sm_arena_printf(arena, "too much base64 padding at octet %zu", at);
    }
    *truncated = pads < wanted;
    return *truncated ? "the base64 padding is cut short" : NULL;
}

static sm_decoded decode_base64(sm_arena *arena, sm_bytes octets)
{
    uint8_t *text = sm_arena_alloc(arena, octets.length / 4 * 3 + 3);
    sm_decoded result = {.copied = true};
    size_t length = 0, at = 0;
    uint32_t quantum = 0;
    unsigned digits = 0;
    for (; at < octets.length; at++) {
        int value = base64_value(octets.data[at]);
        if (value < 0 && is_space(octets.data[at]))
            continue;
        if (value < 0)
            break;
        quantum = quantum << 6 | (uint32_t)value;
        if (++digits == 4) {
            text[length++] = (uint8_t)(quantum >> 16);
            text[length++] = (uint8_t)(quantum >> 8);
            text[length++] = (uint8_t)quantum;
            digits = 0;
            quantum = 0;
        }
    }
    if (digits >= 2)
        text[length++] = (uint8_t)(quantum >> (6 * digits - 8));
    if (digits == 3)
        text[length++] = (uint8_t)(quantum >> 2);

    if (at < octets.length && octets.data[at] == '=') {
        result.fault = check_padding(arena, octets, at, digits, &result.truncated);
    } else if (at < octets.length) {
        result.fault =
            sm_arena_printf(arena, "octet %zu (0x%02x) is not in the base64 alphabet", at, octets.data[at]);
    } else if (digits > 0) {
        result.fault = "the base64 text ends within a group of four, without padding";
        result.truncated = true;
    }
    result.octets = sm_bytes_of(text, length);
    return result;
}

static bool is_line_end(sm_bytes octets, size_t at)
{
    if (at < octets.length && octets.data[at] == '\r')
        at++;
    return at < octets.length && octets.data[at] == '\n';
}

static size_t skip_blanks(sm_bytes octets, size_t at)
{
    while (at < octets.length && sm_is_blank(octets.data[at]))
        at++;
    return at;
}

static int hex_at(sm_bytes octets, size_t at)
{
    return at < octets.length ? g_ascii_xdigit_value((char)octets.data[at]) : -1;
}

/* Decodes what the "=" at `at` introduces into `text`; returns the offset behind it. */
static size_t decode_escape(sm_arena *arena, sm_bytes octets, size_t at, uint8_t *text, size_t *length,
                            sm_decoded *result)
{
    int high = hex_at(octets, at + 1), low = high < 0 ? -1 : hex_at(octets, at + 2);
    if (low >= 0) { /* small letters are illegal, but a robust reader takes them (RFC 2045 6.7) */
        text[(*length)++] = (uint8_t)(high << 4 | low);
        return at + 3;
    }
    size_t end = skip_blanks(octets, at + 1); /* blanks behind a soft line break were added on the way */
    if (is_line_end(octets, end))
        return end + (octets.data[end] == '\r' ? 2 : 1);

    bool cut = at + 1 == octets.length || (high >= 0 && at + 2 == octets.length);
    if (result->fault == NULL) {
        result->fault =
            cut ? "the quoted-printable text ends within an escape"
                : sm_arena_printf(arena, "\"=\" at octet %zu begins no quoted-printable escape", at);
        result->truncated = cut;
    }
    text[(*length)++] = '=';
    return at + 1;
}

static sm_decoded decode_quoted_printable(sm_arena *arena, sm_bytes octets)
{
    uint8_t *text = sm_arena_alloc(arena, octets.length);
    sm_decoded result = {.copied = true};
    size_t length = 0;
    for (size_t at = 0; at < octets.length;) {
        if (octets.data[at] == '=') {
            at = decode_escape(arena, octets, at, text, &length, &result);
        } else if (sm_is_blank(octets.data[at])) {
            size_t end = skip_blanks(octets, at);
            if (end < octets.length &&
                !is_line_end(octets, end)) { /* at a line's end they were added on the way */
                memcpy(text + length, octets.data + at, end - at);
                length += end - at;
            }
            at = end;
        } else {
            text[length++] = octets.data[at++];
        }
    }
    result.octets = sm_bytes_of(text, length);
    return result;
}

sm_decoded sm_transfer_decode(sm_arena *arena, sm_bytes octets, sm_transfer_encoding encoding)
{
    if (!sm_bytes_present(octets))
        return (sm_decoded){.fault = "there are no octets to decode"};
    switch (encoding) {
    case SM_ENCODING_BINARY:
        return (sm_decoded){.octets = octets};
    case SM_ENCODING_BASE64:
        return decode_base64(arena, octets);
    case SM_ENCODING_QUOTED_PRINTABLE:
        return decode_quoted_printable(arena, octets);
    case SM_ENCODING_UNKNOWN:
        break;
    }
    return (sm_decoded){.fault = "the Content-Transfer-Encoding is not known"};
}

typedef struct inflation {
    sm_bytes input;
    size_t read;   /* octets of the input taken so far */
    uint8_t *text; /* g_malloc */
    size_t length, size;
    size_t allowed; /* octets of output */
} inflation;

static size_t allowed_output(size_t input)
{
    if (input >= SM_LIMIT_DECOMPRESSED_OCTETS / SM_LIMIT_DECOMPRESSED_RATIO)
        return SM_LIMIT_DECOMPRESSED_OCTETS;
    return MAX(input * SM_LIMIT_DECOMPRESSED_RATIO, UNLIMITED_RATIO_OCTETS);
}

/* One step of inflate() with the buffers handed over and taken back; grows the output by doubling it. */
static int inflate_step(inflation *work, z_stream *stream)
{
    if (work->length == work->size) {
        /* One octet more than allowed, so that an output of exactly that size is told from one that goes on. */
        work->size = MIN(MAX(work->size * 2, SMALLEST_BUFFER), work->allowed + 1);
        work->text = g_realloc(work->text, work->size);
    }
    size_t input = MIN(work->input.length - work->read, UINT_MAX), output = work->size - work->length;
    stream->next_in = (Bytef *)(uintptr_t)(work->input.data + work->read); /* zlib only reads there */
    stream->avail_in = (uInt)input;
    stream->next_out = work->text + work->length;
    stream->avail_out = (uInt)output;
    int status = inflate(stream, Z_NO_FLUSH);
    work->read += input - stream->avail_in;
    work->length += output - stream->avail_out;
    return status;
}

/* A further member may follow the first in gzip (RFC 1952 2.2). */
static bool another_member(const inflation *work, int window_bits)
{
    sm_bytes rest = sm_bytes_from(work->input, work->read);
    return window_bits == GZIP_WINDOW && rest.length >= 2 && rest.data[0] == 0x1f && rest.data[1] == 0x8b;
}

static sm_decoded inflate_all(sm_arena *arena, inflation *work, z_stream *stream, int window_bits)
{
    for (;;) {
        int status = inflate_step(work, stream);
        if (work->length > work->allowed)
            return (sm_decoded){.limit = true,
                                .fault = work->allowed == SM_LIMIT_DECOMPRESSED_OCTETS
                                             ? "more output than SM_LIMIT_DECOMPRESSED_OCTETS"
                                             : "more output for its input than SM_LIMIT_DECOMPRESSED_RATIO"};
        if (status == Z_STREAM_END && another_member(work, window_bits)) {
            if (inflateReset(stream) != Z_OK)
                return (sm_decoded){.fault = "zlib refuses a further member"};
            continue;
        }
        if (status == Z_STREAM_END && work->read < work->input.length)
            return (sm_decoded){.fault = sm_arena_printf(arena, "%zu octets follow the compressed data",
                                                         work->input.length - work->read)};
        if (status == Z_STREAM_END)
            return (sm_decoded){0};
        if (status == Z_NEED_DICT)
            return (sm_decoded){.fault = "the compressed data needs a preset dictionary"};
        if (status == Z_BUF_ERROR ||
            (status == Z_OK && work->read == work->input.length && work->length < work->size))
            return (sm_decoded){.truncated = true, .fault = "the compressed data ends early"};
        if (status != Z_OK)
            return (sm_decoded){
                .fault = sm_arena_printf(arena, "the compressed data is damaged before octet %zu: %s",
                                         work->read, stream->msg ? stream->msg : "zlib says not why")};
    }
}

sm_decoded sm_inflate(sm_arena *arena, sm_bytes octets, int window_bits)
{
    if (!sm_bytes_present(octets))
        return (sm_decoded){.fault = "there are no octets to inflate"};
    z_stream stream = {0};
    if (inflateInit2(&stream, window_bits) != Z_OK)
        return (sm_decoded){.fault = "zlib refuses to inflate"};
    inflation work = {.input = octets, .allowed = allowed_output(octets.length)};
    sm_decoded result = inflate_all(arena, &work, &stream, window_bits);
    inflateEnd(&stream);
    if (result.limit) {
        g_free(work.text);
        return result;
    }
    sm_arena_on_free(arena, g_free, work.text);
    result.copied = true;
    result.octets = sm_bytes_of(work.text, work.length);
    return result;
}

/* True when the octets begin with a zlib header (RFC 1950 2.2). */
static bool has_zlib_header(sm_bytes octets)
{
    return octets.length >= 2 && (octets.data[0] & 15) == Z_DEFLATED && octets.data[0] >> 4 <= 7 &&
           (octets.data[0] << 8 | octets.data[1]) % 31 == 0;
}

/* "deflate" means zlib, yet raw deflate is sent under that name too, and may begin like a zlib header by chance. */
static sm_decoded inflate_either(sm_arena *arena, sm_bytes octets)
{
    if (!has_zlib_header(octets))
        return sm_inflate(arena, octets, RAW_WINDOW);
    sm_decoded wrapped = sm_inflate(arena, octets, ZLIB_WINDOW);
    if (wrapped.fault == NULL || wrapped.limit)
        return wrapped;
    sm_decoded raw = sm_inflate(arena, octets, RAW_WINDOW);
    return raw.fault == NULL ? raw : wrapped;
}

sm_decoded sm_content_decode(sm_arena *arena, sm_bytes octets, const char *encoding)
{
    if (encoding == NULL || *encoding == '\0' || g_ascii_strcasecmp(encoding, "identity") == 0)
        return (sm_decoded){.octets = octets};
    if (g_ascii_strcasecmp(encoding, "gzip") == 0 || g_ascii_strcasecmp(encoding, "x-gzip") == 0)
        return sm_inflate(arena, octets, GZIP_WINDOW);
    if (g_ascii_strcasecmp(encoding, "deflate") == 0)
        return inflate_either(arena, octets);
    return (sm_decoded){.fault = "the Content-Encoding is not known"};
}
