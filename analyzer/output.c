/* Output: see output.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "output.h"

#include "complain.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define AUDIT_TEMPORARY "sipsmime-audit.XXXXXX"

/* What the signal handler removes; set while an unfinished file exists. */
static char *volatile unfinished;

static void end_by_signal(int number)
{
    const char *path = unfinished;
    if (path)
        unlink(path);
    signal(number, SIG_DFL);
    raise(number); /* workers end with their parent */
}

static void catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        struct sigaction action;
        if (sigaction(numbers[i], NULL, &action) != 0 || action.sa_handler == SIG_IGN)
            continue; /* nohup */
        action = (struct sigaction){.sa_handler = end_by_signal};
        sigemptyset(&action.sa_mask);
        sigaction(numbers[i], &action, NULL);
    }
}

static bool fail(audit_output *output, const char *what, int problem)
{
    if (!output->failed)
        complain("%s: %s: %s", output->name, what, g_strerror(problem));
    output->failed = true;
    return false;
}

/* The path that a symbolic link stands for, so that the link stays one. */
static char *final_place(const char *path)
{
    char *real = realpath(path, NULL);
    char *place = g_strdup(real ? real : path);
    free(real);
    return place;
}

static bool open_beside(audit_output *output)
{
    char *folder = g_path_get_dirname(output->path), *base = g_path_get_basename(output->path);
    output->temporary = g_strdup_printf("%s/.%s.XXXXXX", folder, base);
    g_free(folder);
    g_free(base);
    int descriptor = g_mkstemp_full(output->temporary, O_RDWR | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        int problem = errno;
        g_free(output->temporary);
        output->temporary = NULL;
        return fail(output, "cannot be written", problem);
    }
    unfinished = output->temporary;
    mode_t mask = umask(0);
    umask(mask);
    if (fchmod(descriptor, 0666 & ~mask) != 0)
        complain("%s: its access rights could not be set: %s", output->name, g_strerror(errno));
    output->stream = fdopen(descriptor, "w");
    return true;
}

bool audit_output_open(audit_output *output, const char *path)
{
    *output = (audit_output){.name = path ? g_filename_display_name(path) : g_strdup("standard output")};
    catch_signals();
    struct stat status;
    if (!path) {
        output->stream = stdout;
        return true;
    }
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        output->stream = fopen(path, "we");
        return output->stream || fail(output, "cannot be written", errno);
    }
    output->path = final_place(path);
    return open_beside(output);
}

bool audit_output_check(audit_output *output)
{
    return !output->failed &&
           (!ferror(output->stream) || fail(output, "the report cannot be written", errno ? errno : EIO));
}

static bool flush(audit_output *output)
{
    errno = 0;
    if (fflush(output->stream) != 0 || ferror(output->stream))
        return fail(output, "the report cannot be written", errno ? errno : EIO);
    if (output->temporary && fsync(fileno(output->stream)) != 0)
        return fail(output, "the report cannot be written", errno);
    return !output->failed;
}

static void release(audit_output *output)
{
    unfinished = NULL;
    g_free(output->name);
    g_free(output->path);
    g_free(output->temporary);
    *output = (audit_output){0};
}

bool audit_output_close(audit_output *output)
{
    bool good = flush(output);
    errno = 0;
    if (fclose(output->stream) != 0 && good)
        good = fail(output, "the report cannot be written", errno);
    output->stream = NULL;
    if (good && output->temporary && rename(output->temporary, output->path) != 0)
        good = fail(output, "the report cannot be put into its place", errno);
    if (!good && output->temporary)
        unlink(output->temporary);
    release(output);
    return good;
}

void audit_output_discard(audit_output *output)
{
    if (output->stream && output->stream != stdout)
        fclose(output->stream);
    if (output->temporary)
        unlink(output->temporary);
    release(output);
}

int audit_temporary_file(void)
{
    char *path = g_build_filename(g_get_tmp_dir(), AUDIT_TEMPORARY, NULL);
    int descriptor = g_mkstemp_full(path, O_RDWR | O_CLOEXEC, 0600);
    if (descriptor >= 0)
        unlink(path);
    g_free(path);
    return descriptor;
}

bool audit_write_all(int descriptor, const void *octets, size_t length)
{
    const char *next = octets;
    while (length > 0) {
        ssize_t written = write(descriptor, next, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        next += written;
        length -= (size_t)written;
    }
    return true;
}
