/* The BER and DER reader: encodings written by hand from X.690. */

#include "cms/der.h"

#include "base/bounds.h"

#include <glib.h>

/* The octets of a hexadecimal text with blanks, in a block of exactly their size. */
static sm_bytes hex(sm_arena *arena, const char *text)
{
    uint8_t buffer[1024];
    size_t length = 0;
    for (; *text; text++) {
        if (*text == ' ')
            continue;
        g_assert_true(g_ascii_isxdigit(text[0]) && g_ascii_isxdigit(text[1]) && length < sizeof(buffer));
        buffer[length++] = (uint8_t)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));
        text++;
    }
    return sm_arena_copy(arena, sm_bytes_of(buffer, length));
}

static void assert_bytes(sm_bytes actual, sm_bytes expected)
{
    g_assert_true(sm_bytes_present(actual));
    g_assert_cmpmem(actual.data, actual.length, expected.data, expected.length);
}

/* ---- headers ---- */

static void test_lengths(void)
{
    static const struct {
        const char *octets;
        sm_der_status strict, ber;
        bool recorded;
    } cases[] = {
        {"04 00", SM_DER_OK, SM_DER_OK, false},
        {"04 01 aa", SM_DER_OK, SM_DER_OK, false},
        {"04 81 01 aa", SM_DER_MALFORMED, SM_DER_OK, true},          /* long form below 128 */
        {"04 82 00 01 aa", SM_DER_MALFORMED, SM_DER_OK, true},       /* leading zero octet */
        {"04 84 00 00 00 01 aa", SM_DER_MALFORMED, SM_DER_OK, true},
        {"04 85 00 00 00 00 01 aa", SM_DER_MALFORMED, SM_DER_OK, true},
        {"04 89 00 00 00 00 00 00 00 00 01 aa", SM_DER_MALFORMED, SM_DER_OK, true},
        {"04 84 ff ff ff ff aa", SM_DER_TRUNCATED, SM_DER_TRUNCATED, false},
        {"04 85 01 00 00 00 00 aa", SM_DER_MALFORMED, SM_DER_MALFORMED, false}, /* more than 4 GiB: no message that was cut */
        {"04 89 01 00 00 00 00 00 00 00 01 aa", SM_DER_MALFORMED, SM_DER_MALFORMED, false},
        {"04 85 01 00", SM_DER_TRUNCATED, SM_DER_TRUNCATED, false},
        {"04 ff aa", SM_DER_MALFORMED, SM_DER_MALFORMED, false},     /* reserved */
        {"04 80 aa 00 00", SM_DER_MALFORMED, SM_DER_MALFORMED, false}, /* indefinite primitive */
        {"24 80 04 01 aa 00 00", SM_DER_MALFORMED, SM_DER_OK, true},
        {"04", SM_DER_TRUNCATED, SM_DER_TRUNCATED, false},
        {"04 02 aa", SM_DER_TRUNCATED, SM_DER_TRUNCATED, false},
        {"04 82 01", SM_DER_TRUNCATED, SM_DER_TRUNCATED, false},
        {"24 80 04 01 aa 00", SM_DER_MALFORMED, SM_DER_TRUNCATED, true},
        {"24 80 04 05 aa 00 00", SM_DER_MALFORMED, SM_DER_TRUNCATED, true},
        {"24 80 00 01 00 00 00", SM_DER_MALFORMED, SM_DER_MALFORMED, true}, /* end-of-contents with a length */
        {"00 00", SM_DER_MALFORMED, SM_DER_MALFORMED, false},
        {"", SM_DER_END, SM_DER_END, false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].octets);
        sm_arena *arena = sm_arena_new();
        sm_tlv tlv;
        sm_der strict = sm_der_start(hex(arena, cases[i].octets), SM_DER_STRICT);
        g_assert_cmpint(sm_der_any(&strict, &tlv, "value"), ==, cases[i].strict == SM_DER_OK);
        g_assert_cmpint(strict.status, ==, cases[i].strict);
        g_assert_false(strict.ber);
        sm_der ber = sm_der_start(hex(arena, cases[i].octets), SM_DER_BER);
        g_assert_cmpint(sm_der_any(&ber, &tlv, "value"), ==, cases[i].ber == SM_DER_OK);
        g_assert_cmpint(ber.status, ==, cases[i].ber);
        g_assert_cmpint(ber.ber, ==, cases[i].recorded);
        sm_arena_free(arena);
    }
}

