/* Preferences: keys, trust and the like as the user sets them in Wireshark or with -o.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "plugin.h"

/* Registers the preferences of the protocol. After a change the key ring is built anew, and the session configured, when the next capture is
 * opened. */
void smime_preferences_register(int proto);
