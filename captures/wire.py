"""Ethernet frames with IPv4 or IPv6, UDP and TCP in a classic little-endian pcap file, or in a pcapng file with the secrets of its
TLS connections. Nothing here knows what they carry."""

import ipaddress
import struct
from typing import NamedTuple

MICROSECONDS = 1_000_000
PACKET_GAP = 5_000          # microseconds between two packets of one conversation
MAX_SEGMENT = 1460          # octets of TCP payload in one Ethernet frame
MAX_DATAGRAM = 1472         # octets of UDP payload in one Ethernet frame; larger ones only where a capture says how to fragment

ETHERNET, EXPORTED_PDU = 1, 252     # link-layer types of a capture file

FIN, SYN, PSH, ACK = 0x01, 0x02, 0x08, 0x10


class Host(NamedTuple):
    """An end of the wire; the link-layer address follows from the last four octets of the IP address."""
    address: str
    port: int

    @property
    def is_ipv6(self):
        return ":" in self.address

    def packed(self):
        return ipaddress.ip_address(self.address).packed

    def link(self):
        return b"\x02\x00" + self.packed()[-4:]

    def __str__(self):
        return f"[{self.address}]:{self.port}" if self.is_ipv6 else f"{self.address}:{self.port}"


def checksum(octets):
    """The Internet checksum (RFC 1071)."""
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def crc32c(octets):
    """SCTP's checksum (RFC 9260 appendix A)."""
    remainder = 0xFFFFFFFF
    for octet in octets:
        remainder ^= octet
        for _ in range(8):
            remainder = remainder >> 1 ^ (0x82F63B78 if remainder & 1 else 0)
    return remainder ^ 0xFFFFFFFF


def ethernet(source, destination, packet, vlan=None):
    """The Ethernet header before an IP packet, with a VLAN tag (IEEE 802.1Q) when there is a VLAN number."""
    tag = struct.pack(">HH", 0x8100, vlan) if vlan is not None else b""
    return destination.link() + source.link() + tag + (b"\x86\xdd" if source.is_ipv6 else b"\x08\x00") + packet


def ipv4(source, destination, protocol, identification, payload, flags_and_offset=0x4000):
    def header(check):
        return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), identification, flags_and_offset, 64, protocol, check,
                           source.packed(), destination.packed())
    return header(checksum(header(0))) + payload


def ipv6(source, destination, protocol, payload):
    return struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + source.packed() + destination.packed() + payload


