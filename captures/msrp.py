"""An MSRP session between Alice and Bob (RFC 4975), negotiated by SIP and SDP, over one TCP connection."""

from sip import ALICE, BOB, Dialog, token
from smime import Entity
from wire import Connection

PORTS = {ALICE: 7654, BOB: 12763}
ACCEPT_TYPES = "message/cpim text/plain application/pkcs7-mime"


def session_description(user, path):
    address = user.host.address
    lines = [
        "v=0",
        f"o={user.name} 2890844526 2890844526 IN IP4 {address}",
        "s=-",
        f"c=IN IP4 {address}",
        "t=0 0",
        f"m=message {PORTS[user]} TCP/MSRP *",
        f"a=accept-types:{ACCEPT_TYPES}",
        f"a=path:{path}",
    ]
    return Entity([("Content-Type", "application/sdp")], "".join(line + "\r\n" for line in lines).encode())


def cpim(entity, at, sender=ALICE, recipient=BOB, extra=()):
    """A message/cpim (RFC 3862) around an entity; `extra` header fields follow the three that are always there."""
    fields = [("From", f"<{sender.uri}>"), ("To", f"<{recipient.uri}>"), ("DateTime", f"{at:%Y-%m-%dT%H:%M:%SZ}"), *extra]
    octets = Entity(fields, entity.octets()).octets().replace(b": ;", b":;")    # parameters follow the colon at once (RFC 3862 3.2)
    return Entity([("Content-Type", "message/cpim")], octets)


class Session:
    """Alice offers and opens the connection, Bob answers. Without `negotiated` the capture has no SIP."""

    def __init__(self, capture, negotiated=True):
        self.capture = capture
        self.transactions = 0
        self.messages = 0
        self.ends = {user: user.host._replace(port=PORTS[user]) for user in (ALICE, BOB)}
        self.paths = {user: f"msrp://{end}/{token(capture.name, user.name, length=16)};tcp"
                      for user, end in self.ends.items()}
        self.dialog = Dialog(capture, capture.name) if negotiated else None
        if negotiated:
            self.invite()
        self.connection = Connection(capture, self.ends[ALICE], self.ends[BOB])

    def invite(self):
        contacts = {user: f"sip:{user.name}@{user.host.address}" for user in (ALICE, BOB)}
        self.dialog.request("INVITE", session_description(ALICE, self.paths[ALICE]),
                            [("Contact", f"<{contacts[ALICE]}>")],
                            answer=session_description(BOB, self.paths[BOB]),
                            answer_extra=[("Contact", f"<{contacts[BOB]}>")])
        self.dialog.target = contacts[BOB]
        self.dialog.acknowledge()

    def send(self, entity, sender=ALICE, chunk_size=None, omitted=(), lost=()):
        """An entity in SEND requests of `chunk_size` octets of body (None: one chunk), each with its 200 response.

        Chunks are counted from 1. The `omitted` ones never leave the sender; the `lost` ones are missing from the
        capture alone: their response is there.
        """
        recipient = BOB if sender == ALICE else ALICE
        self.messages += 1
        message_id = token(self.capture.name, "message", self.messages, length=12)
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
            self.connection.send(self.ends[sender], request + end_line(transaction, "$" if end == total else "+"),
                                 lost=number in lost)
            self.connection.send(self.ends[recipient], response + end_line(transaction, "$"))

    def transaction_for(self, body):
        """The next transaction identifier, whose end-line does not stand in the body (RFC 4975 7.1)."""
        while True:
            self.transactions += 1
            transaction = token(self.capture.name, "transaction", self.transactions, length=10)
            if b"-------" + transaction.encode() not in body:
                return transaction

    def head(self, start, source, destination, fields):
        fields = [("To-Path", self.paths[destination]), ("From-Path", self.paths[source])] + fields
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
