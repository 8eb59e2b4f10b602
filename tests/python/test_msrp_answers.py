"""MSRP's answers in tshark: responses and their requests, reports and what they speak of, AUTH and its challenge.

What must come out follows from captures/scenarios/msrp_answers.py and from the streams written here octet for octet.
"""

from datetime import datetime, timezone

import pytest

from wire import ACK, PSH, Capture, Connection, Host

START = datetime(2026, 1, 15, 10, 0, 0, tzinfo=timezone.utc)
ALICE, BOB = Host("192.0.2.10", 7654), Host("198.51.100.20", 12763)

PASSES = pytest.mark.parametrize("passes", [[], ["-2"]], ids=["one pass", "two passes"])
LINKS = ["smime.msrp.request_in", "smime.msrp.report_for", "smime.msrp.reported", "smime.msrp.confirmed", "smime.msrp.challenge_in", "smime.msrp.use_path_in"]
FORWARD = ["smime.msrp.response_in", "smime.msrp.report_in"]
EXPERT = ["smime.expert.msrp.failure", "smime.expert.msrp.challenge", "smime.expert.msrp.unmatched", "smime.expert.msrp.unexpected"]

# response: the request it answers
ANSWERS = {
    "msrp-responses": {9: 7, 13: 11, 17: 15, 21: 19, 25: 23, 30: 28, 35: 33, 39: 37, 43: 41, 47: 45, 51: 49},
    "msrp-reports": {28: 26},
    "msrp-relay-auth": {6: 4, 10: 8, 14: 12},
    "msrp-signed-one-chunk": {9: 7, 13: 11},
    "msrp-signed-encrypted-chunks": {10: 8, 15: 13, 20: 18, 25: 23},
}
# REPORT: the chunks it speaks of, its status, what is confirmed with it
REPORTS = {
    "msrp-reports": {16: ("8", "200", "2048 of 5400 octets"), 18: ("11", "200", "4096 of 5400 octets"), 20: ("14", "200", "all 5400 octets"),
                     24: ("22", "200", "all 22 octets"), 30: ("26", "408", None), 34: ("32", "200", "all 7 octets")},
    "msrp-relay-auth": {16: ("12", "200", "all 40 octets")},
    "msrp-report-elsewhere": {20: ("7", "200", "all 10 octets"), 22: ("9", "200", "all 15 octets")},
}


def found(tshark, name, fields, *options):
    rows = tshark.rows(f"captures/{name}.pcap", fields, *options, only="msrp")
    return {int(row.one("frame.number")): row for row in rows}


@PASSES
@pytest.mark.parametrize("name", ANSWERS)
def test_responses_name_their_requests(tshark, name, passes):
    rows = found(tshark, name, ["smime.msrp.request_in", "smime.msrp.response_time", "smime.msrp.response_in"], *passes)
    assert {frame: int(row.one("smime.msrp.request_in")) for frame, row in rows.items() if row["smime.msrp.request_in"]} == ANSWERS[name]
    # two frames of 5 ms lie between an answer and the end of its request: the request's own and the acknowledgement's
    assert {row.one("smime.msrp.response_time") for row in rows.values() if row["smime.msrp.response_time"]} == {"0.010000000"}
    forward = {int(row.one("smime.msrp.response_in")): frame for frame, row in rows.items() if row["smime.msrp.response_in"]}
    assert forward == (ANSWERS[name] if passes else {})


@PASSES
@pytest.mark.parametrize("name", REPORTS)
def test_reports_name_what_they_speak_of(tshark, name, passes):
    rows = found(tshark, name, ["smime.msrp.report_for", "smime.msrp.reported", "smime.msrp.confirmed", "smime.msrp.report_in"], *passes)
    reports = {frame: (row.one("smime.msrp.report_for"), row.one("smime.msrp.reported"), row.one("smime.msrp.confirmed"))
               for frame, row in rows.items() if row["smime.msrp.reported"]}
    assert reports == REPORTS[name]
    forward = {row.one("smime.msrp.report_in"): str(frame) for frame, row in rows.items() if row["smime.msrp.report_in"]}
    assert forward == ({str(frame): report[0] for frame, report in REPORTS[name].items()} if passes else {})


