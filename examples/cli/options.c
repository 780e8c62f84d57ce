/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "options.h"

#include <popt.h>
#include <stdlib.h>
#include <string.h>

#define LIST(member) offsetof(struct cli_options, member)

/* setting: the option is a short form of --set setting=value. */
struct option_row {
    int takes; /* verbs that take any of these take the option */
    bool repeats;
    char letter;
    const char *name;
    const char *argument; /* NULL for a flag */
    size_t list;
    const char *setting;
    const char *meaning;
};

static const struct option_row option_rows[] = {
    {CLI_IDENTITY, false, 0, "identity", "FILE", LIST(identities), NULL,
     "private key and its certificates: PEM or PKCS#12"},
    {CLI_IDENTITIES, true, 0, "identity", "FILE", LIST(identities), NULL,
     "private key and its certificates: PEM or PKCS#12; repeats"},
    {CLI_IDENTITY | CLI_IDENTITIES, false, 0, "passphrase-file", "FILE", LIST(passphrase_file),
     NULL, "its first line is the passphrase of every identity"},
    {CLI_RECIPIENTS, true, 0, "recipient", "CERT", LIST(recipients), NULL,
     "certificate to encrypt to, the first one of the file; repeats"},
    {CLI_SIGN, false, 0, "form", "detached|opaque", LIST(settings), "sign-form",
     "form of the signature"},
    {CLI_SIGN, false, 0, "digest", "NAME", LIST(settings), "digest",
     "auto (by the key), sha256, sha384 or sha512"},
    {CLI_ENCRYPT, false, 0, "cipher", "NAME", LIST(settings), "cipher",
     "content cipher, as in aes-256-gcm"},
    {CLI_ENCRYPT, false, 0, "key-encryption", "NAME", LIST(settings), "key-encryption",
     "how RSA recipients get the content key"},
    {CLI_ENCRYPT, false, 0, "recipient-id", "issuer-serial|ski", LIST(settings),
     "recipient-id", "how recipients are named"},
    {CLI_TRUST, true, 0, "trust", "FILE", LIST(trust), NULL,
     "trust the certificates of the file as anchors; repeats"},
    {CLI_TRUST, true, 0, "intermediate", "FILE", LIST(intermediates), NULL,
     "know the certificates of the file as links of a path; repeats"},
    {CLI_TRUST, false, 0, "time", "ISO8601", LIST(settings), "time",
     "judge as of this time, as in 2026-05-01T12:00:00Z"},
    {CLI_MESSAGE, true, 0, "set", "NAME=VALUE", LIST(settings), NULL,
     "change any setting (`smimegw settings` lists them); repeats"},
    {CLI_JSON, false, 0, "json", NULL, LIST(json), NULL,
     "report as one JSON document on stdout, which then gets no message"},
    {CLI_OUTPUT, false, 'o', "output", "FILE", LIST(output), NULL,
     "write the message there, all of it or nothing, instead of stdout"},
    {CLI_ANY, false, 'h', "help", NULL, LIST(help), NULL, "show this help"},
};

enum { OPTION_ROWS = sizeof(option_rows) / sizeof(option_rows[0]) };

int cli_list_add(struct cli_list *list, const char *text)
{
    char *copy = strdup(text);
    char **items = reallocarray(list->items, list->count + 1, sizeof(*items));
    if (items != NULL)
        list->items = items;
    if (copy == NULL || items == NULL) {
        free(copy);
        return cli_fail(CLI_TROUBLE, "out of memory");
    }
    list->items[list->count++] = copy;
    return CLI_DONE;
}

const char *cli_list_first(const struct cli_list *list)
{
    return list->count == 0 ? NULL : list->items[0];
}

static void list_clear(struct cli_list *list)
{
    for (size_t index = 0; index < list->count; index++)
        free(list->items[index]);
    free(list->items);
    memset(list, 0, sizeof(*list));
}

void cli_options_clear(struct cli_options *options)
{
    for (size_t index = 0; index < OPTION_ROWS; index++)
        list_clear((struct cli_list *)(void *)((char *)options + option_rows[index].list));
    list_clear(&options->input);
}

