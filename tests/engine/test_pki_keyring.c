/* The key ring: every form a key comes in, every way a file can be useless, and the lookups. The files are the openssl command's
 * (tests/data/pki/make-certificates) and the demonstration ring's (keys/). */
#include "base/bounds.h"
#include "pki/keyring.h"
#include "pki/keyring_store.h"
#include "pki/tlv.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <sys/stat.h>
#include <unistd.h>

static char *source_path(const char *path)
{
    return g_build_filename(g_test_get_dir(G_TEST_DIST), "..", "..", path, NULL);
}

static char *data_path(const char *name)
{
    return g_build_filename(g_test_get_dir(G_TEST_DIST), "..", "data", "pki", name, NULL);
}

static unsigned add(sm_keyring *ring, const char *name)
{
    g_autofree char *path = data_path(name);
    return sm_keyring_add_keys(ring, path);
}

/* The one notice of a ring, or NULL when there is none; more than one fails the test. */
static const char *only_notice(const sm_keyring *ring)
{
    unsigned count;
    const sm_notice *notices = sm_keyring_notices(ring, &count);
    if (count > 1)
        g_test_message("second notice: %s", notices[1].text);
    g_assert_cmpuint(count, <=, 1);
    return count == 1 ? notices[0].text : NULL;
}

/* Whether some notice has this text; the number of notices is the caller's to check. */
static bool has_notice(const sm_keyring *ring, const char *text)
{
    unsigned count;
    const sm_notice *notices = sm_keyring_notices(ring, &count);
    for (unsigned i = 0; i < count; i++)
        if (strcmp(notices[i].text, text) == 0)
            return true;
    for (unsigned i = 0; i < count; i++)
        g_test_message("notice: %s", notices[i].text);
    return false;
}

/* A folder of its own for one test, and files in it. */
static char *new_folder(void)
{
    char *folder = g_dir_make_tmp("keyring-XXXXXX", NULL);
    g_assert_nonnull(folder);
    return folder;
}

static void put(const char *folder, const char *name, const char *octets, gssize length)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_assert_true(g_file_set_contents(path, octets, length, NULL));
    g_assert_cmpint(g_chmod(path, 0600), ==, 0);
}

static void copy_data(const char *folder, const char *name, const char *as, int mode)
{
    g_autofree char *from = data_path(name), *octets = NULL, *to = g_build_filename(folder, as, NULL);
    gsize length = 0;
    g_assert_true(g_file_get_contents(from, &octets, &length, NULL));
    put(folder, as, octets, (gssize)length);
    g_assert_cmpint(g_chmod(to, mode), ==, 0);
}

