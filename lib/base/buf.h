/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_BASE_BUF_H
#define SGW_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

/*
 * Growable bytes with a ceiling. Growth copies into new memory and wipes the old, so it may
 * hold secrets. Every call returns SMIMEGW_OK, SMIMEGW_E_LIMIT or SMIMEGW_E_NOMEM and leaves
 * the buffer as it was on failure. A NUL that does not count always follows the data.
 */
struct sgw_buf {
    uint8_t *data;
    size_t size;
    size_t capacity;
    size_t limit; /* 0: memory is the limit */
};

#define SGW_BUF_INIT(most)                                                                    \
    {                                                                                         \
        .limit = (most)                                                                       \
    }

int sgw_buf_append(struct sgw_buf *buf, const void *data, size_t size);
int sgw_buf_append_byte(struct sgw_buf *buf, uint8_t byte);
int sgw_buf_append_text(struct sgw_buf *buf, const char *text);
int sgw_buf_printf(struct sgw_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Make room for size more bytes without changing the size. */
int sgw_buf_reserve(struct sgw_buf *buf, size_t size);
/* Grow by size bytes of undefined content, to be written through the pointer. */
int sgw_buf_extend(struct sgw_buf *buf, size_t size, uint8_t **ret_room);
/* Keep the memory, wipe the bytes past the new size. */
void sgw_buf_truncate(struct sgw_buf *buf, size_t size);
/* Wipe and free; the limit stays. */
void sgw_buf_clear(struct sgw_buf *buf);
const char *sgw_buf_text(const struct sgw_buf *buf);

#endif
