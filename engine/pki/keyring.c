/* The key ring's store: objects in, indexed as they come; lookups out.
 *
 * Everything lives in one arena. Indexes map an identifier to the array of objects that answer to it; a lookup returns
 * that array as it is, so that it neither allocates nor changes anything.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pki/keyring.h"

#include "limits.h"
#include "pki/crl.h"
#include "pki/keyring_store.h"
#include "pki/openssl_names.h"
#include "pki/tlv.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

/* A password, and the base name of the file it is for (NULL: for all). */
typedef struct password {
    const char *file_name;
    const char *text;
} password;

struct sm_keyring {
    gint references;
    sm_arena *arena;
    GArray *notices;            /* sm_notice */
    GArray *passwords;          /* password */
    GPtrArray *general_passwords;

    GPtrArray *certificates;
    GHashTable *encodings;      /* sm_bytes -> certificate: the same certificate counts once */
    GHashTable *anchors;        /* set of certificates */
    GHashTable *by_issuer_serial, *by_subject; /* name_key -> GPtrArray of certificates */
    GHashTable *by_key_id, *by_public_key;     /* sm_bytes -> GPtrArray of certificates */
    GHashTable *by_uri;         /* lower-case text -> GPtrArray of certificates */

    GPtrArray *private_keys;    /* one sm_private_key for each key and certificate it belongs to */
    unsigned private_key_count; /* keys, however many certificates they have */
    GPtrArray *bare_keys;
    GHashTable *keys_by_public_key; /* sm_bytes -> GPtrArray of sm_private_key */
    GHashTable *keys_by_issuer_serial, *keys_by_key_id;

    GHashTable *keks;           /* sm_bytes -> GPtrArray of sm_symmetric_key */
    GPtrArray *content_keys;

    GPtrArray *crls;
    GHashTable *crl_encodings;  /* set of sm_bytes */
    GHashTable *crls_by_issuer; /* name_key -> GPtrArray of sm_crl */

    OSSL_LIB_CTX *library;      /* NULL until a file needs it */
    OSSL_PROVIDER *common, *legacy; /* of that library; the second is NULL where it is not installed */
};

/* ---- Index keys ---- */

static guint hash_bytes(gconstpointer key)
{
    const sm_bytes *bytes = key;
    guint hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < bytes->length; i++)
        hash = (hash ^ bytes->data[i]) * 16777619u;
    return hash;
}

static gboolean equal_bytes(gconstpointer a, gconstpointer b)
{
    return sm_bytes_equal(*(const sm_bytes *)a, *(const sm_bytes *)b);
}

/* A name, or an issuer's name with a serial number. Names that differ in letter case or string type alone are one key. */
typedef struct name_key {
    sm_bytes der;
    const X509_NAME *name;
    sm_bytes serial; /* absent for a name alone */
    guint hash;
} name_key;

static name_key make_name_key(sm_bytes der, const X509_NAME *name, sm_bytes serial)
{
    guint hash = sm_openssl_name_hash(name);
    if (sm_bytes_present(serial))
        hash = hash * 31 + hash_bytes(&serial);
    return (name_key){der, name, serial, hash};
}

static guint hash_name(gconstpointer key)
{
    return ((const name_key *)key)->hash;
}

static gboolean equal_names(gconstpointer a, gconstpointer b)
{
    const name_key *x = a, *y = b;
    return sm_bytes_equal(x->serial, y->serial) &&
           (sm_bytes_equal(x->der, y->der) || X509_NAME_cmp(x->name, y->name) == 0);
}

/* Adds to the array under the key; both are kept by the arena or the table. Beyond the limit nothing would be tried. */
static void index_add(sm_keyring *ring, GHashTable *table, gconstpointer key, size_t key_size, gpointer object)
{
    GPtrArray *objects = g_hash_table_lookup(table, key);
    if (objects == NULL) {
        void *kept = sm_arena_alloc(ring->arena, key_size);
        memcpy(kept, key, key_size);
        objects = g_ptr_array_new();
        g_hash_table_insert(table, kept, objects);
    }
    if (objects->len < SM_LIMIT_KEY_TRIALS)
        g_ptr_array_add(objects, object);
}

static void index_bytes(sm_keyring *ring, GHashTable *table, sm_bytes key, gpointer object)
{
    if (sm_bytes_present(key) && key.length > 0)
        index_add(ring, table, &key, sizeof key, object);
}

