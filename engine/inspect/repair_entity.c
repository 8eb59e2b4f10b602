/* Repairs of a signed MIME entity that something on the way took for its own: header fields and transfer
 * encoding.
 *
 * RFC 1847 2.1 forbids intermediaries to touch the part that a multipart/signed covers; these are the ways
 * it is done.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "inspect/repair.h"

#include "base/bounds.h"
#include "mime/transfer_encoding.h"

enum { PERMUTED_FIELDS = 4, DROPPED_FIELDS = 16 };

#define TRANSFER_ENCODING "Content-Transfer-Encoding"

typedef struct editing {
    sm_arena *arena; /* of the repair texts and of decoded bodies */
    const sm_entity *entity;
    sm_bytes head, tail; /* the header fields; the empty line and the body */
    const char *line_end;
    const inspect_repair *also;
    inspect_try try;
    void *context;
} editing;

static const sm_header *field(const editing *edit, unsigned index)
{
    return &edit->entity->headers[index];
}

static bool is_named(const sm_header *header, const char *name)
{
    return g_ascii_strcasecmp(header->name, name) == 0;
}

static void append(GString *out, sm_bytes octets)
{
    g_string_append_len(out, (const char *)octets.data, (gssize)octets.length);
}

static bool hand_on(const editing *edit, const GString *made, const char *how, const char *why)
{
    inspect_repair repair = {how, why};
    sm_bytes octets = sm_bytes_of(made->str, made->len);
    return edit->also ? edit->try(edit->context, octets, edit->also, &repair)
                      : edit->try(edit->context, octets, &repair, NULL);
}

/* Hands on an entity with other header fields, unless they are the same. Takes `head`. */
static bool offer_head(const editing *edit, GString *head, const char *how, const char *why)
{
    bool done = false;
    if (!sm_bytes_equal(sm_bytes_of(head->str, head->len), edit->head)) {
        append(head, edit->tail);
        done = hand_on(edit, head, how, why);
    }
    g_string_free(head, TRUE);
    return done;
}

/* Header fields dropped */

