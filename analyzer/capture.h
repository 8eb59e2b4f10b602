/* Capture: one capture file read through libwireshark, its messages written down as records.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "inputs.h"

#include <stdint.h>

#define AUDIT_ERROR_OCTETS 512

typedef enum audit_input_status {
    AUDIT_INPUT_READ,         /* to its end */
    AUDIT_INPUT_INCOMPLETE,   /* some of it; `error` says why not all */
    AUDIT_INPUT_UNREADABLE,   /* nothing; `error` says why */
    AUDIT_INPUT_UNRECOGNISED, /* nothing: no capture of packets; `error` says so */
} audit_input_status;

/* What becomes of an input. Plain memory, shared between the worker that writes it and its parent; the parent believes nothing in it. */
typedef struct capture_outcome {
    uint32_t frames;   /* read so far: the one that is being dissected when a worker ends before its time */
    uint32_t status;   /* audit_input_status */
    uint32_t finished; /* 1: all of this is final */
    uint32_t has_sha256;
    uint8_t sha256[32];             /* of the file as it is, compressed or not */
    char error[AUDIT_ERROR_OCTETS]; /* one line, "" for none */
} capture_outcome;

/* Reads the capture and writes a record for each message to the descriptor (see record.h). detailed: with the JSON form of the messages and
 * the file's SHA-256. Once a process: what libwireshark 4.0 takes for a capture it does not give back. */
void capture_read(const audit_input *input, bool detailed, int descriptor, capture_outcome *outcome);
