/* Workers: one forked process for each capture, several at once, their results handed over in the order of the inputs.
 *
 * A process of its own each, because dissectors read hostile input and one that crashes must take no other capture with it, and
 * because libwireshark 4.0 does not give back what it takes for a capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "capture.h"

#include <stdio.h>

/* Called in the parent, in the order of the inputs: the input, what became of it (error texts are UTF-8) and its records from their
 * beginning. False ends the work. `records` is NULL when the input could not even be begun. */
typedef bool (*workers_deliver)(void *context, const audit_input *input, const capture_outcome *outcome,
                                FILE *records);

/* Reads all inputs (audit_input elements), at most `jobs` at once. What is delivered does not depend on `jobs`. */
void workers_run(const GPtrArray *inputs, unsigned jobs, bool detailed, workers_deliver deliver,
                 void *context);
