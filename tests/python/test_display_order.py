"""What is shown of a frame does not depend on which frames were displayed before it. Wireshark's window dissects a capture once from the
beginning, and then each frame again whenever somebody clicks on it: sharkd does that by command. The links to answers and reports, the
retransmissions, the downgrade after a refusal, the certificate seen before, the replay, the nonce used before and the chunks of a message
all come from the first time; what displaying a frame added to them would show in the frames displayed after it.
"""

import json
import os
import random
import shutil
import subprocess

import pytest

from conftest import CAPTURES, joined, unprivileged

SIP = sorted(path for kind in ("answer", "identity", "layers") for path in CAPTURES.glob(f"{kind}-*.pcap"))
MSRP = sorted(path for kind in ("msrp", "stream") for path in CAPTURES.glob(f"{kind}-*.pcap") if not path.with_suffix(".keylog").exists())
OURS = ("S/MIME", "MSRP exchange", "MSRP message")      # the trees that this plugin adds to a frame
STATE = [       # what one pass tells of earlier frames, and what follows from them
    "smime.summary", "smime.signed.verdict", "smime.encrypted.verdict", "smime.identity.verdict", "smime.finding.rule", "smime.finding",
    "smime.recipient_accepts_in", "smime.imdn.message_in", "smime.from", "smime.msrp.session", "smime.msrp.sdp_in", "smime.msrp.request_in",
    "smime.msrp.report_for", "smime.msrp.reported", "smime.msrp.confirmed", "smime.msrp.chunk", "smime.msrp.chunk.overlap",
    "smime.msrp.reassembled.length",
]


def environment(tshark):
    """tshark's, for sharkd. With the sanitizers' runtime, as the plugin wants it."""
    values = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": str(tshark.folder / "home"),
              "WIRESHARK_CONFIG_DIR": str(tshark.folder / "config"), "WIRESHARK_PLUGIN_DIR": str(tshark.folder / "plugins"),
              "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "detect_leaks=0")}
    return values | ({"LD_PRELOAD": os.environ["SIPSMIME_PRELOAD"]} if os.environ.get("SIPSMIME_PRELOAD") else {})


class Sharkd:
    """sharkd with a capture loaded: the window without the window."""

    def __init__(self, tshark, path, options):
        program = shutil.which("sharkd")
        if program is None:
            pytest.skip("sharkd is not installed")
        self.process = subprocess.Popen([program, "-"], cwd=tshark.folder, env=environment(tshark), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **unprivileged())
        self.asked = 0
        for option in options[1::2]:
            name, value = option.split(":", 1)
            self.ask("setconf", name=name, value=value)
        self.ask("load", file=str(path))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        assert self.process.wait(30) == 0
        self.process.stdout.close()

    def ask(self, method, **parameters):
        self.asked += 1
        request = {"jsonrpc": "2.0", "id": self.asked, "method": method, "params": parameters}
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline().decode("utf-8", "replace"))
        assert answer.get("id") == self.asked and "result" in answer, answer
        return answer["result"]

    @property
    def frames(self):
        return self.ask("status")["frames"]

    def display(self, frame):
        """The whole tree of a frame, as lines with their depth; only what tells when it was displayed is left out."""
        lines = []

        def walk(nodes, depth):
            for node in nodes:
                if not node["l"].startswith("Time delta from previous displayed frame"):
                    lines.append((depth, node["l"]))
                walk(node.get("n", []), depth + 1)
        walk(self.ask("frame", frame=frame, proto=True)["tree"], 0)
        return lines


def ours(lines):
    """The lines of the plugin's own trees."""
    kept, inside = [], False
    for depth, line in lines:
        inside = line.startswith(OURS) if depth == 0 else inside
        if inside and line.strip():     # a blank line of the content has no depth in print
            kept.append((depth, line))
    return kept


def printed_twice(tshark, path, options):
    """Frame -> the lines of the plugin's trees, as tshark prints them on its second pass."""
    frames, number = {}, 0
    for line in tshark.run("-2", "-r", path, *options, "-V").text.split("\n"):
        text = line.lstrip(" ")
        depth = (len(line) - len(text)) // 4
        if text.startswith("[") and text.endswith("]"):
            text = text[1:-1]
        if depth == 0 and text.startswith("Frame "):
            number += 1
            frames[number] = []
        if text:
            frames[number].append((depth, text))
    return {number: ours(lines) for number, lines in frames.items()}


def orders(frames):
    """Backwards, and twice in no order: the second time with every frame displayed already."""
    numbers = list(range(1, frames + 1))
    shuffled = random.Random(8591)
    return [numbers[::-1], shuffled.sample(numbers, frames), shuffled.sample(numbers, frames)]


def assert_same_in_every_order(tshark, path):
    options = tshark.right_keys()
    expected = printed_twice(tshark, path, options)
    assert any(expected.values())
    with Sharkd(tshark, path, options) as window:
        frames = window.frames
        assert frames == len(expected)
        in_order = {number: window.display(number) for number in range(1, frames + 1)}
    assert {number: ours(lines) for number, lines in in_order.items()} == expected
    for order in orders(frames):
        with Sharkd(tshark, path, options) as window:
            for number in order:
                assert window.display(number) == in_order[number], f"frame {number}"


def test_sip(tshark):
    """All captures in one: requests, their answers and what follows from them across captures."""
    octets, _ = joined(SIP)
    assert_same_in_every_order(tshark, tshark.work("order.pcap", octets))


@pytest.mark.parametrize("path", MSRP, ids=lambda path: path.stem)
def test_msrp(tshark, path):
    assert_same_in_every_order(tshark, tshark.captures / path.name)


def halves(numbers):
    """Display filters that let one half of the frames through: the later ones, every other one, and any."""
    chosen = random.Random(8591)
    return [numbers[len(numbers) // 2:], numbers[::2], numbers[1::2], *(sorted(chosen.sample(numbers, len(numbers) // 2), key=int) for _ in range(3))]


def assert_same_whatever_is_hidden(tshark, path):
    """On one pass: the frames that a filter hides count as much as those that it shows."""
    shown = {row.one("frame.number"): row for row in tshark.rows(path, STATE, *tshark.right_keys(), only="smime || msrp")}
    assert len(shown) > 1
    for half in halves(list(shown)):
        rows = tshark.rows(path, STATE, *tshark.right_keys(), only=f"frame.number in {{{','.join(half)}}}")
        assert rows == [shown[number] for number in half]


def test_hidden_sip(tshark):
    octets, _ = joined(SIP)
    assert_same_whatever_is_hidden(tshark, tshark.work("hidden.pcap", octets))


@pytest.mark.parametrize("name", ["msrp-signed-encrypted-chunks", "msrp-reports", "msrp-report-elsewhere", "msrp-responses", "stream-interleaved", "stream-any-order"])
def test_hidden_msrp(tshark, name):
    assert_same_whatever_is_hidden(tshark, CAPTURES / f"{name}.pcap")
