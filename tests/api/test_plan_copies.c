/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies of a message: their ciphers, what their header loses, whom they name. */
#include "plan_support.h"

/* --- ciphers -------------------------------------------------------------------------------
 */

#define AES(last) "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01" last
#define GCM_ONLY "\x30\x0d" AES("\x2e")
#define DES_ONLY "\x30\x0c\x30\x0a\x06\x08\x2a\x86\x48\x86\xf7\x0d\x03\x07"
#define HOSTILE "\x30\x0d" AES("\x2e") "\x30\x84\xff\xff\xff\xff"

/* Recipients by their certificates; the first one's announcement; what the copies get
 * [RFC8551-2.7.1]. */
static const struct {
    const char *lowest;
    const char *cipher;
    const char *uses;
    const char *files[2];
    const char *extra;
    const char *announced;
    const char *ciphers[2];
} choices[] = {
    {NULL, NULL, NULL, {"p256"}, NULL, NULL, {"aes-256-cbc"}},
    {NULL, NULL, NULL, {"can-aes128"}, NULL, NULL, {"aes-128-cbc"}},
    {NULL, NULL, "no", {"can-aes128"}, NULL, NULL, {"aes-256-cbc"}},
    {NULL, NULL, NULL, {"can-gcm"}, NULL, NULL, {"aes-128-cbc"}},
    {NULL, "aes-256-gcm", NULL, {"can-gcm"}, NULL, NULL, {"aes-256-gcm"}},
    {NULL, "aes-192-gcm", NULL, {"can-gcm"}, NULL, NULL, {"aes-128-cbc"}},
    /* AC-162: nothing goes below the profile's bound */
    {"aes-256-cbc", NULL, NULL, {"can-aes128"}, NULL, NULL, {"aes-256-cbc"}},
    {NULL, NULL, NULL, {"can-weak"}, NULL, NULL, {"aes-256-cbc"}},
    {NULL, NULL, NULL, {"p256"}, NULL, DES_ONLY, {"aes-256-cbc"}},
    {"aes-128-gcm",
     "aes-256-gcm",
     NULL,
     {"can-weak", "can-aes128"},
     NULL,
     NULL,
     {"aes-256-gcm"}},
    /* one copy where there is one that all read, else two */
    {NULL, "aes-256-gcm", NULL, {"can-gcm", "can-aes128"}, NULL, NULL, {"aes-128-cbc"}},
    {NULL, "aes-256-gcm", NULL, {"can-gcm", "p256"}, NULL, NULL, {"aes-256-gcm"}},
    {NULL,
     "aes-256-gcm",
     NULL,
     {"p256", "can-aes128"},
     NULL,
     GCM_ONLY,
     {"aes-256-gcm", "aes-128-cbc"}},
    /* what the host knows counts more than the certificate, unless it is nonsense */
    {NULL, "aes-256-gcm", NULL, {"can-aes128"}, NULL, GCM_ONLY, {"aes-256-gcm"}},
    {NULL, "aes-256-gcm", NULL, {"can-aes128"}, NULL, HOSTILE, {"aes-128-cbc"}},
    {NULL, "aes-256-gcm", NULL, {"can-aes128"}, NULL, "\x30", {"aes-128-cbc"}},
    /* extras have a say, but not against the recipient */
    {NULL, NULL, NULL, {"p256"}, "can-aes128", NULL, {"aes-128-cbc"}},
    {NULL, "aes-256-gcm", NULL, {"p256"}, "can-aes128", GCM_ONLY, {"aes-256-gcm"}},
};

static void add_extra(struct scene *scene, const char *file)
{
    char name[64];
    snprintf(name, sizeof(name), "%s-id.pem", file);
    struct smimegw_identity *extra = load_identity(name);
    assert_int_equal(smimegw_plan_add_extra(scene->plan, smimegw_identity_cert(extra), NULL),
                     SMIMEGW_OK);
    smimegw_identity_unref(extra);
}

