/* Certification paths and revocation, over the certificates of tests/data/pki/make-certificates: each is right or wrong in the one
 * way that its line there says. */
#include "base/bounds.h"
#include "pki/keyring_store.h"
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

/* What is asked, read: the ring and what comes with the message. Released with the arena. */
typedef struct material {
    sm_keyring *ring;
    const sm_certificate *leaf, *embedded[16];
    unsigned embedded_count;
    sm_bytes crls[16];
    unsigned crl_count;
} material;

static material read_material(sm_arena *arena, const question *asked)
{
    material of = {.ring = sm_keyring_new()};
    const char *const lists[] = {asked->anchors, asked->ring, asked->crls};
    for (size_t k = 0; k < G_N_ELEMENTS(lists); k++) {
        g_auto(GStrv) names = g_strsplit(lists[k] != NULL ? lists[k] : "", " ", -1);
        for (char **name = names; *name != NULL && **name != '\0'; name++)
            g_assert_true(sm_keyring_add_certificate(of.ring, read_named(arena, *name, k == 2 ? "crl" : "pem"), *name, k == 0));
    }
    g_auto(GStrv) names = g_strsplit(asked->embedded != NULL ? asked->embedded : "", " ", -1);
    for (char **name = names; *name != NULL && **name != '\0'; name++)
        of.embedded[of.embedded_count++] = sm_certificate_parse(arena, read_named(arena, *name, "pem"), "embedded", NULL);
    g_auto(GStrv) lists_embedded = g_strsplit(asked->embedded_crls != NULL ? asked->embedded_crls : "", " ", -1);
    for (char **name = lists_embedded; *name != NULL && **name != '\0'; name++)
        of.crls[of.crl_count++] = read_named(arena, *name, "crl");
    of.leaf = sm_certificate_parse(arena, read_named(arena, asked->leaf, "pem"), "embedded", NULL);
    sm_arena_on_free(arena, (GDestroyNotify)sm_keyring_unref, of.ring); /* the chain is partly the ring's */
    return of;
}

static const sm_path *validate(sm_arena *arena, const material *of, sm_moment when)
{
    return sm_path_validate(arena, of->ring, of->leaf, of->embedded, of->embedded_count, of->crls, of->crl_count, when);
}

