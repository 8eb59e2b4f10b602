/* The walk through a message: which parts, layers, signers and sources come out of nested S/MIME, and what is said when octets are missing,
 * damaged or too many. */

#include "base/bounds.h"
#include "inspect_given.h"

#include "cms/content.h"

static const char *const captures[] = {
    "sip-signed",        "sip-signed-no-certificate", "sip-signed-detached",       "sip-signed-intermediate", "sip-signed-rsa-pss",
    "sip-ed25519",       "sip-base64",                "sip-wrong-signer",          "sip-tampered",            "sip-expired",
    "sip-revoked",       "sip-no-uri",                "sip-unknown-issuer",        "sip-signed-then-encrypted", "sip-encrypted-only",
    "sip-encrypted-rsa", "sip-encrypted-kek",         "sip-enveloped-cbc",         "sip-unwanted-recipient",  "sip-plain",
    "sip-not-cms",       "sip-message-sip-tunnel",    "sip-message-sip-tunnel-differs",
};

static sm_keyring *ring;

static sm_inspection *inspect_capture(const char *name)
{
    given_message message = given_capture(name);
    sm_inspection *inspection = given_inspection(ring, &message);
    given_free(message); /* the inspection stands on its own */
    return inspection;
}

static sm_inspection *inspect_text(const char *content_type, const char *text)
{
    given_message message = given_said(content_type, NULL, text, strlen(text));
    sm_inspection *inspection = given_inspection(ring, &message);
    given_free(message);
    return inspection;
}

static char *base64_fixture(const char *name)
{
    g_autoptr(GBytes) bytes = given_file("tests/data/cms", name);
    gsize length;
    const guchar *octets = g_bytes_get_data(bytes, &length);
    return g_base64_encode(octets, length);
}

static void assert_text(sm_bytes octets, const char *text)
{
    g_assert_cmpmem(octets.data, octets.length, text, strlen(text));
}

#define assert_verdict(verdict, expected_kind, expected_reason)       \
    do {                                                              \
        g_assert_cmpstr(sm_verdict_word((verdict).kind), ==, sm_verdict_word(expected_kind));       \
        g_assert_cmpstr(sm_reason_word((verdict).reason), ==, sm_reason_word(expected_reason)); \
    } while (0)

/* Signed inside encrypted: two layers, two CMS parts and the text, each knowing what stands around it. */
static void test_nested(void)
{
    sm_inspection *inspection = inspect_capture("sip-signed-then-encrypted");
    g_assert_cmpuint(inspection->layer_count, ==, 2);
    const sm_layer *outer = inspection->layers[0], *inner = inspection->layers[1];
    g_assert_cmpstr(outer->type_word, ==, "authEnveloped-data");
    g_assert_cmpstr(inner->type_word, ==, "signed-data");
    g_assert_true(inner->outer == outer && !outer->outer);
    g_assert_cmpuint(outer->depth, ==, 0);
    g_assert_cmpuint(inner->depth, ==, 1);
    g_assert_cmpuint(inspection->part_count, ==, 3);
    g_assert_true(outer->part == inspection->root && outer->content == inner->part && inspection->content == inner->content);
    g_assert_cmpint(inspection->root->kind, ==, SM_PART_CMS);
    g_assert_false(inspection->root->is_encrypted || inspection->root->is_signed);
    g_assert_true(inner->part->is_encrypted && !inner->part->is_signed);
    g_assert_true(inner->content->is_encrypted && inner->content->is_signed);
    assert_text(inspection->content->content, WATSON);
    g_autofree char *sha256 = g_compute_checksum_for_string(G_CHECKSUM_SHA256, WATSON, -1);
    for (unsigned i = 0; i < 32; i++) {
        g_autofree char *octet = g_strdup_printf("%02x", inspection->content_sha256[i]);
        g_assert_cmpmem(octet, 2, sha256 + 2 * i, 2);
    }
    g_assert_cmpuint(inspection->source_count, ==, 2);
    g_assert_cmpstr(inspection->sources[1].name, ==, "Decrypted S/MIME");
    g_assert_cmpint(inspection->sources[1].parent, ==, 0);
    g_assert_cmpuint(inspection->signer_count, ==, 1);
    g_assert_true(inspection->signers[0]->layer == inner);
    g_assert_cmpuint(inspection->limit_count, ==, 0);
    sm_inspection_unref(inspection);
}

