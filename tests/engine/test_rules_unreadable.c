/* Rules on what cannot be read: damaged CMS, failed decryption, missing octets and missing keys, each told from the others. */

#include "rules_talk.h"

static const char *const all[] = {"SMIME-WRAP-016", "SMIME-ENC-011", "SMIME-ENC-016", "SMIME-CAP-001", "SMIME-CAP-002"};

/* Only this one of them reports. */
static const char *only(const sm_conclusion *conclusion, const char *id)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(all); i++)
        if (!id || !g_str_equal(all[i], id))
            g_assert_null(found(conclusion, all[i]));
    return id ? found(conclusion, id) : NULL;
}

static GBytes *first_octets(GBytes *body, size_t octets)
{
    GBytes *cut = g_bytes_new_from_bytes(body, 0, octets);
    g_bytes_unref(body);
    return cut;
}

static void test_structure(void)
{
    const char *id = "SMIME-WRAP-016";
    conversation talk = talk_begin(interop_ring("keys/ring"));
    only(say(&talk, (said){.cseq = 1, .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)}), NULL);
    g_assert_true(g_str_has_prefix(only(say(&talk, (said){.cseq = 2, .type = SIGNED_TYPE, .text = "no CMS at all"}), id),
                                   "application/pkcs7-mime holds no readable CMS: "));
    const sm_conclusion *shortened = say(&talk, (said){.cseq = 3, .type = SIGNED_TYPE, .body = first_octets(interop_body(BY_P256, 0), 500)});
    g_assert_nonnull(only(shortened, id));
    const sm_conclusion *cut = say(&talk, (said){.cseq = 4, .type = SIGNED_TYPE, .body = first_octets(interop_body(BY_P256, 0), 500), .missing = 449});
    g_assert_cmpstr(only(cut, "SMIME-CAP-001"), ==, "449 octets of the body are missing from the capture: what depends on them is not evaluated");
    g_assert_true(is_undecided(cut, id));
    const sm_conclusion *chunk = send(&talk, SIGNED_TYPE, first_octets(interop_body(BY_P256, 0), 500), false);
    g_assert_nonnull(only(chunk, "SMIME-CAP-001"));
    g_assert_nonnull(only(send(&talk, SIGNED_TYPE, first_octets(interop_body(BY_P256, 0), 500), true), id));
    g_assert_nonnull(only(say(&talk, (said){.cseq = 5, .type = SIGNED_TYPE, .more = "Content-Transfer-Encoding: base64\r\n", .text = "!!!!"}), id));
    only(say(&talk, (said){.cseq = 6, .type = SIGNED_TYPE}), NULL); /* no body is no damaged one */
    g_assert_nonnull(only(say(&talk, (said){.cseq = 7, .type = SIGNED_TYPE, .missing = 900}), "SMIME-CAP-001"));
    talk_end(&talk);
}

static void test_decryption(void)
{
    const char *pkcs1 = "enveloped/openssl-rsa-aes-128-cbc.p7m", *enveloped = "application/pkcs7-mime; smime-type=enveloped-data";
    conversation talk = talk_begin(interop_ring("keys/ring"));
    only(say(&talk, (said){.cseq = 1, .type = SEALED_TYPE, .body = interop_body(FOR_P256, 0)}), NULL);
    g_assert_nonnull(only(say(&talk, (said){.cseq = 2, .type = SEALED_TYPE, .body = interop_body(FOR_P256, 1)}), "SMIME-ENC-011"));
    only(say(&talk, (said){.cseq = 3, .type = enveloped, .body = interop_body(pkcs1, 0)}), NULL);
    g_assert_nonnull(only(say(&talk, (said){.cseq = 4, .type = enveloped, .body = interop_body(pkcs1, 1)}), "SMIME-ENC-016"));
    talk_end(&talk);
}

/* A key that a message is for, and an encrypted key that was damaged: nothing opens it. */
static void test_unwrap(void)
{
    conversation talk = talk_begin(interop_ring("keys/ring"));
    GBytes *body = interop_body("enveloped/openssl-kek-aes128-aes-128-gcm.p7m", 0);
    sm_arena *arena = sm_arena_new();
    gsize length;
    const guint8 *octets = g_bytes_get_data(body, &length);
    const sm_cms *cms = sm_cms_parse(arena, sm_bytes_of(octets, length));
    size_t at = (size_t)(cms->enveloped_data->recipients[0].encrypted_key.data - octets);
    sm_arena_free(arena);
    guint8 *damaged = g_memdup2(octets, length);
    g_bytes_unref(body);
    damaged[at] ^= 1;
    const sm_conclusion *conclusion = say(&talk, (said){.type = SEALED_TYPE, .body = g_bytes_new_take(damaged, length)});
    g_assert_cmpint(conclusion->encrypted.reason, ==, SM_REASON_UNWRAP_FAILED);
    g_assert_nonnull(only(conclusion, "SMIME-ENC-016"));
    talk_end(&talk);
}

/* SMIME-CAP-002 names who could open it: the issuer and serial number that openssl shows of the certificate. */
static void test_keys(void)
{
    conversation talk = talk_begin(NULL);
    const sm_conclusion *keyless = say(&talk, (said){.cseq = 1, .type = SEALED_TYPE, .body = interop_body(FOR_P256, 0)});
    const char *message = only(keyless, "SMIME-CAP-002");
    g_assert_true(g_str_has_prefix(message, "no key for it was given, wanted is that of kari "));
    g_assert_true(is_undecided(keyless, "SMIME-ENC-011"));
    const sm_conclusion *many = say(&talk, (said){.cseq = 2, .type = SEALED_TYPE, .body = interop_body("enveloped/openssl-many-aes-256-gcm.p7m", 0)});
    message = only(many, "SMIME-CAP-002");
    g_assert_nonnull(strstr(message, "; "));
    talk_end(&talk);
    talk = talk_begin(interop_ring("keys/ring"));
    only(say(&talk, (said){.cseq = 1, .type = SEALED_TYPE, .body = interop_body(FOR_P256, 0)}), NULL);
    talk_end(&talk);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rules/unreadable/structure", test_structure);
    g_test_add_func("/rules/unreadable/decryption", test_decryption);
    g_test_add_func("/rules/unreadable/unwrap", test_unwrap);
    g_test_add_func("/rules/unreadable/keys", test_keys);
    return g_test_run();
}
