"""What sipsmime-audit reports of the demonstration captures. What each is worth: captures/README.md and check-captures, which ask openssl."""

import copy
import hashlib
import json
import re

import pytest

from auditor import ALL_KEYS, CAPTURES, KEYS, ROOT, Audit, messages

jsonschema = pytest.importorskip("jsonschema")

SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text())
TEXT = b"Watson, come here - I want to see you.\r\n"


def without_unknown_members(schema):
    """The schema as far as this version goes: a member that it does not describe is a mistake."""
    schema = copy.deepcopy(schema)

    def close(part):
        if part.get("type") == "object" and "properties" in part:
            part.setdefault("additionalProperties", False)
            for inner in part["properties"].values():
                close(inner)
        if "items" in part:
            close(part["items"])

    for part in [schema, *schema["definitions"].values()]:
        close(part)
    return schema


@pytest.fixture(scope="module")
def report():
    run = Audit(*ALL_KEYS, "--format", "json", CAPTURES)
    assert run.status == 1 and run.complaints == []
    return run.json


def of(report, name):
    return [message for message in report["messages"] if message["file"] == str(CAPTURES / f"{name}.pcap")]


def words(verdict):
    return verdict["verdict"] if verdict["reason"] == "none" else f"{verdict['verdict']} {verdict['reason']}"


def verdicts(message):
    return tuple(words(message["verdict"][name]) for name in ("signed", "encrypted", "identity"))


# Schema

def test_the_schema_is_one():
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("keys", [ALL_KEYS, [], ["--keys", KEYS / "ring"]], ids=["all", "none", "no-trust"])
def test_reports_keep_to_the_schema(keys):
    validator = jsonschema.Draft7Validator(without_unknown_members(SCHEMA))
    problems = [f"{list(error.absolute_path)}: {error.message[:200]}"
                for error in validator.iter_errors(Audit(*keys, "--format", "json", CAPTURES).json)]
    assert problems == []


def test_the_schema_refuses_what_is_wrong(report):
    validator = jsonschema.Draft7Validator(without_unknown_members(SCHEMA))
    for spoil in (lambda m: m.pop("frames"), lambda m: m["verdict"]["signed"].update(verdict="maybe"), lambda m: m.update(extra=1),
                  lambda m: m.pop("sip"), lambda m: m.update(time="yesterday"), lambda m: m["layers"][0].pop("signers")):
        changed = copy.deepcopy(report)
        changed["messages"] = copy.deepcopy(of(report, "sip-signed"))
        assert not list(validator.iter_errors(changed))
        spoil(changed["messages"][0])
        assert list(validator.iter_errors(changed))


# Verdicts

NOT_ENCRYPTED = "not-applicable not-encrypted"
NOT_SIGNED = "not-applicable not-signed"

