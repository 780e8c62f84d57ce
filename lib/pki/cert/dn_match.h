/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_DN_MATCH_H
#define SGW_PKI_DN_MATCH_H

#include "asn1/der.h"

/*
 * Does a Name begin with all RDNs of another? Both are given as the contents of their
 * SEQUENCE. Strings of printable ASCII are compared without case and with runs of blanks as
 * one, whatever their type [RFC5280-7.1]; others are the same if their bytes are, and where
 * these differ there is no telling: `if_unclear` is the answer then.
 */
bool sgw_dn_begins_with(struct sgw_der name, struct sgw_der base, bool if_unclear);

#endif
