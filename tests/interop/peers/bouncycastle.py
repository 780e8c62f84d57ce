# SPDX-License-Identifier: LGPL-2.1-or-later
"""BouncyCastle's bcmail (Java) with JavaMail, MIME included; AuthEnvelopedData, for which
bcmail 1.72 has no MIME classes, by bcpkix."""

import os

import mime
from peers.base import Peer, missing_commands
from peers.line_peer import LineProcess

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'BouncyCastlePeer.java')
JARS = ['/usr/share/java/%s.jar' % name for name in
        ('bcmail', 'bcpkix', 'bcutil', 'bcprov', 'javax.mail', 'javax.activation')]


class BouncyCastle(Peer):
    name = 'bc'

    @classmethod
    def missing(cls):
        absent = [jar for jar in JARS if not os.path.exists(jar)]
        if absent:
            return 'no %s here' % absent[0]
        # Java runs the source file, which needs the compiler of a JDK.
        return missing_commands('java', 'javac')

    def start(self):
        self.process = LineProcess(['java', '-Xshare:auto', '-XX:TieredStopAtLevel=1',
                                    '-cp', ':'.join(JARS), SOURCE], self.path('stderr'))

    def stop(self):
        self.process.close()

    def _ask(self, operation, data, **values):
        self.process.ask(operation, **{'in': self.write('in', data), 'out': self.fresh('out')},
                         **values)
        return self.read('out')

    def sign(self, entity, signer, how):
        return self._ask('sign', entity, cert=signer.cert, key=signer.key, chain=signer.chain,
                         **how._asdict())

    def verify(self, message):
        return self._ask('verify', message, root=self.pki.root.cert)

    def encrypt(self, entity, recipients, how):
        certs = ','.join(recipient.cert for recipient in recipients)
        made = self._ask('encrypt', entity, certs=certs, **how._asdict())
        return mime.wrap('authEnveloped-data', made) if how.cipher.endswith('gcm') else made

    def decrypt(self, message, recipient):
        return self._ask('decrypt', message, cert=recipient.cert, key=recipient.key)
