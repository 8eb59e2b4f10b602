/* What the matrix tests share: the fixtures of independent producers as bodies of SIP messages, through sm_inspect() and
 * history to the conclusion that users see. */
#pragma once

#include "cms_interop.h"
#include "history/history.h"

#include <glib.h>
#include <openssl/crypto.h>

/* A message as it is carried. */
typedef struct matrix_body {
    GBytes *octets;
    const char *content_type; /* a literal */
    size_t cms_start;         /* where the CMS octets stand in it */
    size_t cms_length;
} matrix_body;

static inline void matrix_body_clear(matrix_body *body)
{
    g_bytes_unref(body->octets);
}

/* The innermost content's body: content.txt without its header. */
#define MATRIX_CONTENT "Lunch at noon? \xe2\x82\xac 12.50 each.\r\n"

#define MATRIX_BOUNDARY "-- a boundary"

static inline const char *matrix_media_type(sm_cms_type type)
{
    switch (type) {
    case SM_CMS_ENVELOPED:
        return "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m";
    case SM_CMS_AUTH_ENVELOPED:
        return "application/pkcs7-mime; smime-type=authEnveloped-data; name=smime.p7m";
    case SM_CMS_COMPRESSED:
        return "application/pkcs7-mime; smime-type=compressed-data; name=smime.p7z";
    default:
        return "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m";
    }
}

/* A detached signature (.p7s) goes into a multipart/signed with content.txt, anything else is the body itself. */
static inline matrix_body matrix_body_of(const char *name)
{
    sm_arena *arena = sm_arena_new();
    sm_bytes cms = interop_octets(arena, name);
    matrix_body body = {.cms_length = cms.length};
    if (g_str_has_suffix(name, ".p7s")) {
        sm_bytes content = interop_content(arena);
        static const char part[] =
            "\r\n--" MATRIX_BOUNDARY "\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n"
            "Content-Transfer-Encoding: binary\r\n\r\n";
        GByteArray *joined = g_byte_array_new();
        g_byte_array_append(joined, (const guint8 *)"--" MATRIX_BOUNDARY "\r\n",
                            sizeof("--" MATRIX_BOUNDARY "\r\n") - 1);
        g_byte_array_append(joined, content.data, (guint)content.length);
        g_byte_array_append(joined, (const guint8 *)part, sizeof(part) - 1);
        body.cms_start = joined->len;
        g_byte_array_append(joined, cms.data, (guint)cms.length);
        g_byte_array_append(joined, (const guint8 *)"\r\n--" MATRIX_BOUNDARY "--\r\n",
                            sizeof("\r\n--" MATRIX_BOUNDARY "--\r\n") - 1);
        body.octets = g_byte_array_free_to_bytes(joined);
        body.content_type =
            "multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=\"" MATRIX_BOUNDARY
            "\"";
    } else {
        body.octets = g_bytes_new(cms.data, cms.length);
        body.content_type = matrix_media_type(sm_cms_parse(arena, cms)->type);
    }
    sm_arena_free(arena);
    return body;
}

/* The keys the fixtures were made with, their password, and their CA as the anchor. */
static inline sm_keyring *matrix_ring(void)
{
    sm_keyring *ring = sm_keyring_new();
    static const char *const folders[] = {"keys/ring", "keys/pqc"};
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = interop_path(folders[i]);
        sm_keyring_add_keys(ring, path);
    }
    g_autofree char *anchor = interop_path("keys/other/ca.cert.pem");
    g_assert_cmpuint(sm_keyring_add_trust(ring, anchor), ==, 1);
    sm_keyring_add_password(ring, NULL, "correct horse");
    return ring;
}

static inline sm_inspection *matrix_inspect(GBytes *octets, const char *content_type, const sm_keyring *ring,
                                            size_t missing)
{
    static const uint32_t frame = 1;
    const sm_moment time = sm_moment_from_civil(2026, 12, 1, 12, 0, 0);
    sm_settings settings = {
        .keyring = ring, .time_choice = SM_TIME_CAPTURE, .now = time, .password_recipients = true};
    sm_carrier carrier = {
        .kind = SM_CARRIER_SIP,
        .transport = SM_TRANSPORT_TCP,
        .frames = &frame,
        .frame_count = 1,
        .time = time,
        .source = "192.0.2.1:5060",
        .destination = "192.0.2.2:5060",
        .content_type = content_type,
        .missing = missing,
        .sip = {.method = "MESSAGE",
                .call_id = "matrix",
                .from = "<sip:p256@example.org>;tag=1",
                .to = "<sip:bob@example.org>",
                .request_uri = "sip:bob@example.org",
                .cseq = 1},
    };
    return sm_inspect(&settings, &carrier, octets);
}

/* The inspection's conclusion, without a history. The inspection's reference is taken. */
typedef struct matrix_result {
    sm_history *history;
    const sm_conclusion *conclusion;
    const sm_inspection *inspection;
} matrix_result;

static inline matrix_result matrix_conclude(GBytes *octets, const char *content_type, const sm_keyring *ring,
                                            size_t missing)
{
    matrix_result result = {.history = sm_history_new()};
    sm_inspection *inspection = matrix_inspect(octets, content_type, ring, missing);
    result.conclusion = sm_history_conclude(result.history, inspection);
    result.inspection = result.conclusion->inspection;
    sm_inspection_unref(inspection);
    return result;
}

static inline void matrix_result_clear(matrix_result *result)
{
    sm_history_free(result->history);
}

static inline void matrix_say(const char *name, const char *what, sm_verdict verdict)
{
    g_test_message("%s: %s %s %s: %s", name, what, sm_verdict_word(verdict.kind),
                   sm_reason_word(verdict.reason), verdict.detail ? verdict.detail : "");
}

static inline void matrix_assert(const char *name, const char *what, sm_verdict actual, sm_verdict_kind kind,
                                 sm_reason reason)
{
    matrix_say(name, what, actual);
    if (actual.kind != kind || actual.reason != reason)
        g_error("%s: %s is %s %s (%s), not %s %s", name, what, sm_verdict_word(actual.kind),
                sm_reason_word(actual.reason), actual.detail ? actual.detail : "", sm_verdict_word(kind),
                sm_reason_word(reason));
}

/* The folders of the fixtures. */
static const char *const matrix_folders[] = {"signed", "enveloped", "compressed", "nested", "empty", "pqc"};

/* Every fixture's name ("signed/bc-ed25519.p7m"); release with g_ptr_array_unref(). */
static inline GPtrArray *matrix_fixtures(void)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(matrix_folders); i++) {
        g_autoptr(GPtrArray) names = interop_files(matrix_folders[i]);
        for (guint j = 0; j < names->len; j++)
            g_ptr_array_add(all, g_strdup(names->pdata[j]));
    }
    return all;
}

/* Whether the OpenSSL that runs has the post-quantum algorithms. */
static inline bool matrix_has_post_quantum(void)
{
    unsigned long version = OpenSSL_version_num();
    return version >= 0x30500000UL;
}
