/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter_support.h"

static const char mail[] =
    "Received: from x\r\n by y\r\nSubject:  =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    "X-Tag: one\r\nx-tag : two\r\n\tthree\r\nTo: b@example.net\r\n\r\n"
    "X-Tag: body\r\n\r\nend without line end";

/* Actions that end a message's way, and what is kept of the ones before. */
static const struct {
    const char *actions;
    int action;
    const char *profile;
} endings[] = {
    {"log-entry(\"x\");", SMIMEGW_FILTER_DELIVER, NULL},
    {"deliver;", SMIMEGW_FILTER_DELIVER, NULL},
    {"deliver(); drop;", SMIMEGW_FILTER_DELIVER, NULL},
    {"drop(); bounce;", SMIMEGW_FILTER_DROP, NULL},
    {"bounce;", SMIMEGW_FILTER_BOUNCE, NULL},
    {"skip-filters; drop;", SMIMEGW_FILTER_DELIVER, NULL},
    {"smime-gateway(\"p\"); smime-gateway(\"q\");", SMIMEGW_FILTER_SMIME, "p"},
    {"smime-gateway-deferred(\"p\");", SMIMEGW_FILTER_DELIVER, "p"},
    {"smime-gateway-deferred(\"p\"); smime-gateway-deferred(\"q\");", SMIMEGW_FILTER_DELIVER,
     "q"},
    {"smime-gateway-deferred(\"p\"); bounce;", SMIMEGW_FILTER_BOUNCE, NULL},
    {"quarantine(\"a\"); smime-gateway(\"p\");", SMIMEGW_FILTER_QUARANTINE, "p"},
    {"quarantine(\"a\"); drop;", SMIMEGW_FILTER_QUARANTINE, NULL},
    {"quarantine(\"a\"); bounce;", SMIMEGW_FILTER_BOUNCE, NULL},
};

static void endings_are_what_they_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        char text[400];
        const struct scene scene = {.message = NULL};
        snprintf(text, sizeof(text),
                 "a: if (true) { %s }\nb: if (true) { log-entry(\"behind\"); }",
                 endings[i].actions);
        struct smimegw_filter_result *result = run(text, &scene);
        const char *profile = smimegw_filter_result_text(result, 0, SMIMEGW_FILTER_PROFILE);
        assert_int_equal(smimegw_filter_result_action(result, 0), endings[i].action);
        assert_string_equal(profile ? profile : "",
                            endings[i].profile ? endings[i].profile : "");
        smimegw_filter_result_free(result);
    }
}

static void final_actions_skip_the_filters_behind(void **state)
{
    static const struct {
        const char *action;
        int goes_on;
    } cases[] = {{"smime-gateway(\"p\")", 0},
                 {"smime-gateway-deferred(\"p\")", 1},
                 {"quarantine(\"q\")", 1},
                 {"skip-filters", 0},
                 {"notify(\"a@b.c\")", 1}};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        char text[200];
        const struct scene scene = {.message = NULL};
        snprintf(text, sizeof(text),
                 "a: if (true) { %s; }\nb: if (true) { log-entry(\"b\"); }", cases[i].action);
        struct smimegw_filter_result *result = run(text, &scene);
        assert_int_equal(smimegw_filter_result_item(result, 0, SMIMEGW_FILTER_LOG, 0) != NULL,
                         cases[i].goes_on);
        smimegw_filter_result_free(result);
    }
}