static void test_tags(void)
{
    static const struct {
        const char *octets;
        sm_der_status status;
        uint32_t tag;
    } cases[] = {
        {"02 00", SM_DER_OK, SM_TAG_INTEGER},
        {"a3 00", SM_DER_OK, SM_TAG_CONTEXT(3)},
        {"5e 00", SM_DER_OK, 0x4000001e},
        {"9f 1f 00", SM_DER_OK, SM_TAG_CONTEXT(31)},
        {"bf 81 00 00", SM_DER_OK, SM_TAG_CONTEXT(128)},
        {"df 83 ff ff ff 7f 00", SM_DER_OK, 0xffffffff},
        {"1f 1e 00", SM_DER_MALFORMED, 0},          /* 30 fits the low form: X.690 8.1.2.3 */
        {"1f 80 1f 00", SM_DER_MALFORMED, 0},       /* X.690 8.1.2.4.2 c */
        {"df 84 80 80 80 00 00", SM_DER_LIMIT, 0},
        {"1f ff", SM_DER_TRUNCATED, 0},
        {"10 00", SM_DER_MALFORMED, 0}, /* a primitive SEQUENCE, a primitive SET: X.690 8.9.1, 8.11.1 */
        {"11 00", SM_DER_MALFORMED, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].octets);
        sm_arena *arena = sm_arena_new();
        sm_der der = sm_der_start(hex(arena, cases[i].octets), SM_DER_BER);
        uint32_t tag = 0;
        g_assert_cmpint(sm_der_peek(&der, &tag), ==, cases[i].status == SM_DER_OK);
        g_assert_cmphex(tag, ==, cases[i].tag);
        sm_tlv tlv;
        g_assert_cmpint(sm_der_any(&der, &tlv, "value"), ==, cases[i].status == SM_DER_OK);
        g_assert_cmpint(der.status, ==, cases[i].status);
        if (cases[i].status == SM_DER_OK)
            assert_bytes(sm_der_wrap(arena, tag, tlv.constructed, tlv.content), tlv.encoding);
        sm_arena_free(arena);
    }
}

/* Running past a sound parent is malformed; running past what was received is truncated. */
static void test_beyond(void)
{
    static const struct {
        const char *octets;
        sm_der_status status;
    } cases[] = {
        {"30 03 04 01 aa", SM_DER_OK},
        {"30 03 04 02 aa", SM_DER_MALFORMED},       /* ends with the input, but the parent is whole */
        {"30 03 04 02 aa bb", SM_DER_MALFORMED},
        {"30 04 04 02 aa", SM_DER_TRUNCATED},
        {"30 80 04 02 aa", SM_DER_TRUNCATED},
        {"30 80 04 02 aa bb", SM_DER_TRUNCATED},
        {"30 80 04 02 aa bb 00 00", SM_DER_OK},
        {"30 05 04 01 aa 05 00", SM_DER_MALFORMED}, /* something left in the parent */
        {"30 00", SM_DER_END},
        {"30 81", SM_DER_TRUNCATED},
        {"31 03 04 01 aa", SM_DER_MALFORMED},
        {"10 03 04 01 aa", SM_DER_MALFORMED},       /* a primitive SEQUENCE */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (int partial = 0; partial < 2; partial++) {
            g_test_message("%s partial %d", cases[i].octets, partial);
            sm_arena *arena = sm_arena_new();
            sm_der der = sm_der_start(hex(arena, cases[i].octets), SM_DER_BER), inner;
            der.partial = partial;
            sm_tlv tlv;
            if (sm_der_enter(&der, SM_TAG_SEQUENCE, &inner, "parent"))
                sm_der_take(&inner, SM_TAG_OCTET_STRING, &tlv, "child");
            g_assert_cmpint(sm_der_leave(&der, &inner, "parent"), ==, cases[i].status == SM_DER_OK);
            g_assert_cmpint(der.status, ==, cases[i].status);
            sm_arena_free(arena);
        }
    }
}

/* A reader of partial values reads what is there, and never hands it out as whole. */
static void test_partial(void)
{
    sm_arena *arena = sm_arena_new();
    static const char *const cases[] = {"30 09 04 01 aa", "30 80 04 01 aa"};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        sm_bytes input = hex(arena, cases[i]);
        sm_der der = sm_der_start(input, SM_DER_BER), inner;
        der.partial = true;
        sm_tlv tlv;
        g_assert_true(sm_der_enter(&der, SM_TAG_SEQUENCE, &inner, "parent"));
        g_assert_true(sm_der_take(&inner, SM_TAG_OCTET_STRING, &tlv, "child"));
        assert_bytes(tlv.content, hex(arena, "aa"));
        g_assert_false(sm_der_more(&inner));
        sm_der wanting = inner;
        g_assert_false(sm_der_any(&wanting, &tlv, "second child"));
        g_assert_cmpint(wanting.status, ==, SM_DER_TRUNCATED);
        g_assert_false(sm_der_leave(&der, &inner, "parent"));
        g_assert_cmpint(der.status, ==, SM_DER_TRUNCATED);
        g_assert_cmpstr(sm_der_explain(arena, &der, input), ==, "truncated in parent at offset 5");
    }
    /* Octets that are known to be whole are not truncated. */
    sm_der whole = sm_der_start_whole(hex(arena, "04 02 aa"), SM_DER_BER);
    sm_tlv tlv;
    g_assert_false(sm_der_any(&whole, &tlv, "value"));
    g_assert_cmpint(whole.status, ==, SM_DER_MALFORMED);
    sm_arena_free(arena);
}

