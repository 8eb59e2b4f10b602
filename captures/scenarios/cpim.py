"""Message/CPIM (RFC 3862) and disposition notifications (RFC 5438)."""

import sip
import smime
from msrp import cpim
from sip import ALICE, BOB
from smime import Entity, text

from .registry import scenario


SUBJECT = [("Subject", "Come here"), ("Subject", ";lang=fr Venez ici")]


@scenario("cpim-whole", "message/cpim signed as a whole")
def cpim_whole(capture):
    sip.message(capture, smime.signed(cpim(text(), capture.start, extra=SUBJECT), capture.start))


@scenario("cpim-payload", "message/cpim whose payload alone is signed: anybody could change its header fields (RFC 8591 9.1)")
def cpim_payload(capture):
    sip.message(capture, cpim(smime.signed(text(), capture.start), capture.start, extra=SUBJECT))


@scenario("cpim-both", "a protected message/cpim inside an unprotected one, which names other parties (RFC 8591 9.1)")
def cpim_both(capture):
    inner = cpim(text(), capture.start, extra=SUBJECT)
    outer = Entity([("From", "<im:anonymous@anonymous.invalid>"), ("To", f"<{BOB.uri}>")], smime.signed(inner, capture.start).octets())
    sip.message(capture, Entity([("Content-Type", "message/cpim")], outer.octets()))


IMDN = ("NS", "imdn <urn:ietf:params:imdn>")


@scenario("cpim-imdn", "a signed message that asks for a notification, and the signed notification that it was delivered (RFC 5438)")
def cpim_imdn(capture):
    asked = [IMDN, ("imdn.Message-ID", "34jk324j"), ("imdn.Disposition-Notification", "positive-delivery, negative-delivery")]
    sip.message(capture, smime.signed(cpim(text(), capture.start, extra=asked), capture.start))
    notification = cpim(delivered("34jk324j", capture.start), capture.start, BOB, ALICE, [IMDN, ("imdn.Message-ID", "d834jied93rf")])
    sip.message(capture, smime.signed(notification, capture.start, "bob"), sender=BOB, recipient=ALICE, number=2)


def delivered(message_id, at):
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<imdn xmlns="urn:ietf:params:xml:ns:imdn">', f"<message-id>{message_id}</message-id>",
             f"<datetime>{at:%Y-%m-%dT%H:%M:%SZ}</datetime>", f"<recipient-uri>{BOB.uri}</recipient-uri>",
             f"<original-recipient-uri>{BOB.uri}</original-recipient-uri>",
             "<delivery-notification><status><delivered/></status></delivery-notification>", "</imdn>"]
    return Entity([("Content-Type", "message/imdn+xml"), ("Content-Disposition", "notification")],
                  "".join(line + "\r\n" for line in lines).encode())
