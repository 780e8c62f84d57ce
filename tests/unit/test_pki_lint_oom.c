/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <smimegw/lint.h>

#include "base/alloc.h"
#include "pki_data.h"

/* Each allocation in turn fails, in reading a certificate and in finding what is wrong. */
static int scenario(const struct file *file, struct smimegw_error **error)
{
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
    long count = 0;
    for (;; count++) {
        struct smimegw_error *error = NULL;
        sgw_alloc_fail_after(count);
        int ret = scenario(&file, &error);
        int has_failed = sgw_alloc_has_failed();
        sgw_alloc_fail_after(-1);
        if (!has_failed) {
            assert_int_equal(ret, SMIMEGW_OK);
            break;
        }
        if (ret != SMIMEGW_E_NOMEM)
            fail_msg("allocation %ld: %d, %s", count, ret, smimegw_error_text(error));
        smimegw_error_free(error);
    }
    assert_true(count > 15);
    free(file.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
