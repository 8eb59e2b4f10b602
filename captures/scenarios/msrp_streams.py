"""MSRP: chunks in every order and with every contradiction that the standards allow or forbid, and what carries them.

The message is the same everywhere, TEXT, but where another length is the point; so is what must come out.
"""

import ssl

from msrp import PORTS
from sip import ALICE, BOB
from tls import TlsConnection
from websocket import WebSocket
from wire import ACK, PSH, Connection

from .registry import scenario

TEXT = "".join(f"Line {number:3} of what Alice says.\r\n" for number in range(1, 21)).encode()  # 600 octets
TOTAL = len(TEXT)
PATHS = {user: f"msrp://{user.host.address}:{PORTS[user]}/{user.name}session;tcp" for user in (ALICE, BOB)}


def chunk(transaction, start, body, flag, total=TOTAL, end=None, message_id="message", content_type="text/plain"):
    """A SEND from Alice; `start` is counted from 1, `end` is what Byte-Range says of the last octet (None: the truth)."""
    byte_range = f"{start}-{start + len(body) - 1 if end is None else end}/{total}"
    return (f"MSRP {transaction} SEND\r\nTo-Path: {PATHS[BOB]}\r\nFrom-Path: {PATHS[ALICE]}\r\nMessage-ID: {message_id}\r\n"
            f"Byte-Range: {byte_range}\r\nContent-Type: {content_type}\r\n\r\n").encode() + body + f"\r\n-------{transaction}{flag}\r\n".encode()


def part(transaction, first, last, **options):
    """The octets `first` to `last` of the text, counted from 1."""
    return chunk(transaction, first, TEXT[first - 1:last], "$" if last == TOTAL else "+", **options)


def other(transaction, first, last):
    """Other octets in the place of those."""
    return chunk(transaction, first, b"#" * (last - first + 1), "+")


def connect(capture):
    return Connection(capture, *(user.host._replace(port=PORTS[user]) for user in (ALICE, BOB)))


def send(capture, *chunks):
    """Each in segments of its own."""
    connection = connect(capture)
    for octets in chunks:
        connection.send(connection.client, octets)
    connection.close()


@scenario("stream-pipelined", "three messages in one segment, and the fourth in segments that end anywhere")
def stream_pipelined(capture):
    connection = connect(capture)
    one, two, three, four = (chunk(f"tid{number}", 1, b"Number %d" % number, "$", 8, message_id=f"message{number}") for number in (1, 2, 3, 4))
    connection.send(connection.client, one + two + three + four[:30])
    for at in range(30, len(four), 50):
        connection.send(connection.client, four[at:at + 50])
    connection.close()


@scenario("stream-look-alike", "end-lines of other transactions, and of this one but for a letter, in a binary body")
def stream_look_alike(capture):
    body = b"\x00\xff\r\n-------tid9$\r\n-------tid1\r\n-------tid1$ \r\n-------TID1+\r\nMSRP tid1 SEND\r\n; \x30\x80"
    send(capture, chunk("tid1", 1, body, "$", len(body), content_type="application/octet-stream"))


@scenario("stream-any-order", "the last chunk first, then the second, then the first")
def stream_any_order(capture):
    send(capture, part("tid3", 401, 600), part("tid2", 201, 400), part("tid1", 1, 200))


@scenario("stream-duplicates", "the first chunk comes three times, the last completes the message")
def stream_duplicates(capture):
    send(capture, part("tid1", 1, 300), part("tid2", 1, 300), part("tid3", 1, 300), part("tid4", 301, 600))


@scenario("stream-overlap-agreeing", "chunks overlap and agree")
def stream_overlap_agreeing(capture):
    send(capture, part("tid1", 1, 300), part("tid2", 201, 450), part("tid3", 401, 600))


@scenario("stream-overlap-disagreeing", "chunks overlap and do not agree: the last received wins (RFC 4975 7.3.1), and it is told")
def stream_overlap_disagreeing(capture):
    send(capture, other("tid1", 1, 300), part("tid2", 1, 300), part("tid3", 301, 600))


@scenario("stream-interleaved", "the chunks of two messages take turns")
def stream_interleaved(capture):
    send(capture, part("tid1", 1, 200, message_id="first"), part("tid2", 1, 300, message_id="second"), part("tid3", 201, 400, message_id="first"),
         part("tid4", 301, 600, message_id="second"), part("tid5", 401, 600, message_id="first"))


