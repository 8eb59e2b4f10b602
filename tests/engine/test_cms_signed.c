/* Signatures made by OpenSSL, BouncyCastle, NSS, gpgsm and certtool, judged; and what a forger, a truncated capture
 * and a wrong key do to them. */
#include "cms/signed.h"

#include "base/bounds.h"
#include "cms/algorithms.h"
#include "cms/der.h"
#include "cms_interop.h"

#include <glib.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

/* A message taken apart, parts of which a test exchanges. */
typedef struct message {
    sm_arena *arena;
    sm_cms cms;
    sm_signed_data data;
    sm_signer_info signer;
    sm_bytes content; /* eContent or the detached content */
    const sm_certificate **embedded;
    unsigned embedded_count;
} message;

static bool read_message(message *out, sm_arena *arena, sm_bytes octets, sm_bytes detached)
{
    *out = (message){.arena = arena, .cms = *sm_cms_parse(arena, octets)};
    if (out->cms.structure.kind != SM_PASS || out->cms.type != SM_CMS_SIGNED ||
        out->cms.signed_data->signer_count == 0)
        return false;
    out->data = *out->cms.signed_data;
    out->signer = out->data.signers[0];
    out->content = out->data.detached ? detached : out->data.content;
    out->embedded = sm_arena_array(arena, const sm_certificate *, out->data.certificate_count);
    for (unsigned i = 0; i < out->data.certificate_count; i++) {
        const char *fault;
        const sm_certificate *certificate =
            sm_certificate_parse(arena, out->data.certificates[i].encoding, "embedded", &fault);
        if (certificate)
            out->embedded[out->embedded_count++] = certificate;
    }
    return true;
}

static void load(message *out, sm_arena *arena, const char *name)
{
    g_assert_true(read_message(out, arena, interop_octets(arena, name), interop_content(arena)));
}

static const sm_signature *judge(const message *in, const sm_keyring *ring)
{
    return sm_signature_judge(in->arena, &in->data, &in->signer, in->content, in->embedded,
                              in->embedded_count, ring, NULL);
}

static void assert_verdict(sm_verdict verdict, sm_verdict_kind kind, sm_reason reason)
{
    g_test_message("%s %s: %s", sm_verdict_word(verdict.kind), sm_reason_word(verdict.reason),
                   verdict.detail ? verdict.detail : "");
    g_assert_cmpint(verdict.kind, ==, kind);
    g_assert_cmpint(verdict.reason, ==, reason);
}

static void assert_passes(const sm_signature *out)
{
    assert_verdict(out->signature, SM_PASS, SM_REASON_NONE);
    assert_verdict(out->digest, SM_PASS, SM_REASON_NONE);
}

/* ---- what independent producers make ------------------------------------------------------------ */

/* True for the fixtures that are no sound signature. */
static bool is_odd(const char *name)
{
    return strstr(name, "digested") || strstr(name, "pss-key-as-pkcs1");
}

static void test_every_fixture(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = interop_ring("keys/ring");
    g_autoptr(GPtrArray) names = interop_files("signed");
    sm_bytes content = interop_content(arena);
    g_assert_cmpuint(names->len, >=, 85);
    for (guint i = 0; i < names->len; i++) {
        message in;
        if (is_odd(names->pdata[i]))
            continue;
        g_test_message("%s", (const char *)names->pdata[i]);
        load(&in, arena, names->pdata[i]);
        assert_same_octets(in.content, content);
        const sm_signature *out = judge(&in, ring);
        assert_passes(out);
        bool attributes = in.signer.signed_attributes.present;
        g_assert_cmpint(sm_signature_digest_fits(arena, &in.signer, in.content), ==, attributes);
        g_assert_false(sm_signature_digest_fits(arena, &in.signer, sm_bytes_from(in.content, 1)));
        g_assert_cmpint(out->certificate_embedded, ==, !strstr(names->pdata[i], "nocerts"));
        g_assert_false(out->attributes_reordered);
        g_assert_null(out->note);
        g_assert_cmpint(out->signing_time.known, ==,
                        sm_attributes_find(&in.signer.signed_attributes, SM_OID_SIGNING_TIME) != NULL);
    }
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

/* Changed content: the digest tells, and the signature value too where it covers the content itself. */
static void test_changed_content(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = interop_ring("keys/ring");
    g_autoptr(GPtrArray) names = interop_files("signed");
    for (guint i = 0; i < names->len; i++) {
        message in;
        if (is_odd(names->pdata[i]))
            continue;
        load(&in, arena, names->pdata[i]);
        uint8_t *changed = (uint8_t *)(uintptr_t)sm_arena_copy(arena, in.content).data;
        changed[in.content.length - 1] ^= 1;
        in.content.data = changed;
        const sm_signature *out = judge(&in, ring);
        g_test_message("%s", (const char *)names->pdata[i]);
        if (in.signer.signed_attributes.present) {
            assert_verdict(out->signature, SM_PASS, SM_REASON_NONE);
            assert_verdict(out->digest, SM_FAIL, SM_REASON_DIGEST_MISMATCH);
        } else {
            assert_verdict(out->signature, SM_FAIL, SM_REASON_SIGNATURE_MISMATCH);
            assert_verdict(out->digest, SM_FAIL, SM_REASON_SIGNATURE_MISMATCH);
        }
    }
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

static void test_two_signers(void)
{
    sm_arena *arena = sm_arena_new();
    message in;
    load(&in, arena, "signed/openssl-rsa-two-signers.p7m");
    g_assert_cmpuint(in.data.signer_count, ==, 2);
    for (unsigned i = 0; i < 2; i++) {
        in.signer = in.data.signers[i];
        assert_passes(judge(&in, NULL));
    }
    sm_arena_free(arena);
}

static void test_countersignature(void)
{
    sm_arena *arena = sm_arena_new();
    message in;
    load(&in, arena, "signed/bc-countersigned.p7m");
    g_assert_cmpuint(in.signer.countersignature_count, ==, 1);
    const sm_signer_info *counter = &in.signer.countersignatures[0];
    const sm_signature *out =
        sm_countersignature_judge(arena, &in.signer, counter, in.embedded, in.embedded_count, NULL, NULL);
    assert_passes(out);
    g_assert_cmpstr(out->signature_algorithm, ==, "Ed25519");

    sm_signer_info other = in.signer;
    uint8_t *changed = (uint8_t *)(uintptr_t)sm_arena_copy(arena, other.signature).data;
    changed[20] ^= 1;
    other.signature.data = changed;
    out = sm_countersignature_judge(arena, &other, counter, in.embedded, in.embedded_count, NULL, NULL);
    assert_verdict(out->digest, SM_FAIL, SM_REASON_DIGEST_MISMATCH);

    /* The signer itself is no counter-signature: its content-type attribute has no place there. */
    out = sm_countersignature_judge(arena, &in.signer, &in.signer, in.embedded, in.embedded_count, NULL, NULL);
    assert_verdict(out->signature, SM_FAIL, SM_REASON_ATTRIBUTES);
    sm_arena_free(arena);
}

static void test_digested(void)
{
    sm_arena *arena = sm_arena_new();
    const sm_cms *cms = sm_cms_parse(arena, interop_octets(arena, "signed/openssl-digested-sha256.p7m"));
    sm_digested_data data = *cms->digested_data;
    assert_verdict(sm_digest_judge(arena, &data), SM_PASS, SM_REASON_NONE);
    data.content = sm_bytes_from(data.content, 1);
    assert_verdict(sm_digest_judge(arena, &data), SM_FAIL, SM_REASON_DIGEST_MISMATCH);
    data.digest_algorithm.oid = SM_BYTES_LITERAL("\x2a\x03\x04");
    assert_verdict(sm_digest_judge(arena, &data), SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED);
    /* id-shake256-len of 0 and 8 bits: a digest that everything, or every 256th content, has. */
    data.digest_algorithm.oid = SM_BYTES_LITERAL("\x60\x86\x48\x01\x65\x03\x04\x02\x12");
    data.digest = sm_bytes_cut(data.digest, 0, 0);
    data.digest_algorithm.parameters = SM_BYTES_LITERAL("\x02\x01\x00");
    assert_verdict(sm_digest_judge(arena, &data), SM_FAIL, SM_REASON_PARAMETERS);
    data.digest_algorithm.parameters = SM_BYTES_LITERAL("\x02\x01\x08");
    assert_verdict(sm_digest_judge(arena, &data), SM_FAIL, SM_REASON_PARAMETERS);
    sm_arena_free(arena);
}

/* ML-DSA (RFC 9882) and SLH-DSA (RFC 9814): verified by OpenSSL 3.5, named without it. */
static void test_post_quantum(void)
{
    sm_arena *arena = sm_arena_new();
    static const char *const names[] = {"pqc/bc-ml-dsa-44.p7m",         "pqc/bc-ml-dsa-65.p7m",
                                        "pqc/bc-ml-dsa-87.p7m",         "pqc/bc-slh-dsa-sha2-128s.p7m",
                                        "pqc/bc-slh-dsa-sha2-256f.p7m", "pqc/bc-slh-dsa-shake-192s.p7m",
                                        "pqc/bc-slh-dsa-sha2-128s-noattr.p7m"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        message in;
        load(&in, arena, names[i]);
        g_assert_cmpuint(in.embedded_count, ==, 1);
        g_assert_cmpint(in.embedded[0]->public_key != NULL, ==, OpenSSL_version_num() >= 0x30500000UL);
        for (unsigned changed = 0; changed < 2; changed++) {
            if (changed) {
                sm_bytes value = sm_arena_copy(arena, in.signer.signature);
                ((uint8_t *)(uintptr_t)value.data)[value.length / 2] ^= 1;
                in.signer.signature = value;
            }
            const sm_signature *out = judge(&in, NULL);
            if (in.signer.signed_attributes.present)
                assert_verdict(out->digest, SM_PASS, SM_REASON_NONE);
            if (OpenSSL_version_num() < 0x30500000UL)
                assert_verdict(out->signature, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED);
            else if (changed)
                assert_verdict(out->signature, SM_FAIL, SM_REASON_SIGNATURE_MISMATCH);
            else
                assert_verdict(out->signature, SM_PASS, SM_REASON_NONE);
        }
    }
    sm_arena_free(arena);
}

/* SHAKE (RFC 8702): the value is checked bit for bit, and has no parameters. */
static void test_shake(void)
{
    static const char *const names[] = {"signed/bc-pss-shake128.p7m", "signed/bc-pss-shake256.p7m",
                                        "signed/bc-ecdsa-p256-shake128.p7m", "signed/bc-ecdsa-p521-shake256.p7m"};
    sm_arena *arena = sm_arena_new();
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        message in;
        load(&in, arena, names[i]);
        sm_bytes value = in.signer.signature;
        g_test_message("%s", names[i]);
        assert_passes(judge(&in, NULL));
        for (size_t octet = 0; octet < value.length; octet++) {
            in.signer.signature = sm_arena_copy(arena, value);
            ((uint8_t *)(uintptr_t)in.signer.signature.data)[octet] ^= 1;
            assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_SIGNATURE_MISMATCH);
        }
        const size_t lengths[] = {0, 1, value.length - 1};
        for (size_t j = 0; j < G_N_ELEMENTS(lengths); j++) {
            in.signer.signature = sm_arena_copy(arena, sm_bytes_cut(value, 0, lengths[j]));
            assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_SIGNATURE_MISMATCH);
        }
        in.signer.signature = value;
        in.signer.signature_algorithm.parameters = SM_BYTES_LITERAL("\x05\x00");
        assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_PARAMETERS);
        in.signer.signature_algorithm.parameters = SM_BYTES_NONE;
        /* SHAKE256 where SHAKE128 was meant, and the reverse. */
        sm_bytes oid = sm_arena_copy(arena, in.signer.signature_algorithm.oid);
        ((uint8_t *)(uintptr_t)oid.data)[oid.length - 1] ^= 1; /* ...6.30 and 31, 32 and 33 */
        in.signer.signature_algorithm.oid = oid;
        g_assert_cmpint(judge(&in, NULL)->signature.kind, !=, SM_PASS);
    }
    sm_arena_free(arena);
}

