"""SigComp (RFC 3320) without compression: each message brings a program that copies what follows it. Another stack's program would do the
same to what it compressed."""

import struct

from sip import Dialog

START, OCTET = 128, 256             # addresses in the decompressor's memory: the program, the octet being copied


def multitype(value):
    """An operand (RFC 3320 8.5): up to 63 and from 65504 on in one octet, and OCTET."""
    if value == OCTET:
        return b"\x88"
    return bytes([value if value in range(64) else 0b11100000 | value % 65536 - 65504])


def instruction(opcode, *operands):
    return bytes([opcode]) + b"".join(map(multitype, operands))


INPUT_BYTES, OUTPUT, JUMP, END_MESSAGE = 28, 34, 22, 35       # RFC 3320 9
# Addresses in operands count from the instruction that has them. END-MESSAGE saves no state.
COPY_ALL = (instruction(INPUT_BYTES, 1, OCTET, 9) +           # at the end of the message go on 9 octets further, at END-MESSAGE
            instruction(OUTPUT, OCTET, 1) +
            instruction(JUMP, -7) +
            instruction(END_MESSAGE, *[0] * 7))


def compressed(octets):
    """A SigComp message (RFC 3320 7): no feedback, no state; length of the program and where it goes, the program, the octets."""
    return b"\xf8" + struct.pack(">H", len(COPY_ALL) << 4 | START // 64 - 1) + COPY_ALL + octets


def record(message):
    """In a stream (RFC 3320 4.2.2): each octet 0xFF is followed by 0x00, and 0xFF 0xFF ends the message."""
    return message.replace(b"\xff", b"\xff\x00") + b"\xff\xff"


class SigCompConnection:
    """Over a connection."""
    transport = "TCP"

    def __init__(self, connection):
        self.connection, self.client, self.server = connection, connection.client, connection.server

    def send(self, source, octets):
        self.connection.send(source, record(compressed(octets)))

    def close(self):
        self.connection.close()


class SigCompDialog(Dialog):
    """Over UDP."""

    def send(self, source, octets):
        super().send(source, compressed(octets) if self.connection is None else octets)
