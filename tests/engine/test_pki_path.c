/* Certification paths and revocation, over the certificates of tests/data/pki/make-certificates: each is right or wrong in the one
 * way that its line there says. */
#include "bounds.h"
#include "pki/path.h"

#include <glib.h>
#include <openssl/pem.h>

#define NOW "2026-01-15T10:00:00Z"
#define YEAR_2020 "2020-06-01T00:00:00Z"

/* DER of the object in a PEM file; path below the top of the source tree. */
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

static sm_bytes read_named(sm_arena *arena, const char *name, const char *extension)
{
    g_autofree char *path = g_strdup_printf("tests/data/pki/%s.%s", name, extension);
    return read_der(arena, path);
}

/* One question: names are of files without extension, lists are separated by spaces. */
typedef struct question {
    const char *leaf, *anchors, *ring, *embedded;
    const char *when;
    const char *crls, *embedded_crls; /* with the extension left out */
} question;

static const sm_path *ask(sm_arena *arena, const question *asked)
{
    sm_keyring *ring = sm_keyring_new();
    const char *const lists[] = {asked->anchors, asked->ring, asked->crls};
    for (size_t k = 0; k < G_N_ELEMENTS(lists); k++) {
        g_auto(GStrv) names = g_strsplit(lists[k] != NULL ? lists[k] : "", " ", -1);
        for (char **name = names; *name != NULL && **name != '\0'; name++)
            g_assert_true(sm_keyring_add_certificate(ring, read_named(arena, *name, k == 2 ? "crl" : "pem"), *name, k == 0));
    }
    const sm_certificate *embedded[16];
    sm_bytes crls[16];
    unsigned count = 0, crl_count = 0;
    g_auto(GStrv) names = g_strsplit(asked->embedded != NULL ? asked->embedded : "", " ", -1);
    for (char **name = names; *name != NULL && **name != '\0'; name++)
        embedded[count++] = sm_certificate_parse(arena, read_named(arena, *name, "pem"), "embedded", NULL);
    g_auto(GStrv) lists_embedded = g_strsplit(asked->embedded_crls != NULL ? asked->embedded_crls : "", " ", -1);
    for (char **name = lists_embedded; *name != NULL && **name != '\0'; name++)
        crls[crl_count++] = read_named(arena, *name, "crl");
    const sm_certificate *leaf = sm_certificate_parse(arena, read_named(arena, asked->leaf, "pem"), "embedded", NULL);
    const sm_path *path = sm_path_validate(arena, ring, leaf, embedded, count, crls, crl_count,
                                           sm_moment_parse_rfc3339(asked->when != NULL ? asked->when : NOW));
    sm_arena_on_free(arena, (GDestroyNotify)sm_keyring_unref, ring); /* the chain is partly the ring's */
    return path;
}

typedef struct expectation {
    question asked;
    sm_verdict_kind kind;
    sm_reason reason;
    unsigned length;
    const char *detail; /* NULL: any */
} expectation;

