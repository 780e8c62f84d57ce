/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "filter_support.h"

/* Texts with random faults: each is a filter that runs, or a complaint with a place. */

enum { ROUNDS = 5000 };

static const char seed_text[] =
    "set on-error defer; set body-limit 4M; # comment\n"
    "group g { \"a@b.c\", \".example.com\", \"*x@y.z\" }\n"
    "one: if (not (subject == \"(a|b)+\" or header(\"X-A\")) and body-contains(\"x\", 2)) {\n"
    "  insert-header(\"X\", \"$Subject\"); edit-header-text(\"Subject\", \"(o)\", \"\\1\"); "
    "}\n"
    "elif (body-size >= 1K and rcpt-to-group == g) { quarantine('q'); if (true) { drop(); } "
    "}\n"
    "else { log-entry(\"n\"); notify(\"a@b.c\"); smime-gateway-deferred(\"p\"); }\n"
    "two: inactive if (every-rcpt-to != \"x\" or incoming) { smime-gateway(\"p\"); }\n"
    "policy p { from group(g), \"x.org\"; to \"*\"; direction outgoing; filters two, one;\n"
    "  sending-profile s; receiving-policy \"r\"; }\n";

static uint32_t state_of_random = 20261124;

static uint32_t next_random(uint32_t below)
{
    state_of_random = state_of_random * 1664525U + 1013904223U;
    return (state_of_random >> 8) % below;
}

static size_t mutate(char *text, size_t size)
{
    static const char signs[] = "(){};:,\"'\\#=!<> \n\x80\xff\x01@*$";
    size_t at = next_random((uint32_t)size);
    size_t run = 1 + next_random(6);
    if (run > size - at)
        run = size - at;
    switch (next_random(4)) {
    case 0:
        text[at] = signs[next_random(sizeof(signs))];
        return size;
    case 1:
        memmove(text + at, text + at + run, size - at - run);
        return size - run;
    case 2:
        memcpy(text + at, seed_text + next_random(sizeof(seed_text) - 7), run);
        return size;
    default:
        memmove(text + at + run, text + at, size - at);
        return size + run;
    }
}

/* True where the filter runs. */
static int try_text(char *text, size_t size)
{
    const struct scene scene = {.recipients = {"a@b.c", "b@c.d"}};
    struct smimegw_filter *filter = NULL;
    struct smimegw_filter_result *result = NULL;
    struct smimegw_error *error = NULL;
    int ret = smimegw_filter_new("f", text, size, &filter, &error);
    if (ret != SMIMEGW_OK) {
        unsigned int line, column;
        assert_int_equal(ret, SMIMEGW_E_SYNTAX);
        assert_int_equal(sscanf(smimegw_error_text(error), "f:%u:%u: ", &line, &column), 2);
        smimegw_error_free(error);
        return 0;
    }
    struct smimegw_message *message = open_mail(plain_mail);
    struct smimegw_filter_input *input = input_of(&scene, message);
    assert_int_equal(smimegw_filter_run(filter, input, &result, NULL), SMIMEGW_OK);
    for (size_t i = 0; i < smimegw_filter_result_count(result); i++)
        smimegw_buffer_free(written(result, i, plain_mail));
    smimegw_filter_result_free(result);
    smimegw_filter_input_free(input);
    smimegw_message_free(message);
    smimegw_filter_unref(filter);
    return 1;
}

static void mutated_texts(void **state)
{
    int good = 0;
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        size_t size = sizeof(seed_text) - 1;
        /* of its own size, so that reading past it is seen */
        char *text = malloc(size + 200);
        assert_non_null(text);
        memcpy(text, seed_text, size);
        for (uint32_t faults = 1 + next_random(2); faults > 0; faults--)
            size = mutate(text, size);
        text = realloc(text, size);
        good += try_text(text, size);
        free(text);
    }
    printf("# %d of %d texts are filters\n", good, ROUNDS);
    assert_true(good > ROUNDS / 50 && good < ROUNDS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(mutated_texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
