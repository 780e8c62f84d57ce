/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_ADDONS_POSTGRES_PARAMS_H
#define SGW_ADDONS_POSTGRES_PARAMS_H

#include <libpq-fe.h>
#include <stdint.h>

enum { SGW_PARAMS_MOST = 13 };

/* Types of pg_type, whose numbers never change. */
enum sgw_type { SGW_TYPE_BYTES = 17, SGW_TYPE_NUMBER = 20, SGW_TYPE_TEXT = 25 };

/* What a statement is called with, $1 first, in the form that travels. Zeroed to begin with;
 * texts and bytes are borrowed. */
struct sgw_params {
    int count;
    Oid types[SGW_PARAMS_MOST];
    const char *values[SGW_PARAMS_MOST];
    int sizes[SGW_PARAMS_MOST];
    int formats[SGW_PARAMS_MOST];
    uint8_t numbers[SGW_PARAMS_MOST][8];
};

/* An array, (owned) for sgw_array_clear(). */
struct sgw_array {
    Oid type;
    uint8_t *data;
    int size;
};

void sgw_params_add_number(struct sgw_params *params, int64_t number);
/* NULL is NULL. */
void sgw_params_add_text(struct sgw_params *params, const char *text);
/* NULL is NULL; no more than INT_MAX bytes. */
void sgw_params_add_bytes(struct sgw_params *params, const void *data, size_t size);
void sgw_params_add_array(struct sgw_params *params, const struct sgw_array *array);

/* Of texts, as bytes or as texts. E_NOMEM, also where no array could be so large. */
int sgw_array_of_texts(enum sgw_type type, const char *const *texts, size_t count,
                       struct sgw_array *ret_array);
/* Of numbers as a row has them: eight bytes each. E_NOMEM. */
int sgw_array_of_numbers(const char *const *numbers, size_t count,
                         struct sgw_array *ret_array);
void sgw_array_clear(struct sgw_array *array);

#endif
