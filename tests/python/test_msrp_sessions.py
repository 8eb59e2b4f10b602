"""MSRP sessions, however they were negotiated: whose each message is, and whether its signer is the one. The captures say from either end what is
right, and what the other end has signed; a direction or a session that is mixed up shows as a wrong verdict of one of them.

Expected are the sender by SIP's rules (From and To of the dialog), the signer by the scenario (captures/scenarios/msrp_sessions.py), and the
dialog by the Call-ID that the scenario gives it.
"""

import pytest

from auditor import ALL_KEYS, CAPTURES, TRUST, Audit
from sip import token

ALICE, BOB, CAROL, TEAM, TRUNK = "sip:alice@example.com", "sip:bob@example.org", "sip:carol@example.org", "sip:team@example.org", "sip:trunk7@example.net"
PASS, FAIL = ("pass", "none"), ("fail", "different-identity")
UNKNOWN, AMBIGUOUS = ("not-evaluated", "no-session"), ("not-evaluated", "ambiguous-session")


def said(frame, sender, receiver, signer, verdict, leg="", matched=None):
    """One message. `leg`: what the scenario names the dialog by, behind the capture's name; None for no dialog."""
    return {"frame": frame, "sender": sender, "receiver": receiver, "signer": signer, "verdict": verdict, "leg": leg,
            "matched": (matched or "MSRP peer") if verdict == PASS else None}


def talk(*frames, legs=("",), alice=ALICE, bob=BOB):
    """Alice's, Bob's, what Bob signed from Alice's end, what Alice signed from Bob's; each once on every leg, in the order of its way."""
    messages = []
    for index, (sender, receiver, signer, verdict) in enumerate([(alice, bob, ALICE, PASS), (bob, alice, BOB, PASS), (alice, bob, BOB, FAIL),
                                                                 (bob, alice, ALICE, FAIL)]):
        for leg in legs if sender == alice else legs[::-1]:
            messages.append(said(frames[len(messages)], sender, receiver, signer, verdict, leg))
    return messages


BOTH_HOPS = (13, 17, 21, 25, 29, 33, 37, 41)

