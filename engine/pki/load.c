/* Files and directories of a key ring.
 *
 * Only regular files are opened, and never in a way that could wait: a FIFO, a terminal, or a tape in a key directory is told
 * of and left alone. Directories are read in the order of their names, so that the same files make the same ring.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/bounds.h"
#include "pki/keyring_store.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

/* One call's way through files and directories. */
typedef struct walk {
    sm_keyring *ring;
    sm_key_role role;
    unsigned files, taken;
    bool stopped;              /* the limit of files was told */
    unsigned ancestors;        /* directories being read, outermost first */
    struct { dev_t device; ino_t inode; } ancestor[SM_LIMIT_KEY_DIRECTORY_DEPTH + 1];
    GHashTable *read; /* "device:inode" -> least depth at which that directory was read: links may lead to it from many places */
} walk;

/* Private key files of one directory that others may read. */
typedef struct exposed {
    unsigned count;
    char *path; /* of the first */
} exposed;

static void tell_exposed(sm_keyring *ring, const exposed *files, const char *directory)
{
    if (files->count == 1) {
        g_autofree char *name = g_path_get_basename(files->path);
        sm_keyring_tell(ring, false, files->path, "%s: private key readable by others: chmod 600", name);
    } else if (files->count > 1) {
        sm_keyring_tell(ring, false, directory, "%s: %u private key files are readable by others: chmod 600 them", directory,
                        files->count);
    }
}

/* The octets of a regular file, or NULL with the reason; release with free_file(). */
static uint8_t *read_file(const char *path, size_t *length, mode_t *mode, const char **why)
{
    struct stat status;
    *length = 0;
    if (stat(path, &status) != 0) {
        *why = g_strerror(errno);
        return NULL;
    }
    if (!S_ISREG(status.st_mode)) {
        *why = "not a regular file, passed over";
        return NULL;
    }
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file < 0 || fstat(file, &status) != 0) {
        *why = g_strerror(errno);
        if (file >= 0)
            close(file);
        return NULL;
    }
    uint8_t *octets = NULL;
    if (!S_ISREG(status.st_mode)) { /* it was exchanged in between */
        *why = "not a regular file, passed over";
    } else if (status.st_size > SM_LIMIT_KEY_FILE_OCTETS) {
        *why = "larger than a key file may be, passed over";
    } else {
        size_t size = (size_t)status.st_size;
        octets = g_malloc(size + 1);
        ssize_t got = 1;
        while (*length < size && (got = read(file, octets + *length, size - *length)) > 0)
            *length += (size_t)got;
        if (got < 0) {
            *why = g_strerror(errno);
            OPENSSL_cleanse(octets, *length);
            g_free(octets);
            octets = NULL;
        }
        *mode = status.st_mode;
    }
    close(file);
    return octets;
}

static void free_file(uint8_t *octets, size_t length)
{
    OPENSSL_cleanse(octets, length);
    g_free(octets);
}

static void load_file(walk *on, const char *path, bool guess, exposed *files)
{
    if (on->files >= SM_LIMIT_KEY_FILES) {
        if (!on->stopped)
            sm_keyring_tell(on->ring, true, path, "%s: not read, nor what follows: more than %u files", path,
                            SM_LIMIT_KEY_FILES);
        on->stopped = true;
        return;
    }
    on->files++;
    size_t length = 0;
    mode_t mode = 0;
    const char *why = "";
    uint8_t *octets = read_file(path, &length, &mode, &why);
    if (octets == NULL) {
        g_autofree char *name = g_path_get_basename(path);
        sm_keyring_tell(on->ring, true, path, "%s: %s", guess ? name : path, why);
        return;
    }
    sm_key_file result = sm_key_file_read(on->ring, sm_bytes_of(octets, length), path, on->role, guess);
    free_file(octets, length);
    on->taken += result.taken;
    if (result.secrets > 0 && (mode & (S_IRGRP | S_IROTH)) != 0) {
        if (files->count++ == 0)
            files->path = g_strdup(path);
    }
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names in a directory, hidden ones left out, in octet order. NULL when it cannot be read. */
static GPtrArray *list_directory(const char *path, GError **error)
{
    g_autoptr(GDir) directory = g_dir_open(path, 0, error);
    if (directory == NULL)
        return NULL;
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; (name = g_dir_read_name(directory)) != NULL;)
        if (name[0] != '.')
            g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    return names;
}

/* What of a directory is still to be read. */
typedef enum unread {
    UNREAD_NOTHING,
    UNREAD_DIRECTORIES, /* it was read at the end of a longer way: more of what is below it is now within the depth */
    UNREAD_ALL,
} unread;

