/* The BER and DER reader: every value it gives lies within the input, and what it says of an encoding holds.
 * The first octet chooses rules, partial reading and whether the octets are taken as whole. */

#include "cms/der.h"

#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every octet is read, so that the sanitizer sees a slice that leaves its memory. */
static void touch(sm_bytes bytes)
{
    for (size_t i = 0; i < bytes.length; i++)
        (void)*(const volatile uint8_t *)&bytes.data[i];
}

static void read_primitives(sm_arena *arena, const sm_der *at, sm_bytes input)
{
    sm_der der = *at;
    uint32_t number;
    sm_bytes slice;
    unsigned unused;
    if (sm_der_uint(&der, &number, "uint"))
        g_assert(der.input.length < at->input.length);
    der = *at;
    if (sm_der_oid(&der, &slice, "oid")) {
        g_assert(sm_bytes_within(slice, input) && slice.length > 0);
        g_assert(g_ascii_isdigit(sm_oid_text(arena, slice)[0]));
    }
    der = *at;
    if (sm_der_bits(&der, arena, &slice, &unused, "bits")) {
        g_assert(unused < 8 && (unused == 0 || slice.length > 0));
        touch(slice);
    }
    der = *at;
    bool joined;
    if (sm_der_octets(&der, arena, SM_TAG_OCTET_STRING, &slice, &joined, "octets")) {
        g_assert(joined || sm_bytes_within(slice, input));
        touch(slice);
    }
}

static void walk(sm_arena *arena, sm_der *der, sm_bytes input)
{
    while (sm_der_more(der)) {
        read_primitives(arena, der, input);
        sm_der ahead = *der;
        sm_tlv tlv;
        uint32_t tag;
        bool whole = sm_der_any(&ahead, &tlv, "value");
        if (whole) {
            g_assert(sm_der_peek(der, &tag) && tag == tlv.tag);
            g_assert(sm_bytes_within(tlv.encoding, input) && sm_bytes_within(tlv.content, tlv.encoding));
            g_assert(tlv.encoding.data == der->input.data);
            g_assert(tlv.encoding.length + ahead.input.length == der->input.length);
            sm_moment moment;
            sm_der_time(&tlv, &moment, NULL);
            if (sm_der_is_der(tlv.encoding)) /* then writing it again gives the same */
                g_assert(sm_bytes_equal(sm_der_wrap(arena, tlv.tag, tlv.constructed, tlv.content), tlv.encoding));
        }
        sm_der inner;
        if (!sm_der_peek(der, &tag) || !sm_der_enter(der, tag, &inner, "inner")) {
            *der = ahead;
            continue;
        }
        walk(arena, &inner, input);
        if (sm_der_leave(der, &inner, "inner"))
            g_assert(whole);
        else
            return;
    }
}

/* Encoding anew what is in DER, or was encoded anew, changes nothing. */
static void encode_anew(sm_arena *arena, sm_bytes input)
{
    sm_bytes anew = sm_der_anew(arena, input);
    g_assert(sm_bytes_present(anew) || !sm_der_is_der(input));
    if (sm_bytes_present(anew)) {
        g_assert(sm_bytes_equal(sm_der_anew(arena, anew), anew));
        g_assert(!sm_der_is_der(input) || sm_bytes_equal(anew, input));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    sm_bytes input = sm_bytes_of(data + 1, size - 1);
    sm_der_rules rules = data[0] & 1 ? SM_DER_STRICT : SM_DER_BER;
    sm_der der = data[0] & 2 ? sm_der_start_whole(input, rules) : sm_der_start(input, rules);
    der.partial = (data[0] & 4) != 0;
    sm_arena *arena = sm_arena_new();
    walk(arena, &der, input);
    encode_anew(arena, input);
    g_assert(der.status == SM_DER_OK || der.what != NULL);
    g_assert(rules == SM_DER_BER || !der.ber);
    g_assert(sm_der_explain(arena, &der, input) != NULL);
    sm_arena_free(arena);
    return 0;
}
