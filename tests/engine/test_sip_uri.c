/* URIs: reading, RFC 3261 19.1.4 equality, identity. The vectors are the RFCs' own where a section is named. */
#include "sip/uri.h"

#include <glib.h>

static sm_arena *arena;

static sm_bytes text_of(const char *text)
{
    return sm_bytes_of(text, strlen(text));
}

static const sm_uri *read(const char *text)
{
    const char *fault = NULL;
    const sm_uri *uri = sm_uri_parse(arena, text_of(text), &fault);
    if (uri == NULL)
        g_error("%s: %s", text, fault);
    g_assert_null(fault);
    return uri;
}

static void assert_equal(const char *a, const char *b)
{
    const char *rule = NULL;
    if (!sm_uri_equal(read(a), read(b), &rule) || !sm_uri_equal(read(b), read(a), NULL))
        g_error("%s and %s: %s", a, b, rule);
    g_assert_cmpstr(rule, ==, "equal");
}

static void assert_differ(const char *a, const char *b, const char *word)
{
    const char *rule = NULL;
    if (sm_uri_equal(read(a), read(b), &rule) || sm_uri_equal(read(b), read(a), NULL))
        g_error("%s and %s are equal", a, b);
    if (!strstr(rule, word))
        g_error("%s and %s: %s", a, b, rule);
}

static void assert_unreadable(const char *text, const char *word)
{
    const char *fault = NULL;
    if (sm_uri_parse(arena, text_of(text), &fault))
        g_error("%s was read", text);
    if (!strstr(fault, word))
        g_error("%s: %s", text, fault);
}

/* RFC 3261 19.1.3: every example can be read, with these parts. */
static void examples(void)
{
    const sm_uri *uri = read("sip:alice@atlanta.com");
    g_assert_cmpint(uri->scheme, ==, SM_URI_SIP);
    g_assert_cmpstr(uri->user, ==, "alice");
    g_assert_cmpstr(uri->host, ==, "atlanta.com");
    g_assert_cmpuint(uri->port, ==, 0);
    g_assert_null(uri->password);

    uri = read("sip:alice:secretword@atlanta.com;transport=tcp");
    g_assert_cmpstr(uri->password, ==, "secretword");
    g_assert_cmpuint(uri->parameter_count, ==, 1);
    g_assert_cmpstr(uri->parameters[0].name, ==, "transport");
    g_assert_cmpstr(uri->parameters[0].value, ==, "tcp");

    uri = read("sips:alice@atlanta.com?subject=project%20x&priority=urgent");
    g_assert_cmpint(uri->scheme, ==, SM_URI_SIPS);
    g_assert_cmpuint(uri->header_count, ==, 2);
    g_assert_cmpstr(uri->headers[0].value, ==, "project x");
    g_assert_cmpstr(uri->headers[1].name, ==, "priority");

    uri = read("sip:+1-212-555-1212:1234@gateway.com;user=phone");
    g_assert_cmpstr(uri->user, ==, "+1-212-555-1212");
    g_assert_cmpstr(uri->password, ==, "1234");
    g_assert_cmpstr(uri->number, ==, "+12125551212");

    uri = read("sips:1212@gateway.com");
    g_assert_cmpstr(uri->user, ==, "1212");
    g_assert_null(uri->number); /* nothing says that this is a telephone number */
    g_assert_cmpstr(read("sip:alice@192.0.2.4")->host, ==, "192.0.2.4");

    uri = read("sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com");
    g_assert_null(uri->user);
    g_assert_cmpstr(uri->host, ==, "atlanta.com");
    g_assert_cmpstr(uri->headers[0].value, ==, "alice%40atlanta.com");

    uri = read("sip:alice;day=tuesday@atlanta.com");
    g_assert_cmpstr(uri->user, ==, "alice;day=tuesday");
    g_assert_cmpuint(uri->parameter_count, ==, 0);
}

