"""TLS connections as a capture sees them: real sessions of the ssl module, and the secrets that open them.

Keys and nonces are new in every run.
"""

import ssl
import tempfile

import smime
from wire import Connection


class TlsConnection:
    """A TCP connection with TLS inside; the server has the certificate of a user of the key ring. The capture gets the secrets."""
    transport = "TLS"

    def __init__(self, capture, client, server, version=ssl.TLSVersion.TLSv1_3, server_name="bob"):
        self.client, self.server = client, server
        self.connection = Connection(capture, client, server)
        with tempfile.NamedTemporaryFile() as log:
            self.ends = self.sessions(version, server_name, log.name)
            self.handshake()
            capture.secrets += b"".join(line for line in log.readlines() if not line.startswith(b"#"))

    def sessions(self, version, server_name, log):
        """End -> the session's object, and the octets that come in and go out."""
        contexts = {self.client: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), self.server: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)}
        contexts[self.client].check_hostname = False
        contexts[self.client].verify_mode = ssl.CERT_NONE
        contexts[self.server].load_cert_chain(smime.certificate(server_name), smime.private_key(server_name))
        contexts[self.client].keylog_filename = log
        ends = {}
        for end, context in contexts.items():
            context.minimum_version = context.maximum_version = version
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            ends[end] = (context.wrap_bio(incoming, outgoing, server_side=end == self.server), incoming, outgoing)
        return ends

    def handshake(self):
        waiting = [self.client, self.server]
        while waiting:
            for end in list(waiting):
                try:
                    self.ends[end][0].do_handshake()
                    waiting.remove(end)
                except ssl.SSLWantReadError:
                    pass
                self.flush(end)

    def flush(self, source):
        """What one session has written goes over the wire to the other."""
        octets = self.ends[source][2].read()
        if octets:
            self.connection.send(source, octets)
            self.ends[self.connection.other(source)][1].write(octets)

    def other(self, end):
        return self.connection.other(end)

    def send(self, source, octets):
        self.ends[source][0].write(octets)
        self.flush(source)
        received = b""
        while len(received) < len(octets):
            received += self.ends[self.other(source)][0].read(len(octets))
        if received != octets:
            raise RuntimeError("TLS delivered other octets")

    def close(self):
        self.connection.close()
