/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <time.h>

#include "json.h"
#include "record.h"

/* A public key as DER; an identity's certificates as the file has them, in PEM. */
static int make_record(const struct cli_session *session, const struct cli_file *file,
                       const struct smimegw_cert *cert, struct smimegw_record *ret)
{
    int kind;
    const struct cli_options *options = session->options;
    int code = cli_record_kind_of(session, SMIMEGW_RECORD_KEY, &kind);
    if (code != CLI_DONE)
        return code;
    if (kind != SMIMEGW_RECORD_KEY && kind != SMIMEGW_RECORD_IDENTITY)
        return cli_fail(CLI_USAGE, "--kind: key or identity is due");
    *ret = (struct smimegw_record){.size = sizeof(*ret),
                                   .kind = kind,
                                   .name = options->input.items[0],
                                   .origin = cli_list_first(&options->origin),
                                   .data = file->data,
                                   .data_size = file->size,
                                   .added = (int64_t)time(NULL)};
    if (kind == SMIMEGW_RECORD_IDENTITY)
        return CLI_DONE;
    ret->grade = SMIMEGW_GRADE_ADMINISTRATOR;
    ret->data = smimegw_cert_der(cert, &ret->data_size);
    return CLI_DONE;
}

static int put(const struct cli_session *session, const struct smimegw_record *record)
{
    struct cli_key_store store;
    struct smimegw_error *error = NULL;
    struct smimegw_transaction *transaction = NULL;
    const struct cli_options *options = session->options;
    uint32_t flags = (options->replace.count != 0 ? SMIMEGW_KEYRING_REPLACE : 0) |
                     (options->force.count != 0 ? SMIMEGW_KEYRING_FORCE : 0);
    int code = cli_key_store_open(&store, cli_list_first(&options->store), false);
    if (code == CLI_DONE)
        code = cli_key_store_begin(&store, SMIMEGW_TRANSACTION_WRITE, &transaction);
    int result = code == CLI_DONE ? smimegw_transaction_put(transaction, record, flags, &error)
                                  : (int)SMIMEGW_OK;
    if (result == SMIMEGW_E_KEY)
        code = cli_fail_error(CLI_NOT_PASSED, options->input.items[1], error);
    else if (result != SMIMEGW_OK)
        code = cli_fail_error(result == SMIMEGW_E_USAGE ? CLI_USAGE : CLI_TROUBLE,
                              record->name, error);
    code = cli_key_store_end(&store, transaction, code);
    cli_key_store_close(&store);
    return code;
}

static int report(const struct cli_session *session, const struct smimegw_record *from)
{
    struct cli_record record;
    int code = cli_record_read(&record, from);
    if (code == CLI_DONE)
        code = session->options->json.count != 0 ? cli_json_print(cli_record_json(&record))
                                                 : cli_record_print(&record, true);
    cli_record_clear(&record);
    return code;
}

int cli_store_add(struct cli_session *session)
{
    struct cli_file file = {0};
    struct smimegw_cert *cert = NULL;
    struct smimegw_record record;
    struct smimegw_error *error = NULL;
    const char *path = session->options->input.items[1];
    int code = cli_file_load(&file, path);
    if (code == CLI_DONE &&
        smimegw_cert_new(file.data, file.size, &cert, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, path, error);
    if (code == CLI_DONE)
        code = make_record(session, &file, cert, &record);
    if (code == CLI_DONE)
        code = put(session, &record);
    if (code == CLI_DONE)
        code = report(session, &record);
    smimegw_cert_unref(cert);
    cli_file_clear(&file);
    return code;
}