@PASSES
def test_reports_over_another_connection_than_their_messages(tshark, passes):
    rows = found(tshark, "msrp-report-elsewhere", ["smime.msrp.report_elsewhere", "_ws.expert.message", "_ws.col.Info"], *passes)
    assert {frame for frame, row in rows.items() if row["smime.msrp.report_elsewhere"]} == {20, 22}
    assert not any(row["_ws.expert.message"] for row in rows.values())
    assert rows[22].one("_ws.col.Info").endswith("1-15/15 for same-id (SEND in 9)")
    assert not any(row["smime.msrp.report_elsewhere"] for row in found(tshark, "msrp-reports", ["smime.msrp.report_elsewhere"]).values())


@PASSES
def test_relay(tshark, passes):
    rows = found(tshark, "msrp-relay-auth", ["smime.msrp.challenge_in", "smime.msrp.use_path_in", "msrp.use.path", *EXPERT], *passes)
    assert {frame: row.one("smime.msrp.challenge_in") for frame, row in rows.items() if row["smime.msrp.challenge_in"]} == {8: "6"}
    assert {frame: row.one("smime.msrp.use_path_in") for frame, row in rows.items() if row["smime.msrp.use_path_in"]} == {12: "10"}
    assert {frame: name for frame, row in rows.items() for name in EXPERT if row[name]} == {6: "smime.expert.msrp.challenge"}
    assert rows[10].one("msrp.use.path") == "msrp://relay.example.org:12763/handed-to-alice;tcp"


@PASSES
def test_what_is_wrong(tshark, passes):
    rows = found(tshark, "msrp-responses", EXPERT, *passes)
    said = {frame: [name.rsplit(".")[-1] for name in EXPERT if row[name]] for frame, row in rows.items()}
    assert {frame: names for frame, names in said.items() if names} == {
        **{frame: ["failure"] for frame in (13, 17, 21, 25, 30, 35, 43, 47, 51)}, 33: ["unexpected"]}
    rows = found(tshark, "msrp-reports", EXPERT, *passes)
    said = {frame: [name.rsplit(".")[-1] for name in EXPERT if row[name]] for frame, row in rows.items()}
    assert {frame: names for frame, names in said.items() if names} == {30: ["failure"], 34: ["unexpected"]}


def test_the_info_column(tshark):
    info = {frame: row.one("_ws.col.Info") for name in ("msrp-responses",) for frame, row in found(tshark, name, ["_ws.col.Info"]).items()}
    assert info[9] == "Response: 200 OK Transaction ID: send200, to SEND in 7"
    assert info[25] == "Response: 415 media type not understood Transaction ID: send415, to SEND in 23"
    assert info[33] == "Request: SEND Transaction ID: message4132, 2049-4096/5400 [text/plain]"
    assert info[37] == "Request: SEND Transaction ID: sendabort, 4097-4096/5400 [text/plain], broken off"
    info = {frame: row.one("_ws.col.Info") for frame, row in found(tshark, "msrp-reports", ["_ws.col.Info"]).items()}
    assert info[18] == "Request: REPORT Transaction ID: report2, 000 200 OK, 2049-4096/5400 for inparts (SEND in 11)"
    info = {frame: row.one("_ws.col.Info") for frame, row in found(tshark, "msrp-relay-auth", ["_ws.col.Info"]).items()}
    assert info[4] == "Request: AUTH Transaction ID: auth1, without credentials"
    assert info[8] == "Request: AUTH Transaction ID: auth2, with credentials"