static void supply_files(struct scene *scene, const char *const files[2],
                         const char *announced)
{
    for (size_t i = 0; i < 2 && files[i] != NULL; i++) {
        char address[64];
        char file[64];
        snprintf(address, sizeof(address), "%s@example.com", files[i]);
        snprintf(file, sizeof(file), "%s.pem", files[i]);
        add(scene, address);
        supply(scene, address, file);
        if (i == 0 && announced != NULL)
            assert_int_equal(smimegw_plan_supply_capabilities(scene->plan, address, announced,
                                                              strlen(announced), NULL),
                             SMIMEGW_OK);
    }
}

/* The reader's verdict about the cipher is the plan's. */
static void check_written(const struct scene *scene, size_t delivery, const char *file,
                          const char *cipher)
{
    char name[64];
    struct smimegw_verdict *verdict;
    snprintf(name, sizeof(name), "%s-id.pem", file);
    struct smimegw_identity *reader = load_identity(name);
    struct smimegw_buffer *copy = write_delivery(scene, delivery);
    struct smimegw_message *message =
        make_message(smimegw_buffer_data(copy), smimegw_buffer_size(copy));
    assert_int_equal(
        smimegw_decrypt(scene->gateway, message, &reader, 1, NULL, NULL, &verdict, NULL),
        SMIMEGW_OK);
    assert_string_equal(smimegw_verdict_layer_text(verdict, 0, SMIMEGW_LAYER_CIPHER), cipher);
    smimegw_verdict_unref(verdict);
    smimegw_message_free(message);
    smimegw_buffer_free(copy);
    smimegw_identity_unref(reader);
}

static void ciphers_are_what_all_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
        struct smimegw_buffer *json;
        struct scene scene =
            make_scene(PROFILE("mode", "encrypt", "isolate-blind", "no", "lowest-cipher",
                               choices[i].lowest, "cipher", choices[i].cipher,
                               "use-capabilities", choices[i].uses),
                       mail);
        size_t count = choices[i].ciphers[1] != NULL ? 2 : 1;
        if (choices[i].extra != NULL)
            add_extra(&scene, choices[i].extra);
        supply_files(&scene, choices[i].files, choices[i].announced);
        decide(&scene);
        assert_int_equal(smimegw_plan_delivery_count(scene.plan), count);
        assert_int_equal(smimegw_plan_json(scene.plan, &json, NULL), SMIMEGW_OK);
        for (size_t k = 0; k < count; k++) {
            const char *cipher = choices[i].ciphers[k];
            if (strcmp(smimegw_plan_delivery_cipher(scene.plan, k), cipher) != 0)
                fail_msg("row %zu: %s", i, smimegw_plan_delivery_text(scene.plan, k));
            assert_non_null(strstr(smimegw_plan_delivery_text(scene.plan, k), cipher));
            assert_true(has_text(json, cipher));
            check_written(&scene, k, choices[i].files[k], cipher);
        }
        smimegw_buffer_free(json);
        end_scene(&scene);
    }
}

static void nothing_encrypted_has_no_cipher(void **state)
{
    (void)state;
    struct scene scene = make_scene(PROFILE("mode", "sign"), mail);
    add(&scene, "p256@example.com");
    assert_int_equal(
        smimegw_plan_supply_capabilities(scene.plan, "nobody@example.com", GCM_ONLY, 15, NULL),
        SMIMEGW_E_USAGE);
    decide(&scene);
    assert_string_equal(smimegw_plan_delivery_cipher(scene.plan, 0), "");
    assert_string_equal(smimegw_plan_delivery_cipher(scene.plan, 1), "");
    assert_string_equal(smimegw_plan_delivery_cipher(NULL, 0), "");
    assert_int_equal(
        smimegw_plan_supply_capabilities(scene.plan, "p256@example.com", NULL, 0, NULL),
        SMIMEGW_E_STATE);
    end_scene(&scene);
}

