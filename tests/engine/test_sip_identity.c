/* Identity: certificates' names against claims. A certificate here is its plain data; one test reads real ones. */
#include "sip/identity.h"

#include "base/bounds.h"

#include <glib.h>

static sm_arena *arena;

#define MAX_NAMES 4

/* "URI:sip:...", "email:...", "DNS:...", "dirty:..." (a URI with an octet no URI has), "CN:..."; NULL ends. */
static const sm_certificate *certificate(const char *first, ...)
{
    sm_certificate *made = sm_arena_new0(arena, sm_certificate);
    sm_san *sans = sm_arena_array(arena, sm_san, MAX_NAMES);
    va_list names;
    va_start(names, first);
    for (const char *name = first; name; name = va_arg(names, const char *)) {
        const char *value = strchr(name, ':') + 1;
        if (g_str_has_prefix(name, "CN:")) {
            made->common_name = value;
            continue;
        }
        sm_san *san = &sans[made->san_count++];
        san->kind = g_str_has_prefix(name, "email:") ? SM_SAN_EMAIL
                    : g_str_has_prefix(name, "DNS:") ? SM_SAN_DNS
                                                     : SM_SAN_URI;
        san->value = value;
        san->octets = sm_bytes_of(value, strlen(value));
        san->clean = !g_str_has_prefix(name, "dirty:");
    }
    va_end(names);
    made->sans = sans;
    made->san_present = made->san_count > 0;
    return made;
}

static sm_claim claim(const char *header, const char *uri, bool decisive)
{
    return (sm_claim){header, sm_bytes_of(uri, strlen(uri)), decisive};
}

static const sm_identity *match_from(const sm_certificate *with, const char *uri)
{
    sm_claim from = claim("From", uri, true);
    return sm_identity_match(arena, with, &from, 1);
}

static void assert_verdict(const sm_identity *identity, sm_verdict_kind kind, sm_reason reason,
                           const char *detail)
{
    g_assert_cmpstr(sm_verdict_word(identity->verdict.kind), ==, sm_verdict_word(kind));
    g_assert_cmpstr(sm_reason_word(identity->verdict.reason), ==, sm_reason_word(reason));
    if (!strstr(identity->verdict.detail, detail))
        g_error("%s where \"%s\" was expected", identity->verdict.detail, detail);
    g_assert_true((identity->matched != NULL) == (kind == SM_PASS));
    g_assert_true((identity->matched_header != NULL) == (kind == SM_PASS));
}

static void pass(void)
{
    const sm_identity *identity =
        match_from(certificate("URI:sip:alice@example.com", NULL), "sip:alice@example.com");
    assert_verdict(identity, SM_PASS, SM_REASON_NONE,
                   "certificate names sip:alice@example.com, as From says");
    g_assert_cmpstr(identity->matched, ==, "sip:alice@example.com");
    g_assert_cmpstr(identity->matched_header, ==, "From");
    g_assert_cmpuint(identity->compared_count, ==, 1);
    g_assert_true(identity->compared[0].match);
    g_assert_false(identity->compared[0].near_miss);
    g_assert_cmpstr(identity->compared[0].san_kind, ==, "URI");

    /* multiple URIs may be present (RFC 8591 4.4.1) */
    identity = match_from(
        certificate("URI:sip:alice@work.example", "URI:im:alice@example.com", "URI:tel:+12015550123", NULL),
        "tel:+1-201-555-0123");
    assert_verdict(identity, SM_PASS, SM_REASON_NONE, "tel:+12015550123");
    g_assert_cmpuint(identity->compared_count, ==, 3);
}

static void different(void)
{
    assert_verdict(match_from(certificate("URI:sip:bob@example.org", NULL), "sip:alice@example.com"), SM_FAIL,
                   SM_REASON_DIFFERENT_IDENTITY,
                   "certificate names sip:bob@example.org, From says sip:alice@example.com");
    assert_verdict(match_from(certificate("URI:sip:bob@example.org", "URI:im:bob@example.org", NULL),
                              "sip:alice@example.com"),
                   SM_FAIL, SM_REASON_DIFFERENT_IDENTITY,
                   "certificate names sip:bob@example.org and 1 more, From says");
    assert_verdict(match_from(certificate("URI:sip:Alice@example.com", NULL), "sip:alice@example.com"),
                   SM_FAIL, SM_REASON_DIFFERENT_IDENTITY, "case");
    assert_verdict(match_from(certificate("URI:sip:example.com", NULL), "sip:alice@example.com"), SM_FAIL,
                   SM_REASON_DIFFERENT_IDENTITY, "names the domain, not the user");
    const sm_identity *identity = match_from(
        certificate("URI:sip:bob@example.org", "URI:sips:alice@example.com", NULL), "sip:alice@example.com");
    assert_verdict(
        identity, SM_FAIL, SM_REASON_DIFFERENT_IDENTITY,
        "certificate names sips:alice@example.com, From says sip:alice@example.com: scheme differs");
    g_assert_true(identity->compared[1].near_miss);
    g_assert_false(identity->compared[0].near_miss);
}

