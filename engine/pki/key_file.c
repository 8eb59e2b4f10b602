/* What the octets of one file are, and taking it.
 *
 * Recognition goes by content; only *.kek and *.cek go by name, because two lines of hexadecimal could be anything. DER is told
 * apart by the tags of its first members, so that a damaged certificate is called a damaged certificate and is not tried as
 * six other things.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/bounds.h"
#include "pki/crl.h"
#include "pki/keyring_store.h"
#include "pki/tlv.h"
#include "pki/unlock.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

enum { PEM_OBJECTS = 100000, CMS_OBJECTS = 10000, FAULTS = 10 }; /* in one file; faults that are told */

typedef struct reader {
    sm_keyring *ring;
    const char *path;
    const char *name;    /* base name, for notices */
    sm_key_role role;
    unsigned faults;     /* told of */
    bool quiet;          /* it may be something else altogether: tell nothing */
    sm_key_file result;
} reader;

static void fault(reader *in, const char *what, const char *why)
{
    if (in->quiet || in->faults++ >= FAULTS)
        return;
    in->result.told = true;
    sm_keyring_tell(in->ring, true, in->path, "%s: %s%s%s", in->name, what, what[0] && why[0] ? ": " : "", why);
}

/* ---- Single objects ---- */

static void take_certificate(reader *in, sm_bytes der)
{
    if (in->role == SM_KEY_ROLE_CRLS)
        return;
    const char *why = "";
    if (sm_keyring_take_certificate(in->ring, der, in->path, in->role == SM_KEY_ROLE_TRUST, &why))
        in->result.taken++;
    else
        fault(in, "damaged certificate", why);
}

static void take_crl(reader *in, sm_bytes der)
{
    const char *why = "";
    if (sm_keyring_take_crl(in->ring, der, in->path, &why))
        in->result.taken += in->role != SM_KEY_ROLE_TRUST; /* welcome, but no anchor */
    else
        fault(in, "damaged CRL", why);
}

static void take_private_key(reader *in, EVP_PKEY *key)
{
    sm_keyring_take_private_key(in->ring, key, in->path);
    in->result.taken++;
    in->result.secrets++;
}

static void take_plain_key(reader *in, const char *label, sm_bytes der)
{
    if (in->role != SM_KEY_ROLE_KEYS)
        return;
    EVP_PKEY *key = sm_unlock_plain(label, der);
    if (key != NULL)
        take_private_key(in, key);
    else
        fault(in, "", "private key damaged, or of a type this OpenSSL cannot read");
}

static void take_pkcs8(reader *in, sm_bytes der)
{
    if (in->role != SM_KEY_ROLE_KEYS)
        return;
    g_autoptr(GPtrArray) passwords = sm_keyring_passwords_for(in->ring, in->path);
    EVP_PKEY *key = NULL;
    sm_unlock outcome = sm_unlock_pkcs8(in->ring, der, passwords, &key);
    if (outcome == SM_UNLOCK_DONE)
        take_private_key(in, key);
    else
        fault(in, "", sm_unlock_text(outcome));
}

static void take_traditional(reader *in, const char *label, const char *header, sm_bytes octets)
{
    if (in->role != SM_KEY_ROLE_KEYS)
        return;
    g_autoptr(GPtrArray) passwords = sm_keyring_passwords_for(in->ring, in->path);
    EVP_PKEY *key = NULL;
    sm_unlock outcome = sm_unlock_traditional(label, header, octets, passwords, &key);
    if (outcome == SM_UNLOCK_DONE)
        take_private_key(in, key);
    else
        fault(in, "", sm_unlock_text(outcome));
}

static void release_key(gpointer key)
{
    EVP_PKEY_free(key);
}

static void release_encoding(gpointer encoding)
{
    g_bytes_unref(encoding);
}

static sm_bytes encoding_of(const GPtrArray *encodings, guint i)
{
    gsize length = 0;
    const void *data = g_bytes_get_data(encodings->pdata[i], &length);
    return sm_bytes_of(data, length);
}

