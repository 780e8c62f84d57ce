/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_SQLITE_CHECKSUM_H
#define SGW_ADDONS_SQLITE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Against disks and accidents, not against people: who can write the file can write a sum,
 * too. Each step is one-to-one in what it had and in what comes, so that a change within eight
 * bytes is always seen. The same on every machine.
 */
uint64_t sgw_checksum_add(uint64_t sum, const void *data, size_t size);
/* The same over a number. */
uint64_t sgw_checksum_number(uint64_t sum, uint64_t number);

#endif
