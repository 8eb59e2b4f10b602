/* Diagnosis: what the openssl command signed and sealed is damaged as intermediaries do it; each damage must
 * be named, and nothing else. */

#include "inspect/inspect.h"

#include "base/bounds.h"

#include <stdio.h>
#include <unistd.h>

static char *scratch;    /* a directory for the openssl command; NULL where there is none */
static sm_keyring *ring; /* the demonstration keys */

/* Octets */

static GBytes *text(const char *octets)
{
    return g_bytes_new(octets, strlen(octets));
}

static GBytes *joined(GBytes *a, GBytes *b, GBytes *c)
{
    GByteArray *out = g_byte_array_new();
    GBytes *const all[] = {a, b, c};
    for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
        gsize length;
        const guint8 *data = g_bytes_get_data(all[i], &length);
        g_byte_array_append(out, data, (guint)length);
    }
    return g_byte_array_free_to_bytes(out);
}

/* Every `from` replaced, and how many there were. */
static GBytes *replaced(GBytes *octets, const char *from, const char *to, unsigned *count)
{
    gsize length;
    const char *data = g_bytes_get_data(octets, &length);
    GByteArray *out = g_byte_array_new();
    *count = 0;
    for (gsize at = 0; at < length;) {
        bool here = length - at >= strlen(from) && memcmp(data + at, from, strlen(from)) == 0;
        g_byte_array_append(out, (const guint8 *)(here ? to : data + at), here ? (guint)strlen(to) : 1);
        at += here ? strlen(from) : 1;
        *count += here;
    }
    return g_byte_array_free_to_bytes(out);
}

static GBytes *from_file(const char *path)
{
    char *contents;
    gsize length;
    g_assert_true(g_file_get_contents(path, &contents, &length, NULL));
    return g_bytes_new_take(contents, length);
}

static GBytes *fixture(const char *name)
{
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "data", "cms", name, NULL);
    return from_file(path);
}

static char *key_path(const char *folder, const char *name)
{
    return g_test_build_filename(G_TEST_DIST, "..", "..", "keys", folder, name, NULL);
}

/* The openssl command */

/* openssl cms -binary with these further arguments (separated by blanks; "ring/x" is a file of the
 * demonstration keys). */
static GBytes *cms(GBytes *content, const char *arguments)
{
    g_autofree char *in = g_build_filename(scratch, "in", NULL),
                    *out = g_build_filename(scratch, "out", NULL);
    gsize length;
    const char *data = g_bytes_get_data(content, &length);
    g_assert_true(g_file_set_contents(in, data, (gssize)length, NULL));
    g_autoptr(GPtrArray) command = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *line =
        g_strdup_printf("openssl cms -binary -outform DER -in %s -out %s %s", in, out, arguments);
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    for (char **word = words; *word; word++)
        g_ptr_array_add(command,
                        g_str_has_prefix(*word, "ring/") ? key_path("ring", *word + 5) : g_strdup(*word));
    g_ptr_array_add(command, NULL);
    int status;
    g_autofree char *complaint = NULL;
    g_assert_true(g_spawn_sync(NULL, (char **)command->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               &complaint, &status, NULL));
    if (!g_spawn_check_wait_status(status, NULL))
        g_error("openssl: %s", complaint);
    return from_file(out);
}

#define BY_ALICE "-sign -signer ring/alice.cert.pem -inkey ring/alice.key.pem"
#define BY_ALICE_RSA "-sign -signer ring/alice-rsa.cert.pem -inkey ring/alice-rsa.key.pem"
#define OPAQUE " -nodetach"
#define ALWAYS_THE_SAME " -noattr" /* no signing time: an RSA signature has the same octets each time */

static bool no_openssl(void)
{
    if (scratch)
        return false;
    g_test_skip("no openssl command");
    return true;
}

/* Inspection */

#define MULTIPART "multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=b"
#define SIGNED "application/pkcs7-mime; smime-type=signed-data"
#define ENVELOPED "application/pkcs7-mime; smime-type=auth-enveloped-data"

static sm_inspection *inspect_carried(GBytes *body, const sm_carrier *carrier)
{
    sm_settings settings = {.keyring = ring, .time_choice = SM_TIME_CAPTURE};
    return sm_inspect(&settings, carrier, body);
}

static sm_inspection *inspect(GBytes *body, const char *content_type)
{
    sm_carrier carrier = {
        .kind = SM_CARRIER_SIP, .content_type = content_type, .time = sm_moment_at(1700000000, 0)};
    return inspect_carried(body, &carrier);
}

/* A multipart/signed body; the signature in base64 unless `binary`. */
static GBytes *multipart(GBytes *part, GBytes *signature, bool binary)
{
    gsize length;
    const guchar *data = g_bytes_get_data(signature, &length);
    g_autofree char *coded = g_base64_encode(data, length);
    g_autoptr(GBytes) start = text("--b\r\n"), end = text("\r\n--b--\r\n"), in_base64 = text(coded);
    g_autoptr(GBytes) middle = text(binary ? "\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\r\n"
                                           : "\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n"
                                             "Content-Transfer-Encoding: base64\r\n\r\n");
    g_autoptr(GBytes) head = joined(start, part, middle);
    return joined(head, binary ? signature : in_base64, end);
}

static sm_inspection *inspect_part(GBytes *received, GBytes *signature)
{
    g_autoptr(GBytes) body = multipart(received, signature, false);
    return inspect(body, MULTIPART);
}

static sm_verdict together(const sm_signer *signer)
{
    return sm_verdict_and(signer->signature->signature, signer->signature->digest);
}

