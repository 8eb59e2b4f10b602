/* Identity: the names of a certificate against the identities a message claims (RFC 3261 23.2, RFC 8591
 * 4.4.1, 8.4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sip/identity.h"

#include "base/bounds.h"
#include "sip/uri.h"

/* A name of the certificate that takes part in comparisons. */
typedef struct certified_name {
    const char *shown;
    const char *kind; /* "URI", "rfc822Name", "CN" */
    const sm_uri
        *uri; /* of a URI: NULL when unreadable; of the others: the address read as mailto:, or NULL */
    const char *fault; /* why it cannot be compared, or NULL */
    bool identity;     /* a readable SAN URI of a scheme that names SIP users */
} certified_name;

typedef struct matching {
    sm_arena *arena;
    GArray *names;    /* certified_name */
    GArray *compared; /* sm_comparison */
    bool limit;
} matching;

static bool names_user(const sm_uri *uri)
{
    return uri && uri->scheme != SM_URI_OTHER && uri->scheme != SM_URI_MAILTO;
}

static const char *shown(sm_arena *arena, sm_bytes text)
{
    return sm_arena_printable(arena, text, SM_LIMIT_SHOWN_OCTETS);
}

static certified_name uri_name(sm_arena *arena, const sm_san *san)
{
    certified_name name = {.shown = san->value, .kind = "URI"};
    if (!san->clean) {
        name.fault = "the certificate's URI holds octets that no URI has and is not compared";
        return name;
    }
    name.uri = sm_uri_parse(arena, san->octets, &name.fault);
    name.identity = names_user(name.uri);
    return name;
}

/* An address without scheme, or CN with one, read so that it can be told from other people's. */
static certified_name mail_name(sm_arena *arena, const char *kind, const char *text, sm_bytes address)
{
    certified_name name = {.shown = text, .kind = kind};
    if (address.length >= 4 && g_ascii_strncasecmp((const char *)address.data, "sip:", 4) == 0)
        address = sm_bytes_from(address, 4);
    else if (address.length >= 5 && g_ascii_strncasecmp((const char *)address.data, "sips:", 5) == 0)
        address = sm_bytes_from(address, 5);
    sm_bytes mailto = SM_BYTES_LITERAL("mailto:");
    uint8_t *joined = sm_arena_alloc(arena, mailto.length + address.length);
    memcpy(joined, mailto.data, mailto.length);
    if (address.length > 0)
        memcpy(joined + mailto.length, address.data, address.length);
    name.uri = sm_uri_parse(arena, sm_bytes_of(joined, mailto.length + address.length), NULL);
    return name;
}

static void collect_names(matching *m, const sm_certificate *certificate)
{
    for (unsigned i = 0; i < certificate->san_count && m->names->len < SM_LIMIT_IDENTITY_COMPARISONS; i++) {
        const sm_san *san = &certificate->sans[i];
        certified_name name;
        if (san->kind == SM_SAN_URI)
            name = uri_name(m->arena, san);
        else if (san->kind == SM_SAN_EMAIL)
            name = mail_name(m->arena, "rfc822Name", san->value, san->clean ? san->octets : SM_BYTES_NONE);
        else
            continue;
        g_array_append_val(m->names, name);
    }
    m->limit = m->names->len == SM_LIMIT_IDENTITY_COMPARISONS;
    const char *cn = certificate->common_name;
    if (cn && strchr(cn, '@')) {
        certified_name name = mail_name(m->arena, "CN", cn, sm_bytes_of(cn, strlen(cn)));
        g_array_append_val(m->names, name);
    }
}

static bool same_mailbox(const sm_uri *a, const sm_uri *b)
{
    return a && b && a->user && b->user && a->host && b->host && strcmp(a->user, b->user) == 0 &&
           strcmp(a->host, b->host) == 0;
}

