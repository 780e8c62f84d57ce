# SPDX-License-Identifier: LGPL-2.1-or-later
"""Keys and certificates, right and wrong, built element by element.

RSA is done with pow(): slow, and free to do what no library would.
"""

import hashlib
import os
import subprocess

from der import (BOOLEAN, GENTIME, OCTETS, UTF8, bits, context, integer, null, octets, oid, parse,
                 sequence, set_of, tlv)

RSA = '1.2.840.113549.1.1.1'
SIGNATURES = {'md5': '1.2.840.113549.1.1.4', 'sha1': '1.2.840.113549.1.1.5',
              'sha256': '1.2.840.113549.1.1.11', 'sha384': '1.2.840.113549.1.1.12',
              'sha512': '1.2.840.113549.1.1.13'}
DIGESTS = {'md5': '1.2.840.113549.2.5', 'sha1': '1.3.14.3.2.26',
           'sha224': '2.16.840.1.101.3.4.2.4', 'sha256': '2.16.840.1.101.3.4.2.1',
           'sha384': '2.16.840.1.101.3.4.2.2', 'sha512': '2.16.840.1.101.3.4.2.3'}
EMAIL, SERVER, ANY_USE = '1.3.6.1.5.5.7.3.4', '1.3.6.1.5.5.7.3.1', '2.5.29.37.0'
SIGNING = 0xc0  # digitalSignature, nonRepudiation
SIGNING_AND_KEYS = 0xe0  # and keyEncipherment
KEYS_ONLY = 0x20


def algorithm(dotted, *parameters):
    return sequence(oid(dotted), *parameters)


