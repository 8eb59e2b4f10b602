/* Rules on the MIME wrapping of S/MIME.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/catalogue.h"

#include "base/bounds.h"
#include "cms/algorithms.h"

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

static bool is_signature_type(const char *text)
{
    return text && (g_ascii_strcasecmp(text, "application/pkcs7-signature") == 0 || g_ascii_strcasecmp(text, "application/x-pkcs7-signature") == 0);
}

/* A multipart/signed that is or says that it is S/MIME's: others, such as OpenPGP's, have rules of their own. */
static bool is_signed_multipart(const sm_part *part)
{
    const sm_media_type *type = part->entity->content_type;
    return sm_media_type_is(type, "multipart/signed") && (part->layer || is_signature_type(sm_media_type_parameter(type, "protocol")));
}

static bool for_signed_multiparts(const sm_conclusion *conclusion)
{
    for (unsigned i = 0; i < conclusion->inspection->part_count; i++)
        if (is_signed_multipart(conclusion->inspection->parts[i]))
            return true;
    return false;
}

static const sm_parameter *find_parameter(const sm_media_type *type, const char *name)
{
    for (unsigned i = 0; i < type->parameter_count; i++)
        if (g_str_equal(type->parameters[i].name, name))
            return &type->parameters[i];
    return NULL;
}

/* As much of a received value as is shown. */
#define SHOWN(text) ((int)SM_LIMIT_SHOWN_OCTETS), (text)

/* SMIME-WRAP-009: the protocol parameter of one multipart/signed. */
static void check_protocol(const sm_part *part, sm_finder *finder)
{
    static const char wanted[] = "application/pkcs7-signature";
    const sm_parameter *protocol = find_parameter(part->entity->content_type, "protocol");
    sm_bytes where = part->entity->head;
    if (!protocol)
        sm_find(finder, part->layer, where, "multipart/signed has no protocol parameter");
    else if (sm_media_type_contradicts(part->entity->content_type, "protocol"))
        sm_find(finder, part->layer, where, "the protocol parameter stands there twice and differs");
    else if (g_ascii_strcasecmp(protocol->value, wanted) != 0)
        sm_find(finder, part->layer, where, "the protocol parameter says %.*s instead of %s", SHOWN(protocol->value), wanted);
    else if (!protocol->quoted)
        sm_find(finder, part->layer, where, "the protocol parameter stands without the quotation marks that its \"/\" needs");
}

/* SMIME-WRAP-009 */
static void check_signed_parameters(const sm_conclusion *conclusion, sm_finder *finder)
{
    for (unsigned i = 0; i < conclusion->inspection->part_count; i++) {
        const sm_part *part = conclusion->inspection->parts[i];
        if (!is_signed_multipart(part))
            continue;
        bool cut = part->parent && !rule_sees_whole(conclusion); /* the header may end where the capture does */
        if (cut || part->entity->content_type->limit) {          /* a parameter may stand behind either */
            sm_find_not_evaluated(finder);
            continue;
        }
        check_protocol(part, finder);
        const sm_parameter *micalg = find_parameter(part->entity->content_type, "micalg");
        if (!micalg || !*micalg->value)
            sm_find(finder, part->layer, part->entity->head, "multipart/signed has no micalg parameter");
    }
}

/* The digest algorithms with a name for micalg (RFC 8551 3.5.3.2), and how early implementations and RFC 3261 spelled it. */
static const struct {
    const char *algorithm, *name, *early[3];
} mic_names[] = {
    {"1.2.840.113549.2.5", "md5", {"rsa-md5"}},
    {"1.3.14.3.2.26", "sha-1", {"sha1", "rsa-sha1"}},
    {"2.16.840.1.101.3.4.2.4", "sha-224", {NULL}},
    {"2.16.840.1.101.3.4.2.1", "sha-256", {"sha256"}},
    {"2.16.840.1.101.3.4.2.2", "sha-384", {"sha384"}},
    {"2.16.840.1.101.3.4.2.3", "sha-512", {"sha512"}},
};

/* Sets of rows of mic_names, a bit for each, and beside them what is in none. */
typedef struct mic_set {
    unsigned rows;
    bool others; /* digest algorithms without a name here; words that are no name */
    bool early;  /* spelled as in early implementations */
} mic_set;

static void add_word(mic_set *set, const char *word)
{
    for (size_t row = 0; row < G_N_ELEMENTS(mic_names); row++) {
        bool early = false;
        for (size_t i = 0; i < G_N_ELEMENTS(mic_names[row].early) && mic_names[row].early[i]; i++)
            early = early || g_ascii_strcasecmp(word, mic_names[row].early[i]) == 0;
        if (early || g_ascii_strcasecmp(word, mic_names[row].name) == 0) {
            set->rows |= 1u << row;
            set->early = set->early || early;
            return;
        }
    }
    set->others = true;
}

static mic_set said_by(const char *micalg)
{
    mic_set set = {0};
    g_auto(GStrv) words = g_strsplit(micalg, ",", -1);
    for (char **word = words; *word; word++)
        add_word(&set, g_strstrip(*word));
    return set;
}

static mic_set used_by(const sm_signed_data *data)
{
    mic_set set = {0};
    for (unsigned i = 0; i < data->signer_count; i++) {
        const sm_algorithm_info *info = sm_algorithm_lookup(data->signers[i].digest_algorithm.oid);
        size_t row = 0;
        while (row < G_N_ELEMENTS(mic_names) && !(info && g_str_equal(info->oid, mic_names[row].algorithm)))
            row++;
        if (row < G_N_ELEMENTS(mic_names))
            set.rows |= 1u << row;
        else
            set.others = true;
    }
    return set;
}

