# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the cells of the matrix and says what became of each."""

import collections
import email
import email.utils
import traceback

import layers
import mime
from layers import CBC, Encryption, Signing
from limitations import LIMITATIONS
from operations import READS
from peers.base import Refused
from product import ProductError

# status: ok, n/a, FAIL, skip, or gone (it works, though limitations.py says it can't)
Cell = collections.namedtuple('Cell', 'status words limitation', defaults=('', None))


class Mismatch(Exception):
    """The reader's bytes are not the writer's."""


class Side:
    """One direction: our command, and the peers as its readers or its writers."""

    def __init__(self, direction, product, pki, peers):
        self.direction = direction
        self.product = product
        self.pki = pki
        self.peers = peers      # name: peer, or the reason why it is missing
        self.cells = {}         # (operation name, key name, peer name): Cell

    def run(self, operations, keys):
        for operation in operations:
            if self.direction in operation.sides:
                for key in keys:
                    if key.name in operation.keys:
                        self._run_row(operation, key)

    def _run_row(self, operation, key):
        for name, peer in self.peers.items():
            place = operation.name, key.name, name
            if isinstance(peer, str):
                self.cells[place] = Cell('skip', peer)
            else:
                self.cells[place] = self._run_cell(operation, key, peer)

    def _run_cell(self, operation, key, peer):
        known = [limitation for limitation in LIMITATIONS
                 if limitation.fits(self.direction, peer.name, operation.name, key.name)]
        try:
            self._job(operation, key, peer)
        except Refused as refusal:
            return judge_refusal(str(refusal), known)
        except (ProductError, layers.WrongLayer, Mismatch) as error:
            return Cell('FAIL', str(error))
        except Exception:
            return Cell('FAIL', ' '.join(traceback.format_exc().split())[-400:])
        return Cell('gone', known[0].reason, known[0]) if known else Cell('ok')

    def _job(self, operation, key, peer):
        signer, recipient = self.pki[key.signer], self.pki[key.recipient]
        recipients = [self.pki[name] for name in operation.others] + [recipient]
        if self.direction == READS:
            made_of = fit(operation.layers, peer)
            message = mail(signer, operation.entity)
            protected = self.product.write(message, made_of, signer, recipients)
            entity = read_by_peer(peer, protected, made_of, recipient)
            if operation.recoded:
                compare(text_of(operation.entity), text_of(entity))
                return
        else:
            made_of = fit_writer(operation.layers, signer, peer)
            made = write_by_peer(peer, operation.entity, made_of, signer, recipients)
            protected = mime.with_outer(outer_fields(signer), made)
            if operation.lf:
                protected = protected.replace(b'\r\n', b'\n')
            entity = mime.entity_of(read_by_us(self.product, protected, made_of, recipient))
        compare(operation.entity, entity)


def fit(made_of, peer):
    """Fill in what the peer can read; digests are our command's own choice."""
    return tuple(how._replace(keys=how.keys or peer.rsa_key_encryption)
                 if isinstance(how, Encryption) else how for how in made_of)


def fit_writer(made_of, signer, peer):
    """Fill in also what depends on the peer that writes and on its key."""
    fitted = []
    for how in fit(made_of, peer):
        if isinstance(how, Signing):
            how = how._replace(digest=how.digest or signer.digest)
        elif how.cipher == CBC:
            how = how._replace(cipher=peer.cbc_cipher)
        fitted.append(how)
    return tuple(fitted)


def outer_fields(sender):
    return ('From: Interop <%s>\r\nTo: receiver@example.test,\r\n other@example.test\r\n'
            'subject:  two  spaces\r\nDate: %s\r\nX-Kept: as is\r\n'
            % (sender.address, DATE)).encode()


DATE = email.utils.formatdate()


def mail(sender, entity):
    return mime.with_outer(outer_fields(sender), entity)


def read_by_peer(peer, message, made_of, recipient):
    """Peel the layers off, outermost first."""
    for how in reversed(made_of):
        if isinstance(how, Encryption):
            message = peer.decrypt(message, recipient)
        else:
            message = peer.verify(message)
    return message


def write_by_peer(peer, entity, made_of, signer, recipients):
    for how in made_of:
        if isinstance(how, Encryption):
            entity = peer.encrypt(entity, recipients, how)
        else:
            entity = peer.sign(entity, signer, how)
        try:
            layers.check(entity, how)
        except layers.WrongLayer as error:
            raise Refused('wrong layer: %s' % error)
    return entity


def read_by_us(product, message, made_of, recipient):
    """decrypt takes off the encryption and a signature around it, verify what is left."""
    if any(isinstance(how, Encryption) for how in made_of):
        message = product.decrypt(message, recipient)
    if isinstance(made_of[0], Signing):
        message = product.verify(message)
    return message


def text_of(entity):
    """Content type and decoded text, once the entity is fit for every mail server."""
    parsed = email.message_from_bytes(entity)
    return parsed['Content-Type'].encode() + b'\r\n' + parsed.get_payload(decode=True)


def compare(wanted, found):
    if found != wanted:
        at = next((at for at, pair in enumerate(zip(wanted, found)) if pair[0] != pair[1]),
                  min(len(wanted), len(found)))
        raise Mismatch('byte %d: %r (%d bytes) became %r (%d bytes)' % (
            at, wanted[at:at + 40], len(wanted), found[at:at + 40], len(found)))


def judge_refusal(words, known):
    """A refusal is the peer's own limitation only if it is one we know, in its words."""
    for limitation in known:
        if limitation.explains(words):
            return Cell('n/a', words, limitation)
    if known:
        words = 'not for the known reason (%s): %s' % (known[0].reason, words)
    return Cell('FAIL', words)
