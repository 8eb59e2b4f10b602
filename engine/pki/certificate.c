/* Certificates: one pass over what OpenSSL decoded makes the plain data of certificate.h.
 *
 * Names, serial number and public key are slices of the received octets, so that comparing them never depends on an
 * encoder. OpenSSL's X509 keeps the received octets of the signed part too: a signature is checked over them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pki/certificate.h"

#include "base/bounds.h"
#include "pki/certificate_cache.h"
#include "pki/decode.h"
#include "pki/openssl_names.h"
#include "pki/outline.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static const char OID_SIP_DOMAIN[] = "1.3.6.1.5.5.7.3.20"; /* id-kp-sipDomain, RFC 5924 4.1: unknown to OpenSSL */

static void release_x509(void *x509)
{
    X509_free(x509);
}

/* Comma-separated list that grows in the arena. */
static void append(sm_arena *arena, const char **list, const char *item)
{
    *list = *list ? sm_arena_printf(arena, "%s, %s", *list, item) : sm_arena_strdup(arena, item);
}

/* ---- The public key ---- */

typedef struct key_algorithm {
    const char *oid;
    sm_key_type type;
    const char *name;
} key_algorithm;

/* By OID, so that a key this OpenSSL cannot read still has a name. */
static const key_algorithm key_algorithms[] = {
    {"1.2.840.113549.1.1.1", SM_KEY_RSA, "RSA"},
    {"1.2.840.113549.1.1.10", SM_KEY_RSA_PSS, "RSA-PSS"},
    {"1.2.840.10045.2.1", SM_KEY_EC, "EC"},
    {"1.3.101.110", SM_KEY_X25519, "X25519"},
    {"1.3.101.111", SM_KEY_X448, "X448"},
    {"1.3.101.112", SM_KEY_ED25519, "Ed25519"},
    {"1.3.101.113", SM_KEY_ED448, "Ed448"},
    {"1.2.840.10040.4.1", SM_KEY_DSA, "DSA"},
    {"2.16.840.1.101.3.4.3.17", SM_KEY_ML_DSA, "ML-DSA-44"},
    {"2.16.840.1.101.3.4.3.18", SM_KEY_ML_DSA, "ML-DSA-65"},
    {"2.16.840.1.101.3.4.3.19", SM_KEY_ML_DSA, "ML-DSA-87"},
    {"2.16.840.1.101.3.4.4.1", SM_KEY_ML_KEM, "ML-KEM-512"},
    {"2.16.840.1.101.3.4.4.2", SM_KEY_ML_KEM, "ML-KEM-768"},
    {"2.16.840.1.101.3.4.4.3", SM_KEY_ML_KEM, "ML-KEM-1024"},
};

/* NIST's name of a curve where it has one, as people write it. */
static const char *curve_name(EVP_PKEY *key, char *buffer, size_t size)
{
    static const struct { const char *openssl, *nist; } curves[] = {
        {"prime192v1", "P-192"}, {"secp224r1", "P-224"}, {"prime256v1", "P-256"},
        {"secp384r1", "P-384"}, {"secp521r1", "P-521"},
    };
    size_t length = 0;
    if (!EVP_PKEY_get_group_name(key, buffer, size, &length) || buffer[0] == '\0')
        return "explicit curve";
    for (size_t i = 0; i < G_N_ELEMENTS(curves); i++)
        if (strcmp(buffer, curves[i].openssl) == 0)
            return curves[i].nist;
    return buffer;
}

