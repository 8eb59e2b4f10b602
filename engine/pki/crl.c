/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pki/crl.h"

#include "pki/decode.h"
#include "pki/openssl_names.h"
#include "pki/tlv.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static void release_crl(void *crl)
{
    X509_CRL_free(crl);
}

/* CertificateList { tbs { version?, algorithm, issuer, ... } ... } (RFC 5280 5.1). */
static bool locate_issuer(sm_crl *crl)
{
    sm_bytes rest = crl->encoding;
    sm_tlv member;
    if (!sm_tlv_expect(&rest, SM_TLV_SEQUENCE, &member) || rest.length > 0)
        return false;
    rest = member.content;
    if (!sm_tlv_expect(&rest, SM_TLV_SEQUENCE, &member))
        return false;
    rest = member.content;
    sm_tlv_expect(&rest, SM_TLV_INTEGER, &member);
    if (!sm_tlv_expect(&rest, SM_TLV_SEQUENCE, &member) || !sm_tlv_expect(&rest, SM_TLV_SEQUENCE, &member))
        return false;
    crl->issuer_der = member.whole;
    return true;
}

unsigned sm_crl_reasons(const void *flags)
{
    if (flags == NULL)
        return SM_CRL_ALL_REASONS;
    unsigned reasons = 0;
    for (int bit = 1; bit <= 8; bit++)
        if (ASN1_BIT_STRING_get_bit(flags, bit))
            reasons |= 1u << bit;
    return reasons;
}

const char *sm_crl_reason_flag(unsigned bit)
{
    static const char *const names[] = {"unused", "keyCompromise", "cACompromise", "affiliationChanged", "superseded",
                                        "cessationOfOperation", "certificateHold", "privilegeWithdrawn", "aACompromise"};
    return names[bit];
}

static void release_integer(void *integer)
{
    ASN1_INTEGER_free(integer);
}

static void release_distribution_point(void *point)
{
    ISSUING_DIST_POINT_free(point);
}

/* A CRL number. NULL when it cannot be read: then the CRL has none. */
static void *read_number(sm_arena *arena, X509_EXTENSION *extension)
{
    ASN1_INTEGER *number = X509V3_EXT_d2i(extension);
    if (number != NULL)
        sm_arena_on_free(arena, release_integer, number);
    return number;
}

static void read_distribution_point(sm_arena *arena, sm_crl *crl, X509_EXTENSION *extension)
{
    ISSUING_DIST_POINT *point = X509V3_EXT_d2i(extension);
    if (point != NULL)
        sm_arena_on_free(arena, release_distribution_point, point);
    /* a name relative to the CRL's issuer is made complete here, once */
    if (point == NULL || !DIST_POINT_set_dpname(point->distpoint, X509_CRL_get_issuer(crl->x509_crl))) {
        crl->unusable = "CRL with an unreadable issuingDistributionPoint";
        return;
    }
    crl->distribution_point = point;
    const ASN1_OCTET_STRING *octets = X509_EXTENSION_get_data(extension);
    crl->scope = sm_arena_copy(arena, sm_bytes_of(ASN1_STRING_get0_data(octets), (size_t)ASN1_STRING_length(octets)));
    crl->indirect = point->indirectCRL > 0;
    crl->users_only = point->onlyuser > 0;
    crl->authorities_only = point->onlyCA > 0;
    crl->attributes_only = point->onlyattr > 0;
    if (crl->users_only + crl->authorities_only + crl->attributes_only > 1)
        crl->unusable = "CRL of contradictory scope (issuingDistributionPoint)";
    crl->reasons = sm_crl_reasons(point->onlysomereasons);
}

