/* The main of a fuzz target where libFuzzer is not: runs each file named on the command line, and each file in each
 * directory named there (not deeper), once through LLVMFuzzerTestOneInput. A crash or a sanitizer's report is the
 * failure; status 1 says that a file could not be read or that there was none. */

#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Returns the number of inputs run, or -1 when the file cannot be read. */
static int run_file(const char *path)
{
    g_autofree char *contents = NULL;
    gsize length = 0;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &contents, &length, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return -1;
    }
    /* An exact copy: g_file_get_contents adds a NUL that would hide a read of one octet too many. */
    g_autofree uint8_t *exact = g_malloc(length);
    if (length > 0)
        memcpy(exact, contents, length);
    LLVMFuzzerTestOneInput(exact, length);
    return 1;
}

/* As run_file, for every file in the directory. */
static int run_directory(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) directory = g_dir_open(path, 0, &error);
    if (directory == NULL) {
        fprintf(stderr, "%s\n", error->message);
        return -1;
    }
    int inputs = 0;
    for (const char *name; (name = g_dir_read_name(directory)) != NULL;) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        if (g_file_test(file, G_FILE_TEST_IS_DIR))
            continue;
        if (run_file(file) < 0)
            return -1;
        inputs++;
    }
    return inputs;
}

int main(int argc, char **argv)
{
    int inputs = 0;
    for (int i = 1; i < argc; i++) {
        int run = g_file_test(argv[i], G_FILE_TEST_IS_DIR) ? run_directory(argv[i]) : run_file(argv[i]);
        if (run < 0)
            return 1;
        inputs += run;
    }
    printf("%d inputs\n", inputs);
    return inputs > 0 ? 0 : 1;
}
