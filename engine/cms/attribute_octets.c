/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cms/attribute_octets.h"

#include "cms/der.h"
#include "cms/key_wrap.h"

static sm_bytes attribute_der(sm_arena *arena, const sm_attribute *attribute)
{
    sm_bytes *values = sm_arena_array(arena, sm_bytes, attribute->value_count);
    for (unsigned i = 0; i < attribute->value_count; i++) {
        values[i] = sm_der_anew(arena, attribute->values[i]);
        if (!sm_bytes_present(values[i]))
            values[i] = attribute->values[i];
    }
    const sm_bytes parts[] = {sm_der_wrap(arena, SM_TAG_OID, false, attribute->oid),
                              sm_der_set_of(arena, values, attribute->value_count)};
    return sm_encode_joined(arena, SM_TAG_SEQUENCE, parts, G_N_ELEMENTS(parts));
}

sm_bytes sm_attributes_der(sm_arena *arena, const sm_attributes *attributes)
{
    if (!attributes->present)
        return SM_BYTES_NONE;
    sm_bytes *encodings = sm_arena_array(arena, sm_bytes, attributes->count);
    for (unsigned i = 0; i < attributes->count; i++) {
        const sm_attribute *attribute = &attributes->items[i];
        bool as_received = attributes->der && attribute->value_count < 2;
        encodings[i] = as_received ? attribute->encoding : attribute_der(arena, attribute);
    }
    return sm_der_set_of(arena, encodings, attributes->count);
}

sm_bytes sm_attributes_arranged(sm_arena *arena, const sm_attributes *attributes)
{
    if (!attributes->present)
        return SM_BYTES_NONE;
    sm_bytes *encodings = sm_arena_array(arena, sm_bytes, attributes->count);
    for (unsigned i = 0; i < attributes->count; i++)
        encodings[i] = attributes->items[i].encoding;
    return sm_der_set_of(arena, encodings, attributes->count);
}

sm_bytes sm_attributes_received(sm_arena *arena, const sm_attributes *attributes)
{
    sm_bytes encoding = attributes->encoding;
    if (!sm_bytes_present(encoding) || encoding.length == 0)
        return SM_BYTES_NONE;
    uint8_t *copy = sm_arena_alloc(arena, encoding.length);
    memcpy(copy, encoding.data, encoding.length);
    copy[0] = 0x31;
    return sm_bytes_of(copy, encoding.length);
}
