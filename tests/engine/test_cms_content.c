/* CMS as received: fixtures of the openssl command and the examples of RFC 4134. Expected counts, versions and identifiers
 * are those that `openssl cms -cmsout -print` and the RFC's own dumps show. */

#include "cms/algorithms.h"
#include "cms/content.h"
#include "cms/der.h"

#include "base/bounds.h"

#include <glib.h>

typedef struct message {
    sm_arena *arena;
    sm_bytes octets; /* an exact copy */
    const sm_cms *cms;
} message;

static sm_bytes load(sm_arena *arena, const char *directory, const char *name)
{
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "data", directory, name, NULL);
    g_autofree char *contents = NULL;
    gsize length;
    g_autoptr(GError) error = NULL;
    g_file_get_contents(path, &contents, &length, &error);
    g_assert_no_error(error);
    return sm_arena_copy(arena, sm_bytes_of(contents, length));
}

static message parse_file(const char *directory, const char *name)
{
    message m = {.arena = sm_arena_new()};
    g_test_message("%s/%s", directory, name);
    m.octets = load(m.arena, directory, name);
    m.cms = sm_cms_parse(m.arena, m.octets);
    return m;
}

/* The file, which must be sound CMS of this type. */
static message sound(const char *directory, const char *name, sm_cms_type type)
{
    message m = parse_file(directory, name);
    g_assert_cmpstr(m.cms->structure.detail, ==, NULL);
    g_assert_cmpint(m.cms->structure.kind, ==, SM_PASS);
    g_assert_cmpint(m.cms->type, ==, type);
    g_assert_true(sm_bytes_equal(m.cms->encoding, m.octets));
    g_assert_false(sm_bytes_present(m.cms->trailing));
    return m;
}

static const sm_cms *parse_hex(sm_arena *arena, const char *text)
{
    uint8_t octets[256];
    size_t length = 0;
    for (; *text; text++)
        if (*text != ' ') {
            g_assert_cmpuint(length, <, sizeof(octets));
            octets[length++] = (uint8_t)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));
            text++;
        }
    return sm_cms_parse(arena, sm_arena_copy(arena, sm_bytes_of(octets, length)));
}

#define assert_octets(actual, literal) g_assert_true(sm_bytes_equal((actual), SM_BYTES_LITERAL(literal)))

static void assert_oid(const message *m, sm_bytes oid, const char *text)
{
    g_assert_cmpstr(sm_oid_text(m->arena, oid), ==, text);
}

static void assert_serial(const sm_identifier *identifier, const char *hexadecimal)
{
    sm_arena *arena = sm_arena_new();
    g_assert_cmpint(identifier->kind, ==, SM_IDENTIFIER_ISSUER_SERIAL);
    g_assert_cmpstr(sm_arena_hex(arena, identifier->serial), ==, hexadecimal);
    g_assert_cmpuint(identifier->issuer.data[0], ==, 0x30);
    sm_arena_free(arena);
}

/* ---- SignedData ---- */

static const char content[] = "Content-Type: text/plain\r\n\r\nWatson, come here.\r\n";

static void test_signed(void)
{
    message m = sound("cms", "signed.der", SM_CMS_SIGNED);
    const sm_signed_data *data = m.cms->signed_data;
    assert_oid(&m, m.cms->content_type, "1.2.840.113549.1.7.2");
    g_assert_false(m.cms->ber);
    g_assert_null(m.cms->enveloped_data);
    g_assert_cmpuint(data->version, ==, 1);
    g_assert_cmpuint(data->digest_algorithm_count, ==, 1);
    assert_oid(&m, data->digest_algorithms[0].oid, "2.16.840.1.101.3.4.2.1");
    g_assert_false(sm_bytes_present(data->digest_algorithms[0].parameters));
    assert_oid(&m, data->content_type, "1.2.840.113549.1.7.1");
    g_assert_false(data->detached);
    g_assert_false(data->content_any);
    assert_octets(data->content, content);
    g_assert_cmpuint(data->certificate_count, ==, 1);
    g_assert_cmpint(data->certificates[0].kind, ==, SM_CHOICE_CERTIFICATE);
    g_assert_cmpuint(data->crl_count + data->other_crls, ==, 0);
    g_assert_cmpuint(data->signer_count, ==, 1);

    const sm_signer_info *signer = &data->signers[0];
    g_assert_cmpuint(signer->version, ==, 1);
    assert_serial(&signer->sid, "1001");
    assert_oid(&m, signer->digest_algorithm.oid, "2.16.840.1.101.3.4.2.1");
    assert_oid(&m, signer->signature_algorithm.oid, "1.2.840.10045.4.3.2");
    g_assert_true(signer->signed_attributes.present);
    g_assert_true(signer->signed_attributes.der);
    g_assert_true(signer->signed_attributes.sorted);
    g_assert_cmphex(signer->signed_attributes.encoding.data[0], ==, 0xa0);
    g_assert_cmpuint(signer->signed_attributes.count, ==, 4);
    static const char *const types[] = {"1.2.840.113549.1.9.3", "1.2.840.113549.1.9.5", "1.2.840.113549.1.9.4",
                                        "1.2.840.113549.1.9.15"};
    for (unsigned i = 0; i < 4; i++) {
        assert_oid(&m, signer->signed_attributes.items[i].oid, types[i]);
        g_assert_cmpuint(signer->signed_attributes.items[i].value_count, ==, 1);
    }
    const sm_attribute *digest = sm_attributes_find(&signer->signed_attributes, SM_OID_MESSAGE_DIGEST);
    g_assert_true(digest == &signer->signed_attributes.items[2]);
    g_autoptr(GChecksum) sha256 = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sha256, (const guchar *)content, sizeof(content) - 1);
    g_assert_cmpuint(digest->values[0].length, ==, 34); /* 04 20 and the digest: a complete encoding */
    g_assert_cmpstr(sm_arena_hex(m.arena, sm_bytes_from(digest->values[0], 2)), ==, g_checksum_get_string(sha256));
    g_assert_null(sm_attributes_find(&signer->signed_attributes, SM_OID_COUNTERSIGNATURE));
    g_assert_false(signer->unsigned_attributes.present);
    g_assert_cmpuint(signer->signature.data[0], ==, 0x30);
    g_assert_false(sm_cms_is_certs_only(m.cms));
    sm_arena_free(m.arena);
}

