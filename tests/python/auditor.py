"""sipsmime-audit as a user runs it, for test_audit*.py."""

import csv
import io
import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = ROOT / "captures"
KEYS = ROOT / "keys"

# The demonstration ring with its anchor and CRLs, and the passwords of its locked keys.
RING = ["--keys", KEYS / "ring", "--keys", KEYS / "locked", "--password-file", KEYS / "passwords.txt"]
TRUST = ["--trust", KEYS / "trust", "--crl", KEYS / "crl"]
ALL_KEYS = [*RING, *TRUST]


def program():
    path = os.environ.get("SIPSMIME_AUDIT")
    if not path:
        pytest.skip("SIPSMIME_AUDIT is not set: run by ctest")
    return path


def environment(**more):
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": "/nonexistent",
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "detect_leaks=0"), **more}


class Audit:
    """One run: exit status, standard output, the lines on standard error."""

    def __init__(self, *arguments, stdin=b"", cwd=None, **more):
        done = subprocess.run([program(), *map(str, arguments)], input=stdin, capture_output=True, timeout=120, cwd=cwd,
                              env=environment(**more))
        self.status = done.returncode
        self.out = done.stdout
        self.text = done.stdout.decode()
        self.complaints = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if "chmod 600" not in line]
        assert self.status in (0, 1, 2), f"{arguments}\n{done.stderr.decode('utf-8', 'replace')}"

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def table(self):
        return list(csv.DictReader(io.StringIO(self.text, newline="")))


def messages(*arguments, status=None):
    """The messages of a JSON report."""
    run = Audit("--format", "json", *arguments)
    assert status is None or run.status == status, run.complaints
    return run.json["messages"]
