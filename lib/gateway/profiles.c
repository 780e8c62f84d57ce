/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/alloc.h"
#include "base/error_impl.h"
#include "base/text.h"
#include "gateway/keyring_impl.h"
#include "gateway/profiles_impl.h"

enum { PROFILES_MAX = 10000, FIRST_CAPACITY = 16 };

static void entry_clear(struct sgw_profiles_entry *entry)
{
    sgw_free(entry->name);
    sgw_free(entry->words);
    smimegw_profile_unref(entry->profile);
    *entry = (struct sgw_profiles_entry){0};
}

int smimegw_profiles_new(struct smimegw_profiles **ret_profiles,
                         struct smimegw_error **ret_error)
{
    SGW_REQUIRE(ret_profiles != NULL, ret_error);
    struct smimegw_profiles *profiles = sgw_calloc(1, sizeof(*profiles));
    if (profiles == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "profiles");
    *ret_profiles = profiles;
    return SMIMEGW_OK;
}

void smimegw_profiles_free(struct smimegw_profiles *profiles)
{
    if (profiles == NULL)
        return;
    for (size_t i = 0; i < profiles->count; i++)
        entry_clear(&profiles->entries[i]);
    sgw_free(profiles->entries);
    sgw_free(profiles);
}

/* --- entries -------------------------------------------------------------------------------
 */

bool sgw_profiles_find(const struct smimegw_profiles *profiles, const char *name,
                       size_t *ret_at)
{
    for (*ret_at = 0; *ret_at < profiles->count; ++*ret_at)
        if (strcmp(profiles->entries[*ret_at].name, name) == 0)
            return true;
    return false;
}

int sgw_profiles_reserve(struct smimegw_profiles *profiles, size_t more,
                         struct smimegw_error **ret_error)
{
    if (more > PROFILES_MAX - profiles->count)
        return sgw_fail(ret_error, SMIMEGW_E_LIMIT, "there are more than %d profiles",
                        PROFILES_MAX);
    size_t needed = profiles->count + more;
    if (needed <= profiles->capacity)
        return SMIMEGW_OK;
    size_t capacity = profiles->capacity == 0 ? FIRST_CAPACITY : profiles->capacity * 2;
    if (capacity < needed)
        capacity = needed;
    struct sgw_profiles_entry *entries =
        sgw_realloc(profiles->entries, capacity, sizeof(*entries));
    if (entries == NULL)
        return sgw_fail(ret_error, SMIMEGW_E_NOMEM, "profiles");
    profiles->entries = entries;
    profiles->capacity = capacity;
    return SMIMEGW_OK;
}

void sgw_profiles_put(struct smimegw_profiles *profiles, struct sgw_profiles_entry *entry)
{
    size_t at;
    if (sgw_profiles_find(profiles, entry->name, &at))
        entry_clear(&profiles->entries[at]);
    else
        profiles->count++;
    profiles->entries[at] = *entry;
    *entry = (struct sgw_profiles_entry){0};
}

static int make_words(struct sgw_profiles_entry *entry, struct smimegw_error **ret_error)
{
    struct sgw_buf words = SGW_BUF_INIT(0);
    const char *setting;
    int ret = sgw_buf_append_text(&words, entry->name);
    for (size_t row = 0; (setting = smimegw_profile_setting(row, NULL, NULL)) != NULL; row++) {
        if (!smimegw_profile_is_set(entry->profile, setting))
            continue;
        ret = SGW_STEP(ret, sgw_buf_append_byte(&words, '\n'));
        ret = SGW_STEP(ret, sgw_profile_append(entry->profile, row, &words, ret_error));
    }
    if (ret == SMIMEGW_OK) {
        entry->words = sgw_strdup(sgw_buf_text(&words));
        ret = entry->words != NULL ? SMIMEGW_OK : SMIMEGW_E_NOMEM;
    }
    sgw_buf_clear(&words);
    return ret < 0 ? sgw_fail(ret_error, ret, "profile") : SMIMEGW_OK;
}

