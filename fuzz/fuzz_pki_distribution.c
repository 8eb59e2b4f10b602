/* Fuzzes what a CRL says of a certificate: scopes by distribution points, entries of direct, indirect, and delta CRLs. Signatures, which no
 * fuzzer makes, are not asked for.
 *
 * The input is two octets, a length; a certificate of that length; a CRL. */
#include "pki/distribution.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(sm_arena *arena, const sm_certificate *certificate, sm_bytes octets)
{
    const sm_crl *crl = sm_crl_parse(arena, octets, "fuzz", NULL);
    if (crl == NULL)
        return;
    sm_crl_coverage coverage = sm_distribution_covers(crl, certificate), again = sm_distribution_covers(crl, certificate);
    if (coverage.may_list != again.may_list || coverage.reasons != again.reasons)
        abort();
    if ((coverage.reasons & ~(unsigned)SM_CRL_ALL_REASONS) != 0 || (coverage.reasons != 0 && !coverage.may_list))
        abort();
    if (crl->attributes_only && coverage.reasons != 0)
        abort();
    sm_crl_entry entry = {0};
    if (sm_crl_lookup(crl, certificate, &entry) == SM_CRL_LISTS && entry.reason == NULL)
        abort();
    if (sm_crl_extends(crl, crl)) /* a number is not less than itself */
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    sm_arena *arena = sm_arena_new();
    sm_bytes input = sm_bytes_of(data, size);
    size_t length = (size_t)data[0] << 8 | data[1];
    const sm_certificate *certificate = sm_certificate_parse(arena, sm_bytes_cut(input, 2, length), "fuzz", NULL);
    if (certificate != NULL)
        check(arena, certificate, sm_bytes_from(input, 2 + length));
    sm_arena_free(arena);
    return 0;
}
