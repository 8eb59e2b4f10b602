"""MSRP streams in tshark: where chunks begin and end, what they are put together to, what is said of what is missing.

The streams are written here octet for octet, so what must come out is known without any MSRP implementation.
"""

import time
from datetime import datetime, timezone

import pytest

from auditor import messages
from wire import ACK, FIN, PSH, Capture, Connection, Host

RST = 0x04

START = datetime(2026, 1, 15, 10, 0, 0, tzinfo=timezone.utc)
ALICE, BOB = Host("192.0.2.10", 7654), Host("198.51.100.20", 12763)
PATHS = {ALICE: "msrp://192.0.2.10:7654/alice;tcp", BOB: "msrp://198.51.100.20:12763/bob;tcp"}

TCP_ANALYSIS = ("Previous segment(s) not captured", "This frame", "D-SACK")
CHUNK_FIELDS = ["msrp.transaction.id", "msrp.messageid", "msrp.byte.range", "msrp.end.line", "msrp.cnt.flg"]
MESSAGE_FIELDS = ["smime.msrp.message_id", "smime.msrp.chunks", "smime.msrp.chunk", "smime.reassembled_in"]


def request(transaction, body, message_id, byte_range=None, flag="$", content_type="text/plain", source=ALICE, target=BOB):
    """A SEND from Alice to Bob."""
    fields = [("To-Path", PATHS[target]), ("From-Path", PATHS[source]), ("Message-ID", message_id)]
    fields += [("Byte-Range", byte_range)] if byte_range else []
    fields += [("Content-Type", content_type)]
    head = f"MSRP {transaction} SEND\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields)
    return head.encode() + b"\r\n" + body + f"\r\n-------{transaction}{flag}\r\n".encode()


def chunks(body, size, message_id, **options):
    """The body in SEND requests of `size` octets."""
    pieces = [(start, body[start:start + size]) for start in range(0, len(body), size)]
    return [request(f"{message_id}{start}", piece, message_id, f"{start + 1}-{start + len(piece)}/{len(body)}",
                    "$" if start + len(piece) == len(body) else "+", **options) for start, piece in pieces]


@pytest.fixture
def stream(tshark, request):
    """Writes segments of Alice's as a capture, one frame each after the handshake's three; returns its path."""
    def write(*segments, lost=(), port=None, snap_length=65535):
        capture = Capture(request.node.name.replace("[", "-").strip("]"), START)
        server = BOB if port is None else BOB._replace(port=port)     # Wireshark 4.4 does not ask a client's port
        connection = Connection(capture, ALICE, server, max_segment=65000)
        for number, payload in enumerate(segments, 1):
            connection.segment(ALICE, PSH | ACK, payload, lost=number in lost)
        path = tshark.folder / "work" / f"{capture.name}.pcap"
        capture.write(path, snap_length)
        path.chmod(0o644)
        return path
    return write


def rows(tshark, capture, names, *options, passes=2):
    """The frames that have MSRP or something said of it; what TCP's own analysis says is left out."""
    found = tshark.rows(capture, names, *(["-2"] if passes == 2 else []), *options, only="msrp || smime.msrp.message_id || smime.expert.msrp")
    for row in found:
        if "_ws.expert.message" in row:
            row["_ws.expert.message"] = [text for text in row["_ws.expert.message"] if not text.startswith(TCP_ANALYSIS)]
    return found


def test_chunks_of_one_segment_are_all_shown(tshark, stream):
    capture = stream(request("a00000001", b"one", "m1") + request("a00000002", b"two", "m2") + request("a00000003", b"three", "m3"))
    [row] = rows(tshark, capture, [*CHUNK_FIELDS, *MESSAGE_FIELDS, "_ws.expert.message", "_ws.col.Info"])
    assert row["msrp.messageid"] == ["m1", "m2", "m3"]
    assert row["smime.msrp.message_id"] == ["m1", "m2", "m3"]
    assert row["smime.msrp.chunks"] == ["1", "1", "1"]
    assert row["_ws.expert.message"] == []
    assert all(f"Transaction ID: a0000000{n}" in row["_ws.col.Info"][0] for n in "123")


