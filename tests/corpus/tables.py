# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the corpus' manifest says in words, as rules; and where anchors and keys are."""

import re

# Judged as of this time, unless a longer prefix of the path says otherwise.
TIMES = {
    '': '2026-12-01T00:00:00Z',
    'bc-mail/validator.': '2004-11-01T00:00:00Z',
    'kde-mimetreeparser/': '2013-06-01T00:00:00Z',
    'kde-messagelib/': '2013-06-01T00:00:00Z',
    'rfc8995/': '2021-06-01T00:00:00Z',
    'rustcrypto-cms/': '2023-03-01T00:00:00Z',
    'simple-java-mail/': '2021-06-01T00:00:00Z',
}

# Trust anchors by prefix; where there is none, a root that signed nothing there.
STRANGER = 'rfc9216/6-1-Ed25519-Certification-Authority-Root-Certificate.13.certificate.pem'
ANCHORS = {
    'bc-mail/validator.': ['bc-mail/validator.root.crt'],
    'james/': ['james/smime-test-resource-set/rootCA.crt'],
    'kde-messagelib/': ['kde-messagelib/certs-exported-from-kbx.pem'],
    'kde-mimetreeparser/': ['kde-mimetreeparser/certs-exported-from-kbx.pem'],
    'mbedtls/': ['mbedtls/pkcs7-rsa-sha256-1.crt', 'mbedtls/pkcs7-rsa-sha256-2.crt'],
    'nextcloud-mail/': ['nextcloud-mail/tests/data/smime-certs/imap.localhost.ca.crt',
                        'nextcloud-mail/tests/data/smime-certs/domain.tld.ca.crt'],
    'notmuch/': ['notmuch/smime/ca.crt'],
    'openssl/smime-eml/': ['pkits/certs/TrustAnchorRootCertificate.crt'],
    'pkits-derived/': ['pkits/certs/TrustAnchorRootCertificate.crt'],
    'rfc6216/': ['rfc6216/A-1-makeCA-script.01.certificate.pem'],
    'rfc9788/': ['rfc9216/3-1-RSA-Certification-Authority-Root-Certificate.00.certificate.pem'],
    'rustcrypto-cms/': ['pkits/certs/TrustAnchorRootCertificate.crt'],
    'simple-java-mail/': ['simple-java-mail/pkcs12/ca.crt'],
    'thunderbird/': ['thunderbird/mail/test/browser/smime/data/TestCA.pem'],
}

# NIST's paths: their mails come with no CRL, and from nobody the signers know. So these are
# judged without From, and pass or not by their path.
PKITS = 'pkits/PKITS-EXPECTED-open.tsv'
PKITS_MAILS = 'pkits-derived/'
PKITS_CRLS = 'pkits/crls'

# Certificates that the mail leaves out.
INTERMEDIATES = {
    'rustcrypto-cms/': ['rustcrypto-cms/GoodCACert.crt'],
    'kde-messagelib/': ['kde-messagelib/certs-exported-from-kbx.pem'],
    'kde-mimetreeparser/': ['kde-mimetreeparser/certs-exported-from-kbx.pem'],
    'rfc6216/': ['rfc6216/B-1-Certificates-Using-EKU.02.certificate.pem',
                 'rfc6216/B-1-Certificates-Using-EKU.04.certificate.pem',
                 'rfc6216/B-3-Certificate-Chaining-with-a-Non-Root-CA.18.certificate.pem',
                 'rfc6216/B-3-Certificate-Chaining-with-a-Non-Root-CA.20.certificate.pem'],
}

