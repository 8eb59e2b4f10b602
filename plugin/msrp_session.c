/* MSRP session: see msrp_session.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "msrp_session.h"

#include "fields.h"

#include "base/bounds.h"

static int hf_from_path = -1, hf_to_path = -1, hf_detail = -1;
static int hf_sender = -1, hf_receiver = -1, hf_asserted = -1;
static int hf_sdp_in = -1, hf_refused_offer = -1, hf_refused_in = -1, hf_sdp_protected = -1, hf_setup = -1, hf_address = -1, hf_cema = -1;
static int hf_accept_types = -1, hf_accept_wrapped_types = -1, hf_max_size = -1, hf_file_selector = -1;
static int ett_session = -1, ett_party = -1;

static void add_text(proto_tree *tree, int field, tvbuff_t *tvb, const char *text)
{
    if (text)
        proto_item_set_generated(proto_tree_add_string(tree, field, tvb, 0, 0, text));
}

/* What the message itself says. */
static void add_received(proto_tree *tree, int field, tvbuff_t *tvb, const char *text)
{
    sm_arena *arena = sm_arena_new();
    add_text(tree, field, tvb, text ? sm_arena_printable(arena, sm_bytes_of(text, strlen(text)), SM_LIMIT_MSRP_HEADER_OCTETS) : NULL);
    sm_arena_free(arena);
}

static void add_words(proto_tree *tree, int field, tvbuff_t *tvb, const char *const *words, unsigned count)
{
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < count; i++)
        g_string_append_printf(text, "%s%s", i ? " " : "", words[i]);
    add_text(tree, field, tvb, text->str);
    g_string_free(text, TRUE);
}

/* c= and m=: where a connection to the party goes when RFC 6714 is used, or a middlebox is on the way. */
static void add_address(proto_tree *tree, tvbuff_t *tvb, const sm_sdp_msrp *sdp)
{
    if (!sdp->connection)
        return;
    bool bare_ipv6 = strchr(sdp->connection, ':') && sdp->connection[0] != '[';
    char *address = g_strdup_printf(bare_ipv6 ? "[%s]:%u" : "%s:%u", sdp->connection, sdp->port);
    add_text(tree, hf_address, tvb, address);
    g_free(address);
}

static void add_frame(proto_tree *tree, int field, tvbuff_t *tvb, uint32_t frame)
{
    proto_item_set_generated(proto_tree_add_uint(tree, field, tvb, 0, 0, frame));
}

static void show_sdp(const sm_msrp_party *party, bool receives, tvbuff_t *tvb, proto_tree *tree)
{
    const sm_sdp_msrp *sdp = party->sdp;
    add_frame(tree, hf_sdp_in, tvb, party->frame);
    proto_item_set_generated(proto_tree_add_boolean(tree, hf_sdp_protected, tvb, 0, 0, party->protected_sdp));
    add_text(tree, hf_setup, tvb, sdp->setup);
    add_address(tree, tvb, sdp);
    if (sdp->msrp_cema)
        proto_item_set_generated(proto_tree_add_boolean(tree, hf_cema, tvb, 0, 0, true));
    if (receives && sdp->accept_types_present)
        add_words(tree, hf_accept_types, tvb, sdp->accept_types, sdp->accept_type_count);
    if (receives && sdp->accept_wrapped_type_count > 0)
        add_words(tree, hf_accept_wrapped_types, tvb, sdp->accept_wrapped_types, sdp->accept_wrapped_type_count);
    if (receives && sdp->max_size_present)
        proto_item_set_generated(proto_tree_add_uint64(tree, hf_max_size, tvb, 0, 0, sdp->max_size));
    add_text(tree, hf_file_selector, tvb, sdp->file_selector);
}

static void show_party(const sm_msrp_session *session, const sm_msrp_party *party, int field, bool receives, tvbuff_t *tvb, proto_tree *tree)
{
    if (!party)
        return;
    proto_item *item = proto_tree_add_string(tree, field, tvb, 0, 0, party->aor ? party->aor : "unknown");
    proto_item_set_generated(item);
    proto_item_append_text(item, " (%s, %s)", party == &session->caller ? "caller" : "callee", party->header);
    proto_tree *inside = proto_item_add_subtree(item, ett_party);
    for (unsigned i = 0; i < party->asserted_count; i++)
        add_text(inside, hf_asserted, tvb, party->asserted[i]);
    if (party->refused_in) {
        proto_item_append_text(item, ", path of a refused offer");
        add_frame(inside, hf_refused_offer, tvb, party->refused_offer);
        add_frame(inside, hf_refused_in, tvb, party->refused_in);
    }
    if (party->sdp)
        show_sdp(party, receives, tvb, inside);
    else
        proto_item_append_text(item, party->refused_in ? ", no other SDP seen" : ", SDP not seen");
}

