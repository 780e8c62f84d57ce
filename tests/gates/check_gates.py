# SPDX-License-Identifier: LGPL-2.1-or-later
"""The gates can fail: each one judges a copy of the tree with one fault in it.

usage: check_gates.py smimegw.ffi.h libsmimegw.so libsmimegw-internal.a smimegw.api.json
"""

import pathlib
import shutil
import sys
import tempfile

import gate

FFI, LIBRARY, ARCHIVE, API = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:])
LONG = 'static int long_one(void)\n{\n' + '    f();\n' * 70 + '}\n'
MANY = 'int f(int a, int b, int c, int d, int e, int f, int g, int h)\n{\n    return 0;\n}\n'
DEEP = 'static void f(void)\n{\n' + '{\n' * 5 + '}\n' * 5 + '}\n'

# gate, its arguments, file, (what, by what) or text that is added, words of the complaint
FAULTS = [
    ('layers', [], 'lib/base/text.c', '#include "stream/stage.h"\n', 'a floor above'),
    ('layers', [], 'lib/base/buf.h', '#include "base/text.h"\n#include "base/buf.h"\n',
     'includes itself'),
    ('layers', [], 'lib/pki/cert/dn.c', '#include "pki/key/rsa.h"\n', 'a folder above'),
    ('layers', [], 'lib/stream/stage.h', '#include <gnutls/gnutls.h>\n', 'only in base'),
    ('layers', [], 'lib/base/text.c', '#include "text.h"\n', 'not of the form'),
    ('layers', [], 'lib/base/error.h', '/* */\n', 'a public header has this name'),
    ('exports', [FFI, LIBRARY, ARCHIVE], 'lib/smimegw.map', ('smimegw_version;', ''),
     'smimegw_version: in headers, not in the map'),
    ('exports', [FFI, LIBRARY, ARCHIVE], 'lib/smimegw.map',
     ('smimegw_verify;\n    smimegw_version;', 'smimegw_version;\n    smimegw_verify;'),
     'not alphabetical'),
    ('constants', [], 'include/smimegw/error.h', ('= -41', '= -49'), 'was -41, is -49'),
    ('constants', [], 'include/smimegw/error.h', ('SMIMEGW_OK = 0,', 'SMIMEGW_OK = 0, E_X = 7,'),
     'E_X'),
    ('abi', [LIBRARY], 'tests/gates/abi/smimegw.abixml', ('smimegw_version', 'smimegw_gone'),
     'Removed'),
    ('headers', [FFI, LIBRARY], 'include/smimegw/types.h', ('size_t size', 'long size'),
     'long in a public header'),
    ('headers', [FFI, LIBRARY], 'include/smimegw/error.h', ('<smimegw/types.h>', '<stdint.h>'),
     'SMIMEGW_BEGIN_DECLS'),
    ('docs', [FFI, API], 'include/smimegw/smimegw.h', (' * @since 0.1\n', ''), 'no @since'),
    ('docs', [FFI, API], 'include/smimegw/cert.h', ('@param size ', '@param length '), 'in order'),
    ('docs', [FFI, API], 'include/smimegw/cert.h', ('@param ret_cert   (owned)', '@param ret_cert  '),
     'no (owned)'),
    ('docs', [FFI, API], 'include/smimegw/cert.h', ('#SMIMEGW_E_KEY', '#SMIMEGW_E_KEYS'),
     'does not exist'),
    ('size', [], 'lib/base/text.c', LONG, 'has 73 lines'),
    ('size', [], 'lib/base/text.c', MANY, 'has 8 parameters'),
    ('size', [], 'lib/base/text.c', DEEP, 'nests 5 deep'),
    ('size', [], 'lib/base/text.c', '\n' * 500, '500 at most'),
    ('size', [], 'lib/base/text.c', 'int  x;\n', 'lib/base/text.c: lines'),
    ('rfc', [], 'lib/base/text.c', '/* [RFC 8551, 3.1] */\n', 'not of the form'),
    ('features', [FFI], 'doc/features.md', ('| C7 |', '| C8 |'), 'items: C1 C2'),
    ('features', [FFI], 'doc/features.md', ('test_crypto.py:C7', 'test_crypto.py:C77'),
     'C7: there is no tests/scene/test_crypto.py:C77'),
    ('features', [FFI], 'doc/features.md', ('Create.test_all_fields', 'Create.test_csr'),
     'there is no tests/cli/test_cert.py:Create.test_csr'),
    ('features', [FFI], 'tests/unit/test_pki_domains.c', ('void scope_is_kept(', 'void scope('),
     'C26: there is no'),
    ('features', [FFI], 'doc/features.md', ('| `tests/scene/test_harvest.py:C37` |', '| later |'), 'names neither'),
    ('features', [FFI], 'doc/features.md', ('smimegw_sign()', 'smimegw_signs()'),
     'C5: there is no smimegw_signs()'),
    ('features', [FFI], 'doc/features.md', ('smimegw cert csr', 'smimegw cert cst'),
     'C23: there is no smimegw cert cst'),
]


def judge(tree, name, arguments, file, fault, complaint):
    """Complains where the gate does not, then puts the file back."""
    path = tree / file
    before = path.read_text() if path.exists() else None
    if isinstance(fault, str):
        path.write_text((before or '') + fault)
    elif before is None or fault[0] not in before:
        return [f'{file} holds no {fault[0]}']
    else:
        path.write_text(before.replace(*fault, 1))
    output, problems = gate.run(sys.executable, tree / 'tests' / 'gates' / f'check_{name}.py',
                                *arguments)
    if before is None:
        path.unlink()
    else:
        path.write_text(before)
    return [] if problems and complaint in output else ['no complaint', output]


def main():
    tap = gate.Tap()
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder)
        for part in ('include', 'lib', 'doc', 'tests'):
            shutil.copytree(gate.ROOT / part, tree / part)
        shutil.copy(gate.ROOT / '.clang-format', tree)
        for name, arguments, file, fault, complaint in FAULTS:
            tap.check(f'{name} complains: {complaint}',
                      judge(tree, name, arguments, file, fault, complaint))
    tap.done()


if __name__ == '__main__':
    main()