def test_the_info_column_of_a_signed_message(tshark):
    [row] = tshark.rows("captures/msrp-signed-one-chunk.pcap", ["_ws.col.Info", "msrp.transaction.id"], *tshark.right_keys(), only="frame.number == 7")
    text = row.one("_ws.col.Info")
    assert text.startswith(f"Request: SEND Transaction ID: {row['msrp.transaction.id'][0]}, 1-")
    assert "[application/pkcs7-mime] | S/MIME: signed by sip:alice@example.com" in text and text.count("Request:") == 1


@pytest.mark.parametrize("name", ANSWERS)
def test_the_info_column_needs_no_tree(tshark, name):
    """Without filter and fields tshark builds no tree."""
    lines = tshark.run("-r", f"captures/{name}.pcap").text.splitlines()
    for frame, request_frame in ANSWERS[name].items():
        assert lines[frame - 1].split()[0] == str(frame) and lines[frame - 1].endswith(f" in {request_frame}")


@pytest.mark.parametrize("name", ANSWERS)
def test_later_links_can_be_filtered_by(tshark, name):
    shown = tshark.run("-r", f"captures/{name}.pcap", "-2", "-Y", "smime.msrp.response_in").text
    assert len(shown.splitlines()) == len(ANSWERS[name])


# What hostile or broken peers send

def request(transaction, method, *fields, body=None, flag="$"):
    head = f"MSRP {transaction} {method}\r\nTo-Path: msrp://b.example.com:1/b;tcp\r\nFrom-Path: msrp://a.example.com:2/a;tcp\r\n"
    head += "".join(f"{field}\r\n" for field in fields)
    return head.encode() + (b"" if body is None else b"Content-Type: text/plain\r\n\r\n" + body + b"\r\n") + f"-------{transaction}{flag}\r\n".encode()


def send(transaction, message_id, *fields):
    return request(transaction, "SEND", f"Message-ID: {message_id}", *fields, body=b"hello")


def talk(tshark, name, *said):
    """A capture of what Alice (True) and Bob (False) say, a frame each after the handshake's three."""
    capture = Capture(name, START)
    connection = Connection(capture, ALICE, BOB)
    for from_alice, octets in said:
        connection.segment(ALICE if from_alice else BOB, PSH | ACK, octets)
    return tshark.write(capture)


def said_of(tshark, path, *options):
    rows = tshark.rows(path, [*LINKS, *FORWARD, "_ws.expert.message"], *options, only="msrp")
    return {int(row.one("frame.number")): row for row in rows}


def test_a_response_before_its_request_answers_nothing(tshark):
    rows = said_of(tshark, talk(tshark, "early", (False, request("aaaa", "200 OK")), (True, send("aaaa", "mmmm"))), "-2")
    assert rows[4]["smime.msrp.request_in"] == rows[5]["smime.msrp.response_in"] == []
    assert rows[4]["_ws.expert.message"] == ["The request of this response is not in the capture before it"]


def test_a_response_that_is_not_in_the_capture_is_missed(tshark):
    path = talk(tshark, "missed", (True, send("aaaa", "mmmm")), (True, send("bbbb", "nnnn")), (False, request("bbbb", "200 OK")), (True, send("cccc", "oooo")))
    missed = {frame: row["_ws.expert.message"] for frame, row in said_of(tshark, path, "-2").items()}
    assert missed == {4: ["The response to this request is not in the capture"], 5: [], 6: [], 7: []}     # 7: nothing of the way back is there
    assert not any(row["_ws.expert.message"] for row in said_of(tshark, path).values())                   # nobody knows yet


def test_a_transaction_id_used_twice(tshark):
    path = talk(tshark, "twice", (True, send("aaaa", "mmmm")), (True, send("aaaa", "nnnn")), (False, request("aaaa", "200 OK")), (False, request("aaaa", "200 OK")))
    rows = said_of(tshark, path, "-2")
    assert [rows[frame]["smime.msrp.request_in"] for frame in (6, 7)] == [["5"], ["5"]]
    assert rows[5]["smime.msrp.response_in"] == ["6"] and rows[4]["smime.msrp.response_in"] == []
    assert rows[5]["_ws.expert.message"] == ["The transaction id is that of the request in frame 4, which still waits for its response"]
    assert rows[7]["_ws.expert.message"] == ["The request in frame 5 had its response in frame 6"]


