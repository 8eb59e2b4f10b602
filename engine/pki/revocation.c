/* Revocation of one certificate.
 *
 * A CRL is evidence, and the time it was made says for what: one that lists a certificate proves that it was revoked; one that
 * does not list it proves that it was good until the CRL was made, and, until its nextUpdate, that no later one was due.
 *
 * First the CRLs are admitted that may speak of the certificate and whose signer may; then each makes a statement, and so does each delta
 * CRL together with a complete one; then the statements are weighed, whatever their order.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pki/revocation.h"

#include "base/bounds.h"
#include "pki/distribution.h"
#include "pki/signature.h"

#include <openssl/x509.h>

/* A CRL that may speak of the certificate. */
typedef struct admitted {
    const sm_crl *crl;
    const sm_certificate *signer;
    sm_verdict standing; /* whether the signer's own certificate was revoked */
    unsigned reasons;    /* of which its silence tells */
    sm_crl_word word;
    sm_crl_entry entry;
} admitted;

/* What one CRL says, or a delta CRL and the complete one that it was applied to. */
typedef struct statement {
    const admitted *by;                 /* the delta CRL of the two */
    sm_moment this_update, next_update; /* as of when; and until when no other is due */
    unsigned reasons;                   /* of which its silence tells; none: only what it lists counts */
    bool listed;
    sm_crl_entry entry;
} statement;

/* What all CRLs together say so far. */
typedef struct evidence {
    const sm_crl *revoking;      /* lists the certificate, as of `entry` */
    sm_crl_entry entry;
    sm_moment revoking_update;   /* as of when it says so */
    unsigned cleared;            /* reasons for which a CRL that speaks for the time asked for does not list it */
    sm_moment released;          /* the newest of those that would tell of certificateHold was made then, and not after that time */
    bool later;                  /* a CRL lists it as of a later time */
    sm_crl_entry later_entry;
    const sm_crl *stale, *early; /* not listed, but out of date; or made after the certificate's end */
    const sm_crl *elsewhere;     /* not listed, and for other certificates */
    const sm_crl *baseless;      /* a delta CRL without the complete one */
    const admitted *doubtful;    /* not listed, by a signer who may be revoked */
    const sm_crl *unusable;      /* nothing in it may be used */
    const sm_crl *listing;       /* the same, and it has an entry for the certificate */
    const sm_crl *invalid;       /* says the issuer's key signed it, which did not */
    const sm_crl *unauthorized;  /* signed with the issuer's key, which may not */
    const sm_crl *unchecked;     /* nobody here can tell who signed it */
    const char *aside;           /* what is to be said of one that did not count */
    bool limit;
} evidence;

typedef struct judgement {
    sm_arena *arena;
    sm_crl_source *source;
    const sm_certificate *certificate, *issuer, *anchor;
    evidence all;
    GArray *admitted; /* of admitted */
} judgement;

/* ---- Who signed a CRL ---- */

/* RFC 5280 6.3.3 (f). */
static bool may_sign_crls(const sm_certificate *signer)
{
    return !signer->has_key_usage || (signer->key_usage & SM_USAGE_CRL_SIGN) != 0;
}

static sm_signature check_signature(judgement *of, const sm_crl *crl, const sm_certificate *signer)
{
    if (of->source->signatures >= SM_LIMIT_CRL_SIGNATURES) {
        of->all.limit = true;
        return SM_SIGNATURE_BAD;
    }
    of->source->signatures++;
    return sm_crl_signature(crl, signer);
}

static bool has_issuer_of(const sm_certificate *certificate, const sm_crl *crl)
{
    return X509_NAME_cmp(X509_get_subject_name(certificate->x509), X509_CRL_get_issuer(crl->x509_crl)) == 0;
}

/* Why a certificate of the CRL's issuer, whose key signed it, does not count as its signer; NULL: it does. */
static const char *refuse_signer(judgement *of, const sm_crl *crl, const sm_certificate *signer, sm_verdict *standing)
{
    const sm_crl_source *source = of->source;
    if (!may_sign_crls(signer))
        return "which may not sign CRLs (keyUsage)";
    if (crl->this_update.known && sm_certificate_validity(signer, crl->this_update) != 0)
        return "which was not valid when it was made";
    if (source->vouch == NULL) {
        *standing = SM_VERDICT_PASS; /* of the one that is assumed */
        return NULL;
    }
    sm_crl_signer vouched = source->vouch(source->context, signer, of->anchor);
    of->all.limit |= vouched.limit;
    if (!vouched.has_path)
        return "which has no valid path to the same trust anchor";
    if (vouched.revocation.kind == SM_FAIL)
        return sm_arena_printf(of->arena, "and %s", vouched.revocation.detail);
    *standing = vouched.revocation;
    return NULL;
}

