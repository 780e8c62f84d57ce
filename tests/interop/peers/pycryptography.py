# SPDX-License-Identifier: LGPL-2.1-or-later
"""python3-cryptography: its PKCS#7 builder where it has one (RSA and EC signatures), and
elsewhere a small CMS reader and writer of the tests' own on its keys and ciphers."""

from peers.base import CmsPeer, Refused

try:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
    from peers import cms_reader, cms_writer
    HASHES = {'sha256': hashes.SHA256, 'sha384': hashes.SHA384, 'sha512': hashes.SHA512}
except ImportError as error:
    cms_reader, IMPORT_ERROR = None, str(error)


class PyCryptography(CmsPeer):
    name = 'pycrypto'

    @classmethod
    def missing(cls):
        return None if cms_reader else IMPORT_ERROR

    def sign_cms(self, content, signer, how):
        self.only(how, identifier=['issuer-serial'], padding=['pkcs1'])
        cert, key = cms_reader.load_cert(signer.cert), cms_reader.load_key(signer.key)
        chain = cms_reader.load_cert(signer.chain)
        if signer.kind == 'ed25519':
            return cms_writer.sign_ed25519(content, cert, key, [chain], how.form == 'detached')
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
        builder = builder.add_signer(cert, key, HASHES[how.digest]()).add_certificate(chain)
        options = [pkcs7.PKCS7Options.Binary]
        if how.form == 'detached':
            options.append(pkcs7.PKCS7Options.DetachedSignature)
        return builder.sign(Encoding.DER, options)

    def verify_cms(self, der, content):
        root = cms_reader.load_cert(self.pki.root.cert)
        return self._read(cms_reader.verify, der, content, root)

    def encrypt_cms(self, content, recipients, how):
        certs = [cms_reader.load_cert(recipient.cert) for recipient in recipients]
        return cms_writer.encrypt(content, certs, how)

    def decrypt_cms(self, der, recipient):
        return self._read(cms_reader.decrypt, der, cms_reader.load_cert(recipient.cert),
                          cms_reader.load_key(recipient.key))

    def _read(self, function, *arguments):
        try:
            return function(*arguments)
        except cms_reader.REFUSALS as error:
            raise Refused('%s %s' % (type(error).__name__, error))
