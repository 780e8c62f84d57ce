/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans: every combination of the rules, and a third party that opens what comes out. */
#include <unistd.h>

#include "plan_support.h"

enum { KEY, NONE, FAILS, STATES };

/* --- the table -----------------------------------------------------------------------------
 */

enum { PEOPLE = 3 }; /* To, Cc, blind */
static const char *const people[PEOPLE] = {"rsa2048@example.com", "p256@example.com",
                                           "rsa3072@example.com"};
static const char *const people_certs[PEOPLE] = {"rsa2048.pem", "p256.pem", "rsa3072.pem"};
static struct smimegw_identity *readers[PEOPLE];

static const char *const modes[] = {"sign", "encrypt", "sign-encrypt", "triple"};
static const char *const forms[] = {"detached", "opaque"};
static const char *const actions[] = {"bounce", "drop", "split", "split-bounce"};

struct combination {
    int mode;
    int form;
    int action;
    bool signs_clear;
    bool isolates_ec;
    bool names_key; /* by subject key identifier */
    int states[PEOPLE];
};

/* The rules in other words: CHAPTER C9, C13 to C15, DESIGN 5. What a person gets. */
struct expected {
    int outcome;
    bool is_signed;
};

static bool any(const struct combination *c, int state)
{
    return c->states[0] == state || c->states[1] == state || c->states[2] == state;
}

static struct expected expect(const struct combination *c, int person)
{
    bool mode_signs = strcmp(modes[c->mode], "encrypt") != 0;
    const char *action = actions[c->action];
    bool is_whole = strcmp(action, "bounce") == 0 || strcmp(action, "drop") == 0;
    if (strcmp(modes[c->mode], "sign") == 0)
        return (struct expected){SMIMEGW_PLAN_CLEAR, true};
    if (is_whole && any(c, NONE))
        return (struct expected){
            strcmp(action, "drop") == 0 ? SMIMEGW_PLAN_DROPPED : SMIMEGW_PLAN_BOUNCED, false};
    if (any(c, FAILS))
        return (struct expected){SMIMEGW_PLAN_DEFERRED, false};
    if (c->states[person] == KEY)
        return (struct expected){SMIMEGW_PLAN_ENCRYPTED, mode_signs};
    if (strcmp(action, "split") == 0)
        return (struct expected){SMIMEGW_PLAN_CLEAR, mode_signs && c->signs_clear};
    return (struct expected){SMIMEGW_PLAN_BOUNCED, false};
}

static const char *signed_mark(const struct combination *c)
{
    return c->form == 0 ? "protocol=\"application/pkcs7-signature\""
                        : "smime-type=signed-data";
}

static void check_clear(const struct scene *scene, const struct combination *c,
                        const struct smimegw_buffer *copy, bool is_signed)
{
    assert_int_equal(is_mail(copy, mail), !is_signed);
    assert_int_equal(verifies(scene, copy), is_signed);
    assert_int_equal(has_text(copy, signed_mark(c)), is_signed);
}

/* EC, RSA and blind are in copies of their own. */
static bool shares(const struct combination *c, int a, int b)
{
    return a == b || (!c->isolates_ec && a < 2 && b < 2);
}

/* A copy names those whom it is for, and nobody else (AC-150). */
static void check_named(const struct scene *scene, const struct combination *c,
                        const struct smimegw_buffer *copy, int person)
{
    struct smimegw_buffer *json;
    struct smimegw_message *message =
        make_message(smimegw_buffer_data(copy), smimegw_buffer_size(copy));
    assert_int_equal(smimegw_inspect(scene->gateway, message, NULL, 0, &json, NULL),
                     SMIMEGW_OK);
    for (int i = 0; i < PEOPLE; i++) {
        char id[200];
        const struct smimegw_cert *cert = smimegw_identity_cert(readers[i]);
        snprintf(
            id, sizeof(id), "\"id\":\"%s %s", c->names_key ? "key id" : "serial",
            smimegw_cert_text(cert, c->names_key ? SMIMEGW_CERT_KEY_ID : SMIMEGW_CERT_SERIAL));
        bool is_in = c->states[i] == KEY && shares(c, i, person);
        if (has_text(json, id) != is_in)
            fail_msg("copy of %d, %s", person, (const char *)smimegw_buffer_data(json));
    }
    smimegw_buffer_free(json);
    smimegw_message_free(message);
}

/* Only those whom the delivery names can read it. */
static void check_encrypted(const struct scene *scene, const struct combination *c,
                            const struct smimegw_buffer *copy, int person, bool is_signed)
{
    check_named(scene, c, copy, person);
    assert_false(has_text(copy, SECRET));
    assert_int_equal(has_text(copy, signed_mark(c)), strcmp(modes[c->mode], "triple") == 0);
    for (int i = 0; i < PEOPLE; i++) {
        struct smimegw_buffer *inner;
        int ret = open_copy(scene, copy, readers[i], &inner);
        if (c->states[i] != KEY || !shares(c, i, person)) {
            assert_int_equal(ret, SMIMEGW_E_NO_KEY);
        } else {
            assert_int_equal(ret, SMIMEGW_OK);
            assert_int_equal(verifies(scene, inner), is_signed);
            assert_int_equal(has_text(inner, signed_mark(c)), is_signed);
            assert_true(c->form == 1 && is_signed ? true : has_text(inner, SECRET));
        }
        smimegw_buffer_free(inner);
    }
}