/* Says of a CRL that it does not count; what was said before stays. */
static void set_aside(judgement *of, const sm_crl *crl, const char *why)
{
    if (of->all.aside != NULL)
        return;
    bool own = has_issuer_of(of->issuer, crl);
    of->all.aside = sm_arena_printf(of->arena, own ? "; the one of that name%s (%s) %s" : "; the indirect CRL of %s (%s) %s",
                                    own ? "" : crl->issuer, crl->origin, why);
}

/* Whether the candidate is the CRL's signer. */
static bool try_signer(judgement *of, const sm_crl *crl, const sm_certificate *candidate, sm_verdict *standing)
{
    if (sm_bytes_equal(candidate->encoding, of->issuer->encoding) || check_signature(of, crl, candidate) != SM_SIGNATURE_GOOD)
        return false;
    const char *refusal = refuse_signer(of, crl, candidate, standing);
    if (refusal != NULL)
        set_aside(of, crl, sm_arena_printf(of->arena, "is signed by %s, %s", sm_certificate_label(of->arena, candidate), refusal));
    return refusal == NULL;
}

/* A certificate of the CRL's issuer, not the one that issued the certificate in question: the authority has other keys too, or
 * has others make its CRLs. NULL when there is none. */
static const sm_certificate *find_other_signer(judgement *of, const sm_crl *crl, sm_verdict *standing)
{
    const sm_crl_source *source = of->source;
    if (source->vouch == NULL) {
        bool assumed = source->assumed != NULL && has_issuer_of(source->assumed, crl) && try_signer(of, crl, source->assumed, standing);
        return assumed ? source->assumed : NULL;
    }
    unsigned count;
    const sm_certificate *const *known = sm_keyring_by_subject(source->ring, crl->issuer_der, &count);
    for (unsigned i = 0; i < count; i++)
        if (try_signer(of, crl, known[i], standing))
            return known[i];
    of->all.limit |= count >= SM_LIMIT_KEY_TRIALS;
    for (unsigned i = 0; i < source->certificate_count; i++)
        if (has_issuer_of(source->certificates[i], crl) && try_signer(of, crl, source->certificates[i], standing))
            return source->certificates[i];
    return NULL;
}

/* Says why a CRL counts for nothing that none of the certificates here signed. A name makes no issuer: other authorities may bear it, and one
 * authority may change its key. The signature decides, and where it does not verify, whom the CRL itself names: without a word of this
 * issuer's key it is no damaged CRL of the issuer, but one that does not concern it (RFC 5280 5.2.1). */
static void blame(judgement *of, const sm_crl *crl, sm_signature by_issuer)
{
    if (by_issuer == SM_SIGNATURE_GOOD)
        of->all.unauthorized = crl;
    else if (by_issuer == SM_SIGNATURE_UNSUPPORTED && !sm_crl_disclaims(crl, of->issuer))
        of->all.unchecked = crl;
    else if (by_issuer == SM_SIGNATURE_BAD && sm_crl_claims(crl, of->issuer))
        of->all.invalid = crl;
    else
        set_aside(of, crl, "is signed with another key");
}

/* The certificate whose key signed the CRL and that may sign it; NULL, having said why, where there is none. */
static const sm_certificate *find_signer(judgement *of, const sm_crl *crl, sm_verdict *standing)
{
    const bool own = has_issuer_of(of->issuer, crl);
    sm_signature by_issuer = own ? check_signature(of, crl, of->issuer) : SM_SIGNATURE_BAD;
    if (by_issuer == SM_SIGNATURE_GOOD && may_sign_crls(of->issuer)) {
        *standing = SM_VERDICT_PASS; /* it is on the path, and judged there */
        return of->issuer;
    }
    const sm_certificate *signer = find_other_signer(of, crl, standing);
    if (signer == NULL && own)
        blame(of, crl, by_issuer);
    else if (signer == NULL)
        set_aside(of, crl, "is signed by nobody who is known here");
    return signer;
}

