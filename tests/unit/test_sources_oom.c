/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each allocation of each call about the sources of a gateway fails in turn: the call says so,
 * and the plan is as it was. */
#include <smimegw/smimegw.h>
#include <unistd.h>

#include "oom_support.h"

#define MAIL "From: a@example.com\r\nTo: rsa2048@example.com\r\n\r\nHello\r\n"

static struct smimegw_store *store;
static struct smimegw_store *broken; /* its file is garbage */
static char path[] = "/tmp/smimegw-oom-XXXXXX";
static struct smimegw_resolver *resolver;
static struct smimegw_cert *one;
static struct smimegw_cert *two;
static struct smimegw_cert *self_signed;
static struct smimegw_buffer *signed_mail;
static struct smimegw_buffer *bare_mail; /* without a certificate */

static int swallow(void *userdata, const void *data, size_t size)
{
    (void)userdata;
    (void)data;
    (void)size;
    return 0;
}

static int answer(void *userdata, struct smimegw_plan *plan, const char *const *addresses,
                  size_t count)
{
    (void)userdata;
    for (size_t i = 0; i < count; i++) {
        struct smimegw_error *error = NULL;
        bool is_known = strcmp(addresses[i], "p256@example.com") == 0;
        int ret = smimegw_plan_supply(plan, addresses[i], &two, is_known, 0, &error);
        smimegw_error_free(error);
        if (ret == SMIMEGW_E_NOMEM)
            return 0;
    }
    return SMIMEGW_ANSWERED;
}

/* What a scenario works on. */
struct scene {
    struct smimegw_gateway *gateway;
    struct smimegw_profile *profile;
    struct smimegw_message *message;
    struct smimegw_plan *plan;
};

static struct smimegw_gateway *make_gateway(bool is_broken)
{
    struct smimegw_gateway *gateway;
    assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_add_store(gateway, store, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_add_resolver(gateway, resolver, NULL), SMIMEGW_OK);
    if (is_broken)
        assert_int_equal(smimegw_gateway_add_store(gateway, broken, NULL), SMIMEGW_OK);
    return gateway;
}

