/* JSON: members of an object by wsutil's json_dumper, with text made valid UTF-8.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"

#include <wsutil/json_dumper.h>

typedef struct json_writer {
    json_dumper dumper;
    sm_arena *arena;
} json_writer;

/* Begins with an object on one line; the text comes out of json_end(). */
void json_begin(json_writer *json, sm_arena *arena);

/* Ends the outermost object; the text is to be released with g_free(). */
char *json_end(json_writer *json);

/* Members; name NULL for an element of an array. Text may hold any octets but zero; NULL is null. */
void json_text(json_writer *json, const char *name, const char *text);
void json_number(json_writer *json, const char *name, uint64_t number);
void json_bool(json_writer *json, const char *name, bool value);
void json_null(json_writer *json, const char *name);
void json_object(json_writer *json, const char *name);
void json_object_end(json_writer *json);
void json_array(json_writer *json, const char *name);
void json_array_end(json_writer *json);
