# SPDX-License-Identifier: LGPL-2.1-or-later
"""What other software says about certificates, key files and requests that we make."""

import os
import shutil
import unittest

from support import ALGORITHMS, START, IssueTest, all_fields, blocks

TIME = str(START + 1)
CURVE = 'ecdsa-with-sha256'
# Not our fault, and explained: OpenSSL and gpgsm want keyEncipherment of every key that is
# encrypted to, where RFC 8550 and RFC 5753 have keyAgreement for curves; Ed25519 only signs.
OPENSSL_REFUSES = {(CURVE, 'smimeencrypt'), ('ed25519', 'smimeencrypt')}
# gpgsm 2.2.40 and NSS 3.87 do not know Ed25519 certificates.
GPGSM_KNOWS = NSS_KNOWS = ('rsa', CURVE)
MAIL = b'From: info@example.org\r\nTo: a@example.net\r\nSubject: x\r\n\r\nHello\r\n'
CA_CONFIG = '''
[ca]
default_ca = small
[small]
dir = .
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
authorityKeyIdentifier = keyid
subjectKeyIdentifier = hash
'''


def needs(*commands):
    absent = [name for name in commands if shutil.which(name) is None]
    return unittest.skipIf(absent, 'not installed: %s' % absent)


@needs('openssl')
class OpensslTest(IssueTest):
    def test_reads_and_verifies(self):
        for algorithm in ALGORITHMS:
            _, cert = self.create(**all_fields(), algorithm=algorithm)
            text = self.openssl('x509', '-in', cert, '-noout', '-text', '-nameopt',
                                'utf8,sep_comma_plus_space').decode()
            for part in ('Version: 3', 'Müller & Söhne', 'C=DE', 'CA:FALSE',
                         'E-mail Protection', 'email:Info@example.org',
                         'SmtpUTF8Mailbox::grüße@xn--exmple-cua.org',
                         'DNS:*.xn--mnchen-3ya.de', 'Non Repudiation'):
                self.assertIn(part, text)
            for purpose in ('smimesign', 'smimeencrypt'):
                refuses = (algorithm, purpose) in OPENSSL_REFUSES
                out = self.openssl('verify', '-x509_strict', '-attime', TIME, '-CAfile', cert,
                                   '-purpose', purpose, cert, success=(2,) if refuses else (0,))
                if refuses:
                    self.assertIn(b'unsuitable certificate purpose', out)

    def test_the_signature_counts(self):
        _, cert = self.create(common_name='a', algorithm=CURVE)
        _, other = self.create(name='other', common_name='a', algorithm=CURVE)
        out = self.openssl('verify', '-attime', TIME, '-CAfile', other, cert, success=(2,))
        self.assertIn(b'failed', out)

    def test_reads_key_files(self):
        for algorithm in ALGORITHMS:
            for passphrase in ('', 'ein Satz'):
                pem = self.drive('create', START, passphrase, common_name='a',
                                 algorithm=algorithm)
                path = self.write('id.pem', pem)
                self.assertEqual(list(blocks(pem)), [
                    'ENCRYPTED PRIVATE KEY' if passphrase else 'PRIVATE KEY', 'CERTIFICATE'])
                key = self.openssl('pkey', '-in', path, '-passin', 'pass:' + passphrase,
                                   '-pubout')
                cert = self.openssl('x509', '-in', path, '-noout', '-pubkey')
                self.assertEqual(key, cert)
                self.openssl('pkey', '-in', path, '-passin', 'pass:x', '-pubout',
                             success=(1,) if passphrase else (0,))

    def test_key_files_are_aes_256(self):
        pem = self.drive('create', START, 'x', common_name='a', algorithm=CURVE)
        text = self.openssl('asn1parse', data=blocks(pem)['ENCRYPTED PRIVATE KEY'])
        for part in (b'PBES2', b'PBKDF2', b'hmacWithSHA256', b'aes-256-cbc'):
            self.assertIn(part, text)


