/* Authorities that overstep what was given them, made with OpenSSL here and now: none of what they issue may pass. The fixtures of
 * test_pki_path.c say the same of the openssl command's certificates; here are the forms that need keys shared between certificates. */
#include "pki/path.h"

#include <glib.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#define NOW "2026-01-15T10:00:00Z"
#define AUTHORITY "critical,CA:TRUE"
#define SIGNS "critical,keyCertSign,cRLSign"

/* Extensions by name and value in openssl's own words, in pairs; "" ends. */
typedef struct extensions {
    const char *texts[11];
} extensions;

#define CA_OF(...) ((extensions){{"basicConstraints", AUTHORITY, "keyUsage", SIGNS, ##__VA_ARGS__}})
#define KEY_IDS "subjectKeyIdentifier", "hash", "authorityKeyIdentifier", "keyid"
#define USER_OF(...) ((extensions){{"keyUsage", "critical,digitalSignature", ##__VA_ARGS__}})
#define ALICE_URI "subjectAltName", "URI:sip:alice@example.com"

typedef struct holder {
    const char *name;
    EVP_PKEY *key;
    X509 *x509;
} holder;

static sm_arena *arena;
static sm_keyring *ring;
static const sm_certificate *embedded[8];
static unsigned embedded_count;
static sm_bytes crls[4];
static unsigned crl_count;

static X509_NAME *make_name(const char *common_name)
{
    X509_NAME *name = X509_NAME_new();
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0);
    return name;
}

static sm_bytes der_of(X509 *x509)
{
    unsigned char *der = NULL;
    int length = i2d_X509(x509, &der);
    g_assert_cmpint(length, >, 0);
    sm_bytes octets = sm_arena_copy(arena, sm_bytes_of(der, (size_t)length));
    OPENSSL_free(der);
    return octets;
}

static void release_holder(void *object)
{
    holder *of = object;
    EVP_PKEY_free(of->key);
    X509_free(of->x509);
}

/* A certificate for `key` (NULL: a new one), issued by `by` (NULL: itself). `version` 1 leaves the extensions out. */
static holder *issue_at(const holder *by, const char *name, EVP_PKEY *key, extensions given, long version, const char *start, const char *end)
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
    for (const char **text = given.texts; version > 1 && *text != NULL; text += 2) {
        X509_EXTENSION *extension = X509V3_EXT_conf(NULL, &context, text[0], text[1]);
        if (extension == NULL)
            g_error("%s = %s", text[0], text[1]);
        X509_add_ext(made->x509, extension, -1);
        X509_EXTENSION_free(extension);
    }
    g_assert_cmpint(X509_sign(made->x509, by != NULL ? by->key : made->key, EVP_sha256()), >, 0);
    return made;
}

static holder *issue(const holder *by, const char *name, extensions given)
{
    return issue_at(by, name, NULL, given, 3, "20200101000000Z", "20691231235959Z");
}

/* Each case begins with a root that is trusted, or with nothing. */
static void begin(void)
{
    arena = sm_arena_new();
    ring = sm_keyring_new();
    embedded_count = crl_count = 0;
}

static holder *trusted(holder *root)
{
    g_assert_true(sm_keyring_add_certificate(ring, der_of(root->x509), root->name, true));
    return root;
}

static holder *brought(holder *authority)
{
    embedded[embedded_count++] = sm_certificate_parse(arena, der_of(authority->x509), "embedded", NULL);
    g_assert_nonnull(embedded[embedded_count - 1]);
    return authority;
}

static const sm_path *judge_at(const holder *leaf, const char *when)
{
    const sm_certificate *certificate = sm_certificate_parse(arena, der_of(leaf->x509), "embedded", NULL);
    const sm_path *path = sm_path_validate(arena, ring, certificate, embedded, embedded_count, crls, crl_count, sm_moment_parse_rfc3339(when));
    g_test_message("%s: %s, %s", leaf->name, path->path.detail, path->revocation.detail);
    return path;
}

static const sm_path *judge(const holder *leaf)
{
    return judge_at(leaf, NOW);
}