/* ---- what is missing ---------------------------------------------------------------------------- */

static void test_nothing_to_judge_with(void)
{
    sm_arena *arena = sm_arena_new();
    message in;
    load(&in, arena, "signed/openssl-rsa-keyid-nocerts.p7m");
    const sm_signature *out = judge(&in, NULL);
    assert_verdict(out->signature, SM_NOT_EVALUATED, SM_REASON_NO_CERTIFICATE);
    g_assert_nonnull(strstr(out->signature.detail, "key identifier"));
    assert_verdict(out->digest, SM_PASS, SM_REASON_NONE);
    g_assert_null(out->certificate);

    load(&in, arena, "signed/openssl-ecdsa-p256-sha256.p7s");
    in.content = SM_BYTES_NONE;
    out = judge(&in, NULL);
    assert_verdict(out->signature, SM_PASS, SM_REASON_NONE);
    assert_verdict(out->digest, SM_NOT_EVALUATED, SM_REASON_NO_CONTENT);

    load(&in, arena, "signed/openssl-rsa-sha256-noattr.p7s");
    in.content = SM_BYTES_NONE;
    out = judge(&in, NULL);
    assert_verdict(out->signature, SM_NOT_EVALUATED, SM_REASON_NO_CONTENT);
    assert_verdict(out->digest, SM_NOT_EVALUATED, SM_REASON_NO_CONTENT);

    load(&in, arena, "signed/openssl-ecdsa-p256-sha256.p7m");
    in.signer.signature_algorithm.oid = SM_BYTES_LITERAL("\x2a\x03\x04");
    assert_verdict(judge(&in, NULL)->signature, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED);
    sm_arena_free(arena);
}

/* A key of 20000 bits would let one message hold up the whole reading. */
static void test_long_rsa_key(void)
{
    BIGNUM *n = BN_new(), *e = BN_new();
    g_assert_true(BN_set_bit(n, 19999) && BN_set_bit(n, 0) && BN_set_word(e, 65537));
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    g_assert_true(OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
                  OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e));
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;
    g_assert_true(EVP_PKEY_fromdata_init(context) > 0 &&
                  EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) > 0);

    sm_arena *arena = sm_arena_new();
    message in;
    load(&in, arena, "signed/openssl-rsa-sha256.p7m");
    sm_certificate certificate = *in.embedded[0];
    certificate.public_key = key;
    in.embedded[0] = &certificate;
    assert_verdict(judge(&in, NULL)->signature, SM_NOT_EVALUATED, SM_REASON_LIMIT);
    sm_arena_free(arena);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(build);
    BN_free(n);
    BN_free(e);
}

/* ---- keys and certificates ---------------------------------------------------------------------- */

/* Takes the certificate of another fixture for the signer's. */
static sm_certificate impostor(sm_arena *arena, const message *in, const char *other)
{
    message source;
    load(&source, arena, other);
    sm_certificate certificate = *source.embedded[0];
    certificate.issuer_der = in->embedded[0]->issuer_der;
    certificate.serial_der = in->embedded[0]->serial_der;
    return certificate;
}

static void test_wrong_key(void)
{
    sm_arena *arena = sm_arena_new();
    message in;
    load(&in, arena, "signed/openssl-ecdsa-p256-sha256.p7m");
    const sm_certificate *right = in.embedded[0];
    sm_certificate curve = impostor(arena, &in, "signed/openssl-ecdsa-brainpoolp256r1-sha256.p7m");
    sm_certificate rsa = impostor(arena, &in, "signed/openssl-rsa-sha256.p7m");
    in.embedded[0] = &curve;
    assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_SIGNATURE_MISMATCH);
    in.embedded[0] = &rsa;
    assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_KEY_MISMATCH);

    /* Issuer and serial number are not unique: each candidate is tried, and the one that holds is told. */
    const sm_certificate *both[] = {&rsa, &curve, right};
    in.embedded = both;
    in.embedded_count = 2;
    const sm_signature *out = judge(&in, NULL);
    assert_verdict(out->signature, SM_FAIL, SM_REASON_SIGNATURE_MISMATCH);
    g_assert_true(out->certificate == &curve);
    in.embedded_count = 3;
    out = judge(&in, NULL);
    assert_passes(out);
    g_assert_true(out->certificate == right);
    g_assert_cmpuint(out->candidates, ==, 3);
    g_assert_nonnull(strstr(out->note, "3 certificates"));

    load(&in, arena, "signed/openssl-pss-key-as-pkcs1.p7m");
    assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_KEY_MISMATCH);
    sm_arena_free(arena);
}

