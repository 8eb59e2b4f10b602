"""MSRP: what is answered to it. Responses, reports, and a relay that wants to know who asks."""

from msrp import Session, end_line
from sip import ALICE, BOB
from smime import text

from .registry import scenario

LONG_TEXT = "".join(f"Line {number:3} of what Alice has to say.\r\n" for number in range(1, 151))   # three chunks
CHUNK_SIZE = 2048


class Answered(Session):
    """A session in which each request and each answer is said one by one."""

    def transmit(self, start, fields, sender, body=None, flag="$"):
        """One request or response, `start` being its start line behind "MSRP"."""
        recipient = BOB if sender == ALICE else ALICE
        content = b"" if body is None else b"\r\n" + body + b"\r\n"
        octets = self.head(start, sender, recipient, fields) + content + end_line(start.split()[0], flag)
        self.connection.send(self.ends[sender], octets)

    def request(self, transaction, method, fields=(), sender=ALICE, body=None, flag="$"):
        self.transmit(f"{transaction} {method}", list(fields), sender, body, flag)

    def respond(self, transaction, status, fields=(), sender=BOB):
        self.transmit(f"{transaction} {status}", list(fields), sender)

    def say(self, transaction, message_id, body, status=None, media_type="text/plain", reports=(), sender=ALICE):
        """A whole message in one SEND, and the response to it if there is a status."""
        octets = body.encode()
        fields = [("Message-ID", message_id), *reports, ("Byte-Range", f"1-{len(octets)}/{len(octets)}"), ("Content-Type", media_type)]
        self.request(transaction, "SEND", fields, sender, octets)
        if status:
            self.respond(transaction, status, sender=BOB if sender == ALICE else ALICE)

    def chunks(self, message_id, octets, reports=(), size=CHUNK_SIZE):
        """(transaction id, fields, body, flag) of each chunk."""
        for number, start in enumerate(range(0, len(octets), size), 1):
            body = octets[start:start + size]
            fields = [("Message-ID", message_id), *reports, ("Byte-Range", f"{start + 1}-{start + len(body)}/{len(octets)}"), ("Content-Type", "text/plain")]
            yield f"{message_id}{number}", fields, body, "$" if start + len(body) == len(octets) else "+"

    def report(self, transaction, message_id, byte_range, status, sender=BOB):
        self.request(transaction, "REPORT", [("Message-ID", message_id), ("Byte-Range", byte_range), ("Status", status)], sender)


@scenario("msrp-responses", "200, 400, 403, 408, 415, 413, 501, 506 and 481; the 413 comes in the middle of a message, which goes on all the same")
def msrp_responses(capture):
    session = Answered(capture)
    session.say("send200", "message200", "Watson?", "200 OK")
    session.say("send400", "message400", "Watson?", "400 Bad Request")
    session.say("send403", "message403", "Watson?", "403 Forbidden")
    session.say("send408", "message408", "Watson?", "408 Timeout")
    session.say("send415", "message415", "<p>Watson?</p>", "415", media_type="text/html")
    first, second, _ = session.chunks("message413", LONG_TEXT.encode())
    session.request(first[0], "SEND", *[first[1]], body=first[2], flag=first[3])
    session.respond(first[0], "413 Stop Sending Message")
    session.request(second[0], "SEND", second[1], body=second[2], flag=second[3])
    session.respond(second[0], "413 Stop Sending Message")
    session.request("sendabort", "SEND", [("Message-ID", "message413"), ("Byte-Range", f"{2 * CHUNK_SIZE + 1}-{2 * CHUNK_SIZE}/{len(LONG_TEXT)}"),
                                          ("Content-Type", "text/plain")], body=b"", flag="#")
    session.respond("sendabort", "200 OK")
    session.request("nickname", "NICKNAME", [("Use-Nickname", '"Watson"')])
    session.respond("nickname", "501 Not Implemented")
    session.say("send506", "message506", "Watson?", "506")
    session.say("send481", "message481", "Watson?", "481 No Such Session")
    session.close()


