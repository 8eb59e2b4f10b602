"""One octet of a message changed: the verdict that speaks of that octet says so, and nothing passes that hangs on it."""

from datetime import datetime, timezone

import pytest

import auditor
import sip
import smime
from conftest import CAPTURES, KEYS, Pcap, elements, openssl
from wire import Capture

FIELDS = ["smime.signature.verdict", "smime.signature.reason", "smime.digest.verdict", "smime.digest.reason", "smime.path.verdict",
          "smime.path.reason", "smime.identity.verdict", "smime.decrypt.verdict", "smime.decrypt.reason", "smime.signed.verdict",
          "smime.encrypted.verdict", "smime.content.length", "smime.content.type", "smime.expert.fail"]


def signed_regions(body):
    """Where content, signed attributes' digest and time, certificate signature and signature value stand in a SignedData."""
    found = elements(body)
    times = [element for element in found if element.kind == "UTCTIME"]
    strings = [element for element in found if element.kind == "OCTET STRING"]
    bits = [element for element in found if element.kind == "BIT STRING"]
    return {"content": strings[0].value, "signing time": times[-1].value, "message digest": strings[-2].value,
            "signature": strings[-1].value, "certificate key": bits[0].value, "certificate signature": bits[1].value}


def enveloped_regions(body):
    """Where the ephemeral key, the wrapped key, the nonce, the ciphertext and the tag of an AuthEnvelopedData for one ECDH recipient stand."""
    found = elements(body)
    strings = [element for element in found if element.kind == "OCTET STRING"]
    ephemeral, = [element for element in found if element.kind == "BIT STRING"]
    ciphertext = [element for element in found if element.kind == "cont [ 0"][-1]
    return {"ephemeral key": ephemeral.value[1:], "wrapped key": strings[-3].value, "nonce": strings[-2].value,
            "ciphertext": ciphertext.value, "tag": strings[-1].value}


def altered(tshark, name, octet, file="altered.pcap"):
    """The capture with the octet at this offset of its first body changed."""
    capture = Pcap(CAPTURES / f"{name}.pcap")
    _, places = capture.body()
    return tshark.work(file, capture.flipped(places[octet]))


def body_of(name):
    return Pcap(CAPTURES / f"{name}.pcap").body()[0]


def seen(tshark, path, *preferences):
    row, = tshark.rows(path, FIELDS, *(preferences or tshark.right_keys()))
    return row