static void test_explain(void)
{
    sm_arena *arena = sm_arena_new();
    sm_bytes input = hex(arena, "30 06 02 01 05 02 01 80");
    sm_der der = sm_der_start(input, SM_DER_STRICT), inner;
    uint32_t first, second;
    g_assert_true(sm_der_enter(&der, SM_TAG_SEQUENCE, &inner, "pair"));
    g_assert_true(sm_der_uint(&inner, &first, "first"));
    g_assert_false(sm_der_uint(&inner, &second, "second"));
    g_assert_false(sm_der_more(&inner));
    g_assert_false(sm_der_leave(&der, &inner, "pair"));
    g_assert_cmpstr(sm_der_explain(arena, &der, input), ==, "malformed second at offset 5");
    g_assert_cmpstr(sm_der_explain(arena, &der, hex(arena, "00")), ==, "malformed second");
    /* The first fault stays. */
    sm_der_fail(&der, SM_DER_LIMIT, "later");
    g_assert_cmpint(der.status, ==, SM_DER_MALFORMED);
    sm_arena_free(arena);
}

static void test_optional(void)
{
    sm_arena *arena = sm_arena_new();
    sm_der der = sm_der_start(hex(arena, "a0 02 05 00 02 01 07"), SM_DER_STRICT), inner;
    sm_tlv tlv;
    g_assert_false(sm_der_optional(&der, SM_TAG_CONTEXT(1), &tlv, "one"));
    g_assert_true(sm_der_enter_optional(&der, SM_TAG_CONTEXT(0), &inner, "zero"));
    g_assert_true(sm_der_take(&inner, SM_TAG_NULL, &tlv, "null"));
    g_assert_true(sm_der_leave(&der, &inner, "zero"));
    g_assert_true(sm_der_optional(&der, SM_TAG_INTEGER, &tlv, "integer"));
    g_assert_false(sm_der_optional(&der, SM_TAG_INTEGER, &tlv, "integer"));
    g_assert_cmpint(der.status, ==, SM_DER_OK);
    g_assert_false(sm_der_any(&der, &tlv, NULL));
    g_assert_cmpint(der.status, ==, SM_DER_OK);
    g_assert_false(sm_der_any(&der, &tlv, "integer"));
    g_assert_cmpint(der.status, ==, SM_DER_END);
    sm_arena_free(arena);
}

/* ---- depth and work ---- */

static sm_bytes nested(sm_arena *arena, unsigned levels, bool indefinite)
{
    sm_bytes value = hex(arena, "05 00");
    while (levels-- > 0) {
        if (!indefinite) {
            value = sm_der_wrap(arena, SM_TAG_SEQUENCE, true, value);
            continue;
        }
        uint8_t *octets = sm_arena_alloc(arena, value.length + 4);
        memcpy(octets, (const uint8_t[]){0x30, 0x80}, 2);
        memcpy(octets + 2, value.data, value.length);
        value = sm_bytes_of(octets, value.length + 4);
    }
    return value;
}

static void test_depth(void)
{
    sm_arena *arena = sm_arena_new();
    for (int indefinite = 0; indefinite < 2; indefinite++) {
        for (unsigned levels = SM_LIMIT_DER_DEPTH; levels <= SM_LIMIT_DER_DEPTH + 1; levels++) {
            sm_der readers[SM_LIMIT_DER_DEPTH + 2];
            readers[0] = sm_der_start(nested(arena, levels, indefinite), SM_DER_BER);
            unsigned entered = 0;
            while (entered < levels && sm_der_enter(&readers[entered], SM_TAG_SEQUENCE, &readers[entered + 1], "level"))
                entered++;
            if (levels <= SM_LIMIT_DER_DEPTH)
                g_assert_cmpuint(entered, ==, levels);
            else
                g_assert_cmpint(readers[entered].status, ==, SM_DER_LIMIT);
        }
    }
    sm_arena_free(arena);
}

