/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "session.h"
#include "verbs.h"

/* One line: names in it may hold anything. */
__attribute__((format(printf, 2, 0))) static void
complain(const char *head, const char *format, va_list arguments)
{
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    fputs(head, stderr);
    cli_print(stderr, text == NULL ? "out of memory" : text);
    fputc('\n', stderr);
    free(text);
}

int cli_fail(int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    complain("smimegw: ", format, arguments);
    va_end(arguments);
    return code;
}

void cli_warn(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    complain("smimegw: warning: ", format, arguments);
    va_end(arguments);
}

int cli_fail_error(int code, const char *where, struct smimegw_error *error)
{
    /* the library only knows that our own write function gave up */
    if (smimegw_error_code(error) == SMIMEGW_E_SINK)
        cli_fail(code, "%s: can't write the output (disk full, or nobody reads it)", where);
    else if (strncmp(smimegw_error_text(error), where, strlen(where)) == 0)
        cli_fail(code, "%s", smimegw_error_text(error));
    else
        cli_fail(code, "%s: %s", where, smimegw_error_text(error));
    smimegw_error_free(error);
    return code;
}

static int show_help(void)
{
    puts("Usage: smimegw VERB [OPTION...] [FILE]\n"
         "S/MIME for whole messages (RFC 8551); FILE or stdin in, stdout or -o FILE out.\n");
    for (size_t index = 0; index < cli_verb_count; index++)
        if (strchr(cli_verbs[index].name, ' ') == NULL)
            printf("  %-14s %s\n", cli_verbs[index].name, cli_verbs[index].summary);
    for (size_t index = 0; index < cli_verb_group_count; index++)
        printf("  %-14s %s\n", cli_verb_groups[index].name, cli_verb_groups[index].summary);
    puts(
        "\n  --help         show this help; smimegw VERB --help shows a verb's options\n"
        "  --version      show the version of the library\n\n"
        "Exit codes: 0 done or passed, 1 the message or certificate did not pass or can't be\n"
        "decrypted, 2 wrong usage, 3 trouble with files, keys or memory.");
    return CLI_DONE;
}

static bool is_of_group(const struct cli_verb *verb, const char *group)
{
    size_t size = strlen(group);
    return strncmp(verb->name, group, size) == 0 && verb->name[size] == ' ';
}

static int show_group_help(const char *group)
{
    printf("Usage: smimegw %s VERB [OPTION...]\n\n", group);
    for (size_t index = 0; index < cli_verb_count; index++)
        if (is_of_group(&cli_verbs[index], group))
            printf("  %-14s %s\n", cli_verbs[index].name, cli_verbs[index].summary);
    printf("\nsmimegw %s VERB --help shows a verb's options.\n", group);
    return CLI_DONE;
}

static const struct cli_verb *find_verb(const char *name)
{
    for (size_t index = 0; index < cli_verb_count; index++)
        if (strcmp(cli_verbs[index].name, name) == 0)
            return &cli_verbs[index];
    return NULL;
}

static int run_verb(const struct cli_verb *verb, int argc, const char **argv)
{
    struct cli_options options = {0};
    struct cli_session session = {.verb = verb, .options = &options};
    int code = cli_options_parse(&options, verb, argc, argv);
    if (code == CLI_DONE && options.help.count != 0)
        cli_options_help(verb);
    else if (code == CLI_DONE)
        code = cli_session_open(&session);
    if (code == CLI_DONE && options.help.count == 0)
        code = verb->run(&session);
    cli_session_close(&session);
    cli_options_clear(&options);
    return code;
}

static int run_group(const char *group, int argc, const char **argv)
{
    char name[64];
    if (argc < 2)
        return cli_fail(CLI_USAGE, "which verb? See smimegw %s --help", group);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return show_group_help(group);
    snprintf(name, sizeof(name), "%s %s", group, argv[1]);
    const struct cli_verb *verb = find_verb(name);
    if (verb == NULL)
        return cli_fail(CLI_USAGE, "no verb %s; see smimegw %s --help", name, group);
    return run_verb(verb, argc - 1, argv + 1);
}

static int run_words(int argc, const char **argv)
{
    if (argc < 2)
        return cli_fail(CLI_USAGE, "which verb? See smimegw --help");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return show_help();
    if (strcmp(argv[1], "--version") == 0) {
        printf("smimegw %s\n", smimegw_version());
        return CLI_DONE;
    }
    for (size_t index = 0; index < cli_verb_group_count; index++)
        if (strcmp(cli_verb_groups[index].name, argv[1]) == 0)
            return run_group(argv[1], argc - 1, argv + 1);
    const struct cli_verb *verb = strchr(argv[1], ' ') == NULL ? find_verb(argv[1]) : NULL;
    if (verb == NULL)
        return cli_fail(CLI_USAGE, "no verb %s; see smimegw --help", argv[1]);
    return run_verb(verb, argc - 1, argv + 1);
}

/* help VERB is VERB --help. */
static int run(int argc, const char **argv)
{
    const char *words[] = {argv[0], "--help", "--help", "--help"};
    if (argc < 2 || argc > 4 || strcmp(argv[1], "help") != 0)
        return run_words(argc, argv);
    for (int index = 2; index < argc; index++)
        words[index - 1] = argv[index];
    return run_words(argc == 2 ? 2 : argc, words);
}

/* An MTA bounces for codes it does not know: whatever went wrong, it is to try again. */
static int mta_code(int argc, char **argv, int code)
{
    bool is_mta = false;
    for (int index = 1; index < argc && strcmp(argv[index], "--") != 0; index++)
        is_mta = is_mta || strcmp(argv[index], "--mta") == 0;
    bool is_known = code == CLI_DONE || code == CLI_MTA_REFUSED || code == CLI_MTA_NO_KEY;
    return is_mta && !is_known ? (int)CLI_MTA_LATER : code;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    int code = run(argc, (const char **)(void *)argv);
    /* A report that did not arrive must not look like one that did. */
    if (fflush(stdout) != 0 || ferror(stdout))
        code = cli_fail(CLI_TROUBLE, "can't write to stdout");
    return mta_code(argc, argv, code);
}
