/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <locale.h>
#include <stdarg.h>
#include <string.h>

#include "options.h"
#include "session.h"

#define SENDING (CLI_MESSAGE | CLI_OUTPUT)
#define READING (CLI_MESSAGE | CLI_TRUST | CLI_JSON)
#define SIGNING (CLI_IDENTITY | CLI_SIGN)
#define ENCRYPTING (CLI_RECIPIENTS | CLI_ENCRYPT)

#define SENDING_NOTES                                                                         \
    "The message comes from FILE or stdin. What reached stdout counts only with exit code 0."
#define RECIPIENT_NOTES                                                                       \
    SENDING_NOTES                                                                             \
    "\nOf a recipient's file only the first certificate is used; the certificates"            \
    "\nabove it may follow."

static const struct cli_verb verbs[] = {
    {"sign", "Sign a message", SENDING_NOTES, SENDING | SIGNING, CLI_IDENTITY, cli_protect},
    {"encrypt", "Encrypt a message", RECIPIENT_NOTES, SENDING | ENCRYPTING, CLI_RECIPIENTS,
     cli_protect},
    {"sign-encrypt", "Sign a message, then encrypt it", RECIPIENT_NOTES,
     SENDING | SIGNING | ENCRYPTING, CLI_IDENTITY | CLI_RECIPIENTS, cli_protect},
    {"triple", "Sign a message, encrypt it, sign the result", RECIPIENT_NOTES,
     SENDING | SIGNING | ENCRYPTING, CLI_IDENTITY | CLI_RECIPIENTS, cli_protect},
    {"decrypt", "Decrypt a message; with --trust only if its signatures pass",
     "Exit code 0: decrypted; 1: can't be decrypted, or signed and no pass with --trust.\n"
     "A message that is encrypted but not signed passes; the report says so.",
     READING | CLI_OUTPUT | CLI_IDENTITIES, CLI_IDENTITIES, cli_decrypt},
    {"verify", "Verify a signed message and write it without its signature",
     "Exit code 0: pass; 1: no pass, and no message is written.", READING | CLI_OUTPUT,
     CLI_TRUST, cli_verify},
    {"inspect", "Show the layers, signers, recipients and parts of a message",
     "Layers open as far as the identities go. Nothing is changed or written.",
     READING | CLI_IDENTITIES, 0, cli_inspect},
    {"settings", "List the settings that --set changes", NULL, 0, 0, cli_settings},
};

enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

int cli_fail(int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("smimegw: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return code;
}

int cli_fail_error(int code, const char *where, struct smimegw_error *error)
{
    /* the library only knows that our own write function gave up */
    if (smimegw_error_code(error) == SMIMEGW_E_SINK)
        cli_fail(code, "%s: can't write the output (disk full, or nobody reads it)", where);
    else
        cli_fail(code, "%s: %s", where, smimegw_error_text(error));
    smimegw_error_free(error);
    return code;
}

static int show_help(void)
{
    puts("Usage: smimegw VERB [OPTION...] [FILE]\n"
         "S/MIME for whole messages (RFC 8551); FILE or stdin in, stdout or -o FILE out.\n");
    for (size_t index = 0; index < VERBS; index++)
        printf("  %-14s %s\n", verbs[index].name, verbs[index].summary);
    puts("\n  --help         show this help; smimegw VERB --help shows a verb's options\n"
         "  --version      show the version of the library\n\n"
         "Exit codes: 0 done or passed, 1 the message did not pass or can't be decrypted,\n"
         "2 wrong usage, 3 trouble with files, keys or memory.");
    return CLI_DONE;
}

static const struct cli_verb *find_verb(const char *name)
{
    for (size_t index = 0; index < VERBS; index++)
        if (strcmp(verbs[index].name, name) == 0)
            return &verbs[index];
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

static int run(int argc, const char **argv)
{
    if (argc < 2)
        return cli_fail(CLI_USAGE, "which verb? See smimegw --help");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return show_help();
    if (strcmp(argv[1], "--version") == 0) {
        printf("smimegw %s\n", smimegw_version());
        return CLI_DONE;
    }
    const struct cli_verb *verb = find_verb(argv[1]);
    if (verb == NULL)
        return cli_fail(CLI_USAGE, "no verb %s; see smimegw --help", argv[1]);
    return run_verb(verb, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    int code = run(argc, (const char **)(void *)argv);
    /* A report that did not arrive must not look like one that did. */
    if (fflush(stdout) != 0 || ferror(stdout))
        return cli_fail(CLI_TROUBLE, "can't write to stdout");
    return code;
}
