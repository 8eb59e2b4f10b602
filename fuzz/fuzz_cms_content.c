/* CMS content: whatever the octets are, every slice can be read and stands where it belongs, counts are within their
 * limits, and parameters are parsed only to what the standards allow. */

#include "cms/algorithms.h"
#include "cms/content.h"

#include "base/bounds.h"

#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static sm_bytes input;

/* Reads every octet, so that the sanitizer sees a slice that leaves its memory: of the input, or of a joined string. */
static void readable(sm_bytes bytes)
{
    g_assert(bytes.data != NULL || bytes.length == 0);
    for (size_t i = 0; i < bytes.length; i++)
        (void)*(const volatile uint8_t *)&bytes.data[i];
}

/* A slice that is never joined. */
static void received(sm_bytes bytes)
{
    g_assert(!sm_bytes_present(bytes) || sm_bytes_within(bytes, input));
    readable(bytes);
}

static void check_algorithm(sm_arena *arena, const sm_algorithm *algorithm)
{
    received(algorithm->oid);
    received(algorithm->parameters);
    received(algorithm->encoding);
    g_assert(sm_bytes_present(algorithm->oid) == sm_bytes_present(algorithm->encoding));
    g_assert(sm_algorithm_name(arena, algorithm) != NULL);
    const char *fault;
    sm_pss_parameters pss;
    sm_oaep_parameters oaep;
    sm_cipher_parameters cipher;
    if (sm_pss_parameters_parse(algorithm, &pss, &fault))
        g_assert(pss.digest && pss.mgf_digest && pss.trailer == 1 && fault == NULL);
    if (sm_oaep_parameters_parse(algorithm, &oaep, &fault))
        received(oaep.label.length ? oaep.label : SM_BYTES_NONE);
    if (sm_cipher_parameters_parse(arena, algorithm, &cipher, &fault)) {
        readable(cipher.nonce);
        g_assert(cipher.cipher && cipher.inner && cipher.nonce.length > 0 && cipher.tag_length <= 16);
        g_assert((cipher.cipher->class_ == SM_ALGORITHM_AEAD) == (cipher.tag_length >= 4));
    }
}

static void check_identifier(const sm_identifier *identifier)
{
    received(identifier->issuer);
    received(identifier->serial);
    readable(identifier->key_id);
}

static void check_attributes(const sm_attributes *attributes)
{
    g_assert(attributes->count <= SM_LIMIT_CMS_ATTRIBUTES);
    received(attributes->encoding);
    for (unsigned i = 0; i < attributes->count; i++) {
        const sm_attribute *attribute = &attributes->items[i];
        g_assert(attribute->value_count <= SM_LIMIT_CMS_ATTRIBUTE_VALUES);
        received(attribute->oid);
        received(attribute->encoding);
        for (unsigned v = 0; v < attribute->value_count; v++)
            g_assert(sm_bytes_within(attribute->values[v], attribute->encoding));
    }
}

static void check_signer(sm_arena *arena, const sm_signer_info *signer, unsigned depth)
{
    g_assert(depth <= 2 && signer->countersignature_count <= SM_LIMIT_CMS_COUNTERSIGNATURES);
    received(signer->encoding);
    check_identifier(&signer->sid);
    check_algorithm(arena, &signer->digest_algorithm);
    check_algorithm(arena, &signer->signature_algorithm);
    readable(signer->signature);
    check_attributes(&signer->signed_attributes);
    check_attributes(&signer->unsigned_attributes);
    for (unsigned i = 0; i < signer->countersignature_count; i++)
        check_signer(arena, &signer->countersignatures[i], depth + 1);
}

static void check_certificates(const sm_certificate_choice *certificates, unsigned count)
{
    g_assert(count <= SM_LIMIT_CMS_CERTIFICATES);
    for (unsigned i = 0; i < count; i++)
        received(certificates[i].encoding);
}

static void check_signed(sm_arena *arena, const sm_signed_data *data)
{
    g_assert(data->digest_algorithm_count <= SM_LIMIT_CMS_ALGORITHMS && data->signer_count <= SM_LIMIT_CMS_SIGNERS);
    g_assert(data->crl_count + data->other_crls <= SM_LIMIT_CMS_CRLS);
    for (unsigned i = 0; i < data->digest_algorithm_count; i++)
        check_algorithm(arena, &data->digest_algorithms[i]);
    received(data->content_type);
    readable(data->content);
    check_certificates(data->certificates, data->certificate_count);
    for (unsigned i = 0; i < data->crl_count; i++)
        received(data->crls[i]);
    for (unsigned i = 0; i < data->signer_count; i++)
        check_signer(arena, &data->signers[i], 0);
}

