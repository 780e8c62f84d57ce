/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_GATEWAY_AUTH_RESULTS_H
#define SGW_GATEWAY_AUTH_RESULTS_H

#include <smimegw/verdict.h>
#include <stdbool.h>

#include "base/buf.h"

/* A token [RFC2045-5.1], which is an authserv-id without quotes. */
bool sgw_authserv_id_is_valid(const char *id);
/* Append the field of a verdict, as smimegw_verdict_auth_results() has it. */
int sgw_auth_results_put(const struct smimegw_verdict *verdict, const char *authserv_id,
                         struct sgw_buf *buf);

#endif
