/* MSRP sessions: RFC 4975 6.1, 8; RFC 4976 3; RFC 3261 12; RFC 3264. */

#include "base/bounds.h"
#include "msrp/session.h"

#include <glib.h>

#define ALICE "sip:alice@atlanta.example.com"
#define BOB "sip:bob@biloxi.example.com"
#define ALICE_PATH "msrp://atlanta.example.com:7654/jshA7weztas;tcp"
#define BOB_PATH "msrp://biloxi.example.com:12763/kjhd37s2s20w2a;tcp"

typedef struct fixture {
    sm_arena *arena;
    sm_msrp_sessions *sessions;
    const char *asserted; /* P-Asserted-Identity of the messages to come, NULL none */
    bool protected_sdp;
    const char *method; /* of the messages with SDP to come, NULL INVITE */
    unsigned status;    /* of the responses with SDP to come, 0 for 200 */
    uint32_t cseq;      /* of the messages to come */
    uint32_t frame;     /* of the messages without SDP to come */
    const sm_entity *entity; /* header fields of the messages with SDP to come, NULL unknown */
} fixture;

static void set_up(fixture *f, gconstpointer unused)
{
    (void)unused;
    f->arena = sm_arena_new();
    f->sessions = sm_msrp_sessions_new();
}

static void tear_down(fixture *f, gconstpointer unused)
{
    (void)unused;
    sm_msrp_sessions_free(f->sessions);
    sm_arena_free(f->arena);
}

typedef struct leg {
    const char *call_id, *from, *from_tag, *to,
        *to_tag; /* header fields of the message; tags NULL when absent */
} leg;

/* Learns one SDP. Everything it was learned from is gone when this returns. */
static void learn_sdp(fixture *f, bool request, leg dialog, const sm_sdp_msrp *lines, unsigned count,
                      uint32_t frame)
{
    sm_arena *passing = sm_arena_new();
    sm_address from = {.uri_text = sm_arena_strdup(passing, dialog.from),
                       .tag = sm_arena_strdup(passing, dialog.from_tag)};
    sm_address to = {.uri_text = sm_arena_strdup(passing, dialog.to),
                     .tag = sm_arena_strdup(passing, dialog.to_tag)};
    sm_address asserting = {.uri_text = sm_arena_strdup(passing, f->asserted)};
    const sm_address *asserted[] = {&asserting};
    sm_sip_message message = {
        .request = request,
        .method = f->method ? f->method : "INVITE",
        .status = request ? 0 : f->status ? f->status : 200,
        .call_id = sm_arena_strdup(passing, dialog.call_id),
        .cseq = f->cseq,
        .from = &from,
        .to = &to,
        .asserted = asserted,
        .asserted_count = f->asserted ? 1 : 0,
        .entity = f->entity,
    };
    sm_sdp sdp = {.session_id = "", .msrp = lines, .msrp_count = count, .media_count = count};
    sm_msrp_sessions_learn(f->sessions, &message, &sdp, frame, f->protected_sdp);
    sm_arena_free(passing);
}

static void learn_path(fixture *f, bool request, leg dialog, const char *const *path, unsigned path_count,
                       uint32_t frame)
{
    const char *types[] = {"text/plain"};
    sm_sdp_msrp line = {
        .protocol = "TCP/MSRP", .port = 7654, .format = "*", .path = path, .path_count = path_count};
    line.accept_types = types;
    line.accept_type_count = 1;
    line.accept_types_present = true;
    learn_sdp(f, request, dialog, &line, 1, frame);
}

static void learn(fixture *f, bool request, leg dialog, const char *path, uint32_t frame)
{
    learn_path(f, request, dialog, &path, 1, frame);
}

static const leg invite = {"3413an89KU", ALICE, "786", BOB, NULL};
static const leg within = {"3413an89KU", ALICE, "786", BOB, "087js"};
static const leg from_bob = {"3413an89KU", BOB, "087js", ALICE, "786"};

/* SIP without SDP. */
static void follow(fixture *f, bool request, const char *method, unsigned status, leg dialog)
{
    sm_address from = {.uri_text = dialog.from, .tag = dialog.from_tag}, to = {.uri_text = dialog.to, .tag = dialog.to_tag};
    sm_sip_message message = {.request = request, .method = method, .status = status, .call_id = dialog.call_id, .cseq = f->cseq,
                              .from = &from, .to = &to};
    sm_msrp_sessions_follow(f->sessions, &message, f->frame);
}

static sm_msrp_match find_over(fixture *f, const char *from_path, const char *to_path, const char *source, const char *destination)
{
    sm_msrp_match match = sm_msrp_sessions_find(f->sessions, f->arena, from_path, to_path, source, destination);
    g_assert_nonnull(match.how);
    if (match.session) {
        g_assert_true(match.sender == &match.session->caller || match.sender == &match.session->callee);
        g_assert_true(match.receiver == NULL || match.receiver == &match.session->caller || match.receiver == &match.session->callee);
        g_assert_true(match.sender != match.receiver && !match.ambiguous);
    } else {
        g_assert_true(match.sender == NULL && match.receiver == NULL);
    }
    return match;
}

static sm_msrp_match find(fixture *f, const char *from_path, const char *to_path)
{
    return find_over(f, from_path, to_path, NULL, NULL);
}

static void assert_ambiguous(sm_msrp_match match)
{
    g_assert_null(match.session);
    g_assert_true(match.ambiguous);
}

static void assert_between(sm_msrp_match match, const char *sender, const char *receiver)
{
    g_assert_nonnull(match.session);
    g_assert_cmpstr(match.sender->aor, ==, sender);
    g_assert_cmpstr(match.receiver->aor, ==, receiver);
}

/* ---- Offer and answer ---- */

static void test_figure_1(fixture *f, gconstpointer unused)
{
    (void)unused;
    learn(f, true, invite, ALICE_PATH, 1);
    learn(f, false, within, BOB_PATH, 2);
    sm_msrp_match match = find(f, ALICE_PATH, BOB_PATH);
    assert_between(match, ALICE, BOB);
    g_assert_cmpstr(match.sender->header, ==, "From");
    g_assert_cmpstr(match.receiver->header, ==, "To");
    g_assert_cmpstr(match.session->call_id, ==, "3413an89KU");
    g_assert_cmpuint(match.sender->frame, ==, 1);
    g_assert_cmpuint(match.receiver->frame, ==, 2);
    g_assert_cmpstr(match.receiver->sdp->accept_types[0], ==, "text/plain");
    g_assert_cmpstr(match.receiver->sdp->path[0], ==, BOB_PATH);
    g_assert_false(match.session->protected_sdp);
    assert_between(find(f, BOB_PATH, ALICE_PATH), BOB, ALICE);

    g_assert_null(find(f, ALICE_PATH, "msrp://biloxi.example.com:12763/other;tcp").session);
    g_assert_null(find(f, "msrp://mallory.example.com:1/x;tcp", ALICE_PATH).session);
    g_assert_null(find(f, ALICE_PATH, ALICE_PATH).session);
    g_assert_null(find(f, NULL, ALICE_PATH).session);
    g_assert_null(find(f, ALICE_PATH, NULL).session);
    g_assert_null(find(f, "", ALICE_PATH).session);
    g_assert_null(find(f, "nonsense", ALICE_PATH).session);
}