/* The one signer failed, and the diagnosis is this (NULL: none). */
static void assert_fails(const sm_inspection *inspection, const char *diagnosis)
{
    g_assert_cmpuint(inspection->signer_count, ==, 1);
    g_assert_cmpint(together(inspection->signers[0]).kind, ==, SM_FAIL);
    g_assert_cmpstr(inspection->signers[0]->diagnosis, ==, diagnosis);
    g_assert_cmpuint(inspection->layers[0]->variants_tried, >, 0);
}

static void assert_untried(const sm_inspection *inspection)
{
    for (unsigned i = 0; i < inspection->layer_count; i++) {
        g_assert_cmpuint(inspection->layers[i]->variants_tried, ==, 0);
        g_assert_null(inspection->layers[i]->diagnosis);
    }
    for (unsigned i = 0; i < inspection->signer_count; i++)
        g_assert_null(inspection->signers[i]->diagnosis);
    g_assert_cmpuint(inspection->limit_count, ==, 0);
}

/* The signed part */

typedef struct damage {
    const char *name, *sent, *received, *diagnosis;
} damage;

#define TYPE "Content-Type: text/plain\r\n"
#define OF_64 "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"
#define LETTERS_48 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const damage damages[] = {
    {"crlf-to-lf", TYPE "\r\nWatson,\r\ncome here.\r\n", "Content-Type: text/plain\n\nWatson,\ncome here.\n",
     "would verify with CRLF line ends: something on the way turned them into LF"},
    {"some-crlf-to-lf", TYPE "\r\nWatson,\r\ncome here.\r\n", TYPE "\r\nWatson,\ncome here.\r\n",
     "would verify with CRLF line ends: something on the way turned them into LF"},
    {"lf-to-crlf", "Content-Type: text/plain\n\nWatson\n", TYPE "\r\nWatson\r\n",
     "would verify with LF line ends: something on the way turned them into CRLF"},
    {"cr-doubled", TYPE "\r\nWatson\r\n", "Content-Type: text/plain\r\r\n\r\r\nWatson\r\r\n",
     "would verify with CRLF where CR CR LF stands: something on the way put a CR before every LF"},
    {"line-end-cut", TYPE "\r\nWatson\r\n", TYPE "\r\nWatson",
     "would verify with another CRLF at its end: it was cut off, or the sender signed the line end that belongs to the boundary"},
    {"lf-cut", TYPE "\r\nWatson\n", TYPE "\r\nWatson",
     "would verify with another LF at its end: it was cut off, or the sender signed the line end that belongs to the boundary"},
    {"line-end-added", TYPE "\r\nWatson", TYPE "\r\nWatson\r\n",
     "would verify without the line end at its end: it was added after signing"},
    {"line-ends-added", TYPE "\r\nWatson", TYPE "\r\nWatson\r\n\r\n",
     "would verify without the line ends at its end: they were added after signing"},
    {"lf-and-cut", TYPE "\r\nWatson\r\n", "Content-Type: text/plain\n\nWatson",
     "would verify with CRLF line ends and with another CRLF at its end: something on the way turned them into LF; it was cut off, or "
     "the sender signed the line end that belongs to the boundary"},
    {"footer-added", TYPE "\r\nWatson\r\n", TYPE "\r\nWatson\r\n-- \r\nSent through the gateway\r\nof Example\r\n",
     "would verify without the last 43 octets: they were added after signing"},
    {"footer-behind-open-line", TYPE "\r\nWatson", TYPE "\r\nWatson\r\n-- \r\nSent through the gateway\r\n",
     "would verify without the last 33 octets: they were added after signing"},
    {"blanks", TYPE "\r\nWatson,\r\ncome here.\r\n", TYPE "\r\nWatson,  \r\ncome here.\t\r\n ",
     "would verify without the blanks at its line ends: they were added after signing"},
    {"utf-8", TYPE "\r\nJ\xf6rg\r\n", TYPE "\r\nJ\xc3\xb6rg\r\n",
     "would verify with its characters in ISO 8859-1: something on the way re-coded them as UTF-8"},

    {"content-length", TYPE "\r\nWatson\r\n", TYPE "Content-Length: 8\r\n\r\nWatson\r\n",
     "would verify without the Content-Length header field of the signed part: it was added after signing"},
    {"content-id", TYPE "\r\nWatson\r\n", "Content-ID: <1@example.com>\r\n" TYPE "\r\nWatson\r\n",
     "would verify without the Content-ID header field of the signed part: it was added after signing"},
    {"two-added", TYPE "\r\nWatson\r\n", "MIME-Version: 1.0\r\n" TYPE "Content-Length: 8\r\n\r\nWatson\r\n",
     "would verify without the header fields MIME-Version, Content-Length of the signed part: they were added after signing"},
    {"other-added", TYPE "\r\nWatson\r\n", TYPE "X-Gateway: one\r\n\r\nWatson\r\n",
     "would verify without the X-Gateway header field of the signed part: it was added after signing"},
    {"others-added", TYPE "\r\nWatson\r\n", TYPE "X-Gateway: one\r\nContent-Length: 8\r\n\r\nWatson\r\n",
     "would verify without the header fields X-Gateway, Content-Length of the signed part: they were added after signing"},
    {"encoding-added", TYPE "\r\nWatson\r\n", TYPE "Content-Transfer-Encoding: 8bit\r\n\r\nWatson\r\n",
     "would verify without the Content-Transfer-Encoding header field of the signed part: it was added after signing"},
    {"added-and-lf", TYPE "\r\nWatson\r\n", "Content-Type: text/plain\nContent-Length: 8\n\nWatson\n",
     "would verify with CRLF line ends and without the Content-Length header field of the signed part: something on the way turned "
     "them into LF; it was added after signing"},
    {"body-alone", "Watson\r\n", TYPE "\r\nWatson\r\n",
     "would verify over the body alone, without the header of the signed part: the sender signed the body and not the MIME entity "
     "(RFC 8551 3.1), or the header was added after signing"},
    {"type-dropped", TYPE "\r\nWatson\r\n", "\r\nWatson\r\n",
     "would verify with Content-Type: text/plain in the header of the signed part: it was dropped after signing"},
    {"type-dropped-before-others", "Content-Type: text/plain; charset=UTF-8\r\nContent-ID: <1@example.com>\r\n\r\nWatson\r\n",
     "Content-ID: <1@example.com>\r\n\r\nWatson\r\n",
     "would verify with Content-Type: text/plain; charset=UTF-8 in the header of the signed part: it was dropped after signing"},
    {"length-dropped", TYPE "Content-Length: 8\r\n\r\nWatson\r\n", TYPE "\r\nWatson\r\n",
     "would verify with Content-Length: 8 in the header of the signed part: it was dropped after signing"},
    {"version-dropped", "MIME-Version: 1.0\r\n" TYPE "\r\nWatson\r\n", TYPE "\r\nWatson\r\n",
     "would verify with MIME-Version: 1.0 in the header of the signed part: it was dropped after signing"},
    {"disposition-dropped", TYPE "Content-ID: <1@example.com>\r\nContent-Disposition: render\r\n\r\nWatson\r\n",
     TYPE "Content-ID: <1@example.com>\r\n\r\nWatson\r\n",
     "would verify with Content-Disposition: render in the header of the signed part: it was dropped after signing"},
    {"session-dropped", "Content-Disposition: session\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n", "Content-Type: application/sdp\r\n\r\nv=0\r\n",
     "would verify with Content-Disposition: session in the header of the signed part: it was dropped after signing"},
    {"encoding-dropped", TYPE "Content-Transfer-Encoding: 8bit\r\n\r\nWatson\r\n", TYPE "\r\nWatson\r\n",
     "would verify with Content-Transfer-Encoding 8bit in the signed part: the header field was dropped after signing"},
    {"reordered", TYPE "Content-ID: <1@example.com>\r\nContent-Language: en\r\n\r\nWatson\r\n",
     "Content-Language: en\r\n" TYPE "Content-ID: <1@example.com>\r\n\r\nWatson\r\n",
     "would verify with the header fields of the signed part in the order Content-Type, Content-ID, Content-Language: they were "
     "reordered after signing"},
    {"folded", "Content-Type: text/plain; charset=utf-8\r\n\r\nWatson\r\n",
     "Content-Type: text/plain;\r\n\tcharset=utf-8\r\n\r\nWatson\r\n",
     "would verify with the header fields of the signed part unfolded: they were folded after signing"},
    {"unfolded", "Content-Type: text/plain;\r\n\tcharset=utf-8\r\n\r\nWatson\r\n",
     "Content-Type: text/plain; charset=utf-8\r\n\r\nWatson\r\n",
     "would verify with the header fields of the signed part folded after each semicolon: they were unfolded after signing"},
    {"lower-case", TYPE "MIME-Version: 1.0\r\n\r\nWatson\r\n",
     "content-type: text/plain\r\nmime-version: 1.0\r\n\r\nWatson\r\n",
     "would verify with the header field names of the signed part in their usual case: their case was changed after signing"},
    {"usual-case", "content-type: text/plain\r\n\r\nWatson\r\n", TYPE "\r\nWatson\r\n",
     "would verify with the header field names of the signed part in lower case: their case was changed after signing"},
    {"capital", "Content-type: text/plain\r\n\r\nWatson\r\n", TYPE "\r\nWatson\r\n",
     "would verify with the header field names of the signed part in lower case but their first letter: their case was changed after "
     "signing"},
    {"colon-closed", TYPE "\r\nWatson\r\n", "Content-Type:text/plain\r\n\r\nWatson\r\n",
     "would verify with one blank after the colons of the header fields of the signed part: blanks there were changed after signing"},
    {"colon-spaced", "Content-Type:text/plain\r\n\r\nWatson\r\n", TYPE "\r\nWatson\r\n",
     "would verify without blanks after the colons of the header fields of the signed part: they were added after signing"},
    {"charset-added", TYPE "\r\nWatson\r\n", "Content-Type: text/plain; charset=utf-8\r\n\r\nWatson\r\n",
     "would verify without the parameters of the signed part's Content-Type: they were added after signing"},
    {"semicolon-spaced", "Content-Type: text/plain;charset=utf-8\r\n\r\nWatson\r\n",
     "Content-Type: text/plain; charset=utf-8\r\n\r\nWatson\r\n",
     "would verify without blanks after the semicolons of the header fields of the signed part: they were added after signing"},
    {"quoted", "Content-Type: text/plain; charset=utf-8\r\n\r\nWatson\r\n",
     "Content-Type: text/plain; charset=\"utf-8\"\r\n\r\nWatson\r\n",
     "would verify without quotation marks in the header fields of the signed part: they were added after signing"},
    {"unquoted", "Content-Type: text/plain; charset=\"utf-8\"\r\n\r\nWatson\r\n",
     "Content-Type: text/plain; charset=utf-8\r\n\r\nWatson\r\n",
     "would verify with quotation marks around the parameter values of the signed part's header fields: they were removed after "
     "signing"},

    {"relabelled", TYPE "Content-Transfer-Encoding: binary\r\n\r\nWatson\r\n",
     TYPE "Content-Transfer-Encoding: 8bit\r\n\r\nWatson\r\n",
     "would verify with Content-Transfer-Encoding binary in the signed part: the header field was changed after signing"},
    {"to-base64", TYPE "\r\nWatson\r\n", TYPE "Content-Transfer-Encoding: base64\r\n\r\nV2F0c29uDQo=\r\n",
     "would verify with the signed part's body decoded from base64 and without Content-Transfer-Encoding: it was encoded after signing"},
    {"8bit-to-base64", TYPE "Content-Transfer-Encoding: 8bit\r\n\r\nWatson\r\n",
     TYPE "Content-Transfer-Encoding: base64\r\n\r\nV2F0c29uDQo=\r\n",
     "would verify with the signed part's body decoded from base64 and with Content-Transfer-Encoding 8bit: it was encoded after signing"},
    {"8bit-to-quoted", TYPE "Content-Transfer-Encoding: 8bit\r\n\r\nJ\xf6rg\r\n",
     TYPE "Content-Transfer-Encoding: quoted-printable\r\n\r\nJ=F6rg\r\n",
     "would verify with the signed part's body decoded from quoted-printable and with Content-Transfer-Encoding 8bit: it was encoded "
     "after signing"},
    {"from-base64", TYPE "Content-Transfer-Encoding: base64\r\n\r\n" OF_64 "QUFBQUFBQUFB\r\nQUFB\r\n",
     TYPE "Content-Transfer-Encoding: 8bit\r\n\r\n" LETTERS_48 "AAAAAAAAAAAA",
     "would verify with the signed part's body in base64, 76 characters in a line: it was decoded after signing"},
    {"from-base64-72", "Content-Transfer-Encoding: base64\r\n" TYPE "\r\n" OF_64 "QUFBQUFB\r\nQUFBQUFB",
     "Content-Transfer-Encoding: binary\r\n" TYPE "\r\n" LETTERS_48 "AAAAAAAAAAAA",
     "would verify with the signed part's body in base64, 72 characters in a line: it was decoded after signing"},
    {"from-base64-label-lost", TYPE "Content-Transfer-Encoding: base64\r\n\r\n" OF_64 "\r\nQUFB\r\n",
     TYPE "\r\n" LETTERS_48 "AAA",
     "would verify with the signed part's body in base64, 64 characters in a line: it was decoded after signing"},
    {"from-base64-behind-type",
     TYPE "Content-Transfer-Encoding: base64\r\nContent-ID: <1@example.com>\r\n\r\nV2F0c29uDQo=\r\n",
     TYPE "Content-ID: <1@example.com>\r\n\r\nWatson\r\n",
     "would verify with the signed part's body in base64, 76 characters in a line: it was decoded after signing"},
    {"rewrapped", TYPE "Content-Transfer-Encoding: base64\r\n\r\n" OF_64 "\r\nQUFB\r\n",
     TYPE "Content-Transfer-Encoding: base64\r\n\r\n" OF_64 "QUFB\r\n",
     "would verify with the signed part's body in base64, 64 characters in a line: its lines were broken anew after signing"},
    {"from-quoted",
     TYPE "Content-Transfer-Encoding: quoted-printable\r\n\r\nJ=F6rg =3D me=20\r\n"
          "123456789012345678901234567890123456789012345678901234567890123456789012345=\r\n67890\r\n",
     TYPE "Content-Transfer-Encoding: 8bit\r\n\r\nJ\xf6rg = me \r\n"
          "12345678901234567890123456789012345678901234567890123456789012345678901234567890\r\n",
     "would verify with the signed part's body in quoted-printable: it was decoded after signing"},
};

