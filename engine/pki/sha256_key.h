/* A SHA-256 digest as the key of a hash table: it stands for the octets it was made of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <string.h>

typedef struct sm_sha256_key {
    uint8_t octets[32];
} sm_sha256_key;

static inline guint sm_sha256_key_hash(gconstpointer key)
{
    guint hash;
    memcpy(&hash, ((const sm_sha256_key *)key)->octets, sizeof hash); /* a digest's octets are as good as any */
    return hash;
}

static inline gboolean sm_sha256_key_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(sm_sha256_key)) == 0;
}