static int make_entry(struct sgw_profiles_entry *entry, const char *name,
                      const struct smimegw_profile *profile, struct smimegw_error **ret_error)
{
    *entry = (struct sgw_profiles_entry){.name = sgw_strdup(name)};
    int ret =
        entry->name != NULL ? SMIMEGW_OK : sgw_fail(ret_error, SMIMEGW_E_NOMEM, "profile");
    if (ret == SMIMEGW_OK)
        ret = smimegw_profile_copy(profile, &entry->profile, ret_error);
    if (ret == SMIMEGW_OK)
        ret = make_words(entry, ret_error);
    if (ret == SMIMEGW_OK)
        sgw_profile_values(entry->profile); /* freezes */
    else
        entry_clear(entry);
    return ret;
}

int smimegw_profiles_add(struct smimegw_profiles *profiles, const char *name,
                         const struct smimegw_profile *profile, uint32_t flags,
                         struct smimegw_error **ret_error)
{
    size_t at;
    struct sgw_profiles_entry entry;
    SGW_REQUIRE(profiles != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    SGW_REQUIRE(profile != NULL, ret_error);
    SGW_REQUIRE((flags & ~SGW_PROFILES_FLAGS) == 0, ret_error);

    if (!sgw_key_name_is_valid(name, strlen(name)))
        return sgw_fail(ret_error, SMIMEGW_E_USAGE,
                        "the name of a profile is one line of 1 to %d bytes of UTF-8, without "
                        "blanks around it",
                        SGW_KEY_NAME_MAX);
    bool is_there = sgw_profiles_find(profiles, name, &at);
    if (is_there && (flags & SMIMEGW_PROFILES_REPLACE) == 0)
        return sgw_fail(ret_error, SMIMEGW_E_USAGE, "there is another profile called \"%s\"",
                        name);
    int ret = smimegw_profile_check(profile, ret_error);
    if (ret == SMIMEGW_OK)
        ret = sgw_profiles_reserve(profiles, is_there ? 0 : 1, ret_error);
    if (ret == SMIMEGW_OK)
        ret = make_entry(&entry, name, profile, ret_error);
    if (ret == SMIMEGW_OK)
        sgw_profiles_put(profiles, &entry);
    return ret;
}

int smimegw_profiles_remove(struct smimegw_profiles *profiles, const char *name,
                            struct smimegw_error **ret_error)
{
    size_t at;
    SGW_REQUIRE(profiles != NULL, ret_error);
    SGW_REQUIRE(name != NULL, ret_error);
    if (!sgw_profiles_find(profiles, name, &at))
        return sgw_fail(ret_error, SMIMEGW_E_USAGE, "no profile is called \"%s\"", name);
    entry_clear(&profiles->entries[at]);
    profiles->count--;
    memmove(&profiles->entries[at], &profiles->entries[at + 1],
            (profiles->count - at) * sizeof(*profiles->entries));
    return SMIMEGW_OK;
}

/* --- finding -------------------------------------------------------------------------------
 */

size_t smimegw_profiles_count(const struct smimegw_profiles *profiles)
{
    return profiles != NULL ? profiles->count : 0;
}

struct smimegw_profile *smimegw_profiles_at(const struct smimegw_profiles *profiles,
                                            size_t index, const char **ret_name)
{
    if (index >= smimegw_profiles_count(profiles))
        return NULL;
    if (ret_name != NULL)
        *ret_name = profiles->entries[index].name;
    return profiles->entries[index].profile;
}

struct smimegw_profile *smimegw_profiles_get(const struct smimegw_profiles *profiles,
                                             const char *name)
{
    size_t at;
    if (profiles == NULL || name == NULL || !sgw_profiles_find(profiles, name, &at))
        return NULL;
    return profiles->entries[at].profile;
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

size_t smimegw_profiles_search(const struct smimegw_profiles *profiles, const char *text,
                               size_t start)
{
    size_t count = smimegw_profiles_count(profiles);
    /* a line's end would match across values */
    if (text == NULL || strchr(text, '\n') != NULL)
        return count;
    for (size_t i = start; i < count; i++)
        if (has_text(profiles->entries[i].words, text))
            return i;
    return count;
}
