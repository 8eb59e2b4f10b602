"""MIME bodies made to be read in two ways, or in none (RFC 1847 2.1, RFC 2046 5.1.1, RFC 8551 3.5.3): in tshark on one pass, on two, and in
sipsmime-audit. What passes is exactly what Alice signed and all that a recipient reads; everything else does not, and says why.
"""

import gzip
import hashlib
from datetime import datetime, timezone
from typing import NamedTuple

import pytest

import sip
import smime
from auditor import ALL_KEYS, messages
from smime import Entity
from wire import Capture

START = datetime(2026, 1, 15, 10, 0, 0, tzinfo=timezone.utc)
SIGNATURE = "application/pkcs7-signature"
TEXT = smime.text().octets()
SELL = smime.text("Sell everything.\r\n").octets()      # what Alice never signed
BOMB = gzip.compress(bytes(20 << 20), mtime=0)
RATIO = "more output for its input than SM_LIMIT_DECOMPRESSED_RATIO"
DEEP = "MIME entities nested more than 16 deep"


def clear_signed_type(**other):
    """The Content-Type of a multipart/signed; a parameter given as None is left out."""
    parameters = {"protocol": f'"{SIGNATURE}"', "micalg": "sha-256", "boundary": "b", **other}
    return "multipart/signed" + "".join(f"; {name}={value}" for name, value in parameters.items() if value is not None)


def signature(octets, label=SIGNATURE):
    """Alice's signature over these octets, as a part."""
    return Entity([("Content-Type", label), ("Content-Transfer-Encoding", "binary")], smime.sign(octets, START, "alice")).octets()


def parts(*octets, close=b"--b--\r\n"):
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in octets) + close


def signed(first=TEXT, *more, **how):
    """A part and the signature over it."""
    return parts(first, signature(first), *more, **how)


def body(octets, *fields, **parameters):
    return Entity([("Content-Type", clear_signed_type(**parameters)), *fields], octets)


def nested(entity, depth):
    """The entity inside so many multiparts."""
    for level in range(depth):
        entity = smime.multipart("mixed", entity, boundary=f"n{level}.")
    return entity


def multipart_octets(boundary):
    return smime.multipart("mixed", smime.text(), boundary=boundary).octets()


def in_quoted_printable(octets):
    """What has octets that need it, and a soft line break."""
    return octets.replace(b"=", b"=3D").replace(b"Watson, come", b"Watson,=\r\n come")


class Message(NamedTuple):
    """A body, what its Content-Length says beyond its length, and what comes of it.

    `signed`: verdict and reason on the message as a whole. `signer`: the verdicts on signature value and digest; None without a signer.
    `content`: media type and octets of what is read, these None where they are not compared.
    """
    entity: Entity
    signed: str = "pass none"
    signer: str = "pass pass"
    content: tuple = ("text/plain", smime.WATSON.encode())
    layers: tuple = ("signed-data",)
    scope: str = "whole-body"
    limit: str = None
    rule: str = None
    excess: int = 0


def unreadable(entity, content, reason="not-parsed", rule="SMIME-WRAP-016", **other):
    """S/MIME is announced, and there is no signature to be read."""
    return Message(entity, f"not-evaluated {reason}", None, content, ("unknown",), rule=rule, **other)


def ambiguous(entity):
    return Message(entity, "not-evaluated unsupported-form")


PLAIN = ("text/plain", smime.WATSON.encode())
FORGED = ("text/plain", b"Sell everything.\r\n")
TWO_READINGS = b"--c\r\n" + SELL + b"\r\n--c--\r\n" + signed()
SOFT = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nWatson, come here - I=\r\n want to see you.=0D=0A"
PACKED = b"Content-Type: text/plain\r\nContent-Encoding: gzip\r\n\r\n" + BOMB
LABELLED_TWICE = b"Content-Type: text/html\r\n" + TEXT
TYPED_SIGNATURE = Entity([("Content-Type", SIGNATURE)], smime.sign(TEXT, START, "alice"))

