/* Report: see report.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "report.h"

const char *audit_input_status_word(audit_input_status status)
{
    switch (status) {
    case AUDIT_INPUT_READ:
        return "read";
    case AUDIT_INPUT_INCOMPLETE:
        return "incomplete";
    case AUDIT_INPUT_UNREADABLE:
    case AUDIT_INPUT_UNRECOGNISED:
        break;
    }
    return "unreadable";
}
