/* The verdict on a message as a whole: that signatures hold is not enough where readers may read something else than what was signed, or
 * something more (RFC 1847 2.1). */

#include "history/history.h"
#include "inspect_given.h"

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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ring = given_ring();
    g_test_add_func("/history/summary/alone", test_alone);
    g_test_add_func("/history/summary/further-part", test_further_part);
    g_test_add_func("/history/summary/two-readings", test_two_readings);
    int status = g_test_run();
    sm_keyring_unref(ring);
    return status;
}
