/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_FILTER_TEXT_H
#define SGW_FILTER_TEXT_H

#include <smimegw/buffer.h>
#include <smimegw/error.h>
#include <stdbool.h>

/* Memory and text of this add-on, which knows only the public API of the library. */

/* Zeroed; NULL where there is none. */
void *sgw_flt_new(size_t count, size_t size);
char *sgw_flt_copy(const char *text, size_t size);
/* Room for one more element; array points to the pointer. Zeroes the new room. */
int sgw_flt_grow(void *array, size_t count, size_t *capacity, size_t size);

/* Set the detail and return the code. */
int sgw_flt_fail(struct smimegw_error **ret_error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int sgw_flt_no_memory(struct smimegw_error **ret_error);

#define SGW_FLT_REQUIRE(condition, ret_error)                                                 \
    do {                                                                                      \
        if (!(condition))                                                                     \
            return sgw_flt_fail(ret_error, SMIMEGW_E_USAGE, "%s: not so: %s", __func__,       \
                                #condition);                                                  \
    } while (0)

/* Keep the first failure. */
#define SGW_FLT_STEP(ret, call) ((ret) == SMIMEGW_OK ? (call) : (ret))

int sgw_flt_put(struct smimegw_buffer *buffer, const char *text);
/* Up to 1,000 bytes. */
int sgw_flt_printf(struct smimegw_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A JSON string with its quotes; what is not UTF-8 is taken for Latin-1. */
int sgw_flt_json(struct smimegw_buffer *buffer, const char *data, size_t size);
/* For people, on one line: control characters become \xHH. */
int sgw_flt_plain(struct smimegw_buffer *buffer, const char *data, size_t size);

/* ASCII, the same in every locale. */
int sgw_flt_lower(int c);
bool sgw_flt_is_space(int c);
bool sgw_flt_is_word(int c);                     /* letters, digits, and _ - . */
bool sgw_flt_same(const char *a, const char *b); /* ASCII case ignored */
/* Bytes of the UTF-8 character at data; 0 where there is none. */
size_t sgw_flt_utf8(const char *data, size_t size);
bool sgw_flt_is_utf8(const char *data, size_t size);

#endif