static void test_part(gconstpointer argument)
{
    const damage *row = argument;
    if (no_openssl())
        return;
    g_autoptr(GBytes) sent = text(row->sent), received = text(row->received);
    g_autoptr(GBytes) signature = cms(sent, BY_ALICE);
    sm_inspection *inspection = inspect_part(received, signature);
    assert_fails(inspection, row->diagnosis);
    g_assert_cmpuint(inspection->limit_count, ==, 0);
    sm_inspection_unref(inspection);
}

/* Without signed attributes the value itself is tried over each copy. */
static void test_part_without_attributes(gconstpointer argument)
{
    const damage *row = argument;
    if (no_openssl())
        return;
    g_autoptr(GBytes) sent = text(row->sent), received = text(row->received);
    g_autoptr(GBytes) signature = cms(sent, BY_ALICE_RSA " -noattr");
    sm_inspection *inspection = inspect_part(received, signature);
    assert_fails(inspection, row->diagnosis);
    sm_inspection_unref(inspection);
}

/* What stands in the repository, for a machine without the openssl command. */
static void test_fixture(void)
{
    g_autoptr(GBytes) signature = fixture("signed-detached.der"), sent = fixture("content.txt");
    unsigned count;
    g_autoptr(GBytes) received = replaced(sent, "\r\n", "\n", &count);
    g_assert_cmpuint(count, ==, 3);
    sm_inspection *inspection = inspect_part(sent, signature);
    g_assert_cmpint(together(inspection->signers[0]).kind, ==, SM_PASS);
    assert_untried(inspection);
    sm_inspection_unref(inspection);
    inspection = inspect_part(received, signature);
    assert_fails(inspection, damages[0].diagnosis);
    sm_inspection_unref(inspection);
}

