// SPDX-License-Identifier: LGPL-2.1-or-later
// The Java side of bouncycastle.py: a loop over jobs, see line_peer.py for the protocol.

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FileReader;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Security;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.mail.internet.ContentType;
import javax.mail.internet.MimeBodyPart;
import javax.mail.internet.MimeMessage;
import javax.mail.internet.MimeMultipart;
import javax.mail.Session;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.smime.SMIMECapabilitiesAttribute;
import org.bouncycastle.asn1.smime.SMIMECapability;
import org.bouncycastle.asn1.smime.SMIMECapabilityVector;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSAuthEnvelopedData;
import org.bouncycastle.cms.CMSAuthEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.KeyAgreeRecipientId;
import org.bouncycastle.cms.RecipientInfoGenerator;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.RecipientInformationStore;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyAgreeEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientId;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientId;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.mail.smime.SMIMEEnveloped;
import org.bouncycastle.mail.smime.SMIMEEnvelopedGenerator;
import org.bouncycastle.mail.smime.SMIMESigned;
import org.bouncycastle.mail.smime.SMIMESignedGenerator;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.jcajce.JcaAlgorithmParametersConverter;
import org.bouncycastle.util.Store;

public class BouncyCastlePeer {
    static final Map<String, ASN1ObjectIdentifier> CIPHERS = Map.of(
        "aes-128-cbc", CMSAlgorithm.AES128_CBC, "aes-192-cbc", CMSAlgorithm.AES192_CBC,
        "aes-256-cbc", CMSAlgorithm.AES256_CBC, "aes-128-gcm", CMSAlgorithm.AES128_GCM,
        "aes-192-gcm", CMSAlgorithm.AES192_GCM, "aes-256-gcm", CMSAlgorithm.AES256_GCM);

