/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "layers.h"

#define LAYERS_LISTED 128 /* of a frame, by which its protocols are told */

void smime_layers_end(packet_info *pinfo, unsigned kept)
{
    while (wmem_list_count(pinfo->layers) > MAX(kept, LAYERS_LISTED))
        wmem_list_remove_frame(pinfo->layers, wmem_list_tail(pinfo->layers));
}
