# SPDX-License-Identifier: LGPL-2.1-or-later
"""Identities whose key is in a PKCS#11 token, on a softhsm2 token of the test's own."""

import os
import subprocess
import tempfile
import unittest

KEYS = os.path.join('tests', 'data', 'keys')
DRIVER = os.environ['TOKEN_DRIVER']
SHIM = os.environ['TOKEN_SHIM']
PIN = '5678'
MODULES = ('/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/pkcs11/libsofthsm2.so',
           '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so')
# label in the token: id
IDS = {'rsa2048': '01', 'p256': '02', 'p384': '03', 'ed25519': '04', 'rsa3072': '05'}

# return values of PKCS#11
DEVICE_ERROR = 0x30
DEVICE_REMOVED = 0x32
ENCRYPTED_DATA_INVALID = 0x40
GENERAL_ERROR = 0x05
HOST_MEMORY = 0x02
SESSION_HANDLE_INVALID = 0xb3
TOKEN_NOT_PRESENT = 0xe0
USER_NOT_LOGGED_IN = 0x101
PIN_FINAL_TRY = 0x20000

MAIL = ('From: T <{0}@example.com>\r\nTo: b@example.org\r\nSubject: s\r\n'
        'MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nkept in the token\r\n')


def key_file(name):
    return os.path.join(KEYS, name)


def run(*arguments, **options):
    return subprocess.run(arguments, check=True, capture_output=True, **options)


class Token(unittest.TestCase):
    more = {}

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.module = next(path for path in MODULES if os.path.exists(path))
        tokens = cls.path('tokens')
        os.mkdir(tokens)
        with open(cls.path('softhsm2.conf'), 'w', encoding='ascii') as file:
            file.write(f'directories.tokendir = {tokens}\nobjectstore.backend = file\n'
                       'log.level = ERROR\n')
        cls.env = dict(os.environ, SOFTHSM2_CONF=cls.path('softhsm2.conf'),
                       SHIM_MODULE=cls.module, SHIM_STATE=cls.path('state'),
                       SHIM_LOGINS=cls.path('logins'))
        run('softhsm2-util', '--init-token', '--free', '--label', 'smimegw', '--so-pin', '1234',
            '--pin', PIN, env=cls.env)
        for name, number in IDS.items():
            run('softhsm2-util', '--import', key_file(f'{name}-key.pem'), '--token', 'smimegw',
                '--label', name, '--id', number, '--pin', PIN, env=cls.env)
            if name != 'rsa3072':
                cls.put_cert(name, number)
        cls.put_cert('intermediate', '77')
        for name in IDS:
            with open(cls.path(f'{name}.eml'), 'w', encoding='ascii', newline='') as file:
                file.write(MAIL.format(name))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder.name, name)

    @classmethod
    def put_cert(cls, name, number):
        der = cls.path('cert.der')
        run('openssl', 'x509', '-in', key_file(f'{name}.pem'), '-outform', 'DER', '-out', der)
        run('pkcs11-tool', '--module', cls.module, '--token-label', 'smimegw', '--login',
            '--pin', PIN, '--write-object', der, '--type', 'cert', '--label', name, '--id',
            number, env=cls.env)

    def setUp(self):
        for name in ('state', 'logins', 'out'):
            with open(self.path(name), 'wb'):
                pass

    def drive(self, url, *operations, pin=PIN, certs='-'):
        """The lines of the driver as [what, code, text]."""
        done = run(DRIVER, url, pin, certs, *operations, env=dict(self.env, **self.more),
                   timeout=60, text=True)
        return [line.split(' ', 2) for line in done.stdout.splitlines()]

    def codes(self, *arguments, **options):
        return [line[1] for line in self.drive(*arguments, **options)
                if line[0] in ('identity', 'sign', 'decrypt')]

    def sign(self, name, padding='pkcs1'):
        return ['sign', self.path(f'{name}.eml'), self.path('out'), padding]

    def decrypt(self, path=None):
        return ['decrypt', path or self.path('encrypted'), self.path('out')]

    def encrypt(self, name, *options):
        run('openssl', 'cms', '-encrypt', '-aes128', '-in', self.path(f'{name}.eml'), '-out',
            self.path('encrypted'), '-recip', key_file(f'{name}.pem'), *options)

    def logins(self):
        return os.path.getsize(self.path('logins'))

    def out(self):
        with open(self.path('out'), 'rb') as file:
            return file.read()


