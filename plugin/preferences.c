/* Preferences: see preferences.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "preferences.h"

#include "session.h"

#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/uat.h>
#include <wsutil/report_message.h>

#include <time.h>

/* What the preferences hold. The strings belong to Wireshark's preference code. */
static const char *keys_directory = "";
static const char *trust_path = "";
static const char *crl_path = "";
static const char *fixed_time = "";
static int time_choice = SM_TIME_CAPTURE;
static int profile = SM_PROFILE_RFC8591;
static compat_bool password_recipients = false;

/* Single keys with their password: the table "smime_keys". */
typedef struct key_record {
    char *path;
    char *password;
} key_record;

static key_record *key_records;
static unsigned key_record_count;

UAT_FILENAME_CB_DEF(key_records, path, key_record)
UAT_CSTRING_CB_DEF(key_records, password, key_record)

static void *copy_key_record(void *to, const void *from, size_t size)
{
    (void)size;
    key_record *copy = to;
    const key_record *record = from;
    copy->path = g_strdup(record->path);
    copy->password = g_strdup(record->password);
    return copy;
}

static void free_key_record(void *data)
{
    key_record *record = data;
    g_free(record->path);
    if (record->password)
        memset(record->password, 0, strlen(record->password));
    g_free(record->password);
}

static compat_bool check_key_record(void *data, char **error)
{
    const key_record *record = data;
    *error = NULL;
    if (record->path && *record->path)
        return true;
    *error = g_strdup("a file must be named");
    return false;
}

/* Building the key ring */

static bool is_set(const char *text)
{
    return text && *text;
}

enum { NOTICES_TOLD = 20 }; /* each is a box to close in the window, and a folder of anything may be named for one of keys */

/* A file that the table names for its password lies in the directory too: what is wrong with it is said once. */
static void report_notices(const sm_keyring *ring)
{
    unsigned count, left = 0;
    const sm_notice *notices = sm_keyring_notices(ring, &count);
    GHashTable *said = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned i = 0; i < count; i++) {
        if (!g_hash_table_add(said, (gpointer)notices[i].text))
            continue;
        if (g_hash_table_size(said) > NOTICES_TOLD) {
            left++;
            continue;
        }
        if (notices[i].level == SM_NOTICE_ERROR)
            report_failure("S/MIME: %s", notices[i].text);
        else
            report_warning("S/MIME: %s", notices[i].text);
    }
    if (left)
        report_failure("S/MIME: %u more like these about keys, certificates and CRLs: sipsmime-audit --keys tells them all", left);
    g_hash_table_destroy(said);
}

static sm_keyring *build_keyring(void)
{
    sm_keyring *ring = sm_keyring_new();
    for (unsigned i = 0; i < key_record_count; i++)
        if (is_set(key_records[i].path) && is_set(key_records[i].password)) {
            char *name = g_path_get_basename(key_records[i].path);
            sm_keyring_add_password(ring, name, key_records[i].password);
            g_free(name);
        }
    for (unsigned i = 0; i < key_record_count; i++)
        if (is_set(key_records[i].path))
            sm_keyring_add_keys(ring, key_records[i].path);
    if (is_set(keys_directory))
        sm_keyring_add_keys(ring, keys_directory);
    if (is_set(trust_path))
        sm_keyring_add_trust(ring, trust_path);
    if (is_set(crl_path))
        sm_keyring_add_crls(ring, crl_path);
    report_notices(ring);
    return ring;
}

/* Preferences and table are set one after the other: the ring is built when a capture is opened, once and with all of them. Wireshark opens
 * the capture anew when one of them changes. */
static bool changed = true;

static void note_change(void)
{
    changed = true;
}

static void configure_session(void)
{
    if (!changed)
        return;
    changed = false;
    sm_settings settings = {
        .time_choice = (sm_time_choice)time_choice,
        .now = sm_moment_at(time(NULL), 0),
        .password_recipients = password_recipients,
    };
    if (settings.time_choice == SM_TIME_FIXED) {
        settings.fixed = sm_moment_parse_rfc3339(fixed_time);
        if (!settings.fixed.known)
            report_failure("S/MIME: smime.fixed_time \"%s\" is no RFC 3339 time such as 2026-01-15T10:00:00Z", fixed_time);
    }
    sm_keyring *ring = build_keyring();
    settings.keyring = ring;
    sm_rule_settings rules = {.profile = (sm_profile)profile};
    smime_session_configure(&settings, &rules, false);
    sm_keyring_unref(ring);
}

static const enum_val_t time_choices[] = {
    {"capture", "Capture time", SM_TIME_CAPTURE},
    {"signing", "Signing time", SM_TIME_SIGNING},
    {"now", "Now", SM_TIME_NOW},
    {"fixed", "The time below", SM_TIME_FIXED},
    {NULL, NULL, 0},
};

static const enum_val_t profiles[] = {
    {"rfc8591", "RFC 8591", SM_PROFILE_RFC8591},
    {"rfc3261", "RFC 3261 (legacy)", SM_PROFILE_RFC3261},
    {"strict", "Strict", SM_PROFILE_STRICT},
    {NULL, NULL, 0},
};

void smime_preferences_register(int proto)
{
    static uat_field_t key_fields[] = {
        UAT_FLD_FILENAME(key_records, path, "File", "Private key, certificate, PKCS#12, KEK (.kek) or content key (.cek)"),
        UAT_FLD_CSTRING(key_records, password, "Password", "For a PKCS#12 file or an encrypted key; empty otherwise"),
        UAT_END_FIELDS,
    };
    module_t *module = prefs_register_protocol(proto, note_change);
    register_init_routine(configure_session);
    prefs_register_directory_preference(module, "keys", "Key directory",
                                        "Directory, searched with its subdirectories, of private keys, certificates, PKCS#12, KEKs and content keys",
                                        &keys_directory);
    uat_t *table = uat_new("S/MIME keys", sizeof(key_record), "smime_keys", true, (void **)&key_records, &key_record_count,
                           UAT_AFFECTS_DISSECTION, NULL, copy_key_record, check_key_record, free_key_record, note_change, NULL, key_fields);
    prefs_register_uat_preference(module, "key_table", "Single keys", "Key files with their passwords", table);
    prefs_register_filename_preference(module, "trust", "Trust anchors", "File or directory of certificates; without it certificate paths are not evaluated",
                                       &trust_path, false);
    prefs_register_filename_preference(module, "crl", "Certificate revocation lists", "File or directory of CRLs", &crl_path, false);
    prefs_register_enum_preference(module, "time", "Certificates must be valid at", "The time at which certificates are judged", &time_choice, time_choices,
                                   false);
    prefs_register_string_preference(module, "fixed_time", "Fixed time", "RFC 3339, for example 2026-01-15T10:00:00Z", &fixed_time);
    prefs_register_enum_preference(module, "profile", "Profile", "Which standard's rules are checked", &profile, profiles, false);
    prefs_register_bool_preference(module, "password_recipients", "Try passwords on password recipients",
                                   "Also try the passwords on password recipients (PWRI), which is slow", &password_recipients);
}
