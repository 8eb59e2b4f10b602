/* Certification paths.
 *
 * Building and judging are two steps. Building goes from the leaf upwards through every certificate whose name and key fit
 * (OpenSSL follows one issuer alone, and loses its way where two authorities have one name), within a bound of signature
 * checks. Each path that reaches an anchor is then given to OpenSSL as it is, with nothing left to choose, for RFC 5280 6:
 * signatures, basic, name, and policy constraints, critical extensions; never for dates, which are a verdict of their own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pki/path.h"

#include "base/bounds.h"
#include "pki/keyring_store.h"
#include "pki/openssl_names.h"
#include "pki/path_cache.h"
#include "pki/revocation.h"
#include "pki/signature.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

enum { SIGNATURE_CHECKS = SM_LIMIT_KEY_TRIALS, WHOLE_PATHS = 16, CANDIDATES = SM_LIMIT_KEY_TRIALS + SM_LIMIT_CMS_CERTIFICATES };

/* How far an outcome got; the highest one is told. */
typedef enum rank {
    RANK_NONE,
    RANK_NO_ISSUER,     /* nobody who could have issued the last certificate */
    RANK_WRONG_ISSUER,  /* somebody of that name, who did not or may not */
    RANK_FAULTY,        /* a whole path, but not a valid one */
    RANK_GOOD,          /* a valid path, some certificate of which is not valid at the time asked for */
    RANK_REVOKED,       /* a valid path, of which a CRL says that it does not stand */
    RANK_GOOD_NOW,
} rank;

/* What the CRLs say of a certificate as its issuer's, on a path to the anchor: asked once, however many paths lead through it. */
typedef struct standing {
    const sm_certificate *certificate, *issuer, *anchor;
    sm_verdict verdict;
    sm_moment revoked_at;
} standing;

/* A certificate that signed CRLs, and its own path. */
typedef struct vouched {
    const sm_certificate *signer, *anchor;
    sm_crl_signer answer;
} vouched;

typedef struct builder {
    sm_arena *arena;
    const sm_keyring *ring;
    const sm_certificate *const *embedded;
    unsigned embedded_count;
    sm_span *when; /* narrowed by every date that is looked at */
    sm_crl_source crls;
    standing standings[WHOLE_PATHS * SM_LIMIT_PATH_DEPTH]; /* of the links of whole paths */
    unsigned standing_count;
    vouched vouched[SM_LIMIT_CRL_SIGNERS];
    unsigned vouched_count;
    const sm_certificate *only_anchor; /* the path of a signer of CRLs is built, to this anchor; NULL: of a signer of messages, to any */

    const sm_certificate *chain[SM_LIMIT_PATH_DEPTH]; /* the path being built, leaf first */
    unsigned length;
    unsigned signature_checks, whole_paths;
    bool limit_hit;
    bool final; /* the leaf is revoked: no other path changes that */

    rank best;
    sm_verdict verdict, revocation;
    sm_moment revoked_at;
    const sm_certificate *best_chain[SM_LIMIT_PATH_DEPTH];
    unsigned best_length;
} builder;

/* Keeps the outcome if it is better, or as good and of a longer path, than what was found before. */
static bool record(builder *b, rank got, sm_verdict verdict)
{
    if (got < b->best || (got == b->best && b->length <= b->best_length))
        return false;
    b->best = got;
    b->verdict = verdict;
    b->revocation = sm_not_evaluated(SM_REASON_PATH_NOT_PASSED, NULL);
    b->revoked_at = (sm_moment){0};
    memcpy(b->best_chain, b->chain, b->length * sizeof b->chain[0]);
    b->best_length = b->length;
    return true;
}

static const char *label(builder *b, const sm_certificate *certificate)
{
    return sm_certificate_label(b->arena, certificate);
}

/* ---- Issuers ---- */

/* authorityKeyIdentifier against the issuer's key: 1 fits, 0 says nothing, -1 names another key. */
static int key_id_fits(const sm_certificate *certificate, const sm_certificate *issuer)
{
    if (!sm_bytes_present(certificate->authority_key_id))
        return 0;
    if (sm_bytes_equal(certificate->authority_key_id, issuer->key_id) ||
        sm_bytes_equal(certificate->authority_key_id, issuer->key_id_computed))
        return 1;
    return sm_bytes_present(issuer->key_id) ? -1 : 0;
}

