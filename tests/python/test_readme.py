"""What the README names is there, and its commands do what it says."""

import re
import shlex

from auditor import CAPTURES, ROOT, Audit

README = (ROOT / "README.md").read_text()


def lines(start):
    return [shlex.split(line) for line in re.findall(rf"^    ({start} .*)$", README, re.MULTILINE)]


def test_every_field_and_preference_named_is_registered(tshark):
    named = set(re.findall(r"`(smime\.[\w.]+)`", README))
    assert len(named) > 30
    registered = {line.split("\t")[2] for line in tshark.run("-G", "fields").text.splitlines() if line.startswith("F")}
    values = {"smime.time": "fixed", "smime.profile": "strict"}
    preferences = [text for name in sorted(named - registered) for text in ("-o", f"{name}:{values.get(name, '')}")]
    assert len(preferences) == 2 * 6
    tshark.run(*preferences, "-r", CAPTURES / "sip-plain.pcap")


def test_the_lines_for_tshark(tshark):
    keys = shlex.split(re.search(r'^    K="(.*)"$', README, re.MULTILINE).group(1))
    commands = lines("tshark")
    assert len(commands) == 4
    for command in commands:
        arguments = [each for word in command[1:] for each in (keys if word == "$K" else [word])]
        assert "S/MIME" in tshark.run(*arguments).text or "SMIME-" in tshark.run(*arguments).text, command


def test_the_lines_for_the_auditor(tmp_path):
    """`captures` and `CAPTURES/` are the reader's: here one capture stands for each."""
    for name in ("keys", "captures"):
        (tmp_path / name).symlink_to(ROOT / name)
    one = "captures/sip-encrypted-locked-keys.pcap"
    commands = lines("sipsmime-audit")
    assert len(commands) == 5
    for command in commands:
        arguments = [one if word in ("captures", "CAPTURES/") else word for word in command[1:]]
        run = Audit(*arguments, cwd=tmp_path)
        assert run.status in (0, 1) and (run.out or "--output" in arguments), (command, run.complaints)
    assert (tmp_path / "report.json").stat().st_size > 0
