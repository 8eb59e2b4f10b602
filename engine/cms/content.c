/* CMS as received: ContentInfo and the content types in it.
 *
 * Every function below reads one ASN.1 type from a reader and returns false once the reader has failed; the reader keeps the
 * fault, and what was read before it stays. Lists are put where they belong before the fault is handed on, so that a cut
 * message still shows its recipients.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/content.h"

#include "base/bounds.h"
#include "cms/algorithms.h"
#include "cms/der.h"

/* id-ori-kem 1.2.840.113549.1.9.16.13.3 (RFC 9629 3) */
#define OID_ORI_KEM SM_BYTES_LITERAL("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x0d\x03")

enum { COUNTERSIGNATURE_LEVELS = 2 }; /* on a signature, and on a countersignature; deeper ones are only counted */

typedef struct reading {
    sm_arena *arena;
    unsigned level; /* of countersignatures around the SignerInfo being read */
} reading;

/* The items, moved into the arena. */
static const void *kept(reading *r, const GArray *items)
{
    if (items->len == 0)
        return NULL;
    size_t size = g_array_get_element_size((GArray *)items);
    void *copy = sm_arena_alloc_array(r->arena, items->len, size);
    memcpy(copy, items->data, items->len * size);
    return copy;
}

/* Room for one more item, or the limit. */
static bool room_for_one(const GArray *items, unsigned limit, sm_der *der, const char *what)
{
    return items->len < limit || sm_der_fail(der, SM_DER_LIMIT, what);
}

/* What was taken from `der` since its input began at `start`. */
static sm_bytes taken_since(const uint8_t *start, const sm_der *der)
{
    return sm_bytes_of(start, (size_t)(der->input.data - start));
}

/* The tag of the next value of a CHOICE, which must be there. */
static bool next_choice(sm_der *der, uint32_t *tag, const char *what)
{
    sm_tlv tlv;
    return sm_der_peek(der, tag) || sm_der_any(der, &tlv, what);
}

/* ---- Common types (RFC 5652 10) ---- */

/* IssuerAndSerialNumber (RFC 5652 10.2.4). */
static bool read_issuer_and_serial(sm_der *der, sm_identifier *identifier, const char *what)
{
    sm_der inner;
    sm_tlv issuer;
    sm_bytes serial;
    if (!sm_der_enter(der, SM_TAG_SEQUENCE, &inner, what))
        return false;
    if (sm_der_take(&inner, SM_TAG_SEQUENCE, &issuer, "issuer"))
        sm_der_integer(&inner, &serial, "serialNumber");
    if (!sm_der_leave(der, &inner, what))
        return false;
    *identifier = (sm_identifier){.kind = SM_IDENTIFIER_ISSUER_SERIAL, .issuer = issuer.encoding, .serial = serial};
    return true;
}

/* SubjectKeyIdentifier under this tag (RFC 5652 10.2.4 and 6.2.2). */
static bool read_key_id(reading *r, sm_der *der, uint32_t tag, sm_identifier *identifier, const char *what)
{
    sm_bytes key_id;
    if (!sm_der_octets(der, r->arena, tag, &key_id, NULL, what))
        return false;
    *identifier = (sm_identifier){.kind = SM_IDENTIFIER_KEY_ID, .key_id = key_id};
    return true;
}

/* SignerIdentifier, RecipientIdentifier: issuerAndSerialNumber or [0] subjectKeyIdentifier. */
static bool read_identifier(reading *r, sm_der *der, sm_identifier *identifier, const char *what)
{
    uint32_t tag;
    if (!next_choice(der, &tag, what))
        return false;
    if (tag == SM_TAG_CONTEXT(0))
        return read_key_id(r, der, tag, identifier, what);
    return read_issuer_and_serial(der, identifier, what);
}

/* One Attribute (RFC 5652 5.3). */
static bool read_attribute(reading *r, sm_der *der, sm_attribute *attribute, const char *what)
{
    const uint8_t *start = der->input.data;
    sm_der inner, set;
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(sm_bytes));
    if (!sm_der_enter(der, SM_TAG_SEQUENCE, &inner, what))
        return false;
    if (sm_der_oid(&inner, &attribute->oid, what) && sm_der_enter(&inner, SM_TAG_SET, &set, what)) {
        sm_tlv value;
        while (sm_der_more(&set) && room_for_one(values, SM_LIMIT_CMS_ATTRIBUTE_VALUES, &set, "attribute values") &&
               sm_der_any(&set, &value, what))
            g_array_append_val(values, value.encoding);
        sm_der_leave(&inner, &set, what);
    }
    if (!sm_der_leave(der, &inner, what))
        return false;
    attribute->encoding = taken_since(start, der);
    attribute->values = kept(r, values);
    attribute->value_count = values->len;
    return true;
}

