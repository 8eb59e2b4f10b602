/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cms/embedded.h"

#include "base/bounds.h"

const sm_certificate *const *sm_embedded_certificates(sm_arena *arena, const sm_keyring *ring, const sm_certificate_choice *choices,
                                                      unsigned choice_count, unsigned *count, unsigned *unreadable)
{
    choice_count = MIN(choice_count, SM_LIMIT_CMS_CERTIFICATES);
    const sm_certificate **certificates = sm_arena_array(arena, const sm_certificate *, choice_count);
    unsigned refused = 0;
    *count = 0;
    for (unsigned i = 0; i < choice_count; i++) {
        if (choices[i].kind != SM_CHOICE_CERTIFICATE)
            continue;
        const sm_certificate *certificate = sm_keyring_read_embedded(ring, arena, choices[i].encoding, NULL);
        if (certificate)
            certificates[(*count)++] = certificate;
        else
            refused++;
    }
    if (unreadable)
        *unreadable = refused;
    return certificates;
}
