/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gateway/configured.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"

enum { TEXT_SIZE_MAX = 1000 };

static void *values_of(struct sgw_configured *object)
{
    return (char *)object + object->kind->values;
}

static const void *values_in(const struct sgw_configured *object)
{
    return (const char *)object + object->kind->values;
}

bool sgw_setting_find(const struct sgw_setting *table, const char *name, size_t *ret_row)
{
    for (*ret_row = 0; table[*ret_row].name != NULL; ++*ret_row)
        if (strcmp(table[*ret_row].name, name) == 0)
            return true;
    return false;
}

int sgw_configured_new(const struct sgw_configured_kind *kind, struct sgw_configured **ret,
                       struct smimegw_error **ret_error)
{
    struct sgw_configured *object = sgw_calloc(1, kind->size);
    if (object == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "%s", kind->noun);
    object->kind = kind;
    sgw_ref_init(&object->ref);
    int result = sgw_settings_init(kind->table, values_of(object), ret_error);
    if (result < 0) {
        sgw_configured_unref(object);
        return result;
    }
    *ret = object;
    return SMIMEGW_OK;
}

void sgw_configured_ref(struct sgw_configured *object)
{
    if (object != NULL)
        sgw_ref_get(&object->ref);
}

void sgw_configured_unref(struct sgw_configured *object)
{
    if (object == NULL || !sgw_ref_put(&object->ref))
        return;
    sgw_settings_clear(object->kind->table, values_of(object));
    sgw_free(object);
}

/* Only what is set differs from a new one. */
int sgw_configured_copy(const struct sgw_configured *object, struct sgw_configured **ret,
                        struct smimegw_error **ret_error)
{
    struct sgw_buf text = SGW_BUF_INIT(0);
    struct sgw_configured *copy;
    const struct sgw_setting *table = object->kind->table;
    int result = sgw_configured_new(object->kind, &copy, ret_error);
    if (result < 0)
        return result;
    for (size_t row = 0; result == SMIMEGW_OK && table[row].name != NULL; row++) {
        if (!sgw_configured_has(object, row))
            continue;
        sgw_buf_truncate(&text, 0);
        result = sgw_configured_append(object, row, &text, ret_error);
        if (result == SMIMEGW_OK)
            result = sgw_configured_set(copy, table[row].name, sgw_buf_text(&text), ret_error);
    }
    sgw_buf_clear(&text);
    if (result < 0)
        sgw_configured_unref(copy);
    else
        *ret = copy;
    return result;
}

/* One line of a file, where blanks around a value are nobody's. */
static int check_text(const struct sgw_setting *setting, const char *value,
                      struct smimegw_error **ret_error)
{
    size_t size = strlen(value);
    if (setting->type != SGW_SETTING_TEXT || size == 0)
        return SMIMEGW_OK;
    if (size > TEXT_SIZE_MAX)
        return sgw_fail(ret_error, SMIMEGW_E_SETTING, "%s is longer than %d bytes",
                        setting->name, TEXT_SIZE_MAX);
    if (sgw_is_blank((unsigned char)value[0]) || sgw_is_blank((unsigned char)value[size - 1]))
        return sgw_fail(ret_error, SMIMEGW_E_SETTING, "%s has blanks around it",
                        setting->name);
    return SMIMEGW_OK;
}

static int check_value(const struct sgw_configured *object, const char *name,
                       const char *value, struct smimegw_error **ret_error)
{
    size_t row;
    const struct sgw_configured_kind *kind = object->kind;
    if (value == NULL || !sgw_setting_find(kind->table, name, &row))
        return SMIMEGW_OK;
    int result = check_text(&kind->table[row], value, ret_error);
    if (result == SMIMEGW_OK && kind->check_value != NULL)
        result = kind->check_value(name, value, ret_error);
    return result;
}

int sgw_configured_set(struct sgw_configured *object, const char *name, const char *value,
                       struct smimegw_error **ret_error)
{
    size_t row;
    const struct sgw_configured_kind *kind = object->kind;
    if (__atomic_load_n(&object->is_frozen, __ATOMIC_ACQUIRE))
        return sgw_fail(ret_error, SMIMEGW_E_STATE, "%s is in use and can't be changed",
                        kind->noun);
    int result = check_value(object, name, value, ret_error);
    if (result == SMIMEGW_OK)
        result = sgw_settings_set(kind->table, values_of(object), name, value, ret_error);
    if (result < 0 || !sgw_setting_find(kind->table, name, &row))
        return result;
    /* an empty text is the default of each text */
    if (value == NULL || value[0] == '\0')
        object->set &= ~(UINT64_C(1) << row);
    else
        object->set |= UINT64_C(1) << row;
    return SMIMEGW_OK;
}

int sgw_configured_get(const struct sgw_configured *object, const char *name,
                       struct smimegw_buffer **ret_value, struct smimegw_error **ret_error)
{
    return sgw_settings_get_buffer(object->kind->table, values_in(object), name, ret_value,
                                   ret_error);
}

int sgw_configured_append(const struct sgw_configured *object, size_t row,
                          struct sgw_buf *ret_text, struct smimegw_error **ret_error)
{
    const struct sgw_setting *table = object->kind->table;
    return sgw_settings_get(table, values_in(object), table[row].name, ret_text, ret_error);
}

bool sgw_configured_has(const struct sgw_configured *object, size_t row)
{
    return (object->set >> row & 1) != 0;
}

bool sgw_configured_is_set(const struct sgw_configured *object, const char *name)
{
    size_t row;
    return object != NULL && name != NULL &&
           sgw_setting_find(object->kind->table, name, &row) &&
           sgw_configured_has(object, row);
}

void sgw_configured_freeze(struct sgw_configured *object)
{
    __atomic_store_n(&object->is_frozen, 1, __ATOMIC_RELEASE);
}
