/* Inputs: the captures that the command line names, in the order in which they are reported.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Directories inside directories. */
#define AUDIT_DIRECTORY_DEPTH 64

typedef struct audit_input {
    char *name; /* for people and reports; UTF-8 */
    char *path; /* to open; in the file system's encoding */
    bool named; /* given on the command line, not found in a directory */
    unsigned
        directory; /* the directory it was found in: index of the command line's argument + 1; 0 when named */
    char *error;   /* why it cannot be read, when that is known already; else NULL */
} audit_input;

/* Expands the arguments: directories are walked with their subdirectories, entries in the order of their names' octets; symbolic
 * links to directories are not followed there. Standard input ("-") and pipes are copied to temporary files without
 * names, because a capture is read twice.
 * Arguments that cannot be read become inputs with `error`. The array owns its audit_input elements. */
GPtrArray *audit_inputs_expand(char *const *arguments);
