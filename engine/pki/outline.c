/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pki/outline.h"

#include "base/bounds.h"
#include "pki/openssl_names.h"
#include "pki/tlv.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

enum { SHORT_OID = 64 }; /* content octets; no algorithm has as many */

/* ---- The grammar: RFC 5280 4.1, with OpenSSL's own types for all but the public key ---- */

typedef struct public_key_info {
    X509_ALGOR *algorithm;
    ASN1_BIT_STRING *subject_public_key;
} public_key_info;

typedef struct tbs_certificate {
    ASN1_INTEGER *version, *serial_number;
    X509_ALGOR *signature;
    X509_NAME *issuer;
    X509_VAL *validity;
    X509_NAME *subject;
    public_key_info *key;
    ASN1_BIT_STRING *issuer_unique_id, *subject_unique_id;
    STACK_OF(X509_EXTENSION) * extensions;
} tbs_certificate;

typedef struct certificate {
    tbs_certificate *tbs;
    X509_ALGOR *signature_algorithm;
    ASN1_BIT_STRING *signature;
} certificate;

/* clang-format off */
ASN1_SEQUENCE(public_key_info) = {
    ASN1_SIMPLE(public_key_info, algorithm, X509_ALGOR),
    ASN1_SIMPLE(public_key_info, subject_public_key, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END(public_key_info)

ASN1_SEQUENCE(tbs_certificate) = {
    ASN1_EXP_OPT(tbs_certificate, version, ASN1_INTEGER, 0),
    ASN1_SIMPLE(tbs_certificate, serial_number, ASN1_INTEGER),
    ASN1_SIMPLE(tbs_certificate, signature, X509_ALGOR),
    ASN1_SIMPLE(tbs_certificate, issuer, X509_NAME),
    ASN1_SIMPLE(tbs_certificate, validity, X509_VAL),
    ASN1_SIMPLE(tbs_certificate, subject, X509_NAME),
    ASN1_SIMPLE(tbs_certificate, key, public_key_info),
    ASN1_IMP_OPT(tbs_certificate, issuer_unique_id, ASN1_BIT_STRING, 1),
    ASN1_IMP_OPT(tbs_certificate, subject_unique_id, ASN1_BIT_STRING, 2),
    ASN1_EXP_SEQUENCE_OF_OPT(tbs_certificate, extensions, X509_EXTENSION, 3),
} static_ASN1_SEQUENCE_END(tbs_certificate)

ASN1_SEQUENCE(certificate) = {
    ASN1_SIMPLE(certificate, tbs, tbs_certificate),
    ASN1_SIMPLE(certificate, signature_algorithm, X509_ALGOR),
    ASN1_SIMPLE(certificate, signature, ASN1_BIT_STRING),
} static_ASN1_SEQUENCE_END(certificate)
                    /* clang-format on */

                    /* NULL when the octets are not exactly one certificate; release with free_certificate(). */
                    static certificate
                    * read_certificate(sm_bytes der)
{
    const unsigned char *end = der.data;
    ASN1_VALUE *read = ASN1_item_d2i(NULL, &end, (long)der.length, ASN1_ITEM_rptr(certificate));
    if (read != NULL && end != der.data + der.length) {
        ASN1_item_free(read, ASN1_ITEM_rptr(certificate));
        read = NULL;
    }
    return (certificate *)read;
}

static void free_certificate(certificate *read)
{
    ASN1_item_free((ASN1_VALUE *)read, ASN1_ITEM_rptr(certificate));
}

/* Of a key that it cannot decode, OpenSSL refuses an algorithm whose OID it cannot print: what is too long for that is for it to
 * say, and it differs by version. */
static bool accepts_algorithm(sm_bytes der, const X509_ALGOR *algorithm)
{
    if (OBJ_length(algorithm->algorithm) <= SHORT_OID)
        return true;
    const unsigned char *end = der.data;
    X509 *x509 = d2i_X509(NULL, &end, (long)der.length);
    X509_free(x509);
    return x509 != NULL;
}

/* ---- Members ---- */

/* Certificate { tbs { [0] version, serial, algorithm, issuer, validity, subject, subjectPublicKeyInfo, ... } ... } */
bool sm_certificate_locate(sm_bytes encoding, sm_certificate_members *members)
{
    sm_bytes rest = encoding;
    sm_tlv whole, tbs, member;
    if (!sm_tlv_expect(&rest, SM_TLV_SEQUENCE, &whole) || rest.length > 0)
        return false;
    rest = whole.content;
    if (!sm_tlv_expect(&rest, SM_TLV_SEQUENCE, &tbs))
        return false;
    rest = tbs.content;
    sm_tlv_expect(&rest, SM_TLV_CONTEXT_0, &member);
    if (!sm_tlv_expect(&rest, SM_TLV_INTEGER, &member))
        return false;
    members->serial = member.content;
    if (!sm_tlv_expect(&rest, SM_TLV_SEQUENCE, &member) || !sm_tlv_expect(&rest, SM_TLV_SEQUENCE, &member))
        return false;
    members->issuer = member.whole;
    if (!sm_tlv_expect(&rest, SM_TLV_SEQUENCE, &member) || !sm_tlv_expect(&rest, SM_TLV_SEQUENCE, &member))
        return false;
    members->subject = member.whole;
    if (!sm_tlv_expect(&rest, SM_TLV_SEQUENCE, &member))
        return false;
    members->public_key_info = member.whole;
    return true;
}

sm_bytes sm_public_key_id(sm_arena *arena, const uint8_t *octets, size_t length)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned digest_length = 0;
    if (octets == NULL || !EVP_Digest(octets, length, digest, &digest_length, sm_openssl_sha1(), NULL))
        return SM_BYTES_NONE;
    return sm_arena_copy(arena, sm_bytes_of(digest, digest_length));
}

/* ---- Extensions ---- */

bool sm_san_is_clean(sm_bytes octets)
{
    for (size_t i = 0; i < octets.length; i++)
        if (octets.data[i] <= 0x20 || octets.data[i] >= 0x7f)
            return false;
    return octets.length > 0;
}

/* The decoded value of the first extension of this kind, or NULL; the caller frees it. */
static void *extension_value(const STACK_OF(X509_EXTENSION) * extensions, int nid, bool *repeated)
{
    int at = X509v3_get_ext_by_NID(extensions, nid, -1);
    if (at < 0 || at >= SM_CERTIFICATE_EXTENSIONS)
        return NULL;
    int second = X509v3_get_ext_by_NID(extensions, nid, at);
    *repeated = second >= 0 && second < SM_CERTIFICATE_EXTENSIONS;
    return X509V3_EXT_d2i(sk_X509_EXTENSION_value(extensions, at));
}

static void read_key_id(sm_arena *arena, const STACK_OF(X509_EXTENSION) * extensions,
                        sm_certificate_outline *outline)
{
    bool repeated = false;
    ASN1_OCTET_STRING *id = extension_value(extensions, NID_subject_key_identifier, &repeated);
    if (id != NULL && ASN1_STRING_length(id) > 0)
        outline->key_id =
            sm_arena_copy(arena, sm_bytes_of(ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id)));
    ASN1_OCTET_STRING_free(id);
}

