# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library through python3-cffi, from the header as it is installed.

usage: ffi_cffi.py smimegw.ffi.h libsmimegw.so
"""

import pathlib
import sys

from ffi_library import Library

IDENTITY = pathlib.Path(__file__).resolve().parents[1] / 'data' / 'keys' / 'rsa2048-id.pem'
MAIL = b'From: rsa2048@example.com\r\nSubject: ffi\r\n\r\nHello\r\n'

library = Library(sys.argv[1], sys.argv[2])
ffi, lib, make = library.ffi, library.lib, library.make


def sign():
    pem = IDENTITY.read_bytes()
    gateway, profile = make(lib.smimegw_gateway_new), make(lib.smimegw_profile_new)
    identity = make(lib.smimegw_identity_new, pem, len(pem), ffi.NULL)
    message = make(lib.smimegw_message_new, gateway)
    assert lib.smimegw_message_write(message, MAIL, len(MAIL), ffi.NULL) == lib.SMIMEGW_OK
    assert lib.smimegw_message_finish(message, ffi.NULL) == lib.SMIMEGW_OK
    received = []

    @ffi.callback('smimegw_write_fn', error=-1)
    def write(_userdata, data, size):
        received.append(ffi.buffer(data, size)[:])
        return 0

    @ffi.callback('smimegw_write_fn', error=-1, onerror=lambda *_: None)
    def broken(_userdata, _data, _size):
        raise OSError('no room')

    arguments = (gateway, profile, message, identity)
    assert lib.smimegw_sign(*arguments, broken, ffi.NULL, ffi.NULL) == lib.SMIMEGW_E_SINK
    assert lib.smimegw_sign(*arguments, write, ffi.NULL, ffi.NULL) == lib.SMIMEGW_OK
    assert b'multipart/signed' in b''.join(received)
    assert b'Hello\r\n' in b''.join(received)
    lib.smimegw_message_free(message)
    lib.smimegw_identity_unref(identity)
    lib.smimegw_profile_unref(profile)
    lib.smimegw_gateway_unref(gateway)


def main():
    assert ffi.string(lib.smimegw_version()).startswith(b'0.')
    assert lib.SMIMEGW_E_LIMIT == -41
    gateway = make(lib.smimegw_gateway_new)
    error = ffi.new('struct smimegw_error **')
    assert lib.smimegw_gateway_set(gateway, b'no-such', b'1', error) == lib.SMIMEGW_E_SETTING
    assert lib.smimegw_error_code(error[0]) == lib.SMIMEGW_E_SETTING
    lib.smimegw_error_free(error[0])
    lib.smimegw_gateway_unref(gateway)
    sign()


if __name__ == '__main__':
    main()
