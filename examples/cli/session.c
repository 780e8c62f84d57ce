/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session.h"

#include <stdlib.h>
#include <string.h>

typedef const char *(*setting_fn)(size_t index, const char **ret_default,
                                  const char **ret_meaning);

static bool has_setting(setting_fn list, const char *name)
{
    const char *known = NULL;
    for (size_t index = 0; (known = list(index, NULL, NULL)) != NULL; index++)
        if (strcmp(known, name) == 0)
            return true;
    return false;
}

static int set_one(struct cli_session *session, const char *name, const char *value)
{
    struct smimegw_error *error = NULL;
    int result = SMIMEGW_E_SETTING;
    /* The verb is the mode: `sign --set mode=encrypt` would contradict itself. */
    if (session->profile != NULL && strcmp(name, "mode") != 0 &&
        has_setting(smimegw_profile_setting, name))
        result = smimegw_profile_set(session->profile, name, value, &error);
    else if (has_setting(smimegw_gateway_setting, name))
        result = smimegw_gateway_set(session->gateway, name, value, &error);
    else
        return cli_fail(CLI_USAGE, "%s has no setting %s (see smimegw settings)",
                        session->verb->name, name);
    if (result == SMIMEGW_OK)
        return CLI_DONE;
    return cli_fail_error(result == SMIMEGW_E_SETTING ? CLI_USAGE : CLI_TROUBLE,
                          session->verb->name, error);
}

static int set_all(struct cli_session *session)
{
    int code = CLI_DONE;
    const struct cli_list *settings = &session->options->settings;
    for (size_t index = 0; code == CLI_DONE && index < settings->count; index++) {
        char *equals = strchr(settings->items[index], '=');
        if (equals == NULL)
            return cli_fail(CLI_USAGE, "--set %s: NAME=VALUE is due", settings->items[index]);
        *equals = '\0';
        code = set_one(session, settings->items[index], equals + 1);
        *equals = '=';
    }
    return code;
}

static int make_objects(struct cli_session *session)
{
    struct smimegw_error *error = NULL;
    if (smimegw_gateway_new(&session->gateway, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, "gateway", error);
    if ((session->verb->takes & (CLI_SIGN | CLI_ENCRYPT)) == 0)
        return set_all(session);
    /* The sending verbs have the names of the modes. */
    if (smimegw_profile_new(&session->profile, &error) != SMIMEGW_OK ||
        smimegw_profile_set(session->profile, "mode", session->verb->name, &error) !=
            SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, "profile", error);
    return set_all(session);
}

static int add_certificates(struct cli_session *session, const struct cli_list *files,
                            int kind)
{
    for (size_t index = 0; index < files->count; index++) {
        struct cli_file file = {0};
        struct smimegw_error *error = NULL;
        int code = cli_file_load(&file, files->items[index]);
        if (code != CLI_DONE)
            return code;
        int result =
            smimegw_gateway_add_certs(session->gateway, kind, file.data, file.size, &error);
        cli_file_clear(&file);
        if (result != SMIMEGW_OK)
            return cli_fail_error(CLI_TROUBLE, files->items[index], error);
    }
    return CLI_DONE;
}

static int load_recipients(struct cli_session *session)
{
    const struct cli_list *files = &session->options->recipients;
    session->recipients = calloc(files->count + 1, sizeof(struct smimegw_cert *));
    if (session->recipients == NULL)
        return cli_fail(CLI_TROUBLE, "out of memory");
    for (size_t index = 0; index < files->count; index++) {
        struct cli_file file = {0};
        struct smimegw_error *error = NULL;
        int code = cli_file_load(&file, files->items[index]);
        if (code != CLI_DONE)
            return code;
        int result =
            smimegw_cert_new(file.data, file.size, &session->recipients[index], &error);
        cli_file_clear(&file);
        if (result != SMIMEGW_OK)
            return cli_fail_error(CLI_TROUBLE, files->items[index], error);
        session->recipient_count++;
    }
    return CLI_DONE;
}

static int load_identity(struct cli_session *session, const char *path, const char *passphrase)
{
    struct cli_file file = {0};
    struct smimegw_error *error = NULL;
    int code = cli_file_load(&file, path);
    if (code != CLI_DONE)
        return code;
    int result = smimegw_identity_new(file.data, file.size, passphrase,
                                      &session->identities[session->identity_count], &error);
    cli_file_clear(&file);
    if (result != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, path, error);
    session->identity_count++;
    return CLI_DONE;
}

static int load_identities(struct cli_session *session)
{
    const struct cli_list *files = &session->options->identities;
    const char *passphrase_path = cli_list_first(&session->options->passphrase_file);
    struct cli_file passphrase = {0};
    int code = CLI_DONE;
    session->identities = calloc(files->count + 1, sizeof(struct smimegw_identity *));
    if (session->identities == NULL)
        return cli_fail(CLI_TROUBLE, "out of memory");
    if (passphrase_path != NULL)
        code = cli_file_load(&passphrase, passphrase_path);
    if (passphrase.data != NULL)
        passphrase.data[strcspn(passphrase.data, "\r\n")] = '\0';
    for (size_t index = 0; code == CLI_DONE && index < files->count; index++)
        code = load_identity(session, files->items[index], passphrase.data);
    cli_file_clear(&passphrase);
    return code;
}

int cli_session_open(struct cli_session *session)
{
    int code = make_objects(session);
    if (code == CLI_DONE)
        code = add_certificates(session, &session->options->trust, SMIMEGW_TRUST_ANCHOR);
    if (code == CLI_DONE)
        code = add_certificates(session, &session->options->intermediates,
                                SMIMEGW_TRUST_INTERMEDIATE);
    if (code == CLI_DONE)
        code = load_recipients(session);
    if (code == CLI_DONE)
        code = load_identities(session);
    if (code == CLI_DONE && (session->verb->takes & CLI_MESSAGE) != 0)
        code = cli_input_open(&session->input, session->gateway,
                              cli_list_first(&session->options->input),
                              (session->verb->takes & CLI_TRUST) != 0);
    return code;
}

void cli_session_close(struct cli_session *session)
{
    cli_input_close(&session->input);
    for (size_t index = 0; index < session->identity_count; index++)
        smimegw_identity_unref(session->identities[index]);
    for (size_t index = 0; index < session->recipient_count; index++)
        smimegw_cert_unref(session->recipients[index]);
    free(session->identities);
    free(session->recipients);
    smimegw_profile_unref(session->profile);
    smimegw_gateway_unref(session->gateway);
}
