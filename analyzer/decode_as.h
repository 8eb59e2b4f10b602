/* Decode-as: "-d TABLE==SELECTOR,PROTOCOL" as tshark has it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include <stdbool.h>

/* Applies one rule. TABLE is a dissector table, "tcp.port"; SELECTOR a number (decimal, or 0x and hexadecimal), FIRST-LAST, FIRST:COUNT or,
 * where the table has texts, a text; PROTOCOL a protocol's filter name, or "(none)" to leave it undissected. A table without
 * selectors is written TABLE,PROTOCOL. False after one line on standard error. */
bool audit_decode_as(const char *rule);
