/* Rules on multipart/signed: its parameters, and the two parts that it must have. The signatures are other programs' (tests/data/cms-interop);
 * what they sign does not matter here. */

#include "base/bounds.h"
#include "rules_talk.h"

#define PROTOCOL "SMIME-WRAP-009"
#define MICALG "SMIME-WRAP-010"
#define PARTS "SMIME-WRAP-011"

#define QUOTED "protocol=\"application/pkcs7-signature\"; "
#define TEXT_PART "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
#define SIGNATURE_HEAD "--b\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n"
#define CLOSE "--b--\r\n"
#define BY_SHA256 "signed/openssl-rsa-sha256.p7s"

/* The signature part. */
static char *signature_part(const char *fixture)
{
    sm_arena *arena = sm_arena_new();
    sm_bytes octets = interop_octets(arena, fixture);
    g_autofree char *coded = g_base64_encode(octets.data, octets.length);
    sm_arena_free(arena);
    return g_strdup_printf(SIGNATURE_HEAD "%s\r\n", coded);
}

/* A multipart/signed with these parameters, and a body of the first part, the signature and `behind`. */
static const sm_conclusion *say_signed(conversation *talk, const char *parameters, const char *fixture, const char *behind)
{
    g_autofree char *type = g_strdup_printf("multipart/signed; %sboundary=b", parameters), *signature = signature_part(fixture);
    char *body = g_strconcat(TEXT_PART, signature, behind, NULL);
    return say(talk, (said){.type = type, .body = g_bytes_new_take(body, strlen(body))});
}

