/* Certificates that a message brings along.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "cms/content.h"
#include "pki/keyring.h"

/* Those of the choices that are X.509 certificates and can be read, at most SM_LIMIT_CMS_CERTIFICATES, in their order: `*count` of
 * them, owned by the arena, `*unreadable` (may be NULL) others. The ring, which may be NULL, lends what it remembers of earlier messages. */
const sm_certificate *const *sm_embedded_certificates(sm_arena *arena, const sm_keyring *ring, const sm_certificate_choice *choices,
                                                      unsigned choice_count, unsigned *count, unsigned *unreadable);
