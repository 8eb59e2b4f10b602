/* Common Profile for Instant Messaging, and disposition notifications: see cpim_dissector.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cpim_dissector.h"

#include "base/bounds.h"
#include "mime/cpim.h"
#include "mime/imdn.h"
#include "mime/transfer_encoding.h"

#include <epan/exceptions.h>
#include <epan/expert.h>
#include <epan/proto_data.h>

static int proto_cpim = -1;
static int hf_cpim_from = -1, hf_cpim_to = -1, hf_cpim_datetime = -1, hf_cpim_subject = -1;
static int hf_cpim_header = -1, hf_cpim_header_name = -1, hf_cpim_header_value = -1, hf_cpim_header_namespace = -1, hf_cpim_header_language = -1;
static int hf_cpim_content_header = -1;
static int hf_cpim_imdn_message_id = -1, hf_cpim_imdn_disposition_notification = -1;
static int ett_cpim = -1, ett_cpim_header = -1;
static expert_field ei_cpim_fault = EI_INIT;

static int proto_imdn = -1;
static int hf_imdn_original_message_id = -1, hf_imdn_datetime = -1, hf_imdn_recipient = -1, hf_imdn_original_recipient = -1;
static int hf_imdn_notification = -1, hf_imdn_status = -1;
static int ett_imdn = -1;
static expert_field ei_imdn_fault = EI_INIT;

static dissector_handle_t cpim_handle, imdn_handle, xml_handle;

/* ---- Message/CPIM ------------------------------------------------------------------------------------------------ */

