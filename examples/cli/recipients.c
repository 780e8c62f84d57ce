/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recipients.h"

#include <stdlib.h>
#include <string.h>

#include "keyring.h"
#include "stores_find.h"

static int load_file(struct cli_session *session, const char *path)
{
    struct cli_file file = {0};
    struct smimegw_error *error = NULL;
    int code = cli_file_load(&file, path);
    if (code != CLI_DONE)
        return code;
    int result = smimegw_cert_new(file.data, file.size,
                                  &session->recipients[session->recipient_count], &error);
    cli_file_clear(&file);
    if (result != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, path, error);
    session->recipient_count++;
    return CLI_DONE;
}

static int find_all(struct cli_session *session, const struct smimegw_keyring *keys)
{
    int64_t time = -1;
    const struct cli_list *to = &session->options->to;
    const char *text = cli_options_setting(session->options, "time");
    int code = cli_time_parse(text, &time);
    for (size_t index = 0; code == CLI_DONE && index < to->count; index++) {
        struct smimegw_cert *cert = smimegw_keyring_lookup(keys, to->items[index], time);
        if (cert == NULL)
            return cli_fail(CLI_TROUBLE, "%s: no public key to encrypt to for %s",
                            cli_list_first(&session->options->keyring), to->items[index]);
        session->recipients[session->recipient_count++] = smimegw_cert_ref(cert);
    }
    return code;
}

/* (owned) the key of a name; NULL where there is none. keys: NULL for the stores. */
static int find_one(const struct cli_session *session, const struct smimegw_keyring *keys,
                    const char *name, struct smimegw_cert **ret_cert)
{
    if (keys == NULL)
        return cli_stores_find(session, name, ret_cert);
    *ret_cert = smimegw_cert_ref(smimegw_keyring_find(keys, name, NULL));
    return CLI_DONE;
}

/* The keys that the profile adds, by name; names: cut up on the way. */
static int find_named(struct cli_session *session, const struct smimegw_keyring *keys,
                      char *names)
{
    char *rest = names;
    const char *path = cli_list_first(&session->options->keyring);
    for (char *name; (name = strsep(&rest, ",")) != NULL;) {
        struct smimegw_cert *cert = NULL;
        name += strspn(name, " \t");
        for (size_t size = strlen(name); size > 0 && strchr(" \t", name[size - 1]); size--)
            name[size - 1] = '\0';
        int code = find_one(session, keys, name, &cert);
        if (code == CLI_DONE && cert == NULL)
            code = cli_fail(CLI_TROUBLE, "%s: no public key %s, which the profile adds",
                            path != NULL ? path : "--store", name);
        if (code != CLI_DONE)
            return code;
        session->recipients[session->recipient_count++] = cert;
    }
    return CLI_DONE;
}

/* A keyring, or stores. */
static int add_from_keys(struct cli_session *session, char *names)
{
    struct cli_keyring keyring;
    const char *path = cli_list_first(&session->options->keyring);
    if (session->store_count != 0) {
        int code = cli_stores_find_recipients(session);
        return code == CLI_DONE && names != NULL ? find_named(session, NULL, names) : code;
    }
    if (path == NULL)
        return cli_fail(CLI_USAGE,
                        "%s needs --keyring or --store for the profile's extra-recipients",
                        session->verb->name);
    int code = cli_keyring_open(&keyring, path, false);
    if (code == CLI_DONE)
        code = find_all(session, keyring.keys);
    if (code == CLI_DONE && names != NULL)
        code = find_named(session, keyring.keys, names);
    cli_keyring_close(&keyring);
    return code;
}

/* ret_names: to be freed; NULL where there are none. */
static int extra_names(const struct cli_session *session, char **ret_names)
{
    struct smimegw_buffer *text = NULL;
    struct smimegw_error *error = NULL;
    *ret_names = NULL;
    if (smimegw_profile_get(session->profile, "extra-recipients", &text, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, "profile", error);
    size_t size = smimegw_buffer_size(text);
    *ret_names = size != 0 ? strdup(smimegw_buffer_data(text)) : NULL;
    smimegw_buffer_free(text);
    return size == 0 || *ret_names != NULL ? CLI_DONE : cli_fail(CLI_TROUBLE, "out of memory");
}

static size_t count_names(const char *names)
{
    size_t count = names != NULL;
    for (; names != NULL && *names != '\0'; names++)
        count += *names == ',';
    return count;
}

int cli_recipients_load(struct cli_session *session)
{
    const struct cli_options *options = session->options;
    char *names;
    if ((session->verb->takes & CLI_RECIPIENTS) == 0)
        return CLI_DONE;
    int code = extra_names(session, &names);
    session->recipients =
        calloc(options->recipients.count + options->to.count + count_names(names) + 1,
               sizeof(struct smimegw_cert *));
    if (code == CLI_DONE && session->recipients == NULL)
        code = cli_fail(CLI_TROUBLE, "out of memory");
    for (size_t index = 0; code == CLI_DONE && index < options->recipients.count; index++)
        code = load_file(session, options->recipients.items[index]);
    if (code == CLI_DONE && (options->to.count != 0 || names != NULL))
        code = add_from_keys(session, names);
    free(names);
    return code;
}
