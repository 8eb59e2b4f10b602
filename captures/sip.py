"""Alice and Bob speak SIP: requests with their responses, over UDP or, where they are large, over TCP."""

import hashlib
from typing import NamedTuple

from smime import Entity
from wire import Connection, Host

# RFC 3261 18.1.1, RFC 3428 8: a larger request needs a transport with congestion control.
MAX_DATAGRAM_REQUEST = 1300
CLIENT_PORT = 49172


class User(NamedTuple):
    name: str
    uri: str
    host: Host


ALICE = User("alice", "sip:alice@example.com", Host("192.0.2.10", 5060))
BOB = User("bob", "sip:bob@example.org", Host("198.51.100.20", 5060))
ALICE_IPV6 = ALICE._replace(host=Host("2001:db8::10", 5060))
BOB_IPV6 = BOB._replace(host=Host("2001:db8:1::20", 5060))


def token(*parts, length=10):
    """An identifier that looks random and is the same in every run."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:length]


NO_BODY = Entity([], b"")


def message_octets(start_line, fields, entity=NO_BODY):
    fields = fields + entity.fields + [("Content-Length", len(entity.body))]
    return f"{start_line}\r\n".encode() + Entity(fields, entity.body).octets()


class Dialog:
    """The SIP messages of one capture that share a Call-ID.

    `datagrams`: UDP however large a request is. `connection`: one that is open already, of any kind. `from_uri`: what From says when it
    is not the sender's own.
    """

    def __init__(self, capture, name, sender=ALICE, recipient=BOB, datagrams=False, connection=None, from_uri=None):
        self.capture, self.name, self.sender, self.recipient = capture, name, sender, recipient
        self.sequence = 1
        self.target = recipient.uri
        self.remote_tag = None
        self.datagrams = datagrams
        self.connection = connection
        self.from_uri = from_uri or sender.uri

    def fields(self, method, transport):
        """The header fields of a request, which its response repeats."""
        to_tag = f";tag={self.remote_tag}" if self.remote_tag else ""
        branch = "z9hG4bK" + token(self.name, "branch", method, self.sequence)
        address = self.sender.host.address
        return [
            ("Via", f"SIP/2.0/{transport} {f'[{address}]' if self.sender.host.is_ipv6 else address};branch={branch}"),
            ("From", f"<{self.from_uri}>;tag={token(self.name, 'from', length=8)}"),
            ("To", f"<{self.recipient.uri}>{to_tag}"),
            ("Call-ID", token(self.name, "call")),
            ("CSeq", f"{self.sequence} {method}"),
        ]

    def request_octets(self, method, transport, entity=NO_BODY, extra=()):
        """A request's octets, which need not be sent: a tunnelled one goes inside another."""
        shared = self.fields(method, transport)
        fields = shared[:1] + [("Max-Forwards", 70)] + shared[1:] + list(extra)
        return message_octets(f"{method} {self.target} SIP/2.0", fields, entity)

    def response_octets(self, method, transport, status, entity=NO_BODY, extra=()):
        fields = self.fields(method, transport)
        if not self.remote_tag:
            self.remote_tag = token(self.name, "to", length=8)
            fields[2] = ("To", f"{fields[2][1]};tag={self.remote_tag}")
        return message_octets(f"SIP/2.0 {status}", fields + list(extra), entity)

    def send(self, source, octets):
        """Over TCP once the dialog has a connection, else in a datagram."""
        destination = self.recipient if source == self.sender else self.sender
        if self.connection is None:
            self.capture.udp(source.host, destination.host, octets)
        else:
            client = source == self.sender
            self.connection.send(self.connection.client if client else self.connection.server, octets)

    def transport_for(self, octets):
        """UDP, or TCP from the first request on that is too large for it."""
        if self.connection is None and not self.datagrams and len(octets) > MAX_DATAGRAM_REQUEST:
            client = self.sender.host._replace(port=CLIENT_PORT + self.capture.connections)
            self.connection = Connection(self.capture, client, self.recipient.host)
        return self.transport

    @property
    def transport(self):
        return "UDP" if self.connection is None else self.connection.transport

    def request(self, method, entity=NO_BODY, extra=(), status="200 OK", answer=NO_BODY, answer_extra=()):
        """A request of the sender and the recipient's response; the identifiers follow from the dialog's name."""
        transport = self.transport_for(self.request_octets(method, "UDP", entity, extra))
        self.send(self.sender, self.request_octets(method, transport, entity, extra))
        self.send(self.recipient, self.response_octets(method, transport, status, answer, answer_extra))
        if method != "INVITE":
            self.sequence += 1

    def acknowledge(self, entity=NO_BODY):
        """The ACK of a 2xx: it has the INVITE's sequence number and no response. It may have the answer to an offer in the 2xx."""
        self.send(self.sender, self.request_octets("ACK", self.transport, entity))
        self.sequence += 1

    def close(self):
        if self.connection is not None:
            self.connection.close()


def date_of(time):
    return ("Date", time.strftime("%a, %d %b %Y %H:%M:%S GMT"))


def message(capture, *entities, sender=ALICE, recipient=BOB, extra=(), number=1, **how):
    """MESSAGE requests outside of a dialog, each with a Date field, and their 200 responses. Counted from `number`."""
    for number, entity in enumerate(entities, number):
        exchange = Dialog(capture, f"{capture.name}/{number}", sender, recipient, **how)
        exchange.request("MESSAGE", entity, [date_of(capture.start), *extra])
        if "connection" not in how:
            exchange.close()
        capture.wait(1)
