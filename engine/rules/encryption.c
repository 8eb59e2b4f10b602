/* Rules on encryption.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/catalogue.h"

#include "cms/algorithms.h"

/* SMIME-ENC-001 */
static void check_authenticated(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_LAYER(layer, conclusion)
        if (layer->type == SM_CMS_ENVELOPED)
            sm_find(finder, layer, layer->octets, "the message is EnvelopedData (%s), which nothing authenticates",
                    layer->decryption ? layer->decryption->algorithm : "algorithm unknown");
}

/* SMIME-ENC-002 */
static void check_order(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_LAYER(layer, conclusion)
        if (rule_layer_encrypts(layer) && layer->outer && layer->outer->signer_count > 0)
            sm_find(finder, layer->outer, layer->outer->octets, "an encrypted object is signed on the outside: sign first, then encrypt");
}

/* SMIME-ENC-003 */
static void check_cipher(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_LAYER(layer, conclusion) {
        if (layer->type != SM_CMS_AUTH_ENVELOPED || !layer->cms->enveloped_data)
            continue;
        if (!layer->decryption) { /* the structure could not be read to its end */
            sm_find_not_evaluated(finder);
            continue;
        }
        const sm_algorithm *algorithm = &layer->cms->enveloped_data->content_encryption;
        const sm_algorithm_info *info = sm_algorithm_lookup(algorithm->oid);
        bool aead = layer->decryption->authenticated || (info && info->class_ == SM_ALGORITHM_AEAD);
        if (!aead)
            sm_find(finder, layer, algorithm->encoding, "content is encrypted with %s, which is no authenticated cipher known here", layer->decryption->algorithm);
    }
}

static bool for_auth_enveloped(const sm_conclusion *conclusion)
{
    FOR_EACH_LAYER(layer, conclusion)
        if (layer->type == SM_CMS_AUTH_ENVELOPED)
            return true;
    return false;
}

/* SMIME-ENC-010 */
static void check_nonce(const sm_conclusion *conclusion, sm_finder *finder)
{
    if (conclusion->links.nonce_reuse)
        sm_find(finder, NULL, SM_BYTES_NONE, "the nonce was used before under the same content key, in frame %u", (unsigned)conclusion->links.nonce_reuse);
}

/* SMIME-ENC-011 */
static void check_tag(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_LAYER(layer, conclusion) {
        if (!layer->decryption || layer->type != SM_CMS_AUTH_ENVELOPED)
            continue;
        sm_verdict verdict = rule_explained(finder, layer->decryption->verdict, layer->diagnosis);
        if (verdict.kind == SM_NOT_EVALUATED || verdict.reason == SM_REASON_TAG_MISMATCH)
            rule_report_verdict(finder, layer, layer->cms->enveloped_data ? layer->cms->enveloped_data->mac : SM_BYTES_NONE,
                                "the content is not what was encrypted", verdict);
    }
}

/* SMIME-ENC-016: a tag that does not verify is SMIME-ENC-011's subject. */
static void check_opened(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_LAYER(layer, conclusion) {
        if (!layer->decryption || !rule_layer_encrypts(layer))
            continue;
        bool tag = layer->type == SM_CMS_AUTH_ENVELOPED && layer->decryption->verdict.reason == SM_REASON_TAG_MISMATCH;
        if (!tag)
            rule_report_verdict(finder, layer, layer->octets, "it cannot be decrypted",
                                rule_explained(finder, layer->decryption->verdict, layer->diagnosis));
    }
}

static const sm_rule rules[] = {
    {"SMIME-ENC-001", "Encrypted as AuthEnvelopedData", "MUST", "RFC 8591 4.2",
     "EnvelopedData protects against reading only: who holds the octets can change what the recipient will see (EFAIL). RFC 8591 asks for "
     "AuthEnvelopedData; the older profile of RFC 3261 knew only EnvelopedData.",
     SEVERITY_BY_PROFILE(SM_SEVERITY_ERROR, SM_SEVERITY_NOTE, SM_SEVERITY_ERROR), rule_for_encrypted, check_authenticated},
    {"SMIME-ENC-002", "Signed first, then encrypted", "MUST", "RFC 8591 4.3",
     "A signature outside the encryption shows who speaks with whom and can be taken off and replaced. Sign the content, then encrypt the result.",
     SEVERITY_BY_PROFILE(SM_SEVERITY_ERROR, SM_SEVERITY_NOTE, SM_SEVERITY_ERROR), rule_for_encrypted, check_order},
    {"SMIME-ENC-003", "Authenticated content cipher", "MUST", "RFC 8591 4.2; RFC 8551 2.7",
     "AES-128-GCM is what every implementation of RFC 8591 must have; another authenticated cipher is allowed, anything else cannot be relied on.",
     SEVERITY_ALL(SM_SEVERITY_WARNING), for_auth_enveloped, check_cipher},
    {"SMIME-ENC-010", "Nonce used once", "MUST", "RFC 5084 3.1, 3.2",
     "Two messages under one content key and nonce give away the difference of their texts and, with GCM, the key that authenticates: anybody can forge "
     "from then on. Without the key it is seen by the same wrapped key.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), for_auth_enveloped, check_nonce},
    {"SMIME-ENC-011", "Authentication tag verifies", "MUST", "RFC 5083 2",
     "Either the octets were changed on the way, or the content was encrypted with another key than the one the recipient was given. Nothing of it may be used.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), for_auth_enveloped, check_tag},
    {"SMIME-ENC-016", "The key that is named opens it", "MUST", "RFC 5652 6.2, 6.3; RFC 5083 2",
     "A key for one of the recipients named was given, and the content could not be decrypted with it: the encrypted key or the content is damaged, or the "
     "algorithm parameters do not fit together. The recipient cannot read it either.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), rule_for_encrypted, check_opened},
};

const rule_shelf encryption_rules = RULE_SHELF(rules);
