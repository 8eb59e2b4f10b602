"""Every place S/MIME has in SIP, in every order of layers and over every transport: the captures body-, layers-, cpim-, identity-, answer-
and over- of captures/make-captures, in tshark on one pass, on two, without a protocol tree, and in sipsmime-audit. What stands here is
what the captures were made of; captures/check-captures holds them against the openssl command.
"""

import hashlib
import re
import subprocess

import pytest

from auditor import ALL_KEYS, messages
from conftest import CAPTURES
from smime import WATSON

ALICE, BOB = "sip:alice@example.com", "sip:bob@example.org"
SIGNED, ENCRYPTED = "signed-data", "authEnveloped-data"
TEXT = ("text/plain", WATSON.encode())
MEAN_IT = ("text/plain", b"I mean it.\r\n")
COMING = ("text/plain", b"I am coming.\r\n")
ACCENTED = ("text/plain", "Watson, venez ici tout de suite - désirez-vous me voir ?\r\n".encode())


def message(*types, scopes=("whole-body",), signed="pass", identities=("pass",), matched=(ALICE,), content=TEXT, keys=()):
    """What a message with S/MIME comes to. `content`: media type and octets of the innermost readable entity, octets None where they are
    another in every run."""
    return {
        "types": list(types), "scopes": list(scopes), "signed": signed, "encrypted": "pass" if keys else "not-applicable",
        "identities": list(identities), "matched": list(matched), "content": content, "keys": list(keys),
    }


def audio(name, port, address):
    lines = ["v=0", f"o={name} 2890844526 2890844526 IN IP4 {address}", "s=-", f"c=IN IP4 {address}", "t=0 0", f"m=audio {port} RTP/AVP 0",
             "a=rtpmap:0 PCMU/8000"]
    return ("application/sdp", "".join(line + "\r\n" for line in lines).encode())


PLAIN = message(SIGNED)
FRAGMENT, TUNNEL = ("message/sipfrag", None), ("message/sip", None)
UNSIGNED = {"signed": "not-applicable", "identities": (), "matched": ()}
BY_BOB = message(SIGNED, matched=[BOB], content=COMING)

