/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pki/openssl_names.h"

#include "base/bounds.h"
#include "base/made_once.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

/* ---- Names ---- */

/* OpenSSL escapes the separators of RFC 4514 and ASCII controls. What is left are characters above ASCII that show nothing
 * or move others around: as hexpairs of RFC 4514 they cannot make one name look like another. */
static void append_safely(GString *text, const char *part, size_t length)
{
    const char *end = part + length;
    while (part < end) {
        gunichar character = g_utf8_get_char_validated(part, end - part);
        bool valid = character != (gunichar)-1 && character != (gunichar)-2;
        size_t octets = valid ? (size_t)(g_utf8_next_char(part) - part) : 1;
        bool plain = valid && character != 0 && g_unichar_isprint(character) && !g_unichar_iszerowidth(character) &&
                     (character < 0x80 || !g_unichar_isspace(character));
        for (size_t i = 0; i < octets; i++)
            if (plain)
                g_string_append_c(text, part[i]);
            else
                g_string_append_printf(text, "\\%02X", (unsigned char)part[i]);
        part += octets;
    }
}

const char *sm_openssl_name_text(sm_arena *arena, const X509_NAME *name)
{
    /* A string that is not what its type says cannot be converted; then its octets are shown. */
    static const unsigned long styles[] = {
        XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB,
        (XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) | ASN1_STRFLGS_DUMP_ALL,
    };
    const char *text = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(styles) && text == NULL; i++) {
        BIO *memory = BIO_new(BIO_s_mem());
        char *octets = NULL;
        if (memory != NULL && X509_NAME_print_ex(memory, name, 0, styles[i]) >= 0) {
            long length = BIO_get_mem_data(memory, &octets);
            GString *safe = g_string_new(NULL);
            if (length > 0) /* the empty name prints nothing, and there is no buffer then */
                append_safely(safe, octets, (size_t)length);
            text = sm_arena_strdup(arena, safe->str);
            g_string_free(safe, TRUE);
        }
        BIO_free(memory);
    }
    ERR_clear_error();
    return text != NULL ? text : "unreadable name";
}

/* NULL when the octets are not exactly one Name; the caller frees it. */
static X509_NAME *read_name(sm_bytes der)
{
    if (!sm_bytes_present(der) || der.length > SM_LIMIT_KEY_FILE_OCTETS)
        return NULL;
    const unsigned char *end = der.data;
    X509_NAME *name = d2i_X509_NAME(NULL, &end, (long)der.length);
    if (name != NULL && end != der.data + der.length) {
        X509_NAME_free(name);
        name = NULL;
    }
    ERR_clear_error();
    return name;
}

const char *sm_openssl_name_text_der(sm_arena *arena, sm_bytes der)
{
    X509_NAME *name = read_name(der);
    if (name == NULL)
        return sm_arena_hex(arena, sm_bytes_cut(der, 0, SM_LIMIT_SHOWN_OCTETS));
    const char *text = sm_openssl_name_text(arena, name);
    X509_NAME_free(name);
    return text;
}

bool sm_openssl_name_equal(sm_bytes a, sm_bytes b)
{
    if (!sm_bytes_present(a) || !sm_bytes_present(b))
        return false;
    if (sm_bytes_equal(a, b))
        return true;
    X509_NAME *first = read_name(a), *second = read_name(b);
    bool equal = first != NULL && second != NULL && X509_NAME_cmp(first, second) == 0;
    X509_NAME_free(first);
    X509_NAME_free(second);
    return equal;
}

guint sm_openssl_name_hash(const X509_NAME *name)
{
    return (guint)X509_NAME_hash_ex(name, NULL, NULL, NULL);
}

bool sm_openssl_name_hash_der(sm_bytes der, guint *hash)
{
    X509_NAME *name = read_name(der);
    if (name == NULL)
        return false;
    *hash = sm_openssl_name_hash(name);
    X509_NAME_free(name);
    return true;
}

/* ---- Dates ---- */

sm_moment sm_openssl_moment(const ASN1_TIME *time)
{
    struct tm parts = {0};
    if (time == NULL || !ASN1_TIME_to_tm(time, &parts)) { /* a NULL time would be the clock's */
        ERR_clear_error();
        return (sm_moment){0};
    }
    return sm_moment_from_civil(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                                parts.tm_sec);
}

