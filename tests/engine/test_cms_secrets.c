/* Secrets leave no trace: when a key ring is released, nothing of the private keys, key-encryption keys, content keys and
 * passwords that it held is in the process's memory any more, freed or not; nor is a content key after its message was opened.
 *
 * Two things are OpenSSL's and out of reach: while it decodes a private key's DER, its decoders give copies of it back to the heap as
 * they are, and so does the multiplication on P-256 with its scalar. Such copies may not become more, and the key itself must go.
 *
 * The test looks at memory as a core dump would show it, all that can be written except the stack. What it looks for is worked out by a
 * child process, which hands it over masked, so that the test itself holds no copy. */
#include "base/bounds.h"
#include "cms/enveloped.h"
#include "cms/recipient.h"
#include "cms_interop.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MASK 0xa5
#define LEAST_FIRST ", least octet first" /* the form OpenSSL uses a number in */
#define WINDOW 16               /* octets looked for, out of the middle of a secret: free() may write over the first ones */
#define PART (1u << 20)         /* of memory, looked at at once */
#define LARGEST_REGION (1u << 30) /* the sanitizers' shadows are larger, and hold no octets of ours */
#define PASSWORD "a password that nobody uses twice"
#define KEK_HEX "8f3c51d27e90a4b6c8d1e2f3047596a8b7c6d5e4f3021130425364758697a8b9"
#define KEY_MESSAGE "enveloped/bc-kek-aes-256-gcm.p7m"

typedef struct sought {
    char name[48];
    bool encoded; /* in the form that it has in DER */
    uint8_t masked[WINDOW];
} sought;

static const char *const key_files[] = {"p256.key.pem", "rsa.key.pem", "x25519.key.pem"};

enum { SOUGHT = 16 };
static sought secrets[SOUGHT];
static unsigned secret_count;

/* ---- in the child ------------------------------------------------------------------------------- */

static void hand_over(int to, const char *name, bool encoded, const uint8_t *octets, size_t length)
{
    sought one = {.encoded = encoded};
    g_strlcpy(one.name, name, sizeof(one.name));
    g_assert_cmpuint(length, >=, WINDOW);
    for (size_t i = 0; i < WINDOW; i++)
        one.masked[i] = octets[(length - WINDOW) / 2 + i] ^ MASK;
    g_assert_cmpint(write(to, &one, sizeof(one)), ==, sizeof(one));
}

/* A number as it is written, and as OpenSSL keeps it: the least octet first. */
static void hand_over_number(int to, const char *name, const EVP_PKEY *key, const char *parameter)
{
    BIGNUM *number = NULL;
    uint8_t octets[512];
    g_assert_cmpint(EVP_PKEY_get_bn_param(key, parameter, &number), ==, 1);
    int length = BN_num_bytes(number);
    BN_bn2binpad(number, octets, length);
    hand_over(to, name, true, octets, (size_t)length);
    BN_bn2lebinpad(number, octets, length);
    g_autofree char *reversed = g_strconcat(name, LEAST_FIRST, NULL);
    hand_over(to, reversed, false, octets, (size_t)length);
}

static const EVP_PKEY *find_key(const sm_keyring *ring, const char *type)
{
    unsigned count = 0;
    const sm_private_key *const *keys = sm_keyring_bare_keys(ring, &count);
    for (unsigned i = 0; i < count; i++)
        if (EVP_PKEY_is_a(keys[i]->pkey, type))
            return keys[i]->pkey;
    g_assert_not_reached();
}

static bool keep_key(void *context, const sm_secret *cek, const char *key_label, bool named)
{
    (void)key_label;
    (void)named;
    *(sm_secret *)context = *cek;
    return true;
}

/* A line of a private key's PEM text: the last one that is whole, or the only one. */
static void hand_over_text(int to, const char *name, const char *path)
{
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    const char *line = lines[1];
    for (unsigned i = 1; lines[i][0] != '-'; i++)
        line = strlen(lines[i]) >= strlen(line) ? lines[i] : line;
    hand_over(to, name, false, (const uint8_t *)line, strlen(line));
}

