# SPDX-License-Identifier: LGPL-2.1-or-later
"""The two JavaScript peers, CMS only: PKI.js and node-forge."""

import os
import subprocess

from peers.base import CmsPeer, Refused, missing_commands
from peers.line_peer import LineProcess

SCRIPTS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'node')
# Where tools/install-peers puts the npm packages.
PACKAGES = os.environ.get('INTEROP_NODE', '/var/tmp/libsmimegw-peers/node')


class NodePeer(CmsPeer):
    package = ''
    script = ''

    @classmethod
    def missing(cls):
        if not os.path.isdir(os.path.join(PACKAGES, 'node_modules', cls.package)):
            return 'no %s in %s, see tools/install-peers' % (cls.package, PACKAGES)
        if missing_commands('node'):
            return missing_commands('node')
        # A package can be there and still want a newer node.
        load = 'require("module").createRequire(process.argv[1])(process.argv[2])'
        done = subprocess.run(['node', '-e', load, PACKAGES + '/here.js', cls.package],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return None if done.returncode == 0 else 'node can not load ' + cls.package

    def start(self):
        script = os.path.join(SCRIPTS, self.script)
        command = ['env', 'INTEROP_NODE=' + PACKAGES, 'node', script]
        self.process = LineProcess(command, self.path('stderr'))

    def stop(self):
        self.process.close()

    def _ask(self, operation, data, **values):
        self.process.ask(operation, **{'in': self.write('in', data), 'out': self.fresh('out')},
                         **values)
        return self.read('out')

    def sign_cms(self, content, signer, how):
        self.only(how, identifier=['issuer-serial'])
        return self._ask('sign', content, cert=signer.cert, key=signer.key, chain=signer.chain,
                         kind=signer.kind, digest=how.digest, form=how.form,
                         padding=how.padding)

    def encrypt_cms(self, content, recipients, how):
        self.only(how, identifier=['issuer-serial'])
        certs = ','.join(recipient.cert for recipient in recipients)
        return self._ask('encrypt', content, certs=certs, cipher=how.cipher, keys=how.keys)

    def decrypt_cms(self, der, recipient):
        return self._ask('decrypt', der, cert=recipient.cert, key=recipient.key)


class Pkijs(NodePeer):
    name = 'pkijs'
    package = 'pkijs'
    script = 'pkijs.mjs'
    # It has no PKCS #1 v1.5 encryption, because WebCrypto has none.
    rsa_key_encryption = 'rsa-oaep-sha256'

    def encrypt_cms(self, content, recipients, how):
        if not any(recipient.is_rsa for recipient in recipients):
            how = how._replace(keys='rsa-oaep-sha256')
        self.only(how, keys=['rsa-oaep-sha1', 'rsa-oaep-sha256'])
        return super().encrypt_cms(content, recipients, how)

    def verify_cms(self, der, content):
        values = {} if content is None else {'content': self.write('content', content)}
        return self._ask('verify', der, root=self.pki.root.cert, **values)


class Forge(NodePeer):
    name = 'forge'
    package = 'node-forge'
    script = 'forge.mjs'

    def sign_cms(self, content, signer, how):
        self.only(how, padding=['pkcs1'])
        return super().sign_cms(content, signer, how)

    def encrypt_cms(self, content, recipients, how):
        self.only(how, keys=['rsa-pkcs1'])
        return super().encrypt_cms(content, recipients, how)

    def verify_cms(self, der, content):
        raise Refused('adapter: verify() of forge is an empty function')