/* Attributes under an implicit tag, which are absent when another tag is next. */
static bool read_attributes(reading *r, sm_der *der, uint32_t tag, sm_attributes *attributes, const char *what)
{
    const uint8_t *start = der->input.data;
    sm_der inner;
    if (!sm_der_enter_optional(der, tag, &inner, what))
        return der->status == SM_DER_OK;
    g_autoptr(GArray) items = g_array_new(FALSE, FALSE, sizeof(sm_attribute));
    attributes->present = true;
    attributes->sorted = true;
    sm_bytes previous = SM_BYTES_NONE;
    while (sm_der_more(&inner) && room_for_one(items, SM_LIMIT_CMS_ATTRIBUTES, &inner, what)) {
        sm_attribute attribute = {0};
        if (!read_attribute(r, &inner, &attribute, what))
            break;
        if (sm_bytes_present(previous) && sm_der_compare(previous, attribute.encoding) > 0)
            attributes->sorted = false;
        previous = attribute.encoding;
        g_array_append_val(items, attribute);
    }
    attributes->items = kept(r, items);
    attributes->count = items->len;
    if (!sm_der_leave(der, &inner, what))
        return false;
    attributes->encoding = taken_since(start, der);
    attributes->der = sm_der_is_der(attributes->encoding);
    return true;
}

const sm_attribute *sm_attributes_find(const sm_attributes *attributes, sm_bytes oid)
{
    for (unsigned i = 0; i < attributes->count; i++)
        if (sm_bytes_equal(attributes->items[i].oid, oid))
            return &attributes->items[i];
    return NULL;
}

/* CertificateSet (RFC 5652 10.2.3) under an implicit tag, optional. */
static bool read_certificates(reading *r, sm_der *der, uint32_t tag, const sm_certificate_choice **certificates,
                              unsigned *count)
{
    sm_der inner;
    if (!sm_der_enter_optional(der, tag, &inner, "certificates"))
        return der->status == SM_DER_OK;
    g_autoptr(GArray) items = g_array_new(FALSE, FALSE, sizeof(sm_certificate_choice));
    while (sm_der_more(&inner) && room_for_one(items, SM_LIMIT_CMS_CERTIFICATES, &inner, "certificates")) {
        const uint8_t *start = inner.input.data;
        sm_tlv tlv;
        sm_certificate_choice choice = {0};
        if (!sm_der_any(&inner, &tlv, "certificates"))
            break;
        switch (tlv.tag) {
        case SM_TAG_SEQUENCE:
            choice.kind = SM_CHOICE_CERTIFICATE;
            break;
        case SM_TAG_CONTEXT(0):
            choice.kind = SM_CHOICE_EXTENDED;
            break;
        case SM_TAG_CONTEXT(1):
            choice.kind = SM_CHOICE_ATTRIBUTE_V1;
            break;
        case SM_TAG_CONTEXT(2):
            choice.kind = SM_CHOICE_ATTRIBUTE_V2;
            break;
        case SM_TAG_CONTEXT(3):
            choice.kind = SM_CHOICE_OTHER;
            break;
        default:
            sm_der_fail_at(&inner, SM_DER_MALFORMED, "CertificateChoices", start);
        }
        if (!tlv.constructed)
            sm_der_fail_at(&inner, SM_DER_MALFORMED, "CertificateChoices", start);
        if (inner.status != SM_DER_OK)
            break;
        choice.encoding = tlv.encoding;
        g_array_append_val(items, choice);
    }
    *certificates = kept(r, items);
    *count = items->len;
    return sm_der_leave(der, &inner, "certificates");
}

/* RevocationInfoChoices (RFC 5652 10.2.1) under an implicit tag, optional. Where they are only to be stepped over, `crls`
 * and the counts are NULL. */
static bool read_crls(reading *r, sm_der *der, uint32_t tag, const sm_bytes **crls, unsigned *count, unsigned *other)
{
    sm_der inner;
    if (!sm_der_enter_optional(der, tag, &inner, "crls"))
        return der->status == SM_DER_OK;
    g_autoptr(GArray) items = g_array_new(FALSE, FALSE, sizeof(sm_bytes));
    unsigned others = 0;
    while (sm_der_more(&inner)) {
        uint32_t next;
        sm_tlv tlv;
        if (items->len + others == SM_LIMIT_CMS_CRLS) {
            sm_der_fail(&inner, SM_DER_LIMIT, "crls");
        } else if (next_choice(&inner, &next, "crls") && next == SM_TAG_CONTEXT(1)) {
            if (sm_der_any(&inner, &tlv, "crls"))
                others++;
        } else if (sm_der_take(&inner, SM_TAG_SEQUENCE, &tlv, "crls")) {
            g_array_append_val(items, tlv.encoding);
        }
    }
    if (crls) {
        *crls = kept(r, items);
        *count = items->len;
        *other = others;
    }
    return sm_der_leave(der, &inner, "crls");
}

/* EncapsulatedContentInfo (RFC 5652 5.2). `any` is NULL where only an OCTET STRING may stand; otherwise it tells that
 * something else stood there, which PKCS #7 allows for anything but data (RFC 5652 5.2.1). */
static bool read_encapsulated(reading *r, sm_der *der, sm_bytes *type, bool *detached, sm_bytes *content,
                              bool *any, sm_bytes *value)
{
    sm_der inner, wrapper;
    *detached = true;
    if (!sm_der_enter(der, SM_TAG_SEQUENCE, &inner, "encapContentInfo"))
        return false;
    if (sm_der_oid(&inner, type, "eContentType") &&
        sm_der_enter_optional(&inner, SM_TAG_CONTEXT(0), &wrapper, "eContent")) {
        *detached = false;
        uint32_t tag;
        sm_tlv tlv;
        bool data = sm_bytes_equal(*type, SM_OID_DATA);
        if (any && !data && sm_der_peek(&wrapper, &tag) && tag != SM_TAG_OCTET_STRING) {
            *any = true;
            if (sm_der_any(&wrapper, &tlv, "eContent")) {
                *content = tlv.content;
                *value = tlv.encoding;
            }
        } else {
            sm_der_octets(&wrapper, r->arena, SM_TAG_OCTET_STRING, content, NULL, "eContent");
        }
        sm_der_leave(&inner, &wrapper, "eContent");
    }
    return sm_der_leave(der, &inner, "encapContentInfo");
}