/* Each form of CMS that S/MIME has, as the openssl command makes it for the demonstration ring. */
static void test_forms(void)
{
    static const struct {
        const char *file, *word;
        sm_verdict_kind opened;
        unsigned signers;
        bool readable;
    } forms[] = {
        {"signed.der", "signed-data", SM_PASS, 1, true},
        {"signed-two.der", "signed-data", SM_PASS, 2, true},
        {"signed-stream.der", "signed-data", SM_PASS, 1, true},
        {"signed-detached.der", "signed-data", SM_NOT_EVALUATED, 1, false},
        {"certs-only.der", "certs-only", SM_NOT_APPLICABLE, 0, false},
        {"enveloped-rsa.der", "enveloped-data", SM_PASS, 0, true},
        {"enveloped-stream.der", "enveloped-data", SM_PASS, 0, true},
        {"auth-enveloped-many.der", "authEnveloped-data", SM_PASS, 0, true},
        {"enveloped-password.der", "enveloped-data", SM_NOT_EVALUATED, 0, false},
        {"digested.der", "digested-data", SM_PASS, 0, true},
        {"data.der", "data", SM_PASS, 0, true},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(forms); i++) {
        given_message message = given_fixture("application/pkcs7-mime", forms[i].file);
        sm_inspection *inspection = given_inspection(ring, &message);
        g_test_message("%s", forms[i].file);
        g_assert_cmpuint(inspection->layer_count, ==, 1);
        g_assert_cmpstr(inspection->layers[0]->type_word, ==, forms[i].word);
        g_assert_cmpint(inspection->layers[0]->opened.kind, ==, forms[i].opened);
        g_assert_cmpuint(inspection->signer_count, ==, forms[i].signers);
        g_assert_cmpint(inspection->content != NULL, ==, forms[i].readable);
        if (forms[i].readable)
            assert_text(inspection->content->content, "Watson, come here.\r\n");
        for (unsigned j = 0; j < inspection->signer_count; j++)
            g_assert_cmpint(inspection->signers[j]->signature->signature.kind, ==, SM_PASS);
        sm_inspection_unref(inspection);
        given_free(message);
    }
}

/* Two protected parts and a plain one side by side: two layers of depth 0, and no part of them is "the" content. */
static void test_two_protected_parts(void)
{
    g_autofree char *first = base64_fixture("signed.der"), *second = base64_fixture("enveloped-rsa.der");
    g_autofree char *body = g_strdup_printf("--b\r\nContent-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n"
                                            "--b\r\n\r\nplain\r\n"
                                            "--b\r\nContent-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n--b--\r\n",
                                            first, second);
    sm_inspection *inspection = inspect_text("multipart/mixed; boundary=b", body);
    g_assert_cmpuint(inspection->layer_count, ==, 2);
    g_assert_cmpuint(inspection->layers[0]->depth, ==, 0);
    g_assert_cmpuint(inspection->layers[1]->depth, ==, 0);
    g_assert_cmpuint(inspection->root->child_count, ==, 3);
    g_assert_true(inspection->content == inspection->root);
    assert_verdict(inspection->signers[0]->signature->signature, SM_PASS, SM_REASON_NONE);
    assert_text(inspection->layers[0]->content->content, "Watson, come here.\r\n");
    assert_text(inspection->layers[1]->content->content, "Watson, come here.\r\n");
    g_assert_false(inspection->root->children[1]->is_signed || inspection->root->children[1]->is_encrypted);
    sm_inspection_unref(inspection);
}