@pytest.mark.parametrize("size", [1, 7, 100])
def test_chunks_are_found_however_the_segments_cut_them(tshark, stream, size):
    octets = b"".join(chunks(b"abcdefghij" * 20, 80, "whole"))
    capture = stream(*[octets[at:at + size] for at in range(0, len(octets), size)], port=2855)
    found = [row for row in rows(tshark, capture, [*CHUNK_FIELDS, *MESSAGE_FIELDS]) if row["msrp.messageid"]]
    assert sum((row["msrp.byte.range"] for row in found), []) == ["1-80/200", "81-160/200", "161-200/200"]
    last = found[-1]
    assert last["smime.msrp.chunks"] == ["3"]
    assert all(row["smime.reassembled_in"] == [last.one("frame.number")] * len(row["msrp.messageid"]) for row in found[:-1])
    assert len(last["smime.msrp.chunk"]) == 3 and last["smime.msrp.chunk"][-1] == last.one("frame.number")


@pytest.mark.parametrize("body", [b"x", None], ids=["SEND", "200"])
def test_more_chunks_in_a_segment_than_wireshark_has_layers(tshark, stream, body):
    """Wireshark calls no dissector any more behind 500 protocols of one frame. Several segments of a capture may be one frame of 64 KB."""
    def chunk(number):
        transaction = f"t{number:06}"
        return request(transaction, body, f"m{number}", "1-1/1") if body else (
            f"MSRP {transaction} 200 OK\r\nTo-Path: {PATHS[ALICE]}\r\nFrom-Path: {PATHS[BOB]}\r\n-------{transaction}$\r\n".encode())
    names = [f"t{number:06}" for number in range(600)]
    octets = b"".join(chunk(number) for number in range(600))
    path = stream(*[octets[at:at + 60000] for at in range(0, len(octets), 60000)])
    for passes in (1, 2):
        found = rows(tshark, path, ["msrp.transaction.id", "_ws.expert.message"], passes=passes)
        assert list(dict.fromkeys(name for row in found for name in row["msrp.transaction.id"])) == names
        assert not [text for row in found for text in row["_ws.expert.message"] if "assertion" in text or "octets" in text]
    if body:
        assert [(message["msrp"]["message_id"], message["msrp"]["complete"]) for message in messages(path)] == [(f"m{number}", True) for number in range(600)]


def test_chunks_in_any_order_and_of_two_messages_at_once(tshark, stream):
    first, second = chunks(b"A" * 30, 10, "aaaa"), chunks(b"B" * 30, 10, "bbbb")
    capture = stream(first[1], second[0], first[2], second[2], first[0], second[1])
    found = rows(tshark, capture, MESSAGE_FIELDS)
    assert [(row["smime.msrp.message_id"], row["smime.reassembled_in"], row["smime.msrp.chunk"]) for row in found] == [
        (["aaaa"], ["8"], []), (["bbbb"], ["9"], []), (["aaaa"], ["8"], []), (["bbbb"], ["9"], []),
        (["aaaa"], [], ["4", "6", "8"]), (["bbbb"], [], ["5", "7", "9"])]


def test_a_line_of_dashes_is_content(tshark, stream):
    body = b"above\r\n-------a00000009$\r\nbelow\r\n----------\r\nend"
    capture = stream(request("a00000001", body, "m1") + request("a00000002", b"next", "m2"))
    [row] = rows(tshark, capture, ["msrp.messageid", "smime.msrp.message_id", "_ws.expert.message"])
    assert row["msrp.messageid"] == row["smime.msrp.message_id"] == ["m1", "m2"]
    assert row["_ws.expert.message"] == [
        "A line of dashes in the body is content, though shown as msrp.end.line: the chunk ends with -------a00000001$"]