@scenario("msrp-reports", "success reports: on parts of a message, on the whole of another; failure reports; one that nobody asked for")
def msrp_reports(capture):
    session = Answered(capture)
    octets, total = LONG_TEXT.encode(), len(LONG_TEXT)
    for transaction, fields, body, flag in session.chunks("inparts", octets, [("Success-Report", "yes"), ("Failure-Report", "partial")]):
        session.request(transaction, "SEND", fields, body=body, flag=flag)
    session.report("report1", "inparts", f"1-{CHUNK_SIZE}/{total}", "000 200 OK")
    session.report("report2", "inparts", f"{CHUNK_SIZE + 1}-{2 * CHUNK_SIZE}/{total}", "000 200 OK")
    session.report("report3", "inparts", f"{2 * CHUNK_SIZE + 1}-{total}/{total}", "000 200 OK")
    session.say("whole1", "whole", "Come here, all of you.", reports=[("Success-Report", "yes"), ("Failure-Report", "no")])
    session.report("report4", "whole", "1-22/22", "000 200 OK")
    session.say("failing1", "failing", "I want to see you.", "200 OK")
    session.report("report5", "failing", "1-18/18", "000 408 Timeout")
    session.say("silent1", "silent", "Or not.", reports=[("Failure-Report", "no")])
    session.report("report6", "silent", "1-7/7", "000 200 OK")
    session.close()


@scenario("msrp-report-elsewhere", "reports over another connection than their messages, of two sessions with the same Message-ID")
def msrp_report_elsewhere(capture):
    asked = [("Success-Report", "yes"), ("Failure-Report", "no")]
    ends = [{ALICE: ALICE.host._replace(port=port), BOB: BOB.host._replace(port=12763)} for port in (7654, 7755, 7856)]
    first = Answered(capture, negotiated=False, name=f"{capture.name}/1", ends=ends[0])
    other = Answered(capture, negotiated=False, name=f"{capture.name}/2", ends=ends[1])
    first.say("send1", "same-id", "Come here.", reports=asked)
    other.say("send2", "same-id", "Come here, too.", reports=asked)
    for session in (first, other):
        session.close()
    again = Answered(capture, negotiated=False, paths=first.paths, ends=ends[2])
    again.report("report1", "same-id", "1-10/10", "000 200 OK")
    again.paths = other.paths
    again.report("report2", "same-id", "1-15/15", "000 200 OK")
    again.close()


NONCE = 'nonce="4f2a1c9be7d0"'
RELAY_URI = "msrp://relay.example.org:12763/handed-to-alice;tcp"


@scenario("msrp-relay-auth", "AUTH to a relay, its 401, AUTH with credentials, 200 with Use-Path; then a message by way of the relay (RFC 4976)")
def msrp_relay_auth(capture):
    session = Answered(capture, negotiated=False)
    session.paths[BOB] = "msrp://alice@relay.example.org;tcp"        # in Bob's place the relay
    session.request("auth1", "AUTH")
    session.respond("auth1", "401 Unauthorized", [("WWW-Authenticate", f'Digest realm="relay.example.org", qop="auth", {NONCE}')])
    session.request("auth2", "AUTH", [("Authorization", f'Digest username="alice", realm="relay.example.org", {NONCE}, qop=auth, nc=00000001, '
                                       'cnonce="0b7e55aa", response="0123456789abcdef0123456789abcdef"'), ("Expires", "900")])
    session.respond("auth2", "200 OK", [("Use-Path", RELAY_URI), ("Expires", "900")])
    session.paths[BOB] = f"{RELAY_URI} msrp://198.51.100.30:7394/bob;tcp"
    octets = text().body
    session.request("send1", "SEND", [("Message-ID", "by-way-of-it"), ("Success-Report", "yes"), ("Byte-Range", f"1-{len(octets)}/{len(octets)}"),
                                      ("Content-Type", "text/plain")], body=octets)
    session.paths[BOB] = RELAY_URI                                   # the relay answers for itself
    session.respond("send1", "200 OK")
    session.paths[BOB] = f"{RELAY_URI} msrp://198.51.100.30:7394/bob;tcp"
    session.report("report1", "by-way-of-it", f"1-{len(octets)}/{len(octets)}", "000 200 OK")
    session.close()
