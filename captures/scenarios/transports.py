"""Over anything that carries SIP."""

import ssl

import sip
import smime
from sigcomp import SigCompConnection, SigCompDialog
from sip import ALICE, BOB
from smime import text
from tls import TlsConnection
from websocket import WebSocket
from wire import EXPORTED_PDU, Connection

from .entities import signed_then_encrypted
from .registry import scenario


def one_message(capture, **how):
    sip.message(capture, smime.signed(text(), capture.start), **how)


def client():
    return ALICE.host._replace(port=sip.CLIENT_PORT)


def server(port):
    return BOB.host._replace(port=port)


@scenario("over-fragments", "a large request over UDP in fragments of IP")
def over_fragments(capture):
    capture.fragment = 552
    sip.message(capture, signed_then_encrypted(capture, smime.WATSON * 20), datagrams=True)


@scenario("over-tcp-octets", "TCP with one octet in each segment")
def over_tcp_octets(capture):
    connection = Connection(capture, client(), BOB.host, max_segment=1)
    one_message(capture, connection=connection)
    connection.close()


@scenario("over-tcp-pipelined", "three requests one after the other in TCP, segments that end anywhere, the answers at last")
def over_tcp_pipelined(capture):
    connection = Connection(capture, client(), BOB.host, max_segment=1000)
    dialogs = [sip.Dialog(capture, f"{capture.name}/{number}", connection=connection) for number in (1, 2, 3)]
    entities = [smime.signed(text(), capture.start), text(), smime.signed_detached(text("I mean it.\r\n"), capture.start)]
    connection.send(connection.client, b"".join(dialog.request_octets("MESSAGE", "TCP", entity) for dialog, entity in zip(dialogs, entities)))
    connection.send(connection.server, b"".join(dialog.response_octets("MESSAGE", "TCP", "200 OK") for dialog in dialogs))
    connection.close()


@scenario("over-ipv6", "UDP over IPv6")
def over_ipv6(capture):
    one_message(capture, sender=sip.ALICE_IPV6, recipient=sip.BOB_IPV6)


@scenario("over-vlan", "Ethernet with a VLAN tag")
def over_vlan(capture):
    capture.vlan = 42
    one_message(capture)


def over_tls(capture, version):
    connection = TlsConnection(capture, client(), server(5061), version)
    one_message(capture, connection=connection)
    connection.close()


@scenario("over-tls12", "TLS 1.2; `-o tls.keylog_file:captures/over-tls12.keylog` opens it")
def over_tls12(capture):
    over_tls(capture, ssl.TLSVersion.TLSv1_2)


@scenario("over-tls13", "TLS 1.3; `-o tls.keylog_file:captures/over-tls13.keylog` opens it")
def over_tls13(capture):
    over_tls(capture, ssl.TLSVersion.TLSv1_3)


@scenario("over-tls-secrets", "TLS 1.3 in a pcapng file that has the secrets inside", suffix=".pcapng")
def over_tls_secrets(capture):
    over_tls(capture, ssl.TLSVersion.TLSv1_3)


@scenario("over-websocket", "WebSocket (RFC 7118), the client's frames masked")
def over_websocket(capture):
    connection = WebSocket(Connection(capture, client(), server(80)))
    one_message(capture, connection=connection)
    connection.close()


@scenario("over-websocket-tls", "WebSocket over TLS, in a pcapng file that has the secrets inside", suffix=".pcapng")
def over_websocket_tls(capture):
    connection = WebSocket(TlsConnection(capture, client(), server(443)))
    one_message(capture, connection=connection)
    connection.close()


@scenario("over-sigcomp", "SigComp (RFC 3320): one message over UDP, another over TCP, each with the program that unpacks it")
def over_sigcomp(capture):
    entity = smime.signed(text(), capture.start)
    SigCompDialog(capture, f"{capture.name}/udp", datagrams=True).request("MESSAGE", entity, [sip.date_of(capture.start)])
    capture.wait(1)
    connection = SigCompConnection(Connection(capture, client(), BOB.host))
    sip.message(capture, signed_then_encrypted(capture), connection=connection)
    connection.close()


class SctpAssociation:
    """What Dialog sends over: one DATA chunk for each message, the association there already."""
    transport = "SCTP"

    def __init__(self, capture):
        self.capture, self.client, self.server, self.number = capture, client(), BOB.host, 0

    def send(self, source, octets):
        self.number += 1
        self.capture.sctp(source, self.server if source == self.client else self.client, octets, self.number)


@scenario("over-sctp", "SCTP (RFC 4168)")
def over_sctp(capture):
    one_message(capture, connection=SctpAssociation(capture))


@scenario("over-exported-pdu", "SIP as Wireshark's \"Export PDUs to File\" writes it")
def over_exported_pdu(capture):
    capture.link_type = EXPORTED_PDU
    dialog = sip.Dialog(capture, capture.name)
    octets = dialog.request_octets("MESSAGE", "UDP", smime.signed(text(), capture.start))
    capture.exported_pdu("sip", ALICE.host, BOB.host, octets)
    capture.exported_pdu("sip", BOB.host, ALICE.host, dialog.response_octets("MESSAGE", "UDP", "200 OK"))
