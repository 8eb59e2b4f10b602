"""MSRP sessions: whose message it is, however the session was negotiated. In each one Alice and Bob say something, each with a signature of
their own; and then one end says what the other has signed, which is found out."""

import msrp
import sip
import smime
from msrp import Session, session_description, uri
from sip import ALICE, ALICE_IPV6, BOB, BOB_IPV6, Dialog
from smime import text
from tls import TlsConnection
from wire import Connection, Host

from .registry import scenario

RELAY = Host("203.0.113.7", 2855)
MIDDLEBOX = Host("203.0.113.5", 5060)
ANSWER = "I am coming.\r\n"
FORGED = "Stay where you are.\r\n"


def by_alice(capture, content=smime.WATSON):
    return smime.signed(text(content), capture.start)


def by_bob(capture, content=ANSWER):
    return smime.signed(text(content), capture.start, "bob")


def talk(session, alice=ALICE, bob=BOB):
    """What is right, from either end, and what is wrong, from either end."""
    capture = session.capture
    session.send(by_alice(capture), alice)
    session.send(by_bob(capture), bob)
    session.send(by_bob(capture, FORGED), alice)
    session.send(by_alice(capture, FORGED), bob)


def talk_and_close(session, *users):
    talk(session, *users)
    session.close()


def in_dialog(dialog, method, offer, answer):
    dialog.request(method, offer, msrp.contact(dialog.sender), answer=answer, answer_extra=msrp.contact(dialog.recipient))
    if method == "INVITE":
        dialog.acknowledge()


def swapped(dialog):
    """The same dialog from its other end: Bob sends the requests (RFC 3261 12.2)."""
    class Swapped(Dialog):
        def fields(self, method, transport):
            via, _, _, call_id, cseq = super().fields(method, transport)
            return [via, ("From", f"<{self.sender.uri}>;tag={dialog.remote_tag}"),
                    ("To", f"<{self.recipient.uri}>;tag={sip.token(dialog.name, 'from', length=8)}"), call_id, cseq]
    other = Swapped(dialog.capture, dialog.name, dialog.recipient, dialog.sender)
    other.target = msrp.contact(dialog.sender)[0][1].strip("<>")
    other.remote_tag = dialog.remote_tag
    other.sequence = 700
    return other


def moved(capture, number, **how):
    """Paths and SDP on other ports: what a later offer and answer say."""
    ends = {user: user.host._replace(port=msrp.PORTS[user] + number) for user in (ALICE, BOB)}
    paths = {user: uri(end, capture.name, user.name, number) for user, end in ends.items()}
    return ends, paths, {user: session_description(user, paths[user], at=ends[user], **how) for user in ends}


def renegotiated(capture, method, by_callee=False):
    session = Session(capture)
    session.send(by_alice(capture))
    ends, paths, said = moved(capture, 1)
    dialog = swapped(session.dialog) if by_callee else session.dialog
    in_dialog(dialog, method, said[dialog.sender], said[dialog.recipient])
    session.connection.close()
    talk_and_close(Session(capture, name=f"{capture.name}/2", ends=ends, paths=paths, dialog=session.dialog))


@scenario("msrp-session-reinvite", "re-INVITE moves the session to other ports and paths")
def msrp_session_reinvite(capture):
    renegotiated(capture, "INVITE")


@scenario("msrp-session-reinvite-callee", "Bob, who was called, sends the re-INVITE")
def msrp_session_reinvite_callee(capture):
    renegotiated(capture, "INVITE", by_callee=True)


@scenario("msrp-session-update", "UPDATE moves the session to other ports and paths")
def msrp_session_update(capture):
    renegotiated(capture, "UPDATE")


def acknowledge_refusal(dialog):
    """The ACK of a refused INVITE is of the INVITE's transaction (RFC 3261 17.1.1.3)."""
    own, of_invite = (sip.token(dialog.name, "branch", method, dialog.sequence).encode() for method in ("ACK", "INVITE"))
    dialog.send(dialog.sender, dialog.request_octets("ACK", dialog.transport).replace(own, of_invite))


