"""Plain MSRP with the plugin and without it: what Wireshark's own dissector shows stays, its preferences work, and it comes back when asked for."""

from datetime import datetime, timezone

import pytest

from wire import ACK, PSH, Capture, Connection, Host

START = datetime(2026, 1, 15, 10, 0, 0, tzinfo=timezone.utc)
ALICE, BOB = Host("192.0.2.10", 7654), Host("198.51.100.20", 12763)
PATHS = {ALICE: "msrp://192.0.2.10:7654/alice;tcp", BOB: "msrp://198.51.100.20:12763/bob;tcp"}


def message(source, first, flag, *fields, body=None):
    """A request or response; `first` is its start line without "MSRP "."""
    target = BOB if source == ALICE else ALICE
    head = [f"MSRP {first}", f"To-Path: {PATHS[target]}", f"From-Path: {PATHS[source]}", *fields]
    content = b"" if body is None else b"\r\n" + body + b"\r\n"
    return source, "".join(f"{line}\r\n" for line in head).encode() + content + f"-------{first.split()[0]}{flag}\r\n".encode()


TEXT = "Content-Type: text/plain;charset=utf-8"
# One message a segment, with every header field that the built-in dissector knows.
PLAIN = [
    message(ALICE, "a0000001 SEND", "$", "Message-ID: m1", "Success-Report: yes", "Failure-Report: no", "Byte-Range: 1-5/5", "Content-ID: <c1@example.com>",
            "Content-Description: a greeting", "Content-Disposition: inline", TEXT, body=b"Hello"),
    message(BOB, "a0000001 200 OK", "$"),
    message(BOB, "b0000001 REPORT", "$", "Message-ID: m1", "Byte-Range: 1-5/5", "Status: 000 200 OK"),
    message(ALICE, "a0000002 SEND", "+", "Message-ID: m2", "Byte-Range: 1-5/10", TEXT, body=b"first"),
    message(ALICE, "a0000003 SEND", "$", "Message-ID: m2", "Byte-Range: 6-10/10", TEXT, body=b"other"),
    message(BOB, "a0000003 413 Stop", "$"),
    message(ALICE, "a0000004 SEND", "#", "Message-ID: m3", "Byte-Range: 1-*/*", TEXT, body=b"broken off"),
    message(ALICE, "a0000005 AUTH", "$"),
    message(BOB, "a0000005 401 Unauthorized", "$", 'WWW-Authenticate: Digest realm="example.com", nonce="n", qop="auth"'),
    message(ALICE, "a0000006 AUTH", "$", 'Authorization: Digest username="alice", realm="example.com", nonce="n", response="r", cnonce="c", nc=1, qop="auth"'),
    message(BOB, "a0000006 200 OK", "$", "Use-Path: msrps://relay.example.com:2855/token;tcp", 'Authentication-Info: rspauth="s", cnonce="c", nc=1, qop="auth"'),
    message(ALICE, "a0000007 SEND", "$", "Message-ID: m4", "Unknown-Field: value", "Byte-Range: 1-0/0"),
    message(BOB, "a0000007 481 No session", "$"),
    message(BOB, "a0000008 NICKNAME", "$", "Use-Nickname: \"Bob\""),
]


def write(tshark, name, segments):
    capture = Capture(name, START)
    connection = Connection(capture, ALICE, BOB)
    for source, octets in segments:
        connection.segment(source, PSH | ACK, octets)
    return tshark.write(capture)


def read(tshark, path, names, *arguments, plugin=True, passes=()):
    options = [option for name in ["frame.number", *names] for option in ("-e", name)]
    shown = tshark.run("-r", path, *passes, *arguments, "-Y", "tcp.len > 0", "-T", "fields", "-E", "separator=/t", "-E", "aggregator=\x1f", *options, plugin=plugin)
    return [tshark.row(["frame.number", *names], line) for line in shown.text.splitlines()]


@pytest.fixture(scope="module")
def fields(tshark):
    """All fields of the built-in dissector, as this Wireshark has them."""
    listed = [line.split("\t") for line in tshark.run("-G", "fields", plugin=False).text.splitlines()]
    names = [line[2] for line in listed if line[0] == "F" and line[2].startswith("msrp.")]
    assert len(names) > 25
    return names