static void remove_folder(char *folder)
{
    char *arguments[] = {(char *)"rm", (char *)"-rf", folder, NULL};
    g_assert_true(g_spawn_sync(NULL, arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
    g_free(folder);
}

/* ---- Forms ---- */

typedef struct form {
    const char *file, *password;
    unsigned taken, keys, certificates, crls;
} form;

static const form forms[] = {
    {"leaf.pem", NULL, 1, 0, 1, 0},
    {"leaf.der", NULL, 1, 0, 1, 0},
    {"leaf.key", NULL, 1, 1, 0, 0},
    {"leaf-rsa.key", NULL, 1, 1, 0, 0},
    {"pkcs8.der", NULL, 1, 1, 0, 0},
    {"traditional-ec.der", NULL, 1, 1, 0, 0},
    {"traditional-rsa.der", NULL, 1, 1, 0, 0},
    {"encrypted-pkcs8.key", "secret", 1, 1, 0, 0},
    {"encrypted-pkcs8.der", "secret", 1, 1, 0, 0},
    {"encrypted-traditional.key", "secret", 1, 1, 0, 0},
    {"password.p12", "secret", 2, 1, 1, 0},
    {"empty-password.p12", NULL, 2, 1, 1, 0},
    {"no-mac.p12", "secret", 2, 1, 1, 0},
    {"legacy.p12", "secret", 2, 1, 1, 0}, /* RC2 of 40 bits and 3DES */
    {"certificates.p7c", NULL, 2, 0, 2, 0},
    {"certificates.p7b", NULL, 2, 0, 1, 1},
    {"streamed.p7b", NULL, 2, 0, 2, 0}, /* indefinite lengths, as a writer makes them that does not know the size yet */
    {"indefinite.p7b", NULL, 2, 0, 2, 0}, /* and around the certificates */
    {"root.crl", NULL, 1, 0, 0, 1},
    {"root.crl.der", NULL, 1, 0, 0, 1},
    {"several.pem", NULL, 4, 1, 2, 1}, /* with a byte order mark, CRLF, and words between */
};

static void all_forms(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_test_message("%s", forms[i].file);
        g_autofree char *folder = new_folder();
        copy_data(folder, forms[i].file, forms[i].file, 0600);
        g_autofree char *path = g_build_filename(folder, forms[i].file, NULL);
        sm_keyring *ring = sm_keyring_new();
        if (forms[i].password != NULL)
            sm_keyring_add_password(ring, NULL, forms[i].password);
        g_assert_cmpuint(sm_keyring_add_keys(ring, path), ==, forms[i].taken);
        g_assert_cmpstr(only_notice(ring), ==, NULL);
        g_assert_cmpuint(sm_keyring_private_key_count(ring), ==, forms[i].keys);
        g_assert_cmpuint(sm_keyring_certificate_count(ring), ==, forms[i].certificates);
        g_assert_cmpuint(sm_keyring_crl_count(ring), ==, forms[i].crls);
        g_assert_cmpuint(sm_keyring_anchor_count(ring), ==, 0);
        unsigned bare;
        sm_keyring_bare_keys(ring, &bare);
        g_assert_cmpuint(bare, ==, forms[i].keys > 0 && forms[i].certificates == 0 ? 1 : 0);
        sm_keyring_unref(ring);
        remove_folder(g_steal_pointer(&folder));
    }
}

/* The same key in every wrapping is one key, and belongs to the certificate whichever came first. */
static void once(void)
{
    sm_keyring *ring = sm_keyring_new();
    sm_keyring_add_password(ring, NULL, "secret");
    static const char *const files[] = {"leaf.key", "password.p12", "legacy.p12", "leaf.pem", "pkcs8.der", "leaf.der",
                                        "encrypted-pkcs8.key", "encrypted-traditional.key", "several.pem", "leaf.key"};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        g_assert_cmpuint(add(ring, files[i]), >, 0);
    g_assert_cmpuint(sm_keyring_private_key_count(ring), ==, 1);
    g_assert_cmpuint(sm_keyring_certificate_count(ring), ==, 2); /* leaf, and ca out of several.pem */
    unsigned count;
    sm_keyring_bare_keys(ring, &count);
    g_assert_cmpuint(count, ==, 0);
    sm_keyring_unref(ring);
}

/* X.690 8.1.3.6: where a value of indefinite length ends, and that it ends at all. */
static void indefinite_lengths(void)
{
    static const struct {
        sm_bytes octets;
        size_t whole; /* octets of the first value, 0 for none */
    } cases[] = {
        {SM_BYTES_LITERAL("\x30\x80\x02\x01\x05\x00\x00\x05\x00"), 7},
        {SM_BYTES_LITERAL("\x30\x80\x00\x00"), 4},
        {SM_BYTES_LITERAL("\x30\x80\x30\x80\x04\x02\x00\x00\x00\x00\x00\x00"), 12}, /* two zeros are content */
        {SM_BYTES_LITERAL("\x30\x80\x30\x04\x30\x80\x00\x00\x00\x00"), 10}, /* of definite length: not looked into */
        {SM_BYTES_LITERAL("\x30\x03\x02\x01\x05\x00\x00"), 5},
        {SM_BYTES_LITERAL("\x30\x80\x02\x01\x05\x00"), 0},
        {SM_BYTES_LITERAL("\x30\x80\x30\x80\x00\x00"), 0},
        {SM_BYTES_LITERAL("\x30\x80\x02\x7f\x00\x00"), 0},
        {SM_BYTES_LITERAL("\x30\x80"), 0},
        {SM_BYTES_LITERAL("\x04\x80\x00\x00"), 0}, /* primitive */
        {SM_BYTES_LITERAL("\x3f\x80\x00\x00"), 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%zu", i);
        g_autofree uint8_t *octets = g_memdup2(cases[i].octets.data, cases[i].octets.length);
        sm_bytes rest = sm_bytes_of(octets, cases[i].octets.length);
        sm_tlv value = {0};
        g_assert_true(sm_tlv_next_ber(&rest, &value) == (cases[i].whole > 0));
        g_assert_true(rest.data == octets + cases[i].whole && rest.length == cases[i].octets.length - cases[i].whole);
        g_assert_cmpuint(value.whole.length, ==, cases[i].whole);
    }
    for (size_t depth = SM_LIMIT_DER_DEPTH; depth <= SM_LIMIT_DER_DEPTH + 1; depth++) {
        g_autofree uint8_t *octets = g_malloc0(4 * depth);
        for (size_t i = 0; i < depth; i++)
            memcpy(octets + 2 * i, "\x30\x80", 2);
        sm_bytes rest = sm_bytes_of(octets, 4 * depth);
        sm_tlv value;
        g_assert_true(sm_tlv_next_ber(&rest, &value) == (depth <= SM_LIMIT_DER_DEPTH));
    }
}

/* The point of an elliptic curve may stand in a certificate compressed (RFC 5480 2.2), whatever its private key's file has. */
static void compressed_point(void)
{
    static const char *const orders[][2] = {
        {"point-uncompressed.key", "point-compressed.pem"},
        {"point-compressed.pem", "point-uncompressed.key"},
        {"point-compressed.key", "point-compressed.pem"},
        {"point-compressed.pem", "point-compressed.key"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(orders); i++) {
        sm_keyring *ring = sm_keyring_new();
        g_assert_cmpuint(add(ring, orders[i][0]), ==, 1);
        g_assert_cmpuint(add(ring, orders[i][1]), ==, 1);
        unsigned count;
        sm_keyring_bare_keys(ring, &count);
        g_assert_cmpuint(count, ==, 0);
        /* SHA-1 of the 33 octets of the point in the certificate */
        sm_identifier id = {.kind = SM_IDENTIFIER_KEY_ID, .key_id = SM_BYTES_LITERAL("\xf0\xbf\xa3\xa5\xf9\x56\x6b\x84\xd6\xd5" "\x3a\x82\x19\x9c\xab\x49\x76\x22\x80\x98")};
        const sm_private_key *const *keys = sm_keyring_private_keys(ring, &id, &count);
        g_assert_cmpuint(count, ==, 1);
        g_assert_cmpstr(keys[0]->certificate->subject, ==, "CN=Alice");
        /* the same key once more, in the other form */
        g_assert_cmpuint(add(ring, "point-uncompressed.key"), ==, 1);
        g_assert_cmpuint(add(ring, "point-compressed.key"), ==, 1);
        g_assert_cmpuint(sm_keyring_private_key_count(ring), ==, 1);
        sm_keyring_unref(ring);
    }
    /* Another key of the curve is no match. */
    sm_keyring *ring = sm_keyring_new();
    g_assert_cmpuint(add(ring, "point-compressed.pem"), ==, 1);
    g_assert_cmpuint(add(ring, "leaf.key"), ==, 1);
    unsigned count;
    sm_keyring_bare_keys(ring, &count);
    g_assert_cmpuint(count, ==, 1);
    sm_keyring_unref(ring);
}

/* ---- Passwords ---- */

typedef struct locked {
    const char *file, *password, *notice;
} locked;

static const locked refused[] = {
    {"password.p12", NULL, "password.p12: password needed: give it in a password file"},
    {"password.p12", "other", "password.p12: wrong password"},
    {"no-mac.p12", NULL, "no-mac.p12: password needed: give it in a password file"},
    {"no-mac.p12", "other", "no-mac.p12: wrong password"},
    {"legacy.p12", "other", "legacy.p12: wrong password"},
    {"encrypted-pkcs8.key", NULL, "encrypted-pkcs8.key: password needed: give it in a password file"},
    {"encrypted-pkcs8.key", "other", "encrypted-pkcs8.key: wrong password"},
    {"encrypted-pkcs8.der", "other", "encrypted-pkcs8.der: wrong password"},
    {"encrypted-traditional.key", NULL, "encrypted-traditional.key: password needed: give it in a password file"},
    {"encrypted-traditional.key", "other", "encrypted-traditional.key: wrong password"},
    /* twenty million iterations: refused before the work is done, whatever the password */
    {"iterations.key", "secret", "iterations.key: asks for more iterations of its password than 10000000"},
};

static void passwords(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        sm_keyring *ring = sm_keyring_new();
        if (refused[i].password != NULL)
            sm_keyring_add_password(ring, NULL, refused[i].password);
        g_assert_cmpuint(add(ring, refused[i].file), ==, 0);
        g_assert_cmpstr(only_notice(ring), ==, refused[i].notice);
        g_assert_cmpuint(sm_keyring_private_key_count(ring), ==, 0);
        sm_keyring_unref(ring);
    }
}

static void password_file(void)
{
    char *folder = new_folder();
    put(folder, "passwords", "first\r\n\nencrypted-pkcs8.key=secret\nb64=\nword=with=signs\n", -1);
    g_autofree char *path = g_build_filename(folder, "passwords", NULL);
    sm_keyring *ring = sm_keyring_new();
    g_assert_true(sm_keyring_add_password_file(ring, path));
    unsigned count;
    const char *const *general = sm_keyring_passwords(ring, &count);
    g_assert_cmpuint(count, ==, 3);
    g_assert_cmpstr(general[0], ==, "first");
    g_assert_cmpstr(general[1], ==, "b64=");
    g_assert_cmpstr(general[2], ==, "word=with=signs");
    g_assert_cmpuint(add(ring, "encrypted-pkcs8.key"), ==, 1);
    g_assert_cmpuint(add(ring, "password.p12"), ==, 0); /* that password is for the other file alone */
    g_assert_true(has_notice(ring, "password.p12: wrong password"));
    g_assert_false(sm_keyring_add_password_file(ring, "/nonexistent/passwords"));
    g_assert_true(has_notice(ring, "/nonexistent/passwords: No such file or directory"));
    sm_keyring_unref(ring);
    remove_folder(folder);
}

/* ---- Useless files ---- */

static void damaged(void)
{
    g_autofree char *whole_path = data_path("password.p12"), *octets = NULL;
    gsize length = 0;
    g_assert_true(g_file_get_contents(whole_path, &octets, &length, NULL));
    char *folder = new_folder();
    put(folder, "cut.p12", octets, (gssize)length - 100);
    put(folder, "empty.pem", "", 0);
    put(folder, "junk.key", "no key at all", -1);
    put(folder, "bad.kek", "id = 00\nkey = 0011\n", -1);
    put(folder, "odd.kek", "id = 0\nkey = 00112233445566778899aabbccddeeff\n", -1);
    put(folder, "twice.kek", "id = 00\nid = 01\nkey = 00112233445566778899aabbccddeeff\n", -1);
    copy_data(folder, "damaged.pem", "damaged.pem", 0600);
    put(folder, "broken.pem", "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", -1);
    /* what is plainly something else */
    put(folder, "README.md", "# Keys\n", -1);
    put(folder, "script", "#!/bin/sh\n", -1);
    put(folder, "picture.png", "\x89PNG\r\n\x1a\n", 8);
    sm_keyring *ring = sm_keyring_new();
    g_assert_cmpuint(sm_keyring_add_keys(ring, folder), ==, 0);
    g_assert_true(has_notice(ring, "cut.p12: damaged"));
    g_assert_true(has_notice(ring, "empty.pem: empty file"));
    g_assert_true(has_notice(ring, "junk.key: holds no key, certificate, or CRL"));
    g_assert_true(has_notice(ring, "bad.kek: the key has neither 16, 24, nor 32 octets"));
    g_assert_true(has_notice(ring, "odd.kek: a line that is not \"id = HEX\" or \"key = HEX\", once"));
    g_assert_true(has_notice(ring, "twice.kek: a line that is not \"id = HEX\" or \"key = HEX\", once"));
    g_assert_true(has_notice(ring, "damaged.pem: damaged certificate: not a DER certificate"));
    g_assert_true(has_notice(ring, "broken.pem: damaged PEM"));
    unsigned count;
    sm_keyring_notices(ring, &count);
    g_assert_cmpuint(count, ==, 8);
    sm_keyring_unref(ring);

    /* named directly, everything is told */
    ring = sm_keyring_new();
    g_autofree char *readme = g_build_filename(folder, "README.md", NULL);
    g_assert_cmpuint(sm_keyring_add_keys(ring, readme), ==, 0);
    g_assert_cmpstr(only_notice(ring), ==, "README.md: holds no key, certificate, or CRL");
    sm_keyring_unref(ring);
    remove_folder(folder);
}

static void strange_files(void)
{
    char *folder = new_folder();
    g_autofree char *fifo = g_build_filename(folder, "fifo.pem", NULL), *loop = g_build_filename(folder, "loop.pem", NULL),
                    *up = g_build_filename(folder, "up", NULL), *device = g_build_filename(folder, "zero.pem", NULL),
                    *huge = g_build_filename(folder, "huge.pem", NULL), *below = g_build_filename(folder, "below", NULL);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    g_assert_cmpint(symlink("loop.pem", loop), ==, 0);
    g_assert_cmpint(symlink(".", up), ==, 0);
    g_assert_cmpint(symlink("/dev/zero", device), ==, 0);
    put(folder, "huge.pem", "x", 1);
    g_assert_cmpint(truncate(huge, (off_t)SM_LIMIT_KEY_FILE_OCTETS + 1), ==, 0);
    g_assert_cmpint(g_mkdir(below, 0700), ==, 0);
    copy_data(below, "leaf.key", "leaf.key", 0600);
    sm_keyring *ring = sm_keyring_new();
    g_assert_cmpuint(sm_keyring_add_keys(ring, folder), ==, 1); /* and it comes back */
    g_assert_true(has_notice(ring, "fifo.pem: not a regular file, passed over"));
    g_assert_true(has_notice(ring, "zero.pem: not a regular file, passed over"));
    g_assert_true(has_notice(ring, "loop.pem: Too many levels of symbolic links"));
    g_assert_true(has_notice(ring, "huge.pem: larger than a key file may be, passed over"));
    g_autofree char *told = g_strdup_printf("%s: leads back to a directory above it, passed over", up);
    g_assert_true(has_notice(ring, told));
    unsigned count;
    sm_keyring_notices(ring, &count);
    g_assert_cmpuint(count, ==, 5);
    sm_keyring_unref(ring);
    remove_folder(folder);

    ring = sm_keyring_new();
    g_assert_cmpuint(sm_keyring_add_keys(ring, "/nonexistent/keys"), ==, 0);
    g_assert_cmpstr(only_notice(ring), ==, "/nonexistent/keys: No such file or directory");
    sm_keyring_unref(ring);
}

/* Directories that lead to the next one in four ways each: four to the power of sixteen ways in all, and each directory is read
 * once. One that is first found at the end of a long way is read again from a short one, as far down as the depth allows. */
static void many_ways(void)
{
    char *folder = new_folder();
    for (unsigned i = 0; i <= SM_LIMIT_KEY_DIRECTORY_DEPTH + 1; i++) {
        g_autofree char *name = g_strdup_printf("d%02u", i), *directory = g_build_filename(folder, name, NULL),
                        *next = g_strdup_printf("../d%02u", i + 1);
        g_assert_cmpint(g_mkdir(directory, 0700), ==, 0);
        for (unsigned way = 0; i <= SM_LIMIT_KEY_DIRECTORY_DEPTH && way < 4; way++) {
            g_autofree char *link_name = g_strdup_printf("way%u", way), *link = g_build_filename(directory, link_name, NULL);
            g_assert_cmpint(symlink(next, link), ==, 0);
        }
        if (i == SM_LIMIT_KEY_DIRECTORY_DEPTH + 1)
            copy_data(directory, "leaf.key", "leaf.key", 0600);
    }
    sm_keyring *ring = sm_keyring_new();
    g_assert_cmpuint(sm_keyring_add_keys(ring, folder), ==, 1); /* d17 is too deep from d00, and not from the folder */
    g_assert_cmpuint(sm_keyring_private_key_count(ring), ==, 1);
    unsigned count;
    const sm_notice *notices = sm_keyring_notices(ring, &count);
    g_assert_cmpuint(count, <, 20);
    g_assert_nonnull(strstr(notices[0].text, "more than 16 directories deep, passed over"));
    sm_keyring_unref(ring);
    remove_folder(folder);
}

/* Files of one size, full of beginnings: each is read in the time that its length takes, not in its square. */
static void many_beginnings(void)
{
    static const char *const units[] = {
        "-----BEGIN PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA:\n\n",
        "-----BEGIN EC PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    };
    char *folder = new_folder();
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        GString *text = g_string_new(NULL);
        while (text->len < SM_LIMIT_KEY_FILE_OCTETS - strlen(units[i]))
            g_string_append(text, units[i]);
        put(folder, "many.pem", text->str, text->len);
        sm_keyring *ring = sm_keyring_new();
        g_assert_cmpuint(sm_keyring_add_keys(ring, folder), ==, 0);
        unsigned count;
        const sm_notice *notices = sm_keyring_notices(ring, &count);
        g_assert_cmpuint(count, >=, 1);
        g_assert_cmpuint(count, <=, 11);
        g_assert_nonnull(strstr(notices[0].text, "damaged"));
        if (count > 1) /* what is not read is told of */
            g_assert_cmpstr(notices[count - 1].text, ==, "many.pem: not read to its end: more than 100000 PEM objects");
        sm_keyring_unref(ring);
        g_string_free(text, TRUE);
    }
    remove_folder(folder);
}

static void assert_rfc8410_key(const char *folder, const char *file)
{
    static const uint8_t expected[] = {0x19, 0xbf, 0x44, 0x09, 0x69, 0x84, 0xcd, 0xfe, 0x85, 0x41, 0xba, 0xc1, 0x67, 0xdc, 0x3b, 0x96,
                                       0xc8, 0x50, 0x86, 0xaa, 0x30, 0xb6, 0xb6, 0xcb, 0x0c, 0x5c, 0x38, 0xad, 0x70, 0x31, 0x66, 0xe1};
    g_autofree char *path = g_build_filename(folder, file, NULL);
    sm_keyring *ring = sm_keyring_new();
    sm_keyring_add_password(ring, NULL, "wrong");
    sm_keyring_add_password(ring, NULL, "secret");
    g_assert_cmpuint(sm_keyring_add_keys(ring, path), ==, 1);
    g_assert_cmpstr(only_notice(ring), ==, NULL);
    unsigned count;
    const sm_private_key *const *keys = sm_keyring_bare_keys(ring, &count);
    uint8_t octets[32];
    size_t length = sizeof octets;
    g_assert_cmpuint(count, ==, 1);
    g_assert_cmpint(EVP_PKEY_get_raw_public_key(keys[0]->pkey, octets, &length), ==, 1);
    g_assert_cmpmem(octets, length, expected, sizeof expected);
    sm_keyring_unref(ring);
}

/* The example of RFC 8410 10.3 that has attributes and the public key with the private one (RFC 5958, version 2): in plain text,
 * and encrypted. */
static void with_public_key(void)
{
    static const char pem[] = "-----BEGIN PRIVATE KEY-----\n"
                              "MHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                              "oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\n"
                              "Z9w7lshQhqowtrbLDFw4rXAxZuE=\n"
                              "-----END PRIVATE KEY-----\n";
    char *folder = new_folder();
    put(folder, "plain.pem", pem, strlen(pem));
    assert_rfc8410_key(folder, "plain.pem");

    gsize length = 0;
    g_autofree char *text = g_strndup(pem + 28, strlen(pem) - 28 - 26);
    g_autofree guchar *der = g_base64_decode(text, &length);
    g_assert_cmpuint(length, ==, 116);
    put(folder, "plain.der", (const char *)der, length);
    assert_rfc8410_key(folder, "plain.der");

    X509_ALGOR *algorithm = PKCS5_pbe2_set(EVP_aes_128_cbc(), 2048, NULL, 0);
    unsigned char *octets = NULL, *encoding = NULL;
    int sealed = 0;
    g_assert_nonnull(PKCS12_pbe_crypt(algorithm, "secret", 6, der, (int)length, &octets, &sealed, 1));
    X509_SIG *encrypted = X509_SIG_new();
    X509_ALGOR *to = NULL;
    ASN1_OCTET_STRING *content = NULL;
    X509_SIG_getm(encrypted, &to, &content);
    g_assert_cmpint(X509_ALGOR_copy(to, algorithm), ==, 1);
    ASN1_STRING_set0(content, octets, sealed);
    int size = i2d_X509_SIG(encrypted, &encoding);
    put(folder, "encrypted.der", (const char *)encoding, (gsize)size);
    assert_rfc8410_key(folder, "encrypted.der");
    OPENSSL_free(encoding);
    X509_SIG_free(encrypted);
    X509_ALGOR_free(algorithm);

    /* cut short, and of a version nobody knows */
    put(folder, "cut.der", (const char *)der, 40);
    der[4] = 2;
    put(folder, "unknown.der", (const char *)der, length);
    for (const char *const *name = (const char *const[]){"cut.der", "unknown.der", NULL}; *name != NULL; name++) {
        g_autofree char *path = g_build_filename(folder, *name, NULL);
        sm_keyring *ring = sm_keyring_new();
        g_assert_cmpuint(sm_keyring_add_keys(ring, path), ==, 0);
        g_assert_nonnull(only_notice(ring));
        sm_keyring_unref(ring);
    }
    remove_folder(folder);
}

/* The public keys of lattices are longer than any RSA key may be, and quick: no limit is theirs. */
static void lattice_keys(void)
{
    static const char *const names[] = {"ML-DSA-87", "ML-KEM-1024"};
    char *folder = new_folder();
    g_autofree char *path = g_build_filename(folder, "lattice.pem", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, names[i], NULL);
        EVP_PKEY *key = NULL;
        bool made = context != NULL && EVP_PKEY_keygen_init(context) > 0 && EVP_PKEY_generate(context, &key) > 0;
        EVP_PKEY_CTX_free(context);
        if (!made) {
            g_test_skip("this OpenSSL has no ML-DSA and no ML-KEM");
            break;
        }
        BIO *file = BIO_new_file(path, "w");
        g_assert_cmpint(PEM_write_bio_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), ==, 1);
        BIO_free(file);
        EVP_PKEY_free(key);
        g_assert_cmpint(g_chmod(path, 0600), ==, 0);
        sm_keyring *ring = sm_keyring_new();
        g_assert_cmpuint(sm_keyring_add_keys(ring, path), ==, 1);
        g_assert_null(only_notice(ring));
        g_assert_cmpuint(sm_keyring_private_key_count(ring), ==, 1);
        sm_keyring_unref(ring);
    }
    remove_folder(folder);
}

