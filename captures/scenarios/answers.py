"""Requests and their responses."""

import sip
import smime
from sip import ALICE, BOB
from smime import Entity, text
from wire import Connection

from .registry import scenario


@scenario("answer-signed", "200 with a body that Bob signed")
def answer_signed(capture):
    sip.Dialog(capture, capture.name).request("MESSAGE", smime.signed(text(), capture.start), [sip.date_of(capture.start)],
                                              answer=smime.signed(text("I am coming.\r\n"), capture.start, "bob"))


@scenario("answer-any", "a body that Bob signed in 183, 202, 302, 404, 503 and 603")
def answer_any(capture):
    for status in ("183 Session Progress", "202 Accepted", "302 Moved Temporarily", "404 Not Found", "503 Service Unavailable", "603 Decline"):
        sip.Dialog(capture, f"{capture.name}/{status}").request("INVITE", status=status,
                                                                answer=smime.signed(text(f"{status}\r\n"), capture.start, "bob"))


def tunnelled(octets, at, signer):
    """The message's own octets, as signed message/sip (RFC 3261 23.4)."""
    return smime.signed(Entity([("Content-Type", "message/sip")], octets), at, signer)


@scenario("answer-tunnelled", "an INVITE tunnelled in itself, answered by a 200 that is, too; another, answered by a 200 that is not; a third, whose copy lacks Call-ID and CSeq")
def answer_tunnelled(capture):
    extra = [sip.date_of(capture.start)]
    for number in (1, 2, 3):
        connection = Connection(capture, ALICE.host._replace(port=sip.CLIENT_PORT + number), BOB.host)
        dialog = sip.Dialog(capture, f"{capture.name}/{number}", connection=connection)
        inner = dialog.request_octets("INVITE", "TCP", extra=extra)
        if number == 3:
            inner = b"".join(line for line in inner.splitlines(True) if not line.startswith((b"Call-ID", b"CSeq")))
        dialog.send(ALICE, dialog.request_octets("INVITE", "TCP", tunnelled(inner, capture.start, "alice"), extra))
        inner = dialog.response_octets("INVITE", "TCP", "200 OK", extra=extra)
        answer = sip.NO_BODY if number == 2 else tunnelled(inner, capture.start, "bob")
        dialog.send(BOB, dialog.response_octets("INVITE", "TCP", "200 OK", answer, extra))
        dialog.close()


@scenario("answer-retargeted", "200 with a body that another than Bob signed: requests may be retargeted, so the sender is not judged")
def answer_retargeted(capture):
    sip.Dialog(capture, capture.name).request("MESSAGE", text(), answer=smime.signed(text("Bob is out.\r\n"), capture.start, "alice"))


@scenario("answer-493", "493 to a message for a key that Bob lost, with the certificate to use; then again, for that one")
def answer_493(capture):
    dialog = sip.Dialog(capture, capture.name)
    extra = [sip.date_of(capture.start)]
    dialog.request("MESSAGE", smime.encrypted(text(), smime.to("bob-not-in-ring")), extra, status="493 Undecipherable",
                   answer=smime.certs_only("bob"))
    dialog.request("MESSAGE", smime.encrypted(text(), smime.to("bob")), extra)


@scenario("answer-415", "415 to a signed message, Accept has text/plain alone; the message goes again without protection")
def answer_415(capture):
    dialog = sip.Dialog(capture, capture.name)
    extra = [sip.date_of(capture.start)]
    dialog.request("MESSAGE", smime.signed(text(), capture.start), extra, status="415 Unsupported Media Type",
                   answer_extra=[("Accept", "text/plain")])
    dialog.request("MESSAGE", text(), extra)


CAPABLE = [("Accept", "text/plain, application/pkcs7-mime, multipart/signed"), ("Accept", "message/cpim;q=0.5")]


@scenario("answer-capabilities", "REGISTER with Accept, and OPTIONS whose 200 has Bob's Accept; then a signed message. Both lists lack application/pkcs7-signature (RFC 8591 6)")
def answer_capabilities(capture):
    registrar = sip.User("registrar", "sip:example.com", BOB.host)
    register = sip.Dialog(capture, f"{capture.name}/register", ALICE, registrar)
    register.request("REGISTER", extra=[("Contact", "<sip:alice@192.0.2.10>"), *CAPABLE])
    sip.Dialog(capture, f"{capture.name}/options").request("OPTIONS", extra=[("Accept", "application/sdp")], answer_extra=CAPABLE)
    sip.message(capture, smime.signed(text(), capture.start))


@scenario("answer-retransmitted", "request and response come twice, octet for octet: one message")
def answer_retransmitted(capture):
    dialog = sip.Dialog(capture, capture.name)
    entity = smime.signed(text(), capture.start)
    for _ in range(2):
        dialog.send(ALICE, dialog.request_octets("MESSAGE", "UDP", entity))
        capture.wait(0.5)
    response = dialog.response_octets("MESSAGE", "UDP", "200 OK", smime.signed(text("I am coming.\r\n"), capture.start, "bob"))
    for _ in range(2):
        dialog.send(BOB, response)


@scenario("answer-replayed", "one signed object in two requests that know nothing of one another")
def answer_replayed(capture):
    entity = smime.signed(text(), capture.start)
    sip.message(capture, entity, entity)