def limited(capture, **offered):
    """A session in which Alice takes messages of 20000 octets; `offered`: what she would have instead, with the same path."""
    paths = {user: uri(user.host._replace(port=msrp.PORTS[user]), capture.name, user.name) for user in (ALICE, BOB)}
    session = Session(capture, paths=paths, offer=session_description(ALICE, paths[ALICE], attributes=["max-size:20000"]))
    return session, session_description(ALICE, paths[ALICE], **offered)


@scenario("msrp-session-refused-update", "UPDATE offers other accept-types and max-size for the same path, and is refused: what was agreed stays")
def msrp_session_refused_update(capture):
    session, other = limited(capture, accept_types="text/plain", attributes=["accept-wrapped-types:text/plain", "max-size:100", "setup:passive",
                                                                            'file-selector:name:"watson.txt"'])
    dialog = session.dialog
    dialog.send(ALICE, dialog.request_octets("UPDATE", "UDP", other, msrp.contact(ALICE)))
    session.send(by_bob(capture), BOB)                          # not yet refused
    dialog.send(BOB, dialog.response_octets("UPDATE", "UDP", "488 Not Acceptable Here"))
    dialog.sequence += 1
    talk_and_close(session)


@scenario("msrp-session-refused-reinvite", "re-INVITE would move the session, and is refused; one message has the new path before, one behind")
def msrp_session_refused_reinvite(capture):
    session = Session(capture)
    _, paths, said = moved(capture, 1)
    early = Session(capture, name=f"{capture.name}/2", paths={ALICE: paths[ALICE], BOB: session.paths[BOB]}, ends=session.ends, dialog=session.dialog,
                    connection=session.connection)
    dialog = session.dialog
    dialog.send(ALICE, dialog.request_octets("INVITE", "UDP", said[ALICE], msrp.contact(ALICE)))
    early.send(by_alice(capture))
    dialog.send(BOB, dialog.response_octets("INVITE", "UDP", "488 Not Acceptable Here"))
    acknowledge_refusal(dialog)
    dialog.sequence += 1
    early.send(by_alice(capture))
    talk_and_close(session)


@scenario("msrp-session-glare", "Alice's and Bob's re-INVITEs cross and both are answered 491; Alice's second try moves the session (RFC 3261 14.1)")
def msrp_session_glare(capture):
    session = Session(capture)
    session.send(by_alice(capture))
    ends, paths, said = moved(capture, 1)
    other_paths = moved(capture, 2)[2]
    dialogs = session.dialog, swapped(session.dialog)
    for dialog, offer in zip(dialogs, (said[ALICE], other_paths[BOB])):
        dialog.send(dialog.sender, dialog.request_octets("INVITE", "UDP", offer, msrp.contact(dialog.sender)))
    for dialog in dialogs:
        dialog.send(dialog.recipient, dialog.response_octets("INVITE", "UDP", "491 Request Pending"))
        acknowledge_refusal(dialog)
        dialog.sequence += 1
    in_dialog(session.dialog, "INVITE", said[ALICE], said[BOB])
    session.connection.close()
    talk_and_close(Session(capture, name=f"{capture.name}/2", ends=ends, paths=paths, dialog=session.dialog))


