/* Message text: see message_text.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "message_text.h"

const char *audit_shown(sm_arena *arena, const char *text)
{
    return text ? sm_arena_printable(arena, sm_bytes_of(text, strlen(text)), SIZE_MAX) : "";
}

const char *audit_time_text(sm_arena *arena, sm_moment moment)
{
    if (!moment.known)
        return "";
    sm_moment whole = sm_moment_at(moment.seconds, 0);
    const char *seconds = sm_moment_text(arena, whole); /* ends in Z */
    int length = (int)strlen(seconds) - 1;
    if (moment.nanoseconds % 1000 == 0)
        return sm_arena_printf(arena, "%.*s.%06uZ", length, seconds, moment.nanoseconds / 1000);
    return sm_arena_printf(arena, "%.*s.%09uZ", length, seconds, moment.nanoseconds);
}

const char *audit_content_type(const sm_part *part)
{
    const sm_media_type *type = part->entity ? part->entity->content_type : NULL;
    return type ? type->text : "text/plain";
}

const char *audit_path_end(sm_arena *arena, const char *path)
{
    if (!path)
        return NULL;
    size_t end = strlen(path);
    while (end > 0 && g_ascii_isspace(path[end - 1]))
        end--;
    size_t start = end;
    while (start > 0 && !g_ascii_isspace(path[start - 1]))
        start--;
    return sm_arena_strndup(arena, path + start, end - start);
}

static const char *address_text(const sm_address *address, const char *otherwise)
{
    return address && address->uri_text ? address->uri_text : otherwise;
}

static const char *status_text(sm_arena *arena, unsigned status)
{
    return sm_arena_printf(arena, "%u", status);
}

static audit_parties sip_parties(sm_arena *arena, const sm_inspection *inspection)
{
    const sm_sip_carrier *carrier = &inspection->carrier->sip;
    const sm_sip_message *message = inspection->sip;
    unsigned status = message ? message->status : carrier->status;
    audit_parties parties = {
        .method = status    ? status_text(arena, status)
                  : message ? message->method
                            : carrier->method,
        .from = address_text(message ? message->from : NULL, carrier->from),
        .to = address_text(message ? message->to : NULL, carrier->to),
    };
    return parties;
}

static audit_parties msrp_parties(sm_arena *arena, const sm_conclusion *conclusion)
{
    const sm_msrp_carrier *carrier = &conclusion->inspection->carrier->msrp;
    const sm_msrp_match *session = &conclusion->links.session;
    const char *sender = session->sender ? session->sender->aor : NULL;
    const char *receiver = session->receiver ? session->receiver->aor : NULL;
    audit_parties parties = {
        .method = carrier->status ? status_text(arena, carrier->status) : carrier->method,
        .from = sender ? sender : audit_path_end(arena, carrier->from_path),
        .to = receiver ? receiver : audit_path_end(arena, carrier->to_path),
    };
    return parties;
}

audit_parties audit_parties_of(sm_arena *arena, const sm_conclusion *conclusion)
{
    if (conclusion->inspection->carrier->kind == SM_CARRIER_MSRP)
        return msrp_parties(arena, conclusion);
    return sip_parties(arena, conclusion->inspection);
}
