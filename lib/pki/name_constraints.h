/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_NAME_CONSTRAINTS_H
#define SGW_PKI_NAME_CONSTRAINTS_H

#include "pki/cert_impl.h"

/*
 * The part of [RFC5280-4.2.1.10] that GnuTLS 3.7.9 leaves out: directory names, and
 * mail names of RFC 9598. The path is as in sgw_path_check(). What can't be told is not
 * allowed.
 */
bool sgw_names_are_permitted(const struct smimegw_cert *const *path, size_t count);

#endif
