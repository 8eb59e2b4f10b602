/* MIME entities: header and body, and what the Content- fields say (RFC 2045, RFC 2183, RFC 3261 20.12).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "mime/entity.h"

#include "mime/header_field.h"

/* The first fault is told, but one that is a limit goes before the others: something may be missing. */
static void complain(sm_entity *entity, const char *fault, bool limit)
{
    if (fault == NULL || entity->limit || (entity->fault && !limit))
        return;
    entity->fault = fault;
    entity->limit = limit;
}

const sm_header *sm_entity_header(const sm_entity *entity, const char *name)
{
    for (unsigned i = 0; i < entity->header_count; i++) {
        if (g_ascii_strcasecmp(entity->headers[i].name, name) == 0)
            return &entity->headers[i];
    }
    return NULL;
}

bool sm_entity_contradicts(const sm_entity *entity, const char *name)
{
    const sm_header *first = sm_entity_header(entity, name);
    if (first == NULL)
        return false;
    for (const sm_header *other = first + 1; other < entity->headers + entity->header_count; other++) {
        if (g_ascii_strcasecmp(other->name, name) == 0 && strcmp(other->value, first->value) != 0)
            return true;
    }
    return false;
}

/* As sm_entity_header(), for a field that may stand only once; the first one is taken. */
static const sm_header *single_header(sm_arena *arena, sm_entity *entity, const char *name)
{
    const sm_header *first = sm_entity_header(entity, name);
    if (first == NULL)
        return NULL;
    for (const sm_header *other = first + 1; other < entity->headers + entity->header_count; other++) {
        if (g_ascii_strcasecmp(other->name, name) == 0)
            complain(entity, sm_arena_printf(arena, "%s is repeated", name), false);
    }
    return first;
}

/* The value in lower case without its comments: encodings are single words that may have one (RFC 2045 6.1). */
static const char *word(sm_arena *arena, const char *value)
{
    size_t length = strlen(value), depth = 0;
    uint8_t *text = sm_arena_alloc(arena, length + 1);
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (value[i] == '(')
            depth++;
        else if (value[i] == ')' && depth > 0)
            depth--;
        else if (depth == 0)
            text[used++] = (uint8_t)g_ascii_tolower(value[i]);
    }
    sm_bytes trimmed = sm_header_trim(sm_bytes_of(text, used));
    return sm_arena_strndup(arena, trimmed.data, trimmed.length);
}

static sm_transfer_encoding encoding_of(const char *name)
{
    if (strcmp(name, "7bit") == 0 || strcmp(name, "8bit") == 0 || strcmp(name, "binary") == 0)
        return SM_ENCODING_BINARY;
    if (strcmp(name, "base64") == 0)
        return SM_ENCODING_BASE64;
    if (strcmp(name, "quoted-printable") == 0)
        return SM_ENCODING_QUOTED_PRINTABLE;
    return SM_ENCODING_UNKNOWN;
}

static void set_content_type(sm_entity *entity, const sm_media_type *type)
{
    entity->content_type = type;
    if (type == NULL) {
        complain(entity, "Content-Type names no type", false);
        return;
    }
    complain(entity, type->fault, type->limit);
    if (*type->subtype == '\0')
        complain(entity, "Content-Type has no subtype", false);
}

/* Every Content-Encoding field, joined in order as one list (RFC 3261 7.3.1). */
static const char *content_encodings(sm_arena *arena, const sm_entity *entity)
{
    GString *list = NULL;
    for (unsigned i = 0; i < entity->header_count; i++) {
        if (g_ascii_strcasecmp(entity->headers[i].name, "Content-Encoding") != 0)
            continue;
        if (list == NULL)
            list = g_string_new(NULL);
        else
            g_string_append(list, ", ");
        g_string_append(list, word(arena, entity->headers[i].value));
    }
    if (list == NULL)
        return NULL;
    const char *joined = sm_arena_strdup(arena, list->str);
    g_string_free(list, TRUE);
    return joined;
}

static void read_content_fields(sm_arena *arena, sm_entity *entity)
{
    const sm_header *header = single_header(arena, entity, "Content-Type");
    if (header)
        set_content_type(entity, sm_media_type_parse(arena, header->value_raw));

    header = single_header(arena, entity, "Content-Transfer-Encoding");
    if (header) {
        entity->encoding_word = word(arena, header->value);
        entity->encoding = encoding_of(entity->encoding_word);
    }

    header = single_header(arena, entity, "Content-Disposition");
    if (header) {
        entity->disposition = sm_media_type_parse(arena, header->value_raw);
        complain(entity,
                 entity->disposition ? entity->disposition->fault
                                     : "Content-Disposition names no disposition",
                 entity->disposition && entity->disposition->limit);
    }
    entity->content_encoding = content_encodings(arena, entity);
}

static void take_headers(sm_arena *arena, sm_entity *entity, const sm_header_block *block)
{
    entity->head = block->head;
    entity->headers = block->headers;
    entity->header_count = block->count;
    complain(entity, block->fault, block->limit);
    read_content_fields(arena, entity);
}

const sm_entity *sm_entity_parse(sm_arena *arena, sm_bytes octets, sm_entity_flags flags)
{
    sm_entity *entity = sm_arena_new0(arena, sm_entity);
    if (!sm_bytes_present(octets))
        octets = SM_BYTES_LITERAL("");
    bool start_line = (flags & SM_ENTITY_SIP) != 0;
    sm_header_block block = sm_header_block_read(arena, octets, flags, start_line);
    entity->octets = octets;
    entity->body = block.rest;

    bool begins_with_field = block.count > 0 && block.headers[0].field.data == octets.data;
    if (!block.ended && !begins_with_field && !start_line) {
        entity->head = sm_bytes_cut(octets, 0, 0);
        entity->body = octets;
        complain(entity, block.limit ? block.fault : NULL, true);
        if (octets.length > 0)
            complain(entity, "neither header fields nor the empty line that ends them", false);
        return entity;
    }
    take_headers(arena, entity, &block);
    if (!block.ended)
        complain(entity, "no empty line after the header", false);
    return entity;
}

const sm_entity *sm_entity_from_message(sm_arena *arena, sm_bytes head, sm_bytes body, sm_entity_flags flags)
{
    sm_entity *entity = sm_arena_new0(arena, sm_entity);
    while (head.length >= 2 && head.data[0] == '\r' && head.data[1] == '\n') /* RFC 3261 7.5 */
        head = sm_bytes_from(head, 2);
    sm_header_block block = sm_header_block_read(arena, head, flags, true);
    take_headers(arena, entity, &block);
    entity->body = body;
    return entity;
}

const sm_entity *sm_entity_from_type(sm_arena *arena, const char *content_type, sm_bytes body)
{
    sm_entity *entity = sm_arena_new0(arena, sm_entity);
    entity->body = body;
    if (content_type)
        set_content_type(entity, sm_media_type_parse(arena, sm_bytes_of(content_type, strlen(content_type))));
    return entity;
}