/* Two lists of names, and neither may speak for the holder: as sm_certificate_parse() has it. */
static void read_uris(sm_arena *arena, const STACK_OF(X509_EXTENSION) * extensions,
                      sm_certificate_outline *outline)
{
    bool repeated = false;
    GENERAL_NAMES *names = extension_value(extensions, NID_subject_alt_name, &repeated);
    int count = names != NULL && !repeated ? sk_GENERAL_NAME_num(names) : 0;
    const char **uris = sm_arena_array(arena, const char *, (size_t)MAX(count, 0));
    for (int i = 0; i < count; i++) {
        int type = 0;
        const ASN1_STRING *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
        if (type != GEN_URI)
            continue;
        sm_bytes octets =
            sm_bytes_of(ASN1_STRING_get0_data(value), (size_t)MAX(ASN1_STRING_length(value), 0));
        if (!sm_san_is_clean(octets))
            continue;
        g_autofree char *lower = g_ascii_strdown((const char *)octets.data, (gssize)octets.length);
        uris[outline->uri_count++] = sm_arena_strdup(arena, lower);
    }
    outline->uris = uris;
    GENERAL_NAMES_free(names);
}

bool sm_certificate_outline_read(sm_arena *arena, sm_bytes der, sm_certificate_outline *outline)
{
    *outline = (sm_certificate_outline){0};
    if (!sm_bytes_present(der) || der.length == 0 || der.length > SM_LIMIT_KEY_FILE_OCTETS)
        return false;
    certificate *read = read_certificate(der);
    bool good = read != NULL && sm_certificate_locate(der, &outline->members) &&
                accepts_algorithm(der, read->tbs->key->algorithm);
    if (good) {
        const tbs_certificate *tbs = read->tbs;
        const ASN1_BIT_STRING *key = tbs->key->subject_public_key;
        outline->issuer_hash = sm_openssl_name_hash(tbs->issuer);
        outline->subject_hash = sm_openssl_name_hash(tbs->subject);
        outline->key_id_computed =
            sm_public_key_id(arena, ASN1_STRING_get0_data(key), (size_t)MAX(ASN1_STRING_length(key), 0));
        read_key_id(arena, tbs->extensions, outline);
        read_uris(arena, tbs->extensions, outline);
    }
    free_certificate(read);
    ERR_clear_error();
    return good;
}
