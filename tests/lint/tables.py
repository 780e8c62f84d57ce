# SPDX-License-Identifier: LGPL-2.1-or-later
"""Names of others for the same, and where we differ with the reason."""

# Attributes of cryptography's KeyUsage, in the order of the bits.
KEY_USAGES = {
    'digital_signature': 'digitalSignature',
    'content_commitment': 'nonRepudiation',
    'key_encipherment': 'keyEncipherment',
    'data_encipherment': 'dataEncipherment',
    'key_agreement': 'keyAgreement',
    'key_cert_sign': 'keyCertSign',
    'crl_sign': 'cRLSign',
    'encipher_only': 'encipherOnly',
    'decipher_only': 'decipherOnly',
}

PURPOSES = {
    '1.3.6.1.5.5.7.3.1': 'serverAuth',
    '1.3.6.1.5.5.7.3.2': 'clientAuth',
    '1.3.6.1.5.5.7.3.3': 'codeSigning',
    '1.3.6.1.5.5.7.3.4': 'emailProtection',
    '1.3.6.1.5.5.7.3.5': 'ipsecEndSystem',
    '1.3.6.1.5.5.7.3.6': 'ipsecTunnel',
    '1.3.6.1.5.5.7.3.7': 'ipsecUser',
    '1.3.6.1.5.5.7.3.8': 'timeStamping',
    '1.3.6.1.5.5.7.3.9': 'OCSPSigning',
    '1.3.6.1.5.5.7.3.17': 'ipsecIKE',
    '1.3.6.1.5.5.7.3.36': 'documentSigning',
    '2.5.29.37.0': 'anyExtendedKeyUsage',
    '1.3.6.1.4.1.311.10.3.4': 'msEFS',
    '1.3.6.1.4.1.311.10.3.12': 'msDocumentSigning',
    '1.3.6.1.4.1.311.20.2.2': 'msSmartcardLogon',
}

SIGNATURES = {
    '1.2.840.113549.1.1.4': 'RSA-MD5',
    '1.2.840.113549.1.1.5': 'RSA-SHA1',
    '1.2.840.113549.1.1.11': 'RSA-SHA256',
    '1.2.840.113549.1.1.12': 'RSA-SHA384',
    '1.2.840.113549.1.1.13': 'RSA-SHA512',
    '1.2.840.10045.4.1': 'ECDSA-SHA1',
    '1.2.840.10045.4.3.2': 'ECDSA-SHA256',
    '1.2.840.10045.4.3.3': 'ECDSA-SHA384',
    '1.2.840.10045.4.3.4': 'ECDSA-SHA512',
    '1.3.101.112': 'EdDSA-Ed25519',
    '1.3.101.113': 'EdDSA-Ed448',
}

# Certificates that cryptography takes and we refuse, with what we say.
REFUSED = {
    'dotnet/Certificates.TwoEkuTsaCert.L990.crt.der':
        "the certificate can't be read: Duplicate extension in X.509 certificate.",
    # its modulus lacks the octet that makes it positive
    'gnutls/pkcs7-gen.pem1_cert.L36.crt.pem':
        "the certificate can't be read: its public key is malformed",
    'odd-certs/multiple_eku.pem':
        "the certificate can't be read: Duplicate extension in X.509 certificate.",
}

# pkilint's finding -> our name for the same, and how the keys begin that both speak of.
PKILINT = {
    'cabf.smime.certificate_validity_period_exceeds_1185_days': ('long-validity', ''),
    'cabf.smime.prohibited_signature_algorithm_encoding': ('signature-weak', ''),
    'cabf.smime.email_address_in_attribute_not_in_san': ('address-in-subject', ''),
    'pkix.certificate_serial_number_out_of_range': ('serial', ''),
    'pkix.key_usage_value_prohibited_for_ec': ('usage-encrypt', 'P-'),
    'cabf.invalid_country_code': ('country', ''),
}

# Of these pkilint has a finding in one fixture at least that we find, too.
FOUND_BY_BOTH = ('long-validity', 'signature-weak', 'serial', 'usage-encrypt')

# File and pkilint's finding -> who has it alone, and why.
MULTIPURPOSE = 'smime_br/organization/multipurpose/'
STRICT = 'smime_br/organization/strict/'
SPONSORED = 'smime_br/sponsored/strict/'
DISAGREED = {
    'pkix/old_lamps_smime_example.crttest '
    'cabf.smime.certificate_validity_period_exceeds_1185_days':
        ('ours', 'pkilint took it for one of RFC 5280 alone'),
    'smime_br/individual/multipurpose/decipheronly_no_keyagreement.crttest '
    'pkix.key_usage_value_prohibited_for_ec':
        ('ours', 'keyAgreement is lacking; pkilint speaks of what should not be there'),
    MULTIPURPOSE + 'invalid_country_code.crttest cabf.invalid_country_code':
        ('theirs', '"XG" is two letters; there is no list of countries here'),
    STRICT + 'ed25519_bad_ku.crttest cabf.smime.prohibited_signature_algorithm_encoding':
        ('ours', 'ML-DSA is not known here'),
    STRICT + 'mldsa44.crttest cabf.smime.prohibited_signature_algorithm_encoding':
        ('ours', 'ML-DSA is not known here'),
    STRICT + 'mlkem512_key_with_mldsa44_sig.crttest '
    'cabf.smime.prohibited_signature_algorithm_encoding':
        ('ours', 'ML-DSA is not known here'),
    SPONSORED + 'san_dirname_attribute_with_email_not_in_san.crttest '
    'cabf.smime.email_address_in_attribute_not_in_san':
        ('theirs', 'a surname in a directoryName of the SAN that looks like an address'),
    SPONSORED + 'subject_attribute_with_email_not_in_san.crttest '
    'cabf.smime.email_address_in_attribute_not_in_san':
        ('theirs', 'a surname that looks like an address, where none is read from'),
}

# zlint's fixtures by what they were made for: findings that must be there, and must not.
ZLINT = {
    'MailboxAddressFromSAN/WithSANEmailMatched': ('', 'address-in-subject no-names'),
    'MailboxAddressFromSAN/sponsorValidatedMultipurposeEmailInSubjectNotInSAN':
        ('address-in-subject', 'no-names'),
    'ec_legacy_digital_signature_key_agreement_content_commitment_decipher_only_ku':
        ('', 'usage-sign usage-non-repudiation usage-encrypt'),
    'ec_no_key_usages': ('usage-sign usage-non-repudiation usage-encrypt', 'usage-absent'),
    'ec_strict_cert_sign_ku': ('usage-sign usage-encrypt', ''),
    'ed25519_strict_valid_ku_august_2023': ('key-unusable', 'usage-sign usage-encrypt'),
    'email_with_multiple_values': ('name-malformed', 'no-names'),
    'mailbox_validated_common_name_good_email': ('no-names', 'name-malformed'),
    'multiple_email_present': ('usage-absent', 'name-malformed no-names'),
    'organizationValidatedMultipurposeWithServerAuthEKU': ('purpose-mixed', 'purpose'),
    'rsa_legacy_digital_signature_ku':
        ('usage-non-repudiation usage-encrypt', 'usage-sign'),
    'rsa_multipurpose_key_encipherment_data_encipherment_ku': ('usage-sign', 'usage-encrypt'),
    'rsa_strict_digital_signature_key_encipherment_content_commitment_ku':
        ('', 'usage-sign usage-non-repudiation usage-encrypt usage-absent'),
}
