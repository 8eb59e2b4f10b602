"""Bad input from a user or from the wire: one clear line each, everything else still worked on, never a crash."""

import re
import struct

import pytest

from conftest import CAPTURES, joined

GOOD = CAPTURES / "sip-signed-then-encrypted.pcap"


def complaints(tshark, *preferences, capture=GOOD):
    """What a run says on standard error, and the message's summary."""
    result = tshark.run("-r", capture, *preferences, "-Y", "smime", "-T", "fields", "-e", "smime.summary", status=None)
    assert result.status in (0, 2)
    return result.complaints, result.text.strip()


def test_nothing_to_complain_of(tshark):
    lines, summary = complaints(tshark, *tshark.right_keys())
    assert lines == []
    assert summary.startswith("decrypted, signed by sip:alice@example.com, signature valid")


def test_order_of_options_does_not_matter(tshark):
    """Passwords before or after the directory that they serve."""
    password = [*tshark.password("locked/bob-pkcs12.p12", "sipsmime"), *tshark.password("locked/bob-encrypted.pem", "sipsmime-pem")]
    ring = tshark.preferences("ring")
    for options in (password + ring, ring + password):
        lines, _ = complaints(tshark, *options, capture=CAPTURES / "sip-encrypted-locked-keys.pcap")
        assert lines == []


def one_line(lines, *words):
    assert len(lines) == 1, lines
    for word in words:
        assert word in lines[0], lines


def test_missing_key_directory(tshark):
    lines, summary = complaints(tshark, "-o", f"smime.keys:{tshark.folder}/nowhere", *tshark.preferences())
    one_line(lines, "nowhere", "No such file")
    assert summary == "encrypted, no key fits"


def test_missing_anchor_file(tshark):
    lines, summary = complaints(tshark, *tshark.right_keys()[:2], *tshark.preferences(trust="trust/gone.pem", crl=None),
                                *tshark.password("locked/bob-pkcs12.p12", "sipsmime"), *tshark.password("locked/bob-encrypted.pem", "sipsmime-pem"))
    one_line(lines, "gone.pem", "No such file")
    assert "certificate not evaluated (no-anchor)" in summary


def test_key_file_that_is_no_key(tshark):
    """Beside a good directory: the bad file is named, the good keys serve."""
    bad = tshark.work("nonsense.pem", b"-----BEGIN PRIVATE KEY-----\nbm8ga2V5\n-----END PRIVATE KEY-----\n")
    lines, summary = complaints(tshark, *tshark.right_keys(), "-o", f'uat:smime_keys:"{bad}",""')
    lines = [line for line in lines if "readable by others" not in line]
    one_line(lines, "nonsense.pem")
    assert summary.startswith("decrypted, signed by sip:alice@example.com, signature valid")


def test_text_file_named_as_key(tshark):
    bad = tshark.work("notes.txt", b"buy milk\n")
    lines, summary = complaints(tshark, *tshark.right_keys(), "-o", f'uat:smime_keys:"{bad}",""')
    one_line(lines, "notes.txt")
    assert summary.startswith("decrypted")


@pytest.mark.parametrize("file", ["bob-pkcs12.p12", "bob-encrypted.pem"])
def test_wrong_password(tshark, file):
    passwords = {"bob-pkcs12.p12": "sipsmime", "bob-encrypted.pem": "sipsmime-pem"}
    options = tshark.preferences("ring")
    for name, password in passwords.items():
        options += tshark.password(f"locked/{name}", "mistaken" if name == file else password)
    lines, summary = complaints(tshark, *options)
    one_line(lines, file, "password")
    assert "mistaken" not in lines[0]
    assert summary.startswith("decrypted")


def test_nothing_to_complain_of_without_the_locked_keys(tshark):
    lines, summary = complaints(tshark, *tshark.preferences("ring"))
    assert lines == []
    assert summary.startswith("decrypted")


def test_no_password(tshark):
    lines, summary = complaints(tshark, *tshark.preferences("ring"), *tshark.password("locked", ""))
    assert len(lines) == 2, lines
    assert all("password needed" in line for line in lines)
    assert summary.startswith("decrypted")


def test_private_keys_readable_by_others(tshark):
    """A warning, in one line however many files there are; the keys serve."""
    path = tshark.keys / "ring" / "bob.key.pem"
    path.chmod(0o644)
    try:
        lines, summary = complaints(tshark, *tshark.right_keys())
    finally:
        path.chmod(0o600)
    one_line(lines, "readable by others", "bob.key.pem")
    assert summary.startswith("decrypted")