/* Zeros that fill a block behind the signed part. */
static void test_zeros(void)
{
    static const guint8 zeros[5] = {0};
    g_autoptr(GBytes) signature = fixture("signed-detached.der"), sent = fixture("content.txt"), none = text(""),
                      padding = g_bytes_new_static(zeros, sizeof(zeros)), received = joined(sent, padding, none);
    sm_inspection *inspection = inspect_part(received, signature);
    assert_fails(inspection, "would verify without the last 5 octets: they were added after signing");
    sm_inspection_unref(inspection);
}

/* Octets behind a sound CMS change no verdict, and are told. */
static void test_behind(void)
{
    static const struct {
        const char *behind, *told;
    } rows[] = {
        {"\n", "1 octet behind the CMS: no part of it, and nothing protects it"},
        {"Content-Type: text/plain\r\n\r\nBring money.", "40 octets behind the CMS: no part of it, and nothing protects them"},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GBytes) sent = fixture("signed.der"), behind = text(rows[i].behind), none = text(""), body = joined(sent, behind, none);
        sm_inspection *inspection = inspect(body, SIGNED);
        g_assert_cmpint(together(inspection->signers[0]).kind, ==, SM_PASS);
        g_assert_null(inspection->signers[0]->diagnosis);
        g_assert_cmpstr(inspection->layers[0]->diagnosis, ==, rows[i].told);
        sm_inspection_unref(inspection);
    }
}

