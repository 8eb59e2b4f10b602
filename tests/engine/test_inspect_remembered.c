/* What a key ring remembers of earlier messages changes no inspection: every fixture, at times around the dates in the demonstration
 * ring, with a ring that forgets before each message and with one that has seen them all. */

#include "inspect_given.h"
#include "pki/keyring_store.h"

static sm_inspection *inspect_at(const sm_keyring *ring, const given_message *message, sm_time_choice choice, sm_moment fixed)
{
    sm_settings settings = given_settings(ring);
    settings.time_choice = choice;
    settings.fixed = fixed;
    sm_carrier carrier = given_sip_carrier(message);
    return sm_inspect(&settings, &carrier, message->body);
}

static void inspect_twice(sm_keyring *forgetful, sm_keyring *wise, const given_message *message)
{
    static const struct { sm_time_choice choice; const char *fixed; } times[] = {
        {SM_TIME_CAPTURE, NULL},
        {SM_TIME_SIGNING, NULL},
        {SM_TIME_NOW, NULL},
        {SM_TIME_FIXED, "2019-12-31T23:59:59Z"}, /* notBefore */
        {SM_TIME_FIXED, "2020-01-01T00:00:00Z"},
        {SM_TIME_FIXED, "2021-01-01T00:00:00Z"}, /* the end of alice-expired */
        {SM_TIME_FIXED, "2021-01-01T00:00:01Z"},
        {SM_TIME_FIXED, "2023-05-31T23:59:59Z"}, /* the revocation of alice-revoked */
        {SM_TIME_FIXED, "2023-06-01T00:00:00Z"},
        {SM_TIME_FIXED, "2025-12-31T23:59:59Z"}, /* nextUpdate of CRL 1 */
        {SM_TIME_FIXED, "2026-01-01T00:00:00Z"}, /* thisUpdate of CRL 2 */
        {SM_TIME_FIXED, "2069-12-31T23:59:59Z"}, /* notAfter of all others, nextUpdate */
        {SM_TIME_FIXED, "2070-01-01T00:00:00Z"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        sm_moment fixed = times[i].fixed != NULL ? sm_moment_parse_rfc3339(times[i].fixed) : (sm_moment){0};
        sm_path_cache_clear(sm_keyring_paths(forgetful));
        sm_certificate_cache_clear(sm_keyring_decoded(forgetful));
        sm_inspection *anew = inspect_at(forgetful, message, times[i].choice, fixed), *again = inspect_at(wise, message, times[i].choice, fixed);
        g_autofree char *expected = describe(anew), *said = describe(again);
        g_assert_cmpstr(said, ==, expected);
        sm_inspection_unref(anew);
        sm_inspection_unref(again);
    }
}

static void test_captures(void)
{
    static const char *const captures[] = {
        "sip-signed", "sip-signed-no-certificate", "sip-signed-detached", "sip-signed-intermediate", "sip-signed-rsa-pss", "sip-ed25519",
        "sip-wrong-signer", "sip-tampered", "sip-expired", "sip-expired-since", "sip-revoked", "sip-no-uri", "sip-unknown-issuer",
        "sip-signed-then-encrypted", "layers-triple-wrap", "body-nested", "rfc8591-figure1",
    };
    sm_keyring *forgetful = given_ring(), *wise = given_ring();
    for (unsigned round = 0; round < 2; round++)
        for (size_t i = 0; i < G_N_ELEMENTS(captures); i++) {
            given_message message = given_capture(captures[i]);
            inspect_twice(forgetful, wise, &message);
            given_free(message);
        }
    g_assert_cmpuint(sm_certificate_cache_count(sm_keyring_decoded(wise)), >, 4);
    unsigned remembered = sm_path_cache_count(sm_keyring_paths(wise));
    g_assert_cmpuint(remembered, >, 8);
    g_assert_cmpuint(remembered, <, 13 * G_N_ELEMENTS(captures) / 2); /* it remembers, and is asked again */
    sm_keyring_unref(forgetful);
    sm_keyring_unref(wise);
}

/* Every signed message of other producers, with all their keys and one of their certificates as anchor. */
static void test_fixtures(void)
{
    g_autofree char *folder = given_path("tests/data/cms-interop", "signed"), *keys = given_path("tests/data/cms-interop", "keys/ring");
    sm_keyring *rings[2] = {sm_keyring_new(), sm_keyring_new()};
    for (size_t i = 0; i < G_N_ELEMENTS(rings); i++)
        g_assert_cmpuint(sm_keyring_add_keys(rings[i], keys) + sm_keyring_add_trust(rings[i], keys), >, 10);
    GDir *dir = g_dir_open(folder, 0, NULL);
    g_assert_nonnull(dir);
    unsigned count = 0;
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        if (!g_str_has_suffix(name, ".p7m"))
            continue;
        g_autoptr(GBytes) bytes = given_file("tests/data/cms-interop/signed", name);
        gsize length;
        const void *octets = g_bytes_get_data(bytes, &length);
        given_message message = given_said("application/pkcs7-mime; smime-type=signed-data", NULL, octets, length);
        inspect_twice(rings[0], rings[1], &message);
        given_free(message);
        count++;
    }
    g_dir_close(dir);
    g_assert_cmpuint(count, >, 10);
    g_assert_cmpuint(sm_path_cache_count(sm_keyring_paths(rings[1])), >, 4);
    for (size_t i = 0; i < G_N_ELEMENTS(rings); i++)
        sm_keyring_unref(rings[i]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/inspect/remembered/captures", test_captures);
    g_test_add_func("/inspect/remembered/fixtures", test_fixtures);
    return g_test_run();
}