/* ---- Which CRLs are heard ---- */

static void consider(judgement *of, const sm_crl *crl)
{
    const sm_crl_coverage coverage = sm_distribution_covers(crl, of->certificate);
    admitted heard = {.crl = crl, .reasons = coverage.reasons};
    if (!coverage.may_list) {
        if (crl->indirect && sm_crl_lookup(crl, of->certificate, &heard.entry) == SM_CRL_LISTS)
            set_aside(of, crl, "has an entry for it, and no distribution point of the certificate names that issuer");
        return;
    }
    heard.signer = find_signer(of, crl, &heard.standing);
    if (heard.signer == NULL)
        return;
    heard.word = sm_crl_lookup(crl, of->certificate, &heard.entry);
    if (crl->unusable != NULL)
        *(heard.word == SM_CRL_SILENT ? &of->all.unusable : &of->all.listing) = crl;
    else if (crl->attributes_only) /* whose serial numbers are others (RFC 5280 6.3.3 (b) (2) (iv)) */
        of->all.elsewhere = crl;
    else
        g_array_append_val(of->admitted, heard);
}

static void consider_all(judgement *of)
{
    const sm_crl_source *source = of->source;
    unsigned count;
    const sm_crl *const *crls = sm_keyring_crls(source->ring, of->issuer->subject_der, &count);
    for (unsigned i = 0; i < count; i++)
        if (!crls[i]->indirect)
            consider(of, crls[i]);
    crls = sm_keyring_indirect_crls(source->ring, &count);
    for (unsigned i = 0; i < count; i++)
        consider(of, crls[i]);
    for (unsigned i = 0; i < source->embedded_count; i++)
        consider(of, source->embedded[i]);
}

/* ---- What they say ---- */

/* Silence of a CRL that speaks for the time asked for. */
static void clear(evidence *all, const statement *said, bool until_then)
{
    if (said->by->standing.kind != SM_PASS) {
        all->doubtful = said->by;
        return;
    }
    all->cleared |= said->reasons;
    /* certificateHold is the one reason that ends: a newer CRL without the entry has released it (RFC 5280 5.3.1) */
    if (until_then && (said->reasons & SM_CRL_HOLD) && said->this_update.known &&
        (!all->released.known || sm_moment_compare(all->released, said->this_update) < 0))
        all->released = said->this_update;
}

/* Whether a statement that does not list the certificate speaks for the time. One made later does: an entry stays at least until
 * the certificate has ended (RFC 5280 3.3). */
static void weigh_silence(judgement *of, const statement *said)
{
    evidence *all = &of->all;
    const sm_crl *crl = said->by->crl;
    const sm_moment end = of->certificate->not_after;
    sm_span *when = of->source->when;
    if (said->reasons == 0) {
        *(crl->delta ? &all->baseless : &all->elsewhere) = crl;
    } else if (!said->this_update.known) {
        all->stale = crl;
    } else if (sm_span_compare(when, said->this_update) > 0) {
        bool before_end = end.known && sm_moment_compare(said->this_update, end) <= 0;
        if (before_end)
            clear(all, said, false);
        else
            all->early = crl;
    } else if (!said->next_update.known || sm_span_compare(when, said->next_update) < 0) {
        all->stale = crl;
    } else {
        clear(all, said, true);
    }
}

/* Whether an entry counts more than the one found before: what is final more than what may end, and of that what was said last. */
static bool outweighs(const evidence *all, const statement *said)
{
    if (!all->entry.on_hold || !said->entry.on_hold)
        return all->entry.on_hold && !said->entry.on_hold;
    return said->this_update.known &&
           (!all->revoking_update.known || sm_moment_compare(said->this_update, all->revoking_update) > 0);
}

static void weigh(judgement *of, const statement *said)
{
    evidence *all = &of->all;
    /* A date that cannot be read excuses nothing. */
    bool later = said->listed && said->entry.since.known && sm_span_compare(of->source->when, said->entry.since) > 0;
    if (later) {
        all->later = true;
        all->later_entry = said->entry;
    }
    if (!said->listed || later) /* as of then it was good */
        weigh_silence(of, said);
    else if (all->revoking == NULL || outweighs(all, said)) {
        all->revoking = said->by->crl;
        all->entry = said->entry;
        all->revoking_update = said->this_update;
    }
}