/* A file that nobody may read: root may, so that this needs to be somebody else for a moment. */
static void unreadable(void)
{
    char *folder = new_folder();
    copy_data(folder, "leaf.key", "alice.pem", 0000);
    copy_data(folder, "leaf.pem", "bob.pem", 0644);
    g_assert_cmpint(g_chmod(folder, 0755), ==, 0);
    uid_t user = geteuid();
    if (user == 0 && seteuid(65534) != 0) {
        g_test_skip("root may read every file, and cannot be somebody else here");
    } else {
        sm_keyring *ring = sm_keyring_new();
        unsigned taken = sm_keyring_add_keys(ring, folder);
        g_assert_cmpint(seteuid(user), ==, 0);
        g_assert_cmpuint(taken, ==, 1); /* the other file all the same */
        g_assert_cmpstr(only_notice(ring), ==, "alice.pem: Permission denied");
        g_assert_cmpuint(sm_keyring_private_key_count(ring), ==, 0);
        sm_keyring_unref(ring);
    }
    remove_folder(folder);
}

static void permissions(void)
{
    char *folder = new_folder();
    copy_data(folder, "leaf.key", "alice.pem", 0640);
    copy_data(folder, "leaf.pem", "alice-certificate.pem", 0644);
    sm_keyring *ring = sm_keyring_new();
    g_assert_cmpuint(sm_keyring_add_keys(ring, folder), ==, 2);
    g_assert_cmpstr(only_notice(ring), ==, "alice.pem: private key readable by others: chmod 600");
    sm_keyring_unref(ring);

    copy_data(folder, "leaf-rsa.key", "bob.pem", 0604);
    ring = sm_keyring_new();
    g_assert_cmpuint(sm_keyring_add_keys(ring, folder), ==, 3);
    g_autofree char *told = g_strdup_printf("%s: 2 private key files are readable by others: chmod 600 them", folder);
    g_assert_cmpstr(only_notice(ring), ==, told);
    unsigned count;
    g_assert_cmpint(sm_keyring_notices(ring, &count)[0].level, ==, SM_NOTICE_WARNING);
    sm_keyring_unref(ring);
    remove_folder(folder);
}

