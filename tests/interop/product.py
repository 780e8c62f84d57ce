# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our side: the `smimegw` command, run as a mail host would run it."""

import os
import re
import subprocess

import layers
import mime
from layers import Encryption, Signing
from peers.base import TIMEOUT

PASSED, NOT_PASSED = 0, 1


class ProductError(Exception):
    """Our command did not do what it must."""


class Product:
    def __init__(self, command, pki):
        self.command = command
        self.pki = pki
        self.written = {}

    def run(self, message, *arguments):
        """(exit code, standard output, standard error as one line)"""
        done = subprocess.run([self.command, *arguments], input=message, capture_output=True,
                              timeout=TIMEOUT)
        words = done.stderr.decode(errors='replace').split()
        return done.returncode, done.stdout, ' '.join(words)

    def _pass(self, message, *arguments):
        code, output, words = self.run(message, *arguments)
        shell = ' '.join(['smimegw', *(os.path.basename(argument) for argument in arguments)])
        if code != PASSED:
            raise ProductError('%s: exit %d: %s' % (shell, code, words[-400:]))
        if re.search(rb'(?<!\r)\n|\r(?!\n)', output):
            raise ProductError(shell + ': output has a bare LF or CR')
        if mime.outer_of(output) != mime.outer_of(mime.crlf(message)):
            raise ProductError(shell + ': outer header fields differ')
        return output

    def write(self, message, made_of, signer, recipients):
        """Protect a message with one call; made once for all peers that will read it."""
        names = tuple(recipient.name for recipient in recipients)
        known = message, made_of, signer.name, names
        if known not in self.written:
            try:
                output = self._pass(message, *write_arguments(made_of, signer, recipients))
                layers.check(output, made_of[-1])
                self.written[known] = output
            except (ProductError, layers.WrongLayer) as error:
                self.written[known] = error
        if isinstance(self.written[known], Exception):
            raise self.written[known]
        return self.written[known]

    def verify(self, message):
        return self._pass(message, *self.verify_arguments())

    def decrypt(self, message, recipient):
        return self._pass(message, *self.decrypt_arguments(recipient))

    def verify_arguments(self):
        return ['verify', '--trust', self.pki.root.cert]

    def decrypt_arguments(self, recipient):
        return ['decrypt', '--identity', recipient.identity, '--trust', self.pki.root.cert]


def write_arguments(made_of, signer, recipients):
    kinds = [type(how) for how in made_of]
    arguments = {
        (Signing,): ['sign'],
        (Encryption,): ['encrypt'],
        (Signing, Encryption): ['sign-encrypt'],
        (Signing, Encryption, Signing): ['triple'],
    }[tuple(kinds)]
    if Signing in kinds:
        how = made_of[kinds.index(Signing)]
        arguments += ['--identity', signer.identity, '--form', how.form]
        arguments += ['--digest', how.digest] if how.digest else []
    if Encryption in kinds:
        how = made_of[kinds.index(Encryption)]
        for recipient in recipients:
            arguments += ['--recipient', recipient.cert]
        arguments += ['--cipher', how.cipher, '--key-encryption', how.keys,
                      '--recipient-id', how.identifier]
    return arguments
