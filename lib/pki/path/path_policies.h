/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_PATH_POLICIES_H
#define SGW_PKI_PATH_POLICIES_H

#include "pki/cert/cert_impl.h"

/*
 * Certificate policies [RFC5280-6.1], with any-policy as the initial set and no explicit
 * policy asked for by us: what is left to find is a path whose own certificates ask for one
 * (policyConstraints) and do not have it. The path is as in sgw_path_check(). Bounded work,
 * no allocation; what can't be read is not valid.
 */
bool sgw_policies_are_valid(const struct smimegw_cert *const *path, size_t count);

#endif
