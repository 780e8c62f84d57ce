# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plans through the library's API, as a mail host makes them, by python3-cffi.

SMIMEGW_FFI and SMIMEGW_LIBRARY name the header and the library.
"""

import collections
import contextlib
import functools
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'gates'))

from ffi_library import Library  # noqa: E402, after the path

# fates: {recipient: (outcome, reason)}; replies: {recipient: SMTP reply}; copies: [Copy]
Plan = collections.namedtuple('Plan', 'fates replies copies document')
Copy = collections.namedtuple('Copy', 'recipients message')


@functools.cache
def library():
    return Library(os.environ['SMIMEGW_FFI'], os.environ['SMIMEGW_LIBRARY'])


class Maker:
    """Makes objects, and frees them in the end."""

    def __init__(self, stack):
        self.stack = stack
        self.lib, self.ffi = library().lib, library().ffi

    def make(self, name, *arguments):
        made = library().make(getattr(self.lib, 'smimegw_%s_new' % name), *arguments)
        free = getattr(self.lib, 'smimegw_%s_free' % name, None)
        self.stack.callback(free or getattr(self.lib, 'smimegw_%s_unref' % name), made)
        return made

    def call(self, name, *arguments):
        library().call(getattr(self.lib, 'smimegw_' + name), *arguments)

    def cert(self, path):
        data = pathlib.Path(path).read_bytes()
        return self.make('cert', data, len(data))

    def identity(self, path):
        data = pathlib.Path(path).read_bytes()
        return self.make('identity', data, len(data), self.ffi.NULL)

    def message(self, gateway, data):
        message = self.make('message', gateway)
        self.call('message_write', message, data, len(data))
        self.call('message_finish', message)
        return message

    def taken(self, buffer):
        size = self.lib.smimegw_buffer_size(buffer)
        return self.ffi.buffer(self.lib.smimegw_buffer_data(buffer), size)[:]

    def text(self, chars):
        return self.ffi.string(chars).decode()


def make_plan(profile, message, recipients, *, sender='alice@a.example', identity=None, keys=None,
              failing=(), extra=()):
    """Plan and write all copies.

    keys: {address: [certificate files]}; addresses in `failing` get no answer but trouble, all
    others none; extra: certificate files in the order of the profile's extra-recipients.
    """
    with contextlib.ExitStack() as stack:
        maker = Maker(stack)
        settings = maker.make('profile')
        for name, value in profile.items():
            maker.call('profile_set', settings, name.encode(), value.encode())
        maker.call('profile_check', settings)
        gateway = maker.make('gateway')
        mail = maker.message(gateway, message)
        plan = maker.make('plan', gateway, settings, mail)
        maker.call('plan_set_sender', plan, sender.encode())
        for address in recipients:
            maker.call('plan_add_recipient', plan, address.encode(), maker.ffi.NULL)
        if identity is not None:
            maker.call('plan_set_identity', plan, maker.identity(identity))
        for path in extra:
            maker.call('plan_add_extra', plan, maker.cert(path))
        _answer(maker, plan, keys or {}, failing)
        maker.call('plan_decide', plan)
        return Plan(*_fates(maker, plan), _copies(maker, plan), _document(maker, plan))


def _answer(maker, plan, keys, failing):
    while (need := maker.lib.smimegw_plan_need(plan, 0)) != maker.ffi.NULL:
        address = maker.text(need)
        if address in failing:
            maker.call('plan_supply_failure', plan, need, b'no route to the directory')
            continue
        certs = [maker.cert(path) for path in keys.get(address, ())]
        maker.call('plan_supply', plan, need, certs or maker.ffi.NULL, len(certs), 0)


def _fates(maker, plan):
    lib, fates, replies = maker.lib, {}, {}
    reason, reply = maker.ffi.new('int *'), maker.ffi.new('const char **')
    for index in range(lib.smimegw_plan_recipient_count(plan)):
        outcome = lib.smimegw_plan_recipient_outcome(plan, index, reason, reply)
        address = maker.text(lib.smimegw_plan_recipient(plan, index))
        fates[address] = (maker.text(lib.smimegw_plan_outcome_name(outcome)),
                          maker.text(lib.smimegw_plan_reason_name(reason[0], maker.ffi.NULL)))
        replies[address] = maker.text(reply[0])
    return fates, replies


def _recipients(maker, plan, delivery):
    found = []
    while True:
        address = maker.lib.smimegw_plan_delivery_recipient(plan, delivery, len(found))
        if address == maker.ffi.NULL:
            return found
        found.append(maker.text(address))


def _copies(maker, plan):
    copies = []
    for delivery in range(maker.lib.smimegw_plan_delivery_count(plan)):
        out = maker.make('buffer', 0)
        maker.call('plan_delivery_write', plan, delivery, maker.ffi.addressof(
            maker.lib, 'smimegw_buffer_write'), out)
        copies.append(Copy(_recipients(maker, plan, delivery), maker.taken(out)))
    return copies


def _document(maker, plan):
    document = library().make(maker.lib.smimegw_plan_json, plan)
    text = maker.taken(document)
    maker.lib.smimegw_buffer_free(document)
    return json.loads(text)