static void parts(void)
{
    const sm_uri *uri = read("SIP:a?b;c/d=e&f@Example.COM.:05061;LR;x=;;y=1");
    g_assert_cmpstr(uri->user, ==, "a?b;c/d=e&f");
    g_assert_cmpstr(uri->host, ==, "example.com");
    g_assert_cmpuint(uri->port, ==, 5061);
    g_assert_cmpuint(uri->parameter_count, ==, 3);
    g_assert_cmpstr(uri->parameters[0].name, ==, "lr");
    g_assert_null(uri->parameters[0].value);
    g_assert_cmpstr(uri->parameters[1].value, ==, "");
    g_assert_cmpstr(uri->text, ==, "SIP:a?b;c/d=e&f@Example.COM.:05061;LR;x=;;y=1");

    uri = read("sip:[2001:DB8:0:0::1]:5060;lr");
    g_assert_cmpstr(uri->host, ==, "[2001:db8::1]");
    g_assert_cmpuint(uri->port, ==, 5060);

    /* RFC 3261 19.1.2, and RFC 4475 3.1.1.3, 3.1.1.5: what is escaped stays apart from what is not. */
    g_assert_cmpstr(read("sip:j%40s0n@example.com")->user, ==, "j%40s0n");
    g_assert_cmpstr(read("sip:sips%3Auser%40example.com@example.net")->user, ==, "sips%3Auser%40example.com");
    g_assert_cmpstr(read("sip:null-%00-null@example.com")->user, ==, "null-%00-null");
    g_assert_cmpstr(read("sip:%2541@example.com")->user, ==, "%2541");

    uri = read("tel:7042;phone-context=Example.COM");
    g_assert_cmpstr(uri->number, ==, "7042");
    g_assert_cmpstr(uri->phone_context, ==, "example.com");
    g_assert_null(uri->host);
    uri = read("tel:863-1234;phone-context=+1-914-555");
    g_assert_cmpstr(uri->number, ==, "8631234");
    g_assert_cmpstr(uri->phone_context, ==, "+1914555");
    uri = read("sip:7042;phone-context=example.com@gateway.com;user=phone");
    g_assert_cmpstr(uri->number, ==, "7042");
    g_assert_cmpstr(uri->phone_context, ==, "example.com");
    g_assert_null(read("sip:+12015550123;ext=5@gateway.com;user=phone")->number);
    g_assert_null(read("sip:alice@gateway.com;user=phone")->number);

    uri = read("im:fred%20b@Example.com?subject=x");
    g_assert_cmpint(uri->scheme, ==, SM_URI_IM);
    g_assert_cmpstr(uri->user, ==, "fred b");
    g_assert_cmpstr(uri->host, ==, "example.com");
    g_assert_cmpint(read("urn:service:sos")->scheme, ==, SM_URI_OTHER);
    g_assert_cmpint(read("msrp://alice.example.com:7394/2s93i9ek2a;tcp")->scheme, ==, SM_URI_OTHER);
}

