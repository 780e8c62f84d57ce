/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_COMMON_VERSION_H
#define SGW_ADDONS_COMMON_VERSION_H

/* The version of the tables that the steps lead to, which is their number; NULL ends them. */
int sgw_schema_last_version(const char *const *steps);

#endif