static sm_bytes replaced(sm_arena *arena, sm_bytes where, const char *from, const char *to, size_t length)
{
    sm_bytes copy = sm_arena_copy(arena, where);
    size_t at = 0;
    while (at + length <= copy.length && memcmp(copy.data + at, from, length) != 0)
        at++;
    g_assert_cmpuint(at + length, <=, copy.length);
    memcpy((uint8_t *)(uintptr_t)copy.data + at, to, length);
    return copy;
}

/* RSASSA-PSS is judged with the message's own parameters: another salt length is another signature. */
static void test_pss_parameters(void)
{
    sm_arena *arena = sm_arena_new();
    message in;
    load(&in, arena, "signed/openssl-pss-sha256-salt32.p7m");
    sm_bytes parameters = in.signer.signature_algorithm.parameters;
    in.signer.signature_algorithm.parameters =
        replaced(arena, parameters, "\xa2\x03\x02\x01\x20", "\xa2\x03\x02\x01\x14", 5);
    assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_SIGNATURE_MISMATCH);

    in.signer.signature_algorithm.parameters = SM_BYTES_NONE;
    assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_PARAMETERS);
    in.signer.signature_algorithm.parameters = parameters;
    in.signer.digest_algorithm.oid = SM_BYTES_LITERAL("\x60\x86\x48\x01\x65\x03\x04\x02\x03"); /* SHA-512 */
    assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_PARAMETERS);

    load(&in, arena, "signed/openssl-pss-key-sha256.p7m"); /* the key itself asks for a salt of 32 */
    in.signer.signature_algorithm.parameters = replaced(arena, in.signer.signature_algorithm.parameters,
                                                        "\xa2\x03\x02\x01\x20", "\xa2\x03\x02\x01\x14", 5);
    assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_KEY_MISMATCH);
    sm_arena_free(arena);
}

/* ---- signed attributes -------------------------------------------------------------------------- */

#define OCTETS(text) SM_BYTES_LITERAL(text)

static sm_bytes join(sm_arena *arena, const sm_bytes *parts, unsigned count)
{
    size_t length = 0;
    for (unsigned i = 0; i < count; i++)
        length += parts[i].length;
    uint8_t *joined = sm_arena_alloc(arena, length), *to = joined;
    for (unsigned i = 0; i < count; i++) {
        memcpy(to, parts[i].data, parts[i].length);
        to += parts[i].length;
    }
    return sm_bytes_of(joined, length);
}

static sm_attribute make_attribute(sm_arena *arena, sm_bytes oid, const sm_bytes *values, unsigned count)
{
    sm_bytes parts[] = {sm_der_wrap(arena, SM_TAG_OID, false, oid),
                        sm_der_wrap(arena, SM_TAG_SET, true, join(arena, values, count))};
    sm_bytes *kept = sm_arena_array(arena, sm_bytes, count);
    memcpy(kept, values, count * sizeof(*values));
    return (sm_attribute){oid, sm_der_wrap(arena, SM_TAG_SEQUENCE, true, join(arena, parts, 2)), kept, count};
}

static EVP_PKEY *private_key(const char *name)
{
    g_autofree char *path = interop_path(name);
    sm_keyring *ring = sm_keyring_new();
    g_assert_cmpuint(sm_keyring_add_keys(ring, path), ==, 1);
    unsigned count;
    EVP_PKEY *key = sm_keyring_bare_keys(ring, &count)[0]->pkey;
    EVP_PKEY_up_ref(key);
    sm_keyring_unref(ring);
    return key;
}

/* Signs the attributes with P-256 by OpenSSL: over the SET in the order given, or sorted as DER has it. */
static void sign_attributes(message *in, const sm_attribute *attributes, unsigned count, bool sorted)
{
    sm_bytes *encodings = sm_arena_array(in->arena, sm_bytes, count);
    for (unsigned i = 0; i < count; i++)
        encodings[i] = attributes[i].encoding;
    sm_bytes as_given = join(in->arena, encodings, count);
    sm_bytes signed_octets = sorted ? sm_der_set_of(in->arena, encodings, count)
                                    : sm_der_wrap(in->arena, SM_TAG_SET, true, as_given);
    in->signer.signed_attributes = (sm_attributes){
        .present = true,
        .encoding = sm_der_wrap(in->arena, SM_TAG_CONTEXT(0), true, as_given),
        .items = attributes,
        .count = count,
        .der = true,
        .sorted = sm_bytes_equal(sm_der_set_of(in->arena, encodings, count),
                                 sm_der_wrap(in->arena, SM_TAG_SET, true, as_given)),
    };
    EVP_PKEY *key = private_key("keys/ring/p256.key.pem");
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t *value = sm_arena_alloc(in->arena, 128);
    size_t length = 128;
    g_assert_true(EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL, NULL, key, NULL) > 0 &&
                  EVP_DigestSign(context, value, &length, signed_octets.data, signed_octets.length) > 0);
    in->signer.signature = sm_bytes_of(value, length);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
}

/* content-type, message-digest and one more attribute for the content of the fixtures. */
static void make_attributes(const message *in, sm_attribute out[3])
{
    uint8_t digest[32];
    EVP_Q_digest(NULL, "SHA256", NULL, in->content.data, in->content.length, digest, NULL);
    sm_bytes type = OCTETS("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01");
    sm_bytes octets = sm_der_wrap(in->arena, SM_TAG_OCTET_STRING, false, sm_bytes_of(digest, sizeof(digest)));
    sm_bytes text = OCTETS("\x0c\x02hi");
    out[0] = make_attribute(in->arena, SM_OID_CONTENT_TYPE, &type, 1);
    out[1] = make_attribute(in->arena, SM_OID_MESSAGE_DIGEST, &octets, 1);
    out[2] = make_attribute(in->arena, OCTETS("\x2a\x03\x04"), &text, 1);
}

static void test_attribute_order(void)
{
    sm_arena *arena = sm_arena_new();
    message in;
    sm_attribute attributes[3];
    load(&in, arena, "signed/openssl-ecdsa-p256-sha256.p7m");
    make_attributes(&in, attributes);
    const sm_attribute turned[] = {attributes[1], attributes[0], attributes[2]}; /* not in DER order */

    sign_attributes(&in, turned, 3, true);
    const sm_signature *out = judge(&in, NULL);
    assert_passes(out);
    g_assert_true(out->attributes_reordered);

    sign_attributes(&in, turned, 3, false);
    out = judge(&in, NULL);
    assert_verdict(out->signature, SM_FAIL, SM_REASON_SIGNATURE_MISMATCH);
    g_assert_nonnull(strstr(out->signature.detail, "RFC 5652 5.4"));
    assert_verdict(out->digest, SM_PASS, SM_REASON_NONE);
    sm_arena_free(arena);
}

/* A value in BER as unlike DER as it may be: indefinite lengths, strings in pieces, lengths in more octets than needed. */
static sm_bytes to_ber(sm_arena *arena, sm_bytes encoding)
{
    sm_der der = sm_der_start_whole(encoding, SM_DER_STRICT), inner;
    sm_tlv tlv;
    g_assert_true(sm_der_any(&der, &tlv, "value"));
    g_autoptr(GByteArray) out = g_byte_array_new();
    const uint8_t *content = tlv.content.data;
    size_t length = tlv.content.length;
    if (tlv.constructed) {
        const uint8_t head[] = {encoding.data[0], 0x80};
        g_byte_array_append(out, head, 2);
        inner = sm_der_start_whole(tlv.content, SM_DER_STRICT);
        for (sm_tlv child; sm_der_more(&inner) && sm_der_any(&inner, &child, "value");) {
            sm_bytes part = to_ber(arena, child.encoding);
            g_byte_array_append(out, part.data, (guint)part.length);
        }
        g_byte_array_append(out, (const guint8 *)"\0\0", 2);
    } else if (tlv.tag == SM_TAG_OCTET_STRING && length > 1) {
        const uint8_t head[] = {0x24, 0x80, 0x04, 0x01, content[0], 0x04, (uint8_t)(length - 1)};
        g_byte_array_append(out, head, sizeof head);
        g_byte_array_append(out, content + 1, (guint)length - 1);
        g_byte_array_append(out, (const guint8 *)"\0\0", 2);
    } else {
        const uint8_t head[] = {encoding.data[0], 0x81, (uint8_t)length};
        g_byte_array_append(out, head, sizeof head);
        g_byte_array_append(out, content, (guint)length);
    }
    return sm_arena_copy(arena, sm_bytes_of(out->data, out->len));
}

