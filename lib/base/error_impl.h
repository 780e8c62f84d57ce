/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_BASE_ERROR_IMPL_H
#define SGW_BASE_ERROR_IMPL_H

#include <smimegw/error.h>

/*
 * Set the detail and return the code: `return sgw_fail(ret_error, SMIMEGW_E_NOMEM,
 * "profile")`. An earlier detail stays: the first one is the cause. Control characters are
 * escaped and the text is cut at 500 bytes, so bytes of a message may be printed with %.*s.
 */
int sgw_fail(struct smimegw_error **ret_error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Drop a detail, for the caller that goes on after a failure. */
void sgw_error_clear(struct smimegw_error **error);

/* Public functions only, before anything is owned. */
#define SGW_REQUIRE(condition, ret_error)                                                     \
    do {                                                                                      \
        if (!(condition))                                                                     \
            return sgw_fail(ret_error, SMIMEGW_E_USAGE, "%s: not so: %s", __func__,           \
                            #condition);                                                      \
    } while (0)

/* Keep the first failure; all that follow it are skipped. */
#define SGW_STEP(ret, call) ((ret) == SMIMEGW_OK ? (call) : (ret))

#endif
