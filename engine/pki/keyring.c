/* The key ring's store: objects in, indexed as they come; lookups out.
 *
 * Everything that is added lives in one arena. Indexes map an identifier to the objects that answer to it.
 *
 * Certificates are checked and indexed by their outline and read in full, each in an arena of its own, when first handed out.
 * Those are the only things that change in a ring that is used. They come into being without a lock: who finds one missing makes
 * it, the first who is done puts it in its place, and all others throw theirs away.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "pki/keyring.h"

#include "base/bounds.h"
#include "base/made_once.h"
#include "pki/crl.h"
#include "pki/keyring_store.h"
#include "pki/openssl_names.h"
#include "pki/outline.h"
#include "pki/tlv.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

/* A password, and the base name of the file it is for (NULL: for all). */
typedef struct password {
    const char *file_name;
    const char *text;
} password;

/* A certificate read in full, and the arena it and this live in. */
typedef struct reading {
    sm_arena *arena;
    const sm_certificate *certificate; /* NULL: memory or a provider of OpenSSL's failed */
} reading;

/* A certificate of the ring. */
typedef struct member {
    sm_bytes encoding;
    const char *origin;
    sm_certificate_outline outline;
    bool anchor;
    gpointer full; /* reading, made once: NULL until somebody asks for it */
} member;

/* What a lookup of certificates hands out. */
typedef struct answer {
    unsigned count;
    const sm_certificate *certificates[];
} answer;

/* The objects of one index key. */
typedef struct bucket {
    GPtrArray *objects;
    gpointer handed_out; /* answer, made once, of members alone: NULL until the first lookup, and after an addition */
} bucket;

struct sm_keyring {
    gint references;
    sm_arena *arena;
    GArray *notices;   /* sm_notice */
    GArray *passwords; /* password */
    GPtrArray *general_passwords;

    GPtrArray *members;
    unsigned anchor_count;
    GHashTable *encodings;                     /* sm_bytes -> member: the same certificate counts once */
    GHashTable *by_issuer_serial, *by_subject; /* name_key -> bucket of members */
    GHashTable *by_key_id, *by_public_key;     /* sm_bytes -> bucket of members */
    GHashTable *by_uri;                        /* sm_bytes, lower-case text -> bucket of members */

    GPtrArray *private_keys;    /* one sm_private_key for each key and certificate it belongs to */
    unsigned private_key_count; /* keys, however many certificates they have */
    GPtrArray *bare_keys;
    GHashTable *keys_by_public_key; /* sm_bytes -> bucket of sm_private_key */
    GHashTable *keys_by_issuer_serial, *keys_by_key_id;

    GHashTable *keks; /* sm_bytes -> bucket of sm_symmetric_key */
    GPtrArray *content_keys;

    GPtrArray *crls, *indirect_crls;
    GHashTable *crl_encodings;  /* set of sm_bytes */
    GHashTable *crls_by_issuer; /* name_key -> bucket of sm_crl */

    sm_path_cache *paths;
    sm_certificate_cache *decoded;

    OSSL_LIB_CTX *library;          /* NULL until a file needs it */
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
    sm_bytes serial; /* absent for a name alone */
    guint hash;
} name_key;

static name_key make_name_key(sm_bytes der, guint name_hash, sm_bytes serial)
{
    guint hash = name_hash;
    if (sm_bytes_present(serial))
        hash = hash * 31 + hash_bytes(&serial);
    return (name_key){der, serial, hash};
}

static guint hash_name(gconstpointer key)
{
    return ((const name_key *)key)->hash;
}

/* The tables compare keys of one hash alone: names are read again only for one that is written in two ways. */
static gboolean equal_names(gconstpointer a, gconstpointer b)
{
    const name_key *x = a, *y = b;
    return sm_bytes_equal(x->serial, y->serial) && sm_openssl_name_equal(x->der, y->der);
}

