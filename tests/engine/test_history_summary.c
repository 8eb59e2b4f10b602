/* The verdict on a message as a whole: that signatures hold is not enough where readers may read something else than what was signed, or
 * something more (RFC 1847 2.1). */

#include "base/bounds.h"
#include "history/history.h"
#include "inspect_given.h"

#include <glib/gstdio.h>
#include <zlib.h>

#define SIGNED "multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=b"

static sm_keyring *ring;

/* A clear-signed part of Alice's, between `before` and `after`. */
static char *clear_signed(const char *before, const char *after)
{
    given_message whole = given_capture("sip-signed-detached");
    gsize length;
    const char *octets = g_bytes_get_data(whole.body, &length);
    const char *first = g_strstr_len(octets, (gssize)length, "\r\n") + 2, *second = g_strstr_len(first, (gssize)length, "\r\n--boundary42");
    const char *cms = g_strstr_len(second, octets + length - second, "\r\n\r\n") + 4;
    g_autofree char *signature = g_base64_encode((const guchar *)cms, (gsize)(octets + length - strlen("\r\n--boundary42--\r\n") - cms));
    char *body = g_strdup_printf("%s--b\r\n%.*s\r\n--b\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n%s",
                                 before, (int)(second - first), first, signature, after);
    given_free(whole);
    return body;
}

static void assert_signed(const char *type, const char *more, const char *body, sm_verdict_kind kind, sm_reason reason, const char *line)
{
    given_message message = given_said(type, more, body, strlen(body));
    sm_inspection *inspection = given_inspection(ring, &message);
    sm_history *history = sm_history_new();
    const sm_conclusion *conclusion = sm_history_conclude(history, inspection);
    g_assert_cmpstr(sm_verdict_word(conclusion->signed_.kind), ==, sm_verdict_word(kind));
    g_assert_cmpstr(sm_reason_word(conclusion->signed_.reason), ==, sm_reason_word(reason));
    g_assert_cmpint(inspection->signers[0]->signature->digest.kind, ==, SM_PASS); /* it holds, whatever stands around it */
    g_assert_true(g_str_has_suffix(conclusion->summary, line));
    sm_history_free(history);
    sm_inspection_unref(inspection);
    given_free(message);
}

static void test_alone(void)
{
    g_autofree char *body = clear_signed("Ignored.\r\n", "--b--\r\nIgnored (RFC 2046 5.1.1).\r\n");
    assert_signed(SIGNED, NULL, body, SM_PASS, SM_REASON_NONE, "sender matches From");
    assert_signed(SIGNED "; boundary=b", "Content-Type: " SIGNED "; boundary=b\r\n", body, SM_PASS, SM_REASON_NONE, "sender matches From");
}

static void test_further_part(void)
{
    g_autofree char *body = clear_signed("", "--b\r\n\r\nSell everything.\r\n--b--\r\n");
    assert_signed(SIGNED, NULL, body, SM_NOT_EVALUATED, SM_REASON_NOT_SIGNED, ", but NOT the whole message");
    g_autofree char *inside = g_strdup_printf("--c\r\nContent-Type: " SIGNED "\r\n\r\n%s\r\n--c--\r\n", body);
    assert_signed("multipart/mixed; boundary=c", NULL, inside, SM_NOT_EVALUATED, SM_REASON_NOT_SIGNED, ", but NOT the whole message");
}

/* One signed part of a multipart: the verdict is the part's, and the line says that it is not alone. */
static void test_beside(void)
{
    g_autofree char *body = clear_signed("", "--b--\r\n");
    static const char alone[] = "sender matches From", line[] = ", beside parts that nobody signed", other[] = "--c\r\n\r\nSell everything.\r\n";
    static const struct {
        const char *before, *behind, *line;
    } cases[] = {{"", "", alone}, {other, "", line}, {"", other, line}};
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *inside = g_strdup_printf("%s--c\r\nContent-Type: " SIGNED "\r\n\r\n%s\r\n%s--c--\r\n", cases[i].before, body, cases[i].behind);
        assert_signed("multipart/mixed; boundary=c", NULL, inside, SM_PASS, SM_REASON_NONE, cases[i].line);
    }
}