/* ---- Lookups ---- */

static void demonstration(void)
{
    g_autofree char *keys = source_path("keys/ring"), *needs_password = source_path("keys/locked"),
                    *trust = source_path("keys/trust"), *crls = source_path("keys/crl"), *words = source_path("keys/passwords.txt");
    sm_keyring *ring = sm_keyring_new();
    g_assert_true(sm_keyring_add_password_file(ring, words));
    g_assert_cmpuint(sm_keyring_add_keys(ring, keys), >, 0);
    g_assert_cmpuint(sm_keyring_private_key_count(ring), ==, 6);
    g_assert_cmpuint(sm_keyring_add_keys(ring, needs_password), >, 0);
    g_assert_cmpuint(sm_keyring_add_trust(ring, trust), ==, 1);
    g_assert_cmpuint(sm_keyring_add_crls(ring, crls), ==, 3);
    g_assert_cmpuint(sm_keyring_private_key_count(ring), ==, 8);
    g_assert_cmpuint(sm_keyring_certificate_count(ring), ==, 9); /* those of the eight keys, and the anchor */
    g_assert_cmpuint(sm_keyring_anchor_count(ring), ==, 1);
    g_assert_cmpuint(sm_keyring_crl_count(ring), ==, 3);

    unsigned count;
    const sm_symmetric_key *const *keks = sm_keyring_keks(ring, SM_BYTES_LITERAL("sipsmime"), &count);
    g_assert_cmpuint(count, ==, 1);
    g_assert_cmpuint(keks[0]->octets.length, ==, 16);
    g_assert_cmpstr(keks[0]->label, ==, "demonstration.kek");
    sm_keyring_keks(ring, SM_BYTES_LITERAL("other"), &count);
    g_assert_cmpuint(count, ==, 0);

    const sm_certificate *const *alices = sm_keyring_by_uri(ring, "SIP:alice@Example.com", &count);
    g_assert_cmpuint(count, ==, 4);
    sm_keyring_by_uri(ring, "sip:alice@example.co", &count);
    g_assert_cmpuint(count, ==, 0);
    unsigned issuers;
    const sm_certificate *const *issuer = sm_keyring_by_subject(ring, alices[0]->issuer_der, &issuers);
    g_assert_cmpuint(issuers, ==, 1);
    g_assert_true(sm_keyring_is_anchor(ring, issuer[0]));
    g_assert_false(sm_keyring_is_anchor(ring, alices[0]));
    unsigned lists;
    sm_keyring_crls(ring, issuer[0]->subject_der, &lists);
    g_assert_cmpuint(lists, ==, 2);

    alices = sm_keyring_by_uri(ring, "sip:alice@example.com", &count);
    for (unsigned i = 0; i < count; i++) {
        sm_identifier serial = {.kind = SM_IDENTIFIER_ISSUER_SERIAL, .issuer = alices[i]->issuer_der,
                                .serial = alices[i]->serial_der};
        sm_identifier key_id = {.kind = SM_IDENTIFIER_KEY_ID, .key_id = alices[i]->key_id};
        unsigned found;
        const sm_private_key *const *by_serial = sm_keyring_private_keys(ring, &serial, &found);
        g_assert_cmpuint(found, ==, 1);
        g_assert_true(by_serial[0]->certificate == alices[i]);
        g_assert_cmpint(EVP_PKEY_eq(by_serial[0]->pkey, alices[i]->public_key), ==, 1);
        g_assert_true(sm_keyring_private_keys(ring, &key_id, &found)[0] == by_serial[0]);
        g_assert_cmpuint(found, ==, 1);
        g_assert_true(sm_keyring_certificates(ring, &serial, &found)[0] == alices[i]);
        g_assert_cmpuint(found, ==, 1);
    }
    sm_keyring_unref(sm_keyring_ref(ring)); /* still there */
    g_assert_cmpuint(sm_keyring_private_key_count(ring), ==, 8);
    sm_keyring_unref(ring);
}

