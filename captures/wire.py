"""Ethernet frames with IPv4, UDP and TCP in a classic little-endian pcap file. Nothing here knows what they carry."""

import struct
from typing import NamedTuple

MICROSECONDS = 1_000_000
PACKET_GAP = 5_000          # microseconds between two packets of one conversation
MAX_SEGMENT = 1460          # octets of TCP payload in one Ethernet frame
MAX_DATAGRAM = 1472         # octets of UDP payload in one Ethernet frame; larger ones are not fragmented here

FIN, SYN, PSH, ACK = 0x01, 0x02, 0x08, 0x10


class Host(NamedTuple):
    """An end of the wire; the link-layer address follows from the IPv4 address."""
    address: str
    port: int

    def packed(self):
        return bytes(int(part) for part in self.address.split("."))

    def link(self):
        return b"\x02\x00" + self.packed()

    def __str__(self):
        return f"{self.address}:{self.port}"


def checksum(octets):
    """The Internet checksum (RFC 1071)."""
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(source, destination, protocol, identification, segment):
    """Ethernet and IPv4 headers before a transport segment."""
    def header(check):
        return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), identification, 0x4000, 64, protocol, check,
                           source.packed(), destination.packed())
    return destination.link() + source.link() + b"\x08\x00" + header(checksum(header(0))) + segment


def pseudo_header(source, destination, protocol, length):
    return source.packed() + destination.packed() + struct.pack(">BBH", 0, protocol, length)


class Capture:
    """Frames in the order of time. `start` is a datetime with time zone: the first frame's time."""

    def __init__(self, name, start):
        self.name = name
        self.start = start
        self.clock = round(start.timestamp() * MICROSECONDS)
        self.frames = []

    def add(self, source, destination, protocol, segment):
        identification = len(self.frames) + 1
        self.frames.append((self.clock, frame(source, destination, protocol, identification, segment)))
        self.clock += PACKET_GAP

    def wait(self, seconds):
        self.clock += round(seconds * MICROSECONDS)

    def udp(self, source, destination, payload):
        if len(payload) > MAX_DATAGRAM:
            raise ValueError(f"a datagram of {len(payload)} octets does not fit one frame")
        length = 8 + len(payload)
        ports = struct.pack(">HHH", source.port, destination.port, length)
        check = checksum(pseudo_header(source, destination, 17, length) + ports + b"\0\0" + payload) or 0xFFFF
        self.add(source, destination, 17, ports + struct.pack(">H", check) + payload)

    def write(self, path, snap_length=65535):
        """Frames longer than `snap_length` octets are cut there, as a capture with that snap length has them."""
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap_length, 1))
            for time, octets in self.frames:
                kept = octets[:snap_length]
                file.write(struct.pack("<IIII", time // MICROSECONDS, time % MICROSECONDS, len(kept), len(octets)))
                file.write(kept)


class Connection:
    """One TCP connection, opened at once. Every segment is acknowledged, none is lost unless asked for."""

    def __init__(self, capture, client, server):
        self.capture, self.client, self.server = capture, client, server
        self.sequence = {client: 1000, server: 5000}
        self.segment(client, SYN)
        self.segment(server, SYN | ACK)
        self.segment(client, ACK)

    def other(self, end):
        return self.server if end == self.client else self.client

    def segment(self, source, flags, payload=b"", lost=False):
        destination = self.other(source)
        acknowledged = self.sequence[destination] if flags & ACK else 0
        options = struct.pack(">BBH", 2, 4, MAX_SEGMENT) if flags & SYN else b""

        def header(check):
            return struct.pack(">HHIIBBHHH", source.port, destination.port, self.sequence[source], acknowledged,
                               (20 + len(options)) // 4 << 4, flags, 65535, check, 0) + options
        length = len(header(0)) + len(payload)
        check = checksum(pseudo_header(source, destination, 6, length) + header(0) + payload)
        if not lost:
            self.capture.add(source, destination, 6, header(check) + payload)
        self.sequence[source] += len(payload) + (1 if flags & (SYN | FIN) else 0)

    def send(self, source, octets, lost=False):
        """Octets from one end. Lost ones reach the other end, which acknowledges them, but not the capture."""
        for start in range(0, len(octets), MAX_SEGMENT):
            piece = octets[start:start + MAX_SEGMENT]
            last = start + MAX_SEGMENT >= len(octets)
            self.segment(source, ACK | PSH if last else ACK, piece, lost)
        self.segment(self.other(source), ACK)

    def close(self):
        self.segment(self.client, FIN | ACK)
        self.segment(self.server, FIN | ACK)
        self.segment(self.client, ACK)
