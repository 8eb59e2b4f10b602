/* Revocation of one certificate.
 *
 * A CRL is evidence, and the time it was made says for what: one that lists a certificate proves that it was revoked; one that
 * does not list it proves that it was good until the CRL was made, and, until its nextUpdate, that no later one was due.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pki/revocation.h"

#include "pki/signature.h"

#include <openssl/x509.h>

/* What all CRLs together say so far. */
typedef struct evidence {
    const sm_crl *revoking;      /* lists the certificate, as of `entry` */
    sm_crl_entry entry;
    const sm_crl *clearing;      /* does not list it, and speaks for the time asked for */
    const sm_crl *later;         /* lists it as of a later time */
    sm_crl_entry later_entry;
    const sm_crl *stale, *early; /* not listed, but out of date; or made after the certificate's end */
    const sm_crl *unsupported;
    const sm_crl *listing;       /* of a form whose entries cannot be used, and has one for the certificate */
    const sm_crl *invalid;       /* says the issuer's key signed it, which did not */
    const sm_crl *unauthorized;  /* signed with the issuer's key, which may not */
    const sm_crl *unchecked;     /* nobody here can tell who signed it */
    const sm_crl *foreign;       /* of the issuer's name, and signed with another key */
} evidence;

/* RFC 5280 6.3.3 (f). */
static bool may_sign_crls(const sm_certificate *issuer)
{
    return !issuer->has_key_usage || (issuer->key_usage & SM_USAGE_CRL_SIGN) != 0;
}

/* Whether the CRL speaks for the issuer. A name makes no issuer: other authorities may bear it, and one authority may change its key.
 * The signature decides, and where it does not verify, whom the CRL itself names: without a word of this issuer's key it is no
 * damaged CRL of the issuer, but one that does not concern it (RFC 5280 5.2.1). */
static bool is_of_issuer(evidence *all, const sm_crl *crl, const sm_certificate *issuer)
{
    switch (sm_crl_signature(crl, issuer)) {
    case SM_SIGNATURE_GOOD:
        if (may_sign_crls(issuer))
            return true;
        all->unauthorized = crl;
        return false;
    case SM_SIGNATURE_UNSUPPORTED:
        *(sm_crl_disclaims(crl, issuer) ? &all->foreign : &all->unchecked) = crl;
        return false;
    case SM_SIGNATURE_BAD:
        *(sm_crl_claims(crl, issuer) ? &all->invalid : &all->foreign) = crl;
        return false;
    }
    return false;
}

/* Whether a CRL that does not list the certificate speaks for the time. One made later does: an entry stays at least until
 * the certificate has ended (RFC 5280 3.3). */
static void weigh_absence(evidence *all, const sm_crl *crl, const sm_certificate *certificate, sm_span *when)
{
    if (!crl->this_update.known) {
        all->stale = crl;
    } else if (sm_span_compare(when, crl->this_update) > 0) {
        bool before_end =
            certificate->not_after.known && sm_moment_compare(crl->this_update, certificate->not_after) <= 0;
        if (!before_end)
            all->early = crl;
        else if (all->clearing == NULL)
            all->clearing = crl;
    } else if (!crl->next_update.known || sm_span_compare(when, crl->next_update) < 0) {
        all->stale = crl;
    } else if (all->clearing == NULL || sm_moment_compare(all->clearing->this_update, crl->this_update) < 0) {
        all->clearing = crl;
    }
}

static void weigh(evidence *all, const sm_crl *crl, const sm_certificate *certificate, const sm_certificate *issuer,
                  sm_span *when)
{
    if (!is_of_issuer(all, crl, issuer))
        return;
    sm_crl_entry entry;
    bool listed = sm_crl_lists(crl, certificate, &entry);
    if (listed && crl->entries_unusable) {
        all->listing = crl;
        return;
    }
    if (listed) {
        /* A date that cannot be read excuses nothing. */
        bool later = entry.since.known && sm_span_compare(when, entry.since) > 0;
        if (later) {
            all->later = crl;
            all->later_entry = entry;
            if (crl->unsupported == NULL)
                weigh_absence(all, crl, certificate, when); /* as of then it was good */
            else
                all->unsupported = crl; /* or another part of it may tell of an earlier time */
        } else if (all->revoking == NULL || all->entry.on_hold) {
            all->revoking = crl;
            all->entry = entry;
        }
        return;
    }
    if (crl->unsupported != NULL)
        all->unsupported = crl;
    else
        weigh_absence(all, crl, certificate, when);
}

