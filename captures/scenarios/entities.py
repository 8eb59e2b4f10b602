"""Entities that several subjects show."""

import smime
from sip import ALICE, BOB
from smime import Entity, text


def signed_then_encrypted(capture, content=smime.WATSON):
    return smime.encrypted(smime.signed(text(content), capture.start), smime.to("bob"))


def content_changed(entity):
    return entity._replace(body=entity.body.replace(b"Watson", b"Wetson"))


def signature_changed(entity):
    """The last octet of this SignedData is the last of the signature value."""
    return entity._replace(body=entity.body[:-1] + bytes([entity.body[-1] ^ 1]))


AUDIO = {ALICE: 49172, BOB: 3456}


def audio_session(user):
    """SDP for a call without MSRP."""
    address = user.host.address
    lines = ["v=0", f"o={user.name} 2890844526 2890844526 IN IP4 {address}", "s=-", f"c=IN IP4 {address}", "t=0 0",
             f"m=audio {AUDIO[user]} RTP/AVP 0", "a=rtpmap:0 PCMU/8000"]
    return Entity([("Content-Type", "application/sdp")], "".join(line + "\r\n" for line in lines).encode())
