/* Revocation by CRLs, made with OpenSSL here and now: who may revoke, for which certificates a CRL speaks, what delta CRLs change. OpenSSL's own
 * path validation with its CRL processing judges the same certificates and CRLs, and both must agree that a certificate is good, or revoked;
 * where we differ from it, a comment says why. */
#include "authorities.h"

#include <openssl/x509_vfy.h>

/* ---- What OpenSSL says ---- */

static const holder *anchors[4];
static unsigned anchor_count;

static void start(void)
{
    begin();
    anchor_count = 0;
}

static holder *anchor(holder *root)
{
    anchors[anchor_count++] = root;
    return trusted(root);
}

/* X509_V_... for the leaf alone: OpenSSL's answer for one certificate, as sm_revocation_judge() gives one. */
static int ask_openssl(const holder *leaf, const char *when)
{
    X509_STORE *store = X509_STORE_new();
    STACK_OF(X509) *between = sk_X509_new_null();
    STACK_OF(X509_CRL) *lists = sk_X509_CRL_new_null(); /* in a store it would look for the issuer's alone */
    for (unsigned i = 0; i < anchor_count; i++)
        X509_STORE_add_cert(store, anchors[i]->x509);
    for (unsigned i = 0; i < embedded_count; i++)
        sk_X509_push(between, embedded[i]->x509);
    for (unsigned i = 0; i < crl_count; i++) {
        const unsigned char *octets = crls[i].data;
        sk_X509_CRL_push(lists, d2i_X509_CRL(NULL, &octets, (long)crls[i].length));
    }
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    g_assert_cmpint(X509_STORE_CTX_init(context, store, leaf->x509, between), ==, 1);
    X509_STORE_CTX_set0_crls(context, lists);
    X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_EXTENDED_CRL_SUPPORT | X509_V_FLAG_USE_DELTAS);
    X509_VERIFY_PARAM_set_time(parameters, sm_moment_parse_rfc3339(when).seconds);
    X509_verify_cert(context);
    int error = X509_STORE_CTX_get_error(context);
    X509_STORE_CTX_free(context);
    sk_X509_free(between);
    sk_X509_CRL_pop_free(lists, X509_CRL_free);
    X509_STORE_free(store);
    return error;
}

/* Ours, which OpenSSL must share. */
static void assert_agreed(const holder *leaf, sm_verdict_kind kind, sm_reason reason, const char *detail)
{
    int error = ask_openssl(leaf, NOW);
    g_test_message("OpenSSL: %s", X509_verify_cert_error_string(error));
    g_assert_cmpint(error == X509_V_OK, ==, kind == SM_PASS);
    g_assert_cmpint(error == X509_V_ERR_CERT_REVOKED, ==, reason == SM_REASON_REVOKED);
    assert_revocation(leaf, kind, reason, detail);
}

static void assert_good(const holder *leaf)
{
    assert_agreed(leaf, SM_PASS, SM_REASON_NONE, NULL);
}

static void assert_revoked(const holder *leaf)
{
    assert_agreed(leaf, SM_FAIL, SM_REASON_REVOKED, "CN=Alice");
}

static void assert_open(const holder *leaf, const char *detail)
{
    assert_agreed(leaf, SM_NOT_EVALUATED, SM_REASON_NO_CRL, detail);
}

/* ---- Who may revoke ---- */

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
    bring_list((list){.name = "Root", .by = root, .entries = {{alice, "Somebody else"}}});
    assert_revocation(alice, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, NULL);
}

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
            const list revoking = {.name = "Root", .by = root, .given = by_key_id, .entries = {{alice}}};
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
    bring_list((list){.name = "Root", .by = namesake, .entries = {{alice}}});
    assert_revocation(alice, SM_NOT_EVALUATED, SM_REASON_NO_CRL, another);
    alice = begin_with_alice(&root);
    bring_list((list){.name = "Root", .by = root, .given = by_key_id, .entries = {{alice}}, .damaged = true});
    assert_revocation(alice, SM_FAIL, SM_REASON_CRL_INVALID, "is not signed by CN=Root");

    /* one key whose certificates name it in two ways: a list that names it in the one speaks for the other */
    begin();
    root = trusted(issue(NULL, "Root", CA_OF("subjectKeyIdentifier", "hash")));
    holder *renamed = issue_at(NULL, "Root", root->key, CA_OF("subjectKeyIdentifier", "0102030405"), 3, "20200101000000Z", "20691231235959Z");
    alice = issue(root, "Alice", USER_OF(ALICE_URI));
    bring_list((list){.name = "Root", .by = renamed, .given = by_key_id, .entries = {{alice}}});
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

