/* A certificate from the network: read, shown, looked up, and taken through path validation as leaf, as issuer, and as anchor; a
 * CRL likewise. */
#include "base/bounds.h"
#include "pki/outline.h"
#include "pki/path.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
    if (text == NULL || !g_utf8_validate(text, -1, NULL))
        abort();
    for (const char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            abort();
}

static bool outline_fits(const sm_certificate_outline *outline, const sm_certificate *certificate)
{
    unsigned uris = 0;
    for (unsigned i = 0; i < certificate->san_count; i++)
        uris += certificate->sans[i].kind == SM_SAN_URI && certificate->sans[i].clean;
    return uris == outline->uri_count && sm_bytes_equal(outline->members.serial, certificate->serial_der) &&
           sm_bytes_equal(outline->key_id_computed, certificate->key_id_computed) &&
           (certificate->key_id.length == 0 || sm_bytes_equal(outline->key_id, certificate->key_id));
}

static void use_certificate(sm_arena *arena, const sm_certificate *certificate, const sm_bytes *crl)
{
    check_text(certificate->subject);
    check_text(certificate->issuer);
    check_text(certificate->key_name);
    check_text(certificate->signature_algorithm);
    check_text(sm_certificate_label(arena, certificate));
    for (unsigned i = 0; i < certificate->san_count; i++) {
        const sm_san *san = &certificate->sans[i];
        check_text(san->value);
        if (san->clean && strlen(san->value) != san->octets.length &&
            san->octets.length <= SM_LIMIT_SHOWN_OCTETS)
            abort();
    }
    sm_identifier id = {.kind = SM_IDENTIFIER_ISSUER_SERIAL,
                        .issuer = certificate->issuer_der,
                        .serial = certificate->serial_der};
    if (!sm_identifier_names(&id, certificate))
        abort();
    check_text(sm_identifier_text(arena, &id));

    sm_moment when = sm_moment_at(1768471200, 0);
    for (int anchor = 0; anchor < 2; anchor++) {
        sm_keyring *ring = sm_keyring_new();
        if (!sm_keyring_add_certificate(ring, certificate->encoding, "fuzz", anchor))
            abort();
        unsigned count;
        sm_keyring_certificates(ring, &id, &count);
        if (count != 1)
            abort();
        const sm_path *path = sm_path_validate(arena, ring, certificate, &certificate, 1, crl, 1, when);
        if (path->chain_length == 0 || (!anchor && path->path.kind != SM_NOT_EVALUATED))
            abort();
        sm_path_valid_at(arena, path, when, SM_REASON_NO_SIGNING_TIME);
        sm_keyring_unref(ring);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sm_arena *arena = sm_arena_new();
    sm_bytes octets = sm_bytes_of(data, size);
    const char *fault = NULL;
    const sm_certificate *certificate = sm_certificate_parse(arena, octets, "fuzz", &fault);
    sm_certificate_outline outline;
    if (sm_certificate_outline_read(arena, octets, &outline) != (certificate != NULL))
        abort(); /* a ring would lose it without a word, or call it damaged */
    if (certificate != NULL && !outline_fits(&outline, certificate))
        abort();
    if (certificate != NULL)
        use_certificate(arena, certificate, &octets);
    else
        check_text(fault);
    const sm_crl *crl = sm_crl_parse(arena, octets, "fuzz", &fault);
    if (crl != NULL) {
        check_text(crl->issuer);
        check_text(crl->signature_algorithm);
    }
    sm_arena_free(arena);
    return 0;
}
