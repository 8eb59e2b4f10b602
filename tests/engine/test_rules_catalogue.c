/* The catalogue: every rule is described, cited and ordered; and the rules on wrapping, signatures, encryption, certificates and identity
 * each speak of a message that breaks them and are silent on one that does not. */

#include "cms/algorithms.h"
#include "inspect_given.h"
#include "rules/rule.h"

static sm_keyring *ring;

static void test_described(void)
{
    unsigned count;
    const sm_rule *const *rules = sm_rules(&count);
    g_assert_cmpuint(count, >=, 20);
    for (unsigned i = 0; i < count; i++) {
        const sm_rule *rule = rules[i];
        g_test_message("%s", rule->id);
        g_assert_true(g_regex_match_simple("^SMIME-[A-Z]+-[0-9]{3}$", rule->id, 0, 0));
        g_assert_true(rule->title && *rule->title && strlen(rule->title) <= 80);
        g_assert_true(rule->level && *rule->level);
        /* A standard's section; what is said of the capture itself (NOTE of the group CAP) has none. */
        g_assert_true(rule->citation && (g_str_has_prefix(rule->citation, "RFC ") || g_str_has_prefix(rule->id, "SMIME-CAP-")));
        g_assert_cmpuint(strlen(rule->explanation), >=, 60);
        g_assert_true(g_str_has_suffix(rule->explanation, "."));
        g_assert_nonnull(rule->check);
        g_assert_true(rule->severity[SM_PROFILE_RFC8591] || rule->severity[SM_PROFILE_RFC3261] || rule->severity[SM_PROFILE_STRICT]);
        if (i)
            g_assert_cmpstr(rules[i - 1]->id, <, rule->id); /* sorted, and none twice */
        g_autofree char *lower = g_ascii_strdown(rule->id, -1);
        g_assert_true(sm_rule_by_id(lower) == rule);
        for (unsigned j = 0; j < i; j++)
            g_assert_cmpstr(rules[j]->explanation, !=, rule->explanation);
    }
    g_assert_null(sm_rule_by_id("SMIME-NONE-000"));
    g_assert_null(sm_rule_by_id(""));
}

/* Ids and their meaning come from the list that stands beside the project where it is developed. */
static void test_listed(void)
{
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "..", "..", "shared", "rules.tsv", NULL);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        g_test_skip("no rules.tsv here");
        return;
    }
    static const char *const added[] = {"SMIME-ENC-016", "SMIME-WRAP-016", NULL}; /* faults that the list has no id for */
    unsigned count;
    const sm_rule *const *rules = sm_rules(&count);
    for (unsigned i = 0; i < count; i++) {
        g_autofree char *cell = g_strdup_printf("\t%s\t", rules[i]->id);
        if (!strstr(text, cell) && !g_strv_contains(added, rules[i]->id))
            g_error("%s is not in rules.tsv", rules[i]->id);
    }
}

static void test_words(void)
{
    static const sm_severity severities[] = {SM_SEVERITY_OFF, SM_SEVERITY_NOTE, SM_SEVERITY_WARNING, SM_SEVERITY_ERROR};
    for (unsigned i = 0; i < G_N_ELEMENTS(severities); i++) {
        sm_severity severity;
        g_assert_true(sm_severity_parse(sm_severity_word(severities[i]), &severity));
        g_assert_cmpint(severity, ==, severities[i]);
    }
    for (int i = 0; i < SM_PROFILE_COUNT; i++) {
        sm_profile profile;
        g_assert_true(sm_profile_parse(sm_profile_word((sm_profile)i), &profile));
        g_assert_cmpint(profile, ==, i);
    }
    sm_severity severity;
    sm_profile profile;
    g_assert_false(sm_severity_parse("fatal", &severity));
    g_assert_false(sm_profile_parse("", &profile));
}

/* Examples */

