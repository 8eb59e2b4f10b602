"""SIP and MSRP over WebSocket (RFC 7118, RFC 7977), over TCP or over TLS."""

import base64
import hashlib
import struct

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"       # RFC 6455 1.3
BINARY = 0x82                                       # the whole message in one frame; SIP bodies need not be UTF-8


class WebSocket:
    """The client's upgrade of a connection; then one message in each frame, masked from the client (RFC 6455 5.3)."""

    def __init__(self, connection, host="example.org", protocol="sip"):
        self.connection, self.client, self.server = connection, connection.client, connection.server
        self.transport = "WSS" if connection.transport == "TLS" else "WS"
        self.masks = 0
        key = base64.b64encode(bytes(range(16))).decode()
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        connection.send(self.client, (
            f"GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Protocol: {protocol}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        connection.send(self.server, (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n").encode())

    def send_fragmented(self, source, octets, parts):
        """One message in so many frames (RFC 6455 5.4)."""
        size = -(-len(octets) // parts)
        for start in range(0, len(octets), size):
            first = BINARY & 0x0F if start == 0 else 0
            last = 0x80 if start + size >= len(octets) else 0
            self.send(source, octets[start:start + size], last | first)

    def send(self, source, octets, opcode=BINARY):
        masked = 0x80 if source == self.client else 0
        length = struct.pack(">BBH", opcode, masked | 126, len(octets)) if len(octets) > 125 else bytes([opcode, masked | len(octets)])
        if masked:
            self.masks += 1
            mask = hashlib.sha256(f"mask {self.masks}".encode()).digest()[:4]
            octets = mask + bytes(octet ^ mask[i % 4] for i, octet in enumerate(octets))
        self.connection.send(source, length + octets)

    def close(self):
        self.connection.close()