typedef struct candidate {
    const sm_certificate *certificate;
    int score;
} candidate;

static bool is_valid(const builder *b, const sm_certificate *certificate)
{
    if (certificate->not_before.known)
        sm_span_compare(b->when, certificate->not_before);
    if (certificate->not_after.known)
        sm_span_compare(b->when, sm_certificate_end(certificate));
    return sm_certificate_validity(certificate, b->when->when) == 0;
}

static int candidate_score(const builder *b, const sm_certificate *certificate, const sm_certificate *issuer)
{
    int score = key_id_fits(certificate, issuer) * 4;
    if (sm_keyring_is_anchor(b->ring, issuer))
        score += 2;
    if (b->when->when.known && is_valid(b, issuer))
        score += 1;
    return score;
}

static bool is_in(const builder *b, const sm_certificate *certificate)
{
    for (unsigned i = 0; i < b->length; i++)
        if (sm_bytes_equal(b->chain[i]->encoding, certificate->encoding))
            return true;
    return false;
}

/* Adds behind all that are as good, so that the order is always the same. */
static void add_candidate(const builder *b, candidate *candidates, unsigned *count, const sm_certificate *certificate,
                          const sm_certificate *issuer)
{
    if (*count >= CANDIDATES || is_in(b, issuer))
        return;
    for (unsigned i = 0; i < *count; i++)
        if (sm_bytes_equal(candidates[i].certificate->encoding, issuer->encoding))
            return;
    candidate added = {issuer, candidate_score(b, certificate, issuer)};
    unsigned at = (*count)++;
    for (; at > 0 && candidates[at - 1].score < added.score; at--)
        candidates[at] = candidates[at - 1];
    candidates[at] = added;
}

/* Everyone whose subject is this certificate's issuer, the likeliest first. */
static unsigned find_candidates(builder *b, const sm_certificate *certificate, candidate *candidates)
{
    unsigned found = 0, count = 0;
    const sm_certificate *const *known = sm_keyring_by_subject(b->ring, certificate->issuer_der, &count);
    for (unsigned i = 0; i < count; i++)
        add_candidate(b, candidates, &found, certificate, known[i]);
    if (count >= SM_LIMIT_KEY_TRIALS) /* there may be more */
        b->limit_hit = true;
    for (unsigned i = 0; i < b->embedded_count; i++)
        if (X509_NAME_cmp(X509_get_subject_name(b->embedded[i]->x509), X509_get_issuer_name(certificate->x509)) == 0)
            add_candidate(b, candidates, &found, certificate, b->embedded[i]);
    return found;
}

/* RFC 5280 6.1.4 (k), (n). An anchor is held to it as well: who trusts Alice's own certificate does not let her issue others.
 * Version 1 has no such extension; it may be an anchor, but nothing in between. */
static bool may_issue(builder *b, const sm_certificate *issuer, sm_verdict *refusal)
{
    bool old_anchor = issuer->version < 3 && sm_keyring_is_anchor(b->ring, issuer);
    if (!old_anchor && !issuer->is_ca) {
        *refusal = sm_fail(SM_REASON_CONSTRAINTS,
                           sm_arena_printf(b->arena, "%s is no certification authority (basicConstraints)", label(b, issuer)));
        return false;
    }
    if (issuer->has_key_usage && !(issuer->key_usage & SM_USAGE_KEY_CERT_SIGN)) {
        *refusal = sm_fail(SM_REASON_KEY_USAGE, sm_arena_printf(b->arena, "%s may not sign certificates (keyUsage)",
                                                                label(b, issuer)));
        return false;
    }
    return true;
}