static gpointer *answer(GPtrArray *objects, unsigned *count)
{
    *count = objects != NULL ? objects->len : 0;
    return objects != NULL ? objects->pdata : NULL;
}

static gpointer *look_up_bytes(GHashTable *table, sm_bytes key, unsigned *count)
{
    return answer(sm_bytes_present(key) ? g_hash_table_lookup(table, &key) : NULL, count);
}

static gpointer *look_up_name(GHashTable *table, sm_bytes der, sm_bytes serial, unsigned *count)
{
    *count = 0;
    if (!sm_bytes_present(der) || der.length > SM_LIMIT_KEY_FILE_OCTETS)
        return NULL;
    const unsigned char *end = der.data;
    X509_NAME *name = d2i_X509_NAME(NULL, &end, (long)der.length);
    gpointer *found = NULL;
    if (name != NULL && end == der.data + der.length) {
        name_key key = make_name_key(der, name, serial);
        found = answer(g_hash_table_lookup(table, &key), count);
    }
    X509_NAME_free(name);
    ERR_clear_error();
    return found;
}

static gpointer *look_up_identifier(GHashTable *by_issuer_serial, GHashTable *by_key_id, const sm_identifier *id,
                                    unsigned *count)
{
    *count = 0;
    switch (id->kind) {
    case SM_IDENTIFIER_ISSUER_SERIAL:
        return sm_bytes_present(id->serial) ? look_up_name(by_issuer_serial, id->issuer, id->serial, count) : NULL;
    case SM_IDENTIFIER_KEY_ID:
        return look_up_bytes(by_key_id, id->key_id, count);
    case SM_IDENTIFIER_NONE:
        break;
    }
    return NULL;
}

/* ---- Life ---- */

static void free_array(gpointer array)
{
    g_ptr_array_free(array, TRUE);
}

static GHashTable *new_bytes_index(void)
{
    return g_hash_table_new_full(hash_bytes, equal_bytes, NULL, free_array);
}

static GHashTable *new_name_index(void)
{
    return g_hash_table_new_full(hash_name, equal_names, NULL, free_array);
}

sm_keyring *sm_keyring_new(void)
{
    sm_keyring *ring = g_new0(sm_keyring, 1);
    ring->references = 1;
    ring->arena = sm_arena_new();
    ring->notices = g_array_new(FALSE, FALSE, sizeof(sm_notice));
    ring->passwords = g_array_new(FALSE, FALSE, sizeof(password));
    ring->general_passwords = g_ptr_array_new();
    ring->certificates = g_ptr_array_new();
    ring->encodings = g_hash_table_new(hash_bytes, equal_bytes);
    ring->anchors = g_hash_table_new(NULL, NULL);
    ring->by_issuer_serial = new_name_index();
    ring->by_subject = new_name_index();
    ring->by_key_id = new_bytes_index();
    ring->by_public_key = new_bytes_index();
    ring->by_uri = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_array);
    ring->private_keys = g_ptr_array_new();
    ring->bare_keys = g_ptr_array_new();
    ring->keys_by_public_key = new_bytes_index();
    ring->keys_by_issuer_serial = new_name_index();
    ring->keys_by_key_id = new_bytes_index();
    ring->keks = new_bytes_index();
    ring->content_keys = g_ptr_array_new();
    ring->crls = g_ptr_array_new();
    ring->crl_encodings = g_hash_table_new(hash_bytes, equal_bytes);
    ring->crls_by_issuer = new_name_index();
    return ring;
}

sm_keyring *sm_keyring_ref(sm_keyring *ring)
{
    g_atomic_int_inc(&ring->references);
    return ring;
}

