"""SignedData by an Ed25519 key (RFC 8419), which `openssl cms` 3.0 cannot make: the DER is put together here, the
signature is openssl's."""

import hashlib
import tempfile

import smime

SEQUENCE, SET, INTEGER, OCTET_STRING, OBJECT_IDENTIFIER, UTC_TIME = 0x30, 0x31, 0x02, 0x04, 0x06, 0x17
CONTEXT_0 = 0xA0

ID_DATA = "1.2.840.113549.1.7.1"
ID_SIGNED_DATA = "1.2.840.113549.1.7.2"
ID_CONTENT_TYPE = "1.2.840.113549.1.9.3"
ID_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
ID_SIGNING_TIME = "1.2.840.113549.1.9.5"
ID_SHA512 = "2.16.840.1.101.3.4.2.3"
ID_ED25519 = "1.3.101.112"


def der(tag, *contents):
    content = b"".join(contents)
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + content


def object_identifier(dotted):
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    content = bytearray()
    for arc in [first * 40 + second] + rest:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        content += bytes(reversed(groups))
    return der(OBJECT_IDENTIFIER, bytes(content))


def elements(octets):
    """The DER elements of a sequence's content, each with tag and length; a trusted certificate is what we read."""
    found, at = [], 0
    while at < len(octets):
        length, header = octets[at + 1], 2
        if length & 0x80:
            header += length & 0x7F
            length = int.from_bytes(octets[at + 2:at + header], "big")
        found.append((octets[at:at + header + length], octets[at + header:at + header + length]))
        at += header + length
    return found


def issuer_and_serial_number(certificate):
    to_be_signed = elements(elements(certificate)[0][1])[0][1]
    _, serial_number, _, issuer = [whole for whole, _ in elements(to_be_signed)[:4]]
    return der(SEQUENCE, issuer, serial_number)


def attribute(identifier, value):
    return der(SEQUENCE, object_identifier(identifier), der(SET, value))


def signature_value(octets, signer):
    """Ed25519 signs the whole message; pkeyutl takes that from a file alone."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(octets)
        file.flush()
        return smime.openssl("pkeyutl", "-sign", "-rawin", "-inkey", smime.private_key(signer), "-in", file.name)


def sign(octets, at, signer="alice-ed25519"):
    """SignedData (DER) as RFC 8419 3.1 wants it: SHA-512, signed attributes, no parameters anywhere."""
    certificate = smime.openssl("x509", "-in", smime.certificate(signer), "-outform", "DER")
    sha512 = der(SEQUENCE, object_identifier(ID_SHA512))
    attributes = sorted([
        attribute(ID_CONTENT_TYPE, object_identifier(ID_DATA)),
        attribute(ID_SIGNING_TIME, der(UTC_TIME, at.strftime("%y%m%d%H%M%SZ").encode())),
        attribute(ID_MESSAGE_DIGEST, der(OCTET_STRING, hashlib.sha512(octets).digest())),
    ])
    signer_info = der(
        SEQUENCE, der(INTEGER, b"\1"), issuer_and_serial_number(certificate), sha512, der(CONTEXT_0, *attributes),
        der(SEQUENCE, object_identifier(ID_ED25519)),
        der(OCTET_STRING, signature_value(der(SET, *attributes), signer)))
    signed_data = der(
        SEQUENCE, der(INTEGER, b"\1"), der(SET, sha512),
        der(SEQUENCE, object_identifier(ID_DATA), der(CONTEXT_0, der(OCTET_STRING, octets))),
        der(CONTEXT_0, certificate), der(SET, signer_info))
    return der(SEQUENCE, object_identifier(ID_SIGNED_DATA), der(CONTEXT_0, signed_data))
