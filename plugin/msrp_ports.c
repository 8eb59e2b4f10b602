/* MSRP ports: see msrp_ports.h.
 *
 * "Decode As" and preferences write dissectors into the tables of ports, and a port is asked before any heuristic. Nobody is told when they do; but
 * a capture is opened, or dissected anew, behind every such change.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "msrp_ports.h"

static const char *const tables[] = {"tcp.port", "tls.port"};

static dissector_handle_t ours, built_in;
static wmem_map_t *announced; /* port -> wmem_array_t of address, in file scope; emptied with each capture */

static void collect(const char *table, ftenum_t type, void *key, void *value, void *ports)
{
    (void)table;
    (void)type;
    if (dtbl_entry_get_handle(value) == built_in) {
        uint32_t port = GPOINTER_TO_UINT(key);
        g_array_append_val((GArray *)ports, port);
    }
}

static void take_over(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        GArray *ports = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        dissector_table_foreach(tables[i], collect, ports);
        for (unsigned j = 0; j < ports->len; j++)
            dissector_change_uint(tables[i], g_array_index(ports, uint32_t, j), ours);
        g_array_free(ports, TRUE);
    }
}

void smime_msrp_ports_handoff(dissector_handle_t framed)
{
    ours = framed;
    built_in = find_dissector("msrp");
    register_init_routine(take_over);
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
