/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host's sink that fails at any of its calls, and a message whose file goes away or shrinks
 * while it is read: the host is told each time, and the same call does once the trouble is
 * over. */
#include <fcntl.h>
#include <unistd.h>

#include "plan_support.h"

enum { LINES = 4000 };

/* What is done with a message; a gateway's ways out and in. */
static struct operation {
    const char *name;
    const char *settings[7]; /* of the profile that sends it, or that made what is received */
    bool is_received;
    bool is_remove; /* of the signature */
} operations[] = {
    {"send: sign", {"mode", "sign"}, false, false},
    {"send: opaque", {"mode", "sign", "sign-form", "opaque"}, false, false},
    {"send: encrypt", {"mode", "encrypt"}, false, false},
    {"send: sign-encrypt", {"mode", "sign-encrypt", "cipher", "aes-256-gcm"}, false, false},
    {"send: triple", {"mode", "triple"}, false, false},
    {"receive: signed", {"mode", "sign"}, true, false},
    {"receive: signed, remove", {"mode", "sign"}, true, true},
    {"receive: opaque, remove", {"mode", "sign", "sign-form", "opaque"}, true, true},
    {"receive: encrypted", {"mode", "encrypt"}, true, false},
    {"receive: sign-encrypt", {"mode", "sign-encrypt", "cipher", "aes-256-gcm"}, true, true},
    {"receive: triple", {"mode", "triple"}, true, true},
};
enum { OPERATIONS = sizeof(operations) / sizeof(operations[0]) };

/* An operation under way, its message in a file. */
struct call {
    const struct operation *operation;
    struct smimegw_gateway *gateway;
    struct smimegw_profile *profile;
    struct smimegw_policy *policy;
    struct smimegw_identity *identity;
    struct smimegw_buffer *bytes; /* of the message */
    struct smimegw_message *message;
    struct smimegw_plan *plan;
    int file;
};

/* Takes what it gets; at one call of it something happens. */
struct sink {
    struct call *call;
    int calls;
    int at; /* the number of that call, from 1; 0: never */
    int (*happen)(struct call *call);
    size_t size;
};

static int take(void *userdata, const void *data, size_t size)
{
    struct sink *sink = userdata;
    (void)data;
    sink->calls++;
    sink->size += size;
    return sink->calls == sink->at ? sink->happen(sink->call) : 0;
}

static int refuse(struct call *call)
{
    (void)call;
    return -1;
}

static int shrink(struct call *call)
{
    assert_int_equal(ftruncate(call->file, 1000), 0);
    return 0;
}

/* The descriptor is another's from now on, and can't be read. */
static int replace(struct call *call)
{
    int other = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_int_equal(dup2(other, call->file), call->file);
    close(other);
    return 0;
}

/* --- the calls -----------------------------------------------------------------------------
 */

/* Larger than anything that is held in memory. */
static struct smimegw_buffer *make_mail(void)
{
    static const char fields[] = "From: p256@example.com\r\nTo: p256@example.com\r\n"
                                 "Subject: large\r\nMIME-Version: 1.0\r\n"
                                 "Content-Type: text/plain\r\n\r\n";
    struct smimegw_buffer *mail_bytes = make_buffer();
    assert_int_equal(smimegw_buffer_write(mail_bytes, fields, sizeof(fields) - 1), SMIMEGW_OK);
    for (int i = 0; i < LINES; i++) {
        char line[64];
        int size = snprintf(line, sizeof(line), "line %d of a mail that goes on\r\n", i);
        assert_int_equal(smimegw_buffer_write(mail_bytes, line, (size_t)size), SMIMEGW_OK);
    }
    return mail_bytes;
}

static struct smimegw_buffer *make_protected(struct call *call,
                                             const struct smimegw_buffer *plain)
{
    struct smimegw_cert *cert = smimegw_identity_cert(call->identity);
    struct smimegw_message *message =
        make_message(smimegw_buffer_data(plain), smimegw_buffer_size(plain));
    struct smimegw_buffer *out = make_buffer();
    assert_int_equal(smimegw_protect(call->gateway, call->profile, message, call->identity,
                                     &cert, 1, smimegw_buffer_write, out, NULL),
                     SMIMEGW_OK);
    smimegw_message_free(message);
    return out;
}

