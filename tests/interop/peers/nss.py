"""Mozilla NSS through its tools certutil, pk12util and cmsutil; CMS only."""

import os
import re

from peers.base import CmsPeer, Refused, missing_commands
from pki import openssl

EMAIL_RECIPIENT, EMAIL_SIGNER = '5', '4'


class Nss(CmsPeer):
    name = 'nss'

    @classmethod
    def missing(cls):
        return missing_commands('certutil', 'pk12util', 'cmsutil')

    def start(self):
        self.database = ['-d', 'sql:' + self.path('db')]
        self.imported = set()
        os.makedirs(self.path('db'), exist_ok=True)
        self.run('certutil', '-N', *self.database, '--empty-password')
        self._add_cert('root', self.pki.root.cert, 'CT,C,C')

    def _add_cert(self, nickname, cert, trust=',,'):
        if nickname not in self.imported:
            self.run('certutil', '-A', *self.database, '-n', nickname, '-t', trust, '-i', cert)
            self.imported.add(nickname)

    def _add_key(self, credential):
        if credential.name + '.key' not in self.imported:
            bundle = self.path('key.p12')
            openssl('pkcs12', '-export', '-in', credential.cert, '-inkey', credential.key,
                    '-name', credential.name, '-passout', 'pass:pw', '-out', bundle)
            self.run('pk12util', *self.database, '-i', bundle, '-W', 'pw')
            self.imported |= {credential.name, credential.name + '.key'}

    def sign_cms(self, content, signer, detached, digest):
        self._add_cert('intermediate', signer.chain)
        self._add_key(signer)
        source, result = self.write('in', content), self.fresh('out')
        self.run('cmsutil', '-S', *self.database, '-N', signer.name, '-H', digest.upper(), '-G',
                 *(['-T'] if detached else []), '-i', source, '-o', result)
        return self.read('out')

    def verify_cms(self, der, content):
        detached = [] if content is None else ['-c', self.write('content', content)]
        source = self.write('in', der)
        arguments = ['cmsutil', '-D', *self.database, '-u', EMAIL_SIGNER, '-i', source, *detached]
        # cmsutil exits with 0 for bad signatures too: what counts is the status of each
        # signer, which it writes only with -h, and then not the plain content.
        report = self.run(*arguments, '-h', '1').stdout
        states = re.findall(rb'signer\d+\.status=(\w+)', report)
        if not states or set(states) != {b'GoodSignature'}:
            raise Refused('signer status %s' % b','.join(states).decode())
        if content is None:
            self.run(*arguments, '-o', self.fresh('out'))
            content = self.read('out')
        return content

    def encrypt_cms(self, content, recipients, cipher, key_encryption):
        if cipher != 'aes-256-cbc' or key_encryption != 'rsa-pkcs1':
            raise Refused('adapter: no option for %s, %s' % (cipher, key_encryption))
        for recipient in recipients:
            self._add_cert(recipient.name, recipient.cert)
        names = ','.join(recipient.name for recipient in recipients)
        source, result = self.write('in', content), self.fresh('out')
        self.run('cmsutil', '-E', *self.database, '-r', names, '-i', source, '-o', result)
        return self.read('out')

    def decrypt_cms(self, der, recipient):
        self._add_key(recipient)
        self.run('cmsutil', '-D', *self.database, '-i', self.write('in', der),
                 '-o', self.fresh('out'))
        return self.read('out')
