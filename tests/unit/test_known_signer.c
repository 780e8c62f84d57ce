/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A known signer costs one signature check: told by the budget, and counted where the
 * arithmetic is done. */
#include <dlfcn.h>
#include <nettle/ecdsa.h>
#include <nettle/rsa.h>

#include "gateway/gateway_impl.h"
#include "pki_data.h"
#include <smimegw/smimegw.h>

/* GnuTLS finds these before nettle's own. */
static int ecdsa_checks;
static int rsa_checks;

static void *next_function(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    assert_non_null(function);
    return function;
}

int nettle_ecdsa_verify(const struct ecc_point *pub, size_t length, const uint8_t *digest,
                        const struct dsa_signature *signature)
{
    __typeof__(&nettle_ecdsa_verify) function;
    *(void **)&function = next_function("nettle_ecdsa_verify");
    ecdsa_checks++;
    return function(pub, length, digest, signature);
}

int nettle_rsa_pkcs1_verify(const struct rsa_public_key *key, size_t length,
                            const uint8_t *digest_info, const mpz_t signature)
{
    __typeof__(&nettle_rsa_pkcs1_verify) function;
    *(void **)&function = next_function("nettle_rsa_pkcs1_verify");
    rsa_checks++;
    return function(key, length, digest_info, signature);
}

static struct smimegw_gateway *new_gateway(void)
{
    struct smimegw_gateway *gateway = NULL;
    struct file file = read_key_file("root.pem");
    assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_set(gateway, "time", "2026-06-01T00:00:00Z", NULL),
                     SMIMEGW_OK);
    assert_int_equal(
        smimegw_gateway_add_certs(gateway, SMIMEGW_TRUST_ANCHOR, file.data, file.size, NULL),
        SMIMEGW_OK);
    free(file.data);
    return gateway;
}

/* 4 KiB, signed with P-256 under an intermediate and a root with RSA keys. */
static struct smimegw_buffer *sign(const char *key, const char *address)
{
    enum { SIZE = 4096 };
    static char text[SIZE + 1];
    struct smimegw_gateway *gateway = new_gateway();
    struct smimegw_identity *identity = load_identity(key, NULL);
    struct smimegw_message *message;
    struct smimegw_buffer *out;
    int size = snprintf(text, sizeof(text), "From: %s\r\n\r\n", address);
    memset(text + size, 'x', sizeof(text) - (size_t)size);
    for (size_t i = (size_t)size + 70; i + 2 < SIZE; i += 70)
        memcpy(text + i, "\r\n", 2);
    memcpy(text + SIZE - 2, "\r\n", 3);
    assert_int_equal(smimegw_buffer_new(0, &out, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_message_new_memory(NULL, text, SIZE, &message, NULL), SMIMEGW_OK);
    assert_int_equal(
        smimegw_sign(gateway, NULL, message, identity, smimegw_buffer_write, out, NULL),
        SMIMEGW_OK);
    smimegw_message_free(message);
    smimegw_identity_unref(identity);
    smimegw_gateway_unref(gateway);
    return out;
}

static int verify(struct smimegw_gateway *gateway, const struct smimegw_buffer *made)
{
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_message *message;
    ecdsa_checks = 0;
    rsa_checks = 0;
    assert_int_equal(smimegw_message_new_memory(NULL, smimegw_buffer_data(made),
                                                smimegw_buffer_size(made), &message, NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_verify(gateway, message, NULL, NULL, &verdict, NULL), SMIMEGW_OK);
    int reason = smimegw_verdict_reason(verdict);
    smimegw_verdict_unref(verdict);
    smimegw_message_free(message);
    return reason;
}

/* The budget of a gateway in use, which only a test may change. */
static int verify_within(struct smimegw_gateway *gateway, int64_t operations,
                         const struct smimegw_buffer *made)
{
    gateway->values.context.limits.public_operations = operations;
    return verify(gateway, made);
}

static void known_signer_costs_one_check(void **state)
{
    (void)state;
    static const char *const rules[] = {"off", "if-available"};
    struct smimegw_buffer *made = sign("p256-id.pem", "p256@example.com");
    struct smimegw_buffer *other = sign("p256-id.pem", "p256@example.com");
    for (size_t i = 0; i < 2; i++) {
        struct smimegw_gateway *gateway = new_gateway();
        assert_int_equal(smimegw_gateway_set(gateway, "revocation", rules[i], NULL),
                         SMIMEGW_OK);
        /* not known yet: the signature, and three certificates of the path */
        assert_int_equal(verify_within(gateway, 3, made), SMIMEGW_REASON_LIMIT);
        assert_int_equal(verify_within(gateway, 4, made), SMIMEGW_REASON_OK);
        assert_int_equal(ecdsa_checks, 1);
        assert_int_equal(rsa_checks, 2);
        /* and then, another message of the same signer included */
        assert_int_equal(verify_within(gateway, 1, made), SMIMEGW_REASON_OK);
        assert_int_equal(ecdsa_checks, 1);
        assert_int_equal(rsa_checks, 0);
        assert_int_equal(verify_within(gateway, 1, other), SMIMEGW_REASON_OK);
        assert_int_equal(ecdsa_checks, 1);
        assert_int_equal(rsa_checks, 0);
        assert_int_equal(verify_within(gateway, 0, made), SMIMEGW_REASON_LIMIT);
        assert_int_equal(ecdsa_checks, 0);
        smimegw_gateway_unref(gateway);
    }
    smimegw_buffer_free(made);
    smimegw_buffer_free(other);
}

/* What passed is known; what did not, another message may still prove. */
static void unknown_signer_pays_again(void **state)
{
    (void)state;
    struct smimegw_buffer *made = sign("p256-id.pem", "p256@example.com");
    struct smimegw_buffer *other = sign("p384-id.pem", "p384@example.com");
    struct smimegw_gateway *gateway = new_gateway();
    assert_int_equal(verify_within(gateway, 64, made), SMIMEGW_REASON_OK);
    assert_int_equal(verify_within(gateway, 3, other), SMIMEGW_REASON_LIMIT);
    assert_int_equal(verify_within(gateway, 4, other), SMIMEGW_REASON_OK);
    assert_int_equal(verify_within(gateway, 1, other), SMIMEGW_REASON_OK);
    smimegw_gateway_unref(gateway);
    smimegw_buffer_free(made);
    smimegw_buffer_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_signer_costs_one_check),
        cmocka_unit_test(unknown_signer_pays_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
