/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef SGW_FILTER_SETTINGS_H
#define SGW_FILTER_SETTINGS_H

#include "addons/filter/regex.h"

/* One row a setting: reading, listing, the manual. */
struct sgw_flt_setting {
    const char *name;
    size_t offset; /* of an int64_t in struct sgw_flt_limits */
    const char *initial;
    int64_t lowest; /* of a number */
    int64_t highest;
    const char *wants; /* what its value is, for a complaint */
    const char *meaning;
};

void sgw_flt_settings_init(struct sgw_flt_limits *limits);
const struct sgw_flt_setting *sgw_flt_setting_find(const char *name);
const struct sgw_flt_setting *sgw_flt_setting_at(size_t index);
/* word: NULL where a number was written. False where the value is not one it takes. */
bool sgw_flt_setting_set(const struct sgw_flt_setting *setting, struct sgw_flt_limits *limits,
                         const char *word, int64_t number);

#endif