static void lists(void **state)
{
    const struct scene scene = {.message = "Subject: a\r\n b\x01\x7f\r\n\r\n",
                                .sender = "Me@x.com",
                                .recipients = {"a@x.com", "b@x.com"}};
    struct smimegw_filter_result *result =
        run("f1: if (true) { quarantine(\"q\"); quarantine(\"q\"); notify(\"n@x.com\"); "
            "notify(\"m@x.com\"); log-entry(\"$FilterName: <$Subject> $EnvelopeFrom to "
            "$EnvelopeRecipients, 5$ $Other\\n\"); log-entry(\"\"); }\n"
            "off: inactive if (true) { drop; }",
            &scene);
    (void)state;
    assert_null(smimegw_filter_result_item(result, 0, SMIMEGW_FILTER_QUARANTINES, 1));
    assert_string_equal(smimegw_filter_result_item(result, 0, SMIMEGW_FILTER_NOTIFICATIONS, 1),
                        "m@x.com");
    assert_string_equal(smimegw_filter_result_item(result, 0, SMIMEGW_FILTER_LOG, 0),
                        "f1: <a b\\x01\\x7F> Me@x.com to a@x.com, b@x.com, 5$ $Other\\x0A");
    assert_string_equal(smimegw_filter_result_item(result, 0, SMIMEGW_FILTER_LOG, 1), "");
    assert_null(smimegw_filter_result_item(result, 0, SMIMEGW_FILTER_LOG, 2));
    assert_null(smimegw_filter_result_item(result, 1, SMIMEGW_FILTER_LOG, 0));
    assert_null(smimegw_filter_result_item(result, 0, 9, 0));
    smimegw_filter_result_free(result);
}

/* What a message becomes by header actions; all else stays byte for byte. */
static const struct {
    const char *message;
    const char *actions;
    const char *becomes; /* NULL: unchanged */
} edits[] = {
    {mail, "log-entry(\"x\");", NULL},
    {mail, "strip-header(\"X-None\");", NULL},
    {mail, "edit-header-text(\"X-Tag\", \"zero\", \"null\");", NULL},
    {mail, "strip-header(\"X-TAG\");",
     "Received: from x\r\n by y\r\nSubject:  =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
     "To: b@example.net\r\n\r\nX-Tag: body\r\n\r\nend without line end"},
    {mail, "insert-header(\"X-New\", \"a  b\");",
     "Received: from x\r\n by y\r\nSubject:  =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Tag: one\r\n"
     "x-tag : two\r\n\tthree\r\nTo: b@example.net\r\nX-New: a b\r\n\r\nX-Tag: body\r\n\r\nend "
     "without line end"},
    {mail, "edit-header-text(\"X-Tag\", \"t(\\w+)\", \"<\\1$>\");",
     "Received: from x\r\n by y\r\nSubject:  =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Tag: one\r\n"
     "x-tag: <wo$> <hree$>\r\nTo: b@example.net\r\n\r\nX-Tag: body\r\n\r\nend without line "
     "end"},
    {mail, "edit-header-text(\"Subject\", \"^\", \"[ext] \");",
     "Received: from x\r\n by y\r\nSubject: [ext] =?UTF-8?B?R3LDvMOfZQ==?=\r\nX-Tag: one\r\n"
     "x-tag : two\r\n\tthree\r\nTo: b@example.net\r\n\r\nX-Tag: body\r\n\r\nend without line "
     "end"},
    {"A: 1\nB: 2\n\nbody\n", "insert-header(\"C\", \"3\"); strip-header(\"A\");",
     "B: 2\nC: 3\n\nbody\n"},
    {"A: 1\n\nbody\n",
     "insert-header(\"C\", \"3\"); insert-header(\"C\", \"4\"); strip-header(\"c\"); "
     "insert-header(\"C\", \"5\");",
     "A: 1\nC: 5\n\nbody\n"},
    {"A: 1\n\nbody\n", "insert-header(\"C\", \"3 x\"); edit-header-text(\"C\", \"x\", \"y\");",
     "A: 1\nC: 3 y\n\nbody\n"},
    {"\r\nbody\r\n", "insert-header(\"C\", \"3\");", "C: 3\r\n\r\nbody\r\n"},
    {"A: 1", "insert-header(\"C\", \"3\");", "A: 1\r\nC: 3\r\n"},
    {"From me Mon\nA: 1\n\nx", "strip-header(\"A\"); insert-header(\"B\", \"\");",
     "From me Mon\nB:\n\nx"},
    /* nobody writes a header of their own through a variable or an escape */
    {"Subject: a\r\n\r\n", "insert-header(\"C\", \"$Subject\\nX-Evil: 1\");",
     "Subject: a\r\nC: a X-Evil: 1\r\n\r\n"},
    {"Subject: =?utf-8?q?a=0D=0AX-Evil:_1?=\r\n\r\n", "insert-header(\"C\", \"$Subject\");",
     "Subject: =?utf-8?q?a=0D=0AX-Evil:_1?=\r\nC: a X-Evil: 1\r\n\r\n"},
    {"Subject: x\r\n\r\n", "insert-header(\"C\", \"ä ö b =?x =?utf-8?q?d?=\");",
     "Subject: x\r\nC: =?UTF-8?B?w6Q=?= =?UTF-8?B?IMO2?= b =?UTF-8?B?PT94?= "
     "=?utf-8?q?d?=\r\n\r\n"},
};