static void end(void)
{
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

static void assert_passes(const holder *leaf)
{
    g_assert_cmpint(judge(leaf)->path.kind, ==, SM_PASS);
    end();
}

/* Refused, for this reason, and the detail begins with the certificate it is about. */
static void assert_refused(const holder *leaf, sm_reason reason, const char *about)
{
    const sm_path *path = judge(leaf);
    g_assert_cmpint(path->path.kind, ==, SM_FAIL);
    g_assert_cmpstr(sm_reason_word(path->path.reason), ==, sm_reason_word(reason));
    if (!g_str_has_prefix(path->path.detail, about))
        g_error("\"%s\" is not about %s", path->path.detail, about);
    end();
}

/* ---- How far an authority reaches ---- */

static void path_length(void)
{
    extensions last = {{"basicConstraints", "critical,CA:TRUE,pathlen:0", "keyUsage", SIGNS}};
    begin();
    holder *root = trusted(issue(NULL, "Root", CA_OF()));
    holder *first = brought(issue(root, "First", last));
    holder *second = brought(issue(first, "Second", CA_OF()));
    assert_refused(issue(second, "Alice", USER_OF(ALICE_URI)), SM_REASON_CONSTRAINTS, "CN=First");

    begin(); /* the anchor's own limit holds as well */
    root = trusted(issue(NULL, "Root", last));
    first = brought(issue(root, "First", CA_OF()));
    assert_refused(issue(first, "Alice", USER_OF(ALICE_URI)), SM_REASON_CONSTRAINTS, "CN=Root");

    begin(); /* a certificate of an authority for its own next key does not count (RFC 5280 6.1.4 (l)) */
    last = (extensions){{"basicConstraints", "critical,CA:TRUE,pathlen:0", "keyUsage", SIGNS, KEY_IDS}};
    root = trusted(issue(NULL, "Root", CA_OF("subjectKeyIdentifier", "hash")));
    first = brought(issue(root, "First", last));
    holder *renewed = brought(issue(first, "First", last));
    assert_passes(issue(renewed, "Alice", USER_OF(ALICE_URI)));
}

/* Version 1 has no extension to say that it is an authority: it may be an anchor, never in between (RFC 5280 6.1.4 (k)). */
static void version_1(void)
{
    begin();
    holder *root = trusted(issue_at(NULL, "Root", NULL, CA_OF(), 1, "20200101000000Z", "20691231235959Z"));
    assert_passes(issue(root, "Alice", USER_OF(ALICE_URI)));

    begin();
    root = trusted(issue(NULL, "Root", CA_OF()));
    holder *old = brought(issue_at(root, "Old", NULL, CA_OF(), 1, "20200101000000Z", "20691231235959Z"));
    assert_refused(issue(old, "Alice", USER_OF(ALICE_URI)), SM_REASON_CONSTRAINTS, "CN=Old");
}

/* A critical extension nobody here knows, in the authority alone. */
static void critical_in_authority(void)
{
    begin();
    holder *root = trusted(issue(NULL, "Root", CA_OF()));
    holder *strange = brought(issue(root, "Strange", CA_OF("1.2.3.4.5", "critical,ASN1:NULL")));
    assert_refused(issue(strange, "Alice", USER_OF(ALICE_URI)), SM_REASON_CERTIFICATE_INVALID, "CN=Strange");
    begin();
    root = trusted(issue(NULL, "Root", CA_OF()));
    strange = brought(issue(root, "Strange", CA_OF("1.2.3.4.5", "ASN1:NULL")));
    assert_passes(issue(strange, "Alice", USER_OF(ALICE_URI)));
}

/* ---- Name constraints ---- */

typedef struct constrained {
    const char *constraint, *names;
    bool passes;
} constrained;

/* RFC 5280 4.2.1.10 constrains the host of a URI's authority component, which sip: URIs lack: such a URI fits no constraint on URIs. */
static const constrained constraints[] = {
    {"permitted;URI:.example.com", "URI:https://a.example.com/", true},
    {"permitted;URI:.example.com", "URI:https://example.com/", false}, /* a dot in front asks for a host below */
    {"permitted;URI:example.com", "URI:https://example.com/", true},
    {"permitted;URI:example.com", "URI:https://a.example.com/", false},
    {"permitted;URI:.example.com", "URI:https://a.example.com.evil.example/", false},
    {"permitted;URI:.example.com", "URI:https://evil.example/https://a.example.com/", false},
    {"permitted;URI:.example.com", "URI:https://A.EXAMPLE.COM/", true},
    {"permitted;URI:.example.com", "URI:sip:alice@example.com", false},
    {"excluded;URI:.example.org", "URI:sip:alice@example.com", false},
    {"excluded;URI:.example.org", "URI:sip:alice@a.example.org", false},
    {"permitted;URI:.example.com", "URI:https://a.example.com/,URI:https://evil.example/", false}, /* every name counts */
    {"permitted;URI:.example.com,excluded;URI:.bad.example.com", "URI:https://x.bad.example.com/", false},
    {"permitted;email:example.com", "URI:sip:alice@example.net", true}, /* says nothing of URIs */
    {"permitted;email:example.com", "email:alice@example.net,URI:sip:alice@example.com", false},
    {"permitted;email:example.com", "email:alice@EXAMPLE.com,URI:sip:alice@example.com", true},
    {"excluded;DNS:example.com", "URI:sip:alice@example.com", true},
};

static void names(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(constraints); i++)
        for (unsigned above = 0; above < 2; above++) { /* said by the issuer, or by the one above it */
            begin();
            g_autofree char *constraint = g_strdup_printf("critical,%s", constraints[i].constraint);
            holder *root = trusted(issue(NULL, "Root", CA_OF()));
            holder *authority = brought(issue(root, "Limited", CA_OF("nameConstraints", constraint)));
            if (above)
                authority = brought(issue(authority, "Below", CA_OF()));
            holder *alice = issue(authority, "Alice", USER_OF("subjectAltName", constraints[i].names));
            g_test_message("%s with %s", constraints[i].constraint, constraints[i].names);
            if (constraints[i].passes)
                assert_passes(alice);
            else
                assert_refused(alice, SM_REASON_CONSTRAINTS, "CN=Alice");
        }
}

