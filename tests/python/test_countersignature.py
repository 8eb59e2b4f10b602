"""Counter-signatures (RFC 5652 11.4), made by BouncyCastle: shown at the signer, in the window's tree as in the auditor's report.

They are unsigned attributes: whatever becomes of them, the signer's own verdicts stay.
"""

import json
import shutil
from datetime import datetime, timezone

import pytest

import sip
import smime
from auditor import ROOT, Audit
from conftest import give_away
from wire import Capture

INTEROP = ROOT / "tests" / "data" / "cms-interop"
ONE = (INTEROP / "signed" / "bc-countersigned.p7m").read_bytes()             # P-256, counter-signed by Ed25519
TWO = (INTEROP / "signed" / "bc-countersigned-twice.p7m").read_bytes()       # that counter-signed by RSA, no certificate of Ed25519

SIGNER, FIRST, SECOND = (f"sip:{name}@example.org" for name in ("p256", "ed25519", "rsa"))
FIELDS = ["smime.signature.verdict", "smime.digest.verdict", "smime.signed.verdict", "smime.signer", "smime.countersignature",
          "smime.countersignature.verdict", "smime.countersignature.reason", "smime.countersignature.path.verdict",
          "smime.countersignature.algorithm"]


@pytest.fixture(scope="module")
def keys(tshark):
    """The folder of the anchor, and one that has the counter-signer's certificate too."""
    folder = tshark.folder / "countersigners"
    (folder / "certificates").mkdir(parents=True)
    shutil.copy(INTEROP / "keys" / "other" / "ca.cert.pem", folder / "ca.pem")
    shutil.copy(INTEROP / "keys" / "ring" / "ed25519.cert.pem", folder / "certificates")
    give_away(folder)
    return folder


def captured(tshark, name, octets):
    capture = Capture(name, datetime(2026, 11, 1, 10, 0, 0, tzinfo=timezone.utc))
    sip.message(capture, smime.Entity([("Content-Type", "application/pkcs7-mime; smime-type=signed-data")], octets))
    return tshark.write(capture)


def both(tshark, keys, name, octets, ring=True):
    """What tshark shows, as a row, and the signer of the auditor's report."""
    path = captured(tshark, name, octets)
    options = ["-o", f"smime.trust:{keys / 'ca.pem'}"] + (["-o", f"smime.keys:{keys / 'certificates'}"] if ring else [])
    row, = tshark.rows(path, FIELDS, *options)
    run = Audit("--trust", keys / "ca.pem", *(["--keys", keys / "certificates"] if ring else []), "--format", "json", path)
    signer, = run.json["messages"][0]["layers"][0]["signers"]
    return row, signer


def words(verdict):
    return verdict["verdict"], verdict["reason"]


def flipped(octets, at):
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1:]


def assert_signer_holds(row, signer):
    assert row["smime.signature.verdict"] == row["smime.digest.verdict"] == row["smime.signed.verdict"] == ["pass"]
    assert row["smime.signer"] == [SIGNER]
    assert words(signer["signature"]) == words(signer["digest"]) == words(signer["path"]) == ("pass", "none")


def test_pass(tshark, keys):
    row, signer = both(tshark, keys, "countersigned", ONE, ring=False)
    assert_signer_holds(row, signer)
    assert row["smime.countersignature"] == [FIRST]
    assert row["smime.countersignature.verdict"] == row["smime.countersignature.path.verdict"] == ["pass"]
    assert row["smime.countersignature.reason"] == []
    assert row["smime.countersignature.algorithm"] == ["Ed25519, digest SHA-512"]
    counter, = signer["countersignatures"]
    assert counter["san_uris"] == [FIRST] and counter["subject"] == "CN=ed25519"
    assert (counter["signature_algorithm"], counter["digest_algorithm"]) == ("Ed25519", "SHA-512")
    assert words(counter["signature"]) == words(counter["digest"]) == words(counter["path"]) == ("pass", "none")
    assert counter["countersignatures"] == [] and signer["countersignatures_unread"] == 0