/* EncryptedContentInfo (RFC 5652 6.1), which AuthEnvelopedData shares (RFC 5083 2.1). */
static bool read_encrypted(reading *r, sm_der *der, sm_enveloped_data *data)
{
    sm_der inner;
    data->detached = true;
    if (!sm_der_enter(der, SM_TAG_SEQUENCE, &inner, "encryptedContentInfo"))
        return false;
    if (sm_der_oid(&inner, &data->content_type, "contentType") &&
        sm_algorithm_take(&inner, SM_TAG_SEQUENCE, &data->content_encryption, "contentEncryptionAlgorithm") &&
        sm_der_more(&inner)) {
        data->detached = false;
        sm_der_octets(&inner, r->arena, SM_TAG_CONTEXT(0), &data->content, NULL, "encryptedContent");
    }
    return sm_der_leave(der, &inner, "encryptedContentInfo");
}

/* ---- SignedData (RFC 5652 5) ---- */

static bool read_signer_info(reading *r, sm_der *der, sm_signer_info *signer);

/* Reads the values of the countersignature attributes (RFC 5652 11.4), each with a reader of its own: what is wrong with
 * them concerns nobody but the countersigner. */
static void read_countersignatures(reading *r, sm_signer_info *signer)
{
    g_autoptr(GArray) items = g_array_new(FALSE, FALSE, sizeof(sm_signer_info));
    for (unsigned i = 0; i < signer->unsigned_attributes.count; i++) {
        const sm_attribute *attribute = &signer->unsigned_attributes.items[i];
        if (!sm_bytes_equal(attribute->oid, SM_OID_COUNTERSIGNATURE))
            continue;
        for (unsigned value = 0; value < attribute->value_count; value++) {
            reading deeper = {.arena = r->arena, .level = r->level + 1};
            sm_der der = sm_der_start_whole(attribute->values[value], SM_DER_BER);
            sm_signer_info countersigner = {0};
            if (deeper.level > COUNTERSIGNATURE_LEVELS || items->len == SM_LIMIT_CMS_COUNTERSIGNATURES ||
                !read_signer_info(&deeper, &der, &countersigner) || sm_der_more(&der))
                signer->countersignatures_unread++;
            else
                g_array_append_val(items, countersigner);
        }
    }
    signer->countersignatures = kept(r, items);
    signer->countersignature_count = items->len;
}

/* SignerInfo (RFC 5652 5.3). */
static bool read_signer_info(reading *r, sm_der *der, sm_signer_info *signer)
{
    const uint8_t *start = der->input.data;
    sm_der inner;
    if (!sm_der_enter(der, SM_TAG_SEQUENCE, &inner, "SignerInfo"))
        return false;
    (void)(sm_der_uint(&inner, &signer->version, "SignerInfo version") &&
           read_identifier(r, &inner, &signer->sid, "sid") &&
           sm_algorithm_take(&inner, SM_TAG_SEQUENCE, &signer->digest_algorithm, "digestAlgorithm") &&
           read_attributes(r, &inner, SM_TAG_CONTEXT(0), &signer->signed_attributes, "signedAttrs") &&
           sm_algorithm_take(&inner, SM_TAG_SEQUENCE, &signer->signature_algorithm, "signatureAlgorithm") &&
           sm_der_octets(&inner, r->arena, SM_TAG_OCTET_STRING, &signer->signature, NULL, "signature") &&
           read_attributes(r, &inner, SM_TAG_CONTEXT(1), &signer->unsigned_attributes, "unsignedAttrs"));
    if (!sm_der_leave(der, &inner, "SignerInfo"))
        return false;
    signer->encoding = taken_since(start, der);
    read_countersignatures(r, signer);
    return true;
}

static bool read_signer_infos(reading *r, sm_der *der, sm_signed_data *data)
{
    sm_der set;
    if (!sm_der_enter(der, SM_TAG_SET, &set, "signerInfos"))
        return false;
    g_autoptr(GArray) items = g_array_new(FALSE, FALSE, sizeof(sm_signer_info));
    while (sm_der_more(&set) && room_for_one(items, SM_LIMIT_CMS_SIGNERS, &set, "signerInfos")) {
        sm_signer_info signer = {0};
        if (!read_signer_info(r, &set, &signer))
            break;
        g_array_append_val(items, signer);
    }
    data->signers = kept(r, items);
    data->signer_count = items->len;
    return sm_der_leave(der, &set, "signerInfos");
}

static bool read_digest_algorithms(reading *r, sm_der *der, sm_signed_data *data)
{
    sm_der set;
    if (!sm_der_enter(der, SM_TAG_SET, &set, "digestAlgorithms"))
        return false;
    g_autoptr(GArray) items = g_array_new(FALSE, FALSE, sizeof(sm_algorithm));
    sm_algorithm algorithm;
    while (sm_der_more(&set) && room_for_one(items, SM_LIMIT_CMS_ALGORITHMS, &set, "digestAlgorithms") &&
           sm_algorithm_take(&set, SM_TAG_SEQUENCE, &algorithm, "digestAlgorithms"))
        g_array_append_val(items, algorithm);
    data->digest_algorithms = kept(r, items);
    data->digest_algorithm_count = items->len;
    return sm_der_leave(der, &set, "digestAlgorithms");
}

