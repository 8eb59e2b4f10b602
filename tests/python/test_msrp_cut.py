"""The same messages cut in hundreds of random ways: what is put together is what was sent, and judged as the uncut message is.

All ways are in one capture, each in a connection of its own. The seed is in the test's name: what fails once fails again.
"""

import hashlib
import random
import re
from collections import Counter
from datetime import datetime, timezone

import pytest

from auditor import ALL_KEYS, CAPTURES, messages
from conftest import Pcap
from smime import WATSON
from wire import Capture, Connection, Host

START = datetime(2026, 1, 15, 10, 0, 0, tzinfo=timezone.utc)
ALICE, RELAY, BOB = Host("192.0.2.10", 20000), Host("203.0.113.5", 30000), Host("198.51.100.20", 12763)
WAYS = 150
SEEDS = [1, 2]

SIGNED = "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m"
ENCRYPTED = "application/pkcs7-mime; smime-type=auth-enveloped-data; name=smime.p7m"


def sha256(octets):
    return hashlib.sha256(octets).hexdigest()


class Kind:
    """What is sent, and what must come out of it, known from elsewhere: the text that Alice signed, the octets themselves."""

    def __init__(self, name, content_type, body, content, signed, encrypted):
        self.name, self.content_type, self.body = name, content_type, body
        self.sha256, self.signed, self.encrypted = sha256(content), signed, encrypted


def message_kinds():
    trap = b"-------\r\n-------a00000001$\r\nMSRP a00000001 SEND\r\n\r\n; \x00\xff"
    plain = random.Random(0).randbytes(900) + trap * 4 + random.Random(1).randbytes(400)
    signed, _ = Pcap(CAPTURES / "sip-signed.pcap").body()
    encrypted, _ = Pcap(CAPTURES / "sip-signed-then-encrypted.pcap").body()
    text = WATSON.encode()
    return [Kind("octets", "application/octet-stream", plain, plain, "not-applicable", "not-applicable"),
            Kind("one-octet", "text/plain", b"x", b"x", "not-applicable", "not-applicable"),
            Kind("signed", SIGNED, signed, text, "pass", "not-applicable"),
            Kind("encrypted", ENCRYPTED, encrypted, text, "pass", "pass")]


