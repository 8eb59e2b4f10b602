/* MSRP ports: see msrp_ports.h.
 *
 * "Decode As" and preferences write dissectors into the tables of ports, and a port is asked before any heuristic; "Enabled Protocols" says whether ours
 * is wanted. Nobody is told when they do; but a capture is opened, or dissected anew, behind every such change.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "msrp_ports.h"

#include "fields.h"

#define MSRP_PORT 2855 /* RFC 4975 15.4 */

static const char *const tables[] = {"tcp.port", "tls.port"};

static dissector_handle_t ours, built_in;
static bool offered;                             /* ours stands where no preference and no other dissector put it */
static bool port_was_free[G_N_ELEMENTS(tables)]; /* when ours was offered */
static wmem_map_t *announced;                    /* port -> wmem_array_t of address, in file scope; emptied with each capture */

/* The ports of a table that a handle stands at. */
typedef struct held_ports {
    dissector_handle_t by;
    GArray *ports; /* of uint32_t */
} held_ports;

static void collect(const char *table, ftenum_t type, void *key, void *value, void *data)
{
    (void)table;
    (void)type;
    held_ports *held = data;
    if (dtbl_entry_get_handle(value) == held->by) {
        uint32_t port = GPOINTER_TO_UINT(key);
        g_array_append_val(held->ports, port);
    }
}

static void hand_over(const char *table, dissector_handle_t from, dissector_handle_t to)
{
    held_ports held = {from, g_array_new(FALSE, FALSE, sizeof(uint32_t))};
    dissector_table_foreach(table, collect, &held);
    for (unsigned i = 0; i < held.ports->len; i++)
        dissector_change_uint(table, g_array_index(held.ports, uint32_t, i), to);
    g_array_free(held.ports, TRUE);
}

/* Where the built-in dissector has the registered port, hand_over() is enough. */
static void offer(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        port_was_free[i] = !dissector_get_uint_handle(find_dissector_table(tables[i]), MSRP_PORT);
        if (port_was_free[i])
            dissector_add_uint(tables[i], MSRP_PORT, ours);
    }
    dissector_add_string("ws.protocol", "msrp", ours); /* RFC 7977 */
    offered = true;
}

static void withdraw(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        if (port_was_free[i] && dissector_get_uint_handle(find_dissector_table(tables[i]), MSRP_PORT) == ours)
            dissector_delete_uint(tables[i], MSRP_PORT, ours);
    dissector_delete_string("ws.protocol", "msrp", ours);
    offered = false;
}

/* Whoever disables "smime" gets the tables as the built-in dissector knows them. */
static void follow_user(void)
{
    bool enabled = proto_is_protocol_enabled(find_protocol_by_id(proto_smime));
    if (!enabled && offered)
        withdraw();
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        hand_over(tables[i], enabled ? built_in : ours, enabled ? ours : built_in);
    if (enabled && !offered)
        offer();
}

void smime_msrp_ports_handoff(dissector_handle_t framed)
{
    ours = framed;
    built_in = find_dissector("msrp");
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        dissector_add_for_decode_as(tables[i], ours);
    offer();
    register_init_routine(follow_user);
}

static bool is_announced(const address *host, uint32_t port)
{
    wmem_array_t *hosts = wmem_map_lookup(announced, GUINT_TO_POINTER(port));
    for (unsigned i = 0; hosts && i < wmem_array_get_count(hosts); i++)
        if (addresses_equal(wmem_array_index(hosts, i), host))
            return true;
    return false;
}

void smime_msrp_announce(const address *host, uint32_t port)
{
    if (is_announced(host, port))
        return;
    wmem_array_t *hosts = wmem_map_lookup(announced, GUINT_TO_POINTER(port));
    if (!hosts) {
        hosts = wmem_array_new(wmem_file_scope(), sizeof(address));
        wmem_map_insert(announced, GUINT_TO_POINTER(port), hosts);
    }
    address kept;
    copy_address_wmem(wmem_file_scope(), &kept, host);
    wmem_array_append_one(hosts, kept);
}

bool smime_msrp_is_announced(const packet_info *pinfo)
{
    return wmem_map_size(announced) > 0 && (is_announced(&pinfo->src, pinfo->srcport) || is_announced(&pinfo->dst, pinfo->destport));
}

void smime_msrp_ports_register(void)
{
    announced = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash, g_direct_equal);
}
