/* Rules on signatures.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/catalogue.h"

#include "cms/algorithms.h"
#include "cms/der.h"

/* SMIME-SIG-001 */
static void check_signature_value(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_SIGNER(signer, conclusion)
        rule_report_verdict(finder, signer->layer, signer->info->signature, "the signature value does not hold",
                            rule_explained(finder, signer->signature->signature, signer->diagnosis));
}

/* SMIME-SIG-002 */
static void check_content_digest(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_SIGNER(signer, conclusion)
        if (signer->info->signed_attributes.present)
            rule_report_verdict(finder, signer->layer, signer->layer->covered, "the content is not the one that was signed",
                                rule_explained(finder, signer->signature->digest, signer->diagnosis));
}

/* SMIME-SIG-003 */
static void check_content_type_attribute(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_SIGNER(signer, conclusion) {
        const sm_attribute *attribute = sm_attributes_find(&signer->info->signed_attributes, SM_OID_CONTENT_TYPE);
        if (!attribute || attribute->value_count != 1)
            continue; /* SMIME-SIG-004 and SMIME-SIG-006 */
        sm_der value = sm_der_start_whole(attribute->values[0], SM_DER_BER); /* a length may have more octets than it needs */
        sm_bytes type = signer->layer->cms->signed_data->content_type, said;
        if (!sm_der_oid(&value, &said, "content-type") || !sm_bytes_equal(said, type))
            sm_find(finder, signer->layer, attribute->encoding, "the content-type attribute differs from the eContentType");
    }
}

/* SMIME-SIG-004 */
static void check_mandatory_attributes(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_SIGNER(signer, conclusion) {
        const sm_attributes *attributes = &signer->info->signed_attributes;
        sm_bytes type = signer->layer->cms->signed_data->content_type;
        if (!attributes->present) {
            if (!sm_bytes_equal(type, SM_OID_DATA))
                sm_find(finder, signer->layer, signer->info->encoding, "no signed attributes, though the content is not id-data");
            continue;
        }
        if (!sm_attributes_find(attributes, SM_OID_CONTENT_TYPE))
            sm_find(finder, signer->layer, attributes->encoding, "signed attributes without content-type");
        if (!sm_attributes_find(attributes, SM_OID_MESSAGE_DIGEST))
            sm_find(finder, signer->layer, attributes->encoding, "signed attributes without message-digest");
    }
}

/* SMIME-SIG-009 */
static void check_algorithms(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_SIGNER(signer, conclusion) {
        const sm_algorithm *algorithms[] = {&signer->info->digest_algorithm, &signer->info->signature_algorithm};
        for (size_t i = 0; i < G_N_ELEMENTS(algorithms); i++) {
            const sm_algorithm_info *info = sm_algorithm_lookup(algorithms[i]->oid);
            if (info && info->standing == SM_STANDING_LEGACY)
                sm_find(finder, signer->layer, algorithms[i]->encoding, "%s is used, which is no longer fit for signatures", info->name);
        }
    }
}

/* SMIME-SIG-013 */
static void check_key_size(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_SIGNER(signer, conclusion) {
        const sm_certificate *certificate = signer->certificate;
        bool rsa = certificate && (certificate->key_type == SM_KEY_RSA || certificate->key_type == SM_KEY_RSA_PSS);
        if (rsa && certificate->key_bits < 2048)
            sm_find(finder, signer->layer, signer->info->signature, "the RSA key of %s has %u bits, %s", certificate->subject, certificate->key_bits,
                    certificate->key_bits < 1024 ? "and signatures with it prove nothing: anybody can find it out" : "fewer than 2048");
    }
}

/* SMIME-SIG-020 */
static void check_certificate_embedded(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_SIGNER(signer, conclusion)
        if (!signer->signature->certificate_embedded)
            sm_find(finder, signer->layer, signer->info->encoding, "the certificate that verifies the signature does not come with it");
}

static const sm_rule rules[] = {
    {"SMIME-SIG-001", "Signature value verifies", "MUST", "RFC 5652 5.6; RFC 8591 6",
     "The signature value was not made by the certificate's key over these attributes or this content. Either the octets were changed after signing, or the "
     "certificate is not the signer's.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), rule_for_signed, check_signature_value},
    {"SMIME-SIG-002", "Content has the signed digest", "MUST", "RFC 5652 5.6, 11.2",
     "The message-digest attribute does not fit the content received, so the content was changed after it was signed: by an attacker, or by an element on the way "
     "that rewrote line ends or headers.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), rule_for_signed, check_content_digest},
    {"SMIME-SIG-003", "content-type attribute fits", "MUST", "RFC 5652 5.6, 11.1",
     "The signed content-type attribute binds the signature to the kind of content. When it differs, a signature made for one kind is presented for another.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), rule_for_signed, check_content_type_attribute},
    {"SMIME-SIG-004", "Mandatory signed attributes", "MUST", "RFC 5652 5.3, 11",
     "Where signed attributes are used, content-type and message-digest must be among them; without message-digest the signature covers no content at all.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), rule_for_signed, check_mandatory_attributes},
    {"SMIME-SIG-009", "No MD5, SHA-1 or DSA", "MUST", "RFC 8551 appendix B.1, B.2; RFC 8591 4.1",
     "These algorithms were dropped because collisions can be made or because nobody supports them any more. Sign with SHA-256 and ECDSA, EdDSA or RSA.",
     SEVERITY_BY_PROFILE(SM_SEVERITY_ERROR, SM_SEVERITY_WARNING, SM_SEVERITY_ERROR), rule_for_signed, check_algorithms},
    {"SMIME-SIG-013", "RSA key of 2048 bits or more", "SHOULD NOT", "RFC 8551 4.2, 4.3, 6",
     "A short modulus can be factored, and whoever has done it signs as the certificate's subject: what it protects is worth no more than the work that takes. "
     "Move to RSA of 2048 bits or more, or to ECDSA or EdDSA.",
     SEVERITY_BY_PROFILE(SM_SEVERITY_WARNING, SM_SEVERITY_WARNING, SM_SEVERITY_ERROR), rule_for_signed, check_key_size},
    {"SMIME-SIG-020", "Signer's certificate included", "SHOULD", "RFC 8591 7.1; RFC 3261 23.2",
     "A recipient that does not have the signer's certificate cannot verify the message. RFC 8591 allows leaving it out of a SIP MESSAGE, to keep it below the "
     "size limit, when the recipient is known to have it.",
     SEVERITY_BY_PROFILE(SM_SEVERITY_NOTE, SM_SEVERITY_WARNING, SM_SEVERITY_WARNING), rule_for_signed, check_certificate_embedded},
};

const rule_shelf signature_rules = RULE_SHELF(rules);
