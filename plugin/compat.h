/* The differences between Wireshark 4.0, 4.4 and 4.6, one name of ours for each. Nothing else in the project looks at
 * Wireshark's version. */

#ifndef SIPSMIME_COMPAT_H
#define SIPSMIME_COMPAT_H

#include <glib.h>
#include <gmodule.h>

#include <ws_version.h>

#define COMPAT_WIRESHARK(major, minor) \
    (WIRESHARK_VERSION_MAJOR > (major) || \
     (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

/* Visible in the shared object although the build hides symbols. */
#define COMPAT_PLUGIN_EXPORT G_MODULE_EXPORT

/* The three variables by which the loader recognises a plugin and refuses one of another series. */
#define COMPAT_PLUGIN_VERSION(version) \
    COMPAT_PLUGIN_EXPORT extern const char plugin_version[]; \
    COMPAT_PLUGIN_EXPORT extern const int plugin_want_major; \
    COMPAT_PLUGIN_EXPORT extern const int plugin_want_minor; \
    const char plugin_version[] = version; \
    const int plugin_want_major = WIRESHARK_VERSION_MAJOR; \
    const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

/* plugin_describe() says that the plugin is a dissector: from 4.2 on, 4.0 knows no such function. */
#if COMPAT_WIRESHARK(4, 2)
#include <stdint.h>
#include <wsutil/plugins.h>
#define COMPAT_PLUGIN_DESCRIBE \
    COMPAT_PLUGIN_EXPORT uint32_t plugin_describe(void); \
    uint32_t plugin_describe(void) { return WS_PLUGIN_DESC_DISSECTOR; }
#else
#define COMPAT_PLUGIN_DESCRIBE
#endif

#endif
