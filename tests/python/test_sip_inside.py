"""What stands inside S/MIME in SIP, field for field: CPIM and notifications, tunnelled SIP compared header by header, identity bodies,
and each comparison of a sender's identity.
"""

import random
from datetime import datetime, timezone

import pytest

import sip
import smime
from auditor import ALL_KEYS, messages
from conftest import CAPTURES
from smime import WATSON, Entity
from wire import Capture, Connection, Host

START = datetime(2026, 1, 15, 10, 0, 0, tzinfo=timezone.utc)
ALICE, BOB = "sip:alice@example.com", "sip:bob@example.org"


def rows(tshark, name, *fields):
    return tshark.rows(CAPTURES / f"{name}.pcap", list(fields), *tshark.right_keys())


# Message/CPIM

CPIM = ["cpim.from", "cpim.to", "cpim.datetime", "cpim.subject", "cpim.header.name", "cpim.header.language"]
HEADERS = {
    "cpim.from": [f"<{ALICE}>"], "cpim.to": [f"<{BOB}>"], "cpim.datetime": ["2026-01-15T10:00:00Z"], "cpim.subject": ["Come here", "Venez ici"],
    "cpim.header.name": ["From", "To", "DateTime", "Subject", "Subject"], "cpim.header.language": ["fr"],
}


@pytest.mark.parametrize("name", ["cpim-whole", "cpim-payload"])
def test_cpim_header_fields(tshark, name):
    """The same fields, whether the message as a whole is protected or its payload alone, which smime.scope tells."""
    row, = rows(tshark, name, *CPIM, "frame.protocols")
    assert {field: row[field] for field in CPIM} == HEADERS
    assert row.one("frame.protocols").count(":cpim") == 1


def test_cpim_inside_cpim(tshark):
    """Both envelopes are shown, the unprotected one first."""
    row, = rows(tshark, "cpim-both", "cpim.from", "cpim.subject")
    assert row["cpim.from"] == ["<im:anonymous@anonymous.invalid>", f"<{ALICE}>"]
    assert row["cpim.subject"] == ["Come here", "Venez ici"]


def test_cpim_over_msrp(tshark):
    for name in ("msrp-cpim", "msrp-cpim-inside"):
        row, = rows(tshark, name, "cpim.from", "cpim.datetime")
        assert (row["cpim.from"], row["cpim.datetime"]) == ([f"<{ALICE}>"], ["2026-01-15T10:00:00Z"])


def test_cpim_without_smime(tshark):
    """A plain message/cpim is dissected; with the protocol smime disabled everything is as without the plugin."""
    capture = Capture("plain-message", START)
    sip.message(capture, Entity([("Content-Type", "message/cpim")],
                                b"From: <im:a@example.com>\r\nSubject: caf\\u00e9\r\n\r\nContent-Type: text/plain\r\n\r\nHello.\r\n"))
    path = tshark.write(capture)
    row, = tshark.rows(path, ["cpim.from", "cpim.subject", "cpim.content.header", "data-text-lines"], only="cpim")
    assert row["cpim.from"] == ["<im:a@example.com>"] and row["cpim.subject"] == ["café"]
    assert row["cpim.content.header"] == ["text/plain"]
    assert tshark.rows(path, [], only="smime") == []
    assert "cpim" not in tshark.run("-r", path, "-V", "--disable-protocol", "smime", "-T", "pdml").text.replace("message/cpim", "")


def test_cpim_nested_without_end(tshark):
    """A hundred thousand envelopes in one message take no stack: so many are dissected as the engine looks into, the rest is data."""
    capture = Capture("nested", START)
    entity = Entity([("Content-Type", "message/cpim")], b"From: <im:a@example.com>\r\n\r\nContent-Type: message/cpim\r\n\r\n" * 100_000)
    sip.message(capture, entity)
    row, = tshark.rows(tshark.write(capture), ["cpim.from"], only="cpim")
    assert len(row["cpim.from"]) == 16


