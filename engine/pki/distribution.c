/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pki/distribution.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* What a distribution point is called: by names of any kind, or by one name below its CRL's issuer. */
typedef struct point_names {
    const GENERAL_NAMES *full;
    const X509_NAME *relative;
} point_names;

/* A name relative to the issuer has been made complete before (DIST_POINT_set_dpname). */
static point_names names_of(const DIST_POINT_NAME *point)
{
    return point->type == 1 ? (point_names){.relative = point->dpname} : (point_names){.full = point->name.fullname};
}

static bool has_name(const GENERAL_NAMES *names, const X509_NAME *name)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *one = sk_GENERAL_NAME_value(names, i);
        if (one->type == GEN_DIRNAME && X509_NAME_cmp(one->d.directoryName, name) == 0)
            return true;
    }
    return false;
}

/* Whether one name of the first is one of the second. */
static bool share_a_name(point_names a, point_names b)
{
    if (a.relative != NULL && b.relative != NULL)
        return X509_NAME_cmp(a.relative, b.relative) == 0;
    if (a.relative != NULL)
        return has_name(b.full, a.relative);
    if (b.relative != NULL)
        return has_name(a.full, b.relative);
    for (int i = 0; i < sk_GENERAL_NAME_num(a.full); i++)
        for (int k = 0; k < sk_GENERAL_NAME_num(b.full); k++)
            if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(a.full, i), sk_GENERAL_NAME_value(b.full, k)) == 0)
                return true;
    return false;
}

/* The name that the CRL says it is distributed under; NULL when it says none. */
static const DIST_POINT_NAME *distributed_as(const sm_crl *crl)
{
    const ISSUING_DIST_POINT *point = crl->distribution_point;
    return point != NULL ? point->distpoint : NULL;
}

/* RFC 5280 6.3.3 (b) (2) (ii) to (iv). */
static bool is_of_its_kind(const sm_crl *crl, const sm_certificate *certificate)
{
    return !crl->attributes_only && !(crl->users_only && certificate->is_ca) && !(crl->authorities_only && !certificate->is_ca);
}

/* Whether the point leads to this CRL, by the names alone: (b) (2) (i). A relative name is completed with the name of the CRL's issuer. */
static bool leads_to(DIST_POINT *point, const sm_crl *crl)
{
    const DIST_POINT_NAME *as = distributed_as(crl);
    if (as == NULL)
        return true;
    if (point->distpoint == NULL)
        return share_a_name(names_of(as), (point_names){.full = point->CRLissuer});
    return DIST_POINT_set_dpname(point->distpoint, X509_CRL_get_issuer(crl->x509_crl)) && share_a_name(names_of(as), names_of(point->distpoint));
}

/* The certificate's cRLDistributionPoints. */
static void follow_points(const sm_crl *crl, const sm_certificate *certificate, bool own, sm_crl_coverage *coverage)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(certificate->x509, NID_crl_distribution_points, NULL, NULL);
    for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
        DIST_POINT *point = sk_DIST_POINT_value(points, i);
        bool issues = point->CRLissuer != NULL ? crl->indirect && has_name(point->CRLissuer, X509_CRL_get_issuer(crl->x509_crl)) : own;
        if (!issues)
            continue;
        coverage->may_list = true;
        if (leads_to(point, crl))
            coverage->reasons |= crl->reasons & sm_crl_reasons(point->reasons);
    }
    CRL_DIST_POINTS_free(points);
}

/* A CRL of the certificate's issuer that is under no name, or under one of the issuer's own. */
static bool is_of_issuer_at_large(const sm_crl *crl, const sm_certificate *certificate)
{
    const DIST_POINT_NAME *as = distributed_as(crl);
    if (as == NULL)
        return true;
    point_names distributed = names_of(as), issuer = {.relative = X509_get_issuer_name(certificate->x509)};
    GENERAL_NAMES *others = X509_get_ext_d2i(certificate->x509, NID_issuer_alt_name, NULL, NULL);
    bool is = share_a_name(distributed, issuer) || share_a_name(distributed, (point_names){.full = others});
    GENERAL_NAMES_free(others);
    return is;
}

sm_crl_coverage sm_distribution_covers(const sm_crl *crl, const sm_certificate *certificate)
{
    const bool own = X509_NAME_cmp(X509_CRL_get_issuer(crl->x509_crl), X509_get_issuer_name(certificate->x509)) == 0;
    sm_crl_coverage coverage = {.may_list = own};
    follow_points(crl, certificate, own, &coverage);
    if (own && is_of_issuer_at_large(crl, certificate))
        coverage.reasons |= crl->reasons;
    if (!is_of_its_kind(crl, certificate))
        coverage.reasons = 0;
    ERR_clear_error();
    return coverage;
}