MESSAGES = {
    # micalg helps to read in one pass; the digest algorithm that counts stands in the signature (RFC 8551 3.5.3.2).
    "micalg wrong": Message(body(signed(), micalg="sha-512")),
    "micalg missing": Message(body(signed(), micalg=None)),
    "micalg of two": Message(body(signed(), micalg='"sha-256,sha-1"')),
    # The signature says itself what it is; a protocol that says otherwise makes nobody else the signer.
    "protocol missing": Message(body(signed(), protocol=None)),
    "protocol of PGP": Message(body(signed(), protocol='"application/pgp-signature"')),
    "protocol x-": Message(body(signed(), protocol='"application/x-pkcs7-signature"')),
    "PGP signature": unreadable(body(parts(TEXT, signature(TEXT, "application/pgp-signature"))), PLAIN),
    "signature is an octet-stream": unreadable(body(parts(TEXT, signature(TEXT, "application/octet-stream"))), PLAIN),

    # Twice, and differing: RFC 3261 7.3.1 has one value, RFC 2045 5.1 one of each parameter. Whom the recipient believes nobody knows.
    "type twice, text first": Message(Entity([("Content-Type", "text/plain"), ("Content-Type", clear_signed_type())], signed()),
                                      "not-applicable not-smime", None, ("text/plain", None), ()),
    "type twice, text last": ambiguous(body(signed(), ("Content-Type", "text/plain"))),
    "type twice, compact": ambiguous(body(signed(), ("c", "text/plain"))),
    "type twice, other boundary": ambiguous(body(TWO_READINGS, ("Content-Type", clear_signed_type(boundary="c")))),
    "type twice, the same": Message(body(signed(), ("Content-Type", clear_signed_type()))),
    "encoding twice": ambiguous(body(signed(), ("Content-Transfer-Encoding", "8bit"), ("Content-Transfer-Encoding", "quoted-printable"))),
    "type of the signed part twice": Message(body(signed(LABELLED_TWICE)), content=("text/html", PLAIN[1])),
    "boundary twice": ambiguous(body(TWO_READINGS, boundary="b; boundary=c")),
    "boundary twice, other first": unreadable(body(TWO_READINGS, boundary="c; boundary=b"), FORGED),
    "boundary twice, encoded": ambiguous(body(TWO_READINGS, boundary="b; boundary*=us-ascii''c")),
    "boundary twice, the same": Message(body(signed(), boundary='b; boundary="b"')),

    # RFC 2046 5.1.1: delimiter lines
    "boundary begins the inner one": Message(body(signed(multipart_octets("bb"))), content=("multipart/mixed", None)),
    "boundary is the inner one": unreadable(body(signed(multipart_octets("b"))), ("multipart/mixed", b"")),
    "padding": Message(body(signed().replace(b"--b\r\n", b"--b \t \r\n").replace(b"--b--\r\n", b"--b-- \t\r\n"))),
    "boundary ends in a blank": Message(body(signed(), boundary='"b "')),
    "line feeds around a delimiter": unreadable(body(signed().replace(b"\r\n--b\r\n", b"\n--b\n")), ("text/plain", None)),
    "unclosed": Message(body(signed(close=b""))),
    "unclosed, without a line end": Message(body(signed(close=b"")[:-2])),

    # RFC 1847 2.1: exactly two parts, the signed one first
    "no second part": unreadable(body(parts(TEXT)), PLAIN),
    "no second part, unclosed": unreadable(body(parts(TEXT, close=b"")), ("text/plain", PLAIN[1] + b"\r\n")),
    "no part": unreadable(body(b"--b--\r\n"), None),
    "no delimiter": unreadable(body(signed(), boundary="other"), None),
    "no boundary": unreadable(body(signed(), boundary=None), None),
    "third part": Message(body(signed(TEXT, SELL)), "not-evaluated not-signed", scope="part"),
    "second signature": Message(body(signed(TEXT, signature(TEXT))), "not-evaluated not-signed", scope="part"),
    "another part first": Message(body(parts(SELL, TEXT, signature(TEXT))), "not-evaluated no-content", "pass not-evaluated", None, scope="part"),
    "signature first": Message(body(parts(signature(TEXT), TEXT)), "not-evaluated no-content", "pass not-evaluated", None, scope="part"),
    "another part instead": Message(body(parts(SELL, signature(TEXT))), "fail digest-mismatch", "pass fail", FORGED, rule="SMIME-SIG-002"),
    "empty part": Message(body(signed(b"")), content=("text/plain", b"")),
    "empty part between two delimiters": Message(body(b"--b\r\n--b\r\n" + signature(b"") + b"\r\n--b--\r\n"), content=("text/plain", b"")),
    "part with an empty body": Message(body(signed(b"Content-Type: text/plain\r\n\r\n")), content=("text/plain", b"")),

    # Preamble and epilogue are to be ignored (RFC 2046 5.1.1)
    "preamble": Message(body(SELL + b"\r\n" + signed())),
    "epilogue": Message(body(signed() + SELL)),
    "signature in the preamble": unreadable(body(signature(SELL) + b"\r\n" + parts(SELL)), FORGED),
    "signature in the epilogue": unreadable(body(parts(SELL) + signature(SELL)), FORGED),
    "the signed parts in the epilogue": Message(body(parts(SELL, signature(TEXT)) + signed()), "fail digest-mismatch", "pass fail", FORGED,
                                                rule="SMIME-SIG-002"),

    # RFC 3261 18.3: a datagram ends where Content-Length says
    "Content-Length too long": Message(body(signed()), excess=50),
    "Content-Length without the closing delimiter": Message(body(signed()), excess=-7),
    "Content-Length ends in the signature": Message(body(signed()), "not-evaluated truncated", None, PLAIN, rule="SMIME-WRAP-016", excess=-60),
    "Content-Length ends before more parts": Message(body(signed(TEXT, SELL)), excess=-len(b"--b\r\n" + SELL + b"\r\n--b--\r\n")),
    "Content-Length ends in the CMS": Message(smime.signed(smime.text(), START), "not-evaluated truncated", None, None,
                                              rule="SMIME-WRAP-016", excess=-60),

    # Limits
    "as deep as is read": Message(body(signed(nested(smime.text(), 14).octets())), content=("multipart/mixed", None)),
    "deeper inside": Message(body(signed(nested(smime.text(), 15).octets())), content=("multipart/mixed", None), limit=DEEP),
    "deep outside": Message(nested(body(signed()), 14), "not-evaluated not-signed", content=("multipart/mixed", None), scope="part"),
    "deeper outside": Message(nested(body(signed()), 16), "not-evaluated limit", None, ("multipart/mixed", None), (), limit=DEEP),
    "bomb": unreadable(body(BOMB, ("Content-Encoding", "gzip")), None, "limit", None, limit=RATIO),
    "bomb of bombs": unreadable(body(gzip.compress(BOMB), ("Content-Encoding", "gzip, gzip")), None),
    "bomb that is signed": Message(body(signed(PACKED)), content=None, limit=RATIO),

    # Quoted-printable: the signature is over the octets before it is undone (RFC 1847 2.1)
    "soft breaks in the signed part": Message(body(signed(SOFT))),
    "soft breaks in the signature": Message(body(parts(TEXT, smime.in_quoted_printable(TYPED_SIGNATURE).octets()))),
    "soft breaks in all of it": Message(body(in_quoted_printable(parts(TEXT, smime.in_base64(TYPED_SIGNATURE).octets())),
                                             ("Content-Transfer-Encoding", "quoted-printable")), rule="SMIME-WRAP-006"),
}
FIELDS = ["sip.Call-ID", "smime.type", "smime.scope", "smime.signed.verdict", "smime.signature.verdict", "smime.digest.verdict",
          "smime.content.type", "smime.content", "smime.limit", "smime.finding.rule", "smime.summary"]
