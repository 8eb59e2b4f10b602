"""CMS layers that a content type names, without a MIME header between them (RFC 5652 5.2, 6.1), made by BouncyCastle."""

import shutil
from datetime import datetime, timezone

import sip
import smime
from auditor import ROOT, Audit
from conftest import give_away
from wire import Capture

INTEROP = ROOT / "tests" / "data" / "cms-interop"
TYPES = ["signed-data", "authEnveloped-data", "compressed-data", "signed-data"]


def test_four_layers(tshark):
    octets = (INTEROP / "nested" / "bc-typed-signed-gcm-zlib-signed.p7m").read_bytes()
    keys = tshark.folder / "typed"
    keys.mkdir()
    shutil.copy(INTEROP / "keys" / "ring" / "aes256.kek", keys)
    shutil.copy(INTEROP / "keys" / "other" / "ca.cert.pem", tshark.folder / "typed-ca.pem")
    give_away(keys)
    give_away(tshark.folder / "typed-ca.pem")
    capture = Capture("typed-layers", datetime(2026, 11, 1, 10, 0, 0, tzinfo=timezone.utc))
    sip.message(capture, smime.Entity([("Content-Type", "application/pkcs7-mime; smime-type=signed-data")], octets))
    path = tshark.write(capture)

    row, = tshark.rows(path, ["smime.type", "smime.signed.verdict", "smime.encrypted.verdict", "smime.content.type"],
                       "-o", f"smime.keys:{keys}", "-o", f"smime.trust:{tshark.folder / 'typed-ca.pem'}")
    assert row["smime.type"] == TYPES
    assert row["smime.signed.verdict"] == row["smime.encrypted.verdict"] == ["pass"]
    assert row["smime.content.type"] == ["text/plain"]

    # give_away() left the key to the unprivileged user: the auditor, which may be root, reads the original.
    message, = Audit("--keys", INTEROP / "keys" / "ring", "--trust", tshark.folder / "typed-ca.pem", "--format", "json", path).json["messages"]
    assert [layer["type"] for layer in message["layers"]] == TYPES
    assert [layer["depth"] for layer in message["layers"]] == [0, 1, 2, 3]
    assert all(layer["opened"]["verdict"] == "pass" for layer in message["layers"])
    assert message["content"]["type"] == "text/plain; charset=utf-8" or message["content"]["type"] == "text/plain"