static bool read_signed_data(reading *r, sm_der *der, sm_signed_data *data)
{
    data->detached = true;
    return sm_der_uint(der, &data->version, "SignedData version") && read_digest_algorithms(r, der, data) &&
           read_encapsulated(r, der, &data->content_type, &data->detached, &data->content, &data->content_any, &data->content_value) &&
           read_certificates(r, der, SM_TAG_CONTEXT(0), &data->certificates, &data->certificate_count) &&
           read_crls(r, der, SM_TAG_CONTEXT(1), &data->crls, &data->crl_count, &data->other_crls) &&
           read_signer_infos(r, der, data);
}

/* ---- RecipientInfo (RFC 5652 6.2) ---- */

/* date GeneralizedTime OPTIONAL, other OtherKeyAttribute OPTIONAL (RFC 5652 6.2.2, 6.2.3, 10.2.7). */
static bool read_key_qualifiers(sm_der *der, sm_recipient_info *recipient)
{
    sm_tlv tlv;
    if (sm_der_optional(der, SM_TAG_GENERALIZED_TIME, &tlv, "date"))
        sm_der_time(&tlv, &recipient->key_date, NULL);
    if (sm_der_optional(der, SM_TAG_SEQUENCE, &tlv, "other"))
        recipient->key_other = tlv.encoding;
    return der->status == SM_DER_OK;
}

/* KeyTransRecipientInfo (RFC 5652 6.2.1). */
static bool read_key_transport(reading *r, sm_der *der, sm_recipient_info *recipient)
{
    recipient->kind = SM_RECIPIENT_KEY_TRANSPORT;
    return sm_der_uint(der, &recipient->version, "KeyTransRecipientInfo version") &&
           read_identifier(r, der, &recipient->rid, "rid") &&
           sm_algorithm_take(der, SM_TAG_SEQUENCE, &recipient->key_encryption, "keyEncryptionAlgorithm") &&
           sm_der_octets(der, r->arena, SM_TAG_OCTET_STRING, &recipient->encrypted_key, NULL, "encryptedKey");
}

/* OriginatorPublicKey under [1] (RFC 5652 6.2.2). */
static bool read_originator_key(reading *r, sm_der *der, sm_recipient_info *shared)
{
    sm_der inner;
    if (!sm_der_enter(der, SM_TAG_CONTEXT(1), &inner, "originatorKey"))
        return false;
    const uint8_t *bits = NULL;
    unsigned unused = 0;
    if (sm_algorithm_take(&inner, SM_TAG_SEQUENCE, &shared->originator_algorithm, "originatorKey algorithm")) {
        bits = inner.input.data;
        sm_der_bits(&inner, r->arena, &shared->originator_key, &unused, "publicKey");
    }
    if (unused != 0) /* no kind of public key ends inside an octet */
        sm_der_fail_at(&inner, SM_DER_MALFORMED, "publicKey", bits);
    return sm_der_leave(der, &inner, "originatorKey");
}

/* OriginatorIdentifierOrKey under the explicit [0] (RFC 5652 6.2.2). */
static bool read_originator(reading *r, sm_der *der, sm_recipient_info *shared)
{
    sm_der inner;
    if (!sm_der_enter(der, SM_TAG_CONTEXT(0), &inner, "originator"))
        return false;
    uint32_t tag;
    if (next_choice(&inner, &tag, "originator")) {
        if (tag == SM_TAG_CONTEXT(1))
            read_originator_key(r, &inner, shared);
        else
            read_identifier(r, &inner, &shared->originator, "originator");
    }
    return sm_der_leave(der, &inner, "originator");
}

/* UserKeyingMaterial under an explicit tag, optional. */
static bool read_ukm(reading *r, sm_der *der, uint32_t tag, sm_bytes *ukm)
{
    sm_der inner;
    if (!sm_der_enter_optional(der, tag, &inner, "ukm"))
        return der->status == SM_DER_OK;
    sm_der_octets(&inner, r->arena, SM_TAG_OCTET_STRING, ukm, NULL, "ukm");
    return sm_der_leave(der, &inner, "ukm");
}

/* RecipientEncryptedKey (RFC 5652 6.2.2). */
static bool read_recipient_encrypted_key(reading *r, sm_der *der, sm_recipient_info *recipient)
{
    sm_der inner, key_id;
    if (!sm_der_enter(der, SM_TAG_SEQUENCE, &inner, "RecipientEncryptedKey"))
        return false;
    uint32_t tag;
    if (next_choice(&inner, &tag, "rid")) {
        if (tag != SM_TAG_CONTEXT(0)) {
            read_issuer_and_serial(&inner, &recipient->rid, "rid");
        } else if (sm_der_enter(&inner, tag, &key_id, "rKeyId")) {
            if (read_key_id(r, &key_id, SM_TAG_OCTET_STRING, &recipient->rid, "rKeyId"))
                read_key_qualifiers(&key_id, recipient);
            sm_der_leave(&inner, &key_id, "rKeyId");
        }
        sm_der_octets(&inner, r->arena, SM_TAG_OCTET_STRING, &recipient->encrypted_key, NULL, "encryptedKey");
    }
    return sm_der_leave(der, &inner, "RecipientEncryptedKey");
}

