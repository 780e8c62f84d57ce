/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Certificates that went bad: for recipients, extra ones, and signers. */
#include "plan_support.h"

static const struct {
    const char *mode;
    const char *missing_key;
    const char *rule;
    bool has_other; /* a valid one, too */
    int outcome;
} old_keys[] = {
    /* AC-153: not used, and never a reason to be clear */
    {"encrypt", "bounce", NULL, false, SMIMEGW_PLAN_BOUNCED},
    {"encrypt", "drop", NULL, false, SMIMEGW_PLAN_DROPPED},
    {"encrypt", "split", NULL, false, SMIMEGW_PLAN_BOUNCED},
    {"triple", "split", NULL, false, SMIMEGW_PLAN_BOUNCED},
    {"encrypt", "split-bounce", NULL, false, SMIMEGW_PLAN_BOUNCED},
    {"encrypt", "split", NULL, true, SMIMEGW_PLAN_ENCRYPTED},
    {"encrypt", "bounce", "use", false, SMIMEGW_PLAN_ENCRYPTED},
    {"encrypt", "split", "use", false, SMIMEGW_PLAN_ENCRYPTED},
    {"encrypt", "split", "use", true, SMIMEGW_PLAN_ENCRYPTED},
};

/* The scene's plan anew, under a gateway with another setting. */
static void use_gateway(struct scene *scene, const char *name, const char *value,
                        const char *denied)
{
    struct smimegw_gateway *gateway;
    assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_set(gateway, name, value, NULL), SMIMEGW_OK);
    if (denied != NULL) {
        struct smimegw_buffer *file = read_key_file(denied);
        assert_int_equal(smimegw_gateway_add_certs(gateway, SMIMEGW_TRUST_DENIED,
                                                   smimegw_buffer_data(file),
                                                   smimegw_buffer_size(file), NULL),
                         SMIMEGW_OK);
        smimegw_buffer_free(file);
    }
    smimegw_plan_free(scene->plan);
    assert_int_equal(
        smimegw_plan_new(gateway, scene->profile, scene->message, &scene->plan, NULL),
        SMIMEGW_OK);
    assert_int_equal(smimegw_plan_set_identity(scene->plan, scene->identity, NULL),
                     SMIMEGW_OK);
    smimegw_gateway_unref(gateway);
}

static void check_old_key(size_t row, const char *address, const char *file, const char *time)
{
    struct scene scene = make_scene(PROFILE("mode", old_keys[row].mode, "missing-key",
                                            old_keys[row].missing_key, "expired-certificates",
                                            old_keys[row].rule, "sign-clear-copy", NULL),
                                    mail);
    char old_name[64];
    struct smimegw_cert *certs[2];
    use_gateway(&scene, "time", time, NULL);
    snprintf(old_name, sizeof(old_name), "%s-id.pem", file);
    struct smimegw_identity *old = load_identity(old_name);
    struct smimegw_identity *valid = load_identity("domain-id.pem");
    certs[0] = smimegw_identity_cert(old);
    certs[1] = smimegw_identity_cert(valid);
    add(&scene, address);
    add(&scene, "none@example.com");
    supply_none(&scene, "none@example.com");
    assert_int_equal(smimegw_plan_supply(scene.plan, address, certs,
                                         old_keys[row].has_other ? 2 : 1, 0, NULL),
                     SMIMEGW_OK);
    if (strncmp(old_keys[row].missing_key, "split", 5) != 0)
        assert_int_equal(smimegw_plan_supply(scene.plan, "none@example.com", certs, 2,
                                             SMIMEGW_SUPPLY_ANY_NAME, NULL),
                         SMIMEGW_OK);
    decide(&scene);
    int outcome = smimegw_plan_recipient_outcome(scene.plan, 0, NULL, NULL);
    if (outcome != old_keys[row].outcome)
        fail_msg("row %zu: %s", row, smimegw_plan_recipient_text(scene.plan, 0));
    bool is_named = strstr(smimegw_plan_recipient_text(scene.plan, 0), "not valid") != NULL;
    assert_int_equal(is_named, !old_keys[row].has_other);
    smimegw_identity_unref(old);
    smimegw_identity_unref(valid);
    end_scene(&scene);
}

static void old_certificates_are_not_used(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(old_keys) / sizeof(old_keys[0]); i++) {
        check_old_key(i, "expired@example.com", "expired", "2026-11-24");
        /* one that is of the future, beside a valid one of none */
        if (!old_keys[i].has_other && strcmp(old_keys[i].mode, "encrypt") == 0 &&
            strncmp(old_keys[i].missing_key, "split", 5) == 0)
            check_old_key(i, "p256@example.com", "p256", "2020-01-01");
    }
}

/* AC-153: a denied one is no key; whether one is revoked must be known where that is asked. */
static void denied_certificates_are_not_used(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        const char *denied;
        int outcome;
        int reason;
        const char *reply;
    } rows[] = {
        {"off", NULL, SMIMEGW_PLAN_ENCRYPTED, SMIMEGW_PLAN_BY_PROFILE, ""},
        {"off", "p256.pem", SMIMEGW_PLAN_BOUNCED, SMIMEGW_PLAN_NO_KEY, "550 5.7.5 "},
        {"required", NULL, SMIMEGW_PLAN_BOUNCED, SMIMEGW_PLAN_NO_KEY, "550 5.7.5 "},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene scene = make_scene(PROFILE("mode", "encrypt"), mail);
        use_gateway(&scene, "revocation", rows[i].rule, rows[i].denied);
        add(&scene, "p256@example.com");
        supply(&scene, "p256@example.com", "p256.pem");
        decide(&scene);
        assert_fate(&scene, 0, rows[i].outcome, rows[i].reason, rows[i].reply);
        end_scene(&scene);
    }
}

