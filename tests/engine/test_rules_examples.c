/* Rules that had no example of their own: for each a message that keeps it and one that breaks it. */

#include "rules_talk.h"

static const sm_conclusion *signed_by(conversation *talk, unsigned cseq, const char *name)
{
    return say(talk, (said){.cseq = cseq, .type = SIGNED_TYPE, .body = interop_body(name, 0)});
}

/* SMIME-SIG-009: MD5, SHA-1 and DSA are legacy; each algorithm identifier that is gives a finding. */
static void test_algorithms(void)
{
    static const struct {
        const char *name;
        unsigned findings;
    } cases[] = {
        {"signed/openssl-ecdsa-p256-sha256.p7m", 0}, {"signed/bc-ed25519.p7m", 0},   {"signed/bc-pss-shake128.p7m", 0},
        {"signed/openssl-rsa-sha3-256.p7m", 0},      {"signed/openssl-rsa-md5.p7m", 1}, /* rsaEncryption names no digest */
        {"signed/openssl-rsa-sha1.p7m", 1},          {"signed/openssl-ecdsa-p256-sha1.p7m", 2},
        {"signed/openssl-dsa-sha1.p7m", 2},          {"signed/openssl-dsa-sha256.p7m", 1},
    };
    conversation talk = talk_begin(interop_ring("keys/ring"));
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        const sm_conclusion *conclusion = signed_by(&talk, i + 1, cases[i].name);
        sm_rule_settings settings = {.profile = SM_PROFILE_RFC8591};
        sm_findings *findings = sm_rules_check(&settings, conclusion);
        unsigned count = 0;
        for (unsigned j = 0; j < findings->count; j++)
            if (g_str_equal(findings->items[j].rule->id, "SMIME-SIG-009")) {
                count++;
                g_assert_cmpint(findings->items[j].severity, ==, SM_SEVERITY_ERROR);
            }
        g_test_message("%s", cases[i].name);
        g_assert_cmpuint(count, ==, cases[i].findings);
        sm_findings_free(findings);
    }
    talk_end(&talk);
}

/* SMIME-ENC-002: encrypted inside, signed outside. */
static void test_order(void)
{
    const char *id = "SMIME-ENC-002";
    conversation talk = talk_begin(interop_ring("keys/ring"));
    g_assert_cmpstr(found(signed_by(&talk, 1, "nested/openssl-signed-gcm.p7m"), id), ==,
                    "an encrypted object is signed on the outside: sign first, then encrypt");
    g_assert_nonnull(found(signed_by(&talk, 2, "nested/openssl-signed-gcm-signed.p7m"), id));
    g_assert_nonnull(found(signed_by(&talk, 3, "nested/bc-typed-signed-gcm.p7m"), id)); /* by content type */
    g_assert_null(found(say(&talk, (said){.cseq = 4, .type = SEALED_TYPE, .body = interop_body("nested/openssl-gcm-signed.p7m", 0)}), id));
    g_assert_null(found(say(&talk, (said){.cseq = 5, .type = SEALED_TYPE, .body = interop_body(FOR_P256, 0)}), id));
    g_assert_null(found(signed_by(&talk, 6, BY_P256), id));
    talk_end(&talk);
}

/* SMIME-WRAP-006: SIP may have base64 of a gateway, MSRP nothing but binary; what stands inside another layer is its own business. */
static void test_binary(void)
{
    const char *id = "SMIME-WRAP-006";
    conversation talk = talk_begin(interop_ring("keys/ring"));
    GBytes *body = interop_body(BY_P256, 0);
    gsize length;
    const guchar *octets = g_bytes_get_data(body, &length);
    g_autofree char *base64 = g_base64_encode(octets, length);
    g_assert_null(found(say(&talk, (said){.cseq = 1, .type = SIGNED_TYPE, .more = "Content-Transfer-Encoding: binary\r\n", .body = body}), id));
    g_assert_null(found(say(&talk, (said){.cseq = 2, .type = SIGNED_TYPE, .more = "Content-Transfer-Encoding: base64\r\n", .text = base64}), id));
    g_assert_cmpstr(found(say(&talk, (said){.cseq = 3, .type = SIGNED_TYPE, .more = "Content-Transfer-Encoding: quoted-printable\r\n", .text = "=30"}), id), ==,
                    "SIP body is sent with Content-Transfer-Encoding quoted-printable");
    g_assert_nonnull(found(say(&talk, (said){.cseq = 4, .type = SIGNED_TYPE, .more = "Content-Transfer-Encoding: x-uuencode\r\n", .text = "x"}), id));
    g_assert_null(found(send(&talk, SIGNED_TYPE, interop_body(BY_P256, 0), true), id));
    g_assert_null(found(say(&talk, (said){.cseq = 5, .type = SEALED_TYPE, .body = interop_body("nested/openssl-gcm-signed.p7m", 0)}), id));
    talk_end(&talk);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rules/examples/signature-009", test_algorithms);
    g_test_add_func("/rules/examples/encryption-002", test_order);
    g_test_add_func("/rules/examples/wrap-006", test_binary);
    return g_test_run();
}
