"""The stream- captures: whatever became of the chunks on their way, the message is the one that was sent, or what it lacks is told."""

import hashlib

import pytest

from auditor import CAPTURES, messages
from scenarios.msrp_streams import TEXT

WHOLE = True, 600, hashlib.sha256(TEXT).hexdigest()
SIZES_DIFFER = "octets lie behind the end of the message"


def whole(octets):
    return True, len(octets), hashlib.sha256(octets).hexdigest()


# capture: for each message, in the order of their ends: Message-ID, frames of its chunks, (complete, announced length, SHA-256), what is wrong
HOLDS = {
    "stream-pipelined": [(f"message{n}", 1, whole(b"Number %d" % n), None) for n in (1, 2, 3, 4)],
    "stream-look-alike": [("message", 1, whole(b"\x00\xff\r\n-------tid9$\r\n-------tid1\r\n-------tid1$ \r\n-------TID1+\r\nMSRP tid1 SEND\r\n; \x30\x80"), None)],
    "stream-any-order": [("message", 3, WHOLE, None)],
    "stream-duplicates": [("message", 4, WHOLE, None)],
    "stream-overlap-agreeing": [("message", 3, WHOLE, None)],
    "stream-overlap-disagreeing": [("message", 3, WHOLE, "chunks that overlap have other octets")],
    "stream-interleaved": [("second", 2, WHOLE, None), ("first", 3, WHOLE, None)],
    "stream-relay": [("message", 3, WHOLE, None)],
    "stream-interrupted": [("urgent", 1, whole(b"Urgent"), None), ("message", 2, WHOLE, None)],
    "stream-aborted": [("message", 2, (False, 600, None), 'the sender broke the message off ("#"); 300 octets of the message were not seen')],
    "stream-unknown-total": [("message", 2, WHOLE, None)],
    "stream-total-too-small": [("message", 2, (True, 100, WHOLE[2]), SIZES_DIFFER)],
    "stream-total-too-large": [("message", 2, (True, 2 ** 63, WHOLE[2]), f"{2 ** 63} octets were announced")],
    "stream-total-changes": [("message", 2, WHOLE, "chunks announce different totals")],
    "stream-mid-session": [("next", 1, WHOLE, None)],
    "stream-cut-by-close": [("message", 1, (False, 600, None), "184 octets of the message were not seen")],
    "stream-octets": [("message", 1, whole(b"Watson?"), None)],
    "stream-tls": [("message", 3, WHOLE, None)],
    "stream-websocket": [("message", 3, WHOLE, None)],
    "stream-websocket-fragments": [("message", 2, WHOLE, None)],
    "stream-websocket-tls": [("message", 3, WHOLE, None)],
}
TRANSPORTS = {"stream-tls": "tls", "stream-websocket": "ws", "stream-websocket-fragments": "ws", "stream-websocket-tls": "wss"}


def path_of(name):
    [path] = [path for path in CAPTURES.glob(f"{name}.pcap*")]
    return path


def secrets(name, folder):
    return ["-o", f"tls.keylog_file:{folder / name}.keylog"] if name == "stream-tls" else []


@pytest.mark.parametrize("name", HOLDS)
def test_the_auditor(name):
    found = messages(*secrets(name, CAPTURES), path_of(name))
    assert {message["transport"] for message in found} == {TRANSPORTS.get(name, "tcp")}
    assert [(m["msrp"]["message_id"], m["msrp"]["chunks"], (m["msrp"]["complete"], m["msrp"]["length"], m["content"]["sha256"] if m["msrp"]["complete"] else None),
             m["msrp"]["damage"]) for m in found] == HOLDS[name]


@pytest.mark.parametrize("passes", [[], ["-2"]], ids=["one pass", "two passes"])
@pytest.mark.parametrize("name", HOLDS)
def test_tshark(tshark, name, passes):
    names = ["smime.msrp.message_id", "smime.msrp.chunks", "_ws.malformed", "_ws.expert.message"]
    found = tshark.rows(path_of(name), names, *secrets(name, tshark.captures), *passes, only="smime.msrp.chunks")
    assert [chunks for row in found for chunks in row["smime.msrp.chunks"]] == [str(chunks) for _, chunks, _, _ in HOLDS[name]]
    damages = [text.removeprefix("MSRP message: ") for row in found for text in row["_ws.expert.message"] if text.startswith("MSRP message: ")]
    assert damages == [damage for *_, damage in HOLDS[name] if damage]
    assert not [row for row in found if row["_ws.malformed"]]


def test_every_capture_is_tested():
    assert {path.stem for path in CAPTURES.glob("stream-*.pcap*")} == set(HOLDS)