/* multipart/signed for S/MIME without a signature at its place: a layer that failed, and the content can be read (RFC 1847 2.1). */
static void test_missing_signature(void)
{
    static const char text[] = "--b\r\n\r\nplain\r\n";
    static const struct {
        const char *protocol, *rest;
        bool announced;
    } bodies[] = {
        {"application/pkcs7-signature", "--b--\r\n", true},
        {"application/x-pkcs7-signature", "", true},
        {"application/pkcs7-signature", "--b\r\nContent-Type: application/octet-stream\r\n\r\nsignature\r\n--b--\r\n", true},
        {"application/pgp-signature", "--b--\r\n", false},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_autofree char *type = g_strdup_printf("multipart/signed; protocol=\"%s\"; boundary=b", bodies[i].protocol);
        g_autofree char *body = g_strconcat(text, bodies[i].rest, NULL);
        sm_inspection *inspection = inspect_text(type, body);
        g_assert_cmpuint(inspection->layer_count, ==, bodies[i].announced ? 1 : 0);
        g_assert_cmpuint(inspection->signer_count, ==, 0);
        if (bodies[i].announced) {
            assert_verdict(inspection->layers[0]->cms->structure, SM_FAIL, SM_REASON_MALFORMED);
            assert_verdict(inspection->layers[0]->opened, SM_FAIL, SM_REASON_MALFORMED);
            g_assert_cmpstr(inspection->layers[0]->media_type, ==, "multipart/signed");
            g_assert_true(inspection->content == inspection->root->children[0]);
            g_assert_false(inspection->content->is_signed);
        }
        sm_inspection_unref(inspection);
    }
    sm_inspection *inspection = inspect_text("multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=none", text);
    g_assert_cmpuint(inspection->layer_count, ==, 1);
    assert_verdict(inspection->layers[0]->cms->structure, SM_FAIL, SM_REASON_MALFORMED);
    g_assert_null(inspection->content);
    sm_inspection_unref(inspection);
}

static sm_inspection *inspect_msrp(const char *content_type, GBytes *body, bool complete, const char *damage)
{
    sm_settings settings = given_settings(ring);
    sm_carrier carrier = {.kind = SM_CARRIER_MSRP,
                          .transport = SM_TRANSPORT_TCP,
                          .frames = &given_frame,
                          .frame_count = 1,
                          .time = sm_moment_at(CAPTURE_TIME, 0),
                          .content_type = content_type,
                          .msrp = {.method = "SEND", .message_id = "m", .chunks = 1, .complete = complete, .damage = damage}};
    return sm_inspect(&settings, &carrier, body);
}

/* RFC 8591 9.1: the CPIM header fields are outside, the payload is S/MIME. */
static void test_cpim_payload(void)
{
    g_autofree char *cms = base64_fixture("signed.der");
    g_autofree char *text = g_strdup_printf("From: <sip:alice@example.com>\r\nTo: <sip:bob@example.org>\r\n\r\nContent-Type: application/pkcs7-mime\r\n"
                                            "Content-Transfer-Encoding: base64\r\n\r\n%s",
                                            cms);
    g_autoptr(GBytes) body = g_bytes_new(text, strlen(text));
    sm_inspection *inspection = inspect_msrp("message/cpim", body, true, NULL);
    g_assert_cmpint(inspection->root->kind, ==, SM_PART_CPIM);
    g_assert_cmpstr(inspection->root->cpim->from_uri, ==, "sip:alice@example.com");
    g_assert_cmpuint(inspection->layer_count, ==, 1);
    g_assert_true(inspection->layers[0]->part == inspection->root->children[0]);
    g_assert_false(inspection->root->is_signed);
    assert_text(inspection->content->content, "Watson, come here.\r\n");
    assert_verdict(inspection->signers[0]->signature->signature, SM_PASS, SM_REASON_NONE);
    sm_inspection_unref(inspection);
}