static void test_parameters(void)
{
    static const struct {
        const char *parameters, *says;
    } cases[] = {
        {QUOTED "micalg=sha-256; ", NULL},
        {"micalg=sha-256; Protocol=\"Application/PKCS7-Signature\"; ", NULL},
        {QUOTED "micalg=anything; ", NULL}, /* SMIME-WRAP-010 */
        {"micalg=sha-256; ", "multipart/signed has no protocol parameter"},
        {QUOTED, "multipart/signed has no micalg parameter"},
        {QUOTED "micalg=\"\"; ", "multipart/signed has no micalg parameter"},
        {"protocol=\"application/x-pkcs7-signature\"; micalg=sha-256; ",
         "the protocol parameter says application/x-pkcs7-signature instead of application/pkcs7-signature"},
        {"protocol=\"application/pgp-signature\"; micalg=sha-256; ",
         "the protocol parameter says application/pgp-signature instead of application/pkcs7-signature"},
        {"protocol=application/pkcs7-signature; micalg=sha-256; ",
         "the protocol parameter stands without the quotation marks that its \"/\" needs"},
        {QUOTED "protocol=\"application/pgp-signature\"; micalg=sha-256; ", "the protocol parameter stands there twice and differs"},
    };
    conversation talk = talk_begin(NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpstr(found(say_signed(&talk, cases[i].parameters, BY_SHA256, CLOSE), PROTOCOL), ==, cases[i].says);
    g_autoptr(GString) many = g_string_new("multipart/signed; boundary=b");
    for (unsigned i = 0; i < SM_LIMIT_MIME_PARAMETERS; i++)
        g_string_append_printf(many, "; x%u=1", i);
    g_autofree char *signature = signature_part(BY_SHA256);
    char *body = g_strconcat(TEXT_PART, signature, CLOSE, NULL);
    const sm_conclusion *limit = say(&talk, (said){.type = many->str, .body = g_bytes_new_take(body, strlen(body))});
    g_assert_null(found(limit, PROTOCOL));
    g_assert_true(is_undecided(limit, PROTOCOL));
    /* OpenPGP's own has other rules; opaque S/MIME has no such parameters. */
    const sm_conclusion *pgp = say(&talk, (said){.type = "multipart/signed; protocol=\"application/pgp-signature\"; boundary=b",
                                                 .text = TEXT_PART "--b\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n" CLOSE});
    g_assert_null(found(pgp, PROTOCOL));
    g_assert_null(found(pgp, PARTS));
    g_assert_null(found(say(&talk, (said){.type = SIGNED_TYPE, .body = interop_body(BY_P256, 0)}), PROTOCOL));
    talk_end(&talk);
}

/* RFC 8551 3.5.3.2: the names, against the digest algorithms that the fixtures' producers were told to use. */
static void test_micalg(void)
{
    static const struct {
        const char *micalg, *fixture, *says;
    } cases[] = {
        {"sha-256", BY_SHA256, NULL},
        {"SHA-256", BY_SHA256, NULL},
        {"\"sha-256\"", BY_SHA256, NULL},
        {"sha-1", BY_SHA256, "micalg says sha-1, the digest algorithm of the signature is sha-256"},
        {"unknown", BY_SHA256, "micalg says unknown, the digest algorithm of the signature is sha-256"},
        {"\"sha-256,sha-512\"", BY_SHA256, "micalg says sha-256,sha-512, the digest algorithm of the signature is sha-256"},
        {"sha256", BY_SHA256, "micalg says sha256, whose name is sha-256"},
        {"sha1", "signed/openssl-rsa-sha1.p7m", "micalg says sha1, whose name is sha-1"},
        {"rsa-md5", "signed/openssl-rsa-md5.p7m", "micalg says rsa-md5, whose name is md5"},
        {"sha-512", "signed/bc-ed25519.p7s", NULL},
        {"sha-224", "signed/openssl-rsa-sha224.p7m", NULL},
        {"sha-384", "signed/openssl-rsa-sha384.p7m", NULL},
        /* no name in RFC 8551: nothing to hold it against, but a name that is another algorithm's */
        {"sha3-256", "signed/openssl-rsa-sha3-256.p7m", NULL},
        {"unknown", "signed/openssl-rsa-sha3-256.p7m", NULL},
        {"sha-256", "signed/openssl-rsa-sha3-256.p7m", "micalg says sha-256, the digest algorithm of the signature is another one"},
    };
    conversation talk = talk_begin(NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *parameters = g_strdup_printf(QUOTED "micalg=%s; ", cases[i].micalg);
        g_assert_cmpstr(found(say_signed(&talk, parameters, cases[i].fixture, CLOSE), MICALG), ==, cases[i].says);
    }
    /* RFC 3261 23.3 has micalg=sha1 in its own example. */
    const sm_conclusion *early = say_signed(&talk, QUOTED "micalg=sha1; ", "signed/openssl-rsa-sha1.p7m", CLOSE);
    g_assert_null(found_under(early, SM_PROFILE_RFC3261, MICALG));
    g_assert_null(found(say_signed(&talk, QUOTED, BY_SHA256, CLOSE), MICALG)); /* SMIME-WRAP-009 */
    const sm_conclusion *unreadable = say(&talk, (said){.type = "multipart/signed; " QUOTED "micalg=sha-256; boundary=b",
                                                        .text = TEXT_PART SIGNATURE_HEAD "AAAA\r\n" CLOSE});
    g_assert_null(found(unreadable, MICALG));
    g_assert_true(is_undecided(unreadable, MICALG));
    talk_end(&talk);
}

static void test_parts(void)
{
    conversation talk = talk_begin(NULL);
    const char *good = QUOTED "micalg=sha-256; ", *type = "multipart/signed; " QUOTED "micalg=sha-256; boundary=b";
    g_assert_null(found(say_signed(&talk, good, BY_SHA256, CLOSE), PARTS));
    g_assert_null(found(say_signed(&talk, "micalg=sha-256; ", BY_SHA256, CLOSE), PARTS)); /* SMIME-WRAP-009 */
    g_assert_cmpstr(found(say_signed(&talk, good, BY_SHA256, TEXT_PART CLOSE), PARTS), ==, "multipart/signed has 3 parts instead of two");
    g_assert_cmpstr(found(say_signed(&talk, "protocol=\"application/pgp-signature\"; micalg=sha-256; ", BY_SHA256, CLOSE), PARTS), ==,
                    "the second part is application/pkcs7-signature, the protocol parameter says application/pgp-signature");
    g_assert_cmpstr(found(say(&talk, (said){.type = type, .text = TEXT_PART CLOSE}), PARTS), ==, "multipart/signed has 1 part instead of two");
    g_assert_cmpstr(found(say(&talk, (said){.type = type, .text = TEXT_PART TEXT_PART CLOSE}), PARTS), ==,
                    "the second part is text/plain, the protocol parameter says application/pkcs7-signature");
    g_assert_cmpstr(found(say(&talk, (said){.type = type, .text = TEXT_PART "--b\r\n\r\nhello\r\n" CLOSE}), PARTS), ==,
                    "the second part is of no type, the protocol parameter says application/pkcs7-signature");

    /* The signature before what it signs. */
    g_autofree char *signature = signature_part(BY_SHA256);
    char *body = g_strconcat(signature, TEXT_PART, CLOSE, NULL);
    const sm_conclusion *reversed = say(&talk, (said){.type = type, .body = g_bytes_new_take(body, strlen(body))});
    g_assert_cmpstr(found(reversed, PARTS), ==, "the second part is text/plain, the protocol parameter says application/pkcs7-signature");

    /* Parts that were not captured are not missing. */
    const sm_conclusion *cut = say(&talk, (said){.type = type, .text = TEXT_PART, .missing = 900});
    g_assert_null(found(cut, PARTS));
    g_assert_true(is_undecided(cut, PARTS));
    const sm_conclusion *in_type = say(&talk, (said){.type = type, .text = TEXT_PART "--b\r\nContent-Type: application/pkcs7-si", .missing = 900});
    g_assert_null(found(in_type, PARTS));
    g_assert_true(is_undecided(in_type, PARTS));
    /* Nor are parameters: a header inside the body may be cut. */
    const sm_conclusion *header = say(&talk, (said){.type = "multipart/mixed; boundary=c", .missing = 900,
                                                    .text = "--c\r\nContent-Type: multipart/signed; " QUOTED "boundary=b; mica"});
    g_assert_null(found(header, PROTOCOL));
    g_assert_true(is_undecided(header, PROTOCOL));
    talk_end(&talk);
}

/* A SignedData with certificates and nobody's signature: whoever took the signature away has not made it an unsigned message. */
static void test_nobody(void)
{
    conversation talk = talk_begin(NULL);
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "data", "cms", "certs-only.der", NULL), *octets = NULL;
    gsize length = 0;
    g_assert_true(g_file_get_contents(path, &octets, &length, NULL));
    g_autofree char *coded = g_base64_encode((const guchar *)octets, length);
    char *body = g_strconcat(TEXT_PART SIGNATURE_HEAD, coded, "\r\n" CLOSE, NULL);
    const sm_conclusion *nobody = say(&talk, (said){.type = CLEAR_SIGNED_TYPE, .body = g_bytes_new_take(body, strlen(body))});
    g_assert_cmpstr(found(nobody, PARTS), ==, "the second part holds no signature: certs-only without a SignerInfo");
    g_assert_cmpint(nobody->signed_.kind, ==, SM_NOT_EVALUATED);
    g_assert_cmpint(nobody->signed_.reason, ==, SM_REASON_NOT_SIGNED);
    g_assert_cmpstr(nobody->summary, ==, "said to be signed, but NOT signed");
    const sm_conclusion *certificates = say(&talk, (said){.type = CERTS_TYPE, .body = g_bytes_new(octets, length)});
    g_assert_cmpint(certificates->signed_.kind, ==, SM_NOT_APPLICABLE);
    talk_end(&talk);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rules/signed-multipart/parameters", test_parameters);
    g_test_add_func("/rules/signed-multipart/micalg", test_micalg);
    g_test_add_func("/rules/signed-multipart/parts", test_parts);
    g_test_add_func("/rules/signed-multipart/nobody", test_nobody);
    return g_test_run();
}