/* Whoever says with whose paths: only offers and answers make a session (RFC 3264, RFC 3261 11.2, 21.4.26). */
static void test_capabilities_are_no_offer(fixture *f, gconstpointer unused)
{
    (void)unused;
    static const struct {
        const char *method;
        unsigned status; /* 0: a request */
        bool negotiates;
    } messages[] = {
        {"INVITE", 0, true},    {"INVITE", 183, true},  {"INVITE", 200, true},  {"INVITE", 302, false}, {"INVITE", 488, false},
        {"INVITE", 606, false}, {"UPDATE", 0, true},    {"UPDATE", 200, true},  {"UPDATE", 488, false}, {"PRACK", 0, true},
        {"PRACK", 200, true},   {"ACK", 0, true},       {"OPTIONS", 0, false},  {"OPTIONS", 200, false}, {"MESSAGE", 0, false},
        {"MESSAGE", 200, false}, {"BYE", 200, false},   {"invite", 0, false},   {"", 200, false},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(messages); i++) {
        char *path = g_strdup_printf("msrp://atlanta.example.com:7654/of%u;tcp", i);
        leg dialog = {path, ALICE, "786", BOB, messages[i].status ? "087js" : NULL};
        f->method = messages[i].method;
        f->status = messages[i].status;
        learn(f, messages[i].status == 0, dialog, path, i + 1);
        sm_msrp_match match = find(f, path, "msrp://elsewhere.example.com:1/x;tcp");
        if ((match.session != NULL) != messages[i].negotiates)
            g_error("SDP in %s %u", messages[i].method, messages[i].status);
        g_free(path);
    }
}

/* A refused re-INVITE names what could have been offered: neither a path of the session nor the end of it. */
static void test_refusal_names_no_path(fixture *f, gconstpointer unused)
{
    (void)unused;
    learn(f, true, invite, ALICE_PATH, 1);
    learn(f, false, within, BOB_PATH, 2);
    f->status = 488;
    learn(f, false, within, "msrp://atlanta.example.com:7654/jshA7weztas;tcp", 3); /* as if Alice's path were Bob's */
    assert_between(find(f, ALICE_PATH, BOB_PATH), ALICE, BOB);
    assert_between(find(f, BOB_PATH, ALICE_PATH), BOB, ALICE);
}

static void test_offer_in_response(fixture *f, gconstpointer unused)
{
    (void)unused;
    learn(f, false, within, BOB_PATH, 2); /* the INVITE had no SDP: 200 offers, ACK answers */
    learn(f, true, within, ALICE_PATH, 3);
    sm_msrp_match match = find(f, BOB_PATH, ALICE_PATH);
    assert_between(match, BOB, ALICE);
    g_assert_true(match.sender == &match.session->callee);
    g_assert_cmpstr(match.sender->header, ==, "To");
}

static void test_one_sdp_only(fixture *f, gconstpointer unused)
{
    (void)unused;
    g_assert_null(find(f, ALICE_PATH, BOB_PATH).session);
    learn(f, true, invite, ALICE_PATH, 1);
    sm_msrp_match match = find(f, ALICE_PATH, BOB_PATH);
    assert_between(match, ALICE, BOB);
    g_assert_null(match.receiver->sdp);
    assert_between(find(f, BOB_PATH, ALICE_PATH), BOB, ALICE);

    leg answered = {"other", ALICE, "1", BOB, "2"};
    learn(f, false, answered, "msrp://c.example.com:1/c;tcp", 5);
    match = find(f, "msrp://c.example.com:1/c;tcp", "msrp://unseen.example.com:1/u;tcp");
    assert_between(match, BOB, ALICE);
    g_assert_true(match.sender == &match.session->callee);
    g_assert_null(match.receiver->sdp);
}

/* Once both are known, a message that names only one of them is not theirs. */
static void test_answered_needs_both(fixture *f, gconstpointer unused)
{
    (void)unused;
    learn(f, true, invite, ALICE_PATH, 1);
    assert_between(find(f, ALICE_PATH, "msrp://x.example.com:1/x;tcp"), ALICE, BOB);
    learn(f, false, within, BOB_PATH, 2);
    learn(f, true, invite, ALICE_PATH, 3); /* retransmitted late */
    g_assert_null(find(f, ALICE_PATH, "msrp://x.example.com:1/x;tcp").session);
    g_assert_null(find(f, "msrp://x.example.com:1/x;tcp", BOB_PATH).session);
    g_assert_cmpuint(find(f, ALICE_PATH, BOB_PATH).session->caller.frame, ==, 1);
}

static void test_refused(fixture *f, gconstpointer unused)
{
    (void)unused;
    learn(f, true, invite, ALICE_PATH, 1);
    const char *path = BOB_PATH;
    sm_sdp_msrp line = {.protocol = "TCP/MSRP", .port = 0, .path = &path, .path_count = 1};
    learn_sdp(f, false, within, &line, 1, 2);
    g_assert_null(find(f, ALICE_PATH, BOB_PATH).session);
    g_assert_null(find(f, BOB_PATH, ALICE_PATH).session);
}

static void test_no_call_id(fixture *f, gconstpointer unused)
{
    (void)unused;
    leg nameless = {NULL, ALICE, "1", BOB, NULL};
    learn(f, true, nameless, ALICE_PATH, 1);
    g_assert_null(find(f, ALICE_PATH, BOB_PATH).session);
}

/* ---- Within the dialog ---- */

static void test_reinvite_from_callee(fixture *f, gconstpointer unused)
{
    (void)unused;
    learn(f, true, invite, ALICE_PATH, 1);
    learn(f, false, within, BOB_PATH, 2);
    learn(f, true, from_bob, "msrp://biloxi.example.com:12764/second;tcp", 10);
    learn(f, false, from_bob, "msrp://atlanta.example.com:7655/second;tcp", 11);

    sm_msrp_match match =
        find(f, "msrp://biloxi.example.com:12764/second;tcp", "msrp://atlanta.example.com:7655/second;tcp");
    assert_between(match, BOB, ALICE);
    g_assert_true(match.sender == &match.session->callee);
    g_assert_cmpstr(match.sender->header, ==, "To"); /* of the INVITE that began the dialog */
    g_assert_cmpuint(match.sender->frame, ==, 10);
    g_assert_cmpuint(match.receiver->frame, ==, 11);

    match = find(f, ALICE_PATH, BOB_PATH); /* on its way while that was negotiated */
    assert_between(match, ALICE, BOB);
    g_assert_cmpuint(match.receiver->frame, ==, 2);
    assert_between(find(f, ALICE_PATH, "msrp://biloxi.example.com:12764/second;tcp"), ALICE, BOB);
}

static void test_refresh_keeps_the_session(fixture *f, gconstpointer unused)
{
    (void)unused;
    f->asserted = ALICE;
    learn(f, true, invite, ALICE_PATH, 1);
    f->asserted = BOB;
    learn(f, false, within, BOB_PATH, 2);
    sm_msrp_match before = find(f, ALICE_PATH, BOB_PATH);
    g_assert_cmpuint(before.sender->asserted_count, ==, 1);
    g_assert_cmpstr(before.sender->asserted[0], ==, ALICE);
    g_assert_cmpstr(before.receiver->asserted[0], ==, BOB);
    f->asserted = NULL;
    learn(f, true, within, ALICE_PATH, 20);
    learn(f, false, within, BOB_PATH, 21);
    sm_msrp_match refreshed = find(f, ALICE_PATH, BOB_PATH);
    g_assert_cmpuint(refreshed.sender->frame, ==, 1);
    g_assert_cmpuint(refreshed.receiver->frame, ==, 2);
    g_assert_cmpstr(refreshed.receiver->asserted[0], ==, BOB);

    const char *path = BOB_PATH, *types[] = {"message/cpim"};
    sm_sdp_msrp line = {.protocol = "TCP/MSRP", .port = 7654, .path = &path, .path_count = 1};
    line.accept_types = types;
    line.accept_type_count = 1;
    learn_sdp(f, false, within, &line, 1, 31);
    sm_msrp_match after = find(f, ALICE_PATH, BOB_PATH);
    g_assert_cmpstr(after.receiver->sdp->accept_types[0], ==, "message/cpim");
    g_assert_cmpstr(before.receiver->sdp->accept_types[0], ==,
                    "text/plain"); /* what was handed out stays as it was */
    g_assert_cmpstr(after.receiver->asserted[0], ==, BOB);
}

