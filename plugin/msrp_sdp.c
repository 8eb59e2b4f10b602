/* MSRP connections that SDP announces.
 *
 * Where the built-in SDP dissector knows the protocol of an m= line (it knows "msrp/tcp" of old drafts), it binds the endpoint's connections to the built-in
 * MSRP dissector. These are bound to ours instead. Everything else the heuristics find.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "carriers.h"
#include "fields.h"
#include "msrp_ports.h"

#include "sip/sdp.h"

#include <epan/address.h>
#include <epan/conversation.h>
#include <epan/dissectors/packet-sip.h>
#include <epan/proto_data.h>
#include <wsutil/inet_addr.h>

#define SIP_LAYERS 64 /* protocol layers looked at for SIP, more than a frame can have in practice */

typedef struct endpoint {
    address host;
    uint32_t port;
} endpoint;

static int proto_sip = -1;
static dissector_handle_t ours, built_in, built_in_sdp, framed_handle;
static wmem_map_t *dialogs; /* Call-ID -> wmem_array_t of endpoint, in file scope: an answer binds the offer's endpoints once more */

static const char *call_id_of(packet_info *pinfo)
{
    for (int layer = 1; layer <= MIN((int)pinfo->curr_layer_num, SIP_LAYERS); layer++) {
        const sip_info_value_t *info = p_get_proto_data(pinfo->pool, pinfo, proto_sip, (uint32_t)layer);
        if (info && info->tap_call_id)
            return info->tap_call_id;
    }
    return "";
}

static wmem_array_t *endpoints_of(const char *call_id)
{
    wmem_array_t *endpoints = wmem_map_lookup(dialogs, call_id);
    if (!endpoints) {
        endpoints = wmem_array_new(wmem_file_scope(), sizeof(endpoint));
        wmem_map_insert(dialogs, wmem_strdup(wmem_file_scope(), call_id), endpoints);
    }
    return endpoints;
}

static void add_endpoint(wmem_array_t *endpoints, const char *host, unsigned port)
{
    ws_in4_addr in4;
    ws_in6_addr in6;
    address parsed;
    if (ws_inet_pton4(host, &in4))
        set_address(&parsed, AT_IPv4, 4, &in4);
    else if (ws_inet_pton6(host, &in6))
        set_address(&parsed, AT_IPv6, 16, &in6);
    else
        return;
    for (unsigned i = 0; i < wmem_array_get_count(endpoints); i++) {
        const endpoint *known = wmem_array_index(endpoints, i);
        if (known->port == port && addresses_equal(&known->host, &parsed))
            return;
    }
    endpoint added = {.port = port};
    copy_address_wmem(wmem_file_scope(), &added.host, &parsed);
    wmem_array_append_one(endpoints, added);
}

/* "msrp://[user@]host[:port]/session;tcp" */
static void add_uri(wmem_array_t *endpoints, packet_info *pinfo, const char *uri)
{
    const char *host = strstr(uri, "://");
    if (!host)
        return;
    char *authority = wmem_strndup(pinfo->pool, host + 3, strcspn(host + 3, "/;"));
    char *at = strrchr(authority, '@');
    char *name = at ? at + 1 : authority;
    char *colon = strrchr(name, ':');
    if (!colon)
        return;
    unsigned port = (unsigned)g_ascii_strtoull(colon + 1, NULL, 10);
    *colon = '\0';
    size_t length = strlen(name);
    if (name[0] == '[' && length > 2 && name[length - 1] == ']') {
        name[length - 1] = '\0';
        name++;
    }
    if (port > 0 && port <= UINT16_MAX)
        add_endpoint(endpoints, name, port);
}

/* Binds to ours what the built-in SDP dissector has bound to the built-in MSRP dissector; it looks for the same conversation. */
static void bind(packet_info *pinfo, const endpoint *end)
{
    address any;
    clear_address(&any);
    conversation_t *conversation =
        find_conversation(pinfo->num, &end->host, &any, CONVERSATION_TCP, end->port, 0, NO_ADDR_B | NO_PORT_B);
    if (conversation && conversation_get_dissector(conversation, pinfo->num) == built_in)
        conversation_set_dissector(conversation, framed_handle);
}

static void learn(tvbuff_t *tvb, packet_info *pinfo)
{
    int length = (int)tvb_captured_length(tvb);
    if (length == 0)
        return;
    sm_arena *arena = sm_arena_new();
    const sm_sdp *sdp = sm_sdp_parse(arena, sm_bytes_of(tvb_get_ptr(tvb, 0, length), (size_t)length));
    if (sdp->msrp_count > 0) {
        wmem_array_t *endpoints = endpoints_of(call_id_of(pinfo));
        bool plain = true; /* no TLS, no WebSocket */
        for (unsigned i = 0; i < sdp->msrp_count; i++) {
            const sm_sdp_msrp *media = &sdp->msrp[i];
            for (unsigned j = 0; j < media->path_count; j++)
                add_uri(endpoints, pinfo, media->path[j]);
            if (media->connection && media->port > 0)
                add_endpoint(endpoints, media->connection, media->port);
            plain &= g_ascii_strcasecmp(media->protocol, "TCP/MSRP") == 0;
        }
        for (unsigned i = 0; i < wmem_array_get_count(endpoints); i++)
            bind(pinfo, wmem_array_index(endpoints, i));
        for (unsigned i = 0; plain && i < wmem_array_get_count(endpoints); i++) {
            const endpoint *end = wmem_array_index(endpoints, i);
            smime_msrp_announce(&end->host, end->port);
        }
    }
    sm_arena_free(arena);
}

static int dissect_sdp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    int dissected = call_dissector_with_data(built_in_sdp, tvb, pinfo, tree, data);
    if (!PINFO_FD_VISITED(pinfo) && proto_is_protocol_enabled(find_protocol_by_id(proto_smime)) && !pinfo->flags.in_error_pkt)
        learn(tvb, pinfo);
    return dissected;
}

void smime_msrp_sdp_register(void)
{
    /* A handle of no protocol: it is called even when ours is disabled, to hand on to the built-in dissector. */
    ours = compat_create_dissector_handle(dissect_sdp, "smime.sdp", "SDP, with MSRP sessions");
    dialogs = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), wmem_str_hash, g_str_equal);
}

void smime_msrp_sdp_handoff(dissector_handle_t framed)
{
    proto_sip = proto_get_id_by_filter_name("sip");
    framed_handle = framed;
    built_in = find_dissector("msrp");
    built_in_sdp = dissector_get_string_handle(find_dissector_table("media_type"), "application/sdp");
    if (built_in_sdp)
        dissector_add_string("media_type", "application/sdp", ours);
}