HOLDS = {
    "reinvite": [said(7, ALICE, BOB, ALICE, PASS), *talk(20, 24, 28, 32)],
    "reinvite-callee": [said(7, ALICE, BOB, ALICE, PASS), *talk(20, 24, 28, 32)],
    "update": [said(7, ALICE, BOB, ALICE, PASS), *talk(19, 23, 27, 31)],
    "refused-update": [said(8, BOB, ALICE, BOB, PASS), *talk(13, 17, 21, 25)],
    # In 8 the path of an offer, in 14 that of a refused one.
    "refused-reinvite": [said(8, ALICE, BOB, ALICE, PASS), said(14, ALICE, BOB, ALICE, PASS), *talk(18, 22, 26, 30)],
    "glare": [said(7, ALICE, BOB, ALICE, PASS), *talk(26, 30, 34, 38)],
    "cancelled": talk(15, 19, 23, 27),
    "late-offer": talk(7, 11, 15, 19),
    "prack": talk(10, 14, 18, 22),
    "multipart": talk(7, 11, 15, 19),
    "signed": talk(15, 19, 23, 27),
    "encrypted": talk(15, 19, 23, 27),
    "tls": talk(15, 19, 23, 27),
    "ipv6": talk(7, 11, 15, 19),
    "names": talk(7, 11, 15, 19),
    "setup": talk(7, 11, 15, 19),
    "cema": talk(*BOTH_HOPS, legs=("", "/inner")),
    # The trunk's name for Alice is not in her certificate: what she signed does not match there.
    "cema-renamed": [
        said(13, ALICE, BOB, ALICE, PASS), said(17, TRUNK, BOB, ALICE, FAIL, "/inner"),
        said(21, BOB, TRUNK, BOB, PASS, "/inner"), said(25, BOB, ALICE, BOB, PASS),
        said(29, ALICE, BOB, BOB, FAIL), said(33, TRUNK, BOB, BOB, FAIL, "/inner"),
        said(37, BOB, TRUNK, ALICE, FAIL, "/inner"), said(41, BOB, ALICE, ALICE, FAIL)],
    "b2bua": talk(*BOTH_HOPS, legs=("", "/inner")),
    "sbc": talk(*BOTH_HOPS, legs=("", "")),
    "relay": talk(10, 14, 18, 22, 26, 30, 34, 38, legs=("", "")),
    "relays": talk(7, 11, 15, 19),
    "same-ports": [message | {"leg": "/1"} for message in talk(7, 11, 15, 19)] + [message | {"leg": "/2"} for message in talk(34, 38, 42, 46)],
    "reused": [
        *talk(7, 11, 15, 19), said(34, CAROL, BOB, ALICE, FAIL, "/2"), said(38, BOB, CAROL, BOB, PASS, "/2"),
        said(42, CAROL, BOB, BOB, FAIL, "/2"), said(46, BOB, CAROL, ALICE, FAIL, "/2")],
    # Bob is the one at his end in both; whom he writes to nobody can tell.
    "shared": [
        *talk(7, 11, 15, 19), said(32, None, None, ALICE, AMBIGUOUS, None), said(36, BOB, None, BOB, PASS, "/2"),
        said(40, None, None, BOB, AMBIGUOUS, None), said(44, BOB, None, ALICE, FAIL, "/2")],
    "forked": [
        said(12, ALICE, TEAM, ALICE, PASS), said(16, TEAM, ALICE, BOB, PASS, matched="MSRP peer P-Asserted-Identity"),
        said(20, ALICE, TEAM, ALICE, PASS), said(24, TEAM, ALICE, BOB, FAIL)],
    "joined-late": talk(7, 11, 15, 19),
    "half": talk(5, 9, 13, 17),
    "file": talk(7, 11, 15, 19),
    "none": [said(frame, None, None, signer, UNKNOWN, None) for frame, signer in ((4, ALICE), (8, BOB), (12, BOB), (16, ALICE))],
}


def file_of(name):
    [found] = CAPTURES.glob(f"msrp-session-{name}.pcap*")
    return found


def call_id(name, message):
    return None if message["leg"] is None else token(f"msrp-session-{name}{message['leg']}", "call")


FIELDS = ["smime.identity.verdict", "smime.identity.reason", "smime.identity.matched", "smime.identity.compared", "smime.msrp.sender", "smime.msrp.receiver",
          "smime.msrp.session", "smime.signer.uri", "smime.from", "smime.to"]


@pytest.mark.parametrize("passes", [[], ["-2"]], ids=["one pass", "two passes"])
@pytest.mark.parametrize("name", HOLDS)
def test_tshark(tshark, name, passes):
    found = tshark.rows(file_of(name), FIELDS, *tshark.right_keys(), *passes, only="smime && msrp")
    assert [int(row.one("frame.number")) for row in found] == [message["frame"] for message in HOLDS[name]]
    for row, message in zip(found, HOLDS[name]):
        verdict, reason = message["verdict"]
        assert (row.one("smime.identity.verdict"), row.one("smime.identity.reason") or "none") == (verdict, reason), message
        assert (row.one("smime.msrp.sender"), row.one("smime.msrp.receiver")) == (message["sender"], message["receiver"])
        assert (row.one("smime.from"), row.one("smime.to")) == (message["sender"], message["receiver"])
        assert row.one("smime.msrp.session") == call_id(name, message)
        assert row.one("smime.signer.uri") == message["signer"]
        assert row.one("smime.identity.matched") == (message["signer"] if verdict == "pass" else None)
        relation = "equals" if (message["matched"], message["sender"]) == ("MSRP peer", message["signer"]) else "is not"
        compared = [text.split(" (")[0] for text in row["smime.identity.compared"] if text.startswith("MSRP peer sip:")]
        assert compared == ([f"MSRP peer {message['sender']} {relation} URI {message['signer']}"] if message["sender"] else [])