/* KeyAgreeRecipientInfo (RFC 5652 6.2.2): appends one entry for each RecipientEncryptedKey. */
static bool read_key_agreement(reading *r, sm_der *der, sm_recipient_info *shared, GArray *recipients)
{
    sm_der keys;
    shared->kind = SM_RECIPIENT_KEY_AGREEMENT;
    if (!sm_der_uint(der, &shared->version, "KeyAgreeRecipientInfo version") || !read_originator(r, der, shared) ||
        !read_ukm(r, der, SM_TAG_CONTEXT(1), &shared->ukm) ||
        !sm_algorithm_take(der, SM_TAG_SEQUENCE, &shared->key_encryption, "keyEncryptionAlgorithm") ||
        !sm_der_enter(der, SM_TAG_SEQUENCE, &keys, "recipientEncryptedKeys"))
        return false;
    while (sm_der_more(&keys) && room_for_one(recipients, SM_LIMIT_CMS_RECIPIENTS, &keys, "recipientEncryptedKeys")) {
        sm_recipient_info recipient = *shared;
        if (!read_recipient_encrypted_key(r, &keys, &recipient))
            break;
        g_array_append_val(recipients, recipient);
    }
    return sm_der_leave(der, &keys, "recipientEncryptedKeys");
}

/* KEKRecipientInfo (RFC 5652 6.2.3). */
static bool read_kek(reading *r, sm_der *der, sm_recipient_info *recipient)
{
    sm_der kek_id;
    recipient->kind = SM_RECIPIENT_KEK;
    if (!sm_der_uint(der, &recipient->version, "KEKRecipientInfo version") ||
        !sm_der_enter(der, SM_TAG_SEQUENCE, &kek_id, "kekid"))
        return false;
    if (sm_der_octets(&kek_id, r->arena, SM_TAG_OCTET_STRING, &recipient->kek_id, NULL, "keyIdentifier"))
        read_key_qualifiers(&kek_id, recipient);
    return sm_der_leave(der, &kek_id, "kekid") &&
           sm_algorithm_take(der, SM_TAG_SEQUENCE, &recipient->key_encryption, "keyEncryptionAlgorithm") &&
           sm_der_octets(der, r->arena, SM_TAG_OCTET_STRING, &recipient->encrypted_key, NULL, "encryptedKey");
}

/* PasswordRecipientInfo (RFC 5652 6.2.4). */
static bool read_password(reading *r, sm_der *der, sm_recipient_info *recipient)
{
    recipient->kind = SM_RECIPIENT_PASSWORD;
    if (!sm_der_uint(der, &recipient->version, "PasswordRecipientInfo version"))
        return false;
    uint32_t tag;
    if (sm_der_peek(der, &tag) && tag == SM_TAG_CONTEXT(0) &&
        !sm_algorithm_take(der, tag, &recipient->key_derivation, "keyDerivationAlgorithm"))
        return false;
    return sm_algorithm_take(der, SM_TAG_SEQUENCE, &recipient->key_encryption, "keyEncryptionAlgorithm") &&
           sm_der_octets(der, r->arena, SM_TAG_OCTET_STRING, &recipient->encrypted_key, NULL, "encryptedKey");
}

/* KEMRecipientInfo (RFC 9629 3), as the oriValue of an OtherRecipientInfo. */
static bool read_kem(reading *r, sm_der *der, sm_recipient_info *recipient)
{
    sm_der inner;
    recipient->kind = SM_RECIPIENT_KEM;
    if (!sm_der_enter(der, SM_TAG_SEQUENCE, &inner, "KEMRecipientInfo"))
        return false;
    (void)(sm_der_uint(&inner, &recipient->version, "KEMRecipientInfo version") &&
           read_identifier(r, &inner, &recipient->rid, "rid") &&
           sm_algorithm_take(&inner, SM_TAG_SEQUENCE, &recipient->kem, "kem") &&
           sm_der_octets(&inner, r->arena, SM_TAG_OCTET_STRING, &recipient->kem_ciphertext, NULL, "kemct") &&
           sm_algorithm_take(&inner, SM_TAG_SEQUENCE, &recipient->kdf, "kdf") &&
           sm_der_uint(&inner, &recipient->kek_length, "kekLength") &&
           read_ukm(r, &inner, SM_TAG_CONTEXT(0), &recipient->ukm) &&
           sm_algorithm_take(&inner, SM_TAG_SEQUENCE, &recipient->wrap, "wrap") &&
           sm_der_octets(&inner, r->arena, SM_TAG_OCTET_STRING, &recipient->encrypted_key, NULL, "encryptedKey"));
    return sm_der_leave(der, &inner, "KEMRecipientInfo");
}

/* OtherRecipientInfo (RFC 5652 6.2.5). */
static bool read_other(reading *r, sm_der *der, sm_recipient_info *recipient)
{
    recipient->kind = SM_RECIPIENT_OTHER;
    if (!sm_der_oid(der, &recipient->other_type, "oriType"))
        return false;
    const uint8_t *start = der->input.data;
    sm_tlv value;
    if (!sm_bytes_equal(recipient->other_type, OID_ORI_KEM)) {
        if (!sm_der_any(der, &value, "oriValue"))
            return false;
    } else if (!read_kem(r, der, recipient)) {
        return false;
    }
    recipient->other_value = taken_since(start, der);
    return true;
}