static void tell_secrets(int to, const char *folder)
{
    static const uint8_t kek_octets[] = {0x8f, 0x3c, 0x51, 0xd2, 0x7e, 0x90, 0xa4, 0xb6, 0xc8, 0xd1, 0xe2,
                                         0xf3, 0x04, 0x75, 0x96, 0xa8, 0xb7, 0xc6, 0xd5, 0xe4, 0xf3, 0x02,
                                         0x11, 0x30, 0x42, 0x53, 0x64, 0x75, 0x86, 0x97, 0xa8, 0xb9};
    hand_over(to, "password", false, (const uint8_t *)PASSWORD, strlen(PASSWORD));
    hand_over(to, "KEK", false, kek_octets, sizeof(kek_octets));
    hand_over(to, "KEK in hexadecimal", false, (const uint8_t *)KEK_HEX, strlen(KEK_HEX));
    sm_keyring *ring = sm_keyring_new();
    sm_keyring_add_keys(ring, folder);
    hand_over_number(to, "EC private key", find_key(ring, "EC"), OSSL_PKEY_PARAM_PRIV_KEY);
    hand_over_number(to, "RSA private exponent", find_key(ring, "RSA"), OSSL_PKEY_PARAM_RSA_D);
    hand_over_number(to, "RSA prime", find_key(ring, "RSA"), OSSL_PKEY_PARAM_RSA_FACTOR1);
    for (size_t i = 0; i < G_N_ELEMENTS(key_files); i++) {
        g_autofree char *path = g_build_filename(folder, key_files[i], NULL);
        hand_over_text(to, key_files[i], path);
    }
    uint8_t octets[32];
    size_t length = sizeof(octets);
    g_assert_cmpint(EVP_PKEY_get_raw_private_key(find_key(ring, "X25519"), octets, &length), ==, 1);
    hand_over(to, "X25519 private key", true, octets, length);

    sm_arena *arena = sm_arena_new();
    sm_keyring *given = interop_ring("keys/ring");
    const sm_cms *cms = sm_cms_parse(arena, interop_octets(arena, KEY_MESSAGE));
    sm_secret cek = {.length = 0};
    sm_key_search search = {.arena = arena, .ring = given, .accept = keep_key, .context = &cek, .trials_left = 1};
    sm_recipient recipient;
    sm_recipient_describe(arena, &cms->enveloped_data->recipients[0], given, &recipient);
    g_assert_true(sm_recipient_open(&search, &recipient));
    hand_over(to, "content key", false, cek.octets, cek.length);
}

/* ---- in the test -------------------------------------------------------------------------------- */

static void learn_secrets(const char *folder)
{
    int ends[2];
    g_assert_cmpint(pipe(ends), ==, 0);
    pid_t child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        tell_secrets(ends[1], folder);
        _exit(0);
    }
    close(ends[1]);
    secret_count = 0;
    while (secret_count < SOUGHT && read(ends[0], &secrets[secret_count], sizeof(sought)) == (ssize_t)sizeof(sought))
        secret_count++;
    close(ends[0]);
    int status = -1;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_cmpint(status, ==, 0);
    g_assert_cmpuint(secret_count, ==, 14);
}

static void look_at(const uint8_t *octets, size_t length, const bool *starts, unsigned *found)
{
    for (size_t at = 0; at + WINDOW <= length; at++) {
        if (!starts[octets[at]])
            continue;
        for (unsigned i = 0; i < secret_count; i++) {
            size_t same = 0;
            while (same < WINDOW && (octets[at + same] ^ MASK) == secrets[i].masked[same])
                same++;
            found[i] += same == WINDOW;
        }
    }
}

/* How often each secret is in memory. */
static void look(unsigned found[SOUGHT])
{
    bool starts[256] = {false};
    for (unsigned i = 0; i < secret_count; i++) {
        found[i] = 0;
        starts[secrets[i].masked[0] ^ MASK] = true;
    }
    uint8_t *part = mmap(NULL, PART, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    g_assert_true(part != MAP_FAILED);
    FILE *regions = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY);
    g_assert_nonnull(regions);
    g_assert_cmpint(memory, >=, 0);
    char line[512];
    while (fgets(line, sizeof(line), regions)) {
        uint64_t start, end;
        char rights[5];
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &start, &end, rights) != 3 || rights[0] != 'r' || rights[1] != 'w' ||
            strstr(line, "[stack]") || end - start > LARGEST_REGION)
            continue;
        uint64_t own = (uint64_t)(uintptr_t)part;
        for (uint64_t at = start; at < end;) {
            if (at >= own && at < own + PART) {
                at = own + PART;
                continue;
            }
            uint64_t stop = at < own && end > own ? own : end;
            ssize_t got = pread(memory, part, MIN(stop - at, PART), (off_t)at);
            if (got <= 0)
                break;
            look_at(part, (size_t)got, starts, found);
            /* one that lies across two parts begins in the first of them */
            at += (size_t)got == PART ? PART - WINDOW + 1 : (uint64_t)got;
        }
    }
    close(memory);
    fclose(regions);
    munmap(part, PART);
}

static unsigned count_of(const unsigned found[SOUGHT], const char *name)
{
    for (unsigned i = 0; i < secret_count; i++)
        if (strcmp(secrets[i].name, name) == 0)
            return found[i];
    g_assert_not_reached();
}

/* `before`: with the ring; all zeros when there was none. `used`: private keys were. */
static void assert_gone(const unsigned found[SOUGHT], const unsigned before[SOUGHT], bool used)
{
    for (unsigned i = 0; i < secret_count; i++)
        if (found[i] > 0)
            g_test_message("%s: in memory %u times, before %u", secrets[i].name, found[i], before[i]);
    for (unsigned i = 0; i < secret_count; i++) {
        bool number = g_str_has_suffix(secrets[i].name, LEAST_FIRST) && used;
        unsigned most = secrets[i].encoded ? before[i] : number && before[i] > 0 ? before[i] - 1 : 0;
        g_assert_cmpuint(found[i], <=, most);
    }
}

