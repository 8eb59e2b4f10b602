/* Output: where the report goes, and that it arrives whole.
 *
 * A file is written beside its final place and renamed when complete, so that a reader sees the old report or the new one. When a
 * signal ends the program the unfinished file is removed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

typedef struct audit_output {
    FILE *stream;
    char *name;      /* for people */
    char *path;      /* final place; NULL for standard output and what is no regular file */
    char *temporary; /* the unfinished file; NULL as above */
    bool failed;     /* something could not be written: said on standard error */
} audit_output;

/* Opens the output; path NULL is standard output. What exists and is no regular file (a pipe, a device) is written directly. False
 * after one line on standard error. */
bool audit_output_open(audit_output *output, const char *path);

/* Looks whether all that was written so far has gone out; false, with one line on standard error the first time, when not. */
bool audit_output_check(audit_output *output);

/* Finishes: flushes and puts the file into its place; the first failure of all says one line. True when the report arrived. */
bool audit_output_close(audit_output *output);

/* Throws the unfinished output away. */
void audit_output_discard(audit_output *output);

/* A file without a name for reading and writing, gone when closed; -1 with errno. */
int audit_temporary_file(void);

/* Writes all octets to a descriptor; false with errno. */
bool audit_write_all(int descriptor, const void *octets, size_t length);