@pytest.mark.parametrize("passes", [[], ["-2"]], ids=["one pass", "two passes"])
def test_every_field_of_the_built_in_dissector_keeps_its_value(tshark, fields, passes):
    """One whole message a segment is what the built-in dissector reads well."""
    path = write(tshark, f"built-in-{len(passes)}", PLAIN)
    ours, theirs = (read(tshark, path, fields, plugin=plugin, passes=passes) for plugin in (True, False))
    assert len(theirs) == len(PLAIN)
    assert [(ours_row["frame.number"], name, ours_row[name], row[name]) for ours_row, row in zip(ours, theirs) for name in fields
            if ours_row[name] != row[name]] == []
    seen = {name for row in theirs for name in fields if row[name]}
    assert {"msrp.messageid", "msrp.byte.range", "msrp.status", "msrp.use.path", "msrp.authorization", "msrp.end.line", "msrp.data"} <= seen


# What is added where the built-in dissector reads but the first of Alice's messages; msrp.data, which runs on to the segment's end, is put right.
LOST = {"msrp.authorization", "msrp.byte.range", "msrp.cnt.flg", "msrp.content.type", "msrp.data", "msrp.end.line", "msrp.from.path", "msrp.hdr",
        "msrp.messageid", "msrp.method", "msrp.msg.hdr", "msrp.request.line", "msrp.to.path", "msrp.transaction.id"}


def test_what_the_built_in_dissector_loses_is_added(tshark, fields):
    """All messages in one segment are read as the built-in dissector reads each in a segment of its own."""
    sent = [octets for source, octets in PLAIN if source == ALICE]
    apart = read(tshark, write(tshark, "built-in-apart", [(ALICE, octets) for octets in sent]), fields, plugin=False)
    path = write(tshark, "built-in-pipelined", [(ALICE, b"".join(sent))])
    [ours], [theirs] = (read(tshark, path, fields, plugin=plugin) for plugin in (True, False))
    assert {name: ours[name] for name in fields} == {name: [value for row in apart for value in row[name]] for name in fields}
    assert {name for name in fields if ours[name] != theirs[name]} == LOST
    assert all(ours[name][:len(theirs[name])] == theirs[name] for name in fields if name != "msrp.data")


def test_the_preferences_of_the_built_in_dissector_work(tshark):
    """display_raw_text, and show_setup_info for the SDP that it understands."""
    sdp = (f"v=0\r\no=b 1 1 IN IP4 {BOB.address}\r\ns=-\r\nc=IN IP4 {BOB.address}\r\nt=0 0\r\nm=message {BOB.port} msrp/tcp *\r\n"
           f"a=path:{PATHS[BOB]}\r\n")
    capture = Capture("built-in-preferences", START)
    capture.udp(ALICE._replace(port=5060), BOB._replace(port=5060), (
        f"INVITE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/UDP {ALICE};branch=z9hG4bK1\r\nFrom: <sip:alice@example.com>;tag=1\r\n"
        f"To: <sip:bob@example.org>\r\nCall-ID: call\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\nContent-Length: {len(sdp)}\r\n\r\n{sdp}").encode())
    connection = Connection(capture, ALICE, BOB)
    for source, octets in PLAIN[:2]:
        connection.segment(source, PSH | ACK, octets)
    path = tshark.write(capture)
    known = {line.lstrip("#").split(":")[0] for line in tshark.run("-G", "currentprefs", plugin=False).text.splitlines()}
    for name, shows in (("msrp.display_raw_text", "Message Session Relay Protocol(as raw text)"), ("msrp.show_setup_info", "[Stream setup by ")):
        assert name in known
        for value, count in (("TRUE", 2), ("FALSE", 0)):
            for plugin in True, False:
                shown = tshark.run("-r", path, "-V", "-o", f"{name}:{value}", plugin=plugin).text
                assert shown.count(shows) == count, (name, value, plugin)


@pytest.mark.parametrize("passes", [[], ["-2"]], ids=["one pass", "two passes"])
def test_with_the_protocol_disabled_the_built_in_dissector_is_back(tshark, fields, passes):
    """With all that it does: frames, fields, columns."""
    path = write(tshark, f"built-in-disabled-{len(passes)}", [*PLAIN, (ALICE, PLAIN[0][1] + PLAIN[3][1])])
    names = [*fields, "frame.protocols", "_ws.expert.message"]
    ours = read(tshark, path, names, "--disable-protocol", "smime", passes=passes)
    assert ours == read(tshark, path, names, plugin=False, passes=passes)
    columns = [tshark.run("-r", path, *passes, *off, plugin=plugin).text for off, plugin in ((["--disable-protocol", "smime"], True), ([], False))]
    assert columns[0] == columns[1] != ""