static bool was_added(const sm_header *header)
{
    static const char *const names[] = {"Content-Length", "Content-ID", "Content-Description",
                                        "Content-Disposition", "MIME-Version"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (is_named(header, names[i]))
            return true;
    return false;
}

static bool is_extra(const sm_header *header)
{
    return !is_named(header, "Content-Type") && !is_named(header, TRANSFER_ENCODING);
}

static bool drop_one(const editing *edit, unsigned dropped)
{
    GString *head = g_string_new(NULL);
    for (unsigned i = 0; i < edit->entity->header_count; i++)
        if (i != dropped)
            append(head, field(edit, i)->field);
    const char *name = sm_arena_printable(edit->arena, field(edit, dropped)->name_raw, SM_LIMIT_SHOWN_OCTETS);
    return offer_head(edit, head,
                      sm_arena_printf(edit->arena, "without the %s header field of the signed part", name),
                      "it was added after signing");
}

/* All fields that `chosen` names dropped together, when there are several. */
static bool drop_chosen(const editing *edit, bool (*chosen)(const sm_header *))
{
    GString *head = g_string_new(NULL), *names = g_string_new(NULL);
    unsigned dropped = 0;
    for (unsigned i = 0; i < edit->entity->header_count; i++) {
        const sm_header *header = field(edit, i);
        if (!chosen(header)) {
            append(head, header->field);
            continue;
        }
        if (dropped++ < DROPPED_FIELDS)
            g_string_append_printf(names, "%s%s", dropped > 1 ? ", " : "",
                                   sm_arena_printable(edit->arena, header->name_raw, SM_LIMIT_SHOWN_OCTETS));
    }
    const char *how =
        sm_arena_printf(edit->arena, "without the header fields %s of the signed part", names->str);
    g_string_free(names, TRUE);
    if (dropped > 1)
        return offer_head(edit, head, how, "they were added after signing");
    g_string_free(head, TRUE);
    return false;
}

static bool drop_fields(const editing *edit)
{
    unsigned count = edit->entity->header_count, others = 0;
    for (unsigned i = 0; i < count; i++)
        if (was_added(field(edit, i)) && drop_one(edit, i))
            return true;
    if (drop_chosen(edit, was_added))
        return true;
    for (unsigned i = 0; i < count && others < DROPPED_FIELDS; i++)
        if (!was_added(field(edit, i)) && !is_named(field(edit, i), "Content-Type")) {
            others++;
            if (drop_one(edit, i))
                return true;
        }
    return drop_chosen(edit, is_extra);
}

/* A sender that signed the body instead of the MIME entity; or a header that was put before it. */
static bool drop_header(const editing *edit)
{
    GString *body = g_string_new(NULL);
    append(body, edit->entity->body);
    bool done = hand_on(
        edit, body, "over the body alone, without the header of the signed part",
        "the sender signed the body and not the MIME entity (RFC 8551 3.1), or the header was added after signing");
    g_string_free(body, TRUE);
    return done;
}

/* Header fields written otherwise */

typedef void (*field_writer)(const editing *edit, GString *out, const sm_header *header);

static bool is_blank(uint8_t octet)
{
    return octet == ' ' || octet == '\t';
}

/* Octets of a line end at `at`, 0 when there is none. */
static size_t line_end_at(sm_bytes octets, size_t at)
{
    if (octets.data[at] == '\n')
        return 1;
    return octets.length - at > 1 && octets.data[at] == '\r' && octets.data[at + 1] == '\n' ? 2 : 0;
}

static size_t behind_blanks(sm_bytes octets, size_t at)
{
    while (at < octets.length && is_blank(octets.data[at]))
        at++;
    return at;
}

static void unfold(GString *out, sm_bytes octets, bool one_space)
{
    for (size_t at = 0; at < octets.length;) {
        size_t end = line_end_at(octets, at), next = at + end;
        if (end > 0 && next < octets.length && is_blank(octets.data[next])) {
            if (one_space)
                g_string_append_c(out, ' ');
            at = one_space ? behind_blanks(octets, next) : next;
        } else {
            g_string_append_c(out, (char)octets.data[at++]);
        }
    }
}

static void unfold_to_space(const editing *edit, GString *out, const sm_header *header)
{
    (void)edit;
    unfold(out, header->field, true);
}

static void unfold_keeping_blanks(const editing *edit, GString *out, const sm_header *header)
{
    (void)edit;
    unfold(out, header->field, false);
}

/* `between` after each semicolon, in place of the blanks there. */
static void after_semicolons(GString *out, sm_bytes octets, const char *between)
{
    for (size_t at = 0; at < octets.length;) {
        uint8_t octet = octets.data[at++];
        g_string_append_c(out, (char)octet);
        if (octet != ';')
            continue;
        at = behind_blanks(octets, at);
        if (at < octets.length && line_end_at(octets, at) == 0)
            g_string_append(out, between);
    }
}

static void fold_with_space(const editing *edit, GString *out, const sm_header *header)
{
    after_semicolons(out, header->field, *edit->line_end == '\r' ? "\r\n " : "\n ");
}

static void fold_with_tab(const editing *edit, GString *out, const sm_header *header)
{
    after_semicolons(out, header->field, *edit->line_end == '\r' ? "\r\n\t" : "\n\t");
}

static void close_semicolons(const editing *edit, GString *out, const sm_header *header)
{
    (void)edit;
    after_semicolons(out, header->field, "");
}

static void space_semicolons(const editing *edit, GString *out, const sm_header *header)
{
    (void)edit;
    after_semicolons(out, header->field, " ");
}

/* What follows the name: blanks, colon, value and line end. */
static sm_bytes behind_name(const sm_header *header)
{
    return sm_bytes_from(header->field, header->name_raw.length);
}

static void lower_name(const editing *edit, GString *out, const sm_header *header)
{
    (void)edit;
    for (size_t i = 0; i < header->name_raw.length; i++)
        g_string_append_c(out, g_ascii_tolower((char)header->name_raw.data[i]));
    append(out, behind_name(header));
}

/* "Content-type" */
static void capital_name(const editing *edit, GString *out, const sm_header *header)
{
    size_t start = out->len;
    lower_name(edit, out, header);
    out->str[start] = g_ascii_toupper(out->str[start]);
}

/* "Content-Type", "Content-ID", "MIME-Version": as the standards write them. */
static void usual_name(const editing *edit, GString *out, const sm_header *header)
{
    size_t start = out->len;
    lower_name(edit, out, header);
    for (size_t i = 0; i < header->name_raw.length; i++)
        if (i == 0 || out->str[start + i - 1] == '-')
            out->str[start + i] = g_ascii_toupper(out->str[start + i]);
    if (is_named(header, "Content-ID"))
        out->str[start + 9] = 'D';
    if (is_named(header, "MIME-Version"))
        memcpy(out->str + start, "MIME", 4);
}

static void close_colon(const editing *edit, GString *out, const sm_header *header)
{
    (void)edit;
    sm_bytes rest = behind_name(header);
    size_t colon = behind_blanks(rest, 0);
    append(out, header->name_raw);
    g_string_append_c(out, ':');
    append(out, sm_bytes_from(rest, behind_blanks(rest, MIN(colon + 1, rest.length))));
}

static void space_colon(const editing *edit, GString *out, const sm_header *header)
{
    size_t colon = out->len + header->name_raw.length + 1;
    close_colon(edit, out, header);
    g_string_insert_c(out, (gssize)colon, ' ');
}

static void without_parameters(const editing *edit, GString *out, const sm_header *header)
{
    const uint8_t *semicolon = memchr(header->field.data, ';', header->field.length);
    if (semicolon == NULL || !is_named(header, "Content-Type")) {
        append(out, header->field);
        return;
    }
    append(out, sm_bytes_cut(header->field, 0, (size_t)(semicolon - header->field.data)));
    g_string_append(out, edit->line_end);
}

static void without_quotes(const editing *edit, GString *out, const sm_header *header)
{
    (void)edit;
    for (size_t i = 0; i < header->field.length; i++)
        if (header->field.data[i] != '"')
            g_string_append_c(out, (char)header->field.data[i]);
}

static void with_quotes(const editing *edit, GString *out, const sm_header *header)
{
    (void)edit;
    bool open = false;
    for (size_t i = 0; i < header->field.length; i++) {
        uint8_t octet = header->field.data[i];
        if (open && (octet == ';' || octet == '\r' || octet == '\n' || is_blank(octet))) {
            g_string_append_c(out, '"');
            open = false;
        }
        g_string_append_c(out, (char)octet);
        if (octet == '=' && !open && i + 1 < header->field.length && header->field.data[i + 1] != '"') {
            g_string_append_c(out, '"');
            open = true;
        }
    }
}

static bool rewrite_fields(const editing *edit)
{
    static const struct {
        field_writer write;
        inspect_repair repair;
    } rewrites[] = {
        {unfold_to_space,
         {"with the header fields of the signed part unfolded", "they were folded after signing"}},
        {unfold_keeping_blanks,
         {"with the header fields of the signed part unfolded", "they were folded after signing"}},
        {fold_with_space,
         {"with the header fields of the signed part folded after each semicolon",
          "they were unfolded after signing"}},
        {fold_with_tab,
         {"with the header fields of the signed part folded after each semicolon",
          "they were unfolded after signing"}},
        {usual_name,
         {"with the header field names of the signed part in their usual case",
          "their case was changed after signing"}},
        {lower_name,
         {"with the header field names of the signed part in lower case",
          "their case was changed after signing"}},
        {capital_name,
         {"with the header field names of the signed part in lower case but their first letter",
          "their case was changed after signing"}},
        {space_colon,
         {"with one blank after the colons of the header fields of the signed part",
          "blanks there were changed after signing"}},
        {close_colon,
         {"without blanks after the colons of the header fields of the signed part",
          "they were added after signing"}},
        {space_semicolons,
         {"with one blank after the semicolons of the header fields of the signed part",
          "blanks there were changed after signing"}},
        {close_semicolons,
         {"without blanks after the semicolons of the header fields of the signed part",
          "they were added after signing"}},
        {without_parameters,
         {"without the parameters of the signed part's Content-Type", "they were added after signing"}},
        {without_quotes,
         {"without quotation marks in the header fields of the signed part",
          "they were added after signing"}},
        {with_quotes,
         {"with quotation marks around the parameter values of the signed part's header fields",
          "they were removed after signing"}},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rewrites); i++) {
        GString *head = g_string_sized_new(edit->head.length + 64);
        for (unsigned j = 0; j < edit->entity->header_count; j++)
            rewrites[i].write(edit, head, field(edit, j));
        if (offer_head(edit, head, rewrites[i].repair.how, rewrites[i].repair.why))
            return true;
    }
    return false;
}