/* A CRL of which nothing may be used clears nobody; beside one that clears, what it lists is not passed over. OpenSSL passes over it. */
static void unusable_lists(void)
{
    static const struct { const char *name, *value, *called; } forms[] = {
        {"issuingDistributionPoint", "critical,DER:0500", "unreadable issuingDistributionPoint"},
        {"issuingDistributionPoint", "critical,onlyuser:TRUE,onlyCA:TRUE", "contradictory scope"},
        {"1.2.3.4.5", "critical,ASN1:NULL", "unknown critical extension 1.2.3.4.5"},
        {"crlNumber", "DER:020101", "an extension that stands there twice"},
    };
    holder *root;
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
        for (unsigned cleared = 0; cleared < 3; cleared++) /* no other list; one that clears comes first; last */
            for (unsigned listed = 0; listed < 2; listed++) {
                holder *alice = begin_with_alice(&root);
                if (cleared == 1)
                    bring_crl("Root", root);
                bring_list((list){.name = "Root", .by = root, .given = {{BY_KEY_ID, "crlNumber", "DER:020101", forms[i].name, forms[i].value}},
                                  .entries = {{listed ? alice : NULL}}});
                if (cleared == 2)
                    bring_crl("Root", root);
                if (listed || !cleared)
                    assert_revocation(alice, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, forms[i].called);
                else
                    assert_revocation(alice, SM_PASS, SM_REASON_NONE, NULL);
            }
}

/* ---- For which certificates ---- */

#define POINT "issuingDistributionPoint"
#define POINTS "crlDistributionPoints"

/* Sections of extensions. */
static const char texts[] =
    "[users]\nfullname = URI:http://example.org/users.crl\n"
    "[users-keys]\nfullname = URI:http://example.org/users.crl\nreasons = keyCompromise, CACompromise\n"
    "[users-two]\nfullname = URI:ldap://example.org/cn=users, URI:http://example.org/users.crl\n"
    "[others]\nfullname = URI:http://example.org/others.crl\n"
    "[keys]\nonlysomereasons = keyCompromise, CACompromise\n"
    "[hold]\nonlysomereasons = certificateHold\n"
    "[rest]\nonlysomereasons = affiliationChanged, superseded, cessationOfOperation, privilegeWithdrawn, AACompromise\n"
    "[root]\nfullname = dirName:root-name\n"
    "[root-name]\nCN = Root\n"
    "[relative]\nrelativename = part-name\n"
    "[other-relative]\nrelativename = root-name\n"
    "[part-name]\nOU = part\n"
    "[signer]\nCRLissuer = dirName:signer-name\n"
    "[signer-users]\nfullname = URI:http://example.org/users.crl\nCRLissuer = dirName:signer-name\n"
    "[signer-name]\nCN = Signer\n"
    "[anchor]\nCRLissuer = dirName:root-name\n"
    "[indirect-users]\nfullname = URI:http://example.org/users.crl\nindirectCRL = TRUE\n"
    "[indirect-by-name]\nfullname = dirName:signer-name\nindirectCRL = TRUE\n"
    "[indirect-others]\nfullname = URI:http://example.org/others.crl\nindirectCRL = TRUE\n"
    "[indirect-relative]\nrelativename = part-name\nindirectCRL = TRUE\n"
    "[signer-relative]\nrelativename = part-name\nCRLissuer = dirName:signer-name\n";

static void read_sections(void)
{
    BIO *text = BIO_new_mem_buf(texts, -1);
    long line = 0;
    sections = NCONF_new(NULL);
    g_assert_cmpint(NCONF_load_bio(sections, text, &line), ==, 1);
    BIO_free(text);
}

/* A trusted root, and Alice below it with these distribution points (NULL: none). */
static holder *start_with_points(holder **root, const char *points)
{
    start();
    *root = anchor(issue(NULL, "Root", CA_OF("subjectKeyIdentifier", "hash")));
    return issue(*root, "Alice", points == NULL ? USER_OF(ALICE_URI) : USER_OF(ALICE_URI, POINTS, points));
}

