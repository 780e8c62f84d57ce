/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_BASE_SETTINGS_H
#define SGW_BASE_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

struct smimegw_error;
struct sgw_buf;
struct smimegw_buffer;

enum sgw_setting_type {
    SGW_SETTING_NUMBER, /* int64_t; suffixes K, M, G in units of 1024; 0 means "the default" */
    SGW_SETTING_SWITCH, /* int: "yes" or "no" */
    SGW_SETTING_CHOICE, /* int: index into the NULL-terminated list of words */
    SGW_SETTING_TIME,   /* int64_t: ISO 8601, or "now" for -1 */
    SGW_SETTING_TEXT    /* char *, owned by the structure; NULL for an empty text */
};

/* One row drives set, get, listing, the command line and the manual. */
struct sgw_setting {
    const char *name;
    enum sgw_setting_type type;
    size_t offset;            /* of the member in the structure that holds the values */
    const char *initial;      /* NULL for an empty text */
    const char *const *words; /* CHOICE only */
    int64_t lowest;           /* NUMBER only */
    int64_t highest;
    const char *meaning;
};

/*
 * A table ends with a row without a name. Values live in a plain structure that init fills and
 * clear frees. set with a value of NULL brings the initial one back; get appends what set
 * takes.
 */
int sgw_settings_init(const struct sgw_setting *table, void *values,
                      struct smimegw_error **ret_error);
int sgw_settings_set(const struct sgw_setting *table, void *values, const char *name,
                     const char *value, struct smimegw_error **ret_error);
int sgw_settings_get(const struct sgw_setting *table, const void *values, const char *name,
                     struct sgw_buf *ret_text, struct smimegw_error **ret_error);
/* The same into a new buffer, for the host. */
int sgw_settings_get_buffer(const struct sgw_setting *table, const void *values,
                            const char *name, struct smimegw_buffer **ret_value,
                            struct smimegw_error **ret_error);
const char *sgw_settings_list(const struct sgw_setting *table, size_t index,
                              const char **ret_initial, const char **ret_meaning);
void sgw_settings_clear(const struct sgw_setting *table, void *values);

#endif