class Way:
    """One way to cut a message into chunks: a list of (start, octets, flag) in the order they are sent.

    The last chunk sent completes the message: the first octet of it is in no other, as a chunk behind the end would begin another message.
    """

    def __init__(self, chance, body):
        self.chance, self.body = chance, body
        cuts = sorted({0, len(body), *(chance.randrange(len(body)) for _ in range(chance.choice((0, 1, 3, 8, 20))))})
        own = list(zip(cuts, cuts[1:]))
        if chance.random() < 0.6:
            chance.shuffle(own)
        self.alone = own[-1][0]
        resumed = chance.random() < 0.3
        self.sent = [self.piece(self.resumption(start) if resumed else start, end) for start, end in own]
        for _ in range(chance.choice((0, 0, 1, 4))):
            self.relay_again()
        for _ in range(chance.choice((0, 0, 0, 1, 2))):
            self.disagree()
        if chance.random() < 0.1:                                       # octets behind the end, which belong to no message
            self.sent.insert(chance.randrange(len(self.sent)), (len(body) + chance.randrange(9), b"behind", "+"))

    def piece(self, start, end):
        """The "$" is on every chunk that ends with the message: a relay that sends the end twice sends it so."""
        return start, self.body[start:end], "$" if end == len(self.body) else "+"

    def resumption(self, start):
        """Where a chunk goes on after a "+" that interrupted the one before: a few octets earlier, which are then sent twice."""
        again = max(0, start - self.chance.choice((0, 1, 7, 100)))
        return max(again, self.alone + 1) if self.alone < start else again

    def stretch(self):
        """Any stretch without the first octet of the last chunk; nothing when there is none."""
        start, end = sorted(self.chance.sample(range(len(self.body) + 1), 2))
        if start <= self.alone < end:
            start, end = (self.alone + 1, end) if end - self.alone > self.alone - start else (start, self.alone)
        return start, end

    def relay_again(self):
        """A stretch sent twice: once as it was, and once more in one chunk or split into several, before or behind it."""
        start, end = self.stretch()
        inside = sorted({start, end, *(self.chance.randint(start, end) for _ in range(self.chance.choice((0, 0, 1, 3))))})
        for piece in zip(inside, inside[1:]):
            self.sent.insert(self.chance.randrange(len(self.sent)), self.piece(*piece))

    def disagree(self):
        """Other octets, which the right ones have to come behind: the last received win (RFC 4975 7.3.1)."""
        start, end = self.stretch()
        last = {}
        for number, (at, octets, _) in enumerate(self.sent):
            last.update(dict.fromkeys(range(max(at, start), min(at + len(octets), end)), number))
        place = self.chance.randint(0, min(last.values(), default=0))
        self.sent.insert(place, (start, bytes(octet ^ 0x5A for octet in self.body[start:end]), "+"))

    def chunks(self, message_id, content_type, paths):
        """The chunks' octets. Byte-Range says where a chunk begins; what else it says need not be true."""
        total = len(self.body)
        honest = self.chance.random() < 0.3
        totals = (total,) if honest else (total, total, "*", 0, total // 2, total + 1, 10 ** 12)
        for start, octets, flag in self.sent:
            end = start + len(octets)
            if not honest:
                end = self.chance.choice((end, end, "*", start, end - 1 if octets else end, end + 1, end + 500, max(end, total)))
            yield chunk(self.chance, message_id, f"{start + 1}-{end}/{self.chance.choice(totals)}", content_type, octets, flag, paths)


def paths(chance):
    """To-Path and From-Path as they are between any two of the relays on the way, each of which takes a URI from the one for the other."""
    way = [f"msrp://{ALICE}/alice;tcp", *(f"msrps://relay{number}.example.com:2855/session;tcp" for number in range(chance.choice((0, 0, 1, 2)))),
           f"msrp://{BOB}/bob;tcp"]
    passed = chance.randint(1, len(way) - 1)
    return " ".join(way[passed:]), " ".join(reversed(way[:passed]))


def chunk(chance, message_id, byte_range, content_type, octets, flag, paths):
    transaction = f"{chance.getrandbits(48):012x}"
    to_path, from_path = chance.choice(paths)
    return (f"MSRP {transaction} SEND\r\nTo-Path: {to_path}\r\nFrom-Path: {from_path}\r\nMessage-ID: {message_id}\r\n"
            f"Byte-Range: {byte_range}\r\nContent-Type: {content_type}\r\n\r\n").encode() + octets + f"\r\n-------{transaction}{flag}\r\n".encode()


def interleaved(chance, lists):
    """The elements of all lists in any order that keeps each list's own."""
    lists = [list(one) for one in lists]
    while any(lists):
        yield chance.choice([one for one in lists if one]).pop(0)


class Cut:
    """A capture of messages that were cut. What must be known of each at its end is here by (source, Message-ID): its kind, and its chunks;
    no kind where the sender breaks the message off."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.capture = Capture(f"cut-{seed}", START)
        self.kinds = message_kinds()
        self.expected = {}
        self.path = None
        for number, kind in enumerate(self.kinds):
            uncut = chunk(self.chance, "uncut", f"1-{len(kind.body)}/{len(kind.body)}", kind.content_type, kind.body, "$", [paths(random.Random(0))])
            client = ALICE._replace(port=10000 + number)
            self.expected[str(client), "uncut"] = kind, 1
            self.connect(client, uncut)
        for way in range(WAYS):
            self.add_way(way)

    def connect(self, client, octets):
        chance = self.chance
        size = chance.choice((1, 3, 50, 700, 1460, 64000)) if len(octets) < 3000 else chance.choice((50, 700, 1460, 64000))
        # Segments shorter than a start line are known for MSRP by their port alone.
        connection = Connection(self.capture, client, BOB if size > 10 else BOB._replace(port=2855), max_segment=size)
        connection.send(client, octets)
        connection.close()

    def stream(self, client, kind, message_id):
        chance = self.chance
        cut = list(Way(chance, kind.body).chunks(message_id, kind.content_type, [paths(chance) for _ in range(chance.choice((1, 1, 3)))]))
        self.expected[str(client), message_id] = kind, len(cut)
        return cut

    def broken_off(self, client):
        chance = self.chance
        flags = "+" * chance.randrange(4) + "#"
        self.expected[str(client), "aborted"] = None, len(flags)
        return [chunk(chance, "aborted", f"{number * 100 + 1}-{chance.choice(('*', number * 100 + 100))}/500", "text/plain", b"y" * 100, flag, [paths(chance)])
                for number, flag in enumerate(flags)]

    def add_way(self, way):
        """One to three messages on one connection; some on one more, on which a relay sends them on, cut in another way."""
        chance = self.chance
        kinds = [chance.choice(self.kinds) for _ in range(chance.choice((1, 1, 2, 3)))]
        clients = [ALICE._replace(port=ALICE.port + way)] + [RELAY._replace(port=RELAY.port + way)] * (chance.random() < 0.2)
        for client in clients:
            streams = [self.stream(client, kind, f"m{way}-{number}") for number, kind in enumerate(kinds)]
            if chance.random() < 0.3:
                streams.append(self.broken_off(client))
            self.connect(client, b"".join(interleaved(chance, streams)))

    def whole(self):
        """(kind, number of chunks) of the messages that were sent to their end."""
        return [(kind, chunks) for kind, chunks in self.expected.values() if kind]


@pytest.fixture(scope="module", params=SEEDS, ids=[f"seed {seed}" for seed in SEEDS])
def cut(tshark, request):
    made = Cut(request.param)
    made.path = tshark.write(made.capture)
    return made


def test_the_auditor_has_the_uncut_messages(cut):
    """All that it tells of content, layers and verdicts."""
    found = {(message["source"], message["msrp"]["message_id"]): message for message in messages(*ALL_KEYS, cut.path)}
    assert found.keys() == cut.expected.keys()
    told = {}
    for (source, message_id), message in found.items():
        kind, chunks = cut.expected[source, message_id]
        assert (message["msrp"]["complete"], message["msrp"]["chunks"]) == (kind is not None, chunks), (source, message_id)
        if kind:
            told.setdefault(kind.name, []).append([message[name] for name in ("content", "layers", "verdict")])
    for kind in cut.kinds:
        content, _, verdict = told[kind.name][0]
        assert (content["sha256"], verdict["signed"]["verdict"], verdict["encrypted"]["verdict"]) == (kind.sha256, kind.signed, kind.encrypted)
        assert [one for one in told[kind.name] if one != told[kind.name][0]][:1] == []


@pytest.mark.parametrize("passes", [[], ["-2"]], ids=["one pass", "two passes"])
def test_tshark_has_the_uncut_messages(tshark, cut, passes):
    """With a tree, made for the fields that are asked for. smime.content is there for S/MIME."""
    names = ["smime.msrp.chunks", "smime.content", "smime.signed.verdict", "smime.encrypted.verdict", "smime.msrp.reassembled.data"]
    found = tshark.rows(cut.path, names, *tshark.right_keys(), *passes, only="smime.msrp.chunks")

    def all_of(name):
        return [value for row in found for value in row[name]]
    whole = cut.whole()
    assert Counter(all_of("smime.msrp.chunks")) == Counter(str(chunks) for _, chunks in cut.expected.values())
    assert Counter(sha256(bytes.fromhex(value)) for value in all_of("smime.msrp.reassembled.data")) == Counter(
        sha256(kind.body) for kind, chunks in whole if chunks > 1)
    for name, verdicts in (("smime.signed.verdict", [kind.signed for kind, _ in whole]), ("smime.encrypted.verdict", [kind.encrypted for kind, _ in whole])):
        assert all_of(name).count("pass") == verdicts.count("pass")
        assert all_of(name).count("fail") == 0
    assert [bytes.fromhex(value) for value in all_of("smime.content")] == [WATSON.encode()] * sum(kind.signed == "pass" for kind, _ in whole)


def lines(result):
    """What tshark printed, without that end of a line by which later series name the frame a TCP segment's PDU ends in: known to them
    in the second pass alone."""
    return re.sub(r" \[TCP PDU reassembled in \d+\]$", "", result.text, flags=re.MULTILINE).splitlines()


def test_one_pass_two_passes_and_a_tree_show_the_same(tshark, cut):
    """Columns without a tree; columns with one, which a filter needs; every message's own frames."""
    for arguments in [[], ["-T", "fields", "-e", "smime.msrp.chunk", "-e", "smime.msrp.chunks", "-e", "smime.summary"]]:
        one, *others = [lines(tshark.run("-r", cut.path, *tshark.right_keys(), *more, *arguments))
                        for more in ([], ["-2"], ["-Y", "frame || smime.msrp.chunk"])]
        for other in others:
            # Not compared as they are: pytest would look for the least difference of twenty thousand lines, and that takes hours.
            assert len(one) == len(other) > 0
            assert [pair for pair in zip(one, other) if pair[0] != pair[1]][:5] == []