class Signs(Token):
    def test_signatures_verify(self):
        for name, padding in (('rsa2048', 'pkcs1'), ('rsa2048', 'pss'), ('p256', 'pkcs1'),
                              ('p384', 'pkcs1'), ('ed25519', 'pkcs1')):
            with self.subTest(name=name, padding=padding):
                lines = self.drive(f'pkcs11:token=smimegw;object={name}',
                                   *self.sign(name, padding), 'verify', self.path('out'),
                                   key_file('root.pem'))
                self.assertEqual(lines[0][1], 'SMIMEGW_OK')
                self.assertEqual(lines[1:3], [['cert', 'CN=Test', name],
                                              ['chain', 'CN=Test', 'intermediate']])
                self.assertEqual(lines[3][1], 'SMIMEGW_OK')
                self.assertEqual(lines[4], ['verify', 'SMIMEGW_OK', 'pass'])
                shown = run('openssl', 'cms', '-cmsout', '-print', '-in', self.path('out'))
                self.assertEqual(b'rsassaPss' in shown.stdout, padding == 'pss')
                if name != 'ed25519':  # OpenSSL 3.0 has no Ed25519 in CMS
                    done = run('openssl', 'cms', '-verify', '-in', self.path('out'), '-CAfile',
                               key_file('root.pem'), '-purpose', 'any')
                    self.assertIn(b'kept in the token', done.stdout)

    def test_a_wrong_signature_does_not_leave(self):
        for name in ('rsa2048', 'p256', 'ed25519'):
            self.setUp()
            url = f'pkcs11:token=shim;object={name}?module-path={SHIM}'
            self.assertEqual(self.codes(url, 'shim', 'flip 1', *self.sign(name),
                                        certs=key_file(f'{name}.pem')),
                             ['SMIMEGW_OK', 'SMIMEGW_E_CRYPTO'])
            self.assertEqual(self.out(), b'')

    def test_a_lost_token_is_found_again(self):
        # GnuTLS can't free the lock it left taken: 40 bytes each time
        self.more = {'ASAN_OPTIONS': 'detect_leaks=0'}
        lost = (f'C_SignInit {SESSION_HANDLE_INVALID}\nC_OpenSession {TOKEN_NOT_PRESENT}\n'
                f'C_GetSessionInfo {SESSION_HANDLE_INVALID}\n')
        url = f'pkcs11:token=shim;object=rsa2048?module-path={SHIM}'
        good = self.sign('rsa2048')
        self.assertEqual(self.codes(url, *good, 'shim', lost, *good, *good, 'shim', '', *good,
                                    *good),
                         ['SMIMEGW_OK', 'SMIMEGW_OK', 'SMIMEGW_E_IO', 'SMIMEGW_E_IO',
                          'SMIMEGW_OK', 'SMIMEGW_OK'])


class Decrypts(Token):
    def test_pkcs1(self):
        self.encrypt('rsa2048')
        self.assertEqual(self.codes('pkcs11:token=smimegw;object=rsa2048', *self.decrypt()),
                         ['SMIMEGW_OK', 'SMIMEGW_OK'])
        self.assertIn(b'kept in the token', self.out())

    def test_what_tokens_are_not_asked_for_looks_like_any_failure(self):
        for name, options in (('rsa2048', ('-keyopt', 'rsa_padding_mode:oaep')), ('p256', ())):
            self.encrypt(name, *options)
            lines = self.drive(f'pkcs11:token=smimegw;object={name}', *self.decrypt())
            self.assertEqual(lines[-1][1], 'SMIMEGW_E_DECRYPT')

    def failure(self, state):
        """The same message under each way of the token to fail."""
        self.encrypt('rsa2048')
        lines = self.drive(f'pkcs11:token=shim;object=rsa2048?module-path={SHIM}', 'shim',
                           state, *self.decrypt(), 'shim', '', *self.decrypt())
        self.assertEqual(lines[-1][1], 'SMIMEGW_OK')
        return lines[-2][1:]

    def test_no_word_on_the_padding(self):
        answers = [self.failure(f'C_Decrypt {code}') for code in
                   (ENCRYPTED_DATA_INVALID, GENERAL_ERROR, DEVICE_ERROR)]
        self.assertEqual(answers[0][0], 'SMIMEGW_E_DECRYPT')
        self.assertEqual(answers, answers[:1] * 3)

    def test_trouble_is_temporary(self):
        removed = f'C_Decrypt {DEVICE_REMOVED}\nC_GetSessionInfo {DEVICE_REMOVED}'
        for state in (f'C_Decrypt {TOKEN_NOT_PRESENT}', f'C_Decrypt {SESSION_HANDLE_INVALID}',
                      removed):
            self.assertEqual(self.failure(state)[0], 'SMIMEGW_E_IO', state)
        self.assertEqual(self.failure(f'C_Decrypt {HOST_MEMORY}')[0], 'SMIMEGW_E_NOMEM')