/* A depth bomb and a wide value of indefinite length are read in one pass each. */
static void test_work(void)
{
    enum { SIZE = 8 << 20 };
    uint8_t *octets = g_malloc(SIZE);
    for (size_t i = 0; i < SIZE; i += 2)
        memcpy(octets + i, (const uint8_t[]){0x30, 0x80}, 2);
    sm_der bomb = sm_der_start(sm_bytes_of(octets, SIZE), SM_DER_BER);
    sm_tlv tlv;
    g_assert_false(sm_der_any(&bomb, &tlv, "bomb"));
    g_assert_cmpint(bomb.status, ==, SM_DER_LIMIT);

    /* 2 097 151 siblings of indefinite length inside one: quadratic work would take hours */
    for (size_t i = 2; i + 4 <= SIZE - 2; i += 4)
        memcpy(octets + i, (const uint8_t[]){0x30, 0x80, 0, 0}, 4);
    memset(octets + SIZE - 2, 0, 2);
    sm_der wide = sm_der_start(sm_bytes_of(octets, SIZE), SM_DER_BER), inner;
    g_assert_true(sm_der_enter(&wide, SM_TAG_SEQUENCE, &inner, "wide"));
    size_t count = 0;
    while (sm_der_more(&inner) && sm_der_take(&inner, SM_TAG_SEQUENCE, &tlv, "sibling"))
        count++;
    g_assert_true(sm_der_leave(&wide, &inner, "wide"));
    g_assert_cmpuint(count, ==, (SIZE - 4) / 4);
    g_free(octets);
}

/* ---- primitive types ---- */

static void test_integers(void)
{
    static const struct {
        const char *octets;
        sm_der_status strict, ber;
        uint32_t value;
    } cases[] = {
        {"02 01 00", SM_DER_OK, SM_DER_OK, 0},
        {"02 01 7f", SM_DER_OK, SM_DER_OK, 127},
        {"02 02 00 80", SM_DER_OK, SM_DER_OK, 128},
        {"02 05 00 ff ff ff ff", SM_DER_OK, SM_DER_OK, UINT32_MAX},
        {"02 02 00 7f", SM_DER_MALFORMED, SM_DER_OK, 127},
        {"02 0a 00 00 00 00 00 00 00 00 00 05", SM_DER_MALFORMED, SM_DER_OK, 5},
        {"02 05 01 00 00 00 00", SM_DER_MALFORMED, SM_DER_MALFORMED, 0},
        {"02 01 80", SM_DER_MALFORMED, SM_DER_MALFORMED, 0},
        {"02 02 ff 80", SM_DER_MALFORMED, SM_DER_MALFORMED, 0},
        {"02 00", SM_DER_MALFORMED, SM_DER_MALFORMED, 0},
        {"22 03 02 01 05", SM_DER_MALFORMED, SM_DER_MALFORMED, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].octets);
        sm_arena *arena = sm_arena_new();
        uint32_t value;
        sm_der strict = sm_der_start(hex(arena, cases[i].octets), SM_DER_STRICT);
        sm_der_uint(&strict, &value, "integer");
        g_assert_cmpint(strict.status, ==, cases[i].strict);
        sm_der ber = sm_der_start(hex(arena, cases[i].octets), SM_DER_BER);
        sm_der_uint(&ber, &value, "integer");
        g_assert_cmpint(ber.status, ==, cases[i].ber);
        g_assert_cmpuint(value, ==, cases[i].value);
        if (cases[i].ber == SM_DER_OK)
            g_assert_cmpint(ber.ber, ==, cases[i].strict != SM_DER_OK);
        sm_arena_free(arena);
    }
}

static void test_oids(void)
{
    static const struct {
        const char *octets, *text;
    } cases[] = {
        {"06 06 2a 86 48 86 f7 0d", "1.2.840.113549"},             /* X.690 examples style: iso member-body US rsadsi */
        {"06 03 88 37 03", "2.999.3"},                              /* X.690 8.19.5 */
        {"06 03 55 04 03", "2.5.4.3"},
        {"06 01 00", "0.0"},
        {"06 01 27", "0.39"},
        {"06 01 28", "1.0"},
        {"06 01 4f", "1.39"},
        {"06 01 50", "2.0"},
        {"06 0b 2a 81 ff ff ff ff ff ff ff ff 7f", "1.2.18446744073709551615"},
        {"06 0b 2a 82 80 80 80 80 80 80 80 80 00", "1.2.18446744073709551616"},
        /* a UUID arc (X.667), 2.25.2^127 */
        {"06 14 69 82 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 80 00", "2.25.170141183460469231731687303715884105728"},
        {"06 00", NULL},
        {"06 02 2a 86", NULL},
        {"06 03 2a 80 01", NULL},
        {"06 01 80", NULL},
        {"26 03 06 01 2a", NULL},
    };
    sm_arena *arena = sm_arena_new();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].octets);
        sm_der der = sm_der_start(hex(arena, cases[i].octets), SM_DER_BER);
        sm_bytes oid;
        g_assert_cmpint(sm_der_oid(&der, &oid, "oid"), ==, cases[i].text != NULL);
        g_assert_cmpint(der.status, ==, cases[i].text ? SM_DER_OK : SM_DER_MALFORMED);
        g_assert_cmpstr(sm_oid_text(arena, oid), ==, cases[i].text ? cases[i].text : "invalid");
    }
    uint8_t *longest = sm_arena_alloc(arena, SM_DER_OID_OCTETS + 1);
    memset(longest, 0xff, SM_DER_OID_OCTETS);
    longest[SM_DER_OID_OCTETS - 1] = 0x7f;
    g_assert_cmpuint(strlen(sm_oid_text(arena, sm_bytes_of(longest, SM_DER_OID_OCTETS))), ==, 2 + 540); /* 2^1792: 540 digits */
    longest[SM_DER_OID_OCTETS - 1] = 0xff;
    longest[SM_DER_OID_OCTETS] = 0x7f;
    sm_bytes too_long = sm_der_wrap(arena, SM_TAG_OID, false, sm_bytes_of(longest, SM_DER_OID_OCTETS + 1)), oid;
    sm_der der = sm_der_start(too_long, SM_DER_BER);
    g_assert_false(sm_der_oid(&der, &oid, "oid"));
    g_assert_cmpint(der.status, ==, SM_DER_LIMIT);
    sm_arena_free(arena);
}