/* What must not be explained */

static void test_attacker(void)
{
    static const char *const forged[] = {
        TYPE "\r\nWatson, come here!\r\n",
        TYPE "\r\n",
        TYPE "\r\nBring money.\r\nWatson, come here.\r\n",
        "Content-Type: text/html\r\n\r\nWatson, come here.\r\n",
        TYPE "Content-Length: 9\r\nX: y\r\n\r\nGo away.\r\n",
        TYPE "Content-Transfer-Encoding: base64\r\n\r\nR28gYXdheS4=\r\n",
        "Watson",
        "\r\n",
        "",
    };
    g_autoptr(GBytes) signature = fixture("signed-detached.der");
    for (unsigned i = 0; i < G_N_ELEMENTS(forged); i++) {
        g_autoptr(GBytes) received = text(forged[i]);
        sm_inspection *inspection = inspect_part(received, signature);
        g_assert_cmpint(together(inspection->signers[0]).kind, ==, SM_FAIL);
        g_assert_null(inspection->signers[0]->diagnosis);
        g_assert_null(inspection->layers[0]->diagnosis);
        g_assert_cmpuint(inspection->layers[0]->variants_tried, <, SM_LIMIT_DIAGNOSES);
        g_assert_cmpuint(inspection->limit_count, ==, 0);
        sm_inspection_unref(inspection);
    }
}

/* One bit of the CMS changed, wherever it is: never an explanation, and never a pass. */
static void test_flipped_bits(void)
{
    static const char *const names[] = {"signed.der", "signed-noattr-keyid-nocerts.der",
                                        "auth-enveloped-many.der", "enveloped-rsa.der"};
    for (unsigned n = 0; n < G_N_ELEMENTS(names); n++) {
        g_autoptr(GBytes) sent = fixture(names[n]);
        gsize length;
        const guint8 *data = g_bytes_get_data(sent, &length);
        for (gsize at = 0; at < length; at += 7) {
            guint8 *copy = g_memdup2(data, length);
            copy[at] ^= 0x10;
            g_autoptr(GBytes) body = g_bytes_new_take(copy, length);
            sm_inspection *inspection = inspect(body, SIGNED);
            g_assert_cmpuint(inspection->layer_count, >=, 1);
            const char *line = inspection->layers[0]->diagnosis;
            if (line && !strstr(line, "octets short of") && !strstr(line, "behind the CMS"))
                g_error("%s, octet %zu: %s", names[n], at, line);
            for (unsigned i = 0; i < inspection->signer_count; i++)
                g_assert_null(inspection->signers[i]->diagnosis);
            sm_inspection_unref(inspection);
        }
    }
}

static void test_untried(void)
{
    static const char *const names[] = {"signed.der",        "signed-stream.der",
                                        "signed-two.der",    "auth-enveloped-many.der",
                                        "enveloped-kek.der", "enveloped-stream.der",
                                        "compressed.der",    "certs-only.der",
                                        "digested.der",      "data.der"};
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GBytes) body = fixture(names[i]);
        sm_inspection *inspection = inspect(body, SIGNED);
        g_assert_cmpuint(inspection->layer_count, ==, 1);
        assert_untried(inspection);
        sm_inspection_unref(inspection);
    }
}

/* Octetsthat the capture lacks explain a failure by themselves, and a quoted message is not judged. */
static void test_incomplete(void)
{
    g_autoptr(GBytes) signature = fixture("signed-detached.der"),
                      received = text("Content-Type: text/plain\n\nWatson, come here.\n");
    g_autoptr(GBytes) body = multipart(received, signature, false);
    sm_carrier carriers[] = {
        {.kind = SM_CARRIER_SIP, .content_type = MULTIPART},
        {.kind = SM_CARRIER_SIP, .content_type = MULTIPART, .missing = 1},
        {.kind = SM_CARRIER_SIP, .content_type = MULTIPART, .quoted = true},
        {.kind = SM_CARRIER_MSRP, .content_type = MULTIPART, .msrp.complete = true},
        {.kind = SM_CARRIER_MSRP, .content_type = MULTIPART, .msrp.complete = false},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(carriers); i++) {
        sm_inspection *inspection = inspect_carried(body, &carriers[i]);
        g_assert_cmpuint(inspection->signer_count, ==, 1);
        if (i == 0 || i == 3)
            assert_fails(inspection, damages[0].diagnosis);
        else
            assert_untried(inspection);
        sm_inspection_unref(inspection);
    }
}

/* Header fields in plenty: the search ends, and says that it did not try everything. */
static void test_variants(void)
{
    g_autoptr(GBytes) signature = fixture("signed-detached.der");
    g_autoptr(GBytes) received = text(
        "A: 1\nb: 2\nContent-type:text/plain; charset=\"utf-8\"\nContent-Transfer-Encoding: 8bit\n\nGo away.\n");
    sm_inspection *inspection = inspect_part(received, signature);
    assert_fails(inspection, NULL);
    g_assert_cmpuint(inspection->layers[0]->variants_tried, ==, SM_LIMIT_DIAGNOSES);
    g_assert_cmpuint(inspection->limit_count, ==, 1);
    g_assert_cmpstr(inspection->limits[0], ==, "more than " G_STRINGIFY(SM_LIMIT_DIAGNOSES) " variants to explain a failure");
    sm_inspection_unref(inspection);
}

