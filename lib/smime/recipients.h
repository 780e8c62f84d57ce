/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_SMIME_RECIPIENTS_H
#define SGW_SMIME_RECIPIENTS_H

#include "smime/protect.h"

/*
 * May be encrypted to these certificates, as far as the administrator's deny list and the
 * setting "revocation" say? Who a certificate belongs to is the host's choice: a path to an
 * anchor is asked for only where revocation is required. E_RECIPIENT, E_REVOCATION.
 */
int sgw_recipients_check(const struct sgw_context *context, const struct sgw_parties *parties,
                         struct smimegw_error **ret_error);

#endif
