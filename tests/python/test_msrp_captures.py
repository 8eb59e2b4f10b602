"""Every MSRP demonstration capture in tshark: which chunks make which message, and what the capture was made to show (captures/make-captures)."""

import pytest

from auditor import ALL_KEYS, CAPTURES, messages
from scenarios.msrp_streams import TEXT
from smime import WATSON

ALICE, BOB = "sip:alice@example.com", "sip:bob@example.org"
FIELDS = ["smime.msrp.chunks", "smime.msrp.chunk", "smime.signed.verdict", "smime.encrypted.verdict", "smime.identity.verdict", "smime.identity.reason",
          "smime.identity.matched", "smime.from", "smime.to", "smime.content.type"]

# capture: one row for each message that was completed, its frame before the values of FIELDS
HOLDS = {
    "msrp-signed-one-chunk": [
        ("7", ["1"], ["7"], ["pass"], ["not-applicable"], ["pass"], [], [ALICE], [ALICE], [BOB], ["text/plain"]),
        ("11", ["1"], ["11"], ["pass"], ["not-applicable"], ["pass"], [], [BOB], [BOB], [ALICE], ["text/plain"])],
    "msrp-signed-encrypted-chunks": [
        ("23", ["4"], ["8", "13", "18", "23"], ["pass"], ["pass"], ["pass"], [], [ALICE], [ALICE], [BOB], ["text/plain"])],
    "msrp-wrong-signer": [
        ("7", ["1"], ["7"], ["pass"], ["not-applicable"], ["fail"], ["different-identity"], [], [ALICE], [BOB], ["text/plain"])],
    "msrp-tampered": [
        ("7", ["1"], ["7"], ["fail"], ["not-applicable"], ["pass"], [], [ALICE], [ALICE], [BOB], ["text/plain"])],
    "msrp-cpim": [
        ("8", ["1"], ["8"], ["pass"], ["pass"], ["pass"], [], [ALICE], [ALICE], [BOB], ["text/plain"])],
    "msrp-cpim-inside": [
        ("8", ["1"], ["8"], ["pass"], ["pass"], ["pass"], [], [ALICE], [ALICE], [BOB], ["text/plain"])],
    "msrp-no-sdp": [
        ("20", ["4"], ["5", "10", "15", "20"], ["pass"], ["pass"], ["not-evaluated"], ["no-session"], [], [], [], ["text/plain"])],
    "rfc8591-figure3": [
        ("5", ["1"], ["5"], ["not-evaluated"], ["not-evaluated"], [], [], [], [], [], [])],
    "rfc8591-figure4": [
        ("6", ["2"], ["4", "6"], ["not-evaluated"], ["not-evaluated"], [], [], [], [], [], [])],
    # Alice's FIN ends the message.
    "msrp-missing-chunk": [
        ("22", ["3"], ["8", "13", "18"], ["not-evaluated"], ["not-evaluated"], [], [], [], [ALICE], [BOB], [])],
    "msrp-lost-segments": [
        ("25", ["3"], ["8", "16", "21"], ["not-evaluated"], ["not-evaluated"], [], [], [], [ALICE], [BOB], [])],
}


@pytest.mark.parametrize("passes", [[], ["-2"]], ids=["one pass", "two passes"])
@pytest.mark.parametrize("name", HOLDS)
def test_messages(tshark, name, passes):
    found = tshark.rows(f"captures/{name}.pcap", FIELDS, *tshark.right_keys(), *passes)
    assert [(row.one("frame.number"), *(row[field] for field in FIELDS)) for row in found] == HOLDS[name]


@pytest.mark.parametrize("name", [name for name in HOLDS if name.startswith("msrp-")])
def test_parts_of_a_message_are_not_read_as_whole_ones(tshark, name):
    """The built-in dissector of CMS complains of good traffic when it is given a chunk."""
    for row in tshark.rows(f"captures/{name}.pcap", ["_ws.malformed", "_ws.expert.message"], *tshark.right_keys(), only="msrp"):
        assert row["_ws.malformed"] == []
        assert not [text for text in row["_ws.expert.message"] if text.startswith("BER Error")]