static void take_pkcs12(reader *in, sm_bytes octets)
{
    g_autoptr(GPtrArray) passwords = sm_keyring_passwords_for(in->ring, in->path);
    sm_pkcs12 content = {
        .keys = g_ptr_array_new_with_free_func(release_key),
        .certificates = g_ptr_array_new_with_free_func(release_encoding),
        .crls = g_ptr_array_new_with_free_func(release_encoding),
    };
    sm_unlock outcome = sm_unlock_pkcs12(in->ring, octets, passwords, &content);
    if (outcome != SM_UNLOCK_DONE)
        fault(in, "", sm_unlock_text(outcome));
    for (guint i = 0; i < content.certificates->len; i++)
        take_certificate(in, encoding_of(content.certificates, i));
    for (guint i = 0; i < content.crls->len; i++)
        take_crl(in, encoding_of(content.crls, i));
    for (guint i = 0; i < content.keys->len && in->role == SM_KEY_ROLE_KEYS; i++) {
        EVP_PKEY_up_ref(content.keys->pdata[i]);
        take_private_key(in, content.keys->pdata[i]);
    }
    g_ptr_array_free(content.keys, TRUE);
    g_ptr_array_free(content.certificates, TRUE);
    g_ptr_array_free(content.crls, TRUE);
}

/* The next value, which must have this tag; and its content as what to go on with. */
static bool enter(sm_bytes *rest, uint8_t tag)
{
    sm_tlv value;
    bool entered = sm_tlv_next_ber(rest, &value) && value.tag == tag;
    *rest = entered ? value.content : SM_BYTES_NONE;
    return entered;
}

/* Where the optional certificates of a SignedData begin: ContentInfo { id-signedData, [0] { SignedData { version,
 * digestAlgorithms, encapContentInfo, [0] certificates, [1] crls, signerInfos } } } (RFC 5652 3, 5.1). */
static bool find_cms_objects(sm_bytes *rest)
{
    static const uint8_t signed_data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
    sm_tlv type, passed;
    if (!enter(rest, SM_TLV_SEQUENCE) || !sm_tlv_expect(rest, SM_TLV_OID, &type) ||
        !sm_bytes_equal(type.content, sm_bytes_of(signed_data, sizeof signed_data)))
        return false;
    return enter(rest, SM_TLV_CONTEXT_0) && enter(rest, SM_TLV_SEQUENCE) && sm_tlv_next_ber(rest, &passed) &&
           sm_tlv_next_ber(rest, &passed) && sm_tlv_next_ber(rest, &passed);
}

/* Certificates and CRLs of a SignedData. It is BER (RFC 5652 5.1): any of the lengths around them may be indefinite. */
static void take_cms(reader *in, sm_bytes octets)
{
    sm_bytes rest = octets;
    sm_tlv set, member;
    if (!find_cms_objects(&rest)) {
        fault(in, "", "CMS or PKCS#7 file that is damaged or is no SignedData");
        return;
    }
    unsigned objects = 0;
    while (sm_tlv_next_ber(&rest, &set) && (set.tag == SM_TLV_CONTEXT_0 || set.tag == (SM_TLV_CONTEXT_0 | 1))) {
        sm_bytes members = set.content;
        for (; objects < CMS_OBJECTS && sm_tlv_next_ber(&members, &member); objects++)
            if (member.tag == SM_TLV_SEQUENCE && set.tag == SM_TLV_CONTEXT_0)
                take_certificate(in, member.whole);
            else if (member.tag == SM_TLV_SEQUENCE)
                take_crl(in, member.whole);
        if (members.length > 0)
            fault(in, "", objects < CMS_OBJECTS ? "CMS or PKCS#7 file that is damaged" : "not read to its end: too many objects");
    }
}

/* ---- DER ---- */

typedef enum der_kind {
    DER_NONE, DER_CERTIFICATE, DER_CRL, DER_PKCS12, DER_CMS, DER_PKCS8, DER_ENCRYPTED_PKCS8, DER_RSA, DER_EC, DER_DSA,
} der_kind;

