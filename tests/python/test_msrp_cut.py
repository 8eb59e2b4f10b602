"""The same messages cut in hundreds of random ways: what is put together is what was sent, and judged as the uncut message is.

All ways are in one capture, each in a connection of its own. The seed is in the test's name: what fails once fails again.
"""

import hashlib
import random
import re
from datetime import datetime, timezone

import pytest

from auditor import ALL_KEYS, CAPTURES, messages
from conftest import Pcap
from smime import WATSON
from wire import Capture, Connection, Host

START = datetime(2026, 1, 15, 10, 0, 0, tzinfo=timezone.utc)
ALICE, BOB = Host("192.0.2.10", 20000), Host("198.51.100.20", 12763)
WAYS = 160
SEEDS = [1, 2]

SIGNED = "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m"
ENCRYPTED = "application/pkcs7-mime; smime-type=auth-enveloped-data; name=smime.p7m"


def sha256(octets):
    return hashlib.sha256(octets).hexdigest()


class Message:
    """What is sent, and what must come out of it, known from elsewhere: the text that Alice signed, the octets themselves."""

    def __init__(self, content_type, body, content, signed, encrypted):
        self.content_type, self.body = content_type, body
        self.expected = (True, sha256(content), signed, encrypted)


def message_kinds():
    trap = b"-------\r\n-------a00000001$\r\nMSRP a00000001 SEND\r\n\r\n; \x00\xff"
    plain = random.Random(0).randbytes(900) + trap * 4 + random.Random(1).randbytes(400)
    signed, _ = Pcap(CAPTURES / "sip-signed.pcap").body()
    encrypted, _ = Pcap(CAPTURES / "sip-signed-then-encrypted.pcap").body()
    text = WATSON.encode()
    return [Message("application/octet-stream", plain, plain, "not-applicable", "not-applicable"),
            Message("text/plain", b"x", b"x", "not-applicable", "not-applicable"),
            Message(SIGNED, signed, text, "pass", "not-applicable"),
            Message(ENCRYPTED, encrypted, text, "pass", "pass")]


class Way:
    """One way to cut a message into chunks: a list of (start, octets, is the end of the message, in the order they are sent).

    The last chunk sent completes the message: the first octet of it is in no other, as a chunk behind the end would begin another message.
    """

    def __init__(self, chance, body):
        self.chance, self.body = chance, body
        cuts = sorted({0, len(body), *(chance.randrange(len(body)) for _ in range(chance.choice((0, 1, 3, 8, 20))))})
        own = list(zip(cuts, cuts[1:]))
        if chance.random() < 0.6:
            chance.shuffle(own)
        self.alone = own[-1][0]
        self.sent = [self.piece(start, end) for start, end in own]
        for _ in range(chance.choice((0, 0, 1, 4))):                    # sent twice, by a relay that cuts them in another way
            self.sent.insert(chance.randrange(len(self.sent)), self.other_piece())
        for _ in range(chance.choice((0, 0, 1, 2))):                    # other octets; the right ones come later and win
            start, octets, _ = self.other_piece()
            self.sent.insert(0, (start, bytes(octet ^ 0x5A for octet in octets), False))

    def piece(self, start, end):
        return start, self.body[start:end], end == len(self.body)

    def other_piece(self):
        """Any stretch without the first octet of the last chunk; nothing when there is none."""
        start, end = sorted(self.chance.sample(range(len(self.body) + 1), 2))
        if start <= self.alone < end:
            start, end = (self.alone + 1, end) if end - self.alone > self.alone - start else (start, self.alone)
        return start, self.body[start:end], False

    def chunks(self, message_id, content_type):
        total = len(self.body)
        for number, (start, octets, last) in enumerate(self.sent):
            end = self.chance.choice((start + len(octets), start + len(octets), "*"))
            announced = self.chance.choice((total, total, "*"))
            yield chunk(self.chance, message_id, f"{start + 1}-{end}/{announced}", content_type, octets, "$" if last else "+")


def chunk(chance, message_id, byte_range, content_type, octets, flag):
    transaction = f"{chance.getrandbits(48):012x}"
    return (f"MSRP {transaction} SEND\r\nTo-Path: msrp://{BOB}/bob;tcp\r\nFrom-Path: msrp://{ALICE}/alice;tcp\r\nMessage-ID: {message_id}\r\n"
            f"Byte-Range: {byte_range}\r\nContent-Type: {content_type}\r\n\r\n").encode() + octets + f"\r\n-------{transaction}{flag}\r\n".encode()


