/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <unistd.h>

#include "key_store.h"
#include "progress.h"
#include "session.h"

static const char *store_of(const struct cli_session *session)
{
    return cli_list_first(&session->options->store);
}

/* A file of text without keys. */
static int write_empty(const char *path)
{
    struct cli_output output = {.fd = -1};
    struct smimegw_keyring *keys = NULL;
    struct smimegw_error *error = NULL;
    int code = cli_output_open(&output, path, CLI_OUTPUT_NEW);
    int result = code == CLI_DONE ? smimegw_keyring_new(&keys, &error) : (int)SMIMEGW_OK;
    if (code == CLI_DONE && result == SMIMEGW_OK)
        result = smimegw_keyring_export(keys, smimegw_fd_write, &output.fd, &error);
    if (result != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, path, error);
    if (code == CLI_DONE)
        code = cli_output_commit(&output);
    cli_output_close(&output);
    smimegw_keyring_free(keys);
    return code;
}

/* For a store that is there, nothing changes. */
int cli_store_create(struct cli_session *session)
{
    struct cli_key_store store;
    int code = cli_key_store_find(&store, store_of(session));
    if (code == CLI_DONE && !store.kind->keeps_all && access(store.place, F_OK) != 0)
        code = write_empty(store.place);
    if (code == CLI_DONE)
        code = cli_key_store_open(&store, store_of(session), true);
    cli_key_store_close(&store);
    return code;
}

static int go_on(void *userdata, const struct smimegw_record *record)
{
    (void)record;
    ++*(int64_t *)userdata;
    return 0;
}

/* The library looks at each record that it hands over. */
static int read_all(const struct cli_key_store *store, int64_t *ret_count)
{
    struct smimegw_error *error = NULL;
    struct smimegw_transaction *transaction = NULL;
    int code = cli_key_store_begin(store, SMIMEGW_TRANSACTION_READ, &transaction);
    for (int kind = SMIMEGW_RECORD_KEY; code == CLI_DONE && kind <= SMIMEGW_RECORD_ALERT;
         kind++)
        if (smimegw_transaction_each(transaction, kind, NULL, go_on, ret_count, &error) !=
            SMIMEGW_OK)
            code = cli_fail_error(CLI_NOT_PASSED, store->name, error);
    return cli_key_store_end(store, transaction, code);
}

int cli_store_check(struct cli_session *session)
{
    struct cli_key_store store;
    struct smimegw_error *error = NULL;
    int64_t count = 0;
    int code = cli_key_store_find(&store, store_of(session));
    if (code == CLI_DONE && store.kind->check != NULL) {
        int result = store.kind->check(store.place, &error);
        if (result != SMIMEGW_OK)
            code = cli_fail_error(result == SMIMEGW_E_STORE ? (int)CLI_NOT_PASSED
                                                            : (int)CLI_TROUBLE,
                                  store.name, error);
    }
    if (code == CLI_DONE)
        code = cli_key_store_open(&store, store_of(session), false);
    if (code == CLI_DONE)
        code = read_all(&store, &count);
    if (code == CLI_DONE)
        printf("%lld records\n", (long long)count);
    cli_key_store_close(&store);
    return code;
}

static int show_bytes(void *userdata, int64_t done, int64_t size)
{
    cli_progress_show(userdata, done, size, NULL);
    return 0;
}

int cli_store_backup(struct cli_session *session)
{
    struct cli_key_store store;
    struct cli_progress progress;
    struct smimegw_error *error = NULL;
    const char *target = session->options->input.items[0];
    int code = cli_key_store_find(&store, store_of(session));
    if (code == CLI_DONE && store.kind->backup == NULL)
        return cli_fail(CLI_USAGE, "%s: only an SQLite store is copied by this program",
                        store.name);
    cli_progress_start(&progress, session->options);
    if (code == CLI_DONE &&
        store.kind->backup(store.place, target, show_bytes, &progress, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, target, error);
    if (code == CLI_DONE)
        cli_progress_end(&progress, NULL);
    return code;
}

int cli_store_export(struct cli_session *session)
{
    struct cli_key_store store;
    struct cli_output output = {0};
    struct smimegw_error *error = NULL;
    struct smimegw_transaction *transaction = NULL;
    int code = cli_key_store_open(&store, store_of(session), false);
    if (code == CLI_DONE)
        code = cli_key_store_begin(&store, SMIMEGW_TRANSACTION_READ, &transaction);
    if (code == CLI_DONE)
        code = cli_output_open(&output, cli_list_first(&session->options->output), 0);
    if (code == CLI_DONE && smimegw_transaction_export(transaction, smimegw_fd_write,
                                                       &output.fd, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, store.name, error);
    if (code == CLI_DONE)
        code = cli_output_commit(&output);
    cli_output_close(&output);
    code = cli_key_store_end(&store, transaction, code);
    cli_key_store_close(&store);
    return code;
}