/* A CertificateList's signed part has a time where a certificate's has its subject or validity. */
static bool is_crl_body(sm_bytes tbs)
{
    sm_tlv value;
    sm_tlv_expect(&tbs, SM_TLV_INTEGER, &value);
    return sm_tlv_expect(&tbs, SM_TLV_SEQUENCE, &value) && sm_tlv_expect(&tbs, SM_TLV_SEQUENCE, &value) &&
           sm_tlv_next(&tbs, &value) && (value.tag == SM_TLV_UTC_TIME || value.tag == SM_TLV_GENERALIZED_TIME);
}

/* What stands after a leading INTEGER: RFC 5958, RFC 8017 A.1.2, RFC 5915, and the traditional form of DSA. */
static der_kind key_kind(sm_bytes rest, sm_bytes version)
{
    sm_tlv second, other;
    if (!sm_tlv_next(&rest, &second))
        return DER_NONE;
    if (second.tag == SM_TLV_SEQUENCE)
        return version.length == 1 && version.data[0] == 3 ? DER_PKCS12 : DER_PKCS8;
    if (second.tag == SM_TLV_OCTET_STRING)
        return DER_EC;
    if (second.tag != SM_TLV_INTEGER)
        return DER_NONE;
    unsigned integers = 2;
    while (sm_tlv_next(&rest, &other))
        integers++;
    return integers == 6 ? DER_DSA : integers >= 9 ? DER_RSA : DER_NONE;
}

/* By the first members; a file cut short is what its front says it was. */
static der_kind recognise_der(sm_bytes octets)
{
    static const uint8_t pkcs12_start[] = {0x02, 0x01, 0x03};
    if (octets.length < 8 || octets.data[0] != SM_TLV_SEQUENCE)
        return DER_NONE;
    size_t length_octets = octets.data[1] & 0x80 ? octets.data[1] & 0x7f : 0;
    sm_bytes rest = sm_bytes_from(octets, 2 + length_octets), first_rest = rest;
    if (length_octets > 4 || rest.length < 3)
        return DER_NONE;
    /* PKCS#12 and PKCS#7 are BER: their lengths may be indefinite. */
    bool whole_sequence = octets.data[1] != 0x80;
    if (memcmp(rest.data, pkcs12_start, sizeof pkcs12_start) == 0 && rest.length > 3 && rest.data[3] == SM_TLV_SEQUENCE)
        return DER_PKCS12;
    sm_tlv first, inner;
    if (rest.data[0] == SM_TLV_OID)
        return sm_tlv_next(&rest, &first) && rest.length > 0 && rest.data[0] == SM_TLV_CONTEXT_0 ? DER_CMS : DER_NONE;
    if (!whole_sequence || !sm_tlv_next(&first_rest, &first))
        return DER_NONE;
    if (first.tag == SM_TLV_INTEGER)
        return key_kind(first_rest, first.content);
    if (first.tag != SM_TLV_SEQUENCE)
        return DER_NONE;
    sm_bytes body = first.content;
    if (!sm_tlv_next(&body, &inner))
        return DER_NONE;
    if (inner.tag == SM_TLV_OID)
        return first_rest.length > 0 && first_rest.data[0] == SM_TLV_OCTET_STRING ? DER_ENCRYPTED_PKCS8 : DER_NONE;
    if (is_crl_body(first.content))
        return DER_CRL;
    return inner.tag == SM_TLV_CONTEXT_0 || inner.tag == SM_TLV_INTEGER ? DER_CERTIFICATE : DER_NONE;
}

static bool take_der(reader *in, sm_bytes octets)
{
    switch (recognise_der(octets)) {
    case DER_NONE: return false;
    case DER_CERTIFICATE: take_certificate(in, octets); break;
    case DER_CRL: take_crl(in, octets); break;
    case DER_PKCS12: take_pkcs12(in, octets); break;
    case DER_CMS: take_cms(in, octets); break;
    case DER_PKCS8: take_plain_key(in, "PRIVATE KEY", octets); break;
    case DER_ENCRYPTED_PKCS8: take_pkcs8(in, octets); break;
    case DER_RSA: take_plain_key(in, "RSA PRIVATE KEY", octets); break;
    case DER_EC: take_plain_key(in, "EC PRIVATE KEY", octets); break;
    case DER_DSA: take_plain_key(in, "DSA PRIVATE KEY", octets); break;
    }
    return true;
}