/* ---- Policies ---- */

#define POLICY "certificatePolicies", "DER:3007300506032a0304"
#define OTHER_POLICY "certificatePolicies", "DER:3007300506032a0305"

/* An authority may ask that all below it keep to a policy that it stands for (RFC 5280 6.1.3 (d)-(f), 6.1.5 (g)). */
static void policies(void)
{
    const extensions asks[] = {
        CA_OF("policyConstraints", "critical,requireExplicitPolicy:0", POLICY),
        CA_OF("policyConstraints", "critical,requireExplicitPolicy:1", POLICY),
        CA_OF("policyConstraints", "critical,requireExplicitPolicy:2", POLICY),
        CA_OF(POLICY),
    };
    const extensions plain = USER_OF(ALICE_URI), keeps = USER_OF(ALICE_URI, POLICY), other = USER_OF(ALICE_URI, OTHER_POLICY);
    const struct { const extensions *authority, *alice; bool passes; } cases[] = {
        {&asks[0], &keeps, true}, {&asks[0], &plain, false}, {&asks[0], &other, false},
        {&asks[1], &keeps, true}, {&asks[1], &plain, false}, /* with Alice the count has run out (RFC 5280 6.1.5 (a)) */
        {&asks[2], &plain, true}, {&asks[3], &plain, true}, {&asks[3], &other, true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin();
        holder *root = trusted(issue(NULL, "Root", CA_OF()));
        holder *authority = brought(issue(root, "Authority", *cases[i].authority));
        holder *alice = issue(authority, "Alice", *cases[i].alice);
        if (cases[i].passes)
            assert_passes(alice);
        else
            assert_refused(alice, SM_REASON_CONSTRAINTS, "CN=Alice");
    }

    begin(); /* a policy extension that says one thing twice */
    holder *root = trusted(issue(NULL, "Root", CA_OF()));
    assert_refused(issue(root, "Alice", USER_OF(ALICE_URI, "certificatePolicies", "DER:300e300506032a0304300506032a0304")), SM_REASON_CONSTRAINTS, "CN=Alice");

    /* An authority that renewed its key, whose new certificate OpenSSL takes for self-signed: without demands it is passed over. */
    static const char *const demand[] = {"policyConstraints", "critical,requireExplicitPolicy:0"};
    for (unsigned who = 0; who < 3; who++) { /* nobody, the old certificate, the new one */
        extensions before = CA_OF("subjectKeyIdentifier", "hash", POLICY), after = before;
        if (who > 0)
            memcpy(&(who == 1 ? &before : &after)->texts[8], demand, sizeof demand);
        begin();
        root = trusted(issue(NULL, "Root", CA_OF()));
        holder *old = brought(issue(root, "Authority", before));
        holder *renewed = brought(issue(old, "Authority", after));
        const sm_path *path = judge(issue(renewed, "Alice", plain));
        g_assert_cmpint(path->path.kind, ==, who == 0 ? SM_PASS : SM_NOT_EVALUATED);
        g_assert_cmpint(path->path.reason, ==, who == 0 ? SM_REASON_NONE : SM_REASON_UNSUPPORTED_FORM);
        g_assert_cmpuint(path->chain_length, ==, 4);
        end();
    }
}

/* ---- Who issued ---- */

/* Two authorities that vouch for each other and for nobody else: an end, and no trust. */
static void circle(void)
{
    begin();
    trusted(issue(NULL, "Root", CA_OF()));
    holder *one = issue(NULL, "One", CA_OF()), *two = issue(NULL, "Two", CA_OF());
    brought(issue_at(one, "Two", two->key, CA_OF(), 3, "20200101000000Z", "20691231235959Z"));
    brought(issue_at(two, "One", one->key, CA_OF(), 3, "20200101000000Z", "20691231235959Z"));
    assert_refused(issue(one, "Alice", USER_OF(ALICE_URI)), SM_REASON_UNTRUSTED, "");
}

/* The name of the anchor on another key, whoever brings it along. */
static void same_name(void)
{
    begin();
    trusted(issue(NULL, "Root", CA_OF()));
    holder *false_root = brought(issue(NULL, "Root", CA_OF()));
    const sm_path *path = judge(issue(false_root, "Alice", USER_OF(ALICE_URI)));
    g_assert_cmpint(path->path.kind, ==, SM_FAIL);
    end();
}

/* An anchor that is somebody's own certificate vouches for that one alone; so does one that the same key issued to itself. */
static void anchor_of_a_user(void)
{
    begin();
    holder *alice = trusted(issue(NULL, "Alice", USER_OF(ALICE_URI)));
    assert_refused(issue(alice, "Mallory", USER_OF(ALICE_URI)), SM_REASON_CONSTRAINTS, "CN=Alice");
    begin();
    alice = trusted(issue(NULL, "Alice", USER_OF(ALICE_URI)));
    holder *again = issue_at(alice, "Alice", alice->key, USER_OF(ALICE_URI), 3, "20200101000000Z", "20691231235959Z");
    g_assert_cmpint(judge(again)->path.kind, ==, SM_FAIL);
    end();
}

/* One authority, one key, two certificates that are valid one after the other, and half a year together: which path is best depends on
 * the time asked about, and what the ring remembers of one time is not told of another. */
static void renewed_authority(void)
{
    static const struct { const char *when; bool old_valid, new_valid; } times[] = {
        {NOW, false, true},
        {"2022-12-31T23:59:59Z", true, true},
        {"2022-12-31T23:59:59.999999999Z", true, true}, /* the last second lasts */
        {"2023-01-01T00:00:00Z", false, true},
        {"2022-05-31T23:59:59.999999999Z", true, false},
        {"2022-06-01T00:00:00Z", true, true},
        {"2021-06-01T00:00:00Z", true, false},
        {"2022-08-01T00:00:00Z", true, true},
    };
    for (unsigned order = 0; order < 2; order++) {
        begin();
        holder *root = trusted(issue(NULL, "Root", CA_OF()));
        holder *old = issue_at(root, "Authority", NULL, CA_OF(), 3, "20200101000000Z", "20221231235959Z");
        holder *new = issue_at(root, "Authority", old->key, CA_OF(), 3, "20220601000000Z", "20691231235959Z");
        const holder *preferred = brought(order == 0 ? old : new); /* where both are valid, who comes first */
        brought(order == 0 ? new : old);
        holder *alice = issue(old, "Alice", USER_OF(ALICE_URI));
        for (unsigned round = 0; round < 2; round++)
            for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
                const holder *expected = !times[i].new_valid ? old : !times[i].old_valid ? new : preferred;
                const sm_path *path = judge_at(alice, times[i].when);
                g_assert_cmpint(path->path.kind, ==, SM_PASS);
                g_assert_cmpuint(path->chain_length, ==, 3);
                g_assert_true(sm_bytes_equal(path->chain[1]->encoding, der_of(expected->x509)));
                sm_verdict valid = sm_path_valid_at(arena, path, sm_moment_parse_rfc3339(times[i].when), SM_REASON_NO_SIGNING_TIME);
                g_assert_cmpint(valid.kind, ==, SM_PASS);
            }
        end();
    }
}

