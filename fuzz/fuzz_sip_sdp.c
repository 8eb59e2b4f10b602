/* Session descriptions: read within the limits. */
#include "sip/sdp.h"

#include "base/bounds.h"

#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sm_arena *arena = sm_arena_new();
    const sm_sdp *sdp = sm_sdp_parse(arena, sm_bytes_of(data, size));
    g_assert_nonnull(sdp->session_id);
    g_assert_cmpuint(sdp->msrp_count, <=, SM_LIMIT_SDP_MEDIA);
    g_assert_cmpuint(sdp->msrp_count, <=, sdp->media_count);
    for (unsigned i = 0; i < sdp->msrp_count; i++) {
        g_assert_cmpuint(sdp->msrp[i].port, <=, 65535);
        g_assert_cmpuint(sdp->msrp[i].path_count, <=, SM_LIMIT_SDP_VALUES);
        g_assert_nonnull(sdp->msrp[i].protocol);
        for (unsigned j = 0; j < sdp->msrp[i].path_count; j++)
            g_assert_cmpuint(strlen(sdp->msrp[i].path[j]), >, 0);
    }
    sm_arena_free(arena);
    return 0;
}
