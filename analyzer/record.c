/* Record: see record.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "record.h"

#include "message_json.h"
#include "message_text.h"
#include "output.h"

#include <errno.h>

/* number, frames (first, last, count), carrier; time, transport, source, destination, method, from, to; smime, layers, verdicts with their reasons,
 * signer, summary; content (present, type, length); findings (rule, severity, message, layer); json */
#define RECORD_TYPE "(uuuuy(sssssss)(bsa(yy)ss)(bst)a(sysi)s)"
#define VERDICT_COUNT 3

static const char *layers_text(sm_arena *arena, const sm_inspection *inspection)
{
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < inspection->layer_count; i++)
        g_string_append_printf(text, "%s%s", i ? "+" : "", inspection->layers[i]->type_word);
    const char *kept = sm_arena_strdup(arena, text->str);
    g_string_free(text, TRUE);
    return kept;
}

static GVariant *verdicts_of(const sm_conclusion *conclusion)
{
    const sm_verdict *verdicts[VERDICT_COUNT] = {&conclusion->signed_, &conclusion->encrypted,
                                                 &conclusion->identity};
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(yy)"));
    for (unsigned i = 0; i < VERDICT_COUNT; i++)
        g_variant_builder_add(&builder, "(yy)", (guchar)verdicts[i]->kind, (guchar)verdicts[i]->reason);
    return g_variant_builder_end(&builder);
}

static GVariant *findings_of(sm_arena *arena, const sm_findings *findings)
{
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(sysi)"));
    for (unsigned i = 0; i < findings->count; i++) {
        const sm_finding *finding = &findings->items[i];
        g_variant_builder_add(&builder, "(sysi)", finding->rule->id, (guchar)finding->severity,
                              audit_shown(arena, finding->message),
                              finding->layer ? (gint32)finding->layer->index : -1);
    }
    return g_variant_builder_end(&builder);
}

static GVariant *pack(sm_arena *arena, const smime_tap_message *message, const char *json)
{
    const sm_conclusion *conclusion = message->conclusion;
    const sm_inspection *inspection = conclusion->inspection;
    const sm_carrier *carrier = inspection->carrier;
    const sm_part *content = inspection->content;
    audit_parties parties = audit_parties_of(arena, conclusion);
    uint32_t first = carrier->frame_count ? carrier->frames[0] : 0;
    uint32_t last = carrier->frame_count ? carrier->frames[carrier->frame_count - 1] : 0;
    return g_variant_new(
        "(uuuuy(sssssss)(bs@a(yy)ss)(bst)@a(sysi)s)", message->number, first, last, carrier->frame_count,
        (guchar)carrier->kind, audit_time_text(arena, carrier->time), sm_transport_word(carrier->transport),
        audit_shown(arena, carrier->source), audit_shown(arena, carrier->destination),
        audit_shown(arena, parties.method), audit_shown(arena, parties.from), audit_shown(arena, parties.to),
        (gboolean)sm_inspection_is_smime(inspection), layers_text(arena, inspection), verdicts_of(conclusion),
        audit_shown(arena, conclusion->signer), audit_shown(arena, conclusion->summary),
        (gboolean)(content != NULL), audit_shown(arena, content ? audit_content_type(content) : NULL),
        (guint64)(content ? content->content.length : 0), findings_of(arena, message->findings), json);
}

bool audit_record_write(int descriptor, const smime_tap_message *message, const char *file, bool with_json)
{
    sm_arena *arena = sm_arena_new();
    char *json = with_json ? audit_message_json(arena, message, file) : NULL;
    GVariant *record = g_variant_ref_sink(pack(arena, message, json ? json : ""));
    guint64 length = g_variant_get_size(record);
    errno = EFBIG; /* unless it is written */
    bool good = length <= AUDIT_RECORD_OCTETS_MAX && audit_write_all(descriptor, &length, sizeof length) &&
                audit_write_all(descriptor, g_variant_get_data(record), (size_t)length);
    g_variant_unref(record);
    g_free(json);
    sm_arena_free(arena);
    return good;
}

/* Reading */

static audit_verdict verdict_at(GVariant *verdicts, gsize index)
{
    guchar kind = 0, reason = 0;
    if (index < g_variant_n_children(verdicts))
        g_variant_get_child(verdicts, index, "(yy)", &kind, &reason);
    audit_verdict verdict = {(sm_verdict_kind)MIN(kind, SM_PASS),
                             (sm_reason)MIN(reason, SM_REASON_OPEN_FAILED)};
    return verdict;
}

static void read_findings(audit_record *record, GVariant *findings)
{
    record->finding_count = (unsigned)g_variant_n_children(findings);
    record->findings = g_new0(audit_finding, record->finding_count);
    for (unsigned i = 0; i < record->finding_count; i++) {
        audit_finding *finding = &record->findings[i];
        GVariant *item = g_variant_get_child_value(findings, i);
        guchar severity;
        gint32 layer;
        g_variant_get(item, "(&sy&si)", &finding->rule, &severity, &finding->message,
                      &layer); /* texts of the record's own octets */
        finding->severity = (sm_severity)MIN(severity, SM_SEVERITY_ERROR);
        finding->layer = layer;
        g_variant_unref(item);
    }
}

static audit_record *unpack(GVariant *owner)
{
    audit_record *record = g_new0(audit_record, 1);
    record->owner = owner;
    guchar carrier;
    gboolean smime, has_content;
    GVariant *verdicts, *findings;
    g_variant_get(owner, "(uuuuy(&s&s&s&s&s&s&s)(b&s@a(yy)&s&s)(b&st)@a(sysi)&s)", &record->number,
                  &record->first_frame, &record->last_frame, &record->frame_count, &carrier, &record->time,
                  &record->transport, &record->source, &record->destination, &record->method, &record->from,
                  &record->to, &smime, &record->layers, &verdicts, &record->signer, &record->summary,
                  &has_content, &record->content_type, &record->content_length, &findings, &record->json);
    record->carrier = carrier == SM_CARRIER_MSRP ? SM_CARRIER_MSRP : SM_CARRIER_SIP;
    record->smime = smime;
    record->has_content = has_content;
    record->signed_ = verdict_at(verdicts, 0);
    record->encrypted = verdict_at(verdicts, 1);
    record->identity = verdict_at(verdicts, 2);
    read_findings(record, findings);
    g_variant_unref(verdicts);
    g_variant_unref(findings);
    return record;
}

audit_record *audit_record_read(FILE *stream)
{
    guint64 length;
    if (fread(&length, sizeof length, 1, stream) != 1 || length == 0 || length > AUDIT_RECORD_OCTETS_MAX)
        return NULL;
    char *octets = g_try_malloc((gsize)length);
    if (!octets || fread(octets, 1, (size_t)length, stream) != length) {
        g_free(octets);
        return NULL;
    }
    GBytes *bytes = g_bytes_new_take(octets, (gsize)length);
    GVariant *owner = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(RECORD_TYPE), bytes, FALSE));
    g_bytes_unref(bytes);
    return unpack(owner);
}

void audit_record_free(audit_record *record)
{
    if (!record)
        return;
    g_free(record->findings);
    g_variant_unref(record->owner);
    g_free(record);
}

bool audit_record_is_unevaluated(const audit_record *record)
{
    return record->smime &&
           (record->signed_.kind == SM_NOT_EVALUATED || record->encrypted.kind == SM_NOT_EVALUATED ||
            record->identity.kind == SM_NOT_EVALUATED);
}