/* Header fields in another order */

static void swap(unsigned *a, unsigned *b)
{
    unsigned kept = *a;
    *a = *b;
    *b = kept;
}

/* The next permutation in lexicographic order; false after the last. */
static bool permute(unsigned *order, unsigned count)
{
    unsigned pivot = count - 1, last = count - 1;
    while (pivot > 0 && order[pivot - 1] > order[pivot])
        pivot--;
    if (pivot == 0)
        return false;
    while (order[last] < order[pivot - 1])
        last--;
    swap(&order[pivot - 1], &order[last]);
    for (unsigned end = count - 1; pivot < end; pivot++, end--)
        swap(&order[pivot], &order[end]);
    return true;
}

static bool reorder_fields(const editing *edit)
{
    unsigned order[PERMUTED_FIELDS] = {0, 1, 2, 3}, count = edit->entity->header_count;
    if (count < 2 || count > PERMUTED_FIELDS)
        return false;
    while (permute(order, count)) {
        GString *head = g_string_new(NULL), *names = g_string_new(NULL);
        for (unsigned i = 0; i < count; i++) {
            const sm_header *header = field(edit, order[i]);
            append(head, header->field);
            g_string_append_printf(names, "%s%s", i ? ", " : "",
                                   sm_arena_printable(edit->arena, header->name_raw, SM_LIMIT_SHOWN_OCTETS));
        }
        const char *how = sm_arena_printf(
            edit->arena, "with the header fields of the signed part in the order %s", names->str);
        g_string_free(names, TRUE);
        if (offer_head(edit, head, how, "they were reordered after signing"))
            return true;
    }
    return false;
}

