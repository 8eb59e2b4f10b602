/* Rules on what was seen before in a capture, and that a copy of a message repeats no finding. */

#include "rules_talk.h"

/* SMIME-CERT-015 */
static void test_certificate(void)
{
    const char *id = "SMIME-CERT-015";
    conversation talk = talk_begin(NULL);
    g_assert_null(found(say(&talk, (said){.cseq = 1, .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)}), id));
    const char *message = found(say(&talk, (said){.cseq = 2, .type = SIGNED_TYPE, .body = interop_body(BY_RSA, 0)}), id);
    g_assert_true(g_str_has_prefix(message, "the sender signs with a certificate not seen before; in frame 1 it was CN=p256"));
    g_assert_null(found(say(&talk, (said){.cseq = 3, .type = SIGNED_TYPE, .body = interop_body(BY_RSA, 0)}), id));
    talk_end(&talk);
}

/* SMIME-ENC-010 and SMIME-KM-006 */
static void test_reuse(void)
{
    conversation talk = talk_begin(NULL);
    const sm_conclusion *first = say(&talk, (said){.cseq = 1, .type = SEALED_TYPE, .body = interop_body(FOR_P256, 0)});
    g_assert_null(found(first, "SMIME-ENC-010"));
    g_assert_null(found(first, "SMIME-KM-006"));
    const sm_conclusion *again = say(&talk, (said){.cseq = 2, .type = SEALED_TYPE, .body = interop_body(FOR_P256, 1)});
    g_assert_cmpstr(found(again, "SMIME-ENC-010"), ==, "the nonce was used before under the same content key, in frame 1");
    g_assert_cmpstr(found(again, "SMIME-KM-006"), ==, "the originator's ephemeral key was used before, in frame 1");
    talk_end(&talk);
}

/* SMIME-POL-002 */
static void test_replay(void)
{
    const char *id = "SMIME-POL-002";
    conversation talk = talk_begin(NULL);
    g_assert_null(found(say(&talk, (said){.type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)}), id));
    g_assert_null(found(say(&talk, (said){.cseq = 2, .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)}), id));
    const char *message = found(say(&talk, (said){.call_id = "second", .type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)}), id);
    g_assert_true(g_str_has_prefix(message, "the same signed object was sent before, in frame 1"));
    talk_end(&talk);
}

static void test_copies(void)
{
    conversation talk = talk_begin(NULL);
    g_assert_cmpuint(finding_count(say(&talk, (said){.type = SIGNED_TYPE, .body = interop_body(BY_RSA, 1)})), >, 0);
    const sm_conclusion *copies[] = {
        say(&talk, (said){.type = SIGNED_TYPE, .body = interop_body(BY_RSA, 1)}),
        say(&talk, (said){.branch = "z9hG4bKproxy", .type = SIGNED_TYPE, .body = interop_body(BY_RSA, 1)}),
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(copies); i++) {
        g_assert_cmpuint(finding_count(copies[i]), ==, 0);
        g_assert_false(is_undecided(copies[i], "SMIME-CERT-001"));
        g_assert_cmpint(copies[i]->signed_.kind, ==, SM_FAIL);
    }
    talk_end(&talk);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rules/seen-before/certificate", test_certificate);
    g_test_add_func("/rules/seen-before/reuse", test_reuse);
    g_test_add_func("/rules/seen-before/replay", test_replay);
    g_test_add_func("/rules/seen-before/copies", test_copies);
    return g_test_run();
}