@pytest.mark.parametrize("passes", [[], ["-2"]], ids=["one pass", "two passes"])
@pytest.mark.parametrize("name", HOLDS)
def test_without_a_tree(tshark, name, passes):
    """The line of each message in the list of packets."""
    shown = tshark.run("-r", file_of(name), *tshark.right_keys(), *passes).text
    lines = {int(line.split()[0]): line.split("S/MIME: ")[1] for line in shown.splitlines() if "S/MIME: " in line and " MSRP " in line}
    assert sorted(lines) == [message["frame"] for message in HOLDS[name]]
    for message in HOLDS[name]:
        word = {PASS: f"sender matches {message['matched']}", FAIL: "sender does NOT match", UNKNOWN: "sender not compared (no-session)",
                AMBIGUOUS: "sender not compared (ambiguous-session)"}[message["verdict"]]
        assert lines[message["frame"]].startswith(f"signed by {message['signer']}, signature valid, certificate valid, {word}"), message


@pytest.fixture(scope="module")
def report():
    run = Audit("--format", "json", *ALL_KEYS, *(file_of(name) for name in HOLDS))
    return [message for message in run.json["messages"] if message["carrier"] == "msrp" and message["layers"]]


def of(report, name):
    return [message for message in report if message["file"].endswith(file_of(name).name)]


@pytest.mark.parametrize("name", HOLDS)
def test_auditor(report, name):
    found = of(report, name)
    assert [message["frames"] for message in found] == [[message["frame"]] for message in HOLDS[name]]
    for message, expected in zip(found, HOLDS[name]):
        [signer] = message["layers"][0]["signers"]
        identity, msrp = signer["identity"], message["msrp"]
        assert (identity["verdict"], identity["reason"]) == expected["verdict"], expected
        assert message["verdict"]["identity"]["verdict"] == identity["verdict"]
        assert signer["san_uris"] == [expected["signer"]]
        assert identity["matched"] == (expected["signer"] if expected["matched"] else None) and identity["matched_header"] == expected["matched"]
        assert (msrp["from"], msrp["to"], msrp["session_call_id"]) == (expected["sender"], expected["receiver"], call_id(name, expected))
        assert [(one["value"], one["san"]) for one in identity["compared"] if one["header"] == "MSRP peer"] == (
            [(expected["sender"], expected["signer"])] if expected["sender"] else [])
        session = msrp["session"]
        assert (session and session["call_id"]) == msrp["session_call_id"]
        assert (session and session["sender"]["aor"]) == expected["sender"]
        assert msrp["session_detail"]


def test_every_capture_is_here():
    assert {path.name.split(".")[0] for path in CAPTURES.glob("msrp-session-*.pcap*")} == {f"msrp-session-{name}" for name in HOLDS}


# What is kept of the SDP, for each direction

def test_who_opens_the_connection_does_not_matter(tshark, report):
    rows = tshark.rows(file_of("setup"), ["smime.msrp.setup", "tcp.srcport"], *tshark.right_keys(), only="smime && msrp")
    assert [row["smime.msrp.setup"] for row in rows] == [["actpass", "active"], ["active", "actpass"]] * 2
    [syn] = tshark.rows(file_of("setup"), ["ip.src"], only="tcp.flags.syn == 1 && tcp.flags.ack == 0")
    assert syn.one("ip.src") == "198.51.100.20"
    assert [(message["msrp"]["session"]["sender"]["role"], message["msrp"]["session"]["sender"]["sdp"]["setup"]) for message in of(report, "setup")] == [
        ("caller", "actpass"), ("callee", "active")] * 2


