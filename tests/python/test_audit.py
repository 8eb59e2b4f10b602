"""sipsmime-audit as a program: what it reads, how it ends, what a failure leaves behind."""

import gzip
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import time

import pytest

from auditor import ALL_KEYS, CAPTURES, KEYS, RING, TRUST, Audit, environment, program

SIGNED = CAPTURES / "sip-signed.pcap"
TAMPERED = CAPTURES / "sip-tampered.pcap"
CBC = CAPTURES / "sip-enveloped-cbc.pcap"
NO_CERTIFICATE = CAPTURES / "sip-signed-no-certificate.pcap"
UNWANTED = CAPTURES / "sip-unwanted-recipient.pcap"


def inputs(run):
    return {entry["file"]: (entry["status"], entry["error"]) for entry in run.json["inputs"]}


# Exit status

@pytest.mark.parametrize("capture, options, status", [
    (SIGNED, [], 0),
    (TAMPERED, [], 1),
    (TAMPERED, ["--fail-on", "none"], 0),
    (NO_CERTIFICATE, [], 0),                                    # a note
    (NO_CERTIFICATE, ["--fail-on", "warning"], 0),
    (NO_CERTIFICATE, ["--fail-on", "note"], 1),
    (UNWANTED, [], 0),
    (UNWANTED, ["--require-evaluated"], 1),
    (UNWANTED, ["--require-evaluated", "--fail-on", "none"], 0),
    (SIGNED, ["--require-evaluated"], 0),
])
def test_exit_status(capture, options, status):
    assert Audit(*ALL_KEYS, *options, capture).status == status


def test_without_anchors_nothing_is_required_unless_asked():
    assert Audit(*RING, SIGNED).status == 0
    assert Audit(*RING, "--require-evaluated", SIGNED).status == 1


def test_unreadable_input_wins_over_findings_and_the_rest_is_reported(tmp_path):
    run = Audit(*ALL_KEYS, "--format", "json", TAMPERED, tmp_path / "none.pcap", SIGNED)
    assert run.status == 2
    assert len(run.json["messages"]) == 3
    assert inputs(run)[str(tmp_path / "none.pcap")] == ("unreadable", "No such file or directory")
    assert run.json["summary"]["exit_status"] == 2
    assert run.complaints == [f"sipsmime-audit: {tmp_path}/none.pcap: No such file or directory"]


@pytest.mark.parametrize("options, word", [
    ([], "name a capture"),
    (["--bogus", SIGNED], "--bogus"),
    (["--time", "yesterday", SIGNED], "--time yesterday"),
    (["--time", "2026-13-01T00:00:00Z", SIGNED], "--time"),
    (["--profile", "rfc9999", SIGNED], "--profile rfc9999"),
    (["--format", "pdf", SIGNED], "--format pdf"),
    (["--fail-on", "off", SIGNED], "--fail-on off"),
    (["--jobs", "0", SIGNED], "--jobs 0"),
    (["--jobs", "-1", SIGNED], "--jobs -1"),
    (["--explain", "SMIME-NONE-999"], "SMIME-NONE-999"),
    (["-", "-"], "once"),
    (["-o", "no.such:1", SIGNED], "no.such"),
    (["-o", "tcp", SIGNED], "NAME:VALUE"),
    (["-o", "tls.keylog_file:/nonexistent/keys.log", SIGNED], "keys.log: No such file"),
    (["-d", "tcp.port", SIGNED], "TABLE==SELECTOR,PROTOCOL"),
    (["-d", "no.table==1,sip", SIGNED], "no.table"),
    (["-d", "tcp.port==1,nosuch", SIGNED], "nosuch"),
    (["-d", "tcp.port==one,sip", SIGNED], '"one"'),
    (["-d", "tcp.port==9-1,sip", SIGNED], '"9-1"'),
    (["-d", "tcp.port==4294967296,sip", SIGNED], "4294967296"),
])
def test_wrong_usage_is_one_line_and_status_2(options, word):
    run = Audit(*options)
    assert run.status == 2
    assert run.out == b""
    assert len(run.complaints) == 1 and word in run.complaints[0]
    assert run.complaints[0].startswith("sipsmime-audit: ")


@pytest.mark.parametrize("option", ["--keys", "--trust", "--crl", "--password-file"])
def test_a_key_file_named_directly_must_be_of_use(option, tmp_path):
    run = Audit(option, tmp_path / "none", "--fail-on", "none", SIGNED)
    assert run.status == 2
    assert [line for line in run.complaints if str(tmp_path / "none") in line or "none" in line]
    assert "with S/MIME" in run.text                       # the audit was done all the same


def test_a_file_of_no_use_within_a_directory_is_not_fatal():
    run = Audit("--keys", KEYS / "locked", *TRUST, SIGNED)    # bob-pkcs12.p12 without its password
    assert run.status == 0
    assert any("bob-pkcs12.p12" in line for line in run.complaints)


# Inputs

