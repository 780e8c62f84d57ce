# SPDX-License-Identifier: LGPL-2.1-or-later
"""What becomes of the PKCS#12 files in the corpus: they are read by the passphrase that the manifest
names, but for the tables below."""

import os
import pathlib
import re

_FOLDER = pathlib.Path(os.environ.get('SMIMEGW_CORPUS',
                                      pathlib.Path(__file__).parents[3] / 'shared' / 'corpus'))
FOLDER = _FOLDER if (_FOLDER / 'MANIFEST.tsv').exists() else None

# Pattern of the path, code, words.
EXCEPTIONS = [
    # id-RSAES-OAEP and DSA keys
    (r'dotnet/.*RsaOaep2048_.*|dotnet/.*s_dsa1024Pfx.*|gnutls/.*/cert-ca\.p12', 'KEY',
     'a key of this type'),
    (r'dotnet/CustomBagType.*|dotnet/Pkcs12Builder.*|dotnet/.*IndefiniteEncodingNoMac.*', 'KEY',
     'has no integrity check'),
    (r'dotnet/Pkcs12Documents\.EmptyPfx.*', 'KEY', 'no private key and no certificate'),
    (r'gnutls/.*/(aes-128|sha256)\.p12', 'KEY', 'the file of its certificate is needed'),
    # GOST
    (r'gnutls/.*/(gost01|gost12-2|mem-leak)\.p12', 'KEY', 'hash that is not read here'),
    # PBES2 with RC2
    (r'gnutls/.*/key-corpus-rc2-\d\.p12', 'KEY', 'encrypted in a way that is not read here'),
    # the curve by its parameters instead of its name [RFC5480-2.1.1]
    (r'mimekit/smime/ec/smime\.pfx', 'KEY', "the private key can't be read"),
    # dates of 1996 with a time zone [RFC5280-4.1.2.5]
    (r'openssl/certs/v3-certs-(RC2|TDES)\.p12', 'KEY', 'dates are malformed'),
    (r'openssl/recipes/80-test_pkcs12_data/bad\d\.p12', 'KEY', 'malformed'),
    # a key to sign and one to decrypt: smimegw_identity_new_at() takes them
    (r'rfc9216/.*\.p12|phase2-as2/.*/localhost/certs\.p12', 'KEY', 'holds 2 private keys'),
]
# Files of certificates only, and how many they hold.
CERTIFICATES = {
    'boringssl/windows.p7c': 1,
    'boringssl/openssl_crl.p7c': 0,
    'gnutls/cert-tests/data/full.p7b': 2,
    'gnutls/cert-tests/data/openssl.p7b': 2,
    'gnutls/cert-tests/data/openssl-keyid.p7b': 2,
}


def expected(path, note):
    """(code, words, passphrase) for a file of the manifest; "-" for no passphrase."""
    found = re.search(r'p12\(pw:(.*?)(,legacy)?\)', note)
    passphrase = '-' if found is None else found[1].replace('<empty>', '')
    for pattern, code, words in EXCEPTIONS:
        if re.fullmatch(pattern, path):
            return code, words, passphrase
    if found is None:
        return 'PASSPHRASE', 'a passphrase is needed', passphrase
    return 'OK', '', passphrase
