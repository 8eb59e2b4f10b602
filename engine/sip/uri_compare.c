/* SIP and related URIs: equality and identity (RFC 3261 19.1.4, RFC 5954 4.2, RFC 3966 4).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sip/uri.h"

#include <glib.h>

static bool decide(bool result, const char **rule, const char *text)
{
    if (rule)
        *rule = text;
    return result;
}

static bool no(const char **rule, const char *text)
{
    return decide(false, rule, text);
}

/* Both absent, or both there and the same octets. */
static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_text_without_case(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : g_ascii_strcasecmp(a, b) == 0;
}

static bool is_sip(const sm_uri *uri)
{
    return uri->scheme == SM_URI_SIP || uri->scheme == SM_URI_SIPS;
}

static const sm_uri_parameter *find_parameter(const sm_uri *uri, const char *name)
{
    for (unsigned i = 0; i < uri->parameter_count; i++)
        if (strcmp(uri->parameters[i].name, name) == 0)
            return &uri->parameters[i];
    return NULL;
}

/* Method names have a case (RFC 3261 25.1), other parameter values have none (19.1.4). */
static bool same_parameter(const sm_uri_parameter *a, const sm_uri_parameter *b)
{
    return strcmp(a->name, "method") == 0 ? same_text(a->value, b->value)
                                          : same_text_without_case(a->value, b->value);
}

/* The parameters that must not stand in one URI only, be it with their default value. */
static const struct {
    const char *name, *rule;
} never_alone[] = {
    {"user", "parameter user stands in one only (RFC 3261 19.1.4)"},
    {"ttl", "parameter ttl stands in one only (RFC 3261 19.1.4)"},
    {"method", "parameter method stands in one only (RFC 3261 19.1.4)"},
    {"maddr", "parameter maddr stands in one only (RFC 3261 19.1.4)"},
    {"transport", "parameter transport stands in one only (RFC 3261 19.1.4)"},
};

static bool equal_parameters(const sm_uri *a, const sm_uri *b, const char **rule)
{
    for (size_t i = 0; i < G_N_ELEMENTS(never_alone); i++)
        if (!find_parameter(a, never_alone[i].name) != !find_parameter(b, never_alone[i].name))
            return no(rule, never_alone[i].rule);
    for (unsigned i = 0; i < a->parameter_count; i++) {
        const sm_uri_parameter *other = find_parameter(b, a->parameters[i].name);
        if (other && !same_parameter(&a->parameters[i], other))
            return no(rule, "a parameter that both have differs (RFC 3261 19.1.4)");
    }
    return true;
}

/* A header component's value follows its header field (RFC 3261 19.1.4): quoted strings, URIs, Call-IDs and
 * bodies have a case, other values have none (7.3.1). */
static bool same_component(const sm_uri_parameter *a, const sm_uri_parameter *b)
{
    if (strcmp(a->name, b->name) != 0)
        return false;
    bool cased =
        strcmp(a->name, "body") == 0 || strcmp(a->name, "call-id") == 0 || strcmp(a->name, "i") == 0 ||
        (a->value && (strpbrk(a->value, "\":@") || strstr(a->value, "%3A") || strstr(a->value, "%40")));
    return cased ? same_text(a->value, b->value) : same_text_without_case(a->value, b->value);
}

static unsigned count_component(const sm_uri *uri, const sm_uri_parameter *component)
{
    unsigned count = 0;
    for (unsigned i = 0; i < uri->header_count; i++)
        count += same_component(component, &uri->headers[i]);
    return count;
}

/* In any order, each as often as in the other. */
static bool equal_headers(const sm_uri *a, const sm_uri *b)
{
    if (a->header_count != b->header_count)
        return false;
    for (unsigned i = 0; i < a->header_count; i++)
        if (count_component(a, &a->headers[i]) != count_component(b, &a->headers[i]))
            return false;
    return true;
}

static bool equal_sip(const sm_uri *a, const sm_uri *b, const char **rule)
{
    if (!same_text(a->user, b->user))
        return no(rule, "user differs");
    if (!same_text(a->password, b->password))
        return no(rule, "password differs");
    if (strcmp(a->host, b->host) != 0)
        return no(rule, "host differs");
    if (a->port != b->port)
        return no(rule, a->port && b->port ? "port differs" : "a port stands in one only (RFC 3261 19.1.4)");
    if (!equal_parameters(a, b, rule))
        return false;
    if (!equal_headers(a, b))
        return no(rule, "header components differ (RFC 3261 19.1.4)");
    return decide(true, rule, "equal");
}

