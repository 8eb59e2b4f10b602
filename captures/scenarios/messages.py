"""SIP MESSAGE: what a signature or an envelope is worth."""

from datetime import datetime, timezone

import ed25519
import sip
import smime
from smime import text

from .entities import content_changed, signature_changed
from .registry import scenario

IN_2020 = datetime(2020, 12, 15, 10, 0, 0, tzinfo=timezone.utc)


# SIP MESSAGE, signed

@scenario("sip-signed", "opaque signed-data with Alice's certificate: everything holds")
def sip_signed(capture):
    sip.message(capture, smime.signed(text(), capture.start))


@scenario("sip-signed-no-certificate", "the same without the certificate: the signer's stands in the ring")
def sip_signed_no_certificate(capture):
    sip.message(capture, smime.signed(text(), capture.start, options=smime.NO_CERTIFICATE))


@scenario("sip-signed-detached", "multipart/signed: the text is readable to anyone")
def sip_signed_detached(capture):
    sip.message(capture, smime.signed_detached(text(), capture.start))


@scenario("sip-signed-intermediate", "Alice's certificate comes from the intermediate CA, whose certificate is embedded")
def sip_signed_intermediate(capture):
    chain = ["-certfile", smime.certificate("intermediate-ca")]
    sip.message(capture, smime.signed(text(), capture.start, "alice-intermediate", chain))


@scenario("sip-signed-rsa-pss", "signed with RSASSA-PSS and SHA-256")
def sip_signed_rsa_pss(capture):
    sip.message(capture, smime.signed(text(), capture.start, "alice-rsa", smime.PSS))


@scenario("sip-ed25519", "signed with Ed25519 and SHA-512 (RFC 8419)")
def sip_ed25519(capture):
    sip.message(capture, smime.pkcs7_mime("signed-data", ed25519.sign(text().octets(), capture.start)))


@scenario("sip-base64", "signed-data with Content-Transfer-Encoding base64")
def sip_base64(capture):
    sip.message(capture, smime.in_base64(smime.signed(text(), capture.start)))


# SIP MESSAGE, signed, and something does not hold

@scenario("sip-wrong-signer", "From says Alice, but Bob signed: the signature holds, the identity does not")
def sip_wrong_signer(capture):
    sip.message(capture, smime.signed(text(), capture.start, "bob"))


@scenario("sip-tampered", "two messages: one octet of the signed content changed, one octet of the signature changed")
def sip_tampered(capture):
    entity = smime.signed(text(), capture.start)
    sip.message(capture, content_changed(entity), signature_changed(entity))


@scenario("sip-expired", "signed in 2026 with a certificate that ended on 2021-01-01")
def sip_expired(capture):
    sip.message(capture, smime.signed(text(), capture.start, "alice-expired"))


@scenario("sip-expired-since", "the same certificate in a capture of 2020: valid then, expired now", start=IN_2020)
def sip_expired_since(capture):
    sip.message(capture, smime.signed(text(), capture.start, "alice-expired"))


@scenario("sip-revoked", "signed with a certificate that the CRL revokes as of 2023-06-01")
def sip_revoked(capture):
    sip.message(capture, smime.signed(text(), capture.start, "alice-revoked"))


@scenario("sip-no-uri", "the signer's certificate has rfc822Name alice@example.com and no SIP URI")
def sip_no_uri(capture):
    sip.message(capture, smime.signed(text(), capture.start, "alice-no-uri"))


@scenario("sip-unknown-issuer", "the signer's certificate comes from a CA that is not trusted")
def sip_unknown_issuer(capture):
    sip.message(capture, smime.signed(text(), capture.start, "alice-unknown-issuer"))


# SIP MESSAGE, encrypted

@scenario("sip-signed-then-encrypted", "signed-data inside AuthEnvelopedData (AES-128-GCM) for Bob's P-256 key")
def sip_signed_then_encrypted(capture):
    sip.message(capture, smime.encrypted(smime.signed(text(), capture.start), smime.to("bob")))


@scenario("sip-encrypted-only", "AuthEnvelopedData for Bob's P-256 key with nothing signed inside")
def sip_encrypted_only(capture):
    sip.message(capture, smime.encrypted(text(), smime.to("bob")))


@scenario("sip-encrypted-rsa", "signed, then encrypted for Bob's RSA key with OAEP; smime-type as RFC 8551 spells it")
def sip_encrypted_rsa(capture):
    sip.message(capture, smime.encrypted(smime.signed(text(), capture.start), smime.to("bob-rsa", smime.OAEP),
                                         smime_type="authEnveloped-data"))


@scenario("sip-encrypted-kek", "encrypted under the ring's key-encryption key")
def sip_encrypted_kek(capture):
    sip.message(capture, smime.encrypted(text(), smime.to_kek()))


@scenario("sip-encrypted-locked-keys", "two messages for Bob's keys that need a password: PKCS#12, then encrypted PEM")
def sip_encrypted_locked_keys(capture):
    sip.message(capture, smime.encrypted(text(), smime.to("bob-pkcs12")),
                smime.encrypted(text(), smime.to("bob-encrypted")))


@scenario("sip-enveloped-cbc", "signed, then EnvelopedData with AES-128-CBC, which RFC 8591 replaced")
def sip_enveloped_cbc(capture):
    sip.message(capture, smime.enveloped(smime.signed(text(), capture.start), "aes-128-cbc", smime.to("bob")))


@scenario("sip-unwanted-recipient", "encrypted for a key of Bob's that the ring lacks: not evaluated")
def sip_unwanted_recipient(capture):
    sip.message(capture, smime.encrypted(smime.signed(text(), capture.start), smime.to("bob-not-in-ring")))


# SIP, what is not S/MIME or not whole

@scenario("sip-plain", "text/plain, no S/MIME")
def sip_plain(capture):
    sip.message(capture, text())


@scenario("sip-not-cms", "application/pkcs7-mime, but the body is text")
def sip_not_cms(capture):
    sip.message(capture, smime.pkcs7_mime("signed-data", smime.WATSON.encode()))


@scenario("sip-truncated", "sip-signed captured with a snap length of 800 octets: the end of the signed-data is missing",
          snap_length=800)
def sip_truncated(capture):
    sip.message(capture, smime.signed(text(), capture.start))
