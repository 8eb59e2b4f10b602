/* CMS as received (RFC 5652, RFC 5083, RFC 3274, RFC 9629): octets parsed into structures, nothing judged, nothing decrypted.
 *
 * Members follow the ASN.1 names. Every sm_bytes is a slice of the received octets, except where a constructed string had to
 * be joined. Version numbers, attribute rules and the like are recorded as they are: rules judge them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/moment.h"
#include "base/verdict.h"
#include "pki/identifier.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum sm_cms_type {
    SM_CMS_UNKNOWN = 0,
    SM_CMS_DATA,
    SM_CMS_SIGNED,
    SM_CMS_ENVELOPED,
    SM_CMS_AUTH_ENVELOPED,
    SM_CMS_COMPRESSED,
    SM_CMS_ENCRYPTED,
    SM_CMS_AUTHENTICATED,
    SM_CMS_DIGESTED,
} sm_cms_type;

typedef struct sm_algorithm {
    sm_bytes oid;        /* content octets; absent when there is no algorithm */
    sm_bytes parameters; /* complete encoding of the parameters; absent when absent */
    sm_bytes encoding;   /* the whole AlgorithmIdentifier */
} sm_algorithm;

typedef struct sm_attribute {
    sm_bytes oid;
    sm_bytes encoding;      /* the whole Attribute, as received */
    const sm_bytes *values; /* complete encodings */
    unsigned value_count;
} sm_attribute;

typedef struct sm_attributes {
    bool present;
    sm_bytes encoding;      /* with the implicit tag as received */
    const sm_attribute *items;
    unsigned count;
    bool der;               /* definite minimal lengths throughout (sm_der_is_der) */
    bool sorted;            /* the attributes stand in DER SET OF order (X.690 11.6); their values are not looked at */
} sm_attributes;

/* First attribute with this OID, or NULL. */
const sm_attribute *sm_attributes_find(const sm_attributes *attributes, sm_bytes oid);

typedef struct sm_signer_info sm_signer_info;
struct sm_signer_info {
    sm_bytes encoding;
    uint32_t version;
    sm_identifier sid;
    sm_algorithm digest_algorithm;
    sm_attributes signed_attributes;
    sm_algorithm signature_algorithm;
    sm_bytes signature;
    sm_attributes unsigned_attributes;
    const sm_signer_info *countersignatures; /* RFC 5652 11.4, from the unsigned attributes; theirs too, but not deeper */
    unsigned countersignature_count;
    unsigned countersignatures_unread; /* values that are no SignerInfo, stand too deep or exceed the limit: unsigned
                                        * attributes can be added by anybody, so they are no fault of the structure */
};

typedef struct sm_certificate_choice {
    enum { SM_CHOICE_CERTIFICATE, SM_CHOICE_EXTENDED, SM_CHOICE_ATTRIBUTE_V1, SM_CHOICE_ATTRIBUTE_V2, SM_CHOICE_OTHER } kind;
    sm_bytes encoding;
} sm_certificate_choice;

typedef struct sm_signed_data {
    uint32_t version;
    const sm_algorithm *digest_algorithms;
    unsigned digest_algorithm_count;
    sm_bytes content_type;  /* eContentType */
    bool detached;          /* eContent absent */
    sm_bytes content;       /* eContent's octets, what is digested; absent when detached */
    bool content_any;       /* PKCS #7 form: eContent is no OCTET STRING but any value; `content` is that value without tag
                             * and length (RFC 5652 5.2.1) */
    sm_bytes content_value; /* that value whole; absent otherwise */
    const sm_certificate_choice *certificates;
    unsigned certificate_count;
    const sm_bytes *crls;   /* CertificateList encodings; other formats are counted in other_crls */
    unsigned crl_count, other_crls;
    const sm_signer_info *signers;
    unsigned signer_count;
} sm_signed_data;

typedef enum sm_recipient_kind {
    SM_RECIPIENT_KEY_TRANSPORT,  /* ktri */
    SM_RECIPIENT_KEY_AGREEMENT,  /* kari: one sm_recipient_info for each RecipientEncryptedKey */
    SM_RECIPIENT_KEK,            /* kekri */
    SM_RECIPIENT_PASSWORD,       /* pwri */
    SM_RECIPIENT_KEM,            /* ori with id-ori-kem (RFC 9629) */
    SM_RECIPIENT_OTHER,
} sm_recipient_kind;