static void test_connected_identity(fixture *f, gconstpointer unused)
{
    (void)unused;
    learn(f, true, invite, ALICE_PATH, 1);
    learn(f, false, within, BOB_PATH, 2);
    leg update = {"3413an89KU", "sip:carol@example.com", "087js", ALICE,
                  "786"}; /* RFC 4916: the call was picked up elsewhere */
    learn(f, true, update, BOB_PATH, 3);
    assert_between(find(f, BOB_PATH, ALICE_PATH), "sip:carol@example.com", ALICE);
}

/* The dialog's beginning was not captured. */
static void test_joined_late(fixture *f, gconstpointer unused)
{
    (void)unused;
    learn(f, true, from_bob, BOB_PATH, 10);
    learn(f, false, from_bob, ALICE_PATH, 11);
    sm_msrp_match match = find(f, ALICE_PATH, BOB_PATH);
    assert_between(match, ALICE, BOB);
    g_assert_true(match.receiver == &match.session->caller);
    learn(f, true, within, "msrp://atlanta.example.com:1/new;tcp", 12);
    assert_between(find(f, "msrp://atlanta.example.com:1/new;tcp", BOB_PATH), ALICE, BOB);
}

/* The INVITE is known, its answer is not, and the callee speaks next. */
static void test_answer_not_seen(fixture *f, gconstpointer unused)
{
    (void)unused;
    learn(f, true, invite, ALICE_PATH, 1);
    learn(f, true, from_bob, BOB_PATH, 9);
    sm_msrp_match match = find(f, BOB_PATH, ALICE_PATH);
    assert_between(match, BOB, ALICE);
    g_assert_true(match.sender == &match.session->callee);
}

static void test_forks(fixture *f, gconstpointer unused)
{
    (void)unused;
    leg fork_one = invite, fork_two = invite;
    fork_one.to_tag = "one";
    fork_two.to_tag = "two";
    learn(f, true, invite, ALICE_PATH, 1);
    learn(f, false, fork_one, "msrp://desk.example.com:1/d;tcp", 2);
    learn(f, false, fork_two, "msrp://phone.example.com:1/p;tcp", 3);
    sm_msrp_match desk = find(f, "msrp://desk.example.com:1/d;tcp", ALICE_PATH);
    sm_msrp_match phone = find(f, ALICE_PATH, "msrp://phone.example.com:1/p;tcp");
    assert_between(desk, BOB, ALICE);
    assert_between(phone, ALICE, BOB);
    g_assert_true(desk.session != phone.session);
    g_assert_null(find(f, "msrp://desk.example.com:1/d;tcp", "msrp://phone.example.com:1/p;tcp").session);
}

static void test_two_media_lines(fixture *f, gconstpointer unused)
{
    (void)unused;
    const char *paths[] = {"msrp://a.example.com:1/chat;tcp", "msrp://a.example.com:2/file;tcp",
                           "msrp://b.example.com:1/chat;tcp", "msrp://b.example.com:2/file;tcp"};
    sm_sdp_msrp lines[4] = {{0}};
    for (unsigned i = 0; i < 4; i++)
        lines[i] = (sm_sdp_msrp){.protocol = "TCP/MSRP", .port = 9, .path = &paths[i], .path_count = 1};
    learn_sdp(f, true, invite, &lines[0], 2, 1);
    learn_sdp(f, false, within, &lines[2], 2, 2);
    assert_between(find(f, paths[0], paths[2]), ALICE, BOB);
    assert_between(find(f, paths[3], paths[1]), BOB, ALICE);
    g_assert_null(find(f, paths[0], paths[3]).session);
}

/* ---- Paths ---- */

static const leg later = {"later", "sip:carol@example.com", "c", "sip:dave@example.com", NULL},
                 later_answer = {"later", "sip:carol@example.com", "c", "sip:dave@example.com", "d"};

static void learn_both(fixture *f, const char *caller_path, const char *callee_path, uint32_t frame)
{
    learn(f, true, invite, caller_path, frame);
    learn(f, false, within, callee_path, frame + 1);
}

/* A session may have the ports and session-ids of one that is over. */
static void test_path_used_again(fixture *f, gconstpointer unused)
{
    (void)unused;
    learn_both(f, ALICE_PATH, BOB_PATH, 1);
    assert_between(find(f, ALICE_PATH, BOB_PATH), ALICE, BOB);
    follow(f, true, "BYE", 0, from_bob);
    g_assert_false(find(f, ALICE_PATH, BOB_PATH).session->over); /* it may be challenged */
    follow(f, false, "BYE", 407, from_bob);
    g_assert_false(find(f, ALICE_PATH, BOB_PATH).session->over);
    follow(f, false, "BYE", 200, from_bob);
    sm_msrp_match late = find(f, ALICE_PATH, BOB_PATH); /* on its way when BYE was sent */
    assert_between(late, ALICE, BOB);
    g_assert_true(late.session->over);

    learn(f, true, later, ALICE_PATH, 3);
    assert_ambiguous(find(f, BOB_PATH, ALICE_PATH)); /* late, or early */
    learn(f, false, later_answer, BOB_PATH, 4);
    assert_between(find(f, ALICE_PATH, BOB_PATH), "sip:carol@example.com", "sip:dave@example.com");
    follow(f, false, "BYE", 200, later_answer);
    assert_ambiguous(find(f, ALICE_PATH, BOB_PATH));
}

/* Nobody tells which of two sessions a message belongs to, unless they name the same sender, or their connections differ. */
static void test_path_shared(fixture *f, gconstpointer unused)
{
    (void)unused;
    learn_both(f, ALICE_PATH, BOB_PATH, 1);
    learn(f, true, later, ALICE_PATH, 3);
    assert_ambiguous(find(f, ALICE_PATH, BOB_PATH)); /* Carol says the path is hers, too */
    assert_between(find(f, BOB_PATH, ALICE_PATH), BOB, ALICE); /* whom Carol called has not told his */
    learn(f, false, later_answer, BOB_PATH, 4);
    sm_msrp_match match = find(f, ALICE_PATH, BOB_PATH);
    assert_ambiguous(match);
    g_assert_nonnull(strstr(match.how, ALICE));
    g_assert_nonnull(strstr(match.how, "sip:carol@example.com"));
    assert_ambiguous(find(f, BOB_PATH, ALICE_PATH));
}

static void test_path_shared_crosswise(fixture *f, gconstpointer unused)
{
    (void)unused;
    learn_both(f, ALICE_PATH, BOB_PATH, 1);
    learn(f, true, later, BOB_PATH, 5);
    learn(f, false, later_answer, ALICE_PATH, 6);
    assert_ambiguous(find(f, ALICE_PATH, BOB_PATH));
    follow(f, false, "BYE", 481, within);
    assert_between(find(f, ALICE_PATH, BOB_PATH), "sip:dave@example.com", "sip:carol@example.com");
}

/* A back-to-back user agent that leaves the paths as they are, with a Call-ID for each leg. */
static void test_path_shared_by_legs(fixture *f, gconstpointer unused)
{
    (void)unused;
    leg other = {"leg2", "sip:ALICE@Atlanta.Example.com", "x", BOB, NULL}, other_answer = other;
    other_answer.from = "sip:alice@ATLANTA.example.com"; /* the same address-of-record */
    other.from = other_answer.from;
    other_answer.to_tag = "y";
    learn_both(f, ALICE_PATH, BOB_PATH, 1);
    learn(f, true, other, ALICE_PATH, 3);
    learn(f, false, other_answer, BOB_PATH, 4);
    assert_between(find(f, BOB_PATH, ALICE_PATH), BOB, other.from);
    assert_between(find(f, ALICE_PATH, BOB_PATH), other.from, BOB);

    leg renamed = {"leg3", ALICE, "z", "sip:desk7@biloxi.example.com", NULL};
    learn(f, true, renamed, ALICE_PATH, 5);
    renamed.to_tag = "w";
    learn(f, false, renamed, BOB_PATH, 6);
    sm_msrp_match match = find(f, ALICE_PATH, BOB_PATH); /* who sends is certain */
    g_assert_cmpstr(match.sender->aor, ==, ALICE);
    g_assert_null(match.receiver);
    assert_ambiguous(find(f, BOB_PATH, ALICE_PATH));
}