/* The encoding with the value that `target` is a slice of in BER, and the lengths around it made to fit. */
static sm_bytes with_ber(sm_arena *arena, sm_bytes encoding, sm_bytes target)
{
    if (encoding.data == target.data && encoding.length == target.length)
        return to_ber(arena, encoding);
    if (target.data < encoding.data || target.data >= encoding.data + encoding.length)
        return encoding;
    sm_der der = sm_der_start_whole(encoding, SM_DER_STRICT);
    sm_tlv tlv;
    g_assert_true(sm_der_any(&der, &tlv, "value") && tlv.constructed);
    sm_der inner = sm_der_start_whole(tlv.content, SM_DER_STRICT);
    sm_bytes parts[16];
    unsigned count = 0;
    for (sm_tlv child; sm_der_more(&inner) && sm_der_any(&inner, &child, "value");)
        parts[count++] = with_ber(arena, child.encoding, target);
    return sm_der_wrap(arena, tlv.tag, true, join(arena, parts, count));
}

/* Attributes signed in DER and sent in BER: the signature is over the DER encoding, whatever was received (RFC 5652 5.4). */
static void test_attributes_in_ber(void)
{
    static const char *const names[] = {"signed/openssl-ecdsa-p256-sha256.p7m", "signed/bc-ed25519.p7m", "signed/openssl-rsa-sha256.p7m"};
    sm_arena *arena = sm_arena_new();
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        message in;
        load(&in, arena, names[i]);
        g_assert_true(in.signer.signed_attributes.der);
        sm_bytes octets = with_ber(arena, in.cms.encoding, in.signer.signed_attributes.encoding);
        g_assert_true(read_message(&in, arena, octets, interop_content(arena)));
        g_assert_false(in.signer.signed_attributes.der);
        const sm_signature *out = judge(&in, NULL);
        assert_passes(out);
        g_assert_nonnull(strstr(out->note, "the signed attributes were not received in DER (RFC 5652 5.3)"));
        g_assert_true(out->signing_time.known);

        in.content = sm_bytes_from(in.content, 1);
        out = judge(&in, NULL);
        assert_verdict(out->signature, SM_PASS, SM_REASON_NONE);
        assert_verdict(out->digest, SM_FAIL, SM_REASON_DIGEST_MISMATCH);

        /* Another octet of the signing time. */
        sm_bytes time = sm_attributes_find(&in.signer.signed_attributes, SM_OID_SIGNING_TIME)->values[0];
        ((uint8_t *)(uintptr_t)time.data)[5] ^= 1;
        g_assert_true(read_message(&in, arena, octets, interop_content(arena)));
        assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_SIGNATURE_MISMATCH);
    }

    /* A producer that takes values as they are, and signs them so; and the values of one attribute in another order than DER's. */
    message in;
    sm_attribute attributes[3];
    load(&in, arena, names[0]);
    make_attributes(&in, attributes);
    sm_bytes odd = OCTETS("\x30\x80\x0c\x81\x02hi\x00\x00");
    attributes[2] = make_attribute(arena, OCTETS("\x2a\x03\x04"), &odd, 1);
    sign_attributes(&in, attributes, 3, true);
    in.signer.signed_attributes.der = false;
    assert_passes(judge(&in, NULL));
    sm_bytes two[] = {OCTETS("\x0c\x02hi"), OCTETS("\x0c\x02ha")}, turned[] = {two[1], two[0]};
    attributes[2] = make_attribute(arena, OCTETS("\x2a\x03\x04"), turned, 2);
    sign_attributes(&in, attributes, 3, true);
    sm_attribute received[] = {attributes[0], attributes[1], make_attribute(arena, OCTETS("\x2a\x03\x04"), two, 2)};
    in.signer.signed_attributes.items = received;
    assert_passes(judge(&in, NULL));
    sm_arena_free(arena);
}

/* Each way to break the mandatory attributes, under a signature value that holds. */
static void test_mandatory_attributes(void)
{
    static const struct {
        const char *name;
        int first, second, third; /* which attributes: 0 content-type, 1 message-digest, 2 another, others see
                                     below; -1 none */
        sm_verdict_kind digest;
    } cases[] = {
        {"the content-type attribute is missing", 1, 2, -1, SM_PASS},
        {"the content-type attribute is repeated", 0, 0, 1, SM_PASS},
        {"the message-digest attribute is missing", 0, 2, -1, SM_FAIL},
        {"the message-digest attribute is repeated", 0, 1, 1, SM_FAIL},
        {"the content-type attribute says 1.2.840.113549.1.7.2, eContentType is 1.2.840.113549.1.7.1", 3, 1,
         -1, SM_PASS},
        {"the content-type attribute has 2 values instead of one", 4, 1, -1, SM_PASS},
        {"the message-digest attribute has 0 values instead of one", 0, 5, -1, SM_FAIL},
        {"the message-digest attribute is no OCTET STRING", 0, 6, -1, SM_FAIL},
        {"the content-type attribute is no object identifier", 7, 1, -1, SM_PASS},
    };
    sm_arena *arena = sm_arena_new();
    message in;
    sm_attribute made[8];
    load(&in, arena, "signed/openssl-ecdsa-p256-sha256.p7m");
    make_attributes(&in, made);
    sm_bytes wrong_type = OCTETS("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"), text = OCTETS("\x0c\x02hi");
    sm_bytes two[] = {made[0].values[0], made[0].values[0]};
    made[3] = make_attribute(arena, SM_OID_CONTENT_TYPE, &wrong_type, 1);
    made[4] = make_attribute(arena, SM_OID_CONTENT_TYPE, two, 2);
    made[5] = make_attribute(arena, SM_OID_MESSAGE_DIGEST, two, 0);
    made[6] = make_attribute(arena, SM_OID_MESSAGE_DIGEST, &text, 1);
    made[7] = make_attribute(arena, SM_OID_CONTENT_TYPE, &text, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        int chosen[] = {cases[i].first, cases[i].second, cases[i].third};
        sm_attribute attributes[3];
        unsigned count = 0;
        for (unsigned j = 0; j < 3; j++)
            if (chosen[j] >= 0)
                attributes[count++] = made[chosen[j]];
        sign_attributes(&in, attributes, count, true);
        const sm_signature *out = judge(&in, NULL);
        assert_verdict(out->signature, SM_FAIL, SM_REASON_ATTRIBUTES);
        g_autofree char *expected = g_strdup_printf("%s; the signature value itself verifies", cases[i].name);
        g_assert_cmpstr(out->signature.detail, ==, expected);
        g_assert_cmpint(out->digest.kind, ==, cases[i].digest);
    }

    /* Unsigned attributes can be put there by anybody. */
    load(&in, arena, "signed/openssl-ecdsa-p256-sha256.p7m");
    for (unsigned i = 0; i < 2; i++) {
        in.signer.unsigned_attributes = (sm_attributes){.present = true, .items = &made[i], .count = 1};
        assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_ATTRIBUTES);
    }
    sm_arena_free(arena);
}

/* Without signed attributes only id-data may be signed (RFC 5652 5.3). */
static void test_attributes_needed(void)
{
    sm_arena *arena = sm_arena_new();
    message in;
    load(&in, arena, "signed/openssl-ecdsa-p256-sha256-noattr.p7m");
    in.data.content_type = SM_OID_SIGNED_DATA;
    assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_ATTRIBUTES);
    sm_arena_free(arena);
}