/* Whether the candidate issued the certificate and may have; what speaks against it is recorded. */
static bool accept_issuer(builder *b, const sm_certificate *certificate, const sm_certificate *issuer)
{
    sm_verdict refusal;
    switch (sm_certificate_signature(certificate, issuer)) {
    case SM_SIGNATURE_GOOD:
        if (may_issue(b, issuer, &refusal))
            return true;
        record(b, RANK_WRONG_ISSUER, refusal);
        return false;
    case SM_SIGNATURE_UNSUPPORTED:
        record(b, RANK_WRONG_ISSUER,
               sm_not_evaluated(SM_REASON_UNSUPPORTED,
                                sm_arena_printf(b->arena, "the signature of %s (%s, with a key of type %s) cannot be checked here",
                                                label(b, certificate), certificate->signature_algorithm, issuer->key_name)));
        return false;
    case SM_SIGNATURE_BAD:
        /* Otherwise it is somebody else of the same name: the certificate says another key, or verifies with its own. */
        if (key_id_fits(certificate, issuer) >= 0 && !certificate->self_signed)
            record(b, RANK_WRONG_ISSUER,
                   sm_fail(SM_REASON_CERTIFICATE_SIGNATURE,
                           sm_arena_printf(b->arena, "the signature of %s does not verify with the key of %s",
                                           label(b, certificate), label(b, issuer))));
        return false;
    }
    return false;
}

/* ---- A whole path ---- */

/* A path as OpenSSL is given it, leaf first. */
typedef struct settled {
    const sm_certificate *chain[SM_LIMIT_PATH_DEPTH];
    unsigned length;
    X509 *leaf; /* the first of them, or what stands for it */
    bool gaps;  /* certificates were left out, or one stands for another: signatures cannot be followed in it */
} settled;

/* What OpenSSL's callbacks need to know. */
typedef struct check {
    const settled *path;
    int error, depth;
} check;

static X509 *member(const settled *path, unsigned i)
{
    return i == 0 ? path->leaf : path->chain[i]->x509;
}

/* The path is settled: each certificate's issuer is the next one. The last one issued itself or nobody here knows who did. */
static int is_issued(X509_STORE_CTX *context, X509 *x509, X509 *issuer)
{
    const check *on = X509_STORE_CTX_get_app_data(context);
    if (x509 == issuer)
        return X509_check_issued(x509, x509) == X509_V_OK;
    for (unsigned i = 0; i + 1 < on->path->length; i++)
        if (member(on->path, i) == x509)
            return member(on->path, i + 1) == issuer;
    return 0;
}

static int note_error(int good, X509_STORE_CTX *context)
{
    if (good)
        return 1;
    check *on = X509_STORE_CTX_get_app_data(context);
    int error = X509_STORE_CTX_get_error(context), depth = X509_STORE_CTX_get_error_depth(context);
    on->error = error;
    on->depth = depth;
    return 0;
}

static sm_reason reason_of(int error)
{
    switch (error) {
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_INVALID_NON_CA:
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
    case X509_V_ERR_SUBTREE_MINMAX:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
    case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
    case X509_V_ERR_INVALID_POLICY_EXTENSION:
    case X509_V_ERR_NO_EXPLICIT_POLICY:
    case X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA:
    case X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN:
        return SM_REASON_CONSTRAINTS;
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
        return SM_REASON_KEY_USAGE;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
        return SM_REASON_CERTIFICATE_SIGNATURE;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_REJECTED:
    case X509_V_ERR_SUBJECT_ISSUER_MISMATCH:
    case X509_V_ERR_AKID_SKID_MISMATCH:
    case X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH:
        return SM_REASON_UNTRUSTED;
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
        return SM_REASON_LIMIT;
    case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
    case X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM:
        return SM_REASON_UNSUPPORTED;
    case X509_V_ERR_OUT_OF_MEM:
    case X509_V_ERR_UNSPECIFIED:
    case X509_V_ERR_STORE_LOOKUP:
    case X509_V_ERR_INVALID_CALL:
        return SM_REASON_LIBRARY;
    default:
        return SM_REASON_CERTIFICATE_INVALID;
    }
}