static void learn_at(fixture *f, bool request, leg dialog, const char *path, const char *connection, unsigned port, uint32_t frame)
{
    sm_sdp_msrp line = {.protocol = "TCP/MSRP", .port = port, .connection = connection, .path = &path, .path_count = 1, .msrp_cema = true};
    learn_sdp(f, request, dialog, &line, 1, frame);
}

/* RFC 6714: the middlebox writes itself into c= and m= of either leg, and calls Alice by another name on the second. */
static void test_connection_decides(fixture *f, gconstpointer unused)
{
    (void)unused;
    leg inside = {"leg2", "sip:a17@sbc.example.net", "x", BOB, NULL}, inside_answer = inside;
    inside_answer.to_tag = "y";
    learn_at(f, true, invite, ALICE_PATH, "192.0.2.1", 7654, 1);
    learn_at(f, true, inside, ALICE_PATH, "2001:DB8::5", 4000, 2);
    learn_at(f, false, inside_answer, BOB_PATH, "2001:db8::2", 12763, 3);
    learn_at(f, false, within, BOB_PATH, "203.0.113.5", 3000, 4);
    assert_between(find_over(f, ALICE_PATH, BOB_PATH, "192.0.2.1:49999", "203.0.113.5:3000"), ALICE, BOB);
    assert_between(find_over(f, ALICE_PATH, BOB_PATH, "[2001:db8:0::5]:51000", "[2001:db8::2]:12763"), "sip:a17@sbc.example.net", BOB);
    assert_ambiguous(find_over(f, ALICE_PATH, BOB_PATH, "192.0.2.1:49999", "203.0.113.5:3001"));
    assert_ambiguous(find_over(f, ALICE_PATH, BOB_PATH, "192.0.2.1:7654", "[2001:db8::2]:12763")); /* fits both */
    assert_ambiguous(find(f, ALICE_PATH, BOB_PATH));
}

/* A back-to-back user agent that keeps Call-ID and tags, and writes paths of its own on the second leg. */
static void test_rewritten_paths(fixture *f, gconstpointer unused)
{
    (void)unused;
#define INNER "msrp://203.0.113.5:4000/inner;tcp"
#define OUTER "msrp://203.0.113.5:3000/outer;tcp"
    learn(f, true, invite, ALICE_PATH, 1);
    learn(f, true, invite, INNER, 2);
    learn(f, false, within, BOB_PATH, 3);
    learn(f, false, within, OUTER, 4);
    sm_msrp_match first = find(f, ALICE_PATH, OUTER), second = find(f, INNER, BOB_PATH);
    assert_between(first, ALICE, BOB);
    assert_between(second, ALICE, BOB);
    g_assert_cmpuint(first.sender->frame, ==, 1);
    g_assert_cmpuint(first.receiver->frame, ==, 4);
    g_assert_cmpuint(second.sender->frame, ==, 2);
    g_assert_cmpuint(second.receiver->frame, ==, 3);
    assert_between(find(f, BOB_PATH, INNER), BOB, ALICE);
    assert_between(find(f, OUTER, ALICE_PATH), BOB, ALICE);
    g_assert_null(find(f, ALICE_PATH, INNER).session);
    g_assert_null(find(f, ALICE_PATH, "msrp://192.0.2.1:1/x;tcp").session);
}

/* INVITEs that were refused leave no session that could stand in the way. */
static void test_refused_invite(fixture *f, gconstpointer unused)
{
    (void)unused;
    leg busy = {"busy", ALICE, "b", "sip:carol@example.com", NULL};
    learn(f, true, busy, ALICE_PATH, 1);
    learn(f, true, invite, ALICE_PATH, 2);
    assert_ambiguous(find(f, "msrp://u.example.com:1/u;tcp", ALICE_PATH)); /* Carol or Bob */
    g_assert_cmpstr(find(f, ALICE_PATH, "msrp://u.example.com:1/u;tcp").sender->aor, ==, ALICE);
    busy.to_tag = "t";
    follow(f, false, "INVITE", 401, busy);
    assert_ambiguous(find(f, "msrp://u.example.com:1/u;tcp", ALICE_PATH));
    follow(f, false, "INVITE", 486, busy);
    assert_between(find(f, "msrp://u.example.com:1/u;tcp", ALICE_PATH), BOB, ALICE);
}

/* RFC 4916 by a request without SDP. */
static void test_connected_identity_alone(fixture *f, gconstpointer unused)
{
    (void)unused;
    learn_both(f, ALICE_PATH, BOB_PATH, 1);
    leg update = {"3413an89KU", "sip:carol@example.com", "087js", ALICE, "786"};
    follow(f, true, "UPDATE", 0, update);
    assert_between(find(f, BOB_PATH, ALICE_PATH), "sip:carol@example.com", ALICE);
    learn(f, false, within, BOB_PATH, 5); /* Alice's stack still calls her Bob */
    assert_between(find(f, BOB_PATH, ALICE_PATH), "sip:carol@example.com", ALICE);
}

/* More dialogs than are kept name one path: whose it is nobody can tell any more. */
static void test_crowd(fixture *f, gconstpointer unused)
{
    (void)unused;
    learn_both(f, ALICE_PATH, BOB_PATH, 1);
    for (unsigned i = 0; i < 3 * SM_LIMIT_MSRP_RIVALS; i++) {
        char call_id[16];
        g_snprintf(call_id, sizeof call_id, "call-%u", i);
        leg call = {call_id, "sip:mallory@example.com", "m", BOB, NULL};
        learn(f, true, call, ALICE_PATH, 3 + i);
    }
    assert_ambiguous(find(f, ALICE_PATH, BOB_PATH));
    assert_ambiguous(find(f, BOB_PATH, ALICE_PATH));
}

/* A party that names path after path keeps the newest. */
static void test_many_paths(fixture *f, gconstpointer unused)
{
    (void)unused;
    learn_both(f, ALICE_PATH, BOB_PATH, 1);
    char path[64];
    for (unsigned i = 0; i < SM_LIMIT_MSRP_PATHS; i++) {
        g_snprintf(path, sizeof path, "msrp://a.example.com:1/%u;tcp", i);
        learn(f, true, within, path, 3 + i);
    }
    g_assert_null(find(f, ALICE_PATH, BOB_PATH).session);
    assert_between(find(f, path, BOB_PATH), ALICE, BOB);
}

/* RFC 4976 4: from Alice over relays a and b to Bob, on each of the three hops. */
static void test_relays(fixture *f, gconstpointer unused)
{
    (void)unused;
#define A "msrps://a.example.org:9000/kjfjan;tcp"
#define B "msrps://b.example.net:9000/aeiug;tcp"
#define AT_ALICE "msrps://alice.example.org:7965/bar;tcp"
#define AT_BOB "msrps://bob.example.net:8145/foo;tcp"
    const char *offered[] = {A, AT_ALICE}, *answered[] = {B, AT_BOB};
    learn_path(f, true, invite, offered, 2, 1);
    learn_path(f, false, within, answered, 2, 2);
    assert_between(find(f, AT_ALICE, A " " B " " AT_BOB), ALICE, BOB);
    assert_between(find(f, A " " AT_ALICE, B " " AT_BOB), ALICE, BOB);
    assert_between(find(f, B " " A " " AT_ALICE, AT_BOB), ALICE, BOB);
    assert_between(find(f, B " " AT_BOB, A " " AT_ALICE " "), BOB, ALICE);
    g_assert_null(find(f, B, A).session); /* a relay is nobody's endpoint */
}