def ip_packets(source, destination, protocol, identification, segment, fragment=None):
    """The IP packets that carry a segment: one, or fragments of `fragment` octets of payload, a multiple of eight."""
    if source.is_ipv6:
        return [ipv6(source, destination, protocol, segment)]
    if fragment is None or len(segment) <= fragment:
        return [ipv4(source, destination, protocol, identification, segment)]
    packets = []
    for start in range(0, len(segment), fragment):
        more = 0x2000 if start + fragment < len(segment) else 0
        packets.append(ipv4(source, destination, protocol, identification, segment[start:start + fragment], more | start // 8))
    return packets


def pseudo_header(source, destination, protocol, length):
    if source.is_ipv6:
        return source.packed() + destination.packed() + struct.pack(">II", length, protocol)
    return source.packed() + destination.packed() + struct.pack(">BBH", 0, protocol, length)


def pcapng_block(kind, body):
    body += bytes(-len(body) % 4)
    length = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + length + body + length


class Capture:
    """Frames in the order of time. `start` is a datetime with time zone: the first frame's time.

    A scenario may set `vlan` (a VLAN number), `fragment` (octets of a datagram in one IP packet), `link_type`, and `secrets`: the lines
    of an NSS key log that open the TLS connections.
    """

    def __init__(self, name, start):
        self.name = name
        self.start = start
        self.clock = round(start.timestamp() * MICROSECONDS)
        self.frames = []
        self.vlan = self.fragment = None
        self.link_type = ETHERNET
        self.secrets = b""
        self.connections = 0

    def add_frame(self, octets):
        self.frames.append((self.clock, octets))
        self.clock += PACKET_GAP

    def add(self, source, destination, protocol, segment):
        identification = len(self.frames) + 1 & 0xFFFF
        for packet in ip_packets(source, destination, protocol, identification, segment, self.fragment):
            self.add_frame(ethernet(source, destination, packet, self.vlan))

    def wait(self, seconds):
        self.clock += round(seconds * MICROSECONDS)

    def udp(self, source, destination, payload):
        if len(payload) > MAX_DATAGRAM and self.fragment is None:
            raise ValueError(f"a datagram of {len(payload)} octets does not fit one frame")
        length = 8 + len(payload)
        ports = struct.pack(">HHH", source.port, destination.port, length)
        check = checksum(pseudo_header(source, destination, 17, length) + ports + b"\0\0" + payload) or 0xFFFF
        self.add(source, destination, 17, ports + struct.pack(">H", check) + payload)

    def sctp(self, source, destination, payload, number, protocol=0):
        """One SCTP packet (RFC 9260) with one DATA chunk that holds all of the payload; `number` is its TSN and stream sequence number."""
        chunk = struct.pack(">BBHIHHI", 0, 3, 16 + len(payload), number, 0, number, protocol) + payload + bytes(-len(payload) % 4)

        def header(check):
            return struct.pack(">HHI", source.port, destination.port, 0x5349502F) + struct.pack("<I", check)
        self.add(source, destination, 132, header(crc32c(header(0) + chunk)) + chunk)

    def exported_pdu(self, protocol, source, destination, payload):
        """A datagram's payload as Wireshark's "Export PDUs" writes it: tags that name dissector, addresses and ports, then the payload."""
        name = protocol.encode()
        tags = [(12, name + bytes(-len(name) % 4)), (20, source.packed()), (21, destination.packed()), (24, struct.pack(">I", 3)),
                (25, struct.pack(">I", source.port)), (26, struct.pack(">I", destination.port)), (0, b"")]
        self.add_frame(b"".join(struct.pack(">HH", tag, len(value)) + value for tag, value in tags) + payload)

    def write(self, path, snap_length=65535):
        """Frames longer than `snap_length` octets are cut there, as a capture with that snap length has them. A path that ends in .pcapng
        gets the secrets in the file."""
        path.write_bytes((self.pcapng if path.suffix == ".pcapng" else self.pcap)(snap_length))

    def pcap(self, snap_length):
        octets = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap_length, self.link_type)]
        for time, frame in self.frames:
            kept = frame[:snap_length]
            octets += [struct.pack("<IIII", time // MICROSECONDS, time % MICROSECONDS, len(kept), len(frame)), kept]
        return b"".join(octets)

    def pcapng(self, snap_length):
        """A section header, the secrets (Decryption Secrets Block), an interface with microseconds, the packets."""
        blocks = [pcapng_block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
        if self.secrets:
            blocks.append(pcapng_block(0x0000000A, struct.pack("<4sI", b"KSLT", len(self.secrets)) + self.secrets))
        blocks.append(pcapng_block(0x00000001, struct.pack("<HHI", self.link_type, 0, snap_length)))
        for time, frame in self.frames:
            kept = frame[:snap_length]
            blocks.append(pcapng_block(0x00000006, struct.pack("<IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(kept), len(frame)) + kept))
        return b"".join(blocks)


class Connection:
    """One TCP connection, opened at once. Everything sent is acknowledged, nothing is lost unless asked for. `initial`: the sequence numbers
    of client and server; a connection on ports that were used before has others."""
    transport = "TCP"

    def __init__(self, capture, client, server, max_segment=MAX_SEGMENT, initial=(1000, 5000)):
        self.capture, self.client, self.server = capture, client, server
        self.max_segment = max_segment
        capture.connections += 1
        self.sequence = dict(zip((client, server), initial))
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
        for start in range(0, len(octets), self.max_segment):
            piece = octets[start:start + self.max_segment]
            last = start + self.max_segment >= len(octets)
            self.segment(source, ACK | PSH if last else ACK, piece, lost)
        self.segment(self.other(source), ACK)

    def close(self):
        self.segment(self.client, FIN | ACK)
        self.segment(self.server, FIN | ACK)
        self.segment(self.client, ACK)
