/* Multipart bodies, cut at their exact boundary (RFC 2046 5.1.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "mime/entity.h"

#include "base/bounds.h"
#include "mime/header_field.h"

typedef enum delimiter { NO_DELIMITER, DELIMITER, CLOSE_DELIMITER } delimiter;

typedef struct splitter {
    sm_bytes body;
    sm_bytes boundary; /* as the parameter has it */
    sm_bytes trimmed;  /* without blanks at its end: those are presumed added by a gateway */
    bool bare_lf;      /* LF alone ends a line too */
} splitter;

static bool is_padding(sm_bytes octets)
{
    for (size_t i = 0; i < octets.length; i++) {
        if (!sm_is_blank(octets.data[i]))
            return false;
    }
    return true;
}

/* What a line is that begins with "--". `dashed` is the line from behind these two. */
static delimiter match(sm_bytes dashed, sm_bytes boundary)
{
    if (dashed.length < boundary.length || memcmp(dashed.data, boundary.data, boundary.length) != 0)
        return NO_DELIMITER;
    sm_bytes rest = sm_bytes_from(dashed, boundary.length);
    if (is_padding(rest))
        return DELIMITER;
    if (rest.length >= 2 && rest.data[0] == '-' && rest.data[1] == '-' && is_padding(sm_bytes_from(rest, 2)))
        return CLOSE_DELIMITER;
    return NO_DELIMITER;
}

/* The comparison ends with the line, so looking at all lines is linear in the body whatever the boundary is. */
static delimiter classify(const splitter *in, const sm_line *line)
{
    sm_bytes content = line->content;
    if (content.length < 2 || content.data[0] != '-' || content.data[1] != '-')
        return NO_DELIMITER;
    /* The grammar wants a line end after a delimiter, not after the last one. Half a line end is a cut capture. */
    if (!line->ended && content.data[content.length - 1] == '\r')
        content.length--;
    content = sm_bytes_from(content, 2);
    delimiter found = match(content, in->boundary);
    if (found == NO_DELIMITER && in->trimmed.length < in->boundary.length)
        found = match(content, in->trimmed);
    return found == DELIMITER && !line->ended ? NO_DELIMITER : found;
}

/* Octets of the line end right before `at`, which belongs to the delimiter that begins there. */
static size_t line_end_before(sm_bytes body, size_t at)
{
    if (at == 0 || body.data[at - 1] != '\n')
        return 0;
    return at > 1 && body.data[at - 2] == '\r' ? 2 : 1;
}

/* What ended before the delimiter line at `at`: a part, or the preamble. */
static sm_bytes before_delimiter(sm_bytes body, size_t start, size_t at)
{
    size_t end = at - line_end_before(body, at);
    return sm_bytes_cut(body, start,
                        end > start ? end - start : 0); /* two delimiter lines may share a line end */
}

static sm_multipart split(sm_arena *arena, const splitter *in)
{
    sm_multipart result = {0};
    GArray *parts = g_array_new(FALSE, FALSE, sizeof(sm_bytes));
    bool open = false; /* behind the first delimiter */
    size_t start = 0;  /* of the current part */
    for (size_t at = 0; at < in->body.length;) {
        sm_line line = sm_line_at(in->body, at, in->bare_lf);
        delimiter found = classify(in, &line);
        if (found != NO_DELIMITER) {
            sm_bytes ended = before_delimiter(in->body, start, at);
            if (open)
                g_array_append_val(parts, ended);
            else if (at > 0)
                result.preamble = ended;
            open = true;
            start = line.next;
            result.bare_lf = result.bare_lf || line.bare_lf || line_end_before(in->body, at) == 1;
            if (found == CLOSE_DELIMITER) {
                result.closed = true;
                result.epilogue = line.ended ? sm_bytes_from(in->body, line.next) : SM_BYTES_NONE;
                break;
            }
            if (parts->len == SM_LIMIT_MIME_PARTS) {
                result.limit = true;
                break;
            }
        }
        at = line.next;
    }
    if (open && !result.closed && !result.limit) {
        sm_bytes last = sm_bytes_from(in->body, start);
        g_array_append_val(parts, last);
    }
    result.part_count = parts->len;
    sm_bytes *copy = sm_arena_array(arena, sm_bytes, parts->len);
    if (parts->len > 0)
        memcpy(copy, parts->data, parts->len * sizeof(sm_bytes));
    result.parts = copy;
    g_array_free(parts, TRUE);
    return result;
}

static const char *fault_of(const sm_multipart *result)
{
    if (result->limit)
        return "more parts than SM_LIMIT_MIME_PARTS";
    if (result->part_count == 0)
        return result->closed ? "the closing delimiter stands before any part"
                              : "the boundary does not occur in the body";
    return NULL;
}

const sm_multipart *sm_multipart_split(sm_arena *arena, sm_bytes body, const char *boundary)
{
    sm_multipart *result = sm_arena_new0(arena, sm_multipart);
    splitter in = {.body = body, .boundary = sm_bytes_of(boundary, boundary ? strlen(boundary) : 0)};
    in.trimmed = in.boundary;
    while (in.trimmed.length > 0 && sm_is_blank(in.trimmed.data[in.trimmed.length - 1]))
        in.trimmed.length--;
    if (in.trimmed.length == 0 || strpbrk(boundary, "\r\n")) {
        result->fault = boundary ? "the boundary parameter is no boundary" : "no boundary parameter";
        return result;
    }

    /* An LF alone is content as long as the CRLF lines make a whole multipart: what one reader takes for a delimiter and
     * another for content could hide a part. */
    *result = split(arena, &in);
    if (!(result->closed && result->part_count > 0) && !result->limit) {
        in.bare_lf = true;
        sm_multipart lenient = split(arena, &in);
        if (result->part_count == 0 || (lenient.closed && lenient.part_count > 0))
            *result = lenient;
    }
    result->fault = fault_of(result);
    return result;
}