/* ---- PEM (RFC 7468) ---- */

static void take_pem_object(reader *in, const char *label, const char *header, sm_bytes octets)
{
    sm_bytes rest = octets;
    sm_tlv first;
    bool key = g_str_has_suffix(label, "PRIVATE KEY");
    if (strcmp(label, "CERTIFICATE") == 0 || strcmp(label, "X509 CERTIFICATE") == 0)
        take_certificate(in, octets);
    else if (strcmp(label, "TRUSTED CERTIFICATE") == 0) /* OpenSSL's settings stand behind the certificate */
        take_certificate(in, sm_tlv_next(&rest, &first) ? first.whole : octets);
    else if (strcmp(label, "X509 CRL") == 0)
        take_crl(in, octets);
    else if (strcmp(label, "PKCS7") == 0 || strcmp(label, "CMS") == 0)
        take_cms(in, octets);
    else if (strcmp(label, "ENCRYPTED PRIVATE KEY") == 0)
        take_pkcs8(in, octets);
    else if (strcmp(label, "OPENSSH PRIVATE KEY") == 0)
        fault(in, "", "OpenSSH's own key format: convert it with ssh-keygen -p -m PEM");
    else if (key && strstr(header, "ENCRYPTED") != NULL)
        take_traditional(in, label, header, octets);
    else if (key)
        take_plain_key(in, label, octets);
    /* Anything else (EC PARAMETERS, PUBLIC KEY, a request) is no object of a ring. */
}

/* A private key in plain text, as it stands in the file. */
typedef struct plain_pem {
    char label[32];
    const char *body;
    size_t body_length, digits; /* octets; base64 digits and padding among them */
    size_t end;                 /* where the text goes on, octets from where the search began */
} plain_pem;

/* True when the next object is a private key in plain text without a fault. OpenSSL's decoder of base64 gives back
 * its memory with the last lines in it, which can be a whole Ed25519 key: such a key is decoded here. Whatever is odd
 * about it is for OpenSSL to tell. */
static bool find_plain_key(const char *text, size_t length, plain_pem *out)
{
    static const char begin[] = "-----BEGIN ";
    const char *end = text + length, *label = g_strstr_len(text, (gssize)length, begin);
    if (label == NULL || (label != text && label[-1] != '\n'))
        return false;
    label += strlen(begin);
    const char *after = g_strstr_len(label, end - label, "-----");
    if (after == NULL || (size_t)(after - label) >= sizeof out->label)
        return false;
    *out = (plain_pem){.body = after + 5};
    memcpy(out->label, label, (size_t)(after - label));
    g_autofree char *last = g_strdup_printf("-----END %s-----", out->label);
    /* The next dashes are the end's, or there is none: to look on would be to look through the rest of the file at every object. */
    const char *stop = g_strstr_len(out->body, end - out->body, "-----");
    if (stop == NULL || (size_t)(end - stop) < strlen(last) || memcmp(stop, last, strlen(last)) != 0 ||
        !g_str_has_suffix(out->label, "PRIVATE KEY") || g_str_has_prefix(out->label, "ENCRYPTED") || g_str_has_prefix(out->label, "OPENSSH"))
        return false;
    unsigned padding = 0;
    for (const char *at = out->body; at < stop; at++) {
        if (strchr(" \t\r\n", *at) != NULL && *at != '\0')
            continue;
        padding += *at == '=';
        if (*at != '=' && (padding > 0 || !(g_ascii_isalnum(*at) || *at == '+' || *at == '/')))
            return false; /* header fields have a colon */
        out->digits++;
    }
    out->body_length = (size_t)(stop - out->body);
    out->end = (size_t)(stop + strlen(last) - text);
    return padding <= 2 && out->digits > 0 && out->digits % 4 == 0;
}

