/* RSASSA-PSS with SHAKE as hash and as mask generation function (RFC 8702 3.2.1), which OpenSSL does not have: its RSASSA-PSS knows
 * MGF1 alone. RSA and SHAKE are OpenSSL's; what stands here is the encoding between them, EMSA-PSS-VERIFY (RFC 8017 9.1.2).
 *
 * Internal to cms/.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#pragma once

#include "base/bytes.h"

#include <openssl/evp.h>

/* True when `value` is a signature of `message` by `key`, an RSA key. shake256 false: SHAKE128, digest and salt of 32 octets; true:
 * SHAKE256 and 64 octets. Everything here is public, so that time may tell what it likes. */
bool sm_pss_shake_verify(EVP_PKEY *key, bool shake256, sm_bytes message, sm_bytes value);
