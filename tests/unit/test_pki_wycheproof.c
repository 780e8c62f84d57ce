/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gnutls/abstract.h>
#include <jansson.h>
#include <unistd.h>

#include "asn1/der.h"
#include "base/alloc.h"
#include "pki/key/signature.h"
#include "pki_data.h"

/*
 * Project Wycheproof's vectors against the primitives as this library uses them. A check says
 * what it did with a vector; "valid" must be taken, "invalid" refused, "acceptable" may be
 * either.
 */
enum answer { TAKEN, REFUSED, SKIPPED };

struct group {
    json_t *json;
    struct smimegw_cert *cert;
    struct smimegw_identity *identity;
    enum sgw_hash_id hash;
    enum sgw_hash_id mgf_hash;
    unsigned int salt_size;
};

enum { ROOM = 1 << 16 };
struct bytes {
    uint8_t data[ROOM];
    size_t size;
};

static void get_hex(json_t *object, const char *name, struct bytes *ret)
{
    const char *text = json_string_value(json_object_get(object, name));
    ret->size = 0;
    assert_non_null(text);
    for (; text[0] != '\0' && text[1] != '\0' && ret->size < ROOM; text += 2) {
        unsigned int byte;
        assert_int_equal(sscanf(text, "%2x", &byte), 1);
        ret->data[ret->size++] = (uint8_t)byte;
    }
}

static enum sgw_hash_id hash_of(json_t *group, const char *name)
{
    static const char *const names[] = {[SGW_HASH_SHA1] = "SHA-1",
                                        [SGW_HASH_SHA224] = "SHA-224",
                                        [SGW_HASH_SHA256] = "SHA-256",
                                        [SGW_HASH_SHA384] = "SHA-384",
                                        [SGW_HASH_SHA512] = "SHA-512"};
    const char *text = json_string_value(json_object_get(group, name));
    for (size_t i = SGW_HASH_SHA1; text != NULL && i <= SGW_HASH_SHA512; i++)
        if (strcmp(text, names[i]) == 0)
            return (enum sgw_hash_id)i;
    return SGW_HASH_NONE;
}

/* A certificate around a SubjectPublicKeyInfo; nobody signed it. NULL where it is refused. */
static struct smimegw_cert *cert_around(const struct bytes *spki)
{
    static const char algorithm[] =
        "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00";
    static const char name[] = "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01x";
    struct sgw_der_out out = {0};
    struct smimegw_cert *cert = NULL;
    sgw_out_raw(&out, "\xa0\x03\x02\x01\x02\x02\x01\x07", 8);
    sgw_out_raw(&out, algorithm, sizeof(algorithm) - 1);
    sgw_out_raw(&out, name, sizeof(name) - 1);
    size_t mark = sgw_out_mark(&out);
    sgw_out_time(&out, 1704067200);
    sgw_out_time(&out, 2650838400);
    sgw_out_wrap(&out, mark, SGW_TAG_SEQUENCE);
    sgw_out_raw(&out, name, sizeof(name) - 1);
    sgw_out_raw(&out, spki->data, spki->size);
    sgw_out_wrap(&out, 0, SGW_TAG_SEQUENCE);
    sgw_out_raw(&out, algorithm, sizeof(algorithm) - 1);
    sgw_out_put(&out, SGW_TAG_BIT_STRING, "\0signature", 10);
    sgw_out_wrap(&out, 0, SGW_TAG_SEQUENCE);
    sgw_cert_new_der(out.buf.data, out.buf.size, &cert, NULL);
    sgw_out_clear(&out);
    return cert;
}

static void group_public(struct group *group)
{
    static struct bytes spki;
    get_hex(group->json, "publicKeyDer", &spki);
    group->cert = cert_around(&spki);
    assert_non_null(group->cert);
}

