/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/buffer.h>

#include "oom_support.h"
#include "pkcs12_maker.h"

/* Each allocation of an import in turn fails: E_NOMEM, and nothing is left. */

struct files {
    struct file modern, legacy, encrypted, certs;
    struct sgw_buf named; /* PKCS#12 with names */
    struct sgw_buf key;   /* encrypted PKCS#8 in DER */
};

static int load(const struct file *file, const char *passphrase, struct smimegw_error **error)
{
    struct smimegw_identity *identity = NULL;
    int ret = smimegw_identity_new(file->data, file->size, passphrase, &identity, error);
    smimegw_identity_unref(identity);
    return ret;
}

static int load_named(const struct files *files, struct smimegw_error **error)
{
    struct smimegw_identity *identity = NULL;
    size_t count;
    int ret = smimegw_identity_new_at(files->named.data, files->named.size, "\xc3\xa4", 0,
                                      &count, &identity, error);
    if (ret == SMIMEGW_OK)
        assert_string_equal(smimegw_identity_name(identity), "n");
    smimegw_identity_unref(identity);
    return ret;
}

static int load_pair(const struct files *files, struct smimegw_error **error)
{
    struct smimegw_identity *identity = NULL;
    int ret =
        smimegw_identity_new_pair(files->key.data, files->key.size, "secret",
                                  files->certs.data, files->certs.size, &identity, error);
    smimegw_identity_unref(identity);
    return ret;
}

static int load_list(const struct files *files, struct smimegw_error **error)
{
    struct smimegw_cert_list *list = NULL;
    struct smimegw_buffer *pem = NULL;
    int ret = smimegw_cert_list_new(files->certs.data, files->certs.size, &list, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_cert_pem(smimegw_cert_list_get(list, 0), &pem, error);
    smimegw_buffer_free(pem);
    smimegw_cert_list_free(list);
    return ret;
}

static int scenario(void *data, struct smimegw_error **error)
{
    const struct files *files = data;
    int ret = load(&files->modern, "secret", error);
    if (ret == SMIMEGW_OK)
        ret = load(&files->legacy, "secret", error);
    if (ret == SMIMEGW_OK)
        ret = load(&files->encrypted, "secret", error);
    if (ret == SMIMEGW_OK)
        ret = load_named(files, error);
    if (ret == SMIMEGW_OK)
        ret = load_pair(files, error);
    return ret == SMIMEGW_OK ? load_list(files, error) : ret;
}

static struct sgw_buf make_named(void)
{
    struct p12 p12 = {.passphrase = "\xc3\xa4"};
    struct sgw_buf key = pem_der("p256-id.pem", "PRIVATE KEY");
    struct sgw_buf cert = pem_der("p256-id.pem", "CERTIFICATE");
    put_key_bag(&p12, &key, "\0k", 2);
    put_cert_bag(&p12, &cert, "\0n", 2);
    sgw_buf_clear(&key);
    sgw_buf_clear(&cert);
    return finish_p12(&p12);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct files files = {read_key_file("p256.p12"),
                          read_key_file("ed25519-legacy.p12"),
                          read_key_file("x25519-pkcs8.pem"),
                          read_key_file("rsa2048-id.pem"),
                          make_named(),
                          pem_der("rsa2048-pkcs8.pem", "ENCRYPTED PRIVATE KEY")};
    long count = fail_each_allocation(scenario, &files);
    assert_true(count > 100);
    free(files.modern.data);
    free(files.legacy.data);
    free(files.encrypted.data);
    free(files.certs.data);
    sgw_buf_clear(&files.named);
    sgw_buf_clear(&files.key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
