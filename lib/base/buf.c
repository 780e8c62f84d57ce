/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <smimegw/error.h>

#include "base/alloc.h"

enum { FIRST_CAPACITY = 64 };

/* Room for `needed` bytes and the NUL behind them, doubling so that appending stays linear. */
static size_t next_capacity(const struct sgw_buf *buf, size_t needed)
{
    size_t doubled;
    size_t capacity = needed + 1;
    if (!__builtin_mul_overflow(buf->capacity, 2, &doubled) && doubled > capacity)
        capacity = doubled;
    if (buf->limit > 0 && capacity - 1 > buf->limit)
        capacity = buf->limit + 1;
    return capacity < FIRST_CAPACITY ? FIRST_CAPACITY : capacity;
}

int sgw_buf_reserve(struct sgw_buf *buf, size_t size)
{
    size_t needed;
    if (__builtin_add_overflow(buf->size, size, &needed) || needed >= SIZE_MAX / 2 ||
        (buf->limit > 0 && needed > buf->limit))
        return SMIMEGW_E_LIMIT;
    if (needed < buf->capacity)
        return SMIMEGW_OK;
    size_t capacity = next_capacity(buf, needed);
    uint8_t *data = sgw_malloc(capacity);
    if (data == NULL)
        return SMIMEGW_E_NOMEM;
    if (buf->size > 0)
        memcpy(data, buf->data, buf->size);
    sgw_free_secret(buf->data, buf->capacity);
    buf->data = data;
    buf->capacity = capacity;
    data[buf->size] = '\0';
    return SMIMEGW_OK;
}

int sgw_buf_extend(struct sgw_buf *buf, size_t size, uint8_t **ret_room)
{
    int ret = sgw_buf_reserve(buf, size);
    if (ret < 0)
        return ret;
    *ret_room = buf->data + buf->size;
    buf->size += size;
    buf->data[buf->size] = '\0';
    return SMIMEGW_OK;
}

int sgw_buf_append(struct sgw_buf *buf, const void *data, size_t size)
{
    uint8_t *room;
    int ret = sgw_buf_extend(buf, size, &room);
    if (ret == SMIMEGW_OK && size > 0)
        memcpy(room, data, size);
    return ret;
}

int sgw_buf_append_byte(struct sgw_buf *buf, uint8_t byte)
{
    return sgw_buf_append(buf, &byte, 1);
}

int sgw_buf_append_text(struct sgw_buf *buf, const char *text)
{
    return sgw_buf_append(buf, text, strlen(text));
}

int sgw_buf_printf(struct sgw_buf *buf, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return SMIMEGW_E_NOMEM;
    uint8_t *room;
    int ret = sgw_buf_extend(buf, (size_t)length, &room);
    if (ret < 0)
        return ret;
    va_start(arguments, format);
    vsnprintf((char *)room, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return SMIMEGW_OK;
}

void sgw_buf_truncate(struct sgw_buf *buf, size_t size)
{
    if (size >= buf->size)
        return;
    sgw_wipe(buf->data + size, buf->size - size);
    buf->size = size;
}

void sgw_buf_clear(struct sgw_buf *buf)
{
    sgw_free_secret(buf->data, buf->capacity);
    buf->data = NULL;
    buf->size = 0;
    buf->capacity = 0;
}

const char *sgw_buf_text(const struct sgw_buf *buf)
{
    return buf->data != NULL ? (const char *)buf->data : "";
}
