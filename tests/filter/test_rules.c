/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter_support.h"

static const char rich_mail[] =
    "From: =?utf-8?q?J=C3=BCrgen?= <j@example.com>\r\n"
    "Subject: =?iso-8859-1?B?R3L832U=?= =?utf-8?q?_aus_M=C3=BCnchen?=\r\n"
    "X-Tag: one\r\n"
    "x-tag: two\r\n"
    "X-Empty:\r\n"
    "X-Folded: a\r\n b\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain; charset=iso-8859-15\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    "Preis: 5 =A4, sehr ge=\r\nheim\r\nsecret secret\r\n"
    "--b\r\nContent-Type: text/html; charset=utf-8\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\n"
    "PGI+c2Vj\r\ncmV0!!!Y29kZTwv\r\nYj4=\r\n"
    "--b\r\nContent-Type: text/plain; charset=x-nobody\r\n"
    "Content-Disposition: attachment; filename*=utf-8''R%C3%A4tsel.TXT\r\n\r\n"
    "in the attachment \xe4\r\n"
    "--b\r\nContent-Type: application/octet-stream; name=\"=?utf-8?q?a=2Eexe?=\"\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nbWFya2Vy\r\n"
    "--b--\r\n";

static const struct {
    const char *condition;
    int truth;
} cases[] = {
    {"true", 1},
    {"false", 0},
    {"subject == \"^Grüße aus München$\"", 1},
    {"subject == \"grüße\"", 0},
    {"subject == \"(?i)GRÜSSE|grüße\"", 1},
    {"subject != \"Grüße\"", 0},
    {"subject != \"nothing\"", 1},
    {"header(\"X-TAG\")", 1},
    {"header(\"X-None\")", 0},
    {"header(\"X-Empty\")", 1},
    {"header(\"X-Tag\") == \"two\"", 1},
    {"header(\"X-Tag\") == \"^one$\"", 1},
    {"header(\"X-Tag\") != \"two\"", 0},
    {"header(\"X-None\") != \"two\"", 1},
    {"header(\"X-None\") == \".*\"", 0},
    {"header(\"X-Folded\") == \"^a b$\"", 1},
    {"header(\"From\") == \"^Jürgen <j@\"", 1},
    {"body-contains(\"5 €\")", 1},
    {"body-contains(\"sehr geheim\")", 1},
    {"body-contains(\"secretcode</b>\")", 1},
    {"body-contains(\"secret\", 3)", 1},
    {"body-contains(\"secret\", 4)", 0},
    {"body-contains(\"in the attachment ä\")", 1},
    {"body-contains(\"marker\")", 0},
    {"body-contains(\"München\")", 0},
    {"only-body-contains(\"secretcode\")", 1},
    {"only-body-contains(\"in the attachment\")", 0},
    {"attachment-filename == \"^Rätsel\\.txt$\"", 1},
    {"attachment-filename == '(?i)\\\\.(exe|pif)$'", 1},
    {"attachment-filename == \"zip\"", 0},
    {"attachment-filename != \"zip\"", 1},
    {"body-size > 700", 1},
    {"body-size > 1K", 0},
    {"body-size < 1M", 1},
    {"body-size >= 2k", 0},
    {"body-size == 5", 0},
    {"body-size != 5", 1},
    {"body-size <= 0", 0},
    {"mail-from == \"^Boss@Example.com$\"", 1},
    {"mail-from == \"user\"", 0},
    {"mail-from != \"user\"", 1},
    {"rcpt-to == \"example\\.net$\"", 1},
    {"rcpt-to == \"^carol@\"", 1},
    {"rcpt-to != \"^carol@\"", 0},
    {"every-rcpt-to == \"example\\.net$\"", 0},
    {"every-rcpt-to == \"@example\"", 1},
    {"every-rcpt-to != \"@example\"", 0},
    {"smime-gateway-message", 0},
    {"smime-gateway-verified", 0},
    {"incoming", 0},
    {"not incoming", 1},
    {"mail-from-group == \"board\"", -1},
};