/* The field that a header has of its own, beside its line; -1 for others. */
static int field_of(const sm_cpim_header *header)
{
    static const struct {
        const char *namespace_, *name;
        const int *field;
    } known[] = {
        {"urn:ietf:params:cpim-headers:", "From", &hf_cpim_from},
        {"urn:ietf:params:cpim-headers:", "To", &hf_cpim_to},
        {"urn:ietf:params:cpim-headers:", "DateTime", &hf_cpim_datetime},
        {"urn:ietf:params:cpim-headers:", "Subject", &hf_cpim_subject},
        {"urn:ietf:params:imdn", "Message-ID", &hf_cpim_imdn_message_id},
        {"urn:ietf:params:imdn", "Disposition-Notification", &hf_cpim_imdn_disposition_notification},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (header->namespace_ && g_str_equal(header->namespace_, known[i].namespace_) && g_str_equal(header->name, known[i].name))
            return *known[i].field;
    return -1;
}

/* "Subject: Come here", by the header's own field or that of any header. */
static void add_header(proto_tree *tree, tvbuff_t *tvb, const uint8_t *octets, const sm_cpim_header *header)
{
    int start = (int)(header->field.data - octets), length = (int)header->field.length;
    int own = field_of(header);
    const char *value = header->value ? header->value : "";
    proto_item *item = proto_tree_add_string_format(tree, own >= 0 ? own : hf_cpim_header, tvb, start, length, value, "%s%s%s: %s", header->prefix,
                                                    *header->prefix ? "." : "", header->name, value);
    proto_tree *inside = proto_item_add_subtree(item, ett_cpim_header);
    proto_tree_add_string(inside, hf_cpim_header_name, tvb, start, length, header->name);
    proto_tree_add_string(inside, hf_cpim_header_value, tvb, start, length, value);
    if (header->namespace_)
        proto_item_set_generated(proto_tree_add_string(inside, hf_cpim_header_namespace, tvb, start, length, header->namespace_));
    if (header->language)
        proto_tree_add_string(inside, hf_cpim_header_language, tvb, start, length, header->language);
}

/* What is handed to the dissector of the content, out of the arena. */
typedef struct content {
    const char *media_type, *parameters;
    tvbuff_t *tvb; /* NULL when nothing was captured of it */
} content;

static tvbuff_t *content_buffer(tvbuff_t *tvb, packet_info *pinfo, sm_arena *arena, const uint8_t *octets, const sm_entity *entity)
{
    if (!sm_bytes_present(entity->body))
        return NULL;
    sm_decoded plain = sm_transfer_decode(arena, entity->body, entity->encoding);
    if (!plain.copied || plain.fault)
        return tvb_new_subset_remaining(tvb, (int)(entity->body.data - octets));
    tvbuff_t *decoded = tvb_new_child_real_data(tvb, wmem_memdup(pinfo->pool, plain.octets.data, plain.octets.length), (unsigned)plain.octets.length,
                                                (int)plain.octets.length);
    add_new_data_source(pinfo, decoded, "Decoded message/cpim content");
    return decoded;
}

static content add_content_headers(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, sm_arena *arena, const uint8_t *octets, const sm_entity *entity)
{
    for (unsigned i = 0; i < entity->header_count; i++) {
        const sm_header *header = &entity->headers[i];
        proto_tree_add_string_format(tree, hf_cpim_content_header, tvb, (int)(header->field.data - octets), (int)header->field.length, header->value,
                                     "%s: %s", header->name, header->value);
    }
    const sm_header *type = sm_entity_header(entity, "Content-Type");
    const char *parameters = type ? strchr(type->value, ';') : NULL;
    return (content){
        .media_type = wmem_strdup(pinfo->pool, entity->content_type ? entity->content_type->text : "text/plain"), /* RFC 2045 5.2 */
        .parameters = wmem_strdup(pinfo->pool, parameters ? parameters + 1 : ""),
        .tvb = content_buffer(tvb, pinfo, arena, octets, entity),
    };
}

static void dissect_content(const content *inner, packet_info *pinfo, proto_tree *tree)
{
    if (!inner->tvb)
        return;
    compat_media_content_info_t info = {COMPAT_MEDIA_CONTAINER_OTHER, inner->parameters, NULL, NULL};
    const char *saved = pinfo->match_string;
    if (!compat_dissector_try_string(find_dissector_table("media_type"), inner->media_type, inner->tvb, pinfo, tree, &info))
        call_data_dissector(inner->tvb, pinfo, tree);
    pinfo->match_string = saved;
}

/* CPIM messages around the one being dissected: hostile input nests them without end, and each takes stack. */
#define DEPTH_KEY 0

static unsigned depth_of(packet_info *pinfo)
{
    return GPOINTER_TO_UINT(p_get_proto_data(pinfo->pool, pinfo, proto_cpim, DEPTH_KEY));
}

static void set_depth(packet_info *pinfo, unsigned depth)
{
    p_remove_proto_data(pinfo->pool, pinfo, proto_cpim, DEPTH_KEY);
    p_add_proto_data(pinfo->pool, pinfo, proto_cpim, DEPTH_KEY, GUINT_TO_POINTER(depth));
}

static int dissect_cpim(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    (void)data;
    int length = (int)tvb_captured_length(tvb);
    const unsigned depth = depth_of(pinfo);
    if (length == 0 || depth >= SM_LIMIT_MIME_DEPTH)
        return 0;
    const uint8_t *octets = tvb_get_ptr(tvb, 0, length);
    sm_arena *arena = sm_arena_new();
    const sm_cpim *cpim = sm_cpim_parse(arena, sm_bytes_of(octets, (size_t)length));

    proto_item *item = proto_tree_add_item(tree, proto_cpim, tvb, 0, -1, ENC_NA);
    proto_tree *inside = proto_item_add_subtree(item, ett_cpim);
    for (unsigned i = 0; i < cpim->header_count; i++)
        add_header(inside, tvb, octets, &cpim->headers[i]);
    if (cpim->fault && tvb_reported_length(tvb) == (unsigned)length)
        expert_add_info_format(pinfo, item, &ei_cpim_fault, "%s", cpim->fault);
    content inner = {0};
    if (cpim->content)
        inner = add_content_headers(tvb, pinfo, inside, arena, octets, cpim->content);
    sm_arena_free(arena); /* before anything that may throw */
    set_depth(pinfo, depth + 1);
    TRY
    {
        dissect_content(&inner, pinfo, inside);
    }
    FINALLY
    {
        set_depth(pinfo, depth);
    }
    ENDTRY;
    return length;
}

/* ---- Disposition notifications ------------------------------------------------------------------------------------- */

static int dissect_imdn(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    (void)data;
    int length = (int)tvb_captured_length(tvb);
    if (length == 0)
        return 0;
    sm_arena *arena = sm_arena_new();
    const sm_imdn *imdn = sm_imdn_parse(arena, sm_bytes_of(tvb_get_ptr(tvb, 0, length), (size_t)length));
    proto_item *item = proto_tree_add_item(tree, proto_imdn, tvb, 0, -1, ENC_NA);
    proto_tree *inside = proto_item_add_subtree(item, ett_imdn);
    if (imdn->status && imdn->message_id)
        proto_item_append_text(item, ": %s %s", imdn->message_id, imdn->status);
    const struct {
        int field;
        const char *value;
    } texts[] = {
        {hf_imdn_original_message_id, imdn->message_id}, {hf_imdn_datetime, imdn->date_time}, {hf_imdn_recipient, imdn->recipient},
        {hf_imdn_original_recipient, imdn->original_recipient}, {hf_imdn_notification, imdn->notification}, {hf_imdn_status, imdn->status},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        if (texts[i].value)
            proto_tree_add_string(inside, texts[i].field, tvb, 0, length, texts[i].value);
    if (imdn->fault && tvb_reported_length(tvb) == (unsigned)length)
        expert_add_info_format(pinfo, item, &ei_imdn_fault, "%s", imdn->fault);
    sm_arena_free(arena);
    if (xml_handle)
        call_dissector(xml_handle, tvb, pinfo, inside);
    return length;
}

/* ---- Registration -------------------------------------------------------------------------------------------------- */

dissector_handle_t smime_cpim_handle(const char *media_type)
{
    if (g_str_equal(media_type, "message/cpim"))
        return cpim_handle;
    if (g_str_equal(media_type, "message/imdn+xml"))
        return imdn_handle;
    return NULL;
}

#define TEXT(variable, title, filter, blurb) {&variable, {title, filter, FT_STRING, BASE_NONE, NULL, 0, blurb, HFILL}}

static void register_cpim(void)
{
    static hf_register_info fields[] = {
        TEXT(hf_cpim_from, "From", "cpim.from", NULL),
        TEXT(hf_cpim_to, "To", "cpim.to", NULL),
        TEXT(hf_cpim_datetime, "DateTime", "cpim.datetime", NULL),
        TEXT(hf_cpim_subject, "Subject", "cpim.subject", NULL),
        TEXT(hf_cpim_header, "Header", "cpim.header", "Any other header field"),
        TEXT(hf_cpim_header_name, "Name", "cpim.header.name", NULL),
        TEXT(hf_cpim_header_value, "Value", "cpim.header.value", "Escapes undone"),
        TEXT(hf_cpim_header_namespace, "Namespace", "cpim.header.namespace", "The URI that an NS header field binds to the prefix"),
        TEXT(hf_cpim_header_language, "Language", "cpim.header.language", NULL),
        TEXT(hf_cpim_content_header, "Content header", "cpim.content.header", "Header field of the MIME entity inside"),
        TEXT(hf_cpim_imdn_message_id, "IMDN Message-ID", "imdn.message_id", "Of this message, for notifications to name it (RFC 5438)"),
        TEXT(hf_cpim_imdn_disposition_notification, "Disposition-Notification", "imdn.disposition_notification", "Notifications asked for"),
    };
    static int *const subtrees[] = {&ett_cpim, &ett_cpim_header};
    static ei_register_info experts[] = {
        {&ei_cpim_fault, {"cpim.expert.fault", PI_PROTOCOL, PI_WARN, "Not as RFC 3862 has it", EXPFILL}},
    };
    proto_cpim = proto_register_protocol("Common Profile for Instant Messaging (RFC 3862)", "CPIM", "cpim");
    proto_register_field_array(proto_cpim, fields, array_length(fields));
    proto_register_subtree_array(subtrees, array_length(subtrees));
    expert_register_field_array(expert_register_protocol(proto_cpim), experts, array_length(experts));
    cpim_handle = register_dissector("cpim", dissect_cpim, proto_cpim);
}

static void register_imdn(void)
{
    static hf_register_info fields[] = {
        TEXT(hf_imdn_original_message_id, "Original Message-ID", "imdn.original_message_id", "The message that the notification speaks of"),
        TEXT(hf_imdn_datetime, "DateTime", "imdn.datetime", "Of that message"),
        TEXT(hf_imdn_recipient, "Recipient", "imdn.recipient", NULL),
        TEXT(hf_imdn_original_recipient, "Original recipient", "imdn.original_recipient", NULL),
        TEXT(hf_imdn_notification, "Notification", "imdn.notification", "delivery, display or processing"),
        TEXT(hf_imdn_status, "Status", "imdn.status", NULL),
    };
    static int *const subtrees[] = {&ett_imdn};
    static ei_register_info experts[] = {
        {&ei_imdn_fault, {"imdn.expert.fault", PI_PROTOCOL, PI_WARN, "Not as RFC 5438 has it", EXPFILL}},
    };
    proto_imdn = proto_register_protocol("Instant Message Disposition Notification (RFC 5438)", "IMDN", "imdn");
    proto_register_field_array(proto_imdn, fields, array_length(fields));
    proto_register_subtree_array(subtrees, array_length(subtrees));
    expert_register_field_array(expert_register_protocol(proto_imdn), experts, array_length(experts));
    imdn_handle = register_dissector("imdn", dissect_imdn, proto_imdn);
}

void smime_cpim_register(void)
{
    register_cpim();
    register_imdn();
}

void smime_cpim_handoff(void)
{
    xml_handle = find_dissector("xml");
}