/* A content so large that a few copies are all that is allowed: said, because an answer may have been
 * missed. */
static void test_limit(void)
{
    if (no_openssl())
        return;
    gsize length = SM_LIMIT_DIAGNOSIS_OCTETS / 3;
    char *octets = g_malloc(length);
    memset(octets, 'a', length);
    memcpy(octets, TYPE "\r\n", sizeof(TYPE "\r\n") - 1);
    octets[length - 1] = 'b';
    g_autoptr(GBytes) sent = g_bytes_new(octets, length);
    octets[length - 1] = 'c';
    g_autoptr(GBytes) received = g_bytes_new_take(octets, length), signature = cms(sent, BY_ALICE);
    sm_inspection *inspection = inspect_part(received, signature);
    assert_fails(inspection, NULL);
    g_assert_cmpuint(inspection->layers[0]->variants_tried, <=, 3);
    g_assert_cmpuint(inspection->limit_count, ==, 1);
    g_assert_cmpstr(inspection->limits[0], ==,
                    "more than SM_LIMIT_DIAGNOSIS_OCTETS octets to explain failures");
    sm_inspection_unref(inspection);
}

/* Content inside the CMS */

/* signed-detached.der with this eContent: three lengths of two octets grow, and EncapsulatedContentInfo gets
 * its second member. */
static GBytes *with_content(const char *content)
{
    static const guint8 data[] = {0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48,
                                  0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
    static const gsize lengths[] = {2, 17, 21}; /* ContentInfo, [0], SignedData */
    g_autoptr(GBytes) detached = fixture("signed-detached.der");
    gsize length, size = strlen(content), at = 0;
    const guint8 *octets = g_bytes_get_data(detached, &length);
    g_assert_cmpuint(size, <, 100);
    while (memcmp(octets + at, data, sizeof(data)) != 0)
        g_assert_cmpuint(++at + sizeof(data), <, length);
    const guint8 content_head[] = {0xa0, (guint8)(size + 2), 0x04, (guint8)size};

    GByteArray *out = g_byte_array_new();
    g_byte_array_append(out, octets, (guint)(at + sizeof(data)));
    g_byte_array_append(out, content_head, sizeof(content_head));
    g_byte_array_append(out, (const guint8 *)content, (guint)size);
    g_byte_array_append(out, octets + at + sizeof(data), (guint)(length - at - sizeof(data)));
    out->data[at + 1] = (guint8)(out->data[at + 1] + size + 4);
    for (unsigned i = 0; i < G_N_ELEMENTS(lengths); i++) {
        g_assert_cmphex(out->data[lengths[i] - 1], ==, 0x82);
        gsize longer = (gsize)(out->data[lengths[i]] << 8 | out->data[lengths[i] + 1]) + size + 4;
        out->data[lengths[i]] = (guint8)(longer >> 8);
        out->data[lengths[i] + 1] = (guint8)longer;
    }
    return g_byte_array_free_to_bytes(out);
}

/* No gateway changes what stands inside a CMS: the sender is to blame, and header fields are not tried. */
static void test_opaque(void)
{
    g_autoptr(GBytes) sound = with_content(TYPE "\r\nWatson, come here.\r\n");
    sm_inspection *inspection = inspect(sound, SIGNED);
    g_assert_cmpint(together(inspection->signers[0]).kind, ==, SM_PASS);
    assert_untried(inspection);
    sm_inspection_unref(inspection);

    static const struct {
        const char *content, *diagnosis;
    } rows[] = {
        {"Content-Type: text/plain\n\nWatson, come here.\n",
         "would verify with CRLF line ends: the sender signed other octets than it put into the message"},
        {"Content-Type: text/plain\n\nWatson, come here.",
         "would verify with CRLF line ends and with another CRLF at its end: the sender signed other octets than it put into the message"},
        {TYPE "Content-Length: 20\r\n\r\nWatson, come here.\r\n", NULL},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GBytes) body = with_content(rows[i].content);
        inspection = inspect(body, SIGNED);
        assert_fails(inspection, rows[i].diagnosis);
        sm_inspection_unref(inspection);
    }
}

/* Certificates */

/* The SignerInfo's serial number is 1001's; 1004 is Alice's RSA certificate of the ring, with the same
 * subject. */
static GBytes *naming_another(GBytes *signature)
{
    gsize length;
    const guint8 *data = g_bytes_get_data(signature, &length);
    guint8 *copy = g_memdup2(data, length);
    static const guint8 serial[] = {0x02, 0x02, 0x10, 0x01};
    gsize last = 0;
    for (gsize at = 0; at + sizeof(serial) <= length; at++)
        if (memcmp(copy + at, serial, sizeof(serial)) == 0)
            last = at;
    g_assert_cmpuint(last, >, 0);
    copy[last + 3] = 0x04;
    return g_bytes_new_take(copy, length);
}

static void test_other_certificate(void)
{
    g_autoptr(GBytes) sent = fixture("content.txt"), signature = fixture("signed-detached.der"),
                      renamed = naming_another(signature);
    sm_inspection *inspection = inspect_part(sent, renamed);
    assert_fails(
        inspection,
        "would verify with another certificate of the same subject, CN=Alice (serial 1001) of the message: the signer's "
        "identifier names the wrong one");
    sm_inspection_unref(inspection);

    unsigned count;
    g_autoptr(GBytes) received = replaced(sent, "\r\n", "\n", &count);
    inspection = inspect_part(received, renamed);
    assert_fails(
        inspection,
        "would verify with CRLF line ends and with another certificate of the same subject, CN=Alice (serial 1001) of "
        "the message: something on the way turned them into LF; the signer's identifier names the wrong one");
    sm_inspection_unref(inspection);
}

/* The CMS sent as text */

#define AS_TEXT "something on the way treated the binary body as text"

