/* Entities within entities: header, media type, multipart and CPIM as an inspection walks them. The first octet chooses the
 * flags. Every slice must lie within the octets given. */

#include "base/bounds.h"
#include "mime/cpim.h"
#include "mime/transfer_encoding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct walk {
    sm_arena *arena;
    sm_bytes octets;
    sm_entity_flags flags;
    unsigned parts;
} walk;

static void check(const walk *in, sm_bytes bytes)
{
    if (sm_bytes_present(bytes) && !sm_bytes_within(bytes, in->octets))
        g_error("a slice of %zu octets lies outside the input", bytes.length);
}

static void check_type(const sm_media_type *type)
{
    if (type == NULL)
        return;
    g_assert_nonnull(type->subtype);
    g_assert_true(sm_media_type_is(type, type->text));
    g_assert_cmpuint(type->parameter_count, <=, SM_LIMIT_MIME_PARAMETERS);
    for (unsigned i = 0; i < type->parameter_count; i++)
        g_assert_nonnull(sm_media_type_parameter(type, type->parameters[i].name));
}

static void walk_entity(walk *in, const sm_entity *entity, unsigned depth)
{
    check(in, entity->octets);
    check(in, entity->head);
    check(in, entity->body);
    if (sm_bytes_present(entity->octets))
        g_assert_cmpuint(entity->head.length + entity->body.length, ==, entity->octets.length);
    g_assert_cmpuint(entity->header_count, <=, SM_LIMIT_MIME_HEADERS);
    g_assert_true(!entity->limit || entity->fault);
    for (unsigned i = 0; i < entity->header_count; i++) {
        const sm_header *header = &entity->headers[i];
        check(in, header->field);
        g_assert_true(sm_bytes_within(header->field, entity->head));
        g_assert_true(sm_bytes_within(header->name_raw, header->field));
        g_assert_true(sm_bytes_within(header->value_raw, header->field));
        g_assert_nonnull(sm_entity_header(entity, header->name));
        g_assert_nonnull(header->value);
    }
    check_type(entity->content_type);
    check_type(entity->disposition);
    sm_transfer_decode(in->arena, entity->body, entity->encoding);
    if (depth == SM_LIMIT_MIME_DEPTH || entity->content_type == NULL)
        return;

    if (sm_media_type_is(entity->content_type, "message/cpim")) {
        walk_entity(in, sm_cpim_parse(in->arena, entity->body)->content, depth + 1);
    } else if (strcmp(entity->content_type->type, "multipart") == 0) {
        const sm_multipart *multipart = sm_multipart_split(
            in->arena, entity->body, sm_media_type_parameter(entity->content_type, "boundary"));
        check(in, multipart->preamble);
        check(in, multipart->epilogue);
        g_assert_cmpuint(multipart->part_count, <=, SM_LIMIT_MIME_PARTS);
        const uint8_t *end = entity->body.data; /* parts stand in order and do not overlap */
        for (unsigned i = 0; i < multipart->part_count && in->parts < SM_LIMIT_MIME_PARTS; i++, in->parts++) {
            check(in, multipart->parts[i]);
            g_assert_true(multipart->parts[i].data >= end);
            end = multipart->parts[i].data + multipart->parts[i].length;
            walk_entity(in, sm_entity_parse(in->arena, multipart->parts[i], in->flags), depth + 1);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    walk in = {sm_arena_new(), sm_bytes_of(data + 1, size - 1), data[0] & (SM_ENTITY_SIP | SM_ENTITY_BARE_LF),
               0};
    walk_entity(&in, sm_entity_parse(in.arena, in.octets, in.flags), 0);
    walk_entity(&in,
                sm_entity_from_message(in.arena, in.octets, sm_bytes_from(in.octets, size / 2), in.flags), 0);
    check_type(sm_media_type_parse(in.arena, in.octets));
    sm_arena_free(in.arena);
    return 0;
}