static void headers_change_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        char text[500];
        const struct scene scene = {.message = edits[i].message};
        snprintf(text, sizeof(text), "t: if (true) { %s }", edits[i].actions);
        struct smimegw_filter_result *result = run(text, &scene);
        struct smimegw_buffer *out = written(result, 0, edits[i].message);
        assert_string_equal(smimegw_buffer_data(out),
                            edits[i].becomes ? edits[i].becomes : edits[i].message);
        assert_int_equal(smimegw_filter_result_is_changed(result, 0),
                         edits[i].becomes != NULL);
        smimegw_buffer_free(out);
        smimegw_filter_result_free(result);
    }
}

/* Written lines stay within what RFC 5322 allows, and are read back as they were meant. */
static void long_values_are_folded(void **state)
{
    char text[4000] = "t: if (true) { insert-header(\"X-Long\", \"";
    char value[3500] = "";
    const struct scene scene = {.message = "A: 1\r\n\r\n"};
    size_t size;
    (void)state;
    for (int i = 0; i < 100; i++)
        strcat(value, i % 3 == 0 ? "plain" : "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f ");
    for (int i = 0; i < 1500; i++)
        strcat(value, "x");
    strcat(strcat(text, value), "\"); }");
    struct smimegw_filter_result *result = run(text, &scene);
    struct smimegw_buffer *out = written(result, 0, scene.message);
    const char *at = smimegw_buffer_data(out);
    for (const char *end; (end = strstr(at, "\r\n")) != NULL; at = end + 2)
        assert_true(end - at <= 998);
    struct smimegw_parts *parts;
    struct smimegw_message *message = open_mail(smimegw_buffer_data(out));
    assert_int_equal(smimegw_parts_new(NULL, message, &parts, NULL), SMIMEGW_OK);
    const char *read = smimegw_parts_field_text(parts, 1, &size);
    /* what is too long for a line is split by a blank */
    assert_memory_equal(read, value, strlen(value) - 1500 + 900);
    smimegw_parts_free(parts);
    smimegw_message_free(message);
    smimegw_buffer_free(out);
    smimegw_filter_result_free(result);
}

static int refuse(void *userdata, const void *data, size_t size)
{
    (void)userdata;
    (void)data;
    (void)size;
    return 1;
}

static void writing_fails_as_it_says(void **state)
{
    const struct scene scene = {.message = mail};
    struct smimegw_filter_result *result =
        run("t: if (true) { insert-header(\"A\", \"b\"); }", &scene);
    struct smimegw_message *message = open_mail(mail);
    struct smimegw_message *other = open_mail("A: 1\r\n\r\n");
    (void)state;
    assert_int_equal(smimegw_filter_result_write(result, 0, message, refuse, NULL, NULL),
                     SMIMEGW_E_SINK);
    assert_int_equal(smimegw_filter_result_write(result, 0, other, refuse, NULL, NULL),
                     SMIMEGW_E_STATE);
    assert_int_equal(smimegw_filter_result_write(result, 1, message, refuse, NULL, NULL),
                     SMIMEGW_E_USAGE);
    smimegw_message_free(message);
    smimegw_message_free(other);
    smimegw_filter_result_free(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endings_are_what_they_say),
        cmocka_unit_test(final_actions_skip_the_filters_behind),
        cmocka_unit_test(lists),
        cmocka_unit_test(headers_change_and_nothing_else),
        cmocka_unit_test(long_values_are_folded),
        cmocka_unit_test(writing_fails_as_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