static void take_plain_pem(reader *in, const plain_pem *key)
{
    size_t room = key->digits / 4 * 3 + 3; /* as g_base64_decode_step() asks for */
    uint8_t *der = g_malloc(room);
    gint state = 0;
    guint saved = 0;
    size_t length = g_base64_decode_step(key->body, key->body_length, der, &state, &saved);
    take_plain_key(in, key->label, sm_bytes_of(der, length));
    OPENSSL_cleanse(der, room);
    g_free(der);
}

/* Takes the plain private key that comes next, and steps behind it; false when something else does. */
static bool take_next_plain_key(reader *in, BIO **input)
{
    const char *text = NULL;
    plain_pem key;
    long length = BIO_get_mem_data(*input, &text);
    if (length <= 0 || !find_plain_key(text, (size_t)length, &key))
        return false;
    take_plain_pem(in, &key);
    BIO_free(*input);
    *input = BIO_new_mem_buf(text + key.end, (int)((size_t)length - key.end));
    return true;
}

static bool take_pem(reader *in, sm_bytes octets)
{
    static const char begin[] = "-----BEGIN ", bom[] = "\xef\xbb\xbf";
    if (octets.length >= 3 && memcmp(octets.data, bom, 3) == 0)
        octets = sm_bytes_from(octets, 3);
    if (g_strstr_len((const char *)octets.data, (gssize)octets.length, begin) == NULL)
        return false;
    BIO *input = BIO_new_mem_buf(octets.data, (int)octets.length);
    for (unsigned i = 0; input != NULL; i++) {
        if (i == PEM_OBJECTS) {
            sm_keyring_tell(in->ring, true, in->path, "%s: not read to its end: more than %d PEM objects", in->name, PEM_OBJECTS);
            break;
        }
        char *label = NULL, *header = NULL;
        unsigned char *data = NULL;
        long length = 0;
        ERR_clear_error();
        if (take_next_plain_key(in, &input))
            continue;
        /* PEM_FLAG_SECURE: the lines read on the way are cleansed, which they are not otherwise. */
        if (!PEM_read_bio_ex(input, &label, &header, &data, &length, PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE)) {
            if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE)
                break;
            fault(in, "", "damaged PEM");
            continue; /* every attempt consumes at least the line it started at */
        }
        take_pem_object(in, label, header, sm_bytes_of(data, (size_t)length));
        OPENSSL_secure_free(label);
        OPENSSL_secure_free(header);
        OPENSSL_secure_clear_free(data, (size_t)length);
    }
    BIO_free(input);
    ERR_clear_error();
    return true;
}

/* ---- Symmetric keys ---- */

static void free_secret(GByteArray *octets)
{
    OPENSSL_cleanse(octets->data, octets->len);
    g_byte_array_free(octets, TRUE);
}

/* Hexadecimal of an even number of digits, or NULL; release with free_secret(). */
static GByteArray *read_hex(const char *text, size_t length)
{
    GByteArray *octets = g_byte_array_sized_new((guint)(length / 2 + 1));
    bool good = length % 2 == 0;
    for (size_t i = 0; good && i + 1 < length; i += 2) {
        int high = g_ascii_xdigit_value(text[i]), low = g_ascii_xdigit_value(text[i + 1]);
        good = high >= 0 && low >= 0;
        uint8_t octet = good ? (uint8_t)(high << 4 | low) : 0;
        g_byte_array_append(octets, &octet, 1);
    }
    if (good)
        return octets;
    free_secret(octets);
    return NULL;
}

/* One line `name = HEX` into the member it names; false when it is none of them. */
static bool read_symmetric_line(const char *line, size_t length, bool content_key, GByteArray **id, GByteArray **key)
{
    const char *equals = memchr(line, '=', length);
    if (equals == NULL)
        return false;
    const char *value = equals + 1, *end = line + length, *name_end = equals;
    while (name_end > line && g_ascii_isspace(name_end[-1]))
        name_end--;
    while (value < end && g_ascii_isspace(*value))
        value++;
    size_t name_length = (size_t)(name_end - line);
    GByteArray **member = name_length == 2 && memcmp(line, "id", 2) == 0 && !content_key ? id
                          : name_length == 3 && memcmp(line, "key", 3) == 0               ? key
                                                                                          : NULL;
    if (member == NULL || *member != NULL)
        return false;
    *member = read_hex(value, (size_t)(end - value));
    return *member != NULL;
}