/* Nobody gets clearer mail because a certificate of his went bad, whatever made it bad. */
static void bad_certificates_make_nothing_clear(void **state)
{
    static const struct {
        const char *revocation;
        const char *denied;
        const char *expired_rule;
        const char *address;
        const char *file;
        int outcome;
    } rows[] = {
        {"required", NULL, "refuse", "expired@example.com", "expired.pem",
         SMIMEGW_PLAN_BOUNCED},
        {"required", NULL, "use", "expired@example.com", "expired.pem", SMIMEGW_PLAN_BOUNCED},
        {"required", NULL, "refuse", "p256@example.com", "p256.pem", SMIMEGW_PLAN_BOUNCED},
        {"off", "p256.pem", "refuse", "p256@example.com", "p256.pem", SMIMEGW_PLAN_BOUNCED},
        /* one that was never his */
        {"off", "p256.pem", "refuse", "p384@example.com", "p256.pem", SMIMEGW_PLAN_CLEAR},
        {"required", NULL, "refuse", "p384@example.com", "expired.pem", SMIMEGW_PLAN_CLEAR},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct scene scene = make_scene(PROFILE("mode", "sign-encrypt", "missing-key", "split",
                                                "expired-certificates", rows[i].expired_rule),
                                        mail);
        use_gateway(&scene, "revocation", rows[i].revocation, rows[i].denied);
        add(&scene, rows[i].address);
        supply(&scene, rows[i].address, rows[i].file);
        decide(&scene);
        assert_fate(&scene, 0, rows[i].outcome, SMIMEGW_PLAN_NO_KEY,
                    rows[i].outcome == SMIMEGW_PLAN_BOUNCED ? "550 5.7.5 " : "");
        end_scene(&scene);
    }
}

/* An old one of an extra recipient is the administrator's choice, and told. */
static void old_extras_are_told(void **state)
{
    struct scene scene = make_scene(PROFILE("mode", "encrypt"), mail);
    struct smimegw_identity *old = load_identity("expired-id.pem");
    (void)state;
    assert_int_equal(smimegw_plan_add_extra(scene.plan, smimegw_identity_cert(old), NULL),
                     SMIMEGW_OK);
    add(&scene, "p256@example.com");
    supply(&scene, "p256@example.com", "p256.pem");
    decide(&scene);
    assert_non_null(strstr(smimegw_plan_delivery_text(scene.plan, 0), "not valid now"));
    smimegw_identity_unref(old);
    end_scene(&scene);
}

/* A signature that every reader refuses is none (C12): by the gateway's clock, so that old
 * mail can be made in tests. */
static void signers_have_their_time(void **state)
{
    static const struct {
        const char *identity;
        const char *time;
        int ret;
        const char *detail;
    } rows[] = {
        {"expired-id.pem", "2026-11-24", SMIMEGW_E_KEY, "expired"},
        {"alice-id.pem", "2001-01-01", SMIMEGW_E_KEY, "not valid yet"},
        {"alice-id.pem", "2026-11-24", SMIMEGW_OK, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct smimegw_error *error = NULL;
        struct smimegw_buffer *out = make_buffer();
        struct scene scene = make_scene(PROFILE("mode", "sign", "check-sender", "no"), mail);
        struct smimegw_identity *identity = load_identity(rows[i].identity);
        use_gateway(&scene, "time", rows[i].time, NULL);
        struct smimegw_gateway *gateway;
        assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
        assert_int_equal(smimegw_gateway_set(gateway, "time", rows[i].time, NULL), SMIMEGW_OK);
        assert_int_equal(smimegw_plan_set_identity(scene.plan, identity, NULL), SMIMEGW_OK);
        add(&scene, "p256@example.com");
        decide(&scene);
        bool is_good = rows[i].ret == SMIMEGW_OK;
        assert_fate(&scene, 0, is_good ? SMIMEGW_PLAN_CLEAR : SMIMEGW_PLAN_BOUNCED,
                    is_good ? SMIMEGW_PLAN_BY_PROFILE : SMIMEGW_PLAN_SIGNER,
                    is_good ? "" : "550 5.7.5 ");
        assert_int_equal(smimegw_sign(gateway, scene.profile, scene.message, identity,
                                      smimegw_buffer_write, out, &error),
                         rows[i].ret);
        assert_non_null(strstr(smimegw_error_text(error), rows[i].detail));
        assert_int_equal(smimegw_buffer_size(out) > 0, is_good);
        smimegw_error_free(error);
        smimegw_gateway_unref(gateway);
        smimegw_identity_unref(identity);
        smimegw_buffer_free(out);
        end_scene(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_certificates_are_not_used),
        cmocka_unit_test(denied_certificates_are_not_used),
        cmocka_unit_test(bad_certificates_make_nothing_clear),
        cmocka_unit_test(old_extras_are_told),
        cmocka_unit_test(signers_have_their_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