def test_altered_value(tshark, keys):
    """The last octet of the message is the last one of the counter-signature's value."""
    row, signer = both(tshark, keys, "countersigned-altered", flipped(ONE, -1 + len(ONE)))
    assert_signer_holds(row, signer)
    assert row["smime.countersignature.verdict"] == ["fail"]
    assert row["smime.countersignature.reason"] == ["signature-mismatch"]
    assert words(signer["countersignatures"][0]["signature"]) == ("fail", "signature-mismatch")
    assert words(signer["countersignatures"][0]["digest"]) == ("pass", "none")


def test_moved_to_another_signature(tshark, keys):
    """The counter-signature of one message at another's signature value: its digest is of the first one's."""
    # The last octet of the signer's value: what comes before the unsigned attributes' tag [1].
    at = ONE.rindex(bytes.fromhex("2a864886f70d010906")) - 2    # OID of the attribute, its tag and length ...
    while ONE[at] != 0xa1:                                      # ... the Attribute's header, the tag
        at -= 1
    row, signer = both(tshark, keys, "countersigned-moved", flipped(ONE, at - 1))
    assert row["smime.signature.verdict"] == ["fail"] and row["smime.countersignature.verdict"] == ["fail"]
    assert words(signer["signature"]) == ("fail", "signature-mismatch")
    assert words(signer["countersignatures"][0]["signature"]) == ("pass", "none")
    assert words(signer["countersignatures"][0]["digest"]) == ("fail", "digest-mismatch")


def test_missing_certificate(tshark, keys):
    """Nobody knows the first counter-signer; the second one's signature, over the first one's, holds all the same."""
    row, signer = both(tshark, keys, "countersigned-unknown", TWO, ring=False)
    assert_signer_holds(row, signer)
    assert row["smime.countersignature"] == ["certificate unknown", SECOND]
    assert row["smime.countersignature.verdict"] == ["not-evaluated", "pass"]
    assert row["smime.countersignature.reason"] == ["no-certificate"]
    first, = signer["countersignatures"]
    second, = first["countersignatures"]
    assert words(first["signature"]) == words(first["path"]) == ("not-evaluated", "no-certificate")
    assert first["subject"] is None and words(first["digest"]) == ("pass", "none")
    assert second["san_uris"] == [SECOND] and words(second["signature"]) == words(second["path"]) == ("pass", "none")


def test_certificate_of_the_ring(tshark, keys):
    row, signer = both(tshark, keys, "countersigned-twice", TWO)
    assert_signer_holds(row, signer)
    assert row["smime.countersignature"] == [FIRST, SECOND]
    assert row["smime.countersignature.verdict"] == row["smime.countersignature.path.verdict"] == ["pass", "pass"]
    assert words(signer["countersignatures"][0]["signature"]) == ("pass", "none")


def test_unreadable(tshark, keys):
    """An attribute value that is no SignerInfo: counted, and no fault of the message."""
    at = ONE.rindex(bytes.fromhex("2a864886f70d010906")) + 9
    at = ONE.index(bytes.fromhex("020101"), at) + 2             # the counter-signature's version, as another type
    broken = ONE[:at - 2] + b"\x01" + ONE[at - 1:]
    row, signer = both(tshark, keys, "countersigned-broken", broken)
    assert_signer_holds(row, signer)
    assert row["smime.countersignature"] == []
    assert signer["countersignatures"] == [] and signer["countersignatures_unread"] == 1


def test_schema(tshark, keys):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "docs" / "report.schema.json").read_text())
    path = captured(tshark, "countersigned-schema", TWO)
    report = Audit("--trust", keys / "ca.pem", "--format", "json", path).json
    validator = jsonschema.Draft7Validator(schema)
    assert not list(validator.iter_errors(report))
    first, = report["messages"][0]["layers"][0]["signers"][0]["countersignatures"]
    del first["countersignatures"][0]["path"]
    assert list(validator.iter_errors(report))
