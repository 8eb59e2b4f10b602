/* The protocol "smime": its registration.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "carriers.h"
#include "cpim_dissector.h"
#include "fields.h"
#include "message.h"
#include "msrp_session.h"
#include "preferences.h"
#include "session.h"

#include <epan/proto.h>

void proto_register_smime(void)
{
    int proto = proto_register_protocol("S/MIME for SIP and MSRP", "S/MIME", "smime");
    smime_fields_register(proto);
    smime_session_register();
    smime_message_register();
    smime_preferences_register(proto);
    smime_cpim_register();
    smime_sip_carrier_register(proto);
    smime_msrp_carrier_register(proto);
    smime_msrp_session_register(proto);
}

void proto_reg_handoff_smime(void)
{
    smime_cpim_handoff();
    smime_sip_carrier_handoff(proto_smime);
    smime_msrp_carrier_handoff(proto_smime);
}
