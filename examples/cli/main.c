/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "session.h"

#define SENDING (CLI_MESSAGE | CLI_OUTPUT)
#define READING (CLI_MESSAGE | CLI_TRUST | CLI_JSON)
#define SIGNING (CLI_IDENTITY | CLI_SIGN)
#define ENCRYPTING (CLI_RECIPIENTS | CLI_ENCRYPT | CLI_TRUST)
#define CERTIFYING (CLI_FIELDS | CLI_TIME)
#define CHECKING (CLI_CHECKS | CLI_PASSPHRASE | CLI_TIME | CLI_JSON)
#define KEYS (CLI_KEYRING | CLI_JSON)
#define PROFILES (CLI_PROFILES | CLI_JSON)
#define POLICIES (CLI_POLICIES | CLI_JSON)
#define PLANNING                                                                              \
    (CLI_MESSAGE | CLI_ENVELOPE | CLI_IDENTITY | CLI_SIGN | CLI_ENCRYPT | CLI_TRUST |         \
     CLI_JSON | CLI_EXPLAIN)
#define FILTERING                                                                             \
    (CLI_MESSAGE | CLI_FILTER | CLI_IDENTITIES | CLI_SIGN | CLI_ENCRYPT | CLI_TRUST |         \
     CLI_POLICY)

#define SENDING_NOTES                                                                         \
    "The message comes from FILE or stdin. What reached stdout counts only with exit code 0."
#define RECIPIENT_NOTES                                                                       \
    SENDING_NOTES                                                                             \
    "\nOf a recipient's file only the first certificate is used; the certificates"            \
    "\nabove it may follow. Trust of recipients is judged with --revocation required only."
#define RENEWAL_NOTES                                                                         \
    "The fields are those of the certificate that is there, as the options change them."
#define CHECK_NOTES                                                                           \
    "Of a file, every certificate that did not issue another one of it is checked.\n"         \
    "Exit code 0: no errors found; 1: errors."

#define PLAN_NOTES                                                                            \
    "The profile is --profile or what --set says; the mode is sign if nothing else is "       \
    "said.\n"                                                                                 \
    "Keys come from --keyring. Exit code 0: all get it; else the first of these that is "     \
    "true\n"                                                                                  \
    "of any recipient: 6 deferred (try again), 4 bounced, 5 dropped."
#define FILTER_NOTES                                                                          \
    "The message comes from stdin. --outgoing needs --from and a RECIPIENT, and takes\n"      \
    "--profile and --keyring; --incoming takes --policy. stdout gets the message when all "   \
    "of\n"                                                                                    \
    "it is there; one that becomes several deliveries needs --send-with, as in\n"             \
    "  --send-with '/usr/sbin/sendmail -G -i -f {sender} -- {recipients}'\n"                  \
    "which runs for each when all are there. Put -- in front of the RECIPIENTs.\n"            \
    "Exit code with --mta: 0 done; 67 bounce, a key is missing; 65 any other bounce; 75 "     \
    "try\n"                                                                                   \
    "again, for all trouble, wrong usage too. Dropped: 0 with --send-with, else 75, as an "   \
    "MTA\n"                                                                                   \
    "takes no output for an empty message. Without --mta: as plan, and 2 and 3 as ever."

#define PROFILE_NOTES "Fields that do not apply to the mode are refused."
#define POLICY_NOTES "Fields that do not apply are refused, as signature is with smime=off."

