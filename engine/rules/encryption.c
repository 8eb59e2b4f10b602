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
        const sm_algorithm *algorithm = &layer->cms->enveloped_data->content_encryption;
        const sm_algorithm_info *info = sm_algorithm_lookup(algorithm->oid);
        if (!info || info->class_ != SM_ALGORITHM_AEAD)
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
};

const rule_shelf encryption_rules = RULE_SHELF(rules);