static void check_person(const struct scene *scene, const struct combination *c, int person)
{
    int found = 0;
    size_t at = 0;
    struct expected expected = expect(c, person);
    int outcome = smimegw_plan_recipient_outcome(scene->plan, (size_t)person, NULL, NULL);
    if (outcome != expected.outcome)
        fail_msg("%s %s %s %d%d%d person %d: %s", modes[c->mode], forms[c->form],
                 actions[c->action], c->states[0], c->states[1], c->states[2], person,
                 smimegw_plan_recipient_text(scene->plan, (size_t)person));
    for (size_t i = 0; i < smimegw_plan_delivery_count(scene->plan); i++) {
        const char *address;
        for (size_t j = 0;
             (address = smimegw_plan_delivery_recipient(scene->plan, i, j)) != NULL; j++)
            if (strcmp(address, people[person]) == 0) {
                found++;
                at = i;
            }
    }
    bool is_sent = outcome == SMIMEGW_PLAN_ENCRYPTED || outcome == SMIMEGW_PLAN_CLEAR;
    assert_int_equal(found, is_sent);
    if (!is_sent)
        return;
    uint32_t flags = smimegw_plan_delivery_flags(scene->plan, at);
    assert_int_equal((flags & SMIMEGW_DELIVERY_SIGNED) != 0, expected.is_signed);
    assert_int_equal((flags & SMIMEGW_DELIVERY_ENCRYPTED) != 0,
                     outcome == SMIMEGW_PLAN_ENCRYPTED);
    struct smimegw_buffer *copy = write_delivery(scene, at);
    if (outcome == SMIMEGW_PLAN_CLEAR)
        check_clear(scene, c, copy, expected.is_signed);
    else
        check_encrypted(scene, c, copy, person, expected.is_signed);
    smimegw_buffer_free(copy);
}

static void run_combination(const struct combination *c)
{
    struct scene scene = make_scene(PROFILE("mode", modes[c->mode], "sign-form",
                                            forms[c->form], "missing-key", actions[c->action],
                                            "sign-clear-copy", c->signs_clear ? "yes" : "no",
                                            "isolate-ec", c->isolates_ec ? "yes" : "no",
                                            "recipient-id", c->names_key ? "ski" : NULL),
                                    mail);
    size_t sum = 0;
    for (int i = 0; i < PEOPLE; i++)
        add(&scene, people[i]);
    /* AC-154: twice, and in another spelling, is once */
    add(&scene, people[1]);
    add(&scene, "RSA3072@Example.COM");
    assert_int_equal(smimegw_plan_recipient_count(scene.plan), PEOPLE);
    for (int i = 0; i < PEOPLE; i++)
        if (c->states[i] == KEY)
            supply(&scene, people[i], people_certs[i]);
        else if (c->states[i] == NONE)
            supply_none(&scene, people[i]);
        else
            assert_int_equal(
                smimegw_plan_supply_failure(scene.plan, people[i], "directory is down", NULL),
                SMIMEGW_OK);
    decide(&scene);
    for (int i = 0; i < PEOPLE; i++)
        check_person(&scene, c, i);
    /* nobody is in a delivery that was not asked about above */
    for (size_t i = 0; i < smimegw_plan_delivery_count(scene.plan); i++)
        for (size_t j = 0; smimegw_plan_delivery_recipient(scene.plan, i, j) != NULL; j++)
            sum++;
    assert_true(sum <= PEOPLE);
    end_scene(&scene);
}

static void every_combination(void **state)
{
    (void)state;
    int count = 0;
    readers[0] = load_identity("rsa2048-id.pem");
    readers[1] = load_identity("p256-id.pem");
    readers[2] = load_identity("rsa3072-id.pem");
    for (int n = 0; n < 4 * 2 * 4 * 2 * 27; n++) {
        int rest = n / 64;
        struct combination c = {n % 4,
                                n / 4 % 2,
                                n / 8 % 4,
                                n / 32 % 2 == 0,
                                n % 5 != 0,
                                n % 3 == 0,
                                {rest % STATES, rest / 3 % STATES, rest / 9 % STATES}};
        /* the setting says nothing elsewhere */
        if (!c.signs_clear && strcmp(actions[c.action], "split") != 0)
            continue;
        run_combination(&c);
        count++;
    }
    assert_int_equal(count, 4 * 2 * 27 * 5);
    for (int i = 0; i < PEOPLE; i++)
        smimegw_identity_unref(readers[i]);
}

/* --- a third party opens it ----------------------------------------------------------------
 */

static void openssl_opens_deliveries(void **state)
{
    (void)state;
    if (system("openssl version >/dev/null 2>&1") != 0)
        skip();
    struct scene scene =
        make_scene(PROFILE("mode", "sign-encrypt", "missing-key", "split"), mail);
    for (int i = 0; i < PEOPLE; i++) {
        add(&scene, people[i]);
        supply(&scene, people[i], people_certs[i]);
    }
    decide(&scene);
    assert_int_equal(smimegw_plan_delivery_count(scene.plan), PEOPLE);
    for (size_t i = 0; i < PEOPLE; i++) {
        char name[] = "/tmp/plan-XXXXXX";
        char command[512];
        struct smimegw_buffer *copy = write_delivery(&scene, i);
        int fd = mkstemp(name);
        assert_int_equal(write(fd, smimegw_buffer_data(copy), smimegw_buffer_size(copy)),
                         smimegw_buffer_size(copy));
        close(fd);
        snprintf(command, sizeof(command),
                 "openssl cms -decrypt -in %s -recip tests/data/keys/%s -inkey "
                 "tests/data/keys/%.*s-key.pem 2>/dev/null | openssl cms -verify -CAfile "
                 "tests/data/keys/root.pem 2>/dev/null | grep -q '" SECRET "'",
                 name, people_certs[i], (int)strcspn(people_certs[i], "."), people_certs[i]);
        assert_int_equal(system(command), 0);
        unlink(name);
        smimegw_buffer_free(copy);
    }
    end_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination),
        cmocka_unit_test(openssl_opens_deliveries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
