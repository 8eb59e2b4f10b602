/* Authorities, users and CRLs made with OpenSSL here and now, for the forms that need keys shared between certificates: what the tests of
 * paths and of revocation share. */
#pragma once

#include "pki/path.h"

#include <glib.h>
#include <openssl/conf.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#define NOW "2026-01-15T10:00:00Z"
#define AUTHORITY "critical,CA:TRUE"
#define SIGNS "critical,keyCertSign,cRLSign"

/* Extensions by name and value in openssl's own words, in pairs; "" ends. */
typedef struct extensions {
    const char *texts[13];
} extensions;

#define CA_OF(...) ((extensions){{"basicConstraints", AUTHORITY, "keyUsage", SIGNS, ##__VA_ARGS__}})
#define KEY_IDS "subjectKeyIdentifier", "hash", "authorityKeyIdentifier", "keyid"
#define USER_OF(...) ((extensions){{"keyUsage", "critical,digitalSignature", ##__VA_ARGS__}})
#define BY_KEY_ID "authorityKeyIdentifier", "keyid:always"
#define ALICE_URI "subjectAltName", "URI:sip:alice@example.com"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ASN1_TIME, ASN1_TIME_free)

typedef struct holder {
    const char *name;
    EVP_PKEY *key;
    X509 *x509;
} holder;

static CONF *sections; /* what values beginning with @ refer to; NULL: none do */
static sm_arena *arena;
static sm_keyring *ring;
static const sm_certificate *embedded[8];
static unsigned embedded_count;
static sm_bytes crls[8];
static unsigned crl_count;

static inline X509_NAME *make_name(const char *common_name)
{
    X509_NAME *name = X509_NAME_new();
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0);
    return name;
}

static inline sm_bytes der_of(X509 *x509)
{
    unsigned char *der = NULL;
    int length = i2d_X509(x509, &der);
    g_assert_cmpint(length, >, 0);
    sm_bytes octets = sm_arena_copy(arena, sm_bytes_of(der, (size_t)length));
    OPENSSL_free(der);
    return octets;
}

static inline void release_holder(void *object)
{
    holder *of = object;
    EVP_PKEY_free(of->key);
    X509_free(of->x509);
}

/* A certificate for `key` (NULL: a new one), issued by `by` (NULL: itself). `version` 1 leaves the extensions out. */
static inline holder *issue_at(const holder *by, const char *name, EVP_PKEY *key, extensions given, long version, const char *start, const char *end)
{
    static long serial = 1;
    holder *made = sm_arena_new0(arena, holder);
    made->name = name;
    made->key = key != NULL ? key : EVP_EC_gen("P-256");
    if (key != NULL)
        EVP_PKEY_up_ref(key);
    made->x509 = X509_new();
    sm_arena_on_free(arena, release_holder, made);
    X509_set_version(made->x509, version - 1);
    ASN1_INTEGER_set(X509_get_serialNumber(made->x509), serial++);
    X509_NAME *subject = make_name(name), *issuer = make_name(by != NULL ? by->name : name);
    X509_set_subject_name(made->x509, subject);
    X509_set_issuer_name(made->x509, issuer);
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
    ASN1_TIME_set_string(X509_getm_notBefore(made->x509), start);
    ASN1_TIME_set_string(X509_getm_notAfter(made->x509), end);
    X509_set_pubkey(made->x509, made->key);
    X509V3_CTX context;
    X509V3_set_ctx(&context, by != NULL ? by->x509 : made->x509, made->x509, NULL, NULL, 0);
    X509V3_set_nconf(&context, sections);
    for (const char **text = given.texts; version > 1 && *text != NULL; text += 2) {
        X509_EXTENSION *extension = X509V3_EXT_nconf(sections, &context, text[0], text[1]);
        if (extension == NULL)
            g_error("%s = %s", text[0], text[1]);
        X509_add_ext(made->x509, extension, -1);
        X509_EXTENSION_free(extension);
    }
    g_assert_cmpint(X509_sign(made->x509, by != NULL ? by->key : made->key, EVP_sha256()), >, 0);
    return made;
}

static inline holder *issue(const holder *by, const char *name, extensions given)
{
    return issue_at(by, name, NULL, given, 3, "20200101000000Z", "20691231235959Z");
}

/* Each case begins with a root that is trusted, or with nothing. */
static inline void begin(void)
{
    arena = sm_arena_new();
    ring = sm_keyring_new();
    embedded_count = crl_count = 0;
}

static inline holder *trusted(holder *root)
{
    g_assert_true(sm_keyring_add_certificate(ring, der_of(root->x509), root->name, true));
    return root;
}

static inline holder *brought(holder *authority)
{
    embedded[embedded_count++] = sm_certificate_parse(arena, der_of(authority->x509), "embedded", NULL);
    g_assert_nonnull(embedded[embedded_count - 1]);
    return authority;
}

static inline const sm_path *judge_at(const holder *leaf, const char *when)
{
    const sm_certificate *certificate = sm_certificate_parse(arena, der_of(leaf->x509), "embedded", NULL);
    const sm_path *path = sm_path_validate(arena, ring, certificate, embedded, embedded_count, crls, crl_count, sm_moment_parse_rfc3339(when));
    g_test_message("%s: %s, %s", leaf->name, path->path.detail, path->revocation.detail);
    return path;
}

