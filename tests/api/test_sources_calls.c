/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a store's functions may call about the plan that is looking up: nothing but questions;
 * and what a lookup that fails leaves behind: nothing. */
#include "plan_support.h"
#include "store_villain.h"

static struct smimegw_plan *plan; /* that is looking up */
static int finds;
static int gets;

static int resolve(void *userdata, struct smimegw_plan *asking, const char *const *addresses,
                   size_t count)
{
    (void)userdata;
    (void)asking;
    (void)addresses;
    (void)count;
    return SMIMEGW_ANSWERED;
}

static void call_everything(struct smimegw_cert *cert)
{
    struct smimegw_keyring *keyring;
    struct smimegw_buffer *out = make_buffer();
    assert_int_equal(smimegw_keyring_new(&keyring, NULL), SMIMEGW_OK);
    for (int i = 0; i < 50; i++) {
        char address[64];
        snprintf(address, sizeof(address), "later%d@example.com", i);
        assert_int_equal(smimegw_plan_add_recipient(plan, address, NULL, NULL),
                         SMIMEGW_E_STATE);
    }
    assert_int_equal(smimegw_plan_set_sender(plan, "", NULL), SMIMEGW_E_STATE);
    assert_int_equal(smimegw_plan_set_identity(plan, NULL, NULL), SMIMEGW_E_STATE);
    assert_int_equal(smimegw_plan_add_extra(plan, cert, NULL), SMIMEGW_E_STATE);
    assert_int_equal(smimegw_plan_use_keyring(plan, keyring, SMIMEGW_SUPPLY_REST_NONE, NULL),
                     SMIMEGW_E_STATE);
    assert_int_equal(smimegw_plan_resolve(plan, resolve, NULL, NULL), SMIMEGW_E_STATE);
    assert_int_equal(smimegw_plan_lookup(plan, NULL), SMIMEGW_E_STATE);
    assert_int_equal(smimegw_plan_decide(plan, NULL), SMIMEGW_E_STATE);
    assert_int_equal(smimegw_plan_delivery_write(plan, 0, smimegw_buffer_write, out, NULL),
                     SMIMEGW_E_STATE);
    assert_int_equal(smimegw_plan_supply(plan, "rsa2048@example.com", NULL, 0, 0, NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_plan_supply_failure(plan, "rsa2048@example.com", "x", NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(
        smimegw_plan_supply_capabilities(plan, "rsa2048@example.com", "", 0, NULL),
        SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_plan_recipient_count(plan), 1);
    smimegw_buffer_free(out);
    smimegw_keyring_free(keyring);
}

static int find_and_call(void *userdata, void *session, const char *const *lookup_keys,
                         size_t count, smimegw_record_fn take, void *take_userdata)
{
    finds++;
    call_everything(((struct villain *)userdata)->good);
    return bad_find(userdata, session, lookup_keys, count, take, take_userdata);
}

static int get_and_call(void *userdata, void *session, int kind, const char *name,
                        smimegw_record_fn take, void *take_userdata)
{
    gets++;
    call_everything(((struct villain *)userdata)->good);
    return bad_get(userdata, session, kind, name, take, take_userdata);
}

static void open_plan(struct scene *scene, struct smimegw_gateway *gateway,
                      struct smimegw_profile *profile)
{
    *scene = (struct scene){
        .gateway = gateway, .profile = profile, .message = make_message(mail, strlen(mail))};
    assert_int_equal(smimegw_plan_new(gateway, profile, scene->message, &scene->plan, NULL),
                     SMIMEGW_OK);
    add(scene, "rsa2048@example.com");
}

static void stores_only_ask(void **state)
{
    (void)state;
    struct villain villain;
    struct scene scene;
    struct smimegw_gateway *gateway = make_gateway();
    struct smimegw_store_functions functions = bad_functions();
    open_villain(&villain);
    smimegw_store_unref(villain.store);
    villain.closed = 0;
    functions.find = find_and_call;
    functions.get = get_and_call;
    assert_int_equal(smimegw_store_new(&functions, &villain, &villain.store, NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_add_store(gateway, villain.store, NULL), SMIMEGW_OK);
    open_plan(&scene, gateway, PROFILE("mode", "encrypt", "extra-recipients", "x"));
    plan = scene.plan;
    assert_int_equal(smimegw_plan_lookup(scene.plan, NULL), SMIMEGW_OK);
    assert_int_equal(finds, 1);
    assert_int_equal(gets, 1);
    /* and afterwards all is as ever */
    add(&scene, "p256@example.com");
    supply(&scene, "p256@example.com", "p256.pem");
    decide(&scene);
    assert_fate(&scene, 0, SMIMEGW_PLAN_ENCRYPTED, SMIMEGW_PLAN_BY_PROFILE, "");
    assert_fate(&scene, 1, SMIMEGW_PLAN_ENCRYPTED, SMIMEGW_PLAN_BY_PROFILE, "");
    end_scene(&scene);
    close_villain(&villain);
}

static void put_file(struct smimegw_store *store, const char *name, const char *file)
{
    struct smimegw_cert *cert = load_cert(file);
    struct smimegw_record record = key_record(name, cert);
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    assert_int_equal(
        smimegw_transaction_put(transaction, &record, SMIMEGW_KEYRING_FORCE, NULL),
        SMIMEGW_OK);
    commit(transaction);
    smimegw_cert_unref(cert);
}

/* The second of the extra recipients can't be encrypted to: the first is not there, either. */
static void extras_are_added_together(void **state)
{
    (void)state;
    struct scene scene;
    struct smimegw_store *store;
    struct smimegw_gateway *gateway = make_gateway();
    struct smimegw_cert *extras[] = {load_cert("p256.pem"), load_cert("p384.pem")};
    assert_int_equal(smimegw_store_new_memory(&store, NULL), SMIMEGW_OK);
    put_file(store, "good", "rsa3072.pem");
    put_file(store, "bad", "rsa1024.pem");
    put_file(store, "r", "rsa2048.pem");
    assert_int_equal(smimegw_gateway_add_store(gateway, store, NULL), SMIMEGW_OK);
    open_plan(&scene, gateway, PROFILE("mode", "encrypt", "extra-recipients", "good, bad"));
    for (int again = 0; again < 2; again++)
        assert_int_equal(smimegw_plan_lookup(scene.plan, NULL), SMIMEGW_E_RECIPIENT);
    assert_non_null(smimegw_plan_need(scene.plan, 0));
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(smimegw_plan_add_extra(scene.plan, extras[i], NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_plan_lookup(scene.plan, NULL), SMIMEGW_OK);
    decide(&scene);
    assert_non_null(strstr(smimegw_plan_delivery_text(scene.plan, 0), "3 certificates"));
    end_scene(&scene);
    smimegw_store_unref(store);
    smimegw_cert_unref(extras[0]);
    smimegw_cert_unref(extras[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stores_only_ask),
        cmocka_unit_test(extras_are_added_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