EXPECTED = {
    "body-mixed": [message(SIGNED, scopes=["part"])],
    "body-alternative": [message(ENCRYPTED, SIGNED, scopes=["part"], keys=["bob.key.pem"])],
    "body-nested": [message(SIGNED, SIGNED, scopes=["part"] * 2, identities=["pass"] * 2, matched=[ALICE] * 2, content=MEAN_IT)],
    "body-binary": [message(SIGNED, content=("application/octet-stream", b"\x00\x01\r\n--boundary42x is content\r\n\x00\xff\r\n"))],
    "body-signed-parts": [PLAIN, PLAIN, message(SIGNED, scopes=["part"], signed="not-evaluated")],
    "body-encodings": [message(SIGNED, content=ACCENTED)] * 3,
    "body-gzip": [PLAIN] * 2,
    "body-compact": [PLAIN] * 2,
    "body-methods": [message(SIGNED, content=("text/plain", f"{method}\r\n".encode()))
                     for method in ("INFO", "NOTIFY", "PUBLISH", "SUBSCRIBE", "REFER", "UPDATE", "OPTIONS", "REGISTER", "PRACK", "INVITE", "ACK", "BYE")],
    "layers-multipart-signed-inside": [message(ENCRYPTED, SIGNED, keys=["bob.key.pem"])],
    "layers-encrypt-then-sign": [message(SIGNED, ENCRYPTED, keys=["bob.key.pem"])],
    "layers-triple-wrap": [message(SIGNED, ENCRYPTED, SIGNED, identities=["pass"] * 2, matched=[ALICE] * 2, keys=["bob.key.pem"])],
    "layers-encrypted-twice": [message(ENCRYPTED, SIGNED, ENCRYPTED, keys=["bob-rsa.key.pem", "bob.key.pem"])],
    "layers-nonce-reused": [message(ENCRYPTED, **UNSIGNED, keys=["bob-rsa.key.pem"]),
                            message(ENCRYPTED, **UNSIGNED, keys=["bob-rsa.key.pem"], content=("text/plain", b"Stay there.\r\n"))],
    "layers-sdp": [message(ENCRYPTED, SIGNED, keys=["bob.key.pem"], content=audio("alice", 49172, "192.0.2.10")),
                   message(ENCRYPTED, SIGNED, matched=[BOB], keys=["alice.key.pem"], content=audio("bob", 3456, "198.51.100.20"))],
    "cpim-whole": [PLAIN],
    "cpim-payload": [message(SIGNED, scopes=["cpim-payload"])],
    "cpim-both": [message(SIGNED, scopes=["cpim-payload"])],
    "cpim-imdn": [PLAIN, message(SIGNED, matched=[BOB], content=("message/imdn+xml", None))],
    "identity-aib": [message(SIGNED, scopes=["part"], content=FRAGMENT)],
    "identity-aib-alone": [message(SIGNED, content=FRAGMENT)],
    "identity-aib-cut": [message(SIGNED, identities=["not-evaluated"], matched=[], content=FRAGMENT)],
    "identity-anonymous": [message(ENCRYPTED, SIGNED, scopes=["part"], content=FRAGMENT, keys=["bob.key.pem"])],
    "identity-anonymous-tunnel": [message(ENCRYPTED, SIGNED, keys=["bob.key.pem"])],
    "identity-asserted": [PLAIN],
    "identity-asserted-anonymous": [PLAIN],
    "identity-recipients": [message(ENCRYPTED, **UNSIGNED, keys=[f"{name}.key.pem"]) for name in ("alice", "bob", "bob")],   # the first recipient whose key is there
    "identity-certificate-changed": [PLAIN] * 3,
    "identity-two-from": [message(SIGNED, identities=["not-evaluated"], matched=[])],
    "answer-signed": [PLAIN, BY_BOB],
    "answer-tunnelled": [*(message(SIGNED, matched=[user], content=TUNNEL) for user in (ALICE, BOB, ALICE)),
                         message(SIGNED, identities=["not-evaluated"], matched=[], content=TUNNEL), message(SIGNED, matched=[BOB], content=TUNNEL)],
    "answer-any": [message(SIGNED, matched=[BOB], content=("text/plain", f"{status}\r\n".encode()))
                   for status in ("183 Session Progress", "202 Accepted", "302 Moved Temporarily", "404 Not Found", "503 Service Unavailable", "603 Decline")],
    "answer-retargeted": [message(SIGNED, identities=["not-evaluated"], matched=[], content=("text/plain", b"Bob is out.\r\n"))],
    "answer-493": [{**message(ENCRYPTED, **{**UNSIGNED, "signed": "not-evaluated"}, content=None), "encrypted": "not-evaluated"},
                   message("certs-only", **UNSIGNED, content=None), message(ENCRYPTED, **UNSIGNED, keys=["bob.key.pem"])],
    "answer-415": [PLAIN],
    "answer-capabilities": [PLAIN],
    "answer-retransmitted": [PLAIN, PLAIN, BY_BOB, BY_BOB],
    "answer-replayed": [PLAIN] * 2,
    "over-fragments": [message(ENCRYPTED, SIGNED, keys=["bob.key.pem"], content=("text/plain", WATSON.encode() * 20))],
    "over-tcp-octets": [PLAIN],
    "over-tcp-pipelined": [PLAIN, message(SIGNED, content=MEAN_IT)],
    "over-ipv6": [PLAIN],
    "over-vlan": [PLAIN],
    "over-tls12": [PLAIN],
    "over-tls13": [PLAIN],
    "over-tls-secrets": [PLAIN],
    "over-websocket": [PLAIN],
    "over-websocket-tls": [PLAIN],
    "over-sigcomp": [PLAIN, message(ENCRYPTED, SIGNED, keys=["bob.key.pem"])],
    "over-sctp": [PLAIN],
    "over-exported-pdu": [PLAIN],
}
TRANSPORTS = {"over-tls12": "tls", "over-tls13": "tls", "over-tls-secrets": "tls", "over-websocket": "ws", "over-websocket-tls": "wss",
              "over-tcp-octets": "tcp", "over-tcp-pipelined": "tcp", "over-ipv6": "udp", "over-vlan": "udp", "over-fragments": "udp",
              "over-exported-pdu": "udp", "over-sctp": "sctp"}
OPTIONS = {"over-sigcomp": ["-o", "sigcomp.decomp.msg:TRUE"]}      # Wireshark leaves SigComp packed unless told
FIELDS = ["smime.type", "smime.scope", "smime.signed.verdict", "smime.encrypted.verdict", "smime.identity.verdict", "smime.identity.matched",
          "smime.content.type", "smime.content", "smime.decrypt.key", "smime.summary"]
FOUND_IN_PLAIN = {"answer-415": ["3"], "answer-capabilities": ["1", "4"]}     # frames without S/MIME that are shown for what was found in them, test_sip_findings.py
PREFIXES = ("body-", "layers-", "cpim-", "identity-", "answer-", "over-")


def path_of(name):
    return next(CAPTURES.glob(f"{name}.pcap*"))


def secrets(name):
    log = CAPTURES / f"{name}.keylog"
    return ["-o", f"tls.keylog_file:{log}"] if log.exists() else OPTIONS.get(name, [])


