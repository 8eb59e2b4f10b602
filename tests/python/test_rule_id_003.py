"""SMIME-ID-003: the signer of an MSRP message is the address-of-record of the session's party that sent it."""

import pytest

from auditor import ALL_KEYS, CAPTURES, messages


@pytest.mark.parametrize("capture, violated", [("msrp-wrong-signer", True), ("msrp-signed-one-chunk", False),
                                               ("msrp-signed-encrypted-chunks", False), ("sip-wrong-signer", False)])
def test_signer(capture, violated):
    found = [finding for message in messages(*ALL_KEYS, CAPTURES / f"{capture}.pcap") for finding in message["findings"]
             if finding["rule"] == "SMIME-ID-003"]
    assert bool(found) == violated
    assert all(finding["severity"] == "error" and finding["message"].startswith("the signer is not the sender") for finding in found)
