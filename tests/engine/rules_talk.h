/* What the tests of rules share: findings on a conversation's messages by rule id, and S/MIME around content of the test's own. */
#pragma once

#include "history_talk.h"
#include "rules/rule.h"

#include <glib/gstdio.h>

/* The message of the only finding of that rule under that profile; NULL when there is none. More than one fails the test. */
static inline const char *found_under(const sm_conclusion *conclusion, sm_profile profile, const char *id)
{
    g_assert_nonnull(sm_rule_by_id(id));
    sm_rule_settings settings = {.profile = profile};
    sm_findings *findings = sm_rules_check(&settings, conclusion);
    const char *message = NULL;
    for (unsigned i = 0; i < findings->count; i++)
        if (g_str_equal(findings->items[i].rule->id, id)) {
            g_assert_null(message);
            message = g_intern_string(findings->items[i].message);
        }
    sm_findings_free(findings);
    return message;
}

static inline const char *found(const sm_conclusion *conclusion, const char *id)
{
    return found_under(conclusion, SM_PROFILE_RFC8591, id);
}

static inline bool is_undecided(const sm_conclusion *conclusion, const char *id)
{
    sm_rule_settings settings = {.profile = SM_PROFILE_RFC8591};
    sm_findings *findings = sm_rules_check(&settings, conclusion);
    bool undecided = false;
    for (unsigned i = 0; i < findings->not_evaluated_count; i++)
        undecided = undecided || g_str_equal(findings->not_evaluated[i], id);
    sm_findings_free(findings);
    return undecided;
}

/* All findings under the strict profile. */
static inline unsigned finding_count(const sm_conclusion *conclusion)
{
    sm_rule_settings settings = {.profile = SM_PROFILE_STRICT};
    sm_findings *findings = sm_rules_check(&settings, conclusion);
    unsigned count = findings->count;
    sm_findings_free(findings);
    return count;
}

#define CLEAR_SIGNED_TYPE "multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=b"

/* multipart/signed around an entity, with a signature that was made for something else: what is read of the content does not hang on that. */
static inline GBytes *clear_signed(const char *entity)
{
    sm_arena *arena = sm_arena_new();
    sm_bytes signature = interop_octets(arena, "signed/openssl-ecdsa-p256-sha256.p7s");
    g_autofree char *text = g_base64_encode(signature.data, signature.length);
    sm_arena_free(arena);
    char *body = g_strdup_printf("--b\r\n%s\r\n--b\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n--b--\r\n",
                                 entity, text);
    return g_bytes_new_take(body, strlen(body));
}

#define TEST_KEK "000102030405060708090a0b0c0d0e0f"

/* AuthEnvelopedData around an entity, by the openssl command, for the key of kek_ring(); NULL (and the test skipped) without that command. */
static inline GBytes *sealed(const char *entity)
{
    g_autofree char *in = NULL, *out = NULL;
    int in_file = g_file_open_tmp("sealed-XXXXXX", &in, NULL), out_file = g_file_open_tmp("sealed-XXXXXX", &out, NULL);
    g_assert_true(in_file >= 0 && out_file >= 0 && g_file_set_contents(in, entity, -1, NULL));
    g_autofree char *command = g_strdup_printf("openssl cms -encrypt -binary -outform DER -aes-128-gcm -secretkey " TEST_KEK " -secretkeyid 01 -in %s -out %s", in, out);
    int status = -1;
    char *octets = NULL;
    gsize length = 0;
    bool done = g_spawn_command_line_sync(command, NULL, NULL, &status, NULL) && status == 0 && g_file_get_contents(out, &octets, &length, NULL);
    g_close(in_file, NULL);
    g_close(out_file, NULL);
    g_unlink(in);
    g_unlink(out);
    if (!done)
        g_test_skip("no openssl command");
    return done ? g_bytes_new_take(octets, length) : NULL;
}

static inline sm_keyring *kek_ring(void)
{
    g_autofree char *folder = g_dir_make_tmp("ring-XXXXXX", NULL), *path = g_build_filename(folder, "test.kek", NULL);
    g_assert_true(g_file_set_contents(path, "id = 01\nkey = " TEST_KEK "\n", -1, NULL));
    sm_keyring *ring = sm_keyring_new();
    g_assert_cmpuint(sm_keyring_add_keys(ring, folder), ==, 1);
    g_unlink(path);
    g_rmdir(folder);
    return ring;
}

/* An MSRP SEND. */
static inline const sm_conclusion *send(conversation *talk, const char *type, GBytes *body, bool complete)
{
    sm_carrier carrier = {.kind = SM_CARRIER_MSRP,
                          .transport = SM_TRANSPORT_TCP,
                          .content_type = type,
                          .msrp = {.method = "SEND",
                                   .message_id = "m1",
                                   .from_path = "msrp://alice.example.com:7654/a;tcp",
                                   .to_path = "msrp://bob.example.org:7654/b;tcp",
                                   .chunks = 1,
                                   .complete = complete}};
    return conclude(talk, &carrier, body);
}