static void test_bits(void)
{
    static const struct {
        const char *octets;
        sm_der_status strict, ber;
        unsigned unused;
        const char *content; /* under BER */
    } cases[] = {
        {"03 02 00 ff", SM_DER_OK, SM_DER_OK, 0, "ff"},
        {"03 02 04 f0", SM_DER_OK, SM_DER_OK, 4, "f0"},
        {"03 01 00", SM_DER_OK, SM_DER_OK, 0, ""},
        {"03 02 04 f1", SM_DER_MALFORMED, SM_DER_OK, 4, "f1"},
        {"03 02 08 00", SM_DER_MALFORMED, SM_DER_MALFORMED, 0, NULL},
        {"03 01 01", SM_DER_MALFORMED, SM_DER_MALFORMED, 0, NULL},
        {"03 00", SM_DER_MALFORMED, SM_DER_MALFORMED, 0, NULL},
        /* constructed: X.690 8.6.4, with the example of 8.6.4.2 */
        {"23 80 03 03 00 0a 3b 03 05 04 5f 29 1c d0 00 00", SM_DER_MALFORMED, SM_DER_OK, 4, "0a3b5f291cd0"},
        {"23 04 03 02 00 ff", SM_DER_MALFORMED, SM_DER_OK, 0, "ff"},
        {"23 0a 03 02 00 ff 23 04 03 02 01 fe", SM_DER_MALFORMED, SM_DER_OK, 1, "fffe"},
        {"23 07 03 02 00 ff 03 01 00", SM_DER_MALFORMED, SM_DER_OK, 0, "ff"},
        {"23 00", SM_DER_MALFORMED, SM_DER_OK, 0, ""},
        {"23 08 03 02 04 f0 03 02 00 ff", SM_DER_MALFORMED, SM_DER_MALFORMED, 0, NULL}, /* unused bits in the middle */
        {"23 04 04 02 00 ff", SM_DER_MALFORMED, SM_DER_MALFORMED, 0, NULL},             /* an OCTET STRING inside */
        {"23 02 03 00", SM_DER_MALFORMED, SM_DER_MALFORMED, 0, NULL},
    };
    sm_arena *arena = sm_arena_new();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].octets);
        sm_bytes bits;
        unsigned unused;
        sm_der strict = sm_der_start(hex(arena, cases[i].octets), SM_DER_STRICT);
        sm_der_bits(&strict, NULL, &bits, &unused, "bits");
        g_assert_cmpint(strict.status, ==, cases[i].strict);
        sm_der ber = sm_der_start(hex(arena, cases[i].octets), SM_DER_BER);
        g_assert_cmpint(sm_der_bits(&ber, arena, &bits, &unused, "bits"), ==, cases[i].content != NULL);
        g_assert_cmpint(ber.status, ==, cases[i].ber);
        if (cases[i].content) {
            g_assert_cmpstr(sm_arena_hex(arena, bits), ==, cases[i].content);
            g_assert_cmpuint(unused, ==, cases[i].unused);
            g_assert_cmpint(ber.ber, ==, cases[i].strict != SM_DER_OK);
        }
    }
    sm_arena_free(arena);
}