def test_a_semicolon_early_in_the_body_is_no_parameter(tshark, stream):
    capture = stream(request("a00000001", b"Hi; how are you?", "m1"))
    [row] = rows(tshark, capture, [*CHUNK_FIELDS, "_ws.malformed", "_ws.expert.message"])
    assert row["msrp.end.line"] == ["-------a00000001$"] and row["msrp.cnt.flg"] == ["$"]
    assert row["_ws.malformed"] == [] and row["_ws.expert.message"] == []


def test_a_lost_segment_is_told_and_the_next_chunk_found(tshark, stream):
    first, second, third = request("a00000001", b"one", "m1"), request("a00000002", b"x" * 300, "m2"), request("a00000003", b"three", "m3")
    capture = stream(first, second[:200], second[200:] + third, lost=(2,))
    found = rows(tshark, capture, ["msrp.messageid", "smime.msrp.message_id", "_ws.expert.message"])
    assert [row["smime.msrp.message_id"] for row in found] == [["m1"], ["m3"]]
    assert found[1]["_ws.expert.message"] == [
        "200 octets of the MSRP stream before this could not be framed: segments of it were not captured",
        f"{len(second) - 200} octets are no MSRP chunk; the beginning of theirs was not captured"]


def test_a_segment_lost_inside_a_chunk(tshark, stream):
    """TCP waits for ever with the octets behind the gap that it has been asked for; what comes after is framed again."""
    first, second = request("a00000001", b"y" * 900, "m1", "1-900/900"), request("a00000002", b"two", "m2")
    capture = stream(first[:300], first[300:600], first[600:], second, second.replace(b"m2", b"m3"), lost=(2,))
    found = rows(tshark, capture, ["smime.msrp.message_id", "_ws.expert.message"])
    assert found[-1]["smime.msrp.message_id"] == ["m3"]
    assert "m1" not in sum((row["smime.msrp.message_id"] for row in found), [])
    assert any("could not be framed" in text for row in found for text in row["_ws.expert.message"])


@pytest.mark.parametrize("passes", [1, 2])
def test_a_message_that_stays_incomplete(tshark, stream, passes):
    """What is missing is known when all has been read."""
    one, two, three = chunks(b"z" * 250, 100, "mmmm")
    capture = stream(one, three)
    found = rows(tshark, capture, [*MESSAGE_FIELDS, "_ws.expert.message"], passes=passes)
    assert [row["smime.msrp.message_id"] for row in found] == [["mmmm"], ["mmmm"]]
    told = ["Message not reassembled: 100 octets missing"] if passes == 2 else []
    assert [row["_ws.expert.message"] for row in found] == [told, told]


def test_a_retransmission_is_no_second_message(tshark, stream):
    capture = stream(request("a00000001", b"one", "m1"))
    octets = bytearray(capture.read_bytes())
    at, records = 24, []
    while at < len(octets):
        length = 16 + int.from_bytes(octets[at + 8:at + 12], "little")
        records.append(octets[at:at + length])
        at += length
    path = tshark.work("retransmission.pcap", bytes(octets + records[-1]))
    for analyse in ("TRUE", "FALSE"):
        found = rows(tshark, path, ["smime.msrp.message_id"], "-o", f"tcp.analyze_sequence_numbers:{analyse}")
        assert [row["smime.msrp.message_id"] for row in found if row["smime.msrp.message_id"]] == [["m1"]]


def test_a_chunk_cut_by_the_snap_length(tshark, stream):
    capture = stream(request("a00000001", b"c" * 500, "m1", "1-500/500"), snap_length=400)
    head = len(request("a00000001", b"", "m1", "1-500/500")) - len("\r\n-------a00000001$\r\n")
    missing = 500 - (400 - 54 - head)
    [row] = rows(tshark, capture, ["smime.msrp.message_id", "_ws.expert.message"])
    assert row["smime.msrp.message_id"] == ["m1"]
    assert row["_ws.expert.message"] == ["MSRP chunk a00000001 was not captured to its end", f"Message not reassembled: {missing} octets missing"]


