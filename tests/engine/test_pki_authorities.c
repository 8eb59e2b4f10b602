/* Authorities that overstep what was given them, made with OpenSSL here and now: none of what they issue may pass. The fixtures of
 * test_pki_path.c say the same of the openssl command's certificates; here are the forms that need keys shared between certificates. */
#include "authorities.h"

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
        bring_list((list){.name = root->name, .by = root, .given = {{BY_KEY_ID}}, .entries = {{made}}, .damaged = wrong == FORGED_LIST});
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
    bring_list((list){.name = "Authority", .by = issuer, .entries = {{alice}}});
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
    g_test_add_func("/pki/authorities/another-path", another_path);
    return g_test_run();
}
