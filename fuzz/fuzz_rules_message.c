/* A whole message, from octets to findings: walked, its signatures judged, what fails explained, the rules run. The first line is its
 * Content-Type, the rest its body. Without trust anchors nothing may pass as signed, and the same octets always come to the same. */

#include "rules/rule.h"

#include <glib.h>
#include <glib/gstdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define KEK "id = 01\nkey = 000102030405060708090a0b0c0d0e0f\n"

/* One key, so that envelopes for it open. Lives as long as the program. */
static const sm_keyring *ring(void)
{
    static sm_keyring *kept;
    if (!kept) {
        g_autofree char *folder = g_dir_make_tmp("ring-XXXXXX", NULL), *path = g_build_filename(folder, "test.kek", NULL);
        kept = sm_keyring_new();
        g_assert_true(g_file_set_contents(path, KEK, -1, NULL) && sm_keyring_add_keys(kept, folder) == 1);
        g_unlink(path);
        g_rmdir(folder);
    }
    return kept;
}

static void check_layers(const sm_inspection *inspection)
{
    for (unsigned i = 0; i < inspection->layer_count; i++) {
        const sm_layer *layer = inspection->layers[i];
        g_assert(layer->cms && layer->type_word && layer->media_type && layer->index == i);
        g_assert(layer->opened.kind == SM_PASS || layer->opened.detail || layer->opened.reason != SM_REASON_NONE);
        g_assert(!layer->content || layer->content->inside == layer || layer->cms->structure.kind != SM_PASS);
    }
    for (unsigned i = 0; i < inspection->signer_count; i++) {
        const sm_signature *signature = inspection->signers[i]->signature;
        g_assert(signature->digest_algorithm && signature->signature_algorithm);
        g_assert(signature->signature.kind != SM_PASS || signature->certificate);
        g_assert(signature->signature.kind == SM_PASS || signature->signature.detail);
        g_assert(inspection->signers[i]->path_verdict.kind != SM_PASS);
    }
}

/* What a person is told, as one text. */
static char *told(GBytes *body, const char *content_type)
{
    sm_settings settings = {.keyring = ring(), .now = sm_moment_at(1768471200, 0)};
    sm_carrier carrier = {.kind = SM_CARRIER_SIP, .transport = SM_TRANSPORT_UDP, .content_type = content_type, .time = settings.now};
    sm_inspection *inspection = sm_inspect(&settings, &carrier, body);
    check_layers(inspection);
    sm_history *history = sm_history_new();
    const sm_conclusion *conclusion = sm_history_conclude(history, inspection);
    g_assert(conclusion->signed_.kind != SM_PASS);
    sm_rule_settings rules = {.profile = SM_PROFILE_STRICT};
    sm_findings *findings = sm_rules_check(&rules, conclusion);
    GString *text = g_string_new(conclusion->summary);
    for (unsigned i = 0; i < findings->count; i++)
        g_string_append_printf(text, "\n%s %s", findings->items[i].rule->id, findings->items[i].message);
    sm_findings_free(findings);
    sm_history_free(history);
    sm_inspection_unref(inspection);
    return g_string_free(text, FALSE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
    size_t line = end ? (size_t)(end - data) : 0;
    g_autofree char *content_type = end ? g_strndup((const char *)data, line) : g_strdup("application/pkcs7-mime");
    g_autoptr(GBytes) body = end ? g_bytes_new(end + 1, size - line - 1) : g_bytes_new(data, size);
    g_autofree char *once = told(body, content_type), *again = told(body, content_type);
    g_assert_cmpstr(once, ==, again);
    return 0;
}