/* One RecipientInfo, of which key agreement makes several entries. */
static bool read_recipient_info(reading *r, sm_der *der, unsigned *groups, GArray *recipients)
{
    const uint8_t *start = der->input.data;
    const unsigned first = recipients->len;
    sm_recipient_info recipient = {0};
    sm_der inner;
    uint32_t tag;
    if (!next_choice(der, &tag, "RecipientInfo") || !sm_der_enter(der, tag, &inner, "RecipientInfo"))
        return false;
    switch (tag) {
    case SM_TAG_SEQUENCE:
        read_key_transport(r, &inner, &recipient);
        break;
    case SM_TAG_CONTEXT(1):
        recipient.group = (*groups)++;
        read_key_agreement(r, &inner, &recipient, recipients);
        break;
    case SM_TAG_CONTEXT(2):
        read_kek(r, &inner, &recipient);
        break;
    case SM_TAG_CONTEXT(3):
        read_password(r, &inner, &recipient);
        break;
    case SM_TAG_CONTEXT(4):
        read_other(r, &inner, &recipient);
        break;
    default:
        sm_der_fail_at(&inner, SM_DER_MALFORMED, "RecipientInfo", start);
    }
    bool whole = sm_der_leave(der, &inner, "RecipientInfo");
    if (whole && recipient.kind != SM_RECIPIENT_KEY_AGREEMENT)
        g_array_append_val(recipients, recipient);
    for (unsigned i = first; i < recipients->len; i++)
        g_array_index(recipients, sm_recipient_info, i).encoding = taken_since(start, der);
    return whole;
}

static bool read_recipient_infos(reading *r, sm_der *der, sm_enveloped_data *data)
{
    sm_der set;
    if (!sm_der_enter(der, SM_TAG_SET, &set, "recipientInfos"))
        return false;
    g_autoptr(GArray) items = g_array_new(FALSE, FALSE, sizeof(sm_recipient_info));
    unsigned groups = 0;
    while (sm_der_more(&set) && room_for_one(items, SM_LIMIT_CMS_RECIPIENTS, &set, "recipientInfos") &&
           read_recipient_info(r, &set, &groups, items))
        ;
    data->recipients = kept(r, items);
    data->recipient_count = items->len;
    return sm_der_leave(der, &set, "recipientInfos");
}

/* ---- EnvelopedData and its kin ---- */

/* OriginatorInfo (RFC 5652 6.1) under [0], optional. */
static bool read_originator_info(reading *r, sm_der *der, sm_enveloped_data *data)
{
    sm_der inner;
    if (!sm_der_enter_optional(der, SM_TAG_CONTEXT(0), &inner, "originatorInfo"))
        return der->status == SM_DER_OK;
    data->originator_info = true;
    if (read_certificates(r, &inner, SM_TAG_CONTEXT(0), &data->originator_certificates,
                          &data->originator_certificate_count))
        read_crls(r, &inner, SM_TAG_CONTEXT(1), NULL, NULL, NULL);
    return sm_der_leave(der, &inner, "originatorInfo");
}

/* EnvelopedData (RFC 5652 6.1). */
static bool read_enveloped_data(reading *r, sm_der *der, sm_enveloped_data *data)
{
    data->detached = true;
    return sm_der_uint(der, &data->version, "EnvelopedData version") && read_originator_info(r, der, data) &&
           read_recipient_infos(r, der, data) && read_encrypted(r, der, data) &&
           read_attributes(r, der, SM_TAG_CONTEXT(1), &data->unauthenticated_attributes, "unprotectedAttrs");
}

/* AuthEnvelopedData (RFC 5083 2.1). */
static bool read_auth_enveloped_data(reading *r, sm_der *der, sm_enveloped_data *data)
{
    data->detached = true;
    return sm_der_uint(der, &data->version, "AuthEnvelopedData version") && read_originator_info(r, der, data) &&
           read_recipient_infos(r, der, data) && read_encrypted(r, der, data) &&
           read_attributes(r, der, SM_TAG_CONTEXT(1), &data->authenticated_attributes, "authAttrs") &&
           sm_der_octets(der, r->arena, SM_TAG_OCTET_STRING, &data->mac, NULL, "mac") &&
           read_attributes(r, der, SM_TAG_CONTEXT(2), &data->unauthenticated_attributes, "unauthAttrs");
}

/* AuthenticatedData (RFC 5652 9.1). */
static bool read_authenticated_data(reading *r, sm_der *der, sm_enveloped_data *data)
{
    data->detached = true;
    if (!sm_der_uint(der, &data->version, "AuthenticatedData version") || !read_originator_info(r, der, data) ||
        !read_recipient_infos(r, der, data) ||
        !sm_algorithm_take(der, SM_TAG_SEQUENCE, &data->content_encryption, "macAlgorithm"))
        return false;
    uint32_t tag;
    if (sm_der_peek(der, &tag) && tag == SM_TAG_CONTEXT(1) &&
        !sm_algorithm_take(der, tag, &data->digest_algorithm, "digestAlgorithm"))
        return false;
    return read_encapsulated(r, der, &data->content_type, &data->detached, &data->content, NULL, NULL) &&
           read_attributes(r, der, SM_TAG_CONTEXT(2), &data->authenticated_attributes, "authAttrs") &&
           sm_der_octets(der, r->arena, SM_TAG_OCTET_STRING, &data->mac, NULL, "mac") &&
           read_attributes(r, der, SM_TAG_CONTEXT(3), &data->unauthenticated_attributes, "unauthAttrs");
}