static void no_sip_identity(void)
{
    const sm_identity *identity =
        match_from(certificate("email:alice@example.com", NULL), "sip:alice@example.com");
    assert_verdict(identity, SM_FAIL, SM_REASON_NO_SIP_IDENTITY, "rfc822Name alice@example.com");
    g_assert_true(identity->compared[0].near_miss);
    g_assert_false(identity->compared[0].match);
    g_assert_cmpstr(identity->compared[0].san_kind, ==, "rfc822Name");

    identity = match_from(certificate("CN:alice@example.com", NULL), "sip:alice@example.com");
    assert_verdict(identity, SM_FAIL, SM_REASON_NO_SIP_IDENTITY, "a CN is no SIP identity");
    g_assert_true(identity->compared[0].near_miss);
    identity = match_from(certificate("CN:sip:alice@example.com", NULL), "sip:alice@example.com");
    g_assert_true(identity->compared[0].near_miss);
    assert_verdict(identity, SM_FAIL, SM_REASON_NO_SIP_IDENTITY, "CN");

    identity = match_from(certificate("CN:Alice", "DNS:example.com", NULL), "sip:alice@example.com");
    assert_verdict(identity, SM_FAIL, SM_REASON_NO_SIP_IDENTITY,
                   "no SIP URI in its subjectAltName, From says sip:alice@example.com");
    g_assert_cmpuint(identity->compared_count, ==, 0);

    identity = match_from(certificate("email:bob@example.com", "URI:https://example.com/alice", NULL),
                          "sip:alice@example.com");
    assert_verdict(identity, SM_FAIL, SM_REASON_NO_SIP_IDENTITY, "no SIP URI");
    g_assert_false(identity->compared[0].near_miss);
    g_assert_cmpstr(sm_identity_name(certificate("URI:https://example.com/", "URI:sip:a@example.com", NULL)),
                    ==, "sip:a@example.com");
    g_assert_null(sm_identity_name(certificate("URI:https://example.com/", "email:a@example.com", NULL)));
    g_assert_null(sm_identity_name(NULL));
}

static void unclean(void)
{
    const sm_identity *identity =
        match_from(certificate("dirty:sip:alice@example.com", NULL), "sip:alice@example.com");
    assert_verdict(identity, SM_FAIL, SM_REASON_NO_SIP_IDENTITY, "sip:alice@example.com");
    g_assert_false(identity->compared[0].match);
    g_assert_nonnull(strstr(identity->compared[0].rule, "not compared"));
    g_assert_null(sm_identity_name(certificate("dirty:sip:alice@example.com", NULL)));
    identity = match_from(certificate("URI:sip:alice@*.example.com", NULL), "sip:alice@a.example.com");
    assert_verdict(identity, SM_FAIL, SM_REASON_NO_SIP_IDENTITY, "no SIP URI");
}

static void not_evaluated(void)
{
    const sm_certificate *alice = certificate("URI:sip:alice@example.com", NULL);
    assert_verdict(match_from(NULL, "sip:alice@example.com"), SM_NOT_EVALUATED, SM_REASON_NO_CERTIFICATE, "");
    assert_verdict(sm_identity_match(arena, alice, NULL, 0), SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY, "");
    assert_verdict(match_from(alice, "sip:NUMBER@<null>"), SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY,
                   "no readable URI");
    assert_verdict(match_from(alice, ""), SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY, "no readable URI");
    /* a match of what is not decisive decides nothing, but is shown */
    sm_claim reply_to = claim("Reply-To", "sip:alice@example.com", false);
    const sm_identity *identity = sm_identity_match(arena, alice, &reply_to, 1);
    assert_verdict(identity, SM_NOT_EVALUATED, SM_REASON_NO_IDENTITY, "");
    g_assert_true(identity->compared[0].match);
}

static void several_claims(void)
{
    const sm_certificate *alice = certificate("URI:sip:alice@example.com", NULL);
    sm_claim anonymous[] = {claim("From", "sip:anonymous@anonymous.invalid", false),
                            claim("P-Asserted-Identity", "tel:+12015550123", true),
                            claim("P-Asserted-Identity", "sip:alice@example.com", true)};
    const sm_identity *identity = sm_identity_match(arena, alice, anonymous, G_N_ELEMENTS(anonymous));
    assert_verdict(identity, SM_PASS, SM_REASON_NONE, "P-Asserted-Identity");
    g_assert_cmpstr(identity->matched_header, ==, "P-Asserted-Identity");
    g_assert_cmpuint(identity->compared_count, ==, 3);

    sm_claim lying[] = {claim("From", "sip:bob@example.com", true),
                        claim("P-Asserted-Identity", "sip:alice@example.com", false)};
    identity = sm_identity_match(arena, alice, lying, G_N_ELEMENTS(lying));
    assert_verdict(identity, SM_FAIL, SM_REASON_DIFFERENT_IDENTITY, "From says sip:bob@example.com");
    g_assert_true(identity->compared[1].match);

    sm_claim broken[] = {claim("From", "nonsense", true),
                         claim("P-Asserted-Identity", "sip:bob@example.com", true)};
    assert_verdict(sm_identity_match(arena, alice, broken, 2), SM_FAIL, SM_REASON_DIFFERENT_IDENTITY,
                   "P-Asserted-Identity says sip:bob@example.com");
}

