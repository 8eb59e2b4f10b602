/* Certificates as plain data: expected values are what the openssl command wrote into them (tests/data/pki/make-certificates). */
#define _GNU_SOURCE /* memmem */
#include "base/bounds.h"
#include "pki/certificate.h"
#include "pki/outline.h"

#include <glib.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

/* DER of the first certificate of a PEM file, owned by the arena; path below the top of the source tree. */
static sm_bytes read_der(sm_arena *arena, const char *path)
{
    g_autofree char *file = g_build_filename(g_test_get_dir(G_TEST_DIST), "..", "..", path, NULL);
    BIO *input = BIO_new_file(file, "r");
    if (input == NULL)
        g_error("cannot read %s", file);
    char *name = NULL, *header = NULL;
    unsigned char *data = NULL;
    long length = 0;
    g_assert_true(PEM_read_bio(input, &name, &header, &data, &length));
    sm_bytes der = sm_arena_copy(arena, sm_bytes_of(data, (size_t)length));
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
    BIO_free(input);
    return der;
}

static const sm_certificate *read_certificate(sm_arena *arena, const char *name)
{
    g_autofree char *path = g_strdup_printf("tests/data/pki/%s.pem", name);
    const char *fault = NULL;
    const sm_certificate *certificate = sm_certificate_parse(arena, read_der(arena, path), path, &fault);
    g_assert_cmpstr(fault, ==, NULL);
    g_assert_nonnull(certificate);
    return certificate;
}

static void members(void)
{
    sm_arena *arena = sm_arena_new();
    const sm_certificate *root = read_certificate(arena, "root"), *leaf = read_certificate(arena, "leaf");
    g_assert_cmpstr(leaf->subject, ==, "CN=Alice");
    g_assert_cmpstr(leaf->issuer, ==, "CN=Test Root");
    g_assert_cmpstr(leaf->common_name, ==, "Alice");
    g_assert_cmpstr(leaf->serial, ==, "20");
    g_assert_cmpstr(leaf->origin, ==, "tests/data/pki/leaf.pem");
    g_assert_cmpuint(leaf->version, ==, 3);
    g_assert_cmpstr(sm_moment_text(arena, leaf->not_before), ==, "2020-01-01T00:00:00Z");
    g_assert_cmpstr(sm_moment_text(arena, leaf->not_after), ==, "2069-12-31T23:59:59Z");
    g_assert_cmpint(leaf->key_type, ==, SM_KEY_EC);
    g_assert_cmpuint(leaf->key_bits, ==, 256);
    g_assert_cmpstr(leaf->key_name, ==, "EC P-256");
    g_assert_cmpstr(leaf->signature_algorithm, ==, "ECDSA with SHA-256");
    g_assert_false(leaf->signature_legacy);
    g_assert_true(leaf->has_key_usage && leaf->key_usage_critical);
    g_assert_cmpuint(leaf->key_usage, ==, SM_USAGE_DIGITAL_SIGNATURE);
    g_assert_true(leaf->has_extended_key_usage && leaf->usage_email_protection);
    g_assert_false(leaf->usage_any || leaf->usage_sip_domain);
    g_assert_cmpstr(leaf->extended_key_usage, ==, "emailProtection");
    g_assert_false(leaf->has_basic_constraints || leaf->is_ca || leaf->self_issued || leaf->self_signed);
    g_assert_true(leaf->san_present && !leaf->san_critical);
    g_assert_cmpuint(leaf->san_count, ==, 1);
    g_assert_cmpint(leaf->sans[0].kind, ==, SM_SAN_URI);
    g_assert_cmpstr(leaf->sans[0].value, ==, "sip:alice@example.com");
    g_assert_true(leaf->sans[0].clean);
    g_assert_null(leaf->unknown_critical);
    g_assert_null(leaf->malformed_extensions);
    g_assert_nonnull(leaf->public_key);
    /* "subjectKeyIdentifier = hash" is method 1 of RFC 5280 4.2.1.2: OpenSSL's value against ours */
    g_assert_true(sm_bytes_present(leaf->key_id) && sm_bytes_equal(leaf->key_id, leaf->key_id_computed));
    g_assert_true(sm_bytes_equal(leaf->authority_key_id, root->key_id));
    g_assert_true(sm_bytes_equal(leaf->issuer_der, root->subject_der));
    g_assert_false(sm_bytes_equal(leaf->subject_der, root->subject_der));

    g_assert_true(root->is_ca && root->self_issued && root->self_signed);
    g_assert_cmpuint(root->key_usage, ==, SM_USAGE_KEY_CERT_SIGN | SM_USAGE_CRL_SIGN);
    g_assert_false(sm_bytes_present(root->authority_key_id));
    g_assert_cmpstr(sm_certificate_label(arena, leaf), ==, "CN=Alice (serial 20)");
    sm_arena_free(arena);
}

