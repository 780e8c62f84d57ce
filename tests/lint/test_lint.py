# SPDX-License-Identifier: LGPL-2.1-or-later
"""Texts and findings of certificates, against python-cryptography and pkilint's own results.

Environment: FACTS the program of facts.c, SMIMEGW_CORPUS the corpus (default ../shared/corpus).
"""

import collections
import csv
import os
import pathlib
import re
import subprocess
import unittest
import warnings

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID

import tables

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEYS = ROOT / 'tests' / 'data' / 'keys'
CORPUS = pathlib.Path(os.environ.get('SMIMEGW_CORPUS', ROOT.parent / 'shared' / 'corpus'))
# 2023-06-01: most fixtures of CA/B rules are valid then.
NOW = 1685577600
# One certificate may cost this much, under a sanitizer on a busy machine.
MICROSECONDS = 50000

Facts = collections.namedtuple('Facts', 'texts findings refused time')


def facts_of(paths):
    """Path -> Facts."""
    output = subprocess.run([os.environ['FACTS'], str(NOW)], check=True, capture_output=True,
                            input='\n'.join(map(str, paths)).encode()).stdout.decode()
    found = {}
    for line in output.splitlines():
        kind, *rest = line.split('\t')
        if kind == 'file':
            texts, findings, refused = {}, {}, None
            path = pathlib.Path(rest[0])
        elif kind == 'time':
            time = int(rest[0])
        elif kind == 'text':
            texts[int(rest[0])] = rest[1]
        elif kind == 'lint':
            findings[rest[1]] = (int(rest[0]), rest[2])
        else:
            refused = rest[0]
        if kind != 'file':
            found[path] = Facts(texts, findings, refused, time)
    return found


def read_cert(path):
    """The first of a file as cryptography reads it; None where it does not."""
    data = path.read_bytes()
    # it stumbles over the headers of an encrypted key before
    block = re.search(rb'-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----', data, re.S)
    try:
        return x509.load_pem_x509_certificate(block[0]) if block \
            else x509.load_der_x509_certificate(data)
    except ValueError:
        return None


def extension(cert, oid):
    """The value; None where there is none, and ... where it can't be read."""
    try:
        return cert.extensions.get_extension_for_oid(oid).value
    except x509.ExtensionNotFound:
        return None
    except Exception:  # whatever it trips over is no fault of ours
        return ...


def iso(time):
    return time.strftime('%Y-%m-%dT%H:%M:%SZ')


def key_usage(value):
    names = []
    for attribute, name in tables.KEY_USAGES.items():
        if attribute.endswith('_only') and not value.key_agreement:
            continue
        if getattr(value, attribute):
            names.append(name)
    return names


def is_url(name):
    text = name.value if isinstance(name, x509.UniformResourceIdentifier) else ''
    scheme, colon, rest = text.lower().partition('://')
    return scheme in ('http', 'https', 'ldap') and rest and len(text) <= 1024 and \
        all('!' <= character <= '~' for character in text)


def access_urls(value, method):
    return [entry.access_location.value for entry in value
            if entry.access_method == method and is_url(entry.access_location)][:16]


def crl_urls(value):
    return [name.value for point in value for name in point.full_name or []
            if is_url(name)][:16]


def split(text, by=','):
    return text.split(by) if text else []


class Comparison:
    """What differs between our texts and another's, with a count of what was compared."""

    def __init__(self):
        self.compared = collections.Counter()
        self.differences = []

    def same(self, path, what, ours, theirs):
        self.compared[what] += 1
        if ours != theirs:
            self.differences.append(f'{path}: {what}: {ours!r}, not {theirs!r}')

    def cert(self, path, texts, cert):
        self.same(path, 'serial', texts[3].lstrip('0'), serial_hex(cert))
        self.same(path, 'fingerprint', texts[7], cert.fingerprint(hashes.SHA256()).hex())
        self.same(path, 'not before', texts[8], iso(cert.not_valid_before))
        self.same(path, 'not after', texts[9], iso(cert.not_valid_after))
        self.signature(path, texts[10], cert)
        self.extensions(path, texts, cert)

    def signature(self, path, text, cert):
        name = tables.SIGNATURES.get(cert.signature_algorithm_oid.dotted_string)
        if name is not None:
            self.same(path, 'signature', text, name)

    def extensions(self, path, texts, cert):
        rows = (
            (ExtensionOID.KEY_USAGE, 'key usage', split(texts[11]), key_usage),
            (ExtensionOID.EXTENDED_KEY_USAGE, 'purposes', split(texts[12]),
             lambda value: [tables.PURPOSES.get(oid.dotted_string, oid.dotted_string)
                            for oid in value]),
            (ExtensionOID.SUBJECT_KEY_IDENTIFIER, 'key identifier', split(texts[13]),
             lambda value: [value.digest.hex()]),
            (ExtensionOID.AUTHORITY_INFORMATION_ACCESS, 'OCSP', split(texts[14], ' '),
             lambda value: access_urls(value, AuthorityInformationAccessOID.OCSP)),
            (ExtensionOID.AUTHORITY_INFORMATION_ACCESS, 'issuers', split(texts[15], ' '),
             lambda value: access_urls(value, AuthorityInformationAccessOID.CA_ISSUERS)),
            (ExtensionOID.CRL_DISTRIBUTION_POINTS, 'CRLs', split(texts[16], ' '), crl_urls),
        )
        for oid, what, ours, read in rows:
            value = extension(cert, oid)
            if value is not ...:
                self.same(path, what, ours, [] if value is None else read(value))