static void test_octet_strings(void)
{
    static const struct {
        const char *octets;
        uint32_t tag;
        sm_der_status status;
        const char *content;
        bool joined;
    } cases[] = {
        {"04 02 aa bb", SM_TAG_OCTET_STRING, SM_DER_OK, "aabb", false},
        {"04 00", SM_TAG_OCTET_STRING, SM_DER_OK, "", false},
        {"80 02 aa bb", SM_TAG_CONTEXT(0), SM_DER_OK, "aabb", false},
        {"24 03 04 01 aa", SM_TAG_OCTET_STRING, SM_DER_OK, "aa", false},
        {"24 80 00 00", SM_TAG_OCTET_STRING, SM_DER_OK, "", false},
        {"24 80 04 01 aa 04 00 00 00", SM_TAG_OCTET_STRING, SM_DER_OK, "aa", false},
        {"24 80 04 01 aa 04 01 bb 00 00", SM_TAG_OCTET_STRING, SM_DER_OK, "aabb", true},
        {"a0 80 24 80 04 01 aa 00 00 04 01 bb 24 03 04 01 cc 00 00", SM_TAG_CONTEXT(0), SM_DER_OK, "aabbcc", true},
        {"24 03 80 01 aa", SM_TAG_OCTET_STRING, SM_DER_MALFORMED, NULL, false}, /* pieces are OCTET STRINGs */
        {"24 03 04 02 aa", SM_TAG_OCTET_STRING, SM_DER_MALFORMED, NULL, false},
        {"24 05 24 03 80 01 aa", SM_TAG_OCTET_STRING, SM_DER_MALFORMED, NULL, false},
        {"24 80 04 02 aa", SM_TAG_OCTET_STRING, SM_DER_TRUNCATED, NULL, false},
        {"04 02 aa", SM_TAG_OCTET_STRING, SM_DER_TRUNCATED, NULL, false},
    };
    sm_arena *arena = sm_arena_new();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].octets);
        sm_bytes input = hex(arena, cases[i].octets), content;
        bool joined;
        sm_der der = sm_der_start(input, SM_DER_BER);
        g_assert_cmpint(sm_der_octets(&der, arena, cases[i].tag, &content, &joined, "octets"), ==,
                        cases[i].status == SM_DER_OK);
        g_assert_cmpint(der.status, ==, cases[i].status);
        g_assert_cmpint(joined, ==, cases[i].joined);
        if (cases[i].content) {
            assert_bytes(content, hex(arena, cases[i].content));
            g_assert_cmpint(sm_bytes_within(content, input), ==, !joined);
        }
        sm_der strict = sm_der_start(input, SM_DER_STRICT);
        bool primitive = (input.data[0] & 0x20) == 0;
        g_assert_cmpint(sm_der_octets(&strict, arena, cases[i].tag, &content, NULL, "octets"), ==,
                        primitive && cases[i].status == SM_DER_OK);
    }
    for (unsigned extra = 0; extra < 2; extra++) {
        size_t length = 2 * (SM_LIMIT_DER_SEGMENTS + extra);
        uint8_t *pieces = sm_arena_alloc(arena, length);
        for (size_t i = 0; i < length; i += 2)
            pieces[i] = SM_TAG_OCTET_STRING;
        sm_der der = sm_der_start(sm_der_wrap(arena, SM_TAG_OCTET_STRING, true, sm_bytes_of(pieces, length)), SM_DER_BER);
        sm_bytes content;
        sm_der_octets(&der, arena, SM_TAG_OCTET_STRING, &content, NULL, "octets");
        g_assert_cmpint(der.status, ==, extra ? SM_DER_LIMIT : SM_DER_OK);
    }
    sm_arena_free(arena);
}

static void test_is_der(void)
{
    static const struct {
        const char *octets;
        bool der;
    } cases[] = {
        {"30 05 02 01 05 05 00", true},
        {"30 03 01 01 ff", true},
        {"30 03 01 01 01", false},          /* X.690 11.1 */
        {"30 80 05 00 00 00", false},
        {"30 04 30 80 00 00", false},
        {"30 81 02 05 00", false},
        {"30 04 04 81 01 aa", false},
        {"30 05 24 03 04 01 aa", false},    /* X.690 10.2 */
        {"30 04 02 02 00 05", false},
        {"30 02 05 00 05 00", false},       /* two values */
        {"30 03 05 00", false},
        {"30 03 06 01 80", false},
        {"", false},
    };
    sm_arena *arena = sm_arena_new();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].octets);
        g_assert_cmpint(sm_der_is_der(hex(arena, cases[i].octets)), ==, cases[i].der);
    }
    sm_arena_free(arena);
}

