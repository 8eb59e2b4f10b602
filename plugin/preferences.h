/* Preferences: keys, trust and the like as the user sets them in Wireshark or with -o.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "plugin.h"

/* Registers the preferences of the protocol; each change builds the key ring anew and configures the session. */
void smime_preferences_register(int proto);
