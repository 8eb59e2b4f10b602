"""What the captures body-, identity-, answer- and layers- have that breaks the standards or follows from earlier messages: the very findings, in
tshark on one pass, on two, and in sipsmime-audit; and whom an envelope was made for.
"""

from collections import Counter

import pytest

from auditor import ALL_KEYS, messages
from conftest import CAPTURES

ALICE, BOB, CAROL = "sip:alice@example.com", "sip:bob@example.org", "sip:carol@example.net"
CHANGED = "the sender signs with a certificate not seen before; in frame {} it was {}"

# Frame that completes the message, rule, what is said of it. Rules on the form of each message stand in other tests.
FINDINGS = {
    "layers-nonce-reused": [("3", "SMIME-ENC-010", "the nonce was used before under the same content key, in frame 1")],
    "body-signed-parts": [("4", "SMIME-WRAP-009", "multipart/signed has no protocol parameter"),
                          ("4", "SMIME-WRAP-009", "multipart/signed has no micalg parameter"),
                          ("15", "SMIME-WRAP-010", "micalg says sha1, the digest algorithm of the signature is sha-256"),
                          ("26", "SMIME-WRAP-011", "multipart/signed has 3 parts instead of two")],
    "identity-recipients": [("3", "SMIME-ID-005", f"encrypted for {BOB}, to whom the message is not addressed"),
                            ("5", "SMIME-ID-005", f"also encrypted for {ALICE}, to whom the message is not addressed")],
    "identity-certificate-changed": [("7", "SMIME-CERT-015", CHANGED.format(1, "CN=Alice (serial 1001)"))],
    "identity-two-from": [],
    "identity-asserted": [],
    "identity-aib": [],
    "identity-aib-alone": [],
    "identity-aib-cut": [("5", "SMIME-AIB-003", 'Call-ID is "0277a5e5ce" in the identity body, "5f044e4ded" outside: it may be another message\'s')],
    "identity-anonymous": [],
    "identity-anonymous-tunnel": [],
    "answer-tunnelled": [("19", "SMIME-TUN-005", "the request in frame 17 is tunnelled, its answer is not"),
                         ("28", "SMIME-TUN-002", "the signed message has no Call-ID, CSeq, and so could be one of another dialog")],
    "answer-any": [],
    "answer-signed": [("2", "SMIME-SIP-005", "200 to MESSAGE has a body")],
    "answer-415": [("3", "SMIME-SIP-004", "sent without S/MIME after S/MIME was answered 415 in frame 2")],
    "answer-493": [],
    "answer-capabilities": [(frame, "SMIME-SIP-008", "Accept lists application/pkcs7-mime and multipart/signed, but not application/pkcs7-signature") for frame in "14"],
    "over-tcp-pipelined": [("5", "SMIME-SIP-009", "sent without S/MIME, which this sender used towards this recipient in frame 5")],
    "answer-retransmitted": [("3", "SMIME-SIP-005", "200 to MESSAGE has a body")],
    "answer-replayed": [("3", "SMIME-POL-002", "the same signed object was sent before, in frame 1: in another dialog, to another recipient, or long ago")],
}
FOLLOWING = ("SMIME-ENC-010", "SMIME-ID-", "SMIME-CERT-015", "SMIME-SIP-00", "SMIME-POL-002", "SMIME-TUN-", "SMIME-AIB-", "SMIME-WRAP-009", "SMIME-WRAP-010",
             "SMIME-WRAP-011")


def of_interest(rule):
    return rule.startswith(FOLLOWING)


def shown(tshark, path, *arguments):
    rows = tshark.rows(path, ["smime.finding.rule", "smime.finding"], *tshark.right_keys(), *arguments, only="smime.finding")
    return [(row.one("frame.number"), rule, text) for row in rows for rule, text in zip(row["smime.finding.rule"], row["smime.finding"])
            if of_interest(rule)]


@pytest.mark.parametrize("name", sorted(FINDINGS))
def test_findings(tshark, name):
    """In the report all of them; the tree leaves out notes on messages without S/MIME."""
    path = CAPTURES / f"{name}.pcap"
    found = [(str(entry["frames"][-1]), finding, entry["layers"]) for entry in messages(*ALL_KEYS, path)
             for finding in entry["findings"] if of_interest(finding["rule"])]
    assert [(frame, finding["rule"], finding["message"]) for frame, finding, _ in found] == FINDINGS[name]
    once = shown(tshark, path)
    expected = [(frame, finding) for frame, finding, layers in found if layers or finding["severity"] != "note"]
    assert [(frame, rule) for frame, rule, _ in once] == [(frame, finding["rule"]) for frame, finding in expected]
    for (_, _, text), (_, finding) in zip(once, expected):
        assert finding["message"] in text
    assert shown(tshark, path, "-2") == once


