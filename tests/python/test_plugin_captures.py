"""Every SIP demonstration capture in tshark: each verdict is what the capture was made to show (captures/make-captures), with the
right keys, with a key that fits nothing, with no key and with nothing given at all.

captures/check-captures asks the openssl command what the same captures are worth; test_the_openssl_command_agrees holds the table
here against it.
"""

import re
import subprocess

import pytest

from conftest import CAPTURES, KEYS, joined, printed
from smime import WATSON

ALICE, BOB = "sip:alice@example.com", "sip:bob@example.org"
TEXT = {"smime.content.type": ["text/plain"], "smime.content.length": [str(len(WATSON))]}

# One signer
SIGNED = {
    "smime.type": ["signed-data"],
    "smime.signature.verdict": ["pass"],
    "smime.signature.reason": [],
    "smime.digest.verdict": ["pass"],
    "smime.digest.reason": [],
    "smime.path.verdict": ["pass"],
    "smime.path.reason": [],
    "smime.revocation.verdict": ["pass"],
    "smime.revocation.reason": [],
    "smime.valid_at_capture": ["pass"],
    "smime.valid_at_signing": ["pass"],
    "smime.valid_now": ["pass"],
    "smime.identity.verdict": ["pass"],
    "smime.identity.reason": [],
    "smime.identity.matched": [ALICE],
    "smime.signer.uri": [ALICE],
    "smime.signed.verdict": ["pass"],
    "smime.encrypted.verdict": ["not-applicable"],
    "smime.decrypt.verdict": [],
    "smime.decrypt.reason": [],
    "smime.decrypt.key": [],
    "smime.structure.verdict": [],
    "smime.structure.reason": [],
    "smime.detached": ["0"],
    **TEXT,
}
FIELDS = list(SIGNED)
NOTHING = {name: [] for name in FIELDS}


def signed(**changes):
    """SIGNED with some fields otherwise: path_verdict="fail" stands for "smime.path.verdict": ["fail"], None for no such field."""
    return changed(SIGNED, changes)


def changed(expected, changes):
    known = {name.removeprefix("smime.").replace(".", "_"): name for name in FIELDS}
    return {**expected, **{known[name]: [] if value is None else [value] for name, value in changes.items()}}


def inside(expected, key, type="authEnveloped-data"):
    """What `expected` says, inside a layer that `key` opens."""
    return {**expected, "smime.type": [type, *expected["smime.type"]], "smime.detached": ["0", *expected["smime.detached"]],
            "smime.encrypted.verdict": ["pass"], "smime.decrypt.verdict": ["pass"], "smime.decrypt.key": [key]}


def unopened(expected):
    """An encrypted message without its key: nothing inside is known."""
    return changed(NOTHING, {"type": expected["smime.type"][0], "signed_verdict": "not-evaluated", "encrypted_verdict": "not-evaluated",
                             "decrypt_verdict": "not-evaluated", "decrypt_reason": "no-key", "detached": "0"})


UNSIGNED = {**changed(NOTHING, {"signed_verdict": "not-applicable"}), **TEXT}