/* An identity of the group's RSA key, with a certificate made for it. */
static void group_private(struct group *group)
{
    static struct bytes pkcs8;
    gnutls_x509_privkey_t key;
    gnutls_pubkey_t pubkey;
    gnutls_privkey_t abstract;
    gnutls_datum_t spki;
    get_hex(group->json, "privateKeyPkcs8", &pkcs8);
    gnutls_datum_t der = {pkcs8.data, (unsigned int)pkcs8.size};
    gnutls_x509_privkey_init(&key);
    gnutls_pubkey_init(&pubkey);
    gnutls_privkey_init(&abstract);
    assert_int_equal(gnutls_x509_privkey_import2(key, &der, GNUTLS_X509_FMT_DER, NULL, 0), 0);
    assert_int_equal(
        gnutls_privkey_import_x509(abstract, key, GNUTLS_PRIVKEY_IMPORT_AUTO_RELEASE), 0);
    assert_int_equal(gnutls_pubkey_import_privkey(pubkey, abstract, 0, 0), 0);
    assert_int_equal(gnutls_pubkey_export2(pubkey, GNUTLS_X509_FMT_DER, &spki), 0);
    static struct bytes copy;
    memcpy(copy.data, spki.data, spki.size);
    copy.size = spki.size;
    group->cert = cert_around(&copy);
    assert_non_null(group->cert);
    group->identity = sgw_calloc(1, sizeof(*group->identity));
    assert_non_null(group->identity);
    sgw_ref_init(&group->identity->ref);
    group->identity->cert = smimegw_cert_ref(group->cert);
    group->identity->key = abstract;
    gnutls_free(spki.data);
    gnutls_pubkey_deinit(pubkey);
}

static void group_none(struct group *group)
{
    (void)group;
}

static enum answer check_signature(const struct group *group, json_t *test,
                                   enum sgw_signature_scheme scheme)
{
    static struct bytes message;
    static struct bytes signature;
    get_hex(test, "msg", &message);
    get_hex(test, "sig", &signature);
    struct sgw_signature_algorithm algorithm = {scheme, group->hash, group->salt_size};
    return sgw_signature_check(group->cert, &algorithm, message.data, message.size,
                               signature.data, signature.size) == SMIMEGW_OK
               ? TAKEN
               : REFUSED;
}

static enum answer check_pkcs1_signature(const struct group *group, json_t *test)
{
    return check_signature(group, test, SGW_SCHEME_RSA_PKCS1);
}

static enum answer check_pss(const struct group *group, json_t *test)
{
    return check_signature(group, test, SGW_SCHEME_RSA_PSS);
}

static enum answer check_ecdsa(const struct group *group, json_t *test)
{
    return check_signature(group, test, SGW_SCHEME_ECDSA);
}

static enum answer check_ed25519(const struct group *group, json_t *test)
{
    return check_signature(group, test, SGW_SCHEME_ED25519);
}

static void decrypt(const struct group *group, const struct bytes *ct, uint8_t *key,
                    size_t size)
{
    int ret = group->hash == SGW_HASH_NONE
                  ? sgw_identity_decrypt_pkcs1(group->identity, ct->data, ct->size, key, size)
                  : sgw_identity_decrypt_oaep(group->identity, group->hash, group->mgf_hash,
                                              ct->data, ct->size, key, size);
    assert_int_equal(ret, SMIMEGW_OK);
}

/* Refused means: a key that is another each time. */
static enum answer check_transport(const struct group *group, json_t *test)
{
    static struct bytes message;
    static struct bytes ct;
    uint8_t first[1024];
    uint8_t second[1024];
    get_hex(test, "msg", &message);
    get_hex(test, "ct", &ct);
    bool is_valid = strcmp(json_string_value(json_object_get(test, "result")), "invalid") != 0;
    size_t size = message.size > 0 ? message.size : 16;
    /* nobody transports no key, and CMS knows no label */
    json_t *label = json_object_get(test, "label");
    if ((is_valid && message.size == 0) ||
        (label != NULL && *json_string_value(label) != '\0'))
        return SKIPPED;
    decrypt(group, &ct, first, size);
    decrypt(group, &ct, second, size);
    /* a short key may come out the same by chance, not two sizes of it */
    if (memcmp(first, second, size) == 0 && (message.size == 0 || size < 4))
        decrypt(group, &ct, second, size);
    if (memcmp(first, second, size) != 0)
        return REFUSED;
    if (is_valid)
        assert_memory_equal(first, message.data, size);
    return TAKEN;
}

