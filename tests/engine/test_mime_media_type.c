/* Media types: a boundary or smime-type read wrongly sends the whole inspection astray. */

#include "mime/entity.h"

#include "base/bounds.h"

static sm_arena *arena;

static const sm_media_type *parse(const char *value)
{
    return sm_media_type_parse(arena, sm_bytes_of(value, strlen(value)));
}

static void assert_parameter(const char *value, const char *name, const char *expected, bool faulty)
{
    const sm_media_type *type = parse(value);
    g_assert_nonnull(type);
    const char *found = sm_media_type_parameter(type, name);
    if (g_strcmp0(found, expected) != 0 || (type->fault != NULL) != faulty)
        g_error("%s: %s=%s, fault: %s", value, name, found ? found : "(none)",
                type->fault ? type->fault : "(none)");
}

static void test_type(void)
{
    const sm_media_type *type = parse("Application/PKCS7-Mime; SMIME-Type=signed-data; name=\"Smime.p7m\"");
    g_assert_cmpstr(type->text, ==, "application/pkcs7-mime");
    g_assert_cmpstr(type->type, ==, "application");
    g_assert_cmpstr(type->subtype, ==, "pkcs7-mime");
    g_assert_null(type->fault);
    g_assert_cmpuint(type->parameter_count, ==, 2);
    g_assert_cmpstr(type->parameters[0].name, ==, "smime-type");
    g_assert_false(type->parameters[0].quoted);
    g_assert_cmpstr(type->parameters[1].value, ==, "Smime.p7m");
    g_assert_true(type->parameters[1].quoted);
    g_assert_true(sm_media_type_is(type, "application/PKCS7-MIME"));
    g_assert_false(sm_media_type_is(type, "application/pkcs7"));
    g_assert_false(sm_media_type_is(NULL, "text/plain"));
    g_assert_null(sm_media_type_parameter(NULL, "name"));
    g_assert_cmpstr(parse("text / plain")->text, ==, "text/plain");
}

static void test_no_type(void)
{
    g_assert_null(parse(""));
    g_assert_null(parse("  \r\n "));
    g_assert_null(parse("; charset=utf-8"));
    g_assert_null(parse("/plain"));
    g_assert_null(parse("\"text\"/plain"));
    g_assert_null(parse("(only a comment"));
    g_assert_null(sm_media_type_parse(arena, SM_BYTES_NONE));
    g_assert_nonnull(parse("text/")->fault);
    g_assert_cmpstr(parse("text/")->subtype, ==, "");
}

/* RFC 2183 2: a disposition is one word. */
static void test_disposition(void)
{
    const sm_media_type *type = parse("Attachment; filename=smime.p7m; handling=required");
    g_assert_cmpstr(type->text, ==, "attachment");
    g_assert_cmpstr(type->subtype, ==, "");
    g_assert_null(type->fault);
    g_assert_cmpstr(sm_media_type_parameter(type, "handling"), ==, "required");
}

static void test_values(void)
{
    /* RFC 2046 5.1.1: the three ways to write a boundary, the middle one is not valid */
    assert_parameter("multipart/mixed; boundary=gc0p4Jq0M2Yt08j34c0p", "boundary", "gc0p4Jq0M2Yt08j34c0p",
                     false);
    assert_parameter("multipart/mixed; boundary=gc0pJq0M:08jU534c0p", "boundary", "gc0pJq0M:08jU534c0p",
                     true);
    assert_parameter("multipart/mixed; boundary=\"gc0pJq0M:08jU534c0p\"", "boundary", "gc0pJq0M:08jU534c0p",
                     false);
    /* RFC 2045 5.1: the two are the same value */
    assert_parameter("text/plain; charset=us-ascii (Plain text)", "charset", "us-ascii", false);
    assert_parameter("text/plain; charset=\"us-ascii\"", "charset", "us-ascii", false);
    /* RFC 1847 2.1 */
    const char *rfc1847 =
        "multipart/signed; protocol=\"TYPE/STYPE\";\r\n        micalg=\"MICALG\"; boundary=\"Signed Boundary\"";
    assert_parameter(rfc1847, "boundary", "Signed Boundary", false);
    assert_parameter(rfc1847, "protocol", "TYPE/STYPE", false);
    /* RFC 3862 5.2, where the protocol lacks its quotation marks */
    const char *rfc3862 =
        "multipart/signed; boundary=next;\r\n micalg=sha1;\r\n protocol=application/pkcs7-signature";
    assert_parameter(rfc3862, "protocol", "application/pkcs7-signature", true);
    assert_parameter(rfc3862, "boundary", "next", true);

    assert_parameter("a/b;x=\"a\\\"b\\\\c\\d\"", "x", "a\"b\\cd", false);
    assert_parameter("a/b;x=\"a;y=2\";z=3", "y", NULL, false);
    assert_parameter("a/b;x=\"a;y=2\";z=3", "x", "a;y=2", false);
    assert_parameter("a/b;x=\"(no comment)\"", "x", "(no comment)", false);
    assert_parameter("a/b;x=\"\"", "x", "", false);
    assert_parameter("a/b;x=\"trailing \"", "x", "trailing ", false);
    assert_parameter("a/b;x=\"folded\r\n\tvalue\"", "x", "folded value", false);
    assert_parameter("a/b\r\n\t;\r\n x\r\n =\r\n 1", "x", "1", false);
    assert_parameter("a/b (c (nested \\) ) d) ; (e) x (f) = (g;y=2) 1 (h)", "x", "1", false);
    assert_parameter("a/b (c (nested \\) ) d) ; (e) x (f) = (g;y=2) 1 (h)", "y", NULL, false);
}