@scenario("msrp-session-cancelled", "re-INVITE answered in a 183 that PRACK acknowledges, then cancelled: what was answered stays (RFC 6141)")
def msrp_session_cancelled(capture):
    session, other = limited(capture, attributes=["max-size:30000"])
    dialog = session.dialog
    dialog.request("INVITE", other, [*msrp.contact(ALICE), ("Supported", "100rel")], status="183 Session Progress",
                   answer=session_description(BOB, session.paths[BOB], attributes=["max-size:40000"]),
                   answer_extra=[*msrp.contact(BOB), ("Require", "100rel"), ("RSeq", 1)])
    invite = dialog.sequence
    dialog.sequence += 1
    dialog.request("PRACK", extra=[("RAck", f"1 {invite} INVITE")])
    later, dialog.sequence = dialog.sequence, invite
    own, of_invite = (sip.token(dialog.name, "branch", method, invite).encode() for method in ("CANCEL", "INVITE"))
    dialog.send(ALICE, dialog.request_octets("CANCEL", "UDP").replace(own, of_invite))
    dialog.send(BOB, dialog.response_octets("CANCEL", "UDP", "200 OK").replace(own, of_invite))
    dialog.send(BOB, dialog.response_octets("INVITE", "UDP", "487 Request Terminated"))
    acknowledge_refusal(dialog)
    dialog.sequence = later
    talk_and_close(session)


@scenario("msrp-session-late-offer", "INVITE without SDP: Bob's 200 offers, Alice's ACK answers")
def msrp_session_late_offer(capture):
    ends = {user: user.host._replace(port=msrp.PORTS[user]) for user in (ALICE, BOB)}
    paths = {user: uri(end, capture.name, user.name) for user, end in ends.items()}
    dialog = Dialog(capture, capture.name)
    msrp.invite(dialog, session_description(BOB, paths[BOB]), session_description(ALICE, paths[ALICE]), in_ack=True)
    talk_and_close(Session(capture, paths=paths, dialog=dialog))


@scenario("msrp-session-prack", "Bob's 183 offers, Alice's PRACK answers")
def msrp_session_prack(capture):
    paths = {user: uri(user.host._replace(port=msrp.PORTS[user]), capture.name, user.name) for user in (ALICE, BOB)}
    dialog = Dialog(capture, capture.name)
    dialog.request("INVITE", extra=[*msrp.contact(ALICE), ("Supported", "100rel")], status="183 Session Progress",
                   answer=session_description(BOB, paths[BOB]), answer_extra=[*msrp.contact(BOB), ("Require", "100rel"), ("RSeq", 1)])
    invite = dialog.sequence
    dialog.target = msrp.contact(BOB)[0][1].strip("<>")
    dialog.sequence += 1
    dialog.request("PRACK", session_description(ALICE, paths[ALICE]), [("RAck", f"1 {invite} INVITE")])
    later, dialog.sequence = dialog.sequence, invite
    dialog.send(BOB, dialog.response_octets("INVITE", dialog.transport, "200 OK", extra=msrp.contact(BOB)))
    dialog.acknowledge()
    dialog.sequence = later
    talk_and_close(Session(capture, paths=paths, dialog=dialog))


def negotiated_by(capture, wrap):
    """Offer and answer inside something else; `wrap` (entity, signer, recipient)."""
    paths = {user: uri(user.host._replace(port=msrp.PORTS[user]), capture.name, user.name) for user in (ALICE, BOB)}
    said = {user: session_description(user, paths[user]) for user in paths}
    session = Session(capture, paths=paths, offer=wrap(said[ALICE], "alice", "bob"), answer=wrap(said[BOB], "bob", "alice"))
    talk_and_close(session)


@scenario("msrp-session-multipart", "offer and answer each in multipart/mixed, behind a text")
def msrp_session_multipart(capture):
    negotiated_by(capture, lambda entity, signer, recipient: smime.multipart("mixed", text("Watson?\r\n"), entity))


@scenario("msrp-session-signed", "offer and answer in multipart/signed")
def msrp_session_signed(capture):
    negotiated_by(capture, lambda entity, signer, recipient: smime.signed_detached(entity, capture.start, signer))


@scenario("msrp-session-encrypted", "offer and answer signed, then encrypted: without keys nobody can tell whose the messages are")
def msrp_session_encrypted(capture):
    negotiated_by(capture, lambda entity, signer, recipient: smime.encrypted(smime.signed(entity, capture.start, signer), smime.to(recipient)))