static const struct cli_verb verbs[] = {
    {"sign", "[FILE]", 0, 1, "Sign a message", SENDING_NOTES, SENDING | SIGNING, CLI_IDENTITY,
     cli_send},
    {"encrypt", "[FILE]", 0, 1, "Encrypt a message", RECIPIENT_NOTES, SENDING | ENCRYPTING,
     CLI_RECIPIENTS, cli_send},
    {"sign-encrypt", "[FILE]", 0, 1, "Sign a message, then encrypt it", RECIPIENT_NOTES,
     SENDING | SIGNING | ENCRYPTING, CLI_IDENTITY | CLI_RECIPIENTS, cli_send},
    {"triple", "[FILE]", 0, 1, "Sign a message, encrypt it, sign the result", RECIPIENT_NOTES,
     SENDING | SIGNING | ENCRYPTING, CLI_IDENTITY | CLI_RECIPIENTS, cli_send},
    {"decrypt", "[FILE]", 0, 1, "Decrypt a message; with --trust only if its signatures pass",
     "Exit code 0: decrypted; 1: can't be decrypted, or signed and no pass with --trust.\n"
     "A message that is encrypted but not signed passes; the report says so.",
     READING | CLI_OUTPUT | CLI_IDENTITIES, CLI_IDENTITIES, cli_decrypt},
    {"verify", "[FILE]", 0, 1, "Verify a signed message and write it without its signature",
     "Exit code 0: pass; 1: no pass, and no message is written.", READING | CLI_OUTPUT,
     CLI_TRUST, cli_verify},
    {"receive", "[FILE]", 0, 1, "Decrypt and verify a message as a gateway delivers it",
     "A complete message is written whatever the verdict, which is in the report: what can't\n"
     "be decrypted is written as it came. What is over --set message-size is not\n"
     "looked into. Exit code 0: written; 3: trouble, and nothing that was written counts.",
     READING | CLI_OUTPUT | CLI_IDENTITIES | CLI_POLICY, 0, cli_receive},
    {"plan", "[FILE]", 0, 1, "Tell what becomes of a message for each of its recipients",
     PLAN_NOTES, PLANNING, CLI_ENVELOPE, cli_plan},
    {"protect", "[FILE]", 0, 1, "Sign and encrypt a message as its recipients need it",
     "FOLDER gets 1.eml and 1.rcpt (its recipients, a line each), 2.eml and 2.rcpt and so\n"
     "on: all of them or, on failure, nothing; no delivery, no folder.\n" PLAN_NOTES,
     PLANNING | CLI_OUT_FOLDER, CLI_ENVELOPE | CLI_OUT_FOLDER, cli_protect},
    {"filter", "[RECIPIENT...]", 0, SIZE_MAX,
     "Protect or receive a message in an MTA's pipe: all of it comes out, or nothing",
     FILTER_NOTES, FILTERING, 0, cli_filter},
    {"inspect", "[FILE]", 0, 1, "Show the layers, signers, recipients and parts of a message",
     "Layers open as far as the identities go. Nothing is changed or written.",
     READING | CLI_IDENTITIES, 0, cli_inspect},
    {"settings", "", 0, 0, "List the settings and fields that --set changes", NULL, 0, 0,
     cli_settings},
    {"cert create", "", 0, 0, "Make a private key and its self-signed certificate",
     "The file is an --identity: the private key and the certificate, in PEM.",
     CERTIFYING | CLI_NEW_KEY | CLI_KEY_OUTPUT | CLI_FORCE | CLI_JSON, CLI_KEY_OUTPUT,
     cli_cert_create},
    {"cert csr", "", 0, 0, "Make a signing request for a CA, over a key that is there",
     RENEWAL_NOTES, CLI_FIELDS | CLI_IDENTITY | CLI_EMPTY | CLI_TEXT_OUTPUT, CLI_IDENTITY,
     cli_cert_csr},
    {"cert renew", "", 0, 0, "Make a new self-signed certificate for a key that is there",
     RENEWAL_NOTES "\nOf a PEM identity the private key is written, too, as it is.",
     CERTIFYING | CLI_IDENTITY | CLI_EMPTY | CLI_KEY_OUTPUT | CLI_FORCE | CLI_JSON,
     CLI_IDENTITY | CLI_KEY_OUTPUT, cli_cert_renew},
    {"cert import", "FILE", 1, 1,
     "Check a private key and its certificates, show and keep them",
     "FILE is kept as it is, for nobody else to read. Certificates alone become PEM.\n"
     "Exit code 0: meets the requirements; 1: does not, and nothing is written.",
     CLI_IMPORT | CLI_PASSPHRASE | CLI_TIME | CLI_JSON | CLI_KEY_OUTPUT, 0, cli_cert_import},
    {"cert lint", "FILE...", 1, SIZE_MAX, "Check certificates against what a gateway needs",
     CHECK_NOTES, CHECKING, 0, cli_cert_lint},
    {"cert show", "FILE...", 1, SIZE_MAX, "Show all that certificates say",
     "Takes certificates in PEM, DER or PKCS#7, and identities in PEM or PKCS#12.", CHECKING,
     0, cli_cert_show},
    {"key add", "NAME CERT", 2, 2, "Add a public key under a name",
     "Of CERT the first certificate is taken.", KEYS | CLI_KEY_ADD | CLI_ORIGIN, CLI_KEYRING,
     cli_key_add},
    {"key list", "", 0, 0, "List the public keys", NULL, KEYS, CLI_KEYRING, cli_key_list},
    {"key show", "NAME", 1, 1, "Show a public key", NULL, KEYS | CLI_TIME, CLI_KEYRING,
     cli_key_show},
    {"key rm", "NAME...", 1, SIZE_MAX, "Remove public keys", NULL, CLI_KEYRING, CLI_KEYRING,
     cli_key_remove},
    {"key import", "FILE", 1, 1, "Add the public keys of a file",
     "FILE is an export, or any text with PEM certificates. Private keys are never taken.\n"
     "Exit code 0: all taken or there already; 1: some are not, and the report says why.",
     KEYS | CLI_KEY_ADD | CLI_PROGRESS, CLI_KEYRING, cli_key_import},
    {"key export", "", 0, 0, "Write all public keys to one text file", NULL,
     CLI_KEYRING | CLI_TEXT_OUTPUT, CLI_KEYRING, cli_key_export},
    {"key lookup", "ADDRESS...", 1, SIZE_MAX, "Tell which public key an address is served by",
     "Exit code 0: there is one for each address; 1: there is not.", KEYS | CLI_TIME,
     CLI_KEYRING, cli_key_lookup},
    {"profile create", "NAME", 1, 1, "Make a sending profile", PROFILE_NOTES,
     PROFILES | CLI_NAMED_FIELDS | CLI_NAMED_ADD, CLI_PROFILES, cli_named_create},
    {"profile edit", "NAME", 1, 1, "Change fields of a sending profile", PROFILE_NOTES,
     PROFILES | CLI_NAMED_FIELDS, CLI_PROFILES, cli_named_edit},
    {"profile copy", "NAME NEW", 2, 2, "Copy a sending profile, with other fields",
     PROFILE_NOTES, PROFILES | CLI_NAMED_FIELDS | CLI_NAMED_ADD, CLI_PROFILES, cli_named_copy},
    {"profile show", "NAME", 1, 1, "Show the fields of a sending profile", NULL, PROFILES,
     CLI_PROFILES, cli_named_show},
    {"profile list", "", 0, 0, "List the sending profiles", NULL, PROFILES, CLI_PROFILES,
     cli_named_list},
    {"profile search", "TEXT", 1, 1, "List the sending profiles in which a text is",
     "It is looked for in names and values. Exit code 0: found; 1: not found.", PROFILES,
     CLI_PROFILES, cli_named_search},
    {"profile rm", "NAME...", 1, SIZE_MAX, "Remove sending profiles", NULL, CLI_PROFILES,
     CLI_PROFILES, cli_named_remove},
    {"profile check", "", 0, 0, "Check a file of sending profiles",
     "Exit code 0: nothing wrong; 1: the text says in which line what is.", PROFILES,
     CLI_PROFILES, cli_named_check},
    {"profile import", "FILE", 1, 1, "Add the sending profiles of a file",
     "All of them, or none. Exit code 1: something in FILE is wrong.",
     PROFILES | CLI_NAMED_ADD, CLI_PROFILES, cli_named_import},
    {"profile export", "", 0, 0, "Write all sending profiles to one text file", NULL,
     CLI_PROFILES | CLI_TEXT_OUTPUT, CLI_PROFILES, cli_named_export},
    {"policy create", "NAME", 1, 1, "Make a policy", POLICY_NOTES,
     POLICIES | CLI_NAMED_FIELDS | CLI_NAMED_ADD, CLI_POLICIES, cli_named_create},
    {"policy edit", "NAME", 1, 1, "Change fields of a policy", POLICY_NOTES,
     POLICIES | CLI_NAMED_FIELDS, CLI_POLICIES, cli_named_edit},
    {"policy copy", "NAME NEW", 2, 2, "Copy a policy, with other fields", POLICY_NOTES,
     POLICIES | CLI_NAMED_FIELDS | CLI_NAMED_ADD, CLI_POLICIES, cli_named_copy},
    {"policy show", "NAME", 1, 1, "Show the fields of a policy", NULL, POLICIES, CLI_POLICIES,
     cli_named_show},
    {"policy list", "", 0, 0, "List the policies", NULL, POLICIES, CLI_POLICIES,
     cli_named_list},
    {"policy search", "TEXT", 1, 1, "List the policies in which a text is",
     "It is looked for in names and values. Exit code 0: found; 1: not found.", POLICIES,
     CLI_POLICIES, cli_named_search},
    {"policy rm", "NAME...", 1, SIZE_MAX, "Remove policies", NULL, CLI_POLICIES, CLI_POLICIES,
     cli_named_remove},
    {"policy check", "", 0, 0, "Check a file of policies",
     "Exit code 0: nothing wrong; 1: the text says in which line what is.", POLICIES,
     CLI_POLICIES, cli_named_check},
    {"policy import", "FILE", 1, 1, "Add the policies of a file",
     "All of them, or none. Exit code 1: something in FILE is wrong.",
     POLICIES | CLI_NAMED_ADD, CLI_POLICIES, cli_named_import},
    {"policy export", "", 0, 0, "Write all policies to one text file", NULL,
     CLI_POLICIES | CLI_TEXT_OUTPUT, CLI_POLICIES, cli_named_export},
#ifdef CLI_HAS_RULES
    {"rules check", "FILE", 1, 1, "Check a text of filters",
     "Exit code 0: nothing wrong; 1: the text says in which line and column what is.", 0, 0,
     cli_rules_check},
    {"rules run", "[FILE]", 0, 1, "Show what filters decide about a message, and why",
     "FILE or stdin is the message. It is neither changed nor written.",
     READING | CLI_IDENTITIES | CLI_RULES, CLI_RULES, cli_rules_run},
#endif
    {"trust list", "FILE...", 1, SIZE_MAX, "List the certificates of files for --trust", NULL,
     CLI_JSON, 0, cli_trust_list},
    {"trust extract", "", 0, 0, "Write the roots that NSS trusts for mail, for --trust",
     "Mozilla's choice, as Debian's libnss3 brings it; it is yours to cut down.",
     CLI_MODULE | CLI_TEXT_OUTPUT | CLI_JSON, 0, cli_trust_extract},
};

static const struct {
    const char *name;
    const char *summary;
} groups[] = {{"cert", "Make, import, check and show certificates"},
              {"key", "Keep public keys of others in a file"},
              {"profile", "Keep settings for sending in a file"},
              {"policy", "Keep settings for receiving in a file"},
#ifdef CLI_HAS_RULES
              {"rules", "Try the filters of doc/filter.md"},
#endif
              {"trust", "Look after certificates to trust"}};

enum { GROUPS = sizeof(groups) / sizeof(groups[0]) };
enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

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
        if (strchr(verbs[index].name, ' ') == NULL)
            printf("  %-14s %s\n", verbs[index].name, verbs[index].summary);
    for (size_t index = 0; index < GROUPS; index++)
        printf("  %-14s %s\n", groups[index].name, groups[index].summary);
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
    for (size_t index = 0; index < VERBS; index++)
        if (is_of_group(&verbs[index], group))
            printf("  %-14s %s\n", verbs[index].name, verbs[index].summary);
    printf("\nsmimegw %s VERB --help shows a verb's options.\n", group);
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
    for (size_t index = 0; index < GROUPS; index++)
        if (strcmp(groups[index].name, argv[1]) == 0)
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