static struct scene make_scene(bool is_broken)
{
    static const char *const recipients[] = {"rsa2048@example.com", "p256@example.com",
                                             "nobody@example.com"};
    struct scene scene = {.gateway = make_gateway(is_broken)};
    assert_int_equal(smimegw_profile_new(&scene.profile, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_profile_set(scene.profile, "mode", "encrypt", NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_profile_set(scene.profile, "missing-key", "split", NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_profile_set(scene.profile, "extra-recipients", "key", NULL),
                     SMIMEGW_OK);
    assert_int_equal(
        smimegw_message_new_memory(NULL, MAIL, strlen(MAIL), &scene.message, NULL),
        SMIMEGW_OK);
    assert_int_equal(
        smimegw_plan_new(scene.gateway, scene.profile, scene.message, &scene.plan, NULL),
        SMIMEGW_OK);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(smimegw_plan_add_recipient(scene.plan, recipients[i], NULL, NULL),
                         SMIMEGW_OK);
    return scene;
}

static void end_scene(struct scene *scene)
{
    smimegw_plan_free(scene->plan);
    smimegw_message_free(scene->message);
    smimegw_profile_unref(scene->profile);
    smimegw_gateway_unref(scene->gateway);
}

/* Nothing is known of a plan whose lookup failed, and a resolver that ran out of memory has
 * failed: nobody is known to have no key. */
static void lookups_are_whole(void **state)
{
    (void)state;
    for (int is_broken = 0; is_broken < 2; is_broken++)
        for (long count = 0, has_failed = 1; has_failed != 0; count++) {
            struct scene scene = make_scene(is_broken);
            struct smimegw_error *error = NULL;
            sgw_alloc_fail_after(count);
            int ret = smimegw_plan_lookup(scene.plan, &error);
            has_failed = sgw_alloc_has_failed();
            sgw_alloc_fail_after(-1);
            smimegw_error_free(error);
            assert_true(ret == SMIMEGW_OK || ret == SMIMEGW_E_NOMEM);
            for (size_t i = 0; ret < 0 && i < 3; i++)
                assert_non_null(smimegw_plan_need(scene.plan, i));
            if (ret < 0)
                assert_int_equal(smimegw_plan_lookup(scene.plan, NULL), SMIMEGW_OK);
            assert_null(smimegw_plan_need(scene.plan, 0));
            assert_int_equal(smimegw_plan_decide(scene.plan, NULL), SMIMEGW_OK);
            int outcome = smimegw_plan_recipient_outcome(scene.plan, 1, NULL, NULL);
            bool is_deferred = is_broken || (has_failed && ret == SMIMEGW_OK);
            if (is_deferred)
                assert_int_equal(outcome, SMIMEGW_PLAN_DEFERRED);
            else
                assert_int_equal(outcome, SMIMEGW_PLAN_ENCRYPTED);
            end_scene(&scene);
        }
}

/* Writing fails for want of memory; noting it does not. */
static void touches_may_fail(void **state)
{
    (void)state;
    long silent = 0;
    for (long count = 0, has_failed = 1; has_failed != 0; count++) {
        struct scene scene = make_scene(false);
        assert_int_equal(smimegw_plan_lookup(scene.plan, NULL), SMIMEGW_OK);
        assert_int_equal(smimegw_plan_decide(scene.plan, NULL), SMIMEGW_OK);
        sgw_alloc_fail_after(count);
        int ret = smimegw_plan_delivery_write(scene.plan, 0, swallow, NULL, NULL);
        has_failed = sgw_alloc_has_failed();
        sgw_alloc_fail_after(-1);
        assert_true(ret == SMIMEGW_OK || (has_failed && ret == SMIMEGW_E_NOMEM));
        silent += has_failed && ret == SMIMEGW_OK;
        end_scene(&scene);
    }
    assert_true(silent >= 3);
}

static int add_sources(void *data, struct smimegw_error **error)
{
    struct smimegw_gateway *gateway = NULL;
    (void)data;
    int ret = smimegw_gateway_new(&gateway, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_gateway_add_store(gateway, store, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_gateway_add_resolver(gateway, resolver, error);
    smimegw_gateway_unref(gateway);
    return ret;
}

struct verifying {
    struct smimegw_gateway *gateway;
    const struct smimegw_buffer *mail;
};

static int verify(void *data, struct smimegw_error **error)
{
    const struct verifying *verifying = data;
    struct smimegw_message *message = NULL;
    struct smimegw_verdict *verdict = NULL;
    int ret =
        smimegw_message_new_memory(NULL, smimegw_buffer_data(verifying->mail),
                                   smimegw_buffer_size(verifying->mail), &message, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_verify(verifying->gateway, message, NULL, NULL, &verdict, error);
    if (ret == SMIMEGW_OK)
        assert_int_equal(smimegw_verdict_outcome(verdict), SMIMEGW_OUTCOME_PASS);
    smimegw_verdict_unref(verdict);
    smimegw_message_free(message);
    return ret;
}

static void verdicts_are_whole(void **state)
{
    (void)state;
    assert_true(fail_each_allocation(add_sources, NULL) >= 3);
    struct smimegw_gateway *gateway = make_gateway(false);
    struct verifying signed_one = {gateway, signed_mail};
    struct verifying bare_one = {gateway, bare_mail};
    /* behind the signing time of the bare one, which is fixed */
    assert_int_equal(smimegw_gateway_set(gateway, "time", "2050-01-01T00:00:00Z", NULL),
                     SMIMEGW_OK);
    assert_true(fail_each_allocation(verify, &signed_one) >= 20);
    assert_true(fail_each_allocation(verify, &bare_one) >= 20);
    smimegw_gateway_unref(gateway);
}

/* Save a set and load it again, in a transaction that is undone. */
static int save_and_load(void *data, struct smimegw_error **error)
{
    struct smimegw_transaction *transaction;
    struct smimegw_profiles *read = NULL;
    int ret = smimegw_transaction_new(store, SMIMEGW_TRANSACTION_WRITE, &transaction, error);
    if (ret < 0)
        return ret;
    ret = smimegw_profiles_save(data, transaction, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_profiles_new(&read, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_profiles_load(read, transaction, 0, error);
    assert_int_equal(smimegw_profiles_count(read), ret == SMIMEGW_OK ? 2 : 0);
    smimegw_profiles_free(read);
    smimegw_transaction_rollback(transaction);
    return ret;
}

static void sets_are_whole(void **state)
{
    (void)state;
    static const char text[] = "# smimegw profiles 1\n[a]\nmode = sign\n[b]\n";
    struct smimegw_profiles *profiles;
    assert_int_equal(smimegw_profiles_new(&profiles, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_profiles_import(profiles, text, strlen(text), 0, NULL),
                     SMIMEGW_OK);
    assert_true(fail_each_allocation(save_and_load, profiles) >= 20);
    smimegw_profiles_free(profiles);
}

/* --- what they share -----------------------------------------------------------------------
 */

static void make_broken(void)
{
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(smimegw_store_new_file(path, &broken, NULL), SMIMEGW_OK);
    assert_int_equal(close(file), 0);
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    fputs("garbage\n", stream);
    fclose(stream);
}

static void make_stores(void)
{
    struct smimegw_transaction *transaction;
    struct smimegw_record record = {.size = sizeof(record),
                                    .kind = SMIMEGW_RECORD_KEY,
                                    .grade = SMIMEGW_GRADE_ADMINISTRATOR,
                                    .name = "key"};
    const struct smimegw_resolver_functions resolve = {.size = sizeof(resolve),
                                                       .lookup = answer};
    record.data = smimegw_cert_der(one, &record.data_size);
    assert_int_equal(
        smimegw_resolver_new(&resolve, NULL, SMIMEGW_GRADE_CHAIN, &resolver, NULL),
        SMIMEGW_OK);
    assert_int_equal(smimegw_store_new_memory(&store, NULL), SMIMEGW_OK);
    assert_int_equal(
        smimegw_transaction_new(store, SMIMEGW_TRANSACTION_WRITE, &transaction, NULL),
        SMIMEGW_OK);
    assert_int_equal(smimegw_transaction_put(transaction, &record, 0, NULL), SMIMEGW_OK);
    record.name = "bare";
    record.data = smimegw_cert_der(self_signed, &record.data_size);
    assert_int_equal(smimegw_transaction_put(transaction, &record, 0, NULL), SMIMEGW_OK);
    record.kind = SMIMEGW_RECORD_HARVESTED;
    record.grade = SMIMEGW_GRADE_CHAIN;
    record.name = "key";
    record.data = smimegw_cert_der(one, &record.data_size);
    assert_int_equal(smimegw_transaction_put(transaction, &record, 0, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_transaction_commit(transaction, NULL), SMIMEGW_OK);
}

static void sign_mail(void)
{
    struct file file = read_key_file("rsa2048-id.pem");
    struct smimegw_identity *identity;
    struct smimegw_message *message;
    static const char text[] = "From: rsa2048@example.com\r\n\r\nHello\r\n";
    assert_int_equal(smimegw_identity_new(file.data, file.size, NULL, &identity, NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_message_new_memory(NULL, text, strlen(text), &message, NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_buffer_new(0, &signed_mail, NULL), SMIMEGW_OK);
    assert_int_equal(
        smimegw_sign(NULL, NULL, message, identity, smimegw_buffer_write, signed_mail, NULL),
        SMIMEGW_OK);
    smimegw_message_free(message);
    smimegw_identity_unref(identity);
    free(file.data);
}

static void read_bare_mail(void)
{
    struct file file = read_key_file("../message/no-certificate.eml");
    assert_int_equal(smimegw_buffer_new(0, &bare_mail, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_buffer_write(bare_mail, file.data, file.size), 0);
    free(file.data);
}

static int set_up(void **state)
{
    (void)state;
    one = load_cert("rsa2048.pem");
    two = load_cert("p256.pem");
    self_signed = load_cert("self-signed.pem");
    make_stores();
    make_broken();
    sign_mail();
    read_bare_mail();
    return 0;
}

static int tear_down(void **state)
{
    char lock[sizeof(path) + 8];
    (void)state;
    snprintf(lock, sizeof(lock), "%s.lock", path);
    unlink(path);
    unlink(lock);
    smimegw_store_unref(store);
    smimegw_store_unref(broken);
    smimegw_resolver_unref(resolver);
    smimegw_cert_unref(one);
    smimegw_cert_unref(two);
    smimegw_cert_unref(self_signed);
    smimegw_buffer_free(signed_mail);
    smimegw_buffer_free(bare_mail);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lookups_are_whole),
        cmocka_unit_test(touches_may_fail),
        cmocka_unit_test(verdicts_are_whole),
        cmocka_unit_test(sets_are_whole),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
