/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter_support.h"

/* [C19] */
static const char policies[] =
    "group sales { \"anna@example.com\", \"sales.example.com\" }\n"
    "everybody: if (subject == \"stop\") { drop; }\n"
    "sign: if (true) { smime-gateway-deferred(\"sign\"); }\n"
    "two: if (rcpt-to == \"carol\") { log-entry(\"carol is here\"); }\n"
    "unused: inactive if (true) { drop; }\n"
    "policy secret { direction outgoing; from group(sales); to \".partner.com\", "
    "\"*-sec@x.net\";\n"
    "  filters two, sign; }\n"
    "policy sales { from group(sales); sending-profile plain; }\n"
    "policy \"in coming\" { direction incoming; to \"example.com\"; filters two;\n"
    "  receiving-policy 'strip'; sending-profile \"back\"; }\n";

static const char *text_of(const struct smimegw_filter_result *result, size_t group, int which)
{
    const char *text = smimegw_filter_result_text(result, group, which);
    return text != NULL ? text : "-";
}

static void recipients_of_different_policies_split(void **state)
{
    const struct scene scene = {.sender = "Anna@Example.com",
                                .recipients = {"dave@other.org", "Bob@mail.partner.com",
                                               "carol-sec@x.net", "erin@partner.com"}};
    struct smimegw_filter_result *result = run(policies, &scene);
    (void)state;
    assert_int_equal(smimegw_filter_result_count(result), 2);
    assert_string_equal(text_of(result, 0, SMIMEGW_FILTER_POLICY), "sales");
    assert_string_equal(text_of(result, 0, SMIMEGW_FILTER_PROFILE), "plain");
    assert_string_equal(smimegw_filter_result_recipient(result, 0, 0), "dave@other.org");
    assert_string_equal(smimegw_filter_result_recipient(result, 0, 1), "erin@partner.com");
    assert_null(smimegw_filter_result_recipient(result, 0, 2));
    assert_string_equal(text_of(result, 1, SMIMEGW_FILTER_POLICY), "secret");
    assert_string_equal(text_of(result, 1, SMIMEGW_FILTER_PROFILE), "sign");
    assert_string_equal(smimegw_filter_result_recipient(result, 1, 0), "Bob@mail.partner.com");
    assert_string_equal(smimegw_filter_result_item(result, 1, SMIMEGW_FILTER_LOG, 0),
                        "carol is here");
    assert_null(smimegw_filter_result_item(result, 0, SMIMEGW_FILTER_LOG, 0));
    smimegw_filter_result_free(result);
}

/* However an address is written, its policy is the same. */
static void spellings_are_one(void **state)
{
    static const char text[] =
        "policy secret { to \"m\xc3\xbcnchen.de\", \"bob@secret.example\", "
        "\"xn--bcher-kva.example\", \".x\xc3\xbc.example\"; }\n";
    static const char *const inside[] = {
        "user@m\xc3\xbcnchen.de", "user@xn--mnchen-3ya.de", "u@b\303\274cher.example",
        "\"bob\"@secret.example", "bob@secret.example.",    "BOB@Secret.Example",
        "u@a.x\xc3\xbc.example",
    };
    static const char *const outside[] = {"user@munchen.de", "bob@secret.example.org",
                                          "u@x\xc3\xbc.example", "root@localhost"};
    (void)state;
    for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
        const struct scene scene = {.sender = "a@b.example", .recipients = {inside[i]}};
        struct smimegw_filter_result *result = run(text, &scene);
        assert_string_equal(text_of(result, 0, SMIMEGW_FILTER_POLICY), "secret");
        smimegw_filter_result_free(result);
    }
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        const struct scene scene = {.sender = "a@b.example", .recipients = {outside[i]}};
        struct smimegw_filter_result *result = run(text, &scene);
        assert_string_equal(text_of(result, 0, SMIMEGW_FILTER_POLICY), "-");
        smimegw_filter_result_free(result);
    }
}

/* What the next host may take for another address is not let through. */
static void odd_domains_defer(void **state)
{
    const struct scene scene = {.sender = "a@b.example",
                                .recipients = {"user@mun\xe2\x80\x8b"
                                               "chen.de"}};
    struct smimegw_filter_result *result =
        run("policy secret { to \"m\xc3\xbcnchen.de\"; }\n", &scene);
    (void)state;
    assert_int_equal(smimegw_filter_result_action(result, 0), SMIMEGW_FILTER_DEFER);
    smimegw_filter_result_free(result);
}

