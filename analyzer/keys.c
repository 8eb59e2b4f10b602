/* Keys: see keys.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "keys.h"

#include "complain.h"

static bool is_named(char *const *paths, const char *path)
{
    return paths && path && g_strv_contains((const char *const *)paths, path);
}

static bool was_named(const audit_options *options, const char *path)
{
    return is_named(options->keys, path) || is_named(options->trust, path) || is_named(options->crls, path) ||
           is_named(options->password_files, path);
}

sm_keyring *audit_keys_load(const audit_options *options, bool *unusable)
{
    sm_keyring *ring = sm_keyring_new();
    for (char **path = options->password_files; path && *path; path++) /* before the keys that need them */
        sm_keyring_add_password_file(ring, *path);
    for (char **path = options->keys; path && *path; path++)
        sm_keyring_add_keys(ring, *path);
    for (char **path = options->trust; path && *path; path++)
        sm_keyring_add_trust(ring, *path);
    for (char **path = options->crls; path && *path; path++)
        sm_keyring_add_crls(ring, *path);

    unsigned count;
    const sm_notice *notices = sm_keyring_notices(ring, &count);
    *unusable = false;
    for (unsigned i = 0; i < count; i++) {
        complain("%s%s", notices[i].level == SM_NOTICE_WARNING ? "warning: " : "", notices[i].text);
        if (notices[i].level == SM_NOTICE_ERROR && was_named(options, notices[i].path))
            *unusable = true;
    }
    return ring;
}
