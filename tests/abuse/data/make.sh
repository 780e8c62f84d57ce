#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# How the files of this folder were made, once, by another program than ours; they are kept so
# that a mutant's number always means the same bytes. Not run by any test.
set -eu
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 36500 \
    -subj '/O=libsmimegw abuse/CN=abuse root' -addext 'keyUsage=critical,keyCertSign,cRLSign'
openssl req -newkey rsa:2048 -nodes -keyout alice.key -out alice.csr \
    -subj '/O=libsmimegw abuse/CN=alice'
cat > alice.ext <<'END'
basicConstraints=critical,CA:false
keyUsage=critical,digitalSignature,nonRepudiation,keyEncipherment
extendedKeyUsage=emailProtection
subjectAltName=email:alice@example.test
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
END
openssl x509 -req -in alice.csr -CA ca.pem -CAkey ca.key -set_serial 0x1234567890abcdef -days 36500 \
    -sha256 -extfile alice.ext -out alice.crt
cat alice.crt alice.key > alice.pem

sed 's/$/\r/' > inner <<'END'
Content-Type: multipart/mixed; boundary="inner"

--inner
Content-Type: text/plain; charset=us-ascii

Pay 100 EUR to account 4711, please.
Never pay 900 EUR to account 1174.

--inner
Content-Type: application/octet-stream; name="a.bin"
Content-Transfer-Encoding: base64

AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v
MDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5f
--inner--
END
outer() {
    printf 'From: Alice <alice@example.test>\r\nTo: bob@example.test\r\n'
    printf 'Subject: payment\r\nDate: Tue, 24 Nov 2026 08:00:00 +0000\r\n'
    cat
}
crlf() { sed 's/\r*$/\r/'; }
signed() { openssl cms -sign -binary -noindef -signer alice.crt -inkey alice.key "$@" | crlf; }
sealed() { openssl cms -encrypt -binary -noindef "$@" alice.crt | crlf; }
signed -in inner > signed
signed -in inner -nodetach | outer > signed-opaque.eml
outer < signed > signed-detached.eml
sealed -aes256 -in inner | outer > encrypted-cbc.eml
sealed -aes-256-gcm -in inner | outer > encrypted-gcm.eml
sealed -aes256 -in signed > both
outer < both > sign-encrypt.eml
signed -in both | outer > triple.eml
rm -f ca.key alice.key alice.csr alice.ext alice.crt inner signed both