static void test_tunnel(void)
{
    static const struct {
        const char *capture;
        unsigned differing;
    } tunnels[] = {{"sip-message-sip-tunnel", 0}, {"sip-message-sip-tunnel-differs", 2}};
    for (unsigned i = 0; i < G_N_ELEMENTS(tunnels); i++) {
        sm_inspection *inspection = inspect_capture(tunnels[i].capture);
        const sm_part *part = inspection->layers[0]->content;
        g_assert_cmpint(part->kind, ==, SM_PART_SIP);
        g_assert_true(part->tunnel->full && part->is_signed);
        g_assert_cmpuint(part->tunnel->differing, ==, tunnels[i].differing); /* From and Subject */
        g_assert_true(inspection->content == part->children[0]);
        assert_text(inspection->content->content, WATSON);
        sm_inspection_unref(inspection);
    }
}

static void test_no_smime(void)
{
    sm_inspection *inspection = inspect_capture("sip-plain");
    g_assert_false(sm_inspection_is_smime(inspection));
    g_assert_true(inspection->content == inspection->root);
    sm_inspection_unref(inspection);
    inspection = inspect_text("application/pkcs7-mime", ""); /* common in answers: a type without a body */
    g_assert_false(sm_inspection_is_smime(inspection));
    sm_inspection_unref(inspection);
}

/* Every slice that the plugin highlights is found again, where its octets are. */

#define assert_located(inspection, slice) locate((inspection), (slice), #slice)
static void locate(const sm_inspection *inspection, sm_bytes slice, const char *name)
{
    unsigned source;
    size_t offset;
    if (!sm_bytes_present(slice))
        return;
    if (!sm_inspection_locate(inspection, slice, &source, &offset))
        g_error("%s of %zu octets stands nowhere", name, slice.length);
    g_assert_cmpuint(source, <, inspection->source_count);
    g_assert_true(inspection->sources[source].octets.data + offset == slice.data);
    g_assert_cmpuint(offset + slice.length, <=, inspection->sources[source].octets.length);
}

static void test_locate(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(captures); i++) {
        sm_inspection *inspection = inspect_capture(captures[i]);
        g_test_message("%s", captures[i]);
        for (unsigned j = 0; j < inspection->part_count; j++) {
            const sm_part *part = inspection->parts[j];
            assert_located(inspection, part->content);
            assert_located(inspection, part->entity->body);
            if (part->parent)
                assert_located(inspection, part->entity->head);
        }
        for (unsigned j = 0; j < inspection->layer_count; j++) {
            const sm_layer *layer = inspection->layers[j];
            assert_located(inspection, layer->octets);
            assert_located(inspection, layer->covered);
            for (unsigned k = 0; layer->cms->signed_data && k < layer->cms->signed_data->certificate_count; k++)
                assert_located(inspection, layer->cms->signed_data->certificates[k].encoding);
            if (layer->decryption) {
                assert_located(inspection, layer->cms->enveloped_data->content);
                assert_located(inspection, layer->cms->enveloped_data->mac);
                assert_located(inspection, layer->decryption->content);
            }
        }
        for (unsigned j = 0; j < inspection->signer_count; j++) {
            assert_located(inspection, inspection->signers[j]->info->encoding);
            assert_located(inspection, inspection->signers[j]->info->signature);
            assert_located(inspection, inspection->signers[j]->info->signed_attributes.encoding);
        }
        for (unsigned j = 1; j < inspection->source_count; j++) {
            g_assert_cmpint(inspection->sources[j].parent, >=, 0);
            g_assert_cmpint(inspection->sources[j].parent, <, (int)j);
        }
        unsigned source;
        size_t offset;
        uint8_t elsewhere[4] = {0};
        g_assert_false(sm_inspection_locate(inspection, sm_bytes_of(elsewhere, sizeof elsewhere), &source, &offset));
        g_assert_false(sm_inspection_locate(inspection, SM_BYTES_NONE, &source, &offset));
        sm_inspection_unref(inspection);
    }
}