static sm_verdict verdict_of(builder *b, const check *result)
{
    unsigned at = (unsigned)CLAMP(result->depth, 0, (int)result->path->length - 1);
    const char *why = result->error == X509_V_ERR_UNSUPPORTED_NAME_SYNTAX
                          ? "URIs are constrained, and one without an authority component does not fit (RFC 5280 4.2.1.10)"
                          : X509_verify_cert_error_string(result->error);
    const char *detail = sm_arena_printf(b->arena, "%s: %s", label(b, result->path->chain[at]), why);
    sm_reason reason = reason_of(result->error);
    bool judged = reason != SM_REASON_LIMIT && reason != SM_REASON_UNSUPPORTED && reason != SM_REASON_LIBRARY;
    return judged ? sm_fail(reason, detail) : sm_not_evaluated(reason, detail);
}

/* In place of OpenSSL's own: every signature of the path was checked while it was built. */
static int signatures_hold(X509_STORE_CTX *context)
{
    (void)context;
    return 1;
}

/* RFC 5280 6.1 along the settled path. */
static sm_verdict verify_settled(builder *b, const settled *path)
{
    check result = {.path = path};
    sm_verdict verdict = sm_not_evaluated(SM_REASON_LIBRARY, "OpenSSL could not set up the path validation");
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *between = sk_X509_new_null();
    bool ready = store != NULL && context != NULL && between != NULL;
    for (unsigned i = 1; ready && i + 1 < path->length; i++)
        ready = sk_X509_push(between, member(path, i)) > 0;
    if (ready) {
        X509_STORE_set_check_issued(store, is_issued);
        if (path->gaps)
            X509_STORE_set_verify(store, signatures_hold);
        ready = X509_STORE_add_cert(store, member(path, path->length - 1)) &&
                X509_STORE_CTX_init(context, store, path->leaf, between);
    }
    if (ready) {
        X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
        X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_POLICY_CHECK);
        X509_VERIFY_PARAM_add0_policy(parameters, OBJ_nid2obj(NID_any_policy)); /* user-initial-policy-set: RFC 5280 6.1.1 (c) */
        X509_VERIFY_PARAM_set_depth(parameters, SM_LIMIT_PATH_DEPTH);
        X509_VERIFY_PARAM_set_auth_level(parameters, 0); /* weak algorithms are read; the rules report them */
        X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT); /* a commonName is no host */
        X509_STORE_CTX_set_app_data(context, &result);
        X509_STORE_CTX_set_verify_cb(context, note_error);
        if (X509_verify_cert(context) == 1 && result.error == X509_V_OK) {
            verdict = SM_VERDICT_PASS;
        } else {
            if (result.error == X509_V_OK) { /* it stopped without asking the callback */
                result.error = X509_STORE_CTX_get_error(context);
                result.depth = X509_STORE_CTX_get_error_depth(context);
            }
            if (result.error != X509_V_OK)
                verdict = verdict_of(b, &result);
        }
    }
    sk_X509_free(between);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    ERR_clear_error();
    return verdict;
}

/* OpenSSL ends a path at a certificate of one name for subject and issuer unless its key identifiers differ: it takes it
 * for self-signed, whoever signed it. RFC 5280 3.2 calls it self-issued: an authority changed its key. */
static bool is_taken_for_self_signed(X509 *x509)
{
    return X509_self_signed(x509, 0) == 1;
}

/* OpenSSL refuses a leaf whose key it cannot read - of an algorithm that it has not, or a DSA key that leaves its parameters to its
 * issuer (RFC 3279 2.3.2) - though the key plays no part in RFC 5280 6.1: what it is used for is verified elsewhere, or not evaluated
 * there. A copy of the certificate stands for it, with all that is judged, and with its issuer's key. NULL when there is no memory;
 * otherwise to be released with X509_free(). */
static X509 *leaf_for_openssl(const sm_certificate *leaf, const sm_certificate *issuer)
{
    if (X509_get0_pubkey(leaf->x509) != NULL)
        return X509_up_ref(leaf->x509) ? leaf->x509 : NULL;
    X509 *copy = X509_dup(leaf->x509);
    if (copy != NULL && !X509_set_pubkey(copy, issuer->public_key)) {
        X509_free(copy);
        copy = NULL;
    }
    return copy;
}

