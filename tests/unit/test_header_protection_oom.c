/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each allocation in turn fails while a header is protected, judged and restored. */
#include <smimegw/smimegw.h>
#include <stdlib.h>

#include "oom_support.h"

#define HEADER                                                                                \
    "From: Test <rsa2048@example.com>\r\nTo: A <a@example.com>, b@example.com\r\n"            \
    "Subject: s\xc3\xa4\r\nKeywords: k\r\nDate: Sat, 20 Feb 2021 10:07:02 -0500\r\n"
static const char plain[] = HEADER "Content-Type: text/plain; hp=x\r\n\r\nbody\r\n";
static const char wrapped[] = "From: Test <rsa2048@example.com>\r\nX-Only: outside\r\n"
                              "Content-Type: message/rfc822\r\n\r\n" HEADER "\r\nbody\r\n";

struct call {
    const char *text;
    const char *rule;
    struct smimegw_gateway *gateway;
    struct smimegw_profile *profile;
    struct smimegw_policy *policy;
    struct smimegw_identity *identity;
    struct smimegw_message *message;
    struct smimegw_message *wire;
    struct smimegw_buffer *sent;
    int kind; /* of what was received last */
};

static int swallow(void *userdata, const void *data, size_t size)
{
    (void)userdata;
    (void)data;
    (void)size;
    return 0;
}

static void open_call(struct call *call)
{
    struct file anchor = read_key_file("root.pem");
    assert_int_equal(smimegw_gateway_new(&call->gateway, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_add_certs(call->gateway, SMIMEGW_TRUST_ANCHOR,
                                               anchor.data, anchor.size, NULL),
                     SMIMEGW_OK);
    free(anchor.data);
    assert_int_equal(smimegw_profile_new(&call->profile, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_profile_set(call->profile, "mode", "sign-encrypt", NULL), 0);
    assert_int_equal(smimegw_profile_set(call->profile, "header-protection", call->rule, NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_policy_new(&call->policy, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_policy_set(call->policy, "signature", "remove", NULL), 0);
    assert_int_equal(smimegw_policy_set(call->policy, "wrapped-message", "restore", NULL), 0);
    call->identity = load_identity("rsa2048-id.pem", NULL);
    assert_int_equal(
        smimegw_message_new_memory(NULL, call->text, strlen(call->text), &call->message, NULL),
        SMIMEGW_OK);
}

static void close_call(struct call *call)
{
    smimegw_message_free(call->wire);
    smimegw_buffer_free(call->sent);
    smimegw_message_free(call->message);
    smimegw_identity_unref(call->identity);
    smimegw_policy_unref(call->policy);
    smimegw_profile_unref(call->profile);
    smimegw_gateway_unref(call->gateway);
}

static int protect(const struct call *call, smimegw_write_fn write, void *userdata,
                   struct smimegw_error **error)
{
    struct smimegw_cert *recipient = smimegw_identity_cert(call->identity);
    return smimegw_protect(call->gateway, call->profile, call->message, call->identity,
                           &recipient, 1, write, userdata, error);
}

static int protect_it(void *data, struct smimegw_error **error)
{
    return protect(data, swallow, NULL, error);
}

static int receive_it(void *data, struct smimegw_error **error)
{
    struct call *call = data;
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_buffer *json = NULL;
    int ret = smimegw_receive(call->gateway, call->policy, call->wire, &call->identity, 1,
                              swallow, NULL, &verdict, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_verdict_json(verdict, &json, error);
    call->kind = smimegw_verdict_header_protection(verdict);
    smimegw_buffer_free(json);
    smimegw_verdict_unref(verdict);
    return ret;
}

static void headers_without_memory(void **state)
{
    static const struct {
        const char *text;
        const char *rule;
        int kind;
    } rows[] = {{plain, "shy", SMIMEGW_HEADERS_CIPHER},
                {wrapped, "none", SMIMEGW_HEADERS_WRAPPED}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct call call = {.text = rows[i].text, .rule = rows[i].rule};
        open_call(&call);
        assert_true(fail_each_allocation(protect_it, &call) > 20);
        assert_int_equal(smimegw_buffer_new(0, &call.sent, NULL), SMIMEGW_OK);
        assert_int_equal(protect(&call, smimegw_buffer_write, call.sent, NULL), SMIMEGW_OK);
        assert_int_equal(smimegw_message_new_memory(NULL, smimegw_buffer_data(call.sent),
                                                    smimegw_buffer_size(call.sent), &call.wire,
                                                    NULL),
                         SMIMEGW_OK);
        assert_true(fail_each_allocation(receive_it, &call) > 40);
        assert_int_equal(call.kind, rows[i].kind);
        close_call(&call);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(headers_without_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
