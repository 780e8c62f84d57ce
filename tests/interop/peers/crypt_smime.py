# SPDX-License-Identifier: LGPL-2.1-or-later
"""Perl's Crypt::SMIME (over OpenSSL's CMS_* functions), MIME included. The module chooses
digest, cipher and form by itself."""

import os
import subprocess

import mime
from peers.base import Peer, missing_commands

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'crypt_smime.pl')


class CryptSmime(Peer):
    name = 'perl'
    cbc_cipher = 'aes-128-cbc'   # the module has no option for it

    @classmethod
    def missing(cls):
        if missing_commands('perl'):
            return missing_commands('perl')
        found = subprocess.run(['perl', '-MCrypt::SMIME', '-e', '1'],
                               stderr=subprocess.DEVNULL)
        return None if found.returncode == 0 else 'no Crypt::SMIME here'

    def _run(self, operation, data, cert='-', key='-', authority='-'):
        self.run('perl', SCRIPT, operation, self.write('in', data), self.fresh('out'),
                 cert, key, authority)
        return self.read('out')

    def sign(self, entity, signer, how):
        self.only(how, form=['detached'], identifier=['issuer-serial'], padding=['pkcs1'])
        return mime.crlf(self._run('sign', entity, signer.cert, signer.key, signer.chain))

    def verify(self, message):
        return self._run('verify', message, authority=self.pki.root.cert)

    def encrypt(self, entity, recipients, how):
        self.only(how, cipher=[self.cbc_cipher], keys=['rsa-pkcs1'],
                  identifier=['issuer-serial'])
        certs = ','.join(recipient.cert for recipient in recipients)
        return mime.crlf(self._run('encrypt', entity, certs))

    def decrypt(self, message, recipient):
        return self._run('decrypt', message, recipient.cert, recipient.key)
