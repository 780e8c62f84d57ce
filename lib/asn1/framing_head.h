/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ASN1_FRAMING_HEAD_H
#define SGW_ASN1_FRAMING_HEAD_H

#include "asn1/framing.h"

/* The part of the framing that reads what stands before the content; for framing.c alone. */

/* Read the head from its begin, and go behind the content's header. SHORT: more is needed. */
enum sgw_der_result sgw_framing_read_head(struct sgw_framing *framing, struct sgw_der *walk);
/* Go inside an element that starts there; BAD where it is longer than what holds it. */
enum sgw_der_result sgw_framing_open(struct sgw_framing *framing, int64_t start,
                                     size_t header_size, int64_t size);
/* End of the innermost open element whose length is definite. */
int64_t sgw_framing_end(const struct sgw_framing *framing);

#endif
