# SPDX-License-Identifier: LGPL-2.1-or-later
"""The addresses that Postfix finds in a header field, by its own library.

cleanup(8) takes the recipients of `sendmail -t` out of a field with these three calls:
tok822_parse_limit(), tok822_grep() for address nodes, tok822_internalize().
"""

import ctypes
import os

FOLDER = '/usr/lib/postfix'
IS_THERE = os.path.exists(os.path.join(FOLDER, 'libpostfix-global.so'))
ADDRESS_NODE = 260  # TOK822_ADDR
UNQUOTED = 1  # TOK822_STR_DEFL
TOKEN_LIMIT = 2048


class Text(ctypes.Structure):
    _fields_ = [('flags', ctypes.c_int), ('data', ctypes.c_char_p)]


class Node(ctypes.Structure):
    pass


Node._fields_ = [('type', ctypes.c_int), ('text', ctypes.c_void_p)] + [
    (name, ctypes.POINTER(Node)) for name in ('prev', 'next', 'head', 'tail', 'owner')]


class Parser:
    def __init__(self):
        self.util = ctypes.CDLL(os.path.join(FOLDER, 'libpostfix-util.so'),
                                mode=ctypes.RTLD_GLOBAL)
        self.library = ctypes.CDLL(os.path.join(FOLDER, 'libpostfix-global.so'))
        self.util.vstring_alloc.restype = ctypes.POINTER(Text)
        self.util.vstring_alloc.argtypes = [ctypes.c_ssize_t]
        self.library.tok822_parse_limit.restype = ctypes.POINTER(Node)
        self.library.tok822_grep.restype = ctypes.POINTER(ctypes.POINTER(Node))
        self.library.tok822_internalize.restype = ctypes.POINTER(Text)
        self.text = self.util.vstring_alloc(1024)

    def addresses(self, value):
        """Local parts come unquoted; none for an empty one."""
        tree = self.library.tok822_parse_limit(value, TOKEN_LIMIT)
        nodes = self.library.tok822_grep(tree, ADDRESS_NODE)
        found = []
        for index in range(TOKEN_LIMIT):
            if not nodes[index]:
                break
            self.library.tok822_internalize(self.text, nodes[index].contents.head, UNQUOTED)
            found.append(self.text.contents.data)
        self.library.tok822_free_tree(tree)
        return [address for address in found if address]
