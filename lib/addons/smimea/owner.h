/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SMIMEA_OWNER_H
#define SGW_ADDONS_SMIMEA_OWNER_H

enum { SGW_SMIMEA_OWNER_SIZE = 330 };

/* Where the records of an address are [RFC8162-3]. E_SYNTAX (no address), E_CRYPTO. */
int sgw_smimea_owner(const char *address, char ret_owner[SGW_SMIMEA_OWNER_SIZE]);

#endif