/* EncryptedData (RFC 5652 8). */
static bool read_encrypted_data(reading *r, sm_der *der, sm_enveloped_data *data)
{
    data->detached = true;
    return sm_der_uint(der, &data->version, "EncryptedData version") && read_encrypted(r, der, data) &&
           read_attributes(r, der, SM_TAG_CONTEXT(1), &data->unauthenticated_attributes, "unprotectedAttrs");
}

/* CompressedData (RFC 3274 1.1). */
static bool read_compressed_data(reading *r, sm_der *der, sm_compressed_data *data)
{
    data->detached = true;
    return sm_der_uint(der, &data->version, "CompressedData version") &&
           sm_algorithm_take(der, SM_TAG_SEQUENCE, &data->compression, "compressionAlgorithm") &&
           read_encapsulated(r, der, &data->content_type, &data->detached, &data->content, NULL, NULL);
}

/* DigestedData (RFC 5652 7). */
static bool read_digested_data(reading *r, sm_der *der, sm_digested_data *data)
{
    data->detached = true;
    return sm_der_uint(der, &data->version, "DigestedData version") &&
           sm_algorithm_take(der, SM_TAG_SEQUENCE, &data->digest_algorithm, "digestAlgorithm") &&
           read_encapsulated(r, der, &data->content_type, &data->detached, &data->content, NULL, NULL) &&
           sm_der_octets(der, r->arena, SM_TAG_OCTET_STRING, &data->digest, NULL, "digest");
}

/* ---- ContentInfo (RFC 5652 3) ---- */