/* What a signer announces comes back to us, but only from one who passed. */
static void announcements_go_round(void **state)
{
    (void)state;
    size_t size;
    struct smimegw_verdict *verdict;
    struct smimegw_buffer *wire = protect("sign", "detached", NULL, "alice-id.pem", mail);
    struct smimegw_message *message =
        make_message(smimegw_buffer_data(wire), smimegw_buffer_size(wire));
    struct scene scene = make_scene(PROFILE("mode", "encrypt", "cipher", "aes-256-gcm"), mail);
    assert_int_equal(smimegw_verify(scene.gateway, message, NULL, NULL, &verdict, NULL),
                     SMIMEGW_OK);
    const void *announced = smimegw_verdict_signer_capabilities(verdict, 0, 0, &size);
    assert_non_null(announced);
    static const char *const files[2] = {"can-aes128", NULL};
    supply_files(&scene, files, NULL);
    assert_int_equal(smimegw_plan_supply_capabilities(scene.plan, "CAN-aes128@example.com",
                                                      announced, size, NULL),
                     SMIMEGW_OK);
    decide(&scene);
    assert_string_equal(smimegw_plan_delivery_cipher(scene.plan, 0), "aes-256-gcm");
    assert_null(smimegw_verdict_signer_capabilities(verdict, 0, 1, &size));
    assert_int_equal(size, 0);
    assert_null(smimegw_verdict_signer_capabilities(NULL, 0, 0, NULL));
    smimegw_verdict_unref(verdict);
    /* nobody vouches for the signer: no anchors */
    assert_int_equal(smimegw_verify(NULL, message, NULL, NULL, &verdict, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_verdict_signer_count(verdict, 0), 1);
    assert_null(smimegw_verdict_signer_capabilities(verdict, 0, 0, &size));
    smimegw_verdict_unref(verdict);
    end_scene(&scene);
    smimegw_message_free(message);
    smimegw_buffer_free(wire);
}

/* --- the header ----------------------------------------------------------------------------
 */

#define TOP "Received: from a\r\n\tby b\r\nX-Odd:  two  blanks \r\n"
#define REST                                                                                  \
    "From: Alice <alice@example.com>\r\nTo: rsa2048@example.com\r\nbCC : x@example.com,\r\n"  \
    " y@example.com\r\nX-SMIME-Profile: none\r\nResent-Bcc: z@example.com\r\n"
#define BARE                                                                                  \
    "From: Alice <alice@example.com>\r\nTo: rsa2048@example.com\r\n"                          \
    "X-SMIME-Profile: none\r\n"
#define CONTENT                                                                               \
    "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n" SECRET " [crypt] Bcc: a\r\n"

/* Tag and Bcc are gone from all copies, also from one that goes as it came; every other byte
 * of the header stays, and what a sender writes there chooses nothing (AC-163). */
static void headers_lose_what_they_should(void **state)
{
    (void)state;
    static const char given[] =
        TOP "SUBJECT: [Crypt]\r\n =?utf-8?Q?Gr=C3=BC_[crypt]?=\r\n" REST CONTENT;
    static const char wanted[] = TOP "SUBJECT:\r\n =?utf-8?Q?Gr=C3=BC?=\r\n" BARE;
    static const char whole[] = TOP "SUBJECT:\r\n =?utf-8?Q?Gr=C3=BC?=\r\n" BARE CONTENT;
    static const char *const modes[] = {"sign", "encrypt", "sign-encrypt", "triple"};
    for (size_t i = 0; i < 4; i++) {
        struct scene scene =
            make_scene(PROFILE("mode", modes[i], "missing-key", "split", "sign-clear-copy",
                               "no", "subject-trigger", "[crypt]", "bcc-field", "remove"),
                       given);
        add(&scene, "rsa2048@example.com");
        add(&scene, "none@example.com");
        supply(&scene, "rsa2048@example.com", "rsa2048.pem");
        supply_none(&scene, "none@example.com");
        decide(&scene);
        for (size_t k = 0; k < smimegw_plan_delivery_count(scene.plan); k++) {
            struct smimegw_buffer *copy = write_delivery(&scene, k);
            assert_true(smimegw_buffer_size(copy) > sizeof(wanted));
            assert_memory_equal(smimegw_buffer_data(copy), wanted, sizeof(wanted) - 1);
            if (smimegw_plan_delivery_flags(scene.plan, k) == 0)
                assert_true(is_mail(copy, whole));
            if (i == 0)
                assert_true(verifies(&scene, copy));
            smimegw_buffer_free(copy);
        }
        assert_int_equal(smimegw_plan_delivery_count(scene.plan), i == 0 ? 1 : 2);
        end_scene(&scene);
    }
}

static void headers_keep_what_they_may(void **state)
{
    (void)state;
    static const char given[] = TOP "Subject: [x] y\r\n" REST CONTENT;
    struct scene scene = make_scene(
        PROFILE("mode", "encrypt", "missing-key", "split", "subject-trigger", "[crypt]"),
        given);
    add(&scene, "none@example.com");
    supply_none(&scene, "none@example.com");
    decide(&scene);
    struct smimegw_buffer *copy = write_delivery(&scene, 0);
    assert_true(is_mail(copy, given));
    smimegw_buffer_free(copy);
    end_scene(&scene);
}

/* No key, IV or boundary twice (AC-159): the same copy is another one each time. */
static void copies_are_never_alike(void **state)
{
    (void)state;
    enum { COPIES = 50 };
    struct smimegw_buffer *copies[COPIES];
    struct scene scene = make_scene(PROFILE("mode", "encrypt"), mail);
    add(&scene, "p256@example.com");
    supply(&scene, "p256@example.com", "p256.pem");
    decide(&scene);
    for (size_t i = 0; i < COPIES; i++) {
        copies[i] = write_delivery(&scene, 0);
        for (size_t k = 0; k < i; k++)
            assert_false(smimegw_buffer_size(copies[i]) == smimegw_buffer_size(copies[k]) &&
                         memcmp(smimegw_buffer_data(copies[i]), smimegw_buffer_data(copies[k]),
                                smimegw_buffer_size(copies[i])) == 0);
    }
    for (size_t i = 0; i < COPIES; i++)
        smimegw_buffer_free(copies[i]);
    end_scene(&scene);
}

/* The calls without a plan change the header, too. */
static void calls_without_a_plan_edit(void **state)
{
    static const char text[] = "From: alice@example.com\r\nBcc: hidden@example.com\r\n"
                               "Subject: [enc] tell\r\n\r\nbody\r\n";
    (void)state;
    for (int is_sign = 0; is_sign < 2; is_sign++) {
        struct smimegw_profile *profile =
            PROFILE("mode", "sign", "bcc-field", "remove", "subject-trigger", "[enc]");
        struct smimegw_identity *identity = load_identity("alice-id.pem");
        struct smimegw_message *message = make_message(text, strlen(text));
        struct smimegw_buffer *out = make_buffer();
        int ret = is_sign ? smimegw_sign(NULL, profile, message, identity,
                                         smimegw_buffer_write, out, NULL)
                          : smimegw_protect(NULL, profile, message, identity, NULL, 0,
                                            smimegw_buffer_write, out, NULL);
        assert_int_equal(ret, SMIMEGW_OK);
        assert_false(has_text(out, "hidden@"));
        assert_false(has_text(out, "[enc]"));
        assert_true(has_text(out, "Subject: tell\r\n"));
        smimegw_buffer_free(out);
        smimegw_message_free(message);
        smimegw_identity_unref(identity);
        smimegw_profile_unref(profile);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ciphers_are_what_all_read),
        cmocka_unit_test(nothing_encrypted_has_no_cipher),
        cmocka_unit_test(announcements_go_round),
        cmocka_unit_test(headers_lose_what_they_should),
        cmocka_unit_test(headers_keep_what_they_may),
        cmocka_unit_test(calls_without_a_plan_edit),
        cmocka_unit_test(copies_are_never_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
