/* What the tests of inspection, history and rules are given: the demonstration key ring, and the first SIP message of a demonstration
 * capture or a CMS fixture of tests/data/cms as a body. */
#pragma once

#include "inspect/inspect.h"

#include <string.h>

#define WATSON "Watson, come here - I want to see you.\r\n"
#define CAPTURE_TIME 1768471200 /* 2026-01-15T10:00:00Z */

static inline char *given_path(const char *folder, const char *name)
{
    return g_test_build_filename(G_TEST_DIST, "..", "..", folder, name, NULL);
}

static inline GBytes *given_file(const char *folder, const char *name)
{
    g_autofree char *path = given_path(folder, name);
    char *octets;
    gsize length;
    GError *error = NULL;
    g_file_get_contents(path, &octets, &length, &error);
    g_assert_no_error(error);
    return g_bytes_new_take(octets, length);
}

/* The whole demonstration ring with its anchor and its CRLs. */
static inline sm_keyring *given_ring(void)
{
    g_autofree char *ring = given_path("keys", "ring"), *trust = given_path("keys", "trust"), *crl = given_path("keys", "crl");
    sm_keyring *keys = sm_keyring_new();
    g_assert_cmpuint(sm_keyring_add_keys(keys, ring), >, 10);
    g_assert_cmpuint(sm_keyring_add_trust(keys, trust), ==, 1);
    g_assert_cmpuint(sm_keyring_add_crls(keys, crl), ==, 3);
    return keys;
}

/* A SIP message: header block and body. */
typedef struct given_message {
    GByteArray *head;
    GBytes *body;
    int64_t seconds; /* capture time */
} given_message;

static inline void given_free(given_message message)
{
    g_byte_array_unref(message.head);
    g_bytes_unref(message.body);
}

/* The first SIP request of a capture: the payloads of the first frame's sender, one after the other. */
static inline given_message given_capture(const char *name)
{
    g_autofree char *file = g_strconcat(name, ".pcap", NULL);
    g_autoptr(GBytes) bytes = given_file("captures", file);
    gsize length;
    const guint8 *octets = g_bytes_get_data(bytes, &length);
    g_autoptr(GByteArray) stream = g_byte_array_new();
    const guint8 *sender = octets + 24 + 16 + 14 + 12;
    guint32 seconds;
    memcpy(&seconds, octets + 24, 4);
    for (gsize at = 24; at + 16 <= length;) {
        guint32 kept;
        memcpy(&kept, octets + at + 8, 4);
        const guint8 *ip = octets + at + 16 + 14, *transport = ip + 20;
        const guint8 *payload = transport + (ip[9] == 17 ? 8 : (transport[12] >> 4) * 4);
        const guint8 *end = octets + at + 16 + kept;
        if (memcmp(ip + 12, sender, 4) == 0 && end > payload)
            g_byte_array_append(stream, payload, (guint)(end - payload));
        at += 16 + kept;
    }
    const char *head_end = g_strstr_len((const char *)stream->data, stream->len, "\r\n\r\n");
    const char *field = g_strstr_len((const char *)stream->data, stream->len, "Content-Length: ");
    g_assert_nonnull(head_end);
    g_assert_nonnull(field);
    gsize head = (gsize)(head_end + 4 - (const char *)stream->data), body = strtoul(field + 16, NULL, 10);
    g_assert_cmpuint(head + body, <=, stream->len);
    GByteArray *kept_head = g_byte_array_new();
    g_byte_array_append(kept_head, stream->data, (guint)head);
    return (given_message){kept_head, g_bytes_new(stream->data + head, body), seconds};
}

static const uint32_t given_frame = 1;

static inline sm_carrier given_sip_carrier(const given_message *message)
{
    return (sm_carrier){.kind = SM_CARRIER_SIP,
                        .transport = SM_TRANSPORT_UDP,
                        .frames = &given_frame,
                        .frame_count = 1,
                        .time = sm_moment_at(message->seconds, 0),
                        .source = "192.0.2.10:5060",
                        .destination = "198.51.100.20:5060",
                        .sip = {.head = sm_bytes_of(message->head->data, message->head->len)}};
}

/* A MESSAGE of Alice to Bob with this Content-Type and other fields ("Name: value\r\n"; NULL none) and these octets. */
static inline given_message given_said(const char *content_type, const char *more, const void *octets, gsize length)
{
    g_autofree char *head = g_strdup_printf("MESSAGE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKx\r\n"
                                            "From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.org>\r\nCall-ID: x\r\nCSeq: 1 MESSAGE\r\n"
                                            "Content-Type: %s\r\n%sContent-Length: %zu\r\n\r\n",
                                            content_type, more ? more : "", length);
    GByteArray *kept = g_byte_array_new();
    g_byte_array_append(kept, (const guint8 *)head, (guint)strlen(head));
    return (given_message){kept, g_bytes_new(octets, length), CAPTURE_TIME};
}

static inline given_message given_fixture(const char *content_type, const char *name)
{
    g_autoptr(GBytes) bytes = given_file("tests/data/cms", name);
    gsize length;
    const void *octets = g_bytes_get_data(bytes, &length);
    return given_said(content_type, NULL, octets, length);
}