# Capture -> frame that completes the message -> the fields' values. UDP: frame 1, and 3 after the answer. TCP: three frames of
# handshake, then the request's segments.
EXPECTED = {
    "sip-signed": {1: signed()},
    "sip-signed-no-certificate": {1: signed()},
    "sip-signed-detached": {5: signed(detached="1")},
    "sip-signed-intermediate": {5: signed()},
    "sip-signed-rsa-pss": {5: signed()},
    "sip-ed25519": {1: signed()},
    "sip-base64": {5: signed()},
    "sip-wrong-signer": {1: signed(identity_verdict="fail", identity_reason="different-identity", identity_matched=None, signer_uri=BOB)},
    "sip-tampered": {
        1: signed(digest_verdict="fail", digest_reason="digest-mismatch", signed_verdict="fail"),
        3: signed(signature_verdict="fail", signature_reason="signature-mismatch", signed_verdict="fail"),
    },
    "sip-expired": {1: signed(valid_at_capture="fail", valid_at_signing="fail", valid_now="fail", signed_verdict="fail")},
    "sip-expired-since": {1: signed(valid_now="fail")},
    "sip-revoked": {1: signed(revocation_verdict="fail", revocation_reason="revoked", signed_verdict="fail")},
    "sip-no-uri": {1: signed(identity_verdict="fail", identity_reason="no-sip-identity", identity_matched=None, signer_uri=None)},
    "sip-unknown-issuer": {1: signed(path_verdict="fail", path_reason="untrusted", revocation_verdict="not-evaluated",
                                     revocation_reason="path-not-passed", signed_verdict="fail")},
    "sip-signed-then-encrypted": {5: inside(signed(), "bob.key.pem")},
    "sip-encrypted-only": {1: inside(UNSIGNED, "bob.key.pem")},
    "sip-encrypted-rsa": {5: inside(signed(), "bob-rsa.key.pem")},
    "sip-encrypted-kek": {1: inside(UNSIGNED, "demonstration.kek")},
    "sip-encrypted-locked-keys": {1: inside(UNSIGNED, "bob-pkcs12.p12"), 3: inside(UNSIGNED, "bob-encrypted.pem")},
    "sip-enveloped-cbc": {5: inside(signed(), "bob.key.pem", "enveloped-data")},
    "sip-unwanted-recipient": {5: unopened({"smime.type": ["authEnveloped-data"]})},
    "sip-plain": {},
    "sip-not-cms": {1: changed(NOTHING, {"type": "unknown", "structure_verdict": "fail", "structure_reason": "malformed",
                                         "signed_verdict": "not-evaluated", "encrypted_verdict": "not-evaluated", "detached": "0"})},
    "sip-truncated": {1: changed(NOTHING, {"type": "signed-data", "structure_verdict": "not-evaluated", "structure_reason": "truncated",
                                           "signed_verdict": "not-evaluated", "encrypted_verdict": "not-evaluated", "detached": "0"})},
    "sip-message-sip-tunnel": {5: signed()},
    "sip-message-sip-tunnel-differs": {5: signed()},
}

# The findings of the rules that this table knows; rules to come do not disturb it.
RULES = {
    "SMIME-CERT-001", "SMIME-CERT-002", "SMIME-CERT-003", "SMIME-CERT-008", "SMIME-ENC-001", "SMIME-ENC-002", "SMIME-ENC-003",
    "SMIME-ID-001", "SMIME-ID-003", "SMIME-SIG-001", "SMIME-SIG-002", "SMIME-SIG-003", "SMIME-SIG-004", "SMIME-SIG-009",
    "SMIME-SIG-020", "SMIME-WRAP-001", "SMIME-WRAP-002", "SMIME-WRAP-003", "SMIME-WRAP-006", "SMIME-WRAP-008",
}
FINDINGS = {
    "sip-signed-no-certificate": {1: ["SMIME-SIG-020"]},
    "sip-wrong-signer": {1: ["SMIME-ID-001"]},
    "sip-tampered": {1: ["SMIME-SIG-002"], 3: ["SMIME-SIG-001"]},
    "sip-expired": {1: ["SMIME-CERT-002"]},
    "sip-revoked": {1: ["SMIME-CERT-003"]},
    "sip-no-uri": {1: ["SMIME-CERT-008"]},
    "sip-unknown-issuer": {1: ["SMIME-CERT-001"]},
    "sip-enveloped-cbc": {5: ["SMIME-ENC-001"]},
}
# Captures in which nothing is wrong: no rule, known here or not, may call anything an error.
SOUND = ["sip-signed", "sip-signed-detached", "sip-signed-intermediate", "sip-signed-rsa-pss", "sip-ed25519", "sip-base64",
         "sip-signed-then-encrypted", "sip-encrypted-rsa", "sip-message-sip-tunnel", "sip-expired-since"]