def test_a_capture_that_begins_inside_a_chunk(tshark, stream):
    octets = request("a00000001", b"one", "m1")
    capture = stream(octets[40:], request("a00000002", b"two", "m2"), port=2855)
    assert [row["smime.msrp.message_id"] for row in rows(tshark, capture, ["smime.msrp.message_id"])] == [["m2"]]


def test_five_megabytes_in_one_chunk(tshark, stream):
    """Reassembled in linear time: TCP is told how much there is to wait for."""
    octets = request("a00000001", b"m" * 5_000_000, "m1", "1-5000000/5000000", content_type="application/x-large")
    capture = stream(*[octets[at:at + 1460] for at in range(0, len(octets), 1460)])
    began = time.monotonic()
    [row] = rows(tshark, capture, ["smime.msrp.message_id", "smime.msrp.chunks"], passes=1)
    assert (row["smime.msrp.message_id"], row["smime.msrp.chunks"]) == (["m1"], ["1"])
    assert time.monotonic() - began < 30


def test_two_connections_with_one_message_id(tshark):
    """Each direction of each connection has messages of its own."""
    capture = Capture("two-connections", START)
    connections = [Connection(capture, ALICE._replace(port=port), BOB) for port in (7001, 7002)]
    for number in range(2):
        for connection in connections:
            connection.segment(connection.client, PSH | ACK, chunks(b"12345678", 4, "same")[number])
    found = rows(tshark, tshark.write(capture), MESSAGE_FIELDS)
    assert [row["smime.reassembled_in"] for row in found] == [["9"], ["10"], [], []]
    assert [row["smime.msrp.chunk"] for row in found[2:]] == [["7", "9"], ["8", "10"]]


def test_with_the_plugin_disabled_the_built_in_dissector_is_back(tshark, stream):
    capture = stream(request("a00000001", b"one", "m1") + request("a00000002", b"two", "m2"))
    names = [*CHUNK_FIELDS, "frame.protocols", *MESSAGE_FIELDS]
    disabled = tshark.rows(capture, names, "--disable-protocol", "smime", only="msrp")
    stock = tshark.run("-r", capture, "-Y", "msrp", "-T", "fields", "-E", "separator=/t", "-E", "aggregator=\x1f",
                       *[option for name in CHUNK_FIELDS for option in ("-e", name)], plugin=False)
    assert [row["msrp.messageid"] for row in disabled] == [["m1"]] == [[line.split("\t")[1]] for line in stock.text.splitlines()]
    assert disabled[0]["frame.protocols"] == ["eth:ethertype:ip:tcp:msrp:data-text-lines"]
    assert all(disabled[0][name] == [] for name in MESSAGE_FIELDS)


def test_no_message_id_and_an_empty_one_are_two_messages(tshark, stream):
    """Both break RFC 4975 7.1.1. Their chunks are told apart as they are put together."""
    def part(transaction, field, *rest):
        return request(transaction, *rest).replace(b"Message-ID: m1\r\n", field)
    capture = stream(part("a00000001", b"", b"one", "m1", "1-3/6", "+"), part("a00000002", b"Message-ID: \r\n", b"x", "m1", "1-1/1"),
                     part("a00000003", b"", b"two", "m1", "4-6/6"))
    assert [(m["msrp"]["message_id"], m["msrp"]["complete"], m["msrp"]["length"], m["frames"]) for m in messages(capture)] == [
        ("", True, 1, [5]), (None, True, 6, [4, 6])]
    for passes in (1, 2):
        found = rows(tshark, capture, MESSAGE_FIELDS, passes=passes)
        assert [(row["smime.msrp.chunks"], row["smime.msrp.chunk"]) for row in found] == [([], []), (["1"], ["5"]), (["2"], ["4", "6"])]


# The end of a connection

