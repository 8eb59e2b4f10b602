/* Message: judged once, kept in file scope, see message.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "message.h"

#include "fields.h"
#include "session.h"

#include <epan/address.h>
#include <epan/proto_data.h>
#include <epan/tap.h>
#include <epan/to_str.h>

static int message_tap;

void smime_message_register(void)
{
    message_tap = register_tap(SMIME_TAP_NAME);
}

const smime_message *smime_message_find(packet_info *pinfo, uint32_t key)
{
    return p_get_proto_data(wmem_file_scope(), pinfo, proto_smime, key);
}

/* The findings' arena is not file scope's: released with the entry that file scope keeps. */
static compat_bool release_findings(wmem_allocator_t *scope, wmem_cb_event_t event, void *user)
{
    (void)scope;
    (void)event;
    sm_findings_free(user);
    return false; /* once */
}

/* For the life of the capture; the findings go when file scope does. */
static const smime_message *keep(const smime_message *judged)
{
    smime_message *message = wmem_new(wmem_file_scope(), smime_message);
    *message = *judged;
    wmem_register_callback(wmem_file_scope(), release_findings, (void *)message->tap.findings);
    return message;
}

const smime_message *smime_message_judge_unfinished(uint32_t frame, const sm_carrier *carrier, GBytes *octets)
{
    sm_inspection *inspection = sm_inspect(smime_session_settings(), carrier, octets);
    const sm_conclusion *conclusion = sm_history_conclude(smime_session_history(), inspection);
    sm_inspection_unref(inspection);
    sm_findings *findings = sm_rules_check(smime_session_rules(), conclusion);
    smime_message message = {
        .tap = {conclusion, findings, smime_session_next_number()},
        .frame = frame,
    };
    if (!smime_session_is_observed())
        return keep(&message);

    /* Whoever observes reads a capture once, from its first frame to its last, and takes from each message what it needs: kept they would fill the
     * memory with a capture of millions. */
    smime_session_report(&message.tap);
    sm_findings_free(findings);
    sm_conclusion_release(smime_session_history(), conclusion);
    return NULL;
}

const smime_message *smime_message_judge(packet_info *pinfo, uint32_t key, const sm_carrier *carrier, GBytes *octets)
{
    const smime_message *message = smime_message_judge_unfinished(pinfo->num, carrier, octets);
    if (message)
        p_add_proto_data(wmem_file_scope(), pinfo, proto_smime, key, (void *)message);
    return message;
}

void smime_message_tap(packet_info *pinfo, const smime_message *message)
{
    if (message)
        tap_queue_packet(message_tap, pinfo, &message->tap);
}

/* The carrier */

static bool below(packet_info *pinfo, const char *protocol)
{
    return proto_is_frame_protocol(pinfo->layers, protocol);
}

static sm_transport transport_of(packet_info *pinfo)
{
    bool secure = below(pinfo, "tls") || below(pinfo, "dtls");
    if (below(pinfo, "websocket"))
        return secure ? SM_TRANSPORT_WSS : SM_TRANSPORT_WS;
    if (secure)
        return SM_TRANSPORT_TLS;
    switch (pinfo->ptype) {
    case PT_UDP:
        return SM_TRANSPORT_UDP;
    case PT_TCP:
        return SM_TRANSPORT_TCP;
    case PT_SCTP:
        return SM_TRANSPORT_SCTP;
    default:
        return SM_TRANSPORT_UNKNOWN;
    }
}

static const char *endpoint(packet_info *pinfo, const address *host, uint32_t port)
{
    const char *text = address_to_str(pinfo->pool, host);
    return wmem_strdup_printf(pinfo->pool, host->type == AT_IPv6 ? "[%s]:%u" : "%s:%u", text, port);
}

void smime_message_carrier(packet_info *pinfo, sm_carrier *carrier)
{
    uint32_t *frame = wmem_new(pinfo->pool, uint32_t);
    *frame = pinfo->num;
    carrier->frames = frame;
    carrier->frame_count = 1;
    carrier->time = sm_moment_at(pinfo->abs_ts.secs, (uint32_t)pinfo->abs_ts.nsecs);
    carrier->transport = transport_of(pinfo);
    carrier->source = endpoint(pinfo, &pinfo->src, pinfo->srcport);
    carrier->destination = endpoint(pinfo, &pinfo->dst, pinfo->destport);
    carrier->quoted = pinfo->flags.in_error_pkt;
}
