/* The protocols "cpim" (RFC 3862) and "imdn" (RFC 5438), which Wireshark lacks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "plugin.h"

#include <epan/packet.h>

void smime_cpim_register(void);
void smime_cpim_handoff(void);

/* The dissector of a media type of theirs, NULL for others. They stand in epan's table through the SIP carrier, which leaves them out where the
 * protocol "smime" is disabled: then everything is as without the plugin. */
dissector_handle_t smime_cpim_handle(const char *media_type);