static void test_protected_sdp(fixture *f, gconstpointer unused)
{
    (void)unused;
    f->protected_sdp = true;
    learn(f, true, invite, ALICE_PATH, 1);
    g_assert_true(find(f, ALICE_PATH, BOB_PATH).session->protected_sdp);
    f->protected_sdp = false;
    learn(f, false, within, BOB_PATH, 2);
    sm_msrp_match match = find(f, ALICE_PATH, BOB_PATH);
    g_assert_false(match.session->protected_sdp);
    g_assert_true(match.sender->protected_sdp);
    f->protected_sdp = true;
    learn(f, false, within, BOB_PATH, 3);
    g_assert_true(find(f, ALICE_PATH, BOB_PATH).session->protected_sdp);
}

static void test_uri_comparison(fixture *f, gconstpointer unused)
{
    (void)f;
    (void)unused;
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"msrp://host.example.com:8493/asfd34;tcp", "msrp://host.example.com:8493/asfd34;tcp", true},
        {"MSRP://Host.Example.COM:8493/asfd34;TCP", "msrp://host.example.com:8493/asfd34;tcp", true},
        {"msrps://host.example.com:8493/asfd34;tcp", "msrp://host.example.com:8493/asfd34;tcp", false},
        {"msrp://host.example.com:8493/asfd34;tcp", "msrp://host.example.com:8493/ASFD34;tcp", false},
        {"msrp://host.example.com:8493/asfd34;tcp", "msrp://host.example.com:8494/asfd34;tcp", false},
        {"msrp://host.example.com:2855/asfd34;tcp", "msrp://host.example.com/asfd34;tcp",
         false}, /* no default port */
        {"msrp://host.example.com:08493/a;tcp", "msrp://host.example.com:8493/a;tcp", true},
        {"msrp://host.example.com:8493/a;tcp", "msrp://host.example.com:8493;tcp", false},
        {"msrp://host.example.com:8493;tcp", "msrp://host.example.com:8493;tcp", true},
        {"msrp://host.example.com:8493/a;tcp", "msrp://host.example.com:8493/a;ws", false},
        {"msrp://alice@host.example.com:8493/a;tcp", "msrp://host.example.com:8493/a;tcp", true},
        {"msrp://alice;x@host.example.com:8493;tcp", "msrp://host.example.com:8493;tcp", true},
        {"msrp://host.example.com:8493/a;tcp;x=y", "msrp://host.example.com:8493/a;tcp", true},
        {"msrp://host.example.com:8493/a/../b;tcp", "msrp://host.example.com:8493/b;tcp", false},
        {"msrp://h%6fst.example.com:8493/a;tcp", "msrp://host.example.com:8493/a;tcp", true},
        {"msrp://h%3Dst.example.com:8493/a;tcp", "msrp://h=st.example.com:8493/a;tcp", false},
        {"msrp://192.0.2.1:8493/a;tcp", "msrp://192.0.2.1:8493/a;tcp", true},
        {"msrp://[2001:DB8:0:0::1]:8493/a;tcp", "msrp://[2001:db8::1]:8493/a;tcp", true},
        {"msrp://[2001:db8::2]:8493/a;tcp", "msrp://[2001:db8::1]:8493/a;tcp", false},
        {"msrp://[2001:db8::1]/a;tcp", "msrp://[2001:db8::1]:8493/a;tcp", false},
        {"msrp://host.example.com:8493x/a;tcp", "msrp://host.example.com:8493x/a;tcp", false}, /* none */
        {"msrp://host.example.com:84930/a;tcp", "msrp://host.example.com:84930/a;tcp", false},
        {"msrp://:1/a;tcp", "msrp://:1/a;tcp", false},
        {"sip:bob@example.com", "sip:bob@example.com", false},
        {"msrp:", "msrp:", false},
        {"", "", false},
        {"msrp://[", "msrp://[", true}, /* odd, but a text that is equal to itself */
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s %s", cases[i].a, cases[i].b);
        g_assert_cmpint(sm_msrp_uri_equal(cases[i].a, cases[i].b), ==, cases[i].equal);
        g_assert_cmpint(sm_msrp_uri_equal(cases[i].b, cases[i].a), ==, cases[i].equal);
    }
}

static void test_ipv6(fixture *f, gconstpointer unused)
{
    (void)unused;
    learn(f, true, invite, "msrp://[2001:db8:0::a]:7654/x;tcp", 1);
    learn(f, false, within, "msrp://[2001:DB8::B]:7654/y;tcp", 2);
    assert_between(find(f, "msrp://[2001:db8::a]:7654/x;tcp", "msrp://[2001:db8::b]:7654/y;tcp"), ALICE, BOB);
}

static void test_limit(fixture *f, gconstpointer unused)
{
    (void)unused;
    learn(f, true, invite, ALICE_PATH, 1);
    learn(f, false, within, BOB_PATH, 2);
    sm_msrp_match before = find(f, ALICE_PATH, BOB_PATH);
    for (unsigned i = 0; i < SM_LIMIT_MSRP_SESSIONS; i++) {
        char call_id[16], path[64];
        g_snprintf(call_id, sizeof call_id, "call-%u", i);
        g_snprintf(path, sizeof path, "msrp://x.example.com:1/%u;tcp", i);
        leg call = {call_id, "sip:x@example.com", "x", "sip:y@example.com", NULL};
        learn(f, true, call, path, 3 + i);
    }
    g_assert_null(find(f, ALICE_PATH, BOB_PATH).session);
    g_assert_cmpstr(before.sender->aor, ==, ALICE); /* what was handed out stays */
    assert_between(find(f, "msrp://x.example.com:1/0;tcp", "msrp://z.example.com:1/z;tcp"),
                   "sip:x@example.com", "sip:y@example.com");
}

/* ---- Offers that are refused (RFC 3261 14.1, RFC 3311 5.2, RFC 3264, RFC 6141 3) ---- */

#define ALICE_MOVED "msrp://atlanta.example.com:7655/moved;tcp"
#define BOB_MOVED "msrp://biloxi.example.com:12764/moved;tcp"

/* An SDP in a request (status 0) or response, with all that a party says of a session. It is followed and learned, as a message is. */
static void offer(fixture *f, const char *method, unsigned status, uint32_t cseq, leg dialog, const char *path, uint64_t max_size, uint32_t frame)
{
    const char *types[] = {max_size == 1 ? "text/plain" : "message/cpim"};
    sm_sdp_msrp line = {.protocol = "TCP/MSRP", .port = path ? 7654 : 0, .connection = "192.0.2.1", .format = "*", .path = &path, .path_count = path ? 1 : 0};
    line.accept_types = line.accept_wrapped_types = types;
    line.accept_type_count = line.accept_wrapped_type_count = 1;
    line.accept_types_present = line.max_size_present = true;
    line.max_size = max_size;
    line.setup = max_size == 1 ? "active" : "passive";
    line.file_selector = max_size == 1 ? NULL : "size:2";
    f->method = method;
    f->status = status;
    f->cseq = cseq;
    f->frame = frame;
    follow(f, status == 0, method, status, dialog);
    learn_sdp(f, status == 0, dialog, &line, 1, frame);
}

/* A response without SDP. */
static void respond(fixture *f, const char *method, unsigned status, uint32_t cseq, leg dialog, uint32_t frame)
{
    f->cseq = cseq;
    f->frame = frame;
    follow(f, false, method, status, dialog);
}

