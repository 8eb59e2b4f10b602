/* The plugin's registration, as Wireshark's loader and sipsmime-audit call it. */

#ifndef SIPSMIME_PLUGIN_H
#define SIPSMIME_PLUGIN_H

#include "compat.h"

/* Registers the plugin's protocols with epan. Wireshark's loader calls it; a program that has these objects linked in
 * calls it itself, once, before epan_init. */
COMPAT_PLUGIN_EXPORT void plugin_register(void);

/* Registers the protocol "smime", its fields and its preferences. Called by epan alone. */
void proto_register_smime(void);

/* Puts the dissectors into epan's tables. Called by epan alone, once, after every protocol is registered. */
void proto_reg_handoff_smime(void);

#endif
