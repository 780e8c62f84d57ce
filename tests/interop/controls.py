# SPDX-License-Identifier: LGPL-2.1-or-later
"""Negative controls: what is tampered with, or signed by a stranger, must be refused. A
peer that passes its cells and fails here judges nothing."""

import collections

import layers
import mime
from layers import CBC, GCM, Encryption
from matrix import Cell, fit, fit_writer, mail, outer_fields, read_by_peer, write_by_peer
from operations import DETACHED, OPAQUE, READS, TEXT
from peers.base import Refused
from product import NOT_PASSED

# base: the operation that must work with this peer for the control to mean anything.
# tamper: what to do to the message, or None where it is the signer that is wrong.
# key: whose private key is used for reading.
Control = collections.namedtuple('Control', 'name base how tamper key', defaults=('rsa2048',))

CONTROLS = (
    Control('detached: content changed', 'sign detached', DETACHED, layers.tamper_content),
    Control('opaque: content changed', 'sign opaque', OPAQUE, layers.tamper_content),
    Control('detached: untrusted signer', 'sign detached', DETACHED, None),
    Control('opaque: untrusted signer', 'sign opaque', OPAQUE, None),
    Control('AES-CBC: padding broken', 'encrypt AES-CBC', Encryption(CBC),
            layers.tamper_padding),
    Control('AES-GCM: data changed', 'encrypt AES-GCM', Encryption(GCM),
            layers.tamper_ciphertext),
    Control('AES-GCM: tag changed', 'encrypt AES-GCM', Encryption(GCM), layers.tamper_tag),
)
# gpgsm and NSS use whatever key they hold, so this is for us only.
WRONG_KEY = Control("AES-CBC: another's key", 'encrypt AES-CBC', Encryption(CBC),
                    layers.unchanged, 'other')
KEY = 'RSA-2048'


def run(side):
    """(control name, peer name): Cell"""
    cells = {}
    for control in CONTROLS + (() if side.direction == READS else (WRONG_KEY,)):
        for name, peer in side.peers.items():
            base = side.cells[control.base, KEY, name]
            if base.status not in ('ok', 'gone'):
                cells[control.name, name] = Cell('skip' if base.status == 'skip' else 'n/a')
            elif side.direction == READS:
                cells[control.name, name] = _peer_must_refuse(side, peer, control)
            else:
                cells[control.name, name] = _we_must_refuse(side, peer, control)
    return cells


def _signer(side, control):
    return side.pki['rsa2048' if control.tamper else 'stranger']


def _peer_must_refuse(side, peer, control):
    signer, recipient = _signer(side, control), side.pki['rsa2048']
    made_of = fit((control.how,), peer)
    message = side.product.write(mail(signer, TEXT), made_of, signer, [recipient])
    if control.tamper:
        message = control.tamper(message)
    try:
        read_by_peer(peer, message, made_of, recipient)
    except Refused as refusal:
        return Cell('ok', str(refusal))
    return Cell('FAIL', 'the peer accepts it')


def _we_must_refuse(side, peer, control):
    signer, recipient = _signer(side, control), side.pki['rsa2048']
    made_of = fit_writer((control.how,), signer, peer)
    try:
        made = write_by_peer(peer, TEXT, made_of, signer, [recipient])
    except Refused as refusal:
        return Cell('FAIL', 'the peer writes nothing to refuse: %s' % refusal)
    message = mime.with_outer(outer_fields(signer), made)
    if control.tamper:
        message = control.tamper(message)
    if isinstance(control.how, Encryption):
        arguments = side.product.decrypt_arguments(side.pki[control.key])
    else:
        arguments = side.product.verify_arguments()
    code, output, words = side.product.run(message, *arguments)
    if code != NOT_PASSED or output:
        return Cell('FAIL', 'exit %d with %d bytes of output: %s' % (code, len(output), words))
    return Cell('ok', words)