/* Issuer and serial number are not unique in the wild: every candidate is returned. */
static void candidates(void)
{
    sm_keyring *ring = sm_keyring_new();
    add(ring, "leaf-twice-a.pem");
    add(ring, "leaf-twice-b.pem");
    add(ring, "leaf.pem");
    add(ring, "leaf-of-ca.pem"); /* leaf's serial number, another issuer */
    unsigned count;
    const sm_certificate *first = sm_keyring_by_uri(ring, "sip:bob@example.org", &count)[0];
    sm_identifier id = {.kind = SM_IDENTIFIER_ISSUER_SERIAL, .issuer = first->issuer_der, .serial = first->serial_der};
    sm_keyring_certificates(ring, &id, &count);
    g_assert_cmpuint(count, ==, 2);
    id.serial = SM_BYTES_LITERAL("\x20");
    g_assert_cmpstr(sm_keyring_certificates(ring, &id, &count)[0]->issuer, ==, "CN=Test Root");
    g_assert_cmpuint(count, ==, 1);
    /* "TEST root" as PrintableString is the same issuer (RFC 5280 7.1) */
    id.issuer = SM_BYTES_LITERAL("\x30\x14\x31\x12\x30\x10\x06\x03\x55\x04\x03\x13\x09TEST root");
    sm_keyring_certificates(ring, &id, &count);
    g_assert_cmpuint(count, ==, 1);
    id.issuer = SM_BYTES_LITERAL("\x30\x03\x31");
    sm_keyring_certificates(ring, &id, &count);
    g_assert_cmpuint(count, ==, 0);
    id = (sm_identifier){.kind = SM_IDENTIFIER_NONE};
    sm_keyring_certificates(ring, &id, &count);
    g_assert_cmpuint(count, ==, 0);
    sm_keyring_unref(ring);
}

