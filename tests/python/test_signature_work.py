"""Certificates and SignerInfos that anybody can put into a message by the dozen: each of the one would be tried for each of the other, with
keys as large as they come. What is not tried is not evaluated, and said; the signature of Alice beside them is judged all the same.
"""

from datetime import datetime, timezone

import sip
import smime
from auditor import ALL_KEYS, messages
from wire import Capture

START = datetime(2026, 1, 15, 10, 0, 0, tzinfo=timezone.utc)
BITS, CERTIFICATES, SIGNERS = 8192, 60, 15
WORK = "more work with public keys than SM_LIMIT_SIGNATURE_WORK for one message"


def der(tag, *content):
    content = b"".join(content)
    length = len(content).to_bytes(4, "big").lstrip(b"\0")
    return bytes([tag]) + (bytes([len(content)]) if len(content) < 128 else bytes([0x80 | len(length)]) + length) + content


def sequence(*content):
    return der(0x30, *content)


def integer(value):
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def algorithm(octets):
    return sequence(der(0x06, bytes.fromhex(octets)), b"\x05\x00")


RSA, SHA256 = algorithm("2a864886f70d010101"), algorithm("608648016503040201")
DATA = bytes.fromhex("06092a864886f70d010701")
NAME = sequence(der(0x31, sequence(bytes.fromhex("0603550403"), der(0x0C, b"Mallory"))))
VALIDITY = sequence(der(0x17, b"250101000000Z"), der(0x17, b"270101000000Z"))


def certificate(number):
    """Of the same issuer and serial number each, with a key of its own. Who signed it does not matter here."""
    modulus = (1 << BITS) - 1 - 2 * number
    key = sequence(RSA, der(0x03, b"\0", sequence(integer(modulus), integer((1 << 64) - 1))))
    return sequence(sequence(der(0xA0, integer(2)), integer(7), RSA, NAME, VALIDITY, NAME, key), RSA, der(0x03, b"\0" * (BITS // 8)))


def signer(number):
    """Without signed attributes: the value is over the content."""
    return sequence(integer(1), sequence(NAME, integer(7)), SHA256, RSA, der(0x04, (2 + number).to_bytes(BITS // 8, "big")))


def signed_beside(octets):
    """Alice's SignedData with Mallory's certificates and SignerInfos behind hers."""
    alice = smime.sign(octets, START, "alice", "-nodetach")
    body = members(content(members(content(alice))[1]))
    signers, certificates = content(body[-1]), content(body[3])
    made = der(0xA0, certificates, *map(certificate, range(CERTIFICATES))), der(0x31, signers, *map(signer, range(SIGNERS)))
    signed_data = sequence(*body[:3], *made)
    return sequence(bytes.fromhex("06092a864886f70d010702"), der(0xA0, signed_data))


def header(octets):
    """Octets of identifier and length, and of the content."""
    if octets[1] < 128:
        return 2, octets[1]
    more = octets[1] & 0x7F
    return 2 + more, int.from_bytes(octets[2:2 + more], "big")


def content(octets):
    start, length = header(octets)
    return octets[start:start + length]


def members(octets):
    """The values that stand in it; of the one value that is a wrapper, its members."""
    found = []
    while octets:
        total = sum(header(octets))
        found.append(octets[:total])
        octets = octets[total:]
    return members(content(found[0])) if len(found) == 1 else found


def test_work(tshark):
    capture = Capture("signature-work", START)
    sip.message(capture, smime.pkcs7_mime("signed-data", signed_beside(smime.text().octets())))
    path = tshark.write(capture)
    message, = (entry for entry in messages(*ALL_KEYS, path) if entry["layers"])
    alice, *others = message["layers"][0]["signers"]
    assert (alice["signature"]["verdict"], alice["digest"]["verdict"]) == ("pass", "pass")
    assert len(others) == SIGNERS
    told = [(other["signature"]["verdict"], other["signature"]["reason"], other["signature"]["detail"]) for other in others]
    assert told[0][:2] == ("fail", "signature-mismatch")      # all the certificates were tried for it
    assert told[-1] == ("not-evaluated", "limit", WORK)
    assert message["verdict"]["signed"]["verdict"] == "fail"
    row, = tshark.rows(path, ["smime.limit", "smime.signature.verdict"], *tshark.right_keys(), only="smime.type")
    assert row["smime.limit"] == [WORK]
    assert row["smime.signature.verdict"] == [verdict for verdict, _, _ in [("pass", None, None), *told]]
