"""A signer named by key identifier whose key has two certificates, an old one and its renewal: the one that stands at the time
asked for is the signer's, wherever it lies and whichever comes first. Made by the openssl command."""

import shutil
import subprocess
from datetime import datetime, timezone

import pytest

import sip
import smime
from auditor import Audit
from wire import Capture

START = datetime(2026, 1, 15, 10, 0, 0, tzinfo=timezone.utc)
EXTENSIONS = """[user]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
subjectAltName = URI:sip:alice@example.com
"""


def openssl(folder, *arguments, since="2025-06-01", octets=b""):
    done = subprocess.run(["faketime", since, "openssl", *map(str, arguments)], input=octets, capture_output=True, cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An anchor, a key of Alice's, and its certificates: old (June 2025), new (from July 2025), stray (of another authority)."""
    folder = tmp_path_factory.mktemp("renewed")
    (folder / "user.cnf").write_text(EXTENSIONS)
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    for name in ("ca", "other"):
        openssl(folder, "req", "-x509", *curve, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", "-days", 3650)
    openssl(folder, "req", *curve, "-keyout", "alice.key", "-out", "alice.csr", "-subj", "/CN=Alice")
    for name, issuer, since, days in (("old", "ca", "2025-06-01", 30), ("new", "ca", "2025-07-01", 3000), ("stray", "other", "2025-07-01", 3000)):
        openssl(folder, "x509", "-req", "-in", "alice.csr", "-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-CAcreateserial", "-days", days,
                "-extfile", "user.cnf", "-extensions", "user", "-out", f"{name}.pem", since=since)
    return folder


def signer_of(made, name, embedded, in_ring, *options):
    """The signer in the report of a message signed with Alice's key, with these certificates in it and those in the ring."""
    (made / "embedded.pem").write_bytes(b"".join((made / f"{one}.pem").read_bytes() for one in embedded))
    certificates = ["-certfile", "embedded.pem"] if embedded else []
    octets = openssl(made, "cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-nosmimecap", "-keyid", "-md", "sha256", "-signer",
                     f"{(embedded or in_ring)[0]}.pem", "-inkey", "alice.key", "-nocerts", *certificates, since="2026-01-15 10:00:00",
                     octets=smime.text().octets())
    ring = made / f"ring-{name}"
    shutil.rmtree(ring, ignore_errors=True)
    ring.mkdir()
    for number, one in enumerate(in_ring):
        shutil.copy(made / f"{one}.pem", ring / f"{number}.pem")
    capture = Capture(name, START)
    sip.message(capture, smime.pkcs7_mime("signed-data", octets))
    capture.write(made / f"{name}.pcap")
    run = Audit("--keys", ring, "--trust", made / "ca.pem", "--format", "json", *options, made / f"{name}.pcap")
    signer, = run.json["messages"][0]["layers"][0]["signers"]
    return signer


def words(signer):
    return [signer[name]["verdict"] for name in ("signature", "path", "valid_at_capture", "identity")]


@pytest.mark.parametrize("embedded, in_ring", [
    ([], ["old", "new"]), ([], ["new", "old"]), ([], ["stray", "new"]), ([], ["stray", "old", "new"]),
    (["old"], ["new"]), (["new"], ["old"]), (["stray"], ["old", "new"]), (["old", "stray", "new"], []),
])
def test_the_certificate_that_stands(made, embedded, in_ring):
    signer = signer_of(made, "stands", embedded, in_ring)
    assert words(signer) == ["pass"] * 4
    assert signer["valid_at_capture"]["detail"] is None


def test_the_time_asked_for(made):
    """In June the old one is the signer's: capture time is still outside of it, as said."""
    signer = signer_of(made, "june", [], ["new", "old"], "--time", "2025-06-15T00:00:00Z")
    assert words(signer) == ["pass", "pass", "fail", "pass"]
    signer = signer_of(made, "june", [], ["new", "old"])
    assert words(signer) == ["pass"] * 4


@pytest.mark.parametrize("in_ring", [["old"], ["old", "stray"], ["stray", "old"]])
def test_none_that_stands(made, in_ring):
    """Then an expired one with a path is told, before one without."""
    signer = signer_of(made, "none", [], in_ring)
    assert words(signer) == ["pass", "pass", "fail", "pass"]
    assert signer["valid_at_capture"]["reason"] == "expired"