def test_folder_of_anything(tshark):
    """Many bad files make some lines, and one that counts the rest."""
    junk = tshark.folder / "junk"
    junk.mkdir()
    for number in range(50):
        (junk / f"{number:02}.pem").write_bytes(b"nothing of the kind")
        (junk / f"{number:02}.pem").chmod(0o644)
    junk.chmod(0o755)
    lines, _ = complaints(tshark, "-o", f"smime.keys:{junk}")
    assert len(lines) == 21
    assert "00.pem: holds no key, certificate, or CRL" in lines[0]
    assert "S/MIME: 30 more like these about keys, certificates and CRLs" in lines[20]


def test_crl_that_is_none(tshark):
    lines, summary = complaints(tshark, *tshark.right_keys()[:2], *tshark.preferences(crl="passwords.txt"),
                                *tshark.right_keys()[6:])
    one_line(lines, "passwords.txt")
    assert "certificate valid" in summary


def test_time_that_is_none(tshark):
    lines, summary = complaints(tshark, *tshark.right_keys(), "-o", "smime.time:fixed", "-o", "smime.fixed_time:yesterday")
    one_line(lines, "yesterday", "RFC 3339")
    assert "certificate dates not evaluated" in summary


def test_body_that_is_no_cms(tshark):
    row, = tshark.rows(CAPTURES / "sip-not-cms.pcap", ["smime.summary", "smime.structure.verdict", "smime.structure.reason"], *tshark.right_keys())
    assert row.one("smime.summary") == "not readable as CMS (malformed)"
    assert row.one("smime.structure.reason") == "malformed"


@pytest.mark.parametrize("name", ["sip-signed", "sip-signed-then-encrypted", "sip-signed-detached", "rfc8591-figure1"])
def test_capture_file_cut_anywhere(tshark, name):
    """The file ends in the middle of a packet: tshark says so, nothing crashes and nothing passes that was not there."""
    whole = (CAPTURES / f"{name}.pcap").read_bytes()
    for length in (30, 60, len(whole) // 3, len(whole) // 2, len(whole) - 1):
        path = tshark.work("cut.pcap", whole[:length])
        result = tshark.run("-r", path, *tshark.right_keys(), "-T", "fields", "-e", "smime.signed.verdict", status=None)
        if length < len(whole) - 100:
            assert "pass" not in result.text
        assert len(result.complaints) == 1 and "cut short" in result.error


@pytest.mark.parametrize("name", ["sip-signed", "sip-signed-no-certificate", "sip-encrypted-only", "sip-encrypted-kek", "sip-not-cms"])
def test_every_snap_length(tshark, name):
    """A datagram cut by the snap length at any octet: never a failure, never a pass but of the whole, and the sanitizers stay silent. One
    capture with the message cut at every length."""
    octets = (CAPTURES / f"{name}.pcap").read_bytes()
    kept, length = struct.unpack_from("<II", octets, 24 + 8)
    packet = octets[40:40 + kept]
    cut = [octets[:24]]
    for size in range(60, length):
        cut.append(octets[24:32] + struct.pack("<II", size, length) + packet[:size])
    path = tshark.work("snapped.pcap", b"".join(cut))
    rows = tshark.rows(path, ["smime.signed.verdict", "smime.encrypted.verdict", "smime.structure.verdict", "smime.signature.verdict",
                              "smime.digest.verdict", "smime.decrypt.verdict"], *tshark.right_keys())
    assert len(rows) > 30
    for row in rows:
        values = [value for name, values in row.items() if name != "frame.number" for value in values]
        assert "fail" not in values and "pass" not in values, row


@pytest.mark.parametrize("name", ["sip-truncated", "sip-not-cms", "sip-tampered"])
def test_later_frames_are_worked_on(tshark, name):
    """After a bad message the next one is judged as ever."""
    octets, before = joined([CAPTURES / f"{name}.pcap", CAPTURES / "sip-signed.pcap"])
    rows = tshark.rows(tshark.work("after.pcap", octets), ["smime.signed.verdict"], *tshark.right_keys())
    assert (rows[-1].one("frame.number"), rows[-1].one("smime.signed.verdict")) == (str(before[1] + 1), "pass")


def test_every_line_names_our_protocol(tshark):
    lines, _ = complaints(tshark, *tshark.preferences("ring", trust="nowhere", crl="no-crl"), *tshark.password("locked", ""))
    assert len(lines) == 4 and all(re.search(r"S/MIME: \S", line) for line in lines), lines