def serial_hex(cert):
    number = cert.serial_number
    if number < 0:
        size = (number.bit_length() + 8) // 8
        number += 1 << 8 * size
    return format(number, 'x') if number else ''


def corpus_paths():
    with open(CORPUS / 'MANIFEST.tsv', newline='') as source:
        rows = csv.DictReader(source, delimiter='\t', quoting=csv.QUOTE_NONE)
        return [CORPUS / row['path'] for row in rows if row['kind'] == 'cert']


class TextTest(unittest.TestCase):
    maxDiff = None

    def compare(self, paths):
        comparison = Comparison()
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            for path, facts in facts_of(paths).items():
                cert = read_cert(path)
                if cert is not None and facts.refused is None:
                    comparison.cert(path, facts.texts, cert)
        self.assertEqual(comparison.differences, [])
        return comparison.compared

    def test_our_keys(self):
        paths = [path for path in sorted(KEYS.glob('*.pem'))
                 if b'BEGIN CERTIFICATE' in path.read_bytes()]
        self.assertEqual([path for path in paths if read_cert(path) is None], [])
        compared = self.compare(paths)
        self.assertEqual(compared['fingerprint'], len(paths))
        self.assertGreater(len(paths), 20)

    @unittest.skipUnless(CORPUS.is_dir(), 'there is no corpus')
    def test_corpus(self):
        compared = self.compare(corpus_paths())
        print('compared:', dict(compared))
        self.assertGreater(compared['fingerprint'], 760)
        self.assertGreater(compared['signature'], 730)


@unittest.skipUnless(CORPUS.is_dir(), 'there is no corpus')
class CorpusTest(unittest.TestCase):
    maxDiff = None

    def test_only_what_is_broken_is_refused(self):
        refused = {}
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            for path, facts in facts_of(corpus_paths()).items():
                self.assertLess(facts.time, MICROSECONDS, path)
                if facts.refused is not None and read_cert(path) is not None:
                    refused[str(path.relative_to(CORPUS))] = facts.refused
        self.assertEqual(refused, tables.REFUSED)


@unittest.skipUnless(CORPUS.is_dir(), 'there is no corpus')
class PkilintTest(unittest.TestCase):
    """Rules that speak of the same, over pkilint's fixtures with its findings in them."""
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.paths = sorted((CORPUS / 'pkilint-smime').rglob('*.crttest'))
        cls.facts = facts_of(cls.paths)

    def theirs(self, path):
        text = path.read_text().split('node_path,validator,severity,code,message')[1]
        return {line.split(',')[3] for line in text.splitlines() if line.count(',') >= 3}

    def test_agreement(self):
        agreed = collections.Counter()
        disagreed = {}
        for path in self.paths:
            facts = self.facts[path]
            self.assertIsNone(facts.refused, path)
            for code, (name, keys) in tables.PKILINT.items():
                if not facts.texts[6].startswith(keys):
                    continue
                ours = name in facts.findings
                theirs = code in self.theirs(path)
                if ours == theirs:
                    agreed[name, ours] += 1
                else:
                    key = '%s %s' % (path.relative_to(CORPUS / 'pkilint-smime'), code)
                    disagreed[key] = 'ours' if ours else 'theirs'
        print('agreed (rule, found):', dict(agreed))
        self.assertEqual(disagreed, {key: who for key, (who, _) in tables.DISAGREED.items()})
        for name in tables.FOUND_BY_BOTH:
            self.assertGreater(agreed[name, True], 0, name)

    def test_zlint_fixtures(self):
        paths = {CORPUS / 'zlint-smime' / (name + '.pem'): row
                 for name, row in tables.ZLINT.items()}
        for path, facts in facts_of(paths).items():
            needed, forbidden = (set(names.split()) for names in paths[path])
            self.assertEqual(needed - set(facts.findings), set(), path)
            self.assertEqual(forbidden & set(facts.findings), set(), path)


if __name__ == '__main__':
    unittest.main()