def ended(tshark, name, *ends):
    """Half a message, then segments (source is Bob, flags, octets that get lost before it); the fields of the frame that ends the message."""
    capture = Capture(name, START)
    connection = Connection(capture, ALICE, BOB)
    connection.segment(ALICE, PSH | ACK, chunks(b"12345678", 4, "half")[0])
    for from_bob, flags, lost in ends:
        if lost:
            connection.segment(ALICE, PSH | ACK, lost, lost=True)
        connection.segment(BOB if from_bob else ALICE, flags)
    names = ["smime.msrp.chunk", "smime.msrp.chunks", "_ws.expert.message"]
    return tshark.rows(tshark.write(capture), names, only="smime.msrp.chunks"), [message for message in messages(
        tshark.folder / "work" / f"{name}.pcap") if message["carrier"] == "msrp"]


@pytest.mark.parametrize("name, ends, frame", [
    ("alice-closes", [(False, FIN | ACK, b""), (True, ACK, b"")], "5"),
    ("bob-closes", [(True, FIN | ACK, b""), (False, ACK, b"")], None),
    ("both-close", [(True, FIN | ACK, b""), (False, FIN | ACK, b"")], "6"),
    ("alice-resets", [(False, RST, b"")], "5"),
    ("bob-resets", [(True, RST | ACK, b"")], "5"),
    ("lost-before-fin", [(False, FIN | ACK, b"lost"), (True, ACK, b"")], "6"),      # Bob has acknowledged what the capture lacks
])
def test_the_end_of_the_connection_ends_the_message(tshark, name, ends, frame):
    found, reported = ended(tshark, name, *ends)
    assert [row.one("frame.number") for row in found] == ([frame] if frame else [])
    for row in found:
        assert row["smime.msrp.chunk"] == ["4"]
        assert "MSRP message: 4 octets of the message were not seen" in row["_ws.expert.message"]
    [message] = reported                                             # with or without: at the end of the capture at the latest
    assert message["frames"] == [4] and message["msrp"]["complete"] is False


def test_parts_name_the_frame_that_closed_the_connection(tshark):
    ended(tshark, "closed", (False, FIN | ACK, b""))
    [row] = tshark.rows("work/closed.pcap", ["smime.msrp.closed_in", "smime.reassembled_in"], "-2", only="smime.msrp.closed_in")
    assert (row.one("frame.number"), row.one("smime.msrp.closed_in"), row.one("smime.reassembled_in")) == ("4", "5", None)


# Ports: what the user says

PORT_TAKEN = 8080       # HTTP's in Wireshark

@pytest.mark.parametrize("name", ["msrp", "msrp-stream"])
def test_decode_as(tshark, name):
    """By the built-in dissector's name too chunks are framed and put together."""
    capture = Capture(f"decode-as-{name}", START)
    connection = Connection(capture, ALICE, BOB._replace(port=PORT_TAKEN))
    octets = b"".join(chunks(b"-------\r\n" * 20, 60, "whole"))
    for at in range(0, len(octets), 77):
        connection.segment(ALICE, PSH | ACK, octets[at:at + 77])
    path = tshark.write(capture)
    option = ["-d", f"tcp.port=={PORT_TAKEN},{name}"]
    for passes in [], ["-2"]:
        assert rows(tshark, path, MESSAGE_FIELDS, *passes, "--disable-heuristic", "msrp_stream_tcp") == []
        found = [row for row in rows(tshark, path, MESSAGE_FIELDS, *passes, *option) if row["smime.msrp.chunks"]]
        assert [row["smime.msrp.chunks"] for row in found] == [["3"]]
    [message] = messages(*option, path)
    assert message["msrp"]["chunks"] == 3 and message["content"]["length"] == 180


def test_decode_as_with_the_plugin_disabled_is_the_built_in_dissector(tshark, stream):
    capture = stream(request("a00000001", b"one", "m1") + request("a00000002", b"two", "m2"), port=7001)
    option = ["-d", "tcp.port==7001,msrp", "--disable-heuristic", "msrp_tcp"]
    [row] = tshark.rows(capture, ["frame.protocols", *CHUNK_FIELDS], *option, "--disable-protocol", "smime", only="msrp")
    assert row["frame.protocols"][0].startswith("eth:ethertype:ip:tcp:msrp") and row["msrp.messageid"] == ["m1"]


