/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record.h"

static int remove_all(const struct cli_session *session, const struct cli_key_store *store,
                      struct smimegw_transaction *transaction)
{
    int kind;
    const struct cli_list *input = &session->options->input;
    int code = cli_record_kind_of(session, SMIMEGW_RECORD_KEY, &kind);
    for (size_t index = 0; code == CLI_DONE && index < input->count; index++) {
        struct smimegw_error *error = NULL;
        int result =
            smimegw_transaction_remove(transaction, kind, input->items[index], &error);
        if (result == SMIMEGW_E_USAGE)
            code = cli_fail(CLI_NOT_PASSED, "%s: no %s %s", store->name,
                            cli_record_kind_name(kind), input->items[index]);
        else if (result != SMIMEGW_OK)
            code = cli_fail_error(CLI_TROUBLE, store->name, error);
        if (result == SMIMEGW_E_USAGE)
            smimegw_error_free(error);
    }
    return code;
}

/* All of them, or none. */
int cli_record_remove(struct cli_session *session)
{
    struct cli_key_store store;
    struct smimegw_transaction *transaction = NULL;
    int code = cli_key_store_open(&store, cli_list_first(&session->options->store), false);
    if (code == CLI_DONE)
        code = cli_key_store_begin(&store, SMIMEGW_TRANSACTION_WRITE, &transaction);
    if (code == CLI_DONE)
        code = remove_all(session, &store, transaction);
    code = cli_key_store_end(&store, transaction, code);
    cli_key_store_close(&store);
    return code;
}

/* What may be said of a name by the library: none of that name, or another one has it. */
static int fail(const char *name, int result, struct smimegw_error *error)
{
    bool is_key = result == SMIMEGW_E_USAGE || result == SMIMEGW_E_KEY;
    return cli_fail_error(is_key ? CLI_NOT_PASSED : CLI_TROUBLE, name, error);
}

int cli_harvest_promote(struct cli_session *session)
{
    struct cli_key_store store;
    struct smimegw_error *error = NULL;
    struct smimegw_harvester *harvester = NULL;
    const struct cli_options *options = session->options;
    const char *name = options->input.items[0];
    const char *new_name = options->input.count > 1 ? options->input.items[1] : NULL;
    uint32_t flags = (options->replace.count != 0 ? SMIMEGW_KEYRING_REPLACE : 0) |
                     (options->force.count != 0 ? SMIMEGW_KEYRING_FORCE : 0);
    int code = cli_key_store_open(&store, cli_list_first(&options->store), false);
    if (code == CLI_DONE &&
        smimegw_harvester_new(store.store, &harvester, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, store.name, error);
    int result = code == CLI_DONE
                     ? smimegw_harvester_promote(harvester, name, new_name, flags, -1, &error)
                     : (int)SMIMEGW_OK;
    if (result != SMIMEGW_OK)
        code = fail(name, result, error);
    smimegw_harvester_unref(harvester);
    cli_key_store_close(&store);
    return code;
}