static enum answer derive(enum sgw_key_type type, json_t *test, const uint8_t *point,
                          size_t point_size, size_t size)
{
    static struct bytes scalar;
    static struct bytes shared;
    uint8_t padded[SGW_ECDH_SECRET_MAX] = {0};
    uint8_t secret[SGW_ECDH_SECRET_MAX];
    size_t secret_size;
    get_hex(test, "private", &scalar);
    get_hex(test, "shared", &shared);
    for (; scalar.size > size; scalar.size--)
        memmove(scalar.data, scalar.data + 1, scalar.size - 1);
    memcpy(padded + size - scalar.size, scalar.data, scalar.size);
    struct smimegw_cert cert = {.key_type = type};
    struct smimegw_identity identity = {.cert = &cert, .scalar = padded, .scalar_size = size};
    if (sgw_identity_derive(&identity, point, point_size, secret, &secret_size) != SMIMEGW_OK)
        return REFUSED;
    assert_int_equal(secret_size, shared.size);
    assert_memory_equal(secret, shared.data, shared.size);
    return TAKEN;
}

static enum answer check_ecdh(const struct group *group, json_t *test)
{
    (void)group;
    static struct bytes spki;
    get_hex(test, "public", &spki);
    struct smimegw_cert *cert = cert_around(&spki);
    enum answer answer = REFUSED;
    if (cert != NULL && cert->key_type == SGW_KEY_P256)
        answer = derive(SGW_KEY_P256, test, cert->point, cert->point_size, 32);
    smimegw_cert_unref(cert);
    return answer;
}

static enum answer check_x25519(const struct group *group, json_t *test)
{
    (void)group;
    static struct bytes point;
    get_hex(test, "public", &point);
    return derive(SGW_KEY_X25519, test, point.data, point.size, 32);
}

static enum answer check_keywrap(const struct group *group, json_t *test)
{
    (void)group;
    static struct bytes kek;
    static struct bytes message;
    static struct bytes wrapped;
    uint8_t key[1024];
    uint8_t again[1024];
    get_hex(test, "key", &kek);
    get_hex(test, "msg", &message);
    get_hex(test, "ct", &wrapped);
    if (sgw_keyunwrap(kek.data, kek.size, wrapped.data, wrapped.size, key) != SMIMEGW_OK)
        return REFUSED;
    if (strcmp(json_string_value(json_object_get(test, "result")), "invalid") == 0)
        return TAKEN;
    assert_int_equal(wrapped.size, message.size + 8);
    assert_memory_equal(key, message.data, message.size);
    assert_int_equal(sgw_keywrap(kek.data, kek.size, message.data, message.size, again),
                     SMIMEGW_OK);
    assert_memory_equal(again, wrapped.data, wrapped.size);
    return TAKEN;
}

static const struct row {
    const char *file;
    void (*begin)(struct group *group);
    enum answer (*check)(const struct group *group, json_t *test);
    size_t skipped; /* vectors with an empty key or a label, exactly */
} rows[] = {
    {"rsa_pkcs1_2048_test", group_private, check_transport, 1},
    {"rsa_oaep_2048_sha1_mgf1sha1_test", group_private, check_transport, 8},
    {"rsa_oaep_2048_sha224_mgf1sha1_test", group_private, check_transport, 4},
    {"rsa_oaep_2048_sha224_mgf1sha224_test", group_private, check_transport, 8},
    {"rsa_oaep_2048_sha256_mgf1sha1_test", group_private, check_transport, 4},
    {"rsa_oaep_2048_sha256_mgf1sha256_test", group_private, check_transport, 9},
    {"rsa_oaep_2048_sha384_mgf1sha1_test", group_private, check_transport, 4},
    {"rsa_oaep_2048_sha384_mgf1sha384_test", group_private, check_transport, 7},
    {"rsa_oaep_2048_sha512_mgf1sha1_test", group_private, check_transport, 4},
    {"rsa_oaep_2048_sha512_mgf1sha512_test", group_private, check_transport, 5},
    {"rsa_signature_2048_sha256_test", group_public, check_pkcs1_signature, 0},
    {"rsa_signature_2048_sha512_test", group_public, check_pkcs1_signature, 0},
    {"rsa_pss_2048_sha256_mgf1_32_test", group_public, check_pss, 0},
    {"ecdsa_secp256r1_sha256_test", group_public, check_ecdsa, 0},
    {"ed25519_test", group_public, check_ed25519, 0},
    {"ecdh_secp256r1_test", group_none, check_ecdh, 0},
    {"x25519_test", group_none, check_x25519, 0},
    {"aes_wrap_test", group_none, check_keywrap, 0},
};