static void test_signed_forms(void)
{
    message m = sound("cms", "signed-detached.der", SM_CMS_SIGNED);
    g_assert_true(m.cms->signed_data->detached);
    g_assert_false(sm_bytes_present(m.cms->signed_data->content));
    g_assert_false(sm_cms_is_certs_only(m.cms));
    sm_arena_free(m.arena);

    m = sound("cms", "signed-noattr-keyid-nocerts.der", SM_CMS_SIGNED);
    g_assert_cmpuint(m.cms->signed_data->version, ==, 3);
    g_assert_cmpuint(m.cms->signed_data->certificate_count, ==, 0);
    g_assert_cmpuint(m.cms->signed_data->signers[0].version, ==, 3);
    g_assert_cmpint(m.cms->signed_data->signers[0].sid.kind, ==, SM_IDENTIFIER_KEY_ID);
    g_assert_cmpuint(m.cms->signed_data->signers[0].sid.key_id.length, ==, 20);
    g_assert_false(m.cms->signed_data->signers[0].signed_attributes.present);
    assert_oid(&m, m.cms->signed_data->signers[0].signature_algorithm.oid, "1.2.840.113549.1.1.1");
    assert_octets(m.cms->signed_data->signers[0].signature_algorithm.parameters, "\x05\x00");
    sm_arena_free(m.arena);

    m = sound("cms", "signed-two.der", SM_CMS_SIGNED);
    g_assert_cmpuint(m.cms->signed_data->certificate_count, ==, 3);
    g_assert_cmpuint(m.cms->signed_data->signer_count, ==, 2);
    assert_serial(&m.cms->signed_data->signers[0].sid, "1001");
    assert_serial(&m.cms->signed_data->signers[1].sid, "1004");
    sm_arena_free(m.arena);

    /* -stream: indefinite lengths around, the content in pieces, the attributes still DER */
    m = sound("cms", "signed-stream.der", SM_CMS_SIGNED);
    g_assert_true(m.cms->ber);
    assert_octets(m.cms->signed_data->content, content);
    g_assert_true(m.cms->signed_data->signers[0].signed_attributes.der);
    sm_arena_free(m.arena);

    m = sound("cms", "certs-only.der", SM_CMS_SIGNED);
    g_assert_true(sm_cms_is_certs_only(m.cms));
    g_assert_cmpuint(m.cms->signed_data->digest_algorithm_count, ==, 0);
    g_assert_cmpuint(m.cms->signed_data->certificate_count, ==, 2);
    g_assert_cmpuint(m.cms->signed_data->crl_count, ==, 1);
    g_assert_cmpuint(m.cms->signed_data->signer_count, ==, 0);
    sm_arena_free(m.arena);
}

static void test_pkcs7(void)
{
    message m = sound("cms", "pkcs7-any.der", SM_CMS_SIGNED);
    const sm_signed_data *data = m.cms->signed_data;
    g_assert_true(data->content_any);
    assert_octets(data->content, "\x02\x01\x01"); /* without tag and length: RFC 5652 5.2.1 */
    g_assert_cmpuint(data->certificate_count, ==, 5);
    for (unsigned i = 0; i < 5; i++) /* the SET is in the order of the tags */
        g_assert_cmpint(data->certificates[i].kind, ==, (int)(SM_CHOICE_CERTIFICATE + i));
    g_assert_cmpuint(data->crl_count, ==, 1);
    g_assert_cmpuint(data->other_crls, ==, 1);

    const sm_signer_info *signer = &data->signers[0];
    g_assert_cmpuint(signer->countersignature_count, ==, 1);
    g_assert_cmpuint(signer->countersignatures_unread, ==, 1); /* the INTEGER */
    const sm_signer_info *first = &signer->countersignatures[0];
    assert_octets(first->sid.key_id, "\x0b");
    g_assert_cmpuint(first->countersignature_count, ==, 1);
    g_assert_cmpuint(first->countersignatures_unread, ==, 0);
    const sm_signer_info *second = &first->countersignatures[0];
    assert_octets(second->sid.key_id, "\x0c");
    g_assert_cmpuint(second->countersignature_count, ==, 0);
    g_assert_cmpuint(second->countersignatures_unread, ==, 1); /* too deep */
    sm_arena_free(m.arena);

    /* Data itself is an OCTET STRING in PKCS #7 too. */
    sm_arena *arena = sm_arena_new();
    const sm_cms *cms = parse_hex(arena, "3028 06092a864886f70d010702 a01b 3019 020101 3100"
                                         "3010 06092a864886f70d010701 a003 020105 3100");
    g_assert_cmpint(cms->structure.kind, ==, SM_FAIL);
    g_assert_cmpstr(cms->structure.detail, ==, "malformed eContent at offset 37");
    sm_arena_free(arena);
}

/* ---- envelopes ---- */

