/* Signed attributes that bind a signature to more than its content: which of them must be signed and single (RFC 5652 11, RFC 8551
 * 2.5), the certificate they name (RFC 5035) and the algorithms they repeat (RFC 6211).
 *
 * Internal to cms/; content-type and message-digest are signed.c's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "cms/content.h"
#include "pki/certificate.h"

/* What makes the signature invalid whatever its value: signing-time, SMIMECapabilities, SMIMEEncryptionKeyPreference,
 * signing-certificate (also V2) or CMSAlgorithmProtection unsigned, repeated or without exactly one value, a countersignature
 * signed, algorithms other than those protected. NULL for nothing. Text owned by the arena. */
const char *sm_signed_attributes_fault(sm_arena *arena, const sm_signer_info *signer);

/* The certificate that verified the signature against the first one of signing-certificate and signing-certificate-V2 (RFC 5035 3,
 * 4): pass, also without such attributes; fail signed-attributes; not evaluated unsupported-algorithm (the hash is unknown). */
sm_verdict sm_signing_certificate_judge(sm_arena *arena, const sm_signer_info *signer, const sm_certificate *certificate);

/* Faults of encoding that leave the signature valid: attributes not in DER or not in its order, a signing-time in another form than
 * RFC 5652 11.3 has. NULL for none. */
const char *sm_signed_attributes_note(sm_arena *arena, const sm_signer_info *signer);
