/* Rules that a site's policy asks for, and what the capture itself does not let us see.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/catalogue.h"

/* SMIME-POL-002 */

static bool for_objects(const sm_conclusion *conclusion)
{
    return rule_for_signed(conclusion) || rule_for_encrypted(conclusion);
}

static void check_replay(const sm_conclusion *conclusion, sm_finder *finder)
{
    if (conclusion->links.replay_of)
        sm_find(finder, NULL, SM_BYTES_NONE, "the same %s object was sent before, in frame %u: in another dialog, to another recipient, or long ago",
                rule_for_signed(conclusion) ? "signed" : "encrypted", (unsigned)conclusion->links.replay_of);
}

/* SMIME-CAP-001 */

/* Also where nothing of an S/MIME body was captured, so that there is no layer. */
static bool for_capture(const sm_conclusion *conclusion)
{
    const sm_media_type *type = conclusion->inspection->root->entity->content_type;
    const char *protocol = sm_media_type_is(type, "multipart/signed") ? sm_media_type_parameter(type, "protocol") : NULL;
    return rule_for_smime(conclusion) || sm_media_type_is(type, "application/pkcs7-mime") || sm_media_type_is(type, "application/x-pkcs7-mime") ||
           (protocol && g_ascii_strcasecmp(protocol, "application/pkcs7-signature") == 0);
}

static void check_captured(const sm_conclusion *conclusion, sm_finder *finder)
{
    const sm_carrier *carrier = conclusion->inspection->carrier;
    if (carrier->missing > 0)
        sm_find(finder, NULL, SM_BYTES_NONE, "%zu octets of the body are missing from the capture: what depends on them is not evaluated", carrier->missing);
    else if (carrier->kind == SM_CARRIER_MSRP && !carrier->msrp.complete)
        sm_find(finder, NULL, SM_BYTES_NONE, "chunks of the message are missing: %s",
                carrier->msrp.damage ? carrier->msrp.damage : "not every octet up to its end was captured");
}

/* SMIME-CAP-002 */
static void check_keys(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_LAYER(layer, conclusion) {
        const sm_decryption *decryption = layer->decryption;
        bool keyless = decryption && decryption->verdict.kind == SM_NOT_EVALUATED &&
                       (decryption->verdict.reason == SM_REASON_NO_KEY || decryption->verdict.reason == SM_REASON_PASSWORD_OFF);
        if (!keyless)
            continue;
        GString *wanted = g_string_new(NULL);
        const unsigned shown = MIN(decryption->recipient_count, 8);
        for (unsigned i = 0; i < shown; i++)
            g_string_append_printf(wanted, "%s%s %s", i ? "; " : "", decryption->recipients[i].type,
                                   decryption->recipients[i].id ? decryption->recipients[i].id : "");
        if (decryption->recipient_count > shown)
            g_string_append_printf(wanted, "; and %u more", decryption->recipient_count - shown);
        sm_find(finder, layer, SM_BYTES_NONE, "no key for it was given, wanted is that of %s", wanted->len ? wanted->str : "the content itself");
        g_string_free(wanted, TRUE);
    }
}

static const sm_rule rules[] = {
    {"SMIME-CAP-001", "Whole message captured", "META", "none: about the capture",
     "What was not captured cannot be judged: verdicts that need it are not evaluated. Capture with an unlimited snap length, in both directions "
     "and from the beginning of the connection.",
     SEVERITY_ALL(SM_SEVERITY_NOTE), for_capture, check_captured},
    {"SMIME-CAP-002", "Key for the content given", "META", "none: about the keys",
     "The content is encrypted for recipients whose keys were not given, so nothing inside was checked. The identifiers name the keys that would "
     "open it.",
     SEVERITY_ALL(SM_SEVERITY_NOTE), rule_for_encrypted, check_keys},
    {"SMIME-POL-002", "Protected object sent once", "POLICY", "RFC 3428 11.4",
     "A signature stays valid wherever its octets are sent. The same object in another dialog or to another recipient is either one message for "
     "many, or one that somebody recorded and sends again.",
     SEVERITY_ALL(SM_SEVERITY_WARNING), for_objects, check_replay},
};

const rule_shelf policy_capture_rules = RULE_SHELF(rules);