/* The signed attributes of one message presented as the content of another, without attributes: the value itself verifies, because
 * that is what was signed, and yet nobody signed this content. */
static void test_attributes_as_content(void)
{
    static const char says[] = "the content is an encoding of signed attributes: the value was made over those of another message, whose "
                               "content this is not; the signature value ";
    sm_arena *arena = sm_arena_new();
    message in;
    load(&in, arena, "signed/openssl-ecdsa-p256-sha256.p7m");
    sm_bytes encodings[SM_LIMIT_CMS_ATTRIBUTES];
    for (unsigned i = 0; i < in.signer.signed_attributes.count; i++)
        encodings[i] = in.signer.signed_attributes.items[i].encoding;
    in.content = sm_der_set_of(arena, encodings, in.signer.signed_attributes.count);
    in.signer.signed_attributes = (sm_attributes){.present = false};
    const sm_signature *out = judge(&in, NULL);
    assert_verdict(out->signature, SM_FAIL, SM_REASON_ATTRIBUTES);
    assert_verdict(out->digest, SM_FAIL, SM_REASON_ATTRIBUTES);
    g_assert_true(g_str_has_prefix(out->signature.detail, says));
    g_assert_true(g_str_has_suffix(out->signature.detail, "itself verifies"));

    /* Who signed attributes in BER signed these octets: a SET of indefinite length. */
    GByteArray *ber = g_byte_array_new();
    g_byte_array_append(ber, (const guint8 *)"\x31\x80", 2);
    for (unsigned i = 0; i < in.data.signers[0].signed_attributes.count; i++)
        g_byte_array_append(ber, encodings[i].data, (guint)encodings[i].length);
    g_byte_array_append(ber, (const guint8 *)"\0\0", 2);
    in.content = sm_bytes_of(ber->data, ber->len);
    out = judge(&in, NULL);
    assert_verdict(out->signature, SM_FAIL, SM_REASON_ATTRIBUTES);
    g_assert_true(g_str_has_prefix(out->signature.detail, says));
    g_byte_array_unref(ber);

    load(&in, arena, "signed/openssl-ecdsa-p256-sha256-noattr.p7m");
    assert_passes(judge(&in, NULL));
    sm_arena_free(arena);
}

/* Certificates that anybody may add to a message, with the signer's issuer and serial number: whatever their number, a signature that
 * holds with the one in the ring does not fail by them. */
static void test_many_candidates(void)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = interop_ring("keys/ring");
    message in;
    load(&in, arena, "signed/openssl-ecdsa-p256-sha256.p7m");
    in.embedded_count = 0;
    assert_passes(judge(&in, ring)); /* the ring has it */

    enum { MANY = SM_LIMIT_KEY_TRIALS + 1 };
    sm_certificate others[MANY];
    const sm_certificate *embedded[MANY];
    const sm_certificate *right = judge(&in, ring)->certificate;
    for (unsigned i = 0; i < MANY; i++) {
        others[i] = *right;
        others[i].public_key = impostor(arena, &in, "signed/openssl-rsa-sha256.p7m").public_key;
        uint8_t *encoding = (uint8_t *)(uintptr_t)sm_arena_copy(arena, right->encoding).data;
        encoding[right->encoding.length - 1] ^= (uint8_t)(i + 1);
        others[i].encoding = sm_bytes_of(encoding, right->encoding.length);
        embedded[i] = &others[i];
    }
    in.embedded = embedded;
    in.embedded_count = SM_LIMIT_KEY_TRIALS - 1;
    assert_passes(judge(&in, ring));
    for (in.embedded_count = SM_LIMIT_KEY_TRIALS; in.embedded_count <= MANY; in.embedded_count++)
        assert_verdict(judge(&in, ring)->signature, SM_NOT_EVALUATED, SM_REASON_LIMIT);
    in.embedded_count = SM_LIMIT_KEY_TRIALS;
    assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_KEY_MISMATCH); /* all of them were tried */
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

static const sm_signature *judge_within(const message *in, sm_signature_work *work)
{
    return sm_signature_judge(in->arena, &in->data, &in->signer, in->content, in->embedded, in->embedded_count, NULL, work);
}

/* What the signatures of one message may cost together: certificates times SignerInfos, and the content digested for each. A trial
 * that is not made leaves open what it would have come to. */
static void test_work(void)
{
    sm_arena *arena = sm_arena_new();
    message in;
    load(&in, arena, "signed/openssl-ecdsa-p256-sha256.p7m");
    sm_certificate curve = impostor(arena, &in, "signed/openssl-ecdsa-brainpoolp256r1-sha256.p7m");
    const sm_certificate *both[] = {&curve, in.embedded[0]};
    in.embedded = both;
    in.embedded_count = 2;
    sm_signature_work work = 3; /* an EC key counts for two */
    assert_verdict(judge_within(&in, &work)->signature, SM_NOT_EVALUATED, SM_REASON_LIMIT);
    g_assert_cmpuint(work, ==, 0);
    work = 5;
    assert_passes(judge_within(&in, &work));
    g_assert_cmpuint(work, ==, 1);
    assert_verdict(judge_within(&in, &work)->signature, SM_NOT_EVALUATED, SM_REASON_LIMIT);

    load(&in, arena, "signed/openssl-rsa-sha256-noattr.p7m");
    sm_certificate twin = *in.embedded[0];
    twin.encoding = sm_bytes_cut(twin.encoding, 0, twin.encoding.length - 1);
    const sm_certificate *twins[] = {in.embedded[0], &twin};
    in.embedded = twins;
    in.embedded_count = 2;
    g_autofree uint8_t *other = g_malloc0(1 << 20);
    in.content = sm_bytes_of(other, 1 << 20);
    work = 18; /* 1, and 1 + 16 for a megabyte digested again */
    assert_verdict(judge_within(&in, &work)->signature, SM_FAIL, SM_REASON_SIGNATURE_MISMATCH);
    g_assert_cmpuint(work, ==, 0);
    work = 17;
    assert_verdict(judge_within(&in, &work)->signature, SM_NOT_EVALUATED, SM_REASON_LIMIT);
    sm_arena_free(arena);
}

/* Parameters that an algorithm has not are no part of the signature, and said; NULL is as good as none. */
static void test_unread_parameters(void)
{
    sm_arena *arena = sm_arena_new();
    message in;
    load(&in, arena, "signed/openssl-ecdsa-p256-sha256.p7m");
    in.signer.signature_algorithm.parameters = in.signer.digest_algorithm.parameters = SM_BYTES_LITERAL("\x05\x00");
    const sm_signature *out = judge(&in, NULL);
    assert_passes(out);
    g_assert_null(out->note);
    in.signer.digest_algorithm.parameters = SM_BYTES_LITERAL("\x02\x01\x00");
    out = judge(&in, NULL);
    assert_passes(out);
    g_assert_cmpstr(out->note, ==, "digestAlgorithm has parameters, which SHA-256 has not");
    in.signer.signature_algorithm.parameters = SM_BYTES_LITERAL("\x04\x03" "abc");
    out = judge(&in, NULL);
    assert_passes(out);
    g_assert_cmpstr(out->note, ==,
                    "digestAlgorithm has parameters, which SHA-256 has not; signatureAlgorithm has parameters, which ECDSA with SHA-256 has not");
    sm_arena_free(arena);
}

static void test_eddsa_digest_note(void)
{
    sm_arena *arena = sm_arena_new();
    message in;
    load(&in, arena, "signed/bc-ed25519-noattr.p7m");
    g_assert_null(judge(&in, NULL)->note);
    in.signer.digest_algorithm.oid = SM_BYTES_LITERAL("\x60\x86\x48\x01\x65\x03\x04\x02\x01"); /* SHA-256 */
    const sm_signature *out = judge(&in, NULL);
    assert_passes(out);
    g_assert_cmpstr(out->note, ==, "digestAlgorithm is SHA-256 where RFC 8419 3 has SHA-512");
    sm_arena_free(arena);
}

/* signatureAlgorithm and digestAlgorithm with two digests: with signed attributes each has its use, without
 * them one of the two is wrong. */
