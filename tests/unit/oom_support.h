/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_TESTS_OOM_SUPPORT_H
#define SGW_TESTS_OOM_SUPPORT_H

#include "base/alloc.h"
#include "pki_data.h"

/* Run a scenario with the first allocation failing, then the second, and so on until none
 * fails: each must end as E_NOMEM, the last one as OK. Returns how many allocations there are.
 */
static inline long
fail_each_allocation(int (*scenario)(void *data, struct smimegw_error **error), void *data)
{
    for (long count = 0;; count++) {
        struct smimegw_error *error = NULL;
        sgw_alloc_fail_after(count);
        int ret = scenario(data, &error);
        int has_failed = sgw_alloc_has_failed();
        sgw_alloc_fail_after(-1);
        if (!has_failed) {
            assert_int_equal(ret, SMIMEGW_OK);
            return count;
        }
        if (ret != SMIMEGW_E_NOMEM)
            fail_msg("allocation %ld: %d, %s", count, ret, smimegw_error_text(error));
        smimegw_error_free(error);
    }
}

#endif