/* Signed on its own, and put where the signature of another part belongs. */
static void test_instead_of_signature(void)
{
    g_autofree char *body = clear_signed("", "--b--\r\n");
    g_autofree char *around = g_strdup_printf("--c\r\n\r\nSell everything.\r\n--c\r\nContent-Type: " SIGNED "\r\n\r\n%s\r\n--c--\r\n", body);
    assert_signed("multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=c", NULL, around, SM_NOT_EVALUATED,
                  SM_REASON_NOT_SIGNED, ", but NOT the whole message");
}

static void test_two_readings(void)
{
    g_autofree char *body = clear_signed("--c\r\n\r\nSell everything.\r\n--c--\r\n", "--b--\r\n");
    static const char line[] = ", but readers may read something else";
    assert_signed(SIGNED "; boundary=c", NULL, body, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, line);
    assert_signed(SIGNED, "Content-Type: multipart/mixed; boundary=c\r\n", body, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, line);
    assert_signed(SIGNED, "c: text/plain\r\n", body, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, line);
    assert_signed(SIGNED, "Content-Transfer-Encoding: 8bit\r\nContent-Transfer-Encoding: quoted-printable\r\n", body, SM_NOT_EVALUATED,
                  SM_REASON_UNSUPPORTED_FORM, line);
}

static GByteArray *value(guint8 tag, const void *content, gsize length)
{
    g_assert_cmpuint(length, <, 65536);
    const guint8 head[] = {tag, 0x82, (guint8)(length >> 8), (guint8)length};
    GByteArray *out = g_byte_array_append(g_byte_array_new(), head, sizeof head);
    return g_byte_array_append(out, content, (guint)length);
}

static GByteArray *wrapped(guint8 tag, GByteArray *before, GByteArray *content)
{
    if (before) {
        g_byte_array_append(before, content->data, content->len);
        g_byte_array_unref(content);
        content = before;
    }
    GByteArray *out = value(tag, content->data, content->len);
    g_byte_array_unref(content);
    return out;
}

static GByteArray *octets(const void *data, guint length)
{
    return g_byte_array_append(g_byte_array_new(), data, length);
}

/* application/pkcs7-mime with CompressedData (RFC 3274 1.1) around these octets. */
static GByteArray *compressed(const void *content, gsize length)
{
    g_autofree guint8 *packed = g_malloc(length + 65536);
    uLongf packed_length = (uLongf)length + 65536;
    g_assert_cmpint(compress2(packed, &packed_length, content, (uLong)length, 9), ==, Z_OK);
    GByteArray *inner = wrapped(0x30, octets("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", 11), wrapped(0xa0, NULL, value(0x04, packed, packed_length)));
    static const char version_and_zlib[] = "\x02\x01\x00\x30\x0d\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x08";
    GByteArray *data = wrapped(0x30, octets(version_and_zlib, sizeof version_and_zlib - 1), inner);
    return wrapped(0x30, octets("\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x09", 13), wrapped(0xa0, NULL, data));
}

#define COMPRESSED_HEAD "Content-Type: application/pkcs7-mime; smime-type=compressed-data\r\n\r\n"

static void assert_hidden(const GByteArray *cms, sm_verdict_kind kind, sm_reason reason, const char *line)
{
    given_message message = given_said("application/pkcs7-mime; smime-type=compressed-data", NULL, cms->data, cms->len);
    sm_inspection *inspection = given_inspection(ring, &message);
    sm_history *history = sm_history_new();
    const sm_conclusion *conclusion = sm_history_conclude(history, inspection);
    const sm_verdict verdicts[] = {conclusion->signed_, conclusion->encrypted, conclusion->identity};
    for (unsigned i = 0; i < G_N_ELEMENTS(verdicts); i++) {
        g_assert_cmpstr(sm_verdict_word(verdicts[i].kind), ==, sm_verdict_word(kind));
        if (kind == SM_NOT_EVALUATED)
            g_assert_cmpstr(sm_reason_word(verdicts[i].reason), ==, sm_reason_word(reason));
    }
    g_assert_cmpstr(conclusion->summary, ==, line);
    sm_history_free(history);
    sm_inspection_unref(inspection);
    given_free(message);
}