/* A complete CRL as a delta CRL changed it (RFC 5280 5.2.4). */
static statement apply(const admitted *delta, const admitted *complete)
{
    return (statement){
        .by = delta,
        .this_update = delta->crl->this_update,
        .next_update = delta->crl->next_update,
        .reasons = complete->reasons,
        .listed = delta->word == SM_CRL_LISTS || (delta->word == SM_CRL_SILENT && complete->word == SM_CRL_LISTS),
        .entry = delta->word == SM_CRL_LISTS ? delta->entry : complete->entry,
    };
}

/* A CRL by itself. Of a delta CRL only what it lists counts. */
static statement speak(const admitted *alone)
{
    return (statement){
        .by = alone,
        .this_update = alone->crl->this_update,
        .next_update = alone->crl->next_update,
        .reasons = alone->crl->delta ? 0 : alone->reasons,
        .listed = alone->word == SM_CRL_LISTS,
        .entry = alone->entry,
    };
}

static void weigh_all(judgement *of)
{
    const admitted *heard = (const admitted *)of->admitted->data;
    for (guint i = 0; i < of->admitted->len; i++) {
        bool applied = false;
        for (guint k = 0; heard[i].crl->delta && k < of->admitted->len; k++) {
            if (heard[k].signer != heard[i].signer || !sm_crl_extends(heard[i].crl, heard[k].crl))
                continue;
            applied = true;
            statement both = apply(&heard[i], &heard[k]);
            weigh(of, &both);
        }
        statement own = speak(&heard[i]);
        if (!applied || own.listed)
            weigh(of, &own);
    }
}

/* ---- What it comes to ---- */

static bool is_released(const evidence *all)
{
    return all->entry.on_hold && all->released.known && all->revoking_update.known &&
           sm_moment_compare(all->released, all->revoking_update) > 0;
}

static const char *reasons_text(sm_arena *arena, unsigned reasons)
{
    const char *text = "";
    for (unsigned bit = 1; bit <= 8; bit++)
        if (reasons & 1u << bit)
            text = sm_arena_printf(arena, "%s%s%s", text, text[0] ? ", " : "", sm_crl_reason_flag(bit));
    return text;
}

static sm_verdict conclude_revoked(sm_arena *arena, const evidence *all, const char *label)
{
    return sm_fail(SM_REASON_REVOKED,
                   sm_arena_printf(arena, "%s was %s at %s%s%s", label, all->entry.on_hold ? "put on hold" : "revoked",
                                   sm_moment_text(arena, all->entry.since), all->entry.reason[0] ? ": " : "", all->entry.reason));
}