/* A few hundred octets with their own line ends, LF and CRLF. */
static GBytes *letter(void)
{
    return text(TYPE "\r\nWatson,\r\ncome here.\r\nI want\nto see you.\r\n");
}

static void assert_layer(GBytes *body, const char *content_type, const char *diagnosis)
{
    sm_inspection *inspection = inspect(body, content_type);
    g_assert_cmpint(inspection->layers[0]->opened.kind, !=, SM_PASS);
    g_assert_cmpstr(inspection->layers[0]->diagnosis, ==, diagnosis);
    sm_inspection_unref(inspection);
}

static void test_cr_added(void)
{
    if (no_openssl())
        return;
    g_autoptr(GBytes) content = letter(), sent = cms(content, BY_ALICE_RSA OPAQUE ALWAYS_THE_SAME);
    unsigned own, added;
    g_autoptr(GBytes) every = replaced(sent, "\n", "\r\n", &added),
                      without = replaced(sent, "\r\n", "", &own);
    g_autofree char *line =
        g_strdup_printf("would verify without the CR before LF in %u places of the CMS: " AS_TEXT, added);
    assert_layer(every, SIGNED, line);
    g_assert_cmpuint(own, >=, 5);

    /* Only where there was none: CRLFs of the text stay. */
    g_autoptr(GBytes) marked = replaced(sent, "\r\n", "\n\r", &own),
                      crlf = replaced(marked, "\n", "\r\n", &added);
    g_autoptr(GBytes) bare = replaced(crlf, "\r\n\r", "\r\n", &own);
    g_assert_cmpuint(added, >, own + 1);
    g_autofree char *some = g_strdup_printf(
        "would verify without the CR before LF in %u places of the CMS: " AS_TEXT, added - own);
    assert_layer(bare, SIGNED, some);
}

static void test_cr_removed(void)
{
    if (no_openssl())
        return;
    g_autoptr(GBytes) content = letter(), sent = cms(content, BY_ALICE_RSA OPAQUE ALWAYS_THE_SAME);
    unsigned removed;
    g_autoptr(GBytes) received = replaced(sent, "\r\n", "\n", &removed),
                      as_cr = replaced(sent, "\r\n", "\r", &removed);
    g_autofree char *line =
        g_strdup_printf("would verify with CR put back before LF in %u places of the CMS: " AS_TEXT, removed);
    assert_layer(received, SIGNED, line);
    g_autofree char *other =
        g_strdup_printf("would verify with LF put back behind CR in %u places of the CMS: " AS_TEXT, removed);
    assert_layer(as_cr, SIGNED, other);
}

static void test_decrypt(void)
{
    if (no_openssl())
        return;
    char random[4096];
    for (unsigned i = 0; i < sizeof(random); i++)
        random[i] = (char)g_test_rand_int_range('a', 'z');
    memcpy(random, TYPE "\r\n", sizeof(TYPE "\r\n") - 1);
    g_autoptr(GBytes) content = g_bytes_new(random, sizeof(random));
    static const struct {
        const char *arguments, *type;
    } forms[] = {
        {"-encrypt -aes-128-gcm ring/bob-rsa.cert.pem", ENVELOPED},
        {"-encrypt -aes-128-cbc ring/bob-rsa.cert.pem", "application/pkcs7-mime; smime-type=enveloped-data"},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autoptr(GBytes) sent = cms(content, forms[i].arguments);
        unsigned added;
        g_autoptr(GBytes) received = replaced(sent, "\n", "\r\n", &added);
        g_assert_cmpuint(added, >, 1);
        g_autofree char *line = g_strdup_printf(
            "would decrypt without the CR before LF in %u places of the CMS: " AS_TEXT, added);
        assert_layer(received, forms[i].type, line);
    }
}

/* Without a key nobody knows whether it decrypts: only what is certain is told. (CBC would parse: its
 * ciphertext stands last.) */
static void test_no_key(void)
{
    g_autoptr(GBytes) sent = fixture("auth-enveloped-many.der");
    unsigned added;
    g_autoptr(GBytes) received = replaced(sent, "\n", "\r\n", &added);
    g_assert_cmpuint(added, >, 1);
    g_autofree char *line = g_strdup_printf(
        "would be readable without the CR before LF in %u places of the CMS: " AS_TEXT, added);
    sm_keyring *keys = ring;
    ring = NULL;
    assert_layer(received, ENVELOPED, line);
    ring = keys;
}

static void test_latin(void)
{
    g_autoptr(GBytes) sent = fixture("signed.der");
    gsize length;
    const guint8 *data = g_bytes_get_data(sent, &length);
    g_autoptr(GString) characters = g_string_new(NULL);
    for (gsize i = 0; i < length; i++)
        g_string_append_unichar(characters, data[i]);
    g_autoptr(GBytes) received = g_bytes_new(characters->str, characters->len);
    sm_inspection *inspection = inspect(received, SIGNED); /* 30 82 became 30 c2 82: a length of 66 octets is no limit of ours, and no cut */
    g_assert_cmpint(inspection->layers[0]->cms->structure.reason, ==, SM_REASON_MALFORMED);
    sm_inspection_unref(inspection);
    assert_layer(
        received, SIGNED,
        "would verify with each character of the CMS taken as one octet: something on the way re-coded the binary body as UTF-8");
}

