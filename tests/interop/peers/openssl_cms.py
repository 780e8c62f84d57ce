# SPDX-License-Identifier: LGPL-2.1-or-later
"""`openssl cms`: OpenSSL's CMS_* functions, MIME included."""

import mime
from peers.base import Peer, missing_commands

PSS = ['-keyopt', 'rsa_padding_mode:pss', '-keyopt', 'rsa_pss_saltlen:digest']
KEY_OPTIONS = {
    'rsa-pkcs1': [],
    'rsa-oaep-sha1': ['-keyopt', 'rsa_padding_mode:oaep', '-keyopt', 'rsa_oaep_md:sha1'],
    'rsa-oaep-sha256': ['-keyopt', 'rsa_padding_mode:oaep', '-keyopt', 'rsa_oaep_md:sha256'],
}


class OpensslCms(Peer):
    name = 'openssl'

    @classmethod
    def missing(cls):
        return missing_commands('openssl')

    def _cms(self, operation, data, *options):
        source, result = self.write('in', data), self.fresh('out')
        self.run('openssl', 'cms', operation, '-in', source, '-out', result, *options)
        return self.read('out')

    def _message(self, operation, entity, *options):
        # openssl mixes CRLF and LF lines; a mail server makes them all CRLF.
        return mime.crlf(self._cms(operation, entity, '-binary', '-crlfeol', *options))

    def sign(self, entity, signer, how):
        options = ['-nodetach'] if how.form == 'opaque' else []
        options += ['-keyid'] if how.identifier == 'ski' else []
        options += ['-signer', signer.cert, '-inkey', signer.key, '-certfile', signer.chain]
        options += PSS if how.padding == 'pss' else []
        return self._message('-sign', entity, '-md', how.digest, *options)

    def verify(self, message):
        # Not with -binary: that fails on a multipart/signed in CRLF lines.
        return self._cms('-verify', message, '-CAfile', self.pki.root.cert, '-no-CApath',
                         '-no-CAstore', '-purpose', 'smimesign')

    def encrypt(self, entity, recipients, how):
        options = ['-keyid'] if how.identifier == 'ski' else []
        for recipient in recipients:
            options += ['-recip', recipient.cert]
            if recipient.is_rsa:
                options += KEY_OPTIONS[how.keys]
        return self._message('-encrypt', entity, '-' + how.cipher, *options)

    def decrypt(self, message, recipient):
        return self._cms('-decrypt', message, '-binary', '-inkey', recipient.key,
                         '-recip', recipient.cert)
