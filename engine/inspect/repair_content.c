/* Repairs of signed content: line ends and characters.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "inspect/repair.h"

/* Where the repaired copies go. */
typedef struct repairing {
    sm_bytes content;
    inspect_try try;
    void *context;
} repairing;

/* Writes a copy with one damage undone. */
typedef GString *(*rewrite)(sm_bytes octets);

static bool starts(sm_bytes octets, size_t at, const char *text)
{
    size_t length = strlen(text);
    return octets.length - at >= length && memcmp(octets.data + at, text, length) == 0;
}

/* Every `from` made `to`. */
static GString *replace(sm_bytes octets, const char *from, const char *to)
{
    GString *out = g_string_sized_new(octets.length + 16);
    for (size_t at = 0; at < octets.length;) {
        if (starts(octets, at, from)) {
            g_string_append(out, to);
            at += strlen(from);
        } else {
            g_string_append_c(out, (char)octets.data[at++]);
        }
    }
    return out;
}

static GString *lf_to_crlf(sm_bytes octets)
{
    GString *out = g_string_sized_new(octets.length + octets.length / 16 + 16);
    for (size_t at = 0; at < octets.length; at++) {
        if (octets.data[at] == '\n' && (at == 0 || octets.data[at - 1] != '\r'))
            g_string_append_c(out, '\r');
        g_string_append_c(out, (char)octets.data[at]);
    }
    return out;
}

static GString *crlf_to_lf(sm_bytes octets)
{
    return replace(octets, "\r\n", "\n");
}

static GString *doubled_cr(sm_bytes octets)
{
    return replace(octets, "\r\r\n", "\r\n");
}

static GString *without_blanks_at_line_ends(sm_bytes octets)
{
    GString *out = g_string_sized_new(octets.length + 16);
    size_t blanks = 0; /* at the end of `out` */
    for (size_t at = 0; at < octets.length; at++) {
        uint8_t octet = octets.data[at];
        if (octet == '\n' || starts(octets, at, "\r\n")) {
            g_string_truncate(out, out->len - blanks);
            blanks = 0;
        } else if (octet == ' ' || octet == '\t') {
            blanks++;
        } else if (octet != '\r') {
            blanks = 0;
        }
        g_string_append_c(out, (char)octet);
    }
    g_string_truncate(out, out->len - blanks);
    return out;
}

/* The code point of the UTF-8 sequence at `at` when it is below U+0100, else -1; `next` gets the offset
 * behind it. */
static int small_character(sm_bytes octets, size_t at, size_t *next)
{
    uint8_t lead = octets.data[at];
    *next = at + 1;
    if (lead < 0x80)
        return lead;
    if ((lead != 0xc2 && lead != 0xc3) || at + 1 == octets.length || (octets.data[at + 1] & 0xc0) != 0x80)
        return -1;
    *next = at + 2;
    return (lead & 3) << 6 | (octets.data[at + 1] & 0x3f);
}

GString *inspect_octets_of_characters(sm_bytes octets)
{
    GString *out = g_string_sized_new(octets.length + 16);
    for (size_t at = 0; at < octets.length;) {
        int character = small_character(octets, at, &at);
        if (character < 0) {
            g_string_free(out, TRUE);
            return NULL;
        }
        g_string_append_c(out, (char)character);
    }
    if (out->len < octets.length)
        return out;
    g_string_free(out, TRUE);
    return NULL;
}

/* Hands a copy on, unless the repair changed nothing. Takes `made`, which may be NULL. */
static bool offer(const repairing *r, GString *made, const inspect_repair *first,
                  const inspect_repair *second)
{
    if (made == NULL)
        return false;
    sm_bytes octets = sm_bytes_of(made->str, made->len);
    bool done = !sm_bytes_equal(octets, r->content) && r->try(r->context, octets, first, second);
    g_string_free(made, TRUE);
    return done;
}

static GString *copy_of(sm_bytes octets, size_t length, const char *behind)
{
    GString *out = g_string_new_len((const char *)octets.data, (gssize)length);
    return g_string_append(out, behind);
}

static size_t without_line_end(sm_bytes octets, size_t length)
{
    if (length == 0 || octets.data[length - 1] != '\n')
        return length;
    return length > 1 && octets.data[length - 2] == '\r' ? length - 2 : length - 1;
}

