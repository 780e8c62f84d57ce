/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_BASE_LIMITS_H
#define SGW_BASE_LIMITS_H

#include <stdint.h>

/* Bounds that an operation carries down to every floor; the gateway's settings fill them. */
struct sgw_limits {
    int64_t message_size;
    int64_t header_size;   /* of one header block */
    int64_t header_fields; /* in one header block */
    int64_t mime_depth;
    int64_t mime_parts;
    int64_t layers;       /* S/MIME in S/MIME */
    int64_t cms_overhead; /* bytes of a CMS object outside its content */
    int64_t certificates; /* in one CMS object */
    int64_t signers;
    int64_t recipients_in;
    int64_t recipients_out;
    int64_t private_operations; /* decryption attempts a message */
    int64_t public_operations;  /* signature checks a message */
    int64_t hold_size;          /* decrypted bytes kept in memory instead of a second pass */
    int64_t spool_memory;
};

#endif