    public static void main(String[] args) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        BufferedReader jobs = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = jobs.readLine()) != null;) {
            try {
                run(line.split("\t"));
                System.out.println("ok");
            } catch (Exception e) {
                String why = e + (e.getCause() == null ? "" : " / " + e.getCause());
                System.out.println("refused\t" + why.replaceAll("\\s+", " "));
            }
        }
    }

    static void run(String[] fields) throws Exception {
        Map<String, String> job = new HashMap<>();
        for (int i = 1; i < fields.length; i++) {
            String[] pair = fields[i].split("=", 2);
            job.put(pair[0], pair[1]);
        }
        switch (fields[0]) {
        case "sign": sign(job); break;
        case "verify": verify(job); break;
        case "encrypt": encrypt(job); break;
        case "decrypt": decrypt(job); break;
        default: throw new Exception("unknown operation " + fields[0]);
        }
    }

    // Files

    static X509Certificate cert(String path) throws Exception {
        try (PEMParser pem = new PEMParser(new FileReader(path))) {
            return cert((X509CertificateHolder) pem.readObject());
        }
    }

    static X509Certificate cert(X509CertificateHolder holder) throws Exception {
        return new JcaX509CertificateConverter().setProvider("BC").getCertificate(holder);
    }

    static PrivateKey key(String path) throws Exception {
        try (PEMParser pem = new PEMParser(new FileReader(path))) {
            Object key = pem.readObject();
            JcaPEMKeyConverter converter = new JcaPEMKeyConverter().setProvider("BC");
            if (key instanceof PEMKeyPair)
                return converter.getKeyPair((PEMKeyPair) key).getPrivate();
            return converter.getPrivateKey((PrivateKeyInfo) key);
        }
    }

    static MimeBodyPart part(String path) throws Exception {
        return new MimeBodyPart(new FileInputStream(path));
    }

    static MimeMessage message(String path) throws Exception {
        return new MimeMessage(null, new FileInputStream(path));
    }

    static void write(MimeBodyPart part, String path) throws Exception {
        try (OutputStream out = new BufferedOutputStream(new FileOutputStream(path))) {
            part.writeTo(out);
        }
    }

    // Signing

    static void sign(Map<String, String> job) throws Exception {
        PrivateKey key = key(job.get("key"));
        X509Certificate cert = cert(job.get("cert"));
        SMIMECapabilityVector capabilities = new SMIMECapabilityVector();
        capabilities.addCapability(SMIMECapability.aES256_CBC);
        ASN1EncodableVector attributes = new ASN1EncodableVector();
        attributes.add(new SMIMECapabilitiesAttribute(capabilities));
        SMIMESignedGenerator generator =
            new SMIMESignedGenerator(SMIMESignedGenerator.RFC5751_MICALGS);
        JcaSimpleSignerInfoGeneratorBuilder signer =
            new JcaSimpleSignerInfoGeneratorBuilder().setProvider("BC")
                .setSignedAttributeGenerator(new AttributeTable(attributes));
        String algorithm = signatureName(key, job);
        generator.addSignerInfoGenerator(job.get("identifier").equals("ski")
            ? signer.build(algorithm, key, keyIdentifier(cert))
            : signer.build(algorithm, key, cert));
        generator.addCertificates(new JcaCertStore(List.of(cert, cert(job.get("chain")))));
        if (job.get("form").equals("opaque")) {
            write(generator.generateEncapsulated(part(job.get("in"))), job.get("out"));
            return;
        }
        MimeMultipart signed = generator.generate(part(job.get("in")));
        MimeMessage message = new MimeMessage((Session) null);
        message.setContent(signed, signed.getContentType());
        message.saveChanges();
        // A bare entity, as from the other peers: the message class adds a mail's fields.
        message.removeHeader("Message-ID");
        message.removeHeader("Date");
        try (OutputStream out = new FileOutputStream(job.get("out"))) {
            message.writeTo(out);
        }
    }

    static String signatureName(PrivateKey key, Map<String, String> job) {
        String algorithm = key.getAlgorithm();
        String digest = job.get("digest").toUpperCase();
        if (algorithm.startsWith("RSA"))
            return digest + "withRSA" + (job.get("padding").equals("pss") ? "andMGF1" : "");
        return algorithm.startsWith("EC") ? digest + "withECDSA" : algorithm;
    }

    static void verify(Map<String, String> job) throws Exception {
        MimeMessage message = message(job.get("in"));
        SMIMESigned signed = message.isMimeType("multipart/signed")
            ? new SMIMESigned((MimeMultipart) message.getContent())
            : new SMIMESigned(message);
        Store<X509CertificateHolder> certs = signed.getCertificates();
        Collection<SignerInformation> signers = signed.getSignerInfos().getSigners();
        if (signers.isEmpty())
            throw new Exception("no signer");
        for (SignerInformation signer : signers) {
            Collection<?> matches = certs.getMatches(signer.getSID());
            X509Certificate cert = cert((X509CertificateHolder) matches.iterator().next());
            if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC")
                    .build(cert)))
                throw new Exception("signature does not verify");
            checkPath(cert, certs, cert(job.get("root")));
        }
        write(signed.getContent(), job.get("out"));
    }

    static void checkPath(X509Certificate signer, Store<X509CertificateHolder> certs,
            X509Certificate root) throws Exception {
        List<X509Certificate> known = new ArrayList<>();
        for (X509CertificateHolder holder : certs.getMatches(null))
            known.add(cert(holder));
        X509CertSelector selector = new X509CertSelector();
        selector.setCertificate(signer);
        PKIXBuilderParameters parameters =
            new PKIXBuilderParameters(Set.of(new TrustAnchor(root, null)), selector);
        parameters.addCertStore(CertStore.getInstance("Collection",
            new CollectionCertStoreParameters(known)));
        parameters.setRevocationEnabled(false);
        CertPathBuilder.getInstance("PKIX", "BC").build(parameters);
    }

    // Encryption

    static void encrypt(Map<String, String> job) throws Exception {
        List<RecipientInfoGenerator> recipients = new ArrayList<>();
        for (String path : job.get("certs").split(","))
            recipients.add(recipient(cert(path), job));
        JceCMSContentEncryptorBuilder encryptor =
            new JceCMSContentEncryptorBuilder(CIPHERS.get(job.get("cipher")))
                .setProvider("BC");
        if (!job.get("cipher").endsWith("gcm")) {
            SMIMEEnvelopedGenerator generator = new SMIMEEnvelopedGenerator();
            recipients.forEach(generator::addRecipientInfoGenerator);
            write(generator.generate(part(job.get("in")), encryptor.build()), job.get("out"));
            return;
        }
        CMSAuthEnvelopedDataGenerator generator = new CMSAuthEnvelopedDataGenerator();
        recipients.forEach(generator::addRecipientInfoGenerator);
        byte[] content = Files.readAllBytes(Paths.get(job.get("in")));
        byte[] sealed = generator.generate(new CMSProcessableByteArray(content),
            (OutputAEADEncryptor) encryptor.build()).getEncoded();
        Files.write(Paths.get(job.get("out")), sealed);
    }

    static RecipientInfoGenerator recipient(X509Certificate cert, Map<String, String> job)
            throws Exception {
        PublicKey key = cert.getPublicKey();
        boolean byKey = job.get("identifier").equals("ski");
        if (!key.getAlgorithm().startsWith("RSA"))
            return agreement(cert, byKey);
        AlgorithmIdentifier algorithm = new AlgorithmIdentifier(
            PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE);
        if (!job.get("keys").equals("rsa-pkcs1")) {
            String hash = job.get("keys").endsWith("sha1") ? "SHA-1" : "SHA-256";
            algorithm = new JcaAlgorithmParametersConverter().getAlgorithmIdentifier(
                PKCSObjectIdentifiers.id_RSAES_OAEP, new OAEPParameterSpec(hash, "MGF1",
                    new MGF1ParameterSpec(hash), PSource.PSpecified.DEFAULT));
        }
        return (byKey
            ? new JceKeyTransRecipientInfoGenerator(keyIdentifier(cert), algorithm, key)
            : new JceKeyTransRecipientInfoGenerator(cert, algorithm)).setProvider("BC");
    }

    static byte[] keyIdentifier(X509Certificate cert) throws Exception {
        return SubjectKeyIdentifier.getInstance(JcaX509ExtensionUtils.parseExtensionValue(
            cert.getExtensionValue("2.5.29.14"))).getKeyIdentifier();
    }

    static RecipientInfoGenerator agreement(X509Certificate cert, boolean byKey)
            throws Exception {
        PublicKey key = cert.getPublicKey();
        KeyPairGenerator generator = KeyPairGenerator.getInstance(key.getAlgorithm(), "BC");
        if (key instanceof ECPublicKey)
            generator.initialize(((ECPublicKey) key).getParams());
        KeyPair ephemeral = generator.generateKeyPair();
        JceKeyAgreeRecipientInfoGenerator made =
            new JceKeyAgreeRecipientInfoGenerator(CMSAlgorithm.ECDH_SHA256KDF,
                ephemeral.getPrivate(), ephemeral.getPublic(), CMSAlgorithm.AES256_WRAP)
                .setProvider("BC");
        return byKey ? made.addRecipient(keyIdentifier(cert), key) : made.addRecipient(cert);
    }

    static void decrypt(Map<String, String> job) throws Exception {
        PrivateKey key = key(job.get("key"));
        X509Certificate cert = cert(job.get("cert"));
        MimeMessage message = message(job.get("in"));
        String type = new ContentType(message.getContentType()).getParameter("smime-type");
        RecipientInformationStore recipients = "authEnveloped-data".equalsIgnoreCase(type)
            ? new CMSAuthEnvelopedData(message.getInputStream()).getRecipientInfos()
            : new SMIMEEnveloped(message).getRecipientInfos();
        boolean rsa = key.getAlgorithm().startsWith("RSA");
        RecipientInformation mine = recipients.get(
            rsa ? new JceKeyTransRecipientId(cert) : new JceKeyAgreeRecipientId(cert));
        if (mine == null && !rsa)   // the class above knows no key identifiers
            mine = recipients.get(new KeyAgreeRecipientId(keyIdentifier(cert)));
        if (mine == null)
            throw new Exception("no matching recipient");
        byte[] content = rsa
            ? mine.getContent(new JceKeyTransEnvelopedRecipient(key).setProvider("BC"))
            : mine.getContent(new JceKeyAgreeEnvelopedRecipient(key).setProvider("BC"));
        Files.write(Paths.get(job.get("out")), content);
    }
}