static void read_extension(sm_arena *arena, sm_crl *crl, X509_EXTENSION *extension)
{
    const ASN1_OBJECT *object = X509_EXTENSION_get_object(extension);
    switch (OBJ_obj2nid(object)) {
    case NID_crl_number:
        crl->number = read_number(arena, extension);
        return;
    case NID_authority_key_identifier: {
        AUTHORITY_KEYID *authority = X509V3_EXT_d2i(extension);
        if (authority != NULL && authority->keyid != NULL)
            crl->authority_key_id = sm_arena_copy(arena, sm_bytes_of(ASN1_STRING_get0_data(authority->keyid),
                                                                     (size_t)ASN1_STRING_length(authority->keyid)));
        AUTHORITY_KEYID_free(authority);
        return;
    }
    case NID_delta_crl:
        crl->delta = true;
        crl->base_number = read_number(arena, extension);
        return;
    case NID_issuing_distribution_point:
        read_distribution_point(arena, crl, extension);
        return;
    }
    if (X509_EXTENSION_get_critical(extension) > 0) { /* RFC 5280 5.2: such a CRL must not be used */
        char oid[128] = "?";
        OBJ_obj2txt(oid, sizeof oid, object, 1);
        crl->unusable = sm_arena_printf(arena, "CRL with the unknown critical extension %s", oid);
    }
}

/* An extension that says twice, in two ways, whom the CRL is for says nothing (RFC 5280 4.2). */
static bool repeats_extension(const STACK_OF(X509_EXTENSION) *extensions)
{
    static const int read_here[] = {NID_crl_number, NID_authority_key_identifier, NID_delta_crl, NID_issuing_distribution_point};
    for (size_t i = 0; i < G_N_ELEMENTS(read_here); i++) {
        int first = X509v3_get_ext_by_NID(extensions, read_here[i], -1);
        if (first >= 0 && X509v3_get_ext_by_NID(extensions, read_here[i], first) >= 0)
            return true;
    }
    return false;
}

/* RFC 5280 5.3: one entry with a critical extension nobody understands spoils the CRL; certificateIssuer belongs to indirect CRLs alone. */
static bool has_unknown_entry(const sm_crl *crl)
{
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl->x509_crl);
    for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
        const STACK_OF(X509_EXTENSION) *extensions = X509_REVOKED_get0_extensions(sk_X509_REVOKED_value(entries, i));
        for (int k = 0; k < sk_X509_EXTENSION_num(extensions); k++) {
            X509_EXTENSION *extension = sk_X509_EXTENSION_value(extensions, k);
            int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
            bool known = nid == NID_crl_reason || nid == NID_invalidity_date || (nid == NID_certificate_issuer && crl->indirect);
            if (!known && (nid == NID_certificate_issuer || X509_EXTENSION_get_critical(extension) > 0))
                return true;
        }
    }
    return false;
}

const sm_crl *sm_crl_parse(sm_arena *arena, sm_bytes der, const char *origin, const char **fault)
{
    const char *ignored;
    if (fault == NULL)
        fault = &ignored;
    *fault = NULL;
    X509_CRL *x509_crl = (X509_CRL *)sm_decode_whole(arena, der, ASN1_ITEM_rptr(X509_CRL), "certificate revocation list", fault);
    if (x509_crl == NULL)
        return NULL;
    sm_arena_on_free(arena, release_crl, x509_crl);
    sm_crl *crl = sm_arena_new0(arena, sm_crl);
    crl->x509_crl = x509_crl;
    crl->encoding = sm_arena_copy(arena, der);
    crl->origin = sm_arena_strdup(arena, origin);
    crl->reasons = SM_CRL_ALL_REASONS;
    if (!locate_issuer(crl)) {
        *fault = "certificate revocation list is BER, not DER";
        return NULL;
    }
    crl->issuer = sm_openssl_name_text(arena, X509_CRL_get_issuer(x509_crl));
    crl->this_update = sm_openssl_moment(X509_CRL_get0_lastUpdate(x509_crl));
    crl->next_update = sm_openssl_moment(X509_CRL_get0_nextUpdate(x509_crl));
    const X509_ALGOR *algorithm = NULL;
    X509_CRL_get0_signature(x509_crl, NULL, &algorithm);
    crl->signature_algorithm = sm_openssl_signature_name(arena, algorithm, &crl->signature_legacy);
    const STACK_OF(X509_EXTENSION) *extensions = X509_CRL_get0_extensions(x509_crl);
    for (int i = 0; i < sk_X509_EXTENSION_num(extensions); i++)
        read_extension(arena, crl, sk_X509_EXTENSION_value(extensions, i));
    if (crl->unusable == NULL && repeats_extension(extensions))
        crl->unusable = "CRL with an extension that stands there twice";
    if (crl->unusable == NULL && has_unknown_entry(crl))
        crl->unusable = "CRL with an entry that has an unknown critical extension";
    /* The first search sorts the entries; later ones, from any thread, only read. */
    X509_REVOKED *entry = NULL;
    ASN1_INTEGER *zero = ASN1_INTEGER_new();
    if (zero != NULL)
        X509_CRL_get0_by_serial(x509_crl, &entry, zero);
    ASN1_INTEGER_free(zero);
    ERR_clear_error();
    return crl;
}

