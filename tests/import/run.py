# SPDX-License-Identifier: LGPL-2.1-or-later
"""Key and certificate files as other software makes them, through smimegw_identity_new() and
smimegw_cert_list_new(): what must be read, and what each refusal says."""

import base64
import csv
import hashlib
import os
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import time
import unittest

import corpus
import der
import peers
from peers import KEYS, run

LOAD = os.environ['LOAD']
PASSPHRASE = 'secret99'
# Under a sanitizer the same work takes some times as long.
SECONDS = 10


def load(path, *arguments):
    """(code, {name: [lines]} or text) of a file."""
    start = time.monotonic()
    command = [LOAD, '--certs', path] if arguments == ('--certs',) else [LOAD, path, *arguments]
    done = subprocess.run([str(part) for part in command], capture_output=True, timeout=60,
                          check=False)
    if done.returncode != 0 or time.monotonic() - start > SECONDS:
        raise AssertionError(f'{path}: exit {done.returncode}: {done.stderr.decode()}')
    code, *lines = done.stdout.decode().splitlines()
    if code != 'OK':
        return code, '\n'.join(lines)
    found = {}
    for line in lines:
        name, _, value = line.partition(' ')
        found.setdefault(name, []).append(value)
    return code, found


def fingerprint(name):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert((KEYS / f'{name}.pem').read_text())).hexdigest()


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='import-'))
        self.addCleanup(shutil.rmtree, self.folder)

    def fresh(self):
        """A folder of its own for each file of a table."""
        return pathlib.Path(tempfile.mkdtemp(dir=self.folder))

    def write(self, data, name='file'):
        path = self.fresh() / name
        path.write_bytes(data)
        return path

    def read(self, key, path, *arguments):
        """The file is read, with the certificate of that name and the one above it."""
        code, found = load(path, *arguments)
        self.assertEqual(code, 'OK', found)
        self.assertEqual(found['leaf'][0].split()[0], fingerprint(key))
        self.assertEqual([line.split()[0] for line in found['chain']],
                         [fingerprint('intermediate')])
        return found['name'][0]

    def refuse(self, code, words, path, *arguments):
        got, text = load(path, *arguments)
        self.assertEqual(got, f'SMIMEGW_E_{code}', text)
        self.assertIn(words, text)


# Makers of PKCS#12, the keys that they can write, and the name that comes back.
ALL = ['rsa2048', 'rsapss', 'p256', 'p384', 'p521', 'ed25519', 'x25519']
MAKERS = [
    ('openssl', peers.openssl, ALL, 'Näme {}'),
    # GnuTLS 3.7 widens the octets of the name
    ('certtool', peers.certtool, ALL, 'NÃ¤me {}'),
    ('pk12util', peers.pk12util, ['rsa2048', 'rsapss', 'p256', 'p384', 'p521'], 'Näme {}'),
    ('keytool', peers.keytool, ALL, 'näme {}'),
]
NSS_PBE = 'PKCS #12 V2 PBE With SHA-1 And '
OPTIONS = [
    ('openssl', peers.openssl, [
        ['-legacy'], ['-noiter', '-nomaciter'], ['-iter', '1000000'],
        ['-macalg', 'sha1'], ['-macalg', 'sha224'], ['-macalg', 'sha384'], ['-macalg', 'sha512'],
        ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-192-CBC'],
        ['-keypbe', 'DES-EDE3-CBC', '-certpbe', 'AES-256-CBC'],
        ['-keypbe', 'NONE', '-certpbe', 'NONE'],
        ['-legacy', '-keypbe', 'PBE-SHA1-RC4-128', '-certpbe', 'PBE-SHA1-RC4-40'],
        ['-legacy', '-keypbe', 'PBE-SHA1-2DES', '-certpbe', 'PBE-SHA1-RC2-128'],
        ['-legacy', '-keypbe', 'PBE-SHA1-RC2-40', '-certpbe', 'PBE-SHA1-3DES']]),
    ('certtool', peers.certtool, [['--outder']] + [
        ['--pkcs-cipher', name] for name in ('3des', '3des-pkcs12', 'aes-128', 'aes-192',
                                             'aes-256', 'rc2-40', 'arcfour')]),
    ('pk12util', peers.pk12util, [
        ['-c', name] for name in ('AES-128-CBC', 'AES-256-CBC', 'DES-EDE3-CBC',
                                  f'{NSS_PBE}3KEY Triple DES-CBC', f'{NSS_PBE}128 Bit RC2 CBC',
                                  f'{NSS_PBE}40 Bit RC2 CBC', f'{NSS_PBE}128 Bit RC4',
                                  f'{NSS_PBE}40 Bit RC4')] +
     [['-M', 'SHA-1'], ['-M', 'SHA-384'], ['-M', 'SHA-512']]),
    ('keytool', peers.keytool, [['-J-Dkeystore.pkcs12.legacy']] + [
        [f'-J-Dkeystore.pkcs12.{which}=PBEWithHmacSHA{size}AndAES_{bits}'] for which, size, bits in
        (('keyProtectionAlgorithm', 1, 128), ('certProtectionAlgorithm', 224, 256),
         ('certProtectionAlgorithm', 384, 256), ('keyProtectionAlgorithm', 512, 256))]),
]
REFUSED_OPTIONS = [
    (peers.openssl, ['-nomac'], 'KEY', 'no integrity check'),
    (peers.openssl, ['-macalg', 'md5'], 'KEY', 'hash that is not read'),
    (peers.openssl, ['-iter', '10000000'], 'LIMIT', 'too many iterations'),
    (peers.openssl, ['-legacy', '-keypbe', 'PBE-MD5-DES', '-certpbe', 'PBE-SHA1-3DES'], 'KEY',
     'PBES1'),
    (peers.pk12util, ['-c', 'CAMELLIA-128-CBC'], 'KEY', 'encrypted in a way that is not read'),
]


