# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library by python3-cffi, from the header as it is installed; for gates and scenes."""

import pathlib

import cffi


class Failed(Exception):
    """A call did not return SMIMEGW_OK; the text is the library's."""

    def __init__(self, code, text):
        super().__init__('%d: %s' % (code, text))
        self.code = code


class Library:
    def __init__(self, header, library):
        self.ffi = cffi.FFI()
        self.ffi.cdef(pathlib.Path(header).read_text())
        self.lib = self.ffi.dlopen(str(library))

    def call(self, function, *arguments):
        """A call whose last argument, which is not given here, is the error detail."""
        error = self.ffi.new('struct smimegw_error **')
        code = function(*arguments, error)
        text = self.ffi.string(self.lib.smimegw_error_text(error[0])).decode()
        self.lib.smimegw_error_free(error[0])
        if code != self.lib.SMIMEGW_OK:
            raise Failed(code, text)

    def make(self, function, *arguments):
        """The object that comes out before the error detail."""
        ret = self.ffi.new(self.ffi.typeof(function).args[len(arguments)])
        self.call(function, *arguments, ret)
        return ret[0]
