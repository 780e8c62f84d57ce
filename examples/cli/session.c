/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session.h"

#include <stdlib.h>
#include <string.h>

#include "harvest.h"
#include "named.h"
#include "recipients.h"

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

/* The sending verbs have the names of the modes: `sign --set mode=encrypt` would contradict
 * itself. */
static bool is_mode(const struct cli_session *session)
{
    return (session->verb->takes & (CLI_ENVELOPE | CLI_FILTER)) == 0;
}

static int set_one(struct cli_session *session, const char *name, const char *value)
{
    struct smimegw_error *error = NULL;
    int result = SMIMEGW_E_SETTING;
    if (session->template != NULL && has_setting(smimegw_template_setting, name))
        result = smimegw_template_set(session->template, name, value, &error);
    else if (session->profile != NULL && (!is_mode(session) || strcmp(name, "mode") != 0) &&
             has_setting(smimegw_profile_setting, name))
        result = smimegw_profile_set(session->profile, name, value, &error);
    else if (session->gateway != NULL && has_setting(smimegw_gateway_setting, name))
        result = smimegw_gateway_set(session->gateway, name, value, &error);
    else if (session->harvester != NULL && has_setting(smimegw_harvester_setting, name))
        result = smimegw_harvester_set(session->harvester, name, value, &error);
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
    /* Who hands in CRLs wants them looked at. */
    if (session->options->revocation.count != 0)
        code = set_one(session, "revocation", "if-available");
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

/* What the verb would ignore was meant to do something. */
static int check_profile(struct cli_session *session)
{
    struct smimegw_error *error = NULL;
    if (session->profile == NULL ||
        smimegw_profile_check(session->profile, &error) == SMIMEGW_OK)
        return CLI_DONE;
    return cli_fail_error(CLI_USAGE, session->verb->name, error);
}

static int check_mode(const struct smimegw_profile *profile, const char *name,
                      const char *mode)
{
    struct smimegw_error *error = NULL;
    struct smimegw_buffer *own = NULL;
    if (smimegw_profile_get(profile, "mode", &own, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, name, error);
    int code = CLI_DONE;
    if (strcmp(smimegw_buffer_data(own), mode) != 0)
        code = cli_fail(CLI_USAGE, "%s: the mode of the profile %s is %s", mode, name,
                        (const char *)smimegw_buffer_data(own));
    smimegw_buffer_free(own);
    return code;
}

static int load_profile(struct cli_session *session, const char *name)
{
    void *profile = NULL;
    int code = cli_named_use(session, &cli_named_profiles, name, &profile);
    session->profile = profile;
    if (code == CLI_DONE && is_mode(session))
        code = check_mode(session->profile, name, session->verb->name);
    return code;
}

static int make_profile(struct cli_session *session)
{
    struct smimegw_error *error = NULL;
    const char *name = cli_list_first(&session->options->profile);
    if ((session->verb->takes & (CLI_SIGN | CLI_ENCRYPT)) == 0 ||
        session->options->incoming.count != 0 || session->options->rules.count != 0)
        return CLI_DONE;
    if (name != NULL)
        return load_profile(session, name);
    int result = smimegw_profile_new(&session->profile, &error);
    if (result == SMIMEGW_OK && is_mode(session))
        result = smimegw_profile_set(session->profile, "mode", session->verb->name, &error);
    return result == SMIMEGW_OK ? CLI_DONE : cli_fail_error(CLI_TROUBLE, "profile", error);
}

static int make_gateway(struct cli_session *session)
{
    struct smimegw_error *error = NULL;
    if ((session->verb->takes & CLI_MESSAGE) != 0 &&
        smimegw_gateway_new(&session->gateway, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, "gateway", error);
    return CLI_DONE;
}

static int open_stores(struct cli_session *session)
{
    struct smimegw_error *error = NULL;
    const struct cli_list *names = &session->options->store;
    if ((session->verb->takes & CLI_STORES) == 0)
        return CLI_DONE;
    session->stores = calloc(names->count + 1, sizeof(*session->stores));
    if (session->stores == NULL)
        return cli_fail(CLI_TROUBLE, "out of memory");
    for (size_t index = 0; index < names->count; index++) {
        struct cli_key_store *store = &session->stores[session->store_count++];
        int code = cli_key_store_open(store, names->items[index], false);
        if (code != CLI_DONE)
            return code;
        if (smimegw_gateway_add_store(session->gateway, store->store, &error) != SMIMEGW_OK)
            return cli_fail_error(CLI_TROUBLE, store->name, error);
    }
    return cli_harvest_prepare(session);
}

/* A certificate that is there gives the fields that the options then change. */
static int make_template(struct cli_session *session)
{
    struct smimegw_error *error = NULL;
    if ((session->verb->takes & CLI_FIELDS) == 0)
        return CLI_DONE;
    if (smimegw_template_new(&session->template, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, "template", error);
    if (session->identity_count == 0 || session->options->empty.count != 0)
        return CLI_DONE;
    if (smimegw_template_copy_cert(session->template,
                                   smimegw_identity_cert(session->identities[0]),
                                   &error) == SMIMEGW_OK)
        return CLI_DONE;
    return cli_fail_error(CLI_TROUBLE, session->options->identities.items[0], error);
}

/* kind: a member of enum smimegw_trust_kind, or 0 for what is known of revoked certificates.
 */
static int add_files(struct cli_session *session, const struct cli_list *files, int kind)
{
    for (size_t index = 0; index < files->count; index++) {
        struct cli_file file = {0};
        struct smimegw_error *error = NULL;
        /* CRLs are large. */
        int code = kind == 0 ? cli_file_load_large(&file, files->items[index])
                             : cli_file_load(&file, files->items[index]);
        if (code != CLI_DONE)
            return code;
        int result = kind == 0 ? smimegw_gateway_add_revocation(session->gateway, file.data,
                                                                file.size, &error)
                               : smimegw_gateway_add_certs(session->gateway, kind, file.data,
                                                           file.size, &error);
        cli_file_clear(&file);
        if (result != SMIMEGW_OK)
            return cli_fail_error(CLI_TROUBLE, files->items[index], error);
    }
    return CLI_DONE;
}

static int add_trust(struct cli_session *session)
{
    const struct {
        const struct cli_list *files;
        int kind;
    } kinds[] = {{&session->options->trust, SMIMEGW_TRUST_ANCHOR},
                 {&session->options->trust_domain, SMIMEGW_TRUST_DOMAIN_ANCHOR},
                 {&session->options->pinned, SMIMEGW_TRUST_PINNED},
                 {&session->options->denied, SMIMEGW_TRUST_DENIED},
                 {&session->options->intermediates, SMIMEGW_TRUST_INTERMEDIATE},
                 {&session->options->revocation, 0}};
    int code = CLI_DONE;
    for (size_t index = 0; code == CLI_DONE && index < sizeof(kinds) / sizeof(kinds[0]);
         index++)
        code = add_files(session, kinds[index].files, kinds[index].kind);
    return code;
}

static int load_identities(struct cli_session *session)
{
    const struct cli_list *names = &session->options->identities;
    session->identities = calloc(names->count + 1, sizeof(struct smimegw_identity *));
    if (session->identities == NULL)
        return cli_fail(CLI_TROUBLE, "out of memory");
    for (size_t index = 0; index < names->count; index++) {
        cli_file_clear(&session->identity_file);
        int code = cli_identity_load(&session->credentials, names->items[index],
                                     &session->identities[index], &session->identity_file);
        if (code != CLI_DONE)
            return code;
        session->identity_count++;
    }
    return CLI_DONE;
}

/* Bytes of a setting's text; 0 for no limit. */
static int64_t read_size(const char *text)
{
    static const char units[] = "KMG";
    char *end;
    long long size = strtoll(text, &end, 10);
    const char *unit = *end == '\0' ? NULL : strchr(units, *end);
    return unit == NULL ? size : size << (10 * (unit - units + 1));
}

/* Mail that comes in is delivered whatever its size: the limit only says what is looked into.
 */
static int open_limit(struct cli_session *session, int64_t *ret_limit)
{
    struct smimegw_error *error = NULL;
    struct smimegw_buffer *text = NULL;
    int result = smimegw_gateway_get(session->gateway, "message-size", &text, &error);
    if (result == SMIMEGW_OK) {
        *ret_limit = read_size(smimegw_buffer_data(text));
        smimegw_buffer_free(text);
        result = smimegw_gateway_set(session->gateway, "message-size", "0", &error);
    }
    return result == SMIMEGW_OK ? CLI_DONE : cli_fail_error(CLI_TROUBLE, "gateway", error);
}

static const char *input_path(const struct cli_session *session)
{
    /* a filter's arguments are recipients */
    return (session->verb->takes & CLI_FILTER) != 0 ? NULL
                                                    : cli_list_first(&session->options->input);
}

static int open_message(struct cli_session *session)
{
    int64_t limit = 0;
    if ((session->verb->takes & CLI_MESSAGE) == 0)
        return CLI_DONE;
    bool is_filter = (session->verb->takes & CLI_FILTER) != 0;
    bool is_reading =
        is_filter ? session->options->incoming.count != 0 : session->profile == NULL;
    bool is_incoming = is_reading && (session->verb->takes & CLI_POLICY) != 0;
    int code = is_incoming ? open_limit(session, &limit) : CLI_DONE;
    /* nothing in a filter's pipe is no message, either way */
    if (code == CLI_DONE)
        code = cli_input_open(&session->input, session->gateway, input_path(session),
                              is_reading && !is_filter);
    session->is_over_limit =
        code == CLI_DONE && limit > 0 && smimegw_message_size(session->input.message) > limit;
    return code;
}

int cli_session_open(struct cli_session *session)
{
    int (*const steps[])(struct cli_session *) = {
        make_gateway, open_stores,   make_profile, load_identities,     make_template,
        set_all,      check_profile, add_trust,    cli_recipients_load, open_message};
    int code = cli_credentials_load(&session->credentials, session->options);
    for (size_t index = 0; code == CLI_DONE && index < sizeof(steps) / sizeof(steps[0]);
         index++)
        code = steps[index](session);
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
    cli_file_clear(&session->identity_file);
    cli_credentials_clear(&session->credentials);
    smimegw_template_free(session->template);
    smimegw_harvester_unref(session->harvester);
    cli_list_clear(&session->alerts);
    smimegw_profile_unref(session->profile);
    smimegw_gateway_unref(session->gateway);
    for (size_t index = 0; index < session->store_count; index++)
        cli_key_store_close(&session->stores[index]);
    free(session->stores);
}

const char *cli_session_input(const struct cli_session *session)
{
    const char *path = input_path(session);
    return path == NULL ? "stdin" : path;
}

int cli_session_fail(const struct cli_session *session, int code, struct smimegw_error *error)
{
    char where[512];
    snprintf(where, sizeof(where), "%s %s", session->verb->name, cli_session_input(session));
    return cli_fail_error(code, where, error);
}
