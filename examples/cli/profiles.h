/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_PROFILES_H
#define CLI_PROFILES_H

#include <jansson.h>

#include "store.h"

/* The sending profiles of a file. */
struct cli_profiles {
    struct smimegw_profiles *set;
    struct cli_store store;
};

/* changing: a file that is not there is an empty set. code: what a file that can't be read as
 * one is. To be closed also on failure. */
int cli_profiles_open(struct cli_profiles *profiles, const char *path, bool changing,
                      int code);
/* All of it is in the file, or nothing has changed. */
int cli_profiles_save(const struct cli_profiles *profiles);
void cli_profiles_close(struct cli_profiles *profiles);

/* A copy of the profile, which must be one for the mode. */
int cli_profiles_use(const char *path, const char *name, const char *mode,
                     struct smimegw_profile **ret_profile);

/* profile_show.c: one profile, for people or as JSON; NULL when out of memory. */
void cli_profile_print(const char *name, const struct smimegw_profile *profile);
json_t *cli_profile_json(const char *name, const struct smimegw_profile *profile);

#endif
