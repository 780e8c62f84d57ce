/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream_check.h"

#include <unistd.h>

#include "base/alloc.h"
#include "base/settings.h"
#include "stream/cipher.h"
#include "stream/message_impl.h"

enum { SIZE = 100000 };
static uint8_t content[SIZE];

typedef int (*scenario_fn)(struct smimegw_error **ret_error);

static int spool_scenario(struct smimegw_error **ret_error)
{
    const struct sgw_spool_settings settings = {.memory_limit = 50000, .directory = "/tmp"};
    struct smimegw_message *message = NULL;
    struct sgw_source *source = NULL;
    struct sgw_count_sink count;
    sgw_count_sink_init(&count);
    int ret = sgw_message_new(&settings, &message, ret_error);
    for (size_t i = 0; ret == SMIMEGW_OK && i < SIZE; i += 10000)
        ret = smimegw_message_write(message, content + i, 10000, ret_error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_message_finish(message, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_message_source(message, &source, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_source_run(source, 0, SGW_TO_END, &count.base, ret_error);
    assert_true(ret < 0 || count.size == SIZE);
    smimegw_message_free(message);
    return ret;
}

static int borrow_scenario(struct smimegw_error **ret_error)
{
    const struct sgw_spool_settings settings = {.size_limit = SIZE};
    struct smimegw_message *message = NULL;
    int ret = sgw_message_new_memory(&settings, content, SIZE, &message, ret_error);
    smimegw_message_free(message);
    if (ret < 0)
        return ret;
    char name[] = "/tmp/smimegw-test-XXXXXX";
    int fd = mkstemp(name);
    assert_int_equal(unlink(name), 0);
    message = NULL;
    ret = sgw_message_new_fd(&settings, fd, 0, &message, ret_error);
    smimegw_message_free(message);
    close(fd);
    return ret;
}

static int cipher_scenario(struct smimegw_error **ret_error)
{
    struct sgw_count_sink count;
    struct sgw_decrypt_stage decrypt = {.cipher = NULL};
    struct sgw_encrypt_stage encrypt = {.cipher = NULL};
    sgw_count_sink_init(&count);
    int ret = sgw_decrypt_stage_init(&decrypt, SGW_CIPHER_AES128_CBC, content, content,
                                     &count.base, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_encrypt_stage_init(&encrypt, SGW_CIPHER_AES128_CBC, content, content,
                                     &decrypt.base, ret_error);
    if (ret == SMIMEGW_OK)
        ret = run_chunks(&encrypt.base, content, SIZE, 5000, ret_error);
    assert_true(ret < 0 || count.size == SIZE);
    sgw_encrypt_stage_clear(&encrypt);
    sgw_decrypt_stage_clear(&decrypt);
    return ret;
}

static int digest_scenario(struct smimegw_error **ret_error)
{
    uint8_t digest[SGW_HASH_SIZE_MAX];
    struct sgw_buf buf = SGW_BUF_INIT(SIZE);
    struct sgw_buf_sink sink;
    struct sgw_digest_stage stage;
    sgw_buf_sink_init(&sink, &buf);
    sgw_digest_stage_init(&stage, &sink.base);
    int ret = sgw_digest_stage_add(&stage, SGW_HASH_SHA256, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_digest_stage_add(&stage, SGW_HASH_SHA1, ret_error);
    if (ret == SMIMEGW_OK)
        ret = run_chunks(&stage.base, content, SIZE, 5000, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_digest_stage_get(&stage, SGW_HASH_SHA1, digest);
    sgw_digest_stage_clear(&stage);
    sgw_buf_clear(&buf);
    return ret;
}

struct values {
    char *first;
    int64_t number;
    char *second;
};

static int settings_scenario(struct smimegw_error **ret_error)
{
    static const struct sgw_setting table[] = {
        {"first", SGW_SETTING_TEXT, offsetof(struct values, first), "one", NULL, 0, 0, ""},
        {"number", SGW_SETTING_NUMBER, offsetof(struct values, number), "1", NULL, 1, 9, ""},
        {"second", SGW_SETTING_TEXT, offsetof(struct values, second), "two", NULL, 0, 0, ""},
        {NULL, SGW_SETTING_NUMBER, 0, NULL, NULL, 0, 0, NULL},
    };
    struct values values;
    struct sgw_buf buf = SGW_BUF_INIT(0);
    int ret = sgw_settings_init(table, &values, ret_error);
    if (ret < 0)
        return ret;
    ret = sgw_settings_set(table, &values, "first", "three", ret_error);
    assert_string_equal(values.first, ret < 0 ? "one" : "three");
    if (ret == SMIMEGW_OK)
        ret = sgw_settings_get(table, &values, "first", &buf, ret_error);
    if (ret == SMIMEGW_OK) {
        struct smimegw_error *detail = NULL;
        int refused = sgw_settings_set(table, &values, "number", "10", &detail);
        assert_true(refused == SMIMEGW_E_SETTING || refused == SMIMEGW_E_NOMEM);
        smimegw_error_free(detail);
        ret = sgw_alloc_has_failed() ? SMIMEGW_E_NOMEM : SMIMEGW_OK;
    }
    sgw_buf_clear(&buf);
    sgw_settings_clear(table, &values);
    return ret;
}

/* Fail allocation 1, 2, 3 ... until none fails. */
static void run_scenario(scenario_fn scenario)
{
    for (long successes = 0;; successes++) {
        struct smimegw_error *error = NULL;
        sgw_alloc_fail_after(successes);
        int ret = scenario(&error);
        int has_failed = sgw_alloc_has_failed();
        sgw_alloc_fail_after(-1);
        assert_int_equal(ret, has_failed ? SMIMEGW_E_NOMEM : SMIMEGW_OK);
        if (error != NULL)
            assert_int_equal(smimegw_error_code(error), SMIMEGW_E_NOMEM);
        smimegw_error_free(error);
        if (!has_failed) {
            assert_true(successes > 1);
            return;
        }
    }
}

#define SCENARIO(name)                                                                        \
    static void name##_survives(void **state)                                                 \
    {                                                                                         \
        (void)state;                                                                          \
        run_scenario(name##_scenario);                                                        \
    }
SCENARIO(spool)
SCENARIO(borrow)
SCENARIO(cipher)
SCENARIO(digest)
SCENARIO(settings)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spool_survives),    cmocka_unit_test(borrow_survives),
        cmocka_unit_test(cipher_survives),   cmocka_unit_test(digest_survives),
        cmocka_unit_test(settings_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
