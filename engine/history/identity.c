/* History: which identities a message claims, and which of them its signer must bear.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "history/identity.h"

typedef struct claims {
    sm_arena *arena;
    GArray *items; /* sm_claim */
} claims;

static void claim(claims *list, const char *header, const char *uri, bool decisive)
{
    if (!uri)
        return;
    sm_claim item = {header, sm_bytes_of(uri, strlen(uri)), decisive};
    g_array_append_val(list->items, item);
}

static void claim_address(claims *list, const char *header, const sm_address *address, bool decisive)
{
    if (address)
        claim(list, header, address->uri_text, decisive);
}

static void claim_addresses(claims *list, const char *header, const sm_address *const *addresses, unsigned count, bool decisive)
{
    for (unsigned i = 0; i < count; i++)
        claim_address(list, header, addresses[i], decisive);
}

/* Whether a layer stands around a part. */
static bool covers(const sm_layer *layer, const sm_part *part)
{
    for (const sm_layer *around = part->inside; around; around = around->outer)
        if (around == layer)
            return true;
    return false;
}

static bool agrees(const sm_tunnel *tunnel, const char *name, bool required)
{
    for (unsigned i = 0; i < tunnel->header_count; i++)
        if (g_str_equal(tunnel->headers[i].name, name))
            return tunnel->headers[i].relation == SM_TUNNEL_EQUAL || (!required && tunnel->headers[i].relation != SM_TUNNEL_DIFFERS);
    return !required;
}

/* Whether signed header fields were made for the message around them: otherwise somebody may have cut them out of another one (RFC 3893 10). */
static bool belongs_here(const sm_tunnel *tunnel)
{
    return agrees(tunnel, "Call-ID", true) && agrees(tunnel, "CSeq", false) && agrees(tunnel, "Date", false);
}

/* What the signed content itself says of its sender: CPIM (RFC 3862), tunnelled SIP (RFC 3261 23.4) and authenticated identity bodies (RFC
 * 3893). Returns whether a tunnelled From was among it. */
static bool claim_inner(claims *list, const sm_inspection *inspection, const sm_signer *signer, bool decisive)
{
    bool tunnelled = false;
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_part *part = inspection->parts[i];
        if (!covers(signer->layer, part))
            continue;
        if (part->cpim)
            claim(list, "CPIM From", part->cpim->from_uri, false);
        if (part->tunnel && part->tunnel->inner->from) {
            bool counts = decisive && belongs_here(part->tunnel) && !part->tunnel->inner->from_ambiguous;
            claim_address(list, part->aib ? "AIB From" : "tunnelled From", part->tunnel->inner->from, counts);
            tunnelled = true;
        }
    }
    return tunnelled;
}

/* P-Asserted-Identity has one value, or a sip: or sips: URI and a tel: URI (RFC 3325 9.1): of two users none is asserted. */
static bool asserts_one_user(const sm_sip_message *sip)
{
    unsigned numbers = 0;
    for (unsigned i = 0; i < sip->asserted_count; i++)
        numbers += sip->asserted[i]->uri && sip->asserted[i]->uri->scheme == SM_URI_TEL;
    return numbers <= 1 && sip->asserted_count - numbers <= 1;
}

/* A request's signer is its sender (RFC 3261 23.2): From; where From is anonymous (RFC 3323), the From inside the signature or the identity
 * that the network asserts (RFC 3325). */
static void claim_request(claims *list, const sm_inspection *inspection, const sm_signer *signer)
{
    const sm_sip_message *sip = inspection->sip;
    bool anonymous = sip->from && sip->from->anonymous;
    claim_address(list, "From", sip->from, !anonymous);
    claim_addresses(list, "P-Asserted-Identity", sip->asserted, sip->asserted_count, anonymous && asserts_one_user(sip));
    claim_addresses(list, "P-Preferred-Identity", sip->preferred, sip->preferred_count, false);
    claim_address(list, "Reply-To", sip->reply_to, false);
    claim_inner(list, inspection, signer, anonymous);
}

/* A response's signer is whoever answered, which need not be whom To names (RFC 3261 23.2). */
static void claim_response(claims *list, const sm_inspection *inspection, const sm_signer *signer)
{
    const sm_sip_message *sip = inspection->sip;
    claim_address(list, "To", sip->to, true);
    claim_addresses(list, "P-Asserted-Identity", sip->asserted, sip->asserted_count, asserts_one_user(sip));
    claim_inner(list, inspection, signer, false);
}