/* What could not be looked into may be signed or not: a layer that does not open, or one behind a limit, makes no unsigned message. */
static void test_hidden(void)
{
    static const char entity[] = "Content-Type: text/plain\r\n\r\n" WATSON;
    GByteArray *plain = compressed(entity, sizeof entity - 1);
    assert_hidden(plain, SM_NOT_APPLICABLE, SM_REASON_NONE, "not signed");
    plain->data[plain->len - 1] ^= 1; /* zlib's checksum */
    assert_hidden(plain, SM_NOT_EVALUATED, SM_REASON_NOT_PARSED, "not opened (open-failed)");
    g_byte_array_unref(plain);

    g_autofree guint8 *zeros = g_malloc0(8 << 20); /* SM_LIMIT_DECOMPRESSED_RATIO */
    GByteArray *bomb = compressed(zeros, 8 << 20);
    assert_hidden(bomb, SM_NOT_EVALUATED, SM_REASON_LIMIT, "not opened (limit)");
    g_byte_array_unref(bomb);

    GByteArray *nested = octets(entity, sizeof entity - 1);
    for (unsigned i = 0; i <= SM_LIMIT_CMS_LAYERS; i++) {
        GByteArray *next = compressed(nested->data, nested->len);
        if (i == SM_LIMIT_CMS_LAYERS - 1)
            assert_hidden(next, SM_NOT_APPLICABLE, SM_REASON_NONE, "not signed");
        if (i == SM_LIMIT_CMS_LAYERS)
            assert_hidden(next, SM_NOT_EVALUATED, SM_REASON_LIMIT, "not read to the end (limit)");
        g_byte_array_unref(nested);
        nested = g_byte_array_append(octets(COMPRESSED_HEAD, strlen(COMPRESSED_HEAD)), next->data, next->len);
        g_byte_array_unref(next);
    }
    g_byte_array_unref(nested);
}

/* Alice's signature over this part, made by the openssl command for content of that type; NULL without that command. */
static char *signature_of(const char *part, const char *content_type)
{
    g_autofree char *folder = g_dir_make_tmp("signed-XXXXXX", NULL), *in = g_build_filename(folder, "in", NULL), *out = g_build_filename(folder, "out", NULL);
    g_autofree char *certificate = given_path("keys/ring", "alice.cert.pem"), *key = given_path("keys/ring", "alice.key.pem");
    g_assert_true(g_file_set_contents(in, part, -1, NULL));
    g_autofree char *command = g_strdup_printf("openssl cms -sign -binary -outform DER -signer '%s' -inkey '%s' -econtent_type %s -in '%s' -out '%s'",
                                               certificate, key, content_type, in, out);
    int status = -1;
    g_autofree char *octets = NULL, *complaint = NULL;
    gsize length = 0;
    bool done = g_spawn_command_line_sync(command, NULL, &complaint, &status, NULL) && status == 0 && g_file_get_contents(out, &octets, &length, NULL);
    g_unlink(in);
    g_unlink(out);
    g_rmdir(folder);
    return done ? g_base64_encode((const guchar *)octets, length) : NULL;
}

/* RFC 8551 2.4.1: the signature of a MIME entity is one over id-data. One that was made over a time-stamp token (RFC 3161 2.4.2) or
 * anything else says nothing of a MIME entity, though its octets be the same. */
static void test_other_kind(void)
{
    static const char part[] = "Content-Type: text/plain\r\n\r\n" WATSON;
    static const char *const types[] = {"1.2.840.113549.1.7.1", "1.2.840.113549.1.9.16.1.4", "1.2.840.113549.1.7.2"};
    for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autofree char *signature = signature_of(part, types[i]);
        if (!signature) {
            g_test_skip("no openssl command");
            return;
        }
        g_autofree char *body = g_strdup_printf(
            "--b\r\n%s\r\n--b\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n--b--\r\n", part, signature);
        if (i == 0)
            assert_signed(SIGNED, NULL, body, SM_PASS, SM_REASON_NONE, "sender matches From");
        else
            assert_signed(SIGNED, NULL, body, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, ", but readers may read something else");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ring = given_ring();
    g_test_add_func("/history/summary/alone", test_alone);
    g_test_add_func("/history/summary/further-part", test_further_part);
    g_test_add_func("/history/summary/beside", test_beside);
    g_test_add_func("/history/summary/instead-of-signature", test_instead_of_signature);
    g_test_add_func("/history/summary/two-readings", test_two_readings);
    g_test_add_func("/history/summary/hidden", test_hidden);
    g_test_add_func("/history/summary/other-kind", test_other_kind);
    int status = g_test_run();
    sm_keyring_unref(ring);
    return status;
}
