/* How CMS names a certificate or key: issuerAndSerialNumber or subjectKeyIdentifier (RFC 5652 10.2.4, 5.3, 6.2.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/bytes.h"

typedef struct sm_identifier {
    enum { SM_IDENTIFIER_NONE, SM_IDENTIFIER_ISSUER_SERIAL, SM_IDENTIFIER_KEY_ID } kind;
    sm_bytes issuer; /* complete DER of the Name */
    sm_bytes serial; /* content octets of the INTEGER */
    sm_bytes key_id; /* content octets of the SubjectKeyIdentifier */
} sm_identifier;
