/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "profiles.h"

#include <string.h>

int cli_profiles_open(struct cli_profiles *profiles, const char *path, bool changing, int code)
{
    struct smimegw_error *error = NULL;
    struct cli_file file;
    profiles->set = NULL;
    int result = cli_store_open(&profiles->store, path, changing, &file);
    if (result == CLI_DONE && smimegw_profiles_new(&profiles->set, &error) != SMIMEGW_OK)
        result = cli_fail_error(CLI_TROUBLE, path, error);
    if (result == CLI_DONE && file.data != NULL &&
        smimegw_profiles_import(profiles->set, file.data, file.size, 0, &error) != SMIMEGW_OK)
        result = cli_fail_error(code, path, error);
    cli_file_clear(&file);
    return result;
}

static int export_profiles(const void *object, smimegw_write_fn write, void *userdata,
                           struct smimegw_error **ret_error)
{
    return smimegw_profiles_export(object, write, userdata, ret_error);
}

int cli_profiles_save(const struct cli_profiles *profiles)
{
    return cli_store_save(&profiles->store, export_profiles, profiles->set);
}

void cli_profiles_close(struct cli_profiles *profiles)
{
    smimegw_profiles_free(profiles->set);
    cli_store_close(&profiles->store);
}

static int copy_for(const struct smimegw_profile *profile, const char *name, const char *mode,
                    struct smimegw_profile **ret_profile)
{
    struct smimegw_error *error = NULL;
    struct smimegw_buffer *own = NULL;
    if (smimegw_profile_get(profile, "mode", &own, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, name, error);
    int code = CLI_DONE;
    if (strcmp(smimegw_buffer_data(own), mode) != 0)
        code = cli_fail(CLI_USAGE, "%s: the mode of the profile %s is %s", mode, name,
                        (const char *)smimegw_buffer_data(own));
    else if (smimegw_profile_copy(profile, ret_profile, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, name, error);
    smimegw_buffer_free(own);
    return code;
}

int cli_profiles_use(const char *path, const char *name, const char *mode,
                     struct smimegw_profile **ret_profile)
{
    struct cli_profiles profiles;
    int code = cli_profiles_open(&profiles, path, false, CLI_TROUBLE);
    const struct smimegw_profile *profile = smimegw_profiles_get(profiles.set, name);
    if (code == CLI_DONE && profile == NULL)
        code = cli_fail(CLI_TROUBLE, "%s: no profile %s", path, name);
    if (code == CLI_DONE)
        code = copy_for(profile, name, mode, ret_profile);
    cli_profiles_close(&profiles);
    return code;
}