def interleaved(chance, lists):
    """The elements of all lists in any order that keeps each list's own."""
    lists = [list(one) for one in lists]
    while any(lists):
        yield chance.choice([one for one in lists if one]).pop(0)


def generate(capture, seed):
    """Fills the capture; returns message_id -> what must be known of the message at its end."""
    chance = random.Random(seed)
    kinds = message_kinds()
    expected = {}
    for way in range(WAYS):
        streams = []
        for number in range(chance.choice((1, 1, 2, 3))):
            kind = chance.choice(kinds)
            message_id = f"m{way}-{number}"
            expected[message_id] = kind.expected
            streams.append(Way(chance, kind.body).chunks(message_id, kind.content_type))
        if chance.random() < 0.3:                                       # and one that its sender breaks off
            message_id = f"m{way}-aborted"
            expected[message_id] = (False, None, None, None)
            streams.append([chunk(chance, message_id, f"{start}-*/500", "text/plain", b"y" * 100, flag) for start, flag in ((1, "+"), (101, "#"))])
        octets = b"".join(interleaved(chance, streams))
        size = chance.choice((1, 3, 50, 700, 1460, 64000)) if len(octets) < 3000 else chance.choice((50, 700, 1460, 64000))
        # Segments shorter than a start line are known for MSRP by their port alone.
        server = BOB if size > 10 else BOB._replace(port=2855)
        connection = Connection(capture, ALICE._replace(port=ALICE.port + way), server, max_segment=size)
        connection.send(connection.client, octets)
        connection.close()
    return expected


@pytest.fixture(scope="module", params=SEEDS, ids=[f"seed {seed}" for seed in SEEDS])
def cut(tshark, request):
    capture = Capture(f"cut-{request.param}", START)
    expected = generate(capture, request.param)
    return tshark.write(capture), expected


def test_the_auditor_has_the_uncut_messages(cut):
    path, expected = cut
    found = {}
    for message in messages(*ALL_KEYS, path):
        content, verdict, msrp = message.get("content"), message["verdict"], message["msrp"]
        assert msrp["message_id"] not in found
        whole = msrp["complete"]
        found[msrp["message_id"]] = (True, content["sha256"], verdict["signed"]["verdict"], verdict["encrypted"]["verdict"]) if whole else (False, None, None, None)
    assert found == expected


@pytest.mark.parametrize("passes", [[], ["-2"]], ids=["one pass", "two passes"])
def test_tshark_has_the_uncut_messages(tshark, cut, passes):
    """With a tree, made for the fields that are asked for. smime.content is there for S/MIME."""
    path, expected = cut
    names = ["smime.msrp.chunks", "smime.content", "smime.signed.verdict", "smime.encrypted.verdict"]
    found = tshark.rows(path, names, *tshark.right_keys(), *passes, only="smime.msrp.chunks")
    assert sum(len(row["smime.msrp.chunks"]) for row in found) == len(expected)
    for name, place in (("smime.signed.verdict", 2), ("smime.encrypted.verdict", 3)):
        shown = [value for row in found for value in row[name]]
        assert shown.count("pass") == sum(one[place] == "pass" for one in expected.values())
        assert shown.count("fail") == 0
    contents = [bytes.fromhex(value) for row in found for value in row["smime.content"]]
    assert contents == [WATSON.encode()] * sum(one[2] == "pass" for one in expected.values())


def lines(result):
    """What tshark printed, without that end of a line by which later series name the frame a TCP segment's PDU ends in: known to them
    in the second pass alone."""
    return re.sub(r" \[TCP PDU reassembled in \d+\]$", "", result.text, flags=re.MULTILINE).splitlines()


def test_both_passes_show_the_same(tshark, cut):
    """Columns without a tree, and every message's own frames."""
    path, _ = cut
    for arguments in [[], ["-T", "fields", "-e", "smime.msrp.chunk", "-e", "smime.msrp.chunks", "-e", "smime.summary"]]:
        one, two = [tshark.run("-r", path, *tshark.right_keys(), *passes, *arguments) for passes in ([], ["-2"])]
        one, two = lines(one), lines(two)
        # Not compared as they are: pytest would look for the least difference of twenty thousand lines, and that takes hours.
        assert len(one) == len(two) > 0
        assert [pair for pair in zip(one, two) if pair[0] != pair[1]][:5] == []