static void unreadable(void)
{
    assert_unreadable("", "no scheme");
    assert_unreadable("alice@example.com", "no scheme");
    assert_unreadable("sip:", "nothing");
    assert_unreadable("sip:@example.com", "without a user");
    assert_unreadable("sip::pw@example.com", "without a user");
    assert_unreadable("sip:alice@", "no host");
    assert_unreadable("sip:alice@evil.example@example.com", "\"@\"");
    assert_unreadable("sip:alice@example.com;x=a@b", "\"@\"");
    assert_unreadable("sip:alice:a:b@example.com", "\":\"");
    assert_unreadable("sip:al%6@example.com", "%");
    assert_unreadable("sip:al%zzice@example.com", "%");
    assert_unreadable("sip:alice@ex%61mple.com", "host"); /* RFC 3261 19.1.2: no escaping in the host */
    assert_unreadable("sip:alice@*.example.com", "host");
    assert_unreadable("sip:alice@example..com", "label");
    assert_unreadable("sip:alice@.example.com", "label");
    assert_unreadable("sip:bob@444.555.666.777", "IPv4"); /* RFC 5954 4.1 */
    assert_unreadable("sip:bob@192.00.02.128", "IPv4");
    assert_unreadable("sip:bob@[2001:db8:::192.0.2.1]", "IPv6"); /* RFC 5954 3.1 */
    assert_unreadable("sip:bob@[::1", "bracket");
    assert_unreadable("sip:bob@[::1]x", "follows");
    assert_unreadable("sip:bob@[]", "IPv6");
    assert_unreadable("sip:bob@example.com:", "port");
    assert_unreadable("sip:bob@example.com:0", "port");
    assert_unreadable("sip:bob@example.com:65536", "port");
    assert_unreadable("sip:bob@example.com:5060x", "port");
    assert_unreadable("sip:bob@example.com;ttl=1;TTL=2", "twice");
    assert_unreadable("sip:bob@example.com;=1", "name");
    assert_unreadable("sip:bo b@example.com", "character");
    assert_unreadable("sip:b\xc3\xb6"
                      "b@example.com",
                      "character");
    assert_unreadable("sip:NUMBER@<null>", "character");
    assert_unreadable("sip:b\\x00b@example.com", "character");
    assert_unreadable("tel:alice", "number");
    assert_unreadable("tel:+", "number");
    assert_unreadable("tel:+-(-)", "number");
    assert_unreadable("im:example.com", "mailbox");

    const char *fault = NULL;
    g_assert_null(sm_uri_parse(arena, SM_BYTES_LITERAL("sip:alice\0@example.com"), &fault));
    g_assert_nonnull(strstr(fault, "character"));
    g_assert_null(sm_uri_parse(arena, SM_BYTES_NONE, NULL));
}

