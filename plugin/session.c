/* Session: see session.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "session.h"

#include "plugin.h"

#include <epan/packet.h>

/* Settings outlive captures; history, reassembly and the counter belong to the capture that is open. */
static struct {
    sm_settings settings;
    sm_rule_settings rules;
    bool fixed;
    smime_observer observe;
    void *observer_context;
    void (*give_up)(void);
    sm_history *history;
    sm_msrp_reassembly *reassembly;
    unsigned messages;
} session;

static void begin_capture(void)
{
    session.history = sm_history_new();
    session.reassembly = sm_msrp_reassembly_new();
    session.messages = 0;
}

static void end_capture(void)
{
    sm_history_free(session.history);
    sm_msrp_reassembly_free(session.reassembly);
    session.history = NULL;
    session.reassembly = NULL;
}

void smime_session_register(void)
{
    register_init_routine(begin_capture);
    register_cleanup_routine(end_capture);
}

void smime_session_configure(const sm_settings *settings, const sm_rule_settings *rules, bool fixed)
{
    if (session.fixed && !fixed)
        return;
    sm_keyring *ring = settings->keyring ? sm_keyring_ref((sm_keyring *)settings->keyring) : NULL;
    sm_keyring_unref((sm_keyring *)session.settings.keyring);
    session.settings = *settings;
    session.settings.keyring = ring;

    GHashTable *severities = rules->severities ? g_hash_table_ref(rules->severities) : NULL;
    if (session.rules.severities)
        g_hash_table_unref(session.rules.severities);
    session.rules = *rules;
    session.rules.severities = severities;
    session.fixed = fixed;
}

void smime_session_observe(smime_observer observe, void *context)
{
    session.observe = observe;
    session.observer_context = context;
}

const sm_settings *smime_session_settings(void)
{
    return &session.settings;
}

const sm_rule_settings *smime_session_rules(void)
{
    return &session.rules;
}

sm_history *smime_session_history(void)
{
    return session.history;
}

sm_msrp_reassembly *smime_session_reassembly(void)
{
    return session.reassembly;
}

void smime_session_on_finish(void (*give_up)(void))
{
    session.give_up = give_up;
}

void smime_session_finish(void)
{
    if (session.give_up)
        session.give_up();
}

unsigned smime_session_next_number(void)
{
    return ++session.messages;
}

bool smime_session_is_observed(void)
{
    return session.observe != NULL;
}

void smime_session_report(const smime_tap_message *message)
{
    if (session.observe)
        session.observe(session.observer_context, message);
}