def seen(row, expected):
    """A row of tshark in the words of message()."""
    kind, octets = row.one("smime.content.type"), row.one("smime.content")
    octets = bytes.fromhex(octets.replace(":", "")) if octets else None
    unknown = expected["content"] and expected["content"][1] is None
    return {
        "types": row["smime.type"], "scopes": row["smime.scope"], "signed": row.one("smime.signed.verdict"),
        "encrypted": row.one("smime.encrypted.verdict"), "identities": row["smime.identity.verdict"], "matched": row["smime.identity.matched"],
        "content": (kind, None if unknown else octets) if kind else None, "keys": row["smime.decrypt.key"],
    }


def test_every_capture_is_in_the_table():
    assert set(EXPECTED) == {path.stem for path in CAPTURES.glob("*.pcap*") if path.stem.startswith(PREFIXES)}


def test_the_openssl_command_agrees():
    """check-captures finds with the openssl command what the captures are there to show, and as many messages as the table has."""
    names = [name for name in EXPECTED if name not in ("over-tls12", "over-tls13", "over-tls-secrets", "over-websocket", "over-websocket-tls",
                                                       "over-sigcomp", "over-sctp", "over-exported-pdu")]
    done = subprocess.run(["/usr/bin/python3", "-B", CAPTURES / "check-captures", *names], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    said = dict(line.split("\t")[1:3] for line in done.stdout.splitlines())
    for name in names:
        told = [words for words in said[name].split("; ") if words != "text/plain"]
        assert len(told) == len(EXPECTED[name]), name
        for words, expected in zip(told, EXPECTED[name]):
            assert words.count("verified") == expected["types"].count(SIGNED), name
            assert all(re.search(f"(opened by|or) {re.escape(key)}", words) for key in expected["keys"]), name
            assert not expected["content"] or expected["content"][0] in words, name


def compare(tshark, name, *arguments):
    """tshark's rows of a capture, which must be what the table has."""
    rows = tshark.rows(path_of(name), FIELDS, *tshark.right_keys(), *keylog(tshark, name), *arguments, only="smime.type")
    assert len(rows) == len(EXPECTED[name])
    for row, expected in zip(rows, EXPECTED[name]):
        assert seen(row, expected) == expected
    return rows


def keylog(tshark, name):
    """The key log where the unprivileged user can read it."""
    return ["-o", f"tls.keylog_file:{tshark.captures / name}.keylog"] if (CAPTURES / f"{name}.keylog").exists() else OPTIONS.get(name, [])


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_tshark(tshark, name):
    """The same on one pass and on two; and without a tree the same line for each message."""
    rows = compare(tshark, name)
    assert compare(tshark, name, "-2") == rows
    listed = tshark.run("-r", path_of(name), *tshark.right_keys(), *keylog(tshark, name), "-T", "tabs", "-o",
                        'gui.column.format:"Number","%m","Info","%i"').text
    lines = dict(line.strip().split("\t", 1) for line in listed.splitlines() if "S/MIME: " in line)
    assert [number for number in lines if number not in FOUND_IN_PLAIN.get(name, [])] == [row.one("frame.number") for row in rows]
    for row in rows:
        assert f"S/MIME: {row.one('smime.summary')}" in lines[row.one("frame.number")]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_auditor_agrees(name):
    """sipsmime-audit, which dissects without a tree, says the same; only what came over the wire is a message, not what is inside one."""
    found = messages(*ALL_KEYS, *secrets(name), path_of(name))
    protected = [entry for entry in found if entry["layers"]]
    assert len(protected) == len(EXPECTED[name])
    for entry, expected in zip(protected, EXPECTED[name]):
        signers = [signer for layer in entry["layers"] for signer in layer.get("signers", [])]
        content = entry.get("content")
        octets = expected["content"][1] if expected["content"] else None
        assert [layer["type"] for layer in entry["layers"]] == expected["types"]
        assert entry["verdict"]["signed"]["verdict"] == expected["signed"]
        assert entry["verdict"]["encrypted"]["verdict"] == expected["encrypted"]
        assert [signer["identity"]["verdict"] for signer in signers] == expected["identities"]
        assert [signer["identity"]["matched"] for signer in signers if signer["identity"].get("matched")] == expected["matched"]
        assert (content["type"] if content else None) == (expected["content"][0] if expected["content"] else None)
        if octets is not None:
            assert content["length"] == len(octets) and content["sha256"] == hashlib.sha256(octets).hexdigest()
        assert entry["transport"] == TRANSPORTS.get(name, entry["transport"])
    calls = {}
    for entry in found:     # one request and one response of each transaction
        key = (entry["sip"]["call_id"], entry["sip"].get("method"), entry["sip"].get("status"), entry["frames"][-1])
        calls[key] = calls.get(key, 0) + 1
    assert set(calls.values()) == {1}
