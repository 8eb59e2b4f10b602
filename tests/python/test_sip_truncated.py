"""Captures that the snap length cut: what was not captured is "not evaluated", never a failure, and nothing passes that was not seen."""

import struct

import pytest

from auditor import ALL_KEYS, messages
from conftest import CAPTURES

# UDP, TCP, fragments, VLAN, IPv6 and WebSocket; every kind of body and of layer.
NAMES = ["sip-signed", "sip-signed-detached", "sip-signed-then-encrypted", "sip-encrypted-only", "sip-message-sip-tunnel", "body-mixed", "body-alternative",
         "body-gzip", "body-encodings", "body-compact", "cpim-whole", "cpim-payload", "cpim-imdn", "identity-aib", "identity-aib-cut", "identity-anonymous",
         "layers-triple-wrap", "layers-sdp", "answer-493", "over-fragments", "over-tcp-pipelined", "over-vlan", "over-ipv6", "over-websocket", "over-exported-pdu"]
SNAP_LENGTHS = range(60, 1520, 73)
V = ("signature", "digest", "path", "revocation", "valid_at_capture", "valid_at_signing", "identity")


def cut(octets, snap_length):
    """The capture as it would have come out with this snap length."""
    out, at = [octets[:24]], 24
    while at < len(octets):
        seconds, fraction, kept, length = struct.unpack_from("<IIII", octets, at)
        frame = octets[at + 16:at + 16 + kept]
        out += [struct.pack("<IIII", seconds, fraction, min(kept, snap_length), length), frame[:snap_length]]
        at += 16 + kept
    return b"".join(out)


def verdicts(entry):
    yield from (entry["verdict"][name]["verdict"] for name in ("signed", "encrypted", "identity"))
    for layer in entry["layers"]:
        if "decryption" in layer:
            yield layer["decryption"]["verdict"]
        for signer in layer.get("signers", []):
            yield from (signer[name]["verdict"] for name in V)


def lengths(octets):
    """The frames' lengths on the wire."""
    found, at = [], 24
    while at < len(octets):
        kept, length = struct.unpack_from("<II", octets, at + 8)
        found.append(length)
        at += 16 + kept
    return found


def carried_whole(name, originals, snap_length):
    """Last frames of the messages that this snap length leaves whole: none of the frames since the message before is longer."""
    sizes = lengths((CAPTURES / f"{name}.pcap").read_bytes())
    ends = sorted({entry["frames"][-1] for entry in originals})
    return {end for before, end in zip([0, *ends], ends) if max(sizes[before:end]) <= snap_length}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """(name, snap length) -> the auditor's messages; snap length None is the capture as it is."""
    folder = tmp_path_factory.mktemp("cut")
    for name in NAMES:
        octets = (CAPTURES / f"{name}.pcap").read_bytes()
        for snap_length in [0, *SNAP_LENGTHS]:
            (folder / f"{name}.{snap_length}").write_bytes(cut(octets, snap_length or 65535))
    found = {(name, snap_length): [] for name in NAMES for snap_length in [0, *SNAP_LENGTHS]}
    for entry in messages(*ALL_KEYS, "--profile", "strict", folder):
        name, _, snap_length = entry["file"].rsplit("/", 1)[1].rpartition(".")
        found[name, int(snap_length)].append(entry)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_never_a_false_verdict(report, name):
    originals = report[name, 0]
    rules = {"SMIME-CAP-001", *(finding["rule"] for entry in originals for finding in entry["findings"])}
    verdict = {entry["frames"][-1]: entry["verdict"] for entry in originals if entry["layers"]}
    truncated = 0
    for snap_length in SNAP_LENGTHS:
        unharmed = carried_whole(name, originals, snap_length)
        for entry in report[name, snap_length]:
            assert "fail" not in list(verdicts(entry)), (snap_length, entry)
            assert {finding["rule"] for finding in entry["findings"]} <= rules, (snap_length, entry["findings"])
            if not entry["layers"] or entry["frames"][-1] in unharmed:
                continue
            truncated += 1
            told = entry["verdict"]["signed"]
            assert (told["verdict"], told["reason"]) in [("not-evaluated", "truncated"), ("not-evaluated", "not-decrypted"),
                                                         ("not-evaluated", "no-content")], (snap_length, told)
        for entry in report[name, snap_length]:     # what was captured whole is judged as ever
            if entry["layers"] and entry["frames"][-1] in unharmed & set(verdict) and not pipelined(name):
                assert entry["verdict"] == verdict[entry["frames"][-1]], (snap_length, entry)
    # Else the snap lengths cut nothing, or nobody is told. Wireshark shows no WebSocket frame that was not captured whole.
    assert truncated > 0 or name == "over-websocket"


def pipelined(name):
    """Several messages of one frame, which the table of verdicts by frame cannot tell apart."""
    return name == "over-tcp-pipelined"


@pytest.mark.parametrize("name", ["sip-signed", "cpim-payload", "body-gzip", "layers-triple-wrap", "over-fragments"])
def test_tshark_says_the_same(tshark, report, name):
    fields = ["smime.signed.verdict", "smime.encrypted.verdict", "smime.signature.verdict", "smime.digest.verdict", "smime.identity.verdict"]
    for snap_length in (352, 790, 1009):
        path = tshark.work(f"{name}-{snap_length}.pcap", cut((CAPTURES / f"{name}.pcap").read_bytes(), snap_length))
        rows = tshark.rows(path, fields, *tshark.right_keys())
        assert tshark.rows(path, fields, "-2", *tshark.right_keys()) == rows
        expected = [entry for entry in report[name, snap_length] if entry["layers"]] if snap_length in SNAP_LENGTHS else None
        assert not any("fail" in row[field] for row in rows for field in fields)
        if expected is not None:
            assert [row.one("smime.signed.verdict") for row in rows] == [entry["verdict"]["signed"]["verdict"] for entry in expected]