class Peers(Case):
    def make(self, name, maker, *arguments):
        if shutil.which(name) is None:
            print(f'# {name} is not installed')
            return None
        return maker(*arguments)

    def test_keys(self):
        for name, maker, keys, label in MAKERS:
            for key in keys:
                with self.subTest(maker=name, key=key):
                    path = self.make(name, maker, key, PASSPHRASE, self.fresh())
                    if path is None:
                        continue
                    self.assertEqual(self.read(key, path, PASSPHRASE), label.format(key))
                    self.refuse('PASSPHRASE', 'the passphrase is wrong', path, 'Secret99')
                    self.refuse('PASSPHRASE', 'the passphrase is wrong', path, '')
                    self.refuse('PASSPHRASE', 'a passphrase is needed', path, '-')

    def test_options(self):
        for name, maker, table in OPTIONS:
            for options in table:
                with self.subTest(maker=name, options=options):
                    path = self.make(name, maker, 'rsa2048', PASSPHRASE, self.fresh(), options)
                    if path is not None:
                        self.read('rsa2048', path, PASSPHRASE)

    def test_refused_options(self):
        for maker, options, code, words in REFUSED_OPTIONS:
            with self.subTest(options=options):
                path = self.make(maker.__name__, maker, 'rsa2048', PASSPHRASE, self.fresh(), options)
                if path is not None:
                    self.refuse(code, words, path, PASSPHRASE)

    def test_passphrases(self):
        # Java takes ASCII only, of six characters at least; NSS no empty one.
        for passphrase, makers in (('', MAKERS[:2]), ('pässwörd€', MAKERS[:3]),
                                   ('p\U0001f600w密码', MAKERS[:3]), ('x' * 300, MAKERS)):
            for name, maker, _, _ in makers:
                with self.subTest(maker=name, passphrase=passphrase):
                    path = self.make(name, maker, 'p256', passphrase, self.fresh())
                    if path is None:
                        continue
                    self.read('p256', path, passphrase)
                    if passphrase == '':
                        self.read('p256', path, '-')
                    self.refuse('PASSPHRASE', 'wrong', path, 'other')
        for options in ((), ('-legacy',)):
            with self.subTest('OpenSSL before 1.1, which widened octets', options=options):
                passphrase = 'pässwörd€'
                widened = passphrase.encode().decode('latin-1')
                path = peers.openssl('p256', widened, self.fresh(), ['-legacy'])
                self.read('p256', path, passphrase)


