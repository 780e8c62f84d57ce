/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kinds of trust, told by verdicts and by refused recipients. */
#include "support.h"

static void add(struct smimegw_gateway *gateway, int kind, const char *name)
{
    struct smimegw_buffer *file = read_key_file(name);
    assert_int_equal(smimegw_gateway_add_certs(gateway, kind, smimegw_buffer_data(file),
                                               smimegw_buffer_size(file), NULL),
                     SMIMEGW_OK);
    smimegw_buffer_free(file);
}

/* What is trusted, and what comes of mail signed by the domain's certificate. */
struct row {
    int kind;
    const char *file;
    const char *from;
    int reason;
};

static const struct row domain_rows[] = {
    {SMIMEGW_TRUST_ANCHOR, "root.pem", "any@example.com", SMIMEGW_REASON_FROM_DOMAIN},
    {SMIMEGW_TRUST_DOMAIN_ANCHOR, "root.pem", "any@example.com", SMIMEGW_REASON_OK},
    {SMIMEGW_TRUST_DOMAIN_ANCHOR, "root.pem", "any@EXAMPLE.com", SMIMEGW_REASON_OK},
    {SMIMEGW_TRUST_DOMAIN_ANCHOR, "root.pem", "any@x.example.net", SMIMEGW_REASON_OK},
    {SMIMEGW_TRUST_DOMAIN_ANCHOR, "root.pem", "any@example.net", SMIMEGW_REASON_FROM_MISMATCH},
    {SMIMEGW_TRUST_DOMAIN_ANCHOR, "root.pem", "any@x.y.example.net",
     SMIMEGW_REASON_FROM_MISMATCH},
    {SMIMEGW_TRUST_DOMAIN_ANCHOR, "root.pem", "any@x.example.com",
     SMIMEGW_REASON_FROM_MISMATCH},
    {SMIMEGW_TRUST_PINNED, "domain.pem", "any@example.com", SMIMEGW_REASON_OK},
    {SMIMEGW_TRUST_PINNED, "domain.pem", "any@example.org", SMIMEGW_REASON_FROM_MISMATCH},
    {SMIMEGW_TRUST_PINNED, "rsa2048.pem", "any@example.com", SMIMEGW_REASON_CERT_UNTRUSTED},
};

static struct smimegw_buffer *sign(const char *key, const char *from)
{
    char text[256];
    struct smimegw_profile *profile;
    struct smimegw_identity *identity = load_identity(key);
    struct smimegw_buffer *out = make_buffer();
    snprintf(text, sizeof(text), "From: %s\r\n\r\nHello\r\n", from);
    struct smimegw_message *message = make_message(text, strlen(text));
    assert_int_equal(smimegw_profile_new(&profile, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_profile_set(profile, "check-sender", "no", NULL), SMIMEGW_OK);
    assert_int_equal(
        smimegw_sign(NULL, profile, message, identity, smimegw_buffer_write, out, NULL),
        SMIMEGW_OK);
    smimegw_message_free(message);
    smimegw_profile_unref(profile);
    smimegw_identity_unref(identity);
    return out;
}

static int verify(struct smimegw_gateway *gateway, const struct smimegw_buffer *made)
{
    struct smimegw_verdict *verdict;
    struct smimegw_message *message =
        make_message(smimegw_buffer_data(made), smimegw_buffer_size(made));
    assert_int_equal(smimegw_verify(gateway, message, NULL, NULL, &verdict, NULL), SMIMEGW_OK);
    int reason = smimegw_verdict_reason(verdict);
    int outcome = smimegw_verdict_outcome(verdict);
    assert_int_equal(outcome == SMIMEGW_OUTCOME_PASS, reason == SMIMEGW_REASON_OK);
    smimegw_verdict_unref(verdict);
    smimegw_message_free(message);
    return reason;
}

static void domains_speak_where_they_may(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(domain_rows) / sizeof(domain_rows[0]); i++) {
        const struct row *row = &domain_rows[i];
        struct smimegw_gateway *gateway;
        struct smimegw_buffer *made = sign("domain-id.pem", row->from);
        assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
        add(gateway, row->kind, row->file);
        int reason = verify(gateway, made);
        if (reason != row->reason)
            fail_msg("row %zu: %s, not %s", i, smimegw_reason_name(reason, NULL),
                     smimegw_reason_name(row->reason, NULL));
        smimegw_buffer_free(made);
        smimegw_gateway_unref(gateway);
    }
}

static void denied_signers_never_pass(void **state)
{
    (void)state;
    static const char *const denied[] = {"rsa2048.pem", "intermediate.pem", "root.pem"};
    struct smimegw_buffer *made = sign("rsa2048-id.pem", "rsa2048@example.com");
    for (size_t i = 0; i < 3; i++) {
        struct smimegw_gateway *gateway = make_gateway();
        add(gateway, SMIMEGW_TRUST_PINNED, "rsa2048.pem");
        if (i == 0) /* pinned and denied: denied */
            add(gateway, SMIMEGW_TRUST_DENIED, denied[i]);
        assert_int_equal(verify(gateway, made),
                         i == 0 ? SMIMEGW_REASON_CERT_DENIED : SMIMEGW_REASON_OK);
        smimegw_gateway_unref(gateway);
        gateway = make_gateway();
        add(gateway, SMIMEGW_TRUST_DENIED, denied[i]);
        assert_int_equal(verify(gateway, made), SMIMEGW_REASON_CERT_DENIED);
        smimegw_gateway_unref(gateway);
    }
    smimegw_buffer_free(made);
}

static int encrypt(struct smimegw_gateway *gateway, const char *recipient)
{
    static const char text[] = "From: a@example.com\r\n\r\nHello\r\n";
    struct smimegw_identity *identity = load_identity(recipient);
    struct smimegw_cert *cert = smimegw_identity_cert(identity);
    struct smimegw_message *message = make_message(text, strlen(text));
    struct smimegw_buffer *out = make_buffer();
    int ret =
        smimegw_encrypt(gateway, NULL, message, &cert, 1, smimegw_buffer_write, out, NULL);
    assert_int_equal(smimegw_buffer_size(out) > 0, ret == SMIMEGW_OK);
    smimegw_buffer_free(out);
    smimegw_message_free(message);
    smimegw_identity_unref(identity);
    return ret;
}

static void denied_recipients_get_nothing(void **state)
{
    (void)state;
    struct smimegw_gateway *gateway = make_gateway();
    add(gateway, SMIMEGW_TRUST_DENIED, "rsa2048.pem");
    assert_int_equal(encrypt(gateway, "rsa2048-id.pem"), SMIMEGW_E_RECIPIENT);
    assert_int_equal(encrypt(gateway, "p256-id.pem"), SMIMEGW_OK);
    smimegw_gateway_unref(gateway);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(domains_speak_where_they_may),
        cmocka_unit_test(denied_signers_never_pass),
        cmocka_unit_test(denied_recipients_get_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
