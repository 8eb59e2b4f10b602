/* Merge: the workers' results made one report.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "report.h"

/* Reads all inputs and writes the report. summary->trouble may be set already. Says on standard error which inputs could not be
 * read. */
void audit_merge(const audit_options *options, const GPtrArray *inputs, audit_output *output,
                 audit_summary *summary);