/* A certificate below the anchor that demands something of policies, or NULL. */
static const sm_certificate *policy_demand(const builder *b)
{
    for (unsigned i = 0; i + 1 < b->length; i++)
        if (X509_get_ext_by_NID(b->chain[i]->x509, NID_policy_constraints, -1) >= 0)
            return b->chain[i];
    return NULL;
}

/* Self-issued certificates between leaf and anchor count for no path length, and no name constraint is laid on them (RFC
 * 5280 6.1.3 (b), 6.1.4 (l)). OpenSSL is therefore given the path without those it would stop at, and, for what
 * each of them demands of the certificates below it, the path up to it. Their policies are lost that way, which matters where
 * some certificate requires any. */
static sm_verdict verify_by_openssl(builder *b, X509 *leaf)
{
    settled path = {.leaf = leaf, .gaps = leaf != b->chain[0]->x509};
    if (is_taken_for_self_signed(leaf))
        return sm_not_evaluated(SM_REASON_UNSUPPORTED_FORM,
                                sm_arena_printf(b->arena, "%s bears its issuer's name and no key identifiers: OpenSSL takes it for "
                                                          "self-signed and checks no path", label(b, b->chain[0])));
    for (unsigned i = 0; i < b->length; i++) {
        bool last = i + 1 == b->length;
        if (last || i == 0 || !is_taken_for_self_signed(b->chain[i]->x509)) {
            path.chain[path.length++] = b->chain[i];
            continue;
        }
        const sm_certificate *demands = policy_demand(b);
        if (demands)
            return sm_not_evaluated(SM_REASON_UNSUPPORTED_FORM,
                                    sm_arena_printf(b->arena, "%s has policy constraints, and OpenSSL takes %s for self-signed, whose "
                                                              "policies it does not see then", label(b, demands), label(b, b->chain[i])));
        path.gaps = true;
        settled below = path;
        below.chain[below.length++] = b->chain[i];
        sm_verdict verdict = verify_settled(b, &below);
        if (verdict.kind != SM_PASS)
            return verdict;
    }
    return verify_settled(b, &path);
}

static sm_verdict verify_path(builder *b)
{
    X509 *leaf = leaf_for_openssl(b->chain[0], b->chain[1]);
    ERR_clear_error();
    if (leaf == NULL)
        return sm_not_evaluated(SM_REASON_LIBRARY, "OpenSSL could not copy the certificate");
    sm_verdict verdict = verify_by_openssl(b, leaf);
    X509_free(leaf);
    return verdict;
}

/* A leaf that may sign messages: RFC 8550 4.4.2, 4.4.4. An agent must not accept another, whoever trusts it. */
static sm_verdict check_usages(builder *b)
{
    const sm_certificate *leaf = b->chain[0];
    if (leaf->has_key_usage && !(leaf->key_usage & (SM_USAGE_DIGITAL_SIGNATURE | SM_USAGE_NON_REPUDIATION)))
        return sm_fail(SM_REASON_KEY_USAGE,
                       sm_arena_printf(b->arena, "%s may not sign messages (keyUsage)", label(b, leaf)));
    if (leaf->has_extended_key_usage && !leaf->usage_email_protection && !leaf->usage_any)
        return sm_fail(SM_REASON_EXTENDED_KEY_USAGE,
                       sm_arena_printf(b->arena, "%s is for %s, not for emailProtection%s", label(b, leaf),
                                       leaf->extended_key_usage != NULL ? leaf->extended_key_usage : "nothing readable",
                                       leaf->usage_sip_domain ? ": sipDomain stands for a SIP domain, not for a user of it "
                                                                "(RFC 5924)" : ""));
    sm_verdict verdict = SM_VERDICT_PASS;
    if (leaf->usage_sip_domain)
        verdict.detail = sm_arena_printf(b->arena, "%s is for sipDomain too: it may stand for a SIP domain, and its key then is a "
                                                   "server's rather than a user's alone (RFC 5924)", label(b, leaf));
    return verdict;
}