static void test_two_digests(void)
{
    sm_arena *arena = sm_arena_new();
    sm_bytes sha512 = SM_BYTES_LITERAL("\x60\x86\x48\x01\x65\x03\x04\x02\x03");
    message in;
    load(&in, arena, "signed/openssl-ecdsa-p256-sha256-noattr.p7m");
    in.signer.digest_algorithm.oid = sha512;
    const sm_signature *out = judge(&in, NULL);
    assert_verdict(out->signature, SM_FAIL, SM_REASON_PARAMETERS);
    g_assert_cmpstr(out->signature.detail, ==,
                    "signatureAlgorithm is ECDSA with SHA-256, digestAlgorithm SHA-512");

    load(&in, arena, "signed/openssl-ecdsa-p256-sha256.p7m");
    in.signer.digest_algorithm.oid = sha512;
    out = judge(&in, NULL);
    assert_verdict(out->signature, SM_PASS, SM_REASON_NONE);
    assert_verdict(out->digest, SM_FAIL, SM_REASON_DIGEST_MISMATCH);
    g_assert_cmpstr(out->note, ==, "signatureAlgorithm is ECDSA with SHA-256, digestAlgorithm SHA-512");
    sm_arena_free(arena);
}

/* ESS attributes (RFC 5035): BouncyCastle's that name the signer are among every-fixture's; these name somebody else. */
static void test_signing_certificate(void)
{
    static const struct {
        const char *name, *detail;
    } cases[] = {
        {"faulty/bc-ess-other-certificate.p7m", "signing-certificate attribute names another certificate"},
        {"faulty/bc-ess-v2-other-certificate.p7m", "signing-certificate-V2 attribute names another certificate"},
        {"faulty/bc-ess-v2-other-serial.p7m", "another issuer or serial number"},
    };
    sm_arena *arena = sm_arena_new();
    message in;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        load(&in, arena, cases[i].name);
        const sm_signature *out = judge(&in, NULL);
        assert_verdict(out->signature, SM_FAIL, SM_REASON_ATTRIBUTES);
        g_assert_nonnull(strstr(out->signature.detail, cases[i].detail));
        g_assert_nonnull(strstr(out->signature.detail, "the signature value itself verifies"));
    }

    /* A renewed certificate has the same key and may have the same identifier: the attribute says which was meant. */
    static const char *const names[] = {"signed/bc-ess-sha1.p7m", "signed/bc-ess-v2-sha256.p7m", "signed/bc-ess-v2-sha512.p7m"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        load(&in, arena, names[i]);
        sm_certificate renewed = *in.embedded[0];
        renewed.encoding = sm_bytes_cut(renewed.encoding, 0, renewed.encoding.length - 1);
        const sm_certificate *both[] = {&renewed, in.embedded[0]}, *right = in.embedded[0];
        in.embedded = both;
        in.embedded_count = 2;
        const sm_signature *out = judge(&in, NULL);
        assert_passes(out);
        g_assert_true(out->certificate == right);
        in.embedded_count = 1;
        assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_ATTRIBUTES);
    }

    sm_attribute attributes[3];
    load(&in, arena, "signed/openssl-ecdsa-p256-sha256.p7m");
    make_attributes(&in, attributes);
    sm_bytes unknown_hash = OCTETS("\x30\x0d\x30\x0b\x30\x09\x30\x04\x06\x02\x2a\x03\x04\x01\x00"), no_sequence = OCTETS("\x04\x00"),
             nobody = OCTETS("\x30\x02\x30\x00");
    attributes[2] = make_attribute(arena, SM_OID_SIGNING_CERTIFICATE_V2, &unknown_hash, 1);
    sign_attributes(&in, attributes, 3, true);
    assert_verdict(judge(&in, NULL)->signature, SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED);
    const sm_bytes malformed[] = {no_sequence, nobody};
    for (size_t i = 0; i < G_N_ELEMENTS(malformed); i++) {
        attributes[2] = make_attribute(arena, SM_OID_SIGNING_CERTIFICATE_V2, &malformed[i], 1);
        sign_attributes(&in, attributes, 3, true);
        assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_ATTRIBUTES);
    }
    sm_arena_free(arena);
}

/* Attributes that must be signed, once, with one value. */
static void test_attribute_occurrence(void)
{
    sm_arena *arena = sm_arena_new();
    message in;
    sm_attribute attributes[4];
    const struct {
        sm_bytes oid, value;
    } rows[] = {
        {SM_OID_SIGNING_TIME, OCTETS("\x17\x0d""260115100000Z")},
        {SM_OID_SMIME_CAPABILITIES, OCTETS("\x30\x00")},
        {SM_OID_ENCRYPTION_KEY_PREFERENCE, OCTETS("\xa1\x00")},
        {SM_OID_SIGNING_CERTIFICATE, OCTETS("\x30\x00")},
        {SM_OID_SIGNING_CERTIFICATE_V2, OCTETS("\x30\x00")},
        {SM_OID_ALGORITHM_PROTECTION, OCTETS("\x30\x00")},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        load(&in, arena, "signed/openssl-ecdsa-p256-sha256.p7m");
        make_attributes(&in, attributes);
        attributes[2] = attributes[3] = make_attribute(arena, rows[i].oid, &rows[i].value, 1);
        if (i < 3) { /* the others' values would have to be sound */
            sign_attributes(&in, attributes, 3, true);
            assert_passes(judge(&in, NULL));
        }
        sign_attributes(&in, attributes, 4, true);
        const sm_signature *out = judge(&in, NULL);
        assert_verdict(out->signature, SM_FAIL, SM_REASON_ATTRIBUTES);
        g_assert_nonnull(strstr(out->signature.detail, "is repeated"));

        const sm_bytes two[] = {rows[i].value, rows[i].value};
        for (unsigned values = 0; values <= 2; values += 2) {
            attributes[2] = make_attribute(arena, rows[i].oid, two, values);
            sign_attributes(&in, attributes, 3, true);
            out = judge(&in, NULL);
            assert_verdict(out->signature, SM_FAIL, SM_REASON_ATTRIBUTES);
            g_assert_nonnull(strstr(out->signature.detail, "not exactly one value"));
        }
        for (unsigned attributed = 0; attributed < 2; attributed++) {
            load(&in, arena, attributed ? "signed/openssl-ecdsa-p256-sha256.p7m" : "signed/openssl-ecdsa-p256-sha256-noattr.p7m");
            in.signer.unsigned_attributes = (sm_attributes){.present = true, .items = &attributes[3], .count = 1};
            out = judge(&in, NULL);
            assert_verdict(out->signature, SM_FAIL, SM_REASON_ATTRIBUTES);
            g_assert_nonnull(strstr(out->signature.detail, "among the unsigned attributes"));
        }
    }

    load(&in, arena, "signed/openssl-ecdsa-p256-sha256.p7m");
    make_attributes(&in, attributes);
    attributes[2] = make_attribute(arena, SM_OID_COUNTERSIGNATURE, &rows[1].value, 1);
    sign_attributes(&in, attributes, 3, true);
    assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_ATTRIBUTES);
    sign_attributes(&in, attributes, 0, true); /* signed attributes that are none */
    assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_ATTRIBUTES);
    sm_arena_free(arena);
}

/* CMSAlgorithmProtection (RFC 6211), which BouncyCastle writes: the SignerInfo's algorithms exchanged for equivalent ones. */
static void test_algorithm_protection(void)
{
    sm_arena *arena = sm_arena_new();
    message in;
    load(&in, arena, "signed/bc-rsa-sha256.p7m");
    g_assert_nonnull(sm_attributes_find(&in.signer.signed_attributes, SM_OID_ALGORITHM_PROTECTION));
    assert_passes(judge(&in, NULL));
    in.signer.digest_algorithm.parameters = OCTETS("\x05\x00");
    assert_passes(judge(&in, NULL));
    in.signer.signature_algorithm.oid = OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"); /* rsaEncryption: the same value verifies */
    const sm_signature *out = judge(&in, NULL);
    assert_verdict(out->signature, SM_FAIL, SM_REASON_ATTRIBUTES);
    g_assert_nonnull(strstr(out->signature.detail, "RFC 6211 2; the signature value itself verifies") ||
                     strstr(out->signature.detail, "(RFC 6211 2); the signature value itself verifies"));
    sm_arena_free(arena);
}