FORM = ("SMIME-WRAP-006", "SMIME-WRAP-016", "SMIME-SIG-002")        # the rules on what is made wrong here


@pytest.fixture(scope="module")
def seen(tshark):
    """Name -> what tshark shows on one pass, on two, and what the auditor reports."""
    capture = Capture("hostile", START)
    capture.fragment = 1480
    for name, message in MESSAGES.items():
        octets = sip.Dialog(capture, name, datagrams=True).request_octets("MESSAGE", "UDP", message.entity, [sip.date_of(START)])
        length = len(message.entity.body)
        told = octets.replace(b"Content-Length: %d\r\n" % length, b"Content-Length: %d\r\n" % (length + message.excess), 1)
        assert (told == octets) == (message.excess == 0)
        capture.udp(sip.ALICE.host, sip.BOB.host, told)
        capture.wait(1)
    path = tshark.write(capture)
    calls = [{row.one("sip.Call-ID"): row for row in tshark.rows(path, FIELDS, *tshark.right_keys(), *passes, only="sip")} for passes in ([], ["-2"])]
    audited = {entry["sip"]["call_id"]: entry for entry in messages(*ALL_KEYS, path)}
    return {name: [found[sip.token(name, "call")] for found in (*calls, audited)] for name in MESSAGES}


