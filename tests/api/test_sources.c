/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stores and resolvers of a gateway: who is asked for what, and what comes of the answers. */
#include "plan_support.h"
#include "store_villain.h"

enum { SOURCES = 3 };

/* --- three sources in order ----------------------------------------------------------------
 */

enum answer { HAS, NONE, FAILS, ANSWERS };

/* A source that is a store or a resolver. */
struct source {
    enum answer answer;
    int calls;
    size_t addresses; /* of its last call */
    struct smimegw_cert *cert;
};

static int source_lookup(void *userdata, struct smimegw_plan *plan,
                         const char *const *addresses, size_t count)
{
    struct source *source = userdata;
    source->calls++;
    source->addresses = count;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(smimegw_plan_supply(plan, addresses[i], &source->cert,
                                             source->answer == HAS, 0, NULL),
                         SMIMEGW_OK);
    return source->answer == FAILS ? 0 : SMIMEGW_ANSWERED;
}

static void add_resolver(struct smimegw_gateway *gateway, smimegw_resolve_fn lookup,
                         void *userdata, int grade)
{
    const struct smimegw_resolver_functions functions = {.size = sizeof(functions),
                                                         .lookup = lookup};
    struct smimegw_resolver *resolver;
    assert_int_equal(smimegw_resolver_new(&functions, userdata, grade, &resolver, NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_add_resolver(gateway, resolver, NULL), SMIMEGW_OK);
    smimegw_resolver_unref(resolver);
}

/* A villain has rsa2048's; one that hands over nothing has committed no crime. */
static int find_nothing(void *userdata, void *session, const char *const *lookup_keys,
                        size_t count, smimegw_record_fn take, void *take_userdata)
{
    struct villain *villain = userdata;
    (void)session;
    (void)lookup_keys;
    (void)count;
    (void)take;
    (void)take_userdata;
    villain->calls++;
    return SMIMEGW_STORE_DONE;
}

static void add_villain(struct smimegw_gateway *gateway, struct villain *villain,
                        enum answer answer)
{
    struct smimegw_store_functions functions = bad_functions();
    open_villain(villain);
    smimegw_store_unref(villain->store);
    villain->closed = 0;
    if (answer == NONE)
        functions.find = find_nothing;
    assert_int_equal(smimegw_store_new(&functions, villain, &villain->store, NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_add_store(gateway, villain->store, NULL), SMIMEGW_OK);
    villain->crime = answer == FAILS ? TWICE : NO_CRIME;
}

static void make_plan(struct scene *scene, struct smimegw_gateway *gateway,
                      struct smimegw_profile *profile, const char *text)
{
    *scene = (struct scene){
        .gateway = gateway, .profile = profile, .message = make_message(text, strlen(text))};
    assert_int_equal(smimegw_plan_new(gateway, profile, scene->message, &scene->plan, NULL),
                     SMIMEGW_OK);
}

static void look_up(struct scene *scene)
{
    struct smimegw_error *error = NULL;
    if (smimegw_plan_lookup(scene->plan, &error) != SMIMEGW_OK)
        fail_msg("lookup: %s", smimegw_error_text(error));
    assert_null(smimegw_plan_need(scene->plan, 0));
}

static void assert_calls(int calls, bool is_asked, size_t place, const char *what)
{
    if (calls != (is_asked ? 1 : 0))
        fail_msg("%s %zu was called %d times", what, place, calls);
}

/* The first source that an administrator speaks through decides, and the others are not asked.
 */
static void try_three(const enum answer answers[SOURCES], unsigned int stores)
{
    struct source sources[SOURCES];
    struct villain villains[SOURCES];
    struct scene scene;
    struct smimegw_cert *cert = load_cert("rsa2048.pem");
    struct smimegw_gateway *gateway = make_gateway();
    for (size_t i = 0; i < SOURCES; i++) {
        sources[i] = (struct source){.answer = answers[i], .cert = cert};
        if ((stores >> i & 1) != 0)
            add_villain(gateway, &villains[i], answers[i]);
        else
            add_resolver(gateway, source_lookup, &sources[i], SMIMEGW_GRADE_ADMINISTRATOR);
    }
    make_plan(&scene, gateway, PROFILE("mode", "encrypt"), mail);
    add(&scene, "RSA2048@example.com");
    look_up(&scene);
    decide(&scene);
    size_t first = 0;
    while (first < SOURCES && answers[first] == NONE)
        first++;
    if (first == SOURCES)
        assert_fate(&scene, 0, SMIMEGW_PLAN_BOUNCED, SMIMEGW_PLAN_NO_KEY, "550 5.7.5");
    else if (answers[first] == HAS)
        assert_fate(&scene, 0, SMIMEGW_PLAN_ENCRYPTED, SMIMEGW_PLAN_BY_PROFILE, "");
    else
        assert_fate(&scene, 0, SMIMEGW_PLAN_DEFERRED, SMIMEGW_PLAN_LOOKUP, "451 4.7.5");
    for (size_t i = 0; i < SOURCES; i++)
        assert_calls((stores >> i & 1) != 0 ? villains[i].calls : sources[i].calls, i <= first,
                     i, (stores >> i & 1) != 0 ? "store" : "resolver");
    end_scene(&scene);
    for (size_t i = 0; i < SOURCES; i++)
        if ((stores >> i & 1) != 0)
            close_villain(&villains[i]);
    smimegw_cert_unref(cert);
}

static void sources_are_asked_in_order(void **state)
{
    (void)state;
    for (int i = 0; i < ANSWERS * ANSWERS * ANSWERS; i++)
        for (unsigned int stores = 0; stores < 1 << SOURCES; stores++)
            try_three((const enum answer[]){(enum answer)(i % ANSWERS),
                                            (enum answer)(i / ANSWERS % ANSWERS),
                                            (enum answer)(i / ANSWERS / ANSWERS)},
                      stores);
}

/* All addresses in one call; those that an earlier source had are not among them. */
static void each_is_asked_for_the_rest(void **state)
{
    (void)state;
    struct villain villain;
    struct scene scene;
    struct source source = {.answer = NONE};
    struct smimegw_gateway *gateway = make_gateway();
    add_villain(gateway, &villain, HAS);
    add_resolver(gateway, source_lookup, &source, SMIMEGW_GRADE_CHAIN);
    make_plan(&scene, gateway, PROFILE("mode", "encrypt", "missing-key", "split"), mail);
    add(&scene, "one@example.org");
    add(&scene, "rsa2048@example.com");
    add(&scene, "\"q q\"@example.com");
    add(&scene, "two@example.org");
    add(&scene, "three@example.org");
    supply_none(&scene, "three@example.org");
    look_up(&scene);
    assert_int_equal(villain.calls, 1);
    assert_int_equal(source.calls, 1);
    assert_int_equal(source.addresses, 2);
    decide(&scene);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(smimegw_plan_recipient_outcome(scene.plan, i, NULL, NULL),
                         i == 1 ? SMIMEGW_PLAN_ENCRYPTED : SMIMEGW_PLAN_CLEAR);
    end_scene(&scene);
    close_villain(&villain);
}

/* --- hostile sources -----------------------------------------------------------------------
 */

/* Whatever a store hands over, it is the right certificate or a failure: never "no key". */
static void try_crime(enum crime crime)
{
    struct villain villain;
    struct scene scene;
    bool is_harmless =
        crime == NO_CRIME || crime == OTHER_NAME || crime == ANOTHER || crime == NO_NUMBER;
    struct smimegw_gateway *gateway = make_gateway();
    add_villain(gateway, &villain, HAS);
    villain.crime = crime;
    make_plan(&scene, gateway, PROFILE("mode", "encrypt", "missing-key", "split"), mail);
    add(&scene, "rsa2048@example.com");
    int ret = smimegw_plan_lookup(scene.plan, NULL);
    assert_int_equal(ret, crime == NO_MEMORY ? SMIMEGW_E_NOMEM : SMIMEGW_OK);
    if ((smimegw_plan_need(scene.plan, 0) != NULL) != (crime == NO_MEMORY))
        fail_msg("crime %d: needs", (int)crime);
    decide(&scene);
    int outcome = smimegw_plan_recipient_outcome(scene.plan, 0, NULL, NULL);
    if (outcome != (is_harmless ? SMIMEGW_PLAN_ENCRYPTED : SMIMEGW_PLAN_DEFERRED))
        fail_msg("crime %d: %s", (int)crime, smimegw_plan_recipient_text(scene.plan, 0));
    villain.crime = NO_CRIME;
    end_scene(&scene);
    close_villain(&villain);
}

/* Two of them need to know their transaction: test_store_hostile.c. */
static void lies_are_failures(void **state)
{
    (void)state;
    for (int crime = NO_CRIME; crime <= NO_NUMBER; crime++)
        if (crime != RE_ENTERS && crime != ENDS_IT)
            try_crime((enum crime)crime);
}

/* A resolver that says too much, about others, and calls back. */
static int meddle(void *userdata, struct smimegw_plan *plan, const char *const *addresses,
                  size_t count)
{
    static struct smimegw_cert *many[10000];
    struct smimegw_cert **certs = userdata;
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 10000; i++)
        many[i] = certs[0];
    /* known already, and found by the store before */
    assert_int_equal(smimegw_plan_supply(plan, "known@example.com", NULL, 0, 0, NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_plan_supply(plan, "rsa2048@example.com", NULL, 0, 0, NULL),
                     SMIMEGW_E_USAGE);
    assert_int_equal(
        smimegw_plan_supply_capabilities(plan, "rsa2048@example.com", "", 0, NULL),
        SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_plan_lookup(plan, NULL), SMIMEGW_E_STATE);
    assert_int_equal(smimegw_plan_decide(plan, NULL), SMIMEGW_E_STATE);
    assert_int_equal(smimegw_plan_add_recipient(plan, "new@example.com", NULL, NULL),
                     SMIMEGW_E_STATE);
    assert_int_equal(smimegw_plan_supply(plan, addresses[0], many, 10000, 0, NULL),
                     SMIMEGW_E_LIMIT);
    /* somebody else's: no key; and an expired one */
    assert_int_equal(smimegw_plan_supply(plan, addresses[1], &certs[0], 1, 0, NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_plan_supply(plan, addresses[2], &certs[1], 1, 0, NULL),
                     SMIMEGW_OK);
    return SMIMEGW_ANSWERED;
}

static void resolvers_are_checked(void **state)
{
    (void)state;
    struct villain villain;
    struct scene scene;
    struct smimegw_cert *certs[] = {load_cert("p256.pem"), load_cert("expired.pem")};
    struct smimegw_gateway *gateway = make_gateway();
    add_villain(gateway, &villain, HAS);
    add_resolver(gateway, meddle, certs, SMIMEGW_GRADE_ADMINISTRATOR);
    make_plan(&scene, gateway, PROFILE("mode", "encrypt", "missing-key", "split"), mail);
    add(&scene, "known@example.com");
    supply_flags(&scene, "known@example.com", "p384.pem", SMIMEGW_SUPPLY_ANY_NAME);
    add(&scene, "rsa2048@example.com");
    add(&scene, "unanswered@example.com");
    add(&scene, "other@example.com");
    add(&scene, "expired@example.com");
    look_up(&scene);
    decide(&scene);
    assert_fate(&scene, 2, SMIMEGW_PLAN_DEFERRED, SMIMEGW_PLAN_LOOKUP, "451");
    assert_fate(&scene, 0, SMIMEGW_PLAN_DEFERRED, SMIMEGW_PLAN_OTHER_LOOKUP, "451");
    assert_non_null(strstr(smimegw_plan_recipient_text(scene.plan, 2), "failed"));
    end_scene(&scene);
    close_villain(&villain);
    smimegw_cert_unref(certs[0]);
    smimegw_cert_unref(certs[1]);
}

/* --- extra recipients, use, and the object -------------------------------------------------
 */

static struct smimegw_store *add_memory(struct smimegw_gateway *gateway)
{
    struct smimegw_store *store;
    assert_int_equal(smimegw_store_new_memory(&store, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_add_store(gateway, store, NULL), SMIMEGW_OK);
    return store;
}

static void put_cert(struct smimegw_store *store, const char *name, const char *file, int kind,
                     int grade)
{
    struct smimegw_cert *cert = load_cert(file);
    struct smimegw_record record = key_record(name, cert);
    record.kind = kind;
    record.grade = grade;
    put_now(store, &record);
    smimegw_cert_unref(cert);
}

/* By name, in the first store that has it, and never a harvested one. */
static void extras_are_found_by_name(void **state)
{
    (void)state;
    for (int has_archive = 0; has_archive < 2; has_archive++) {
        struct scene scene;
        struct smimegw_gateway *gateway = make_gateway();
        struct smimegw_store *one = add_memory(gateway);
        struct smimegw_store *two = add_memory(gateway);
        put_cert(one, "bob", "rsa2048.pem", SMIMEGW_RECORD_KEY, SMIMEGW_GRADE_ADMINISTRATOR);
        put_cert(one, "archive", "p384.pem", SMIMEGW_RECORD_HARVESTED, SMIMEGW_GRADE_CHAIN);
        if (has_archive)
            put_cert(two, "archive", "rsa3072.pem", SMIMEGW_RECORD_KEY,
                     SMIMEGW_GRADE_ADMINISTRATOR);
        make_plan(&scene, gateway, PROFILE("mode", "encrypt", "extra-recipients", "archive"),
                  mail);
        add(&scene, "rsa2048@example.com");
        look_up(&scene);
        decide(&scene);
        if (has_archive) {
            struct smimegw_identity *reader = load_identity("rsa3072-id.pem");
            struct smimegw_buffer *copy = write_delivery(&scene, 0);
            struct smimegw_buffer *inner;
            assert_int_equal(open_copy(&scene, copy, reader, &inner), SMIMEGW_OK);
            assert_true(has_text(inner, SECRET));
            smimegw_buffer_free(inner);
            smimegw_buffer_free(copy);
            smimegw_identity_unref(reader);
        } else {
            assert_fate(&scene, 0, SMIMEGW_PLAN_DEFERRED, SMIMEGW_PLAN_NO_EXTRA, "451");
        }
        end_scene(&scene);
        smimegw_store_unref(one);
        smimegw_store_unref(two);
    }
}

static int take_used(void *userdata, const struct smimegw_record *record)
{
    *(int64_t *)userdata = record->used;
    return 0;
}

static int64_t last_use(struct smimegw_store *store, int kind, const char *name)
{
    int64_t used = -1;
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_READ);
    assert_int_equal(smimegw_transaction_get(transaction, kind, name, take_used, &used, NULL),
                     SMIMEGW_OK);
    smimegw_transaction_rollback(transaction);
    return used;
}

static void send_at(struct smimegw_store *store, const char *time, bool is_written)
{
    struct scene scene;
    struct smimegw_gateway *gateway = make_gateway();
    assert_int_equal(smimegw_gateway_add_store(gateway, store, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_set(gateway, "time", time, NULL), SMIMEGW_OK);
    make_plan(&scene, gateway, PROFILE("mode", "encrypt", "expired-certificates", "use"),
              mail);
    add(&scene, "rsa2048@example.com");
    add(&scene, "p256@example.com");
    look_up(&scene);
    decide(&scene);
    for (size_t i = 0; is_written && i < smimegw_plan_delivery_count(scene.plan); i++)
        smimegw_buffer_free(write_delivery(&scene, i));
    end_scene(&scene);
}

enum { T0 = 1767225600 /* 2026-01-01 */, HOUR = 3600 };

/* What was chosen and written, once a day. */
static void use_is_noted(void **state)
{
    (void)state;
    struct smimegw_store *store;
    assert_int_equal(smimegw_store_new_memory(&store, NULL), SMIMEGW_OK);
    put_cert(store, "r", "rsa2048.pem", SMIMEGW_RECORD_KEY, SMIMEGW_GRADE_ADMINISTRATOR);
    put_cert(store, "p", "p256.pem", SMIMEGW_RECORD_HARVESTED, SMIMEGW_GRADE_HARVESTED);
    put_cert(store, "not chosen", "rsa2048.pem", SMIMEGW_RECORD_HARVESTED,
             SMIMEGW_GRADE_CHAIN);
    send_at(store, "2026-01-01", false);
    assert_int_equal(last_use(store, SMIMEGW_RECORD_KEY, "r"), 0);
    send_at(store, "2026-01-01", true);
    assert_int_equal(last_use(store, SMIMEGW_RECORD_KEY, "r"), T0);
    assert_int_equal(last_use(store, SMIMEGW_RECORD_HARVESTED, "p"), T0);
    assert_int_equal(last_use(store, SMIMEGW_RECORD_HARVESTED, "not chosen"), 0);
    send_at(store, "2026-01-01 23:00", true);
    assert_int_equal(last_use(store, SMIMEGW_RECORD_KEY, "r"), T0);
    send_at(store, "2026-01-02 01:00", true);
    assert_int_equal(last_use(store, SMIMEGW_RECORD_KEY, "r"), T0 + 25 * HOUR);
    smimegw_store_unref(store);
}

/* The store fails when it is told of the use: the mail is written. */
static void failing_touch_is_no_matter(void **state)
{
    (void)state;
    for (int crime = NOTHING; crime <= NO_MEMORY; crime++) {
        struct villain villain;
        struct scene scene;
        struct smimegw_gateway *gateway = make_gateway();
        add_villain(gateway, &villain, HAS);
        make_plan(&scene, gateway, PROFILE("mode", "encrypt"), mail);
        add(&scene, "rsa2048@example.com");
        look_up(&scene);
        decide(&scene);
        villain.crime = (enum crime)crime;
        smimegw_buffer_free(write_delivery(&scene, 0));
        villain.crime = NO_CRIME;
        end_scene(&scene);
        close_villain(&villain);
    }
}

static void told_in_plan(void **state)
{
    (void)state;
    struct scene scene;
    struct smimegw_buffer *json;
    struct smimegw_gateway *gateway = make_gateway();
    smimegw_store_unref(add_memory(gateway));
    struct smimegw_store *store = add_memory(gateway);
    put_cert(store, "r", "rsa2048.pem", SMIMEGW_RECORD_HARVESTED, SMIMEGW_GRADE_DNSSEC);
    make_plan(&scene, gateway, PROFILE("mode", "encrypt"), mail);
    add(&scene, "rsa2048@example.com");
    look_up(&scene);
    decide(&scene);
    assert_non_null(
        strstr(smimegw_plan_recipient_text(scene.plan, 0), ", from source 1 (dnssec, r)"));
    assert_int_equal(smimegw_plan_json(scene.plan, &json, NULL), SMIMEGW_OK);
    assert_true(has_text(json, "\"source\":1,\"grade\":\"dnssec\",\"record\":\"r\""));
    smimegw_buffer_free(json);
    end_scene(&scene);
    smimegw_store_unref(store);
}

static void gateways_take_sources_before_use(void **state)
{
    (void)state;
    struct villain villain;
    struct scene scene;
    struct source source = {.answer = NONE};
    const struct smimegw_resolver_functions functions = {.size = sizeof(functions),
                                                         .lookup = source_lookup};
    struct smimegw_resolver *resolver;
    struct smimegw_gateway *gateway = make_gateway();
    assert_int_equal(smimegw_gateway_add_store(NULL, NULL, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_gateway_add_store(gateway, NULL, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_gateway_add_resolver(gateway, NULL, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_plan_lookup(NULL, NULL), SMIMEGW_E_USAGE);
    for (int grade = 0; grade <= 7; grade++)
        if (grade < SMIMEGW_GRADE_HARVESTED || grade > SMIMEGW_GRADE_ADMINISTRATOR)
            assert_int_equal(smimegw_resolver_new(&functions, NULL, grade, &resolver, NULL),
                             SMIMEGW_E_USAGE);
    add_villain(gateway, &villain, HAS);
    for (int i = 1; i < 100; i++)
        add_resolver(gateway, source_lookup, &source, SMIMEGW_GRADE_CHAIN);
    assert_int_equal(smimegw_gateway_add_store(gateway, villain.store, NULL), SMIMEGW_E_LIMIT);
    make_plan(&scene, gateway, PROFILE("mode", "sign"), mail);
    assert_int_equal(smimegw_gateway_add_store(gateway, villain.store, NULL), SMIMEGW_E_STATE);
    add(&scene, "rsa2048@example.com");
    /* nothing to encrypt, nobody to ask */
    look_up(&scene);
    assert_int_equal(villain.calls, 0);
    decide(&scene);
    assert_int_equal(smimegw_plan_lookup(scene.plan, NULL), SMIMEGW_E_STATE);
    end_scene(&scene);
    close_villain(&villain);
}

/* No source: nobody has said that there is none. */
static void without_sources_needs_stay(void **state)
{
    (void)state;
    struct scene scene;
    make_plan(&scene, make_gateway(), PROFILE("mode", "encrypt"), mail);
    add(&scene, "rsa2048@example.com");
    assert_int_equal(smimegw_plan_lookup(scene.plan, NULL), SMIMEGW_OK);
    assert_string_equal(smimegw_plan_need(scene.plan, 0), "rsa2048@example.com");
    decide(&scene);
    assert_fate(&scene, 0, SMIMEGW_PLAN_DEFERRED, SMIMEGW_PLAN_LOOKUP, "451");
    end_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_are_asked_in_order),
        cmocka_unit_test(each_is_asked_for_the_rest),
        cmocka_unit_test(lies_are_failures),
        cmocka_unit_test(resolvers_are_checked),
        cmocka_unit_test(extras_are_found_by_name),
        cmocka_unit_test(use_is_noted),
        cmocka_unit_test(failing_touch_is_no_matter),
        cmocka_unit_test(told_in_plan),
        cmocka_unit_test(gateways_take_sources_before_use),
        cmocka_unit_test(without_sources_needs_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