/* One line end more or less where the content ends; `made` is the content, or it with the repair `first`. */
static bool repair_end(const repairing *r, sm_bytes made, const inspect_repair *first)
{
    static const inspect_repair more_crlf = {
        "with another CRLF at its end",
        "it was cut off, or the sender signed the line end that belongs to the boundary"};
    static const inspect_repair more_lf = {
        "with another LF at its end",
        "it was cut off, or the sender signed the line end that belongs to the boundary"};
    static const inspect_repair fewer = {"without the line end at its end", "it was added after signing"};
    static const inspect_repair none = {"without the line ends at its end", "they were added after signing"};
    const struct {
        size_t length;
        const char *behind;
        const inspect_repair *repair;
    } ends[] = {
        {made.length, "\r\n", &more_crlf},
        {made.length, "\n", &more_lf},
        {without_line_end(made, made.length), "", &fewer},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        const inspect_repair *repair = ends[i].repair;
        if ((ends[i].length < made.length || *ends[i].behind) &&
            offer(r, copy_of(made, ends[i].length, ends[i].behind), first ? first : repair,
                  first ? repair : NULL))
            return true;
    }
    size_t length = made.length, before = ends[2].length;
    for (size_t next; (next = without_line_end(made, length)) < length;)
        length = next;
    return length < before &&
           offer(r, copy_of(made, length, ""), first ? first : &none, first ? &none : NULL);
}

static const inspect_repair to_crlf = {"with CRLF line ends", "something on the way turned them into LF"};

static bool repair_line_ends(const repairing *r)
{
    static const struct {
        rewrite rewrite;
        inspect_repair repair;
        bool ends; /* worth a pair with another end */
    } rewrites[] = {
        {doubled_cr,
         {"with CRLF where CR CR LF stands", "something on the way put a CR before every LF"},
         true},
        {crlf_to_lf, {"with LF line ends", "something on the way turned them into CRLF"}, true},
        {without_blanks_at_line_ends,
         {"without the blanks at its line ends", "they were added after signing"},
         false},
        {inspect_octets_of_characters,
         {"with its characters in ISO 8859-1", "something on the way re-coded them as UTF-8"},
         false},
    };
    GString *crlf = lf_to_crlf(r->content);
    sm_bytes made = sm_bytes_of(crlf->str, crlf->len);
    bool changed = crlf->len != r->content.length;
    bool done = changed && r->try(r->context, made, &to_crlf, NULL);
    done = done || repair_end(r, r->content, NULL) || (changed && repair_end(r, made, &to_crlf));
    g_string_free(crlf, TRUE);
    for (size_t i = 0; i < G_N_ELEMENTS(rewrites) && !done; i++) {
        GString *copy = rewrites[i].rewrite(r->content);
        if (copy == NULL)
            continue;
        made = sm_bytes_of(copy->str, copy->len);
        changed = copy->len != r->content.length;
        done = changed && (r->try(r->context, made, &rewrites[i].repair, NULL) ||
                           (rewrites[i].ends && repair_end(r, made, &rewrites[i].repair)));
        g_string_free(copy, TRUE);
    }
    return done;
}

/* The end of the line before the last one of `length` octets; 0 when there is none. */
static size_t without_last_line(sm_bytes octets, size_t length)
{
    length = without_line_end(octets, length);
    while (length > 0 && octets.data[length - 1] != '\n')
        length--;
    return length;
}

/* A footer of few lines, or zeros that fill a block. */
static bool repair_added_end(const repairing *r)
{
    enum { LINES = 6 };
    size_t ends[2 * LINES + 1], count = 0, length = r->content.length;
    while (length > 0 && r->content.data[length - 1] == 0)
        length--;
    if (length < r->content.length)
        ends[count++] = length;
    length = r->content.length;
    for (unsigned line = 0; line < LINES; line++) {
        length = without_last_line(r->content, length);
        size_t open = without_line_end(r->content, length);
        if (open == 0)
            break;
        ends[count++] = length;
        ends[count++] = open;
    }
    for (size_t i = 0; i < count; i++) {
        g_autofree char *how = g_strdup_printf("without the last %zu octets", r->content.length - ends[i]);
        inspect_repair repair = {how, "they were added after signing"};
        if (r->try(r->context, sm_bytes_cut(r->content, 0, ends[i]), &repair, NULL))
            return true;
    }
    return false;
}

bool inspect_repair_content(sm_bytes content, bool entity, inspect_try try, void *context)
{
    repairing r = {content, try, context};
    if (repair_line_ends(&r))
        return true;
    if (!entity)
        return false;
    if (repair_added_end(&r) || inspect_repair_entity(content, NULL, try, context))
        return true;
    GString *crlf = lf_to_crlf(content);
    bool done = crlf->len != content.length &&
                inspect_repair_entity(sm_bytes_of(crlf->str, crlf->len), &to_crlf, try, context);
    g_string_free(crlf, TRUE);
    return done;
}
