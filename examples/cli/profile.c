/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "json.h"
#include "profiles.h"
#include "session.h"

static const char *path_of(const struct cli_session *session)
{
    return cli_list_first(&session->options->profiles);
}

/* Exit codes of what the library says about names, settings and the rest. */
static int fail(const char *where, int result, struct smimegw_error *error)
{
    bool is_usage = result == SMIMEGW_E_USAGE || result == SMIMEGW_E_SETTING;
    return cli_fail_error(is_usage ? CLI_USAGE : CLI_TROUBLE, where, error);
}

static int set_fields(const struct cli_list *fields, struct smimegw_profile *profile)
{
    int code = CLI_DONE;
    for (size_t index = 0; code == CLI_DONE && index < fields->count; index++) {
        struct smimegw_error *error = NULL;
        char *text = fields->items[index];
        char *equals = strchr(text, '=');
        if (equals == NULL)
            return cli_fail(CLI_USAGE, "--set %s: NAME=VALUE is due", text);
        *equals = '\0';
        int result =
            smimegw_profile_set(profile, text, equals[1] == '\0' ? NULL : equals + 1, &error);
        if (result != SMIMEGW_OK)
            code = fail("--set", result, error);
        *equals = '=';
    }
    return code;
}

static int report(const struct cli_session *session, const char *name,
                  const struct smimegw_profile *profile)
{
    if (session->options->json.count != 0)
        return cli_json_print(cli_profile_json(name, profile));
    cli_profile_print(name, profile);
    return CLI_DONE;
}

/* from: the profile to start with; NULL for a new one. Saved under the name, and told. */
static int keep(const struct cli_session *session, struct cli_profiles *profiles,
                const struct smimegw_profile *from, const char *name, uint32_t flags)
{
    struct smimegw_error *error = NULL;
    struct smimegw_profile *profile = NULL;
    int result = from == NULL ? smimegw_profile_new(&profile, &error)
                              : smimegw_profile_copy(from, &profile, &error);
    if (result != SMIMEGW_OK)
        return fail(name, result, error);
    int code = set_fields(&session->options->fields, profile);
    if (code == CLI_DONE) {
        result = smimegw_profiles_add(profiles->set, name, profile, flags, &error);
        code = result == SMIMEGW_OK ? CLI_DONE : fail(name, result, error);
    }
    if (code == CLI_DONE)
        code = cli_profiles_save(profiles);
    if (code == CLI_DONE)
        code = report(session, name, profile);
    smimegw_profile_unref(profile);
    return code;
}

static uint32_t flags_of(const struct cli_session *session)
{
    return session->options->replace.count != 0 ? SMIMEGW_PROFILES_REPLACE : 0;
}

int cli_profile_create(struct cli_session *session)
{
    struct cli_profiles profiles;
    int code = cli_profiles_open(&profiles, path_of(session), true, CLI_TROUBLE);
    if (code == CLI_DONE)
        code = keep(session, &profiles, NULL, session->options->input.items[0],
                    flags_of(session));
    cli_profiles_close(&profiles);
    return code;
}

/* A profile that is there, kept under its own name or another. */
static int change(const struct cli_session *session, const char *name, uint32_t flags)
{
    struct cli_profiles profiles;
    const char *from = session->options->input.items[0];
    int code = cli_profiles_open(&profiles, path_of(session), true, CLI_TROUBLE);
    const struct smimegw_profile *profile = smimegw_profiles_get(profiles.set, from);
    if (code == CLI_DONE && profile == NULL)
        code = cli_fail(CLI_NOT_PASSED, "%s: no profile %s", path_of(session), from);
    if (code == CLI_DONE)
        code = keep(session, &profiles, profile, name, flags);
    cli_profiles_close(&profiles);
    return code;
}

int cli_profile_edit(struct cli_session *session)
{
    return change(session, session->options->input.items[0], SMIMEGW_PROFILES_REPLACE);
}

int cli_profile_copy(struct cli_session *session)
{
    return change(session, session->options->input.items[1], flags_of(session));
}

/* All of them, or none. */
int cli_profile_remove(struct cli_session *session)
{
    struct cli_profiles profiles;
    const struct cli_list *input = &session->options->input;
    int code = cli_profiles_open(&profiles, path_of(session), true, CLI_TROUBLE);
    for (size_t index = 0; code == CLI_DONE && index < input->count; index++)
        if (smimegw_profiles_remove(profiles.set, input->items[index], NULL) != SMIMEGW_OK)
            code = cli_fail(CLI_NOT_PASSED, "%s: no profile %s", path_of(session),
                            input->items[index]);
    if (code == CLI_DONE)
        code = cli_profiles_save(&profiles);
    cli_profiles_close(&profiles);
    return code;
}

static int import_file(const struct cli_session *session, const struct cli_file *file)
{
    struct cli_profiles profiles;
    struct smimegw_error *error = NULL;
    int code = cli_profiles_open(&profiles, path_of(session), true, CLI_TROUBLE);
    size_t before = smimegw_profiles_count(profiles.set);
    int result = code != CLI_DONE
                     ? SMIMEGW_OK
                     : smimegw_profiles_import(profiles.set, file->data, file->size,
                                               flags_of(session), &error);
    if (result == SMIMEGW_E_SETTING)
        code = cli_fail_error(CLI_NOT_PASSED, session->options->input.items[0], error);
    else if (result != SMIMEGW_OK)
        code = fail(session->options->input.items[0], result, error);
    if (code == CLI_DONE)
        code = cli_profiles_save(&profiles);
    size_t added = smimegw_profiles_count(profiles.set) - before;
    if (code == CLI_DONE && session->options->json.count != 0)
        code = cli_json_print(json_pack("{s:I}", "added", (json_int_t)added));
    else if (code == CLI_DONE)
        printf("%zu added\n", added);
    cli_profiles_close(&profiles);
    return code;
}

int cli_profile_import(struct cli_session *session)
{
    struct cli_file file = {0};
    int code = cli_file_load_large(&file, session->options->input.items[0]);
    if (code == CLI_DONE)
        code = import_file(session, &file);
    cli_file_clear(&file);
    return code;
}
