# SPDX-License-Identifier: LGPL-2.1-or-later
"""Camel, the engine of the mail client Evolution: MIME of its own, and NSS below it.

Its NSS database is filled by the same tools as that of the peer nss.
"""

import os
import subprocess

import mime
from peers.base import Refused
from peers.nss import Nss

ENGINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'camel_engine.py')
# The system's: packages of Debian serve no other.
PYTHON = '/usr/bin/python3'
SCHEMA = '/usr/share/glib-2.0/schemas/org.gnome.evolution-data-server.gschema.xml'


class Camel(Nss):
    name = 'camel'

    @classmethod
    def missing(cls):
        load = 'import gi; gi.require_version("Camel", "1.2"); from gi.repository import Camel'
        done = subprocess.run([PYTHON, '-c', load], stderr=subprocess.DEVNULL)
        if done.returncode != 0:
            return 'no gir1.2-camel-1.2 here'
        # Without it GLib aborts.
        if not os.path.exists(SCHEMA):
            return 'no evolution-data-server-common here'
        return super().missing()

    def start(self):
        super().start()
        os.makedirs(self.path('home/.pki'), exist_ok=True)
        os.symlink(self.path('db'), self.path('home/.pki/nssdb'))

    def _engine(self, operation, who, data):
        environment = dict(os.environ, HOME=self.path('home'), GSETTINGS_BACKEND='memory',
                           LC_ALL='C.UTF-8')
        done = self.run(PYTHON, ENGINE, self.path('home'), operation, who,
                        self.write('in', data), self.fresh('out'), env=environment)
        return done.stdout.decode(), mime.crlf(self.read('out'))

    def trust(self, cert, flags):
        """certutil's flags: ',C,' for an authority, ',P,' for this very certificate."""
        self._add_cert(os.path.basename(cert), cert, flags)

    def sign(self, entity, signer, how):
        self.only(how, form=['detached'], identifier=['issuer-serial'], padding=['pkcs1'],
                  digest=['sha256'])
        self.trust(signer.root.cert, ',C,')
        self._add_key(signer)
        return self._engine('sign', signer.address, entity)[1]

    def encrypt(self, entity, recipients, how):
        self.only(how, keys=['rsa-pkcs1'], identifier=['issuer-serial'])
        recipient, = recipients
        self.trust(recipient.root.cert, ',C,')
        self.trust(recipient.chain, ',,')
        self._add_cert(recipient.name, recipient.cert)
        return self._engine('encrypt', recipient.name, entity)[1]

    def open(self, message, recipient=None):
        """(what the client would show, [layer, outermost first]); Refused for a bad signature."""
        if recipient is not None:
            self._add_key(recipient)
        words, shown = self._engine('open', '-', message)
        found = [line.split('\t') for line in words.splitlines()]
        if any(layer[0] == 'signed' and layer[1] != 'good' for layer in found):
            raise Refused(words)
        return shown, [layer[0] for layer in found]
