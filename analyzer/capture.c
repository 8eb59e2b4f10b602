/* Capture: see capture.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "capture.h"

#include "plugin.h"
#include "record.h"
#include "session.h"

#include <epan/frame_data.h>
#include <epan/secrets.h>
#include <wsutil/nstime.h>
#include <wsutil/wslog.h>

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/prctl.h>
#include <unistd.h>

#define HASH_OCTETS 65536

/* What epan may ask about frames: those that dissectors compare with. */
struct packet_provider_data {
    frame_data first, previous;
    bool any;
};

static const nstime_t *frame_time(struct packet_provider_data *provider, uint32_t number)
{
    if (provider->any && provider->first.num == number)
        return &provider->first.abs_ts;
    if (provider->any && provider->previous.num == number)
        return &provider->previous.abs_ts;
    return NULL;
}

/* One run through a file */
typedef struct reading {
    const audit_input *input;
    bool detailed;
    int descriptor;
    capture_outcome *outcome;
    unsigned messages; /* written */
    int write_error;   /* errno; 0 while records can be written */
    struct packet_provider_data provider;
    nstime_t elapsed;
    uint32_t octets; /* of all frames, as epan counts them */
} reading;

static void end(reading *run, audit_input_status status, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void end(reading *run, audit_input_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_vsnprintf(run->outcome->error, sizeof run->outcome->error, format, arguments);
    va_end(arguments);
    run->outcome->status = status;
}

/* Messages */

/* Requests and responses without a body are judged for what they say of other messages; they are reported when a rule finds
 * something in them. */
static bool is_reported(const smime_tap_message *message)
{
    const sm_inspection *inspection = message->conclusion->inspection;
    const sm_carrier *carrier = inspection->carrier;
    bool has_body = inspection->sources[0].octets.length > 0 || carrier->missing > 0;
    return carrier->kind != SM_CARRIER_SIP || has_body || message->findings->count > 0;
}

static void write_message(void *context, const smime_tap_message *judged)
{
    reading *run = context;
    if (run->write_error || !is_reported(judged))
        return;
    smime_tap_message message = *judged;
    message.number = ++run->messages;
    if (!audit_record_write(run->descriptor, &message, run->input->name, run->detailed))
        run->write_error = errno ? errno : EIO;
}

/* Frames */

static void dissect(reading *run, epan_dissect_t *dissection, int file_type, compat_wtap_rec *record,
                    int64_t offset)
{
    struct packet_provider_data *provider = &run->provider;
    frame_data frame;
    frame_data_init(&frame, ++run->outcome->frames, &record->rec, offset, run->octets);
    const frame_data *first = provider->any ? &provider->first : NULL;
    frame_data_set_before_dissect(&frame, &run->elapsed, &first, provider->any ? &provider->previous : NULL);
    if (!provider->any)
        provider->first = frame;
    compat_epan_dissect_run_with_taps(dissection, file_type, record, &frame, NULL);
    frame_data_set_after_dissect(&frame, &run->octets);
    epan_dissect_reset(dissection);
    provider->previous = frame;
    provider->any = true;
    frame_data_destroy(&frame);
}

/* What went wrong, in Wireshark's words and the file format's own. */
static void end_by_error(reading *run, audit_input_status status, int error, char *details)
{
    const char *reason = error > 0 ? g_strerror(error) : wtap_strerror(error);
    if (error == WTAP_ERR_SHORT_READ)
        end(run, status, "the file is cut short: it ends within a packet");
    else if (details && *details)
        end(run, status, "%s (%s)", reason, details);
    else
        end(run, status, "%s", reason);
    g_free(details);
}

static void read_frames(reading *run, wtap *capture)
{
    const struct packet_provider_funcs functions = compat_packet_provider_funcs(frame_time);
    int file_type = wtap_file_type_subtype(capture), error = 0;
    char *details = NULL;
    int64_t offset;
    epan_t *session = epan_new(&run->provider, &functions);
    wtap_set_cb_new_secrets(capture,
                            secrets_wtap_callback); /* called at once: 4.6 needs the session for it */
    epan_dissect_t *dissection = epan_dissect_new(session, FALSE, FALSE);
    compat_wtap_rec record;
    compat_wtap_rec_init(&record);
    while (run->write_error == 0 && compat_wtap_read(capture, &record, &error, &details, &offset)) {
        dissect(run, dissection, file_type, &record, offset);
        compat_wtap_rec_reset(&record);
    }
    epan_dissect_free(dissection);
    compat_wtap_rec_cleanup(&record);
    smime_session_finish(); /* messages that were never completed are judged here */
    epan_free(session);
    if (run->write_error)
        end(run, AUDIT_INPUT_INCOMPLETE, "its records cannot be written to a temporary file: %s",
            g_strerror(run->write_error));
    else if (error)
        end_by_error(run, AUDIT_INPUT_INCOMPLETE, error, details);
}

/* The file */

/* Wiretap takes whole documents for captures of one frame too: pictures, JSON, PEM. No message is in them, and a directory of
 * captures may hold such files. */
static bool holds_no_packets(wtap *capture)
{
    switch (wtap_file_encap(capture)) {
    case WTAP_ENCAP_BER: /* PKCS#12 */
    case WTAP_ENCAP_MIME:
    case WTAP_ENCAP_JSON:
    case WTAP_ENCAP_RFC7468:
    case WTAP_ENCAP_RUBY_MARSHAL:
    case WTAP_ENCAP_SYSTEMD_JOURNAL:
    case WTAP_ENCAP_MPEG:
    case WTAP_ENCAP_MP4:
        return true;
    default:
        return false;
    }
}

static void hash_file(reading *run)
{
    int file = open(run->input->path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    char *buffer = g_malloc(HASH_OCTETS);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    ssize_t got = 0;
    bool good = context && lseek(file, 0, SEEK_SET) == 0 && EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    while (good && (got = read(file, buffer, HASH_OCTETS)) > 0)
        good = EVP_DigestUpdate(context, buffer, (size_t)got);
    run->outcome->has_sha256 = good && got == 0 && EVP_DigestFinal_ex(context, run->outcome->sha256, NULL);
    EVP_MD_CTX_free(context);
    g_free(buffer);
    close(file);
}

/* Each of wiretap's readers is asked whether the file is one of its own. One of 4.6 tells the log aloud that it is not: only `error` counts here. */
static wtap *open_quietly(const char *path, int *error, char **details)
{
    enum ws_log_level level = ws_log_get_level();
    ws_log_set_level(LOG_LEVEL_CRITICAL);
    wtap *capture = wtap_open_offline(path, WTAP_TYPE_AUTO, error, details, FALSE);
    ws_log_set_level(level);
    return capture;
}

static wtap *open_capture(reading *run)
{
    int error = 0;
    char *details = NULL;
    wtap *capture = open_quietly(run->input->path, &error, &details);
    if (!capture && error == WTAP_ERR_FILE_UNKNOWN_FORMAT) {
        end(run, AUDIT_INPUT_UNRECOGNISED, "the file is no capture in a format that Wireshark reads");
        g_free(details);
    } else if (!capture) {
        end_by_error(run, AUDIT_INPUT_UNREADABLE, error, details);
    } else if (holds_no_packets(capture)) {
        end(run, AUDIT_INPUT_UNRECOGNISED, "the file holds no packets but %s",
            wtap_encap_description(wtap_file_encap(capture)));
        wtap_close(capture);
        capture = NULL;
    }
    return capture;
}

void capture_read(const audit_input *input, bool detailed, int descriptor, capture_outcome *outcome)
{
    reading run = {.input = input, .detailed = detailed, .descriptor = descriptor, .outcome = outcome};
    nstime_set_zero(&run.elapsed);
    outcome->status = AUDIT_INPUT_READ;
    if (detailed)
        hash_file(&run);
    wtap *capture = open_capture(&run);
    /* This memory holds private keys; a dissector that crashes must not leave it in a core file. (Not earlier: such a process cannot
     * open its own descriptors by name.) */
    prctl(PR_SET_DUMPABLE, 0);
    if (capture) {
        smime_session_observe(write_message, &run);
        read_frames(&run, capture);
        smime_session_observe(NULL, NULL);
        wtap_close(capture);
    }
    outcome->finished = 1;
}