@needs('certtool')
class CerttoolTest(IssueTest):
    def test_reads(self):
        for algorithm in ALGORITHMS:
            identity, cert = self.create(**all_fields(), algorithm=algorithm)
            text = self.run_tool('certtool', '-i', '--infile', cert).decode()
            for part in ('Subject: CN=gw.example.org,OU=Post,O=Müller & Söhne,L=Köln',
                         'RFC822Name: bob@xn--exmple-cua.org (bob@exämple.org)',
                         'DNSname: *.xn--mnchen-3ya.de (*.münchen.de)',
                         'otherName OID: 1.3.6.1.5.5.7.8.9', 'Email protection',
                         'Certificate Authority (CA): FALSE'):
                self.assertIn(part, text)
            request = self.write('request.pem', self.drive('request', identity, **all_fields()))
            text = self.run_tool('certtool', '--crq-info', '--infile', request).decode()
            for part in ('Self signature: verified', 'RFC822Name: Info@example.org',
                         'Email protection'):
                self.assertIn(part, text)


@needs('gpgsm', 'gpgconf')
class GpgsmTest(IssueTest):
    def gpgsm(self, *arguments, **options):
        return self.run_tool('gpgsm', '--batch', '--disable-dirmngr', '--disable-crl-checks',
                             *arguments, env={'GNUPGHOME': str(self.folder)}, **options)

    def test_imports_and_finds_good(self):
        self.addCleanup(self.run_tool, 'gpgconf', '--kill', 'gpg-agent',
                        env={'GNUPGHOME': str(self.folder)})
        self.folder.chmod(0o700)
        for algorithm in GPGSM_KNOWS:
            _, cert = self.create(start=-1, **all_fields(), algorithm=algorithm)
            print_ = self.openssl('x509', '-in', cert, '-noout', '-fingerprint', '-sha1')
            number = print_.decode().strip().split('=')[1]
            with open(self.folder / 'trustlist.txt', 'a') as trusted:
                trusted.write(number + ' S relax\n')
            self.run_tool('gpgconf', '--reload', 'gpg-agent',
                          env={'GNUPGHOME': str(self.folder)}, success=(0, 2))
            self.assertIn(b'imported: 1', self.gpgsm('--import', cert))
            user = '0x' + number.replace(':', '')
            text = self.gpgsm('--list-keys', '--with-validation', user).decode()
            for part in ('[certificate is good]', 'aka: Info@example.org',
                         'ext key usage: emailProtection', 'digitalSignature nonRepudiation'):
                self.assertIn(part, text)
            if algorithm == 'rsa':
                self.gpgsm('--encrypt', '-r', user, data=MAIL)


@needs('certutil')
class NssTest(IssueTest):
    def test_adds_and_validates(self):
        database = 'sql:%s' % self.folder
        self.run_tool('certutil', '-N', '-d', database, '--empty-password')
        for algorithm in NSS_KNOWS:
            _, cert = self.create(start=-1, **all_fields(), algorithm=algorithm)
            self.run_tool('certutil', '-A', '-d', database, '-n', algorithm, '-t', ',P,', '-a',
                          '-i', cert)
            for use in 'SR':
                out = self.run_tool('certutil', '-V', '-d', database, '-n', algorithm, '-u', use)
                self.assertIn(b'certificate is valid', out)
            text = self.run_tool('certutil', '-L', '-d', database, '-n', algorithm).decode()
            self.assertIn('RFC822 Name: "bob@xn--exmple-cua.org"', text)
        # who may not sign, may not
        _, cert = self.create(start=-1, common_name='only', use='encrypt')
        self.run_tool('certutil', '-A', '-d', database, '-n', 'only', '-t', ',P,', '-a', '-i',
                      cert)
        out = self.run_tool('certutil', '-V', '-d', database, '-n', 'only', '-u', 'S',
                            success=(255,))
        self.assertIn(b'invalid', out)


SOFTHSM = '/usr/lib/softhsm/libsofthsm2.so'