/* RFC 3966 4. */
static bool equal_tel(const sm_uri *a, const sm_uri *b, const char **rule)
{
    if (strcmp(a->number, b->number) != 0)
        return no(rule, "number differs");
    if (!same_text(a->phone_context, b->phone_context))
        return no(rule, "phone-context differs (RFC 3966 4)");
    if (a->parameter_count != b->parameter_count)
        return no(rule, "a parameter stands in one tel: URI only (RFC 3966 4)");
    for (unsigned i = 0; i < a->parameter_count; i++) {
        const char *name = a->parameters[i].name;
        const sm_uri_parameter *other = find_parameter(b, name);
        if (other == NULL)
            return no(rule, "a parameter stands in one tel: URI only (RFC 3966 4)");
        if (strcmp(name, "phone-context") != 0 &&
            !same_text_without_case(a->parameters[i].value, other->value))
            return no(rule, "a parameter of the tel: URI differs (RFC 3966 4)");
    }
    return decide(true, rule, "equal");
}

static bool equal_mailbox(const sm_uri *a, const sm_uri *b, const char **rule)
{
    if (strcmp(a->user, b->user) != 0)
        return no(rule, "user differs");
    if (strcmp(a->host, b->host) != 0)
        return no(rule, "host differs");
    if (!equal_headers(a, b))
        return no(rule, "header components differ");
    return decide(true, rule, "equal");
}

/* Neither's rules are known here: the same text, a scheme has no case (RFC 3986 3.1). */
static bool equal_other(const sm_uri *a, const sm_uri *b, const char **rule)
{
    size_t scheme = strcspn(a->text, ":");
    if (scheme != strcspn(b->text, ":") || g_ascii_strncasecmp(a->text, b->text, scheme) != 0)
        return no(rule, "scheme differs");
    if (strcmp(a->text + scheme, b->text + scheme) != 0)
        return no(rule, "the URIs' text differs");
    return decide(true, rule, "equal");
}

bool sm_uri_equal(const sm_uri *a, const sm_uri *b, const char **rule)
{
    if (a->scheme != b->scheme)
        return no(rule, is_sip(a) && is_sip(b)
                            ? "scheme differs: sip and sips are never equivalent (RFC 3261 19.1.4)"
                            : "scheme differs");
    switch (a->scheme) {
    case SM_URI_SIP:
    case SM_URI_SIPS:
        return equal_sip(a, b, rule);
    case SM_URI_TEL:
        return equal_tel(a, b, rule);
    case SM_URI_IM:
    case SM_URI_PRES:
    case SM_URI_MAILTO:
        return equal_mailbox(a, b, rule);
    case SM_URI_OTHER:
        break;
    }
    return equal_other(a, b, rule);
}

/* What the certificate's URI has beside user and host must stand in the received one too. */
static bool has_what_is_certified(const sm_uri *certified, const sm_uri *received, const char **rule)
{
    if (certified->port && certified->port != received->port)
        return no(rule, "the certificate's URI has a port that the received one does not have");
    for (unsigned i = 0; i < certified->parameter_count; i++) {
        const sm_uri_parameter *other = find_parameter(received, certified->parameters[i].name);
        if (other == NULL || !same_parameter(&certified->parameters[i], other))
            return no(rule, "the certificate's URI has a parameter that the received one does not have");
    }
    for (unsigned i = 0; i < certified->header_count; i++)
        if (count_component(received, &certified->headers[i]) <
            count_component(certified, &certified->headers[i]))
            return no(rule,
                      "the certificate's URI has a header component that the received one does not have");
    return true;
}

/* A local number names somebody only together with its context (RFC 3966 5.1.5). */
static bool names_somebody(const sm_uri *uri)
{
    return uri->number && (uri->number[0] == '+' || uri->phone_context);
}

/* user=phone on both sides: how the number is written does not matter. */
static bool same_subscriber(const sm_uri *a, const sm_uri *b)
{
    return a->number && b->number && strcmp(a->number, b->number) == 0 &&
           same_text(a->phone_context, b->phone_context);
}

/* The address-of-record itself: user, password, host. Of im: and pres: URIs too, whose password is absent. */
static bool same_address(const sm_uri *a, const sm_uri *b, const char **rule)
{
    if (!same_text(a->user, b->user) && !same_subscriber(a, b))
        return no(rule, a->user && b->user && g_ascii_strcasecmp(a->user, b->user) == 0
                            ? "user differs in case (RFC 3261 19.1.4)"
                            : "user differs");
    if (!same_text(a->password, b->password))
        return no(rule, "password differs");
    if (strcmp(a->host, b->host) != 0)
        return no(rule, "host differs");
    return true;
}

