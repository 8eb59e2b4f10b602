"""A signer whose certificate is for SIP domain authentication (id-kp-sipDomain, RFC 5924): what the certificate is for is shown, and that
a SIP domain is not a user of it."""

from datetime import datetime, timezone

import pytest

import sip
import smime
from auditor import Audit
from wire import Capture

FIELDS = ["smime.signer.extended_key_usage", "smime.path.verdict", "smime.path.reason", "smime.signature.verdict"]
SIP_DOMAIN = "1.3.6.1.5.5.7.3.20"


def signed_by(tshark, name, usages):
    """A capture of one message, signed with a self-signed certificate for these usages, and that certificate as anchor."""
    folder = tshark.folder / name
    folder.mkdir()
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    smime.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
                  "-subj", "/CN=example.com", "-days", "20000", "-addext", f"extendedKeyUsage={usages}",
                  "-addext", "subjectAltName=URI:sip:example.com", "-addext", "keyUsage=digitalSignature")
    certificate.chmod(0o644)
    folder.chmod(0o755)
    octets = smime.openssl("cms", "-sign", "-binary", "-outform", "DER", "-nodetach", "-signer", certificate, "-inkey", key,
                           octets=smime.text().octets())
    capture = Capture(name, datetime.now(timezone.utc))
    sip.message(capture, smime.pkcs7_mime("signed-data", octets))
    return tshark.write(capture), certificate


@pytest.mark.parametrize("name, usages, shown, verdict, reason", [
    ("domain", SIP_DOMAIN, "sipDomain", "fail", "extended-key-usage"),
    ("domain-and-mail", f"emailProtection,{SIP_DOMAIN}", "emailProtection, sipDomain", "pass", "none"),
])
def test_sip_domain(tshark, name, usages, shown, verdict, reason):
    path, certificate = signed_by(tshark, name, usages)
    row, = tshark.rows(path, FIELDS, "-o", f"smime.trust:{certificate}")
    assert row["smime.signature.verdict"] == ["pass"]
    assert row["smime.signer.extended_key_usage"] == [shown]
    assert row["smime.path.verdict"] == [verdict]
    signer, = Audit("--trust", certificate, "--format", "json", path).json["messages"][0]["layers"][0]["signers"]
    assert signer["extended_key_usage"] == shown
    assert (signer["path"]["verdict"], signer["path"]["reason"]) == (verdict, reason)
    assert "RFC 5924" in signer["path"]["detail"]