static void directions_and_nobody(void **state)
{
    struct scene scene = {.sender = "anna@example.com",
                          .recipients = {"bob@mail.partner.com", "x@example.com"},
                          .direction = SMIMEGW_FILTER_INCOMING};
    struct smimegw_filter_result *result = run(policies, &scene);
    (void)state;
    /* the first policy is for the other way, the second for both */
    assert_int_equal(smimegw_filter_result_count(result), 1);
    assert_string_equal(text_of(result, 0, SMIMEGW_FILTER_POLICY), "sales");
    smimegw_filter_result_free(result);
    scene.sender = "stranger@else.org";
    result = run(policies, &scene);
    assert_int_equal(smimegw_filter_result_count(result), 2);
    assert_string_equal(text_of(result, 0, SMIMEGW_FILTER_POLICY), "-");
    assert_string_equal(text_of(result, 0, SMIMEGW_FILTER_PROFILE), "-");
    assert_string_equal(text_of(result, 1, SMIMEGW_FILTER_POLICY), "in coming");
    assert_string_equal(text_of(result, 1, SMIMEGW_FILTER_RECEIVING), "strip");
    assert_string_equal(text_of(result, 1, SMIMEGW_FILTER_PROFILE), "back");
    smimegw_filter_result_free(result);
}

/* A filter that no policy names runs for everybody, before theirs. */
static void free_filters_run_for_all(void **state)
{
    const struct scene scene = {.message = "Subject: stop\r\n\r\n",
                                .sender = "anna@sales.example.com",
                                .recipients = {"a@b.partner.com", "b@c.org"}};
    struct smimegw_filter_result *result = run(policies, &scene);
    (void)state;
    assert_int_equal(smimegw_filter_result_count(result), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(smimegw_filter_result_action(result, i), SMIMEGW_FILTER_DROP);
        assert_string_equal(text_of(result, i, SMIMEGW_FILTER_DECIDED),
                            "everybody, test.flt:2:37: drop (after 2:16 subject == \"stop\")");
    }
    smimegw_filter_result_free(result);
}

static int no_answer(void *userdata, const char *group, const char *address)
{
    (void)userdata;
    (void)group;
    return strcmp(address, "sure@x.net") == 0 ? SMIMEGW_FILTER_NO_MEMBER : -7;
}

/* Who falls under a policy that can't be told does not fall under the next one. */
static void a_group_that_fails_defers(void **state)
{
    static const char text[] = "policy a { to group(host); sending-profile a; }\n"
                               "policy b { sending-profile b; }";
    const struct scene scene = {.recipients = {"sure@x.net", "who@x.net"}, .find = no_answer};
    char other[200];
    (void)state;
    struct smimegw_filter_result *result = run(text, &scene);
    assert_int_equal(smimegw_filter_result_count(result), 2);
    assert_string_equal(text_of(result, 0, SMIMEGW_FILTER_PROFILE), "b");
    assert_int_equal(smimegw_filter_result_action(result, 1), SMIMEGW_FILTER_DEFER);
    assert_string_equal(text_of(result, 1, SMIMEGW_FILTER_REASON), "group host failed");
    assert_string_equal(text_of(result, 1, SMIMEGW_FILTER_PROFILE), "-");
    smimegw_filter_result_free(result);
    snprintf(other, sizeof(other), "set on-error match;\n%s", text);
    result = run(other, &scene);
    assert_string_equal(text_of(result, 1, SMIMEGW_FILTER_PROFILE), "a");
    smimegw_filter_result_free(result);
}

static void names_are_listed(void **state)
{
    struct smimegw_filter *filter = make_filter(policies);
    (void)state;
    assert_string_equal(smimegw_filter_name(filter, SMIMEGW_FILTER_NAME_FILTER, 3), "unused");
    assert_null(smimegw_filter_name(filter, SMIMEGW_FILTER_NAME_FILTER, 4));
    assert_string_equal(smimegw_filter_name(filter, SMIMEGW_FILTER_NAME_POLICY, 2),
                        "in coming");
    assert_string_equal(smimegw_filter_name(filter, SMIMEGW_FILTER_NAME_PROFILE, 0), "sign");
    assert_string_equal(smimegw_filter_name(filter, SMIMEGW_FILTER_NAME_PROFILE, 2), "back");
    assert_null(smimegw_filter_name(filter, SMIMEGW_FILTER_NAME_PROFILE, 3));
    assert_string_equal(smimegw_filter_name(filter, SMIMEGW_FILTER_NAME_RECEIVING, 0),
                        "strip");
    assert_null(smimegw_filter_name(filter, 9, 0));
    assert_null(smimegw_filter_name(NULL, 1, 0));
    smimegw_filter_unref(filter);
}