def over_tls(capture, client, server):
    return TlsConnection(capture, client, server)


@scenario("msrp-session-tls", "TCP/TLS/MSRP and msrps, in a file that has the secrets inside", suffix=".pcapng")
def msrp_session_tls(capture):
    paths = {user: uri(user.host._replace(port=msrp.PORTS[user]), capture.name, user.name, scheme="msrps") for user in (ALICE, BOB)}
    said = {user: session_description(user, paths[user], "TCP/TLS/MSRP") for user in paths}
    talk_and_close(Session(capture, paths=paths, offer=said[ALICE], answer=said[BOB], connection=over_tls))


@scenario("msrp-session-ipv6", "a=path with IPv6 addresses, in another spelling in the messages")
def msrp_session_ipv6(capture):
    users = ALICE_IPV6, BOB_IPV6
    ends = {ALICE_IPV6: ALICE_IPV6.host._replace(port=7654), BOB_IPV6: BOB_IPV6.host._replace(port=12763)}
    paths = {user: uri(end, capture.name, user.name) for user, end in ends.items()}
    said = {user: session_description(user, paths[user].replace("2001:db8:", "2001:0DB8:0:"), at=ends[user]) for user in users}
    talk_and_close(Session(capture, users=users, ends=ends, paths={user: path.replace("2001:db8:", "2001:db8:0:") for user, path in paths.items()},
                           offer=said[ALICE_IPV6], answer=said[BOB_IPV6]), *users)


@scenario("msrp-session-names", "a=path with names of hosts")
def msrp_session_names(capture):
    paths = {user: uri(f"{user.name}pc.example.com:{msrp.PORTS[user]}", capture.name, user.name) for user in (ALICE, BOB)}
    talk_and_close(Session(capture, paths=paths))


def opened_by(capture, opener, offered, answered):
    paths = {user: uri(user.host._replace(port=msrp.PORTS[user]), capture.name, user.name) for user in (ALICE, BOB)}
    return Session(capture, paths=paths, opener=opener, offer=session_description(ALICE, paths[ALICE], attributes=[f"setup:{offered}"]),
                   answer=session_description(BOB, paths[BOB], attributes=[f"setup:{answered}"]))


@scenario("msrp-session-setup", "a=setup: Alice offers actpass, Bob answers active and opens the connection (RFC 6135)")
def msrp_session_setup(capture):
    talk_and_close(opened_by(capture, BOB, "actpass", "active"))


class Legs:
    """A call through a middlebox that is captured on both of its sides. `names`: what the identifiers of each leg follow from, the same for both
    where the middlebox leaves Call-ID and tags alone."""

    def __init__(self, capture, names, callers=(ALICE.uri, ALICE.uri)):
        outer = Dialog(capture, names[0], ALICE._replace(uri=callers[0]), BOB._replace(host=MIDDLEBOX))
        inner = Dialog(capture, names[1], ALICE._replace(host=MIDDLEBOX, uri=callers[1]), BOB)
        self.dialogs = outer, inner
        self.capture = capture

    def invite(self, offers, answers):
        """Outer INVITE, inner INVITE, inner 200, outer 200, and the ACKs."""
        outer, inner = self.dialogs
        for dialog, offer in zip(self.dialogs, offers):
            dialog.send(dialog.sender, dialog.request_octets("INVITE", "UDP", offer, msrp.contact(dialog.sender)))
        for dialog, answer in ((inner, answers[1]), (outer, answers[0])):
            dialog.send(dialog.recipient, dialog.response_octets("INVITE", "UDP", "200 OK", answer, msrp.contact(dialog.recipient)))
            dialog.target = msrp.contact(dialog.recipient)[0][1].strip("<>")
        for dialog in self.dialogs:
            dialog.acknowledge()

    def close(self):
        for dialog in self.dialogs:
            dialog.request("BYE")


def at_middlebox(port):
    return MIDDLEBOX._replace(port=port)