def test_the_preferences_of_the_built_in_dissector_work(tshark, stream):
    capture = stream(request("a00000001", b"one", "m1"))
    shown = {value: tshark.run("-r", capture, "-V", "-o", f"msrp.display_raw_text:{value}").text for value in ("TRUE", "FALSE")}
    assert "as raw text" in shown["TRUE"] and "as raw text" not in shown["FALSE"]


# A chunk whose end does not come

UNFINISHED = request("a00000001", b"u" * 500, "m1", "1-500/900")[:-60]
HEAD = UNFINISHED.index(b"uuu")


@pytest.mark.parametrize("flags, ends", [(FIN | ACK, "7"), (RST, "6"), (None, None)], ids=["fin", "reset", "end of the capture"])
def test_a_connection_that_ends_inside_its_only_chunk(tshark, flags, ends):
    """A FIN may overtake segments: it ends the message when Bob has acknowledged it."""
    capture = Capture(f"inside-{flags}", START)
    connection = Connection(capture, ALICE, BOB)
    for at in (0, 300):
        connection.segment(ALICE, PSH | ACK, UNFINISHED[at:at + 300] if at == 0 else UNFINISHED[at:])
    if flags is not None:
        connection.segment(ALICE, flags)
        connection.segment(BOB, ACK)
    path = tshark.write(capture)
    seen = len(UNFINISHED) - HEAD
    [message] = [message for message in messages(path) if message["carrier"] == "msrp"]
    assert (message["msrp"]["message_id"], message["msrp"]["complete"], message["msrp"]["length"], message["frames"]) == ("m1", False, 900, [5])
    assert message["msrp"]["damage"] == f"{900 - seen} octets of the message were not seen"
    assert message["source"] == str(ALICE) and message["transport"] == "tcp"
    found = tshark.rows(path, ["smime.msrp.chunks", "_ws.expert.message"], "-2", only="smime.expert.msrp")
    told = {row.one("frame.number"): [text for text in row["_ws.expert.message"] if "MSRP" in text] for row in found}
    assert told.pop("5") == [f"The end of an MSRP chunk was not captured: {len(UNFINISHED)} octets of it were seen"]
    assert told == ({ends: [f"MSRP message: {900 - seen} octets of the message were not seen"]} if ends else {})


def test_an_unfinished_chunk_that_comes_after_all_is_one(tshark, stream):
    """What was kept of it while it waited is forgotten."""
    octets = request("a00000001", b"w" * 500, "m1", "1-500/500")
    capture = stream(*[octets[at:at + 100] for at in range(0, len(octets), 100)])
    [message] = [message for message in messages(capture) if message["carrier"] == "msrp"]
    assert (message["msrp"]["complete"], message["msrp"]["chunks"], message["msrp"]["damage"]) == (True, 1, None)
    assert not [text for row in rows(tshark, capture, ["_ws.expert.message"]) for text in row["_ws.expert.message"]]


@pytest.mark.parametrize("byte_range, length", [("1-8/*", 8), ("1-8/8", 8), (None, 8)], ids=["unknown", "announced", "no range"])
def test_the_length_is_the_received_one_when_none_was_announced(stream, byte_range, length):
    [message] = messages(stream(request("a00000001", b"12345678", "m1", byte_range)))
    assert message["msrp"]["length"] == length


@pytest.mark.parametrize("total", [10 ** 12, 2 ** 63, 2 ** 64 - 1])
def test_memory_follows_what_was_seen_not_what_was_announced(tshark, stream, total):
    capture = stream(request("a00000001", b"1234", "m1", f"1-4/{total}", "+"), request("a00000002", b"5678", "m1", f"{total - 3}-{total}/{total}", "$"),
                     request("a00000003", b"next", "m2"))
    far, near = messages(capture)[::-1]
    assert (near["msrp"]["message_id"], near["msrp"]["complete"]) == ("m2", True)
    assert (far["msrp"]["complete"], far["msrp"]["length"]) == (False, total)
    assert far["msrp"]["damage"] == f"{total - 8} octets of the message were not seen"
    assert f"Message not reassembled: {total - 8} octets missing" in rows(tshark, capture, ["_ws.expert.message"])[0]["_ws.expert.message"]


