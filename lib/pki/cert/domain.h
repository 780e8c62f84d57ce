/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_DOMAIN_H
#define SGW_PKI_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

/* Fully qualified, of A-labels: two labels or more of 1 to 63 letters, digits and hyphens,
 * none of them at an end of its label, 253 octets in all; the last label is no number, as of
 * an IP address, and no dot ends it. "*." in front only where a star is allowed. */
bool sgw_domain_is_qualified(const char *domain, size_t size, bool allows_star);

/* "com" or "co.jp", under which strangers live: no base for a wildcard. */
bool sgw_domain_is_public(const char *domain, size_t size);

#endif
