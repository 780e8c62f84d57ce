# SPDX-License-Identifier: LGPL-2.1-or-later
"""Certificates and keys for one run of the matrix, made by `openssl`.

root CA -> intermediate CA -> one leaf per key type; and a second, unrelated
root with one leaf, the stranger whose signatures nobody may trust.
"""

import collections
import os
import subprocess

# The columns of "keys": who signs, and who receives what is encrypted.
Key = collections.namedtuple('Key', 'name signer recipient')
KEYS = (
    Key('RSA-2048', 'rsa2048', 'rsa2048'),
    Key('RSA-3072', 'rsa3072', 'rsa3072'),
    Key('P-256', 'p256', 'p256'),
    Key('P-384', 'p384', 'p384'),
    Key('25519', 'ed25519', 'x25519'),
)

SIGN = 'digitalSignature,nonRepudiation'

# kind: arguments of `openssl genpkey`, and the certificate's key usage
KINDS = {
    'rsa2048': (['RSA', '-pkeyopt', 'rsa_keygen_bits:2048'], SIGN + ',keyEncipherment'),
    'rsa3072': (['RSA', '-pkeyopt', 'rsa_keygen_bits:3072'], SIGN + ',keyEncipherment'),
    'p256': (['EC', '-pkeyopt', 'ec_paramgen_curve:P-256'], SIGN + ',keyAgreement'),
    'p384': (['EC', '-pkeyopt', 'ec_paramgen_curve:P-384'], SIGN + ',keyAgreement'),
    'ed25519': (['ED25519'], SIGN),
    'x25519': (['X25519'], 'keyAgreement'),
}
CA_EXTENSIONS = """basicConstraints=critical,CA:true
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
"""
LEAF_EXTENSIONS = """basicConstraints=critical,CA:false
keyUsage=critical,%s
extendedKeyUsage=emailProtection
subjectAltName=email:%s
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
"""


def openssl(*args, **kwargs):
    """Run openssl, return its output, raise if it fails."""
    done = subprocess.run(['openssl'] + list(args), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, **kwargs)
    if done.returncode != 0:
        raise RuntimeError('openssl %s: %s' % (args[0], done.stderr.decode(errors='replace')))
    return done.stdout


class Credential:
    """A certificate and its private key, as files in the forms that the peers want."""

    def __init__(self, folder, name, kind, issuer):
        self.name = name
        self.kind = kind
        self.issuer = issuer
        self.address = name + '@example.test'
        self.key = os.path.join(folder, name + '.key')
        self.cert = os.path.join(folder, name + '.crt')
        self.identity = os.path.join(folder, name + '.identity.pem')
        self.chain = issuer.cert if issuer is not None else None

    @property
    def is_rsa(self):
        return self.kind.startswith('rsa')

    @property
    def root(self):
        return self if self.issuer is None else self.issuer.root

    @property
    def digest(self):
        """As long as the order: gpgsm insists on it for P-384, RFC 8419 for Ed25519."""
        return {'p384': 'sha384', 'ed25519': 'sha512'}.get(self.kind, 'sha256')


class Pki:
    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.root = self._root('root')
        self.intermediate = self._issue('intermediate', 'rsa2048', self.root, CA_EXTENSIONS)
        self.leaves = {}
        for kind in KINDS:
            self.leaves[kind] = self._leaf(kind, kind, self.intermediate)
        # A second RSA recipient, for messages to many and for the wrong-key control.
        self.leaves['other'] = self._leaf('other', 'rsa2048', self.intermediate)
        self.leaves['other-p256'] = self._leaf('other-p256', 'p256', self.intermediate)
        stranger_root = self._root('stranger-root')
        self.leaves['stranger'] = self._leaf('stranger', 'rsa2048', stranger_root)

    def __getitem__(self, name):
        return self.leaves[name]

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _root(self, name):
        root = Credential(self.folder, name, 'rsa3072', None)
        self._private_key(root)
        openssl('req', '-x509', '-new', '-key', root.key, '-out', root.cert, '-days', '60',
                '-subj', '/O=libsmimegw interop/CN=' + name, '-config', self._config())
        return root

    def _config(self):
        path = self._path('req.cnf')
        with open(path, 'w') as out:
            out.write('[req]\ndistinguished_name=dn\nx509_extensions=ca\n[dn]\n[ca]\n')
            out.write(CA_EXTENSIONS.replace('authorityKeyIdentifier=keyid\n', ''))
        return path

    def _private_key(self, credential):
        openssl('genpkey', '-out', credential.key, '-algorithm', *KINDS[credential.kind][0])

    def _leaf(self, name, kind, issuer):
        address = name + '@example.test'
        leaf = self._issue(name, kind, issuer, LEAF_EXTENSIONS % (KINDS[kind][1], address))
        with open(leaf.identity, 'wb') as out:
            for part in (leaf.cert, issuer.cert, leaf.key):
                with open(part, 'rb') as source:
                    out.write(source.read())
        return leaf

    def _issue(self, name, kind, issuer, extensions):
        made = Credential(self.folder, name, kind, issuer)
        self._private_key(made)
        request, public, ext = (self._path(name + end) for end in ('.csr', '.pub', '.ext'))
        with open(ext, 'w') as out:
            out.write(extensions)
        openssl('pkey', '-in', made.key, '-pubout', '-out', public)
        # X25519 can't sign a request of its own, so the issuer's key signs all requests
        # and the certificate's key is put in by force.
        openssl('req', '-new', '-key', issuer.key, '-out', request, '-config', self._config(),
                '-subj', '/O=libsmimegw interop/CN=' + name)
        openssl('x509', '-req', '-in', request, '-force_pubkey', public, '-CA', issuer.cert,
                '-CAkey', issuer.key, '-set_serial', '0x' + os.urandom(12).hex(),
                '-days', '30', '-sha256', '-extfile', ext, '-out', made.cert)
        return made