def test_directories_are_walked_and_sorted(tmp_path):
    (tmp_path / "b" / "deep").mkdir(parents=True)
    shutil.copy(SIGNED, tmp_path / "z.pcap")
    shutil.copy(SIGNED, tmp_path / "b" / "deep" / "1")      # no suffix
    (tmp_path / "a.pcap.gz").write_bytes(gzip.compress(SIGNED.read_bytes()))
    (tmp_path / "README.md").write_text("no capture\n")
    shutil.copy(KEYS / "trust" / "demonstration-ca.cert.pem", tmp_path / "c.pem")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path)
    run = Audit(*ALL_KEYS, "--format", "json", tmp_path)
    assert run.status == 0 and run.complaints == []
    assert [entry["file"] for entry in run.json["inputs"]] == [str(tmp_path / name) for name in ("a.pcap.gz", "b/deep/1", "z.pcap")]
    assert len(run.json["messages"]) == 3
    passed = Audit(*ALL_KEYS, "-v", tmp_path).complaints
    assert [re.search(r"([\w.]+): passed over", line).group(1) for line in passed] == ["README.md", "c.pem"]


@pytest.mark.parametrize("file", [CAPTURES / "README.md", KEYS / "trust" / "demonstration-ca.cert.pem"])
def test_a_file_named_directly_must_be_a_capture(file):
    run = Audit("--format", "json", file)
    assert run.status == 2
    assert inputs(run)[str(file)][0] == "unreadable"


def test_a_directory_without_a_capture_is_an_error(tmp_path):
    (tmp_path / "note.txt").write_text("nothing\n")
    run = Audit(tmp_path)
    assert run.status == 2
    assert run.complaints == [f"sipsmime-audit: {tmp_path}: there is no capture in this directory"]


@pytest.mark.parametrize("octets", [SIGNED.read_bytes(), gzip.compress(SIGNED.read_bytes())], ids=["plain", "compressed"])
def test_standard_input(octets):
    run = Audit(*ALL_KEYS, "--format", "json", "-", stdin=octets)
    assert run.status == 0
    assert [message["file"] for message in run.json["messages"]] == ["-"]
    assert inputs(run) == {"-": ("read", None)}


def test_a_named_pipe_is_read(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = subprocess.Popen(["cp", SIGNED, pipe])
    run = Audit(*ALL_KEYS, "--format", "json", pipe)
    writer.wait(10)
    assert run.status == 0 and len(run.json["messages"]) == 1


def test_a_capture_cut_short_gives_what_was_read(tmp_path):
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(TAMPERED.read_bytes()[:-100])           # the last frame, an answer without a body
    run = Audit(*ALL_KEYS, "--format", "json", cut)
    assert run.status == 2
    assert len(run.json["messages"]) == 2
    status, error = inputs(run)[str(cut)]
    assert status == "incomplete" and "cut short" in error
    assert len(run.complaints) == 1 and "cut short" in run.complaints[0]


@pytest.mark.parametrize("rule, is_sip", [
    ("udp.port==17777,sip", True), ("udp.port==17777,dns", False), ("udp.port==0x4571,dns", False), ("udp.port==17770-17780,dns", False),
    ("udp.port==17770:8,dns", False), ("udp.port==17770:7,dns", True), ("udp.port==17778,dns", True),
])
def test_decode_as_reaches_the_dissection(tmp_path, rule, is_sip):
    moved = tmp_path / "moved.pcap"         # to a port where SIP is found by heuristics alone
    moved.write_bytes(SIGNED.read_bytes().replace(struct.pack(">HH", 5060, 5060), struct.pack(">HH", 17777, 17777)))
    run = Audit(*ALL_KEYS, "--format", "json", "-d", rule, moved)
    assert run.complaints == []
    assert len(run.json["messages"]) == (1 if is_sip else 0)


def test_preferences_reach_the_dissection():
    split = CAPTURES / "sip-base64.pcap"    # over TCP, in several segments
    verdicts = [Audit(*ALL_KEYS, "--format", "json", "-o", f"tcp.desegment_tcp_streams:{word}", split).json["messages"]
                for word in ("TRUE", "FALSE")]
    assert verdicts[0][0]["verdict"]["signed"]["verdict"] == "pass"
    assert not [message for message in verdicts[1] if message["verdict"]["signed"]["verdict"] == "pass"]


# Output

def test_an_output_file_comes_whole_and_in_place(tmp_path):
    target = tmp_path / "report.json"
    target.write_text("the old one")
    link = tmp_path / "link"
    link.symlink_to(target)
    run = Audit(*ALL_KEYS, "--format", "json", "--output", link, SIGNED)
    assert run.status == 0 and run.out == b""
    assert link.is_symlink() and b'"exit_status":0' in target.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "report.json"]


def test_output_that_cannot_be_written(tmp_path):
    for target, why in ((tmp_path / "no" / "report", "No such file or directory"), ("/dev/full", "No space left on device")):
        run = Audit(*ALL_KEYS, "--output", target, SIGNED)
        assert run.status == 2
        assert len(run.complaints) == 1 and str(target) in run.complaints[0] and why in run.complaints[0]