static void read_public_key(sm_arena *arena, sm_certificate *certificate)
{
    X509 *x509 = certificate->x509;
    ASN1_OBJECT *algorithm = NULL;
    const unsigned char *octets = NULL;
    int length = 0;
    char oid[128] = "";
    const char *name = oid;

    X509_PUBKEY_get0_param(&algorithm, &octets, &length, NULL, X509_get_X509_PUBKEY(x509));
    if (algorithm == NULL || OBJ_obj2txt(oid, sizeof oid, algorithm, 1) <= 0)
        g_strlcpy(oid, "unknown", sizeof oid);
    for (size_t i = 0; i < G_N_ELEMENTS(key_algorithms); i++)
        if (strcmp(oid, key_algorithms[i].oid) == 0) {
            certificate->key_type = key_algorithms[i].type;
            name = key_algorithms[i].name;
        }

    certificate->key_id_computed = sm_public_key_id(arena, octets, (size_t)MAX(length, 0));

    EVP_PKEY *key = X509_get0_pubkey(x509); /* stays with the X509 */
    if (key != NULL)
        certificate->key_bits = (unsigned)MAX(EVP_PKEY_get_bits(key), 0);
    switch (certificate->key_type) {
    case SM_KEY_RSA:
    case SM_KEY_RSA_PSS:
    case SM_KEY_DSA:
        certificate->key_name = sm_arena_printf(arena, "%s %u", name, certificate->key_bits);
        break;
    case SM_KEY_EC: {
        char curve[80];
        certificate->key_name =
            key != NULL ? sm_arena_printf(arena, "EC %s", curve_name(key, curve, sizeof curve)) : "EC";
        break;
    }
    default:
        certificate->key_name = sm_arena_strdup(arena, name);
    }
    /* A key whose use would take minutes is named, but given to nobody. Lattices have long keys and are quick. */
    bool quick = certificate->key_type == SM_KEY_ML_DSA || certificate->key_type == SM_KEY_ML_KEM;
    if (key != NULL && (quick || certificate->key_bits <= SM_LIMIT_RSA_BITS))
        certificate->public_key = key;
}

/* ---- Extensions ---- */

static const char *octets_text(sm_arena *arena, sm_bytes octets)
{
    return sm_arena_printable(arena, octets, SM_LIMIT_SHOWN_OCTETS);
}

static sm_bytes string_octets(sm_arena *arena, const ASN1_STRING *string)
{
    /* An empty string is present all the same. */
    int length = ASN1_STRING_length(string);
    return sm_arena_copy(arena, sm_bytes_of(length > 0 ? (const void *)ASN1_STRING_get0_data(string) : "", (size_t)length));
}

static const char *ip_text(sm_arena *arena, sm_bytes octets)
{
    if (octets.length == 4)
        return sm_arena_printf(arena, "%u.%u.%u.%u", octets.data[0], octets.data[1], octets.data[2], octets.data[3]);
    if (octets.length != 16)
        return sm_arena_hex(arena, octets);
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < 16; i += 2)
        g_string_append_printf(text, "%s%x", i ? ":" : "", octets.data[i] << 8 | octets.data[i + 1]);
    const char *copy = sm_arena_strdup(arena, text->str);
    g_string_free(text, TRUE);
    return copy;
}

static sm_san read_general_name(sm_arena *arena, GENERAL_NAME *name)
{
    sm_san san = {.kind = SM_SAN_OTHER};
    int type = 0;
    void *value = GENERAL_NAME_get0_value(name, &type);
    switch (type) {
    case GEN_URI:
    case GEN_EMAIL:
    case GEN_DNS:
        san.kind = type == GEN_URI ? SM_SAN_URI : type == GEN_EMAIL ? SM_SAN_EMAIL : SM_SAN_DNS;
        san.octets = string_octets(arena, value);
        san.value = octets_text(arena, san.octets);
        san.clean = sm_san_is_clean(san.octets);
        return san;
    case GEN_IPADD:
        san.kind = SM_SAN_IP;
        san.octets = string_octets(arena, value);
        san.value = ip_text(arena, san.octets);
        return san;
    case GEN_DIRNAME:
        san.kind = SM_SAN_DIRECTORY;
        san.value = sm_openssl_name_text(arena, value);
        break;
    case GEN_OTHERNAME: {
        char oid[128] = "?";
        OBJ_obj2txt(oid, sizeof oid, ((OTHERNAME *)value)->type_id, 1);
        san.value = sm_arena_printf(arena, "otherName %s", oid);
        break;
    }
    case GEN_RID: {
        char oid[128] = "?";
        OBJ_obj2txt(oid, sizeof oid, value, 1);
        san.value = sm_arena_printf(arena, "registeredID %s", oid);
        break;
    }
    default:
        san.value = type == GEN_X400 ? "x400Address" : type == GEN_EDIPARTY ? "ediPartyName" : "unknown name";
    }
    unsigned char *der = NULL;
    int length = i2d_GENERAL_NAME(name, &der);
    if (length > 0)
        san.octets = sm_arena_copy(arena, sm_bytes_of(der, (size_t)length));
    OPENSSL_free(der);
    return san;
}

