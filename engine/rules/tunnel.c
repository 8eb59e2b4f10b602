/* Rules on SIP messages tunnelled in S/MIME.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/catalogue.h"

/* message/sip that S/MIME protects. Elsewhere it quotes another message, and is not compared. */
static bool is_tunnel(const sm_part *part)
{
    return part->tunnel && part->tunnel->full && (part->is_signed || part->is_encrypted);
}

/* The next one from *i on, which is moved behind it; NULL when there is none. */
static const sm_part *next_tunnel(const sm_conclusion *conclusion, unsigned *i)
{
    const sm_inspection *inspection = conclusion->inspection;
    while (*i < inspection->part_count) {
        const sm_part *part = inspection->parts[(*i)++];
        if (is_tunnel(part))
            return part;
    }
    return NULL;
}

#define FOR_EACH_TUNNEL(part, conclusion)                                                                              \
    for (unsigned part##_i = 0; part##_i < (conclusion)->inspection->part_count;)                                      \
        for (const sm_part *part = next_tunnel((conclusion), &part##_i); part; part = NULL)

static bool for_tunnel(const sm_conclusion *conclusion)
{
    FOR_EACH_TUNNEL(part, conclusion)
        return true;
    return false;
}

/* What stands encrypted may say more than the outside (RFC 3261 23.4.1.2), for these header fields. */
static bool differs(const sm_part *part, const sm_tunnel_header *header)
{
    return (header->relation == SM_TUNNEL_DIFFERS && !(header->alternative && part->is_encrypted)) || (header->removed && !part->is_encrypted);
}

/* SMIME-TUN-001, but for a Date that is gone, which is SMIME-TUN-003's: one finding a tunnel, or a message made of differences would drown its report. */
static void check_equal(const sm_conclusion *conclusion, sm_finder *finder)
{
    if (!rule_needs_whole(conclusion, finder))
        return;
    FOR_EACH_TUNNEL(part, conclusion) {
        GString *others = g_string_new(NULL);
        const sm_tunnel_header *first = NULL;
        for (unsigned i = 0; i < part->tunnel->header_count; i++) {
            const sm_tunnel_header *header = &part->tunnel->headers[i];
            if (!differs(part, header))
                continue;
            if (first)
                g_string_append_printf(others, "%s %s", others->len ? "," : "; so does", header->name);
            else
                first = header;
        }
        if (first && !first->outer)
            sm_find(finder, part->inside, part->tunnel->inner->entity->head, "%s was taken away outside: \"%s\" inside%s", first->name, first->inner,
                    others->str);
        else if (first)
            sm_find(finder, part->inside, part->tunnel->inner->entity->head, "%s differs: \"%s\" inside, \"%s\" outside%s", first->name,
                    first->inner ? first->inner : "", first->outer ? first->outer : "", others->str);
        g_string_free(others, TRUE);
    }
}

/* SMIME-TUN-002 */

static bool for_signed_tunnel(const sm_conclusion *conclusion)
{
    FOR_EACH_TUNNEL(part, conclusion)
        if (part->is_signed)
            return true;
    return false;
}

static void add_name(GString *names, const char *name)
{
    g_string_append_printf(names, "%s%s", names->len ? ", " : "", name);
}

/* What the sender need not have left out: proxies add to header fields too, so RFC 8591, which does without tunnels, lets it be. */
static void check_all_replicated(const sm_part *part, sm_finder *finder)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (unsigned i = 0; i < part->tunnel->header_count; i++)
        if (part->tunnel->headers[i].unprotected)
            add_name(names, part->tunnel->headers[i].name);
    if (names->len)
        sm_find(finder, part->inside, part->tunnel->inner->entity->head, "outside only, where nothing protects it: %s", names->str);
}

static void check_replicated(const sm_conclusion *conclusion, sm_finder *finder)
{
    static const char *const identifiers[] = {"To", "From", "Call-ID", "CSeq"};
    if (!rule_needs_whole(conclusion, finder))
        return;
    FOR_EACH_TUNNEL(part, conclusion) {
        if (!part->is_signed)
            continue;
        const sm_entity *inner = part->tunnel->inner->entity;
        g_autoptr(GString) missing = g_string_new(NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(identifiers); i++)
            if (!sm_entity_header(inner, identifiers[i]))
                add_name(missing, identifiers[i]);
        if (missing->len)
            sm_find(finder, part->inside, inner->head, "the signed message has no %s, and so could be one of another dialog", missing->str);
        else if (sm_finder_profile(finder) != SM_PROFILE_RFC8591)
            check_all_replicated(part, finder);
    }
}

/* SMIME-TUN-003 */
static void check_date(const sm_conclusion *conclusion, sm_finder *finder)
{
    if (!rule_needs_whole(conclusion, finder))
        return;
    FOR_EACH_TUNNEL(part, conclusion) {
        const sm_tunnel_header *date = NULL;
        for (unsigned i = 0; i < part->tunnel->header_count; i++)
            if (g_ascii_strcasecmp(part->tunnel->headers[i].name, "Date") == 0)
                date = &part->tunnel->headers[i];
        sm_bytes where = part->tunnel->inner->entity->head;
        if (!date)
            sm_find(finder, part->inside, where, "no Date, neither inside nor outside");
        else if (!date->inner || !date->outer)
            sm_find(finder, part->inside, where, "Date stands %s only", date->inner ? "inside" : "outside");
        else if (date->relation == SM_TUNNEL_DIFFERS)
            sm_find(finder, part->inside, where, "Date is \"%s\" inside, \"%s\" outside", date->inner, date->outer);
    }
}

/* SMIME-TUN-004 */
static void check_signed(const sm_conclusion *conclusion, sm_finder *finder)
{
    FOR_EACH_TUNNEL(part, conclusion)
        if (part->is_encrypted && !part->is_signed)
            sm_find(finder, part->inside, part->tunnel->inner->entity->head, "the tunnelled message is encrypted, but nobody signed it");
}

/* SMIME-TUN-005: of the answers the user agent server alone gives, those that accept; but not to MESSAGE, whose 2xx has no body (RFC 3428 7). Where the
 * answer has an unprotected body instead, SMIME-SIP-009 says so. */

static bool for_tunnel_answer(const sm_conclusion *conclusion)
{
    const sm_inspection *inspection = conclusion->inspection;
    const sm_links *links = &conclusion->links;
    if (inspection->carrier->kind != SM_CARRIER_SIP || (!links->request_tunnel_signed && !links->request_tunnel_encrypted))
        return false;
    const sm_sip_message *sip = inspection->sip;
    bool bare = inspection->sources[0].octets.length > 0 && !rule_for_smime(conclusion);
    return !sip->request && sip->status >= 200 && sip->status <= 299 && !g_str_equal(sip->method, "MESSAGE") && !bare;
}

/* Whether a tunnel may stand where nothing could be read. */
static bool may_hide_tunnel(const sm_conclusion *conclusion)
{
    if (conclusion->inspection->carrier->missing > 0)
        return true;
    FOR_EACH_LAYER(layer, conclusion)
        if (layer->opened.kind == SM_FAIL || layer->opened.kind == SM_NOT_EVALUATED)
            return true;
    return false;
}

static const char *protection_of(bool is_signed, bool is_encrypted)
{
    return is_signed && is_encrypted ? "signed and encrypted" : is_signed ? "signed" : "encrypted";
}

static void check_answer(const sm_conclusion *conclusion, sm_finder *finder)
{
    const sm_links *links = &conclusion->links;
    const sm_part *first = NULL;
    bool is_signed = false, is_encrypted = false;
    FOR_EACH_TUNNEL(part, conclusion) {
        first = first ? first : part;
        is_signed = is_signed || part->is_signed;
        is_encrypted = is_encrypted || part->is_encrypted;
    }
    if (!first && may_hide_tunnel(conclusion))
        sm_find_not_evaluated(finder);
    else if (!first)
        sm_find(finder, NULL, SM_BYTES_NONE, "the request in frame %u is tunnelled, its answer is not", (unsigned)links->request_frame);
    else if (is_signed != links->request_tunnel_signed || is_encrypted != links->request_tunnel_encrypted)
        sm_find(finder, first->inside, SM_BYTES_NONE, "the answer is tunnelled %s, the request in frame %u %s", protection_of(is_signed, is_encrypted),
                (unsigned)links->request_frame, protection_of(links->request_tunnel_signed, links->request_tunnel_encrypted));
}

static const sm_rule rules[] = {
    {"SMIME-TUN-001", "Tunnelled header fields are those outside", "MUST", "RFC 3261 23.4.1.1, 23.4.1.2",
     "The signed copy of the header fields shows what was changed on the way. Proxies may change the Request-URI, Via, Record-Route, Route, "
     "Max-Forwards and Proxy-Authorization; From, To, Subject and their like may have another value inside when it is encrypted. Any other "
     "difference is a breach that the user has to be told of, and so is a header field that the signed copy alone still has.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), for_tunnel, check_equal},
    {"SMIME-TUN-002", "Signed copy has all header fields", "SHOULD", "RFC 3261 23.4.2",
     "To, From, Call-ID and CSeq tie the signed copy to its dialog: without one of them it can be cut out and put into another. A header field that the "
     "copy lacks can be added, changed or taken away on the way, and nobody notices; which others those are is told in the profiles that are for tunnels.",
     SEVERITY_ALL(SM_SEVERITY_WARNING), for_signed_tunnel, check_replicated},
    {"SMIME-TUN-003", "Date inside and outside, and the same", "SHOULD", "RFC 3261 23.4.1, 23.4.1.2",
     "A Date both inside and outside lets the recipient see when a tunnelled message was made, and that it is not an old one with new header "
     "fields around it.",
     SEVERITY_ALL(SM_SEVERITY_WARNING), for_tunnel, check_date},
    {"SMIME-TUN-004", "Encrypted tunnel is signed too", "SHOULD", "RFC 3261 23.4.3",
     "Encryption tells nothing of who encrypted: the header fields inside are anybody's claim until they are signed.",
     SEVERITY_ALL(SM_SEVERITY_WARNING), for_tunnel, check_signed},
    {"SMIME-TUN-005", "Tunnelled request, tunnelled answer", "SHOULD", "RFC 3261 23.4",
     "Who tunnels a request wants its header fields protected end to end, and has no less use for that in the answer. An answer that is not tunnelled, or with "
     "less protection, can be changed by everybody on its way.",
     SEVERITY_BY_PROFILE(SM_SEVERITY_NOTE, SM_SEVERITY_WARNING, SM_SEVERITY_WARNING), for_tunnel_answer, check_answer},
};

const rule_shelf tunnel_rules = RULE_SHELF(rules);