/* Faults of encodings */

static void test_decoding_faults(void)
{
    given_message message = given_said("application/pkcs7-mime", "Content-Transfer-Encoding: base64\r\n", "!!!! no base64 !!!!", 19);
    sm_inspection *inspection = given_inspection(ring, &message);
    g_assert_cmpuint(inspection->layer_count, ==, 1);
    g_assert_cmpint(inspection->layers[0]->cms->structure.kind, !=, SM_PASS);
    g_assert_null(inspection->content);
    sm_inspection_unref(inspection);
    given_free(message);

    message = given_said("application/pkcs7-mime", "Content-Encoding: gzip\r\n", "\x1f\x8b\x08 broken", 10);
    inspection = given_inspection(ring, &message);
    g_assert_cmpint(inspection->root->decoding.kind, ==, SM_FAIL);
    g_assert_cmpuint(inspection->layer_count, ==, 1);
    assert_verdict(inspection->layers[0]->opened, SM_FAIL, inspection->root->decoding.reason);
    sm_inspection_unref(inspection);

    /* The same octets from a capture that lacks some of the message: damage proves nothing. */
    sm_settings settings = given_settings(ring);
    sm_carrier carrier = given_sip_carrier(&message);
    carrier.missing = 5;
    inspection = sm_inspect(&settings, &carrier, message.body);
    assert_verdict(inspection->root->decoding, SM_NOT_EVALUATED, SM_REASON_TRUNCATED);
    sm_inspection_unref(inspection);
    given_free(message);
}

/* Missing octets: whatever is there of a message, no verdict is a failure, and none that covers all octets a pass. */

static void assert_no_fail(const sm_inspection *inspection)
{
    for (unsigned i = 0; i < inspection->part_count; i++)
        g_assert_cmpint(inspection->parts[i]->decoding.kind, !=, SM_FAIL);
    for (unsigned i = 0; i < inspection->layer_count; i++) {
        g_assert_cmpint(inspection->layers[i]->cms->structure.kind, !=, SM_FAIL);
        g_assert_cmpint(inspection->layers[i]->opened.kind, !=, SM_FAIL);
        if (inspection->layers[i]->decryption)
            g_assert_cmpint(inspection->layers[i]->decryption->verdict.kind, !=, SM_FAIL);
    }
    for (unsigned i = 0; i < inspection->signer_count; i++) {
        g_assert_cmpint(inspection->signers[i]->signature->signature.kind, !=, SM_FAIL);
        g_assert_cmpint(inspection->signers[i]->signature->digest.kind, !=, SM_FAIL);
    }
}

static void assert_no_pass(const sm_inspection *inspection)
{
    for (unsigned i = 0; i < inspection->signer_count; i++)
        g_assert_false(inspection->signers[i]->signature->signature.kind == SM_PASS && inspection->signers[i]->signature->digest.kind == SM_PASS);
    for (unsigned i = 0; i < inspection->layer_count; i++)
        g_assert_true(!inspection->layers[i]->decryption || inspection->layers[i]->decryption->verdict.kind != SM_PASS);
}

static const char *const cut_captures[] = {"sip-signed", "sip-signed-no-certificate", "sip-encrypted-kek", "sip-base64", "sip-signed-detached",
                                           "sip-enveloped-cbc"};

/* multipart/signed may lack its closing delimiter, and base64 its last line end, without anything that is covered. */
static bool ends_in_what_is_not_covered(const char *name)
{
    return g_str_equal(name, "sip-signed-detached") || g_str_equal(name, "sip-base64");
}

