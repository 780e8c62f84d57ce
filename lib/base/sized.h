/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_BASE_SIZED_H
#define SGW_BASE_SIZED_H

#include <stddef.h>

/*
 * Copy a host's table of functions, whose first member is its size as the host compiled it:
 * members the host does not know become zero, and E_ABI where it fills some that we don't.
 */
int sgw_sized_copy(void *ret, size_t size, const void *theirs);

#endif
