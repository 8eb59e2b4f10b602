/* Keys: the key ring that the command line names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "options.h"

/* Builds the ring. What cannot be used is said on standard error, a line each. *unusable: something that the command line names itself was
 * of no use, so the audit is not the one that was asked for. Release with sm_keyring_unref(). */
sm_keyring *audit_keys_load(const audit_options *options, bool *unusable);