/* "sha-1,sha-256" */
static char *names_of(mic_set set)
{
    GString *names = g_string_new(NULL);
    for (size_t row = 0; row < G_N_ELEMENTS(mic_names); row++)
        if (set.rows & 1u << row)
            g_string_append_printf(names, "%s%s", names->len ? "," : "", mic_names[row].name);
    return g_string_free(names, FALSE);
}

/* SMIME-WRAP-010: what names an algorithm that has no name in RFC 8551 is another standard's to say. */
static void check_micalg(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_LAYER(layer, conclusion) {
        const char *micalg = sm_media_type_parameter(layer->part->entity->content_type, "micalg");
        if (layer->part->kind != SM_PART_SIGNED_MULTIPART || !micalg || !*micalg) /* SMIME-WRAP-009 */
            continue;
        if (layer->cms->structure.kind != SM_PASS || !layer->cms->signed_data) {
            sm_find_not_evaluated(finder);
            continue;
        }
        mic_set said = said_by(micalg), used = used_by(layer->cms->signed_data);
        g_autofree char *names = names_of(used);
        if (layer->cms->signed_data->signer_count == 0) /* SMIME-WRAP-011 */
            continue;
        if (said.rows != used.rows || (said.others && !used.others))
            sm_find(finder, layer, layer->part->entity->head, "micalg says %.*s, the digest algorithm of the signature is %s", SHOWN(micalg),
                    *names ? names : "another one");
        else if (said.early && sm_finder_profile(finder) != SM_PROFILE_RFC3261)
            sm_find(finder, layer, layer->part->entity->head, "micalg says %.*s, whose name is %s", SHOWN(micalg), names);
    }
}

/* What is said of the second part of a multipart/signed; NULL when it is none that could be looked at. */
static const sm_entity *second_part(const sm_part *part)
{
    if (part->kind == SM_PART_SIGNED_MULTIPART)
        return part->signature;
    return part->child_count > 1 ? part->children[1]->entity : NULL;
}

/* SMIME-WRAP-011: one multipart/signed. */
static void check_two_parts(const sm_part *part, sm_finder *finder)
{
    const sm_entity *second = second_part(part);
    const char *protocol = sm_media_type_parameter(part->entity->content_type, "protocol");
    unsigned count = part->multipart->part_count;
    if (part->multipart->limit) {
        sm_find_not_evaluated(finder);
        return;
    }
    if (count != 2)
        sm_find(finder, part->layer, part->entity->body, "multipart/signed has %u %s instead of two", count, count == 1 ? "part" : "parts");
    if (second && protocol && (!second->content_type || g_ascii_strcasecmp(second->content_type->text, protocol) != 0))
        sm_find(finder, part->layer, second->head, "the second part is %.*s, the protocol parameter says %.*s",
                SHOWN(second->content_type ? second->content_type->text : "of no type"), SHOWN(protocol));
    const sm_cms *cms = part->kind == SM_PART_SIGNED_MULTIPART && part->layer ? part->layer->cms : NULL;
    if (cms && cms->structure.kind == SM_PASS && !(cms->signed_data && cms->signed_data->signer_count > 0))
        sm_find(finder, part->layer, part->layer->octets, "the second part holds no signature: %s without a SignerInfo", part->layer->type_word);
}

/* SMIME-WRAP-011 */
static void check_signed_parts(const sm_conclusion *conclusion, sm_finder *finder)
{
    for (unsigned i = 0; rule_needs_whole(conclusion, finder) && i < conclusion->inspection->part_count; i++) {
        const sm_part *part = conclusion->inspection->parts[i];
        if (is_signed_multipart(part) && part->multipart)
            check_two_parts(part, finder);
    }
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
    {"SMIME-WRAP-009", "multipart/signed has protocol and micalg", "MUST", "RFC 8551 3.5.3.2; RFC 1847 2.1; RFC 2045 5.1",
     "By these parameters an agent knows the kind of signature, and which digest to make, before it has read the content. Without them, or with another protocol, "
     "some agents show the message as unsigned. Send protocol=\"application/pkcs7-signature\", in quotation marks because of its slash, and micalg.",
     SEVERITY_BY_PROFILE(SM_SEVERITY_WARNING, SM_SEVERITY_WARNING, SM_SEVERITY_ERROR), for_signed_multiparts, check_signed_parameters},
    {"SMIME-WRAP-010", "micalg names the digest of the signature", "SHOULD", "RFC 8551 3.5.3.2; RFC 1847 2.1",
     "An agent that digests the content while it arrives goes by micalg. When it names another digest than the SignerInfos use, or spells it as nobody else does, "
     "such an agent has to begin again or gives up. The names are sha-256 and the like, several of them with commas between.",
     SEVERITY_BY_PROFILE(SM_SEVERITY_NOTE, SM_SEVERITY_NOTE, SM_SEVERITY_WARNING), for_signed_multipart, check_micalg},
    {"SMIME-WRAP-011", "multipart/signed is content and signature", "MUST", "RFC 1847 2.1; RFC 8551 3.5.3",
     "A multipart/signed has two parts: what is signed, and the signature of the type that the protocol parameter names. A third part is shown by some agents as if "
     "it were signed; without a signature at its place the promise of the media type is not kept.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), for_signed_multiparts, check_signed_parts},
    {"SMIME-WRAP-016", "S/MIME type holds CMS", "MUST", "RFC 8551 3.2; RFC 5652 3",
     "The media type promises a CMS object, and the octets are none or a damaged one. No recipient can read it; an element on the way that treated the body as "
     "text is a usual cause.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), NULL, check_structure},
};

const rule_shelf wrap_rules = RULE_SHELF(rules);