static bool is_key_of(sm_bytes key_id, const sm_certificate *issuer)
{
    return sm_bytes_equal(key_id, issuer->key_id) || sm_bytes_equal(key_id, issuer->key_id_computed);
}

bool sm_crl_claims(const sm_crl *crl, const sm_certificate *issuer)
{
    if (sm_bytes_present(crl->authority_key_id))
        return is_key_of(crl->authority_key_id, issuer);
    AUTHORITY_KEYID *authority = X509_CRL_get_ext_d2i(crl->x509_crl, NID_authority_key_identifier, NULL, NULL);
    bool claims = authority != NULL && authority->issuer != NULL && authority->serial != NULL &&
                  X509_check_akid(issuer->x509, authority) == X509_V_OK;
    AUTHORITY_KEYID_free(authority);
    ERR_clear_error();
    return claims;
}

bool sm_crl_disclaims(const sm_crl *crl, const sm_certificate *issuer)
{
    return sm_bytes_present(crl->authority_key_id) && sm_bytes_present(issuer->key_id) && !is_key_of(crl->authority_key_id, issuer);
}

static const char *reason_name(int64_t reason)
{
    static const char *const names[] = { /* RFC 5280 5.3.1 */
        "unspecified", "keyCompromise", "cACompromise", "affiliationChanged", "superseded", "cessationOfOperation",
        "certificateHold", "", "removeFromCRL", "privilegeWithdrawn", "aACompromise",
    };
    return reason >= 0 && reason < (int64_t)G_N_ELEMENTS(names) ? names[reason] : "";
}

sm_crl_word sm_crl_lookup(const sm_crl *crl, const sm_certificate *certificate, sm_crl_entry *entry)
{
    X509_REVOKED *revoked = NULL;
    int found = X509_CRL_get0_by_cert(crl->x509_crl, &revoked, certificate->x509);
    if (found == 0)
        return SM_CRL_SILENT;
    if (found == 2)
        return SM_CRL_REMOVES;
    *entry = (sm_crl_entry){.since = sm_openssl_moment(X509_REVOKED_get0_revocationDate(revoked)), .reason = ""};
    ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(revoked, NID_crl_reason, NULL, NULL);
    if (reason != NULL) {
        entry->reason = reason_name(ASN1_ENUMERATED_get(reason));
        entry->on_hold = ASN1_ENUMERATED_get(reason) == CRL_REASON_CERTIFICATE_HOLD;
    }
    ASN1_ENUMERATED_free(reason);
    ASN1_GENERALIZEDTIME *invalidity = X509_REVOKED_get_ext_d2i(revoked, NID_invalidity_date, NULL, NULL);
    sm_moment since = sm_openssl_moment(invalidity);
    if (since.known && entry->since.known && sm_moment_compare(since, entry->since) < 0)
        entry->since = since;
    ASN1_GENERALIZEDTIME_free(invalidity);
    ERR_clear_error();
    return SM_CRL_LISTS;
}

bool sm_crl_extends(const sm_crl *delta, const sm_crl *complete)
{
    return delta->delta && !complete->delta && delta->base_number != NULL && delta->number != NULL && complete->number != NULL &&
           ASN1_INTEGER_cmp(complete->number, delta->base_number) >= 0 && ASN1_INTEGER_cmp(complete->number, delta->number) < 0 &&
           sm_bytes_equal(delta->scope, complete->scope) && sm_bytes_equal(delta->authority_key_id, complete->authority_key_id) &&
           X509_NAME_cmp(X509_CRL_get_issuer(delta->x509_crl), X509_CRL_get_issuer(complete->x509_crl)) == 0;
}
