/* Repairs of CMS octets that were sent as text or lost their transfer encoding.
 *
 * Turning line ends in binary octets is not one-to-one: a CMS may hold LF and CRLF of its own. How many were
 * turned follows from the length that the outermost value announces; which ones is searched, the likely ones
 * first, up to a few dozen choices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "inspect/repair.h"

#include "mime/transfer_encoding.h"

enum {
    PLACES = 65536, /* of line ends: where there are more, only all together are tried */
    CHOICES = 40,   /* of places for one damage */
};

static const char sent_as_text[] = "something on the way treated the binary body as text";

size_t inspect_announced_octets(sm_bytes octets)
{
    if (octets.length < 2 || octets.data[0] != 0x30 || octets.data[1] == 0x80 || octets.data[1] > 0x88)
        return 0;
    size_t header = 2, content = octets.data[1];
    if (content > 0x80) {
        header += content - 0x80;
        content = 0;
        if (header > octets.length)
            return 0;
        for (size_t i = 2; i < header; i++)
            content = content << 8 | octets.data[i];
    }
    return content > SIZE_MAX - header ? 0 : header + content;
}

/* Turned line ends */

typedef enum turned {
    CR_ADDED,   /* LF became CRLF */
    CR_REMOVED, /* CRLF became LF */
    LF_REMOVED, /* CRLF became CR */
} turned;

typedef struct place {
    size_t
        offset; /* of the CR (added, or behind which LF is missing), or of the LF before which CR is missing */
    bool chosen;
} place;

static bool is_place(sm_bytes octets, size_t at, turned damage)
{
    uint8_t octet = octets.data[at];
    bool lf_follows = at + 1 < octets.length && octets.data[at + 1] == '\n';
    bool cr_precedes = at > 0 && octets.data[at - 1] == '\r';
    switch (damage) {
    case CR_ADDED:
        return octet == '\r' && lf_follows;
    case CR_REMOVED:
        return octet == '\n' && !cr_precedes;
    case LF_REMOVED:
    default:
        return octet == '\r' && !lf_follows;
    }
}

enum { TEXT_BEFORE = 4, TEXT_BEHIND = 2, TEXT_AROUND = TEXT_BEFORE + TEXT_BEHIND, RATHER_TEXT = 4 };

static bool is_text(sm_bytes octets, size_t at)
{
    if (at >= octets.length)
        return false;
    uint8_t octet = octets.data[at];
    return octet == '\r' || octet == '\n' || octet == '\t' || (octet >= 0x20 && octet <= 0x7e);
}

/* How much around a line end is text, 0 to TEXT_AROUND: there it is rather the content's own than a part of
 * a number or a ciphertext. Before it counts for more, for it may be the last one of a text. */
static unsigned text_around(sm_bytes octets, size_t at, turned damage)
{
    unsigned score = 0;
    size_t behind = at + (damage == CR_ADDED ? 2 : 1);
    for (size_t i = 1; i <= TEXT_BEFORE && i <= at; i++)
        score += is_text(octets, at - i);
    for (size_t i = 0; i < TEXT_BEHIND; i++)
        score += is_text(octets, behind + i);
    return score;
}

/* The places in the order of the octets; `order` gets their indices, the likely ones first, `likely` how
 * many those are. CRs are added to LFs that were no line ends, and removed from line ends. */
static GArray *find_places(sm_bytes octets, turned damage, GArray *order, guint *likely)
{
    GArray *places = g_array_new(FALSE, FALSE, sizeof(place));
    for (size_t at = 0; at < octets.length && places->len <= PLACES; at++) {
        place found = {at, true};
        if (is_place(octets, at, damage))
            g_array_append_val(places, found);
    }
    for (unsigned pass = 0; pass <= TEXT_AROUND; pass++) {
        unsigned wanted = damage == CR_ADDED ? pass : TEXT_AROUND - pass;
        for (guint i = 0; i < places->len; i++)
            if (text_around(octets, g_array_index(places, place, i).offset, damage) == wanted)
                g_array_append_val(order, i);
        if (damage == CR_ADDED ? wanted + 1 == RATHER_TEXT : wanted == RATHER_TEXT)
            *likely = order->len;
    }
    return places;
}