static inline const sm_path *judge(const holder *leaf)
{
    return judge_at(leaf, NOW);
}

static inline void end(void)
{
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* An entry of a CRL to be made. */
typedef struct list_entry {
    const holder *of;
    const char *issuer; /* its certificateIssuer; NULL: left out */
    int reason;         /* CRL_REASON_...; 0: left out */
    const char *since;  /* revocationDate; NULL: the CRL's thisUpdate */
} list_entry;

/* A CRL to be made. */
typedef struct list {
    const char *name;      /* of its issuer */
    const holder *by;      /* whose key signs it, and whose certificate its authorityKeyIdentifier is taken from */
    extensions given;      /* as of certificates */
    list_entry entries[3]; /* in the order of their serial numbers; those without a certificate end them */
    const char *start;     /* thisUpdate; NULL: 2024 */
    const char *end;       /* nextUpdate; NULL: 2069 */
    bool damaged;          /* the signature's last octet is altered */
} list;

static inline ASN1_TIME *make_time(const char *text)
{
    ASN1_TIME *time = ASN1_TIME_new();
    g_assert_cmpint(ASN1_TIME_set_string(time, text), ==, 1);
    return time;
}

static inline void add_entry(X509_CRL *crl, list_entry entry, const char *start)
{
    X509_REVOKED *revoked = X509_REVOKED_new();
    g_autoptr(ASN1_TIME) since = make_time(entry.since != NULL ? entry.since : start);
    X509_REVOKED_set_serialNumber(revoked, X509_get_serialNumber(entry.of->x509));
    X509_REVOKED_set_revocationDate(revoked, since);
    if (entry.issuer != NULL) {
        GENERAL_NAMES *names_of = GENERAL_NAMES_new();
        GENERAL_NAME *issuer = GENERAL_NAME_new();
        GENERAL_NAME_set0_value(issuer, GEN_DIRNAME, make_name(entry.issuer));
        sk_GENERAL_NAME_push(names_of, issuer);
        g_assert_cmpint(X509_REVOKED_add1_ext_i2d(revoked, NID_certificate_issuer, names_of, 1, 0), ==, 1);
        GENERAL_NAMES_free(names_of);
    }
    if (entry.reason != 0) {
        ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
        ASN1_ENUMERATED_set(reason, entry.reason);
        g_assert_cmpint(X509_REVOKED_add1_ext_i2d(revoked, NID_crl_reason, reason, 0, 0), ==, 1);
        ASN1_ENUMERATED_free(reason);
    }
    X509_CRL_add0_revoked(crl, revoked);
}

/* The encoding of the CRL, owned by the arena. */
static inline sm_bytes make_list(list of)
{
    X509_CRL *crl = X509_CRL_new();
    X509_NAME *issuer = make_name(of.name);
    X509_CRL_set_version(crl, 1);
    X509_CRL_set_issuer_name(crl, issuer);
    const char *start = of.start != NULL ? of.start : "20240101000000Z";
    g_autoptr(ASN1_TIME) this_update = make_time(start), next_update = make_time(of.end != NULL ? of.end : "20691231235959Z");
    X509_CRL_set1_lastUpdate(crl, this_update);
    X509_CRL_set1_nextUpdate(crl, next_update);
    X509V3_CTX context;
    X509V3_set_ctx(&context, of.by->x509, NULL, NULL, crl, 0);
    X509V3_set_nconf(&context, sections);
    for (const char **text = of.given.texts; *text != NULL; text += 2) {
        X509_EXTENSION *extension = X509V3_EXT_nconf(sections, &context, text[0], text[1]);
        if (extension == NULL)
            g_error("%s = %s", text[0], text[1]);
        X509_CRL_add_ext(crl, extension, -1);
        X509_EXTENSION_free(extension);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(of.entries) && of.entries[i].of != NULL; i++)
        add_entry(crl, of.entries[i], start);
    X509_CRL_sort(crl);
    g_assert_cmpint(X509_CRL_sign(crl, of.by->key, EVP_sha256()), >, 0);
    unsigned char *der = NULL;
    int length = i2d_X509_CRL(crl, &der);
    der[length - 1] ^= of.damaged;
    sm_bytes octets = sm_arena_copy(arena, sm_bytes_of(der, (size_t)length));
    OPENSSL_free(der);
    X509_NAME_free(issuer);
    X509_CRL_free(crl);
    return octets;
}

static inline void bring_list(list of)
{
    crls[crl_count++] = make_list(of);
}

/* An empty CRL of `name`, signed by that holder's key. */
static inline void bring_crl(const char *name, const holder *by)
{
    bring_list((list){.name = name, .by = by});
}

static inline void assert_revocation(const holder *leaf, sm_verdict_kind kind, sm_reason reason, const char *detail)
{
    const sm_path *path = judge(leaf);
    g_assert_cmpint(path->path.kind, ==, SM_PASS);
    g_assert_cmpstr(sm_verdict_word(path->revocation.kind), ==, sm_verdict_word(kind));
    g_assert_cmpstr(sm_reason_word(path->revocation.reason), ==, sm_reason_word(reason));
    if (detail != NULL && (path->revocation.detail == NULL || strstr(path->revocation.detail, detail) == NULL))
        g_error("\"%s\" does not say %s", path->revocation.detail, detail);
    end();
}