/* What the received encoding lacks, under a signature that holds. */
static void test_attribute_notes(void)
{
    static const struct {
        const char *value, *note;
    } times[] = {
        {"\x17\x0d""260115100000Z", NULL},
        {"\x17\x0b""2601151000Z", "signing-time has no seconds (RFC 5652 11.3)"},
        {"\x17\x11""260115100000+0100", "signing-time has an offset instead of Z (RFC 5652 11.3)"},
        {"\x18\x0f""20260115100000Z", "signing-time has GeneralizedTime for a year that UTCTime has (RFC 5652 11.3)"},
        {"\x18\x0f""20500101000000Z", NULL},
        {"\x18\x11""20510115100000.5Z", "signing-time has fractional seconds (RFC 5652 11.3)"},
        {"\x0c\x02hi", "signing-time is unreadable (RFC 5652 11.3)"},
    };
    sm_arena *arena = sm_arena_new();
    message in;
    sm_attribute attributes[3], sorted[3];
    load(&in, arena, "signed/openssl-ecdsa-p256-sha256.p7m");
    make_attributes(&in, attributes);
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        sm_bytes value = sm_bytes_of((const uint8_t *)times[i].value, strlen(times[i].value));
        attributes[2] = make_attribute(arena, SM_OID_SIGNING_TIME, &value, 1);
        const sm_attribute arranged[] = {attributes[0], attributes[2], attributes[1]};
        memcpy(sorted, arranged, sizeof sorted);
        sign_attributes(&in, sorted, 3, true);
        in.signer.signed_attributes.sorted = true;
        const sm_signature *out = judge(&in, NULL);
        assert_passes(out);
        g_assert_cmpstr(out->note, ==, times[i].note);
    }
    in.signer.signed_attributes.der = false;
    g_assert_nonnull(strstr(judge(&in, NULL)->note, "not received in DER ("));
    in.signer.signed_attributes.der = true;
    in.signer.signed_attributes.sorted = false;
    g_assert_nonnull(strstr(judge(&in, NULL)->note, "not received in DER's order"));
    sm_arena_free(arena);
}

/* ---- values and keys that a forger would choose -------------------------------------------------- */

static void assert_value_fails(const message *in, sm_bytes value)
{
    message forged = *in;
    forged.signer.signature = value;
    assert_verdict(judge(&forged, NULL)->signature, SM_FAIL, SM_REASON_SIGNATURE_MISMATCH);
}

static void test_forged_values(void)
{
    static const char *const names[] = {"signed/openssl-ecdsa-p256-sha256.p7m", "signed/openssl-dsa-sha256.p7m",
                                        "signed/bc-ecdsa-p256-shake128.p7m"};
    sm_arena *arena = sm_arena_new();
    message in;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        load(&in, arena, names[i]);
        sm_bytes value = in.signer.signature;
        assert_value_fails(&in, OCTETS("\x30\x06\x02\x01\x00\x02\x01\x00")); /* r = s = 0 */
        assert_value_fails(&in, OCTETS("\x30\x06\x02\x01\x01\x02\x01\x00"));
        assert_value_fails(&in, OCTETS("\x30\x06\x02\x01\x00\x02\x01\x01"));
        assert_value_fails(&in, OCTETS("\x30\x06\x02\x01\xff\x02\x01\xff"));
        assert_value_fails(&in, OCTETS(""));
        sm_bytes longer[] = {value, OCTETS("\x00")};
        assert_value_fails(&in, join(arena, longer, 2));
        sm_bytes long_length[] = {OCTETS("\x30\x81"), sm_bytes_from(value, 1)}; /* the same value in BER */
        assert_value_fails(&in, join(arena, long_length, 2));
    }

    /* Ed25519: S + L is the same S to whoever does not look at its range (RFC 8032 5.1.7). */
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                      0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
    load(&in, arena, "signed/bc-ed25519.p7m");
    sm_bytes value = sm_arena_copy(arena, in.signer.signature);
    uint8_t *s_octets = (uint8_t *)(uintptr_t)value.data + 32;
    for (unsigned i = 0, carry = 0; i < 32; i++) {
        carry += s_octets[i] + order[i];
        s_octets[i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_value_fails(&in, value);

    /* RSASSA-PSS: a negative salt length, MGF1 with another hash. */
    load(&in, arena, "signed/openssl-pss-sha256-salt32.p7m");
    sm_bytes parameters = in.signer.signature_algorithm.parameters;
    in.signer.signature_algorithm.parameters = replaced(arena, parameters, "\xa2\x03\x02\x01\x20", "\xa2\x03\x02\x01\xe0", 5);
    assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_PARAMETERS);
    in.signer.signature_algorithm.parameters = replaced(arena, parameters, "\xa2\x03\x02\x01\x20", "\xa3\x03\x02\x01\x02", 5);
    assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_PARAMETERS); /* trailerField 2 */
    sm_bytes mgf = sm_arena_copy(arena, parameters);
    for (size_t at = mgf.length - 9; at > 0; at--) /* the last of the two SHA-256 is MGF1's */
        if (memcmp(mgf.data + at, "\x60\x86\x48\x01\x65\x03\x04\x02\x01", 9) == 0) {
            ((uint8_t *)(uintptr_t)mgf.data)[at + 8] = 3;
            break;
        }
    g_assert_false(sm_bytes_equal(mgf, parameters));
    in.signer.signature_algorithm.parameters = mgf;
    assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_SIGNATURE_MISMATCH);
    sm_arena_free(arena);
}

static EVP_PKEY *rsa_key(const BIGNUM *n, unsigned long exponent)
{
    BIGNUM *e = BN_new();
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;
    g_assert_true(BN_set_word(e, exponent) && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
                  OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e));
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(build);
    g_assert_true(EVP_PKEY_fromdata_init(context) > 0 && EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) > 0);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(context);
    BN_free(e);
    return key;
}

/* With the exponent 1 the padded digest is its own signature: EMSA-PKCS1-v1_5 (RFC 8017 9.2) without any private key. */
static void test_rsa_exponent(void)
{
    static const char prefix[] = "\x00\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
    sm_arena *arena = sm_arena_new();
    message in;
    load(&in, arena, "signed/openssl-rsa-sha256-noattr.p7m");
    BIGNUM *n = NULL;
    g_assert_true(EVP_PKEY_get_bn_param(in.embedded[0]->public_key, OSSL_PKEY_PARAM_RSA_N, &n) > 0);
    uint8_t forged[256];
    memset(forged, 0xff, sizeof forged);
    forged[0] = 0x00;
    forged[1] = 0x01;
    memcpy(forged + 256 - 32 - 20, prefix, 20);
    EVP_Q_digest(NULL, "SHA256", NULL, in.content.data, in.content.length, forged + 224, NULL);
    in.signer.signature = sm_bytes_of(forged, sizeof forged);
    const unsigned long exponents[] = {1, 2};
    for (size_t i = 0; i < G_N_ELEMENTS(exponents); i++) {
        sm_certificate weak = *in.embedded[0];
        const sm_certificate *only = &weak;
        message with = in;
        EVP_PKEY *key = rsa_key(n, exponents[i]);
        weak.public_key = key;
        with.embedded = &only;
        with.embedded_count = 1;
        assert_verdict(judge(&with, NULL)->signature, SM_FAIL, SM_REASON_PARAMETERS);
        EVP_PKEY_free(key);
    }
    BN_free(n);

    sm_certificate shorter = *in.embedded[0]; /* a short key: told, and no failure of this signature */
    const sm_certificate *only = &shorter;
    load(&in, arena, "signed/openssl-rsa-sha256.p7m");
    shorter = *in.embedded[0];
    shorter.key_bits = 512;
    in.embedded = &only;
    const sm_signature *out = judge(&in, NULL);
    assert_passes(out);
    g_assert_cmpstr(out->note, ==, "the RSA key has 512 bits, which gives no security");
    sm_arena_free(arena);
}

