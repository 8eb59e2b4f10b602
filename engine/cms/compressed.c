/* CompressedData (RFC 3274).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/compressed.h"

#include "cms/algorithms.h"

#include <string.h>

#define OID_ZLIB "1.2.840.113549.1.9.16.3.8" /* id-alg-zlibCompress, RFC 3274 2 */
#define ZLIB_WINDOW_BITS 15                  /* the largest window, with zlib's own header */

sm_decoded sm_compressed_open(sm_arena *arena, const sm_compressed_data *compressed)
{
    const sm_algorithm_info *info = sm_algorithm_lookup(compressed->compression.oid);
    if (info == NULL || strcmp(info->oid, OID_ZLIB) != 0)
        return (sm_decoded){
            .fault = sm_arena_printf(arena, "unknown compression algorithm %s",
                                     sm_algorithm_name(arena, &compressed->compression)),
        };
    if (compressed->detached || !sm_bytes_present(compressed->content))
        return (sm_decoded){.fault = "the compressed content is not in the message"};
    return sm_inflate(arena, compressed->content, ZLIB_WINDOW_BITS);
}
