/* Message/CPIM. Every slice must lie within the octets given, every text be UTF-8. */

#include "base/bounds.h"
#include "mime/cpim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
    g_assert_true(text == NULL || g_utf8_validate(text, -1, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sm_arena *arena = sm_arena_new();
    sm_bytes octets = sm_bytes_of(data, size);
    const sm_cpim *cpim = sm_cpim_parse(arena, octets);
    if (size > 0) {
        g_assert_true(sm_bytes_within(cpim->message_headers, octets));
        g_assert_true(sm_bytes_within(cpim->content->octets, octets));
    }
    g_assert_cmpuint(cpim->message_headers.length + cpim->content->octets.length, ==, size);
    g_assert_cmpuint(cpim->header_count, <=, SM_LIMIT_MIME_HEADERS);
    g_assert_true(!cpim->limit || cpim->fault);
    for (unsigned i = 0; i < cpim->header_count; i++) {
        const sm_cpim_header *header = &cpim->headers[i];
        g_assert_true(sm_bytes_within(header->field, cpim->message_headers));
        g_assert_true(*header->name != '\0' && header->prefix != NULL && header->value != NULL);
        check_text(header->value);
        check_text(header->language);
        check_text(header->namespace_);
    }
    check_text(cpim->from_uri);
    check_text(cpim->from_name);
    check_text(cpim->to_uri);
    check_text(cpim->to_name);
    sm_arena_free(arena);
    return 0;
}