SUMMARIES = {
    "sip-signed": {1: f"signed by {ALICE}, signature valid, certificate valid, sender matches From"},
    "sip-wrong-signer": {1: f"signed by {BOB}, signature valid, certificate valid, sender does NOT match"},
    "sip-tampered": {
        1: f"said to be signed by {ALICE}, signature INVALID (content changed after signing), certificate valid",
        3: f"said to be signed by {ALICE}, signature INVALID (signature-mismatch), certificate valid",
    },
    "sip-expired": {1: f"signed by {ALICE}, signature valid, certificate EXPIRED, sender matches From"},
    "sip-expired-since": {1: f"signed by {ALICE}, signature valid, certificate valid then but expired now, sender matches From"},
    "sip-revoked": {1: f"signed by {ALICE}, signature valid, certificate REVOKED, sender matches From, but unproven"},
    "sip-no-uri": {1: "signed by CN=Alice, signature valid, certificate valid, certificate names NO SIP identity"},
    "sip-signed-then-encrypted":
        {5: f"decrypted, signed by {ALICE}, signature valid, certificate valid, sender matches From"},
    "sip-encrypted-only": {1: "decrypted, not signed"},
    "sip-enveloped-cbc":
        {5: f"decrypted (not authenticated), signed by {ALICE}, signature valid, certificate valid, sender matches From"},
    "sip-unwanted-recipient": {5: "encrypted, no key fits"},
    "sip-not-cms": {1: "not readable as CMS (malformed)"},
    "sip-truncated": {1: "not readable as CMS (truncated)"},
}
NAMES = sorted(EXPECTED)


def verdicts(rows):
    """Of the messages with S/MIME; a plain one is shown too where it has a finding, as sip-plain has after protected messages."""
    return {int(row.one("frame.number")): {name: row[name] for name in FIELDS} for row in rows if row["smime.type"]}


def test_every_sip_capture_is_in_the_table():
    assert set(EXPECTED) == {path.stem for path in CAPTURES.glob("sip-*.pcap")}


