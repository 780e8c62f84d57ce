/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli.h"

struct cli_list {
    char **items;
    size_t count;
};

/* Every option is a list: a flag is there or not, a single value is the first item. */
struct cli_options {
    struct cli_list identities;
    struct cli_list passphrase_file;
    struct cli_list pin_file;
    struct cli_list cert;
    struct cli_list recipients;
    struct cli_list to; /* addresses */
    struct cli_list keyring;
    struct cli_list trust;
    struct cli_list trust_domain;
    struct cli_list pinned;
    struct cli_list denied;
    struct cli_list intermediates;
    struct cli_list revocation; /* CRLs and OCSP responses */
    struct cli_list settings;   /* name=value */
    struct cli_list fields;     /* the same, of a profile or policy that is kept */
    struct cli_list profiles;
    struct cli_list profile;
    struct cli_list policies;
    struct cli_list policy;
    struct cli_list policy_settings; /* name=value */
    struct cli_list from;            /* sender of the envelope */
    struct cli_list out_folder;
    struct cli_list explain;
    struct cli_list incoming;
    struct cli_list outgoing;
    struct cli_list mta;
    struct cli_list send_with;
    struct cli_list rules;
    struct cli_list groups; /* name=file */
    struct cli_list quarantine;
    struct cli_list record_kind;
    struct cli_list json;
    struct cli_list output;
    struct cli_list store;
    struct cli_list name;
    struct cli_list origin;
    struct cli_list use;
    struct cli_list fqdn_check;
    struct cli_list time;
    struct cli_list module;
    struct cli_list force;
    struct cli_list replace;
    struct cli_list empty;
    struct cli_list progress;
    struct cli_list help;
    struct cli_list input; /* what is no option */
};

int cli_list_add(struct cli_list *list, const char *text);
void cli_list_clear(struct cli_list *list);
/* The first item, or NULL. */
const char *cli_list_first(const struct cli_list *list);

/* argv[0] is the verb's last word. CLI_DONE, or the exit code of a wrong command line. */
int cli_options_parse(struct cli_options *options, const struct cli_verb *verb, int argc,
                      const char **argv);
void cli_options_clear(struct cli_options *options);
void cli_options_help(const struct cli_verb *verb);

/* Recipients of the envelope, of which a filter has some as arguments. To be cleared. */
int cli_options_envelope(const struct cli_options *options, const struct cli_verb *verb,
                         struct cli_list *ret_recipients);
/* What several verbs read from their options: CLI_DONE or CLI_USAGE. */
int cli_options_use(const struct cli_options *options, uint32_t *ret_use);
/* text: ISO 8601, UTC; -1 comes back for NULL and "now". */
int cli_time_parse(const char *text, int64_t *ret_time);
/* The last value of a setting, or NULL. */
const char *cli_options_setting(const struct cli_options *options, const char *name);
/* Anchors or stores were given, so that signers can be judged. */
bool cli_options_are_trusting(const struct cli_options *options);

#endif
