/* DER objects as OpenSSL decodes them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

#include <openssl/asn1.h>

/* The one object of this type that the octets hold, at most SM_LIMIT_KEY_FILE_OCTETS of them; to be released with ASN1_item_free().
 * NULL for anything else, with one line in `fault`, owned by the arena, which says so of a `name`. */
ASN1_VALUE *sm_decode_whole(sm_arena *arena, sm_bytes der, const ASN1_ITEM *type, const char *name, const char **fault);