static void check_recipient(sm_arena *arena, const sm_recipient_info *recipient)
{
    g_assert(sm_bytes_present(recipient->encoding));
    received(recipient->encoding);
    check_identifier(&recipient->rid);
    check_identifier(&recipient->originator);
    readable(recipient->kek_id);
    received(recipient->key_other);
    readable(recipient->encrypted_key);
    received(recipient->originator_key);
    readable(recipient->ukm);
    readable(recipient->kem_ciphertext);
    received(recipient->other_type);
    received(recipient->other_value);
    const sm_algorithm *const algorithms[] = {&recipient->key_encryption, &recipient->originator_algorithm,
                                              &recipient->key_derivation, &recipient->kem, &recipient->kdf,
                                              &recipient->wrap};
    for (size_t i = 0; i < G_N_ELEMENTS(algorithms); i++)
        check_algorithm(arena, algorithms[i]);
}

static void check_enveloped(sm_arena *arena, const sm_enveloped_data *data)
{
    g_assert(data->recipient_count <= SM_LIMIT_CMS_RECIPIENTS);
    check_certificates(data->originator_certificates, data->originator_certificate_count);
    for (unsigned i = 0; i < data->recipient_count; i++)
        check_recipient(arena, &data->recipients[i]);
    received(data->content_type);
    check_algorithm(arena, &data->content_encryption);
    check_algorithm(arena, &data->digest_algorithm);
    readable(data->content);
    readable(data->mac);
    check_attributes(&data->authenticated_attributes);
    check_attributes(&data->unauthenticated_attributes);
}

static void check(sm_arena *arena, const sm_cms *cms)
{
    g_assert(cms->structure.kind == SM_PASS || cms->structure.kind == SM_FAIL || cms->structure.kind == SM_NOT_EVALUATED);
    g_assert(cms->structure.kind == SM_PASS || (cms->structure.detail && cms->structure.reason != SM_REASON_NONE));
    received(cms->content_type);
    received(cms->encoding);
    received(cms->trailing);
    readable(cms->data);
    if (cms->signed_data)
        check_signed(arena, cms->signed_data);
    if (cms->enveloped_data)
        check_enveloped(arena, cms->enveloped_data);
    if (cms->compressed_data) {
        check_algorithm(arena, &cms->compressed_data->compression);
        readable(cms->compressed_data->content);
    }
    if (cms->digested_data) {
        check_algorithm(arena, &cms->digested_data->digest_algorithm);
        readable(cms->digested_data->content);
        readable(cms->digested_data->digest);
    }
    if (cms->structure.kind != SM_PASS)
        return;
    /* A sound structure has the part that its type says, and reads the same without what follows it. */
    g_assert(cms->type != SM_CMS_UNKNOWN);
    g_assert(cms->encoding.length + cms->trailing.length == input.length);
    bool enveloped = cms->type == SM_CMS_ENVELOPED || cms->type == SM_CMS_AUTH_ENVELOPED ||
                     cms->type == SM_CMS_ENCRYPTED || cms->type == SM_CMS_AUTHENTICATED;
    g_assert((cms->signed_data != NULL) == (cms->type == SM_CMS_SIGNED));
    g_assert((cms->enveloped_data != NULL) == enveloped);
    g_assert(sm_bytes_present(cms->data) == (cms->type == SM_CMS_DATA));
    g_assert(sm_cms_parse(arena, cms->encoding)->structure.kind == SM_PASS);
    const sm_cms *cut = sm_cms_parse(arena, sm_bytes_cut(cms->encoding, 0, cms->encoding.length - 1));
    g_assert(cut->structure.kind == SM_NOT_EVALUATED && cut->structure.reason == SM_REASON_TRUNCATED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sm_arena *arena = sm_arena_new();
    input = sm_bytes_of(data, size);
    check(arena, sm_cms_parse(arena, input));
    sm_arena_free(arena);
    return 0;
}
