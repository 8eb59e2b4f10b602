"""RFC 8591 section 10."""

from datetime import datetime, timezone
from pathlib import Path

import sip
from sip import ALICE, BOB
from wire import Connection

from .registry import scenario

FIGURES = Path(__file__).resolve().parent.parent / "rfc8591"
RFC8591_START = datetime(2019, 1, 26, 6, 13, 55, tzinfo=timezone.utc)   # a second after the signing time in Figure 1


def figure(name):
    return (FIGURES / name).read_bytes()


def over_tcp(capture, client, server, *messages):
    connection = Connection(capture, client, server)
    for octets in messages:
        connection.send(client, octets)
    connection.close()


@scenario("rfc8591-figure1", "RFC 8591 Figure 1: signed, with Alice's certificate", start=RFC8591_START)
def rfc8591_figure1(capture):
    over_tcp(capture, ALICE.host._replace(port=sip.CLIENT_PORT), BOB.host, figure("figure1.sip"))


@scenario("rfc8591-figure2", "RFC 8591 Figure 2: signed, no certificate", start=RFC8591_START)
def rfc8591_figure2(capture):
    over_tcp(capture, ALICE.host._replace(port=sip.CLIENT_PORT), BOB.host, figure("figure2.sip"))


@scenario("rfc8591-figure3", "RFC 8591 Figure 3: MSRP from Bob, signed and encrypted, one chunk", start=RFC8591_START)
def rfc8591_figure3(capture):
    over_tcp(capture, BOB.host._replace(port=8888), ALICE.host._replace(port=7777), figure("figure3.msrp"))


@scenario("rfc8591-figure4", "RFC 8591 Figure 4: the same in two chunks", start=RFC8591_START)
def rfc8591_figure4(capture):
    over_tcp(capture, BOB.host._replace(port=8888), ALICE.host._replace(port=7777), figure("figure4-chunk1.msrp"),
             figure("figure4-chunk2.msrp"))
