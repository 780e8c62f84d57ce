# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the matrix asks of every peer, and what most adapters share.

A peer reads or writes S/MIME entities: bytes that start with Content-* (or MIME-Version)
fields, in CRLF lines. `keys` below are pki.Credential objects.
"""

import os
import shutil
import subprocess

import mime

TIMEOUT = 60


class Refused(Exception):
    """The peer would not do it; the text is the peer's own words."""


class Peer:
    name = ''
    # How RSA recipients are encrypted for, where the peer has a choice of its own.
    rsa_key_encryption = 'rsa-pkcs1'
    # The cipher it is asked for where the matrix wants AES-CBC.
    cbc_cipher = 'aes-256-cbc'

    def __init__(self, folder, pki):
        self.folder = folder
        self.pki = pki
        os.makedirs(folder, exist_ok=True)

    @classmethod
    def missing(cls):
        """Why this peer can't take part on this machine, or None."""
        return None

    def start(self):
        """Called once, before the first job."""

    def stop(self):
        """Called once, whatever happened."""

    def sign(self, entity, signer, how):
        raise Refused('adapter: no signing')

    def verify(self, message):
        """Return the signed entity; trust the root certificate and nothing else."""
        raise Refused('adapter: no verifying')

    def encrypt(self, entity, recipients, how):
        raise Refused('adapter: no encrypting')

    def decrypt(self, message, recipient):
        raise Refused('adapter: no decrypting')

    # For adapters.

    @staticmethod
    def only(how, **choices):
        """Refuse what the peer's program has no option for."""
        for name, values in choices.items():
            if getattr(how, name) not in values:
                raise Refused('adapter: no option for %s %s' % (name, getattr(how, name)))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), 'wb') as out:
            out.write(data)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), 'rb') as source:
            return source.read()

    def fresh(self, name):
        """A path for an output, with what an earlier job left there removed."""
        if os.path.exists(self.path(name)):
            os.remove(self.path(name))
        return self.path(name)

    def run(self, *command, success=(0,), **kwargs):
        """Run the peer's program; Refused unless its exit code is one of `success`."""
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=TIMEOUT, **kwargs)
        if done.returncode not in success:
            words = (done.stderr + done.stdout).decode(errors='replace').split()
            raise Refused('exit %d: %s' % (done.returncode, ' '.join(words)[-500:]))
        return done


class CmsPeer(Peer):
    """A peer that speaks CMS only; the MIME around it is made and read here."""

    def sign(self, entity, signer, how):
        der = self.sign_cms(entity, signer, how)
        if how.form == 'detached':
            return mime.wrap_detached(entity, der, how.digest)
        return mime.wrap('signed-data', der)

    def verify(self, message):
        kind, der, content = mime.unwrap(message)
        if kind not in ('detached', 'signed-data'):
            raise Refused('adapter: not signed but ' + str(kind))
        return self.verify_cms(der, content)

    def encrypt(self, entity, recipients, how):
        der = self.encrypt_cms(entity, recipients, how)
        kind = 'authEnveloped-data' if how.cipher.endswith('gcm') else 'enveloped-data'
        return mime.wrap(kind, der)

    def decrypt(self, message, recipient):
        kind, der, _ = mime.unwrap(message)
        if kind not in ('enveloped-data', 'authEnveloped-data'):
            raise Refused('adapter: not encrypted but ' + str(kind))
        return self.decrypt_cms(der, recipient)

    def sign_cms(self, content, signer, how):
        raise Refused('adapter: no signing')

    def verify_cms(self, der, content):
        """`content` is None when it is inside the CMS object."""
        raise Refused('adapter: no verifying')

    def encrypt_cms(self, content, recipients, how):
        raise Refused('adapter: no encrypting')

    def decrypt_cms(self, der, recipient):
        raise Refused('adapter: no decrypting')


def missing_commands(*commands):
    absent = [command for command in commands if shutil.which(command) is None]
    return 'no %s here' % ', '.join(absent) if absent else None
