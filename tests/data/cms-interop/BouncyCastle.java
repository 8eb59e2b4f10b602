/* Makes fixtures with BouncyCastle: what OpenSSL's command cannot make, and a second opinion on what it can.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
import java.io.FileReader;
import java.io.FileWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.util.Date;
import java.util.Hashtable;
import java.util.List;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cms.*;
import org.bouncycastle.cms.jcajce.*;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.operator.jcajce.JcaAlgorithmParametersConverter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.util.encoders.Hex;

public class BouncyCastle {
    interface Maker { byte[] make() throws Exception; }

    static byte[] content;
    static final byte[] UKM = "user keying material".getBytes();

    static X509Certificate certificate(String path) throws Exception {
        try (PEMParser parser = new PEMParser(new FileReader("keys/" + path + ".cert.pem"))) {
            return new JcaX509CertificateConverter().setProvider("BC")
                .getCertificate((org.bouncycastle.cert.X509CertificateHolder) parser.readObject());
        }
    }

    static PrivateKey key(String path) throws Exception {
        try (PEMParser parser = new PEMParser(new FileReader("keys/" + path + ".key.pem"))) {
            Object object = parser.readObject();
            while (!(object instanceof org.bouncycastle.asn1.pkcs.PrivateKeyInfo)) object = parser.readObject();
            return new JcaPEMKeyConverter().setProvider("BC").getPrivateKey((org.bouncycastle.asn1.pkcs.PrivateKeyInfo) object);
        }
    }

    static void write(String file, Maker maker) {
        try {
            Files.write(Path.of(file), maker.make());
        } catch (Throwable fault) {
            System.err.println(file + ": " + fault + (fault.getCause() != null ? " / " + fault.getCause() : ""));
        }
    }

    /* --- signed --- */

    static SignerInfoGenerator signer(String who, String algorithm, boolean direct) throws Exception {
        return new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().setProvider("BC").build())
            .setDirectSignature(direct)
            .build(new JcaContentSignerBuilder(algorithm).setProvider("BC").build(key(who)), certificate(who));
    }

    static CMSSignedData signed(String who, String algorithm, boolean direct, boolean attached) throws Exception {
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        generator.addSignerInfoGenerator(signer(who, algorithm, direct));
        generator.addCertificates(new JcaCertStore(List.of(certificate(who))));
        return generator.generate(new CMSProcessableByteArray(content), attached);
    }

    static void sign(String name, String who, String algorithm) {
        write("signed/bc-" + name + ".p7m", () -> signed(who, algorithm, false, true).getEncoded("DER"));
        write("signed/bc-" + name + "-noattr.p7m", () -> signed(who, algorithm, true, true).getEncoded("DER"));
    }

    static byte[] countersigned() throws Exception {
        CMSSignedData data = signed("ring/p256", "SHA256withECDSA", false, true);
        CMSSignedDataGenerator counter = new CMSSignedDataGenerator();
        counter.addSignerInfoGenerator(signer("ring/ed25519", "Ed25519", false));
        SignerInformation first = data.getSignerInfos().getSigners().iterator().next();
        SignerInformation both = SignerInformation.addCounterSigners(first, counter.generateCounterSigners(first));
        data = CMSSignedData.replaceSigners(data, new SignerInformationStore(both));
        return CMSSignedData.replaceCertificatesAndCRLs(data,
            new JcaCertStore(List.of(certificate("ring/p256"), certificate("ring/ed25519"))), null, null).getEncoded("DER");
    }

    /* --- sealed --- */

    static byte[] seal(OutputEncryptor encryptor, AttributeTable attributes, RecipientInfoGenerator... recipients) throws Exception {
        if (encryptor instanceof OutputAEADEncryptor) {
            CMSAuthEnvelopedDataGenerator generator = new CMSAuthEnvelopedDataGenerator();
            for (RecipientInfoGenerator recipient : recipients) generator.addRecipientInfoGenerator(recipient);
            if (attributes != null) generator.setAuthenticatedAttributeGenerator(new SimpleAttributeTableGenerator(attributes));
            return generator.generate(new CMSProcessableByteArray(content), (OutputAEADEncryptor) encryptor)
                .toASN1Structure().getEncoded("DER");
        }
        CMSEnvelopedDataGenerator generator = new CMSEnvelopedDataGenerator();
        for (RecipientInfoGenerator recipient : recipients) generator.addRecipientInfoGenerator(recipient);
        return generator.generate(new CMSProcessableByteArray(content), encryptor).toASN1Structure().getEncoded("DER");
    }

    static OutputEncryptor cipher(ASN1ObjectIdentifier oid) throws Exception {
        return new JceCMSContentEncryptorBuilder(oid).setProvider("BC").build();
    }

    static RecipientInfoGenerator agreement(String who, KeyPair ephemeral, ASN1ObjectIdentifier scheme, ASN1ObjectIdentifier wrap,
                                            byte[] ukm) throws Exception {
        JceKeyAgreeRecipientInfoGenerator generator =
            new JceKeyAgreeRecipientInfoGenerator(scheme, ephemeral.getPrivate(), ephemeral.getPublic(), wrap).setProvider("BC");
        generator.addRecipient(certificate("ring/" + who));
        return ukm == null ? generator : generator.setUserKeyingMaterial(ukm);
    }

    static void agree(Object[][] curves, Object[][] schemes) {
        for (Object[] curve : curves)
            for (Object[] scheme : schemes)
                for (byte[] ukm : new byte[][] {null, UKM})
                    write("enveloped/bc-" + curve[0] + "-" + scheme[0] + (ukm == null ? "" : "-ukm") + "-aes-128-gcm.p7m",
                        () -> seal(cipher(CMSAlgorithm.AES128_GCM), null,
                            agreement((String) curve[0], ephemeral((String) curve[1], (String) curve[2]),
                                (ASN1ObjectIdentifier) scheme[1], CMSAlgorithm.AES128_WRAP, ukm)));
    }

    static KeyPair ephemeral(String algorithm, String curve) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm, "BC");
        if (curve != null) generator.initialize(new java.security.spec.ECGenParameterSpec(curve));
        return generator.generateKeyPair();
    }

    static byte[] kekMember(String name, String member) throws Exception {
        for (String line : Files.readAllLines(Path.of("keys/ring/" + name)))
            if (line.startsWith(member + " = ")) return Hex.decode(line.substring(member.length() + 3));
        throw new IllegalStateException(name);
    }

    static RecipientInfoGenerator kek(String name, String algorithm) throws Exception {
        return new JceKEKRecipientInfoGenerator(kekMember(name + ".kek", "id"),
            new SecretKeySpec(kekMember(name + ".kek", "key"), algorithm)).setProvider("BC");
    }

    static RecipientInfoGenerator rsa() throws Exception {
        return new JceKeyTransRecipientInfoGenerator(certificate("ring/rsa")).setProvider("BC");
    }

    static RecipientInfoGenerator oaep(String digest, MGF1ParameterSpec mgf) throws Exception {
        AlgorithmIdentifier algorithm = new JcaAlgorithmParametersConverter().getAlgorithmIdentifier(
            PKCSObjectIdentifiers.id_RSAES_OAEP, new OAEPParameterSpec(digest, "MGF1", mgf, PSource.PSpecified.DEFAULT));
        return new JceKeyTransRecipientInfoGenerator(certificate("ring/rsa"), algorithm).setProvider("BC");
    }

    static byte[] authenticated(boolean attributes) throws Exception {
        CMSAuthenticatedDataGenerator generator = new CMSAuthenticatedDataGenerator();
        generator.addRecipientInfoGenerator(
            agreement("p256", ephemeral("EC", "P-256"), CMSAlgorithm.ECDH_SHA256KDF, CMSAlgorithm.AES128_WRAP, null));
        var mac = new JceCMSMacCalculatorBuilder(PKCSObjectIdentifiers.id_hmacWithSHA256).setProvider("BC").build();
        CMSTypedData data = new CMSProcessableByteArray(content);
        return (attributes ? generator.generate(data, mac, new JcaDigestCalculatorProviderBuilder().setProvider("BC").build().get(
                    new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256)))
                           : generator.generate(data, mac)).toASN1Structure().getEncoded("DER");
    }

    static AttributeTable attributes() {
        Hashtable<ASN1ObjectIdentifier, Attribute> table = new Hashtable<>();
        for (String oid : new String[] {"1.3.6.1.4.1.99999.2", "1.3.6.1.4.1.99999.1"}) {
            ASN1ObjectIdentifier type = new ASN1ObjectIdentifier(oid);
            table.put(type, new Attribute(type, new DERSet(new DERUTF8String("attribute " + oid))));
        }
        return new AttributeTable(table);
    }

    /* --- post-quantum: keys made here, as the openssl command of Debian 12 has none --- */

    static void pem(String file, Object object) throws Exception {
        try (JcaPEMWriter writer = new JcaPEMWriter(new FileWriter(file))) { writer.writeObject(object); }
    }

    static void makeQuantumKey(String name, String algorithm) throws Exception {
        if (Files.exists(Path.of("keys/pqc/" + name + ".key.pem"))) return;
        KeyPair pair = KeyPairGenerator.getInstance(algorithm, "BC").generateKeyPair();
        X509Certificate ca = certificate("other/ca");
        var builder = new JcaX509v3CertificateBuilder(ca, new BigInteger("9" + Math.abs(name.hashCode())), new Date(1577836800000L),
            new Date(3155759999000L), new javax.security.auth.x500.X500Principal("CN=" + name), pair.getPublic());
        var holder = builder.build(new JcaContentSignerBuilder("SHA256withECDSA").setProvider("BC").build(key("other/ca")));
        pem("keys/pqc/" + name + ".cert.pem", holder);
        pem("keys/pqc/" + name + ".key.pem", new org.bouncycastle.openssl.jcajce.JcaPKCS8Generator(pair.getPrivate(), null));
    }

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        content = Files.readAllBytes(Path.of("content.txt"));

        sign("ed25519", "ring/ed25519", "Ed25519");
        sign("ed448", "ring/ed448", "Ed448");
        sign("rsa-sha256", "ring/rsa", "SHA256withRSA");
        sign("rsa-sha1", "ring/rsa", "SHA1withRSA");
        sign("pss-sha256", "ring/rsa", "SHA256withRSAandMGF1");
        sign("pss-sha384", "ring/rsa", "SHA384withRSAandMGF1");
        sign("ecdsa-p256-sha256", "ring/p256", "SHA256withECDSA");
        sign("ecdsa-p521-sha512", "ring/p521", "SHA512withECDSA");
        sign("ecdsa-p384-sha3-384", "ring/p384", "SHA3-384withECDSA");
        sign("dsa-sha256", "ring/dsa", "SHA256withDSA");
        write("signed/bc-ed25519.p7s", () -> signed("ring/ed25519", "Ed25519", false, false).getEncoded("DER"));
        write("signed/bc-ber-ecdsa-p256.p7m", () -> signed("ring/p256", "SHA256withECDSA", false, true).getEncoded());
        write("signed/bc-countersigned.p7m", BouncyCastle::countersigned);

        ASN1ObjectIdentifier hkdf256 = new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.3.19");
        ASN1ObjectIdentifier hkdf384 = new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.3.20");
        ASN1ObjectIdentifier hkdf512 = new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.3.21");
        ASN1ObjectIdentifier chacha = new ASN1ObjectIdentifier("1.2.840.113549.1.9.16.3.18");
        Object[][] elliptic = {{"p256", "EC", "P-256"}, {"p384", "EC", "P-384"}, {"p521", "EC", "P-521"}};
        Object[][] x963 = {{"x963-sha256", CMSAlgorithm.ECDH_SHA256KDF}, {"x963-sha512", CMSAlgorithm.ECDH_SHA512KDF},
                           {"cofactor-sha384", CMSAlgorithm.ECCDH_SHA384KDF}};
        Object[][] montgomery = {{"x25519", "X25519", null}, {"x448", "X448", null}};
        Object[][] hkdf = {{"hkdf-sha256", hkdf256}, {"hkdf-sha384", hkdf384}, {"hkdf-sha512", hkdf512}};
        agree(elliptic, x963);
        agree(montgomery, hkdf); /* BouncyCastle has neither HKDF for P-256 nor the X9.63 KDF for X25519 */

        Object[][] ciphers = {{"aes-128-ccm", CMSAlgorithm.AES128_CCM}, {"aes-192-ccm", CMSAlgorithm.AES192_CCM},
                              {"aes-256-ccm", CMSAlgorithm.AES256_CCM}, {"aes-192-gcm", CMSAlgorithm.AES192_GCM},
                              {"aes-256-gcm", CMSAlgorithm.AES256_GCM}, {"chacha20-poly1305", chacha},
                              {"aes-256-cbc", CMSAlgorithm.AES256_CBC}, {"des-ede3-cbc", CMSAlgorithm.DES_EDE3_CBC},
                              {"camellia-256-cbc", CMSAlgorithm.CAMELLIA256_CBC}};
        for (Object[] each : ciphers) {
            ASN1ObjectIdentifier oid = (ASN1ObjectIdentifier) each[1];
            write("enveloped/bc-rsa-" + each[0] + ".p7m", () -> seal(cipher(oid), null, rsa()));
            write("enveloped/bc-rsa-cek-hkdf-" + each[0] + ".p7m", () -> seal(
                new JceCMSContentEncryptorBuilder(oid).setEnableSha256HKdf(true).setProvider("BC").build(), null, rsa()));
            write("enveloped/bc-kek-" + each[0] + ".p7m", () -> seal(cipher(oid), null, kek("aes256", "AES")));
        }
        for (Object[] each : new Object[][] {ciphers[0], ciphers[4], ciphers[5]})
            write("enveloped/bc-rsa-attributes-" + each[0] + ".p7m",
                () -> seal(cipher((ASN1ObjectIdentifier) each[1]), attributes(), rsa()));
        write("enveloped/bc-kek-des3wrap-des-ede3-cbc.p7m",
            () -> seal(cipher(CMSAlgorithm.DES_EDE3_CBC), null, kek("tripledes", "DESede")));
        write("enveloped/bc-oaep-sha256-aes-128-gcm.p7m",
            () -> seal(cipher(CMSAlgorithm.AES128_GCM), null, oaep("SHA-256", MGF1ParameterSpec.SHA256)));
        write("enveloped/bc-oaep-sha384-mgf-sha1-aes-128-gcm.p7m",
            () -> seal(cipher(CMSAlgorithm.AES128_GCM), null, oaep("SHA-384", MGF1ParameterSpec.SHA1)));
        for (PasswordRecipient.PRF prf : new PasswordRecipient.PRF[] {PasswordRecipient.PRF.HMacSHA1, PasswordRecipient.PRF.HMacSHA256})
            write("enveloped/bc-password-" + prf.getName().toLowerCase() + "-aes-128-gcm.p7m",
                () -> seal(cipher(CMSAlgorithm.AES128_GCM), null,
                    new JcePasswordRecipientInfoGenerator(CMSAlgorithm.AES256_CBC, "correct horse".toCharArray()).setProvider("BC")
                        .setPRF(prf).setSaltAndIterationCount(UKM, 2048)));
        write("enveloped/bc-authenticated-hmac-sha256.p7m", () -> authenticated(false));
        write("enveloped/bc-authenticated-attributes-hmac-sha256.p7m", () -> authenticated(true));
        write("enveloped/bc-encrypted-data-aes-256-cbc.p7m", () -> new CMSEncryptedDataGenerator().generate(
            new CMSProcessableByteArray(content), cipher(CMSAlgorithm.AES256_CBC)).toASN1Structure().getEncoded("DER")); /* key lost: no-key */
        write("enveloped/bc-rsa-kem-aes-256-gcm.p7m", () -> seal(cipher(CMSAlgorithm.AES256_GCM), null,
            new JceKEMRecipientInfoGenerator(certificate("ring/rsa"), CMSAlgorithm.AES256_WRAP).setProvider("BC")));
        write("compressed/bc-zlib.p7m", () -> new CMSCompressedDataGenerator().generate(
            new CMSProcessableByteArray(content), new ZlibCompressor()).toASN1Structure().getEncoded("DER"));

        for (String[] each : new String[][] {{"ml-dsa-44", "ML-DSA-44"}, {"ml-dsa-65", "ML-DSA-65"}}) {
            makeQuantumKey(each[0], each[1]);
            write("pqc/bc-" + each[0] + ".p7m", () -> signed("pqc/" + each[0], each[1], false, true).getEncoded("DER"));
        }
        for (String[] each : new String[][] {{"ml-kem-512", "ML-KEM-512"}, {"ml-kem-768", "ML-KEM-768"}}) {
            makeQuantumKey(each[0], each[1]);
            write("pqc/bc-" + each[0] + "-aes-256-gcm.p7m", () -> seal(cipher(CMSAlgorithm.AES256_GCM), null,
                new JceKEMRecipientInfoGenerator(certificate("pqc/" + each[0]), CMSAlgorithm.AES256_WRAP).setProvider("BC")
                    .setKDF(new AlgorithmIdentifier(PKCSObjectIdentifiers.id_alg_hkdf_with_sha256))));
        }
    }
}