def test_altered_cpim(tshark):
    """Octets changed, left out and repeated at random, in CPIM and in the XML of a notification: no crash, and no two passes that differ."""
    chance = random.Random(3862)
    xml = (b'<?xml version="1.0"?><imdn xmlns="urn:ietf:params:xml:ns:imdn"><message-id>x</message-id><delivery-notification><status><delivered/>'
           b"</status></delivery-notification></imdn>")
    whole = (b"From: A <im:a@example.com>\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: 1\r\nSubject:;lang=fr caf\\u00e9\r\n\r\n"
             b"Content-Type: message/imdn+xml\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + xml)
    capture = Capture("altered", START)
    for number in range(400):
        octets = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            at = chance.randrange(len(octets))
            change = chance.choice([b"", bytes([chance.randrange(256)]), octets[at:at + 40], b"\r\n", b"\\u", b"<", b"\0"])
            octets[at:at + chance.randint(0, 2)] = change
        dialog = sip.Dialog(capture, f"altered/{number}", datagrams=True)
        dialog.send(sip.ALICE, dialog.request_octets("MESSAGE", "UDP", Entity([("Content-Type", "message/cpim")], bytes(octets))))
    path = tshark.write(capture)
    fields = ["cpim.header.name", "cpim.header.value", "imdn.original_message_id", "imdn.status"]
    rows = tshark.rows(path, fields, only="cpim")
    assert len(rows) == 400 and tshark.rows(path, fields, "-2", only="cpim") == rows
    assert any(row["imdn.status"] == ["delivered"] for row in rows) and any(row["imdn.status"] == [] for row in rows)


def test_cpim_over_http(tshark):
    """A protocol of its own: whatever carries message/cpim has it dissected, and nothing of S/MIME is said."""
    capture = Capture("http", START)
    connection = Connection(capture, Host("192.0.2.30", 41000), Host("198.51.100.40", 80))
    body = b"From: <im:a@example.com>\r\n\r\nContent-Type: text/plain\r\n\r\nHi\r\n"
    connection.send(connection.client, b"POST /inbox HTTP/1.1\r\nHost: example.org\r\nContent-Type: message/cpim\r\nContent-Length: %d\r\n\r\n%s"
                    % (len(body), body))
    row, = tshark.rows(tshark.write(capture), ["cpim.from", "smime.type"], only="cpim")
    assert (row["cpim.from"], row["smime.type"]) == (["<im:a@example.com>"], [])


def test_notification(tshark):
    asked, told = rows(tshark, "cpim-imdn", "imdn.message_id", "imdn.disposition_notification", "imdn.original_message_id", "imdn.status",
                       "imdn.notification", "imdn.recipient", "smime.imdn.message_id", "smime.imdn.message_in")
    assert asked["imdn.message_id"] == ["34jk324j"]
    assert asked["imdn.disposition_notification"] == ["positive-delivery, negative-delivery"]
    assert told["imdn.message_id"] == ["d834jied93rf"]
    assert told["imdn.original_message_id"] == told["smime.imdn.message_id"] == ["34jk324j"]
    assert asked["smime.imdn.message_in"] == [] and told["smime.imdn.message_in"] == asked["frame.number"] == ["5"]
    assert (told["imdn.notification"], told["imdn.status"], told["imdn.recipient"]) == (["delivery"], ["delivered"], [BOB])


# Tunnelled SIP (RFC 3261 23.4) and identity bodies (RFC 3893)

def relations(row):
    """Header field -> how it relates, out of smime.tunnel.header."""
    return dict(line.split(": ")[:2] for line in row["smime.tunnel.header"])


EQUAL = {"Method": "equal", "Request-URI": "equal", "Via": "equal", "Max-Forwards": "equal", "From": "equal", "To": "equal", "Call-ID": "equal",
         "CSeq": "equal", "Subject": "equal", "Date": "equal", "Content-Type": "may differ", "Content-Length": "may differ",
         "Content-Disposition": "outside only", "Content-Transfer-Encoding": "outside only"}
TUNNEL = ["smime.tunnel", "smime.tunnel.header", "smime.tunnel.differing", "smime.aib", "_ws.expert.message"]


def test_tunnel_equal(tshark):
    row, = rows(tshark, "sip-message-sip-tunnel", *TUNNEL)
    assert row["smime.tunnel"] == ["message/sip"] and row["smime.tunnel.differing"] == ["0"]
    assert relations(row) == EQUAL
    assert not [text for text in row["_ws.expert.message"] if text.startswith("Tunnelled SIP")]


def test_tunnel_differs(tshark):
    row, = rows(tshark, "sip-message-sip-tunnel-differs", *TUNNEL)
    assert row["smime.tunnel.differing"] == ["2"]
    assert relations(row) == {**EQUAL, "From": "differs", "Subject": "differs"}
    told = [text for text in row["_ws.expert.message"] if text.startswith("Tunnelled SIP")]
    assert [text.split(": ")[1:3] for text in told] == [["From", "differs"], ["Subject", "differs"]]
    assert "inside Stay there, outside Come here" in told[1]


def test_encrypted_tunnel_may_have_another_from(tshark):
    """RFC 3261 23.4.1.2: an encrypted message may hide the true From; the difference is shown, and is no discrepancy."""
    row, = rows(tshark, "identity-anonymous-tunnel", *TUNNEL)
    assert row["smime.tunnel.differing"] == ["0"]
    assert relations(row)["From"] == "differs" and relations(row)["Subject"] == "inside only"
    assert not [text for text in row["_ws.expert.message"] if text.startswith("Tunnelled SIP")]


@pytest.mark.parametrize("name", ["identity-aib", "identity-aib-alone", "identity-anonymous"])
def test_identity_body(tshark, name):
    row, = rows(tshark, name, *TUNNEL)
    assert row["smime.tunnel"] == ["message/sipfrag"] and row["smime.aib"] == [ALICE] and row["smime.tunnel.differing"] == ["0"]
    expected = {name: "equal" for name in ("To", "Contact", "Date", "Call-ID", "CSeq")}
    assert relations(row) == {"From": "differs" if name == "identity-anonymous" else "equal", **expected}


# Identity

def test_every_comparison_is_shown(tshark):
    row, = rows(tshark, "identity-asserted", "smime.identity.verdict", "smime.identity.compared")
    assert row["smime.identity.verdict"] == ["pass"]
    told = [text.partition(" (") for text in row["smime.identity.compared"]]
    assert [text for text, _, _ in told] == [
        f"From {ALICE} equals URI {ALICE}", f"P-Asserted-Identity sip:carol@example.com is not URI {ALICE}",
        f"P-Preferred-Identity {ALICE} equals URI {ALICE}", f"Reply-To sip:dave@example.com is not URI {ALICE}"]
    assert [rule.rstrip(")") for _, _, rule in told] == ["the same user and host (RFC 3261 19.1.4, 10.3", "user differs",
                                                         "the same user and host (RFC 3261 19.1.4, 10.3", "user differs"]


@pytest.mark.parametrize("name, header", [
    ("identity-asserted", "From"), ("identity-asserted-anonymous", "P-Asserted-Identity"), ("identity-anonymous", "AIB From"),
    ("identity-anonymous-tunnel", "tunnelled From"), ("answer-signed", "From"),
])
def test_which_header_decided(tshark, name, header):
    row = rows(tshark, name, "smime.summary", "smime.identity.matched")[0]
    assert row["smime.identity.matched"] == [ALICE] and f"sender matches {header}" in row.one("smime.summary").split(", ")
    entry = next(entry for entry in messages(*ALL_KEYS, CAPTURES / f"{name}.pcap") if entry["layers"])
    assert entry["verdict"]["identity"]["verdict"] == "pass"


@pytest.mark.parametrize("order, verdict", [(("alice", "alice"), "pass"), (("alice", "bob"), "fail"), (("bob", "alice"), "fail")])
def test_parts_signed_side_by_side(tshark, order, verdict):
    """Every one of them must be the sender's, whichever stands last; of the multipart as a whole no signature speaks."""
    capture = Capture("-".join(order), START)
    sip.message(capture, smime.multipart("mixed", *(smime.signed(smime.text(), START, signer) for signer in order)))
    path = tshark.write(capture)
    row, = tshark.rows(path, ["smime.signed.verdict", "smime.identity.verdict"], *tshark.right_keys())
    assert row["smime.signed.verdict"] == ["not-evaluated"]
    assert row["smime.identity.verdict"] == ["pass" if signer == "alice" else "fail" for signer in order]
    entry = next(entry for entry in messages(*ALL_KEYS, path) if entry["layers"])
    assert entry["verdict"]["identity"]["verdict"] == verdict


def test_recipients_and_whom_the_message_is_addressed_to(tshark):
    """Encrypted for Bob, to whom it goes, and for Alice herself, to whom nothing is addressed; an unknown certificate is not compared."""
    capture = Capture("recipients", START)
    sip.message(capture, smime.encrypted(smime.text(), smime.to("bob"), smime.to("alice")), smime.encrypted(smime.text(), smime.to("bob-not-in-ring")))
    fields = ["smime.recipient.addressed", "smime.recipient.compared", "smime.recipient.owner"]
    known, unknown = tshark.rows(tshark.write(capture), fields, *tshark.right_keys())
    # RecipientInfos are a SET: their order follows their octets, which differ in each run.
    assert dict(zip(known["smime.recipient.owner"], known["smime.recipient.addressed"])) == {BOB: "To", ALICE: "none"}
    assert {text.partition(" (")[0] for text in known["smime.recipient.compared"]} == {
        f"To {BOB} equals URI {BOB}", f"Request-URI {BOB} equals URI {BOB}", f"To {BOB} is not URI {ALICE}", f"Request-URI {BOB} is not URI {ALICE}"}
    assert len(known["smime.recipient.compared"]) == 4
    assert unknown["smime.recipient.addressed"] == unknown["smime.recipient.compared"] == []


def test_recipients_of_an_answer(tshark):
    """layers-sdp: the answer goes to whom From names."""
    offer, answer = rows(tshark, "layers-sdp", "smime.recipient.addressed", "smime.recipient.owner")
    assert (offer["smime.recipient.addressed"], offer["smime.recipient.owner"]) == (["To"], [BOB])
    assert (answer["smime.recipient.addressed"], answer["smime.recipient.owner"]) == (["From"], [ALICE])


@pytest.mark.parametrize("change, matches", [
    (lambda octets: octets, True),
    (lambda octets: octets.replace(b"CSeq: 1 INVITE", b"CSeq: 2 INVITE"), False),
    (lambda octets: octets.replace(b"10:00:00 GMT", b"09:00:00 GMT"), False),
    (lambda octets: b"".join(line for line in octets.splitlines(True) if not line.startswith(b"Call-ID")), False),
    (lambda octets: octets.replace(b"Call-ID: ", b"Call-ID: other"), False),
], ids=["its own", "CSeq", "Date", "no Call-ID", "Call-ID"])
@pytest.mark.parametrize("from_uri", ["sip:anonymous@anonymous.invalid", ALICE], ids=["anonymous", "hers"])
def test_an_identity_body_of_another_request_proves_nothing(tshark, from_uri, change, matches):
    """RFC 3893 10: cut out of Alice's request and put into one of somebody else's that is anonymous or says to come from her, it must not make Alice the
    sender."""
    capture = Capture("cut-and-paste", START)
    dialog = sip.Dialog(capture, capture.name, from_uri=from_uri)
    known = dict(dialog.fields("INVITE", "UDP"))
    fields = [("From", f"<{ALICE}>"), sip.date_of(START), ("Call-ID", known["Call-ID"]), ("CSeq", known["CSeq"])]
    body = Entity([("Content-Type", "message/sipfrag"), ("Content-Disposition", "aib; handling=optional")], change(Entity(fields, b"").octets()))
    dialog.request("INVITE", smime.signed(body, START), [sip.date_of(START)])
    path = tshark.write(capture)
    row, = tshark.rows(path, ["smime.identity.verdict", "smime.identity.reason", "smime.signed.verdict"], *tshark.right_keys())
    assert row["smime.signed.verdict"] == ["pass"]
    assert row["smime.identity.verdict"] == ["pass" if matches else "not-evaluated"]
    assert row["smime.identity.reason"] == ([] if matches else ["no-identity"])


@pytest.mark.parametrize("change, matches, why", [
    (lambda octets: octets, True, None),
    (lambda octets: octets.replace(b"CSeq: 1 ", b"CSeq: 2 "), False, "its CSeq differs"),
    (lambda octets: octets.replace(b"10:00:00 GMT", b"09:00:00 GMT"), False, "its Date differs"),
    (lambda octets: octets.replace(b"Call-ID: ", b"Call-ID: other"), False, "its Call-ID differs"),
    (lambda octets: b"".join(line for line in octets.splitlines(True) if not line.startswith(b"Call-ID")), False, "without Call-ID"),
    (lambda octets: b"".join(line for line in octets.splitlines(True) if not line.startswith(b"CSeq")), False, "without CSeq"),
], ids=["its own", "CSeq", "Date", "Call-ID", "no Call-ID", "no CSeq"])
@pytest.mark.parametrize("protect", [smime.signed, smime.signed_detached, lambda entity, at: smime.encrypted(smime.signed(entity, at), smime.to("bob")),
                                     lambda entity, at: smime.signed(smime.encrypted(entity, smime.to("bob")), at)],
                         ids=["signed", "clear-signed", "encrypted outside", "encrypted inside"])
def test_a_tunnel_of_another_message_proves_nothing(tshark, protect, change, matches, why):
    """RFC 3261 23.4.2: From, and Alice's signature over a message, but not over this one."""
    capture = Capture("cut-tunnel", START)
    dialog = sip.Dialog(capture, capture.name)
    inner = change(dialog.request_octets("MESSAGE", "TCP", smime.text(), [sip.date_of(START)]))
    dialog.request("MESSAGE", protect(Entity([("Content-Type", "message/sip")], inner), START), [sip.date_of(START)])
    path = tshark.write(capture)
    row, = tshark.rows(path, ["smime.identity.verdict", "smime.identity.matched", "smime.signed.verdict", "smime.summary"], *tshark.right_keys())
    assert row["smime.signed.verdict"] == ["pass"]
    assert row["smime.identity.verdict"] == ["pass" if matches else "not-evaluated"]
    assert row["smime.identity.matched"] == ([ALICE] if matches else [])
    assert ("sender matches From" in row.one("smime.summary")) == matches
    entry, = [entry for entry in messages(*ALL_KEYS, path) if entry["layers"]]
    assert matches or why in entry["verdict"]["identity"]["detail"]


def test_a_message_forwarded_beside_text(tshark):
    """What Alice signs is more than the message of another dialog, which she quotes: she is the sender."""
    capture = Capture("forwarded", START)
    other = sip.Dialog(capture, "other", sip.BOB, sip.ALICE).request_octets("MESSAGE", "UDP", smime.text())
    sip.message(capture, smime.signed(smime.multipart("mixed", smime.text("See what Bob wrote.\r\n"), Entity([("Content-Type", "message/sip")], other)), START))
    row, = tshark.rows(tshark.write(capture), ["smime.identity.verdict", "smime.identity.matched"], *tshark.right_keys())
    assert (row["smime.identity.verdict"], row["smime.identity.matched"]) == (["pass"], [ALICE])


def test_sip_with_a_blank_before_the_colon(tshark):
    """RFC 3261 7.3.1 allows it, Wireshark 4.0 knows no compact form then: the message is judged and shown all the same."""
    capture = Capture("blank", START)
    dialog = sip.Dialog(capture, capture.name)
    octets = dialog.request_octets("MESSAGE", "UDP", smime.signed(smime.text(), START))
    for long, short in ((b"Content-Type: ", b"c : "), (b"Content-Length: ", b"l : "), (b"From: ", b"f : ")):
        octets = octets.replace(b"\r\n" + long, b"\r\n" + short, 1)
    dialog.send(sip.ALICE, octets)
    row, = tshark.rows(tshark.write(capture), ["smime.signed.verdict", "smime.identity.matched", "smime.content.length"], *tshark.right_keys())
    assert row == {"frame.number": ["1"], "smime.signed.verdict": ["pass"], "smime.identity.matched": [ALICE],
                   "smime.content.length": [str(len(WATSON))]}


# Media types of before RFC 8551, and S/MIME in bodies of other SIP messages

def retyped(entity, old, new):
    fields = [(name, value.replace(old, new)) for name, value in entity.fields]
    return Entity(fields, entity.body.replace(b"Content-Type: " + old.encode(), b"Content-Type: " + new.encode()))


@pytest.mark.parametrize("entity, types, decrypted", [
    (lambda: retyped(smime.signed(smime.text(), START), "application/pkcs7-mime", "application/x-pkcs7-mime"), ["signed-data"], []),
    (lambda: retyped(smime.encrypted(smime.signed(smime.text(), START), smime.to("bob")), "application/pkcs7-mime", "application/x-pkcs7-mime"),
     ["authEnveloped-data", "signed-data"], ["pass"]),
    (lambda: retyped(smime.signed_detached(smime.text(), START), "application/pkcs7-signature", "application/x-pkcs7-signature"), ["signed-data"], []),
    (lambda: retyped(smime.signed(smime.text(), START), "application/pkcs7-mime", "Application/PKCS7-MIME"), ["signed-data"], []),
], ids=["x-signed", "x-encrypted", "x-signature", "case"])
def test_other_media_types(tshark, entity, types, decrypted):
    capture = Capture("types", START)
    sip.message(capture, entity())
    path = tshark.write(capture)
    row, = tshark.rows(path, ["smime.type", "smime.decrypt.verdict", "smime.signed.verdict", "smime.content.length"], *tshark.right_keys())
    assert (row["smime.type"], row["smime.decrypt.verdict"], row["smime.signed.verdict"]) == (types, decrypted, ["pass"])
    assert row["smime.content.length"] == [str(len(WATSON))]
    entry = next(entry for entry in messages(*ALL_KEYS, path) if entry["layers"])
    assert entry["verdict"]["signed"]["verdict"] == "pass" and [layer["type"] for layer in entry["layers"]] == types