/* ---- A leaf whose key this OpenSSL cannot read ---- */

/* The leaf's key is replaced by one of an algorithm that nobody knows, or by a DSA key without its parameters, and the certificate
 * signed again. */
static holder *unreadable(holder *leaf, const holder *by, const char *algorithm)
{
    static const uint8_t value[] = {0x02, 0x03, 0x01, 0x00, 0x01}; /* INTEGER 65537 */
    g_assert_cmpint(X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(leaf->x509), OBJ_txt2obj(algorithm, 1), V_ASN1_UNDEF, NULL,
                                           OPENSSL_memdup(value, sizeof value), sizeof value), ==, 1);
    g_assert_cmpint(X509_sign(leaf->x509, by->key, EVP_sha256()), >, 0);
    const sm_certificate *certificate = sm_certificate_parse(arena, der_of(leaf->x509), "embedded", NULL);
    g_assert_nonnull(certificate);
    g_assert_null(certificate->public_key);
    return leaf;
}

/* Its path is judged all the same, and nothing else about it is forgiven. */
static void unreadable_leaf(void)
{
    static const char *const algorithms[] = {"1.2.3.4.5.6", "1.2.840.10040.4.1"};
    const extensions plain = USER_OF(ALICE_URI), encipher = {{"keyUsage", "critical,keyEncipherment", ALICE_URI}},
                     strange = USER_OF(ALICE_URI, "1.2.3.4.5", "critical,ASN1:NULL");
    for (size_t i = 0; i < G_N_ELEMENTS(algorithms); i++) {
        begin();
        holder *root = trusted(issue(NULL, "Root", CA_OF()));
        holder *authority = brought(issue(root, "Authority", CA_OF()));
        assert_passes(unreadable(issue(authority, "Alice", plain), authority, algorithms[i]));

        begin(); /* an authority that renewed its own certificate, which is left out of what OpenSSL sees */
        extensions with_ids = CA_OF(KEY_IDS);
        root = trusted(issue(NULL, "Root", CA_OF("subjectKeyIdentifier", "hash")));
        authority = brought(issue(root, "Root", with_ids));
        assert_passes(unreadable(issue(authority, "Alice", plain), authority, algorithms[i]));

        begin();
        root = trusted(issue(NULL, "Root", CA_OF()));
        authority = brought(issue(root, "Limited", CA_OF("nameConstraints", "critical,excluded;URI:.example.org")));
        assert_refused(unreadable(issue(authority, "Alice", plain), authority, algorithms[i]), SM_REASON_CONSTRAINTS, "CN=Alice");

        begin();
        root = trusted(issue(NULL, "Root", (extensions){{"basicConstraints", "critical,CA:TRUE,pathlen:0", "keyUsage", SIGNS}}));
        authority = brought(issue(root, "Authority", CA_OF()));
        assert_refused(unreadable(issue(authority, "Alice", plain), authority, algorithms[i]), SM_REASON_CONSTRAINTS, "CN=Root");

        begin();
        root = trusted(issue(NULL, "Root", CA_OF()));
        assert_refused(unreadable(issue(root, "Alice", encipher), root, algorithms[i]), SM_REASON_KEY_USAGE, "CN=Alice");

        begin();
        root = trusted(issue(NULL, "Root", CA_OF()));
        assert_refused(unreadable(issue(root, "Alice", strange), root, algorithms[i]), SM_REASON_CERTIFICATE_INVALID, "CN=Alice");

        begin(); /* signed by another key than its issuer's */
        root = trusted(issue(NULL, "Root", CA_OF()));
        holder *mallory = issue(NULL, "Mallory", CA_OF());
        assert_refused(unreadable(issue(root, "Alice", plain), mallory, algorithms[i]), SM_REASON_CERTIFICATE_SIGNATURE, "the signature of CN=Alice");

        begin(); /* the name of its issuer: OpenSSL would take it for self-signed and look no further */
        root = trusted(issue(NULL, "Root", CA_OF()));
        const sm_path *path = judge(unreadable(issue(root, "Root", plain), root, algorithms[i]));
        g_assert_cmpint(path->path.kind, ==, SM_NOT_EVALUATED);
        g_assert_cmpint(path->path.reason, ==, SM_REASON_UNSUPPORTED_FORM);
        end();
    }
}