class Files(Case):
    """Keys and certificates in files of their own."""

    def openssl(self, *arguments):
        path = self.fresh() / 'out'
        run('openssl', *arguments, '-out', path)
        return path

    def certs(self, *names):
        return self.write(b''.join((KEYS / f'{name}.pem').read_bytes() for name in names))

    def test_keys(self):
        forms = [['pkcs8', '-topk8', '-nocrypt'], ['rsa', '-traditional']]
        certs = self.certs('root', 'intermediate', 'rsa2048')
        for form in ('PEM', 'DER'):
            for arguments in forms:
                with self.subTest(form=form, arguments=arguments):
                    path = self.openssl(*arguments, '-in', KEYS / 'rsa2048-key.pem', '-outform', form)
                    self.read('rsa2048', path, '-', certs)
        for curve in ('p256', 'p384', 'p521'):
            path = self.openssl('ec', '-in', KEYS / f'{curve}-key.pem', '-outform', 'DER')
            self.read(curve, path, '-', self.certs(curve, 'intermediate'))

    def test_encrypted_keys(self):
        certs = self.certs('rsa2048', 'intermediate')
        options = [['-v2', cipher] for cipher in ('aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc', 'des3')]
        options += [['-v2prf', f'hmacWithSHA{size}'] for size in (1, 224, 256, 384, 512)]
        options += [['-v1', 'PBE-SHA1-3DES'], ['-v1', 'PBE-SHA1-2DES'], ['-iter', '1000000']]
        options += [['-v1', name, '-provider', 'legacy', '-provider', 'default']
                    for name in ('PBE-SHA1-RC2-40', 'PBE-SHA1-RC2-128', 'PBE-SHA1-RC4-128')]
        for index, option in enumerate(options):
            with self.subTest(option=option):
                path = self.openssl('pkcs8', '-topk8', '-in', KEYS / 'rsa2048-key.pem', '-passout',
                                    'pass:pässwörd', *option, '-outform', 'DER' if index % 2 else 'PEM')
                self.read('rsa2048', path, 'pässwörd', certs)
                self.refuse('PASSPHRASE', 'the passphrase is wrong', path, 'x', certs)
                self.refuse('PASSPHRASE', 'a passphrase is needed', path, '-', certs)
        for option, code, words in (
                (['-v1', 'PBE-MD5-DES', '-provider', 'legacy', '-provider', 'default'], 'KEY',
                 'PBES1 (1.2.840.113549.1.5.3)'),
                (['-scrypt'], 'KEY', 'scrypt'), (['-iter', '20000000'], 'LIMIT', 'too many')):
            with self.subTest(option=option):
                path = self.openssl('pkcs8', '-topk8', '-in', KEYS / 'rsa2048-key.pem', '-passout',
                                    'pass:x', *option)
                self.refuse(code, words, path, 'x', certs)

    def test_pkcs7(self):
        names = ['rsa2048', 'intermediate', 'root']
        options = [part for name in names for part in ('-certfile', KEYS / f'{name}.pem')]
        for form in ('PEM', 'DER'):
            with self.subTest(form=form):
                path = self.openssl('crl2pkcs7', '-nocrl', *options, '-outform', form)
                code, found = load(path, '--certs')
                self.assertEqual(code, 'OK', found)
                self.assertEqual({line.split()[0] for line in found['cert']},
                                 {fingerprint(name) for name in names})
                self.read('rsa2048', KEYS / 'rsa2048-key.pem', '-', path)

    def test_wrong_files(self):
        key = KEYS / 'rsa2048-key.pem'
        table = [
            (['req', '-new', '-key', key, '-subj', '/CN=x'], 'this is a certificate request'),
            (['req', '-new', '-key', key, '-subj', '/CN=x', '-outform', 'DER'],
             'this is a certificate request'),
            (['rsa', '-in', key, '-pubout'], 'this is a public key'),
            (['rsa', '-in', key, '-pubout', '-outform', 'DER'], 'this is a public key'),
            (['rsa', '-in', key, '-RSAPublicKey_out', '-outform', 'DER'], 'this is a public key'),
            (['x509', '-in', KEYS / 'rsa2048.pem', '-trustout'], 'TRUSTED CERTIFICATE'),
        ]
        for arguments, words in table:
            with self.subTest(arguments=arguments):
                path = self.openssl(*arguments)
                self.refuse('KEY', words, path, '-')
                self.refuse('KEY', words, path, '--certs')
        path = self.openssl('crl2pkcs7', '-nocrl', '-certfile', KEYS / 'root.pem')
        self.refuse('KEY', 'this is a PKCS#7 file', path, '-')

    def test_key_stores(self):
        if shutil.which('keytool') is not None:
            path = self.fresh() / 'store'
            run('keytool', '-genkeypair', '-keyalg', 'EC', '-dname', 'CN=x', '-storetype', 'JKS',
                '-keystore', path, '-storepass', PASSPHRASE, '-keypass', PASSPHRASE)
            self.refuse('KEY', 'keytool -importkeystore -deststoretype pkcs12', path, PASSPHRASE)
        if shutil.which('ssh-keygen') is not None:
            path = self.fresh() / 'id'
            run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', path)
            self.refuse('KEY', 'this is an OpenSSH key', path, '-')
            self.refuse('KEY', 'this is an OpenSSH public key', f'{path}.pub', '-')