def anchored(capture, callers=(ALICE.uri, ALICE.uri), same_dialog=False):
    """RFC 6714: the middlebox puts its own address into c= and m= of either side, and leaves the paths."""
    ends = {user: user.host._replace(port=msrp.PORTS[user]) for user in (ALICE, BOB)}
    paths = {user: uri(end, capture.name, user.name) for user, end in ends.items()}
    cema = {ALICE: ["msrp-cema", "setup:actpass"], BOB: ["msrp-cema", "setup:passive"]}
    legs = Legs(capture, [capture.name, capture.name if same_dialog else f"{capture.name}/inner"], callers)
    offers = [session_description(ALICE, paths[ALICE], at=at, attributes=cema[ALICE]) for at in (ends[ALICE], at_middlebox(4000))]
    answers = [session_description(BOB, paths[BOB], at=at, attributes=cema[BOB]) for at in (at_middlebox(3000), ends[BOB])]
    legs.invite(offers, answers)
    sessions = [Session(capture, negotiated=False, name=capture.name, paths=paths, ends=hop)
                for hop in ({ALICE: ends[ALICE], BOB: at_middlebox(3000)}, {ALICE: at_middlebox(51000), BOB: ends[BOB]})]
    return legs, sessions


def talk_on_both(legs, sessions):
    """Each message on its first hop, and then on the other."""
    capture = legs.capture
    for entity, sender in ((by_alice(capture), ALICE), (by_bob(capture), BOB), (by_bob(capture, FORGED), ALICE), (by_alice(capture, FORGED), BOB)):
        for session in sessions if sender == ALICE else sessions[::-1]:
            session.send(entity, sender)
    for session in sessions:
        session.close()
    legs.close()


@scenario("msrp-session-cema", "a=msrp-cema: the connection goes to the address in c= and m=, a middlebox's, not to the path's (RFC 6714)")
def msrp_session_cema(capture):
    talk_on_both(*anchored(capture))


@scenario("msrp-session-cema-renamed", "the same, and on the other side of the middlebox Alice has another name")
def msrp_session_cema_renamed(capture):
    talk_on_both(*anchored(capture, callers=(ALICE.uri, "sip:trunk7@example.net")))


def rewritten(capture, same_dialog):
    """A back-to-back user agent that writes its own paths into SDP and messages."""
    ends = {user: user.host._replace(port=msrp.PORTS[user]) for user in (ALICE, BOB)}
    paths = {user: uri(end, capture.name, user.name) for user, end in ends.items()}
    towards_alice, towards_bob = uri(at_middlebox(3000), capture.name, "outer"), uri(at_middlebox(4000), capture.name, "inner")
    legs = Legs(capture, [capture.name, capture.name if same_dialog else f"{capture.name}/inner"])
    legs.invite([session_description(ALICE, paths[ALICE]), session_description(ALICE, towards_bob, at=at_middlebox(4000))],
                [session_description(BOB, towards_alice, at=at_middlebox(3000)), session_description(BOB, paths[BOB])])
    outer = Session(capture, negotiated=False, name=capture.name, paths={ALICE: paths[ALICE], BOB: towards_alice},
                    ends={ALICE: ends[ALICE], BOB: at_middlebox(3000)})
    inner = Session(capture, negotiated=False, name=capture.name, paths={ALICE: towards_bob, BOB: paths[BOB]},
                    ends={ALICE: at_middlebox(4000), BOB: ends[BOB]})
    talk_on_both(legs, [outer, inner])


@scenario("msrp-session-b2bua", "a back-to-back user agent with a dialog and paths of its own on the other side, both captured")
def msrp_session_b2bua(capture):
    rewritten(capture, same_dialog=False)


@scenario("msrp-session-sbc", "the same, which leaves Call-ID and tags and rewrites a=path alone")
def msrp_session_sbc(capture):
    rewritten(capture, same_dialog=True)