static void test_truncation(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(cut_captures); i++) {
        given_message message = given_capture(cut_captures[i]);
        gsize length = g_bytes_get_size(message.body);
        gsize tail = ends_in_what_is_not_covered(cut_captures[i]) ? 24 : 1;
        for (gsize cut = 1; cut < length; cut += cut < length - 40 ? 13 : 1) {
            g_autoptr(GBytes) rest = g_bytes_new_from_bytes(message.body, 0, cut);
            sm_settings settings = given_settings(ring);
            sm_carrier carrier = given_sip_carrier(&message);
            carrier.missing = length - cut;
            sm_inspection *inspection = sm_inspect(&settings, &carrier, rest);
            assert_no_fail(inspection);
            if (cut <= length - tail)
                assert_no_pass(inspection);
            sm_inspection_unref(inspection);
        }
        given_free(message);
    }
}

/* The same with MSRP: a hole in the middle is not even at the end. */
static void test_missing_chunk(void)
{
    given_message message = given_capture("sip-encrypted-kek");
    gsize length;
    const guint8 *octets = g_bytes_get_data(message.body, &length);
    for (gsize hole = 0; hole + 16 < length; hole += 7) {
        g_autofree guint8 *holed = g_memdup2(octets, length);
        memmove(holed + hole, holed + hole + 16, length - hole - 16);
        g_autoptr(GBytes) body = g_bytes_new(holed, length - 16);
        sm_inspection *inspection = inspect_msrp("application/pkcs7-mime", body, false, NULL);
        assert_no_fail(inspection);
        assert_no_pass(inspection);
        if (inspection->layers[0]->decryption && inspection->layers[0]->decryption->recipient_count && inspection->layers[0]->decryption->recipients[0].tried)
            assert_verdict(inspection->layers[0]->decryption->verdict, SM_NOT_EVALUATED, SM_REASON_MISSING_CHUNK);
        sm_inspection_unref(inspection);
    }
    /* What came whole after all is judged. */
    sm_inspection *inspection = inspect_msrp("application/pkcs7-mime", message.body, true, NULL);
    assert_verdict(inspection->layers[0]->decryption->verdict, SM_PASS, SM_REASON_NONE);
    sm_inspection_unref(inspection);
    given_free(message);
}

/* Limits */

static bool hit(const sm_inspection *inspection, const char *words)
{
    for (unsigned i = 0; i < inspection->limit_count; i++)
        if (strstr(inspection->limits[i], words))
            return true;
    return false;
}

static void test_depth(void)
{
    GString *body = g_string_new(NULL), *end = g_string_new(NULL);
    for (unsigned i = 1; i < 3 * SM_LIMIT_MIME_DEPTH; i++) {
        g_string_append_printf(body, "--b%u.\r\nContent-Type: multipart/mixed; boundary=b%u.\r\n\r\n", i - 1, i);
        g_autofree char *closing = g_strdup_printf("\r\n--b%u.--\r\n", i);
        g_string_prepend(end, closing);
    }
    g_string_append(body, end->str);
    sm_inspection *inspection = inspect_text("multipart/mixed; boundary=b0.", body->str);
    g_assert_true(hit(inspection, "nested more than " G_STRINGIFY(SM_LIMIT_MIME_DEPTH)));
    for (unsigned i = 0; i < inspection->part_count; i++)
        g_assert_cmpuint(inspection->parts[i]->depth, <=, SM_LIMIT_MIME_DEPTH);
    g_string_free(body, TRUE);
    g_string_free(end, TRUE);
    sm_inspection_unref(inspection);
}

static void test_parts(void)
{
    GString *body = g_string_new(NULL);
    for (unsigned i = 0; i < 20; i++) { /* two levels, lest a single multipart's own limit be the one that is met */
        g_string_append_printf(body, "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n");
        for (unsigned j = 0; j < 20; j++)
            g_string_append(body, "--c\r\n\r\nx\r\n");
        g_string_append(body, "--c--\r\n");
    }
    g_string_append(body, "--b--\r\n");
    sm_inspection *inspection = inspect_text("multipart/mixed; boundary=b", body->str);
    g_assert_cmpuint(inspection->part_count, ==, SM_LIMIT_MIME_PARTS);
    g_assert_true(hit(inspection, "more than " G_STRINGIFY(SM_LIMIT_MIME_PARTS)));
    g_string_free(body, TRUE);
    sm_inspection_unref(inspection);
}