/* The signer's own key with its curve written out: what CVE-2020-0601 made of that. */
static void test_explicit_curve(void)
{
    sm_arena *arena = sm_arena_new();
    message in;
    load(&in, arena, "signed/openssl-ecdsa-p256-sha256.p7m");
    EVP_PKEY *named = EVP_PKEY_dup(in.embedded[0]->public_key), *spelled = NULL;
    g_assert_true(EVP_PKEY_set_utf8_string_param(named, OSSL_PKEY_PARAM_EC_ENCODING, "explicit") > 0);
    uint8_t *octets = NULL;
    int length = i2d_PUBKEY(named, &octets);
    const uint8_t *at = octets;
    g_assert_cmpint(length, >, 100);
    spelled = d2i_PUBKEY(NULL, &at, length);
    g_assert_nonnull(spelled);
    sm_certificate certificate = *in.embedded[0];
    const sm_certificate *only = &certificate;
    certificate.public_key = spelled;
    in.embedded = &only;
    in.embedded_count = 1;
    assert_verdict(judge(&in, NULL)->signature, SM_FAIL, SM_REASON_PARAMETERS);
    certificate.public_key = named;
    assert_passes(judge(&in, NULL));
    OPENSSL_free(octets);
    EVP_PKEY_free(named);
    EVP_PKEY_free(spelled);
    sm_arena_free(arena);
}

/* ---- changed messages --------------------------------------------------------------------------- */

static bool inside(const uint8_t *at, sm_bytes bytes)
{
    return sm_bytes_present(bytes) && at >= bytes.data && at < bytes.data + bytes.length;
}

/* Octets of a SignedData that its signature does not cover (RFC 5652 5.4) and that a verdict about signature
 * value and digest does not depend on, when the certificate comes from the ring:
 * - SignedData: version, the set digestAlgorithms, certificates, crls;
 * - SignerInfo: version, the parameters of digestAlgorithm and signatureAlgorithm (NULL or absent), unsigned
 * attributes. Not covered either, but needed: sid, both algorithms' identifiers. Everything else must not
 * pass. */
static bool unprotected(const message *in, const uint8_t *at)
{
    const uint8_t *type = in->data.content_type.data - 2; /* eContentType with its header */
    const uint8_t *signers =
        in->signer.encoding.data - 2; /* the set's header, short form or the last two octets of it */
    sm_bytes content =
        in->data.detached ? sm_bytes_of(type, in->data.content_type.length + 2) : in->data.content;
    const uint8_t *content_end = content.data + content.length;
    bool before = at < type - 2 && at > in->cms.encoding.data + 20; /* version and digestAlgorithms */
    bool certificates = at >= content_end && at < signers;
    bool version = at[-2] == 0x02 && at[-1] == 0x01 && inside(at, in->signer.encoding) &&
                   at < in->signer.digest_algorithm.oid.data;
    return before || certificates || version || inside(at, in->signer.digest_algorithm.parameters) ||
           inside(at, in->signer.signature_algorithm.parameters);
}

static void flip_every_octet(const char *name)
{
    sm_arena *arena = sm_arena_new();
    sm_keyring *ring = interop_ring("keys/ring");
    sm_bytes original = interop_octets(arena, name), content = interop_content(arena);
    message in;
    g_assert_true(read_message(&in, arena, original, content));
    unsigned passed = 0;
    for (size_t i = 0; i < original.length; i++) {
        for (unsigned change = 0; change < 3; change++) {
            sm_arena *inner = sm_arena_new();
            uint8_t *octets = g_memdup2(original.data, original.length);
            octets[i] ^= change == 0 ? 0x01 : change == 1 ? 0x80 : 0xff;
            message changed;
            if (read_message(&changed, inner, sm_arena_copy(inner, sm_bytes_of(octets, original.length)),
                             content)) {
                changed.embedded_count =
                    0; /* the ring has the certificate: what is embedded is changed too */
                const sm_signature *out = judge(&changed, ring);
                if (out->signature.kind == SM_PASS && out->digest.kind == SM_PASS) {
                    passed++;
                    if (!unprotected(&in, original.data + i))
                        g_error("%s: octet %zu (%02x) may be changed unnoticed", name, i, original.data[i]);
                    assert_same_octets(changed.content, content);
                }
            }
            g_free(octets);
            sm_arena_free(inner);
        }
    }
    g_test_message("%s: %u changes of unprotected octets pass", name, passed);
    sm_keyring_unref(ring);
    sm_arena_free(arena);
}

static void test_flip_ecdsa(void)
{
    flip_every_octet("signed/openssl-ecdsa-p256-sha256.p7m");
    flip_every_octet("signed/openssl-ecdsa-p256-sha256-noattr.p7m");
}

static void test_flip_rsa_detached(void)
{
    flip_every_octet("signed/openssl-rsa-sha256.p7s");
}

static void test_flip_ed25519(void)
{
    flip_every_octet("signed/bc-ed25519.p7m");
}

static void test_truncated(void)
{
    static const char *const names[] = {"signed/openssl-ecdsa-p256-sha256.p7m",
                                        "signed/openssl-rsa-sha256.p7s", "signed/openssl-rsa-stream.p7m",
                                        "signed/bc-ber-ecdsa-p256.p7m"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        sm_arena *arena = sm_arena_new();
        sm_bytes whole = interop_octets(arena, names[i]);
        for (size_t length = 0; length < whole.length; length++) {
            message in;
            g_assert_false(
                read_message(&in, arena, sm_arena_copy(arena, sm_bytes_cut(whole, 0, length)), whole));
            assert_verdict(in.cms.structure, SM_NOT_EVALUATED, SM_REASON_TRUNCATED);
        }
        sm_arena_free(arena);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cms/signed/every-fixture", test_every_fixture);
    g_test_add_func("/cms/signed/changed-content", test_changed_content);
    g_test_add_func("/cms/signed/two-signers", test_two_signers);
    g_test_add_func("/cms/signed/countersignature", test_countersignature);
    g_test_add_func("/cms/signed/digested", test_digested);
    g_test_add_func("/cms/signed/post-quantum", test_post_quantum);
    g_test_add_func("/cms/signed/shake", test_shake);
    g_test_add_func("/cms/signed/nothing-to-judge-with", test_nothing_to_judge_with);
    g_test_add_func("/cms/signed/long-rsa-key", test_long_rsa_key);
    g_test_add_func("/cms/signed/wrong-key", test_wrong_key);
    g_test_add_func("/cms/signed/pss-parameters", test_pss_parameters);
    g_test_add_func("/cms/signed/attributes/order", test_attribute_order);
    g_test_add_func("/cms/signed/attributes-in-ber", test_attributes_in_ber);
    g_test_add_func("/cms/signed/attributes/mandatory", test_mandatory_attributes);
    g_test_add_func("/cms/signed/attributes/needed", test_attributes_needed);
    g_test_add_func("/cms/signed/attributes/as-content", test_attributes_as_content);
    g_test_add_func("/cms/signed/many-candidates", test_many_candidates);
    g_test_add_func("/cms/signed/work", test_work);
    g_test_add_func("/cms/signed/unread-parameters", test_unread_parameters);
    g_test_add_func("/cms/signed/attributes/signing-certificate", test_signing_certificate);
    g_test_add_func("/cms/signed/attributes/occurrence", test_attribute_occurrence);
    g_test_add_func("/cms/signed/attributes/algorithm-protection", test_algorithm_protection);
    g_test_add_func("/cms/signed/attributes/notes", test_attribute_notes);
    g_test_add_func("/cms/signed/forged/values", test_forged_values);
    g_test_add_func("/cms/signed/forged/rsa-exponent", test_rsa_exponent);
    g_test_add_func("/cms/signed/forged/explicit-curve", test_explicit_curve);
    g_test_add_func("/cms/signed/eddsa-digest", test_eddsa_digest_note);
    g_test_add_func("/cms/signed/two-digests", test_two_digests);
    g_test_add_func("/cms/signed/flip/ecdsa", test_flip_ecdsa);
    g_test_add_func("/cms/signed/flip/rsa-detached", test_flip_rsa_detached);
    g_test_add_func("/cms/signed/flip/ed25519", test_flip_ed25519);
    g_test_add_func("/cms/signed/truncated", test_truncated);
    return g_test_run();
}