void sm_keyring_unref(sm_keyring *ring)
{
    if (ring == NULL || !g_atomic_int_dec_and_test(&ring->references))
        return;
    GHashTable *tables[] = {
        ring->encodings, ring->anchors, ring->by_issuer_serial, ring->by_subject, ring->by_key_id, ring->by_public_key,
        ring->by_uri, ring->keys_by_public_key, ring->keys_by_issuer_serial, ring->keys_by_key_id, ring->keks,
        ring->crl_encodings, ring->crls_by_issuer,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        g_hash_table_destroy(tables[i]);
    GPtrArray *arrays[] = {
        ring->general_passwords, ring->certificates, ring->private_keys, ring->bare_keys, ring->content_keys, ring->crls,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_ptr_array_free(arrays[i], TRUE);
    g_array_free(ring->notices, TRUE);
    g_array_free(ring->passwords, TRUE);
    sm_arena_free(ring->arena); /* cleanses and releases keys */
    if (ring->legacy != NULL)
        OSSL_PROVIDER_unload(ring->legacy);
    if (ring->common != NULL)
        OSSL_PROVIDER_unload(ring->common);
    OSSL_LIB_CTX_free(ring->library);
    g_free(ring);
}

sm_arena *sm_keyring_arena(sm_keyring *ring)
{
    return ring->arena;
}

OSSL_LIB_CTX *sm_keyring_library(sm_keyring *ring, bool *complete)
{
    if (ring->library == NULL) {
        ring->library = OSSL_LIB_CTX_new();
        if (ring->library != NULL) {
            ring->common = OSSL_PROVIDER_load(ring->library, "default");
            ring->legacy = OSSL_PROVIDER_load(ring->library, "legacy");
        }
        ERR_clear_error();
    }
    if (complete != NULL)
        *complete = ring->legacy != NULL;
    return ring->library;
}

/* ---- Secrets ---- */

typedef struct secret {
    void *data;
    size_t length;
} secret;

static void cleanse_secret(void *object)
{
    secret *cleansed = object;
    OPENSSL_cleanse(cleansed->data, cleansed->length);
}

/* A copy in the arena, with a zero after it, that is overwritten before the arena gives the memory back. */
static uint8_t *keep_secret(sm_keyring *ring, const void *data, size_t length)
{
    uint8_t *copy = sm_arena_alloc(ring->arena, length + 1);
    if (length > 0)
        memcpy(copy, data, length);
    secret *kept = sm_arena_new0(ring->arena, secret);
    *kept = (secret){copy, length};
    sm_arena_on_free(ring->arena, cleanse_secret, kept);
    return copy;
}

void sm_keyring_add_password(sm_keyring *ring, const char *file_name, const char *text)
{
    password entry = {sm_arena_strdup(ring->arena, file_name), (char *)keep_secret(ring, text, strlen(text))};
    g_array_append_val(ring->passwords, entry);
    if (file_name == NULL)
        g_ptr_array_add(ring->general_passwords, (gpointer)entry.text);
}

GPtrArray *sm_keyring_passwords_for(const sm_keyring *ring, const char *path)
{
    g_autofree char *name = g_path_get_basename(path);
    GPtrArray *found = g_ptr_array_new();
    for (int own = 1; own >= 0; own--)
        for (guint i = 0; i < ring->passwords->len; i++) {
            const password *entry = &g_array_index(ring->passwords, password, i);
            if (own ? entry->file_name != NULL && strcmp(entry->file_name, name) == 0 : entry->file_name == NULL)
                g_ptr_array_add(found, (gpointer)entry->text);
        }
    return found;
}

const char *const *sm_keyring_passwords(const sm_keyring *ring, unsigned *count)
{
    return (const char *const *)answer(ring->general_passwords, count);
}

/* ---- Notices ---- */

void sm_keyring_tell(sm_keyring *ring, bool error, const char *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    /* File names are whatever somebody called a file: one line, and nothing that moves the cursor. */
    sm_notice notice = {
        .level = error ? SM_NOTICE_ERROR : SM_NOTICE_WARNING,
        .path = sm_arena_strdup(ring->arena, path),
        .text = sm_arena_printable(ring->arena, sm_bytes_of(text, strlen(text)), 4 * SM_LIMIT_SHOWN_OCTETS),
    };
    g_array_append_val(ring->notices, notice);
}

const sm_notice *sm_keyring_notices(const sm_keyring *ring, unsigned *count)
{
    *count = ring->notices->len;
    return (const sm_notice *)ring->notices->data;
}

/* ---- Certificates and private keys ---- */

static void release_key(void *key)
{
    EVP_PKEY_free(key);
}

/* One private key as the key of one certificate (NULL: of none in the ring). */
static void add_key_of(sm_keyring *ring, const sm_private_key *key, const sm_certificate *certificate)
{
    sm_private_key *entry = sm_arena_new0(ring->arena, sm_private_key);
    *entry = *key;
    entry->certificate = certificate;
    g_ptr_array_add(ring->private_keys, entry);
    if (certificate == NULL) {
        g_ptr_array_add(ring->bare_keys, entry);
        index_bytes(ring, ring->keys_by_public_key, entry->key_id_computed, entry);
        index_bytes(ring, ring->keys_by_key_id, entry->key_id_computed, entry);
        return;
    }
    name_key issuer = make_name_key(certificate->issuer_der, X509_get_issuer_name(certificate->x509),
                                    certificate->serial_der);
    index_add(ring, ring->keys_by_issuer_serial, &issuer, sizeof issuer, entry);
    /* Several certificates of one key: trying the key once is enough. */
    sm_bytes ids[] = {certificate->key_id_computed, certificate->key_id};
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        bool known = i > 0 && sm_bytes_equal(ids[0], ids[1]);
        unsigned count;
        gpointer *others = look_up_bytes(ring->keys_by_key_id, ids[i], &count);
        for (unsigned k = 0; k < count; k++)
            known = known || ((sm_private_key *)others[k])->pkey == key->pkey;
        if (!known)
            index_bytes(ring, ring->keys_by_key_id, ids[i], entry);
    }
}

/* The key entry `bare` has found its first certificate. */
static void marry(sm_keyring *ring, sm_private_key *bare, const sm_certificate *certificate)
{
    if (bare->certificate != NULL) {
        add_key_of(ring, bare, certificate);
        return;
    }
    bare->certificate = certificate;
    g_ptr_array_remove(ring->bare_keys, bare);
    name_key issuer = make_name_key(certificate->issuer_der, X509_get_issuer_name(certificate->x509),
                                    certificate->serial_der);
    index_add(ring, ring->keys_by_issuer_serial, &issuer, sizeof issuer, bare);
    if (!sm_bytes_equal(certificate->key_id, bare->key_id_computed))
        index_bytes(ring, ring->keys_by_key_id, certificate->key_id, bare);
}

static bool same_public_key(const sm_private_key *key, const sm_certificate *certificate)
{
    return certificate->public_key != NULL && EVP_PKEY_eq(key->pkey, certificate->public_key) == 1;
}

static void index_certificate(sm_keyring *ring, const sm_certificate *certificate)
{
    gpointer object = (gpointer)certificate;
    X509 *x509 = certificate->x509;
    name_key issuer = make_name_key(certificate->issuer_der, X509_get_issuer_name(x509), certificate->serial_der);
    name_key subject = make_name_key(certificate->subject_der, X509_get_subject_name(x509), SM_BYTES_NONE);
    index_add(ring, ring->by_issuer_serial, &issuer, sizeof issuer, object);
    index_add(ring, ring->by_subject, &subject, sizeof subject, object);
    index_bytes(ring, ring->by_key_id, certificate->key_id_computed, object);
    if (!sm_bytes_equal(certificate->key_id, certificate->key_id_computed))
        index_bytes(ring, ring->by_key_id, certificate->key_id, object);
    index_bytes(ring, ring->by_public_key, certificate->key_id_computed, object);
    for (unsigned i = 0; i < certificate->san_count; i++) {
        const sm_san *san = &certificate->sans[i];
        if (san->kind != SM_SAN_URI || !san->clean) /* an unclean one is nobody's address */
            continue;
        char *uri = g_ascii_strdown((const char *)san->octets.data, (gssize)san->octets.length);
        GPtrArray *holders = g_hash_table_lookup(ring->by_uri, uri);
        if (holders == NULL) {
            holders = g_ptr_array_new();
            g_hash_table_insert(ring->by_uri, uri, holders);
        } else {
            g_free(uri);
        }
        bool repeated = holders->len > 0 && holders->pdata[holders->len - 1] == object;
        if (!repeated && holders->len < SM_LIMIT_KEY_TRIALS)
            g_ptr_array_add(holders, object);
    }
}

bool sm_keyring_take_certificate(sm_keyring *ring, sm_bytes der, const char *path, bool anchor, const char **fault)
{
    const sm_certificate *certificate = g_hash_table_lookup(ring->encodings, &der);
    if (certificate == NULL) {
        certificate = sm_certificate_parse(ring->arena, der, path, fault);
        if (certificate == NULL)
            return false;
        g_ptr_array_add(ring->certificates, (gpointer)certificate);
        g_hash_table_insert(ring->encodings, (gpointer)&certificate->encoding, (gpointer)certificate);
        index_certificate(ring, certificate);
        unsigned count;
        gpointer *keys = look_up_bytes(ring->keys_by_public_key, certificate->key_id_computed, &count);
        for (unsigned i = 0; i < count; i++)
            if (same_public_key(keys[i], certificate))
                marry(ring, keys[i], certificate);
    }
    if (anchor)
        g_hash_table_add(ring->anchors, (gpointer)certificate);
    return true;
}

bool sm_keyring_add_certificate(sm_keyring *ring, sm_bytes der, const char *label, bool anchor)
{
    const char *fault = NULL;
    if (sm_keyring_take_certificate(ring, der, label, anchor, &fault) ||
        (!anchor && sm_keyring_take_crl(ring, der, label, NULL)))
        return true;
    sm_keyring_tell(ring, true, label, "%s: %s", label, fault);
    return false;
}

static sm_key_type key_type(EVP_PKEY *key)
{
    static const struct { const char *name; sm_key_type type; } types[] = {
        {"RSA", SM_KEY_RSA}, {"RSA-PSS", SM_KEY_RSA_PSS}, {"EC", SM_KEY_EC}, {"ED25519", SM_KEY_ED25519},
        {"ED448", SM_KEY_ED448}, {"X25519", SM_KEY_X25519}, {"X448", SM_KEY_X448}, {"DSA", SM_KEY_DSA},
        {"ML-DSA-44", SM_KEY_ML_DSA}, {"ML-DSA-65", SM_KEY_ML_DSA}, {"ML-DSA-87", SM_KEY_ML_DSA},
        {"ML-KEM-512", SM_KEY_ML_KEM}, {"ML-KEM-768", SM_KEY_ML_KEM}, {"ML-KEM-1024", SM_KEY_ML_KEM},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (EVP_PKEY_is_a(key, types[i].name))
            return types[i].type;
    return SM_KEY_OTHER;
}

/* SHA-1 of the subjectPublicKey, as in a certificate: SubjectPublicKeyInfo { algorithm, BIT STRING }. */
static sm_bytes public_key_id(sm_arena *arena, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int length = i2d_PUBKEY(key, &der);
    sm_bytes id = SM_BYTES_NONE, rest = sm_bytes_of(der, (size_t)MAX(length, 0));
    sm_tlv info, bits;
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned digest_length = 0;
    if (length > 0 && sm_tlv_expect(&rest, SM_TLV_SEQUENCE, &info)) {
        rest = info.content;
        if (sm_tlv_next(&rest, &bits) && sm_tlv_next(&rest, &bits) && bits.content.length > 0 &&
            EVP_Digest(bits.content.data + 1, bits.content.length - 1, digest, &digest_length, sm_openssl_sha1(), NULL))
            id = sm_arena_copy(arena, sm_bytes_of(digest, digest_length));
    }
    OPENSSL_free(der);
    return id;
}

void sm_keyring_take_private_key(sm_keyring *ring, EVP_PKEY *pkey, const char *path)
{
    if (EVP_PKEY_get_bits(pkey) > SM_LIMIT_RSA_BITS) {
        g_autofree char *file = g_path_get_basename(path);
        sm_keyring_tell(ring, true, path, "%s: private key of more than %d bits is not used", file, SM_LIMIT_RSA_BITS);
        EVP_PKEY_free(pkey);
        return;
    }
    sm_private_key key = {.type = key_type(pkey), .pkey = pkey, .key_id_computed = public_key_id(ring->arena, pkey)};
    unsigned count;
    gpointer *known = look_up_bytes(ring->keys_by_public_key, key.key_id_computed, &count);
    for (unsigned i = 0; i < count; i++)
        if (EVP_PKEY_eq(((sm_private_key *)known[i])->pkey, pkey) == 1) {
            EVP_PKEY_free(pkey);
            return;
        }
    sm_arena_on_free(ring->arena, release_key, pkey);
    g_autofree char *name = g_path_get_basename(path);
    key.label = sm_arena_printable(ring->arena, sm_bytes_of(name, strlen(name)), SM_LIMIT_SHOWN_OCTETS);
    key.path = sm_arena_strdup(ring->arena, path);
    ring->private_key_count++;

    add_key_of(ring, &key, NULL);
    sm_private_key *entry = ring->private_keys->pdata[ring->private_keys->len - 1];
    gpointer *certificates = look_up_bytes(ring->by_public_key, key.key_id_computed, &count);
    for (unsigned i = 0; i < count; i++)
        if (same_public_key(entry, certificates[i]))
            marry(ring, entry, certificates[i]);
}

void sm_keyring_take_symmetric_key(sm_keyring *ring, sm_bytes id, sm_bytes octets, bool content_key, const char *path)
{
    unsigned count;
    gpointer *known = content_key ? answer(ring->content_keys, &count) : look_up_bytes(ring->keks, id, &count);
    for (unsigned i = 0; i < count; i++)
        if (sm_bytes_equal(((sm_symmetric_key *)known[i])->octets, octets))
            return;
    g_autofree char *name = g_path_get_basename(path);
    sm_symmetric_key *key = sm_arena_new0(ring->arena, sm_symmetric_key);
    key->label = sm_arena_printable(ring->arena, sm_bytes_of(name, strlen(name)), SM_LIMIT_SHOWN_OCTETS);
    key->id = sm_arena_copy(ring->arena, id);
    key->octets = sm_bytes_of(keep_secret(ring, octets.data, octets.length), octets.length);
    key->content_key = content_key;
    if (content_key)
        g_ptr_array_add(ring->content_keys, key);
    else
        index_bytes(ring, ring->keks, key->id, key);
}

bool sm_keyring_take_crl(sm_keyring *ring, sm_bytes der, const char *path, const char **fault)
{
    if (g_hash_table_contains(ring->crl_encodings, &der))
        return true;
    const sm_crl *crl = sm_crl_parse(ring->arena, der, path, fault);
    if (crl == NULL)
        return false;
    g_ptr_array_add(ring->crls, (gpointer)crl);
    g_hash_table_add(ring->crl_encodings, (gpointer)&crl->encoding);
    name_key issuer = make_name_key(crl->issuer_der, X509_CRL_get_issuer(crl->x509_crl), SM_BYTES_NONE);
    index_add(ring, ring->crls_by_issuer, &issuer, sizeof issuer, (gpointer)crl);
    return true;
}

/* ---- Lookups ---- */

unsigned sm_keyring_anchor_count(const sm_keyring *ring)
{
    return g_hash_table_size(ring->anchors);
}

unsigned sm_keyring_private_key_count(const sm_keyring *ring)
{
    return ring->private_key_count;
}

unsigned sm_keyring_certificate_count(const sm_keyring *ring)
{
    return ring->certificates->len;
}

unsigned sm_keyring_crl_count(const sm_keyring *ring)
{
    return ring->crls->len;
}

const sm_certificate *const *sm_keyring_certificates(const sm_keyring *ring, const sm_identifier *id, unsigned *count)
{
    return (const sm_certificate *const *)look_up_identifier(ring->by_issuer_serial, ring->by_key_id, id, count);
}

const sm_private_key *const *sm_keyring_private_keys(const sm_keyring *ring, const sm_identifier *id, unsigned *count)
{
    return (const sm_private_key *const *)look_up_identifier(ring->keys_by_issuer_serial, ring->keys_by_key_id, id,
                                                             count);
}

const sm_private_key *const *sm_keyring_bare_keys(const sm_keyring *ring, unsigned *count)
{
    return (const sm_private_key *const *)answer(ring->bare_keys, count);
}

const sm_symmetric_key *const *sm_keyring_keks(const sm_keyring *ring, sm_bytes id, unsigned *count)
{
    return (const sm_symmetric_key *const *)look_up_bytes(ring->keks, id, count);
}

const sm_symmetric_key *const *sm_keyring_content_keys(const sm_keyring *ring, unsigned *count)
{
    return (const sm_symmetric_key *const *)answer(ring->content_keys, count);
}

const sm_certificate *const *sm_keyring_by_subject(const sm_keyring *ring, sm_bytes subject_der, unsigned *count)
{
    return (const sm_certificate *const *)look_up_name(ring->by_subject, subject_der, SM_BYTES_NONE, count);
}

const sm_certificate *const *sm_keyring_by_uri(const sm_keyring *ring, const char *uri, unsigned *count)
{
    g_autofree char *key = g_ascii_strdown(uri, -1);
    return (const sm_certificate *const *)answer(g_hash_table_lookup(ring->by_uri, key), count);
}

const sm_crl *const *sm_keyring_crls(const sm_keyring *ring, sm_bytes issuer_der, unsigned *count)
{
    return (const sm_crl *const *)look_up_name(ring->crls_by_issuer, issuer_der, SM_BYTES_NONE, count);
}

bool sm_keyring_is_anchor(const sm_keyring *ring, const sm_certificate *certificate)
{
    const sm_certificate *own = g_hash_table_lookup(ring->encodings, &certificate->encoding);
    return own != NULL && g_hash_table_contains(ring->anchors, own);
}