/* Figure 1 of RFC 8591: values read with `openssl x509 -text`. */
static void rfc8591(void)
{
    sm_arena *arena = sm_arena_new();
    const sm_certificate *alice =
        sm_certificate_parse(arena, read_der(arena, "keys/rfc8591/alice.pem"), "alice.pem", NULL);
    g_assert_nonnull(alice);
    g_assert_cmpstr(alice->subject, ==, "CN=Alice,O=example.com");
    g_assert_cmpstr(alice->serial, ==, "00b8793ec0e4c21530");
    g_assert_true(alice->self_signed);
    g_assert_false(alice->has_key_usage || alice->has_extended_key_usage || alice->is_ca);
    g_assert_cmpstr(alice->sans[0].value, ==, "sip:alice@example.com");
    g_assert_cmpint(sm_certificate_validity(alice, sm_moment_parse_rfc3339("2018-06-01T00:00:00Z")), ==, 0);
    g_assert_cmpint(sm_certificate_validity(alice, sm_moment_parse_rfc3339("2017-12-19T23:12:04Z")), ==, -1);
    g_assert_cmpint(sm_certificate_validity(alice, sm_moment_parse_rfc3339("2017-12-19T23:12:05Z")), ==, 0);
    g_assert_cmpint(sm_certificate_validity(alice, sm_moment_parse_rfc3339("2018-12-19T23:12:05.9Z")), ==, 0);
    g_assert_cmpint(sm_certificate_validity(alice, sm_moment_parse_rfc3339("2018-12-19T23:12:06Z")), ==, 1);
    sm_arena_free(arena);
}

static void names(void)
{
    sm_arena *arena = sm_arena_new();
    const sm_certificate *leaf = read_certificate(arena, "leaf-names");
    g_assert_true(leaf->san_critical);
    g_assert_cmpuint(leaf->san_count, ==, 7);
    static const char zero[] = "sip:alice@example.com\0.evil.example";
    g_assert_cmpmem(leaf->sans[0].octets.data, leaf->sans[0].octets.length, zero, sizeof zero - 1);
    g_assert_cmpstr(leaf->sans[0].value, ==, "sip:alice@example.com\\x00.evil.example");
    g_assert_false(leaf->sans[0].clean);
    g_assert_cmpstr(leaf->sans[1].value, ==, "sip:alice@example.com\\x0a");
    g_assert_false(leaf->sans[1].clean);
    g_assert_cmpstr(leaf->sans[2].value, ==, "sip:\\xe9@example.com");
    g_assert_false(leaf->sans[2].clean);
    g_assert_cmpstr(leaf->sans[3].value, ==, "tel:+12015550123");
    g_assert_true(leaf->sans[3].clean);
    g_assert_cmpint(leaf->sans[4].kind, ==, SM_SAN_EMAIL);
    g_assert_cmpint(leaf->sans[5].kind, ==, SM_SAN_DNS);
    g_assert_cmpint(leaf->sans[6].kind, ==, SM_SAN_IP);
    g_assert_cmpstr(leaf->sans[6].value, ==, "192.0.2.1");

    /* RFC 4514 2.4: separators with a backslash; U+202E, which would turn the text around, as its octets */
    const sm_certificate *subject = read_certificate(arena, "leaf-subject");
    g_assert_cmpstr(subject->subject, ==, "O=A\\, \\\"B\\\",CN=Zo\xc3\xab \\E2\\80\\AEecila");
    g_assert_cmpstr(read_certificate(arena, "leaf-no-subject")->subject, ==, "");
    g_assert_null(read_certificate(arena, "leaf-no-subject")->common_name);
    g_assert_cmpstr(sm_certificate_label(arena, read_certificate(arena, "leaf-no-subject")), ==,
                    "sip:alice@example.com (serial 52)");
    sm_arena_free(arena);
}