static unsigned times_found_in(sm_inspection *inspection, const char *id, GHashTable *severities)
{
    sm_history *history = sm_history_new();
    sm_rule_settings settings = {.profile = SM_PROFILE_STRICT, .severities = severities};
    sm_findings *findings = sm_rules_check(&settings, sm_history_conclude(history, inspection));
    unsigned times = 0;
    for (unsigned i = 0; i < findings->count; i++)
        times += g_str_equal(findings->items[i].rule->id, id);
    sm_findings_free(findings);
    sm_history_free(history);
    return times;
}

static unsigned times_found(const given_message *message, const char *id, GHashTable *severities)
{
    sm_inspection *inspection = given_inspection(ring, message);
    unsigned times = times_found_in(inspection, id, severities);
    sm_inspection_unref(inspection);
    return times;
}

static void assert_example(const given_message *message, const char *id, unsigned times)
{
    unsigned found = times_found(message, id, NULL);
    if (found != times)
        g_error("%s found %u times, not %u", id, found, times);
}

static void test_captures(void)
{
    static const struct {
        const char *id, *breaks, *keeps;
    } examples[] = {
        {"SMIME-CERT-001", "sip-unknown-issuer", "sip-signed-intermediate"},
        {"SMIME-CERT-002", "sip-expired", "sip-expired-since"},
        {"SMIME-CERT-003", "sip-revoked", "sip-signed"},
        {"SMIME-CERT-008", "sip-no-uri", "sip-wrong-signer"},
        {"SMIME-ENC-001", "sip-enveloped-cbc", "sip-signed-then-encrypted"},
        {"SMIME-ID-001", "sip-wrong-signer", "sip-no-uri"}, /* no URI at all is SMIME-CERT-008's */
        {"SMIME-SIG-002", "sip-tampered", "sip-signed"},
        {"SMIME-SIG-020", "sip-signed-no-certificate", "sip-signed"},
        {"SMIME-WRAP-003", "sip-signed-then-encrypted", "sip-signed"},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(examples); i++) {
        given_message breaks = given_capture(examples[i].breaks), keeps = given_capture(examples[i].keeps);
        assert_example(&breaks, examples[i].id, 1);
        assert_example(&keeps, examples[i].id, 0);
        given_free(breaks);
        given_free(keeps);
    }
}

#define SIGNED "application/pkcs7-mime; smime-type=signed-data"

/* RFC 4134's Alice has an RSA key of 1024 bits (example 4.2), the demonstration ring's one of 2048. */
static void test_key_size(void)
{
    g_autoptr(GBytes) bytes = given_file("tests/data/rfc4134", "4.2.bin");
    gsize length;
    const void *octets = g_bytes_get_data(bytes, &length);
    given_message weak = given_said(SIGNED, NULL, octets, length), ordinary = given_capture("sip-signed-rsa-pss"), elliptic = given_capture("sip-signed");
    assert_example(&weak, "SMIME-SIG-013", 1);
    assert_example(&ordinary, "SMIME-SIG-013", 0);
    assert_example(&elliptic, "SMIME-SIG-013", 0);
    given_free(weak);
    given_free(ordinary);
    given_free(elliptic);
}

static void test_wrapping(void)
{
    static const struct {
        const char *id, *type, *file;
        unsigned times;
    } examples[] = {
        {"SMIME-WRAP-001", "application/pkcs7-mime", "signed.der", 1},
        {"SMIME-WRAP-001", SIGNED, "signed.der", 0},
        {"SMIME-WRAP-002", "application/pkcs7-mime; smime-type=enveloped-data", "signed.der", 1},
        {"SMIME-WRAP-002", "application/pkcs7-mime; smime-type=\"Signed-Data\"", "signed.der", 0},
        {"SMIME-WRAP-002", "application/pkcs7-mime; smime-type=enveloped-data", "auth-enveloped-many.der", 1}, /* RFC 8591 Figure 4 */
        {"SMIME-WRAP-002", "application/pkcs7-mime; smime-type=auth-enveloped-data", "auth-enveloped-many.der", 0},
        {"SMIME-WRAP-002", "application/pkcs7-mime; smime-type=authEnveloped-data", "auth-enveloped-many.der", 0},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(examples); i++) {
        given_message message = given_fixture(examples[i].type, examples[i].file);
        assert_example(&message, examples[i].id, examples[i].times);
        given_free(message);
    }
}

