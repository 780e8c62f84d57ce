/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/buffer.h>

#include "oom_support.h"
#include "pki/key/engine_key.h"
#include "pki/key/signature.h"
#include "pki/key/token_url.h"

/*
 * Each allocation of the library in turn fails where a host has the key: every call answers
 * E_NOMEM, leaves nothing, and does not tell the host of an identity that never was. The host
 * answers what another identity, whose key is in memory, has computed.
 */
struct host {
    struct smimegw_identity *inner;
    int releases;
};

static int host_sign(void *userdata, const struct smimegw_key_request *request,
                     struct smimegw_buffer *result)
{
    const struct host *host = userdata;
    size_t size;
    gnutls_datum_t signature;
    gnutls_datum_t data = {NULL, 0};
    data.data = (unsigned char *)(uintptr_t)smimegw_key_request_data(request, &size);
    data.size = (unsigned int)size;
    if (gnutls_privkey_sign_data2(host->inner->key, GNUTLS_SIGN_RSA_SHA256, 0, &data,
                                  &signature) < 0)
        return SMIMEGW_E_CRYPTO;
    int ret = smimegw_buffer_write(result, signature.data, signature.size);
    gnutls_free(signature.data);
    return ret;
}

static int host_decrypt(void *userdata, const struct smimegw_key_request *request,
                        struct smimegw_buffer *result)
{
    const struct host *host = userdata;
    uint8_t key[16];
    size_t size;
    gnutls_datum_t data;
    data.data = (unsigned char *)(uintptr_t)smimegw_key_request_data(request, &size);
    data.size = (unsigned int)size;
    if (gnutls_privkey_decrypt_data2(host->inner->key, 0, &data, key, sizeof(key)) < 0)
        return SMIMEGW_E_DECRYPT;
    return smimegw_buffer_write(result, key, sizeof(key));
}

static void host_release(void *userdata)
{
    struct host *host = userdata;
    host->releases++;
}

static const struct smimegw_key_functions functions = {.size = sizeof(functions),
                                                       .sign = host_sign,
                                                       .decrypt = host_decrypt,
                                                       .release = host_release};

static int use(struct smimegw_identity *identity, struct smimegw_error **error)
{
    const struct sgw_signature_algorithm algorithm = {SGW_SCHEME_RSA_PKCS1, SGW_HASH_SHA256,
                                                      0};
    static const uint8_t key[16] = "0123456789abcde";
    struct sgw_buf signature = SGW_BUF_INIT(0);
    struct sgw_buf data = SGW_BUF_INIT(0);
    uint8_t out[16];
    int ret = sgw_signature_make(identity, &algorithm, "abc", 3, &signature, error);
    if (ret == SMIMEGW_OK)
        ret = sgw_cert_encrypt_pkcs1(identity->cert, key, 16, &data, error);
    if (ret == SMIMEGW_OK)
        ret = sgw_identity_decrypt_pkcs1(identity, data.data, data.size, out, 16);
    if (ret == SMIMEGW_OK)
        assert_memory_equal(out, key, 16);
    sgw_buf_clear(&signature);
    sgw_buf_clear(&data);
    return ret;
}

static int take_url_apart(void)
{
    static const char url[] = "pkcs11:token=a;object=b?module-path=c&pin-value=d";
    struct sgw_buf text = SGW_BUF_INIT(0);
    int ret = sgw_token_url_key(url, &text);
    if (ret == SMIMEGW_OK)
        ret = sgw_token_url_token(url, &text);
    if (ret == SMIMEGW_OK)
        ret = sgw_token_url_query(url, "pin-value", &text);
    sgw_buf_clear(&text);
    return ret;
}

struct kit {
    struct file certs;
    struct host host;
};

static int scenario(void *data, struct smimegw_error **error)
{
    const struct file *certs = &((struct kit *)data)->certs;
    struct host *host = &((struct kit *)data)->host;
    host->releases = 0;
    struct smimegw_identity *identity = NULL;
    int ret = smimegw_identity_new_functions(certs->data, certs->size, &functions, host,
                                             &identity, error);
    if (ret == SMIMEGW_OK)
        ret = use(identity, error);
    if (ret == SMIMEGW_OK)
        ret = take_url_apart();
    bool is_made = identity != NULL;
    smimegw_identity_unref(identity);
    assert_int_equal(host->releases, is_made);
    return ret;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct kit kit = {read_key_file("rsa2048-id.pem"),
                      {load_identity("rsa2048-id.pem", NULL), 0}};
    long count = fail_each_allocation(scenario, &kit);
    assert_true(count > 20);
    smimegw_identity_unref(kit.host.inner);
    free(kit.certs.data);
}

/* A token that can't be had fails in its own way, but never on the way there. */
static void tokens_run_out_of_memory(void **state)
{
    (void)state;
    for (long count = 0;; count++) {
        struct smimegw_identity *identity = NULL;
        struct smimegw_error *error = NULL;
        sgw_alloc_fail_after(count);
        int ret = smimegw_identity_new_url("pkcs11:token=smimegw-none;object=b?pin-value=d",
                                           NULL, NULL, 0, &identity, &error);
        int has_failed = sgw_alloc_has_failed();
        sgw_alloc_fail_after(-1);
        assert_null(identity);
        bool is_detail = has_failed && ret == SMIMEGW_E_KEY; /* only the text was lost */
        smimegw_error_free(error);
        if (!has_failed) {
            assert_int_equal(ret, SMIMEGW_E_KEY);
            assert_true(count > 4);
            break;
        }
        assert_true(ret == SMIMEGW_E_NOMEM || is_detail);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail),
                                       cmocka_unit_test(tokens_run_out_of_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