def test_what_is_a_note_by_default_is_shown_where_the_profile_calls_it_a_warning(tshark):
    found = shown(tshark, CAPTURES / "answer-capabilities.pcap", "-o", "smime.profile:strict")
    assert [(frame, rule) for frame, rule, _ in found if rule == "SMIME-SIP-008"] == [("1", "SMIME-SIP-008"), ("4", "SMIME-SIP-008")]


def test_whom_it_is_encrypted_for():
    """Each recipient's names with each header field, and the rule that decided."""
    def told(entry):
        recipients = entry["layers"][0]["decryption"]["recipients"]
        return {recipient["owner"]: recipient["addressed"] for recipient in recipients}
    known, other, third = (told(entry) for entry in messages(*ALL_KEYS, CAPTURES / "identity-recipients.pcap"))
    assert {owner: (one["verdict"], one["reason"], one["matched_header"]) for owner, one in known.items()} == {
        BOB: ("pass", "none", "To"), ALICE: ("fail", "different-identity", None)}
    assert {owner: (one["verdict"], one["reason"]) for owner, one in other.items()} == {BOB: ("fail", "different-identity")}
    assert other[BOB]["detail"] == f"certificate names {BOB}, To says {CAROL}"
    assert [(one["header"], one["value"], one["san"], one["match"], one["rule"]) for one in other[BOB]["compared"]] == [
        ("To", CAROL, BOB, False, "user differs"), ("Request-URI", CAROL, BOB, False, "user differs")]
    assert {owner: one["verdict"] for owner, one in third.items()} == {BOB: "pass", ALICE: "fail"}


def test_a_recipient_whose_certificate_is_not_known():
    entry, = messages(*ALL_KEYS, CAPTURES / "sip-unwanted-recipient.pcap")
    recipient, = entry["layers"][0]["decryption"]["recipients"]
    assert recipient["addressed"] is None and "SMIME-ID-005" in entry["not_evaluated"]


def test_a_retransmission_counts_once():
    entries = messages(*ALL_KEYS, CAPTURES / "answer-retransmitted.pcap")
    assert Counter("retransmission" in entry["summary"] for entry in entries) == {False: 2, True: 2}
    assert all(entry["findings"] == [] for entry in entries if "retransmission" in entry["summary"])


def test_what_the_recipient_accepts(tshark):
    """Bob's Accept of the 200 to OPTIONS, at the message signed for him."""
    names = ["frame.number", "smime.recipient_accepts", "smime.recipient_accepts_in"]
    for passes in ([], ["-2"]):
        row, = tshark.rows(CAPTURES / "answer-capabilities.pcap", names[1:], *tshark.right_keys(), *passes, only="smime.recipient_accepts")
        assert [row[name] for name in names] == [["5"], ["application/pkcs7-mime", "multipart/signed", "message/cpim"], ["4"]]


def test_a_message_without_smime_shows_what_was_found(tshark):
    """The downgrade is in the listing, in the tree and in the expert information; nothing else is said of a plain message."""
    path, message = CAPTURES / "answer-415.pcap", "sent without S/MIME after S/MIME was answered 415 in frame 2"
    names = ["smime.finding.rule", "smime.finding.severity", "smime.from", "smime.to", "smime.type", "smime.summary", "smime.signed.verdict",
             "smime.content.type", "_ws.expert.message"]
    for passes in ([], ["-2"]):
        row, = tshark.rows(path, names, *tshark.right_keys(), *passes, only="smime && !smime.type")
        assert [row[name] for name in names[:-1]] == [["SMIME-SIP-004"], ["warning"], [ALICE], [BOB], [], [], [], []]
        assert row["_ws.expert.message"] == [f"SMIME-SIP-004: {message} (RFC 3261 23.2)"]
        # The listing itself: later series make the column's field before what finds this, a postdissector, is asked.
        listed, = tshark.run("-r", path, *tshark.right_keys(), *passes, "-Y", "smime && !smime.type").text.splitlines()
        assert listed.rstrip().endswith(f"| S/MIME: {message}")
