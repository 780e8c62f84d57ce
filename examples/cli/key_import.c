/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <jansson.h>
#include <string.h>

#include "json.h"
#include "key_store.h"
#include "keyring.h"
#include "progress.h"
#include "session.h"

enum { OUTCOMES = SMIMEGW_IMPORT_PRIVATE + 1 };

static const char *const outcome_names[OUTCOMES] = {
    [SMIMEGW_IMPORT_ADDED] = "added",     [SMIMEGW_IMPORT_REPLACED] = "replaced",
    [SMIMEGW_IMPORT_SAME] = "same",       [SMIMEGW_IMPORT_CONFLICT] = "conflict",
    [SMIMEGW_IMPORT_REFUSED] = "refused", [SMIMEGW_IMPORT_PRIVATE] = "private-key"};

struct importing {
    json_t *entries; /* NULL for text */
    size_t counts[OUTCOMES];
    struct cli_progress progress;
};

static const char *count_text(const struct importing *importing, char text[32])
{
    size_t entries = 0;
    for (size_t outcome = 0; outcome < OUTCOMES; outcome++)
        entries += importing->counts[outcome];
    snprintf(text, 32, "%zu entries", entries);
    return text;
}

static int report_entry(void *userdata, int outcome, size_t line, const char *name,
                        const char *text, size_t done, size_t size)
{
    char text_of_count[32];
    struct importing *importing = userdata;
    const char *word = outcome > 0 && outcome < OUTCOMES ? outcome_names[outcome] : "unknown";
    importing->counts[outcome > 0 && outcome < OUTCOMES ? outcome : 0]++;
    cli_progress_show(&importing->progress, (int64_t)done, (int64_t)size,
                      count_text(importing, text_of_count));
    if (importing->entries != NULL)
        return json_array_append_new(
            importing->entries,
            json_pack("{s:I, s:s, s:o, s:o}", "line", (json_int_t)line, "outcome", word,
                      "name", cli_json_text(name), "text", cli_json_text(text)));
    printf("line %zu: %s: ", line, word);
    cli_print(stdout, name);
    fputs(*text == '\0' ? "" : ": ", stdout);
    cli_print(stdout, text);
    putchar('\n');
    return 0;
}

static uint32_t flags_of(const struct cli_options *options)
{
    return (options->replace.count != 0 ? SMIMEGW_KEYRING_REPLACE : 0) |
           (options->force.count != 0 ? SMIMEGW_KEYRING_FORCE : 0);
}

static int to_keyring(const struct cli_session *session, const struct cli_file *file,
                      struct importing *importing)
{
    struct cli_keyring keyring;
    struct smimegw_error *error = NULL;
    const struct cli_options *options = session->options;
    int code = cli_keyring_open(&keyring, cli_list_first(&options->keyring), true);
    if (code == CLI_DONE &&
        smimegw_keyring_import(keyring.keys, file->data, file->size, flags_of(options),
                               report_entry, importing, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, options->input.items[0], error);
    if (code == CLI_DONE)
        code = cli_keyring_save(&keyring);
    cli_keyring_close(&keyring);
    return code;
}

/* In one transaction: all that can be taken, or nothing. */
static int to_store(const struct cli_session *session, const struct cli_file *file,
                    struct importing *importing)
{
    struct cli_key_store store;
    struct smimegw_error *error = NULL;
    struct smimegw_transaction *transaction = NULL;
    const struct cli_options *options = session->options;
    int code = cli_key_store_open(&store, cli_list_first(&options->store), false);
    if (code == CLI_DONE)
        code = cli_key_store_begin(&store, SMIMEGW_TRANSACTION_WRITE, &transaction);
    if (code == CLI_DONE &&
        smimegw_transaction_import(transaction, file->data, file->size, flags_of(options),
                                   report_entry, importing, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, options->input.items[0], error);
    code = cli_key_store_end(&store, transaction, code);
    cli_key_store_close(&store);
    return code;
}

static int conclude(const struct importing *importing)
{
    json_t *counts = importing->entries == NULL ? NULL : json_object();
    int result = 0;
    size_t failed = importing->counts[0];
    for (size_t outcome = 1; outcome < OUTCOMES; outcome++) {
        size_t count = importing->counts[outcome];
        failed += outcome >= SMIMEGW_IMPORT_CONFLICT ? count : 0;
        if (counts != NULL)
            result |= json_object_set_new(counts, outcome_names[outcome],
                                          json_integer((json_int_t)count));
        else if (count != 0)
            printf("%zu %s\n", count, outcome_names[outcome]);
    }
    int code = CLI_DONE;
    if (importing->entries != NULL && result == 0)
        code = cli_json_print(
            json_pack("{s:O, s:O}", "entries", importing->entries, "counts", counts));
    json_decref(counts);
    if (result != 0)
        return cli_fail(CLI_TROUBLE, "out of memory");
    return code == CLI_DONE && failed != 0 ? CLI_NOT_PASSED : code;
}

static int import_keys(const struct cli_session *session,
                       int (*import)(const struct cli_session *session,
                                     const struct cli_file *file, struct importing *importing))
{
    char text[32];
    struct cli_file file = {0};
    struct importing importing = {.entries = NULL};
    cli_progress_start(&importing.progress, session->options);
    if (session->options->json.count != 0 && (importing.entries = json_array()) == NULL)
        return cli_fail(CLI_TROUBLE, "out of memory");
    int code = cli_file_load_large(&file, session->options->input.items[0]);
    if (code == CLI_DONE)
        code = import(session, &file, &importing);
    if (code == CLI_DONE) {
        cli_progress_end(&importing.progress, count_text(&importing, text));
        code = conclude(&importing);
    }
    json_decref(importing.entries);
    cli_file_clear(&file);
    return code;
}

int cli_key_import(struct cli_session *session)
{
    return import_keys(session, to_keyring);
}

int cli_store_import(struct cli_session *session)
{
    return import_keys(session, to_store);
}