/* Two From header fields that differ, the first of them the signer's: a recipient may read the second. */
static const sm_identity *respect_ambiguity(sm_arena *arena, const sm_identity *first, const char *header)
{
    if (first->verdict.kind != SM_PASS)
        return first;
    sm_identity *identity = sm_arena_new0(arena, sm_identity);
    *identity = *first;
    identity->matched = identity->matched_header = NULL;
    identity->verdict = sm_not_evaluated(SM_REASON_NO_IDENTITY,
                                         sm_arena_printf(arena, "%s stands more than once with different values: which one a recipient reads is not known", header));
    return identity;
}

/* The SIP message or fragment that is all that the signer signed, be it that it is encrypted inside; NULL when it signed something else. */
static const sm_part *signed_message(const sm_inspection *inspection, const sm_signer *signer)
{
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_part *part = inspection->parts[i];
        if (!part->tunnel || !covers(signer->layer, part) || !(part->tunnel->full || part->aib))
            continue;
        const sm_part *around = part->parent;
        while (around && around->kind == SM_PART_CMS && around->layer != signer->layer)
            around = around->parent;
        if (around && around->layer == signer->layer)
            return part;
    }
    return NULL;
}

static bool has_header(const sm_tunnel *tunnel, const char *name)
{
    return sm_entity_header(tunnel->inner->entity, name) != NULL;
}

/* A signature over header fields of another message says who sent that one, and may have been cut out of it; one without the dialog's identifiers could be of
 * any (RFC 3261 23.4.2, RFC 3893 10). An identity body may serve a whole dialog, whose later requests have their own CSeq and Date; what was not captured
 * around it contradicts nothing. Returns what is wrong, for a person, or NULL. */
static const char *not_of_this_message(sm_arena *arena, const sm_inspection *inspection, const sm_part *part)
{
    static const char *const names[] = {"Call-ID", "CSeq", "Date"};
    const sm_sip_message *sip = inspection->sip;
    bool in_dialog = part->aib && sip->request && sip->to && sip->to->tag;
    for (size_t i = 0; i < (in_dialog ? 1 : G_N_ELEMENTS(names)); i++)
        if (!agrees(part->tunnel, names[i], false))
            return sm_arena_printf(arena, "what is signed is the header of another message: its %s differs from the one outside", names[i]);
    for (size_t i = 0; i < (part->aib ? 1 : 2); i++)
        if (!has_header(part->tunnel, names[i]))
            return sm_arena_printf(arena, "what is signed is a message's header without %s: it could be another one's", names[i]);
    return NULL;
}

static const sm_identity *respect_cutting(sm_arena *arena, const sm_identity *identity, const sm_inspection *inspection, const sm_signer *signer)
{
    const sm_part *part = identity->verdict.kind == SM_PASS ? signed_message(inspection, signer) : NULL;
    const char *why = part ? not_of_this_message(arena, inspection, part) : NULL;
    if (!why)
        return identity;
    sm_identity *none = sm_arena_new0(arena, sm_identity);
    *none = *identity;
    none->matched = none->matched_header = NULL;
    none->verdict = sm_not_evaluated(SM_REASON_NO_IDENTITY, why);
    return none;
}

static const sm_identity *respect_retargeting(sm_arena *arena, const sm_identity *strict)
{
    if (strict->verdict.kind != SM_FAIL || strict->verdict.reason != SM_REASON_DIFFERENT_IDENTITY)
        return strict;
    sm_identity *identity = sm_arena_new0(arena, sm_identity);
    *identity = *strict;
    identity->verdict = sm_not_evaluated(SM_REASON_RETARGETED,
                                         sm_arena_printf(arena, "%s; a response may come from whom the request was retargeted to",
                                                         strict->verdict.detail ? strict->verdict.detail : "another identity answered"));
    return identity;
}

static const sm_identity *without_session(sm_arena *arena, const sm_identity *compared, const sm_msrp_match *session)
{
    sm_identity *identity = sm_arena_new0(arena, sm_identity);
    *identity = *compared;
    identity->matched = identity->matched_header = NULL;
    identity->verdict = sm_not_evaluated(session->ambiguous ? SM_REASON_AMBIGUOUS_SESSION : SM_REASON_NO_SESSION,
                                         session->how ? session->how : "no SDP in the capture negotiated this MSRP session");
    return identity;
}

static bool is_sip_uri(const char *uri)
{
    return g_ascii_strncasecmp(uri, "sip:", strlen("sip:")) == 0 || g_ascii_strncasecmp(uri, "sips:", strlen("sips:")) == 0;
}

/* The sender of an MSRP message is the party at its end of the session (RFC 8591 8.4). A caller is whom its From names, and where that is anonymous
 * (RFC 3323) whom the network asserts, as in any request. A callee is whom the network asserts to have answered, where it does: To names only who was
 * called, and calls are retargeted and forked. */
