/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/lint.h>

#include "oom_support.h"

/* Each allocation in turn fails, in reading a certificate and in finding what is wrong. */
static int scenario(void *data, struct smimegw_error **error)
{
    const struct file *file = data;
    struct smimegw_cert *cert = NULL;
    struct smimegw_lint *lint = NULL;
    int ret = smimegw_cert_new(file->data, file->size, &cert, error);
    if (ret == SMIMEGW_OK)
        ret = smimegw_cert_lint(cert, 0, TEST_TIME, &lint, error);
    if (ret == SMIMEGW_OK)
        assert_true(smimegw_lint_count(lint) > 3);
    else
        assert_null(lint);
    smimegw_lint_free(lint);
    smimegw_cert_unref(cert);
    return ret;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    struct file file = read_key_file("domain.pem");
    long count = fail_each_allocation(scenario, &file);
    assert_true(count > 15);
    free(file.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