def test_what_is_missing_is_counted_to_the_last_chunk(tshark, stream):
    """Whatever total was announced: where "$" stands the message ends (RFC 4975 7.3.1). tshark and the auditor say the same."""
    capture = stream(request("a00000001", b"123", "m1", "1-3/100", "+"), request("a00000002", b"789", "m1", "7-9/100", "$"))
    [message] = messages(capture)
    assert message["msrp"]["damage"] == "3 octets of the message were not seen"
    assert [row["_ws.expert.message"] for row in rows(tshark, capture, ["_ws.expert.message"])] == [["Message not reassembled: 3 octets missing"]] * 2


def test_very_many_chunks_of_a_message_that_stays_incomplete(tshark, stream):
    """Each tells what the message lacks. That is counted once, not for each: a second pass over these would take minutes."""
    count = 30000
    octets = b"".join(request(f"t{number:06}", b"x", "m1", f"{2 * number + 1}-{2 * number + 1}/*", "+") for number in range(count))
    path = stream(*[octets[at:at + 60000] for at in range(0, len(octets), 60000)])
    told = {text for row in rows(tshark, path, ["_ws.expert.message"]) for text in row["_ws.expert.message"]}
    assert told == {f"Message not reassembled: {count - 1} octets missing"}


def test_a_limit_is_named(tshark, stream):
    """More chunks than SM_LIMIT_MSRP_CHUNKS, each of one octet."""
    count = 131072
    octets = b"".join(request(f"t{number:06}", b"x", "m1", f"{number + 1}-{number + 1}/{count + 9}", "+") for number in range(count))
    octets += request("last1", b"x" * 9, "m1", f"{count + 1}-{count + 9}/{count + 9}", "$")
    path = stream(*[octets[at:at + 60000] for at in range(0, len(octets), 60000)])
    [message] = messages(path)
    assert message["msrp"]["complete"] is False
    assert "message of more than 131072 chunks" in message["msrp"]["damage"]


# Ports of other protocols

@pytest.mark.parametrize("port", [80, 5060, 8080])
@pytest.mark.parametrize("size", [3, 1460])
def test_a_port_of_another_protocol_is_msrp_where_sdp_says_so(tshark, port, size):
    capture = Capture(f"announced-{port}-{size}", START)
    sip_client, sip_server = ALICE._replace(port=5070), BOB._replace(port=5062)
    sdp = (f"v=0\r\no=a 1 1 IN IP4 {BOB.address}\r\ns=-\r\nc=IN IP4 {BOB.address}\r\nt=0 0\r\nm=message {port} TCP/MSRP *\r\n"
           f"a=accept-types:text/plain\r\na=path:msrp://{BOB.address}:{port}/bob;tcp\r\n")
    capture.udp(sip_client, sip_server, (
        f"INVITE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/UDP {sip_client};branch=z9hG4bK1\r\nFrom: <sip:alice@example.com>;tag=1\r\n"
        f"To: <sip:bob@example.org>\r\nCall-ID: call\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\nContent-Length: {len(sdp)}\r\n\r\n{sdp}").encode())
    before = len(capture.frames)
    connection = Connection(capture, ALICE, BOB._replace(port=port), max_segment=size)
    connection.send(ALICE, b"".join(chunks(b"1234567890", 4, "whole")))
    path = tshark.write(capture)
    for passes in [], ["-2"]:
        [row] = tshark.rows(path, ["smime.msrp.chunks", "smime.msrp.message_id"], *passes, only="smime.msrp.chunks")
        assert (row.one("smime.msrp.chunks"), set(row["smime.msrp.message_id"])) == ("3", {"whole"})
    assert not tshark.rows(path, [], only=f"http && frame.number > {before}")


