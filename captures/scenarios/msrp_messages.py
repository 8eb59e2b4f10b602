"""MSRP: whole messages, and what is missing from them."""

import smime
from msrp import Session, cpim
from sip import BOB
from smime import text

from .entities import content_changed, signed_then_encrypted
from .registry import scenario


CHUNK_SIZE = 2048                       # RFC 4975 7.1.1: no smaller ones but the last
LONG_TEXT = smime.WATSON * 150          # four chunks when signed and encrypted


def send_over_msrp(capture, entity, negotiated=True, **how):
    session = Session(capture, negotiated)
    session.send(entity, **how)
    session.close()


@scenario("msrp-signed-one-chunk", "Alice's signed message in one chunk and Bob's signed answer: everything holds")
def msrp_signed_one_chunk(capture):
    session = Session(capture)
    session.send(smime.signed(text(), capture.start))
    session.send(smime.signed(text("I am coming.\r\n"), capture.start, "bob"), sender=BOB)
    session.close()


@scenario("msrp-signed-encrypted-chunks", "signed, then encrypted for Bob, in four chunks: everything holds")
def msrp_signed_encrypted_chunks(capture):
    send_over_msrp(capture, signed_then_encrypted(capture, LONG_TEXT), chunk_size=CHUNK_SIZE)


@scenario("msrp-wrong-signer", "Alice's end of the session sends what Bob signed")
def msrp_wrong_signer(capture):
    send_over_msrp(capture, smime.signed(text(), capture.start, "bob"))


@scenario("msrp-tampered", "one octet of the signed content was changed")
def msrp_tampered(capture):
    send_over_msrp(capture, content_changed(smime.signed(text(), capture.start)))


@scenario("msrp-cpim", "message/cpim whose content is signed and encrypted: the CPIM header fields are unprotected")
def msrp_cpim(capture):
    send_over_msrp(capture, cpim(signed_then_encrypted(capture), capture.start))


@scenario("msrp-cpim-inside", "message/cpim signed and encrypted as a whole")
def msrp_cpim_inside(capture):
    entity = smime.signed(cpim(text(), capture.start), capture.start)
    send_over_msrp(capture, smime.encrypted(entity, smime.to("bob")))


@scenario("msrp-no-sdp", "msrp-signed-encrypted-chunks without the SIP dialog: no identity to compare with")
def msrp_no_sdp(capture):
    send_over_msrp(capture, signed_then_encrypted(capture, LONG_TEXT), negotiated=False, chunk_size=CHUNK_SIZE)


@scenario("msrp-missing-chunk", "the third of four chunks was never sent; the TCP stream is whole")
def msrp_missing_chunk(capture):
    send_over_msrp(capture, signed_then_encrypted(capture, LONG_TEXT), chunk_size=CHUNK_SIZE, omitted=[3])


@scenario("msrp-lost-segments", "the TCP segments of the second of four chunks are missing from the capture")
def msrp_lost_segments(capture):
    send_over_msrp(capture, signed_then_encrypted(capture, LONG_TEXT), chunk_size=CHUNK_SIZE, lost=[2])