sm_cms_type sm_cms_type_of(sm_bytes oid)
{
    const struct {
        sm_bytes oid;
        sm_cms_type type;
    } types[] = {
        {SM_OID_DATA, SM_CMS_DATA},
        {SM_OID_SIGNED_DATA, SM_CMS_SIGNED},
        {SM_OID_ENVELOPED_DATA, SM_CMS_ENVELOPED},
        {SM_OID_AUTH_ENVELOPED_DATA, SM_CMS_AUTH_ENVELOPED},
        {SM_OID_COMPRESSED_DATA, SM_CMS_COMPRESSED},
        {SM_OID_ENCRYPTED_DATA, SM_CMS_ENCRYPTED},
        {SM_OID_AUTHENTICATED_DATA, SM_CMS_AUTHENTICATED},
        {SM_OID_DIGESTED_DATA, SM_CMS_DIGESTED},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (sm_bytes_equal(oid, types[i].oid))
            return types[i].type;
    return SM_CMS_UNKNOWN;
}

/* Enters the content's SEQUENCE and makes the structure for its type; the reading of it follows. */
static void read_body(reading *r, sm_der *der, sm_cms *cms)
{
    static bool (*const envelopes[])(reading *, sm_der *, sm_enveloped_data *) = {
        [SM_CMS_ENVELOPED] = read_enveloped_data,
        [SM_CMS_AUTH_ENVELOPED] = read_auth_enveloped_data,
        [SM_CMS_ENCRYPTED] = read_encrypted_data,
        [SM_CMS_AUTHENTICATED] = read_authenticated_data,
    };
    if (cms->type == SM_CMS_DATA) {
        sm_der_octets(der, r->arena, SM_TAG_OCTET_STRING, &cms->data, NULL, "Data");
        return;
    }
    sm_der body;
    if (!sm_der_enter(der, SM_TAG_SEQUENCE, &body, "content"))
        return;
    switch (cms->type) {
    case SM_CMS_SIGNED: {
        sm_signed_data *data = sm_arena_new0(r->arena, sm_signed_data);
        cms->signed_data = data;
        read_signed_data(r, &body, data);
        break;
    }
    case SM_CMS_COMPRESSED: {
        sm_compressed_data *data = sm_arena_new0(r->arena, sm_compressed_data);
        cms->compressed_data = data;
        read_compressed_data(r, &body, data);
        break;
    }
    case SM_CMS_DIGESTED: {
        sm_digested_data *data = sm_arena_new0(r->arena, sm_digested_data);
        cms->digested_data = data;
        read_digested_data(r, &body, data);
        break;
    }
    default: {
        sm_enveloped_data *data = sm_arena_new0(r->arena, sm_enveloped_data);
        cms->enveloped_data = data;
        envelopes[cms->type](r, &body, data);
    }
    }
    sm_der_leave(der, &body, "content");
}

/* True when the reader stands on the body of a content type instead of a contentType: on a version, and after it the SET
 * that SignedData, EnvelopedData and their kin have there (or the [0] before it), or the SEQUENCE of EncryptedData,
 * CompressedData and DigestedData, which begins with an OID. A PrivateKeyInfo (RFC 5958 2) begins like the latter and goes
 * on with an OCTET STRING. */
static bool is_bare_body(sm_der content_info)
{
    uint32_t tag;
    sm_tlv value;
    sm_bytes oid;
    if (!sm_der_optional(&content_info, SM_TAG_INTEGER, &value, "version") || !sm_der_peek(&content_info, &tag))
        return false;
    if (tag == SM_TAG_SET || tag == SM_TAG_CONTEXT(0))
        return true;
    sm_der rest = content_info, inner;
    if (tag != SM_TAG_SEQUENCE || !sm_der_enter(&content_info, tag, &inner, "SEQUENCE") || !sm_der_oid(&inner, &oid, "OID"))
        return false;
    bool private_key = sm_der_take(&rest, tag, &value, "SEQUENCE") && sm_der_peek(&rest, &tag) && tag == SM_TAG_OCTET_STRING;
    return !private_key;
}

static sm_verdict judge(sm_arena *arena, const sm_der *der, const sm_cms *cms, bool bare, sm_bytes octets)
{
    if (bare)
        return sm_not_evaluated(SM_REASON_UNSUPPORTED_FORM,
                                "a SignedData, EnvelopedData or the like without the ContentInfo around it (RFC 5652 3)");
    switch (der->status) {
    case SM_DER_OK:
        break;
    case SM_DER_TRUNCATED:
        return sm_not_evaluated(SM_REASON_TRUNCATED, sm_der_explain(arena, der, octets));
    case SM_DER_LIMIT:
        return sm_not_evaluated(SM_REASON_LIMIT, sm_der_explain(arena, der, octets));
    default:
        return sm_fail(SM_REASON_MALFORMED, sm_der_explain(arena, der, octets));
    }
    if (cms->type == SM_CMS_UNKNOWN)
        return sm_not_evaluated(SM_REASON_UNSUPPORTED_FORM,
                                sm_arena_printf(arena, "unknown content type %s", sm_oid_text(arena, cms->content_type)));
    return SM_VERDICT_PASS;
}

const sm_cms *sm_cms_parse(sm_arena *arena, sm_bytes octets)
{
    reading r = {.arena = arena};
    sm_cms *cms = sm_arena_new0(arena, sm_cms);
    sm_der der = sm_der_start(octets, SM_DER_BER), content_info, content;
    der.partial = true;
    bool bare = false;
    if (octets.length == 0)
        sm_der_fail(&der, SM_DER_TRUNCATED, "ContentInfo");
    if (sm_der_enter(&der, SM_TAG_SEQUENCE, &content_info, "ContentInfo")) {
        cms->encoding = taken_since(octets.data, &der);
        if (der.input.length > 0)
            cms->trailing = der.input;
        bare = is_bare_body(content_info);
        if (!bare && sm_der_oid(&content_info, &cms->content_type, "contentType")) {
            cms->type = sm_cms_type_of(cms->content_type);
            sm_tlv unknown;
            if (sm_der_enter(&content_info, SM_TAG_CONTEXT(0), &content, "content")) {
                if (cms->type == SM_CMS_UNKNOWN)
                    sm_der_any(&content, &unknown, "content");
                else
                    read_body(&r, &content, cms);
                sm_der_leave(&content_info, &content, "content");
            }
        }
        if (!bare)
            sm_der_leave(&der, &content_info, "ContentInfo");
    }
    cms->ber = der.ber;
    cms->structure = judge(arena, &der, cms, bare, octets);
    return cms;
}

/* True when the octets are a ContentInfo of this type: a SEQUENCE that begins with its OID. */
static bool is_content_info_of(sm_bytes octets, sm_bytes content_type)
{
    sm_der der = sm_der_start_whole(octets, SM_DER_BER), inner;
    sm_bytes oid;
    der.partial = true;
    return sm_der_enter(&der, SM_TAG_SEQUENCE, &inner, "ContentInfo") && sm_der_oid(&inner, &oid, "contentType") &&
           sm_bytes_equal(oid, content_type);
}

const sm_cms *sm_cms_parse_content(sm_arena *arena, sm_bytes content_type, sm_bytes octets)
{
    if (is_content_info_of(octets, content_type))
        return sm_cms_parse(arena, octets);
    reading r = {.arena = arena};
    sm_cms *cms = sm_arena_new0(arena, sm_cms);
    cms->content_type = content_type;
    cms->type = sm_cms_type_of(content_type);
    cms->encoding = octets;
    if (cms->type == SM_CMS_DATA) {
        cms->data = octets;
        cms->structure = SM_VERDICT_PASS;
        return cms;
    }
    sm_der der = sm_der_start_whole(octets, SM_DER_BER);
    der.partial = true;
    if (cms->type != SM_CMS_UNKNOWN) {
        read_body(&r, &der, cms);
        if (der.status == SM_DER_OK && der.input.length > 0) {
            cms->encoding = taken_since(octets.data, &der);
            cms->trailing = der.input;
        }
    }
    cms->ber = der.ber;
    cms->structure = judge(arena, &der, cms, false, octets);
    return cms;
}

/* ---- Words ---- */

const char *sm_cms_type_word(sm_cms_type type)
{
    switch (type) {
    case SM_CMS_UNKNOWN:
        break;
    case SM_CMS_DATA:
        return "data";
    case SM_CMS_SIGNED:
        return "signed-data";
    case SM_CMS_ENVELOPED:
        return "enveloped-data";
    case SM_CMS_AUTH_ENVELOPED:
        return "authEnveloped-data";
    case SM_CMS_COMPRESSED:
        return "compressed-data";
    case SM_CMS_ENCRYPTED:
        return "encrypted-data";
    case SM_CMS_AUTHENTICATED:
        return "authenticated-data";
    case SM_CMS_DIGESTED:
        return "digested-data";
    }
    return "unknown";
}

bool sm_cms_is_certs_only(const sm_cms *cms)
{
    return cms->structure.kind == SM_PASS && cms->type == SM_CMS_SIGNED && cms->signed_data->detached &&
           cms->signed_data->signer_count == 0;
}