/* A session that stands: offered in frame 1, answered in frame 2. */
static void stand(fixture *f)
{
    offer(f, "INVITE", 0, 1, invite, ALICE_PATH, 1, 1);
    offer(f, "INVITE", 200, 1, within, BOB_PATH, 1, 2);
}

/* All of an SDP is that of the frame; `size` tells it. */
static void assert_in_force(const sm_msrp_party *party, uint64_t size, uint32_t frame)
{
    g_assert_nonnull(party->sdp);
    g_assert_cmpuint(party->frame, ==, frame);
    g_assert_cmpuint(party->sdp->max_size, ==, size);
    g_assert_cmpstr(party->sdp->accept_types[0], ==, size == 1 ? "text/plain" : "message/cpim");
    g_assert_cmpstr(party->sdp->accept_wrapped_types[0], ==, size == 1 ? "text/plain" : "message/cpim");
    g_assert_cmpstr(party->sdp->setup, ==, size == 1 ? "active" : "passive");
    g_assert_cmpstr(party->sdp->file_selector, ==, size == 1 ? NULL : "size:2");
}

static void assert_as_it_was(fixture *f)
{
    sm_msrp_match match = find(f, ALICE_PATH, BOB_PATH);
    assert_between(match, ALICE, BOB);
    assert_in_force(match.sender, 1, 1);
    assert_in_force(match.receiver, 1, 2);
    g_assert_cmpuint(match.sender->refused_in, ==, 0);
    g_assert_null(strstr(match.how, "refused"));
}

/* The same path with other words, from either side, by either method, with whatever final response. */
static void test_refused_words(fixture *f, gconstpointer unused)
{
    (void)unused;
    static const unsigned statuses[] = {302, 401, 404, 407, 408, 422, 481, 487, 488, 491, 500, 504, 603};
    stand(f);
    uint32_t cseq = 2, frame = 10;
    for (unsigned i = 0; i < G_N_ELEMENTS(statuses); i++)
        for (unsigned j = 0; j < 4; j++, cseq++, frame += 3) {
            const char *method = j & 1 ? "INVITE" : "UPDATE";
            const leg *sender = j & 2 ? &from_bob : &within;
            offer(f, method, 0, cseq, *sender, j & 2 ? BOB_PATH : ALICE_PATH, 2, frame);
            sm_msrp_match pending = find(f, ALICE_PATH, BOB_PATH);
            assert_in_force(j & 2 ? pending.receiver : pending.sender, 2, frame); /* the other may go by it at once */
            respond(f, method, 100, cseq, *sender, frame + 1);
            assert_in_force(j & 2 ? find(f, ALICE_PATH, BOB_PATH).receiver : find(f, ALICE_PATH, BOB_PATH).sender, 2, frame);
            respond(f, method, statuses[i], cseq, *sender, frame + 2);
            assert_as_it_was(f);
            offer(f, method, 0, cseq, *sender, j & 2 ? BOB_PATH : ALICE_PATH, 2, frame + 2); /* retransmitted */
            assert_as_it_was(f);
        }
    offer(f, "UPDATE", 0, cseq, within, ALICE_PATH, 2, frame); /* once more, and now it is accepted */
    offer(f, "UPDATE", 200, cseq, within, BOB_PATH, 2, frame + 1);
    respond(f, "UPDATE", 488, cseq - 1, within, frame + 2); /* late */
    respond(f, "UPDATE", 488, cseq, within, frame + 3);     /* nobody answers twice: the first holds */
    sm_msrp_match match = find(f, ALICE_PATH, BOB_PATH);
    assert_in_force(match.sender, 2, frame);
    assert_in_force(match.receiver, 2, frame + 1);
}

/* Only the response to that very request refuses it. */
static void test_refusal_of_another_request(fixture *f, gconstpointer unused)
{
    (void)unused;
    stand(f);
    offer(f, "UPDATE", 0, 5, within, ALICE_PATH, 2, 10);
    leg elsewhere = within, forked = within;
    elsewhere.call_id = "another";
    forked.to_tag = "fork";
    respond(f, "UPDATE", 488, 4, within, 11);
    respond(f, "INVITE", 488, 5, within, 12);
    respond(f, "UPDATE", 488, 5, from_bob, 13);
    respond(f, "UPDATE", 488, 5, elsewhere, 14);
    respond(f, "UPDATE", 488, 5, forked, 15);
    respond(f, "BYE", 488, 5, within, 16);
    assert_in_force(find(f, ALICE_PATH, BOB_PATH).sender, 2, 10);
    respond(f, "UPDATE", 488, 5, within, 17);
    assert_as_it_was(f);
}

/* A new path: found while it is offered, and after its refusal still Alice's, but no part of the session. */
static void test_refused_path(fixture *f, gconstpointer unused)
{
    (void)unused;
    stand(f);
    offer(f, "INVITE", 0, 2, within, ALICE_MOVED, 2, 10);
    sm_msrp_match pending = find(f, ALICE_MOVED, BOB_PATH);
    assert_between(pending, ALICE, BOB);
    assert_in_force(pending.sender, 2, 10);
    assert_between(find(f, BOB_PATH, ALICE_PATH), BOB, ALICE);
    respond(f, "INVITE", 488, 2, within, 12);
    assert_as_it_was(f);
    sm_msrp_match late = find(f, ALICE_MOVED, BOB_PATH);
    assert_between(late, ALICE, BOB);
    assert_in_force(late.sender, 1, 1);
    g_assert_cmpuint(late.sender->refused_offer, ==, 10);
    g_assert_cmpuint(late.sender->refused_in, ==, 12);
    g_assert_nonnull(strstr(late.how, "(frame 10) was refused in frame 12"));
    late = find(f, BOB_PATH, ALICE_MOVED);
    assert_between(late, BOB, ALICE);
    assert_in_force(late.receiver, 1, 1);

    offer(f, "INVITE", 0, 3, within, ALICE_MOVED, 2, 20); /* and again, with success */
    offer(f, "INVITE", 200, 3, within, BOB_MOVED, 2, 21);
    sm_msrp_match moved = find(f, ALICE_MOVED, BOB_MOVED);
    assert_in_force(moved.sender, 2, 20);
    g_assert_cmpuint(moved.sender->refused_in, ==, 0);
}

/* Whoever offers another's path and is refused does not stand in that one's way. */
static void test_refused_claim(fixture *f, gconstpointer unused)
{
    (void)unused;
    stand(f);
    offer(f, "INVITE", 0, 1, later, "msrp://c.example.com:1/c;tcp", 1, 3);
    offer(f, "INVITE", 200, 1, later_answer, "msrp://d.example.com:1/d;tcp", 1, 4);
    offer(f, "UPDATE", 0, 2, later_answer, ALICE_PATH, 2, 5);
    respond(f, "UPDATE", 488, 2, later_answer, 6);
    assert_as_it_was(f);
    sm_msrp_match claimed = find(f, ALICE_PATH, "msrp://d.example.com:1/d;tcp"); /* to the other end of the session that it was offered for */
    assert_between(claimed, "sip:carol@example.com", "sip:dave@example.com");
    g_assert_cmpuint(claimed.sender->refused_in, ==, 6);
}

/* Glare (RFC 3261 14.1): both are refused, with the same CSeq in either direction. */
static void test_glare(fixture *f, gconstpointer unused)
{
    (void)unused;
    stand(f);
    offer(f, "INVITE", 0, 7, within, ALICE_PATH, 2, 10);
    offer(f, "INVITE", 0, 7, from_bob, BOB_PATH, 2, 11);
    respond(f, "INVITE", 491, 7, within, 12);
    sm_msrp_match match = find(f, ALICE_PATH, BOB_PATH);
    assert_in_force(match.sender, 1, 1);
    assert_in_force(match.receiver, 2, 11);
    respond(f, "INVITE", 491, 7, from_bob, 13);
    assert_as_it_was(f);
    offer(f, "INVITE", 0, 8, from_bob, BOB_PATH, 2, 14);
    offer(f, "INVITE", 200, 8, from_bob, ALICE_PATH, 2, 15);
    respond(f, "INVITE", 491, 7, within, 16);
    match = find(f, ALICE_PATH, BOB_PATH);
    assert_in_force(match.sender, 2, 15);
    assert_in_force(match.receiver, 2, 14);
}