EXPECTED = {
    "sip-signed": [("pass", NOT_ENCRYPTED, "pass")],
    "sip-signed-detached": [("pass", NOT_ENCRYPTED, "pass")],
    "sip-signed-no-certificate": [("pass", NOT_ENCRYPTED, "pass")],
    "sip-signed-intermediate": [("pass", NOT_ENCRYPTED, "pass")],
    "sip-signed-rsa-pss": [("pass", NOT_ENCRYPTED, "pass")],
    "sip-ed25519": [("pass", NOT_ENCRYPTED, "pass")],
    "sip-base64": [("pass", NOT_ENCRYPTED, "pass")],
    "sip-wrong-signer": [("pass", NOT_ENCRYPTED, "fail different-identity")],
    "sip-expired": [("fail expired", NOT_ENCRYPTED, "pass")],
    "sip-expired-since": [("pass", NOT_ENCRYPTED, "pass")],
    "sip-revoked": [("fail revoked", NOT_ENCRYPTED, None)],
    "sip-no-uri": [("pass", NOT_ENCRYPTED, "fail no-sip-identity")],
    "sip-unknown-issuer": [("fail untrusted", NOT_ENCRYPTED, None)],
    "sip-tampered": [("fail digest-mismatch", NOT_ENCRYPTED, None), ("fail signature-mismatch", NOT_ENCRYPTED, None)],
    "sip-signed-then-encrypted": [("pass", "pass", "pass")],
    "sip-encrypted-only": [(NOT_SIGNED, "pass", NOT_SIGNED)],
    "sip-encrypted-rsa": [("pass", "pass", "pass")],
    "sip-encrypted-kek": [(NOT_SIGNED, "pass", NOT_SIGNED)],
    "sip-encrypted-locked-keys": [(NOT_SIGNED, "pass", NOT_SIGNED)] * 2,
    "sip-enveloped-cbc": [("pass", "pass", "pass")],
    "sip-unwanted-recipient": [("not-evaluated not-decrypted", "not-evaluated no-key", "not-evaluated not-decrypted")],
    "sip-truncated": [("not-evaluated truncated",) * 3],
    "rfc8591-figure3": [("not-evaluated not-decrypted", "not-evaluated no-key", "not-evaluated not-decrypted")],
    "rfc8591-figure4": [("not-evaluated not-decrypted", "not-evaluated no-key", "not-evaluated not-decrypted")],
    "msrp-signed-one-chunk": [("pass", NOT_ENCRYPTED, "pass")] * 2,
    "msrp-signed-encrypted-chunks": [("pass", "pass", "pass")],
    "msrp-wrong-signer": [("pass", NOT_ENCRYPTED, "fail different-identity")],
    "msrp-tampered": [("fail digest-mismatch", NOT_ENCRYPTED, None)],
    "msrp-no-sdp": [("pass", "pass", "not-evaluated no-session")],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_verdicts(report, name):
    found = [verdicts(message) for message in of(report, name) if message["layers"]]
    assert len(found) == len(EXPECTED[name])
    for verdict, expected in zip(found, EXPECTED[name]):
        assert [word for word, other in zip(verdict, expected) if other] == [other for other in expected if other]


def test_a_message_without_smime_is_there_too(report):
    plain, = of(report, "sip-plain")
    assert plain["layers"] == [] and plain["summary"] is None
    assert {verdict["verdict"] for verdict in plain["verdict"].values()} == {"not-applicable"}
    assert plain["content"] == {"type": "text/plain", "length": len(TEXT), "sha256": hashlib.sha256(TEXT).hexdigest()}


# Members

def test_members_of_a_sip_message(report):
    message, = of(report, "sip-signed")
    assert message["frames"] == [1] and message["time"] == "2026-01-15T10:00:00.000000Z"
    assert (message["carrier"], message["transport"]) == ("sip", "udp")
    assert (message["source"], message["destination"]) == ("192.0.2.10:5060", "198.51.100.20:5060")
    sip = message["sip"]
    assert (sip["method"], sip["from"], sip["to"], sip["request_uri"]) == (
        "MESSAGE", "sip:alice@example.com", "sip:bob@example.org", "sip:bob@example.org")
    assert "status" not in sip and "msrp" not in message
    assert message["content"] == {"type": "text/plain", "length": len(TEXT), "sha256": hashlib.sha256(TEXT).hexdigest()}
    layer, = message["layers"]
    assert layer["type"] == "signed-data" and layer["detached"] is False and "decryption" not in layer
    signer, = layer["signers"]
    assert signer["subject"] == "CN=Alice" and signer["san_uris"] == ["sip:alice@example.com"]
    assert signer["signing_time"] == "2026-01-15T10:00:00Z"
    for name in ("signature", "digest", "path", "revocation", "valid_at_capture", "valid_at_signing", "identity"):
        assert signer[name]["verdict"] == "pass", name
    assert signer["identity"]["matched"] == "sip:alice@example.com"


def test_layers_are_outermost_first_and_name_the_key(report):
    message, = of(report, "sip-signed-then-encrypted")
    outer, inner = message["layers"]
    assert (outer["type"], inner["type"]) == ("authEnveloped-data", "signed-data")
    assert outer["decryption"]["verdict"] == "pass" and outer["decryption"]["key"].startswith("bob")
    assert [recipient["type"] for recipient in outer["decryption"]["recipients"]] == ["kari"]
    assert outer["signers"] == []


def test_members_of_an_msrp_message(report):
    message = [entry for entry in of(report, "msrp-signed-encrypted-chunks") if entry["carrier"] == "msrp"][0]
    assert len(message["frames"]) >= 4 and message["frames"] == sorted(message["frames"])
    msrp = message["msrp"]
    assert msrp["chunks"] == 4 and msrp["complete"] is True and msrp["session_call_id"]
    assert (msrp["from"], msrp["to"]) == ("sip:alice@example.com", "sip:bob@example.org")


def test_nothing_unread_has_content(report):
    for message in of(report, "sip-unwanted-recipient") + of(report, "sip-truncated"):
        assert "content" not in message


def test_findings_cite_and_point_at_a_layer(report):
    message, = of(report, "sip-wrong-signer")
    finding, = [entry for entry in message["findings"] if entry["rule"] == "SMIME-ID-001"]
    assert finding["severity"] == "error" and "RFC 8591" in finding["citation"] and finding["layer"] == 0


def test_inputs_and_summary_agree_with_the_messages(report):
    assert [entry["file"] for entry in report["inputs"]] == sorted(str(path) for path in CAPTURES.glob("*.pcap*"))
    for entry in report["inputs"]:
        with open(entry["file"], "rb") as file:
            assert entry["sha256"] == hashlib.sha256(file.read()).hexdigest()
    summary = report["summary"]
    found = report["messages"]
    assert summary["messages"] == len(found)
    assert summary["smime_messages"] == sum(1 for message in found if message["layers"])
    for name in ("signed", "encrypted", "identity"):
        for word, count in summary[name].items():
            assert count == sum(1 for message in found if message["layers"] and message["verdict"][name]["verdict"] == word)
    for severity, count in summary["findings"].items():
        assert count == sum(1 for message in found for finding in message["findings"] if finding["severity"] == severity)
    assert sum(summary["rules"].values()) == sum(summary["findings"].values())


# TLS

@pytest.mark.parametrize("name, transport", [("over-tls-secrets.pcapng", "tls"), ("over-websocket-tls.pcapng", "wss")])
def test_secrets_in_the_capture_are_used(name, transport):
    message, = messages(*ALL_KEYS, CAPTURES / name, status=0)
    assert message["transport"] == transport and message["verdict"]["signed"]["verdict"] == "pass"


@pytest.mark.parametrize("version", ["12", "13"])
def test_a_key_log_is_used(version):
    capture, log = CAPTURES / f"over-tls{version}.pcap", CAPTURES / f"over-tls{version}.keylog"
    assert messages(*ALL_KEYS, capture, status=0) == []
    message, = messages(*ALL_KEYS, "-o", f"tls.keylog_file:{log}", capture, status=0)
    assert message["transport"] == "tls" and message["verdict"]["signed"]["verdict"] == "pass"


# The other formats

def test_jsonl_has_the_same_messages(report):
    assert Audit(*ALL_KEYS, "--format", "jsonl", CAPTURES).lines == report["messages"]


def test_csv_has_the_same_messages(report):
    rows = Audit(*ALL_KEYS, "--format", "csv", CAPTURES).table
    assert [(row["file"], row["number"], row["signed"], row["encrypted"], row["identity"], row["rules"].split()) for row in rows] == [
        (message["file"], str(message["number"]), *(message["verdict"][name]["verdict"] for name in ("signed", "encrypted", "identity")),
         [finding["rule"] for finding in message["findings"]]) for message in report["messages"]]


def test_csv_cells_are_no_formulas(tmp_path):
    capture = tmp_path / "capture.pcap"
    capture.write_bytes((CAPTURES / "sip-signed.pcap").read_bytes())
    row, = Audit("--format", "csv", "-", stdin=capture.read_bytes()).table
    assert row["file"] == "'-"


def test_the_text_report_shows_what_is_wrong_and_counts_the_rest(report):
    text = Audit(*ALL_KEYS, CAPTURES).text
    assert all(len(line) <= 100 for line in text.splitlines() if " " in line.strip())
    assert str(CAPTURES / "sip-plain.pcap") not in text
    assert re.search(r"^  FAIL  frame 1, SIP MESSAGE, sip:alice@example\.com -> sip:bob@example\.org$", text, re.M)
    assert re.search(r"^  pass  frame 1, SIP MESSAGE", text, re.M) and re.search(r"^  \?     frame", text, re.M)
    assert re.search(r"^        error    SMIME-ID-001     \S", text, re.M)
    for name, counts in ((name, report["summary"][name]) for name in ("signed", "encrypted", "identity")):
        row, = re.findall(rf"^  {name} +(\d+) +(\d+) +(\d+) +(\d+)$", text, re.M)
        assert [int(number) for number in row] == [counts[word] for word in ("pass", "fail", "not-evaluated", "not-applicable")]
    for rule, count in report["summary"]["rules"].items():
        assert re.search(rf"^ +{count}   {rule} ", text, re.M)


# The time at which certificates must be valid

def test_time():
    expired = CAPTURES / "sip-expired.pcap"
    since = CAPTURES / "sip-expired-since.pcap"

    def signed(*arguments):
        message, = messages(*ALL_KEYS, *arguments)
        return words(message["verdict"]["signed"])

    assert signed(expired) == "fail expired"
    assert signed("--time", "2020-06-01T00:00:00Z", expired) in ("pass", "not-evaluated no-crl")
    assert signed("--time", "2019-06-01T00:00:00+02:00", expired).startswith("fail")
    assert signed("--time", "now", since) == "fail expired"
    assert signed("--time", "signing", since) == "pass"