def test_what_a_party_accepts_holds_for_what_is_sent_to_it(tshark, report):
    names = ["smime.msrp.accept_types", "smime.msrp.accept_wrapped_types", "smime.msrp.max_size", "smime.msrp.file_selector"]
    rows = tshark.rows(file_of("file"), names, *tshark.right_keys(), only="smime && msrp")
    by_bob = ["message/cpim application/pkcs7-mime", "text/plain application/pkcs7-mime", "1000000"]
    by_alice = ["message/cpim", "*", "20000"]
    assert [[row.one(name) for name in names[:3]] for row in rows] == [by_bob, by_alice] * 2
    assert all(row["smime.msrp.file_selector"] == ['name:"watson.txt" type:text/plain size:40'] * 2 for row in rows)
    sdp = of(report, "file")[0]["msrp"]["session"]["receiver"]["sdp"]
    assert (sdp["accept_types"], sdp["accept_wrapped_types"], sdp["max_size"], sdp["frame"]) == (
        by_bob[0].split(), by_bob[1].split(), 1000000, 2)
    assert of(report, "setup")[0]["msrp"]["session"]["receiver"]["sdp"]["max_size"] is None


# Offers that are refused (RFC 3261 14.1, RFC 3311 5.2)

SAID = ["smime.msrp.sdp_in", "smime.msrp.setup", "smime.msrp.accept_types", "smime.msrp.accept_wrapped_types", "smime.msrp.max_size", "smime.msrp.file_selector",
        "smime.msrp.transport_address", "smime.msrp.refused_offer", "smime.msrp.refused_in"]
USUAL = "message/cpim text/plain application/pkcs7-mime"
PLACES = ["192.0.2.10:7654", "198.51.100.20:12763"]


def what_holds(tshark, name, *passes):
    rows = tshark.rows(file_of(name), SAID, *tshark.right_keys(), *passes, only="smime && msrp")
    return {int(row.one("frame.number")): [row[field] for field in SAID] for row in rows}


@pytest.mark.parametrize("passes", [[], ["-2"]], ids=["one pass", "two passes"])
def test_a_refused_offer_leaves_what_was_agreed(tshark, passes):
    holds = what_holds(tshark, "refused-update", *passes)
    assert holds[8] == [["2", "7"], ["passive"], ["text/plain"], ["text/plain"], ["100"], ['name:"watson.txt"'], PLACES[::-1], [], []]  # before the refusal
    for frame in (13, 21):                                                                                                          # from Alice
        assert holds[frame] == [["1", "2"], [], [USUAL], [], [], [], PLACES, [], []]
    for frame in (17, 25):                                                                                                          # to Alice
        assert holds[frame] == [["2", "1"], [], [USUAL], [], ["20000"], [], PLACES[::-1], [], []]


def test_a_refused_path_is_told(tshark, report):
    holds = what_holds(tshark, "refused-reinvite")
    assert holds[8] == [["7", "2"], [], [USUAL], [], [], [], ["192.0.2.10:7655", PLACES[1]], [], []]
    assert holds[14] == [["1", "2"], [], [USUAL], [], [], [], PLACES, ["7"], ["12"]]
    assert holds[18] == [["1", "2"], [], [USUAL], [], [], [], PLACES, [], []]
    told = [message["msrp"] for message in of(report, "refused-reinvite")]
    assert [one["session"]["sender"]["refused_offer"] for one in told] == [None, {"frame": 7, "refused_in": 12}, None, None, None, None]
    assert [one["session"]["sender"]["sdp"]["frame"] for one in told] == [7, 1, 1, 2, 1, 2]
    assert told[1]["session_detail"].endswith("(SDP in frames 7 and 2); the offer of the caller's path (frame 7) was refused in frame 12")
    assert "refused" not in "".join(one["session_detail"] for one in told[:1] + told[2:])


def test_the_second_try_holds(tshark):
    holds = what_holds(tshark, "glare")
    assert [holds[frame][0] for frame in (7, 26, 30)] == [["1", "2"], ["17", "18"], ["18", "17"]]
    assert not any(said for frame in holds for said in holds[frame][-2:])


def test_what_a_183_answered_holds_though_the_reinvite_was_cancelled(tshark):
    holds = what_holds(tshark, "cancelled")
    assert [(holds[frame][0], holds[frame][4]) for frame in (15, 19)] == [(["7", "8"], ["40000"]), (["8", "7"], ["30000"])]


