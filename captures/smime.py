"""MIME entities and their S/MIME protection. The openssl command does the cryptography."""

import base64
import gzip
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

KEYS = Path(__file__).resolve().parent.parent / "keys"
WATSON = "Watson, come here - I want to see you.\r\n"


class Entity(NamedTuple):
    """A MIME entity: header fields in order, and the body's octets."""
    fields: list
    body: bytes

    def octets(self):
        return b"".join(f"{name}: {value}\r\n".encode() for name, value in self.fields) + b"\r\n" + self.body

    def field(self, name):
        return next((value for key, value in self.fields if key.lower() == name.lower()), None)


def text(content=WATSON):
    return Entity([("Content-Type", "text/plain")], content.encode())


def pkcs7_mime(smime_type, cms, suffix="p7m"):
    return Entity([
        ("Content-Type", f'application/pkcs7-mime; smime-type={smime_type}; name="smime.{suffix}"'),
        ("Content-Disposition", f'attachment; filename="smime.{suffix}"; handling=required'),
        ("Content-Transfer-Encoding", "binary"),
    ], cms)


def recoded(entity, encoding, body):
    fields = [(name, value) for name, value in entity.fields if name != "Content-Transfer-Encoding"]
    return Entity([*fields, ("Content-Transfer-Encoding", encoding)], body)


def in_base64(entity):
    """The same entity for a path of seven bits."""
    return recoded(entity, "base64", base64.encodebytes(entity.body).replace(b"\n", b"\r\n"))


def in_quoted_printable(entity):
    """The same, every octet encoded that is no letter or digit: a soft line end after 24 of them."""
    octets = [chr(octet) if chr(octet).isascii() and chr(octet).isalnum() else f"={octet:02X}" for octet in entity.body]
    lines = ["".join(octets[start:start + 24]) for start in range(0, len(octets), 24)]
    return recoded(entity, "quoted-printable", "=\r\n".join(lines).encode())


def in_gzip(entity):
    """The same with SIP's Content-Encoding gzip (RFC 3261 20.12)."""
    return Entity([*entity.fields, ("Content-Encoding", "gzip")], gzip.compress(entity.body, mtime=0))


def multipart(subtype, *entities, boundary="boundary7", preamble=b"", epilogue=b""):
    """multipart/mixed, alternative, ..."""
    delimiter = f"--{boundary}\r\n".encode()
    body = preamble + b"".join(delimiter + entity.octets() + b"\r\n" for entity in entities) + f"--{boundary}--\r\n".encode() + epilogue
    return Entity([("Content-Type", f"multipart/{subtype}; boundary={boundary}")], body)


def certs_only(name):
    """A user's certificate alone, as RFC 3261 23.2 and RFC 8551 3.8 have it in a response."""
    return pkcs7_mime("certs-only", openssl("crl2pkcs7", "-nocrl", "-certfile", certificate(name), "-outform", "DER"), "p7c")


def certificate(name):
    """The file of a user's certificate, wherever the key ring keeps it."""
    return find(f"{name}.cert.pem")


def private_key(name):
    return find(f"{name}.key.pem")


def find(file_name):
    found = list(KEYS.glob(f"*/{file_name}"))
    if len(found) != 1:
        raise FileNotFoundError(f"keys/*/{file_name}: run keys/make-keys")
    return found[0]


def openssl(*arguments, octets=b"", at=None):
    """Runs openssl at the time `at` (a datetime; by the faketime command) and returns what it writes."""
    command = ["openssl", *map(str, arguments)]
    environment = dict(os.environ, TZ="UTC")
    if at is not None:
        command = ["faketime", "-f", at.strftime("%Y-%m-%d %H:%M:%S"), *command]
    done = subprocess.run(command, input=octets, capture_output=True, env=environment)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr.decode()}")
    return done.stdout


NO_CERTIFICATE = ["-nocerts"]
PSS = ["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32"]


def sign(octets, at, signer, *options):
    """SignedData (DER) over exactly these octets, signed at the time `at` by a user of the key ring.

    SMIMECapabilities are left out: they cost 120 octets of the 1300 that a MESSAGE may have (RFC 3428 8).
    """
    return openssl("cms", "-sign", "-binary", "-outform", "DER", "-nosmimecap", "-signer", certificate(signer),
                   "-inkey", private_key(signer), "-md", "sha256", *options, octets=octets, at=at)


def signed(entity, at, signer="alice", options=()):
    """The entity inside application/pkcs7-mime signed-data."""
    return pkcs7_mime("signed-data", sign(entity.octets(), at, signer, "-nodetach", *options))


def signed_detached(entity, at, signer="alice", boundary="boundary42"):
    """The entity as first part of multipart/signed (RFC 8551 3.5.3)."""
    signature = Entity([
        ("Content-Type", 'application/pkcs7-signature; name="smime.p7s"'),
        ("Content-Disposition", 'attachment; filename="smime.p7s"; handling=required'),
        ("Content-Transfer-Encoding", "binary"),
    ], sign(entity.octets(), at, signer))
    delimiter = f"--{boundary}\r\n".encode()
    body = (delimiter + entity.octets() + b"\r\n" + delimiter + signature.octets() +
            f"\r\n--{boundary}--\r\n".encode())
    return Entity([
        ("Content-Type", f'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; '
                         f'boundary={boundary}'),
        ("Content-Disposition", "render; handling=required"),
    ], body)


ECDH = ["-keyopt", "ecdh_kdf_md:sha256"]
OAEP = ["-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"]


def encrypt(octets, cipher, *recipients):
    """EnvelopedData, or AuthEnvelopedData for a GCM cipher (DER), for recipients given by to() and to_kek()."""
    return openssl("cms", "-encrypt", "-binary", "-outform", "DER", f"-{cipher}", *sum(recipients, []), octets=octets)


def to(name, options=ECDH):
    """The openssl arguments of one recipient."""
    return ["-recip", certificate(name), *options]


def to_kek():
    """The openssl arguments of the key ring's key-encryption key."""
    values = dict(line.split(" = ") for line in find("demonstration.kek").read_text().splitlines())
    return ["-secretkey", values["key"], "-secretkeyid", values["id"]]


def encrypted(entity, *recipients, smime_type="auth-enveloped-data"):
    """The entity inside AuthEnvelopedData with AES-128-GCM, named as RFC 8591 4.2 spells it unless told otherwise."""
    return pkcs7_mime(smime_type, encrypt(entity.octets(), "aes-128-gcm", *recipients))


def enveloped(entity, cipher, *recipients):
    """The entity inside EnvelopedData, which RFC 8591 replaced."""
    return pkcs7_mime("enveloped-data", encrypt(entity.octets(), cipher, *recipients))