static void roles(void)
{
    g_autofree char *several = data_path("several.pem"), *key = data_path("leaf.key"), *crl = data_path("root.crl");
    sm_keyring *ring = sm_keyring_new();
    g_assert_cmpuint(sm_keyring_add_trust(ring, several), ==, 2);
    g_assert_cmpuint(sm_keyring_anchor_count(ring), ==, 2);
    g_assert_cmpuint(sm_keyring_private_key_count(ring), ==, 0);
    g_assert_cmpuint(sm_keyring_add_trust(ring, key), ==, 0);
    g_assert_cmpstr(only_notice(ring), ==, "leaf.key: holds no certificate");
    sm_keyring_unref(ring);
    ring = sm_keyring_new();
    g_assert_cmpuint(sm_keyring_add_crls(ring, several), ==, 1);
    g_assert_cmpuint(sm_keyring_certificate_count(ring), ==, 0);
    g_assert_cmpuint(sm_keyring_add_trust(ring, crl), ==, 0);
    g_assert_cmpstr(only_notice(ring), ==, "root.crl: holds no certificate");
    sm_keyring_unref(ring);
}

static void symmetric(void)
{
    char *folder = new_folder();
    put(folder, "a.kek", "# a key\r\n  key = 00112233445566778899AABBccddeeff # sixteen\r\n\r\nid=4142\r\n", -1);
    put(folder, "b.CEK", "key = 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", -1);
    sm_keyring *ring = sm_keyring_new();
    g_assert_cmpuint(sm_keyring_add_keys(ring, folder), ==, 2);
    g_assert_cmpstr(only_notice(ring), ==, NULL);
    unsigned count;
    const sm_symmetric_key *kek = sm_keyring_keks(ring, SM_BYTES_LITERAL("AB"), &count)[0];
    g_assert_cmpmem(kek->octets.data, kek->octets.length,
                    "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16);
    const sm_symmetric_key *cek = sm_keyring_content_keys(ring, &count)[0];
    g_assert_cmpuint(count, ==, 1);
    g_assert_true(cek->content_key && !sm_bytes_present(cek->id));
    g_assert_cmpuint(cek->octets.length, ==, 32);
    sm_keyring_unref(ring);
    remove_folder(folder);
}

enum { MANY = 10000, SERIAL_AT = 15 };

/* Certificates that differ in their serial number, of two octets; their signatures do not matter. The caller frees `octets`. */
typedef struct series {
    char *octets;
    gsize length;
} series;

static series start_series(void)
{
    /* The serial number, one octet, stands after 30 82 ll ll 30 82 ll ll a0 03 02 01 02 02 01: it becomes one of two. */
    g_autofree char *path = data_path("leaf.der"), *octets = NULL;
    gsize length = 0;
    g_assert_true(g_file_get_contents(path, &octets, &length, NULL));
    g_assert_cmpmem(octets + SERIAL_AT - 2, 3, "\x02\x01\x20", 3);
    series made = {g_malloc(length + 1), length + 1};
    memcpy(made.octets, octets, SERIAL_AT);
    memcpy(made.octets + SERIAL_AT + 1, octets + SERIAL_AT, length - SERIAL_AT);
    made.octets[SERIAL_AT - 1] = 2;
    for (int at = 2; at <= 6; at += 4) { /* one octet more in the certificate, and in its signed part */
        g_assert_cmpint((uint8_t)made.octets[at + 1], <, 0xff);
        made.octets[at + 1]++;
    }
    return made;
}

static sm_bytes member_of(const series *of, unsigned number)
{
    of->octets[SERIAL_AT] = (char)(0x40 | number >> 8); /* neither negative nor with a superfluous zero */
    of->octets[SERIAL_AT + 1] = (char)number;
    return sm_bytes_of(of->octets, of->length);
}

static sm_identifier identifier_of(unsigned number, sm_bytes issuer, uint8_t serial[2])
{
    serial[0] = (uint8_t)(0x40 | number >> 8);
    serial[1] = (uint8_t)number;
    return (sm_identifier){.kind = SM_IDENTIFIER_ISSUER_SERIAL, .issuer = issuer, .serial = sm_bytes_of(serial, 2)};
}

static const sm_bytes test_root = {(const uint8_t *)"\x30\x14\x31\x12\x30\x10\x06\x03\x55\x04\x03\x0c\x09Test Root", 22};

/* Ten thousand certificates: each is found by its own identifier, and neither loading them nor a lookup reads others in full than
 * those handed out. That is counted, not timed: a lookup that went through the ring would have to read what it goes through. */
static void many(void)
{
    series all = start_series();
    sm_keyring *ring = sm_keyring_new();
    for (unsigned i = 0; i < MANY; i++)
        g_assert_true(sm_keyring_add_certificate(ring, member_of(&all, i), "made", false));
    g_assert_cmpuint(sm_keyring_certificate_count(ring), ==, MANY);
    g_assert_true(sm_keyring_add_certificate(ring, member_of(&all, 1), "made", false)); /* known already */
    g_assert_cmpuint(sm_keyring_certificate_count(ring), ==, MANY);
    g_assert_cmpuint(sm_keyring_read_in_full_count(ring), ==, 0);

    unsigned count, asked = 0;
    uint8_t serial[2];
    for (unsigned i = 0; i < MANY; i += 97) {
        sm_identifier id = identifier_of(i, test_root, serial);
        const sm_certificate *const *found = sm_keyring_certificates(ring, &id, &count);
        g_assert_cmpuint(count, ==, 1);
        g_assert_true(sm_bytes_equal(found[0]->encoding, member_of(&all, i)));
        g_assert_true(sm_keyring_certificates(ring, &id, &count) == found);
        g_assert_cmpuint(sm_keyring_read_in_full_count(ring), ==, ++asked);
    }
    sm_identifier absent = identifier_of(MANY, test_root, serial);
    sm_keyring_certificates(ring, &absent, &count);
    g_assert_cmpuint(count, ==, 0);
    g_assert_cmpuint(sm_keyring_read_in_full_count(ring), ==, asked);

    /* All of them have this name: no more are read than are tried. */
    const sm_certificate *const *found = sm_keyring_by_uri(ring, "sip:alice@example.com", &count);
    g_assert_cmpuint(count, ==, SM_LIMIT_KEY_TRIALS);
    g_assert_true(sm_bytes_equal(found[63]->encoding, member_of(&all, 63)));
    g_assert_false(sm_keyring_is_anchor(ring, found[0]));
    g_assert_cmpuint(sm_keyring_read_in_full_count(ring), <=, asked + SM_LIMIT_KEY_TRIALS);
    asked = sm_keyring_read_in_full_count(ring);

    /* Nor does a private key read any but its own. */
    g_assert_cmpuint(add(ring, "leaf-rsa.pem"), ==, 1);
    g_assert_cmpuint(add(ring, "leaf-rsa.key"), ==, 1);
    g_assert_cmpuint(sm_keyring_bare_keys(ring, &count) == NULL ? 0 : count, ==, 0);
    g_assert_cmpuint(sm_keyring_read_in_full_count(ring), ==, asked + 1);
    sm_keyring_unref(ring);
    g_free(all.octets);
}

/* A private key serves every certificate it has, also beyond the number of candidates that are tried for one identifier, and
 * whichever comes first. */
static void key_of_many(void)
{
    enum { HELD = SM_LIMIT_KEY_TRIALS + 36 };
    for (int key_first = 0; key_first < 2; key_first++) {
        series all = start_series();
        sm_keyring *ring = sm_keyring_new();
        if (key_first)
            g_assert_cmpuint(add(ring, "leaf.key"), ==, 1);
        for (unsigned i = 0; i < HELD; i++)
            g_assert_true(sm_keyring_add_certificate(ring, member_of(&all, i), "made", false));
        if (!key_first)
            g_assert_cmpuint(add(ring, "leaf.key"), ==, 1);
        g_assert_cmpuint(sm_keyring_private_key_count(ring), ==, 1);
        for (unsigned i = 0; i < HELD; i++) {
            uint8_t serial[2];
            unsigned count;
            sm_identifier id = identifier_of(i, test_root, serial);
            const sm_private_key *const *keys = sm_keyring_private_keys(ring, &id, &count);
            g_assert_cmpuint(count, ==, 1);
            g_assert_true(sm_bytes_equal(keys[0]->certificate->encoding, member_of(&all, i)));
            id = (sm_identifier){.kind = SM_IDENTIFIER_KEY_ID, .key_id = keys[0]->certificate->key_id};
            sm_keyring_private_keys(ring, &id, &count);
            g_assert_cmpuint(count, ==, 1); /* one key to try */
        }
        sm_keyring_unref(ring);
        g_free(all.octets);
    }
}

/* Among many good files each bad one has its notice when they are loaded. */
static void one_bad_among_many(void)
{
    enum { GOOD = 300 };
    char *folder = new_folder();
    series all = start_series();
    for (unsigned i = 0; i < GOOD; i++) {
        g_autofree char *name = g_strdup_printf("%03u.der", i);
        member_of(&all, i);
        put(folder, name, all.octets, (gssize)all.length);
    }
    /* In notBefore, UTCTime becomes an OCTET STRING: all before it and around it is sound. */
    char *date = g_strstr_len(all.octets, (gssize)all.length, "\x17\x0d");
    g_assert_nonnull(date);
    date[0] = 0x04;
    put(folder, "bad.der", all.octets, (gssize)all.length);
    sm_keyring *ring = sm_keyring_new();
    g_assert_cmpuint(sm_keyring_add_keys(ring, folder), ==, GOOD);
    g_assert_cmpstr(only_notice(ring), ==, "bad.der: damaged certificate: not a DER certificate");
    g_assert_cmpuint(sm_keyring_certificate_count(ring), ==, GOOD);
    g_assert_cmpuint(sm_keyring_read_in_full_count(ring), ==, 0);
    sm_keyring_unref(ring);
    g_free(all.octets);
    remove_folder(folder);
}

/* ---- Threads ---- */

enum { SHARED = 200 };

typedef struct shared {
    const sm_keyring *ring;
    gint ready; /* threads that wait for the others, so that all begin at once */
    const sm_certificate *seen[4][SHARED + SM_LIMIT_KEY_TRIALS];
} shared;

typedef struct worker {
    shared *with;
    unsigned number;
} worker;

static gpointer look_up_all(gpointer data)
{
    const worker *self = data;
    shared *with = self->with;
    g_atomic_int_inc(&with->ready);
    while (g_atomic_int_get(&with->ready) < (gint)G_N_ELEMENTS(with->seen))
        continue;
    unsigned count;
    for (unsigned i = 0; i < SHARED; i++) {
        uint8_t serial[2];
        unsigned number = self->number % 2 ? SHARED - 1 - i : i; /* they meet at the ends and in the middle */
        sm_identifier id = identifier_of(number, test_root, serial);
        const sm_certificate *const *found = sm_keyring_certificates(with->ring, &id, &count);
        with->seen[self->number][number] = count == 1 ? found[0] : NULL;
    }
    const sm_certificate *const *found = sm_keyring_by_uri(with->ring, "sip:alice@example.com", &count);
    for (unsigned i = 0; i < count; i++)
        with->seen[self->number][SHARED + i] = found[i];
    return NULL;
}

/* Many threads that ask for the same certificates for the first time are handed the same ones. */
static void threads(void)
{
    series all = start_series();
    for (int round = 0; round < 5; round++) {
        sm_keyring *ring = sm_keyring_new();
        for (unsigned i = 0; i < SHARED; i++)
            g_assert_true(sm_keyring_add_certificate(ring, member_of(&all, i), "made", false));
        shared *with = g_new0(shared, 1);
        with->ring = ring;
        worker workers[G_N_ELEMENTS(with->seen)];
        GThread *running[G_N_ELEMENTS(workers)];
        for (unsigned i = 0; i < G_N_ELEMENTS(workers); i++) {
            workers[i] = (worker){with, i};
            running[i] = g_thread_new("look-up", look_up_all, &workers[i]);
        }
        for (unsigned i = 0; i < G_N_ELEMENTS(workers); i++)
            g_thread_join(running[i]);
        for (unsigned i = 0; i < SHARED; i++)
            g_assert_true(with->seen[0][i] != NULL && sm_bytes_equal(with->seen[0][i]->encoding, member_of(&all, i)));
        for (unsigned i = 1; i < G_N_ELEMENTS(workers); i++)
            g_assert_cmpmem(with->seen[i], sizeof with->seen[i], with->seen[0], sizeof with->seen[0]);
        g_assert_cmpuint(sm_keyring_read_in_full_count(ring), ==, SHARED);
        g_free(with);
        sm_keyring_unref(ring);
    }
    g_free(all.octets);
}

/* Cut anywhere and with any octet altered, a file makes notices and nothing worse. */
static void memory(void)
{
    static const char *const files[] = {"password.p12", "no-mac.p12", "several.pem", "certificates.p7c", "indefinite.p7b", "root.crl.der",
                                        "encrypted-traditional.key"};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = data_path(files[i]), *octets = NULL;
        gsize length = 0;
        g_assert_true(g_file_get_contents(path, &octets, &length, NULL));
        for (gsize at = 0; at < length; at += 37) {
            g_autofree uint8_t *cut = g_memdup2(octets, at), *altered = g_memdup2(octets, length);
            altered[at] ^= 0x15;
            sm_keyring *ring = sm_keyring_new();
            sm_key_file_read(ring, sm_bytes_of(cut != NULL ? (const void *)cut : "", at), files[i], SM_KEY_ROLE_KEYS, true);
            sm_key_file_read(ring, sm_bytes_of(altered, length), files[i], SM_KEY_ROLE_KEYS, false);
            sm_keyring_unref(ring);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pki/keyring/forms", all_forms);
    g_test_add_func("/pki/keyring/once", once);
    g_test_add_func("/pki/keyring/indefinite-lengths", indefinite_lengths);
    g_test_add_func("/pki/keyring/compressed-point", compressed_point);
    g_test_add_func("/pki/keyring/passwords", passwords);
    g_test_add_func("/pki/keyring/password-file", password_file);
    g_test_add_func("/pki/keyring/damaged", damaged);
    g_test_add_func("/pki/keyring/strange-files", strange_files);
    g_test_add_func("/pki/keyring/with-public-key", with_public_key);
    g_test_add_func("/pki/keyring/lattice-keys", lattice_keys);
    g_test_add_func("/pki/keyring/many-ways", many_ways);
    g_test_add_func("/pki/keyring/many-beginnings", many_beginnings);
    g_test_add_func("/pki/keyring/unreadable", unreadable);
    g_test_add_func("/pki/keyring/permissions", permissions);
    g_test_add_func("/pki/keyring/demonstration", demonstration);
    g_test_add_func("/pki/keyring/candidates", candidates);
    g_test_add_func("/pki/keyring/roles", roles);
    g_test_add_func("/pki/keyring/symmetric", symmetric);
    g_test_add_func("/pki/keyring/many", many);
    g_test_add_func("/pki/keyring/key-of-many", key_of_many);
    g_test_add_func("/pki/keyring/one-bad-among-many", one_bad_among_many);
    g_test_add_func("/pki/keyring/threads", threads);
    g_test_add_func("/pki/keyring/memory", memory);
    return g_test_run();
}
