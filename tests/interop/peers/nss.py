# SPDX-License-Identifier: LGPL-2.1-or-later
"""Mozilla NSS through its tools certutil, pk12util and cmsutil; CMS only."""

import os
import re

from peers.base import CmsPeer, Refused, missing_commands
from pki import openssl

TRUSTED = 'CT,C,C'
EMAIL_SIGNER = '4'     # SECCertUsage in NSS's certt.h


class Nss(CmsPeer):
    name = 'nss'
    cbc_cipher = 'aes-128-cbc'   # cmsutil has no option for it

    @classmethod
    def missing(cls):
        return missing_commands('certutil', 'pk12util', 'cmsutil')

    def start(self):
        self.database = ['-d', 'sql:' + self.path('db')]
        self.imported = set()
        os.makedirs(self.path('db'), exist_ok=True)
        self.run('certutil', '-N', *self.database, '--empty-password')
        self._add_cert(os.path.basename(self.pki.root.cert), self.pki.root.cert, TRUSTED)

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

    def sign_cms(self, content, signer, how):
        self.only(how, identifier=['issuer-serial'], padding=['pkcs1'])
        # It signs by nobody whom it doesn't trust.
        self._add_cert(os.path.basename(signer.root.cert), signer.root.cert, TRUSTED)
        self._add_cert(os.path.basename(signer.chain), signer.chain)
        self._add_key(signer)
        source, result = self.write('in', content), self.fresh('out')
        detached = ['-T'] if how.form == 'detached' else []
        self.run('cmsutil', '-S', *self.database, '-N', signer.name, '-H', how.digest.upper(),
                 '-G', *detached, '-i', source, '-o', result)
        return self.read('out')

    def verify_cms(self, der, content):
        detached = [] if content is None else ['-c', self.write('content', content)]
        source = self.write('in', der)
        arguments = ['cmsutil', '-D', *self.database, '-u', EMAIL_SIGNER, '-i', source,
                     *detached]
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

    def encrypt_cms(self, content, recipients, how):
        self.only(how, cipher=[self.cbc_cipher], keys=['rsa-pkcs1'],
                  identifier=['issuer-serial'])
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