/* Silence counts within a CRL's scope alone (RFC 5280 6.3.3 (b) (2)); what the issuer lists counts whatever the scope, for its serial numbers
 * are unique: OpenSSL does not look outside. */
static void scopes(void)
{
    static const struct { const char *points, *point; bool covered; } cases[] = {
        {NULL, "critical,onlyuser:TRUE", true},
        {NULL, "critical,onlyCA:TRUE", false},
        {NULL, "critical,onlyAA:TRUE", false},
        {"users", "critical,@users", true},
        {"users", "critical,@others", false},
        {"others,users", "critical,@users", true},
        {"users-two", "critical,@users", true},
        {"users", "critical,@users-two", true},
        {"users", "critical,onlyuser:TRUE", true},
        {NULL, "critical,@users", false},
        {"users", "critical,@relative", false},
        {"relative", "critical,@relative", true},
        {"relative", "critical,@other-relative", false},
        {"relative", "critical,@users", false},
    };
    holder *root;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s, %s", cases[i].points, cases[i].point);
        const extensions given = {{BY_KEY_ID, POINT, cases[i].point}};
        holder *alice = start_with_points(&root, cases[i].points);
        bring_list((list){.name = "Root", .by = root, .given = given});
        if (cases[i].covered)
            assert_good(alice);
        else
            assert_open(alice, "is for other certificates (issuingDistributionPoint)");

        alice = start_with_points(&root, cases[i].points);
        bring_list((list){.name = "Root", .by = root, .given = given, .entries = {{alice}}});
        if (cases[i].covered)
            assert_revoked(alice);
        else if (strstr(cases[i].point, "onlyAA") != NULL) /* an attribute certificate of that number */
            assert_open(alice, "is for other certificates");
        else
            assert_revocation(alice, SM_FAIL, SM_REASON_REVOKED, "CN=Alice");

        /* as of a later time: before, its silence would count where Alice is in its scope, and nowhere else */
        alice = start_with_points(&root, cases[i].points);
        bring_list((list){.name = "Root", .by = root, .given = given, .entries = {{alice}}, .start = "20270101000000Z"});
        if (cases[i].covered)
            assert_revocation(alice, SM_PASS, SM_REASON_NONE, "was revoked later, at 2027-01-01T00:00:00Z");
        else
            assert_revocation(alice, SM_NOT_EVALUATED, SM_REASON_NO_CRL, "is for other certificates");
    }

    /* the issuer's own name is one of its distribution points, whatever the certificate says (RFC 5280 6.3.3, its end); OpenSSL knows none then */
    holder *alice = start_with_points(&root, NULL);
    bring_list((list){.name = "Root", .by = root, .given = {{POINT, "critical,@root"}}});
    assert_revocation(alice, SM_PASS, SM_REASON_NONE, NULL);

    /* an authority is no user */
    start();
    root = anchor(issue(NULL, "Root", CA_OF()));
    holder *authority = brought(issue(root, "Authority", CA_OF()));
    alice = issue(authority, "Alice", USER_OF(ALICE_URI));
    bring_crl("Authority", authority);
    bring_list((list){.name = "Root", .by = root, .given = {{POINT, "critical,onlyuser:TRUE"}}});
    assert_revocation(alice, SM_NOT_EVALUATED, SM_REASON_NO_CRL, "for CN=Authority");
    start();
    root = anchor(issue(NULL, "Root", CA_OF()));
    authority = brought(issue(root, "Authority", CA_OF()));
    alice = issue(authority, "Alice", USER_OF(ALICE_URI));
    bring_crl("Authority", authority);
    bring_list((list){.name = "Root", .by = root, .given = {{POINT, "critical,onlyCA:TRUE"}}});
    assert_revocation(alice, SM_PASS, SM_REASON_NONE, NULL);
}