static void test_transfer_encoding(void)
{
    g_autoptr(GBytes) sent = fixture("signed.der"), nothing = text(""), before = text("\r\n");
    gsize length;
    const guint8 *data = g_bytes_get_data(sent, &length);
    g_autofree char *coded = g_base64_encode(data, length);
    g_autoptr(GBytes) base64 = text(coded), shifted = joined(before, sent, nothing);
    assert_layer(
        base64, SIGNED,
        "would verify with the body decoded from base64: the Content-Transfer-Encoding header field that said so was lost or changed");
    assert_layer(
        shifted, SIGNED,
        "would verify without the 2 octets of line ends and blanks before the CMS: they were added on the way, or the body is taken to "
        "begin too early");

    static const char head[] = "MESSAGE sip:bob@example.com SIP/2.0\r\nContent-Type: " SIGNED
                               "\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    sm_carrier carrier = {.kind = SM_CARRIER_SIP, .sip.head = SM_BYTES_LITERAL(head)};
    sm_inspection *inspection = inspect_carried(sent, &carrier);
    g_assert_cmpuint(inspection->layer_count, ==, 1);
    g_assert_cmpstr(
        inspection->layers[0]->diagnosis, ==,
        "would verify with the body as it stands, not decoded: it is binary: something on the way decoded it and left its "
        "Content-Transfer-Encoding, or changed the header field");
    sm_inspection_unref(inspection);

    /* The same where it is the signature of a multipart/signed. */
    static const char signature_head[] = "\r\n--b\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    g_autoptr(GBytes) detached = fixture("signed-detached.der"), part = fixture("content.txt");
    g_autoptr(GBytes) first = text("--b\r\n"), middle = text(signature_head), end = text("\r\n--b--\r\n");
    g_autoptr(GBytes) start = joined(first, part, middle), body = joined(start, detached, end);
    assert_layer(
        body, MULTIPART,
        "would verify with the body as it stands, not decoded: it is binary: something on the way decoded it and left its "
        "Content-Transfer-Encoding, or changed the header field");
}

static void test_cut(void)
{
    g_autoptr(GBytes) sent = fixture("signed.der"),
                      received = g_bytes_new_from_bytes(sent, 0, g_bytes_get_size(sent) - 9);
    g_autofree char *line =
        g_strdup_printf("9 octets short of what its length says (%zu of %zu): the end was cut off",
                        g_bytes_get_size(received), g_bytes_get_size(sent));
    assert_layer(received, SIGNED, line);
}

/* Both parts of a multipart/signed through gateways that treat everything as text. */
static void test_both(void)
{
    if (no_openssl())
        return;
    unsigned added, bare;
    g_autoptr(GBytes) part = text(TYPE "\r\nWatson,\r\ncome here.\r\n"), signature = cms(part, BY_ALICE_RSA);
    g_autoptr(GBytes) received_part = replaced(part, "\n", "\r\n", &bare),
                      received = replaced(signature, "\n", "\r\n", &added);
    g_autoptr(GBytes) body = multipart(received_part, received, true);
    g_autofree char *line = g_strdup_printf(
        "would verify without the CR before LF in %u %s of the CMS and with CRLF where CR CR LF stands: " AS_TEXT
        "; something on the way put a CR before every LF",
        added, added == 1 ? "place" : "places");
    sm_inspection *inspection = inspect(body, MULTIPART);
    g_assert_cmpuint(inspection->layer_count, ==, 1);
    g_assert_cmpstr(inspection->layers[0]->diagnosis, ==, line);
    sm_inspection_unref(inspection);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree char *openssl = g_find_program_in_path("openssl"), *keys = key_path("ring", NULL);
    if (openssl)
        scratch = g_dir_make_tmp("sipsmime-diagnosis-XXXXXX", NULL);
    ring = sm_keyring_new();
    g_assert_cmpuint(sm_keyring_add_keys(ring, keys), >, 0);

    g_test_add_func("/inspect/diagnosis/fixture", test_fixture);
    for (unsigned i = 0; i < G_N_ELEMENTS(damages); i++) {
        g_autofree char *path = g_strdup_printf("/inspect/diagnosis/part/%s", damages[i].name);
        g_autofree char *bare = g_strdup_printf("/inspect/diagnosis/without-attributes/%s", damages[i].name);
        g_test_add_data_func(path, &damages[i], test_part);
        g_test_add_data_func(bare, &damages[i], test_part_without_attributes);
    }
    g_test_add_func("/inspect/diagnosis/zeros", test_zeros);
    g_test_add_func("/inspect/diagnosis/behind", test_behind);
    g_test_add_func("/inspect/diagnosis/attacker", test_attacker);
    g_test_add_func("/inspect/diagnosis/flipped-bits", test_flipped_bits);
    g_test_add_func("/inspect/diagnosis/untried", test_untried);
    g_test_add_func("/inspect/diagnosis/incomplete", test_incomplete);
    g_test_add_func("/inspect/diagnosis/variants", test_variants);
    g_test_add_func("/inspect/diagnosis/limit", test_limit);
    g_test_add_func("/inspect/diagnosis/opaque", test_opaque);
    g_test_add_func("/inspect/diagnosis/other-certificate", test_other_certificate);
    g_test_add_func("/inspect/diagnosis/cms/cr-added", test_cr_added);
    g_test_add_func("/inspect/diagnosis/cms/cr-removed", test_cr_removed);
    g_test_add_func("/inspect/diagnosis/cms/decrypt", test_decrypt);
    g_test_add_func("/inspect/diagnosis/cms/no-key", test_no_key);
    g_test_add_func("/inspect/diagnosis/cms/latin", test_latin);
    g_test_add_func("/inspect/diagnosis/cms/transfer-encoding", test_transfer_encoding);
    g_test_add_func("/inspect/diagnosis/cms/cut", test_cut);
    g_test_add_func("/inspect/diagnosis/cms/both", test_both);
    int status = g_test_run();

    sm_keyring_unref(ring);
    if (scratch) {
        static const char *const left[] = {"in", "out"};
        for (unsigned i = 0; i < G_N_ELEMENTS(left); i++) {
            g_autofree char *path = g_build_filename(scratch, left[i], NULL);
            unlink(path);
        }
        rmdir(scratch);
        g_free(scratch);
    }
    return status;
}
