/* What plain SIP costs: the mass of every capture, which must not be paid for by the few messages with S/MIME.
 *
 *     bench_rules_plain_sip [MESSAGES]
 *
 * Times sm_inspect(), sm_history_conclude() and sm_rules_check() apart, for MESSAGE transactions (a request and its response, each in a
 * dialog of its own) with a body of 200 octets and for OPTIONS without; and a capture that shows each message twice. */
#include "history/history.h"
#include "rules/rule.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>

#define HEAD                                                                                                                              \
    "%s\r\n"                                                                                                                              \
    "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK%08x;rport\r\n"                                                                        \
    "Max-Forwards: 70\r\n"                                                                                                                \
    "From: \"Alice\" <sip:alice%u@example.com>;tag=%x\r\n"                                                                                 \
    "To: <sip:bob@example.org>%s\r\n"                                                                                                     \
    "Call-ID: %08x@192.0.2.10\r\n"                                                                                                        \
    "CSeq: 1 %s\r\n"                                                                                                                      \
    "Contact: <sip:alice@192.0.2.10:5060;transport=udp>\r\n"                                                                              \
    "User-Agent: Example Phone 1.2.3\r\n"                                                                                                 \
    "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, MESSAGE\r\n"                                                                               \
    "%s"                                                                                                                                  \
    "Content-Length: %zu\r\n"                                                                                                             \
    "\r\n"

typedef struct stage_costs {
    gint64 inspect, conclude, check, release; /* microseconds */
} stage_costs;

static unsigned findings_seen;

static void hear(const sm_settings *settings, sm_history *history, uint32_t frame, const char *head, GBytes *body, stage_costs *costs)
{
    static const sm_rule_settings rules = {.profile = SM_PROFILE_RFC8591};
    sm_carrier carrier = {.kind = SM_CARRIER_SIP,
                          .transport = SM_TRANSPORT_UDP,
                          .frames = &frame,
                          .frame_count = 1,
                          .time = sm_moment_at(1768471200 + frame / 1000, 0),
                          .source = "192.0.2.10:5060",
                          .destination = "198.51.100.20:5060",
                          .sip = {.head = sm_bytes_of(head, strlen(head))}};
    gint64 start = g_get_monotonic_time();
    sm_inspection *inspection = sm_inspect(settings, &carrier, body);
    gint64 inspected = g_get_monotonic_time();
    const sm_conclusion *conclusion = sm_history_conclude(history, inspection);
    gint64 concluded = g_get_monotonic_time();
    sm_findings *findings = sm_rules_check(&rules, conclusion);
    gint64 checked = g_get_monotonic_time();
    findings_seen += findings->count;
    sm_findings_free(findings);
    sm_conclusion_release(history, conclusion);
    sm_inspection_unref(inspection);
    costs->inspect += inspected - start;
    costs->conclude += concluded - inspected;
    costs->check += checked - concluded;
    costs->release += g_get_monotonic_time() - checked;
}

static void run(const char *name, unsigned messages, const char *method, size_t body_octets, unsigned copies)
{
    g_autofree char *text = g_strnfill(body_octets, 'x');
    GBytes *body = g_bytes_new(text, body_octets);
    GBytes *none = g_bytes_new("", 0);
    g_autofree char *start = g_strdup_printf("%s sip:bob@example.org SIP/2.0", method);
    const char *type = body_octets ? "Content-Type: text/plain;charset=UTF-8\r\n" : "";
    sm_keyring *ring = sm_keyring_new();
    sm_settings settings = {.keyring = ring};
    sm_history *history = sm_history_new();
    stage_costs costs = {0};
    uint32_t frame = 0;
    for (unsigned i = 0; i < messages / 2 / copies; i++) {
        g_autofree char *request = g_strdup_printf(HEAD, start, i, i % 1000, i, "", i, method, type, body_octets);
        g_autofree char *response = g_strdup_printf(HEAD, "SIP/2.0 200 OK", i, i % 1000, i, ";tag=b", i, method, "", (size_t)0);
        for (unsigned j = 0; j < copies; j++)
            hear(&settings, history, ++frame, request, body, &costs);
        for (unsigned j = 0; j < copies; j++)
            hear(&settings, history, ++frame, response, none, &costs);
    }
    double total = (double)(costs.inspect + costs.conclude + costs.check + costs.release);
    printf("%-28s %7.0f messages/s: inspect %5.2f us, conclude %5.2f us, rules %5.2f us, release %5.2f us\n", name, frame / (total / 1e6),
           (double)costs.inspect / frame, (double)costs.conclude / frame, (double)costs.check / frame, (double)costs.release / frame);
    sm_history_free(history);
    sm_keyring_unref(ring);
    g_bytes_unref(body);
    g_bytes_unref(none);
}

int main(int argc, char **argv)
{
    unsigned messages = argc > 1 ? (unsigned)atoi(argv[1]) : 200000;
    run("MESSAGE of 200 octets", messages, "MESSAGE", 200, 1);
    run("OPTIONS without body", messages, "OPTIONS", 0, 1);
    run("MESSAGE, each seen twice", messages, "MESSAGE", 200, 2);
    return findings_seen == 0 ? 0 : 1;
}