/* The content-type attribute under another encoding of the same OID is no other type. */
static void test_content_type(void)
{
    static const struct {
        sm_bytes value;
        unsigned times;
    } values[] = {
        {SM_BYTES_LITERAL("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"), 0},
        {SM_BYTES_LITERAL("\x06\x81\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"), 0},
        {SM_BYTES_LITERAL("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"), 1},
        {SM_BYTES_LITERAL("\x04\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"), 1},
    };
    given_message message = given_capture("sip-signed");
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        sm_inspection *inspection = given_inspection(ring, &message);
        const sm_attribute *attribute = sm_attributes_find(&inspection->signers[0]->info->signed_attributes, SM_OID_CONTENT_TYPE);
        *(sm_bytes *)(uintptr_t)attribute->values = values[i].value; /* nobody else has this inspection */
        g_assert_cmpuint(times_found_in(inspection, "SMIME-SIG-003", NULL), ==, values[i].times);
        sm_inspection_unref(inspection);
    }
    given_free(message);
}

/* multipart/signed around a signature, base64 as a gateway would send it. */
static given_message clear_signed(const char *file)
{
    g_autoptr(GBytes) bytes = given_file("tests/data/cms", file);
    g_autoptr(GBytes) content = given_file("tests/data/cms", "content.txt");
    gsize length;
    const guchar *octets = g_bytes_get_data(bytes, &length);
    g_autofree char *signature = g_base64_encode(octets, length);
    g_autofree char *body = g_strdup_printf("--b\r\n%.*s\r\n--b\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n%s"
                                            "\r\n--b--\r\n",
                                            (int)g_bytes_get_size(content), (const char *)g_bytes_get_data(content, NULL), signature);
    return given_said("multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=b", NULL, body, strlen(body));
}

static void test_clear_signed(void)
{
    given_message detached = clear_signed("signed-detached.der"), encapsulated = clear_signed("signed.der");
    assert_example(&detached, "SMIME-WRAP-008", 0);
    assert_example(&detached, "SMIME-SIG-001", 0);
    assert_example(&detached, "SMIME-SIG-002", 0);
    assert_example(&encapsulated, "SMIME-WRAP-008", 1);
    given_free(detached);
    given_free(encapsulated);
}

/* A message with one octet changed: counted from the front, or from the end when negative. */
static given_message changed(const char *capture, long at, guint8 octet)
{
    given_message message = given_capture(capture);
    gsize length;
    const guint8 *octets = g_bytes_get_data(message.body, &length);
    guint8 *copy = g_memdup2(octets, length);
    copy[at < 0 ? length - (gsize)-at : (gsize)at] = octet;
    g_bytes_unref(message.body);
    message.body = g_bytes_new_take(copy, length);
    return message;
}

static long offset_of(const char *capture, const void *needle, gsize needle_length)
{
    given_message message = given_capture(capture);
    gsize length;
    const guint8 *octets = g_bytes_get_data(message.body, &length);
    gsize at = 0;
    while (at + needle_length <= length && memcmp(octets + at, needle, needle_length) != 0)
        at++;
    g_assert_cmpuint(at + needle_length, <=, length);
    long offset = (long)at;
    given_free(message);
    return offset;
}