/* Adds to the bucket of the key; a copy of the key and the bucket are kept. */
static void index_add(sm_keyring *ring, GHashTable *table, gconstpointer key, size_t key_size,
                      gpointer object)
{
    bucket *found = g_hash_table_lookup(table, key);
    if (found == NULL) {
        void *kept = sm_arena_alloc(ring->arena, key_size);
        memcpy(kept, key, key_size);
        found = g_new0(bucket, 1);
        found->objects = g_ptr_array_new();
        g_hash_table_insert(table, kept, found);
    }
    if (found->objects->len > 0 && found->objects->pdata[found->objects->len - 1] == object)
        return; /* a certificate that says a thing twice */
    g_ptr_array_add(found->objects, object);
    g_clear_pointer(&found->handed_out, g_free);
}

static void index_bytes(sm_keyring *ring, GHashTable *table, sm_bytes key, gpointer object)
{
    if (sm_bytes_present(key) && key.length > 0)
        index_add(ring, table, &key, sizeof key, object);
}

static bucket *find_bytes(GHashTable *table, sm_bytes key)
{
    return sm_bytes_present(key) ? g_hash_table_lookup(table, &key) : NULL;
}

static bucket *find_name(GHashTable *table, sm_bytes der, sm_bytes serial)
{
    guint name_hash;
    if (!sm_openssl_name_hash_der(der, &name_hash))
        return NULL;
    name_key key = make_name_key(der, name_hash, serial);
    return g_hash_table_lookup(table, &key);
}

static bucket *find_identifier(GHashTable *by_issuer_serial, GHashTable *by_key_id, const sm_identifier *id)
{
    switch (id->kind) {
    case SM_IDENTIFIER_ISSUER_SERIAL:
        return sm_bytes_present(id->serial) ? find_name(by_issuer_serial, id->issuer, id->serial) : NULL;
    case SM_IDENTIFIER_KEY_ID:
        return find_bytes(by_key_id, id->key_id);
    case SM_IDENTIFIER_NONE:
        break;
    }
    return NULL;
}

/* ---- What lookups hand out ---- */

/* Objects as they are, all of them. */
static gpointer *all_of(GPtrArray *objects, unsigned *count)
{
    *count = objects != NULL ? objects->len : 0;
    return objects != NULL ? objects->pdata : NULL;
}

/* The objects of a bucket (which may be NULL) that are tried. */
static gpointer *some_of(const bucket *found, unsigned *count)
{
    gpointer *objects = all_of(found != NULL ? found->objects : NULL, count);
    *count = MIN(*count, SM_LIMIT_KEY_TRIALS);
    return objects;
}

static gpointer make_reading(gconstpointer data)
{
    const member *of = data;
    sm_arena *arena = sm_arena_new();
    reading *full = sm_arena_new0(arena, reading);
    full->arena = arena;
    full->certificate = sm_certificate_parse(arena, of->encoding, of->origin, NULL);
    return full;
}

static void drop_reading(gpointer full)
{
    sm_arena_free(((reading *)full)->arena);
}

/* The certificate read in full; NULL when that fails. */
static const sm_certificate *read_in_full(member *of)
{
    const reading *full = sm_made_once(&of->full, make_reading, of, drop_reading);
    return full->certificate;
}

static gpointer make_answer(gconstpointer found)
{
    unsigned members;
    gpointer *objects = some_of(found, &members);
    answer *made = g_malloc0(sizeof *made + members * sizeof made->certificates[0]);
    for (unsigned i = 0; i < members; i++) {
        const sm_certificate *certificate = read_in_full(objects[i]);
        if (certificate != NULL)
            made->certificates[made->count++] = certificate;
    }
    return made;
}

/* The certificates of a bucket (which may be NULL) that are tried. */
static const sm_certificate *const *certificates_of(bucket *found, unsigned *count)
{
    *count = 0;
    if (found == NULL)
        return NULL;
    const answer *made = sm_made_once(&found->handed_out, make_answer, found, g_free);
    *count = made->count;
    return made->certificates;
}

/* ---- Life ---- */

static void free_bucket(gpointer data)
{
    bucket *old = data;
    g_ptr_array_free(old->objects, TRUE);
    g_free(old->handed_out);
    g_free(old);
}

static void free_reading(gpointer data)
{
    reading *full = ((member *)data)->full;
    if (full != NULL)
        sm_arena_free(full->arena);
}

static GHashTable *new_bytes_index(void)
{
    return g_hash_table_new_full(hash_bytes, equal_bytes, NULL, free_bucket);
}

