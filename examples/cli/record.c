/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cert_report.h"
#include "json.h"

/* --- words ---------------------------------------------------------------------------------
 */

static const char *const kind_names[] = {
    [SMIMEGW_RECORD_KEY] = "key",           [SMIMEGW_RECORD_HARVESTED] = "harvested",
    [SMIMEGW_RECORD_IDENTITY] = "identity", [SMIMEGW_RECORD_PROFILE] = "profile",
    [SMIMEGW_RECORD_POLICY] = "policy",     [SMIMEGW_RECORD_ALERT] = "alert"};
enum { KINDS = sizeof(kind_names) / sizeof(kind_names[0]) };

static const struct {
    const char *grade;
    const char *state;
} grade_words[] = {[0] = {"-", ""},
                   [SMIMEGW_GRADE_UNTRUSTED] = {"untrusted", "untrusted"},
                   [SMIMEGW_GRADE_HELD] = {"held", "held"},
                   [SMIMEGW_GRADE_HARVESTED] = {"harvested", "used"},
                   [SMIMEGW_GRADE_DNSSEC] = {"dnssec", "used"},
                   [SMIMEGW_GRADE_CHAIN] = {"chain", "used"},
                   [SMIMEGW_GRADE_ADMINISTRATOR] = {"administrator", "used"}};
enum { GRADES = sizeof(grade_words) / sizeof(grade_words[0]) };

int cli_record_kind(const char *word)
{
    for (int kind = 1; kind < KINDS; kind++)
        if (strcmp(kind_names[kind], word) == 0)
            return kind;
    return 0;
}

const char *cli_record_kind_name(int kind)
{
    return kind > 0 && kind < KINDS ? kind_names[kind] : "unknown";
}

int cli_record_kind_of(const struct cli_session *session, int initial, int *ret_kind)
{
    const char *word = cli_list_first(&session->options->record_kind);
    *ret_kind =
        (session->verb->takes & CLI_HARVEST) != 0 ? (int)SMIMEGW_RECORD_HARVESTED : initial;
    if (word != NULL && (*ret_kind = cli_record_kind(word)) == 0)
        return cli_fail(CLI_USAGE, "--kind %s: no such kind", word);
    return CLI_DONE;
}

static size_t grade_at(const struct smimegw_record *record)
{
    return record->grade > 0 && record->grade < GRADES ? (size_t)record->grade : 0;
}

