/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_FILTER_TEXT_H
#define SGW_FILTER_TEXT_H

#include <smimegw/buffer.h>
#include <smimegw/error.h>
#include <stdbool.h>

#include "base/error_impl.h"
#include "base/text.h"

/* Memory and text of this add-on, which knows the public API of the library and base/. */

/* Zeroed; NULL where there is none. */
void *sgw_flt_new(size_t count, size_t size);
char *sgw_flt_copy(const char *text, size_t size);
/* Room for one more element; array points to the pointer. Zeroes the new room. */
int sgw_flt_grow(void *array, size_t count, size_t *capacity, size_t size);

/* An address as groups and policies compare it: what no certificate could name is in lower
 * case only. NULL where there is no memory. */
char *sgw_flt_normal(const char *address, size_t size);

int sgw_flt_no_memory(struct smimegw_error **ret_error);

int sgw_flt_put(struct smimegw_buffer *buffer, const char *text);
/* Up to 1,000 bytes. */
int sgw_flt_printf(struct smimegw_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A JSON string with its quotes; what is not UTF-8 is taken for Latin-1. */
int sgw_flt_json(struct smimegw_buffer *buffer, const char *data, size_t size);
/* For people, on one line: control characters become \xHH. */
int sgw_flt_plain(struct smimegw_buffer *buffer, const char *data, size_t size);

bool sgw_flt_is_space(int c);
bool sgw_flt_is_word(int c);                     /* letters, digits, and _ - . */
bool sgw_flt_same(const char *a, const char *b); /* ASCII case ignored */

#endif
