"""The SIP torture messages of RFC 4475: dissected with the plugin as without it, and no harm done where S/MIME holds one of them.

The repository has those messages that its own parser's tests need; where the text of the RFC is at hand all of them are taken.
"""

import re
import subprocess
import sys
from datetime import datetime, timezone

import pytest

import sip
import smime
from auditor import ALL_KEYS, messages
from conftest import ROOT
from smime import Entity
from wire import Capture

START = datetime(2026, 1, 15, 10, 0, 0, tzinfo=timezone.utc)
DATA = ROOT / "tests" / "data" / "sip"
RFC = ROOT.parent / "shared" / "rfc" / "rfc4475.txt"


@pytest.fixture(scope="module")
def torture(tmp_path_factory):
    """Name -> octets, in the order of the names."""
    folder = DATA / "rfc4475"
    if RFC.exists():
        folder = tmp_path_factory.mktemp("rfc4475")
        subprocess.run([sys.executable, DATA / "extract_rfc4475.py", RFC, folder], check=True)
    found = {path.stem: path.read_bytes() for path in sorted(folder.glob("*.dat"))}
    assert len(found) == (50 if RFC.exists() else len(list((DATA / "rfc4475").glob("*.dat")))) and "test" in found
    return found


def capture_of(tshark, name, payloads):
    """A datagram each, whatever its size."""
    capture = Capture(name, START)
    capture.fragment = 1480
    for octets in payloads:
        capture.udp(sip.ALICE.host, sip.BOB.host, octets)
        capture.wait(1)
    return tshark.write(capture)


def pdml(tshark, path, *arguments, plugin=True):
    text = tshark.run("-r", path, "-T", "pdml", *arguments, plugin=plugin).text
    assert text.count("<packet>") == text.count("</packet>")
    return re.sub(r' time="[^"]*"', "", text, count=1)


def test_dissected_as_without_the_plugin(tshark, torture):
    path = capture_of(tshark, "torture", torture.values())
    keys = tshark.preferences("ring")
    assert pdml(tshark, path, *keys) == pdml(tshark, path, plugin=False)
    assert pdml(tshark, path, "-2", *keys) == pdml(tshark, path, "-2", plugin=False)
    for arguments in ([], ["-V"], ["-2"]):
        assert tshark.run("-r", path, *arguments, *keys).text == tshark.run("-r", path, *arguments, plugin=False).text


def test_none_is_smime(tshark, torture):
    path = capture_of(tshark, "torture", torture.values())
    assert tshark.rows(path, [], *tshark.preferences("ring")) == []
    assert all(entry["layers"] == [] and entry["verdict"]["signed"]["verdict"] == "not-applicable" for entry in messages(*ALL_KEYS, path))


def test_tunnelled(tshark, torture):
    """Each as signed message/sip: the signature holds whatever the message inside looks like, and it is no message of its own. None was signed for the
    message it came in, so it says of nobody that they sent that one (RFC 3261 23.4.2)."""
    capture = Capture("tunnelled", START)
    for name, octets in torture.items():
        entity = smime.signed(Entity([("Content-Type", "message/sip")], octets), START)
        dialog = sip.Dialog(capture, name, datagrams=True)
        capture.fragment = 1480
        dialog.send(sip.ALICE, dialog.request_octets("MESSAGE", "UDP", entity))
        capture.wait(1)
    path = tshark.write(capture)
    fields = ["smime.signed.verdict", "smime.tunnel", "smime.identity.verdict", "smime.identity.reason"]
    rows = tshark.rows(path, fields, *tshark.right_keys())
    assert len(rows) == len(torture)
    for row, (name, octets) in zip(rows, torture.items()):
        assert [row[field] for field in fields] == [["pass"], ["message/sip"], ["not-evaluated"], ["no-identity"]], name
    assert tshark.rows(path, fields, "-2", *tshark.right_keys()) == rows
    found = messages(*ALL_KEYS, path)
    assert [entry["verdict"]["signed"]["verdict"] for entry in found] == ["pass"] * len(torture)