/* A challenge, whether it was captured or not, and then the refusal of the second try. */
static void test_refused_at_the_second_try(fixture *f, gconstpointer unused)
{
    (void)unused;
    stand(f);
    for (unsigned captured = 0; captured < 2; captured++) {
        uint32_t cseq = 10 * (captured + 1);
        offer(f, "UPDATE", 0, cseq, within, ALICE_PATH, 2, 10);
        if (captured)
            respond(f, "UPDATE", 407, cseq, within, 11);
        offer(f, "UPDATE", 0, cseq + 1, within, ALICE_PATH, 2, 12);
        respond(f, "UPDATE", 488, cseq + 1, within, 13);
        assert_as_it_was(f);
    }
}

/* A re-INVITE with an early answer is refused: what a 1xx without RSeq said falls with it, what one with RSeq said holds. */
static void test_early_answer(fixture *f, gconstpointer unused)
{
    (void)unused;
    stand(f);
    offer(f, "INVITE", 0, 2, within, ALICE_PATH, 2, 10);
    offer(f, "INVITE", 183, 2, within, BOB_MOVED, 2, 11);
    respond(f, "INVITE", 487, 2, within, 12);
    assert_as_it_was(f);
    g_assert_cmpuint(find(f, BOB_MOVED, ALICE_PATH).sender->refused_offer, ==, 11);

    static const char fields[] = "RSeq: 1\r\n\r\n";
    offer(f, "INVITE", 0, 3, within, ALICE_PATH, 2, 20);
    f->entity = sm_entity_from_message(f->arena, sm_bytes_of(fields, strlen(fields)), SM_BYTES_NONE, 0);
    offer(f, "INVITE", 183, 3, within, BOB_PATH, 2, 21);
    f->entity = NULL;
    respond(f, "INVITE", 487, 3, within, 22);
    sm_msrp_match match = find(f, ALICE_PATH, BOB_PATH);
    assert_in_force(match.sender, 2, 20);
    assert_in_force(match.receiver, 2, 21);
}

/* Without SDP in the re-INVITE: the 183 offers, the PRACK answers, and only then is it refused; or the PRACK is. */
static void test_offer_in_183(fixture *f, gconstpointer unused)
{
    (void)unused;
    stand(f);
    offer(f, "INVITE", 183, 2, within, BOB_PATH, 2, 11);
    offer(f, "PRACK", 0, 3, within, ALICE_PATH, 2, 12);
    respond(f, "PRACK", 488, 3, within, 13);
    respond(f, "INVITE", 500, 2, within, 14);
    assert_as_it_was(f);
    offer(f, "INVITE", 183, 4, within, BOB_PATH, 2, 21);
    offer(f, "PRACK", 0, 5, within, ALICE_PATH, 2, 22);
    respond(f, "PRACK", 200, 5, within, 23);
    respond(f, "INVITE", 500, 4, within, 24);
    sm_msrp_match match = find(f, ALICE_PATH, BOB_PATH);
    assert_in_force(match.sender, 2, 22);
    assert_in_force(match.receiver, 2, 21);
}

/* An UPDATE that is answered within a re-INVITE stays when the re-INVITE is refused; the offer of the re-INVITE does not. */
static void test_update_within_reinvite(fixture *f, gconstpointer unused)
{
    (void)unused;
    stand(f);
    offer(f, "INVITE", 0, 2, within, ALICE_MOVED, 2, 10);
    offer(f, "UPDATE", 0, 3, within, ALICE_PATH, 2, 11);
    offer(f, "UPDATE", 200, 3, within, BOB_PATH, 2, 12);
    respond(f, "INVITE", 488, 2, within, 13);
    sm_msrp_match match = find(f, ALICE_PATH, BOB_PATH);
    assert_in_force(match.sender, 2, 11);
    assert_in_force(match.receiver, 2, 12);
    g_assert_cmpuint(find(f, ALICE_MOVED, BOB_PATH).sender->refused_in, ==, 13);
}

/* In reverse order: the refusal of the later one uncovers what is still offered, then what stands. */
static void test_offers_on_offers(fixture *f, gconstpointer unused)
{
    (void)unused;
    stand(f);
    for (uint32_t cseq = 2; cseq < 2 + 2 * SM_LIMIT_MSRP_UNANSWERED; cseq++)
        offer(f, "UPDATE", 0, cseq, within, ALICE_PATH, cseq, 10 + cseq);
    uint32_t last = 1 + 2 * SM_LIMIT_MSRP_UNANSWERED;
    respond(f, "UPDATE", 488, last, within, 100);
    assert_in_force(find(f, ALICE_PATH, BOB_PATH).sender, last - 1, 10 + last - 1);
    respond(f, "UPDATE", 200, last - 2, within, 101);
    respond(f, "UPDATE", 488, last - 1, within, 102);
    assert_in_force(find(f, ALICE_PATH, BOB_PATH).sender, last - 2, 10 + last - 2);
    respond(f, "UPDATE", 488, last - 2, within, 103); /* accepted already */
    assert_in_force(find(f, ALICE_PATH, BOB_PATH).sender, last - 2, 10 + last - 2);
}

/* Who refuses the end of a line leaves it. */
static void test_refused_end_of_line(fixture *f, gconstpointer unused)
{
    (void)unused;
    stand(f);
    offer(f, "UPDATE", 0, 2, within, NULL, 1, 10);
    respond(f, "UPDATE", 488, 2, within, 11);
    assert_as_it_was(f);
}

/* RFC 4916 in a request that is refused: the name goes back as the offer does. */
static void test_refused_name(fixture *f, gconstpointer unused)
{
    (void)unused;
    leg renamed = from_bob;
    renamed.from = "sip:carol@example.com";
    stand(f);
    offer(f, "UPDATE", 0, 2, renamed, BOB_MOVED, 2, 10);
    assert_between(find(f, BOB_PATH, ALICE_PATH), "sip:carol@example.com", ALICE);
    respond(f, "UPDATE", 428, 2, renamed, 11);
    assert_between(find(f, BOB_PATH, ALICE_PATH), BOB, ALICE);
    assert_as_it_was(f);
    sm_msrp_match late = find(f, BOB_MOVED, ALICE_PATH); /* Carol said so, and was not believed */
    assert_ambiguous(late);
    g_assert_nonnull(strstr(late.how, "sip:carol@example.com"));
    late = find(f, ALICE_PATH, BOB_MOVED);
    g_assert_cmpstr(late.sender->aor, ==, ALICE);
    g_assert_null(late.receiver);

    f->cseq = 3; /* without SDP */
    f->frame = 12;
    follow(f, true, "UPDATE", 0, renamed);
    assert_between(find(f, BOB_PATH, ALICE_PATH), "sip:carol@example.com", ALICE);
    respond(f, "UPDATE", 428, 3, renamed, 13);
    assert_as_it_was(f);
    follow(f, true, "UPDATE", 0, renamed); /* retransmitted */
    assert_as_it_was(f);
    f->cseq = 4;
    follow(f, true, "UPDATE", 0, renamed);
    respond(f, "UPDATE", 200, 4, renamed, 14);
    respond(f, "UPDATE", 428, 4, renamed, 15);
    assert_between(find(f, BOB_PATH, ALICE_PATH), "sip:carol@example.com", ALICE);
}