static void test_layers(void)
{
    g_autofree char *cms = base64_fixture("data.der");
    for (unsigned count = SM_LIMIT_CMS_LAYERS; count <= SM_LIMIT_CMS_LAYERS + 1; count++) {
        GString *body = g_string_new(NULL);
        for (unsigned i = 0; i < count; i++)
            g_string_append_printf(body, "--b\r\nContent-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n", cms);
        g_string_append(body, "--b--\r\n");
        sm_inspection *inspection = inspect_text("multipart/mixed; boundary=b", body->str);
        g_assert_cmpuint(inspection->layer_count, ==, SM_LIMIT_CMS_LAYERS);
        g_assert_cmpint(hit(inspection, "CMS layers"), ==, count > SM_LIMIT_CMS_LAYERS);
        g_string_free(body, TRUE);
        sm_inspection_unref(inspection);
    }
}

/* Two inspections of the same input say the same, with every key and with none. */
static void test_purity(void)
{
    g_autoptr(GString) previous = g_string_new(NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(captures); i++) {
        given_message message = given_capture(captures[i]);
        sm_inspection *first = given_inspection(ring, &message), *second = given_inspection(ring, &message);
        g_autofree char *one = describe(first), *two = describe(second);
        g_assert_cmpstr(one, ==, two);
        g_assert_cmpstr(one, !=, previous->str); /* the description tells messages apart */
        g_string_assign(previous, one);
        sm_inspection_unref(second);
        g_autofree char *still = describe(first); /* and owes nothing to the other */
        g_assert_cmpstr(one, ==, still);
        sm_inspection_unref(first);
        given_free(message);
    }
}

/* No ring at all is allowed. */
static void test_no_ring(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(captures); i++) {
        given_message message = given_capture(captures[i]);
        sm_inspection *inspection = given_inspection(NULL, &message);
        for (unsigned j = 0; j < inspection->signer_count; j++)
            g_assert_cmpint(inspection->signers[j]->path_verdict.kind, ==, SM_NOT_EVALUATED);
        for (unsigned j = 0; j < inspection->layer_count; j++)
            if (inspection->layers[j]->decryption)
                assert_verdict(inspection->layers[j]->decryption->verdict, SM_NOT_EVALUATED, SM_REASON_NO_KEY);
        sm_inspection_unref(inspection);
        given_free(message);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ring = given_ring();
    g_test_add_func("/inspect/walk/nested", test_nested);
    g_test_add_func("/inspect/walk/forms", test_forms);
    g_test_add_func("/inspect/walk/two-protected-parts", test_two_protected_parts);
    g_test_add_func("/inspect/walk/missing-signature", test_missing_signature);
    g_test_add_func("/inspect/walk/cpim-payload", test_cpim_payload);
    g_test_add_func("/inspect/walk/tunnel", test_tunnel);
    g_test_add_func("/inspect/walk/no-smime", test_no_smime);
    g_test_add_func("/inspect/walk/locate", test_locate);
    g_test_add_func("/inspect/walk/decoding-faults", test_decoding_faults);
    g_test_add_func("/inspect/walk/truncation", test_truncation);
    g_test_add_func("/inspect/walk/missing-chunk", test_missing_chunk);
    g_test_add_func("/inspect/walk/depth", test_depth);
    g_test_add_func("/inspect/walk/parts", test_parts);
    g_test_add_func("/inspect/walk/layers", test_layers);
    g_test_add_func("/inspect/walk/purity", test_purity);
    g_test_add_func("/inspect/walk/no-ring", test_no_ring);
    int status = g_test_run();
    sm_keyring_unref(ring);
    return status;
}