class Opens(Token):
    def test_pins(self):
        url = 'pkcs11:token=smimegw;object=rsa2048'
        for given, pin, code in (
                (url + '?pin-value=5678', '-', 'SMIMEGW_OK'),
                (url + '?pin-value=%35678', '-', 'SMIMEGW_OK'),
                (url + '?pin-value=wrong', PIN, 'SMIMEGW_OK'),
                (url, '-', 'SMIMEGW_E_PASSPHRASE'),
                (url, '', 'SMIMEGW_E_PASSPHRASE'),
                (url, 'wrong', 'SMIMEGW_E_PASSPHRASE'),
                (url, 'x' * 5000, 'SMIMEGW_E_PASSPHRASE'),
                (url + '?pin-value=wrong', '-', 'SMIMEGW_E_PASSPHRASE'),
                (url + '?pin-value=%3', '-', 'SMIMEGW_E_KEY'),
                (url + '?pin-value=a%00', '-', 'SMIMEGW_E_KEY')):
            self.assertEqual(self.codes(given, pin=pin), [code], (given, pin))

    def test_a_wrong_pin_is_tried_once(self):
        for query, pin in (('', 'wrong'), ('&pin-value=wrong', '-')):
            self.setUp()
            url = f'pkcs11:token=shim;object=rsa2048?module-path={SHIM}{query}'
            self.assertEqual(self.codes(url, pin=pin), ['SMIMEGW_E_PASSPHRASE'])
            self.assertEqual(self.logins(), 1)

    def test_the_last_try_is_left_to_people(self):
        url = f'pkcs11:token=shim;object=rsa2048?module-path={SHIM}'
        with open(self.path('state'), 'w', encoding='ascii') as file:
            file.write(f'flags {PIN_FINAL_TRY}')
        self.assertEqual(self.codes(url), ['SMIMEGW_E_PASSPHRASE'])
        self.assertEqual(self.logins(), 0)

    def test_one_login_serves_many_messages(self):
        url = f'pkcs11:token=shim;object=rsa2048?module-path={SHIM}'
        self.assertEqual(self.codes(url, *self.sign('rsa2048') * 5), ['SMIMEGW_OK'] * 6)
        self.assertEqual(self.logins(), 1)

    def test_certificates(self):
        url = 'pkcs11:token=smimegw;object={0}'
        for name, certs, code in (
                ('rsa2048', key_file('rsa2048-id.pem'), 'SMIMEGW_OK'),
                ('p256', key_file('p256.pem'), 'SMIMEGW_OK'),
                ('rsa3072', key_file('rsa3072.pem'), 'SMIMEGW_OK'),
                ('rsa3072', '-', 'SMIMEGW_E_KEY'),
                ('rsa2048', key_file('rsa3072.pem'), 'SMIMEGW_E_MISMATCH'),
                ('rsa2048', key_file('p256.pem'), 'SMIMEGW_E_MISMATCH'),
                ('p256', key_file('p384.pem'), 'SMIMEGW_E_MISMATCH'),
                ('ed25519', key_file('p256.pem'), 'SMIMEGW_E_MISMATCH'),
                ('rsa2048', __file__, 'SMIMEGW_E_KEY')):
            self.assertEqual(self.codes(url.format(name), certs=certs), [code], (name, certs))

    def test_urls(self):
        for url, code in (
                ('pkcs11:token=smimegw;id=%01', 'SMIMEGW_OK'),
                ('pkcs11:token=smimegw;id=%01;type=private', 'SMIMEGW_OK'),
                ('pkcs11:token=smimegw;object=rsa2048?module-path=/nowhere.so', 'SMIMEGW_OK'),
                ('pkcs11:token=other;object=rsa2048?module-path=/nowhere.so', 'SMIMEGW_E_KEY'),
                ('pkcs11:token=other;object=rsa2048', 'SMIMEGW_E_KEY'),
                ('pkcs11:token=smimegw;object=other', 'SMIMEGW_E_KEY'),
                ('pkcs11:token=smimegw', 'SMIMEGW_E_KEY'),
                ('pkcs11:', 'SMIMEGW_E_KEY'),
                ('pkcs11:?', 'SMIMEGW_E_KEY'),
                ('pkcs11:token=%zz;object=rsa2048', 'SMIMEGW_E_KEY'),
                ('system:id=1', 'SMIMEGW_E_KEY'),
                ('tpmkey:file=/etc/passwd', 'SMIMEGW_E_KEY'),
                (key_file('rsa2048-id.pem'), 'SMIMEGW_E_KEY'),
                ('', 'SMIMEGW_E_KEY')):
            self.assertEqual(self.codes(url), [code], url)


if __name__ == '__main__':
    del Token
    unittest.main()
