/* Inputs: see inputs.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "inputs.h"

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_OCTETS 65536

static void free_input(gpointer data)
{
    audit_input *input = data;
    g_free(input->name);
    g_free(input->path);
    g_free(input->error);
    g_free(input);
}

static audit_input *add(GPtrArray *inputs, const char *path, unsigned directory)
{
    audit_input *input = g_new0(audit_input, 1);
    input->name = g_filename_display_name(path);
    input->path = g_strdup(path);
    input->named = directory == 0;
    input->directory = directory;
    g_ptr_array_add(inputs, input);
    return input;
}

/* Directories */

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *sorted_names(GDir *directory)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; (name = g_dir_read_name(directory));)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    return names;
}

static void walk(GPtrArray *inputs, const char *path, unsigned argument, unsigned depth)
{
    GError *error = NULL;
    GDir *directory = depth < AUDIT_DIRECTORY_DEPTH ? g_dir_open(path, 0, &error) : NULL;
    int problem = errno;
    if (!directory) {
        audit_input *input = add(inputs, path, argument);
        input->error =
            error ? g_strdup_printf("cannot list the directory: %s", g_strerror(problem))
                  : g_strdup_printf("more than %d directories inside each other", AUDIT_DIRECTORY_DEPTH);
        g_clear_error(&error);
        return;
    }
    GPtrArray *names = sorted_names(directory);
    g_dir_close(directory);
    for (unsigned i = 0; i < names->len; i++) {
        char *entry = g_build_filename(path, g_ptr_array_index(names, i), NULL);
        struct stat own, target;
        if (lstat(entry, &own) == 0 && S_ISDIR(own.st_mode))
            walk(inputs, entry, argument, depth + 1);
        else if (stat(entry, &target) == 0 && S_ISREG(target.st_mode))
            add(inputs, entry, argument); /* pipes and devices would wait for ever */
        g_free(entry);
    }
    g_ptr_array_unref(names);
}

/* What can be read only once: standard input, pipes */

static bool copy_all(int from, int to)
{
    char *buffer = g_malloc(COPY_OCTETS);
    bool good = true;
    for (;;) {
        ssize_t got = read(from, buffer, COPY_OCTETS);
        if (got < 0 && errno == EINTR)
            continue;
        good = got >= 0 && (got == 0 || audit_write_all(to, buffer, (size_t)got));
        if (got <= 0 || !good)
            break;
    }
    int problem = errno;
    g_free(buffer);
    errno = problem;
    return good;
}

/* Copies all that comes from the descriptor; the copy's descriptor stays open for the worker, as long as the program runs. */
static void spool(audit_input *input, int from)
{
    int copy = audit_temporary_file();
    if (copy < 0 || !copy_all(from, copy)) {
        input->error = g_strdup_printf("cannot be copied to a temporary file: %s", g_strerror(errno));
        if (copy >= 0)
            close(copy);
        return;
    }
    g_free(input->path);
    input->path = g_strdup_printf("/dev/fd/%d", copy);
}

static void add_pipe(GPtrArray *inputs, const char *path)
{
    audit_input *input = add(inputs, path, 0);
    int from = open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0) {
        input->error = g_strdup(g_strerror(errno));
        return;
    }
    spool(input, from);
    close(from);
}

GPtrArray *audit_inputs_expand(char *const *arguments)
{
    GPtrArray *inputs = g_ptr_array_new_with_free_func(free_input);
    for (unsigned i = 0; arguments[i]; i++) {
        struct stat status;
        if (g_str_equal(arguments[i], "-"))
            spool(add(inputs, "-", 0), STDIN_FILENO);
        else if (stat(arguments[i], &status) != 0)
            add(inputs, arguments[i], 0)->error = g_strdup(g_strerror(errno));
        else if (S_ISDIR(status.st_mode))
            walk(inputs, arguments[i], i + 1, 0);
        else if (!S_ISREG(status.st_mode))
            add_pipe(inputs, arguments[i]);
        else
            add(inputs, arguments[i], 0);
    }
    return inputs;
}
