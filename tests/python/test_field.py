"""Traffic that holds no S/MIME for us is dissected with the plugin as without it, octet for octet of tshark's PDML.

The field captures hold other people's traffic and are no part of the project: where they are absent their test is skipped.
"""

import re
from datetime import datetime, timezone

import pytest

import sip
import smime
from conftest import CAPTURES, FIELD_CAPTURES
from wire import Capture, Connection, Host, checksum

START = datetime(2026, 1, 15, 10, 0, 0, tzinfo=timezone.utc)
FIELD = sorted([*FIELD_CAPTURES.glob("*.pcap"), *FIELD_CAPTURES.glob("*.pcapng")]) if FIELD_CAPTURES.is_dir() else []


def pdml(tshark, path, *arguments, plugin=True):
    """PDML without the time at which it was written."""
    text = tshark.run("-r", path, "-T", "pdml", *arguments, plugin=plugin).text
    assert text.count("<packet>") == text.count("</packet>")
    return re.sub(r' time="[^"]*"', "", text, count=1)


def listing(tshark, path, *arguments, plugin=True):
    return tshark.run("-r", path, *arguments, plugin=plugin).text


def assert_unchanged(tshark, path, *arguments):
    with_plugin = pdml(tshark, path, *arguments)
    assert 'name="smime' not in with_plugin
    assert_same(with_plugin, pdml(tshark, path, plugin=False))
    assert_same(listing(tshark, path, *arguments), listing(tshark, path, plugin=False))


def assert_same(ours, stock):
    """Equal texts; the first lines that differ are told, without a search for the smallest difference in megabytes."""
    if ours != stock:
        differing = [(number, a, b) for number, (a, b) in enumerate(zip(ours.splitlines(), stock.splitlines()), 1) if a != b]
        pytest.fail(f"{len(ours)} and {len(stock)} characters; first differing lines: {differing[:3]}", pytrace=False)


@pytest.mark.skipif(not FIELD, reason="no field captures here")
@pytest.mark.parametrize("path", FIELD, ids=lambda path: path.name)
def test_field_capture(tshark, path):
    given = tshark.work(path.name, path.read_bytes())   # the original may be closed to the unprivileged user
    assert_unchanged(tshark, given, *tshark.preferences("ring"))


@pytest.mark.skipif(not FIELD, reason="no field captures here")
def test_field_captures_in_two_passes(tshark):
    for path in FIELD:
        given = tshark.work(path.name, path.read_bytes())
        if given.stat().st_size < 120000:
            assert tshark.rows(given, ["smime.summary"], "-2", *tshark.preferences("ring")) == []


@pytest.mark.parametrize("path", sorted(CAPTURES.glob("*.pcap*")), ids=lambda path: path.stem)
def test_disabled(tshark, path):
    """--disable-protocol smime gives stock tshark for every demonstration capture: list and whole tree."""
    disabled = ["--disable-protocol", "smime", *tshark.preferences("ring")]
    assert_same(listing(tshark, path, "-P", "-V", *disabled), listing(tshark, path, "-P", "-V", plugin=False))


# S/MIME media types and multiparts that no SIP message carries

CLIENT, SERVER, WEB, MAIL = (Host("192.0.2.30", 41000), Host("198.51.100.40", 0), Host("198.51.100.40", 80), Host("198.51.100.40", 25))


def multipart_mixed(*parts):
    body = b"".join(b"--frontier\r\n" + part.octets() + b"\r\n" for part in parts) + b"--frontier--\r\n"
    return smime.Entity([("Content-Type", "multipart/mixed; boundary=frontier")], body)


def retyped(entity, media_type):
    return smime.Entity([("Content-Type", media_type), *entity.fields[1:]], entity.body)


BODIES = {
    "signed": lambda: smime.signed(smime.text(), None),
    "detached": lambda: smime.signed_detached(smime.text(), None),
    "encrypted": lambda: smime.encrypted(smime.text(), smime.to("bob")),
    "mixed": lambda: multipart_mixed(smime.text(), smime.signed(smime.text(), None)),
    "x-type": lambda: retyped(smime.signed(smime.text(), None), "application/x-pkcs7-mime"),
    "cms-type": lambda: retyped(smime.signed(smime.text(), None), "application/cms"),
    "not-cms": lambda: smime.pkcs7_mime("signed-data", b"this is no CMS"),
}