static const sm_recipient_info *only_recipient(const message *m, sm_recipient_kind kind, uint32_t version)
{
    const sm_enveloped_data *data = m->cms->enveloped_data;
    g_assert_cmpuint(data->recipient_count, ==, 1);
    g_assert_cmpint(data->recipients[0].kind, ==, kind);
    g_assert_cmpuint(data->recipients[0].version, ==, version);
    g_assert_true(sm_bytes_within(data->recipients[0].encoding, m->octets));
    return &data->recipients[0];
}

static void assert_enveloped(const message *m, uint32_t version, const char *cipher)
{
    const sm_enveloped_data *data = m->cms->enveloped_data;
    g_assert_cmpuint(data->version, ==, version);
    g_assert_false(data->originator_info);
    assert_oid(m, data->content_type, "1.2.840.113549.1.7.1");
    assert_oid(m, data->content_encryption.oid, cipher);
    g_assert_false(data->detached);
    g_assert_cmpuint(data->content.length, ==, 64); /* the 48 octets, padded to whole blocks */
    g_assert_false(data->unauthenticated_attributes.present);
    g_assert_false(sm_bytes_present(data->mac));
}

static void test_enveloped(void)
{
    message m = sound("cms", "enveloped-rsa.der", SM_CMS_ENVELOPED);
    assert_enveloped(&m, 0, "2.16.840.1.101.3.4.1.2");
    const sm_recipient_info *recipient = only_recipient(&m, SM_RECIPIENT_KEY_TRANSPORT, 0);
    assert_serial(&recipient->rid, "1005");
    assert_oid(&m, recipient->key_encryption.oid, "1.2.840.113549.1.1.1");
    g_assert_cmpuint(recipient->encrypted_key.length, ==, 256);
    sm_arena_free(m.arena);

    m = sound("cms", "enveloped-stream.der", SM_CMS_ENVELOPED);
    assert_enveloped(&m, 0, "2.16.840.1.101.3.4.1.2");
    g_assert_true(m.cms->ber);
    assert_serial(&only_recipient(&m, SM_RECIPIENT_KEY_TRANSPORT, 0)->rid, "1005");
    sm_arena_free(m.arena);

    m = sound("cms", "enveloped-ecdh.der", SM_CMS_ENVELOPED);
    assert_enveloped(&m, 2, "2.16.840.1.101.3.4.1.2");
    recipient = only_recipient(&m, SM_RECIPIENT_KEY_AGREEMENT, 3);
    assert_serial(&recipient->rid, "1002");
    assert_oid(&m, recipient->originator_algorithm.oid, "1.2.840.10045.2.1");
    g_assert_cmpuint(recipient->originator_key.length, ==, 65);
    g_assert_cmphex(recipient->originator_key.data[0], ==, 0x04);
    g_assert_cmpint(recipient->originator.kind, ==, SM_IDENTIFIER_NONE);
    g_assert_false(sm_bytes_present(recipient->ukm));
    assert_oid(&m, recipient->key_encryption.oid, "1.3.132.1.11.1");
    g_assert_cmpuint(recipient->encrypted_key.length, ==, 24);
    sm_arena_free(m.arena);

    m = sound("cms", "enveloped-ecdh-keyid.der", SM_CMS_ENVELOPED);
    recipient = only_recipient(&m, SM_RECIPIENT_KEY_AGREEMENT, 3);
    g_assert_cmpint(recipient->rid.kind, ==, SM_IDENTIFIER_KEY_ID);
    g_assert_cmpuint(recipient->rid.key_id.length, ==, 20);
    g_assert_false(recipient->key_date.known);
    sm_arena_free(m.arena);

    m = sound("cms", "enveloped-kek.der", SM_CMS_ENVELOPED);
    assert_enveloped(&m, 2, "2.16.840.1.101.3.4.1.2");
    recipient = only_recipient(&m, SM_RECIPIENT_KEK, 4);
    assert_octets(recipient->kek_id, "\x01\x02\x03\x04\x05\x06\x07\x08");
    assert_oid(&m, recipient->key_encryption.oid, "2.16.840.1.101.3.4.1.5");
    sm_arena_free(m.arena);

    m = sound("cms", "enveloped-password.der", SM_CMS_ENVELOPED);
    assert_enveloped(&m, 3, "2.16.840.1.101.3.4.1.42");
    recipient = only_recipient(&m, SM_RECIPIENT_PASSWORD, 0);
    assert_oid(&m, recipient->key_derivation.oid, "1.2.840.113549.1.5.12");
    g_assert_cmphex(recipient->key_derivation.encoding.data[0], ==, 0xa0);
    assert_oid(&m, recipient->key_encryption.oid, "1.2.840.113549.1.9.16.3.9");
    sm_arena_free(m.arena);

    m = sound("cms", "encrypted.der", SM_CMS_ENCRYPTED);
    assert_enveloped(&m, 0, "2.16.840.1.101.3.4.1.2");
    g_assert_cmpuint(m.cms->enveloped_data->recipient_count, ==, 0);
    sm_arena_free(m.arena);
}

static void test_auth_enveloped(void)
{
    message m = sound("cms", "auth-enveloped-many.der", SM_CMS_AUTH_ENVELOPED);
    const sm_enveloped_data *data = m.cms->enveloped_data;
    g_assert_cmpuint(data->version, ==, 0);
    g_assert_cmpuint(data->recipient_count, ==, 3);
    static const sm_recipient_kind kinds[] = {SM_RECIPIENT_KEY_TRANSPORT, SM_RECIPIENT_KEY_AGREEMENT, SM_RECIPIENT_KEK};
    for (unsigned i = 0; i < 3; i++)
        g_assert_cmpint(data->recipients[i].kind, ==, kinds[i]);
    assert_oid(&m, data->content_encryption.oid, "2.16.840.1.101.3.4.1.6");
    g_assert_cmpuint(data->content.length, ==, sizeof(content) - 1);
    g_assert_cmpuint(data->mac.length, ==, 16);
    g_assert_false(data->authenticated_attributes.present);
    sm_arena_free(m.arena);
}