/* certificateHold is the one reason that ends: a newer CRL without the entry has released it (RFC 5280 5.3.1). */
static bool is_released(const evidence *all)
{
    return all->entry.on_hold && all->clearing != NULL && all->clearing->this_update.known &&
           all->revoking->this_update.known &&
           sm_moment_compare(all->clearing->this_update, all->revoking->this_update) > 0;
}

static sm_verdict conclude(sm_arena *arena, const evidence *all, const sm_certificate *certificate,
                           const sm_certificate *issuer, sm_moment *revoked_at)
{
    const char *label = sm_certificate_label(arena, certificate);
    if (all->revoking != NULL && !is_released(all)) {
        *revoked_at = all->entry.since;
        return sm_fail(SM_REASON_REVOKED,
                       sm_arena_printf(arena, "%s was %s at %s%s%s", label,
                                       all->entry.on_hold ? "put on hold" : "revoked",
                                       sm_moment_text(arena, all->entry.since), all->entry.reason[0] ? ": " : "",
                                       all->entry.reason));
    }
    if (all->listing != NULL) /* it must not be used (RFC 5280 5.2, 5.3); that others are silent proves nothing against it */
        return sm_not_evaluated(SM_REASON_UNSUPPORTED_FORM,
                                sm_arena_printf(arena, "for %s: %s of %s, which has an entry for its serial number", label,
                                                all->listing->unsupported, all->listing->issuer));
    if (all->clearing != NULL && all->later != NULL)
        return sm_pass(sm_arena_printf(arena, "%s was revoked later, at %s", label,
                                       sm_moment_text(arena, all->later_entry.since)));
    if (all->clearing != NULL)
        return SM_VERDICT_PASS;
    if (all->unsupported != NULL)
        return sm_not_evaluated(SM_REASON_UNSUPPORTED_FORM,
                                sm_arena_printf(arena, "for %s: %s of %s", label, all->unsupported->unsupported,
                                                all->unsupported->issuer));
    if (all->invalid != NULL)
        return sm_fail(SM_REASON_CRL_INVALID,
                       sm_arena_printf(arena, "for %s: the CRL of %s (%s) is not signed by %s", label, all->invalid->issuer,
                                       all->invalid->origin, sm_certificate_label(arena, issuer)));
    if (all->unauthorized != NULL)
        return sm_fail(SM_REASON_CRL_INVALID,
                       sm_arena_printf(arena, "for %s: the CRL of %s (%s) is signed by %s, which may not sign CRLs (keyUsage)", label,
                                       all->unauthorized->issuer, all->unauthorized->origin,
                                       sm_certificate_label(arena, issuer)));
    if (all->unchecked != NULL)
        return sm_not_evaluated(SM_REASON_UNSUPPORTED,
                                sm_arena_printf(arena, "for %s: the signature of the CRL of %s (%s, with a key of type %s) cannot be "
                                                       "checked here", label, all->unchecked->issuer,
                                                all->unchecked->signature_algorithm, issuer->key_name));
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
    const char *other = all->foreign == NULL ? "" : sm_arena_printf(arena, "; the one of that name (%s) is signed with another key",
                                                                    all->foreign->origin);
    return sm_not_evaluated(SM_REASON_NO_CRL,
                            sm_arena_printf(arena, "for %s: no CRL of %s%s", label, certificate->issuer, other));
}

sm_verdict sm_revocation_judge(sm_arena *arena, const sm_crl_source *source, const sm_certificate *certificate,
                               const sm_certificate *issuer, sm_moment *revoked_at)
{
    if (!source->when->when.known)
        return sm_not_evaluated(SM_REASON_NO_SIGNING_TIME, "the time to judge revocation at is not known");
    evidence all = {0};
    unsigned count;
    const sm_crl *const *crls = sm_keyring_crls(source->ring, issuer->subject_der, &count);
    for (unsigned i = 0; i < count; i++)
        weigh(&all, crls[i], certificate, issuer, source->when);
    for (unsigned i = 0; i < source->embedded_count; i++)
        if (X509_NAME_cmp(X509_CRL_get_issuer(source->embedded[i]->x509_crl), X509_get_subject_name(issuer->x509)) == 0)
            weigh(&all, source->embedded[i], certificate, issuer, source->when);
    return conclude(arena, &all, certificate, issuer, revoked_at);
}