/* Transfer encoding */

/* Where a Content-Transfer-Encoding header field stands that is not there any more. */
typedef enum place_of_field { BEHIND_THE_OTHERS, BEHIND_CONTENT_TYPE } place_of_field;

/* The header with this Content-Transfer-Encoding (NULL: without), and the empty line. */
static GString *head_with_encoding(const editing *edit, const char *word, place_of_field place)
{
    GString *head = g_string_sized_new(edit->head.length + 64);
    bool there = sm_entity_header(edit->entity, TRANSFER_ENCODING) != NULL;
    for (unsigned i = 0; i < edit->entity->header_count; i++) {
        const sm_header *header = field(edit, i);
        bool replaced = is_named(header, TRANSFER_ENCODING);
        if (!replaced)
            append(head, header->field);
        if (word &&
            (replaced || (!there && place == BEHIND_CONTENT_TYPE && is_named(header, "Content-Type"))))
            g_string_append_printf(head, TRANSFER_ENCODING ": %s%s", word, edit->line_end);
    }
    if (word && !there && place == BEHIND_THE_OTHERS)
        g_string_append_printf(head, TRANSFER_ENCODING ": %s%s", word, edit->line_end);
    return g_string_append(head, edit->line_end);
}

static bool offer_encoded(const editing *edit, const char *word, const GString *body, const char *how,
                          const char *why)
{
    bool there = sm_entity_header(edit->entity, TRANSFER_ENCODING) != NULL;
    place_of_field last =
        !there && word && edit->entity->header_count > 1 ? BEHIND_CONTENT_TYPE : BEHIND_THE_OTHERS;
    bool done = false;
    for (int place = BEHIND_THE_OTHERS; place <= (int)last && !done; place++) {
        GString *made = head_with_encoding(edit, word, (place_of_field)place);
        g_string_append_len(made, body->str, (gssize)body->len);
        done = hand_on(edit, made, how, why);
        g_string_free(made, TRUE);
    }
    return done;
}