/* Content octets of the INTEGER: -5 is FB, a leading one bit has a zero octet before it. */
static void serials(void)
{
    sm_arena *arena = sm_arena_new();
    g_assert_cmpstr(read_certificate(arena, "serial-negative")->serial, ==, "fb");
    g_assert_cmpstr(read_certificate(arena, "serial-high")->serial, ==, "00ff0000000000000001");
    g_assert_cmpstr(read_certificate(arena, "serial-zero")->serial, ==, "00");
    sm_arena_free(arena);
}

static void extensions(void)
{
    sm_arena *arena = sm_arena_new();
    const sm_certificate *any = read_certificate(arena, "leaf-any");
    g_assert_true(any->usage_any && any->usage_sip_domain && !any->usage_email_protection);
    g_assert_cmpstr(any->extended_key_usage, ==, "anyExtendedKeyUsage, sipDomain, 1.2.3.4.5");
    g_assert_cmpstr(read_certificate(arena, "leaf-critical")->unknown_critical, ==, "1.2.3.4.5");
    /* Neither of two lists of names counts. */
    const sm_certificate *repeated = read_certificate(arena, "leaf-repeated");
    g_assert_cmpstr(repeated->malformed_extensions, ==, "subjectAltName");
    g_assert_true(repeated->san_present);
    g_assert_cmpuint(repeated->san_count, ==, 0);
    const sm_certificate *bad = read_certificate(arena, "leaf-bad-extension");
    g_assert_cmpstr(bad->malformed_extensions, ==, "subjectAltName");
    g_assert_cmpuint(bad->san_count, ==, 0);
    g_assert_cmpuint(read_certificate(arena, "leaf-non-repudiation")->key_usage, ==, SM_USAGE_NON_REPUDIATION);
    g_assert_false(read_certificate(arena, "leaf-non-repudiation")->key_usage_critical);
    sm_arena_free(arena);
}

static void algorithms(void)
{
    sm_arena *arena = sm_arena_new();
    const sm_certificate *sha1 = read_certificate(arena, "digest-sha1"), *pss = read_certificate(arena, "signed-pss");
    g_assert_cmpstr(sha1->signature_algorithm, ==, "ECDSA with SHA-1");
    g_assert_true(sha1->signature_legacy);
    g_assert_cmpstr(pss->signature_algorithm, ==, "RSA-PSS with SHA-384");
    g_assert_cmpstr(pss->key_name, ==, "RSA 2048");
    g_assert_true(pss->self_signed);
    g_assert_cmpstr(read_certificate(arena, "leaf-ed25519")->key_name, ==, "Ed25519");
    g_assert_cmpint(read_certificate(arena, "leaf-ed25519")->key_type, ==, SM_KEY_ED25519);
    sm_arena_free(arena);
}