def http(entity):
    fields = "".join(f"{name}: {value}\r\n" for name, value in entity.fields)
    return (f"POST /inbox HTTP/1.1\r\nHost: mail.example.org\r\n{fields}Content-Length: {len(entity.body)}\r\n\r\n").encode() + entity.body


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_http(tshark, kind):
    capture = Capture(f"http-{kind}", START)
    connection = Connection(capture, CLIENT, WEB)
    connection.send(CLIENT, http(BODIES[kind]()))
    connection.send(WEB, b"HTTP/1.1 204 No Content\r\n\r\n")
    connection.close()
    assert_unchanged(tshark, tshark.write(capture), *tshark.preferences("ring"))


@pytest.mark.parametrize("kind", ["signed", "detached", "mixed"])
def test_mail(tshark, kind):
    """SMTP's DATA: Wireshark reads it as Internet Message Format, and the body by its media type."""
    entity = BODIES[kind]()
    if kind == "signed":
        entity = smime.in_base64(entity)
    message = (b"From: <alice@example.com>\r\nTo: <bob@example.org>\r\nDate: Thu, 15 Jan 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n" +
               entity.octets())
    capture = Capture(f"mail-{kind}", START)
    connection = Connection(capture, CLIENT, MAIL)
    for source, octets in ((MAIL, b"220 mail.example.org ESMTP\r\n"), (CLIENT, b"EHLO example.com\r\n"), (MAIL, b"250 mail.example.org\r\n"),
                           (CLIENT, b"MAIL FROM:<alice@example.com>\r\n"), (MAIL, b"250 OK\r\n"), (CLIENT, b"RCPT TO:<bob@example.org>\r\n"),
                           (MAIL, b"250 OK\r\n"), (CLIENT, b"DATA\r\n"), (MAIL, b"354 go ahead\r\n"), (CLIENT, message + b"\r\n.\r\n"),
                           (MAIL, b"250 OK\r\n"), (CLIENT, b"QUIT\r\n")):
        connection.send(source, octets)
    connection.close()
    assert_unchanged(tshark, tshark.write(capture), *tshark.preferences("ring"))


def test_sip_multipart_without_smime(tshark):
    """multipart/mixed in SIP whose parts are plain: we judge the message, find nothing, and change nothing."""
    capture = Capture("plain-multipart", START)
    sdp = smime.Entity([("Content-Type", "application/sdp")], b"v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n")
    sip.message(capture, multipart_mixed(smime.text(), sdp))
    assert_unchanged(tshark, tshark.write(capture), *tshark.preferences("ring"))


def test_smime_quoted_in_icmp(tshark):
    """A port-unreachable error that quotes a signed MESSAGE: it was not sent, so it is not judged."""
    original = Capture("sip-signed", START)
    sip.message(original, smime.signed(smime.text(), None))
    quoted = original.frames[0][1][14:]
    header = b"\x03\x03\x00\x00\x00\x00\x00\x00"
    icmp = header[:2] + checksum(header + quoted).to_bytes(2, "big") + header[4:] + quoted
    capture = Capture("quoted", START)
    capture.add(sip.BOB.host, sip.ALICE.host, 1, icmp)
    assert_unchanged(tshark, tshark.write(capture), *tshark.preferences("ring"))


# What is left as it was where there is S/MIME

@pytest.mark.parametrize("name", ["sip-signed", "sip-signed-detached", "sip-signed-then-encrypted", "sip-base64", "sip-not-cms", "sip-plain",
                                  "sip-truncated", "sip-message-sip-tunnel"])
def test_the_built_in_tree_stays(tshark, name):
    """Without our own protocol's subtree the PDML is stock tshark's: the built-in CMS and multipart trees are all there. Only the list of
    protocols in the frame names more."""
    path = CAPTURES / f"{name}.pcap"
    ours = pdml(tshark, path, *tshark.preferences("ring"))
    assert ('<proto name="smime"' in ours) == (name != "sip-plain")
    ours = re.sub(r'  <proto name="smime".*?^  </proto>\n', "", ours, flags=re.DOTALL | re.MULTILINE)
    protocols = r'<field name="frame.protocols"[^>]*>'
    stock = pdml(tshark, path, plugin=False)
    assert_same(re.sub(protocols, "", ours), re.sub(protocols, "", stock))
