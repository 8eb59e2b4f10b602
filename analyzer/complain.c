/* Diagnostics and progress: see complain.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "complain.h"

#include "options.h"

#include <stdio.h>
#include <unistd.h>

static bool progress_is_shown;

/* File names and details may hold anything: a terminal must not obey it. */
static void disarm(char *text)
{
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
}

void complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    disarm(text);
    progress_clear();
    fprintf(stderr, "%s: %s\n", AUDIT_NAME, text);
    g_free(text);
}

void progress_show(const char *format, ...)
{
    static int terminal = -1;
    if (terminal < 0)
        terminal = isatty(STDERR_FILENO);
    if (!terminal)
        return;
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    disarm(text);
    fprintf(stderr, "\r\033[K%.79s", text);
    fflush(stderr);
    progress_is_shown = true;
    g_free(text);
}

void progress_clear(void)
{
    if (!progress_is_shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress_is_shown = false;
}
