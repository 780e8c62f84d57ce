# SPDX-License-Identifier: LGPL-2.1-or-later
"""--identity with the URL of a key in a token (softhsm2)."""

import os
import pathlib
import subprocess
import unittest

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from support import ALICE_CERT, DONE, ROOT_CERT, TROUBLE, CommandTest, body_of, key, read

PIN = '7531'


class Token(CommandTest):
    def setUp(self):
        super().setUp()
        self.module = next(pathlib.Path('/usr/lib').rglob('libsofthsm2.so'))
        tokens = self.folder / 'tokens'
        tokens.mkdir()
        config = self.write('softhsm2.conf', b'directories.tokendir = %s\nlog.level = ERROR\n' %
                            os.fsencode(tokens))
        self.env = {'SOFTHSM2_CONF': str(config)}
        self.tool('softhsm2-util', '--init-token', '--free', '--label', 'gateway', '--pin', PIN,
                  '--so-pin', '1234')
        self.tool('softhsm2-util', '--import', key('alice-key.pem'), '--token', 'gateway', '--label',
                  'alice', '--id', '01', '--pin', PIN)
        self.url = 'pkcs11:token=gateway;object=alice;type=private?module-path=%s' % self.module
        self.pin = self.write('pin', PIN.encode() + b'\n')

    def tool(self, *arguments):
        subprocess.run(arguments, check=True, capture_output=True, env={**os.environ, **self.env})

    def add_certificate(self):
        der = self.write('alice.der', x509.load_pem_x509_certificate(read(ALICE_CERT))
                         .public_bytes(Encoding.DER))
        self.tool('pkcs11-tool', '--module', self.module, '--login', '--pin', PIN, '--write-object',
                  der, '--type', 'cert', '--id', '01', '--label', 'alice')

    def check(self, *more):
        signed = self.expect(DONE, 'sign', '--identity', self.url, '--pin-file', self.pin, *more,
                             message=self.offer, env=self.env).out
        self.expect(DONE, 'verify', '--trust', ROOT_CERT, '--intermediate', key('intermediate.pem'),
                    message=signed)
        plain = self.expect(DONE, 'decrypt', '--identity', self.url, '--pin-file', self.pin, *more,
                            message=self.encrypt(), env=self.env).out
        self.assertEqual(body_of(plain), body_of(self.offer))

    def test_certificate_from_the_token(self):
        self.add_certificate()
        self.check()

    def test_certificate_from_a_file(self):
        self.check('--cert', ALICE_CERT)

    def test_request_for_the_key_of_a_token(self):
        pem = self.expect(DONE, 'cert', 'csr', '--identity', self.url, '--pin-file', self.pin,
                          '--cert', ALICE_CERT, '--empty', '--cn', 'mail.example.com', '--domain',
                          'example.com', env=self.env).out
        csr = x509.load_pem_x509_csr(pem)
        self.assertTrue(csr.is_signature_valid)
        self.assertEqual(csr.public_key().public_numbers(),
                         x509.load_pem_x509_certificate(read(ALICE_CERT)).public_key()
                         .public_numbers())

    def test_errors_name_the_url_without_its_pin(self):
        sign = ['sign', '--cert', ALICE_CERT, '--identity']
        wrong = self.write('wrong', b'0000')
        for url, more in ((self.url.replace('alice', 'bob'), ['--pin-file', self.pin]),
                          (self.url, ['--pin-file', wrong]), (self.url, []),
                          (self.url + '&pin-value=0000', []), ('pkcs11:nonsense', [])):
            result = self.expect(TROUBLE, *sign, url, *more, message=self.offer, env=self.env)
            self.assertIn(url.partition('?')[0], result.err)
            self.assertNotIn('0000', result.err)
        self.expect(TROUBLE, 'sign', '--identity', self.url, '--pin-file', self.pin,
                    message=self.offer, env=self.env)


if __name__ == '__main__':
    unittest.main()
