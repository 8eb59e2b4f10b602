/* A key file of any form. The first octet chooses its name, because *.kek and *.cek are recognised by it, and its role. */
#include "pki/keyring.h"
#include "pki/keyring_store.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"key.pem", "key.kek", "key.cek", "README"};
    if (size == 0)
        return 0;
    sm_keyring *ring = sm_keyring_new();
    sm_keyring_add_password(ring, NULL, "secret");
    sm_key_role role = (sm_key_role)((data[0] >> 2) % 3);
    sm_bytes octets = sm_bytes_of(data + 1, size - 1);
    sm_key_file first = sm_key_file_read(ring, octets, names[data[0] & 3], role, data[0] & 0x80);
    unsigned keys = sm_keyring_private_key_count(ring), certificates = sm_keyring_certificate_count(ring);

    /* The same file again adds nothing, and notices are text. */
    sm_key_file second = sm_key_file_read(ring, octets, names[data[0] & 3], role, data[0] & 0x80);
    if (first.taken != second.taken || keys != sm_keyring_private_key_count(ring) ||
        certificates != sm_keyring_certificate_count(ring))
        abort();
    unsigned count;
    const sm_notice *notices = sm_keyring_notices(ring, &count);
    for (unsigned i = 0; i < count; i++)
        if (!g_utf8_validate(notices[i].text, -1, NULL) || strchr(notices[i].text, '\n') != NULL)
            abort();
    sm_keyring_unref(ring);
    return 0;
}