static const sm_path *ask(sm_arena *arena, const question *asked)
{
    material of = read_material(arena, asked);
    return validate(arena, &of, sm_moment_parse_rfc3339(asked->when != NULL ? asked->when : NOW));
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
    {{.leaf = "leaf-any", .anchors = "root"}, SM_PASS, SM_REASON_NONE, 2,
     "CN=Alice (serial 43) is for sipDomain too: it may stand for a SIP domain, and its key then is a server's rather than a user's alone (RFC 5924)"},
    {{.leaf = "leaf-sip-domain", .anchors = "leaf-sip-domain"}, SM_FAIL, SM_REASON_EXTENDED_KEY_USAGE, 1,
     "CN=example.com (serial 55) is for sipDomain, not for emailProtection: sipDomain stands for a SIP domain, not for a user of it (RFC 5924)"},

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

    /* an authority that changed its key, without key identifiers: its certificates bear one name and are not self-signed */
    {{.leaf = "leaf-rolled", .anchors = "roll-old", .ring = "roll-new"}, SM_PASS, SM_REASON_NONE, 3, NULL},
    {{.leaf = "leaf-rolled", .anchors = "roll-old", .embedded = "roll-forged roll-new"}, SM_PASS, SM_REASON_NONE, 3, NULL},
    {{.leaf = "leaf-rolled", .anchors = "roll-new"}, SM_PASS, SM_REASON_NONE, 2, NULL},
    {{.leaf = "leaf-rolled-twice", .anchors = "roll-old", .ring = "roll-new roll-newer"}, SM_PASS, SM_REASON_NONE, 4, NULL},
    /* the constraints of the old key's certificate, and of the new one's, hold for those below */
    {{.leaf = "leaf-rolled-org", .anchors = "roll-old", .ring = "roll-new"}, SM_FAIL, SM_REASON_CONSTRAINTS, 3,
     "CN=Alice (serial 62): excluded subtree violation"},
    {{.leaf = "leaf-rolled-net", .anchors = "roll-old", .ring = "roll-new"}, SM_FAIL, SM_REASON_CONSTRAINTS, 3,
     "CN=Alice (serial 63): excluded subtree violation"},
    {{.leaf = "leaf-rolled-twice-net", .anchors = "roll-old", .ring = "roll-new roll-newer"}, SM_FAIL, SM_REASON_CONSTRAINTS, 4,
     "CN=Alice (serial 65): excluded subtree violation"},
    {{.leaf = "leaf-rolled-deep", .anchors = "roll-old", .ring = "roll-new roll-newer roll-below"}, SM_FAIL, SM_REASON_CONSTRAINTS, 5,
     "CN=Rolling Root (serial 03): path length constraint exceeded"},
    /* the name alone makes no issuer */
    {{.leaf = "leaf-rolled-forged", .anchors = "roll-old", .embedded = "roll-forged"}, SM_FAIL, SM_REASON_CERTIFICATE_SIGNATURE, 1,
     "the signature of CN=Alice (serial 67) does not verify with the key of CN=Rolling Root (serial 01)"},
    {{.leaf = "leaf-rolled", .anchors = "roll-old", .embedded = "roll-forged"}, SM_FAIL, SM_REASON_CERTIFICATE_SIGNATURE, 1, NULL},
    {{.leaf = "leaf-rolled-self", .anchors = "roll-old", .ring = "roll-new"}, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, 3, NULL},
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
    /* another authority of the same name: told apart by its signature */
    {{.leaf = "leaf", .anchors = "root", .crls = "root-twin"}, SM_NOT_EVALUATED, SM_REASON_NO_CRL,
     "for CN=Alice (serial 20): no CRL of CN=Test Root; the one of that name (root-twin) is signed with another key"},
    {{.leaf = "leaf", .anchors = "root", .crls = "root-twin-nameless"}, SM_NOT_EVALUATED, SM_REASON_NO_CRL,
     "for CN=Alice (serial 20): no CRL of CN=Test Root; the one of that name (root-twin-nameless) is signed with another key"},
    {{.leaf = "leaf", .anchors = "root", .crls = "root", .embedded_crls = "root-twin-nameless"}, SM_PASS, SM_REASON_NONE, NULL},
    /* forms that do not tell of everything (test_pki_revocation.c has all of them) */
    {{.leaf = "leaf", .anchors = "root", .crls = "root-delta"}, SM_NOT_EVALUATED, SM_REASON_NO_CRL,
     "for CN=Alice (serial 20): the delta CRL of CN=Test Root (root-delta) lacks the complete one that it changes"},
    {{.leaf = "leaf", .anchors = "root", .crls = "root-users"}, SM_PASS, SM_REASON_NONE, NULL},
    {{.leaf = "leaf-revoked", .anchors = "root", .crls = "root-users-revoked"}, SM_FAIL, SM_REASON_REVOKED, NULL},
    {{.leaf = "leaf-revoked", .anchors = "root", .crls = "root-indirect"}, SM_FAIL, SM_REASON_REVOKED, NULL},
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

/* ---- What the ring remembers ---- */

static void assert_same(const sm_path *path, const sm_path *expected)
{
    const sm_verdict verdicts[][2] = {{path->path, expected->path}, {path->revocation, expected->revocation}};
    for (size_t i = 0; i < G_N_ELEMENTS(verdicts); i++) {
        g_assert_cmpint(verdicts[i][0].kind, ==, verdicts[i][1].kind);
        g_assert_cmpint(verdicts[i][0].reason, ==, verdicts[i][1].reason);
        g_assert_cmpstr(verdicts[i][0].detail, ==, verdicts[i][1].detail);
    }
    g_assert_cmpuint(path->chain_length, ==, expected->chain_length);
    for (unsigned i = 0; i < path->chain_length; i++)
        g_assert_true(path->chain[i] == expected->chain[i]);
    g_assert_cmpint(path->revoked_at.known, ==, expected->revoked_at.known);
    if (path->revoked_at.known)
        g_assert_cmpint(sm_moment_compare(path->revoked_at, expected->revoked_at), ==, 0);
}

/* Every date that stands in a file of tests/data/pki which these tests use, and the seconds and fractions around it. */
static GArray *boundary_moments(void)
{
    sm_arena *arena = sm_arena_new();
    GArray *moments = g_array_new(FALSE, FALSE, sizeof(sm_moment));
    g_autofree char *folder = g_build_filename(g_test_get_dir(G_TEST_DIST), "..", "data", "pki", NULL);
    GDir *dir = g_dir_open(folder, 0, NULL);
    GHashTable *seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        sm_moment dates[2] = {{0}};
        g_autofree char *path = g_strdup_printf("tests/data/pki/%s", name);
        if (g_str_has_suffix(name, ".crl")) {
            const sm_crl *crl = sm_crl_parse(arena, read_der(arena, path), name, NULL);
            dates[0] = crl->this_update;
            dates[1] = crl->next_update;
        } else if (g_str_has_prefix(name, "leaf") && g_str_has_suffix(name, ".pem")) {
            const sm_certificate *certificate = sm_certificate_parse(arena, read_der(arena, path), name, NULL);
            dates[0] = certificate->not_before;
            dates[1] = certificate->not_after;
        }
        for (size_t i = 0; i < G_N_ELEMENTS(dates); i++)
            if (dates[i].known && !g_hash_table_contains(seen, &dates[i].seconds))
                g_hash_table_add(seen, g_memdup2(&dates[i].seconds, sizeof dates[i].seconds));
    }
    g_dir_close(dir);
    int64_t revoked = sm_moment_parse_rfc3339("2023-06-01T00:00:00Z").seconds;
    g_hash_table_add(seen, g_memdup2(&revoked, sizeof revoked));
    GHashTableIter iterator;
    gpointer date;
    g_hash_table_iter_init(&iterator, seen);
    while (g_hash_table_iter_next(&iterator, &date, NULL)) {
        int64_t at = *(int64_t *)date;
        const sm_moment around[] = {sm_moment_at(at - 1, 0), sm_moment_at(at - 1, 999999999), sm_moment_at(at, 0), sm_moment_at(at, 1),
                                    sm_moment_at(at, 999999999), sm_moment_at(at + 1, 0), sm_moment_at(at + 86400, 0)};
        g_array_append_vals(moments, around, G_N_ELEMENTS(around));
    }
    sm_moment unknown = {0};
    g_array_append_val(moments, unknown);
    g_hash_table_destroy(seen);
    sm_arena_free(arena);
    return moments;
}