/* Plain under another word, or decoded. */
static bool repair_to_plain(const editing *edit, sm_bytes plain)
{
    static const char *const words[] = {NULL, "7bit", "8bit", "binary"};
    bool coded = edit->entity->encoding != SM_ENCODING_BINARY;
    GString *body = g_string_new(NULL);
    append(body, plain);
    bool done = false;
    for (size_t i = 0; i < G_N_ELEMENTS(words) && !done; i++) {
        if (!coded && (words[i] == NULL || g_strcmp0(words[i], edit->entity->encoding_word) == 0))
            continue;
        const char *label = words[i] ? sm_arena_printf(edit->arena, "with " TRANSFER_ENCODING " %s", words[i])
                                     : "without " TRANSFER_ENCODING;
        const char *how =
            coded ? sm_arena_printf(edit->arena, "with the signed part's body decoded from %s and %s",
                                    edit->entity->encoding_word, label)
                  : sm_arena_printf(edit->arena, "%s in the signed part", label);
        const char *why = coded                                                    ? "it was encoded after signing"
                          : sm_entity_header(edit->entity, TRANSFER_ENCODING)      ? "the header field was changed after signing"
                                                                                   : "the header field was dropped after signing";
        done = offer_encoded(edit, words[i], body, how, why);
    }
    g_string_free(body, TRUE);
    return done;
}

/* base64 with `width` characters in a line, 0 for one line without end; the last line's end left out when
 * `open`. */
static GString *base64(sm_bytes plain, size_t width, const char *line_end, bool open)
{
    gchar *text = g_base64_encode(plain.data, plain.length);
    size_t length = strlen(text);
    GString *out = g_string_sized_new(length + length / 32 + 16);
    for (size_t at = 0; at < length && width > 0; at += width) {
        g_string_append_len(out, text + at, (gssize)MIN(width, length - at));
        if (at + width < length || !open)
            g_string_append(out, line_end);
    }
    if (width == 0)
        g_string_append(out, text);
    g_free(text);
    return out;
}

static bool repair_to_base64(const editing *edit, sm_bytes plain)
{
    static const size_t widths[] = {76, 72, 64, 0};
    bool again = edit->entity->encoding == SM_ENCODING_BASE64;
    const char *why = again ? "its lines were broken anew after signing"
                      : edit->entity->encoding == SM_ENCODING_BINARY ? "it was decoded after signing"
                                                                     : "it was encoded anew after signing";
    for (size_t i = 0; i < G_N_ELEMENTS(widths); i++) {
        const char *how =
            widths[i] ? sm_arena_printf(edit->arena,
                                        "with the signed part's body in base64, %zu characters in a line",
                                        widths[i])
                      : "with the signed part's body in base64 in one line";
        for (int open = 0; open <= 1; open++) {
            if (open == 0 && widths[i] == 0)
                continue;
            GString *body = base64(plain, widths[i], edit->line_end, open);
            bool same = again && sm_bytes_equal(sm_bytes_of(body->str, body->len), edit->entity->body);
            bool done = !same && offer_encoded(edit, "base64", body, how, why);
            g_string_free(body, TRUE);
            if (done)
                return true;
        }
    }
    return false;
}

static GString *quoted_printable(sm_bytes plain, const char *line_end)
{
    enum { LINE = 76 };
    GString *out = g_string_sized_new(plain.length + plain.length / 8 + 16);
    size_t column = 0;
    for (size_t at = 0; at < plain.length;) {
        size_t end = line_end_at(plain, at);
        if (end > 0) {
            append(out, sm_bytes_cut(plain, at, end));
            at += end;
            column = 0;
            continue;
        }
        uint8_t octet = plain.data[at++];
        bool last = at == plain.length || line_end_at(plain, at) > 0;
        bool literal = (octet > 0x20 && octet < 0x7f && octet != '=') || (is_blank(octet) && !last);
        size_t width = literal ? 1 : 3;
        if (column + width > (last ? LINE : LINE - 1)) {
            g_string_append_c(out, '=');
            g_string_append(out, line_end);
            column = 0;
        }
        if (literal)
            g_string_append_c(out, (char)octet);
        else
            g_string_append_printf(out, "=%02X", octet);
        column += width;
    }
    return out;
}

