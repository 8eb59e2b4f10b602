"""AuthEnvelopedData as a sender makes it whose random numbers repeat: AES-128-GCM with the content key and the nonce of another message.

The openssl command chooses both anew each time. So it makes an object of the right shape, in which encrypted key, nonce, ciphertext and tag
are replaced by others of the same length; libcrypto computes them.
"""

import ctypes
import ctypes.util
import re

import smime

KEY, NONCE = bytes(range(16)), bytes(range(100, 112))
GET_TAG, TAG_LENGTH = 0x10, 16      # EVP_CTRL_AEAD_GET_TAG
GCM = re.compile(rb"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x06\x30\x11\x04\x0c(.{12})\x02\x01\x10\x80(?:[\x00-\x7f]|\x81.|\x82..)", re.DOTALL)
ENCRYPTED_KEY = re.compile(rb"\x04\x82\x01\x00(.{256})", re.DOTALL)


def gcm(octets):
    """Ciphertext and tag."""
    crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
    for name in ("EVP_CIPHER_CTX_new", "EVP_aes_128_gcm"):
        getattr(crypto, name).restype = ctypes.c_void_p
    context = ctypes.c_void_p(crypto.EVP_CIPHER_CTX_new())
    out, length, tag = ctypes.create_string_buffer(len(octets)), ctypes.c_int(), ctypes.create_string_buffer(TAG_LENGTH)
    done = (crypto.EVP_EncryptInit_ex(context, ctypes.c_void_p(crypto.EVP_aes_128_gcm()), None, KEY, NONCE),
            crypto.EVP_EncryptUpdate(context, out, ctypes.byref(length), octets, len(octets)),
            crypto.EVP_EncryptFinal_ex(context, out, ctypes.byref(length)),
            crypto.EVP_CIPHER_CTX_ctrl(context, GET_TAG, TAG_LENGTH, tag))
    crypto.EVP_CIPHER_CTX_free(context)
    if done != (1, 1, 1, 1):
        raise RuntimeError("libcrypto does not encrypt")
    return out.raw, tag.raw


def encrypted(entity, name="bob-rsa"):
    """The entity for a user's RSA key of 2048 bits. The key is wrapped with new padding: by the encrypted key alone nobody sees that it is
    another message's."""
    octets = entity.octets()
    cms = bytearray(smime.encrypt(octets, "aes-128-gcm", smime.to(name, smime.OAEP)))
    wrapped = smime.openssl("pkeyutl", "-encrypt", "-certin", "-inkey", smime.certificate(name), "-pkeyopt", "rsa_padding_mode:oaep",
                            "-pkeyopt", "rsa_oaep_md:sha256", octets=KEY)
    ciphertext, tag = gcm(octets)
    key, parameters = ENCRYPTED_KEY.search(cms), GCM.search(cms)
    cms[slice(*key.span(1))] = wrapped
    cms[slice(*parameters.span(1))] = NONCE
    cms[parameters.end():parameters.end() + len(ciphertext)] = ciphertext
    cms[-TAG_LENGTH:] = tag
    return smime.pkcs7_mime("auth-enveloped-data", bytes(cms))
