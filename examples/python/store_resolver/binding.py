# SPDX-License-Identifier: LGPL-2.1-or-later
"""libsmimegw through cffi, from what is installed: libsmimegw.so and smimegw.ffi.h."""

import pathlib

import cffi


class Failed(Exception):
    """A call failed: `code` is its result, the text is the library's."""

    def __init__(self, code, text):
        super().__init__(f'{code}: {text}')
        self.code = code


class Library:
    def __init__(self, library='libsmimegw.so.0', header='/usr/include/smimegw/smimegw.ffi.h'):
        self.ffi = cffi.FFI()
        self.ffi.cdef(pathlib.Path(header).read_text())
        self.lib = self.ffi.dlopen(str(library))

    def call(self, name, *arguments):
        """Call smimegw_NAME(arguments, ret_error)."""
        error = self.ffi.new('struct smimegw_error **')
        code = getattr(self.lib, f'smimegw_{name}')(*arguments, error)
        text = self.text(self.lib.smimegw_error_text(error[0]))
        self.lib.smimegw_error_free(error[0])
        if code != self.lib.SMIMEGW_OK:
            raise Failed(code, text)

    def make(self, kind, name, *arguments):
        """The object that smimegw_NAME(arguments, ret, ret_error) makes."""
        ret = self.ffi.new(f'struct smimegw_{kind} **')
        self.call(name, *arguments, ret)
        return ret[0]

    def text(self, pointer):
        return self.ffi.string(pointer).decode() if pointer else None

    def bytes(self, pointer, size):
        return self.ffi.buffer(pointer, size)[:] if pointer else None