/* All reasons have to be told of, by one CRL or by several (RFC 5280 6.3.3 (d), (l)). */
static void reasons(void)
{
    static const char *const parts[] = {"critical,@keys", "critical,@hold", "critical,@rest"};
    holder *root, *alice;
    for (unsigned brought = 1; brought < 8; brought++) { /* every choice of the three */
        alice = start_with_points(&root, NULL);
        for (unsigned i = 0; i < 3; i++)
            if (brought & 1u << i)
                bring_list((list){.name = "Root", .by = root, .given = {{POINT, parts[i]}}});
        if (brought == 7)
            assert_good(alice);
        else
            assert_open(alice, brought == 3 ? "no CRL tells of all reasons for a revocation, but of keyCompromise, cACompromise, certificateHold alone"
                                            : "no CRL tells of all reasons");
    }
    /* what a CRL lists counts, whatever reasons it is for */
    alice = start_with_points(&root, NULL);
    bring_list((list){.name = "Root", .by = root, .given = {{POINT, parts[0]}}, .entries = {{alice}}});
    assert_revoked(alice);
    /* the certificate itself may ask a distribution point for some reasons alone; OpenSSL does not look at CRLs outside of the points */
    alice = start_with_points(&root, "users-keys");
    bring_list((list){.name = "Root", .by = root, .given = {{POINT, "critical,@users"}}});
    assert_open(alice, "but of keyCompromise, cACompromise alone");
    alice = start_with_points(&root, "users-keys");
    bring_crl("Root", root);
    assert_revocation(alice, SM_PASS, SM_REASON_NONE, NULL);
}

/* ---- CRLs of other issuers ---- */

#define INDIRECT "critical,indirectCRL:TRUE"

typedef struct with_signer {
    holder *root, *signer, *alice;
} with_signer;

/* A trusted root; a signer of CRLs under it, about whom the root's own CRL tells, under a name of its own that is not Alice's; Alice, whose
 * distribution points are those. */
static with_signer start_with_signer(const char *points)
{
    with_signer of;
    of.alice = start_with_points(&of.root, points);
    of.signer = brought(issue(of.root, "Signer", (extensions){{"keyUsage", "critical,cRLSign", POINTS, "others"}}));
    bring_list((list){.name = "Root", .by = of.root, .given = {{POINT, "critical,@others"}}});
    return of;
}