/* Extensions of every certificate below the anchor. */
static sm_verdict check_extensions(builder *b)
{
    for (unsigned i = 0; i + 1 < b->length; i++) {
        const sm_certificate *certificate = b->chain[i];
        if (certificate->malformed_extensions != NULL)
            return sm_fail(SM_REASON_CERTIFICATE_INVALID,
                           sm_arena_printf(b->arena, "%s: extension unreadable or repeated: %s", label(b, certificate),
                                           certificate->malformed_extensions));
        if (certificate->unknown_critical != NULL)
            return sm_fail(SM_REASON_CERTIFICATE_INVALID,
                           sm_arena_printf(b->arena, "%s: unknown critical extension %s", label(b, certificate),
                                           certificate->unknown_critical));
    }
    return SM_VERDICT_PASS;
}

static bool all_valid(const builder *b)
{
    for (unsigned i = 0; i < b->length; i++)
        if (!is_valid(b, b->chain[i]))
            return false;
    return true;
}

static const standing *find_standing(builder *b, const sm_certificate *certificate, const sm_certificate *issuer)
{
    const sm_certificate *anchor = b->chain[b->length - 1];
    for (unsigned i = 0; i < b->standing_count; i++)
        if (b->standings[i].certificate == certificate && b->standings[i].issuer == issuer && b->standings[i].anchor == anchor)
            return &b->standings[i];
    standing *found = &b->standings[b->standing_count++];
    *found = (standing){.certificate = certificate, .issuer = issuer, .anchor = anchor};
    found->verdict = sm_revocation_judge(b->arena, &b->crls, certificate, issuer, anchor, &found->revoked_at);
    return found;
}

/* Every certificate below the anchor, from the leaf on; the first one that is revoked is told. */
static sm_verdict judge_revocation(builder *b, sm_moment *revoked_at)
{
    if (b->length == 1)
        return sm_not_evaluated(SM_REASON_NO_CRL, "the certificate is itself the trust anchor");
    sm_verdict all = SM_VERDICT_PASS;
    for (unsigned i = 0; i + 1 < b->length; i++) {
        const standing *one = find_standing(b, b->chain[i], b->chain[i + 1]);
        if (one->verdict.kind == SM_FAIL && one->verdict.reason == SM_REASON_REVOKED) {
            b->final = i == 0;
            *revoked_at = one->revoked_at;
            return one->verdict;
        }
        if (all.kind == SM_PASS && one->verdict.kind == SM_PASS)
            all.detail = all.detail != NULL ? all.detail : one->verdict.detail;
        else
            all = sm_verdict_and(all, one->verdict);
    }
    return all;
}

/* A valid path. Where one does not stand, another may: authorities certify each other, and one may be left. */
static void record_valid(builder *b, sm_verdict verdict)
{
    sm_moment revoked_at = {0};
    sm_verdict revocation = judge_revocation(b, &revoked_at);
    rank got = revocation.kind == SM_FAIL ? RANK_REVOKED
               : b->when->when.known && !all_valid(b) ? RANK_GOOD : RANK_GOOD_NOW;
    if (got == RANK_REVOKED && b->best == RANK_REVOKED)
        return; /* the likeliest one is told */
    if (!record(b, got, verdict))
        return;
    b->revocation = revocation;
    b->revoked_at = revoked_at;
}

/* The path has come to an anchor. */
static void judge_whole_path(builder *b)
{
    b->whole_paths++;
    sm_verdict verdict = check_extensions(b);
    if (verdict.kind == SM_PASS && b->length > 1)
        verdict = verify_path(b);
    if (verdict.kind == SM_PASS && b->only_anchor == NULL)
        verdict = check_usages(b);
    if (verdict.kind != SM_PASS)
        record(b, RANK_FAULTY, verdict);
    else
        record_valid(b, verdict);
}

/* ---- Building ---- */

static void record_end(builder *b, const sm_certificate *last)
{
    if (!last->self_signed)
        record(b, RANK_NO_ISSUER,
               sm_fail(SM_REASON_UNTRUSTED, sm_arena_printf(b->arena, "the issuer of %s was not found: %s", label(b, last),
                                                            last->issuer)));
    else if (b->length == 1)
        record(b, RANK_NO_ISSUER,
               sm_fail(SM_REASON_SELF_SIGNED,
                       sm_arena_printf(b->arena, "%s is self-signed and no trust anchor", label(b, last))));
    else
        record(b, RANK_NO_ISSUER,
               sm_fail(SM_REASON_UNTRUSTED,
                       sm_arena_printf(b->arena, "the path ends at %s, which is no trust anchor", label(b, last))));
}

