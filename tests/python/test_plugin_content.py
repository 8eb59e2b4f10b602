"""What was inside: shown by Wireshark's own dissectors, as a data source of its own, octet for octet what openssl decrypts."""

import re
from datetime import datetime, timezone

import pytest

import sip
import smime
from conftest import CAPTURES, KEYS, Pcap, openssl
from wire import Capture

START = datetime(2026, 1, 15, 10, 0, 0, tzinfo=timezone.utc)
SDP = (b"v=0\r\no=alice 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 49170 RTP/AVP 0\r\n")


def smime_tree(tshark, path, *arguments):
    """The PDML of our protocol's subtree in the only frame that has one."""
    text = tshark.run("-r", path, *(arguments or tshark.right_keys()), "-Y", "smime", "-T", "pdml").text
    tree, = re.findall(r'^  <proto name="smime".*?^  </proto>$', text, re.DOTALL | re.MULTILINE)
    return tree


def sent(tshark, name, entity):
    capture = Capture(name, START)
    sip.message(capture, entity)
    return tshark.write(capture)


def data_sources(text):
    """Name -> octets, out of tshark -x. The frame's own and reassembled ones are there too."""
    sources = {}
    for name, dump in re.findall(r"^([^\n(]+) \(\d+ bytes\):\n((?:[0-9a-f]{4}.*\n)+)", text, re.MULTILINE):
        digits = "".join(line[6:53] for line in dump.splitlines())
        sources[name] = bytes.fromhex(digits)
    return sources


def test_text(tshark):
    tree = smime_tree(tshark, CAPTURES / "sip-encrypted-only.pcap")
    assert '<proto name="data-text-lines"' in tree
    assert "Watson, come here - I want to see you." in tree
    assert "Content: text/plain, 40 octets" in tree


@pytest.mark.parametrize("kind", ["encrypted", "signed-encrypted"])
def test_sdp(tshark, kind):
    entity = smime.Entity([("Content-Type", "application/sdp")], SDP)
    if kind == "signed-encrypted":
        entity = smime.signed(entity, None)
    path = sent(tshark, f"sdp-{kind}", smime.encrypted(entity, smime.to("bob")))
    tree = smime_tree(tshark, path)
    assert '<proto name="sdp"' in tree and 'show="audio 49170 RTP/AVP 0"' in tree
    row, = tshark.rows(path, ["smime.content.type", "smime.content.length", "sdp.media.port"], *tshark.right_keys())
    assert row == {"frame.number": ["1"] if kind == "encrypted" else ["5"], "smime.content.type": ["application/sdp"],
                   "smime.content.length": [str(len(SDP))], "sdp.media.port": ["49170"]}


def test_tunnelled_sip(tshark):
    tree = smime_tree(tshark, CAPTURES / "sip-message-sip-tunnel.pcap")
    assert '<proto name="sip"' in tree and "MESSAGE sip:bob@example.org SIP/2.0" in tree


def test_parameters_of_the_inner_type_are_used(tshark):
    """multipart inside: its boundary is a parameter of the inner Content-Type, which Wireshark's multipart dissector must be given."""
    inner = smime.Entity([("Content-Type", "multipart/mixed; boundary=inner")],
                         b"--inner\r\nContent-Type: text/plain\r\n\r\nfirst part\r\n--inner\r\nContent-Type: application/sdp\r\n\r\n" + SDP + b"\r\n--inner--\r\n")
    tree = smime_tree(tshark, sent(tshark, "multipart-inside", smime.encrypted(inner, smime.to("bob"))))
    assert '<proto name="mime_multipart"' in tree and '<proto name="sdp"' in tree and "first part" in tree


def test_content_that_breaks_its_dissector(tshark):
    """The dissector of the content throws: our own tree is whole all the same, the frame is not called malformed for it in the columns."""
    entity = smime.Entity([("Content-Type", "application/vnd.3gpp.sms")], b"\x00\x07\x91")
    path = sent(tshark, "broken-inside", smime.encrypted(entity, smime.to("bob")))
    row, = tshark.rows(path, ["smime.decrypt.verdict", "smime.content.type", "smime.content.length"], *tshark.right_keys())
    assert row == {"frame.number": ["1"], "smime.decrypt.verdict": ["pass"], "smime.content.type": ["application/vnd.3gpp.sms"],
                   "smime.content.length": ["3"]}


def test_no_content_type_inside(tshark):
    """RFC 2045 5.2: an entity without Content-Type is text/plain."""
    path = sent(tshark, "typeless-inside", smime.encrypted(smime.Entity([], b"plain words\r\n"), smime.to("bob")))
    row, = tshark.rows(path, ["smime.content.type", "smime.content.length"], *tshark.right_keys())
    assert row == {"frame.number": ["1"], "smime.content.type": ["text/plain"], "smime.content.length": ["13"]}


