/* Dissection: libwireshark started, with the dissector of this project inside, and set as the command line says.
 *
 * The user's own Wireshark settings, plugins and scripts are left out: a report must not depend on whose home directory it was made in.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "options.h"

/* Starts libwireshark; once. program_path is argv[0]. False after one line on standard error. */
bool audit_dissection_start(const char *program_path);

/* Applies -o and -d. False after one line on standard error for each that is wrong. */
bool audit_dissection_set(const audit_options *options);
