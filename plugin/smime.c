/* The protocol "smime": its registration. */

#include "plugin.h"

#include <epan/proto.h>

void proto_register_smime(void)
{
    proto_register_protocol("S/MIME for SIP and MSRP", "S/MIME", "smime");
}

void proto_reg_handoff_smime(void)
{
}