static GHashTable *new_name_index(void)
{
    return g_hash_table_new_full(hash_name, equal_names, NULL, free_bucket);
}

sm_keyring *sm_keyring_new(void)
{
    sm_keyring *ring = g_new0(sm_keyring, 1);
    ring->references = 1;
    ring->arena = sm_arena_new();
    ring->paths = sm_path_cache_new();
    ring->decoded = sm_certificate_cache_new();
    ring->notices = g_array_new(FALSE, FALSE, sizeof(sm_notice));
    ring->passwords = g_array_new(FALSE, FALSE, sizeof(password));
    ring->general_passwords = g_ptr_array_new();
    ring->members = g_ptr_array_new_with_free_func(free_reading);
    ring->encodings = g_hash_table_new(hash_bytes, equal_bytes);
    ring->by_issuer_serial = new_name_index();
    ring->by_subject = new_name_index();
    ring->by_key_id = new_bytes_index();
    ring->by_public_key = new_bytes_index();
    ring->by_uri = new_bytes_index();
    ring->private_keys = g_ptr_array_new();
    ring->bare_keys = g_ptr_array_new();
    ring->keys_by_public_key = new_bytes_index();
    ring->keys_by_issuer_serial = new_name_index();
    ring->keys_by_key_id = new_bytes_index();
    ring->keks = new_bytes_index();
    ring->content_keys = g_ptr_array_new();
    ring->crls = g_ptr_array_new();
    ring->indirect_crls = g_ptr_array_new();
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
        ring->encodings,          ring->by_issuer_serial,
        ring->by_subject,         ring->by_key_id,
        ring->by_public_key,      ring->by_uri,
        ring->keys_by_public_key, ring->keys_by_issuer_serial,
        ring->keys_by_key_id,     ring->keks,
        ring->crl_encodings,      ring->crls_by_issuer,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        g_hash_table_destroy(tables[i]);
    GPtrArray *arrays[] = {
        ring->general_passwords, ring->members,      ring->private_keys,
        ring->bare_keys,         ring->content_keys, ring->crls, ring->indirect_crls,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_ptr_array_free(arrays[i], TRUE);
    g_array_free(ring->notices, TRUE);
    g_array_free(ring->passwords, TRUE);
    sm_path_cache_free(ring->paths);
    sm_certificate_cache_free(ring->decoded);
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
            if (own ? entry->file_name != NULL && strcmp(entry->file_name, name) == 0
                    : entry->file_name == NULL)
                g_ptr_array_add(found, (gpointer)entry->text);
        }
    return found;
}