/* Every way on from the last certificate of the path; at most SM_LIMIT_PATH_DEPTH calls deep. */
static void extend(builder *b)
{
    const sm_certificate *last = b->chain[b->length - 1];
    if (sm_keyring_is_anchor(b->ring, last)) {
        if (b->only_anchor == NULL || sm_bytes_equal(b->only_anchor->encoding, last->encoding))
            judge_whole_path(b);
        return;
    }
    candidate *candidates = sm_arena_array(b->arena, candidate, CANDIDATES);
    unsigned count = find_candidates(b, last, candidates), accepted = 0;
    for (unsigned i = 0; i < count && b->best != RANK_GOOD_NOW && !b->final; i++) {
        if (b->signature_checks >= SIGNATURE_CHECKS || b->whole_paths >= WHOLE_PATHS || b->length >= SM_LIMIT_PATH_DEPTH) {
            b->limit_hit = true;
            return;
        }
        b->signature_checks++;
        if (!accept_issuer(b, last, candidates[i].certificate))
            continue;
        accepted++;
        b->chain[b->length++] = candidates[i].certificate;
        extend(b);
        b->length--;
    }
    if (accepted == 0)
        record_end(b, last);
}

/* ---- Signers of CRLs ---- */

/* The path of a certificate that signed a CRL, to the same anchor as the certificate that the CRL speaks of (RFC 5280 6.3.3 (f)). Its dates
 * are no matter here: when it has to be valid is for revocation.c to say. */
static sm_crl_signer judge_signer(const builder *b, const sm_certificate *signer, const sm_certificate *anchor)
{
    builder *own = sm_arena_new0(b->arena, builder);
    *own = (builder){
        .arena = b->arena,
        .ring = b->ring,
        .embedded = b->embedded,
        .embedded_count = b->embedded_count,
        .when = b->when,
        .crls = b->crls,
        .chain = {signer},
        .length = 1,
        .only_anchor = anchor,
    };
    own->crls.vouch = NULL;
    own->crls.assumed = signer;
    own->crls.signatures = 0;
    extend(own);
    bool found = own->best >= RANK_GOOD;
    return (sm_crl_signer){
        .has_path = found,
        .limit = own->limit_hit && !found,
        .revocation = found && own->best_length == 1 ? SM_VERDICT_PASS : own->revocation,
    };
}

static sm_crl_signer vouch(void *context, const sm_certificate *signer, const sm_certificate *anchor)
{
    builder *b = context;
    for (unsigned i = 0; i < b->vouched_count; i++)
        if (b->vouched[i].signer == signer && b->vouched[i].anchor == anchor)
            return b->vouched[i].answer;
    if (b->vouched_count == SM_LIMIT_CRL_SIGNERS)
        return (sm_crl_signer){.limit = true};
    vouched *added = &b->vouched[b->vouched_count++];
    *added = (vouched){signer, anchor, judge_signer(b, signer, anchor)};
    return added->answer;
}