/* Who lists what under whose name, in a CRL that the signer makes for others (RFC 5280 5.3.3). */
static void entries_of_others(void)
{
    static const struct { const char *first, *alice; bool revoked; } cases[] = {
        {"Root", "Root", true}, {NULL, "Root", true},
        {"Root", NULL, true},   /* the issuer of the entry before */
        {NULL, NULL, false},    /* the signer's own certificate of that number */
        {"Else", NULL, false},  {"Root", "Else", false}, {"Root", "Signer", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        with_signer of = start_with_signer("signer");
        bring_list((list){.name = "Signer", .by = of.signer, .given = {{POINT, INDIRECT}},
                          .entries = {{of.root, cases[i].first}, {of.alice, cases[i].alice}}});
        if (cases[i].revoked)
            assert_revoked(of.alice);
        else
            assert_good(of.alice);

        of = start_with_signer("users"); /* nobody asked the signer */
        bring_list((list){.name = "Signer", .by = of.signer, .given = {{POINT, INDIRECT}},
                          .entries = {{of.root, cases[i].first}, {of.alice, cases[i].alice}}});
        assert_open(of.alice, cases[i].revoked ? "has an entry for it, and no distribution point of the certificate names that issuer"
                                               : "is for other certificates");
    }
}

/* The names of the distribution points of both (RFC 5280 6.3.3 (b) (1), (2) (i)). */
static void points_of_others(void)
{
    static const struct { const char *points, *point; bool covered; } cases[] = {
        {"signer", INDIRECT, true},
        {"signer-users", INDIRECT, true},
        {"signer-users", "critical,@indirect-users", true},
        {"signer-users", "critical,@indirect-others", false},
        {"signer", "critical,@indirect-by-name", true}, /* cRLIssuer stands for the name that is left out */
        {"signer-relative", "critical,@indirect-relative", true},
        {"signer-users", "critical,@indirect-relative", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        with_signer of = start_with_signer(cases[i].points);
        bring_list((list){.name = "Signer", .by = of.signer, .given = {{POINT, cases[i].point}}});
        if (cases[i].covered)
            assert_good(of.alice);
        else
            assert_open(of.alice, "is for other certificates");
        of = start_with_signer(cases[i].points);
        bring_list((list){.name = "Signer", .by = of.signer, .given = {{POINT, cases[i].point}}, .entries = {{of.alice, "Root"}}});
        if (cases[i].covered)
            assert_revoked(of.alice);
        else /* the signer may revoke Alice: a listed certificate counts; OpenSSL does not look */
            assert_revocation(of.alice, SM_FAIL, SM_REASON_REVOKED, "CN=Alice");
    }

    /* and no other name does; OpenSSL takes a name that is left out for any */
    with_signer of = start_with_signer("signer");
    bring_list((list){.name = "Signer", .by = of.signer, .given = {{POINT, "critical,@indirect-users"}}});
    assert_revocation(of.alice, SM_NOT_EVALUATED, SM_REASON_NO_CRL, "is for other certificates");

    /* a point that names the signer asks for an indirect CRL of it */
    of = start_with_signer("signer");
    bring_list((list){.name = "Signer", .by = of.signer, .entries = {{of.alice}}});
    assert_open(of.alice, "is for other certificates");
}

/* Who signs for others has to be somebody: RFC 5280 6.3.3 (f). */
static void signers(void)
{
    const extensions signs = {{"keyUsage", "critical,cRLSign"}};
    const list indirect = {.name = "Signer", .given = {{POINT, INDIRECT}}};
    for (unsigned wrong = 0; wrong < 9; wrong++) {
        static const char *const details[] = {
            "is signed by CN=Signer (serial", "which may not sign CRLs (keyUsage)", "which has no valid path to the same trust anchor",
            "which has no valid path to the same trust anchor", "is signed by nobody who is known here", "is signed by nobody who is known here",
            "which was not valid when it was made", "was revoked at", "which has no valid path to the same trust anchor",
        };
        holder *root, *alice = start_with_points(&root, "signer"), *signer = NULL, *other = anchor(issue(NULL, "Other", CA_OF()));
        list made = indirect;
        switch (wrong) {
        case 0: /* nothing tells whether the signer was revoked; OpenSSL does not ask */
            signer = brought(issue(root, "Signer", signs));
            break;
        case 1:
            signer = brought(issue(root, "Signer", (extensions){{"keyUsage", "critical,keyCertSign,digitalSignature"}}));
            break;
        case 2: /* trusted, and for others */
            signer = brought(issue(other, "Signer", signs));
            break;
        case 3:
            signer = brought(issue(NULL, "Signer", signs));
            break;
        case 4: /* not at hand */
            signer = issue(root, "Signer", signs);
            break;
        case 5:
            signer = brought(issue(root, "Signer", signs));
            made.damaged = true;
            break;
        case 6:
            signer = brought(issue_at(root, "Signer", NULL, signs, 3, "20250101000000Z", "20691231235959Z"));
            break;
        case 7: /* by a CRL that is not for Alice */
            signer = brought(issue(root, "Signer", (extensions){{"keyUsage", "critical,cRLSign", POINTS, "others"}}));
            bring_list((list){.name = "Root", .by = root, .given = {{POINT, "critical,@others"}}, .entries = {{signer}}});
            break;
        case 8: /* by somebody who may not issue */
            signer = brought(issue(brought(issue(root, "Carol", USER_OF(ALICE_URI))), "Signer", signs));
            break;
        }
        made.by = signer;
        bring_list(made);
        g_test_message("signer %u", wrong);
        assert_revocation(alice, SM_NOT_EVALUATED, SM_REASON_NO_CRL, details[wrong]);

        /* and revokes nobody then, but where only its own standing is unknown */
        if (wrong != 0 && wrong != 4)
            continue;
        alice = start_with_points(&root, "signer");
        signer = issue(root, "Signer", signs);
        if (wrong == 0)
            brought(signer);
        made.by = signer;
        made.entries[0] = (list_entry){alice, "Root", 0, NULL};
        bring_list(made);
        if (wrong == 0)
            assert_revocation(alice, SM_FAIL, SM_REASON_REVOKED, "CN=Alice");
        else
            assert_revocation(alice, SM_NOT_EVALUATED, SM_REASON_NO_CRL, "is signed by nobody who is known here");
    }

    /* the CRL may tell of its own signer */
    holder *root, *alice = start_with_points(&root, "signer");
    holder *signer = brought(issue(root, "Signer", (extensions){{"keyUsage", "critical,cRLSign", POINTS, "signer"}}));
    bring_list((list){.name = "Signer", .by = signer, .given = {{POINT, INDIRECT}}});
    assert_good(alice);
    alice = start_with_points(&root, "signer");
    signer = brought(issue(root, "Signer", (extensions){{"keyUsage", "critical,cRLSign", POINTS, "signer"}}));
    bring_list((list){.name = "Signer", .by = signer, .given = {{POINT, INDIRECT}}, .entries = {{signer, "Root"}}});
    assert_revocation(alice, SM_NOT_EVALUATED, SM_REASON_NO_CRL, "was revoked at");

    /* the anchor makes CRLs for what its authorities issue */
    for (unsigned listed = 0; listed < 2; listed++) {
        start();
        root = anchor(issue(NULL, "Root", CA_OF()));
        holder *authority = brought(issue(root, "Authority", CA_OF()));
        alice = issue(authority, "Alice", USER_OF(ALICE_URI, POINTS, "anchor"));
        bring_list((list){.name = "Root", .by = root, .given = {{POINT, INDIRECT}}, .entries = {{listed ? alice : NULL, "Authority"}}});
        if (listed)
            assert_revoked(alice);
        else
            assert_good(alice);
    }

    /* from the key ring: certificate and CRL */
    alice = start_with_points(&root, "signer");
    signer = issue(root, "Signer", (extensions){{"keyUsage", "critical,cRLSign", POINTS, "signer"}});
    g_assert_true(sm_keyring_add_certificate(ring, der_of(signer->x509), "signer", false));
    g_assert_true(sm_keyring_add_certificate(ring, make_list((list){.name = "Signer", .by = signer, .given = {{POINT, INDIRECT}},
                                                                    .entries = {{alice, "Root"}}}), "signer.crl", false));
    assert_revocation(alice, SM_FAIL, SM_REASON_REVOKED, "CN=Alice");
}

/* An authority that has another key by now, and signs its CRLs with it. */
static void other_keys_of_issuer(void)
{
    for (unsigned listed = 0; listed < 3; listed++) { /* nothing; Alice; the new certificate itself */
        start();
        holder *root = anchor(issue(NULL, "Root", CA_OF("subjectKeyIdentifier", "hash")));
        holder *old = brought(issue(root, "Authority", CA_OF(KEY_IDS))), *new = brought(issue(root, "Authority", CA_OF(KEY_IDS)));
        holder *alice = issue(old, "Alice", USER_OF(ALICE_URI));
        bring_list((list){.name = "Root", .by = root, .entries = {{listed == 2 ? new : NULL}}});
        bring_list((list){.name = "Authority", .by = new, .given = {{BY_KEY_ID}}, .entries = {{listed == 1 ? alice : NULL}}});
        if (listed == 0)
            assert_good(alice);
        else if (listed == 1)
            assert_revoked(alice);
        else
            assert_revocation(alice, SM_NOT_EVALUATED, SM_REASON_NO_CRL, "was revoked at");
    }

    /* certified with the old key, as an authority does on its own; its CRL tells of itself */
    start();
    holder *root = anchor(issue(NULL, "Root", CA_OF("subjectKeyIdentifier", "hash")));
    holder *new = brought(issue(root, "Root", CA_OF(KEY_IDS)));
    holder *alice = issue(root, "Alice", USER_OF(ALICE_URI));
    bring_list((list){.name = "Root", .by = new, .given = {{BY_KEY_ID}}});
    assert_good(alice);

    /* somebody of that name under another anchor */
    start();
    root = anchor(issue(NULL, "Root", CA_OF("subjectKeyIdentifier", "hash")));
    holder *other = anchor(issue(NULL, "Other", CA_OF("subjectKeyIdentifier", "hash")));
    new = brought(issue(other, "Root", CA_OF(KEY_IDS)));
    alice = issue(root, "Alice", USER_OF(ALICE_URI));
    bring_list((list){.name = "Root", .by = new, .given = {{BY_KEY_ID}}, .entries = {{alice}}});
    assert_open(alice, "which has no valid path to the same trust anchor");
}

/* ---- Delta CRLs ---- */

#define NUMBER(octet) "crlNumber", "DER:0201" octet
#define BASE(octet) "deltaCRL", "critical,DER:0201" octet
#define FRESHEST "freshestCRL", "URI:http://example.org/delta.crl" /* without which OpenSSL looks for no delta CRL */
#define OVER "20250101000000Z" /* of complete CRLs that are out of date */

/* What a delta CRL changes of a complete CRL that is out of date, and when it may (RFC 5280 5.2.4, 6.3.3 (c)). */
static void deltas(void)
{
    static const struct { extensions complete, delta; bool applies; } cases[] = {
        {{{BY_KEY_ID, FRESHEST, NUMBER("05")}}, {{BY_KEY_ID, NUMBER("06"), BASE("05")}}, true},
        {{{BY_KEY_ID, FRESHEST, NUMBER("05")}}, {{BY_KEY_ID, NUMBER("09"), BASE("03")}}, true},
        {{{BY_KEY_ID, FRESHEST, NUMBER("05")}}, {{BY_KEY_ID, NUMBER("09"), BASE("06")}}, false}, /* since a later one */
        {{{BY_KEY_ID, FRESHEST, NUMBER("05")}}, {{BY_KEY_ID, NUMBER("05"), BASE("04")}}, false}, /* not newer */
        {{{BY_KEY_ID, FRESHEST}}, {{BY_KEY_ID, NUMBER("06"), BASE("05")}}, false},
        {{{BY_KEY_ID, FRESHEST, NUMBER("05")}}, {{BY_KEY_ID, BASE("05")}}, false},
        {{{BY_KEY_ID, FRESHEST, NUMBER("05")}}, {{NUMBER("06"), BASE("05")}}, false}, /* names no key */
        {{{BY_KEY_ID, FRESHEST, NUMBER("05")}}, {{BY_KEY_ID, NUMBER("06"), BASE("05"), POINT, "critical,onlyuser:TRUE"}}, false},
        {{{BY_KEY_ID, FRESHEST, NUMBER("05"), POINT, "critical,onlyuser:TRUE"}}, {{BY_KEY_ID, NUMBER("06"), BASE("05"), POINT, "critical,onlyuser:TRUE"}}, true},
        {{{BY_KEY_ID, FRESHEST, NUMBER("05"), POINT, "critical,onlyCA:TRUE"}}, {{BY_KEY_ID, NUMBER("06"), BASE("05"), POINT, "critical,onlyCA:TRUE"}}, false},
    };
    enum { NOTHING, IN_COMPLETE, IN_DELTA, IN_BOTH, ON_HOLD, REMOVED, REMOVED_FOR_GOOD, WAYS };
    holder *root;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        for (unsigned way = 0; way < WAYS; way++)
            for (unsigned order = 0; order < 2; order++) {
                holder *alice = start_with_points(&root, NULL);
                list complete = {.name = "Root", .by = root, .given = cases[i].complete, .end = OVER},
                     delta = {.name = "Root", .by = root, .given = cases[i].delta, .start = "20260101000000Z"};
                const int first = way == ON_HOLD || way == REMOVED ? CRL_REASON_CERTIFICATE_HOLD : CRL_REASON_KEY_COMPROMISE;
                if (way != NOTHING && way != IN_DELTA)
                    complete.entries[0] = (list_entry){alice, NULL, first, NULL};
                if (way == IN_DELTA || way == IN_BOTH)
                    delta.entries[0] = (list_entry){alice, NULL, CRL_REASON_KEY_COMPROMISE, NULL};
                if (way == REMOVED || way == REMOVED_FOR_GOOD)
                    delta.entries[0] = (list_entry){alice, NULL, CRL_REASON_REMOVE_FROM_CRL, NULL};
                bring_list(order ? delta : complete);
                bring_list(order ? complete : delta);
                g_test_message("case %zu, way %u", i, way);
                bool good = cases[i].applies && (way == NOTHING || way == REMOVED);
                if (good)
                    assert_good(alice);
                else if (way == NOTHING)
                    assert_open(alice, NULL);
                else /* what OpenSSL makes of an entry in a CRL that is out of date depends on the rest; a revocation does not end */
                    assert_revocation(alice, SM_FAIL, SM_REASON_REVOKED, "CN=Alice");
            }

    holder *alice = start_with_points(&root, NULL);
    bring_list((list){.name = "Root", .by = root, .given = {{BY_KEY_ID, NUMBER("06"), BASE("05")}}});
    assert_open(alice, "the delta CRL of CN=Root (embedded) lacks the complete one that it changes");

    alice = start_with_points(&root, NULL); /* out of date as well */
    bring_list((list){.name = "Root", .by = root, .given = cases[0].complete, .end = OVER});
    bring_list((list){.name = "Root", .by = root, .given = cases[0].delta, .end = "20250201000000Z"});
    assert_open(alice, "is out of date since");
}

/* ---- Times ---- */

/* certificateHold ends with a newer CRL without the entry; whether it had ended then is asked of the time judged at. */
static void holds(void)
{
    static const struct { const char *when; bool held; } times[] = {
        {"2026-01-03T00:00:00Z", false}, /* before it began */
        {"2026-01-04T00:00:00Z", true},
        {"2026-01-10T00:00:00Z", true},  /* the CRL of then says so */
        {"2026-01-15T00:00:00Z", true},  /* out of date, and nothing newer was there */
        {"2026-01-20T00:00:00Z", false}, /* released */
        {"2026-01-24T00:00:00Z", false},
        {"2026-01-26T00:00:00Z", true},  /* again, as of the 25th */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
        for (unsigned order = 0; order < 6; order++) {
            holder *root, *alice = start_with_points(&root, NULL);
            const list lists[] = {
                {.name = "Root", .by = root, .entries = {{alice, NULL, CRL_REASON_CERTIFICATE_HOLD, "20260104000000Z"}}, .start = "20260105000000Z", .end = "20260112000000Z"},
                {.name = "Root", .by = root, .start = "20260120000000Z", .end = "20260125000000Z"},
                {.name = "Root", .by = root, .entries = {{alice, NULL, CRL_REASON_CERTIFICATE_HOLD, "20260125000000Z"}}, .start = "20260125000000Z"},
            };
            const unsigned turns[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
            for (unsigned k = 0; k < 3; k++)
                bring_list(lists[turns[order][k]]);
            const sm_path *path = judge_at(alice, times[i].when);
            g_assert_cmpint(path->revocation.kind, ==, times[i].held ? SM_FAIL : SM_PASS);
            g_assert_cmpint(path->revoked_at.known, ==, times[i].held);
            end();
        }
}

/* ---- How many ---- */

/* A CRL a night for a year: the newest one counts, wherever it stands. */
static void many_lists(void)
{
    for (unsigned at = 0; at < 200; at += 199) {
        holder *root, *alice = start_with_points(&root, NULL);
        for (unsigned i = 0; i < 200; i++) {
            g_autofree char *night = g_strdup_printf("2025%02u%02u000000Z", 1 + i / 28, 1 + i % 28);
            const list made = {.name = "Root", .by = root, .entries = {{i == at ? alice : NULL}}, .start = night};
            g_assert_true(sm_keyring_add_certificate(ring, make_list(made), night, false));
        }
        assert_revocation(alice, SM_FAIL, SM_REASON_REVOKED, "CN=Alice");
    }
}

/* More signers than have their paths followed. */
static void many_signers(void)
{
    holder *root, *alice = start_with_points(&root, NULL);
    holder *last = NULL;
    for (unsigned i = 0; i < 20; i++) {
        last = issue(root, "Root", (extensions){{"keyUsage", "critical,cRLSign", KEY_IDS}});
        g_assert_true(sm_keyring_add_certificate(ring, der_of(last->x509), "signer", false));
        g_assert_true(sm_keyring_add_certificate(ring, make_list((list){.name = "Root", .by = last, .end = OVER}), "crl", false));
    }
    assert_revocation(alice, SM_NOT_EVALUATED, SM_REASON_LIMIT, "16 signers");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    read_sections();
    g_test_add_func("/pki/revocation/lists", revocation_lists);
    g_test_add_func("/pki/revocation/lists-of-one-name", lists_of_one_name);
    g_test_add_func("/pki/revocation/unusable-lists", unusable_lists);
    g_test_add_func("/pki/revocation/scopes", scopes);
    g_test_add_func("/pki/revocation/reasons", reasons);
    g_test_add_func("/pki/revocation/entries-of-others", entries_of_others);
    g_test_add_func("/pki/revocation/points-of-others", points_of_others);
    g_test_add_func("/pki/revocation/signers", signers);
    g_test_add_func("/pki/revocation/other-keys-of-issuer", other_keys_of_issuer);
    g_test_add_func("/pki/revocation/deltas", deltas);
    g_test_add_func("/pki/revocation/holds", holds);
    g_test_add_func("/pki/revocation/many-lists", many_lists);
    g_test_add_func("/pki/revocation/many-signers", many_signers);
    int failed = g_test_run();
    NCONF_free(sections);
    return failed;
}
