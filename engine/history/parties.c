/* History: whose message it is, to whom, and whether it bears anything.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "history/parties.h"

static const sm_uri *tunnelled_from(const sm_inspection *inspection)
{
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_part *part = inspection->parts[i];
        if (part->tunnel && (part->is_signed || part->is_encrypted) && part->tunnel->inner->from)
            return part->tunnel->inner->from->uri;
    }
    return NULL;
}

static const sm_uri *caller_of(const sm_inspection *inspection)
{
    const sm_sip_message *sip = inspection->sip;
    if (!sip->from || !sip->from->anonymous)
        return sip->from ? sip->from->uri : NULL;
    return sip->asserted_count ? sip->asserted[0]->uri : tunnelled_from(inspection);
}

static const sm_uri *party_uri(sm_arena *arena, const sm_msrp_party *party)
{
    return party && party->aor ? sm_uri_parse(arena, sm_bytes_of(party->aor, strlen(party->aor)), NULL) : NULL;
}

history_parties history_parties_of(sm_arena *arena, const sm_inspection *inspection, const sm_msrp_match *session)
{
    if (inspection->carrier->kind == SM_CARRIER_MSRP) {
        const sm_msrp_carrier *msrp = &inspection->carrier->msrp;
        return (history_parties){party_uri(arena, session->sender), party_uri(arena, session->receiver),
                                 session->session ? session->session->call_id : msrp->to_path};
    }
    const sm_sip_message *sip = inspection->sip;
    const sm_uri *caller = caller_of(inspection), *callee = sip->to ? sip->to->uri : NULL;
    return sip->request ? (history_parties){caller, callee, sip->call_id} : (history_parties){callee, caller, sip->call_id};
}

void history_digest_aor(history_digest *digest, const sm_uri *uri)
{
    if (uri->scheme == SM_URI_TEL || !uri->host) {
        history_digest_text(digest, uri->number ? uri->number : uri->text);
        history_digest_text(digest, uri->phone_context);
        return;
    }
    history_digest_text(digest, uri->user);
    history_digest_text(digest, uri->host);
}

bool history_bears_content(const sm_inspection *inspection)
{
    if (inspection->sources[0].octets.length == 0)
        return false;
    for (unsigned i = 0; i < inspection->part_count; i++) {
        const sm_media_type *type = inspection->parts[i]->entity->content_type;
        if (sm_media_type_is(type, "application/im-iscomposing+xml") || sm_media_type_is(type, "message/imdn+xml"))
            return false;
    }
    return true;
}