# Certificates of keys that come without one.
CERTS = {
    'bc-cms/ecdh/ecc.key': 'bc-cms/ecdh/ecc.crt',
    'bc-mail/key.pem': 'bc-mail/cert.pem',
    'gnupg/32100C27173EF6E9C4E9A25D3D69F86D37A4F939.rsa.pem':
        'gnupg/samplekeys/cert_g10code_test1.pem',
    'go-pkcs7/decrypt_test.RSAOAEPSHA256EncryptedTestFixture.L233.rsa-private-key.pem':
        'go-pkcs7/decrypt_test.RSAOAEPSHA256EncryptedTestFixture.L233.crt.pem',
    'kde-messagelib/messagecore/autotests/gnupg_home/private-keys-v1.d/'
    '1AA8BA52430E51AE249AF0DA97D59F869E4101A8.rsa.pem':
        'kde-messagelib/certs-exported-from-kbx.pem',
    'nextcloud-mail/tests/data/smime-certs/debug@imap.localhost.key':
        'nextcloud-mail/tests/data/smime-certs/debug@imap.localhost.crt',
    'rfc6216/B-3-Certificate-Chaining-with-a-Non-Root-CA.21.rsa-private-key.pem':
        'rfc6216/B-3-Certificate-Chaining-with-a-Non-Root-CA.20.certificate.pem',
    'rfc6216/B-1-Certificates-Using-EKU.05.rsa-private-key.pem':
        'rfc6216/B-1-Certificates-Using-EKU.04.certificate.pem',
    'smime-rs/keys/test_rsa.key': 'smime-rs/keys/test_rsa.pem',
    'smime-rs/keys/test_p256.key': 'smime-rs/keys/test_p256.pem',
}

# No certificate beside them, or of a kind that is not read.
UNREADABLE_KEYS = {'gnupg/key_g10code_theo1.pem', 'openssl/recipes/80-test_cms_data/dh-key.pem'}

# An identity for messages whose key nobody has.
SOMEBODY = 'smime-rs/keys/test_rsa.key'

# Everything was found right except that From, which our wrapping or the maker chose, is another.
GOOD = 'pass policy:from-mismatch policy:from-ambiguous policy:from-sender-only'
REFUSED = 'fail policy permerror neutral none'
ERRORS = ('error:SYNTAX error:UNSUPPORTED error:DECRYPT error:NOT_SMIME error:NO_KEY '
          'error:LIMIT')

# First part of the manifest's verdict -> our words: outcome, outcome:reason, error:NAME, or
# `opened` for decrypted and unsigned. The first row that fits decides.
VERDICTS = [
    ('decrypts; verifies', GOOD),
    ('decrypts; signature verifies; no usable trust', 'policy'),
    ('decrypts', 'opened'),
    ('verifies, chain valid', GOOD),
    ('valid at signing time', GOOD),
    ('signature verifies; path VALID', 'pass'),
    ('signature verifies; path INVALID',
     'policy:cert- temperror:cert-revocation-unknown fail permerror policy:algorithm-'),
    ('signature verifies; path invalid', 'policy:cert- fail'),
    ('signature verifies; no usable trust', 'policy'),
    ('signature ok', 'policy'),
    ('no key', 'error:NO_KEY error:UNSUPPORTED permerror:unsupported'),
    ('no S/MIME layer', 'error:NOT_SMIME none permerror:unsupported'),
    ('detached, content not in source', REFUSED),
    ('signature verifies; signing time', GOOD),
    ('reject', REFUSED + ' ' + ERRORS),
    ('', REFUSED + ' ' + ERRORS),
]


# What was encrypted is no MIME entity, and so no mail: refused like a wrong key (AC-74).
BARE_CONTENT = re.compile(r'> data\(\d+B\)$')


def by_prefix(table, path, default=None):
    """The value of the longest key that the path begins with."""
    keys = [key for key in table if path.startswith(key)]
    return table[max(keys, key=len)] if keys else default


def expected_of(entry):
    """Our words for what the manifest expects."""
    for start, words in VERDICTS:
        if entry['expected_verdict'].startswith(start):
            break
    measured = entry['openssl_measured'].split(' | ')[0]
    if words == GOOD and '/noattrs' in measured:
        return 'policy:attributes-missing'
    if words in (GOOD, 'policy') and 'weak digest' in entry['note']:
        return 'policy'
    if words == 'opened' and BARE_CONTENT.search(measured):
        return 'error:DECRYPT'
    return words