/* recipients.cnf: each form of RFC 5652 6.2.2, RFC 9629, another kind, and both sets of attributes */
static void test_recipients(void)
{
    message m = sound("cms", "recipients.der", SM_CMS_AUTH_ENVELOPED);
    const sm_enveloped_data *data = m.cms->enveloped_data;
    g_assert_cmpuint(data->recipient_count, ==, 6);
    const sm_recipient_info *r = data->recipients;

    g_assert_cmpuint(r[0].group, ==, 0);
    assert_serial(&r[0].originator, "1234");
    assert_serial(&r[0].rid, "1234");
    g_assert_false(sm_bytes_present(r[0].originator_key));
    assert_octets(r[0].encrypted_key, "\x01");

    g_assert_cmpuint(r[1].group, ==, 1);
    assert_oid(&m, r[1].originator_algorithm.oid, "1.3.101.110");
    assert_octets(r[1].originator_key, "\x09\x09");

    for (unsigned i = 2; i < 4; i++) {
        g_assert_cmpint(r[i].kind, ==, SM_RECIPIENT_KEY_AGREEMENT);
        g_assert_cmpuint(r[i].group, ==, 2);
        g_assert_cmpint(r[i].originator.kind, ==, SM_IDENTIFIER_KEY_ID);
        assert_octets(r[i].originator.key_id, "\x0a\x0b");
        assert_octets(r[i].ukm, "\x55\x66");
        assert_oid(&m, r[i].key_encryption.oid, "1.3.132.1.11.1");
        g_assert_true(sm_bytes_equal(r[i].encoding, sm_bytes_cut(m.octets, 144, 90)));
    }
    assert_serial(&r[2].rid, "1234");
    g_assert_false(r[2].key_date.known);
    assert_octets(r[3].rid.key_id, "\xbe\xef");
    g_assert_cmpstr(sm_moment_text(m.arena, r[3].key_date), ==, "2026-01-15T10:00:00Z");
    assert_octets(r[3].key_other, "\x30\x05\x06\x03\x2a\x03\x04");
    assert_octets(r[3].encrypted_key, "\x02");

    g_assert_cmpint(r[4].kind, ==, SM_RECIPIENT_OTHER);
    assert_oid(&m, r[4].other_type, "1.2.3.5");
    assert_octets(r[4].other_value, "\x04\x05value");

    g_assert_cmpint(r[5].kind, ==, SM_RECIPIENT_KEM);
    g_assert_cmpuint(r[5].version, ==, 0);
    assert_octets(r[5].rid.key_id, "\x0c\x0d");
    assert_oid(&m, r[5].kem.oid, "2.16.840.1.101.3.4.4.2");
    assert_octets(r[5].kem_ciphertext, "\xaa\xbb");
    assert_oid(&m, r[5].kdf.oid, "1.2.840.113549.1.9.16.3.28");
    g_assert_cmpuint(r[5].kek_length, ==, 32);
    assert_octets(r[5].ukm, "\x77\x88");
    assert_oid(&m, r[5].wrap.oid, "2.16.840.1.101.3.4.1.5");
    assert_octets(r[5].encrypted_key, "\x03");

    const sm_attributes *sets[] = {&data->authenticated_attributes, &data->unauthenticated_attributes};
    for (unsigned i = 0; i < 2; i++) {
        g_assert_true(sets[i]->present && sets[i]->der && sets[i]->sorted);
        g_assert_cmphex(sets[i]->encoding.data[0], ==, 0xa1 + i);
        g_assert_cmpuint(sets[i]->count, ==, 2);
        assert_oid(&m, sets[i]->items[0].oid, "1.2.3.1");
        g_assert_cmpuint(sets[i]->items[0].value_count, ==, 2);
        assert_octets(sets[i]->items[0].values[1], "\x02\x01\x02");
    }
    sm_arena_free(m.arena);
}

static void test_authenticated(void)
{
    message m = sound("cms", "authenticated.der", SM_CMS_AUTHENTICATED);
    const sm_enveloped_data *data = m.cms->enveloped_data;
    g_assert_cmpuint(data->version, ==, 1);
    g_assert_true(data->originator_info);
    g_assert_cmpuint(data->originator_certificate_count, ==, 2);
    g_assert_cmpint(data->originator_certificates[0].kind, ==, SM_CHOICE_ATTRIBUTE_V1);
    g_assert_cmpuint(data->recipient_count, ==, 2);
    const sm_recipient_info *kek = &data->recipients[0], *password = &data->recipients[1];
    g_assert_cmpint(kek->kind, ==, SM_RECIPIENT_KEK);
    assert_octets(kek->kek_id, "\xca\xfe");
    g_assert_true(kek->key_date.known);
    assert_octets(kek->key_other, "\x30\x05\x06\x03\x2a\x03\x04");
    g_assert_cmpint(password->kind, ==, SM_RECIPIENT_PASSWORD);
    g_assert_false(sm_bytes_present(password->key_derivation.oid));
    assert_oid(&m, data->content_encryption.oid, "1.2.840.113549.2.9");
    assert_oid(&m, data->digest_algorithm.oid, "2.16.840.1.101.3.4.2.1");
    assert_octets(data->content, "abc");
    assert_octets(data->mac, "\xa1\xa2\xa3\xa4");
    g_assert_cmpuint(data->authenticated_attributes.count, ==, 1);
    g_assert_cmpuint(data->unauthenticated_attributes.count, ==, 1);
    sm_arena_free(m.arena);
}