def value(text):
    return bytes.fromhex(text.replace(":", "")) if text else b""


@pytest.mark.parametrize("name", MESSAGES)
def test_tshark(seen, name):
    row, again, _ = seen[name]
    expected = MESSAGES[name]
    assert again == row
    assert row["smime.type"] == list(expected.layers)
    assert row["smime.scope"] == ([expected.scope] if expected.layers else [])
    assert row.one("smime.signed.verdict") == (expected.signed.split()[0] if expected.layers else None)
    signer = row["smime.signature.verdict"] + row["smime.digest.verdict"]
    assert " ".join(signer) == (expected.signer or "")
    assert row.one("smime.limit") == expected.limit
    assert [rule for rule in row["smime.finding.rule"] if rule in FORM] == ([expected.rule] if expected.rule else [])
    if expected.layers:
        assert row.one("smime.content.type") == (expected.content[0] if expected.content else None)
    if expected.layers and expected.content and expected.content[1] is not None:
        assert value(row.one("smime.content")) == expected.content[1]


@pytest.mark.parametrize("name", MESSAGES)
def test_line(seen, name):
    """Who reads only the line is not told of a sender's message where there is none."""
    row, expected = seen[name][0], MESSAGES[name]
    line = row.one("smime.summary")
    sound = "signed by sip:alice@example.com, signature valid, certificate valid, sender matches From"
    if expected.signed == "pass none":
        assert line == sound
    elif expected.signer == "pass pass":
        assert line == f"{sound}, but " + ("readers may read something else" if expected.signed.endswith("form") else "NOT the whole message")
    else:
        assert not line or (not line.startswith("signed") and "sender matches" not in line)


@pytest.mark.parametrize("name", MESSAGES)
def test_the_auditor_agrees(seen, name):
    entry, expected = seen[name][2], MESSAGES[name]
    assert f"{entry['verdict']['signed']['verdict']} {entry['verdict']['signed']['reason']}" == expected.signed
    assert [layer["type"] for layer in entry["layers"]] == list(expected.layers)
    signers = [signer for layer in entry["layers"] for signer in layer.get("signers", [])]
    assert [f"{signer['signature']['verdict']} {signer['digest']['verdict']}" for signer in signers] == ([expected.signer] if expected.signer else [])
    assert [finding["rule"] for finding in entry["findings"] if finding["rule"] in FORM] == ([expected.rule] if expected.rule else [])
    content = entry.get("content")
    assert (content["type"] if content else None) == (expected.content[0] if expected.content else None)
    if content and expected.content[1] is not None:
        assert content["length"] == len(expected.content[1]) and content["sha256"] == hashlib.sha256(expected.content[1]).hexdigest()
