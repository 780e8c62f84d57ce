/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "options.h"

#include <popt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LIST(member) offsetof(struct cli_options, member)

/* setting: the option is a short form of --set setting=value. */
struct option_row {
    uint64_t takes; /* verbs that take any of these take the option */
    bool repeats;
    char letter;
    const char *name;
    const char *argument; /* NULL for a flag */
    size_t list;
    const char *setting;
    const char *meaning;
};

static const struct option_row option_rows[] = {
    {CLI_IDENTITY, false, 0, "identity", "FILE|URL", LIST(identities), NULL,
     "private key and its certificates: PEM, PKCS#12, or a pkcs11: URL"},
    {CLI_IDENTITIES, true, 0, "identity", "FILE|URL", LIST(identities), NULL,
     "private key and its certificates: PEM, PKCS#12, or a pkcs11: URL; repeats"},
    {CLI_IDENTITY | CLI_IDENTITIES | CLI_IMPORT, false, 0, "cert", "FILE", LIST(cert), NULL,
     "certificates of the private key, where they are not with it"},
    {CLI_IDENTITY | CLI_IDENTITIES | CLI_PASSPHRASE, false, 0, "passphrase-file", "FILE",
     LIST(passphrase_file), NULL, "its first line is the passphrase of every private key"},
    {CLI_IDENTITY | CLI_IDENTITIES, false, 0, "pin-file", "FILE", LIST(pin_file), NULL,
     "its first line is the PIN of the token that a pkcs11: URL names"},
    {CLI_RECIPIENTS, true, 0, "recipient", "CERT", LIST(recipients), NULL,
     "certificate to encrypt to, the first one of the file; repeats"},
    {CLI_RECIPIENTS, true, 0, "to", "ADDRESS", LIST(to), NULL,
     "encrypt to the public key that --keyring has for the address; repeats"},
    {CLI_ENVELOPE | CLI_FILTER | CLI_RULES, false, 0, "from", "ADDRESS", LIST(from), NULL,
     "sender of the envelope; '' for the null sender"},
    {CLI_ENVELOPE | CLI_FILTER | CLI_RULES, true, 0, "to", "ADDRESS", LIST(to), NULL,
     "recipient of the envelope; repeats"},
    {CLI_RECIPIENTS | CLI_KEYRING | CLI_ENVELOPE | CLI_FILTER, false, 0, "keyring", "FILE",
     LIST(keyring), NULL, "file with the public keys, as smimegw key makes it"},
    {CLI_STORES, true, 0, "store", "STORE", LIST(store), NULL,
     "look keys up there: a PEM or SQLite file, or postgres:CONNINFO; repeats"},
    {CLI_STORE, false, 0, "store", "STORE", LIST(store), NULL,
     "the store: a PEM or SQLite file, or postgres:CONNINFO"},
    {CLI_RECORD, false, 0, "kind", "KIND", LIST(record_kind), NULL,
     "key (the default), harvested, identity, profile, policy or alert"},
    {CLI_SIGN | CLI_ENCRYPT | CLI_PROFILES, false, 0, "profiles", "FILE", LIST(profiles), NULL,
     "file with the sending profiles, as smimegw profile makes it"},
    {CLI_SIGN | CLI_ENCRYPT, false, 0, "profile", "NAME", LIST(profile), NULL,
     "start with this profile; the verbs that are modes take their own"},
    {CLI_POLICY | CLI_POLICIES, false, 0, "policies", "FILE", LIST(policies), NULL,
     "file with the policies, as smimegw policy makes it"},
    {CLI_POLICY, false, 0, "policy", "NAME", LIST(policy), NULL,
     "receive with the settings of this policy"},
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
    {CLI_TRUST, true, 0, "trust-domain", "FILE", LIST(trust_domain), NULL,
     "the same, for certificates that speak for a domain, too; repeats"},
    {CLI_TRUST, true, 0, "pin", "FILE", LIST(pinned), NULL,
     "trust these very certificates, without a path to an anchor; repeats"},
    {CLI_TRUST, true, 0, "deny", "FILE", LIST(denied), NULL,
     "never trust these certificates, nor a path through them; repeats"},
    {CLI_TRUST, true, 0, "intermediate", "FILE", LIST(intermediates), NULL,
     "know the certificates of the file as links of a path; repeats"},
    {CLI_TRUST, true, 0, "crl", "FILE", LIST(revocation), NULL,
     "CRLs, or an OCSP response; repeats"},
    {CLI_TRUST, false, 0, "revocation", "RULE", LIST(settings), "revocation",
     "off, if-available (the default with --crl) or required"},
    {CLI_TRUST, false, 0, "time", "ISO8601", LIST(settings), "time",
     "judge as of this time, as in 2026-05-01T12:00:00Z"},
    {CLI_POLICY, false, 0, "signature", "keep|remove", LIST(policy_settings), "signature",
     "what becomes of the signature of a message that passed; keep is the default"},
    {CLI_POLICY, false, 0, "authserv-id", "NAME", LIST(policy_settings), "authserv-id",
     "write Authentication-Results under this name, and remove what came under it"},
    {CLI_POLICY, true, 0, "policy-set", "NAME=VALUE", LIST(policy_settings), NULL,
     "change a setting of the policy (see smimegw settings); repeats"},
    {CLI_FIELDS, false, 0, "cn", "NAME", LIST(settings), "common-name",
     "common name, as in mail.example.com"},
    {CLI_FIELDS, false, 0, "org", "NAME", LIST(settings), "organization", "organisation"},
    {CLI_FIELDS, false, 0, "unit", "NAME", LIST(settings), "organizational-unit",
     "unit of the organisation"},
    {CLI_FIELDS, false, 0, "city", "NAME", LIST(settings), "locality", "city"},
    {CLI_FIELDS, false, 0, "state", "NAME", LIST(settings), "state", "state or province"},
    {CLI_FIELDS, false, 0, "country", "CC", LIST(settings), "country", "country, two letters"},
    {CLI_FIELDS, true, 0, "domain", "DOMAIN", LIST(settings), "domains",
     "domain whose users it speaks for, as in example.com or *.example.com; repeats"},
    {CLI_FIELDS, true, 0, "address", "ADDRESS", LIST(settings), "addresses",
     "mail address that it belongs to; repeats"},
    {CLI_NEW_KEY, false, 0, "algorithm", "NAME", LIST(settings), "algorithm",
     "rsa, ecdsa-with-sha256 or ed25519"},
    {CLI_NEW_KEY, false, 0, "key-size", "BITS", LIST(settings), "key-size",
     "bits of an RSA key"},
    {CLI_FIELDS, false, 0, "days", "DAYS", LIST(settings), "days", "days until it expires"},
    {CLI_FIELDS, false, 0, "use", "both|sign|encrypt", LIST(settings), "use",
     "what its key is for"},
    {CLI_FIELDS, false, 0, "fqdn-check", "WHICH", LIST(settings), "fqdn-check",
     "check for full domain names: none, common-name, domains or both"},
    {CLI_NEW_KEY, false, 0, "passphrase-file", "FILE", LIST(passphrase_file), NULL,
     "its first line encrypts the new private key"},
    {CLI_EMPTY, false, 0, "empty", NULL, LIST(empty), NULL,
     "start without the fields of the certificate that is there"},
    {CLI_CHECKS | CLI_IMPORT, false, 0, "use", "both|sign|encrypt", LIST(use), NULL,
     "what it must be good for; one of both where not given"},
    {CLI_IMPORT, false, 0, "fqdn-check", "WHICH", LIST(fqdn_check), NULL,
     "insist on full domain names: none, common-name, domains or both"},
    {CLI_IMPORT, false, 0, "store", "FOLDER", LIST(store), NULL,
     "keep it there under --name instead of --output"},
    {CLI_IMPORT, false, 0, "name", "NAME", LIST(name), NULL, "its name in the folder"},
    {CLI_ORIGIN, false, 0, "origin", "TEXT", LIST(origin), NULL,
     "where the public key came from"},
    {CLI_KEY_ADD, false, 0, "replace", NULL, LIST(replace), NULL,
     "replace a public key of the same name"},
    {CLI_NAMED_ADD, false, 0, "replace", NULL, LIST(replace), NULL,
     "replace one of the same name"},
    {CLI_MODULE, false, 0, "module", "PATH", LIST(module), NULL,
     "PKCS#11 module with the roots, instead of NSS' libnssckbi.so where it usually is"},
    {CLI_TIME, false, 0, "time", "ISO8601", LIST(time), NULL,
     "as of this time, as in 2026-05-01T12:00:00Z"},
    {CLI_KEY_ADD, false, 0, "force", NULL, LIST(force), NULL,
     "take it though it does not meet the requirements"},
    {CLI_IMPORT, false, 0, "force", NULL, LIST(force), NULL,
     "the same over a file that is there, or though it does not meet the requirements"},
    {CLI_FORCE, false, 0, "force", NULL, LIST(force), NULL, "replace a file that is there"},
    {CLI_MESSAGE | CLI_FIELDS, true, 0, "set", "NAME=VALUE", LIST(settings), NULL,
     "change any setting or field (`smimegw settings` lists them); repeats"},
    {CLI_NAMED_FIELDS, true, 0, "set", "NAME=VALUE", LIST(fields), NULL,
     "set a field (`smimegw settings` lists them); NAME= unsets it; repeats"},
    {CLI_FILTER, false, 0, "incoming", NULL, LIST(incoming), NULL,
     "receive: decrypt and verify as the policy says"},
    {CLI_FILTER, false, 0, "outgoing", NULL, LIST(outgoing), NULL,
     "protect: sign and encrypt as the profile says"},
    {CLI_FILTER, false, 0, "mta", NULL, LIST(mta), NULL,
     "exit codes for an MTA: 0, 65, 67, and 75 for all trouble"},
    {CLI_FILTER, false, 0, "send-with", "COMMAND", LIST(send_with), NULL,
     "hand each delivery to a command with the words {sender} and {recipients}"},
    {CLI_OUT_FOLDER, false, 0, "out-dir", "FOLDER", LIST(out_folder), NULL,
     "write the deliveries there: a new folder, or an empty one"},
    {CLI_EXPLAIN, false, 0, "explain", NULL, LIST(explain), NULL,
     "say why, sentence by sentence"},
    {CLI_PROGRESS, false, 0, "progress", NULL, LIST(progress), NULL,
     "show on stderr how far it is, also where that is no terminal"},
    {CLI_RULES | CLI_FILTER, false, 0, "rules", "FILE", LIST(rules), NULL,
     "text of filters to run (doc/filter.md)"},
    {CLI_RULES | CLI_FILTER, true, 0, "group", "NAME=FILE", LIST(groups), NULL,
     "group of addresses for the filters, an entry a line; repeats"},
    {CLI_FILTER, false, 0, "quarantine-dir", "FOLDER", LIST(quarantine), NULL,
     "put there, as they came, messages that a filter keeps back"},
    {CLI_RULES, false, 0, "incoming", NULL, LIST(incoming), NULL,
     "decrypt and verify first, as for incoming mail"},
    {CLI_JSON, false, 0, "json", NULL, LIST(json), NULL,
     "report as one JSON document on stdout"},
    {CLI_OUTPUT, false, 'o', "output", "FILE", LIST(output), NULL,
     "write the message there, all of it or nothing, instead of stdout"},
    {CLI_KEY_OUTPUT, false, 'o', "output", "FILE", LIST(output), NULL,
     "write it there, for nobody else to read"},
    {CLI_TEXT_OUTPUT, false, 'o', "output", "FILE", LIST(output), NULL,
     "write it there, all of it or nothing, instead of stdout"},
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

void cli_list_clear(struct cli_list *list)
{
    for (size_t index = 0; index < list->count; index++)
        free(list->items[index]);
    free(list->items);
    memset(list, 0, sizeof(*list));
}

void cli_options_clear(struct cli_options *options)
{
    for (size_t index = 0; index < OPTION_ROWS; index++)
        cli_list_clear((struct cli_list *)(void *)((char *)options + option_rows[index].list));
    cli_list_clear(&options->input);
}

/* The rows of one verb in popt's form; val is the row's number plus one. */
static void fill_table(struct poptOption table[OPTION_ROWS + 1], uint64_t takes)
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

/* What an option that repeats adds to the value so far. */
static char *find_setting(const struct cli_list *list, const char *name)
{
    size_t size = strlen(name);
    for (size_t index = list->count; index > 0; index--)
        if (strncmp(list->items[index - 1], name, size) == 0 &&
            list->items[index - 1][size] == '=')
            return list->items[index - 1];
    return NULL;
}

static int add_setting(struct cli_list *list, const struct option_row *row, const char *value)
{
    char *text = NULL;
    const char *before = row->repeats ? find_setting(list, row->setting) : NULL;
    int size = before != NULL ? asprintf(&text, "%s,%s", before, value)
                              : asprintf(&text, "%s=%s", row->setting, value);
    if (size < 0)
        return cli_fail(CLI_TROUBLE, "out of memory");
    int code = cli_list_add(list, text);
    free(text);
    return code;
}

static int take_option(struct cli_options *options, const struct option_row *row,
                       const char *value)
{
    struct cli_list *list = (struct cli_list *)(void *)((char *)options + row->list);
    if (!row->repeats && row->setting == NULL && list->count != 0)
        return cli_fail(CLI_USAGE, "--%s is given twice", row->name);
    if (row->setting == NULL)
        return cli_list_add(list, value);
    return add_setting(list, row, value);
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
        uint64_t need;
        size_t count;
        const char *name;
    } needs[] = {
        {CLI_IDENTITY | CLI_IDENTITIES, options->identities.count, "--identity"},
        {CLI_RECIPIENTS, options->recipients.count + options->to.count, "--recipient or --to"},
        {CLI_RULES, options->rules.count, "--rules"},
        {CLI_STORE, options->store.count, "--store"},
        {CLI_TRUST, cli_options_are_trusting(options),
         "--trust, --trust-domain, --pin or --store"},
        {CLI_KEYRING, options->keyring.count + options->store.count, "--keyring or --store"},
        {CLI_PROFILES, options->profiles.count + options->store.count,
         "--profiles or --store"},
        {CLI_POLICIES, options->policies.count + options->store.count,
         "--policies or --store"},
        {CLI_ENVELOPE, options->from.count, "--from"},
        {CLI_ENVELOPE, options->to.count, "--to"},
        {CLI_OUT_FOLDER, options->out_folder.count, "--out-dir"},
        {CLI_KEY_OUTPUT, options->output.count, "-o"}};
    bool is_key = (verb->takes & CLI_RECIPIENTS) != 0 && options->to.count != 0;
    uint64_t need = verb->needs | (is_key ? CLI_KEYRING : 0) |
                    (options->profile.count != 0 ? CLI_PROFILES : 0) |
                    (options->policy.count != 0 ? CLI_POLICIES : 0);
    for (size_t index = 0; index < sizeof(needs) / sizeof(needs[0]); index++)
        if ((need & needs[index].need) != 0 && needs[index].count == 0)
            return cli_fail(CLI_USAGE, "%s needs %s", verb->name, needs[index].name);
    if ((verb->takes & CLI_FILTER) != 0 &&
        options->incoming.count + options->outgoing.count != 1)
        return cli_fail(CLI_USAGE, "%s needs --incoming or --outgoing", verb->name);
    if (options->keyring.count != 0 && options->store.count != 0)
        return cli_fail(CLI_USAGE,
                        "--keyring or --store, not both: a keyring's file is a --store, too");
    if (options->cert.count != 0 && options->identities.count > 1)
        return cli_fail(CLI_USAGE, "--cert goes with one --identity");
    if (options->input.count > verb->most)
        return cli_fail(CLI_USAGE, "one argument too many: %s",
                        options->input.items[options->input.count - 1]);
    if (options->input.count < verb->fewest)
        return cli_fail(CLI_USAGE, "%s needs %s (see smimegw %s --help)", verb->name,
                        verb->arguments, verb->name);
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
    printf("Usage: smimegw %s [OPTION...]%s%s\n%s.\n\n", verb->name,
           *verb->arguments == '\0' ? "" : " ", verb->arguments, verb->summary);
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

int cli_options_envelope(const struct cli_options *options, const struct cli_verb *verb,
                         struct cli_list *ret_recipients)
{
    int code = CLI_DONE;
    size_t more = (verb->takes & CLI_FILTER) != 0 ? options->input.count : 0;
    for (size_t index = 0; code == CLI_DONE && index < options->to.count; index++)
        code = cli_list_add(ret_recipients, options->to.items[index]);
    for (size_t index = 0; code == CLI_DONE && index < more; index++)
        code = cli_list_add(ret_recipients, options->input.items[index]);
    return code;
}

int cli_options_use(const struct cli_options *options, uint32_t *ret_use)
{
    static const struct {
        const char *name;
        uint32_t use;
    } uses[] = {{"sign", SMIMEGW_USE_SIGN},
                {"encrypt", SMIMEGW_USE_ENCRYPT},
                {"both", SMIMEGW_USE_SIGN | SMIMEGW_USE_ENCRYPT}};
    const char *name = cli_list_first(&options->use);
    *ret_use = 0;
    if (name == NULL)
        return CLI_DONE;
    for (size_t index = 0; index < sizeof(uses) / sizeof(uses[0]); index++)
        if (strcmp(uses[index].name, name) == 0)
            *ret_use = uses[index].use;
    return *ret_use != 0 ? CLI_DONE
                         : cli_fail(CLI_USAGE, "--use %s: sign, encrypt or both is due", name);
}

int cli_time_parse(const char *text, int64_t *ret_time)
{
    struct tm time = {0};
    *ret_time = -1;
    if (text == NULL || strcmp(text, "now") == 0)
        return CLI_DONE;
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &time);
    if (end != NULL && *end == '\0')
        *ret_time = timegm(&time);
    return *ret_time >= 0
               ? CLI_DONE
               : cli_fail(CLI_USAGE, "%s: a time as in 2026-05-01T12:00:00Z is due", text);
}

const char *cli_options_setting(const struct cli_options *options, const char *name)
{
    const char *item = find_setting(&options->settings, name);
    return item == NULL ? NULL : item + strlen(name) + 1;
}

bool cli_options_are_trusting(const struct cli_options *options)
{
    return options->trust.count + options->trust_domain.count + options->pinned.count +
               options->store.count !=
           0;
}