static void test_others(void)
{
    message m = sound("cms", "compressed.der", SM_CMS_COMPRESSED);
    g_assert_cmpuint(m.cms->compressed_data->version, ==, 0);
    assert_oid(&m, m.cms->compressed_data->compression.oid, "1.2.840.113549.1.9.16.3.8");
    assert_octets(m.cms->compressed_data->content, "\x78\x9c\x01\x02");
    sm_arena_free(m.arena);

    m = sound("cms", "digested.der", SM_CMS_DIGESTED);
    assert_octets(m.cms->digested_data->content, content);
    g_assert_cmpuint(m.cms->digested_data->digest.length, ==, 32);
    sm_arena_free(m.arena);

    m = sound("cms", "data.der", SM_CMS_DATA);
    assert_octets(m.cms->data, content);
    sm_arena_free(m.arena);
}

/* ---- RFC 4134 ---- */

static const char ex_content[] = "This is some sample content.";

static void test_rfc4134_signed(void)
{
    static const struct {
        const char *name; /* the section */
        unsigned version, certificates, crls, signers, attributes, unsigned_attributes;
        bool detached, ber;
        const char *signature;
    } examples[] = {
        {"4.1.bin", 1, 1, 0, 1, 0, 0, false, false, "1.2.840.10040.4.3"},
        {"4.2.bin", 1, 1, 0, 1, 0, 0, false, false, "1.2.840.113549.1.1.1"},
        {"4.3.bin", 1, 1, 0, 1, 0, 0, true, false, "1.2.840.10040.4.3"},
        {"4.4.bin", 1, 3, 1, 1, 3, 2, false, false, "1.2.840.10040.4.3"},
        {"4.5.bin", 1, 2, 0, 1, 0, 0, false, true, "1.2.840.113549.1.1.1"},
        {"4.6.bin", 1, 2, 0, 2, 0, 0, false, false, "1.2.840.10040.4.3"},
        {"4.7.bin", 3, 1, 0, 1, 0, 0, false, false, "1.2.840.10040.4.3"},
        {"4.10.bin", 1, 1, 0, 1, 10, 0, false, false, "1.2.840.10040.4.3"},
        {"4.11.bin", 1, 2, 1, 0, 0, 0, true, false, NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
        message m = sound("rfc4134", examples[i].name, SM_CMS_SIGNED);
        const sm_signed_data *data = m.cms->signed_data;
        g_assert_cmpuint(data->version, ==, examples[i].version);
        g_assert_cmpuint(data->certificate_count, ==, examples[i].certificates);
        g_assert_cmpuint(data->crl_count, ==, examples[i].crls);
        g_assert_cmpuint(data->signer_count, ==, examples[i].signers);
        g_assert_cmpint(data->detached, ==, examples[i].detached);
        g_assert_cmpint(m.cms->ber, ==, examples[i].ber);
        g_assert_cmpint(sm_cms_is_certs_only(m.cms), ==, examples[i].signers == 0);
        if (!data->detached)
            assert_octets(data->content, ex_content);
        for (unsigned s = 0; s < data->signer_count; s++) {
            const sm_signer_info *signer = &data->signers[s];
            g_assert_cmpuint(signer->version, ==, examples[i].version);
            g_assert_cmpint(signer->sid.kind, ==,
                            examples[i].version == 3 ? SM_IDENTIFIER_KEY_ID : SM_IDENTIFIER_ISSUER_SERIAL);
            g_assert_cmpuint(signer->signed_attributes.count, ==, examples[i].attributes);
            g_assert_cmpint(signer->signed_attributes.present, ==, examples[i].attributes > 0);
            g_assert_cmpuint(signer->unsigned_attributes.count, ==, examples[i].unsigned_attributes);
            assert_oid(&m, signer->signature_algorithm.oid, examples[i].signature);
        }
        sm_arena_free(m.arena);
    }
    /* 4.4: counter-signed by Diane */
    message m = sound("rfc4134", "4.4.bin", SM_CMS_SIGNED);
    const sm_signer_info *signer = &m.cms->signed_data->signers[0];
    g_assert_cmpuint(signer->countersignature_count, ==, 1);
    g_assert_cmpuint(signer->countersignatures_unread, ==, 0);
    assert_oid(&m, signer->countersignatures[0].signature_algorithm.oid, "1.2.840.113549.1.1.1");
    assert_serial(&signer->countersignatures[0].sid, "46346bc7800056bc11d36e2ec410b3b0");
    g_assert_null(sm_attributes_find(&signer->countersignatures[0].signed_attributes, SM_OID_CONTENT_TYPE));
    g_assert_nonnull(sm_attributes_find(&signer->countersignatures[0].signed_attributes, SM_OID_MESSAGE_DIGEST));
    sm_arena_free(m.arena);
}

static void test_rfc4134_others(void)
{
    message m = sound("rfc4134", "3.1.bin", SM_CMS_DATA);
    g_assert_true(m.cms->ber);
    assert_octets(m.cms->data, ex_content);
    sm_arena_free(m.arena);
    m = sound("rfc4134", "3.2.bin", SM_CMS_DATA);
    g_assert_false(m.cms->ber);
    assert_octets(m.cms->data, ex_content);
    sm_arena_free(m.arena);

    m = sound("rfc4134", "5.1.bin", SM_CMS_ENVELOPED);
    g_assert_cmpuint(m.cms->enveloped_data->version, ==, 0);
    only_recipient(&m, SM_RECIPIENT_KEY_TRANSPORT, 0);
    assert_oid(&m, m.cms->enveloped_data->content_encryption.oid, "1.2.840.113549.3.7");
    g_assert_cmpuint(m.cms->enveloped_data->content.length, ==, 32);
    sm_arena_free(m.arena);

    m = sound("rfc4134", "5.2.bin", SM_CMS_ENVELOPED); /* the dump shows a KEKRecipientInfo that its text leaves out */
    g_assert_cmpuint(m.cms->enveloped_data->version, ==, 2);
    g_assert_cmpuint(m.cms->enveloped_data->recipient_count, ==, 2);
    g_assert_cmpint(m.cms->enveloped_data->recipients[1].kind, ==, SM_RECIPIENT_KEK);
    g_assert_cmpuint(m.cms->enveloped_data->recipients[1].version, ==, 4);
    assert_oid(&m, m.cms->enveloped_data->recipients[1].key_encryption.oid, "1.2.840.113549.1.9.16.3.7");
    assert_oid(&m, m.cms->enveloped_data->content_encryption.oid, "1.2.840.113549.3.2");
    sm_arena_free(m.arena);

    m = sound("rfc4134", "6.0.bin", SM_CMS_DIGESTED);
    assert_octets(m.cms->digested_data->content, ex_content);
    g_assert_cmpuint(m.cms->digested_data->digest.length, ==, 20);
    sm_arena_free(m.arena);

    m = sound("rfc4134", "7.1.bin", SM_CMS_ENCRYPTED);
    g_assert_cmpuint(m.cms->enveloped_data->version, ==, 0);
    g_assert_false(m.cms->enveloped_data->unauthenticated_attributes.present);
    sm_arena_free(m.arena);
    m = sound("rfc4134", "7.2.bin", SM_CMS_ENCRYPTED);
    g_assert_cmpuint(m.cms->enveloped_data->version, ==, 2);
    g_assert_cmpuint(m.cms->enveloped_data->unauthenticated_attributes.count, ==, 1);
    assert_oid(&m, m.cms->enveloped_data->unauthenticated_attributes.items[0].oid, "1.2.5555");
    sm_arena_free(m.arena);
}

/* ---- cut, damaged, hostile ---- */

static const char *const cut_files[] = {"signed.der",        "signed-stream.der", "auth-enveloped-many.der",
                                        "recipients.der",    "enveloped-stream.der", "authenticated.der",
                                        "compressed.der",    "digested.der",      "encrypted.der",
                                        "data.der",          "certs-only.der",    "pkcs7-any.der"};

/* A message cut anywhere is truncated: never sound, never called damaged. */
static void test_truncation(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cut_files); i++) {
        sm_arena *whole = sm_arena_new();
        sm_bytes octets = load(whole, "cms", cut_files[i]);
        for (size_t length = 0; length < octets.length; length++) {
            sm_arena *arena = sm_arena_new();
            sm_bytes cut = sm_arena_copy(arena, sm_bytes_cut(octets, 0, length));
            const sm_cms *cms = sm_cms_parse(arena, cut);
            if (cms->structure.kind != SM_NOT_EVALUATED || cms->structure.reason != SM_REASON_TRUNCATED)
                g_error("%s cut at %zu: %s %s", cut_files[i], length, sm_verdict_word(cms->structure.kind),
                        cms->structure.detail);
            g_assert_nonnull(cms->structure.detail);
            g_assert_false(sm_cms_is_certs_only(cms));
            g_assert_false(sm_bytes_present(cms->trailing));
            sm_arena_free(arena);
        }
        sm_arena_free(whole);
    }
}