static const char *check_symmetric(bool content_key, const GByteArray *id, const GByteArray *key)
{
    if (key == NULL)
        return "no line \"key = HEX\"";
    if (!content_key && (id == NULL || id->len == 0))
        return "no line \"id = HEX\" with the KEKIdentifier";
    if (key->len == 16 || key->len == 24 || key->len == 32)
        return NULL;
    /* Content keys of older ciphers have other lengths (RC2-40, DES). */
    return content_key && (key->len == 5 || key->len == 8) ? NULL : "the key has neither 16, 24, nor 32 octets";
}

static void take_symmetric(reader *in, sm_bytes octets, bool content_key)
{
    if (in->role != SM_KEY_ROLE_KEYS)
        return;
    const char *text = (const char *)octets.data, *end = text + octets.length;
    GByteArray *id = NULL, *key = NULL;
    const char *why = NULL;
    while (text < end && why == NULL) {
        const char *line_end = memchr(text, '\n', (size_t)(end - text));
        const char *next = line_end != NULL ? line_end + 1 : end;
        const char *from = text, *to = line_end != NULL ? line_end : end, *comment = memchr(from, '#', (size_t)(to - from));
        to = comment != NULL ? comment : to;
        while (from < to && g_ascii_isspace(*from))
            from++;
        while (to > from && g_ascii_isspace(to[-1]))
            to--;
        if (to > from && !read_symmetric_line(from, (size_t)(to - from), content_key, &id, &key))
            why = content_key ? "a line that is not \"key = HEX\"" : "a line that is not \"id = HEX\" or \"key = HEX\", once";
        text = next;
    }
    if (why == NULL)
        why = check_symmetric(content_key, id, key);
    if (why != NULL) {
        fault(in, "", why);
    } else {
        sm_keyring_take_symmetric_key(in->ring, content_key ? SM_BYTES_NONE : sm_bytes_of(id->data, id->len),
                                      sm_bytes_of(key->data, key->len), content_key, in->path);
        in->result.taken++;
        in->result.secrets++;
    }
    if (id != NULL)
        free_secret(id);
    if (key != NULL)
        free_secret(key);
}

/* ---- Files ---- */

static bool has_extension(const char *lower_name, const char *const *extensions)
{
    for (; *extensions != NULL; extensions++)
        if (g_str_has_suffix(lower_name, *extensions))
            return true;
    return false;
}

sm_key_file sm_key_file_read(sm_keyring *ring, sm_bytes octets, const char *path, sm_key_role role, bool guess)
{
    static const char *const known[] = {".pem", ".crt", ".cer", ".der", ".key", ".p12", ".pfx", ".p7b",
                                        ".p7c", ".p7s", ".crl", ".kek", ".cek", NULL};
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *lower = g_ascii_strdown(name, -1);
    bool ours = has_extension(lower, known);
    reader in = {.ring = ring, .path = path, .name = name, .role = role, .quiet = guess && !ours};
    bool recognised = true;
    if (octets.length == 0)
        recognised = false;
    else if (g_str_has_suffix(lower, ".kek"))
        take_symmetric(&in, octets, false);
    else if (g_str_has_suffix(lower, ".cek"))
        take_symmetric(&in, octets, true);
    else
        recognised = take_pem(&in, octets) || take_der(&in, octets);

    static const char *const wanted[] = {"key, certificate, or CRL", "certificate", "CRL"};
    if (in.result.taken == 0 && !in.result.told && !(guess && (recognised || !ours))) {
        in.quiet = false;
        if (octets.length == 0)
            fault(&in, "", "empty file");
        else
        {
            in.result.told = true;
            sm_keyring_tell(ring, true, path, "%s: holds no %s", name, wanted[role]);
        }
    }
    return in.result;
}