def test_data_sources(tshark):
    """The window's tabs: what was decrypted, octet for octet as the openssl command decrypts it."""
    body, _ = Pcap(CAPTURES / "sip-encrypted-only.pcap").body()
    key = KEYS / "ring" / "bob.key.pem"
    plain = openssl("cms", "-decrypt", "-binary", "-inform", "DER", "-recip", KEYS / "ring" / "bob.cert.pem", "-inkey", key, octets=body).stdout
    assert plain == smime.text().octets()
    sources = data_sources(tshark.run("-r", CAPTURES / "sip-encrypted-only.pcap", *tshark.right_keys(), "-x").text)
    assert sources["Decrypted S/MIME"] == plain
    assert "Decrypted S/MIME" not in data_sources(tshark.run("-r", CAPTURES / "sip-encrypted-only.pcap", *tshark.no_key(), "-x").text)

    sources = data_sources(tshark.run("-r", CAPTURES / "sip-base64.pcap", *tshark.right_keys(), "-x").text)
    assert openssl("cms", "-verify", "-noverify", "-binary", "-inform", "DER", octets=sources["Base64-decoded"]).stdout == smime.text().octets()


@pytest.mark.parametrize("name", ["sip-encrypted-only", "sip-signed-then-encrypted", "sip-enveloped-cbc"])
def test_nothing_of_the_content_without_the_key(tshark, name):
    text = tshark.run("-r", CAPTURES / f"{name}.pcap", *tshark.wrong_key(), "-V", "-x").text
    assert "Watson" not in text and not re.search(r"^ +Content: ", text, re.MULTILINE)


def test_keys_are_never_shown(tshark):
    """No private key octet and no password in anything tshark prints of a decrypted message."""
    text = tshark.run("-r", CAPTURES / "sip-encrypted-kek.pcap", *tshark.right_keys(), "-T", "pdml").text
    secret = next(line.split(" = ")[1] for line in (KEYS / "ring" / "demonstration.kek").read_text().splitlines() if line.startswith("key"))
    assert secret.lower() not in text.lower() and "sipsmime-pem" not in text


def test_highlighting(tshark):
    """Each verdict's item stands where the octets stand that it speaks of: the signature value's in the body, to the octet."""
    capture = Pcap(CAPTURES / "sip-signed.pcap")
    body, places = capture.body()
    tree = smime_tree(tshark, CAPTURES / "sip-signed.pcap")
    size, position = re.search(r'name="smime.signature.verdict"[^>]* size="(\d+)" pos="(\d+)"', tree).groups()
    frame_start = 24 + 16
    assert frame_start + int(position) + int(size) == places[-1] + 1
    content = re.search(r'name="smime.content"[^>]* size="(\d+)" pos="(\d+)"', tree).groups()
    start = frame_start + int(content[1])
    assert bytes(capture.octets[start:start + int(content[0])]) == smime.WATSON.encode()


def test_certificate_is_highlighted(tshark):
    """What is said of the certificate stands where the embedded certificate stands (PDML's `pos` counts from the parent here)."""
    der = openssl("x509", "-in", KEYS / "ring" / "alice.cert.pem", "-outform", "DER").stdout
    tree = smime_tree(tshark, CAPTURES / "sip-signed.pcap")
    for name in ("smime.signer.subject", "smime.signer.uri", "smime.path.verdict", "smime.valid_at_capture"):
        assert re.search(rf'name="{name}"[^>]* size="{len(der)}"[^>]* value="{der.hex()}"', tree), name


def test_expert_infos(tshark):
    """A failure is an error in the expert information, once, with the same words as in the tree."""
    rows = tshark.rows(CAPTURES / "sip-tampered.pcap", ["_ws.expert.message", "_ws.expert.severity"], *tshark.right_keys())
    for row, words in zip(rows, ("Content digest: ", "Signature value: ")):
        ours = [text for text in row["_ws.expert.message"] if text.startswith(words)]
        assert len(ours) == 1, row
    text = tshark.run("-r", CAPTURES / "sip-tampered.pcap", *tshark.right_keys(), "-q", "-z", "expert").text
    assert re.search(r"Errors \(\d+\)", text) and "Content digest: " in text and "Signature value: " in text
    quiet = tshark.run("-r", CAPTURES / "sip-signed.pcap", *tshark.right_keys(), "-q", "-z", "expert").text
    assert "S/MIME" not in quiet and "smime" not in quiet