/* Asked at every boundary in one order and back again: never a different answer than without a memory, and rarely anew. */
static void remember(const question *asked, const GArray *moments)
{
    sm_arena *arena = sm_arena_new();
    material of = read_material(arena, asked);
    for (guint i = 0; i < 2 * moments->len; i++) {
        guint at = i < moments->len ? i : 2 * moments->len - 1 - i;
        sm_moment when = g_array_index(moments, sm_moment, at);
        sm_arena *own = sm_arena_new();
        const sm_path *expected = sm_path_validate_anew(own, of.ring, of.leaf, of.embedded, of.embedded_count, of.crls, of.crl_count, when);
        assert_same(validate(own, &of, when), expected);
        sm_arena_free(own);
    }
    unsigned remembered = sm_path_cache_count(sm_keyring_paths(of.ring));
    g_test_message("%s: %u answers at %u moments", asked->leaf, remembered, moments->len);
    g_assert_cmpuint(remembered, >=, 1);
    g_assert_cmpuint(remembered, <, moments->len / 2); /* they are used */
    sm_arena_free(arena);
}

static void remembered(void)
{
    GArray *moments = boundary_moments();
    g_assert_cmpuint(moments->len, >, 40);
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i += 4) /* few of them speak of time */
        remember(&paths[i].asked, moments);
    for (size_t i = 0; i < G_N_ELEMENTS(revocations); i++)
        remember(&revocations[i].asked, moments);
    static const question more[] = {
        {.leaf = "leaf-expired", .anchors = "root", .crls = "root root-2022"},
        {.leaf = "leaf-of-expired", .anchors = "root", .ring = "ca-expired", .crls = "root-2022"},
        {.leaf = "leaf-of-plain", .anchors = "root-plain root-plain-twin", .embedded = "leaf root-plain-twin"},
        {.leaf = "leaf-held", .anchors = "root", .crls = "root-2022", .embedded_crls = "root-hold root"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(more); i++)
        remember(&more[i], moments);
    g_array_free(moments, TRUE);
}