typedef struct sm_recipient_info {
    sm_recipient_kind kind;
    sm_bytes encoding;          /* of the whole RecipientInfo */
    uint32_t version;
    sm_identifier rid;      /* ktri, kari, kemri */
    sm_bytes kek_id;            /* kekri: keyIdentifier */
    sm_moment key_date;         /* kekri, kari with rKeyId: date; not known when absent or unreadable */
    sm_bytes key_other;         /* kekri, kari with rKeyId: OtherKeyAttribute, whole; absent when absent */
    sm_algorithm key_encryption; /* keyEncryptionAlgorithm; absent with KEM, which has `wrap`, and other */
    sm_bytes encrypted_key;
    /* key agreement */
    sm_algorithm originator_algorithm; /* originatorKey */
    sm_bytes originator_key;    /* the BIT STRING's octets; absent when the originator is named by identifier */
    sm_identifier originator; /* or named by certificate */
    sm_bytes ukm;               /* user keying material (key agreement and KEM); absent when absent */
    unsigned group;             /* index of the KeyAgreeRecipientInfo it belongs to */
    /* password */
    sm_algorithm key_derivation; /* oid absent when absent; its `encoding` bears the implicit tag [0] */
    /* KEM (RFC 9629) */
    sm_algorithm kem;
    sm_bytes kem_ciphertext;
    sm_algorithm kdf;
    uint32_t kek_length;        /* octets */
    sm_algorithm wrap;
    /* other */
    sm_bytes other_type;        /* OID (also of KEM) */
    sm_bytes other_value;       /* oriValue, whole (also of KEM) */
} sm_recipient_info;

/* EnvelopedData, AuthEnvelopedData, AuthenticatedData and EncryptedData: what they have in common and what only some have. */
typedef struct sm_enveloped_data {
    uint32_t version;
    bool originator_info;
    const sm_certificate_choice *originator_certificates;
    unsigned originator_certificate_count;
    const sm_recipient_info *recipients;
    unsigned recipient_count;
    sm_bytes content_type;         /* of the encrypted (or authenticated) content */
    sm_algorithm content_encryption; /* contentEncryptionAlgorithm; AuthenticatedData: macAlgorithm */
    sm_algorithm digest_algorithm; /* AuthenticatedData only; its `encoding` bears the implicit tag [1] */
    bool detached;                 /* encryptedContent absent */
    sm_bytes content;              /* encryptedContent's octets (AuthenticatedData: eContent's) */
    sm_attributes authenticated_attributes;
    sm_bytes mac;
    sm_attributes unauthenticated_attributes; /* unprotectedAttrs of EnvelopedData and EncryptedData too */
} sm_enveloped_data;

typedef struct sm_compressed_data {
    uint32_t version;
    sm_algorithm compression;
    sm_bytes content_type;
    bool detached;
    sm_bytes content; /* compressed octets */
} sm_compressed_data;

typedef struct sm_digested_data {
    uint32_t version;
    sm_algorithm digest_algorithm;
    sm_bytes content_type;
    bool detached;
    sm_bytes content;
    sm_bytes digest;
} sm_digested_data;

/* What `structure` says decides what may be done with the rest:
 * - pass: everything was read. Only then may anything be judged, verified or decrypted.
 * - otherwise the structure that belongs to `type` is still given once its outermost SEQUENCE could be entered, for display:
 *   the members before the fault are as received, lists hold the entries that were read to their end (so a count of 0 says
 *   nothing), members after the fault are zero. `detached` may be true because the content was never reached.
 * A fault in countersignatures alone is no fault of the structure. */
typedef struct sm_cms {
    sm_verdict structure;   /* pass; fail malformed; not evaluated truncated, limit, unsupported form (an unknown content type,
                             * a CMS body without ContentInfo) */
    sm_cms_type type;
    sm_bytes content_type;  /* OID of the ContentInfo, when that much could be read */
    sm_bytes encoding;      /* the ContentInfo; absent when not even its header could be read */
    sm_bytes trailing;      /* octets after it; absent when none */
    bool ber;               /* indefinite length, constructed strings or other encodings that DER has not */
    const sm_signed_data *signed_data;         /* the one that belongs to `type`, see above; the others are NULL */
    const sm_enveloped_data *enveloped_data;
    const sm_compressed_data *compressed_data;
    const sm_digested_data *digested_data;
    sm_bytes data;          /* id-data */
} sm_cms;

/* Reads a ContentInfo. Always returns a structure owned by the arena. Limits: SM_LIMIT_CMS_* and SM_LIMIT_DER_*. A structure
 * that ends early, were it before its first octet, gives not-evaluated "truncated" with the element in the detail. Octets
 * after the ContentInfo are no fault. */
const sm_cms *sm_cms_parse(sm_arena *arena, sm_bytes octets);

/* Reads a content of the type `content_type` (an OID's content octets) that stands without the ContentInfo around it: what an
 * eContentType or a contentType names inside another layer (RFC 5652 5.2, 6.1). A ContentInfo of the same type, which some
 * producers put there, is read as well. An unknown type is not evaluated unsupported-form. Otherwise as sm_cms_parse(). */
const sm_cms *sm_cms_parse_content(sm_arena *arena, sm_bytes content_type, sm_bytes octets);

/* The type an OID (content octets) stands for; SM_CMS_UNKNOWN for any other. */
sm_cms_type sm_cms_type_of(sm_bytes content_type);

/* "signed-data", "enveloped-data", "authEnveloped-data", "compressed-data", "encrypted-data", "authenticated-data",
 * "digested-data", "data", "unknown": the words of RFC 8551 3.2.2 where it has one. */
const char *sm_cms_type_word(sm_cms_type type);

/* True for a SignedData without content and signers (RFC 8551 3.8) whose structure passed. */
bool sm_cms_is_certs_only(const sm_cms *cms);