static const expectation paths[] = {
    {{.leaf = "leaf", .anchors = "root"}, SM_PASS, SM_REASON_NONE, 2, NULL},
    {{.leaf = "leaf-of-ca", .anchors = "root", .ring = "ca"}, SM_PASS, SM_REASON_NONE, 3, NULL},
    {{.leaf = "leaf-of-ca", .anchors = "root", .embedded = "ca"}, SM_PASS, SM_REASON_NONE, 3, NULL},
    {{.leaf = "leaf-of-ca", .anchors = "root", .ring = "ca", .embedded = "ca leaf-of-ca root"}, SM_PASS, SM_REASON_NONE, 3, NULL},
    {{.leaf = "leaf-of-ca", .anchors = "ca"}, SM_PASS, SM_REASON_NONE, 2, NULL}, /* an anchor that is no root */
    {{.leaf = "leaf-of-ca", .anchors = "root"}, SM_FAIL, SM_REASON_UNTRUSTED, 1,
     "the issuer of CN=Alice (serial 20) was not found: CN=Test CA"},
    {{.leaf = "leaf-of-ca", .anchors = "root-plain", .ring = "ca root"}, SM_FAIL, SM_REASON_UNTRUSTED, 3,
     "the path ends at CN=Test Root (serial 01), which is no trust anchor"},
    {{.leaf = "leaf", .ring = "root"}, SM_NOT_EVALUATED, SM_REASON_NO_ANCHOR, 2, "no trust anchors were given"},
    {{.leaf = "leaf", .anchors = "ca"}, SM_FAIL, SM_REASON_UNTRUSTED, 1, NULL}, /* the wrong issuer */
    {{.leaf = "leaf-ed25519", .anchors = "root"}, SM_PASS, SM_REASON_NONE, 2, NULL},
    {{.leaf = "leaf-rsa", .anchors = "root"}, SM_PASS, SM_REASON_NONE, 2, NULL},
    {{.leaf = "digest-sha1", .anchors = "root"}, SM_PASS, SM_REASON_NONE, 2, NULL}, /* weak: for the rules to say */

    /* dates are no part of the path */
    {{.leaf = "leaf-expired", .anchors = "root"}, SM_PASS, SM_REASON_NONE, 2, NULL},
    {{.leaf = "leaf-of-expired", .anchors = "root", .ring = "ca-expired"}, SM_PASS, SM_REASON_NONE, 3, NULL},

    /* self-signed */
    {{.leaf = "leaf-self", .anchors = "root"}, SM_FAIL, SM_REASON_SELF_SIGNED, 1,
     "O=example.com,CN=Alice (serial 29) is self-signed and no trust anchor"},
    {{.leaf = "leaf-self", .anchors = "leaf-self"}, SM_PASS, SM_REASON_NONE, 1, NULL},
    {{.leaf = "leaf", .anchors = "leaf"}, SM_PASS, SM_REASON_NONE, 1, NULL}, /* an anchor though somebody else issued it */
    {{.leaf = "leaf-encipher", .anchors = "leaf-encipher"}, SM_FAIL, SM_REASON_KEY_USAGE, 1, NULL},
    /* who trusts Alice's own certificate does not let her issue others */
    {{.leaf = "leaf-of-self", .anchors = "leaf-self"}, SM_FAIL, SM_REASON_CONSTRAINTS, 1,
     "O=example.com,CN=Alice (serial 29) is no certification authority (basicConstraints)"},

    /* authorities that are none, or go too far */
    {{.leaf = "leaf-of-leaf", .anchors = "root", .ring = "leaf"}, SM_FAIL, SM_REASON_CONSTRAINTS, 1, NULL},
    {{.leaf = "leaf-of-no-flag", .anchors = "root", .ring = "ca-no-flag"}, SM_FAIL, SM_REASON_CONSTRAINTS, 1,
     "CN=No CA at all (serial 13) is no certification authority (basicConstraints)"},
    {{.leaf = "leaf-of-no-sign", .anchors = "root", .ring = "ca-no-sign"}, SM_FAIL, SM_REASON_KEY_USAGE, 1,
     "CN=CA that may not sign (serial 14) may not sign certificates (keyUsage)"},
    {{.leaf = "leaf-too-deep", .anchors = "root", .ring = "ca ca-below"}, SM_FAIL, SM_REASON_CONSTRAINTS, 4, NULL},
    {{.leaf = "leaf-too-deep", .anchors = "ca-below"}, SM_PASS, SM_REASON_NONE, 2, NULL},

    /* name constraints on URIs; RFC 5280 4.2.1.10 has no place for sip: URIs, which have no authority component */
    {{.leaf = "leaf-permitted", .anchors = "root", .ring = "ca-permitted"}, SM_PASS, SM_REASON_NONE, 3, NULL},
    {{.leaf = "leaf-not-permitted", .anchors = "root", .ring = "ca-permitted"}, SM_FAIL, SM_REASON_CONSTRAINTS, 3,
     "CN=Alice (serial 31): permitted subtree violation"},
    {{.leaf = "leaf-not-excluded", .anchors = "root", .ring = "ca-excluded"}, SM_PASS, SM_REASON_NONE, 3, NULL},
    {{.leaf = "leaf-excluded", .anchors = "root", .ring = "ca-excluded"}, SM_FAIL, SM_REASON_CONSTRAINTS, 3,
     "CN=Alice (serial 34): excluded subtree violation"},
    {{.leaf = "leaf-sip-permitted", .anchors = "root", .ring = "ca-permitted"}, SM_FAIL, SM_REASON_CONSTRAINTS, 3, NULL},
    {{.leaf = "leaf-of-mail", .anchors = "root", .ring = "ca-mail"}, SM_PASS, SM_REASON_NONE, 3, NULL},

    /* usages of the leaf */
    {{.leaf = "leaf-encipher", .anchors = "root"}, SM_FAIL, SM_REASON_KEY_USAGE, 2, "CN=Alice (serial 40) may not sign messages (keyUsage)"},
    {{.leaf = "leaf-non-repudiation", .anchors = "root"}, SM_PASS, SM_REASON_NONE, 2, NULL},
    {{.leaf = "leaf-server", .anchors = "root"}, SM_FAIL, SM_REASON_EXTENDED_KEY_USAGE, 2,
     "CN=Alice (serial 42) is for serverAuth, not for emailProtection"},
    {{.leaf = "leaf-any", .anchors = "root"}, SM_PASS, SM_REASON_NONE, 2, NULL},

    /* extensions */
    {{.leaf = "leaf-critical", .anchors = "root"}, SM_FAIL, SM_REASON_CERTIFICATE_INVALID, 2,
     "CN=Alice (serial 44): unknown critical extension 1.2.3.4.5"},
    {{.leaf = "leaf-repeated", .anchors = "root"}, SM_FAIL, SM_REASON_CERTIFICATE_INVALID, 2, NULL},
    {{.leaf = "leaf-bad-extension", .anchors = "root"}, SM_FAIL, SM_REASON_CERTIFICATE_INVALID, 2, NULL},

    /* two authorities of one name */
    {{.leaf = "leaf", .anchors = "root root-twin"}, SM_PASS, SM_REASON_NONE, 2, NULL},
    {{.leaf = "leaf-of-twin", .anchors = "root root-twin"}, SM_PASS, SM_REASON_NONE, 2, NULL},
    {{.leaf = "leaf", .anchors = "root-twin"}, SM_FAIL, SM_REASON_UNTRUSTED, 1, NULL},
    {{.leaf = "leaf", .anchors = "root-twin", .embedded = "root"}, SM_FAIL, SM_REASON_UNTRUSTED, 2, NULL},
    {{.leaf = "leaf-of-plain", .anchors = "root-plain root-plain-twin"}, SM_PASS, SM_REASON_NONE, 2, NULL}, /* no key identifiers to choose by */
    {{.leaf = "leaf-of-plain", .anchors = "root-plain-twin root-plain"}, SM_PASS, SM_REASON_NONE, 2, NULL},
    {{.leaf = "leaf-of-plain", .anchors = "root-plain-twin"}, SM_FAIL, SM_REASON_CERTIFICATE_SIGNATURE, 1, NULL},
    {{.leaf = "leaf-twice-a", .anchors = "root", .ring = "leaf-twice-b"}, SM_PASS, SM_REASON_NONE, 2, NULL},
    {{.leaf = "leaf-twice-b", .anchors = "root", .ring = "leaf-twice-a"}, SM_PASS, SM_REASON_NONE, 2, NULL},
};