/* The rows of one verb in popt's form; val is the row's number plus one. */
static void fill_table(struct poptOption table[OPTION_ROWS + 1], int takes)
{
    size_t used = 0;
    memset(table, 0, (OPTION_ROWS + 1) * sizeof(*table));
    for (size_t index = 0; index < OPTION_ROWS; index++) {
        const struct option_row *row = &option_rows[index];
        if ((row->takes & (takes | CLI_ANY)) == 0)
            continue;
        table[used].longName = row->name;
        table[used].shortName = row->letter;
        table[used].argInfo = row->argument == NULL ? POPT_ARG_NONE : POPT_ARG_STRING;
        table[used].val = (int)index + 1;
        table[used].descrip = row->meaning;
        table[used].argDescrip = row->argument;
        used++;
    }
}

static int take_option(struct cli_options *options, const struct option_row *row,
                       const char *value)
{
    struct cli_list *list = (struct cli_list *)(void *)((char *)options + row->list);
    if (!row->repeats && row->setting == NULL && list->count != 0)
        return cli_fail(CLI_USAGE, "--%s is given twice", row->name);
    if (row->setting == NULL)
        return cli_list_add(list, value);
    char *text = NULL;
    if (asprintf(&text, "%s=%s", row->setting, value) < 0)
        return cli_fail(CLI_TROUBLE, "out of memory");
    int code = cli_list_add(list, text);
    free(text);
    return code;
}

static int parse_all(poptContext context, struct cli_options *options,
                     const struct cli_verb *verb)
{
    int value = 0;
    int code = CLI_DONE;
    while (code == CLI_DONE && (value = poptGetNextOpt(context)) > 0) {
        char *argument = poptGetOptArg(context);
        code = take_option(options, &option_rows[value - 1], argument == NULL ? "" : argument);
        free(argument);
    }
    if (code != CLI_DONE)
        return code;
    if (value < -1)
        return cli_fail(CLI_USAGE, "%s: %s (see smimegw %s --help)", poptStrerror(value),
                        poptBadOption(context, POPT_BADOPTION_NOALIAS), verb->name);
    const char *argument = NULL;
    while (code == CLI_DONE && (argument = poptGetArg(context)) != NULL)
        code = cli_list_add(&options->input, argument);
    return code;
}

static int check_needs(const struct cli_options *options, const struct cli_verb *verb)
{
    const struct {
        int need;
        const struct cli_list *list;
        const char *name;
    } needs[] = {{CLI_IDENTITY | CLI_IDENTITIES, &options->identities, "identity"},
                 {CLI_RECIPIENTS, &options->recipients, "recipient"},
                 {CLI_TRUST, &options->trust, "trust"}};
    for (size_t index = 0; index < sizeof(needs) / sizeof(needs[0]); index++)
        if ((verb->needs & needs[index].need) != 0 && needs[index].list->count == 0)
            return cli_fail(CLI_USAGE, "%s needs --%s", verb->name, needs[index].name);
    if (options->input.count > ((verb->takes & CLI_MESSAGE) != 0 ? 1u : 0u))
        return cli_fail(CLI_USAGE, "one argument too many: %s",
                        options->input.items[options->input.count - 1]);
    return CLI_DONE;
}

int cli_options_parse(struct cli_options *options, const struct cli_verb *verb, int argc,
                      const char **argv)
{
    struct poptOption table[OPTION_ROWS + 1];
    fill_table(table, verb->takes);
    poptContext context = poptGetContext(verb->name, argc, argv, table, 0);
    if (context == NULL)
        return cli_fail(CLI_TROUBLE, "out of memory");
    int code = parse_all(context, options, verb);
    poptFreeContext(context);
    if (code != CLI_DONE || options->help.count != 0)
        return code;
    return check_needs(options, verb);
}

void cli_options_help(const struct cli_verb *verb)
{
    printf("Usage: smimegw %s [OPTION...]%s\n%s.\n\n", verb->name,
           (verb->takes & CLI_MESSAGE) != 0 ? " [FILE]" : "", verb->summary);
    for (size_t index = 0; index < OPTION_ROWS; index++) {
        const struct option_row *row = &option_rows[index];
        if ((row->takes & (verb->takes | CLI_ANY)) == 0)
            continue;
        char left[64];
        const char *letter = row->letter == 'o'   ? "-o, "
                             : row->letter == 'h' ? "-h, "
                                                  : "    ";
        snprintf(left, sizeof(left), "%s--%s%s%s", letter, row->name,
                 row->argument == NULL ? "" : " ", row->argument == NULL ? "" : row->argument);
        printf("  %-36s %s\n", left, row->meaning);
    }
    if (verb->notes != NULL)
        printf("\n%s\n", verb->notes);
}