def test_a_reader_that_goes_away_is_status_2():
    child = subprocess.Popen([program(), *map(str, ALL_KEYS), "--format", "json", str(SIGNED)], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env=environment())
    child.stdout.close()
    error = child.stderr.read().decode()
    assert child.wait(60) == 2
    assert "Broken pipe" in error


def test_nothing_but_the_report_on_standard_output_and_no_colours_there():
    run = Audit(*ALL_KEYS, TAMPERED, TERM="xterm-256color")
    assert b"\033" not in run.out
    assert run.complaints == []


# Workers

@pytest.fixture(scope="module")
def long_capture(tmp_path_factory):
    """The signed message many times over: work for some seconds."""
    octets = SIGNED.read_bytes()
    path = tmp_path_factory.mktemp("long") / "long.pcap"
    path.write_bytes(octets[:24] + octets[24:] * 20000)
    return path


def start(*arguments):
    return subprocess.Popen([program(), *map(str, [*ALL_KEYS, *arguments])], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=environment(), preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # a shell's & ignores it


def children_of(process):
    with open(f"/proc/{process}/task/{process}/children") as file:
        return [int(word) for word in file.read().split()]


def wait_for_worker(program_under_test):
    for _ in range(600):
        found = children_of(program_under_test.pid)
        if found:
            return found[0]
        time.sleep(0.05)
    raise TimeoutError("no worker was started")


def test_a_worker_that_is_killed_takes_nothing_else_with_it(long_capture):
    audit = start("--jobs", 1, "--format", "json", long_capture, SIGNED)
    worker = wait_for_worker(audit)
    time.sleep(0.5)
    os.kill(worker, signal.SIGKILL)
    out, error = audit.communicate(timeout=120)
    assert audit.returncode == 2
    report = json.loads(out)
    status = {entry["file"]: entry["status"] for entry in report["inputs"]}
    assert status == {str(long_capture): "incomplete", str(SIGNED): "read"}
    assert [message["file"] for message in report["messages"]].count(str(SIGNED)) == 1
    lines = [line for line in error.decode().splitlines() if "chmod" not in line]
    assert len(lines) == 1 and re.search(r"long\.pcap: worker ended by signal 9 at frame \d+$", lines[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_audit_leaves_nothing_behind(long_capture, tmp_path, number):
    target = tmp_path / "report.txt"
    audit = start("--jobs", 2, "--output", target, long_capture, long_capture)
    worker = wait_for_worker(audit)
    audit.send_signal(number)
    audit.communicate(timeout=60)
    assert audit.returncode == -number
    assert list(tmp_path.iterdir()) == []
    for _ in range(100):
        if not os.path.exists(f"/proc/{worker}") or open(f"/proc/{worker}/stat").read().split()[2] == "Z":
            return
        time.sleep(0.05)
    raise AssertionError("a worker outlived the program")


def test_the_number_of_jobs_changes_nothing():
    one = Audit(*ALL_KEYS, "--format", "json", "--jobs", 1, CAPTURES)
    many = Audit(*ALL_KEYS, "--format", "json", "--jobs", 7, CAPTURES)
    assert one.out == many.out and one.status == many.status == 1
    assert Audit(*ALL_KEYS, "--jobs", 1, CAPTURES).out == Audit(*ALL_KEYS, "--jobs", 3, CAPTURES).out


# The user's own Wireshark

def test_settings_and_scripts_of_the_user_are_left_out(tmp_path):
    config = tmp_path / "config"
    config.mkdir()
    (config / "preferences").write_text("smime.profile: strict\nudp.try_heuristic_first: TRUE\n")
    (config / "disabled_protos").write_text("sip\n")
    (config / "init.lua").write_text('error("a script of the user ran")\n')
    run = Audit(*ALL_KEYS, "--format", "json", SIGNED, HOME=str(tmp_path), WIRESHARK_CONFIG_DIR=str(config))
    assert run.status == 0 and run.complaints == []
    assert len(run.json["messages"]) == 1


# The catalogue and the words about the program

def test_rules_are_listed_and_explained():
    listed = Audit("--list-rules")
    ids = [line.split()[0] for line in listed.text.splitlines() if line.startswith("SMIME-")]
    assert listed.status == 0 and len(ids) >= 20 and ids == sorted(set(ids))
    assert all(len(line) <= 100 for line in listed.text.splitlines())
    for rule in ids:
        text = Audit("--explain", rule).text
        assert text.startswith(rule) and re.search(r"^cited     \S", text, re.M) and re.search(r"^severity  \w+ in rfc8591", text, re.M)


def test_help_and_version():
    assert re.fullmatch(r"sipsmime-audit \d+\.\d+\.\d+ \(built for Wireshark \d\.\d\)\n", Audit("--version").text)
    text = Audit("--help").text
    for option in ("--keys", "--trust", "--crl", "--password-file", "--password-recipients", "--time", "--profile", "--format", "--output",
                   "--fail-on", "--require-evaluated", "--jobs", "-o", "-d", "--list-rules", "--explain", "--version"):
        assert option in text