/* A folder of private keys without certificates and a KEK. */
static char *make_folder(void)
{
    char *folder = g_dir_make_tmp("secrets-XXXXXX", NULL);
    g_assert_nonnull(folder);
    for (size_t i = 0; i < G_N_ELEMENTS(key_files); i++) {
        g_autofree char *given = g_build_filename("keys/ring", key_files[i], NULL), *from = interop_path(given),
                        *to = g_build_filename(folder, key_files[i], NULL);
        const char *const copy[] = {"/bin/cp", from, to, NULL}; /* another program: no copy stays here */
        g_assert_true(g_spawn_sync(NULL, (char **)(uintptr_t)copy, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, NULL, NULL));
    }
    g_autofree char *kek = g_build_filename(folder, "kept.kek", NULL);
    int file = open(kek, O_WRONLY | O_CREAT | O_EXCL, 0600);
    static const char text[] = "id = 0102\nkey = " KEK_HEX "\n";
    g_assert_cmpint(write(file, text, sizeof(text) - 1), ==, sizeof(text) - 1);
    close(file);
    return folder;
}

static void remove_folder(char *folder)
{
    for (size_t i = 0; i < G_N_ELEMENTS(key_files); i++) {
        g_autofree char *path = g_build_filename(folder, key_files[i], NULL);
        g_unlink(path);
    }
    g_autofree char *kek = g_build_filename(folder, "kept.kek", NULL);
    g_unlink(kek);
    g_rmdir(folder);
    g_free(folder);
}

static void test_release(void)
{
    unsigned found[SOUGHT], before[SOUGHT] = {0};
    char *folder = make_folder();
    learn_secrets(folder);
    look(found);
    assert_gone(found, before, false); /* the test has no copies itself */

    sm_keyring *ring = sm_keyring_new();
    sm_keyring_add_password(ring, NULL, PASSWORD);
    sm_keyring_add_keys(ring, folder);
    g_assert_cmpuint(sm_keyring_private_key_count(ring), ==, 3);
    look(found); /* a secret that is there is found */
    g_assert_cmpuint(count_of(found, "password"), ==, 1);
    g_assert_cmpuint(count_of(found, "KEK"), ==, 1);
    g_assert_cmpuint(count_of(found, "EC private key, least octet first"), >, 0);
    g_assert_cmpuint(count_of(found, "RSA private exponent, least octet first"), >, 0);
    g_assert_cmpuint(count_of(found, "RSA prime, least octet first"), >, 0);
    g_assert_cmpuint(count_of(found, "X25519 private key"), >, 0);
    /* only what is needed to use them: no text, no encoding */
    g_assert_cmpuint(count_of(found, "KEK in hexadecimal"), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(key_files); i++)
        g_assert_cmpuint(count_of(found, key_files[i]), ==, 0);

    memcpy(before, found, sizeof(before));
    sm_keyring_unref(ring);
    look(found);
    assert_gone(found, before, false);
    /* X25519's is used in the form it has in DER */
    g_assert_cmpuint(count_of(found, "X25519 private key"), <, count_of(before, "X25519 private key"));
    remove_folder(folder);
}

/* Keys that were used, on messages that open and that do not; the content key is gone before the ring is. */
static void test_use(void)
{
    static const char *const messages[] = {
        "enveloped/openssl-rsa-aes-128-cbc.p7m",          "enveloped/openssl-oaep-sha256-aes-128-gcm.p7m",
        "enveloped/openssl-password-aes-256-cbc.p7m",     "enveloped/openssl-ecdh-p256-sha256-aes-128-gcm.p7m",
        "enveloped/bc-rsa-kem-aes-256-gcm.p7m",           KEY_MESSAGE,
        "enveloped/bc-rsa-cek-hkdf-aes-256-gcm.p7m",
    };
    unsigned found[SOUGHT], before[SOUGHT];
    char *folder = make_folder();
    learn_secrets(folder);
    sm_keyring *ring = interop_ring("keys/ring");
    sm_keyring_add_password(ring, NULL, PASSWORD);
    sm_arena *arena = sm_arena_new();
    for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
        const sm_cms *cms = sm_cms_parse(arena, interop_octets(arena, messages[i]));
        const sm_decryption *out = sm_envelope_open(arena, cms, ring, true);
        g_assert_cmpint(out->verdict.kind, ==, strstr(messages[i], "password") ? SM_NOT_EVALUATED : SM_PASS);
    }
    look(found);
    memcpy(before, found, sizeof(before));
    g_assert_cmpuint(count_of(found, "content key"), ==, 0);
    g_assert_cmpuint(count_of(found, "password"), ==, 1);
    sm_keyring_unref(ring);
    look(found);
    assert_gone(found, before, true);
    sm_arena_free(arena);
    remove_folder(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cms/secrets/release", test_release);
    g_test_add_func("/cms/secrets/use", test_use);
    return g_test_run();
}