/* The refusal stands in the capture before what it refuses. */
static void test_refusal_before_its_request(fixture *f, gconstpointer unused)
{
    (void)unused;
    stand(f);
    respond(f, "UPDATE", 488, 2, within, 10);
    offer(f, "UPDATE", 0, 2, within, ALICE_PATH, 2, 11);
    assert_as_it_was(f);
    respond(f, "UPDATE", 488, 3, within, 12);
    offer(f, "UPDATE", 0, 3, within, ALICE_MOVED, 2, 13);
    sm_msrp_match match = find(f, ALICE_MOVED, BOB_PATH);
    g_assert_cmpuint(match.sender->refused_offer, ==, 13);
    g_assert_cmpuint(match.sender->refused_in, ==, 12);
}

/* A back-to-back user agent that keeps the Call-ID: what one leg refuses it may accept on the other, in the end. */
static void test_refused_on_one_leg(fixture *f, gconstpointer unused)
{
    (void)unused;
    stand(f);
    offer(f, "UPDATE", 0, 2, within, ALICE_MOVED, 2, 10);
    respond(f, "UPDATE", 488, 2, within, 11);
    respond(f, "UPDATE", 200, 2, within, 12);
    assert_in_force(find(f, ALICE_MOVED, BOB_PATH).sender, 2, 10);
}

/* The dialog's beginning was not captured, and the first that is known of it is refused. */
static void test_joined_late_and_refused(fixture *f, gconstpointer unused)
{
    (void)unused;
    offer(f, "INVITE", 0, 9, from_bob, BOB_MOVED, 2, 10);
    respond(f, "INVITE", 488, 9, from_bob, 11);
    sm_msrp_match match = find(f, BOB_MOVED, ALICE_PATH);
    assert_between(match, BOB, ALICE);
    g_assert_null(match.sender->sdp);
    g_assert_false(match.session->over);
    offer(f, "UPDATE", 0, 3, within, ALICE_PATH, 1, 12); /* Bob's path was never seen */
    assert_between(find(f, ALICE_PATH, BOB_PATH), ALICE, BOB);
}

/* INVITE, challenged, then with another path: in the dialog that it begins the first is no part of the session. */
static void test_second_invite(fixture *f, gconstpointer unused)
{
    (void)unused;
    leg refused = invite;
    refused.to_tag = "proxy";
    offer(f, "INVITE", 0, 1, invite, ALICE_PATH, 1, 1);
    respond(f, "INVITE", 407, 1, refused, 2);
    offer(f, "INVITE", 0, 2, invite, ALICE_MOVED, 2, 3);
    respond(f, "INVITE", 407, 1, refused, 4); /* late */
    g_assert_false(find(f, ALICE_MOVED, BOB_PATH).session->over);
    offer(f, "INVITE", 200, 2, within, BOB_PATH, 2, 5);
    sm_msrp_match match = find(f, ALICE_MOVED, BOB_PATH);
    assert_in_force(match.sender, 2, 3);
    g_assert_cmpuint(match.sender->refused_in, ==, 0);
    match = find(f, ALICE_PATH, BOB_PATH);
    assert_in_force(match.sender, 2, 3);
    g_assert_cmpuint(match.sender->refused_offer, ==, 1);
}

/* One fork refuses, the other answers the same offer; and an early dialog ends with the refusal of its INVITE (RFC 3261 12.3). */
static void test_forks_that_refuse(fixture *f, gconstpointer unused)
{
    (void)unused;
    leg busy = invite;
    busy.to_tag = "busy";
    offer(f, "INVITE", 0, 1, invite, ALICE_PATH, 1, 1);
    offer(f, "INVITE", 183, 1, busy, BOB_MOVED, 1, 2);
    g_assert_false(find(f, BOB_MOVED, ALICE_PATH).session->over);
    respond(f, "INVITE", 486, 1, busy, 3);
    g_assert_true(find(f, BOB_MOVED, ALICE_PATH).session->over);
    offer(f, "INVITE", 0, 1, invite, ALICE_PATH, 1, 4); /* retransmitted to the other */
    offer(f, "INVITE", 200, 1, within, BOB_PATH, 1, 5);
    sm_msrp_match match = find(f, ALICE_PATH, BOB_PATH);
    assert_in_force(match.sender, 1, 1);
    g_assert_false(match.session->over);
    g_assert_cmpuint(match.sender->refused_in, ==, 0);
}

/* Without tags where there should be some: nothing to go back to, nothing to fall over. */
static void test_refusal_without_tags(fixture *f, gconstpointer unused)
{
    (void)unused;
    leg bare = {"bare", ALICE, NULL, BOB, NULL};
    offer(f, "UPDATE", 0, 1, bare, ALICE_PATH, 1, 1);
    respond(f, "UPDATE", 488, 1, bare, 2);
    respond(f, "INVITE", 488, 1, bare, 3);
    bare.to_tag = "x";
    offer(f, "INVITE", 200, 2, bare, BOB_PATH, 1, 4);
    respond(f, "INVITE", 488, 2, bare, 5);
    assert_between(find(f, ALICE_PATH, BOB_PATH), ALICE, BOB);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(path, function) g_test_add("/msrp/session/" path, fixture, NULL, set_up, function, tear_down)
    TEST("capabilities-are-no-offer", test_capabilities_are_no_offer);
    TEST("refusal-names-no-path", test_refusal_names_no_path);
    TEST("rfc4975/figure-1", test_figure_1);
    TEST("offer-in-response", test_offer_in_response);
    TEST("one-sdp-only", test_one_sdp_only);
    TEST("answered-needs-both", test_answered_needs_both);
    TEST("refused", test_refused);
    TEST("no-call-id", test_no_call_id);
    TEST("reinvite-from-callee", test_reinvite_from_callee);
    TEST("refresh-keeps-the-session", test_refresh_keeps_the_session);
    TEST("connected-identity", test_connected_identity);
    TEST("joined-late", test_joined_late);
    TEST("answer-not-seen", test_answer_not_seen);
    TEST("forks", test_forks);
    TEST("two-media-lines", test_two_media_lines);
    TEST("path-used-again", test_path_used_again);
    TEST("path-shared", test_path_shared);
    TEST("path-shared-crosswise", test_path_shared_crosswise);
    TEST("path-shared-by-legs", test_path_shared_by_legs);
    TEST("connection-decides", test_connection_decides);
    TEST("rewritten-paths", test_rewritten_paths);
    TEST("refused-invite", test_refused_invite);
    TEST("connected-identity-alone", test_connected_identity_alone);
    TEST("crowd", test_crowd);
    TEST("many-paths", test_many_paths);
    TEST("relays", test_relays);
    TEST("protected-sdp", test_protected_sdp);
    TEST("uri-comparison", test_uri_comparison);
    TEST("ipv6", test_ipv6);
    TEST("limit", test_limit);
    TEST("refused-words", test_refused_words);
    TEST("refusal-of-another-request", test_refusal_of_another_request);
    TEST("refused-path", test_refused_path);
    TEST("refused-claim", test_refused_claim);
    TEST("glare", test_glare);
    TEST("refused-at-the-second-try", test_refused_at_the_second_try);
    TEST("early-answer", test_early_answer);
    TEST("offer-in-183", test_offer_in_183);
    TEST("update-within-reinvite", test_update_within_reinvite);
    TEST("offers-on-offers", test_offers_on_offers);
    TEST("refused-end-of-line", test_refused_end_of_line);
    TEST("refused-name", test_refused_name);
    TEST("refusal-before-its-request", test_refusal_before_its_request);
    TEST("refused-on-one-leg", test_refused_on_one_leg);
    TEST("joined-late-and-refused", test_joined_late_and_refused);
    TEST("second-invite", test_second_invite);
    TEST("forks-that-refuse", test_forks_that_refuse);
    TEST("refusal-without-tags", test_refusal_without_tags);
    return g_test_run();
}