/* "" for never. */
static const char *time_text(int64_t seconds, char text[32])
{
    struct tm parts;
    time_t time = (time_t)seconds;
    text[0] = '\0';
    if (seconds != 0 && gmtime_r(&time, &parts) != NULL)
        strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

/* --- reading -------------------------------------------------------------------------------
 */

static bool has_cert(int kind)
{
    return kind == SMIMEGW_RECORD_KEY || kind == SMIMEGW_RECORD_HARVESTED ||
           kind == SMIMEGW_RECORD_IDENTITY;
}

int cli_record_read(struct cli_record *record, const struct smimegw_record *from)
{
    struct smimegw_error *error = NULL;
    *record = (struct cli_record){.record = from};
    if (!has_cert(from->kind) ||
        smimegw_cert_new(from->data, from->data_size, &record->cert, &error) == SMIMEGW_OK)
        return CLI_DONE;
    return cli_fail_error(CLI_TROUBLE, from->name, error);
}

void cli_record_clear(struct cli_record *record)
{
    smimegw_cert_unref(record->cert);
    record->cert = NULL;
}

/* --- for people ----------------------------------------------------------------------------
 */

static void print_line(const char *title, const char *text)
{
    if (text == NULL || *text == '\0')
        return;
    printf("  %-12s ", title);
    cli_print(stdout, text);
    putchar('\n');
}

static void print_time(const char *title, int64_t seconds)
{
    char text[32];
    print_line(title, time_text(seconds, text));
}

/* What tells certificates apart. */
static void print_summary(const struct smimegw_cert *cert)
{
    print_line("addresses", smimegw_cert_text(cert, SMIMEGW_CERT_ADDRESSES));
    print_line("domains", smimegw_cert_text(cert, SMIMEGW_CERT_DOMAINS));
    print_line("issuer", smimegw_cert_text(cert, SMIMEGW_CERT_ISSUER));
    print_line("key", smimegw_cert_text(cert, SMIMEGW_CERT_KEY));
    print_line("valid until", smimegw_cert_text(cert, SMIMEGW_CERT_NOT_AFTER));
}

static void print_life(const struct smimegw_record *record)
{
    bool is_harvested = record->kind == SMIMEGW_RECORD_HARVESTED;
    if (is_harvested)
        print_line("state", grade_words[grade_at(record)].state);
    print_line("grade", record->grade == 0 ? "" : grade_words[grade_at(record)].grade);
    print_time(is_harvested ? "first seen" : "added", record->added);
    print_time("last seen", record->signed_at);
    print_time("last used", record->used);
    print_line("origin", record->origin);
}

static int print_cert(const struct cli_record *record)
{
    struct smimegw_lint *lint = NULL;
    struct smimegw_error *error = NULL;
    if (smimegw_cert_lint(record->cert, 0, -1, &lint, &error) != SMIMEGW_OK)
        return cli_fail_error(CLI_TROUBLE, record->record->name, error);
    cli_cert_print(stdout, record->cert);
    cli_lint_print(stdout, lint);
    smimegw_lint_free(lint);
    return CLI_DONE;
}

/* Line by line: nothing in it can move a cursor. */
static int print_text(const struct smimegw_record *record)
{
    char *rest = strndup(record->data, record->data_size);
    char *text = rest;
    if (text == NULL)
        return cli_fail(CLI_TROUBLE, "out of memory");
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (*line == '\0')
            continue;
        fputs("  ", stdout);
        cli_print(stdout, line);
        putchar('\n');
    }
    free(text);
    return CLI_DONE;
}

int cli_record_print(const struct cli_record *record, bool all)
{
    cli_print(stdout, record->record->name);
    putchar('\n');
    if (record->cert == NULL)
        return all ? print_text(record->record) : CLI_DONE;
    print_life(record->record);
    if (all)
        return print_cert(record);
    print_summary(record->cert);
    return CLI_DONE;
}

/* --- for machines --------------------------------------------------------------------------
 */

static json_t *time_json(int64_t seconds)
{
    char text[32];
    return seconds == 0 ? json_null() : json_string(time_text(seconds, text));
}

/* An alert is a document itself. */
static json_t *text_json(const struct smimegw_record *record)
{
    json_t *document = NULL;
    if (record->kind == SMIMEGW_RECORD_ALERT)
        return json_loadb(record->data, record->data_size, JSON_ALLOW_NUL, NULL);
    char *text = strndup(record->data, record->data_size);
    if (text != NULL)
        document = cli_json_text(text);
    free(text);
    return document;
}

json_t *cli_record_json(const struct cli_record *record)
{
    const struct smimegw_record *from = record->record;
    json_t *document = record->cert != NULL ? cli_cert_json(record->cert) : json_object();
    int result = json_object_set_new(document, "name", cli_json_text(from->name));
    result |=
        json_object_set_new(document, "kind", json_string(cli_record_kind_name(from->kind)));
    if (from->origin != NULL)
        result |= json_object_set_new(document, "origin", cli_json_text(from->origin));
    if (from->kind == SMIMEGW_RECORD_HARVESTED)
        result |= json_object_set_new(document, "state",
                                      json_string(grade_words[grade_at(from)].state));
    if (from->grade != 0)
        result |= json_object_set_new(document, "grade",
                                      json_string(grade_words[grade_at(from)].grade));
    if (record->cert == NULL)
        result |= json_object_set_new(document, "text", text_json(from));
    result |= json_object_set_new(document, "added", time_json(from->added));
    result |= json_object_set_new(document, "last_seen", time_json(from->signed_at));
    result |= json_object_set_new(document, "last_used", time_json(from->used));
    if (result == 0)
        return document;
    json_decref(document);
    return NULL;
}