static sm_comparison compare(const certified_name *name, const char *header, const char *value,
                             const sm_uri *claimed, const char *claim_fault)
{
    sm_comparison result = {.header = header, .value = value, .san = name->shown, .san_kind = name->kind};
    if (claimed == NULL) {
        result.rule = claim_fault;
    } else if (strcmp(name->kind, "URI") != 0) {
        result.near_miss = same_mailbox(name->uri, claimed);
        result.rule = strcmp(name->kind, "CN") == 0
                          ? "a CN is no SIP identity (RFC 3261 23.2, RFC 8591 4.4.1)"
                          : "an rfc822Name is no SIP identity (RFC 8591 4.4.1)";
    } else if (name->uri == NULL) {
        result.rule = name->fault;
    } else {
        result.match = sm_uri_same_identity(name->uri, claimed, &result.rule);
        result.near_miss = !result.match && sm_uri_near_identity(name->uri, claimed);
    }
    return result;
}

/* Compares one claim with every name; the index of the first match, or -1. */
static int compare_claim(matching *m, const sm_claim *claim, bool *readable)
{
    const char *fault = NULL;
    const sm_uri *claimed = sm_uri_parse(m->arena, claim->value, &fault);
    if (claimed == NULL)
        fault = sm_arena_printf(m->arena, "the URI in %s cannot be read: %s", claim->header, fault);
    *readable = claimed != NULL;
    const char *value = shown(m->arena, claim->value);
    int found = -1;
    for (unsigned i = 0; i < m->names->len; i++) {
        if (m->compared->len == SM_LIMIT_IDENTITY_COMPARISONS) {
            m->limit = true;
            break;
        }
        sm_comparison one =
            compare(&g_array_index(m->names, certified_name, i), claim->header, value, claimed, fault);
        g_array_append_val(m->compared, one);
        if (one.match && found < 0)
            found = (int)m->compared->len - 1;
    }
    return found;
}

/* The comparison that says most about why the claim does not match: a near miss, then one with a SIP
 * identity. */
static const sm_comparison *telling(const sm_comparison *compared, unsigned count)
{
    const sm_comparison *best = NULL;
    for (unsigned i = 0; i < count; i++)
        if (best == NULL || (compared[i].near_miss && !best->near_miss))
            best = &compared[i];
    return best;
}

static const certified_name *first_identity(const matching *m, unsigned *others)
{
    const certified_name *first = NULL;
    *others = 0;
    for (unsigned i = 0; i < m->names->len; i++) {
        const certified_name *name = &g_array_index(m->names, certified_name, i);
        if (!name->identity)
            continue;
        if (first)
            ++*others;
        else
            first = name;
    }
    return first;
}

/* "certificate names sip:bob@example.org, From says sip:alice@example.com", and the rule when it is not plain
 * from that. */
static sm_verdict different(const matching *m, const sm_comparison *why, const certified_name *first,
                            unsigned others, const sm_claim *claim)
{
    bool near = why && why->near_miss;
    const char *name = near ? why->san : first->shown;
    const char *more = near || others == 0 ? "" : sm_arena_printf(m->arena, " and %u more", others);
    const char *rule =
        near || (why && !others && why->san == first->shown && strcmp(why->rule, "user differs") != 0 &&
                 strcmp(why->rule, "host differs") != 0)
            ? sm_arena_printf(m->arena, ": %s", why->rule)
            : "";
    sm_bytes text = sm_bytes_of(name, strlen(name));
    return sm_fail(SM_REASON_DIFFERENT_IDENTITY,
                   sm_arena_printf(m->arena, "certificate names %s%s, %s says %s%s", shown(m->arena, text),
                                   more, claim->header, shown(m->arena, claim->value), rule));
}

static sm_verdict no_sip_identity(const matching *m, const sm_comparison *why, const sm_claim *claim)
{
    const char *says = sm_arena_printf(m->arena, "%s says %s", claim->header, shown(m->arena, claim->value));
    if (why == NULL)
        return sm_fail(
            SM_REASON_NO_SIP_IDENTITY,
            sm_arena_printf(m->arena, "certificate has no SIP URI in its subjectAltName, %s", says));
    sm_bytes text = sm_bytes_of(why->san, strlen(why->san));
    return sm_fail(SM_REASON_NO_SIP_IDENTITY,
                   sm_arena_printf(m->arena,
                                   "certificate has no SIP URI in its subjectAltName, but %s %s, %s%s%s",
                                   why->san_kind, shown(m->arena, text), says, why->near_miss ? ": " : "",
                                   why->near_miss ? why->rule : ""));
}