static void read_subject_alternative_names(sm_arena *arena, sm_certificate *certificate, GENERAL_NAMES *names)
{
    int count = sk_GENERAL_NAME_num(names);
    sm_san *sans = sm_arena_array(arena, sm_san, (size_t)MAX(count, 0));
    for (int i = 0; i < count; i++)
        sans[i] = read_general_name(arena, sk_GENERAL_NAME_value(names, i));
    certificate->sans = sans;
    certificate->san_count = (unsigned)MAX(count, 0);
}

static void read_key_usage(sm_certificate *certificate, const ASN1_BIT_STRING *bits)
{
    static const unsigned usages[] = { /* by bit number, RFC 5280 4.2.1.3 */
        SM_USAGE_DIGITAL_SIGNATURE, SM_USAGE_NON_REPUDIATION, SM_USAGE_KEY_ENCIPHERMENT, SM_USAGE_DATA_ENCIPHERMENT,
        SM_USAGE_KEY_AGREEMENT, SM_USAGE_KEY_CERT_SIGN, SM_USAGE_CRL_SIGN,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(usages); i++)
        if (ASN1_BIT_STRING_get_bit(bits, (int)i))
            certificate->key_usage |= usages[i];
}

static void read_extended_key_usage(sm_arena *arena, sm_certificate *certificate, EXTENDED_KEY_USAGE *purposes)
{
    GString *list = g_string_new(NULL);
    for (int i = 0; i < sk_ASN1_OBJECT_num(purposes); i++) {
        const ASN1_OBJECT *purpose = sk_ASN1_OBJECT_value(purposes, i);
        int nid = OBJ_obj2nid(purpose);
        char oid[128] = "?";
        OBJ_obj2txt(oid, sizeof oid, purpose, 1);
        const char *name = nid != NID_undef ? OBJ_nid2sn(nid) : oid;
        if (nid == NID_email_protect)
            certificate->usage_email_protection = true;
        else if (nid == NID_anyExtendedKeyUsage)
            certificate->usage_any = true;
        if (strcmp(oid, OID_SIP_DOMAIN) == 0) {
            certificate->usage_sip_domain = true;
            name = "sipDomain";
        }
        g_string_append_printf(list, "%s%s", i ? ", " : "", name);
    }
    certificate->extended_key_usage = sm_arena_strdup(arena, list->str);
    g_string_free(list, TRUE);
}

/* One extension; false when its value cannot be read. */
static bool read_extension(sm_arena *arena, sm_certificate *certificate, X509_EXTENSION *extension)
{
    int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
    bool critical = X509_EXTENSION_get_critical(extension) > 0;
    switch (nid) {
    case NID_subject_alt_name:
        certificate->san_present = true;
        certificate->san_critical = critical;
        break;
    case NID_key_usage:
        certificate->has_key_usage = true;
        certificate->key_usage_critical = critical;
        break;
    case NID_ext_key_usage:
        certificate->has_extended_key_usage = true;
        break;
    case NID_basic_constraints:
        certificate->has_basic_constraints = true;
        break;
    case NID_subject_key_identifier:
    case NID_authority_key_identifier:
        break;
    default:
        return true;
    }
    void *value = X509V3_EXT_d2i(extension);
    if (value == NULL)
        return false;
    switch (nid) {
    case NID_subject_alt_name:
        read_subject_alternative_names(arena, certificate, value);
        GENERAL_NAMES_free(value);
        break;
    case NID_key_usage:
        read_key_usage(certificate, value);
        ASN1_BIT_STRING_free(value);
        break;
    case NID_ext_key_usage:
        read_extended_key_usage(arena, certificate, value);
        EXTENDED_KEY_USAGE_free(value);
        break;
    case NID_basic_constraints:
        certificate->is_ca = ((BASIC_CONSTRAINTS *)value)->ca != 0;
        BASIC_CONSTRAINTS_free(value);
        break;
    case NID_subject_key_identifier:
        certificate->key_id = string_octets(arena, value);
        ASN1_OCTET_STRING_free(value);
        break;
    case NID_authority_key_identifier: {
        const ASN1_OCTET_STRING *key_id = ((AUTHORITY_KEYID *)value)->keyid;
        if (key_id != NULL)
            certificate->authority_key_id = string_octets(arena, key_id);
        AUTHORITY_KEYID_free(value);
        break;
    }
    }
    return true;
}

