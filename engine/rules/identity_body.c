/* Rules on authenticated identity bodies (RFC 3893): header fields of a SIP message, signed to say who sent it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "rules/catalogue.h"

/* The next identity body from *i on, which is moved behind it; NULL when there is none. */
static const sm_part *next_body(const sm_conclusion *conclusion, unsigned *i)
{
    const sm_inspection *inspection = conclusion->inspection;
    while (*i < inspection->part_count) {
        const sm_part *part = inspection->parts[(*i)++];
        if (part->aib)
            return part;
    }
    return NULL;
}

#define FOR_EACH_BODY(part, conclusion)                                                                                \
    for (unsigned part##_i = 0; part##_i < (conclusion)->inspection->part_count;)                                      \
        for (const sm_part *part = next_body((conclusion), &part##_i); part; part = NULL)

static bool for_sip(const sm_conclusion *conclusion)
{
    return conclusion->inspection->carrier->kind == SM_CARRIER_SIP;
}

static bool for_body(const sm_conclusion *conclusion)
{
    FOR_EACH_BODY(part, conclusion)
        return for_sip(conclusion);
    return false;
}

static bool has(const sm_part *part, const char *name)
{
    return sm_entity_header(part->tunnel->inner->entity, name) != NULL;
}

static const sm_tunnel_header *compared(const sm_part *part, const char *name)
{
    for (unsigned i = 0; i < part->tunnel->header_count; i++)
        if (g_ascii_strcasecmp(part->tunnel->headers[i].name, name) == 0)
            return &part->tunnel->headers[i];
    return NULL;
}

static bool equals(const sm_part *part, const char *name)
{
    const sm_tunnel_header *header = compared(part, name);
    return header && header->relation == SM_TUNNEL_EQUAL;
}

/* SMIME-AIB-001 */

/* A signed fragment with all that makes an identity body of this very message, and no word of what it is for. */
static bool is_unnamed_body(const sm_part *part)
{
    return part->tunnel && !part->tunnel->full && part->is_signed && !part->entity->disposition && has(part, "From") && has(part, "Date") &&
           has(part, "Contact") && equals(part, "Call-ID") && equals(part, "CSeq");
}

static bool for_any_body(const sm_conclusion *conclusion)
{
    const sm_inspection *inspection = conclusion->inspection;
    for (unsigned i = 0; i < inspection->part_count; i++)
        if (inspection->parts[i]->aib || is_unnamed_body(inspection->parts[i]))
            return for_sip(conclusion);
    return false;
}

static void check_form(const sm_conclusion *conclusion, sm_finder *finder)
{
    const sm_inspection *inspection = conclusion->inspection;
    if (!rule_needs_whole(conclusion, finder))
        return;
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_part *part = inspection->parts[i];
        if (part->aib && !part->is_signed)
            sm_find(finder, part->inside, part->entity->head, "the identity body is not signed: it is anybody's claim");
        else if (is_unnamed_body(part))
            sm_find(finder, part->inside, part->entity->head, "the signed message/sipfrag has no Content-Disposition aib, and so is no identity body");
    }
}

/* SMIME-AIB-002 */

static void add_missing(GString *missing, const sm_part *part, const char *name)
{
    if (!has(part, name))
        g_string_append_printf(missing, "%s%s", missing->len ? ", " : "", name);
}

static bool is_strict(sm_finder *finder)
{
    return sm_finder_profile(finder) == SM_PROFILE_STRICT;
}

/* Contact stands in requests that make or refresh a dialog; MESSAGE and others have none (RFC 3428 4). What should be there the strict profile asks for. */
static void check_request_fields(const sm_part *part, const sm_sip_message *sip, sm_finder *finder)
{
    GString *missing = g_string_new(NULL);
    add_missing(missing, part, "From");
    add_missing(missing, part, "Date");
    add_missing(missing, part, "Call-ID");
    if (g_str_equal(sip->method, "INVITE") || sip->contact)
        add_missing(missing, part, "Contact");
    if (is_strict(finder)) {
        add_missing(missing, part, "To");
        add_missing(missing, part, "CSeq");
    }
    if (missing->len)
        sm_find(finder, part->inside, part->tunnel->inner->entity->head, "the identity body has no %s", missing->str);
    g_string_free(missing, TRUE);
}

/* RFC 3893 6 */
static void check_response_fields(const sm_part *part, sm_finder *finder)
{
    GString *missing = g_string_new(NULL);
    sm_bytes where = part->tunnel->inner->entity->head;
    add_missing(missing, part, "From");
    if (is_strict(finder)) {
        add_missing(missing, part, "Date");
        add_missing(missing, part, "Call-ID");
        add_missing(missing, part, "Contact");
        add_missing(missing, part, "CSeq");
    }
    if (missing->len)
        sm_find(finder, part->inside, where, "the response's identity body has no %s", missing->str);
    if (has(part, "To"))
        sm_find(finder, part->inside, where, "the response's identity body has a To, which is the request's");
    g_string_free(missing, TRUE);
}

static void check_fields(const sm_conclusion *conclusion, sm_finder *finder)
{
    const sm_sip_message *sip = conclusion->inspection->sip;
    if (!rule_needs_whole(conclusion, finder))
        return;
    FOR_EACH_BODY(part, conclusion) {
        if (sip->request)
            check_request_fields(part, sip, finder);
        else
            check_response_fields(part, finder);
    }
}

/* SMIME-AIB-003 */

/* One identity body may serve a whole dialog (RFC 3893 10): later requests have their own CSeq, Date and Contact. */
static bool is_in_dialog(const sm_sip_message *sip)
{
    return sip->request && sip->to && sip->to->tag;
}

/* An anonymous request has its sender's own From in the body; a response's body names who responds, From outside who asked. */
static bool may_name_another(const sm_sip_message *sip)
{
    return !sip->request || !sip->from || sip->from->anonymous;
}

static void check_values(const sm_part *part, const sm_sip_message *sip, sm_finder *finder)
{
    static const struct {
        const char *name;
        bool in_dialog; /* compared there too */
    } fields[] = {{"Call-ID", true}, {"From", true}, {"To", false}, {"Contact", false}, {"Date", false}, {"CSeq", false}};
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        const sm_tunnel_header *header = compared(part, fields[i].name);
        bool left_out = (is_in_dialog(sip) && !fields[i].in_dialog) || (g_str_equal(fields[i].name, "From") && may_name_another(sip)) ||
                        (g_str_equal(fields[i].name, "To") && !sip->request); /* SMIME-AIB-002's */
        if (!header || left_out || header->relation != SM_TUNNEL_DIFFERS)
            continue;
        sm_find(finder, part->inside, part->tunnel->inner->entity->head, "%s is \"%s\" in the identity body, \"%s\" outside: it may be another message's",
                header->name, header->inner, header->outer);
        return;
    }
}

static bool covers(const sm_layer *layer, const sm_part *part)
{
    for (const sm_layer *around = part->inside; around; around = around->outer)
        if (around == layer)
            return true;
    return false;
}

typedef enum domain_match { DOMAIN_SAME, DOMAIN_RELATED, DOMAIN_OTHER } domain_match;

static bool is_below(const char *name, const char *domain)
{
    size_t length = strlen(name), suffix = strlen(domain);
    return length > suffix + 1 && name[length - suffix - 1] == '.' && g_ascii_strcasecmp(name + length - suffix, domain) == 0;
}

/* The certificate's name that is nearest to the domain. `named` gets it; NULL when the certificate names no domain at all. */
static domain_match nearest_domain(sm_arena *arena, const sm_certificate *certificate, const char *domain, const char **named)
{
    domain_match best = DOMAIN_OTHER;
    *named = NULL;
    for (unsigned i = 0; i < certificate->san_count; i++) {
        const sm_san *san = &certificate->sans[i];
        if (!san->clean || (san->kind != SM_SAN_URI && san->kind != SM_SAN_DNS))
            continue;
        const sm_uri *uri = san->kind == SM_SAN_URI ? sm_uri_parse(arena, san->octets, NULL) : NULL;
        const char *host = uri ? uri->host : san->kind == SM_SAN_DNS ? san->value : NULL;
        if (!host)
            continue;
        domain_match match = g_ascii_strcasecmp(host, domain) == 0                ? DOMAIN_SAME
                             : is_below(host, domain) || is_below(domain, host) ? DOMAIN_RELATED
                                                                                : DOMAIN_OTHER;
        if (!*named || match < best) {
            best = match;
            *named = host;
        }
    }
    return best;
}

/* RFC 3893 7: the domain of From, be it that its own user signed or the domain's server; one named a little otherwise is told apart. What is wrong with the
 * user the verdict on the identity says. */
static void check_signer_domain(const sm_part *part, const sm_sip_message *sip, const sm_signer *signer, sm_finder *finder)
{
    const sm_address *from = may_name_another(sip) ? part->tunnel->inner->from : sip->from;
    const char *domain = from && from->uri ? from->uri->host : NULL;
    if (!domain || !signer->certificate) {
        sm_find_not_evaluated(finder);
        return;
    }
    sm_arena *arena = sm_arena_new();
    const char *named;
    domain_match match = nearest_domain(arena, signer->certificate, domain, &named);
    sm_bytes where = part->tunnel->inner->entity->head;
    if (!named)
        sm_find(finder, signer->layer, where, "the signer's certificate names no domain, From is of %s", domain);
    else if (match != DOMAIN_SAME)
        sm_find(finder, signer->layer, where, "the signer is of %s, From of %s%s", named, domain, match == DOMAIN_RELATED ? ": a minor variation" : "");
    sm_arena_free(arena);
}

static void check_match(const sm_conclusion *conclusion, sm_finder *finder)
{
    const sm_sip_message *sip = conclusion->inspection->sip;
    if (!rule_needs_whole(conclusion, finder))
        return;
    FOR_EACH_BODY(part, conclusion) {
        check_values(part, sip, finder);
        FOR_EACH_SIGNER(signer, conclusion)
            if (covers(signer->layer, part))
                check_signer_domain(part, sip, signer, finder);
    }
}

static const sm_rule rules[] = {
    {"SMIME-AIB-001", "Identity body is named and signed", "MUST", "RFC 3893 2",
     "Only the disposition aib makes a message/sipfrag a statement of who sent the message, and only a signature makes it more than a second From. A body "
     "without either is to be treated as one whose signature does not hold.",
     SEVERITY_ALL(SM_SEVERITY_WARNING), for_any_body, check_form},
    {"SMIME-AIB-002", "Identity body has what ties it", "MUST", "RFC 3893 2, 5, 6",
     "Without From the body asserts nobody. Date, Call-ID and Contact let the recipient see that it was made for this message and not cut out of another; To and "
     "CSeq do more of the same, which the strict profile asks for.",
     SEVERITY_ALL(SM_SEVERITY_WARNING), for_body, check_fields},
    {"SMIME-AIB-003", "Identity body is this message's", "MUST", "RFC 3893 7, 10",
     "A signed identity body can be cut out of one message and put into another by anybody who sees it. Header fields in it that are not the message's own, or a "
     "signer outside of the sender's domain, are to be told to the user.",
     SEVERITY_ALL(SM_SEVERITY_ERROR), for_body, check_match},
};

const rule_shelf identity_body_rules = RULE_SHELF(rules);
