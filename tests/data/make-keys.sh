#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes the keys and certificates of tests/data/keys anew. They are committed: run it only to add
# one, for every fixed signature and verdict in the tests depends on them.
#
# name.pem  the certificate     name-key.pem  its key     name-id.pem  key, certificate, chain
# name.p12, name-legacy.p12     the same as PKCS#12, passphrase "secret"
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$here/keys
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out" "$work/ca"
cd "$work"
: >ca/index
echo 1000 >ca/serial
cat >ca.conf <<CONF
[ca]
default_ca = c
[c]
database = ca/index
new_certs_dir = ca
serial = ca/serial
policy = p
default_md = sha256
unique_subject = no
[p]
commonName = supplied
[req]
distinguished_name = dn
prompt = no
[dn]
CONF

key() { # name, openssl genpkey arguments
    name=$1
    shift
    openssl genpkey "$@" -out "$out/$name-key.pem" 2>/dev/null
}
rsa() { key "$1" -algorithm RSA -pkeyopt "rsa_keygen_bits:$2"; }
ec() { key "$1" -algorithm EC -pkeyopt "ec_paramgen_curve:$2" -pkeyopt ec_param_enc:named_curve; }

# name, issuer ("self" for none), extensions; FROM and TO are the days of validity
cert() {
    printf '%b' "$3" >ext
    openssl req -new -config ca.conf -key "$out/$1-key.pem" -subj "/CN=Test $1" -out csr
    if [ "$2" = self ]; then
        set -- "$1" "$1" -selfsign
    else
        set -- "$1" "$2" -cert "$out/$2.pem"
    fi
    openssl ca -batch -notext -config ca.conf -in csr -keyfile "$out/$2-key.pem" "$3" ${4:+"$4"} \
        -startdate "${FROM:-20240101000000Z}" -enddate "${TO:-20540101000000Z}" \
        -extfile ext -out "$out/$1.pem" 2>/dev/null
    openssl x509 -in "$out/$1.pem" -out "$out/$1.pem"
}

common='basicConstraints=critical,CA:FALSE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n'
ca='basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n'
mail='extendedKeyUsage=emailProtection\n'
both='keyUsage=critical,digitalSignature,nonRepudiation,keyEncipherment\n'
agree='keyUsage=critical,digitalSignature,nonRepudiation,keyAgreement\n'
sign='keyUsage=critical,digitalSignature,nonRepudiation\n'
san() { echo "subjectAltName=$1\n"; }

rsa root 2048
rsa intermediate 2048
cert root self "$ca"
cert intermediate root "${ca}authorityKeyIdentifier=keyid\n"

rsa rsa2048 2048
rsa rsa3072 3072
rsa rsa1024 1024
rsa alice 2048
rsa expired 2048
rsa server 2048
rsa encrypt-only 2048
rsa self-signed 2048
rsa domain 2048
key rsapss -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048
key rsapss-bound -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256 \
    -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32
ec p256 P-256
ec p384 P-384
ec p521 P-521
key ed25519 -algorithm ED25519
key x25519 -algorithm X25519

for name in rsa2048 rsa3072 rsa1024 alice; do
    cert $name intermediate "$common$mail$both$(san email:$name@example.com)"
done
for name in p256 p384 p521; do
    cert $name intermediate "$common$mail$agree$(san email:$name@example.com)"
done
# RFC 4262: AES-128-CBC; AES-128-CBC and AES-256-GCM; 3DES and RC2.
aes=300b060960864801650304
can() { echo "1.2.840.113549.1.9.15=DER:$1"; }
for name in can-aes128 can-gcm can-weak; do
    ec $name P-256
done
cert can-aes128 intermediate "$common$mail$agree$(can 300d${aes}0102)\n$(san email:can-aes128@example.com)"
cert can-gcm intermediate "$common$mail$agree$(can 301a${aes}0102${aes}012e)\n$(san email:can-gcm@example.com)"
cert can-weak intermediate "$common$mail$agree$(can \
    301c300a06082a864886f70d0307300e06082a864886f70d030202020080)\n$(san email:can-weak@example.com)"
cert ed25519 intermediate "$common$mail$sign$(san email:ed25519@example.com)"
cert rsapss intermediate "$common$mail$sign$(san email:rsapss@example.com)"
cert rsapss-bound intermediate "$common$mail$sign$(san email:rsapss-bound@example.com)"
FROM=20240101000000Z TO=20250101000000Z \
    cert expired intermediate "$common$mail$both$(san email:expired@example.com)"
cert server intermediate "${common}extendedKeyUsage=serverAuth\n$both$(san email:server@example.com)"
cert encrypt-only intermediate \
    "${common}${mail}keyUsage=critical,keyEncipherment\n$(san email:encrypt-only@example.com)"
cert self-signed self "${common}$mail$both$(san email:self-signed@example.com)"
cert domain intermediate "$common$mail$both$(san 'DNS:example.com,DNS:*.example.net')"

# X25519 can't sign a request.
openssl pkey -in "$out/x25519-key.pem" -pubout -out x25519-pub.pem
cat >template <<CONF
cn = "Test x25519"
serial = 8192
activation_date = "2024-01-01 00:00:00 UTC"
expiration_date = "2054-01-01 00:00:00 UTC"
email = "x25519@example.com"
key_agreement
email_protection_key
CONF
certtool --generate-certificate --load-pubkey x25519-pub.pem --template template \
    --load-ca-certificate "$out/intermediate.pem" --load-ca-privkey "$out/intermediate-key.pem" \
    --outfile "$out/x25519.pem" 2>/dev/null >/dev/null
for name in rsa2048 rsa3072 rsa1024 alice expired server encrypt-only domain rsapss rsapss-bound p256 p384 p521 \
    can-aes128 can-gcm can-weak ed25519 x25519; do
    cat "$out/$name-key.pem" "$out/$name.pem" "$out/intermediate.pem" >"$out/$name-id.pem"
done
cat "$out/self-signed-key.pem" "$out/self-signed.pem" >"$out/self-signed-id.pem"

cat "$out/intermediate.pem" "$out/root.pem" >chain.pem
for name in rsa2048 p256 ed25519; do
    set -- -export -inkey "$out/$name-key.pem" -in "$out/$name.pem" -certfile chain.pem \
        -passout pass:secret -name "Test $name"
    openssl pkcs12 "$@" -out "$out/$name.p12"
    openssl pkcs12 "$@" -legacy -out "$out/$name-legacy.p12"
done

# The same keys in the other forms of PEM.
pem() { # name of the file, certificate; the key comes in by standard input
    cat - "$out/$2.pem" "$out/intermediate.pem" >"$out/$1.pem"
}
openssl pkcs8 -topk8 -v2 aes-256-cbc -in "$out/rsa2048-key.pem" -passout pass:secret |
    pem rsa2048-pkcs8 rsa2048
openssl pkcs8 -topk8 -v2 aes-256-cbc -in "$out/x25519-key.pem" -passout pass:secret |
    pem x25519-pkcs8 x25519
openssl rsa -traditional -in "$out/rsa2048-key.pem" 2>/dev/null | pem rsa2048-pkcs1 rsa2048
openssl rsa -traditional -aes128 -in "$out/rsa2048-key.pem" -passout pass:secret 2>/dev/null |
    pem rsa2048-pkcs1-secret rsa2048
{
    openssl ecparam -name prime256v1
    openssl ec -in "$out/p256-key.pem" 2>/dev/null
} | pem p256-sec1 p256