/* No CRL revokes and none clears; the one that came nearest is told. */
static sm_verdict conclude_open(judgement *of, const char *label)
{
    sm_arena *arena = of->arena;
    const evidence *all = &of->all;
    if (all->limit)
        return sm_not_evaluated(SM_REASON_LIMIT,
                                sm_arena_printf(arena, "for %s: more CRLs or signers of CRLs than are tried (%d signatures, %d signers)", label,
                                                SM_LIMIT_CRL_SIGNATURES, SM_LIMIT_CRL_SIGNERS));
    if (all->unusable != NULL)
        return sm_not_evaluated(SM_REASON_UNSUPPORTED_FORM,
                                sm_arena_printf(arena, "for %s: %s of %s", label, all->unusable->unusable, all->unusable->issuer));
    if (all->invalid != NULL)
        return sm_fail(SM_REASON_CRL_INVALID,
                       sm_arena_printf(arena, "for %s: the CRL of %s (%s) is not signed by %s", label, all->invalid->issuer,
                                       all->invalid->origin, sm_certificate_label(arena, of->issuer)));
    if (all->unauthorized != NULL)
        return sm_fail(SM_REASON_CRL_INVALID,
                       sm_arena_printf(arena, "for %s: the CRL of %s (%s) is signed by %s, which may not sign CRLs (keyUsage)", label,
                                       all->unauthorized->issuer, all->unauthorized->origin,
                                       sm_certificate_label(arena, of->issuer)));
    if (all->unchecked != NULL)
        return sm_not_evaluated(SM_REASON_UNSUPPORTED,
                                sm_arena_printf(arena, "for %s: the signature of the CRL of %s (%s, with a key of type %s) cannot be "
                                                       "checked here", label, all->unchecked->issuer,
                                                all->unchecked->signature_algorithm, of->issuer->key_name));
    if (all->doubtful != NULL)
        return sm_not_evaluated(all->doubtful->standing.reason,
                                sm_arena_printf(arena, "for %s: the CRL of %s is signed by %s, and %s", label, all->doubtful->crl->issuer,
                                                sm_certificate_label(arena, all->doubtful->signer), all->doubtful->standing.detail));
    if (all->cleared != 0)
        return sm_not_evaluated(SM_REASON_NO_CRL,
                                sm_arena_printf(arena, "for %s: no CRL tells of all reasons for a revocation, but of %s alone", label,
                                                reasons_text(arena, all->cleared)));
    if (all->stale != NULL)
        return sm_not_evaluated(SM_REASON_NO_CRL,
                                all->stale->next_update.known
                                    ? sm_arena_printf(arena, "for %s: the CRL of %s is out of date since %s", label,
                                                      all->stale->issuer, sm_moment_text(arena, all->stale->next_update))
                                    : sm_arena_printf(arena, "for %s: the CRL of %s does not say how long it holds", label,
                                                      all->stale->issuer));
    if (all->early != NULL)
        return sm_not_evaluated(SM_REASON_NO_CRL,
                                sm_arena_printf(arena, "for %s: the CRL of %s was made after the certificate had ended",
                                                label, all->early->issuer));
    if (all->baseless != NULL)
        return sm_not_evaluated(SM_REASON_NO_CRL,
                                sm_arena_printf(arena, "for %s: the delta CRL of %s (%s) lacks the complete one that it changes", label,
                                                all->baseless->issuer, all->baseless->origin));
    const char *aside = all->aside != NULL ? all->aside : "";
    if (all->elsewhere != NULL)
        return sm_not_evaluated(SM_REASON_NO_CRL,
                                sm_arena_printf(arena, "for %s: the CRL of %s (%s) is for other certificates (issuingDistributionPoint)%s", label,
                                                all->elsewhere->issuer, all->elsewhere->origin, aside));
    return sm_not_evaluated(SM_REASON_NO_CRL, sm_arena_printf(arena, "for %s: no CRL of %s%s", label, of->certificate->issuer, aside));
}

static sm_verdict conclude(judgement *of)
{
    const evidence *all = &of->all;
    const char *label = sm_certificate_label(of->arena, of->certificate);
    if (all->revoking != NULL && !is_released(all))
        return conclude_revoked(of->arena, all, label);
    if (all->listing != NULL) /* it must not be used (RFC 5280 5.2, 5.3); that others are silent proves nothing against it */
        return sm_not_evaluated(SM_REASON_UNSUPPORTED_FORM,
                                sm_arena_printf(of->arena, "for %s: %s of %s, which has an entry for its serial number", label,
                                                all->listing->unusable, all->listing->issuer));
    if (all->cleared != SM_CRL_ALL_REASONS)
        return conclude_open(of, label);
    return sm_pass(all->later ? sm_arena_printf(of->arena, "%s was revoked later, at %s", label,
                                                sm_moment_text(of->arena, all->later_entry.since))
                              : NULL);
}

sm_verdict sm_revocation_judge(sm_arena *arena, sm_crl_source *source, const sm_certificate *certificate, const sm_certificate *issuer,
                               const sm_certificate *anchor, sm_moment *revoked_at)
{
    if (!source->when->when.known)
        return sm_not_evaluated(SM_REASON_NO_SIGNING_TIME, "the time to judge revocation at is not known");
    judgement of = {
        .arena = arena,
        .source = source,
        .certificate = certificate,
        .issuer = issuer,
        .anchor = anchor,
        .admitted = g_array_new(FALSE, FALSE, sizeof(admitted)),
    };
    consider_all(&of);
    weigh_all(&of);
    sm_verdict verdict = conclude(&of);
    g_array_free(of.admitted, TRUE);
    if (verdict.kind == SM_FAIL && verdict.reason == SM_REASON_REVOKED)
        *revoked_at = of.all.entry.since;
    return verdict;
}
