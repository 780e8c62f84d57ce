// SPDX-License-Identifier: LGPL-2.1-or-later
// PKI.js over the WebCrypto of node.

import { webcrypto } from 'crypto';
import { load, pem, read, serve } from './protocol.mjs';

const pkijs = load('pkijs');
const asn1js = load('asn1js');

pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto }));
const crypto = pkijs.getCrypto(true);

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const ENVELOPED_DATA = '1.2.840.113549.1.7.3';
const DATA = '1.2.840.113549.1.7.1';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SIGNING_TIME = '1.2.840.113549.1.9.5';

function bytes(buffer) {
    return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);
}

function certificate(file) {
    return pkijs.Certificate.fromBER(bytes(pem(file, 'CERTIFICATE')[0]));
}

function contentInfo(type, content) {
    const info = new pkijs.ContentInfo({ contentType: type, content });
    return Buffer.from(info.toSchema().toBER(false));
}

// kind: the test's name of the key, as rsa2048 or p384
function signingKey(file, kind, padding, hash) {
    const algorithms = {
        rsa: { name: padding === 'pss' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5', hash },
        p: { name: 'ECDSA', namedCurve: kind.toUpperCase().replace('P', 'P-') },
        ed: { name: 'Ed25519' },
    };
    const algorithm = algorithms[kind.replace(/[0-9]+$/, '')];
    const key = pem(file, 'PRIVATE KEY')[0];
    return webcrypto.subtle.importKey('pkcs8', key, algorithm, true, ['sign']);
}

function attribute(type, value) {
    return new pkijs.Attribute({ type, values: [value] });
}

async function sign(job) {
    const hash = job.digest.toUpperCase().replace('SHA', 'SHA-');
    const signer = certificate(job.cert);
    const content = bytes(read(job.in));
    const digest = await crypto.digest(hash, content);
    const attributes = [
        attribute(CONTENT_TYPE, new asn1js.ObjectIdentifier({ value: DATA })),
        attribute(SIGNING_TIME, new asn1js.UTCTime({ valueDate: new Date() })),
        attribute(MESSAGE_DIGEST, new asn1js.OctetString({ valueHex: digest })),
    ];
    const signed = new pkijs.SignedData({
        version: 1,
        encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: DATA }),
        certificates: [signer, certificate(job.chain)],
        signerInfos: [new pkijs.SignerInfo({
            version: 1,
            sid: new pkijs.IssuerAndSerialNumber({
                issuer: signer.issuer,
                serialNumber: signer.serialNumber,
            }),
            signedAttrs: new pkijs.SignedAndUnsignedAttributes({ type: 0, attributes }),
        })],
    });
    if (job.form === 'opaque') {
        signed.encapContentInfo.eContent = new asn1js.OctetString({ valueHex: content });
    }
    const key = await signingKey(job.key, job.kind, job.padding, hash);
    await signed.sign(key, 0, hash, content);
    return contentInfo(SIGNED_DATA, signed.toSchema(true));
}

function parse(file, Type) {
    return new Type({ schema: pkijs.ContentInfo.fromBER(bytes(read(file))).content });
}

async function verify(job) {
    const signed = parse(job.in, pkijs.SignedData);
    if (signed.signerInfos.length !== 1) throw new Error('not one signer');
    const data = job.content ? bytes(read(job.content)) : undefined;
    const result = await signed.verify({
        signer: 0,
        data,
        trustedCerts: [certificate(job.root)],
        checkChain: true,
        extendedMode: true,
    });
    if (!result.signatureVerified || !result.signerCertificateVerified) {
        throw new Error(`signature ${result.signatureVerified}, chain `
            + `${result.signerCertificateVerified}: ${result.message}`);
    }
    return Buffer.from(data ?? signed.encapContentInfo.eContent.getValue());
}

async function encrypt(job) {
    const enveloped = new pkijs.EnvelopedData();
    const parameters = {
        oaepHashAlgorithm: job.keys === 'rsa-oaep-sha1' ? 'SHA-1' : 'SHA-256',
        kdfAlgorithm: 'SHA-256',
        kekEncryptionLength: 256,
    };
    for (const file of job.certs.split(',')) {
        enveloped.addRecipientByCertificate(certificate(file), parameters);
    }
    const [, length, mode] = job.cipher.split('-');
    const cipher = { name: `AES-${mode.toUpperCase()}`, length: Number(length) };
    await enveloped.encrypt(cipher, bytes(read(job.in)));
    return contentInfo(ENVELOPED_DATA, enveloped.toSchema());
}

async function decrypt(job) {
    const enveloped = parse(job.in, pkijs.EnvelopedData);
    const parameters = {
        recipientCertificate: certificate(job.cert),
        recipientPrivateKey: bytes(pem(job.key, 'PRIVATE KEY')[0]),
    };
    let failure;
    // It is told which recipient it is by index; there is no call to find that out.
    for (let index = 0; index < enveloped.recipientInfos.length; index += 1) {
        try {
            return Buffer.from(await enveloped.decrypt(index, parameters));
        } catch (error) {
            failure = error;
        }
    }
    throw failure;
}

await serve({ sign, verify, encrypt, decrypt });