/* A ring that grows knows better than it did. */
static void remembered_until_added(void)
{
    sm_arena *arena = sm_arena_new();
    material of = read_material(arena, &(question){.leaf = "leaf-revoked", .ring = "ca"});
    sm_moment when = sm_moment_parse_rfc3339(NOW);
    g_assert_cmpint(validate(arena, &of, when)->path.reason, ==, SM_REASON_NO_ANCHOR);
    g_assert_true(sm_keyring_add_certificate(of.ring, read_named(arena, "root", "pem"), "root", false));
    g_assert_cmpuint(validate(arena, &of, when)->chain_length, ==, 2);
    g_assert_true(sm_keyring_add_certificate(of.ring, read_named(arena, "root", "pem"), "root", true)); /* known, but no anchor yet */
    g_assert_cmpint(validate(arena, &of, when)->path.kind, ==, SM_PASS);
    g_assert_cmpint(validate(arena, &of, when)->revocation.reason, ==, SM_REASON_NO_CRL);
    g_assert_true(sm_keyring_add_certificate(of.ring, read_named(arena, "root", "crl"), "root.crl", false));
    g_assert_cmpint(validate(arena, &of, when)->revocation.reason, ==, SM_REASON_REVOKED);
    sm_arena_free(arena);
}

/* Everything that the message brings along is part of the question: where it ends, and in which order it comes. */
static void remembered_by_all_octets(void)
{
    sm_arena *arena = sm_arena_new();
    material of = read_material(arena, &(question){.leaf = "leaf", .anchors = "root", .embedded = "ca root"});
    const sm_certificate *other = sm_certificate_parse(arena, read_named(arena, "leaf-twice-a", "pem"), "embedded", NULL);
    const sm_certificate *turned[] = {of.embedded[1], of.embedded[0]};
    const sm_bytes crls[] = {SM_BYTES_LITERAL("ab"), SM_BYTES_LITERAL("c")}, cut[] = {SM_BYTES_LITERAL("a"), SM_BYTES_LITERAL("bc")},
                   joined[] = {SM_BYTES_LITERAL("abc")};
    const sm_path_question questions[] = {
        {.leaf = of.leaf, .embedded = of.embedded, .embedded_count = 2, .crls = crls, .crl_count = 2},
        {.leaf = other, .embedded = of.embedded, .embedded_count = 2, .crls = crls, .crl_count = 2},
        {.leaf = of.leaf, .embedded = turned, .embedded_count = 2, .crls = crls, .crl_count = 2},
        {.leaf = of.leaf, .embedded = of.embedded, .embedded_count = 1, .crls = crls, .crl_count = 2},
        {.leaf = of.leaf, .embedded = of.embedded, .embedded_count = 2, .crls = cut, .crl_count = 2},
        {.leaf = of.leaf, .embedded = of.embedded, .embedded_count = 2, .crls = joined, .crl_count = 1},
        {.leaf = of.leaf, .embedded = of.embedded, .embedded_count = 2},
        {.leaf = of.leaf},
    };
    sm_path_key keys[G_N_ELEMENTS(questions)];
    for (size_t i = 0; i < G_N_ELEMENTS(questions); i++) {
        g_assert_true(sm_path_cache_key(&questions[i], &keys[i]));
        for (size_t k = 0; k < i; k++)
            g_assert_cmpint(memcmp(&keys[i], &keys[k], sizeof keys[i]), !=, 0);
    }
    sm_arena_free(arena);
}

/* Ever new questions do not fill the memory: somebody may send them. */
static void remembered_within_bounds(void)
{
    sm_arena *arena = sm_arena_new();
    material of = read_material(arena, &(question){.leaf = "leaf", .anchors = "ca"});
    sm_path_cache *cache = sm_keyring_paths(of.ring);
    of.crl_count = 1;
    for (uint32_t i = 0; i < SM_LIMIT_PATH_CACHE + 10; i++) {
        of.crls[0] = sm_bytes_of(&i, sizeof i);
        sm_arena *own = sm_arena_new();
        g_assert_cmpint(validate(own, &of, sm_moment_parse_rfc3339(NOW))->path.reason, ==, SM_REASON_UNTRUSTED);
        sm_arena_free(own);
        g_assert_cmpuint(sm_path_cache_count(cache), ==, i < SM_LIMIT_PATH_CACHE ? i + 1 : i + 1 - SM_LIMIT_PATH_CACHE);
    }
    sm_arena_free(arena);
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
    g_test_add_func("/pki/path/remembered/moments", remembered);
    g_test_add_func("/pki/path/remembered/until-added", remembered_until_added);
    g_test_add_func("/pki/path/remembered/by-all-octets", remembered_by_all_octets);
    g_test_add_func("/pki/path/remembered/within-bounds", remembered_within_bounds);
    g_test_add_func("/pki/path/rfc8591", rfc8591);
    g_test_add_func("/pki/path/demonstration", demonstration);
    g_test_add_func("/pki/path/threads", threads);
    g_test_add_func("/pki/path/decoys", decoys);
    return g_test_run();
}