/* A copy with the chosen places undone, or all of them when `places` is NULL. */
static GString *turn_back(sm_bytes octets, turned damage, const GArray *places)
{
    GString *out = g_string_sized_new(octets.length + (places ? places->len : octets.length / 16) + 16);
    guint next = 0;
    for (size_t at = 0; at < octets.length; at++) {
        bool here;
        if (places) {
            here = next < places->len && g_array_index(places, place, next).offset == at;
            here = here && g_array_index(places, place, next++).chosen;
        } else {
            here = is_place(octets, at, damage);
        }
        if (here && damage == CR_ADDED)
            continue;
        if (here && damage == CR_REMOVED)
            g_string_append_c(out, '\r');
        g_string_append_c(out, (char)octets.data[at]);
        if (here && damage == LF_REMOVED)
            g_string_append_c(out, '\n');
    }
    return out;
}

typedef struct turning {
    sm_bytes octets;
    turned damage;
    GArray *places, *order;
    inspect_try try;
    void *context;
} turning;

/* Tries the copy with `count` places undone; `places` NULL for all. */
static bool try_places(const turning *turn, const GArray *places, guint count)
{
    static const char *const hows[] = {
        [CR_ADDED] = "without the CR before",
        [CR_REMOVED] = "with CR put back before",
        [LF_REMOVED] = "with LF put back behind",
    };
    const char *mark = turn->damage == LF_REMOVED ? "CR" : "LF";
    GString *made = turn_back(turn->octets, turn->damage, places), *how = g_string_new(hows[turn->damage]);
    if (places)
        g_string_append_printf(how, " %s in %u %s of the CMS", mark, count, count == 1 ? "place" : "places");
    else
        g_string_append_printf(how, " every %s of the CMS", mark);
    inspect_repair repair = {how->str, sent_as_text};
    bool done = turn->try(turn->context, sm_bytes_of(made->str, made->len), &repair, NULL);
    g_string_free(how, TRUE);
    g_string_free(made, TRUE);
    return done;
}

static bool try_choice(const turning *turn, const guint *choice, guint count)
{
    for (guint i = 0; i < turn->places->len; i++)
        g_array_index(turn->places, place, i).chosen = false;
    for (guint i = 0; i < count; i++)
        g_array_index(turn->places, place, g_array_index(turn->order, guint, choice[i])).chosen = true;
    return try_places(turn, turn->places, count);
}

/* The next `count` of `all` numbers in lexicographic order; false after the last. */
static bool next_choice(guint *choice, guint count, guint all)
{
    guint last = count;
    while (last > 0 && choice[last - 1] == all - count + last - 1)
        last--;
    if (last == 0)
        return false;
    choice[last - 1]++;
    for (guint i = last; i < count; i++)
        choice[i] = choice[i - 1] + 1;
    return true;
}

/* Whether all choices of `count` from `all` are at most CHOICES. */
static bool are_few(guint count, guint all)
{
    guint64 choices = 1;
    guint rest = MIN(count, all - count);
    for (guint i = 1; i <= rest && choices <= CHOICES; i++)
        choices = choices * (all - rest + i) / i;
    return choices <= CHOICES;
}

/* The first `count` places of the order; then one of them exchanged for one behind them, those next to the
 * border first. */
static bool try_exchanges(const turning *turn, guint *choice, guint count)
{
    guint others = turn->order->len - count;
    unsigned tried = 1;
    if (try_choice(turn, choice, count))
        return true;
    for (guint distance = 0; distance < count + others - 1; distance++)
        for (guint out = 0; out <= distance && out < count; out++) {
            guint in = distance - out;
            if (in >= others)
                continue;
            if (tried++ == CHOICES)
                return false;
            choice[count - 1 - out] = count + in;
            bool done = try_choice(turn, choice, count);
            choice[count - 1 - out] = count - 1 - out;
            if (done)
                return true;
        }
    return false;
}

/* Choices of `count` places, the likely ones first: all of them where they are few. */
static bool try_choices(const turning *turn, guint count)
{
    guint all = turn->order->len;
    g_autofree guint *choice = g_new(guint, count);
    for (guint i = 0; i < count; i++)
        choice[i] = i;
    if (!are_few(count, all))
        return try_exchanges(turn, choice, count);
    do {
        if (try_choice(turn, choice, count))
            return true;
    } while (next_choice(choice, count, all));
    return false;
}

