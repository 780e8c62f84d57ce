/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Several sources have a key: the administrator's is looked for to the end, a path is one that
 * is there now, and however many keys there are, the best one is kept. */
#include "plan_support.h"

#include "store/store_support.h"

/* Self-signed, of bob@example.com; the gateway has no anchor for them. */
static struct smimegw_identity *make_bob(int64_t start)
{
    struct smimegw_template *form;
    struct smimegw_buffer *pem;
    struct smimegw_identity *bob;
    assert_int_equal(smimegw_template_new(&form, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_template_set(form, "addresses", "bob@example.com", NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_template_set(form, "algorithm", "ecdsa-with-sha256", NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_template_set(form, "days", "100", NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_template_create(form, start, NULL, &pem, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_identity_new(smimegw_buffer_data(pem), smimegw_buffer_size(pem),
                                          NULL, &bob, NULL),
                     SMIMEGW_OK);
    smimegw_template_free(form);
    smimegw_buffer_free(pem);
    return bob;
}

/* A resolver that has one certificate for everybody. */
struct directory {
    struct smimegw_cert *cert; /* NULL: none */
    int calls;
    bool fails;
};

static int look_up(void *userdata, struct smimegw_plan *plan, const char *const *addresses,
                   size_t count)
{
    struct directory *directory = userdata;
    directory->calls++;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(smimegw_plan_supply(plan, addresses[i], &directory->cert,
                                             directory->cert != NULL, 0, NULL),
                         SMIMEGW_OK);
    return directory->fails ? 0 : SMIMEGW_ANSWERED;
}

static void add_directory(struct smimegw_gateway *gateway, struct directory *directory,
                          int grade)
{
    const struct smimegw_resolver_functions functions = {.size = sizeof(functions),
                                                         .lookup = look_up};
    struct smimegw_resolver *resolver;
    assert_int_equal(smimegw_resolver_new(&functions, directory, grade, &resolver, NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_add_resolver(gateway, resolver, NULL), SMIMEGW_OK);
    smimegw_resolver_unref(resolver);
}

static void put_key(struct smimegw_store *store, const char *name,
                    const struct smimegw_identity *owner, int kind, int grade)
{
    struct smimegw_record record = key_record(name, smimegw_identity_cert(owner));
    record.kind = kind;
    record.grade = grade;
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    assert_int_equal(
        smimegw_transaction_put(transaction, &record, SMIMEGW_KEYRING_FORCE, NULL),
        SMIMEGW_OK);
    commit(transaction);
}

static struct smimegw_store *add_store(struct smimegw_gateway *gateway)
{
    struct smimegw_store *store;
    assert_int_equal(smimegw_store_new_memory(&store, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_add_store(gateway, store, NULL), SMIMEGW_OK);
    return store;
}

static void expect(struct smimegw_gateway *gateway, struct smimegw_profile *profile,
                   int outcome, const char *text)
{
    struct scene scene = {.gateway = smimegw_gateway_ref(gateway),
                          .profile = profile,
                          .message = make_message(mail, strlen(mail))};
    assert_int_equal(smimegw_plan_new(gateway, profile, scene.message, &scene.plan, NULL),
                     SMIMEGW_OK);
    add(&scene, "bob@example.com");
    assert_int_equal(smimegw_plan_lookup(scene.plan, NULL), SMIMEGW_OK);
    decide(&scene);
    const char *found = smimegw_plan_recipient_text(scene.plan, 0);
    if (smimegw_plan_recipient_outcome(scene.plan, 0, NULL, NULL) != outcome ||
        strstr(found, text) == NULL)
        fail_msg("not %s: %s", text, found);
    end_scene(&scene);
}

/* --- administrators ------------------------------------------------------------------------
 */

/* The organisation's directory stands behind a store that has a harvested key. */
static void directories_of_administrators_are_asked(void **state)
{
    (void)state;
    struct smimegw_identity *mailed = make_bob(-1);
    struct smimegw_identity *added = make_bob(-1);
    for (int grade = SMIMEGW_GRADE_HARVESTED; grade <= SMIMEGW_GRADE_ADMINISTRATOR; grade++) {
        bool is_best = grade == SMIMEGW_GRADE_ADMINISTRATOR;
        struct directory one = {.cert = smimegw_identity_cert(added)};
        struct directory two = {.cert = smimegw_identity_cert(added)};
        struct smimegw_gateway *gateway = make_gateway();
        struct smimegw_store *store = add_store(gateway);
        add_directory(gateway, &one, grade);
        add_directory(gateway, &two, SMIMEGW_GRADE_ADMINISTRATOR);
        put_key(store, "mail", mailed, SMIMEGW_RECORD_HARVESTED, SMIMEGW_GRADE_HARVESTED);
        expect(gateway, PROFILE("mode", "encrypt"), SMIMEGW_PLAN_ENCRYPTED,
               is_best ? "source 1 (administrator)" : "source 2 (administrator)");
        assert_int_equal(one.calls, is_best);
        assert_int_equal(two.calls, !is_best);
        smimegw_gateway_unref(gateway);
        smimegw_store_unref(store);
    }
    smimegw_identity_unref(mailed);
    smimegw_identity_unref(added);
}

/* What a domain says of itself is no reason to forget what the administrator said. */
static void stores_know_better_than_dns(void **state)
{
    (void)state;
    struct smimegw_identity *published = make_bob(-1);
    struct smimegw_identity *added = make_bob(-1);
    for (int has_key = 0; has_key < 2; has_key++) {
        struct directory dns = {.cert = smimegw_identity_cert(published)};
        struct smimegw_gateway *gateway = make_gateway();
        add_directory(gateway, &dns, SMIMEGW_GRADE_DNSSEC);
        struct smimegw_store *store = add_store(gateway);
        if (has_key)
            put_key(store, "key", added, SMIMEGW_RECORD_KEY, SMIMEGW_GRADE_ADMINISTRATOR);
        expect(gateway, PROFILE("mode", "encrypt"), SMIMEGW_PLAN_ENCRYPTED,
               has_key ? "source 1 (administrator, key)" : "source 0 (dnssec)");
        smimegw_gateway_unref(gateway);
        smimegw_store_unref(store);
    }
    smimegw_identity_unref(published);
    smimegw_identity_unref(added);
}

/* It could have had the administrator's. */
static void failing_directories_defer(void **state)
{
    (void)state;
    struct smimegw_identity *mailed = make_bob(-1);
    struct directory directory = {.fails = true};
    struct smimegw_gateway *gateway = make_gateway();
    struct smimegw_store *store = add_store(gateway);
    add_directory(gateway, &directory, SMIMEGW_GRADE_ADMINISTRATOR);
    put_key(store, "mail", mailed, SMIMEGW_RECORD_HARVESTED, SMIMEGW_GRADE_HARVESTED);
    expect(gateway, PROFILE("mode", "encrypt"), SMIMEGW_PLAN_DEFERRED, "failed");
    smimegw_gateway_unref(gateway);
    smimegw_store_unref(store);
    smimegw_identity_unref(mailed);
}

/* --- paths ---------------------------------------------------------------------------------
 */

static struct smimegw_gateway *trust(const struct smimegw_identity *anchor)
{
    struct smimegw_gateway *gateway = make_gateway();
    size_t size;
    const void *der = smimegw_cert_der(smimegw_identity_cert(anchor), &size);
    assert_int_equal(smimegw_gateway_add_certs(gateway, SMIMEGW_TRUST_ANCHOR, der, size, NULL),
                     SMIMEGW_OK);
    return gateway;
}

/* Whoever says "chain": there must be one when the key is used. */
static void chains_are_looked_for(void **state)
{
    (void)state;
    struct smimegw_identity *bob = make_bob(-1);
    for (int is_store = 0; is_store < 2; is_store++)
        for (int has_path = 0; has_path < 2; has_path++) {
            struct smimegw_gateway *gateway = has_path ? trust(bob) : make_gateway();
            struct directory directory = {.cert = smimegw_identity_cert(bob)};
            struct smimegw_store *store = add_store(gateway);
            if (is_store)
                put_key(store, "x", bob, SMIMEGW_RECORD_HARVESTED, SMIMEGW_GRADE_CHAIN);
            else
                add_directory(gateway, &directory, SMIMEGW_GRADE_CHAIN);
            expect(gateway, PROFILE("mode", "encrypt", "lowest-grade", "chain"),
                   has_path ? SMIMEGW_PLAN_ENCRYPTED : SMIMEGW_PLAN_BOUNCED,
                   has_path ? "(chain" : "no usable certificate");
            expect(gateway, PROFILE("mode", "encrypt", "lowest-grade", "dnssec"),
                   has_path ? SMIMEGW_PLAN_ENCRYPTED : SMIMEGW_PLAN_BOUNCED, "");
            expect(gateway, PROFILE("mode", "encrypt"), SMIMEGW_PLAN_ENCRYPTED,
                   has_path ? "(chain" : "(harvested");
            smimegw_gateway_unref(gateway);
            smimegw_store_unref(store);
        }
    smimegw_identity_unref(bob);
}

static void chains_of_extras_are_looked_for(void **state)
{
    (void)state;
    struct smimegw_identity *bob = make_bob(-1);
    struct smimegw_identity *archive = make_bob(-1);
    for (int has_path = 0; has_path < 2; has_path++) {
        struct smimegw_gateway *gateway = has_path ? trust(archive) : make_gateway();
        struct smimegw_store *store = add_store(gateway);
        put_key(store, "bob", bob, SMIMEGW_RECORD_KEY, SMIMEGW_GRADE_ADMINISTRATOR);
        put_key(store, "archive", archive, SMIMEGW_RECORD_KEY, SMIMEGW_GRADE_CHAIN);
        expect(
            gateway,
            PROFILE("mode", "encrypt", "lowest-grade", "chain", "extra-recipients", "archive"),
            has_path ? SMIMEGW_PLAN_ENCRYPTED : SMIMEGW_PLAN_DEFERRED, "");
        smimegw_gateway_unref(gateway);
        smimegw_store_unref(store);
    }
    smimegw_identity_unref(bob);
    smimegw_identity_unref(archive);
}

/* --- more than are kept --------------------------------------------------------------------
 */

/* The one that serves is kept, in whatever order they come. */
static void the_best_of_many_is_kept(void **state)
{
    (void)state;
    enum { T0 = 1700000000, MANY = 40 };
    static const char *const names[] = {"a", "z"};
    struct smimegw_identity *old = make_bob(T0);
    struct smimegw_identity *valid = make_bob(-1);
    for (size_t k = 0; k < 2; k++) {
        char name[8];
        struct smimegw_gateway *gateway = make_gateway();
        struct smimegw_store *store = add_store(gateway);
        put_key(store, names[k], valid, SMIMEGW_RECORD_HARVESTED, SMIMEGW_GRADE_HARVESTED);
        for (int i = 0; i < MANY; i++) {
            snprintf(name, sizeof(name), "m%d", i);
            put_key(store, name, old, SMIMEGW_RECORD_KEY, SMIMEGW_GRADE_DNSSEC);
        }
        expect(gateway, PROFILE("mode", "encrypt"), SMIMEGW_PLAN_ENCRYPTED,
               k == 0 ? "(harvested, a)" : "(harvested, z)");
        smimegw_gateway_unref(gateway);
        smimegw_store_unref(store);
    }
    smimegw_identity_unref(old);
    smimegw_identity_unref(valid);
}

/* However many strangers' mail brings: an administrator's that expired is no reason for clear
 * mail, nor for theirs. */
static void mail_pushes_no_administrator_out(void **state)
{
    (void)state;
    enum { T0 = 1700000000, MANY = 40 };
    struct smimegw_identity *old = make_bob(T0);
    struct smimegw_identity *valid = make_bob(-1);
    for (size_t k = 0; k < 2; k++) {
        char name[8];
        struct smimegw_gateway *gateway = make_gateway();
        struct smimegw_store *store = add_store(gateway);
        put_key(store, k == 0 ? "a" : "z", old, SMIMEGW_RECORD_KEY,
                SMIMEGW_GRADE_ADMINISTRATOR);
        for (int i = 0; i < MANY; i++) {
            snprintf(name, sizeof(name), "m%d", i);
            put_key(store, name, valid, SMIMEGW_RECORD_HARVESTED, SMIMEGW_GRADE_HARVESTED);
        }
        expect(gateway, PROFILE("mode", "encrypt", "missing-key", "split"),
               SMIMEGW_PLAN_BOUNCED, "not valid now");
        smimegw_gateway_unref(gateway);
        smimegw_store_unref(store);
    }
    smimegw_identity_unref(old);
    smimegw_identity_unref(valid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(directories_of_administrators_are_asked),
        cmocka_unit_test(stores_know_better_than_dns),
        cmocka_unit_test(failing_directories_defer),
        cmocka_unit_test(chains_are_looked_for),
        cmocka_unit_test(chains_of_extras_are_looked_for),
        cmocka_unit_test(the_best_of_many_is_kept),
        cmocka_unit_test(mail_pushes_no_administrator_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