def test_the_chunks_name_the_frame_that_completes_them(tshark):
    names = ["smime.reassembled_in", "smime.msrp.message_id"]
    found = tshark.rows("captures/msrp-signed-encrypted-chunks.pcap", names, "-2", only="smime.msrp.message_id")
    assert [(row.one("frame.number"), row["smime.reassembled_in"]) for row in found] == [("8", ["23"]), ("13", ["23"]), ("18", ["23"]), ("23", [])]
    assert len({row.one("smime.msrp.message_id") for row in found}) == 1


# capture: what a reader sees of the chunks in the frame that completes or ends the message
LISTS = {
    "msrp-signed-encrypted-chunks": [
        "[4 reassembled MSRP chunks (7270 octets): #8(2048), #13(2048), #18(2048), #23(1126)]",
        "    [Frame: 8, octets: 1-2048 (2048 octets)]",
        "    [Frame: 13, octets: 2049-4096 (2048 octets)]",
        "    [Frame: 18, octets: 4097-6144 (2048 octets)]",
        "    [Frame: 23, octets: 6145-7270 (1126 octets)]",
        "    [Chunks: 4]",
        "    [Reassembled length: 7270]"],
    "msrp-missing-chunk": [
        "[3 MSRP chunks, not reassembled: #8(2048), #13(2048), #18(1124)]",
        "    [Frame: 8, octets: 1-2048 (2048 octets)]",
        "    [Frame: 13, octets: 2049-4096 (2048 octets)]",
        "    [Frame: 18, octets: 6145-7268 (1124 octets)]",
        "    [Chunks: 3]"],
}


@pytest.mark.parametrize("name", LISTS)
def test_the_chunks_are_listed_as_tcp_lists_segments(tshark, name):
    lines = tshark.run("-r", f"captures/{name}.pcap", "-V", "-Y", "smime.msrp.chunks").text.splitlines()
    at = lines.index(LISTS[name][0])
    assert lines[at:at + len(LISTS[name])] == LISTS[name]


@pytest.mark.parametrize("name, said, overlaps, conflicts", [
    ("stream-overlap-disagreeing", ", other ones than those seen before", 1, 1), ("stream-duplicates", ", all seen before", 2, 0),
    ("stream-overlap-agreeing", ", some seen before", 2, 0)])
def test_chunks_that_overlap_are_marked_in_the_list(tshark, name, said, overlaps, conflicts):
    capture = f"captures/{name}.pcap"
    [row] = tshark.rows(capture, ["smime.msrp.chunk.overlap", "smime.msrp.chunk.conflict", "smime.msrp.reassembled.data"], only="smime.msrp.chunks")
    assert (len(row["smime.msrp.chunk.overlap"]), len(row["smime.msrp.chunk.conflict"])) == (overlaps, conflicts)
    assert bytes.fromhex(row.one("smime.msrp.reassembled.data")) == TEXT
    marked = [line for line in tshark.run("-r", capture, "-V", "-Y", "smime.msrp.chunks").text.splitlines() if line.startswith("    [Frame: ") and said in line]
    assert len(marked) == overlaps


@pytest.mark.parametrize("name, frames", [("msrp-missing-chunk", ["8", "13", "18"]), ("msrp-lost-segments", ["8", "16", "21"])])
def test_what_is_missing_is_told(tshark, name, frames):
    found = tshark.rows(f"captures/{name}.pcap", ["_ws.expert.message"], "-2", only="smime.msrp.message_id")
    assert [row.one("frame.number") for row in found[:-1]] == frames
    assert all("Message not reassembled: 2048 octets missing" in row["_ws.expert.message"] for row in found[:-1])
    assert "MSRP message: 2048 octets of the message were not seen" in found[-1]["_ws.expert.message"]


