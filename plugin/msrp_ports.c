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
