/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_NAME_CONSTRAINTS_H
#define SGW_PKI_NAME_CONSTRAINTS_H

#include "pki/cert/cert_impl.h"

/*
 * Name constraints [RFC5280-4.2.1.10] on directory names, mail addresses (also those of
 * RFC 9598), domains and URIs; a name of another form that is constrained at all is not
 * permitted. The path is as in sgw_path_check(); an anchor's constraints count as well.
 * Bounded work; what can't be told is not permitted.
 */
bool sgw_names_are_permitted(const struct smimegw_cert *const *path, size_t count);

/* May the leaf speak for the mail of its domains? Constraints on rfc822Name bind each of them,
 * though [RFC5280-4.2.1.10] knows no such use of a dNSName. */
bool sgw_domains_are_permitted(const struct smimegw_cert *const *path, size_t count);

#endif
