"""What the tests share: tshark with the plugin as a user has it, and captures made and altered for a test.

ctest says by the environment what was built (tests/CMakeLists.txt). Wireshark ignores a user's plugins, and directories named by
the environment, when it is started as root; a test run by root therefore gives the program to an unprivileged user.
"""

import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = ROOT / "captures"
KEYS = ROOT / "keys"
FIELD_CAPTURES = ROOT.parent / "shared" / "field"
NOBODY = 65534

sys.dont_write_bytecode = True
sys.path.insert(0, str(CAPTURES))   # wire.py, sip.py, smime.py: what the demonstration captures are made with


def environment_of_build(name):
    value = os.environ.get(name)
    if not value:
        pytest.skip(f"{name} is not set: run by ctest")
    return value


def unprivileged():
    """Keyword arguments of subprocess that make the program run as nobody when we are root."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def give_away(folder):
    """Makes a folder with all in it the unprivileged user's own, private keys for its eyes alone."""
    for path in [folder, *folder.rglob("*")]:
        secret = path.is_file() and (path.suffix in (".p12", ".kek") or b"PRIVATE KEY" in path.read_bytes())
        path.chmod(0o700 if path.is_dir() else 0o600 if secret else 0o644)
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)


class Result:
    """What a program said."""

    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout
        self.text = done.stdout.decode("utf-8", "replace")
        self.error = done.stderr.decode("utf-8", "replace")

    @property
    def complaints(self):
        """The lines on standard error, without what the sanitizers' or tshark's own start-up says."""
        return [line for line in self.error.splitlines() if line.strip()]


# What later series print otherwise than 4.0, in 4.0's words: booleans (1, 0) from 4.4 on, times of UTC from 4.6 on.
BOOLEANS = {"True": "1", "False": "0"}
ISO_TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:]{8}\.(\d{9})Z")


def printed(value):
    """A field's value as Wireshark 4.0 prints it."""
    time = ISO_TIME.fullmatch(value)
    if time:
        return datetime.fromisoformat(value[:19]).strftime(f"%b %e, %Y %H:%M:%S.{time[1]} UTC")
    return BOOLEANS.get(value, value)


class Row(dict):
    """One frame's fields, name -> list of values in the order of the dissection."""

    def one(self, name):
        """The field's only value; None when there is none."""
        values = self[name]
        assert len(values) <= 1, f"{name}: {values}"
        return values[0] if values else None


class Tshark:
    """tshark in a folder of its own, with the plugin there and nothing of the user's."""

    def __init__(self, folder):
        self.folder = folder
        self.keys = folder / "keys"
        self.captures = folder / "captures"
        series = environment_of_build("SIPSMIME_WIRESHARK_SERIES")
        plugin = Path(environment_of_build("SIPSMIME_PLUGIN"))
        place = folder / "plugins" / series / "epan"
        place.mkdir(parents=True)
        shutil.copy(plugin, place / "sipsmime.so")
        for name in ("none", "home", "config", "work"):
            (folder / name).mkdir()
        shutil.copytree(KEYS, self.keys)
        shutil.copytree(CAPTURES, self.captures, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        wrong = self.keys / "wrong"
        wrong.mkdir()
        shutil.copy(KEYS / "others" / "wrong.key.pem", wrong)
        give_away(folder)

    def run(self, *arguments, plugin=True, status=0):
        """Runs tshark; `status` None accepts any exit status that is no crash."""
        environment = {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "HOME": str(self.folder / "home"),
            "WIRESHARK_CONFIG_DIR": str(self.folder / "config"),
            "WIRESHARK_PLUGIN_DIR": str(self.folder / ("plugins" if plugin else "none")),
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "detect_leaks=0"),
        }
        preload = os.environ.get("SIPSMIME_PRELOAD")
        if preload and plugin:
            environment["LD_PRELOAD"] = preload
        # The project may lie where an unprivileged tshark cannot read (root's home): it gets the copies of the captures.
        arguments = [str(argument).replace(f"{CAPTURES}{os.sep}", f"{self.captures}{os.sep}") for argument in arguments]
        done = subprocess.run(["tshark", *arguments], cwd=self.folder, env=environment, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=120, **unprivileged())
        result = Result(done)
        assert result.status >= 0 and "Sanitizer" not in result.error, f"tshark {arguments}\n{result.error}"
        if status is not None:
            assert result.status == status, f"tshark {arguments}\nexit status {result.status}\n{result.error}"
        return result

    def rows(self, capture, names, *arguments, only="smime"):
        """A list of Row, one a frame that the display filter `only` lets through. `frame.number` is always among the names."""
        names = ["frame.number", *names]
        wanted = [option for name in names for option in ("-e", name)]
        show = ["-Y", only] if only else []
        result = self.run("-r", capture, *arguments, *show, "-T", "fields", "-E", "separator=/t", "-E", "aggregator=\x1f", *wanted)
        return [self.row(names, line) for line in result.text.splitlines()]

    @staticmethod
    def row(names, line):
        cells = line.split("\t")
        assert len(cells) == len(names), line
        return Row({name: [printed(value) for value in cell.split("\x1f")] if cell else [] for name, cell in zip(names, cells)})

    def work(self, name, octets):
        """A file of this content that tshark can read."""
        path = self.folder / "work" / name
        path.write_bytes(octets)
        path.chmod(0o644)
        return path

    def write(self, capture):
        """A capture made with wire.py, written where tshark can read it."""
        path = self.folder / "work" / f"{capture.name}.pcap"
        capture.write(path)
        path.chmod(0o644)
        return path

    # The situations a user can be in: lists of tshark's options.

    def preferences(self, keys=None, trust="trust", crl="crl"):
        values = {"keys": keys, "trust": trust, "crl": crl}
        return [text for name, value in values.items() if value for text in ("-o", f"smime.{name}:{self.keys / value}")]

    def password(self, file, password):
        return ["-o", f'uat:smime_keys:"{self.keys / file}","{password}"']

    def right_keys(self):
        """The demonstration ring with its anchor, its CRLs, and the passwords of the two locked keys."""
        return [*self.preferences("ring"), *self.password("locked/bob-pkcs12.p12", "sipsmime"),
                *self.password("locked/bob-encrypted.pem", "sipsmime-pem")]

    def wrong_key(self):
        """A private key that fits nothing."""
        return self.preferences("wrong")

    def no_key(self):
        return self.preferences()

    def rfc8591(self):
        """The certificate out of RFC 8591 Figure 1, as its own anchor."""
        return self.preferences(trust="rfc8591/alice.pem", crl=None)