static struct call make_call(const struct operation *operation)
{
    struct smimegw_buffer *plain = make_mail();
    struct call call = {.operation = operation,
                        .gateway = make_gateway(),
                        .profile = make_profile(operation->settings),
                        .identity = load_identity("p256-id.pem"),
                        .file = -1};
    assert_int_equal(smimegw_policy_new(&call.policy, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_policy_set(call.policy, "signature",
                                        operation->is_remove ? "remove" : "keep", NULL),
                     SMIMEGW_OK);
    if (!operation->is_received) {
        call.bytes = plain;
        return call;
    }
    call.bytes = make_protected(&call, plain);
    smimegw_buffer_free(plain);
    return call;
}

static void plan_it(struct call *call)
{
    static const char address[] = "p256@example.com";
    struct smimegw_cert *cert = smimegw_identity_cert(call->identity);
    assert_int_equal(
        smimegw_plan_new(call->gateway, call->profile, call->message, &call->plan, NULL),
        SMIMEGW_OK);
    assert_int_equal(smimegw_plan_set_identity(call->plan, call->identity, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_plan_add_recipient(call->plan, address, NULL, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_plan_supply(call->plan, address, &cert, 1, 0, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_plan_decide(call->plan, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_plan_delivery_count(call->plan), 1);
}

/* The message as a new file. */
static void open_message(struct call *call)
{
    char path[] = "/tmp/smimegw-faults-XXXXXX";
    call->file = mkstemp(path);
    assert_true(call->file >= 0);
    unlink(path);
    assert_int_equal(
        write(call->file, smimegw_buffer_data(call->bytes), smimegw_buffer_size(call->bytes)),
        smimegw_buffer_size(call->bytes));
    assert_int_equal(smimegw_message_new_fd(NULL, call->file, 0, &call->message, NULL),
                     SMIMEGW_OK);
    if (!call->operation->is_received)
        plan_it(call);
}

static void close_message(struct call *call)
{
    smimegw_plan_free(call->plan);
    smimegw_message_free(call->message);
    close(call->file);
    call->plan = NULL;
    call->message = NULL;
}

static void end_call(struct call *call)
{
    smimegw_buffer_free(call->bytes);
    smimegw_identity_unref(call->identity);
    smimegw_policy_unref(call->policy);
    smimegw_profile_unref(call->profile);
    smimegw_gateway_unref(call->gateway);
}

/* A failure leaves nothing behind but its detail. */
static int run_call(struct call *call, struct sink *sink)
{
    struct smimegw_verdict *verdict = NULL;
    struct smimegw_error *error = NULL;
    int ret = call->operation->is_received
                  ? smimegw_receive(call->gateway, call->policy, call->message,
                                    &call->identity, 1, take, sink, &verdict, &error)
                  : smimegw_plan_delivery_write(call->plan, 0, take, sink, &error);
    assert_int_equal(verdict != NULL, ret == SMIMEGW_OK && call->operation->is_received);
    assert_int_equal(error != NULL, ret != SMIMEGW_OK);
    if (verdict != NULL)
        assert_true(smimegw_verdict_is_gateway_verified(verdict));
    smimegw_verdict_unref(verdict);
    smimegw_error_free(error);
    return ret;
}

/* --- the sink ------------------------------------------------------------------------------
 */

static void check_sink(struct call *call)
{
    struct sink good = {.call = call};
    assert_int_equal(run_call(call, &good), SMIMEGW_OK);
    assert_true(good.calls > 1 && good.size > smimegw_buffer_size(call->bytes) / 4);
    for (int at = 1; at <= good.calls; at++) {
        struct sink bad = {.call = call, .at = at, .happen = refuse};
        int ret = run_call(call, &bad);
        /* the failure is the last thing that it hears */
        if (ret != SMIMEGW_E_SINK || bad.calls != at)
            fail_msg("%s: call %d of %d: %s after %d", call->operation->name, at, good.calls,
                     smimegw_result_name(ret), bad.calls);
    }
    struct sink again = {.call = call};
    assert_int_equal(run_call(call, &again), SMIMEGW_OK);
    assert_true(again.size + 100 > good.size && good.size + 100 > again.size);
}

static void sinks_fail_at_every_call(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPERATIONS; i++) {
        struct call call = make_call(&operations[i]);
        open_message(&call);
        check_sink(&call);
        close_message(&call);
        end_call(&call);
    }
}

/* --- the file ------------------------------------------------------------------------------
 */

/* At the first bytes that come out most of the message is still to be read again. */
static void check_file(struct call *call, int (*happen)(struct call *call), int at)
{
    struct sink sink = {.call = call, .at = at, .happen = happen};
    open_message(call);
    if (at == 0)
        happen(call);
    int ret = run_call(call, &sink);
    if (ret != SMIMEGW_E_IO || (at == 0 && sink.size > 0))
        fail_msg("%s: %s after %zu bytes", call->operation->name, smimegw_result_name(ret),
                 sink.size);
    close_message(call);
}

static void files_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPERATIONS; i++) {
        struct call call = make_call(&operations[i]);
        check_file(&call, replace, 1);
        check_file(&call, shrink, 1);
        if (call.operation->is_received) {
            check_file(&call, replace, 0);
            check_file(&call, shrink, 0);
        }
        end_call(&call);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sinks_fail_at_every_call),
        cmocka_unit_test(files_fail),
    };
    return cmocka_run_group_tests_name("gateway_faults", tests, NULL, NULL);
}