/* ---- Who may revoke ---- */

/* A CRL to be made. */
typedef struct list {
    const char *name;     /* of its issuer */
    const holder *by;     /* whose key signs it, and whose certificate its authorityKeyIdentifier is taken from */
    extensions given;     /* as of certificates */
    const holder *entry;  /* the certificate it lists; NULL: none */
    const char *other;    /* certificateIssuer of that entry; NULL: left out */
    const char *start;    /* thisUpdate; NULL: 2024 */
    bool damaged;         /* the signature's last octet is altered */
} list;

static void bring_list(list of)
{
    X509_CRL *crl = X509_CRL_new();
    X509_NAME *issuer = make_name(of.name);
    X509_CRL_set_version(crl, 1);
    X509_CRL_set_issuer_name(crl, issuer);
    ASN1_TIME *update = ASN1_TIME_new();
    ASN1_TIME_set_string(update, of.start != NULL ? of.start : "20240101000000Z");
    X509_CRL_set1_lastUpdate(crl, update);
    X509V3_CTX context;
    X509V3_set_ctx(&context, of.by->x509, NULL, NULL, crl, 0);
    for (const char **text = of.given.texts; *text != NULL; text += 2) {
        X509_EXTENSION *extension = X509V3_EXT_conf(NULL, &context, text[0], text[1]);
        if (extension == NULL)
            g_error("%s = %s", text[0], text[1]);
        X509_CRL_add_ext(crl, extension, -1);
        X509_EXTENSION_free(extension);
    }
    if (of.entry != NULL) {
        X509_REVOKED *revoked = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(revoked, X509_get_serialNumber(of.entry->x509));
        X509_REVOKED_set_revocationDate(revoked, update);
        if (of.other != NULL) {
            GENERAL_NAMES *names_of = GENERAL_NAMES_new();
            GENERAL_NAME *other = GENERAL_NAME_new();
            GENERAL_NAME_set0_value(other, GEN_DIRNAME, make_name(of.other));
            sk_GENERAL_NAME_push(names_of, other);
            g_assert_cmpint(X509_REVOKED_add1_ext_i2d(revoked, NID_certificate_issuer, names_of, 1, 0), ==, 1);
            GENERAL_NAMES_free(names_of);
        }
        X509_CRL_add0_revoked(crl, revoked);
    }
    ASN1_TIME_set_string(update, "20691231235959Z");
    X509_CRL_set1_nextUpdate(crl, update);
    X509_CRL_sort(crl);
    g_assert_cmpint(X509_CRL_sign(crl, of.by->key, EVP_sha256()), >, 0);
    unsigned char *der = NULL;
    int length = i2d_X509_CRL(crl, &der);
    der[length - 1] ^= of.damaged;
    crls[crl_count++] = sm_arena_copy(arena, sm_bytes_of(der, (size_t)length));
    OPENSSL_free(der);
    ASN1_TIME_free(update);
    X509_NAME_free(issuer);
    X509_CRL_free(crl);
}

/* An empty CRL of `name`, signed by that holder's key. */
static void bring_crl(const char *name, const holder *by)
{
    bring_list((list){.name = name, .by = by});
}

static void assert_revocation(const holder *leaf, sm_verdict_kind kind, sm_reason reason, const char *detail)
{
    const sm_path *path = judge(leaf);
    g_assert_cmpint(path->path.kind, ==, SM_PASS);
    g_assert_cmpstr(sm_verdict_word(path->revocation.kind), ==, sm_verdict_word(kind));
    g_assert_cmpstr(sm_reason_word(path->revocation.reason), ==, sm_reason_word(reason));
    if (detail != NULL && strstr(path->revocation.detail, detail) == NULL)
        g_error("\"%s\" does not say %s", path->revocation.detail, detail);
    end();
}

