/* OpenSSL as this room uses it: library contexts and digests by their CMS identifier.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cms/openssl_library.h"

#include "base/made_once.h"
#include "cms/der.h"

#include <openssl/provider.h>

#include <string.h>

typedef struct legacy {
    OSSL_LIB_CTX *library; /* NULL: the legacy provider is not installed */
} legacy;

static void drop_legacy(gpointer data)
{
    legacy *dropped = data;
    OSSL_LIB_CTX_free(dropped->library);
    g_free(dropped);
}

static gpointer load_legacy(gconstpointer unused)
{
    (void)unused;
    legacy *made = g_new0(legacy, 1);
    made->library = OSSL_LIB_CTX_new();
    if (made->library != NULL && (OSSL_PROVIDER_load(made->library, "legacy") == NULL ||
                                  OSSL_PROVIDER_load(made->library, "default") == NULL)) {
        OSSL_LIB_CTX_free(made->library);
        made->library = NULL;
    }
    return made;
}

OSSL_LIB_CTX *sm_legacy_library(void)
{
    static gpointer kept;
    const legacy *made = sm_made_once(&kept, load_legacy, NULL, drop_legacy);
    return made->library;
}

EVP_CIPHER *sm_cipher_fetch(const char *name)
{
    if (name == NULL)
        return NULL;
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    if (cipher == NULL && sm_legacy_library())
        cipher = EVP_CIPHER_fetch(sm_legacy_library(), name, NULL);
    return cipher;
}

/* ShakeOutputLen, an INTEGER of bits (RFC 8419 2.3), as octets; 0 when it is none we accept. */
static size_t shake_output_octets(sm_bytes parameters)
{
    sm_der reader = sm_der_start(parameters, SM_DER_STRICT);
    uint32_t bits;
    if (!sm_der_uint(&reader, &bits, "ShakeOutputLen") || sm_der_more(&reader))
        return 0;
    return bits >= 256 && bits <= 8 * SM_DIGEST_OCTETS && bits % 8 == 0 ? bits / 8 : 0;
}

/* Extendable-output functions: the name EVP knows and the octets to take, 0 for an ordinary digest. */
static sm_digest_status output_of(const sm_algorithm *algorithm, const sm_algorithm_info *info,
                                  const char **name, size_t *octets)
{
    *name = info->openssl;
    *octets = 0;
    if (strcmp(info->oid, "2.16.840.1.101.3.4.2.11") == 0) {
        *name = "SHAKE128";
        *octets = 32;
    } else if (strcmp(info->oid, "2.16.840.1.101.3.4.2.12") == 0) {
        *name = "SHAKE256";
        *octets = 64;
    } else if (strcmp(info->oid, "2.16.840.1.101.3.4.2.18") == 0) {
        *name = "SHAKE256";
        *octets = shake_output_octets(algorithm->parameters);
        if (*octets == 0)
            return SM_DIGEST_PARAMETERS;
    }
    return *name ? SM_DIGEST_DONE : SM_DIGEST_UNSUPPORTED;
}

sm_digest_status sm_digest_octets(const sm_algorithm *algorithm, sm_bytes octets,
                                  uint8_t digest[SM_DIGEST_OCTETS], size_t *length)
{
    const sm_algorithm_info *info = sm_algorithm_lookup(algorithm->oid);
    if (info == NULL || info->class_ != SM_ALGORITHM_DIGEST)
        return SM_DIGEST_UNSUPPORTED;
    const char *name;
    size_t output;
    sm_digest_status status = output_of(algorithm, info, &name, &output);
    if (status != SM_DIGEST_DONE)
        return status;

    status = SM_DIGEST_UNSUPPORTED;
    EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned written = 0;
    if (md && context && EVP_DigestInit_ex2(context, md, NULL) > 0 &&
        EVP_DigestUpdate(context, octets.data, octets.length) > 0 &&
        (output ? EVP_DigestFinalXOF(context, digest, output)
                : EVP_DigestFinal_ex(context, digest, &written)) > 0) {
        *length = output ? output : written;
        status = SM_DIGEST_DONE;
    }
    EVP_MD_CTX_free(context);
    EVP_MD_free(md);
    return status;
}