/* ---- Algorithms ---- */

static const char *digest_name(int nid)
{
    switch (nid) {
    case NID_md2: return "MD2";
    case NID_md4: return "MD4";
    case NID_md5: return "MD5";
    case NID_md5_sha1: return "MD5 and SHA-1";
    case NID_sha1: return "SHA-1";
    case NID_ripemd160: return "RIPEMD-160";
    case NID_sha224: return "SHA-224";
    case NID_sha256: return "SHA-256";
    case NID_sha384: return "SHA-384";
    case NID_sha512: return "SHA-512";
    case NID_sha512_224: return "SHA-512/224";
    case NID_sha512_256: return "SHA-512/256";
    case NID_sha3_224: return "SHA3-224";
    case NID_sha3_256: return "SHA3-256";
    case NID_sha3_384: return "SHA3-384";
    case NID_sha3_512: return "SHA3-512";
    default: return OBJ_nid2sn(nid);
    }
}

static bool digest_is_legacy(int nid)
{
    return nid == NID_md2 || nid == NID_md4 || nid == NID_md5 || nid == NID_md5_sha1 || nid == NID_sha1;
}

/* The digest of RSASSA-PSS stands in its parameters, SHA-1 when left out (RFC 4055 3.1). */
static int pss_digest(const X509_ALGOR *algorithm)
{
    RSA_PSS_PARAMS *parameters =
        ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), algorithm->parameter);
    int nid = NID_undef;
    if (parameters != NULL)
        nid = parameters->hashAlgorithm != NULL ? OBJ_obj2nid(parameters->hashAlgorithm->algorithm) : NID_sha1;
    RSA_PSS_PARAMS_free(parameters);
    ERR_clear_error();
    return nid;
}

const char *sm_openssl_signature_name(sm_arena *arena, const X509_ALGOR *algorithm, bool *legacy)
{
    static const struct { const char *oid, *name; } others[] = {
        {"2.16.840.1.101.3.4.3.17", "ML-DSA-44"},
        {"2.16.840.1.101.3.4.3.18", "ML-DSA-65"},
        {"2.16.840.1.101.3.4.3.19", "ML-DSA-87"},
    };
    int nid = OBJ_obj2nid(algorithm->algorithm), digest = NID_undef, key = NID_undef;
    if (nid == NID_ED25519)
        return "Ed25519";
    if (nid == NID_ED448)
        return "Ed448";
    if (!OBJ_find_sigid_algs(nid, &digest, &key)) {
        char oid[128] = "unknown";
        OBJ_obj2txt(oid, sizeof oid, algorithm->algorithm, 1);
        for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
            if (strcmp(oid, others[i].oid) == 0)
                return others[i].name;
        return sm_arena_strdup(arena, oid);
    }
    if (nid == NID_rsassaPss)
        digest = pss_digest(algorithm);
    if (legacy != NULL)
        *legacy = digest_is_legacy(digest);
    const char *key_name = key == NID_rsaEncryption            ? "RSA"
                           : key == NID_rsassaPss              ? "RSA-PSS"
                           : key == NID_X9_62_id_ecPublicKey   ? "ECDSA"
                           : key == NID_dsa || key == NID_dsa_2 ? "DSA"
                                                               : OBJ_nid2sn(key);
    return sm_arena_printf(arena, "%s with %s", key_name, digest != NID_undef ? digest_name(digest) : "an unknown digest");
}

/* ---- Digests ---- */

static gpointer fetch_digest(gconstpointer name)
{
    return EVP_MD_fetch(NULL, name, NULL);
}

static void drop_digest(gpointer digest)
{
    EVP_MD_free(digest);
}

const EVP_MD *sm_openssl_sha1(void)
{
    static gpointer kept;
    return sm_made_once(&kept, fetch_digest, "SHA1", drop_digest);
}

const EVP_MD *sm_openssl_sha256(void)
{
    static gpointer kept;
    return sm_made_once(&kept, fetch_digest, "SHA256", drop_digest);
}