static void test_faults(void)
{
    assert_parameter("a/b; x=1;", "x", "1", true);
    assert_parameter("a/b;; x=1", "x", "1", true);
    assert_parameter("a/b; lr; x=1", "x", "1", true);
    assert_parameter("a/b; lr; x=1", "lr", NULL, true);
    assert_parameter("a/b; =5; x=1", "x", "1", true);
    assert_parameter("a/b; y=; x=1", "x", "1", true);
    assert_parameter("a/b; y=; x=1", "y", "", true);
    assert_parameter("a/b x=0; x=1", "x", "1", true);
    assert_parameter("a/b, c/d; x=1", "x", "1", true);
    assert_parameter("a/b; y=\"2\"junk\";x=0\"; x=1", "x", "1", true);
    assert_parameter("a/b; x=1; X=2", "x", "1", true);
    assert_parameter("a/b; x=\"unclosed; y=2", "x", "unclosed; y=2", true);
    assert_parameter("a/b; x=\"unclosed\\", "x", "unclosed\\", true);
    assert_parameter("a/b; x=1 (unclosed; x=2", "x", "1", true);
    assert_parameter("a/b; x=1 (unclosed\\", "x", "1", true);
    assert_parameter("a/b; x=", "x", "", true);
    assert_parameter("a/b; x", "x", NULL, true);
}

static void test_contradicts(void)
{
    static const struct {
        const char *value;
        bool contradicts;
    } types[] = {
        {"a/b; x=1", false},           {"a/b; y=2", false},          {"a/b; x=1; y=1; y=2", false}, {"a/b; x=1; x=2", true},
        {"a/b; x=1; X=\"2\"", true}, {"a/b; x=1; x=\"1\"", false}, {"a/b; x=1; x*=utf-8''2", true}, {"a/b; x*0=1; x*1=2; x=1", true},
        {"a/b; x*0=1; x*1=2", false},  {"a/b; x=1; x=1; x=2", true}, {"a/b; x=1; x=", true},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
        const sm_media_type *type = sm_media_type_parse(arena, sm_bytes_of(types[i].value, strlen(types[i].value)));
        g_assert_cmpint(sm_media_type_contradicts(type, "x"), ==, types[i].contradicts);
    }
    g_assert_false(sm_media_type_contradicts(NULL, "x"));
}

/* An octet of zero must not end a value before its end: two readers would see two boundaries. */
static void test_zero(void)
{
    const sm_media_type *type = sm_media_type_parse(arena, SM_BYTES_LITERAL("a/b; x=\"1\0002\"; y=1\0002"));
    g_assert_cmpstr(sm_media_type_parameter(type, "x"), ==, "1\\x002");
    g_assert_cmpstr(sm_media_type_parameter(type, "y"), ==, "1\\x002");
    g_assert_nonnull(type->fault);
    assert_parameter("a/b; x*=utf-8''1%002", "x", "1\\x002", false);
}