/* What stands before the cut can be shown. */
static void test_partial(void)
{
    static const char *const files[] = {"auth-enveloped-many.der", "enveloped-stream.der"};
    static const unsigned recipients[] = {3, 1};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        message m = parse_file("cms", files[i]);
        const sm_cms *cut = sm_cms_parse(m.arena, sm_bytes_cut(m.octets, 0, m.octets.length - 30));
        g_assert_cmpint(cut->type, ==, m.cms->type);
        g_assert_cmpuint(cut->enveloped_data->recipient_count, ==, recipients[i]);
        assert_oid(&m, cut->enveloped_data->content_type, "1.2.840.113549.1.7.1");
        g_assert_true(g_str_has_prefix(cut->structure.detail, "truncated in encryptedContent at offset "));
        sm_arena_free(m.arena);
    }
    message m = parse_file("cms", "signed-two.der");
    const sm_cms *cut = sm_cms_parse(m.arena, sm_bytes_cut(m.octets, 0, m.octets.length - 1));
    g_assert_cmpuint(cut->signed_data->certificate_count, ==, 3);
    g_assert_cmpuint(cut->signed_data->signer_count, ==, 1);
    assert_octets(cut->signed_data->content, content);
    sm_arena_free(m.arena);
}

static void test_trailing(void)
{
    message m = parse_file("cms", "signed-stream.der");
    uint8_t *octets = sm_arena_alloc(m.arena, m.octets.length + 2);
    memcpy(octets, m.octets.data, m.octets.length);
    memcpy(octets + m.octets.length, "\r\n", 2);
    const sm_cms *cms = sm_cms_parse(m.arena, sm_bytes_of(octets, m.octets.length + 2));
    g_assert_cmpint(cms->structure.kind, ==, SM_PASS);
    assert_octets(cms->trailing, "\r\n");
    g_assert_true(sm_bytes_equal(cms->encoding, m.octets));
    sm_arena_free(m.arena);
}