static void revocation_lists(void)
{
    begin();
    holder *root = trusted(issue(NULL, "Root", CA_OF())), *alice = issue(root, "Alice", USER_OF(ALICE_URI));
    bring_crl("Root", root);
    assert_revocation(alice, SM_PASS, SM_REASON_NONE, NULL);

    begin(); /* Alice cannot clear herself in her issuer's name */
    root = trusted(issue(NULL, "Root", CA_OF()));
    alice = issue(root, "Alice", USER_OF(ALICE_URI));
    bring_crl("Root", alice);
    assert_revocation(alice, SM_NOT_EVALUATED, SM_REASON_NO_CRL, "no CRL of CN=Root; the one of that name (embedded) is signed with another key");

    begin(); /* an authority that may not sign CRLs (RFC 5280 6.3.3 (f)) */
    root = trusted(issue(NULL, "Root", (extensions){{"basicConstraints", AUTHORITY, "keyUsage", "critical,keyCertSign"}}));
    alice = issue(root, "Alice", USER_OF(ALICE_URI));
    bring_crl("Root", root);
    assert_revocation(alice, SM_FAIL, SM_REASON_CRL_INVALID, "which may not sign CRLs");

    begin(); /* another authority's list, soundly signed, says nothing */
    root = trusted(issue(NULL, "Root", CA_OF()));
    alice = issue(root, "Alice", USER_OF(ALICE_URI));
    holder *other = trusted(issue(NULL, "Other", CA_OF()));
    bring_crl("Other", other);
    assert_revocation(alice, SM_NOT_EVALUATED, SM_REASON_NO_CRL, NULL);

    begin(); /* entries of other issuers' certificates, in a list that does not say it is indirect: nothing it says can be used */
    root = trusted(issue(NULL, "Root", CA_OF()));
    alice = issue(root, "Alice", USER_OF(ALICE_URI));
    bring_list((list){.name = "Root", .by = root, .entry = alice, .other = "Somebody else"});
    assert_revocation(alice, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, NULL);
}

#define BY_KEY_ID "authorityKeyIdentifier", "keyid:always"
#define BY_SERIAL "authorityKeyIdentifier", "issuer:always"

/* A trusted root with a key identifier, and Alice below it. */
static holder *begin_with_alice(holder **root)
{
    begin();
    *root = trusted(issue(NULL, "Root", CA_OF("subjectKeyIdentifier", "hash")));
    return issue(*root, "Alice", USER_OF(ALICE_URI));
}

/* A CRL of the issuer's name is the issuer's if its key signed it, and a damaged one of the issuer's only if it names that key itself. */
static void lists_of_one_name(void)
{
    static const char another[] = "signed with another key";
    const extensions by_key_id = {{BY_KEY_ID}}, by_serial = {{BY_SERIAL}}, nothing = {{NULL}};
    const struct { const extensions *given; bool of_namesake, damaged; sm_verdict_kind kind; sm_reason reason; const char *detail; } cases[] = {
        {&nothing, false, false, SM_PASS, SM_REASON_NONE, NULL},
        {&by_key_id, false, false, SM_PASS, SM_REASON_NONE, NULL},
        {&by_serial, false, false, SM_PASS, SM_REASON_NONE, NULL},
        {&nothing, true, false, SM_NOT_EVALUATED, SM_REASON_NO_CRL, another},
        {&by_key_id, true, false, SM_NOT_EVALUATED, SM_REASON_NO_CRL, another},
        {&by_serial, true, false, SM_NOT_EVALUATED, SM_REASON_NO_CRL, another},
        {&nothing, false, true, SM_NOT_EVALUATED, SM_REASON_NO_CRL, another},
        {&by_key_id, false, true, SM_FAIL, SM_REASON_CRL_INVALID, "is not signed by CN=Root"},
        {&by_serial, false, true, SM_FAIL, SM_REASON_CRL_INVALID, "is not signed by CN=Root"},
    };
    holder *root;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        for (unsigned more = 0; more < 4; more++) { /* by itself; after a good one that clears; after one that revokes; before it */
            const holder *alice = begin_with_alice(&root);
            const holder *namesake = issue(NULL, "Root", CA_OF("subjectKeyIdentifier", "hash"));
            const list one = {.name = "Root", .by = cases[i].of_namesake ? namesake : root, .given = *cases[i].given, .damaged = cases[i].damaged};
            const list revoking = {.name = "Root", .by = root, .given = by_key_id, .entry = alice};
            if (more == 1)
                bring_crl("Root", root);
            else if (more == 2)
                bring_list(revoking);
            bring_list(one);
            if (more == 3)
                bring_list(revoking);
            if (more == 0)
                assert_revocation(alice, cases[i].kind, cases[i].reason, cases[i].detail);
            else if (more == 1)
                assert_revocation(alice, SM_PASS, SM_REASON_NONE, NULL);
            else
                assert_revocation(alice, SM_FAIL, SM_REASON_REVOKED, "CN=Alice");
        }

    /* who lists Alice's serial number under her issuer's name does not revoke her, nor whoever alters a good list */
    const holder *alice = begin_with_alice(&root), *namesake = issue(NULL, "Root", CA_OF());
    bring_list((list){.name = "Root", .by = namesake, .entry = alice});
    assert_revocation(alice, SM_NOT_EVALUATED, SM_REASON_NO_CRL, another);
    alice = begin_with_alice(&root);
    bring_list((list){.name = "Root", .by = root, .given = by_key_id, .entry = alice, .damaged = true});
    assert_revocation(alice, SM_FAIL, SM_REASON_CRL_INVALID, "is not signed by CN=Root");

    /* one key whose certificates name it in two ways: a list that names it in the one speaks for the other */
    begin();
    root = trusted(issue(NULL, "Root", CA_OF("subjectKeyIdentifier", "hash")));
    holder *renamed = issue_at(NULL, "Root", root->key, CA_OF("subjectKeyIdentifier", "0102030405"), 3, "20200101000000Z", "20691231235959Z");
    alice = issue(root, "Alice", USER_OF(ALICE_URI));
    bring_list((list){.name = "Root", .by = renamed, .given = by_key_id, .entry = alice});
    assert_revocation(alice, SM_FAIL, SM_REASON_REVOKED, "CN=Alice");

    /* a list that nobody here can check is not called forged */
    alice = begin_with_alice(&root);
    bring_crl("Root", root);
    static const uint8_t ecdsa_with_sha256[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02};
    unsigned found = 0;
    for (size_t at = 0; at + sizeof ecdsa_with_sha256 <= crls[0].length; at++)
        if (memcmp(crls[0].data + at, ecdsa_with_sha256, sizeof ecdsa_with_sha256) == 0) {
            ((uint8_t *)crls[0].data)[at + sizeof ecdsa_with_sha256 - 1] = 0x7F; /* of nothing known */
            found++;
        }
    g_assert_cmpuint(found, ==, 2);
    assert_revocation(alice, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED, "cannot be checked here");
}