/* Valid vectors that are refused on purpose. */
static const struct {
    const char *file;
    int tc_id;
    const char *why;
} exceptions[] = {
    {"ecdsa_secp256r1_sha256_test", 427,
     "nettle 3.8 can't add a point to itself: needs a made key"},
    {"aes_wrap_test", 10, "no key is of 2 KiB"},
    {"aes_wrap_test", 52, "no key is of 2 KiB"},
    {"aes_wrap_test", 107, "no key is of 2 KiB"},
};

static bool is_exception(const char *file, int tc_id)
{
    for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
        if (strcmp(exceptions[i].file, file) == 0 && exceptions[i].tc_id == tc_id) {
            print_message("# %s tcId %d: %s\n", file, tc_id, exceptions[i].why);
            return true;
        }
    return false;
}

struct counts {
    size_t vectors;
    size_t skipped;
    size_t wrong;
};

static void judge_vector(const struct row *row, const struct group *group, json_t *test,
                         struct counts *counts)
{
    const char *result = json_string_value(json_object_get(test, "result"));
    int tc_id = (int)json_integer_value(json_object_get(test, "tcId"));
    enum answer answer = row->check(group, test);
    counts->vectors++;
    counts->skipped += answer == SKIPPED;
    if (answer == SKIPPED || strcmp(result, "acceptable") == 0 ||
        (answer == TAKEN) == (strcmp(result, "valid") == 0) ||
        (answer == REFUSED && is_exception(row->file, tc_id)))
        return;
    counts->wrong++;
    print_message("# %s tcId %d is %s, but was %s: %s\n", row->file, tc_id, result,
                  answer == TAKEN ? "taken" : "refused",
                  json_string_value(json_object_get(test, "comment")));
}

static void judge_group(const struct row *row, json_t *json, struct counts *counts)
{
    struct group group = {.json = json,
                          .hash = hash_of(json, "sha"),
                          .mgf_hash = hash_of(json, "mgfSha"),
                          .salt_size =
                              (unsigned int)json_integer_value(json_object_get(json, "sLen"))};
    size_t i;
    json_t *test;
    row->begin(&group);
    json_array_foreach(json_object_get(json, "tests"), i, test)
        judge_vector(row, &group, test, counts);
    smimegw_identity_unref(group.identity);
    smimegw_cert_unref(group.cert);
}

static const char *corpus_folder(void)
{
    const char *corpus = getenv("SMIMEGW_CORPUS");
    return corpus != NULL ? corpus : "../shared/corpus";
}

static void judge_file(void **state)
{
    const struct row *row = *state;
    char path[1024];
    snprintf(path, sizeof(path), "%s/wycheproof/%s.json", corpus_folder(), row->file);
    json_t *root = json_load_file(path, 0, NULL);
    if (root == NULL)
        fail_msg("no %s", path);
    struct counts counts = {0};
    size_t i;
    json_t *group;
    json_array_foreach(json_object_get(root, "testGroups"), i, group)
        judge_group(row, group, &counts);
    size_t expected = (size_t)json_integer_value(json_object_get(root, "numberOfTests"));
    json_decref(root);
    print_message("# %s: %zu vectors, %zu skipped\n", row->file, counts.vectors,
                  counts.skipped);
    assert_int_equal(counts.vectors, expected);
    assert_int_equal(counts.wrong, 0);
    assert_int_equal(counts.skipped, row->skipped);
}

int main(void)
{
    enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
    struct CMUnitTest tests[ROWS];
    if (access(corpus_folder(), R_OK) != 0) {
        printf("1..0 # SKIP no %s\n", corpus_folder());
        return 0;
    }
    for (size_t i = 0; i < ROWS; i++)
        tests[i] = (struct CMUnitTest){rows[i].file, judge_file, NULL, NULL,
                                       (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
