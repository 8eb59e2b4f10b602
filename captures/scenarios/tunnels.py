"""SIP inside of SIP (RFC 3261 23.4)."""

import sip
import smime
from smime import Entity, text

from .registry import scenario


def tunnelled(capture, changed=lambda inner: inner):
    """A MESSAGE that carries itself, as signed message/sip; `changed` alters the inner octets before they are signed."""
    dialog = sip.Dialog(capture, capture.name)
    extra = [("Subject", "Come here"), sip.date_of(capture.start)]
    inner = dialog.request_octets("MESSAGE", "TCP", text(), extra)
    entity = Entity([("Content-Type", "message/sip")], changed(inner))
    dialog.request("MESSAGE", smime.signed(entity, capture.start), extra)
    dialog.close()


@scenario("sip-message-sip-tunnel", "signed message/sip whose header fields equal the outer ones")
def sip_message_sip_tunnel(capture):
    tunnelled(capture)


@scenario("sip-message-sip-tunnel-differs", "signed message/sip whose From and Subject differ from the outer ones")
def sip_message_sip_tunnel_differs(capture):
    tunnelled(capture, lambda inner: inner.replace(b"From: <sip:alice@example.com>", b"From: <sip:alice@example.net>")
              .replace(b"Subject: Come here", b"Subject: Stay there"))
