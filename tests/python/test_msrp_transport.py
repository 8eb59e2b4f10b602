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