static void limit(void)
{
    sm_certificate *many = sm_arena_new0(arena, sm_certificate);
    sm_san *sans = sm_arena_array(arena, sm_san, 5000);
    for (unsigned i = 0; i < 5000; i++) {
        const char *value = sm_arena_printf(arena, "sip:u%u@example.com", i);
        sans[i] = (sm_san){SM_SAN_URI, sm_bytes_of(value, strlen(value)), value, true};
    }
    many->sans = sans;
    many->san_count = 5000;
    assert_verdict(match_from(many, "sip:u3@example.com"), SM_PASS, SM_REASON_NONE, "u3");
    const sm_identity *identity = match_from(many, "sip:u4999@example.com");
    assert_verdict(identity, SM_NOT_EVALUATED, SM_REASON_LIMIT, "SM_LIMIT_IDENTITY_COMPARISONS");
    g_assert_cmpuint(identity->compared_count, <=, SM_LIMIT_IDENTITY_COMPARISONS);
}

static const sm_certificate *read_certificate(const char *name)
{
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "..", name, NULL);
    g_autofree char *pem = NULL;
    g_autoptr(GError) error = NULL;
    g_file_get_contents(path, &pem, NULL, &error);
    g_assert_no_error(error);
    char *start = strstr(pem, "-----BEGIN CERTIFICATE-----") + strlen("-----BEGIN CERTIFICATE-----");
    *strstr(start, "-----END") = '\0';
    gsize length = 0;
    g_autofree guchar *der = g_base64_decode(start, &length);
    const char *fault = NULL;
    const sm_certificate *read = sm_certificate_parse(arena, sm_bytes_of(der, length), name, &fault);
    g_assert_cmpstr(fault, ==, NULL);
    return read;
}

/* The demonstration certificates, which the openssl command made, and the one of RFC 8591's figures. */
static void real_certificates(void)
{
    const sm_certificate *alice = read_certificate("keys/ring/alice.cert.pem");
    g_assert_cmpstr(sm_identity_name(alice), ==, "sip:alice@example.com");
    assert_verdict(match_from(alice, "sip:alice@example.com"), SM_PASS, SM_REASON_NONE,
                   "sip:alice@example.com");
    assert_verdict(match_from(alice, "sip:bob@example.org"), SM_FAIL, SM_REASON_DIFFERENT_IDENTITY,
                   "From says sip:bob@example.org");
    assert_verdict(match_from(read_certificate("keys/rfc8591/alice.pem"), "sip:alice@example.com"), SM_PASS,
                   SM_REASON_NONE, "sip:alice@example.com");
    const sm_identity *identity =
        match_from(read_certificate("keys/others/alice-no-uri.cert.pem"), "sip:alice@example.com");
    assert_verdict(identity, SM_FAIL, SM_REASON_NO_SIP_IDENTITY, "rfc822Name alice@example.com");
    g_assert_true(identity->compared[0].near_miss);
}

/* A certificate with sip:alice@example.com, a zero and more behind it; the same with a line feed; with a letter above ASCII; and a clean
 * tel: URI: that one alone is an identity. Its rfc822Name is a near miss. */
static void embedded_zero(void)
{
    const sm_certificate *names = read_certificate("tests/data/pki/leaf-names.pem");
    assert_verdict(match_from(names, "sip:alice@example.com"), SM_FAIL, SM_REASON_DIFFERENT_IDENTITY,
                   "an rfc822Name is no SIP identity");
    assert_verdict(match_from(names, "tel:+1-201-555-0123"), SM_PASS, SM_REASON_NONE, "tel:+12015550123");
    const sm_identity *identity = match_from(names, "sip:alice@example.com");
    for (unsigned i = 0; i < identity->compared_count; i++)
        g_assert_false(identity->compared[i].match);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    arena = sm_arena_new();
    g_test_add_func("/sip/identity/pass", pass);
    g_test_add_func("/sip/identity/different", different);
    g_test_add_func("/sip/identity/no-sip-identity", no_sip_identity);
    g_test_add_func("/sip/identity/unclean", unclean);
    g_test_add_func("/sip/identity/not-evaluated", not_evaluated);
    g_test_add_func("/sip/identity/several-claims", several_claims);
    g_test_add_func("/sip/identity/limit", limit);
    g_test_add_func("/sip/identity/certificates", real_certificates);
    g_test_add_func("/sip/identity/embedded-zero", embedded_zero);
    int status = g_test_run();
    sm_arena_free(arena);
    return status;
}