@pytest.mark.parametrize("name", ["sip-signed", "sip-signed-intermediate"])
@pytest.mark.parametrize("region, expected", [
    ("content", {"digest.verdict": "fail", "digest.reason": "digest-mismatch", "signature.verdict": "pass"}),
    ("signing time", {"signature.verdict": "fail", "signature.reason": "signature-mismatch", "digest.verdict": "pass"}),
    ("message digest", {"signature.verdict": "fail", "signature.reason": "signature-mismatch", "digest.verdict": "fail"}),
    ("signature", {"signature.verdict": "fail", "signature.reason": "signature-mismatch", "digest.verdict": "pass"}),
])
def test_signed(tshark, name, region, expected):
    places = signed_regions(body_of(name))[region]
    for octet in (places[len(places) // 2], places[-1]):
        row = seen(tshark, altered(tshark, name, octet))
        assert {field: row.one(f"smime.{field}") for field in expected} == expected, octet
        assert row["smime.signed.verdict"] == ["fail"]
        assert row["smime.expert.fail"]


def test_signed_detached(tshark):
    """The first part of multipart/signed: its header and its text are covered to the last octet, the line end before the boundary is not."""
    body = body_of("sip-signed-detached")
    start = body.index(b"Content-Type: text/plain")
    end = body.index(b"\r\n--boundary42", start)
    for octet in (start, start + 20, end - 3, end - 1):
        row = seen(tshark, altered(tshark, "sip-signed-detached", octet))
        assert (row["smime.digest.verdict"], row["smime.digest.reason"]) == (["fail"], ["digest-mismatch"]), octet
        assert row["smime.signature.verdict"] == ["pass"]
        assert row["smime.signed.verdict"] == ["fail"]


def test_certificate_signature(tshark):
    """Alice's certificate with an octet of the CA's signature changed is no longer the CA's word, though her key in it still verifies."""
    places = signed_regions(body_of("sip-signed"))["certificate signature"]
    row = seen(tshark, altered(tshark, "sip-signed", places[-1]), *tshark.preferences())
    assert row["smime.signature.verdict"] == ["pass"] and row["smime.digest.verdict"] == ["pass"]
    assert (row["smime.path.verdict"], row["smime.path.reason"]) == (["fail"], ["certificate-signature"])
    assert row["smime.signed.verdict"] == ["fail"]


@pytest.mark.parametrize("region, reasons", [
    ("ephemeral key", {"unwrap-failed", "parameters"}),     # another point, or none on the curve
    ("wrapped key", {"unwrap-failed"}),
    ("nonce", {"tag-mismatch"}),
    ("ciphertext", {"tag-mismatch"}),
    ("tag", {"tag-mismatch"}),
])
@pytest.mark.parametrize("name", ["sip-signed-then-encrypted", "sip-encrypted-only"])
def test_encrypted(tshark, name, region, reasons):
    """With the right key the damage is told; without it there is nothing to tell it by. Nothing is shown of the content either way."""
    places = enveloped_regions(body_of(name))[region]
    path = altered(tshark, name, places[len(places) // 2])
    row = seen(tshark, path)
    assert row["smime.decrypt.verdict"] == ["fail"] and row.one("smime.decrypt.reason") in reasons
    assert row["smime.encrypted.verdict"] == ["fail"]
    assert row["smime.signed.verdict"] == ["not-evaluated"]
    assert row["smime.content.length"] == [] and row["smime.expert.fail"]
    for preferences in (tshark.no_key(), tshark.wrong_key()):
        row = seen(tshark, path, *preferences)
        assert (row["smime.decrypt.verdict"], row["smime.decrypt.reason"]) == (["not-evaluated"], ["no-key"])
        assert not row["smime.expert.fail"]


def report(path, *preferences):
    """What the auditor says of the only layer's decryption."""
    message, = auditor.messages(*(preferences or auditor.ALL_KEYS), path)
    return message["layers"][0]["decryption"]


@pytest.mark.parametrize("region, step", [
    (None, None), ("ephemeral key", "key-agreement"), ("wrapped key", "key-unwrap"), ("nonce", "tag"), ("ciphertext", "tag"), ("tag", "tag"),
])
def test_the_step_that_refused_a_key(tshark, region, step):
    name = "sip-encrypted-only"
    path = CAPTURES / f"{name}.pcap"
    if region:
        places = enveloped_regions(body_of(name))[region]
        path = altered(tshark, name, places[len(places) // 2])
    row, = tshark.rows(path, ["smime.recipient.opened", "smime.key.tried", "smime.key.stopped_at"], *tshark.right_keys())
    assert row["smime.recipient.opened"] == ["fail" if step else "pass"]
    assert row["smime.key.tried"] == ["bob.key.pem"]
    assert row["smime.key.stopped_at"] == ([step] if step else [])
    recipient, = report(path)["recipients"]
    tried, = recipient["tried"]
    assert (tried["key"], tried["stopped_at"]) == ("bob.key.pem", step)
    recipient, = report(path, *auditor.TRUST)["recipients"]
    assert recipient["tried"] == []
    assert (recipient["opened"]["verdict"], recipient["opened"]["reason"]) == ("not-evaluated", "no-key")


@pytest.mark.parametrize("make", [
    lambda: smime.encrypted(smime.text(), smime.to("bob-rsa", [])),
    lambda: smime.enveloped(smime.text(), "aes-128-cbc", smime.to("bob-rsa", [])),
], ids=["gcm", "cbc"])
def test_nothing_tells_rsa_padding_from_content(tshark, make):
    """RSA PKCS #1 v1.5: an altered encryptedKey and altered content come to the same words in report and tree (RFC 3218 2.3.2)."""
    entity = make()
    body = entity.body
    found = elements(body)
    wrapped = max((element for element in found if element.kind == "OCTET STRING"), key=lambda element: element.length).value
    content = [element for element in found if element.kind == "cont [ 0"][-1].value
    said = []
    for octet in (content[-1] - 16, wrapped[3], wrapped[100]):
        octets = bytearray(body)
        octets[octet] ^= 0xff
        capture = Capture(f"oracle-{octet}", datetime(2025, 7, 1, 12, tzinfo=timezone.utc))
        sip.message(capture, smime.Entity(entity.fields, bytes(octets)))
        path = tshark.write(capture)
        decryption = report(path)
        if decryption["verdict"] == "pass":     # one wrong content key in 256 gives a right padding of CBC
            assert not decryption["authenticated"]
            continue
        tree = tshark.run("-r", path, *tshark.right_keys(), "-V").text
        said.append((decryption, [line for line in tree.splitlines() if "Key tried" in line or "Decryption" in line or "Opened" in line]))
    assert len(said) >= 2 and said[0][1]
    assert all(words == said[0] for words in said)


@pytest.mark.parametrize("name, at", [("sip-encrypted-rsa", None), ("sip-encrypted-kek", -3)])
def test_wrapped_key(tshark, name, at):
    body = body_of(name)
    strings = [element for element in elements(body) if element.kind == "OCTET STRING"]
    wrapped = strings[at] if at else max(strings, key=lambda element: element.length)
    row = seen(tshark, altered(tshark, name, wrapped.value[5]))
    assert (row["smime.decrypt.verdict"], row["smime.decrypt.reason"]) == (["fail"], ["unwrap-failed"])


def test_wrong_kek_of_the_right_name(tshark):
    """A KEK file whose id the message names and whose key is another one: the key was tried, and failed."""
    text = (KEYS / "ring" / "demonstration.kek").read_text()
    key = next(line for line in text.splitlines() if line.startswith("key"))
    wrong = tshark.work("wrong.kek", text.replace(key, key[:-1] + ("0" if key[-1] != "0" else "1")).encode())
    wrong.chmod(0o644)
    row = seen(tshark, CAPTURES / "sip-encrypted-kek.pcap", "-o", f'uat:smime_keys:"{wrong}",""')
    assert (row["smime.decrypt.verdict"], row["smime.decrypt.reason"]) == (["fail"], ["unwrap-failed"])


@pytest.mark.parametrize("name, authenticated", [("sip-enveloped-cbc", False), ("sip-signed-then-encrypted", True)])
def test_unauthenticated_encryption_is_marked(tshark, name, authenticated):
    assert report(CAPTURES / f"{name}.pcap")["authenticated"] is authenticated
    tree = tshark.run("-r", CAPTURES / f"{name}.pcap", *tshark.right_keys(), "-V").text
    line, = [line for line in tree.splitlines() if "Content encryption:" in line]
    assert line.endswith("(not authenticated)") is not authenticated


def test_unauthenticated_encryption(tshark):
    """AES-CBC authenticates nothing, and the MIME header inside is not signed: what still passes as signed by Alice after an octet of the
    ciphertext was changed is the text that she signed, to the octet."""
    body = body_of("sip-enveloped-cbc")
    ciphertext = [element for element in elements(body) if element.kind == "cont [ 0"][-1].value
    refused = 0
    for octet in range(ciphertext[0], ciphertext[-1] + 1, 56):
        row, = tshark.rows(altered(tshark, "sip-enveloped-cbc", octet), [*FIELDS, "smime.content"], *tshark.right_keys())
        assert row["smime.encrypted.verdict"] == row["smime.decrypt.verdict"]
        if row["smime.signed.verdict"] == ["pass"]:
            assert row.one("smime.content") == smime.WATSON.encode().hex(), octet
        else:
            refused += 1
    assert refused > 3


# RFC 8591 Figure 1, every octet

ANCHOR = KEYS / "rfc8591" / "alice.pem"
SIGNING_TIME = datetime(2019, 1, 26, 6, 13, 54, tzinfo=timezone.utc)


def figure_with(body):
    """Figure 1 with this body, as one datagram."""
    message = (CAPTURES / "rfc8591" / "figure1.sip").read_bytes()
    head = message[:message.index(b"\r\n\r\n") + 4]
    assert f"Content-Length: {len(body)}".encode() in head
    return head + body


def test_figure_1_octet_for_octet(tshark):
    """Each of the 762 octets of the body changed, one a frame. Where signature and digest still pass, openssl must say so too of the same
    octets; where an octet of the content, of the signed attributes or of the signature value was changed, nothing may pass."""
    body = body_of("rfc8591-figure1")
    capture = Capture("every-octet", SIGNING_TIME)
    for octet in range(len(body)):
        changed = bytearray(body)
        changed[octet] ^= 1
        message = figure_with(bytes(changed))
        capture.udp(sip.ALICE.host, sip.BOB.host, message)
    rows = tshark.rows(tshark.write(capture), ["smime.signature.verdict", "smime.digest.verdict", "smime.path.verdict", "smime.signed.verdict"],
                       *tshark.rfc8591())
    assert [int(row.one("frame.number")) for row in rows] == list(range(1, len(body) + 1))

    def holds(row):
        return row["smime.signature.verdict"] == ["pass"] and row["smime.digest.verdict"] == ["pass"]

    regions = signed_regions(body)
    attributes = next(element for element in reversed(elements(body)) if element.kind == "cont [ 0" and element.depth == 5)
    protected = {*regions["content"], *regions["signature"], *attributes.value}
    assert len(protected) > 200
    wrong = [octet for octet, row in enumerate(rows) if octet in protected and holds(row)]
    assert wrong == []
    # What is left open: the list of digest algorithms binds nobody (RFC 5652 5.1), and where the embedded certificate cannot be used the
    # anchor, which is the same one, takes its place.
    algorithms, = [element for element in elements(body) if element.kind == "SET" and element.depth == 3 and element.offset < 100]
    certificates, = [element for element in elements(body) if element.kind == "cont [ 0" and element.depth == 3]
    open_ = {*range(algorithms.offset, algorithms.value[-1] + 1), *range(certificates.offset, certificates.value[-1] + 1)}
    for octet, row in enumerate(rows):
        if holds(row) and octet not in open_:
            changed = bytearray(body)
            changed[octet] ^= 1
            verified = openssl("cms", "-verify", "-binary", "-inform", "DER", "-noverify", "-certfile", ANCHOR, octets=bytes(changed))
            assert verified.returncode == 0, (octet, verified.stderr)
    # Not all are expected to fail: version numbers and the like are not signed. Most are.
    assert 0 < sum(map(holds, rows)) < len(body) - len(protected)


def test_figures_1_and_2(tshark):
    names = ["smime.signature.verdict", "smime.signature.reason", "smime.digest.verdict", "smime.path.verdict", "smime.path.reason",
             "smime.valid_at_signing", "smime.valid_at_capture", "smime.valid_now", "smime.identity.verdict", "smime.identity.matched",
             "smime.revocation.verdict", "smime.signed.verdict", "smime.finding.rule"]
    judged = {"frame.number": ["4"], "smime.signature.verdict": ["pass"], "smime.signature.reason": [], "smime.digest.verdict": ["pass"],
              "smime.path.verdict": ["pass"], "smime.path.reason": [], "smime.valid_at_signing": ["fail"],
              "smime.valid_at_capture": ["fail"], "smime.valid_now": ["fail"], "smime.identity.verdict": ["pass"],
              "smime.identity.matched": [sip.ALICE.uri], "smime.signed.verdict": ["fail"]}

    def row_of(figure, *preferences):
        row, = tshark.rows(CAPTURES / f"rfc8591-figure{figure}.pcap", names, *preferences)
        return row

    def agrees(row, expected):
        assert {name: row[name] for name in expected} == expected

    row = row_of(1, *tshark.rfc8591())
    agrees(row, judged)
    assert "SMIME-CERT-002" in row["smime.finding.rule"] and "SMIME-CERT-001" not in row["smime.finding.rule"]
    # Without the anchor the certificate vouches for itself alone.
    row = row_of(1, *tshark.preferences())
    agrees(row, {**judged, "smime.path.verdict": ["fail"], "smime.path.reason": ["self-signed"]})

    # Figure 2 lacks the certificate: not evaluated until the ring has it.
    row = row_of(2, *tshark.preferences())
    agrees(row, {"smime.signature.verdict": ["not-evaluated"], "smime.signature.reason": ["no-certificate"], "smime.digest.verdict": ["pass"],
                 "smime.path.verdict": ["not-evaluated"], "smime.valid_at_signing": ["not-evaluated"],
                 "smime.identity.verdict": ["not-evaluated"], "smime.signed.verdict": ["not-evaluated"]})
    row = row_of(2, *tshark.preferences("rfc8591/alice.pem", trust="rfc8591/alice.pem", crl=None))
    agrees(row, judged)
    row = row_of(2, *tshark.rfc8591())
    assert row["smime.signature.verdict"] == ["pass"]
