/* Record: one judged message as plain data that outlives its capture and can travel from a worker to its parent.
 *
 * A worker has read hostile input, so its parent believes nothing about the octets it gets: they are one GVariant, which has no
 * invalid form, and every text in it is made printable before it is written.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "tap.h"

#include <glib.h>
#include <stdio.h>

/* Longest serialised record that is read back: some thousand recipients, certificates and findings. */
#define AUDIT_RECORD_OCTETS_MAX (256u << 20)

typedef struct audit_finding {
    const char *rule; /* id */
    sm_severity severity;
    const char *message;
    int layer; /* index, outermost first; -1 for the message */
} audit_finding;

typedef struct audit_verdict {
    sm_verdict_kind kind;
    sm_reason reason;
} audit_verdict;

/* Texts are UTF-8 without control characters, "" where there is none; all belong to the record. */
typedef struct audit_record {
    unsigned number; /* of the message in its capture, from 1 */
    uint32_t first_frame, last_frame;
    unsigned frame_count;
    sm_carrier_kind carrier;
    const char *time; /* RFC 3339 */
    const char *transport;
    const char *source, *destination;
    const char *method; /* "MESSAGE", "SEND"; "200" for a response */
    const char *from,
        *to; /* SIP URIs of sender and receiver; MSRP without its SIP dialog: the last URIs of the paths */
    bool smime;
    const char *layers; /* "signed-data", "authEnveloped-data+signed-data": outermost first */
    audit_verdict signed_, encrypted, identity;
    const char *signer, *summary;
    bool has_content;
    const char *content_type;
    guint64 content_length; /* octets */
    audit_finding *findings;
    unsigned finding_count;
    const char *json; /* one line, "" when it was not asked for */
    GVariant *owner;
} audit_record;

/* Writes a message to a descriptor; `file` is its capture's name. with_json: the JSON form goes along. False with errno. */
bool audit_record_write(int descriptor, const smime_tap_message *message, const char *file, bool with_json);

/* The next record of a stream, NULL at its end; a record that ends early (the worker ended while it wrote) is the end. Release with
 * audit_record_free(). */
audit_record *audit_record_read(FILE *stream);
void audit_record_free(audit_record *record);

/* Whether signature, decryption or identity of an S/MIME message could not be evaluated. */
bool audit_record_is_unevaluated(const audit_record *record);
