/* Instant message disposition notification: see imdn.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "mime/imdn.h"

#include "base/bounds.h"

typedef struct reader {
    sm_arena *arena;
    sm_imdn *imdn;
    const char **text; /* what the element that is open fills; NULL for none of ours */
    bool in_status;
} reader;

static const char *local_name(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon ? colon + 1 : name;
}

static const char **text_of(sm_imdn *imdn, const char *name)
{
    if (g_str_equal(name, "message-id"))
        return &imdn->message_id;
    if (g_str_equal(name, "datetime"))
        return &imdn->date_time;
    if (g_str_equal(name, "recipient-uri"))
        return &imdn->recipient;
    if (g_str_equal(name, "original-recipient-uri"))
        return &imdn->original_recipient;
    return NULL;
}

static const char *notification_of(const char *name)
{
    static const char *const known[][2] = {
        {"delivery-notification", "delivery"}, {"display-notification", "display"}, {"processing-notification", "processing"}};
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_str_equal(name, known[i][0]))
            return known[i][1];
    return NULL;
}

static void start_element(GMarkupParseContext *context, const char *element, const char **names, const char **values, void *user, GError **error)
{
    (void)context, (void)names, (void)values, (void)error;
    reader *in = user;
    const char *name = local_name(element);
    in->text = text_of(in->imdn, name);
    if (in->text && *in->text)
        in->text = NULL; /* the first one counts */
    if (in->in_status && !in->imdn->status)
        in->imdn->status = sm_arena_strdup(in->arena, name);
    if (!in->imdn->notification)
        in->imdn->notification = notification_of(name);
    in->in_status = in->in_status || g_str_equal(name, "status");
}

static void end_element(GMarkupParseContext *context, const char *element, void *user, GError **error)
{
    (void)context, (void)error;
    reader *in = user;
    in->text = NULL;
    if (g_str_equal(local_name(element), "status"))
        in->in_status = false;
}

static void element_text(GMarkupParseContext *context, const char *text, gsize length, void *user, GError **error)
{
    (void)context, (void)error;
    reader *in = user;
    if (!in->text || *in->text)
        return;
    g_autofree char *trimmed = g_strstrip(g_strndup(text, length));
    if (*trimmed)
        *in->text = sm_arena_strdup(in->arena, trimmed);
}

const sm_imdn *sm_imdn_parse(sm_arena *arena, sm_bytes document)
{
    static const GMarkupParser callbacks = {start_element, end_element, element_text, NULL, NULL};
    sm_imdn *imdn = sm_arena_new0(arena, sm_imdn);
    if (document.length > SM_LIMIT_IMDN_OCTETS) {
        imdn->fault = "a notification of more than " G_STRINGIFY(SM_LIMIT_IMDN_OCTETS) " octets";
        imdn->limit = true;
        return imdn;
    }
    reader in = {arena, imdn, NULL, false};
    g_autoptr(GError) error = NULL;
    GMarkupParseContext *context = g_markup_parse_context_new(&callbacks, 0, &in, NULL);
    if (!g_markup_parse_context_parse(context, (const char *)document.data, (gssize)document.length, &error) ||
        !g_markup_parse_context_end_parse(context, &error))
        imdn->fault = sm_arena_printf(arena, "no well-formed XML: %s", error->message);
    else if (!imdn->message_id)
        imdn->fault = "no message-id";
    g_markup_parse_context_free(context);
    return imdn;
}