static void structure(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        const expectation *expected = &paths[i];
        sm_arena *arena = sm_arena_new();
        const sm_path *path = ask(arena, &expected->asked);
        g_test_message("%s under %s: %s %s, %u, %s", expected->asked.leaf, expected->asked.anchors,
                       sm_verdict_word(path->path.kind), sm_reason_word(path->path.reason), path->chain_length,
                       path->path.detail != NULL ? path->path.detail : "-");
        g_assert_cmpint(path->path.kind, ==, expected->kind);
        g_assert_cmpint(path->path.reason, ==, expected->reason);
        g_assert_cmpuint(path->chain_length, ==, expected->length);
        if (expected->detail != NULL)
            g_assert_cmpstr(path->path.detail, ==, expected->detail);
        if (path->path.kind != SM_PASS)
            g_assert_cmpint(path->revocation.reason, ==, SM_REASON_PATH_NOT_PASSED);
        sm_arena_free(arena);
    }
}

/* One octet altered anywhere never makes a path that passes: the encoding's front, the names, the key, the signature. */
static void altered(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = sm_keyring_new();
    g_assert_true(sm_keyring_add_certificate(ring, read_named(arena, "root", "pem"), "root", true));
    sm_bytes der = read_named(arena, "leaf", "pem");
    unsigned parsed = 0, signature = 0;
    for (size_t at = 0; at < der.length; at++) {
        sm_arena *own = sm_arena_new();
        sm_bytes copy = sm_arena_copy(own, der);
        ((uint8_t *)copy.data)[at] ^= 0x01;
        const sm_certificate *leaf = sm_certificate_parse(own, copy, "altered", NULL);
        if (leaf != NULL) {
            const sm_path *path = sm_path_validate(own, ring, leaf, NULL, 0, NULL, 0, sm_moment_parse_rfc3339(NOW));
            g_assert_cmpint(path->path.kind, !=, SM_PASS);
            parsed++;
            signature += path->path.reason == SM_REASON_CERTIFICATE_SIGNATURE;
        }
        sm_arena_free(own);
    }
    g_assert_cmpuint(parsed, >, 200);
    g_assert_cmpuint(signature, >, 100);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

static sm_verdict valid_at(sm_arena *arena, const sm_path *path, const char *when)
{
    return sm_path_valid_at(arena, path, sm_moment_parse_rfc3339(when), SM_REASON_NO_SIGNING_TIME);
}

static void dates(void)
{
    sm_arena *arena = sm_arena_new();
    const sm_path *good = ask(arena, &(question){.leaf = "leaf-of-ca", .anchors = "root", .ring = "ca"});
    g_assert_cmpint(valid_at(arena, good, NOW).kind, ==, SM_PASS);
    g_assert_cmpint(valid_at(arena, good, "2019-12-31T23:59:59Z").reason, ==, SM_REASON_NOT_YET_VALID);
    g_assert_cmpint(valid_at(arena, good, "2070-01-01T00:00:00Z").reason, ==, SM_REASON_EXPIRED);
    sm_verdict unknown = sm_path_valid_at(arena, good, (sm_moment){0}, SM_REASON_NO_SIGNING_TIME);
    g_assert_cmpint(unknown.kind, ==, SM_NOT_EVALUATED);
    g_assert_cmpint(unknown.reason, ==, SM_REASON_NO_SIGNING_TIME);

    const sm_path *leaf = ask(arena, &(question){.leaf = "leaf-expired", .anchors = "root"});
    g_assert_cmpint(valid_at(arena, leaf, YEAR_2020).kind, ==, SM_PASS);
    g_assert_cmpstr(valid_at(arena, leaf, NOW).detail, ==,
                    "CN=Alice (serial 21) is valid from 2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z, not at " NOW);
    const sm_path *authority = ask(arena, &(question){.leaf = "leaf-of-expired", .anchors = "root", .ring = "ca-expired"});
    g_assert_cmpint(valid_at(arena, authority, YEAR_2020).kind, ==, SM_PASS);
    g_assert_cmpint(valid_at(arena, authority, NOW).reason, ==, SM_REASON_EXPIRED);
    g_assert_true(g_str_has_prefix(valid_at(arena, authority, NOW).detail, "CN=Expired CA (serial 11) is valid"));
    sm_arena_free(arena);
}

typedef struct revocation {
    question asked;
    sm_verdict_kind kind;
    sm_reason reason;
    const char *detail;
} revocation;

static const revocation revocations[] = {
    {{.leaf = "leaf", .anchors = "root", .crls = "root"}, SM_PASS, SM_REASON_NONE, NULL},
    {{.leaf = "leaf", .anchors = "root", .embedded_crls = "root"}, SM_PASS, SM_REASON_NONE, NULL},
    {{.leaf = "leaf", .anchors = "root"}, SM_NOT_EVALUATED, SM_REASON_NO_CRL, "for CN=Alice (serial 20): no CRL of CN=Test Root"},
    {{.leaf = "leaf-revoked", .anchors = "root", .crls = "root"}, SM_FAIL, SM_REASON_REVOKED,
     "CN=Alice (serial 47) was revoked at 2023-06-01T00:00:00Z: keyCompromise"},
    {{.leaf = "leaf-revoked", .anchors = "root", .embedded_crls = "root"}, SM_FAIL, SM_REASON_REVOKED, NULL},
    /* before the revocation, and on its second */
    {{.leaf = "leaf-revoked", .anchors = "root", .when = "2023-05-31T23:59:59Z", .crls = "root"}, SM_PASS, SM_REASON_NONE,
     "CN=Alice (serial 47) was revoked later, at 2023-06-01T00:00:00Z"},
    {{.leaf = "leaf-revoked", .anchors = "root", .when = "2023-06-01T00:00:00Z", .crls = "root"}, SM_FAIL, SM_REASON_REVOKED, NULL},
    /* a CRL made later tells of earlier times */
    {{.leaf = "leaf", .anchors = "root", .when = YEAR_2020, .crls = "root"}, SM_PASS, SM_REASON_NONE, NULL},
    /* unless the certificate had ended: it may have been taken off the list */
    {{.leaf = "leaf-expired", .anchors = "root", .when = YEAR_2020, .crls = "root"}, SM_NOT_EVALUATED, SM_REASON_NO_CRL, NULL},
    {{.leaf = "leaf", .anchors = "root", .crls = "root-2022"}, SM_NOT_EVALUATED, SM_REASON_NO_CRL,
     "for CN=Alice (serial 20): the CRL of CN=Test Root is out of date since 2022-12-31T23:59:59Z"},
    {{.leaf = "leaf", .anchors = "root", .when = "2022-06-01T00:00:00Z", .crls = "root-2022"}, SM_PASS, SM_REASON_NONE, NULL},
    {{.leaf = "leaf-revoked", .anchors = "root", .crls = "root-2022 root"}, SM_FAIL, SM_REASON_REVOKED, NULL},
    {{.leaf = "leaf-held", .anchors = "root", .crls = "root-hold"}, SM_FAIL, SM_REASON_REVOKED,
     "CN=Alice (serial 48) was put on hold at 2023-06-01T00:00:00Z: certificateHold"},
    /* another authority of the same name: told apart by key identifier, otherwise a signature that does not fit */
    {{.leaf = "leaf", .anchors = "root", .crls = "root-twin"}, SM_NOT_EVALUATED, SM_REASON_NO_CRL, NULL},
    {{.leaf = "leaf", .anchors = "root", .crls = "root-twin-nameless"}, SM_FAIL, SM_REASON_CRL_INVALID, NULL},
    {{.leaf = "leaf", .anchors = "root", .crls = "root", .embedded_crls = "root-twin-nameless"}, SM_PASS, SM_REASON_NONE, NULL},
    /* forms that do not tell of everything; an entry for this certificate counts all the same, but for an indirect one */
    {{.leaf = "leaf", .anchors = "root", .crls = "root-delta"}, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM,
     "for CN=Alice (serial 20): delta CRL of CN=Test Root"},
    {{.leaf = "leaf", .anchors = "root", .crls = "root-users"}, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, NULL},
    {{.leaf = "leaf-revoked", .anchors = "root", .crls = "root-users-revoked"}, SM_FAIL, SM_REASON_REVOKED, NULL},
    {{.leaf = "leaf-revoked", .anchors = "root", .crls = "root-indirect"}, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, NULL},
    {{.leaf = "leaf", .anchors = "root", .crls = "root-critical"}, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, NULL},
    /* every certificate below the anchor */
    {{.leaf = "leaf-of-ca", .anchors = "root", .ring = "ca", .crls = "root ca"}, SM_PASS, SM_REASON_NONE, NULL},
    {{.leaf = "leaf-of-ca", .anchors = "root", .ring = "ca", .crls = "ca"}, SM_NOT_EVALUATED, SM_REASON_NO_CRL,
     "for CN=Test CA (serial 10): no CRL of CN=Test Root"},
    {{.leaf = "leaf-of-ca", .anchors = "root", .ring = "ca", .crls = "root"}, SM_NOT_EVALUATED, SM_REASON_NO_CRL, NULL},
    {{.leaf = "leaf-self", .anchors = "leaf-self"}, SM_NOT_EVALUATED, SM_REASON_NO_CRL, "the certificate is itself the trust anchor"},
    {{.leaf = "leaf-revoked", .anchors = "root-plain", .crls = "root"}, SM_NOT_EVALUATED, SM_REASON_PATH_NOT_PASSED, NULL},
    {{.leaf = "leaf", .anchors = "root", .when = "never", .crls = "root"}, SM_NOT_EVALUATED, SM_REASON_NO_SIGNING_TIME, NULL},
};

static void revoked(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(revocations); i++) {
        const revocation *expected = &revocations[i];
        sm_arena *arena = sm_arena_new();
        const sm_path *path = ask(arena, &expected->asked);
        g_test_message("%s: %s %s %s", expected->asked.leaf, sm_verdict_word(path->revocation.kind),
                       sm_reason_word(path->revocation.reason), path->revocation.detail != NULL ? path->revocation.detail : "-");
        g_assert_cmpint(path->revocation.kind, ==, expected->kind);
        g_assert_cmpint(path->revocation.reason, ==, expected->reason);
        if (expected->detail != NULL)
            g_assert_cmpstr(path->revocation.detail, ==, expected->detail);
        g_assert_cmpint(path->revoked_at.known, ==, expected->reason == SM_REASON_REVOKED);
        sm_arena_free(arena);
    }
}