void smime_msrp_session_show(const sm_conclusion *conclusion, tvbuff_t *tvb, proto_tree *tree)
{
    const sm_msrp_match *found = &conclusion->links.session;
    const sm_msrp_carrier *msrp = &conclusion->inspection->carrier->msrp;
    proto_item *item;
    proto_tree *inside;
    if (found->session)
        inside = proto_tree_add_subtree_format(tree, tvb, 0, 0, ett_session, &item, "Session: from %s to %s",
                                               found->sender->aor ? found->sender->aor : "unknown",
                                               found->receiver && found->receiver->aor ? found->receiver->aor : "unknown");
    else
        inside = proto_tree_add_subtree_format(tree, tvb, 0, 0, ett_session, &item, "Session: %s", found->ambiguous ? "ambiguous" : "unknown");
    proto_item_set_generated(item);
    if (found->session)
        add_text(inside, hf_smime_msrp_session, tvb, found->session->call_id);
    add_text(inside, hf_detail, tvb, found->how);
    add_received(inside, hf_from_path, tvb, msrp->from_path);
    add_received(inside, hf_to_path, tvb, msrp->to_path);
    show_party(found->session, found->sender, hf_sender, false, tvb, inside);
    show_party(found->session, found->receiver, hf_receiver, true, tvb, inside);
}

#define FIELD(variable, title, filter, type, base, blurb) {&variable, {title, filter, type, base, NULL, 0, blurb, HFILL}}
#define TEXT(variable, title, filter, blurb) FIELD(variable, title, filter, FT_STRING, BASE_NONE, blurb)

void smime_msrp_session_register(int proto)
{
    static hf_register_info fields[] = {
        TEXT(hf_from_path, "From-Path", "smime.msrp.from_path", "Of the message; its last URI is the sender's"),
        TEXT(hf_to_path, "To-Path", "smime.msrp.to_path", "Of the message; its last URI is the receiver's"),
        TEXT(hf_detail, "Found by", "smime.msrp.session_detail", "How the session was found, or why it was not"),
        TEXT(hf_sender, "Sender", "smime.msrp.sender", "Address-of-record, in the SIP dialog, of the end that sent the message"),
        TEXT(hf_receiver, "Receiver", "smime.msrp.receiver", "Address-of-record, in the SIP dialog, of the other end"),
        TEXT(hf_asserted, "Asserted", "smime.msrp.asserted", "P-Asserted-Identity of the party"),
        FIELD(hf_sdp_in, "SDP in", "smime.msrp.sdp_in", FT_FRAMENUM, BASE_NONE, "Frame of the party's SDP"),
        FIELD(hf_refused_offer, "Offered in", "smime.msrp.refused_offer", FT_FRAMENUM, BASE_NONE, "Frame of the offer that named this path of the party and was refused"),
        FIELD(hf_refused_in, "Refused in", "smime.msrp.refused_in", FT_FRAMENUM, BASE_NONE, "Frame of the response that refused it; the session is what it was before"),
        FIELD(hf_sdp_protected, "SDP protected", "smime.msrp.sdp_protected", FT_BOOLEAN, BASE_NONE, "The SDP stood inside S/MIME"),
        TEXT(hf_setup, "Setup", "smime.msrp.setup", "Who opens the connection (RFC 6135); it does not matter to who the sender is"),
        TEXT(hf_address, "Transport address", "smime.msrp.transport_address", "c= and m= of the party's SDP"),
        FIELD(hf_cema, "CEMA", "smime.msrp.cema", FT_BOOLEAN, BASE_NONE, "The party can do with c= and m= that are not those of its path (RFC 6714)"),
        TEXT(hf_accept_types, "Accept-types", "smime.msrp.accept_types", "Media types that may be sent in this direction"),
        TEXT(hf_accept_wrapped_types, "Accept-wrapped-types", "smime.msrp.accept_wrapped_types", "Media types that may be sent inside others in this direction"),
        FIELD(hf_max_size, "Max-size", "smime.msrp.max_size", FT_UINT64, BASE_DEC, "Octets of the largest message that may be sent in this direction"),
        TEXT(hf_file_selector, "File-selector", "smime.msrp.file_selector", "The file that the session is for (RFC 5547)"),
    };
    static int *const subtrees[] = {&ett_session, &ett_party};
    proto_register_field_array(proto, fields, array_length(fields));
    proto_register_subtree_array(subtrees, array_length(subtrees));
}
