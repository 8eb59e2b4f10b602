/* What Wireshark's loader looks for in sipsmime.so; every other symbol of the plugin is hidden. */

#include "plugin.h"

#include <epan/proto.h>

COMPAT_PLUGIN(SIPSMIME_VERSION)

void plugin_register(void)
{
    /* epan keeps the pointer for as long as the program runs. */
    static const proto_plugin plugin = {
        .register_protoinfo = proto_register_smime,
        .register_handoff = proto_reg_handoff_smime,
    };
    proto_register_plugin(&plugin);
}
