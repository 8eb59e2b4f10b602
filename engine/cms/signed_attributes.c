/* Signed attributes that bind a signature to more than its content.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/signed_attributes.h"

#include "cms/algorithms.h"
#include "cms/der.h"
#include "cms/openssl_library.h"

/* ---- Signed, once, with one value ---------------------------------------------------------------- */

static unsigned instances(const sm_attributes *attributes, sm_bytes oid)
{
    unsigned count = 0;
    for (unsigned i = 0; i < attributes->count; i++)
        count += sm_bytes_equal(attributes->items[i].oid, oid);
    return count;
}

static const char *occurrence_fault(sm_arena *arena, const sm_signer_info *signer)
{
    const struct {
        sm_bytes oid;
        const char *name, *citation;
    } rows[] = {
        {SM_OID_SIGNING_TIME, "signing-time", "RFC 5652 11.3"},
        {SM_OID_SMIME_CAPABILITIES, "SMIMECapabilities", "RFC 8551 2.5.2"},
        {SM_OID_ENCRYPTION_KEY_PREFERENCE, "SMIMEEncryptionKeyPreference", "RFC 8551 2.5.3"},
        {SM_OID_SIGNING_CERTIFICATE, "signing-certificate", "RFC 5035 5.4"},
        {SM_OID_SIGNING_CERTIFICATE_V2, "signing-certificate-V2", "RFC 5035 3"},
        {SM_OID_ALGORITHM_PROTECTION, "CMSAlgorithmProtection", "RFC 6211 2"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const sm_attribute *found = sm_attributes_find(&signer->signed_attributes, rows[i].oid);
        const char *fault = NULL;
        if (sm_attributes_find(&signer->unsigned_attributes, rows[i].oid))
            fault = "stands among the unsigned attributes";
        else if (instances(&signer->signed_attributes, rows[i].oid) > 1)
            fault = "is repeated";
        else if (found && found->value_count != 1)
            fault = "has not exactly one value";
        if (fault)
            return sm_arena_printf(arena, "the %s attribute %s (%s)", rows[i].name, fault, rows[i].citation);
    }
    return sm_attributes_find(&signer->signed_attributes, SM_OID_COUNTERSIGNATURE)
               ? "a countersignature stands among the signed attributes (RFC 5652 11.4)"
               : NULL;
}

/* ---- CMSAlgorithmProtection (RFC 6211) ------------------------------------------------------------ */

static bool is_null(sm_bytes parameters)
{
    return !sm_bytes_present(parameters) || sm_bytes_equal(parameters, SM_BYTES_LITERAL("\x05\x00"));
}

/* Absent parameters and NULL are the same algorithm: producers differ in which they write. */
static bool same_algorithm(const sm_algorithm *a, const sm_algorithm *b)
{
    return sm_bytes_equal(a->oid, b->oid) &&
           ((is_null(a->parameters) && is_null(b->parameters)) || sm_bytes_equal(a->parameters, b->parameters));
}

static const char *protection_fault(const sm_signer_info *signer)
{
    const sm_attribute *attribute = sm_attributes_find(&signer->signed_attributes, SM_OID_ALGORITHM_PROTECTION);
    if (attribute == NULL)
        return NULL;
    sm_der der = sm_der_start_whole(attribute->values[0], SM_DER_BER), inner;
    sm_algorithm digest = {0}, signature = {0};
    bool whole = sm_der_enter(&der, SM_TAG_SEQUENCE, &inner, "CMSAlgorithmProtection") &&
                 sm_algorithm_take(&inner, SM_TAG_SEQUENCE, &digest, "digestAlgorithm") &&
                 sm_algorithm_take(&inner, SM_TAG_CONTEXT(1), &signature, "signatureAlgorithm") &&
                 sm_der_leave(&der, &inner, "CMSAlgorithmProtection") && !sm_der_more(&der);
    if (!whole)
        return "the CMSAlgorithmProtection attribute is malformed (RFC 6211 2)";
    return same_algorithm(&digest, &signer->digest_algorithm) && same_algorithm(&signature, &signer->signature_algorithm)
               ? NULL
               : "the CMSAlgorithmProtection attribute names other algorithms than the SignerInfo (RFC 6211 2)";
}

const char *sm_signed_attributes_fault(sm_arena *arena, const sm_signer_info *signer)
{
    const char *fault = occurrence_fault(arena, signer);
    return fault ? fault : protection_fault(signer);
}

/* ---- signing-certificate (RFC 5035) --------------------------------------------------------------- */

/* ESSCertID and ESSCertIDv2: without an algorithm it is SHA-1 or SHA-256. */
typedef struct certificate_identifier {
    sm_algorithm hash;
    sm_bytes value;
    sm_bytes issuer; /* Name of the only directoryName; absent without issuerSerial */
    sm_bytes serial;
} certificate_identifier;

static bool read_issuer_serial(sm_der *der, certificate_identifier *id)
{
    sm_der both, names;
    sm_tlv name;
    if (!sm_der_enter(der, SM_TAG_SEQUENCE, &both, "issuerSerial"))
        return false;
    if (sm_der_enter(&both, SM_TAG_SEQUENCE, &names, "issuer")) {
        if (sm_der_take(&names, SM_TAG_CONTEXT(4), &name, "directoryName")) /* EXPLICIT: Name is a CHOICE */
            id->issuer = name.content;
        sm_der_leave(&both, &names, "issuer");
        sm_der_integer(&both, &id->serial, "serialNumber");
    }
    return sm_der_leave(der, &both, "issuerSerial");
}

/* The first of the certificates, which must be the signer's (RFC 5035 3). */
static bool read_first(sm_arena *arena, sm_bytes value, bool v2, certificate_identifier *id)
{
    sm_der outer = sm_der_start_whole(value, SM_DER_BER), attribute, certificates, one;
    uint32_t tag;
    *id = (certificate_identifier){.hash.oid = v2 ? SM_BYTES_LITERAL("\x60\x86\x48\x01\x65\x03\x04\x02\x01")
                                                  : SM_BYTES_LITERAL("\x2b\x0e\x03\x02\x1a")};
    if (!sm_der_enter(&outer, SM_TAG_SEQUENCE, &attribute, "SigningCertificate") ||
        !sm_der_enter(&attribute, SM_TAG_SEQUENCE, &certificates, "certs") ||
        !sm_der_enter(&certificates, SM_TAG_SEQUENCE, &one, "ESSCertID"))
        return false;
    if (v2 && sm_der_peek(&one, &tag) && tag == SM_TAG_SEQUENCE)
        sm_algorithm_take(&one, tag, &id->hash, "hashAlgorithm");
    sm_der_octets(&one, arena, SM_TAG_OCTET_STRING, &id->value, NULL, "certHash");
    if (sm_der_more(&one))
        read_issuer_serial(&one, id);
    return sm_der_leave(&certificates, &one, "ESSCertID");
}

static sm_verdict judge_identifier(sm_arena *arena, const certificate_identifier *id, const sm_certificate *certificate,
                                   const char *name)
{
    const char *label = sm_certificate_label(arena, certificate);
    uint8_t digest[SM_DIGEST_OCTETS];
    size_t length = 0;
    if (sm_digest_octets(&id->hash, certificate->encoding, digest, &length) != SM_DIGEST_DONE)
        return sm_not_evaluated(SM_REASON_UNSUPPORTED, sm_arena_printf(arena, "the hash of the %s attribute, %s", name,
                                                                       sm_algorithm_name(arena, &id->hash)));
    if (!sm_bytes_equal(sm_bytes_of(digest, length), id->value))
        return sm_fail(SM_REASON_ATTRIBUTES, sm_arena_printf(arena, "the %s attribute names another certificate than %s (RFC 5035 3)",
                                                             name, label));
    bool same = sm_bytes_equal(id->issuer, certificate->issuer_der) && sm_bytes_equal(id->serial, certificate->serial_der);
    if (sm_bytes_present(id->issuer) && !same)
        return sm_fail(SM_REASON_ATTRIBUTES,
                       sm_arena_printf(arena, "the %s attribute has another issuer or serial number than %s (RFC 5035 4)", name, label));
    return SM_VERDICT_PASS;
}

sm_verdict sm_signing_certificate_judge(sm_arena *arena, const sm_signer_info *signer, const sm_certificate *certificate)
{
    sm_verdict worst = SM_VERDICT_PASS;
    for (unsigned v2 = 0; v2 < 2; v2++) {
        const char *name = v2 ? "signing-certificate-V2" : "signing-certificate";
        const sm_attribute *attribute =
            sm_attributes_find(&signer->signed_attributes, v2 ? SM_OID_SIGNING_CERTIFICATE_V2 : SM_OID_SIGNING_CERTIFICATE);
        certificate_identifier id;
        if (attribute == NULL || attribute->value_count == 0)
            continue;
        sm_verdict verdict = read_first(arena, attribute->values[0], v2, &id)
                                 ? judge_identifier(arena, &id, certificate, name)
                                 : sm_fail(SM_REASON_ATTRIBUTES, sm_arena_printf(arena, "the %s attribute is malformed (RFC 5035)", name));
        if (verdict.kind == SM_FAIL)
            return verdict;
        if (verdict.kind != SM_PASS)
            worst = verdict;
    }
    return worst;
}

/* ---- Faults that change nothing ------------------------------------------------------------------- */

/* RFC 5652 11.3: UTCTime from 1950 to 2049, GeneralizedTime for other years, both in UTC with seconds and no fraction. */
static const char *time_note(sm_arena *arena, const sm_signer_info *signer)
{
    const sm_attribute *attribute = sm_attributes_find(&signer->signed_attributes, SM_OID_SIGNING_TIME);
    if (attribute == NULL || attribute->value_count != 1)
        return NULL;
    sm_der reader = sm_der_start_whole(attribute->values[0], SM_DER_BER);
    sm_tlv value;
    sm_moment moment;
    const char *fault = NULL;
    if (!sm_der_any(&reader, &value, "signing-time") || !sm_der_time(&value, &moment, &fault))
        return fault ? sm_arena_printf(arena, "signing-time is unreadable: %s (RFC 5652 11.3)", fault)
                     : "signing-time is unreadable (RFC 5652 11.3)";
    const int64_t from = sm_moment_from_civil(1950, 1, 1, 0, 0, 0).seconds, until = sm_moment_from_civil(2050, 1, 1, 0, 0, 0).seconds;
    if (fault == NULL && value.tag == SM_TAG_GENERALIZED_TIME && moment.seconds >= from && moment.seconds < until)
        fault = "GeneralizedTime for a year that UTCTime has";
    return fault ? sm_arena_printf(arena, "signing-time has %s (RFC 5652 11.3)", fault) : NULL;
}

const char *sm_signed_attributes_note(sm_arena *arena, const sm_signer_info *signer)
{
    const sm_attributes *attributes = &signer->signed_attributes;
    if (!attributes->present)
        return NULL;
    const char *order = !attributes->der      ? "the signed attributes were not received in DER (RFC 5652 5.3)"
                        : !attributes->sorted ? "the signed attributes were not received in DER's order (RFC 5652 5.3)"
                                              : NULL;
    const char *time = time_note(arena, signer);
    return order && time ? sm_arena_printf(arena, "%s; %s", order, time) : order ? order : time;
}