static void read_extensions(sm_arena *arena, sm_certificate *certificate)
{
    const STACK_OF(X509_EXTENSION) *extensions = X509_get0_extensions(certificate->x509);
    int count = sk_X509_EXTENSION_num(extensions);
    if (count > SM_CERTIFICATE_EXTENSIONS) {
        certificate->malformed_extensions = "more extensions than are read";
        count = SM_CERTIFICATE_EXTENSIONS;
    }
    for (int i = 0; i < count; i++) {
        X509_EXTENSION *extension = sk_X509_EXTENSION_value(extensions, i);
        const ASN1_OBJECT *object = X509_EXTENSION_get_object(extension);
        char oid[128] = "?";
        /* A second extension of one kind is against RFC 5280 4.2, and which of them counts is anybody's guess. */
        bool repeated = X509v3_get_ext_by_OBJ(extensions, object, -1) != i;
        if (repeated || !read_extension(arena, certificate, extension)) {
            int nid = OBJ_obj2nid(object);
            OBJ_obj2txt(oid, sizeof oid, object, 1);
            append(arena, &certificate->malformed_extensions, nid != NID_undef ? OBJ_nid2sn(nid) : oid);
            if (nid == NID_subject_alt_name) { /* two lists of names: neither may speak for the holder */
                certificate->sans = NULL;
                certificate->san_count = 0;
            }
        }
        if (X509_EXTENSION_get_critical(extension) > 0 && !X509_supported_extension(extension)) {
            OBJ_obj2txt(oid, sizeof oid, object, 1);
            append(arena, &certificate->unknown_critical, oid);
        }
    }
}

/* ---- The rest ---- */

/* commonName is a courtesy for people: the last one of the subject is the most specific. */
static const char *read_common_name(sm_arena *arena, const X509_NAME *subject)
{
    int last = -1;
    for (int at = -1; (at = X509_NAME_get_index_by_NID((X509_NAME *)subject, NID_commonName, at)) >= 0;)
        last = at;
    if (last < 0)
        return NULL;
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last));
    unsigned char *utf8 = NULL;
    int length = ASN1_STRING_to_UTF8(&utf8, value);
    if (length < 0)
        return octets_text(arena, string_octets(arena, value));
    const char *text = octets_text(arena, sm_bytes_of(length > 0 ? (const void *)utf8 : "", (size_t)length));
    OPENSSL_free(utf8);
    return text;
}

/* OpenSSL's object, decoded now or before; NULL with a fault when the octets are no certificate. */
static X509 *decode(sm_arena *arena, sm_certificate_cache *cache, sm_bytes der, const sm_sha256_key *digest,
                    const char **fault)
{
    X509 *x509 = cache != NULL && digest != NULL ? sm_certificate_cache_find(cache, digest) : NULL;
    if (x509 != NULL)
        return x509;
    x509 = (X509 *)sm_decode_whole(arena, der, ASN1_ITEM_rptr(X509), "certificate", fault);
    if (x509 != NULL && cache != NULL && digest != NULL)
        sm_certificate_cache_keep(cache, digest, der.length, x509);
    return x509;
}