static inline sm_settings given_settings(const sm_keyring *ring)
{
    return (sm_settings){.keyring = ring, .now = sm_moment_at(CAPTURE_TIME, 0)};
}

static inline sm_inspection *given_inspection(const sm_keyring *ring, const given_message *message)
{
    sm_settings settings = given_settings(ring);
    sm_carrier carrier = given_sip_carrier(message);
    return sm_inspect(&settings, &carrier, message->body);
}

/* Everything an inspection says, as text: two inspections are the same when their texts are. */

static inline void describe_verdict(GString *text, const char *name, sm_verdict verdict)
{
    g_string_append_printf(text, " %s=%s/%s/%s", name, sm_verdict_word(verdict.kind), sm_reason_word(verdict.reason),
                           verdict.detail ? verdict.detail : "");
}

static inline void describe_octets(GString *text, const sm_inspection *inspection, const char *name, sm_bytes octets)
{
    unsigned source = 0;
    size_t offset = 0;
    if (!sm_bytes_present(octets))
        g_string_append_printf(text, " %s=absent", name);
    else if (sm_inspection_locate(inspection, octets, &source, &offset))
        g_string_append_printf(text, " %s=%u:%zu+%zu", name, source, offset, octets.length);
    else
        g_string_append_printf(text, " %s=elsewhere+%zu", name, octets.length);
    g_autofree char *digest = g_compute_checksum_for_data(G_CHECKSUM_MD5, octets.data ? octets.data : (const guint8 *)"", octets.length);
    g_string_append_printf(text, "#%.8s", digest);
}

static inline char *describe(const sm_inspection *inspection)
{
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < inspection->source_count; i++) {
        g_string_append_printf(text, "source %u %s parent %d", i, inspection->sources[i].name, inspection->sources[i].parent);
        describe_octets(text, inspection, "octets", inspection->sources[i].octets);
        g_string_append_c(text, '\n');
    }
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_part *part = inspection->parts[i];
        g_string_append_printf(text, "part %u kind %d depth %u parent %d children %u layer %d inside %d signed %d encrypted %d", part->index, part->kind,
                               part->depth, part->parent ? (int)part->parent->index : -1, part->child_count,
                               part->layer ? (int)part->layer->index : -1, part->inside ? (int)part->inside->index : -1, part->is_signed,
                               part->is_encrypted);
        describe_verdict(text, "decoding", part->decoding);
        describe_octets(text, inspection, "content", part->content);
        g_string_append_printf(text, " tunnel %u cpim %s sdp %u\n", part->tunnel ? part->tunnel->differing : 0,
                               part->cpim && part->cpim->from_uri ? part->cpim->from_uri : "", part->sdp ? part->sdp->media_count : 0);
    }
    for (unsigned i = 0; i < inspection->layer_count; i++) {
        const sm_layer *layer = inspection->layers[i];
        g_string_append_printf(text, "layer %u depth %u outer %d part %u %s %s %s detached %d certificates %u+%u", layer->index, layer->depth,
                               layer->outer ? (int)layer->outer->index : -1, layer->part->index, layer->type_word, layer->media_type,
                               layer->smime_type ? layer->smime_type : "", layer->detached, layer->certificate_count,
                               layer->unreadable_certificates);
        describe_octets(text, inspection, "octets", layer->octets);
        describe_octets(text, inspection, "covered", layer->covered);
        describe_verdict(text, "structure", layer->cms->structure);
        describe_verdict(text, "opened", layer->opened);
        if (layer->decryption) {
            describe_verdict(text, "decryption", layer->decryption->verdict);
            g_string_append_printf(text, " %s by %s recipients %u", layer->decryption->algorithm,
                                   layer->decryption->key ? layer->decryption->key : "", layer->decryption->recipient_count);
        }
        g_string_append_c(text, '\n');
    }
    for (unsigned i = 0; i < inspection->signer_count; i++) {
        const sm_signer *signer = inspection->signers[i];
        g_string_append_printf(text, "signer %u layer %u %s", signer->index, signer->layer->index, signer->certificate ? signer->certificate->subject : "");
        describe_verdict(text, "signature", signer->signature->signature);
        describe_verdict(text, "digest", signer->signature->digest);
        describe_verdict(text, "path", signer->path_verdict);
        describe_verdict(text, "revocation", signer->revocation);
        describe_verdict(text, "capture", signer->valid_at_capture);
        describe_verdict(text, "signing", signer->valid_at_signing);
        describe_verdict(text, "now", signer->valid_now);
        describe_verdict(text, "valid", signer->valid);
        g_string_append_printf(text, " %s\n", signer->diagnosis ? signer->diagnosis : "");
    }
    for (unsigned i = 0; i < inspection->limit_count; i++)
        g_string_append_printf(text, "limit %s\n", inspection->limits[i]);
    g_string_append_printf(text, "content %d", inspection->content ? (int)inspection->content->index : -1);
    for (unsigned i = 0; i < sizeof inspection->content_sha256; i++)
        g_string_append_printf(text, "%02x", inspection->content_sha256[i]);
    return g_string_free(text, FALSE);
}
