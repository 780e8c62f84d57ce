#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One job of Camel, the mail library of the client Evolution, with its NSS in $HOME/.pki/nssdb.

usage: camel_engine.py FOLDER sign SIGNER SOURCE RESULT
       camel_engine.py FOLDER encrypt RECIPIENT SOURCE RESULT
       camel_engine.py FOLDER open - SOURCE RESULT

`open` takes off what layers there are, as the client does before it shows a mail; standard
output says what it found, one line a layer: `encrypted`, or `signed`, a tab, `good` or `bad`.
"""

import os
import sys

import gi

gi.require_version('Camel', '1.2')
from gi.repository import Camel, GLib  # noqa: E402, after the version

# CAMEL_MULTIPART_SIGNED_CONTENT, which the introspection leaves out.
SIGNED_CONTENT = 0


def read(path):
    part = Camel.MimePart.new()
    part.construct_from_stream_sync(Camel.StreamFs.new_with_name(path, os.O_RDONLY, 0), None)
    return part


def write(part, path):
    stream = Camel.StreamFs.new_with_name(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    part.write_to_stream_sync(stream, None)
    stream.close(None)


def open_layers(context, part):
    while True:
        media = part.get_content_type().simple()
        if media == 'multipart/signed':
            validity = context.verify_sync(part, None)
            # Not get_description() too: its text is freed twice.
            print('signed', 'good' if validity.get_valid() else 'bad', sep='\t')
            part = part.get_content().get_part(SIGNED_CONTENT)
        elif media == 'application/pkcs7-mime':
            inner = Camel.MimePart.new()
            context.decrypt_sync(part, inner, None)
            print('encrypted')
            part = inner
        else:
            return part


def main(folder, operation, who, source, result):
    # It says 0 when all is well.
    if Camel.init(folder, True) != 0:
        return 'no NSS'
    context = Camel.SMIMEContext.new(Camel.Session(user_data_dir=folder, user_cache_dir=folder))
    part, made = read(source), Camel.MimePart.new()
    try:
        if operation == 'open':
            made = open_layers(context, part)
        elif operation == 'sign':
            context.set_sign_mode(Camel.SMIMESign.CLEARSIGN)
            context.sign_sync(who, Camel.CipherHash.SHA256, part, made, None)
        else:
            context.encrypt_sync(None, [who], part, made, None)
    except GLib.Error as error:
        return error.message
    write(made, result)
    return None


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