static void test_changed_octets(void)
{
    given_message message = changed("sip-signed", -1, 0); /* the end of the signature value */
    assert_example(&message, "SMIME-SIG-001", 1);
    given_free(message);

    static const guint8 data[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01}; /* id-data, first as eContentType */
    message = changed("sip-signed", offset_of("sip-signed", data, sizeof data) + 10, 0x02);
    assert_example(&message, "SMIME-SIG-003", 1);
    assert_example(&message, "SMIME-SIG-004", 0);
    given_free(message);

    static const guint8 gcm[] = {0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x06}; /* id-aes128-GCM, made id-aes128-CBC */
    message = changed("sip-encrypted-kek", offset_of("sip-encrypted-kek", gcm, sizeof gcm) + 10, 0x02);
    assert_example(&message, "SMIME-ENC-003", 1);
    given_free(message);
    message = given_capture("sip-encrypted-kek");
    assert_example(&message, "SMIME-ENC-003", 0);
    given_free(message);
}

/* What cannot be read to its end is not judged by what was not reached; all rules run on every piece. */
static void test_unreadable(void)
{
    static const char *const names[] = {"sip-signed", "sip-encrypted-kek", "sip-enveloped-cbc", "sip-signed-detached"};
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        given_message message = given_capture(names[i]);
        gsize length = g_bytes_get_size(message.body);
        for (gsize cut = 1; cut < length; cut += 7) {
            g_autoptr(GBytes) rest = g_bytes_new_from_bytes(message.body, 0, cut);
            given_message piece = {message.head, rest, message.seconds};
            assert_example(&piece, "SMIME-ENC-003", 0);
            assert_example(&piece, "SMIME-CERT-001", 0);
        }
        given_free(message);
    }
}

static void test_severities(void)
{
    given_message message = given_capture("sip-wrong-signer");
    g_autoptr(GHashTable) severities = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(severities, (gpointer)"SMIME-ID-001", GUINT_TO_POINTER(SM_SEVERITY_OFF + 1));
    g_assert_cmpuint(times_found(&message, "SMIME-ID-001", severities), ==, 0);
    g_hash_table_insert(severities, (gpointer)"SMIME-ID-001", GUINT_TO_POINTER(SM_SEVERITY_NOTE + 1));
    g_assert_cmpuint(times_found(&message, "SMIME-ID-001", severities), ==, 1);
    given_free(message);
}

static void test_quoted(void)
{
    given_message message = given_capture("sip-wrong-signer");
    sm_settings settings = given_settings(ring);
    sm_carrier carrier = given_sip_carrier(&message);
    carrier.quoted = true;
    sm_inspection *inspection = sm_inspect(&settings, &carrier, message.body);
    sm_history *history = sm_history_new();
    sm_rule_settings rules = {.profile = SM_PROFILE_STRICT};
    sm_findings *findings = sm_rules_check(&rules, sm_history_conclude(history, inspection));
    g_assert_cmpuint(findings->count, ==, 0);
    sm_findings_free(findings);
    sm_history_free(history);
    sm_inspection_unref(inspection);
    given_free(message);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ring = given_ring();
    g_test_add_func("/rules/catalogue/described", test_described);
    g_test_add_func("/rules/catalogue/listed", test_listed);
    g_test_add_func("/rules/catalogue/words", test_words);
    g_test_add_func("/rules/catalogue/captures", test_captures);
    g_test_add_func("/rules/catalogue/content-type", test_content_type);
    g_test_add_func("/rules/catalogue/key-size", test_key_size);
    g_test_add_func("/rules/catalogue/wrapping", test_wrapping);
    g_test_add_func("/rules/catalogue/clear-signed", test_clear_signed);
    g_test_add_func("/rules/catalogue/changed-octets", test_changed_octets);
    g_test_add_func("/rules/catalogue/unreadable", test_unreadable);
    g_test_add_func("/rules/catalogue/severities", test_severities);
    g_test_add_func("/rules/catalogue/quoted", test_quoted);
    int status = g_test_run();
    sm_keyring_unref(ring);
    return status;
}