@pytest.mark.parametrize("name, frames", [("msrp-missing-chunk", [8, 13, 18]), ("msrp-lost-segments", [8, 16, 21])])
def test_the_auditor_reports_a_message_with_a_missing_chunk(name, frames):
    [message] = [one for one in messages(*ALL_KEYS, CAPTURES / f"{name}.pcap") if one["carrier"] == "msrp"]
    assert message["frames"] == frames
    assert (message["msrp"]["chunks"], message["msrp"]["complete"]) == (3, False)
    assert message["msrp"]["from"] == ALICE and message["msrp"]["to"] == BOB and message["msrp"]["session_call_id"]
    assert [layer["type"] for layer in message["layers"]] == ["authEnveloped-data"]
    for verdict in message["verdict"].values():
        assert (verdict["verdict"], verdict["reason"]) == ("not-evaluated", "missing-chunk")
        assert verdict["detail"] == "2048 octets of the message were not seen"
    assert "content" not in message


def test_lost_segments_are_told(tshark):
    [row] = tshark.rows("captures/msrp-lost-segments.pcap", ["_ws.expert.message"], only="frame.number == 16")
    lost = "octets of the MSRP stream before this could not be framed: segments of it were not captured"
    assert [text for text in row["_ws.expert.message"] if text.endswith(lost)] == [f"2424 {lost}"]


BUILT_IN = ["msrp.request.line", "msrp.response.line", "msrp.transaction.id", "msrp.method", "msrp.status.code", "msrp.end.line", "msrp.cnt.flg",
            "msrp.from.path", "msrp.to.path", "msrp.messageid", "msrp.byte.range", "msrp.content.type", "msrp.content.disposition", "msrp.data"]


def built_in_rows(tshark, name, plugin):
    names = ["frame.number", "_ws.malformed", *BUILT_IN]
    options = ["-E", "separator=/t", "-E", "aggregator=\x1f", *[option for field in names for option in ("-e", field)]]
    text = tshark.run("-r", f"captures/{name}.pcap", "-Y", "msrp", "-T", "fields", *options, plugin=plugin).text
    return [tshark.row(names, line) for line in text.split("\n") if line]


@pytest.mark.parametrize("name", [name for name in HOLDS if name != "msrp-no-sdp"])
def test_the_built_in_fields_are_the_same_with_the_plugin(tshark, name):
    """Of msrp-no-sdp the built-in dissector alone does not read every chunk. Of a message's first chunk from Wireshark 4.4 on it shows no end-line:
    the dissector of CMS, which it gives the chunk to, gives up on authEnveloped-data that goes on elsewhere. All that comes before is the same."""
    with_plugin, without = [built_in_rows(tshark, name, plugin) for plugin in (True, False)]
    assert [row["frame.number"] for row in with_plugin] == [row["frame.number"] for row in without] != []
    for ours, theirs in zip(with_plugin, without):
        malformed, ended = theirs.pop("_ws.malformed"), theirs["msrp.end.line"] or theirs["msrp.response.line"]
        assert ours.pop("_ws.malformed") == []
        if malformed and not ended:
            assert ours["msrp.end.line"] == [f"-------{theirs.one('msrp.transaction.id')}{ours.one('msrp.cnt.flg')}"]
            ours = {field: values[:len(theirs[field])] for field, values in ours.items()}
        assert ours == theirs


def test_the_content_of_chunks_is_dissected_once_together(tshark):
    """The text that Bob reads stands in the frame of the last chunk; each of the two layers is read by the built-in dissector once."""
    shown = tshark.run("-r", "captures/msrp-signed-encrypted-chunks.pcap", *tshark.right_keys(), "-V", "-Y", "frame.number == 23").text
    assert shown.count("[MSRP message: 7270 octets in 4 chunks]") == 1
    assert shown.count("    ContentInfo (") == 2
    assert WATSON.strip() in shown