def test_the_openssl_command_agrees():
    """What check-captures' own parser and openssl find is what the table above expects, told in its words."""
    done = subprocess.run(["/usr/bin/python3", "-B", CAPTURES / "check-captures", *NAMES], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    said = dict(line.split("\t")[1:3] for line in done.stdout.splitlines())
    for name, frames in EXPECTED.items():
        for expected, words in zip(frames.values(), said[name].split("; ")):
            assert ("verified sip:" in words or "Ed25519 signature, digest and path hold" in words or "verified email:" in words) \
                == (expected["smime.signed.verdict"] == ["pass"]), name
            assert ("opened by" in words) == (expected["smime.decrypt.verdict"] == ["pass"]), name
            for key in expected["smime.decrypt.key"]:
                assert f"opened by {key}" in words, name
            for uri in expected["smime.signer.uri"] if expected["smime.signed.verdict"] == ["pass"] else []:
                assert uri in words or "Ed25519" in words, name


@pytest.mark.parametrize("name", NAMES)
def test_right_keys(tshark, name):
    rows = tshark.rows(CAPTURES / f"{name}.pcap", [*FIELDS, "smime.summary", "smime.finding.rule", "smime.finding.severity"],
                       *tshark.right_keys())
    assert verdicts(rows) == EXPECTED[name]
    found = {int(row.one("frame.number")): [rule for rule in row["smime.finding.rule"] if rule in RULES] for row in rows}
    assert {frame: rules for frame, rules in found.items() if rules} == FINDINGS.get(name, {})
    if name in SOUND:
        assert all("error" not in row["smime.finding.severity"] for row in rows)
    for frame, line in SUMMARIES.get(name, {}).items():
        assert [row.one("smime.summary") for row in rows if row.one("frame.number") == str(frame)] == [line]


@pytest.fixture(scope="module")
def all_frames(tshark):
    """All captures in one, and by the frame's number in it: the capture's name and the frame's number there."""
    octets, before = joined(CAPTURES / f"{name}.pcap" for name in NAMES)
    ends = [*before[1:], before[-1] + 1000]
    owners = {number: (name, number - first) for name, first, end in zip(NAMES, before, ends) for number in range(first + 1, end + 1)}
    return tshark.work("all.pcap", octets), owners


def by_capture(found, owners):
    """Frame number -> anything, sorted by capture: {name: {frame there: anything}}."""
    sorted_ = {name: {} for name in NAMES}
    for number, anything in found.items():
        name, frame = owners[number]
        sorted_[name][frame] = anything
    return sorted_


def without_keys():
    """The table for somebody who has the anchor and the CRLs alone."""
    table = {}
    for name, frames in EXPECTED.items():
        table[name] = {frame: unopened(expected) if expected["smime.decrypt.verdict"] else expected for frame, expected in frames.items()}
    unknown = {field: "not-evaluated" for field in ("path_verdict", "revocation_verdict", "valid_at_capture", "valid_at_signing", "valid_now",
                                                    "identity_verdict", "signed_verdict", "signature_verdict")}
    reasons = {field: "no-certificate" for field in ("path_reason", "revocation_reason", "identity_reason", "signature_reason")}
    table["sip-signed-no-certificate"] = {1: signed(**unknown, **reasons, identity_matched=None, signer_uri=None)}
    return table


@pytest.mark.parametrize("situation", ["no_key", "wrong_key"])
def test_without_the_right_key(tshark, all_frames, situation):
    path, owners = all_frames
    rows = tshark.rows(path, FIELDS, *getattr(tshark, situation)())
    assert by_capture(verdicts(rows), owners) == without_keys()


def test_nothing_given_at_all(tshark, all_frames):
    """No preference is set: signatures and digests are judged, nothing that hangs on trust passes, nothing is called a failure for it."""
    path, owners = all_frames
    found = by_capture(verdicts(tshark.rows(path, FIELDS)), owners)
    for name, frames in without_keys().items():
        assert list(found[name]) == list(frames)
        for frame, expected in frames.items():
            row = found[name][frame]
            for field in ("smime.signature.verdict", "smime.digest.verdict", "smime.identity.verdict", "smime.decrypt.verdict",
                          "smime.valid_at_capture", "smime.valid_at_signing", "smime.valid_now", "smime.content.length"):
                assert row[field] == expected[field], (name, frame, field)
            if "no-certificate" in expected["smime.path.reason"] or not expected["smime.path.verdict"]:
                continue
            assert row["smime.path.verdict"] == ["not-evaluated"] and row["smime.path.reason"] == ["no-anchor"], name
            assert row["smime.revocation.verdict"] == ["not-evaluated"], name
            assert row["smime.signed.verdict"] == ["fail" if name in ("sip-tampered", "sip-expired") else "not-evaluated"], name


# However tshark is driven, the verdicts are the same

def test_two_passes(tshark, all_frames):
    path, owners = all_frames
    assert by_capture(verdicts(tshark.rows(path, FIELDS, "-2", *tshark.right_keys())), owners) == EXPECTED
    assert by_capture(verdicts(tshark.rows(path, FIELDS, "-2", "-R", "sip", *tshark.right_keys())), owners).keys() == EXPECTED.keys()


def test_one_pass_over_all_captures(tshark, all_frames):
    path, owners = all_frames
    assert by_capture(verdicts(tshark.rows(path, FIELDS, *tshark.right_keys())), owners) == EXPECTED


def pdml_values(text):
    """Frame number -> field name -> values, out of PDML; only what stands in the protocol smime."""
    frames = {}
    for packet in re.findall(r"<packet>.*?</packet>", text, re.DOTALL):
        number = int(re.search(r'name="num"[^>]*show="(\d+)"', packet).group(1))
        values = {name: [] for name in FIELDS}
        for name, show in re.findall(r'<field name="(smime\.[^"]*)"[^>]* show="([^"]*)"', packet):
            if name in values:
                values[name].append(printed(show))
        if values["smime.type"]:
            frames[number] = values
    return frames


@pytest.mark.parametrize("passes", [[], ["-2"]])
def test_whole_tree(tshark, all_frames, passes):
    path, owners = all_frames
    found = pdml_values(tshark.run("-r", path, *passes, *tshark.right_keys(), "-T", "pdml").text)
    assert by_capture(found, owners) == EXPECTED


def info_lines(tshark, path, *arguments):
    """What stands in the Info column of us; Wireshark may put an end of its own behind it."""
    text = tshark.run("-r", path, *tshark.right_keys(), *arguments).text
    found = re.findall(r"^ *(\d+) .*\| S/MIME: (.*?)(?:\[Malformed Packet\]|\[Packet size limited during capture\])?$", text, re.MULTILINE)
    return {int(number): line.strip() for number, line in found}


@pytest.mark.parametrize("arguments", [[], ["-2"], ["-P", "-V", "-O", "smime"], ["-Y", "sip"]], ids=" ".join)
def test_the_listing(tshark, all_frames, arguments):
    """The Info column ends with the message in one line, with a protocol tree or without."""
    path, owners = all_frames
    lines = by_capture(info_lines(tshark, path, *arguments), owners)
    [plain] = lines.pop("sip-plain").values()
    assert re.fullmatch(r"sent without S/MIME, which this sender used towards this recipient in frame \d+", plain)
    assert {name: list(frames) for name, frames in lines.items()} == {name: list(frames) for name, frames in EXPECTED.items() if name != "sip-plain"}
    for name, frames in SUMMARIES.items():
        assert lines[name] == frames


FILTERS = {
    'smime.identity.verdict == "fail"': {("sip-wrong-signer", 1), ("sip-no-uri", 1)},
    'smime.identity.reason == "different-identity"': {("sip-wrong-signer", 1)},
    'smime.signature.verdict == "fail"': {("sip-tampered", 3)},
    'smime.digest.verdict == "fail"': {("sip-tampered", 1)},
    'smime.revocation.verdict == "fail"': {("sip-revoked", 1)},
    'smime.path.verdict == "fail"': {("sip-unknown-issuer", 1)},
    'smime.valid_at_capture == "fail"': {("sip-expired", 1)},
    'smime.valid_now == "fail"': {("sip-expired", 1), ("sip-expired-since", 1)},
    'smime.decrypt.reason == "no-key"': {("sip-unwanted-recipient", 5)},
    'smime.type == "enveloped-data"': {("sip-enveloped-cbc", 5)},
    "smime.detached == 1": {("sip-signed-detached", 5)},
    "smime.layer.depth == 1": {("sip-signed-then-encrypted", 5), ("sip-encrypted-rsa", 5), ("sip-enveloped-cbc", 5)},
    'smime.structure.reason == "truncated"': {("sip-truncated", 1)},
    'smime.finding.rule == "SMIME-ID-001"': {("sip-wrong-signer", 1)},
    'smime.signer.uri == "sip:bob@example.org"': {("sip-wrong-signer", 1)},
    # Experts: a check that failed. Expiry since is no failure.
    "smime.expert.fail": {("sip-wrong-signer", 1), ("sip-no-uri", 1), ("sip-tampered", 1), ("sip-tampered", 3), ("sip-revoked", 1),
                          ("sip-unknown-issuer", 1), ("sip-expired", 1), ("sip-not-cms", 1)},
    "smime.expert.not_evaluated": {("sip-unwanted-recipient", 5), ("sip-truncated", 1)},
}


def test_display_filters(tshark, all_frames):
    """Each filter alone, in one pass and in two, lets through exactly the frames that it should."""
    path, owners = all_frames
    for text, expected in FILTERS.items():
        rows = tshark.rows(path, [], *tshark.right_keys(), only=text)
        assert {owners[int(row.one("frame.number"))] for row in rows} == expected, text
    text = 'smime.identity.verdict == "fail"'
    rows = tshark.rows(path, [], "-2", *tshark.right_keys(), only=text)
    assert {owners[int(row.one("frame.number"))] for row in rows} == FILTERS[text]


def test_parties_and_times(tshark):
    row, = tshark.rows(CAPTURES / "sip-signed.pcap", ["smime.from", "smime.to", "smime.signing_time", "smime.signer.subject", "smime.signer.issuer",
                                                      "smime.signer.serial", "smime.signer.algorithm", "smime.media_type", "smime.smime_type"],
                       *tshark.right_keys())
    said = subprocess.run(["openssl", "x509", "-in", KEYS / "ring" / "alice.cert.pem", "-noout", "-subject", "-issuer", "-serial", "-nameopt",
                           "RFC2253"], capture_output=True, text=True).stdout
    subject, issuer, serial = (line.split("=", 1)[1].strip() for line in said.splitlines())
    assert row == {"frame.number": ["1"], "smime.from": [ALICE], "smime.to": [BOB],
                   "smime.signing_time": ["Jan 15, 2026 10:00:00.000000000 UTC"], "smime.signer.subject": [subject],
                   "smime.signer.issuer": [issuer], "smime.signer.serial": [serial.lower()],
                   "smime.signer.algorithm": ["ECDSA with SHA-256, digest SHA-256"], "smime.media_type": ["application/pkcs7-mime"],
                   "smime.smime_type": ["signed-data"]}


def test_the_recipient_wanted_is_named(tshark):
    """Without the key a user must learn which one it takes: issuer and serial number as openssl prints them."""
    row, = tshark.rows(CAPTURES / "sip-unwanted-recipient.pcap", ["smime.recipient.id", "smime.recipient.key_management", "smime.content_encryption"],
                       *tshark.right_keys())
    said = subprocess.run(["openssl", "x509", "-in", KEYS / "others" / "bob-not-in-ring.cert.pem", "-noout", "-issuer", "-serial", "-nameopt",
                           "RFC2253"], capture_output=True, text=True).stdout
    issuer, serial = (line.split("=", 1)[1].strip() for line in said.splitlines())
    assert row["smime.recipient.id"] == [f"issuer {issuer}, serial {serial.lower()}"]
    # The message leaves the curve to the certificate (RFC 5753 3.1.1), which nobody has here.
    assert row["smime.recipient.key_management"] == ["ECDH, 256-bit curve, SHA-256 KDF, AES-128 key wrap"]
    assert row["smime.content_encryption"] == ["AES-128-GCM"]


@pytest.mark.parametrize("choice, expected", [
    ("capture", {"sip-expired": "fail", "sip-expired-since": "pass"}),
    ("signing", {"sip-expired": "fail", "sip-expired-since": "pass"}),
    ("now", {"sip-expired": "fail", "sip-expired-since": "fail"}),
    ("2020-06-01T00:00:00Z", {"sip-expired": "pass", "sip-expired-since": "pass"}),
    ("2019-12-31T23:59:59Z", {"sip-expired": "fail", "sip-expired-since": "fail"}),
])
def test_the_time_that_counts(tshark, choice, expected):
    """The certificate was valid in 2020 alone; the user chooses when it has to be valid."""
    time = ["-o", f"smime.time:{choice}"] if choice.isalpha() else ["-o", "smime.time:fixed", "-o", f"smime.fixed_time:{choice}"]
    for name, verdict in expected.items():
        row, = tshark.rows(CAPTURES / f"{name}.pcap", ["smime.signed.verdict"], *tshark.preferences("ring"), *time)
        assert row["smime.signed.verdict"] == [verdict], name