def test_another_connection_answers_nothing(tshark):
    capture = Capture("elsewhere", START)
    first = Connection(capture, ALICE, BOB)                                    # frames 1 to 3
    other = Connection(capture, ALICE._replace(port=7655), BOB)                # frames 4 to 6
    first.segment(ALICE, PSH | ACK, send("aaaa", "mmmm", "Success-Report: yes"))
    other.segment(BOB, PSH | ACK, request("aaaa", "200 OK"))
    other.segment(BOB, PSH | ACK, request("rrrr", "REPORT", "Message-ID: mmmm", "Status: 000 200 OK"))
    first.segment(BOB, PSH | ACK, request("aaaa", "200 OK"))
    rows = said_of(tshark, tshark.write(capture), "-2")
    assert [rows[frame]["smime.msrp.request_in"] for frame in (8, 10)] == [[], ["7"]]
    assert rows[9]["smime.msrp.report_for"] == []
    assert rows[7]["_ws.expert.message"] == ["A success report was asked for, none is in the capture"]


def test_answers_that_are_not_allowed(tshark):
    path = talk(tshark, "forbidden", (True, send("aaaa", "mmmm", "Failure-Report: no")), (False, request("aaaa", "400")),
                (True, send("bbbb", "nnnn", "Failure-Report: partial")), (False, request("bbbb", "200 OK")),
                (False, request("cccc", "REPORT", "Message-ID: mmmm", "Status: 000 408")), (True, request("cccc", "200 OK")),
                (False, request("dddd", "REPORT", "Success-Report: yes")))
    rows = said_of(tshark, path, "-2")
    assert rows[5]["_ws.expert.message"] == ["400: request unintelligible", "The request in frame 4 allows no such response"]
    assert rows[7]["_ws.expert.message"] == ["The request in frame 6 allows no such response"]
    assert rows[8]["_ws.expert.message"] == ["The message is reported to have failed: 408: transaction downstream timed out",
                                             "The message that begins in frame 4 asks for no such report"]
    assert rows[9]["_ws.expert.message"] == ["The request in frame 8 allows no such response"]
    assert rows[10]["_ws.expert.message"] == ["A REPORT has no Status", "A REPORT has no Message-ID", "A REPORT asks for reports"]


def test_a_retransmitted_response_is_no_second_one(tshark):
    capture = Capture("retransmitted", START)
    connection = Connection(capture, ALICE, BOB)
    connection.segment(ALICE, PSH | ACK, send("aaaa", "mmmm"))
    octets = request("aaaa", "200 OK")
    connection.segment(BOB, PSH | ACK, octets)
    connection.sequence[BOB] -= len(octets)
    connection.segment(BOB, PSH | ACK, octets)
    rows = tshark.rows(tshark.write(capture), ["smime.expert.msrp.unexpected", "smime.msrp.response_in"], "-2", only="msrp")
    assert rows[0]["smime.msrp.response_in"] == ["5"]
    assert not [row for row in rows if row["smime.expert.msrp.unexpected"]]


def test_a_flood_of_responses(tshark):
    flood = b"".join(request(f"flood{n}", "200 OK") for n in range(8))
    path = talk(tshark, "flood", (True, send("aaaa", "mmmm")), *[(False, flood)] * 200, (False, request("aaaa", "200 OK")))
    rows = tshark.rows(path, ["smime.msrp.request_in", "smime.expert.msrp.unmatched"], only="msrp")
    assert len(rows) == 202 and rows[-1]["smime.msrp.request_in"] == ["4"]
    assert all(len(row["smime.expert.msrp.unmatched"]) == 8 for row in rows[1:-1])
