# SPDX-License-Identifier: LGPL-2.1-or-later
"""GnuPG's gpgsm (libksba and libgcrypt), CMS only."""

import os
import re
import subprocess
import tempfile

from peers.base import CmsPeer, Refused, missing_commands
from pki import openssl

CIPHERS = {'aes-128-cbc': 'AES128', 'aes-192-cbc': 'AES192', 'aes-256-cbc': 'AES256'}
CURVES = {'p256': b'NIST P-256', 'p384': b'NIST P-384'}
OPTIONS = ['--batch', '--yes', '--no-tty', '--disable-dirmngr', '--disable-crl-checks',
           '--disable-policy-checks', '--pinentry-mode', 'error']


class Gpgsm(CmsPeer):
    name = 'gpgsm'

    @classmethod
    def missing(cls):
        return missing_commands('gpgsm', 'gpg-agent', 'gpgconf')

    def start(self):
        # The agent's socket must fit into 108 bytes, so the home is not in the build folder.
        self.home = tempfile.TemporaryDirectory(prefix='gsm')
        os.mkdir(os.path.join(self.home.name, 'private-keys-v1.d'), 0o700)
        self.imported = set()
        self._trust(self.pki.root.cert)

    def stop(self):
        subprocess.run(['gpgconf', '--kill', 'gpg-agent'], env=self._environment())
        self.home.cleanup()

    def _environment(self):
        return dict(os.environ, GNUPGHOME=self.home.name, LC_ALL='C')

    def _gpgsm(self, *arguments, success=(0,)):
        return self.run('gpgsm', *OPTIONS, *arguments, success=success,
                        env=self._environment())

    def _trust(self, cert):
        if cert in self.imported:
            return
        self.imported.add(cert)
        self._gpgsm('--quiet', '--import', cert)
        with open(os.path.join(self.home.name, 'trustlist.txt'), 'a') as out:
            out.write(fingerprint(cert) + ' S relax\n')
        # A running agent has read the list already.
        self.run('gpgconf', '--reload', 'gpg-agent', env=self._environment())

    def _import(self, credential, with_key):
        """The user id by which gpgsm knows this certificate from now on."""
        user = '0x' + fingerprint(credential.cert)
        if credential.name not in self.imported:
            self._gpgsm('--quiet', '--import', credential.cert, credential.chain)
            self.imported.add(credential.name)
        if with_key and credential.name + '.key' not in self.imported:
            self._store_key(credential, user)
            self.imported.add(credential.name + '.key')
        return user

    def _store_key(self, credential, user):
        # Not by --import of a PKCS#12: gpgsm 2.2.40 crashes on one with an EC key, and an
        # unprotected key file saves 0.4 s of passphrase hashing for each use.
        listing = self._gpgsm('--with-keygrip', '--with-colons', '-k', user).stdout.decode()
        grip = re.search(r'^grp:+(\w+):', listing, re.M).group(1)
        path = os.path.join(self.home.name, 'private-keys-v1.d', grip + '.key')
        with open(path, 'wb') as out:
            out.write(agent_key(credential))

    def sign_cms(self, content, signer, how):
        self.only(how, identifier=['issuer-serial'], padding=['pkcs1'])
        user = self._import(signer, with_key=True)
        self._trust(signer.root.cert)   # gpgsm signs by nobody whom it doesn't trust
        source, result = self.write('in', content), self.fresh('out')
        self._gpgsm('--digest-algo', how.digest, '--include-certs', '-2', '-u', user,
                    '-o', result,
                    '--detach-sign' if how.form == 'detached' else '--sign', source)
        return self.read('out')

    def verify_cms(self, der, content):
        source = self.write('in', der)
        if content is not None:
            done = self._gpgsm('--status-fd', '1', '--verify', source,
                               self.write('content', content))
        else:
            done = self._gpgsm('--status-fd', '1', '-o', self.fresh('out'), '--verify', source)
            content = self.read('out')
        if b'[GNUPG:] TRUST_FULLY' not in done.stdout:
            raise Refused('not TRUST_FULLY: ' + done.stdout.decode())
        return content

    def encrypt_cms(self, content, recipients, how):
        self.only(how, cipher=CIPHERS, keys=['rsa-pkcs1'], identifier=['issuer-serial'])
        users = []
        for recipient in recipients:
            users += ['-r', self._import(recipient, with_key=False)]
        source, result = self.write('in', content), self.fresh('out')
        self._gpgsm('--cipher-algo', CIPHERS[how.cipher], *users, '-o', result,
                    '--encrypt', source)
        return self.read('out')

    def decrypt_cms(self, der, recipient):
        self._import(recipient, with_key=True)
        # It exits with 2 for each recipient that it doesn't know, too.
        done = self._gpgsm('--status-fd', '1', '-o', self.fresh('out'), '--decrypt',
                           self.write('in', der), success=(0, 2))
        if b'[GNUPG:] DECRYPTION_OKAY' not in done.stdout:
            raise Refused(' '.join(done.stderr.decode(errors='replace').split()))
        return self.read('out')


def fingerprint(cert):
    line = openssl('x509', '-in', cert, '-noout', '-fingerprint', '-sha1').decode()
    return line.strip().split('=')[1].replace(':', '')


def agent_key(credential):
    """The private key as gpg-agent keeps it: a canonical S-expression."""
    text = openssl('pkey', '-in', credential.key, '-noout', '-text').decode()
    if credential.is_rsa:
        # libgcrypt wants p < q and u = 1/p mod q, which is openssl's coefficient with
        # the primes exchanged.
        labels = [(b'n', 'modulus'), (b'd', 'privateExponent'), (b'p', 'prime2'),
                  (b'q', 'prime1'), (b'u', 'coefficient')]
        values = [_pair(name, _number(text, label)) for name, label in labels]
        values.insert(1, _pair(b'e', b'\1\0\1'))
        key = _list(_atom(b'rsa'), *values)
    elif credential.kind in CURVES:
        key = _list(_atom(b'ecc'), _pair(b'curve', CURVES[credential.kind]),
                    _pair(b'q', _number(text, 'pub')), _pair(b'd', _number(text, 'priv')))
    else:
        curve = credential.kind.capitalize().encode()
        key = _list(_atom(b'ecc'), _pair(b'curve', curve), _pair(b'flags', b'eddsa'),
                    _pair(b'q', b'@' + _number(text, 'pub')),
                    _pair(b'd', _number(text, 'priv')))
    return _list(_atom(b'private-key'), key)


def _number(text, label):
    """The hexadecimal block that openssl prints under a label."""
    block = re.search(r'^' + label + r':\n((?: +[0-9a-f:]+\n)+)', text, re.M).group(1)
    return bytes.fromhex(re.sub(r'[\s:]', '', block))


def _atom(data):
    return b'%d:%s' % (len(data), data)


def _list(*parts):
    return b'(' + b''.join(parts) + b')'


def _pair(name, value):
    return _list(_atom(name), _atom(value))