static bool repair_to_quoted_printable(const editing *edit, sm_bytes plain)
{
    if (edit->entity->encoding == SM_ENCODING_QUOTED_PRINTABLE)
        return false;
    GString *body = quoted_printable(plain, edit->line_end);
    bool done =
        offer_encoded(edit, "quoted-printable", body, "with the signed part's body in quoted-printable",
                      edit->entity->encoding == SM_ENCODING_BINARY ? "it was decoded after signing"
                                                                   : "it was encoded anew after signing");
    g_string_free(body, TRUE);
    return done;
}

static bool repair_encoding(const editing *edit)
{
    sm_decoded plain = sm_transfer_decode(edit->arena, edit->entity->body, edit->entity->encoding);
    if (plain.fault || !sm_bytes_present(plain.octets))
        return false;
    return repair_to_plain(edit, plain.octets) || repair_to_base64(edit, plain.octets) ||
           repair_to_quoted_printable(edit, plain.octets);
}

/* Header fields put back */

/* What gateways drop and everybody writes alike: a field with another value cannot be guessed. Content-Transfer-Encoding is tried with
 * the other encodings. */
static bool restore_field(const editing *edit, const char *name, const char *value)
{
    if (sm_entity_header(edit->entity, name))
        return false;
    const char *how = sm_arena_printf(edit->arena, "with %s: %s in the header of the signed part", name, value);
    for (int first = 0; first <= (edit->head.length > 0 ? 1 : 0); first++) {
        GString *head = g_string_new(NULL);
        if (!first)
            append(head, edit->head);
        g_string_append_printf(head, "%s: %s%s", name, value, edit->line_end);
        if (first)
            append(head, edit->head);
        if (offer_head(edit, head, how, "it was dropped after signing"))
            return true;
    }
    return false;
}

static bool restore_fields(const editing *edit)
{
    const struct {
        const char *name, *value;
    } usual[] = {
        {"Content-Type", "text/plain"},
        {"Content-Type", "text/plain; charset=utf-8"},
        {"Content-Type", "text/plain; charset=UTF-8"},
        {"Content-Type", "text/plain;charset=UTF-8"},
        {"Content-Length", sm_arena_printf(edit->arena, "%zu", edit->entity->body.length)},
        {"MIME-Version", "1.0"},
        {"Content-Disposition", "render"}, /* RFC 3261 20.11 */
        {"Content-Disposition", "session"},
        {"Content-Disposition", "attachment"},
        {"Content-Disposition", "inline"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(usual); i++)
        if (restore_field(edit, usual[i].name, usual[i].value))
            return true;
    return false;
}

/* The header fields and what stands behind them; false when something else stands between or the header does
 * not end. */
static bool cut_entity(editing *edit, sm_bytes content)
{
    const sm_entity *entity = edit->entity;
    size_t length = 0;
    for (unsigned i = 0; i < entity->header_count; i++) {
        if (entity->headers[i].field.data != content.data + length)
            return false;
        length += entity->headers[i].field.length;
    }
    edit->head = sm_bytes_cut(content, 0, length);
    edit->tail = sm_bytes_from(content, length);
    sm_bytes empty_line = sm_bytes_cut(content, length, entity->head.length - length);
    edit->line_end = empty_line.length == 1 ? "\n" : "\r\n";
    return entity->head.length > length && sm_bytes_present(entity->body);
}

bool inspect_repair_entity(sm_bytes content, const inspect_repair *also, inspect_try try, void *context)
{
    sm_arena *arena = sm_arena_new();
    editing edit = {
        .arena = arena,
        .entity = sm_entity_parse(arena, content, SM_ENTITY_BARE_LF),
        .also = also,
        .try = try,
        .context = context,
    };
    bool done = cut_entity(&edit, content);
    if (done && edit.head.length > 0)
        done = drop_fields(&edit) || rewrite_fields(&edit) || drop_header(&edit) || repair_encoding(&edit) || restore_fields(&edit) ||
               reorder_fields(&edit);
    else if (done)
        done = restore_fields(&edit);
    sm_arena_free(arena);
    return done;
}
