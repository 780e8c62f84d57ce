/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <jansson.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "json.h"
#include "keyring.h"
#include "session.h"

enum { OUTCOMES = SMIMEGW_IMPORT_PRIVATE + 1, PROGRESS_MS = 200 };

static const char *const outcome_names[OUTCOMES] = {
    [SMIMEGW_IMPORT_ADDED] = "added",     [SMIMEGW_IMPORT_REPLACED] = "replaced",
    [SMIMEGW_IMPORT_SAME] = "same",       [SMIMEGW_IMPORT_CONFLICT] = "conflict",
    [SMIMEGW_IMPORT_REFUSED] = "refused", [SMIMEGW_IMPORT_PRIVATE] = "private-key"};

struct importing {
    json_t *entries; /* NULL for text */
    size_t counts[OUTCOMES];
    bool shows_progress;
    bool is_terminal;
    int64_t shown_ms;
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void print_progress(const struct importing *importing, size_t done, size_t size)
{
    size_t entries = 0;
    for (size_t outcome = 0; outcome < OUTCOMES; outcome++)
        entries += importing->counts[outcome];
    fprintf(stderr, "%s%3.0f %%, %zu entries%s", importing->is_terminal ? "\r" : "",
            size == 0 ? 100.0 : 100.0 * (double)done / (double)size, entries,
            importing->is_terminal ? "" : "\n");
}

static void show_progress(struct importing *importing, size_t done, size_t size)
{
    int64_t now = importing->shows_progress ? now_ms() : 0;
    if (!importing->shows_progress || now < importing->shown_ms + PROGRESS_MS)
        return;
    importing->shown_ms = now;
    print_progress(importing, done, size);
}

static void end_progress(const struct importing *importing)
{
    if (!importing->shows_progress)
        return;
    print_progress(importing, 1, 1);
    if (importing->is_terminal)
        fputc('\n', stderr);
}

static int report_entry(void *userdata, int outcome, size_t line, const char *name,
                        const char *text, size_t done, size_t size)
{
    struct importing *importing = userdata;
    const char *word = outcome > 0 && outcome < OUTCOMES ? outcome_names[outcome] : "unknown";
    importing->counts[outcome > 0 && outcome < OUTCOMES ? outcome : 0]++;
    show_progress(importing, done, size);
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

static int import_all(const struct cli_session *session, struct cli_keyring *keyring,
                      struct importing *importing)
{
    struct cli_file file = {0};
    struct smimegw_error *error = NULL;
    const struct cli_options *options = session->options;
    const char *path = options->input.items[0];
    uint32_t flags = (options->replace.count != 0 ? SMIMEGW_KEYRING_REPLACE : 0) |
                     (options->force.count != 0 ? SMIMEGW_KEYRING_FORCE : 0);
    int code = cli_file_load_large(&file, path);
    if (code == CLI_DONE)
        code = cli_keyring_open(keyring, cli_list_first(&options->keyring), true);
    if (code == CLI_DONE &&
        smimegw_keyring_import(keyring->keys, file.data, file.size, flags, report_entry,
                               importing, &error) != SMIMEGW_OK)
        code = cli_fail_error(CLI_TROUBLE, path, error);
    if (code == CLI_DONE)
        end_progress(importing);
    cli_file_clear(&file);
    return code == CLI_DONE ? cli_keyring_save(keyring) : code;
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

int cli_key_import(struct cli_session *session)
{
    const struct cli_options *options = session->options;
    struct cli_keyring keyring = {.store.lock = -1};
    struct importing importing = {.is_terminal = isatty(STDERR_FILENO) != 0};
    importing.shows_progress = importing.is_terminal || options->progress.count != 0;
    if (options->json.count != 0 && (importing.entries = json_array()) == NULL)
        return cli_fail(CLI_TROUBLE, "out of memory");
    int code = import_all(session, &keyring, &importing);
    if (code == CLI_DONE)
        code = conclude(&importing);
    cli_keyring_close(&keyring);
    json_decref(importing.entries);
    return code;
}
