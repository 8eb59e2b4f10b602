/* Diagnostics and progress: what goes to standard error, which is never part of a report.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include <glib.h>

/* One line on standard error after the program's name. Control characters in it are shown as ?. */
void complain(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Shows how far the work is, over the line shown before; nothing when standard error is no terminal. */
void progress_show(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Takes the shown line away, before anything else is written. */
void progress_clear(void);