class Shapes(Case):
    """What no installed software writes."""

    def safe(self):
        key = ssl.PEM_cert_to_DER_cert((KEYS / 'p256-key.pem').read_text().replace(
            'PRIVATE KEY', 'CERTIFICATE'))
        certs = [ssl.PEM_cert_to_DER_cert((KEYS / f'{name}.pem').read_text())
                 for name in ('p256', 'intermediate')]
        return der.safe(key, certs)

    def test_pbmac1(self):
        hashes = ('sha1', 'sha224', 'sha256', 'sha384', 'sha512')
        for prf in hashes:
            for mac in hashes:
                with self.subTest(prf=prf, mac=mac):
                    path = self.write(der.pbmac1(self.safe(), 'pässword', prf, mac))
                    self.read('p256', path, 'pässword')
                    self.refuse('PASSPHRASE', 'wrong', path, 'other')

    def test_pbmac1_refused(self):
        table = [({'size': None}, 'KEY', 'malformed'), ({'size': 19}, 'KEY', 'too short'),
                 ({'size': 129}, 'KEY', 'malformed'), ({'cut': 1}, 'KEY', 'has 1 bytes instead of 32'),
                 ({'cut': 31}, 'KEY', 'has 31 bytes'), ({'iterations': 0x7fffffff}, 'LIMIT', 'iterations'),
                 ({'iterations': 1 << 40}, 'LIMIT', 'iterations')]
        for arguments, code, words in table:
            with self.subTest(arguments=arguments):
                path = self.write(der.pbmac1(self.safe(), 'x', **arguments))
                self.refuse(code, words, path, 'x')

    def test_pbmac1_limits(self):
        for size in (20, 128):
            self.read('p256', self.write(der.pbmac1(self.safe(), 'x', size=size)), 'x')

    def test_ber(self):
        self.read('p256', self.write(der.pbmac1(self.safe(), 'x', is_ber=True)), 'x')

    def test_rfc9579_vector(self):
        """[RFC9579-A]: the first file of appendix A."""
        path = self.write(base64.b64decode((pathlib.Path(__file__).parent / 'rfc9579-a1.b64').read_bytes()))
        code, found = load(path, '1234')
        self.assertEqual(code, 'OK', found)
        self.refuse('PASSPHRASE', 'wrong', path, '12345')


class Corpus(Case):
    """Files of other projects, as they stand."""

    def setUp(self):
        super().setUp()
        if corpus.FOLDER is None:
            self.skipTest('no corpus')

    def test_files(self):
        with open(corpus.FOLDER / 'MANIFEST.tsv', encoding='utf-8', newline='') as file:
            rows = [row for row in csv.reader(file, delimiter='\t', quoting=csv.QUOTE_NONE)]
        tried = 0
        for row in rows:
            if not row[0].endswith(('.p12', '.pfx')):
                continue
            tried += 1
            with self.subTest(file=row[0]):
                code, words, passphrase = corpus.expected(row[0], row[5])
                got, found = load(corpus.FOLDER / row[0], passphrase)
                self.assertEqual(got.removeprefix('SMIMEGW_E_'), code, found)
                if code != 'OK':
                    self.assertIn(words, found)
        self.assertGreater(tried, 80)

    def test_certificates(self):
        for name, count in corpus.CERTIFICATES.items():
            with self.subTest(file=name):
                code, found = load(corpus.FOLDER / name, '--certs')
                self.assertEqual(code == 'OK', count > 0, found)
                if count > 0:
                    self.assertEqual(len(found['cert']), count)


if __name__ == '__main__':
    unittest.main()