@scenario("msrp-session-relay", "Alice's relay in the path, the connections on both of its sides captured (RFC 4976)")
def msrp_session_relay(capture):
    ends = {user: user.host._replace(port=msrp.PORTS[user]) for user in (ALICE, BOB)}
    paths = {user: uri(end, capture.name, user.name) for user, end in ends.items()}
    relay = uri(RELAY, capture.name, "relay")
    dialog = Dialog(capture, capture.name)
    msrp.invite(dialog, session_description(ALICE, f"{relay} {paths[ALICE]}", at=RELAY), session_description(BOB, paths[BOB]))
    hops = [Session(capture, name=capture.name, paths=paths, dialog=dialog, relays=[relay], hop=0, ends={ALICE: ends[ALICE], BOB: RELAY}),
            Session(capture, name=capture.name, paths=paths, dialog=dialog, relays=[relay], hop=1, ends={ALICE: RELAY._replace(port=51000), BOB: ends[BOB]})]
    for entity, sender in ((by_alice(capture), ALICE), (by_bob(capture), BOB), (by_bob(capture, FORGED), ALICE), (by_alice(capture, FORGED), BOB)):
        for session in hops if sender == ALICE else hops[::-1]:
            session.send(entity, sender)
    for session in hops:
        session.connection.close()
    dialog.request("BYE")


@scenario("msrp-session-relays", "a relay on either side, captured between the two")
def msrp_session_relays(capture):
    ends = {user: user.host._replace(port=msrp.PORTS[user]) for user in (ALICE, BOB)}
    paths = {user: uri(end, capture.name, user.name) for user, end in ends.items()}
    places = {ALICE: RELAY, BOB: Host("203.0.113.8", 2855)}
    relays = {user: uri(place, capture.name, user.name, "relay") for user, place in places.items()}
    dialog = Dialog(capture, capture.name)
    said = {user: session_description(user, f"{relays[user]} {paths[user]}", at=places[user]) for user in paths}
    msrp.invite(dialog, said[ALICE], said[BOB])
    between = {ALICE: RELAY._replace(port=51000), BOB: places[BOB]}
    talk_and_close(Session(capture, paths=paths, dialog=dialog, relays=[relays[ALICE], relays[BOB]], hop=1, ends=between))


CAROL = BOB._replace(name="carol", uri="sip:carol@example.org")


def opened_later(capture, client, server):
    return Connection(capture, client, server, initial=(700000, 800000))


def reused(capture, ended):
    """Alice's session with Bob, and then, with the same paths, Carol's with Bob. `ended`: the first is over before the second begins."""
    first = Session(capture)
    talk(first)
    first.connection.close()
    if ended:
        first.dialog.request("BYE")
    carol = CAROL._replace(host=ALICE.host)
    second = Dialog(capture, f"{capture.name}/2", carol, BOB)
    msrp.invite(second, session_description(ALICE, first.paths[ALICE]), session_description(BOB, first.paths[BOB]))
    again = Session(capture, name=f"{capture.name}/2", paths=first.paths, dialog=second, connection=opened_later)
    talk_and_close(again)
    if not ended:
        first.dialog.request("BYE")


@scenario("msrp-session-reused", "Carol's session with Bob has the ports and session-ids of Alice's, which has ended: what Alice signed is Carol's no more")
def msrp_session_reused(capture):
    reused(capture, ended=True)


@scenario("msrp-session-shared", "the same while Alice's session has not ended: nobody can tell whose the messages are")
def msrp_session_shared(capture):
    reused(capture, ended=False)


@scenario("msrp-session-same-ports", "two sessions of Alice and Bob one after the other on the same ports, Bob calls in the second")
def msrp_session_same_ports(capture):
    talk_and_close(Session(capture, name=f"{capture.name}/1"))
    capture.wait(1)
    talk_and_close(Session(capture, name=f"{capture.name}/2", users=(BOB, ALICE), opener=ALICE, connection=opened_later))