/* The verdict when no decisive claim matched; `decisive` is the first of them that can be read, or the first
 * at all. */
static sm_verdict judge(const matching *m, const sm_claim *decisive, bool readable, unsigned first,
                        unsigned count)
{
    if (decisive == NULL)
        return sm_not_evaluated(SM_REASON_NO_IDENTITY,
                                "the message names no sender to compare the certificate with");
    unsigned others;
    const certified_name *identity = first_identity(m, &others);
    const sm_comparison *why = telling((const sm_comparison *)(void *)m->compared->data + first, count);
    if (m->limit)
        return sm_not_evaluated(SM_REASON_LIMIT, "more names and claims than SM_LIMIT_IDENTITY_COMPARISONS");
    if (identity == NULL)
        return no_sip_identity(m, why, decisive);
    if (!readable)
        return sm_not_evaluated(SM_REASON_NO_IDENTITY,
                                sm_arena_printf(m->arena, "%s says %s, which is no readable URI",
                                                decisive->header, shown(m->arena, decisive->value)));
    return different(m, why, identity, others, decisive);
}

const sm_identity *sm_identity_match(sm_arena *arena, const sm_certificate *certificate,
                                     const sm_claim *claims, unsigned claim_count)
{
    sm_identity *identity = sm_arena_new0(arena, sm_identity);
    if (certificate == NULL) {
        identity->verdict =
            sm_not_evaluated(SM_REASON_NO_CERTIFICATE, "there is no certificate to compare with");
        return identity;
    }
    matching m = {.arena = arena,
                  .names = g_array_new(FALSE, FALSE, sizeof(certified_name)),
                  .compared = g_array_new(FALSE, FALSE, sizeof(sm_comparison))};
    collect_names(&m, certificate);

    const sm_claim *decisive = NULL;
    bool decisive_readable = false;
    unsigned first = 0, count = 0;
    int match = -1;
    for (unsigned i = 0; i < claim_count; i++) {
        bool readable;
        unsigned start = m.compared->len;
        int found = compare_claim(&m, &claims[i], &readable);
        if (!claims[i].decisive)
            continue;
        if (match < 0)
            match = found;
        if (decisive == NULL || (readable && !decisive_readable)) {
            decisive = &claims[i];
            decisive_readable = readable;
            first = start;
            count = m.compared->len - start;
        }
    }

    sm_comparison *compared = sm_arena_array(arena, sm_comparison, m.compared->len);
    if (m.compared->len > 0)
        memcpy(compared, m.compared->data, m.compared->len * sizeof(*compared));
    identity->compared = compared;
    identity->compared_count = m.compared->len;
    if (match >= 0) {
        identity->matched = compared[match].san;
        identity->matched_header = compared[match].header;
        identity->verdict =
            sm_pass(sm_arena_printf(arena, "certificate names %s, as %s says: %s", compared[match].san,
                                    compared[match].header, compared[match].rule));
    } else {
        identity->verdict = judge(&m, decisive, decisive_readable, first, count);
    }
    g_array_free(m.names, TRUE);
    g_array_free(m.compared, TRUE);
    return identity;
}

const char *sm_identity_name(const sm_certificate *certificate)
{
    const char *found = NULL;
    sm_arena *arena = sm_arena_new();
    for (unsigned i = 0; certificate && i < certificate->san_count && !found; i++) {
        const sm_san *san = &certificate->sans[i];
        if (san->kind == SM_SAN_URI && san->clean && names_user(sm_uri_parse(arena, san->octets, NULL)))
            found = san->value;
    }
    sm_arena_free(arena);
    return found;
}
