/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "oom_support.h"
#include "pki/key/signature.h"
#include "pki/path/trust.h"

/*
 * Each allocation of the library in turn fails: every call answers E_NOMEM and leaves nothing.
 * Built against the library with its test hooks.
 */
struct files {
    struct file root, chain, pem, p12;
};

static int use_identity(struct smimegw_identity *identity, struct smimegw_error **error)
{
    struct sgw_signature_algorithm algorithm = {SGW_SCHEME_RSA_PSS, SGW_HASH_SHA256, 32};
    struct sgw_buf signature = SGW_BUF_INIT(0);
    struct sgw_buf data = SGW_BUF_INIT(0);
    uint8_t key[16] = "0123456789abcde";
    uint8_t out[16];
    int ret = sgw_signature_make(identity, &algorithm, "abc", 3, &signature, error);
    algorithm.scheme = SGW_SCHEME_RSA_PKCS1;
    if (ret == SMIMEGW_OK)
        ret = sgw_signature_make(identity, &algorithm, "abc", 3, &signature, error);
    if (ret == SMIMEGW_OK)
        ret = sgw_cert_encrypt_pkcs1(identity->cert, key, 16, &data, error);
    if (ret == SMIMEGW_OK)
        ret = sgw_cert_encrypt_oaep(identity->cert, SGW_HASH_SHA256, key, 16, &data, error);
    if (ret == SMIMEGW_OK)
        ret = sgw_identity_decrypt_oaep(identity, SGW_HASH_SHA256, SGW_HASH_SHA256,
                                        data.data + 256, 256, out, 16);
    if (ret == SMIMEGW_OK)
        assert_memory_equal(out, key, 16);
    sgw_buf_clear(&signature);
    sgw_buf_clear(&data);
    return ret;
}

static int use_trust(const struct files *files, struct smimegw_cert *cert,
                     struct smimegw_error **error)
{
    struct sgw_trust *trust = NULL;
    struct sgw_cert_list bag = {0};
    int reason = SMIMEGW_REASON_NOT_CHECKED;
    int ret = sgw_trust_new(&trust, error);
    if (ret == SMIMEGW_OK)
        ret = sgw_trust_add(trust, SMIMEGW_TRUST_ANCHOR, files->root.data, files->root.size,
                            error);
    if (ret == SMIMEGW_OK)
        ret = sgw_trust_add(trust, SMIMEGW_TRUST_INTERMEDIATE, files->chain.data,
                            files->chain.size, error);
    if (ret == SMIMEGW_OK)
        ret = sgw_cert_list_load(&bag, files->chain.data, files->chain.size, error);
    if (ret == SMIMEGW_OK)
        ret = trust_reason(trust, cert, &bag, TEST_TIME, &reason, error);
    if (ret == SMIMEGW_OK)
        assert_int_equal(reason, SMIMEGW_REASON_OK);
    sgw_cert_list_clear(&bag);
    sgw_trust_free(trust);
    return ret;
}

static int scenario(void *data, struct smimegw_error **error)
{
    const struct files *files = data;
    struct smimegw_identity *pem = NULL;
    struct smimegw_identity *p12 = NULL;
    int ret = smimegw_identity_new(files->pem.data, files->pem.size, NULL, &pem, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_identity_new(files->p12.data, files->p12.size, "secret", &p12, error);
    if (ret == SMIMEGW_OK)
        ret = use_identity(pem, error);
    if (ret == SMIMEGW_OK)
        ret = use_trust(files, smimegw_identity_cert(pem), error);
    smimegw_identity_unref(pem);
    smimegw_identity_unref(p12);
    return ret;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct files files = {read_key_file("root.pem"), read_key_file("intermediate.pem"),
                          read_key_file("rsa2048-id.pem"), read_key_file("p256.p12")};
    long count = fail_each_allocation(scenario, &files);
    assert_true(count > 50);
    free(files.root.data);
    free(files.chain.data);
    free(files.pem.data);
    free(files.p12.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