@pytest.fixture(scope="session")
def tshark():
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    folder = Path(tempfile.mkdtemp(prefix="sipsmime-test-"))   # pytest's own folders are closed to other users
    try:
        yield Tshark(folder)
    finally:
        shutil.rmtree(folder)


# Octets of a capture

class Pcap:
    """A classic little-endian pcap file whose octets can be altered. Ethernet, IPv4, UDP and TCP, as wire.py writes them."""

    def __init__(self, path):
        self.octets = bytearray(Path(path).read_bytes())

    def payloads(self):
        """(offset in the file, length) of each frame's UDP or TCP payload, empty ones left out."""
        at = 24
        while at < len(self.octets):
            kept = struct.unpack_from("<I", self.octets, at + 8)[0]
            ip = at + 16 + 14
            transport = ip + 20
            start = transport + (8 if self.octets[ip + 9] == 17 else (self.octets[transport + 12] >> 4) * 4)
            end = at + 16 + kept
            if end > start:
                yield start, end - start
            at = end

    def stream(self):
        """All payload octets, and for each the offset in the file at which it stands."""
        places = [place for start, length in self.payloads() for place in range(start, start + length)]
        return bytes(self.octets[place] for place in places), places

    def body(self, number=0):
        """The n-th SIP body that is not empty: its octets, and their offsets in the file."""
        stream, places = self.stream()
        for head in re.finditer(rb"(?:[A-Z]+ \S+ SIP/2\.0|SIP/2\.0 \d+[^\r]*)\r\n(?:[^\r]+\r\n)+\r\n", stream):
            length = int(re.search(rb"Content-Length: *(\d+)", head.group()).group(1))
            if length == 0:
                continue
            if number == 0:
                return stream[head.end():head.end() + length], places[head.end():head.end() + length]
            number -= 1
        raise LookupError("no such body")

    def flipped(self, place):
        """The file's octets with the lowest bit of one changed."""
        octets = bytearray(self.octets)
        octets[place] ^= 1
        return bytes(octets)


def joined(paths):
    """The frames of several captures one after the other, and for each capture the number of frames before its own. TCP connections of
    different captures, which have the same ports, are told apart by another client port in each."""
    joined_octets, before, count = b"", [], 0
    for index, path in enumerate(paths):
        octets = bytearray(Path(path).read_bytes())
        before.append(count)
        at = 24
        while at < len(octets):
            transport = at + 16 + 14 + 20
            for port in (transport, transport + 2):
                if octets[at + 16 + 14 + 9] == 6 and octets[port:port + 2] != b"\x13\xc4":
                    struct.pack_into(">H", octets, port, 40000 + index)
            at += 16 + struct.unpack_from("<I", octets, at + 8)[0]
            count += 1
        joined_octets += octets if not joined_octets else octets[24:]
    return joined_octets, before


# What openssl says of a CMS object: the independent view of where things stand

def openssl(*arguments, octets=b""):
    return subprocess.run(["openssl", *map(str, arguments)], input=octets, capture_output=True)


class Element(tuple):
    """One line of `openssl asn1parse`: (offset, depth, header length, length, kind)."""
    offset, depth, head, length, kind = (property(lambda self, i=i: self[i]) for i in range(5))

    @property
    def value(self):
        """The range of the content octets."""
        return range(self.offset + self.head, self.offset + self.head + self.length)


def elements(der):
    """The elements of a DER object, outermost first."""
    printed = openssl("asn1parse", "-inform", "DER", octets=der)
    assert printed.returncode == 0, printed.stderr
    pattern = r" *(\d+):d=(\d+) +hl=(\d+) l= *(\d+) (?:prim|cons): (\S+ ?\[? ?\S+)"
    return [Element((int(a), int(b), int(c), int(d), kind)) for a, b, c, d, kind in re.findall(pattern, printed.stdout.decode("latin-1"))]