def test_the_connection_goes_elsewhere_than_the_path(tshark):
    names = ["smime.msrp.transport_address", "smime.msrp.cema", "smime.msrp.to_path", "ip.dst", "tcp.dstport"]
    row = tshark.rows(file_of("cema"), names, *tshark.right_keys(), only="smime && msrp")[0]
    assert row["smime.msrp.transport_address"] == ["192.0.2.10:7654", "203.0.113.5:3000"] and len(row["smime.msrp.cema"]) == 2
    assert (row.one("ip.dst"), row.one("tcp.dstport")) == ("203.0.113.5", "3000")
    assert row.one("smime.msrp.to_path").startswith("msrp://198.51.100.20:12763/")


def test_relays_stand_in_the_paths(tshark):
    rows = tshark.rows(file_of("relay"), ["smime.msrp.from_path", "smime.msrp.to_path"], *tshark.right_keys(), only="smime && msrp")
    assert [(len(row.one("smime.msrp.from_path").split()), len(row.one("smime.msrp.to_path").split())) for row in rows] == [
        (1, 2), (2, 1)] * 4
    rows = tshark.rows(file_of("relays"), ["smime.msrp.from_path", "smime.msrp.to_path"], *tshark.right_keys(), only="smime && msrp")
    assert {(len(row.one("smime.msrp.from_path").split()), len(row.one("smime.msrp.to_path").split())) for row in rows} == {(2, 2)}


def test_the_sdp_was_protected(tshark):
    for name, protected in (("encrypted", "1"), ("signed", "1"), ("multipart", "0")):
        rows = tshark.rows(file_of(name), ["smime.msrp.sdp_protected"], *tshark.right_keys(), only="smime && msrp")
        assert all([{"True": "1", "False": "0"}.get(value, value) for value in row["smime.msrp.sdp_protected"]] == [protected] * 2 for row in rows)


def test_an_encrypted_sdp_that_nobody_can_read_names_nobody(tshark):
    rows = tshark.rows(file_of("encrypted"), FIELDS, *tshark.no_key(), only="smime && msrp")
    assert [(row.one("smime.identity.verdict"), row.one("smime.identity.reason"), row.one("smime.msrp.sender")) for row in rows] == [
        ("not-evaluated", "no-session", None)] * 4
    without = Audit("--format", "json", *TRUST, file_of("encrypted")).json["messages"]
    assert {message["verdict"]["identity"]["reason"] for message in without if message["carrier"] == "msrp" and message["layers"]} == {"no-session"}


def test_without_a_session_the_paths_are_shown(tshark, report):
    [row] = tshark.rows(file_of("none"), ["smime.msrp.from_path", "smime.msrp.to_path", "smime.msrp.session_detail"], *tshark.right_keys(),
                        only="frame.number == 4")
    assert row.one("smime.msrp.from_path").startswith("msrp://192.0.2.10:7654/") and row.one("smime.msrp.to_path").startswith("msrp://198.51.100.20:12763/")
    assert row.one("smime.msrp.session_detail") == "no SDP seen before offered or answered these paths"
    message = of(report, "none")[0]
    assert (message["msrp"]["session"], message["msrp"]["session_detail"]) == (None, row.one("smime.msrp.session_detail"))
    assert (message["msrp"]["from_path"], message["msrp"]["to_path"]) == (row.one("smime.msrp.from_path"), row.one("smime.msrp.to_path"))


def test_an_ambiguous_session_names_both(tshark):
    [row] = tshark.rows(file_of("shared"), ["smime.msrp.session_detail", "_ws.expert.message"], *tshark.right_keys(), only="frame.number == 32")
    assert ALICE in row.one("smime.msrp.session_detail") and CAROL in row.one("smime.msrp.session_detail")
    assert any(text.startswith("Sender identity not evaluated: ") and CAROL in text for text in row["_ws.expert.message"])