class Key:
    """An RSA key made by openssl, its numbers at hand."""

    def __init__(self, bits_wanted=2048):
        made = subprocess.run(
            ['openssl', 'genpkey', '-algorithm', 'RSA', '-outform', 'DER', '-pkeyopt',
             'rsa_keygen_bits:%d' % bits_wanted],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
        numbers = parse(made)
        if numbers[2].tag == OCTETS:  # PKCS #8 around it
            made = numbers[2].content
            numbers = parse(made)
        self.pkcs1 = made
        values = [int.from_bytes(child.content, 'big') for child in numbers.children]
        self.n, self.e, self.d = values[1:4]
        self.size = (self.n.bit_length() + 7) // 8

    def public(self):
        return sequence(algorithm(RSA, null()), bits(sequence(integer(self.n), integer(self.e))))

    def sign(self, data, digest='sha256'):
        info = sequence(algorithm(DIGESTS[digest], null()),
                        octets(hashlib.new(digest, data).digest()))
        block = b'\0\1' + b'\xff' * (self.size - len(info) - 3) + b'\0' + info
        return pow(int.from_bytes(block, 'big'), self.d, self.n).to_bytes(self.size, 'big')

    def encrypt(self, secret):
        """PKCS #1 v1.5 as it should be."""
        padding = bytes(1 + octet % 255 for octet in os.urandom(self.size - len(secret) - 3))
        return self.encrypt_block(b'\0\2' + padding + b'\0' + secret)

    def encrypt_block(self, block):
        return pow(int.from_bytes(block, 'big'), self.e, self.n).to_bytes(self.size, 'big')


def name(common_name):
    organisation = set_of(sequence(oid('2.5.4.10'), tlv(UTF8, b'libsmimegw abuse')))
    return sequence(organisation, set_of(sequence(oid('2.5.4.3'),
                                                  tlv(UTF8, common_name.encode()))))


def extension(dotted, value, critical=False):
    return sequence(oid(dotted), tlv(BOOLEAN, b'\xff') if critical else b'', octets(value))


def key_usage(flags):
    return extension('2.5.29.15', tlv(0x03, b'\0' + bytes([flags])), True)


def alternative_names(*entries):
    """Entries are (context tag, bytes): 1 an address, 2 a DNS name."""
    return extension('2.5.29.17', sequence(
        *(context(tag, value, constructed=False) for tag, value in entries)))


def key_identifier(key):
    return hashlib.sha1(key.public()).digest()


class Cert:
    """A certificate and what is needed to use it."""

    def __init__(self, common_name, key, issuer=None, **how):
        self.key = key
        self.serial = how.get('serial', int.from_bytes(b'\1' + os.urandom(9), 'big'))
        self.subject = how.get('subject', name(common_name))
        self.issuer_name = how.get('issuer_name', issuer.subject if issuer else self.subject)
        self.ski = how.get('ski', key_identifier(key))
        self.address = how.get('address')
        extensions = how.get('extensions', self._extensions(issuer is None or how.get('ca'), how))
        digest = how.get('digest', 'sha256')
        signature = algorithm(SIGNATURES[digest], null())
        valid = [tlv(GENTIME, time.encode()) for time in how.get(
            'valid', ('20250101000000Z', '20991231000000Z'))]
        body = sequence(context(0, integer(2)), integer(self.serial), signature, self.issuer_name,
                        sequence(*valid), self.subject, how.get('public', key.public()),
                        context(3, sequence(*extensions)))
        signer = how.get('signed_by') or (issuer.key if issuer else key)
        self.der = sequence(body, signature, bits(signer.sign(body, digest)))

    def _extensions(self, is_ca, how):
        made = [extension('2.5.29.14', octets(self.ski))]
        if is_ca:
            return made + [extension('2.5.29.19', sequence(tlv(BOOLEAN, b'\xff')), True),
                           key_usage(0x06)]
        purposes = how.get('purposes', (EMAIL,))
        if how.get('usage', SIGNING_AND_KEYS) is not None:
            made.append(key_usage(how.get('usage', SIGNING_AND_KEYS)))
        if purposes:
            made.append(extension('2.5.29.37', sequence(*(oid(one) for one in purposes))))
        names = how.get('names') or ([(1, self.address.encode())] if self.address else [])
        if names:
            made.append(alternative_names(*names))
        return made + how.get('more', [])

    def issuer_and_serial(self):
        return sequence(self.issuer_name, integer(self.serial))


def pem(label, data):
    done = subprocess.run(['openssl', 'base64', '-e'], input=data, stdout=subprocess.PIPE,
                          check=True).stdout.decode()
    return '-----BEGIN %s-----\n%s-----END %s-----\n' % (label, done, label)


class World:
    """What the cases are built from: a trusted root, Alice, Eve, and a root nobody trusts."""

    def __init__(self):
        self.root = Cert('abuse root', Key())
        self.alice_key, self.eve_key = Key(), Key()
        self.alice = self.leaf('alice', self.alice_key)
        self.eve = self.leaf('eve', self.eve_key)
        self.false_root = Cert('false root', self.eve_key)
        self.weak_key = Key(1024)
        self.domain_root = Cert('abuse root for domains', Key())
        self.pinned = {'named': self.gateway(self.alice_key, 'named.test', (EMAIL,)),
                       'bare': self.gateway(self.alice_key, 'bare.test', ()),
                       'any': self.gateway(self.alice_key, 'any.test', (ANY_USE,))}

    @staticmethod
    def gateway(key, domain, purposes):
        """Self-signed, no CA, for a domain."""
        return Cert('gateway', key, extensions=[
            extension('2.5.29.14', octets(key_identifier(key))), key_usage(SIGNING_AND_KEYS),
            extension('2.5.29.37', sequence(*map(oid, purposes))) if purposes else b'',
            alternative_names((2, domain.encode()))])

    def leaf(self, common_name, key, issuer=None, **how):
        how.setdefault('address', common_name + '@example.test')
        return Cert(common_name, key, issuer or self.root, **how)

    def write(self, folder):
        """Paths of the trust anchors, of Alice's identity, of what may speak for domains."""
        anchors = os.path.join(folder, 'anchors.pem')
        identity = os.path.join(folder, 'alice.pem')
        with open(anchors, 'w') as out:
            out.write(pem('CERTIFICATE', self.root.der))
        with open(identity, 'w') as out:
            out.write(pem('CERTIFICATE', self.alice.der))
            out.write(pem('RSA PRIVATE KEY', self.alice_key.pkcs1))
        domains = os.path.join(folder, 'domains.pem')
        pinned = os.path.join(folder, 'pinned.pem')
        with open(domains, 'w') as out:
            out.write(pem('CERTIFICATE', self.domain_root.der))
        with open(pinned, 'w') as out:
            out.writelines(pem('CERTIFICATE', cert.der) for cert in self.pinned.values())
        return anchors, identity, domains, pinned