@scenario("msrp-session-forked", "INVITE to a group: Bob and Carol both answer, each in a dialog of their own, and the network says who they are")
def msrp_session_forked(capture):
    group = BOB._replace(uri="sip:team@example.org")
    ends = {ALICE: ALICE.host._replace(port=7654), BOB: BOB.host._replace(port=12763)}
    paths = {user: uri(end, capture.name, user.name) for user, end in ends.items()}
    dialog = Dialog(capture, capture.name, ALICE, group)
    dialog.send(ALICE, dialog.request_octets("INVITE", "UDP", session_description(ALICE, paths[ALICE]), msrp.contact(ALICE)))
    sessions = []
    for port, branch in ((12763, BOB), (12764, CAROL)):
        end = BOB.host._replace(port=port)
        path = uri(end, capture.name, branch.name)
        dialog.remote_tag = sip.token(capture.name, "to", branch.name, length=8)
        dialog.send(dialog.recipient, dialog.response_octets("INVITE", "UDP", "200 OK", session_description(BOB, path, at=end),
                                                             [*msrp.contact(branch), ("P-Asserted-Identity", f"<{branch.uri}>")]))
        dialog.send(ALICE, dialog.request_octets("ACK", "UDP"))
        sessions.append(Session(capture, negotiated=False, name=f"{capture.name}/{branch.name}", paths={ALICE: paths[ALICE], BOB: path},
                                ends={ALICE: ALICE.host._replace(port=7654 + port - 12763), BOB: end}))
    for session in sessions:
        session.send(by_alice(capture))
        session.send(by_bob(capture), BOB)
    for session in sessions:
        session.close()


@scenario("msrp-session-joined-late", "the capture begins in the dialog: a re-INVITE of Bob's, whom Alice had called, is the first of it")
def msrp_session_joined_late(capture):
    paths = {user: uri(user.host._replace(port=msrp.PORTS[user]), capture.name, user.name) for user in (ALICE, BOB)}
    dialog = Dialog(capture, capture.name)
    dialog.remote_tag = sip.token(capture.name, "to", length=8)
    in_dialog(swapped(dialog), "INVITE", session_description(BOB, paths[BOB]), session_description(ALICE, paths[ALICE]))
    talk_and_close(Session(capture, paths=paths, dialog=dialog))


@scenario("msrp-session-half", "the answer was not captured: the offer alone tells whose path it is")
def msrp_session_half(capture):
    paths = {user: uri(user.host._replace(port=msrp.PORTS[user]), capture.name, user.name) for user in (ALICE, BOB)}
    dialog = Dialog(capture, capture.name)
    dialog.send(ALICE, dialog.request_octets("INVITE", "UDP", session_description(ALICE, paths[ALICE]), msrp.contact(ALICE)))
    session = Session(capture, negotiated=False, paths=paths)
    talk_and_close(session)


@scenario("msrp-session-file", "a session to send a file, beside one to talk: each direction with what it accepts (RFC 5547)")
def msrp_session_file(capture):
    paths = {user: uri(user.host._replace(port=msrp.PORTS[user]), capture.name, user.name) for user in (ALICE, BOB)}
    offer = session_description(ALICE, paths[ALICE], accept_types="message/cpim", attributes=[
        "accept-wrapped-types:*", "max-size:20000", "sendonly", 'file-selector:name:"watson.txt" type:text/plain size:40'])
    answer = session_description(BOB, paths[BOB], accept_types="message/cpim application/pkcs7-mime", attributes=[
        "accept-wrapped-types:text/plain application/pkcs7-mime", "max-size:1000000", "recvonly",
        'file-selector:name:"watson.txt" type:text/plain size:40'])
    talk_and_close(Session(capture, paths=paths, offer=offer, answer=answer))


@scenario("msrp-session-none", "no SIP in the capture: no identity to compare with, the paths are shown")
def msrp_session_none(capture):
    talk_and_close(Session(capture, negotiated=False))
