// SPDX-License-Identifier: LGPL-2.1-or-later
// node-forge: signatures by RSA keys, EnvelopedData with RSA and AES-CBC. Its verify() is
// an empty function, so it can't judge signatures.

import { load, read, serve } from './protocol.mjs';

const forge = load('node-forge');
const { oids } = forge.pki;

const CIPHERS = {
    'aes-128-cbc': 'aes128-CBC',
    'aes-192-cbc': 'aes192-CBC',
    'aes-256-cbc': 'aes256-CBC',
};

function binary(file) {
    return read(file).toString('binary');
}

function certificate(file) {
    return forge.pki.certificateFromPem(read(file).toString());
}

function privateKey(file) {
    return forge.pki.privateKeyFromPem(read(file).toString());
}

function der(message) {
    return Buffer.from(forge.asn1.toDer(message.toAsn1()).getBytes(), 'binary');
}

function sign(job) {
    const signed = forge.pkcs7.createSignedData();
    signed.content = forge.util.createBuffer(binary(job.in));
    signed.addCertificate(certificate(job.cert));
    signed.addCertificate(certificate(job.chain));
    // forge writes attributes in the order given. DER wants this one: shortest first.
    signed.addSigner({
        key: privateKey(job.key),
        certificate: certificate(job.cert),
        digestAlgorithm: oids[job.digest],
        authenticatedAttributes: [
            { type: oids.contentType, value: oids.data },
            { type: oids.signingTime, value: new Date() },
            { type: oids.messageDigest },
        ],
    });
    signed.sign({ detached: job.form === 'detached' });
    return der(signed);
}

function encrypt(job) {
    if (!CIPHERS[job.cipher]) throw new Error(`no cipher ${job.cipher}`);
    const enveloped = forge.pkcs7.createEnvelopedData();
    job.certs.split(',').forEach((file) => enveloped.addRecipient(certificate(file)));
    enveloped.content = forge.util.createBuffer(binary(job.in));
    enveloped.encrypt(undefined, oids[CIPHERS[job.cipher]]);
    return der(enveloped);
}

function decrypt(job) {
    const enveloped = forge.pkcs7.messageFromAsn1(forge.asn1.fromDer(binary(job.in)));
    const recipient = enveloped.findRecipient(certificate(job.cert));
    if (!recipient) throw new Error('no matching recipient');
    enveloped.decrypt(recipient, privateKey(job.key));
    if (!enveloped.content) throw new Error('no content after decryption');
    return Buffer.from(enveloped.content.getBytes(), 'binary');
}

await serve({ sign, encrypt, decrypt });
