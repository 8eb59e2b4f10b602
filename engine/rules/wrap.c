/* Rules on the MIME wrapping of S/MIME.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/catalogue.h"

static bool is_pkcs7_mime(const sm_layer *layer)
{
    return g_str_equal(layer->media_type, "application/pkcs7-mime") || g_str_equal(layer->media_type, "application/x-pkcs7-mime");
}

static bool for_pkcs7_mime(const sm_conclusion *conclusion)
{
    FOR_EACH_LAYER(layer, conclusion)
        if (is_pkcs7_mime(layer))
            return true;
    return false;
}

/* SMIME-WRAP-001 */
static void check_smime_type_present(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_LAYER(layer, conclusion)
        if (is_pkcs7_mime(layer) && !layer->smime_type)
            sm_find(finder, layer, layer->part->entity->head, "%s carries %s without an smime-type parameter", layer->media_type, layer->type_word);
}

/* The spellings that name one kind: RFC 8591 4.2 has a hyphen where RFC 8551 3.2.2 has none. */
static bool smime_type_fits(const sm_layer *layer)
{
    return g_ascii_strcasecmp(layer->smime_type, layer->type_word) == 0 ||
           (layer->type == SM_CMS_AUTH_ENVELOPED && g_ascii_strcasecmp(layer->smime_type, "auth-enveloped-data") == 0);
}

/* SMIME-WRAP-002 */
static void check_smime_type_agrees(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_LAYER(layer, conclusion) {
        if (!is_pkcs7_mime(layer) || !layer->smime_type)
            continue;
        if (layer->type == SM_CMS_UNKNOWN || layer->cms->structure.kind != SM_PASS) /* certs-only is known by what comes last */
            sm_find_not_evaluated(finder);
        else if (!smime_type_fits(layer))
            sm_find(finder, layer, layer->part->entity->head, "smime-type says %s, the CMS content is %s", layer->smime_type, layer->type_word);
    }
}

/* SMIME-WRAP-003 */
static void check_spelling(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_LAYER(layer, conclusion)
        if (layer->type == SM_CMS_AUTH_ENVELOPED && layer->smime_type && smime_type_fits(layer))
            sm_find(finder, layer, layer->part->entity->head, "smime-type is spelled %s: RFC 8591 writes auth-enveloped-data, RFC 8551 authEnveloped-data",
                    layer->smime_type);
}

/* SMIME-WRAP-006 */
static void check_binary(const sm_conclusion *conclusion, sm_finder *finder)
{
    bool msrp = conclusion->inspection->carrier->kind == SM_CARRIER_MSRP;
    FOR_EACH_LAYER(layer, conclusion) {
        const sm_entity *entity = layer->part->entity;
        if (layer->outer || entity->encoding == SM_ENCODING_BINARY)
            continue;
        if (entity->encoding == SM_ENCODING_UNKNOWN && !rule_sees_whole(conclusion)) /* the word itself may be cut */
            sm_find_not_evaluated(finder);
        else if (msrp || entity->encoding != SM_ENCODING_BASE64)
            sm_find(finder, layer, entity->head, "%s body is sent with Content-Transfer-Encoding %s", msrp ? "MSRP" : "SIP",
                    entity->encoding_word ? entity->encoding_word : "unknown");
    }
}

/* SMIME-WRAP-008 */
static void check_detached(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_LAYER(layer, conclusion)
        if (layer->part->kind == SM_PART_SIGNED_MULTIPART && layer->cms->signed_data && !layer->cms->signed_data->detached)
            sm_find(finder, layer, layer->octets, "the signature of a multipart/signed encapsulates content of its own");
}

static bool for_signed_multipart(const sm_conclusion *conclusion)
{
    FOR_EACH_LAYER(layer, conclusion)
        if (layer->part->kind == SM_PART_SIGNED_MULTIPART)
            return true;
    return false;
}

/* SMIME-WRAP-016: octets that end early are the capture's fault only where it lacks some. */
static void check_structure(const sm_conclusion *conclusion, sm_finder *finder)
{
    bool whole = rule_sees_whole(conclusion);
    FOR_EACH_LAYER(layer, conclusion) {
        sm_verdict structure = rule_explained(finder, layer->cms->structure, layer->diagnosis);
        bool ends_early = structure.kind == SM_NOT_EVALUATED && structure.reason == SM_REASON_TRUNCATED;
        if (structure.kind == SM_FAIL || (ends_early && whole))
            sm_find(finder, layer, layer->octets, "%s holds no readable CMS: %s", layer->media_type,
                    structure.detail ? structure.detail : sm_reason_word(structure.reason));
        else if (structure.kind == SM_NOT_EVALUATED)
            sm_find_not_evaluated(finder);
    }
}

static const sm_rule rules[] = {
    {"SMIME-WRAP-001", "smime-type parameter present", "SHOULD", "RFC 8551 3.2, 3.2.2",
     "The smime-type parameter tells an agent what is inside before it is decoded. Without it a gateway or a user agent has to parse CMS "
     "to choose what to do. Send application/pkcs7-mime with the smime-type that fits its content.",
     SEVERITY_ALL(SM_SEVERITY_NOTE), for_pkcs7_mime, check_smime_type_present},
    {"SMIME-WRAP-002", "smime-type agrees with the CMS content", "MUST", "RFC 8551 3.2.2; RFC 8591 4.1, 4.2",
     "An smime-type that names another kind of CMS content misleads whoever decides by it, a relay that counts encrypted messages as well as the "
     "recipient's user agent. RFC 8591's own Figure 4 has this mistake.",
     SEVERITY_BY_PROFILE(SM_SEVERITY_WARNING, SM_SEVERITY_WARNING, SM_SEVERITY_ERROR), for_pkcs7_mime, check_smime_type_agrees},
    {"SMIME-WRAP-003", "Two spellings of authEnveloped-data", "NOTE", "RFC 8591 4.2; RFC 8551 3.2.2, 5.3",
     "The two standards spell the smime-type of AuthEnvelopedData differently. Receivers should accept both; a receiver that does not will fail on one of "
     "them, so the spelling in use is worth knowing.",
     SEVERITY_BY_PROFILE(SM_SEVERITY_OFF, SM_SEVERITY_OFF, SM_SEVERITY_NOTE), for_pkcs7_mime, check_spelling},
    {"SMIME-WRAP-006", "Binary transfer encoding", "MUST", "RFC 3853 3; RFC 8591 5; RFC 4975 14.3",
     "SIP and MSRP carry binary. A transfer encoding makes the message a third longer and is undone by nobody on the way. base64 is tolerated on SIP, "
     "where a gateway to 7-bit mail may have needed it.",
     SEVERITY_ALL(SM_SEVERITY_WARNING), NULL, check_binary},
    {"SMIME-WRAP-008", "multipart/signed holds a detached signature", "MUST", "RFC 3261 23.3; RFC 8551 3.5.3.1",
     "In multipart/signed the signed content is the first part. A signature that encapsulates content too can say something else than what is read.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), for_signed_multipart, check_detached},
    {"SMIME-WRAP-016", "S/MIME type holds CMS", "MUST", "RFC 8551 3.2; RFC 5652 3",
     "The media type promises a CMS object, and the octets are none or a damaged one. No recipient can read it; an element on the way that treated the body as "
     "text is a usual cause.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), NULL, check_structure},
};

const rule_shelf wrap_rules = RULE_SHELF(rules);
