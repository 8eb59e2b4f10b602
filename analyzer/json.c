/* JSON: see json.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "json.h"

static void member(json_writer *json, const char *name)
{
    if (name)
        json_dumper_set_member_name(&json->dumper, name);
}

void json_begin(json_writer *json, sm_arena *arena)
{
    *json = (json_writer){.dumper = {.output_string = g_string_new(NULL)}, .arena = arena};
    json_dumper_begin_object(&json->dumper);
}

char *json_end(json_writer *json)
{
    json_dumper_end_object(&json->dumper);
    json_dumper_finish(&json->dumper);
    GString *text = json->dumper.output_string;
    if (text->len && text->str[text->len - 1] == '\n')
        g_string_truncate(text, text->len - 1);
    return g_string_free(text, FALSE);
}

void json_text(json_writer *json, const char *name, const char *text)
{
    member(json, name);
    if (text && !g_utf8_validate(text, -1, NULL))
        text = sm_arena_printable(json->arena, sm_bytes_of(text, strlen(text)), SIZE_MAX);
    json_dumper_value_string(&json->dumper, text);
}

void json_number(json_writer *json, const char *name, uint64_t number)
{
    member(json, name);
    json_dumper_value_anyf(&json->dumper, "%" G_GUINT64_FORMAT, number);
}

void json_bool(json_writer *json, const char *name, bool value)
{
    member(json, name);
    json_dumper_value_anyf(&json->dumper, value ? "true" : "false");
}

void json_null(json_writer *json, const char *name)
{
    json_text(json, name, NULL);
}

void json_object(json_writer *json, const char *name)
{
    member(json, name);
    json_dumper_begin_object(&json->dumper);
}

void json_object_end(json_writer *json)
{
    json_dumper_end_object(&json->dumper);
}

void json_array(json_writer *json, const char *name)
{
    member(json, name);
    json_dumper_begin_array(&json->dumper);
}

void json_array_end(json_writer *json)
{
    json_dumper_end_array(&json->dumper);
}
