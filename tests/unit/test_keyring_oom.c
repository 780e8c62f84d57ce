/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each allocation in turn fails: the call says so, and the keyring is what it was. */
#include <smimegw/smimegw.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "pki_data.h"

static struct smimegw_cert *one;
static struct smimegw_cert *two;
static char *file_text;

static int load_all(void **state)
{
    (void)state;
    struct sgw_buf text = SGW_BUF_INIT(0);
    static const char *const names[] = {"p384.pem", "domain.pem", "rsa3072.pem"};
    one = load_cert("rsa2048.pem");
    two = load_cert("p256.pem");
    for (size_t i = 0; i < 3; i++) {
        struct file file = read_key_file(names[i]);
        sgw_buf_append(&text, file.data, file.size);
        free(file.data);
    }
    file_text = strdup(sgw_buf_text(&text));
    sgw_buf_clear(&text);
    return 0;
}

static int drop_all(void **state)
{
    (void)state;
    smimegw_cert_unref(one);
    smimegw_cert_unref(two);
    free(file_text);
    return 0;
}

static char *export(const struct smimegw_keyring *keyring)
{
    struct smimegw_buffer *buffer;
    assert_int_equal(smimegw_buffer_new(0, &buffer, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_keyring_export(keyring, smimegw_buffer_write, buffer, NULL),
                     SMIMEGW_OK);
    char *copy = strdup(smimegw_buffer_data(buffer));
    smimegw_buffer_free(buffer);
    return copy;
}

static int swallow(void *userdata, const void *data, size_t size)
{
    (void)userdata;
    (void)data;
    (void)size;
    return 0;
}

static int add_one(struct smimegw_keyring *keyring, struct smimegw_error **error)
{
    return smimegw_keyring_add(keyring, "new", NULL, two, 0, error);
}

static int replace_one(struct smimegw_keyring *keyring, struct smimegw_error **error)
{
    return smimegw_keyring_add(keyring, "first", "again", two, SMIMEGW_KEYRING_REPLACE, error);
}

static int import_file(struct smimegw_keyring *keyring, struct smimegw_error **error)
{
    return smimegw_keyring_import(keyring, file_text, strlen(file_text), 0, NULL, NULL, error);
}

static int export_file(struct smimegw_keyring *keyring, struct smimegw_error **error)
{
    return smimegw_keyring_export(keyring, swallow, NULL, error);
}

static int (*const operations[])(struct smimegw_keyring *keyring,
                                 struct smimegw_error **error) = {add_one, replace_one,
                                                                  import_file, export_file};

/* True when no allocation was left to fail. */
static bool run_once(int (*operate)(struct smimegw_keyring *, struct smimegw_error **),
                     long successes)
{
    struct smimegw_keyring *keyring;
    struct smimegw_error *error = NULL;
    assert_int_equal(smimegw_keyring_new(&keyring, NULL), SMIMEGW_OK);
    assert_int_equal(smimegw_keyring_add(keyring, "first", NULL, one, 0, NULL), SMIMEGW_OK);
    char *before = export(keyring);
    sgw_alloc_fail_after(successes);
    int ret = operate(keyring, &error);
    bool has_failed = sgw_alloc_has_failed();
    sgw_alloc_fail_after(-1);
    if (has_failed) {
        char *after = export(keyring);
        assert_int_equal(ret, SMIMEGW_E_NOMEM);
        assert_string_equal(before, after);
        assert_ptr_equal(smimegw_keyring_lookup(keyring, "rsa2048@example.com", TEST_TIME),
                         one);
        assert_null(smimegw_keyring_lookup(keyring, "p256@example.com", TEST_TIME));
        free(after);
    }
    smimegw_error_free(error);
    error = NULL;
    /* and then it works */
    if (operate(keyring, &error) != SMIMEGW_OK)
        fail_msg("again after allocation %ld: %s", successes, smimegw_error_text(error));
    free(before);
    smimegw_keyring_free(keyring);
    return !has_failed;
}

static void nothing_changes_without_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        long count = 0;
        while (!run_once(operations[i], count))
            count++;
        assert_true(count >= 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_changes_without_memory)};
    return cmocka_run_group_tests(tests, load_all, drop_all);
}