/* Forms of lists that do not tell of all certificates, or nothing that can be used: alone they never clear; beside a list that clears,
 * what they list is not passed over. */
static void forms_of_lists(void)
{
    static const struct { const char *name, *value; bool usable; const char *called; } forms[] = {
        {"2.5.29.27", "critical,ASN1:INTEGER:1", true, "delta CRL of CN=Root"},
        {"issuingDistributionPoint", "critical,onlyuser:TRUE", true, "partitioned CRL"},
        {"issuingDistributionPoint", "critical,onlyCA:TRUE", true, "partitioned CRL"},
        {"issuingDistributionPoint", "critical,onlyAA:TRUE", false, "CRL of attribute certificates of CN=Root"},
        {"issuingDistributionPoint", "critical,onlysomereasons:keyCompromise", true, "partitioned CRL"},
        {"issuingDistributionPoint", "critical,fullname:URI:http://example.org/other.crl", true, "partitioned CRL"},
        {"issuingDistributionPoint", "critical,indirectCRL:TRUE", false, "indirect CRL of CN=Root"},
        {"issuingDistributionPoint", "critical,DER:0500", false, "unreadable issuingDistributionPoint"},
        {"1.2.3.4.5", "critical,ASN1:NULL", false, "unknown critical extension 1.2.3.4.5"},
    };
    holder *root;
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
        for (unsigned cleared = 0; cleared < 3; cleared++) { /* no other list; one that clears comes first; last */
            for (unsigned listed = 0; listed < 2; listed++) {
                holder *alice = begin_with_alice(&root);
                if (cleared == 1)
                    bring_crl("Root", root);
                bring_list((list){.name = "Root", .by = root, .given = {{BY_KEY_ID, forms[i].name, forms[i].value}}, .entry = listed ? alice : NULL});
                if (cleared == 2)
                    bring_crl("Root", root);
                if (listed && forms[i].usable)
                    assert_revocation(alice, SM_FAIL, SM_REASON_REVOKED, "CN=Alice");
                else if (listed || !cleared)
                    assert_revocation(alice, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, forms[i].called);
                else
                    assert_revocation(alice, SM_PASS, SM_REASON_NONE, NULL);
            }
            /* it lists Alice as of a time after the one asked about: as of then another part of it may have listed her before */
            holder *alice = begin_with_alice(&root);
            bring_list((list){.name = "Root", .by = root, .given = {{forms[i].name, forms[i].value}}, .entry = alice, .start = "20270101000000Z"});
            assert_revocation(alice, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, forms[i].called);
        }

    /* an entry of an indirect list that says it is of another issuer's certificate has nothing to do with Alice */
    holder *alice = begin_with_alice(&root);
    bring_crl("Root", root);
    bring_list((list){.name = "Root", .by = root, .given = {{"issuingDistributionPoint", "critical,indirectCRL:TRUE"}}, .entry = alice, .other = "Somebody else"});
    assert_revocation(alice, SM_PASS, SM_REASON_NONE, NULL);
}

/* ---- Authorities that certify each other ---- */

typedef enum flaw { SOUND, REVOKED, FORGED_LIST, CONSTRAINED, UNKNOWN_EXTENSION, TOO_SHORT, EXPIRED, NO_AUTHORITY, FLAWS } flaw;

