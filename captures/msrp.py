"""MSRP sessions between Alice and Bob (RFC 4975), negotiated by SIP and SDP, over a connection of any kind."""

from sip import ALICE, BOB, Dialog, token
from smime import Entity
from wire import Connection

PORTS = {ALICE: 7654, BOB: 12763}
ACCEPT_TYPES = "message/cpim text/plain application/pkcs7-mime"


def session_description(user, path, protocol="TCP/MSRP", at=None, accept_types=ACCEPT_TYPES, attributes=()):
    """An offer or answer. `path`: the URIs of a=path. `at`: host and port in c= and m=, the user's own unless told otherwise.
    `attributes`: further ones of the media, "setup:active", ..."""
    at = at or user.host._replace(port=PORTS[user])
    address = f"IN IP{6 if at.is_ipv6 else 4} {at.address}"
    lines = [
        "v=0",
        f"o={user.name} 2890844526 2890844526 {address}",
        "s=-",
        f"c={address}",
        "t=0 0",
        f"m=message {at.port} {protocol} *",
        f"a=accept-types:{accept_types}",
        f"a=path:{path}",
        *(f"a={attribute}" for attribute in attributes),
    ]
    return Entity([("Content-Type", "application/sdp")], "".join(line + "\r\n" for line in lines).encode())


def uri(end, *parts, scheme="msrp"):
    """An MSRP URI at a host and port, whose session-id follows from the parts."""
    return f"{scheme}://{end}/{token(*parts, length=16)};tcp"


def contact(user):
    host = user.host
    return [("Contact", f"<sip:{user.name}@{f'[{host.address}]' if host.is_ipv6 else host.address}>")]


def invite(dialog, offer, answer, in_ack=False, **how):
    """INVITE, 200 and ACK. With `in_ack` the 200 offers and the ACK answers."""
    empty = Entity([], b"")
    first, second = (empty, offer) if in_ack else (offer, answer)
    dialog.request("INVITE", first, contact(dialog.sender), answer=second, answer_extra=contact(dialog.recipient) + how.pop("answer_extra", []), **how)
    dialog.target = contact(dialog.recipient)[0][1].strip("<>")
    dialog.acknowledge(answer if in_ack else empty)


def cpim(entity, at, sender=ALICE, recipient=BOB, extra=()):
    """A message/cpim (RFC 3862) around an entity; `extra` header fields follow the three that are always there."""
    fields = [("From", f"<{sender.uri}>"), ("To", f"<{recipient.uri}>"), ("DateTime", f"{at:%Y-%m-%dT%H:%M:%SZ}"), *extra]
    octets = Entity(fields, entity.octets()).octets().replace(b": ;", b":;")    # parameters follow the colon at once (RFC 3862 3.2)
    return Entity([("Content-Type", "message/cpim")], octets)


class Session:
    """An MSRP session. Alice offers and opens the connection, Bob answers, unless told otherwise.

    negotiated: without it the capture has no SIP. paths, offer, answer: user -> URI, and the entities that negotiate; ends: user -> host and
    port, where the connection ends; opener: who opens it; connection: one that is open already, or a function that opens one (capture, client,
    server); relays: their URIs, from Alice to Bob, and `hop`: how many of them stand before this connection (RFC 4976); name: what identifiers
    follow from, the capture's unless it has several sessions; dialog: one that has been begun.
    """

    def __init__(self, capture, negotiated=True, users=(ALICE, BOB), name=None, paths=None, offer=None, answer=None, ends=None, opener=None,
                 connection=Connection, dialog=None, relays=(), hop=0):
        caller, callee = self.users = users
        self.capture, self.name, self.relays, self.hop = capture, name or capture.name, relays, hop
        self.transactions = 0
        self.messages = 0
        self.ends = ends or {user: user.host._replace(port=PORTS[user]) for user in users}
        self.paths = paths or {user: uri(end, self.name, user.name) for user, end in self.ends.items()}
        self.dialog = dialog or (Dialog(capture, self.name, caller, callee) if negotiated else None)
        if negotiated and not dialog:
            invite(self.dialog, offer or session_description(caller, self.paths[caller]), answer or session_description(callee, self.paths[callee]))
        opener = opener or caller
        if callable(connection):
            connection = connection(capture, self.ends[opener], self.ends[self.other(opener)])
        self.connection = connection

    def other(self, user):
        return self.users[0] if user == self.users[1] else self.users[1]

    def send(self, entity, sender=None, chunk_size=None, omitted=(), lost=()):
        """An entity in SEND requests of `chunk_size` octets of body (None: one chunk), each with its 200 response.

        Chunks are counted from 1. The `omitted` ones never leave the sender; the `lost` ones are missing from the
        capture alone: their response is there.
        """
        sender = sender or self.users[0]
        recipient = self.other(sender)
        self.messages += 1
        message_id = token(self.name, "message", self.messages, length=12)
        total = len(entity.body)
        chunk_size = chunk_size or total
        for number, start in enumerate(range(0, total, chunk_size), 1):
            if number in omitted:
                continue
            body = entity.body[start:start + chunk_size]
            end = start + len(body)
            transaction = self.transaction_for(body)
            fields = [("Message-ID", message_id), ("Byte-Range", f"{start + 1}-{end}/{total}"), *mime_fields(entity)]
            request = self.head(f"{transaction} SEND", sender, recipient, fields) + b"\r\n" + body + b"\r\n"
            response = self.head(f"{transaction} 200 OK", recipient, sender, [])
            how = {"lost": True} if number in lost else {}
            self.connection.send(self.ends[sender], request + end_line(transaction, "$" if end == total else "+"), **how)
            self.connection.send(self.ends[recipient], response + end_line(transaction, "$"))

    def transaction_for(self, body):
        """The next transaction identifier, whose end-line does not stand in the body (RFC 4975 7.1)."""
        while True:
            self.transactions += 1
            transaction = token(self.name, "transaction", self.transactions, length=10)
            if b"-------" + transaction.encode() not in body:
                return transaction

    def head(self, start, source, destination, fields):
        """A request names the relays that are to come and those that it has passed (RFC 4976 3), a response the two ends of the hop (RFC 4975 7.2)."""
        before = [*self.relays[:self.hop][::-1], self.paths[self.users[0]]]
        behind = [*self.relays[self.hop:], self.paths[self.users[1]]]
        from_path, to_path = (before, behind) if source == self.users[0] else (behind, before)
        if not start.endswith(("SEND", "REPORT")):
            from_path, to_path = from_path[:1], to_path[:1]
        fields = [("To-Path", " ".join(to_path)), ("From-Path", " ".join(from_path))] + fields
        return "".join([f"MSRP {start}\r\n", *(f"{name}: {value}\r\n" for name, value in fields)]).encode()

    def close(self):
        self.connection.close()
        if self.dialog is not None:
            self.dialog.request("BYE")


def mime_fields(entity):
    """Content-Type is the last header field (RFC 4975 7.1); MSRP is binary and has no Content-Transfer-Encoding."""
    return [(name, entity.field(name)) for name in ("Content-Disposition", "Content-Type") if entity.field(name)]


def end_line(transaction, flag):
    return f"-------{transaction}{flag}\r\n".encode()
