/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "addons/postgres/params.h"

#include <limits.h>
#include <smimegw/error.h>
#include <string.h>

#include "base/alloc.h"

enum {
    BINARY = 1,
    NUMBER_SIZE = 8,
    SIZE_SIZE = 4,
    /* dimensions, whether there are NULLs, type; then of the one dimension count and first */
    ARRAY_HEAD_SIZE = 5 * SIZE_SIZE
};

/* Types of the arrays, likewise. */
static const struct {
    enum sgw_type element;
    Oid array;
} array_types[] = {{SGW_TYPE_BYTES, 1001}, {SGW_TYPE_NUMBER, 1016}, {SGW_TYPE_TEXT, 1009}};

static void write_big(uint8_t *to, uint64_t number, size_t size)
{
    for (; size > 0; number >>= 8)
        to[--size] = (uint8_t)number;
}

static void add(struct sgw_params *params, Oid type, const void *value, size_t size)
{
    int at = params->count++;
    params->types[at] = type;
    params->values[at] = value;
    params->sizes[at] = (int)size;
    params->formats[at] = BINARY;
}

void sgw_params_add_number(struct sgw_params *params, int64_t number)
{
    uint8_t *place = params->numbers[params->count];
    write_big(place, (uint64_t)number, NUMBER_SIZE);
    add(params, SGW_TYPE_NUMBER, place, NUMBER_SIZE);
}

void sgw_params_add_text(struct sgw_params *params, const char *text)
{
    add(params, SGW_TYPE_TEXT, text, text != NULL ? strlen(text) : 0);
}

void sgw_params_add_bytes(struct sgw_params *params, const void *data, size_t size)
{
    add(params, SGW_TYPE_BYTES, data, size);
}

void sgw_params_add_array(struct sgw_params *params, const struct sgw_array *array)
{
    add(params, array->type, array->data, (size_t)array->size);
}

static uint8_t *start_array(enum sgw_type type, size_t count, size_t size,
                            struct sgw_array *array)
{
    const uint32_t head[] = {1, 0, type, (uint32_t)count, 1};
    uint8_t *data = size <= INT_MAX ? sgw_malloc(size) : NULL;
    if (data == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof(array_types) / sizeof(array_types[0]); i++)
        if (array_types[i].element == type)
            array->type = array_types[i].array;
    array->data = data;
    array->size = (int)size;
    for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++, data += SIZE_SIZE)
        write_big(data, head[i], SIZE_SIZE);
    return data;
}

static uint8_t *write_element(uint8_t *to, const char *element, size_t size)
{
    write_big(to, size, SIZE_SIZE);
    memcpy(to + SIZE_SIZE, element, size);
    return to + SIZE_SIZE + size;
}

int sgw_array_of_texts(enum sgw_type type, const char *const *texts, size_t count,
                       struct sgw_array *ret_array)
{
    size_t size = ARRAY_HEAD_SIZE;
    for (size_t i = 0; i < count && size <= INT_MAX; i++)
        size += SIZE_SIZE + strlen(texts[i]);
    uint8_t *to = start_array(type, count, size, ret_array);
    if (to == NULL)
        return SMIMEGW_E_NOMEM;
    for (size_t i = 0; i < count; i++)
        to = write_element(to, texts[i], strlen(texts[i]));
    return SMIMEGW_OK;
}

int sgw_array_of_numbers(const char *const *numbers, size_t count, struct sgw_array *ret_array)
{
    size_t size = ARRAY_HEAD_SIZE + count * (SIZE_SIZE + NUMBER_SIZE);
    uint8_t *to = start_array(SGW_TYPE_NUMBER, count, size, ret_array);
    if (to == NULL)
        return SMIMEGW_E_NOMEM;
    for (size_t i = 0; i < count; i++)
        to = write_element(to, numbers[i], NUMBER_SIZE);
    return SMIMEGW_OK;
}

void sgw_array_clear(struct sgw_array *array)
{
    sgw_free(array->data);
    array->data = NULL;
}
