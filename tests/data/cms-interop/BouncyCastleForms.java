/* More fixtures of BouncyCastle: an empty content under AES-CCM, and compression around a file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
import java.io.FileReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.security.cert.X509Certificate;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.*;
import org.bouncycastle.cms.jcajce.*;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.OutputAEADEncryptor;

public class BouncyCastleForms {
    static X509Certificate certificate(String name) throws Exception {
        try (PEMParser parser = new PEMParser(new FileReader("keys/ring/" + name + ".cert.pem"))) {
            return new JcaX509CertificateConverter().setProvider("BC").getCertificate((X509CertificateHolder) parser.readObject());
        }
    }

    static void seal(String file, byte[] content, ASN1ObjectIdentifier cipher, RecipientInfoGenerator recipient) throws Exception {
        CMSAuthEnvelopedDataGenerator generator = new CMSAuthEnvelopedDataGenerator();
        generator.addRecipientInfoGenerator(recipient);
        Files.write(Path.of(file), generator.generate(new CMSProcessableByteArray(content),
            (OutputAEADEncryptor) new JceCMSContentEncryptorBuilder(cipher).setProvider("BC").build()).toASN1Structure().getEncoded("DER"));
    }

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        if (arguments.length == 2) { /* IN OUT: compressed */
            Files.write(Path.of(arguments[1]), new CMSCompressedDataGenerator().generate(
                new CMSProcessableByteArray(Files.readAllBytes(Path.of(arguments[0]))), new ZlibCompressor()).toASN1Structure().getEncoded("DER"));
            return;
        }
        seal("empty/bc-rsa-aes-128-ccm.p7m", new byte[0], CMSAlgorithm.AES128_CCM,
            new JceKeyTransRecipientInfoGenerator(certificate("rsa")).setProvider("BC"));
    }
}