static void test_malformed(void)
{
    static const struct {
        const char *octets;
        sm_verdict_kind kind;
        sm_reason reason;
        const char *detail;
    } cases[] = {
        {"0500", SM_FAIL, SM_REASON_MALFORMED, "malformed ContentInfo at offset 0"},
        {"3000", SM_FAIL, SM_REASON_MALFORMED, "missing contentType at offset 2"},
        {"3003 020101", SM_FAIL, SM_REASON_MALFORMED, "malformed contentType at offset 2"},
        {"300b 06092a864886f70d010702", SM_FAIL, SM_REASON_MALFORMED, "missing content at offset 13"},
        {"300d 06092a864886f70d010702 a000", SM_FAIL, SM_REASON_MALFORMED, "missing content at offset 15"},
        {"300f 06092a864886f70d010702 a002 0500", SM_FAIL, SM_REASON_MALFORMED, "malformed content at offset 15"},
        {"300f 06092a864886f70d010702 a002 3000", SM_FAIL, SM_REASON_MALFORMED, "missing SignedData version at offset 17"},
        {"300f 06092a864886f70d010701 a003 0401aa", SM_FAIL, SM_REASON_MALFORMED, "malformed content at offset 13"},
        {"3012 06092a864886f70d010701 a003 0401aa 0500", SM_FAIL, SM_REASON_MALFORMED, "malformed ContentInfo at offset 18"},
        {"3008 06022a03 a002 0500", SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, "unknown content type 1.2.3"},
        {"3005 020101 3100", SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, NULL}, /* a bare SignedData */
        /* bare EncryptedData, CompressedData and DigestedData, and a bare EncryptedData that ends early */
        {"300d 020100 3008 06022a03 3002 0600", SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, NULL},
        {"300f 020100 3004 06022a03 3004 06022a03", SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, NULL},
        {"3011 020100 3004 06022a03 3004 06022a03 0400", SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, NULL},
        {"3080 020100 3080 06022a03 3080", SM_NOT_EVALUATED, SM_REASON_UNSUPPORTED_FORM, NULL},
        /* a private key (RFC 5958 2) begins alike, and is none of them */
        {"300b 020100 3004 06022a03 0400", SM_FAIL, SM_REASON_MALFORMED, "malformed contentType at offset 2"},
        {"3085 0000000005", SM_NOT_EVALUATED, SM_REASON_TRUNCATED, NULL},
        {"3085 0100000000", SM_FAIL, SM_REASON_MALFORMED, "malformed ContentInfo at offset 0"},
        {"3084 ffffffff", SM_NOT_EVALUATED, SM_REASON_TRUNCATED, NULL},
        /* indefinite lengths around a fault: the inner elements are still looked at */
        {"3080 06092a864886f70d010702 a080 3080 020101 3100 0500 0000 0000 0000", SM_FAIL, SM_REASON_MALFORMED,
         "malformed encapContentInfo at offset 22"},
        {"3080 06092a864886f70d010702 a080 3080 0400 0001 0000 0000", SM_FAIL, SM_REASON_MALFORMED,
         "malformed SignedData version at offset 17"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].octets);
        sm_arena *arena = sm_arena_new();
        const sm_cms *cms = parse_hex(arena, cases[i].octets);
        g_assert_cmpint(cms->structure.kind, ==, cases[i].kind);
        g_assert_cmpstr(sm_reason_word(cms->structure.reason), ==, sm_reason_word(cases[i].reason));
        if (cases[i].detail)
            g_assert_cmpstr(cms->structure.detail, ==, cases[i].detail);
        g_assert_nonnull(cms->structure.detail);
        sm_arena_free(arena);
    }
}

/* Attributes that are not DER, or not sorted, are facts, not faults. */
static void test_attributes(void)
{
    message m = parse_file("cms", "recipients.der");
    uint8_t *octets = (uint8_t *)m.octets.data;
    /* swap the two attributes of authAttrs, 15 octets each at 381 and 396 */
    uint8_t first[15];
    memcpy(first, octets + 381, 15);
    memmove(octets + 381, octets + 396, 15);
    memcpy(octets + 396, first, 15);
    const sm_cms *cms = sm_cms_parse(m.arena, m.octets);
    g_assert_cmpint(cms->structure.kind, ==, SM_PASS);
    g_assert_true(cms->enveloped_data->authenticated_attributes.der);
    g_assert_false(cms->enveloped_data->authenticated_attributes.sorted);
    g_assert_true(cms->enveloped_data->unauthenticated_attributes.sorted);
    sm_arena_free(m.arena);

    /* EncryptedData whose unprotectedAttrs have a length of indefinite form, then one with a long form */
    static const char *const forms[] = {
        "303c 06092a864886f70d010706 a02f 302d 020102 3019 06092a864886f70d010701 300c 06082a864886f70d0307 0500"
        "  a180 3009 06032a0301 3102 0500 0000",
        "303b 06092a864886f70d010706 a02e 302c 020102 3019 06092a864886f70d010701 300c 06082a864886f70d0307 0500"
        "  a10c 300a 06032a0301 318102 0500",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        sm_arena *arena = sm_arena_new();
        cms = parse_hex(arena, forms[i]);
        g_assert_cmpstr(cms->structure.detail, ==, NULL);
        g_assert_cmpuint(cms->enveloped_data->unauthenticated_attributes.count, ==, 1);
        g_assert_false(cms->enveloped_data->unauthenticated_attributes.der);
        g_assert_true(cms->ber);
        g_assert_true(cms->enveloped_data->detached);
        sm_arena_free(arena);
    }
}