/* `changed`: how many places the announced length tells, 0 when it tells nothing for this damage. */
static bool repair_turned(sm_bytes octets, turned damage, size_t changed, inspect_try try, void *context)
{
    turning turn = {octets, damage, NULL, g_array_new(FALSE, FALSE, sizeof(guint)), try, context};
    guint likely = 0;
    turn.places = find_places(octets, damage, turn.order, &likely);
    guint count = turn.places->len;
    bool done = false;
    if (count > PLACES) {
        done = try_places(&turn, NULL, 0);
    } else if (count > 0) {
        if (changed > 0 && changed < count)
            done = try_choices(&turn, (guint)changed);
        else if (changed == 0 && likely > 0 && likely < count)
            done = try_choices(&turn, likely);
        done = done || try_choices(&turn, count);
    }
    g_array_unref(turn.places);
    g_array_unref(turn.order);
    return done;
}

static bool repair_line_ends(sm_bytes octets, inspect_try try, void *context)
{
    size_t announced = inspect_announced_octets(octets);
    size_t more = announced && octets.length > announced ? octets.length - announced : 0;
    size_t fewer = announced > octets.length ? announced - octets.length : 0;
    return repair_turned(octets, CR_ADDED, more, try, context) ||
           repair_turned(octets, CR_REMOVED, fewer, try, context) ||
           repair_turned(octets, LF_REMOVED, fewer, try, context);
}

/* Everything else */

static bool try_copy(GString *made, const char *how, const char *why, inspect_try try, void *context)
{
    if (made == NULL)
        return false;
    inspect_repair repair = {how, why};
    bool done = try(context, sm_bytes_of(made->str, made->len), &repair, NULL);
    g_string_free(made, TRUE);
    return done;
}

/* Line ends and blanks before the CMS: the empty line behind a header was counted or written twice. */
static bool repair_start(sm_bytes octets, inspect_try try, void *context)
{
    size_t start = 0;
    while (start < octets.length && octets.data[start] && strchr("\r\n \t", octets.data[start]))
        start++;
    if (start == 0 || start == octets.length)
        return false;
    g_autofree char *how =
        g_strdup_printf("without the %zu octets of line ends and blanks before the CMS", start);
    inspect_repair repair = {how, "they were added on the way, or the body is taken to begin too early"};
    return try(context, sm_bytes_from(octets, start), &repair, NULL);
}

static bool repair_base64(sm_bytes octets, inspect_try try, void *context)
{
    if (octets.length < 4 ||
        octets.data[0] != 'M') /* base64 of 30 and of a length above 127, or of indefinite length */
        return false;
    sm_arena *arena = sm_arena_new();
    sm_decoded plain = sm_transfer_decode(arena, octets, SM_ENCODING_BASE64);
    inspect_repair repair = {"with the body decoded from base64",
                             "the Content-Transfer-Encoding header field that said so was lost or changed"};
    bool done = plain.fault == NULL && try(context, plain.octets, &repair, NULL);
    sm_arena_free(arena);
    return done;
}

static bool repair_undecoded(sm_bytes undecoded, inspect_try try, void *context)
{
    static const inspect_repair repair = {
        "with the body as it stands, not decoded",
        "it is binary: something on the way decoded it and left its Content-Transfer-Encoding, or changed the header field"};
    return sm_bytes_present(undecoded) && undecoded.length > 1 && undecoded.data[0] == 0x30 &&
           try(context, undecoded, &repair, NULL);
}

bool inspect_repair_cms(sm_bytes octets, sm_bytes undecoded, inspect_try try, void *context)
{
    if (repair_undecoded(undecoded, try, context))
        return true;
    if (!sm_bytes_present(octets))
        return false;
    return repair_base64(octets, try, context) || repair_start(octets, try, context) ||
           try_copy(inspect_octets_of_characters(octets), "with each character of the CMS taken as one octet",
                    "something on the way re-coded the binary body as UTF-8", try, context) ||
           repair_line_ends(octets, try, context);
}
