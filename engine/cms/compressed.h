/* CompressedData (RFC 3274).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "cms/content.h"
#include "mime/transfer_encoding.h"

/* Inflates the content within the limits; a fault is told in the result. Unknown compression algorithms give
 * a fault. */
sm_decoded sm_compressed_open(sm_arena *arena, const sm_compressed_data *compressed);