/* RFC 8591 Figure 1: Alice's own certificate as anchor; it ended before the message was signed. */
static void rfc8591(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = sm_keyring_new();
    sm_bytes der = read_der(arena, "keys/rfc8591/alice.pem");
    const sm_certificate *alice = sm_certificate_parse(arena, der, "embedded", NULL);
    const sm_path *path = sm_path_validate(arena, ring, alice, NULL, 0, NULL, 0, sm_moment_parse_rfc3339(NOW));
    g_assert_cmpint(path->path.reason, ==, SM_REASON_NO_ANCHOR);
    g_assert_true(sm_keyring_add_certificate(ring, der, "alice.pem", true));
    path = sm_path_validate(arena, ring, alice, NULL, 0, NULL, 0, sm_moment_parse_rfc3339(NOW));
    g_assert_cmpint(path->path.kind, ==, SM_PASS);
    g_assert_cmpuint(path->chain_length, ==, 1);
    g_assert_cmpint(valid_at(arena, path, "2019-01-26T06:11:18Z").reason, ==, SM_REASON_EXPIRED);
    g_assert_cmpint(valid_at(arena, path, "2018-06-01T00:00:00Z").kind, ==, SM_PASS);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* The demonstration ring says in its README what each certificate is. */
static void demonstration(void)
{
    static const struct { const char *path, *when; sm_reason path_reason, revocation_reason, valid_reason; } cases[] = {
        {"keys/ring/alice.cert.pem", NOW, SM_REASON_NONE, SM_REASON_NONE, SM_REASON_NONE},
        {"keys/ring/alice-ed25519.cert.pem", NOW, SM_REASON_NONE, SM_REASON_NONE, SM_REASON_NONE},
        {"keys/ring/alice-intermediate.cert.pem", NOW, SM_REASON_NONE, SM_REASON_NONE, SM_REASON_NONE},
        {"keys/others/alice-expired.cert.pem", YEAR_2020, SM_REASON_NONE, SM_REASON_NONE, SM_REASON_NONE},
        {"keys/others/alice-expired.cert.pem", NOW, SM_REASON_NONE, SM_REASON_NONE, SM_REASON_EXPIRED},
        {"keys/others/alice-revoked.cert.pem", NOW, SM_REASON_NONE, SM_REASON_REVOKED, SM_REASON_NONE},
        {"keys/others/alice-unknown-issuer.cert.pem", NOW, SM_REASON_UNTRUSTED, SM_REASON_PATH_NOT_PASSED, SM_REASON_NONE},
    };
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = sm_keyring_new();
    g_autofree char *trust = g_build_filename(g_test_get_dir(G_TEST_DIST), "..", "..", "keys", "trust", NULL),
                    *crl = g_build_filename(g_test_get_dir(G_TEST_DIST), "..", "..", "keys", "crl", NULL);
    g_assert_cmpuint(sm_keyring_add_trust(ring, trust), ==, 1);
    g_assert_cmpuint(sm_keyring_add_crls(ring, crl), ==, 3);
    const sm_certificate *intermediate =
        sm_certificate_parse(arena, read_der(arena, "keys/others/intermediate-ca.cert.pem"), "embedded", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const sm_certificate *leaf = sm_certificate_parse(arena, read_der(arena, cases[i].path), "embedded", NULL);
        const sm_path *path = sm_path_validate(arena, ring, leaf, &intermediate, 1, NULL, 0,
                                               sm_moment_parse_rfc3339(cases[i].when));
        g_test_message("%s: %s, %s", cases[i].path, path->path.detail, path->revocation.detail);
        g_assert_cmpint(path->path.reason, ==, cases[i].path_reason);
        g_assert_cmpint(path->revocation.reason, ==, cases[i].revocation_reason);
        g_assert_cmpint(valid_at(arena, path, cases[i].when).reason, ==, cases[i].valid_reason);
    }
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* One ring, many threads: every one comes to the same verdicts. */
static gpointer validate_often(gpointer data)
{
    const sm_keyring *ring = data;
    for (int i = 0; i < 50; i++) {
        sm_arena *arena = sm_arena_new();
        const sm_certificate *good = sm_certificate_parse(arena, read_named(arena, "leaf-of-ca", "pem"), "embedded", NULL);
        const sm_certificate *bad = sm_certificate_parse(arena, read_named(arena, "leaf-revoked", "pem"), "embedded", NULL);
        sm_moment when = sm_moment_parse_rfc3339(NOW);
        const sm_path *first = sm_path_validate(arena, ring, good, &bad, 1, NULL, 0, when);
        const sm_path *second = sm_path_validate(arena, ring, bad, &good, 1, NULL, 0, when);
        bool same = first->path.kind == SM_PASS && first->revocation.kind == SM_PASS && second->path.kind == SM_PASS &&
                    second->revocation.reason == SM_REASON_REVOKED;
        sm_arena_free(arena);
        if (!same)
            return GINT_TO_POINTER(1);
    }
    return NULL;
}

static void threads(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = sm_keyring_new();
    g_assert_true(sm_keyring_add_certificate(ring, read_named(arena, "root", "pem"), "root", true));
    g_assert_true(sm_keyring_add_certificate(ring, read_named(arena, "ca", "pem"), "ca", false));
    g_assert_true(sm_keyring_add_certificate(ring, read_named(arena, "root", "crl"), "root.crl", false));
    g_assert_true(sm_keyring_add_certificate(ring, read_named(arena, "ca", "crl"), "ca.crl", false));
    GThread *workers[8];
    for (size_t i = 0; i < G_N_ELEMENTS(workers); i++)
        workers[i] = g_thread_new("validate", validate_often, ring);
    for (size_t i = 0; i < G_N_ELEMENTS(workers); i++)
        g_assert_null(g_thread_join(workers[i]));
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* Sixty certificates of the issuer's name, embedded by somebody who wants the work to be done, or not to be done. */
static void decoys(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = sm_keyring_new();
    g_assert_true(sm_keyring_add_certificate(ring, read_named(arena, "root-plain", "pem"), "root", true));
    const sm_certificate *leaf = sm_certificate_parse(arena, read_named(arena, "leaf-of-plain", "pem"), "embedded", NULL);
    const sm_certificate *embedded[SM_LIMIT_CMS_CERTIFICATES + 10];
    for (size_t i = 0; i < G_N_ELEMENTS(embedded); i++) {
        sm_bytes der = read_named(arena, "root-plain-twin", "pem");
        ((uint8_t *)der.data)[der.length - 1] ^= (uint8_t)i; /* another certificate: the last octet of its signature */
        embedded[i] = sm_certificate_parse(arena, der, "embedded", NULL);
        g_assert_nonnull(embedded[i]);
    }
    const sm_path *path = sm_path_validate(arena, ring, leaf, embedded, G_N_ELEMENTS(embedded), NULL, 0,
                                           sm_moment_parse_rfc3339(NOW));
    g_assert_cmpint(path->path.kind, ==, SM_PASS);
    sm_keyring_unref(ring);
    /* and with no anchor of that name: an answer, within the bound */
    ring = sm_keyring_new();
    g_assert_true(sm_keyring_add_certificate(ring, read_named(arena, "root", "pem"), "root", true));
    path = sm_path_validate(arena, ring, leaf, embedded, G_N_ELEMENTS(embedded), NULL, 0, sm_moment_parse_rfc3339(NOW));
    g_assert_cmpint(path->path.kind, !=, SM_PASS);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pki/path/structure", structure);
    g_test_add_func("/pki/path/altered", altered);
    g_test_add_func("/pki/path/dates", dates);
    g_test_add_func("/pki/path/revoked", revoked);
    g_test_add_func("/pki/path/rfc8591", rfc8591);
    g_test_add_func("/pki/path/demonstration", demonstration);
    g_test_add_func("/pki/path/threads", threads);
    g_test_add_func("/pki/path/decoys", decoys);
    return g_test_run();
}
