/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of two records of a store serves: all kinds, grades, names and times against each
 * other. */
#include "plan_support.h"

#include "store/store_support.h"

#define ADDRESS "u@a.example.com"
enum { NOW = 1790000000, DAY = 86400 };

/* What certificates name, and from when on they are valid, for how long. */
static const struct shape {
    const char *setting;
    const char *value;
    int64_t start;
    const char *days;
    int fit; /* 3 by the address, 2 by its domain, 1 by the wildcard */
    bool is_valid;
} shapes[] = {
    {"addresses", ADDRESS, NOW - 20 * DAY, "100", 3, true},
    {"addresses", ADDRESS, NOW - 10 * DAY, "100", 3, true},
    {"domains", "a.example.com", NOW - 5 * DAY, "100", 2, true},
    {"domains", "*.example.com", NOW - 4 * DAY, "100", 1, true},
    {"addresses", ADDRESS, NOW - 30 * DAY, "10", 3, false},
};
enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]), KINDS = 2, GRADES = 6 };
enum { CASES = SHAPES * KINDS * GRADES };

static struct smimegw_identity *owners[SHAPES];
static bool has_paths; /* all certificates are anchors of the gateway */

static struct smimegw_identity *make_owner(const struct shape *shape)
{
    struct smimegw_template *form;
    struct smimegw_buffer *pem;
    struct smimegw_identity *owner;
    assert_int_equal(smimegw_template_new(&form, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_template_set(form, shape->setting, shape->value, NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_template_set(form, "algorithm", "ecdsa-with-sha256", NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_template_set(form, "days", shape->days, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_template_create(form, shape->start, NULL, &pem, NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_identity_new(smimegw_buffer_data(pem), smimegw_buffer_size(pem),
                                          NULL, &owner, NULL),
                     SMIMEGW_OK);
    smimegw_template_free(form);
    smimegw_buffer_free(pem);
    return owner;
}

/* --- records, and what they should come to -------------------------------------------------
 */

struct subject {
    const struct shape *shape;
    int kind;
    int grade;
};

static struct subject subject_at(int index)
{
    return (struct subject){.shape = &shapes[index % SHAPES],
                            .kind = index / SHAPES % KINDS == 0 ? SMIMEGW_RECORD_KEY
                                                                : SMIMEGW_RECORD_HARVESTED,
                            .grade = index / SHAPES / KINDS + 1};
}

/* As the lookup may count it: what came by mail is no administrator's, and a path is one that
 * is there now. */
static int worth(const struct subject *subject)
{
    bool is_too_much = subject->kind == SMIMEGW_RECORD_HARVESTED && subject->grade == 6;
    int grade = is_too_much ? 5 : subject->grade;
    return grade == 5 && !has_paths ? 3 : grade;
}

static bool came_by_mail(const struct subject *subject)
{
    return subject->kind == SMIMEGW_RECORD_HARVESTED || worth(subject) == 3;
}

/* At all, whatever the other one is. */
static bool may_serve(const struct subject *subject, int lowest)
{
    bool is_named = subject->shape->fit == 3 || worth(subject) == 6;
    return worth(subject) >= 3 && worth(subject) >= lowest && is_named;
}

/* The higher one serves; 0: it does not. */
static int64_t score(const struct subject *subject, const struct subject *other, int lowest,
                     bool uses_expired)
{
    bool is_beside = may_serve(other, lowest) && worth(other) == 6;
    if (!may_serve(subject, lowest) || (!subject->shape->is_valid && !uses_expired) ||
        (is_beside && came_by_mail(subject)))
        return 0;
    return (((subject->shape->is_valid * 2 + !came_by_mail(subject)) * 4 +
             subject->shape->fit) *
                8 +
            worth(subject)) *
               INT64_C(10000000000) +
           subject->shape->start;
}

static void put_subject(struct smimegw_store *store, const char *name, int index)
{
    const struct subject subject = subject_at(index);
    struct smimegw_record record =
        key_record(name, smimegw_identity_cert(owners[index % SHAPES]));
    record.kind = subject.kind;
    record.grade = subject.grade;
    struct smimegw_transaction *transaction = begin(store, SMIMEGW_TRANSACTION_WRITE);
    assert_int_equal(
        smimegw_transaction_put(transaction, &record, SMIMEGW_KEYRING_FORCE, NULL),
        SMIMEGW_OK);
    commit(transaction);
}

static void add_anchor(struct smimegw_gateway *gateway, const struct smimegw_cert *cert)
{
    size_t size;
    const void *der = smimegw_cert_der(cert, &size);
    assert_int_equal(smimegw_gateway_add_certs(gateway, SMIMEGW_TRUST_ANCHOR, der, size, NULL),
                     SMIMEGW_OK);
}

/* --- all of them ---------------------------------------------------------------------------
 */

struct rules {
    struct smimegw_profile *profile;
    int lowest;
    bool uses_expired;
};

static void try_pair(struct smimegw_gateway *gateway, const struct rules *rules, int first,
                     int second)
{
    const struct subject one = subject_at(first);
    const struct subject two = subject_at(second);
    int64_t one_score = score(&one, &two, rules->lowest, rules->uses_expired);
    int64_t two_score = score(&two, &one, rules->lowest, rules->uses_expired);
    struct smimegw_plan *plan;
    struct smimegw_message *message = make_message(mail, strlen(mail));
    assert_int_equal(smimegw_plan_new(gateway, rules->profile, message, &plan, NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_plan_add_recipient(plan, ADDRESS, NULL, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_plan_lookup(plan, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_plan_decide(plan, NULL), SMIMEGW_OK);
    const char *text = smimegw_plan_recipient_text(plan, 0);
    bool is_one = strstr(text, ", one)") != NULL;
    bool is_two = strstr(text, ", two)") != NULL;
    int outcome =
        one_score > 0 || two_score > 0 ? SMIMEGW_PLAN_ENCRYPTED : SMIMEGW_PLAN_BOUNCED;
    if (smimegw_plan_recipient_outcome(plan, 0, NULL, NULL) != outcome ||
        (is_one && one_score < two_score) || (is_two && two_score < one_score) ||
        (is_one || is_two) != (outcome == SMIMEGW_PLAN_ENCRYPTED))
        fail_msg("%d beside %d, lowest %d: %s", first, second, rules->lowest, text);
    smimegw_plan_free(plan);
    smimegw_message_free(message);
}

static void try_rules(const struct rules rules[5], int first, int second)
{
    struct smimegw_gateway *gateway = make_gateway();
    struct smimegw_store *store;
    assert_int_equal(smimegw_store_new_memory(&store, NULL), SMIMEGW_OK);
    put_subject(store, "one", first);
    /* the same name for two kinds would be two records all the same */
    put_subject(store, "two", second);
    for (size_t i = 0; has_paths && i < SHAPES; i++)
        add_anchor(gateway, smimegw_identity_cert(owners[i]));
    assert_int_equal(smimegw_gateway_set(gateway, "time", "2026-09-21 14:13:20", NULL),
                     SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_add_store(gateway, store, NULL), SMIMEGW_OK);
    for (int i = 0; i < 5; i++)
        try_pair(gateway, &rules[i], first, second);
    smimegw_gateway_unref(gateway);
    smimegw_store_unref(store);
}

static void the_better_one_serves(void **state)
{
    (void)state;
    static const char *const grades[] = {"harvested", "dnssec", "chain", "administrator"};
    struct rules rules[5];
    for (int i = 0; i < 5; i++)
        rules[i] = (struct rules){PROFILE("mode", "encrypt", "lowest-grade", grades[i % 4],
                                          "expired-certificates", i < 4 ? "refuse" : "use"),
                                  3 + i % 4, i == 4};
    for (size_t i = 0; i < SHAPES; i++)
        owners[i] = make_owner(&shapes[i]);
    for (int paths = 0; paths < 2; paths++)
        for (int first = 0; first < CASES; first++)
            for (int second = 0; second <= first; second++) {
                has_paths = paths == 1;
                try_rules(rules, first, second);
            }
    for (size_t i = 0; i < SHAPES; i++)
        smimegw_identity_unref(owners[i]);
    for (int i = 0; i < 5; i++)
        smimegw_profile_unref(rules[i].profile);
}

/* A harvested one serves where nothing better is in a later store. */
static void later_stores_know_better(void **state)
{
    (void)state;
    struct smimegw_cert *old = load_cert("rsa2048.pem");
    struct smimegw_record record = key_record("mail", old);
    record.kind = SMIMEGW_RECORD_HARVESTED;
    record.grade = SMIMEGW_GRADE_CHAIN;
    for (int has_key = 0; has_key < 2; has_key++) {
        struct scene scene = make_scene(PROFILE("mode", "encrypt"), mail);
        struct smimegw_store *stores[2];
        smimegw_plan_free(scene.plan);
        smimegw_gateway_unref(scene.gateway);
        scene.gateway = make_gateway();
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(smimegw_store_new_memory(&stores[i], NULL), SMIMEGW_OK);
            assert_int_equal(smimegw_gateway_add_store(scene.gateway, stores[i], NULL),
                             SMIMEGW_OK);
        }
        put_now(stores[0], &record);
        struct smimegw_record key = key_record("key", old);
        if (has_key)
            put_now(stores[1], &key);
        assert_int_equal(
            smimegw_plan_new(scene.gateway, scene.profile, scene.message, &scene.plan, NULL),
            SMIMEGW_OK);
        add(&scene, "rsa2048@example.com");
        assert_int_equal(smimegw_plan_lookup(scene.plan, NULL), SMIMEGW_OK);
        decide(&scene);
        assert_non_null(
            strstr(smimegw_plan_recipient_text(scene.plan, 0),
                   has_key ? "source 1 (administrator, key)" : "source 0 (harvested, mail)"));
        end_scene(&scene);
        smimegw_store_unref(stores[0]);
        smimegw_store_unref(stores[1]);
    }
    smimegw_cert_unref(old);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_better_one_serves),
        cmocka_unit_test(later_stores_know_better),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