/* Wraps a SignedData's parts after the version. */
static const sm_cms *signed_with(sm_arena *arena, const uint8_t *item, size_t item_length, unsigned count, unsigned part)
{
    GByteArray *items = g_byte_array_new();
    for (unsigned i = 0; i < count; i++)
        g_byte_array_append(items, item, (guint)item_length);
    sm_bytes many = sm_bytes_of(items->data, items->len), none = SM_BYTES_LITERAL("");
    sm_bytes parts[] = {
        SM_BYTES_LITERAL("\x02\x01\x01"),
        sm_der_wrap(arena, SM_TAG_SET, true, part == 0 ? many : none),
        SM_BYTES_LITERAL("\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"),
        sm_der_wrap(arena, SM_TAG_CONTEXT(0), true, part == 1 ? many : none),
        sm_der_wrap(arena, SM_TAG_CONTEXT(1), true, part == 2 ? many : none),
        sm_der_wrap(arena, SM_TAG_SET, true, part == 3 ? many : none),
    };
    GByteArray *body = g_byte_array_new();
    for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++)
        g_byte_array_append(body, parts[i].data, (guint)parts[i].length);
    sm_bytes data = sm_der_wrap(arena, SM_TAG_SEQUENCE, true, sm_bytes_of(body->data, body->len));
    sm_bytes wrapped = sm_der_wrap(arena, SM_TAG_CONTEXT(0), true, data);
    g_byte_array_set_size(body, 0);
    g_byte_array_append(body, (const uint8_t *)"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 11);
    g_byte_array_append(body, wrapped.data, (guint)wrapped.length);
    sm_bytes info = sm_der_wrap(arena, SM_TAG_SEQUENCE, true, sm_bytes_of(body->data, body->len));
    g_byte_array_unref(body);
    g_byte_array_unref(items);
    return sm_cms_parse(arena, info);
}

/* Counts up to the limit are read, one more is not evaluated, and millions cost no more than reading them. */
static void test_limits(void)
{
    static const uint8_t algorithm[] = {0x30, 0x03, 0x06, 0x01, 0x2a}, empty[] = {0x30, 0x00};
    static const uint8_t signer[] = {0x30, 0x12, 0x02, 0x01, 0x03, 0x80, 0x01, 0x0a, 0x30, 0x03, 0x06, 0x01, 0x2a, 0x30,
                                     0x03, 0x06, 0x01, 0x2a, 0x04, 0x00};
    static const struct {
        const uint8_t *item;
        size_t length;
        unsigned limit, part;
        const char *what;
    } cases[] = {
        {algorithm, sizeof(algorithm), SM_LIMIT_CMS_ALGORITHMS, 0, "limit reached in digestAlgorithms"},
        {empty, sizeof(empty), SM_LIMIT_CMS_CERTIFICATES, 1, "limit reached in certificates"},
        {empty, sizeof(empty), SM_LIMIT_CMS_CRLS, 2, "limit reached in crls"},
        {signer, sizeof(signer), SM_LIMIT_CMS_SIGNERS, 3, "limit reached in signerInfos"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        sm_arena *arena = sm_arena_new();
        const sm_cms *cms = signed_with(arena, cases[i].item, cases[i].length, cases[i].limit, cases[i].part);
        g_assert_cmpstr(cms->structure.detail, ==, NULL);
        g_assert_cmpint(cms->structure.kind, ==, SM_PASS);
        unsigned beyond[] = {cases[i].limit + 1, 1000000};
        for (unsigned b = 0; b < G_N_ELEMENTS(beyond); b++) {
            cms = signed_with(arena, cases[i].item, cases[i].length, beyond[b], cases[i].part);
            g_assert_cmpint(cms->structure.kind, ==, SM_NOT_EVALUATED);
            g_assert_cmpint(cms->structure.reason, ==, SM_REASON_LIMIT);
            g_assert_true(g_str_has_prefix(cms->structure.detail, cases[i].what));
        }
        sm_arena_free(arena);
    }
    /* as many indefinite lengths as fit */
    enum { SIZE = 4 << 20 };
    uint8_t *bomb = g_malloc(SIZE);
    for (size_t i = 0; i < SIZE; i += 2)
        memcpy(bomb + i, "\x30\x80", 2);
    sm_arena *arena = sm_arena_new();
    const sm_cms *cms = sm_cms_parse(arena, sm_bytes_of(bomb, SIZE));
    g_assert_cmpint(cms->structure.kind, !=, SM_PASS);
    sm_arena_free(arena);
    g_free(bomb);
}

static void test_words(void)
{
    g_assert_cmpstr(sm_cms_type_word(SM_CMS_SIGNED), ==, "signed-data");
    g_assert_cmpstr(sm_cms_type_word(SM_CMS_AUTH_ENVELOPED), ==, "authEnveloped-data");
    g_assert_cmpstr(sm_cms_type_word(SM_CMS_UNKNOWN), ==, "unknown");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cms/content/signed", test_signed);
    g_test_add_func("/cms/content/signed-forms", test_signed_forms);
    g_test_add_func("/cms/content/pkcs7", test_pkcs7);
    g_test_add_func("/cms/content/enveloped", test_enveloped);
    g_test_add_func("/cms/content/auth-enveloped", test_auth_enveloped);
    g_test_add_func("/cms/content/recipients", test_recipients);
    g_test_add_func("/cms/content/authenticated", test_authenticated);
    g_test_add_func("/cms/content/others", test_others);
    g_test_add_func("/cms/content/rfc4134-signed", test_rfc4134_signed);
    g_test_add_func("/cms/content/rfc4134-others", test_rfc4134_others);
    g_test_add_func("/cms/content/truncation", test_truncation);
    g_test_add_func("/cms/content/partial", test_partial);
    g_test_add_func("/cms/content/trailing", test_trailing);
    g_test_add_func("/cms/content/malformed", test_malformed);
    g_test_add_func("/cms/content/attributes", test_attributes);
    g_test_add_func("/cms/content/limits", test_limits);
    g_test_add_func("/cms/content/words", test_words);
    return g_test_run();
}