/* RFC 3261 19.1.4, every example, and those that RFC 5954 4.2 adds. */
static void equal_by_rfc3261(void)
{
    assert_equal("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp");
    assert_equal("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5");
    assert_equal("sip:carol@chicago.com", "sip:carol@chicago.com;security=on");
    assert_equal("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on");
    assert_equal("sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                 "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com");
    assert_equal("sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                 "sip:alice@atlanta.com?priority=urgent&subject=project%20x");
    assert_equal("sip:bob@[::ffff:192.0.2.128]", "sip:bob@[::ffff:c000:280]");
    assert_equal("sip:bob@[2001:db8::9:1]", "sip:bob@[2001:db8::9:01]");
    assert_equal("sip:bob@[0:0:0:0:0:FFFF:129.144.52.38]", "sip:bob@[::FFFF:129.144.52.38]");
    assert_equal("sip:carol@chicago.com", "sip:carol@chicago.com;security=off");
}

static void different_by_rfc3261(void)
{
    assert_differ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", "user");
    assert_differ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", "port");
    assert_differ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", "transport");
    assert_differ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", "port");
    assert_differ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", "header");
    assert_differ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", "host");
    assert_differ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", "parameter");
    /* 19.1.6: equal tel: URIs that make different SIP URIs */
    assert_differ("sip:+358-555-1234567;postd=pp22@foo.com;user=phone",
                  "sip:+358-555-1234567;POSTD=PP22@foo.com;user=phone", "user");
    assert_differ("sip:+358-555-1234567;postd=pp22;isub=1411@foo.com;user=phone",
                  "sip:+358-555-1234567;isub=1411;postd=pp22@foo.com;user=phone", "user");
}

static void equal_by_rule(void)
{
    assert_differ("sip:alice@example.com", "sips:alice@example.com", "scheme");
    assert_differ("sip:alice@example.com", "sip:example.com", "user");
    assert_differ("sip:alice@example.com", "sip:alice:@example.com", "password");
    assert_differ("sip:alice:a@example.com", "sip:alice:A@example.com", "password");
    assert_differ("sip:a@example.com", "sip:a@example.com;user=ip", "user");
    assert_differ("sip:a@example.com", "sip:a@example.com;ttl=1", "ttl");
    assert_differ("sip:a@example.com", "sip:a@example.com;method=INVITE", "method");
    assert_differ("sip:a@example.com;method=INVITE", "sip:a@example.com;method=invite", "parameter");
    assert_differ("sip:a@example.com", "sip:a@example.com;maddr=example.com", "maddr");
    assert_differ("sip:a@example.com;lr", "sip:a@example.com;lr=on", "parameter");
    assert_differ("sip:a@[::ffff:192.0.2.1]", "sip:a@192.0.2.1", "host");
    assert_differ("sip:a@example.com?a=1&a=1&b=2", "sip:a@example.com?a=1&b=2&b=2", "header");
    assert_differ("sip:a@example.com?to=sip:Bob%40example.com", "sip:a@example.com?to=sip:bob%40example.com",
                  "header");
    assert_equal("sip:a@example.com?Priority=Urgent", "sip:a@example.com?priority=urgent");
    assert_equal("sip:a@example.com", "sip:a@example.com.;lr");
    /* reserved characters differ from their escapes, all others do not; the escape's digits have no case */
    assert_differ("sip:a;b@example.com", "sip:a%3bb@example.com", "user");
    assert_differ("sip:a%2541@example.com", "sip:aA@example.com", "user");
    assert_differ("sip:a%00@example.com", "sip:a@example.com", "user");
    assert_equal("sip:a%3bb@example.com", "sip:a%3Bb@example.com");
    assert_equal("sip:a%2Db%5f%7e@example.com", "sip:a-b_~@example.com");
    assert_equal("sip:#31#@example.com", "sip:%2331%23@example.com");
}

/* RFC 3966 4, and the tel URLs of RFC 3261 19.1.6. */
static void equal_tel(void)
{
    assert_equal("tel:+358-555-1234567;postd=pp22", "tel:+358-555-1234567;POSTD=PP22");
    assert_equal("tel:+358-555-1234567;postd=pp22;isub=1411", "tel:+358-555-1234567;isub=1411;postd=pp22");
    assert_equal("tel:+1-201-555-0123", "tel:+1(201)555.0123");
    assert_equal("tel:7042;phone-context=example.com", "tel:70-42;phone-context=EXAMPLE.com");
    assert_equal("tel:7042;phone-context=+1-201", "tel:7042;phone-context=+1201");
    assert_differ("tel:+12015550123", "tel:12015550123", "number");
    assert_differ("tel:+12015550123", "tel:+12015550123;ext=1", "parameter");
    assert_differ("tel:+12015550123;ext=2", "tel:+12015550123;ext=1", "parameter");
    assert_differ("tel:7042;phone-context=example.com", "tel:7042;phone-context=example.org", "context");
    assert_differ("tel:+12015550123", "sip:+12015550123@example.com;user=phone", "scheme");
}

static void equal_other(void)
{
    assert_equal("im:alice@example.com", "IM:alice@EXAMPLE.com");
    assert_differ("im:alice@example.com", "im:Alice@example.com", "user");
    assert_differ("im:alice@example.com", "pres:alice@example.com", "scheme");
    assert_equal("URN:service:sos", "urn:service:sos");
    assert_differ("urn:service:sos", "urn:service:SOS", "text");
    assert_differ("urn:a", "ur:n:a", "scheme");
}

static void assert_identity(const char *certified, const char *received, bool same, const char *word)
{
    const char *rule = NULL;
    if (sm_uri_same_identity(read(certified), read(received), &rule) != same)
        g_error("certificate %s, received %s: %s", certified, received, rule);
    if (!strstr(rule, word))
        g_error("certificate %s, received %s: %s", certified, received, rule);
}

static void identity_sip(void)
{
    assert_identity("sip:alice@example.com", "sip:alice@EXAMPLE.com", true, "same user and host");
    assert_identity("sip:alice@example.com", "sip:%61lice@example.com", true, "same user and host");
    assert_identity("sip:alice@example.com", "sip:alice@example.com;user=phone", true, "10.3");
    assert_identity("sip:alice@example.com", "sip:alice@example.com:5070;transport=tls?x=y", true, "no part of an address-of-record");
    assert_identity("sip:alice@example.com", "sip:alice@example.com:5070", true, "no part of an address-of-record");
    assert_identity("sip:alice@example.com", "sip:alice@example.com;maddr=192.0.2.1", true, "no part of an address-of-record");
    assert_identity("sip:alice@example.com:5070", "sip:alice@example.com:5070", true, "host (RFC 3261 19.1.4, 10.3)");
    assert_identity("sip:alice@example.com", "sip:bob@example.com", false, "user");
    assert_identity("sip:alice@example.com", "sip:Alice@example.com", false, "case");
    assert_identity("sip:alice@example.com", "sip:alice@example.org", false, "host");
    assert_identity("sip:alice@example.com", "sip:alice@sub.example.com", false, "host");
    assert_identity("sip:alice@example.com", "sip:alice:pw@example.com", false, "password");
    assert_identity("sip:alice@example.com", "sip:example.com", false, "user");
    assert_identity("sip:alice@example.com", "sip:alice%00@example.com", false, "user");
    assert_identity("sip:alice@example.com", "sips:alice@example.com", false, "never equivalent");
    assert_identity("sips:alice@example.com", "sip:alice@example.com", false, "never equivalent");
    assert_identity("sip:example.com", "sip:alice@example.com", false, "domain, not the user");
    assert_identity("sip:example.com", "sip:example.com", true, "same domain");
    assert_identity("sip:alice@example.com:5061", "sip:alice@example.com", false, "port");
    assert_identity("sip:alice@example.com:5061", "sip:alice@example.com:5061", true, "same");
    assert_identity("sip:alice@example.com;transport=tls", "sip:alice@example.com", false, "parameter");
    assert_identity("sip:alice@example.com;gr=1", "sip:alice@example.com;gr=2", false, "parameter");
    assert_identity("sip:alice@example.com;gr=1", "sip:alice@example.com;gr=1;x=2", true, "same");
    assert_identity("sip:alice@example.com?subject=x", "sip:alice@example.com", false, "header");
    g_assert_true(sm_uri_near_identity(read("sips:alice@example.com"), read("sip:alice@example.com")));
    g_assert_true(sm_uri_near_identity(read("sip:alice@example.com"), read("sips:alice@example.com")));
    g_assert_false(sm_uri_near_identity(read("sips:alice@example.com"), read("sip:bob@example.com")));
    g_assert_false(sm_uri_near_identity(read("sip:example.com"), read("sips:example.com")));
}

/* What looks like the certificate's URI to a person, or to a careless program, and is another. */
static void identity_lookalike(void)
{
    static const char *const others[] = {
        "sip:alice%40example.com@evil.example",      /* an escaped @ is part of the user */
        "sip:alice@example.com.evil.example",
        "sip:alice@example.com-evil.example",
        "sip:alice@evil.example;maddr=example.com",
        "sip:alice@evil.example?From=sip:alice@example.com",
        "sip:%2561lice@example.com",                 /* escaped twice: the user is %61lice */
        "sip:alice%20@example.com",
        "sip:alice%0d@example.com",
        "sip:alice;x=1@example.com",                 /* parameters of the user are part of it */
        "sip:alice+1@example.com",
        "sip:al.ice@example.com",
        "sip:ALICE@example.com",
        "sip:%41lice@example.com",
        "sip:@example.com",
        "sip:alice@xn--example-9uf.com",
        "sip:alice@192.0.2.1",
        "sip:alice@[2001:db8::1]",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        const char *fault = NULL;
        const sm_uri *received = sm_uri_parse(arena, sm_bytes_of(others[i], strlen(others[i])), &fault);
        g_assert_true(received != NULL || fault != NULL);
        if (received != NULL && sm_uri_same_identity(read("sip:alice@example.com"), received, NULL))
            g_error("%s is taken for sip:alice@example.com", others[i]);
    }
    /* no URI at all: letters above ASCII, a host with an escape, two hosts, a zero */
    assert_unreadable("sip:alice@ex\xc3\xa4mple.com", "");
    assert_unreadable("sip:alice@ex%61mple.com", "");
    assert_unreadable("sip:alice@example.com@evil.example", "");
    g_assert_null(sm_uri_parse(arena, SM_BYTES_LITERAL("sip:alice@example.com\0.evil.example"), NULL));
    /* the same in another spelling */
    assert_identity("sip:alice@xn--exmple-cua.com", "sip:alice@XN--EXMPLE-CUA.com", true, "same");
    assert_identity("sip:alice@example.com", "SIP:alice@Example.COM;lr", true, "same");
    assert_identity("sip:a%2bb@example.com", "sip:a%2Bb@example.com", true, "same");
    assert_identity("sip:a%2bb@example.com", "sip:a+b@example.com", false, "user"); /* reserved: not equivalent to its escape */
    assert_identity("sip:alice@example.com", "sip:alice@example.com:5060", true, "same");
    assert_identity("sip:alice@example.com:5060", "sip:alice@example.com", false, "port"); /* RFC 3261 19.1.4 */
    assert_identity("sip:alice@example.com", "sip:alice@example.com.", true, "same"); /* the dot of the DNS root */
    assert_identity("sip:alice@example.com.", "sip:alice@example.com", true, "same");
    assert_unreadable("sip:alice@example.com..", "");
}

static void identity_number(void)
{
    assert_identity("tel:+1-201-555-0123", "tel:+12015550123", true, "same number");
    assert_identity("tel:+1-201-555-0123", "sip:+12015550123@example.com;user=phone", true, "global number");
    assert_identity("tel:+1-201-555-0123", "sip:+12015550123@example.com", false, "user=phone");
    assert_identity("tel:+1-201-555-0123", "sip:+12015550124@example.com;user=phone", false,
                    "number differs");
    assert_identity("tel:+1-201-555-0123;ext=1", "sip:+12015550123@example.com;user=phone", false,
                    "parameters");
    assert_identity("tel:7042;phone-context=a.com", "sip:7042;phone-context=a.com@a.com;user=phone", false,
                    "local");
    assert_identity("tel:+12015550123", "sip:7042@example.com;user=phone", false, "local");
    assert_identity("tel:7042", "tel:7042", false, "names nobody");
    assert_identity("tel:7042;phone-context=a.com", "tel:7042;phone-context=a.com", true, "same number");
    /* anybody may be certified for a number at a host of his own */
    assert_identity("sip:+12015550123@example.com;user=phone", "tel:+12015550123", false, "does not vouch");
    g_assert_true(
        sm_uri_near_identity(read("sip:+12015550123@example.com;user=phone"), read("tel:+12015550123")));
    assert_identity("sip:+1-201-555-0123@example.com;user=phone", "sip:+12015550123@example.com;user=phone",
                    true, "number and host");
    assert_identity("sip:+12015550123@example.com;user=phone", "sip:+12015550123@example.org;user=phone",
                    false, "host");
    assert_identity("sip:+12015550123@example.com;user=phone", "sip:+12015550123@example.com", false,
                    "parameter");
    assert_identity("sip:+12015550123@example.com", "sip:+12015550123@example.com;user=phone", true, "same");
    assert_identity("sip:+1-201-555-0123@example.com", "sip:+12015550123@example.com", false, "user");
}

static void identity_instant(void)
{
    assert_identity("im:alice@example.com", "im:alice@example.com", true, "RFC 3860");
    assert_identity("sip:alice@example.com", "im:alice@example.com", true, "another scheme");
    assert_identity("im:alice@example.com", "sip:alice@example.com", true, "another scheme");
    assert_identity("pres:alice@example.com", "im:alice@example.com", true, "another scheme");
    assert_identity("im:alice@example.com", "sip:bob@example.com", false, "user");
    assert_identity("im:alice@example.com", "sip:alice@example.org", false, "host");
    assert_identity("sip:example.com", "im:alice@example.com", false, "domain");
    assert_identity("im:alice@example.com", "tel:+12015550123", false, "scheme");
    assert_identity("mailto:alice@example.com", "sip:alice@example.com", false, "no SIP identity");
    assert_identity("mailto:alice@example.com", "mailto:alice@example.com", false, "no SIP identity");
    assert_identity("https://example.com/alice", "https://example.com/alice", false, "no SIP identity");
    assert_identity("sip:alice@example.com", "mailto:alice@example.com", false, "scheme");
}

/* Each of these is read, or refused, in linear time. */
static void hostile(void)
{
    static const struct {
        const char *start, *unit;
    } shapes[] = {
        {"sip:", "a"},   {"sip:a@", "["},   {"sip:a@h;", ";"}, {"sip:a@h;", "a;"}, {"sip:a@h?", "a&"},
        {"sip:", "%00"}, {"sip:a@", "a."},  {"tel:", "-"},     {"tel:+", "1"},     {"sip:a@h;x=", "%3b"},
        {"", "<"},       {"sip:a@h:", "0"}, {"im:", "@"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
        GString *text = g_string_new(shapes[i].start);
        while (text->len < 65536)
            g_string_append(text, shapes[i].unit);
        const sm_uri *uri = sm_uri_parse(arena, sm_bytes_of(text->str, text->len), NULL);
        if (uri)
            g_assert_true(sm_uri_equal(uri, uri, NULL));
        sm_address_parse(arena, sm_bytes_of(text->str, text->len));
        g_string_free(text, TRUE);
    }
    GString *many = g_string_new("sip:a@example.com");
    for (int i = 0; i < 65; i++)
        g_string_append_printf(many, ";p%d", i);
    assert_unreadable(many->str, "SM_LIMIT_URI_PARAMETERS");
    g_string_free(many, TRUE);
}

static void assert_address(const char *value, const char *display, const char *uri, const char *tag)
{
    const sm_address *address = sm_address_parse(arena, text_of(value));
    g_assert_cmpstr(address->display_name, ==, display);
    g_assert_cmpstr(address->uri_text, ==, uri);
    g_assert_cmpstr(address->tag, ==, tag);
    g_assert_true((address->uri == NULL) == (address->fault != NULL));
}

static void address(void)
{
    /* RFC 3261 20.20, 20.10, 20.39 */
    assert_address("\"A. G. Bell\" <sip:agb@bell-telephone.com> ;tag=a48s", "A. G. Bell",
                   "sip:agb@bell-telephone.com", "a48s");
    assert_address("sip:+12125551212@server.phone2net.com;tag=887s", NULL,
                   "sip:+12125551212@server.phone2net.com", "887s");
    assert_address("Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8", "Anonymous",
                   "sip:c8oqz84zk7z@privacy.org", "hyh8");
    assert_address("The Operator <sip:operator@cs.columbia.edu>;tag=287447", "The Operator",
                   "sip:operator@cs.columbia.edu", "287447");
    /* RFC 4475 3.1.1.1 */
    assert_address("\"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8",
                   "J Rosenberg \\\"", "sip:jdrosen@example.com", "98asjd8");
    assert_address("sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n", NULL,
                   "sip:vivekg@chair-dnrc.example.com", "1918181833n");
    assert_address("\"a;tag=no,<sip:evil@example.org>\" <sip:a@example.com;tag=inner>;x=\";tag=no\";TAG=yes",
                   "a;tag=no,<sip:evil@example.org>", "sip:a@example.com;tag=inner", "yes");
    assert_address("tel:+1-201-555-0123", NULL, "tel:+1-201-555-0123", NULL);
    assert_address("<sip:example.com>", NULL, "sip:example.com", NULL);
    assert_address("\"\" <sip:a@example.com>", "", "sip:a@example.com", NULL);
    assert_address("<sip:1234@<null>>;tag=x", NULL, "sip:1234@<null>", "x");
    assert_address("<sip:a@example.com", NULL, "sip:a@example.com", NULL);
    assert_address("Bob <bob@biloxi.com>", "Bob", "bob@biloxi.com", NULL);
    assert_address("\"open <sip:a@example.com>;tag=1", NULL, "\"open <sip:a@example.com>;tag=1", NULL);
    assert_address("<sip:a\"b@example.com>;tag=1", NULL, "sip:a\"b@example.com", "1");
    assert_address("", NULL, "", NULL);
    assert_address("*", NULL, "*", NULL);
    g_assert_null(sm_address_parse(arena, text_of("sip:1234@<null>"))->uri);
}

static void anonymous(void)
{
    g_assert_true(
        sm_address_parse(arena, text_of("\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1"))->anonymous);
    g_assert_true(sm_address_parse(arena, text_of("<sip:x@Anonymous.Invalid>"))->anonymous);
    g_assert_true(sm_address_parse(arena, text_of("sip:anonymous@anonymizer.invalid"))->anonymous);
    g_assert_false(sm_address_parse(arena, text_of("<sip:alice@example.invalid>"))->anonymous);
    g_assert_false(sm_address_parse(arena, text_of("<sip:anonymous@atlanta.com>"))->anonymous);
    g_assert_false(sm_address_parse(arena, text_of("Anonymous <sip:alice@atlanta.com>"))->anonymous);
}

static void address_list(void)
{
    unsigned count = 0;
    /* RFC 3325 9.1 allows two */
    const sm_address *const *list = sm_address_list(
        arena, text_of("\"Cullen, J\" <sip:fluffy@cisco.com;x=a,b>, tel:+14085264000"), &count);
    g_assert_cmpuint(count, ==, 2);
    g_assert_cmpstr(list[0]->display_name, ==, "Cullen, J");
    g_assert_cmpstr(list[0]->uri_text, ==, "sip:fluffy@cisco.com;x=a,b");
    g_assert_cmpstr(list[1]->uri->number, ==, "+14085264000");
    g_assert_null(sm_address_list(arena, text_of(" , ,"), &count));
    g_assert_cmpuint(count, ==, 0);
    GString *many = g_string_new("sip:a@example.com");
    while (many->len < 65536)
        g_string_append(many, ",sip:a@example.com");
    sm_address_list(arena, text_of(many->str), &count);
    g_assert_cmpuint(count, ==, 64);
    g_string_free(many, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    arena = sm_arena_new();
    g_test_add_func("/sip/uri/examples", examples);
    g_test_add_func("/sip/uri/parts", parts);
    g_test_add_func("/sip/uri/unreadable", unreadable);
    g_test_add_func("/sip/uri/equal/rfc3261-equivalent", equal_by_rfc3261);
    g_test_add_func("/sip/uri/equal/rfc3261-not-equivalent", different_by_rfc3261);
    g_test_add_func("/sip/uri/equal/rules", equal_by_rule);
    g_test_add_func("/sip/uri/equal/tel", equal_tel);
    g_test_add_func("/sip/uri/equal/other", equal_other);
    g_test_add_func("/sip/uri/identity/sip", identity_sip);
    g_test_add_func("/sip/uri/identity/lookalike", identity_lookalike);
    g_test_add_func("/sip/uri/identity/number", identity_number);
    g_test_add_func("/sip/uri/identity/instant", identity_instant);
    g_test_add_func("/sip/uri/hostile", hostile);
    g_test_add_func("/sip/address/parse", address);
    g_test_add_func("/sip/address/anonymous", anonymous);
    g_test_add_func("/sip/address/list", address_list);
    int status = g_test_run();
    sm_arena_free(arena);
    return status;
}
