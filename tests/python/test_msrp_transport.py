"""The same chunks over every transport that MSRP has: what is put together, and which transport the auditor names."""

import ssl
from datetime import datetime, timezone

import pytest

from auditor import messages
from tls import TlsConnection
from websocket import WebSocket
from wire import Capture, Connection, Host

START = datetime(2026, 1, 15, 10, 0, 0, tzinfo=timezone.utc)
ALICE, BOB = Host("192.0.2.10", 7654), Host("198.51.100.20", 12763)
ALICE_IPV6, BOB_IPV6 = Host("2001:db8::10", 7654), Host("2001:db8:1::20", 12763)
BODY = b"-------abcd1234$\r\n" * 40


def chunk(start, end, flag):
    transaction = f"transaction{start}"
    head = (f"MSRP {transaction} SEND\r\nTo-Path: msrps://198.51.100.20:12763/bob;tcp\r\nFrom-Path: msrps://192.0.2.10:7654/alice;tcp\r\n"
            f"Message-ID: whole\r\nByte-Range: {start + 1}-{end}/{len(BODY)}\r\nContent-Type: text/plain\r\n\r\n")
    return head.encode() + BODY[start:end] + f"\r\n-------{transaction}{flag}\r\n".encode()


CHUNKS = [chunk(300, len(BODY), "$"), chunk(0, 120, "+"), chunk(120, 300, "+")]

# name: what opens the connection, the transport it is
TRANSPORTS = {
    "any-port": (lambda capture: Connection(capture, ALICE, BOB), "tcp"),
    "port-2855": (lambda capture: Connection(capture, ALICE, BOB._replace(port=2855), max_segment=3), "tcp"),
    "ipv6": (lambda capture: Connection(capture, ALICE_IPV6, BOB_IPV6), "tcp"),
    "tls12": (lambda capture: TlsConnection(capture, ALICE, BOB, ssl.TLSVersion.TLSv1_2), "tls"),
    "tls13": (lambda capture: TlsConnection(capture, ALICE, BOB), "tls"),
    "tls-port-2855": (lambda capture: TlsConnection(capture, ALICE, BOB._replace(port=2855)), "tls"),
    "websocket": (lambda capture: WebSocket(Connection(capture, ALICE, BOB._replace(port=80)), protocol="msrp"), "ws"),
    "websocket-tls": (lambda capture: WebSocket(TlsConnection(capture, ALICE, BOB._replace(port=443)), protocol="msrp"), "wss"),
}


@pytest.mark.parametrize("name", TRANSPORTS)
def test_chunks_are_put_together(tshark, name):
    opened, transport = TRANSPORTS[name]
    capture = Capture(f"msrp-over-{name}", START)
    connection = opened(capture)
    for octets in CHUNKS:                                            # from the client: masked in a WebSocket
        connection.send(connection.client, octets)
    path = tshark.folder / "work" / f"{capture.name}.pcapng"
    capture.write(path)
    path.chmod(0o644)

    for passes in [], ["-2"]:
        [row] = tshark.rows(path, ["smime.msrp.chunks", "smime.msrp.message_id", "_ws.malformed"], *passes, only="smime.msrp.chunks")
        assert (row["smime.msrp.chunks"], row["_ws.malformed"]) == (["3"], [])
        assert set(row["smime.msrp.message_id"]) == {"whole"}
    [message] = messages(path)
    assert (message["carrier"], message["transport"]) == ("msrp", transport)
    assert (message["msrp"]["chunks"], message["msrp"]["complete"], message["content"]["length"]) == (3, True, len(BODY))
    assert message["verdict"]["identity"]["verdict"] != "pass"


def test_tls_is_opened_by_a_key_log_of_its_own(tshark):
    capture = Capture("msrp-over-tls-keylog", START)
    connection = TlsConnection(capture, ALICE, BOB)
    for octets in CHUNKS:
        connection.send(connection.client, octets)
    path = tshark.write(capture)
    option = ["-o", f"tls.keylog_file:{tshark.work('msrp.keylog', capture.secrets)}"]
    assert messages(path) == [] == tshark.rows(path, [], only="smime.msrp.chunks")
    [row] = tshark.rows(path, ["smime.msrp.chunks"], *option, only="smime.msrp.chunks")
    assert row.one("smime.msrp.chunks") == "3"
    [message] = messages(*option, path)
    assert (message["transport"], message["msrp"]["complete"]) == ("tls", True)


def test_decode_as_inside_tls(tshark):
    """Port 443 is HTTP's. The built-in dissector does not let itself be chosen for TLS."""
    capture = Capture("msrp-decode-as-tls", START)
    connection = TlsConnection(capture, ALICE, BOB._replace(port=443))
    octets = b"".join(CHUNKS)
    for at in range(0, len(octets), 211):
        connection.send(connection.client, octets[at:at + 211])
    path = tshark.folder / "work" / f"{capture.name}.pcapng"
    capture.write(path)
    path.chmod(0o644)
    for passes in [], ["-2"]:
        [row] = tshark.rows(path, ["smime.msrp.chunks"], "-d", "tls.port==443,msrp-stream", *passes, only="smime.msrp.chunks")
        assert row.one("smime.msrp.chunks") == "3"
    [message] = messages("-d", "tls.port==443,msrp-stream", path)
    assert (message["transport"], message["msrp"]["chunks"], message["msrp"]["complete"]) == ("tls", 3, True)


def websocket_capture(name):
    capture = Capture(name, START)
    return capture, WebSocket(Connection(capture, ALICE, BOB._replace(port=80)), protocol="msrp")


@pytest.mark.parametrize("parts", [2, 5])
def test_fragmented_websocket_messages(tshark, parts):
    """Each chunk is a WebSocket message in several frames (RFC 6455 5.4)."""
    capture, socket = websocket_capture(f"msrp-ws-fragments-{parts}")
    for octets in CHUNKS:
        socket.send_fragmented(socket.client, octets, parts)
    path = tshark.write(capture)
    for passes in [], ["-2"]:
        [row] = tshark.rows(path, ["smime.msrp.chunks", "_ws.malformed"], *passes, only="smime.msrp.chunks")
        assert (row["smime.msrp.chunks"], row["_ws.malformed"]) == (["3"], [])
    [message] = messages(path)
    assert (message["transport"], message["msrp"]["complete"], message["content"]["length"]) == ("ws", True, len(BODY))


def test_a_websocket_frame_that_the_capture_cut(tshark):
    """Wireshark does not unmask it, so its chunk stays out of sight: the message lacks its octets."""
    capture, socket = websocket_capture("msrp-ws-cut")
    for octets in CHUNKS:
        socket.send(socket.client, octets)
    path = tshark.folder / "work" / "msrp-ws-cut.pcap"
    capture.write(path, snap_length=500)
    path.chmod(0o644)
    [message] = messages(path)
    assert message["msrp"]["complete"] is False
    assert message["msrp"]["damage"] == f"{len(BODY) - 300} octets of the message were not seen"
