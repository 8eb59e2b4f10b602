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

/* SMIME-TUN-003 */
static void check_date(const sm_conclusion *conclusion, sm_finder *finder)
{
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

static const sm_rule rules[] = {
    {"SMIME-TUN-001", "Tunnelled header fields are those outside", "MUST", "RFC 3261 23.4.1.1, 23.4.1.2",
     "The signed copy of the header fields shows what was changed on the way. Proxies may change the Request-URI, Via, Record-Route, Route, "
     "Max-Forwards and Proxy-Authorization; From, To, Subject and their like may have another value inside when it is encrypted. Any other "
     "difference is a breach that the user has to be told of, and so is a header field that the signed copy alone still has.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), for_tunnel, check_equal},
    {"SMIME-TUN-003", "Date inside and outside, and the same", "SHOULD", "RFC 3261 23.4.1, 23.4.1.2",
     "A Date both inside and outside lets the recipient see when a tunnelled message was made, and that it is not an old one with new header "
     "fields around it.",
     SEVERITY_ALL(SM_SEVERITY_WARNING), for_tunnel, check_date},
    {"SMIME-TUN-004", "Encrypted tunnel is signed too", "SHOULD", "RFC 3261 23.4.3",
     "Encryption tells nothing of who encrypted: the header fields inside are anybody's claim until they are signed.",
     SEVERITY_ALL(SM_SEVERITY_WARNING), for_tunnel, check_signed},
};

const rule_shelf tunnel_rules = RULE_SHELF(rules);
