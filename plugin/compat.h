/* Wireshark 4.0, 4.4 and 4.6 under one set of names: the only file of the project that looks at Wireshark's version.
 *
 * Part one is for whoever dissects, part two for a program of its own on libwireshark. What has the same name and
 * meaning in all three stands nowhere here: pinfo->pool in particular serves everywhere, where 4.6 has dropped
 * wmem_packet_scope(). The integer types differ in name only (guint8 is uint8_t, guint32 is uint32_t); the boolean
 * type differs in size, see compat_bool.
 *
 * `octets`, `length` and `offset` count octets. Nothing here takes ownership unless its comment says so. */

#ifndef SIPSMIME_COMPAT_H
#define SIPSMIME_COMPAT_H

#include <glib.h>
#include <gmodule.h>
#include <stdbool.h>
#include <stdint.h>

#include <ws_version.h>

#include <epan/epan.h>
#include <epan/epan_dissect.h>
#include <epan/packet.h>
#include <epan/stats_tree.h>
#include <epan/tvbuff.h>
#include <epan/uat.h>
#include <wiretap/wtap.h>
#include <wsutil/filesystem.h>
#include <wsutil/wslog.h>

/* True when the headers are of this series or a later one. */
#define COMPAT_WIRESHARK(major, minor)    \
    (WIRESHARK_VERSION_MAJOR > (major) || \
     (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

#if WIRESHARK_VERSION_MAJOR != 4 || \
    (WIRESHARK_VERSION_MINOR != 0 && WIRESHARK_VERSION_MINOR != 4 && WIRESHARK_VERSION_MINOR != 6)
#error "sipsmime is written for Wireshark 4.0, 4.4 and 4.6"
#endif

#if COMPAT_WIRESHARK(4, 4)
#include <epan/dissectors/packet-media-type.h>
#include <wsutil/plugins.h>
#else
#include <epan/dissectors/packet-http.h>
#endif

/* ---- Part one: dissection ------------------------------------------------------------------------------------- */

/* What the loader reads from a plugin: two integers that must equal its own series, a version to show and
 * plugin_register(). G_MODULE_EXPORT makes them visible in an object that hides its symbols. Used once, in plugin.c,
 * with the version as a string literal.
 * 4.0: these are all. 4.4 and later: also plugin_describe(), which says what kinds of things the plugin adds; 4.0's
 * package has no wsutil/plugins.h. */
#define COMPAT_PLUGIN_EXPORT G_MODULE_EXPORT

#define COMPAT_PLUGIN_VERSION_(version)                      \
    COMPAT_PLUGIN_EXPORT extern const char plugin_version[]; \
    COMPAT_PLUGIN_EXPORT extern const int plugin_want_major; \
    COMPAT_PLUGIN_EXPORT extern const int plugin_want_minor; \
    const char plugin_version[] = version;                   \
    const int plugin_want_major = WIRESHARK_VERSION_MAJOR;   \
    const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

#if COMPAT_WIRESHARK(4, 4)
#define COMPAT_PLUGIN(version)                           \
    COMPAT_PLUGIN_VERSION_(version)                      \
    COMPAT_PLUGIN_EXPORT uint32_t plugin_describe(void); \
    uint32_t plugin_describe(void)                       \
    {                                                    \
        return WS_PLUGIN_DESC_DISSECTOR;                 \
    }
#else
#define COMPAT_PLUGIN(version) COMPAT_PLUGIN_VERSION_(version)
#endif

/* The boolean type of epan's interfaces: what a heuristic dissector, a UAT check or update function, a wmem callback
 * and a report_message routine return or take, and what a boolean preference's variable is.
 * 4.0: gboolean, an int. 4.4 and later: bool, one octet. A variable or function pointer of the other type is wrong. */
#if COMPAT_WIRESHARK(4, 4)
typedef bool compat_bool;
#else
typedef gboolean compat_bool;
#endif

/* The octet at offset; throws when the buffer ends before it.
 * 4.0: tvb_get_guint8. 4.4 and later: tvb_get_uint8, the old name deprecated. */
static inline uint8_t compat_tvb_get_uint8(tvbuff_t *tvb, int offset)
{
#if COMPAT_WIRESHARK(4, 4)
    return tvb_get_uint8(tvb, offset);
#else
    return tvb_get_guint8(tvb, offset);
#endif
}

/* The offset of the first octet equal to needle within max_length octets from offset (-1: to the end), or -1.
 * 4.0: tvb_find_guint8. 4.4 and later: tvb_find_uint8, the old name deprecated. */
static inline int compat_tvb_find_uint8(tvbuff_t *tvb, int offset, int max_length, uint8_t needle)
{
#if COMPAT_WIRESHARK(4, 4)
    return tvb_find_uint8(tvb, offset, max_length, needle);
#else
    return tvb_find_guint8(tvb, offset, max_length, needle);
#endif
}

/* Inflates zlib, gzip or raw deflate data: length octets of tvb from offset. Returns a new buffer that the caller
 * frees (tvb_free) or chains, or NULL when the data cannot be inflated. How far it grows is epan's limit, not ours.
 * 4.0: tvb_uncompress. 4.4 and later: tvb_uncompress_zlib, the old name deprecated. */
static inline tvbuff_t *compat_tvb_uncompress(tvbuff_t *tvb, int offset, int length)
{
#if COMPAT_WIRESHARK(4, 4)
    return tvb_uncompress_zlib(tvb, offset, length);
#else
    return tvb_uncompress(tvb, offset, length);
#endif
}

/* As compat_tvb_uncompress; the result lives as long as parent does and is not freed by the caller.
 * 4.0: tvb_child_uncompress. 4.4 and later: tvb_child_uncompress_zlib, the old name deprecated. */
static inline tvbuff_t *compat_tvb_child_uncompress(tvbuff_t *parent, tvbuff_t *tvb, int offset, int length)
{
#if COMPAT_WIRESHARK(4, 4)
    return tvb_child_uncompress_zlib(parent, tvb, offset, length);
#else
    return tvb_child_uncompress(parent, tvb, offset, length);
#endif
}

/* The name under which a data source's octets are shown, allocated by wmem without a scope, which is g_malloc: to be
 * freed with g_free().
 * 4.0, 4.4: get_data_source_name. 4.6: get_data_source_description. */
static inline char *compat_data_source_description(const struct data_source *source)
{
#if COMPAT_WIRESHARK(4, 6)
    return get_data_source_description(source);
#else
    return get_data_source_name(source);
#endif
}

/* Calls the dissector that the string table holds for the string, the protocol's name added to the layers. Returns
 * the octets it dissected; 0 when there is none or when it refused. data is handed on.
 * 4.0, 4.4: dissector_try_string. 4.6: dissector_try_string_with_data, the old name deprecated. */
static inline int compat_dissector_try_string(dissector_table_t table, const char *string, tvbuff_t *tvb,
                                              packet_info *pinfo, proto_tree *tree, void *data)
{
#if COMPAT_WIRESHARK(4, 6)
    return dissector_try_string_with_data(table, string, tvb, pinfo, tree, true, data);
#else
    return dissector_try_string(table, string, tvb, pinfo, tree, data);
#endif
}

/* What the callers of the table "media_type" give as data: members type, media_str, content_id and data, laid out
 * alike in all series. NULL from multipart and MSRP. From SIP the type is COMPAT_MEDIA_CONTAINER_SIP and data is a
 * sdp_setup_info_t.
 * 4.0: http_message_info_t in packet-http.h. 4.4 and later: media_content_info_t in packet-media-type.h. */
#if COMPAT_WIRESHARK(4, 4)
typedef media_content_info_t compat_media_content_info_t;
#define COMPAT_MEDIA_CONTAINER_SIP MEDIA_CONTAINER_SIP_DATA
#define COMPAT_MEDIA_CONTAINER_OTHER MEDIA_CONTAINER_OTHER
#else
typedef http_message_info_t compat_media_content_info_t;
#define COMPAT_MEDIA_CONTAINER_SIP SIP_DATA
#define COMPAT_MEDIA_CONTAINER_OTHER HTTP_OTHERS
#endif

/* A handle of a dissector that is called whether or not a protocol is enabled (none is given), for tables that offer their
 * entries for Decode As. `name` is unique among dissectors, `description` is what a person would see; both are literals.
 * 4.0: handles have neither. 4.4 and later: a handle without a description is complained of in such tables. */
static inline dissector_handle_t compat_create_dissector_handle(dissector_t dissector, const char *name,
                                                                const char *description)
{
#if COMPAT_WIRESHARK(4, 4)
    return create_dissector_handle_with_name_and_description(dissector, -1, name, description);
#else
    (void)name;
    (void)description;
    return create_dissector_handle(dissector, -1);
#endif
}

/* A UAT column that names a dissector: the callbacks' definition and the field.
 * 4.0: UAT_PROTO_DEF and UAT_FLD_PROTO. 4.4 and later: UAT_DISSECTOR_DEF and UAT_FLD_DISSECTOR, same arguments. */
#if COMPAT_WIRESHARK(4, 4)
#define COMPAT_UAT_DISSECTOR_DEF UAT_DISSECTOR_DEF
#define COMPAT_UAT_FLD_DISSECTOR UAT_FLD_DISSECTOR
#else
#define COMPAT_UAT_DISSECTOR_DEF UAT_PROTO_DEF
#define COMPAT_UAT_FLD_DISSECTOR UAT_FLD_PROTO
#endif

/* Between the menu levels in the path of a statistics tree, a string literal.
 * 4.0: one slash. 4.4 and later: STATS_TREE_MENU_SEPARATOR, two. */
#if COMPAT_WIRESHARK(4, 4)
#define COMPAT_STATS_TREE_SEPARATOR STATS_TREE_MENU_SEPARATOR
#else
#define COMPAT_STATS_TREE_SEPARATOR "/"
#endif

/* ---- Part two: a program of its own on libwireshark ------------------------------------------------------------ */

/* Starts Wireshark's logging; report_error prints what is wrong with the logging options in the environment.
 * 4.0, 4.4: ws_log_init(name, report_error). 4.6: ws_log_init(report_error), the name is GLib's program name, which
 * is set here in every series. */
static inline void compat_ws_log_init(const char *program_name, void (*report_error)(const char *, va_list))
{
    g_set_prgname(program_name);
#if COMPAT_WIRESHARK(4, 6)
    ws_log_init(report_error);
#else
    ws_log_init(program_name, report_error);
#endif
}

/* Finds the directories of configuration, data and plugins. program_path is argv[0]. Returns NULL, or a description
 * of what is wrong, to be freed with g_free(); the program may go on.
 * 4.0, 4.4: configuration_init(path, namespace), NULL the default namespace. 4.6: configuration_init(path). */
static inline char *compat_configuration_init(const char *program_path)
{
#if COMPAT_WIRESHARK(4, 6)
    return configuration_init(program_path);
#else
    return configuration_init(program_path, NULL);
#endif
}

/* What epan_new() needs to know of a capture, by copy: the time stamp of a frame. epan takes NULL for the rest.
 * 4.0: the interface callbacks take an interface's number. 4.4: also its section's. 4.6: there are callbacks for
 * processes too. None of these is given here, so frame.interface_name stays a number. */
static inline struct packet_provider_funcs compat_packet_provider_funcs(
    const nstime_t *(*get_frame_ts)(struct packet_provider_data *, uint32_t))
{
    struct packet_provider_funcs functions = {.get_frame_ts = get_frame_ts};
    return functions;
}

/* One record of a capture with its octets. Initialise once, read as often as wished, reset after each record, clean
 * up once. The record's header is `rec`, the same in all series as far as packets go.
 * 4.0, 4.4: the octets are in a Buffer beside the wtap_rec. 4.6: inside it. */
typedef struct {
    wtap_rec rec;
#if !COMPAT_WIRESHARK(4, 6)
    Buffer data;
#endif
} compat_wtap_rec;

/* Room for a usual frame to begin with; both buffers grow to what the file holds. */
#define COMPAT_WTAP_REC_SPACE 1514

/* 4.0, 4.4: wtap_rec_init(rec) and a Buffer of its own. 4.6: wtap_rec_init(rec, space). */
static inline void compat_wtap_rec_init(compat_wtap_rec *record)
{
#if COMPAT_WIRESHARK(4, 6)
    wtap_rec_init(&record->rec, COMPAT_WTAP_REC_SPACE);
#else
    wtap_rec_init(&record->rec);
    ws_buffer_init(&record->data, COMPAT_WTAP_REC_SPACE);
#endif
}

/* Makes the record ready for the next read. No difference; here so that a record is handled by one set of names. */
static inline void compat_wtap_rec_reset(compat_wtap_rec *record)
{
    wtap_rec_reset(&record->rec);
}

/* 4.0, 4.4: the Buffer is freed on its own. 4.6: with the record. */
static inline void compat_wtap_rec_cleanup(compat_wtap_rec *record)
{
    wtap_rec_cleanup(&record->rec);
#if !COMPAT_WIRESHARK(4, 6)
    ws_buffer_free(&record->data);
#endif
}

/* The record's captured octets, rec.rec_header.packet_header.caplen of them for a packet; valid until the next read
 * or clean-up. */
static inline const uint8_t *compat_wtap_rec_octets(compat_wtap_rec *record)
{
#if COMPAT_WIRESHARK(4, 6)
    return ws_buffer_start_ptr(&record->rec.data);
#else
    return ws_buffer_start_ptr(&record->data);
#endif
}

/* Reads the next record. False at the end of the file (*error is 0) and on failure: *error is an errno or a negative
 * WTAP_ERR_, *error_info a further text or NULL, to be freed with g_free(). *offset is the record's place in the file
 * for compat_wtap_seek_read.
 * 4.0, 4.4: wtap_read takes the Buffer. 4.6: it does not. */
static inline bool compat_wtap_read(wtap *capture, compat_wtap_rec *record, int *error, char **error_info,
                                    int64_t *offset)
{
#if COMPAT_WIRESHARK(4, 6)
    return wtap_read(capture, &record->rec, error, error_info, offset);
#else
    return wtap_read(capture, &record->rec, &record->data, error, error_info, offset) != 0;
#endif
}

/* Reads the record at an offset that compat_wtap_read gave, from a capture opened for random access. Errors as there.
 * 4.0, 4.4: wtap_seek_read takes the Buffer. 4.6: it does not. */
static inline bool compat_wtap_seek_read(wtap *capture, int64_t offset, compat_wtap_rec *record, int *error,
                                         char **error_info)
{
#if COMPAT_WIRESHARK(4, 6)
    return wtap_seek_read(capture, offset, &record->rec, error, error_info);
#else
    return wtap_seek_read(capture, offset, &record->rec, &record->data, error, error_info) != 0;
#endif
}

#if !COMPAT_WIRESHARK(4, 6)
/* The frame's octets as a buffer that the dissection owns. epan's own frame_tvbuff_new is not exported. */
static inline tvbuff_t *compat_frame_tvb_(compat_wtap_rec *record, const frame_data *frame)
{
    return tvb_new_real_data(compat_wtap_rec_octets(record), frame->cap_len,
                             frame->pkt_len > G_MAXINT ? G_MAXINT : (int)frame->pkt_len);
}
#endif

/* Dissects the record as the frame and runs the taps. file_type is wtap_file_type_subtype()'s. columns may be NULL.
 * The record's octets must stay until epan_dissect_reset() or epan_dissect_cleanup().
 * 4.0, 4.4: epan_dissect_run_with_taps takes the frame's buffer and owns it. 4.6: it makes it from the record. */
static inline void compat_epan_dissect_run_with_taps(epan_dissect_t *dissection, int file_type,
                                                     compat_wtap_rec *record, frame_data *frame,
                                                     struct epan_column_info *columns)
{
#if COMPAT_WIRESHARK(4, 6)
    epan_dissect_run_with_taps(dissection, file_type, &record->rec, frame, columns);
#else
    epan_dissect_run_with_taps(dissection, file_type, &record->rec, compat_frame_tvb_(record, frame), frame,
                               columns);
#endif
}

/* As compat_epan_dissect_run_with_taps, without the taps: the same difference. */
static inline void compat_epan_dissect_run(epan_dissect_t *dissection, int file_type, compat_wtap_rec *record,
                                           frame_data *frame, struct epan_column_info *columns)
{
#if COMPAT_WIRESHARK(4, 6)
    epan_dissect_run(dissection, file_type, &record->rec, frame, columns);
#else
    epan_dissect_run(dissection, file_type, &record->rec, compat_frame_tvb_(record, frame), frame, columns);
#endif
}

#endif