/* The path as it comes out for every moment of `when`, which is narrowed. */
static const sm_path *judge(sm_arena *arena, const sm_keyring *ring, const sm_path_question *question, sm_span *when)
{
    builder *b = sm_arena_new0(arena, builder);
    *b = (builder){
        .arena = arena,
        .ring = ring,
        .embedded = question->embedded,
        .embedded_count = question->embedded_count,
        .when = when,
        .chain = {question->leaf},
        .length = 1,
    };
    const sm_crl **crls = sm_arena_array(arena, const sm_crl *, question->crl_count);
    b->crls = (sm_crl_source){
        .ring = ring,
        .embedded = crls,
        .certificates = b->embedded,
        .certificate_count = b->embedded_count,
        .when = when,
        .vouch = vouch,
        .context = b,
    };
    for (unsigned i = 0; i < question->crl_count; i++) {
        const sm_crl *crl = sm_crl_parse(arena, question->crls[i], "embedded", NULL);
        if (crl != NULL)
            crls[b->crls.embedded_count++] = crl;
    }
    extend(b);

    sm_path *path = sm_arena_new0(arena, sm_path);
    path->path = b->verdict;
    if (sm_keyring_anchor_count(ring) == 0)
        path->path = sm_not_evaluated(SM_REASON_NO_ANCHOR, "no trust anchors were given");
    else if (b->limit_hit && b->best < RANK_GOOD)
        path->path = sm_not_evaluated(SM_REASON_LIMIT,
                                      sm_arena_printf(arena, "more ways to an anchor than are tried (%d signatures, %d "
                                                             "certificates deep)", SIGNATURE_CHECKS, SM_LIMIT_PATH_DEPTH));
    if (b->best_length == 0) { /* the limit came before any outcome */
        b->best_chain[0] = question->leaf;
        b->best_length = 1;
    }
    path->chain = b->best_chain;
    path->chain_length = b->best_length;
    path->revocation = path->path.kind == SM_PASS ? b->revocation : sm_not_evaluated(SM_REASON_PATH_NOT_PASSED, NULL);
    path->revoked_at = path->revocation.kind == SM_FAIL ? b->revoked_at : (sm_moment){0};
    return path;
}

static sm_path_question make_question(const sm_certificate *leaf, const sm_certificate *const *embedded, unsigned embedded_count,
                                      const sm_bytes *embedded_crls, unsigned embedded_crl_count)
{
    return (sm_path_question){
        .leaf = leaf,
        .embedded = embedded,
        .embedded_count = MIN(embedded_count, SM_LIMIT_CMS_CERTIFICATES),
        .crls = embedded_crls,
        .crl_count = MIN(embedded_crl_count, SM_LIMIT_CMS_CRLS),
    };
}

const sm_path *sm_path_validate_anew(sm_arena *arena, const sm_keyring *ring, const sm_certificate *leaf,
                                     const sm_certificate *const *embedded, unsigned embedded_count,
                                     const sm_bytes *embedded_crls, unsigned embedded_crl_count, sm_moment when)
{
    sm_path_question question = make_question(leaf, embedded, embedded_count, embedded_crls, embedded_crl_count);
    sm_span span = sm_span_at(when);
    return judge(arena, ring, &question, &span);
}

const sm_path *sm_path_validate(sm_arena *arena, const sm_keyring *ring, const sm_certificate *leaf,
                                const sm_certificate *const *embedded, unsigned embedded_count,
                                const sm_bytes *embedded_crls, unsigned embedded_crl_count, sm_moment when)
{
    sm_path_question question = make_question(leaf, embedded, embedded_count, embedded_crls, embedded_crl_count);
    sm_path_cache *cache = sm_keyring_paths(ring);
    sm_path_key key;
    bool has_key = sm_path_cache_key(&question, &key);
    const sm_path *path = has_key ? sm_path_cache_find(cache, arena, &question, &key, when) : NULL;
    if (path != NULL)
        return path;
    sm_span span = sm_span_at(when);
    path = judge(arena, ring, &question, &span);
    /* A library that failed may do better next time. */
    if (has_key && path->path.reason != SM_REASON_LIBRARY && path->revocation.reason != SM_REASON_LIBRARY)
        sm_path_cache_keep(cache, &question, &key, &span, path);
    return path;
}

sm_verdict sm_path_valid_at(sm_arena *arena, const sm_path *path, sm_moment when, sm_reason unknown)
{
    if (!when.known)
        return sm_not_evaluated(unknown, NULL);
    for (unsigned i = 0; i < path->chain_length; i++) {
        const sm_certificate *certificate = path->chain[i];
        int validity = sm_certificate_validity(certificate, when);
        if (validity == 0)
            continue;
        const char *detail = sm_arena_printf(
            arena, "%s is valid from %s to %s, not at %s", sm_certificate_label(arena, certificate),
            sm_moment_text(arena, certificate->not_before), sm_moment_text(arena, certificate->not_after),
            sm_moment_text(arena, when));
        return sm_fail(validity < 0 ? SM_REASON_NOT_YET_VALID : SM_REASON_EXPIRED, detail);
    }
    return SM_VERDICT_PASS;
}
