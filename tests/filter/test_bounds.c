/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <pthread.h>
#include <sys/resource.h>
#include <time.h>

#include "filter_support.h"

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static long peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* A message with a text body of that many bytes, all letters, with words at places. */
static struct smimegw_message *large_mail(int64_t size, int64_t at, const char *word)
{
    static const char head[] = "Subject: x\r\n\r\n";
    char line[1000];
    struct smimegw_message *message;
    struct smimegw_gateway *gateway;
    assert_int_equal(smimegw_gateway_new(&gateway, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_gateway_set(gateway, "message-size", "100M", NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_message_new(gateway, &message, NULL), SMIMEGW_OK);
    smimegw_gateway_unref(gateway);
    assert_int_equal(smimegw_message_write(message, head, sizeof(head) - 1, NULL), SMIMEGW_OK);
    memset(line, 'a', sizeof(line));
    for (int64_t done = 0; done < size; done += (int64_t)sizeof(line)) {
        if (done <= at && at < done + (int64_t)sizeof(line))
            assert_int_equal(smimegw_message_write(message, word, strlen(word), NULL),
                             SMIMEGW_OK);
        assert_int_equal(smimegw_message_write(message, line, sizeof(line), NULL), SMIMEGW_OK);
    }
    assert_int_equal(smimegw_message_finish(message, NULL), SMIMEGW_OK);
    return message;
}

static int action_of(const char *text, struct smimegw_message *message)
{
    const struct scene scene = {.message = NULL};
    struct smimegw_filter *filter = make_filter(text);
    struct smimegw_filter_input *input = input_of(&scene, message);
    struct smimegw_filter_result *result;
    assert_int_equal(smimegw_filter_run(filter, input, &result, NULL), SMIMEGW_OK);
    int action = smimegw_filter_result_action(result, 0);
    smimegw_filter_result_free(result);
    smimegw_filter_input_free(input);
    smimegw_filter_unref(filter);
    return action;
}

static void hostile_regexes_end_as_errors(void **state)
{
    static const char *const conditions[] = {
        "body-contains(\"(a+)+[xy]\")", "body-contains(\"(a|aa)+[xy]\")",
        "body-contains(\"(.*)(.*)(.*)(.*)(.*)[yz]\")", "body-contains(\"a.*a.*a.*a.*[bc]\")",
        "not body-contains(\"(a*)*[bc]\")"};
    struct smimegw_message *message = large_mail(100000, -1, "");
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        char text[300];
        double start = now();
        snprintf(text, sizeof(text), "t: if (%s) { drop; }", conditions[i]);
        assert_int_equal(action_of(text, message), SMIMEGW_FILTER_DEFER);
        assert_true(now() - start < 60);
    }
    smimegw_message_free(message);
}

/* The word is found wherever it lies to the windows of a large body. */
static void words_at_every_edge_are_found(void **state)
{
    (void)state;
    for (int64_t at = 262000; at < 263000; at += 7) {
        struct smimegw_message *message = large_mail(600000, at,
                                                     "S\xc3\xa4"
                                                     "cret");
        assert_int_equal(action_of("set body-limit 0; t: if (body-contains(\"S\xc3\xa4"
                                   "cret(?!x)\", 1) and "
                                   "not body-contains(\"S\xc3\xa4"
                                   "cret\", 2)) { drop; }",
                                   message),
                         SMIMEGW_FILTER_DROP);
        smimegw_message_free(message);
        at += 993;
    }
    struct smimegw_message *message = large_mail(600000, 245000,
                                                 "S\xc3\xa4"
                                                 "cret");
    assert_int_equal(action_of("set body-limit 0; t: if (not body-contains(\"S\xc3\xa4"
                               "cret\", 2) and "
                               "body-contains(\"S\xc3\xa4"
                               "cret\")) { drop; }",
                               message),
                     SMIMEGW_FILTER_DROP);
    smimegw_message_free(message);
}

static void fifty_megabytes(void **state)
{
    struct smimegw_message *message = large_mail(50000000, 49999000, "needle");
    long before = peak_kib();
    double start = now();
    (void)state;
    assert_int_equal(action_of("t: if (body-contains(\"needle\")) { drop; }", message),
                     SMIMEGW_FILTER_DROP);
    assert_int_equal(action_of("t: if (body-contains(\"needles\")) { drop; }", message),
                     SMIMEGW_FILTER_DELIVER);
    assert_true(now() - start < 60);
    printf("# 50 MB searched twice: %.2f s, %ld KiB more\n", now() - start,
           peak_kib() - before);
#ifndef __SANITIZE_ADDRESS__
    assert_true(peak_kib() - before < 16 * 1024);
#endif
    /* a search that creeps ends by the clock, and says so */
    start = now();
    assert_int_equal(action_of("set time-limit 200; set match-limit 1000000000;"
                               "t: if (body-contains(\"a{1,40}[bc]\")) { drop; }",
                               message),
                     SMIMEGW_FILTER_DEFER);
    assert_true(now() - start < 60);
    smimegw_message_free(message);
}

static void ten_thousand_recipients(void **state)
{
    static const char text[] =
        "policy a { to \"a.net\"; sending-profile a; } policy b { to \"*7@b.net\"; }\n"
        "t: if (rcpt-to == \"^u9999@b\\.net$\" and every-rcpt-to == \"@\") { drop; }";
    struct smimegw_filter *filter = make_filter(text);
    struct smimegw_message *message = open_mail(plain_mail);
    struct smimegw_filter_input *input;
    struct smimegw_filter_result *result;
    char address[40];
    (void)state;
    assert_int_equal(smimegw_filter_input_new(NULL, message, &input, NULL), SMIMEGW_OK);
    for (int i = 0; i < 10000; i++) {
        snprintf(address, sizeof(address), "u%d@%c.net", i, i % 2 ? 'b' : 'a');
        assert_int_equal(smimegw_filter_input_add_recipient(input, address, NULL), SMIMEGW_OK);
    }
    double start = now();
    assert_int_equal(smimegw_filter_run(filter, input, &result, NULL), SMIMEGW_OK);
    assert_true(now() - start < 10);
    assert_int_equal(smimegw_filter_result_count(result), 3);
    assert_string_equal(smimegw_filter_result_recipient(result, 0, 4999), "u9998@a.net");
    assert_int_equal(smimegw_filter_result_action(result, 0), SMIMEGW_FILTER_DELIVER);
    assert_string_equal(smimegw_filter_result_recipient(result, 2, 999), "u9997@b.net");
    assert_int_equal(smimegw_filter_result_action(result, 1), SMIMEGW_FILTER_DROP);
    smimegw_filter_result_free(result);
    smimegw_filter_input_free(input);
    smimegw_message_free(message);
    smimegw_filter_unref(filter);
}

/* --- many rules, many threads --------------------------------------------------------------
 */

static struct smimegw_filter *two_hundred_rules(void)
{
    char *text = calloc(200, 150);
    assert_non_null(text);
    char *at = text;
    for (int i = 0; i < 200; i++)
        at += sprintf(at,
                      "f%d: if (subject == \"offer%d\" or header(\"X-%d\") or "
                      "body-contains(\"word%d[a-z]+\")) { log-entry(\"%d\"); }\n",
                      i, i, i, i, i);
    struct smimegw_filter *filter = make_filter(text);
    free(text);
    return filter;
}

static void *run_many(void *userdata)
{
    struct smimegw_filter *filter = userdata;
    const struct scene scene = {.message = NULL};
    char mail[3000];
    for (size_t i = 0; i < 500; i++) {
        int used = snprintf(mail, sizeof(mail), "Subject: offer%zu.\r\n\r\n", i % 200);
        for (size_t n = 0; n < 40; n++)
            used += snprintf(mail + used, sizeof(mail) - (size_t)used,
                             "Good morning, here is another line of text\r\n");
        struct smimegw_message *message = open_mail(mail);
        struct smimegw_filter_input *input = input_of(&scene, message);
        struct smimegw_filter_result *result = NULL;
        if (smimegw_filter_run(filter, input, &result, NULL) != SMIMEGW_OK ||
            smimegw_filter_result_item(result, 0, SMIMEGW_FILTER_LOG, 0) == NULL)
            return filter;
        smimegw_filter_result_free(result);
        smimegw_filter_input_free(input);
        smimegw_message_free(message);
    }
    return NULL;
}

static void threads_share_a_filter(void **state)
{
    pthread_t threads[2];
    struct smimegw_filter *filter = two_hundred_rules();
    double start = now();
    (void)state;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_many, filter), 0);
    for (int i = 0; i < 2; i++) {
        void *failed = filter;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    printf("# 200 rules over 1,000 messages, 2 threads: %.3f ms a message\n", now() - start);
    smimegw_filter_unref(filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_regexes_end_as_errors),
        cmocka_unit_test(words_at_every_edge_are_found),
        cmocka_unit_test(fifty_megabytes),
        cmocka_unit_test(ten_thousand_recipients),
        cmocka_unit_test(threads_share_a_filter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