@needs('openssl', 'softhsm2-util', 'pkcs11-tool')
class TokenTest(IssueTest):
    """The key is in a token and stays there."""

    def setUp(self):
        super().setUp()
        (self.folder / 'tokens').mkdir()
        config = self.write('softhsm.conf', b'directories.tokendir = %s/tokens\n' %
                            str(self.folder).encode())
        os.environ['SOFTHSM2_CONF'] = str(config)
        self.addCleanup(os.environ.pop, 'SOFTHSM2_CONF')

    def fill(self, identity, cert):
        key = self.write('key.pem', blocks(identity.read_bytes())['PRIVATE KEY'])
        der = self.folder / 'cert.der'
        self.openssl('x509', '-in', cert, '-outform', 'DER', '-out', der)
        self.run_tool('softhsm2-util', '--init-token', '--free', '--label', 'gw', '--pin',
                      '1234', '--so-pin', '1234')
        self.run_tool('softhsm2-util', '--import', key, '--token', 'gw', '--label', 'mail',
                      '--id', 'a1', '--pin', '1234')
        self.run_tool('pkcs11-tool', '--module', SOFTHSM, '--login', '--pin', '1234',
                      '--token-label', 'gw', '--write-object', der, '--type', 'cert', '--id',
                      'a1', '--label', 'mail')

    def test_signs_certificates_and_requests(self):
        for algorithm in ('rsa', CURVE):
            shutil.rmtree(self.folder / 'tokens')
            (self.folder / 'tokens').mkdir()
            identity, cert = self.create(common_name='old', algorithm=algorithm)
            self.fill(identity, cert)
            url = 'pkcs11:token=gw;object=mail;type=private?module-path=' + SOFTHSM
            new = self.write('new.pem', self.drive('renew', url, START, passphrase='1234',
                                                   **all_fields()))
            self.openssl('verify', '-x509_strict', '-attime', TIME, '-CAfile', new, '-purpose',
                         'smimesign', new)
            request = self.drive('request', url, passphrase='1234', **all_fields())
            self.assertIn(b'verify OK', self.openssl('req', '-verify', '-noout', data=request))
            done = self.try_drive('renew', url, START, passphrase='4321', common_name='a')
            self.assertRegex(done.stderr.decode(), 'SMIMEGW_E_PASSPHRASE')


@needs('openssl')
class SmallCaTest(IssueTest):
    """A request goes to a CA, and what comes back is used."""

    def setUp(self):
        super().setUp()
        self.config = self.write('ca.conf', CA_CONFIG.replace('= .\n', '= %s\n' % self.folder)
                                 .replace('= index', '= %s/index' % self.folder)
                                 .replace('= serial', '= %s/serial' % self.folder).encode())
        self.write('index.txt', b'')
        self.write('serial', b'1000\n')
        self.root = self.folder / 'root.pem'
        self.openssl('req', '-x509', '-newkey', 'rsa:2048', '-noenc', '-keyout',
                     self.folder / 'root-key.pem', '-out', self.root, '-subj', '/CN=Root',
                     '-days', '30', '-config', self.config, '-extensions', 'root')

    def issue(self, request):
        path = self.folder / 'issued.pem'
        self.openssl('ca', '-batch', '-notext', '-config', self.config, '-cert', self.root,
                     '-keyfile', self.folder / 'root-key.pem', '-in', request, '-out', path,
                     '-days', '20', '-extensions', 'leaf', '-utf8')
        return path

    def test_round_trip(self):
        for algorithm in ALGORITHMS:
            identity, _ = self.create(common_name='not yet', algorithm=algorithm)
            pem = self.drive('request', identity, **all_fields())
            request = self.write('request.pem', pem)
            self.assertIn(b'verify OK', self.openssl('req', '-verify', '-noout', '-in', request))
            cert = self.issue(request)
            text = self.openssl('x509', '-in', cert, '-noout', '-text').decode()
            for part in ('Issuer: CN = Root', 'email:Info@example.org', 'E-mail Protection',
                         'SmtpUTF8Mailbox::grüße@xn--exmple-cua.org', 'CA:FALSE'):
                self.assertIn(part, text)
            self.openssl('verify', '-x509_strict', '-CAfile', self.root, '-purpose',
                         'smimesign', cert)
            if shutil.which('certtool'):
                out = self.run_tool('certtool', '--verify', '--infile', cert,
                                    '--load-ca-certificate', self.root)
                self.assertIn(b'The certificate is trusted', out)
            self.use(algorithm, identity, cert)

    def use(self, algorithm, identity, cert):
        ours = self.write('ours.pem', blocks(identity.read_bytes())['PRIVATE KEY'] +
                          cert.read_bytes() + self.root.read_bytes())
        mail = self.write('mail.eml', MAIL)
        signed = self.write('signed.eml', self.drive('sign', ours, data=mail))
        if algorithm == 'ed25519':
            return  # OpenSSL 3.0 knows no such signers
        out = self.openssl('cms', '-verify', '-CAfile', self.root, '-in', signed)
        self.assertIn(b'Verification successful', out)
        self.assertIn(b'Hello', out)


if __name__ == '__main__':
    unittest.main()
