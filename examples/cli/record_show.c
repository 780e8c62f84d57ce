/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "json.h"
#include "record.h"

/* What is told of records, one after the other: a store may have a million of them. */
struct telling {
    bool is_json;
    bool is_all;        /* of the certificate or text */
    bool has_kinds;     /* which is told, too */
    const char *output; /* where the certificate or text goes instead, or NULL */
    size_t count;
    int code;
};

/* The certificate as PEM; of anything else the text. */
static int copy(const struct cli_record *record, const char *path)
{
    struct smimegw_buffer *pem = NULL;
    struct smimegw_error *error = NULL;
    const struct smimegw_record *from = record->record;
    if (record->cert == NULL || from->kind == SMIMEGW_RECORD_IDENTITY)
        return cli_output_save(path, 0, from->data, from->data_size);
    if (smimegw_cert_pem(record->cert, &pem, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, from->name, error);
    int code = cli_output_save(path, 0, smimegw_buffer_data(pem), smimegw_buffer_size(pem));
    smimegw_buffer_free(pem);
    return code;
}

static int tell_one(struct telling *telling, const struct cli_record *record)
{
    if (telling->output != NULL)
        return copy(record, telling->output);
    if (telling->is_json) {
        if (!telling->is_all && telling->count != 0)
            putchar(',');
        return cli_json_put(cli_record_json(record));
    }
    if (telling->has_kinds)
        printf("%s ", cli_record_kind_name(record->record->kind));
    return cli_record_print(record, telling->is_all);
}

static int tell(void *userdata, const struct smimegw_record *from)
{
    struct telling *telling = userdata;
    struct cli_record record;
    telling->code = cli_record_read(&record, from);
    if (telling->code == CLI_DONE)
        telling->code = tell_one(telling, &record);
    cli_record_clear(&record);
    telling->count++;
    return telling->code != CLI_DONE;
}

static int tell_each(const struct cli_key_store *store,
                     struct smimegw_transaction *transaction, int kind,
                     struct telling *telling)
{
    struct smimegw_error *error = NULL;
    if (smimegw_transaction_each(transaction, kind, NULL, tell, telling, &error) !=
            SMIMEGW_OK &&
        telling->code == CLI_DONE)
        return cli_fail_error(CLI_TROUBLE, store->name, error);
    smimegw_error_free(error);
    return telling->code;
}

static int list(const struct cli_session *session, const struct cli_key_store *store,
                struct smimegw_transaction *transaction)
{
    int kind;
    struct telling telling = {.is_json = session->options->json.count != 0};
    int code = cli_record_kind_of(session, 0, &kind);
    if (code != CLI_DONE)
        return code;
    telling.has_kinds = kind == 0;
    bool is_harvest = (session->verb->takes & CLI_HARVEST) != 0;
    if (telling.is_json)
        printf("{\"%s\":[", is_harvest ? "harvested" : "records");
    for (int each = kind != 0 ? kind : 1;
         code == CLI_DONE && each <= (kind != 0 ? kind : (int)SMIMEGW_RECORD_ALERT); each++)
        code = tell_each(store, transaction, each, &telling);
    if (telling.is_json && code == CLI_DONE)
        puts("]}");
    return code;
}

static int show(const struct cli_session *session, const struct cli_key_store *store,
                struct smimegw_transaction *transaction)
{
    int kind;
    struct smimegw_error *error = NULL;
    struct telling telling = {.is_json = session->options->json.count != 0,
                              .is_all = true,
                              .output = cli_list_first(&session->options->output)};
    const char *name = session->options->input.items[0];
    int code = cli_record_kind_of(session, SMIMEGW_RECORD_KEY, &kind);
    if (code != CLI_DONE)
        return code;
    if (smimegw_transaction_get(transaction, kind, name, tell, &telling, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, store->name, error);
    if (telling.count == 0)
        return cli_fail(CLI_NOT_PASSED, "%s: no %s %s", store->name,
                        cli_record_kind_name(kind), name);
    if (telling.is_json && telling.output == NULL && telling.code == CLI_DONE)
        putchar('\n');
    return telling.code;
}

typedef int (*tell_fn)(const struct cli_session *session, const struct cli_key_store *store,
                       struct smimegw_transaction *transaction);

/* Look at one state of the store of the verb. */
static int look(const struct cli_session *session, tell_fn tell_all)
{
    struct cli_key_store store;
    struct smimegw_transaction *transaction = NULL;
    int code = cli_key_store_open(&store, cli_list_first(&session->options->store), false);
    if (code == CLI_DONE)
        code = cli_key_store_begin(&store, SMIMEGW_TRANSACTION_READ, &transaction);
    if (code == CLI_DONE)
        code = tell_all(session, &store, transaction);
    code = cli_key_store_end(&store, transaction, code);
    cli_key_store_close(&store);
    return code;
}

int cli_record_list(struct cli_session *session)
{
    return look(session, list);
}

int cli_record_show(struct cli_session *session)
{
    return look(session, show);
}

/* --- alerts --------------------------------------------------------------------------------
 */

struct alerts {
    json_t *documents;
    int code;
};

/* Updates that are only counted so far were told to nobody. */
static int take_alert(void *userdata, const struct smimegw_record *record)
{
    struct alerts *alerts = userdata;
    json_t *document = json_loadb(record->data, record->data_size, JSON_ALLOW_NUL, NULL);
    if (document == NULL || json_integer_value(json_object_get(document, "raised")) == 0) {
        json_decref(document);
        return 0;
    }
    if (json_array_append_new(alerts->documents, document) != 0)
        alerts->code = cli_fail(CLI_TROUBLE, "out of memory");
    return alerts->code != CLI_DONE;
}

static const char *member(const json_t *document, const char *name)
{
    const char *text = json_string_value(json_object_get(document, name));
    return text == NULL ? "" : text;
}

static void print_alerts(const json_t *documents)
{
    for (size_t index = 0; index < json_array_size(documents); index++) {
        const json_t *document = json_array_get(documents, index);
        cli_print(stdout, member(document, "time"));
        printf("  %s  ", member(document, "alert"));
        cli_print(stdout, member(document, "text"));
        putchar('\n');
        if (*member(document, "key") == '\0')
            continue;
        fputs("  key          ", stdout);
        cli_print(stdout, member(document, "key"));
        putchar('\n');
    }
}

static int tell_alerts(const struct cli_session *session, const struct cli_key_store *store,
                       struct smimegw_transaction *transaction)
{
    struct smimegw_error *error = NULL;
    struct alerts alerts = {json_array(), CLI_DONE};
    if (smimegw_transaction_each(transaction, SMIMEGW_RECORD_ALERT, NULL, take_alert, &alerts,
                                 &error) != SMIMEGW_OK)
        alerts.code = cli_fail_error(CLI_TROUBLE, store->name, error);
    if (alerts.code == CLI_DONE && session->options->json.count != 0)
        alerts.code = cli_json_print(json_pack("{s:O}", "alerts", alerts.documents));
    else if (alerts.code == CLI_DONE)
        print_alerts(alerts.documents);
    json_decref(alerts.documents);
    return alerts.code;
}

int cli_harvest_alerts(struct cli_session *session)
{
    return look(session, tell_alerts);
}