static bool same_sip_identity(const sm_uri *certified, const sm_uri *received, const char **rule)
{
    if (certified->scheme != received->scheme)
        return no(rule, "scheme differs: sip and sips are never equivalent (RFC 3261 19.1.4)");
    if (certified->user == NULL && received->user != NULL)
        return no(rule, "the certificate names the domain, not the user (RFC 5922 7.1)");
    if (!same_address(certified, received, rule) || !has_what_is_certified(certified, received, rule))
        return false;
    if (certified->user == NULL)
        return decide(true, rule, "the same domain; neither names a user");
    if (strcmp(certified->user, received->user) != 0)
        return decide(true, rule, "the same number and host, both user=phone (RFC 3966 4)");
    bool more = (received->port && !certified->port) || received->parameter_count > certified->parameter_count ||
                received->header_count > certified->header_count;
    return decide(true, rule,
                  more ? "the same user and host; the port, parameters and headers beside them are no part of an address-of-record "
                         "(RFC 3261 19.1.1 table 1, 10.3)"
                       : "the same user and host (RFC 3261 19.1.4, 10.3)");
}

/* The certificate names a number, the message a SIP user who says that it is that number. */
static bool same_number(const sm_uri *tel, const sm_uri *sip, const char **rule)
{
    if (sip->number == NULL)
        return no(
            rule,
            "the certificate names a number, the received URI does not say user=phone (RFC 3261 19.1.6)");
    if (tel->number[0] != '+' || sip->number[0] != '+')
        return no(rule, "a local number is compared with none of another scheme (RFC 3966 5.1.5)");
    if (tel->parameter_count > 0 || sip->phone_context)
        return no(rule, "the number has parameters, which are not compared across schemes");
    if (strcmp(tel->number, sip->number) != 0)
        return no(rule, "number differs");
    return decide(true, rule, "the same global number, the received URI says user=phone (RFC 3261 19.1.6)");
}

static bool same_tel_identity(const sm_uri *certified, const sm_uri *received, const char **rule)
{
    if (!names_somebody(certified) || !names_somebody(received))
        return no(rule, "a local number without phone-context names nobody (RFC 3966 5.1.5)");
    const char *why = NULL;
    if (!equal_tel(certified, received, &why))
        return no(rule, why);
    return decide(true, rule, "the same number (RFC 3966 4)");
}

static bool is_instant(const sm_uri *uri)
{
    return uri->scheme == SM_URI_IM || uri->scheme == SM_URI_PRES;
}

/* One of them is im: or pres:, the other one too or sip: or sips:. */
static bool same_instant_identity(const sm_uri *certified, const sm_uri *received, const char **rule)
{
    if (certified->user == NULL)
        return no(rule, "the certificate names the domain, not the user (RFC 5922 7.1)");
    if (!same_address(certified, received, rule) || !has_what_is_certified(certified, received, rule))
        return false;
    return decide(true, rule,
                  certified->scheme == received->scheme
                      ? "the same user and host (RFC 3860)"
                      : "the same user and host under another scheme (RFC 3860, RFC 3861)");
}

bool sm_uri_same_identity(const sm_uri *certified, const sm_uri *received, const char **rule)
{
    if (is_sip(certified) && is_sip(received))
        return same_sip_identity(certified, received, rule);
    if (certified->scheme == SM_URI_TEL && received->scheme == SM_URI_TEL)
        return same_tel_identity(certified, received, rule);
    if (certified->scheme == SM_URI_TEL && is_sip(received))
        return same_number(certified, received, rule);
    if (is_sip(certified) && received->scheme == SM_URI_TEL)
        return no(
            rule,
            "the certificate names a user at a host, which does not vouch for a number as such (RFC 3966 5.1.4)");
    if ((is_instant(certified) && (is_instant(received) || is_sip(received))) ||
        (is_sip(certified) && is_instant(received)))
        return same_instant_identity(certified, received, rule);
    if (certified->scheme == SM_URI_MAILTO || certified->scheme == SM_URI_OTHER)
        return no(rule, "the certificate's URI is no SIP identity (RFC 8591 4.4.1)");
    return no(rule, "scheme differs");
}

bool sm_uri_near_identity(const sm_uri *certified, const sm_uri *received)
{
    if (is_sip(certified) && is_sip(received))
        return certified->scheme != received->scheme && certified->user &&
               same_address(certified, received, NULL);
    return is_sip(certified) && received->scheme == SM_URI_TEL && same_subscriber(certified, received);
}