static void test_anew(void)
{
    static const struct {
        const char *octets, *anew; /* NULL: refused */
    } cases[] = {
        {"30 05 02 01 05 05 00", "30 05 02 01 05 05 00"},
        {"30 80 05 00 00 00", "30 02 05 00"},
        {"30 81 02 05 00", "30 02 05 00"},
        {"31 80 30 80 04 81 01 aa 00 00 00 00", "31 05 30 03 04 01 aa"},
        {"24 80 04 01 aa 24 03 04 01 bb 00 00", "04 02 aa bb"},
        {"24 80 00 00", "04 00"},
        {"2c 80 04 01 68 04 01 69 00 00", "0c 02 68 69"},     /* UTF8String (X.690 8.23) */
        {"23 09 03 02 00 aa 03 03 04 bb c0", "03 04 04 aa bb c0"},
        {"30 03 01 01 01", "30 03 01 01 ff"},
        {"02 03 00 00 05", "02 01 05"},
        {"02 02 ff 80", "02 01 80"},
        {"02 02 00 80", "02 02 00 80"},
        {"a0 80 80 81 01 aa 00 00", "a0 03 80 01 aa"},
        {"a0 80 a0 80 04 01 aa 00 00 00 00", "a0 05 a0 03 04 01 aa"}, /* a string in pieces, or not: the tag does not tell */
        {"31 06 02 01 02 02 01 01", "31 06 02 01 02 02 01 01"},
        {"05 00 05 00", NULL},
        {"30 80 05 00", NULL},
        {"24 04 02 02 aa bb", NULL},
        {"", NULL},
    };
    sm_arena *arena = sm_arena_new();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        sm_bytes anew = sm_der_anew(arena, hex(arena, cases[i].octets));
        g_test_message("%s: %s", cases[i].octets, sm_arena_hex(arena, anew));
        if (cases[i].anew == NULL) {
            g_assert_false(sm_bytes_present(anew));
            continue;
        }
        sm_bytes expected = hex(arena, cases[i].anew);
        g_assert_cmpmem(anew.data, anew.length, expected.data, expected.length);
        g_assert_true(sm_der_is_der(anew));
    }
    /* One value inside another, down to the limit and past it. */
    for (unsigned depth = SM_LIMIT_DER_DEPTH; depth <= SM_LIMIT_DER_DEPTH + 1; depth++) {
        g_autoptr(GByteArray) octets = g_byte_array_new();
        for (unsigned i = 0; i < depth; i++)
            g_byte_array_append(octets, (const guint8 *)"\x30\x80", 2);
        for (unsigned i = 0; i < depth; i++)
            g_byte_array_append(octets, (const guint8 *)"\0\0", 2);
        sm_bytes anew = sm_der_anew(arena, sm_bytes_of(octets->data, octets->len));
        g_assert_cmpint(sm_bytes_present(anew), ==, depth <= SM_LIMIT_DER_DEPTH);
    }
    uint8_t *large = g_malloc0(SM_LIMIT_DER_ANEW_OCTETS);
    sm_bytes most = sm_der_wrap(arena, SM_TAG_OCTET_STRING, false, sm_bytes_of(large, SM_LIMIT_DER_ANEW_OCTETS - 5)),
             more = sm_der_wrap(arena, SM_TAG_OCTET_STRING, false, sm_bytes_of(large, SM_LIMIT_DER_ANEW_OCTETS - 4));
    g_assert_cmpuint(most.length, ==, SM_LIMIT_DER_ANEW_OCTETS);
    g_assert_true(sm_bytes_present(sm_der_anew(arena, most)) && !sm_bytes_present(sm_der_anew(arena, more)));
    g_free(large);
    sm_arena_free(arena);
}

/* ---- times ---- */