const char *const *sm_keyring_passwords(const sm_keyring *ring, unsigned *count)
{
    return (const char *const *)all_of(ring->general_passwords, count);
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

/* The key may be tried for what this identifier names; once is enough, however many certificates it has. */
static void index_key_id(sm_keyring *ring, sm_bytes id, sm_private_key *entry)
{
    unsigned count;
    gpointer *others = some_of(find_bytes(ring->keys_by_key_id, id), &count);
    for (unsigned i = 0; i < count; i++)
        if (((sm_private_key *)others[i])->pkey == entry->pkey)
            return;
    index_bytes(ring, ring->keys_by_key_id, id, entry);
}

static void index_key_of(sm_keyring *ring, sm_private_key *entry, const member *holder)
{
    const sm_certificate_outline *outline = &holder->outline;
    name_key issuer = make_name_key(outline->members.issuer, outline->issuer_hash, outline->members.serial);
    index_add(ring, ring->keys_by_issuer_serial, &issuer, sizeof issuer, entry);
    index_key_id(ring, outline->key_id_computed, entry);
    index_key_id(ring, outline->key_id, entry);
}

/* A private key and a certificate of the ring have the same public key, by its hash: where they really have, the key becomes that
 * certificate's, in an entry of its own when it has another certificate already. */
static void marry(sm_keyring *ring, sm_private_key *key, member *holder)
{
    const sm_certificate *certificate = read_in_full(holder);
    if (certificate == NULL || certificate->public_key == NULL ||
        EVP_PKEY_eq(key->pkey, certificate->public_key) != 1)
        return;
    sm_private_key *entry = key;
    if (key->certificate == NULL) {
        g_ptr_array_remove(ring->bare_keys, key);
    } else {
        entry = sm_arena_new0(ring->arena, sm_private_key);
        *entry = *key;
        g_ptr_array_add(ring->private_keys, entry);
    }
    entry->certificate = certificate;
    index_key_of(ring, entry, holder);
}

static void index_member(sm_keyring *ring, member *added)
{
    const sm_certificate_outline *outline = &added->outline;
    const sm_certificate_members *at = &outline->members;
    name_key issuer = make_name_key(at->issuer, outline->issuer_hash, at->serial);
    name_key subject = make_name_key(at->subject, outline->subject_hash, SM_BYTES_NONE);
    index_add(ring, ring->by_issuer_serial, &issuer, sizeof issuer, added);
    index_add(ring, ring->by_subject, &subject, sizeof subject, added);
    index_bytes(ring, ring->by_key_id, outline->key_id_computed, added);
    index_bytes(ring, ring->by_key_id, outline->key_id, added);
    index_bytes(ring, ring->by_public_key, outline->key_id_computed, added);
    for (unsigned i = 0; i < outline->uri_count; i++)
        index_bytes(ring, ring->by_uri, sm_bytes_of(outline->uris[i], strlen(outline->uris[i])), added);
}

/* NULL, with the fault, when it is no certificate. */
static member *add_member(sm_keyring *ring, sm_bytes der, const char *path, const char **fault)
{
    sm_certificate_outline outline;
    if (!sm_certificate_outline_read(ring->arena, der, &outline)) {
        if (sm_certificate_parse(ring->arena, der, path, fault) != NULL || *fault == NULL) /* it knows why */
            *fault = "not a DER certificate";
        return NULL;
    }
    member *added = sm_arena_new0(ring->arena, member);
    *added = (member){
        .encoding = sm_arena_copy(ring->arena, der),
        .origin = sm_arena_strdup(ring->arena, path),
        .outline = outline,
    };
    sm_certificate_locate(added->encoding, &added->outline.members); /* in the copy that stays */
    g_ptr_array_add(ring->members, added);
    g_hash_table_insert(ring->encodings, &added->encoding, added);
    index_member(ring, added);
    const bucket *keys = find_bytes(ring->keys_by_public_key, outline.key_id_computed);
    for (guint i = 0; keys != NULL && i < keys->objects->len; i++)
        marry(ring, keys->objects->pdata[i], added);
    return added;
}

bool sm_keyring_take_certificate(sm_keyring *ring, sm_bytes der, const char *path, bool anchor,
                                 const char **fault)
{
    member *taken = g_hash_table_lookup(ring->encodings, &der);
    if (taken == NULL)
        taken = add_member(ring, der, path, fault);
    if (taken == NULL)
        return false;
    sm_path_cache_clear(ring->paths);
    if (anchor && !taken->anchor) {
        taken->anchor = true;
        ring->anchor_count++;
    }
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
    static const struct {
        const char *name;
        sm_key_type type;
    } types[] = {
        {"RSA", SM_KEY_RSA},
        {"RSA-PSS", SM_KEY_RSA_PSS},
        {"EC", SM_KEY_EC},
        {"ED25519", SM_KEY_ED25519},
        {"ED448", SM_KEY_ED448},
        {"X25519", SM_KEY_X25519},
        {"X448", SM_KEY_X448},
        {"DSA", SM_KEY_DSA},
        {"ML-DSA-44", SM_KEY_ML_DSA},
        {"ML-DSA-65", SM_KEY_ML_DSA},
        {"ML-DSA-87", SM_KEY_ML_DSA},
        {"ML-KEM-512", SM_KEY_ML_KEM},
        {"ML-KEM-768", SM_KEY_ML_KEM},
        {"ML-KEM-1024", SM_KEY_ML_KEM},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (EVP_PKEY_is_a(key, types[i].name))
            return types[i].type;
    return SM_KEY_OTHER;
}

/* As sm_certificate has it of a certificate: SubjectPublicKeyInfo { algorithm, BIT STRING }. */
static sm_bytes public_key_id(sm_arena *arena, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int length = i2d_PUBKEY(key, &der);
    sm_bytes id = SM_BYTES_NONE, rest = sm_bytes_of(der, (size_t)MAX(length, 0));
    sm_tlv info, bits;
    if (length > 0 && sm_tlv_expect(&rest, SM_TLV_SEQUENCE, &info)) {
        rest = info.content;
        if (sm_tlv_next(&rest, &bits) && sm_tlv_next(&rest, &bits) && bits.content.length > 1)
            id = sm_public_key_id(arena, bits.content.data + 1, bits.content.length - 1);
    }
    OPENSSL_free(der);
    return id;
}

enum { PUBLIC_KEY_FORMS = 2 };

/* Identifiers of the public key in the forms a certificate may write it in: a point of an elliptic curve is uncompressed or
 * compressed (RFC 5480 2.2), all other keys have one form. Returns their number; the first is the usual one. */
static unsigned public_key_ids(sm_arena *arena, EVP_PKEY *key, sm_bytes ids[PUBLIC_KEY_FORMS])
{
    static const char *const forms[PUBLIC_KEY_FORMS] = {"uncompressed", "compressed"};
    unsigned count = 0;
    EVP_PKEY *copy = EVP_PKEY_is_a(key, "EC") ? EVP_PKEY_dup(key) : NULL;
    for (unsigned i = 0; i < PUBLIC_KEY_FORMS && copy != NULL; i++)
        if (EVP_PKEY_set_utf8_string_param(copy, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, forms[i]))
            ids[count++] = public_key_id(arena, copy);
    EVP_PKEY_free(copy);
    ERR_clear_error();
    if (count == 0)
        ids[count++] = public_key_id(arena, key);
    return count;
}

void sm_keyring_take_private_key(sm_keyring *ring, EVP_PKEY *pkey, const char *path)
{
    bool quick = key_type(pkey) == SM_KEY_ML_DSA || key_type(pkey) == SM_KEY_ML_KEM; /* lattices have long keys */
    if (EVP_PKEY_get_bits(pkey) > SM_LIMIT_RSA_BITS && !quick) {
        g_autofree char *file = g_path_get_basename(path);
        sm_keyring_tell(ring, true, path, "%s: private key of more than %d bits is not used", file,
                        SM_LIMIT_RSA_BITS);
        EVP_PKEY_free(pkey);
        return;
    }
    sm_bytes ids[PUBLIC_KEY_FORMS];
    unsigned forms = public_key_ids(ring->arena, pkey, ids);
    const bucket *known = find_bytes(ring->keys_by_public_key, ids[0]);
    for (guint i = 0; known != NULL && i < known->objects->len; i++)
        if (EVP_PKEY_eq(((sm_private_key *)known->objects->pdata[i])->pkey, pkey) == 1) {
            EVP_PKEY_free(pkey);
            return;
        }
    sm_arena_on_free(ring->arena, release_key, pkey);
    g_autofree char *name = g_path_get_basename(path);
    sm_private_key *entry = sm_arena_new0(ring->arena, sm_private_key);
    *entry = (sm_private_key){
        .label = sm_arena_printable(ring->arena, sm_bytes_of(name, strlen(name)), SM_LIMIT_SHOWN_OCTETS),
        .path = sm_arena_strdup(ring->arena, path),
        .type = key_type(pkey),
        .key_id_computed = ids[0],
        .pkey = pkey,
    };
    ring->private_key_count++;
    g_ptr_array_add(ring->private_keys, entry);
    g_ptr_array_add(ring->bare_keys, entry);
    for (unsigned i = 0; i < forms; i++) {
        index_bytes(ring, ring->keys_by_public_key, ids[i], entry);
        index_key_id(ring, ids[i], entry);
        const bucket *holders = find_bytes(ring->by_public_key, ids[i]);
        for (guint k = 0; holders != NULL && k < holders->objects->len; k++)
            marry(ring, entry, holders->objects->pdata[k]);
    }
}

void sm_keyring_take_symmetric_key(sm_keyring *ring, sm_bytes id, sm_bytes octets, bool content_key,
                                   const char *path)
{
    unsigned count;
    gpointer *known =
        content_key ? all_of(ring->content_keys, &count) : some_of(find_bytes(ring->keks, id), &count);
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
    sm_path_cache_clear(ring->paths);
    g_ptr_array_add(ring->crls, (gpointer)crl);
    if (crl->indirect)
        g_ptr_array_add(ring->indirect_crls, (gpointer)crl);
    g_hash_table_add(ring->crl_encodings, (gpointer)&crl->encoding);
    guint issuer_hash = sm_openssl_name_hash(X509_CRL_get_issuer(crl->x509_crl));
    name_key issuer = make_name_key(crl->issuer_der, issuer_hash, SM_BYTES_NONE);
    index_add(ring, ring->crls_by_issuer, &issuer, sizeof issuer, (gpointer)crl);
    return true;
}

/* ---- Lookups ---- */

sm_path_cache *sm_keyring_paths(const sm_keyring *ring)
{
    return ring->paths;
}

sm_certificate_cache *sm_keyring_decoded(const sm_keyring *ring)
{
    return ring->decoded;
}

const sm_certificate *sm_keyring_read_embedded(const sm_keyring *ring, sm_arena *arena, sm_bytes der, const char **fault)
{
    return sm_certificate_parse_cached(arena, ring != NULL ? ring->decoded : NULL, der, "embedded", fault);
}

unsigned sm_keyring_anchor_count(const sm_keyring *ring)
{
    return ring->anchor_count;
}

unsigned sm_keyring_private_key_count(const sm_keyring *ring)
{
    return ring->private_key_count;
}

unsigned sm_keyring_certificate_count(const sm_keyring *ring)
{
    return ring->members->len;
}

unsigned sm_keyring_crl_count(const sm_keyring *ring)
{
    return ring->crls->len;
}

unsigned sm_keyring_read_in_full_count(const sm_keyring *ring)
{
    unsigned count = 0;
    for (guint i = 0; i < ring->members->len; i++)
        count += g_atomic_pointer_get(&((member *)ring->members->pdata[i])->full) != NULL;
    return count;
}

const sm_certificate *const *sm_keyring_certificates(const sm_keyring *ring, const sm_identifier *id,
                                                     unsigned *count)
{
    return certificates_of(find_identifier(ring->by_issuer_serial, ring->by_key_id, id), count);
}

const sm_private_key *const *sm_keyring_private_keys(const sm_keyring *ring, const sm_identifier *id,
                                                     unsigned *count)
{
    return (const sm_private_key *const *)some_of(
        find_identifier(ring->keys_by_issuer_serial, ring->keys_by_key_id, id), count);
}

const sm_private_key *const *sm_keyring_bare_keys(const sm_keyring *ring, unsigned *count)
{
    return (const sm_private_key *const *)all_of(ring->bare_keys, count);
}

const sm_symmetric_key *const *sm_keyring_keks(const sm_keyring *ring, sm_bytes id, unsigned *count)
{
    return (const sm_symmetric_key *const *)some_of(find_bytes(ring->keks, id), count);
}

const sm_symmetric_key *const *sm_keyring_content_keys(const sm_keyring *ring, unsigned *count)
{
    return (const sm_symmetric_key *const *)all_of(ring->content_keys, count);
}

const sm_certificate *const *sm_keyring_by_subject(const sm_keyring *ring, sm_bytes subject_der,
                                                   unsigned *count)
{
    return certificates_of(find_name(ring->by_subject, subject_der, SM_BYTES_NONE), count);
}

const sm_certificate *const *sm_keyring_by_uri(const sm_keyring *ring, const char *uri, unsigned *count)
{
    g_autofree char *key = g_ascii_strdown(uri, -1);
    return certificates_of(find_bytes(ring->by_uri, sm_bytes_of(key, strlen(key))), count);
}

const sm_crl *const *sm_keyring_crls(const sm_keyring *ring, sm_bytes issuer_der, unsigned *count)
{
    const bucket *found = find_name(ring->crls_by_issuer, issuer_der, SM_BYTES_NONE);
    return (const sm_crl *const *)all_of(found != NULL ? found->objects : NULL, count);
}

const sm_crl *const *sm_keyring_indirect_crls(const sm_keyring *ring, unsigned *count)
{
    return (const sm_crl *const *)all_of(ring->indirect_crls, count);
}

bool sm_keyring_is_anchor(const sm_keyring *ring, const sm_certificate *certificate)
{
    const member *own = ring ? g_hash_table_lookup(ring->encodings, &certificate->encoding) : NULL;
    return own != NULL && own->anchor;
}
