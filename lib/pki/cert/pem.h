/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_PKI_PEM_H
#define SGW_PKI_PEM_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct smimegw_error;
enum { SGW_PEM_SIZE_MAX = 64 << 20 };

/* One block of a PEM file, in the file: from "-----BEGIN" to the end of its last line. */
struct sgw_pem_block {
    const char *label;
    size_t label_size;
    const char *start;
    size_t size;
};

/* Is it DER, as certificates, keys and PKCS#12 start? */
bool sgw_pem_is_der(const uint8_t *data, size_t size);
/* The next block at or after *at, and go past it; false at the end. A block without an end
 * goes to the next one, or to the end of the file. */
bool sgw_pem_next(const uint8_t *data, size_t size, size_t *at, struct sgw_pem_block *ret);
bool sgw_pem_is_certificate(const struct sgw_pem_block *block);
bool sgw_pem_is_private_key(const struct sgw_pem_block *block);
/* What is in the base64. E_KEY, E_LIMIT, E_NOMEM. */
int sgw_pem_decode(const struct sgw_pem_block *block, struct sgw_buf *ret_data,
                   struct smimegw_error **ret_error);
/* Append DER as a block. E_NOMEM, E_CRYPTO. */
int sgw_pem_append(struct sgw_buf *text, const char *label, const void *der, size_t size);
gnutls_datum_t sgw_pem_datum(const struct sgw_pem_block *block);

#endif