static void test_times(void)
{
    static const struct {
        uint32_t tag;
        const char *text, *moment, *fault;
    } cases[] = {
        {SM_TAG_UTC_TIME, "260115100000Z", "2026-01-15T10:00:00Z", NULL},
        {SM_TAG_UTC_TIME, "491231235959Z", "2049-12-31T23:59:59Z", NULL}, /* RFC 5280 4.1.2.5.1 */
        {SM_TAG_UTC_TIME, "500101000000Z", "1950-01-01T00:00:00Z", NULL},
        {SM_TAG_UTC_TIME, "2601151000Z", "2026-01-15T10:00:00Z", "no seconds"},
        {SM_TAG_UTC_TIME, "260115100000+0130", "2026-01-15T08:30:00Z", "an offset instead of Z"},
        {SM_TAG_UTC_TIME, "260101003000+0100", "2025-12-31T23:30:00Z", "an offset instead of Z"},
        {SM_TAG_UTC_TIME, "2601151000-0500", "2026-01-15T15:00:00Z", "an offset instead of Z"},
        {SM_TAG_UTC_TIME, "260115100000", NULL, "local time without a zone"},
        {SM_TAG_UTC_TIME, "260115100000.5Z", NULL, NULL},
        {SM_TAG_UTC_TIME, "260132100000Z", NULL, NULL},
        {SM_TAG_UTC_TIME, "260229100000Z", NULL, NULL},
        {SM_TAG_UTC_TIME, "240229100000Z", "2024-02-29T10:00:00Z", NULL},
        {SM_TAG_UTC_TIME, "261301100000Z", NULL, NULL},
        {SM_TAG_UTC_TIME, "260115240000Z", NULL, NULL},
        {SM_TAG_UTC_TIME, "26011510000Z", NULL, NULL},
        {SM_TAG_UTC_TIME, "260115100000ZZ", NULL, NULL},
        {SM_TAG_UTC_TIME, "", NULL, NULL},
        {SM_TAG_UTC_TIME, "2601151000000", NULL, NULL},
        {SM_TAG_GENERALIZED_TIME, "20500101000000Z", "2050-01-01T00:00:00Z", NULL},
        {SM_TAG_GENERALIZED_TIME, "20260115100000.25Z", "2026-01-15T10:00:00.25Z", "fractional seconds"},
        {SM_TAG_GENERALIZED_TIME, "20260115100000.Z", NULL, NULL},
        {SM_TAG_GENERALIZED_TIME, "20260115100000.1234567891Z", "2026-01-15T10:00:00.123456789Z", "fractional seconds"},
        {SM_TAG_GENERALIZED_TIME, "202601151000Z", "2026-01-15T10:00:00Z", "no seconds"},
        {SM_TAG_GENERALIZED_TIME, "260115100000Z", NULL, NULL}, /* year 2601, month 15 */
        {SM_TAG_OCTET_STRING, "260115100000Z", NULL, NULL},
    };
    sm_arena *arena = sm_arena_new();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].text);
        sm_tlv tlv = {.tag = cases[i].tag, .content = sm_bytes_of(cases[i].text, strlen(cases[i].text))};
        sm_moment moment;
        const char *fault;
        bool read = sm_der_time(&tlv, &moment, &fault);
        g_assert_cmpint(read, ==, cases[i].moment != NULL);
        g_assert_cmpint(moment.known, ==, read);
        g_assert_cmpstr(fault, ==, cases[i].fault);
        if (read)
            g_assert_cmpint(sm_moment_compare(moment, sm_moment_parse_rfc3339(cases[i].moment)), ==, 0);
    }
    sm_arena_free(arena);
}

/* ---- writing ---- */

static void test_wrap(void)
{
    sm_arena *arena = sm_arena_new();
    static const uint8_t zeros[70000];
    static const struct {
        size_t length;
        const char *header;
    } cases[] = {{0, "0400"}, {127, "047f"}, {128, "048180"}, {255, "0481ff"}, {256, "04820100"}, {70000, "0483011170"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        sm_bytes value = sm_der_wrap(arena, SM_TAG_OCTET_STRING, false, sm_bytes_of(zeros, cases[i].length));
        sm_bytes header = hex(arena, cases[i].header);
        g_assert_cmpuint(value.length, ==, header.length + cases[i].length);
        assert_bytes(sm_bytes_cut(value, 0, header.length), header);
    }
    assert_bytes(sm_der_wrap(arena, SM_TAG_CONTEXT(1), true, SM_BYTES_NONE), hex(arena, "a100"));
    sm_arena_free(arena);
}

static void test_set_of(void)
{
    sm_arena *arena = sm_arena_new();
    const sm_bytes unsorted[] = {hex(arena, "04 02 00 01"), hex(arena, "04 01 ff"), hex(arena, "02 01 05"),
                                 hex(arena, "04 01 00"), hex(arena, "04 02 00 00")};
    assert_bytes(sm_der_set_of(arena, unsorted, G_N_ELEMENTS(unsorted)),
                 hex(arena, "31 11 02 01 05 04 01 00 04 01 ff 04 02 00 00 04 02 00 01"));
    assert_bytes(sm_der_set_of(arena, NULL, 0), hex(arena, "31 00"));
    sm_arena_free(arena);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cms/der/lengths", test_lengths);
    g_test_add_func("/cms/der/tags", test_tags);
    g_test_add_func("/cms/der/beyond", test_beyond);
    g_test_add_func("/cms/der/partial", test_partial);
    g_test_add_func("/cms/der/explain", test_explain);
    g_test_add_func("/cms/der/optional", test_optional);
    g_test_add_func("/cms/der/depth", test_depth);
    g_test_add_func("/cms/der/work", test_work);
    g_test_add_func("/cms/der/integers", test_integers);
    g_test_add_func("/cms/der/oids", test_oids);
    g_test_add_func("/cms/der/bits", test_bits);
    g_test_add_func("/cms/der/octet-strings", test_octet_strings);
    g_test_add_func("/cms/der/is-der", test_is_der);
    g_test_add_func("/cms/der/anew", test_anew);
    g_test_add_func("/cms/der/times", test_times);
    g_test_add_func("/cms/der/wrap", test_wrap);
    g_test_add_func("/cms/der/set-of", test_set_of);
    return g_test_run();
}