/* The key's algorithm replaced by one nobody knows: the rest is there all the same. */
static void unreadable_key(void)
{
    static const uint8_t rsa[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
    sm_arena *arena = sm_arena_new();
    sm_bytes der = read_der(arena, "tests/data/pki/leaf-rsa.pem");
    uint8_t *oid = memmem(der.data, der.length, rsa, sizeof rsa);
    g_assert_nonnull(oid);
    oid[sizeof rsa - 1] = 0x7b;
    const sm_certificate *certificate = sm_certificate_parse(arena, der, "x", NULL);
    g_assert_nonnull(certificate);
    g_assert_null(certificate->public_key);
    g_assert_cmpint(certificate->key_type, ==, SM_KEY_OTHER);
    g_assert_cmpstr(certificate->key_name, ==, "1.2.840.113549.1.1.123");
    g_assert_cmpstr(certificate->subject, ==, "CN=Alice");
    g_assert_true(sm_bytes_present(certificate->key_id_computed));
    sm_arena_free(arena);
}

static void faults(void)
{
    sm_arena *arena = sm_arena_new();
    sm_bytes der = read_der(arena, "tests/data/pki/leaf.pem");
    const char *fault = NULL;
    g_assert_null(sm_certificate_parse(arena, SM_BYTES_NONE, "x", &fault));
    g_assert_cmpstr(fault, ==, "no octets");
    for (size_t length = 0; length < der.length; length++) {
        /* an exact copy, so that one octet read too many is seen */
        g_autofree uint8_t *copy = g_memdup2(der.data, length);
        fault = NULL;
        g_assert_null(sm_certificate_parse(arena, sm_bytes_of(copy, length), "x", &fault));
        g_assert_nonnull(fault);
    }
    g_autofree uint8_t *longer = g_malloc0(der.length + 1);
    memcpy(longer, der.data, der.length);
    g_assert_null(sm_certificate_parse(arena, sm_bytes_of(longer, der.length + 1), "x", &fault));
    g_assert_cmpstr(fault, ==, "octets after the certificate");
    sm_arena_free(arena);
}

static void identifiers(void)
{
    sm_arena *arena = sm_arena_new();
    const sm_certificate *leaf = read_certificate(arena, "leaf"), *other = read_certificate(arena, "leaf-of-ca");
    sm_identifier serial = {.kind = SM_IDENTIFIER_ISSUER_SERIAL, .issuer = leaf->issuer_der, .serial = leaf->serial_der};
    g_assert_true(sm_identifier_names(&serial, leaf));
    g_assert_false(sm_identifier_names(&serial, other)); /* the same serial number of another issuer */
    g_assert_cmpstr(sm_identifier_text(arena, &serial), ==, "issuer CN=Test Root, serial 20");
    /* the same name as PrintableString and in other letters: equal by RFC 5280 7.1 */
    static const uint8_t printable[] = "\x30\x14\x31\x12\x30\x10\x06\x03\x55\x04\x03\x13\x09tEST rOOT";
    serial.issuer = sm_bytes_of(printable, sizeof printable - 1);
    g_assert_true(sm_identifier_names(&serial, leaf));
    static const uint8_t different[] = "\x30\x14\x31\x12\x30\x10\x06\x03\x55\x04\x03\x13\x09Test Ro0t";
    serial.issuer = sm_bytes_of(different, sizeof different - 1);
    g_assert_false(sm_identifier_names(&serial, leaf));

    sm_identifier key = {.kind = SM_IDENTIFIER_KEY_ID, .key_id = leaf->key_id};
    g_assert_true(sm_identifier_names(&key, leaf));
    g_assert_false(sm_identifier_names(&key, other));
    key.key_id = SM_BYTES_NONE; /* absent is not equal to an absent extension */
    g_assert_false(sm_identifier_names(&key, read_certificate(arena, "root-plain")));
    sm_arena_free(arena);
}

/* ---- Outlines ---- */

static bool has_uri(const sm_certificate_outline *outline, sm_bytes octets)
{
    for (unsigned i = 0; i < outline->uri_count; i++)
        if (strlen(outline->uris[i]) == octets.length &&
            g_ascii_strncasecmp(outline->uris[i], (const char *)octets.data, octets.length) == 0)
            return true;
    return false;
}

/* What a ring finds a certificate by is what the certificate says, and both readers take the same octets for one. */
static void check_outline(sm_bytes der)
{
    sm_arena *arena = sm_arena_new();
    sm_certificate_outline outline;
    bool good = sm_certificate_outline_read(arena, der, &outline);
    const sm_certificate *full = sm_certificate_parse(arena, der, "test", NULL);
    g_assert_true(good == (full != NULL));
    if (full != NULL) {
        g_assert_true(sm_bytes_equal(outline.members.serial, full->serial_der));
        g_assert_true(sm_bytes_equal(outline.members.issuer, full->issuer_der));
        g_assert_true(sm_bytes_equal(outline.members.subject, full->subject_der));
        g_assert_true(sm_bytes_equal(outline.members.public_key_info, full->public_key_info));
        g_assert_true(sm_bytes_equal(outline.key_id_computed, full->key_id_computed));
        if (full->key_id.length > 0)
            g_assert_true(sm_bytes_equal(outline.key_id, full->key_id));
        else
            g_assert_false(sm_bytes_present(outline.key_id));
        unsigned uris = 0;
        for (unsigned i = 0; i < full->san_count; i++)
            if (full->sans[i].kind == SM_SAN_URI && full->sans[i].clean) {
                g_assert_true(has_uri(&outline, full->sans[i].octets));
                uris++;
            }
        g_assert_cmpuint(outline.uri_count, ==, uris);
    }
    sm_arena_free(arena);
}

/* OpenSSL gives up on a key that it does not know when it cannot print its algorithm's OID. */
static void outline_of_long_algorithm(void)
{
    g_autofree char *path = g_build_filename(g_test_get_dir(G_TEST_DIST), "..", "data", "pki", "long-algorithm.der", NULL);
    g_autofree char *octets = NULL;
    gsize length = 0;
    g_assert_true(g_file_get_contents(path, &octets, &length, NULL));
    check_outline(sm_bytes_of(octets, length));
}

static void outlines(void)
{
    static const char *const names[] = {"leaf", "root", "leaf-names", "leaf-repeated", "leaf-bad-extension", "leaf-no-subject",
                                        "leaf-subject", "leaf-ed25519", "leaf-rsa", "serial-negative", "serial-zero",
                                        "signed-pss", "point-compressed"};
    sm_arena *arena = sm_arena_new();
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_strdup_printf("tests/data/pki/%s.pem", names[i]);
        sm_bytes der = read_der(arena, path);
        uint8_t *octets = (uint8_t *)der.data;
        g_test_message("%s", names[i]);
        check_outline(der);
        for (size_t at = 0; at < der.length; at++) {
            static const uint8_t changes[] = {0x01, 0x20, 0x80};
            for (size_t k = 0; k < G_N_ELEMENTS(changes); k++) {
                octets[at] ^= changes[k];
                check_outline(der);
                octets[at] ^= changes[k];
            }
            check_outline(sm_bytes_cut(der, 0, at));
        }
    }
    sm_arena_free(arena);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pki/certificate/members", members);
    g_test_add_func("/pki/certificate/rfc8591", rfc8591);
    g_test_add_func("/pki/certificate/names", names);
    g_test_add_func("/pki/certificate/serials", serials);
    g_test_add_func("/pki/certificate/extensions", extensions);
    g_test_add_func("/pki/certificate/algorithms", algorithms);
    g_test_add_func("/pki/certificate/unreadable-key", unreadable_key);
    g_test_add_func("/pki/certificate/faults", faults);
    g_test_add_func("/pki/certificate/identifiers", identifiers);
    g_test_add_func("/pki/certificate/outlines", outlines);
    g_test_add_func("/pki/certificate/outline-of-long-algorithm", outline_of_long_algorithm);
    return g_test_run();
}