/* RFC 2231 3 and 4, with its own examples. */
static void test_rfc2231(void)
{
    assert_parameter(
        "message/external-body; access-type=URL;\r\n URL*0=\"ftp://\";\r\n URL*1=\"cs.utk.edu/pub/moore/x.tar\"",
        "url", "ftp://cs.utk.edu/pub/moore/x.tar", false);
    assert_parameter("application/x-stuff; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", "title",
                     "This is ***fun***", false);
    assert_parameter("application/x-stuff\r\n ;title*0*=us-ascii'en'This%20is%20even%20more%20\r\n"
                     " ;title*1*=%2A%2A%2Afun%2A%2A%2A%20\r\n ;title*2=\"isn't it!\"",
                     "title", "This is even more ***fun*** isn't it!", false);
    assert_parameter("a/b; x*1=b; x*0=a; x*2=c", "x", "abc", false);
    assert_parameter("a/b; x*0=a; x*2=c", "x", "a", false); /* nothing joins the two */
    assert_parameter("a/b; x*1=b", "x", NULL, true);
    assert_parameter("a/b; x*0=a; x*0=b; x*1=c", "x", "ac", true);
    assert_parameter("a/b; x*=iso-8859-1''%A3%20rates", "x", "\xc2\xa3 rates", false);
    assert_parameter("a/b; x*=utf-8''%e2%82%ac", "x", "\xe2\x82\xac", false);
    assert_parameter("a/b; x*=utf-8''%e2%82", "x", "\xe2\x82", true);
    assert_parameter("a/b; x*=''plain", "x", "plain", false);
    assert_parameter("a/b; x*=no-quotes", "x", "no-quotes", true);
    assert_parameter("a/b; x*=utf-8''100%", "x", "100%", true);
    assert_parameter("a/b; x*=utf-8''%4", "x", "%4", true);
    assert_parameter("a/b; x*=utf-8''%zz", "x", "%zz", true);
    assert_parameter("a/b; x*=shift_jis''%82", "x", "\x82", true);
    assert_parameter("a/b; x*00=1; *=2; *0=3; x*99999=4", "x", NULL, false);
}

static void test_limit(void)
{
    GString *value = g_string_new("a/b");
    for (int i = 0; i < SM_LIMIT_MIME_PARAMETERS; i++)
        g_string_append_printf(value, ";p%d=%d", i, i);
    g_assert_null(parse(value->str)->fault);
    g_assert_cmpuint(parse(value->str)->parameter_count, ==, SM_LIMIT_MIME_PARAMETERS);
    g_string_append(value, ";boundary=x");
    g_assert_true(parse(value->str)->limit);
    g_assert_nonnull(strstr(parse(value->str)->fault, "SM_LIMIT_MIME_PARAMETERS"));
    g_string_free(value, TRUE);
}

/* Long values of every kind that could be looked at again and again; quadratic work would not end within the test's time,
 * quadratic memory not within the machine's. */
static void test_long(void)
{
    static const char *const units[] = {"(",      ")", "\"\"", "\"", "\\",    ";",   "=",
                                        ";=\"\"", "%", "a",    " ",  "\r\n ", "(\"", "';*0"};
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        GString *value = g_string_new("a/b; x*=utf-8''");
        while (value->len < 2000000)
            g_string_append(value, units[i]);
        sm_arena *own = sm_arena_new();
        g_assert_nonnull(sm_media_type_parse(own, sm_bytes_of(value->str, value->len)));
        g_assert_nonnull(sm_media_type_parse(own, sm_bytes_of(value->str, value->len - 1)));
        sm_arena_free(own);
        g_string_free(value, TRUE);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    arena = sm_arena_new();
    g_test_add_func("/mime/media-type/type", test_type);
    g_test_add_func("/mime/media-type/no-type", test_no_type);
    g_test_add_func("/mime/media-type/disposition", test_disposition);
    g_test_add_func("/mime/media-type/values", test_values);
    g_test_add_func("/mime/media-type/faults", test_faults);
    g_test_add_func("/mime/media-type/contradicts", test_contradicts);
    g_test_add_func("/mime/media-type/zero", test_zero);
    g_test_add_func("/mime/media-type/rfc2231", test_rfc2231);
    g_test_add_func("/mime/media-type/limit", test_limit);
    g_test_add_func("/mime/media-type/long", test_long);
    int status = g_test_run();
    sm_arena_free(arena);
    return status;
}