static void traces_tell_what_decided(void **state)
{
    const struct scene scene = {.sender = "anna@example.com",
                                .recipients = {"a@b.partner.com"}};
    struct smimegw_filter_result *result = run(policies, &scene);
    struct smimegw_buffer *text;
    struct smimegw_buffer *json;
    (void)state;
    assert_int_equal(smimegw_filter_result_trace(result, &text, NULL), SMIMEGW_OK);
    assert_string_equal(smimegw_buffer_data(text),
                        "1 recipient: a@b.partner.com\n"
                        "  policy secret\n"
                        "  2:16 everybody: subject == \"stop\" -> false\n"
                        "  4:10 two: rcpt-to == \"carol\" -> false\n"
                        "  3:11 sign: true -> true\n"
                        "  3:19 sign: smime-gateway-deferred(\"sign\")\n"
                        "  action deliver\n"
                        "  profile sign\n"
                        "  decided by sign, test.flt:3:19: smime-gateway-deferred (after 3:11 "
                        "true)\n");
    assert_int_equal(smimegw_filter_result_json(result, &json, NULL), SMIMEGW_OK);
    assert_string_equal(
        smimegw_buffer_data(json),
        "{\"file\":\"test.flt\",\"complete\":true,\"groups\":[{\"action\":\"deliver\","
        "\"profile\":\"sign\",\"policy\":\"secret\",\"decided\":\"sign, test.flt:3:19: "
        "smime-gateway-deferred (after 3:11 true)\",\"changed\":false,\"recipients\":["
        "\"a@b.partner.com\"],\"quarantines\":[],\"notifications\":[],\"log\":[],\"trace\":["
        "{\"line\":2,\"column\":16,\"filter\":\"everybody\",\"condition\":\"subject == "
        "\\u0022stop\\u0022\",\"truth\":false},"
        "{\"line\":4,\"column\":10,\"filter\":\"two\",\"condition\":\"rcpt-to == "
        "\\u0022carol\\u0022\",\"truth\":false},"
        "{\"line\":3,\"column\":11,\"filter\":\"sign\",\"condition\":\"true\",\"truth\":true},"
        "{\"line\":3,\"column\":19,\"filter\":\"sign\",\"action\":\"smime-gateway-deferred\","
        "\"argument\":\"sign\"}]}]}");
    smimegw_buffer_free(text);
    smimegw_buffer_free(json);
    smimegw_filter_result_free(result);
    result = run("set trace-limit 1; a: if (true or true) { drop; }", &scene);
    assert_int_equal(smimegw_filter_result_trace(result, &text, NULL), SMIMEGW_OK);
    assert_non_null(strstr(smimegw_buffer_data(text), "over trace-limit"));
    smimegw_buffer_free(text);
    smimegw_filter_result_free(result);
}

static void wrong_use_is_refused(void **state)
{
    struct smimegw_filter *filter = make_filter("");
    struct smimegw_message *message = open_mail(plain_mail);
    struct smimegw_filter_input *input;
    struct smimegw_filter_result *result = NULL;
    const char *meaning = NULL;
    (void)state;
    assert_int_equal(smimegw_filter_input_new(NULL, message, &input, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_filter_run(filter, input, &result, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_filter_input_add_recipient(input, "\xff", NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_filter_input_set_sender(input, "\xff", NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_filter_input_set_direction(input, 3, NULL), SMIMEGW_E_USAGE);
    assert_int_equal(smimegw_filter_new(NULL, "", 0, &filter, NULL), SMIMEGW_E_USAGE);
    assert_null(result);
    assert_int_equal(smimegw_filter_result_action(NULL, 0), SMIMEGW_FILTER_DEFER);
    assert_int_equal(smimegw_filter_result_count(NULL), 0);
    assert_string_equal(smimegw_filter_action_name(0), "unknown");
    assert_string_equal(smimegw_filter_action_name(SMIMEGW_FILTER_DEFER), "defer");
    assert_string_equal(smimegw_filter_setting(0, NULL, &meaning), "on-error");
    assert_non_null(meaning);
    assert_null(smimegw_filter_setting(99, NULL, NULL));
    smimegw_filter_input_free(input);
    smimegw_message_free(message);
    smimegw_filter_unref(filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recipients_of_different_policies_split),
        cmocka_unit_test(spellings_are_one),
        cmocka_unit_test(odd_domains_defer),
        cmocka_unit_test(directions_and_nobody),
        cmocka_unit_test(free_filters_run_for_all),
        cmocka_unit_test(a_group_that_fails_defers),
        cmocka_unit_test(names_are_listed),
        cmocka_unit_test(traces_tell_what_decided),
        cmocka_unit_test(wrong_use_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