/* Alice's issuer, certified with one key by a root; what is wrong with that certificate, or with what the root says of it. */
static holder *cross_certify(const holder *root, const holder *issuer, flaw wrong)
{
    extensions given = CA_OF("subjectKeyIdentifier", "hash");
    if (wrong == CONSTRAINED)
        given = CA_OF("subjectKeyIdentifier", "hash", "nameConstraints", "critical,excluded;URI:.example.com");
    else if (wrong == UNKNOWN_EXTENSION)
        given = CA_OF("subjectKeyIdentifier", "hash", "1.2.3.4.5", "critical,ASN1:NULL");
    else if (wrong == NO_AUTHORITY)
        given = (extensions){{"keyUsage", SIGNS, "subjectKeyIdentifier", "hash"}};
    holder *made = issue_at(root, "Authority", issuer->key, given, 3, "20200101000000Z", wrong == EXPIRED ? "20210101000000Z" : "20691231235959Z");
    if (wrong == REVOKED || wrong == FORGED_LIST)
        bring_list((list){.name = root->name, .by = root, .given = {{BY_KEY_ID}}, .entry = made, .damaged = wrong == FORGED_LIST});
    return made;
}

/* Whatever is wrong with one way to an anchor, the other one is taken; with both wrong, one of them is told, always the same. */
static void another_path(void)
{
    for (flaw one = SOUND; one < FLAWS; one++)
        for (flaw two = SOUND; two < FLAWS; two++)
            for (unsigned order = 0; order < 2; order++) {
                begin();
                const holder *issuer = issue(NULL, "Authority", CA_OF("subjectKeyIdentifier", "hash"));
                const holder *alice = issue(issuer, "Alice", USER_OF("subjectAltName", "URI:https://alice.example.com/"));
                const holder *made[2];
                for (unsigned i = 0; i < 2; i++) {
                    flaw wrong = i == 0 ? one : two;
                    extensions root = CA_OF("subjectKeyIdentifier", "hash");
                    if (wrong == TOO_SHORT)
                        root = (extensions){{"basicConstraints", "critical,CA:TRUE,pathlen:0", "keyUsage", SIGNS, "subjectKeyIdentifier", "hash"}};
                    made[i] = cross_certify(trusted(issue(NULL, i == 0 ? "Root" : "Other", root)), issuer, wrong);
                }
                brought((holder *)made[order]);
                brought((holder *)made[1 - order]);
                const sm_path *path = judge(alice);
                sm_verdict valid = sm_path_valid_at(arena, path, sm_moment_parse_rfc3339(NOW), SM_REASON_NO_SIGNING_TIME);
                bool stands = path->path.kind == SM_PASS && path->revocation.kind != SM_FAIL && valid.kind == SM_PASS;
                g_assert_cmpint(stands, ==, one == SOUND || two == SOUND);
                if (stands) {
                    const holder *through = one != SOUND ? made[1] : two != SOUND ? made[0] : made[order];
                    g_assert_true(sm_bytes_equal(path->chain[1]->encoding, der_of(through->x509)));
                    g_assert_cmpint(path->revocation.reason, ==, SM_REASON_NO_CRL);
                    g_assert_false(path->revoked_at.known);
                }
                if (one == REVOKED && two == REVOKED) {
                    g_assert_cmpint(path->revocation.reason, ==, SM_REASON_REVOKED);
                    g_assert_true(path->revoked_at.known);
                    g_assert_true(sm_bytes_equal(path->chain[1]->encoding, der_of(made[order]->x509)));
                }
                end();
            }

    /* Alice's own issuer revoked her: no other path to an anchor helps her */
    begin();
    const holder *issuer = issue(NULL, "Authority", CA_OF("subjectKeyIdentifier", "hash"));
    const holder *alice = issue(issuer, "Alice", USER_OF(ALICE_URI));
    brought(cross_certify(trusted(issue(NULL, "Root", CA_OF("subjectKeyIdentifier", "hash"))), issuer, SOUND));
    brought(cross_certify(trusted(issue(NULL, "Other", CA_OF("subjectKeyIdentifier", "hash"))), issuer, SOUND));
    bring_list((list){.name = "Authority", .by = issuer, .entry = alice});
    assert_revocation(alice, SM_FAIL, SM_REASON_REVOKED, "CN=Alice");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pki/authorities/path-length", path_length);
    g_test_add_func("/pki/authorities/version-1", version_1);
    g_test_add_func("/pki/authorities/critical-in-authority", critical_in_authority);
    g_test_add_func("/pki/authorities/names", names);
    g_test_add_func("/pki/authorities/policies", policies);
    g_test_add_func("/pki/authorities/circle", circle);
    g_test_add_func("/pki/authorities/same-name", same_name);
    g_test_add_func("/pki/authorities/anchor-of-a-user", anchor_of_a_user);
    g_test_add_func("/pki/authorities/renewed", renewed_authority);
    g_test_add_func("/pki/authorities/unreadable-leaf", unreadable_leaf);
    g_test_add_func("/pki/authorities/revocation-lists", revocation_lists);
    g_test_add_func("/pki/authorities/lists-of-one-name", lists_of_one_name);
    g_test_add_func("/pki/authorities/forms-of-lists", forms_of_lists);
    g_test_add_func("/pki/authorities/another-path", another_path);
    return g_test_run();
}
