/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/filter/text.h"

#include <smimegw/store.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *sgw_flt_new(size_t count, size_t size)
{
    return calloc(count > 0 ? count : 1, size);
}

char *sgw_flt_copy(const char *text, size_t size)
{
    char *copy = malloc(size + 1);
    if (copy == NULL)
        return NULL;
    if (size > 0)
        memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

int sgw_flt_grow(void *array, size_t count, size_t *capacity, size_t size)
{
    void *old;
    if (count < *capacity)
        return SMIMEGW_OK;
    memcpy(&old, array, sizeof(old));
    size_t wanted = *capacity > 0 ? *capacity * 2 : 8;
    char *grown = reallocarray(old, wanted, size);
    if (grown == NULL)
        return SMIMEGW_E_NOMEM;
    memset(grown + count * size, 0, (wanted - count) * size);
    memcpy(array, &grown, sizeof(grown));
    *capacity = wanted;
    return SMIMEGW_OK;
}

static char *lower_copy(const char *address, size_t size)
{
    char *copy = sgw_flt_copy(address, size);
    for (char *at = copy; at != NULL && *at != '\0'; at++)
        *at = (char)sgw_lower((unsigned char)*at);
    return copy;
}

char *sgw_flt_normal(const char *address, size_t size)
{
    struct smimegw_buffer *buffer = NULL;
    char *copy = sgw_flt_copy(address, size);
    if (copy == NULL)
        return NULL;
    int ret = smimegw_address_normalise(copy, &buffer, NULL);
    free(copy);
    if (ret == SMIMEGW_E_SYNTAX)
        return lower_copy(address, size);
    copy = ret == SMIMEGW_OK
               ? sgw_flt_copy(smimegw_buffer_data(buffer), smimegw_buffer_size(buffer))
               : NULL;
    smimegw_buffer_free(buffer);
    return copy;
}

int sgw_flt_no_memory(struct smimegw_error **ret_error)
{
    return smimegw_error_set(ret_error, SMIMEGW_E_NOMEM, "out of memory");
}

int sgw_flt_put(struct smimegw_buffer *buffer, const char *text)
{
    return smimegw_buffer_write(buffer, text, strlen(text));
}

int sgw_flt_printf(struct smimegw_buffer *buffer, const char *format, ...)
{
    char text[1000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return sgw_flt_put(buffer, text);
}

int sgw_flt_json(struct smimegw_buffer *buffer, const char *data, size_t size)
{
    int ret = sgw_flt_put(buffer, "\"");
    for (size_t at = 0; ret == SMIMEGW_OK && at < size;) {
        uint8_t c = (uint8_t)data[at];
        size_t run = sgw_utf8_length((const uint8_t *)(data + at), size - at);
        if (c < ' ' || c == 0x7f || c == '"' || c == '\\' || run == 0) {
            ret = sgw_flt_printf(buffer, "\\u%04x", c);
            run = 1;
        } else {
            ret = smimegw_buffer_write(buffer, data + at, run);
        }
        at += run;
    }
    return SGW_STEP(ret, sgw_flt_put(buffer, "\""));
}

int sgw_flt_plain(struct smimegw_buffer *buffer, const char *data, size_t size)
{
    int ret = SMIMEGW_OK;
    for (size_t at = 0; ret == SMIMEGW_OK && at < size;) {
        uint8_t c = (uint8_t)data[at];
        size_t run = c < ' ' || c == 0x7f
                         ? 0
                         : sgw_utf8_length((const uint8_t *)(data + at), size - at);
        ret = run > 0 ? smimegw_buffer_write(buffer, data + at, run)
                      : sgw_flt_printf(buffer, "\\x%02X", c);
        at += run > 0 ? run : 1;
    }
    return ret;
}

bool sgw_flt_is_space(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool sgw_flt_is_word(int c)
{
    int lower = sgw_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
}

bool sgw_flt_same(const char *a, const char *b)
{
    return sgw_is_text_nocase(a, strlen(a), b);
}
