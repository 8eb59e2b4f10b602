/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pki/decode.h"

#include "base/bounds.h"

#include <openssl/err.h>

ASN1_VALUE *sm_decode_whole(sm_arena *arena, sm_bytes der, const ASN1_ITEM *type, const char *name, const char **fault)
{
    if (!sm_bytes_present(der) || der.length == 0) {
        *fault = "no octets";
        return NULL;
    }
    if (der.length > SM_LIMIT_KEY_FILE_OCTETS) {
        *fault = sm_arena_printf(arena, "%s larger than a key file may be", name);
        return NULL;
    }
    const unsigned char *end = der.data;
    ASN1_VALUE *object = ASN1_item_d2i(NULL, &end, (long)der.length, type);
    if (object == NULL) {
        *fault = sm_arena_printf(arena, "not a DER %s", name);
        ERR_clear_error();
    } else if (end != der.data + der.length) {
        *fault = sm_arena_printf(arena, "octets after the %s", name);
        ASN1_item_free(object, type);
        object = NULL;
    }
    return object;
}
