/* Dissection: see dissection.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "dissection.h"

#include "complain.h"
#include "decode_as.h"
#include "plugin.h"

#include <epan/addr_resolv.h>
#include <epan/prefs.h>
#include <epan/timestamp.h>
#include <wsutil/privileges.h>
#include <wsutil/report_message.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* A directory that is not there and that nobody can make. */
#define NOWHERE "/proc/sipsmime-audit"

/* Wireshark's own complaints */

static void complain_list(const char *format, va_list arguments)
{
    char *text = g_strdup_vprintf(format, arguments);
    complain("%s", g_strchomp(text));
    g_free(text);
}

static void complain_open(const char *name, int problem, compat_bool for_writing)
{
    (void)for_writing;
    complain("%s: %s", name, problem > 0 ? g_strerror(problem) : wtap_strerror(problem));
}

static void complain_read(const char *name, int problem)
{
    complain("%s: %s", name, g_strerror(problem));
}

static const struct report_message_routines report_routines = {
    .vreport_failure = complain_list,
    .vreport_warning = complain_list,
    .report_open_failure = complain_open,
    .report_read_failure = complain_read,
    .report_write_failure = complain_read,
};

/* Starting */

/* Preferences and scripts of the user; where Wireshark itself is installed it may still read what the administrator set. As root,
 * WIRESHARK_PLUGIN_DIR is ignored, but no plugin is loaded at all by epan_init(..., false), which is what keeps an installed
 * sipsmime.so from registering the protocol a second time. */
static void leave_user_settings_out(void)
{
    static const char *const places[] = {"WIRESHARK_CONFIG_DIR", "WIRESHARK_PLUGIN_DIR", "HOME",
                                         "XDG_CONFIG_HOME"};
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        g_setenv(places[i], NOWHERE, TRUE);
}

bool audit_dissection_start(const char *program_path)
{
    leave_user_settings_out();
    compat_ws_log_init(AUDIT_NAME, complain_list);
    init_process_policies();
    relinquish_special_privs_perm();
    char *problem = compat_configuration_init(program_path);
    if (problem) {
        complain("%s", problem);
        g_free(problem);
    }
    init_report_message(AUDIT_NAME, &report_routines);
    timestamp_set_type(TS_RELATIVE);
    timestamp_set_precision(TS_PREC_AUTO);
    timestamp_set_seconds_type(TS_SECONDS_DEFAULT);
    wtap_init(false);
    plugin_register();
    if (!epan_init(NULL, NULL, false)) {
        complain("libwireshark cannot be started");
        return false;
    }
    epan_load_settings();
    disable_name_resolution(); /* reports show addresses; nothing is looked up */
    return true;
}

/* Preferences */

/* Wireshark says nothing when it cannot read its TLS key log, and the messages would seem not to be there. */
static bool check_key_log(const char *setting)
{
    static const char key_log[] = "tls.keylog_file:";
    const char *path = g_str_has_prefix(setting, key_log) ? setting + strlen(key_log) : NULL;
    if (!path || !*path || access(path, R_OK) == 0)
        return true;
    complain("-o %s: %s", setting, g_strerror(errno));
    return false;
}

static bool set_preference(const char *setting)
{
    char *copy = g_strdup(setting), *problem = NULL;
    prefs_set_pref_e result = prefs_set_pref(copy, &problem);
    switch (result) {
    case PREFS_SET_OK:
        break;
    case PREFS_SET_SYNTAX_ERR:
        complain("-o %s: %s", setting,
                 problem ? problem : "write NAME:VALUE with a value of the preference's kind");
        break;
    case PREFS_SET_NO_SUCH_PREF:
        complain("-o %s: there is no such preference, see tshark -G currentprefs", setting);
        break;
    case PREFS_SET_OBSOLETE:
        complain("-o %s: this preference is obsolete", setting);
        break;
    }
    g_free(problem);
    g_free(copy);
    return result == PREFS_SET_OK && check_key_log(setting);
}

bool audit_dissection_set(const audit_options *options)
{
    bool good = true;
    for (char **setting = options->preferences; setting && *setting; setting++)
        good = set_preference(*setting) && good;
    prefs_apply_all();
    for (char **rule = options->decode_as; rule && *rule; rule++)
        good = audit_decode_as(*rule) && good;
    return good;
}
