"""SIP bodies: S/MIME at any place, in any encoding."""

import sip
import smime
from sip import ALICE, BOB
from smime import Entity, text

from .entities import signed_then_encrypted
from .registry import scenario


BINARY_PART = Entity([("Content-Type", "application/octet-stream"), ("Content-Transfer-Encoding", "binary")],
                     b"\x00\x01\r\n--boundary42x is content\r\n\x00\xff\r\n")


@scenario("body-mixed", "multipart/mixed: a plain part, and a signed one")
def body_mixed(capture):
    sip.message(capture, smime.multipart("mixed", text("Read the other part.\r\n"), smime.signed(text(), capture.start)))


@scenario("body-alternative", "multipart/alternative: text for everybody, signed and encrypted text for Bob")
def body_alternative(capture):
    sip.message(capture, smime.multipart("alternative", text("You cannot read this.\r\n"), signed_then_encrypted(capture)))


@scenario("body-nested", "a signed part in multipart/alternative in multipart/mixed, another beside it, preamble and epilogue")
def body_nested(capture):
    inner = smime.multipart("alternative", text("Plain.\r\n"), smime.signed(text(), capture.start), boundary="inner")
    other = smime.signed(text("I mean it.\r\n"), capture.start)
    sip.message(capture, smime.multipart("mixed", inner, other, preamble=b"Before.\r\n", epilogue=b"After.\r\n"))


@scenario("body-binary", "multipart/signed over a part with octets zero and lines that merely begin as a delimiter does")
def body_binary(capture):
    sip.message(capture, smime.signed_detached(BINARY_PART, capture.start))


@scenario("body-signed-parts", "multipart/signed as RFC 8551 3.5.3 does not have it: no protocol and no micalg; another micalg; a third part nobody signed")
def body_signed_parts(capture):
    def clear_signed():
        entity = smime.signed_detached(text(), capture.start)
        return entity.field("Content-Type"), entity

    def typed(value, entity, body=None):
        return Entity([("Content-Type", value), *entity.fields[1:]], entity.body if body is None else body)

    end, third = b"--boundary42--\r\n", text("Sell everything.\r\n").octets()
    (_, bare), (other, misnamed), (usual, longer) = (clear_signed() for _ in range(3))
    sip.message(capture, typed("multipart/signed; boundary=boundary42", bare), typed(other.replace("sha-256", "sha1"), misnamed),
                typed(usual, longer, longer.body.replace(end, b"--boundary42\r\n" + third + b"\r\n" + end)))


@scenario("body-encodings", "signed text, inside and outside in base64, then in quoted-printable, then 8bit")
def body_encodings(capture):
    accented = text("Watson, venez ici tout de suite - désirez-vous me voir ?\r\n")
    encoded = [recode(smime.signed(recode(accented), capture.start)) for recode in (smime.in_base64, smime.in_quoted_printable)]
    sip.message(capture, *encoded, smime.signed_detached(smime.recoded(accented, "8bit", accented.body), capture.start))


@scenario("body-gzip", "signed-data and multipart/signed, each with Content-Encoding gzip")
def body_gzip(capture):
    sip.message(capture, smime.in_gzip(smime.signed(text(), capture.start)),
                smime.in_gzip(smime.signed_detached(text(), capture.start)))


@scenario("body-compact", "compact forms of header fields, a folded Content-Type, gzip: as sparing stacks write")
def body_compact(capture):
    for number, entity in enumerate((smime.signed(text(), capture.start), smime.in_gzip(smime.signed(text(), capture.start))), 1):
        dialog = sip.Dialog(capture, f"{capture.name}/{number}")
        octets = dialog.request_octets("MESSAGE", "UDP", entity, [sip.date_of(capture.start)])
        dialog.send(ALICE, compact(octets))
        dialog.send(BOB, dialog.response_octets("MESSAGE", "UDP", "200 OK"))


def compact(octets):
    head, _, body = octets.partition(b"\r\n\r\n")
    for long, short in ((b"Via", b"v"), (b"From", b"f"), (b"To", b"t"), (b"Call-ID", b"i"), (b"Content-Type", b"c"),
                        (b"Content-Encoding", b"e"), (b"Content-Length", b"l")):
        head = head.replace(b"\r\n" + long + b":", b"\r\n" + short + b":")
    return head.replace(b"pkcs7-mime; ", b"pkcs7-mime;\r\n\t ") + b"\r\n\r\n" + body


@scenario("body-methods", "the same signed body in INFO, NOTIFY, PUBLISH, SUBSCRIBE, REFER, UPDATE, OPTIONS, REGISTER, PRACK, INVITE, ACK and BYE")
def body_methods(capture):
    dialog = sip.Dialog(capture, capture.name)
    for method in ("INFO", "NOTIFY", "PUBLISH", "SUBSCRIBE", "REFER", "UPDATE", "OPTIONS", "REGISTER", "PRACK", "INVITE", "ACK", "BYE"):
        entity, date = smime.signed(text(f"{method}\r\n"), capture.start), [sip.date_of(capture.start)]
        if method == "ACK":
            dialog.send(ALICE, dialog.request_octets(method, dialog.transport, entity, date))
            dialog.sequence += 1
        else:
            dialog.request(method, entity, date)
