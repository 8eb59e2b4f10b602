/* Content-encryption keys leave no trace.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/key_search.h"

#include <openssl/crypto.h>

void sm_secret_clear(sm_secret *secret)
{
    OPENSSL_cleanse(secret, sizeof(*secret));
}