static void every_rule(void **state)
{
    const struct scene scene = {.message = rich_mail,
                                .sender = "boss@example.com",
                                .recipients = {"bob@example.net", "Carol@example.org"}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (is_true(cases[i].condition, &scene) != cases[i].truth)
            fail_msg("%s is not %d", cases[i].condition, cases[i].truth);
}

static void the_null_sender(void **state)
{
    const struct scene scene = {.sender = ""};
    (void)state;
    assert_int_equal(is_true("mail-from == \"^$\"", &scene), 1);
    assert_int_equal(is_true("mail-from == \".\"", &scene), 0);
}

static int find_group(void *userdata, const char *group, const char *address)
{
    (void)userdata;
    if (strcmp(group, "broken") == 0)
        return 0;
    if (strcmp(group, "board") != 0)
        return SMIMEGW_FILTER_NO_GROUP;
    return strcmp(address, "boss@example.com") == 0 ? SMIMEGW_FILTER_MEMBER
                                                    : SMIMEGW_FILTER_NO_MEMBER;
}

static void groups_of_the_host(void **state)
{
    const struct scene scene = {.sender = "Boss@Example.com",
                                .recipients = {"boss@example.com", "bob@example.net"},
                                .find = find_group};
    static const struct {
        const char *condition;
        int truth;
    } groups[] = {
        {"mail-from-group == \"board\"", 1},
        {"mail-from-group != board", 0},
        {"rcpt-to-group == board", 1},
        {"every-rcpt-to-group == board", 0},
        {"mail-from-group == other", -1},
        {"mail-from-group != other", -1},
        {"rcpt-to-group == broken", -1},
        {"not rcpt-to-group == broken", -1},
        {"true or mail-from-group == broken", 1},
        {"false and rcpt-to-group == broken", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        if (is_true(groups[i].condition, &scene) != groups[i].truth)
            fail_msg("%s is not %d", groups[i].condition, groups[i].truth);
}

static void groups_of_a_dictionary(void **state)
{
    static const char file[] =
        "# who\r\n a@x.com # her\n\nExample.ORG\n.sub.net\n*-ext@y.com\n<>";
    static const struct {
        const char *sender;
        int is_in;
    } people[] = {
        {"A@X.com", 1},
        {"b@x.com", 0},
        {"any@example.org", 1},
        {"a@b.sub.net", 1},
        {"a@c.b.sub.net", 1},
        {"a@sub.net", 0},
        {"bob-ext@Y.COM", 1},
        {"bob@y.com", 0},
        {"", 1},
        {"a@example.org.x", 0},
        {"\"q@x.com\"@example.org", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
        const struct scene scene = {.sender = people[i].sender};
        struct smimegw_filter *filter =
            make_filter("t: if (mail-from-group == \"d\") { drop; }");
        assert_int_equal(smimegw_filter_add_group(filter, "d", file, sizeof(file) - 1, NULL),
                         SMIMEGW_OK);
        assert_int_equal(smimegw_filter_add_group(filter, "d", "", 0, NULL),
                         SMIMEGW_E_SETTING);
        struct smimegw_message *message = open_mail(plain_mail);
        struct smimegw_filter_input *input = input_of(&scene, message);
        struct smimegw_filter_result *result;
        assert_int_equal(smimegw_filter_run(filter, input, &result, NULL), SMIMEGW_OK);
        assert_int_equal(smimegw_filter_result_action(result, 0) == SMIMEGW_FILTER_DROP,
                         people[i].is_in);
        /* used, so frozen */
        assert_int_equal(smimegw_filter_add_group(filter, "e", "", 0, NULL), SMIMEGW_E_STATE);
        smimegw_filter_result_free(result);
        smimegw_filter_input_free(input);
        smimegw_message_free(message);
        smimegw_filter_unref(filter);
    }
    struct smimegw_filter *filter = make_filter("");
    struct smimegw_error *error = NULL;
    assert_int_equal(smimegw_filter_add_group(filter, "d", "a@b.c\n@x\n", 9, &error),
                     SMIMEGW_E_SYNTAX);
    assert_string_equal(smimegw_error_text(error),
                        "line 2: not an address, a domain or a pattern");
    smimegw_error_free(error);
    smimegw_filter_unref(filter);
}

/* What can't be read is no match that nobody notices. */
static void a_header_that_cant_be_read(void **state)
{
    const struct scene scene = {.message = "Subject: x\r\nno field\r\n\r\nbody\r\n"};
    struct smimegw_filter_result *result =
        run("t: if (mail-from == \"alice\" and not subject == \"x\") { drop; }", &scene);
    (void)state;
    assert_int_equal(smimegw_filter_result_action(result, 0), SMIMEGW_FILTER_DEFER);
    assert_non_null(strstr(smimegw_filter_result_text(result, 0, SMIMEGW_FILTER_REASON),
                           "test.flt:1:37: the message can't be read: line 2"));
    smimegw_filter_result_free(result);
    assert_int_equal(is_true("mail-from == \"alice\"", &scene), 1);
    assert_int_equal(is_true("body-contains(\"x\")", &scene), -1);
    assert_int_equal(is_true("attachment-filename == \"x\"", &scene), -1);
    assert_int_equal(is_true("smime-gateway-message", &scene), -1);
    /* unless the administrator says so */
    result = run("set on-error match; t: if (subject == \"y\") { drop; }", &scene);
    assert_int_equal(smimegw_filter_result_action(result, 0), SMIMEGW_FILTER_DROP);
    assert_non_null(smimegw_filter_result_text(result, 0, SMIMEGW_FILTER_REASON));
    smimegw_filter_result_free(result);
    result = run("set on-error no-match; t: if (subject == \"x\") { drop; }", &scene);
    assert_int_equal(smimegw_filter_result_action(result, 0), SMIMEGW_FILTER_DELIVER);
    assert_non_null(smimegw_filter_result_text(result, 0, SMIMEGW_FILTER_REASON));
    struct smimegw_buffer *out = written(result, 0, scene.message);
    assert_string_equal(smimegw_buffer_data(out), scene.message);
    smimegw_buffer_free(out);
    smimegw_filter_result_free(result);
}

/* --- the chapter's examples, word for word ------------------------------------------------
 */

static int count_bytes(void *userdata, const void *data, size_t size)
{
    (void)data;
    *(size_t *)userdata += size;
    return 0;
}

static struct smimegw_verdict *receive(const char *data, size_t size)
{
    size_t written_size = 0;
    struct smimegw_verdict *verdict;
    struct smimegw_gateway *gateway = make_gateway();
    struct smimegw_message *message = make_message(data, size);
    assert_int_equal(smimegw_receive(gateway, NULL, message, NULL, 0, count_bytes,
                                     &written_size, &verdict, NULL),
                     SMIMEGW_OK);
    smimegw_message_free(message);
    smimegw_gateway_unref(gateway);
    return verdict;
}

static void quarantine_by_verdict(const char *mail, size_t size, int action)
{
    struct scene scene = {.direction = SMIMEGW_FILTER_INCOMING,
                          .verdict = receive(mail, size)};
    struct smimegw_filter_result *result =
        run("quarantine_smime_messages:if (smime-gateway-message and not "
            "smime-gateway-verified) { quarantine(\"Policy\"); }",
            &scene);
    assert_int_equal(smimegw_filter_result_action(result, 0), action);
    if (action == SMIMEGW_FILTER_QUARANTINE)
        assert_string_equal(
            smimegw_filter_result_item(result, 0, SMIMEGW_FILTER_QUARANTINES, 0), "Policy");
    else
        assert_null(smimegw_filter_result_item(result, 0, SMIMEGW_FILTER_QUARANTINES, 0));
    smimegw_filter_result_free(result);
    smimegw_verdict_unref(scene.verdict);
}

/* [C43] */
static void the_quarantine_example(void **state)
{
    (void)state;
    static const char mail[] = "From: alice@example.com\r\nSubject: x\r\n\r\nHello\r\n";
    struct smimegw_buffer *good =
        protect("sign", "detached", "aes-256-gcm", "alice-id.pem", mail);
    char *data = malloc(smimegw_buffer_size(good) + 1);
    assert_non_null(data);
    memcpy(data, smimegw_buffer_data(good), smimegw_buffer_size(good) + 1);
    quarantine_by_verdict(mail, strlen(mail), SMIMEGW_FILTER_DELIVER);
    quarantine_by_verdict(data, strlen(data), SMIMEGW_FILTER_DELIVER);
    char *text = strstr(data, "Hello");
    assert_non_null(text);
    memcpy(text, "Hallo", 5);
    quarantine_by_verdict(data, strlen(data), SMIMEGW_FILTER_QUARANTINE);
    free(data);
    smimegw_buffer_free(good);
}

/* [C17] [C18] */
static void the_action_examples(void **state)
{
    static const struct {
        const char *text;
        int action;
        const char *profile;
    } examples[] = {
        {"smime-deferred:if(mail-from == \"user@example.com\"){smime-gateway-deferred(\"smime-"
         "encrypt\");}",
         SMIMEGW_FILTER_DELIVER, "smime-encrypt"},
        {"smime-deliver-now:if(mail-from == "
         "\"user@example.com\"){smime-gateway(\"smime-sign\");}",
         SMIMEGW_FILTER_SMIME, "smime-sign"},
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct scene user = {.sender = "user@example.com"};
        const struct scene other = {.sender = "other@example.com"};
        struct smimegw_filter_result *result = run(examples[i].text, &user);
        assert_int_equal(smimegw_filter_result_action(result, 0), examples[i].action);
        assert_string_equal(smimegw_filter_result_text(result, 0, SMIMEGW_FILTER_PROFILE),
                            examples[i].profile);
        smimegw_filter_result_free(result);
        result = run(examples[i].text, &other);
        assert_int_equal(smimegw_filter_result_action(result, 0), SMIMEGW_FILTER_DELIVER);
        assert_null(smimegw_filter_result_text(result, 0, SMIMEGW_FILTER_PROFILE));
        smimegw_filter_result_free(result);
    }
}

/* Without a verdict the root tells whether a message is S/MIME; nothing is verified. */
static void smime_without_a_verdict(void **state)
{
    static const struct {
        const char *message;
        int is_smime;
    } roots[] = {
        {"Content-Type: multipart/signed; boundary=b\r\n\r\n", 1},
        {"Content-Type: Application/PKCS7-MIME\r\n\r\n", 1},
        {"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: "
         "application/pkcs7-mime\r\n\r\n--b--\r\n",
         0},
    };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const struct scene scene = {.message = roots[i].message};
        assert_int_equal(is_true("smime-gateway-message", &scene), roots[i].is_smime);
        assert_int_equal(is_true("smime-gateway-verified", &scene), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule),
        cmocka_unit_test(the_null_sender),
        cmocka_unit_test(groups_of_the_host),
        cmocka_unit_test(groups_of_a_dictionary),
        cmocka_unit_test(a_header_that_cant_be_read),
        cmocka_unit_test(the_quarantine_example),
        cmocka_unit_test(the_action_examples),
        cmocka_unit_test(smime_without_a_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
