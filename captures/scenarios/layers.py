"""Layers in any order."""

import reused_nonce
import sip
import smime
from sip import ALICE, BOB
from smime import text

from .entities import audio_session, signed_then_encrypted
from .registry import scenario


@scenario("layers-multipart-signed-inside", "multipart/signed inside AuthEnvelopedData")
def layers_multipart_signed_inside(capture):
    sip.message(capture, smime.encrypted(smime.signed_detached(text(), capture.start), smime.to("bob")))


@scenario("layers-encrypt-then-sign", "AuthEnvelopedData inside signed-data: whoever signed need not know the text")
def layers_encrypt_then_sign(capture):
    sip.message(capture, smime.signed(smime.encrypted(text(), smime.to("bob")), capture.start))


@scenario("layers-triple-wrap", "signed, encrypted, and signed again by Alice (RFC 2634)")
def layers_triple_wrap(capture):
    sip.message(capture, smime.signed(signed_then_encrypted(capture), capture.start))


@scenario("layers-encrypted-twice", "encrypted for Bob's RSA key around signed around encrypted for Bob's P-256 key")
def layers_encrypted_twice(capture):
    inner = smime.signed(smime.encrypted(text(), smime.to("bob")), capture.start)
    sip.message(capture, smime.encrypted(inner, smime.to("bob-rsa", smime.OAEP)))


@scenario("layers-nonce-reused", "two messages under one content key and one nonce; each has that key wrapped anew, so that only who opens them can tell")
def layers_nonce_reused(capture):
    sip.message(capture, reused_nonce.encrypted(text()), reused_nonce.encrypted(text("Stay there.\r\n")))


@scenario("layers-sdp", "INVITE with its offer signed and encrypted, 200 with its answer signed and encrypted for Alice")
def layers_sdp(capture):
    offer = smime.encrypted(smime.signed(audio_session(ALICE), capture.start), smime.to("bob"))
    answer = smime.encrypted(smime.signed(audio_session(BOB), capture.start, "bob"), smime.to("alice"))
    dialog = sip.Dialog(capture, capture.name)
    dialog.request("INVITE", offer, [("Contact", "<sip:alice@192.0.2.10>")], answer=answer,
                   answer_extra=[("Contact", "<sip:bob@198.51.100.20>")])
    dialog.target = "sip:bob@198.51.100.20"
    dialog.acknowledge()
    dialog.request("BYE")
    dialog.close()