const sm_certificate *sm_certificate_parse_cached(sm_arena *arena, sm_certificate_cache *cache, sm_bytes der, const char *origin,
                                                  const char **fault)
{
    const char *ignored;
    if (fault == NULL)
        fault = &ignored;
    *fault = NULL;
    sm_sha256_key digest;
    bool digested = sm_bytes_present(der) && EVP_Digest(der.data, der.length, digest.octets, NULL, sm_openssl_sha256(), NULL);
    X509 *x509 = decode(arena, cache, der, digested ? &digest : NULL, fault);
    if (x509 == NULL)
        return NULL;
    sm_arena_on_free(arena, release_x509, x509);
    sm_certificate *certificate = sm_arena_new0(arena, sm_certificate);
    certificate->x509 = x509;
    certificate->encoding = sm_arena_copy(arena, der);
    certificate->origin = sm_arena_strdup(arena, origin);
    sm_certificate_members members;
    if (!sm_certificate_locate(certificate->encoding, &members)) {
        *fault = "certificate is BER, not DER";
        return NULL;
    }
    certificate->serial_der = members.serial;
    certificate->issuer_der = members.issuer;
    certificate->subject_der = members.subject;
    certificate->public_key_info = members.public_key_info;
    if (digested)
        certificate->fingerprint = sm_arena_hex(arena, sm_bytes_of(digest.octets, sizeof digest.octets));

    certificate->version = (unsigned)CLAMP(X509_get_version(x509) + 1, 1, 3);
    certificate->serial = sm_arena_hex(arena, certificate->serial_der);
    certificate->subject = sm_openssl_name_text(arena, X509_get_subject_name(x509));
    certificate->issuer = sm_openssl_name_text(arena, X509_get_issuer_name(x509));
    certificate->common_name = read_common_name(arena, X509_get_subject_name(x509));
    certificate->not_before = sm_openssl_moment(X509_get0_notBefore(x509));
    certificate->not_after = sm_openssl_moment(X509_get0_notAfter(x509));
    const X509_ALGOR *algorithm = NULL;
    X509_get0_signature(NULL, &algorithm, x509);
    certificate->signature_algorithm = sm_openssl_signature_name(arena, algorithm, &certificate->signature_legacy);
    read_public_key(arena, certificate);
    read_extensions(arena, certificate);
    certificate->self_issued = X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0;
    certificate->self_signed = certificate->self_issued && certificate->public_key != NULL &&
                               X509_verify(x509, certificate->public_key) == 1;
    ERR_clear_error();
    return certificate;
}

const sm_certificate *sm_certificate_parse(sm_arena *arena, sm_bytes der, const char *origin, const char **fault)
{
    return sm_certificate_parse_cached(arena, NULL, der, origin, fault);
}

sm_moment sm_certificate_end(const sm_certificate *certificate)
{
    sm_moment end = certificate->not_after;
    end.nanoseconds = 999999999;
    return end;
}

int sm_certificate_validity(const sm_certificate *certificate, sm_moment when)
{
    /* A date that cannot be read never makes a certificate valid. */
    if (!certificate->not_before.known || sm_moment_compare(when, certificate->not_before) < 0)
        return -1;
    if (!certificate->not_after.known)
        return 1;
    return sm_moment_compare(when, sm_certificate_end(certificate)) > 0 ? 1 : 0;
}

const char *sm_certificate_label(sm_arena *arena, const sm_certificate *certificate)
{
    const char *name = certificate->subject;
    if (name[0] == '\0')
        name = certificate->san_count > 0 ? certificate->sans[0].value : "no name";
    return sm_arena_printf(arena, "%s (serial %.40s%s)",
                           sm_arena_printable(arena, sm_bytes_of(name, strlen(name)), SM_LIMIT_SHOWN_OCTETS),
                           certificate->serial, strlen(certificate->serial) > 40 ? "..." : "");
}

const char *sm_identifier_text(sm_arena *arena, const sm_identifier *identifier)
{
    switch (identifier->kind) {
    case SM_IDENTIFIER_ISSUER_SERIAL:
        return sm_arena_printf(arena, "issuer %s, serial %s", sm_openssl_name_text_der(arena, identifier->issuer),
                               sm_arena_hex(arena, sm_bytes_cut(identifier->serial, 0, SM_LIMIT_SHOWN_OCTETS)));
    case SM_IDENTIFIER_KEY_ID:
        return sm_arena_printf(arena, "key identifier %s",
                               sm_arena_hex(arena, sm_bytes_cut(identifier->key_id, 0, SM_LIMIT_SHOWN_OCTETS)));
    case SM_IDENTIFIER_NONE:
        break;
    }
    return "no identifier";
}

bool sm_identifier_names(const sm_identifier *identifier, const sm_certificate *certificate)
{
    switch (identifier->kind) {
    case SM_IDENTIFIER_ISSUER_SERIAL:
        return sm_bytes_present(identifier->serial) && sm_bytes_equal(identifier->serial, certificate->serial_der) &&
               sm_openssl_name_equal(identifier->issuer, certificate->issuer_der);
    case SM_IDENTIFIER_KEY_ID:
        return sm_bytes_present(identifier->key_id) &&
               (sm_bytes_equal(identifier->key_id, certificate->key_id) ||
                sm_bytes_equal(identifier->key_id, certificate->key_id_computed));
    case SM_IDENTIFIER_NONE:
        break;
    }
    return false;
}