@scenario("stream-relay", "a relay split the first chunk in two and joined the other two (RFC 4976)")
def stream_relay(capture):
    send(capture, part("tid1", 1, 90), part("tid2", 91, 200), part("tid3", 201, 600))


@scenario("stream-interrupted", "the sender announced all in the first chunk, was interrupted by another message, and went on")
def stream_interrupted(capture):
    send(capture, chunk("tid1", 1, TEXT[:250], "+", end=TOTAL), chunk("tid2", 1, b"Urgent", "$", 6, message_id="urgent"), part("tid3", 251, 600))


@scenario("stream-aborted", "the sender breaks the message off in its second chunk")
def stream_aborted(capture):
    send(capture, part("tid1", 1, 200), chunk("tid2", 201, TEXT[200:300], "#", end="*"))


@scenario("stream-unknown-total", "neither end nor total are announced")
def stream_unknown_total(capture):
    send(capture, part("tid1", 1, 250, total="*", end="*"), part("tid2", 251, 600, total="*", end="*"))


@scenario("stream-total-too-small", "100 octets are announced, 600 come")
def stream_total_too_small(capture):
    send(capture, part("tid1", 1, 300, total=100), part("tid2", 301, 600, total=100))


@scenario("stream-total-too-large", "2^63 octets are announced, 600 come; the last chunk says that it is the last")
def stream_total_too_large(capture):
    send(capture, part("tid1", 1, 300, total=2 ** 63), part("tid2", 301, 600, total=2 ** 63))


@scenario("stream-total-changes", "each chunk announces another total")
def stream_total_changes(capture):
    send(capture, part("tid1", 1, 300, total=700), part("tid2", 301, 600, total=600))


@scenario("stream-mid-session", "the capture begins inside a chunk")
def stream_mid_session(capture):
    connection = connect(capture)
    octets = part("tid1", 1, 600)
    connection.send(connection.client, octets[:300], lost=True)
    connection.send(connection.client, octets[300:])
    connection.send(connection.client, part("tid2", 1, 600, message_id="next"))
    connection.close()
    del capture.frames[:4]          # the handshake, and what answers the segment that is missing


@scenario("stream-cut-by-close", "the sender closes the connection inside the only chunk of the message")
def stream_cut_by_close(capture):
    send(capture, part("tid1", 1, 600)[:-200])


@scenario("stream-octets", "one octet in each segment, to port 2855")
def stream_octets(capture):
    connection = Connection(capture, ALICE.host._replace(port=PORTS[ALICE]), BOB.host._replace(port=2855))
    for octet in chunk("tid1", 1, b"Watson?", "$", 7):
        connection.segment(connection.client, PSH | ACK, bytes([octet]))
    connection.close()


def three_chunks(connection):
    for octets in part("tid1", 1, 200), part("tid2", 201, 400), part("tid3", 401, 600):
        connection.send(connection.client, octets)
    connection.close()


@scenario("stream-tls", "MSRP over TLS 1.2; `-o tls.keylog_file:captures/stream-tls.keylog` opens it")
def stream_tls(capture):
    three_chunks(TlsConnection(capture, *(user.host._replace(port=PORTS[user]) for user in (ALICE, BOB)), ssl.TLSVersion.TLSv1_2))


@scenario("stream-websocket", "MSRP over WebSocket (RFC 7977)")
def stream_websocket(capture):
    three_chunks(WebSocket(Connection(capture, ALICE.host._replace(port=PORTS[ALICE]), BOB.host._replace(port=80)), protocol="msrp"))


@scenario("stream-websocket-fragments", "MSRP over WebSocket, each chunk in three WebSocket frames")
def stream_websocket_fragments(capture):
    socket = WebSocket(Connection(capture, ALICE.host._replace(port=PORTS[ALICE]), BOB.host._replace(port=80)), protocol="msrp")
    for octets in part("tid1", 1, 300), part("tid2", 301, 600):
        socket.send_fragmented(socket.client, octets, 3)
    socket.close()


@scenario("stream-websocket-tls", "MSRP over WebSocket over TLS, in a pcapng file that has the secrets inside", suffix=".pcapng")
def stream_websocket_tls(capture):
    three_chunks(WebSocket(TlsConnection(capture, ALICE.host._replace(port=PORTS[ALICE]), BOB.host._replace(port=443)), protocol="msrp"))
