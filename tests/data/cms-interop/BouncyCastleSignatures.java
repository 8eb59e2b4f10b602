/* More signatures of BouncyCastle: counter-signatures on counter-signatures, SHAKE, SLH-DSA, ESS attributes, and layers inside
 * layers that are named by content type instead of a MIME header.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.ess.ESSCertID;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificate;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.IssuerSerial;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.*;
import org.bouncycastle.cms.jcajce.*;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

public class BouncyCastleSignatures extends BouncyCastle {
    /* --- counter-signatures --- */

    static SignerInformation countersign(SignerInformation signer, SignerInformationStore counter) {
        return SignerInformation.addCounterSigners(signer, counter);
    }

    static SignerInformationStore counter(SignerInformation of, String who, String algorithm) throws Exception {
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        generator.addSignerInfoGenerator(signer(who, algorithm, false));
        return generator.generateCounterSigners(of);
    }

    /* P-256, counter-signed by Ed25519, and that by RSA. The certificate of Ed25519 is left out. */
    static byte[] countersignedTwice() throws Exception {
        CMSSignedData data = signed("ring/p256", "SHA256withECDSA", false, true);
        SignerInformation first = data.getSignerInfos().getSigners().iterator().next();
        SignerInformation second = counter(first, "ring/ed25519", "Ed25519").getSigners().iterator().next();
        second = countersign(second, counter(second, "ring/rsa", "SHA256withRSA"));
        data = CMSSignedData.replaceSigners(data, new SignerInformationStore(countersign(first, new SignerInformationStore(second))));
        return CMSSignedData.replaceCertificatesAndCRLs(data,
            new JcaCertStore(List.of(certificate("ring/p256"), certificate("ring/rsa"))), null, null).getEncoded("DER");
    }

    /* --- ESS attributes (RFC 5035) --- */

    static byte[] withAttribute(ASN1ObjectIdentifier type, ASN1Encodable value) throws Exception {
        AttributeTable table = new AttributeTable(new Attribute(type, new DERSet(value)));
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        generator.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().setProvider("BC").build())
            .setSignedAttributeGenerator(new DefaultSignedAttributeTableGenerator(table))
            .build(new JcaContentSignerBuilder("SHA256withECDSA").setProvider("BC").build(key("ring/p256")), certificate("ring/p256")));
        generator.addCertificates(new JcaCertStore(List.of(certificate("ring/p256"))));
        return generator.generate(new CMSProcessableByteArray(content), true).getEncoded("DER");
    }

    static byte[] hash(String algorithm, String who) throws Exception {
        return MessageDigest.getInstance(algorithm).digest(certificate(who).getEncoded());
    }

    static IssuerSerial issuerSerial(String who) throws Exception {
        X509Certificate certificate = certificate(who);
        return new IssuerSerial(new GeneralNames(new GeneralName(X500Name.getInstance(certificate.getIssuerX500Principal().getEncoded()))),
            certificate.getSerialNumber());
    }

    static byte[] signingCertificate(String who, IssuerSerial serial) throws Exception {
        return withAttribute(PKCSObjectIdentifiers.id_aa_signingCertificate,
            new SigningCertificate(new ESSCertID(hash("SHA-1", who), serial)));
    }

    static byte[] signingCertificateV2(String algorithm, ASN1ObjectIdentifier oid, String who, IssuerSerial serial) throws Exception {
        return withAttribute(PKCSObjectIdentifiers.id_aa_signingCertificateV2,
            new SigningCertificateV2(new ESSCertIDv2(new AlgorithmIdentifier(oid), hash(algorithm, who), serial)));
    }

    /* --- layers by content type --- */

    /* The content of a ContentInfo: what stands in an eContent or is encrypted where the content type says what it is. */
    static CMSTypedData typed(ContentInfo info) throws Exception {
        return new CMSProcessableByteArray(info.getContentType(), info.getContent().toASN1Primitive().getEncoded("DER"));
    }

    static byte[] signTyped(CMSTypedData data) throws Exception {
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        generator.addSignerInfoGenerator(signer("ring/p256", "SHA256withECDSA", false));
        generator.addCertificates(new JcaCertStore(List.of(certificate("ring/p256"))));
        return generator.generate(data, true).getEncoded("DER");
    }

    static byte[] sealTyped(CMSTypedData data) throws Exception {
        CMSAuthEnvelopedDataGenerator generator = new CMSAuthEnvelopedDataGenerator();
        generator.addRecipientInfoGenerator(kek("aes256", "AES"));
        if (!data.getContentType().equals(CMSObjectIdentifiers.data)) /* RFC 5083 2.1 */
            generator.setAuthenticatedAttributeGenerator(new SimpleAttributeTableGenerator(
                new AttributeTable(new Attribute(CMSAttributes.contentType, new DERSet(data.getContentType())))));
        return generator.generate(data, (OutputAEADEncryptor) cipher(CMSAlgorithm.AES128_GCM)).toASN1Structure().getEncoded("DER");
    }

    static byte[] compressTyped(CMSTypedData data) throws Exception {
        return new CMSCompressedDataGenerator().generate(data, new ZlibCompressor()).toASN1Structure().getEncoded("DER");
    }

    static ContentInfo info(byte[] octets) { return ContentInfo.getInstance(octets); }

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        content = Files.readAllBytes(Path.of("content.txt"));

        write("signed/bc-countersigned-twice.p7m", BouncyCastleSignatures::countersignedTwice);
        sign("pss-shake128", "ring/rsa", "SHAKE128WITHRSASSA-PSS");
        sign("pss-shake256", "ring/rsa", "SHAKE256WITHRSASSA-PSS");
        sign("ecdsa-p256-shake128", "ring/p256", "SHAKE128WITHECDSA");
        sign("ecdsa-p521-shake256", "ring/p521", "SHAKE256WITHECDSA");

        for (String[] each : new String[][] {{"ml-dsa-87", "ML-DSA-87"}, {"slh-dsa-sha2-128s", "SLH-DSA-SHA2-128S"},
                                             {"slh-dsa-shake-192s", "SLH-DSA-SHAKE-192S"}, {"slh-dsa-sha2-256f", "SLH-DSA-SHA2-256F"}}) {
            makeQuantumKey(each[0], each[1]);
            write("pqc/bc-" + each[0] + ".p7m", () -> signed("pqc/" + each[0], each[1], false, true).getEncoded("DER"));
        }
        write("pqc/bc-slh-dsa-sha2-128s-noattr.p7m", () -> signed("pqc/slh-dsa-sha2-128s", "SLH-DSA-SHA2-128S", true, true).getEncoded("DER"));

        write("signed/bc-ess-sha1.p7m", () -> signingCertificate("ring/p256", issuerSerial("ring/p256")));
        write("signed/bc-ess-v2-sha256.p7m", () -> signingCertificateV2("SHA-256", NISTObjectIdentifiers.id_sha256, "ring/p256", null));
        write("signed/bc-ess-v2-sha512.p7m",
            () -> signingCertificateV2("SHA-512", NISTObjectIdentifiers.id_sha512, "ring/p256", issuerSerial("ring/p256")));
        write("faulty/bc-ess-other-certificate.p7m", () -> signingCertificate("other/p256", null));
        write("faulty/bc-ess-v2-other-certificate.p7m",
            () -> signingCertificateV2("SHA-256", NISTObjectIdentifiers.id_sha256, "other/p256", null));
        write("faulty/bc-ess-v2-other-serial.p7m",
            () -> signingCertificateV2("SHA-256", NISTObjectIdentifiers.id_sha256, "ring/p256", issuerSerial("ring/p384")));

        byte[] signed = signed("ring/p256", "SHA256withECDSA", false, true).getEncoded("DER");
        byte[] sealed = sealTyped(new CMSProcessableByteArray(content));
        write("nested/bc-typed-gcm-signed.p7m", () -> sealTyped(typed(info(signed))));
        write("nested/bc-typed-signed-gcm.p7m", () -> signTyped(typed(info(sealed))));
        write("nested/bc-typed-zlib-signed.p7m", () -> compressTyped(typed(info(signed))));
        write("nested/bc-typed-signed-gcm-zlib-signed.p7m",
            () -> signTyped(typed(info(sealTyped(typed(info(compressTyped(typed(info(signed))))))))));
    }
}
