/* Catalogue text: the rules as --list-rules and --explain show them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "rules/rule.h"

#include <stdio.h>

/* One line a rule: id, level, severity in the profile, title. */
void catalogue_list(FILE *stream, sm_profile profile);

/* One rule in full. */
void catalogue_explain(FILE *stream, const sm_rule *rule);