static void claim_msrp(claims *list, const sm_msrp_party *sender)
{
    bool called = g_str_equal(sender->header, "To"), named = false;
    for (unsigned i = 0; i < sender->asserted_count; i++)
        named = named || is_sip_uri(sender->asserted[i]);
    claim(list, "MSRP peer", sender->aor, !sender->anonymous && !(called && named));
    for (unsigned i = 0; i < sender->asserted_count; i++)
        claim(list, "MSRP peer P-Asserted-Identity", sender->asserted[i], called || sender->anonymous);
}

const sm_identity *history_identity(sm_arena *arena, const sm_inspection *inspection, const sm_signer *signer, const sm_msrp_match *session)
{
    if (!signer->certificate) {
        sm_identity *identity = sm_arena_new0(arena, sm_identity);
        identity->verdict = sm_not_evaluated(SM_REASON_NO_CERTIFICATE, "the signer's certificate is neither embedded nor in the key ring");
        return identity;
    }
    claims list = {arena, g_array_new(FALSE, FALSE, sizeof(sm_claim))};
    bool msrp = inspection->carrier->kind == SM_CARRIER_MSRP;
    bool response = !msrp && !inspection->sip->request;
    const sm_msrp_party *sender = msrp ? session->sender : NULL;
    if (msrp) {
        if (sender)
            claim_msrp(&list, sender);
        claim_inner(&list, inspection, signer, false);
    } else if (response) {
        claim_response(&list, inspection, signer);
    } else {
        claim_request(&list, inspection, signer);
    }
    const sm_identity *identity = sm_identity_match(arena, signer->certificate, (const sm_claim *)list.items->data, list.items->len);
    g_array_unref(list.items);
    if (msrp && (!sender || !sender->aor))
        return without_session(arena, identity, session);
    if (!msrp && (response ? inspection->sip->to_ambiguous : inspection->sip->from_ambiguous))
        identity = respect_ambiguity(arena, identity, response ? "To" : "From");
    if (!msrp)
        identity = respect_cutting(arena, identity, inspection, signer);
    return response ? respect_retargeting(arena, identity) : identity;
}

/* ---- Recipients of an envelope -------------------------------------------------------------------------------------- */

const sm_identity *sm_recipient_addressed(sm_arena *arena, const sm_conclusion *conclusion, const sm_recipient *recipient)
{
    const sm_inspection *inspection = conclusion->inspection;
    const sm_sip_message *sip = inspection->sip;
    const sm_msrp_party *receiver = conclusion->links.session.receiver;
    if (!recipient->certificate)
        return NULL;
    claims list = {arena, g_array_new(FALSE, FALSE, sizeof(sm_claim))};
    if (sip && sip->request) {
        claim_address(&list, "To", sip->to, true);
        claim(&list, "Request-URI", sip->request_uri, true);
    } else if (sip) {
        claim_address(&list, "From", sip->from, true);
    }
    if (receiver)
        claim(&list, "MSRP receiver", receiver->aor, true);
    for (unsigned i = 0; i < inspection->part_count; i++)
        if (inspection->parts[i]->cpim)
            claim(&list, "CPIM To", inspection->parts[i]->cpim->to_uri, true);
    const sm_identity *identity = sm_identity_match(arena, recipient->certificate, (const sm_claim *)list.items->data, list.items->len);
    g_array_unref(list.items);
    return identity;
}

const sm_identity *sm_recipient_is_sender(sm_arena *arena, const sm_conclusion *conclusion, const sm_recipient *recipient)
{
    const sm_inspection *inspection = conclusion->inspection;
    const sm_sip_message *sip = inspection->sip;
    const sm_msrp_party *sender = conclusion->links.session.sender;
    if (!recipient->certificate)
        return NULL;
    claims list = {arena, g_array_new(FALSE, FALSE, sizeof(sm_claim))};
    if (sip)
        claim_address(&list, sip->request ? "From" : "To", sip->request ? sip->from : sip->to, true);
    for (unsigned i = 0; sip && i < sip->asserted_count; i++)
        claim_address(&list, "P-Asserted-Identity", sip->asserted[i], true);
    for (unsigned i = 0; i < inspection->part_count; i++)
        if (inspection->parts[i]->tunnel)
            claim_address(&list, "tunnelled From", inspection->parts[i]->tunnel->inner->from, true);
    if (sender)
        claim(&list, "MSRP peer", sender->aor, true);
    const sm_identity *identity = sm_identity_match(arena, recipient->certificate, (const sm_claim *)list.items->data, list.items->len);
    g_array_unref(list.items);
    return identity;
}
