/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recipients.h"

#include <stdlib.h>

#include "keyring.h"

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

int cli_recipients_load(struct cli_session *session)
{
    const struct cli_options *options = session->options;
    int code = CLI_DONE;
    session->recipients = calloc(options->recipients.count + options->to.count + 1,
                                 sizeof(struct smimegw_cert *));
    if (session->recipients == NULL)
        return cli_fail(CLI_TROUBLE, "out of memory");
    for (size_t index = 0; code == CLI_DONE && index < options->recipients.count; index++)
        code = load_file(session, options->recipients.items[index]);
    if (code != CLI_DONE || options->to.count == 0)
        return code;
    struct cli_keyring keyring;
    code = cli_keyring_open(&keyring, cli_list_first(&options->keyring), false);
    if (code == CLI_DONE)
        code = find_all(session, keyring.keys);
    cli_keyring_close(&keyring);
    return code;
}