static unread what_is_unread(walk *on, const struct stat *status)
{
    char *key = g_strdup_printf("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, (guint64)status->st_dev, (guint64)status->st_ino);
    gpointer depth;
    bool known = g_hash_table_lookup_extended(on->read, key, NULL, &depth);
    if (known && GPOINTER_TO_UINT(depth) <= on->ancestors) {
        g_free(key);
        return UNREAD_NOTHING;
    }
    g_hash_table_replace(on->read, key, GUINT_TO_POINTER(on->ancestors));
    return known ? UNREAD_DIRECTORIES : UNREAD_ALL;
}

static bool enter_directory(walk *on, const char *path, const struct stat *status)
{
    for (unsigned i = 0; i < on->ancestors; i++)
        if (on->ancestor[i].device == status->st_dev && on->ancestor[i].inode == status->st_ino) {
            sm_keyring_tell(on->ring, false, path, "%s: leads back to a directory above it, passed over", path);
            return false;
        }
    if (on->ancestors > SM_LIMIT_KEY_DIRECTORY_DEPTH) {
        sm_keyring_tell(on->ring, true, path, "%s: more than %d directories deep, passed over", path,
                        SM_LIMIT_KEY_DIRECTORY_DEPTH);
        return false;
    }
    on->ancestor[on->ancestors].device = status->st_dev;
    on->ancestor[on->ancestors].inode = status->st_ino;
    on->ancestors++;
    return true;
}

static void load_directory(walk *on, const char *path, const struct stat *status)
{
    if (!enter_directory(on, path, status))
        return;
    unread wanted = what_is_unread(on, status);
    g_autoptr(GError) error = NULL;
    GPtrArray *names = wanted != UNREAD_NOTHING ? list_directory(path, &error) : NULL;
    if (error != NULL)
        sm_keyring_tell(on->ring, true, path, "%s: %s", path, error->message);
    exposed files = {0};
    for (guint i = 0; names != NULL && i < names->len && !on->stopped; i++) {
        g_autofree char *member = g_build_filename(path, names->pdata[i], NULL);
        struct stat member_status;
        if (stat(member, &member_status) == 0 && S_ISDIR(member_status.st_mode))
            load_directory(on, member, &member_status);
        else if (wanted == UNREAD_ALL)
            load_file(on, member, true, &files); /* a broken or looping link is told of there */
    }
    tell_exposed(on->ring, &files, path);
    g_free(files.path);
    if (names != NULL)
        g_ptr_array_free(names, TRUE);
    on->ancestors--;
}

static unsigned load(sm_keyring *ring, const char *path, sm_key_role role)
{
    walk on = {.ring = ring, .role = role};
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        on.read = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        load_directory(&on, path, &status);
        g_hash_table_destroy(on.read);
        return on.taken;
    }
    exposed files = {0};
    load_file(&on, path, false, &files);
    tell_exposed(ring, &files, path);
    g_free(files.path);
    return on.taken;
}

unsigned sm_keyring_add_keys(sm_keyring *ring, const char *path)
{
    return load(ring, path, SM_KEY_ROLE_KEYS);
}

unsigned sm_keyring_add_trust(sm_keyring *ring, const char *path)
{
    return load(ring, path, SM_KEY_ROLE_TRUST);
}

unsigned sm_keyring_add_crls(sm_keyring *ring, const char *path)
{
    return load(ring, path, SM_KEY_ROLE_CRLS);
}

/* NAME=PASSWORD is for one file when NAME looks like a file's name. Base64 and the like may hold '=' too: such a line is tried as
 * it stands, and what follows the sign on a file that is called so. */
static void add_password_line(sm_keyring *ring, char *line)
{
    char *equals = strchr(line, '=');
    bool named = equals != NULL && equals != line && equals[1] != '\0';
    if (named) {
        g_autofree char *name = g_strndup(line, (gsize)(equals - line));
        sm_keyring_add_password(ring, name, equals + 1);
        if (strchr(name, '.') != NULL)
            return;
    }
    sm_keyring_add_password(ring, NULL, line);
}

bool sm_keyring_add_password_file(sm_keyring *ring, const char *path)
{
    size_t length = 0;
    mode_t mode = 0;
    const char *why = "";
    uint8_t *octets = read_file(path, &length, &mode, &why);
    if (octets == NULL) {
        sm_keyring_tell(ring, true, path, "%s: %s", path, why);
        return false;
    }
    octets[length] = '\0'; /* room for it is there */
    for (char *line = (char *)octets, *end = line + length; line < end;) {
        char *line_end = memchr(line, '\n', (size_t)(end - line));
        char *next = line_end != NULL ? line_end + 1 : end;
        if (line_end != NULL)
            *line_end = '\0';
        size_t line_length = strlen(line);
        if (line_length > 0 && line[line_length - 1] == '\r')
            line[line_length - 1] = '\0';
        if (line[0] != '\0')
            add_password_line(ring, line);
        line = next;
    }
    free_file(octets, length);
    return true;
}