@pytest.mark.parametrize("port", [12763, 2855])
def test_a_capture_begun_inside_a_chunk_whose_segments_begin_with_none(tshark, port):
    """Chunks follow each other without a pause: on any port, the first of them that was captured whole is found."""
    octets = b"".join(request(f"a0000000{number}", b"%d" % number * 700, f"m{number}") for number in range(8))
    capture = Capture(f"no-pause-{port}", START)
    connection = Connection(capture, ALICE, BOB._replace(port=port))
    capture.frames.clear()
    for at in range(0, len(octets), 500):
        assert not octets[at:at + 500].startswith(b"MSRP") or at == 0
        connection.segment(ALICE, PSH | ACK, octets[at:at + 500], lost=at == 0)
    path = tshark.write(capture)
    for passes in (1, 2):
        found = rows(tshark, path, ["smime.msrp.message_id", "_ws.expert.message"], passes=passes)
        assert [name for row in found for name in row["smime.msrp.message_id"]] == [f"m{number}" for number in range(1, 8)]
        inside = octets.index(b"MSRP a00000001") - 500
        assert found[0]["_ws.expert.message"] == [f"{inside} octets are no MSRP chunk; the beginning of theirs was not captured"]


OTHER_PROTOCOLS = {
    "text": b"Write\r\nMSRP abcd1234 SEND\r\nTo-Path: msrp://192.0.2.10:7654/a;tcp\r\n",
    "end-line": b"as in\r\n-------abcd1234$\r\nMSRP is a protocol\r\n-------abcd1234$\r\n",
    "dashes": b"-----------------\r\nMSRP abcd1234 SEND\r\nTo-Path: msrp://192.0.2.10:7654/a;tcp\r\n",
    "start": b"MSRP-like text\r\nMSRP", "lower": b"msrp abcd1234 SEND\r\n", "http": b"GET /MSRP HTTP/1.1\r\nHost: MSRP\r\n\r\n",
    "sip": b"OPTIONS sip:MSRP@example.com SIP/2.0\r\nContent-Length: 0\r\n\r\n", "octets": bytes(range(256)) * 4,
}


@pytest.mark.parametrize("name", OTHER_PROTOCOLS)
def test_other_protocols_are_not_taken_for_msrp(tshark, stream, name):
    path = stream(OTHER_PROTOCOLS[name], OTHER_PROTOCOLS[name])
    assert tshark.rows(path, [], only="msrp || smime.expert.msrp") == messages(path) == []


@pytest.mark.parametrize("relative", ["TRUE", "FALSE"])
@pytest.mark.parametrize("size", [100, 1460])
def test_a_capture_begun_inside_a_chunk(tshark, size, relative):
    """Where the port says MSRP, the connection is known from the first start line on. It is told how many octets went before."""
    octets = request("a00000001", b"x" * 3000, "m1") + request("a00000002", b"two", "m2") + request("a00000003", b"three", "m3")
    segments = [octets[at:at + size] for at in range(0, len(octets), size)]
    begun = max(1, 300 // size)
    capture = Capture(f"begun-inside-{size}-{relative}", START)
    connection = Connection(capture, ALICE, BOB._replace(port=2855))
    capture.frames.clear()
    for number, segment in enumerate(segments):
        connection.segment(ALICE, PSH | ACK, segment, lost=number < begun)
    path = tshark.write(capture)
    for passes in (1, 2):
        found = rows(tshark, path, ["smime.msrp.message_id", "_ws.expert.message"], "-o", f"tcp.relative_sequence_numbers:{relative}", passes=passes)
        assert [name for row in found for name in row["smime.msrp.message_id"]] == ["m2", "m3"]
        said = [text.split(" octets ") for row in found for text in row["_ws.expert.message"] if " octets " in text]
        assert [what for _, what in said] == ["of the MSRP stream before this could not be framed: segments of it were not captured",
                                              "are no MSRP chunk; the beginning of theirs was not captured"]
        assert sum(int(count) for count, _ in said) == octets.index(b"MSRP a00000002") - begun * size
