"""One stream of SIP, carried in every way that TCP and TLS have: the verdicts are the same however it is cut."""

import re
import ssl
from datetime import datetime, timezone

import pytest

import sip
import smime
from auditor import ALL_KEYS, messages
from conftest import CAPTURES
from smime import WATSON
from tls import TlsConnection
from wire import Capture, Connection

START = datetime(2026, 1, 15, 10, 0, 0, tzinfo=timezone.utc)
CLIENT = sip.ALICE.host._replace(port=sip.CLIENT_PORT)
FIELDS = ["smime.signed.verdict", "smime.encrypted.verdict", "smime.identity.verdict", "smime.type", "smime.content.length"]
LENGTH = str(len(WATSON))
EXPECTED = [
    (["pass"], ["not-applicable"], ["pass"], ["signed-data"], [LENGTH]),
    (["pass"], ["pass"], ["pass"], ["authEnveloped-data", "signed-data"], [LENGTH]),
    (["pass"], ["not-applicable"], ["pass"], ["signed-data"], [LENGTH]),
    (["not-applicable"], ["pass"], [], ["authEnveloped-data"], [LENGTH]),
]


@pytest.fixture(scope="module")
def stream():
    """Five requests one after the other: signed, signed and encrypted, plain, multipart/signed, encrypted."""
    entities = [smime.signed(smime.text(), START), smime.encrypted(smime.signed(smime.text(), START), smime.to("bob")), smime.text(),
                smime.signed_detached(smime.text(), START), smime.encrypted(smime.text(), smime.to("bob"))]
    capture = Capture("stream", START)
    return b"".join(sip.Dialog(capture, f"stream/{number}").request_octets("MESSAGE", "TCP", entity) for number, entity in enumerate(entities))


def check(tshark, path, *options):
    """Each message is judged as ever, wherever it ends: a frame may complete several, whose values then follow one another."""
    for arguments in ([], ["-2"]):
        rows = tshark.rows(path, FIELDS, *tshark.right_keys(), *options, *arguments)
        for number, field in enumerate(FIELDS):
            assert [value for row in rows for value in row[field]] == [value for expected in EXPECTED for value in expected[number]], field
    found = [entry["verdict"] for entry in messages(*ALL_KEYS, *options, path)]
    assert [(verdict["signed"]["verdict"], verdict["encrypted"]["verdict"]) for verdict in found if verdict["signed"]["reason"] != "not-smime"] == [
        (expected[0][0], expected[1][0]) for expected in EXPECTED]
    assert len(found) == len(EXPECTED) + 1      # the plain one


@pytest.mark.parametrize("segment", [7, 53, 536, 1000, 1460, 40_000])
def test_segments(tshark, stream, segment):
    capture = Capture(f"segments-{segment}", START)
    connection = Connection(capture, CLIENT, sip.BOB.host, max_segment=segment)
    connection.send(CLIENT, stream)
    connection.close()
    check(tshark, tshark.write(capture))


@pytest.mark.parametrize("segment", [536, 1460])
def test_segments_sent_twice(tshark, stream, segment):
    """Every segment comes again, octet for octet: TCP takes it for a retransmission, and nothing is judged twice."""
    capture = Capture(f"twice-{segment}", START)
    connection = Connection(capture, CLIENT, sip.BOB.host, max_segment=segment)
    connection.send(CLIENT, stream)
    capture.frames = [(time + copy, octets) for time, octets in capture.frames for copy in (0, 1)]
    check(tshark, tshark.write(capture))


def test_segments_out_of_order(tshark, stream):
    """Two neighbours are swapped: Wireshark puts them in order when it is told to."""
    capture = Capture("out-of-order", START)
    connection = Connection(capture, CLIENT, sip.BOB.host, max_segment=536)
    connection.send(CLIENT, stream)
    (early, third), (late, fourth) = capture.frames[5], capture.frames[6]
    capture.frames[5:7] = [(early, fourth), (late, third)]
    check(tshark, tshark.write(capture), "-o", "tcp.reassemble_out_of_order:TRUE")


def test_several_messages_in_one_tls_record(tshark, stream):
    capture = Capture("records", START)
    connection = TlsConnection(capture, CLIENT, sip.BOB.host._replace(port=5061), ssl.TLSVersion.TLSv1_3)
    connection.send(CLIENT, stream)
    log = tshark.work("records.keylog", capture.secrets)
    check(tshark, tshark.write(capture), "-o", f"tls.keylog_file:{log}")


@pytest.mark.parametrize("name", ["over-tls12", "over-tls13"])
def test_tls_without_its_secrets(tshark, name):
    """Nothing is known, and nothing said."""
    path = CAPTURES / f"{name}.pcap"
    assert tshark.rows(path, FIELDS, *tshark.right_keys()) == []
    assert messages(*ALL_KEYS, path) == []


def one_segment(tshark, octets):
    capture = Capture("many", START)
    connection = Connection(capture, CLIENT, sip.BOB.host, max_segment=65000)
    connection.send(CLIENT, octets)
    return tshark.write(capture)


def requests(count, method, entity):
    capture = Capture("many", START)
    return [sip.Dialog(capture, f"many/{number}").request_octets(method, "TCP", entity) for number in range(count)]


@pytest.mark.parametrize("count", [10, 40])
def test_many_messages_in_one_segment(tshark, count):
    """Wireshark numbers the protocols of all of them in a row, ten signed messages are 190, and at 255 it begins anew. None is left out."""
    path = one_segment(tshark, b"".join(requests(count, "MESSAGE", smime.signed(smime.text(), START))))
    assert [message["verdict"]["signed"]["verdict"] for message in messages(*ALL_KEYS, path)] == ["pass"] * count
    for options in ([], ["-2"]):
        [row] = tshark.rows(path, ["smime.signed.verdict"], *tshark.right_keys(), *options)
        assert row["smime.signed.verdict"] == ["pass"] * count


def test_many_messages_without_smime_in_one_segment(tshark):
    octets = requests(130, "MESSAGE", smime.text())
    found = messages(*ALL_KEYS, one_segment(tshark, b"".join(octets)))
    assert [message["sip"]["call_id"] for message in found] == [re.search(rb"Call-ID: (\S+)", one)[1].decode() for one in octets]


@pytest.mark.parametrize("behind", [1, 3])
def test_message_quoted_at_the_end_of_another(tshark, behind):
    """The second segment begins with a whole message, which is the body of the one before, and goes on with others: none is told twice."""
    octets = requests(1 + behind, "MESSAGE", smime.text())
    capture = Capture("quoted", START)
    outer = sip.Dialog(capture, "quoted").request_octets("MESSAGE", "TCP", sip.Entity([("Content-Type", "message/sip")], octets[0]))
    connection = Connection(capture, CLIENT, sip.BOB.host, max_segment=65000)
    connection.send(CLIENT, outer[:-len(octets[0])])
    connection.send(CLIENT, b"".join(octets))
    found = [message["sip"]["call_id"] for message in messages(*ALL_KEYS, tshark.write(capture))]
    assert found == [re.search(rb"Call-ID: (\S+)", one)[1].decode() for one in [outer, *octets]]
