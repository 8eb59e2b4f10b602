/* History: bounded tables and the digests they are keyed by.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "history/table.h"

#include <openssl/evp.h>

/* Digests */

struct history_digest {
    EVP_MD *sha256; /* fetched once: a fetch costs more than the digest of a SIP message's identifiers */
    EVP_MD_CTX *context;
};

/* SHA-256 fails for want of memory alone, which aborts, as everywhere in GLib. */
static void must(int done)
{
    if (done <= 0)
        g_error("history: no SHA-256");
}

history_digest *history_digest_new(void)
{
    history_digest *digest = g_new0(history_digest, 1);
    digest->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    digest->context = EVP_MD_CTX_new();
    must(digest->sha256 && digest->context && EVP_DigestInit_ex2(digest->context, digest->sha256, NULL));
    return digest;
}

void history_digest_free(history_digest *digest)
{
    if (!digest)
        return;
    EVP_MD_CTX_free(digest->context);
    EVP_MD_free(digest->sha256);
    g_free(digest);
}

void history_digest_begin(history_digest *digest, char subject)
{
    must(EVP_DigestInit_ex2(digest->context, NULL, NULL));
    must(EVP_DigestUpdate(digest->context, &subject, 1));
}

void history_digest_number(history_digest *digest, uint64_t number)
{
    must(EVP_DigestUpdate(digest->context, &number, sizeof number));
}

void history_digest_add(history_digest *digest, sm_bytes piece)
{
    history_digest_number(digest, sm_bytes_present(piece) ? piece.length : UINT64_MAX);
    if (piece.length > 0)
        must(EVP_DigestUpdate(digest->context, piece.data, piece.length));
}

void history_digest_text(history_digest *digest, const char *text)
{
    history_digest_add(digest, text ? sm_bytes_of(text, strlen(text)) : SM_BYTES_NONE);
}

history_key history_digest_end(history_digest *digest)
{
    uint8_t octets[EVP_MAX_MD_SIZE];
    must(EVP_DigestFinal_ex(digest->context, octets, NULL));
    history_key key;
    memcpy(key.words, octets, sizeof key.words);
    return key;
}

/* Tables */

#define BLOCK_ENTRIES 1024u

/* Entries stand in blocks in the order they came, each behind its key; once `limit` are there, the next one takes the place of the oldest. */
struct history_table {
    GHashTable *index;  /* set of slots, by key */
    GPtrArray *blocks;
    size_t slot_size;   /* key and entry, octets */
    size_t limit, count;
    size_t next;        /* in a full table: the oldest slot, which the next entry takes */
    void (*release)(void *entry);
};

static guint hash_key(gconstpointer slot)
{
    const history_key *key = slot;
    return (guint)key->words[0];
}

static gboolean equal_keys(gconstpointer a, gconstpointer b)
{
    const history_key *left = a, *right = b;
    return history_key_equal(*left, *right);
}

static void *entry_of(history_key *slot)
{
    return slot + 1;
}

static history_key *slot_at(const history_table *table, size_t number)
{
    uint8_t *block = g_ptr_array_index(table->blocks, number / BLOCK_ENTRIES);
    return (history_key *)(void *)(block + number % BLOCK_ENTRIES * table->slot_size);
}

history_table *history_table_new(size_t entry_size, size_t limit, void (*release)(void *entry))
{
    history_table *table = g_new0(history_table, 1);
    table->index = g_hash_table_new(hash_key, equal_keys);
    table->blocks = g_ptr_array_new_with_free_func(g_free);
    table->slot_size = sizeof(history_key) + (entry_size + 7) / 8 * 8;
    table->limit = limit;
    table->release = release;
    return table;
}

void history_table_free(history_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; table->release && i < table->count; i++)
        table->release(entry_of(slot_at(table, i)));
    g_hash_table_destroy(table->index);
    g_ptr_array_unref(table->blocks);
    g_free(table);
}

void *history_table_find(const history_table *table, history_key key)
{
    history_key *slot = table->count ? g_hash_table_lookup(table->index, &key) : NULL;
    return slot ? entry_of(slot) : NULL;
}

static history_key *take_slot(history_table *table)
{
    history_key *slot;
    if (table->count < table->limit) {
        if (table->count == table->blocks->len * BLOCK_ENTRIES)
            g_ptr_array_add(table->blocks, g_malloc(BLOCK_ENTRIES * table->slot_size));
        slot = slot_at(table, table->count++);
    } else {
        slot = slot_at(table, table->next);
        table->next = (table->next + 1) % table->limit;
        g_hash_table_remove(table->index, slot);
        if (table->release)
            table->release(entry_of(slot));
    }
    memset(slot, 0, table->slot_size);
    return slot;
}

void *history_table_add(history_table *table, history_key key)
{
    void *known = history_table_find(table, key);
    if (known)
        return known;
    history_key *slot = take_slot(table);
    *slot = key;
    g_hash_table_add(table->index, slot);
    return entry_of(slot);
}

size_t history_table_count(const history_table *table)
{
    return table->count;
}
