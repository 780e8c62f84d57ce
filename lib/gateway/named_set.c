/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "gateway/keyring_impl.h"
#include "gateway/named_set.h"

enum { SET_MAX = 10000, FIRST_CAPACITY = 16 };

static void entry_clear(struct sgw_named *entry)
{
    sgw_free(entry->name);
    sgw_free(entry->words);
    sgw_configured_unref(entry->object);
    *entry = (struct sgw_named){0};
}

int sgw_named_set_new(const struct sgw_configured_kind *kind, struct sgw_named_set **ret,
                      struct smimegw_error **ret_error)
{
    struct sgw_named_set *set = sgw_calloc(1, sizeof(*set));
    if (set == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "%s", kind->nouns);
    set->kind = kind;
    *ret = set;
    return SMIMEGW_OK;
}

void sgw_named_set_free(struct sgw_named_set *set)
{
    if (set == NULL)
        return;
    for (size_t i = 0; i < set->count; i++)
        entry_clear(&set->entries[i]);
    sgw_free(set->entries);
    sgw_free(set);
}

/* --- entries -------------------------------------------------------------------------------
 */

bool sgw_named_set_find(const struct sgw_named_set *set, const char *name, size_t *ret_at)
{
    for (*ret_at = 0; *ret_at < set->count; ++*ret_at)
        if (strcmp(set->entries[*ret_at].name, name) == 0)
            return true;
    return false;
}

int sgw_named_set_reserve(struct sgw_named_set *set, size_t more,
                          struct smimegw_error **ret_error)
{
    if (more > SET_MAX - set->count)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "there are more than %d %s", SET_MAX,
                        set->kind->nouns);
    size_t needed = set->count + more;
    if (needed <= set->capacity)
        return SMIMEGW_OK;
    size_t capacity = set->capacity == 0 ? FIRST_CAPACITY : set->capacity * 2;
    if (capacity < needed)
        capacity = needed;
    struct sgw_named *entries = sgw_realloc(set->entries, capacity, sizeof(*entries));
    if (entries == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "%s", set->kind->nouns);
    set->entries = entries;
    set->capacity = capacity;
    return SMIMEGW_OK;
}

void sgw_named_set_put(struct sgw_named_set *set, struct sgw_named *entry)
{
    size_t at;
    if (sgw_named_set_find(set, entry->name, &at))
        entry_clear(&set->entries[at]);
    else
        set->count++;
    set->entries[at] = *entry;
    *entry = (struct sgw_named){0};
}

static int make_words(struct sgw_named *entry, struct smimegw_error **ret_error)
{
    struct sgw_buf words = SGW_BUF_INIT(0);
    const struct sgw_configured_kind *kind = entry->object->kind;
    int ret = sgw_buf_append_text(&words, entry->name);
    for (size_t row = 0; kind->table[row].name != NULL; row++) {
        if (!sgw_configured_has(entry->object, row))
            continue;
        ret = SGW_STEP(ret, sgw_buf_append_byte(&words, '\n'));
        ret = SGW_STEP(ret, sgw_configured_append(entry->object, row, &words, ret_error));
    }
    if (ret == SMIMEGW_OK) {
        entry->words = sgw_strdup(sgw_buf_text(&words));
        ret = entry->words != NULL ? SMIMEGW_OK : SMIMEGW_E_NOMEM;
    }
    sgw_buf_clear(&words);
    return ret < 0 ? sgw_fail(ret_error, ret, "%s", kind->noun) : SMIMEGW_OK;
}

static int make_entry(struct sgw_named *entry, const char *name,
                      const struct sgw_configured *object, struct smimegw_error **ret_error)
{
    *entry = (struct sgw_named){.name = sgw_strdup(name)};
    int ret = entry->name != NULL
                  ? SMIMEGW_OK
                  : sgw_fail(ret_error, SMIMEGW_E_NOMEM, "%s", object->kind->noun);
    if (ret == SMIMEGW_OK)
        ret = sgw_configured_copy(object, &entry->object, ret_error);
    if (ret == SMIMEGW_OK)
        ret = make_words(entry, ret_error);
    if (ret == SMIMEGW_OK)
        sgw_configured_freeze(entry->object);
    else
        entry_clear(entry);
    return ret;
}

int sgw_named_set_add(struct sgw_named_set *set, const char *name,
                      const struct sgw_configured *object, uint32_t flags,
                      struct smimegw_error **ret_error)
{
    size_t at;
    size_t row;
    struct sgw_named entry;
    const char *noun = set->kind->noun;
    SGW_REQUIRE((flags & ~(uint32_t)SGW_NAMED_REPLACE) == 0, ret_error);
    if (!sgw_key_name_is_valid(name, strlen(name)))
        return sgw_fail(ret_error, SMIMEGW_E_USAGE,
                        "the name of a %s is one line of 1 to %d bytes of UTF-8, without "
                        "blanks around it",
                        noun, SGW_KEY_NAME_MAX);
    bool is_there = sgw_named_set_find(set, name, &at);
    if (is_there && (flags & SGW_NAMED_REPLACE) == 0)
        return sgw_fail(ret_error, SMIMEGW_E_USAGE, "there is another %s called \"%s\"", noun,
                        name);
    int ret = set->kind->check(object, &row, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_named_set_reserve(set, is_there ? 0 : 1, ret_error);
    if (ret == SMIMEGW_OK)
        ret = make_entry(&entry, name, object, ret_error);
    if (ret == SMIMEGW_OK)
        sgw_named_set_put(set, &entry);
    return ret;
}

int sgw_named_set_remove(struct sgw_named_set *set, const char *name,
                         struct smimegw_error **ret_error)
{
    size_t at;
    if (!sgw_named_set_find(set, name, &at))
        return sgw_fail(ret_error, SMIMEGW_E_USAGE, "no %s is called \"%s\"", set->kind->noun,
                        name);
    entry_clear(&set->entries[at]);
    set->count--;
    memmove(&set->entries[at], &set->entries[at + 1],
            (set->count - at) * sizeof(*set->entries));
    return SMIMEGW_OK;
}

/* --- finding -------------------------------------------------------------------------------
 */

size_t sgw_named_set_count(const struct sgw_named_set *set)
{
    return set != NULL ? set->count : 0;
}

struct sgw_configured *sgw_named_set_at(const struct sgw_named_set *set, size_t index,
                                        const char **ret_name)
{
    if (index >= sgw_named_set_count(set))
        return NULL;
    if (ret_name != NULL)
        *ret_name = set->entries[index].name;
    return set->entries[index].object;
}

struct sgw_configured *sgw_named_set_get(const struct sgw_named_set *set, const char *name)
{
    size_t at;
    if (set == NULL || name == NULL || !sgw_named_set_find(set, name, &at))
        return NULL;
    return set->entries[at].object;
}

static bool has_text(const char *words, const char *text)
{
    size_t words_size = strlen(words);
    size_t size = strlen(text);
    for (size_t at = 0; at + size <= words_size; at++)
        if (sgw_equal_nocase(words + at, size, text, size))
            return true;
    return false;
}

size_t sgw_named_set_search(const struct sgw_named_set *set, const char *text, size_t start)
{
    size_t count = sgw_named_set_count(set);
    /* a line's end would match across values */
    if (text == NULL || strchr(text, '\n') != NULL)
        return count;
    for (size_t i = start; i < count; i++)
        if (has_text(set->entries[i].words, text))
            return i;
    return count;
}
