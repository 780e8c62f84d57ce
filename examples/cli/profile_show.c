/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "json.h"
#include "profiles.h"
#include "session.h"

/* The mode always, the rest where it is set. To be freed; NULL where it is not to be shown. */
static struct smimegw_buffer *shown(const struct smimegw_profile *profile, const char *field)
{
    struct smimegw_buffer *value = NULL;
    if (strcmp(field, "mode") == 0 || smimegw_profile_is_set(profile, field))
        smimegw_profile_get(profile, field, &value, NULL);
    return value;
}

void cli_profile_print(const char *name, const struct smimegw_profile *profile)
{
    const char *field;
    cli_print(stdout, name);
    putchar('\n');
    for (size_t index = 0; (field = smimegw_profile_setting(index, NULL, NULL)) != NULL;
         index++) {
        struct smimegw_buffer *value = shown(profile, field);
        if (value == NULL)
            continue;
        printf("  %-20s ", field);
        cli_print(stdout, smimegw_buffer_data(value));
        putchar('\n');
        smimegw_buffer_free(value);
    }
}

json_t *cli_profile_json(const char *name, const struct smimegw_profile *profile)
{
    const char *field;
    json_t *fields = json_object();
    for (size_t index = 0; (field = smimegw_profile_setting(index, NULL, NULL)) != NULL;
         index++) {
        struct smimegw_buffer *value = shown(profile, field);
        if (value != NULL)
            json_object_set_new(fields, field, cli_json_text(smimegw_buffer_data(value)));
        smimegw_buffer_free(value);
    }
    return json_pack("{s:o, s:o}", "name", cli_json_text(name), "fields", fields);
}

static int open_set(const struct cli_session *session, struct cli_profiles *profiles, int code)
{
    return cli_profiles_open(profiles, cli_list_first(&session->options->profiles), false,
                             code);
}

int cli_profile_show(struct cli_session *session)
{
    struct cli_profiles profiles;
    const char *name = session->options->input.items[0];
    int code = open_set(session, &profiles, CLI_TROUBLE);
    const struct smimegw_profile *profile = smimegw_profiles_get(profiles.set, name);
    if (code == CLI_DONE && profile == NULL)
        code = cli_fail(CLI_NOT_PASSED, "%s: no profile %s", profiles.store.path, name);
    if (code == CLI_DONE && session->options->json.count != 0)
        code = cli_json_print(cli_profile_json(name, profile));
    else if (code == CLI_DONE)
        cli_profile_print(name, profile);
    cli_profiles_close(&profiles);
    return code;
}

/* Those with the text. */
static int list(const struct cli_session *session, const char *text, size_t *ret_found)
{
    struct cli_profiles profiles;
    bool json = session->options->json.count != 0;
    json_t *documents = json ? json_array() : NULL;
    int code = open_set(session, &profiles, CLI_TROUBLE);
    size_t count = smimegw_profiles_count(profiles.set);
    *ret_found = 0;
    for (size_t at = 0; (at = smimegw_profiles_search(profiles.set, text, at)) < count; at++) {
        const char *name = "";
        const struct smimegw_profile *profile = smimegw_profiles_at(profiles.set, at, &name);
        if (json)
            json_array_append_new(documents, cli_profile_json(name, profile));
        else
            cli_profile_print(name, profile);
        ++*ret_found;
    }
    if (code == CLI_DONE && json && json_array_size(documents) != *ret_found)
        code = cli_fail(CLI_TROUBLE, "out of memory");
    if (code == CLI_DONE && json)
        code = cli_json_print(json_pack("{s:O}", "profiles", documents));
    json_decref(documents);
    cli_profiles_close(&profiles);
    return code;
}

int cli_profile_list(struct cli_session *session)
{
    size_t found;
    return list(session, "", &found);
}

int cli_profile_search(struct cli_session *session)
{
    size_t found;
    int code = list(session, session->options->input.items[0], &found);
    return code == CLI_DONE && found == 0 ? CLI_NOT_PASSED : code;
}

int cli_profile_check(struct cli_session *session)
{
    struct cli_profiles profiles;
    int code = open_set(session, &profiles, CLI_NOT_PASSED);
    size_t count = smimegw_profiles_count(profiles.set);
    if (code == CLI_DONE && session->options->json.count != 0)
        code = cli_json_print(json_pack("{s:I}", "profiles", (json_int_t)count));
    else if (code == CLI_DONE)
        printf("%zu profiles\n", count);
    cli_profiles_close(&profiles);
    return code;
}

int cli_profile_export(struct cli_session *session)
{
    struct cli_profiles profiles;
    struct cli_output output = {.fd = -1};
    struct smimegw_error *error = NULL;
    int code = open_set(session, &profiles, CLI_TROUBLE);
    if (code == CLI_DONE)
        code = cli_output_open(&output, cli_list_first(&session->options->output), 0);
    if (code == CLI_DONE && smimegw_profiles_export(profiles.set, smimegw_fd_write, &output.fd,
                                                    &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, session->verb->name, error);
    if (code == CLI_DONE)
        code = cli_output_commit(&output);
    cli_output_close(&output);
    cli_profiles_close(&profiles);
    return code;
}
