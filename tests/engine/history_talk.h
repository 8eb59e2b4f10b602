/* What the tests of history and of the rules on more than one message share: a conversation, said message by message, each in a frame of
 * its own. CMS comes from the fixtures of tests/data/cms-interop, made by other programs. */
#pragma once

#include "cms_interop.h"
#include "history/history.h"

#define SIGNED_TYPE "application/pkcs7-mime; smime-type=signed-data"
#define SEALED_TYPE "application/pkcs7-mime; smime-type=authEnveloped-data"
#define CERTS_TYPE "application/pkcs7-mime; smime-type=certs-only"

typedef struct conversation {
    sm_history *history;
    sm_keyring *ring;
    uint32_t frame;   /* of the last message */
    int64_t seconds;  /* of the next message */
} conversation;

/* One SIP message; what is left out is Alice's first MESSAGE to Bob. */
typedef struct said {
    const char *start, *branch, *from, *to, *call_id, *method, *more, *type, *text;
    GBytes *body; /* consumed; or `text` */
    unsigned cseq;
    const char *source, *destination;
    size_t missing;
    bool quoted;
    sm_transport transport;
} said;

/* ring: consumed; NULL: no keys, no anchors. */
static inline conversation talk_begin(sm_keyring *ring)
{
    return (conversation){sm_history_new(), ring ? ring : sm_keyring_new(), 0, 1768471200};
}

static inline void talk_end(conversation *talk)
{
    sm_history_free(talk->history);
    sm_keyring_unref(talk->ring);
}

static inline const sm_conclusion *conclude(conversation *talk, sm_carrier *carrier, GBytes *body)
{
    talk->frame++;
    carrier->frames = &talk->frame;
    carrier->frame_count = 1;
    carrier->time = sm_moment_at(talk->seconds++, 0);
    sm_settings settings = {.keyring = talk->ring, .now = carrier->time};
    sm_inspection *inspection = sm_inspect(&settings, carrier, body);
    const sm_conclusion *conclusion = sm_history_conclude(talk->history, inspection);
    sm_inspection_unref(inspection);
    g_bytes_unref(body);
    return conclusion;
}

static inline const char *either(const char *given, const char *otherwise)
{
    return given ? given : otherwise;
}

static inline const sm_conclusion *say(conversation *talk, said message)
{
    GBytes *body = message.body ? message.body : g_bytes_new(either(message.text, ""), strlen(either(message.text, "")));
    g_autofree char *type = message.type ? g_strdup_printf("Content-Type: %s\r\n", message.type) : g_strdup("");
    g_autofree char *head = g_strdup_printf(
        "%s\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=%s\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n%s%s"
        "Content-Length: %zu\r\n\r\n",
        either(message.start, "MESSAGE sip:bob@example.org SIP/2.0"), either(message.branch, "z9hG4bK1"),
        either(message.from, "<sip:alice@example.com>;tag=a"), either(message.to, "<sip:bob@example.org>"), either(message.call_id, "first"),
        message.cseq ? message.cseq : 1, either(message.method, "MESSAGE"), either(message.more, ""), type, g_bytes_get_size(body));
    sm_carrier carrier = {.kind = SM_CARRIER_SIP,
                          .transport = message.transport ? message.transport : SM_TRANSPORT_UDP,
                          .source = either(message.source, "192.0.2.10:5060"),
                          .destination = either(message.destination, "198.51.100.20:5060"),
                          .missing = message.missing,
                          .quoted = message.quoted,
                          .sip = {.head = sm_bytes_of(head, strlen(head))}};
    return conclude(talk, &carrier, body);
}

/* A fixture of tests/data/cms-interop as a body; its octet `flip` from the end is changed when that is not 0. */
static inline GBytes *interop_body(const char *name, size_t flip)
{
    sm_arena *arena = sm_arena_new();
    sm_bytes octets = interop_octets(arena, name);
    guint8 *copy = g_memdup2(octets.data, octets.length);
    if (flip)
        copy[octets.length - flip] ^= 1;
    GBytes *body = g_bytes_new_take(copy, octets.length);
    sm_arena_free(arena);
    return body;
}

#define BY_P256 "signed/openssl-ecdsa-p256-sha256.p7m"
#define BY_RSA "signed/openssl-rsa-sha256.p7m"
#define FOR_P256 "enveloped/openssl-ecdh-p256-sha256-aes-128-gcm.p7m"
