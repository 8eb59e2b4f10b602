"""Who it says it is."""

import sip
import smime
from sip import ALICE, BOB
from smime import Entity, text

from .entities import audio_session
from .registry import scenario


ANONYMOUS = "sip:anonymous@anonymous.invalid"


def authenticated_identity(dialog, method, at, user=ALICE):
    """An authenticated identity body (RFC 3893): the header fields that tie an identity to this very request."""
    known = dict(dialog.fields(method, "UDP"))
    fields = [("From", f"<{user.uri}>"), ("To", known["To"]), ("Contact", f"<sip:{user.name}@{user.host.address}>"), sip.date_of(at),
              ("Call-ID", known["Call-ID"]), ("CSeq", known["CSeq"])]
    return Entity([("Content-Type", "message/sipfrag"), ("Content-Disposition", "aib; handling=optional")], Entity(fields, b"").octets())


def with_identity_body(capture, entity, protect, **how):
    """An INVITE with the entity, and the identity body beside it when there is an entity."""
    dialog = sip.Dialog(capture, capture.name, **how)
    identity = protect(authenticated_identity(dialog, "INVITE", capture.start), capture.start)
    entity = smime.multipart("mixed", entity, identity) if entity else identity
    dialog.request("INVITE", entity, [("Contact", "<sip:alice@192.0.2.10>"), sip.date_of(capture.start)])
    dialog.acknowledge()
    dialog.close()


@scenario("identity-aib", "INVITE with SDP, and beside it an authenticated identity body in multipart/signed (RFC 3893)")
def identity_aib(capture):
    with_identity_body(capture, audio_session(ALICE), smime.signed_detached)


@scenario("identity-aib-alone", "INVITE whose body is an authenticated identity body in signed-data")
def identity_aib_alone(capture):
    with_identity_body(capture, None, smime.signed)


@scenario("identity-aib-cut", "Alice's identity body, cut out of another request of hers and put into one that says to come from her")
def identity_aib_cut(capture):
    other = sip.Dialog(capture, f"{capture.name}/other")
    identity = smime.signed(authenticated_identity(other, "INVITE", capture.start), capture.start)
    dialog = sip.Dialog(capture, capture.name)
    dialog.request("INVITE", identity, [("Contact", "<sip:alice@192.0.2.66>"), sip.date_of(capture.start)])
    dialog.close()


@scenario("identity-anonymous", "From is anonymous; the authenticated identity body inside tells Bob alone who calls")
def identity_anonymous(capture):
    with_identity_body(capture, audio_session(ALICE), lambda entity, at: smime.encrypted(smime.signed(entity, at), smime.to("bob")),
                       from_uri=ANONYMOUS)


@scenario("identity-anonymous-tunnel", "From is anonymous; the request with Alice's own From is signed and encrypted inside")
def identity_anonymous_tunnel(capture):
    extra = [sip.date_of(capture.start)]
    dialog = sip.Dialog(capture, capture.name, from_uri=ANONYMOUS)
    inner = sip.Dialog(capture, capture.name).request_octets("MESSAGE", "TCP", text(), [("Subject", "Come here"), *extra])
    entity = smime.signed(Entity([("Content-Type", "message/sip")], inner), capture.start)
    dialog.request("MESSAGE", smime.encrypted(entity, smime.to("bob")), extra)
    dialog.close()


@scenario("identity-asserted", "From says Alice, who signed; the network asserts another user (RFC 3325)")
def identity_asserted(capture):
    sip.message(capture, smime.signed(text(), capture.start), extra=[
        ("P-Asserted-Identity", "<sip:carol@example.com>"), ("P-Preferred-Identity", f"<{ALICE.uri}>"), ("Reply-To", "<sip:dave@example.com>")])


@scenario("identity-asserted-anonymous", "From is anonymous; the network asserts Alice, who signed")
def identity_asserted_anonymous(capture):
    sip.message(capture, smime.signed(text(), capture.start), from_uri=ANONYMOUS,
                extra=[("P-Asserted-Identity", f"<{ALICE.uri}>"), ("Privacy", "id")])


CAROL = sip.User("carol", "sip:carol@example.net", BOB.host)


@scenario("identity-recipients", "encrypted for Bob and for Alice, who writes to him; for Bob, but addressed to Carol; for Bob and for Alice, but written by Carol")
def identity_recipients(capture):
    sip.message(capture, smime.encrypted(text(), smime.to("bob"), smime.to("alice")))
    sip.message(capture, smime.encrypted(text(), smime.to("bob")), recipient=CAROL, number=2)
    sip.message(capture, smime.encrypted(text(), smime.to("bob"), smime.to("alice")), sender=CAROL._replace(host=ALICE.host), number=3)


@scenario("identity-certificate-changed", "Alice signs with her P-256 certificate, then with one never seen before, then with the first")
def identity_certificate_changed(capture):
    sip.message(capture, *(smime.signed(text(), capture.start, signer) for signer in ("alice", "alice-rsa", "alice")))


@scenario("identity-two-from", "From stands twice, first Alice, who signed, then Bob: which one a recipient reads is not known")
def identity_two_from(capture):
    sip.message(capture, smime.signed(text(), capture.start), extra=[("From", f"<{BOB.uri}>")])
