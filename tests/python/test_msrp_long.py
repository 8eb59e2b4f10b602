"""Long MSRP chunks in tshark, of more segments than are left to TCP: where they end, whatever their Byte-Range says; what follows them; what is lost."""

from datetime import datetime, timezone

import pytest

from test_msrp_stream import ALICE, BOB, request
from tls import TlsConnection
from wire import ACK, PSH, Capture, Connection

START = datetime(2026, 1, 15, 10, 0, 0, tzinfo=timezone.utc)
OCTETS = 100_000
IN_ORDER = ["-o", "tcp.reassemble_out_of_order:TRUE"]     # else Wireshark keeps late segments from every dissector
FIELDS = ["msrp.transaction.id", "smime.msrp.chunks", "smime.msrp.reassembled.length", "_ws.expert.message"]


def long_chunk(transaction="a00000001", octets=OCTETS, byte_range=None, flag="$"):
    body = (b"\r\n------a00000001$" * (octets // 18 + 1))[:octets]
    return request(transaction, body, "m1", byte_range or f"1-{octets}/{octets}", flag)


def write(tshark, name, *parts, size=1000, order=lambda numbers: numbers, lost=()):
    """Each part in segments of its own, three frames after the handshake's."""
    segments = [part[at:at + size] for part in parts for at in range(0, len(part), size)]
    capture = Capture(name, START)
    connection = Connection(capture, ALICE, BOB)
    first = connection.sequence[ALICE]
    starts = [first + sum(map(len, segments[:number])) for number in range(len(segments))]
    for number in order(list(range(len(segments)))):
        if number not in lost:
            connection.sequence[ALICE] = starts[number]
            connection.segment(ALICE, PSH | ACK, segments[number])
    return tshark.write(capture)


def chunks_of(tshark, path, *options):
    """What tshark shows, the same on one pass and on two: transaction -> frames in which it stands; whole messages; what is said of MSRP."""
    shown = []
    for passes in ([], ["-2"]):
        rows = tshark.rows(path, FIELDS, *passes, *options, only="msrp || smime.expert.msrp")
        shown.append(([(transaction, row.one("frame.number")) for row in rows for transaction in dict.fromkeys(row["msrp.transaction.id"])],
                      [value for row in rows for value in row["smime.msrp.chunks"]],
                      [text for row in rows for text in row["_ws.expert.message"] if "MSRP" in text and "end of an MSRP" not in text]))
    assert shown[0] == shown[1]
    return shown[0]


@pytest.mark.parametrize("size", [7, 200, 1460])
def test_it_ends_where_it_ends(tshark, size):
    octets = 20_000 if size == 7 else OCTETS
    chunk, after = long_chunk(octets=octets), request("a00000002", b"hello", "m2")
    path = write(tshark, f"long-{size}", chunk, after, size=size)
    frames = 3 + -(-len(chunk) // size)
    found, messages, said = chunks_of(tshark, path)
    assert found == [("a00000001", str(frames)), ("a00000002", str(frames + -(-len(after) // size)))]
    assert messages == ["1", "1"] and said == []


@pytest.mark.parametrize("size", [7, 200, 1460])
def test_one_that_is_interrupted_holds_nothing_back(tshark, size):
    """Octets of all chunks share segments. Each chunk stands in one frame, those behind the interruption too, and all messages are whole."""
    octets = 20_000 if size == 7 else OCTETS
    half = octets // 2
    parts = [request("a00000001", b"x" * half, "m1", f"1-{octets}/{octets}", "+"), request("a00000002", b"hello", "m2"),
             request("a00000003", b"y" * half, "m1", f"{half + 1}-{octets}/{octets}"), request("a00000004", b"bye", "m3")]
    path = write(tshark, f"interrupted-{size}", b"".join(parts), size=size)
    ends = [3 + -(-sum(map(len, parts[:number + 1])) // size) for number in range(4)]
    found, messages, _ = chunks_of(tshark, path)
    assert found == [(f"a0000000{number + 1}", str(end)) for number, end in enumerate(ends)]
    assert sorted(messages) == ["1", "1", "2"]
    [row] = tshark.rows(path, FIELDS, only="smime.msrp.reassembled.length")
    assert row["smime.msrp.reassembled.length"] == [str(octets)]


def test_one_that_is_aborted_ends_the_capture(tshark):
    """Its range has more to come: nobody waits for it."""
    path = write(tshark, "aborted", long_chunk(byte_range=f"1-{4 * OCTETS}/{4 * OCTETS}", flag="#"))
    found, _, _ = chunks_of(tshark, path)
    assert [transaction for transaction, _ in found] == ["a00000001"]
    rows = tshark.rows(path, ["_ws.expert.message"], "-2", only="smime.expert.msrp")
    assert not any("end of an MSRP chunk was not captured" in text for row in rows for text in row["_ws.expert.message"])


def test_its_segments_name_the_frame_that_ends_it(tshark):
    chunk = long_chunk()
    path = write(tshark, "linked", chunk, request("a00000002", b"hello", "m2"))
    last = 3 + -(-len(chunk) // 1000)
    rows = tshark.rows(path, ["smime.msrp.chunk.ended_in"], "-2", only="smime.msrp.chunk.ended_in")
    assert {row.one("smime.msrp.chunk.ended_in") for row in rows} == {str(last)}
    assert [int(row.one("frame.number")) for row in rows] == list(range(int(rows[0].one("frame.number")), last))
    assert len(rows) > 20


def swapped(first, second):
    def order(numbers):
        numbers[first], numbers[second] = numbers[second], numbers[first]
        return numbers
    return order


@pytest.mark.parametrize("pair", [(80, 83), (-2, -1)], ids=["inside", "at the end"])
def test_segments_out_of_order(tshark, pair):
    path = write(tshark, f"swapped{pair[0]}", long_chunk(), request("a00000002", b"hello", "m2"), order=swapped(*pair))
    found, messages, _ = chunks_of(tshark, path, *IN_ORDER)
    assert sorted(transaction for transaction, _ in found) == ["a00000001", "a00000002"] and messages == ["1", "1"]


def test_a_lost_segment_is_told_and_the_next_chunk_found(tshark):
    parts = [request("a00000000", b"before", "m0"), long_chunk(), request("a00000002", b"hello", "m2"), request("a00000003", b"again", "m3")]
    found, messages, said = chunks_of(tshark, write(tshark, "lost", *parts, lost=(81,)))
    assert [transaction for transaction, _ in found] == ["a00000000", "a00000002", "a00000003"] and messages == ["1", "1", "1"]
    assert any(text.startswith("1000 octets") or "could not be framed" in text for text in said)


def test_a_capture_that_ends_inside(tshark):
    path = write(tshark, "inside", long_chunk()[:90_000])
    [row] = tshark.rows(path, ["_ws.expert.message"], "-2", only="smime.expert.msrp")
    assert "The end of an MSRP chunk was not captured: 90000 octets of it were seen" in row["_ws.expert.message"]
    assert row.one("frame.number") == str(3 + 90)


def test_inside_tls(tshark):
    """Records have no sequence numbers that we see: each goes on where the one before ended."""
    half = OCTETS // 2
    parts = [request("a00000001", b"x" * half, "m1", f"1-{OCTETS}/{OCTETS}", "+"), request("a00000002", b"hello", "m2"),
             request("a00000003", b"y" * half, "m1", f"{half + 1}-{OCTETS}/{OCTETS}"), request("a00000004", b"bye", "m3")]
    stream = b"".join(parts)
    capture = Capture("long-tls", START)
    connection = TlsConnection(capture, ALICE, BOB)
    for at in range(0, len(stream), 400):
        connection.send(connection.client, stream[at:at + 400])
    path = tshark.folder / "work" / "long-tls.pcapng"
    capture.write(path)
    path.chmod(0o644)
    found, messages, _ = chunks_of(tshark, path)
    assert [transaction for transaction, _ in found] == [f"a0000000{number}" for number in (1, 2, 3, 4)]
    assert sorted(messages) == ["1", "1", "2"]
    [row] = tshark.rows(path, FIELDS, only="smime.msrp.reassembled.length")
    assert row["smime.msrp.reassembled.length"] == [str(OCTETS)]
